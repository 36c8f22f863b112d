#include <stdio.h>
#include <string.h>

#include "../../devices/judge.h"
#include "../../devices/raw.h"
#include "../../rules/life.h"
#include "../../rules/watch.h"
#include "../check.h"

#define S	1000000LL
#define MIN	(60 * S)
#define HOUR	(60 * MIN)
#define WALL	1700000000000LL	/* UTC ms at mono 0 */
#define DEVICES	24
#define RULES	4

/* Three rules on devices of two sites; a is the alarm that most stories are
 * about, gas one of class life, note an event. */
static unsigned char memory[1 << 22] __attribute__((aligned(16)));
static struct err room[ERRS_MAX];
static struct arena arena;
static struct rules *rules;
static struct life_conf life;
static int64_t now, wall_is = WALL;
static char told[8192], records[16384];

static const struct raw f64 = { .name = "f64" };
static struct point points[2] = { { .name = "p", .decimals = 1, .raw = &f64 },
    { .name = "key", .decimals = 0, .raw = &f64 } };
static struct profile profile = { .name = "x", .points = points, .npoints = 2 };
static struct tap taps[DEVICES][2];
static struct memory remembered[DEVICES][2];
static struct device devices[DEVICES];
static char names[DEVICES][32];

static struct rule_conf confs[RULES] = {
	{ .name = "a", .on = "*/d*", .when = "p > 2", .priority = PRIORITY_MEDIUM },
	{ .name = "gas", .on = "*/d*", .when = "p > 50", .class = CLASS_LIFE },
	{ .name = "note", .on = "one/d0", .when = "p > 1", .kind = RULE_EVENT },
	{ .name = "flow", .on = "one/d1", .when = "p > 60", .record = "extra-report",
	  .record_every = 5 * MIN },
};

static int64_t
wall(void)
{
	return wall_is + now / 1000;
}

static void
changed(void *owner, const struct alarm_change *c)
{
	static const char *const events[] = { "enter", "leave", "ack", "reset", "mask",
	    "unmask", "handle", "overdue", "chatter", "calm", "remind", "rise" };
	size_t n = strlen(told);

	(void)owner;
	snprintf(told + n, sizeof(told) - n, "%s%s:%s:%s:%s", n > 0 ? " " : "", c->rule->name,
	    c->device->conf.name, events[c->event], alarm_state_name(alarm_state(c->alarm)));
}

static void
recorded(void *owner, const struct rule_record *r)
{
	size_t n = strlen(records);

	(void)owner;
	n += (size_t)snprintf(records + n, sizeof(records) - n, "%s[", r->kind);
	for (size_t i = 0; i < r->nfields; i++)
		n += (size_t)snprintf(records + n, sizeof(records) - n, "%s%s=%s",
		    i > 0 ? "," : "", r->fields[i].name, r->fields[i].value);
	snprintf(records + n, sizeof(records) - n, "]");
	CHECK(r->kind[0] != '\0' && r->key[0] != '\0');
}

static void
forget(void)
{
	told[0] = records[0] = '\0';
}

static void
make_devices(void)
{
	for (size_t i = 0; i < DEVICES; i++) {
		snprintf(names[i], sizeof(names[i]), "%s/d%zu", i < DEVICES / 2 ? "one" : "two",
		    i % (DEVICES / 2));
		taps[i][0].series = (uint32_t)(1 + 2 * i);
		taps[i][1].series = (uint32_t)(2 + 2 * i);
		devices[i] = (struct device){ .conf = { .name = names[i], .link = "l",
		    .zh = "", .en = "", .period = 5 * S, .enabled = true },
		    .profile = &profile, .taps = taps[i], .memory = remembered[i] };
	}
}

