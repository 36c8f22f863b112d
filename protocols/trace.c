#include <string.h>

#include "frame.h"
#include "identity.h"
#include "meters_frame.h"
#include "modbus.h"
#include "pdu.h"
#include "text.h"
#include "trace.h"

#define RAW_MAX		300	/* bytes shown of a stretch that is no frame */

/* The words of each question; what its payload is comes behind them. */
static void
say_read(struct text *t, const struct ask *ask)
{
	text_say(t, "read 0x%04x count %u", (unsigned)ask->number, ask->count);
}

static void
say_coil(struct text *t, const struct ask *ask)
{
	text_say(t, "write 0x%04x %s", (unsigned)ask->number, ask->payload[0] ? "on" : "off");
}

static void
say_register(struct text *t, const struct ask *ask)
{
	text_say(t, "write 0x%04x:", (unsigned)ask->number);
	text_bytes(t, ask->payload, ask->payload_len);
}

static void
say_loopback(struct text *t, const struct ask *ask)
{
	text_say(t, "loopback");
	text_bytes(t, ask->payload, ask->payload_len);
}

static void
say_write(struct text *t, const struct ask *ask)
{
	text_say(t, "write 0x%04x count %u:", (unsigned)ask->number, ask->count);
	text_bytes(t, ask->payload, ask->payload_len);
}

static void
say_who(struct text *t, const struct ask *ask)
{
	(void)ask;
	text_say(t, "report server id");
}

static void
say_masks(struct text *t, const struct ask *ask)
{
	text_say(t, "mask 0x%04x and", (unsigned)ask->number);
	text_bytes(t, ask->payload, 2);
	text_say(t, " or");
	text_bytes(t, ask->payload + 2, 2);
}

static void
say_both(struct text *t, const struct ask *ask)
{
	say_read(t, ask);
	text_say(t, " write 0x%04x count %zu:", (unsigned)ask->write_number, ask->payload_len / 2);
	text_bytes(t, ask->payload, ask->payload_len);
}

static void
say_object(struct text *t, const struct ask *ask)
{
	text_say(t, "identification level %u from object %u", ask->count, (unsigned)ask->number);
}

/* Answers: n bytes of PDU of the length that they claim. */
static void
say_counted(struct text *t, const uint8_t *pdu, size_t n)
{
	text_say(t, "%zu bytes", n - 2);
	text_bytes(t, pdu + 2, n - 2);
}

static void
say_place(struct text *t, const uint8_t *pdu, size_t n)
{
	(void)n;
	text_say(t, "wrote 0x%02x%02x count %u", pdu[1], pdu[2], (unsigned)(pdu[3] << 8 | pdu[4]));
}

static void
say_objects(struct text *t, const uint8_t *pdu, size_t n)
{
	const uint8_t *data = pdu + IDENTITY_AT, *object;
	struct identity id;
	uint8_t number;
	size_t len;

	if (identity_read(data, n - IDENTITY_AT, &id) != 0) {
		text_say(t, "not as the standard has it:");
		text_bytes(t, pdu + 1, n - 1);
		return;
	}
	text_say(t, "identification, conformity %u%s", id.level, id.single ? "" : " as a stream");
	for (size_t i = 0; i < id.n; i++) {
		object = identity_object(data, n - IDENTITY_AT, i, &number, &len);
		text_say(t, ", %u \"", number);
		for (size_t k = 0; k < len; k++)
			text_say(t, "%c", object[k] >= ' ' && object[k] < 0x7f &&
			    object[k] != '"' ? object[k] : '?');
		text_say(t, "\"");
	}
	if (id.more)
		text_say(t, ", more from %u", id.next);
}

/* By function code; no answer: it repeats its question. */
static const struct words {
	void	(*asked)(struct text *, const struct ask *);
	void	(*answered)(struct text *, const uint8_t *pdu, size_t n);
} words[] = {
	[1] = { say_read, say_counted }, [2] = { say_read, say_counted },
	[3] = { say_read, say_counted }, [4] = { say_read, say_counted },
	[5] = { say_coil, NULL }, [6] = { say_register, NULL }, [8] = { say_loopback, NULL },
	[15] = { say_write, say_place }, [16] = { say_write, say_place },
	[17] = { say_who, say_counted }, [22] = { say_masks, NULL },
	[23] = { say_both, say_counted }, [43] = { say_object, say_objects },
};

static const struct words *
words_of(uint8_t function)
{
	if (function >= sizeof(words) / sizeof(words[0]) || words[function].asked == NULL)
		return NULL;
	return &words[function];
}

static void
say_raw(struct text *t, const uint8_t *pdu, size_t n)
{
	text_say(t, "data");
	text_bytes(t, pdu + 1, n - 1);
}

static bool
say_question(struct text *t, const uint8_t *pdu, size_t n)
{
	struct ask ask;

	if (!pdu_asked(pdu, n, &ask))
		return false;
	words_of(ask.function)->asked(t, &ask);
	return true;
}

static void
say_answer(struct text *t, const uint8_t *pdu, size_t n)
{
	const struct words *w = words_of(pdu[0]);

	if (pdu[0] & PDU_REFUSED && n == 2)
		text_say(t, "exception %u %s", pdu[1], pdu_exception(pdu[1]));
	else if (w == NULL || n != pdu_length(pdu, n))
		say_raw(t, pdu, n);
	else if (w->answered != NULL)
		w->answered(t, pdu, n);
	else if (!say_question(t, pdu, n))
		say_raw(t, pdu, n);
}

