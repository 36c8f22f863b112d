#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "../../devices/basis.h"
#include "../../gateway/clock.h"
#include "../../gateway/uplink/conflicts.h"
#include "../../gateway/uplink/influx_conf.h"
#include "../../rules/class.h"
#include "../check.h"
#include "http_server.h"
#include "line_parser.h"

#define LINES	1000
#define WIDE	99	/* more faults than any case has */

extern const struct uplink influx_uplink;

const struct series *
reader_series(struct reader *reader, uint32_t id)
{
	static const struct series all[] = {
		{ .id = 1, .device = "kitchen/fume", .point = "fume", .unit = "mg/m3", .raw = "f32" },
		{ .id = 2, .device = "gas shop", .point = "a,b=c", .unit = "", .raw = "f32" },
		{ .id = 3, .device = "kitchen/fume", .point = "flow", .unit = "m3/h", .raw = "f32" },
		{ .id = 4, .device = "kitchen/fume", .point = "fan", .unit = "", .raw = "f32" },
		{ .id = 5, .device = "river/north/one", .point = "level", .unit = "m", .raw = "f32" },
		{ .id = 6, .device = "kitchen/fume", .point = "fume_ref", .unit = "mg/m3",
		  .raw = "f64", .basis = BASIS_RATED },
	};

	(void)reader;
	return id >= 1 && id <= 6 ? &all[id - 1] : NULL;
}

/* A database that stores every good line, with a memory of each request. */
static struct {
	char		 script[8000];	/* an answer instead; "" : be a database */
	bool		 hang, drop;
	const char	*bad;		/* a line with this is bad */
	bool		 typed;		/* for its type */
	bool		 curt;		/* and the answer tells nothing of it */
	const char	*all;		/* words of a 400 for whatever comes */
	size_t		 most;		/* lines in a request, else 413; 0: any */
	unsigned	 busy_after;	/* so many requests; 0: never */
	struct request	 last;
	unsigned	 requests;
	char		 stored[LINES][600];
	unsigned	 times[LINES];	/* that it was sent in a request that was taken */
	size_t		 n;
} db;

static void
store_line(const char *line, size_t n, bool whole)
{
	size_t i = 0;

	while (i < db.n && (strlen(db.stored[i]) != n || memcmp(db.stored[i], line, n) != 0))
		i++;
	if (i == db.n) {
		CHECK(db.n < LINES && n < sizeof(db.stored[0]));
		memcpy(db.stored[i], line, n);
		db.stored[i][n] = '\0';
		db.times[i] = 0;
		db.n++;
	}
	db.times[i] += whole;
}

static bool
has(const char *line, size_t n, const char *what)
{
	return what != NULL && memmem(line, n, what, strlen(what)) != NULL;
}

static bool
be_a_database(int fd, const struct request *r)
{
	bool bad = has(r->body, r->len, db.bad);
	size_t lines = 0;
	char text[400];

	for (const char *at = r->body; *at != '\0'; at += strcspn(at, "\n") + 1)
		lines++;
	if (db.most != 0 && lines > db.most) {
		http_say(fd, "HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n");
		return true;
	}
	for (const char *at = r->body; *at != '\0'; at += strcspn(at, "\n") + 1)
		if (!has(at, strcspn(at, "\n"), db.bad))
			store_line(at, strcspn(at, "\n"), !bad);
	if (bad && db.curt) {
		http_say(fd, "HTTP/1.1 400 Bad Request\r\nContent-Length: 2\r\n\r\nno");
		return true;
	}
	snprintf(text, sizeof(text), bad ? "HTTP/1.1 400 Bad Request\r\nContent-Length: 52\r\n\r\n"
	    "{\"error\":\"partial write: %s tide\"}" :
	    "HTTP/1.1 204 No Content\r\n\r\n", db.typed ? "field type conflict:" :
	    "unable to parse this");
	http_say(fd, text);
	return true;
}

static bool
answer(int fd, const struct request *r, void *ctx)
{
	char text[500];

	(void)ctx;
	db.requests++;
	db.last = *r;
	if (db.hang)
		return sleep(1) == 0 && false;
	if (db.drop)
		return false;
	if (db.busy_after != 0 && db.requests > db.busy_after) {
		http_say(fd, "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n");
		return true;
	}
	if (db.all != NULL) {
		snprintf(text, sizeof(text), "HTTP/1.1 400 Bad Request\r\nContent-Length: %zu"
		    "\r\n\r\n%s", strlen(db.all), db.all);
		http_say(fd, text);
		return true;
	}
	if (db.script[0] == '\0')
		return be_a_database(fd, r);
	http_say(fd, db.script);
	return false;
}

static struct http_server server;
static struct uplink_conf conf;
static struct influx_conf own;
static struct uplink_env env;
static char folder[] = "/tmp/t_influx_uplink.XXXXXX";
static char url[100], why[200], secret[100];
static void *far;

static void
begin(void)
{
	memset(&db, 0, sizeof(db));
	http_server_start(&server, answer, NULL);
	snprintf(url, sizeof(url), "http://127.0.0.1:%d", server.port);
	conf = (struct uplink_conf){ .name = "city/tsdb", .select = "*", .batch = 100,
	    .batch_bytes = 65536, .own = &own };
	own = (struct influx_conf){ .http = { .url = url, .timeout = 30 * US_PER_S },
	    .database = "field & site",
	    .retention_policy = "", .org = "", .bucket = "",
	    .measurement = "tidegate", .measurements = {
	    "{measurement}", "{measurement}_alarm", "{measurement}_statistic",
	    "{measurement}_gap" }, .field = "", .gzip = 1 };
	env = (struct uplink_env){ .conf = &conf, .gateway = "sw 1", .store = 5,
	    .disk = disk_folder(folder, false) };
	far = calloc(1, influx_uplink.size);
	why[0] = '\0';
}

static void
open_far(void)
{
	if (influx_uplink.open(far, &env, why, sizeof(why)) != 0)
		fprintf(stderr, "open: %s\n", why);
	CHECK(why[0] == '\0');
}

static void
end(void)
{
	influx_uplink.close(far);
	free(far);
	disk_close((struct disk *)(uintptr_t)env.disk);
	http_server_stop(&server);
}

