#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../devices/judge.h"
#include "../../devices/raw.h"
#include "../../rules/area.h"
#include "../../rules/watch.h"
#include "../check.h"

#define S	1000000LL
#define MIN	(60 * S)
#define WALL	1700000000000LL
#define CITY	12000

/* A city of CITY links of three carriers in twenty districts, a device on each;
 * its rules tell of a silent site (masked by the area), of a silent device
 * (masked by its link) and of gas. */
static struct area_link *links;
static struct device *devices;
static struct tap *taps;
static char (*names)[2][32];
static unsigned char *bytes;
static struct arena arena;
static struct err room[ERRS_MAX];
static struct life_conf life;
static struct rules *rules;
static int64_t now;
static size_t n;

static const struct raw f64 = { .name = "f64" };
static struct point point = { .name = "lel", .decimals = 1, .raw = &f64 };
static struct profile profile = { .name = "x", .points = &point, .npoints = 1 };
static struct memory remembered;

static struct rule_conf confs[] = {
	{ .name = "offline", .on = "*", .when = "stale(lel, 30min)", .suppress = SUPPRESS_AREA },
	{ .name = "silent", .on = "*", .when = "stale(lel, 20min)" },
	{ .name = "lost", .on = "*", .when = "stale(lel, 10min)", .class = CLASS_LIFE },
};

static size_t came, masked, unmasked, told_life, area_steps, records, members;
static char area_told[512], area_said[256];

static int64_t
wall(void)
{
	return WALL + now / 1000;
}

static void
changed(void *owner, const struct alarm_change *c)
{
	size_t at = strlen(area_told);

	(void)owner;
	if (strcmp(c->rule->name, "sys.area") == 0) {
		area_steps++;
		snprintf(area_told + at, sizeof(area_told) - at, "%s%s:%s:%lld",
		    at > 0 ? " " : "", c->device->conf.name,
		    alarm_state_name(alarm_state(c->alarm)), (long long)c->value.i);
		rule_text(c, "en", area_said, sizeof(area_said));
		return;
	}
	if (strncmp(c->rule->name, "sys.", 4) == 0)
		return;
	if (c->rule->class == CLASS_LIFE) {
		CHECK(c->alarm->masks == 0);
		told_life += c->event == ALARM_EV_ENTER;
		return;
	}
	came += (c->event == ALARM_EV_ENTER || c->event == ALARM_EV_UNMASK) &&
	    alarm_state(c->alarm) == ALARM_UNACK;
	masked += c->event == ALARM_EV_MASK && strcmp(c->rule->name, "offline") == 0;
	unmasked += c->event == ALARM_EV_UNMASK && strcmp(c->rule->name, "offline") == 0;
}

static void
recorded(void *owner, const struct rule_record *r)
{
	(void)owner;
	if (strcmp(r->kind, "area") != 0)
		return;
	records++;
	for (size_t i = 0; i < r->nfields; i++) {
		const char *at = r->fields[i].value;

		CHECK(strlen(at) <= 3000);
		if (strcmp(r->fields[i].name, "links") != 0)
			continue;
		for (members++; (at = strchr(at, ' ')) != NULL; at++)
			members++;
	}
}

static void
forget(void)
{
	came = masked = unmasked = told_life = area_steps = records = members = 0;
	area_told[0] = '\0';
}

static void
make_links(size_t count, size_t carriers)
{
	static const char *const of[] = { "CMCC", "CUCC", "CTCC" };
	static char districts[20][16];

	n = count;
	links = calloc(n, sizeof(*links));
	devices = calloc(n, sizeof(*devices));
	taps = calloc(n, sizeof(*taps));
	names = calloc(n, sizeof(*names));
	for (size_t i = 0; i < n; i++) {
		snprintf(names[i][0], 32, "dtu-%zu", i);
		snprintf(names[i][1], 32, "shop%zu/lel", i);
		snprintf(districts[i % 20], 16, "d%zu", i % 20);
		links[i] = (struct area_link){ .name = names[i][0], .carrier = of[i % carriers],
		    .district = n > 100 ? districts[i % 20] : "" };
		taps[i].series = (uint32_t)i + 1;
		devices[i] = (struct device){ .conf = { .name = names[i][1],
		    .link = names[i][0], .zh = "", .en = "", .period = MIN, .enabled = true },
		    .profile = &profile, .taps = &taps[i], .memory = &remembered };
	}
}

