#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../devices/basis.h"
#include "../../gateway/uplink/entry_json.h"
#include "../../gateway/uplink/reading_json.h"
#include "../../rules/class.h"
#include "../check.h"

extern const struct uplink file_uplink;

/* The dictionary of a store that needs no disk. */
const struct series *
reader_series(struct reader *reader, uint32_t id)
{
	static const char kitchen[NAME_MAX_BYTES] = "kitchen/fume", point[NAME_MAX_BYTES] =
	    "fume", mg[SERIES_WORD] = "mg/m3";
	static const struct series fume = { .id = 7, .device = kitchen, .point = point,
	    .unit = mg, .raw = "f32", .decimals = 2, .basis = BASIS_MEASURED };

	static char unit[SERIES_WORD];
	static struct series odd = { .id = 8, .raw = "u16", .decimals = -1 };
	static const char texts[][NAME_MAX_BYTES] = { "", "ph", "a\"b", "tab\there", "caf\xc3\xa9",
	    "back\\slash", "a-name-of-eight-times-so-many-bytes-and-not-one-less-and-not-mo" };

	(void)reader;
	if (id < 1000)
		return id == 7 ? &fume : NULL;
	odd.basis = (uint8_t)(id / 343 % 4);
	odd.device = texts[id % 7];
	odd.point = texts[id / 7 % 7];
	snprintf(unit, sizeof(unit), "%.15s", texts[id / 49 % 7]);
	odd.unit = unit;
	return &odd;
}

static char folder[] = "/tmp/t_file_uplink.XXXXXX";
static char path[200], why[200];
static struct uplink_conf conf;
static struct uplink_env env;
static void *far;

static void
begin(const char *name)
{
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	conf = (struct uplink_conf){ .name = "local", .select = "*", .batch = 500,
	    .batch_bytes = 65536, .path = path, .rotate = 0, .keep = 3 };
	env = (struct uplink_env){ .conf = &conf, .gateway = "sw-1",
	    .store = 0xfedcba9876543210 };
	far = calloc(1, file_uplink.size);
	why[0] = '\0';
}

static void
open_far(void)
{
	CHECK(file_uplink.open(far, &env, why, sizeof(why)) == 0);
}

static void
end(void)
{
	file_uplink.close(far);
	free(far);
}

static struct entry
reading(uint64_t seq, float value)
{
	return (struct entry){ .seq = seq, .kind = ENTRY_READING, .clock_trusted = true,
	    .stored = 1700000000500, .reading = { .series = 7, .time = 1700000000123,
	    .value = { .kind = VALUE_F32, .f = value } } };
}

static void
put(const struct entry *e)
{
	CHECK(file_uplink.put(far, e, STREAM_LIVE) == PUT_TAKEN);
}

static void
send_it(void)
{
	CHECK(file_uplink.send(far, why, sizeof(why)) == 0);
}

/* The lines of a file, each parsed; NULL-ended. */
static json_t **
lines(const char *name, size_t *n)
{
	static json_t *all[4000];
	static char text[1 << 20];
	FILE *f = fopen(name, "r");

	for (size_t i = 0; all[i] != NULL; i++) {
		json_decref(all[i]);
		all[i] = NULL;
	}
	*n = 0;
	CHECK(f != NULL);
	while (fgets(text, sizeof(text), f) != NULL) {
		CHECK(strchr(text, '\n') != NULL);
		all[*n] = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
		CHECK(all[*n] != NULL);
		++*n;
	}
	fclose(f);
	return all;
}

static const char *
text_of(json_t *line, const char *key)
{
	const char *s = json_string_value(json_object_get(line, key));

	return s != NULL ? s : "(none)";
}

static int64_t
int_of(json_t *line, const char *key)
{
	json_t *i = json_object_get(line, key);

	CHECK(json_is_integer(i));
	return json_integer_value(i);
}

