#include "ledger.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum lane
ledger_lane(enum entry_kind kind)
{
	return kind == ENTRY_ALARM ? LANE_ALARM : LANE_TELEMETRY;
}

void
ledger_init(struct ledger *l, int (*alarm_index)(const struct alarm_entry *))
{
	*l = (struct ledger){ .alarm_index = alarm_index };
}

void
ledger_free(struct ledger *l)
{
	free(l->lines);
	free(l->refused);
	free(l->refused_index);
	*l = (struct ledger){ .lines = NULL };
}

struct ledger
ledger_copy(const struct ledger *l)
{
	struct ledger copy = *l;

	copy.lines = malloc((l->cap + 1) * sizeof *l->lines);
	assert(copy.lines != NULL);
	if (l->n > 0)
		memcpy(copy.lines, l->lines, l->n * sizeof *l->lines);
	copy.refused = malloc((l->nrefused + 1) * sizeof *l->refused);
	copy.refused_index = malloc(l->nrefused + 1);
	assert(copy.refused != NULL && copy.refused_index != NULL);
	if (l->nrefused > 0) {
		memcpy(copy.refused, l->refused, l->nrefused * sizeof *l->refused);
		memcpy(copy.refused_index, l->refused_index, l->nrefused);
	}
	return copy;
}

static struct ledger_line *
line_at(struct ledger *l, uint64_t seq)
{
	return seq < l->n && l->lines[seq].fold != 0 ? &l->lines[seq] : NULL;
}

static void
line_set(struct ledger *l, uint64_t seq, const struct entry *e)
{
	if (seq >= l->cap) {
		l->cap = seq * 2 + 256;
		l->lines = realloc(l->lines, l->cap * sizeof *l->lines);
		assert(l->lines != NULL);
	}
	for (; l->n <= seq; l->n++)
		l->lines[l->n] = (struct ledger_line){ .fold = 0 };
	l->lines[seq] = (struct ledger_line){
		.fold = entry_fold(e), .alarm_index = -1, .lane = (uint8_t)ledger_lane(e->kind)
	};
	if (e->kind == ENTRY_ALARM) {
		l->lines[seq].alarm = e->alarm.alarm;
		l->lines[seq].alarm_index = (int8_t)l->alarm_index(&e->alarm);
	}
}

void
ledger_append(struct ledger *l, uint64_t seq, const struct entry *e)
{
	assert(seq != 0);
	line_set(l, seq, e);
}

void
ledger_ack(struct ledger *l, struct durable d)
{
	for (size_t lane = 0; lane < LANES; lane++)
		for (uint64_t s = l->acked.seq[lane] + 1; s <= d.seq[lane] && s < l->n; s++)
			if (l->lines[s].fold != 0 && l->lines[s].lane == lane)
				l->lines[s].acked = true;
	l->acked = d;
}

void
ledger_adopt(struct ledger *l, struct durable d)
{
	for (uint64_t s = 1; s < l->n; s++) {
		if (l->lines[s].fold == 0)
			continue;
		if (l->lines[s].read == l->look)
			l->lines[s].acked = true;
		else if (!l->recycles || !l->lines[s].acked)
			/* it never was: its seq may serve another */
			l->lines[s].fold = 0;
	}
	l->acked = d;
}

static bool
same_facts(const struct alarm *a, const struct alarm *b)
{
	return a->active == b->active && a->unacked == b->unacked &&
	    a->latching == b->latching && a->held == b->held && a->untold == b->untold &&
	    a->masks == b->masks && a->since == b->since && a->count == b->count;
}

/* The facts of an alarm after everything up to this seq. */
static struct alarm
facts_at(const struct ledger *l, int index, uint64_t seq)
{
	if (seq >= l->n)
		seq = l->n - 1;
	for (uint64_t s = seq; l->n > 0 && s > 0; s--)
		if (l->lines[s].fold != 0 && l->lines[s].alarm_index == index)
			return l->lines[s].alarm;
	return (struct alarm){ .active = false };
}

void
ledger_refused(struct ledger *l, const struct entry *e)
{
	if (e->kind != ENTRY_ALARM)
		return;
	l->refused = realloc(l->refused, (l->nrefused + 1) * sizeof *l->refused);
	l->refused_index = realloc(l->refused_index, l->nrefused + 1);
	assert(l->refused != NULL && l->refused_index != NULL);
	l->refused[l->nrefused] = e->alarm.alarm;
	l->refused_index[l->nrefused++] = (int8_t)l->alarm_index(&e->alarm);
}

