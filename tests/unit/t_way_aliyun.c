#include <string.h>

#include "../../gateway/crypt.h"
#include "../../protocols/acs3.h"
#include "../../protocols/sms_value.h"
#include "../check.h"
#include "far_provider.h"

/* SMS and calls by Aliyun, before a server written from its documentation. */

#define COMMON	"url = \"URL\"; key_id = \"LTAItest\"; secret = \"SECRET\"; timeout = \"2s\"; "
#define TEMPLATE "templates = ( { code = \"SMS_1\"; variables = (\"site=device\", \"value\", " \
		 "\"unit\"); text = \"${site}可燃气${value}单位${unit},请到场\"; } ); "
#define SMS	COMMON TEMPLATE "sign = \"汕尾燃气监测\";"
#define VOICE	COMMON "templates = ( { code = \"TTS_1\"; variables = (\"device\"); } );"

static struct far_provider p;

static const struct notice_variable variables[] = {
	{ "device", "陆河城东【瓶装】气站2号\"探头" }, { "value", "22" }, { "unit", "mg/m³" },
};

static struct notice
notice(const char *id)
{
	return (struct notice){ .id = id, .contact = "owner", .address = "+8613800138000",
	    .language = "zh", .text = "t", .variables = variables, .nvariables = 3,
	    .purpose = NOTICE_ALARM, .class = 1, .rule = "r", .device = "d", .code = "",
	    .created = system_clock.wall(), .expires = system_clock.wall() + 600000 };
}

/* As it is printed in the provider's documentation of its signature. */
static void
the_printed_signature_comes_out(void)
{
	struct acs3_param params[] = { { "RegionId", "cn-shanghai" },
	    { "ImageId", "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd" },
	    { "Nothing", NULL } };
	uint8_t room[512], canonical[2048];
	struct buf query = { .at = room, .cap = sizeof(room) };
	struct buf to = { .at = canonical, .cap = sizeof(canonical) };
	struct acs3_request q = { .host = "ecs.cn-shanghai.aliyuncs.com",
	    .query = (char *)room, .action = "RunInstances", .version = "2014-05-26",
	    .date = "2023-10-26T10:22:32Z", .nonce = "3156853299f313e23d1673dc12e1703d",
	    .sum = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" };
	char sum[65], text[128];
	const void *part = canonical;
	size_t n;

	acs3_query(&query, params, 3);
	buf_put8(&query, 0);
	acs3_canonical(&to, &q);
	CHECK(!query.bad && !to.bad && crypt_sha256_hex(&part, &to.len, 1, sum) != NULL);
	CHECK(strcmp(sum, "7ea06492da5221eba5297e897ce16e55f964061054b7695beedaac1145b1e259")
	    == 0);
	n = (size_t)snprintf(text, sizeof(text), ACS3_ALGORITHM "\n%s", sum);
	part = text;
	CHECK(crypt_hmac_hex("YourAccessKeySecret", 19, &part, &n, 1, sum) != NULL);
	CHECK(strcmp(sum, "06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0")
	    == 0);
}

static void
values_are_as_providers_take_them(void)
{
	static const struct { const char *value, *is; } rows[] = {
		{ "52 mg/m³", "52 mg/m3" }, { "", "-" }, { "  ", "-" }, { "【x】", "[x]" },
		{ "a\nb\x7f", "a b " }, { "21.5℃", "21.5C" }, { "😀", "?" }, { "\xff", "?" },
		{ "call 13800138000 now", "call 138****8000 now" },
		{ "138001380001", "138001380001" }, { "12000138000", "12000138000" },
		{ "http://x", "http x" }, { "≥5", ">=5" },
		{ "一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十一二三四五六",
		  "一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十一二三四五" },
	};
	char out[160], small[8];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		CHECK(sms_value(rows[i].value, 35, out, sizeof(out)));
		CHECK(strcmp(out, rows[i].is) == 0);
	}
	CHECK(!sms_value("一二三", 35, small, sizeof(small)) && strcmp(small, "一二") == 0);
	CHECK(sms_value_odd("${a}好") == NULL && sms_value_odd("5 m²") != NULL);
}

