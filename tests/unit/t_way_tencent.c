#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "../../gateway/crypt.h"
#include "../../gateway/tell/replies.h"
#include "../../protocols/tc3.h"
#include "../check.h"
#include "far_provider.h"

/* SMS and calls by Tencent Cloud, before a server written from its documentation. */

#define COMMON	"url = \"URL\"; key_id = \"AKIDtest\"; secret = \"SECRET\"; timeout = \"2s\"; " \
		"app = \"1400006666\"; "
#define TEMPLATE "templates = ( { code = \"1110\"; variables = (\"device\", \"value\", " \
		 "\"unit\"); text = \"{1}可燃气{2}单位{3},请到场\"; } ); "
#define VOICE	COMMON "templates = ( { code = \"4356\"; variables = (\"device\", \"value\"); " \
		"text = \"{1}可燃气{2},请立即到场\"; } ); "
#define SMS	COMMON TEMPLATE "sign = \"汕尾燃气监测\"; "

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

static bool
is(const struct buf *b, const char *text)
{
	return !b->bad && b->len == strlen(text) && memcmp(b->at, text, b->len) == 0;
}

/* As it is printed in the provider's documentation of its signature. */
static void
the_printed_signature_comes_out(void)
{
	static const char secret[] = "TC3Gu5t9xGARNpq86cd98joQYCN3EXAMPLE";
	static const char *const words[] = { "2019-02-25", "cvm", TC3_END };
	struct tc3_request q = { .host = "cvm.tencentcloudapi.com", .service = "cvm",
	    .type = "application/json; charset=utf-8", .date = "2019-02-25",
	    .time = "1551113065",
	    .sum = "35e9c5b0e3ae67532d3c9f17ead6c90222632e5b1ff7f6e89887f1398934f064" };
	static const char body[] = "{\"Limit\": 1, \"Filters\": [{\"Values\": "
	    "[\"\\u672a\\u547d\\u540d\"], \"Name\": \"instance-name\"}]}";
	uint8_t room[1024], key[32];
	struct buf to = { .at = room, .cap = sizeof(room) };
	const void *part = body;
	size_t n = strlen(body);
	char sum[65];

	CHECK(crypt_sha256_hex(&part, &n, 1, sum) != NULL && strcmp(sum, q.sum) == 0);
	tc3_canonical(&to, &q);
	part = room;
	CHECK(crypt_sha256_hex(&part, &to.len, 1, sum) != NULL);
	CHECK(strcmp(sum, "5ffe6a04c0664d6b969fab9a13bdab201d63ee709638e2749d62a09ca18d7031")
	    == 0);
	to.len = 0;
	tc3_to_sign(&to, &q, sum);
	CHECK(is(&to, "TC3-HMAC-SHA256\n1551113065\n2019-02-25/cvm/tc3_request\n"
	    "5ffe6a04c0664d6b969fab9a13bdab201d63ee709638e2749d62a09ca18d7031"));
	CHECK(crypt_hmac(secret, strlen(secret), words[0], strlen(words[0]), key));
	for (int i = 1; i < 3; i++) {
		uint8_t by[32];

		memcpy(by, key, sizeof(by));
		CHECK(crypt_hmac(by, sizeof(by), words[i], strlen(words[i]), key));
	}
	CHECK(crypt_hmac_hex(key, sizeof(key), &part, &to.len, 1, sum) != NULL);
	CHECK(strcmp(sum, "72e494ea809ad7a8c8f7a4507b9bddcbaa8e581f516e8da2f66e2c5a96525168")
	    == 0);
	to.len = 0;
	to.cap = 10;
	tc3_to_sign(&to, &q, sum);
	CHECK(to.bad);
}

