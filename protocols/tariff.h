#ifndef PROTOCOLS_TARIFF_H
#define PROTOCOLS_TARIFF_H

#include <stdbool.h>
#include <stdint.h>

/* So many bytes for so long, as a carrier sells them. */
struct tariff {
	int64_t		bytes;
	unsigned	months;		/* of a cycle; 0: it is a day */
	unsigned	day, month;	/* on which a cycle begins; as of a bill: a month
					 * that has no such day begins with the next */
};

/* "30MB/month" "1MB/day" "100MB/3months" "1GB/year"; a month may be 1, 2, 3, 4, 6 or
 * 12 of them.  -1: not understood, or nothing at all. */
int		tariff_parse(const char *, struct tariff *);
/* The first day of the cycle that a day is in, and that of the next one; yyyymmdd. */
uint32_t	tariff_begin(const struct tariff *, uint32_t day);
uint32_t	tariff_end(const struct tariff *, uint32_t day);
/* From one to the other, in days. */
int		tariff_days(uint32_t from, uint32_t to);
/* How long a cycle lasts on the average, in days. */
double		tariff_length(const struct tariff *);

#endif
