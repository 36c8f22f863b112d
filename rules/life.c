#include <math.h>
#include <string.h>

#include "watches.h"

void
watch_list(struct rules *rules, struct watch *w)
{
	bool closed = alarm_closed(&w->alarm);
	struct watch *last;

	if (!closed && w->standing == 0) {
		rules->standing[rules->nstanding++] = w;
		w->standing = rules->nstanding;
	} else if (closed && w->standing != 0) {
		last = rules->standing[--rules->nstanding];
		rules->standing[w->standing - 1] = last;
		last->standing = w->standing;
		w->standing = 0;
	}
}

static const struct point *
point_of(const struct watch *w, uint32_t series)
{
	for (size_t i = 0; i < w->program.ninputs; i++)
		if (w->program.inputs[i].series == series)
			return w->program.inputs[i].point;
	return NULL;
}

/* The figures of now; where there are none, those it rests on. */
static void
put_figures(const struct watch *w, struct alarm_change *change)
{
	const struct alarm_ground *b = &w->ground;

	change->limit = isnan(w->limit) && (b->known & GROUND_LIMIT) ? b->limit : w->limit;
	change->figure = isnan(w->figure) && (b->known & GROUND_FIGURE) ? b->figure : w->figure;
	change->ground = *b;
	change->then = b->known & GROUND_VALUE ? point_of(w, b->series) : NULL;
	change->lost = w->time != 0 && w->value.kind == VALUE_NONE;
}

/* What is over on a device where something else is not is no good news.  Of one
 * whose own cause is gone, too, a delay alone is left. */
static void
put_beside(const struct rules *rules, const struct watch *w, struct alarm_change *change)
{
	for (size_t i = 0; i < rules->nstanding; i++) {
		const struct watch *other = rules->standing[i];

		if (other->device != w->device || other == w || !other->alarm.active ||
		    !other->truth)
			continue;
		if (change->nbeside < BESIDE)
			change->beside[change->nbeside] = other->rule;
		change->nbeside++;
	}
}

static struct alarm_change
change_of(const struct rules *rules, const struct watch *w)
{
	struct alarm_change change = { .rule = w->rule, .device = w->device,
	    .point = own_point(), .alarm = &w->alarm, .time = w->time, .value = w->value,
	    .quality = w->quality, .who = w->said != NULL ? w->said->who : "",
	    .why = w->said != NULL ? w->said->why : "", .limit = NAN, .figure = NAN };
	const struct rule_input *in;

	if (w->own) {
		change.shape = SHAPE_OTHER;
		change.limit = w->limit;	/* of a flood, min */
		return change;
	}
	in = &w->program.inputs[w->first];
	change.point = in->point;
	change.series = in->series;
	change.shape = w->program.shape;
	put_figures(w, &change);
	if (!w->alarm.active)
		put_beside(rules, w, &change);
	change.silence = watch_stale_age(w);
	return change;
}

static void
told(struct rules *rules, struct watch *w, enum alarm_event event, enum alarm_mask mask,
    const char *who, int64_t time)
{
	struct alarm_change change = change_of(rules, w);

	change.event = event;
	change.mask = mask;
	change.who = who;
	/* what for it is silent is said when that begins, and each time it is told */
	if (rules->why != NULL)
		change.why = rules->why;
	else if (event != ALARM_EV_MASK && event != ALARM_EV_REMIND)
		change.why = "";
	change.time = time;
	if (rules->changed != NULL)
		rules->changed(rules->owner, &change);
}

void
watch_tell(struct rules *rules, struct watch *w, enum alarm_event event, const char *who,
    int64_t time)
{
	told(rules, w, event, 0, who, time);
}

static void
record_as(struct rules *rules, const struct watch *w, const char *kind, const char *state,
    int64_t time)
{
	const struct point *p = w->program.inputs[w->first].point;
	char value[VALUE_TEXT_MAX];
	struct rule_record r;

	record_begin(&r, kind, w->rule->name, w->device->conf.name, time);
	record_add(&r, "rule", w->rule->name);
	record_add(&r, "device", w->device->conf.name);
	record_add(&r, "state", state);
	record_add(&r, "point", p->name);
	if (w->value.kind != VALUE_NONE)
		record_add(&r, "value", value_text(&w->value, p->decimals, value,
		    sizeof(value)));
	record_tell(rules, &r);
}

static bool
has_record(const struct watch *w)
{
	return w->rule->record != NULL && w->rule->record[0] != '\0';
}

void
watch_record(struct rules *rules, const struct watch *w, const char *state, int64_t time)
{
	if (w->alarm.event && strcmp(state, "still") != 0)
		record_as(rules, w, "event", state, time);
	if (has_record(w))
		record_as(rules, w, w->rule->record, state, time);
}

