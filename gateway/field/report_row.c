#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "../log.h"
#include "report_row.h"

void
row_add(struct row *r, const char *bytes)
{
	size_t n = strlen(bytes), left = sizeof(r->text) - 2 - r->n;

	n = n < left ? n : left;
	memcpy(r->text + r->n, bytes, n);
	r->n += n;
}

void
row_text(struct row *r, const char *s)
{
	char safe[600];

	row_add(r, "\t");
	row_add(r, log_safe(s, safe, sizeof(safe)));
}

void
row_number(struct row *r, int64_t v)
{
	char digits[24];

	snprintf(digits, sizeof(digits), "\t%" PRId64, v);
	row_add(r, digits);
}

void
row_count(struct row *r, uint64_t v)
{
	row_number(r, v > INT64_MAX ? INT64_MAX : (int64_t)v);
}

void
row_hex(struct row *r, uint64_t v)
{
	char digits[24];

	snprintf(digits, sizeof(digits), "%016" PRIx64, v);
	row_text(r, digits);
}

void
row_real(struct row *r, double v)
{
	char digits[32];

	snprintf(digits, sizeof(digits), "\t%.2f", v);
	row_add(r, digits);
}
