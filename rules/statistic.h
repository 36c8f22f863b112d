#ifndef RULES_STATISTIC_H
#define RULES_STATISTIC_H

#include <stdint.h>

/* What an interval is.  The numbers are on disk. */
enum statistic_span {
	STATISTIC_MINUTE	= 0,	/* 1 to 30 minutes, as configured */
	STATISTIC_HOUR		= 1,
	STATISTIC_DAY		= 2	/* 23 to 25 hours where the zone changes */
};

#define STATISTIC_SPANS	3

extern const char *const statistic_span_names[];	/* "minute" ...; ends with NULL */

/* Figures of one series over one clock-aligned interval that is over.  Series,
 * span and from are its identity: of one interval there is never a second,
 * different one.  Intervals of a series and a span come in the order of their
 * time, each when it ended and late readings were waited for; one in which
 * there was no good reading comes as well, with no figures.  Before the day
 * come its hours, before the hour its minutes. */
struct statistic {
	uint32_t	 series;
	uint8_t		 span;		/* enum statistic_span */
	int64_t		 from, to;	/* UTC ms, from <= t < to */
	double		 mean, min, max, amount;	/* of good readings; NaN: none */
	uint8_t		 amount_kind;	/* enum amount_kind */
	uint32_t	 samples;	/* readings, good or not */
	uint16_t	 valid;		/* good ones, per mille of those expected */
	char		 mark;		/* HJ 212 data mark */
};

#endif
