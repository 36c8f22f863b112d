#include <stdio.h>
#include <string.h>

#include "../../devices/judge.h"
#include "../../devices/raw.h"
#include "../../rules/hours.h"
#include "../../rules/life.h"
#include "../../rules/watch.h"
#include "../check.h"

#define S	1000000LL
#define MIN	(60 * S)
#define HOUR	(60 * MIN)
#define DAY_MS	86400000LL
#define KEPT	8
#define DEEP	3

/* The life of one alarm, in every order of what can happen to it, and each time once
 * more with a power cut behind every step: it must come to the same.  Then the same
 * with a clock that is set between, in days that are odd. */
static unsigned char memory[1 << 18] __attribute__((aligned(16)));
static struct err room[ERRS_MAX];
static struct arena arena;
static struct rules *rules;
static struct life_conf life;
static int64_t now, wall_at_0;
static bool down, disabled;		/* how the line, and the point, is */
static int64_t period = 5 * S;
static bool passed[ALARM_OOSRV + 1];	/* states */

static const struct raw f64 = { .name = "f64" };
static struct point points[] = { { .name = "p", .decimals = 1, .raw = &f64 } };
static struct profile profile = { .name = "x", .points = points, .npoints = 1 };
static struct tap taps[1];
static struct memory remembered[1];
static struct device devices[1];
static struct rule_conf confs[] = { { .name = "a", .on = "s/d", .when = "p > 2",
	.deadband = 1, .priority = PRIORITY_MEDIUM, .suppress = SUPPRESS_LINK } };

struct told {
	char	text[600];
	size_t	n;
};

static struct told told;

static int64_t
wall(void)
{
	return wall_at_0 + now / 1000;
}

static void
changed(void *owner, const struct alarm_change *c)
{
	(void)owner;
	/* who is asked: the rest may be said again after a restart */
	if (c->event == ALARM_EV_ENTER || c->event == ALARM_EV_OVERDUE)
		told.n += (size_t)snprintf(told.text + told.n, sizeof(told.text) - told.n, " %s:%d",
		    alarm_state_name(alarm_state(c->alarm)), (int)c->event);
	CHECK(told.n < sizeof(told.text));
}

static void
load(void)
{
	static struct constants none;
	struct errs errs = { .at = room };

	memset(memory, 0, arena.used);
	arena = (struct arena){ .at = memory, .cap = sizeof(memory) };
	taps[0] = (struct tap){ .series = 1, .block = disabled ? BLOCK_NONE : 0 };
	devices[0] = (struct device){ .conf = { .name = "s/d", .link = "l", .zh = "", .en = "",
	    .period = period, .enabled = true }, .profile = &profile, .taps = taps,
	    .memory = remembered };
	CHECK(rule_compile(&confs[0], &none, &arena, &errs) == 0);
	rules = rules_new(confs, 1, devices, 1, &arena, &errs);
	CHECK(rules != NULL && rules_live(rules, &life, NULL, 0, &arena, &errs) == 0);
	rules_start(rules, now);
	rules_on_change(rules, changed, NULL);
}

static void
tick(void)
{
	rules_tick(rules, now, wall());
}

static void
pass(int64_t span)
{
	int64_t then = now + span, at;

	while ((at = rules_deadline(rules)) <= then) {
		if (at > now)
			now = at;
		tick();
	}
	now = then;
}

static struct alarm
facts(void)
{
	struct alarm_change c;

	for (size_t i = 0; rules_alarm_at(rules, i, &c); i++)
		if (strcmp(c.rule->name, "a") == 0)
			return *c.alarm;
	CHECK(!"the alarm");
	return (struct alarm){ .active = false };
}

