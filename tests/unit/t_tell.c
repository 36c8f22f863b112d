#include <stdint.h>
#include <string.h>

#include "../check.h"
#include "tell_site.h"

#define MIN	(60 * SEC)
#define OWNER	"{ name = \"owner\"; phone = \"+8613800138000\"; }"

static struct tell_site *site;
static struct alarm fume, lel;

static void
begin(const char *conf)
{
	site = tell_site_new(conf, 1000);
	fume = lel = (struct alarm){ .since = 0 };
}

static void
end(void)
{
	tell_site_free(site);
}

static void
step(struct alarm *a, enum alarm_event event)
{
	bool life = a == &lel;

	tell_site_step(site, a, life ? "lel-high" : "fume-high", "kitchen/head", event,
	    life ? CLASS_LIFE : CLASS_ENVIRONMENT, life ? PRIORITY_URGENT : PRIORITY_MEDIUM,
	    event == ALARM_EV_ACK ? "owner" : "");
}

static const struct sent *
last(void)
{
	CHECK(site->nsent > 0);
	return &site->sent[site->nsent - 1];
}

static void
an_alarm_is_told_at_once(void)
{
	begin("contacts = ( " OWNER " );\n"
	    "notify = ( { name = \"all\"; steps = ( { to = (\"owner\"); } ); } );");
	step(&fume, ALARM_EV_ENTER);
	tell_site_pass(site, SEC);
	CHECK(site->nsent == 1 && last()->at == 0 && last()->purpose == NOTICE_ALARM);
	CHECK(last()->count == 1 && last()->attempt == 1 && last()->way == 0);
	CHECK(strstr(last()->text, "[中] kitchen/head 油烟 3.2 mg/m³,高于设定值 2 16:00 ") ==
	    last()->text);
	CHECK(strlen(last()->code) == 4 && strstr(last()->text, last()->code) != NULL);
	/* once an episode */
	tell_site_pass(site, 60 * MIN);
	CHECK(site->nsent == 1);
	end();
}

/* Two policies whose later steps name the same: the first of them tells it. */
static void
one_in_later_steps_of_two_policies_is_told_once(void)
{
	begin("contacts = ( " OWNER ",\n"
	    "  { name = \"boss\"; phone = \"+8613800138001\"; } );\n"
	    "notify = ( { name = \"gas\"; steps = ( { to = (\"owner\"); },\n"
	    "    { after = \"5min\"; to = (\"boss\"); }, { after = \"30min\"; to = (\"boss\"); } ); },\n"
	    "  { name = \"rest\"; steps = ( { to = (\"owner\"); },\n"
	    "    { after = \"8min\"; to = (\"boss\"); }, { after = \"20min\"; to = (\"owner\"); } ); } );");
	for (int round = 0; round < 2; round++) {
		site->nsent = 0;
		step(&lel, ALARM_EV_ENTER);
		tell_site_pass(site, 4 * MIN);
		CHECK(tell_site_to(site, "owner") == 1 && tell_site_to(site, "boss") == 0);
		tell_site_pass(site, 2 * MIN);
		CHECK(tell_site_to(site, "boss") == 1 && last()->purpose == NOTICE_ESCALATED);
		tell_site_pass(site, 10 * MIN);
		CHECK(site->nsent == 2);
		/* it heard of the coming; that nobody answers is something else */
		tell_site_pass(site, 10 * MIN);
		CHECK(site->nsent == 3 && tell_site_to(site, "owner") == 2);
		/* and a policy that names it twice means it */
		tell_site_pass(site, 10 * MIN);
		CHECK(site->nsent == 4 && tell_site_to(site, "boss") == 2);
		step(&lel, ALARM_EV_ACK);
		step(&lel, ALARM_EV_LEAVE);
		tell_site_pass(site, 60 * MIN);
	}
	end();
}

static void
what_is_over_is_told_after_a_while(void)
{
	begin("contacts = ( " OWNER " );\n"
	    "notify = ( { name = \"all\"; steps = ( { to = (\"owner\"); } ); } );");
	step(&fume, ALARM_EV_ENTER);
	tell_site_pass(site, 2 * MIN);
	step(&fume, ALARM_EV_LEAVE);
	tell_site_pass(site, 29 * SEC);
	CHECK(site->nsent == 1);
	/* it comes back before that: nobody hears of it */
	step(&fume, ALARM_EV_ENTER);
	tell_site_pass(site, 2 * MIN);
	CHECK(site->nsent == 1);
	step(&fume, ALARM_EV_LEAVE);
	tell_site_pass(site, 31 * SEC);
	CHECK(site->nsent == 2 && last()->purpose == NOTICE_RECOVERED);
	/* and after it, it is news again */
	tell_site_pass(site, 6 * MIN);
	step(&fume, ALARM_EV_ENTER);
	tell_site_pass(site, SEC);
	CHECK(site->nsent == 3 && last()->purpose == NOTICE_ALARM);
	end();
}

static void
nobody_wants_to_hear_that_it_is_over(void)
{
	begin("contacts = ( " OWNER " );\nnotify = ( { name = \"all\"; recovery = false; "
	    "steps = ( { to = (\"owner\"); } ); } );");
	step(&fume, ALARM_EV_ENTER);
	tell_site_pass(site, 2 * MIN);
	step(&fume, ALARM_EV_LEAVE);
	tell_site_pass(site, 60 * MIN);
	CHECK(site->nsent == 1);
	end();
}

#define ESCALATION "contacts = ( " OWNER ",\n" \
	" { name = \"boss\"; phone = \"+8613900139000\"; language = \"en\"; } );\n" \
	"notify = ( { name = \"all\"; repeat = \"10min\"; repeats = 2; taken = true;\n" \
	" steps = ( { to = (\"owner\"); }, { after = \"5min\"; to = (\"boss\"); } ); } );"

static void
it_goes_up_until_somebody_acknowledges(void)
{
	begin(ESCALATION);
	step(&fume, ALARM_EV_ENTER);
	tell_site_pass(site, 5 * MIN - SEC);
	CHECK(site->nsent == 1);
	tell_site_pass(site, 2 * SEC);
	CHECK(site->nsent == 2 && tell_site_to(site, "boss") == 1);
	CHECK(last()->purpose == NOTICE_ESCALATED);
	CHECK(strstr(last()->text, "[medium, nobody acknowledged] kitchen/head fume") != NULL);
	tell_site_pass(site, 10 * MIN);
	CHECK(site->nsent == 4 && last()->purpose == NOTICE_REPEAT);
	tell_site_pass(site, 10 * MIN);
	CHECK(site->nsent == 6);
	tell_site_pass(site, 120 * MIN);
	CHECK(site->nsent == 6);	/* two repeats */
	end();

	begin(ESCALATION);
	step(&fume, ALARM_EV_ENTER);
	tell_site_pass(site, 2 * MIN);
	step(&fume, ALARM_EV_ACK);
	tell_site_pass(site, 120 * MIN);
	CHECK(site->nsent == 1);
	/* who was told besides is told who took it */
	step(&fume, ALARM_EV_LEAVE);
	step(&fume, ALARM_EV_ENTER);
	tell_site_pass(site, 6 * MIN);
	CHECK(tell_site_to(site, "boss") == 1);
	step(&fume, ALARM_EV_ACK);
	tell_site_pass(site, 2 * MIN);
	CHECK(tell_site_to(site, "boss") == 2 && last()->purpose == NOTICE_ACKED);
	CHECK(strstr(last()->text, "owner") != NULL);
	end();
}

