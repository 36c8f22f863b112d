#include <string.h>

#include "../check.h"
#include "wire.h"

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

static const struct {
	const char		*name, *proto;
	const struct line	*line;
	struct wire_rates	 rates;
	int64_t			 lateness;
	uint64_t		 late_wanted;
} worlds[] = {
	{ "tcp", "modbus-tcp", &wire,
	  { .lost = 20, .late = 300, .twice = 50, .refused = 50, .split = 200 },
	  3 * S, 60000 },
	{ "tcp over cellular", "modbus-tcp", &cellular,
	  { .lost = 50, .late = 500, .twice = 50, .refused = 50, .split = 200 },
	  120 * S, 20000 },
	/* its ids make even those later than the latest harmless */
	{ "tcp, far too late", "modbus-tcp", &wire,
	  { .lost = 20, .late = 300, .refused = 50 }, 10 * S, 20000 },
	{ "rtu", "modbus-rtu", &wire,
	  { .lost = 20, .late = 300, .twice = 50, .refused = 50, .split = 200 },
	  3 * S, 60000 },
	{ "rtu with noise", "modbus-rtu", &wire,
	  { .lost = 20, .late = 300, .twice = 50, .refused = 50, .garbled = 100,
	    .split = 300, .noise = 300 },
	  3 * S, 40000 },
	{ "rtu, hardly ever in time", "modbus-rtu", &wire, { .late = 900 }, 3 * S, 20000 },
	{ "rtu over cellular", "modbus-rtu", &cellular,
	  { .lost = 50, .late = 300, .twice = 20, .refused = 50, .garbled = 10, .split = 300 },
	  120 * S, 20000 },
};

static void
run(size_t i, uint64_t seed, struct wire_result *result)
{
	struct wire_world w = {
		.proto = proto_find(worlds[i].proto), .line = *worlds[i].line,
		.rates = worlds[i].rates, .lateness = worlds[i].lateness,
		.late_wanted = worlds[i].late_wanted, .seed = seed,
	};

	wire_run(&w, result);
	printf("%s: seed %llu: %llu asked, %llu answered, %llu timed out, %llu late, "
	    "%llu doubted, %llu barriers, %.0f s, hash %016llx\nmisbooked %llu\n",
	    worlds[i].name, (unsigned long long)seed,
	    (unsigned long long)result->tally.asked,
	    (unsigned long long)result->tally.answered,
	    (unsigned long long)result->tally.timeouts,
	    (unsigned long long)result->tally.late, (unsigned long long)result->doubted,
	    (unsigned long long)result->tally.barriers, (double)result->took / 1e6,
	    (unsigned long long)result->hash, (unsigned long long)result->misbooked);
	fflush(stdout);
}

/* Every late answer that came whole is either known as late or was thrown away
 * before a question; none is booked.  Half of those in time must get through. */
static void
check(const struct wire_result *r, size_t i)
{
	CHECK(r->misbooked == 0);
	CHECK(r->unanswered == 0);
	CHECK(r->late_sent >= worlds[i].late_wanted);
	CHECK(r->tally.late > r->late_sent / 2);
	CHECK(r->tally.answered > r->tally.asked *
	    (1000 - worlds[i].rates.late - worlds[i].rates.lost) / 1000 / 2);
}

/* t_late [WORLD]: one world alone shows only how it fares. */
int
main(int argc, char **argv)
{
	struct wire_result first, again, other;
	uint64_t late = 0;

	for (size_t i = 0; argc > 1 && i < sizeof(worlds) / sizeof(worlds[0]); i++)
		if (strcmp(argv[1], worlds[i].name) == 0)
			run(i, i + 1, &first);
	if (argc > 1)
		return 0;
	for (size_t i = 0; i < sizeof(worlds) / sizeof(worlds[0]); i++) {
		run(i, i + 1, &first);
		check(&first, i);
		late += first.late_sent;
		printf("ok %s: %llu late answers, 0 misbooked\n", worlds[i].name,
		    (unsigned long long)first.late_sent);
	}
	CHECK(late >= 200000);
	printf("ok %llu late answers in all, 0 misbooked\n", (unsigned long long)late);
	run(4, 5, &again);
	run(4, 6, &other);
	run(4, 5, &first);
	CHECK(first.hash == again.hash && first.took == again.took);
	CHECK(first.hash != other.hash);
	printf("ok the same seed gives the same hash %016llx\n",
	    (unsigned long long)first.hash);
	return 0;
}
