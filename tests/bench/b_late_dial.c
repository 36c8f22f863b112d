/* b_late_dial [polls [max_late]]: answers that come 4 to 64 s after their question,
 * one of a hundred, on the lines of 2,000 DTUs that call; the others take 0.4 to
 * 0.9 s.  Whatever is booked to another question than its own is seen, for each value
 * tells line, unit, register and the ordinal of its question.  Then the same with a
 * program that does not keep late answers apart. */
#include "late_site.h"

#define SECOND	INT64_C(1000000)

int
main(int argc, char **argv)
{
	struct late_site s = {
		.program = "build/tidegate", .lines = 2000, .period = "30s", .settings = "",
		.late = 0.01, .late_from = 4 * SECOND, .late_to = 64 * SECOND,
		.fastest = 400000, .slowest = 900000,
		.polls = argc > 1 ? strtoull(argv[1], NULL, 10) : 100000, .limit = 300 * SECOND,
	};
	char settings[64];
	struct late_result r;
	bool good = true;

	bench_descriptors();
	if (argc > 2) {
		snprintf(settings, sizeof(settings), "max_late = \"%s\";", argv[2]);
		s.settings = settings;
	}
	late_site_run(&s, &r);
	late_site_print("one answer of a hundred 4 to 64 s late", &r);
	good &= bench_figure("polls asked", (double)booked_sum(r.booked.asked), "",
	    (double)s.polls, false);
	good &= bench_figure("misbooked", (double)booked_sum(r.booked.misbooked), "", 0, true);
	good &= bench_figure("of the polls asked: useful", (double)booked_sum(r.booked.useful) /
	    (double)booked_sum(r.booked.asked), "", 0.9, false);
	good &= bench_figure("of the polls due: useful", r.of_due, "", 0.9, false);
	s.lines = 500;
	s.period = "5s";
	s.late = 0.05;
	s.polls = 15000;
	s.limit = 60 * SECOND;
	return !(late_site_notices(&s) && good);
}
