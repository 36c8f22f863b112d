#include <string.h>

#include "switched.h"
#include "watches.h"

static uint32_t
series_of(const struct switched *s)
{
	return s->device->taps[s->point].series;
}

/* That one does not obey is an alarm of its own, and so is its end. */
static void
tell(struct rules *rules, struct switched *s, int64_t wall)
{
	if (s->told == s->drive.disobeyed)
		return;
	s->told = s->drive.disobeyed;
	own_set(rules, s->valve ? OWN_VALVE : OWN_DISOBEYED, s->name, s->told,
	    (int64_t)s->drive.figure, wall);
}

/* What is looked up for each reading is reckoned when something changes. */
static void
reckon(struct rules *rules)
{
	rules->switch_at = INT64_MAX;
	rules->disobeyed = 0;
	for (size_t i = 0; i < rules->nswitched; i++) {
		int64_t at = drive_deadline(&rules->switched[i].drive);

		rules->switch_at = at < rules->switch_at ? at : rules->switch_at;
		rules->disobeyed += rules->switched[i].told;
	}
}

static void
settle(struct rules *rules, struct switched *s, int64_t wall)
{
	tell(rules, s, wall);
	reckon(rules);
}

void
switched_want(struct rules *rules, size_t i, const struct wish *wish)
{
	drive_want(&rules->switched[i].drive, wish, rules->now);
	settle(rules, &rules->switched[i], rules->wall);
}

static struct switched *
find(const struct rules *rules, uint32_t series)
{
	for (size_t i = 0; i < rules->nswitched; i++)
		if (series_of(&rules->switched[i]) == series)
			return &rules->switched[i];
	return NULL;
}

/* What a valve shows later ends the alarm that it did not obey. */
void
switched_take(struct rules *rules, const struct reading *r)
{
	double figure;

	if (rules->disobeyed == 0 || r->age > 0 || quality_severity(r->quality) != SEVERITY_GOOD ||
	    !value_number(&r->value, &figure))
		return;
	for (size_t i = 0; i < rules->nswitched; i++) {
		struct switched *s = &rules->switched[i];

		if (!s->told || s->device->taps[s->shown].series != r->series)
			continue;
		drive_see(&s->drive, figure);
		settle(rules, s, rules->wall);
	}
}

void
switched_tick(struct rules *rules, int64_t now, int64_t wall)
{
	struct wish wish;

	if (now < rules->switch_at)
		return;
	for (size_t i = 0; i < rules->nswitched; i++) {
		drive_tick(&rules->switched[i].drive, now);
		if (drive_asks(&rules->switched[i].drive, now))
			drive_insist(&rules->switched[i].drive,
			    deeds_insist(rules, i, &wish) ? &wish : NULL, now);
		tell(rules, &rules->switched[i], wall);
	}
	reckon(rules);
}

bool
rules_order(const struct rules *rules, int64_t now, size_t *i, struct rule_order *o)
{
	if (now < rules->switch_at)
		return false;
	for (; *i < rules->nswitched; ++*i) {
		const struct switched *s = &rules->switched[*i];

		if (s->drive.state != DRIVE_WAITS || s->drive.due > now ||
		    s->drive.deadline <= now)
			continue;
		*o = (struct rule_order){ .i = (*i)++, .device = s->device,
		    .point = &s->device->profile->points[s->point],
		    .series = series_of(s), .valve = s->valve, .figure = s->drive.figure,
		    .left = s->drive.deadline - now, .rule = s->drive.rule, .by = s->drive.by };
		o->share = s->drive.share < o->left ? s->drive.share : o->left;
		return true;
	}
	return false;
}

void
rules_ordered(struct rules *rules, size_t i, int64_t now)
{
	drive_go(&rules->switched[i].drive, now);
	settle(rules, &rules->switched[i], rules->wall);
}

void
rules_order_hold(struct rules *rules, size_t i, int64_t until)
{
	drive_hold(&rules->switched[i].drive, until);
	settle(rules, &rules->switched[i], rules->wall);
}

void
rules_order_end(struct rules *rules, uint32_t series, enum drive_end how, int64_t now,
    int64_t wall)
{
	struct switched *s = find(rules, series);

	if (s == NULL)
		return;
	rules->now = now;
	drive_end(&s->drive, how, now);
	settle(rules, s, wall);
}

void
rules_overrule(struct rules *rules, uint32_t series, int64_t wall)
{
	struct switched *s = find(rules, series);

	if (s == NULL)
		return;
	drive_overrule(&s->drive);
	settle(rules, s, wall);
}

void
rules_at(struct rules *rules, int64_t now)
{
	rules->now = now;
}

static struct switched *
named(const struct rules *rules, const char *name)
{
	for (size_t i = 0; i < rules->nswitched; i++)
		if (strcmp(rules->switched[i].name, name) == 0)
			return &rules->switched[i];
	return NULL;
}

/* What was wanted of it is not known any more, unless it can be but one thing. */
bool
switched_restore(struct rules *rules, const char *name, bool valve, bool disobeyed)
{
	struct switched *s = named(rules, name);

	if (s == NULL || s->valve != valve)
		return false;
	s->drive.disobeyed = s->told = disobeyed;
	reckon(rules);
	return true;
}

/* A command that is under way ends as it would have. */
void
switched_take_over(struct rules *rules, const struct rules *was)
{
	for (size_t i = 0; i < rules->nswitched; i++) {
		struct switched *s = &rules->switched[i];
		const struct switched *old = named(was, s->name);

		if (old == NULL || old->valve != s->valve)
			continue;
		s->drive = old->drive;
		s->told = old->told;
		settle(rules, s, rules->wall);
	}
}
