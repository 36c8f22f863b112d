#include <math.h>
#include <stdio.h>
#include <string.h>

#include "../devices/output.h"
#include "../devices/write.h"
#include "watches.h"

/* What is looked at while the actions of one alarm are bound. */
struct binding {
	struct rules			*rules;
	const struct census		*census;
	struct errs			*errs;
	const struct watch		*watch;
	const struct action_conf	*action;
	const struct device		*device;	/* that it switches ... */
	const struct point		*point;		/* ... by this point */
	double				 figure;
};

static int
deed_fault(const struct binding *b, const char *fmt, const char *a, const char *c)
{
	const struct place *at = b->action->place.file != NULL ? &b->action->place :
	    &b->watch->rule->place;

	return err_add(b->errs, at->file, at->line, fmt, b->watch->rule->name,
	    b->action->output, a, c);
}

static int
unknown(const struct binding *b, bool point, const char *name, const char *near)
{
	static const char *const said[2][2] = {
		{ ERR_("%s: do: %s: there is no device \"%s\""),
		  ERR_("%s: do: %s: there is no device \"%s\"; did you mean \"%s\"?") },
		{ ERR_("%s: do: %s: there is no point \"%s\""),
		  ERR_("%s: do: %s: there is no point \"%s\"; did you mean \"%s\"?") },
	};

	return deed_fault(b, said[point][near != NULL], name, near);
}

static const char *
near_device(const struct census *c, const char *name)
{
	struct near near = near_to(name);

	for (size_t i = 0; i < c->n; i++)
		near_try(&near, c->at[i]->conf.name);
	return near.best;
}

/* Of the same site before one that is called so. */
static const struct device *
find_device(const struct binding *b, const char *name, char full[2 * NAME_BYTES])
{
	const struct device *d = NULL;
	size_t site = census_site(b->watch->device);

	snprintf(full, 2 * NAME_BYTES, "%.*s%s%s", (int)site, b->watch->device->conf.name,
	    site > 0 ? "/" : "", name);
	d = census_find(b->census, full);
	return d != NULL ? d : census_find(b->census, name);
}

/* 1: what is wrong with its device was told. */
static int
find(struct binding *b)
{
	const char *dot = strrchr(b->action->output, '.');
	char name[NAME_BYTES], full[2 * NAME_BYTES];

	if (dot == NULL || dot == b->action->output ||
	    (size_t)(dot - b->action->output) >= sizeof(name))
		return deed_fault(b, "%s: do: %s is not a device and a point, such as %s",
		    "relay.relay1", NULL);
	snprintf(name, sizeof(name), "%.*s", (int)(dot - b->action->output), b->action->output);
	b->device = find_device(b, name, full);
	if (b->device == NULL)
		return unknown(b, false, name, near_device(b->census, full));
	if (b->device->profile == NULL || b->device->taps == NULL)
		return 1;
	b->point = profile_point(b->device->profile, dot + 1);
	return b->point != NULL ? 0 : unknown(b, true, dot + 1,
	    profile_near(b->device->profile, dot + 1));
}

static bool
is_listed(const struct binding *b)
{
	const struct strings *list = &b->device->conf.writable;

	for (size_t i = 0; i < list->n; i++)
		if (strcmp(list->at[i], b->point->name) == 0)
			return true;
	return false;
}

static int
check_write(struct binding *b)
{
	const struct tap *tap = &b->device->taps[b->point - b->device->profile->points];
	char why[160];

	if (b->point->write.function == 0)
		return deed_fault(b, "%s: do: %s: its profile does not say how %s is written",
		    b->point->name, NULL);
	if (!is_listed(b))
		return deed_fault(b, "%s: do: %s: only what is writable is switched: list %s under "
		    "writable of %s", b->point->name, b->device->conf.name);
	if (tap->block == BLOCK_NONE)
		return deed_fault(b, "%s: do: %s: %s is out of service: it cannot be in "
		    "disable, nor %s off",
		    b->point->name, b->device->conf.name);
	if (write_figure(b->point, b->action->value, &b->figure) != 0)
		return deed_fault(b, "%s: do: %s: %s is not a figure for %s", b->action->value,
		    b->point->name);
	if (write_check(b->point, b->figure, why, sizeof(why)) != 0)
		return deed_fault(b, "%s: do: %s: %s", why, NULL);
	if (strlen(b->device->conf.name) + strlen(b->point->name) + 2 > NAME_BYTES)
		return deed_fault(b, "%s: do: %s: the names of device and point are too long "
		    "together: 62 letters at most", NULL, NULL);
	return 0;
}

