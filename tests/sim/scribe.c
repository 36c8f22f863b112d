#include "scribe.h"

#include <assert.h>
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "../../rules/class.h"

static const struct series series_rows[SCRIBE_SERIES] = {
	{ .device = "kitchen1/fume", .point = "fume", .unit = "mg/m3", .raw = "u16", .decimals = 2 },
	{ .device = "kitchen1/fume", .point = "fan", .unit = "A", .raw = "f32", .decimals = 3 },
	{ .device = "shop/gas", .point = "lel", .unit = "%LEL", .raw = "u16", .decimals = 1 },
	{ .device = "shop/gas", .point = "fault", .unit = "", .raw = "bool", .decimals = -1 },
	{ .device = "river/ph", .point = "ph", .unit = "", .raw = "s16", .decimals = 2 },
	{ .device = "river/do", .point = "do", .unit = "mg/L", .raw = "f32", .decimals = -1 },
	{ .device = "river/level", .point = "level", .unit = "m", .raw = "s32", .decimals = 3 },
	{ .device = "meter", .point = "total", .unit = "kWh", .raw = "u64", .decimals = 0 },
	{ .device = "meter", .point = "serial", .unit = "", .raw = "text", .decimals = -1 },
	{ .device = "scale", .point = "net", .unit = "kg", .raw = "s32", .decimals = 1 },
	{ .device = "scale", .point = "raw", .unit = "", .raw = "s64", .decimals = 0 },
	{ .device = "scale", .point = "x", .unit = "", .raw = "f64", .decimals = -1 }
};

static const struct {
	const char	*rule, *device;
} alarm_rows[SCRIBE_ALARMS] = {
	{ "fume-high", "kitchen1/fume" }, { "lel-high", "shop/gas" },
	{ "ph-low", "river/ph" }, { "stale", "river/level" }
};

void
scribe_init(struct scribe *s, uint64_t seed, int64_t wall)
{
	*s = (struct scribe){ .chance.state = seed, .mono = 5000000, .wall = wall };
	s->alarms[SCRIBE_LATCHING].latching = true;
}

const struct series *
scribe_series_row(size_t i)
{
	return &series_rows[i];
}

bool
scribe_series(struct scribe *s, struct journal *j)
{
	bool same = true;

	for (size_t i = 0; i < SCRIBE_SERIES; i++) {
		uint32_t id = journal_series(j, &series_rows[i]);

		assert(id != 0);
		same = same && (s->ids[i] == 0 || s->ids[i] == id);
		s->ids[i] = id;
	}
	return same;
}

int
scribe_series_find(const struct scribe *s, uint32_t id)
{
	for (int i = 0; i < SCRIBE_SERIES; i++)
		if (s->ids[i] == id)
			return i;
	return -1;
}

int
scribe_alarm_index(const struct alarm_entry *a)
{
	for (int i = 0; i < SCRIBE_ALARMS; i++)
		if (strcmp(alarm_rows[i].rule, a->rule) == 0 &&
		    strcmp(alarm_rows[i].device, a->device) == 0)
			return i;
	return -1;
}

static double
odd_number(struct chance *c)
{
	static const double odd[] = {
		0, -0.0, 0.1, 7.3, 0.1 + 0.2, -0.01, 1e300, -1e-300, DBL_MAX, DBL_MIN,
		4.9e-324, 9007199254740993.0, 65535, 1e15 + 0.5, 123456.789
	};

	return odd[chance_below(c, sizeof odd / sizeof odd[0])];
}

static void
scribe_text(struct scribe *s, char *text, size_t max)
{
	static const char *const pieces[] = {
		"a", "\xe6\xb2\xb9\xe7\x83\x9f", " ", "\n", "\"", "=", ",", "\\", "0", "x y", "\t", "%s"
	};
	size_t n = 0, want = chance_below(&s->chance, max);

	text[0] = '\0';
	while (n < want) {
		const char *piece = pieces[chance_below(&s->chance, 12)];

		if (n + strlen(piece) >= max)
			return;
		strcpy(text + n, piece);
		n += strlen(piece);
	}
}

