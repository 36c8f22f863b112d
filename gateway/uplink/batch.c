#include <stdio.h>
#include <string.h>

#include "../../rules/rule.h"
#include "../log.h"
#include "batch.h"

static uint32_t
series_id(const struct entry *e)
{
	switch (e->kind) {
	case ENTRY_READING:
		return e->reading.series;
	case ENTRY_STATISTIC:
		return e->statistic.series;
	case ENTRY_ALARM:
		return e->alarm.series;
	case ENTRY_COMMAND:
		return e->command.series;
	case ENTRY_RECORD:
	case ENTRY_NOTE:
		break;
	}
	return 0;
}

/* What has no series concerns everybody. */
static bool
selected(const struct batch *b, const struct entry *e)
{
	const char *pattern = b->env->conf->select;
	const struct series *s = NULL;
	char name[2 * NAME_MAX_BYTES];
	uint32_t id = series_id(e);

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
	return b->kind->put(b->far, &f->entry, b->stream);
}

/* Puts what is at hand.  False: the batch is full. */
static bool
put_next(struct batch *b)
{
	struct flow *f = b->flow;
	enum put_result result = put(b);

	if (result == PUT_FULL && b->taken > 0)
		return false;
	if (result == PUT_FULL)
		log_err("uplink %s: entry %llu is larger than batch_bytes: left out",
		    b->env->conf->name, (unsigned long long)f->entry.seq);
	if (f->kept == READ_GAP)
		b->lost += f->gap.to - f->gap.from + 1;
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
