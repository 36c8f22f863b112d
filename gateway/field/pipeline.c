#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../log.h"
#include "pipeline.h"
#include "../room.h"
#include "../../devices/push.h"

#define READING_BYTES	96	/* of one encoded reading, text and all */
#define TOLD_BYTES	6	/* of entries, for each byte of a message: "a=1;" */
#define NOTHING		(2 * 4096)	/* blocks that are filled now */
#define RESERVE		2048	/* for notes and commands beside the readings */
#define INTERVALS	64	/* that end in one turn */
#define INTERVAL_BYTES	(3 * 80)	/* of the entries that one of them makes */
#define NO_ROOM		(100 * 1000LL)	/* us: then it is looked for again */
#define ROOM_WAITED	(10 * US_PER_S)	/* at most: rules need what is stored never */

static void
worked(struct pipeline *p, int64_t now)
{
	if (p->worked != NULL)
		p->worked(p->owner, now);
}

static bool
append_alarm(struct pipeline *p, const struct alarm_entry *a, int64_t now)
{
	const struct entry e = { .kind = ENTRY_ALARM, .alarm = *a };

	if (journal_append(p->journal, &e, COMMIT_ALARM, now, p->clock->wall(),
	    p->trusted) == 0)
		return false;
	p->alarms++;
	return true;
}

static const char *
keep_text(char *to, size_t n, const char *text)
{
	snprintf(to, n, "%s", text != NULL ? text : "");
	return to;
}

/* The steps of one alarm must be stored in the order of its life, so that
 * none goes past one that waits. */
static void
keep(struct pipeline *p, const struct alarm_entry *a)
{
	struct kept_alarm *k;

	if (p->nkept == ALARMS_KEPT) {
		p->alarms_lost++;
		log_err("store: full: a step of alarm %s of %s is lost", a->rule, a->device);
		return;
	}
	k = &p->kept[p->nkept++];
	k->entry = *a;
	k->entry.rule = keep_text(k->rule, sizeof(k->rule), a->rule);
	k->entry.device = keep_text(k->device, sizeof(k->device), a->device);
	k->entry.who = keep_text(k->who, sizeof(k->who), a->who);
	k->entry.text_en = keep_text(k->en, sizeof(k->en), a->text_en);
	k->entry.text_zh = keep_text(k->zh, sizeof(k->zh), a->text_zh);
	k->entry.why = keep_text(k->why, sizeof(k->why), a->why);
}

static void
point_texts(struct kept_alarm *k)
{
	k->entry.rule = k->rule;
	k->entry.device = k->device;
	k->entry.who = k->who;
	k->entry.text_en = k->en;
	k->entry.text_zh = k->zh;
	k->entry.why = k->why;
}

static void
tell_waiting(struct pipeline *p)
{
	if ((p->nkept > 0) == p->waiting)
		return;
	p->waiting = p->nkept > 0;
	if (p->waiting)
		log_err("store: full: alarms wait");
	else
		log_info("store: takes alarms again");
}

static void
drain_kept(struct pipeline *p, int64_t now)
{
	size_t done = 0;

	while (done < p->nkept && append_alarm(p, &p->kept[done].entry, now))
		done++;
	if (done == 0) {
		tell_waiting(p);
		return;
	}
	p->nkept -= done;
	memmove(p->kept, p->kept + done, p->nkept * sizeof(*p->kept));
	for (size_t i = 0; i < p->nkept; i++)
		point_texts(&p->kept[i]);
	tell_waiting(p);
}

static void
store_alarm(struct pipeline *p, const struct alarm_entry *a, int64_t now)
{
	if (p->nkept > 0 && !p->judging)
		drain_kept(p, now);
	if (p->judging || p->nkept > 0 || !append_alarm(p, a, now))
		keep(p, a);
}

void
pipeline_alarm(struct pipeline *p, const struct alarm_entry *a, int64_t now)
{
	store_alarm(p, a, now);
	worked(p, now);
}

void
pipeline_alarm_entry(const struct alarm_change *c, struct alarm_entry *a, char *en,
    char *zh, size_t n)
{
	*a = (struct alarm_entry){
		.rule = c->rule->name,
		.device = c->device->conf.name,
		.series = c->series,
		.alarm = *c->alarm,
		.event = (uint8_t)c->event,
		.mask = (uint8_t)c->mask,
		.priority = (uint8_t)alarm_priority(c->alarm, c->rule->priority),
		.class = (uint8_t)c->rule->class,
		.time = c->time,
		.value = c->value,
		.quality = c->quality,
		.text_en = rule_text(c, "en", en, n),
		.text_zh = rule_text(c, "zh", zh, n),
		.who = c->who != NULL ? c->who : "",
		.why = c->why != NULL ? c->why : "",
		.ground = c->ground,
	};
}