static const struct device *
detector_of(const struct binding *b)
{
	const struct rule_program *p = &b->watch->program;
	size_t site = census_site(b->device);

	for (size_t i = 0; i < p->ninputs; i++) {
		const struct device *d = p->inputs[i].device;

		if (!isnan(gas_limit(d, (size_t)(p->inputs[i].point - d->profile->points))) &&
		    census_site(d) == site &&
		    memcmp(d->conf.name, b->device->conf.name, site) == 0)
			return d;
	}
	return NULL;
}

/* What would be refused when it counts, or must not even be asked for. */
static int
check_safe(const struct binding *b)
{
	const struct output *o = output_of(b->device, b->point);
	bool valve = o != NULL && o->acts == OUTPUT_GAS_VALVE;
	bool proof = o != NULL && o->explosion_proof;
	bool setting = o != NULL && o->acts == OUTPUT_SETTING;

	if (valve && b->figure != o->closes)
		return deed_fault(b, "%s: do: %s: this would open a gas valve: only \"%s\" is ever "
		    "written there", o->closes_text, NULL);
	if (!valve && !proof && !setting && detector_of(b) != NULL)
		return deed_fault(b, "%s: do: %s: a rule on gas switches nothing near it but gas "
		    "valves and what is explosion_proof: say so under outputs of %s, if it is",
		    b->device->conf.name, NULL);
	if (b->action->repeat && !valve && !proof)
		return deed_fault(b, "%s: do: %s: repeat is for gas valves and what is "
		    "explosion_proof: nothing else is switched because of what was before a "
		    "start", NULL, NULL);
	if (o != NULL && o->travel > b->action->within)
		return deed_fault(b, "%s: do: %s: it may take longer to travel than \"within\" "
		    "waits for: see travel under outputs of %s", b->device->conf.name, NULL);
	if (b->device->conf.timeout > b->action->within / b->action->tries)
		return deed_fault(b, "%s: do: %s: one try takes longer than \"within\" leaves for "
		    "it: see timeout of %s", b->device->conf.name, NULL);
	return 0;
}

/* Its place among all that rules switch. */
static size_t
switched_of(const struct binding *b)
{
	struct rules *rules = b->rules;
	size_t point = (size_t)(b->point - b->device->profile->points), i;
	const struct output *o = output_of(b->device, b->point);
	char name[2 * NAME_BYTES];
	struct switched *s;

	for (i = 0; i < rules->nswitched; i++)
		if (rules->switched[i].device == b->device &&
		    rules->switched[i].point == point)
			return i;
	s = &rules->switched[rules->nswitched++];
	*s = (struct switched){ .drive = { .figure = NAN }, .device = b->device,
	    .point = point, .shown = o != NULL ? o->shown : point,
	    .valve = o != NULL && o->acts == OUTPUT_GAS_VALVE };
	if (s->valve)
		s->drive.figure = o->closes;
	snprintf(name, sizeof(name), "%s.%s", b->device->conf.name, b->point->name);
	memcpy(s->name, name, strnlen(name, NAME_BYTES - 1));	/* its length was looked at */
	return i;
}

/* What is safe in gas; of all else each start may spark or wear. */
static bool
may_insist(const struct binding *b)
{
	const struct output *o = output_of(b->device, b->point);

	return o != NULL && (o->acts == OUTPUT_GAS_VALVE || o->explosion_proof);
}

