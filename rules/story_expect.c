#include <math.h>
#include <stdio.h>
#include <string.h>

#include "../conf/span.h"
#include "telling.h"

#define STEP_TEXT	48

static const char *
step_text(int64_t at, enum alarm_state state, char room[STEP_TEXT])
{
	char span[32];

	snprintf(room, STEP_TEXT, "%s %s", story_moment(at, span, sizeof(span)),
	    alarm_state_name(state));
	return room;
}

/* The next step of the alarm from *i on; NULL: no more. */
static const struct told_step *
next(const struct telling *t, const struct story_expect *e, size_t *i)
{
	for (; *i < t->nsteps && *i < STORY_STEPS; ++*i) {
		const struct told_step *s = &t->steps[*i];

		if (strcmp(s->rule, e->alarm) == 0 && strcmp(s->device, e->device) == 0)
			return &t->steps[(*i)++];
	}
	return NULL;
}

/* The same of those that entered a state. */
static const struct told_step *
next_state(const struct telling *t, const struct story_expect *e, size_t *i)
{
	const struct told_step *s;

	do
		s = next(t, e, i);
	while (s != NULL && !s->entered);
	return s;
}

static int
not_so(const struct telling *t, const struct story_expect *e, const char *wanted,
    const char *was)
{
	return err_add(t->errs, e->place.file, e->place.line,
	    "%s: %s of %s: expected %s; it was %s", t->story->name, e->alarm, e->device, wanted,
	    was);
}

static int
check_course(const struct telling *t, const struct story_expect *e)
{
	const struct told_step *s = NULL;
	char was[STEP_TEXT];
	size_t i = 0, k = 0;

	for (; k < e->course.n; k++) {
		int64_t at;
		int state;

		if (story_step(t, &e->place, e->course.at[k], &at, &state) != 0)
			return -1;
		s = next_state(t, e, &i);
		if (s != NULL && s->at == at && (int)s->state == state)
			continue;
		return not_so(t, e, e->course.at[k], s != NULL ?
		    step_text(s->at, s->state, was) : err_word(t->errs, ERR_("nothing more")));
	}
	s = k > 0 ? next_state(t, e, &i) : NULL;
	return s == NULL ? 0 : not_so(t, e, err_word(t->errs, ERR_("nothing more")),
	    step_text(s->at, s->state, was));
}

/* When its condition was there first, and gone last; -1: never. */
static void
find_times(const struct telling *t, const struct story_expect *e, int64_t *raised,
    int64_t *cleared)
{
	const struct told_step *s;
	bool active = false;
	size_t i = 0;

	*raised = *cleared = -1;
	while ((s = next(t, e, &i)) != NULL) {
		if (s->active && !active && *raised < 0)
			*raised = s->at;
		if (s->active != active)
			*cleared = s->active ? -1 : s->at;
		active = s->active;
	}
}

static int
not_timely(const struct telling *t, const struct story_expect *e, const char *fmt,
    int64_t limit, int64_t was)
{
	char span[32], is[32];

	return err_add(t->errs, e->place.file, e->place.line, fmt, t->story->name, e->alarm,
	    e->device, story_moment(limit, span, sizeof(span)), was < 0 ?
	    err_word(t->errs, ERR_("never")) : story_moment(was, is, sizeof(is)));
}

static int
check_times(const struct telling *t, const struct story_expect *e)
{
	int64_t raised, cleared;
	int rc = 0;

	find_times(t, e, &raised, &cleared);
	if (e->never && raised >= 0)
		rc = not_timely(t, e,
		    ERR_("%s: %s of %s: expected never within %s; it was raised at %s"),
		    t->time.now, raised);
	if (e->raised_by > 0 && (raised < 0 || raised > e->raised_by))
		rc = not_timely(t, e, ERR_("%s: %s of %s: expected raised by %s; it was %s"),
		    e->raised_by, raised);
	if (e->not_before > 0 && raised >= 0 && raised < e->not_before)
		rc = not_timely(t, e,
		    ERR_("%s: %s of %s: expected not before %s; it was raised at %s"),
		    e->not_before, raised);
	if (e->cleared_by > 0 && (cleared < 0 || cleared > e->cleared_by))
		rc = not_timely(t, e, ERR_("%s: %s of %s: expected cleared by %s; it was %s"),
		    e->cleared_by, cleared);
	return rc;
}

