#include <assert.h>
#include <string.h>

#include "frame.h"
#include "meters_session.h"

#define WAKES		4	/* DL/T 645: 1 to 4 (5.1) */
#define AROUND		16	/* bytes of a frame that are no data, about */

int
meters_digits(const char *text, uint8_t *bytes, size_t n)
{
	size_t len = strlen(text), any = strspn(text, "Aa");

	if (len == 0 || len > n || any % 2 != 0 || (any > 0 && len != n) ||
	    any + strspn(text + any, "0123456789") != len)
		return -1;
	memset(bytes, 0, n / 2);
	for (size_t i = 0; i < len; i++) {
		char c = text[len - 1 - i];
		unsigned digit = c >= '0' && c <= '9' ? (unsigned)(c - '0') : 10;

		bytes[i / 2] |= (uint8_t)(digit << i % 2 * 4);
	}
	return 0;
}

bool
meters_valid(const struct meters_format *f, const struct ask *ask)
{
	if (ask->count > METERS_BYTES_MAX || ask->payload_len > METERS_WRITE_MAX)
		return false;
	if (f->nitem < sizeof(ask->number) && ask->number >> 8 * f->nitem != 0)
		return false;
	switch (ask->function) {
	case METERS_READ:
		return ask->payload_len == 0;
	case METERS_ADDRESS:
		return ask->payload_len == 0 && ask->count == 0 &&
		    (f->serial || ask->number == 0);
	case METERS_WRITE:
		return ask->payload_len > 0 && ask->count == 0;
	}
	return false;
}

void
meters_init(void *session, const struct line *line, int64_t now)
{
	struct meters *s = session;

	stream_init(&s->stream, line, now);
	s->follow_due = false;
	s->nbytes = 0;
}

/* Of an answer: whose it is, to what, and which of the frames that follow. */
static struct shape
shape_of(const struct meters_format *f, const struct ask *ask, uint8_t seq)
{
	struct shape s = { .unit = ask->address[0], .function = ask->function,
	    .nhead = (uint8_t)(f->naddress - 1), .len = 1 };	/* its head tells it */
	uint32_t item = ask->number;

	memcpy(s.head, ask->address + 1, s.nhead);
	if (ask->function == METERS_ADDRESS)
		return s;
	for (size_t i = 0; i < f->nitem; i++, item >>= 8)
		s.head[s.nhead++] = (uint8_t)item;
	if (ask->function == METERS_FOLLOW)
		s.head[s.nhead++] = seq;
	assert(s.nhead <= SHAPE_HEAD_MAX);
	return s;
}

static void
write_frame(struct meters *s, const struct meters_format *f, const struct ask *ask,
    uint8_t serial, struct out *out)
{
	uint8_t data[METERS_DATA_MAX];
	size_t n = meters_ask_data(f, ask, serial, data);

	stream_discard(&s->stream);
	for (int i = 0; i < WAKES; i++)
		buf_put8(&out->send, METERS_WAKE);
	meters_put(&out->send, f, ask->address, ask->function, data, n);
	assert(!out->send.bad);
}

static uint8_t
next_serial(struct meters *s)
{
	s->serial = (uint8_t)(s->serial == UINT8_MAX ? 1 : s->serial + 1);
	return s->serial;
}

bool
meters_ask(const struct meters_format *f, void *session, const struct ask *ask, int64_t now,
    struct out *out)
{
	struct meters *s = session;
	struct channel *c = &s->stream.channel;
	struct shape shape = shape_of(f, ask, 0);
	bool doubted;

	assert(meters_valid(f, ask));
	if (!channel_ready(c, stream_quiet(&s->stream), now, out) ||
	    !channel_parted(c, &shape, &(struct bypass){ 0 }, now, out, &doubted))
		return false;
	write_frame(s, f, ask, next_serial(s), out);
	s->nbytes = 0;
	s->seq = 0;
	s->wanted = ask->count;
	s->follow_due = false;
	channel_ask(c, &shape, s->serial, doubted, ask->cookie, now);
	stream_wait(&s->stream, ask->timeout, out->send.len + AROUND + ask->count);
	out->deadline = channel_deadline(c);
	return true;
}

/* Does this frame answer a question of this shape?  What a refusal is of, and in
 * DL/T 645 the answer to a write, only the meter and the function say. */
static enum fit
fit(const struct meters_format *f, const struct shape *shape, const struct meters_frame *frame)
{
	uint8_t address[METERS_ADDRESS_MAX] = { shape->unit }, function;
	size_t n = f->naddress - 1U, head = shape->nhead - n;

	memcpy(address + 1, shape->head, n);
	function = frame->control & (uint8_t)~(METERS_ANSWER | METERS_REFUSES | f->more);
	if (!(frame->control & METERS_ANSWER) || function != shape->function ||
	    !meters_meant(address, frame->address, f->naddress))
		return FIT_NOT;
	if (frame->control & METERS_REFUSES)
		return FIT_REFUSED;
	if (shape->function == METERS_ADDRESS)
		return f->serial || frame->n == f->naddress ? FIT_DATA : FIT_NOT;
	if (shape->function == METERS_WRITE && !f->serial)
		return FIT_DATA;
	if (shape->function == METERS_FOLLOW)	/* its number stands at the end */
		return frame->n >= head && memcmp(frame->data, shape->head + n, head - 1) == 0 &&
		    frame->data[frame->n - 1] == shape->head[n + head - 1] ? FIT_DATA : FIT_NOT;
	return frame->n >= head + f->serial &&
	    memcmp(frame->data, shape->head + n, head) == 0 ? FIT_DATA : FIT_NOT;
}

