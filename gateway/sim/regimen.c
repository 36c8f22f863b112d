#include <string.h>

#include "../clock.h"
#include "regimen.h"

#define TAKES	(2 * US_PER_S)		/* a measurement that is waited for */

static unsigned
at(const uint8_t *pdu, size_t i)
{
	return (unsigned)(pdu[i] << 8 | pdu[i + 1]);
}

/* The bytes of a step as they stand on the wire. */
static bool
is_step(const struct step *s, const uint8_t *pdu, size_t n)
{
	if (n < 5 || pdu[0] != s->function || at(pdu, 1) != s->number)
		return false;
	switch (s->function) {
	case 5:
		return at(pdu, 3) == (s->data[0] & 1 ? 0xFF00 : 0);
	case 6:
		return memcmp(pdu + 3, s->data, 2) == 0;
	case 15:
	case 16:
		return at(pdu, 3) == s->count && n >= 6 + s->len &&
		    memcmp(pdu + 6, s->data, s->len) == 0;
	default:
		return at(pdu, 3) == s->count;
	}
}

static const struct step *
find(const struct steps *steps, const uint8_t *pdu, size_t n)
{
	for (size_t i = 0; i < steps->n; i++)
		if (is_step(&steps->at[i], pdu, n))
			return &steps->at[i];
	return NULL;
}

/* The last command among the steps: after it the rest is waiting. */
static const struct step *
last_command(const struct steps *steps)
{
	const struct step *last = NULL;

	for (size_t i = 0; i < steps->n; i++)
		if (steps->at[i].nuntil == 0)
			last = &steps->at[i];
	return last;
}

static bool
is_waited_for(const struct steps *steps)
{
	for (size_t i = 0; i < steps->n; i++)
		if (steps->at[i].nuntil > 0)
			return true;
	return false;
}

/* A measurement that is over is the result from then on. */
static void
settle(struct regimen *r, bool waited, int64_t us)
{
	if (waited && r->running && us >= r->ready) {
		r->result = r->ready;
		r->running = false;
	}
}

static bool
is_among(const double *numbers, size_t n, unsigned number)
{
	for (size_t i = 0; i < n; i++)
		if (numbers[i] == number)
			return true;
	return false;
}

/* What a register says that is waited for. */
static uint16_t
saying(const struct step *s, bool ready)
{
	unsigned number = (unsigned)s->until[0];

	for (unsigned other = 0; !ready && other <= UINT16_MAX; other++)
		if (!is_among(s->until, s->nuntil, other) &&
		    !is_among(s->fails, s->nfails, other)) {
			number = other;
			break;
		}
	return (uint16_t)(number << s->low);
}

bool
regimen_take(struct regimen *r, const struct profile *p, const uint8_t *pdu, size_t n,
    int64_t us, uint16_t *values)
{
	bool waited = is_waited_for(&p->start);
	const struct step *s;

	settle(r, waited, us);
	if ((s = find(&p->start, pdu, n)) != NULL) {
		if (s->nuntil > 0)
			values[0] = saying(s, r->started && !r->running);
		if (s != last_command(&p->start))
			return true;
		r->started = r->running = true;
		r->ready = us + TAKES;
		return true;
	}
	if ((s = find(&p->stop, pdu, n)) == NULL)
		return false;
	if (s->nuntil > 0)
		values[0] = saying(s, true);
	if (s == last_command(&p->stop) && r->running) {
		r->result = waited ? r->result : us;
		r->running = false;
	}
	return true;
}

int64_t
regimen_moment(const struct regimen *r, const struct profile *p, int64_t us)
{
	bool waited = is_waited_for(&p->start);

	if (p->start.n == 0)
		return us;
	if (!r->running)
		return r->result;
	if (!waited)
		return us;
	return us >= r->ready ? r->ready : r->result;
}