static struct rules *
make(struct errs *errs)
{
	static struct constants none;
	struct rules *made;

	for (size_t i = 0; i < RULES; i++)
		CHECK(rule_compile(&confs[i], &none, &arena, errs) == 0);
	made = rules_new(confs, RULES, devices, DEVICES, &arena, errs);
	CHECK(made != NULL);
	return made;
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

static void
listen_to(void)
{
	rules_on_change(rules, changed, NULL);
	rules_on_record(rules, recorded);
}

/* Without a tick yet, as restored alarms want it. */
static void
load(void)
{
	struct errs errs = { .at = room };

	arena = (struct arena){ .at = memory, .cap = sizeof(memory) };
	make_devices();
	rules = make(&errs);
	CHECK(rules_live(rules, &life, NULL, 0, &arena, &errs) == 0 && errs.n == 0);
	rules_start(rules, now);
	listen_to();
	forget();
}

static void
begin(void)
{
	life = life_fallback;
	now = 100 * S;
	wall_is = WALL;
	confs[0].handling = 0;
	confs[0].priority = PRIORITY_MEDIUM;
	confs[0].latching = false;
	load();
	tick();
}

static void
hear_point(size_t device, size_t point, double figure)
{
	struct reading r = { .series = taps[device][point].series, .time = wall(), .mono = now,
	    .due = now, .value = { .kind = VALUE_F64, .d = figure } };

	rules_take(rules, &r, now, wall());
}

static void
hear(size_t device, double figure)
{
	hear_point(device, 0, figure);
}

static struct life_order
order(const char *rule, const char *device)
{
	return (struct life_order){ .rule = rule, .device = device, .who = "li", .why = "w",
	    .now = now, .wall = wall() };
}

static bool
look(const char *rule, const char *device, struct alarm *a)
{
	struct alarm_change c;

	for (size_t i = 0; rules_standing(rules, i, &c); i++)
		if (strcmp(c.rule->name, rule) == 0 && strcmp(c.device->conf.name, device) == 0) {
			*a = *c.alarm;
			return true;
		}
	*a = (struct alarm){ .active = false };
	return false;
}

/* What people are told of one that stands. */
static bool
says(const char *rule, const char *device, const char *language, const char *text)
{
	struct alarm_change c;
	char said[256] = "";

	for (size_t i = 0; rules_standing(rules, i, &c); i++)
		if (strcmp(c.rule->name, rule) == 0 && strcmp(c.device->conf.name, device) == 0)
			rule_text(&c, language, said, sizeof(said));
	if (strcmp(said, text) != 0)
		fprintf(stderr, "%s\n", said);
	return strcmp(said, text) == 0;
}

static enum alarm_state
state(const char *rule, const char *device)
{
	struct alarm a;

	look(rule, device, &a);
	return alarm_state(&a);
}

static void
ack(const char *rule, const char *device)
{
	CHECK(rules_step(rules, rule, device, ALARM_EV_ACK, 0, "li", wall()) == STEP_DONE);
}

/* The facts of all alarms go into new rules, as after a crash. */
static void
restart(void)
{
	static struct { char rule[32], device[64], who[64], why[64]; struct alarm a;
	    int priority; struct alarm_ground ground; } kept[200];
	struct alarm_change c;
	size_t n = 0;

	for (; rules_standing(rules, n, &c); n++) {
		snprintf(kept[n].rule, sizeof(kept[n].rule), "%s", c.rule->name);
		snprintf(kept[n].device, sizeof(kept[n].device), "%s", c.device->conf.name);
		snprintf(kept[n].who, sizeof(kept[n].who), "%s", c.who);
		snprintf(kept[n].why, sizeof(kept[n].why), "%s", c.why);
		kept[n].a = *c.alarm;
		kept[n].priority = alarm_priority(c.alarm, c.rule->priority);
		kept[n].ground = c.ground;
		if (c.ground.known == 0 && c.value.kind != VALUE_NONE)
			kept[n].ground = (struct alarm_ground){ .known = GROUND_VALUE,
			    .series = c.series, .value = c.value };
	}
	load();
	for (size_t i = 0; i < n; i++) {
		CHECK(rules_restore(rules, kept[i].rule, kept[i].device, &kept[i].a) == 0);
		rules_restore_ground(rules, kept[i].rule, kept[i].device, &kept[i].ground);
		rules_restored(rules, kept[i].rule, kept[i].device, kept[i].priority,
		    kept[i].who, kept[i].why);
	}
}

static void
a_shelving_ends_by_itself(void)
{
	struct life_order o;
	struct alarm a;

	begin();
	o = order("a", "one/d0");
	o.span = 2 * HOUR;
	CHECK(rules_shelve(rules, &o) == STEP_DONE);
	CHECK(strcmp(told, "a:one/d0:mask:SHLVD") == 0);
	CHECK(strstr(records, "shelve[rule=a,device=one/d0,state=on,who=li,why=w,until=") != NULL);
	CHECK(look("a", "one/d0", &a) && a.until == wall() + 2 * HOUR / 1000);
	hear(0, 5);		/* it comes behind the shelf: nobody hears */
	CHECK(state("a", "one/d0") == ALARM_SHLVD);
	forget();
	pass(2 * HOUR - S);
	CHECK(told[0] == '\0');
	pass(2 * S);
	CHECK(strcmp(told, "a:one/d0:unmask:UNACK") == 0);
	CHECK(strstr(records, "state=over") != NULL);
	CHECK(look("a", "one/d0", &a) && a.until == 0 && a.count == 1);
}

static void
a_shelving_has_bounds(void)
{
	struct life_order o;

	begin();
	o = order("a", "one/d0");
	o.span = life.shelf_max + S;
	CHECK(rules_shelve(rules, &o) == STEP_TOO_LONG && told[0] == '\0');
	o.rule = "gas";
	o.span = MIN;
	CHECK(rules_shelve(rules, &o) == STEP_FORBIDDEN && told[0] == '\0');
	o.rule = "nobody";
	CHECK(rules_shelve(rules, &o) == STEP_UNKNOWN);
	o.rule = "a";
	CHECK(rules_unshelve(rules, &o) == STEP_NOTHING);
	CHECK(rules_shelve(rules, &o) == STEP_DONE);
	o.span = 3 * MIN;	/* moved, not added */
	CHECK(rules_shelve(rules, &o) == STEP_DONE);
	pass(2 * MIN);
	CHECK(state("a", "one/d0") == ALARM_SHLVD);
	o = order("a", "one/d0");
	CHECK(rules_unshelve(rules, &o) == STEP_DONE);
	CHECK(state("a", "one/d0") == ALARM_NORM);
	CHECK(strstr(records, "state=off") != NULL);
}

/* How the end fares when the wall clock was set while nobody ran. */
static void
a_shelving_survives_with_its_end(void)
{
	const struct { int64_t step; int64_t left; } cases[] = {
		{ 0, 2 * HOUR },
		{ HOUR / 1000, HOUR },			/* an hour was slept */
		{ 3 * HOUR / 1000, 0 },			/* its end is past */
		{ -40LL * 365 * 24 * HOUR / 1000, 8 * HOUR },	/* the clock is lost */
		{ 2500000000000LL, 0 },			/* beyond 2038 */
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct life_order o;
		struct alarm_change c;

		begin();
		o = order("a", "one/d0");
		o.span = 2 * HOUR;
		CHECK(rules_shelve(rules, &o) == STEP_DONE);
		restart();
		wall_is += cases[i].step;
		tick();
		CHECK((state("a", "one/d0") == ALARM_SHLVD) == (cases[i].left > 0));
		if (cases[i].left == 0)
			continue;
		CHECK(rules_standing(rules, 0, &c) && strcmp(c.who, "li") == 0 &&
		    strcmp(c.why, "w") == 0);
		pass(cases[i].left - S);
		CHECK(state("a", "one/d0") == ALARM_SHLVD);
		pass(2 * S);
		CHECK(state("a", "one/d0") == ALARM_NORM);
	}
}

/* A clock that is set while it runs moves no end. */
static void
a_clock_that_is_set_moves_no_end(void)
{
	const int64_t steps[] = { -1000000000000LL, 3600000, 2500000000000LL };

	for (size_t i = 0; i < 3; i++) {
		struct life_order o;

		begin();
		o = order("a", "one/d0");
		o.span = HOUR;
		CHECK(rules_shelve(rules, &o) == STEP_DONE);
		wall_is += steps[i];
		pass(HOUR - S);
		CHECK(state("a", "one/d0") == ALARM_SHLVD);
		pass(2 * S);
		CHECK(state("a", "one/d0") == ALARM_NORM);
	}
}

static void
out_of_service_is_told_again_and_again(void)
{
	struct life_order o;
	struct alarm a;

	begin();
	o = order("a", "one/d0");
	CHECK(rules_remove(rules, &o) == STEP_DONE && rules_remove(rules, &o) == STEP_NOTHING);
	CHECK(strcmp(told, "a:one/d0:mask:OOSRV") == 0);
	CHECK(look("a", "one/d0", &a) && a.removed == wall());
	hear(0, 9);
	forget();
	pass(life.remind - S);
	CHECK(told[0] == '\0');
	pass(2 * S);
	CHECK(strcmp(told, "a:one/d0:remind:OOSRV") == 0);
	forget();
	restart();
	tick();
	pass(life.remind - MIN);
	CHECK(told[0] == '\0');		/* the moments stay where they were */
	pass(2 * MIN);
	CHECK(strcmp(told, "a:one/d0:remind:OOSRV") == 0);
	o = order("a", "one/d0");
	forget();
	CHECK(rules_return(rules, &o) == STEP_DONE);
	CHECK(strcmp(told, "a:one/d0:unmask:UNACK") == 0);
	CHECK(strstr(records, "service[rule=a,device=one/d0,state=in") != NULL);
	pass(3 * life.remind);
	CHECK(strstr(told, "remind") == NULL);
}

static void
a_whole_device_goes_out_of_service_but_life(void)
{
	struct life_order o;

	begin();
	o = order("*", "one/d0");
	CHECK(rules_remove(rules, &o) == STEP_DONE);
	CHECK(state("a", "one/d0") == ALARM_OOSRV && state("note", "one/d0") == ALARM_OOSRV &&
	    state("gas", "one/d0") == ALARM_NORM);
	o = order("gas", "one/d0");
	CHECK(rules_remove(rules, &o) == STEP_FORBIDDEN);
	o = order("*", "nowhere");
	CHECK(rules_remove(rules, &o) == STEP_UNKNOWN);
	o = order("*", "one/d0");
	CHECK(rules_return(rules, &o) == STEP_DONE);
	CHECK(state("a", "one/d0") == ALARM_NORM);
}

/* Closed: over, and somebody said what was done. */
static void
what_is_not_handled_in_time_rises(void)
{
	struct life_order o;
	struct alarm a;

	begin();
	confs[0].handling = HOUR;
	load();
	tick();
	hear(0, 5);
	ack("a", "one/d0");
	now += S;
	hear(0, 1);
	CHECK(look("a", "one/d0", &a) && alarm_state(&a) == ALARM_NORM && !alarm_closed(&a));
	CHECK(alarm_priority(&a, PRIORITY_MEDIUM) == PRIORITY_MEDIUM);
	forget();
	restart();
	tick();
	pass(HOUR - 2 * S);
	CHECK(told[0] == '\0');
	pass(4 * S);
	CHECK(strcmp(told, "a:one/d0:overdue:NORM") == 0);
	CHECK(look("a", "one/d0", &a) && a.overdue);
	CHECK(alarm_priority(&a, PRIORITY_MEDIUM) == PRIORITY_HIGH &&
	    alarm_priority(&a, PRIORITY_URGENT) == PRIORITY_URGENT);
	o = order("a", "one/d0");
	o.why = "valve changed";
	forget();
	CHECK(rules_handle(rules, &o) == STEP_DONE);
	CHECK(strstr(records, "what=valve changed") != NULL && strstr(records, "late=yes") != NULL);
	CHECK(!look("a", "one/d0", &a));
	CHECK(rules_handle(rules, &o) == STEP_NOTHING);
}

static void
handled_in_time_is_closed(void)
{
	struct life_order o;
	struct alarm a;

	begin();
	life.handling[CLASS_PROCESS] = HOUR;
	load();
	tick();
	hear(0, 5);
	o = order("a", "one/d0");
	CHECK(rules_handle(rules, &o) == STEP_DONE && strstr(records, "late=no") != NULL);
	ack("a", "one/d0");
	now += S;
	hear(0, 1);
	CHECK(!look("a", "one/d0", &a));
	now += S;
	hear(0, 5);		/* it comes anew: so does what is owed */
	CHECK(look("a", "one/d0", &a) && a.handle_by == wall() + HOUR / 1000);
	pass(2 * HOUR);
	CHECK(look("a", "one/d0", &a) && a.overdue);
	/* behind a mask nothing rises */
	hear(1, 5);
	o = order("a", "one/d1");
	o.span = 3 * HOUR;
	CHECK(rules_shelve(rules, &o) == STEP_DONE);
	pass(2 * HOUR);
	CHECK(look("a", "one/d1", &a) && !a.overdue);
	pass(2 * HOUR);
	CHECK(look("a", "one/d1", &a) && a.overdue);
}

static void
an_event_asks_for_nothing(void)
{
	struct alarm a;

	begin();
	life.handling[CLASS_PROCESS] = HOUR;
	load();
	tick();
	hear(0, 1.5);
	CHECK(strcmp(told, "note:one/d0:enter:ACKED") == 0);
	CHECK(strcmp(records, "event[rule=note,device=one/d0,state=on,point=p,value=1.5]") == 0);
	CHECK(look("note", "one/d0", &a) && a.event && !a.unacked && a.handle_by == 0);
	forget();
	now += S;
	hear(0, 0.5);
	CHECK(strcmp(told, "note:one/d0:leave:NORM") == 0);
	CHECK(strcmp(records, "event[rule=note,device=one/d0,state=off,point=p,value=0.5]") == 0);
	CHECK(!look("note", "one/d0", &a));
}

static void
the_first_of_a_burst_is_marked(void)
{
	struct alarm a;

	begin();
	hear(1, 5);
	now += S;
	hear(2, 5);
	hear(12, 5);		/* of the other site */
	CHECK(look("a", "one/d1", &a) && a.first);
	CHECK(look("a", "one/d2", &a) && !a.first);
	CHECK(look("a", "two/d0", &a) && a.first);
	pass(life.burst + S);
	hear(3, 5);
	CHECK(look("a", "one/d3", &a) && a.first);
	ack("a", "one/d3");
	now += S;
	hear(3, 1);
	CHECK(!look("a", "one/d3", &a) && !a.first);
}

/* One that stands from before comes again behind the first of a burst. */
static void
what_comes_again_is_first_only_where_it_is(void)
{
	struct alarm a;

	begin();
	hear(1, 5);
	CHECK(look("a", "one/d1", &a) && a.first);
	now += S;
	hear(1, 1);
	CHECK(look("a", "one/d1", &a) && alarm_state(&a) == ALARM_RTNUN && a.first);
	pass(life.burst + S);
	hear(2, 5);
	CHECK(look("a", "one/d2", &a) && a.first);
	now += S;
	hear(1, 5);
	CHECK(look("a", "one/d1", &a) && a.count == 2 && !a.first);
	now += S;
	hear(1, 1);
	pass(life.burst + S);
	hear(1, 5);
	CHECK(look("a", "one/d1", &a) && a.count == 3 && a.first);
}

static void
a_burst_goes_on_over_a_start(void)
{
	struct alarm a;
	int64_t came;

	begin();
	hear(1, 5);
	came = wall();
	now += S;
	restart();
	rules_restore_coming(rules, "a", "one/d1", came, wall());
	rules_restore_coming(rules, "a", "one/d1", came - MIN / 1000, wall());
	rules_restore_coming(rules, "a", "one/gone", came, wall());
	tick();
	hear(2, 5);
	hear(12, 5);		/* of the other site */
	CHECK(look("a", "one/d2", &a) && !a.first);
	CHECK(look("a", "two/d0", &a) && a.first);
	pass(life.burst + S);
	hear(3, 5);
	CHECK(look("a", "one/d3", &a) && a.first);
	/* one of long ago is none, one that is yet to come has just been */
	restart();
	rules_restore_coming(rules, "a", "one/d3", wall() - MIN / 1000, wall());
	rules_restore_coming(rules, "a", "two/d0", wall() + HOUR / 1000, wall());
	tick();
	hear(4, 5);
	hear(13, 5);
	CHECK(look("a", "one/d4", &a) && a.first);
	CHECK(look("a", "two/d1", &a) && !a.first);
}

static void
what_comes_and_goes_chatters(void)
{
	struct alarm a;
	size_t steps = 0;

	begin();
	for (int i = 0; i < 3; i++) {
		hear(1, 5);
		now += 10 * S;
		hear(1, 1);
		now += 10 * S;
	}
	CHECK(look("a", "one/d1", &a) && a.chattering && a.count == 3);
	CHECK(strstr(told, "chatter") != NULL);
	restart();
	tick();
	CHECK(look("a", "one/d1", &a) && a.chattering);
	ack("a", "one/d1");
	CHECK(!look("a", "one/d1", &a));	/* closed, and watched all the same */
	pass(life.chatter_calm - S);
	CHECK(strstr(told, "calm") == NULL);
	pass(2 * S);
	CHECK(strstr(told, "a:one/d1:calm:NORM") != NULL);
	/* 1 Hz for a day: told once, each step is kept */
	forget();
	for (int64_t end = now + 24 * HOUR; now < end; now += S) {
		hear(1, steps % 2 == 0 ? 5 : 1);
		steps++;
		told[0] = '\0';
		CHECK(rules_deadline(rules) > now);
	}
	CHECK(look("a", "one/d1", &a) && a.chattering && a.count > 1000);
	CHECK(!look("sys.flood", "gateway", &a) && !look("sys.flood", "one", &a));
	hear(1, 60);
	CHECK(look("gas", "one/d1", &a) && alarm_state(&a) == ALARM_UNACK && a.first);
}

static void
many_alarms_are_a_flood(void)
{
	struct alarm_change c;
	struct alarm a;

	begin();
	for (size_t i = 0; rules_alarm_at(rules, i, &c); i++)	/* free places too */
		CHECK(c.rule->name != NULL && c.device->conf.name != NULL);
	for (size_t i = 1; i <= 10; i++) {
		hear(i, 5);
		now += S;
	}
	CHECK(!look("sys.flood", "one", &a));
	hear(11, 5);
	CHECK(look("sys.flood", "one", &a) && alarm_state(&a) == ALARM_UNACK && !a.first);
	CHECK(look("sys.flood", "gateway", &a) && !look("sys.flood", "two", &a));
	CHECK(rules_step(rules, "sys.flood", "one", ALARM_EV_ACK, 0, "li", wall()) == STEP_DONE);
	forget();
	restart();
	tick();
	CHECK(look("sys.flood", "one", &a) && alarm_state(&a) == ALARM_ACKED);
	CHECK(says("sys.flood", "one", "en", "one: a flood of alarms, 11 within 10 min"));
	CHECK(says("sys.flood", "one", "zh", "one:报警泛滥,10 分钟内 11 条"));
	pass(life.flood_window + 20 * S);
	CHECK(strstr(told, "sys.flood:one:leave:NORM") != NULL);
	CHECK(strstr(told, "sys.flood:gateway:leave:RTNUN") != NULL);
	CHECK(!look("sys.flood", "one", &a) && look("sys.flood", "gateway", &a));
	ack("sys.flood", "gateway");
	CHECK(!look("sys.flood", "gateway", &a));
}

/* Class life is silent only when somebody said so on the spot. */
static void
maintenance_masks_a_site(void)
{
	struct life_order o;
	struct alarm a;
	struct maintenance m;

	begin();
	o = order(NULL, "one");
	o.span = HOUR;
	CHECK(rules_maintain(rules, &o) == STEP_DONE && rules_maintain(rules, &o) == STEP_NOTHING);
	CHECK(state("a", "one/d0") == ALARM_OOSRV && state("gas", "one/d0") == ALARM_NORM &&
	    state("a", "two/d0") == ALARM_NORM);
	CHECK(strstr(records, "maintenance[scope=one,state=on,who=li,why=w,by=far,"
	    "life=not-masked") != NULL);
	CHECK(rules_in_maintenance(rules, &devices[0]) && !rules_in_maintenance(rules, &devices[12]));
	o.local = true;		/* somebody goes there and says so himself */
	CHECK(rules_maintain(rules, &o) == STEP_DONE);
	CHECK(state("gas", "one/d0") == ALARM_OOSRV);
	o.local = false;
	CHECK(rules_maintain(rules, &o) == STEP_NOTHING);
	CHECK(rules_maintenance(rules, 0, &m) && m.local && !rules_maintenance(rules, 1, &m));
	hear(0, 60);
	CHECK(state("gas", "one/d0") == ALARM_OOSRV);
	forget();
	CHECK(rules_maintained(rules, &o) == STEP_DONE);
	CHECK(state("gas", "one/d0") == ALARM_UNACK && state("a", "one/d0") == ALARM_UNACK);
	CHECK(strstr(records, "state=off") != NULL && !look("sys.maintenance", "one", &a));
	CHECK(rules_maintained(rules, &o) == STEP_NOTHING);
	o.device = "on";
	CHECK(rules_maintain(rules, &o) == STEP_UNKNOWN);
	o.device = "one/d3";
	o.span = life.maintenance + S;
	CHECK(rules_maintain(rules, &o) == STEP_TOO_LONG);
}

static void
maintenance_ends_by_itself_with_an_alarm(void)
{
	struct life_order o;
	struct maintenance m;
	struct alarm a;
	char scope[64], who[64];

	begin();
	o = order(NULL, "one/d1");
	CHECK(rules_maintain(rules, &o) == STEP_DONE);
	pass(HOUR);
	CHECK(rules_maintenance(rules, 0, &m));
	snprintf(scope, sizeof(scope), "%s", m.scope);
	snprintf(who, sizeof(who), "%s", m.who);
	m.scope = scope;
	m.who = who;
	restart();
	rules_maintenance_restore(rules, &m, now, wall());
	tick();
	CHECK(state("a", "one/d1") == ALARM_OOSRV && told[0] == '\0');
	pass(3 * HOUR - S);
	CHECK(state("a", "one/d1") == ALARM_OOSRV);
	pass(2 * S);
	CHECK(state("a", "one/d1") == ALARM_NORM);
	CHECK(state("sys.maintenance", "one/d1") == ALARM_UNACK);
	CHECK(strstr(records, "state=over") != NULL);
	restart();
	tick();
	CHECK(state("sys.maintenance", "one/d1") == ALARM_UNACK);
	ack("sys.maintenance", "one/d1");
	CHECK(!look("sys.maintenance", "one/d1", &a));
	/* a mask without its maintenance is taken off */
	o = order(NULL, "one/d1");
	CHECK(rules_maintain(rules, &o) == STEP_DONE);
	restart();
	tick();
	CHECK(state("a", "one/d1") == ALARM_NORM);
}

/* The figure is how often; over a restart it begins anew. */
static void
a_line_that_two_claim_to_be_is_an_alarm(void)
{
	struct alarm_change c;
	struct alarm a;
	char name[16];

	begin();
	rules_duplicate(rules, "shop1", now, wall());
	CHECK(state("sys.duplicate", "shop1") == ALARM_UNACK);
	pass(40 * MIN);
	rules_duplicate(rules, "shop1", now, wall());
	CHECK(rules_standing(rules, 0, &c) && c.value.i == 2);
	CHECK(!rules_standing(rules, 1, &c));
	ack("sys.duplicate", "shop1");
	restart();
	tick();
	CHECK(state("sys.duplicate", "shop1") == ALARM_ACKED);
	CHECK(says("sys.duplicate", "shop1", "en", "shop1: duplicate identity, somebody else "
	    "calls as it while it answers; times so far: 2"));
	pass(HOUR - S);
	CHECK(state("sys.duplicate", "shop1") == ALARM_ACKED);
	pass(2 * S);
	CHECK(!look("sys.duplicate", "shop1", &a));
	/* a stranger with many names takes no place from who is there */
	for (unsigned i = 0; i < 3 * 32; i++) {
		snprintf(name, sizeof(name), "line%u", i);
		rules_duplicate(rules, name, now, wall());
	}
	CHECK(look("sys.duplicate", "line31", &a) && !look("sys.duplicate", "line32", &a));
	rules_duplicate(rules, "line0", now, wall());
	pass(HOUR + S);
	CHECK(state("sys.duplicate", "line0") == ALARM_RTNUN);
	ack("sys.duplicate", "line0");
	rules_duplicate(rules, "line95", now, wall());
	CHECK(state("sys.duplicate", "line95") == ALARM_UNACK);
}

static void
a_key_begins_and_ends_maintenance(void)
{
	static struct maintenance_key key = { .input = "two/d0.key", .on = 1, .scope = "one" };
	struct life_order o;
	struct maintenance m;

	begin();
	life.keys = (struct items){ .at = &key, .n = 1 };
	load();
	tick();
	hear_point(12, 1, 0);
	pass(S);
	CHECK(records[0] == '\0');
	hear_point(12, 1, 1);
	pass(S);
	CHECK(rules_maintenance(rules, 0, &m) && m.local && m.key);
	CHECK(state("gas", "one/d0") == ALARM_OOSRV && strstr(records, "by=key") != NULL);
	hear_point(12, 1, 0);
	pass(S);
	CHECK(!rules_maintenance(rules, 0, &m) && state("gas", "one/d0") == ALARM_NORM);
	hear_point(12, 1, 1);
	pass(life.maintenance + S);
	CHECK(state("sys.maintenance", "one") == ALARM_UNACK);
	ack("sys.maintenance", "one");
	CHECK(state("sys.maintenance", "one") == ALARM_ACKED);	/* the key is still turned */
	restart();
	tick();
	hear_point(12, 1, 1);	/* and begins nothing anew */
	pass(S);
	CHECK(!rules_maintenance(rules, 0, &m));
	hear_point(12, 1, 0);
	pass(S);
	CHECK(state("sys.maintenance", "one") == ALARM_NORM);
	o = order(NULL, "one");	/* a key that is off ends what it did not begin no more */
	CHECK(rules_maintain(rules, &o) == STEP_DONE);
	hear_point(12, 1, 0);
	pass(S);
	CHECK(rules_maintenance(rules, 0, &m));
}

/* Pressed on the spot it lets go of what latches in its place: a press, and not that
 * it was found pressed at the start; and nothing while the condition holds. */
static void
a_key_resets_what_latches(void)
{
	static struct maintenance_key key = { .input = "two/d0.key", .on = 1, .scope = "one",
	    .does = KEY_RESETS };
	struct maintenance m;

	begin();
	life.keys = (struct items){ .at = &key, .n = 1 };
	confs[1].latching = true;
	load();
	tick();
	hear(0, 60);
	ack("gas", "one/d0");
	hear(12, 60);
	hear(0, 1);
	hear(12, 1);
	CHECK(state("gas", "one/d0") == ALARM_LATAK && state("gas", "two/d0") == ALARM_LATUN);
	hear_point(12, 1, 1);		/* it may have been pressed for years */
	pass(S);
	CHECK(state("gas", "one/d0") == ALARM_LATAK);
	hear_point(12, 1, 0);
	pass(S);
	hear(1, 60);
	forget();
	hear_point(12, 1, 1);
	pass(S);
	CHECK(state("gas", "one/d0") == ALARM_NORM && state("gas", "two/d0") == ALARM_LATUN);
	CHECK(state("gas", "one/d1") == ALARM_UNACK);
	CHECK(strcmp(told, "gas:one/d0:reset:NORM") == 0 && records[0] == '\0');
	CHECK(!rules_maintenance(rules, 0, &m));
	hear(1, 1);			/* held down it does nothing more */
	pass(S);
	CHECK(state("gas", "one/d1") == ALARM_LATUN);
	hear_point(12, 1, 0);
	pass(S);
	hear_point(12, 1, 1);
	pass(S);
	CHECK(state("gas", "one/d1") == ALARM_RTNUN);	/* nobody took note of it yet */
	confs[1].latching = false;
}

/* Whatever is set, what keeps class life silent is over after four hours. */
static void
class_life_is_silent_for_four_hours_at_most(void)
{
	struct maintenance m;
	struct life_order o;

	begin();
	life.maintenance = 24 * HOUR;
	o = order(NULL, "one");
	o.local = true;
	o.span = 4 * HOUR + S;
	CHECK(rules_maintain(rules, &o) == STEP_TOO_LONG);
	o.span = 0;
	CHECK(rules_maintain(rules, &o) == STEP_DONE && rules_maintenance(rules, 0, &m));
	CHECK(m.until - m.since == 4 * 3600 * 1000);
	pass(4 * HOUR - S);
	CHECK(state("gas", "one/d0") == ALARM_OOSRV);
	pass(2 * S);
	CHECK(state("gas", "one/d0") == ALARM_NORM);
	CHECK(state("sys.maintenance", "one") == ALARM_UNACK);
	/* nor by a clock that was wrong before the start */
	begin();
	life.maintenance = 24 * HOUR;
	m = (struct maintenance){ .scope = "one", .who = "li", .local = true, .since = wall(),
	    .until = wall() + 20 * 3600000 };
	restart();
	rules_maintenance_restore(rules, &m, now, wall());
	pass(4 * HOUR + S);
	CHECK(!rules_maintenance(rules, 0, &m) && state("gas", "one/d0") == ALARM_NORM);
	/* from afar it masks none of them, and may go on */
	begin();
	life.maintenance = 24 * HOUR;
	o = order(NULL, "one");
	o.span = 24 * HOUR;
	CHECK(rules_maintain(rules, &o) == STEP_DONE);
	pass(23 * HOUR);
	CHECK(rules_maintenance(rules, 0, &m) && state("gas", "one/d0") == ALARM_NORM);
}

/* Else whoever may write it could silence class life from afar. */
static void
a_key_is_no_output(void)
{
	static struct maintenance_key key = { .input = "two/d0.key", .on = 1, .scope = "one" };
	static const char *writable[] = { "key" };
	struct errs errs = { .at = room };

	begin();
	arena = (struct arena){ .at = memory, .cap = sizeof(memory) };
	make_devices();
	rules = make(&errs);
	life.keys = (struct items){ .at = &key, .n = 1 };
	for (size_t i = 0; i < DEVICES; i++)
		devices[i].conf.writable = (struct strings){ .at = writable, .n = 1 };
	CHECK(rules_live(rules, &life, NULL, 0, &arena, &errs) != 0 && errs.n == 1);
	CHECK(strstr(room[0].text, "two/d0.key cannot be writable") != NULL);
	make_devices();
}

/* Every life there can be goes over a restart, and each event after it does
 * what it would have done without. */
static struct alarm
facts(unsigned n)
{
	struct alarm a = { .active = n & 1, .unacked = n >> 1 & 1, .latching = n >> 2 & 1,
	    .held = (n >> 3 & 1) && (n >> 2 & 1), .untold = n >> 4 & 1,
	    .chattering = n >> 5 & 1, .overdue = (n >> 6 & 1) && (n >> 7 & 1),
	    .handle_by = n >> 7 & 1 ? WALL + 7200000 : 0, .handling = 7200000,
	    .masks = (uint8_t)(n >> 8 & (ALARM_SHELVED | ALARM_REMOVED)), .count = 1, .since = 1 };

	a.until = a.masks & ALARM_SHELVED ? WALL + 3600000 : 0;
	a.removed = a.masks & ALARM_REMOVED ? WALL - 1000 : 0;
	if (alarm_state(&a) == ALARM_NORM)
		a.count = 0;
	return a;
}

static bool
same(const struct alarm *a, const struct alarm *b)
{
	return a->active == b->active && a->unacked == b->unacked && a->held == b->held &&
	    a->untold == b->untold && a->chattering == b->chattering &&
	    a->overdue == b->overdue && a->handle_by == b->handle_by && a->masks == b->masks &&
	    a->until == b->until && a->removed == b->removed && a->count == b->count;
}

static void
try_after_restart(const struct alarm *was, enum alarm_event ev, enum alarm_mask mask)
{
	struct alarm want = *was, got;
	bool closed;

	now = 100 * S;
	confs[0].handling = 2 * HOUR;
	confs[0].latching = was->latching;
	load();
	CHECK(rules_restore(rules, "a", "one/d1", was) == 0);
	tick();
	CHECK(look("a", "one/d1", &got) == !alarm_closed(was));
	alarm_step(&want, ev, mask, wall());
	if (ev == ALARM_EV_ENTER || ev == ALARM_EV_LEAVE)
		hear(1, ev == ALARM_EV_ENTER ? 5 : 1);
	else
		rules_step(rules, "a", "one/d1", ev, mask, "li", wall());
	closed = alarm_closed(&want);
	CHECK(look("a", "one/d1", &got) == !closed);
	CHECK(closed || same(&got, &want));
	/* nothing stays masked, owed or chattering for ever */
	forget();
	pass(9 * HOUR);
	if (look("a", "one/d1", &got))
		CHECK(!(got.masks & ALARM_SHELVED) && !got.chattering &&
		    (got.handle_by == 0 || got.overdue || got.masks));
}

static void
every_event_after_a_restart_in_every_state(void)
{
	static const enum alarm_event events[] = { ALARM_EV_ENTER, ALARM_EV_LEAVE, ALARM_EV_ACK,
	    ALARM_EV_RESET, ALARM_EV_MASK, ALARM_EV_UNMASK, ALARM_EV_HANDLE };

	begin();
	for (unsigned n = 0; n < 4096; n++) {
		struct alarm was = facts(n);

		/* masks that follow from something else; what no life amounts to */
		if (((n >> 8) & 6) != 0 || (was.untold &&
		    (was.masks == 0 || (!was.active && !was.held))))
			continue;
		for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++)
			try_after_restart(&was, events[i], ALARM_REMOVED);
	}
}

