#include "../clock.h"
#include "station.h"

#define TELL_AGAIN	600		/* s */
#define PROBE_MAX	(60 * US_PER_S)
#define PROBE_LIFE	(20 * US_PER_S)	/* no longer is anybody blind to danger */
#define PROBE_SHARED	(10 * US_PER_S)
#define LATE		(50 * US_PER_S / 1000)
#define OWED		(20 * US_PER_S)	/* what comes late seldom comes later */
#define DARK_AFTER	2	/* silent cycles until the breaker opens */
/* Exception codes of the Modbus application protocol, chapter 7. */
#define EXCEPTION_ADDRESS	2
#define EXCEPTION_VALUE		3
#define EXCEPTION_ACKNOWLEDGE	5	/* working on it */
#define EXCEPTION_BUSY		6

void
station_init(struct station *st, struct device *device, int64_t first_due)
{
	st->device = device;
	st->due = first_due;
	st->period = device->conf.period;
	st->probe_max = PROBE_MAX;
}

void
station_probes(struct station *st, bool shared, bool life)
{
	st->life = life;
	st->probe_min = shared ? PROBE_SHARED : 0;
	st->probe_max = life ? PROBE_LIFE : PROBE_MAX;
}

bool
station_dark(const struct station *st)
{
	return st->failures >= DARK_AFTER;
}

int64_t
station_wants(const struct station *st)
{
	int64_t at = st->due;

	if (st->asleep)
		return INT64_MAX;
	if (st->later > at)
		at = st->later;
	if (!st->running && station_dark(st) && st->probe_at > at)
		at = st->probe_at;
	return at;
}

/* The next grid moment after now; moments passed over are counted. */
static void
advance(struct station *st, int64_t now)
{
	int64_t period = st->period;
	int64_t passed;

	if (st->grid != 0) {
		st->due = st->grid;
		st->grid = 0;
		if (st->due > now)
			return;
	}
	passed = (now - st->due) / period;
	if (passed > 0)
		st->skipped += (uint64_t)passed;
	st->due += (passed + 1) * period;
}

/* The first block from this one on whose turn it is in this cycle. */
static size_t
due_block(const struct station *st, size_t block)
{
	while (block < st->device->nblocks &&
	    st->cycle % device_every(st->device, block) != 0)
		block++;
	return block;
}

static void
take_block(struct station *st, size_t block)
{
	st->block = block;
	st->slice = (struct slice){ 0 };
	st->retried = 0;
}

/* After a long silence or stall the cycle belongs to the newest grid moment
 * that has come: nothing is caught up. */
static void
begin_cycle(struct station *st, int64_t now)
{
	if (now - st->due >= st->period) {
		advance(st, now);
		st->due -= st->period;
	}
	st->running = true;
	st->heard = false;
	take_block(st, due_block(st, 0));
	st->first = st->block;
	st->passed = INT64_MAX;
}

void
station_ask(struct station *st, int64_t now, struct ask *ask)
{
	if (!st->running)
		begin_cycle(st, now);
	device_ask(st->device, st->block, ask);
	if (st->slice.from == 0)
		st->slice = slice_whole(st->device, st->block);
}

int64_t
station_blind(const struct station *st)
{
	return st->life ? PROBE_LIFE : 0;
}

/* Of the block that this cycle begins with. */
static bool
asked_nothing(const struct station *st)
{
	return st->block == st->first && st->retried == 0 && st->slice.from == 0;
}

/* A probe of a dark device keeps its own time, which is not that of its line. */
void
station_asked(struct station *st, int64_t now)
{
	st->polls++;
	if (!asked_nothing(st) || station_dark(st))
		return;
	st->lateness = now - st->due;
	histogram_count(&st->latenesses, st->lateness);
	if (st->lateness > st->worst_lateness)
		st->worst_lateness = st->lateness;
	if (st->lateness > LATE && st->lateness > st->period / 10)
		st->late++;
}