static void
settings_are_checked(void)
{
	static const struct { const char *settings, *words; } rows[] = {
		{ COMMON TEMPLATE "sign = \"【x】\";", "without its brackets" },
		{ COMMON TEMPLATE "sign = \"\";", "without its brackets" },
		{ COMMON TEMPLATE "sign = \"一二三四五六七八九十一二三\";", "2 to 12 characters" },
		{ COMMON "sign = \"xx\"; templates = ();", "at least one" },
		{ "url = \"URL\"; key_id = \"L\"; secret = \"SECRET\"; app = \"14x\"; "
		  "sign = \"xx\"; " TEMPLATE, "app: \"14x\" is no SdkAppId" },
		{ "url = \"URL\"; key_id = \"A B\"; secret = \"SECRET\"; app = \"14\"; "
		  "sign = \"xx\"; " TEMPLATE, "key_id: \"A B\" is none" },
		{ "url = \"URL/x\"; key_id = \"A\"; secret = \"SECRET\"; app = \"14\"; "
		  "sign = \"xx\"; " TEMPLATE, "must end with the name of the server" },
		{ SMS "region = \"Guangzhou\";", "region: \"Guangzhou\" is none" },
		{ SMS "replies = \"1s\";", "5s at least" },
		{ SMS "value_max = 36;", "value_max" },
		{ COMMON "sign = \"xx\"; templates = ( { code = \"SMS_1\"; } );",
		  "its code is a number" },
		{ COMMON "sign = \"xx\"; templates = ( { code = \"1\"; variables = (\"value\", "
		  "\"unit\"); text = \"测{1}{2}\"; } );", "side by side" },
		{ COMMON "sign = \"xx\"; templates = ( { code = \"1\"; variables = (\"value\", "
		  "\"unit\"); text = \"测{1}和{3}\"; } );", "must be in its text once" },
		{ COMMON "sign = \"xx\"; templates = ( { code = \"1\"; variables = (\"value\"); "
		  "text = \"测{1}和{2}\"; } );", "its text has 2 variables" },
		{ COMMON "sign = \"xx\"; templates = ( { code = \"1\"; variables = (\"value\"); "
		  "text = \"{1}.\"; } );", "nothing but variables" },
		{ COMMON "sign = \"xx\"; templates = ( { code = \"1\"; variables = (\"value\"); "
		  "text = \"测{1}mg/m³\"; } );", "providers refuse" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		CHECK(far_provider_load(&p, "tencent", rows[i].settings) < 0);
		if (strstr(p.errors, rows[i].words) == NULL)
			fprintf(stderr, "%s not in: %s", rows[i].words, p.errors);
		CHECK(strstr(p.errors, rows[i].words) != NULL);
	}
	CHECK(far_provider_load(&p, "tencent", SMS "value_max = 12;") == 0);
}

static void
a_message_goes_and_is_delivered(void)
{
	struct notice m = notice("00c0ffee-1");
	struct way_result r, late;

	far_provider_open(&p, "tencent", SMS);
	r = far_provider_send(&p, &m);
	CHECK(r.outcome == WAY_ACCEPTED && strncmp(r.provider, "5000:10457", 10) == 0);
	CHECK(strstr(far_provider_last(&p), "\"PhoneNumberSet\": [\"+8613800138000\"]") != NULL);
	CHECK(strstr(far_provider_last(&p), "\"SignName\": \"汕尾燃气监测\"") != NULL);
	CHECK(strstr(far_provider_last(&p), "\"TemplateId\": \"1110\"") != NULL);
	CHECK(strstr(far_provider_last(&p), "[\"陆河城东[瓶装]气站2号\\\"探头\", \"22\", "
	    "\"mg/m3\"]") != NULL);
	far_provider_set(&p, "receipt", "none");
	CHECK(far_provider_receipt(&p, &m, r.provider).outcome == WAY_ACCEPTED);
	far_provider_set(&p, "receipt", "FAIL");
	late = far_provider_receipt(&p, &m, r.provider);
	CHECK(late.outcome == WAY_REFUSED && !late.for_good &&
	    strstr(late.why, "UNDELIV") != NULL);
	far_provider_set(&p, "receipt", "SUCCESS");
	late = far_provider_receipt(&p, &m, r.provider);
	CHECK(late.outcome == WAY_DELIVERED && late.read == 1795564805000 &&
	    late.why[0] == '\0');
	/* one part of a long one did not arrive */
	far_provider_set(&p, "part", "FAIL");
	CHECK(far_provider_receipt(&p, &m, r.provider).outcome == WAY_REFUSED);
	far_provider_set(&p, "part", "");
	far_provider_set(&p, "mode", "no receipts");
	CHECK(far_provider_receipt(&p, &m, r.provider).outcome == WAY_UNKNOWN);
	far_provider_set(&p, "mode", "");
	far_provider_close(&p);
}

static void
values_are_cut_to_what_the_account_may(void)
{
	struct notice m = notice("00c0ffee-11");

	far_provider_open(&p, "tencent", SMS);
	far_provider_set(&p, "longest", "12");
	CHECK(far_provider_send(&p, &m).for_good);
	far_provider_close(&p);
	far_provider_open(&p, "tencent", SMS "value_max = 12;");
	CHECK(far_provider_send(&p, &m).outcome == WAY_ACCEPTED);
	CHECK(strstr(far_provider_last(&p), "[\"陆河城东[瓶装]气站2号\", ") != NULL);
	far_provider_set(&p, "longest", "35");
	far_provider_close(&p);
}

/* Each code comes to what is to be done, of the request and of the message. */
static void
codes_say_what_is_to_be_done(void)
{
	static const struct {
		const char *code;
		enum way_outcome outcome;
		bool for_good, capped, pause;
	} rows[] = {
		{ "LimitExceeded.PhoneNumberDailyLimit", WAY_REFUSED, false, true, false },
		{ "LimitExceeded.PhoneNumberThirtySecondLimit", WAY_REFUSED, false, true, false },
		{ "LimitExceeded.PhoneNumberCountLimit", WAY_REFUSED, true, false, false },
		{ "LimitExceeded.AppDailyLimit", WAY_REFUSED, false, true, false },
		{ "LimitExceeded", WAY_REFUSED, false, true, false },
		{ "FailedOperation.ContainSensitiveWord", WAY_REFUSED, true, false, false },
		{ "FailedOperation.TemplateIncorrectOrUnapproved", WAY_REFUSED, true, false, false },
		{ "FailedOperation.PhoneNumberInBlacklist", WAY_REFUSED, true, false, false },
		{ "FailedOperation.InsufficientBalanceInSmsPackage", WAY_REFUSED, false, false,
		  true },
		{ "FailedOperation.SomethingNew", WAY_REFUSED, false, false, true },
		{ "InvalidParameterValue.IncorrectPhoneNumber", WAY_REFUSED, true, false, false },
		{ "InvalidParameter.SomethingNew", WAY_REFUSED, true, false, false },
		{ "UnauthorizedOperation.SerivceSuspendDueToArrears", WAY_REFUSED, false, false,
		  true },
		{ "UnsupportedOperation.UnsuportedRegion", WAY_REFUSED, true, false, false },
		{ "AuthFailure.SignatureExpire", WAY_REFUSED, false, false, false },
		{ "AuthFailure.UnauthorizedOperation", WAY_REFUSED, false, false, true },
		{ "RequestLimitExceeded.UinLimitExceeded", WAY_REFUSED, false, false, false },
		{ "InternalError.Timeout", WAY_UNKNOWN, false, false, false },
		{ "InternalError.SendAndRecvFail", WAY_UNKNOWN, false, false, false },
	};
	static const char *const ways[] = { "code %s", "error %s" };
	struct notice m = notice("00c0ffee-2");
	char mode[100];

	far_provider_open(&p, "tencent", SMS);
	for (size_t i = 0; i < 2 * sizeof(rows) / sizeof(rows[0]); i++) {
		struct way_result r;

		snprintf(mode, sizeof(mode), ways[i % 2], rows[i / 2].code);
		far_provider_set(&p, "mode", mode);
		r = far_provider_send(&p, &m);
		CHECK(r.outcome == rows[i / 2].outcome && r.for_good == rows[i / 2].for_good);
		CHECK(r.capped == rows[i / 2].capped && (r.pause > 0) == rows[i / 2].pause);
		CHECK(strstr(r.why, rows[i / 2].code) != NULL && strpbrk(r.why, "\r\n") == NULL);
	}
	far_provider_set(&p, "mode", "error Ok");
	CHECK(far_provider_send(&p, &m).outcome == WAY_UNKNOWN);
	far_provider_set(&p, "mode", "");
	far_provider_close(&p);
}

static void
what_is_no_answer_leaves_it_unknown(void)
{
	static const char *const modes[] = { "hang", "drop", "garbage", "empty", "list", "deep",
	    "page", "huge", "status 502", "nothing" };
	char id[32];

	far_provider_open(&p, "tencent", SMS);
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		struct notice m;
		struct way_result r;

		snprintf(id, sizeof(id), "00c0ffee-3%zu", i);
		m = notice(id);
		far_provider_set(&p, "mode", modes[i]);
		r = far_provider_send(&p, &m);
		CHECK(r.outcome == WAY_UNKNOWN && !r.for_good);
		/* it had come there all the same: our own id tells */
		far_provider_set(&p, "mode", "");
		CHECK(far_provider_receipt(&p, &m, "").outcome == WAY_DELIVERED);
	}
	far_provider_close(&p);
}

