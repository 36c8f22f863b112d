#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../../conf/unit.h"
#include "../../devices/basis.h"
#include "../../rules/amount.h"
#include "../../rules/class.h"
#include "../log.h"
#include "../reason.h"
#include "../record_words.h"
#include "../room.h"
#include "../text.h"
#include "live.h"

#define DENIED	"deny "	/* and why: what came was no order */
#define BOLD	"\033[1m"
#define RED	"\033[1;31m"
#define DIM	"\033[2m"
#define PLAIN	"\033[0m"
#define HOME	"\033[H"
#define TO_EOL	"\033[K\n"
#define TO_END	"\033[J"

void
live_init(struct live *live)
{
	memset(live, 0, sizeof(*live));
}

void
live_free(struct live *live)
{
	texts_free(&live->texts);
	free(live->rows);
}

void
live_series(struct live *live, const struct series *series)
{
	if (series->id > live->nrows) {
		/* by half, or a long dictionary is copied for each of its series */
		size_t n = series->id + live->nrows / 2;
		struct live_row *rows = room_for(n, sizeof(*rows));

		if (live->nrows > 0)
			memcpy(rows, live->rows, live->nrows * sizeof(*rows));
		free(live->rows);
		live->rows = rows;
		live->nrows = n;
	}
	live->rows[series->id - 1].series = (struct series){
		.id = series->id, .decimals = series->decimals, .basis = series->basis,
		.device = texts_keep(&live->texts, series->device, NAME_MAX_BYTES),
		.point = texts_keep(&live->texts, series->point, NAME_MAX_BYTES),
		.unit = texts_keep(&live->texts, series->unit, SERIES_WORD),
		.raw = texts_keep(&live->texts, series->raw, SERIES_WORD)
	};
}

static struct live_row *
row_of(const struct live *live, uint32_t series)
{
	return series > 0 && series <= live->nrows && live->rows[series - 1].series.id == series ?
	    &live->rows[series - 1] : NULL;
}

static struct live_alarm *
find_alarm(struct live *live, const struct alarm_entry *a)
{
	for (size_t i = 0; i < live->nalarms; i++)
		if (strcmp(live->alarms[i].rule, a->rule) == 0 &&
		    strcmp(live->alarms[i].device, a->device) == 0)
			return &live->alarms[i];
	return NULL;
}

static void
drop_alarm(struct live *live, struct live_alarm *row)
{
	*row = live->alarms[--live->nalarms];
}

static void
take_alarm(struct live *live, const struct entry *e)
{
	const struct alarm_entry *a = &e->alarm;
	struct live_alarm *row = find_alarm(live, a);

	/* A new alarm may be restated before the step that raised it is told. */
	if (!(e->flags & ENTRY_SNAPSHOT)) {
		live->raised += a->event == ALARM_EV_ENTER;
		live->cleared += a->event == ALARM_EV_LEAVE;
	}
	if (alarm_state(&a->alarm) == ALARM_NORM) {
		if (row != NULL)
			drop_alarm(live, row);
		return;
	}
	if (row == NULL) {
		if (live->nalarms == LIVE_ALARMS)
			return;
		row = &live->alarms[live->nalarms++];
		memset(row, 0, sizeof(*row));
	}
	snprintf(row->rule, sizeof(row->rule), "%s", a->rule);
	snprintf(row->device, sizeof(row->device), "%s", a->device);
	snprintf(row->text_en, sizeof(row->text_en), "%s", a->text_en);
	snprintf(row->text_zh, sizeof(row->text_zh), "%s", a->text_zh);
	row->alarm = a->alarm;
	row->priority = a->priority;
	row->class = a->class;
	row->time = a->time;
}

void
live_entry(struct live *live, const struct entry *e)
{
	struct live_row *row;

	if (e->kind == ENTRY_ALARM)
		take_alarm(live, e);
	if (e->kind != ENTRY_READING || (row = row_of(live, e->reading.series)) == NULL)
		return;
	row->reading = e->reading;
	row->seen = true;
	live->readings++;
	live->bad += quality_severity(e->reading.quality) == SEVERITY_BAD;
}

static void
clock_text(int64_t ms, char *buf, size_t n)
{
	time_t s = (time_t)(ms / 1000);
	struct tm tm;

	localtime_r(&s, &tm);
	strftime(buf, n, "%H:%M:%S", &tm);
}

static const char *
shown_unit(const char *unit)
{
	const struct unit *u = unit_find(unit);

	return u != NULL ? u->shown : unit;
}

static const char *
text_of(const char *en, const char *zh)
{
	return text_chinese() && zh[0] != '\0' ? zh : en;
}

static void
cell(FILE *f, const char *text, int columns)
{
	int pad = columns - text_width(text);

	fprintf(f, "%s%*s", text, pad > 0 ? pad : 0, "");
}

