#include <math.h>
#include <stdio.h>
#include <string.h>

#include "../../protocols/number.h"
#include "../../rules/class.h"
#include "influx_line.h"

#define EXACT	(1LL << 53)	/* a float holds every integer up to here */

static const char *const events[] = {
	[ALARM_EV_ENTER] = "enter", [ALARM_EV_LEAVE] = "leave", [ALARM_EV_ACK] = "ack",
	[ALARM_EV_RESET] = "reset", [ALARM_EV_MASK] = "mask", [ALARM_EV_UNMASK] = "unmask",
};

static const char *const streams[] = {
	[STREAM_ALARM] = "alarm", [STREAM_LIVE] = "live", [STREAM_BACKFILL] = "backfill",
};

static void
begin(struct line_writer *w, struct buf *to, const char *suffix, const struct uplink_env *env)
{
	char name[200];

	snprintf(name, sizeof(name), "%s%s", env->conf->measurement, suffix);
	line_begin(w, to, name);
	line_tag(w, "gateway", env->gateway);
}

static void
put_series(struct line_writer *w, uint32_t id, const char *device, const struct uplink_env *env)
{
	const struct series *s = id != 0 ? reader_series(env->reader, id) : NULL;
	char number[NUMBER_TEXT];

	line_tag(w, "device", s != NULL ? s->device : device);
	if (s != NULL) {
		line_tag(w, "point", s->point);
		line_tag(w, "unit", s->unit);
	} else if (id != 0) {		/* the dictionary has lost it */
		number_uint(id, number);
		line_tag(w, "series", number);
	}
}

static void
put_int(struct line_writer *w, int64_t i)
{
	line_real(w, "value", (double)i);
	if (i > EXACT || i < -EXACT)
		line_int(w, "integer", i);
}

static void
put_uint(struct line_writer *w, uint64_t u)
{
	char number[NUMBER_TEXT];

	if (u <= INT64_MAX) {
		put_int(w, (int64_t)u);
		return;
	}
	line_real(w, "value", (double)u);
	number_uint(u, number);
	line_string(w, "text", number);
}

static void
put_value(struct line_writer *w, const struct value *v)
{
	char text[VALUE_TEXT_MAX];

	switch (v->kind) {
	case VALUE_NONE:
		break;
	case VALUE_BOOL:
		line_real(w, "value", v->b);
		break;
	case VALUE_I64:
		put_int(w, v->i);
		break;
	case VALUE_U64:
		put_uint(w, v->u);
		break;
	case VALUE_F32:
		line_real32(w, "value", v->f);
		break;
	case VALUE_F64:
		line_real(w, "value", v->d);
		break;
	case VALUE_TEXT:
		snprintf(text, sizeof(text), "%.*s", VALUE_TEXT_MAX - 1, v->text);
		line_string(w, "text", text);
		break;
	}
}

static void
put_judged(struct line_writer *w, const struct value *v, struct quality q)
{
	if (quality_severity(q) != SEVERITY_BAD)
		put_value(w, v);
	line_int(w, "quality", q.code);
	if (q.flags != 0)
		line_int(w, "flags", q.flags);
}

static void
put_finite(struct line_writer *w, const char *key, double d)
{
	if (isfinite(d))
		line_real(w, key, d);
}

static enum line_result
statistic_line(struct buf *to, const struct statistic *s, const struct uplink_env *env)
{
	struct line_writer w;

	begin(&w, to, "_statistic", env);
	put_series(&w, s->series, "", env);
	put_finite(&w, "mean", s->mean);
	put_finite(&w, "min", s->min);
	put_finite(&w, "max", s->max);
	put_finite(&w, "amount", s->amount);
	line_int(&w, "samples", s->samples);
	line_real(&w, "valid", s->valid / 1000.0);
	return line_end(&w, s->from);
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

static enum line_result
alarm_line(struct buf *to, const struct alarm_entry *a, const struct uplink_env *env)
{
	struct line_writer w;
	size_t known = sizeof(events) / sizeof(events[0]);

	begin(&w, to, "_alarm", env);
	put_series(&w, a->series, a->device, env);
	line_tag(&w, "rule", a->rule);
	line_tag(&w, "priority", named(priority_names, a->priority));
	line_tag(&w, "class", named(class_names, a->class));
	/* a tag: two steps may share a millisecond */
	line_tag(&w, "event", a->event < known ? events[a->event] : "unknown");
	line_string(&w, "state", alarm_state_name(alarm_state(&a->alarm)));
	line_bool(&w, "active", a->alarm.active);
	line_bool(&w, "unacked", a->alarm.unacked);
	line_bool(&w, "latched", a->alarm.held);
	line_int(&w, "count", a->alarm.count);
	put_judged(&w, &a->value, a->quality);
	put_text(&w, "message", a->text_en);
	put_text(&w, "message_zh", a->text_zh);
	put_text(&w, "who", a->who);
	return line_end(&w, a->time);
}

bool
influx_line_has(const struct entry *e)
{
	return e->kind == ENTRY_READING || e->kind == ENTRY_ALARM || e->kind == ENTRY_STATISTIC;
}

enum line_result
influx_line(struct buf *to, const struct entry *e, const struct uplink_env *env)
{
	struct line_writer w;

	if (e->kind == ENTRY_ALARM)
		return alarm_line(to, &e->alarm, env);
	if (e->kind == ENTRY_STATISTIC)
		return statistic_line(to, &e->statistic, env);
	begin(&w, to, "", env);
	put_series(&w, e->reading.series, "", env);
	put_judged(&w, &e->reading.value, e->reading.quality);
	if (e->reading.age != 0)
		line_int(&w, "age", e->reading.age);
	return line_end(&w, e->reading.time);
}

enum line_result
influx_gap_line(struct buf *to, const struct gap *gap, enum stream stream,
    const struct uplink_env *env, int64_t now)
{
	struct line_writer w;

	begin(&w, to, "_gap", env);
	line_tag(&w, "stream", streams[stream]);
	line_uint(&w, "from", gap->from);
	line_uint(&w, "to", gap->to);
	if (gap->since != 0)
		line_int(&w, "since", gap->since);
	if (gap->until != 0)
		line_int(&w, "until", gap->until);
	line_string(&w, "why", gap->damaged ? "damaged" : "recycled");
	return line_end(&w, now);
}