static struct value
scribe_value(struct scribe *s, const struct series *row)
{
	struct chance *c = &s->chance;
	double unit = pow(10, row->decimals > 0 ? row->decimals : 0);
	struct value v = { .kind = VALUE_F64 };

	if (chance_one_in(c, 40))
		return (struct value){ .kind = VALUE_F64, .d = odd_number(c) };
	if (strcmp(row->raw, "bool") == 0)
		v = (struct value){ .kind = VALUE_BOOL, .b = chance_one_in(c, 2) };
	else if (strcmp(row->raw, "u64") == 0)
		v = (struct value){ .kind = VALUE_U64, .u = chance_next(c) >> chance_below(c, 64) };
	else if (strcmp(row->raw, "s64") == 0)
		v = (struct value){ .kind = VALUE_I64, .i = (int64_t)chance_next(c) };
	else if (strcmp(row->raw, "f32") == 0)
		v = (struct value){ .kind = VALUE_F32, .f = (float)chance_below(c, 100000) / 7 };
	else if (strcmp(row->raw, "text") == 0) {
		v.kind = VALUE_TEXT;
		scribe_text(s, v.text, sizeof v.text);
	} else
		v.d = (double)((int64_t)chance_below(c, 40000) - 5000) / unit;
	return v;
}

static void
make_reading(struct scribe *s, struct reading *r)
{
	struct chance *c = &s->chance;
	size_t i = chance_below(c, SCRIBE_SERIES);

	*r = (struct reading){
		.series = s->ids[i], .time = s->wall - (int64_t)chance_below(c, 900),
		.due = s->mono - (int64_t)chance_below(c, 700000), .mono = s->mono,
		.value = scribe_value(s, &series_rows[i])
	};
	if (chance_one_in(c, 30))		/* pushed history, a clock that jumped */
		r->time = chance_one_in(c, 2) ? 4102444800000 : r->time - 86400000;
	if (chance_one_in(c, 12)) {
		r->quality.code = (uint8_t)(1 + chance_below(c, 9));
		r->quality.flags = (uint8_t)chance_next(c);
		if (r->quality.code != Q_OUT_OF_RANGE && r->quality.code != Q_AFTER_BARRIER)
			r->value = (struct value){ .kind = VALUE_NONE };
	}
}

static void
make_statistic(struct scribe *s, struct statistic *t)
{
	struct chance *c = &s->chance;

	*t = (struct statistic){
		.series = s->ids[chance_below(c, SCRIBE_SERIES)],
		.from = s->wall - 60000, .to = s->wall, .mean = odd_number(c),
		.min = -odd_number(c), .max = odd_number(c), .amount = NAN,
		.samples = (uint32_t)chance_below(c, 100),
		.valid = (uint16_t)chance_below(c, 1001), .mark = 'N',
		.span = (uint8_t)chance_below(c, STATISTIC_SPANS)
	};
}

static void
fill_alarm(const struct scribe *s, size_t i, struct alarm_entry *a)
{
	*a = (struct alarm_entry){
		.rule = alarm_rows[i].rule, .device = alarm_rows[i].device,
		.series = s->ids[i], .alarm = s->alarms[i],
		.priority = PRIORITY_HIGH, .class = i == 1 ? CLASS_LIFE : CLASS_PROCESS,
		.text_en = "", .text_zh = "", .who = ""
	};
}

static void
make_alarm(struct scribe *s, struct alarm_entry *a)
{
	static const enum alarm_event events[] = {
		ALARM_EV_ENTER, ALARM_EV_LEAVE, ALARM_EV_ACK, ALARM_EV_RESET,
		ALARM_EV_MASK, ALARM_EV_UNMASK
	};
	struct chance *c = &s->chance;
	size_t i;
	enum alarm_event event;
	enum alarm_mask mask;

	do {		/* until one says something new */
		i = chance_below(c, SCRIBE_ALARMS);
		event = events[chance_below(c, 6)];
		mask = (enum alarm_mask)(1 << chance_below(c, 3));
	} while (!alarm_step(&s->alarms[i], event, mask, s->wall));
	fill_alarm(s, i, a);
	a->event = (uint8_t)event;
	a->mask = event >= ALARM_EV_MASK ? (uint8_t)mask : 0;
	a->time = s->wall - 40;
	a->value = (struct value){ .kind = VALUE_F64, .d = odd_number(c) };
	a->quality.flags = QF_SIMULATED;
	scribe_text(s, s->text[0], 200);
	scribe_text(s, s->text[1], 200);
	scribe_text(s, s->text[2], 40);
	a->text_en = s->text[0], a->text_zh = s->text[1], a->who = s->text[2];
}

