#include <inttypes.h>
#include <string.h>

#include "../../conf/span.h"
#include "../check.h"

struct row {
	const char	*text;
	int64_t		 value;		/* -1: refused */
};

static void
spans_are_read(void)
{
	static const struct row rows[] = {
		{ "0s", 0 }, { "1us", 1 }, { "1750us", 1750 }, { "50ms", 50000 },
		{ "5s", 5000000 }, { "1.5s", 1500000 }, { "0.000001s", 1 },
		{ "5min", 300000000 }, { "1h", 3600000000 }, { "400d", 34560000000000 },
		{ "106751991d", 9223372022400000000 }, { "0.1d", 8640000000 },
		{ "9223372036854775807us", INT64_MAX },
		{ "9223372036854775808us", -1 }, { "106751992d", -1 },
		{ "99999999999999999999s", -1 },
		{ "0.0000001s", -1 },		/* a tenth of a microsecond */
		{ "0.5us", -1 }, { "", -1 }, { "5", -1 }, { "s", -1 }, { "-1s", -1 },
		{ "+1s", -1 }, { " 5s", -1 }, { "5 s", -1 }, { "5s ", -1 }, { "5S", -1 },
		{ "5m", -1 }, { "5sec", -1 }, { "1h30min", -1 }, { ".5s", -1 }, { "5.s", -1 },
		{ "0x5s", -1 }, { "1e3s", -1 }, { "5,5s", -1 }, { "5.0000000000000000000s", -1 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int64_t us = 42;
		int rc = span_parse(rows[i].text, &us);

		if ((rc == 0) != (rows[i].value >= 0) || (rc == 0 && us != rows[i].value))
			fprintf(stderr, "%s: %d %" PRId64 "\n", rows[i].text, rc, us);
		CHECK((rc == 0) == (rows[i].value >= 0));
		CHECK(rc != 0 || us == rows[i].value);
	}
}

static void
sizes_are_read(void)
{
	static const struct row rows[] = {
		{ "0", 0 }, { "1048576", 1048576 }, { "1B", 1 }, { "1k", 1000 }, { "1kB", 1000 },
		{ "1K", 1000 }, { "1KB", 1000 }, { "1Ki", 1024 }, { "64KiB", 65536 },
		{ "512MB", 512000000 }, { "1.5GiB", 1610612736 }, { "2GB", 2000000000 },
		{ "1TB", 1000000000000 }, { "8388607TiB", 8388607LL << 40 },
		{ "8388608TiB", -1 }, { "0.5B", -1 }, { "1 MB", -1 }, { "1mb", -1 }, { "MB", -1 },
		{ "-1", -1 }, { "", -1 }, { "1.5", -1 }, { "1MBit", -1 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int64_t bytes = 42;
		int rc = size_parse(rows[i].text, &bytes);

		if ((rc == 0) != (rows[i].value >= 0) || (rc == 0 && bytes != rows[i].value))
			fprintf(stderr, "%s: %d %" PRId64 "\n", rows[i].text, rc, bytes);
		CHECK((rc == 0) == (rows[i].value >= 0));
		CHECK(rc != 0 || bytes == rows[i].value);
	}
}

static void
the_shortest_writing_reads_back(void)
{
	static const struct {
		int64_t us;
		const char *text;
	} spans[] = {
		{ 0, "0s" }, { 1, "1us" }, { 1500, "1500us" }, { 100000, "100ms" },
		{ 1000000, "1s" }, { 90000000, "90s" }, { 300000000, "5min" },
		{ 3600000000, "1h" }, { 86400000000, "1d" }, { 90000000000, "25h" },
		{ INT64_MAX, "9223372036854775807us" },
	}, sizes[] = {
		{ 0, "0B" }, { 1, "1B" }, { 1000, "1kB" }, { 1024, "1KiB" },
		{ 512000000, "512MB" }, { 1 << 20, "1MiB" }, { 65536, "64KiB" },
	};
	char buf[32];
	int64_t back;

	for (size_t i = 0; i < sizeof(spans) / sizeof(spans[0]); i++) {
		CHECK(strcmp(span_write(spans[i].us, buf, sizeof(buf)), spans[i].text) == 0);
		CHECK(span_parse(buf, &back) == 0 && back == spans[i].us);
	}
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		CHECK(strcmp(size_write(sizes[i].us, buf, sizeof(buf)), sizes[i].text) == 0);
		CHECK(size_parse(buf, &back) == 0 && back == sizes[i].us);
	}
	/* every one of many */
	for (int64_t x = 1; x < INT64_MAX / 37; x = x * 37 + 11) {
		CHECK(span_parse(span_write(x, buf, sizeof(buf)), &back) == 0 && back == x);
		CHECK(size_parse(size_write(x, buf, sizeof(buf)), &back) == 0 && back == x);
	}
}

int
main(void)
{
	RUN(spans_are_read);
	RUN(sizes_are_read);
	RUN(the_shortest_writing_reads_back);
	return 0;
}
