#include <assert.h>
#include <string.h>

#include "../conf/err.h"
#include "crc.h"
#include "frame.h"
#include "modbus.h"
#include "stream.h"

#define FRAME		256

struct rtu {
	struct stream	 stream;
	uint8_t		 sent[FRAME];	/* the last question, for its echo */
	size_t		 nsent;
	bool		 echo_due;	/* and has come so far as to look like it */
	bool		 echo_owed;	/* its first whole coming is no answer */
	bool		 echoes;	/* learnt: this line does so undeclared */
	uint8_t		 answer[FRAME];	/* of the last hearing */
};

/* 0 is a broadcast, which nobody answers; above 247 is reserved (V1.02, 2.2). */
static int
rtu_address(const char *text, uint8_t out[ADDRESS_MAX], const char **why)
{
	*why = ERR_("1 to 247");
	return pdu_address(text, 1, 247, out);
}

static void
rtu_init(void *session, const struct line *line, int64_t now)
{
	struct rtu *s = session;

	stream_init(&s->stream, line, now);
	s->echo_due = s->echo_owed = false;
}

/* The frame of the question, which shall answer none of what lies here. */
static void
write_frame(struct rtu *s, const struct ask *ask, struct out *out)
{
	uint16_t crc;

	stream_discard(&s->stream);
	buf_put8(&out->send, ask->address[0]);
	pdu_put(&out->send, ask);
	crc = crc16_modbus(out->send.at, out->send.len);
	buf_putle16(&out->send, crc);	/* low byte first, unlike the rest */
	assert(!out->send.bad && out->send.len <= FRAME);
	memcpy(s->sent, out->send.at, out->send.len);
	s->nsent = out->send.len;
	s->echo_due = s->echo_owed = s->stream.channel.line.echo || s->echoes;
}

/* Bytes of the answer to this. */
static size_t
answer_length(const struct ask *ask)
{
	if (ask->function <= 2)
		return 5 + (ask->count + 7U) / 8;
	if (ask->function <= 4 || ask->function == 23)
		return 5 + 2U * ask->count;
	return 8;			/* of a write */
}

static bool
rtu_ask(void *session, const struct ask *ask, int64_t now, struct out *out)
{
	struct rtu *s = session;
	struct channel *c = &s->stream.channel;
	const struct bypass by = { .loopback = ask->loopback, .id = (uint16_t)ask->number,
	    .blind = ask->blind };
	struct shape shape;
	bool doubted;

	assert(pdu_valid(ask));
	if (!channel_ready(c, stream_quiet(&s->stream), now, out))
		return false;
	shape = pdu_shape(ask);
	if (!channel_parted(c, &shape, &by, now, out, &doubted))
		return false;
	write_frame(s, ask, out);
	channel_ask(c, &shape, by.id, doubted, ask->cookie, now);
	stream_wait(&s->stream, ask->timeout, out->send.len + answer_length(ask));
	out->deadline = channel_deadline(c);
	return true;
}

/* An answer that is still coming in may by chance look like a whole request. */
static bool
awaited(const struct channel *c, const uint8_t *p, size_t n)
{
	const struct shape *shape = &c->waiting[0].shape;

	return c->nwaiting > 0 && p[0] == shape->unit && p[1] == shape->function &&
	    n >= 2 + (size_t)shape->nhead && memcmp(p + 2, shape->head, shape->nhead) == 0;
}

/* Of the sound frame that begins here, an answer or what another master asks. */
static size_t
frame_length(const struct rtu *s, const uint8_t *p, size_t n)
{
	if (n < 2)
		return FRAME_MORE;
	return rtu_frame(p, n, pdu_length(p + 1, n - 1), awaited(&s->stream.channel, p, n) ?
	    SIZE_MAX : pdu_asked_length(p + 1, n - 1));
}

/* How many questions given up this frame may answer, by their shapes; *last is one of
 * them, of several of one shape that whose time is over first. */
static size_t
count_late(const struct channel *c, const uint8_t *p, size_t n, int64_t now, size_t *last)
{
	size_t found = 0;

	for (size_t i = 0; i < c->ngiven_up; i++) {
		const struct question *q = &c->given_up[i], *was = &c->given_up[*last];

		if (pdu_fit(&q->shape, p[0], p + 1, n - RTU_AROUND) == FIT_NOT ||
		    !channel_open(q, now))
			continue;
		if (found > 0 && shape_same(&q->shape, &was->shape)) {
			*last = q->until < was->until ? i : *last;
			continue;
		}
		found++;
		*last = i;
	}
	return found;
}