static struct rules *
make(void)
{
	static struct constants none;
	struct errs errs = { .at = room };
	struct rules *made;

	for (size_t i = 0; i < 3; i++)
		CHECK(rule_compile(&confs[i], &none, &arena, &errs) == 0);
	made = rules_new(confs, 3, devices, n, &arena, &errs);
	CHECK(made != NULL && errs.n == 0);
	CHECK(rules_live(made, &life, links, n, &arena, &errs) == 0);
	rules_start(made, now);
	rules_on_change(made, changed, NULL);
	rules_on_record(made, recorded);
	return made;
}

static void
begin(size_t count, size_t carriers)
{
	now = 100 * S;
	life = life_fallback;
	bytes = calloc(1, 64 << 20);
	arena = (struct arena){ .at = bytes, .cap = 64 << 20 };
	make_links(count, carriers);
	rules = make();
	rules_tick(rules, now, wall());
	forget();
}

static void
done(void)
{
	free(bytes);
	free(links);
	free(devices);
	free(taps);
	free(names);
}

static void
pass(int64_t span)
{
	int64_t then = now + span, at;

	while ((at = rules_deadline(rules)) <= then) {
		if (at > now)
			now = at;
		rules_tick(rules, now, wall());
	}
	now = then;
}

static void
lose(size_t i)
{
	rules_link(rules, &devices[i], true, now, wall());
}

static void
hear(size_t i)
{
	struct reading r = { .series = taps[i].series, .time = wall(), .mono = now, .due = now,
	    .value = { .kind = VALUE_F64, .d = 0 } };

	rules_take(rules, &r, now, wall());
}

static void
back(size_t i)
{
	rules_link(rules, &devices[i], false, now, wall());
	hear(i);
}

static enum alarm_state
state(const char *rule, const char *device)
{
	struct alarm_change c;

	for (size_t i = 0; rules_standing(rules, i, &c); i++)
		if (strcmp(c.rule->name, rule) == 0 && strcmp(c.device->conf.name, device) == 0)
			return alarm_state(c.alarm);
	return ALARM_NORM;
}

/* Four are too few, and so are five of a hundred and more. */
static void
few_lost_links_are_no_area(void)
{
	begin(80, 1);
	for (size_t i = 0; i < 4; i++)
		lose(i);
	pass(MIN);
	CHECK(area_steps == 0);
	lose(4);
	CHECK(strcmp(area_told, "carrier=CMCC:UNACK:5") == 0);
	done();
	begin(100, 1);
	for (size_t i = 0; i < 5; i++)
		lose(i);	/* five in a hundred are not more than 5 % */
	CHECK(area_steps == 0);
	lose(5);
	CHECK(strcmp(area_told, "carrier=CMCC:UNACK:6") == 0);
	done();
}

static void
slow_losses_are_no_area(void)
{
	begin(80, 1);
	for (size_t i = 0; i < 40; i++) {
		lose(i);
		pass(90 * S);	/* four within five minutes */
	}
	CHECK(area_steps == 0);
	for (size_t i = 0; i < 40; i++)
		back(i);
	for (size_t round = 0; round < 20; round++) {	/* one that flaps is one */
		lose(0);
		back(0);
	}
	CHECK(area_steps == 0);
	done();
}

