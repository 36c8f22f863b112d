#include <stdint.h>

#include "utf8.h"

/* By the first byte: length, and what the second may be (the rest of them
 * 0x80 to 0xbf).  The odd rows leave out overlong forms and surrogates. */
static const struct lead {
	uint8_t	from, to, len, low, high;
} leads[] = {
	{ 0x00, 0x7f, 1, 0x00, 0x00 },
	{ 0xc2, 0xdf, 2, 0x80, 0xbf },
	{ 0xe0, 0xe0, 3, 0xa0, 0xbf },
	{ 0xe1, 0xec, 3, 0x80, 0xbf },
	{ 0xed, 0xed, 3, 0x80, 0x9f },
	{ 0xee, 0xef, 3, 0x80, 0xbf },
	{ 0xf0, 0xf0, 4, 0x90, 0xbf },
	{ 0xf1, 0xf3, 4, 0x80, 0xbf },
	{ 0xf4, 0xf4, 4, 0x80, 0x8f },
};

static const struct lead *
lead_of(uint8_t byte)
{
	for (size_t i = 0; i < sizeof(leads) / sizeof(*leads); i++)
		if (byte >= leads[i].from && byte <= leads[i].to)
			return &leads[i];
	return NULL;
}

size_t
utf8_len(const char *s, size_t n)
{
	const uint8_t *b = (const uint8_t *)s;
	const struct lead *lead = n > 0 ? lead_of(b[0]) : NULL;

	if (lead == NULL || lead->len > n)
		return 0;
	if (lead->len > 1 && (b[1] < lead->low || b[1] > lead->high))
		return 0;
	for (size_t i = 2; i < lead->len; i++)
		if ((b[i] & 0xc0) != 0x80)
			return 0;
	return lead->len;
}

size_t
utf8_span(const char *s, size_t n)
{
	size_t i = 0, len;

	while (i < n && (len = utf8_len(s + i, n - i)) > 0)
		i += len;
	return i;
}

uint32_t
utf8_character(const char *s, size_t n, size_t *len)
{
	const uint8_t *b = (const uint8_t *)s;
	uint32_t c;

	*len = utf8_len(s, n);
	if (*len < 2)
		return *len == 1 ? b[0] : 0;
	c = b[0] & (0xffu >> (*len + 1));
	for (size_t i = 1; i < *len; i++)
		c = c << 6 | (b[i] & 0x3f);
	return c;
}

bool
utf8_hidden(uint32_t character)
{
	uint32_t c = character;

	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0xad || c == 0x61c ||
	    (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
	    (c >= 0x2060 && c <= 0x206f) || c == 0xfeff || (c >= 0xfff0 && c <= 0xfffb) ||
	    (c >= 0xe0000 && c <= 0xe0fff);
}

size_t
utf8_write(uint32_t character, char to[4])
{
	uint32_t c = character;
	size_t len;

	if (c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		c = 0xfffd;
	len = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
	if (len == 1) {
		to[0] = (char)c;
		return 1;
	}
	for (size_t i = len - 1; i > 0; i--, c >>= 6)
		to[i] = (char)(0x80 | (c & 0x3f));
	to[0] = (char)((0xf00u >> len & 0xf0) | c);
	return len;
}
