#include <errno.h>
#include <string.h>

#include "../log.h"
#include "field.h"
#include "restore_statistics.h"

#define LONG	(2 * US_PER_S)	/* that is worth a line */
#define EARLIER	2000000		/* entries looked through for counters: a second */

struct replay {
	struct statistics	*statistics;
	uint64_t		 n;
};

static void
take(void *arg, const struct entry *e)
{
	struct replay *r = arg;

	r->n++;
	if (e->kind == ENTRY_READING)
		statistics_replay(r->statistics, &e->reading, e->stored);
	else if (e->kind == ENTRY_STATISTIC)
		statistics_replay_told(r->statistics, &e->statistic);
}

static void
take_earlier(void *arg, const struct entry *e)
{
	struct replay *r = arg;

	if (e->kind == ENTRY_READING)
		statistics_replay_earlier(r->statistics, &e->reading);
}

void
restore_statistics(struct field_role *f)
{
	struct replay r = { .statistics = f->statistics };
	int64_t began = system_clock.mono(), newest = journal_newest(f->journal), took, since;

	if (f->config->nstatistics == 0 || newest == 0)
		return;
	since = statistics_since(f->statistics, newest);
	if (journal_replay(f->journal, since, take, &r) < 0 ||
	    (statistics_lack(f->statistics) &&
	    journal_replay_before(f->journal, since, EARLIER, take_earlier, &r) < 0))
		log_err("store: readings before the start cannot be read for statistics: %s",
		    strerrordesc_np(errno));
	statistics_replay_end(f->statistics, newest);
	took = system_clock.mono() - began;
	if (took > LONG)
		log_info("statistics: %llu entries read anew in %.1f s",
		    (unsigned long long)r.n, (double)took / (double)US_PER_S);
}
