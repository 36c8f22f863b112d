#include "instrument.h"

#include <assert.h>
#include <string.h>

#include "../../conf/tree.h"
#include "../../protocols/crc.h"
#include "chance.h"

#define STAMP_US	50000		/* of one step of a stamp */
#define STAMP_BITS	26
#define STAMP_MASK	((1u << STAMP_BITS) - 1)

#define HEAD \
    "name = \"world\"; maker = \"m\"; model = \"x\"; family = \"water\"; source = \"s\";\n" \
    "confidence = \"A\"; unit = \"1\"; gap = 0; max_registers = 10;\n" \
    "points = (\n" \
    " { name = \"stamp\"; register = 0; raw = \"u32\"; order = \"ABCD\"; },\n" \
    " { name = \"level\"; register = 2; raw = \"u16\"; scale = 0.1; decimals = 1; }"

const struct profile *
instrument_profile(bool small, struct arena *arena, struct errs *errs)
{
	static const char one[] = HEAD ");\n";
	static const char two[] = HEAD ",\n { name = \"other\"; register = 100; raw = \"u32\"; order = \"ABCD\"; });\n";
	struct tree *tree = tree_parse(small ? one : two, "world.conf", arena, errs);
	const struct profile *p = tree == NULL ? NULL : profile_read(tree, arena, errs);

	tree_close(tree);
	return p;
}

uint16_t
instrument_level(unsigned who, int64_t at)
{
	int64_t s = at / 1000000 + who * 977, hour = s % 7200;
	struct chance c = { .state = (uint64_t)(at / 1000000 * 64 + who) };
	int64_t wave = hour < 3600 ? hour : 7200 - hour;

	/* 30.0 to 90.0 in an hour and back, and noise of 3.0 */
	return (uint16_t)(300 + wave * 600 / 3600 + (int64_t)chance_below(&c, 31));
}

uint32_t
instrument_stamp(unsigned who, unsigned pair, int64_t at)
{
	return who << (STAMP_BITS + 1) | pair << STAMP_BITS |
	    ((uint32_t)(at / STAMP_US) & STAMP_MASK);
}

bool
instrument_stamped(uint32_t stamp, unsigned who, unsigned pair, int64_t from, int64_t to)
{
	uint32_t first = (uint32_t)(from / STAMP_US) & STAMP_MASK;
	uint32_t span = (uint32_t)(to / STAMP_US - from / STAMP_US);

	return stamp >> (STAMP_BITS + 1) == who && (stamp >> STAMP_BITS & 1) == pair &&
	    (((stamp & STAMP_MASK) - first) & STAMP_MASK) <= span;
}

static void
put16(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 8), p[1] = (uint8_t)v;
}

static uint16_t
register_at(unsigned who, unsigned number, int64_t at)
{
	uint32_t stamp = instrument_stamp(who, number >= 100, at);

	if (number == 2)
		return instrument_level(who, at);
	return (uint16_t)(number % 100 == 0 ? stamp >> 16 : stamp);
}

/* PDU to PDU; its length. */
static size_t
answer_pdu(unsigned who, const uint8_t *ask, int64_t at, uint8_t exception, uint8_t *out)
{
	unsigned first = (unsigned)(ask[1] << 8 | ask[2]), count = (unsigned)(ask[3] << 8 | ask[4]);

	assert(ask[0] == 3 && count > 0 && count < 10);
	if (exception != 0) {
		out[0] = 0x83, out[1] = exception;
		return 2;
	}
	out[0] = 3, out[1] = (uint8_t)(2 * count);
	for (unsigned i = 0; i < count; i++)
		put16(out + 2 + 2 * i, register_at(who, first + i, at));
	return 2 + 2 * count;
}

size_t
instrument_answer(unsigned who, bool rtu, const uint8_t *ask, size_t n, int64_t at,
    uint8_t exception, uint8_t *answer)
{
	size_t len;
	uint16_t crc;

	if (rtu) {
		assert(n == 8 && crc16_modbus(ask, 6) == (ask[6] | ask[7] << 8));
		answer[0] = ask[0];
		len = 1 + answer_pdu(who, ask + 1, at, exception, answer + 1);
		crc = crc16_modbus(answer, len);
		answer[len] = (uint8_t)crc, answer[len + 1] = (uint8_t)(crc >> 8);
		return len + 2;
	}
	assert(n == 12 && ask[2] == 0 && ask[3] == 0 && ask[4] == 0 && ask[5] == 6);
	memcpy(answer, ask, 7);
	len = answer_pdu(who, ask + 7, at, exception, answer + 7);
	answer[5] = (uint8_t)(len + 1);
	return 7 + len;
}
