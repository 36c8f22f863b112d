#include <stdio.h>
#include <string.h>

#include "../text.h"
#include "help.h"

#define COLUMN	29	/* in which argp begins what an option means */
#define LINE	4096
#define WIDTH	79	/* of a terminal, but for the last column */
#define INDENT	12	/* of a usage, as argp has it */

static struct {
	FILE	*to;
	char	 line[LINE + 1];
	size_t	 n;
} help;

/* An option with its meaning on the same line. */
static bool
is_row(const char *line, size_t len)
{
	return len > COLUMN && line[0] == ' ' && line[1] == ' ' && line[COLUMN - 1] == ' ' &&
	    line[COLUMN] != ' ' && memchr(line, '-', COLUMN) != NULL;
}

size_t
help_line(const char *line, size_t len, char *out, size_t n)
{
	char head[COLUMN + 1] = "";
	size_t more;

	if (is_row(line, len)) {
		memcpy(head, line, COLUMN);
		more = COLUMN - (size_t)text_width(head);
		if (len + more <= n) {
			memcpy(out, line, COLUMN);
			memset(out + COLUMN, ' ', more);
			memcpy(out + COLUMN + more, line + COLUMN, len - COLUMN);
			return len + more;
		}
	}
	len = len < n ? len : n;
	memcpy(out, line, len);
	return len;
}

static size_t
char_bytes(const char *s)
{
	size_t n = 1;

	while (((unsigned char)s[n] & 0xc0) == 0x80)
		n++;
	return n;
}

static bool
is_one_of(const char *s, const char *all)
{
	char one[5] = "";

	memcpy(one, s, char_bytes(s) < 4 ? char_bytes(s) : 4);
	return strstr(all, one) != NULL;
}

/* May a line end before s?  Not before what closes, nor behind what opens. */
static bool
may_break(const char *last, const char *s)
{
	bool wide = (unsigned char)*s >= 0xe3 || (unsigned char)*last >= 0xe3;

	if (*last == ' ')
		return true;
	return wide && *s != ' ' && !is_one_of(s, "，。、；：？！）》」”"
	    "%,.;:?!)]}") &&
	    !is_one_of(last, "（《「“([{\"");
}

/* How many bytes of s fit into so many columns; all of a word that is too long.  What
 * stands between blanks in a usage stays whole. */
static size_t
fitting(const char *s, int columns, bool usage)
{
	const char *last = s, *at = s + char_bytes(s), *best = NULL;
	char seen[8] = "";
	int w = 0;

	for (const char *c = s; *c != '\0' && *c != '\n'; c += char_bytes(c)) {
		size_t n = char_bytes(c) < sizeof(seen) ? char_bytes(c) : sizeof(seen) - 1;
		bool end = c > s && (usage ? *last == ' ' : may_break(last, c));

		memcpy(seen, c, n);
		seen[n] = '\0';
		if (end && (w <= columns || best == NULL))
			best = c;
		w += *c != ' ' ? text_width(seen) : 1;
		if (w > columns && best != NULL)
			return (size_t)(best - s);
		last = c;
		at = c + char_bytes(c);
	}
	return (size_t)(at - s);
}

static int
indent_of(const char *line, size_t len)
{
	size_t blanks = strspn(line, " ");

	if (is_row(line, len))
		return COLUMN;
	return blanks > 0 ? (int)blanks : strstr(line, ": tidegate") != NULL ? INDENT : 0;
}

size_t
help_wrap(const char *line, size_t len, char *out, size_t n)
{
	char whole[LINE + COLUMN + 1];
	size_t most = n < sizeof(whole) ? n : sizeof(whole) - 1, at = 0;
	int indent = indent_of(line, len), head = 0;

	whole[help_line(line, len, whole, most)] = '\0';
	for (const char *s = whole; *s != '\0' && *s != '\n';) {
		size_t takes = fitting(s, WIDTH - head, indent == INDENT);

		if (at + (size_t)head + takes + 2 > n)
			break;
		memset(out + at, ' ', (size_t)head);
		memcpy(out + at + head, s, takes);
		at += (size_t)head + takes;
		s += takes + strspn(s + takes, " ");
		while (at > 0 && out[at - 1] == ' ' && (*s != '\0' && *s != '\n'))
			at--;
		if (*s != '\0' && *s != '\n')
			out[at++] = '\n';
		head = indent;
	}
	if (len > 0 && line[len - 1] == '\n' && at < n)
		out[at++] = '\n';
	return at;
}

/* One line, or a piece of one that is too long. */
static bool
put_line(void)
{
	static char out[2 * LINE];
	size_t n = help_wrap(help.line, help.n, out, sizeof(out));

	help.n = 0;
	return fwrite(out, 1, n, help.to) == n;
}

static ssize_t
take(void *cookie, const char *text, size_t n)
{
	(void)cookie;
	for (size_t i = 0; i < n; i++) {
		help.line[help.n++] = text[i];
		help.line[help.n] = '\0';
		if ((text[i] == '\n' || help.n == LINE) && !put_line())
			return 0;
	}
	return fflush(help.to) == 0 ? (ssize_t)n : 0;
}

void
help_open(void)
{
	FILE *f = fopencookie(NULL, "w", (cookie_io_functions_t){ .write = take });

	if (f == NULL)
		return;
	help.to = stdout;
	stdout = f;
}
