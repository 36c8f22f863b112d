#include <math.h>
#include <stdio.h>

#include "point.h"

/* A float is compared as a float: 0.3 read back is not above a range that
 * ends at 0.3. */
static bool
is_sentinel(const struct point *p, const struct value *v, double number)
{
	for (size_t i = 0; i < p->nsentinels; i++) {
		double s = p->sentinels[i];

		if (v->kind == VALUE_F32 ? v->f == (float)s : number == s)
			return true;
	}
	return false;
}

static bool
in_range(const struct point *p, const struct value *v)
{
	double number = 0;

	if (v->kind == VALUE_F32)
		return v->f >= (float)p->min && v->f <= (float)p->max;
	value_number(v, &number);
	return number >= p->min && number <= p->max;
}

static double
scaled(const struct point *p, double number)
{
	return (p->divisor != 0 ? number / p->divisor : number * p->scale) + p->offset;
}

static const double tens[] = { 1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9 };

static void
decode(const struct point *p, const uint8_t *wire, struct value *v)
{
	if (function_is_bits(p->function))
		*v = (struct value){ .kind = VALUE_BOOL, .b = wire[0] & 1 };
	else
		raw_decode(p->raw, p->order, &p->piece, wire, v);
	if (v->kind == VALUE_BOOL)
		v->b ^= p->invert;
}

/* Where the wire of a point and its parts has this number. */
static size_t
place_of(const struct point *p, uint16_t number)
{
	return (size_t)function_width(p->function) * (size_t)(number - p->first);
}

static bool
part_number(const struct point *p, const struct part *part, const uint8_t *wire,
    double *number)
{
	struct value v;

	raw_decode(part->raw, part->order, &part->piece,
	    wire + place_of(p, part->number), &v);
	return value_number(&v, number) && isfinite(*number);
}

/* A count of decimals that is none spoils the figure: 10 times too much gas
 * looks like gas. */
static bool
join(const struct part *part, double number, double *figure)
{
	switch (part->use) {
	case PART_PLUS:
		*figure += number * part->scale;
		return true;
	case PART_TIMES:
		*figure *= number * part->scale;
		return true;
	case PART_DECIMALS:
		if (!(number >= 0 && number <= 9 && number == trunc(number)))
			return false;
		*figure /= tens[(int)number];
		return true;
	}
	return false;
}

static bool
add_parts(const struct point *p, const uint8_t *wire, double *figure)
{
	double number;

	for (size_t i = 0; i < p->nparts; i++)
		if (!part_number(p, &p->parts[i], wire, &number) ||
		    !join(&p->parts[i], number, figure))
			return false;
	return true;
}

/* Below 3.6 mA the wire to a sensor is broken, above 21 it is shorted. */
static bool
is_sound(const struct point *p, const struct value *v, double number)
{
	return isfinite(number) && !is_sentinel(p, v, number) &&
	    (!p->bounded || (number >= p->least && number <= p->most));
}

/* A number that is its own figure keeps its kind and all of its digits. */
static bool
is_plain(const struct point *p)
{
	return p->scale == 1 && p->offset == 0 && p->nparts == 0;
}

/* From the raw number to the figure. */
static enum quality_code
figure(const struct point *p, const uint8_t *wire, struct value *v)
{
	double number;

	if (v->kind == VALUE_TEXT)
		return Q_GOOD;
	if (value_number(v, &number) && is_sound(p, v, number)) {
		if (is_plain(p))
			return Q_GOOD;
		number = scaled(p, number);
		if (add_parts(p, wire, &number) && isfinite(number)) {
			*v = (struct value){ .kind = VALUE_F64, .d = number };
			return Q_GOOD;
		}
	}
	*v = (struct value){ .kind = VALUE_NONE };
	return Q_SENSOR_FAILURE;
}

enum quality_code
point_figure(const struct point *p, const uint8_t *wire, struct value *v)
{
	decode(p, p->nparts != 0 ? wire + place_of(p, p->number) : wire, v);
	return figure(p, wire, v);
}