/* Behind a mask nothing is handed on. */
static void
record_step(struct rules *rules, struct watch *w, const struct alarm *was, int64_t time)
{
	bool went = was->active && !w->alarm.active;

	if (w->own || (!w->alarm.event && !has_record(w)))
		return;
	if (w->alarm.count > was->count)
		watch_record(rules, w, "on", time);
	else if (went && was->count > 0 && !w->alarm.masks)
		watch_record(rules, w, "off", time);
	if (w->alarm.count > was->count && w->rule->record_every > 0)
		w->record_at = rules->now + w->rule->record_every;
}

/* What else becomes of a step: marks, moments, records. */
static void
follow(struct rules *rules, struct watch *w, const struct alarm *was, int64_t time)
{
	bool came = w->alarm.active && !was->active, went = was->active && !w->alarm.active;

	record_step(rules, w, was, time);
	if (rules->life == NULL)
		return;
	if (w->alarm.count > was->count)
		burst_told(rules, w, time);
	if (w->alarm.handle_by != 0 && was->handle_by == 0)
		w->handle_end = rules->now + w->alarm.handling * 1000;
	else if (w->alarm.handle_by == 0)
		w->handle_end = 0;
	if (came)
		burst_entered(rules, w, time);
	else if (w->alarm.chattering && went)
		w->calm_at = rules->now + rules->life->chatter_calm;
	life_arm(rules, w);
	if (!(w->alarm.masks & (ALARM_SHELVED | ALARM_REMOVED)))
		life_say(rules, w, "", "");
	if (w->own)
		own_settle(rules, w);
}

static void
stepped(struct rules *rules, struct watch *w, const struct alarm *was,
    enum alarm_event event, enum alarm_mask mask, const char *who, int64_t time)
{
	watch_list(rules, w);
	told(rules, w, event, mask, who, time);
	follow(rules, w, was, time);
	if (!w->own)
		deeds_step(rules, w);
}

bool
watch_step(struct rules *rules, struct watch *w, enum alarm_event event, enum alarm_mask mask,
    const char *who, int64_t time)
{
	const struct alarm was = w->alarm;

	if (event == ALARM_EV_ENTER && !was.active)
		w->alarm.first = !was.masks && burst_first(rules, w);
	if (!alarm_step(&w->alarm, event, mask, time))
		return false;
	stepped(rules, w, &was, event, mask, who, time);
	return true;
}

bool
watch_shelve(struct rules *rules, struct watch *w, int64_t until, const char *who,
    int64_t time)
{
	const struct alarm was = w->alarm;

	if (!alarm_shelve(&w->alarm, until, time))
		return false;
	stepped(rules, w, &was, ALARM_EV_MASK, ALARM_SHELVED, who, time);
	return true;
}

void
watch_bind(const struct rules *rules, struct watch *w)
{
	int64_t us = w->rule->handling;

	if (us == 0 && rules->life != NULL && !w->own && w->rule->kind == RULE_ALARM)
		us = rules->life->handling[w->rule->class];
	w->alarm.latching = w->rule->latching;
	w->alarm.event = w->rule->kind == RULE_EVENT;
	w->alarm.handling = us / 1000;
}

/* What keeps it silent as to this device.  One that tells by itself has a line of its
 * own, which is down whenever it has gone: nobody else would tell of that. */
static enum rule_suppress
suppress_of(const struct watch *w, const struct device *device)
{
	if (w->rule->class == CLASS_LIFE || w->own)
		return SUPPRESS_NONE;
	if (w->rule->suppress != SUPPRESS_AUTO)
		return (enum rule_suppress)w->rule->suppress;
	if (!watch_of_silence(w))
		return SUPPRESS_NONE;
	return device->profile->pushes ? SUPPRESS_AREA : SUPPRESS_LINK;
}

static void
link_down(struct rules *rules, struct watch *w, int64_t wall)
{
	w->lift_at = 0;
	watch_step(rules, w, ALARM_EV_MASK, ALARM_SUPPRESSED, "", wall);
}

static void
link_up(struct rules *rules, struct watch *w, int64_t now, int64_t wall)
{
	if (!(w->alarm.masks & ALARM_SUPPRESSED))
		return;
	w->lift_at = w->alarm.untold ? now + watch_stale_age(w) : now;
	watch_lift(rules, w, now, wall);
	watch_arm(rules, w);
}

/* What a rule of today may not wear is taken off an alarm of yesterday, and
 * what it must wear is put on. */
