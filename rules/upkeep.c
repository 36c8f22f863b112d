#include <stdio.h>
#include <string.h>

#include "watches.h"

/* A site is what stands before a "/" in the name of a device. */
static bool
covers(const char *scope, const struct device *d)
{
	size_t n = strlen(scope);
	const char *name = d->conf.name;

	return strncmp(name, scope, n) == 0 && (name[n] == '\0' || name[n] == '/');
}

bool
upkeep_known(const struct rules *rules, const char *scope)
{
	for (size_t i = 0; i < rules->ndevices && scope[0] != '\0'; i++)
		if (covers(scope, &rules->devices[i]))
			return true;
	return false;
}

static struct upkeep *
find(const struct rules *rules, const char *scope)
{
	for (size_t i = 0; i < UPKEEPS; i++)
		if (rules->upkeeps[i].scope[0] != '\0' &&
		    strcmp(rules->upkeeps[i].scope, scope) == 0)
			return (struct upkeep *)(uintptr_t)&rules->upkeeps[i];
	return NULL;
}

static struct upkeep *
free_place(struct rules *rules)
{
	for (size_t i = 0; i < UPKEEPS; i++)
		if (rules->upkeeps[i].scope[0] == '\0')
			return &rules->upkeeps[i];
	return NULL;
}

bool
rules_in_maintenance(const struct rules *rules, const struct device *d)
{
	for (size_t i = 0; i < UPKEEPS; i++)
		if (rules->upkeeps[i].scope[0] != '\0' && covers(rules->upkeeps[i].scope, d))
			return true;
	return false;
}

bool
upkeep_masks(const struct rules *rules, const struct watch *w)
{
	for (size_t i = 0; i < UPKEEPS; i++) {
		const struct upkeep *u = &rules->upkeeps[i];

		if (u->scope[0] != '\0' && covers(u->scope, w->device) &&
		    (u->local || w->rule->class != CLASS_LIFE))
			return true;
	}
	return false;
}

/* The alarms of a scope get the mask that they must have now. */
static void
mask_scope(struct rules *rules, const char *scope, const char *who, int64_t wall)
{
	for (size_t i = 0; i < rules->n; i++) {
		struct watch *w = &rules->at[i];
		bool must;

		if (!covers(scope, w->device))
			continue;
		must = upkeep_masks(rules, w);
		if (must != ((w->alarm.masks & ALARM_MAINTENANCE) != 0))
			watch_step(rules, w, must ? ALARM_EV_MASK : ALARM_EV_UNMASK,
			    ALARM_MAINTENANCE, who, wall);
	}
}

static void
record(struct rules *rules, const struct upkeep *u, const char *state, const char *who,
    const char *why, int64_t wall)
{
	struct rule_record r;
	char since[24], until[24];

	record_begin(&r, "maintenance", u->scope, state, wall);
	record_add(&r, "scope", u->scope);
	record_add(&r, "state", state);
	record_add(&r, "who", who);
	record_add(&r, "why", why);
	record_add(&r, "by", u->key ? "key" : u->local ? "local" : "far");
	record_add(&r, "life", u->local ? "masked" : "not-masked");
	record_add(&r, "since", record_time(u->since, since));
	record_add(&r, "until", record_time(u->until, until));
	record_tell(rules, &r);
}

static void
changed(struct rules *rules)
{
	if (rules->maintained != NULL)
		rules->maintained(rules->owner);
}

/* From afar, what was said on the spot is not taken back. */
static enum step_result
begin(struct rules *rules, const struct life_order *o, bool key)
{
	int64_t most = life_maintenance(rules->life, o->local);
	int64_t span = o->span > 0 ? o->span : most;
	struct upkeep *u = find(rules, o->device);

	if (!upkeep_known(rules, o->device) || strlen(o->device) >= NAME_BYTES)
		return STEP_UNKNOWN;
	if (span > most)
		return STEP_TOO_LONG;
	if (u != NULL && (u->local || !o->local))
		return STEP_NOTHING;
	if (u == NULL)
		u = free_place(rules);
	if (u == NULL)
		return STEP_FULL;
	*u = (struct upkeep){ .local = o->local, .key = key, .since = o->wall,
	    .until = o->wall + span / 1000, .end = o->now + span };
	snprintf(u->scope, sizeof(u->scope), "%s", o->device);
	snprintf(u->who, sizeof(u->who), "%s", o->who);
	own_set(rules, OWN_MAINTENANCE, u->scope, false, 0, o->wall);
	record(rules, u, "on", o->who, o->why, o->wall);
	mask_scope(rules, u->scope, o->who, o->wall);
	changed(rules);
	return STEP_DONE;
}

