#include <sys/mman.h>

#include "../rules/statistics.h"
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
