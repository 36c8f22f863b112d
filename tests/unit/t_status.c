#include <jansson.h>
#include <string.h>

#include "../../gateway/status_rows.h"
#include "../check.h"

static char answer[] =
    "gateway\tsite-1\t1.0\t1500000\tboot\tx.conf\tsha\ttrusted\t0\t7\t1\t2\t3\t0\t0\t0\t0\t1\n"
    "links\tline\ttcp\tmodbus-tcp\tdown\t10\t20\t1\t2\t0\t0\t0\t0\trefused \"here\"\n"
    "from-a-later-version\tx\ty\n"
    "devices\t厨房/油烟\tline\tp\tanswers\t2\t3\tgood\n"		/* cut short */
    "uplinks\tcity\tinflux\tfailing\t5\t7\t9\tno answer\t12\t3\n"
    "uplinks\told\tfile\tok\t5\t7\t0\t\n"		/* of an earlier version */
    "links\tb\ttcp\tm\tup\t1500\t0\t0\t0\t0\t0\t0\t0\t\n";

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

	CHECK(rows.n == 6);
	CHECK(rows.at[0].section == SECTION_GATEWAY);
	CHECK(strcmp(rows.at[1].fields[12], "refused \"here\"") == 0);
	CHECK(strcmp(rows.at[2].fields[0], "厨房/油烟") == 0);
	CHECK(strcmp(rows.at[2].fields[17], "") == 0);
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
	link = json_array_get(json_object_get(j, "uplinks"), 0);
	CHECK(json_integer_value(json_object_get(link, "lost")) == 12);
	CHECK(json_integer_value(json_object_get(link, "refused")) == 3);
	link = json_array_get(json_object_get(j, "uplinks"), 1);
	CHECK(json_integer_value(json_object_get(link, "lost")) == 0);
	json_decref(j);
	free(text);
	free(rows.at);
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
	free(text);
	free(rows.at);
}

int
main(void)
{
	RUN(lines_are_cut_and_strange_ones_left_out);
	RUN(json_is_whole);
	RUN(tables_are_for_people);
	return 0;
}
