#include <math.h>
#include <stdio.h>
#include <string.h>

#include "../../protocols/number.h"
#include "../../rules/amount.h"
#include "../../rules/class.h"
#include "alarm_facts.h"
#include "entry_words.h"
#include "influx_head.h"
#include "influx_line.h"

#define EXACT	(1LL << 53)	/* a float holds every integer up to here */

static const char *const streams[] = {
	[STREAM_ALARM] = "alarm", [STREAM_LIVE] = "live", [STREAM_BACKFILL] = "backfill",
};

/* Where a reading goes on that is written. */
struct reading_writer {
	struct line_writer	 line;
	const char *const	*fields;
	bool			 plain;		/* good goes without saying */
};

void
influx_writer_begin(struct influx_writer *w)
{
	w->open = false;
}

/* Alarms, statistics and gaps: tags of their own, then those configured. */
static void
begin(const struct influx_writer *w, struct line_writer *line, struct buf *to,
    const char *template, const struct influx_words *words)
{
	static const char *const fixed[] = { "gateway", "device", "point", "unit", "basis",
	    "series", "rule", "priority", "class", "event", "stream", "interval", "amount_unit",
	    NULL };
	char name[INFLUX_NAME_MAX];

	head_name(w, name, template, words);
	line_begin(line, to, name);
	line_tag(line, "gateway", w->env->gateway);
	line_tag(line, "device", words->device);
	line_tag(line, "point", words->point);
	line_tag(line, "unit", words->unit);
	line_tag(line, "basis", words->basis);
	head_tags(w, line, words, fixed);
}

static struct influx_words
series_words(const struct influx_writer *w, uint32_t id, const char *device)
{
	const struct series *s = id != 0 ? reader_series(w->env->reader, id) : NULL;
	struct influx_words words = head_words(w, s);

	if (s == NULL)
		words.device = device;
	return words;
}

/* The dictionary has lost it. */
static void
put_lost_series(struct line_writer *line, uint32_t id, const struct influx_words *words)
{
	char number[NUMBER_TEXT];

	if (id == 0 || words->point[0] != '\0')
		return;
	number_uint(id, number);
	line_tag(line, "series", number);
}

static void
put_int(struct reading_writer *r, int64_t i)
{
	line_real(&r->line, r->fields[F_VALUE], (double)i);
	if (i > EXACT || i < -EXACT)
		line_int(&r->line, r->fields[F_INTEGER], i);
}

static void
put_uint(struct reading_writer *r, uint64_t u)
{
	char number[NUMBER_TEXT];

	if (u <= INT64_MAX) {
		put_int(r, (int64_t)u);
		return;
	}
	line_real(&r->line, r->fields[F_VALUE], (double)u);
	number_uint(u, number);
	line_string(&r->line, r->fields[F_TEXT], number);
}

static void
put_value(struct reading_writer *r, const struct value *v)
{
	char text[VALUE_TEXT_MAX];

	switch (v->kind) {
	case VALUE_NONE:
		break;
	case VALUE_BOOL:
		line_real(&r->line, r->fields[F_VALUE], v->b);
		break;
	case VALUE_I64:
		put_int(r, v->i);
		break;
	case VALUE_U64:
		put_uint(r, v->u);
		break;
	case VALUE_F32:
		line_real32(&r->line, r->fields[F_VALUE], v->f);
		break;
	case VALUE_F64:
		line_real(&r->line, r->fields[F_VALUE], v->d);
		break;
	case VALUE_TEXT:
		snprintf(text, sizeof(text), "%.*s", VALUE_TEXT_MAX - 1, v->text);
		line_string(&r->line, r->fields[F_TEXT], text);
		break;
	}
}

static void
put_judged(struct reading_writer *r, const struct value *v, struct quality q)
{
	bool valued = quality_severity(q) != SEVERITY_BAD && v->kind != VALUE_NONE;

	if (valued)
		put_value(r, v);
	if (!r->plain || !valued || q.code != 0)
		line_int(&r->line, r->fields[F_QUALITY], q.code);
	if (q.flags != 0)
		line_int(&r->line, r->fields[F_FLAGS], q.flags);
}

static void
put_finite(struct line_writer *w, const char *key, double d)
{
	if (isfinite(d))
		line_real(w, key, d);
}

/* "10min" "hour" "day": of those that begin alike none takes another's place. */
static void
put_interval(struct line_writer *line, const struct statistic *s)
{
	char minutes[32];

	snprintf(minutes, sizeof(minutes), "%lldmin", (long long)(s->to - s->from) / 60000);
	line_tag(line, "interval", s->span == STATISTIC_MINUTE ? minutes :
	    s->span == STATISTIC_HOUR ? "hour" : "day");
}

static enum line_result
statistic_line(struct influx_writer *w, struct buf *to, const struct statistic *s)
{
	const struct influx_words words = series_words(w, s->series, "");
	struct line_writer line;

	begin(w, &line, to, w->conf->measurements.statistic, &words);
	put_lost_series(&line, s->series, &words);
	put_interval(&line, s);
	line_tag(&line, "amount_unit", amount_unit(s->amount_kind, words.unit));
	put_finite(&line, "mean", s->mean);
	put_finite(&line, "min", s->min);
	put_finite(&line, "max", s->max);
	put_finite(&line, "amount", s->amount);
	line_int(&line, "samples", s->samples);
	line_real(&line, "valid", s->valid / 1000.0);
	line_string(&line, "mark", (const char[]){ s->mark, '\0' });
	return line_end(&line, s->from);
}

/* What is written for people, on one line; no field when there is nothing.  A
 * newline must not keep an alarm from being told. */
