#ifndef CONF_DATE_H
#define CONF_DATE_H

#include <stdint.h>

/* Days of the calendar, numbered from 1970-01-01. */

/* "2027-03-01".  -1: it is no such day. */
int	date_read(const char *, int64_t *day);

#endif
