#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "line_parser.h"

struct cursor {
	const char	*at, *end;
};

/* Up to the first of ends that is not escaped; "\x" is x for the x of escapes
 * and stays two characters for any other. */
static bool
name(struct cursor *c, const char *ends, const char *escapes, char *out, size_t room)
{
	size_t n = 0;

	while (c->at < c->end && strchr(ends, *c->at) == NULL) {
		if (*c->at == '\n' || n + 2 >= room)
			return false;
		if (*c->at == '\\' && c->at + 1 < c->end && strchr(escapes, c->at[1]) != NULL)
			c->at++;
		out[n++] = *c->at++;
	}
	out[n] = '\0';
	return n > 0 && c->at < c->end;
}

static bool
take(struct cursor *c, char want)
{
	if (c->at == c->end || *c->at != want)
		return false;
	c->at++;
	return true;
}

static bool
string(struct cursor *c, char *out, size_t room)
{
	size_t n = 0;

	while (c->at < c->end && *c->at != '"') {
		if (*c->at == '\n' || n + 2 >= room)
			return false;
		if (*c->at == '\\' && c->at + 1 < c->end && (c->at[1] == '"' || c->at[1] == '\\'))
			c->at++;
		out[n++] = *c->at++;
	}
	out[n] = '\0';
	return take(c, '"');
}

static bool
number(const char *text, struct parsed_field *f)
{
	size_t n = strlen(text);
	const char *digits = text + (text[0] == '-');
	char *end;

	if (digits[0] < '0' || digits[0] > '9')
		return false;
	errno = 0;
	if (text[n - 1] == 'i') {
		f->kind = 'i';
		f->integer = strtoll(text, &end, 10);
		return errno == 0 && end == text + n - 1;
	}
	f->kind = 'f';
	if (strspn(text, "-+.0123456789eE") != n)
		return false;
	f->real = strtod(text, &end);
	return *end == '\0';
}

static bool
field(struct cursor *c, struct parsed_field *f)
{
	char text[100];

	if (!name(c, "=", ", =", f->key, sizeof(f->key)) || !take(c, '='))
		return false;
	if (take(c, '"')) {
		f->kind = 's';
		return string(c, f->text, sizeof(f->text));
	}
	if (!name(c, ", ", "", text, sizeof(text)))
		return false;
	if (strcmp(text, "true") == 0 || strcmp(text, "false") == 0) {
		f->kind = 'b';
		f->truth = text[0] == 't';
		return true;
	}
	return number(text, f);
}

bool
line_parse(const char *line, size_t n, struct parsed_line *out)
{
	struct cursor c = { line, line + n };
	char *end;

	memset(out, 0, sizeof(*out));
	if (n == 0 || line[n - 1] != '\n' || memchr(line, '\n', n - 1) != NULL)
		return false;
	if (line[0] == '#' || !name(&c, ", ", ", ", out->measurement, sizeof(out->measurement)))
		return false;
	while (take(&c, ',')) {
		struct parsed_tag *t = &out->tags[out->ntags++];

		if (out->ntags > 16 || !name(&c, "=, ", ", =", t->key, sizeof(t->key)) ||
		    !take(&c, '=') || !name(&c, "=, ", ", =", t->value, sizeof(t->value)))
			return false;
	}
	if (!take(&c, ' '))
		return false;
	do {
		if (out->nfields == 16 || !field(&c, &out->fields[out->nfields++]))
			return false;
	} while (take(&c, ','));
	if (!take(&c, ' '))
		return false;
	errno = 0;
	out->time = strtoll(c.at, &end, 10);
	return errno == 0 && end != c.at && end == line + n - 1;
}
