#include <math.h>
#include <string.h>

#include "aligned.h"
#include "watches.h"

bool
watch_of_silence(const struct watch *w)
{
	return w->rule->condition.waits;
}

/* The next moment at which this watch has something to do by itself. */
void
watch_arm(struct rules *rules, struct watch *w)
{
	int64_t at = w->next;

	if (w->pending || w->program.holds)
		at = w->expires < at ? w->expires : at;
	if (w->pending) {
		int64_t end = w->since + (w->truth ? w->rule->on_delay : w->rule->off_delay);

		at = end < at ? end : at;
	}
	if (w->lift_at != 0 && w->lift_at < at)
		at = w->lift_at;
	if (at == INT64_MAX)
		due_disarm(&rules->dues, &w->due);
	/* A moment that only moved away is looked at again when it comes. */
	else if (w->due.place == 0 || at < w->due.at)
		due_arm(&rules->dues, &w->due, at);
}

/* What was heard last bears out the alarm as it is, or as it is to be. */
static void
bear(struct watch *w)
{
	struct alarm_ground *b = &w->ground;

	if (w->value.kind != VALUE_NONE) {
		b->known |= GROUND_VALUE;
		b->series = w->program.inputs[w->first].series;
		b->value = w->value;
	}
	if (!isnan(w->limit)) {
		b->known |= GROUND_LIMIT;
		b->limit = w->limit;
	}
	if (!isnan(w->figure)) {
		b->known |= GROUND_FIGURE;
		b->figure = w->figure;
	}
}

