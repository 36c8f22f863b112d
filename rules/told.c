#include <stddef.h>

#include "told.h"

bool
told_has(const struct told *t, uint32_t from)
{
	for (size_t i = 0; i < 2; i++)
		if (t->run[i].from <= from && from < t->run[i].to)
			return true;
	return false;
}

/* Puts it among those there are, sorted by their beginning. */
static size_t
gather(const struct told *t, struct told_run new, struct told_run out[3])
{
	size_t n = 0;

	for (size_t i = 0; i < 2; i++)
		if (t->run[i].to != 0)
			out[n++] = t->run[i];
	out[n++] = new;
	for (size_t i = n - 1; i > 0 && out[i - 1].from > out[i].from; i--) {
		struct told_run later = out[i - 1];

		out[i - 1] = out[i];
		out[i] = later;
	}
	return n;
}

static size_t
join(struct told_run *runs, size_t i, size_t n)
{
	if (runs[i + 1].to > runs[i].to)
		runs[i].to = runs[i + 1].to;
	for (size_t k = i + 1; k + 1 < n; k++)
		runs[k] = runs[k + 1];
	return n - 1;
}

void
told_add(struct told *t, uint32_t from, uint32_t to)
{
	struct told_run runs[3];
	size_t n;

	if (from <= t->run[1].to && t->run[1].from <= from && t->run[1].to != 0) {
		t->run[1].to = to > t->run[1].to ? to : t->run[1].to;
		return;		/* the next one of the last run, as nearly always */
	}
	n = gather(t, (struct told_run){ from, to }, runs);
	for (size_t i = 0; i + 1 < n;)
		if (runs[i + 1].from <= runs[i].to)
			n = join(runs, i, n);
		else
			i++;
	if (n == 3)
		n = join(runs, runs[1].from - runs[0].to <= runs[2].from - runs[1].to ? 0 : 1,
		    n);
	t->run[0] = runs[0];
	t->run[1] = n > 1 ? runs[1] : (struct told_run){ 0, 0 };
}
