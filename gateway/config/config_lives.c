#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>

#include "../../conf/glob.h"
#include "../../conf/span.h"
#include "../../devices/output.h"
#include "../../rules/watch.h"
#include "config_read.h"

/* Gas is there within seconds, and an alarm that can kill must not wait longer for
 * a line to fall silent. */
#define LIFE_PERIOD	5000000LL
#define LIFE_SILENCE	20000000LL
/* What is later than this is not reckoned with, so long may a register be barred that
 * another one owes an answer for. */
#define LIFE_LATE	64000000LL
/* Who tells by itself tells of gas at once; its heartbeat says how long it may be
 * dead before anybody knows. */
#define LIFE_HEARTBEAT	60000000LL

/* What one rule hangs on; each device is told of once. */
struct look {
	struct config_reader	*reader;
	struct names		 links;
	const struct rule_conf	*rule;
	uint32_t		 round;		/* of the rule, from 1 */
	uint32_t		*slow, *late;	/* of each device: the last round that it
						 * was told in */
	int			 rc;
};

static int
tell(struct config_reader *r, const struct rule_conf *rule, const char *fmt, const char *what,
    int64_t is, int64_t most)
{
	char a[32], b[32];

	return err_add(r->errs, rule->place.file, rule->place.line, fmt, rule->name, what,
	    span_write(is, a, sizeof(a)), span_write(most, b, sizeof(b)));
}

/* While an answer is owed for max_late the same is asked for in slices, and after 20 s
 * once more as it is, or by a number of its own; a meter is not. */
static int64_t
most_late(const struct link_conf *link)
{
	const struct proto *proto;

	if (!link_has_ids(link))
		return LIFE_LATE;
	proto = proto_find(link->proto != NULL && link->proto[0] != '\0' ? link->proto :
	    link_kind_at((size_t)link->kind)->proto);
	return proto != NULL && proto->ids ? LIFE_LATE : LIFE_SILENCE;
}

/* A question that waits for its answer lets no other one go at all. */
static int
check_late(struct config_reader *r, const struct rule_conf *rule, const struct device_conf *d,
    const struct names *links)
{
	size_t i = d->link != NULL ? names_find(links, d->link) : SIZE_MAX;
	const struct link_conf *link;
	bool waits;
	int64_t is, most;
	char a[32], b[32];

	if (i == SIZE_MAX)
		return 0;
	link = &r->config->links[i];
	waits = link->timeout_max > LIFE_SILENCE;
	is = waits ? link->timeout_max : link->max_late;
	most = waits ? LIFE_SILENCE : most_late(link);
	if (is <= most)
		return 0;
	return err_add(r->errs, rule->place.file, rule->place.line,
	    "%s: is of class life, but %s of link \"%s\" lets %s be silent for %s; %s is the "
	    "most", rule->name, waits ? "timeout_max" : "max_late", link->name, d->name,
	    span_write(is, a, sizeof(a)), span_write(most, b, sizeof(b)));
}

static int
no_heartbeat(struct config_reader *r, const struct rule_conf *rule, const struct device_conf *d)
{
	return err_add(r->errs, rule->place.file, rule->place.line,
	    "%s: watches over gas or life, but %s says no heartbeat: nobody would know that it "
	    "is dead", rule->name, d->name);
}

/* Nobody looks between two polls. */
static bool
is_slow(struct look *l, const struct device *d, const struct point *p)
{
	const char *fmt = d->profile->pushes ? l->rule->class == CLASS_LIFE ?
	    ERR_("%s: is of class life, but the heartbeat of %s is %s; %s is the most") :
	    ERR_("%s: judges gas, but the heartbeat of %s is %s; %s is the most") :
	    l->rule->class == CLASS_LIFE ?
	    ERR_("%s: is of class life, but the period of %s is %s; %s is the most") :
	    ERR_("%s: judges gas, but the period of %s is %s; %s is the most");
	int64_t period = device_period(d, p);
	int64_t most = d->profile->pushes ? LIFE_HEARTBEAT : LIFE_PERIOD;
	char name[160];

	if (d->profile->pushes && d->conf.heartbeat == 0) {
		l->rc |= no_heartbeat(l->reader, l->rule, &d->conf);
		return true;
	}
	if (period <= most)
		return false;
	if (device_pace(d, p) <= most)
		fmt = ERR_("%s: watches over gas or life, but while it is idle %s is read "
		    "every %s; %s is the most: leave its idle_period out");
	/* one of several periods is that of the point */
	snprintf(name, sizeof(name), "%s%s%s", d->conf.name,
	    period == d->conf.period ? "" : ".", period == d->conf.period ? "" : p->name);
	l->rc |= tell(l->reader, l->rule, fmt, name, period, most);
	return true;
}

