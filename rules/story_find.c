#include <math.h>
#include <stdio.h>
#include <string.h>

#include "../conf/span.h"
#include "telling.h"

static int
fault(const struct telling *t, const struct place *at, const char *fmt, const char *word)
{
	return err_add(t->errs, at->file, at->line, fmt, t->story->name, word);
}

struct device *
story_device(const struct telling *t, const struct place *at, const char *name)
{
	struct near near = near_to(name);

	for (size_t i = 0; i < t->stage->ndevices; i++) {
		if (strcmp(t->stage->devices[i].conf.name, name) == 0)
			return &t->stage->devices[i];
		near_try(&near, t->stage->devices[i].conf.name);
	}
	if (near.best != NULL)
		err_add(t->errs, at->file, at->line,
		    "%s: there is no device \"%s\"; did you mean \"%s\"?", t->story->name, name,
		    near.best);
	else
		fault(t, at, ERR_("%s: there is no device \"%s\""), name);
	return NULL;
}

uint32_t
story_series(const struct telling *t, const struct place *at, const char *name,
    struct device **of)
{
	const char *dot = strrchr(name, '.'), *near;
	const struct point *p;
	struct device *d;
	char device[64];

	if (dot == NULL || (size_t)(dot - name) >= sizeof(device)) {
		fault(t, at, ERR_("%s: \"%s\" is not DEVICE.POINT"), name);
		return 0;
	}
	memcpy(device, name, (size_t)(dot - name));
	device[dot - name] = '\0';
	d = story_device(t, at, device);
	if (d == NULL)
		return 0;
	p = profile_point(d->profile, dot + 1);
	if (of != NULL)
		*of = d;
	if (p != NULL)
		return d->taps[p - d->profile->points].series;
	near = profile_near(d->profile, dot + 1);
	err_add(t->errs, at->file, at->line, near != NULL ?
	    ERR_("%s: %s has no point \"%s\"; did you mean \"%s\"?") :
	    ERR_("%s: %s has no point \"%s\""), t->story->name, device, dot + 1, near);
	return 0;
}

int
story_alarm(const struct telling *t, const struct place *at, const char *rule,
    const char *device)
{
	struct near near = near_to(rule);

	if (device[0] == '\0')
		return fault(t, at, ERR_("%s: say which device the alarm \"%s\" is of"), rule);
	if (own_reserved(rule) || rules_have(t->time.course.rules, rule, device))
		return 0;
	if (story_device(t, at, device) == NULL)
		return -1;
	for (size_t i = 0; i < t->stage->nrules; i++)
		near_try(&near, t->stage->rules[i].name);
	if (near.best != NULL && strcmp(near.best, rule) != 0)
		return err_add(t->errs, at->file, at->line,
		    "%s: there is no rule \"%s\"; did you mean \"%s\"?", t->story->name, rule,
		    near.best);
	return err_add(t->errs, at->file, at->line, near.best != NULL ?
	    ERR_("%s: rule \"%s\" is not on %s") : ERR_("%s: there is no rule \"%s\" for %s"),
	    t->story->name, rule, device);
}

int
story_span(const struct telling *t, const struct place *at, const char *word)
{
	for (int i = 0; statistic_span_names[i] != NULL; i++)
		if (strcmp(statistic_span_names[i], word) == 0)
			return i;
	return fault(t, at, ERR_("%s: interval \"%s\" is none of minute, hour, day"), word);
}

int
story_state(const char *word, size_t n)
{
	for (int i = ALARM_NORM; i <= ALARM_OOSRV; i++) {
		const char *name = alarm_state_name((enum alarm_state)i);

		if (strlen(name) == n && memcmp(name, word, n) == 0)
			return i;
	}
	return -1;
}

int
story_fact(const char *word)
{
	static const char *const names[STORY_FACTS] = { [STORY_OVERDUE] = "overdue",
	    [STORY_CHATTERING] = "chattering", [STORY_OWED] = "owed" };

	for (int i = 0; i < STORY_FACTS; i++)
		if (strcmp(names[i], word) == 0)
			return i;
	return -1;
}

int
story_step(const struct telling *t, const struct place *at, const char *text, int64_t *when,
    int *state)
{
	const char *blank = strchr(text, ' ');
	size_t n = blank != NULL ? (size_t)(blank - text) : 0;
	char span[32];

	if (n > 0 && n < sizeof(span)) {
		memcpy(span, text, n);
		span[n] = '\0';
		*state = story_state(blank + 1, strlen(blank + 1));
		if (span_parse(span, when) == 0 && *state >= 0)
			return 0;
	}
	return fault(t, at, ERR_("%s: \"%s\" is no moment and state, such as \"10min UNACK\""),
	    text);
}

const char *
story_moment(int64_t us, char *room, size_t n)
{
	static const struct { int64_t us; const char *word; } units[] = {
		{ 86400000000LL, "d" }, { 3600000000LL, "h" }, { 60000000LL, "min" } };

	for (size_t i = 0; us > 0 && i < sizeof(units) / sizeof(units[0]); i++)
		if (us % units[i].us == 0) {
			snprintf(room, n, "%lld%s", (long long)(us / units[i].us),
			    units[i].word);
			return room;
		}
	return span_write(us, room, n);
}

bool
story_is_figure(const struct node *node)
{
	return node == NULL || node_kind(node) == NODE_INT || node_kind(node) == NODE_REAL ||
	    node_kind(node) == NODE_BOOL;
}

double
story_figure(const struct node *node)
{
	if (node == NULL)
		return NAN;
	return node_kind(node) == NODE_BOOL ? node_bool(node) : node_real(node);
}
