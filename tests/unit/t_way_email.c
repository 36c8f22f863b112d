#include <string.h>

#include "../../protocols/mail.h"
#include "../check.h"
#include "far_provider.h"

/* E-mail: the message, and the way before a server of SMTP. */

#define MAIL	"url = \"smtp://127.0.0.1:MAILPORT\"; from = \"alarm@example.com\"; " \
		"timeout = \"3s\"; "
#define PLAIN	MAIL "starttls = \"none\"; "
#define SURE	MAIL "user = \"box\"; password = \"SECRET\"; ca = \"FOLDER/mail.pem\"; "

static struct far_provider p;

static const struct notice_variable variables[] = {
	{ "device", "k\r\nBcc: <all@example.com>" },
};

static struct notice
notice(void)
{
	return (struct notice){ .id = "00c0ffee-1", .contact = "owner",
	    .address = "owner@example.com", .language = "zh",
	    .text = "油烟 5 高于设定值\n.\n第二行", .variables = variables, .nvariables = 1,
	    .purpose = NOTICE_ALARM, .class = 1, .rule = "r", .device = "d", .code = "" };
}

static void
a_message_is_as_it_must_be(void)
{
	static const char is[] =
	    "Date: Wed, 25 Nov 2026 23:45:00 +0000\r\n"
	    "From: =?UTF-8?B?5rK554Of?=\r\n <a@b.c>\r\nTo: <d@e.f>\r\n"
	    "Subject: =?UTF-8?B?YSAgYg==?=\r\nMessage-ID: <x-1@b.c>\r\n"
	    "Auto-Submitted: auto-generated\r\nImportance: high\r\nX-Priority: 1\r\n"
	    "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=UTF-8\r\n"
	    "Content-Transfer-Encoding: base64\r\n\r\nLg==\r\n";
	struct mail m = { "a@b.c", "油烟", "d@e.f", "", "a\r\nb", ".", "x-1",
	    1795650300, true };
	uint8_t room[1024];
	struct buf to = { .at = room, .cap = sizeof(room) };

	CHECK(mail_message(&to, &m) && to.len == strlen(is) && memcmp(room, is, to.len) == 0);
	to = (struct buf){ .at = room, .cap = 100 };
	CHECK(!mail_message(&to, &m));
	m.to = "d@e.f>\r\nBcc: <x@y.z";
	to = (struct buf){ .at = room, .cap = sizeof(room) };
	CHECK(!mail_message(&to, &m) && to.len == 0);
}

static void
dates_are_of_the_calendar(void)
{
	static const struct { int64_t s; const char *is; } rows[] = {
		{ 0, "Thu, 1 Jan 1970 00:00:00" }, { 951782399, "Mon, 28 Feb 2000 23:59:59" },
		{ 951782400, "Tue, 29 Feb 2000 00:00:00" },
		{ 1709251199, "Thu, 29 Feb 2024 23:59:59" },
		{ 1735689599, "Tue, 31 Dec 2024 23:59:59" },
		{ 2147483648, "Tue, 19 Jan 2038 03:14:08" },
		{ 4107542400, "Mon, 1 Mar 2100 00:00:00" },
	};
	struct mail m = { "a@b.c", "", "d@e.f", "", "", "", "x", 0, false };
	uint8_t room[1024];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf to = { .at = room, .cap = sizeof(room) };

		m.date = rows[i].s;
		CHECK(mail_message(&to, &m));
		CHECK(memcmp(room + 6, rows[i].is, strlen(rows[i].is)) == 0);
	}
}

static void
addresses_are_looked_at(void)
{
	static const char *const bad[] = { "", "a", "@b", "a@", "a b@c", "a@b\r\nX: y", "<a@b>",
	    "a@b>", "a@b,c@d", "\"a b\"@c", "油@b" };

	CHECK(mail_address("a.b+c@d-e.f") && mail_address("a@localhost"));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK(!mail_address(bad[i]));
}

