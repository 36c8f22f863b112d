#include <string.h>

#include "../../protocols/frame.h"
#include "../../protocols/meters_frame.h"
#include "metered.h"
#include "show.h"

#define NO_DATA		2	/* bit of the error word of DL/T 645 */

/* The digits of a unit in an address, the lowest byte first, and before it the kind
 * of meter that the profile names. */
static void
address_of(const struct meters_format *f, const struct instrument *i, uint8_t *address)
{
	const char *why;
	uint8_t kind[ADDRESS_MAX] = { 0 };
	size_t from = f->serial;

	f->proto->address(i->profile->unit, kind, &why);
	memset(address, 0, f->naddress);
	if (f->serial)
		address[0] = kind[0];
	address[from] = (uint8_t)(i->unit % 10 | i->unit / 10 % 10 << 4);
	address[from + 1] = i->unit / 100;
}

/* The first that is meant; *n: how many are. */
static struct instrument *
find(struct bench *b, const struct meters_format *f, const uint8_t *asked, size_t *n)
{
	uint8_t address[METERS_ADDRESS_MAX];
	struct instrument *first = NULL;

	*n = 0;
	for (size_t k = b->n; k-- > 0; ) {
		address_of(f, &b->instruments[k], address);
		if (!meters_meant(asked, address, f->naddress))
			continue;
		first = &b->instruments[k];
		++*n;
	}
	return first;
}

/* Data of the answer behind what of the question is repeated; SIZE_MAX: it has none
 * of this. */
static size_t
data_of(const struct instrument *i, const struct meters_format *f, const struct ask *ask,
    int64_t us, uint8_t *data, size_t n)
{
	size_t room = METERS_DATA_MAX - n, more;

	if (ask->function == METERS_ADDRESS && !f->serial) {
		address_of(f, i, data);
		return f->naddress;
	}
	if (ask->function == METERS_ADDRESS)
		return n;
	if (ask->function != METERS_READ)
		return SIZE_MAX;
	more = show_item(i, ask->number, us, data + n, room);
	return more == 0 ? SIZE_MAX : n + more;
}

static size_t
refuse(struct instrument *i, const struct meters_format *f, uint8_t word,
    const struct meters_frame *frame, uint8_t *data)
{
	size_t n = 0;

	i->refusals++;
	if (f->serial)
		data[n++] = frame->n > f->nitem ? frame->data[f->nitem] : 0;
	data[n++] = word;
	if (f->serial)
		data[n++] = 0;
	return n;
}

size_t
metered_answer(struct bench *b, const uint8_t *bytes, size_t len, int64_t us,
    uint8_t answer[ANSWER_MAX], int64_t *late)
{
	const struct meters_format *f = meters_format_of(b->meter);
	struct buf to = { .at = answer, .cap = ANSWER_MAX };
	uint8_t data[METERS_DATA_MAX], address[METERS_ADDRESS_MAX], control;
	const struct fault *fault;
	struct meters_frame frame;
	struct instrument *i;
	struct ask ask;
	size_t n, meant;

	*late = 0;
	for (; len > 0 && *bytes == METERS_WAKE; bytes++)
		len--;
	meters_open(f, bytes, &frame);
	if (!meters_asked(f, &frame, &ask) || (i = find(b, f, frame.address, &meant)) == NULL)
		return 0;
	i->questions++;
	if (instrument_has(i, FAULT_SILENT, us) != NULL)
		return 0;
	if ((fault = instrument_has(i, FAULT_LATE, us)) != NULL)
		*late = fault->amount;
	n = frame.n < METERS_DATA_MAX / 2 ? frame.n : 0;
	memcpy(data, frame.data, n);
	control = frame.control | METERS_ANSWER;
	fault = instrument_has(i, FAULT_EXCEPTION, us);
	n = fault != NULL ? SIZE_MAX : data_of(i, f, &ask, us, data, n);
	if (n == SIZE_MAX) {
		control |= METERS_REFUSES;
		n = refuse(i, f, fault != NULL ? (uint8_t)fault->amount : NO_DATA, &frame, data);
	}
	address_of(f, i, address);
	for (int k = 0; k < 4; k++)
		buf_put8(&to, METERS_WAKE);
	meters_put(&to, f, address, control, data, n);
	if (meant > 1 && !to.bad)	/* they speak at once */
		answer[to.len - 2] ^= 0x55;
	return to.bad ? 0 : to.len;
}

size_t
metered_frame(const struct proto *proto, const uint8_t *p, size_t n, size_t *noise)
{
	const struct meters_format *f = meters_format_of(proto);
	size_t len;

	for (*noise = 0; *noise < n; ++*noise) {
		len = meters_woken(f, p + *noise, n - *noise);
		if (len != FRAME_NONE)
			return len == FRAME_MORE ? 0 : len;
	}
	return 0;
}