/* What the networks have not reported may still be on its way: nobody knows. */
static void
one_that_is_not_listed_is_not_sent_twice(void)
{
	struct notice m = notice("00c0ffee-4");
	struct way_result r;

	far_provider_open(&p, "tencent", SMS);
	far_provider_set(&p, "mode", "lost");
	CHECK(far_provider_send(&p, &m).outcome == WAY_UNKNOWN);
	far_provider_set(&p, "mode", "");
	m.created -= 3600000;
	r = far_provider_receipt(&p, &m, "");
	CHECK(r.outcome == WAY_UNKNOWN && strstr(r.why, "networks") != NULL);
	far_provider_close(&p);
}

static void
who_cannot_be_reached_is_refused(void)
{
	struct notice m = notice("00c0ffee-5");
	struct way_result r;

	far_provider_open(&p, "tencent", "url = \"http://127.0.0.1:1\"; key_id = \"AKIDtest\"; "
	    "secret = \"SECRET\"; app = \"1400006666\"; sign = \"xx\"; " TEMPLATE);
	r = far_provider_send(&p, &m);
	CHECK(r.outcome == WAY_REFUSED && !r.for_good && strstr(r.why, "cannot connect") != NULL);
	far_provider_close(&p);
	far_provider_open(&p, "tencent", SMS);
	m.address = "13800138000";
	r = far_provider_send(&p, &m);
	CHECK(r.outcome == WAY_REFUSED && r.for_good);
	m.address = "+8613800138000";
	far_provider_set(&p, "secret", "another\n");
	r = far_provider_send(&p, &m);
	CHECK(r.outcome == WAY_REFUSED && strstr(r.why, "wrong secret") != NULL);
	far_provider_set(&p, "secret", "not to be shown\n");
	CHECK(far_provider_send(&p, &m).outcome == WAY_ACCEPTED);
	far_provider_close(&p);
	far_provider_open(&p, "tencent", "url = \"URL\"; key_id = \"AKIDtest\"; secret = "
	    "\"SECRET\"; app = \"14\"; sign = \"xx\"; " TEMPLATE);
	r = far_provider_send(&p, &m);
	CHECK(r.outcome == WAY_REFUSED && r.pause > 0 && strstr(r.why, "app") != NULL);
	far_provider_close(&p);
}

