#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../log.h"
#include "../room.h"
#include "remember.h"
#include "restore_told.h"

#define SINCE	(3600 * 1000LL)	/* ms before the end: who was not heard then sends again
				 * what is in there */
#define MOST	1000000		/* entries: half a second; nobody listens meanwhile */

/* Of a series: who tells of it, and under which key. */
struct teller {
	struct bus	*bus;		/* NULL: it is not told */
	struct station	*station;
	const char	*key;
};

struct recall {
	struct field_role	*field;
	struct teller		*lines;		/* by series */
	uint32_t		 nlines;
	struct bus		*last;		/* that told what was read last */
};

static void
take_station(struct recall *r, struct bus *bus, struct station *st)
{
	const struct device *d = st->device;

	for (size_t n = 0; n < d->profile->npoints; n++)
		if (d->taps[n].block != BLOCK_DERIVED && d->taps[n].series < r->nlines)
			r->lines[d->taps[n].series] = (struct teller){ .bus = bus,
			    .station = st, .key = d->profile->points[n].push };
}

/* How long ago it begins (ms) that has to be known. */
static int64_t
take_lines(struct recall *r)
{
	const struct field_role *f = r->field;
	int64_t back = SINCE;

	r->nlines = (uint32_t)f->latest.n + 1;
	r->lines = room_for(r->nlines, sizeof(*r->lines));
	for (size_t i = 0; i < f->nbuses; i++) {
		struct bus *bus = f->buses[i];
		const struct link_conf *conf = bus->link.conf;

		for (size_t k = 0; bus_knows_again(bus) && k < bus->nstations; k++)
			take_station(r, bus, &bus->stations[k]);
		if (bus_knows_again(bus) && conf->history != HISTORY_OFF &&
		    bus_history_back(conf) > back)
			back = bus_history_back(conf);
	}
	return back;
}

/* Of a message that was only a log of the instrument. */
static struct bus *
line_of_note(const struct recall *r, const struct note *note)
{
	static const char kind[] = "link ";

	if (strncmp(note->who, kind, sizeof(kind) - 1) != 0)
		return NULL;
	for (size_t i = 0; i < r->field->nbuses; i++) {
		struct bus *bus = r->field->buses[i];

		/* who is cut where the name is a long one */
		if (bus_knows_again(bus) && strncmp(bus->link.conf->name,
		    note->who + sizeof(kind) - 1, NAME_MAX_BYTES - sizeof(kind)) == 0)
			return bus;
	}
	return NULL;
}

/* What was reckoned from the readings of a message stands behind them, and may be
 * of another device. */
static void
take(void *arg, const struct entry *e)
{
	struct recall *r = arg;

	if (e->kind == ENTRY_READING && e->reading.series < r->nlines &&
	    r->lines[e->reading.series].bus != NULL) {
		const struct teller *t = &r->lines[e->reading.series];

		r->last = t->bus;
		if (t->bus->link.conf->history != HISTORY_OFF && t->key != NULL)
			bus_history_tell(t->bus, t->station, t->key, e->reading.time);
	}
	if (e->print == 0)
		return;
	if (e->kind == ENTRY_NOTE)
		r->last = line_of_note(r, &e->note);
	if (r->last != NULL && e->kind == ENTRY_NOTE)
		bus_knew(r->last, e->print, 0, 0);
	else if (r->last != NULL)
		bus_knew(r->last, e->print, e->reading.time,
		    r->field->pipeline.clock->mono() - remember_since(r->field, e));
}

void
restore_told(struct field_role *f)
{
	struct recall r = { .field = f };
	bool any = false;
	int64_t back;

	for (size_t i = 0; i < f->nbuses; i++)
		any |= bus_knows_again(f->buses[i]);
	if (!any)
		return;
	back = take_lines(&r);
	if (journal_replay_last(f->journal, journal_newest(f->journal) - back, MOST, take,
	    &r) < 0)
		log_err("store: what instruments told before the start cannot be read: %s",
		    strerrordesc_np(errno));
	free(r.lines);
}