static void
write_alarm(const struct live_alarm *a, FILE *f, bool colour)
{
	char at[16], safe[512];
	const char *text = text_of(a->text_en, a->text_zh);
	bool active = a->alarm.active;

	clock_text(a->time, at, sizeof(at));
	fprintf(f, "%s%s  %-6s ", colour && active ? RED : "", at,
	    alarm_state_name(alarm_state(&a->alarm)));
	cell(f, _(priority_names[a->priority]), 9);
	cell(f, a->rule, 12);
	fprintf(f, "%s%s", log_safe(text, safe, sizeof(safe)), colour ? PLAIN TO_EOL : "\n");
}

static void
write_row(const struct live_row *r, FILE *f, bool colour, int64_t wall)
{
	enum severity severity = quality_severity(r->reading.quality);
	char value[VALUE_TEXT_MAX], safe[4 * VALUE_TEXT_MAX], age[24];

	value_text(&r->reading.value, r->series.decimals, value, sizeof(value));
	snprintf(age, sizeof(age), "%.1f s", (double)(wall - r->reading.time) / 1000.0 +
	    r->reading.age);
	if (colour && severity == SEVERITY_BAD)
		fputs(DIM, f);
	cell(f, r->series.device, 20);
	cell(f, r->series.point, 16);
	fprintf(f, "%12s ", log_safe(value, safe, sizeof(safe)));
	cell(f, shown_unit(r->series.unit), 8);
	cell(f, _(quality_name(r->reading.quality)), 16);
	fprintf(f, "%9s%s", age, colour ? PLAIN TO_EOL : "\n");
}

static void
write_heading(FILE *f, bool colour)
{
	if (colour)
		fputs(BOLD, f);
	cell(f, _("device"), 20);
	cell(f, _("point"), 16);
	fprintf(f, "%*s%s ", 12 - text_width(_("value")), "", _("value"));
	cell(f, _("unit"), 8);
	cell(f, _("quality"), 16);
	fprintf(f, "%*s%s%s", 9 - text_width(_("age")), "", _("age"), colour ? PLAIN TO_EOL : "\n");
}

/* Lines that are left on the screen below the alarms; the last is kept free,
 * a newline there would scroll. */
static size_t
room_below(const struct live *live, enum live_style style, size_t written)
{
	if (style != LIVE_TABLE || live->lines == 0)
		return SIZE_MAX;
	return live->lines > written + 2 ? live->lines - written - 2 : 0;
}

static size_t
write_alarms(const struct live *live, FILE *f, bool colour)
{
	size_t room = room_below(live, colour ? LIVE_TABLE : LIVE_PLAIN, 4), n = live->nalarms;

	if (n == 0)
		fprintf(f, "%s%s", _("no alarm"), colour ? TO_EOL : "\n");
	for (size_t i = 0; i < n && i < room; i++)
		write_alarm(&live->alarms[i], f, colour);
	fputs(colour ? TO_EOL : "\n", f);
	write_heading(f, colour);
	return (n == 0 ? 1 : n < room ? n : room) + 2;
}

void
live_write(const struct live *live, FILE *f, enum live_style style, int64_t wall)
{
	bool colour = style == LIVE_TABLE;
	size_t hidden = 0, room;

	if (colour)
		fputs(HOME, f);
	room = room_below(live, style, write_alarms(live, f, colour));
	for (size_t i = 0; i < live->nrows; i++) {
		if (!live->rows[i].seen)
			continue;
		if (room > 0)
			write_row(&live->rows[i], f, colour, wall);
		else
			hidden++;
		room -= room > 0;
	}
	if (hidden > 0)
		fprintf(f, _("and %zu more%s"), hidden, colour ? TO_EOL : "\n");
	if (colour)
		fputs(TO_END, f);
	fflush(f);
}

static void
line_reading(const struct live *live, FILE *f, const struct reading *r)
{
	const struct live_row *row = row_of(live, r->series);
	char value[VALUE_TEXT_MAX], safe[4 * VALUE_TEXT_MAX];

	if (row == NULL)
		return;
	value_text(&r->value, row->series.decimals, value, sizeof(value));
	fprintf(f, "%s.%s %s", row->series.device, row->series.point,
	    value[0] != '\0' ? log_safe(value, safe, sizeof(safe)) : "-");
	if (row->series.unit[0] != '\0')
		fprintf(f, " %s", shown_unit(row->series.unit));
	if (row->series.basis != BASIS_NONE)
		fprintf(f, " (%s)", basis_word(row->series.basis, text_chinese() ? "zh" : "en"));
	fprintf(f, " %s", _(quality_name(r->quality)));
}

static void
line_record(FILE *f, const struct record *r)
{
	char safe[512];

	fprintf(f, "%s %s", _("record"), record_kind(r->kind));
	fprintf(f, " %s", log_safe(r->key, safe, sizeof(safe)));
	record_fields(r, f);
}

