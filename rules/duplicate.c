#include <stdio.h>
#include <string.h>

#include "watches.h"

/* Somebody else claims to be a line that is there: a number that was given twice,
 * or a stranger who tries.  It is over when nobody tried for so long. */
#define STAYS	(3600 * (int64_t)1000000)

static struct duplicate *
find(struct rules *rules, const char *line)
{
	for (size_t i = 0; i < DUPLICATES; i++)
		if (strcmp(rules->duplicates[i].line, line) == 0)
			return &rules->duplicates[i];
	return NULL;
}

/* False: so many are contested that one more is only a note. */
static bool
contest(struct rules *rules, const char *line, int64_t times)
{
	struct duplicate *d = find(rules, line);

	if (d == NULL)
		d = find(rules, "");
	if (d == NULL || strlen(line) >= sizeof(d->line))
		return false;
	snprintf(d->line, sizeof(d->line), "%s", line);
	d->times += times;
	d->until = rules->now + STAYS;
	return true;
}

void
rules_duplicate(struct rules *rules, const char *line, int64_t now, int64_t wall)
{
	rules->now = now;
	rules->wall = wall;
	if (rules->life != NULL && line[0] != '\0' && contest(rules, line, 1))
		own_set(rules, OWN_DUPLICATE, line, true, find(rules, line)->times, wall);
}

/* One that stood before the start goes on until nobody tried for its time. */
bool
duplicate_restore(struct rules *rules, const char *line, bool active)
{
	return !active || find(rules, line) != NULL || contest(rules, line, 1);
}

void
duplicate_tick(struct rules *rules, int64_t now, int64_t wall)
{
	for (size_t i = 0; i < DUPLICATES; i++) {
		struct duplicate *d = &rules->duplicates[i];
		char line[NAME_BYTES];
		int64_t times = d->times;

		if (d->line[0] == '\0' || now < d->until)
			continue;
		memcpy(line, d->line, sizeof(line));
		*d = (struct duplicate){ .until = 0 };
		own_set(rules, OWN_DUPLICATE, line, false, times, wall);
	}
}

int64_t
duplicate_deadline(const struct rules *rules)
{
	int64_t at = INT64_MAX;

	for (size_t i = 0; i < DUPLICATES; i++)
		if (rules->duplicates[i].line[0] != '\0' && rules->duplicates[i].until < at)
			at = rules->duplicates[i].until;
	return at;
}

void
duplicate_take_over(struct rules *rules, const struct rules *was)
{
	memcpy(rules->duplicates, was->duplicates, sizeof(rules->duplicates));
}
