#include <cbor.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "senml_own.h"

#define DEPTH		8	/* arrays, maps and tags in what is passed over */
#define DECIMAL		4	/* tag of a decimal fraction */

enum kind {
	ITEM_NONE, ITEM_WHOLE, ITEM_HUGE, ITEM_REAL, ITEM_TEXT, ITEM_BYTES, ITEM_PIECES,
	ITEM_ARRAY, ITEM_MAP, ITEM_TAG, ITEM_FLAG, ITEM_NULL, ITEM_BREAK
};

/* The head of one data item, with its bytes where it has some. */
struct item {
	enum kind	 kind;
	uint64_t	 n;		/* entries, or number of the tag */
	bool		 open;		/* an array or a map that ends with a break */
	int64_t		 whole;
	double		 real;		/* of all that are numbers */
	bool		 flag;
	const uint8_t	*bytes;
	size_t		 len;
};

struct reader {
	struct senml_pack	 p;
	const uint8_t		*at, *end;
};

static void
take_uint(void *to, uint64_t n)
{
	*(struct item *)to = (struct item){ .kind = n <= INT64_MAX ? ITEM_WHOLE : ITEM_HUGE,
	    .whole = (int64_t)n, .real = (double)n };
}

/* The number is -1 - n. */
static void
take_negative(void *to, uint64_t n)
{
	*(struct item *)to = (struct item){ .kind = n <= INT64_MAX ? ITEM_WHOLE : ITEM_HUGE,
	    .whole = -1 - (int64_t)(n & INT64_MAX), .real = -1 - (double)n };
}

static void take_uint8(void *to, uint8_t n) { take_uint(to, n); }
static void take_uint16(void *to, uint16_t n) { take_uint(to, n); }
static void take_uint32(void *to, uint32_t n) { take_uint(to, n); }
static void take_negative8(void *to, uint8_t n) { take_negative(to, n); }
static void take_negative16(void *to, uint16_t n) { take_negative(to, n); }
static void take_negative32(void *to, uint32_t n) { take_negative(to, n); }

static void
take_double(void *to, double d)
{
	*(struct item *)to = (struct item){ .kind = ITEM_REAL, .real = d };
}

static void take_float(void *to, float f) { take_double(to, (double)f); }

static void
take_text(void *to, cbor_data at, size_t n)
{
	*(struct item *)to = (struct item){ .kind = ITEM_TEXT, .bytes = at, .len = n };
}

static void
take_bytes(void *to, cbor_data at, size_t n)
{
	*(struct item *)to = (struct item){ .kind = ITEM_BYTES, .bytes = at, .len = n };
}

static void
take_array(void *to, size_t n)
{
	*(struct item *)to = (struct item){ .kind = ITEM_ARRAY, .n = n };
}

static void
take_map(void *to, size_t n)
{
	*(struct item *)to = (struct item){ .kind = ITEM_MAP, .n = n };
}

static void
take_tag(void *to, uint64_t n)
{
	*(struct item *)to = (struct item){ .kind = ITEM_TAG, .n = n };
}

static void
take_flag(void *to, bool is)
{
	*(struct item *)to = (struct item){ .kind = ITEM_FLAG, .flag = is };
}

#define TAKE_PLAIN(name, ...) \
	static void name(void *to) { *(struct item *)to = (struct item){ __VA_ARGS__ }; }
TAKE_PLAIN(take_open_array, .kind = ITEM_ARRAY, .open = true)
TAKE_PLAIN(take_open_map, .kind = ITEM_MAP, .open = true)
TAKE_PLAIN(take_pieces, .kind = ITEM_PIECES, .open = true)
TAKE_PLAIN(take_null, .kind = ITEM_NULL)
TAKE_PLAIN(take_break, .kind = ITEM_BREAK)

