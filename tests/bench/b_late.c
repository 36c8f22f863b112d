/* Late answers on lines in simulation, ten million of them, and how many were
 * booked to another question than theirs. */
#include "../check.h"
#include "../sim/late.h"

#define WANTED	UINT64_C(10000000)

/* b_late [LATE]: fewer, to try it. */
int
main(int argc, char **argv)
{
	uint64_t wanted = argc > 1 ? strtoull(argv[1], NULL, 10) : WANTED;
	uint64_t late = 0, misbooked = 0, unanswered = 0, asked = 0, useful = 0;
	uint64_t garbled = 0, unseen = 0;

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