static int
hear(struct way_reply *reply)
{
	char why[160] = "";

	*reply = (struct way_reply){ .time = 0 };
	return p.kind->idle(p.state, -1, 1000, reply, why, sizeof(why));
}

/* Only of those who were sent a code, each reply once, the earliest first. */
static void
replies_are_fetched(void)
{
	long long now = system_clock.wall() / 1000;
	struct notice m = notice("00c0ffee-6");
	struct way_reply reply;
	char text[200];

	snprintf(text, sizeof(text), "%lld 好的G521\n%lld G520\n%lld old\n", now + 3, now + 2,
	    now - 4000);
	far_provider_set(&p, "replies", text);
	far_provider_open(&p, "tencent", SMS "replies = \"5s\";");
	CHECK(far_provider_send(&p, &m).outcome == WAY_ACCEPTED);
	m.code = "G520";
	CHECK(hear(&reply) == 0);
	far_provider_set(&p, "mode", "code InvalidParameterValue.IncorrectPhoneNumber");
	CHECK(far_provider_send(&p, &m).outcome == WAY_REFUSED);
	far_provider_set(&p, "mode", "");
	p.replies.of[0].due = 0;
	CHECK(hear(&reply) == 0);
	CHECK(far_provider_send(&p, &m).outcome == WAY_ACCEPTED);
	CHECK(hear(&reply) == 0);		/* not due yet */
	p.replies.of[0].due = 0;
	CHECK(hear(&reply) == 1 && strcmp(reply.text, "G520") == 0);
	CHECK(strcmp(reply.from, "+8613800138000") == 0 && reply.time == (now + 2) * 1000);
	CHECK(hear(&reply) == 1 && strcmp(reply.text, "好的G521") == 0);
	CHECK(hear(&reply) == 0 && p.replies.of[0].due > system_clock.mono());
	/* another one of the same second */
	snprintf(text, sizeof(text), "%lld 好的G521\n%lld G522\n", now + 3, now + 3);
	far_provider_set(&p, "replies", text);
	p.replies.of[0].due = 0;
	CHECK(hear(&reply) == 1 && strcmp(reply.text, "G522") == 0);
	CHECK(hear(&reply) == 0);
	p.replies.of[0].due = 0;
	far_provider_set(&p, "mode", "garbage");
	CHECK(hear(&reply) == 0);
	far_provider_set(&p, "mode", "");
	far_provider_close(&p);
	/* switched off: nobody is asked for */
	memset(p.replies.of, 0, sizeof(p.replies.of));
	far_provider_open(&p, "tencent", SMS);
	CHECK(far_provider_send(&p, &m).outcome == WAY_ACCEPTED);
	CHECK(p.replies.of[0].number[0] == '\0' && hear(&reply) == 0);
	far_provider_close(&p);
}