static const struct cbor_callbacks takers = {
	.uint8 = take_uint8, .uint16 = take_uint16, .uint32 = take_uint32, .uint64 = take_uint,
	.negint8 = take_negative8, .negint16 = take_negative16, .negint32 = take_negative32,
	.negint64 = take_negative,
	.byte_string = take_bytes, .byte_string_start = take_pieces,
	.string = take_text, .string_start = take_pieces,
	.array_start = take_array, .indef_array_start = take_open_array,
	.map_start = take_map, .indef_map_start = take_open_map,
	.tag = take_tag,
	.float2 = take_float, .float4 = take_float, .float8 = take_double,
	.undefined = take_null, .null = take_null, .boolean = take_flag,
	.indef_break = take_break,
};

static int
next(struct reader *r, struct item *item)
{
	struct cbor_decoder_result got;

	*item = (struct item){ .kind = ITEM_NONE };
	if (r->at == r->end)
		return senml_refuse(&r->p, "the CBOR ends too soon");
	got = cbor_stream_decode(r->at, (size_t)(r->end - r->at), &takers, item);
	if (got.status == CBOR_DECODER_NEDATA)
		return senml_refuse(&r->p, "the CBOR ends too soon");
	if (got.status != CBOR_DECODER_FINISHED || item->kind == ITEM_NONE)
		return senml_refuse(&r->p, "no CBOR");
	r->at += got.read;
	return 0;
}

/* Passes over what belongs to an item whose head was read. */
static int
pass_over(struct reader *r, const struct item *head, int depth)
{
	/* a map has twice as many things as pairs, and no packet holds half of them all */
	uint64_t pairs = head->n > UINT64_MAX / 2 ? UINT64_MAX / 2 : head->n;
	uint64_t left = head->kind == ITEM_MAP ? 2 * pairs : head->kind == ITEM_TAG ? 1 :
	    head->kind == ITEM_ARRAY ? head->n : 0;
	struct item item;

	if (head->kind == ITEM_BREAK)
		return senml_refuse(&r->p, "a break where nothing is open");
	if (depth == 0)
		return senml_refuse(&r->p, "too many things in each other");
	for (; head->open || left > 0; left--) {
		if (next(r, &item) < 0)
			return -1;
		if (head->open && item.kind == ITEM_BREAK)
			return 0;
		if (pass_over(r, &item, depth - 1) < 0)
			return -1;
	}
	return 0;
}

/* mantissa * 10^exponent, as it would be read from text. */
static double
decimal(int64_t mantissa, int64_t exponent)
{
	char text[64];

	if (exponent > 999 || exponent < -999)
		exponent = exponent > 0 ? 999 : -999;
	snprintf(text, sizeof(text), "%llde%lld", (long long)mantissa, (long long)exponent);
	return strtod(text, NULL);
}

/* [exponent, mantissa], behind its tag. */
static int
read_decimal(struct reader *r, const char *field, struct senml_figure *to)
{
	struct item head, exponent, mantissa;

	if (next(r, &head) < 0)
		return -1;
	if (head.kind != ITEM_ARRAY || head.open || head.n != 2)
		return senml_refuse(&r->p, "%s is no decimal fraction", field);
	if (next(r, &exponent) < 0 || next(r, &mantissa) < 0)
		return -1;
	if (exponent.kind != ITEM_WHOLE || mantissa.kind != ITEM_WHOLE)
		return senml_refuse(&r->p, "%s is no decimal fraction", field);
	*to = (struct senml_figure){ .given = true,
	    .d = decimal(mantissa.whole, exponent.whole) };
	return 0;
}

static int
read_figure(struct reader *r, const char *field, const struct item *item,
    struct senml_figure *to)
{
	if (item->kind == ITEM_TAG && item->n == DECIMAL)
		return read_decimal(r, field, to);
	if (item->kind == ITEM_WHOLE)
		*to = (struct senml_figure){ .given = true, .is_whole = true,
		    .d = item->real, .whole = item->whole };
	else if (item->kind == ITEM_REAL || item->kind == ITEM_HUGE)
		*to = (struct senml_figure){ .given = true, .d = item->real };
	else
		return senml_refuse(&r->p, "%s is no number", field);
	return 0;
}

