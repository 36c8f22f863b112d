#include <stdlib.h>
#include <string.h>

#include "../room.h"
#include "latest.h"

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
latest_free(struct latest *l)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->rows[i].has_text)
			free(l->rows[i].text);
	free(l->rows);
	*l = (struct latest){ .rows = NULL };
}

/* A series is of one raw type for ever: who has once said a text says no figure. */
static void
keep_value(struct latest_row *row, const struct value *v)
{
	if (v->kind == VALUE_TEXT && !row->has_text) {
		row->text = room_for(1, VALUE_TEXT_MAX);
		row->has_text = true;
	}
	row->kind = (uint8_t)v->kind;
	if (v->kind == VALUE_TEXT)
		memcpy(row->text, v->text, VALUE_TEXT_MAX);
	else if (!row->has_text)
		memcpy(&row->bits, &v->u, sizeof(row->bits));
	else if (v->kind != VALUE_NONE)
		row->kind = VALUE_NONE;
}

void
latest_take(struct latest *l, const struct entry *e)
{
	const struct reading *r = &e->reading;
	struct latest_row *row;

	if (e->kind != ENTRY_READING || r->series == 0 || r->series > l->n)
		return;
	row = &l->rows[r->series - 1];
	row->seq = e->seq;
	row->time = r->time;
	row->due = r->due;
	row->mono = r->mono;
	row->age = r->age;
	row->quality = r->quality;
	keep_value(row, &r->value);
}

uint64_t
latest_reading(const struct latest *l, size_t i, struct reading *r)
{
	const struct latest_row *row = &l->rows[i];

	if (row->seq == 0)
		return 0;
	*r = (struct reading){ .series = (uint32_t)i + 1, .time = row->time, .due = row->due,
	    .mono = row->mono, .age = row->age, .quality = row->quality,
	    .value.kind = (enum value_kind)row->kind };
	if (row->kind == VALUE_TEXT)
		memcpy(r->value.text, row->text, VALUE_TEXT_MAX);
	else if (row->kind != VALUE_NONE)
		memcpy(&r->value.u, &row->bits, sizeof(row->bits));
	return row->seq;
}
