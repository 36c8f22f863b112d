#include <stdlib.h>
#include <time.h>

#include "clock.h"
#include "room.h"
#include "zone_table.h"

/* No zone goes to another offset and back within less; Gaza does in a week. */
#define STEP	(3 * 86400LL)
#define END	((int64_t)UINT32_MAX)

static int32_t
offset_at(int64_t second)
{
	time_t at = (time_t)second;
	struct tm tm;

	return localtime_r(&at, &tm) != NULL ? (int32_t)(tm.tm_gmtoff * MS_PER_S) : 0;
}

/* The first second in from < t <= to at which the offset is not that of from. */
static int64_t
change_within(int64_t from, int64_t to)
{
	int32_t before = offset_at(from);

	while (to - from > 1) {
		int64_t mid = from + (to - from) / 2;

		if (offset_at(mid) == before)
			from = mid;
		else
			to = mid;
	}
	return to;
}

/* Counts the changes, and keeps them where there is room. */
static size_t
find_changes(struct zone_change *changes)
{
	int32_t offset = offset_at(0);
	size_t n = 0;

	for (int64_t at = 0; at < END;) {
		int64_t next = at + STEP;

		if (offset_at(next) == offset) {
			at = next;
			continue;
		}
		at = change_within(at, next);
		offset = offset_at(at);
		if (changes != NULL)
			changes[n] = (struct zone_change){ at * MS_PER_S, offset };
		n++;
	}
	return n;
}

void
zone_table(struct zone *z)
{
	struct zone_change *changes;

	z->offset = offset_at(0);
	z->n = find_changes(NULL);
	changes = room_for(z->n + 1, sizeof(*changes));
	find_changes(changes);
	z->changes = changes;
}

void
zone_table_free(struct zone *z)
{
	free((void *)(uintptr_t)z->changes);
	*z = (struct zone){ .n = 0 };
}
