#include <string.h>

#include "../../devices/basis.h"
#include "../../protocols/json.h"
#include "../../rules/amount.h"
#include "../../rules/class.h"
#include "alarm_facts.h"
#include "entry_json.h"
#include "entry_words.h"

static const char *const streams[] = {
	[STREAM_ALARM] = "alarm", [STREAM_LIVE] = "live", [STREAM_BACKFILL] = "backfill",
};

static void
put_string(struct json *j, const char *key, const char *s)
{
	json_key(j, key);
	json_put_string(j, s != NULL ? s : "");
}

/* Left out when there is nothing to say. */
static void
put_some(struct json *j, const char *key, const char *s)
{
	if (s != NULL && s[0] != '\0')
		put_string(j, key, s);
}

static void
put_int(struct json *j, const char *key, int64_t i)
{
	json_key(j, key);
	json_put_int(j, i);
}

static void
put_uint(struct json *j, const char *key, uint64_t u)
{
	json_key(j, key);
	json_put_uint(j, u);
}

static void
put_real(struct json *j, const char *key, double d)
{
	json_key(j, key);
	json_put_real(j, d);
}

static void
put_bool(struct json *j, const char *key, bool b)
{
	json_key(j, key);
	json_put_bool(j, b);
}

/* A code that this version does not know stays visible as a number. */
static void
put_code(struct json *j, const char *key, const char *const *names, size_t n, unsigned code)
{
	json_key(j, key);
	if (code < n)
		json_put_string(j, names[code]);
	else
		json_put_uint(j, code);
}

/* The same for a table that ends with NULL. */
static void
put_named(struct json *j, const char *key, const char *const *names, unsigned code)
{
	size_t n = 0;

	while (names[n] != NULL)
		n++;
	put_code(j, key, names, n, code);
}

static void
put_bits(struct json *j, const char *key, const struct bit_name *names, unsigned bits)
{
	if (bits == 0)
		return;
	json_key(j, key);
	json_put_array(j);
	for (size_t i = 0; names[i].bit != 0; i++)
		if (bits & names[i].bit)
			json_put_string(j, names[i].name);
	json_close(j);
}

static void
put_value(struct json *j, const char *key, const struct value *v)
{
	if (v->kind == VALUE_NONE)
		return;
	json_key(j, key);
	switch (v->kind) {
	case VALUE_NONE:
		break;
	case VALUE_BOOL:
		json_put_bool(j, v->b);
		break;
	case VALUE_I64:
		json_put_int(j, v->i);
		break;
	case VALUE_U64:
		json_put_uint(j, v->u);
		break;
	case VALUE_F32:
		json_put_real32(j, v->f);
		break;
	case VALUE_F64:
		json_put_real(j, v->d);
		break;
	case VALUE_TEXT:
		json_put_text(j, v->text, strnlen(v->text, VALUE_TEXT_MAX));
		break;
	}
}

static void
put_quality(struct json *j, struct quality q)
{
	put_string(j, "quality", quality_name(q));
	put_bits(j, "flags", words_flags, q.flags);
}

/* Whose: device, point, unit; the number alone when the dictionary has lost
 * it.  An alarm names its device itself. */
static void
put_series(struct json *j, uint32_t id, const char *device, const struct uplink_env *env)
{
	const struct series *s = id != 0 ? reader_series(env->reader, id) : NULL;

	put_some(j, "device", s != NULL ? s->device : device);
	if (s != NULL) {
		put_string(j, "point", s->point);
		put_some(j, "unit", s->unit);
		put_some(j, "basis", basis_name(s->basis));
	} else if (id != 0) {
		put_uint(j, "series", id);
	}
}

static void
put_reading(struct json *j, const struct reading *r, const struct uplink_env *env)
{
	put_series(j, r->series, NULL, env);
	put_int(j, "time", r->time);
	put_value(j, "value", &r->value);
	put_quality(j, r->quality);
	if (r->age != 0)
		put_uint(j, "age", r->age);
}

static void
put_statistic(struct json *j, const struct statistic *s, const struct uplink_env *env)
{
	const struct series *series = s->series != 0 ? reader_series(env->reader, s->series) : NULL;

	put_series(j, s->series, NULL, env);
	put_named(j, "interval", statistic_span_names, s->span);
	put_int(j, "from", s->from);
	put_int(j, "to", s->to);
	put_real(j, "mean", s->mean);
	put_real(j, "min", s->min);
	put_real(j, "max", s->max);
	put_real(j, "amount", s->amount);
	put_some(j, "amount_unit", amount_unit(s->amount_kind,
	    series != NULL ? series->unit : ""));
	put_uint(j, "samples", s->samples);
	put_real(j, "valid", s->valid / 1000.0);
	json_key(j, "mark");
	json_put_text(j, &s->mark, s->mark != '\0');
}

