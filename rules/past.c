#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../conf/err.h"
#include "past.h"

#define ERA	253402300800000LL	/* UTC ms: the year 10000 */

static const char *const names[PAST_COLUMNS] = {
	[PAST_KIND] = "kind", [PAST_UTC_MS] = "utc_ms", [PAST_DEVICE] = "device",
	[PAST_POINT] = "point", [PAST_UNIT] = "unit", [PAST_VALUE] = "value",
	[PAST_QUALITY] = "quality", [PAST_FLAGS] = "flags", [PAST_AGE] = "age",
	[PAST_RULE] = "rule", [PAST_EVENT] = "event", [PAST_WHO] = "who",
	[PAST_WORDS] = "text",
};

/* A field from at on; returns the byte behind it. */
static const char *
cut_field(const char *at, const char *end, struct past_field *f, size_t *lines)
{
	const char *from = at;

	if (at == end || *at != '"') {
		while (at < end && *at != ',' && *at != '\n' && *at != '\r')
			at++;
		*f = (struct past_field){ .at = from, .n = (size_t)(at - from) };
		return at;
	}
	for (at = ++from; at < end; at++) {
		*lines += *at == '\n';
		if (*at != '"')
			continue;
		if (at + 1 == end || at[1] != '"')
			break;
		at++;
	}
	*f = (struct past_field){ .at = from, .n = (size_t)(at - from), .quoted = true };
	/* what stands between the quote and the comma is none of it */
	while (at < end && *at != ',' && *at != '\n' && *at != '\r')
		at++;
	return at;
}

size_t
past_cut(const char *text, size_t n, size_t *from, struct past_field *fields, size_t *lines)
{
	const char *at = text + *from, *end = text + n;
	struct past_field passed;
	size_t count = 0;

	if (at == end)
		return 0;
	for (;;) {
		at = cut_field(at, end, count < PAST_FIELDS ? &fields[count] : &passed, lines);
		count += count < PAST_FIELDS;
		if (at == end || *at != ',')
			break;
		at++;
	}
	while (at < end && *at == '\r')
		at++;
	if (at < end && *at == '\n') {
		at++;
		++*lines;
	}
	*from = (size_t)(at - text);
	return count;
}

/* A field as a text; what is too long is cut. */
static void
copy(const struct past_field *f, char to[PAST_TEXT])
{
	size_t n = 0;

	for (size_t i = 0; i < f->n && n + 1 < PAST_TEXT; i++) {
		to[n++] = f->at[i];
		i += f->quoted && f->at[i] == '"';
	}
	to[n] = '\0';
}

static bool
is(const struct past_field *f, const char *word)
{
	return strlen(word) == f->n && memcmp(f->at, word, f->n) == 0;
}

/* Some programs mark a text as UTF-8. */
static struct past_field
without_mark(struct past_field f)
{
	static const char mark[] = "\xef\xbb\xbf";

	if (f.n >= 3 && memcmp(f.at, mark, 3) == 0) {
		f.at += 3;
		f.n -= 3;
	}
	return f;
}

const char *
past_head(const struct past_field *fields, size_t n, struct past_columns *c)
{
	static const enum past_column needed[] = { PAST_UTC_MS, PAST_DEVICE, PAST_POINT,
	    PAST_VALUE, PAST_QUALITY };

	for (size_t k = 0; k < PAST_COLUMNS; k++) {
		c->at[k] = PAST_NONE;
		for (size_t i = 0; i < n; i++) {
			struct past_field f = i == 0 ? without_mark(fields[i]) : fields[i];

			if (is(&f, names[k]))
				c->at[k] = i;
		}
	}
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		if (c->at[needed[i]] == PAST_NONE)
			return names[needed[i]];
	return NULL;
}

struct reader {
	const struct past_columns	*columns;
	const struct past_field		*fields;
	size_t				 n;
};

static const struct past_field *
field(const struct reader *r, enum past_column c)
{
	static const struct past_field none = { .at = "" };
	size_t at = r->columns->at[c];

	return at < r->n ? &r->fields[at] : &none;
}

static void
wrong(struct past_row *row, const char *why)
{
	row->kind = PAST_WRONG;
	row->why = why;
}

/* Digits alone; false: it is none, or larger than most. */
static bool
whole(const struct past_field *f, int64_t most, int64_t *to)
{
	int64_t number = 0;

	*to = 0;
	if (f->n == 0 || f->n > 18)
		return false;
	for (size_t i = 0; i < f->n; i++) {
		if (f->at[i] < '0' || f->at[i] > '9')
			return false;
		number = 10 * number + (f->at[i] - '0');
	}
	*to = number;
	return number <= most;
}