static void
make_command(struct scribe *s, struct command_entry *k)
{
	struct chance *c = &s->chance;

	scribe_text(s, s->text[0], 60);
	*k = (struct command_entry){
		.id = chance_one_in(c, 2) ? 0 : s->made, .series = s->ids[3],
		.phase = (uint8_t)chance_below(c, 6),
		.value = { .kind = VALUE_I64, .i = -(int64_t)chance_below(c, 1000) },
		.source = "cli", .why = s->text[0]
	};
}

static void
make_record(struct scribe *s, struct record *r)
{
	static const char *const names[] = { "weight", "tare", "by", "bottle", "note" };

	*r = (struct record){ .kind = "fill", .key = s->text[0] };
	snprintf(s->text[0], sizeof s->text[0], "%" PRIu64, s->made);
	r->nfields = chance_below(&s->chance, 5);
	for (size_t i = 0; i < r->nfields; i++) {
		scribe_text(s, s->text[i + 1 < 5 ? i + 1 : 4], 60);
		r->fields[i] = (struct record_field){ names[i], s->text[i + 1 < 5 ? i + 1 : 4] };
	}
}

void
scribe_make(struct scribe *s, enum entry_kind kind, struct entry *e)
{
	*e = (struct entry){ .kind = kind };
	s->made++;
	switch (kind) {
	case ENTRY_READING:
		make_reading(s, &e->reading);
		break;
	case ENTRY_STATISTIC:
		make_statistic(s, &e->statistic);
		break;
	case ENTRY_ALARM:
		make_alarm(s, &e->alarm);
		break;
	case ENTRY_COMMAND:
		make_command(s, &e->command);
		break;
	case ENTRY_RECORD:
		make_record(s, &e->record);
		break;
	case ENTRY_NOTE:
		scribe_text(s, s->text[0], 600);
		e->note = (struct note){ .who = "rig", .text = s->text[0] };
		break;
	}
}

enum entry_kind
scribe_kind(struct scribe *s)
{
	if (!chance_one_in(&s->chance, 10))
		return ENTRY_READING;
	return (enum entry_kind)(2 + chance_below(&s->chance, 5));
}

bool
scribe_standing(void *ctx, size_t i, struct alarm_entry *a)
{
	const struct scribe *s = ctx;

	for (size_t k = 0; k < SCRIBE_ALARMS; k++) {
		if (alarm_state(&s->alarms[k]) == ALARM_NORM || i-- > 0)
			continue;
		fill_alarm(s, k, a);
		return true;
	}
	return false;
}

/* Folding. */

static void
fold(uint64_t *h, uint64_t word)
{
	struct chance mix = { .state = *h ^ word };

	*h = chance_next(&mix) + word;
}

static void
fold_text(uint64_t *h, const char *text)
{
	uint64_t n = 0;

	for (; text != NULL && text[n] != '\0'; n++)
		fold(h, (uint8_t)text[n]);
	fold(h, n);
}

static void
fold_double(uint64_t *h, double d)
{
	uint64_t bits;

	memcpy(&bits, &d, sizeof bits);
	fold(h, isnan(d) ? 1 : bits);
}

static void
fold_value(uint64_t *h, const struct value *v)
{
	fold(h, v->kind);
	switch (v->kind) {
	case VALUE_NONE:
		break;
	case VALUE_BOOL:
		fold(h, v->b);
		break;
	case VALUE_I64:
	case VALUE_U64:
		fold(h, v->u);
		break;
	case VALUE_F32:
		fold_double(h, (double)v->f);
		break;
	case VALUE_F64:
		fold_double(h, v->d);
		break;
	case VALUE_TEXT:
		fold_text(h, v->text);
		break;
	}
}