static void
put_alarm(struct json *j, const struct alarm_entry *a, const struct uplink_env *env)
{
	put_string(j, "rule", a->rule);
	put_series(j, a->series, a->device, env);
	put_int(j, "time", a->time);
	put_named(j, "event", words_events, a->event);
	put_string(j, "state", alarm_state_name(alarm_state(&a->alarm)));
	put_named(j, "priority", priority_names, a->priority);
	put_named(j, "class", class_names, a->class);
	for (size_t i = 0; i < ALARM_FACTS; i++)
		if (alarm_facts[i].always || fact_is(&alarm_facts[i], a))
			fact_json(&alarm_facts[i], a, j);
	put_value(j, "value", &a->value);
	put_quality(j, a->quality);
	json_key(j, "text");
	json_put_object(j);
	put_some(j, "en", a->text_en);
	put_some(j, "zh", a->text_zh);
	json_close(j);
}

static void
put_command(struct json *j, const struct command_entry *c, uint64_t seq,
    const struct uplink_env *env)
{
	put_uint(j, "id", c->id != 0 ? c->id : seq);
	put_series(j, c->series, NULL, env);
	put_named(j, "phase", words_phases, c->phase);
	put_value(j, "value", &c->value);
	put_some(j, "source", c->source);
	put_some(j, "why", c->why);
}

static void
put_record(struct json *j, const struct record *r)
{
	put_string(j, "record", r->kind);
	put_string(j, "key", r->key);
	json_key(j, "fields");
	json_put_object(j);
	for (size_t i = 0; i < r->nfields; i++)
		put_string(j, r->fields[i].name, r->fields[i].value);
	json_close(j);
}

static void
put_kind(struct json *j, const struct entry *e, const struct uplink_env *env)
{
	switch (e->kind) {
	case ENTRY_READING:
		put_string(j, "kind", "reading");
		put_reading(j, &e->reading, env);
		break;
	case ENTRY_STATISTIC:
		put_string(j, "kind", "statistic");
		put_statistic(j, &e->statistic, env);
		break;
	case ENTRY_ALARM:
		put_string(j, "kind", "alarm");
		put_alarm(j, &e->alarm, env);
		break;
	case ENTRY_COMMAND:
		put_string(j, "kind", "command");
		put_command(j, &e->command, e->seq, env);
		break;
	case ENTRY_RECORD:
		put_string(j, "kind", "record");
		put_record(j, &e->record);
		break;
	case ENTRY_NOTE:
		put_string(j, "kind", "note");
		put_string(j, "who", e->note.who);
		put_string(j, "text", e->note.text);
		break;
	}
}

static void
begin(struct json *j, struct buf *to, const struct uplink_env *env)
{
	char store[16];

	json_begin(j, to);
	json_put_object(j);
	put_string(j, "gateway", env->gateway);
	/* as text: many readers of JSON lose integers above 2^53 */
	for (int i = 0; i < 16; i++)
		store[i] = "0123456789abcdef"[env->store >> (60 - 4 * i) & 15];
	json_key(j, "store");
	json_put_text(j, store, sizeof(store));
}

/* With its newline or not at all. */
static bool
end(struct json *j)
{
	struct buf *to = j->to;

	json_close(j);
	if (!json_end(j))
		return false;
	buf_put8(to, '\n');
	if (!to->bad)
		return true;
	to->bad = false;
	to->len = j->start;
	return false;
}

bool
entry_json(struct buf *to, const struct entry *e, enum stream stream, const struct uplink_env *env)
{
	struct json j;

	begin(&j, to, env);
	put_uint(&j, "seq", e->seq);
	put_string(&j, "stream", streams[stream]);
	put_kind(&j, e, env);
	if (e->flags & ENTRY_SNAPSHOT)
		put_bool(&j, "snapshot", true);
	put_int(&j, "stored", e->stored);
	if (!e->clock_trusted)
		put_bool(&j, "clock_trusted", false);
	return end(&j);
}

bool
gap_json(struct buf *to, const struct gap *gap, enum stream stream, const struct uplink_env *env)
{
	struct json j;

	begin(&j, to, env);
	put_string(&j, "stream", streams[stream]);
	json_key(&j, "gap");
	json_put_object(&j);
	put_uint(&j, "from", gap->from);
	put_uint(&j, "to", gap->to);
	if (gap->since != 0)
		put_int(&j, "since", gap->since);
	if (gap->until != 0)
		put_int(&j, "until", gap->until);
	put_string(&j, "why", gap->damaged ? "damaged" : "recycled");
	json_close(&j);
	return end(&j);
}
