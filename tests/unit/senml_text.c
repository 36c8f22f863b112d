#include <stdio.h>
#include <string.h>

#include "senml_text.h"

static char text[1 << 20];

static char *
put_value(char *to, const struct senml_record *r)
{
	switch (r->kind) {
	case SENML_NUMBER:
		return to + sprintf(to, "%.17g", r->number);
	case SENML_WHOLE:
		return to + sprintf(to, "%lld", (long long)r->whole);
	case SENML_BOOL:
		return to + sprintf(to, "%s", r->truth ? "true" : "false");
	case SENML_TEXT:
		return to + sprintf(to, "\"%s\"", (const char *)r->bytes);
	case SENML_DATA:
		to += sprintf(to, "h");
		for (size_t i = 0; i < r->len; i++)
			to += sprintf(to, "%02x", r->bytes[i]);
		return to;
	case SENML_SUM:
		break;
	}
	return to + sprintf(to, "-");
}

const char *
senml_text(const struct senml *s)
{
	char *to = text;
	size_t n = 0;

	if (s->why[0] != '\0') {
		sprintf(text, "refused: %s", s->why);
		return text;
	}
	text[0] = '\0';
	for (const struct senml_record *r = s->first; r != NULL; r = r->next, n++) {
		to += sprintf(to, "%s %s ", r->name[0] != '\0' ? r->name : "-",
		    r->unit[0] != '\0' ? r->unit : "-");
		to = put_value(to, r);
		to += sprintf(to, " %lld", (long long)r->time);
		if (r->has_sum)
			to += sprintf(to, " sum %.17g", r->sum);
		if (r->update != 0)
			to += sprintf(to, " within %.17g", r->update);
		to += sprintf(to, "\n");
	}
	if (n != s->n)
		sprintf(text, "%zu records, and says %zu", n, s->n);
	return text;
}

size_t
bytes_of_hex(const char *hex, uint8_t *to)
{
	size_t n = 0;

	for (; *hex != '\0'; hex++) {
		unsigned byte;

		if (*hex == ' ' || *hex == '\n')
			continue;
		if (sscanf(hex, "%2x", &byte) != 1)
			break;
		to[n++] = (uint8_t)byte;
		hex++;
	}
	return n;
}
