#include <jansson.h>
#include <string.h>
#include <time.h>

#include "../../gateway/words/status_rows.h"
#include "../check.h"

static char answer[] =
    "gateway\tsite-1\t1.0\t1500000\tboot\tx.conf\tsha\ttrusted\t0\t7\t1\t2\t3\t0\t0\t0\t0\t1\n"
    "links\tline\ttcp\tmodbus-tcp\tdown\t10\t20\t7500\t9\t3\t4\t5\t6\t7\t8\t9\t10\t"
    "1\t2\t0\t0\t0\t0\trefused \"here\"\n"
    "from-a-later-version\tx\ty\n"
    "devices\t厨房/油烟\tline\tp\tanswers\t2\t3\tgood\n"		/* cut short */
    "devices\tslow\tline\tp\ttells\t1\t1\tgood\t\t\t0\t0\t1\t1\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t"
    "right\t200000\t300000000\n"
    "uplinks\tcity\tinflux\tfailing\t5\t7\t9\t90000000\t2.50\t70\t4\t"
    "3\t4\t1\t2\t1\t3\t0\t0\t0\t0\t12\t3\t0\t6\tno answer\n"
    "uplinks\told\tfile\tok\t5\t7\t0\n"		/* of an earlier version */
    "links\tb\ttcp\tm\tup\t1500\t0\t0\t0\t0\t0\t0\t0\n";

static struct status_rows
cut(void)
{
	static char text[sizeof(answer)];
	struct status_rows rows;

	memcpy(text, answer, sizeof(answer));
	status_cut(text, &rows);
	return rows;
}

static char *
written(void (*write)(const struct status_rows *, FILE *), const struct status_rows *rows)
{
	char *text = NULL;
	size_t n;
	FILE *f = open_memstream(&text, &n);

	write(rows, f);
	fclose(f);
	return text;
}

static void
lines_are_cut_and_strange_ones_left_out(void)
{
	struct status_rows rows = cut();

	CHECK(rows.n == 7);
	CHECK(rows.at[0].section == SECTION_GATEWAY);
	CHECK(strcmp(rows.at[1].fields[22], "refused \"here\"") == 0);
	CHECK(strcmp(rows.at[2].fields[0], "厨房/油烟") == 0);
	CHECK(strcmp(rows.at[2].fields[17], "") == 0);
	CHECK(strcmp(rows.at[3].fields[26], "right") == 0);
	CHECK(strcmp(rows.at[3].fields[28], "300000000") == 0);
	free(rows.at);
}

static void
json_is_whole(void)
{
	struct status_rows rows = cut();
	char *text = written(status_json, &rows);
	json_t *j = json_loads(text, 0, NULL), *link;

	CHECK(j != NULL && json_object_size(j) == SECTIONS);
	CHECK(json_integer_value(json_object_get(json_object_get(j, "gateway"),
	    "uptime_us")) == 1500000);
	CHECK(json_is_null(json_object_get(j, "store")));
	CHECK(json_array_size(json_object_get(j, "links")) == 2);
	CHECK(json_array_size(json_object_get(j, "alarms")) == 0);
	link = json_array_get(json_object_get(j, "links"), 0);
	CHECK(strcmp(json_string_value(json_object_get(link, "why")), "refused \"here\"") == 0);
	CHECK(json_integer_value(json_object_get(link, "tx")) == 20);
	link = json_array_get(json_object_get(j, "devices"), 1);
	CHECK(json_integer_value(json_object_get(link, "clock_offset_us")) == 200000);
	CHECK(json_integer_value(json_object_get(link, "behind_us")) == 300000000);
	link = json_array_get(json_object_get(j, "uplinks"), 0);
	CHECK(json_integer_value(json_object_get(link, "lost")) == 12);
	CHECK(json_integer_value(json_object_get(link, "refused")) == 3);
	CHECK(json_integer_value(json_object_get(link, "spared")) == 6);
	CHECK(json_real_value(json_object_get(link, "rate")) > 2.4);
	CHECK(json_integer_value(json_object_get(link, "oldest_us")) == 90000000);
	CHECK(json_integer_value(json_object_get(link, "month_tx")) == 3);
	CHECK(strcmp(json_string_value(json_object_get(link, "why")), "no answer") == 0);
	link = json_array_get(json_object_get(j, "uplinks"), 1);
	CHECK(json_integer_value(json_object_get(link, "lost")) == 0);
	json_decref(j);
	free(text);
	free(rows.at);
}