/* All that is on the disk goes into new rules; a line that is up says so. */
static void
restart(void)
{
	static struct { char rule[64], device[64], who[64], why[201]; struct alarm a;
	    int priority; } kept[KEPT];
	static struct { char scope[64], who[64]; struct maintenance m; } upkeeps[KEPT];
	struct alarm_change c;
	size_t n = 0, m = 0;

	for (; rules_standing(rules, n, &c); n++) {
		CHECK(n < KEPT);
		snprintf(kept[n].rule, sizeof(kept[n].rule), "%s", c.rule->name);
		snprintf(kept[n].device, sizeof(kept[n].device), "%s", c.device->conf.name);
		snprintf(kept[n].who, sizeof(kept[n].who), "%s", c.who);
		snprintf(kept[n].why, sizeof(kept[n].why), "%s", c.why);
		kept[n].a = *c.alarm;
		kept[n].a.handling = 0;		/* not stored: the rule says it */
		kept[n].priority = alarm_priority(c.alarm, c.rule->priority);
	}
	for (; rules_maintenance(rules, m, &upkeeps[m].m); m++) {
		snprintf(upkeeps[m].scope, sizeof(upkeeps[m].scope), "%s", upkeeps[m].m.scope);
		snprintf(upkeeps[m].who, sizeof(upkeeps[m].who), "%s", upkeeps[m].m.who);
		upkeeps[m].m.scope = upkeeps[m].scope;
		upkeeps[m].m.who = upkeeps[m].who;
	}
	load();
	for (size_t i = 0; i < n; i++) {
		CHECK(rules_restore(rules, kept[i].rule, kept[i].device, &kept[i].a) == 0);
		rules_restored(rules, kept[i].rule, kept[i].device, kept[i].priority,
		    kept[i].who, kept[i].why);
	}
	for (size_t i = 0; i < m; i++)
		rules_maintenance_restore(rules, &upkeeps[i].m, now, wall());
	tick();
	rules_link(rules, &devices[0], down, now, wall());
	tick();
}

static void
hear(double figure)
{
	struct reading r = { .series = 1, .time = wall(), .mono = now, .due = now,
	    .value = { .kind = VALUE_F64, .d = figure } };

	if (!down && !disabled)
		rules_take(rules, &r, now, wall());
}

static struct life_order
order(void)
{
	return (struct life_order){ .rule = "a", .device = "s/d", .who = "li", .why = "w",
	    .now = now, .wall = wall() };
}

static void
shelve(int64_t span)
{
	struct life_order o = order();

	o.span = span;
	CHECK(rules_shelve(rules, &o) ==
	    (confs[0].class == CLASS_LIFE ? STEP_FORBIDDEN : STEP_DONE));
}

static void
maintain(bool local)
{
	struct life_order o = order();

	o.device = "s";
	o.span = 2 * HOUR;
	o.local = local;
	rules_maintain(rules, &o);
}

static void
line(bool is_down)
{
	down = is_down;
	rules_link(rules, &devices[0], down, now, wall());
}

/* The configuration before a restart and behind it differs in this point. */
static void
disable(bool is)
{
	disabled = is;
	restart();
}

/* E enter, L leave, b neither for its deadband, A ack, R reset, s S shelved and back, o O out of service and in,
 * m n M maintenance from afar and local and its end, H handled, d D the line down and
 * up, p P the point disabled and back, 1 an hour, 9 nine hours. */
static const char events[] = "ELbARsSoOmnMHdDpP19";

static void
happen(char c)
{
	struct life_order o = order(), site = order();

	site.device = "s";
	switch (c) {
	case 'E': hear(5);						break;
	case 'L': hear(1);						break;
	case 'b': hear(1.5);						break;
	case 'A': rules_step(rules, "a", "s/d", ALARM_EV_ACK, 0, "li", wall()); break;
	case 'R': rules_step(rules, "a", "s/d", ALARM_EV_RESET, 0, "li", wall()); break;
	case 's': shelve(HOUR + 10 * MIN);				break;
	case 'S': rules_unshelve(rules, &o);				break;
	case 'o': rules_remove(rules, &o);				break;
	case 'O': rules_return(rules, &o);				break;
	case 'm': maintain(false);					break;
	case 'n': maintain(true);					break;
	case 'M': rules_maintained(rules, &site);			break;
	case 'H': rules_handle(rules, &o);				break;
	case 'd': line(true);						break;
	case 'D': line(false);						break;
	case 'p': disable(true);					break;
	case 'P': disable(false);					break;
	case '1': pass(HOUR);						break;
	case '9': pass(9 * HOUR);					break;
	}
	tick();
	pass(20 * S);
}

