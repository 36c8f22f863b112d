#include <assert.h>
#include <string.h>

#include "channel.h"

#define LOOPBACK	8	/* return query data (V1.1b3, 6.8) */

static void
earlier(int64_t *deadline, int64_t at)
{
	if (at < *deadline)
		*deadline = at;
}

/* Later than this after it was given up, a question is not answered. */
static int64_t
longest(const struct channel *c)
{
	int64_t rare = 2 * rtt_p999(&c->rtt);

	return rare > c->line.max_late ? rare : c->line.max_late;
}

bool
channel_open(const struct question *q, int64_t now)
{
	return q->until > now;
}

static void
forget(struct channel *c, size_t i)
{
	c->given_up[i] = c->given_up[--c->ngiven_up];
}

/* The place of the one whose time is over first. */
static size_t
oldest(const struct channel *c)
{
	size_t best = 0;

	for (size_t i = 1; i < c->ngiven_up; i++)
		if (c->given_up[i].until < c->given_up[best].until)
			best = i;
	return best;
}

/* Of those that wait. */
static void
strike(struct channel *c, size_t i)
{
	c->waiting[i] = c->waiting[--c->nwaiting];
	c->cookies[i] = c->cookies[c->nwaiting];
}

/* channel_ready has seen to it that there is room. */
static void
give_up(struct channel *c, size_t i, int64_t now)
{
	struct question *q = &c->given_up[c->ngiven_up++];

	assert(c->ngiven_up <= GIVEN_UP_MAX);
	*q = c->waiting[i];
	q->until = now + longest(c);
	q->tried = false;
	strike(c, i);
}

/* Another process starts with other nonces: a late loopback of the last one is
 * no answer to this one's. */
static void
begin_nonces(struct channel *c, int64_t now)
{
	uint64_t z = ((uint64_t)now ^ (uint64_t)c->line.seed << 32) * 0x9e3779b97f4a7c15;

	c->nonce[0] = (uint8_t)(z >> 56);
	c->nonce[1] = (uint8_t)(z >> 48);
}

/* All 65,536 in turn. */
static void
next_nonce(struct channel *c)
{
	unsigned n = (unsigned)(c->nonce[0] << 8 | c->nonce[1]) + 0x9e37;

	c->nonce[0] = (uint8_t)(n >> 8);
	c->nonce[1] = (uint8_t)n;
}

/* What was asked over the connection before this one comes soon, from what its far
 * end kept, or never. */
static void
carry_over(struct channel *c, int64_t now)
{
	int64_t most = now + c->line.max_carried;

	while (c->nwaiting > 0)
		give_up(c, 0, now);
	for (size_t i = 0; i < c->ngiven_up && c->line.max_carried > 0; i++)
		if (c->given_up[i].until > most)
			c->given_up[i].until = most;
}

void
channel_init(struct channel *c, const struct line *line, int64_t now)
{
	assert(line->timeout_min > 0 && line->timeout_max >= line->timeout_min);
	c->line = *line;
	if (c->tally.asked == 0) {
		begin_nonces(c, now);
		c->strange_until = now + line->max_late;
	}
	carry_over(c, now);
	rtt_reset(&c->rtt, line->timeout_min, line->timeout_max);
	c->pressed = c->heard_any = c->loop_due = false;
}

void
channel_hears(struct channel *c, int64_t now)
{
	c->heard = now;
	c->heard_any = true;
	if (c->tally.asked == 0)
		c->stranger = true;
}

/* A line that never falls quiet would keep us silent for ever and say nothing:
 * after the longest time-out we ask into the noise, and time out aloud. */
static bool
quiet_enough(struct channel *c, int64_t quiet, int64_t now, struct out *out)
{
	int64_t at = c->heard + quiet;

	if (!c->heard_any || now >= at) {
		c->pressed = false;
		return true;
	}
	if (!c->pressed || c->pressed_since + 2 * c->line.timeout_max < now) {
		c->pressed = true;
		c->pressed_since = now;
	}
	if (now - c->pressed_since >= c->line.timeout_max)
		return true;
	earlier(&out->deadline, at);
	return false;
}