/* The condition is known to be this since that moment. */
static void
know(struct rules *rules, struct watch *w, bool truth, int64_t since, int64_t now,
    int64_t time)
{
	bool over;

	if (!w->pending || truth != w->truth)
		w->since = since;
	w->truth = truth;
	w->pending = truth != w->alarm.active;
	over = w->pending &&
	    now - w->since >= (truth ? w->rule->on_delay : w->rule->off_delay);
	if (over || !w->pending)
		bear(w);
	if (over) {
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

/* Is one of its readings no repetition of an old result? */
static bool
has_new_result(const struct rule_program *p)
{
	for (size_t i = 0; i < p->ninputs; i++)
		if (p->inputs[i].fresh && !p->inputs[i].held)
			return true;
	return false;
}

/* Are there as many results in a row as the rule asks for?  One that is told again
 * is no other; and one that is not good begins the row anew. */
static bool
enough(struct watch *w, enum truth truth)
{
	if (w->rule->results <= 1)
		return true;
	if (truth != TRUTH_YES)
		w->results = 0;
	else if (has_new_result(&w->program))
		w->results++;
	return truth != TRUTH_YES || w->alarm.active || w->results >= w->rule->results;
}

/* What the two conditions of a rule say together.  While the alarm is active only what
 * clears it ends it, and must hold for that; without one, that it does not hold any more. */
static enum truth
ask(struct watch *w, struct rule_look *look)
{
	enum truth when = program_run(&w->program, false, w->truth, look), clear;

	if (w->program.ncode == w->program.nwhen)
		return when;
	clear = program_run(&w->program, true, false, look);
	if (!w->alarm.active || when == TRUTH_YES)
		return when;
	if (clear == TRUTH_UNKNOWN)
		return clear;
	return clear == TRUTH_YES ? TRUTH_NO : TRUTH_YES;
}

/* What may be the answer to an older question, as after a silence, can raise an alarm of
 * class life, and ends none. */
static bool
ends_in_doubt(const struct watch *w, enum truth truth)
{
	if (truth != TRUTH_NO || !w->alarm.active || w->rule->class != CLASS_LIFE)
		return false;
	for (size_t i = 0; i < w->program.ninputs; i++)
		if (w->program.inputs[i].quality.code == Q_AFTER_BARRIER)
			return true;
	return false;
}

static void
settle_inputs(struct rule_program *p)
{
	for (size_t i = 0; i < p->ninputs; i++)
		p->inputs[i].fresh = false;
}

/* Something was heard, or it is time.  A delay begins at since. */
static void
judge(struct rules *rules, struct watch *w, int64_t since, int64_t now, int64_t time,
    int64_t wall)
{
	struct rule_look look = { .now = now, .wall = wall, .zone = rules->zone,
	    .next = INT64_MAX,
	    .expires = INT64_MAX, .limit = term_unknown(), .figure = term_unknown() };
	enum truth truth = ask(w, &look);

	if (ends_in_doubt(w, truth))
		truth = TRUTH_UNKNOWN;
	w->next = look.next;
	w->expires = look.expires;
	w->limit = term_known(look.limit) ? look.limit.low : NAN;
	w->figure = term_known(look.figure) ? look.figure.low : NAN;
	if (rules->recalling) {
		settle_inputs(&w->program);
		return;
	}
	if (truth == TRUTH_UNKNOWN || !enough(w, truth))
		forget(w);
	else
		know(rules, w, truth == TRUTH_YES, since, now, time);
	if (truth != TRUTH_UNKNOWN && !w->pending)
		deeds_known(rules, w);
	settle_inputs(&w->program);
	watch_lift(rules, w, now, wall);
	watch_arm(rules, w);
}

/* It is time: what was to change by itself did so when it was to. */
static void
look(struct rules *rules, struct watch *w, int64_t now, int64_t wall)
{
	judge(rules, w, w->next < now ? w->next : now, now, wall, wall);
}

/* What people are told of: the first point of the condition; of a group the one
 * that was heard last. */
static void
show(struct watch *w, uint32_t input, const struct reading *r)
{
	if (input > 0 && !(w->program.grouped && input < w->program.calls[0].group_end))
		return;
	w->first = input;
	w->time = r->time;
	w->value = r->value;
	w->quality = r->quality;
}

/* All inputs of a watch that hang on the series stand side by side; returns the
 * first that is of another. */
static struct dependant *
take(struct rules *rules, struct dependant *at, const struct dependant *end,
    const struct reading *r, int64_t now, int64_t wall)
{
	struct watch *w = at->watch;
	bool heard = false;

	/* what was due before it came does not wait for it */
	if (w->due.place != 0 && w->due.at < now && !rules->recalling)
		look(rules, w, now, wall);
	for (; at < end && at->watch == w; at++)
		if (input_hear(&w->program.inputs[at->input], r, wall)) {
			show(w, at->input, r);
			heard |= !w->program.inputs[at->input].by_clock;
		}
	if (heard)
		judge(rules, w, r->mono, now, r->time, wall);
	return at;
}

void
rules_take(struct rules *rules, const struct reading *r, int64_t now, int64_t wall)
{
	size_t n;
	struct dependant *at = watches_of(rules, r->series, &n), *end = at + n;

	rules->now = now;
	rules->wall = wall;
	while (at < end)
		at = take(rules, at, end, r, now, wall);
	if (rules->recalling)
		return;
	upkeep_take(rules, r);
	switched_take(rules, r);
}

/* The figure that is told is the one that is judged. */
static void
take_statistic(struct rules *rules, struct watch *w, const struct statistic *s, int64_t now,
    int64_t wall)
{
	uint32_t input;

	if (!program_statistic(&w->program, s, now, &input))
		return;
	if (input == 0 && !isnan(s->mean)) {
		w->time = s->to;
		w->value = (struct value){ .kind = VALUE_F64, .d = s->mean };
	}
	judge(rules, w, now, now, s->to, wall);
}

void
rules_statistic(struct rules *rules, const struct statistic *s, int64_t now, int64_t wall)
{
	size_t n;
	struct dependant *at = watches_of(rules, s->series, &n);

	rules->now = now;
	rules->wall = wall;
	for (size_t i = 0; i < n; i++)
		if (i == 0 || at[i].watch != at[i - 1].watch)
			take_statistic(rules, at[i].watch, s, now, wall);
}

void
rules_tick(struct rules *rules, int64_t now, int64_t wall)
{
	struct due *due;

	rules->now = now;
	rules->wall = wall;
	if (rules->recalling)
		return;
	if (!rules->settled)
		watch_settle(rules, wall);
	while ((due = due_first(&rules->dues)) != NULL && due->at <= now) {
		due_disarm(&rules->dues, due);
		look(rules, (struct watch *)due, now, wall);
	}
	life_tick(rules, now, wall);
	switched_tick(rules, now, wall);
}

int64_t
rules_deadline(const struct rules *rules)
{
	const struct due *due = due_first(&rules->dues);
	int64_t life;

	if (rules->recalling)
		return INT64_MAX;	/* only what was heard counts */
	if (!rules->settled)
		return 0;
	life = life_deadline(rules);
	life = rules->switch_at < life ? rules->switch_at : life;
	return due != NULL && due->at < life ? due->at : life;
}

/* A delay that runs goes on, and what was heard and remembered stays. */
static void
take_over(struct rules *rules, struct watch *w, const struct watch *was, bool same,
    bool same_program)
{
	w->alarm = was->alarm;
	w->acting = was->acting;
	watch_bind(rules, w);
	life_take_over(rules, w, was);
	w->truth = same ? was->truth : was->alarm.active;
	w->time = was->time;
	w->value = was->value;
	w->quality = was->quality;
	w->ground = was->ground;
	if (!same_program)	/* they are of another condition */
		w->ground.known &= GROUND_VALUE;
	if (same_program) {
		program_take_over(&w->program, &was->program);
		w->first = was->first;
		w->limit = was->limit;
		w->figure = was->figure;
	}
	if (same) {
		w->pending = was->pending;
		w->since = was->since;
		w->results = was->results;
		w->lift_at = was->lift_at;
	} else if (was->lift_at != 0) {
		w->lift_at = w->program.inputs[0].heard + watch_stale_age(w);
	}
	watch_list(rules, w);
	watch_arm(rules, w);
}

/* Do all of its readings go on as they were? */
static bool
hears_the_same(const struct watch *w, const struct watch *was, const struct device *devices,
    const struct device *const *alike)
{
	if (!program_same(&w->program, &was->program))
		return false;
	for (size_t i = 0; i < w->program.ninputs; i++) {
		const struct rule_input *in = &w->program.inputs[i];
		const struct rule_input *old = &was->program.inputs[i];

		if (alike[in->device - devices] != old->device ||
		    !device_point_same(in->device, old->device,
		    (size_t)(in->point - in->device->profile->points)))
			return false;
	}
	return true;
}

void
rules_in_zone(struct rules *rules, const struct zone *zone)
{
	rules->zone = zone;
}

void
rules_take_over(struct rules *rules, const struct rules *was, const struct device *devices,
    const struct device *const *alike)
{
	for (size_t i = 0; i < rules->n; i++) {
		struct watch *w = &rules->at[i];
		const struct watch *old = watch_find(was, w->rule->name, w->device->conf.name);
		bool same;

		if (old == NULL)
			continue;
		same = hears_the_same(w, old, devices, alike);
		take_over(rules, w, old, same && rule_same(w->rule, old->rule), same);
		burst_take_over(rules, w, was, old);
	}
	switched_take_over(rules, was);
	duplicate_take_over(rules, was);
	own_take_over(rules, was);
	upkeep_take_over(rules, was);
	region_take_over(rules, was);
}