static void
take_value(const struct past_field *f, struct past_row *row)
{
	struct value *v = &row->value;
	char text[PAST_TEXT], *end;
	double number;

	*v = (struct value){ .kind = VALUE_NONE };
	copy(f, text);
	if (text[0] == '\0')
		return;
	number = strtod(text, &end);
	if (strcmp(text, "true") == 0 || strcmp(text, "false") == 0)
		*v = (struct value){ .kind = VALUE_F64, .d = text[0] == 't' };
	else if (*end == '\0' && isfinite(number))
		*v = (struct value){ .kind = VALUE_F64, .d = number };
	else {
		v->kind = VALUE_TEXT;
		memcpy(v->text, text, strnlen(text, VALUE_TEXT_MAX - 1));
	}
}

static bool
take_flags(const struct past_field *f, const struct past_flag *flags, struct past_row *row)
{
	for (size_t i = 0; i < f->n;) {
		size_t n = 0, k = 0;

		while (i + n < f->n && f->at[i + n] != ' ')
			n++;
		while (flags[k].bit != 0 && (strlen(flags[k].name) != n ||
		    memcmp(flags[k].name, f->at + i, n) != 0))
			k++;
		if (n > 0 && flags[k].bit == 0)
			return false;
		row->quality.flags |= n > 0 ? (uint8_t)flags[k].bit : 0;
		i += n + 1;
	}
	return true;
}

static void
take_reading(const struct reader *r, const struct past_flag *flags, struct past_row *row)
{
	const struct past_field *quality = field(r, PAST_QUALITY), *age = field(r, PAST_AGE);
	char word[PAST_TEXT];
	int64_t seconds = 0;
	int code;

	copy(field(r, PAST_POINT), row->point);
	copy(field(r, PAST_UNIT), row->unit);
	copy(quality, word);
	code = quality_find(word);
	row->kind = PAST_READING;
	row->quality.code = (uint8_t)code;
	take_value(field(r, PAST_VALUE), row);
	if (row->device[0] == '\0' || row->point[0] == '\0')
		wrong(row, ERR_("a reading of no point"));
	else if (code < 0)
		wrong(row, ERR_("a quality that there is not"));
	else if (!take_flags(field(r, PAST_FLAGS), flags, row))
		wrong(row, ERR_("a flag that there is not"));
	else if (age->n > 0 && !whole(age, UINT32_MAX, &seconds))
		wrong(row, ERR_("an age that is no number of seconds"));
	row->age = (uint32_t)seconds;
}

/* That an alarm was acknowledged or shelved makes no difference here. */
static void
take_alarm(const struct reader *r, struct past_row *row)
{
	const struct past_field *event = field(r, PAST_EVENT);

	copy(field(r, PAST_RULE), row->rule);
	row->active = is(event, "enter");
	row->kind = row->active || is(event, "leave") ? PAST_ALARM : PAST_OTHER;
	if (row->kind == PAST_ALARM && (row->rule[0] == '\0' || row->device[0] == '\0'))
		wrong(row, ERR_("an alarm of no rule or no device"));
}

static void
take_note(const struct reader *r, struct past_row *row)
{
	const struct past_field *text = field(r, PAST_WORDS);

	row->kind = PAST_OTHER;
	if (!is(field(r, PAST_WHO), "tidegate"))
		return;
	if (text->n >= 8 && memcmp(text->at, "started ", 8) == 0)
		row->kind = PAST_STARTED;
	else if (is(text, "stopped"))
		row->kind = PAST_STOPPED;
}

void
past_read(const struct past_columns *columns, const struct past_field *fields, size_t n,
    const struct past_flag *flags, struct past_row *row)
{
	const struct reader r = { columns, fields, n };
	const struct past_field *kind = field(&r, PAST_KIND);

	row->kind = PAST_OTHER;
	row->quality.flags = 0;
	row->age = 0;
	if (n == 1 && fields[0].n == 0)		/* an empty line */
		return;
	copy(field(&r, PAST_DEVICE), row->device);
	if (kind->n == 0 || is(kind, "reading"))
		take_reading(&r, flags, row);
	else if (is(kind, "alarm"))
		take_alarm(&r, row);
	else if (is(kind, "note"))
		take_note(&r, row);
	if (row->kind != PAST_OTHER && row->kind != PAST_WRONG &&
	    !whole(field(&r, PAST_UTC_MS), ERA, &row->time))
		wrong(row, ERR_("utc_ms is no moment"));
}
