#include <errno.h>
#include <math.h>
#include <string.h>

#include "../../devices/basis.h"
#include "../../protocols/number.h"
#include "../../rules/amount.h"
#include "../../rules/class.h"
#include "../export_time.h"
#include "../text.h"
#include "../uplink/alarm_facts.h"
#include "../uplink/entry_words.h"
#include "export.h"

#define R	EXPORT_KIND(ENTRY_READING)
#define S	EXPORT_KIND(ENTRY_STATISTIC)
#define A	EXPORT_KIND(ENTRY_ALARM)
#define C	EXPORT_KIND(ENTRY_COMMAND)
#define B	EXPORT_KIND(ENTRY_RECORD)
#define N	EXPORT_KIND(ENTRY_NOTE)
#define G	EXPORT_GAP
#define ANY	EXPORT_ALL

#define RECORD_BYTES	8192	/* more than a block of the store holds */

/* RFC 4180: a comma between fields, CRLF behind a row, quotes where needed. */
struct csv {
	const struct export_to	*to;
	/* the row in hand */
	const struct entry	*e;	/* NULL: a gap */
	const struct gap	*gap;
	const struct series	*series;	/* NULL: none, or not known */
	unsigned		 kind;		/* its bit */
};

static void
put_text(const struct csv *c, const char *s)
{
	FILE *f = c->to->file;

	if (s == NULL)
		return;
	if (s[strcspn(s, ",\"\r\n;\t")] == '\0' && s[0] != ' ' &&
	    (s[0] == '\0' || s[strlen(s) - 1] != ' ')) {
		fputs(s, f);
		return;
	}
	putc('"', f);
	for (; *s != '\0'; s++) {
		if (*s == '"')
			putc('"', f);
		putc(*s, f);
	}
	putc('"', f);
}

static void
put_int(const struct csv *c, int64_t i)
{
	char text[NUMBER_TEXT];

	number_int(i, text);
	fputs(text, c->to->file);
}

static void
put_uint(const struct csv *c, uint64_t u)
{
	char text[NUMBER_TEXT];

	number_uint(u, text);
	fputs(text, c->to->file);
}

static void
put_real(const struct csv *c, double d)
{
	char text[NUMBER_TEXT];

	if (!isfinite(d))
		return;
	number_real(d, text);
	fputs(text, c->to->file);
}

static void
put_bits(const struct csv *c, const struct bit_name *names, unsigned bits)
{
	const char *between = "";

	for (; names->bit != 0; names++) {
		if (!(bits & names->bit))
			continue;
		fprintf(c->to->file, "%s%s", between, names->name);
		between = " ";
	}
}

/* A code that this version does not know stays visible as a number. */
static void
put_code(const struct csv *c, const char *const *names, unsigned code)
{
	unsigned n = 0;

	while (n < code && names[n] != NULL)
		n++;
	if (names[n] != NULL)
		put_text(c, names[n]);
	else
		put_uint(c, code);
}

static int64_t
time_of(const struct csv *c)
{
	return c->e != NULL ? entry_time(c->e) : c->gap->since;
}

static const struct value *
value_of(const struct csv *c)
{
	if (c->kind == R)
		return &c->e->reading.value;
	return c->kind == A ? &c->e->alarm.value : &c->e->command.value;
}

static struct quality
quality_of(const struct csv *c)
{
	return c->kind == R ? c->e->reading.quality : c->e->alarm.quality;
}

static void
seq_cell(const struct csv *c)
{
	put_uint(c, c->e != NULL ? c->e->seq : c->gap->from);
}

static void
kind_cell(const struct csv *c)
{
	fputs(export_kinds[__builtin_ctz(c->kind)], c->to->file);
}

/* In a form that a spreadsheet takes for a moment. */
static void
time_cell(const struct csv *c)
{
	char text[32];

	if (time_of(c) == 0)
		return;
	local_write(time_of(c), text);
	put_text(c, text);
}

static void
utc_cell(const struct csv *c)
{
	if (time_of(c) != 0)
		put_int(c, time_of(c));
}

static void
device_cell(const struct csv *c)
{
	if (c->series != NULL)
		put_text(c, c->series->device);
	else if (c->kind == A)
		put_text(c, c->e->alarm.device);
}

static void
point_cell(const struct csv *c)
{
	put_text(c, c->series != NULL ? c->series->point : NULL);
}

static void
unit_cell(const struct csv *c)
{
	put_text(c, c->series != NULL ? c->series->unit : NULL);
}

static void
basis_cell(const struct csv *c)
{
	put_text(c, c->series != NULL ? basis_name(c->series->basis) : NULL);
}

