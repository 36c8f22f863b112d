#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../gateway/tell/way.h"
#include "../check.h"

static char folder[] = "/tmp/t_way_file.XXXXXX";
static char path[64];
static unsigned char room[4096];
static const struct way_kind *kind;

static const struct notice_variable variables[] = {
	{ "device", "kitchen\"1" }, { "value", "52.0" },
};

static struct notice
notice(const char *id)
{
	return (struct notice){ .id = id, .contact = "owner", .address = "+8613800138000",
	    .language = "zh", .text = "可燃气 52 %LEL 高于设定值", .variables = variables,
	    .nvariables = 2, .purpose = NOTICE_ALARM, .class = 1, .priority = 3,
	    .rule = "lel-high", .device = "kitchen/lel", .code = "G52",
	    .created = 1790000000000, .expires = 1790000600000 };
}

static int
open_way(char why[160])
{
	static const char *own[1];
	static struct way_conf conf = { .name = "sms", .own = own };
	static struct way_env env = { .conf = &conf };

	own[0] = path;
	memset(room, 0, sizeof(room));
	return kind->open(room, &env, why, 160);
}

static size_t
content(char *text, size_t n)
{
	FILE *f = fopen(path, "r");
	size_t len;

	CHECK(f != NULL);
	len = fread(text, 1, n - 1, f);
	text[len] = '\0';
	fclose(f);
	return len;
}

static void
a_message_is_one_line(void)
{
	struct notice m = notice("00c0ffee-17");
	struct way_result r = { .outcome = WAY_UNKNOWN };
	char text[8192], why[160];

	CHECK(open_way(why) == 0);
	kind->send(room, &m, &r);
	CHECK(r.outcome == WAY_DELIVERED && r.why[0] == '\0');
	content(text, sizeof(text));
	CHECK(strcmp(text, "{\"id\":\"00c0ffee-17\",\"created\":1790000000000,"
	    "\"expires\":1790000600000,\"contact\":\"owner\",\"address\":\"+8613800138000\","
	    "\"language\":\"zh\",\"purpose\":\"alarm\",\"class\":\"life\",\"priority\":\"urgent\","
	    "\"rule\":\"lel-high\",\"device\":\"kitchen/lel\",\"code\":\"G52\","
	    "\"text\":\"可燃气 52 %LEL 高于设定值\","
	    "\"variables\":{\"device\":\"kitchen\\\"1\",\"value\":\"52.0\"}}\n") == 0);
	kind->close(room);
}

static void
a_receipt_knows_what_was_written(void)
{
	struct notice there = notice("00c0ffee-17"), not = notice("00c0ffee-1");
	struct way_result r = { .outcome = WAY_UNKNOWN };
	char why[160];

	CHECK(open_way(why) == 0);
	kind->receipt(room, &there, "", &r);
	CHECK(r.outcome == WAY_DELIVERED);
	kind->receipt(room, &not, "", &r);
	CHECK(r.outcome == WAY_REFUSED && r.why[0] != '\0');
	/* and across pieces of a long file */
	for (int i = 0; i < 400; i++) {
		char id[32];
		struct notice m;

		snprintf(id, sizeof(id), "00c0ffee-%d", 1000 + i);
		m = notice(id);
		kind->send(room, &m, &r);
		CHECK(r.outcome == WAY_DELIVERED);
	}
	for (int i = 0; i < 400; i++) {
		char id[32];
		struct notice m;

		snprintf(id, sizeof(id), "00c0ffee-%d", 1000 + i);
		m = notice(id);
		kind->receipt(room, &m, "", &r);
		CHECK(r.outcome == WAY_DELIVERED);
	}
	kind->close(room);
}

static void
half_a_line_spoils_only_itself(void)
{
	struct notice m = notice("00c0ffee-5");
	struct way_result r = { .outcome = WAY_UNKNOWN };
	char text[2048], why[160];
	FILE *f = fopen(path, "w");

	CHECK(f != NULL && fputs("{\"id\":\"00c0f", f) >= 0 && fclose(f) == 0);
	CHECK(open_way(why) == 0);
	kind->send(room, &m, &r);
	CHECK(r.outcome == WAY_DELIVERED);
	content(text, sizeof(text));
	CHECK(strncmp(text, "{\"id\":\"00c0f\n{\"id\":\"00c0ffee-5\"", 31) == 0);
	kind->close(room);
}

static void
a_file_that_was_taken_away_is_made_anew(void)
{
	struct notice m = notice("00c0ffee-6");
	struct way_result r = { .outcome = WAY_UNKNOWN };
	char text[2048], why[160];

	CHECK(open_way(why) == 0);
	CHECK(unlink(path) == 0);
	kind->send(room, &m, &r);
	CHECK(r.outcome == WAY_DELIVERED);
	CHECK(content(text, sizeof(text)) > 100);
	kind->close(room);
}

static void
what_cannot_be_written_is_refused(void)
{
	char why[160] = "", text[9000];
	struct notice m = notice("00c0ffee-7");
	struct way_result r = { .outcome = WAY_UNKNOWN };

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	m.text = text;
	CHECK(open_way(why) == 0);
	kind->send(room, &m, &r);
	CHECK(r.outcome == WAY_REFUSED && r.for_good);
	kind->close(room);
	CHECK(unlink(path) == 0 && mkdir(path, 0700) == 0);
	CHECK(open_way(why) == -1 && why[0] != '\0');
	CHECK(rmdir(path) == 0);
}

int
main(void)
{
	for (size_t i = 0; way_kind_at(i) != NULL; i++)
		if (strcmp(way_kind_at(i)->name, "file") == 0)
			kind = way_kind_at(i);
	CHECK(kind != NULL && kind->size <= sizeof(room));
	CHECK(mkdtemp(folder) != NULL);
	snprintf(path, sizeof(path), "%s/out.jsonl", folder);
	RUN(a_message_is_one_line);
	RUN(a_receipt_knows_what_was_written);
	RUN(half_a_line_spoils_only_itself);
	RUN(a_file_that_was_taken_away_is_made_anew);
	RUN(what_cannot_be_written_is_refused);
	rmdir(folder);
	return 0;
}
