#include <time.h>

#include "../../conf/date.h"
#include "../check.h"

/* The C library has the same calendar. */
static void
every_day_is_that_of_the_library(void)
{
	for (int64_t n = -135140; n < 500000; n++) {
		const time_t at = n * 86400;
		struct date d = date_of(n);
		struct tm tm;

		CHECK(gmtime_r(&at, &tm) != NULL);
		CHECK(d.year == tm.tm_year + 1900 && d.month == tm.tm_mon + 1);
		CHECK(d.day == tm.tm_mday);
		CHECK(date_number(d.year, d.month, d.day) == n);
		CHECK(d.day <= date_month_days(d.year, d.month));
	}
}

static void
a_month_ends_before_the_next(void)
{
	for (int y = 1; y < 2500; y++)
		for (int m = 1; m < 12; m++)
			CHECK(date_number(y, m, date_month_days(y, m)) + 1 ==
			    date_number(y, m + 1, 1));
	CHECK(date_number(1, 1, 1) == -719162);
}

static void
dates_are_read(void)
{
	static const char *const bad[] = { "", "2026-02-29", "2026-13-01", "2026-00-01",
	    "2026-01-00", "2026-01-32", "2026-1-1", "2026-01-01x", "1969-12-31", "2026/01/01",
	    "-026-01-01" };
	int64_t n = -1;

	CHECK(date_read("1970-01-01", &n) == 0 && n == 0);
	CHECK(date_read("2000-02-29", &n) == 0 && n == 11016);
	CHECK(date_read("9999-12-31", &n) == 0 && n == 2932896);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK(date_read(bad[i], &n) == -1 && n == 2932896);
}

int
main(void)
{
	RUN(every_day_is_that_of_the_library);
	RUN(a_month_ends_before_the_next);
	RUN(dates_are_read);
	return 0;
}
