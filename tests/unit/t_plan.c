#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../conf/date.h"
#include "../check.h"
#include "tell_site.h"

static unsigned char memory[1 << 20];
static struct errs errs;

static struct plan *
build(const char *text)
{
	static struct arena arena;

	arena = (struct arena){ .at = memory, .cap = sizeof(memory) };
	errs.n = 0;
	return tell_site_plan(text, &errs, &arena);
}

static void
hours_are_understood(void)
{
	static const struct { const char *text; int days, from, to; } cases[] = {
		{ "22:00-07:00", 0x7f, 1320, 420 }, { "mon-fri 08:00-20:00", 0x1f, 480, 1200 },
		{ "sat,sun", 0x60, 0, 1440 }, { "sat, sun 08:00-09:00", 0x60, 480, 540 },
		{ "fri-mon 00:00-24:00", 0x71, 0, 1440 },
		{ "mon,wed-thu,sun 00:01-00:02", 0x4d, 1, 2 },
	};
	static const char *const wrong[] = { "", "8:00-9:00", "08:00", "08:00-08:00", "mon-",
	    "24:00-08:00", "08:60-09:00", "08:00-24:01", "mon 08:00-09:00x", "mo 08:00-09:00",
	    "mon  08:00-09:00", "08:00-25:00" };
	struct hours h;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		CHECK(hours_parse(cases[i].text, &h) == 0);
		CHECK(h.days == cases[i].days && h.from == cases[i].from && h.to == cases[i].to);
	}
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		CHECK(hours_parse(wrong[i], &h) == -1);
}

static void
hours_over_midnight_belong_to_the_day_they_begin_on(void)
{
	struct hours h;
	struct local l = { .weekday = 4, .minute = 23 * 60 };	/* Friday */

	CHECK(hours_parse("fri 22:00-07:00", &h) == 0);
	CHECK(hours_hold(&h, &l));
	l = (struct local){ .weekday = 5, .minute = 6 * 60 };
	CHECK(hours_hold(&h, &l));
	l.minute = 7 * 60;
	CHECK(!hours_hold(&h, &l));
	l = (struct local){ .weekday = 4, .minute = 6 * 60 };
	CHECK(!hours_hold(&h, &l));
}

static void
moments_are_local(void)
{
	struct local l = local_of(WALL0, 8 * 3600);

	CHECK(l.weekday == 2 && l.minute == 16 * 60 && l.day == date_number(2026, 11, 25));
	l = local_of(-1, 0);
	CHECK(l.day == -1 && l.weekday == 2 && l.minute == 1439);
	l = local_of(4102444800000LL + 86400000, -3600);	/* 2100-01-02 */
	CHECK(l.day == date_number(2100, 1, 1) && l.minute == 23 * 60);
}

#define C1 "contacts = ( { name = \"a\"; phone = \"+8613800138000\"; } );\n"