static void
who_does_not_answer_is_asked_for_seldomer(void)
{
	struct replies_of of;
	char number[24];

	memset(p.replies.of, 0, sizeof(p.replies.of));
	replies_watch(&p.replies, "1", 1000, 0, 10);
	CHECK(!replies_due(&p.replies, 9, &of) && replies_due(&p.replies, 10, &of));
	CHECK(of.since == 700);
	/* however often it is told */
	replies_watch(&p.replies, "1", 1000, 9, 10);
	CHECK(replies_due(&p.replies, 10, &of));
	replies_asked(&p.replies, "1", 19, 1);
	replies_watch(&p.replies, "1", 1000, 0, 10);
	CHECK(replies_due(&p.replies, 10, &of));
	replies_asked(&p.replies, "1", 10, 10);
	CHECK(!replies_due(&p.replies, 19, &of) && replies_due(&p.replies, 20, &of));
	replies_asked(&p.replies, "1", 3600 * US_PER_S, 10);
	CHECK(!replies_due(&p.replies, 3700 * US_PER_S, &of));
	CHECK(replies_due(&p.replies, 3780 * US_PER_S, &of));
	replies_asked(&p.replies, "1", 86400 * US_PER_S, 10);
	CHECK(!replies_due(&p.replies, INT64_MAX, &of));
	/* one too many takes the place of who was told longest ago */
	for (int i = 0; i <= REPLIES_NUMBERS; i++) {
		snprintf(number, sizeof(number), "%d", i + 100);
		replies_watch(&p.replies, number, 0, i, 10);
	}
	for (int i = 0; i <= REPLIES_NUMBERS; i++) {
		bool there = false;

		snprintf(number, sizeof(number), "%d", i + 100);
		for (int k = 0; k < REPLIES_NUMBERS; k++)
			there |= strcmp(p.replies.of[k].number, number) == 0;
		CHECK(there == (i > 0));
	}
	replies_watch(&p.replies, "123456789012345678901234567890", 0, 0, 10);
	replies_taken(&p.replies, "nobody", 1, "x");
}

