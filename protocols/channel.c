#include <assert.h>
#include <string.h>

#include "channel.h"

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

/* channel_ready has seen to it that there is room. */
static void
give_up(struct channel *c, size_t i, int64_t now)
{
	struct question *q = &c->given_up[c->ngiven_up++];

	assert(c->ngiven_up <= GIVEN_UP_MAX);
	*q = c->waiting[i];
	q->until = now + longest(c);
	c->waiting[i] = c->waiting[--c->nwaiting];
}

void
channel_init(struct channel *c, const struct line *line, int64_t now)
{
	assert(line->timeout_min > 0 && line->timeout_max >= line->timeout_min);
	c->line = *line;
	while (c->nwaiting > 0)
		give_up(c, 0, now);
	rtt_reset(&c->rtt, line->timeout_min, line->timeout_max);
	c->pressed = c->heard_any = false;
}

void
channel_hears(struct channel *c, int64_t now)
{
	c->heard = now;
	c->heard_any = true;
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

static bool
dirty(const struct channel *c, int64_t now)
{
	for (size_t i = 0; i < c->ngiven_up; i++)
		if (channel_open(&c->given_up[i], now))
			return true;
	return false;
}

/* Whatever comes late cannot be taken for its answer. */
static bool
other_shape(struct channel *c, const struct shape *shape, int64_t now, struct out *out)
{
	(void)now;
	(void)out;
	return find(c, shape) == c->ngiven_up;
}

static bool
silence(struct channel *c, const struct shape *shape, int64_t now, struct out *out)
{
	size_t i = find(c, shape);

	if (channel_open(&c->given_up[i], now)) {
		earlier(&out->deadline, c->given_up[i].until);
		out->barred = true;
		return false;
	}
	forget(c, i);
	return true;
}

/* The ways to leave a dirty channel, the best first.  One that needs a frame
 * of its own writes it to out.send and passes once that was answered. */
static const struct barrier {
	bool	(*passed)(struct channel *, const struct shape *, int64_t now,
		    struct out *);
	bool	  proves;	/* the next answer is ours beyond doubt */
} barriers[] = {
	{ .passed = other_shape, .proves = true },
	{ .passed = silence, .proves = false },
};

bool
channel_parted(struct channel *c, const struct shape *shape, int64_t now,
    struct out *out, bool *doubted)
{
	bool was_dirty;

	*doubted = false;
	if (c->ngiven_up == 0)
		return true;
	was_dirty = dirty(c, now);
	for (size_t i = 0; i < sizeof(barriers) / sizeof(barriers[0]); i++) {
		if (!barriers[i].passed(c, shape, now, out))
			continue;
		*doubted = !barriers[i].proves;
		c->tally.barriers += was_dirty || *doubted;
		return true;
	}
	return false;
}

void
channel_ask(struct channel *c, const struct shape *shape, uint16_t id, bool doubted,
    uint64_t cookie, int64_t now)
{
	assert(c->nwaiting < WINDOW);
	c->waiting[c->nwaiting++] = (struct question){
		.shape = *shape,
		.id = id,
		.doubted = doubted,
		.asked = now,
		.until = now + c->rtt.timeout,
		.cookie = cookie,
	};
	c->pressed = false;
	c->tally.asked++;
}

static struct reply *
reply_to(const struct question *q, enum reply_status status, int64_t now, struct out *out)
{
	struct reply *r = &out->replies[out->nreplies++];

	assert(out->nreplies <= REPLIES_MAX);
	*r = (struct reply){
		.cookie = q->cookie,
		.status = status,
		.after_barrier = q->doubted && status != REPLY_TIMEOUT,
		.asked = q->asked,
		.heard = now,
	};
	return r;
}

void
channel_answer(struct channel *c, size_t i, enum fit fit, const uint8_t *pdu,
    int64_t now, struct out *out)
{
	const struct question *q = &c->waiting[i];
	struct reply *r;

	if (fit == FIT_REFUSED) {
		r = reply_to(q, REPLY_EXCEPTION, now, out);
		r->exception = pdu[1];
		c->tally.exceptions++;
	} else {
		r = reply_to(q, REPLY_OK, now, out);
		r->data = pdu + q->shape.data_at;
		r->len = (size_t)(q->shape.len - q->shape.data_at);
		c->tally.answered++;
	}
	/* What may belong to another question measures nothing. */
	if (!q->doubted)
		rtt_sample(&c->rtt, now - q->asked);
	c->waiting[i] = c->waiting[--c->nwaiting];
}

void
channel_late(struct channel *c, size_t i, int64_t now)
{
	c->tally.late++;
	rtt_sample(&c->rtt, now - c->given_up[i].asked);
	forget(c, i);
}

void
channel_tick(struct channel *c, int64_t now, struct out *out)
{
	for (size_t i = 0; i < c->nwaiting;) {
		if (now < c->waiting[i].until) {
			i++;
			continue;
		}
		reply_to(&c->waiting[i], REPLY_TIMEOUT, now, out);
		c->tally.timeouts++;
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