static struct entry
reading(uint64_t seq, struct value value)
{
	return (struct entry){ .seq = seq, .kind = ENTRY_READING, .clock_trusted = true,
	    .reading = { .series = 1, .time = 1700000000000 + (int64_t)seq, .value = value } };
}

static struct value
f32(float f)
{
	return (struct value){ .kind = VALUE_F32, .f = f };
}

static void
put(struct entry e)
{
	CHECK(influx_uplink.put(far, &e, STREAM_LIVE) == PUT_TAKEN);
}

static void
put_some(unsigned n)
{
	for (unsigned i = 1; i <= n; i++)
		put(reading(i, f32((float)i)));
}

static int
send_it(void)
{
	return influx_uplink.send(far, why, sizeof(why));
}

static struct parsed_line
stored(size_t i)
{
	struct parsed_line line;
	char text[400];

	CHECK(i < db.n);
	snprintf(text, sizeof(text), "%s\n", db.stored[i]);
	if (!line_parse(text, strlen(text), &line))
		fprintf(stderr, "no line: %s", text);
	CHECK(line_parse(text, strlen(text), &line));
	return line;
}

static const struct parsed_field *
field(const struct parsed_line *line, const char *key)
{
	for (size_t i = 0; i < line->nfields; i++)
		if (strcmp(line->fields[i].key, key) == 0)
			return &line->fields[i];
	return NULL;
}

static const char *
tag(const struct parsed_line *line, const char *key)
{
	for (size_t i = 0; i < line->ntags; i++)
		if (strcmp(line->tags[i].key, key) == 0)
			return line->tags[i].value;
	return "";
}

/* The lines of the file of refused entries, without the words. */
static unsigned
set_aside(const char *what)
{
	char path[100], line[9000];
	unsigned n = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/city.tsdb.rejected", folder);
	f = fopen(path, "r");
	if (f == NULL)
		return 0;
	while (fgets(line, sizeof(line), f) != NULL)
		n += line[0] != '#' && strstr(line, what) != NULL;
	fclose(f);
	return n;
}

static void
forget_set_aside(void)
{
	char path[100];

	snprintf(path, sizeof(path), "%s/city.tsdb.rejected", folder);
	unlink(path);
}

static void
request_is_as_the_database_wants_it(void)
{
	begin();
	open_far();
	put_some(3);
	CHECK(send_it() == 0);
	CHECK(strncmp(db.last.head, "POST /write?precision=ms&db=field%20%26%20site HTTP/1.1\r\n",
	    57) == 0);
	CHECK(db.last.packed && db.n == 3);
	CHECK(strstr(db.last.head, "Authorization") == NULL);
	own.gzip = 0;
	put_some(4);
	CHECK(send_it() == 0);
	CHECK(!db.last.packed && db.n == 4);
	own.gzip = -1;
	put_some(5);
	CHECK(send_it() == 0);
	CHECK(db.last.packed && db.n == 5);
	CHECK(server.connections == 1);		/* kept */
	CHECK(influx_uplink.pause(far) == 0 && influx_uplink.refused(far) == 0);
	CHECK(send_it() == 0 && db.requests == 3);	/* nothing to send */
	end();
}

static void
path_and_query_of_the_url_stand(void)
{
	begin();
	snprintf(url, sizeof(url), "http://127.0.0.1:%d/api/v2/write?org=o&bucket=b", server.port);
	own.database = "";
	open_far();
	put_some(1);
	CHECK(send_it() == 0);
	CHECK(strncmp(db.last.head, "POST /api/v2/write?org=o&bucket=b&precision=ms HTTP", 51) == 0);
	end();
}

static void
each_kind_of_value_has_its_field(void)
{
	struct entry e;
	struct parsed_line line;

	begin();
	open_far();
	put(reading(1, f32(10.07f)));
	put(reading(2, (struct value){ .kind = VALUE_I64, .i = -7 }));
	put(reading(3, (struct value){ .kind = VALUE_U64, .u = (1ULL << 53) + 1 }));
	put(reading(4, (struct value){ .kind = VALUE_U64, .u = UINT64_MAX }));
	put(reading(5, (struct value){ .kind = VALUE_BOOL, .b = true }));
	put(reading(6, (struct value){ .kind = VALUE_TEXT, .text = "a \"b\\" }));
	e = reading(7, (struct value){ 0 });
	e.reading.quality = (struct quality){ Q_COMM_FAILURE, QF_SIMULATED };
	put(e);
	e = reading(8, f32(99));
	e.reading.quality.code = Q_OUT_OF_RANGE;
	put(e);
	e = reading(9, f32(5));
	e.reading.quality.code = Q_AFTER_BARRIER;
	e.reading.series = 2;
	put(e);
	CHECK(send_it() == 0 && db.n == 9);
	line = stored(0);
	CHECK(strcmp(line.measurement, "tidegate") == 0 && line.time == 1700000000001);
	CHECK(strcmp(tag(&line, "gateway"), "sw 1") == 0);
	CHECK(strcmp(tag(&line, "device"), "kitchen/fume") == 0);
	CHECK(strcmp(tag(&line, "point"), "fume") == 0 && strcmp(tag(&line, "unit"), "mg/m3") == 0);
	CHECK(field(&line, "value")->real == 10.07 && field(&line, "quality")->integer == 0);
	line = stored(1);
	CHECK(field(&line, "value")->kind == 'f' && field(&line, "value")->real == -7);
	CHECK(field(&line, "integer") == NULL);
	line = stored(2);
	CHECK(field(&line, "integer")->integer == (1LL << 53) + 1);
	line = stored(3);
	CHECK(strcmp(field(&line, "text")->text, "18446744073709551615") == 0);
	line = stored(4);
	CHECK(field(&line, "value")->real == 1);
	line = stored(5);
	CHECK(strcmp(field(&line, "text")->text, "a \"b\\") == 0 && field(&line, "value") == NULL);
	line = stored(6);
	CHECK(field(&line, "value") == NULL && field(&line, "quality")->integer == Q_COMM_FAILURE);
	CHECK(field(&line, "flags")->integer == QF_SIMULATED);
	line = stored(7);			/* bad: a figure is no value */
	CHECK(field(&line, "value") == NULL && field(&line, "quality")->integer == Q_OUT_OF_RANGE);
	line = stored(8);			/* uncertain: it is */
	CHECK(field(&line, "value")->real == 5 && field(&line, "quality")->integer == 9);
	CHECK(strcmp(tag(&line, "point"), "a,b=c") == 0 && tag(&line, "unit")[0] == '\0');
	end();
}

