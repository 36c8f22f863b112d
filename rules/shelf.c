#include <stdio.h>
#include <string.h>

#include "watches.h"

static int64_t
sooner(int64_t a, int64_t b)
{
	return b != 0 && b < a ? b : a;
}

/* What is not handled in time is not told behind a mask. */
void
life_arm(struct rules *rules, struct watch *w)
{
	int64_t at = INT64_MAX;

	if (rules->life == NULL)
		return;
	at = sooner(at, w->shelf_end);
	at = sooner(at, w->alarm.masks ? 0 : w->handle_end);
	at = sooner(at, w->remind_at);
	at = sooner(at, w->calm_at);
	at = sooner(at, w->record_at);
	if (at == INT64_MAX)
		due_disarm(&rules->lives, &w->life);
	else
		due_arm(&rules->lives, &w->life, at);
}

/* Its slot goes with the masks. */
void
life_say(struct rules *rules, struct watch *w, const char *who, const char *why)
{
	bool silent = w->alarm.masks & (ALARM_SHELVED | ALARM_REMOVED);

	if (w->said == NULL && (who[0] != '\0' || why[0] != '\0'))
		for (size_t i = 0; i < rules->nsaids && w->said == NULL; i++)
			if (!rules->saids[i].used)
				w->said = &rules->saids[i];
	if (w->said == NULL)
		return;
	snprintf(w->said->who, sizeof(w->said->who), "%s", who);
	snprintf(w->said->why, sizeof(w->said->why), "%s", why);
	w->said->used = silent || who[0] != '\0' || why[0] != '\0';
	if (!w->said->used)
		w->said = NULL;
}

static void
record(struct rules *rules, const struct watch *w, const char *kind, const char *state,
    const struct life_order *o)
{
	struct rule_record r;
	char until[24];

	record_begin(&r, kind, w->rule->name, w->device->conf.name, o->wall);
	record_add(&r, "rule", w->rule->name);
	record_add(&r, "device", w->device->conf.name);
	record_add(&r, "state", state);
	record_add(&r, "who", o->who);
	record_add(&r, "why", o->why);
	if (w->alarm.until != 0)
		record_add(&r, "until", record_time(w->alarm.until, until));
	record_tell(rules, &r);
}

static struct watch *
take(struct rules *rules, const struct life_order *o)
{
	rules->now = o->now;
	rules->wall = o->wall;
	return rules->life != NULL ? watch_named(rules, o->rule, o->device) : NULL;
}

enum step_result
rules_shelve(struct rules *rules, const struct life_order *o)
{
	struct watch *w = take(rules, o);
	int64_t span;

	if (w == NULL)
		return STEP_UNKNOWN;
	if (w->rule->class == CLASS_LIFE)
		return STEP_FORBIDDEN;
	span = o->span > 0 ? o->span : rules->life->shelf_max;
	if (span > rules->life->shelf_max)
		return STEP_TOO_LONG;
	w->shelf_end = o->now + span;
	life_say(rules, w, o->who, o->why);
	watch_shelve(rules, w, o->wall + span / 1000, o->who, o->wall);
	life_arm(rules, w);
	record(rules, w, "shelve", "on", o);
	return STEP_DONE;
}

enum step_result
rules_unshelve(struct rules *rules, const struct life_order *o)
{
	struct watch *w = take(rules, o);

	if (w == NULL)
		return STEP_UNKNOWN;
	w->shelf_end = 0;
	if (!watch_step(rules, w, ALARM_EV_UNMASK, ALARM_SHELVED, o->who, o->wall))
		return STEP_NOTHING;
	record(rules, w, "shelve", "off", o);
	return STEP_DONE;
}

/* Out of service, or back. */
static bool
serve(struct rules *rules, struct watch *w, bool out, const struct life_order *o)
{
	if (out == ((w->alarm.masks & ALARM_REMOVED) != 0))
		return false;
	w->remind_at = out ? o->now + rules->life->remind : 0;
	if (out)
		life_say(rules, w, o->who, o->why);
	watch_step(rules, w, out ? ALARM_EV_MASK : ALARM_EV_UNMASK, ALARM_REMOVED, o->who,
	    o->wall);
	record(rules, w, "service", out ? "out" : "in", o);
	return true;
}

