#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "telling.h"

/* Something that is given, or looked at, in its order. */
struct moment {
	int64_t				 at;
	size_t				 order;
	const struct story_given	*given;
	const struct story_expect	*expect;
};

static int
fault(const struct telling *t, const struct story_given *g, const char *why)
{
	return err_add(t->errs, g->place.file, g->place.line, "%s: given: %s", t->story->name,
	    err_word(t->errs, why));
}

static int
check_figures(const struct telling *t, const struct story_given *g)
{
	const struct node *const all[] = { g->value, g->to, g->mean, g->min, g->max, g->amount };

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (!story_is_figure(all[i]))
			return fault(t, g, ERR_("a figure is no number"));
	if ((g->to != NULL) != (g->over > 0) || (g->to != NULL && g->value == NULL))
		return fault(t, g, ERR_("a ramp has value, to and over"));
	return 0;
}

/* One row says one thing. */
static int
check_given(const struct telling *t, const struct story_given *g)
{
	int says = (g->value != NULL || g->quality[0] != '\0') + g->silent +
	    (g->link != STORY_LINK_SAME) + (g->alarm[0] != '\0') + (g->interval[0] != '\0');

	if (says != 1)
		return fault(t, g, ERR_("say one of value, quality, silent, interval, link and "
		    "alarm"));
	if (check_figures(t, g) != 0)
		return -1;
	if (g->alarm[0] != '\0')
		return g->act != STORY_DO_NOTHING ?
		    story_alarm(t, &g->place, g->alarm, g->device) :
		    fault(t, g, ERR_("say what is done: ack, reset or handle"));
	if (g->link != STORY_LINK_SAME)
		return story_device(t, &g->place, g->device) != NULL ? 0 : -1;
	if (g->quality[0] != '\0' && quality_find(g->quality) < 0)
		return fault(t, g, ERR_("there is no such quality"));
	if (g->interval[0] != '\0' && story_span(t, &g->place, g->interval) < 0)
		return -1;
	return story_series(t, &g->place, g->point, NULL) != 0 ? 0 : -1;
}

static struct quality
quality_of(const struct story_given *g)
{
	int code = g->quality[0] != '\0' ? quality_find(g->quality) : Q_GOOD;

	return (struct quality){ .code = (uint8_t)code };
}

static void
set_speaking(struct telling *t, struct device *d)
{
	size_t i = 0;

	while (i < t->nspeaking && t->speaking[i] != d)
		i++;
	if (i < t->nspeaking)
		return;
	t->speaking[i] = d;
	t->due[i] = (t->time.now / d->conf.period + 1) * d->conf.period;
	t->nspeaking++;
}

static void
show(struct telling *t, const struct story_given *g)
{
	struct device *d = NULL;
	struct shown *s = &t->shown[story_series(t, &g->place, g->point, &d)];

	set_speaking(t, d);
	*s = (struct shown){ .speaks = !g->silent, .from = story_figure(g->value),
	    .begin = g->at, .over = g->over, .quality = quality_of(g) };
	s->to = g->to != NULL ? story_figure(g->to) : s->from;
}

static double
or_mean(const struct node *node, double mean)
{
	return node != NULL ? story_figure(node) : mean;
}

static void
finished(void *arg, const struct statistic *s)
{
	struct telling *t = arg;

	t->finished[s->series * STATISTIC_SPANS + s->span] = *s;
}

static void
end_interval(struct telling *t, const struct story_given *g)
{
	static const int64_t lengths[] = { [STATISTIC_HOUR] = 3600000,
	    [STATISTIC_DAY] = 86400000 };
	struct statistic s = { .series = story_series(t, &g->place, g->point, NULL),
	    .span = (uint8_t)story_span(t, &g->place, g->interval),
	    .to = rehearsal_wall(&t->time), .mean = story_figure(g->mean),
	    .amount = story_figure(g->amount), .valid = (uint16_t)lround(g->valid * 10),
	    .mark = 'N' };

	s.from = s.to - (s.span == STATISTIC_MINUTE ? g->length / 1000 : lengths[s.span]);
	s.min = or_mean(g->min, s.mean);
	s.max = or_mean(g->max, s.mean);
	rules_statistic(t->time.course.rules, &s, t->time.now, s.to);
	finished(t, &s);
}

static void
act(struct telling *t, const struct story_given *g, int64_t wall)
{
	struct rules *rules = t->time.course.rules;
	struct life_order o = { .rule = g->alarm, .device = g->device, .who = "story",
	    .why = "story", .local = true, .now = t->time.now, .wall = wall };

	if (g->act == STORY_DO_HANDLE)
		rules_handle(rules, &o);
	else
		rules_step(rules, g->alarm, g->device, g->act == STORY_DO_ACK ? ALARM_EV_ACK :
		    ALARM_EV_RESET, 0, "story", wall);
}

