/* A whole site for days: real sessions, devices, rules and store, with the
 * lines, the disk, the power and the clock against them.  WORLD_SEEDS=n lives
 * more lives than the few of every commit; "t_world SEED HOURS" lives one and
 * ends with 3 when a promise was broken. */
#include <inttypes.h>

#include "../check.h"
#include "world.h"

#define S	1000000LL
#define DAY	(86400 * S)

static const struct world_conf hard = {
	.length = DAY / 2, .period = 30 * S, .cut_every = 5400 * S
};

static uint64_t
seeds(void)
{
	const char *more = getenv("WORLD_SEEDS");

	return more == NULL ? 3 : strtoull(more, NULL, 10);
}

static void
a_hard_world_breaks_no_promise(void)
{
	struct world_conf conf = hard;

	for (conf.seed = 1; conf.seed <= seeds(); conf.seed++) {
		struct world_result r = world_run(&conf);

		printf("  seed %" PRIu64 ":\n", conf.seed);
		world_print(&r);
		CHECK(world_clean(&r));
		/* and it was hard */
		CHECK(r.late > 20 && r.cuts > 3 && r.outages > 10 && r.raised > 5 && r.cleared > 5);
		CHECK(r.bad > 100 && r.readings > 10 * r.bad && r.skipped == 0);
	}
}

static void
a_calm_world_polls_everything(void)
{
	struct world_conf conf = {
		.seed = 4, .length = DAY / 4, .period = 30 * S, .calm = true
	};
	struct world_result r = world_run(&conf);

	world_print(&r);
	CHECK(world_clean(&r) && r.bad == 0 && r.skipped == 0);
	CHECK(r.polls >= 20 * 720 - 40 && r.polls <= 20 * 720 + 40);
	CHECK(r.raised > 20 && r.cleared > 20);
}

static void
the_same_seed_is_the_same_world(void)
{
	struct world_conf conf = hard;
	struct world_result a, b, c;

	conf.length = DAY / 8;
	conf.seed = 11;
	a = world_run(&conf), b = world_run(&conf);
	conf.seed = 12;
	c = world_run(&conf);
	CHECK(a.hash == b.hash && a.readings == b.readings && a.hash != c.hash);
}

static void
a_disk_that_lies_is_seen(void)
{
	struct world_conf conf = hard;
	struct world_result r;

	conf.seed = 5;
	conf.length = DAY / 8;
	conf.sync_lies = true;
	r = world_run(&conf);
	world_print(&r);
	CHECK(r.verdict.lost > 0);
}

static int
one_world(char **args)
{
	struct world_conf conf = hard;
	struct world_result r;

	conf.seed = strtoull(args[0], NULL, 10);
	conf.length = strtoll(args[1], NULL, 10) * 3600 * S;
	r = world_run(&conf);
	world_print(&r);
	return world_clean(&r) ? 0 : 3;
}

int
main(int argc, char **argv)
{
	if (argc == 3)
		return one_world(argv + 1);
	RUN(a_calm_world_polls_everything);
	RUN(a_hard_world_breaks_no_promise);
	RUN(the_same_seed_is_the_same_world);
	RUN(a_disk_that_lies_is_seen);
	return 0;
}
