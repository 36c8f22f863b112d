#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../check.h"
#include "../unit/tell_site.h"

#define MIN	(60 * SEC)
#define HOUR	(60 * MIN)
#define ALARMS	400

/* Storms of alarms by chance, whatever the ways do: budgets are kept, class life
 * is told within 10 s, nothing is lost and nothing comes twice. */

#define CONF "contacts = ( { name = \"a\"; phone = \"+8613800138000\"; },\n" \
	" { name = \"b\"; phone = \"+8613800138001\"; quiet = (\"22:00-07:00\", \"sun\"); },\n" \
	" { name = \"c\"; phone = \"+8613800138002\"; per_minute = 2; per_10min = 3; per_day = 9; } );\n" \
	"notify = ( { name = \"all\"; repeat = \"20min\"; steps = ( { to = (\"a\", \"b\"); },\n" \
	" { after = \"10min\"; to = (\"c\"); } ); },\n" \
	" { name = \"life\"; classes = (\"life\"); steps = ( { to = (\"c\"); } ); } );"

struct one {
	struct alarm	is;
	char		rule[16], device[16];
	enum alarm_class class;
	enum priority	priority;
	int64_t		rose;		/* at last */
	unsigned	rises;
};

static struct one alarms[ALARMS];
static struct tell_site *site;
static uint64_t chance;
static unsigned trouble;	/* of 100 tries of a way, so many fail */

static unsigned
below(unsigned n)
{
	chance = chance * 6364136223846793005ULL + 1442695040888963407ULL;
	return (unsigned)(chance >> 33) % n;
}

static enum tell_phase
by_chance(struct tell_site *s, const struct sent *sent, int64_t *delay)
{
	(void)s;
	(void)sent;
	*delay = (1 + below(20)) * SEC / 10;
	if (below(100) >= trouble)
		return TELL_ACCEPTED;
	return below(2) == 0 ? TELL_REFUSED : TELL_UNKNOWN;
}

static void
begin(uint64_t seed, size_t places)
{
	chance = seed * 2654435761u + 1;
	site = tell_site_new(CONF, places);
	site->answers = by_chance;
	memset(alarms, 0, sizeof(alarms));
	for (size_t i = 0; i < ALARMS; i++) {
		struct one *o = &alarms[i];

		snprintf(o->rule, sizeof(o->rule), "rule%zu", i % 10);
		snprintf(o->device, sizeof(o->device), "s%zu/d%zu", i % 7, i / 10);
		o->class = i % 20 == 0 ? CLASS_LIFE : CLASS_ENVIRONMENT;
		o->priority = (enum priority)(i % 4);
	}
}

static void
step(struct one *o, enum alarm_event event)
{
	bool was = o->is.active;

	tell_site_step(site, &o->is, o->rule, o->device, event, o->class, o->priority,
	    event == ALARM_EV_ACK ? "a" : "");
	if (!was && o->is.active) {
		o->rises++;
		o->rose = site->now;
	}
}

static void
storm(unsigned steps, int64_t between)
{
	for (unsigned i = 0; i < steps; i++) {
		struct one *o = &alarms[below(4) == 0 ? below(5) : below(ALARMS)];

		step(o, o->is.active ? below(4) == 0 ? ALARM_EV_ACK : ALARM_EV_LEAVE :
		    ALARM_EV_ENTER);
		if (below(20) == 0)
			step(o, o->is.chattering ? ALARM_EV_CALM : ALARM_EV_CHATTER);
		tell_site_pass(site, (int64_t)below((unsigned)(2 * between / 1000) + 1) * 1000);
	}
}

static bool
is_counted(const struct sent *s)
{
	return s->attempt == 1 && !s->ask_first && (s->class != CLASS_LIFE || s->purpose == NOTICE_DIGEST);
}

/* In no span of that length more than so many to one contact. */
static void
check_span(size_t contact, int64_t span, unsigned most)
{
	const struct sent **all = calloc(site->nsent + 1, sizeof(*all));
	size_t n = 0;

	for (size_t i = 0; i < site->nsent; i++)
		if (site->sent[i].contact == contact && is_counted(&site->sent[i]))
			all[n++] = &site->sent[i];
	for (size_t i = most; i < n; i++)
		CHECK(all[i]->at - all[i - most]->at >= span);
	free(all);
}

static void
check_budgets(void)
{
	for (size_t i = 0; i < site->plan->ncontacts; i++) {
		const struct contact_conf *c = site->plan->contacts[i].conf;

		check_span(i, MIN, (unsigned)c->per_minute);
		check_span(i, 10 * MIN, (unsigned)c->per_10min);
		check_span(i, 24 * HOUR, (unsigned)c->per_day);
	}
}

static void
check_quiet(void)
{
	for (size_t i = 0; i < site->nsent; i++) {
		const struct sent *s = &site->sent[i];
		struct local l = local_of(WALL0 + s->at / 1000, 8 * 3600);

		if (s->contact == 1 && is_counted(s))
			CHECK(l.weekday != 6 && l.minute >= 7 * 60 && l.minute < 22 * 60);
	}
}

/* Each alarm that rose is told to a and b, alone or in a digest behind it, and of
 * class life at once. */
static void
check_none_lost(void)
{
	for (size_t i = 0; i < ALARMS; i++) {
		const struct one *o = &alarms[i];

		for (size_t c = 0; o->rises > 0 && c < 2; c++) {
			bool told = false;

			for (size_t k = 0; k < site->nsent && !told; k++) {
				const struct sent *s = &site->sent[k];

				told = s->contact == c && (s->purpose == NOTICE_DIGEST ||
				    (strcmp(s->rule, o->rule) == 0 &&
				    strcmp(s->device, o->device) == 0));
			}
			CHECK(told);
		}
	}
}

