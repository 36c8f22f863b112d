#include <string.h>

#include "../../gateway/tell/form.h"
#include "../../protocols/encode.h"
#include "../../protocols/json_find.h"
#include "../check.h"
#include "far_provider.h"

/* Providers of any kind by a template, and webhooks. */

#define BODY	"body = \"{{\\\"to\\\":\\\"{number}\\\",\\\"text\\\":\\\"{text}\\\"," \
		"\\\"key\\\":\\\"{secret}\\\",\\\"d\\\":\\\"{device}\\\"}}\"; "
#define ANY	"url = \"URL/any/send?id={id}\"; secret = \"SECRET\"; timeout = \"2s\"; " \
		"success = \"data.code=0\"; id = \"data.id\"; reason = \"message\"; " \
		"never = (\"1003\"); capped = (\"1009\"); " BODY
#define HOOK	"secret = \"SECRET\"; timeout = \"2s\";"

static struct far_provider p;

static const struct notice_variable variables[] = {
	{ "device", "k\"1\\</d>&{id}" }, { "value", "22" },
};

static struct notice
notice(void)
{
	return (struct notice){ .id = "00c0ffee-1", .contact = "owner",
	    .address = "+8613800138000", .language = "zh", .text = "油烟 5 高于设定值",
	    .variables = variables, .nvariables = 2, .purpose = NOTICE_ALARM, .class = 1,
	    .rule = "r", .device = "d", .code = "G52", .created = 1790000000000,
	    .expires = 1790000600000 };
}

static void
texts_are_encoded(void)
{
	static const struct { const char *in, *base64, *percent, *xml, *json; } rows[] = {
		{ "", "", "", "", "" },
		{ "a", "YQ==", "a", "a", "a" },
		{ "a b", "YSBi", "a%20b", "a b", "a b" },
		{ "<&>", "PCY+", "%3C%26%3E", "&lt;&amp;&gt;", "<&>" },
		{ "\"'\n~", "IicKfg==", "%22%27%0A~", "&quot;&#39; ~", "\\\"'\\n~" },
		{ "油", "5rK5", "%E6%B2%B9", "油", "油" },
	};
	uint8_t room[64];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *const wanted[] = { rows[i].base64, rows[i].percent, rows[i].xml,
		    rows[i].json };
		size_t n = strlen(rows[i].in);

		for (int k = 0; k < 4; k++) {
			struct buf to = { .at = room, .cap = sizeof(room) };

			if (k == 0)
				encode_base64(&to, rows[i].in, n);
			else
				(k == 1 ? encode_percent : k == 2 ? encode_xml : encode_json)
				    (&to, rows[i].in, n);
			CHECK(!to.bad && to.len == strlen(wanted[k]));
			CHECK(memcmp(room, wanted[k], to.len) == 0);
		}
	}
}

static void
answers_are_read(void)
{
	static const char text[] = "{\"a\":[{\"b\":1.5,\"c\":\"x\"},{\"b\":7}],\"t\":true,"
	    "\"f\":false,\"n\":null}";
	static const struct { const char *path, *is; bool there; } rows[] = {
		{ "a.0.b", "1.5", true }, { "a.0.c", "x", true }, { "a.1.b", "7", true },
		{ "a.2.b", "", false }, { "t", "true", true }, { "f", "", false },
		{ "n", "", false }, { "a", "", true }, { "a.x", "", false }, { "a..b", "", false },
		{ "", "", true }, { "a.0.c.d", "", false }, { "a.99999999999", "", false },
	};
	struct json_t *answer = json_answer(text, strlen(text));
	char out[16];

	CHECK(answer != NULL);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		CHECK(json_find(answer, rows[i].path, out, sizeof(out)) == rows[i].there);
		CHECK(strcmp(out, rows[i].is) == 0);
	}
	json_answer_end(answer);
	CHECK(json_answer("7", 1) == NULL && json_answer("{", 1) == NULL);
	CHECK(!json_find(NULL, "a", out, sizeof(out)));
}