static void
reading_has_identity_time_and_quality(void)
{
	struct entry good = reading(12, 1.23f), bad = reading(13, 0), far_off = reading(14, 9.5f);
	struct entry unknown = reading(15, 1);
	json_t **all;
	size_t n;

	begin("deep/er/out.jsonl");		/* its folders are made */
	open_far();
	bad.reading.value.kind = VALUE_NONE;
	bad.reading.quality = (struct quality){ Q_COMM_FAILURE, QF_SIMULATED | QF_MAINTENANCE };
	far_off.reading.quality.code = Q_OUT_OF_RANGE;
	far_off.clock_trusted = false;
	unknown.reading.series = 99;
	put(&good), put(&bad), put(&far_off), put(&unknown);
	send_it();
	all = lines(path, &n);
	CHECK(n == 4);
	CHECK(strcmp(text_of(all[0], "gateway"), "sw-1") == 0);
	CHECK(strcmp(text_of(all[0], "store"), "fedcba9876543210") == 0);
	CHECK(int_of(all[0], "seq") == 12);
	CHECK(strcmp(text_of(all[0], "stream"), "live") == 0);
	CHECK(strcmp(text_of(all[0], "kind"), "reading") == 0);
	CHECK(strcmp(text_of(all[0], "device"), "kitchen/fume") == 0);
	CHECK(strcmp(text_of(all[0], "point"), "fume") == 0);
	CHECK(strcmp(text_of(all[0], "unit"), "mg/m3") == 0);
	CHECK(strcmp(text_of(all[0], "basis"), "measured") == 0);
	CHECK(int_of(all[0], "time") == 1700000000123);
	CHECK(json_number_value(json_object_get(all[0], "value")) == 1.23);
	CHECK(strcmp(text_of(all[0], "quality"), "good") == 0);
	CHECK(json_object_get(all[0], "flags") == NULL);
	CHECK(json_object_get(all[0], "clock_trusted") == NULL);
	CHECK(json_object_get(all[1], "value") == NULL);	/* nothing is invented */
	CHECK(strcmp(text_of(all[1], "quality"), "comm-failure") == 0);
	CHECK(json_array_size(json_object_get(all[1], "flags")) == 2);
	CHECK(json_number_value(json_object_get(all[2], "value")) == 9.5);
	CHECK(strcmp(text_of(all[2], "quality"), "out-of-range") == 0);
	CHECK(json_is_false(json_object_get(all[2], "clock_trusted")));
	CHECK(int_of(all[3], "series") == 99);
	end();
}

static const struct entry kinds[] = {
	{ .seq = 1, .kind = ENTRY_STATISTIC, .statistic = { .series = 7, .from = 1000,
	  .to = 61000, .mean = 2.5, .min = 1, .max = 4, .amount = NAN, .samples = 60,
	  .valid = 995, .mark = 'N' } },
	{ .seq = 2, .kind = ENTRY_ALARM, .flags = ENTRY_SNAPSHOT, .alarm = { .rule = "fume-high",
	  .device = "kitchen/fume", .series = 7, .alarm = { .active = true, .unacked = true,
	  .masks = ALARM_SHELVED, .since = 5000, .count = 2 }, .event = ALARM_EV_ENTER,
	  .priority = PRIORITY_HIGH, .class = CLASS_LIFE, .time = 6000,
	  .value = { .kind = VALUE_F32, .f = 2.5f }, .text_en = "too \"high\"\n",
	  .text_zh = "油烟浓度高", .who = "" } },
	{ .seq = 3, .kind = ENTRY_COMMAND, .command = { .id = 0, .series = 7,
	  .phase = COMMAND_REFUSED, .value = { .kind = VALUE_U64, .u = UINT64_MAX },
	  .source = "cli", .why = "not writable" } },
	{ .seq = 4, .kind = ENTRY_RECORD, .record = { .kind = "fill", .key = "B-17",
	  .fields = { { "bottle", "17" }, { "kg", "14.8" } }, .nfields = 2 } },
	{ .seq = 5, .kind = ENTRY_NOTE, .note = { .who = "config", .text = "loaded \xff\x01" } },
};

