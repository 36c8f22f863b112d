#include <assert.h>
#include <math.h>
#include <string.h>

#include "../conf/utf8.h"
#include "json.h"
#include "number.h"

#define REPLACEMENT	"\xef\xbf\xbd"		/* U+FFFD */

void
json_begin(struct json *j, struct buf *to)
{
	*j = (struct json){ .to = to, .start = to->len, .was_bad = to->bad };
}

bool
json_end(struct json *j)
{
	assert(j->depth == 0 && j->comma && !j->keyed);
	if (!j->to->bad)
		return true;
	j->to->len = j->start;
	j->to->bad = j->was_bad;
	return false;
}

static bool
in_object(const struct json *j)
{
	return j->depth > 0 && (j->objects >> (j->depth - 1) & 1);
}

static inline void
put(struct buf *to, char c)
{
	uint8_t *at = buf_room(to, 1);

	if (at != NULL)
		*at = (uint8_t)c;
}

static inline void
before_value(struct json *j)
{
	assert(in_object(j) ? j->keyed : j->depth > 0 || !j->comma);
	if (j->comma && !j->keyed)
		put(j->to, ',');
	j->comma = true;
	j->keyed = false;
}

static void
open_one(struct json *j, bool object)
{
	before_value(j);
	assert(j->depth < JSON_DEPTH);
	put(j->to, object ? '{' : '[');
	j->objects &= ~(1U << j->depth);
	j->objects |= (uint32_t)object << j->depth;
	j->depth++;
	j->comma = false;
}

void
json_put_object(struct json *j)
{
	open_one(j, true);
}

void
json_put_array(struct json *j)
{
	open_one(j, false);
}

void
json_close(struct json *j)
{
	assert(j->depth > 0 && !j->keyed);
	put(j->to, in_object(j) ? '}' : ']');
	j->depth--;
	j->comma = true;
}

static inline bool
plain(uint8_t c)
{
	return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

/* One character that is not plain; returns how many bytes it took. */
static size_t
put_odd(struct buf *to, const char *s, size_t n)
{
	static const char letters[] = "\"\\\b\f\n\r\t", escapes[] = "\"\\bfnrt";
	static const char hex[] = "0123456789abcdef";
	uint8_t c = (uint8_t)s[0];
	const char *at = memchr(letters, c, sizeof(letters) - 1);
	size_t len = utf8_len(s, n);

	if (at != NULL) {
		buf_put8(to, '\\');
		buf_put8(to, (uint8_t)escapes[at - letters]);
	} else if (len == 0 || c == 0) {
		buf_putbytes(to, REPLACEMENT, 3);
	} else if (c < 0x20) {
		buf_putbytes(to, "\\u00", 4);
		buf_put8(to, (uint8_t)hex[c >> 4]);
		buf_put8(to, (uint8_t)hex[c & 15]);
	} else {
		buf_putbytes(to, s, len);
	}
	return len > 0 ? len : 1;
}

static void
put_mixed(struct buf *to, const char *s, size_t n)
{
	put(to, '"');
	for (size_t i = 0; i < n && !to->bad;) {
		size_t run = i;

		while (run < n && plain((uint8_t)s[run]))
			run++;
		buf_putbytes(to, s + i, run - i);
		i = run;
		if (i < n)
			i += put_odd(to, s + i, n - i);
	}
	put(to, '"');
}

/* Copies n bytes; false when one of them is not plain.  The last eight (or
 * four) overlap what was copied before them, so that no rest is left. */
bool
json_copy_plain(uint8_t *to, const char *s, size_t n)
{
	uint64_t x, odd = 0;
	uint32_t part[2];

	for (size_t i = 0; i + 8 < n; i += 8) {
		memcpy(&x, s + i, 8);
		memcpy(to + i, &x, 8);
		odd |= json_odd(x);
	}
	if (n >= 8) {
		memcpy(&x, s + n - 8, 8);
		memcpy(to + n - 8, &x, 8);
		return (odd | json_odd(x)) == 0;
	}
	if (n >= 4) {
		memcpy(&part[0], s, 4);
		memcpy(&part[1], s + n - 4, 4);
		memcpy(to, &part[0], 4);
		memcpy(to + n - 4, &part[1], 4);
		return json_odd((uint64_t)part[1] << 32 | part[0]) == 0;
	}
	for (size_t i = 0; i < n; i++) {
		to[i] = (uint8_t)s[i];
		odd |= !plain(to[i]);
	}
	return odd == 0;
}

/* Nearly all text is plain: it is looked at while it is copied, and begun
 * again where it is not. */
static void
put_quoted(struct buf *to, const char *s, size_t n)
{
	size_t len = to->len;
	uint8_t *at = buf_room(to, n + 2);

	if (at == NULL)
		return;
	at[0] = at[n + 1] = '"';
	if (json_copy_plain(at + 1, s, n))
		return;
	to->len = len;
	put_mixed(to, s, n);
}

void
json_key(struct json *j, const char *name)
{
	assert(in_object(j) && !j->keyed);
	if (j->comma)
		put(j->to, ',');
	put_quoted(j->to, name, strlen(name));
	put(j->to, ':');
	j->keyed = true;
}

void
json_put_text(struct json *j, const char *s, size_t n)
{
	before_value(j);
	put_quoted(j->to, s, n);
}

void
json_put_string(struct json *j, const char *s)
{
	json_put_text(j, s, strlen(s));
}

void
json_put_int(struct json *j, int64_t i)
{
	char text[NUMBER_TEXT];

	before_value(j);
	buf_putbytes(j->to, text, number_int(i, text));
}

void
json_put_uint(struct json *j, uint64_t u)
{
	char text[NUMBER_TEXT];
	size_t n = number_uint(u, text);

	if (u > INT64_MAX) {
		json_put_text(j, text, n);
		return;
	}
	before_value(j);
	buf_putbytes(j->to, text, n);
}

void
json_put_real(struct json *j, double d)
{
	char text[NUMBER_TEXT];

	if (!isfinite(d)) {
		json_put_null(j);
		return;
	}
	before_value(j);
	buf_putbytes(j->to, text, number_real(d, text));
}

void
json_put_real32(struct json *j, float f)
{
	char text[NUMBER_TEXT];

	if (!isfinite(f)) {
		json_put_null(j);
		return;
	}
	before_value(j);
	buf_putbytes(j->to, text, number_real32(f, text));
}

void
json_put_bool(struct json *j, bool b)
{
	before_value(j);
	if (b)
		buf_putbytes(j->to, "true", 4);
	else
		buf_putbytes(j->to, "false", 5);
}

void
json_put_null(struct json *j)
{
	before_value(j);
	buf_putbytes(j->to, "null", 4);
}