/* The facts say what priority it had when it was told last. */
static void
a_rule_that_became_more_urgent_is_told(void)
{
	struct alarm a;

	begin();
	hear(1, 5);
	CHECK(look("a", "one/d1", &a));
	confs[0].priority = PRIORITY_URGENT;
	load();
	CHECK(rules_restore(rules, "a", "one/d1", &a) == 0);
	rules_restored(rules, "a", "one/d1", PRIORITY_MEDIUM, "", "");
	tick();
	CHECK(strcmp(told, "a:one/d1:rise:UNACK") == 0);
	load();
	CHECK(rules_restore(rules, "a", "one/d1", &a) == 0);
	rules_restored(rules, "a", "one/d1", PRIORITY_URGENT, "", "");
	tick();
	CHECK(told[0] == '\0');
}

/* A far end has a report when it comes, as often as it wants while it holds, and when
 * it goes; behind a mask none, and over a new configuration it goes on. */
static void
a_rule_makes_records_for_a_far_end(void)
{
	begin();
	load();
	tick();
	hear(1, 70);
	CHECK(strcmp(records, "extra-report[rule=flow,device=one/d1,state=on,point=p,"
	    "value=70.0]") == 0);
	forget();
	pass(5 * MIN - S);
	CHECK(records[0] == '\0');
	pass(S);
	CHECK(strcmp(records, "extra-report[rule=flow,device=one/d1,state=still,point=p,"
	    "value=70.0]") == 0);
	forget();
	pass(5 * MIN);
	CHECK(strstr(records, "state=still") != NULL);
	forget();
	rules_step(rules, "flow", "one/d1", ALARM_EV_MASK, ALARM_SUPPRESSED, "", wall());
	pass(20 * MIN);
	CHECK(records[0] == '\0');
	rules_step(rules, "flow", "one/d1", ALARM_EV_UNMASK, ALARM_SUPPRESSED, "", wall());
	pass(5 * MIN);
	CHECK(strstr(records, "state=still") != NULL);
	forget();
	hear(1, 2);
	CHECK(strcmp(records, "extra-report[rule=flow,device=one/d1,state=off,point=p,"
	    "value=2.0]") == 0);
	forget();
	pass(HOUR);
	CHECK(records[0] == '\0');
}