/* Our own question again: the echo, behind noise.  Where none was promised the
 * question of a read gives it away, which no answer repeats; from then on it is
 * awaited, or a write would answer itself. */
static bool
come_back(struct rtu *s)
{
	const struct channel *c = &s->stream.channel;
	bool owed = s->echo_owed;

	s->echo_owed = false;
	if (!owed && c->nwaiting > 0 && c->waiting[0].shape.data_at < c->waiting[0].shape.len)
		s->echoes = true;
	return owed;
}

/* An exception names no more than unit and function: it counts only where one
 * question alone can have caused it.  One that was asked again takes what the same
 * asked before is answered by. */
static void
take_frame(struct rtu *s, const uint8_t *p, size_t n, int64_t now, struct out *out)
{
	struct channel *c = &s->stream.channel;
	size_t last = 0, late = count_late(c, p, n, now, &last);
	enum fit fit = FIT_NOT;

	if (n == s->nsent && memcmp(p, s->sent, n) == 0 && come_back(s))
		return;
	if (c->nwaiting > 0)
		fit = pdu_fit(&c->waiting[0].shape, p[0], p + 1, n - RTU_AROUND);
	if (fit == FIT_NOT && late == 0) {
		c->tally.foreign++;
	} else if (late == 0 || (fit == FIT_DATA && c->waiting[0].again)) {
		if (s->echo_owed)
			s->echoes = false;
		memcpy(s->answer, p + 1, n - RTU_AROUND);
		channel_answer(c, 0, fit, s->answer, n - RTU_AROUND, now, out);
	} else if (late == 1 && fit == FIT_NOT) {
		channel_late(c, last, now);
	} else {
		c->tally.late++;
	}
}

/* More than there are where it is not known. */
static size_t
hidden_length(const struct shape *shape, const uint8_t *p, size_t n)
{
	size_t pdu;

	if (p[1] & PDU_REFUSED)
		return 2 + RTU_AROUND;
	pdu = shape->len > 0 ? shape->len : pdu_length(p + 1, n - 1);
	return pdu == 0 || pdu > PDU_MAX ? SIZE_MAX : pdu + RTU_AROUND;
}

/* The whole answer to the waiting question behind bytes that look like the
 * head of a longer frame, or 0. */
static size_t
hidden(const struct rtu *s, const uint8_t *p, size_t n)
{
	const struct shape *shape = &s->stream.channel.waiting[0].shape;
	size_t len;

	if (s->stream.channel.nwaiting == 0)
		return 0;
	for (size_t at = 1; at + 2 + RTU_AROUND <= n; at++) {
		len = hidden_length(shape, p + at, n - at);
		if (p[at] == shape->unit && n - at >= len && rtu_sound(p + at, len) &&
		    pdu_fit(shape, p[at], p + at + 1, len - RTU_AROUND) != FIT_NOT)
			return at;
	}
	return 0;
}

/* What we sent comes back first where sender and receiver share the wire.
 * Anything else ends the wait for it: then it was damaged, and is noise. */
static size_t
echoed(struct rtu *s, const uint8_t *p, size_t n)
{
	size_t some = n < s->nsent ? n : s->nsent;

	if (memcmp(p, s->sent, some) != 0) {
		s->echo_due = false;
		return 0;
	}
	if (some == s->nsent)
		s->echo_due = s->echo_owed = false;
	return s->echo_due ? 0 : some;
}

/* The awaited answer with something within that belongs to no frame, as a DTU
 * that beats while its instrument speaks makes of it: what is left without it
 * has to be sound and to fit.  How many bytes that was, or 0. */
static size_t
mended(struct rtu *s, const uint8_t *p, size_t n, int64_t now, struct out *out)
{
	const struct channel *c = &s->stream.channel;
	const struct shape *shape = &c->waiting[0].shape;
	size_t at, len, k, from = 1;
	uint8_t whole[FRAME];

	for (; c->nwaiting > 0 && (k = noise_within(c->line.noises, p, n, from, &at)) > 0;
	    from = at + 1) {
		size_t rest = n - at - k < FRAME - at ? n - at - k : FRAME - at;

		if (at >= FRAME)
			break;
		memcpy(whole, p, at);
		memcpy(whole + at, p + at + k, rest);
		if (at + rest < 2 || whole[0] != shape->unit)
			continue;
		len = hidden_length(shape, whole, at + rest);
		if (len <= at || len > at + rest || !rtu_sound(whole, len) ||
		    pdu_fit(shape, whole[0], whole + 1, len - RTU_AROUND) == FIT_NOT)
			continue;
		s->stream.channel.tally.beats++;
		take_frame(s, whole, len, now, out);
		return len + k;
	}
	return 0;
}

