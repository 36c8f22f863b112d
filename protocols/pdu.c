#include <string.h>

#include "pdu.h"

/* One function code: how it is asked, and what its answer must show. */
struct function {
	uint8_t		  code;
	uint16_t	  max;			/* of ask.count */
	void		(*put)(struct buf *, const struct ask *);
	void		(*expect)(const struct ask *, struct shape *);
};

static void
put_read(struct buf *b, const struct ask *ask)
{
	buf_putbe16(b, (uint16_t)ask->number);
	buf_putbe16(b, ask->count);
}

static void
expect_registers(const struct ask *ask, struct shape *shape)
{
	shape->head[0] = (uint8_t)(2 * ask->count);
	shape->nhead = 1;
	shape->data_at = 2;
	shape->len = (uint16_t)(2 + 2 * ask->count);
}

static const struct function functions[] = {
	{ .code = 3, .max = 125, .put = put_read, .expect = expect_registers },
	{ .code = 4, .max = 125, .put = put_read, .expect = expect_registers },
};

static const struct function *
function_of(const struct ask *ask)
{
	for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++)
		if (functions[i].code == ask->function)
			return &functions[i];
	return NULL;
}

bool
pdu_valid(const struct ask *ask)
{
	const struct function *f = function_of(ask);

	return f != NULL && ask->count >= 1 && ask->count <= f->max &&
	    ask->number <= 65536u - ask->count;
}

void
pdu_put(struct buf *b, const struct ask *ask)
{
	buf_put8(b, ask->function);
	function_of(ask)->put(b, ask);
}

struct shape
pdu_shape(const struct ask *ask)
{
	struct shape shape = { .unit = ask->address[0], .function = ask->function };

	function_of(ask)->expect(ask, &shape);
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
	if (n < 2 || unit != shape->unit)
		return FIT_NOT;
	if (pdu[0] == (shape->function | PDU_REFUSED))
		return n == 2 ? FIT_REFUSED : FIT_NOT;
	if (pdu[0] != shape->function || n != shape->len ||
	    memcmp(pdu + 1, shape->head, shape->nhead) != 0)
		return FIT_NOT;
	return FIT_DATA;
}

/* Length of an answer: fixed, or counted by the byte at count_at. */
struct length {
	uint8_t	fixed;		/* bytes beside those counted */
	uint8_t	count_at;	/* 0: no count */
};

/* By function code (V1.1b3, 6); zero where an answer says nothing of its
 * length, or where no such function is. */
static const struct length lengths[] = {
	[1] = { 2, 1 }, [2] = { 2, 1 }, [3] = { 2, 1 }, [4] = { 2, 1 },
	[5] = { 5, 0 }, [6] = { 5, 0 }, [7] = { 2, 0 }, [8] = { 5, 0 },
	[11] = { 5, 0 }, [12] = { 2, 1 }, [15] = { 5, 0 }, [16] = { 5, 0 },
	[17] = { 2, 1 }, [20] = { 2, 1 }, [21] = { 2, 1 }, [22] = { 7, 0 },
	[23] = { 2, 1 },
};

/* 24 reads a queue, 43 is the encapsulated interface; no more are public. */
static bool
refusable(int function)
{
	return (function >= 1 && function <= 24) || function == 43;
}

size_t
pdu_length(const uint8_t *pdu, size_t n)
{
	const struct length *l;
	size_t len;

	if (n == 0)
		return 0;
	if (pdu[0] & PDU_REFUSED)
		return refusable(pdu[0] & ~PDU_REFUSED) ? 2 : SIZE_MAX;
	if (pdu[0] >= sizeof(lengths) / sizeof(lengths[0]) || lengths[pdu[0]].fixed == 0)
		return SIZE_MAX;
	l = &lengths[pdu[0]];
	if (l->count_at == 0)
		return l->fixed;
	if (n <= l->count_at)
		return 0;
	len = (size_t)l->fixed + pdu[l->count_at];
	return len > PDU_MAX ? SIZE_MAX : len;
}

const char *
pdu_exception(uint8_t code)
{
	static const char *const names[] = {	/* V1.1b3, 7 */
		[1] = "illegal function",
		[2] = "illegal data address",
		[3] = "illegal data value",
		[4] = "server device failure",
		[5] = "acknowledge",
		[6] = "server device busy",
		[7] = "negative acknowledge",
		[8] = "memory parity error",
		[10] = "gateway path unavailable",
		[11] = "gateway target device failed to respond",
	};

	if (code >= sizeof(names) / sizeof(names[0]) || names[code] == NULL)
		return "unknown exception";
	return names[code];
}

int
pdu_address(const char *text, int least, int most, uint8_t out[ADDRESS_MAX])
{
	size_t n = strlen(text);
	int unit = 0;

	if (n == 0 || n > 3 || strspn(text, "0123456789") != n)
		return -1;
	for (size_t i = 0; i < n; i++)
		unit = unit * 10 + (text[i] - '0');
	if (unit < least || unit > most)
		return -1;
	memset(out, 0, ADDRESS_MAX);
	out[0] = (uint8_t)unit;
	return 0;
}
