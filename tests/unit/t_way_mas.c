#include <string.h>

#include "../check.h"
#include "far_provider.h"

/* SMS by China Mobile's cloud MAS, before a server written from its documentation. */

#define ACCOUNT	"url = \"URL\"; ec_name = \"陆河燃气有限公司\"; account = \"gasapi\"; " \
		"secret = \"SECRET\"; sign = \"DWItALe3A\"; timeout = \"2s\"; "
#define TEMPLATES "templates = ( { code = \"9ec4b9\"; variables = (\"device\", \"value\"); " \
		"text = \"{1}可燃气{2},请到场\"; purposes = (\"alarm\"); }, { code = \"77aa\"; " \
		"purposes = (\"test\"); } ); "

static struct far_provider p;

static const struct notice_variable variables[] = {
	{ "device", "城东【瓶装】\"2号\"" }, { "value", "22" },
};

static struct notice
notice(const char *id)
{
	return (struct notice){ .id = id, .contact = "owner", .address = "+8613800138000",
	    .language = "zh", .text = "油烟 5 mg/m³【假】", .variables = variables,
	    .nvariables = 2, .purpose = NOTICE_ALARM, .class = 1, .rule = "r", .device = "d",
	    .code = "", .created = system_clock.wall(),
	    .expires = system_clock.wall() + 600000 };
}

static bool
last_has(const char *text)
{
	return strstr(far_provider_last(&p), text) != NULL;
}