static void
what_comes_again_begins_with_the_first_step(void)
{
	begin("contacts = ( " OWNER ", { name = \"boss\"; phone = \"+8613900139000\"; } );\n"
	    "notify = ( { name = \"all\"; steps = ( { to = (\"owner\"); }, "
	    "{ after = \"5min\"; to = (\"boss\"); } ); } );");
	for (unsigned episode = 1; episode <= 3; episode++) {
		size_t owner = tell_site_to(site, "owner");

		step(&fume, ALARM_EV_ENTER);
		tell_site_pass(site, 4 * MIN);
		CHECK(tell_site_to(site, "owner") == owner + 1);
		CHECK(tell_site_to(site, "boss") == 2 * (episode - 1));
		tell_site_pass(site, 2 * MIN);
		CHECK(tell_site_to(site, "boss") == 2 * episode - 1);
		CHECK(last()->purpose == NOTICE_ESCALATED);
		if (episode == 1)	/* a new one; else nobody acknowledged it */
			step(&fume, ALARM_EV_ACK);
		step(&fume, ALARM_EV_LEAVE);
		tell_site_pass(site, MIN);
		CHECK(tell_site_to(site, "boss") == 2 * episode);
	}
	end();

	/* while its steps go on, who was told that it is over hears that it is not */
	begin(ESCALATION);
	step(&fume, ALARM_EV_ENTER);
	tell_site_pass(site, 6 * MIN);
	step(&fume, ALARM_EV_LEAVE);
	tell_site_pass(site, MIN);
	CHECK(tell_site_to(site, "boss") == 2 && last()->purpose == NOTICE_RECOVERED);
	tell_site_pass(site, MIN);
	step(&fume, ALARM_EV_ENTER);
	tell_site_pass(site, SEC);
	CHECK(tell_site_to(site, "boss") == 3 && last()->purpose == NOTICE_ALARM);
	end();
}

static void
steps_end_with_the_cause_where_they_are_to(void)
{
	begin("contacts = ( " OWNER ", { name = \"boss\"; phone = \"+8613900139000\"; } );\n"
	    "notify = ( { name = \"all\"; until = \"cleared\"; steps = ( { to = (\"owner\"); }, "
	    "{ after = \"5min\"; to = (\"boss\"); } ); } );");
	step(&fume, ALARM_EV_ENTER);
	tell_site_pass(site, MIN);
	step(&fume, ALARM_EV_LEAVE);
	tell_site_pass(site, 60 * MIN);
	CHECK(tell_site_to(site, "boss") == 0 && tell_site_to(site, "owner") == 2);
	end();
}

static void
a_contact_is_told_once_by_several_policies(void)
{
	begin("contacts = ( " OWNER " ); groups = ( { name = \"all\"; members = (\"owner\"); } );\n"
	    "notify = ( { name = \"a\"; steps = ( { to = (\"owner\", \"all\"); } ); },\n"
	    " { name = \"b\"; steps = ( { to = (\"all\"); } ); } );");
	step(&fume, ALARM_EV_ENTER);
	tell_site_pass(site, 10 * MIN);
	CHECK(site->nsent == 1);
	end();
}