static void
end(struct rules *rules, struct upkeep *u, const char *state, const char *who,
    const char *why, int64_t wall)
{
	struct upkeep was = *u;

	u->scope[0] = '\0';
	record(rules, &was, state, who, why, wall);
	mask_scope(rules, was.scope, who, wall);
	changed(rules);
}

enum step_result
rules_maintain(struct rules *rules, const struct life_order *o)
{
	rules->now = o->now;
	rules->wall = o->wall;
	return rules->life != NULL ? begin(rules, o, false) : STEP_UNKNOWN;
}

enum step_result
rules_maintained(struct rules *rules, const struct life_order *o)
{
	struct upkeep *u = find(rules, o->device);

	rules->now = o->now;
	rules->wall = o->wall;
	if (u == NULL)
		return upkeep_known(rules, o->device) ? STEP_NOTHING : STEP_UNKNOWN;
	end(rules, u, "off", o->who, o->why, o->wall);
	return STEP_DONE;
}

bool
rules_maintenance(const struct rules *rules, size_t i, struct maintenance *m)
{
	for (size_t k = 0; k < UPKEEPS; k++) {
		const struct upkeep *u = &rules->upkeeps[k];

		if (u->scope[0] == '\0' || i-- > 0)
			continue;
		*m = (struct maintenance){ .scope = u->scope, .who = u->who, .local = u->local,
		    .key = u->key, .since = u->since, .until = u->until,
		    .left = u->end - rules->now };
		return true;
	}
	return false;
}

/* What is left of it is reckoned by the wall clock, and never more than the
 * longest, for that clock may be wrong. */
void
rules_maintenance_restore(struct rules *rules, const struct maintenance *m, int64_t now,
    int64_t wall)
{
	struct upkeep *u = free_place(rules);
	int64_t most, left;

	if (rules->life == NULL || u == NULL || !upkeep_known(rules, m->scope))
		return;
	most = life_maintenance(rules->life, m->local) / 1000;
	left = m->until > wall ? m->until - wall : 0;
	*u = (struct upkeep){ .local = m->local, .key = m->key, .since = m->since,
	    .until = m->until, .end = now + (left < most ? left : most) * 1000 };
	snprintf(u->scope, sizeof(u->scope), "%s", m->scope);
	snprintf(u->who, sizeof(u->who), "%s", m->who);
}

static bool
key_turned(const struct rules *rules, const char *scope)
{
	for (size_t i = 0; i < rules->nturns; i++)
		if (rules->turns[i].is == 1 && rules->turns[i].key->does == KEY_MAINTAINS &&
		    strcmp(rules->turns[i].key->scope, scope) == 0)
			return true;
	return false;
}

/* That it ended by itself is over when somebody knows, and the key, if it is
 * one, is back: else it would begin anew by itself. */
void
upkeep_acked(struct rules *rules, struct watch *w, int64_t wall)
{
	if (own_is(rules, OWN_MAINTENANCE, w->device->conf.name) &&
	    !key_turned(rules, w->device->conf.name))
		own_set(rules, OWN_MAINTENANCE, w->device->conf.name, false, 0, wall);
}

static void
reset(struct rules *rules, const struct maintenance_key *key, int64_t wall)
{
	for (size_t i = 0; i < rules->n; i++)
		if (covers(key->scope, rules->at[i].device))
			watch_step(rules, &rules->at[i], ALARM_EV_RESET, 0, key->input, wall);
}

static void
turned(struct rules *rules, struct turn *t, bool on, int64_t wall)
{
	const struct life_order o = { .device = t->key->scope, .who = t->key->input,
	    .why = "", .local = true, .now = rules->now, .wall = wall };
	struct upkeep *u = find(rules, t->key->scope);

	if (on && !own_is(rules, OWN_MAINTENANCE, t->key->scope)) {
		begin(rules, &o, true);
	} else if (!on && u != NULL && u->key) {
		end(rules, u, "off", t->key->input, "", wall);
	} else if (!on && !key_turned(rules, t->key->scope)) {
		own_set(rules, OWN_MAINTENANCE, t->key->scope, false, 0, wall);
	}
}

/* A contact that is bad says nothing: the key stays as it was.  It is acted on
 * with the next tick, for the steps of many alarms may follow from it. */
void
upkeep_take(struct rules *rules, const struct reading *r)
{
	double number;

	for (size_t i = 0; i < rules->nturns; i++) {
		struct turn *t = &rules->turns[i];
		bool on;

		if (t->device->taps[t->point].series != r->series ||
		    quality_severity(r->quality) == SEVERITY_BAD ||
		    !value_number(&r->value, &number))
			continue;
		on = (number != 0) == (t->key->on != 0);
		if (t->is == on)
			continue;
		t->is = on;
		rules->turned = true;
	}
}