static void
alarms_statistics_and_gaps_have_measurements(void)
{
	const struct entry alarm = { .seq = 1, .kind = ENTRY_ALARM, .alarm = { .rule = "lel-high",
	    .device = "kitchen/fume", .series = 1, .alarm = { .active = true, .unacked = true,
	    .count = 1 }, .event = ALARM_EV_ENTER, .priority = PRIORITY_URGENT,
	    .class = CLASS_LIFE, .time = 77, .value = f32(21), .text_en = "gas\nhigh",
	    .text_zh = "可燃气", .who = "" } };
	const struct entry statistic = { .seq = 2, .kind = ENTRY_STATISTIC, .statistic = {
	    .series = 1, .from = 60000, .to = 120000, .mean = 2, .min = 1, .max = NAN,
	    .amount = NAN, .samples = 60, .valid = 1000 } };
	const struct entry note = { .seq = 3, .kind = ENTRY_NOTE, .note = { "a", "b" } };
	const struct gap gap = { .from = 4, .to = 9, .since = 1790000000123,
	    .until = 1790000060000 };
	struct parsed_line line;

	begin();
	open_far();
	put(alarm), put(statistic);
	CHECK(influx_uplink.put(far, &note, STREAM_LIVE) == PUT_SKIPPED);
	CHECK(influx_uplink.gap(far, &gap, STREAM_BACKFILL) == PUT_TAKEN);
	CHECK(send_it() == 0 && db.n == 3);
	line = stored(0);
	CHECK(strcmp(line.measurement, "tidegate_alarm") == 0 && line.time == 77);
	CHECK(strcmp(tag(&line, "rule"), "lel-high") == 0);
	CHECK(strcmp(tag(&line, "class"), "life") == 0);
	CHECK(strcmp(tag(&line, "event"), "enter") == 0);
	CHECK(field(&line, "active")->truth && field(&line, "value")->real == 21);
	CHECK(strcmp(field(&line, "message")->text, "gas high") == 0);
	CHECK(strcmp(field(&line, "message_zh")->text, "可燃气") == 0);
	line = stored(1);
	CHECK(strcmp(line.measurement, "tidegate_statistic") == 0 && line.time == 60000);
	CHECK(field(&line, "mean")->real == 2 && field(&line, "max") == NULL);
	line = stored(2);
	CHECK(strcmp(line.measurement, "tidegate_gap") == 0);
	CHECK(field(&line, "from")->integer == 4 && field(&line, "to")->integer == 9);
	CHECK(field(&line, "since")->integer == 1790000000123);
	CHECK(field(&line, "until")->integer == 1790000060000);
	end();
}

/* Whatever it answers, nothing counts as delivered; it comes again. */
static void
no_answer_but_204_delivers(void)
{
	static const struct {
		const char	*answer, *words;
		int64_t		 pause;		/* s */
	} rows[] = {
		{ "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n", "does not know us", 60 },
		{ "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", "does not let us write", 60 },
		{ "HTTP/1.1 404 Not Found\r\nContent-Length: 39\r\n\r\n"
		  "{\"error\":\"database not found: \\\"site\\\"\"}",
		  "no such database or path (404): {\"error\":\"database not found", 60 },
		{ "HTTP/1.1 429 Slow\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n",
		  "slow down", 7 },
		{ "HTTP/1.1 503 No\r\nRetry-After: 1000000\r\nContent-Length: 0\r\n\r\n",
		  "is not ready", 86400 },
		{ "HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n", "is not ready", 0 },
		{ "HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n", "trouble of its own (500)", 0 },
		{ "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n", "(502)", 0 },
		{ "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/x\r\nContent-Length: 0\r\n\r\n",
		  "sends us elsewhere", 60 },
		{ "HTTP/1.1 200 OK\r\nContent-Length: 23\r\n\r\n<html>log in</html>    ",
		  "answers with a page", 60 },
		{ "HTTP/1.1 418 Teapot\r\nContent-Length: 13\r\n\r\nt\x1b[2J\x01pot \\ b",
		  /* who shows it escapes it, once */
		  "refuses (418): t\x1b[2J\x01pot \\ b", 60 },
		{ "HTTP/1.1 204", "hung up without an answer", 0 },	/* half of one */
		{ "SSH-2.0-OpenSSH_9.2\r\n", "is no HTTP", 0 },
		{ "\x16\x03\x01\x02", "is no HTTP", 0 },
		{ "HTTP/1.1 999999 What\r\n\r\n", "", 0 },
		{ "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n", "", 0 },
		{ "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "", 0 },
		{ "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort", "broke off", 0 },
	};

	begin();
	open_far();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		strcpy(db.script, rows[i].answer);
		put_some(3);
		if (send_it() != -1 || strstr(why, rows[i].words) == NULL || why[0] == '\0')
			fprintf(stderr, "row %zu: %s\n", i, why);
		CHECK(strstr(why, rows[i].words) != NULL && why[0] != '\0');
		CHECK(influx_uplink.pause(far) == rows[i].pause * US_PER_S);
		CHECK(db.n == 0);
	}
	db.script[0] = '\0';
	put_some(3);
	CHECK(send_it() == 0 && db.n == 3 && influx_uplink.refused(far) == 0);
	CHECK(set_aside("") == 0);
	end();
}

static bool
pour(int fd, const struct request *r, void *ctx)
{
	static char flood[1 << 16];

	(void)r, (void)ctx;
	memset(flood, 'x', sizeof(flood));
	http_say(fd, "HTTP/1.1 500 Oh\r\nContent-Length: 1073741824\r\n\r\n");
	for (int i = 0; i < 1 << 14; i++) {
		if (send(fd, flood, sizeof(flood), MSG_NOSIGNAL) <= 0)
			break;
		db.n++;
	}
	return false;
}

static void
gigabyte_of_an_answer_is_cut(void)
{
	begin();
	server.answer = pour;
	open_far();
	put_some(1);
	CHECK(send_it() == -1 && strstr(why, "trouble of its own (500)") != NULL);
	end();
	CHECK(db.n < 200);			/* of 16384 pieces */
}

