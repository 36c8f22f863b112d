#include <assert.h>
#include <float.h>
#include <math.h>
#include <string.h>

#include "raw.h"

static uint64_t
unsigned_of(const uint8_t *b, size_t n)
{
	uint64_t u = 0;

	for (size_t i = 0; i < n; i++)
		u = u << 8 | b[i];
	return u;
}

static void
put_unsigned(uint64_t u, uint8_t *b, size_t n)
{
	while (n-- > 0) {
		b[n] = (uint8_t)u;
		u >>= 8;
	}
}

/* The nearest integer to a value within the bounds of a raw type of at most
 * 32 bits, which a double holds exactly. */
static int
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
	put_unsigned((uint64_t)i, b, n);
	return 0;
}

static void
u16_decode(const uint8_t *b, struct value *v)
{
	*v = (struct value){ .kind = VALUE_U64, .u = unsigned_of(b, 2) };
}

static int
u16_encode(const struct value *v, uint8_t *b)
{
	return put_integer(v, 0, UINT16_MAX, b, 2);
}

static void
s16_decode(const uint8_t *b, struct value *v)
{
	*v = (struct value){ .kind = VALUE_I64, .i = (int16_t)unsigned_of(b, 2) };
}

static int
s16_encode(const struct value *v, uint8_t *b)
{
	return put_integer(v, INT16_MIN, INT16_MAX, b, 2);
}

static void
u32_decode(const uint8_t *b, struct value *v)
{
	*v = (struct value){ .kind = VALUE_U64, .u = unsigned_of(b, 4) };
}

static int
u32_encode(const struct value *v, uint8_t *b)
{
	return put_integer(v, 0, UINT32_MAX, b, 4);
}

static void
s32_decode(const uint8_t *b, struct value *v)
{
	*v = (struct value){ .kind = VALUE_I64, .i = (int32_t)unsigned_of(b, 4) };
}

static int
s32_encode(const struct value *v, uint8_t *b)
{
	return put_integer(v, INT32_MIN, INT32_MAX, b, 4);
}

static void
f32_decode(const uint8_t *b, struct value *v)
{
	uint32_t bits = (uint32_t)unsigned_of(b, 4);

	*v = (struct value){ .kind = VALUE_F32 };
	memcpy(&v->f, &bits, sizeof(bits));
}

/* NaN and infinity are written as they are: the simulator breaks instruments
 * with them. */
static int
f32_encode(const struct value *v, uint8_t *b)
{
	double number;
	uint32_t bits;
	float f;

	if (!value_number(v, &number) || (isfinite(number) && fabs(number) > (double)FLT_MAX))
		return -1;
	f = (float)number;
	memcpy(&bits, &f, sizeof(bits));
	put_unsigned(bits, b, 4);
	return 0;
}

static const struct raw raws[] = {
	{ "u16", 1, u16_decode, u16_encode },
	{ "s16", 1, s16_decode, s16_encode },
	{ "u32", 2, u32_decode, u32_encode },
	{ "s32", 2, s32_decode, s32_encode },
	{ "f32", 2, f32_decode, f32_encode },
};

static const struct order orders[] = {
	{ "AB",		1 },
	{ "BA",		1 },
	{ "ABCD",	2 },
	{ "CDAB",	2 },
	{ "BADC",	2 },
	{ "DCBA",	2 },
};

const struct raw *
raw_at(size_t i)
{
	return i < sizeof(raws) / sizeof(raws[0]) ? &raws[i] : NULL;
}

const struct raw *
raw_find(const char *name)
{
	for (size_t i = 0; raw_at(i) != NULL; i++)
		if (strcmp(raws[i].name, name) == 0)
			return &raws[i];
	return NULL;
}

const struct order *
order_at(size_t i)
{
	return i < sizeof(orders) / sizeof(orders[0]) ? &orders[i] : NULL;
}

const struct order *
order_find(const char *name)
{
	for (size_t i = 0; order_at(i) != NULL; i++)
		if (strcmp(orders[i].name, name) == 0)
			return &orders[i];
	return NULL;
}

void
raw_decode(const struct raw *raw, const struct order *order, const uint8_t *wire,
    struct value *v)
{
	uint8_t bytes[RAW_BYTES_MAX];

	assert(raw->registers == order->registers);
	for (size_t i = 0; order->name[i] != '\0'; i++)
		bytes[order->name[i] - 'A'] = wire[i];
	raw->decode(bytes, v);
}

int
raw_encode(const struct raw *raw, const struct order *order, const struct value *v,
    uint8_t *wire)
{
	uint8_t bytes[RAW_BYTES_MAX];

	assert(raw->registers == order->registers);
	if (raw->encode(v, bytes) != 0)
		return -1;
	for (size_t i = 0; order->name[i] != '\0'; i++)
		wire[i] = bytes[order->name[i] - 'A'];
	return 0;
}