static void
settings_are_checked(void)
{
	static const struct { const char *settings, *words; } rows[] = {
		{ "url = \"URL\"; ec_name = \"\"; account = \"a\"; secret = \"SECRET\"; "
		  "sign = \"x\";", "ec_name: is empty" },
		{ "url = \"URL\"; ec_name = \"e\"; account = \"\"; secret = \"SECRET\"; "
		  "sign = \"x\";", "account: is empty" },
		{ "url = \"URL\"; ec_name = \"e\"; account = \"a\"; secret = \"SECRET\"; "
		  "sign = \"陆河燃气\";", "is no code of a sign" },
		{ "url = \"URL/sms/norsubmit\"; ec_name = \"e\"; account = \"a\"; "
		  "secret = \"SECRET\"; sign = \"x\";", "must end with the name of the server" },
		{ ACCOUNT "serial = \"1a\";", "is not up to 20 figures" },
		{ ACCOUNT "path = \"sms\";", "begins with /" },
		{ ACCOUNT "replies = \"1s\";", "5s at least" },
		{ ACCOUNT "templates = ( { code = \"\"; } );", "wants its code" },
		{ ACCOUNT "templates = ( { code = \"1\"; variables = (\"value\"); "
		  "text = \"值${value}\"; } );", "must be in its text once" },
		{ ACCOUNT "lanes = 17;", "lanes" },
		{ "url = \"http://112.35.1.155:1992\"; ec_name = \"e\"; account = \"a\"; "
		  "secret = \"SECRET\"; sign = \"x\"; reports = true;", "by https:// only" },
		{ "url = \"http://127.0.0.1.example\"; ec_name = \"e\"; account = \"a\"; "
		  "secret = \"SECRET\"; sign = \"x\"; secret_sent = true;", "by https:// only" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		CHECK(far_provider_load(&p, "mas", rows[i].settings) < 0);
		CHECK(strstr(p.errors, rows[i].words) != NULL);
	}
	CHECK(far_provider_load(&p, "mas", "url = \"http://112.35.1.155:1992\"; ec_name = \"e\"; "
	    "account = \"a\"; secret = \"SECRET\"; sign = \"x\";") == 0);
}

static void
a_message_goes_as_it_is(void)
{
	struct notice m = notice("00c0ffee-1");
	struct way_result r;

	far_provider_open(&p, "mas", ACCOUNT);
	r = far_provider_send(&p, &m);
	CHECK(r.outcome == WAY_ACCEPTED && strncmp(r.provider, "0927152506001000", 16) == 0);
	CHECK(last_has("\"path\": \"/sms/norsubmit\"") && last_has("\"secret\": false"));
	CHECK(last_has("\"content\": \"油烟 5 mg/m3[假]\"") && last_has("\"13800138000\""));
	/* nobody asks for reports */
	CHECK(far_provider_receipt(&p, &m, r.provider).outcome == WAY_UNKNOWN);
	far_provider_set(&p, "mode", "misprint");
	CHECK(far_provider_send(&p, &m).provider[0] == '0');
	far_provider_set(&p, "mode", "");
	far_provider_close(&p);
	far_provider_open(&p, "mas", ACCOUNT "secret_sent = true; path = \"/sms/submit\"; "
	    "serial = \"01\";");
	CHECK(far_provider_send(&p, &m).outcome == WAY_ACCEPTED);
	CHECK(last_has("\"path\": \"/sms/submit\"") && last_has("\"secret\": true"));
	CHECK(last_has("\"addSerial\": \"01\""));
	far_provider_close(&p);
}

static void
a_message_goes_by_a_template(void)
{
	struct notice m = notice("00c0ffee-2");

	far_provider_open(&p, "mas", ACCOUNT TEMPLATES);
	CHECK(far_provider_send(&p, &m).outcome == WAY_ACCEPTED);
	CHECK(last_has("\"path\": \"/sms/tmpsubmit\"") && last_has("\"templateId\": \"9ec4b9\""));
	CHECK(last_has("\"params\": \"[\\\"城东[瓶装]\\\\\\\"2号\\\\\\\"\\\",\\\"22\\\"]\""));
	m.purpose = NOTICE_TEST;
	CHECK(far_provider_send(&p, &m).outcome == WAY_ACCEPTED);
	CHECK(last_has("\"params\": \"[\\\"\\\"]\""));
	m.purpose = NOTICE_DIGEST;
	CHECK(far_provider_send(&p, &m).for_good);
	far_provider_close(&p);
}

/* Each code comes to what is to be done. */
static void
codes_say_what_is_to_be_done(void)
{
	static const struct {
		const char *code;
		enum way_outcome outcome;
		bool for_good, capped, pause;
	} rows[] = {
		{ "IllegalMac", WAY_REFUSED, false, false, true },
		{ "InvalidUsrOrPwd", WAY_REFUSED, false, false, true },
		{ "IllegalSignId", WAY_REFUSED, false, false, true },
		{ "NoSignId", WAY_REFUSED, false, false, true },
		{ "IllegalIpAddress", WAY_REFUSED, false, false, true },
		{ "SomethingNew", WAY_REFUSED, false, false, true },
		{ "InvalidMessage", WAY_REFUSED, true, false, false },
		{ "InvalidMobile", WAY_REFUSED, true, false, false },
		{ "TooManyMobiles", WAY_REFUSED, true, false, false },
		{ "OverDailyMax", WAY_REFUSED, false, true, false },
		{ "SystemBusy", WAY_REFUSED, false, false, false },
		{ "InternalError", WAY_UNKNOWN, false, false, false },
	};
	struct notice m = notice("00c0ffee-3");
	char mode[80];

	far_provider_open(&p, "mas", ACCOUNT);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct way_result r;

		snprintf(mode, sizeof(mode), "code %s", rows[i].code);
		far_provider_set(&p, "mode", mode);
		r = far_provider_send(&p, &m);
		CHECK(r.outcome == rows[i].outcome && r.for_good == rows[i].for_good);
		CHECK(r.capped == rows[i].capped && (r.pause > 0) == rows[i].pause);
		CHECK(strstr(r.why, rows[i].code) != NULL);
	}
	far_provider_set(&p, "mode", "");
	far_provider_close(&p);
}

static void
what_is_no_answer_leaves_it_unknown(void)
{
	static const char *const modes[] = { "hang", "drop", "garbage", "empty", "list", "deep",
	    "page", "huge", "status 502", "no code", "lost" };
	struct notice m = notice("00c0ffee-4");

	far_provider_open(&p, "mas", ACCOUNT "reports = true;");
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		struct way_result r;

		far_provider_set(&p, "mode", modes[i]);
		r = far_provider_send(&p, &m);
		CHECK(r.outcome == WAY_UNKNOWN && !r.for_good);
		/* by no report it can be known: nobody claims that it came */
		far_provider_set(&p, "mode", "");
		CHECK(far_provider_receipt(&p, &m, "").outcome == WAY_UNKNOWN);
	}
	far_provider_close(&p);
}

