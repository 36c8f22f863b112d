#include <math.h>

#include "raw_types.h"

/* Values that are not the whole of their registers, or not binary. */

static const struct piece whole = { .bits = 16 };

static uint16_t
mask_of(const struct piece *piece)
{
	return (uint16_t)((1UL << piece->bits) - 1);
}

/* Bits that are not said are all sixteen. */
static const struct piece *
said(const struct piece *piece)
{
	return piece->bits != 0 ? piece : &whole;
}

static uint16_t
piece_of(const uint8_t *b, const struct piece *piece)
{
	return (uint16_t)(bytes_unsigned(b, 2) >> piece->first & mask_of(piece));
}

static void
put_piece(uint16_t bits, const struct piece *piece, uint8_t *b)
{
	uint64_t all = bytes_unsigned(b, 2);

	all &= ~((uint64_t)mask_of(piece) << piece->first);
	bytes_put(all | (uint64_t)bits << piece->first, b, 2);
}

void
raw_bit_decode(const uint8_t *b, const struct piece *piece, struct value *v)
{
	*v = (struct value){ .kind = VALUE_BOOL, .b = piece_of(b, piece) != 0 };
}

int
raw_bit_encode(const struct value *v, const struct piece *piece, uint8_t *b)
{
	int64_t i;

	if (integer_of(v, 0, 1, &i) != 0)
		return -1;
	put_piece((uint16_t)i, piece, b);
	return 0;
}

void
raw_bits_decode(const uint8_t *b, const struct piece *piece, struct value *v)
{
	*v = (struct value){ .kind = VALUE_U64, .u = piece_of(b, said(piece)) };
}

int
raw_bits_encode(const struct value *v, const struct piece *piece, uint8_t *b)
{
	int64_t i;

	if (integer_of(v, 0, mask_of(said(piece)), &i) != 0)
		return -1;
	put_piece((uint16_t)i, said(piece), b);
	return 0;
}

/* One bit is set and its number, from the first of the piece, is the value;
 * none or several say nothing that is true. */
void
raw_one_hot_decode(const uint8_t *b, const struct piece *piece, struct value *v)
{
	uint16_t bits = piece_of(b, said(piece));
	uint64_t at = 0;

	*v = (struct value){ .kind = VALUE_NONE };
	if (bits == 0 || (bits & (bits - 1)) != 0)
		return;
	while ((bits >> at & 1) == 0)
		at++;
	*v = (struct value){ .kind = VALUE_U64, .u = at };
}

int
raw_one_hot_encode(const struct value *v, const struct piece *piece, uint8_t *b)
{
	int64_t i;

	if (integer_of(v, 0, said(piece)->bits - 1, &i) != 0)
		return -1;
	put_piece((uint16_t)(1U << i), said(piece), b);
	return 0;
}

/* Binary coded decimal, two digits a byte; a digit beyond 9 is none. */
static void
bcd_decode(const uint8_t *b, size_t n, struct value *v)
{
	uint64_t u = 0;

	*v = (struct value){ .kind = VALUE_NONE };
	for (size_t i = 0; i < n; i++) {
		if (b[i] >> 4 > 9 || (b[i] & 15) > 9)
			return;
		u = 100 * u + 10U * (b[i] >> 4) + (b[i] & 15U);
	}
	*v = (struct value){ .kind = VALUE_U64, .u = u };
}

/* 10^16 - 1 is the most, which an int64 holds and a double not quite. */
static int
bcd_encode(const struct value *v, size_t n, uint8_t *b)
{
	int64_t i, most = 1;

	for (size_t k = 0; k < n; k++)
		most *= 100;
	if (v->kind == VALUE_U64 && v->u < (uint64_t)most)
		i = (int64_t)v->u;
	else if (integer_of(v, 0, (double)most, &i) != 0 || i >= most)
		return -1;
	while (n-- > 0) {
		b[n] = (uint8_t)(i % 10 | i / 10 % 10 << 4);
		i /= 100;
	}
	return 0;
}

#define BCD(name, offset, bytes)							\
void											\
name##_decode(const uint8_t *b, const struct piece *piece, struct value *v)		\
{											\
	(void)piece;									\
	bcd_decode(b + (offset), bytes, v);						\
}											\
int											\
name##_encode(const struct value *v, const struct piece *piece, uint8_t *b)		\
{											\
	(void)piece;									\
	return bcd_encode(v, bytes, b + (offset));					\
}

BCD(raw_bcd2, 1, 1)
BCD(raw_bcd4, 0, 2)
BCD(raw_bcd8, 0, 4)
BCD(raw_bcd12, 0, 6)
BCD(raw_bcd16, 0, 8)

/* High byte the whole, low byte the digits behind the point: 1409h is 20.9. */
static void
decimal_decode(const uint8_t *b, unsigned parts, struct value *v)
{
	*v = (struct value){ .kind = VALUE_NONE };
	if (b[1] < parts)
		*v = (struct value){ .kind = VALUE_F64,
		    .d = (double)(b[0] * parts + b[1]) / parts };
}

static int
decimal_encode(const struct value *v, unsigned parts, uint8_t *b)
{
	struct value all = { .kind = VALUE_F64 };
	int64_t i;

	if (!value_number(v, &all.d))
		return -1;
	all.d *= parts;
	if (integer_of(&all, 0, 256.0 * parts - 1, &i) != 0)
		return -1;
	b[0] = (uint8_t)(i / parts);
	b[1] = (uint8_t)(i % parts);
	return 0;
}

void
raw_tenths_decode(const uint8_t *b, const struct piece *piece, struct value *v)
{
	(void)piece;
	decimal_decode(b, 10, v);
}

int
raw_tenths_encode(const struct value *v, const struct piece *piece, uint8_t *b)
{
	(void)piece;
	return decimal_encode(v, 10, b);
}

void
raw_hundredths_decode(const uint8_t *b, const struct piece *piece, struct value *v)
{
	(void)piece;
	decimal_decode(b, 100, v);
}

int
raw_hundredths_encode(const struct value *v, const struct piece *piece, uint8_t *b)
{
	(void)piece;
	return decimal_encode(v, 100, b);
}
