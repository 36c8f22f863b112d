#include <string.h>

#include "../conf/key.h"
#include "functions.h"
#include "window.h"

#define FUNCTIONS	(sizeof(functions) / sizeof(functions[0]))
#define MAYBE		ARG_OPTIONAL
#define DAY		86400000000LL

/* All functions of the language; one more is one more row. */
static const struct rule_fn functions[] = {
	{ .name = "abs", .args = { ARG_FIGURE }, .eval = fn_abs,
	  .usage = "abs(X)", .help = "X without its sign" },
	{ .name = "min2", .args = { ARG_FIGURE, ARG_FIGURE }, .eval = fn_min2,
	  .usage = "min2(X, Y)", .help = "the smaller of two figures" },
	{ .name = "max2", .args = { ARG_FIGURE, ARG_FIGURE }, .eval = fn_max2,
	  .usage = "max2(X, Y)", .help = "the larger of two figures" },
	{ .name = "stale", .args = { ARG_POINT, ARG_SPAN | MAYBE }, .truth = true,
	  .holds = true, .waits = true, .unit = UNIT_NONE, .eval = fn_stale,
	  .usage = "stale(POINT) or stale(POINT, 90s)",
	  .help = "no usable reading for so long; else for two periods and 5 s" },
	{ .name = "age", .args = { ARG_POINT }, .unit = UNIT_SECONDS, .eval = fn_age,
	  .usage = "age(POINT)",
	  .help = "seconds since its last usable reading; looked at each second" },
	{ .name = "any", .args = { ARG_GROUP }, .truth = true, .unit = UNIT_NONE,
	  .eval = fn_any, .usage = "any(GROUP) > X or any(GROUP > X)",
	  .help = "one point of the group is; without a comparison: is on" },
	{ .name = "all", .args = { ARG_GROUP }, .truth = true, .unit = UNIT_NONE,
	  .eval = fn_all, .usage = "all(GROUP) > X or all(GROUP > X)",
	  .help = "each point of the group is" },
	{ .name = "count_of", .args = { ARG_GROUP }, .unit = UNIT_NONE, .eval = fn_count_of,
	  .usage = "count_of(GROUP > X)",
	  .help = "how many points of the group are; while some are unknown, how many "
	  "at least and at most" },
	{ .name = "min_of", .args = { ARG_GROUP }, .eval = fn_least_of,
	  .usage = "min_of(GROUP)", .help = "the least of the group" },
	{ .name = "max_of", .args = { ARG_GROUP }, .eval = fn_most_of,
	  .usage = "max_of(GROUP)", .help = "the most of the group" },
	{ .name = "mean_of", .args = { ARG_GROUP }, .eval = fn_mean_of,
	  .usage = "mean_of(GROUP)", .help = "the mean of those of the group that are known" },
	{ .name = "mean", .args = { ARG_EITHER, ARG_WINDOW },
	  .state_size = window_size, .clock = CLOCK_MEAN, .eval = fn_mean,
	  .usage = "mean(X, 10min) or mean(POINT, clock 10min)",
	  .help = "the mean of the last ten minutes; of a condition the share of "
	  "the time that it is true" },
	{ .name = "min", .args = { ARG_EITHER, ARG_WINDOW },
	  .state_size = window_size, .clock = CLOCK_MIN, .eval = fn_min,
	  .usage = "min(X, 10min) or min(POINT, clock 10min)",
	  .help = "the least of them" },
	{ .name = "max", .args = { ARG_EITHER, ARG_WINDOW },
	  .state_size = window_size, .clock = CLOCK_MAX, .eval = fn_max,
	  .usage = "max(X, 10min) or max(POINT, clock 10min)",
	  .help = "the most of them" },
	{ .name = "sum", .args = { ARG_EITHER, ARG_WINDOW },
	  .state_size = window_size, .eval = fn_sum,
	  .usage = "sum(X, 1h)",
	  .help = "the sum of the readings" },
	{ .name = "count", .args = { ARG_EITHER, ARG_WINDOW },
	  .unit = UNIT_NONE, .state_size = window_size, .eval = fn_count,
	  .usage = "count(X, 1d)",
	  .help = "how many readings; of a condition how often it became true" },
	{ .name = "delta", .args = { ARG_FIGURE, ARG_WINDOW },
	  .state_size = window_size, .eval = fn_delta,
	  .usage = "delta(X, 1h)",
	  .help = "the last reading less the first" },
	{ .name = "rate", .args = { ARG_FIGURE, ARG_WINDOW },
	  .unit = UNIT_PER_HOUR, .state_size = window_size, .eval = fn_rate,
	  .usage = "rate(X, 1h)",
	  .help = "the same, an hour" },
	{ .name = "increase", .args = { ARG_FIGURE, ARG_WINDOW },
	  .state_size = window_size, .clock = CLOCK_AMOUNT, .eval = fn_increase,
	  .usage = "increase(X, 1h) or increase(POINT, clock 1h)",
	  .help = "by how much a counter grew; one that begins anew adds what it "
	  "shows" },
	{ .name = "percentile", .args = { ARG_FIGURE, ARG_WINDOW, ARG_NUMBER },
	  .most = 100,
	  .state_size = window_size, .eval = fn_percentile,
	  .usage = "percentile(X, 1h, 50)",
	  .help = "what so many per cent of the thirtieths of the span are "
	  "below, by their means" },
	{ .name = "valid_share", .args = { ARG_POINT, ARG_WINDOW },
	  .unit = UNIT_PERCENT, .state_size = window_size, .clock = CLOCK_VALID,
	  .eval = fn_valid_share,
	  .usage = "valid_share(POINT, 10min) or valid_share(POINT, clock 10min)",
	  .help = "how many of the readings that were due are usable" },
	{ .name = "stuck", .args = { ARG_FIGURE, ARG_SPAN, ARG_NUMBER | MAYBE },
	  .truth = true, .holds = true, .state_size = fn_last_size, .eval = fn_stuck,
	  .usage = "stuck(X, 6h) or stuck(X, 6h, 0.01)",
	  .help = "it has not changed, by more than so much, for so long" },
	{ .name = "jump", .args = { ARG_FIGURE },
	  .state_size = fn_last_size, .eval = fn_jump,
	  .usage = "jump(X)",
	  .help = "how far it is from the reading before" },
	{ .name = "for", .args = { ARG_TRUTH, ARG_SPAN },
	  .truth = true, .holds = true, .state_size = fn_hold_size, .eval = fn_for,
	  .usage = "for(CONDITION, 5min)",
	  .help = "it is true for so long without a gap" },
	{ .name = "since", .args = { ARG_TRUTH },
	  .unit = UNIT_SECONDS, .holds = true, .memory = 7 * DAY,
	  .state_size = fn_hold_size, .eval = fn_since,
	  .usage = "since(CONDITION)",
	  .help = "seconds since it was true last; 0 while it is; looked at each "
	  "second" },
	{ .name = "between", .args = { ARG_TIME, ARG_TIME },
	  .truth = true, .eval = fn_between,
	  .usage = "between('06:00', '22:00')",
	  .help = "by the clock of the zone, over midnight too; looked at each minute" },
	{ .name = "daytime", .args = { ARG_FIGURE, ARG_FIGURE }, .unit = UNIT_NONE,
	  .truth = true, .eval = fn_daytime,
	  .usage = "daytime(meal.from, meal.to)",
	  .help = "the same between hours that are figures: 10.5 is 10:30" },
	{ .name = "weekday", .args = { ARG_DAYS },
	  .truth = true, .eval = fn_weekday,
	  .usage = "weekday('mon-fri') or weekday('sat,sun')",
	  .help = "by the days of the zone" },
	{ .name = "date", .unit = UNIT_NONE, .alone = true, .eval = fn_date,
	  .usage = "date()",
	  .help = "the day of the zone, as a number that constants of days are too; looked "
	  "at each minute" },
	{ .name = "count_today", .args = { ARG_TRUTH }, .unit = UNIT_NONE, .memory = DAY,
	  .state_size = fn_tally_size, .eval = fn_count_today,
	  .usage = "count_today(CONDITION)",
	  .help = "how often it became true since the day of the zone began" },
	{ .name = "warming", .args = { ARG_POINT }, .truth = true, .eval = fn_warming,
	  .usage = "warming(POINT)",
	  .help = "its instrument said last that it warms up" },
	{ .name = "failed", .args = { ARG_POINT }, .truth = true, .eval = fn_failed,
	  .usage = "failed(POINT)",
	  .help = "its instrument said last that the sensor is at fault" },
	{ .name = "open_hours", .args = { ARG_TRUTH }, .truth = true,
	  .holds = true, .memory = 28 * DAY,
	  .state_size = fn_hours_size, .eval = fn_open_hours,
	  .usage = "open_hours(CONDITION)",
	  .help = "at this hour of the week it is usually true; learnt, after three days" },
	{ .name = "learnt", .args = { ARG_FIGURE, ARG_TRUTH }, .memory = 90 * DAY,
	  .state_size = fn_learnt_size, .eval = fn_learnt,
	  .usage = "learnt(X, CONDITION)",
	  .help = "what X is on a good day: of the means of the last 90 days, while the "
	  "condition was true, the second highest; after three days" },
};

const struct rule_fn *
rule_fn_find(const char *name)
{
	for (size_t i = 0; i < FUNCTIONS; i++)
		if (strcmp(functions[i].name, name) == 0)
			return &functions[i];
	return NULL;
}

const struct rule_fn *
rule_fn_at(size_t i)
{
	return i < FUNCTIONS ? &functions[i] : NULL;
}

const char *
rule_fn_near(const char *name)
{
	const char *names[FUNCTIONS];

	for (size_t i = 0; i < FUNCTIONS; i++)
		names[i] = functions[i].name;
	return near_name(name, names, FUNCTIONS);
}
