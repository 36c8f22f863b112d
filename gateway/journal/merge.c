#include <stdlib.h>

#include "merge.h"

struct merge {
	struct reader	*readers[LANES];
	struct entry	 entries[LANES];	/* read and not yet handed out */
	bool		 have[LANES];
	bool		 ended[LANES];	/* not asked again before the other has, too:
					 * to look for an end anew costs far more than
					 * an entry */
};

struct merge *
merge_open(const struct disk *disk)
{
	struct merge *m = calloc(1, sizeof(*m));

	for (int i = 0; m != NULL && i < LANES; i++) {
		m->readers[i] = reader_open(disk);
		if (m->readers[i] != NULL)
			continue;
		merge_close(m);
		m = NULL;
	}
	return m;
}

void
merge_close(struct merge *m)
{
	for (int i = 0; m != NULL && i < LANES; i++)
		if (m->readers[i] != NULL)
			reader_close(m->readers[i]);
	free(m);
}

void
merge_seek(struct merge *m, uint64_t seq)
{
	for (int i = 0; i < LANES; i++) {
		m->have[i] = m->ended[i] = false;
		reader_seek(m->readers[i], (enum lane)i, seq);
	}
}

static enum lane
first_of(const struct merge *m)
{
	if (!m->have[LANE_ALARM])
		return LANE_TELEMETRY;
	if (!m->have[LANE_TELEMETRY])
		return LANE_ALARM;
	return m->entries[LANE_ALARM].seq < m->entries[LANE_TELEMETRY].seq ? LANE_ALARM :
	    LANE_TELEMETRY;
}

enum read_result
merge_next(struct merge *m, const struct durable *limit, enum lane *lane,
    const struct entry **e, struct gap *gap)
{
	for (int i = 0; i < LANES; i++) {
		enum read_result result;

		*lane = (enum lane)i;
		if (m->have[i] || m->ended[i])
			continue;
		result = reader_next(m->readers[i], limit->seq[i], &m->entries[i], gap);
		if (result == READ_GAP || result == READ_FAILED)
			return result;
		m->have[i] = result == READ_ENTRY;
		m->ended[i] = result == READ_END;
	}
	*lane = first_of(m);
	if (!m->have[*lane]) {
		m->ended[LANE_ALARM] = m->ended[LANE_TELEMETRY] = false;
		return READ_END;
	}
	m->have[*lane] = false;
	*e = &m->entries[*lane];
	return READ_ENTRY;
}

struct reader *
merge_reader(struct merge *m)
{
	return m->readers[LANE_TELEMETRY];
}

uint64_t
merge_last(struct merge *m, enum lane lane)
{
	uint64_t first, last;

	reader_range(m->readers[lane], lane, &first, &last);
	return last;
}