/* The questions given up that this frame may answer; *last is one of them.  *past:
 * one that should not be answered any more was of this, too, as one to any meter. */
static size_t
count_late(const struct meters_format *f, const struct channel *c,
    const struct meters_frame *frame, int64_t now, size_t *last, bool *past)
{
	size_t found = 0;

	*past = false;
	for (size_t i = 0; i < c->ngiven_up; i++) {
		if (fit(f, &c->given_up[i].shape, frame) == FIT_NOT)
			continue;
		*past |= !channel_open(&c->given_up[i], now);
		if (!channel_open(&c->given_up[i], now))
			continue;
		found++;
		*last = i;
	}
	return found;
}

/* The bytes of an answer behind its identifier. */
static void
gather(struct meters *s, const struct meters_format *f, const struct meters_frame *frame)
{
	const struct shape *shape = &s->stream.channel.waiting[0].shape;
	size_t from = f->nitem + (f->serial ? 1U : 0), to = frame->n;

	if (shape->function == METERS_ADDRESS) {
		memcpy(s->bytes, f->serial ? frame->address : frame->data, f->naddress);
		s->nbytes = f->naddress;
		return;
	}
	if (shape->function == METERS_FOLLOW)
		to--;
	if (shape->function == METERS_WRITE || to < from)
		return;
	memcpy(s->bytes + s->nbytes, frame->data + from, to - from);
	s->nbytes += to - from;
}

/* Frames follow, and what they hold is wanted. */
static void
follow(struct meters *s, const struct meters_format *f, int64_t now)
{
	struct channel *c = &s->stream.channel;
	struct shape *shape = &c->waiting[0].shape;

	if (shape->function == METERS_READ)
		shape->nhead++;
	shape->function = METERS_FOLLOW;
	shape->head[f->naddress - 1 + f->nitem] = ++s->seq;
	s->follow_due = true;
	channel_wait(c, now - c->waiting[0].asked + stream_quiet(&s->stream) + c->rtt.timeout);
}

static void
take_answer(struct meters *s, const struct meters_format *f, enum fit how,
    const struct meters_frame *frame, int64_t now, struct out *out)
{
	struct channel *c = &s->stream.channel;
	uint8_t refused[2] = { frame->control, frame->n > 0 ? frame->data[0] : 0 };

	if (s->follow_due) {		/* this part was here already */
		c->tally.foreign++;
		return;
	}
	if (how == FIT_REFUSED) {
		if (f->serial && frame->n > 1)	/* its number stands before */
			refused[1] = frame->data[1];
		channel_answer(c, 0, how, refused, sizeof(refused), now, out);
		return;
	}
	/* A number that comes back is proof: no doubt is left. */
	if (f->serial && frame->n > f->nitem && frame->data[f->nitem] == c->waiting[0].id)
		c->waiting[0].doubted = false;
	gather(s, f, frame);
	if (f->more != 0 && frame->control & f->more && s->nbytes < s->wanted && s->seq < 255)
		follow(s, f, now);
	else
		channel_answer(c, 0, how, s->bytes, s->nbytes < METERS_BYTES_MAX ? s->nbytes :
		    METERS_BYTES_MAX, now, out);
}

/* Where a frame may answer two questions it answers none.  Our own question come
 * back has not the bit of an answer. */
static void
take_frame(struct meters *s, const struct meters_format *f, const uint8_t *p, int64_t now,
    struct out *out)
{
	struct channel *c = &s->stream.channel;
	struct meters_frame frame;
	enum fit how = FIT_NOT;
	size_t last = 0, late;
	bool past;

	meters_open(f, p, &frame);
	if (!(frame.control & METERS_ANSWER))
		return;
	late = count_late(f, c, &frame, now, &last, &past);
	if (c->nwaiting > 0)
		how = fit(f, &c->waiting[0].shape, &frame);
	if (how != FIT_NOT)
		c->waiting[0].doubted |= past;
	if (how == FIT_NOT && late == 0)
		c->tally.foreign++;
	else if (late == 0)
		take_answer(s, f, how, &frame, now, out);
	else if (late == 1 && how == FIT_NOT)
		channel_late(c, last, now);
	else
		c->tally.late++;
}

static bool
awaited(const struct meters *s, const struct meters_format *f, const uint8_t *p)
{
	const struct channel *c = &s->stream.channel;
	struct meters_frame frame;

	meters_open(f, p, &frame);
	return c->nwaiting > 0 && fit(f, &c->waiting[0].shape, &frame) != FIT_NOT;
}