/* Twice at the same moment one of them would not count. */
static int
check_twice(const struct binding *b, const struct deed *deeds, size_t n, size_t switched)
{
	for (size_t i = 0; i < n; i++)
		if (deeds[i].switched == switched && deeds[i].conf->at == b->action->at)
			return deed_fault(b, "%s: do: %s stands there twice for the same moment",
			    NULL, NULL);
	return 0;
}

/* What is wrong is told of each of them. */
static int
bind_watch(struct binding *b, struct watch *w)
{
	const struct action_conf *actions = w->rule->actions.at;
	int all = 0;

	b->watch = w;
	for (size_t i = 0; i < w->rule->actions.n; i++) {
		struct deed *deed = &w->deeds[i];
		int rc;

		b->action = &actions[i];
		if ((rc = find(b)) != 0 || (rc = check_write(b)) != 0 ||
		    (rc = check_safe(b)) != 0) {
			deed->switched = SIZE_MAX;
			all |= rc < 0 ? -1 : 0;
			continue;
		}
		deed->switched = switched_of(b);
		deed->conf = b->action;
		deed->figure = b->figure;
		deed->again = b->action->at == ACTION_ENTER && (b->action->repeat ||
		    b->rules->switched[deed->switched].valve);
		deed->insist = b->action->at == ACTION_ENTER && may_insist(b) ?
		    b->action->insist : 0;
		all |= check_twice(b, w->deeds, i, deed->switched);
	}
	return all;
}

int
deeds_bind(struct rules *rules, const struct census *census, struct arena *arena,
    struct errs *errs)
{
	struct binding b = { .rules = rules, .census = census, .errs = errs };
	size_t all = 0;
	int rc = 0;

	rules->switch_at = INT64_MAX;
	for (size_t i = 0; i < rules->n; i++)
		all += rules->at[i].rule->actions.n;
	if (all == 0)
		return 0;
	rules->switched = arena_alloc(arena, all * sizeof(rules->switched[0]));
	if (rules->switched == NULL)
		return err_add(errs, "", 0, "rules: no memory left for %zu actions", all);
	for (size_t i = 0; i < rules->n; i++) {
		struct watch *w = &rules->at[i];
		size_t n = w->rule->actions.n;

		w->deeds = arena_alloc(arena, (n + 1) * sizeof(w->deeds[0]));
		if (w->deeds == NULL)
			return err_add(errs, "", 0, "rules: no memory left for %zu actions", n);
		rc |= bind_watch(&b, w);
	}
	return rc;
}

static struct wish
wish_of(const struct watch *w, const struct deed *d)
{
	return (struct wish){ .figure = d->figure, .within = d->conf->within,
	    .tries = d->conf->tries, .insist = d->insist, .rule = w->rule->name,
	    .device = w->device->conf.name };
}

/* It need not be the one that wanted it first. */
bool
deeds_insist(const struct rules *rules, size_t switched, struct wish *wish)
{
	double figure = rules->switched[switched].drive.figure;

	for (size_t i = 0; i < rules->n; i++) {
		const struct watch *w = &rules->at[i];

		for (size_t k = 0; k < w->rule->actions.n; k++) {
			const struct deed *d = &w->deeds[k];

			if (d->switched != switched || d->insist == 0 || d->figure != figure ||
			    !acting_stands(&w->acting, &w->alarm))
				continue;
			*wish = wish_of(w, d);
			return true;
		}
	}
	return false;
}

static void
act(struct rules *rules, const struct watch *w, enum action_due due)
{
	for (size_t i = 0; i < w->rule->actions.n && due != DUE_NOTHING; i++) {
		const struct deed *d = &w->deeds[i];
		const struct wish wish = wish_of(w, d);

		if (due == DUE_AGAIN ? d->again :
		    (d->conf->at == ACTION_ENTER) == (due == DUE_ENTER))
			switched_want(rules, d->switched, &wish);
	}
}

void
deeds_step(struct rules *rules, struct watch *w)
{
	act(rules, w, acting_step(&w->acting, &w->alarm));
}

void
deeds_known(struct rules *rules, struct watch *w)
{
	act(rules, w, acting_known(&w->acting, &w->alarm));
}
