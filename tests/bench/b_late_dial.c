/* b_late_dial [polls [max_late | "life"]]: answers that come 4 to 64 s after their question,
 * one of a hundred, on the lines of 2,000 DTUs that call; the others take 0.4 to
 * 0.9 s.  Whatever is booked to another question than its own is seen, for each value
 * tells line, unit, register and the ordinal of its question.  Then 400 lines that a
 * rule of class life watches, each 5 s: "life" means those alone.  Then both with a
 * program that does not keep late answers apart. */
#include "late_site.h"

#define SECOND	INT64_C(1000000)

/* s without a reading.  All slices of these units are of one length, and of that of the
 * block that has none: what fails while a bar stands bars that for max_late. */
#define BLIND		90.0
#define BLIND_ALONE	150.0

static bool
run(const char *what, const struct late_site *s)
{
	struct late_result r;
	bool good = true;

	late_site_run(s, &r);
	late_site_print(what, &r);
	good &= bench_figure("polls asked", (double)booked_sum(r.booked.asked), "",
	    (double)s->polls, false);
	good &= bench_figure("misbooked, and not marked", (double)(booked_sum(r.booked.misbooked) -
	    r.booked.doubted), "", 0, true);
	good &= bench_figure("of the polls asked: useful", (double)booked_sum(r.booked.useful) /
	    (double)booked_sum(r.booked.asked), "", 0.9, false);
	good &= bench_figure("of the readings due: came", r.of_readings, "", 0.9, false);
	if (s->life) {
		good &= bench_figure("longest without a reading",
		    (double)r.booked.longest / 1000, "s", BLIND, true);
		good &= bench_figure("of the point that is alone in its block",
		    (double)r.booked.alone / 1000, "s", BLIND_ALONE, true);
	} else {
		good &= bench_figure("misbooked", (double)booked_sum(r.booked.misbooked), "", 0,
		    true);
	}
	return good;
}

/* The same for a while, where much is late. */
static bool
notices(struct late_site s)
{
	s.lines = 500;
	s.period = "5s";
	s.late = 0.05;
	s.polls = 15000;
	s.limit = 60 * SECOND;
	return late_site_notices(&s);
}

int
main(int argc, char **argv)
{
	struct late_site s = {
		.program = "build/tidegate", .lines = 2000, .period = "30s", .settings = "",
		.late = 0.01, .late_from = 4 * SECOND, .late_to = 64 * SECOND,
		.fastest = 400000, .slowest = 900000,
		.polls = argc > 1 ? strtoull(argv[1], NULL, 10) : 100000, .limit = 300 * SECOND,
	}, life = s;
	bool only_life = argc > 2 && strcmp(argv[2], "life") == 0, good = true;
	char settings[64];

	bench_descriptors();
	if (argc > 2 && !only_life) {
		snprintf(settings, sizeof(settings), "max_late = \"%s\";", argv[2]);
		s.settings = settings;
	}
	life.life = true;
	life.lines = 400;
	life.period = "5s";
	if (!only_life)
		good &= run("one answer of a hundred 4 to 64 s late", &s) & notices(s);
	good &= run("the same where life hangs on it", &life) & notices(life);
	return !good;
}