static void
the_kind_of_a_record_is_a_name(void)
{
	struct errs errs = { .at = room };
	static struct constants none;
	struct rule_conf r = { .name = "r", .on = "*", .when = "p > 1", .record = "Work order" };

	CHECK(rule_compile(&r, &none, &arena, &errs) != 0 && errs.n == 1);
	CHECK(strstr(room[0].text, "\"Work order\" is no kind") != NULL);
	r.record = "";
	r.record_every = S;
	CHECK(rule_compile(&r, &none, &arena, &errs) != 0 && errs.n == 2);
	CHECK(strstr(room[1].text, "record_every: say with \"record\"") != NULL);
}

int
main(void)
{
	RUN(a_shelving_ends_by_itself);
	RUN(a_shelving_has_bounds);
	RUN(a_shelving_survives_with_its_end);
	RUN(a_clock_that_is_set_moves_no_end);
	RUN(out_of_service_is_told_again_and_again);
	RUN(a_whole_device_goes_out_of_service_but_life);
	RUN(what_is_not_handled_in_time_rises);
	RUN(handled_in_time_is_closed);
	RUN(an_event_asks_for_nothing);
	RUN(a_rule_makes_records_for_a_far_end);
	RUN(the_kind_of_a_record_is_a_name);
	RUN(the_first_of_a_burst_is_marked);
	RUN(what_comes_again_is_first_only_where_it_is);
	RUN(a_burst_goes_on_over_a_start);
	RUN(what_comes_and_goes_chatters);
	RUN(many_alarms_are_a_flood);
	RUN(maintenance_masks_a_site);
	RUN(maintenance_ends_by_itself_with_an_alarm);
	RUN(a_line_that_two_claim_to_be_is_an_alarm);
	RUN(a_key_begins_and_ends_maintenance);
	RUN(a_key_resets_what_latches);
	RUN(class_life_is_silent_for_four_hours_at_most);
	RUN(a_key_is_no_output);
	RUN(every_event_after_a_restart_in_every_state);
	RUN(a_rule_that_became_more_urgent_is_told);
	return 0;
}