static enum step_result
serve_all(struct rules *rules, bool out, const struct life_order *o)
{
	size_t there = 0, may = 0, done = 0;

	for (size_t i = 0; i < rules->n; i++) {
		struct watch *w = &rules->at[i];

		if (strcmp(w->device->conf.name, o->device) != 0)
			continue;
		there++;
		if (out && w->rule->class == CLASS_LIFE)
			continue;
		may++;
		done += serve(rules, w, out, o);
	}
	if (done > 0)
		return STEP_DONE;
	return there == 0 ? STEP_UNKNOWN : may == 0 ? STEP_FORBIDDEN : STEP_NOTHING;
}

static enum step_result
order_service(struct rules *rules, bool out, const struct life_order *o)
{
	struct watch *w = take(rules, o);

	if (rules->life != NULL && strcmp(o->rule, "*") == 0)
		return serve_all(rules, out, o);
	if (w == NULL)
		return STEP_UNKNOWN;
	if (out && w->rule->class == CLASS_LIFE)
		return STEP_FORBIDDEN;
	return serve(rules, w, out, o) ? STEP_DONE : STEP_NOTHING;
}

enum step_result
rules_remove(struct rules *rules, const struct life_order *o)
{
	return order_service(rules, true, o);
}

enum step_result
rules_return(struct rules *rules, const struct life_order *o)
{
	return order_service(rules, false, o);
}

/* Also where nobody asks for it: what was done is worth keeping. */
enum step_result
rules_handle(struct rules *rules, const struct life_order *o)
{
	struct watch *w = take(rules, o);
	struct rule_record r;
	char since[24], by[24] = "";

	if (w == NULL)
		return STEP_UNKNOWN;
	if (w->standing == 0)
		return STEP_NOTHING;
	record_begin(&r, "handling", w->rule->name, w->device->conf.name, o->wall);
	record_add(&r, "rule", w->rule->name);
	record_add(&r, "device", w->device->conf.name);
	record_add(&r, "who", o->who);
	record_add(&r, "what", o->why);
	record_add(&r, "since", record_time(w->alarm.since, since));
	if (w->alarm.handle_by != 0)
		record_add(&r, "by", record_time(w->alarm.handle_by, by));
	record_add(&r, "late", w->alarm.overdue ? "yes" : w->alarm.handle_by != 0 ? "no" : "");
	record_add(&r, "cleared", w->alarm.active ? "no" : "yes");
	record_tell(rules, &r);
	rules->why = o->why;
	watch_step(rules, w, ALARM_EV_HANDLE, 0, o->who, o->wall);
	rules->why = NULL;
	return STEP_DONE;
}

static void
shelf_over(struct rules *rules, struct watch *w, int64_t wall)
{
	const struct life_order end = { .who = "", .why = "", .wall = wall };

	w->shelf_end = 0;
	if (watch_step(rules, w, ALARM_EV_UNMASK, ALARM_SHELVED, "", wall))
		record(rules, w, "shelve", "over", &end);
}

/* While it holds, and only while people may hear of it. */
static void
record_again(struct rules *rules, struct watch *w, int64_t now, int64_t wall)
{
	w->record_at += w->rule->record_every;
	if (w->record_at <= now)
		w->record_at = now + w->rule->record_every;
	if (!w->alarm.active || w->rule->record_every == 0)
		w->record_at = 0;
	else if (!w->alarm.masks)
		watch_record(rules, w, "still", wall);
}

