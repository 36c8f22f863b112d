/* ci: 5000 */
/* with: -DTELEMETRY_BLOCKS=7u -DALARM_BLOCKS=6u gateway/journal/[a-z]*.c gateway/room.c gateway/log.c tests/fuzz/image.c */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "../../gateway/journal/reader.h"
#include "image.h"

/* A sound store with some of its bytes exchanged for others: each change is a
 * file, a place and up to 16 bytes.  It opens whatever they are, and what is
 * read is what was stored: the nth entry of telemetry says n.  Its segments are
 * of a few blocks and its readings long, so that there are several of all and
 * a run is short. */

#define READINGS	150
#define ALARM_EVERY	10
#define WALL		1790000000000

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static const struct journal_conf conf = {
	.commit = 1000000, .cap = 512 << 10, .buffer = 16384, .boot = 1
};

static struct journal *
open_store(struct image *image)
{
	char why[100];

	return journal_open(&image->disk, &conf, 1000000, WALL, why, sizeof(why));
}

static void
commit(struct journal *j, int64_t mono)
{
	journal_tick(j, mono);
	journal_work(j);
	journal_reap(j, mono);
}

static void
say(struct value *v, uint64_t n)
{
	*v = (struct value){ .kind = VALUE_TEXT };
	memset(v->text, 'x', 60);
	for (size_t i = 0; i < 8; i++, n /= 10)
		v->text[i] = (char)('0' + n % 10);
}

static void
fill(struct image *image)
{
	const struct series series = { .device = "d", .point = "p", .unit = "", .raw = "text" };
	struct entry e = { .kind = ENTRY_READING }, alarm = { .kind = ENTRY_ALARM,
	    .alarm = { .rule = "r", .device = "d", .alarm = { .active = true } } };
	struct journal *j = open_store(image);

	assert(j != NULL);
	e.reading.series = journal_series(j, &series);
	for (uint64_t n = 1; n <= READINGS; n++) {
		say(&e.reading.value, n);
		e.reading.time = WALL + (int64_t)n;
		if (n % ALARM_EVERY == 0) {
			journal_append(j, &alarm, COMMIT_ALARM, (int64_t)n, WALL, true);
			commit(j, (int64_t)n);
		}
		journal_append(j, &e, COMMIT_WAITED, (int64_t)n, WALL, true);
		if (n % 7 == 0)
			commit(j, (int64_t)n);
	}
	journal_close(j, READINGS, WALL, true);
}

static void
check(const struct entry *e, uint64_t *last)
{
	struct value said;
	uint64_t n;

	assert(e->seq > *last);
	*last = e->seq;
	if (e->kind != ENTRY_READING) {
		assert(e->kind == ENTRY_ALARM && strcmp(e->alarm.rule, "r") == 0);
		return;
	}
	n = (uint64_t)(e->reading.time - WALL);
	assert(n >= 1 && n <= READINGS && e->seq == n + n / ALARM_EVERY);
	say(&said, n);
	assert(e->reading.value.kind == VALUE_TEXT && strcmp(e->reading.value.text, said.text) == 0);
}

static void
read_lane(struct reader *r, enum lane lane, uint64_t limit)
{
	enum read_result result;
	uint64_t last = 0;
	struct entry e;
	struct gap gap;

	reader_seek(r, lane, 1);
	while ((result = reader_next(r, limit, &e, &gap)) != READ_END) {
		assert(result != READ_FAILED);
		if (result == READ_ENTRY)
			check(&e, &last);
		else
			assert(gap.to >= gap.from);
	}
}

static void
read_all(struct image *image, struct durable limit)
{
	struct reader *r = reader_open(&image->disk);

	if (r == NULL)
		return;
	for (enum lane lane = 0; lane < LANES; lane++) {
		read_lane(r, lane, limit.seq[lane]);
		read_lane(r, lane, 0);
	}
	reader_series(r, 1);
	reader_close(r);
}

static void
replayed(void *ctx, const struct entry *e)
{
	(void)ctx;
	assert(e->kind == ENTRY_ALARM);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct image sound, image;
	struct journal *j;
	size_t len;

	if (sound.disk.ctx == NULL) {
		image_init(&sound);
		fill(&sound);
		image_init(&image);
	}
	image_copy(&image, &sound);
	for (; n >= 6; data += len, n -= len) {
		len = data[4] % 16;
		data += 5, n -= 5;
		len = len < n ? len : n;
		image_poke(&image, data[-5], (size_t)data[-4] << 13 | (size_t)data[-3] << 5 | data[-2],
		    data, len);
	}
	read_all(&image, (struct durable){ .seq = { 0 } });
	j = open_store(&image);
	if (j == NULL)
		return 0;
	read_all(&image, journal_durable(j));
	journal_replay_alarms(j, replayed, NULL);
	journal_close(j, 1, WALL, true);
	return 0;
}