static void
settings_are_checked(void)
{
	static const struct { const char *settings, *words; } rows[] = {
		{ COMMON TEMPLATE "sign = \"【x】\";", "without its brackets" },
		{ COMMON "sign = \"xx\"; templates = ();", "at least one" },
		{ "url = \"URL/path\"; key_id = \"L\"; secret = \"SECRET\"; sign = \"xx\"; "
		  TEMPLATE, "must end with the name of the server" },
		{ "url = \"URL\"; key_id = \"a b\"; secret = \"SECRET\"; sign = \"xx\"; "
		  TEMPLATE, "key_id" },
		{ COMMON "sign = \"xx\"; templates = ( { code = \"S\"; variables = (\"a=b\"); } );",
		  "messages have no \"b\"" },
		{ COMMON "sign = \"xx\"; templates = ( { code = \"S\"; "
		  "variables = (\"value\", \"value\"); } );", "twice" },
		{ COMMON "sign = \"xx\"; templates = ( { code = \"S\"; variables = (\"value\"); "
		  "text = \"${value}mg/m³\"; } );", "providers refuse" },
		{ COMMON "sign = \"xx\"; templates = ( { code = \"S\"; variables = (\"value\"); "
		  "text = \"${value}或13800138000\"; } );", "providers refuse" },
		{ COMMON "sign = \"xx\"; templates = ( { code = \"S\"; variables = (\"value\"); "
		  "text = \"${value}和${value}\"; } );", "once" },
		{ COMMON "sign = \"xx\"; templates = ( { code = \"S\"; variables = (\"value\", "
		  "\"unit\"); text = \"${value}${unit}\"; } );", "side by side" },
		{ COMMON "sign = \"xx\"; templates = ( { code = \"S\"; variables = (\"value\"); "
		  "text = \"${value}和${unit}\"; } );", "its text has 2 variables" },
		{ COMMON "sign = \"xx\"; templates = ( { code = \"S\"; purposes = (\"fun\"); } );",
		  "none of alarm" },
		{ COMMON "sign = \"xx\"; templates = ( { code = \"S\"; language = \"fr\"; } );",
		  "zh or en" },
		{ COMMON "sign = \"xx\"; templates = ( { code = \"\"; } );", "wants its code" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		CHECK(far_provider_load(&p, "aliyun", rows[i].settings) < 0);
		CHECK(strstr(p.errors, rows[i].words) != NULL);
	}
	CHECK(far_provider_load(&p, "aliyun-voice", VOICE "classes = (\"fun\");") < 0);
	CHECK(strstr(p.errors, "no class \"fun\"") != NULL);
	CHECK(far_provider_load(&p, "aliyun", SMS) == 0);
}

static void
a_message_goes_and_is_delivered(void)
{
	struct notice m = notice("00c0ffee-1");
	struct way_result r, late;

	far_provider_open(&p, "aliyun", SMS);
	r = far_provider_send(&p, &m);
	CHECK(r.outcome == WAY_ACCEPTED && strncmp(r.provider, "9006", 4) == 0);
	CHECK(strstr(far_provider_last(&p), "\"PhoneNumbers\": \"13800138000\"") != NULL);
	CHECK(strstr(far_provider_last(&p), "\"SignName\": \"汕尾燃气监测\"") != NULL);
	CHECK(strstr(far_provider_last(&p), "陆河城东[瓶装]气站2号") != NULL);
	CHECK(strstr(far_provider_last(&p), "mg/m3") != NULL);
	far_provider_set(&p, "receipt", "1");
	late = far_provider_receipt(&p, &m, r.provider);
	CHECK(late.outcome == WAY_ACCEPTED);
	far_provider_set(&p, "receipt", "2");
	late = far_provider_receipt(&p, &m, r.provider);
	CHECK(late.outcome == WAY_REFUSED && strstr(late.why, "UNDELIV") != NULL);
	far_provider_set(&p, "receipt", "3");
	late = far_provider_receipt(&p, &m, r.provider);
	CHECK(late.outcome == WAY_DELIVERED && late.read == 1795564805000);
	far_provider_set(&p, "mode", "no receipts");
	CHECK(far_provider_receipt(&p, &m, r.provider).outcome == WAY_UNKNOWN);
	far_provider_set(&p, "mode", "");
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
		{ "isv.BUSINESS_LIMIT_CONTROL", WAY_REFUSED, false, true, false },
		{ "isv.DAY_LIMIT_CONTROL", WAY_REFUSED, false, true, false },
		{ "isv.MOBILE_NUMBER_ILLEGAL", WAY_REFUSED, true, false, false },
		{ "isv.SMS_TEMPLATE_ILLEGAL", WAY_REFUSED, true, false, false },
		{ "isv.SMS_SIGNATURE_ILLEGAL", WAY_REFUSED, true, false, false },
		{ "isv.TEMPLATE_MISSING_PARAMETERS", WAY_REFUSED, true, false, false },
		{ "isv.BLACK_KEY_CONTROL_LIMIT", WAY_REFUSED, true, false, false },
		{ "isv.AMOUNT_NOT_ENOUGH", WAY_REFUSED, false, false, true },
		{ "isv.OUT_OF_SERVICE", WAY_REFUSED, false, false, true },
		{ "isv.PRODUCT_UNSUBSCRIBE", WAY_REFUSED, false, false, true },
		{ "isv.NEW_CODE", WAY_REFUSED, false, false, true },
		{ "InvalidAccessKeyId.NotFound", WAY_REFUSED, false, false, true },
		{ "Throttling.User", WAY_REFUSED, false, false, false },
		{ "InvalidTimeStamp.Expired", WAY_REFUSED, false, false, false },
		{ "isp.SYSTEM_ERROR", WAY_UNKNOWN, false, false, false },
		{ "InternalError", WAY_UNKNOWN, false, false, false },
	};
	struct notice m = notice("00c0ffee-2");
	char mode[80];

	far_provider_open(&p, "aliyun", SMS);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct way_result r;

		snprintf(mode, sizeof(mode), "code %s", rows[i].code);
		far_provider_set(&p, "mode", mode);
		r = far_provider_send(&p, &m);
		CHECK(r.outcome == rows[i].outcome && r.for_good == rows[i].for_good);
		CHECK(r.capped == rows[i].capped && (r.pause > 0) == rows[i].pause);
		CHECK(strstr(r.why, rows[i].code) != NULL && strchr(r.why, '\n') == NULL);
	}
	far_provider_set(&p, "mode", "");
	far_provider_close(&p);
}