static void
begin(int64_t wall_is, bool latching, int64_t handling, enum alarm_class class)
{
	life = life_fallback;
	life.chatter = 20;
	confs[0].latching = latching;
	confs[0].handling = handling;
	confs[0].class = class;
	now = 100 * S;
	wall_at_0 = wall_is;
	down = disabled = false;
	told.n = 0;
	told.text[0] = '\0';
	load();
	tick();
}

/* What holds whatever happened. */
static void
check_sound(void)
{
	struct alarm a = facts();
	struct maintenance m;

	passed[alarm_state(&a)] = true;
	CHECK(!a.event || (!a.unacked && a.handle_by == 0));
	CHECK((a.until != 0) == ((a.masks & ALARM_SHELVED) != 0));
	CHECK((a.removed != 0) == ((a.masks & ALARM_REMOVED) != 0));
	CHECK(!a.overdue || a.handle_by != 0);
	CHECK(!a.held || a.latching);
	CHECK(!a.untold || a.masks != 0);
	CHECK(((a.masks & ALARM_OUT_OF_SERVICE) != 0) == disabled);
	CHECK(!(a.masks & ALARM_MAINTENANCE) || rules_maintenance(rules, 0, &m));
	if (confs[0].class == CLASS_LIFE) {
		CHECK(!(a.masks & (ALARM_SHELVED | ALARM_REMOVED | ALARM_SUPPRESSED)));
		if (a.masks & ALARM_MAINTENANCE)
			CHECK(rules_maintenance(rules, 0, &m) && m.local);
	}
	CHECK(rules_deadline(rules) > now);
}

static bool
same(const struct alarm *a, const struct alarm *b)
{
	return a->active == b->active && a->unacked == b->unacked && a->held == b->held &&
	    a->untold == b->untold && a->masks == b->masks && a->overdue == b->overdue &&
	    a->handle_by == b->handle_by && a->until == b->until && a->removed == b->removed &&
	    a->count == b->count && a->first == b->first && a->chattering == b->chattering &&
	    a->latching == b->latching && a->handling == b->handling && a->event == b->event;
}

static struct alarm
run(const char *story, bool cuts, struct told *all)
{
	for (const char *c = story; *c != '\0'; c++) {
		happen(*c);
		check_sound();
		if (cuts) {
			restart();
			check_sound();
		}
	}
	*all = told;
	return facts();
}

static void
compare(const char *story, bool latching, int64_t handling, enum alarm_class class)
{
	struct told whole, cut;
	struct alarm a, b;

	begin(1700000000000LL, latching, handling, class);
	a = run(story, false, &whole);
	begin(1700000000000LL, latching, handling, class);
	b = run(story, true, &cut);
	if (!same(&a, &b) || strcmp(whole.text, cut.text) != 0)
		fprintf(stderr, "%s latching %d class %d: %s masks %d count %u, cut %s masks %d "
		    "count %u;%s |%s\n", story, latching, (int)class,
		    alarm_state_name(alarm_state(&a)), a.masks, a.count,
		    alarm_state_name(alarm_state(&b)), b.masks, b.count, whole.text, cut.text);
	CHECK(same(&a, &b) && strcmp(whole.text, cut.text) == 0);
}

static void
each_story(char *story, size_t n, size_t deep,
    void (*look)(const char *story, size_t number))
{
	static size_t number;

	if (n == 0)
		number = 0;
	if (n == deep) {
		look(story, number++);
		return;
	}
	for (const char *e = events; *e != '\0'; e++) {
		story[n] = *e;
		story[n + 1] = '\0';
		each_story(story, n + 1, deep, look);
	}
}

static void
look_at(const char *story, size_t number)
{
	bool event = number % 7 == 6;

	confs[0].kind = event ? RULE_EVENT : RULE_ALARM;
	compare(story, !event && number % 2 == 1,
	    !event && number / 2 % 2 == 1 ? 3 * HOUR : 0,
	    number % 5 == 4 ? CLASS_LIFE : CLASS_PROCESS);
	confs[0].kind = RULE_ALARM;
}

