#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../devices/judge.h"
#include "../../devices/raw.h"
#include "../../rules/watch.h"
#include "../check.h"
#include "../unit/tell_site.h"

#define HOUR	(3600 * SEC)
#define DAY	(24 * HOUR)
#define POINTS	1000
#define INPUT	POINTS			/* the one that chatters */
#define DEVICES	(POINTS + 1)
#define CALM	(15 * 60)		/* s after the storm: then the input begins */

/* The worst day of a gateway, from readings through the rules to what people are sent:
 * 1,000 points alarm in one moment and stay so, and nobody acknowledges them; one input
 * comes and goes each second for 24 hours; then it rises to class life, when all budgets
 * are used up and one of the contacts has quiet hours.  All by the clock of a test. */

#define CONF "contacts = ( { name = \"owner\"; phone = \"+8613800138000\"; },\n" \
	" { name = \"street\"; phone = \"+8613800138001\"; quiet = (\"thu\"); },\n" \
	" { name = \"poor\"; phone = \"+8613800138002\"; per_day = 6; } );\n" \
	"notify = ( { name = \"all\"; repeat = \"20min\"; repeats = 0;" \
	" steps = ( { to = (\"owner\", \"street\", \"poor\"); } ); } );"

static unsigned char memory[16 << 20] __attribute__((aligned(16)));
static struct err room[ERRS_MAX];
static struct arena arena;
static struct rules *rules;
static struct tell_site *site;
static const struct raw f64 = { .name = "f64" };
static struct point point = { .name = "p", .decimals = 1, .raw = &f64 };
static struct profile profile = { .name = "x", .points = &point, .npoints = 1 };
static struct tap taps[DEVICES];
static struct memory remembered[DEVICES];
static struct device devices[DEVICES];
static char names[DEVICES][32];
static struct rule_conf confs[] = {
	{ .name = "fume", .on = "k*/p*", .when = "p > 2", .class = CLASS_ENVIRONMENT,
	  .priority = PRIORITY_MEDIUM, .zh = "", .en = "" },
	{ .name = "gas-pre", .on = "shop/lel", .when = "p >= 10", .clear = "p < 8",
	  .priority = PRIORITY_MEDIUM, .zh = "", .en = "" },
	{ .name = "gas-low", .on = "shop/lel", .when = "p >= 20", .clear = "p < 15",
	  .class = CLASS_LIFE, .priority = PRIORITY_HIGH, .latching = true, .on_delay = 2 * SEC,
	  .zh = "", .en = "" },
};

#define RULES	(sizeof(confs) / sizeof(confs[0]))

/* What the journal has of each rule: comings and goings as entries. */
static struct { uint64_t enters, leaves, chatters, calms; } kept[RULES];
static uint64_t floods;

static int64_t
wall(void)
{
	return WALL0 + site->now / 1000;
}

/* A step is journalled, and then it is told. */
static void
changed(void *owner, const struct alarm_change *c)
{
	char zh[256], en[256];
	struct tell_event e = { .seq = ++site->seq, .rule = c->rule->name,
	    .device = c->device->conf.name, .alarm = c->alarm, .event = c->event,
	    .class = (enum alarm_class)c->rule->class,
	    .priority = (enum priority)c->rule->priority, .time = c->time, .who = c->who,
	    .point = "p", .unit = "", .value = "1" };

	(void)owner;
	e.text_zh = rule_text(c, "zh", zh, sizeof(zh));
	e.text_en = rule_text(c, "en", en, sizeof(en));
	for (size_t i = 0; i < RULES; i++)
		if (strcmp(confs[i].name, c->rule->name) == 0) {
			kept[i].enters += c->event == ALARM_EV_ENTER;
			kept[i].leaves += c->event == ALARM_EV_LEAVE;
			kept[i].chatters += c->event == ALARM_EV_CHATTER;
			kept[i].calms += c->event == ALARM_EV_CALM;
		}
	floods += strcmp(c->rule->name, FLOOD_RULE) == 0 && c->event == ALARM_EV_ENTER;
	tell_alarm(site->tell, &e, site->now, wall());
}

static void
begin(void)
{
	static const struct constants none;
	static struct life_conf life;
	struct errs errs = { .at = room };

	site = tell_site_new(CONF, 4096);
	arena = (struct arena){ .at = memory, .cap = sizeof(memory) };
	for (size_t i = 0; i < DEVICES; i++) {
		snprintf(names[i], sizeof(names[i]), i == INPUT ? "shop/lel" : "k%zu/p%zu", i % 50, i);
		taps[i].series = (uint32_t)(i + 1);
		devices[i] = (struct device){ .conf = { .name = names[i], .link = "l", .zh = "",
		    .en = "", .period = i == INPUT ? SEC : HOUR, .enabled = true },
		    .profile = &profile, .taps = &taps[i], .memory = &remembered[i] };
	}
	for (size_t i = 0; i < RULES; i++)
		CHECK(rule_compile(&confs[i], &none, &arena, &errs) == 0);
	rules = rules_new(confs, RULES, devices, DEVICES, &arena, &errs);
	life = life_fallback;
	CHECK(rules != NULL && rules_live(rules, &life, NULL, 0, &arena, &errs) == 0);
	rules_start(rules, site->now);
	rules_on_change(rules, changed, NULL);
}

