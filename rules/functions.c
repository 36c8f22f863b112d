#include <string.h>

#include "../conf/key.h"
#include "functions.h"

#define FUNCTIONS	(sizeof(functions) / sizeof(functions[0]))
#define MAYBE		ARG_OPTIONAL

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
