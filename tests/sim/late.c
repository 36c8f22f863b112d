#include <stdio.h>

#include "late.h"

#define MS	INT64_C(1000)
#define S	INT64_C(1000000)

static const struct line wire = {
	.silence = 4 * MS, .guard = 10 * MS,
	.timeout_min = 200 * MS, .timeout_max = 2 * S, .max_late = 3 * S,
};
static const struct line cellular = {
	.silence = 4 * MS, .guard = 10 * MS,
	.timeout_min = 1500 * MS, .timeout_max = 10 * S, .max_late = 120 * S,
};

const struct late_world late_worlds[] = {
	{ "tcp", "modbus-tcp", &wire,
	  { .lost = 20, .late = 300, .twice = 50, .refused = 50, .split = 200 },
	  3 * S, 60000, false },
	{ "tcp over cellular", "modbus-tcp", &cellular,
	  { .lost = 50, .late = 500, .twice = 50, .refused = 50, .split = 200 },
	  120 * S, 20000, false },
	/* its ids make even those later than the latest harmless */
	{ "tcp, far too late", "modbus-tcp", &wire,
	  { .lost = 20, .late = 300, .refused = 50 }, 10 * S, 20000, false },
	{ "rtu", "modbus-rtu", &wire,
	  { .lost = 20, .late = 300, .twice = 50, .refused = 50, .split = 200 },
	  3 * S, 60000, false },
	{ "rtu with noise", "modbus-rtu", &wire,
	  { .lost = 20, .late = 300, .twice = 50, .refused = 50, .garbled = 100,
	    .split = 300, .noise = 300 },
	  3 * S, 40000, false },
	{ "rtu, hardly ever in time", "modbus-rtu", &wire, { .late = 900 }, 3 * S, 20000, false },
	{ "rtu over cellular", "modbus-rtu", &cellular,
	  { .lost = 50, .late = 300, .twice = 20, .refused = 50, .garbled = 10, .split = 300 },
	  120 * S, 20000, false },
	{ "rtu with loopbacks", "modbus-rtu", &wire,
	  { .lost = 20, .late = 300, .twice = 50, .refused = 50, .garbled = 10, .split = 200 },
	  3 * S, 40000, true },
	{ "rtu over cellular with loopbacks", "modbus-rtu", &cellular,
	  { .lost = 50, .late = 300, .twice = 20, .refused = 50, .garbled = 10, .split = 300 },
	  120 * S, 20000, true },
};

const size_t late_worlds_n = sizeof(late_worlds) / sizeof(late_worlds[0]);

void
late_run(size_t i, uint64_t seed, uint64_t times, struct wire_result *result)
{
	struct wire_world w = {
		.proto = proto_find(late_worlds[i].proto), .line = *late_worlds[i].line,
		.rates = late_worlds[i].rates, .lateness = late_worlds[i].lateness,
		.in_turn = late_worlds[i].in_turn, .late_wanted = times * late_worlds[i].late_wanted,
		.seed = seed,
	};

	wire_run(&w, result);
	printf("%s: seed %llu: %llu asked, %llu answered, %llu timed out, %llu late, "
	    "%llu doubted, %llu barriers, %llu loopbacks, %.0f s, hash %016llx\nmisbooked %llu, %llu of %llu damaged with a CRC that fits\n",
	    late_worlds[i].name, (unsigned long long)seed,
	    (unsigned long long)result->tally.asked,
	    (unsigned long long)result->tally.answered,
	    (unsigned long long)result->tally.timeouts,
	    (unsigned long long)result->tally.late, (unsigned long long)result->doubted,
	    (unsigned long long)result->tally.barriers,
	    (unsigned long long)result->loopbacks, (double)result->took / 1e6,
	    (unsigned long long)result->hash, (unsigned long long)result->misbooked,
	    (unsigned long long)result->unseen, (unsigned long long)result->garbled);
	fflush(stdout);
}