static void
look(struct rules *rules, struct watch *w, int64_t now, int64_t wall)
{
	if (w->shelf_end != 0 && now >= w->shelf_end)
		shelf_over(rules, w, wall);
	if (w->calm_at != 0 && now >= w->calm_at) {
		w->calm_at = 0;
		watch_step(rules, w, ALARM_EV_CALM, 0, "", wall);
	}
	if (w->handle_end != 0 && now >= w->handle_end && !w->alarm.masks) {
		w->handle_end = 0;
		watch_step(rules, w, ALARM_EV_OVERDUE, 0, "", wall);
	}
	if (w->record_at != 0 && now >= w->record_at)
		record_again(rules, w, now, wall);
	if (w->remind_at != 0 && now >= w->remind_at) {
		w->remind_at += rules->life->remind;
		if (w->remind_at <= now)
			w->remind_at = now + rules->life->remind;
		watch_tell(rules, w, ALARM_EV_REMIND, "", wall);
	}
	life_arm(rules, w);
}

void
life_tick(struct rules *rules, int64_t now, int64_t wall)
{
	struct due *due;

	if (rules->life == NULL)
		return;
	while ((due = due_first(&rules->lives)) != NULL && due->at <= now) {
		due_disarm(&rules->lives, due);
		look(rules, (struct watch *)(void *)((char *)due - offsetof(struct watch, life)),
		    now, wall);
	}
	burst_tick(rules, now, wall);
	upkeep_tick(rules, now, wall);
	duplicate_tick(rules, now, wall);
	region_tick(rules, now, wall);
}

int64_t
life_deadline(const struct rules *rules)
{
	const struct due *due = due_first(&rules->lives);
	int64_t at = due != NULL ? due->at : INT64_MAX, other;

	if (rules->life == NULL)
		return INT64_MAX;
	other = burst_deadline(rules);
	at = other < at ? other : at;
	other = upkeep_deadline(rules);
	at = other < at ? other : at;
	other = duplicate_deadline(rules);
	at = other < at ? other : at;
	other = region_deadline(rules);
	return other < at ? other : at;
}

/* What is left until a moment of the wall clock, us; never more than most, for
 * the clock may be wrong. */
static int64_t
left(int64_t until, int64_t wall, int64_t most)
{
	int64_t ms;

	if (until <= wall)
		return 0;
	ms = (int64_t)((uint64_t)until - (uint64_t)wall);
	return ms < 0 || ms > most / 1000 ? most : ms * 1000;
}

static int64_t
next_reminder(int64_t since, int64_t wall, int64_t every)
{
	int64_t gone = left(wall, since, INT64_MAX / 2);

	return every - gone % every;
}

void
life_resume(struct rules *rules, struct watch *w, int64_t wall)
{
	const struct life_conf *c = rules->life;
	const struct alarm *a = &w->alarm;

	if (c == NULL)
		return;
	if ((a->masks & ALARM_SHELVED) && w->shelf_end == 0)
		w->shelf_end = rules->now + left(a->until, wall, c->shelf_max);
	if (a->handle_by != 0 && !a->overdue && w->handle_end == 0)
		w->handle_end = rules->now + left(a->handle_by, wall, a->handling * 1000);
	if ((a->masks & ALARM_REMOVED) && w->remind_at == 0)
		w->remind_at = rules->now + next_reminder(a->removed, wall, c->remind);
	if (!w->own && a->active && w->rule->record_every > 0 && w->record_at == 0)
		w->record_at = rules->now + w->rule->record_every;
	if (a->chattering && w->calm_at == 0)
		w->calm_at = rules->now + c->chatter_calm;
	life_arm(rules, w);
}

void
life_take_over(struct rules *rules, struct watch *w, const struct watch *was)
{
	int64_t most;

	if (rules->life == NULL)
		return;
	most = rules->now + rules->life->shelf_max;
	w->shelf_end = was->shelf_end < most ? was->shelf_end : most;
	w->handle_end = w->alarm.handling > 0 ? was->handle_end : 0;
	w->remind_at = was->remind_at;
	w->calm_at = was->calm_at;
	w->record_at = w->rule->record_every > 0 ? was->record_at : 0;
	w->risen = was->risen || w->rule->priority > was->rule->priority;
	if (was->said != NULL)
		life_say(rules, w, was->said->who, was->said->why);
	life_arm(rules, w);
}