/* Nothing that comes tells them apart. */
static bool
are_alike(const struct question *a, const struct question *b)
{
	return shape_same(&a->shape, &b->shape) && a->id == b->id && !a->barrier &&
	    !b->barrier && a->more + b->more < UINT8_MAX;
}

/* Two that are alike become one that is owed so many answers.  A line on which hardly
 * anything is answered would else have no room for a question until the time of the
 * first is over, which may be minutes. */
static bool
put_together(struct channel *c, size_t i)
{
	struct question *a = &c->given_up[i];

	for (size_t k = i + 1; k < c->ngiven_up; k++) {
		const struct question *b = &c->given_up[k];

		if (!are_alike(a, b))
			continue;
		a->more = (uint8_t)(a->more + b->more + 1);
		a->tried = a->tried && b->tried;
		a->asked = b->asked > a->asked ? b->asked : a->asked;
		a->until = b->until > a->until ? b->until : a->until;
		forget(c, k);
		return true;
	}
	return false;
}

static bool
has_room(struct channel *c, int64_t now, struct out *out)
{
	size_t i;

	if (c->ngiven_up + c->nwaiting < GIVEN_UP_MAX)
		return true;
	i = oldest(c);
	if (!channel_open(&c->given_up[i], now)) {
		forget(c, i);
		return true;
	}
	for (size_t k = 0; k < c->ngiven_up; k++)
		if (put_together(c, k))
			return true;
	earlier(&out->deadline, c->given_up[i].until);
	return false;
}

bool
channel_ready(struct channel *c, int64_t quiet, int64_t now, struct out *out)
{
	if (c->nwaiting == WINDOW) {
		earlier(&out->deadline, channel_deadline(c));
		return false;
	}
	return quiet_enough(c, quiet, now, out) && has_room(c, now, out);
}

/* The question of this shape that was given up; ngiven_up: none was. */
static size_t
find(const struct channel *c, const struct shape *shape)
{
	size_t i = 0;

	while (i < c->ngiven_up && !shape_same(&c->given_up[i].shape, shape))
		i++;
	return i;
}

/* One of this shape that may still be answered. */
static bool
owes(const struct channel *c, const struct shape *shape, int64_t now)
{
	for (size_t i = 0; i < c->ngiven_up; i++)
		if (shape_same(&c->given_up[i].shape, shape) &&
		    channel_open(&c->given_up[i], now))
			return true;
	return false;
}

static bool
dirty(const struct channel *c, int64_t now)
{
	for (size_t i = 0; i < c->ngiven_up; i++)
		if (channel_open(&c->given_up[i], now))
			return true;
	return false;
}

enum passage {
	PASSED,
	NO_WAY,			/* another barrier has to do */
	NOT_YET			/* out says when */
};

/* Whatever comes late cannot be taken for its answer. */
static enum passage
other_shape(struct channel *c, const struct shape *shape, const struct bypass *by, int64_t now,
    struct out *out)
{
	(void)by;
	(void)now;
	(void)out;
	return find(c, shape) == c->ngiven_up ? PASSED : NO_WAY;
}

/* A unit that answers in turn has said all it will say once it repeats our
 * nonce.  Tried once after a time-out: a dead unit costs one time-out more. */
static enum passage
loops_back(struct channel *c, const struct shape *shape, const struct bypass *by, int64_t now,
    struct out *out)
{
	size_t i = 0;

	while (i < c->ngiven_up && (!shape_same(&c->given_up[i].shape, shape) ||
	    c->given_up[i].tried || !channel_open(&c->given_up[i], now)))
		i++;
	if (!by->loopback || i == c->ngiven_up)
		return NO_WAY;
	c->loop_due = true;
	c->loop_unit = shape->unit;
	earlier(&out->deadline, now + 1);
	return NOT_YET;
}

