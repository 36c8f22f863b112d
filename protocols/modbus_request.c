#include "buf.h"
#include "frame.h"
#include "modbus_request.h"
#include "pdu.h"

#define NUMBERS	65536u

/* A function that a server has: how many it may be asked for, and what its
 * PDU holds after the first address. */
static const struct kind {
	uint8_t		code;
	uint16_t	max;
	enum form { FORM_READ, FORM_ONE, FORM_SEVERAL, FORM_BOTH } form;
	bool		bits;
} kinds[] = {
	{ 1, 2000, FORM_READ, true }, { 2, 2000, FORM_READ, true },	/* V1.1b3, 6.1 */
	{ 3, 125, FORM_READ, false }, { 4, 125, FORM_READ, false },
	{ 5, 1, FORM_ONE, true }, { 6, 1, FORM_ONE, false },
	{ 15, 1968, FORM_SEVERAL, true }, { 16, 123, FORM_SEVERAL, false },
	{ 23, 125, FORM_BOTH, false },					/* 6.17 */
};

#define FC23_WRITTEN	121

static const struct kind *
kind_of(uint8_t code)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kinds[i].code == code)
			return &kinds[i];
	return NULL;
}

bool
request_is_bits(const struct modbus_request *r)
{
	const struct kind *kind = kind_of(r->function);

	return kind != NULL && kind->bits;
}

uint16_t
request_value(const struct modbus_request *r, size_t i)
{
	if (request_is_bits(r))
		return r->values[i / 8] >> i % 8 & 1;
	return (uint16_t)(r->values[2 * i] << 8 | r->values[2 * i + 1]);
}

/* Count and place of one range; the count is looked at first, as the state
 * diagrams of chapter 6 do. */
static uint8_t
judge(uint16_t first, uint16_t count, uint16_t max)
{
	if (count == 0 || count > max)
		return EXCEPTION_VALUE;
	return first + (uint32_t)count > NUMBERS ? EXCEPTION_ADDRESS : 0;
}

static uint8_t
take_values(struct buf *b, struct modbus_request *r, size_t bytes)
{
	size_t n = buf_u8(b);

	r->values = b->at + b->pos;
	return b->bad || n != bytes || b->len - b->pos != n ? EXCEPTION_VALUE : 0;
}

/* Of FC 5 both bytes are one value; its first byte is as a packed coil. */
static uint8_t
take_one(struct buf *b, struct modbus_request *r)
{
	uint16_t value = buf_be16(b);

	r->write_first = r->first;
	r->write_count = 1;
	r->count = 0;
	if (b->bad || b->pos != b->len)
		return EXCEPTION_VALUE;
	r->values = b->at + b->pos - 2;
	return r->function == 5 && value != 0 && value != 0xff00 ? EXCEPTION_VALUE : 0;
}

static uint8_t
take_several(struct buf *b, struct modbus_request *r, const struct kind *kind)
{
	uint8_t bad;

	r->write_first = r->first;
	r->write_count = buf_be16(b);
	r->count = 0;
	bad = take_values(b, r, kind->bits ? (r->write_count + 7u) / 8 : 2u * r->write_count);
	return bad != 0 ? bad : judge(r->write_first, r->write_count, kind->max);
}

static uint8_t
take_both(struct buf *b, struct modbus_request *r, const struct kind *kind)
{
	uint8_t bad, read, write;

	r->count = buf_be16(b);
	r->write_first = buf_be16(b);
	r->write_count = buf_be16(b);
	bad = take_values(b, r, 2u * r->write_count);
	read = judge(r->first, r->count, kind->max);
	write = judge(r->write_first, r->write_count, FC23_WRITTEN);
	if (bad != 0 || read == EXCEPTION_VALUE || write == EXCEPTION_VALUE)
		return EXCEPTION_VALUE;
	return read != 0 ? read : write;
}

static uint8_t
take(struct buf *b, struct modbus_request *r, const struct kind *kind)
{
	r->first = buf_be16(b);
	switch (kind->form) {
	case FORM_ONE:
		return take_one(b, r);
	case FORM_SEVERAL:
		return take_several(b, r, kind);
	case FORM_BOTH:
		return take_both(b, r, kind);
	case FORM_READ:
		break;
	}
	r->count = buf_be16(b);
	if (b->bad || b->pos != b->len)
		return EXCEPTION_VALUE;
	return judge(r->first, r->count, kind->max);
}

void
modbus_request(const uint8_t *pdu, size_t n, uint8_t unit, struct modbus_request *r)
{
	struct buf b = { .at = (uint8_t *)(uintptr_t)pdu, .len = n, .cap = n };
	const struct kind *kind;

	*r = (struct modbus_request){ .unit = unit, .function = buf_u8(&b) };
	kind = kind_of(r->function);
	r->exception = kind == NULL ? EXCEPTION_FUNCTION : take(&b, r, kind);
	if (r->exception != 0)
		r->count = r->write_count = 0;
}

size_t
modbus_tcp_request(const uint8_t *p, size_t n, struct modbus_request *r)
{
	size_t len = mbap_frame(p, n);

	if (len == FRAME_NONE || len == FRAME_MORE)
		return len;
	if (len > n)
		return FRAME_MORE;
	modbus_request(p + MBAP, len - MBAP, p[MBAP - 1], r);
	return len;
}

/* Whether a sound frame with a PDU of this length stands there; of a length
 * that is not known, or lies further on, it is not known either: more. */
static bool
stands(const uint8_t *p, size_t n, size_t pdu, bool *more)
{
	if (pdu == SIZE_MAX)
		return false;
	if (pdu == 0 || n < pdu + RTU_AROUND) {
		*more = true;
		return false;
	}
	return rtu_sound(p, pdu + RTU_AROUND);
}

size_t
modbus_rtu_request(const uint8_t *p, size_t n, bool quiet,
    bool (*ours)(const void *, uint8_t unit), const void *of, struct modbus_request *r)
{
	bool more = false;
	size_t len;

	*r = (struct modbus_request){ .unit = n > 0 ? p[0] : 0 };
	if (n < 2)
		return quiet && n > 0 ? FRAME_NONE : FRAME_MORE;
	len = pdu_asked_length(p + 1, n - 1);
	if (stands(p, n, len, &more)) {
		if (p[0] == 0 || ours(of, p[0]))
			modbus_request(p + 1, len, p[0], r);
		return len + RTU_AROUND;
	}
	len = pdu_length(p + 1, n - 1);
	if (p[0] != 0 && !ours(of, p[0]) && stands(p, n, len, &more))
		return len + RTU_AROUND;
	if (!quiet)
		return more || n <= RTU_AROUND ? FRAME_MORE : FRAME_NONE;
	/* a function that has no length known to us ends with the silence */
	if (n <= RTU_AROUND || n > PDU_MAX + RTU_AROUND || !rtu_sound(p, n))
		return FRAME_NONE;
	if (p[0] == 0 || ours(of, p[0]))
		modbus_request(p + 1, n - RTU_AROUND, p[0], r);
	return n;
}
