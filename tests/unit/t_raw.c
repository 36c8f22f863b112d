#include <math.h>
#include <string.h>

#include "../../devices/raw.h"
#include "../check.h"
#include "../same_value.h"

/* Bytes on the wire and what they mean: struct.pack of Python, big-endian,
 * its bytes then put in the order of the letters. */
static const struct {
	const char	*raw, *order;
	uint8_t		 wire[8];
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
	{ "f64", "ABCDEFGH", { 0xC0, 0x5E, 0xDD, 0x2F, 0x1A, 0x9F, 0xBE, 0x77 }, -123.456 },
	{ "f64", "GHEFCDAB", { 0xBE, 0x77, 0x1A, 0x9F, 0xDD, 0x2F, 0xC0, 0x5E }, -123.456 },
	{ "f64", "BADCFEHG", { 0x5E, 0xC0, 0x2F, 0xDD, 0x9F, 0x1A, 0x77, 0xBE }, -123.456 },
	{ "f64", "HGFEDCBA", { 0x77, 0xBE, 0x9F, 0x1A, 0x2F, 0xDD, 0x5E, 0xC0 }, -123.456 },
	{ "u64", "ABCDEFGH", { 0x12, 0x34, 0x56, 0x78, 0x9A, 0xBC, 0x00, 0x00 },
	  1311768467463733248.0 },
	{ "s64", "ABCDEFGH", { 0xFE, 0xDC, 0xBA, 0x98, 0x76, 0x54, 0x40, 0x00 },
	  -81985529216483328.0 },
	{ "u64", "GHEFCDAB", { 0x00, 0x00, 0x9A, 0xBC, 0x56, 0x78, 0x12, 0x34 },
	  1311768467463733248.0 },
	{ "s64", "GHEFCDAB", { 0x40, 0x00, 0x76, 0x54, 0xBA, 0x98, 0xFE, 0xDC },
	  -81985529216483328.0 },
	{ "u64", "BADCFEHG", { 0x34, 0x12, 0x78, 0x56, 0xBC, 0x9A, 0x00, 0x00 },
	  1311768467463733248.0 },
	{ "s64", "BADCFEHG", { 0xDC, 0xFE, 0x98, 0xBA, 0x54, 0x76, 0x00, 0x40 },
	  -81985529216483328.0 },
	{ "u64", "HGFEDCBA", { 0x00, 0x00, 0xBC, 0x9A, 0x78, 0x56, 0x34, 0x12 },
	  1311768467463733248.0 },
	{ "s64", "HGFEDCBA", { 0x00, 0x40, 0x54, 0x76, 0x98, 0xBA, 0xDC, 0xFE },
	  -81985529216483328.0 },
	/* Digits are read off the bytes; sign and magnitude is none of struct. */
	{ "u8", "AB", { 0x00, 0xFE }, 254 },
	{ "s8", "AB", { 0x00, 0xFE }, -2 },
	{ "u8-high", "AB", { 0xFE, 0x00 }, 254 },
	{ "s8-high", "AB", { 0xFE, 0x00 }, -2 },
	{ "u8", "BA", { 0xFE, 0x00 }, 254 },
	{ "sign16", "AB", { 0x80, 0x02 }, -2 },
	{ "sign16", "AB", { 0x7F, 0xFF }, 32767 },
	{ "sign32", "CDAB", { 0x00, 0x02, 0x80, 0x00 }, -2 },
	{ "bcd2", "AB", { 0x00, 0x42 }, 42 },
	{ "bcd4", "AB", { 0x12, 0x34 }, 1234 },
	{ "bcd8", "ABCD", { 0x12, 0x34, 0x56, 0x78 }, 12345678 },
	{ "bcd8", "CDAB", { 0x56, 0x78, 0x12, 0x34 }, 12345678 },
	{ "bcd12", "ABCDEF", { 0x00, 0x12, 0x34, 0x56, 0x78, 0x90 }, 1234567890 },
	{ "bcd12", "EFCDAB", { 0x78, 0x90, 0x34, 0x56, 0x00, 0x12 }, 1234567890 },
	{ "bcd16", "HGFEDCBA", { 0x16, 0x15, 0x14, 0x13, 0x12, 0x11, 0x10, 0x09 },
	  910111213141516.0 },
	{ "tenths", "AB", { 0x14, 0x09 }, 20.9 },
	{ "hundredths", "AB", { 0x07, 0x05 }, 7.05 },
};

