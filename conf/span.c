#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "span.h"

struct scale {
	const char	*name;
	int64_t		 worth;
};

#define K	1000LL
#define KI	1024LL

static const struct scale spans[] = {		/* the greatest first */
	{ "d", 86400 * K * K },
	{ "h", 3600 * K * K },
	{ "min", 60 * K * K },
	{ "s", K * K },
	{ "ms", K },
	{ "us", 1 },
	{ NULL, 0 }
};

static const struct scale sizes[] = {		/* below "B" only read, never written */
	{ "TiB", KI * KI * KI * KI }, { "TB", K * K * K * K },
	{ "GiB", KI * KI * KI }, { "GB", K * K * K },
	{ "MiB", KI * KI }, { "MB", K * K },
	{ "KiB", KI }, { "kB", K },
	{ "B", 1 },
	{ "Ti", KI * KI * KI * KI }, { "T", K * K * K * K },
	{ "Gi", KI * KI * KI }, { "G", K * K * K },
	{ "Mi", KI * KI }, { "M", K * K },
	{ "Ki", KI }, { "k", K }, { "KB", K }, { "K", K },
	{ "", 1 },
	{ NULL, 0 }
};

static int
append_digit(int64_t *n, char c)
{
	int digit = c - '0';

	if (*n > (INT64_MAX - digit) / 10)
		return -1;
	*n = *n * 10 + digit;
	return 0;
}

/* Digits to a whole number and, after a point, to part / whole. */
static const char *
read_number(const char *s, int64_t *number, int64_t *part, int64_t *whole)
{
	*number = *part = 0;
	*whole = 1;
	if (*s < '0' || *s > '9')
		return NULL;
	for (; *s >= '0' && *s <= '9'; s++)
		if (append_digit(number, *s) != 0)
			return NULL;
	if (*s != '.')
		return s;
	if (*++s < '0' || *s > '9')
		return NULL;
	for (; *s >= '0' && *s <= '9'; s++)
		if (append_digit(part, *s) != 0 || append_digit(whole, '0') != 0)
			return NULL;
	return s;
}

static int64_t
common_divisor(int64_t a, int64_t b)
{
	while (b != 0) {
		int64_t rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

static int
scale_parse(const char *s, const struct scale *scale, int64_t *out)
{
	int64_t number, part, whole, worth, by;
	const char *rest = read_number(s, &number, &part, &whole);

	if (rest == NULL)
		return -1;
	while (scale->name != NULL && strcmp(scale->name, rest) != 0)
		scale++;
	worth = scale->worth;
	if (worth == 0 || number > INT64_MAX / worth)
		return -1;
	/* part / whole of worth: exact, or it was meant in a smaller unit */
	by = common_divisor(part, whole);
	part /= by;
	whole /= by;
	if (worth % whole != 0)
		return -1;
	part *= worth / whole;
	if (number * worth > INT64_MAX - part)
		return -1;
	*out = number * worth + part;
	return 0;
}

int
span_parse(const char *s, int64_t *us)
{
	return scale_parse(s, spans, us);
}

int
size_parse(const char *s, int64_t *bytes)
{
	return scale_parse(s, sizes, bytes);
}

static size_t
digits(int64_t n)
{
	size_t count = 1;

	while ((n /= 10) != 0)
		count++;
	return count;
}

/* The row that writes it in the fewest bytes; the earlier of two as short. */
static const struct scale *
shortest(const struct scale *scale, int64_t value)
{
	const struct scale *best = NULL;
	size_t len, least = 0;

	for (bool last = false; !last; scale++) {
		last = scale->worth == 1;
		if (value % scale->worth != 0)
			continue;
		len = digits(value / scale->worth) + strlen(scale->name);
		if (best != NULL && len >= least)
			continue;
		best = scale;
		least = len;
	}
	return best;
}

char *
span_write(int64_t us, char *buf, size_t n)
{
	const struct scale *scale = us != 0 ? shortest(spans, us) : &spans[3];

	snprintf(buf, n, "%" PRId64 "%s", us / scale->worth, scale->name);
	return buf;
}

char *
size_write(int64_t bytes, char *buf, size_t n)
{
	const struct scale *scale = bytes != 0 ? shortest(sizes, bytes) : &sizes[8];

	snprintf(buf, n, "%" PRId64 "%s", bytes / scale->worth, scale->name);
	return buf;
}
