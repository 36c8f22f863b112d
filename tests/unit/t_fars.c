#include <string.h>

#include "../../gateway/forward/fars.h"
#include "../check.h"

#define MOST	32

/* Threads that do nothing, in the place of the real ones. */
struct runner {
	char		 name[20];
	const struct uplink_conf *conf;
	bool		 told, hangs, freed, saved;
};

static struct runner runners[MOST];
static size_t started;
static unsigned booked;

struct runner *
runner_start(const struct runner_conf *conf)
{
	struct runner *r = &runners[started++];

	CHECK(started <= MOST);
	snprintf(r->name, sizeof(r->name), "%s", conf->conf->name);
	r->conf = conf->conf;
	return r;
}

void
runner_end(struct runner *r)
{
	CHECK(!r->told && !r->freed);
	r->told = true;
}

bool
runner_wait(struct runner *r, int64_t us)
{
	CHECK(us >= 0 && !r->freed);
	return !r->hangs;
}

void
runner_free(struct runner *r)
{
	CHECK(!r->freed);
	r->freed = true;
}

void
runner_anew(struct runner *r)
{
	(void)r;
}

void
runner_save(struct runner *r)
{
	r->saved = true;
}

struct traffic
runner_traffic(struct runner *r)
{
	(void)r;
	return (struct traffic){ 0 };
}

struct ledger_row *
ledger_row(struct ledger *l, const char *name)
{
	(void)l, (void)name;
	return NULL;
}

void
ledger_add(struct ledger_row *row, struct traffic t)
{
	(void)row, (void)t;
	booked++;
}

/* A configuration that is gone afterwards, as after a reload. */
static void
renew(struct fars *all, const char *names, const char *select)
{
	struct uplink_conf uplinks[8];
	struct config config = { .uplinks = uplinks };
	char text[8][20], pattern[20], path[20];

	snprintf(pattern, sizeof(pattern), "%s", select);
	snprintf(path, sizeof(path), "/tmp/out.jsonl");
	for (; *names != '\0'; names++) {
		char *name = text[config.nuplinks];

		snprintf(name, sizeof(text[0]), "%c", *names);
		uplinks[config.nuplinks++] = (struct uplink_conf){ .name = name,
		    .select = pattern, .batch = 10, .batch_most = 10, .path = path };
	}
	fars_renew(all, &config);
	memset(text, '?', sizeof(text));
	memset(pattern, '?', sizeof(pattern));
	memset(path, '?', sizeof(path));
	memset(uplinks, '?', sizeof(uplinks));
}

static struct fars
fresh(void)
{
	memset(runners, 0, sizeof(runners));
	started = booked = 0;
	return (struct fars){ .n = 0 };
}

static void
each_begins_with_a_configuration_of_its_own(void)
{
	struct fars all = fresh();

	renew(&all, "ab", "*");
	CHECK(all.n == 2 && started == 0);
	CHECK(fars_tend(&all) && started == 2);
	CHECK(strcmp(runners[0].conf->name, "a") == 0 && strcmp(runners[1].name, "b") == 0);
	CHECK(strcmp(runners[1].conf->select, "*") == 0);
	CHECK(strcmp(runners[1].conf->path, "/tmp/out.jsonl") == 0);
	CHECK(fars_tend(&all) && started == 2);
	CHECK(fars_end(&all, 0) && runners[0].freed && runners[1].freed && booked == 2);
}

static void
what_says_the_same_goes_on_and_the_rest_ends(void)
{
	struct fars all = fresh();

	renew(&all, "abc", "*");
	fars_tend(&all);
	renew(&all, "ca", "*");
	CHECK(runners[1].told && !runners[0].told && !runners[2].told);
	CHECK(all.at[0]->runner == &runners[2] && all.at[1]->runner == &runners[0]);
	CHECK(fars_tend(&all) && runners[1].freed && started == 3);
	renew(&all, "", "*");
	CHECK(fars_tend(&all) && runners[0].freed && runners[2].freed && all.n == 0);
	CHECK(fars_end(&all, 0) && booked == 3);
}

static void
two_of_a_name_never_run_at_a_time(void)
{
	struct fars all = fresh();

	renew(&all, "a", "*");
	fars_tend(&all);
	runners[0].hangs = true;
	renew(&all, "a", "kitchen/*");
	CHECK(runners[0].told && !fars_tend(&all) && started == 1);
	renew(&all, "a", "cellar/*");		/* the one before never began */
	CHECK(!fars_tend(&all) && started == 1);
	runners[0].hangs = false;
	CHECK(fars_tend(&all) && started == 2 && runners[0].freed);
	CHECK(strcmp(runners[1].conf->select, "cellar/*") == 0);
	CHECK(fars_end(&all, 0) && runners[1].freed);
}

static void
one_that_hangs_is_left_behind_with_its_cursor(void)
{
	struct fars all = fresh();

	renew(&all, "abc", "*");
	fars_tend(&all);
	runners[0].hangs = runners[1].hangs = true;
	renew(&all, "ac", "*");
	CHECK(!fars_tend(&all));
	CHECK(!fars_end(&all, 0));
	CHECK(runners[0].saved && runners[1].saved && !runners[2].saved);
	CHECK(!runners[0].freed && !runners[1].freed && runners[2].freed);
}

int
main(void)
{
	RUN(each_begins_with_a_configuration_of_its_own);
	RUN(what_says_the_same_goes_on_and_the_rest_ends);
	RUN(two_of_a_name_never_run_at_a_time);
	RUN(one_that_hangs_is_left_behind_with_its_cursor);
	return 0;
}