static size_t
beat(struct rtu *s, const uint8_t *p, size_t n)
{
	struct channel *c = &s->stream.channel;
	size_t len = noise_here(c->line.noises, p, n);

	if (len > 0)
		c->tally.beats++;
	return len;
}

/* May this be the awaited answer, by its first byte? */
static bool
of_unit(const struct channel *c, const uint8_t *p)
{
	return c->nwaiting > 0 && p[0] == c->waiting[0].shape.unit;
}

/* Does the awaited answer begin here, with a heartbeat within it, and is not all
 * of it there yet?  A line's longest frame ends that. */
static bool
broken(const struct rtu *s, const uint8_t *p, size_t n)
{
	const struct channel *c = &s->stream.channel;
	const struct noises *noises = c->line.noises;
	const struct shape *shape = &c->waiting[0].shape;
	size_t at, k = noise_within(noises, p, n, 1, &at);

	if (!of_unit(c, p) || n >= STREAM_MAX)
		return false;
	for (size_t tail = 1; k == 0 && tail < n; tail++)
		if (noise_begun(noises, p + tail, n - tail))
			return true;
	return k > 0 && (at < 2U + shape->nhead || awaited(c, p, at)) &&
	    n < k + hidden_length(shape, p, n);
}

/* What begins with no frame: a heartbeat, noise, or an answer with one of these
 * within, of which more may come. */
static size_t
take_odd(struct rtu *s, const uint8_t *p, size_t n, bool more, int64_t now, struct out *out)
{
	struct channel *c = &s->stream.channel;
	size_t len = mended(s, p, n, now, out);

	if (len > 0 || more)
		return len;
	if ((len = beat(s, p, n)) > 0)
		return len;
	if (noise_begun(c->line.noises, p, n))
		return 0;
	if (broken(s, p, n))
		return hidden(s, p, n);
	stream_noise(&s->stream);
	return 1;
}

/* Takes what it can from the front; returns how many bytes are done with. */
static size_t
take(void *session, const uint8_t *p, size_t n, int64_t now, struct out *out)
{
	struct rtu *s = session;
	size_t len;

	if (s->echo_due) {
		len = echoed(s, p, n);
		if (len > 0 || s->echo_due)
			return len;
	}
	if (!of_unit(&s->stream.channel, p) && (len = beat(s, p, n)) > 0)
		return len;
	len = frame_length(s, p, n);
	if (len == FRAME_MORE) {
		len = hidden(s, p, n);
		if (len > 0)
			stream_noise(&s->stream);
		return len > 0 ? len : take_odd(s, p, n, true, now, out);
	}
	if (len == FRAME_NONE)
		return take_odd(s, p, n, false, now, out);
	stream_frame(&s->stream);
	take_frame(s, p, len, now, out);
	return len;
}

static void
rtu_hear(void *session, const uint8_t *bytes, size_t n, int64_t now, struct out *out)
{
	stream_hear(session, bytes, n, now, out, take);
}

static void
rtu_tick(void *session, int64_t now, struct out *out)
{
	struct rtu *s = session;
	struct channel *c = &s->stream.channel;
	struct shape shape;
	struct ask ask;

	channel_tick(c, now, out);
	if (!channel_barrier(c, stream_quiet(&s->stream), now, &ask, out))
		return;
	shape = pdu_shape(&ask);
	write_frame(s, &ask, out);
	channel_ask_barrier(c, &shape, now);
	out->deadline = channel_deadline(c);
}

const struct proto modbus_rtu = {
	.name = "modbus-rtu",
	.size = sizeof(struct rtu),
	.address = rtu_address,
	.valid = pdu_valid,
	.init = rtu_init,
	.ask = rtu_ask,
	.hear = rtu_hear,
	.tick = rtu_tick,
	.tally = stream_tally,
	.exception = pdu_exception,
};