static void
what_is_no_answer_leaves_it_unknown(void)
{
	static const char *const modes[] = { "hang", "drop", "garbage", "empty", "list", "deep",
	    "page", "huge", "status 502" };
	char id[32];

	far_provider_open(&p, "aliyun", SMS);
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		struct notice m;
		struct way_result r;

		snprintf(id, sizeof(id), "00c0ffee-3%zu", i);
		m = notice(id);
		far_provider_set(&p, "mode", modes[i]);
		r = far_provider_send(&p, &m);
		CHECK(r.outcome == WAY_UNKNOWN && !r.for_good);
		/* it had come there all the same */
		far_provider_set(&p, "mode", "");
		CHECK(far_provider_receipt(&p, &m, "").outcome == WAY_DELIVERED);
	}
	far_provider_close(&p);
}

static void
one_that_never_came_may_be_sent_again(void)
{
	struct notice m = notice("00c0ffee-4");
	struct way_result r;

	far_provider_open(&p, "aliyun", SMS);
	far_provider_set(&p, "mode", "lost");
	r = far_provider_send(&p, &m);
	CHECK(r.outcome == WAY_UNKNOWN);
	far_provider_set(&p, "mode", "");
	/* at once it may just not be listed yet, also of one that waited for long before it
	 * was tried, and whichever lane asks */
	r = far_provider_receipt(&p, &m, "");
	CHECK(r.outcome == WAY_UNKNOWN && r.pause > 0);
	far_provider_close(&p);
	far_provider_open(&p, "aliyun", SMS);
	m.created -= 60000;
	m.tried = system_clock.wall();
	CHECK(far_provider_receipt(&p, &m, "").outcome == WAY_UNKNOWN);
	m.created += 60000;
	m.tried = 0;
	far_provider_close(&p);
	far_provider_open(&p, "aliyun", SMS);
	m.created -= 60000;
	r = far_provider_receipt(&p, &m, "");
	CHECK(r.outcome == WAY_REFUSED && !r.for_good);
	CHECK(strstr(r.why, "never came") != NULL);
	/* found behind a page full of others; all of them fit an answer */
	CHECK(far_provider_send(&p, &m).outcome == WAY_ACCEPTED);
	far_provider_set(&p, "others", "55");
	CHECK(far_provider_receipt(&p, &m, "").outcome == WAY_DELIVERED);
	far_provider_set(&p, "others", "0");
	far_provider_close(&p);
}

static void
who_cannot_be_reached_is_refused(void)
{
	struct notice m = notice("00c0ffee-5");
	struct way_result r;

	far_provider_open(&p, "aliyun", "url = \"http://127.0.0.1:1\"; key_id = \"LTAItest\"; "
	    "secret = \"SECRET\"; sign = \"xx\"; " TEMPLATE);
	r = far_provider_send(&p, &m);
	CHECK(r.outcome == WAY_REFUSED && !r.for_good && strstr(r.why, "cannot connect") != NULL);
	far_provider_close(&p);
	far_provider_open(&p, "aliyun", SMS);
	m.address = "13800138000";
	r = far_provider_send(&p, &m);
	CHECK(r.outcome == WAY_REFUSED && r.for_good);
	m.address = "+8613800138000";
	m.purpose = NOTICE_RECOVERED;
	far_provider_set(&p, "secret", "another\n");
	r = far_provider_send(&p, &m);
	CHECK(r.outcome == WAY_REFUSED && strstr(r.why, "wrong secret") != NULL);
	far_provider_set(&p, "secret", "not to be shown\n");
	CHECK(far_provider_send(&p, &m).outcome == WAY_ACCEPTED);
	far_provider_close(&p);
}

