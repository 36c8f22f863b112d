#include <string.h>

#include "ladder.h"

#define NEWS_LIMIT	30000000LL	/* us: then nothing is known of an uplink */

/* After a time without news nobody knows what it would have delivered. */
void
far_hear(struct far_watch *w, uint64_t delivered, bool owes, int64_t now)
{
	bool news = w->known && delivered > w->delivered;

	if (!w->known || now - w->heard > NEWS_LIMIT || !owes || news)
		w->since = now;
	if (news)
		w->moved = now;
	w->known = true;
	w->owes = owes;
	w->delivered = delivered;
	w->heard = now;
}

enum line_state
far_state(const struct far_watch *w, int64_t dead, int64_t now)
{
	if (!w->known || now - w->heard > NEWS_LIMIT)
		return LINE_UNKNOWN;
	if (w->moved != 0 && now - w->moved < dead)
		return LINE_ALIVE;
	return w->owes && now - w->since >= dead ? LINE_DEAD : LINE_IDLE;
}

/* What one delivers the other could have. */
enum line_state
line_both(enum line_state a, enum line_state b)
{
	return a > b ? a : b;
}

/* The clock of another boot may be wrong: what is to come was not long ago. */
static bool
is_recent(const struct ladder_run *r, int64_t within, const struct ladder_now *now)
{
	if (r->boot == now->boot)
		return now->mono - r->mono < within;
	return now->wall < r->wall || (now->wall - r->wall) < within / 1000;
}

size_t
ladder_taken(const struct ladder *l, const struct cure_step *s, const struct ladder_now *now)
{
	const struct ladder_past *p = &l->past[s->action];
	size_t n = 0;

	for (size_t i = 0; i < p->n; i++)
		n += is_recent(&p->runs[i], s->within, now);
	return n;
}

void
ladder_remember(struct ladder *l, int action, const struct ladder_run *run)
{
	struct ladder_past *p = &l->past[action];

	if (p->n == CURE_RUNS)
		memmove(p->runs, p->runs + 1, --p->n * sizeof(p->runs[0]));
	p->runs[p->n++] = *run;
}

static void
be_well(struct ladder *l)
{
	l->state = LADDER_WELL;
	l->step = 0;
	l->last = -1;
}

void
ladder_renew(struct ladder *l, const struct cure_conf *conf)
{
	l->conf = conf;
	be_well(l);
}

void
ladder_ended(struct ladder *l, bool well, int64_t now)
{
	const struct cure_step *steps = l->conf->steps.at;

	if (l->state != LADDER_UNDER_WAY)
		return;
	l->state = LADDER_NEXT;
	l->at = well ? now + steps[l->step].wait : now;
	l->step++;
}

static enum ladder_word
take(struct ladder *l, const struct ladder_now *now, const struct cure_step *s)
{
	const struct ladder_run run = { .wall = now->wall, .mono = now->mono,
	    .boot = now->boot };

	if (now->life && cure_is_grave(s->action)) {
		l->step++;
		return LADDER_HELD;
	}
	if (ladder_taken(l, s, now) >= (size_t)cure_times(s)) {
		l->step++;
		return LADDER_SPENT;
	}
	ladder_remember(l, s->action, &run);
	l->state = LADDER_UNDER_WAY;
	l->last = s->action;
	return LADDER_TAKE;
}

static enum ladder_word
go_on(struct ladder *l, const struct ladder_now *now, const struct cure_step **step)
{
	const struct cure_step *steps = l->conf->steps.at;

	if (l->state == LADDER_WELL) {
		be_well(l);
		l->state = LADDER_NEXT;
		l->since = l->at = now->mono;
		return LADDER_DEAD;
	}
	if (now->mono < l->at)
		return LADDER_QUIET;
	if (l->state == LADDER_RESTING) {
		l->state = LADDER_NEXT;
		l->step = 0;
	}
	if (l->step == l->conf->steps.n) {
		l->state = LADDER_RESTING;
		l->at = now->mono + l->conf->again;
		return LADDER_RESTS;
	}
	*step = &steps[l->step];
	return take(l, now, *step);
}

enum ladder_word
ladder_turn(struct ladder *l, const struct ladder_now *now, const struct cure_step **step)
{
	*step = NULL;
	if (l->state == LADDER_UNDER_WAY)
		return LADDER_QUIET;
	if (now->line == LINE_DEAD)
		return go_on(l, now, step);
	if (now->line != LINE_ALIVE || l->state == LADDER_WELL)
		return LADDER_QUIET;
	l->state = LADDER_WELL;
	return LADDER_CURED;
}
