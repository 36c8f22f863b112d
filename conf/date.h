#ifndef CONF_DATE_H
#define CONF_DATE_H

#include <stdint.h>

/* Days of the Gregorian calendar, numbered from 1970-01-01, and before it below 0. */

struct date {
	int	year, month, day;	/* month and day from 1 */
};

int64_t		date_number(int year, int month, int day);	/* of year 1 and later */
struct date	date_of(int64_t number);
int		date_month_days(int year, int month);
/* "2027-03-01".  -1: it is no such day, or before 1970. */
int		date_read(const char *, int64_t *number);

#endif
