#include <math.h>
#include <string.h>

#include "../../devices/raw.h"
#include "../check.h"

/* Bytes on the wire and what they mean: struct.pack of Python, big-endian,
 * its bytes then put in the order of the letters. */
static const struct {
	const char	*raw, *order;
	uint8_t		 wire[4];
	double		 number;
} rows[] = {
	{ "u16", "AB", { 0x00, 0x00 }, 0 },
	{ "u16", "BA", { 0x00, 0x00 }, 0 },
	{ "u16", "AB", { 0x02, 0xBC }, 700 },
	{ "u16", "BA", { 0xBC, 0x02 }, 700 },
	{ "u16", "AB", { 0xFF, 0xFF }, 65535 },
	{ "u16", "BA", { 0xFF, 0xFF }, 65535 },
	{ "s16", "AB", { 0xFF, 0xFE }, -2 },
	{ "s16", "BA", { 0xFE, 0xFF }, -2 },
	{ "s16", "AB", { 0x7F, 0xFF }, 32767 },
	{ "s16", "BA", { 0xFF, 0x7F }, 32767 },
	{ "s16", "AB", { 0x80, 0x00 }, -32768 },
	{ "s16", "BA", { 0x00, 0x80 }, -32768 },
	{ "u32", "ABCD", { 0x12, 0x34, 0x56, 0x78 }, 305419896 },
	{ "u32", "CDAB", { 0x56, 0x78, 0x12, 0x34 }, 305419896 },
	{ "u32", "BADC", { 0x34, 0x12, 0x78, 0x56 }, 305419896 },
	{ "u32", "DCBA", { 0x78, 0x56, 0x34, 0x12 }, 305419896 },
	{ "u32", "ABCD", { 0xFF, 0xFF, 0xFF, 0xFF }, 4294967295 },
	{ "u32", "CDAB", { 0xFF, 0xFF, 0xFF, 0xFF }, 4294967295 },
	{ "u32", "BADC", { 0xFF, 0xFF, 0xFF, 0xFF }, 4294967295 },
	{ "u32", "DCBA", { 0xFF, 0xFF, 0xFF, 0xFF }, 4294967295 },
	{ "s32", "ABCD", { 0xFF, 0xFF, 0xC1, 0xEF }, -15889 },
	{ "s32", "CDAB", { 0xC1, 0xEF, 0xFF, 0xFF }, -15889 },
	{ "s32", "BADC", { 0xFF, 0xFF, 0xEF, 0xC1 }, -15889 },
	{ "s32", "DCBA", { 0xEF, 0xC1, 0xFF, 0xFF }, -15889 },
	{ "s32", "ABCD", { 0x80, 0x00, 0x00, 0x00 }, -2147483648 },
	{ "s32", "CDAB", { 0x00, 0x00, 0x80, 0x00 }, -2147483648 },
	{ "s32", "BADC", { 0x00, 0x80, 0x00, 0x00 }, -2147483648 },
	{ "s32", "DCBA", { 0x00, 0x00, 0x00, 0x80 }, -2147483648 },
	{ "f32", "ABCD", { 0x41, 0xC8, 0x00, 0x00 }, 25.0 },
	{ "f32", "CDAB", { 0x00, 0x00, 0x41, 0xC8 }, 25.0 },
	{ "f32", "BADC", { 0xC8, 0x41, 0x00, 0x00 }, 25.0 },
	{ "f32", "DCBA", { 0x00, 0x00, 0xC8, 0x41 }, 25.0 },
	{ "f32", "ABCD", { 0x41, 0x21, 0x1E, 0xB8 }, 10.07 },
	{ "f32", "CDAB", { 0x1E, 0xB8, 0x41, 0x21 }, 10.07 },
	{ "f32", "BADC", { 0x21, 0x41, 0xB8, 0x1E }, 10.07 },
	{ "f32", "DCBA", { 0xB8, 0x1E, 0x21, 0x41 }, 10.07 },
	{ "f32", "ABCD", { 0xBE, 0x20, 0x00, 0x00 }, -0.15625 },
	{ "f32", "CDAB", { 0x00, 0x00, 0xBE, 0x20 }, -0.15625 },
	{ "f32", "BADC", { 0x20, 0xBE, 0x00, 0x00 }, -0.15625 },
	{ "f32", "DCBA", { 0x00, 0x00, 0x20, 0xBE }, -0.15625 },
};