static void
what_is_wrong_is_told(void)
{
	static const struct { const char *conf, *why; int line; } cases[] = {
		{ C1 "groups = ( { name = \"g\"; members = (\"b\"); } );",
		  "members: there is no contact, group or calendar \"b\"", 2 },
		{ C1 "groups = ( { name = \"a\"; members = (\"a\"); } );",
		  "the name \"a\" is given twice", 0 },
		{ C1 "groups = ( { name = \"g\"; members = (\"a\"); },\n"
		  " { name = \"h\"; members = (\"g\"); } );", "members: \"g\" is no contact", 3 },
		{ C1 "notify = ( { name = \"n\"; steps = ( { to = (\"aa\"); } ); } );",
		  "to: there is no contact, group or calendar \"aa\"", 2 },
		{ C1 "notify = ( { name = \"n\"; steps = ( { to = (\"duty:a\"); } ); } );",
		  "to: there is no contact, group or calendar \"duty:a\"", 2 },
		{ C1 "notify = ( { name = \"n\"; steps = ( { to = (\"a\"); by = (\"x\"); } ); } );",
		  "by: there is no way \"x\"", 2 },
		{ C1 "notify = ( { name = \"n\"; steps = ( ); } );", "steps: nobody is ever told", 2 },
		{ C1 "notify = ( { name = \"n\"; classes = (\"gas\"); "
		  "steps = ( { to = (\"a\"); } ); } );", "classes: \"gas\" is none of process", 2 },
		{ "contacts = ( { name = \"a\"; phone = \"13800138000\"; } );",
		  "phone: \"13800138000\" is not written with +", 1 },
		{ "contacts = ( { name = \"a\"; email = \"a@@b\"; } );", "email: \"a@@b\" is no address",
		  1 },
		{ "contacts = ( { name = \"a\"; } );", "there is no way to this contact", 1 },
		{ "contacts = ( { name = \"a\"; email = \"a@b\"; ways = (\"sms\"); } );",
		  "ways: \"sms\" wants the contact's phone", 1 },
		{ "contacts = ( { name = \"a\"; phone = \"+8613800138000\"; quiet = (\"night\"); } );",
		  "quiet: \"night\" are no hours", 1 },
		{ "contacts = ( { name = \"a\"; phone = \"+8613800138000\"; per_minute = 9; } );",
		  "per_minute, per_10min and per_day must not fall: they are ", 1 },
		{ C1 "duty = ( { name = \"d\"; } );", "nobody is ever on duty", 2 },
		{ C1 "duty = ( { name = \"d\"; dates = ( { date = \"2026-02-30\"; who = (\"a\"); } ); } );",
		  "date: \"2026-02-30\" is no day", 2 },
		{ C1 "duty = ( { name = \"d\"; dates = ( { date = \"2026-03-02\"; "
		  "until = \"2026-03-01\"; who = (\"a\"); } ); } );", "is before", 2 },
		{ C1 "duty = ( { name = \"d\"; shifts = ( { who = (\"d\"); } ); } );",
		  "who: \"d\" is neither a contact nor a group", 2 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		CHECK(build(cases[i].conf) == NULL && errs.n >= 1);
		if (strstr(errs.at[0].text, cases[i].why) == NULL)
			fprintf(stderr, "%s\n", errs.at[0].text);
		CHECK(strstr(errs.at[0].text, cases[i].why) != NULL);
		CHECK(cases[i].line == 0 || errs.at[0].line == cases[i].line);
	}
}

static void
gaps_of_a_calendar_are_found(void)
{
	struct gap_of_duty gap;
	struct plan *p;

	p = build(C1 "duty = ( { name = \"d\"; shifts = ( { hours = \"mon-fri 08:00-20:00\"; "
	    "who = (\"a\"); } ); } );");
	CHECK(p != NULL && duty_gap(&p->calendars[0], &gap));
	CHECK(gap.day == -1 && gap.weekday == 0 && gap.from == 0 && gap.to == 480);
	p = build(C1 "duty = ( { name = \"d\"; shifts = ( { hours = \"08:00-20:00\"; "
	    "who = (\"a\"); }, { hours = \"20:00-08:00\"; who = (\"a\"); } ); } );");
	CHECK(p != NULL && !duty_gap(&p->calendars[0], &gap));
	p = build(C1 "duty = ( { name = \"d\"; shifts = ( { who = (\"a\"); } ); dates = ( { "
	    "date = \"2026-10-01\"; until = \"2026-10-03\"; hours = \"08:00-24:00\"; "
	    "who = (\"a\"); } ); } );");
	CHECK(p != NULL && duty_gap(&p->calendars[0], &gap));
	CHECK(gap.day == date_number(2026, 10, 1) && gap.from == 0 && gap.to == 480);
	/* the night before reaches into it */
	p = build(C1 "duty = ( { name = \"d\"; shifts = ( { hours = \"00:00-20:00\"; who = "
	    "(\"a\"); }, { hours = \"20:00-08:00\"; who = (\"a\"); } ); dates = ( { date = "
	    "\"2026-10-01\"; hours = \"08:00-24:00\"; who = (\"a\"); } ); } );");
	CHECK(p != NULL && !duty_gap(&p->calendars[0], &gap));
}

static void
a_rule_says_itself_who_is_told(void)
{
	static const char *names[] = { "a" };
	struct tell_rule rules[2] = {
		{ .name = "z", .notify = { names, 1 } }, { .name = "b", .notify = { names, 1 } },
	};
	struct tell_conf *conf;
	struct arena arena = { .at = memory, .cap = sizeof(memory) };
	const struct policy *p;
	struct plan *plan;
	size_t i = 0;

	errs.n = 0;
	plan = tell_site_plan(C1 "notify = ( { name = \"all\"; steps = ( { to = (\"a\"); } ); } );",
	    &errs, &arena);
	CHECK(plan != NULL);
	conf = (struct tell_conf *)(uintptr_t)plan->conf;
	conf->rules = rules;
	conf->nrules = 2;
	plan = plan_build(conf, &arena, &errs);
	CHECK(plan != NULL && plan->npolicies == 3);
	p = plan_match(plan, "z", "d", CLASS_PROCESS, PRIORITY_LOW, &i);
	CHECK(p != NULL && strcmp(p->conf->name, "z") == 0 && p->conf->expires > 0);
	p = plan_match(plan, "z", "d", CLASS_PROCESS, PRIORITY_LOW, &i);
	CHECK(p != NULL && strcmp(p->conf->name, "all") == 0);
	CHECK(plan_match(plan, "z", "d", CLASS_PROCESS, PRIORITY_LOW, &i) == NULL);
	i = 0;
	p = plan_match(plan, "none", "d", CLASS_PROCESS, PRIORITY_LOW, &i);
	CHECK(p != NULL && strcmp(p->conf->name, "all") == 0);
	CHECK(plan_match(plan, "none", "d", CLASS_PROCESS, PRIORITY_LOW, &i) == NULL);
}

int
main(void)
{
	errs.at = calloc(ERRS_MAX, sizeof(struct err));
	RUN(hours_are_understood);
	RUN(hours_over_midnight_belong_to_the_day_they_begin_on);
	RUN(moments_are_local);
	RUN(what_is_wrong_is_told);
	RUN(gaps_of_a_calendar_are_found);
	RUN(a_rule_says_itself_who_is_told);
	free(errs.at);
	return 0;
}