static void
silence_ends_with_the_time_limit(void)
{
	int64_t began, took;

	begin();
	open_far();
	own.http.timeout = 400 * 1000;
	db.hang = true;
	put_some(1);
	began = system_clock.mono();
	CHECK(send_it() == -1 && strstr(why, "no answer within") != NULL);
	took = system_clock.mono() - began;
	CHECK(took > 350 * 1000 && took < 20 * US_PER_S);
	db.hang = false;
	db.drop = true;
	put_some(1);
	own.http.timeout = 30 * US_PER_S;		/* it still hangs a moment */
	CHECK(send_it() == -1);
	db.drop = false;
	put_some(1);
	CHECK(send_it() == 0 && db.n == 1);
	end();
}

static void
nobody_there_is_told_the_same_each_time(void)
{
	char first[200];

	begin();
	open_far();
	snprintf(url, sizeof(url), "http://127.0.0.1:1");
	influx_uplink.close(far);
	memset(far, 0, influx_uplink.size);
	open_far();
	put_some(1);
	CHECK(send_it() == -1);
	CHECK(strstr(why, "cannot connect: refused: nothing listens there") != NULL);
	strcpy(first, why);
	put_some(1);
	CHECK(send_it() == -1 && strcmp(first, why) == 0);
	end();
}

static void
bad_lines_are_found_and_kept_aside(void)
{
	unsigned rest = 0;

	begin();
	open_far();
	db.bad = "value=13";			/* 13 alone, of 1..100 */
	put_some(100);
	CHECK(send_it() == 0);
	CHECK(db.n == 99);
	CHECK(influx_uplink.refused(far) == 1);
	CHECK(set_aside("value=13,") == 1 && set_aside("") == 1);
	CHECK(db.requests < 20);
	for (size_t i = 0; i < db.n; i++)	/* taken once, and then left alone */
		rest += db.times[i] != 1;
	CHECK(rest == 0);
	db.bad = "value=5";			/* 5 and 50..59 */
	put_some(60);
	CHECK(send_it() == 0);
	CHECK(influx_uplink.refused(far) == 12 && set_aside("") == 12);
	forget_set_aside();
	end();
}

/* The database is away in the middle: what it took before comes no second time,
 * though the batch begins anew, in other company and by another stream. */
static void
what_was_taken_before_a_failure_is_not_sent_again(void)
{
	begin();
	open_far();
	db.bad = "value=93,";		/* the first half is taken, then the third quarter */
	db.busy_after = 3;
	put_some(100);
	CHECK(send_it() == -1 && strstr(why, "(503)") != NULL);
	CHECK(influx_uplink.refused(far) == 0);
	db.busy_after = 5;		/* it is a little further, and away again */
	db.requests = 4;
	put_some(100);
	CHECK(send_it() == -1);
	db.busy_after = 0;
	for (unsigned i = 1; i <= 98; i++)
		CHECK(influx_uplink.put(far, &(struct entry){ .seq = i,
		    .kind = ENTRY_READING, .clock_trusted = true, .reading = { .series = 1,
		    .time = 1700000000000 + i, .value = f32((float)i) } },
		    STREAM_BACKFILL) == PUT_TAKEN);
	put(reading(99, f32(99)));
	put(reading(100, f32(100)));
	CHECK(send_it() == 0 && db.n == 99);
	for (size_t i = 0; i < db.n; i++)
		CHECK(db.times[i] == 1);
	CHECK(influx_uplink.refused(far) == 1 && set_aside("value=93,") == 1);
	put(reading(1, f32(1)));	/* a number that was given again */
	CHECK(send_it() == 0 && db.times[0] == 2);
	forget_set_aside();
	end();
}

/* What remains of a batch are bad lines alone: that others were taken shows that
 * they are at fault, and not we. */
static void
bad_rest_of_a_batch_holds_nothing_up(void)
{
	begin();
	open_far();
	db.bad = "value=2,";
	db.curt = true;
	db.busy_after = 2;
	put_some(2);
	CHECK(send_it() == -1 && db.n == 1);
	db.busy_after = 0;
	put_some(2);
	CHECK(send_it() == 0);
	CHECK(influx_uplink.refused(far) == 1 && set_aside("value=2,") == 1);
	forget_set_aside();
	end();
}

static void
every_line_bad_by_name_is_kept_aside(void)
{
	begin();
	open_far();
	db.bad = "fume";
	put_some(50);
	CHECK(send_it() == 0 && db.n == 0);
	CHECK(influx_uplink.refused(far) == 50 && set_aside("") == 50);
	forget_set_aside();
	end();
}

/* A 400 about something else must not empty the journal into a side file. */
static void
refusal_of_everything_gives_nothing_up(void)
{
	begin();
	open_far();
	db.all = "{\"error\":\"database is required\"}";
	put_some(100);
	CHECK(send_it() == -1);
	CHECK(strstr(why, "refuses every line (400): {\"error\":\"database is required\"}") != NULL);
	CHECK(influx_uplink.pause(far) == 60 * US_PER_S && influx_uplink.refused(far) == 0);
	CHECK(db.requests < 80);
	put_some(1);
	CHECK(send_it() == -1);
	db.all = NULL;
	put_some(100);
	CHECK(send_it() == 0 && db.n == 100 && set_aside("") == 0);
	end();
}

static void
too_large_is_halved(void)
{
	begin();
	open_far();
	db.most = 30;
	put_some(100);
	CHECK(send_it() == 0 && db.n == 100 && influx_uplink.refused(far) == 0);
	end();
}

static void
what_no_line_can_say_is_kept_aside(void)
{
	begin();
	open_far();
	put(reading(1, f32(1)));
	put(reading(2, f32(NAN)));
	put(reading(3, (struct value){ .kind = VALUE_TEXT, .text = "two\nlines" }));
	put(reading(4, f32(4)));
	db.drop = true;
	CHECK(send_it() == -1 && influx_uplink.refused(far) == 0);
	db.drop = false;
	put(reading(1, f32(1)));
	put(reading(2, f32(NAN)));
	put(reading(3, (struct value){ .kind = VALUE_TEXT, .text = "two\nlines" }));
	put(reading(4, f32(4)));
	CHECK(send_it() == 0 && db.n == 2);
	CHECK(influx_uplink.refused(far) == 2 && set_aside("") == 2);
	CHECK(set_aside("\"seq\":3,") == 1);
	put(reading(5, f32(INFINITY)));		/* a batch of nothing else */
	CHECK(send_it() == 0 && influx_uplink.refused(far) == 3);
	forget_set_aside();
	end();
}

