#include <math.h>
#include <string.h>

#include "../conf/utf8.h"
#include "line.h"
#include "number.h"

#define IN_MEASUREMENT	", "
#define IN_NAME		", ="		/* tag keys, tag values, field keys */
#define REPLACEMENT	"\xef\xbf\xbd"	/* U+FFFD */

static bool
control(uint8_t c)
{
	return c < 0x20 || c == 0x7f;
}

/* An escaped separator is unescaped alike everywhere, a backslash itself is
 * not: some take two for one. */
static bool
sayable(const char *s, size_t n)
{
	if (n == 0 || utf8_span(s, n) < n)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (control((uint8_t)s[i]))
			return false;
		if (s[i] == '\\' && (i + 1 == n || strchr(IN_NAME "\\", s[i + 1]) != NULL))
			return false;
	}
	return true;
}

static void
put_name(struct line_writer *w, const char *s, const char *separators)
{
	size_t n = strlen(s);

	if (!sayable(s, n))
		w->refused = true;
	for (size_t i = 0; i < n; i++) {
		if (strchr(separators, s[i]) != NULL)
			buf_put8(w->to, '\\');
		buf_put8(w->to, (uint8_t)s[i]);
	}
}

void
line_begin(struct line_writer *w, struct buf *to, const char *measurement)
{
	*w = (struct line_writer){ .to = to, .start = to->len, .was_bad = to->bad };
	if (measurement[0] == '#')		/* a comment */
		w->refused = true;
	put_name(w, measurement, IN_MEASUREMENT);
}

void
line_again(struct line_writer *w, struct buf *to, const void *head, size_t n)
{
	*w = (struct line_writer){ .to = to, .start = to->len, .was_bad = to->bad };
	buf_putbytes(to, head, n);
}

void
line_join(struct line_writer *w, struct buf *to, int64_t time)
{
	char text[NUMBER_TEXT];

	to->len -= number_int(time, text) + 2;
	*w = (struct line_writer){ .to = to, .start = to->len, .was_bad = to->bad,
	    .any_field = true, .joined = time, .joins = true };
}

void
line_tag(struct line_writer *w, const char *key, const char *value)
{
	if (value[0] == '\0')
		return;
	if (strcmp(key, "time") == 0)
		w->refused = true;
	buf_put8(w->to, ',');
	put_name(w, key, IN_NAME);
	buf_put8(w->to, '=');
	put_name(w, value, IN_NAME);
}

static void
begin_field(struct line_writer *w, const char *key)
{
	if (strcmp(key, "time") == 0)
		w->refused = true;
	buf_put8(w->to, w->any_field ? ',' : ' ');
	w->any_field = true;
	put_name(w, key, IN_NAME);
	buf_put8(w->to, '=');
}

static void
put(struct line_writer *w, const char *s, size_t n)
{
	buf_putbytes(w->to, s, n);
}

void
line_int(struct line_writer *w, const char *key, int64_t i)
{
	char text[NUMBER_TEXT];

	begin_field(w, key);
	put(w, text, number_int(i, text));
	buf_put8(w->to, 'i');
}

void
line_uint(struct line_writer *w, const char *key, uint64_t u)
{
	if (u > INT64_MAX)			/* v1 has no unsigned field */
		w->refused = true;
	line_int(w, key, (int64_t)u);
}

void
line_real(struct line_writer *w, const char *key, double d)
{
	char text[NUMBER_TEXT];

	begin_field(w, key);
	if (isfinite(d))
		put(w, text, number_real(d, text));
	else
		w->refused = true;
}

void
line_real32(struct line_writer *w, const char *key, float f)
{
	char text[NUMBER_TEXT];

	begin_field(w, key);
	if (isfinite(f))
		put(w, text, number_real32(f, text));
	else
		w->refused = true;
}

void
line_bool(struct line_writer *w, const char *key, bool b)
{
	begin_field(w, key);
	put(w, b ? "true" : "false", b ? 4 : 5);
}

void
line_string(struct line_writer *w, const char *key, const char *s)
{
	size_t n = strlen(s);

	begin_field(w, key);
	buf_put8(w->to, '"');
	for (size_t i = 0; i < n;) {
		size_t len = utf8_len(s + i, n - i);

		if (control((uint8_t)s[i]) && s[i] != '\t')
			w->refused = true;
		if (s[i] == '"' || s[i] == '\\')
			buf_put8(w->to, '\\');
		if (len > 0)
			put(w, s + i, len);
		else
			put(w, REPLACEMENT, 3);
		i += len > 0 ? len : 1;
	}
	buf_put8(w->to, '"');
}

static void
put_end(struct line_writer *w, int64_t time)
{
	char text[NUMBER_TEXT];

	buf_put8(w->to, ' ');
	put(w, text, number_int(time, text));
	buf_put8(w->to, '\n');
}

enum line_result
line_end(struct line_writer *w, int64_t time)
{
	bool full;

	put_end(w, time);
	full = w->to->bad;
	if (!full && !w->refused && w->any_field)
		return LINE_WRITTEN;
	w->to->len = w->start;
	w->to->bad = w->was_bad;
	if (w->joins)
		put_end(w, w->joined);
	return w->refused || !w->any_field ? LINE_REFUSED : LINE_FULL;
}