static void
settings_are_checked(void)
{
	static const struct { const char *settings, *words; } rows[] = {
		{ "url = \"ftp://x\";", "must begin with http" },
		{ "url = \"URL/{nothing}\";", "at \"{nothing}\"" },
		{ "url = \"URL\"; body = \"{\\\"a\\\"\";", "braces hold a word" },
		{ "url = \"URL\"; body = \"{text:x}\";", "braces hold a word" },
		{ "url = \"URL\"; success = \"code\";", "PATH=VALUE" },
		{ "url = \"URL\"; receipt_url = \"URL\";", "go together" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		CHECK(far_provider_load(&p, "http", rows[i].settings) < 0);
		CHECK(strstr(p.errors, rows[i].words) != NULL);
	}
	CHECK(far_provider_load(&p, "webhook", "url = \"x\";") < 0);
	CHECK(far_provider_load(&p, "webhook",
	    "headers = (\"Idempotency-Key: 1\");") < 0);
	CHECK(strstr(p.errors, "written by other settings") != NULL);
	CHECK(far_provider_load(&p, "webhook", "") == 0);
}

static void
a_template_is_filled_in(void)
{
	struct notice m = notice();
	struct way_result r;

	far_provider_open(&p, "http", ANY "token = \"SECRET\";");
	r = far_provider_send(&p, &m);
	CHECK(r.outcome == WAY_ACCEPTED && strcmp(r.provider, "4711") == 0);
	CHECK(strstr(far_provider_last(&p), "\"query\": \"id=00c0ffee-1\"") != NULL);
	CHECK(strstr(far_provider_last(&p), "\\\"to\\\":\\\"13800138000\\\"") != NULL);
	CHECK(strstr(far_provider_last(&p), "k\\\\\\\"1\\\\\\\\</d>&{id}") != NULL);
	CHECK(strstr(far_provider_last(&p), "\"Bearer not to be shown\"") != NULL);
	far_provider_close(&p);
	far_provider_open(&p, "http", "url = \"URL/any/send\"; escape = \"form\"; type = "
	    "\"application/x-www-form-urlencoded\"; body = \"d={device}&n={number}\";");
	CHECK(far_provider_send(&p, &m).outcome == WAY_ACCEPTED);
	CHECK(strstr(far_provider_last(&p), "d=k%221%5C%3C%2Fd%3E%26%7Bid%7D&n=138") != NULL);
	far_provider_close(&p);
	far_provider_open(&p, "http", "url = \"URL/any/send?t={text}\"; method = \"GET\";");
	CHECK(far_provider_send(&p, &m).outcome == WAY_ACCEPTED);
	CHECK(strstr(far_provider_last(&p), "\"GET\"") != NULL);
	CHECK(strstr(far_provider_last(&p), "t=%E6%B2%B9") != NULL);
	far_provider_close(&p);
	far_provider_open(&p, "http", "url = \"URL/any/send\"; method = \"PUT\"; type = "
	    "\"text/xml\"; escape = \"xml\"; body = \"<m>{device}</m>\";");
	CHECK(far_provider_send(&p, &m).outcome == WAY_ACCEPTED);
	CHECK(strstr(far_provider_last(&p), "<m>k&quot;1\\\\&lt;/d&gt;&amp;{id}</m>") != NULL);
	CHECK(strstr(far_provider_last(&p), "\"PUT\"") != NULL);
	far_provider_close(&p);
}

static void
answers_come_to_what_is_set(void)
{
	static const struct {
		const char *mode;
		enum way_outcome outcome;
		bool for_good, capped, pause;
	} rows[] = {
		{ "say {\"data\":{\"code\":1003},\"message\":\"bad\"}", WAY_REFUSED, true, false, false },
		{ "say {\"data\":{\"code\":1009}}", WAY_REFUSED, false, true, false },
		{ "say {\"data\":{\"code\":\"0\"}}", WAY_ACCEPTED, false, false, false },
		{ "say {\"message\":\"not to be shown\"}", WAY_REFUSED, false, false, true },
		{ "say 0,ok", WAY_UNKNOWN, false, false, false },
		{ "status 404", WAY_REFUSED, false, false, true },
		{ "status 429", WAY_REFUSED, false, false, false },
		{ "status 500", WAY_UNKNOWN, false, false, false },
		{ "hang", WAY_UNKNOWN, false, false, false },
		{ "drop", WAY_UNKNOWN, false, false, false },
		{ "page", WAY_UNKNOWN, false, false, false },
		{ "deep", WAY_UNKNOWN, false, false, false },
		{ "huge", WAY_UNKNOWN, false, false, false },
	};
	struct notice m = notice();

	far_provider_open(&p, "http", ANY);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct way_result r;

		far_provider_set(&p, "mode", rows[i].mode);
		r = far_provider_send(&p, &m);
		CHECK(r.outcome == rows[i].outcome && r.for_good == rows[i].for_good);
		CHECK(r.capped == rows[i].capped && (r.pause > 0) == rows[i].pause);
	}
	far_provider_close(&p);
	far_provider_open(&p, "http", "url = \"URL/any/x\"; contains = \"0,ok\";");
	far_provider_set(&p, "mode", "say 0,ok 17");
	CHECK(far_provider_send(&p, &m).outcome == WAY_ACCEPTED);
	far_provider_set(&p, "mode", "say 7,no");
	CHECK(far_provider_send(&p, &m).outcome == WAY_REFUSED);
	far_provider_set(&p, "mode", "");
	far_provider_close(&p);
}

