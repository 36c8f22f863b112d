#include <stdio.h>
#include <string.h>

#include "../../protocols/buf.h"
#include "../../protocols/identity.h"
#include "service.h"

/* MODBUS Application Protocol V1.1b3. */
#define LOOPBACK	8	/* 6.8, sub-function 0 */
#define REPORT_SERVER	17	/* 6.13 */
#define ENCAPSULATED	43	/* 6.21 */
#define RUNNING		0xFF
#define BASIC		1	/* objects 0 to 2, as a stream */
#define OBJECT_MAX	60	/* bytes of one; three fit into an answer */

#define ILLEGAL_FUNCTION	1
#define ILLEGAL_ADDRESS		2
#define ILLEGAL_VALUE		3

bool
service_is(const uint8_t *pdu, size_t n)
{
	return n > 0 &&
	    (pdu[0] == LOOPBACK || pdu[0] == REPORT_SERVER || pdu[0] == ENCAPSULATED);
}

/* 0, or the exception of an instrument with this profile. */
static unsigned
refusal(const struct profile *p, const uint8_t *pdu, size_t n)
{
	switch (pdu[0]) {
	case LOOPBACK:
		if (!p->loopback)
			return ILLEGAL_FUNCTION;
		return n == 5 && pdu[1] == 0 && pdu[2] == 0 ? 0 : ILLEGAL_VALUE;
	case REPORT_SERVER:
		if (!(p->identify & IDENTIFY_REPORT))
			return ILLEGAL_FUNCTION;
		return n == 1 ? 0 : ILLEGAL_VALUE;
	default:
		if (!(p->identify & IDENTIFY_DEVICE))
			return ILLEGAL_FUNCTION;
		if (n != 4 || pdu[1] != IDENTITY_MEI || pdu[2] != BASIC)
			return ILLEGAL_VALUE;
		return pdu[3] <= 2 ? 0 : ILLEGAL_ADDRESS;
	}
}

static size_t
text_len(const char *text)
{
	return strnlen(text, OBJECT_MAX);
}

static void
put_object(struct buf *b, uint8_t number, const char *text)
{
	buf_put8(b, number);
	buf_put8(b, (uint8_t)text_len(text));
	buf_putbytes(b, text, text_len(text));
}

/* VendorName, ProductCode, MajorMinorRevision; from the one asked for on. */
static void
put_objects(struct buf *b, const struct profile *p, uint8_t from)
{
	const char *const texts[] = { p->maker, p->model, VERSION };

	buf_put8(b, IDENTITY_MEI);
	buf_put8(b, BASIC);
	buf_put8(b, BASIC);
	buf_put8(b, 0);			/* nothing follows, */
	buf_put8(b, 0);			/* so no next object */
	buf_put8(b, (uint8_t)(3 - from));
	for (uint8_t i = from; i < 3; i++)
		put_object(b, i, texts[i]);
}

static void
put_server(struct buf *b, const struct instrument *i)
{
	size_t n = text_len(i->profile->model);

	buf_put8(b, (uint8_t)(2 + n));
	buf_put8(b, i->unit);
	buf_put8(b, RUNNING);
	buf_putbytes(b, i->profile->model, n);
}

size_t
service_answer(const struct instrument *i, const uint8_t *pdu, size_t n, unsigned why,
    uint8_t *answer, size_t cap)
{
	struct buf b = { .at = answer, .cap = cap };

	if (why == 0)
		why = refusal(i->profile, pdu, n);
	buf_put8(&b, why != 0 ? pdu[0] | 0x80 : pdu[0]);
	if (why != 0)
		buf_put8(&b, (uint8_t)why);
	else if (pdu[0] == LOOPBACK)
		buf_putbytes(&b, pdu + 1, n - 1);
	else if (pdu[0] == REPORT_SERVER)
		put_server(&b, i);
	else
		put_objects(&b, i->profile, pdu[3]);
	return b.bad ? 0 : b.len;
}
