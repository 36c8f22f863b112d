#include <stdlib.h>
#include <string.h>

#include "push.h"
#include "reader.h"

#define KEY_MOST	64	/* bytes */
#define TEXT_REGISTERS	30

static const char *const raws[] = { "f64", "bit", "string", NULL };

static int
wrong(struct errs *errs, const struct point_row *row, const char *fmt, const char *word)
{
	return err_add(errs, row->at.file, row->at.line, fmt, row->name, word);
}

/* Keys that say where a register stands have no meaning here. */
static int
check_rest(const struct point_row *row, struct errs *errs)
{
	const struct { const char *name; bool given; } keys[] = {
		{ "register", row->number >= 0 }, { "function", row->function != 3 },
		{ "order", row->order[0] != '\0' }, { "bit", row->bit >= 0 },
		{ "bits", row->bits != NULL }, { "length", row->length > 0 },
		{ "times", row->times.n > 0 }, { "plus", row->plus.n > 0 },
		{ "decimals_from", row->decimals_from.raw != NULL },
		{ "write", row->write.function != 0 },
	};
	int rc = 0;

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (keys[i].given)
			rc = wrong(errs, row, "%s: %s goes with registers, not with push",
			    keys[i].name);
	return rc;
}

int
push_bind(struct point *p, const struct point_row *row, struct errs *errs)
{
	const char *raw = row->raw[0] != '\0' ? row->raw : raws[0];
	size_t i = 0;

	if (strlen(row->push) > KEY_MOST || strpbrk(row->push, " \t\r\n") != NULL)
		return wrong(errs, row, "%s: push \"%s\" is no key: at most 64 bytes, no blank",
		    row->push);
	while (raws[i] != NULL && strcmp(raws[i], raw) != 0)
		i++;
	if (raws[i] == NULL)
		return reader_unknown(errs, &row->at, row->name, "raw of push", row->raw, raws, 3);
	if (check_rest(row, errs) != 0)
		return -1;
	p->push = row->push;
	p->raw = raw_find(raw);
	if (p->raw->needs & RAW_LENGTH)
		p->piece = (struct piece){ .registers = TEXT_REGISTERS, .letters = LETTERS_UTF8 };
	else if (p->raw->needs & RAW_BIT)
		p->piece.bits = 1;
	p->order = order_find(p->raw->registers == 4 ? "ABCDEFGH" : "AB");
	p->invert = row->invert;
	if (row->invert && !(p->raw->needs & RAW_BIT))
		return wrong(errs, row, "%s: invert goes with raw = \"bit\"", "");
	return 0;
}

/* The points with their keys while they are sorted: a comparison knows no profile. */
struct named {
	const char	*key;
	uint16_t	 at;
};

static int
by_key(const void *a, const void *b)
{
	const struct named *x = a, *y = b;
	int order = strcmp(x->key, y->key);

	return order != 0 ? order : (x->at > y->at) - (x->at < y->at);
}

static int
sort(struct profile *p, struct arena *arena, struct errs *errs)
{
	uint16_t *keys = arena_alloc(arena, (p->npoints + 1) * sizeof(*keys));
	size_t kept = arena->used;
	struct named *named = arena_alloc(arena, (p->npoints + 1) * sizeof(*named));
	int rc = 0;

	if (keys == NULL || named == NULL)
		return reader_no_memory(errs, &p->at);
	for (size_t i = 0; i < p->npoints; i++)
		named[i] = (struct named){ p->points[i].push, (uint16_t)i };
	qsort(named, p->npoints, sizeof(*named), by_key);
	for (size_t i = 0; i < p->npoints; i++) {
		const struct point *point = &p->points[named[i].at];

		keys[i] = named[i].at;
		if (i > 0 && strcmp(named[i - 1].key, named[i].key) == 0)
			rc = err_add(errs, point->at.file, point->at.line,
			    "%s: push \"%s\" is that of %s already", point->name, point->push,
			    p->points[named[i - 1].at].name);
	}
	arena->used = kept;
	p->keys = keys;
	p->nkeys = p->npoints;
	return rc;
}

int
pushes_bind(struct profile *p, struct arena *arena, struct errs *errs)
{
	int rc = 0;

	for (size_t i = 0; i < p->npoints; i++) {
		const struct point *point = &p->points[i];

		if (p->pushes == (point->push != NULL))
			continue;
		rc = err_add(errs, point->at.file, point->at.line, p->pushes ?
		    ERR_("%s: proto \"%s\" has no registers: say its key: push = \"...\"") :
		    ERR_("%s: proto \"%s\" is read by registers: push goes with those that "
		    "tell by themselves"), point->name, p->proto);
	}
	if (!p->pushes || rc != 0)
		return rc;
	if (p->nblocks > 0 || p->nstatuses > 0 || p->start.n > 0 || p->stop.n > 0 ||
	    p->watchdog.function != 0 || p->nnever > 0)
		return err_add(errs, p->at.file, p->at.line,
		    "%s: proto \"%s\" has no registers: blocks, never, status, start, stop and "
		    "watchdog go with those that are read", p->name, p->proto);
	return sort(p, arena, errs);
}

/* The period of one that is asked, where the file says none. */
#define PERIOD_UNSAID	5000000

int
push_pace(struct device *d, struct errs *errs)
{
	struct device_conf *c = &d->conf;
	int64_t pace = c->heartbeat > 0 ? c->heartbeat : PUSH_SILENCE;

	if (!d->profile->pushes)
		return c->heartbeat == 0 ? 0 : err_add(errs, c->place.file, c->place.line,
		    "%s: profile \"%s\" is asked: it has a period, and no heartbeat", c->name,
		    d->profile->name);
	if (c->heartbeat > 0 && c->heartbeat < 1000000)
		return err_add(errs, c->place.file, c->place.line,
		    "%s: heartbeat is below 1s", c->name);
	if (c->period != PERIOD_UNSAID && c->period != pace)
		return err_add(errs, c->place.file, c->place.line,
		    "%s: profile \"%s\" tells by itself: it has a heartbeat, and no period",
		    c->name, d->profile->name);
	c->period = pace;
	return 0;
}
