#include <assert.h>
#include <string.h>

#include "../conf/span.h"
#include "frame.h"
#include "modbus.h"
#include "pdu.h"
#include "text.h"
#include "trace.h"

static void
say_hex(struct text *t, const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		text_say(t, "%02x", p[i]);
}

static void
say_span(struct text *t, const char *before, int64_t span)
{
	char word[32];

	text_say(t, "%s%s", before, span_write(span, word, sizeof(word)));
}

size_t
capture_begin(struct capture *c, const struct proto *proto, const struct line *line,
    int64_t now, char text[CAPTURE_TEXT])
{
	struct text t = { .at = text, .cap = CAPTURE_TEXT };

	*c = (struct capture){ .proto = proto, .at = now };
	text_say(&t, "proto %s\nline", proto->name);
	say_span(&t, " silence=", line->silence);
	say_span(&t, " guard=", line->guard);
	say_span(&t, " timeout_min=", line->timeout_min);
	say_span(&t, " timeout_max=", line->timeout_max);
	say_span(&t, " max_late=", line->max_late);
	text_say(&t, "%s\n", line->echo ? " echo=1" : "");
	assert(!t.cut);		/* there is room for all that is ever written at once */
	return t.len;
}

/* As what the session was asked; then the bytes, which a replay has to meet. */
static void
say_ask(struct text *t, const uint8_t *unit, const uint8_t *pdu, size_t n)
{
	struct ask ask;

	if (!pdu_asked(pdu, n, &ask)) {
		text_say(t, "# no question: ");
		return;
	}
	text_say(t, "ask %u %u %u %u", *unit, ask.function, (unsigned)ask.number, ask.count);
	if (ask.payload_len > 0) {
		text_say(t, " payload=");
		say_hex(t, ask.payload, ask.payload_len);
	}
	if (ask.function == 23)
		text_say(t, " write=%u", (unsigned)ask.write_number);
	text_say(t, "\n> ");
}

static void
shift_id(const struct capture *c, uint8_t *p)
{
	uint16_t id = (uint16_t)((p[0] << 8 | p[1]) - c->shift);

	p[0] = (uint8_t)(id >> 8);
	p[1] = (uint8_t)id;
}

/* A session writes whole frames. */
static void
say_frame(struct capture *c, struct text *t, const uint8_t *p, size_t n)
{
	uint8_t frame[CAPTURE_BYTES];
	size_t head = c->proto == &modbus_tcp ? MBAP : 1, tail = head == 1 ? 2 : 0;

	memcpy(frame, p, n);
	if (head == MBAP && n > MBAP) {
		if (!c->counted)
			c->shift = (uint16_t)((p[0] << 8 | p[1]) - 1);
		c->counted = true;
		shift_id(c, frame);
	}
	if (n > head + tail)
		say_ask(t, p + head - 1, p + head, n - head - tail);
	say_hex(t, frame, n);
	text_say(t, "\n");
}

/* What follows a header, as far as it says; a byte by itself where it is none. */
static size_t
frame_of(const uint8_t *p)
{
	return p[2] != 0 || p[3] != 0 || p[4] != 0 ? 1 : MBAP_LENGTH + (size_t)p[5];
}

/* The ids of n bytes heard are counted as those sent; returns how many may be
 * written now, for a header that is not whole has to wait. */
static size_t
count_ids(struct capture *c, uint8_t *p, size_t n)
{
	size_t at = 0, some;

	while (at < n) {
		if (c->left == 0 && n - at < MBAP_LENGTH) {
			c->nhead = n - at;
			memcpy(c->head, p + at, c->nhead);
			break;
		}
		if (c->left == 0) {
			c->left = frame_of(p + at);
			if (c->left >= MBAP_LENGTH)
				shift_id(c, p + at);
		}
		some = n - at < c->left ? n - at : c->left;
		c->left -= some;
		at += some;
	}
	return at;
}

static void
say_heard(struct capture *c, struct text *t, const uint8_t *p, size_t n)
{
	uint8_t bytes[MBAP_LENGTH + CAPTURE_BYTES];

	memcpy(bytes, c->head, c->nhead);
	memcpy(bytes + c->nhead, p, n);
	n += c->nhead;
	c->nhead = 0;
	if (c->proto == &modbus_tcp)
		n = count_ids(c, bytes, n);
	if (n > 0)
		text_say(t, "< ");
	say_hex(t, bytes, n);
	text_say(t, n > 0 ? "\n" : "");
}

size_t
capture_put(struct capture *c, enum trace_way way, const uint8_t *p, size_t n, int64_t now,
    char text[CAPTURE_TEXT])
{
	struct text t = { .at = text, .cap = CAPTURE_TEXT };

	assert(n <= CAPTURE_BYTES);
	if (now > c->at)
		say_span(&t, "+", now - c->at);
	text_say(&t, now > c->at ? "\n" : "");
	c->at = now;
	if (way == TRACE_SENT)
		say_frame(c, &t, p, n);
	else
		say_heard(c, &t, p, n);
	assert(!t.cut);		/* there is room for all that is ever written at once */
	return t.len;
}