static void
every_kind_of_entry_is_a_line(void)
{
	const struct gap gap = { .from = 6, .to = 9, .damaged = true,
	    .since = 1790000000123, .until = 1790000060000 };
	const struct gap undated = { .from = 6, .to = 9 };
	json_t **all, *inner;
	size_t n;

	begin("kinds.jsonl");
	open_far();
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		CHECK(file_uplink.put(far, &kinds[i], STREAM_ALARM) == PUT_TAKEN);
	CHECK(file_uplink.gap(far, &gap, STREAM_BACKFILL) == PUT_TAKEN);
	CHECK(file_uplink.gap(far, &undated, STREAM_BACKFILL) == PUT_TAKEN);
	send_it();
	all = lines(path, &n);
	CHECK(n == 7);
	CHECK(strcmp(text_of(all[0], "kind"), "statistic") == 0);
	CHECK(json_real_value(json_object_get(all[0], "valid")) == 0.995);
	CHECK(json_is_null(json_object_get(all[0], "amount")));
	CHECK(strcmp(text_of(all[0], "mark"), "N") == 0);
	CHECK(strcmp(text_of(all[1], "state"), alarm_state_name(ALARM_SHLVD)) == 0);
	CHECK(strcmp(text_of(all[1], "priority"), "high") == 0);
	CHECK(strcmp(text_of(all[1], "class"), "life") == 0);
	CHECK(strcmp(text_of(all[1], "event"), "enter") == 0);
	CHECK(strcmp(text_of(all[1], "device"), "kitchen/fume") == 0);
	CHECK(strcmp(text_of(json_object_get(all[1], "text"), "zh"), "油烟浓度高") == 0);
	CHECK(strcmp(text_of(json_object_get(all[1], "text"), "en"), "too \"high\"\n") == 0);
	CHECK(json_is_true(json_object_get(all[1], "snapshot")));
	CHECK(strcmp(text_of(all[2], "phase"), "refused") == 0);
	CHECK(int_of(all[2], "id") == 3);
	inner = json_object_get(all[3], "fields");
	CHECK(strcmp(text_of(inner, "bottle"), "17") == 0 && json_object_size(inner) == 2);
	CHECK(strcmp(text_of(all[4], "text"), "loaded \xef\xbf\xbd\x01") == 0);
	inner = json_object_get(all[5], "gap");
	CHECK(int_of(inner, "since") == 1790000000123 && int_of(inner, "until") == 1790000060000);
	CHECK(json_object_get(json_object_get(all[6], "gap"), "since") == NULL);
	CHECK(json_object_get(json_object_get(all[6], "gap"), "until") == NULL);
	CHECK(int_of(inner, "from") == 6 && int_of(inner, "to") == 9);
	CHECK(strcmp(text_of(inner, "why"), "damaged") == 0);
	end();
}

static uint64_t
chance(void)
{
	static uint64_t x = 88172645463325252;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return x;
}

static struct value
some_value(void)
{
	static const double reals[] = { 0, -0.0, 1e-300, 1e300, 0.1, -12.5, NAN, INFINITY, 1e15 };
	struct value v = { .kind = chance() % (VALUE_TEXT + 1) };
	double d = chance() % 3 == 0 ? reals[chance() % 9] : (double)(chance() % 100000) / 100;

	if (v.kind == VALUE_F32)
		v.f = chance() % 2 != 0 ? (float)d : (float)(chance() % 100000) / 10;
	else if (v.kind == VALUE_F64)
		v.d = d;
	else if (v.kind == VALUE_BOOL)
		v.b = chance() % 2 != 0;
	else if (v.kind == VALUE_TEXT)
		snprintf(v.text, sizeof(v.text), "\"%d\"", (int)(chance() % 100));
	else if (v.kind != VALUE_NONE)
		v.u = chance() >> chance() % 64;
	return v;
}

/* Those of one poll have their moment in common; gateways and stores change
 * here as they never do. */
static void
both_ways_lead_to_the_same_line(void)
{
	uint8_t a[READING_JSON_ROOM], b[READING_JSON_ROOM];
	struct line_parts parts = { .nhead = 0 };
	struct buf little = { .at = a, .cap = sizeof(a) - 1 };
	const struct entry plain = reading(1, 1);
	int64_t time = 0, stored = 0;
	int shorter = 0;

	begin("none.jsonl");
	for (int i = 0; i < 200000; i++) {
		struct buf x = { .at = a, .cap = sizeof(a) }, y = { .at = b, .cap = sizeof(b) };
		enum stream stream = (enum stream)(chance() % STREAMS);
		struct entry e = reading(chance() >> chance() % 64, 0);

		e.reading.series = (uint32_t)(chance() % 2 != 0 ? 7 : 900 + chance() % 500);
		e.reading.value = some_value();
		if (chance() % 2 != 0) {	/* else as in the line before */
			time = (int64_t)chance() >> chance() % 64;
			stored = (int64_t)chance() >> chance() % 64;
		}
		e.reading.time = time;
		e.stored = stored;
		e.reading.quality.code = (uint8_t)(chance() % 2 != 0 ? 0 : chance() % 12);
		e.reading.quality.flags = (uint8_t)(chance() % 4 != 0 ? 0 :
		    chance() % 2 != 0 ? QF_CLOCK_UNTRUSTED : chance() % 128);
		e.reading.age = chance() % 16 != 0 ? 0 : 7;
		e.clock_trusted = chance() % 8 != 0;
		e.flags = chance() % 8 != 0 ? 0 : ENTRY_SNAPSHOT;
		env.gateway = chance() % 8 != 0 ? "sw-1" : "sw\"1";
		env.store = chance() >> chance() % 64;
		CHECK(entry_json(&x, &e, stream, &env));
		if (!reading_json(&parts, &y, &e, stream, &env)) {
			CHECK(y.len == 0);
			continue;
		}
		shorter++;
		CHECK(x.len == y.len && memcmp(a, b, x.len) == 0);
	}
	CHECK(!reading_json(&parts, &little, &plain, STREAM_LIVE, &env) && little.len == 0);
	CHECK(shorter > 20000 && shorter < 180000);
	free(far);
}