/* The rules tell of a step.  The log names who did what, the journal has the
 * rest. */
static void
changed(void *arg, const struct alarm_change *c)
{
	struct pipeline *p = arg;
	struct alarm_entry a;
	char en[256], zh[256], safe[300];

	pipeline_alarm_entry(c, &a, en, zh, sizeof(en));
	store_alarm(p, &a, p->clock->mono());
	log_info("%s: %s: %s: %s", a.device, a.rule,
	    alarm_state_name(alarm_state(&a.alarm)), log_safe(en, safe, sizeof(safe)));
}

/* An interval is over.  What rules make of it stands behind it. */
static void
finished(void *arg, const struct statistic *s)
{
	struct pipeline *p = arg;
	const struct entry e = { .kind = ENTRY_STATISTIC, .statistic = *s };
	int64_t now = p->clock->mono(), wall = p->clock->wall();
	bool within = p->judging;
	size_t kept = p->nkept;

	p->judging = true;
	rules_statistic(p->rules, s, now, wall);
	p->judging = within;
	if (journal_append(p->journal, &e, p->nkept > kept ? COMMIT_WAITED : COMMIT_LAZY, now,
	    wall, p->trusted) == 0)
		p->lost++;
	if (p->nkept > 0 && !within)
		drain_kept(p, now);
}

void
pipeline_statistics(struct pipeline *p, struct statistics *s)
{
	p->statistics = s;
	if (s != NULL)
		statistics_on_finish(s, finished, p);
}

/* A day ends for all points at once: they go a few at a time, and while the disk
 * is slow they wait. */
static void
end_intervals(struct pipeline *p, int64_t now)
{
	size_t need = p->nroom * READING_BYTES + RESERVE + INTERVALS * INTERVAL_BYTES;
	int64_t wall = p->clock->wall();

	if (p->statistics == NULL || statistics_deadline(p->statistics) > wall)
		return;
	if (journal_stats(p->journal)->room < need) {
		p->held_up = p->held_up == 0 ? now : p->held_up;
		if (now < p->held_up + ROOM_WAITED)
			return;
	} else {
		p->held_up = 0;
	}
	statistics_tick(p->statistics, wall, INTERVALS);
}

static int64_t
statistics_due(const struct pipeline *p)
{
	int64_t at = p->statistics != NULL ? statistics_deadline(p->statistics) : INT64_MAX;
	int64_t now, wall;

	if (at == INT64_MAX)
		return at;
	now = p->clock->mono();
	wall = p->clock->wall();
	if (at > wall)
		return now + (at - wall) * 1000;
	return p->held_up != 0 ? now + NO_ROOM : now;
}

/* A business fact of the rules: in the lane that every uplink sends first. */
static void
recorded(void *arg, const struct rule_record *r)
{
	struct pipeline *p = arg;
	struct entry e = { .kind = ENTRY_RECORD, .record = { .kind = r->kind, .key = r->key,
	    .nfields = r->nfields } };

	for (size_t i = 0; i < r->nfields; i++)
		e.record.fields[i] = (struct record_field){ r->fields[i].name,
		    r->fields[i].value };
	if (journal_append(p->journal, &e, COMMIT_ALARM, p->clock->mono(), p->clock->wall(),
	    p->trusted) == 0)
		p->lost++;
}

static void
maintained(void *arg)
{
	struct pipeline *p = arg;

	if (p->maintained != NULL)
		p->maintained(p->owner);
}

static void
listen_to(struct pipeline *p)
{
	rules_on_change(p->rules, changed, p);
	rules_on_record(p->rules, recorded);
	rules_on_maintenance(p->rules, maintained);
}

void
pipeline_init(struct pipeline *p, struct journal *journal, struct rules *rules,
    const struct clock *clock, size_t npoints)
{
	*p = (struct pipeline){ .journal = journal, .rules = rules, .clock = clock };
	p->room = room_for(npoints, sizeof(*p->room));
	p->nroom = npoints;
	p->kept = room_for(ALARMS_KEPT, sizeof(*p->kept));
	p->trusted = clock->trusted();
	listen_to(p);
}

