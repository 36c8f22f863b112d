/* Answers that come after their time-out on the lines of DTUs that call: the built
 * program books none of them to another question; one that keeps nothing apart does. */
#include <unistd.h>

#include "../bench/late_site.h"
#include "../check.h"

#define SECOND	INT64_C(1000000)
#define ASAN	"build/asan/bin"

int
main(void)
{
	struct late_site s = {
		.program = access(ASAN, X_OK) == 0 ? ASAN : "build/tidegate", .lines = 200,
		.period = "3s", .settings = "", .late = 0.05, .late_from = 9 * SECOND / 2,
		.late_to = 8 * SECOND, .fastest = 100000, .slowest = 500000,
		.polls = 4000, .limit = 90 * SECOND,
	};
	struct late_result r;

	late_site_run(&s, &r);
	late_site_print("one answer of twenty 4.5 to 8 s late", &r);
	CHECK(booked_sum(r.booked.misbooked) == 0);
	CHECK(r.booked.late_sent > 100 && r.late_seen > 0 && r.barriers > 0);
	CHECK(2 * booked_sum(r.booked.useful) > booked_sum(r.booked.asked));
	CHECK(r.closed == 0);
	printf("ok %llu polls of DTUs, %llu answers late, 0 misbooked\n",
	    (unsigned long long)booked_sum(r.booked.asked),
	    (unsigned long long)r.booked.late_sent);
	s.late *= 3;		/* so that chance hides it in no run */
	CHECK(late_site_notices(&s));
	printf("ok a program that keeps nothing apart is noticed\n");
	return 0;
}
