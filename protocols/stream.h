#ifndef PROTOCOLS_STREAM_H
#define PROTOCOLS_STREAM_H

#include "channel.h"

#define STREAM_MAX	260	/* bytes of the longest frame: of Modbus TCP */

/* A session on a stream of bytes: its questions, and what came and is no whole
 * frame yet.  The first field of a session, so that one is the other. */
struct stream {
	struct channel	channel;
	size_t		len;
	uint8_t		bytes[STREAM_MAX];
	bool		noise;		/* came last: where a frame begins is not known */
};

/* The line is up: nothing of before goes on. */
void	stream_init(struct stream *, const struct line *, int64_t now);
/* Hears n bytes.  take is shown all that wait and returns how many of them it is
 * done with; 0: more have to come, which it never says of STREAM_MAX. */
void	stream_hear(struct stream *, const uint8_t *, size_t n, int64_t now, struct out *,
	    size_t (*take)(void *session, const uint8_t *, size_t n, int64_t now,
	    struct out *));
/* The silence that its line wants before a frame (us). */
int64_t	stream_quiet(const struct stream *);
/* The question just asked waits so long, or as long as that many bytes, of itself and
 * its answer, need on a slow line. */
void	stream_wait(struct stream *, int64_t timeout, size_t bytes);
/* A byte that is of no frame: a stretch of them is counted once, to the next frame. */
void	stream_noise(struct stream *);
void	stream_frame(struct stream *);
/* What lies here before a question is sent answers none that we ask: it is noise. */
void	stream_discard(struct stream *);
/* The tally of a session that begins with a stream. */
const struct tally	*stream_tally(const void *session);

#endif
