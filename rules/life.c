#include "watches.h"

void
watch_list(struct rules *rules, struct watch *w)
{
	bool normal = alarm_state(&w->alarm) == ALARM_NORM;
	struct watch *last;

	if (!normal && w->standing == 0) {
		rules->standing[rules->nstanding++] = w;
		w->standing = rules->nstanding;
	} else if (normal && w->standing != 0) {
		last = rules->standing[--rules->nstanding];
		rules->standing[w->standing - 1] = last;
		last->standing = w->standing;
		w->standing = 0;
	}
}

static struct alarm_change
change_of(const struct watch *w)
{
	const struct rule_input *in = &w->program.inputs[w->first];

	return (struct alarm_change){ .rule = w->rule, .device = w->device,
	    .point = in->point, .series = in->series, .alarm = &w->alarm, .time = w->time,
	    .value = w->value, .quality = w->quality, .who = "",
	    .shape = w->program.shape, .limit = w->limit, .silence = watch_stale_age(w) };
}

bool
watch_step(struct rules *rules, struct watch *w, enum alarm_event event, enum alarm_mask mask,
    const char *who, int64_t time)
{
	struct alarm_change change;

	if (!alarm_step(&w->alarm, event, mask, time))
		return false;
	watch_list(rules, w);
	change = change_of(w);
	change.event = event;
	change.mask = mask;
	change.who = who;
	change.time = time;
	if (rules->changed != NULL)
		rules->changed(rules->owner, &change);
	return true;
}

/* A point that was disabled takes its alarms out of service, and back; what a
 * rule of today may not wear is taken off an alarm that comes from yesterday. */
static void
settle_one(struct rules *rules, struct watch *w, int64_t wall)
{
	bool life = w->rule->class == CLASS_LIFE;
	bool out = w->alarm.masks & ALARM_OUT_OF_SERVICE;

	if (watch_disabled(w) != out)
		watch_step(rules, w, out ? ALARM_EV_UNMASK : ALARM_EV_MASK, ALARM_OUT_OF_SERVICE,
		    "", wall);
	if (life)
		watch_step(rules, w, ALARM_EV_UNMASK, ALARM_SHELVED, "", wall);
	if (life || !watch_of_silence(w))
		watch_step(rules, w, ALARM_EV_UNMASK, ALARM_SUPPRESSED, "", wall);
}

void
watch_settle(struct rules *rules, int64_t wall)
{
	for (size_t i = 0; i < rules->n; i++)
		settle_one(rules, &rules->at[i], wall);
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

static void
link_point(struct rules *rules, uint32_t series, bool down, int64_t now, int64_t wall)
{
	size_t n;
	const struct dependant *at = watches_of(rules, series, &n);

	for (size_t i = 0; i < n; i++) {
		struct watch *w = at[i].watch;

		if (!watch_of_silence(w) || w->rule->class == CLASS_LIFE ||
		    !w->program.inputs[at[i].input].waits)
			continue;
		if (down)
			link_down(rules, w, wall);
		else
			link_up(rules, w, now, wall);
	}
}

void
rules_link(struct rules *rules, const struct device *device, bool down, int64_t now,
    int64_t wall)
{
	for (size_t i = 0; i < device->profile->npoints; i++)
		link_point(rules, device->taps[i].series, down, now, wall);
}

int
rules_restore(struct rules *rules, const char *rule, const char *device,
    const struct alarm *alarm)
{
	struct watch *w = watch_find(rules, rule, device);

	if (w == NULL)
		return -1;
	w->alarm = *alarm;
	w->alarm.latching = w->rule->latching;
	w->truth = alarm->active;
	watch_list(rules, w);
	watch_arm(rules, w);
	return 0;
}

void
rules_on_change(struct rules *rules, void (*changed)(void *, const struct alarm_change *),
    void *owner)
{
	rules->changed = changed;
	rules->owner = owner;
}

bool
rules_have(const struct rules *rules, const char *rule, const char *device)
{
	return watch_find(rules, rule, device) != NULL;
}

bool
rules_standing(const struct rules *rules, size_t i, struct alarm_change *change)
{
	if (i >= rules->nstanding)
		return false;
	*change = change_of(rules->standing[i]);
	change->time = change->alarm->since;
	return true;
}

bool
rules_alarm_at(const struct rules *rules, size_t i, struct alarm_change *change)
{
	if (i >= rules->n)
		return false;
	*change = change_of(&rules->at[i]);
	change->time = change->alarm->since;
	return true;
}

enum step_result
rules_step(struct rules *rules, const char *rule, const char *device,
    enum alarm_event event, enum alarm_mask mask, const char *who, int64_t wall)
{
	struct watch *w = watch_find(rules, rule, device);

	if (w == NULL)
		return STEP_UNKNOWN;
	if (event == ALARM_EV_MASK && w->rule->class == CLASS_LIFE)
		return STEP_FORBIDDEN;
	return watch_step(rules, w, event, mask, who, wall) ? STEP_DONE : STEP_NOTHING;
}