static void
happen(struct telling *t, const struct story_given *g)
{
	struct rules *rules = t->time.course.rules;
	int64_t wall = rehearsal_wall(&t->time);

	if (g->alarm[0] != '\0')
		act(t, g, wall);
	else if (g->link != STORY_LINK_SAME)
		rules_link(rules, story_device(t, &g->place, g->device),
		    g->link == STORY_LINK_DOWN, t->time.now, wall);
	else if (g->interval[0] != '\0')
		end_interval(t, g);
	else
		show(t, g);
}

static double
figure_at(const struct shown *s, int64_t now)
{
	int64_t past = now - s->begin;

	if (past >= s->over)
		return s->to;
	return s->from + (s->to - s->from) * (double)past / (double)s->over;
}

static void
read_device(struct telling *t, const struct device *d, int64_t now)
{
	int64_t wall = (now + t->time.offset) / 1000;
	size_t n = 0;

	for (size_t i = 0; i < d->profile->npoints; i++) {
		uint32_t series = d->taps[i].series;
		const struct shown *s = &t->shown[series];
		double figure = s->speaks ? figure_at(s, now) : NAN;
		struct reading r = { .series = series, .mono = now, .due = now, .time = wall,
		    .quality = s->quality };

		if (!s->speaks)
			continue;
		if (!isnan(figure) && (quality_severity(s->quality) != SEVERITY_BAD ||
		    s->quality.code == Q_OUT_OF_RANGE))
			r.value = (struct value){ .kind = VALUE_F64, .d = figure };
		t->room[n++] = r;
	}
	if (n > 0)
		n = rehearsal_hear(&t->time, t->room, n, now, wall);
	for (size_t i = 0; i < n; i++)
		t->newest[t->room[i].series] = t->room[i];
}

/* Everything is read up to a moment, and then it is that moment. */
static void
pass_until(struct telling *t, int64_t then)
{
	for (;;) {
		size_t first = 0;

		for (size_t i = 1; i < t->nspeaking; i++)
			if (t->due[i] < t->due[first])
				first = i;
		if (t->nspeaking == 0 || t->due[first] > then)
			break;
		read_device(t, t->speaking[first], t->due[first]);
		t->due[first] += t->speaking[first]->conf.period;
	}
	rehearsal_until(&t->time, then);
}

static uint8_t
facts_of(const struct alarm *a)
{
	return (uint8_t)(a->overdue << STORY_OVERDUE | a->chattering << STORY_CHATTERING |
	    (a->handle_by != 0) << STORY_OWED);
}

static void
changed(void *arg, const struct alarm_change *c)
{
	struct telling *t = arg;
	struct told_step step = { .at = t->time.now, .rule = c->rule->name,
	    .device = c->device->conf.name, .state = alarm_state(c->alarm),
	    .active = c->alarm->active, .entered = true, .facts = facts_of(c->alarm) };

	for (size_t i = t->nsteps < STORY_STEPS ? t->nsteps : STORY_STEPS; i-- > 0;)
		if (strcmp(t->steps[i].rule, step.rule) == 0 &&
		    strcmp(t->steps[i].device, step.device) == 0) {
			step.entered = t->steps[i].state != step.state;
			if (!step.entered && t->steps[i].active == step.active &&
			    t->steps[i].facts == step.facts)
				return;
			break;
		}
	if (t->nsteps < STORY_STEPS)
		t->steps[t->nsteps] = step;
	t->nsteps++;
}

static int
by_moment(const void *a, const void *b)
{
	const struct moment *p = a, *q = b;

	if (p->at != q->at)
		return p->at < q->at ? -1 : 1;
	return p->order < q->order ? -1 : p->order > q->order;
}

static struct moment *
order(const struct telling *t, struct arena *arena, size_t *n)
{
	const struct story *s = t->story;
	const struct story_given *g = s->given.at;
	const struct story_expect *e = s->expect.at;
	struct moment *m = arena_alloc(arena, (s->given.n + s->expect.n + 1) * sizeof(*m));

	*n = 0;
	for (size_t i = 0; m != NULL && i < s->given.n; i++, ++*n)
		m[*n] = (struct moment){ .at = g[i].at, .order = *n, .given = &g[i] };
	for (size_t i = 0; m != NULL && i < s->expect.n; i++)
		if (story_is_moment(&e[i])) {
			m[*n] = (struct moment){ .at = e[i].at, .order = *n, .expect = &e[i] };
			++*n;
		}
	if (m != NULL)
		qsort(m, *n, sizeof(*m), by_moment);
	return m;
}

