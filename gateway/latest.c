#include <stdlib.h>
#include <string.h>

#include "latest.h"
#include "room.h"

void
latest_room(struct latest *l, size_t n)
{
	struct latest_row *rows;

	if (n <= l->n)
		return;
	rows = room_for(n, sizeof(*rows));
	if (l->n > 0)
		memcpy(rows, l->rows, l->n * sizeof(*rows));
	free(l->rows);
	l->rows = rows;
	l->n = n;
}

void
latest_take(struct latest *l, const struct entry *e)
{
	struct latest_row *row;

	if (e->kind != ENTRY_READING || e->reading.series == 0 || e->reading.series > l->n)
		return;
	row = &l->rows[e->reading.series - 1];
	row->reading = e->reading;
	row->seq = e->seq;
}