static void
an_area_clears_when_its_links_are_back(void)
{
	begin(80, 1);
	for (size_t i = 0; i < 10; i++)
		lose(i);
	pass(20 * S);
	CHECK(strcmp(area_told, "carrier=CMCC:UNACK:5") == 0);	/* one alarm */
	CHECK(members == 10 && records >= 1 && masked == 10);
	CHECK(state("offline", "shop3/lel") == ALARM_DSUPR);
	CHECK(state("lost", "shop3/lel") == ALARM_NORM);
	forget();
	pass(11 * MIN);
	CHECK(told_life == 80);		/* nobody was ever heard */
	for (size_t i = 0; i < 6; i++)
		back(i);
	CHECK(strcmp(area_told, "carrier=CMCC:RTNUN:4") == 0 && records == 1);
	CHECK(strcmp(area_said, "carrier=CMCC: no longer lost together, 4 lines are not back "
	    "yet") == 0);
	pass(10 * S);
	CHECK(state("offline", "shop3/lel") == ALARM_NORM);
	/* what is still lost is told in its time */
	CHECK(state("offline", "shop8/lel") != ALARM_UNACK);
	for (int i = 0; i < 40; i++) {
		for (size_t k = 0; k < 80; k++)
			if (k < 6 || k > 9)
				hear(k);
		pass(MIN);
	}
	CHECK(state("offline", "shop8/lel") == ALARM_UNACK);
	CHECK(state("silent", "shop8/lel") == ALARM_DSUPR);	/* by its own link */
	CHECK(state("offline", "shop20/lel") == ALARM_NORM);
	CHECK(rules_step(rules, "sys.area", "carrier=CMCC", ALARM_EV_ACK, 0, "li", wall()) ==
	    STEP_DONE);
	CHECK(state("sys.area", "carrier=CMCC") == ALARM_NORM);
	done();
}

/* The facts of all alarms go into new rules; links that are not up yet count as
 * lost, and the others as theirs. */
static void
an_area_goes_over_a_restart(void)
{
	static struct { char rule[32], device[64]; struct alarm a; } kept[400];
	struct alarm_change c;
	size_t kept_n = 0;

	begin(80, 1);
	for (size_t i = 0; i < 10; i++)
		lose(i);
	pass(20 * S);
	for (; rules_standing(rules, kept_n, &c); kept_n++) {
		snprintf(kept[kept_n].rule, 32, "%s", c.rule->name);
		snprintf(kept[kept_n].device, 64, "%s", c.device->conf.name);
		kept[kept_n].a = *c.alarm;
	}
	arena.used = 0;
	memset(bytes, 0, arena.cap);
	rules = make();
	for (size_t i = 0; i < kept_n; i++)
		CHECK(rules_restore(rules, kept[i].rule, kept[i].device, &kept[i].a) == 0);
	forget();
	rules_tick(rules, now, wall());
	CHECK(state("sys.area", "carrier=CMCC") == ALARM_UNACK);
	CHECK(state("offline", "shop3/lel") == ALARM_DSUPR && unmasked == 0);
	for (size_t i = 10; i < 80; i++)
		back(i);
	pass(4 * MIN);
	CHECK(area_steps == 0 && state("offline", "shop3/lel") == ALARM_DSUPR);
	for (size_t i = 0; i < 6; i++)
		back(i);
	pass(2 * MIN);
	CHECK(strcmp(area_told, "carrier=CMCC:RTNUN:4") == 0);
	CHECK(state("offline", "shop3/lel") == ALARM_NORM);
	done();
}

static void
an_area_goes_into_the_next_configuration(void)
{
	const struct device **alike;
	struct rules *was;

	begin(80, 1);
	alike = calloc(n, sizeof(*alike));
	for (size_t i = 0; i < n; i++)
		alike[i] = &devices[i];
	for (size_t i = 0; i < 10; i++)
		lose(i);
	pass(20 * S);
	was = rules;
	forget();
	rules = make();
	rules_take_over(rules, was, devices, alike);
	rules_tick(rules, now, wall());
	pass(MIN);
	CHECK(area_steps == 0 && state("sys.area", "carrier=CMCC") == ALARM_UNACK);
	CHECK(state("offline", "shop3/lel") == ALARM_DSUPR);
	for (size_t i = 0; i < 10; i++)
		back(i);
	pass(MIN);
	CHECK(state("sys.area", "carrier=CMCC") == ALARM_RTNUN);
	CHECK(state("offline", "shop3/lel") == ALARM_NORM);
	free(alike);
	done();
}

static void
mute(size_t i, bool is)
{
	rules_mute(rules, &devices[i], is, now, wall());
}

/* All but the first ten are heard each minute. */
static void
hear_others(int minutes)
{
	while (minutes-- > 0) {
		for (size_t i = 10; i < n; i++)
			hear(i);
		pass(MIN);
	}
}

