#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "../conf/glob.h"
#include "../conf/span.h"
#include "amount.h"
#include "statistic_conf.h"

#define AT(field)	offsetof(struct statistic_conf, field)
#define MINUTE_US	60000000LL
#define LATE_LEAST	1000000LL
#define LATE_MOST	86400000000LL

static const char *const hours[] = {
	"00:00", "01:00", "02:00", "03:00", "04:00", "05:00", "06:00", "07:00", "08:00",
	"09:00", "10:00", "11:00", "12:00", "13:00", "14:00", "15:00", "16:00", "17:00",
	"18:00", "19:00", "20:00", "21:00", "22:00", "23:00", NULL
};

const struct key statistic_keys[] = {
	{ .name = "select", .type = KEY_STRING, .offset = AT(select), .fallback = "*",
	  .help = "Its points, such as \"*/fume.*\"; the first entry that selects a point is "
	  "that of the point." },
	{ .name = "minute", .type = KEY_SPAN, .offset = AT(minute), .fallback = "0s",
	  .min = 0, .max = 30 * 60e6, .example = "\"10min\"",
	  .help = "Intervals of so many minutes, a whole part of an hour; 0s: none." },
	{ .name = "hour", .type = KEY_BOOL, .offset = AT(hour), .fallback = "false",
	  .help = "Intervals of an hour." },
	{ .name = "day", .type = KEY_BOOL, .offset = AT(day), .fallback = "false",
	  .help = "Intervals of a day." },
	{ .name = "day_start", .type = KEY_CHOICE, .offset = AT(day_start),
	  .fallback = "00:00", .names = hours,
	  .help = "When the day begins, in the zone of the gateway; the hydrological day at "
	  "\"08:00\"." },
	{ .name = "weight", .type = KEY_STRING, .offset = AT(weight), .fallback = "",
	  .example = "\"flow\"",
	  .help = "A point of the same device, or DEVICE.POINT, that means are weighted "
	  "with." },
	{ .name = "amount", .type = KEY_CHOICE, .offset = AT(amount), .fallback = "auto",
	  .names = amount_names,
	  .help = "What the amount is: the integral of a rate, the increase of a counter; "
	  "auto: by the unit." },
	{ .name = "wrap", .type = KEY_REAL, .offset = AT(wrap), .fallback = "0",
	  .min = 0, .max = 1e300, .example = "4294967296.0",
	  .help = "The figure at which a counter begins at 0 again; 0: it does not." },
	{ .name = "late", .type = KEY_SPAN, .offset = AT(late), .fallback = "5s",
	  .min = LATE_LEAST, .max = LATE_MOST,
	  .help = "How long after its end an interval waits for readings that come late." },
	{ .name = "valid", .type = KEY_REAL, .offset = AT(valid), .fallback = "75",
	  .min = 0, .max = 100,
	  .help = "Share of good readings, in percent, from which the mark is N." },
	{ .name = NULL }
};

/* The nearer by how often it goes into the other. */
static int64_t
nearer(int64_t us, int64_t a, int64_t b)
{
	double to_a = a > us ? (double)a / (double)us : (double)us / (double)a;
	double to_b = b > us ? (double)b / (double)us : (double)us / (double)b;

	return a == 0 || (b != 0 && to_b < to_a) ? b : a;
}

int64_t
statistic_nearest(int64_t us)
{
	static const int minutes[] = { 1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30, 60, 24 * 60 };
	int64_t best = 0;

	for (size_t i = 0; i < sizeof(minutes) / sizeof(minutes[0]); i++)
		best = nearer(us, best, minutes[i] * MINUTE_US);
	return best;
}

const struct statistic_conf *
statistic_conf_of(const struct statistic_conf *confs, size_t n, const char *device,
    const char *point)
{
	char name[160];

	snprintf(name, sizeof(name), "%s.%s", device, point);
	for (size_t i = 0; i < n; i++)
		if (confs[i].select != NULL && glob_match(confs[i].select, name))
			return &confs[i];
	return NULL;
}

int64_t
statistic_conf_nearest(const struct statistic_conf *c, int64_t us)
{
	int64_t best = nearer(us, c->minute, c->hour ? 60 * MINUTE_US : 0);

	return nearer(us, best, c->day ? 24 * 60 * MINUTE_US : 0);
}

static int
check_minute(const struct statistic_conf *c, struct errs *errs)
{
	char span[32];

	if (c->minute == 0 || (c->minute % MINUTE_US == 0 && 60 % (c->minute / MINUTE_US) == 0))
		return 0;
	return err_add(errs, c->place.file, c->place.line,
	    "minute: %s is no whole part of an hour: 1, 2, 3, 4, 5, 6, 10, 12, 15, 20 or 30 "
	    "minutes", span_write(c->minute, span, sizeof(span)));
}

/* A reading that comes late finds its interval open: each takes memory. */
static int
check_late(const struct statistic_conf *c, struct errs *errs)
{
	int64_t base = c->minute > 0 ? c->minute : 60 * MINUTE_US;
	char late[32], span[32];

	if (c->late <= STATISTIC_OPEN_MOST * base)
		return 0;
	return err_add(errs, c->place.file, c->place.line,
	    "late: %s is more than %d intervals of %s",
	    span_write(c->late, late, sizeof(late)), STATISTIC_OPEN_MOST,
	    span_write(base, span, sizeof(span)));
}

int
statistic_conf_check(const struct statistic_conf *c, struct errs *errs)
{
	int rc;

	/* of what was refused enough is said */
	if (c->select == NULL || c->weight == NULL || c->minute > 30 * MINUTE_US ||
	    c->late < LATE_LEAST || c->late > LATE_MOST)
		return -1;
	rc = check_minute(c, errs) == 0 ? check_late(c, errs) : -1;
	if (c->wrap > 0 && c->amount != WISH_COUNTER)
		rc |= err_add(errs, c->place.file, c->place.line,
		    "wrap: is of counters only: amount = \"counter\"");
	if (strchr(c->select, '.') == NULL && strchr(c->select, '*') == NULL)
		rc |= err_add(errs, c->place.file, c->place.line,
		    "select: \"%s\" names no point; one is \"kitchen1/fume.fume\"", c->select);
	return rc;
}