/* The same in a data item, the lowest byte first. */
static const struct {
	const char *raw;
	size_t n;
	uint8_t wire[8];
	double number;		/* NAN: no number */
} items[] = {
	{ "u8", 1, { 0xFE }, 254 },
	{ "s8", 1, { 0xFE }, -2 },
	{ "bcd2", 1, { 0x42 }, 42 },
	{ "bcd4", 2, { 0x34, 0x12 }, 1234 },
	{ "u16", 2, { 0x34, 0x12 }, 0x1234 },
	{ "u24", 3, { 0x56, 0x34, 0x12 }, 0x123456 },
	{ "bcd6", 3, { 0x56, 0x34, 0x12 }, 123456 },
	{ "bcd8", 4, { 0x78, 0x56, 0x34, 0x12 }, 12345678 },
	{ "bcd10", 5, { 0x90, 0x78, 0x56, 0x34, 0x12 }, 1234567890 },
	{ "bcd12", 6, { 0x12, 0x90, 0x78, 0x56, 0x34, 0x12 }, 123456789012.0 },
	{ "bcd14", 7, { 0x00, 0x15, 0x10, 0x26, 0x11, 0x26, 0x20 }, 20261126101500.0 },
	{ "sbcd4", 2, { 0x80, 0x09 }, 980 },
	{ "sbcd4", 2, { 0x80, 0x89 }, -980 },
	{ "sbcd4", 2, { 0x99, 0x79 }, 7999 },
	{ "sbcd6", 3, { 0x34, 0x56, 0x02 }, 25634 },
	{ "sbcd6", 3, { 0x34, 0x56, 0x82 }, -25634 },
	{ "sbcd6", 3, { 0x34, 0x5A, 0x02 }, NAN },
	{ "sbcd8", 4, { 0x78, 0x56, 0x34, 0x92 }, -12345678 },
	{ "volume-unit", 1, { 0x2C }, 1 },
	{ "volume-unit", 1, { 0x29 }, 0.001 },
	{ "volume-unit", 1, { 0x05 }, NAN },
	{ "flow-unit", 1, { 0x35 }, 1 },
	{ "flow-unit", 1, { 0x2C }, NAN },
	{ "energy-unit", 1, { 0x05 }, 1 },
	{ "energy-unit", 1, { 0x11 }, 1e9 / 3.6e6 },
	{ "energy-unit", 1, { 0x00 }, NAN },
	{ "power-unit", 1, { 0x1A }, 1000 },
	{ "bcd2", 1, { 0x4F }, NAN },
};

/* There and back. */
static void
test_items(void)
{
	static const struct piece all;

	for (size_t i = 0; i < sizeof(items) / sizeof(items[0]); i++) {
		const struct raw *raw = raw_find(items[i].raw);
		uint8_t back[8] = { 0 };
		struct value v;
		double got;

		CHECK(raw != NULL && raw_bytes(raw, NULL, &all) == items[i].n);
		raw_decode(raw, NULL, &all, items[i].wire, &v);
		if (isnan(items[i].number)) {
			CHECK(!value_number(&v, &got));
			continue;
		}
		CHECK(value_number(&v, &got) && fabs(got - items[i].number) <= 1e-9 * fabs(got));
		CHECK(raw_encode(raw, NULL, &all, &v, back) == 0);
		CHECK(memcmp(back, items[i].wire, items[i].n) == 0);
	}
	/* what has no room in its bytes */
	CHECK(raw_encode(raw_find("bcd6"), NULL, &all,
	    &(struct value){ .kind = VALUE_U64, .u = 1000000 }, (uint8_t[8]){ 0 }) == -1);
	CHECK(raw_encode(raw_find("sbcd4"), NULL, &all,
	    &(struct value){ .kind = VALUE_I64, .i = -8000 }, (uint8_t[8]){ 0 }) == -1);
	CHECK(!raw_fits(raw_find("bcd6"), order_find("ABCD")));
	printf("ok numbers of data items\n");
}

