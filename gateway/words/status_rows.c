#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "../../protocols/json.h"
#include "../export_time.h"
#include "../reason.h"
#include "../room.h"
#include "../text.h"
#include "status_rows.h"

#define GAP	2	/* columns between two fields */

static int
section_find(const char *name)
{
	for (int i = 0; i < SECTIONS; i++)
		if (strcmp(status_sections[i].name, name) == 0)
			return i;
	return -1;
}

static size_t
count_lines(const char *text)
{
	size_t n = 0;

	for (; (text = strchr(text, '\n')) != NULL; text++)
		n++;
	return n;
}

static void
cut_line(char *line, struct status_rows *rows)
{
	struct status_row *row = &rows->at[rows->n];
	char *rest = line, *name = strsep(&rest, "\t");
	int section = section_find(name);
	const struct column *c;

	if (section < 0)
		return;
	row->section = (enum section_name)section;
	c = status_sections[section].columns;
	for (size_t i = 0; c[i].key != NULL; i++) {
		const char *field = strsep(&rest, "\t");

		row->fields[i] = field != NULL ? field : "";
	}
	rows->n++;
}

void
status_cut(char *text, struct status_rows *rows)
{
	char *line;

	rows->n = 0;
	rows->at = room_for(count_lines(text) + 1, sizeof(*rows->at));
	while ((line = strsep(&text, "\n")) != NULL)
		if (line[0] != '\0')
			cut_line(line, rows);
}

/* A unit, from how many of the one before it is said in it, and how many of those it is. */
struct scale {
	const char	*unit;
	double		 from, step;
};

static const struct scale times[] = { { "us", 0, 1 }, { "ms", 1000, 1000 }, { "s", 1000, 1000 },
    { "min", 120, 60 }, { "h", 120, 60 }, { "d", 48, 24 }, { NULL, 0, 0 } };
static const struct scale sizes[] = { { "B", 0, 1 }, { "kB", 1000, 1000 },
    { "MB", 1000, 1000 }, { "GB", 1000, 1000 }, { NULL, 0, 0 } };

static const char *
scaled(double v, const struct scale *in, char *buf, size_t n)
{
	for (; in[1].unit != NULL && fabs(v) >= in[1].from; in++)
		v /= in[1].step;
	snprintf(buf, n, fabs(v) < 10 && v != (double)(int64_t)v ? "%.1f %s" : "%.0f %s", v,
	    in->unit);
	return buf;
}

/* "..., 2026-11-26T03:32:48Z" with the time of day of the zone. */
static const char *
moment_shown(const char *field, char buf[REASON_MAX])
{
	const char *at = strrchr(field, ' ');
	char local[32];
	int64_t ms;

	at = at != NULL ? at + 1 : field;
	if (!local_parse(at, 0, &ms))
		return field;
	local_write(ms, local);
	snprintf(buf, REASON_MAX, "%.*s%.19s", (int)(at - field), field, local);
	return buf;
}

/* A field as people read it. */
static const char *
shown(const struct column *c, const char *field, char buf[REASON_MAX])
{
	if (field[0] == '\0')
		return "-";
	if (c->kind == COLUMN_WORD)
		return _(field);
	if (c->kind == COLUMN_REASON)
		return reason_text(field, buf);
	if (c->kind == COLUMN_MOMENT)
		return moment_shown(field, buf);
	if (c->kind == COLUMN_WORDS)
		return text_words(field, buf, REASON_MAX);
	if (c->kind == COLUMN_LEFT && strcmp(field, "0") == 0)
		return "-";
	if (c->kind == COLUMN_US || c->kind == COLUMN_LEFT)
		return scaled(strtod(field, NULL) + 0.0, times, buf, REASON_MAX);
	if (c->kind == COLUMN_BYTES)
		return scaled(strtod(field, NULL), sizes, buf, REASON_MAX);
	return field;
}

static bool
is_text(const struct column *c)
{
	return c->kind <= COLUMN_WORD;
}

static void
cell(FILE *f, const struct column *c, const char *text, int columns)
{
	int pad = columns - text_width(text);

	pad = pad > 0 ? pad : 0;
	if (is_text(c))
		fprintf(f, "%s%*s", text, pad + GAP, "");
	else
		fprintf(f, "%*s%s%*s", pad, "", text, GAP, "");
}

static int
wider(int w, const char *text)
{
	int mine = text_width(text);

	return mine > w ? mine : w;
}

/* Columns that the terminal has, or that who starts us says it has; 0: any. */
static int
screen_width(FILE *f)
{
	const char *said = getenv("COLUMNS");
	struct winsize size;
	int n = said != NULL ? atoi(said) : 0;

	if (n > 0)
		return n;
	if (fileno(f) < 0 || ioctl(fileno(f), TIOCGWINSZ, &size) < 0)
		return 0;
	return size.ws_col;
}

