#include <inttypes.h>
#include <stdio.h>

#include "../log.h"
#include "fars.h"

#define RECENT		(15 * MS_PER_S)
#define RATE_EVERY	(4 * US_PER_S)	/* fifteen of them: a minute */

/* When the oldest entry of a lane behind seq was stored; 0: there is none. */
static int64_t
stored_behind(struct reader *reader, enum lane lane, uint64_t seq, uint64_t durable)
{
	enum read_result got;
	struct entry e;
	struct gap gap;

	reader_seek(reader, lane, seq + 1);
	while ((got = reader_next(reader, durable, &e, &gap)) == READ_GAP)
		;
	return got == READ_ENTRY ? e.stored : 0;
}

static int64_t
earlier(int64_t a, int64_t b)
{
	return a == 0 || (b != 0 && b < a) ? b : a;
}

/* It is looked for in the store only where it may be old and is another one than
 * the last time. */
static int64_t
oldest_owed(struct fars *all, struct far *far, const struct runner_status *s, int64_t wall)
{
	uint64_t sum = s->acked_alarm + s->acked_telemetry;
	const bool ended = false;
	struct durable d;

	if (s->backlog == 0)
		return far->oldest = 0;
	if (s->acked_time != 0 && wall - s->acked_time < RECENT) {
		far->oldest_of = 0;
		return far->oldest = s->acked_time;
	}
	if (far->oldest != 0 && far->oldest_of == sum + 1)
		return far->oldest;
	if (all->reader == NULL)
		all->reader = reader_open_nameless(all->common.disk);
	feed_look(all->common.feed, &d, &ended);
	far->oldest_of = sum + 1;
	return far->oldest = earlier(
	    stored_behind(all->reader, LANE_ALARM, s->acked_alarm, d.seq[LANE_ALARM]),
	    stored_behind(all->reader, LANE_TELEMETRY, s->acked_telemetry,
	    d.seq[LANE_TELEMETRY]));
}

static int
put_bytes(char *row, size_t n, const struct ledger_row *r)
{
	static const struct ledger_row none;

	if (r == NULL)
		r = &none;
	return snprintf(row, n, "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64
	    "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64,
	    r->day.rx + r->day.tx, r->month.rx + r->month.tx, r->day.rx, r->day.tx, r->month.rx,
	    r->month.tx, r->last_day.rx, r->last_day.tx, r->last_month.rx, r->last_month.tx);
}

int
far_row(struct fars *all, struct far *far, char *row, size_t n)
{
	const struct clock *clock = all->common.clock;
	struct runner_status s = { .state = RUNNER_STARTING };
	int64_t now = clock->mono(), wall = clock->wall(), oldest;
	char why[2 * sizeof(s.why)], bytes[300];

	if (far->runner != NULL)
		runner_status(far->runner, &s);
	far->rate.every = RATE_EVERY;
	rate_note(&far->rate, s.delivered, now);
	oldest = oldest_owed(all, far, &s, wall);
	put_bytes(bytes, sizeof(bytes), far->row);
	return snprintf(row, n, "%s\t%s\t%s\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%" PRId64
	    "\t%.2f\t%" PRIu64 "\t%" PRIu64 "%s\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64
	    "\t%" PRIu64 "\t%s\n",
	    far->conf.name, uplink_kind_at((size_t)far->conf.kind)->name,
	    runner_state_name(s.state), s.acked_alarm, s.acked_telemetry, s.backlog,
	    oldest != 0 && wall > oldest ? (wall - oldest) * 1000 : 0,
	    rate_of(&far->rate, s.delivered, now), s.delivered, s.failures, bytes, s.lost,
	    s.refused, s.too_large, s.spared, log_safe(s.why, why, sizeof(why)));
}

static void
book(struct far *far)
{
	struct traffic t = runner_traffic(far->runner);

	ledger_add(far->row, t);
	far->unspent.rx += t.rx;
	far->unspent.tx += t.tx;
}

void
fars_book(struct fars *all)
{
	for (size_t i = 0; i < all->n; i++)
		if (all->at[i]->runner != NULL)
			book(all->at[i]);
	for (struct far *far = all->ending; far != NULL; far = far->next)
		book(far);
}

void
fars_rest(struct fars *all)
{
	if (all->reader != NULL)
		reader_close(all->reader);
	all->reader = NULL;
}