static void
batch_is_full_in_lines_and_bytes(void)
{
	struct entry e = reading(1, f32(1));
	unsigned n = 0;

	begin();
	open_far();
	while (influx_uplink.put(far, &e, STREAM_LIVE) == PUT_TAKEN)
		n++;
	CHECK(n == 100);
	CHECK(send_it() == 0);
	end();
	begin();
	conf.batch = 5000;
	conf.batch_bytes = 2000;
	open_far();
	for (n = 0; influx_uplink.put(far, &e, STREAM_LIVE) == PUT_TAKEN; n++)
		;
	CHECK(n > 10 && n < 40);
	CHECK(send_it() == 0);
	end();
}

static void
write_secret(const char *text)
{
	int fd;

	unlink(secret + 1);
	fd = open(secret + 1, O_WRONLY | O_CREAT | O_EXCL, 0600);
	CHECK(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
}

static void
secrets_come_from_files_and_may_change(void)
{
	begin();
	snprintf(secret, sizeof(secret), "@%s/secret", folder);
	own.http.token = secret;
	unlink(secret + 1);
	CHECK(influx_uplink.open(far, &env, why, sizeof(why)) == -1);
	CHECK(strstr(why, "secret") != NULL);
	memset(far, 0, influx_uplink.size);
	why[0] = '\0';
	write_secret("first\n");
	open_far();
	put_some(1);
	CHECK(send_it() == 0);
	CHECK(strstr(db.last.head, "\r\nAuthorization: Token first\r\n") != NULL);
	write_secret("second\n");
	strcpy(db.script, "HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n");
	put_some(1);
	CHECK(send_it() == -1);
	db.script[0] = '\0';
	put_some(1);
	CHECK(send_it() == 0);
	CHECK(strstr(db.last.head, "\r\nAuthorization: Token second\r\n") != NULL);
	end();
	begin();
	own.http.login.user = "u";
	own.http.login.password = secret;
	open_far();
	put_some(1);
	CHECK(send_it() == 0);
	CHECK(strstr(db.last.head, "\r\nAuthorization: Basic dTpzZWNvbmQ=\r\n") != NULL);
	end();
}

static void
what_can_never_work_is_told_at_open(void)
{
	static char long_url[2000];

	begin();
	own.http.url = long_url;
	memset(long_url, 'x', sizeof(long_url) - 1);
	memcpy(long_url, "http://", 7);
	CHECK(influx_uplink.open(far, &env, why, sizeof(why)) == -1);
	CHECK(strstr(why, "too long") != NULL);
	own.http.url = url;
	own.measurement = "ends in\\";
	memset(far, 0, influx_uplink.size);
	CHECK(influx_uplink.open(far, &env, why, sizeof(why)) == -1);
	CHECK(strstr(why, "cannot be written in line protocol") != NULL);
	own.measurement = "# none";
	memset(far, 0, influx_uplink.size);
	CHECK(influx_uplink.open(far, &env, why, sizeof(why)) == -1);
	CHECK(strstr(why, "cannot be written in line protocol") != NULL);
	free(far);
	disk_close((struct disk *)(uintptr_t)env.disk);
	http_server_stop(&server);
}

static struct entry
reading_of(uint32_t series, int64_t time, struct value value)
{
	struct entry e = reading(1, value);

	e.reading.series = series;
	e.reading.time = time;
	return e;
}

/* What the request line and headers are with some settings. */
static bool
asks(const char *what)
{
	bool found;

	open_far();
	put_some(1);
	CHECK(send_it() == 0);
	found = strstr(db.last.head, what) != NULL;
	if (!found)
		fprintf(stderr, "%s", db.last.head);
	influx_uplink.close(far);
	memset(far, 0, influx_uplink.size);
	return found;
}

static void
each_version_has_its_address(void)
{
	begin();
	own.retention_policy = "a year";
	CHECK(asks("POST /write?precision=ms&db=field%20%26%20site&rp=a%20year HTTP/1.1\r\n"));
	own.retention_policy = "";
	own.database = "";
	own.api = INFLUX_V2;
	own.org = "the city";
	own.bucket = "b/1";
	CHECK(asks("POST /api/v2/write?precision=ms&org=the%20city&bucket=b%2F1 HTTP/1.1\r\n"));
	own.org = own.bucket = "";
	own.database = "d";
	own.api = INFLUX_V3;
	CHECK(asks("POST /api/v3/write_lp?precision=millisecond&accept_partial=false&db=d HTTP"));
	strcat(url, "/");
	CHECK(asks("POST /api/v3/write_lp?precision"));
	strcat(url, "behind/x");
	CHECK(asks("POST /behind/x?precision=millisecond&accept_partial=false&db=d HTTP/1.1\r\n"));
	open_far();
	end();
}

static void
token_goes_by_the_scheme_of_the_version(void)
{
	static const struct { int api, scheme; const char *words; } rows[] = {
		{ INFLUX_V1, SCHEME_AUTO, "\r\nAuthorization: Token abc\r\n" },
		{ INFLUX_V2, SCHEME_AUTO, "\r\nAuthorization: Token abc\r\n" },
		{ INFLUX_V3, SCHEME_AUTO, "\r\nAuthorization: Bearer abc\r\n" },
		{ INFLUX_V1, SCHEME_BEARER, "\r\nAuthorization: Bearer abc\r\n" },
		{ INFLUX_V3, SCHEME_TOKEN, "\r\nAuthorization: Token abc\r\n" },
	};

	begin();
	snprintf(secret, sizeof(secret), "@%s/secret", folder);
	write_secret("abc\n");
	own.http.token = secret;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		own.api = rows[i].api;
		own.token_scheme = rows[i].scheme;
		CHECK(asks(rows[i].words));
	}
	open_far();
	end();
}

