#include "course.h"

size_t
course_hear(const struct course *c, struct reading *at, size_t n, int64_t now, int64_t wall)
{
	if (c->derived != NULL)
		n = derived_hear(c->derived, at, n, now, wall);
	for (size_t i = 0; c->interlock != NULL && i < n; i++)
		interlock_hear(c->interlock, &at[i]);
	for (size_t i = 0; i < n; i++)
		rules_take(c->rules, &at[i], now, wall);
	for (size_t i = 0; c->statistics != NULL && i < n; i++)
		statistics_take(c->statistics, &at[i], wall);
	return n;
}