static int64_t
last_try(const struct station *st)
{
	return st->due + st->period / 8 * 7;
}

/* What a histogram says is the end of a bucket, and may be past the longest. */
int64_t
station_lateness(const struct station *st, uint32_t of)
{
	int64_t us = histogram_rarer(&st->latenesses, of);

	return us < st->worst_lateness ? us : st->worst_lateness;
}

/* What is owed may come sooner than a bar, or later than a time-out: a cycle that
 * has nothing else to ask waits for it, as long as it is of use. */
static bool
can_wait(const struct station *st, int64_t now)
{
	bool last = due_block(st, st->block + 1) >= st->device->nblocks;

	return (last || !st->heard) && now < last_try(st);
}

/* What is asked for in slices need not wait for a bar. */
static int64_t
shorter(const struct station *st, int64_t bar)
{
	if (!st->life || bar == 0)
		return bar;
	if (slices_there(st->device, st->block))
		return 0;
	return bar < PROBE_LIFE ? bar : PROBE_LIFE;
}

/* Whoever waited past the next due moment would lose that cycle, too. */
int64_t
station_patience(const struct station *st, int64_t bar, int64_t now)
{
	bool last = st->retried >= st->device->conf.retries ||
	    now + shorter(st, bar) >= last_try(st);

	if (!last || station_dark(st) || !can_wait(st, now))
		return now;
	return st->due + st->period / 64 * 63;
}

/* A bar may be longer than a period: what is owed mostly comes long before its end, and
 * the blocks behind this one can wait for it a while, once. */
bool
station_barred(struct station *st, int64_t until, int64_t now)
{
	bool again = st->barred;

	st->barred = true;
	st->later = until;
	if (asked_nothing(st)) {
		st->later = until < st->passed ? until : st->passed;
		st->running = false;
		return true;
	}
	if (until < st->due + st->period)
		return true;
	st->later = last_try(st);
	if (can_wait(st, now))
		return true;
	if (again || now + OWED >= last_try(st))
		return false;
	st->later = now + OWED;
	return true;
}

bool
station_passes(struct station *st, int64_t until, int64_t now)
{
	size_t other = due_block(st, st->block + 1);

	if (!st->life || !asked_nothing(st) || until < now + st->period / 4 ||
	    other >= st->device->nblocks)
		return false;
	take_block(st, other);
	st->first = other;
	st->passed = until < st->passed ? until : st->passed;
	return true;
}

void
station_unbarred(struct station *st)
{
	if (!st->barred)
		return;
	st->barred = false;
	st->later = 0;
}

/* A second try must end before the next cycle begins; a dark device gets one
 * probe and no more. */
static bool
may_retry(const struct station *st, int64_t now, int64_t cost)
{
	return st->retried < st->device->conf.retries && !station_dark(st) &&
	    now + cost < st->due + st->period;
}

static enum verdict
again(struct station *st, int64_t later)
{
	st->retried++;
	st->retries++;
	st->later = later;
	st->barred = false;
	return VERDICT_AGAIN;
}

bool
station_cut_off(struct station *st, int64_t now)
{
	if (!may_retry(st, now, 0) || now >= last_try(st))
		return false;
	again(st, 0);
	return true;
}

static bool
is_whole(const struct station *st)
{
	return st->slice.count == st->device->blocks[st->block].count;
}

/* "Acknowledge" and "busy" mean later; a block that may not be read as a
 * whole is read point by point from now on. */
static enum verdict
refused(struct station *st, uint8_t exception, int64_t now)
{
	int64_t period = st->period;

	if ((exception == EXCEPTION_ACKNOWLEDGE || exception == EXCEPTION_BUSY) &&
	    may_retry(st, now, period / 4))
		return again(st, now + period / 8);
	if ((exception == EXCEPTION_ADDRESS || exception == EXCEPTION_VALUE) &&
	    is_whole(st) && device_split(st->device, st->block)) {
		st->splits++;
		return VERDICT_AGAIN;
	}
	return VERDICT_BAD;
}

