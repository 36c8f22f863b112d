#include <math.h>
#include <stddef.h>

#include "reader.h"
#include "write.h"

#define VALUES_MAX	16
#define FAILSAFES_MAX	64

#define AT(field)	offsetof(struct watchdog_row, field)
#define SAFE(field)	offsetof(struct failsafe_row, field)

const struct key failsafe_keys[] = {
	{ .name = "point", .type = KEY_STRING, .offset = SAFE(point), .fallback = "",
	  .help = "Which output; left out: a setting of the watchdog itself, such as its "
	  "time." },
	{ .name = "value", .type = KEY_REAL, .offset = SAFE(value), .fallback = "0",
	  .help = "What the output then is, as the point says it." },
	{ .name = "register", .type = KEY_INT, .offset = SAFE(number), .fallback = "-1",
	  .min = -1, .max = 65535, .help = "Where that is set, once after the line came up; -1: "
	  "the device does not let it be set." },
	{ .name = "function", .type = KEY_INT, .offset = SAFE(function), .fallback = "6",
	  .min = 5, .max = 16, .help = "5 writes a coil, 6 or 16 a register." },
	{ .name = "number", .type = KEY_INT, .offset = SAFE(word), .fallback = "-1", .min = -1,
	  .max = 65535, .help = "What is written there; -1: the value." },
	{ .name = NULL }
};

const struct key watchdog_keys[] = {
	{ .name = "register", .type = KEY_INT, .offset = AT(number), .min = 0, .max = 65535,
	  .help = "Its register or coil." },
	{ .name = "function", .type = KEY_INT, .offset = AT(function), .fallback = "6",
	  .min = 5, .max = 16, .help = "5 writes a coil, 6 or 16 a register." },
	{ .name = "values", .type = KEY_NODE, .offset = AT(values),
	  .help = "What is written, in turn." },
	{ .name = "period", .type = KEY_SPAN, .offset = AT(period), .min = 100e3, .max = 600e6,
	  .help = "How often it is written." },
	{ .name = "timeout", .type = KEY_SPAN, .offset = AT(timeout), .min = 200e3,
	  .max = 3600e6, .help = "When it was not written for so long the device puts its "
	  "outputs into their fail-safe." },
	{ .name = "failsafe", .type = KEY_ITEMS, .offset = AT(failsafe), .fallback = "",
	  .sub = failsafe_keys, .size = sizeof(struct failsafe_row),
	  .line = SAFE(at) + 1, .help = "What its outputs then are." },
	{ .name = NULL }
};

/* Where a number may be written; errs says why it may not. */
static int
check_place(const struct profile *p, int64_t function, int64_t number,
    const struct place *at, struct errs *errs)
{
	if (function != 5 && function != 6 && function != 16)
		return err_add(errs, at->file, at->line, "watchdog: function %d is none of 5, 6 "
		    "and 16", (int)function);
	if (profile_never(p, (uint32_t)number, (uint32_t)number + 1))
		return err_add(errs, at->file, at->line, "watchdog: register 0x%04X is one of "
		    "never", (unsigned)number);
	for (size_t i = 0; i < p->npoints; i++) {
		const struct point *o = &p->points[i];

		if (o->write.function == 0 || function_is_bits(o->function) != (function == 5) ||
		    number < o->number || number >= point_end(o))
			continue;
		return err_add(errs, at->file, at->line, "watchdog: register 0x%04X is that of "
		    "%s: it would be switched", (unsigned)number, o->name);
	}
	return 0;
}

static bool
is_word(double number, int64_t function)
{
	return number >= 0 && number <= (function == 5 ? 1 : UINT16_MAX) &&
	    trunc(number) == number;
}

static int
no_word(const struct place *at, int64_t function, struct errs *errs)
{
	return err_add(errs, at->file, at->line, function == 5 ?
	    ERR_("watchdog: a coil is written 0 or 1") :
	    ERR_("watchdog: a register is written a whole number from 0 to 65535"));
}

static int
bind_values(struct watchdog *w, const struct watchdog_row *row, const struct place *at,
    struct arena *arena, struct errs *errs)
{
	const double *numbers;
	uint16_t *values;
	size_t n;

