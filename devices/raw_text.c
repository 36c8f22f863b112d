#include <string.h>

#include "../conf/utf8.h"
#include "raw_types.h"

/* Up to the first NUL, without the blanks around it. */
static size_t
trim(const uint8_t **s, size_t n)
{
	n = strnlen((const char *)*s, n);
	while (n > 0 && (*s)[n - 1] == ' ')
		n--;
	while (n > 0 && **s == ' ') {
		(*s)++;
		n--;
	}
	return n;
}

/* One letter from s to text: how many bytes were taken; 0: it is none that
 * people can read.  Control characters are none either. */
static size_t
copy(const uint8_t *s, size_t n, uint8_t letters, char *text, size_t *at)
{
	size_t len;

	if (s[0] < 0x20 || s[0] == 0x7F)
		return 0;
	if (letters == LETTERS_LATIN1) {
		if (s[0] >= 0x80 && s[0] < 0xA0)
			return 0;
		*at += utf8_write(s[0], text + *at);
		return 1;
	}
	len = utf8_len((const char *)s, n);
	if (len == 0 || (letters == LETTERS_ASCII && len > 1) ||
	    (len == 2 && s[0] == 0xC2 && s[1] < 0xA0))
		return 0;
	memcpy(text + *at, s, len);
	*at += len;
	return len;
}

void
raw_string_decode(const uint8_t *b, const struct piece *piece, struct value *v)
{
	size_t n = trim(&b, 2U * piece->registers), at = 0, used;

	memset(v, 0, sizeof(*v));
	v->kind = VALUE_TEXT;
	for (size_t i = 0; i < n; i += used) {
		used = at + 4 < VALUE_TEXT_MAX ?
		    copy(b + i, n - i, piece->letters, v->text, &at) : 0;
		if (used == 0) {
			*v = (struct value){ .kind = VALUE_NONE };
			return;
		}
	}
}

/* Filled up with NUL.  A letter that Latin-1 has not does not fit. */
int
raw_string_encode(const struct value *v, const struct piece *piece, uint8_t *b)
{
	size_t cap = 2U * piece->registers, at = 0;
	const uint8_t *s = (const uint8_t *)v->text;

	if (v->kind != VALUE_TEXT)
		return -1;
	memset(b, 0, cap);
	while (*s != '\0') {
		if (at == cap || (piece->letters == LETTERS_ASCII && *s >= 0x80))
			return -1;
		if (piece->letters == LETTERS_LATIN1 && *s >= 0x80) {
			if (*s > 0xC3 || (s[1] & 0xC0) != 0x80)
				return -1;
			b[at++] = (uint8_t)(*s << 6 | (s[1] & 0x3F));
			s += 2;
			continue;
		}
		b[at++] = *s++;
	}
	return 0;
}