void
pipeline_renew(struct pipeline *p, struct rules *rules, size_t npoints)
{
	if (npoints > p->nroom) {
		free(p->room);
		p->room = room_for(npoints, sizeof(*p->room));
		p->nroom = npoints;
	}
	p->rules = rules;
	listen_to(p);
}

/* What follows from the readings of a device stands behind them. */
void
pipeline_derived(struct pipeline *p, struct derived *derived)
{
	free(p->room);
	p->room = room_for(p->nroom + derived_count(derived), sizeof(*p->room));
	p->derived = derived;
}

void
pipeline_end(struct pipeline *p)
{
	free(p->room);
	free(p->kept);
}

/* The readings stand before the alarms that they raise, and do not wait for
 * the commit interval then. */
static void
store(struct pipeline *p, size_t n, const struct moment *at)
{
	const struct course course = { .derived = p->derived, .interlock = p->interlock,
	    .rules = p->rules, .statistics = p->statistics };
	struct entry e = { .kind = ENTRY_READING };	/* made once: it is large */
	size_t kept = p->nkept;
	uint64_t lost = p->lost;
	enum commit_class class;

	p->judging = true;
	n = course_hear(&course, p->room, n, at->mono, at->time);
	p->judging = false;
	class = p->nkept > kept || at->waited ? COMMIT_WAITED : COMMIT_LAZY;
	for (size_t i = 0; i < n; i++) {
		uint64_t seq;

		e.reading = p->room[i];
		e.print = i + 1 == n && p->lost == lost ? at->print : 0;
		seq = journal_append(p->journal, &e, class, at->mono, at->time, p->trusted);
		if (seq != 0)
			p->last = seq;
		p->readings += seq != 0;
		p->lost += seq == 0;
	}
	if (p->nkept > 0)
		drain_kept(p, at->mono);
	worked(p, at->mono);
}

static struct reading
base(const struct moment *at)
{
	return (struct reading){ .time = at->time, .due = at->due, .mono = at->mono,
	    .quality = { .code = at->code, .flags = at->flags } };
}

void
pipeline_block(struct pipeline *p, struct device *d, size_t block, const struct slice *slice,
    const uint8_t *data, size_t n, const struct moment *at)
{
	const struct reading from = base(at);

	store(p, slices_decode(d, block, slice, data, n, &from, p->room, p->nroom), at);
}

/* A gas detector must not go unheard because its clock is slow. */
static void
set_time(const struct pipeline *p, const struct moment *at, struct reading *r)
{
	if (r->time == at->time)
		return;
	if (r->time == at->newest &&
	    (at->time - r->time) * 1000 > rules_max_age(p->rules, r->series, true)) {
		r->time = at->time;
		r->quality.flags |= QF_CLOCK_UNTRUSTED;
		return;
	}
	r->quality.flags |= at->told;
}

/* A message may hold a history: more than the device has points. */
bool
pipeline_push(struct pipeline *p, struct device *d, const struct push *pushes, size_t n,
    const struct moment *at)
{
	const struct reading from = base(at);
	struct moment part = *at;
	uint64_t lost = p->lost;

	while (n > 0 && !device_hears(d, &pushes[n - 1]))
		n--;
	for (size_t i = 0; i < n; i += p->nroom) {
		size_t some = n - i < p->nroom ? n - i : p->nroom;

		/* whole only with its last part, and if nothing of it was lost */
		part.print = i + some == n && p->lost == lost ? at->print : 0;
		some = device_push(d, pushes + i, some, &from, p->room, p->nroom);
		for (size_t k = 0; k < some; k++)
			set_time(p, at, &p->room[k]);
		if (some > 0)
			store(p, some, &part);
	}
	return p->lost == lost;
}

void
pipeline_bad(struct pipeline *p, struct device *d, size_t block, uint32_t from,
    enum quality_code code, const struct moment *at)
{
	struct reading bad = base(at);

	bad.quality.code = (uint8_t)code;
	store(p, slices_bad(d, block, from, &bad, p->room, p->nroom), at);
}

void
pipeline_off(struct pipeline *p, struct device *d, const struct moment *at)
{
	const struct reading from = base(at);
	size_t n = device_off(d, &from, p->room, p->nroom);

	if (n > 0)
		store(p, n, at);
}

void
pipeline_gone(struct pipeline *p, uint32_t series, const struct moment *at)
{
	struct entry e = { .kind = ENTRY_READING, .reading = base(at) };

	e.reading.series = series;
	e.reading.quality.code = Q_OUT_OF_SERVICE;
	if (journal_append(p->journal, &e, COMMIT_LAZY, at->mono, at->time, p->trusted) != 0)
		p->readings++;
	else
		p->lost++;
}

