#include <stdio.h>
#include <string.h>

#include "../../protocols/cloud.h"
#include "../../protocols/senml.h"
#include "../check.h"

static uint8_t room[CLOUD_ARENA + 65536] __attribute__((aligned(16)));
static uint8_t more[1 << 20] __attribute__((aligned(16)));
static struct arena arena, of;
static struct cloud c;

static int
take(enum cloud_kind kind, const char *body)
{
	arena = (struct arena){ .at = room, .cap = sizeof(room) };
	return cloud_read(kind, body, strlen(body), &c, &arena);
}

/* The pack of the i-th device, read by a reader of SenML. */
static const struct senml_record *
records(size_t i)
{
	static struct senml pack;

	of = (struct arena){ .at = more, .cap = sizeof(more) };
	CHECK(i < c.n);
	if (senml_json(&pack, c.at[i].pack, c.at[i].len, 1, &of) < 0) {
		fprintf(stderr, "%.*s: %s\n", (int)c.at[i].len, c.at[i].pack, pack.why);
		CHECK(0);
	}
	return pack.first;
}

static void
bytes_by_ctwing(void)
{
	const struct senml_record *r;

	CHECK(take(CLOUD_CTWING, "{\"upPacketSN\":-1,\"topic\":\"v1/up/ad\","
	    "\"timestamp\":1528183966896,\"payload\":{\"APPdata\":\"AQ/+BA==\"},"
	    "\"messageType\":\"dataReport\",\"deviceId\":\"a8c6\",\"IMEI\":\"866123456789012\"}") == 0);
	CHECK(c.n == 1 && strcmp(c.at[0].ids[0], "866123456789012") == 0);
	CHECK(c.at[0].ids[1][0] == '\0' && strcmp(c.at[0].ids[2], "a8c6") == 0);
	r = records(0);
	CHECK(strcmp(r->name, "APPdata") == 0 && r->kind == SENML_DATA && r->len == 4);
	CHECK(memcmp(r->bytes, "\x01\x0f\xfe\x04", 4) == 0 && r->time == 1528183966896);
}

static void
values_and_events_by_ctwing(void)
{
	const struct senml_record *r;

	CHECK(take(CLOUD_CTWING, "[{\"messageType\":\"dataReport\",\"timestamp\":1528183966896,"
	    "\"deviceId\":\"d1\",\"payload\":{\"temperature\":21.5,\"open\":true,"
	    "\"none\":null,\"pos\":{\"x\":-7,\"y\":\"a\"}}},"
	    "{\"messageType\":\"eventReport\",\"deviceSn\":\"s2\",\"eventContent\":{\"smoke\":1}},"
	    "{\"messageType\":\"deviceOnlineOfflineReport\",\"deviceId\":\"d3\"}]") == 0);
	CHECK(c.n == 3 && c.at[0].values == 4 && c.at[1].values == 1 && c.at[2].values == 0);
	CHECK(c.at[2].why == NULL);
	r = records(0);
	CHECK(strcmp(r->name, "temperature") == 0 && r->number == 21.5);
	r = r->next;
	CHECK(strcmp(r->name, "open") == 0 && r->kind == SENML_BOOL && r->truth);
	r = r->next;
	CHECK(strcmp(r->name, "pos.x") == 0 && r->whole == -7);
	r = r->next;
	CHECK(strcmp(r->name, "pos.y") == 0 && r->kind == SENML_TEXT && r->len == 1);
	CHECK(r->next == NULL);
	CHECK(strcmp(c.at[1].ids[1], "s2") == 0 && strcmp(records(1)->name, "smoke") == 0);
}

static void
the_older_onenet(void)
{
	const struct senml_record *r;

	CHECK(take(CLOUD_ONENET, "{\"msg\":{\"type\":1,\"dev_id\":2016617,\"ds_id\":\"temp\","
	    "\"at\":\"1466133706841\",\"value\":42},\"msg_signature\":\"s\",\"nonce\":\"n\"}") == 0);
	CHECK(c.n == 1 && strcmp(c.at[0].ids[2], "2016617") == 0);
	r = records(0);
	CHECK(strcmp(r->name, "temp") == 0 && r->whole == 42 && r->time == 1466133706841);
	CHECK(take(CLOUD_ONENET, "{\"msg\":[{\"type\":1,\"dev_id\":1,\"ds_id\":\"3303_0_5700\","
	    "\"at\":1466133706841,\"value\":{\"a\":1,\"b\":2}},"
	    "{\"type\":2,\"dev_id\":1,\"status\":0,\"at\":1466133706841}]}") == 0);
	CHECK(c.n == 2 && c.at[0].values == 2 && c.at[1].values == 0);
	CHECK(strcmp(records(0)->name, "3303_0_5700.a") == 0);
}