static void
settle_masks(struct rules *rules, struct watch *w, int64_t wall)
{
	enum rule_suppress by = suppress_of(w, w->device);
	bool upkeep = upkeep_masks(rules, w);
	bool now = w->alarm.masks & ALARM_MAINTENANCE;

	if (upkeep != now)
		watch_step(rules, w, upkeep ? ALARM_EV_MASK : ALARM_EV_UNMASK,
		    ALARM_MAINTENANCE, "", wall);
	if (w->rule->class == CLASS_LIFE)
		watch_step(rules, w, ALARM_EV_UNMASK, ALARM_SHELVED | ALARM_REMOVED, "", wall);
	if (by == SUPPRESS_NONE)
		watch_step(rules, w, ALARM_EV_UNMASK, ALARM_SUPPRESSED, "", wall);
	else if (by == SUPPRESS_AREA && (w->alarm.masks & ALARM_SUPPRESSED) &&
	    w->lift_at == 0 && !region_keeps(rules, w))
		link_up(rules, w, rules->now, wall);
}

/* A point that was disabled takes its alarms out of service, and back. */
static void
settle_one(struct rules *rules, struct watch *w, int64_t wall)
{
	bool out = w->alarm.masks & ALARM_OUT_OF_SERVICE;

	if (watch_disabled(w) != out)
		watch_step(rules, w, out ? ALARM_EV_UNMASK : ALARM_EV_MASK, ALARM_OUT_OF_SERVICE,
		    "", wall);
	settle_masks(rules, w, wall);
	if (w->alarm.event)
		watch_step(rules, w, ALARM_EV_ACK, 0, "", wall);
	if (w->alarm.handling == 0)
		watch_step(rules, w, ALARM_EV_HANDLE, 0, "", wall);
	if (w->risen && !w->alarm.masks && w->standing != 0)
		watch_tell(rules, w, ALARM_EV_RISE, "", wall);
	w->risen = false;
	life_resume(rules, w, wall);
}

void
watch_settle(struct rules *rules, int64_t wall)
{
	for (size_t i = 0; i < rules->n; i++)
		settle_one(rules, &rules->at[i], wall);
	for (size_t i = 0; i < rules->nown; i++)
		if (rules->own[i].name[0] != '\0')
			life_resume(rules, &rules->own[i].watch, wall);
	rules->settled = true;
}

void
watch_lift(struct rules *rules, struct watch *w, int64_t now, int64_t wall)
{
	if (w->lift_at == 0 || (w->alarm.active && now < w->lift_at))
		return;
	w->lift_at = 0;
	watch_step(rules, w, ALARM_EV_UNMASK, ALARM_SUPPRESSED, "", wall);
}

/* One that misses data is silent with whichever line the data come by; one that
 * was told to be, with that of its device. */
static bool
hangs_on(const struct watch *w, const struct dependant *on, const struct device *device)
{
	if (w->rule->suppress == SUPPRESS_AUTO)
		return w->program.inputs[on->input].waits;
	return w->device == device;
}

/* Who is silent with a dead line is so with one that is lost with many others, for
 * that may be up, and mute. */
static bool
heeds(const struct watch *w, const struct device *device, enum rule_suppress by)
{
	enum rule_suppress mine = suppress_of(w, device);

	return mine == by || (mine == SUPPRESS_LINK && by == SUPPRESS_AREA);
}

/* One of the two is over, and the other goes on. */
static bool
kept_down(const struct rules *rules, const struct watch *w, const struct device *device,
    enum rule_suppress by)
{
	if (suppress_of(w, device) != SUPPRESS_LINK)
		return false;
	return by == SUPPRESS_AREA ? region_down(rules, device) : region_silences(rules, device);
}

void
watch_mask_point(struct rules *rules, const struct device *device, uint32_t series,
    enum rule_suppress by, bool down, int64_t now, int64_t wall)
{
	size_t n;
	const struct dependant *at = watches_of(rules, series, &n);

	for (size_t i = 0; i < n; i++) {
		struct watch *w = at[i].watch;

		if (!heeds(w, device, by) || !hangs_on(w, &at[i], device))
			continue;
		if (down)
			link_down(rules, w, wall);
		else if (!kept_down(rules, w, device, by))
			link_up(rules, w, now, wall);
	}
}

void
rules_link(struct rules *rules, const struct device *device, bool down, int64_t now,
    int64_t wall)
{
	rules->now = now;
	rules->wall = wall;
	region_link(rules, device, AREA_DOWN, down, now);
	for (size_t i = 0; i < device->profile->npoints; i++)
		watch_mask_point(rules, device, device->taps[i].series, SUPPRESS_LINK, down,
		    now, wall);
}

void
rules_mute(struct rules *rules, const struct device *device, bool mute, int64_t now,
    int64_t wall)
{
	rules->now = now;
	rules->wall = wall;
	region_link(rules, device, AREA_MUTE, mute, now);
}

static void
restore(struct rules *rules, struct watch *w, const struct alarm *alarm)
{
	w->alarm = *alarm;
	watch_bind(rules, w);
	w->truth = alarm->active;
	watch_list(rules, w);
}

