#include <string.h>

#include "watches.h"

bool
watch_of_silence(const struct watch *w)
{
	return w->rule->condition.kind == CONDITION_STALE;
}

/* The next moment at which this watch has something to do by itself. */
void
watch_arm(struct rules *rules, struct watch *w)
{
	int64_t at = INT64_MAX;

	if (w->pending)
		at = w->since + (w->truth ? w->rule->on_delay : w->rule->off_delay);
	else if (watch_of_silence(w) && !w->truth)
		at = w->heard + watch_stale_age(w);
	if (w->lift_at != 0 && w->lift_at < at)
		at = w->lift_at;
	if (at == INT64_MAX)
		due_disarm(&rules->dues, &w->due);
	/* A moment that only moved away is looked at again when it comes. */
	else if (w->due.place == 0 || at < w->due.at)
		due_arm(&rules->dues, &w->due, at);
}

/* The condition is known to be this since that moment. */
static void
know(struct rules *rules, struct watch *w, bool truth, int64_t since, int64_t now,
    int64_t time)
{
	if (!w->pending || truth != w->truth)
		w->since = since;
	w->truth = truth;
	w->pending = truth != w->alarm.active;
	if (w->pending && now - w->since >= (truth ? w->rule->on_delay : w->rule->off_delay)) {
		watch_step(rules, w, truth ? ALARM_EV_ENTER : ALARM_EV_LEAVE, 0, "", time);
		w->pending = false;
	}
}

/* Not known for a while: a hold begins anew, and only with what is beyond the
 * limit itself, not with what the deadband would have kept. */
static void
forget(struct watch *w)
{
	w->pending = false;
	w->truth = w->alarm.active;
}

/* The deadband lies behind the limit, on the side of what is normal.  A float is
 * compared as a float: one that reads 0.7 is not below a limit of 0.7. */
static bool
beyond(const struct watch *w, enum value_kind kind, double number)
{
	const struct condition *c = &w->rule->condition;
	double limit = c->limit;

	if (w->truth)
		limit += c->kind == CONDITION_HIGH ? -w->rule->deadband : w->rule->deadband;
	if (kind == VALUE_F32)
		limit = (double)(float)limit;
	if (number == limit)
		return c->or_equal;
	return c->kind == CONDITION_HIGH ? number > limit : number < limit;
}

/* Gas beyond full scale is gas: for class life such a figure may raise a high
 * alarm, but it clears none. */
static bool
is_over_range_gas(const struct watch *w, const struct reading *r)
{
	double number;

	return r->quality.code == Q_OUT_OF_RANGE && w->rule->class == CLASS_LIFE &&
	    w->rule->condition.kind == CONDITION_HIGH && value_number(&r->value, &number) &&
	    beyond(w, r->value.kind, number);
}

/* May this reading say whether the condition holds?  Uncertain ones may, but
 * for an instrument that warms up or repeats what it said long ago. */
static bool
usable(const struct watch *w, const struct reading *r)
{
	switch (quality_severity(r->quality)) {
	case SEVERITY_GOOD:
		return true;
	case SEVERITY_UNCERTAIN:
		return r->quality.code != Q_WARMING_UP && r->quality.code != Q_STALE;
	case SEVERITY_BAD:
		break;
	}
	return is_over_range_gas(w, r);
}

/* A figure beyond its range cannot be reckoned with, but it is no silence. */
static bool
speaks(const struct reading *r)
{
	return r->quality.code == Q_OUT_OF_RANGE;
}

static bool
too_old(const struct watch *w, const struct reading *r, int64_t wall)
{
	return wall - r->time > watch_max_age(w) / 1000 || r->mono < w->heard;
}

static void
take(struct rules *rules, struct watch *w, const struct reading *r, int64_t now,
    int64_t wall)
{
	double number = 0;

	if (too_old(w, r, wall))
		return;
	w->time = r->time;
	w->value = r->value;
	w->quality = r->quality;
	if (!usable(w, r) && !(watch_of_silence(w) && speaks(r))) {
		if (!watch_of_silence(w))
			forget(w);
		watch_arm(rules, w);
		return;
	}
	if (r->mono - w->heard > watch_gap(w) && !watch_of_silence(w))
		forget(w);
	w->heard = r->mono;
	if (watch_of_silence(w))
		know(rules, w, false, r->mono, now, r->time);
	else if (value_number(&r->value, &number))
		know(rules, w, beyond(w, r->value.kind, number), r->mono, now, r->time);
	watch_lift(rules, w, now, wall);
	watch_arm(rules, w);
}

void
rules_take(struct rules *rules, const struct reading *r, int64_t now, int64_t wall)
{
	size_t n;
	struct watch **at = watches_of(rules, r->series, &n);

	for (size_t i = 0; i < n; i++)
		take(rules, at[i], r, now, wall);
}

static void
look(struct rules *rules, struct watch *w, int64_t now, int64_t wall)
{
	bool silent = now - w->heard > watch_gap(w);

	if (watch_of_silence(w) && now - w->heard >= watch_stale_age(w))
		know(rules, w, true, w->heard + watch_stale_age(w), now, wall);
	else if (w->pending && (!silent || watch_of_silence(w)))
		know(rules, w, w->truth, w->since, now, wall);
	else if (!watch_of_silence(w))
		forget(w);
	watch_lift(rules, w, now, wall);
	watch_arm(rules, w);
}

void
rules_statistic(struct rules *rules, const struct statistic *s, int64_t now, int64_t wall)
{
	(void)rules, (void)s, (void)now, (void)wall;	/* no condition asks for one yet */
}

void
rules_tick(struct rules *rules, int64_t now, int64_t wall)
{
	struct due *due;

	if (!rules->settled)
		watch_settle(rules, wall);
	while ((due = due_first(&rules->dues)) != NULL && due->at <= now) {
		due_disarm(&rules->dues, due);
		look(rules, (struct watch *)due, now, wall);
	}
}

int64_t
rules_deadline(const struct rules *rules)
{
	const struct due *due = due_first(&rules->dues);

	if (!rules->settled)
		return 0;
	return due != NULL ? due->at : INT64_MAX;
}

/* A delay that runs goes on; one that does not know of silence has heard as
 * much as before. */
static void
take_over(struct rules *rules, struct watch *w, const struct watch *was, bool same)
{
	w->alarm = was->alarm;
	w->alarm.latching = w->rule->latching;
	w->truth = same ? was->truth : was->alarm.active;
	w->time = was->time;
	w->value = was->value;
	w->quality = was->quality;
	if (same) {
		w->pending = was->pending;
		w->since = was->since;
		w->heard = was->heard;
		w->lift_at = was->lift_at;
		due_disarm(&rules->dues, &w->due);
	} else if (was->lift_at != 0) {
		w->lift_at = w->heard + watch_stale_age(w);
	}
	watch_list(rules, w);
	watch_arm(rules, w);
}

static bool
says_the_same(const struct watch *w, const struct watch *was, const struct device *alike)
{
	return alike == was->device && rule_same(w->rule, was->rule) &&
	    device_point_same(w->device, was->device,
	    (size_t)(w->point - w->device->profile->points));
}

void
rules_take_over(struct rules *rules, const struct rules *was, const struct device *devices,
    const struct device *const *alike)
{
	for (size_t i = 0; i < rules->n; i++) {
		struct watch *w = &rules->at[i];
		const struct watch *old = watch_find(was, w->rule->name, w->device->conf.name);

		if (old != NULL)
			take_over(rules, w, old, says_the_same(w, old,
			    alike[w->device - devices]));
	}
}