	if (reader_numbers(row->values, "watchdog", "values", arena, errs, &numbers, &n) != 0)
		return -1;
	if (n == 0 || n > VALUES_MAX)
		return err_add(errs, at->file, at->line, "watchdog: values are 1 to %d numbers, "
		    "written in turn", VALUES_MAX);
	values = arena_alloc(arena, n * sizeof(*values));
	if (values == NULL)
		return reader_no_memory(errs, at);
	for (size_t i = 0; i < n; i++) {
		if (!is_word(numbers[i], row->function))
			return no_word(at, row->function, errs);
		values[i] = (uint16_t)numbers[i];
	}
	w->values = values;
	w->nvalues = n;
	return 0;
}

/* Of which output it speaks, and whether that can be so. */
static int
bind_point(struct failsafe *s, const struct failsafe_row *row, const struct profile *p,
    struct errs *errs)
{
	const struct point *point;
	char why[160];

	s->point = FAILSAFE_SETTING;
	if (row->point[0] == '\0')
		return row->number >= 0 && row->word >= 0 ? 0 : err_add(errs, row->at.file,
		    row->at.line, "watchdog: failsafe without a point is a setting: it needs "
		    "register and number");
	point = profile_point(p, row->point);
	if (point == NULL)
		return reader_unknown_point(errs, &row->at, "watchdog", p, row->point);
	if (write_check(point, row->value, why, sizeof(why)) != 0)
		return err_add(errs, row->at.file, row->at.line,
		    "watchdog: %g is no value that can be written to %s", row->value,
		    point->name);
	s->point = (size_t)(point - p->points);
	s->value = row->value;
	return 0;
}

static int
bind_failsafe(struct failsafe *s, const struct failsafe_row *row, const struct profile *p,
    struct errs *errs)
{
	double word = row->word >= 0 ? (double)row->word : row->value;

	*s = (struct failsafe){ .at = row->at };
	if (bind_point(s, row, p, errs) != 0)
		return -1;
	if (row->number < 0)
		return row->word < 0 ? 0 : err_add(errs, row->at.file, row->at.line,
		    "watchdog: number goes with register");
	if (check_place(p, row->function, row->number, &row->at, errs) != 0)
		return -1;
	if (!is_word(word, row->function))
		return no_word(&row->at, row->function, errs);
	s->function = (uint8_t)row->function;
	s->number = (uint16_t)row->number;
	s->word = (uint16_t)word;
	return 0;
}

static int
bind_failsafes(struct watchdog *w, const struct watchdog_row *row, const struct profile *p,
    struct arena *arena, struct errs *errs)
{
	const struct failsafe_row *rows = row->failsafe.at;
	struct failsafe *at = arena_alloc(arena, (row->failsafe.n + 1) * sizeof(*at));
	int rc = 0;

	if (at == NULL)
		return reader_no_memory(errs, &p->at);
	if (row->failsafe.n > FAILSAFES_MAX)
		return err_add(errs, rows[0].at.file, rows[0].at.line,
		    "watchdog: more than %d of failsafe", FAILSAFES_MAX);
	w->failsafe = at;
	for (; w->nfailsafe < row->failsafe.n; w->nfailsafe++) {
		const struct failsafe_row *r = &rows[w->nfailsafe];

		if (bind_failsafe(&at[w->nfailsafe], r, p, errs) != 0) {
			at[w->nfailsafe].point = FAILSAFE_SETTING;
			rc = -1;
		} else if (r->point[0] != '\0' &&
		    watchdog_failsafe(w, at[w->nfailsafe].point) != NULL) {
			rc = err_add(errs, r->at.file, r->at.line,
			    "watchdog: failsafe: %s stands there twice", r->point);
		}
	}
	return rc;
}

int
watchdog_bind(struct watchdog *w, const struct watchdog_row *row, const struct profile *p,
    struct arena *arena, struct errs *errs)
{
	struct place at = p->at;
	int rc = 0;

	if (row->values == NULL)	/* it must be given: there is no watchdog */
		return 0;
	at.line = node_line(row->values);
	w->number = (uint16_t)row->number;
	w->period = row->period;
	w->timeout = row->timeout;
	if (p->proto[0] != 'm')
		rc |= err_add(errs, at.file, at.line, "watchdog: only registers of modbus are "
		    "written");
	if (row->timeout < 2 * row->period)
		rc |= err_add(errs, at.file, at.line, "watchdog: timeout is shorter than two "
		    "periods: one answer that is lost would be its fail-safe");
	rc |= check_place(p, row->function, row->number, &at, errs);
	rc |= bind_values(w, row, &at, arena, errs);
	rc |= bind_failsafes(w, row, p, arena, errs);
	w->function = (uint8_t)row->function;
	return rc;
}
