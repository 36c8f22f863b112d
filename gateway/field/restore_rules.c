#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../../rules/rehearsal.h"
#include "../log.h"
#include "../room.h"
#include "field.h"
#include "restore_rules.h"

#define MOST	2000000		/* entries: a second or two; nobody watches meanwhile */
#define LONG	(2 * US_PER_S)	/* that is worth a line */

struct recall {
	struct field_role	*field;
	struct rehearsal	 time;
	int64_t			 now, wall;	/* of the start */
	int64_t			 since;		/* UTC ms */
	bool			 begun;
	bool			*derived;	/* by series: reckoned anew */
	uint32_t		 nseries;
	struct reading		*room;		/* of one moment */
	size_t			 nroom, n;
	uint64_t		 heard;
};

/* Another boot had another clock. */
static int64_t
mono_of(const struct recall *r, const struct entry *e, int64_t mono, int64_t wall)
{
	return e->boot == r->field->boot ? mono : r->now - (r->wall - wall) * 1000;
}

/* False: it is older than what is wanted, or of a time to come. */
static bool
begin(struct recall *r, int64_t mono, int64_t wall)
{
	struct course *c = &r->time.course;

	if (wall < r->since || mono > r->now)
		return false;
	if (r->begun)
		return true;
	rules_start(c->rules, mono);
	derived_start(c->derived, &r->field->zone, mono);
	rehearsal_begin(&r->time, mono, wall);
	r->begun = true;
	return true;
}

static void
flush(struct recall *r)
{
	if (r->n > 0)
		rehearsal_hear(&r->time, r->room, r->n, r->room[0].mono, r->room[0].time);
	r->heard += r->n;
	r->n = 0;
}

static void
take_reading(struct recall *r, const struct entry *e)
{
	struct reading reading = e->reading;

	reading.mono = mono_of(r, e, reading.mono, reading.time);
	if ((reading.series < r->nseries && r->derived[reading.series]) ||
	    !begin(r, reading.mono, reading.time))
		return;
	if (r->n == r->nroom || (r->n > 0 && r->room[0].mono != reading.mono))
		flush(r);
	r->room[r->n++] = reading;
}

static void
take_statistic(struct recall *r, const struct entry *e)
{
	int64_t mono = mono_of(r, e, e->stored_mono, e->stored);

	if (!begin(r, mono, e->stored))
		return;
	flush(r);
	rehearsal_until(&r->time, mono);
	rules_statistic(r->time.course.rules, &e->statistic, r->time.now, e->stored);
}

static void
take(void *arg, const struct entry *e)
{
	struct recall *r = arg;

	if (e->kind == ENTRY_READING) {
		take_reading(r, e);
	} else if (e->kind == ENTRY_STATISTIC) {
		take_statistic(r, e);
	} else if (e->kind == ENTRY_NOTE && r->begun && strcmp(e->note.who, "tidegate") == 0 &&
	    strncmp(e->note.text, "started ", 8) == 0) {
		flush(r);
		rehearsal_skip(&r->time, mono_of(r, e, e->stored_mono, e->stored), e->stored);
	}
}

static void
find_derived(struct recall *r)
{
	const struct config *c = r->field->config;

	for (int mark = 0; mark < 2; mark++) {
		for (size_t i = 0; i < c->ndevices; i++) {
			const struct device *d = &c->devices[i];

			for (size_t k = 0; k < d->profile->npoints; k++) {
				if (mark)
					r->derived[d->taps[k].series] =
					    d->profile->points[k].derived;
				else if (d->taps[k].series >= r->nseries)
					r->nseries = d->taps[k].series + 1;
			}
		}
		if (!mark)
			r->derived = room_for(r->nseries, sizeof(*r->derived));
	}
}

static void
run(struct recall *r)
{
	struct course *c = &r->time.course;

	find_derived(r);
	r->nroom = field_most_points(r->field->config);
	r->room = room_for(r->nroom + derived_count(c->derived), sizeof(*r->room));
	rules_recall(c->rules, true);
	if (journal_replay_last(r->field->journal, r->since, MOST, take, r) < 0)
		log_err("store: readings before the start cannot be read for rules: %s",
		    strerrordesc_np(errno));
	flush(r);
	rules_recall(c->rules, false);
	if (r->begun)
		rehearsal_skip(&r->time, r->now, r->wall);
	free(r->room);
	free(r->derived);
}

void
restore_rules(struct field_role *f, int64_t now)
{
	struct recall r = { .field = f, .now = now, .wall = system_clock.wall(),
	    .time.course = { .rules = f->rules, .derived = f->config->reckoned } };
	int64_t reach = rules_reach(f->rules) + derived_reach(f->config->reckoned), took;
	int64_t newest = reach > 0 ? journal_newest(f->journal) : 0;

	if (newest == 0)
		return;
	/* a clock that was lost says nothing of how long ago something was */
	if (r.wall < newest) {
		log_info("rules: the clock is behind the store: windows begin empty");
		return;
	}
	r.since = r.wall - reach / 1000;
	run(&r);
	took = system_clock.mono() - now;
	if (took > LONG)
		log_info("rules: %llu readings heard anew in %.1f s",
		    (unsigned long long)r.heard, (double)took / (double)US_PER_S);
}