int
story_check(const struct telling *t, const struct story_expect *e)
{
	if (e->alarm[0] == '\0')
		return 0;
	return check_course(t, e) | check_times(t, e);
}

static int
look_state(const struct telling *t, const struct story_expect *e, enum alarm_state is)
{
	char wanted[STEP_TEXT], was[STEP_TEXT];
	int want = story_state(e->state, strlen(e->state));

	if (e->state[0] == '\0' || want == (int)is)
		return 0;
	return not_so(t, e, step_text(e->at, (enum alarm_state)want, wanted),
	    step_text(e->at, is, was));
}

static int
look_facts(const struct telling *t, const struct story_expect *e, const struct strings *words,
    bool want, unsigned facts)
{
	char span[32];
	int rc = 0;

	for (size_t i = 0; i < words->n; i++)
		if ((facts >> story_fact(words->at[i]) & 1) != want)
			rc = err_add(t->errs, e->place.file, e->place.line, want ?
			    ERR_("%s: %s of %s: expected %s at %s; it was not") :
			    ERR_("%s: %s of %s: expected not %s at %s; it was"),
			    t->story->name, e->alarm, e->device, words->at[i],
			    story_moment(e->at, span, sizeof(span)));
	return rc;
}

static int
look_alarm(const struct telling *t, const struct story_expect *e)
{
	enum alarm_state is = ALARM_NORM;
	const struct told_step *s;
	unsigned facts = 0;
	size_t i = 0;

	while ((s = next(t, e, &i)) != NULL && s->at <= e->at) {
		is = s->state;
		facts = s->facts;
	}
	return look_state(t, e, is) | look_facts(t, e, &e->is, true, facts) |
	    look_facts(t, e, &e->is_not, false, facts);
}

static int
compare(const struct telling *t, const struct story_expect *e, const char *what,
    const struct node *wanted, double is)
{
	double want = story_figure(wanted);
	char span[32];

	if (wanted == NULL || fabs(want - is) <= e->within)
		return 0;
	return err_add(t->errs, e->place.file, e->place.line,
	    "%s: %s: expected %s %.6g at %s; it was %.6g", t->story->name, e->point, what, want,
	    story_moment(e->at, span, sizeof(span)), is);
}

static int
compare_word(const struct telling *t, const struct story_expect *e, const char *wanted,
    const char *is)
{
	char span[32];

	if (wanted[0] == '\0' || strcmp(wanted, is) == 0)
		return 0;
	return err_add(t->errs, e->place.file, e->place.line,
	    "%s: %s: expected %s at %s; it was %s", t->story->name, e->point, wanted,
	    story_moment(e->at, span, sizeof(span)), is);
}

static int
look_statistic(const struct telling *t, const struct story_expect *e, uint32_t series)
{
	int span = story_span(t, &e->place, e->interval);
	const struct statistic *s = &t->finished[series * STATISTIC_SPANS + (uint32_t)span];
	const char mark[] = { s->mark, '\0' };

	if (s->to == 0)
		return compare_word(t, e, e->interval, err_word(t->errs, ERR_("nothing")));
	return compare(t, e, "mean", e->mean, s->mean) | compare(t, e, "min", e->min, s->min) |
	    compare(t, e, "max", e->max, s->max) | compare(t, e, "amount", e->amount, s->amount) |
	    compare(t, e, "valid", e->valid, s->valid / 10.0) |
	    compare_word(t, e, e->mark, mark);
}

static int
look_reading(const struct telling *t, const struct story_expect *e, uint32_t series)
{
	const struct reading *r = &t->newest[series];
	double is = NAN;

	if (r->series == 0)
		return compare_word(t, e, err_word(t->errs, ERR_("a reading")),
		    err_word(t->errs, ERR_("nothing")));
	value_number(&r->value, &is);
	return compare(t, e, "value", e->value, is) |
	    compare_word(t, e, e->quality, quality_name(r->quality));
}

