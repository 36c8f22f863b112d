#include <stdio.h>

#include "drive.h"

#define AGAIN	(INT64_C(1000000) / 2)	/* us between two tries */
#define BUSY	INT64_C(1000000)	/* us: then the line may have a place */

/* Nothing of it is under way or about to be. */
static bool
is_idle(const struct drive *d)
{
	return d->state == DRIVE_RESTS || d->state == DRIVE_PAUSES;
}

static void
take(struct drive *d, const struct wish *w, int64_t now)
{
	d->figure = w->figure;
	d->within = w->within;
	d->tries = w->tries;
	d->share = w->within / w->tries;
	d->insist = w->insist;
	d->due = now;
	d->deadline = now + w->within;
	snprintf(d->rule, sizeof(d->rule), "%s", w->rule);
	snprintf(d->by, sizeof(d->by), "%s", w->device);
}

void
drive_want(struct drive *d, const struct wish *w, int64_t now)
{
	bool under_way = d->state == DRIVE_ORDERED || d->state == DRIVE_CHANGED;

	if (!is_idle(d) && d->figure == w->figure)
		return;
	take(d, w, now);
	d->state = under_way ? DRIVE_CHANGED : DRIVE_WAITS;
}

bool
drive_asks(const struct drive *d, int64_t now)
{
	return d->state == DRIVE_PAUSES && now >= d->due;
}

void
drive_insist(struct drive *d, const struct wish *w, int64_t now)
{
	if (!drive_asks(d, now))
		return;
	if (w == NULL) {
		d->due = now + d->insist;
		return;
	}
	take(d, w, now);
	d->tries = 1;		/* no storm on its line */
	d->state = DRIVE_WAITS;
}

bool
drive_go(struct drive *d, int64_t now)
{
	if (d->state != DRIVE_WAITS || now < d->due || now >= d->deadline)
		return false;
	d->state = DRIVE_ORDERED;
	d->tries--;
	return true;
}

void
drive_hold(struct drive *d, int64_t until)
{
	if (d->state != DRIVE_WAITS || until <= d->due)
		return;
	d->due = until;
	d->deadline = until + d->within;
}

static void
fail(struct drive *d, int64_t at)
{
	d->state = d->insist > 0 ? DRIVE_PAUSES : DRIVE_RESTS;
	d->due = at + d->insist;
	d->disobeyed = true;
}

static void
again(struct drive *d, int64_t at)
{
	if (d->tries == 0 || at >= d->deadline) {
		fail(d, at);
		return;
	}
	d->state = DRIVE_WAITS;
	d->due = at;
}

void
drive_end(struct drive *d, enum drive_end how, int64_t now)
{
	if (d->state == DRIVE_CHANGED) {
		d->state = DRIVE_WAITS;
		return;
	}
	if (d->state != DRIVE_ORDERED)
		return;
	switch (how) {
	case DRIVE_OBEYED:
		d->disobeyed = false;
		d->state = DRIVE_RESTS;
		return;
	case DRIVE_BUSY:
		d->tries++;
		again(d, now + BUSY);
		return;
	case DRIVE_FAILED:
		again(d, now + AGAIN);
		return;
	case DRIVE_REFUSED:
	case DRIVE_ENDS:
		d->state = DRIVE_RESTS;
		return;
	}
}

void
drive_see(struct drive *d, double figure)
{
	if (!is_idle(d) || figure != d->figure)
		return;
	d->state = DRIVE_RESTS;
	d->disobeyed = false;
}

void
drive_overrule(struct drive *d)
{
	if (!is_idle(d) && d->state != DRIVE_WAITS)
		return;
	d->state = DRIVE_RESTS;
	d->disobeyed = false;
}

void
drive_tick(struct drive *d, int64_t now)
{
	if (is_idle(d) || now < d->deadline)
		return;
	d->disobeyed = true;
	if (d->state == DRIVE_WAITS)
		fail(d, now);
}

int64_t
drive_deadline(const struct drive *d)
{
	if (d->state == DRIVE_RESTS)
		return INT64_MAX;
	if (d->state == DRIVE_PAUSES)
		return d->due;
	if (d->state == DRIVE_WAITS)
		return d->due < d->deadline ? d->due : d->deadline;
	return d->disobeyed ? INT64_MAX : d->deadline;
}