/* All that is owed of this shape is the answer to the very same question: what it
 * says is of another moment at worst.  It has had its time to come. */
static enum passage
same_again(struct channel *c, const struct shape *shape, const struct bypass *by, int64_t now,
    struct out *out)
{
	int64_t at = INT64_MIN;

	for (size_t i = 0; i < c->ngiven_up; i++) {
		const struct question *q = &c->given_up[i];

		if (!shape_same(&q->shape, shape) || !channel_open(q, now))
			continue;
		if (q->id != by->id)
			return NO_WAY;
		if (q->asked + by->blind > at)
			at = q->asked + by->blind;
	}
	if (by->blind == 0 || at == INT64_MIN)
		return NO_WAY;
	if (now >= at)
		return PASSED;
	earlier(&out->deadline, at);
	out->barred = true;
	return NOT_YET;
}

static enum passage
silence(struct channel *c, const struct shape *shape, const struct bypass *by, int64_t now,
    struct out *out)
{
	int64_t last = now;

	(void)by;
	for (size_t i = 0; i < c->ngiven_up;) {
		if (!shape_same(&c->given_up[i].shape, shape)) {
			i++;
		} else if (channel_open(&c->given_up[i], now)) {
			last = c->given_up[i].until > last ? c->given_up[i].until : last;
			i++;
		} else {
			forget(c, i);
		}
	}
	if (last <= now)
		return PASSED;
	earlier(&out->deadline, last);
	out->barred = true;
	return NOT_YET;
}

/* The ways to leave a dirty channel, the best first. */
static const struct barrier {
	enum passage	(*pass)(struct channel *, const struct shape *,
			    const struct bypass *, int64_t now, struct out *);
	bool		  proves;	/* the next answer is ours beyond doubt */
} barriers[] = {
	{ .pass = other_shape, .proves = true },
	{ .pass = loops_back, .proves = true },
	{ .pass = same_again, .proves = false },
	{ .pass = silence, .proves = false },
};

/* An answer whose length only itself tells is asked for when nothing else can
 * come. */
static bool
clean_enough(const struct channel *c, const struct shape *shape, int64_t now, struct out *out)
{
	int64_t last = now;

	for (size_t i = 0; shape->len == 0 && i < c->ngiven_up; i++)
		if (c->given_up[i].until > last)
			last = c->given_up[i].until;
	if (last <= now)
		return true;
	earlier(&out->deadline, last);
	out->barred = true;
	return false;
}

bool
channel_parted(struct channel *c, const struct shape *shape, const struct bypass *by,
    int64_t now, struct out *out, bool *doubted)
{
	bool was_dirty = dirty(c, now);
	enum passage passage = NO_WAY;
	size_t i = 0;

	*doubted = c->stranger && now < c->strange_until;
	if (c->ngiven_up == 0)
		return true;
	if (!clean_enough(c, shape, now, out))
		return false;
	while ((passage = barriers[i].pass(c, shape, by, now, out)) == NO_WAY)
		i++;
	if (passage == NOT_YET)
		return false;
	*doubted |= !barriers[i].proves;
	c->tally.barriers += was_dirty || !barriers[i].proves;
	return true;
}

static struct question *
put_out(struct channel *c, const struct shape *shape, int64_t now)
{
	assert(c->nwaiting < WINDOW);
	c->pressed = c->loop_due = false;
	c->waiting[c->nwaiting] = (struct question){
		.shape = *shape, .asked = now, .until = now + c->rtt.timeout,
	};
	return &c->waiting[c->nwaiting++];
}

void
channel_ask(struct channel *c, const struct shape *shape, uint16_t id, bool doubted,
    uint64_t cookie, int64_t now)
{
	struct question *q = put_out(c, shape, now);

	q->id = id;
	q->doubted = doubted;
	q->again = doubted && owes(c, shape, now);
	c->cookies[q - c->waiting] = cookie;
	c->tally.asked++;
}

