#include <stdlib.h>
#include <string.h>

#include "at.h"

enum at_heard
at_take(struct at_reader *at, uint8_t byte, bool prompt)
{
	bool whole;

	if (byte == '\r' || byte == '\n') {
		whole = at->n > 0 && !at->over;
		at->line[at->n] = '\0';
		at->n = 0;
		at->over = false;
		return whole ? AT_LINE : AT_NOTHING;
	}
	if (at->n == 0 && (byte == ' ' || byte == '\0'))
		return AT_NOTHING;
	if (at->n == 0 && byte == '>' && prompt)
		return AT_PROMPT;
	if (at->n == AT_LINE_MAX)
		at->over = true;
	else
		at->line[at->n++] = (char)byte;
	return AT_NOTHING;
}

const char *
at_info(const char *line, const char *name)
{
	size_t n = strlen(name);

	if (strncmp(line, name, n) != 0 || line[n] != ':')
		return NULL;
	line += n + 1;
	return line + strspn(line, " ");
}

/* Modems that were not asked for figures say it in words. */
static int
code_of(const char *info)
{
	char *end;
	long code = strtol(info, &end, 10);

	return end == info || *end != '\0' || code < 0 || code > 0xffff ? -1 : (int)code;
}

struct at_result
at_result(const char *line)
{
	static const struct {
		const char	*line;
		enum at_end	 end;
	} ends[] = {
		{ "OK", AT_OK },
		{ "ERROR", AT_ERROR },
		{ "NO CARRIER", AT_ERROR },
		{ "COMMAND NOT SUPPORT", AT_ERROR },
	};
	const char *info;

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (strcmp(line, ends[i].line) == 0)
			return (struct at_result){ ends[i].end, 0 };
	if ((info = at_info(line, "+CME ERROR")) != NULL)
		return (struct at_result){ AT_CME, code_of(info) };
	if ((info = at_info(line, "+CMS ERROR")) != NULL)
		return (struct at_result){ AT_CMS, code_of(info) };
	return (struct at_result){ AT_NOT_YET, 0 };
}

/* The field behind the one at s; NULL: it is the last. */
static const char *
next_field(const char *s)
{
	bool quoted = false;

	for (; *s != '\0'; s++) {
		if (*s == '"')
			quoted = !quoted;
		else if (*s == ',' && !quoted)
			return s + 1;
	}
	return NULL;
}

int
at_number(const char *info, size_t i, int fallback)
{
	char *end;
	long number;

	for (; info != NULL && i > 0; i--)
		info = next_field(info);
	if (info == NULL)
		return fallback;
	number = strtol(info, &end, 10);
	return end == info || number < -0xffff || number > 0xffff ? fallback : (int)number;
}