enum quality_code
point_told(const struct point *p, struct value *v)
{
	if (v->kind == VALUE_BOOL)
		v->b ^= p->invert;
	return figure(p, NULL, v);
}

enum quality_code
point_judge(const struct point *p, const struct value *v)
{
	if (p->nchoices != 0 && point_choice(p, v) == NULL)
		return Q_OUT_OF_RANGE;
	return p->ranged && !in_range(p, v) ? Q_OUT_OF_RANGE : Q_GOOD;
}

enum quality_code
point_decode(const struct point *p, const uint8_t *wire, struct value *v)
{
	enum quality_code code = point_figure(p, wire, v);

	return code == Q_GOOD ? point_judge(p, v) : code;
}

/* Backwards through the parts, from the last that was joined. */
static bool
take_parts(const struct point *p, const uint8_t *wire, double *figure)
{
	double number;

	for (size_t i = p->nparts; i-- > 0; ) {
		const struct part *part = &p->parts[i];

		if (!part_number(p, part, wire, &number))
			return false;
		if (part->use == PART_PLUS)
			*figure -= number * part->scale;
		else if (part->use == PART_TIMES)
			*figure /= number * part->scale;
		else if (number >= 0 && number <= 9)
			*figure *= tens[(int)number];
		else
			return false;
	}
	return p->nparts == 0 || isfinite(*figure);
}

void
point_prepare(const struct point *p, uint8_t *wire)
{
	for (size_t i = 0; i < p->nparts; i++) {
		const struct part *part = &p->parts[i];
		struct value v = { .kind = VALUE_F64 };

		if (part->use == PART_TIMES)
			v.d = 1 / part->scale;
		raw_encode(part->raw, part->order, &part->piece, &v,
		    wire + place_of(p, part->number));
	}
}

static int
encode_bit(const struct point *p, double figure, uint8_t *wire)
{
	struct value v = { .kind = VALUE_F64, .d = p->invert ? 1 - figure : figure };

	if (!function_is_bits(p->function))
		return raw_encode(p->raw, p->order, &p->piece, &v, wire);
	if (!(v.d >= -0.5 && v.d < 1.5))
		return -1;
	wire[0] = v.d >= 0.5;
	return 0;
}

int
point_encode(const struct point *p, double figure, uint8_t *wire)
{
	struct value v = { .kind = VALUE_F64 };
	double number = figure;

	if (!take_parts(p, wire, &number))
		return -1;
	wire += p->nparts != 0 ? place_of(p, p->number) : 0;
	number -= p->offset;
	v.d = p->divisor != 0 ? number * p->divisor : number / p->scale;
	if (p->raw->needs & RAW_BIT)
		return encode_bit(p, v.d, wire);
	return raw_encode(p->raw, p->order, &p->piece, &v, wire);
}

uint32_t
point_end(const struct point *p)
{
	if (function_is_item(p->function))
		return (uint32_t)(p->number + raw_bytes(p->raw, p->order, &p->piece));
	return (uint32_t)p->number + (function_is_bits(p->function) ? 1 :
	    raw_registers(p->raw, &p->piece));
}

const char *
point_unit_name(const struct point *p)
{
	return p->unit != NULL ? p->unit->name : "";
}

const char *
point_unit_shown(const struct point *p)
{
	return p->unit != NULL ? p->unit->shown : "";
}

const char *
point_order_name(const struct point *p)
{
	return p->order != NULL ? p->order->name : "";
}

const char *
point_item_name(const struct point *p, char text[POINT_ITEM])
{
	snprintf(text, POINT_ITEM, p->item_digits > 4 ? "%08X" : "%04X", (unsigned)p->item);
	return text;
}

const struct choice *
point_choice(const struct point *p, const struct value *v)
{
	double number;

	if (!value_number(v, &number))
		return NULL;
	for (size_t i = 0; i < p->nchoices; i++)
		if ((double)p->choices[i].number == number)
			return &p->choices[i];
	return NULL;
}
