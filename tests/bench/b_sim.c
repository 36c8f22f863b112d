/* Simulated gateway-days an hour of one core: twenty devices at 30 s, with the
 * real sessions, devices, rules and store. */
#include <time.h>

#include "../check.h"
#include "../sim/world.h"

int
main(void)
{
	struct world_conf conf = {
		.seed = 1, .length = 6 * 86400 * 1000000LL, .period = 30000000, .calm = true
	};
	struct timespec t;
	struct world_result r = world_run(&conf);
	double cpu;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	cpu = (double)t.tv_sec + (double)t.tv_nsec / 1e9;
	CHECK(world_clean(&r) && r.polls > 6 * 20 * 2870);
	printf("%.0f simulated gateway-days an hour of one core (target >= 20000); %.2f us a poll\n",
	    6 * 3600 / cpu, cpu * 1e6 / (double)r.polls);
	return 0;
}
