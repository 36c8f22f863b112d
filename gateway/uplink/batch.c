#include <stdio.h>
#include <string.h>

#include "../../conf/glob.h"
#include "../journal/tally.h"
#include "../log.h"
#include "batch.h"

/* What has no series concerns everybody. */
static bool
selected(const struct batch *b, const struct entry *e)
{
	const char *pattern = b->env->conf->select;
	const struct series *s = NULL;
	char name[2 * NAME_MAX_BYTES];
	uint32_t id = entry_series(e);

	if (pattern[0] == '*' && pattern[1] == '\0')
		return true;
	if (id != 0)
		s = reader_series(b->env->reader, id);
	if (s == NULL)
		return true;
	snprintf(name, sizeof(name), "%s.%s", s->device, s->point);
	return glob_match(pattern, name);
}

/* The reader knows what is there; when the lost began, the last that was sent
 * before may know better. */
static void
date(struct gap *gap, int64_t since)
{
	if (since != 0 && (gap->since == 0 || (since > gap->since && since <= gap->until)))
		gap_between(gap, since, gap->until);
}

static enum put_result
put(const struct batch *b)
{
	struct flow *f = b->flow;

	if (f->kept == READ_GAP)
		date(&f->gap, b->since);
	if (f->kept == READ_GAP && b->kind->gap == NULL)
		return PUT_SKIPPED;
	if (f->kept == READ_GAP)
		return b->kind->gap(b->far, &f->gap, b->stream);
	/* a restated alarm is news only where its own steps are gone */
	if ((f->entry.flags & ENTRY_SNAPSHOT) && !f->gapped)
		return PUT_SKIPPED;
	if (!selected(b, &f->entry))
		return PUT_SKIPPED;
	if (b->thin != NULL && !thin_takes(b->thin, b->env->reader, &f->entry, b->stream))
		return PUT_SKIPPED;
	return b->kind->put(b->far, &f->entry, b->stream);
}

/* The lanes share their numbers: what the other one has of a gap is not lost. */
static uint64_t
lost_in(const struct batch *b, const struct gap *gap)
{
	enum lane other = b->flow->lane == LANE_ALARM ? LANE_TELEMETRY : LANE_ALARM;
	uint64_t n = gap->to - gap->from + 1;
	uint64_t theirs = tally(b->env->disk, other, gap->from, gap->to);

	return n > theirs ? n - theirs : 0;
}

/* Puts what is at hand.  False: the batch is full. */
static bool
put_next(struct batch *b)
{
	struct flow *f = b->flow;
	enum put_result result = put(b);

	if (result == PUT_FULL && b->taken > 0)
		return false;
	b->too_large += result == PUT_FULL;
	if (f->kept == READ_GAP)
		b->lost += lost_in(b, &f->gap);
	b->taken += result == PUT_TAKEN;
	b->since = f->kept == READ_GAP ? f->gap.until : f->entry.stored;
	b->done = flow_take(f);
	return b->taken < b->most;
}

static bool
past(const struct flow *f, enum read_result result, uint64_t to)
{
	if (result == READ_ENTRY)
		return f->entry.seq > to;
	return result != READ_GAP || f->gap.from > to;
}

int
batch_fill(struct batch *b, uint64_t from, uint64_t to)
{
	while (from <= to) {
		enum read_result result = flow_peek(b->flow, from, b->limit);

		/* what was put must go out first, or it would go twice */
		if (result == READ_FAILED)
			return b->taken > 0 ? 0 : -1;
		b->ended = past(b->flow, result, to);
		if (b->ended || !put_next(b))
			return 0;
		from = b->done + 1;
	}
	b->ended = true;
	return 0;
}

void
batch_tell(const struct batch *b)
{
	if (b->lost > 0)
		log_warn("uplink %s: %llu entries were gone before they could be sent",
		    b->env->conf->name, (unsigned long long)b->lost);
	if (b->too_large > 0)
		log_err("uplink %s: %llu entries are larger than batch_bytes: left out",
		    b->env->conf->name, (unsigned long long)b->too_large);
}