static void
act(struct rules *rules, int64_t wall)
{
	rules->turned = false;
	for (size_t i = 0; i < rules->nturns; i++) {
		struct turn *t = &rules->turns[i];

		if (t->is == t->was)
			continue;
		if (t->key->does == KEY_MAINTAINS)
			turned(rules, t, t->is == 1, wall);
		else if (t->is == 1 && t->was == 0)	/* found so it may be a short circuit */
			reset(rules, t->key, wall);
		t->was = t->is;
	}
}

void
upkeep_tick(struct rules *rules, int64_t now, int64_t wall)
{
	if (rules->turned)
		act(rules, wall);
	for (size_t i = 0; i < UPKEEPS; i++) {
		struct upkeep *u = &rules->upkeeps[i];
		char scope[NAME_BYTES];

		if (u->scope[0] == '\0' || now < u->end)
			continue;
		memcpy(scope, u->scope, sizeof(scope));
		end(rules, u, "over", "", "", wall);
		own_set(rules, OWN_MAINTENANCE, scope, true, 0, wall);
	}
}

int64_t
upkeep_deadline(const struct rules *rules)
{
	int64_t at = rules->turned ? rules->now : INT64_MAX;

	for (size_t i = 0; i < UPKEEPS; i++)
		if (rules->upkeeps[i].scope[0] != '\0' && rules->upkeeps[i].end < at)
			at = rules->upkeeps[i].end;
	return at;
}

static bool
lists(const struct strings *list, const char *name)
{
	for (size_t i = 0; i < list->n; i++)
		if (strcmp(list->at[i], name) == 0)
			return true;
	return false;
}

static int
bind_key(struct rules *rules, struct turn *t, const struct maintenance_key *key,
    struct errs *errs)
{
	const char *dot = key->input != NULL ? strrchr(key->input, '.') : NULL;
	const struct point *p;

	if (dot == NULL || key->scope == NULL)
		return err_add(errs, key->place.file, key->place.line,
		    "keys: input \"%s\" is no DEVICE.POINT", key->input != NULL ?
		    key->input : "");
	*t = (struct turn){ .key = key, .is = -1, .was = -1 };
	for (size_t i = 0; i < rules->ndevices; i++) {
		const struct device *d = &rules->devices[i];
		size_t n = (size_t)(dot - key->input);

		if (strncmp(d->conf.name, key->input, n) == 0 && d->conf.name[n] == '\0')
			t->device = d;
	}
	if (t->device == NULL)
		return err_add(errs, key->place.file, key->place.line,
		    "keys: there is no device of input \"%s\"", key->input);
	if (t->device->profile == NULL)
		return 0;	/* told of already */
	p = profile_point(t->device->profile, dot + 1);
	if (p == NULL)
		return err_add(errs, key->place.file, key->place.line,
		    "keys: device %s has no point \"%s\"", t->device->conf.name, dot + 1);
	t->point = (size_t)(p - t->device->profile->points);
	if (lists(&t->device->conf.writable, p->name))
		return err_add(errs, key->place.file, key->place.line,
		    "keys: %s cannot be writable: a key is turned on the spot, by no "
		    "command", key->input);
	if (upkeep_known(rules, key->scope))
		return 0;
	return err_add(errs, key->place.file, key->place.line,
	    "keys: scope \"%s\" is no site and no device", key->scope);
}

int
upkeep_keys(struct rules *rules, struct arena *arena, struct errs *errs)
{
	const struct items *keys = &rules->life->keys;
	const struct maintenance_key *at = keys->at;
	int rc = 0;

	if (keys->n == 0)
		return 0;
	rules->turns = arena_alloc(arena, keys->n * sizeof(rules->turns[0]));
	if (rules->turns == NULL)
		return err_add(errs, "", 0, "rules: no memory left for keys");
	for (size_t i = 0; i < keys->n; i++)
		rc |= bind_key(rules, &rules->turns[i], &at[i], errs);
	rules->nturns = rc == 0 ? keys->n : 0;
	return rc;
}

void
upkeep_take_over(struct rules *rules, const struct rules *was)
{
	if (rules->life == NULL)
		return;
	for (size_t i = 0, k = 0; i < UPKEEPS; i++)
		if (was->upkeeps[i].scope[0] != '\0' &&
		    upkeep_known(rules, was->upkeeps[i].scope))
			rules->upkeeps[k++] = was->upkeeps[i];
	for (size_t i = 0; i < rules->nturns; i++)
		for (size_t k = 0; k < was->nturns; k++)
			if (strcmp(rules->turns[i].key->input, was->turns[k].key->input) == 0 &&
			    rules->turns[i].key->on == was->turns[k].key->on) {
				rules->turns[i].is = was->turns[k].is;
				rules->turns[i].was = was->turns[k].was;
			}
	rules->turned = rules->turned || was->turned;
	changed(rules);
}