#define NROWS	(sizeof(rows) / sizeof(rows[0]))

static void
every_type_in_every_order_decodes(void)
{
	for (size_t i = 0; i < NROWS; i++) {
		struct value v;
		double number;

		raw_decode(raw_find(rows[i].raw), order_find(rows[i].order), rows[i].wire, &v);
		CHECK(value_number(&v, &number));
		if (v.kind == VALUE_F32)
			CHECK(v.f == (float)rows[i].number);
		else
			CHECK(number == rows[i].number);
	}
}

static void
kinds_lose_nothing(void)
{
	static const struct {
		const char	*raw, *order;
		enum value_kind	 kind;
	} kinds[] = {
		{ "u16", "AB", VALUE_U64 }, { "s16", "AB", VALUE_I64 },
		{ "u32", "ABCD", VALUE_U64 }, { "s32", "ABCD", VALUE_I64 },
		{ "f32", "ABCD", VALUE_F32 },
	};
	static const uint8_t wire[4] = { 0x41, 0xC8, 0, 0 };
	struct value v;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		raw_decode(raw_find(kinds[i].raw), order_find(kinds[i].order), wire, &v);
		CHECK(v.kind == kinds[i].kind);
		CHECK(strcmp(raw_at(i)->name, kinds[i].raw) == 0);
	}
	CHECK(raw_at(5) == NULL && order_at(6) == NULL);
	CHECK(raw_find("u8") == NULL && order_find("abcd") == NULL);
}

static void
encoding_gives_the_same_bytes(void)
{
	for (size_t i = 0; i < NROWS; i++) {
		const struct raw *raw = raw_find(rows[i].raw);
		struct value v = { .kind = VALUE_F64, .d = rows[i].number };
		uint8_t wire[RAW_BYTES_MAX] = { 0 };

		CHECK(raw_encode(raw, order_find(rows[i].order), &v, wire) == 0);
		CHECK(memcmp(wire, rows[i].wire, 2U * raw->registers) == 0);
	}
}

static void
what_does_not_fit_is_refused(void)
{
	static const struct {
		const char	*raw, *order;
		double		 number;
		int		 rc;
	} fits[] = {
		{ "u16", "AB", 65535.4, 0 },		{ "u16", "AB", 65535.5, -1 },
		{ "u16", "AB", -0.4, 0 },		{ "u16", "AB", -1, -1 },
		{ "s16", "AB", -32768, 0 },		{ "s16", "AB", -32769, -1 },
		{ "s16", "AB", 32768, -1 },
		{ "u32", "ABCD", 4294967295.0, 0 },	{ "u32", "ABCD", 4294967296.0, -1 },
		{ "s32", "ABCD", -2147483648.0, 0 },	{ "s32", "ABCD", 2147483648.0, -1 },
		{ "u16", "AB", NAN, -1 },		{ "s32", "ABCD", INFINITY, -1 },
		{ "f32", "ABCD", 1e39, -1 },		{ "f32", "ABCD", -1e39, -1 },
		{ "f32", "ABCD", NAN, 0 },		{ "f32", "ABCD", -INFINITY, 0 },
	};
	uint8_t wire[RAW_BYTES_MAX];

	for (size_t i = 0; i < sizeof(fits) / sizeof(fits[0]); i++) {
		struct value v = { .kind = VALUE_F64, .d = fits[i].number };

		CHECK(raw_encode(raw_find(fits[i].raw), order_find(fits[i].order), &v,
		    wire) == fits[i].rc);
	}
	CHECK(raw_encode(raw_find("u16"), order_find("AB"),
	    &(struct value){ .kind = VALUE_NONE }, wire) == -1);
	CHECK(raw_encode(raw_find("f32"), order_find("DCBA"),
	    &(struct value){ .kind = VALUE_TEXT, .text = "1" }, wire) == -1);
}

int
main(void)
{
	RUN(every_type_in_every_order_decodes);
	RUN(kinds_lose_nothing);
	RUN(encoding_gives_the_same_bytes);
	RUN(what_does_not_fit_is_refused);
	return 0;
}
