#include <math.h>

#include "raw_types.h"

/* Numbers as meters have them in their data items. */

/* The highest bit of the highest byte says minus (DL/T 645-2007, appendix A). */
#define SIGNED_BCD(name, offset, plain, most)					\
void									\
name##_decode(const uint8_t *b, const struct piece *piece, struct value *v)	\
{									\
	uint8_t bytes[4] = { b[0], b[1], b[2], b[3] };			\
	bool minus = bytes[offset] & 0x80;				\
									\
	bytes[offset] &= 0x7f;						\
	plain##_decode(bytes, piece, v);				\
	if (v->kind == VALUE_U64)					\
		*v = (struct value){ .kind = VALUE_I64,			\
		    .i = minus ? -(int64_t)v->u : (int64_t)v->u };	\
}									\
int									\
name##_encode(const struct value *v, const struct piece *piece, uint8_t *b)	\
{									\
	struct value size = { .kind = VALUE_I64 };			\
	int64_t i;							\
									\
	if (integer_of(v, -(most), most, &i) != 0)			\
		return -1;						\
	size.i = i < 0 ? -i : i;					\
	if (plain##_encode(&size, piece, b) != 0)			\
		return -1;						\
	b[offset] = (uint8_t)(b[offset] | (i < 0 ? 0x80 : 0));		\
	return 0;							\
}

SIGNED_BCD(raw_sbcd6, 1, raw_bcd8, 799999)
SIGNED_BCD(raw_sbcd8, 0, raw_bcd8, 79999999)

void
raw_sbcd4_decode(const uint8_t *b, const struct piece *piece, struct value *v)
{
	const uint8_t bytes[4] = { 0, b[0] & 0x80, b[0] & 0x7f, b[1] };

	raw_sbcd6_decode(bytes, piece, v);
	if (v->kind == VALUE_I64 && bytes[1] != 0)
		v->i = v->i > 0 ? -v->i : v->i;
}

int
raw_sbcd4_encode(const struct value *v, const struct piece *piece, uint8_t *b)
{
	uint8_t bytes[4] = { 0 };
	int64_t i;

	if (integer_of(v, -7999, 7999, &i) != 0 || raw_sbcd6_encode(v, piece, bytes) != 0)
		return -1;
	b[0] = bytes[2] | (bytes[1] & 0x80);
	b[1] = bytes[3];
	return 0;
}

/* In which unit a figure of CJ/T 188 is: how many of that of the point (m3, m3/h,
 * kWh, kW) one is.  A code of another quantity is no number, so that kilowatt
 * hours are never taken for cubic metres. */
struct unit_code {
	uint8_t	code;
	double	factor;
};

#define JOULE	(1 / 3.6e6)	/* kWh */

static const struct unit_code volumes[] = { { 0x2C, 1 }, { 0x29, 0.001 }, { 0 } };
static const struct unit_code flows[] = { { 0x35, 1 }, { 0x32, 0.001 }, { 0 } };
static const struct unit_code powers[] = { { 0x17, 1 }, { 0x14, 0.001 }, { 0x1A, 1000 }, { 0 } };
static const struct unit_code energies[] = {
	{ 0x05, 1 }, { 0x02, 0.001 }, { 0x08, 1e3 }, { 0x0A, 1e5 }, { 0x01, JOULE },
	{ 0x0B, 1e3 * JOULE }, { 0x0E, 1e6 * JOULE }, { 0x11, 1e9 * JOULE },
	{ 0x13, 1e11 * JOULE }, { 0 }
};

static void
factor_of(const struct unit_code *u, uint8_t code, struct value *v)
{
	while (u->code != 0 && u->code != code)
		u++;
	*v = u->code == 0 ? (struct value){ .kind = VALUE_NONE } :
	    (struct value){ .kind = VALUE_F64, .d = u->factor };
}

static int
code_of(const struct unit_code *u, const struct value *v, uint8_t *b)
{
	double number;

	if (!value_number(v, &number))
		return -1;
	for (; u->code != 0; u++)
		if (fabs(u->factor - number) <= 1e-9 * u->factor) {
			b[0] = 0;
			b[1] = u->code;
			return 0;
		}
	return -1;
}

#define UNIT_CODE(name, codes)							\
void									\
name##_decode(const uint8_t *b, const struct piece *piece, struct value *v)	\
{									\
	(void)piece;							\
	factor_of(codes, b[1], v);					\
}									\
int									\
name##_encode(const struct value *v, const struct piece *piece, uint8_t *b)	\
{									\
	(void)piece;							\
	return code_of(codes, v, b);					\
}

UNIT_CODE(raw_volume_unit, volumes)
UNIT_CODE(raw_flow_unit, flows)
UNIT_CODE(raw_energy_unit, energies)
UNIT_CODE(raw_power_unit, powers)