static void
who_cannot_be_reached_is_refused(void)
{
	static const char *const numbers[] = { "13800138000", "+85261234567", "+862160000000" };
	struct notice m = notice("00c0ffee-5");
	struct way_result r;

	far_provider_open(&p, "mas", "url = \"http://127.0.0.1:1\"; ec_name = \"e\"; "
	    "account = \"a\"; secret = \"SECRET\"; sign = \"x\";");
	r = far_provider_send(&p, &m);
	CHECK(r.outcome == WAY_REFUSED && !r.for_good && strstr(r.why, "cannot connect") != NULL);
	far_provider_close(&p);
	far_provider_open(&p, "mas", ACCOUNT);
	for (size_t i = 0; i < 3; i++) {
		m.address = numbers[i];
		r = far_provider_send(&p, &m);
		CHECK(r.outcome == WAY_REFUSED && r.for_good);
	}
	m.address = "+8613800138000";
	far_provider_set(&p, "secret", "another\n");
	r = far_provider_send(&p, &m);
	CHECK(r.outcome == WAY_REFUSED && strstr(r.why, "wrong secret") != NULL);
	far_provider_set(&p, "secret", "not to be shown\n");
	CHECK(far_provider_send(&p, &m).outcome == WAY_ACCEPTED);
	far_provider_close(&p);
}

/* Reports are handed out once, for all messages: what belongs to others is kept. */
static void
reports_are_kept_for_whom_they_are(void)
{
	struct notice m = notice("00c0ffee-6"), o = notice("00c0ffee-7");
	struct way_result a, b, late;

	far_provider_open(&p, "mas", ACCOUNT "reports = true;");
	a = far_provider_send(&p, &m);
	b = far_provider_send(&p, &o);
	CHECK(strcmp(a.provider, b.provider) != 0);
	far_provider_set(&p, "receipt", "none");
	CHECK(far_provider_receipt(&p, &m, a.provider).outcome == WAY_ACCEPTED);
	far_provider_set(&p, "receipt", "DELIVRD");
	late = far_provider_receipt(&p, &m, a.provider);
	CHECK(late.outcome == WAY_DELIVERED && late.read == 1795564805000);
	CHECK(far_provider_receipt(&p, &o, b.provider).outcome == WAY_DELIVERED);
	a = far_provider_send(&p, &m);
	far_provider_set(&p, "receipt", "DELIVRD DB:0140");
	late = far_provider_receipt(&p, &m, a.provider);
	CHECK(late.outcome == WAY_REFUSED && !late.for_good && strstr(late.why, "DB:0140") != NULL);
	far_provider_set(&p, "receipt", "DELIVRD");
	far_provider_set(&p, "mode", "garbage");
	CHECK(far_provider_receipt(&p, &m, "other").outcome == WAY_ACCEPTED);
	far_provider_set(&p, "mode", "");
	far_provider_close(&p);
}

static int
hear(struct way_reply *reply)
{
	char why[160] = "";

	*reply = (struct way_reply){ .time = 0 };
	return p.kind->idle(p.state, -1, 1000, reply, why, sizeof(why));
}

static void
replies_are_fetched(void)
{
	struct way_reply reply;

	far_provider_set(&p, "replies", "13800138000 G521\n8613900139000 收到G522\n");
	far_provider_open(&p, "mas", ACCOUNT);
	CHECK(hear(&reply) == 0);
	far_provider_close(&p);
	far_provider_open(&p, "mas", ACCOUNT "replies = \"5s\";");
	CHECK(hear(&reply) == 1 && strcmp(reply.text, "G521") == 0);
	CHECK(strcmp(reply.from, "+8613800138000") == 0 && reply.time == 1795564807000);
	CHECK(hear(&reply) == 1 && strcmp(reply.text, "收到G522") == 0);
	CHECK(strcmp(reply.from, "+8613900139000") == 0);
	CHECK(hear(&reply) == 0);
	far_provider_close(&p);
}

int
main(void)
{
	far_provider_start(&p);
	RUN(settings_are_checked);
	RUN(a_message_goes_as_it_is);
	RUN(a_message_goes_by_a_template);
	RUN(codes_say_what_is_to_be_done);
	RUN(what_is_no_answer_leaves_it_unknown);
	RUN(who_cannot_be_reached_is_refused);
	RUN(reports_are_kept_for_whom_they_are);
	RUN(replies_are_fetched);
	far_provider_stop(&p);
	return 0;
}
