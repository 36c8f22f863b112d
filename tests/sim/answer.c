#include <string.h>

#include "wire.h"

#define OBJECTS_MAX	3

uint16_t
wire_value(uint8_t unit, uint32_t number, uint64_t ordinal)
{
	uint64_t z = (ordinal << 24 | (uint64_t)unit << 16 | number) * 0x9e3779b97f4a7c15;

	z = (z ^ z >> 29) * 0xbf58476d1ce4e5b9;
	return (uint16_t)(z >> 40);
}

/* Bit by bit, so that it owes nothing to the table of the product. */
static void
put_crc(uint8_t *frame, size_t n)
{
	unsigned crc = 0xffff;

	for (size_t i = 0; i < n; i++) {
		crc ^= frame[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc & 1 ? crc >> 1 ^ 0xa001 : crc >> 1;
	}
	frame[n] = (uint8_t)crc;
	frame[n + 1] = (uint8_t)(crc >> 8);
}

static unsigned
be16(const uint8_t *p)
{
	return (unsigned)(p[0] << 8 | p[1]);
}

/* Each from the unit on: the question, and the answer, whose unit and function
 * stand already; returns where it ends. */
static size_t
coils(const uint8_t *q, uint64_t ordinal, uint8_t *a)
{
	unsigned number = be16(q + 2), count = be16(q + 4);
	uint8_t *at = a + 3;

	a[2] = (uint8_t)((count + 7) / 8);
	memset(at, 0, a[2]);
	for (unsigned i = 0; i < count; i++)
		at[i / 8] |= (uint8_t)((wire_value(q[0], number + i, ordinal) & 1) << i % 8);
	return 3 + (size_t)a[2];
}

static size_t
registers(const uint8_t *q, uint64_t ordinal, uint8_t *a)
{
	unsigned number = be16(q + 2), count = be16(q + 4);

	a[2] = (uint8_t)(2 * count);
	for (unsigned i = 0; i < count; i++) {
		uint16_t v = wire_value(q[0], number + i, ordinal);

		a[3 + 2 * i] = (uint8_t)(v >> 8);
		a[4 + 2 * i] = (uint8_t)v;
	}
	return 3 + 2 * (size_t)count;
}

static size_t
again_four(const uint8_t *q, uint64_t ordinal, uint8_t *a)
{
	(void)ordinal;
	memcpy(a + 2, q + 2, 4);
	return 6;
}

static size_t
again_six(const uint8_t *q, uint64_t ordinal, uint8_t *a)
{
	(void)ordinal;
	memcpy(a + 2, q + 2, 6);
	return 8;
}

static size_t
name(const uint8_t *q, uint64_t ordinal, uint8_t *a)
{
	(void)q;
	a[2] = (uint8_t)(1 + ordinal % 40);
	memset(a + 3, (int)(ordinal % 251), a[2]);
	return 3 + (size_t)a[2];
}

static size_t
objects(const uint8_t *q, uint64_t ordinal, uint8_t *a)
{
	size_t at = 8;

	memcpy(a + 2, q + 2, 2);
	a[4] = q[3] | 0x80;
	a[5] = a[6] = 0;
	a[7] = (uint8_t)(1 + ordinal % OBJECTS_MAX);
	for (uint8_t i = 0; i < a[7]; i++) {
		a[at++] = i;
		a[at] = (uint8_t)(ordinal % 60);
		memset(a + at + 1, 'a' + i, a[at]);
		at += 1 + (size_t)a[at];
	}
	return at;
}

static size_t (*const answerers[])(const uint8_t *q, uint64_t ordinal, uint8_t *a) = {
	[1] = coils, [2] = coils, [3] = registers, [4] = registers, [5] = again_four,
	[6] = again_four, [8] = again_four, [15] = again_four, [16] = again_four,
	[17] = name, [22] = again_six, [23] = registers, [43] = objects,
};

size_t
wire_answer(bool rtu, const uint8_t *question, uint64_t ordinal, uint8_t refused,
    uint8_t *answer)
{
	const uint8_t *q = question + (rtu ? 0 : 6);	/* from the unit on */
	uint8_t *a = answer + (rtu ? 0 : 6);
	size_t n = 3;

	a[0] = q[0];
	a[1] = refused ? q[1] | 0x80 : q[1];
	a[2] = refused;
	if (!refused)
		n = answerers[q[1]](q, ordinal, a);
	if (rtu) {
		put_crc(a, n);
		return n + 2;
	}
	memcpy(answer, question, 4);
	answer[4] = (uint8_t)(n >> 8);
	answer[5] = (uint8_t)n;
	return n + 6;
}