/* Each pair behind each of the states, under every rule. */
static void
look_in_every_state(const char *pair, size_t number)
{
	static const char *const to[] = { "", "E", "EA", "EL", "EAL", "ELA", "s", "o", "d", "p",
	    "m", "n", "Es", "EAo", "Ed", "EnL", "sE", "oEL", "nE", "sod", "E9" };
	char story[12];

	(void)number;
	for (size_t i = 0; i < sizeof(to) / sizeof(to[0]); i++)
		for (int k = 0; k < 8; k++) {
			snprintf(story, sizeof(story), "%s%s", to[i], pair);
			compare(story, k % 2 == 1, k / 2 % 2 == 1 ? 3 * HOUR : 0,
			    k / 4 == 1 ? CLASS_LIFE : CLASS_PROCESS);
		}
}

static void
a_power_cut_behind_every_step_changes_nothing(void)
{
	char story[DEEP + 1] = "";

	each_story(story, 0, DEEP, look_at);
	each_story(story, 0, DEEP - 1, look_in_every_state);
	for (int i = 0; i <= ALARM_OOSRV; i++)
		CHECK(passed[i]);
}

/* Long ones by lot, the same in every run. */
static void
long_lives_come_to_the_same(void)
{
	uint64_t seed = 7;
	char story[41];

	for (int i = 0; i < 1000; i++) {
		for (size_t k = 0; k < sizeof(story) - 1; k++) {
			seed = seed * 6364136223846793005 + 1442695040888963407;
			story[k] = events[(seed >> 33) % (sizeof(events) - 1)];
		}
		story[sizeof(story) - 1] = '\0';
		compare(story, i % 2 == 1, i % 3 == 1 ? 3 * HOUR : 0,
		    i % 5 == 4 ? CLASS_LIFE : CLASS_PROCESS);
	}
}

/* The clock is set by this much behind each step, while it runs or while it is off:
 * nothing is silent longer than it may be, and all of it ends. */
static void
try_clock(const char *story, int64_t wall_is, int64_t step, bool cuts)
{
	struct maintenance m;
	struct alarm a;

	begin(wall_is, false, 3 * HOUR, CLASS_PROCESS);
	for (const char *c = story; *c != '\0'; c++) {
		happen(*c);
		wall_at_0 += c - story == 0 ? step : -step;
		if (cuts)
			restart();
		tick();
		check_sound();
	}
	line(false);
	disable(false);
	pass(life.shelf_max + 30 * S);
	a = facts();
	CHECK(!(a.masks & (ALARM_SHELVED | ALARM_MAINTENANCE | ALARM_SUPPRESSED)));
	CHECK(!rules_maintenance(rules, 0, &m));
	CHECK(a.handle_by == 0 || a.overdue || a.masks != 0);
	check_sound();
}

static void
a_clock_that_is_set_silences_nothing_for_ever(void)
{
	static const int64_t walls[] = { 0, 1700000000000LL,
	    2147483647000LL - 1800000,		/* half an hour before 2038-01-19 03:14:07 */
	    4102444800000LL - 1800000,		/* 2100-01-01 */
	    4107542400000LL - 1800000 };	/* 2100-03-01, with no 29th before it */
	static const int64_t steps[] = { 0, 3600000, -3600000, 5 * DAY_MS, -5 * DAY_MS,
	    40 * 365 * DAY_MS, -40 * 365 * DAY_MS };
	static const char pairs[][3] = { "Es", "sE", "En", "nE", "Em", "mE", "Eo", "oE", "EH",
	    "HE", "Ed", "dE", "sn", "ns", "EL", "E1", "s1", "n1" };

	for (size_t w = 0; w < sizeof(walls) / sizeof(walls[0]); w++)
		for (size_t s = 0; s < sizeof(steps) / sizeof(steps[0]); s++)
			for (size_t p = 0; p < sizeof(pairs) / sizeof(pairs[0]); p++)
				for (int cuts = 0; cuts < 2; cuts++)
					try_clock(pairs[p], walls[w], steps[s], cuts == 1);
}

