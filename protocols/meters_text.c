#include <stdio.h>

#include "frame.h"
#include "meters_frame.h"

const char *
meters_address_text(const struct proto *proto, const uint8_t *bytes, size_t n,
    char text[METERS_TEXT])
{
	const struct meters_format *f = meters_format_of(proto);
	size_t len = 0, digits = f != NULL ? f->naddress - (f->serial ? 1U : 0) : 0;

	text[0] = '\0';
	if (f == NULL || n < f->naddress)
		return text;
	if (f->serial)
		len = (size_t)snprintf(text, METERS_TEXT, "%02X:", bytes[0]);
	for (size_t i = 0; i < digits; i++)
		len += (size_t)snprintf(text + len, METERS_TEXT - len, "%02X",
		    bytes[f->naddress - 1 - i]);
	return text;
}

size_t
meters_woken(const struct meters_format *f, const uint8_t *p, size_t n)
{
	size_t wakes = 0, len;

	while (wakes < n && p[wakes] == METERS_WAKE)
		wakes++;
	len = meters_length(f, p + wakes, n - wakes);
	return len == FRAME_MORE || len == FRAME_NONE ? len : wakes + len;
}

/* "read 00010000", with the number behind it of a frame that follows. */
static size_t
say_item(struct text *t, const struct meters_format *f, const struct meters_frame *frame)
{
	if (frame->n < f->nitem)
		return 0;
	text_say(t, f->nitem > 2 ? " %08X" : " %04X", (unsigned)meters_item(f, frame->data));
	if (!f->serial || frame->n == f->nitem)
		return f->nitem;
	text_say(t, " number %u", frame->data[f->nitem]);
	return f->nitem + 1U;
}

void
meters_say(const struct meters_format *f, const uint8_t *p, size_t n, struct text *t)
{
	static const char *const words[] = {
		[METERS_READ] = "read", [METERS_FOLLOW] = "read on",
		[METERS_ADDRESS] = "read address", [METERS_WRITE] = "write",
	};
	struct meters_frame frame;
	char address[METERS_TEXT];
	uint8_t function;
	size_t at = 0;

	for (; n > 0 && *p == METERS_WAKE; p++)
		n--;
	meters_open(f, p, &frame);
	function = frame.control & (uint8_t)~(METERS_ANSWER | METERS_REFUSES | f->more);
	text_say(t, "%s ", meters_address_text(f->proto, frame.address, f->naddress, address));
	if (function < sizeof(words) / sizeof(words[0]) && words[function] != NULL)
		text_say(t, "%s", words[function]);
	else
		text_say(t, "control %02X", p[f->control]);
	if (frame.control & METERS_REFUSES) {
		at = f->serial && frame.n > 1;
		text_say(t, " refused: %s,",
		    f->proto->exception(frame.n > at ? frame.data[at] : 0));
	} else if (function != METERS_ADDRESS || f->serial) {
		at = say_item(t, f, &frame);
	}
	if (frame.control & f->more)
		text_say(t, ", more follows");
	if (at < frame.n)
		text_say(t, " data");
	text_bytes(t, frame.data + at, frame.n - at);
}
