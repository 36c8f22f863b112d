#include <string.h>

#include "written.h"

/* MODBUS Application Protocol V1.1b3, chapter 7. */
#define ILLEGAL_FUNCTION 1
#define ILLEGAL_ADDRESS	2
#define ILLEGAL_VALUE	3
#define DEVICE_BUSY	6

static const struct point *
point_at(const struct profile *p, uint8_t function, uint32_t number)
{
	for (size_t i = 0; i < p->npoints; i++) {
		const struct point *q = &p->points[i];

		if (q->write.function != 0 && q->function == function && number >= q->number &&
		    number < point_end(q))
			return q;
	}
	return NULL;
}

static bool
is_writable(const struct profile *p)
{
	for (size_t i = 0; i < p->npoints; i++)
		if (p->points[i].write.function != 0)
			return true;
	return false;
}

unsigned
written_refusal(const struct profile *p, const struct stretch *s)
{
	uint32_t end = (uint32_t)s->first + s->count;

	if (!is_writable(p))
		return ILLEGAL_FUNCTION;
	if (end > 65536 || profile_never(p, s->first, end))
		return ILLEGAL_ADDRESS;
	for (uint32_t n = s->first; n < end; n++)
		if (point_at(p, s->function, n) == NULL)
			return ILLEGAL_ADDRESS;
	return 0;
}

static unsigned
judge(const struct point *q, const struct stretch *s, const uint16_t *values)
{
	uint8_t wire[POINT_BYTES_MAX] = { 0 };
	struct value v;
	double figure;

	if (q->number < s->first || point_end(q) > (uint32_t)s->first + s->count)
		return ILLEGAL_ADDRESS;		/* half a number */
	if (function_is_bits(s->function))
		wire[0] = (uint8_t)values[q->number - s->first];
	for (uint32_t n = q->number; !function_is_bits(s->function) && n < point_end(q); n++) {
		wire[2 * (n - q->first)] = (uint8_t)(values[n - s->first] >> 8);
		wire[2 * (n - q->first) + 1] = (uint8_t)values[n - s->first];
	}
	point_prepare(q, wire);
	point_figure(q, wire, &v);
	if (!value_number(&v, &figure) || figure < q->write.min || figure > q->write.max)
		return ILLEGAL_VALUE;
	return 0;
}

static void
keep(struct written *w, bool coil, uint16_t number, uint16_t value)
{
	size_t i = 0;

	while (i < w->n && (w->at[i].coil != coil || w->at[i].number != number))
		i++;
	w->at[i].coil = coil;
	w->at[i].number = number;
	w->at[i].value = value;
	w->n += i == w->n;
}

unsigned
written_take(struct written *w, const struct profile *p, const struct stretch *s,
    const uint16_t *values)
{
	if (w->n + s->count > WRITTEN_MAX)
		return DEVICE_BUSY;
	for (size_t i = 0; i < p->npoints; i++) {
		const struct point *q = &p->points[i];
		unsigned refused;

		if (q->write.function == 0 || q->function != s->function ||
		    point_end(q) <= s->first || q->number >= (uint32_t)s->first + s->count)
			continue;
		if ((refused = judge(q, s, values)) != 0)
			return refused;
	}
	for (uint16_t i = 0; i < s->count; i++)
		keep(w, function_is_bits(s->function), (uint16_t)(s->first + i), values[i]);
	return 0;
}

void
written_show(const struct written *w, const struct stretch *s, uint16_t *values)
{
	if (s->function == 2 || s->function == 4)	/* nobody writes these */
		return;
	for (size_t i = 0; i < w->n; i++)
		if (w->at[i].coil == function_is_bits(s->function) &&
		    w->at[i].number >= s->first &&
		    w->at[i].number < (uint32_t)s->first + s->count)
			values[w->at[i].number - s->first] = w->at[i].value;
}