static void
settings_of_calls_are_checked(void)
{
	static const struct { const char *settings, *words; } rows[] = {
		{ COMMON "templates = ();", "at least one" },
		{ COMMON "templates = ( { code = \"TTS_1\"; } );", "its code is a number" },
		{ COMMON "templates = ( { code = \"1\"; variables = (\"value\"); text = "
		  "\"测{1}和{2}\"; } );", "its text has 2 variables" },
		{ VOICE "times = 4;", "times" },
		{ VOICE "classes = (\"live\");", "there is no class \"live\"" },
		{ VOICE "region = \"Guangzhou\";", "region: \"Guangzhou\" is none" },
		{ VOICE "sign = \"xx\";", "sign" },
		{ "url = \"URL\"; key_id = \"A\"; secret = \"SECRET\"; app = \"14x\"; templates = ( "
		  "{ code = \"1\"; } );", "app: \"14x\" is no SdkAppId" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		CHECK(far_provider_load(&p, "tencent-voice", rows[i].settings) < 0);
		if (strstr(p.errors, rows[i].words) == NULL)
			fprintf(stderr, "%s not in: %s", rows[i].words, p.errors);
		CHECK(strstr(p.errors, rows[i].words) != NULL);
	}
	CHECK(far_provider_load(&p, "tencent-voice", VOICE "classes = (\"life\", \"system\");") == 0);
}

/* Nobody who asks is told what came of a call. */
static void
a_call_is_made(void)
{
	struct notice m = notice("00c0ffee-20");
	struct way_result r;

	far_provider_open(&p, "tencent-voice", VOICE "times = 2;");
	r = far_provider_send(&p, &m);
	CHECK(r.outcome == WAY_ACCEPTED &&
	    strcmp(r.provider, "12582bce-403c-11eb-96b8-525400476c37") == 0);
	CHECK(strstr(far_provider_last(&p), "\"action\": \"SendTtsVoice\"") != NULL);
	CHECK(strstr(far_provider_last(&p), "\"CalledNumber\": \"+8613800138000\"") != NULL);
	CHECK(strstr(far_provider_last(&p), "\"PlayTimes\": 2") != NULL);
	CHECK(strstr(far_provider_last(&p), "\"SessionContext\": \"00c0ffee-20\"") != NULL);
	CHECK(strstr(far_provider_last(&p), "[\"陆河城东[瓶装]气站2号\\\"探头\", \"22\"]") != NULL);
	CHECK(p.kind->receipt == NULL && !p.kind->idempotent);
	far_provider_close(&p);
	far_provider_open(&p, "tencent-voice", COMMON "templates = ( { code = \"1\"; } );");
	CHECK(far_provider_send(&p, &m).outcome == WAY_ACCEPTED);
	CHECK(strstr(far_provider_last(&p), "\"TemplateParamSet\": []") != NULL);
	CHECK(strstr(far_provider_last(&p), "\"PlayTimes\": 3") != NULL);
	far_provider_close(&p);
}

static void
codes_of_calls_say_what_is_to_be_done(void)
{
	static const struct {
		const char *mode;
		enum way_outcome outcome;
		bool for_good, capped, pause;
	} rows[] = {
		{ "error LimitExceeded.DeliveryFrequencyLimit", WAY_REFUSED, false, true, false },
		{ "error FailedOperation.ContainSensitiveWord", WAY_REFUSED, true, false, false },
		{ "error FailedOperation.TemplateIncorrectOrUnapproved", WAY_REFUSED, true, false,
		  false },
		{ "error FailedOperation.InsufficientBalanceInVoicePackage", WAY_REFUSED, false,
		  false, true },
		{ "error FailedOperation.PhonenumberUnappliedOrExpired", WAY_REFUSED, false, false,
		  true },
		{ "error FailedOperation.AccessUpstreamTimeout", WAY_UNKNOWN, false, false, false },
		{ "error InternalError.UpstreamError", WAY_UNKNOWN, false, false, false },
		{ "error InvalidParameterValue.CalledNumberVerifyFail", WAY_REFUSED, true, false,
		  false },
		{ "error InvalidParameterValue.SdkAppidNotExist", WAY_REFUSED, false, false, true },
		{ "error UnauthorizedOperation.SdkAppidIsDisabled", WAY_REFUSED, false, false,
		  true },
		{ "error UnauthorizedOperation.VoiceSdkAppidVerifyFail", WAY_REFUSED, false, false,
		  true },
		{ "error UnsupportedOperation", WAY_REFUSED, true, false, false },
		{ "nothing", WAY_UNKNOWN, false, false, false },
		{ "hang", WAY_UNKNOWN, false, false, false },
		{ "drop", WAY_UNKNOWN, false, false, false },
		{ "garbage", WAY_UNKNOWN, false, false, false },
		{ "list", WAY_UNKNOWN, false, false, false },
		{ "status 502", WAY_UNKNOWN, false, false, false },
	};
	struct notice m = notice("00c0ffee-21");

	far_provider_open(&p, "tencent-voice", VOICE);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct way_result r;

		far_provider_set(&p, "mode", rows[i].mode);
		r = far_provider_send(&p, &m);
		if (r.outcome != rows[i].outcome || (r.pause > 0) != rows[i].pause)
			fprintf(stderr, "%s: %s\n", rows[i].mode, r.why);
		CHECK(r.outcome == rows[i].outcome && r.for_good == rows[i].for_good);
		CHECK(r.capped == rows[i].capped && (r.pause > 0) == rows[i].pause);
		CHECK(r.provider[0] == '\0' && strpbrk(r.why, "\r\n") == NULL);
	}
	far_provider_set(&p, "mode", "");
	far_provider_close(&p);
}

