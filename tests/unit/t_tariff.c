#include "../../protocols/tariff.h"
#include "../check.h"

static void
what_a_carrier_sells(void)
{
	static const struct { const char *text; int64_t bytes; unsigned months; } good[] = {
		{ "30MB/month", 30000000, 1 }, { "1MB/day", 1000000, 0 },
		{ "100MiB/3months", 104857600, 3 }, { "1GB/year", 1000000000, 12 },
		{ "1GB/12months", 1000000000, 12 }, { "2.5GB/6months", 2500000000, 6 },
		{ "500kB/1month", 500000, 1 }, { "1048576/4months", 1048576, 4 },
	};
	static const char *const bad[] = { "", "30MB", "/month", "30MB/", "30MB/week",
		"30MB/5months", "30MB/0months", "30MB/13months", "30MB/24months", "0MB/month",
		"-1MB/month", "30MB/months", "30MB/2month", "30 MB / month", "30MB/month/day",
		"30MB/100months", "30MX/month", "30MB/Month", "99999999999GB/month",
		"11111111111111111111111111111111111111111MB/month" };
	struct tariff t = { .day = 1, .month = 1 };

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		CHECK(tariff_parse(good[i].text, &t) == 0);
		CHECK(t.bytes == good[i].bytes && t.months == good[i].months);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK(tariff_parse(bad[i], &t) == -1);
}

static void
cycles_begin_where_the_bill_says(void)
{
	static const struct { unsigned months, day, month; uint32_t at, begin, end; } cases[] = {
		{ 0, 1, 1, 20261231, 20261231, 20270101 },
		{ 0, 1, 1, 20280228, 20280228, 20280229 },
		{ 1, 1, 1, 20261126, 20261101, 20261201 },
		{ 1, 26, 1, 20261125, 20261026, 20261126 },
		{ 1, 26, 1, 20261126, 20261126, 20261226 },
		{ 1, 26, 1, 20270105, 20261226, 20270126 },
		/* a month without a 31st begins with the next */
		{ 1, 31, 1, 20260227, 20260131, 20260301 },
		{ 1, 31, 1, 20260315, 20260301, 20260331 },
		{ 1, 29, 1, 20280229, 20280229, 20280329 },
		{ 3, 1, 1, 20261126, 20261001, 20270101 },
		{ 3, 15, 2, 20260110, 20251115, 20260215 },
		{ 3, 15, 2, 20260216, 20260215, 20260515 },
		{ 6, 1, 4, 20260331, 20251001, 20260401 },
		{ 12, 1, 1, 20261231, 20260101, 20270101 },
		{ 12, 10, 7, 20260709, 20250710, 20260710 },
		{ 12, 10, 7, 20260710, 20260710, 20270710 },
		/* a year from a 31 February: from 1 March */
		{ 12, 31, 2, 20260301, 20260301, 20270301 },
		{ 12, 31, 2, 20260228, 20250301, 20260301 },
		{ 12, 29, 2, 20280229, 20280229, 20290301 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct tariff t = { .bytes = 1, .months = cases[i].months,
		    .day = cases[i].day, .month = cases[i].month };

		CHECK(tariff_begin(&t, cases[i].at) == cases[i].begin);
		CHECK(tariff_end(&t, cases[i].at) == cases[i].end);
	}
}

/* Whatever is sold, cycles follow one another without a gap, for four years. */
static void
no_day_is_in_none_or_in_two(void)
{
	static const unsigned months[] = { 0, 1, 2, 3, 4, 6, 12 }, days[] = { 1, 15, 29, 30, 31 };

	for (size_t m = 0; m < sizeof(months) / sizeof(months[0]); m++)
		for (size_t d = 0; d < sizeof(days) / sizeof(days[0]); d++)
			for (unsigned month = 1; month <= 12; month++) {
				const struct tariff t = { 1, months[m], days[d], month };
				uint32_t at = tariff_begin(&t, 20270615);

				while (at < 20310101) {
					uint32_t end = tariff_end(&t, at);

					CHECK(end > at && tariff_begin(&t, at) == at);
					CHECK(tariff_begin(&t, end) == end);
					CHECK(tariff_days(at, end) <= 367);
					at = end;
				}
			}
}

static void
days_are_counted(void)
{
	struct tariff t = { .bytes = 1 };

	CHECK(tariff_days(20261101, 20261201) == 30);
	CHECK(tariff_days(20240101, 20250101) == 366);
	CHECK(tariff_days(20261201, 20261101) == -30);
	CHECK(tariff_days(20000228, 20000301) == 2 && tariff_days(21000228, 21000301) == 1);
	CHECK(tariff_length(&t) == 1);
	t.months = 12;
	CHECK(tariff_length(&t) > 365 && tariff_length(&t) < 366);
}

int
main(void)
{
	RUN(what_a_carrier_sells);
	RUN(cycles_begin_where_the_bill_says);
	RUN(no_day_is_in_none_or_in_two);
	RUN(days_are_counted);
	return 0;
}