static void
settings_are_checked(void)
{
	static const struct { const char *settings, *words; } rows[] = {
		{ "url = \"http://x\"; from = \"a@b\";", "must be smtp://" },
		{ "url = \"smtp://x/y\"; from = \"a@b\";", "must be smtp://" },
		{ "url = \"smtp://x\"; from = \"a\";", "is no address" },
		{ MAIL "subject = \"{x}\";", "braces hold a word" },
		{ PLAIN "user = \"a\"; password = \"SECRET\";", "by TLS only" },
		{ MAIL "password = \"SECRET\";", "wants a user" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		CHECK(far_provider_load(&p, "email", rows[i].settings) < 0);
		CHECK(strstr(p.errors, rows[i].words) != NULL);
	}
}

static void
a_message_goes_by_tls(void)
{
	struct notice m = notice();
	struct way_result r;

	far_provider_open(&p, "email", SURE "sender = \"监测\"; subject = \"[{class}] {device}\";");
	r = far_provider_send(&p, &m);
	CHECK(r.outcome == WAY_ACCEPTED && strcmp(r.provider, "00c0ffee-1") == 0);
	CHECK(strstr(far_provider_last(&p), "\"tls\": true") != NULL);
	CHECK(strstr(far_provider_last(&p), "\"user\": \"box\"") != NULL);
	CHECK(strstr(far_provider_last(&p), "\"subject\": \"[life] k\"") != NULL);
	CHECK(strstr(far_provider_last(&p), "\"id\": \"<00c0ffee-1@example.com>\"") != NULL);
	CHECK(strstr(far_provider_last(&p), "油烟 5 高于设定值\\n.\\n第二行") != NULL);
	CHECK(strstr(far_provider_last(&p), "监测 <alarm@example.com>") != NULL);
	CHECK(strstr(far_provider_last(&p), "\"heads\": 11") != NULL);
	far_provider_set(&p, "secret", "another\n");
	r = far_provider_send(&p, &m);
	CHECK(r.outcome == WAY_REFUSED && !r.for_good && strstr(r.why, "does not know us"));
	far_provider_set(&p, "secret", "not to be shown\n");
	far_provider_set(&p, "mode", "no tls");
	r = far_provider_send(&p, &m);
	CHECK(r.outcome == WAY_REFUSED && strstr(r.why, "speaks no TLS") != NULL);
	far_provider_set(&p, "mode", "");
	far_provider_close(&p);
	far_provider_open(&p, "email", MAIL);	/* nobody vouches for it */
	r = far_provider_send(&p, &m);
	CHECK(r.outcome == WAY_REFUSED && strstr(r.why, "certificate") != NULL);
	far_provider_close(&p);
}

static void
what_the_server_says_counts(void)
{
	static const struct {
		const char *mode;
		enum way_outcome outcome;
		bool for_good, pause;
	} rows[] = {
		{ "code 550", WAY_REFUSED, true, false }, { "code 451", WAY_REFUSED, false, true },
		{ "code 552", WAY_REFUSED, true, false }, { "end 554", WAY_REFUSED, true, false },
		{ "end 452", WAY_REFUSED, false, true }, { "hang", WAY_UNKNOWN, false, false },
		{ "drop", WAY_UNKNOWN, false, false }, { "mute", WAY_REFUSED, false, false },
		{ "garbage", WAY_REFUSED, false, false },
	};
	struct notice m = notice();
	struct way_result r;

	far_provider_open(&p, "email", PLAIN);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		far_provider_set(&p, "mode", rows[i].mode);
		r = far_provider_send(&p, &m);
		CHECK(r.outcome == rows[i].outcome && r.for_good == rows[i].for_good);
		CHECK((r.pause > 0) == rows[i].pause);
	}
	far_provider_set(&p, "mode", "");
	CHECK(far_provider_send(&p, &m).outcome == WAY_ACCEPTED);
	m.address = "owner@example.com>\r\nRCPT TO:<all@example.com";
	CHECK(far_provider_send(&p, &m).for_good);
	far_provider_close(&p);
	far_provider_open(&p, "email", "url = \"smtp://127.0.0.1:1\"; from = \"a@b\";");
	m.address = "owner@example.com";
	r = far_provider_send(&p, &m);
	CHECK(r.outcome == WAY_REFUSED && strstr(r.why, "cannot connect") != NULL);
	far_provider_close(&p);
}

/* A subject of any length and any bytes is one header, of short lines. */
static void
long_subjects_are_folded(void)
{
	struct notice m = notice();
	char text[2000] = "";

	for (int i = 0; i < 60; i++)
		strcat(text, "可燃气高于设定");
	m.text = text;
	far_provider_open(&p, "email", PLAIN);
	CHECK(far_provider_send(&p, &m).outcome == WAY_ACCEPTED);
	CHECK(strstr(far_provider_last(&p), "\"longest\": 76") != NULL);
	CHECK(strstr(far_provider_last(&p), "\"subject\": \"可燃气高于设定可燃气") != NULL);
	far_provider_close(&p);
}

int
main(void)
{
	far_provider_start(&p);
	RUN(a_message_is_as_it_must_be);
	RUN(dates_are_of_the_calendar);
	RUN(addresses_are_looked_at);
	RUN(settings_are_checked);
	RUN(a_message_goes_by_tls);
	RUN(what_the_server_says_counts);
	RUN(long_subjects_are_folded);
	far_provider_stop(&p);
	return 0;
}