static const struct piece whole;

#define NROWS	(sizeof(rows) / sizeof(rows[0]))

static void
every_type_in_every_order_decodes(void)
{
	for (size_t i = 0; i < NROWS; i++) {
		struct value v;
		double number;

		raw_decode(raw_find(rows[i].raw), order_find(rows[i].order), &whole,
		    rows[i].wire, &v);
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
		{ "f32", "ABCD", VALUE_F32 }, { "u64", "ABCDEFGH", VALUE_U64 },
		{ "s64", "ABCDEFGH", VALUE_I64 }, { "f64", "ABCDEFGH", VALUE_F64 },
		{ "u8", "AB", VALUE_U64 }, { "u8-high", "AB", VALUE_U64 },
		{ "s8", "AB", VALUE_I64 }, { "s8-high", "AB", VALUE_I64 },
		{ "sign16", "AB", VALUE_I64 }, { "sign32", "ABCD", VALUE_I64 },
	};
	static const uint8_t wire[8] = { 0x41, 0xC8, 0, 0 };
	struct value v;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		raw_decode(raw_find(kinds[i].raw), order_find(kinds[i].order), &whole, wire,
		    &v);
		CHECK(v.kind == kinds[i].kind);
		CHECK(strcmp(raw_at(i)->name, kinds[i].raw) == 0);
	}
	CHECK(raw_at(36) == NULL && order_at(14) == NULL);
	CHECK(raw_find("u17") == NULL && order_find("abcd") == NULL);
}

static void
encoding_gives_the_same_bytes(void)
{
	for (size_t i = 0; i < NROWS; i++) {
		const struct raw *raw = raw_find(rows[i].raw);
		struct value v = { .kind = VALUE_F64, .d = rows[i].number };
		uint8_t wire[RAW_BYTES_MAX] = { 0 };

		CHECK(raw_encode(raw, order_find(rows[i].order), &whole, &v, wire) == 0);
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
		{ "u64", "ABCDEFGH", 18446744073709551616.0, -1 },
		{ "s64", "ABCDEFGH", 9223372036854775808.0, -1 },
		{ "s64", "ABCDEFGH", -9223372036854775808.0, 0 },
		{ "u8", "AB", 256, -1 },		{ "s8", "AB", -129, -1 },
		{ "bcd4", "AB", 10000, -1 },		{ "bcd4", "AB", 9999, 0 },
		{ "bcd16", "ABCDEFGH", 1e16, -1 },	{ "bcd2", "AB", -1, -1 },
		{ "sign16", "AB", -32768, -1 },		{ "tenths", "AB", 255.9, 0 },
		{ "tenths", "AB", 256, -1 },		{ "one-hot", "AB", 16, -1 },
		{ "f32", "ABCD", NAN, 0 },		{ "f32", "ABCD", -INFINITY, 0 },
	};
	uint8_t wire[RAW_BYTES_MAX] = { 0 };

	for (size_t i = 0; i < sizeof(fits) / sizeof(fits[0]); i++) {
		struct value v = { .kind = VALUE_F64, .d = fits[i].number };

		CHECK(raw_encode(raw_find(fits[i].raw), order_find(fits[i].order), &whole,
		    &v, wire) == fits[i].rc);
	}
	CHECK(raw_encode(raw_find("u16"), order_find("AB"), &whole,
	    &(struct value){ .kind = VALUE_NONE }, wire) == -1);
	CHECK(raw_encode(raw_find("f32"), order_find("DCBA"), &whole,
	    &(struct value){ .kind = VALUE_TEXT, .text = "1" }, wire) == -1);
}

static struct value
decoded(const char *raw, const struct piece *piece, const char *wire)
{
	struct value v;

	raw_decode(raw_find(raw), order_find("AB"), piece, (const uint8_t *)wire, &v);
	return v;
}

