/* What the rules cost: 10,000 of them over 10,000 points at 10,000 readings a second,
 * as a share of one core. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../../rules/watch.h"
#include "../check.h"
#include "../sim/chance.h"

#define POINTS		10	/* of a device */
#define DEVICES		1000
#define RATE		10000	/* readings a second */
#define SECONDS		20	/* simulated */
#define TARGET		5	/* per cent of a core */
#define S		1000000LL
#define ROOM		(512U << 20)

static struct point points[POINTS];
static struct profile profile = { .name = "x", .points = points, .npoints = POINTS };
static char names[DEVICES][32], point_names[POINTS][8], rule_names[POINTS][8];
static struct device devices[DEVICES];
static struct tap taps[DEVICES][POINTS];
static uint64_t changes;

static void
changed(void *owner, const struct alarm_change *c)
{
	(void)owner;
	(void)c;
	changes++;
}

static void
prepare(void)
{
	for (int i = 0; i < POINTS; i++) {
		snprintf(point_names[i], sizeof(point_names[i]), "p%d", i);
		snprintf(rule_names[i], sizeof(rule_names[i]), "r%d", i);
		points[i] = (struct point){ .name = point_names[i], .raw = raw_find("f32"),
		    .unit = unit_find("mg/m3") };
	}
	for (int d = 0; d < DEVICES; d++) {
		snprintf(names[d], sizeof(names[d]), "s%d/d%d", d / 4, d % 4);
		devices[d] = (struct device){ .conf = { .name = names[d], .period = S,
		    .enabled = true, .zh = "", .en = "" }, .profile = &profile,
		    .taps = taps[d] };
		for (int i = 0; i < POINTS; i++)
			taps[d][i].series = (uint32_t)(1 + d * POINTS + i);
	}
}

static double
cpu(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Each point is read once a second; what was due is done ten times a second. */
static void
run(struct rules *rules, struct chance *chance)
{
	int64_t now = 0;

	for (int i = 0; i < SECONDS * RATE; i++) {
		struct reading r = { .series = 1 + (uint32_t)(i % RATE),
		    .value = { .kind = VALUE_F32,
		    .f = (float)chance_below(chance, 1000) / 100 } };

		now = (int64_t)i * S / RATE;
		r.mono = now;
		r.time = 1790000000000 + now / 1000;
		rules_take(rules, &r, now, r.time);
		if (i % (RATE / 10) == 0)
			rules_tick(rules, now, r.time);
	}
}

/* One rule for each point of a device, all alike but for the point; a % stands for
 * its number. */
static bool
bench(const char *what, const char *when)
{
	static struct rule_conf rules[POINTS];
	static const struct constant limit = { .name = "limit.p", .number = 9.9 };
	const struct constants constants = { &limit, 1 };
	static struct err room[ERRS_MAX];
	struct errs errs = { .at = room };
	struct arena arena = { .at = calloc(1, ROOM), .cap = ROOM };
	struct chance chance = { .state = 1 };
	static char texts[POINTS][200];
	struct rules *all;
	double spent, share;

	for (int i = 0; i < POINTS; i++) {
		char *to = texts[i];

		for (const char *s = when; *s != '\0'; s++)
			*to++ = *s == '%' ? (char)('0' + i) : *s;
		*to = '\0';
		rules[i] = (struct rule_conf){ .name = rule_names[i], .on = "*",
		    .when = texts[i], .on_delay = 2 * S, .results = 1 };
		CHECK(rule_compile(&rules[i], &constants, &arena, &errs) == 0);
	}
	all = rules_new(rules, POINTS, devices, DEVICES, &arena, &errs);
	if (all == NULL)
		fprintf(stderr, "%s: %s\n", when, room[0].text);
	CHECK(all != NULL);
	rules_start(all, 0);
	rules_on_change(all, changed, NULL);
	rules_tick(all, 0, 1790000000000);
	changes = 0;
	spent = cpu();
	run(all, &chance);
	spent = cpu() - spent;
	share = 100 * spent / SECONDS;
	printf("%-18s %5.2f %% of a core (target <= %d), %5.0f ns a reading, %5.1f MiB, "
	    "%" PRIu64 " steps\n", what, share, TARGET, spent * 1e9 / (SECONDS * RATE),
	    (double)arena.used / (1 << 20), changes);
	fflush(stdout);
	free(arena.at);
	return share <= TARGET;
}

int
main(void)
{
	bool good = true;

	prepare();
	printf("%d rules over %d points at %d readings/s:\n", DEVICES * POINTS,
	    DEVICES * POINTS, RATE);
	good &= bench("limit", "p% > limit.p");
	good &= bench("stale", "stale(p%)");
	good &= bench("three points", "p% > limit.p * 0.9 and d0.p% - d1.p% < 5 or p0 + p% > 19");
	good &= bench("window", "mean(p%, 10s) > limit.p");
	good &= bench("percentile", "percentile(p%, 30s, 50) > limit.p");
	good &= bench("clock and hold", "for(p% > 9, 5s) and between('06:00', '22:00')");
	good &= bench("group of a site", "any(site/*.p%) > 9.9");
	return !good;
}