static bool
was_refused(const struct ledger *l, int index, const struct alarm *a)
{
	for (size_t i = 0; i < l->nrefused; i++)
		if (l->refused_index[i] == index && same_facts(&l->refused[i], a))
			return true;
	return false;
}

/* A restated alarm: made by the store itself, when a segment begins, from
 * facts that may be one step ahead of the entries before it. */
static bool
snapshot_right(const struct ledger *l, const struct entry *e)
{
	int index = l->alarm_index(&e->alarm);
	struct alarm before;

	if (index < 0)
		return false;
	before = facts_at(l, index, e->seq);
	if (same_facts(&before, &e->alarm.alarm))
		return true;
	for (uint64_t s = e->seq + 1; s < l->n; s++)
		if (l->lines[s].fold != 0 && l->lines[s].alarm_index == index)
			return same_facts(&l->lines[s].alarm, &e->alarm.alarm) ||
			    was_refused(l, index, &e->alarm.alarm);
	return was_refused(l, index, &e->alarm.alarm);
}

static bool
is_snapshot(const struct entry *e)
{
	return e->kind == ENTRY_ALARM && (e->flags & ENTRY_SNAPSHOT) != 0;
}

/* Is it what was given?  Known also is a snapshot, which nobody gave: it
 * restates what an entry before it said. */
static bool
entry_right(struct ledger *l, const struct entry *e, bool *known)
{
	struct ledger_line *line = line_at(l, e->seq);

	*known = true;
	if (is_snapshot(e))
		return snapshot_right(l, e);
	*known = line != NULL;
	return line != NULL && line->fold == entry_fold(e);
}

void
ledger_told(void *ctx, const struct entry *e)
{
	struct ledger *l = ctx;
	bool known;

	if (!entry_right(l, e, &known)) {
		l->told_wrong++;
		if (l->loud)
			entry_print(e);
	}
}

/* A reading must lead to the name it was entered under. */
static bool
series_right(struct reader *r, const struct scribe *s, const struct entry *e,
    struct verdict *v)
{
	const struct series *row, *want;
	int i;

	if (e->kind != ENTRY_READING || s == NULL)
		return true;
	i = scribe_series_find(s, e->reading.series);
	row = reader_series(r, e->reading.series);
	if (row == NULL)
		v->unnamed++;
	if (i < 0 || row == NULL)
		return i >= 0;
	want = scribe_series_row((size_t)i);
	return strcmp(row->device, want->device) == 0 && strcmp(row->point, want->point) == 0 &&
	    strcmp(row->unit, want->unit) == 0 && strcmp(row->raw, want->raw) == 0 &&
	    row->decimals == want->decimals && row->id == e->reading.series;
}

static void
take_entry(struct ledger *l, struct reader *r, const struct scribe *s, enum lane lane,
    const struct entry *e, uint64_t *last, struct verdict *v)
{
	bool known, right = entry_right(l, e, &known), step = !is_snapshot(e);

	if (!known)
		v->invented++;
	else if (!right || !series_right(r, s, e, v))
		v->changed++;
	else {
		v->entries++;
		if (step)
			l->lines[e->seq].read = l->look;
	}
	if (ledger_lane(e->kind) != lane)
		v->changed++;
	if (e->seq < *last || (step && e->seq == *last))
		v->disorder++;
	if (l->loud && (!known || !right || e->seq < *last || (step && e->seq == *last))) {
		fprintf(stderr, "  lane %d, %s, after seq %" PRIu64 ":\n", (int)lane,
		    !known ? "invented" : right ? "order" : "changed", *last);
		entry_print(e);
	}
	*last = e->seq;
}

void
ledger_read(struct ledger *l, struct reader *r, struct durable limit, const struct scribe *s,
    struct verdict *v)
{
	l->look++;
	for (enum lane lane = 0; lane < LANES; lane++) {
		enum read_result result;
		uint64_t last = 0;
		struct entry e;
		struct gap gap;

		reader_seek(r, lane, 1);
		while ((result = reader_next(r, limit.seq[lane], &e, &gap)) != READ_END) {
			if (result == READ_FAILED) {
				v->refused++;
				break;
			}
			if (result == READ_ENTRY) {
				take_entry(l, r, s, lane, &e, &last, v);
				continue;
			}
			if (l->recycles && !gap.damaged && last == 0)
				continue;
			v->gaps++;
			if (l->loud)
				fprintf(stderr, "  lane %d: gap %" PRIu64 "..%" PRIu64 "%s\n",
				    (int)lane, gap.from, gap.to, gap.damaged ? " damaged" : "");
		}
		if (limit.seq[lane] != 0 && last > limit.seq[lane])
			v->disorder++;
	}
}

