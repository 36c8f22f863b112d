#include <assert.h>
#include <string.h>

#include "raw_types.h"

#define TYPE(f)	.decode = raw_##f##_decode, .encode = raw_##f##_encode

static const struct raw raws[] = {
	{ .name = "u16", .registers = 1, TYPE(u16) },
	{ .name = "s16", .registers = 1, TYPE(s16) },
	{ .name = "u32", .registers = 2, TYPE(u32) },
	{ .name = "s32", .registers = 2, TYPE(s32) },
	{ .name = "f32", .registers = 2, TYPE(f32) },
	{ .name = "u64", .registers = 4, TYPE(u64) },
	{ .name = "s64", .registers = 4, TYPE(s64) },
	{ .name = "f64", .registers = 4, TYPE(f64) },
	{ .name = "u8", .registers = 1, .bytes = 1, .mask = 0x00FF, TYPE(u8) },
	{ .name = "u8-high", .registers = 1, .mask = 0xFF00, TYPE(u8_high) },
	{ .name = "s8", .registers = 1, .bytes = 1, .mask = 0x00FF, TYPE(s8) },
	{ .name = "s8-high", .registers = 1, .mask = 0xFF00, TYPE(s8_high) },
	{ .name = "sign16", .registers = 1, TYPE(sign16) },
	{ .name = "sign32", .registers = 2, TYPE(sign32) },
	{ .name = "bcd2", .registers = 1, .bytes = 1, .mask = 0x00FF, TYPE(bcd2) },
	{ .name = "bcd4", .registers = 1, TYPE(bcd4) },
	{ .name = "bcd8", .registers = 2, TYPE(bcd8) },
	{ .name = "bcd12", .registers = 3, TYPE(bcd12) },
	{ .name = "bcd16", .registers = 4, TYPE(bcd16) },
	{ .name = "bit", .registers = 1, .needs = RAW_BIT, TYPE(bit) },
	{ .name = "bits", .registers = 1, .needs = RAW_BITS, TYPE(bits) },
	{ .name = "one-hot", .registers = 1, .needs = RAW_BITS, TYPE(one_hot) },
	{ .name = "tenths", .registers = 1, TYPE(tenths) },
	{ .name = "hundredths", .registers = 1, TYPE(hundredths) },
	{ .name = "u24", .registers = 2, .bytes = 3, .needs = RAW_ITEM, TYPE(u32) },
	{ .name = "bcd6", .registers = 2, .bytes = 3, .needs = RAW_ITEM, TYPE(bcd8) },
	{ .name = "bcd10", .registers = 3, .bytes = 5, .needs = RAW_ITEM, TYPE(bcd12) },
	{ .name = "bcd14", .registers = 4, .bytes = 7, .needs = RAW_ITEM, TYPE(bcd16) },
	{ .name = "sbcd4", .registers = 1, .needs = RAW_ITEM, TYPE(sbcd4) },
	{ .name = "sbcd6", .registers = 2, .bytes = 3, .needs = RAW_ITEM, TYPE(sbcd6) },
	{ .name = "sbcd8", .registers = 2, .needs = RAW_ITEM, TYPE(sbcd8) },
	{ .name = "volume-unit", .registers = 1, .bytes = 1, .needs = RAW_ITEM,
	  TYPE(volume_unit) },
	{ .name = "flow-unit", .registers = 1, .bytes = 1, .needs = RAW_ITEM, TYPE(flow_unit) },
	{ .name = "energy-unit", .registers = 1, .bytes = 1, .needs = RAW_ITEM,
	  TYPE(energy_unit) },
	{ .name = "power-unit", .registers = 1, .bytes = 1, .needs = RAW_ITEM,
	  TYPE(power_unit) },
	{ .name = "string", .needs = RAW_LENGTH, TYPE(string) },
};