static off_t
size_of(const char *name)
{
	struct stat st;

	CHECK(stat(name, &st) == 0);
	return st.st_size;
}

static void
put_many(uint64_t from, uint64_t to)
{
	for (uint64_t seq = from; seq <= to; seq++) {
		struct entry e = reading(seq, 1);

		put(&e);
	}
}

static void
batch_may_be_larger_than_its_piece(void)
{
	json_t **all;
	size_t n;

	begin("pieces.jsonl");
	open_far();
	put_many(1, 3000);
	CHECK(size_of(path) > 65536);		/* the rest waits */
	send_it();
	all = lines(path, &n);
	CHECK(n == 3000);
	for (size_t i = 0; i < n; i++)
		CHECK(int_of(all[i], "seq") == (int64_t)i + 1);
	end();
}

/* Pieces that were written before the disk said no are taken back: nothing of
 * the batch is there until all of it is. */
static void
failed_piece_takes_its_batch_along(void)
{
	struct rlimit was, less;
	off_t before;
	size_t n;

	begin("taken-back.jsonl");
	open_far();
	put_many(1, 10);
	send_it();
	before = size_of(path);
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &was);
	less = (struct rlimit){ .rlim_cur = 150000, .rlim_max = was.rlim_max };
	setrlimit(RLIMIT_FSIZE, &less);
	put_many(11, 3000);
	CHECK(file_uplink.send(far, why, sizeof(why)) == -1);
	CHECK(strstr(why, "cannot write") != NULL);
	CHECK(size_of(path) == before);
	setrlimit(RLIMIT_FSIZE, &was);
	put_many(11, 3000);
	send_it();
	lines(path, &n);
	CHECK(n == 3000);
	end();
}

/* A batch that is longer than a file may grow goes on in the next one. */
static void
rotates_within_a_batch(void)
{
	char older[220];
	size_t n, sum = 0;

	begin("within.jsonl");
	conf.rotate = 200000;
	conf.keep = 9;
	open_far();
	put_many(1, 3000);
	send_it();
	for (int i = 0; i < 9; i++) {
		snprintf(older, sizeof(older), i > 0 ? "%s.%d" : "%s", path, i);
		if (access(older, F_OK) != 0)
			break;
		CHECK(size_of(older) <= 200000);
		lines(older, &n);
		sum += n;
	}
	CHECK(sum == 3000 && n < 3000);
	end();
}

static void
torn_last_line_is_cut_at_open(void)
{
	static const char torn[] = "{\"seq\":1}\n{\"seq\":2}\n{\"seq\":";
	struct entry e = reading(3, 1);
	json_t **all;
	size_t n;
	int fd;

	for (size_t len = 0; len < sizeof(torn); len++) {
		begin("torn.jsonl");
		fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0640);
		CHECK(write(fd, torn, len) == (ssize_t)len);
		close(fd);
		open_far();
		put(&e);
		send_it();
		end();
		all = lines(path, &n);
		CHECK(n == 1u + (len >= 10) + (len >= 20));
		CHECK(int_of(all[n - 1], "seq") == 3);
	}
}

static void
long_torn_line_is_cut_too(void)
{
	static char junk[300000];
	FILE *f;
	size_t n;

	begin("long.jsonl");
	memset(junk, 'x', sizeof(junk));
	f = fopen(path, "w");
	fputs("{\"seq\":1}\n{\"", f);
	fwrite(junk, 1, sizeof(junk), f);
	fclose(f);
	open_far();
	end();
	lines(path, &n);
	CHECK(n == 1);
}

static void
what_is_no_file_of_lines_is_left_alone(void)
{
	struct stat st;
	FILE *f;

	begin("other.bin");
	f = fopen(path, "w");
	fputs("someone's\nsegment\n{", f);
	fclose(f);
	CHECK(file_uplink.open(far, &env, why, sizeof(why)) == -1);
	CHECK(strstr(why, "is not a file of JSON lines") != NULL);
	CHECK(stat(path, &st) == 0 && st.st_size == 19);
	free(far);

	begin("pipe");
	CHECK(mkfifo(path, 0600) == 0);
	CHECK(file_uplink.open(far, &env, why, sizeof(why)) == -1);
	CHECK(strstr(why, "is not a regular file") != NULL);
	free(far);

	begin("dir");
	CHECK(mkdir(path, 0700) == 0);
	CHECK(file_uplink.open(far, &env, why, sizeof(why)) == -1);
	CHECK(strstr(why, "Is a directory") != NULL);
	free(far);
}