int
story_look(const struct telling *t, const struct story_expect *e)
{
	uint32_t series;

	if (e->alarm[0] != '\0')
		return look_alarm(t, e);
	series = story_series(t, &e->place, e->point, NULL);
	return e->interval[0] != '\0' ? look_statistic(t, e, series) :
	    look_reading(t, e, series);
}

bool
story_is_moment(const struct story_expect *e)
{
	return e->point[0] != '\0' || e->state[0] != '\0' || e->is.n > 0 || e->is_not.n > 0;
}

int64_t
story_until(const struct story_expect *e)
{
	const int64_t all[] = { e->raised_by, e->not_before, e->cleared_by, e->at };
	int64_t most = 0;

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		most = all[i] > most ? all[i] : most;
	for (size_t i = 0; i < e->course.n; i++) {
		const char *blank = strchr(e->course.at[i], ' ');
		char span[32] = "";
		int64_t at;

		if (blank != NULL && (size_t)(blank - e->course.at[i]) < sizeof(span))
			memcpy(span, e->course.at[i], (size_t)(blank - e->course.at[i]));
		if (span_parse(span, &at) == 0 && at > most)
			most = at;
	}
	return most;
}

static int
wrong(const struct telling *t, const struct story_expect *e, const char *why)
{
	return err_add(t->errs, e->place.file, e->place.line, "%s: expect: %s", t->story->name,
	    err_word(t->errs, why));
}

static bool
says_figures(const struct story_expect *e)
{
	return e->value != NULL || e->quality[0] != '\0' || (e->interval[0] != '\0' &&
	    (e->mean != NULL || e->min != NULL || e->max != NULL || e->amount != NULL ||
	    e->valid != NULL || e->mark[0] != '\0'));
}

static bool
says_life(const struct story_expect *e)
{
	return e->course.n > 0 || e->never || e->raised_by > 0 || e->not_before > 0 ||
	    e->cleared_by > 0 || e->state[0] != '\0' || e->is.n > 0 || e->is_not.n > 0;
}

static int
check_point(const struct telling *t, const struct story_expect *e)
{
	const struct node *const all[] = { e->value, e->mean, e->min, e->max, e->amount,
	    e->valid };

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (!story_is_figure(all[i]))
			return wrong(t, e, ERR_("a figure is no number"));
	if (!says_figures(e))
		return wrong(t, e, ERR_("say what the point is: value, quality, or interval and "
		    "a figure of it"));
	if (e->quality[0] != '\0' && quality_find(e->quality) < 0)
		return wrong(t, e, ERR_("there is no such quality"));
	if (e->interval[0] != '\0' && story_span(t, &e->place, e->interval) < 0)
		return -1;
	return story_series(t, &e->place, e->point, NULL) != 0 ? 0 : -1;
}

static bool
knows(const struct strings *words)
{
	for (size_t i = 0; i < words->n; i++)
		if (story_fact(words->at[i]) < 0)
			return false;
	return true;
}

int
story_expect_check(const struct telling *t, const struct story_expect *e)
{
	int64_t at;
	int state;

	if ((e->alarm[0] == '\0') == (e->point[0] == '\0'))
		return wrong(t, e, ERR_("say an alarm or a point, and not both"));
	if (e->point[0] != '\0')
		return check_point(t, e);
	if (!says_life(e))
		return wrong(t, e, ERR_("say what becomes of the alarm: course, never, raised_by, "
		    "not_before, cleared_by, a state, is or is_not"));
	if (e->state[0] != '\0' && story_state(e->state, strlen(e->state)) < 0)
		return wrong(t, e, ERR_("there is no such state"));
	if (!knows(&e->is) || !knows(&e->is_not))
		return wrong(t, e, ERR_("is and is_not take overdue, chattering and owed"));
	for (size_t i = 0; i < e->course.n; i++)
		if (story_step(t, &e->place, e->course.at[i], &at, &state) != 0)
			return -1;
	return story_alarm(t, &e->place, e->alarm, e->device);
}