static void
value_cell(const struct csv *c)
{
	char text[VALUE_TEXT_MAX + NUMBER_TEXT];

	put_text(c, value_text(value_of(c), -1, text, sizeof(text)));
}

static void
quality_cell(const struct csv *c)
{
	put_text(c, quality_name(quality_of(c)));
}

static void
flags_cell(const struct csv *c)
{
	put_bits(c, words_flags, quality_of(c).flags);
}

static void
age_cell(const struct csv *c)
{
	if (c->e->reading.age != 0)
		put_uint(c, c->e->reading.age);
}

static void
rule_cell(const struct csv *c)
{
	put_text(c, c->e->alarm.rule);
}

static void
event_cell(const struct csv *c)
{
	put_code(c, words_events, c->e->alarm.event);
}

static void
state_cell(const struct csv *c)
{
	put_text(c, alarm_state_name(alarm_state(&c->e->alarm.alarm)));
}

static void
priority_cell(const struct csv *c)
{
	put_code(c, priority_names, c->e->alarm.priority);
}

static void
class_cell(const struct csv *c)
{
	put_code(c, class_names, c->e->alarm.class);
}

static void
to_cell(const struct csv *c)
{
	put_int(c, c->kind == S ? c->e->statistic.to : c->gap->until);
}

static void
mean_cell(const struct csv *c)
{
	put_real(c, c->e->statistic.mean);
}

static void
min_cell(const struct csv *c)
{
	put_real(c, c->e->statistic.min);
}

static void
max_cell(const struct csv *c)
{
	put_real(c, c->e->statistic.max);
}

static void
amount_cell(const struct csv *c)
{
	put_real(c, c->e->statistic.amount);
}

static void
amount_unit_cell(const struct csv *c)
{
	put_text(c, amount_unit(c->e->statistic.amount_kind,
	    c->series != NULL ? c->series->unit : ""));
}

static void
interval_cell(const struct csv *c)
{
	put_code(c, statistic_span_names, c->e->statistic.span);
}

static void
samples_cell(const struct csv *c)
{
	put_uint(c, c->e->statistic.samples);
}

static void
valid_cell(const struct csv *c)
{
	put_real(c, c->e->statistic.valid / 1000.0);
}

static void
mark_cell(const struct csv *c)
{
	const char mark[] = { c->e->statistic.mark, '\0' };

	put_text(c, mark);
}

static void
phase_cell(const struct csv *c)
{
	put_code(c, words_phases, c->e->command.phase);
}

/* What an entry is known by: of a command the number that its phases share. */
static void
key_cell(const struct csv *c)
{
	if (c->kind == C)
		put_uint(c, c->e->command.id != 0 ? c->e->command.id : c->e->seq);
	else
		put_text(c, c->e->record.key);
}

static void
record_cell(const struct csv *c)
{
	put_text(c, c->e->record.kind);
}

static void
who_cell(const struct csv *c)
{
	put_text(c, c->kind == A ? c->e->alarm.who : c->kind == C ? c->e->command.source :
	    c->e->note.who);
}

static void
record_text(const struct csv *c)
{
	const struct record *r = &c->e->record;
	char text[RECORD_BYTES];
	size_t n = 0;

	text[0] = '\0';
	for (size_t i = 0; i < r->nfields && n < sizeof(text); i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s=%s", i > 0 ? "; " : "",
		    r->fields[i].name, r->fields[i].value);
	put_text(c, text);
}

static void
text_cell(const struct csv *c)
{
	if (c->kind == G)
		put_text(c, c->gap->damaged ? "damaged" : "recycled");
	else if (c->kind == B)
		record_text(c);
	else
		put_text(c, c->kind == A ? c->e->alarm.text_en : c->kind == C ?
		    c->e->command.why : c->e->note.text);
}

static void
text_zh_cell(const struct csv *c)
{
	put_text(c, c->e->alarm.text_zh);
}

static void
last_cell(const struct csv *c)
{
	put_uint(c, c->gap->to);
}

