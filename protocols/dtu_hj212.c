#include <string.h>

#include "dtu.h"

/* An instrument of HJ 212 registers by its first packet, which is data too: its MN is
 * who it is, and its PW what it proves that by. */

static bool
is_blank(uint8_t c)
{
	return c == '\0' || c == '\r' || c == '\n' || c == ' ';
}

/* The value of a field "MN" of the header, if its end is there; NULL. */
static const uint8_t *
field(const uint8_t *p, size_t n, const char *name, size_t *len)
{
	for (size_t i = 6; i + 3 < n && memcmp(p + i, "CP=", 3) != 0; i++) {
		const uint8_t *end = p + i + 3;

		if (memcmp(p + i, name, 2) != 0 || p[i + 2] != '=' || (i > 6 && p[i - 1] != ';' &&
		    p[i - 1] != ',' && p[i - 1] != ' '))
			continue;
		while (end < p + n && *end != ';' && *end != ',')
			end++;
		*len = (size_t)(end - (p + i + 3));
		return end < p + n ? p + i + 3 : NULL;
	}
	return NULL;
}

static bool
keep(char to[DTU_ID_MAX + 1], const uint8_t *value, size_t n)
{
	if (n > DTU_ID_MAX)
		return false;
	for (size_t i = 0; i < n; i++)
		if (value[i] <= ' ' || value[i] >= 0x7F)
			return false;
	memcpy(to, value, n);
	to[n] = '\0';
	return true;
}

/* Could a packet begin so? */
static bool
may_begin(const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n && i < 6; i++)
		if (i < 2 ? p[i] != '#' : p[i] < '0' || p[i] > '9')
			return false;
	return true;
}

static bool
first(struct dtu *d, const uint8_t *p, size_t n, struct dtu_out *out)
{
	const uint8_t *mn, *pw;
	size_t blanks = 0, len;

	while (blanks < n && is_blank(p[blanks]))
		blanks++;
	p += blanks;
	n -= blanks;
	if (!may_begin(p, n))
		return false;
	mn = field(p, n, "MN", &len);
	if (mn == NULL) {
		if (n > DTU_PART_MAX)
			return false;
		memmove(d->part.bytes, p, n);
		d->part.n = (uint8_t)n;
		return true;
	}
	if (len == 0 || !keep(d->is.id, mn, len))
		return false;
	pw = field(p, n, "PW", &len);
	if (pw == NULL || !keep(d->is.token, pw, len))
		d->is.token[0] = '\0';
	d->part.n = 0;
	out->registered = true;
	buf_putbytes(&out->payload, p, n);
	return true;
}

static bool
hear(struct dtu *d, const uint8_t *p, size_t n, struct dtu_out *out)
{
	uint8_t joined[2 * DTU_PART_MAX];
	size_t before = d->part.n, more = n < DTU_PART_MAX ? n : DTU_PART_MAX;

	if (d->is.id[0] != '\0') {
		buf_putbytes(&out->payload, p, n);
		return true;
	}
	if (before == 0)
		return first(d, p, n, out);
	memcpy(joined, d->part.bytes, before);
	memcpy(joined + before, p, more);
	if (!first(d, joined, before + more, out))
		return false;
	if (more == n)
		return true;
	if (!out->registered)
		return false;
	buf_putbytes(&out->payload, p + more, n - more);
	return true;
}

static void
wrap(struct dtu *d, const uint8_t *p, size_t n, struct buf *to)
{
	(void)d;
	buf_putbytes(to, p, n);
}

const struct dtu_framing dtu_hj212 = { hear, wrap };