/* The line is up, and nobody on it answers. */
static void
a_line_that_is_mute_is_lost(void)
{
	begin(80, 1);
	for (size_t i = 0; i < n; i++)
		back(i);
	forget();
	for (size_t i = 0; i < 10; i++)
		mute(i, true);
	CHECK(strcmp(area_told, "carrier=CMCC:UNACK:5") == 0);
	hear_others(1);
	CHECK(members == 10 && masked == 10);
	CHECK(state("offline", "shop3/lel") == ALARM_DSUPR);
	CHECK(state("silent", "shop3/lel") == ALARM_DSUPR);	/* its line is up, but lost */
	CHECK(state("silent", "shop20/lel") == ALARM_NORM);
	hear_others(40);
	CHECK(came == 0 && told_life == 10);
	/* that the line goes and comes says nothing: it is mute still */
	lose(0);
	rules_link(rules, &devices[0], false, now, wall());
	pass(MIN);
	CHECK(state("silent", "shop0/lel") == ALARM_DSUPR && area_steps == 1);
	lose(1);		/* and this one is down when the area is over */
	for (size_t i = 0; i < 10; i++)
		mute(i, false);
	CHECK(area_steps == 2);
	for (size_t i = 0; i < 10; i++)
		if (i != 1)
			hear(i);
	pass(10 * S);
	CHECK(state("silent", "shop0/lel") == ALARM_NORM);
	CHECK(state("silent", "shop1/lel") == ALARM_DSUPR);	/* by its own line */
	back(1);
	pass(10 * S);
	CHECK(state("silent", "shop1/lel") == ALARM_NORM && came == 0);
	done();
}

static void
one_mute_line_silences_nothing(void)
{
	begin(80, 1);
	for (size_t i = 0; i < n; i++)
		back(i);
	forget();
	for (size_t i = 0; i < 4; i++)
		mute(i, true);
	hear_others(40);
	CHECK(area_steps == 0 && state("silent", "shop3/lel") == ALARM_UNACK);
	CHECK(state("offline", "shop3/lel") == ALARM_UNACK);
	done();
}

/* One carrier of a city fails within two minutes: one alarm of it and, since
 * each district has links of it, one of each district; nobody hears of 4,000
 * silent shops, but all of gas that is not heard. */
static void
a_carrier_of_a_city_fails(void)
{
	size_t lost = 0, most = 0;

	begin(CITY, 3);
	for (size_t i = 0; i < CITY; i++)
		back(i);
	forget();
	for (size_t i = 0; i < CITY; i += 3) {
		lose(i);
		lost++;
		pass(30000);
	}
	pass(MIN);
	CHECK(lost == CITY / 3 && strstr(area_told, "carrier=CMCC:UNACK:201") != NULL);
	CHECK(area_steps == 21);	/* itself, and twenty districts */
	CHECK(masked == lost && members >= lost);
	for (int64_t end = now + 40 * MIN; now < end;) {
		for (size_t i = 0; i < CITY; i++)
			if (i % 3 != 0)
				hear(i);
		pass(MIN);
	}
	CHECK(came == 0 && told_life == lost);
	forget();
	for (size_t i = 0; i < CITY; i += 3) {
		size_t before = unmasked;

		back(i);
		pass(30000);
		most = unmasked - before > most ? unmasked - before : most;
	}
	pass(MIN);
	CHECK(most <= 50);	/* at once: the store must take them */
	CHECK(unmasked == lost && came == 0 && area_steps == 21);
	CHECK(strstr(area_told, "carrier=CMCC:RTNUN:") != NULL);
	done();
}

int
main(void)
{
	RUN(few_lost_links_are_no_area);
	RUN(slow_losses_are_no_area);
	RUN(an_area_clears_when_its_links_are_back);
	RUN(an_area_goes_over_a_restart);
	RUN(an_area_goes_into_the_next_configuration);
	RUN(a_line_that_is_mute_is_lost);
	RUN(one_mute_line_silences_nothing);
	RUN(a_carrier_of_a_city_fails);
	return 0;
}