static void
templates_are_chosen_by_purpose(void)
{
	struct notice m = notice("00c0ffee-6");

	far_provider_open(&p, "aliyun", COMMON "sign = \"xx\"; templates = ( { code = \"SMS_A\"; "
	    "purposes = (\"alarm\"); language = \"en\"; }, { code = \"SMS_B\"; purposes = "
	    "(\"alarm\", \"test\"); } );");
	CHECK(far_provider_send(&p, &m).outcome == WAY_ACCEPTED);
	CHECK(strstr(far_provider_last(&p), "SMS_B") != NULL);
	CHECK(strstr(far_provider_last(&p), "TemplateParam") == NULL);
	m.language = "en";
	CHECK(far_provider_send(&p, &m).outcome == WAY_ACCEPTED);
	CHECK(strstr(far_provider_last(&p), "SMS_A") != NULL);
	m.purpose = NOTICE_DIGEST;
	CHECK(far_provider_send(&p, &m).for_good);
	far_provider_close(&p);
}

static void
a_call_is_made_and_answered(void)
{
	struct notice m = notice("00c0ffee00c0ffee-7");
	struct way_result r, late;

	far_provider_open(&p, "aliyun-voice", VOICE "times = 2; shown = \"02160000000\";");
	r = far_provider_send(&p, &m);
	CHECK(r.outcome == WAY_ACCEPTED && strcmp(r.provider, "116012354148^1") == 0);
	CHECK(strstr(far_provider_last(&p), "\"PlayTimes\": \"2\"") != NULL);
	CHECK(strstr(far_provider_last(&p), "\"CalledShowNumber\": \"02160000000\"") != NULL);
	CHECK(strstr(far_provider_last(&p), "\"TtsCode\": \"TTS_1\"") != NULL);
	far_provider_set(&p, "receipt", "");
	late = far_provider_receipt(&p, &m, r.provider);
	CHECK(late.outcome == WAY_UNKNOWN && late.pause > 0);
	far_provider_set(&p, "receipt", "busy");
	late = far_provider_receipt(&p, &m, r.provider);
	CHECK(late.outcome == WAY_REFUSED && strstr(late.why, "busy") != NULL);
	far_provider_set(&p, "receipt", "answered");
	CHECK(far_provider_receipt(&p, &m, r.provider).outcome == WAY_DELIVERED);
	CHECK(far_provider_receipt(&p, &m, "").outcome == WAY_UNKNOWN);
	far_provider_set(&p, "mode", "code isv.BUSINESS_LIMIT_CONTROL");
	CHECK(far_provider_send(&p, &m).capped);
	far_provider_set(&p, "mode", "hang");
	CHECK(far_provider_send(&p, &m).outcome == WAY_UNKNOWN);
	far_provider_set(&p, "mode", "");
	far_provider_close(&p);
}

static void
nobody_is_called_for_little(void)
{
	struct notice m = notice("00c0ffee-8");

	far_provider_open(&p, "aliyun-voice", VOICE);
	m.purpose = NOTICE_RECOVERED;
	CHECK(far_provider_send(&p, &m).for_good);
	m.purpose = NOTICE_ALARM;
	m.class = 0;
	CHECK(far_provider_send(&p, &m).for_good);
	m.purpose = NOTICE_TEST;
	CHECK(far_provider_send(&p, &m).outcome == WAY_ACCEPTED);
	far_provider_close(&p);
	far_provider_open(&p, "aliyun-voice", VOICE "classes = (\"process\");");
	m.purpose = NOTICE_ESCALATED;
	CHECK(far_provider_send(&p, &m).outcome == WAY_ACCEPTED);
	far_provider_close(&p);
}

int
main(void)
{
	far_provider_start(&p);
	RUN(the_printed_signature_comes_out);
	RUN(values_are_as_providers_take_them);
	RUN(settings_are_checked);
	RUN(a_message_goes_and_is_delivered);
	RUN(codes_say_what_is_to_be_done);
	RUN(what_is_no_answer_leaves_it_unknown);
	RUN(one_that_never_came_may_be_sent_again);
	RUN(who_cannot_be_reached_is_refused);
	RUN(templates_are_chosen_by_purpose);
	RUN(a_call_is_made_and_answered);
	RUN(nobody_is_called_for_little);
	far_provider_stop(&p);
	return 0;
}
