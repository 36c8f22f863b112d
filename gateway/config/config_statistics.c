#include <sys/mman.h>

#include "../../conf/glob.h"
#include "../../rules/fit.h"
#include "../../rules/statistics.h"
#include "config_read.h"

/* Tries them on the devices, in memory that is given back. */
static int
try_statistics(struct config_reader *r)
{
	const struct config *c = r->config;
	struct arena scratch = config_arena();
	int rc = 0;

	if (scratch.at == NULL)
		return config_no_memory(r);
	if (statistics_new(c->statistics, c->nstatistics, c->devices, c->ndevices, &scratch,
	    r->errs) == NULL)
		rc = -1;
	munmap(scratch.at, scratch.cap);
	return rc;
}

int
config_statistics(struct config_reader *r, bool sound)
{
	struct config *c = r->config;
	int rc = 0;

	c->statistics = r->statistics.at;
	c->nstatistics = r->statistics.n;
	for (size_t i = 0; i < c->nstatistics; i++)
		rc |= statistic_conf_check(&c->statistics[i], r->errs);
	return rc == 0 && sound && !r->part && c->nstatistics > 0 ? try_statistics(r) : rc;
}

const struct statistic_conf *
config_made(const struct config_reader *r, size_t *n)
{
	static const struct statistic_conf none;

	*n = r->statistics.n;
	return r->statistics.at != NULL ? r->statistics.at : &none;
}

/* Of one device enough is said. */
static int
look_at(struct config_reader *r, const struct rule_conf *rule, const struct census *all,
    const struct census *made)
{
	const struct device *d;
	size_t i = 0;

	while ((d = census_next(all, rule->on, &i)) != NULL)
		if (rule_fit(rule, d, all, false, r->errs) == BIND_FITS &&
		    rule_fit(rule, d, made, true, r->errs) != BIND_FITS)
			return -1;
	return 0;
}

int
config_clocks(struct config_reader *r, const struct rule_conf *rules, size_t n)
{
	const struct config *c = r->config;
	struct census all = { .n = 0 }, made;
	int rc = 0;

	if (census_take(&all, c->devices, c->ndevices, r->arena) != 0)
		return config_no_memory(r);
	made = all;
	made.statistics = config_made(r, &made.nstatistics);
	for (size_t i = 0; i < n; i++)
		if (rules[i].condition.clocked || rules[i].clearing.clocked)
			rc |= look_at(r, &rules[i], &all, &made);
	return rc;
}
