#include "manners.h"

/* MODBUS Application Protocol V1.1b3, chapter 7. */
#define ILLEGAL_FUNCTION	1
#define ILLEGAL_ADDRESS		2
#define ILLEGAL_VALUE		3

static uint32_t
end_of(const struct stretch *s)
{
	return (uint32_t)s->first + s->count;
}

static bool
covers(const struct point *p, uint8_t function, uint32_t number)
{
	return p->function == function && number >= p->first && number < p->end;
}

/* Of a point, or of what says the worth of points. */
static bool
is_point(const struct profile *p, uint8_t function, uint32_t number)
{
	for (size_t i = 0; i < p->npoints; i++)
		if (covers(&p->points[i], function, number))
			return true;
	for (size_t i = 0; i < p->nstatuses; i++)
		if (covers(&p->statuses[i].at, function, number))
			return true;
	return false;
}

static bool
is_block(const struct profile *p, uint8_t function, uint32_t number)
{
	for (size_t i = 0; i < p->nblocks; i++)
		if (p->blocks[i].function == function && number >= p->blocks[i].first &&
		    number < end_of(&p->blocks[i]))
			return true;
	return false;
}

/* Registers of no point, for which a question may run over at most gap. */
static bool
runs_over(const struct profile *p, const struct stretch *s)
{
	uint32_t run = 0;

	for (uint32_t n = s->first; n < end_of(s); n++) {
		run = is_point(p, s->function, n) || is_block(p, s->function, n) ? 0 : run + 1;
		if (run > p->gap)
			return true;
	}
	return false;
}

/* A block answers as a whole or not at all. */
static bool
cuts_block(const struct profile *p, const struct stretch *s)
{
	for (size_t i = 0; i < p->nblocks; i++) {
		const struct stretch *b = &p->blocks[i];

		if (b->function != s->function || b->first >= end_of(s) || s->first >= end_of(b))
			continue;
		return b->first != s->first || b->count != s->count;
	}
	return false;
}

/* Registers are known to every one of them, coils to those that have some. */
static bool
knows(const struct profile *p, uint8_t function)
{
	if (!function_is_bits(function) && function <= 4)
		return true;
	for (size_t i = 0; i < p->npoints; i++)
		if (p->points[i].function == function)
			return true;
	for (size_t i = 0; i < p->nstatuses; i++)
		if (p->statuses[i].at.function == function)
			return true;
	return false;
}

unsigned
manners_refusal(const struct profile *p, const struct stretch *s)
{
	if (!knows(p, s->function))
		return ILLEGAL_FUNCTION;
	if (s->count == 0 || s->count > profile_most(p, s->function))
		return ILLEGAL_VALUE;
	if (profile_never(p, s->first, end_of(s)))
		return ILLEGAL_ADDRESS;
	/* A question that begins or ends between points is none of ours. */
	if (end_of(s) > 65536 || cuts_block(p, s) || runs_over(p, s) ||
	    !(is_point(p, s->function, s->first) || is_block(p, s->function, s->first)) ||
	    !(is_point(p, s->function, end_of(s) - 1) ||
	    is_block(p, s->function, end_of(s) - 1)))
		return ILLEGAL_ADDRESS;
	return 0;
}
