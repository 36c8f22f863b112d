#include <float.h>
#include <math.h>
#include <string.h>

#include "raw_types.h"

#define TWO_63	9223372036854775808.0
#define TWO_64	18446744073709551616.0

uint64_t
bytes_unsigned(const uint8_t *b, size_t n)
{
	uint64_t u = 0;

	for (size_t i = 0; i < n; i++)
		u = u << 8 | b[i];
	return u;
}

void
bytes_put(uint64_t u, uint8_t *b, size_t n)
{
	while (n-- > 0) {
		b[n] = (uint8_t)u;
		u >>= 8;
	}
}

int
integer_of(const struct value *v, double min, double max, int64_t *out)
{
	double number;

	if (!value_number(v, &number))
		return -1;
	number = round(number);
	if (!(number >= min && number <= max))
		return -1;
	*out = (int64_t)number;
	return 0;
}

static int
put_integer(const struct value *v, double min, double max, uint8_t *b, size_t n)
{
	int64_t i;

	if (integer_of(v, min, max, &i) != 0)
		return -1;
	bytes_put((uint64_t)i, b, n);
	return 0;
}

#define INTEGER(name, kind_, field, type, offset, bytes, min, max)			\
void											\
name##_decode(const uint8_t *b, const struct piece *piece, struct value *v)		\
{											\
	(void)piece;									\
	v->kind = kind_;								\
	v->field = (type)bytes_unsigned(b + (offset), bytes);				\
}											\
int											\
name##_encode(const struct value *v, const struct piece *piece, uint8_t *b)		\
{											\
	(void)piece;									\
	return put_integer(v, min, max, b + (offset), bytes);				\
}

INTEGER(raw_u8, VALUE_U64, u, uint8_t, 1, 1, 0, UINT8_MAX)
INTEGER(raw_s8, VALUE_I64, i, int8_t, 1, 1, INT8_MIN, INT8_MAX)
INTEGER(raw_u8_high, VALUE_U64, u, uint8_t, 0, 1, 0, UINT8_MAX)
INTEGER(raw_s8_high, VALUE_I64, i, int8_t, 0, 1, INT8_MIN, INT8_MAX)
INTEGER(raw_u16, VALUE_U64, u, uint16_t, 0, 2, 0, UINT16_MAX)
INTEGER(raw_s16, VALUE_I64, i, int16_t, 0, 2, INT16_MIN, INT16_MAX)
INTEGER(raw_u32, VALUE_U64, u, uint32_t, 0, 4, 0, UINT32_MAX)
INTEGER(raw_s32, VALUE_I64, i, int32_t, 0, 4, INT32_MIN, INT32_MAX)

/* 64 bits do not go through a double: a meter total would lose its end. */
void
raw_u64_decode(const uint8_t *b, const struct piece *piece, struct value *v)
{
	(void)piece;
	*v = (struct value){ .kind = VALUE_U64, .u = bytes_unsigned(b, 8) };
}

int
raw_u64_encode(const struct value *v, const struct piece *piece, uint8_t *b)
{
	double number;

	(void)piece;
	if (v->kind == VALUE_U64 || (v->kind == VALUE_I64 && v->i >= 0)) {
		bytes_put(v->u, b, 8);
		return 0;
	}
	if (!value_number(v, &number))
		return -1;
	number = round(number);
	if (!(number >= 0 && number < TWO_64))
		return -1;
	bytes_put((uint64_t)number, b, 8);
	return 0;
}

void
raw_s64_decode(const uint8_t *b, const struct piece *piece, struct value *v)
{
	(void)piece;
	*v = (struct value){ .kind = VALUE_I64, .i = (int64_t)bytes_unsigned(b, 8) };
}

int
raw_s64_encode(const struct value *v, const struct piece *piece, uint8_t *b)
{
	double number;

	(void)piece;
	if (v->kind == VALUE_I64 || (v->kind == VALUE_U64 && v->u <= INT64_MAX)) {
		bytes_put(v->u, b, 8);
		return 0;
	}
	if (!value_number(v, &number))
		return -1;
	number = round(number);
	if (!(number >= -TWO_63 && number < TWO_63))
		return -1;
	bytes_put((uint64_t)(int64_t)number, b, 8);
	return 0;
}

void
raw_f32_decode(const uint8_t *b, const struct piece *piece, struct value *v)
{
	uint32_t bits = (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];

	(void)piece;
	v->kind = VALUE_F32;
	memcpy(&v->f, &bits, sizeof(bits));
}

/* NaN and infinity are written as they are: the simulator breaks instruments
 * with them. */
int
raw_f32_encode(const struct value *v, const struct piece *piece, uint8_t *b)
{
	double number;
	uint32_t bits;
	float f;

	(void)piece;
	if (!value_number(v, &number) || (isfinite(number) && fabs(number) > (double)FLT_MAX))
		return -1;
	f = (float)number;
	memcpy(&bits, &f, sizeof(bits));
	bytes_put(bits, b, 4);
	return 0;
}

void
raw_f64_decode(const uint8_t *b, const struct piece *piece, struct value *v)
{
	uint64_t bits = bytes_unsigned(b, 8);

	(void)piece;
	*v = (struct value){ .kind = VALUE_F64 };
	memcpy(&v->d, &bits, sizeof(bits));
}

int
raw_f64_encode(const struct value *v, const struct piece *piece, uint8_t *b)
{
	double number;
	uint64_t bits;

	(void)piece;
	if (!value_number(v, &number))
		return -1;
	memcpy(&bits, &number, sizeof(bits));
	bytes_put(bits, b, 8);
	return 0;
}

/* Sign and magnitude: the highest bit says minus, the others how much. */
static void
sign_decode(const uint8_t *b, size_t n, struct value *v)
{
	uint64_t top = 1ULL << (8 * n - 1), u = bytes_unsigned(b, n);
	int64_t size = (int64_t)(u & (top - 1));

	*v = (struct value){ .kind = VALUE_I64, .i = u & top ? -size : size };
}

static int
sign_encode(const struct value *v, size_t n, uint8_t *b)
{
	uint64_t top = 1ULL << (8 * n - 1);
	double most = (double)(top - 1);
	int64_t i;

	if (integer_of(v, -most, most, &i) != 0)
		return -1;
	bytes_put(i < 0 ? top | (uint64_t)-i : (uint64_t)i, b, n);
	return 0;
}

void
raw_sign16_decode(const uint8_t *b, const struct piece *piece, struct value *v)
{
	(void)piece;
	sign_decode(b, 2, v);
}

int
raw_sign16_encode(const struct value *v, const struct piece *piece, uint8_t *b)
{
	(void)piece;
	return sign_encode(v, 2, b);
}

void
raw_sign32_decode(const uint8_t *b, const struct piece *piece, struct value *v)
{
	(void)piece;
	sign_decode(b, 4, v);
}

int
raw_sign32_encode(const struct value *v, const struct piece *piece, uint8_t *b)
{
	(void)piece;
	return sign_encode(v, 4, b);
}
