#include <string.h>

#include "../../gateway/words/grid.h"
#include "../check.h"

static const struct grid_column columns[] = {
	{ "name", "name", false, false },
	{ "n", "n", true, false },
	{ "hidden", NULL, true, false },
	{ "why", "why", false, true },
	{ 0 }
};

static char	text[8192];

static void
printed(const char *const rows[][4], size_t n, void (*write)(const struct grid *, FILE *))
{
	FILE *f = fmemopen(text, sizeof(text), "w");
	struct grid g;

	CHECK(f != NULL);
	grid_init(&g, columns);
	for (size_t i = 0; i < n; i++)
		grid_add(&g, rows[i]);
	write(&g, f);
	fclose(f);
	grid_free(&g);
}

static void
columns_stand_under_each_other(void)
{
	const char *const rows[][4] = {
		{ "level", "2.5", "1", "" }, { "水位", "-10", "2", "tiny" }, { "", "", "", "" },
	};

	printed(rows, 3, grid_write);
	CHECK(strcmp(text, "name     n  why\n"
	    "level  2.5  -\n"
	    "水位   -10  tiny\n"
	    "-        -  -\n") == 0);
}

static void
numbers_are_numbers_in_json(void)
{
	const char *const rows[][4] = {
		{ "a\"b", "1.50", "0", "x" }, { "b", "true", "-3", "1" },
		{ "c", "nan", "", NULL }, { "d", "running", "0x10", "" }, { "e", "+1", "1e9", "" },
	};

	printed(rows, 5, grid_json);
	CHECK(strcmp(text, "[{\"name\":\"a\\\"b\",\"n\":1.50,\"hidden\":0,\"why\":\"x\"},"
	    "{\"name\":\"b\",\"n\":true,\"hidden\":-3,\"why\":\"1\"},"
	    "{\"name\":\"c\",\"n\":\"nan\",\"hidden\":null,\"why\":\"\"},"
	    "{\"name\":\"d\",\"n\":\"running\",\"hidden\":\"0x10\",\"why\":\"\"},"
	    "{\"name\":\"e\",\"n\":\"+1\",\"hidden\":1e9,\"why\":\"\"}]") == 0);
	printed(NULL, 0, grid_json);
	CHECK(strcmp(text, "[]") == 0);
}

static void
it_grows(void)
{
	static const char *rows[100][4];

	for (size_t i = 0; i < 100; i++)
		rows[i][0] = "";
	printed((const char *const (*)[4])rows, 100, grid_json);
	CHECK(strlen(text) > 4000);
}

int
main(void)
{
	RUN(columns_stand_under_each_other);
	RUN(numbers_are_numbers_in_json);
	RUN(it_grows);
	return 0;
}
