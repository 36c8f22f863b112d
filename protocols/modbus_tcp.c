#include <assert.h>
#include <string.h>

#include "channel.h"
#include "modbus.h"

#define HEADER		7	/* MBAP: id, protocol, length, unit */
#define LENGTH_MIN	3	/* of the length field: unit and an exception */
#define LENGTH_MAX	254
#define FRAME		(HEADER - 1 + LENGTH_MAX)
#define UNKNOWN		SIZE_MAX

struct tcp {
	struct channel	 channel;
	uint16_t	 next_id;
	bool		 lost;		/* frame borders are not known */
	size_t		 len;
	uint8_t		 bytes[FRAME];
	uint8_t		 answers[WINDOW][PDU_MAX];	/* of the last hearing */
};

static int
tcp_address(const char *text, uint8_t out[ADDRESS_MAX], const char **why)
{
	*why = "0 to 255";
	return pdu_address(text, 0, 255, out);
}

/* Ids go on through a new connection: a gateway may answer old ones there. */
static void
tcp_init(void *session, const struct line *line, int64_t now)
{
	struct tcp *s = session;

	channel_init(&s->channel, line, now);
	s->len = 0;
	s->lost = false;
}

static bool
id_taken(const struct channel *c, uint16_t id)
{
	for (size_t i = 0; i < c->nwaiting; i++)
		if (c->waiting[i].id == id)
			return true;
	for (size_t i = 0; i < c->ngiven_up; i++)
		if (c->given_up[i].id == id)
			return true;
	return false;
}

/* Fewer are taken than there are, so one is found. */
static uint16_t
fresh_id(struct tcp *s)
{
	do
		s->next_id++;
	while (id_taken(&s->channel, s->next_id));
	return s->next_id;
}

static bool
tcp_ask(void *session, const struct ask *ask, int64_t now, struct out *out)
{
	struct tcp *s = session;
	struct shape shape;
	uint16_t id;
	size_t at;

	assert(pdu_valid(ask));
	if (!channel_ready(&s->channel, s->channel.line.guard, now, out))
		return false;
	id = fresh_id(s);
	shape = pdu_shape(ask);
	buf_putbe16(&out->send, id);
	buf_putbe16(&out->send, 0);
	buf_putbe16(&out->send, 0);
	buf_put8(&out->send, shape.unit);
	at = out->send.len;
	pdu_put(&out->send, ask);
	assert(!out->send.bad);
	out->send.at[at - 2] = (uint8_t)(out->send.len - at + 1);
	channel_ask(&s->channel, &shape, id, false, ask->cookie, now);
	channel_wait(&s->channel, ask->timeout);
	out->deadline = channel_deadline(&s->channel);
	return true;
}

static uint16_t
id_of(const uint8_t *frame)
{
	return (uint16_t)(frame[0] << 8 | frame[1]);
}

/* The length of the frame that begins here; 0: no frame can begin so; UNKNOWN:
 * more bytes are needed to say. */
static size_t
frame_length(const uint8_t *p, size_t n)
{
	size_t len;

	if ((n > 2 && p[2] != 0) || (n > 3 && p[3] != 0) || (n > 4 && p[4] != 0))
		return 0;
	if (n < 6)
		return UNKNOWN;
	len = p[5];
	return len < LENGTH_MIN || len > LENGTH_MAX ? 0 : len + 6;
}

/* Whether these n bytes begin as a frame does that answers the question. */
static bool
begins(const struct question *q, const uint8_t *p, size_t n)
{
	return n >= HEADER + 1 && id_of(p) == q->id && frame_length(p, n) != 0 &&
	    p[6] == q->shape.unit && (p[7] & ~PDU_REFUSED) == q->shape.function;
}

/* A header by chance is likely among data: outside known borders only one of
 * a question of ours counts. */
static bool
ours(const struct channel *c, const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < c->nwaiting; i++)
		if (begins(&c->waiting[i], p, n))
			return true;
	for (size_t i = 0; i < c->ngiven_up; i++)
		if (begins(&c->given_up[i], p, n))
			return true;
	return false;
}