static void
headers_and_proxy_are_as_configured(void)
{
	static const char *headers[] = { "X-Scope-OrgID: site 7", "X-Other: 1" };
	static char far_away[] = "http://tsdb.example.org:8086", here[100];

	begin();
	own.http.headers = (struct strings){ headers, 2 };
	CHECK(asks("\r\nX-Scope-OrgID: site 7\r\nX-Other: 1\r\n"));
	setenv("http_proxy", "http://127.0.0.1:1", 1);	/* nobody asked for it */
	CHECK(asks("POST /write?"));
	snprintf(here, sizeof(here), "%s", url);
	own.http.proxy.url = here;
	own.http.url = far_away;
	setenv("no_proxy", "*", 1);			/* and it cannot undo it */
	CHECK(asks("POST http://tsdb.example.org:8086/write?precision=ms&db="));
	snprintf(secret, sizeof(secret), "@%s/secret", folder);
	write_secret("pw\n");
	own.http.proxy.user = "box";
	own.http.proxy.password = secret;
	CHECK(asks("\r\nProxy-Authorization: Basic Ym94OnB3\r\n"));
	strcpy(db.script, "HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n");
	open_far();
	put_some(1);
	CHECK(send_it() == -1 && strstr(why, "a proxy that does not know us (407)") != NULL);
	CHECK(influx_uplink.pause(far) == 60 * US_PER_S);
	influx_uplink.close(far);
	memset(far, 0, influx_uplink.size);
	own.http.url = "https://tsdb.example.org";		/* by CONNECT */
	why[0] = '\0';
	open_far();
	put_some(1);
	CHECK(send_it() == -1 && strstr(why, "the proxy refuses (407)") != NULL);
	CHECK(strstr(db.last.head, "CONNECT tsdb.example.org:443 HTTP") != NULL);
	unsetenv("http_proxy");
	unsetenv("no_proxy");
	end();
}

static void
tags_and_names_are_as_configured(void)
{
	static const char *tags[] = { "site=old town", "area={device:1}", "where={device:2}",
	    "point={device}.{point}", "box={gateway}-{uplink}" };
	const struct entry alarm = { .kind = ENTRY_ALARM, .alarm = { .rule = "r",
	    .device = "river/north/one", .series = 5, .event = ALARM_EV_ENTER,
	    .priority = PRIORITY_LOW, .class = CLASS_LIFE, .time = 77, .text_en = "",
	    .text_zh = "", .who = "" } };
	const struct gap gap = { .from = 4, .to = 9 };
	struct parsed_line line;

	begin();
	own.tags = (struct strings){ tags, 5 };
	own.measurement = "m-{gateway}";
	own.measurements = (struct influx_measurements){ "{measurement}.{unit}", "alarms.{rule}",
	    "", "" };
	own.field = "v_{point}";
	open_far();
	put(reading_of(5, 5, f32(7)));
	put(reading_of(4, 5, f32(8)));
	put(alarm);
	CHECK(influx_uplink.gap(far, &gap, STREAM_LIVE) == PUT_SKIPPED);
	CHECK(influx_uplink.put(far, &(const struct entry){ .kind = ENTRY_STATISTIC },
	    STREAM_LIVE) == PUT_SKIPPED);
	CHECK(send_it() == 0 && db.n == 3);
	line = stored(0);
	CHECK(strcmp(line.measurement, "m-sw 1.m") == 0 && line.ntags == 5);
	CHECK(strcmp(tag(&line, "site"), "old town") == 0);
	CHECK(strcmp(tag(&line, "area"), "river") == 0 && strcmp(tag(&line, "where"), "north") == 0);
	CHECK(strcmp(tag(&line, "point"), "river/north/one.level") == 0);
	CHECK(strcmp(tag(&line, "box"), "sw 1-city/tsdb") == 0);
	CHECK(field(&line, "v_level")->real == 7 && field(&line, "quality")->integer == 0);
	line = stored(1);			/* no unit: the measurement alone */
	CHECK(strcmp(line.measurement, "m-sw 1") == 0 && strcmp(tag(&line, "where"), "fume") == 0);
	line = stored(2);
	CHECK(strcmp(line.measurement, "alarms.r") == 0);
	CHECK(strcmp(tag(&line, "point"), "level") == 0 && strcmp(tag(&line, "site"), "old town") == 0);
	CHECK(strcmp(tag(&line, "device"), "river/north/one") == 0);
	end();
}

/* A tag where tags are the usual ones, a field where no tag says it. */
static void
what_is_reckoned_says_its_basis(void)
{
	static const char *own_tags[] = { "device={device}", "point={point}" };
	static const char *named[] = { "device={device}", "point={point}", "kind={basis}" };
	const struct entry statistic = { .kind = ENTRY_STATISTIC, .statistic = { .series = 6,
	    .from = 0, .to = 600000, .mean = 1, .min = 1, .max = 1, .amount = 1, .samples = 1,
	    .valid = 1000, .mark = 'N' } };
	const struct entry alarm = { .kind = ENTRY_ALARM, .alarm = { .rule = "r",
	    .device = "kitchen/fume", .series = 6, .event = ALARM_EV_ENTER, .time = 77,
	    .text_en = "", .text_zh = "", .who = "" } };
	struct parsed_line line;

	for (int how = 0; how < 4; how++) {
		begin();
		own.layout = how == 3 ? LAYOUT_DEVICE : LAYOUT_POINT;
		if (how == 1 || how == 2)
			own.tags = (struct strings){ how == 1 ? own_tags : named, how == 1 ? 2 : 3 };
		open_far();
		put(reading_of(6, 5, f32(7)));
		put(reading_of(1, 6, f32(8)));
		put(alarm);
		put(statistic);
		CHECK(send_it() == 0 && db.n == 4);
		line = stored(0);
		CHECK(strcmp(tag(&line, how == 2 ? "kind" : "basis"), how % 2 == 0 ? "rated" : "") == 0);
		CHECK((field(&line, how == 3 ? "fume_ref_basis" : "basis") != NULL) == (how % 2 != 0));
		CHECK(how != 1 || strcmp(field(&line, "basis")->text, "rated") == 0);
		CHECK(how != 3 || strcmp(field(&line, "fume_ref_basis")->text, "rated") == 0);
		line = stored(1);			/* it is read: nothing of it */
		CHECK(tag(&line, "basis")[0] == '\0' && tag(&line, "kind")[0] == '\0');
		CHECK(field(&line, "basis") == NULL && field(&line, "fume_basis") == NULL);
		line = stored(2);
		CHECK(strcmp(tag(&line, "basis"), "rated") == 0);
		line = stored(3);
		CHECK(strcmp(tag(&line, "basis"), "rated") == 0);
		end();
	}
}