/* In the unit that suits it; of two at least, that it is exact enough. */
static void
times_are_for_people(void)
{
	static const struct { int64_t us; const char *shown; } rows[] = {
		{ 999, "999 us" }, { 1500, "1.5 ms" }, { 2000000, "2 s" }, { 119000000, "119 s" },
		{ 120000000, "2 min" }, { 300000000, "5 min" }, { 7140000000, "119 min" },
		{ 7200000000, "2 h" }, { 47 * 3600000000, "47 h" }, { 48 * 3600000000, "2 d" },
		{ 84 * 3600000000, "3.5 d" }, { -300000000, "-5 min" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char line[200], wanted[40], *text;
		struct status_rows cut_rows;

		snprintf(line, sizeof(line), "devices\tx%28s%lld\n", "", (long long)rows[i].us);
		for (char *c = line; *c != '\n'; c++)
			*c = (char)(*c == ' ' ? '\t' : *c);
		status_cut(line, &cut_rows);
		text = written(status_tables, &cut_rows);
		snprintf(wanted, sizeof(wanted), " %s  \n", rows[i].shown);
		if (strstr(text, wanted) == NULL)
			fputs(text, stderr);
		CHECK(strstr(text, wanted) != NULL);
		free(text);
		free(cut_rows.at);
	}
}

static void
tables_are_for_people(void)
{
	struct status_rows rows = cut();
	char *text = written(status_tables, &rows);

	CHECK(strstr(text, "1.5 s") != NULL);		/* uptime */
	CHECK(strstr(text, "1.5 kB") != NULL);
	CHECK(strstr(text, "no alarm stands") != NULL);
	CHECK(strstr(text, "x.conf") == NULL);		/* in JSON only */
	CHECK(strstr(text, "厨房/油烟") != NULL);
	CHECK(strstr(text, "off by  behind") != NULL && strstr(text, "5 min") != NULL);
	CHECK(strstr(text, "7.5 kB") != NULL);		/* as billed today */
	CHECK(strstr(text, "90 s") != NULL);		/* the oldest that waits */
	free(text);
	free(rows.at);
}

/* People see the moments of their zone; programs those of UTC. */
static void
moments_are_those_of_the_zone(void)
{
	char line[] = "gateway\tx\t1.0\t1\tb\tx.conf\ts\ttrusted\t0\t7\t1\t2\t3\t0\t0\t0\t0"
	    "\t1\t20261126\t20261101\t0badcafe 2026-11-25T18:32:48Z\t2\n"
	    "gateway\tx\t1.0\t1\tb\tx.conf\ts\ttrusted\t0\t7\t1\t2\t3\t0\t0\t0\t0"
	    "\t1\t20261126\t20261101\tsoon\t2\n";
	struct status_rows rows;
	char *text, *json;

	setenv("TZ", "CST-8", 1);
	tzset();
	status_cut(line, &rows);
	text = written(status_tables, &rows);
	CHECK(strstr(text, "  0badcafe 2026-11-26 02:32:48  ") != NULL);
	CHECK(strstr(text, "  soon  ") != NULL);
	rows.n = 1;
	json = written(status_json, &rows);
	CHECK(strstr(json, "\"0badcafe 2026-11-25T18:32:48Z\"") != NULL);
	free(json);
	free(text);
	free(rows.at);
}

/* The widest line but for the last column. */
static size_t
widest(const char *text)
{
	size_t most = 0;

	for (; *text != '\0'; text += strcspn(text, "\n") + 1) {
		size_t n = strcspn(text, "\n");
		const char *why = memmem(text, n, "refused \"here\"", 14);

		why = why == NULL ? memmem(text, n, "no answer", 9) : why;
		n = why != NULL ? (size_t)(why - text) : n;
		while (n > 0 && text[n - 1] == ' ')
			n--;
		most = n > most ? n : most;
	}
	return most;
}

static void
a_narrow_screen_has_what_matters(void)
{
	static const char *const kept[] = { "state", "today", "month", "backlog", "oldest",
	    "per s", "why", "rtt", "late p99" };
	struct status_rows rows = cut();
	char *text;

	for (int columns = 120; columns >= 80; columns -= 40) {
		setenv("COLUMNS", columns == 120 ? "120" : "80", 1);
		text = written(status_tables, &rows);
		CHECK(widest(text) <= (size_t)columns + 8);	/* of UTF-8 */
		for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
			CHECK(strstr(text, kept[i]) != NULL);
		CHECK((strstr(text, "too large") != NULL) == (columns == 120));
		free(text);
	}
	unsetenv("COLUMNS");
	free(rows.at);
}

int
main(void)
{
	unsetenv("COLUMNS");
	RUN(lines_are_cut_and_strange_ones_left_out);
	RUN(json_is_whole);
	RUN(times_are_for_people);
	RUN(tables_are_for_people);
	RUN(moments_are_those_of_the_zone);
	RUN(a_narrow_screen_has_what_matters);
	return 0;
}
