#include <string.h>

#include "dtu.h"
#include "dtu_formats.h"

#define N_(text)	text
#define FORMAT(name, help, reg, beat, by_address, framing) \
	{ name, help, reg, beat, by_address, &framing },

static const struct dtu_format formats[] = { DTU_FORMATS(FORMAT) };

const struct dtu_format *
dtu_format_at(size_t i)
{
	return i < sizeof(formats) / sizeof(formats[0]) ? &formats[i] : NULL;
}

void
dtu_init(struct dtu *d, const struct dtu_conf *conf)
{
	memset(d, 0, sizeof(*d));
	d->conf = conf;
}

static void
answer(struct dtu_out *out, const struct dtu_word *word)
{
	buf_putbytes(&out->reply, word->bytes, word->n);
}

/* The heartbeat that is all of p, or begins it; DTU_MORE, DTU_NONE. */
static size_t
beat(const struct dtu *d, const uint8_t *p, size_t n)
{
	size_t best = DTU_NONE;
	struct dtu_found f;

	for (size_t i = 0; i < d->conf->nbeats; i++) {
		size_t len = dtu_match(&d->conf->beats[i], p, n, &f);

		if (len != DTU_NONE && (best == DTU_NONE || len > best))
			best = len;
	}
	return best;
}

static void
take_registration(struct dtu *d, const struct dtu_found *f, const uint8_t *p, size_t n,
    struct dtu_out *out)
{
	d->is = *f;
	d->said.n = (uint8_t)(n < DTU_WORD_MAX ? n : DTU_WORD_MAX);
	memcpy(d->said.bytes, p, d->said.n);
	d->changes = dtu_blanks(&d->conf->reg, p, d->said.n, d->blanks);
	out->registered = true;
	answer(out, &d->conf->reg_reply);
}

/* What is heard before it is known who speaks: a registration, and heartbeats
 * in front of it.  Returns how many bytes are done with; DTU_NONE: neither. */
static size_t
take_first(struct dtu *d, const uint8_t *p, size_t n, struct dtu_out *out)
{
	struct dtu_found f;
	size_t len = dtu_match(&d->conf->reg, p, n, &f), beats = beat(d, p, n);

	/* a name of any length might be a heartbeat too */
	if (len != DTU_NONE && len != DTU_MORE && f.id[0] != '\0' &&
	    !(d->conf->reg.open && beats == len)) {
		take_registration(d, &f, p, len, out);
		return len;
	}
	/* what may become a registration is no heartbeat yet */
	if (len == DTU_MORE || beats == DTU_MORE || beats == DTU_NONE)
		return len == DTU_MORE ? DTU_MORE : beats;
	out->beats++;
	answer(out, &d->conf->beat_reply);
	return beats;
}

static bool
keep_part(struct dtu *d, const uint8_t *p, size_t n)
{
	if (n > DTU_WORD_MAX)
		return false;
	memmove(d->part.bytes, p, n);
	d->part.n = (uint8_t)n;
	return true;
}

/* True: it is known who speaks, or the rest waits for more; *used are done with. */
static bool
hear_first(struct dtu *d, const uint8_t *p, size_t n, size_t *used, struct dtu_out *out)
{
	for (*used = 0; d->is.id[0] == '\0' && *used < n; ) {
		size_t len = take_first(d, p + *used, n - *used, out);

		if (len == DTU_NONE)
			return false;
		if (len == DTU_MORE) {
			if (!keep_part(d, p + *used, n - *used))
				return false;
			*used = n;
			return true;
		}
		*used += len;
	}
	return true;
}

/* The bytes before and these as one; what does not fit behind a part is left to
 * the next round: a registration ends within a word's length or is none. */
static bool
plain_first(struct dtu *d, const uint8_t **p, size_t *n, struct dtu_out *out)
{
	uint8_t joined[2 * DTU_WORD_MAX];
	size_t before = d->part.n, more, used;
	bool sound;

	if (before == 0) {
		sound = hear_first(d, *p, *n, &used, out);
		*p += used;
		*n -= used;
		return sound;
	}
	more = *n < DTU_WORD_MAX ? *n : DTU_WORD_MAX;
	memcpy(joined, d->part.bytes, before);
	memcpy(joined + before, *p, more);
	d->part.n = 0;
	sound = hear_first(d, joined, before + more, &used, out);
	if (!sound || used < before)
		return false;
	*p += used - before;
	*n -= used - before;
	return true;
}

static bool
plain_hear(struct dtu *d, const uint8_t *p, size_t n, struct dtu_out *out)
{
	while (d->is.id[0] == '\0' && n > 0)
		if (!plain_first(d, &p, &n, out))
			return false;
	buf_putbytes(&out->payload, p, n);
	return true;
}

static void
plain_wrap(struct dtu *d, const uint8_t *p, size_t n, struct buf *to)
{
	(void)d;
	buf_putbytes(to, p, n);
}

const struct dtu_framing dtu_plain = { plain_hear, plain_wrap };

bool
dtu_hear(struct dtu *d, const uint8_t *p, size_t n, struct dtu_out *out)
{
	return d->conf->format->framing->hear(d, p, n, out);
}

void
dtu_wrap(struct dtu *d, const uint8_t *p, size_t n, struct buf *to)
{
	d->conf->format->framing->wrap(d, p, n, to);
}

void
dtu_resume(struct dtu *d, const struct dtu *before)
{
	if (d->known || !before->known)
		return;
	d->known = true;
	d->outside = before->outside;
}

void
dtu_noises(const struct dtu *d, struct noises *s, struct dtu_word room[DTU_BEATS_MAX])
{
	s->n = 0;
	if (d->conf->format->framing != &dtu_plain)
		return;
	for (size_t i = 0; i < d->conf->nbeats; i++) {
		size_t n;

		if (!dtu_literal(&d->conf->beats[i], &d->is, room[i].bytes, &n))
			continue;
		room[i].n = (uint8_t)n;
		s->of[s->n++] = (struct noise){ .at = room[i].bytes, .len = n };
	}
	if (d->said.n > 0)
		s->of[s->n++] = (struct noise){ d->said.bytes, d->said.n,
		    d->changes ? d->blanks : NULL };
}