static void
line_has_a_device_and_moment_in_that_layout(void)
{
	struct entry bad = reading_of(3, 5, (struct value){ 0 });
	struct parsed_line line;

	begin();
	own.layout = LAYOUT_DEVICE;
	open_far();
	bad.reading.quality.code = Q_COMM_FAILURE;
	bad.reading.age = 60;
	put(reading_of(1, 5, f32(10.07f)));
	put(bad);
	put(reading_of(4, 5, (struct value){ .kind = VALUE_TEXT, .text = "on" }));
	put(reading_of(1, 6, f32(11)));			/* another moment */
	put(reading_of(5, 6, f32(12)));			/* another device */
	put(reading_of(99, 6, f32(13)));		/* one that is not known */
	CHECK(influx_uplink.put(far, &(const struct entry){ .kind = ENTRY_READING, .reading = {
	    .series = 99, .time = 6, .value = { .kind = VALUE_TEXT, .text = "a\nb" } } },
	    STREAM_LIVE) == PUT_TAKEN);			/* leaves that line as it is */
	CHECK(send_it() == 0 && db.n == 4);
	line = stored(0);
	CHECK(line.ntags == 2 && line.time == 5 && line.nfields == 4);
	CHECK(strcmp(tag(&line, "device"), "kitchen/fume") == 0);
	CHECK(field(&line, "fume")->real == 10.07 && field(&line, "fume_quality") == NULL);
	CHECK(field(&line, "flow") == NULL && field(&line, "flow_age")->integer == 60);
	CHECK(field(&line, "flow_quality")->integer == Q_COMM_FAILURE);
	CHECK(strcmp(field(&line, "fan_text")->text, "on") == 0);
	line = stored(1);
	CHECK(line.time == 6 && line.nfields == 1 && field(&line, "fume")->real == 11);
	line = stored(2);
	CHECK(strcmp(tag(&line, "device"), "river/north/one") == 0);
	CHECK(field(&line, "level")->real == 12);
	line = stored(3);
	CHECK(strcmp(tag(&line, "series"), "99") == 0 && field(&line, "value")->real == 13);
	CHECK(influx_uplink.refused(far) == 1);
	forget_set_aside();
	end();
}

/* One point of a device that the database refuses costs no other. */
static void
bad_field_of_a_line_is_kept_aside_alone(void)
{
	unsigned all = 0;

	begin();
	own.layout = LAYOUT_DEVICE;
	open_far();
	db.bad = "flow=";
	for (int64_t time = 1; time <= 20; time++) {
		put(reading_of(1, time, f32((float)time)));
		if (time % 7 == 0)
			put(reading_of(3, time, f32(1)));
		put(reading_of(4, time, f32(2)));
	}
	CHECK(send_it() == 0);
	CHECK(influx_uplink.refused(far) == 2);
	CHECK(set_aside("kitchen/fume flow=1 7\n") == 1 && set_aside("flow=1 14\n") == 1);
	for (size_t i = 0; i < db.n; i++) {
		struct parsed_line line = stored(i);

		CHECK(db.times[i] == 1);
		all += field(&line, "fume") != NULL;
		all += field(&line, "fan") != NULL;
	}
	CHECK(all == 40);
	CHECK(set_aside("") == 2);
	forget_set_aside();
	end();
}

/* A type that is wrong stays wrong: it is asked about once, and not with each
 * value of the series. */
static void
conflict_that_lasts_is_not_asked_again(void)
{
	begin();
	own.layout = LAYOUT_DEVICE;
	open_far();
	db.bad = "flow=";
	db.typed = true;
	for (int64_t time = 1; time <= 3; time++) {
		put(reading_of(1, time, f32(1)));
		put(reading_of(3, time, f32(2)));
	}
	CHECK(send_it() == 0 && influx_uplink.refused(far) == 3 && db.requests > 3);
	for (int64_t time = 4; time <= 9; time++) {
		unsigned before = db.requests;
		struct entry bad = reading_of(3, time, f32(0));

		bad.reading.value.kind = VALUE_NONE;
		bad.reading.quality.code = Q_COMM_FAILURE;
		put(reading_of(1, time, f32(1)));
		put(time % 2 ? reading_of(3, time, f32(2)) : bad);
		put(reading_of(4, time, f32(2)));
		CHECK(send_it() == 0 && db.requests == before + 1);
	}
	CHECK(influx_uplink.refused(far) == 6);
	CHECK(set_aside("kitchen/fume flow=2 7\n") == 1 && set_aside("") == 6);
	put(reading_of(3, 10, f32(2)));		/* alone: nothing to ask */
	CHECK(send_it() == 0 && influx_uplink.refused(far) == 7 && set_aside("") == 7);
	forget_set_aside();
	end();
}

/* Whether it lasts is tried once in a while, by one value. */
static void
conflict_is_tried_again(void)
{
	struct conflicts c = { .at = NULL };

	CHECK(conflicts_look(&c, 7, 100) == CONFLICT_NONE);
	conflicts_add(&c, 7, 100);
	conflicts_add(&c, 0, 100);
	CHECK(conflicts_look(&c, 7, 101) == CONFLICT_HOLDS);
	CHECK(conflicts_look(&c, 0, 101) == CONFLICT_NONE);
	CHECK(conflicts_look(&c, 8, 101) == CONFLICT_NONE);
	CHECK(conflicts_look(&c, 7, 100 + CONFLICT_AGAIN) == CONFLICT_TRY);
	CHECK(conflicts_look(&c, 7, 101 + CONFLICT_AGAIN) == CONFLICT_HOLDS);
	conflicts_retry(&c, 7);			/* nobody answered */
	CHECK(conflicts_look(&c, 7, 102 + CONFLICT_AGAIN) == CONFLICT_TRY);
	conflicts_settle(&c, 7);
	CHECK(conflicts_look(&c, 7, 103 + CONFLICT_AGAIN) == CONFLICT_NONE);
	conflicts_free(&c);
}