/* Of each size first as written, then words, bytes, both turned round. */
static const struct order orders[] = {
	{ "AB",		1 },
	{ "BA",		1 },
	{ "ABCD",	2 },
	{ "CDAB",	2 },
	{ "BADC",	2 },
	{ "DCBA",	2 },
	{ "ABCDEF",	3 },
	{ "EFCDAB",	3 },
	{ "BADCFE",	3 },
	{ "FEDCBA",	3 },
	{ "ABCDEFGH",	4 },
	{ "GHEFCDAB",	4 },
	{ "BADCFEHG",	4 },
	{ "HGFEDCBA",	4 },
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

uint8_t
raw_registers(const struct raw *raw, const struct piece *piece)
{
	return raw->registers != 0 ? raw->registers : piece->registers;
}

uint16_t
raw_mask(const struct raw *raw, const struct piece *piece)
{
	if (piece->bits != 0)
		return (uint16_t)(((1UL << piece->bits) - 1) << piece->first);
	return raw->mask != 0 ? raw->mask : UINT16_MAX;
}

size_t
raw_bytes(const struct raw *raw, const struct order *order, const struct piece *piece)
{
	return order == NULL && raw->bytes != 0 ? raw->bytes : 2U * raw_registers(raw, piece);
}

bool
raw_fits(const struct raw *raw, const struct order *order)
{
	return !(raw->needs & RAW_ITEM) &&
	    order->registers == (raw->registers != 0 ? raw->registers : 1);
}

/* The bytes of a wire, most significant first; order and raw type of one size.
 * Most numbers have two registers: no loop for them. */
static void
sort(const struct order *order, const uint8_t *wire, uint8_t *bytes)
{
	const char *name = order->name;
	size_t n = 2U * order->registers;

	if (n == 4) {
		bytes[name[0] - 'A'] = wire[0];
		bytes[name[1] - 'A'] = wire[1];
		bytes[name[2] - 'A'] = wire[2];
		bytes[name[3] - 'A'] = wire[3];
		return;
	}
	for (size_t i = 0; i < n; i++)
		bytes[name[i] - 'A'] = wire[i];
}

static void
sort_back(const struct order *order, const uint8_t *bytes, uint8_t *wire)
{
	size_t n = 2U * order->registers;

	for (size_t i = 0; i < n; i++)
		wire[i] = bytes[order->name[i] - 'A'];
}

/* Bytes of a data item and of as many registers as its figure needs: most
 * significant first, with zeros before them. */
static void
turn(const uint8_t *wire, size_t n, uint8_t *bytes, size_t room)
{
	for (size_t i = 0; i < n; i++)
		bytes[room - 1 - i] = wire[i];
}

static int
turn_back(const uint8_t *bytes, size_t room, uint8_t *wire, size_t n)
{
	for (size_t i = 0; i < room - n; i++)
		if (bytes[i] != 0)
			return -1;
	for (size_t i = 0; i < n; i++)
		wire[i] = bytes[room - 1 - i];
	return 0;
}

void
raw_decode(const struct raw *raw, const struct order *order, const struct piece *piece,
    const uint8_t *wire, struct value *v)
{
	size_t step, n = 2U * raw_registers(raw, piece);
	uint8_t bytes[RAW_BYTES_MAX];

	if (order == NULL) {
		memset(bytes, 0, n);
		turn(wire, raw_bytes(raw, order, piece), bytes, n);
		raw->decode(bytes, piece, v);
		return;
	}
	step = 2U * order->registers;
	assert(raw_fits(raw, order) && n <= RAW_BYTES_MAX);
	sort(order, wire, bytes);
	for (size_t at = step; at < n; at += step)
		sort(order, wire + at, bytes + at);
	raw->decode(bytes, piece, v);
}

int
raw_encode(const struct raw *raw, const struct order *order, const struct piece *piece,
    const struct value *v, uint8_t *wire)
{
	size_t step, n = 2U * raw_registers(raw, piece), some = raw_bytes(raw, order, piece);
	uint8_t bytes[RAW_BYTES_MAX] = { 0 };

	assert(n <= RAW_BYTES_MAX && (order == NULL || raw_fits(raw, order)));
	if (raw_mask(raw, piece) != UINT16_MAX && order == NULL)
		turn(wire, some, bytes, n);
	else if (raw_mask(raw, piece) != UINT16_MAX)	/* others live beside it */
		sort(order, wire, bytes);
	if (raw->encode(v, piece, bytes) != 0)
		return -1;
	if (order == NULL)
		return turn_back(bytes, n, wire, some);
	step = 2U * order->registers;
	for (size_t at = 0; at < n; at += step)
		sort_back(order, bytes + at, wire + at);
	return 0;
}