/* While it runs, no step of the clock moves an end. */
static void
ends_come_on_time_in_every_century(void)
{
	static const int64_t walls[] = { 0, 2147483647000LL - 1800000,
	    4102444800000LL - 1800000, 253402300799000LL - 1800000 };

	for (size_t w = 0; w < sizeof(walls) / sizeof(walls[0]); w++)
		for (int cut = 0; cut < 2; cut++) {
			struct maintenance m;

			begin(walls[w], false, 0, CLASS_PROCESS);
			shelve(HOUR);
			maintain(true);
			pass(HOUR / 2);
			if (cut == 1)
				restart();
			else
				wall_at_0 -= 20 * 365 * DAY_MS;
			tick();
			pass(HOUR / 2 - S);
			CHECK(facts().masks == (ALARM_SHELVED | ALARM_MAINTENANCE));
			pass(2 * S);
			CHECK(facts().masks == ALARM_MAINTENANCE);
			pass(HOUR);
			CHECK(facts().masks == 0 && !rules_maintenance(rules, 0, &m));
		}
}

/* Hours of a day where clocks are put forward and back, by an hour or half of one:
 * between() and the hours of duty and quiet say the same at each minute, and that is
 * what a clock on the wall says. */
static void
hours_follow_the_clock_on_the_wall(const struct zone *zone, int64_t from, int64_t days)
{
	struct hours night, day;
	struct rule_conf rule = { .name = "n", .on = "s/d",
	    .when = "between('22:00', '02:30') and p > 2", .priority = PRIORITY_MEDIUM };
	struct rule_conf was = confs[0];
	int64_t end = from + days * DAY_MS;

	CHECK(hours_parse("22:00-02:30", &night) == 0 && hours_parse("02:30-22:00", &day) == 0);
	confs[0] = rule;
	confs[0].name = "a";
	period = 2 * MIN;
	begin(from - 100 * S / 1000, false, 0, CLASS_PROCESS);
	rules_in_zone(rules, zone);
	while (wall() < end) {
		int32_t offset = zone_offset(zone, wall());
		int64_t local = (wall() + offset) % DAY_MS / 60000;
		bool in = local >= 22 * 60 || local < 2 * 60 + 30;
		struct local l = local_of(wall(), offset / 1000);

		hear(5);
		CHECK(facts().active == in);
		CHECK(hours_hold(&night, &l) == in && hours_hold(&day, &l) == !in);
		pass(MIN);
		/* and by itself, with no reading at that minute */
		local = (wall() + zone_offset(zone, wall())) % DAY_MS / 60000;
		CHECK(facts().active == (local >= 22 * 60 || local < 2 * 60 + 30));
	}
	confs[0] = was;
	period = 5 * S;
}

static void
days_of_23_and_25_hours(void)
{
	static const struct zone_change berlin[] = {
		{ 1774746000000LL, 7200000 }, { 1792890000000LL, 3600000 } };
	static const struct zone_change howe[] = {	/* half an hour, east of Australia */
		{ 1775314800000LL, 37800000 }, { 1791041400000LL, 39600000 } };
	static const struct zone_change apia[] = {	/* a day that never was */
		{ 1325239200000LL, 14 * 3600000 } };
	const struct zone z[] = { { berlin, 2, 3600000 }, { howe, 2, 39600000 },
	    { apia, 1, -10 * 3600000 } };

	hours_follow_the_clock_on_the_wall(&z[0], 1774746000000LL - DAY_MS, 2);
	hours_follow_the_clock_on_the_wall(&z[0], 1792890000000LL - DAY_MS, 2);
	hours_follow_the_clock_on_the_wall(&z[1], 1775314800000LL - DAY_MS, 2);
	hours_follow_the_clock_on_the_wall(&z[1], 1791041400000LL - DAY_MS, 2);
	hours_follow_the_clock_on_the_wall(&z[2], 1325239200000LL - DAY_MS, 2);
	hours_follow_the_clock_on_the_wall(&z[0], 2147483647000LL - DAY_MS / 2, 1);
	hours_follow_the_clock_on_the_wall(&z[0], 4107542400000LL - DAY_MS / 2, 1);
}

int
main(void)
{
	RUN(a_power_cut_behind_every_step_changes_nothing);
	RUN(long_lives_come_to_the_same);
	RUN(a_clock_that_is_set_silences_nothing_for_ever);
	RUN(ends_come_on_time_in_every_century);
	RUN(days_of_23_and_25_hours);
	return 0;
}