void
ledger_missing(struct ledger *l, struct verdict *v)
{
	uint64_t top[LANES] = { 0 }, oldest[LANES] = { 0 };

	for (uint64_t s = 1; s < l->n; s++) {
		const struct ledger_line *line = &l->lines[s];

		if (line->fold == 0 || line->read != l->look)
			continue;
		top[line->lane] = s;
		if (oldest[line->lane] == 0)
			oldest[line->lane] = s;
	}
	for (uint64_t s = 1; s < l->n; s++) {
		const struct ledger_line *line = &l->lines[s];

		if (line->fold == 0 || line->read == l->look)
			continue;
		if (l->recycles && s < oldest[line->lane])
			continue;
		if (line->acked)
			v->lost++;
		else if (s < top[line->lane])
			v->holes++;
		else
			continue;
		if (l->loud)
			fprintf(stderr, "  seq %" PRIu64 " of lane %d is missing%s, newest is %" PRIu64
			    "\n", s, line->lane, line->acked ? " and was acknowledged" : "",
			    top[line->lane]);
	}
}

void
ledger_facts(const struct ledger *l, struct alarm facts[LEDGER_ALARMS])
{
	memset(facts, 0, LEDGER_ALARMS * sizeof facts[0]);
	for (uint64_t s = 1; s < l->n; s++)
		if (l->lines[s].fold != 0 && l->lines[s].alarm_index >= 0 &&
		    (l->lines[s].read == l->look || (l->recycles && l->lines[s].acked)))
			facts[l->lines[s].alarm_index] = l->lines[s].alarm;
}

struct replay {
	const struct ledger *ledger;
	struct alarm	 alarms[LEDGER_ALARMS];
	uint64_t	 strange;
};

static void
replay_take(void *ctx, const struct entry *e)
{
	struct replay *replay = ctx;
	int i = e->kind == ENTRY_ALARM ? replay->ledger->alarm_index(&e->alarm) : -1;

	if (i < 0)
		replay->strange++;
	else
		replay->alarms[i] = e->alarm.alarm;
}

void
ledger_alarms(struct ledger *l, struct journal *j, struct verdict *v)
{
	struct replay replay = { .ledger = l };
	struct alarm wants[LEDGER_ALARMS];

	if (journal_replay_alarms(j, replay_take, &replay) != 0)
		replay.strange++;
	v->alarms += replay.strange;
	ledger_facts(l, wants);
	for (int i = 0; i < LEDGER_ALARMS; i++) {
		struct alarm want = wants[i];
		bool norm = alarm_state(&want) == ALARM_NORM &&
		    alarm_state(&replay.alarms[i]) == ALARM_NORM;

		if (norm || same_facts(&want, &replay.alarms[i]))
			continue;
		/* what a new segment restates knows of a step that was refused */
		if (was_refused(l, i, &replay.alarms[i]))
			continue;
		v->alarms++;
		if (l->loud)
			fprintf(stderr, "  alarm %d: replay says %s, should be %s\n", i,
			    alarm_state_name(alarm_state(&replay.alarms[i])),
			    alarm_state_name(alarm_state(&want)));
	}
}

bool
verdict_clean(const struct verdict *v)
{
	return v->refused + v->lost + v->invented + v->changed + v->unnamed + v->disorder + v->holes +
	    v->reused + v->alarms + v->false_damage + v->gaps == 0;
}

void
verdict_add(struct verdict *v, const struct verdict *w)
{
	v->refused += w->refused;
	v->lost += w->lost;
	v->invented += w->invented;
	v->changed += w->changed;
	v->unnamed += w->unnamed;
	v->disorder += w->disorder;
	v->holes += w->holes;
	v->reused += w->reused;
	v->alarms += w->alarms;
	v->false_damage += w->false_damage;
	v->entries += w->entries;
	v->gaps += w->gaps;
}

void
verdict_print(const struct verdict *v)
{
	printf("  %" PRIu64 " entries read; lost %" PRIu64 ", invented %" PRIu64 ", changed %" PRIu64
	    ", unnamed %" PRIu64 ", out of order %" PRIu64 ", holes %" PRIu64 ", seq reused %" PRIu64 ", alarms wrong %"
	    PRIu64 ", not opened %" PRIu64 ", cut called damage %" PRIu64 ", gaps %" PRIu64 "\n",
	    v->entries, v->lost, v->invented, v->changed, v->unnamed, v->disorder, v->holes, v->reused,
	    v->alarms, v->refused, v->false_damage, v->gaps);
}
