#include <math.h>
#include <string.h>

#include "../conf/date.h"
#include "calibration.h"
#include "judge.h"
#include "reader.h"

/* More than that is no correction but a broken sensor. */
#define GAIN_LEAST	0.2
#define GAIN_MOST	5.0

#define AT(field)	offsetof(struct calibration, field)

const struct key calibration_keys[] = {
	{ .name = "point", .type = KEY_NAME, .offset = AT(point),
	  .example = "\"ph\"",
	  .help = "Which point was calibrated." },
	{ .name = "time", .type = KEY_STRING, .offset = AT(time_text),
	  .example = "\"2026-11-25T10:20+08:00\"",
	  .help = "When, with its zone, such as \"2026-11-25T10:20+08:00\"." },
	{ .name = "who", .type = KEY_STRING, .offset = AT(who),
	  .example = "\"Zhang San\"",
	  .help = "Who did it." },
	{ .name = "standard", .type = KEY_STRING, .offset = AT(standard),
	  .example = "\"buffers 4.00 and 9.18, lot 7\"",
	  .help = "The standards used, with their lots." },
	{ .name = "before", .type = KEY_NODE, .offset = AT(before_list),
	  .example = "(4.12, 9.05)",
	  .help = "The figure, as the profile gives it, in one standard or in each of two." },
	{ .name = "after", .type = KEY_NODE, .offset = AT(after_list),
	  .example = "(4.00, 9.18)",
	  .help = "The figure that is right there." },
	{ .name = NULL }
};

/* Exactly n digits, from least to most. */
static bool
digits(const char **s, int n, int64_t least, int64_t most, int64_t *out)
{
	*out = 0;
	for (int i = 0; i < n; i++) {
		if (**s < '0' || **s > '9')
			return false;
		*out = 10 * *out + *(*s)++ - '0';
	}
	return *out >= least && *out <= most;
}

static bool
skip(const char **s, const char *any)
{
	if (**s == '\0' || strchr(any, **s) == NULL)
		return false;
	(*s)++;
	return true;
}

/* "Z", "+08:00"; minutes east. */
static bool
zone(const char *s, int64_t *minutes)
{
	int64_t sign = *s == '-' ? -1 : 1, h, m;

	*minutes = 0;
	if (strcmp(s, "Z") == 0)
		return true;
	if (!skip(&s, "+-") || !digits(&s, 2, 0, 14, &h) || !skip(&s, ":") ||
	    !digits(&s, 2, 0, 59, &m) || *s != '\0')
		return false;
	*minutes = sign * (60 * h + m);
	return true;
}

int
moment_parse(const char *s, int64_t *ms)
{
	int64_t y, mo, d, h, mi, sec = 0, east;

	if (!digits(&s, 4, 1970, 9999, &y) || !skip(&s, "-") || !digits(&s, 2, 1, 12, &mo) ||
	    !skip(&s, "-") || !digits(&s, 2, 1, date_month_days((int)y, (int)mo), &d) ||
	    !skip(&s, "T ") || !digits(&s, 2, 0, 23, &h) || !skip(&s, ":") ||
	    !digits(&s, 2, 0, 59, &mi))
		return -1;
	if (skip(&s, ":") && !digits(&s, 2, 0, 59, &sec))
		return -1;
	s += *s == ' ';
	if (!zone(s, &east))
		return -1;
	*ms = date_number((int)y, (int)mo, (int)d) * 24 + h;
	*ms = ((*ms * 60 + mi - east) * 60 + sec) * 1000;
	return 0;
}

static int
wrong(struct errs *errs, const struct calibration *c, const char *fmt)
{
	return err_add(errs, c->place.file, c->place.line, fmt, c->point);
}

static int
read_figures(struct calibration *c, const struct node *list, const char *what,
    double figures[2], size_t *n, struct arena *arena, struct errs *errs)
{
	const double *at;

	if (reader_numbers(list, c->point, what, arena, errs, &at, n) != 0)
		return -1;
	if (*n < 1 || *n > 2)
		return wrong(errs, c,
		    "calibration of %s: before and after are one number or two each");
	memcpy(figures, at, *n * sizeof(*at));
	return 0;
}

static int
read_one(struct calibration *c, struct arena *arena, struct errs *errs)
{
	size_t n;

	if (c->who[0] == '\0' || c->standard[0] == '\0')
		return wrong(errs, c, "calibration of %s: say who did it and with which standard");
	if (moment_parse(c->time_text, &c->time) != 0)
		return wrong(errs, c, "calibration of %s: time is a moment with its zone, such as "
		    "\"2026-11-25T10:20+08:00\"");
	if (read_figures(c, c->before_list, "before", c->before, &c->n, arena, errs) != 0 ||
	    read_figures(c, c->after_list, "after", c->after, &n, arena, errs) != 0)
		return -1;
	c->before_list = c->after_list = NULL;		/* the tree is closed soon */
	if (n != c->n)
		return wrong(errs, c, "calibration of %s: as many figures after as before");
	return 0;
}

void
calibration_line(const struct calibration *c, double *gain, double *offset)
{
	*gain = c->n == 1 ? 1 : (c->after[1] - c->after[0]) / (c->before[1] - c->before[0]);
	*offset = c->after[0] - *gain * c->before[0];
}

static int
correct(struct memory *m, const struct calibration *c, struct errs *errs)
{
	calibration_line(c, &m->gain, &m->offset);
	if (!(m->gain >= GAIN_LEAST && m->gain <= GAIN_MOST))
		return wrong(errs, c, "calibration of %s: it would turn the figure by more than "
		    "5 times; look at before and after");
	m->corrected = true;
	if (!isfinite(m->offset))
		return wrong(errs, c, "calibration of %s: these are no figures");
	return 0;
}

const struct calibration *
calibration_of(const struct device *d, size_t point)
{
	const struct calibration *rows = d->conf.calibration.at, *latest = NULL;

	for (size_t i = 0; i < d->conf.calibration.n; i++)
		if (strcmp(rows[i].point, d->profile->points[point].name) == 0 &&
		    (latest == NULL || rows[i].time >= latest->time))
			latest = &rows[i];
	return latest;
}

static int
check_point(const struct device *d, const struct calibration *c, struct errs *errs)
{
	const struct point *p = profile_point(d->profile, c->point);

	if (p == NULL)
		return wrong(errs, c, "calibration of %s: its profile has no such point");
	if (p->nchoices > 0 || p->raw->needs != 0)
		return wrong(errs, c, "calibration of %s: this is no quantity that one calibrates");
	return 0;
}

int
calibrations_bind(struct device *d, struct arena *arena, struct errs *errs)
{
	struct calibration *rows = d->conf.calibration.at;
	int rc = 0;

	for (size_t i = 0; i < d->conf.calibration.n; i++)
		rc |= read_one(&rows[i], arena, errs) | check_point(d, &rows[i], errs);
	if (rc != 0)
		return -1;
	for (size_t i = 0; i < d->profile->npoints; i++) {
		const struct calibration *c = calibration_of(d, i);

		if (c != NULL)
			rc |= correct(&d->memory[i], c, errs);
	}
	return rc;
}
