#include <errno.h>

#include "replay.h"
#include "store.h"

/* Reads from a seq to the end.  -1: errno; 1: something between is missing. */
static int
read_on(struct reader *r, enum lane lane, uint64_t from, uint64_t limit,
    void (*each)(void *, const struct entry *), void *arg)
{
	enum read_result result;
	struct entry e;
	struct gap gap;
	int rc = 0;

	reader_seek(r, lane, from);
	while ((result = reader_next(r, limit, &e, &gap)) != READ_END) {
		if (result == READ_FAILED)
			return -1;
		if (result == READ_GAP)
			rc = 1;
		else if (each != NULL)
			each(arg, &e);
	}
	return rc;
}

/* The last snapshot that is whole and behind which nothing is missing.  False:
 * there is none, all there is must be looked at. */
static bool
find_snapshot(const struct journal *j, struct reader *r, uint64_t limit, uint64_t *from)
{
	const struct lane_store *l = &j->stores[LANE_ALARM];

	for (size_t i = l->nsegments; i-- > 0;) {
		int rc = read_on(r, LANE_ALARM, l->segments[i].prev + 1, limit, NULL, NULL);

		if (rc == 0 && reader_snapshot(r, from))
			return true;
	}
	return false;
}

int
journal_replay_alarms(struct journal *j, void (*each)(void *, const struct entry *), void *arg)
{
	uint64_t limit = j->durable.seq[LANE_ALARM], from = 0;
	struct reader *r;
	int rc;

	if (limit == 0)
		return 0;
	r = reader_open_nameless(j->disk);
	if (!find_snapshot(j, r, limit, &from))
		from = 0;
	j->writers[LANE_ALARM].kept_seq = from;
	rc = read_on(r, LANE_ALARM, from == 0 ? 0 : from + 1, limit, each, arg);
	reader_close(r);
	return rc < 0 ? -1 : 0;
}

/* Behind the newest segment that ended before. */
static uint64_t
first_since(const struct lane_store *l, int64_t since)
{
	for (size_t i = l->nsegments; i-- > 0;)
		if (i + 1 < l->nsegments && l->segments[i].foot.stored < since)
			return l->segments[i + 1].prev + 1;
	return 0;
}

static int
replay_part(struct journal *j, uint64_t from, uint64_t limit, uint64_t most,
    void (*each)(void *, const struct entry *), void *arg)
{
	struct reader *r;
	int rc;

	if (limit == 0)
		return 0;
	if (limit > most && from < limit - most)
		from = limit - most;
	r = reader_open_nameless(j->disk);
	rc = read_on(r, LANE_TELEMETRY, from, limit, each, arg);
	reader_close(r);
	return rc < 0 ? -1 : 0;
}

int
journal_replay_last(struct journal *j, int64_t since, uint64_t most,
    void (*each)(void *, const struct entry *), void *arg)
{
	return replay_part(j, first_since(&j->stores[LANE_TELEMETRY], since),
	    j->durable.seq[LANE_TELEMETRY], most, each, arg);
}

int
journal_replay_before(struct journal *j, int64_t since, uint64_t most,
    void (*each)(void *, const struct entry *), void *arg)
{
	uint64_t from = first_since(&j->stores[LANE_TELEMETRY], since);

	return replay_part(j, 0, from > 0 ? from - 1 : 0, most, each, arg);
}

int
journal_replay(struct journal *j, int64_t since, void (*each)(void *, const struct entry *),
    void *arg)
{
	return journal_replay_last(j, since, UINT64_MAX, each, arg);
}

static void
keep_stored(void *arg, const struct entry *e)
{
	*(int64_t *)arg = e->stored;
}

int64_t
journal_newest(struct journal *j)
{
	uint64_t limit = j->durable.seq[LANE_TELEMETRY];
	struct reader *r;
	int64_t stored = 0;

	if (limit == 0)
		return 0;
	r = reader_open_nameless(j->disk);
	read_on(r, LANE_TELEMETRY, limit, limit, keep_stored, &stored);
	reader_close(r);
	return stored;
}
