/* Late answers on lines in simulation, ten million of them, and how many were
 * booked to another question than theirs; before that a million polls of which one
 * of a hundred is answered 4 to 64 s late. */
#include "../check.h"
#include "../sim/late.h"

#define WANTED	UINT64_C(10000000)
#define POLLS	UINT64_C(1000000)
#define SECOND	INT64_C(1000000)

/* As a DTU has it where nothing is set. */
static bool
one_of_a_hundred(const char *proto)
{
	struct wire_world w = {
		.proto = proto_find(proto),
		.line = { .guard = SECOND / 10, .timeout_min = 3 * SECOND / 2,
		    .timeout_max = 4 * SECOND, .max_late = 64 * SECOND },
		.rates = { .late = 10, .split = 200 }, .lateness = 60 * SECOND,
		.wanted = POLLS, .seed = 7,
	};
	struct wire_result r;
	double useful;

	wire_run(&w, &r);
	useful = (double)r.tally.answered / (double)r.tally.asked;
	printf("%s: %llu polls, %llu answered late, misbooked %llu (target 0), useful %.4f "
	    "(target 0.9)\n", proto, (unsigned long long)r.tally.asked,
	    (unsigned long long)r.late_sent, (unsigned long long)r.misbooked, useful);
	return r.misbooked == 0 && useful >= 0.9 && r.tally.asked >= POLLS;
}

/* b_late [LATE]: fewer, to try it. */
int
main(int argc, char **argv)
{
	uint64_t wanted = argc > 1 ? strtoull(argv[1], NULL, 10) : WANTED;
	uint64_t late = 0, misbooked = 0, unanswered = 0, asked = 0, useful = 0;
	uint64_t garbled = 0, unseen = 0;

	CHECK(one_of_a_hundred("modbus-rtu") & one_of_a_hundred("modbus-tcp"));
	for (uint64_t seed = 1; late < wanted; seed++) {
		for (size_t i = 0; i < late_worlds_n; i++) {
			struct wire_result r;

			late_run(i, 1000 * seed + i, 4, &r);
			late += r.late_sent;
			misbooked += r.misbooked;
			garbled += r.garbled;
			unseen += r.unseen;
			unanswered += r.unanswered;
			asked += r.tally.asked;
			useful += r.tally.answered;
		}
	}
	printf("%llu late answers among %llu questions, %llu answered: misbooked %llu (target 0)\n",
	    (unsigned long long)late, (unsigned long long)asked, (unsigned long long)useful,
	    (unsigned long long)misbooked);
	printf("%llu of %llu damaged answers had a CRC that fits (one of 65,536 is expected)\n",
	    (unsigned long long)unseen, (unsigned long long)garbled);
	CHECK(misbooked == 0 && unanswered == 0 && unseen * 10000 <= garbled);
	return 0;
}
