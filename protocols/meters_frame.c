#include <string.h>

#include "frame.h"
#include "meters_frame.h"

#define BEGIN		0x68
#define END		0x16
#define SEQ		1	/* byte of a question for what follows */

const struct meters_format meters_formats[] = {
	{ .proto = &dlt645, .naddress = 6, .control = 8, .twice = true, .add = 0x33,
	  .nitem = 4, .more = 0x20 },
	{ .proto = &cjt188, .naddress = 8, .control = 9, .nitem = 2, .serial = true,
	  .less = 0x10 },
	{ .proto = NULL }
};

const struct meters_format *
meters_format_of(const struct proto *proto)
{
	const struct meters_format *f = meters_formats;

	while (f->proto != NULL && f->proto != proto)
		f++;
	return f->proto != NULL ? f : NULL;
}

static uint8_t
sum(const uint8_t *p, size_t n)
{
	unsigned s = 0;

	for (size_t i = 0; i < n; i++)
		s += p[i];
	return (uint8_t)s;
}

size_t
meters_length(const struct meters_format *f, const uint8_t *p, size_t n)
{
	size_t head = f->control + 2U, len;

	if (n > 0 && p[0] != BEGIN)
		return FRAME_NONE;
	if (f->twice && n >= f->control && p[f->control - 1] != BEGIN)
		return FRAME_NONE;
	if (n < head)
		return FRAME_MORE;
	if (p[head - 1] > METERS_DATA_MAX)
		return FRAME_NONE;
	len = head + p[head - 1] + 2;
	if (n < len)
		return FRAME_MORE;
	return p[len - 1] == END && sum(p, len - 2) == p[len - 2] ? len : FRAME_NONE;
}

void
meters_open(const struct meters_format *f, const uint8_t *p, struct meters_frame *frame)
{
	const uint8_t *data = p + f->control + 2;

	frame->address = p + 1;
	frame->control = (uint8_t)(p[f->control] + f->less);
	frame->n = p[f->control + 1];
	for (size_t i = 0; i < frame->n; i++)
		frame->data[i] = (uint8_t)(data[i] - f->add);
}

void
meters_put(struct buf *b, const struct meters_format *f, const uint8_t *address,
    uint8_t control, const uint8_t *data, size_t n)
{
	size_t from = b->len;

	buf_put8(b, BEGIN);
	buf_putbytes(b, address, f->naddress);
	if (f->twice)
		buf_put8(b, BEGIN);
	buf_put8(b, (uint8_t)(control - f->less));
	buf_put8(b, (uint8_t)n);
	for (size_t i = 0; i < n; i++)
		buf_put8(b, (uint8_t)(data[i] + f->add));
	if (b->bad)
		return;
	buf_put8(b, sum(b->at + from, b->len - from));
	buf_put8(b, END);
}

uint32_t
meters_item(const struct meters_format *f, const uint8_t *data)
{
	uint32_t item = 0;

	for (size_t i = f->nitem; i-- > 0; )
		item = item << 8 | data[i];
	return item;
}

size_t
meters_ask_data(const struct meters_format *f, const struct ask *ask, uint8_t serial,
    uint8_t data[METERS_DATA_MAX])
{
	uint32_t item = ask->number;
	size_t n = 0;

	if (ask->function == METERS_ADDRESS && !f->serial)
		return 0;
	if (ask->function == METERS_ADDRESS && item == 0)
		item = METERS_ADDRESS_ITEM;
	for (; n < f->nitem; item >>= 8)
		data[n++] = (uint8_t)item;
	if (f->serial || ask->function == METERS_FOLLOW)
		data[n++] = serial;
	if (ask->payload_len > 0)
		memcpy(data + n, ask->payload, ask->payload_len);
	return n + ask->payload_len;
}

bool
meters_asked(const struct meters_format *f, const struct meters_frame *frame, struct ask *ask)
{
	size_t head = f->nitem + (f->serial || frame->control == METERS_FOLLOW ? SEQ : 0U);

	*ask = (struct ask){ .function = frame->control };
	memcpy(ask->address, frame->address, f->naddress);
	if (frame->control == METERS_ADDRESS && !f->serial)
		return frame->n == 0;
	if (frame->control < METERS_READ || frame->control > METERS_WRITE || frame->n < head)
		return false;
	ask->number = meters_item(f, frame->data);
	ask->payload = frame->data + head;
	ask->payload_len = frame->n - head;
	return frame->control == METERS_WRITE ? ask->payload_len > 0 : ask->payload_len == 0;
}

bool
meters_meant(const uint8_t *asked, const uint8_t *answers, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (asked[i] != METERS_ANY && asked[i] != answers[i])
			return false;
	return true;
}
