#include <string.h>

#include "../check.h"
#include "late.h"

#define UNSEEN_OF	10000	/* of so many damaged answers at most one, in the mean one of 65,536 */

/* Every late answer that came whole is either known as late or was thrown away
 * before a question; none is booked.  Half of those in time must get through. */
static void
check(const struct wire_result *r, size_t i)
{
	CHECK(r->misbooked == 0);
	CHECK(r->unseen * UNSEEN_OF <= r->garbled);
	CHECK(r->unanswered == 0);
	CHECK(r->late_sent >= late_worlds[i].late_wanted);
	CHECK((r->loopbacks > r->late_sent / 10) == late_worlds[i].in_turn);
	CHECK(r->tally.late > r->late_sent / 2);
	CHECK(r->tally.answered > r->tally.asked *
	    (1000 - late_worlds[i].rates.late - late_worlds[i].rates.lost) / 1000 / 2);
}

/* t_late [WORLD]: one world alone shows only how it fares. */
int
main(int argc, char **argv)
{
	struct wire_result first, again, other;
	uint64_t late = 0;

	for (size_t i = 0; argc > 1 && i < late_worlds_n; i++)
		if (strcmp(argv[1], late_worlds[i].name) == 0)
			late_run(i, i + 1, 1, &first);
	if (argc > 1)
		return 0;
	for (size_t i = 0; i < late_worlds_n; i++) {
		late_run(i, i + 1, 1, &first);
		check(&first, i);
		late += first.late_sent;
		printf("ok %s: %llu late answers, 0 misbooked\n", late_worlds[i].name,
		    (unsigned long long)first.late_sent);
	}
	CHECK(late >= 200000);
	printf("ok %llu late answers in all, 0 misbooked\n", (unsigned long long)late);
	late_run(4, 5, 1, &again);
	late_run(4, 6, 1, &other);
	late_run(4, 5, 1, &first);
	CHECK(first.hash == again.hash && first.took == again.took);
	CHECK(first.hash != other.hash);
	printf("ok the same seed gives the same hash %016llx\n",
	    (unsigned long long)first.hash);
	return 0;
}