static void
check_waiting(size_t most)
{
	struct tell_contact_status st;

	for (size_t i = 0; i < site->plan->ncontacts; i++) {
		tell_contact_status(site->tell, i, site->now, WALL0 + site->now / 1000, &st);
		CHECK(st.waiting <= most);
	}
}

/* One message goes by one way once, unless it was in doubt. */
static void
check_twice(void)
{
	for (size_t i = 0; i < site->nsent; i++)
		for (size_t k = i + 1; k < site->nsent && k < i + 200; k++)
			CHECK(site->sent[k].ask_first || site->sent[k].attempt !=
			    site->sent[i].attempt || strcmp(site->sent[i].id, site->sent[k].id) != 0);
}

static void
budgets_are_kept_and_nothing_is_lost(void)
{
	for (uint64_t seed = 0; seed < 12; seed++) {
		begin(seed, 1000);
		trouble = seed % 3 == 0 ? 0 : seed % 3 == 1 ? 10 : 40;
		storm(1500, seed % 2 == 0 ? SEC : 40 * SEC);
		check_budgets();
		trouble = 0;
		for (size_t i = 0; i < ALARMS; i++)
			step(&alarms[i], ALARM_EV_CALM);
		tell_site_pass(site, 72 * HOUR);
		check_budgets();
		check_quiet();
		check_none_lost();
		check_waiting(0);
		check_twice();
		tell_site_free(site);
	}
}

static size_t
life_sent(const struct one *o, size_t contact)
{
	for (size_t i = 0; i < site->nsent; i++) {
		const struct sent *s = &site->sent[i];

		if (s->contact == contact && s->at >= o->rose && s->at <= o->rose + 10 * SEC &&
		    strcmp(s->rule, o->rule) == 0 && strcmp(s->device, o->device) == 0)
			return 1;
	}
	return 0;
}

static void
class_life_is_told_in_any_storm(void)
{
	for (uint64_t seed = 20; seed < 26; seed++) {
		struct one life = { .rule = "lel", .device = "g/1", .class = CLASS_LIFE,
		    .priority = PRIORITY_URGENT };

		begin(seed, seed % 2 == 0 ? 1000 : 50);	/* places for few, too */
		trouble = 20;
		for (int round = 0; round < 10; round++) {
			storm(150, SEC / 5);
			step(&life, ALARM_EV_ENTER);
			if (round == 2)
				step(&life, ALARM_EV_CHATTER);
			tell_site_pass(site, 10 * SEC);
			for (size_t c = 0; c < 3; c++)
				CHECK(life_sent(&life, c) == 1);
			step(&life, ALARM_EV_ACK);
			step(&life, ALARM_EV_LEAVE);
			tell_site_pass(site, 6 * MIN);
		}
		check_budgets();
		tell_site_free(site);
	}
}

static void
a_thousand_at_once_are_one_message_and_a_digest(void)
{
	unsigned told = 0;

	begin(1, 2000);
	trouble = 0;
	for (size_t i = 0; i < 1000; i++) {
		struct alarm a = { .since = 0 };
		char device[16];

		snprintf(device, sizeof(device), "s%zu/p%zu", i % 50, i);
		tell_site_step(site, &a, "r", device, ALARM_EV_ENTER, CLASS_ENVIRONMENT,
		    PRIORITY_MEDIUM, "");
	}
	tell_site_pass(site, 9 * MIN);
	for (size_t i = 0; i < site->nsent; i++)
		told += site->sent[i].contact == 0 ? site->sent[i].count : 0;
	CHECK(told == 1000 && tell_site_to(site, "a") == 2);
	check_budgets();
	tell_site_free(site);
}

/* The engine dies at any moment, with messages out: what was accepted is not sent
 * again without asking, and what was owed comes. */
static void
it_may_die_at_any_moment(void)
{
	for (uint64_t seed = 40; seed < 52; seed++) {
		begin(seed, 1000);
		trouble = seed % 2 == 0 ? 0 : 15;
		for (int round = 0; round < 12; round++) {
			storm(60, SEC);
			tell_site_restart(site);
		}
		check_budgets();
		trouble = 0;
		tell_site_pass(site, 72 * HOUR);
		check_budgets();
		check_none_lost();
		check_twice();
		check_waiting(0);
		tell_site_free(site);
	}
}

static void
without_places_alarms_are_told_as_a_number(void)
{
	unsigned told = 0;
	struct tell_status st;

	begin(3, 20);
	trouble = 0;
	for (size_t i = 0; i < 500; i++) {
		struct alarm a = { .since = 0 };
		char device[16];

		snprintf(device, sizeof(device), "s/p%zu", i);
		tell_site_step(site, &a, "r", device, ALARM_EV_ENTER, CLASS_ENVIRONMENT,
		    PRIORITY_MEDIUM, "");
	}
	tell_site_pass(site, 9 * MIN);
	for (size_t i = 0; i < site->nsent; i++)
		told += site->sent[i].contact == 0 ? site->sent[i].count : 0;
	CHECK(told == 500);
	tell_status(site->tell, &st);
	CHECK(st.lost == 0 && st.lumped > 0 && st.alarms == 20);
	tell_site_free(site);
}

int
main(void)
{
	RUN(budgets_are_kept_and_nothing_is_lost);
	RUN(class_life_is_told_in_any_storm);
	RUN(a_thousand_at_once_are_one_message_and_a_digest);
	RUN(it_may_die_at_any_moment);
	RUN(without_places_alarms_are_told_as_a_number);
	return 0;
}