static void
fold_alarm(uint64_t *h, const struct alarm_entry *a)
{
	const struct alarm *f = &a->alarm;

	fold_text(h, a->rule);
	fold_text(h, a->device);
	fold(h, a->series);
	fold(h, (uint64_t)(f->active | f->unacked << 1 | f->latching << 2 | f->held << 3 |
	    f->untold << 4 | f->masks << 5));
	fold(h, (uint64_t)f->since);
	fold(h, f->count);
	fold(h, (uint64_t)(a->event | a->mask << 8 | a->priority << 16 | a->class << 24));
	fold(h, (uint64_t)a->time);
	fold_value(h, &a->value);
	fold(h, (uint64_t)(a->quality.code | a->quality.flags << 8));
	fold_text(h, a->text_en);
	fold_text(h, a->text_zh);
	fold_text(h, a->who);
}

static void
fold_reading(uint64_t *h, const struct reading *r)
{
	fold(h, r->series);
	fold(h, (uint64_t)r->time);
	fold(h, (uint64_t)r->due);
	fold(h, (uint64_t)r->mono);
	fold_value(h, &r->value);
	fold(h, (uint64_t)(r->quality.code | r->quality.flags << 8));
}

static void
fold_statistic(uint64_t *h, const struct statistic *t)
{
	fold(h, t->series);
	fold(h, (uint64_t)t->from);
	fold(h, (uint64_t)t->to);
	fold_double(h, t->mean);
	fold_double(h, t->min);
	fold_double(h, t->max);
	fold_double(h, t->amount);
	fold(h, t->samples);
	fold(h, (uint64_t)(t->valid | (uint64_t)(uint8_t)t->mark << 16 |
	    (uint64_t)t->span << 24));
}

uint64_t
entry_fold(const struct entry *e)
{
	uint64_t h = 0;

	fold(&h, e->kind);
	fold(&h, e->flags);
	switch (e->kind) {
	case ENTRY_READING:
		fold_reading(&h, &e->reading);
		break;
	case ENTRY_STATISTIC:
		fold_statistic(&h, &e->statistic);
		break;
	case ENTRY_ALARM:
		fold_alarm(&h, &e->alarm);
		break;
	case ENTRY_COMMAND:
		fold(&h, e->command.id);
		fold(&h, e->command.series);
		fold(&h, e->command.phase);
		fold_value(&h, &e->command.value);
		fold_text(&h, e->command.source);
		fold_text(&h, e->command.why);
		break;
	case ENTRY_RECORD:
		fold_text(&h, e->record.kind);
		fold_text(&h, e->record.key);
		for (size_t i = 0; i < e->record.nfields; i++) {
			fold_text(&h, e->record.fields[i].name);
			fold_text(&h, e->record.fields[i].value);
		}
		break;
	case ENTRY_NOTE:
		fold_text(&h, e->note.who);
		fold_text(&h, e->note.text);
		break;
	}
	return h;
}

void
entry_print(const struct entry *e)
{
	char text[128];

	fprintf(stderr, "  seq %" PRIu64 " kind %d flags %d", e->seq, (int)e->kind, e->flags);
	if (e->kind == ENTRY_READING)
		fprintf(stderr, " series %u time %" PRId64 " due %" PRId64 " mono %" PRId64
		    " value %d '%s' quality %d/%d", e->reading.series, e->reading.time,
		    e->reading.due, e->reading.mono, (int)e->reading.value.kind,
		    value_text(&e->reading.value, -1, text, sizeof text),
		    e->reading.quality.code, e->reading.quality.flags);
	else if (e->kind == ENTRY_ALARM)
		fprintf(stderr, " %s %s event %d state %s since %" PRId64 " count %u time %" PRId64
		    " en '%s' zh '%s' who '%s'", e->alarm.rule, e->alarm.device, e->alarm.event,
		    alarm_state_name(alarm_state(&e->alarm.alarm)), e->alarm.alarm.since,
		    e->alarm.alarm.count, e->alarm.time, e->alarm.text_en, e->alarm.text_zh,
		    e->alarm.who);
	else if (e->kind == ENTRY_NOTE)
		fprintf(stderr, " %s: %s", e->note.who, e->note.text);
	else if (e->kind == ENTRY_RECORD)
		fprintf(stderr, " %s %s, %zu fields", e->record.kind, e->record.key,
		    e->record.nfields);
	fprintf(stderr, "\n");
}