static void
hear(size_t device, double figure)
{
	struct reading r = { .series = taps[device].series, .time = wall(), .mono = site->now,
	    .due = site->now, .value = { .kind = VALUE_F64, .d = figure } };

	rules_take(rules, &r, site->now, wall());
}

static void
second(double figure)
{
	tell_site_pass(site, SEC);
	rules_tick(rules, site->now, wall());
	if (site->now % HOUR == SEC)
		for (size_t i = 0; i < POINTS; i++)
			hear(i, 3);
	hear(INPUT, figure);
}

static bool
is_limited(const struct sent *s)
{
	return s->attempt == 1 && (s->class != CLASS_LIFE || s->purpose == NOTICE_DIGEST);
}

/* In no span of that length are there more than so many. */
static void
check_span(size_t contact, int64_t span, size_t most)
{
	int64_t *at = calloc(site->nsent + 1, sizeof(*at));
	size_t n = 0;

	CHECK(at != NULL);
	for (size_t i = 0; i < site->nsent; i++)
		if (site->sent[i].contact == contact && is_limited(&site->sent[i]))
			at[n++] = site->sent[i].at;
	CHECK(n > 0);
	for (size_t i = most; i < n; i++)
		CHECK(at[i] - at[i - most] >= span);
	free(at);
}

static void
check_budgets(void)
{
	for (size_t i = 0; i < site->plan->ncontacts; i++) {
		const struct contact_conf *c = site->plan->contacts[i].conf;

		check_span(i, 60 * SEC, (size_t)c->per_minute);
		check_span(i, 600 * SEC, (size_t)c->per_10min);
		check_span(i, DAY, (size_t)c->per_day);
	}
}

/* Nothing but class life comes on the day that one of them wants to be left alone. */
static void
check_quiet(void)
{
	for (size_t i = 0; i < site->nsent; i++) {
		const struct sent *s = &site->sent[i];
		struct local l = local_of(WALL0 + s->at / 1000, 8 * 3600);

		CHECK(s->contact != 1 || !is_limited(s) || l.weekday != 3);
	}
}

static size_t
sent(size_t contact, const char *rule, enum notice_purpose purpose)
{
	size_t n = 0;

	for (size_t i = 0; i < site->nsent; i++) {
		const struct sent *s = &site->sent[i];

		n += s->contact == contact && s->purpose == purpose && strcmp(s->rule, rule) == 0;
	}
	return n;
}

/* Each step of each alarm is in the journal; none was too many for the engine. */
static void
check_kept(uint64_t seconds)
{
	struct tell_status st;

	tell_status(site->tell, &st);
	CHECK(st.lost == 0 && st.lumped == 0);
	CHECK(kept[0].enters == POINTS && kept[0].leaves == 0);
	CHECK(kept[1].enters == seconds / 2 && kept[1].leaves == seconds / 2);
	CHECK(kept[1].chatters == 1 && kept[1].calms == 0);
	CHECK(kept[2].enters == 0);
}

/* A thousand, and the floods that they are, are one message and a digest of all others,
 * in a minute. */
static void
check_storm(void)
{
	for (size_t c = 0; c < site->plan->ncontacts; c++) {
		size_t told = 0, messages = 0;

		for (size_t i = 0; i < site->nsent; i++) {
			const struct sent *s = &site->sent[i];

			if (s->contact != c || s->at > 70 * SEC)
				continue;
			messages++;
			told += s->count;
		}
		CHECK(floods > 0 && told == POINTS + floods && messages == 2);
	}
}

/* What comes and goes is told once, and once that it does; no digest has it again. */
static void
check_chatter(int64_t from)
{
	for (size_t c = 0; c < site->plan->ncontacts; c++) {
		CHECK(sent(c, "gas-pre", NOTICE_ALARM) == 1);
		CHECK(sent(c, "gas-pre", NOTICE_CHATTERING) == 1);
		CHECK(sent(c, "gas-pre", NOTICE_REPEAT) == 0);
	}
	for (size_t i = 0; i < site->nsent; i++)
		CHECK(site->sent[i].at < from || site->sent[i].purpose != NOTICE_DIGEST ||
		    site->sent[i].count == POINTS + floods);
}

/* To each of them at once, by what is left when nothing is. */
static void
check_life(int64_t rose)
{
	for (size_t c = 0; c < site->plan->ncontacts; c++) {
		size_t n = 0;

		for (size_t i = 0; i < site->nsent; i++)
			n += site->sent[i].contact == c && site->sent[i].at >= rose &&
			    site->sent[i].at <= rose + 10 * SEC &&
			    site->sent[i].class == CLASS_LIFE &&
			    site->sent[i].purpose == NOTICE_ALARM;
		CHECK(n == 1);
	}
	CHECK(kept[2].enters == 1);
}

static void
a_storm_then_a_day_of_chattering_then_life(void)
{
	const uint64_t seconds = DAY / SEC;
	int64_t from, rose;

	begin();
	for (int i = 0; i < CALM; i++)
		second(5);
	check_storm();
	from = site->now + 60 * SEC;
	for (uint64_t i = 0; i < seconds; i++)
		second(i % 2 == 0 ? 12 : 5);
	check_kept(seconds);
	check_chatter(from);
	rose = site->now + SEC;
	for (int i = 0; i < 20; i++)
		second(60);
	check_life(rose);
	check_budgets();
	check_quiet();
	tell_site_free(site);
}

int
main(void)
{
	RUN(a_storm_then_a_day_of_chattering_then_life);
	return 0;
}