static void
second_writer_is_refused(void)
{
	void *first;

	begin("shared.jsonl");
	open_far();
	first = far;
	far = calloc(1, file_uplink.size);
	CHECK(file_uplink.open(far, &env, why, sizeof(why)) == -1);
	CHECK(strstr(why, "by somebody else") != NULL);
	free(far);
	far = first;
	end();
}

static void
rotates_by_size_and_keeps_so_many(void)
{
	char name[220];
	size_t n, seen = 0;
	struct stat st;

	begin("rot.jsonl");
	conf.rotate = 2000;
	open_far();
	for (uint64_t seq = 1; seq <= 60; seq++) {
		struct entry e = reading(seq, 1);

		put(&e);
		send_it();
	}
	for (int i = 3; i >= 0; i--) {
		snprintf(name, sizeof(name), i > 0 ? "%s.%d" : "%s", path, i);
		CHECK(stat(name, &st) == 0 && st.st_size <= 2000);
		json_t **all = lines(name, &n);
		CHECK(n > 0);
		for (size_t k = 0; k < n; k++) {
			size_t seq = (size_t)int_of(all[k], "seq");

			CHECK(seen == 0 || seq == seen + 1);
			seen = seq;
		}
	}
	CHECK(seen == 60);
	snprintf(name, sizeof(name), "%s.4", path);
	CHECK(stat(name, &st) < 0);
	end();
}

static void
file_taken_away_is_made_again(void)
{
	struct entry e = reading(1, 1);
	char old[220];
	size_t n;

	begin("moved.jsonl");
	open_far();
	put(&e), send_it();
	snprintf(old, sizeof(old), "%s.old", path);
	CHECK(rename(path, old) == 0);
	e.seq = 2;
	put(&e), send_it();
	CHECK(int_of(lines(path, &n)[0], "seq") == 2 && n == 1);
	CHECK(int_of(lines(old, &n)[0], "seq") == 1 && n == 1);
	end();
}

/* A limit on the size of files stands for a full disk: a write that comes
 * back short, then one that fails. */
static void
full_disk_fails_with_words_and_nothing_half(void)
{
	struct rlimit old, tight;
	size_t n;

	begin("tight.jsonl");
	open_far();
	signal(SIGXFSZ, SIG_IGN);
	CHECK(getrlimit(RLIMIT_FSIZE, &old) == 0);
	for (rlim_t room = 300; room < 700; room += 7) {
		struct entry e[2] = { reading(1, 1), reading(2, 2) };
		struct stat before, after;

		CHECK(stat(path, &before) == 0);
		tight = old;
		tight.rlim_cur = (rlim_t)before.st_size + room % 400;
		CHECK(setrlimit(RLIMIT_FSIZE, &tight) == 0);
		put(&e[0]), put(&e[1]);
		CHECK(file_uplink.send(far, why, sizeof(why)) == -1);
		CHECK(strstr(why, "cannot write") != NULL && strstr(why, path) != NULL);
		CHECK(stat(path, &after) == 0 && after.st_size == before.st_size);
		CHECK(setrlimit(RLIMIT_FSIZE, &old) == 0);
		put(&e[0]), put(&e[1]);
		send_it();
	}
	lines(path, &n);
	CHECK(n == 116);
	end();
}

static void
folder_that_cannot_be_made_is_told(void)
{
	begin("out.jsonl");
	conf.path = "/proc/nobody/out.jsonl";
	CHECK(file_uplink.open(far, &env, why, sizeof(why)) == -1);
	CHECK(strstr(why, "cannot make /proc/nobody") != NULL);
	free(far);
}

int
main(void)
{
	char command[100];

	CHECK(mkdtemp(folder) != NULL);
	RUN(reading_has_identity_time_and_quality);
	RUN(every_kind_of_entry_is_a_line);
	RUN(both_ways_lead_to_the_same_line);
	RUN(batch_may_be_larger_than_its_piece);
	RUN(failed_piece_takes_its_batch_along);
	RUN(rotates_within_a_batch);
	RUN(torn_last_line_is_cut_at_open);
	RUN(long_torn_line_is_cut_too);
	RUN(what_is_no_file_of_lines_is_left_alone);
	RUN(second_writer_is_refused);
	RUN(rotates_by_size_and_keeps_so_many);
	RUN(file_taken_away_is_made_again);
	RUN(full_disk_fails_with_words_and_nothing_half);
	RUN(folder_that_cannot_be_made_is_told);
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	return system(command);
}