/* A column is there when one of the kinds asked for has it. */
static const struct column {
	const char	*name;
	unsigned	 kinds;
	void		(*put)(const struct csv *);
} columns[] = {
	{ "seq",	ANY,			seq_cell },
	{ "kind",	ANY,			kind_cell },
	{ "time",	ANY,			time_cell },
	{ "utc_ms",	ANY,			utc_cell },
	{ "device",	R | S | A | C,		device_cell },
	{ "point",	R | S | A | C,		point_cell },
	{ "unit",	R | S | A | C,		unit_cell },
	{ "basis",	R | S | A | C,		basis_cell },
	{ "value",	R | A | C,		value_cell },
	{ "quality",	R | A,			quality_cell },
	{ "flags",	R | A,			flags_cell },
	{ "age",	R,			age_cell },
	{ "rule",	A,			rule_cell },
	{ "event",	A,			event_cell },
	{ "state",	A,			state_cell },
	{ "priority",	A,			priority_cell },
	{ "class",	A,			class_cell },
	{ "interval",	S,			interval_cell },
	{ "mean",	S,			mean_cell },
	{ "min",	S,			min_cell },
	{ "max",	S,			max_cell },
	{ "amount",	S,			amount_cell },
	{ "amount_unit", S,			amount_unit_cell },
	{ "samples",	S,			samples_cell },
	{ "valid",	S,			valid_cell },
	{ "mark",	S,			mark_cell },
	{ "to_utc_ms",	S | G,			to_cell },
	{ "to_seq",	G,			last_cell },
	{ "record",	B,			record_cell },
	{ "key",	B | C,			key_cell },
	{ "phase",	C,			phase_cell },
	{ "who",	A | C | N,		who_cell },
	{ "text",	A | C | B | N | G,	text_cell },
	{ "text_zh",	A,			text_zh_cell },
};

#define COLUMNS	(sizeof(columns) / sizeof(columns[0]))

/* Behind these stand the facts of alarms that have no column of that name. */
static bool
has_column(const char *name)
{
	for (size_t i = 0; i < COLUMNS; i++)
		if (strcmp(columns[i].name, name) == 0)
			return true;
	return false;
}

static void
fact_cell(const struct csv *c, const struct alarm_fact *f)
{
	const struct alarm_entry *a = &c->e->alarm;
	char words[FACT_WORDS];

	if (f->kind == FACT_MASKS || f->kind == FACT_TEXT)
		put_text(c, fact_text(f, a, words));
	else if (f->kind != FACT_TIME || fact_is(f, a))
		put_int(c, fact_number(f, a));
}

/* NULL: their names. */
static void
facts(const struct export_to *to, const struct csv *c)
{
	for (size_t i = 0; i < ALARM_FACTS && (to->kinds & A); i++) {
		const struct alarm_fact *f = &alarm_facts[i];

		if (has_column(f->name))
			continue;
		putc(',', to->file);
		if (c == NULL)
			fputs(f->name, to->file);
		else if (c->kind == A)
			fact_cell(c, f);
	}
}

static int
row_end(const struct csv *c, char *why, size_t n)
{
	fputs("\r\n", c->to->file);
	if (!ferror(c->to->file))
		return 0;
	snprintf(why, n, "%s", text_error(errno));
	return -1;
}

static int
row(struct csv *c, char *why, size_t n)
{
	const char *between = "";

	for (size_t i = 0; i < COLUMNS; i++) {
		if (!(columns[i].kinds & c->to->kinds))
			continue;
		fputs(between, c->to->file);
		if (columns[i].kinds & c->kind)
			columns[i].put(c);
		between = ",";
	}
	facts(c->to, c);
	return row_end(c, why, n);
}

static int
csv_open(void *self, const struct export_to *to, char *why, size_t n)
{
	struct csv *c = self;
	const char *between = to->bom ? "\xef\xbb\xbf" : "";

	c->to = to;
	for (size_t i = 0; i < COLUMNS; i++) {
		if (!(columns[i].kinds & to->kinds))
			continue;
		fprintf(to->file, "%s%s", between, columns[i].name);
		between = ",";
	}
	facts(to, NULL);
	return row_end(c, why, n);
}

static int
csv_entry(void *self, const struct entry *e, char *why, size_t n)
{
	struct csv *c = self;
	uint32_t id = entry_series(e);

	c->e = e;
	c->kind = EXPORT_KIND(e->kind);
	c->series = id != 0 ? reader_series(c->to->env->reader, id) : NULL;
	return row(c, why, n);
}

static int
csv_gap(void *self, const struct gap *gap, char *why, size_t n)
{
	struct csv *c = self;

	c->e = NULL;
	c->gap = gap;
	c->kind = G;
	c->series = NULL;
	return row(c, why, n);
}

static int
csv_close(void *self, bool whole, char *why, size_t n)
{
	(void)self;
	(void)whole;
	(void)why;
	(void)n;
	return 0;
}

const struct export_format export_csv = {
	.name = "csv",
	.kinds = EXPORT_ALL,
	.usual = R,
	.size = sizeof(struct csv),
	.open = csv_open,
	.entry = csv_entry,
	.gap = csv_gap,
	.close = csv_close,
};