static void
the_newer_onenet(void)
{
	const struct senml_record *r;

	CHECK(take(CLOUD_ONENET, "{\"signature\":\"x\",\"nonce\":\"n\",\"msg\":\"{\\\"notifyType\\\":"
	    "\\\"property\\\",\\\"deviceName\\\":\\\"dev1\\\",\\\"data\\\":{\\\"params\\\":{"
	    "\\\"temp\\\":{\\\"value\\\":21.5,\\\"time\\\":1599534283111},"
	    "\\\"humi\\\":{\\\"value\\\":40,\\\"time\\\":1599534283222}}}}\"}") == 0);
	CHECK(c.n == 1 && strcmp(c.at[0].ids[0], "dev1") == 0 && c.at[0].values == 2);
	r = records(0);
	CHECK(strcmp(r->name, "temp") == 0 && r->number == 21.5 && r->time == 1599534283111);
	CHECK(strcmp(r->next->name, "humi") == 0 && r->next->time == 1599534283222);
}

/* A text that is none, or of other units, is not a moment far away. */
static void
a_time_in_a_text_is_all_of_it(void)
{
	static const struct { const char *text; int64_t time; } row[] = {
		{ "1466133706841", 1466133706841 }, { "1466133706841000", 0 },
		{ "14661337068410001", 0 }, { "1466133706841Z", 0 }, { "1466133706", 0 },
		{ "", 0 }, { "-1466133706841", 0 },
	};

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		char text[200];

		snprintf(text, sizeof(text), "{\"msg\":{\"type\":1,\"dev_id\":2016617,"
		    "\"ds_id\":\"temp\",\"at\":\"%s\",\"value\":42}}", row[i].text);
		CHECK(take(CLOUD_ONENET, text) == 0);
		CHECK(records(0)->time == row[i].time);
	}
}

static void
what_cannot_be_named_is_skipped(void)
{
	CHECK(take(CLOUD_CTWING, "{\"deviceId\":\"d\",\"payload\":{\"\xe6\xb8\xa9\":1,\"ok\":2,"
	    "\" x\":3}}") == 0);
	CHECK(c.n == 1 && c.at[0].values == 1 && c.skipped == 2);
	CHECK(strcmp(records(0)->name, "ok") == 0);
}

/* What is lost is counted: somebody looks for it. */
static void
what_does_not_fit_is_skipped(void)
{
	static char large[CLOUD_PACK];
	char *at = large + sprintf(large, "{\"payload\":{\"APPdata\":\"");

	CHECK(take(CLOUD_CTWING, "{\"payload\":{\"list\":[1,2],\"ok\":2,"
	    "\"timed\":{\"value\":[3],\"time\":1528183966896}}}") == 0);
	CHECK(c.at[0].values == 1 && c.skipped == 2);
	memset(at, 'A', CLOUD_PACK / 2);
	strcpy(at + CLOUD_PACK / 2, "\"}}");
	CHECK(take(CLOUD_CTWING, large) == 0 && c.at[0].values == 0 && c.skipped == 1);
	at = large + sprintf(large, "{\"msg\":{\"type\":1,\"value\":1,\"ds_id\":\"");
	memset(at, 'a', 200);
	strcpy(at + 200, "\"}}");
	CHECK(take(CLOUD_ONENET, large) == 0 && c.at[0].values == 0 && c.skipped == 1);
}