/* The whole answer to the waiting question behind bytes that look like the head of
 * a longer frame, or 0. */
static size_t
hidden(const struct meters *s, const struct meters_format *f, const uint8_t *p, size_t n)
{
	for (size_t at = 1; at < n; at++) {
		size_t len = meters_length(f, p + at, n - at);

		if (len != FRAME_MORE && len != FRAME_NONE && awaited(s, f, p + at))
			return at;
	}
	return 0;
}

/* The awaited answer with a heartbeat of a DTU within: how many bytes both are. */
static size_t
mended(struct meters *s, const struct meters_format *f, const uint8_t *p, size_t n,
    int64_t now, struct out *out)
{
	struct channel *c = &s->stream.channel;
	uint8_t whole[METERS_FRAME];
	size_t at, k, from = 1, len, rest;

	for (; (k = noise_within(c->line.noises, p, n, from, &at)) > 0; from = at + 1) {
		if (at >= sizeof(whole))
			break;
		rest = n - at - k < sizeof(whole) - at ? n - at - k : sizeof(whole) - at;
		memcpy(whole, p, at);
		memcpy(whole + at, p + at + k, rest);
		len = meters_length(f, whole, at + rest);
		if (len == FRAME_MORE || len == FRAME_NONE || len <= at ||
		    !awaited(s, f, whole))
			continue;
		c->tally.beats++;
		take_frame(s, f, whole, now, out);
		return len + k;
	}
	return 0;
}

/* May bytes that are still to come make the awaited answer of this, which has a
 * heartbeat within? */
static bool
broken(const struct meters *s, const uint8_t *p, size_t n)
{
	const struct noises *noises = s->stream.channel.line.noises;
	size_t at;

	if (s->stream.channel.nwaiting == 0 || n >= METERS_FRAME || p[0] != 0x68)
		return false;
	if (noise_within(noises, p, n, 1, &at) > 0)
		return true;
	for (size_t tail = 1; tail < n; tail++)
		if (noise_begun(noises, p + tail, n - tail))
			return true;
	return false;
}

static size_t
take_odd(struct meters *s, const struct meters_format *f, const uint8_t *p, size_t n,
    int64_t now, struct out *out)
{
	const struct noises *noises = s->stream.channel.line.noises;
	size_t len = mended(s, f, p, n, now, out);

	if (len > 0)
		return len;
	if ((len = noise_here(noises, p, n)) > 0) {
		s->stream.channel.tally.beats++;
		return len;
	}
	if (noise_begun(noises, p, n))
		return 0;
	if (broken(s, p, n))
		return hidden(s, f, p, n);
	if (p[0] != METERS_WAKE)
		stream_noise(&s->stream);
	return 1;
}

size_t
meters_take(const struct meters_format *f, struct meters *s, const uint8_t *p, size_t n,
    int64_t now, struct out *out)
{
	size_t len = meters_length(f, p, n);

	if (len == FRAME_NONE)
		return take_odd(s, f, p, n, now, out);
	if (len == FRAME_MORE) {
		len = hidden(s, f, p, n);
		if (len > 0)
			stream_noise(&s->stream);
		return len > 0 ? len : mended(s, f, p, n, now, out);
	}
	stream_frame(&s->stream);
	take_frame(s, f, p, now, out);
	return len;
}

/* The question for what follows goes when the line was quiet for long enough. */
static int64_t
follow_at(const struct meters *s)
{
	const struct channel *c = &s->stream.channel;

	return s->follow_due ? c->heard + stream_quiet(&s->stream) : INT64_MAX;
}

void
meters_hear(void *session, const uint8_t *bytes, size_t n, int64_t now, struct out *out,
    size_t (*take)(void *session, const uint8_t *, size_t n, int64_t now, struct out *))
{
	struct meters *s = session;

	stream_hear(session, bytes, n, now, out, take);
	if (follow_at(s) < out->deadline)
		out->deadline = follow_at(s);
}

/* The question for the part that follows, to the meter that gave the last. */
static void
ask_follow(struct meters *s, const struct meters_format *f, struct out *out)
{
	const struct shape *shape = &s->stream.channel.waiting[0].shape;
	struct ask ask = { .address = { shape->unit }, .function = METERS_FOLLOW };

	memcpy(ask.address + 1, shape->head, f->naddress - 1U);
	ask.number = meters_item(f, shape->head + f->naddress - 1);
	s->follow_due = false;
	write_frame(s, f, &ask, s->seq, out);
}

void
meters_tick(const struct meters_format *f, void *session, int64_t now, struct out *out)
{
	struct meters *s = session;
	struct channel *c = &s->stream.channel;

	channel_tick(c, now, out);
	if (c->nwaiting == 0)
		s->follow_due = false;
	if (follow_at(s) <= now)
		ask_follow(s, f, out);
	if (follow_at(s) < out->deadline)
		out->deadline = follow_at(s);
}