enum verdict
station_judge(struct station *st, const struct reply *reply, int64_t now,
    enum quality_code *code)
{
	switch (reply->status) {
	case REPLY_OK:
		st->answers++;
		st->heard = true;
		st->rtt = reply->heard - reply->asked;
		return VERDICT_DECODE;
	case REPLY_EXCEPTION:
		st->refusals++;
		st->heard = true;
		*code = Q_REFUSED;
		return refused(st, reply->exception, now);
	case REPLY_TIMEOUT:
		st->timeouts++;
		*code = Q_COMM_FAILURE;
		return may_retry(st, now, now - reply->asked) ? again(st, 0) : VERDICT_BAD;
	case REPLY_LOST:
		break;
	}
	*code = Q_COMM_FAILURE;
	return VERDICT_BAD;
}

static void
back_off(struct station *st, int64_t now)
{
	int64_t wait = st->period;

	if (wait < st->probe_min)
		wait = st->probe_min;
	for (unsigned i = DARK_AFTER; i < st->failures && wait < st->probe_max; i++)
		wait *= 2;
	st->probe_at = now + (wait < st->probe_max ? wait : st->probe_max);
}

static void
end_cycle(struct station *st, int64_t now)
{
	st->running = false;
	st->later = 0;
	st->barred = false;
	if (st->heard)
		st->failures = 0;
	else
		st->failures++;
	st->deaf = st->deaf && !st->heard;
	/* Who was silent is asked everything as soon as it speaks. */
	st->cycle = st->heard ? st->cycle + 1 : 0;
	if (station_dark(st))
		back_off(st, now);
	advance(st, now);
}

bool
station_more(struct station *st)
{
	st->slice.from = slice_end(&st->slice);
	if (st->slice.from >= stretch_end(&st->device->blocks[st->block]))
		return false;
	st->retried = 0;
	st->later = 0;
	st->barred = false;
	return true;
}

void
station_next(struct station *st, int64_t now)
{
	bool silent = !st->heard;

	st->later = 0;
	st->barred = false;
	/* A device that did not answer its first block is not asked the rest. */
	take_block(st, due_block(st, st->block + 1));
	if (st->block >= st->device->nblocks || silent)
		end_cycle(st, now);
}

void
station_skip(struct station *st, int64_t now)
{
	st->running = false;
	st->later = 0;
	st->barred = false;
	st->skipped++;
	advance(st, now);
}

bool
station_pace(struct station *st, int64_t period, int64_t now)
{
	bool sooner = period < st->period && st->due > now;

	if (period == st->period)
		return false;
	st->period = period;
	st->grid = 0;
	if (sooner)
		st->due = now;
	return sooner;
}

void
station_revive(struct station *st)
{
	st->failures = 0;
	st->probe_at = 0;
	st->cycle = 0;
	st->running = false;
	st->later = 0;
	st->barred = false;
}

void
station_early(struct station *st, int64_t now)
{
	if (st->due <= now || st->grid != 0)
		return;
	st->grid = st->due;
	st->due = now;
}

void
station_sleep(struct station *st)
{
	st->asleep = true;
	st->running = false;
}

void
station_wake(struct station *st, int64_t now)
{
	st->asleep = false;
	station_revive(st);
	st->due = now;
}

bool
station_tell(struct station *st, size_t block, uint32_t from, enum quality_code code,
    int64_t now)
{
	struct block_state *b = &st->blocks[block];
	const uint32_t seconds = (uint32_t)(now / US_PER_S);
	bool known = code != Q_GOOD && b->code == code && from >= b->from &&
	    seconds - b->told < TELL_AGAIN;

	b->from = (uint16_t)from;
	if (known)
		return false;
	b->code = (uint8_t)code;
	b->told = seconds;
	return true;
}