static void
policies_pick_by_class_priority_rule_and_device(void)
{
	static const struct { const char *keys; size_t fume, lel; } cases[] = {
		{ "classes = (\"environment\");", 1, 0 },
		{ "classes = (\"life\", \"system\");", 0, 1 },
		{ "priority = \"medium\";", 1, 1 },
		{ "priority = \"high\";", 0, 1 },
		{ "priority = \"urgent\";", 0, 1 },
		{ "rules = (\"fume-*\");", 1, 0 },
		{ "rules = (\"x\", \"lel-high\");", 0, 1 },
		{ "devices = (\"kitchen/*\");", 1, 1 },
		{ "devices = (\"cellar/*\");", 0, 0 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char conf[400];

		snprintf(conf, sizeof(conf), "contacts = ( " OWNER " );\nnotify = ( { name = "
		    "\"p\"; %s steps = ( { to = (\"owner\"); } ); } );", cases[i].keys);
		begin(conf);
		step(&fume, ALARM_EV_ENTER);
		tell_site_pass(site, 5 * MIN);
		CHECK(site->nsent == cases[i].fume);
		step(&lel, ALARM_EV_ENTER);
		tell_site_pass(site, 5 * MIN);
		CHECK(site->nsent == cases[i].fume + cases[i].lel);
		end();
	}
}

#define QUIET "contacts = ( { name = \"owner\"; phone = \"+8613800138000\";\n" \
	" quiet = (\"15:00-17:00\"); } );\n" \
	"notify = ( { name = \"all\"; steps = ( { to = (\"owner\"); } ); } );"

static void
quiet_hours_hold_back_all_but_life(void)
{
	begin(QUIET);
	for (int i = 0; i < 7; i++) {
		struct alarm a = { .since = 0 };
		char device[16];

		snprintf(device, sizeof(device), "site%d/head", i % 2);
		tell_site_step(site, &a, i < 2 ? "a" : i < 4 ? "b" : i < 6 ? "c" : "d", device,
		    ALARM_EV_ENTER, CLASS_ENVIRONMENT, i == 3 ? PRIORITY_HIGH : PRIORITY_LOW, "");
		tell_site_pass(site, MIN);
	}
	CHECK(site->nsent == 0);
	step(&lel, ALARM_EV_ENTER);
	tell_site_pass(site, SEC);
	CHECK(site->nsent == 1 && last()->class == CLASS_LIFE);
	tell_site_pass(site, 60 * MIN);
	CHECK(site->nsent == 2 && last()->purpose == NOTICE_DIGEST && last()->count == 7);
	CHECK(last()->at >= 60 * MIN && last()->at <= 61 * MIN);	/* 17:00 there */
	CHECK(strstr(last()->text, "7 条报警,1 条高级别,7 条未恢复") != NULL);
	CHECK(strstr(last()->text, "site0 4,site1 3") != NULL);
	end();
}

static void
two_of_a_minute_become_one_message(void)
{
	struct alarm other = { .since = 0 };

	begin("contacts = ( " OWNER " );\n"
	    "notify = ( { name = \"all\"; steps = ( { to = (\"owner\"); } ); } );");
	step(&fume, ALARM_EV_ENTER);
	tell_site_pass(site, SEC);
	for (int i = 0; i < 3; i++) {
		other = (struct alarm){ .since = 0 };
		tell_site_step(site, &other, "x", i == 0 ? "a/1" : i == 1 ? "a/2" : "b/1",
		    ALARM_EV_ENTER, CLASS_PROCESS, PRIORITY_LOW, "");
	}
	tell_site_pass(site, 58 * SEC);
	CHECK(site->nsent == 1);
	tell_site_pass(site, 3 * SEC);
	CHECK(site->nsent == 2 && last()->purpose == NOTICE_DIGEST && last()->count == 3);
	end();
}

static void
what_the_budget_has_room_for_goes_alone(void)
{
	struct alarm a[5] = { { .since = 0 } };
	static const enum priority priorities[] = { PRIORITY_LOW, PRIORITY_MEDIUM,
	    PRIORITY_HIGH };

	begin("contacts = ( { name = \"owner\"; phone = \"+8613800138000\"; per_minute = 3; "
	    "per_10min = 9; per_day = 90; reply = true; } );\n"
	    "notify = ( { name = \"all\"; steps = ( { to = (\"owner\"); } ); } );");
	for (int i = 0; i < 3; i++)
		tell_site_step(site, &a[i], i == 0 ? "one" : i == 1 ? "two" : "three", "k/head",
		    ALARM_EV_ENTER, CLASS_ENVIRONMENT, priorities[i], "");
	tell_site_pass(site, 5 * SEC);
	/* the first was on its way; of the others the grave one is next */
	CHECK(site->nsent == 3 && strcmp(site->sent[1].rule, "three") == 0);
	for (int i = 0; i < 3; i++)
		CHECK(site->sent[i].purpose == NOTICE_ALARM && strlen(site->sent[i].code) == 4 &&
		    strstr(site->sent[i].text, site->sent[i].code) != NULL);
	/* for two there is no more room: one message as soon as there is */
	for (int i = 0; i < 2; i++)
		tell_site_step(site, &a[3 + i], i == 0 ? "one" : "two", "k/other",
		    ALARM_EV_ENTER, CLASS_ENVIRONMENT, priorities[i], "");
	tell_site_pass(site, 57 * SEC);
	CHECK(site->nsent == 4 && last()->purpose == NOTICE_DIGEST && last()->count == 2);
	end();
}

static void
a_policy_may_collect(void)
{
	begin("contacts = ( " OWNER " );\nnotify = ( { name = \"all\"; digest = \"15min\"; "
	    "steps = ( { to = (\"owner\"); } ); } );");
	for (int i = 0; i < 5; i++) {
		struct alarm a = { .since = 0 };
		char device[16];

		snprintf(device, sizeof(device), "s/%d", i);
		tell_site_step(site, &a, "r", device, ALARM_EV_ENTER, CLASS_EQUIPMENT,
		    PRIORITY_LOW, "");
		tell_site_pass(site, MIN);
	}
	CHECK(site->nsent == 0);
	tell_site_pass(site, 11 * MIN);
	CHECK(site->nsent == 1 && last()->count == 5 && last()->at == 15 * MIN);
	/* class life does not wait */
	step(&lel, ALARM_EV_ENTER);
	tell_site_pass(site, SEC);
	CHECK(site->nsent == 2 && last()->class == CLASS_LIFE);
	end();
}

/* Such a way gets the whole text: when it was stands at the end of its first line. */
static void
a_whole_digest_has_single_blanks(void)
{
	static const struct tell_way mail[] = {
		{ .name = "mail", .address = TELL_EMAIL, .form = TELL_LONG },
	};

	tell_site_ways(mail, 1);
	begin("contacts = ( { name = \"zh\"; email = \"a@b.cn\"; }, "
	    "{ name = \"en\"; email = \"c@d.cn\"; language = \"en\"; } );\n"
	    "notify = ( { name = \"all\"; digest = \"15min\"; "
	    "steps = ( { to = (\"zh\", \"en\"); } ); } );");
	for (int i = 0; i < 2; i++) {
		struct alarm a = { .since = 0 };

		tell_site_step(site, &a, "r", i == 0 ? "s/0" : "s/1", ALARM_EV_ENTER,
		    CLASS_EQUIPMENT, PRIORITY_LOW, "");
		tell_site_pass(site, MIN);
	}
	tell_site_pass(site, 15 * MIN);
	CHECK(site->nsent == 2);
	CHECK(strncmp(site->sent[0].text, "[汇总] 2 条报警,0 条高级别,2 条未恢复:16:00-16:01\n",
	    strcspn(site->sent[0].text, "\n") + 1) == 0);
	CHECK(strncmp(site->sent[1].text, "[digest] 2 alarms, 0 of high priority, "
	    "2 still stand: 16:00-16:01\n", strcspn(site->sent[1].text, "\n") + 1) == 0);
	end();
	tell_site_ways(NULL, 0);
}

static void
who_is_on_duty_is_told(void)
{
	begin("contacts = ( { name = \"day\"; phone = \"+8613800138001\"; },\n"
	    " { name = \"night\"; phone = \"+8613800138002\"; },\n"
	    " { name = \"feast\"; phone = \"+8613800138003\"; } );\n"
	    "groups = ( { name = \"nights\"; members = (\"night\"); } );\n"
	    "duty = ( { name = \"gas\"; shifts = (\n"
	    "  { hours = \"mon-fri 08:00-20:00\"; who = (\"day\"); },\n"
	    "  { hours = \"20:00-08:00\"; who = (\"nights\"); } );\n"
	    "  dates = ( { date = \"2026-11-26\"; who = (\"feast\"); } ); } );\n"
	    "notify = ( { name = \"all\"; recovery = false; steps = ( { to = (\"duty:gas\"); } ); } );");
	step(&fume, ALARM_EV_ENTER);	/* Wednesday, 16:00 */
	tell_site_pass(site, 5 * 60 * MIN);
	CHECK(tell_site_to(site, "day") == 1 && site->nsent == 1);
	step(&fume, ALARM_EV_ACK);
	step(&fume, ALARM_EV_LEAVE);
	step(&fume, ALARM_EV_ENTER);	/* 21:00 */
	tell_site_pass(site, 10 * 60 * MIN);
	CHECK(tell_site_to(site, "day") == 2);	/* who knew of it hears of it too */
	CHECK(tell_site_to(site, "night") == 1);
	/* the night shift began on Wednesday and goes on into the feast: 07:00 */
	tell_site_step(site, &lel, "other", "x", ALARM_EV_ENTER, CLASS_PROCESS, PRIORITY_LOW, "");
	tell_site_pass(site, 2 * 60 * MIN);
	CHECK(tell_site_to(site, "night") == 2 && tell_site_to(site, "feast") == 1);
	lel = (struct alarm){ .since = 0 };
	tell_site_step(site, &lel, "third", "x", ALARM_EV_ENTER, CLASS_PROCESS, PRIORITY_LOW, "");
	tell_site_pass(site, 2 * 60 * MIN);
	CHECK(tell_site_to(site, "feast") == 2 && tell_site_to(site, "day") == 2);
	end();
}

static void
chattering_is_told_once(void)
{
	begin("contacts = ( " OWNER " );\n"
	    "notify = ( { name = \"all\"; steps = ( { to = (\"owner\"); } ); } );");
	for (int i = 0; i < 86400; i++) {
		step(&fume, i % 2 == 0 ? ALARM_EV_ENTER : ALARM_EV_LEAVE);
		if (i == 4)
			step(&fume, ALARM_EV_CHATTER);
		tell_site_pass(site, SEC);
	}
	CHECK(site->nsent == 2 && site->sent[0].purpose == NOTICE_ALARM);
	CHECK(last()->purpose == NOTICE_CHATTERING && last()->at <= 65 * SEC);
	CHECK(strstr(last()->text, "反复报警") != NULL);
	/* it rises to class life */
	tell_site_step(site, &fume, "fume-high", "kitchen/head", ALARM_EV_ENTER, CLASS_LIFE,
	    PRIORITY_URGENT, "");
	tell_site_pass(site, 10 * SEC);
	CHECK(site->nsent == 3 && last()->class == CLASS_LIFE);
	CHECK(last()->at == 86400 * SEC);
	end();
	/* class life: what comes after an acknowledgement is told, chattering or not */
	begin("contacts = ( " OWNER " );\n"
	    "notify = ( { name = \"all\"; steps = ( { to = (\"owner\"); } ); } );");
	step(&lel, ALARM_EV_ENTER);
	step(&lel, ALARM_EV_CHATTER);
	tell_site_pass(site, MIN);
	CHECK(site->nsent == 2);
	step(&lel, ALARM_EV_ACK);
	step(&lel, ALARM_EV_LEAVE);
	step(&lel, ALARM_EV_ENTER);
	tell_site_pass(site, SEC);
	CHECK(site->nsent == 3 && last()->purpose == NOTICE_ALARM);
	end();
}

/* The first word of it has to wait, and then it says so, too. */
static void
chattering_that_waits_is_told_as_that(void)
{
	begin("contacts = ( " OWNER " );\n"
	    "notify = ( { name = \"all\"; steps = ( { to = (\"owner\"); } ); } );");
	step(&lel, ALARM_EV_ENTER);
	tell_site_say(site, &lel, "x", "other/x", ALARM_EV_ENTER, CLASS_ENVIRONMENT,
	    PRIORITY_LOW, "");
	tell_site_pass(site, SEC);
	for (int i = 0; i < 200; i++) {
		step(&fume, i % 2 == 0 ? ALARM_EV_ENTER : ALARM_EV_LEAVE);
		if (i == 4)
			step(&fume, ALARM_EV_CHATTER);
		tell_site_pass(site, SEC);
	}
	CHECK(site->nsent == 3 && last()->purpose == NOTICE_CHATTERING);
	CHECK(strstr(last()->text, "反复报警") != NULL);
	end();
}

static void
what_stops_chattering_is_told(void)
{
	begin("contacts = ( " OWNER " );\n"
	    "notify = ( { name = \"all\"; steps = ( { to = (\"owner\"); } ); } );");
	for (int i = 0; i < 20; i++) {
		step(&fume, i % 2 == 0 ? ALARM_EV_ENTER : ALARM_EV_LEAVE);
		if (i == 4)
			step(&fume, ALARM_EV_CHATTER);
		tell_site_pass(site, 10 * SEC);
	}
	CHECK(site->nsent == 2 && last()->purpose == NOTICE_CHATTERING);
	tell_site_pass(site, 60 * MIN);
	CHECK(site->nsent == 2);	/* only the journal says when it is over */
	step(&fume, ALARM_EV_CALM);
	tell_site_pass(site, MIN);
	CHECK(site->nsent == 3 && last()->purpose == NOTICE_RECOVERED);
	/* and one that stands says so */
	for (int i = 0; i < 5; i++)
		step(&fume, i % 2 == 0 ? ALARM_EV_ENTER : ALARM_EV_LEAVE);
	step(&fume, ALARM_EV_CHATTER);
	tell_site_pass(site, 10 * MIN);
	CHECK(site->nsent == 5 && last()->purpose == NOTICE_CHATTERING);
	step(&fume, ALARM_EV_CALM);
	tell_site_pass(site, MIN);
	CHECK(site->nsent == 6 && last()->purpose == NOTICE_ALARM);
	end();
}

/* What chatters is said by the journal alone. */
static void
what_comes_and_goes_slowly_is_told_each_time(void)
{
	begin("contacts = ( { name = \"owner\"; phone = \"+8613800138000\"; per_minute = 9; "
	    "per_10min = 90; per_day = 900; } );\n"
	    "notify = ( { name = \"all\"; steps = ( { to = (\"owner\"); } ); } );");
	for (int i = 0; i < 6; i++) {
		step(&fume, ALARM_EV_ENTER);
		tell_site_pass(site, 40 * SEC);
		CHECK(last()->purpose == NOTICE_ALARM);
		step(&fume, ALARM_EV_LEAVE);
		tell_site_pass(site, 40 * SEC);
		CHECK(last()->purpose == NOTICE_RECOVERED);
	}
	CHECK(site->nsent == 12);
	end();
}

/* Acknowledged and gone: what was done must be said all the same. */
static void
what_nobody_handles_goes_up_again(void)
{
	begin(ESCALATION);
	fume.handling = 3600000;
	step(&fume, ALARM_EV_ENTER);
	tell_site_pass(site, MIN);
	step(&fume, ALARM_EV_ACK);
	step(&fume, ALARM_EV_LEAVE);
	tell_site_pass(site, 60 * MIN);
	CHECK(site->nsent == 2 && last()->purpose == NOTICE_RECOVERED);
	CHECK(alarm_state(&fume) == ALARM_NORM && fume.handle_by != 0);
	step(&fume, ALARM_EV_OVERDUE);
	tell_site_pass(site, MIN);
	CHECK(site->nsent == 3 && last()->purpose == NOTICE_OVERDUE && last()->contact == 0);
	CHECK(strstr(last()->text, "·逾期未处理]") != NULL);
	tell_site_restart(site);
	tell_site_pass(site, 5 * MIN);
	CHECK(site->nsent == 4 && last()->purpose == NOTICE_OVERDUE && last()->contact == 1);
	CHECK(strstr(last()->text, ", not handled in time]") != NULL);
	tell_site_pass(site, 10 * MIN);
	CHECK(site->nsent == 6 && last()->purpose == NOTICE_OVERDUE);	/* a repeat */
	step(&fume, ALARM_EV_HANDLE);
	tell_site_pass(site, 120 * MIN);
	CHECK(site->nsent == 6);
	end();
}

static void
an_event_is_told_once_to_who_asked(void)
{
	struct alarm door = { .event = true }, other = { .event = true };

	begin("contacts = ( " OWNER ", { name = \"boss\"; phone = \"+8613900139000\"; },\n"
	    " { name = \"clerk\"; phone = \"+8613700137000\"; } );\n"
	    "rules = ( { name = \"door\"; notify = (\"owner\"); } );\n"
	    "notify = ( { name = \"all\"; repeat = \"1min\"; steps = ( { to = (\"boss\"); } ); },\n"
	    " { name = \"doors\"; rules = (\"door*\"); repeat = \"1min\"; steps = ( { to = "
	    "(\"clerk\"); }, { after = \"5min\"; to = (\"boss\"); } ); } );");
	tell_site_step(site, &other, "fill", "k/scale", ALARM_EV_ENTER, CLASS_SYSTEM,
	    PRIORITY_LOW, "");
	tell_site_pass(site, 10 * MIN);
	CHECK(site->nsent == 0);
	for (int i = 0; i < 3; i++) {
		tell_site_step(site, &door, "door", "k/box", ALARM_EV_ENTER, CLASS_SYSTEM,
		    PRIORITY_LOW, "");
		tell_site_pass(site, MIN);
		tell_site_step(site, &door, "door", "k/box", ALARM_EV_LEAVE, CLASS_SYSTEM,
		    PRIORITY_LOW, "");
		tell_site_pass(site, 60 * MIN);
		CHECK(site->nsent == 2 * ((size_t)i + 1) && tell_site_to(site, "boss") == 0);
	}
	CHECK(last()->purpose == NOTICE_ALARM && strstr(last()->text, "[低·事件] ") ==
	    last()->text && last()->code[0] == '\0');
	tell_site_restart(site);
	tell_site_pass(site, 60 * MIN);
	CHECK(site->nsent == 6);
	end();
}

static void
rise_of(const char *rule, const char *device, bool first)
{
	struct alarm a = { .first = first };

	tell_site_step(site, &a, rule, device, ALARM_EV_ENTER, CLASS_PROCESS, PRIORITY_HIGH, "");
}

static void
the_first_of_a_burst_is_named(void)
{
	begin("contacts = ( " OWNER " );\n"
	    "notify = ( { name = \"all\"; steps = ( { to = (\"owner\"); } ); } );");
	rise_of("fan", "k/fan", true);
	tell_site_pass(site, SEC);
	CHECK(site->nsent == 1 && strstr(last()->text, "[高·首发] k/fan") == last()->text);
	rise_of("a", "s/one", false);
	rise_of("b", "s/two", true);
	rise_of("c", "t/three", false);
	tell_site_pass(site, 2 * MIN);
	CHECK(site->nsent == 2 && last()->purpose == NOTICE_DIGEST && last()->count == 3);
	CHECK(strstr(last()->text, ":首发 s/two 油烟 3.2 mg/m³,高于设定值 2;s 2,t 1") != NULL);
	end();
}

#define FREE	"contacts = ( { name = \"owner\"; phone = \"+8613800138000\"; per_minute = 60; " \
	"per_10min = 600; per_day = 1000; } );\n" \
	"notify = ( { name = \"all\"; steps = ( { to = (\"owner\"); } ); } );"

static void
a_flood_is_told_as_one(void)
{
	struct alarm flood = { .since = 0 };
	char device[16];

	begin(FREE);
	tell_site_step(site, &flood, "sys.flood", "k", ALARM_EV_ENTER, CLASS_SYSTEM,
	    PRIORITY_MEDIUM, "");
	tell_site_pass(site, SEC);
	CHECK(site->nsent == 1);
	for (int i = 0; i < 20; i++) {
		snprintf(device, sizeof(device), "%c/%d", i == 7 ? 'q' : 'k', i);
		rise_of("r", device, false);
		tell_site_pass(site, SEC);
	}
	CHECK(site->nsent <= 3);	/* that of the other site takes along what waits */
	step(&lel, ALARM_EV_ENTER);
	tell_site_pass(site, SEC);
	CHECK(last()->class == CLASS_LIFE && last()->at == site->now - SEC);
	tell_site_pass(site, 6 * MIN);
	CHECK(last()->purpose == NOTICE_DIGEST && last()->count >= 11);
	/* but the first of another burst is not */
	tell_site_pass(site, 20 * MIN);
	rise_of("r", "k/first", true);
	tell_site_pass(site, SEC);
	CHECK(strstr(last()->text, "k/first") != NULL && last()->at >= site->now - SEC);
	/* over: told at once again */
	tell_site_step(site, &flood, "sys.flood", "k", ALARM_EV_LEAVE, CLASS_SYSTEM,
	    PRIORITY_MEDIUM, "");
	tell_site_pass(site, 60 * MIN);
	rise_of("r", "k/late", false);
	tell_site_pass(site, SEC);
	CHECK(last()->purpose == NOTICE_ALARM && strcmp(last()->device, "k/late") == 0);
	end();
}

static void
a_rise_in_priority_speaks_though_acknowledged(void)
{
	struct alarm risen;

	begin(FREE);
	step(&fume, ALARM_EV_ENTER);
	step(&fume, ALARM_EV_ACK);
	tell_site_pass(site, 10 * MIN);
	CHECK(site->nsent == 1);
	risen = fume;
	tell_site_say(site, &risen, "fume-high", "kitchen/head", ALARM_EV_RISE,
	    CLASS_ENVIRONMENT, PRIORITY_URGENT, "");
	tell_site_pass(site, SEC);
	CHECK(site->nsent == 2 && strstr(last()->text, "[紧急] ") == last()->text);
	tell_site_pass(site, 60 * MIN);
	CHECK(site->nsent == 2);
	end();
}

/* It was acknowledged: what comes after that asks anew. */
static void
what_comes_back_after_an_acknowledgement_is_news(void)
{
	begin(FREE);
	step(&fume, ALARM_EV_ENTER);
	tell_site_pass(site, SEC);
	step(&fume, ALARM_EV_ACK);
	step(&fume, ALARM_EV_LEAVE);
	step(&fume, ALARM_EV_ENTER);
	tell_site_pass(site, SEC);
	CHECK(site->nsent == 2 && last()->purpose == NOTICE_ALARM);
	end();
}

/* A call is for class life, and to ask for something; nobody minds that it is passed
 * over. */
static void
a_way_that_speaks_is_for_some_only(void)
{
	static const struct tell_way ways[] = {
		{ .name = "voice", .address = TELL_PHONE, .form = TELL_SPOKEN,
		  .excepts = ~(1u << CLASS_LIFE) },
		{ .name = "sms", .address = TELL_PHONE, .form = TELL_SHORT },
	};

	tell_site_ways(ways, 2);
	begin("contacts = ( " OWNER ", { name = \"mute\"; phone = \"+8613900139000\"; ways = "
	    "(\"voice\"); } );\n"
	    "notify = ( { name = \"all\"; steps = ( { to = (\"owner\", \"mute\"); } ); },\n"
	    " { name = \"called\"; steps = ( { after = \"5min\"; to = (\"owner\"); by = "
	    "(\"voice\"); } ); } );");
	step(&fume, ALARM_EV_ENTER);
	tell_site_pass(site, 6 * MIN);
	CHECK(site->nsent == 2 && last()->way == 1 && last()->purpose == NOTICE_ESCALATED);
	CHECK(tell_site_to(site, "mute") == 0 && site->troubles == 0);
	step(&fume, ALARM_EV_LEAVE);
	tell_site_pass(site, 6 * MIN);
	CHECK(site->nsent == 3 && last()->way == 1);
	step(&lel, ALARM_EV_ENTER);
	tell_site_pass(site, SEC);
	CHECK(site->nsent == 5 && site->sent[3].way == 0 && site->sent[4].way == 0);
	step(&lel, ALARM_EV_ACK);
	step(&lel, ALARM_EV_LEAVE);
	tell_site_pass(site, 6 * MIN);
	CHECK(site->nsent == 6 && last()->way == 1 && last()->purpose == NOTICE_RECOVERED);
	CHECK(tell_site_to(site, "mute") == 1 && site->troubles == 0);
	end();
	/* first a text, then a call to the same one */
	begin("contacts = ( " OWNER " );\n"
	    "notify = ( { name = \"all\"; steps = ( { to = (\"owner\"); by = (\"sms\"); },\n"
	    " { after = \"1min\"; to = (\"owner\"); by = (\"voice\"); } ); } );");
	step(&lel, ALARM_EV_ENTER);
	tell_site_pass(site, 2 * MIN);
	CHECK(site->nsent == 2 && site->sent[0].way == 1 && last()->way == 0);
	end();
	tell_site_ways(NULL, 0);
}

static enum tell_phase
first_way_refuses(struct tell_site *s, const struct sent *sent, int64_t *delay)
{
	(void)s;
	*delay = SEC / 10;
	return sent->way == 0 ? TELL_REFUSED : TELL_ACCEPTED;
}

static void
the_next_way_is_tried_at_once(void)
{
	begin("contacts = ( " OWNER " );\n"
	    "notify = ( { name = \"all\"; steps = ( { to = (\"owner\"); } ); } );");
	site->answers = first_way_refuses;
	step(&lel, ALARM_EV_ENTER);
	tell_site_pass(site, MIN);
	CHECK(site->nsent == 2 && last()->way == 1 && last()->attempt == 2);
	CHECK(last()->at == SEC / 10 && strcmp(site->sent[0].id, last()->id) == 0);
	CHECK(site->troubles == 1 && site->trouble_way == 0 &&
	    site->trouble_contact == SIZE_MAX);
	/* one that fails comes last from now on */
	step(&fume, ALARM_EV_ENTER);
	tell_site_pass(site, MIN);
	CHECK(site->nsent == 3 && last()->way == 1);
	/* but not for ever */
	site->answers = NULL;
	tell_site_pass(site, 10 * MIN);
	step(&fume, ALARM_EV_ACK);
	step(&fume, ALARM_EV_LEAVE);
	tell_site_pass(site, MIN);
	CHECK(last()->purpose == NOTICE_RECOVERED && last()->way == 0 && site->no_troubles == 1);
	end();
}

static enum tell_phase
nobody_answers(struct tell_site *s, const struct sent *sent, int64_t *delay)
{
	(void)s;
	(void)delay;
	return sent->way == 0 ? TELL_INTENT : TELL_ACCEPTED;
}

static void
class_life_does_not_wait_for_a_way_that_hangs(void)
{
	begin("contacts = ( " OWNER " );\n"
	    "notify = ( { name = \"all\"; steps = ( { to = (\"owner\"); } ); } );");
	site->answers = nobody_answers;
	step(&lel, ALARM_EV_ENTER);
	tell_site_pass(site, MIN);
	CHECK(site->nsent == 2 && last()->way == 1 && last()->at == 5 * SEC);
	/* the others do: twice is worse */
	step(&fume, ALARM_EV_ENTER);
	tell_site_pass(site, 60 * MIN);
	CHECK(site->nsent == 3);
	end();
}

/* For want of memory: that is no fault of the way, and nothing is lost. */
static void
what_cannot_be_begun_is_begun_again(void)
{
	begin("contacts = ( " OWNER " );\n"
	    "notify = ( { name = \"all\"; steps = ( { to = (\"owner\"); } ); } );");
	site->no_sends = 3;
	step(&lel, ALARM_EV_ENTER);
	tell_site_pass(site, 4 * SEC);
	CHECK(site->nsent == 1 && last()->way == 0 && last()->attempt == 1);
	CHECK(last()->at == 3 * SEC && site->troubles == 0);
	site->no_sends = 3;
	step(&fume, ALARM_EV_ENTER);
	tell_site_pass(site, 4 * SEC);
	CHECK(site->nsent == 2 && last()->attempt == 1 && site->troubles == 0);
	/* it was paid once */
	step(&fume, ALARM_EV_LEAVE);
	tell_site_pass(site, 2 * MIN);
	CHECK(site->nsent == 3 && last()->purpose == NOTICE_RECOVERED);
	end();
}

static enum tell_phase
all_refuse(struct tell_site *s, const struct sent *sent, int64_t *delay)
{
	(void)s;
	*delay = SEC / 10;
	return sent->contact == 0 ? TELL_REFUSED : TELL_ACCEPTED;
}

static void
class_life_goes_to_the_next_contact(void)
{
	begin("contacts = ( " OWNER ", { name = \"boss\"; phone = \"+8613900139000\"; } );\n"
	    "notify = ( { name = \"all\"; steps = ( { to = (\"owner\"); }, "
	    "{ after = \"30min\"; to = (\"boss\"); } ); } );");
	site->answers = all_refuse;
	step(&lel, ALARM_EV_ENTER);
	tell_site_pass(site, SEC);
	CHECK(site->nsent == 3 && last()->contact == 1 && last()->at == SEC / 5);
	end();
}

static void
what_no_way_takes_comes_later(void)
{
	begin("contacts = ( " OWNER " );\n"
	    "notify = ( { name = \"all\"; steps = ( { to = (\"owner\"); } ); } );");
	site->answers = all_refuse;
	step(&fume, ALARM_EV_ENTER);
	tell_site_pass(site, 10 * MIN);
	CHECK(site->nsent >= 10 && site->nsent <= 22);	/* both ways each minute */
	site->answers = NULL;
	tell_site_pass(site, 2 * MIN);
	CHECK(last()->purpose == NOTICE_ALARM);
	end();
	/* nor is it lost when it expires */
	begin("contacts = ( " OWNER " );\nnotify = ( { name = \"all\"; expires = \"5min\"; "
	    "steps = ( { to = (\"owner\"); } ); } );");
	site->answers = all_refuse;
	step(&fume, ALARM_EV_ENTER);
	tell_site_pass(site, 30 * MIN);
	site->answers = NULL;
	tell_site_pass(site, 10 * MIN);
	CHECK(last()->purpose == NOTICE_DIGEST && last()->count == 1);
	end();
}

static enum tell_phase
each_refuses(struct tell_site *s, const struct sent *sent, int64_t *delay)
{
	(void)s;
	(void)sent;
	*delay = SEC / 10;
	return TELL_REFUSED;
}

/* Messages of a purpose from the i-th on. */
static size_t
sent_since(size_t i, enum notice_purpose purpose)
{
	size_t n = 0;

	for (; i < site->nsent; i++)
		n += site->sent[i].purpose == purpose;
	return n;
}

static size_t
withdrawn(void)
{
	size_t n = 0;

	for (size_t i = 0; i < site->njournal; i++)
		n += site->journal[i].is_record &&
		    site->journal[i].record.phase == TELL_WITHDRAWN;
	return n;
}

/* A message that all ways refused says nothing that is not so any more. */
static void
what_was_acknowledged_meanwhile_is_withdrawn(void)
{
	for (int i = 0; i < 4; i++) {
		struct alarm *a = i < 2 ? &lel : &fume;
		size_t n;

		begin(ESCALATION);
		step(a, ALARM_EV_ENTER);
		tell_site_pass(site, 4 * MIN);
		site->answers = each_refuses;
		tell_site_pass(site, MIN + SEC);
		CHECK(last()->purpose == NOTICE_ESCALATED && withdrawn() == 0);
		step(a, ALARM_EV_ACK);
		if (i % 2 == 1)
			tell_site_restart(site);
		site->answers = NULL;
		n = site->nsent;
		tell_site_pass(site, 25 * MIN);
		CHECK(sent_since(n, NOTICE_ESCALATED) + sent_since(n, NOTICE_REPEAT) == 0);
		CHECK(withdrawn() == 1);
		tell_site_restart(site);
		tell_site_pass(site, 5 * MIN);
		CHECK(sent_since(n, NOTICE_ESCALATED) == 0 && withdrawn() == 1);
		/* it comes again: all of it begins anew */
		step(a, ALARM_EV_LEAVE);
		tell_site_pass(site, 5 * MIN);
		step(a, ALARM_EV_ENTER);
		tell_site_pass(site, 6 * MIN);
		CHECK(sent_since(n, NOTICE_ESCALATED) == 1 && withdrawn() == 1);
		end();
	}
}

/* That message belongs to the coming before: this one has steps of its own. */
static void
what_came_anew_meanwhile_is_withdrawn(void)
{
	size_t n;

	begin(ESCALATION);
	step(&lel, ALARM_EV_ENTER);
	tell_site_pass(site, 4 * MIN);
	site->answers = each_refuses;
	tell_site_pass(site, MIN + SEC);
	step(&lel, ALARM_EV_ACK);
	step(&lel, ALARM_EV_LEAVE);
	step(&lel, ALARM_EV_ENTER);
	site->answers = NULL;
	n = site->nsent;
	tell_site_pass(site, 2 * MIN);
	CHECK(sent_since(n, NOTICE_ESCALATED) == 0 && sent_since(n, NOTICE_ALARM) >= 1);
	end();
	/* nor does it come back when its time is over */
	begin("contacts = ( " OWNER ", { name = \"boss\"; phone = \"+8613900139000\"; } );\n"
	    "notify = ( { name = \"all\"; expires = \"5min\"; steps = ( { to = (\"owner\"); }, "
	    "{ after = \"5min\"; to = (\"boss\"); } ); } );");
	step(&fume, ALARM_EV_ENTER);
	tell_site_pass(site, 4 * MIN);
	site->answers = each_refuses;
	tell_site_pass(site, 6 * MIN - SEC);
	step(&fume, ALARM_EV_ACK);
	site->answers = NULL;
	n = site->nsent;
	tell_site_pass(site, 10 * MIN);
	CHECK(site->nsent == n && withdrawn() == 1);
	end();
	/* nobody heard that it was over before it came again */
	begin("contacts = ( " OWNER " );\n"
	    "notify = ( { name = \"all\"; steps = ( { to = (\"owner\"); } ); } );");
	step(&lel, ALARM_EV_ENTER);
	tell_site_pass(site, MIN);
	step(&lel, ALARM_EV_LEAVE);
	site->answers = each_refuses;
	tell_site_pass(site, 35 * SEC);
	CHECK(last()->purpose == NOTICE_RECOVERED);
	step(&lel, ALARM_EV_ENTER);
	site->answers = NULL;
	n = site->nsent;
	tell_site_pass(site, 2 * MIN);
	CHECK(sent_since(n, NOTICE_RECOVERED) == 0 && sent_since(n, NOTICE_ALARM) == 1);
	step(&lel, ALARM_EV_LEAVE);
	tell_site_pass(site, 2 * MIN);
	CHECK(sent_since(n, NOTICE_RECOVERED) == 1 && last()->purpose == NOTICE_RECOVERED);
	end();
}

/* He heard nothing yet: the alarm itself comes, and asks for nothing. */
static void
a_first_message_goes_though_acknowledged(void)
{
	begin("contacts = ( { name = \"owner\"; phone = \"+8613800138000\"; reply = true; } );\n"
	    "notify = ( { name = \"all\"; steps = ( { to = (\"owner\"); } ); } );");
	site->answers = each_refuses;
	step(&lel, ALARM_EV_ENTER);
	tell_site_pass(site, SEC);
	CHECK(last()->purpose == NOTICE_ALARM && strstr(last()->text, "回复") != NULL);
	step(&lel, ALARM_EV_ACK);
	site->answers = NULL;
	tell_site_pass(site, MIN);
	CHECK(last()->purpose == NOTICE_ALARM && strstr(last()->text, "回复") == NULL);
	CHECK(withdrawn() == 0 && last()->at > SEC);
	end();
}

/* What is to be tried again is so after a start too. */
static void
what_was_refused_goes_after_a_restart(void)
{
	for (int i = 0; i < 2; i++) {
		begin("contacts = ( " OWNER " );\n"
		    "notify = ( { name = \"all\"; steps = ( { to = (\"owner\"); } ); } );");
		site->answers = each_refuses;
		step(i == 0 ? &fume : &lel, ALARM_EV_ENTER);
		tell_site_pass(site, 5 * SEC);
		CHECK(site->nsent == 2);
		site->answers = NULL;
		tell_site_restart(site);
		tell_site_pass(site, MIN);
		CHECK(site->nsent == 3 && strcmp(last()->id, site->sent[0].id) == 0);
		CHECK(last()->purpose == NOTICE_ALARM);
		end();
	}
}

static void
the_provider_keeps_room_for_life(void)
{
	size_t sms = 0, life = 0;

	begin("contacts = ( { name = \"owner\"; phone = \"+8613800138000\"; ways = (\"sms\");\n"
	    " per_minute = 60; per_10min = 600; per_day = 1000; } );\nnotify = ( { name = "
	    "\"all\"; recovery = false; steps = ( { to = (\"owner\"); } ); } );");
	for (int i = 0; i < 100; i++) {
		struct alarm a = { .since = 0 };
		char device[16];

		snprintf(device, sizeof(device), "s/%d", i);
		tell_site_step(site, &a, "r", device, ALARM_EV_ENTER, i % 4 == 0 ? CLASS_LIFE :
		    CLASS_PROCESS, PRIORITY_HIGH, "");
		tell_site_pass(site, 2 * MIN);
	}
	for (size_t i = 0; i < site->nsent; i++)
		*(site->sent[i].class == CLASS_LIFE ? &life : &sms) += 1;
	CHECK(life == 25);	/* each, whatever the cap */
	CHECK(sms == 20);
	end();
}

static void
a_reply_acknowledges(void)
{
	char rule[TELL_NAME], device[TELL_NAME], text[40];
	const char *why;
	size_t contact;

	begin("contacts = ( { name = \"owner\"; phone = \"+8613800138000\"; reply = true; },\n"
	    " { name = \"boss\"; phone = \"+8613900139000\"; } );\nnotify = ( { name = \"all\"; "
	    "steps = ( { to = (\"owner\", \"boss\"); } ); } );");
	step(&fume, ALARM_EV_ENTER);
	tell_site_pass(site, MIN);
	CHECK(site->nsent == 2);
	CHECK(strstr(site->sent[0].text, "回复") != NULL && strstr(last()->text, "回复") == NULL);
	snprintf(text, sizeof(text), "好的 %s", last()->code);
	CHECK(!tell_reply(site->tell, "+8613900139000", text, site->now, rule, device, &contact,
	    &why));
	CHECK(!tell_reply(site->tell, "+8613700000000", text, site->now, rule, device, &contact,
	    &why));
	CHECK(!tell_reply(site->tell, "+8613800138000", "ok", site->now, rule, device, &contact,
	    &why));
	CHECK(tell_reply(site->tell, "13800138000", text, site->now, rule, device, &contact,
	    &why));
	CHECK(contact == 0 && strcmp(rule, "fume-high") == 0);
	CHECK(strcmp(device, "kitchen/head") == 0);
	/* once */
	CHECK(!tell_reply(site->tell, "13800138000", text, site->now, rule, device, &contact,
	    &why));
	end();
}

/* The first way fails, and then another takes the same message. */
static enum tell_phase
only_the_second(struct tell_site *s, const struct sent *m, int64_t *delay)
{
	(void)s;
	*delay = SEC / 10;
	return m->way == 0 ? TELL_REFUSED : TELL_ACCEPTED;
}

static void
no_answer_is_asked_for_by_a_way_that_hears_none(void)
{
	static const struct tell_way ways[] = {
		{ .name = "deaf", .address = TELL_PHONE, .form = TELL_SHORT },
		{ .name = "modem", .address = TELL_PHONE, .form = TELL_SHORT, .hears = true },
		{ .name = "mail", .address = TELL_EMAIL, .form = TELL_LONG },
	};

	tell_site_ways(ways, 3);
	begin("contacts = ( { name = \"owner\"; phone = \"+8613800138000\"; email = \"a@b.cn\"; "
	    "reply = true; ways = (\"deaf\", \"modem\"); } );\n"
	    "notify = ( { name = \"all\"; steps = ( { to = (\"owner\"); } ); }, { name = \"m\"; "
	    "steps = ( { after = \"5min\"; to = (\"owner\"); by = (\"mail\"); } ); } );");
	site->answers = only_the_second;
	step(&fume, ALARM_EV_ENTER);
	tell_site_pass(site, MIN);
	CHECK(site->nsent == 2 && site->sent[0].way == 0 && last()->way == 1);
	CHECK(strstr(site->sent[0].text, "回复") == NULL);
	CHECK(strstr(site->sent[0].text, last()->code) != NULL);
	CHECK(strstr(last()->text, "回复") != NULL && strstr(last()->text, last()->code) != NULL);
	tell_site_pass(site, 5 * MIN);
	CHECK(site->nsent == 3 && last()->way == 2 && strstr(last()->text, "回复") == NULL);
	end();
	tell_site_ways(NULL, 0);
}

static void
a_reply_may_come_too_late_or_be_guessed(void)
{
	char rule[TELL_NAME], device[TELL_NAME];
	const char *why;
	size_t contact;

	begin("contacts = ( { name = \"owner\"; phone = \"+8613800138000\"; reply = true; } );\n"
	    "notify = ( { name = \"all\"; steps = ( { to = (\"owner\"); } ); } );");
	step(&fume, ALARM_EV_ENTER);
	tell_site_pass(site, 61 * MIN);
	CHECK(!tell_reply(site->tell, "+8613800138000", last()->code, site->now, rule, device,
	    &contact, &why) && strcmp(why, "its code has expired") == 0);
	end();
	begin("contacts = ( { name = \"owner\"; phone = \"+8613800138000\"; reply = true; } );\n"
	    "notify = ( { name = \"all\"; steps = ( { to = (\"owner\"); } ); } );");
	step(&fume, ALARM_EV_ENTER);
	tell_site_pass(site, MIN);
	for (int i = 0; i < 5; i++)
		CHECK(!tell_reply(site->tell, "+8613800138000", last()->code[0] == 'A' ? "B111" :
		    "A111", site->now, rule, device, &contact, &why));
	CHECK(!tell_reply(site->tell, "+8613800138000", last()->code, site->now, rule, device,
	    &contact, &why));
	tell_site_pass(site, 61 * MIN);
	step(&fume, ALARM_EV_ACK);
	step(&fume, ALARM_EV_LEAVE);
	step(&fume, ALARM_EV_ENTER);
	tell_site_pass(site, MIN);
	CHECK(tell_reply(site->tell, "+8613800138000", last()->code, site->now, rule, device,
	    &contact, &why));
	end();
}

static void
a_test_goes_by_each_way(void)
{
	struct tell_record r = { .phase = TELL_ASKED, .contact = 0, .way = SIZE_MAX,
	    .rule = "", .device = "", .text = "", .provider = "", .why = "" };

	begin("contacts = ( " OWNER " );\nnotify = ( { name = \"all\"; steps = ( { to = "
	    "(\"owner\"); } ); } );");
	tell_record(site->tell, &r, site->now, WALL0);
	tell_site_pass(site, SEC);
	CHECK(site->nsent == 2 && site->sent[0].way == 0 && site->sent[1].way == 1);
	CHECK(strstr(last()->text, "[测试] 网关 here 的测试消息 16:00") != NULL);
	end();
}

static void
texts_from_outside_are_made_harmless(void)
{
	static const struct { const char *from, *to; } cases[] = {
		{ "kitchen", "kitchen" }, { "a\nb\tc", "a b c" }, { "a\x1b[31mb", "a[31mb" },
		{ "【银行】转账", "[银行]转账" }, { "a\xe2\x80\xae" "b", "ab" },
		{ "bad\xff", "bad?" }, { "{device}%s", "{device}%s" }, { "", "" },
		{ "\xef\xbb\xbfx", "x" }, { "a\xc2\x85" "b", "ab" },
	};
	char safe[64], small[4];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		CHECK(strcmp(tell_safe(cases[i].from, safe, sizeof(safe)), cases[i].to) == 0);
	CHECK(strcmp(tell_safe("高高", small, sizeof(small)), "高") == 0);
}

static void
lengths_are_those_of_the_network(void)
{
	char text[1200] = "";
	bool gsm;

	CHECK(tell_units("abc", &gsm) == 3 && gsm);
	CHECK(tell_units("a[€", &gsm) == 5 && gsm);
	CHECK(tell_units("高于", &gsm) == 2 && !gsm);
	CHECK(tell_units("\xf0\x9f\x94\xa5", &gsm) == 2 && !gsm);
	for (int i = 0; i < 70; i++)
		strcat(text, "高");
	CHECK(tell_parts(text) == 1);
	strcat(text, "高");
	CHECK(tell_parts(text) == 2);
	memset(text, 'a', 160);
	text[160] = '\0';
	CHECK(tell_parts(text) == 1);
	text[160] = 'a';
	text[161] = '\0';
	CHECK(tell_parts(text) == 2);
	memset(text, 'a', 307);
	text[307] = '\0';
	CHECK(tell_parts(text) == 3);
}

static void
a_restart_tells_nothing_twice(void)
{
	begin(ESCALATION);
	step(&fume, ALARM_EV_ENTER);
	tell_site_pass(site, MIN);
	tell_site_restart(site);
	tell_site_pass(site, 3 * MIN);
	CHECK(site->nsent == 1);
	tell_site_restart(site);
	tell_site_pass(site, 2 * MIN);
	CHECK(site->nsent == 2 && last()->contact == 1);	/* after 5 min */
	/* what was out is asked for first */
	site->answers = nobody_answers;
	step(&lel, ALARM_EV_ENTER);
	tell_site_pass(site, SEC);
	CHECK(site->nsent == 3);
	tell_site_restart(site);
	tell_site_pass(site, SEC);
	CHECK(site->nsent == 4 && last()->ask_first && strcmp(last()->id, site->sent[2].id) == 0);
	end();
}

static void
a_restart_tells_nothing_stale(void)
{
	begin("contacts = ( " OWNER " );\n"
	    "notify = ( { name = \"all\"; steps = ( { to = (\"owner\"); } ); } );");
	site->answers = all_refuse;
	for (int i = 0; i < 30; i++) {
		struct alarm a = { .since = 0 };
		char device[16];

		snprintf(device, sizeof(device), "s/%d", i);
		tell_site_step(site, &a, "r", device, ALARM_EV_ENTER, CLASS_PROCESS,
		    PRIORITY_HIGH, "");
		tell_site_step(site, &a, "r", device, ALARM_EV_LEAVE, CLASS_PROCESS,
		    PRIORITY_HIGH, "");
	}
	tell_site_pass(site, 2 * MIN);
	site->answers = NULL;
	site->nsent = 0;
	site->now += 2 * 60 * MIN;	/* nobody was there */
	tell_site_restart(site);
	tell_site_pass(site, 60 * MIN);
	CHECK(site->nsent == 1 && last()->purpose == NOTICE_DIGEST && last()->count >= 29);
	site->nsent = 0;
	site->now += 3 * 24 * 60 * MIN;
	tell_site_restart(site);
	tell_site_pass(site, 60 * MIN);
	CHECK(site->nsent == 0);
	end();
}

static void
restate(struct alarm *a, uint64_t seq, bool restated)
{
	const struct tell_event e = { .seq = seq, .rule = "r", .device = "d", .alarm = a,
	    .event = ALARM_EV_ENTER, .class = CLASS_PROCESS, .time = WALL0,
	    .restated = restated, .text_en = "x", .text_zh = "x", .who = "", .point = "",
	    .unit = "", .value = "" };

	tell_alarm(site->tell, &e, site->now, WALL0 + site->now / 1000);
	tell_site_pass(site, SEC);
}

/* A segment of the journal begins with what stands, before the step that made it
 * stand; one of long ago was told long ago. */
static void
what_is_restated_is_no_news(void)
{
	begin("contacts = ( " OWNER " );\n"
	    "notify = ( { name = \"all\"; steps = ( { to = (\"owner\"); } ); } );");
	CHECK(alarm_step(&fume, ALARM_EV_ENTER, 0, WALL0));
	restate(&fume, 10, true);
	CHECK(site->nsent == 0);
	restate(&fume, 11, false);
	CHECK(site->nsent == 1);
	restate(&fume, 12, true);
	CHECK(site->nsent == 1);
	end();
	begin("contacts = ( " OWNER " );\n"
	    "notify = ( { name = \"all\"; steps = ( { to = (\"owner\"); } ); } );");
	CHECK(alarm_step(&lel, ALARM_EV_ENTER, 0, WALL0));
	restate(&lel, 10, true);
	CHECK(alarm_step(&lel, ALARM_EV_LEAVE, 0, WALL0 + 1));
	restate(&lel, 11, false);
	tell_site_pass(site, MIN);
	CHECK(site->nsent == 1 && last()->purpose == NOTICE_RECOVERED);
	end();
}

int
main(void)
{
	RUN(an_alarm_is_told_at_once);
	RUN(what_is_restated_is_no_news);
	RUN(one_in_later_steps_of_two_policies_is_told_once);
	RUN(what_is_over_is_told_after_a_while);
	RUN(nobody_wants_to_hear_that_it_is_over);
	RUN(it_goes_up_until_somebody_acknowledges);
	RUN(what_comes_again_begins_with_the_first_step);
	RUN(steps_end_with_the_cause_where_they_are_to);
	RUN(a_contact_is_told_once_by_several_policies);
	RUN(policies_pick_by_class_priority_rule_and_device);
	RUN(quiet_hours_hold_back_all_but_life);
	RUN(two_of_a_minute_become_one_message);
	RUN(what_the_budget_has_room_for_goes_alone);
	RUN(a_policy_may_collect);
	RUN(a_whole_digest_has_single_blanks);
	RUN(who_is_on_duty_is_told);
	RUN(chattering_is_told_once);
	RUN(chattering_that_waits_is_told_as_that);
	RUN(what_stops_chattering_is_told);
	RUN(what_comes_and_goes_slowly_is_told_each_time);
	RUN(what_nobody_handles_goes_up_again);
	RUN(an_event_is_told_once_to_who_asked);
	RUN(the_first_of_a_burst_is_named);
	RUN(a_flood_is_told_as_one);
	RUN(a_rise_in_priority_speaks_though_acknowledged);
	RUN(what_comes_back_after_an_acknowledgement_is_news);
	RUN(a_way_that_speaks_is_for_some_only);
	RUN(the_next_way_is_tried_at_once);
	RUN(class_life_does_not_wait_for_a_way_that_hangs);
	RUN(what_cannot_be_begun_is_begun_again);
	RUN(class_life_goes_to_the_next_contact);
	RUN(what_no_way_takes_comes_later);
	RUN(what_was_acknowledged_meanwhile_is_withdrawn);
	RUN(what_came_anew_meanwhile_is_withdrawn);
	RUN(a_first_message_goes_though_acknowledged);
	RUN(what_was_refused_goes_after_a_restart);
	RUN(the_provider_keeps_room_for_life);
	RUN(a_reply_acknowledges);
	RUN(no_answer_is_asked_for_by_a_way_that_hears_none);
	RUN(a_reply_may_come_too_late_or_be_guessed);
	RUN(a_test_goes_by_each_way);
	RUN(texts_from_outside_are_made_harmless);
	RUN(lengths_are_those_of_the_network);
	RUN(a_restart_tells_nothing_twice);
	RUN(a_restart_tells_nothing_stale);
	return 0;
}