/* n bytes of PDU.  A second master's question is heard too. */
static void
say_pdu(struct text *t, enum trace_way way, uint8_t unit, const uint8_t *pdu, size_t n)
{
	size_t mark;

	text_say(t, "unit %u FC %u ", unit, pdu[0] & ~PDU_REFUSED);
	mark = t->len;
	if (way == TRACE_SENT) {
		if (!say_question(t, pdu, n))
			say_raw(t, pdu, n);
		return;
	}
	if (n == pdu_length(pdu, n) || pdu_asked_length(pdu, n) != n) {
		say_answer(t, pdu, n);
		return;
	}
	text_say(t, "a question: ");
	if (!say_question(t, pdu, n)) {
		t->len = mark;
		say_raw(t, pdu, n);
	}
}

static size_t
tcp_length(enum trace_way way, const uint8_t *p, size_t n)
{
	(void)way;
	return mbap_frame(p, n);
}

static size_t
rtu_length(enum trace_way way, const uint8_t *p, size_t n)
{
	if (n < 2)
		return FRAME_MORE;
	return rtu_frame(p, n, way == TRACE_HEARD ? pdu_length(p + 1, n - 1) : SIZE_MAX,
	    pdu_asked_length(p + 1, n - 1));
}

static void
tcp_say(struct text *t, enum trace_way way, const uint8_t *p, size_t n)
{
	text_say(t, "id %u ", (unsigned)(p[0] << 8 | p[1]));
	say_pdu(t, way, p[6], p + MBAP, n - MBAP);
}

static void
rtu_say(struct text *t, enum trace_way way, const uint8_t *p, size_t n)
{
	say_pdu(t, way, p[0], p + 1, n - RTU_AROUND);
}

/* A whole frame that was damaged: what it would have said. */
static bool
rtu_damaged(struct text *t, enum trace_way way, const uint8_t *p, size_t n)
{
	size_t pdu = n < 4 ? FRAME_NONE : way == TRACE_SENT ? pdu_asked_length(p + 1, n - 1) :
	    pdu_length(p + 1, n - 1);

	if (pdu == FRAME_NONE || pdu + RTU_AROUND != n)
		return false;
	rtu_say(t, way, p, n);
	text_say(t, ", CRC wrong");
	return true;
}

static bool
never_damaged(struct text *t, enum trace_way way, const uint8_t *p, size_t n)
{
	(void)t;
	(void)way;
	(void)p;
	(void)n;
	return false;
}

static size_t
dlt645_length(enum trace_way way, const uint8_t *p, size_t n)
{
	(void)way;
	return meters_woken(&meters_formats[0], p, n);
}

static void
dlt645_say(struct text *t, enum trace_way way, const uint8_t *p, size_t n)
{
	(void)way;
	meters_say(&meters_formats[0], p, n, t);
}

static size_t
cjt188_length(enum trace_way way, const uint8_t *p, size_t n)
{
	(void)way;
	return meters_woken(&meters_formats[1], p, n);
}

static void
cjt188_say(struct text *t, enum trace_way way, const uint8_t *p, size_t n)
{
	(void)way;
	meters_say(&meters_formats[1], p, n, t);
}

static const struct framing {
	const struct proto	*proto;
	size_t			(*length)(enum trace_way, const uint8_t *, size_t n);
	void			(*say)(struct text *, enum trace_way, const uint8_t *, size_t);
	bool			(*damaged)(struct text *, enum trace_way, const uint8_t *,
				    size_t n);
} framings[] = {
	{ &modbus_tcp, tcp_length, tcp_say, never_damaged },
	{ &modbus_rtu, rtu_length, rtu_say, rtu_damaged },
	{ &dlt645, dlt645_length, dlt645_say, never_damaged },
	{ &cjt188, cjt188_length, cjt188_say, never_damaged },
};

static const struct framing *
framing_of(const struct proto *proto)
{
	for (size_t i = 0; i < sizeof(framings) / sizeof(framings[0]); i++)
		if (framings[i].proto == proto)
			return &framings[i];
	return NULL;
}

/* Where the next frame begins that is whole and sound; n: none does. */
static size_t
next_frame(const struct framing *f, enum trace_way way, const uint8_t *p, size_t n)
{
	size_t len;

	for (size_t at = 1; at < n; at++) {
		len = f->length(way, p + at, n - at);
		if (len != FRAME_MORE && len != FRAME_NONE && len <= n - at)
			return at;
	}
	return n;
}

static size_t
say_no_frame(struct text *t, const struct framing *f, enum trace_way way, const uint8_t *p,
    size_t n)
{
	size_t some = f == NULL ? n : next_frame(f, way, p, n);

	if (some > RAW_MAX)
		some = RAW_MAX;
	if (f != NULL && f->damaged(t, way, p, some))
		return some;
	text_say(t, f == NULL ? "%zu bytes" : "no frame, %zu bytes", some);
	text_bytes(t, p, some);
	return some;
}

size_t
trace_next(const struct proto *proto, enum trace_way way, const uint8_t *p, size_t n,
    bool over, char line[TRACE_LINE])
{
	const struct framing *f = framing_of(proto);
	struct text t = { .at = line, .cap = TRACE_LINE };
	size_t len = f == NULL ? FRAME_NONE : f->length(way, p, n);

	text_say(&t, way == TRACE_SENT ? "> " : "< ");
	if (n == 0)
		return 0;
	if (len != FRAME_MORE && len <= n) {
		f->say(&t, way, p, len);
		return len;
	}
	/* A stretch ends where it falls quiet or a frame begins. */
	if (!over && f != NULL && n < RAW_MAX && next_frame(f, way, p, n) == n)
		return 0;
	return say_no_frame(&t, f, way, p, n);
}
