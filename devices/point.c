#include <math.h>

#include "point.h"

/* A float is compared as a float: 0.3 read back is not above a range that
 * ends at 0.3. */
static bool
is_sentinel(const struct point *p, const struct value *v)
{
	double number = 0;

	value_number(v, &number);
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

static void
scale(const struct point *p, struct value *v)
{
	double number;

	if ((p->scale == 1 && p->offset == 0) || !value_number(v, &number))
		return;
	number = p->divisor != 0 ? number / p->divisor : number * p->scale;
	*v = (struct value){ .kind = VALUE_F64, .d = number + p->offset };
}

static bool
is_figure(const struct value *v)
{
	double number;

	return value_number(v, &number) && isfinite(number);
}

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

enum quality_code
point_decode(const struct point *p, const uint8_t *wire, struct value *v)
{
	bool sound;

	decode(p, wire, v);
	if (v->kind == VALUE_TEXT)
		return Q_GOOD;
	sound = is_figure(v) && !is_sentinel(p, v);
	if (sound) {
		scale(p, v);
		sound = is_figure(v);
	}
	if (!sound) {
		*v = (struct value){ .kind = VALUE_NONE };
		return Q_SENSOR_FAILURE;
	}
	return p->ranged && !in_range(p, v) ? Q_OUT_OF_RANGE : Q_GOOD;
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
	double number = figure - p->offset;
	struct value v = { .kind = VALUE_F64 };

	v.d = p->divisor != 0 ? number * p->divisor : number / p->scale;
	if (p->raw->needs & RAW_BIT)
		return encode_bit(p, v.d, wire);
	return raw_encode(p->raw, p->order, &p->piece, &v, wire);
}

bool
function_is_bits(uint8_t function)
{
	return function == 1 || function == 2;
}

size_t
point_bytes(const struct point *p)
{
	return function_is_bits(p->function) ? 1 : 2U * raw_registers(p->raw, &p->piece);
}

uint32_t
point_end(const struct point *p)
{
	return (uint32_t)p->number + (function_is_bits(p->function) ? 1 :
	    raw_registers(p->raw, &p->piece));
}

const char *
point_unit_name(const struct point *p)
{
	return p->unit != NULL ? p->unit->name : "";
}