static int
read_value(struct reader *r, const struct senml_field *f, struct senml_wire *w)
{
	void *at = (char *)w + f->offset;
	enum kind string = f->type == SENML_IS_TEXT ? ITEM_TEXT : ITEM_BYTES;
	struct item item;

	if (next(r, &item) < 0)
		return -1;
	if (f->type == SENML_IS_FIGURE) {
		if (((struct senml_figure *)at)->given)
			return senml_refuse(&r->p, "%s stands twice", f->name);
		return read_figure(r, f->name, &item, at);
	}
	if (f->type == SENML_IS_FLAG && item.kind == ITEM_FLAG) {
		*(struct senml_flag *)at = (struct senml_flag){ .given = true, .is = item.flag };
		return 0;
	}
	if (f->type == SENML_IS_FLAG)
		return senml_refuse(&r->p, "%s is neither true nor false", f->name);
	if (item.kind != string)
		return senml_refuse(&r->p, "%s is no %s of definite length", f->name,
		    string == ITEM_TEXT ? "text" : "bytes");
	if (((struct senml_text *)at)->at != NULL)
		return senml_refuse(&r->p, "%s stands twice", f->name);
	*(struct senml_text *)at = (struct senml_text){ (const char *)item.bytes, item.len };
	return 0;
}

/* What begins with a key; a field nobody knows is passed over. */
static int
read_entry(struct reader *r, const struct item *key, struct senml_wire *w)
{
	const char *name = (const char *)key->bytes;
	const struct senml_field *f = NULL;
	struct item item;

	if (key->kind == ITEM_WHOLE)
		f = senml_label(key->whole);
	else if (key->kind != ITEM_TEXT)
		return senml_refuse(&r->p, "a label is neither a number nor a text");
	else if (senml_must_know(name, key->len))
		return senml_refuse(&r->p, "%.*s is to be understood, and is not",
		    key->len < 30 ? (int)key->len : 30, name);
	if (f != NULL)
		return read_value(r, f, w);
	if (next(r, &item) < 0)
		return -1;
	return pass_over(r, &item, DEPTH);
}

static int
read_record(struct reader *r, const struct item *map)
{
	struct senml_wire w = { .bn = { NULL, 0 } };
	struct item key;

	if (map->kind != ITEM_MAP)
		return senml_refuse(&r->p, "it is no map");
	for (uint64_t i = 0; map->open || i < map->n; i++) {
		if (next(r, &key) < 0)
			return -1;
		if (map->open && key.kind == ITEM_BREAK)
			break;
		if (read_entry(r, &key, &w) < 0)
			return -1;
	}
	return senml_add(&r->p, &w);
}

static int
read_pack(struct reader *r)
{
	struct item head, map;

	do
		if (next(r, &head) < 0)
			return -1;
	while (head.kind == ITEM_TAG && head.n == 55799);	/* "this is CBOR" */
	if (head.kind != ITEM_ARRAY)
		return senml_refuse(&r->p, "no array of records");
	for (uint64_t i = 0; head.open || i < head.n; i++) {
		r->p.at = i + 1;
		if (next(r, &map) < 0)
			return -1;
		if (head.open && map.kind == ITEM_BREAK)
			break;
		if (read_record(r, &map) < 0)
			return -1;
	}
	r->p.at = 0;
	if (r->at != r->end)
		return senml_refuse(&r->p, "something stands behind the pack");
	return senml_end(&r->p);
}

int
senml_cbor(struct senml *to, const void *bytes, size_t n, int64_t now, struct arena *arena)
{
	struct reader r = { .at = bytes, .end = (const uint8_t *)bytes + n };

	senml_begin(&r.p, to, now, arena);
	return read_pack(&r);
}