/* Bits have their own type: which ones says the profile. */
static void
pieces_of_a_register_decode(void)
{
	const struct piece b15 = { .first = 15, .bits = 1 }, b0 = { .first = 0, .bits = 1 };
	const struct piece mid = { .first = 4, .bits = 8 }, high = { .first = 8, .bits = 8 };
	struct value v = decoded("bit", &b15, "\x80\x00");

	CHECK(v.kind == VALUE_BOOL && v.b);
	v = decoded("bit", &b0, "\x80\x00");
	CHECK(v.kind == VALUE_BOOL && !v.b);
	v = decoded("bits", &mid, "\x1A\xB2");
	CHECK(v.kind == VALUE_U64 && v.u == 0xAB);
	CHECK(decoded("bits", &whole, "\xFF\xFE").u == 0xFFFE);
	v = decoded("one-hot", &high, "\x08\xFF");
	CHECK(v.kind == VALUE_U64 && v.u == 3);
	CHECK(decoded("one-hot", &whole, "\x80\x00").u == 15);
	CHECK(decoded("one-hot", &high, "\x00\xFF").kind == VALUE_NONE);
	CHECK(decoded("one-hot", &high, "\x18\x00").kind == VALUE_NONE);
}

static void
digits_that_are_none_are_no_value(void)
{
	CHECK(decoded("bcd4", &whole, "\x12\x3A").kind == VALUE_NONE);
	CHECK(decoded("bcd4", &whole, "\xA2\x34").kind == VALUE_NONE);
	CHECK(decoded("bcd2", &whole, "\xFF\x99").u == 99);	/* high byte is not its own */
	CHECK(decoded("tenths", &whole, "\x14\x0A").kind == VALUE_NONE);
	CHECK(decoded("hundredths", &whole, "\x14\x64").kind == VALUE_NONE);
}

static void
what_lies_beside_a_piece_is_left_alone(void)
{
	const struct piece mid = { .first = 4, .bits = 8 }, b3 = { .first = 3, .bits = 1 };
	uint8_t wire[RAW_BYTES_MAX] = { 0xFF, 0xFF };
	struct value v = { .kind = VALUE_U64, .u = 0 };

	CHECK(raw_encode(raw_find("bits"), order_find("AB"), &mid, &v, wire) == 0);
	CHECK(wire[0] == 0xF0 && wire[1] == 0x0F);
	CHECK(raw_encode(raw_find("bit"), order_find("BA"), &b3, &v, wire) == 0);
	CHECK(wire[0] == 0xF0 && wire[1] == 0x0F);	/* bit 3 of 0FF0h is clear */
	v.u = 1;
	CHECK(raw_encode(raw_find("bit"), order_find("BA"), &b3, &v, wire) == 0);
	CHECK(wire[0] == 0xF8 && wire[1] == 0x0F);
	v.u = 0x5A;
	CHECK(raw_encode(raw_find("u8-high"), order_find("AB"), &whole, &v, wire) == 0);
	CHECK(wire[0] == 0x5A && wire[1] == 0x0F);
	v.u = 16;
	CHECK(raw_encode(raw_find("bits"), order_find("AB"), &b3, &v, wire) == -1);
}

/* 64-bit totals are not squeezed through a double. */
static void
long_totals_lose_nothing(void)
{
	struct value v = { .kind = VALUE_U64, .u = 18446744073709551615ULL }, back;
	uint8_t wire[RAW_BYTES_MAX] = { 0 };

	CHECK(raw_encode(raw_find("u64"), order_find("GHEFCDAB"), &whole, &v, wire) == 0);
	raw_decode(raw_find("u64"), order_find("GHEFCDAB"), &whole, wire, &back);
	CHECK(same_value(&v, &back));
	v.u = 9007199254740993ULL;		/* 2^53 + 1 */
	CHECK(raw_encode(raw_find("bcd16"), order_find("HGFEDCBA"), &whole, &v, wire) == 0);
	CHECK(memcmp(wire, "\x93\x09\x74\x54\x92\x19\x07\x90", 8) == 0);
	raw_decode(raw_find("bcd16"), order_find("HGFEDCBA"), &whole, wire, &back);
	CHECK(same_value(&v, &back));
	v = (struct value){ .kind = VALUE_I64, .i = INT64_MIN };
	CHECK(raw_encode(raw_find("s64"), order_find("ABCDEFGH"), &whole, &v, wire) == 0);
	raw_decode(raw_find("s64"), order_find("ABCDEFGH"), &whole, wire, &back);
	CHECK(same_value(&v, &back));
	CHECK(raw_encode(raw_find("u64"), order_find("ABCDEFGH"), &whole, &v, wire) == -1);
}

