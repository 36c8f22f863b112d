#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../room.h"
#include "field.h"

#define UNIT	256		/* bytes of a line, filled up with blanks */

struct kept *
cures_open(struct keeper *keeper)
{
	return keeper_file(keeper, "cures", "what was done for uplinks", UNIT);
}

static void __attribute__((format(printf, 3, 4)))
put_line(char *text, size_t *at, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text + *at, UNIT, fmt, ap);
	va_end(ap);
	if (n < 0 || n >= UNIT)
		return;
	memset(text + *at + n, ' ', (size_t)(UNIT - n));
	text[*at + UNIT - 1] = '\n';
	*at += UNIT;
}

static size_t
lines_of(const struct field_role *f)
{
	size_t n = RAILS_MAX;

	for (size_t i = 0; i < f->cures.n; i++)
		for (size_t a = 0; a < CURE_ACTIONS; a++)
			n += f->cures.at[i].ladder.past[a].n;
	return n;
}

uint64_t
cures_keep(struct field_role *f)
{
	char *text = room_for(lines_of(f) + 1, UNIT);
	uint64_t ticket;
	size_t at = 0;

	for (size_t i = 0; i < RAILS_MAX; i++)
		if (f->cures.rails[i].output[0] != '\0')
			put_line(text, &at, "off %s %d %s", f->cures.rails[i].output,
			    f->cures.rails[i].on, f->cures.rails[i].cure);
	for (size_t i = 0; i < f->cures.n; i++)
		for (size_t a = 0; a < CURE_ACTIONS; a++) {
			const struct ladder_past *p = &f->cures.at[i].ladder.past[a];

			for (size_t k = 0; k < p->n; k++)
				put_line(text, &at, "run %s %zu %" PRId64 " %" PRId64 " %"
				    PRIx64, f->cures.at[i].conf->name, a, p->runs[k].wall,
				    p->runs[k].mono, p->runs[k].boot);
		}
	ticket = kept_put(f->cures.kept, text, at);
	free(text);
	return ticket;
}

static void
recall_run(struct field_role *f, const char *line)
{
	char name[NAME_MAX_BYTES];
	struct ladder_run run;
	unsigned action;

	if (sscanf(line, "run %63s %u %" SCNd64 " %" SCNd64 " %" SCNx64, name, &action,
	    &run.wall, &run.mono, &run.boot) != 5 || action >= CURE_ACTIONS)
		return;
	for (size_t i = 0; i < f->cures.n; i++)
		if (strcmp(f->cures.at[i].conf->name, name) == 0)
			ladder_remember(&f->cures.at[i].ladder, (int)action, &run);
}

/* Whatever ended in between: it is switched on now. */
static void
recall_off(struct field_role *f, const char *line)
{
	struct rail r = { .at = 0 }, *free_one = rail_of(f, "");

	if (free_one != NULL && sscanf(line, "off %127s %d %63s", r.output, &r.on, r.cure) == 3)
		*free_one = r;
}

void
cures_recall(struct field_role *f)
{
	size_t n;
	const char *state = kept_state(f->cures.kept, &n);

	for (size_t at = 0; at + UNIT <= n; at += UNIT) {
		char line[UNIT + 1];

		memcpy(line, state + at, UNIT);
		line[UNIT] = '\0';
		recall_run(f, line);
		recall_off(f, line);
	}
}