void
channel_wait(struct channel *c, int64_t least)
{
	struct question *q = &c->waiting[c->nwaiting - 1];

	assert(c->nwaiting > 0);
	if (q->until < q->asked + least)
		q->until = q->asked + least;
}

bool
channel_barrier(struct channel *c, int64_t quiet, int64_t now, struct ask *ask,
    struct out *out)
{
	if (!c->loop_due)
		return false;
	c->loop_due = false;
	if (!channel_ready(c, quiet, now, out))
		return false;
	next_nonce(c);
	*ask = (struct ask){
		.address = { c->loop_unit }, .function = LOOPBACK, .count = 1,
		.payload = c->nonce, .payload_len = sizeof(c->nonce),
	};
	return true;
}

void
channel_ask_barrier(struct channel *c, const struct shape *shape, int64_t now)
{
	put_out(c, shape, now)->barrier = true;
	for (size_t i = 0; i < c->ngiven_up; i++)
		if (c->given_up[i].shape.unit == shape->unit)
			c->given_up[i].tried = true;
}

/* The loopback is answered: what its unit was asked before will not be. */
static void
pass_barrier(struct channel *c, const struct question *barrier)
{
	uint8_t unit = barrier->shape.unit;
	int64_t asked = barrier->asked;

	for (size_t i = 0; i < c->ngiven_up;) {
		if (c->given_up[i].shape.unit == unit && c->given_up[i].asked <= asked)
			forget(c, i);
		else
			i++;
	}
	c->tally.barriers++;
}

static struct reply *
reply_to(const struct channel *c, size_t i, enum reply_status status, int64_t now,
    struct out *out)
{
	const struct question *q = &c->waiting[i];
	struct reply *r = &out->replies[out->nreplies++];

	assert(out->nreplies <= REPLIES_MAX);
	*r = (struct reply){
		.cookie = c->cookies[i],
		.status = status,
		.after_barrier = q->doubted && status != REPLY_TIMEOUT,
		.asked = q->asked,
		.heard = now,
	};
	return r;
}

void
channel_answer(struct channel *c, size_t i, enum fit fit, const uint8_t *pdu, size_t n,
    int64_t now, struct out *out)
{
	const struct question *q = &c->waiting[i];
	struct reply *r;

	if (q->barrier) {
		pass_barrier(c, q);
	} else if (fit == FIT_REFUSED) {
		r = reply_to(c, i, REPLY_EXCEPTION, now, out);
		r->exception = pdu[1];
		c->tally.exceptions++;
	} else {
		r = reply_to(c, i, REPLY_OK, now, out);
		r->data = pdu + q->shape.data_at;
		r->len = n - q->shape.data_at;
		c->tally.answered++;
	}
	/* What may belong to another question measures nothing. */
	if (!q->doubted)
		rtt_sample(&c->rtt, now - q->asked);
	strike(c, i);
}

/* A late loopback proves what it would have proved in time; which of several alike is
 * answered nobody knows, nor how late. */
void
channel_late(struct channel *c, size_t i, int64_t now)
{
	const struct question q = c->given_up[i];

	c->tally.late++;
	if (q.more > 0) {
		c->given_up[i].more--;
		return;
	}
	rtt_sample(&c->rtt, now - q.asked);
	forget(c, i);
	if (q.barrier)
		pass_barrier(c, &q);
}

void
channel_tick(struct channel *c, int64_t now, struct out *out)
{
	for (size_t i = 0; i < c->nwaiting;) {
		if (now < c->waiting[i].until) {
			i++;
			continue;
		}
		if (!c->waiting[i].barrier) {
			reply_to(c, i, REPLY_TIMEOUT, now, out);
			c->tally.timeouts++;
		}
		rtt_back_off(&c->rtt);
		give_up(c, i, now);
	}
	earlier(&out->deadline, channel_deadline(c));
}

int64_t
channel_deadline(const struct channel *c)
{
	int64_t at = INT64_MAX;

	for (size_t i = 0; i < c->nwaiting; i++)
		earlier(&at, c->waiting[i].until);
	return at;
}
