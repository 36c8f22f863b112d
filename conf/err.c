#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "err.h"
#include "utf8.h"

/* What was cut within a character, or never was UTF-8, ends or shows as '?';
 * a message is one line and moves no cursor. */
static void
tidy(char *s, size_t n)
{
	size_t i = 0;

	while (i < n) {
		size_t len;
		bool shows = !utf8_hidden(utf8_character(s + i, n - i, &len));

		len = len > 0 ? len : 1;
		if (!shows)
			memset(s + i, '?', len);
		i += len;
	}
}

static void
cut(char *s, size_t n, size_t wanted)
{
	size_t tail = n, len;

	if (wanted > n)		/* the last character may be torn */
		while (tail > 0 && n - tail < 4 && ((unsigned char)s[--tail] & 0xc0) == 0x80)
			continue;
	len = tail < n ? utf8_len(s + tail, n - tail) : 0;
	if (wanted > n && tail < n && (unsigned char)s[tail] >= 0xc0 && len == 0)
		n = tail;
	s[n] = '\0';
	tidy(s, n);
}

/* Of a long path the end says more than the beginning. */
static void
copy_file(struct err *e, const char *file)
{
	size_t n = strlen(file), room = sizeof(e->file) - 1;

	if (n > room) {
		file += n - room;
		n = room;
		while (n > 0 && ((unsigned char)*file & 0xc0) == 0x80) {
			file++;
			n--;
		}
	}
	memcpy(e->file, file, n);
	e->file[n] = '\0';
	tidy(e->file, n);
}

/* Is nothing more to be told of this line? */
static bool
silent(const struct errs *errs, const struct err *e)
{
	for (size_t i = 0; i < errs->n && i < ERRS_MAX; i++)
		if (errs->at[i].last && errs->at[i].line == e->line &&
		    strcmp(errs->at[i].file, e->file) == 0)
			return true;
	return false;
}

void
err_last(struct errs *errs)
{
	if (errs->n > 0 && errs->n <= ERRS_MAX)
		errs->at[errs->n - 1].last = true;
}

void
err_unread(struct errs *errs)
{
	if (errs->newest != NULL)
		errs->newest->unread = true;
}

const char *
err_word(const struct errs *errs, const char *word)
{
	return errs->translate != NULL ? errs->translate(word) : word;
}

int
err_add(struct errs *errs, const char *file, int line, const char *fmt, ...)
{
	const char *said = err_word(errs, fmt);
	struct err e = { .line = line };
	va_list ap;
	int n;

	copy_file(&e, file != NULL ? file : "");
	errs->newest = NULL;
	if (silent(errs, &e) || errs->n++ >= ERRS_MAX)
		return -1;
	va_start(ap, fmt);
	n = vsnprintf(e.text, sizeof(e.text), said, ap);
	va_end(ap);
	cut(e.text, strnlen(e.text, sizeof(e.text) - 1), n > 0 ? (size_t)n : 0);
	errs->newest = &errs->at[errs->n - 1];
	*errs->newest = e;
	return -1;
}

/* Where a piece of a long text begins, so that the place is in it. */
static size_t
quote_from(const char *text, size_t len, size_t at)
{
	size_t from = at < ERR_QUOTE / 2 || len < ERR_QUOTE ? 0 : at - ERR_QUOTE / 2;

	while (from > 0 && ((unsigned char)text[from] & 0xc0) == 0x80)
		from--;
	return from;
}

/* Chinese letters take two columns. */
static int
columns(const char *s, size_t n)
{
	int wide = 0;

	for (size_t i = 0; i < n; i++)
		if (((unsigned char)s[i] & 0xc0) != 0x80)
			wide += (unsigned char)s[i] >= 0xe3 ? 2 : 1;
	return wide;
}

int
err_quote(struct errs *errs, const char *text, size_t at)
{
	size_t len = strlen(text), from = quote_from(text, len, at);
	struct err *e = errs->newest;

	if (e == NULL)
		return -1;
	len = len - from < ERR_QUOTE ? len - from : ERR_QUOTE - 1;
	memcpy(e->quote, text + from, len);
	for (size_t i = 0; i < len; i++)
		if (e->quote[i] == '\n' || e->quote[i] == '\t' || e->quote[i] == '\r')
			e->quote[i] = ' ';
	cut(e->quote, len, from + len < strlen(text) ? len + 1 : len);
	e->caret = columns(e->quote, at - from);
	return -1;
}