static void
texts_are_trimmed_and_checked(void)
{
	static const struct {
		const char	*wire;		/* 8 bytes */
		enum letters	 letters;
		const char	*text;		/* NULL: none */
	} texts[] = {
		{ "SN 12345", LETTERS_ASCII, "SN 12345" },
		{ "  A1    ", LETTERS_ASCII, "A1" },
		{ "A1\0\xFF\xFF\xFF\xFF\xFF", LETTERS_ASCII, "A1" },
		{ "\0\0\0\0\0\0\0\0", LETTERS_ASCII, "" },
		{ "A\x1B[2J   ", LETTERS_ASCII, NULL },	/* would clear a screen */
		{ "\xE6\xB0\xB4\xE4\xBD\x8D  ", LETTERS_ASCII, NULL },
		{ "\xE6\xB0\xB4\xE4\xBD\x8D  ", LETTERS_UTF8, "水位" },
		{ "\xC0\xAF      ", LETTERS_UTF8, NULL },	/* overlong */
		{ "\xED\xA0\x80     ", LETTERS_UTF8, NULL },	/* surrogate */
		{ "abcdefg\xE6", LETTERS_UTF8, NULL },	/* cut in two */
		{ "\xC2\x9B      ", LETTERS_UTF8, NULL },	/* C1 control */
		{ "20 \xB0""C   ", LETTERS_LATIN1, "20 °C" },
		{ "\x9B""2J     ", LETTERS_LATIN1, NULL },
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		const struct piece piece = { .registers = 4, .letters = (uint8_t)texts[i].letters };
		struct value v = decoded("string", &piece, texts[i].wire);
		uint8_t wire[RAW_BYTES_MAX];

		CHECK((v.kind == VALUE_TEXT) == (texts[i].text != NULL));
		if (texts[i].text == NULL)
			continue;
		CHECK(strcmp(v.text, texts[i].text) == 0);
		CHECK(raw_encode(raw_find("string"), order_find("AB"), &piece, &v, wire) == 0);
		raw_decode(raw_find("string"), order_find("AB"), &piece, wire, &v);
		CHECK(strcmp(v.text, texts[i].text) == 0);
	}
}

static void
texts_swap_within_a_register_and_have_an_end(void)
{
	const struct piece piece = { .registers = 2 }, most = { .registers = 30 };
	struct value v = { .kind = VALUE_TEXT, .text = "ABC" };
	uint8_t wire[RAW_BYTES_MAX];

	CHECK(raw_encode(raw_find("string"), order_find("BA"), &piece, &v, wire) == 0);
	CHECK(memcmp(wire, "BA\0C", 4) == 0);
	raw_decode(raw_find("string"), order_find("BA"), &piece, wire, &v);
	CHECK(strcmp(v.text, "ABC") == 0);
	v = (struct value){ .kind = VALUE_TEXT, .text = "ABCDE" };
	CHECK(raw_encode(raw_find("string"), order_find("AB"), &piece, &v, wire) == -1);
	memset(wire, 'x', sizeof(wire));
	v = decoded("string", &most, (const char *)wire);
	CHECK(v.kind == VALUE_TEXT && strlen(v.text) == 60);
}

int
main(void)
{
	test_items();
	RUN(pieces_of_a_register_decode);
	RUN(digits_that_are_none_are_no_value);
	RUN(what_lies_beside_a_piece_is_left_alone);
	RUN(long_totals_lose_nothing);
	RUN(texts_are_trimmed_and_checked);
	RUN(texts_swap_within_a_register_and_have_an_end);
	RUN(every_type_in_every_order_decodes);
	RUN(kinds_lose_nothing);
	RUN(encoding_gives_the_same_bytes);
	RUN(what_does_not_fit_is_refused);
	return 0;
}
