#include <string.h>

#include "identity.h"
#include "pdu.h"

#define NUMBERS		65536u	/* of coils and of registers */
#define FC23_WRITTEN	121	/* registers, at most */
#define LEVEL_MAX	4

/* One function code: what may be asked and how, and what its answer must show.
 * Chapters are of V1.1b3. */
struct function {
	uint8_t		  code;
	uint16_t	  max;			/* of ask.count; 0: it has none */
	bool		(*valid)(const struct ask *);
	size_t		(*payload)(const struct ask *);	/* NULL: it has none */
	const char	 *fields;		/* of the question: letters of the table */
	void		(*expect)(const struct ask *, struct shape *);
};

/* A field of a question: how it is written, and read again; false: no value
 * that it may have. */
struct field {
	void	(*put)(struct buf *, const struct ask *);
	bool	(*get)(struct buf *, struct ask *);
};

static const struct function	*function_of(uint8_t code);
static void			 put_fields(struct buf *, const struct ask *, const char *);

static bool
in_range(const struct ask *ask)
{
	return ask->number <= NUMBERS - ask->count;
}

/* Of the diagnostics only sub-function 0 changes nothing; 17 has no number. */
static bool
number_zero(const struct ask *ask)
{
	return ask->number == 0;
}

static bool
both_in_range(const struct ask *ask)
{
	size_t written = ask->payload_len / 2;

	return in_range(ask) && ask->payload_len % 2 == 0 && written >= 1 &&
	    written <= FC23_WRITTEN && ask->write_number <= NUMBERS - written;
}

static bool
object(const struct ask *ask)
{
	return ask->number <= 255;
}

static size_t
bits(const struct ask *ask)
{
	return (ask->count + 7u) / 8;
}

static size_t
registers(const struct ask *ask)
{
	return 2 * (size_t)ask->count;
}

static size_t
masks(const struct ask *ask)
{
	(void)ask;
	return 4;
}

static size_t
any(const struct ask *ask)
{
	return ask->payload_len;
}

static void
put_number(struct buf *b, const struct ask *ask)
{
	buf_putbe16(b, (uint16_t)ask->number);
}

static bool
get_number(struct buf *b, struct ask *ask)
{
	ask->number = buf_be16(b);
	return true;
}

static void
put_count(struct buf *b, const struct ask *ask)
{
	buf_putbe16(b, ask->count);
}

static bool
get_count(struct buf *b, struct ask *ask)
{
	ask->count = buf_be16(b);
	return true;
}

static void
put_coil(struct buf *b, const struct ask *ask)
{
	buf_putbe16(b, ask->payload[0] & 1 ? 0xff00 : 0);
}

/* Of both bytes one is as a payload has it: the first, where it is all ones. */
static bool
get_coil(struct buf *b, struct ask *ask)
{
	ask->payload = buf_bytes(b, 1);
	ask->payload_len = 1;
	return buf_u8(b) == 0 && !b->bad && (ask->payload[0] == 0 || ask->payload[0] == 0xff);
}

static void
put_payload(struct buf *b, const struct ask *ask)
{
	buf_putbytes(b, ask->payload, ask->payload_len);
}

/* All that is left; pdu_valid knows how much that has to be. */
static bool
get_payload(struct buf *b, struct ask *ask)
{
	ask->payload_len = b->len - b->pos;
	ask->payload = buf_bytes(b, ask->payload_len);
	return true;
}

/* Bits past the last coil are zero (6.11). */
static void
put_coils(struct buf *b, const struct ask *ask)
{
	put_payload(b, ask);
	if (!b->bad && ask->count % 8 != 0)
		b->at[b->len - 1] &= (uint8_t)((1u << ask->count % 8) - 1);
}

static void
put_length(struct buf *b, const struct ask *ask)
{
	buf_put8(b, (uint8_t)ask->payload_len);
}

static bool
get_length(struct buf *b, struct ask *ask)
{
	size_t n = buf_u8(b);

	(void)ask;
	return n == b->len - b->pos;
}

static void
put_write_number(struct buf *b, const struct ask *ask)
{
	buf_putbe16(b, (uint16_t)ask->write_number);
}

static bool
get_write_number(struct buf *b, struct ask *ask)
{
	ask->write_number = buf_be16(b);
	return true;
}

static void
put_write_count(struct buf *b, const struct ask *ask)
{
	buf_putbe16(b, (uint16_t)(ask->payload_len / 2));
}

static bool
get_write_count(struct buf *b, struct ask *ask)
{
	size_t n = buf_be16(b);

	(void)ask;
	return b->len - b->pos == 1 + 2 * n;
}

static void
put_identify(struct buf *b, const struct ask *ask)
{
	(void)ask;
	buf_put8(b, IDENTITY_MEI);
}

static bool
get_identify(struct buf *b, struct ask *ask)
{
	(void)ask;
	return buf_u8(b) == IDENTITY_MEI;
}

static void
put_level(struct buf *b, const struct ask *ask)
{
	buf_put8(b, (uint8_t)ask->count);
}

static bool
get_level(struct buf *b, struct ask *ask)
{
	ask->count = buf_u8(b);
	return true;
}

static void
put_object(struct buf *b, const struct ask *ask)
{
	buf_put8(b, (uint8_t)ask->number);
}

static bool
get_object(struct buf *b, struct ask *ask)
{
	ask->number = buf_u8(b);
	return true;
}

