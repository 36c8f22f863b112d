#include <errno.h>

#include "replay.h"
#include "store.h"

/* Reads from a seq to the end; each may be NULL. */
static int
read_on(struct reader *r, uint64_t from, uint64_t limit,
    void (*each)(void *, const struct entry *), void *arg)
{
	enum read_result result;
	struct entry e;
	struct gap gap;

	reader_seek(r, LANE_ALARM, from);
	while ((result = reader_next(r, limit, &e, &gap)) != READ_END) {
		if (result == READ_FAILED)
			return -1;
		if (result == READ_ENTRY && each != NULL)
			each(arg, &e);
	}
	return 0;
}

/* The newest segment with a whole snapshot in it has the last one. */
int
journal_replay_alarms(struct journal *j, void (*each)(void *, const struct entry *), void *arg)
{
	const struct lane_store *l = &j->stores[LANE_ALARM];
	uint64_t limit = j->durable.seq[LANE_ALARM], from = 0;
	struct reader *r;
	int rc = 0;

	if (limit == 0)
		return 0;
	r = reader_open(j->disk);
	if (r == NULL)
		return -1;
	for (size_t i = l->nsegments; rc == 0 && i-- > 0;) {
		rc = read_on(r, l->segments[i].prev + 1, limit, NULL, NULL);
		if (reader_snapshot(r, &from))
			break;
		from = 0;
	}
	if (rc == 0)
		rc = read_on(r, from == 0 ? 0 : from + 1, limit, each, arg);
	reader_close(r);
	return rc;
}