static void
nobody_is_called_for_little_or_from_afar(void)
{
	struct notice m = notice("00c0ffee-22");

	far_provider_open(&p, "tencent-voice", VOICE);
	CHECK(p.kind->excepts(&p.conf) == 0x1du);
	m.purpose = NOTICE_RECOVERED;
	CHECK(far_provider_send(&p, &m).for_good);
	m.purpose = NOTICE_REPEAT;
	m.class = 0;
	CHECK(far_provider_send(&p, &m).for_good);
	m.purpose = NOTICE_TEST;
	CHECK(far_provider_send(&p, &m).outcome == WAY_ACCEPTED);
	m.address = "+85251234567";
	CHECK(far_provider_send(&p, &m).for_good);
	m.address = "13800138000";
	CHECK(far_provider_send(&p, &m).for_good);
	far_provider_close(&p);
}

int
main(void)
{
	far_provider_start(&p);
	RUN(the_printed_signature_comes_out);
	RUN(settings_are_checked);
	RUN(a_message_goes_and_is_delivered);
	RUN(values_are_cut_to_what_the_account_may);
	RUN(codes_say_what_is_to_be_done);
	RUN(what_is_no_answer_leaves_it_unknown);
	RUN(one_that_is_not_listed_is_not_sent_twice);
	RUN(who_cannot_be_reached_is_refused);
	RUN(replies_are_fetched);
	RUN(who_does_not_answer_is_asked_for_seldomer);
	RUN(settings_of_calls_are_checked);
	RUN(a_call_is_made);
	RUN(codes_of_calls_say_what_is_to_be_done);
	RUN(nobody_is_called_for_little_or_from_afar);
	far_provider_stop(&p);
	return 0;
}
