#include <stdio.h>
#include <string.h>

#include "help.h"
#include "text.h"

#define COLUMN	29	/* in which argp begins what an option means */
#define LINE	1024

static struct {
	FILE	*to;
	char	 line[LINE];
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

/* One line, or a piece of one that is too long. */
static bool
put_line(void)
{
	char out[LINE + COLUMN];
	size_t n = help_line(help.line, help.n, out, sizeof(out));

	help.n = 0;
	return fwrite(out, 1, n, help.to) == n;
}

static ssize_t
take(void *cookie, const char *text, size_t n)
{
	(void)cookie;
	for (size_t i = 0; i < n; i++) {
		help.line[help.n++] = text[i];
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