static void
measure(const struct status_rows *rows, size_t section, int w[STATUS_COLUMNS])
{
	const struct column *c = status_sections[section].columns;
	char buf[REASON_MAX];

	for (size_t k = 0; c[k].key != NULL; k++) {
		w[k] = c[k].title != NULL ? text_width(_(c[k].title)) : 0;
		for (size_t i = 0; c[k].title != NULL && i < rows->n; i++)
			if (rows->at[i].section == section)
				w[k] = wider(w[k], shown(&c[k], rows->at[i].fields[k],
				    buf));
	}
}

/* Leaves out what can best be spared until a line fits: its width is then 0.  The
 * last column, why, may be cut by the terminal. */
static void
fit(const struct column *c, int w[STATUS_COLUMNS], int columns)
{
	for (;;) {
		int all = 0, most = 0;

		for (size_t k = 0; c[k].key != NULL; k++) {
			all += w[k] > 0 && c[k].kind != COLUMN_REASON ? w[k] + GAP : 0;
			if (w[k] > 0 && c[k].spare > most)
				most = c[k].spare;
		}
		if (columns == 0 || all <= columns || most == 0)
			return;
		for (size_t k = 0; c[k].key != NULL; k++)
			if (c[k].spare == most)
				w[k] = 0;
	}
}

static void
table(const struct status_rows *rows, size_t section, FILE *f)
{
	const struct column *c = status_sections[section].columns;
	int w[STATUS_COLUMNS] = { 0 };
	char buf[REASON_MAX];

	measure(rows, section, w);
	fit(c, w, screen_width(f));
	for (size_t k = 0; c[k].key != NULL; k++)
		if (w[k] > 0)
			cell(f, &c[k], _(c[k].title), w[k]);
	fputc('\n', f);
	for (size_t i = 0; i < rows->n; i++) {
		if (rows->at[i].section != section)
			continue;
		for (size_t k = 0; c[k].key != NULL; k++)
			if (w[k] > 0)
				cell(f, &c[k], shown(&c[k], rows->at[i].fields[k], buf),
				    w[k]);
		fputc('\n', f);
	}
}

static size_t
count_of(const struct status_rows *rows, size_t section)
{
	size_t n = 0;

	for (size_t i = 0; i < rows->n; i++)
		n += rows->at[i].section == section;
	return n;
}

void
status_tables(const struct status_rows *rows, FILE *f)
{
	for (size_t s = 0; s < SECTIONS; s++) {
		if (count_of(rows, s) == 0) {
			if (s == SECTION_ALARMS)
				fprintf(f, "%s\n\n", _("no alarm stands"));
			continue;
		}
		if (!status_sections[s].single)
			fprintf(f, "%s\n", _(status_sections[s].title));
		table(rows, s, f);
		fputc('\n', f);
	}
}

static void
put_row(struct json *j, const struct status_row *row)
{
	const struct column *c = status_sections[row->section].columns;

	json_put_object(j);
	for (size_t k = 0; c[k].key != NULL; k++) {
		json_key(j, c[k].key);
		if (is_text(&c[k]))
			json_put_string(j, row->fields[k]);
		else if (c[k].kind == COLUMN_RATE)
			json_put_real(j, strtod(row->fields[k], NULL));
		else
			json_put_int(j, strtoll(row->fields[k], NULL, 10));
	}
	json_close(j);
}

static void
put_section(struct json *j, const struct status_rows *rows, size_t section)
{
	const struct section *s = &status_sections[section];

	json_key(j, s->name);
	if (!s->single)
		json_put_array(j);
	for (size_t i = 0; i < rows->n; i++)
		if (rows->at[i].section == section)
			put_row(j, &rows->at[i]);
	if (s->single && count_of(rows, section) == 0)
		json_put_null(j);
	if (!s->single)
		json_close(j);
}

static bool
put_all(const struct status_rows *rows, struct buf *b)
{
	struct json j;

	json_begin(&j, b);
	json_put_object(&j);
	for (size_t s = 0; s < SECTIONS; s++)
		put_section(&j, rows, s);
	json_close(&j);
	return json_end(&j);
}

void
status_json(const struct status_rows *rows, FILE *f)
{
	struct buf b = { .cap = 65536 };

	for (;; b.cap *= 2) {
		b.at = room_for(b.cap, 1);
		if (put_all(rows, &b))
			break;
		free(b.at);
	}
	fwrite(b.at, 1, b.len, f);
	fputc('\n', f);
	free(b.at);
}