int
rules_restore(struct rules *rules, const char *rule, const char *device,
    const struct alarm *alarm)
{
	struct watch *w = watch_find(rules, rule, device);

	if (w == NULL) {
		w = own_restore(rules, rule, device, alarm->active);
		if (w == NULL)
			return -1;
		restore(rules, w, alarm);
		return 0;
	}
	restore(rules, w, alarm);
	acting_restore(&w->acting, alarm);
	watch_arm(rules, w);
	return 0;
}

void
rules_restore_ground(struct rules *rules, const char *rule, const char *device,
    const struct alarm_ground *ground)
{
	struct watch *w = watch_named(rules, rule, device);

	if (w == NULL)
		return;
	if (!w->own)
		w->ground = *ground;
	else if (ground->known & GROUND_VALUE)
		w->value = ground->value;
}

void
rules_restored(struct rules *rules, const char *rule, const char *device, int priority,
    const char *who, const char *why)
{
	struct watch *w = watch_named(rules, rule, device);

	if (w == NULL)
		return;
	w->risen = alarm_priority(&w->alarm, w->rule->priority) > priority;
	if (w->alarm.masks & (ALARM_SHELVED | ALARM_REMOVED))
		life_say(rules, w, who, why);
}

int
rules_live(struct rules *rules, const struct life_conf *conf, const struct area_link *links,
    size_t nlinks, struct arena *arena, struct errs *errs)
{
	size_t n = rules->n, more;

	rules->life = conf;
	if (region_new(rules, links, nlinks, arena) != 0)
		goto full;
	rules->nown = OWN_MORE + rules->nswitched +
	    (rules->areas != NULL ? rules->areas->n : 0);
	more = n + rules->nown + 1;
	rules->nsaids = more < 1024 ? more : 1024;
	rules->own = arena_alloc(arena, rules->nown * sizeof(rules->own[0]));
	rules->standing = arena_alloc(arena, more * sizeof(struct watch *));
	rules->lives.heap = arena_alloc(arena, more * sizeof(struct due *));
	rules->lives.cap = more;
	rules->saids = arena_alloc(arena, rules->nsaids * sizeof(rules->saids[0]));
	rules->enters = arena_alloc(arena, (n + 1) * (size_t)conf->chatter * sizeof(int64_t));
	if (rules->own == NULL || rules->standing == NULL || rules->lives.heap == NULL ||
	    rules->saids == NULL || rules->enters == NULL || burst_sites(rules, arena) != 0)
		goto full;
	own_prepare(rules);
	for (size_t i = 0; i < n; i++)
		watch_bind(rules, &rules->at[i]);
	return upkeep_keys(rules, arena, errs);
full:
	return err_add(errs, "", 0, "rules: no memory left for %zu alarms", n);
}

void
rules_on_change(struct rules *rules, void (*changed)(void *, const struct alarm_change *),
    void *owner)
{
	rules->changed = changed;
	rules->owner = owner;
}

void
rules_on_record(struct rules *rules, void (*recorded)(void *, const struct rule_record *))
{
	rules->recorded = recorded;
}

void
rules_on_maintenance(struct rules *rules, void (*maintained)(void *))
{
	rules->maintained = maintained;
}

struct watch *
watch_named(const struct rules *rules, const char *rule, const char *device)
{
	struct watch *w = watch_find(rules, rule, device);

	return w != NULL ? w : own_find(rules, rule, device);
}

bool
rules_have(const struct rules *rules, const char *rule, const char *device)
{
	return watch_named(rules, rule, device) != NULL;
}

bool
rules_standing(const struct rules *rules, size_t i, struct alarm_change *change)
{
	if (i >= rules->nstanding)
		return false;
	*change = change_of(rules, rules->standing[i]);
	change->time = change->alarm->since;
	return true;
}

size_t
rules_stand(const struct rules *rules)
{
	return rules->nstanding;
}

bool
rules_alarm_at(const struct rules *rules, size_t i, struct alarm_change *change)
{
	if (i >= rules->n + rules->nown)
		return false;
	*change = change_of(rules, i < rules->n ? &rules->at[i] : &rules->own[i - rules->n].watch);
	change->time = change->alarm->since;
	return true;
}

enum step_result
rules_step(struct rules *rules, const char *rule, const char *device,
    enum alarm_event event, enum alarm_mask mask, const char *who, int64_t wall)
{
	struct watch *w = watch_named(rules, rule, device);

	if (w == NULL)
		return STEP_UNKNOWN;
	if (event == ALARM_EV_MASK && w->rule->class == CLASS_LIFE)
		return STEP_FORBIDDEN;
	rules->wall = wall;
	if (!watch_step(rules, w, event, mask, who, wall))
		return STEP_NOTHING;
	if (w->own && event == ALARM_EV_ACK)
		upkeep_acked(rules, w, wall);
	return STEP_DONE;
}