void
pipeline_duplicate(struct pipeline *p, const char *line, int64_t now)
{
	rules_duplicate(p->rules, line, now, p->clock->wall());
	worked(p, now);
}

void
pipeline_link(struct pipeline *p, struct device *d, bool down, int64_t now)
{
	rules_link(p->rules, d, down, now, p->clock->wall());
	worked(p, now);
}

void
pipeline_mute(struct pipeline *p, struct device *d, bool mute, int64_t now)
{
	rules_mute(p->rules, d, mute, now, p->clock->wall());
	worked(p, now);
}

void
pipeline_tick(struct pipeline *p, int64_t now)
{
	if (p->nkept > 0)
		drain_kept(p, now);
	rules_tick(p->rules, now, p->clock->wall());
	end_intervals(p, now);
}

int64_t
pipeline_deadline(const struct pipeline *p)
{
	int64_t delay = rules_deadline(p->rules), interval = statistics_due(p);

	return delay < interval ? delay : interval;
}

bool
pipeline_ready(const struct pipeline *p)
{
	return journal_stats(p->journal)->room >= p->nroom * READING_BYTES + RESERVE;
}

/* What is told leaves a quarter to what is polled; where nothing is held any more
 * there will be no more room than there is. */
bool
pipeline_admits(const struct pipeline *p, size_t bytes)
{
	const struct journal_stats *s = journal_stats(p->journal);
	size_t need = p->nroom * READING_BYTES + RESERVE + s->most_room / 4 + bytes * TOLD_BYTES;

	return s->room >= need || s->room + NOTHING >= s->most_room;
}

static bool
watches(const void *rules, uint32_t series)
{
	return rules_watch_series(rules, series);
}

static bool
guards(const void *rules, uint32_t series)
{
	return rules_guard_series(rules, series);
}

/* Is it so of a series, or of one that is reckoned from it? */
static bool
follows(const struct pipeline *p, uint32_t series, bool (*so)(const void *, uint32_t))
{
	return so(p->rules, series) ||
	    (p->derived != NULL && derived_leads(p->derived, series, so, p->rules));
}

static bool
any_follows(const struct pipeline *p, const struct device *d,
    bool (*so)(const void *, uint32_t))
{
	for (size_t i = 0; i < d->profile->npoints; i++)
		if (follows(p, d->taps[i].series, so))
			return true;
	return false;
}

bool
pipeline_watches(const struct pipeline *p, uint32_t series)
{
	return follows(p, series, watches);
}

bool
pipeline_skippable(const struct pipeline *p, const struct device *d)
{
	return !any_follows(p, d, watches);
}

bool
pipeline_guards(const struct pipeline *p, const struct device *d)
{
	return any_follows(p, d, guards);
}

void
pipeline_skipped(struct pipeline *p)
{
	p->skipped++;
}

uint64_t
pipeline_append(struct pipeline *p, const struct entry *e, enum commit_class class)
{
	int64_t now = p->clock->mono();
	uint64_t seq = journal_append(p->journal, e, class, now, p->clock->wall(), p->trusted);

	if (seq != 0 && class != COMMIT_ALARM)
		p->last = seq;
	worked(p, now);
	return seq;
}

static void
note_text(struct pipeline *p, void (*log)(const char *, ...), const char *who, const char *text,
    uint64_t print)
{
	struct entry e = { .kind = ENTRY_NOTE, .print = print,
	    .note = { .who = who, .text = text } };
	char safe[500];

	log("%s: %s", who, log_safe(text, safe, sizeof(safe)));
	if (pipeline_append(p, &e, COMMIT_LAZY) == 0)
		p->lost++;
}

static void
note(struct pipeline *p, void (*log)(const char *, ...), const char *who, const char *fmt,
    va_list ap)
{
	char text[400];

	vsnprintf(text, sizeof(text), fmt, ap);
	note_text(p, log, who, text, 0);
}

void
pipeline_note_told(struct pipeline *p, const char *who, const char *text, uint64_t print)
{
	note_text(p, log_info, who, text, print);
}

void
pipeline_note(struct pipeline *p, const char *who, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	note(p, log_info, who, fmt, ap);
	va_end(ap);
}

void
pipeline_warn(struct pipeline *p, const char *who, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	note(p, log_warn, who, fmt, ap);
	va_end(ap);
}