static void
put_text(struct line_writer *w, const char *key, const char *text)
{
	char line[512];

	if (text == NULL || text[0] == '\0')
		return;
	snprintf(line, sizeof(line), "%s", text);
	for (char *c = line; *c != '\0'; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			*c = ' ';
	line_string(w, key, line);
}

static const char *
named(const char *const *names, unsigned code)
{
	for (unsigned i = 0; names[i] != NULL; i++)
		if (i == code)
			return names[i];
	return "unknown";
}

static void
put_fact(struct line_writer *line, const struct alarm_fact *f, const struct alarm_entry *a)
{
	char room[FACT_WORDS];

	switch (f->kind) {
	case FACT_BOOL:
		line_bool(line, f->name, fact_number(f, a));
		break;
	case FACT_COUNT:
		line_int(line, f->name, fact_number(f, a));
		break;
	case FACT_TIME:
		if (fact_is(f, a))
			line_int(line, f->name, fact_number(f, a));
		break;
	case FACT_MASKS:
	case FACT_TEXT:
		put_text(line, f->name, fact_text(f, a, room));
		break;
	}
}

static enum line_result
alarm_line(struct influx_writer *w, struct buf *to, const struct alarm_entry *a)
{
	struct influx_words words = series_words(w, a->series, a->device);
	struct reading_writer r = { .fields = head_fields };
	struct line_writer *line = &r.line;

	words.rule = a->rule;
	begin(w, line, to, w->conf->measurements.alarm, &words);
	put_lost_series(line, a->series, &words);
	line_tag(line, "rule", a->rule);
	line_tag(line, "priority", named(priority_names, a->priority));
	line_tag(line, "class", named(class_names, a->class));
	/* a tag: two steps may share a millisecond */
	line_tag(line, "event", named(words_events, a->event));
	line_string(line, "state", alarm_state_name(alarm_state(&a->alarm)));
	for (size_t i = 0; i < ALARM_FACTS; i++)
		put_fact(line, &alarm_facts[i], a);
	put_judged(&r, &a->value, a->quality);
	put_text(line, "message", a->text_en);
	put_text(line, "message_zh", a->text_zh);
	return line_end(line, a->time);
}

/* The same device at the same moment: its fields go into the line that is
 * there, in the layout that has a line for both. */
static bool
joins(const struct influx_writer *w, const struct buf *to, const struct head *h, int64_t time)
{
	return w->open && w->open_time == time && w->open_head == h->n &&
	    memcmp(to->at + w->open_at, h->text, h->n) == 0;
}

static enum line_result
reading_line(struct influx_writer *w, struct buf *to, const struct reading *e,
    struct influx_part *part)
{
	const struct head *h = head_of(w, e->series);
	struct reading_writer r = { .plain = w->conf->layout == LAYOUT_DEVICE };
	enum line_result result;
	bool joined;

	if (h->refused)
		return LINE_REFUSED;
	r.fields = h->fields;
	joined = joins(w, to, h, e->time);
	if (joined) {
		line_join(&r.line, to, e->time);
		*part = (struct influx_part){ .line = w->open_at, .fields = to->len + 1 };
	} else {
		*part = (struct influx_part){ .line = to->len, .fields = to->len + h->n + 1 };
		line_again(&r.line, to, h->text, h->n);
	}
	put_judged(&r, &e->value, e->quality);
	if (e->age != 0)
		line_int(&r.line, r.fields[F_AGE], e->age);
	if (h->basis != NULL)
		line_string(&r.line, r.fields[F_BASIS], h->basis);
	result = line_end(&r.line, e->time);
	if (result == LINE_WRITTEN && !joined) {
		w->open = w->conf->layout == LAYOUT_DEVICE;
		w->open_at = part->line;
		w->open_head = h->n;
		w->open_time = e->time;
	}
	return result;
}

bool
influx_line_has(const struct influx_writer *w, const struct entry *e)
{
	const struct influx_measurements *m = &w->conf->measurements;

	if (e->kind == ENTRY_READING)
		return m->reading[0] != '\0';
	if (e->kind == ENTRY_ALARM)
		return m->alarm[0] != '\0';
	return e->kind == ENTRY_STATISTIC && m->statistic[0] != '\0';
}

enum line_result
influx_line(struct influx_writer *w, struct buf *to, const struct entry *e,
    struct influx_part *part)
{
	if (e->kind == ENTRY_READING)
		return reading_line(w, to, &e->reading, part);
	w->open = false;
	*part = (struct influx_part){ .line = to->len, .fields = to->len };
	if (e->kind == ENTRY_ALARM)
		return alarm_line(w, to, &e->alarm);
	return statistic_line(w, to, &e->statistic);
}

bool
influx_line_has_gaps(const struct influx_writer *w)
{
	return w->conf->measurements.gap[0] != '\0';
}

enum line_result
influx_gap_line(struct influx_writer *w, struct buf *to, const struct gap *gap,
    enum stream stream, int64_t now, struct influx_part *part)
{
	struct line_writer line;

	w->open = false;
	*part = (struct influx_part){ .line = to->len, .fields = to->len };
	begin(w, &line, to, w->conf->measurements.gap, &w->words);
	line_tag(&line, "stream", streams[stream]);
	line_uint(&line, "from", gap->from);
	line_uint(&line, "to", gap->to);
	if (gap->since != 0)
		line_int(&line, "since", gap->since);
	if (gap->until != 0)
		line_int(&line, "until", gap->until);
	line_string(&line, "why", gap->damaged ? "damaged" : "recycled");
	return line_end(&line, now);
}
