#include <assert.h>
#include <string.h>

#include "../conf/err.h"
#include "frame.h"
#include "modbus.h"
#include "stream.h"

struct tcp {
	struct stream	 stream;
	uint16_t	 next_id;
	uint8_t		 answers[WINDOW][PDU_MAX];	/* of the last hearing */
};

static int
tcp_address(const char *text, uint8_t out[ADDRESS_MAX], const char **why)
{
	*why = ERR_("0 to 255");
	return pdu_address(text, 0, 255, out);
}

/* Ids go on through a new connection: a gateway may answer old ones there. */
static void
tcp_init(void *session, const struct line *line, int64_t now)
{
	stream_init(session, line, now);
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
	while (id_taken(&s->stream.channel, s->next_id));
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
	if (!channel_ready(&s->stream.channel, s->stream.channel.line.guard, now, out))
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
	channel_ask(&s->stream.channel, &shape, id, false, ask->cookie, now);
	channel_wait(&s->stream.channel, ask->timeout);
	out->deadline = channel_deadline(&s->stream.channel);
	return true;
}

static uint16_t
id_of(const uint8_t *frame)
{
	return (uint16_t)(frame[0] << 8 | frame[1]);
}

/* A header and a function alone are no answer: the least is an exception. */
static size_t
frame_length(const uint8_t *p, size_t n)
{
	size_t len = mbap_frame(p, n);

	return len == MBAP + 1 ? FRAME_NONE : len;
}

/* Whether these n bytes begin as a frame does that answers the question. */
static bool
begins(const struct question *q, const uint8_t *p, size_t n)
{
	return n >= MBAP + 1 && id_of(p) == q->id && frame_length(p, n) != FRAME_NONE &&
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
	return pdu_fit(&q->shape, p[6], p + MBAP, n - MBAP);
}

static void
take_frame(struct tcp *s, const uint8_t *p, size_t n, int64_t now, struct out *out)
{
	struct channel *c = &s->stream.channel;
	enum fit fit;

	for (size_t i = 0; i < c->nwaiting; i++) {
		if ((fit = fits(&c->waiting[i], p, n)) == FIT_NOT)
			continue;
		memcpy(s->answers[out->nreplies], p + MBAP, n - MBAP);
		channel_answer(c, i, fit, s->answers[out->nreplies], n - MBAP, now, out);
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
	const struct question *q = s->stream.channel.waiting;

	for (size_t at = 1; s->stream.channel.nwaiting > 0 && at + MBAP + 2 <= n; at++)
		if (begins(q, p + at, n - at) && frame_length(p + at, n - at) <= n - at &&
		    fits(q, p + at, frame_length(p + at, n - at)) != FIT_NOT)
			return at;
	return 0;
}

/* A frame has no check sum: with a heartbeat within, its data would be others. */
static bool
sullied(const struct tcp *s, const uint8_t *p, size_t len)
{
	size_t at;

	return noise_within(s->stream.channel.line.noises, p, len, 1, &at) > 0;
}

/* Takes what it can from the front; returns how many bytes are done with. */
static size_t
take(void *session, const uint8_t *p, size_t n, int64_t now, struct out *out)
{
	struct tcp *s = session;
	const struct noises *noises = s->stream.channel.line.noises;
	size_t len = frame_length(p, n), skip;

	if ((skip = noise_here(noises, p, n)) > 0 && !ours(&s->stream.channel, p, n)) {
		s->stream.channel.tally.beats++;
		return skip;
	}
	if (len == FRAME_NONE && noise_begun(noises, p, n))
		return 0;
	if (len == FRAME_NONE || (s->stream.noise && n > MBAP && !ours(&s->stream.channel, p, n))) {
		stream_noise(&s->stream);
		return 1;
	}
	if (len != FRAME_MORE && len <= n) {
		if (sullied(s, p, len)) {
			stream_noise(&s->stream);
			return len;
		}
		stream_frame(&s->stream);
		take_frame(s, p, len, now, out);
		return len;
	}
	skip = hidden(s, p, n);
	if (skip > 0)
		stream_noise(&s->stream);
	return skip;
}

static void
tcp_hear(void *session, const uint8_t *bytes, size_t n, int64_t now, struct out *out)
{
	stream_hear(session, bytes, n, now, out, take);
}

static void
tcp_tick(void *session, int64_t now, struct out *out)
{
	struct tcp *s = session;

	channel_tick(&s->stream.channel, now, out);
}

const struct proto modbus_tcp = {
	.name = "modbus-tcp",
	.size = sizeof(struct tcp),
	.ids = true,
	.address = tcp_address,
	.valid = pdu_valid,
	.init = tcp_init,
	.ask = tcp_ask,
	.hear = tcp_hear,
	.tick = tcp_tick,
	.tally = stream_tally,
	.exception = pdu_exception,
};