static void
line_figure(FILE *f, const char *name, double figure)
{
	if (isnan(figure))
		fprintf(f, " %s -", name);
	else
		fprintf(f, " %s %.6g", name, figure);
}

/* When it began and ended, as clocks on the wall had it. */
static void
line_statistic(const struct live *live, FILE *f, const struct statistic *s)
{
	static const char *const spans[] = { N_("minute"), N_("hour"), N_("day") };
	const struct live_row *row = row_of(live, s->series);
	const char *unit = row != NULL ? row->series.unit : "";
	char from[16], to[16];

	if (row != NULL)
		fprintf(f, "%s.%s", row->series.device, row->series.point);
	else
		fprintf(f, _("series %u"), s->series);
	clock_text(s->from, from, sizeof(from));
	clock_text(s->to, to, sizeof(to));
	fprintf(f, " %s %s-%s", s->span < STATISTIC_SPANS ? _(spans[s->span]) : "?", from, to);
	line_figure(f, _("mean"), s->mean);
	line_figure(f, _("min"), s->min);
	line_figure(f, _("max"), s->max);
	if (s->amount_kind != AMOUNT_NONE) {
		line_figure(f, _("amount"), s->amount);
		fprintf(f, " %s", shown_unit(amount_unit(s->amount_kind, unit)));
	}
	fprintf(f, " %s %u.%u%% %c", _("valid"), s->valid / 10U, s->valid % 10U, s->mark);
}

/* The id of an order is the seq of its asking. */
static void
line_command(FILE *f, const struct entry *e)
{
	static const char *const phases[] = {
		[COMMAND_ASKED] = N_("asked"), [COMMAND_REFUSED] = N_("refused"),
		[COMMAND_SENT] = N_("sent"), [COMMAND_DONE] = N_("done"),
		[COMMAND_FAILED] = N_("failed"), [COMMAND_EXPIRED] = N_("expired"),
	};
	const struct command_entry *c = &e->command;
	char safe[512], said[REASON_MAX];
	const char *why = c->why != NULL ? c->why : "";

	fprintf(f, "%s %" PRIu64 " %s %s", _("command"),
	    c->phase == COMMAND_ASKED ? e->seq : c->id,
	    c->phase < sizeof(phases) / sizeof(phases[0]) ? _(phases[c->phase]) : "?",
	    log_safe(c->source, safe, sizeof(safe)));
	if (c->phase == COMMAND_ASKED && strncmp(why, DENIED, strlen(DENIED)) == 0) {
		fprintf(f, ": %s", DENIED);
		why = reason_text(why + strlen(DENIED), said);
	} else if (why[0] != '\0') {
		fputs(": ", f);
		why = c->phase != COMMAND_ASKED ? reason_text(why, said) : why;
	}
	fputs(log_safe(why, safe, sizeof(safe)), f);
}

void
live_line(const struct live *live, FILE *f, const struct entry *e)
{
	char at[16], safe[512];

	clock_text(e->kind == ENTRY_READING ? e->reading.time : e->stored, at, sizeof(at));
	fprintf(f, "%s ", at);
	switch (e->kind) {
	case ENTRY_READING:
		line_reading(live, f, &e->reading);
		break;
	case ENTRY_ALARM:
		if (e->flags & ENTRY_SNAPSHOT)	/* nothing happened */
			fprintf(f, "%s ", _("restated:"));
		fprintf(f, "%s %s %s %s", _("ALARM"),
		    alarm_state_name(alarm_state(&e->alarm.alarm)), e->alarm.rule,
		    log_safe(text_of(e->alarm.text_en, e->alarm.text_zh), safe, sizeof(safe)));
		break;
	case ENTRY_NOTE:
		fprintf(f, "%s: %s", e->note.who, log_safe(e->note.text, safe, sizeof(safe)));
		break;
	case ENTRY_RECORD:
		line_record(f, &e->record);
		break;
	case ENTRY_COMMAND:
		line_command(f, e);
		break;
	case ENTRY_STATISTIC:
		line_statistic(live, f, &e->statistic);
		break;
	}
	fputc('\n', f);
}

size_t
live_good_devices(const struct live *live, size_t *n)
{
	size_t good = 0;

	*n = 0;
	for (size_t i = 0; i < live->nrows; i++) {
		const char *device = live->rows[i].series.device;
		bool first = live->rows[i].series.id != 0, all = true;

		for (size_t k = 0; first && k < live->nrows; k++) {
			const struct live_row *r = &live->rows[k];

			if (r->series.id == 0 || strcmp(r->series.device, device) != 0)
				continue;
			first = first && k >= i;
			all = all && r->seen &&
			    quality_severity(r->reading.quality) == SEVERITY_GOOD;
		}
		*n += first;
		good += first && all;
	}
	return good;
}
