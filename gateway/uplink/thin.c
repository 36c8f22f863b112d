#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../room.h"
#include "thin.h"

#define MS	1000

static void
drop_guards(struct thin *t)
{
	for (size_t i = 0; i < t->guards.n; i++)
		free((void *)(uintptr_t)t->guards.at[i]);
	free(t->guards.at);
	t->guards = (struct thin_guards){ .n = 0 };
	if (t->guarded != NULL)
		memset(t->guarded, 0, t->n);
}

void
thin_set(struct thin *t, const struct thin_terms *terms, const struct thin_guards *guards)
{
	t->is = *terms;
	if (guards == NULL)
		return;
	drop_guards(t);
	t->guards.at = room_for(guards->n + 1, sizeof(*t->guards.at));
	for (; t->guards.n < guards->n; t->guards.n++) {
		char *copy = room_for(NAME_MAX_BYTES, 1);

		strncpy(copy, guards->at[t->guards.n], NAME_MAX_BYTES - 1);
		t->guards.at[t->guards.n] = copy;
	}
}

static void
grow(struct thin *t, size_t series)
{
	size_t n = 2 * series + 64;
	uint8_t *guarded = room_for(n, 1);

	if (t->n > 0)
		memcpy(guarded, t->guarded, t->n);
	free(t->guarded);
	t->guarded = guarded;
	for (int i = 0; i < STREAMS; i++) {
		struct thin_last *last = room_for(n, sizeof(*last));

		if (t->n > 0)
			memcpy(last, t->last[i], t->n * sizeof(*last));
		free(t->last[i]);
		t->last[i] = last;
	}
	t->n = n;
}

static int
compare(const void *name, const void *other)
{
	return strcmp(name, *(const char *const *)other);
}

static bool
is_guarded(struct thin *t, struct reader *reader, uint32_t series)
{
	uint8_t *known = &t->guarded[series];
	const struct series *s;

	if (*known == 0 && (s = reader_series(reader, series)) != NULL)
		*known = t->guards.n > 0 && bsearch(s->device, t->guards.at, t->guards.n,
		    sizeof(*t->guards.at), compare) != NULL ? 2 : 1;
	return *known != 1;		/* of one without a name nothing is left out */
}

/* A text is what it is: each is another figure. */
static double
figure_of(const struct value *v)
{
	double figure = NAN;
	uint64_t hash = 1469598103934665603ULL;

	if (v->kind != VALUE_TEXT)
		return value_number(v, &figure) ? figure : NAN;
	for (const char *c = v->text; *c != '\0'; c++)
		hash = (hash ^ (uint8_t)*c) * 1099511628211ULL;
	return (double)(hash >> 12);
}

static bool
changed(const struct thin *t, const struct thin_last *last, double figure, enum value_kind kind)
{
	if (isnan(figure) || isnan(last->figure))
		return isnan(figure) != isnan(last->figure);
	if (kind == VALUE_TEXT || kind == VALUE_BOOL)
		return figure != last->figure;
	return fabs(figure - last->figure) > fabs(last->figure) * t->is.deadband / 100;
}

/* One that did not fit into a batch comes again. */
static bool
is_news(struct thin *t, const struct reading *r, enum stream stream)
{
	struct thin_last *last = &t->last[stream][r->series];
	double figure = figure_of(&r->value);
	int64_t age = r->time - last->time;

	if (last->known && age > 0 && age < t->is.deadband_age / MS &&
	    last->code == r->quality.code && !changed(t, last, figure, r->value.kind))
		return false;
	*last = (struct thin_last){ figure, r->time, r->quality.code, 1 };
	return true;
}

static bool
takes(struct thin *t, struct reader *reader, const struct entry *e, enum stream stream)
{
	if (stream == STREAM_ALARM || !(t->is.changes || t->is.statistics || t->is.reserve))
		return true;
	if (e->kind == ENTRY_NOTE)
		return !t->is.reserve;
	if (e->kind != ENTRY_READING && e->kind != ENTRY_STATISTIC)
		return true;
	if (entry_series(e) >= t->n)
		grow(t, entry_series(e));
	if (is_guarded(t, reader, entry_series(e)))
		return true;
	if (e->kind == ENTRY_STATISTIC)
		return !t->is.reserve;
	return !t->is.statistics && !t->is.reserve && is_news(t, &e->reading, stream);
}

bool
thin_takes(struct thin *t, struct reader *reader, const struct entry *e, enum stream stream)
{
	bool taken = takes(t, reader, e, stream);

	t->spared += !taken;
	return taken;
}

void
thin_forget(struct thin *t, enum stream stream)
{
	if (t->n > 0)
		memset(t->last[stream], 0, t->n * sizeof(*t->last[stream]));
}

void
thin_free(struct thin *t)
{
	drop_guards(t);
	free(t->guarded);
	for (int i = 0; i < STREAMS; i++)
		free(t->last[i]);
	*t = (struct thin){ .n = 0 };
}