/* What is older than the database keeps is dropped by it, and the rest stored. */
static void
too_old_costs_one_request(void)
{
	begin();
	open_far();
	db.all = "{\"error\":\"partial write: points beyond retention policy dropped=60\"}";
	put_some(100);
	CHECK(send_it() == 0 && db.requests == 1);
	CHECK(influx_uplink.refused(far) == 60 && set_aside("value=1,") == 1);
	CHECK(set_aside("") == 1);
	forget_set_aside();
	/* a number that cannot be is none to believe */
	db.all = "{\"error\":\"partial write: points beyond retention policy dropped=0\"}";
	put_some(3);
	CHECK(send_it() == 0 && db.requests == 6);
	CHECK(influx_uplink.refused(far) == 63);
	forget_set_aside();
	end();
}

static void
moment_to_come_back_may_be_a_date(void)
{
	char date[60];
	time_t then = time(NULL) + 100;
	struct tm tm;

	begin();
	open_far();
	strftime(date, sizeof(date), "%a, %d %b %Y %H:%M:%S GMT", gmtime_r(&then, &tm));
	snprintf(db.script, sizeof(db.script), "HTTP/1.1 503 No\r\nRetry-After: %s\r\n"
	    "Content-Length: 0\r\n\r\n", date);
	put_some(1);
	CHECK(send_it() == -1 && strstr(why, "is not ready") != NULL);
	CHECK(influx_uplink.pause(far) > 60 * US_PER_S);
	CHECK(influx_uplink.pause(far) <= 100 * US_PER_S);
	strcpy(db.script, "HTTP/1.1 429 No\r\nRetry-After: Mon, 01 Jan 2001 00:00:00 GMT\r\n"
	    "Content-Length: 0\r\n\r\n");
	put_some(1);
	CHECK(send_it() == -1 && influx_uplink.pause(far) == 0);
	end();
}

/* How many faults it finds, of which one has these words. */
static size_t
faults(const char *words)
{
	struct err room[8];
	struct errs errs = { .at = room };
	bool found = false;

	CHECK((influx_check(&conf, &errs) < 0) == (errs.n > 0));
	for (size_t i = 0; i < errs.n && i < 8; i++)
		found = found || strstr(room[i].text, words) != NULL;
	return found || errs.n == 0 ? errs.n : WIDE;
}

static void
secrets_go_with_names(void)
{
	begin();
	CHECK(faults("") == 0);
	own.http.login.password = "@/p";
	CHECK(faults("a password wants a user") == 1);
	own.http.login.user = "u";
	CHECK(faults("") == 0);
	own.http.token = "@/t";
	CHECK(faults("either a user or a token, not both") == 1);
	own.http.login.user = own.http.login.password = "";
	CHECK(faults("") == 0);
	own.http.proxy.url = "http://proxy:3128";
	own.http.proxy.password = "@/p";
	CHECK(faults("a password wants a user") == 1);
	own.http.proxy.user = "u";
	CHECK(faults("") == 0);
	own.http.proxy.url = "http://u:p@proxy:3128";
	CHECK(faults("proxy_user for a user") == 1);
	own.http.token = own.http.proxy.url = own.http.proxy.user = own.http.proxy.password = "";
	open_far();
	end();
}

static bool
pour_headers(int fd, const struct request *r, void *ctx)
{
	static char line[1100];

	(void)r, (void)ctx;
	snprintf(line, sizeof(line), "X-%01000d: 1\r\n", 7);
	http_say(fd, "HTTP/1.1 204 No Content\r\n");
	for (int i = 0; i < 1 << 18; i++) {
		if (send(fd, line, strlen(line), MSG_NOSIGNAL) <= 0)
			break;
		db.n++;
	}
	return false;
}

static void
headers_without_end_are_no_answer(void)
{
	begin();
	server.answer = pour_headers;
	open_far();
	put_some(1);
	CHECK(send_it() == -1 && why[0] != '\0');
	end();
	CHECK(db.n < 1 << 15);			/* of 262144 */
}

static void
name_that_is_gone_is_told(void)
{
	begin();
	own.http.url = "http://tsdb.invalid:8086";
	open_far();
	put_some(1);
	CHECK(send_it() == -1);
	CHECK(strstr(why, "no name server answers") != NULL || strstr(why, "no answer within") != NULL);
	end();
}

int
main(void)
{
	char command[100];

	CHECK(mkdtemp(folder) != NULL);
	RUN(request_is_as_the_database_wants_it);
	RUN(path_and_query_of_the_url_stand);
	RUN(each_kind_of_value_has_its_field);
	RUN(alarms_statistics_and_gaps_have_measurements);
	RUN(no_answer_but_204_delivers);
	RUN(gigabyte_of_an_answer_is_cut);
	RUN(silence_ends_with_the_time_limit);
	RUN(nobody_there_is_told_the_same_each_time);
	RUN(bad_lines_are_found_and_kept_aside);
	RUN(what_was_taken_before_a_failure_is_not_sent_again);
	RUN(bad_rest_of_a_batch_holds_nothing_up);
	RUN(every_line_bad_by_name_is_kept_aside);
	RUN(refusal_of_everything_gives_nothing_up);
	RUN(too_large_is_halved);
	RUN(what_no_line_can_say_is_kept_aside);
	RUN(batch_is_full_in_lines_and_bytes);
	RUN(secrets_come_from_files_and_may_change);
	RUN(what_can_never_work_is_told_at_open);
	RUN(each_version_has_its_address);
	RUN(token_goes_by_the_scheme_of_the_version);
	RUN(headers_and_proxy_are_as_configured);
	RUN(tags_and_names_are_as_configured);
	RUN(what_is_reckoned_says_its_basis);
	RUN(line_has_a_device_and_moment_in_that_layout);
	RUN(bad_field_of_a_line_is_kept_aside_alone);
	RUN(secrets_go_with_names);
	RUN(conflict_that_lasts_is_not_asked_again);
	RUN(conflict_is_tried_again);
	RUN(too_old_costs_one_request);
	RUN(moment_to_come_back_may_be_a_date);
	RUN(headers_without_end_are_no_answer);
	RUN(name_that_is_gone_is_told);
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	return system(command);
}
