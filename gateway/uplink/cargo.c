#include <math.h>

#include "../../devices/point.h"
#include "cargo.h"

double
cargo_values(const struct cargo *c)
{
	double n = 0;

	for (size_t i = 0; i < c->n; i++)
		n += c->scans[i].a_batch * (double)c->scans[i].n;
	return n;
}

/* A float has digits that mean nothing, a whole number has those of its scale. */
struct value
cargo_figure(const struct point *p, size_t k)
{
	double low = p->ranged ? p->min : 0, high = p->ranged ? p->max : 1000;
	double at = fmod((double)k * 0.6180339887 + 0.1, 1);
	double figure = low + (high - low) * (0.1 + 0.05 * at);
	double unit = p->scale != 0 ? p->scale : 1;

	if (p->raw == NULL || p->raw->name[0] == 'f')
		return (struct value){ .kind = VALUE_F32, .f = (float)figure };
	if (p->raw->needs & RAW_BIT)
		return (struct value){ .kind = VALUE_BOOL, .b = k % 2 == 1 };
	if (unit == 1)
		return (struct value){ .kind = VALUE_I64, .i = (int64_t)round(figure) };
	figure = round(figure / unit);
	return (struct value){ .kind = VALUE_F64,
	    .d = p->divisor != 0 ? figure / p->divisor : figure * unit };
}

size_t
cargo_times(const struct cargo_scan *s)
{
	return s->a_batch >= 1.5 ? (size_t)(s->a_batch + 0.5) : 1;
}