static const struct field known_fields[] = {
	['n' - 'a'] = { put_number, get_number },
	['c' - 'a'] = { put_count, get_count },
	['b' - 'a'] = { put_coil, get_coil },
	['p' - 'a'] = { put_payload, get_payload },
	['q' - 'a'] = { put_coils, get_payload },
	['l' - 'a'] = { put_length, get_length },
	['w' - 'a'] = { put_write_number, get_write_number },
	['x' - 'a'] = { put_write_count, get_write_count },
	['i' - 'a'] = { put_identify, get_identify },
	['v' - 'a'] = { put_level, get_level },
	['o' - 'a'] = { put_object, get_object },
};

static void
put_fields(struct buf *b, const struct ask *ask, const char *fields)
{
	for (; *fields != '\0'; fields++)
		known_fields[*fields - 'a'].put(b, ask);
}

static void
expect_bytes(struct shape *shape, size_t n)
{
	shape->head[0] = (uint8_t)n;
	shape->nhead = 1;
	shape->data_at = 2;
	shape->len = (uint16_t)(2 + n);
}

static void
expect_bits(const struct ask *ask, struct shape *shape)
{
	expect_bytes(shape, bits(ask));
}

static void
expect_registers(const struct ask *ask, struct shape *shape)
{
	expect_bytes(shape, registers(ask));
}

/* The answer says again what was put, and has no data. */
static void
expect_again(const struct ask *ask, struct shape *shape, const char *said)
{
	struct buf b = { .at = shape->head, .cap = sizeof(shape->head) };

	put_fields(&b, ask, said);
	shape->nhead = (uint8_t)b.len;
	shape->len = (uint16_t)(1 + b.len);
	shape->data_at = (uint8_t)shape->len;
}

static void
expect_echo(const struct ask *ask, struct shape *shape)
{
	expect_again(ask, shape, function_of(ask->function)->fields);
}

/* Where and how many, not what. */
static void
expect_place(const struct ask *ask, struct shape *shape)
{
	expect_again(ask, shape, "nc");
}

static void
expect_counted(const struct ask *ask, struct shape *shape)
{
	(void)ask;
	shape->data_at = 2;
}

static void
expect_objects(const struct ask *ask, struct shape *shape)
{
	shape->head[0] = IDENTITY_MEI;
	shape->head[1] = (uint8_t)ask->count;
	shape->nhead = 2;
	shape->data_at = IDENTITY_AT;
}

static const struct function functions[] = {
	{ 1, 2000, in_range, NULL, "nc", expect_bits },			/* 6.1 */
	{ 2, 2000, in_range, NULL, "nc", expect_bits },
	{ 3, 125, in_range, NULL, "nc", expect_registers },
	{ 4, 125, in_range, NULL, "nc", expect_registers },
	{ 5, 1, in_range, bits, "nb", expect_echo },
	{ 6, 1, in_range, registers, "np", expect_echo },
	{ 8, 1, number_zero, registers, "np", expect_echo },		/* 6.8 */
	{ 15, 1968, in_range, bits, "nclq", expect_place },		/* 6.11 */
	{ 16, 123, in_range, registers, "nclp", expect_place },
	{ 17, 0, number_zero, NULL, "", expect_counted },		/* 6.13 */
	{ 22, 1, in_range, masks, "np", expect_echo },			/* 6.16 */
	{ 23, 125, both_in_range, any, "ncwxlp", expect_registers },
	{ 43, LEVEL_MAX, object, NULL, "ivo", expect_objects },		/* 6.21 */
};

static const struct function *
function_of(uint8_t code)
{
	for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++)
		if (functions[i].code == code)
			return &functions[i];
	return NULL;
}

bool
pdu_valid(const struct ask *ask)
{
	const struct function *f = function_of(ask->function);

	return f != NULL && ask->count >= (f->max > 0) && ask->count <= f->max &&
	    ask->payload_len == (f->payload != NULL ? f->payload(ask) : 0) && f->valid(ask);
}

void
pdu_put(struct buf *b, const struct ask *ask)
{
	buf_put8(b, ask->function);
	put_fields(b, ask, function_of(ask->function)->fields);
}

struct shape
pdu_shape(const struct ask *ask)
{
	struct shape shape = { .unit = ask->address[0], .function = ask->function };

	function_of(ask->function)->expect(ask, &shape);
	return shape;
}

bool
shape_same(const struct shape *a, const struct shape *b)
{
	return a->unit == b->unit && a->function == b->function && a->len == b->len &&
	    a->nhead == b->nhead && memcmp(a->head, b->head, a->nhead) == 0;
}

enum fit
pdu_fit(const struct shape *shape, uint8_t unit, const uint8_t *pdu, size_t n)
{
	size_t len;

	if (n < 2 || unit != shape->unit)
		return FIT_NOT;
	if (pdu[0] == (shape->function | PDU_REFUSED))
		return n == 2 ? FIT_REFUSED : FIT_NOT;
	len = shape->len > 0 ? shape->len : pdu_length(pdu, n);
	if (pdu[0] != shape->function || n != len ||
	    memcmp(pdu + 1, shape->head, shape->nhead) != 0)
		return FIT_NOT;
	return FIT_DATA;
}

bool
pdu_asked(const uint8_t *pdu, size_t n, struct ask *ask)
{
	struct buf b = { .at = (uint8_t *)(uintptr_t)pdu, .len = n, .cap = n };
	const struct function *f = function_of(buf_u8(&b));

	if (f == NULL)
		return false;
	*ask = (struct ask){ .function = f->code, .count = f->max == 1 };
	for (const char *at = f->fields; *at != '\0'; at++)
		if (!known_fields[*at - 'a'].get(&b, ask))
			return false;
	return !b.bad && b.pos == b.len && pdu_valid(ask);
}