static void
nonsense_is_refused(void)
{
	static char large[200000];
	static const char *const bad[] = { "", "7", "{", "[1]", "{\"deviceId\":", "[[{}]]" };
	static const char *const unsigned_[] = { "{}", "{\"msg\":\"enc:rypted\"}",
	    "{\"msg\":7}", "{\"msg\":\"7\"}" };
	char *at = large;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK(take(CLOUD_CTWING, bad[i]) < 0 && c.why != NULL && c.n == 0);
	for (size_t i = 0; i < sizeof(unsigned_) / sizeof(unsigned_[0]); i++)
		CHECK(take(CLOUD_ONENET, unsigned_[i]) < 0 && c.why != NULL && c.n == 0);
	at += sprintf(at, "[{}");
	for (int i = 0; i < CLOUD_MOST; i++)
		at += sprintf(at, ",{}");
	strcpy(at, "]");
	CHECK(take(CLOUD_CTWING, large) < 0 && strstr(c.why, "many messages") != NULL);
	at = large + sprintf(large, "{\"payload\":{\"x\":0");
	for (int i = 0; i < 300; i++)
		at += sprintf(at, ",\"x%d\":%d", i, i);
	strcpy(at, "}}");
	CHECK(take(CLOUD_CTWING, large) < 0 && strstr(c.why, "many values") != NULL);
	at = large + sprintf(large, "{\"payload\":");
	for (int i = 0; i < 500; i++)
		at += sprintf(at, "{\"a\":");
	at += sprintf(at, "1");
	memset(at, '}', 501);
	at[501] = '\0';
	CHECK(take(CLOUD_CTWING, large) == 0 && c.at[0].values == 0 && c.skipped == 1);
}

/* The signature is of the first of two msg, and a reader may take the last. */
static void
a_name_twice_is_refused(void)
{
	static const char *const bad[] = {
	    "{\"msg\":{\"dev_id\":1},\"nonce\":\"n\",\"signature\":\"s\",\"msg\":{\"dev_id\":2}}",
	    "{\"msg\":{\"dev_id\":1},\"m\\u0073g\":{\"dev_id\":2}}",
	    "{\"msg\":\"{\\\"dev_id\\\":1,\\\"dev_id\\\":2}\"}" };

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK(take(CLOUD_ONENET, bad[i]) < 0 && c.why != NULL && c.n == 0);
	CHECK(take(CLOUD_CTWING, "{\"deviceId\":\"d\",\"payload\":{\"a\":1,\"a\":2}}") < 0);
}

static struct cloud_seal seal;

static bool
sealed(const char *body)
{
	arena = (struct arena){ .at = room, .cap = sizeof(room) };
	return cloud_seal(body, strlen(body), &seal, &arena);
}

static bool
msg_is(const char *text)
{
	return seal.nmsg == strlen(text) && memcmp(seal.msg, text, seal.nmsg) == 0;
}

static void
what_is_signed_is_as_it_came(void)
{
	CHECK(sealed("{ \"x\":[1,{\"msg\":0}], \"msg\" : {\"a\": 1.50,\t\"b\":\"}\\\"\"} ,"
	    "\"nonce\":\"n0\",\"msg_signature\":\"s/+=\"}"));
	CHECK(msg_is("{\"a\": 1.50,\t\"b\":\"}\\\"\"}"));
	CHECK(seal.nnonce == 2 && seal.nsignature == 4 && memcmp(seal.signature, "s/+=", 4) == 0);
	CHECK(sealed("{\"msg\":\"{\\\"t\\\":\\\"\\u4e2d\\ud83d\\ude00\\/\\n\\\"}\",\"nonce\":\"\","
	    "\"signature\":\"s\"}"));
	CHECK(msg_is("{\"t\":\"\xe4\xb8\xad\xf0\x9f\x98\x80/\n\"}"));
	CHECK(sealed("{\"signature\":\"a\\/b\",\"msg\":7,\"nonce\":\"x\"}") && msg_is("7"));
	CHECK(seal.nsignature == 3);
}

static void
without_a_seal_there_is_none(void)
{
	static const char *const bad[] = { "", "[]", "{}", "{\"msg\":1,\"nonce\":\"n\"}",
	    "{\"msg\":1,\"signature\":\"s\"}", "{\"nonce\":\"n\",\"signature\":\"s\"}",
	    "{\"msg\":1,\"nonce\":2,\"signature\":\"s\"}", "{\"a\" \"msg\":1}",
	    "{\"msg\":,\"nonce\":\"n\",\"signature\":\"s\"}", "{\"msg\":{\"msg\":1" };

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK(!sealed(bad[i]));
}

int
main(void)
{
	RUN(bytes_by_ctwing);
	RUN(values_and_events_by_ctwing);
	RUN(the_older_onenet);
	RUN(the_newer_onenet);
	RUN(a_time_in_a_text_is_all_of_it);
	RUN(what_cannot_be_named_is_skipped);
	RUN(what_does_not_fit_is_skipped);
	RUN(nonsense_is_refused);
	RUN(a_name_twice_is_refused);
	RUN(what_is_signed_is_as_it_came);
	RUN(without_a_seal_there_is_none);
	return 0;
}