/* Behind what is said last, what came too late is still to be seen. */
static int64_t
end_of(const struct telling *t)
{
	const struct story *s = t->story;
	const struct story_given *g = s->given.at;
	const struct story_expect *e = s->expect.at;
	int64_t end = s->lasts, more = 0;

	for (size_t i = 0; i < s->given.n; i++)
		end = g[i].at + g[i].over > end ? g[i].at + g[i].over : end;
	for (size_t i = 0; i < s->expect.n; i++)
		end = story_until(&e[i]) > end ? story_until(&e[i]) : end;
	for (size_t i = 0; i < t->nspeaking; i++)
		if (t->speaking[i]->conf.period > more)
			more = t->speaking[i]->conf.period;
	return s->lasts > 0 ? end : end + 2 * more + rules_delay(t->time.course.rules);
}

static int
play(struct telling *t, struct arena *arena)
{
	const struct story_expect *e = t->story->expect.at;
	size_t n;
	struct moment *m = order(t, arena, &n);
	int rc = 0;

	if (m == NULL)
		return err_add(t->errs, t->story->place.file, t->story->place.line,
		    "%s: no memory left to tell it", t->story->name);
	for (size_t i = 0; i < n; i++) {
		pass_until(t, m[i].at);
		if (m[i].given != NULL)
			happen(t, m[i].given);
		else
			rc |= story_look(t, m[i].expect);
	}
	pass_until(t, end_of(t));
	for (size_t i = 0; i < t->story->expect.n; i++)
		rc |= story_check(t, &e[i]);
	return rc;
}

static int
check_all(const struct telling *t)
{
	const struct story_given *g = t->story->given.at;
	const struct story_expect *e = t->story->expect.at;
	int rc = 0;

	for (size_t i = 0; i < t->story->given.n; i++)
		rc |= check_given(t, &g[i]);
	for (size_t i = 0; i < t->story->expect.n; i++)
		rc |= story_expect_check(t, &e[i]);
	return rc;
}

static int
take_room(struct telling *t, struct arena *arena)
{
	size_t n = t->nseries + 1, most = 1;

	for (size_t i = 0; i < t->stage->ndevices; i++)
		if (t->stage->devices[i].profile->npoints > most)
			most = t->stage->devices[i].profile->npoints;
	most += derived_count(t->time.course.derived);
	t->shown = arena_alloc(arena, n * sizeof(*t->shown));
	t->newest = arena_alloc(arena, n * sizeof(*t->newest));
	t->finished = arena_alloc(arena, n * STATISTIC_SPANS * sizeof(*t->finished));
	t->speaking = arena_alloc(arena, (t->stage->ndevices + 1) * sizeof(struct device *));
	t->due = arena_alloc(arena, (t->stage->ndevices + 1) * sizeof(*t->due));
	t->room = arena_alloc(arena, most * sizeof(*t->room));
	t->steps = arena_alloc(arena, STORY_STEPS * sizeof(*t->steps));
	return t->shown == NULL || t->newest == NULL || t->finished == NULL ||
	    t->speaking == NULL || t->due == NULL || t->room == NULL || t->steps == NULL ?
	    err_add(t->errs, t->story->place.file, t->story->place.line,
	    "%s: no memory left to tell it", t->story->name) : 0;
}

/* All that judges, made anew for each story. */
static int
make(struct telling *t, struct arena *arena)
{
	const struct story_stage *s = t->stage;
	struct course *c = &t->time.course;

	c->derived = derived_new(s->derived, s->nderived, s->devices, s->ndevices, arena,
	    t->errs);
	if (c->derived == NULL)
		return -1;
	c->rules = rules_new(s->rules, s->nrules, s->devices, s->ndevices, arena, t->errs);
	if (c->rules == NULL || rules_live(c->rules, s->life, s->areas, s->nareas, arena,
	    t->errs) != 0)
		return -1;
	c->statistics = statistics_new(s->statistics, s->nstatistics, s->devices, s->ndevices,
	    arena, t->errs);
	if (c->statistics == NULL)
		return -1;
	for (size_t i = 0; i < s->ndevices; i++)
		for (size_t k = 0; k < s->devices[i].profile->npoints; k++)
			s->devices[i].taps[k].series = ++t->nseries;
	return statistics_start(c->statistics, s->zone, arena);
}

int
story_tell(const struct story *story, const struct story_stage *stage, int64_t start,
    struct arena *arena, struct errs *errs)
{
	struct telling t = { .story = story, .stage = stage, .errs = errs };
	struct course *c = &t.time.course;

	if (make(&t, arena) != 0 || take_room(&t, arena) != 0 || check_all(&t) != 0)
		return -1;
	rules_in_zone(c->rules, stage->zone);
	rules_start(c->rules, 0);
	derived_start(c->derived, stage->zone, 0);
	rules_on_change(c->rules, changed, &t);
	t.time.finished = finished;
	t.time.owner = &t;
	rehearsal_begin(&t.time, 0, start);
	return play(&t, arena);
}
