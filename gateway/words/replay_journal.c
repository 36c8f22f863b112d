#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "../journal/reader.h"
#include "../room.h"
#include "../text.h"
#include "replay.h"

#define LOOK	4096		/* entries from one look at the clock to the next */
#define MARGIN	60000		/* ms: an entry may be stored so long after its time */
#define BLUR	20		/* ms between the clocks of an alarm and of readings */

/* What stands for a series of the store in the configuration. */
struct known {
	const struct replay_point	*point;	/* NULL: nothing */
	bool				 asked;
	bool				 other_unit;
};

struct walk {
	struct replay	*replay;
	struct reader	*reader;
	struct known	*known;		/* by series */
	size_t		 nknown;
	uint64_t	 boot;
	bool		 mapped;
	int64_t		 offset;	/* us: from the clock of that boot to the replay's */
	int64_t		 mono, wall;	/* of the newest */
	int64_t		 alarm;		/* UTC ms of the newest step of an alarm */
};

static int
failed(const char *dir, int error)
{
	fprintf(stderr, _("tidegate rules replay: %s: no store: %s\n"), dir, text_error(error));
	return -1;
}

/* A boot has a clock of its own: it goes on where the last one ended, by the clock on
 * the wall. */
static int64_t
mono_of(struct walk *w, const struct entry *e, int64_t mono, int64_t wall)
{
	if (!w->mapped || e->boot != w->boot) {
		int64_t past = w->mapped ? (wall - w->wall) * 1000 : 0;

		w->offset = (w->mapped ? w->mono + (past > 0 ? past : 0) : wall * 1000) - mono;
		w->boot = e->boot;
		w->mapped = true;
	}
	mono += w->offset;
	w->mono = mono > w->mono ? mono : w->mono;
	w->wall = wall;
	return w->mono;
}

static struct known *
known_of(struct walk *w, uint32_t id)
{
	const struct series *s;
	struct known *k;

	if (id >= w->nknown) {
		size_t n = 2 * (size_t)id + 256;
		struct known *more = room_for(n, sizeof(*more));

		if (w->nknown > 0)
			memcpy(more, w->known, w->nknown * sizeof(*more));
		free(w->known);
		w->known = more;
		w->nknown = n;
	}
	k = &w->known[id];
	if (k->asked)
		return k;
	k->asked = true;
	s = reader_series(w->reader, id);
	if (s != NULL)
		k->point = replay_find(w->replay, s->device, s->point);
	if (k->point != NULL && strcmp(point_unit_name(k->point->point), s->unit) != 0) {
		k->point = NULL;
		k->other_unit = true;
	}
	return k;
}

static void
take_reading(struct walk *w, const struct entry *e)
{
	const struct reading *r = &e->reading;
	const struct known *k = known_of(w, r->series);
	/* one that comes with a time of its own may be late */
	int64_t wall = r->time > e->stored ? r->time : e->stored;
	int64_t mono = mono_of(w, e, r->mono, wall);

	if (k->point != NULL)
		replay_hear(w->replay, k->point, r, mono, wall);
	else if (wall >= w->replay->from)
		*(k->other_unit ? &w->replay->other_unit : &w->replay->strange) += 1;
}

static void
take_note(struct walk *w, const struct entry *e)
{
	int64_t mono;

	if (strcmp(e->note.who, "tidegate") != 0)
		return;
	mono = mono_of(w, e, e->stored_mono, e->stored);
	if (strncmp(e->note.text, "started ", 8) == 0)
		replay_started(w->replay, mono, e->stored);
	else if (strcmp(e->note.text, "stopped") == 0)
		replay_pass(w->replay, mono, e->stored);
}

/* The next entry of the lane; false: no more, or it failed. */
static bool
next(struct walk *w, struct entry *e, int *error)
{
	struct gap gap;

	for (;;) {
		switch (reader_next(w->reader, 0, e, &gap)) {
		case READ_ENTRY:
			return true;
		case READ_GAP:
			w->replay->damaged += gap.damaged;
			continue;
		case READ_FAILED:
			*error = errno;
			return false;
		case READ_END:
			return false;
		}
	}
}

static void
read_alarms(struct walk *w, int *error)
{
	struct entry e;

	reader_seek(w->reader, LANE_ALARM, 0);
	while (*error == 0 && next(w, &e, error)) {
		if (e.kind != ENTRY_ALARM)
			continue;
		w->alarm = e.stored;
		replay_then(w->replay, e.alarm.rule, e.alarm.device, e.alarm.alarm.active,
		    e.flags & ENTRY_SNAPSHOT ? e.alarm.alarm.since : e.alarm.time);
	}
}

/* Alarms are durable sooner than readings: until the last one of either. */
static void
read_end(struct walk *w)
{
	int64_t last = w->alarm < w->replay->to ? w->alarm : w->replay->to;
	int64_t past = last > w->wall ? last - w->wall + BLUR : 0;

	if (w->mapped)
		replay_pass(w->replay, w->mono + past * 1000, w->wall + past);
}

/* The number of the first entry that may be of that time.  The clock may have been
 * set meanwhile: then a little too much is read, or a little less than could be. */
static uint64_t
find_time(struct walk *w, int64_t time, int *error)
{
	uint64_t low, high;
	struct entry e;

	reader_range(w->reader, LANE_TELEMETRY, &low, &high);
	while (low < high && *error == 0) {
		uint64_t middle = low + (high - low) / 2;

		reader_seek(w->reader, LANE_TELEMETRY, middle);
		if (next(w, &e, error) && e.stored < time)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void
read_readings(struct walk *w, int *error)
{
	struct replay *r = w->replay;
	struct entry e;

	reader_seek(w->reader, LANE_TELEMETRY, r->since > INT64_MIN + MARGIN ?
	    find_time(w, r->since - MARGIN, error) : 0);
	for (unsigned n = 1; *error == 0 && next(w, &e, error); n++) {
		if (e.stored >= r->to)
			break;
		if (e.kind == ENTRY_READING)
			take_reading(w, &e);
		else if (e.kind == ENTRY_NOTE)
			take_note(w, &e);
		if (n % LOOK == 0)
			replay_progress(r);
	}
	read_end(w);
}

int
replay_journal(struct replay *r, const char *dir)
{
	struct walk w = { .replay = r };
	struct disk *disk;
	struct stat st;
	int error = 0;

	if (stat(dir, &st) != 0)
		return failed(dir, errno);
	disk = disk_folder(dir, false);
	if (disk == NULL)
		return failed(dir, errno);
	w.reader = reader_open(disk);
	if (w.reader == NULL)
		error = errno;
	else if (reader_store(w.reader) == 0)
		error = ENOENT;
	r->told_then = true;
	read_alarms(&w, &error);
	read_readings(&w, &error);
	free(w.known);
	if (w.reader != NULL)
		reader_close(w.reader);
	disk_close(disk);
	return error == 0 ? 0 : failed(dir, error);
}
