#include <assert.h>
#include <string.h>

#include "stream.h"

void
stream_init(struct stream *s, const struct line *line, int64_t now)
{
	channel_init(&s->channel, line, now);
	s->len = 0;
	s->noise = false;
}

static void
drop(struct stream *s, size_t n)
{
	s->len -= n;
	if (s->len > 0 && n > 0)
		memmove(s->bytes, s->bytes + n, s->len);
}

void
stream_hear(struct stream *s, const uint8_t *bytes, size_t n, int64_t now, struct out *out,
    size_t (*take)(void *session, const uint8_t *, size_t n, int64_t now, struct out *))
{
	size_t part, at, done;

	if (n > 0)
		channel_hears(&s->channel, now);
	for (; n > 0; n -= part, bytes += part) {
		part = sizeof(s->bytes) - s->len;
		if (part > n)
			part = n;
		memcpy(s->bytes + s->len, bytes, part);
		s->len += part;
		for (at = 0; at < s->len; at += done)
			if ((done = take(s, s->bytes + at, s->len - at, now, out)) == 0)
				break;
		drop(s, at);
		assert(s->len < sizeof(s->bytes));
	}
	out->deadline = channel_deadline(&s->channel);
}

int64_t
stream_quiet(const struct stream *s)
{
	const struct line *line = &s->channel.line;

	return line->guard > line->silence ? line->guard : line->silence;
}

/* What the line has learnt of short answers is too little for a long one.  Silence is
 * three and a half characters; 0: its speed is not known. */
void
stream_wait(struct stream *s, int64_t timeout, size_t bytes)
{
	const struct line *line = &s->channel.line;
	int64_t least = line->silence > 0 ?
	    (int64_t)bytes * line->silence * 2 / 7 + line->timeout_min : 0;

	channel_wait(&s->channel, least > timeout ? least : timeout);
}

void
stream_noise(struct stream *s)
{
	if (!s->noise)
		s->channel.tally.garbled++;
	s->noise = true;
}

void
stream_frame(struct stream *s)
{
	s->noise = false;
}

void
stream_discard(struct stream *s)
{
	if (s->len > 0)
		stream_noise(s);
	s->len = 0;
	s->noise = false;
}

const struct tally *
stream_tally(const void *session)
{
	const struct stream *s = session;

	return &s->channel.tally;
}