/* Nor is the beginning of a secret, where the words were cut in the middle of it. */
static void
no_part_of_a_secret_is_shown(void)
{
	char mode[200];
	struct notice m = notice();
	struct way_result r;

	far_provider_open(&p, "http", ANY);
	for (int before = 76; before < 90; before++) {
		snprintf(mode, sizeof(mode), "say {\"message\":\"%.*s not to be shown\"}", before,
		    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");
		far_provider_set(&p, "mode", mode);
		r = far_provider_send(&p, &m);
		CHECK(r.outcome == WAY_REFUSED && strstr(r.why, "not to b") == NULL);
	}
	far_provider_set(&p, "mode", "");
	far_provider_close(&p);
}

static void
receipts_are_asked_for(void)
{
	struct notice m = notice();

	far_provider_open(&p, "http", ANY "receipt_url = \"URL/any/state?id={provider}\"; "
	    "delivered = \"state=DELIVRD\"; failed = \"state=UNDELIV\";");
	far_provider_set(&p, "receipt", "DELIVRD");
	CHECK(far_provider_receipt(&p, &m, "47 11").outcome == WAY_DELIVERED);
	CHECK(strstr(far_provider_last(&p), "id=47%2011") != NULL);
	far_provider_set(&p, "receipt", "UNDELIV");
	CHECK(far_provider_receipt(&p, &m, "4711").outcome == WAY_REFUSED);
	far_provider_set(&p, "receipt", "");
	CHECK(far_provider_receipt(&p, &m, "4711").outcome == WAY_ACCEPTED);
	/* it was not answered: there is nothing to ask by */
	CHECK(far_provider_receipt(&p, &m, "").outcome == WAY_UNKNOWN);
	far_provider_set(&p, "mode", "status 503");
	CHECK(far_provider_receipt(&p, &m, "4711").outcome == WAY_UNKNOWN);
	far_provider_set(&p, "mode", "");
	far_provider_close(&p);
	far_provider_open(&p, "http", ANY);
	CHECK(far_provider_receipt(&p, &m, "4711").outcome == WAY_UNKNOWN);
	far_provider_close(&p);
}

/* The nth example of the manual, with our server in place of the one it names. */
static void
open_example(int n, const char *url, const char *here)
{
	static char page[1 << 17], settings[4096];
	FILE *f = fopen("docs/configuration.md", "r");
	const char *at, *end;
	char *out = settings;

	CHECK(f != NULL);
	page[fread(page, 1, sizeof(page) - 1, f)] = '\0';
	fclose(f);
	at = strstr(page, "\n### ways: http\n");
	CHECK(at != NULL);
	for (int i = 0; i < n; i++) {
		at = strstr(at + 1, "\nways = ( {\n");
		CHECK(at != NULL);
	}
	at = strstr(at, "kind = \"http\";") + strlen("kind = \"http\";");
	end = strstr(at, "\n} );\n");
	CHECK(end != NULL && (size_t)(end - at) < sizeof(settings) / 2);
	while (at < end)
		if (strncmp(at, url, strlen(url)) == 0) {
			out += sprintf(out, "URL%s", here);
			at += strlen(url);
		} else if (strncmp(at, "cred:", 5) == 0) {
			out += sprintf(out, "SECRET");
			at += strcspn(at, "\"");
		} else {
			*out++ = *at++;
		}
	strcpy(out, " timeout = \"2s\";");
	far_provider_open(&p, "http", settings);
}

static void
the_examples_of_the_manual_send(void)
{
	struct notice m = notice();
	struct way_result r;

	m.text = "油烟 5% & 高";
	open_example(1, "https://sms.example/v1/send", "/any/plain");
	r = far_provider_send(&p, &m);
	CHECK(r.outcome == WAY_ACCEPTED && strcmp(r.provider, "4711") == 0);
	far_provider_set(&p, "mode", "say {\"code\":1003}");
	CHECK(far_provider_send(&p, &m).for_good);
	far_provider_set(&p, "mode", "");
	far_provider_close(&p);
	open_example(2, "https://api-v4.mysubmail.com/sms/send.json", "/any/form");
	r = far_provider_send(&p, &m);
	CHECK(r.outcome == WAY_ACCEPTED && strcmp(r.provider, "093c0a7d") == 0);
	m.address = "x";
	r = far_provider_send(&p, &m);
	CHECK(r.outcome == WAY_REFUSED && strstr(r.why, "252 no number") != NULL);
	m.address = "+8613800138000";
	far_provider_close(&p);
	open_example(3, "https://voice.example/v1/calls", "/any/calls");
	r = far_provider_send(&p, &m);
	CHECK(r.outcome == WAY_ACCEPTED && strcmp(r.provider, "77") == 0);
	far_provider_set(&p, "receipt", "ringing");
	CHECK(far_provider_receipt(&p, &m, "77").outcome == WAY_ACCEPTED);
	far_provider_set(&p, "receipt", "answered");
	CHECK(far_provider_receipt(&p, &m, "").outcome == WAY_DELIVERED);
	far_provider_set(&p, "receipt", "failed");
	CHECK(far_provider_receipt(&p, &m, "77").outcome == WAY_REFUSED);
	/* of one that is not known there nobody knows whether it went */
	m.id = "00c0ffee-2";
	CHECK(far_provider_receipt(&p, &m, "").outcome == WAY_UNKNOWN);
	far_provider_set(&p, "receipt", "");
	far_provider_close(&p);
}

/* What refuses with a word has its codes elsewhere. */
static void
codes_may_stand_elsewhere(void)
{
	struct notice m = notice();

	far_provider_open(&p, "http", "url = \"URL/any/x\"; success = \"status=ok\"; "
	    "code = \"e.code\"; never = (\"9\"); capped = (\"8\");");
	far_provider_set(&p, "mode", "say {\"status\":\"no\",\"e\":{\"code\":9}}");
	CHECK(far_provider_send(&p, &m).for_good);
	far_provider_set(&p, "mode", "say {\"status\":\"no\",\"e\":{\"code\":8}}");
	CHECK(far_provider_send(&p, &m).capped);
	far_provider_set(&p, "mode", "say {\"status\":\"8\"}");
	CHECK(!far_provider_send(&p, &m).capped);
	far_provider_set(&p, "mode", "");
	far_provider_close(&p);
}

static void
webhooks_are_signed(void)
{
	struct notice m = notice();
	char url[80];

	snprintf(url, sizeof(url), "%s/hook", p.url);
	m.address = url;
	far_provider_open(&p, "webhook", HOOK);
	CHECK(far_provider_send(&p, &m).outcome == WAY_DELIVERED);
	CHECK(strstr(far_provider_last(&p), "\"key\": \"00c0ffee-1\"") != NULL);
	CHECK(strstr(far_provider_last(&p), "\"text\": \"油烟 5 高于设定值\"") != NULL);
	far_provider_set(&p, "mode", "hang");
	CHECK(far_provider_send(&p, &m).outcome == WAY_UNKNOWN);
	far_provider_set(&p, "mode", "huge");
	CHECK(far_provider_send(&p, &m).outcome == WAY_DELIVERED);
	far_provider_set(&p, "mode", "page");
	CHECK(far_provider_send(&p, &m).outcome == WAY_REFUSED);
	far_provider_set(&p, "mode", "status 410");
	CHECK(far_provider_send(&p, &m).for_good);
	far_provider_set(&p, "mode", "status 500");
	CHECK(far_provider_send(&p, &m).outcome == WAY_UNKNOWN);
	far_provider_set(&p, "mode", "");
	m.address = "";
	CHECK(far_provider_send(&p, &m).for_good);
	far_provider_close(&p);
	far_provider_open(&p, "webhook", HOOK "url = \"URL/hook\";");
	CHECK(far_provider_send(&p, &m).outcome == WAY_DELIVERED);
	m.address = "http://127.0.0.1:1/";
	CHECK(far_provider_send(&p, &m).outcome == WAY_REFUSED);
	m.address = "file:///etc/passwd";
	CHECK(far_provider_send(&p, &m).outcome == WAY_REFUSED);
	far_provider_close(&p);
}

int
main(void)
{
	far_provider_start(&p);
	RUN(texts_are_encoded);
	RUN(answers_are_read);
	RUN(settings_are_checked);
	RUN(a_template_is_filled_in);
	RUN(answers_come_to_what_is_set);
	RUN(no_part_of_a_secret_is_shown);
	RUN(receipts_are_asked_for);
	RUN(codes_may_stand_elsewhere);
	RUN(the_examples_of_the_manual_send);
	RUN(webhooks_are_signed);
	far_provider_stop(&p);
	return 0;
}