static enum fit
fits(const struct question *q, const uint8_t *p, size_t n)
{
	if (id_of(p) != q->id)
		return FIT_NOT;
	return pdu_fit(&q->shape, p[6], p + HEADER, n - HEADER);
}

static void
take_frame(struct tcp *s, const uint8_t *p, size_t n, int64_t now, struct out *out)
{
	struct channel *c = &s->channel;
	enum fit fit;

	for (size_t i = 0; i < c->nwaiting; i++) {
		if ((fit = fits(&c->waiting[i], p, n)) == FIT_NOT)
			continue;
		memcpy(s->answers[out->nreplies], p + HEADER, n - HEADER);
		channel_answer(c, i, fit, s->answers[out->nreplies], n - HEADER, now, out);
		return;
	}
	for (size_t i = 0; i < c->ngiven_up; i++) {
		if (fits(&c->given_up[i], p, n) == FIT_NOT)
			continue;
		channel_late(c, i, now);
		return;
	}
	c->tally.foreign++;
}

/* A frame that ends too soon hides what follows: the whole answer to a waiting
 * question is found behind it, or 0. */
static size_t
hidden(const struct tcp *s, const uint8_t *p, size_t n)
{
	const struct question *q = s->channel.waiting;

	for (size_t at = 1; s->channel.nwaiting > 0 && at + HEADER + 2 <= n; at++)
		if (begins(q, p + at, n - at) && frame_length(p + at, n - at) <= n - at &&
		    fits(q, p + at, frame_length(p + at, n - at)) != FIT_NOT)
			return at;
	return 0;
}

static void
lose(struct tcp *s)
{
	if (!s->lost)
		s->channel.tally.garbled++;
	s->lost = true;
}

/* Takes what it can from the front; returns how many bytes are done with. */
static size_t
step(struct tcp *s, const uint8_t *p, size_t n, int64_t now, struct out *out)
{
	size_t len = frame_length(p, n), skip;

	if (len == 0 || (s->lost && n > HEADER && !ours(&s->channel, p, n))) {
		lose(s);
		return 1;
	}
	if (len <= n) {
		s->lost = false;
		take_frame(s, p, len, now, out);
		return len;
	}
	skip = hidden(s, p, n);
	if (skip > 0)
		lose(s);
	return skip;
}

static void
parse(struct tcp *s, int64_t now, struct out *out)
{
	size_t at = 0, done;

	while (at < s->len && (done = step(s, s->bytes + at, s->len - at, now, out)) > 0)
		at += done;
	s->len -= at;
	if (s->len > 0 && at > 0)
		memmove(s->bytes, s->bytes + at, s->len);
}

/* A frame is shorter than the room, so what parse leaves is too. */
static void
tcp_hear(void *session, const uint8_t *bytes, size_t n, int64_t now, struct out *out)
{
	struct tcp *s = session;
	size_t part;

	if (n > 0)
		channel_hears(&s->channel, now);
	for (; n > 0; n -= part, bytes += part) {
		part = sizeof(s->bytes) - s->len;
		if (part > n)
			part = n;
		memcpy(s->bytes + s->len, bytes, part);
		s->len += part;
		parse(s, now, out);
	}
	out->deadline = channel_deadline(&s->channel);
}

static void
tcp_tick(void *session, int64_t now, struct out *out)
{
	struct tcp *s = session;

	channel_tick(&s->channel, now, out);
}

static const struct tally *
tcp_tally(const void *session)
{
	const struct tcp *s = session;

	return &s->channel.tally;
}

const struct proto modbus_tcp = {
	.name = "modbus-tcp",
	.size = sizeof(struct tcp),
	.address = tcp_address,
	.init = tcp_init,
	.ask = tcp_ask,
	.hear = tcp_hear,
	.tick = tcp_tick,
	.tally = tcp_tally,
};