static void
look_at(void *owner, const struct device *d, const struct point *p)
{
	struct look *l = owner;
	const struct device *devices = l->reader->config->devices;
	bool life = l->rule->class == CLASS_LIFE,
	    gas = !isnan(gas_limit(d, (size_t)(p - d->profile->points)));
	size_t i = (size_t)(d - devices);

	if (life && l->reader->config->guarded != NULL)
		l->reader->config->guarded[i] = true;
	/* of one that is derived, class life is looked at where it comes from */
	if (p->derived ? life || !gas : !life && !gas)
		return;
	if (l->slow[i] != l->round && is_slow(l, d, p))
		l->slow[i] = l->round;
	if (!life || l->late[i] == l->round || d->profile->pushes)
		return;
	l->late[i] = l->round;
	l->rc |= check_late(l->reader, l->rule, &d->conf, &l->links);
}

/* Is there a rule that anything is asked for? */
static bool
is_wanted(const struct config *c)
{
	for (size_t i = 0; i < c->nrules; i++)
		if (c->rules[i].class == CLASS_LIFE)
			return true;
	for (size_t i = 0; i < c->ndevices; i++)
		for (size_t k = 0; k < c->devices[i].profile->npoints; k++)
			if (!isnan(gas_limit(&c->devices[i], k)))
				return true;
	return false;
}

static int
look_at_all(struct look *l, struct arena *scratch)
{
	struct config_reader *r = l->reader;
	struct config *c = r->config;
	struct derived *derived = derived_new(c->derived, c->nderived, c->devices,
	    c->ndevices, scratch, r->errs);
	struct rules *rules = derived != NULL ? rules_new(c->rules, c->nrules, c->devices,
	    c->ndevices, scratch, r->errs) : NULL;
	struct rule_point p = { .watch = 0 };

	l->slow = arena_alloc(scratch, (c->ndevices + 1) * sizeof(*l->slow));
	l->late = arena_alloc(scratch, (c->ndevices + 1) * sizeof(*l->late));
	if (rules == NULL || l->slow == NULL || l->late == NULL)
		return config_no_memory(r);
	while (rules_point(rules, &p)) {
		l->round += p.rule != l->rule;
		l->rule = p.rule;
		derived_sources(derived, p.device, p.point, l->round, look_at, l);
	}
	return l->rc;
}

/* While something else is wrong nobody knows all that a rule hangs on. */
static int
look_by_name(struct look *l)
{
	struct config_reader *r = l->reader;
	const struct config *c = r->config;
	int rc = 0;

	for (size_t i = 0; i < c->ndevices; i++) {
		const struct profile *profile = c->devices[i].profile;
		const struct device_conf *d = &c->devices[i].conf;

		if (profile != NULL && profile->pushes)
			continue;		/* once all is sound it is looked at */
		for (size_t k = 0; d->name != NULL && k < c->nrules; k++) {
			const struct rule_conf *rule = &c->rules[k];

			if (rule->class != CLASS_LIFE || rule->name == NULL ||
			    rule->on == NULL || !glob_match(rule->on, d->name))
				continue;
			if (d->period > LIFE_PERIOD)
				rc |= tell(r, rule, ERR_("%s: is of class life, but the period "
				    "of %s is %s; %s is the most"), d->name, d->period,
				    LIFE_PERIOD);
			rc |= check_late(r, rule, d, &l->links);
		}
	}
	return rc;
}

int
config_lives(struct config_reader *r, bool sound)
{
	const struct config *c = r->config;
	struct look look = { .reader = r };
	struct arena scratch;
	int rc;

	if (names_sort(&look.links, c->links, c->nlinks, sizeof(c->links[0]),
	    offsetof(struct link_conf, name), offsetof(struct link_conf, place), r) != 0)
		return -1;
	if (!sound || r->part)
		return look_by_name(&look);
	if (c->nrules == 0 || !is_wanted(c))
		return 0;
	r->config->guarded = arena_alloc(r->arena, c->ndevices + 1);
	scratch = config_arena();
	if (scratch.at == NULL || r->config->guarded == NULL)
		return config_no_memory(r);
	rc = look_at_all(&look, &scratch);
	munmap(scratch.at, scratch.cap);
	return rc;
}
