#include <math.h>
#include <stdio.h>
#include <string.h>

#include "show.h"
#include "state.h"

static uint32_t
end_of(const struct stretch *s)
{
	return (uint32_t)s->first + s->count;
}

/* What a broken sensor puts into its registers: the sentinel of its profile,
 * NaN in a float, all ones elsewhere. */
static void
encode_broken(const struct point *p, uint8_t *wire)
{
	struct value v = { .kind = VALUE_F64, .d = p->nsentinels > 0 ? p->sentinels[0] : NAN };

	unsigned width = function_width(p->function);

	wire += width * (size_t)(p->number - p->first);
	if (raw_encode(p->raw, p->order, &p->piece, &v, wire) != 0)
		memset(wire, 0xff, width * (size_t)(point_end(p) - p->number));
}

/* As much of a text as it has room for. */
static void
encode_text(const struct instrument *i, const struct point *p, uint8_t *wire)
{
	struct value v = { .kind = VALUE_TEXT };

	snprintf(v.text, sizeof(v.text), "%.*s", 2 * p->piece.registers,
	    text_of(i->profile->name, p));
	raw_encode(p->raw, p->order, &p->piece, &v, wire);
}

static void
encode(const struct instrument *i, size_t point, int64_t us, uint8_t *wire)
{
	const struct point *p = &i->profile->points[point];
	double figure = instrument_figure(i, point, us);

	if (p->raw->needs & RAW_LENGTH && isfinite(figure))
		encode_text(i, p, wire);
	else if (!isfinite(figure) || point_encode(p, figure, wire) != 0)
		encode_broken(p, wire);
}

/* Points may share a register, so one is filled up, not written anew. */
void
show_carry(const struct stretch *s, const struct point *q, uint16_t *registers, uint8_t *wire,
    bool back)
{
	for (uint32_t at = q->first; at < q->end; at++) {
		uint8_t *pair = wire + 2 * (at - q->first);
		uint32_t to = at - s->first;

		if (at < s->first || at >= end_of(s))
			continue;
		if (back) {
			registers[to] = (uint16_t)(pair[0] << 8 | pair[1]);
			continue;
		}
		pair[0] = (uint8_t)(registers[to] >> 8);
		pair[1] = (uint8_t)registers[to];
	}
}

/* Puts the points that lie in a question into its registers. */
void
show_fill(const struct instrument *i, const struct stretch *s, int64_t us, uint16_t *registers)
{
	const struct profile *p = i->profile;

	state_fill(i, s, us, registers);
	for (size_t k = 0; k < p->npoints; k++) {
		const struct point *q = &p->points[k];
		uint8_t wire[POINT_BYTES_MAX] = { 0 };

		if (q->function != s->function || q->end <= s->first || q->first >= end_of(s))
			continue;
		if (function_is_bits(q->function)) {
			encode(i, k, us, wire);
			registers[q->number - s->first] = wire[0] & 1;
			continue;
		}
		show_carry(s, q, registers, wire, false);
		point_prepare(q, wire);
		encode(i, k, us, wire);
		show_carry(s, q, registers, wire, true);
	}
	written_show(&i->written, s, registers);
}

size_t
show_item(const struct instrument *i, uint32_t item, int64_t us, uint8_t *bytes, size_t room)
{
	const struct profile *p = i->profile;
	size_t n = 0;

	memset(bytes, 0, room);
	for (size_t k = 0; k < p->nstatuses; k++)
		if (p->statuses[k].at.item == item && p->statuses[k].at.end > n)
			n = p->statuses[k].at.end;
	for (size_t k = 0; k < p->npoints; k++) {
		const struct point *q = &p->points[k];

		if (q->item != item)
			continue;
		if (q->end > room)
			return 0;
		point_prepare(q, bytes + q->first);
		encode(i, k, us, bytes + q->first);
		n = q->end > n ? q->end : n;
	}
	return n > room ? 0 : n;
}
