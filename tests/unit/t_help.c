#include <string.h>

#include "../../gateway/words/help.h"
#include "../check.h"

static void
what_options_mean_stands_below_each_other(void)
{
	static const struct { const char *line, *want; } rows[] = {
		/* two characters of three bytes: two columns more than argp put in */
		{ "  -c, --config=文件        配置\n", "  -c, --config=文件          配置\n" },
		{ "      --function=功能码   3\n", "      --function=功能码      3\n" },
		{ "  -j, --json                 一行\n", "  -j, --json                 一行\n" },
		{ "  -f, --follow               plain\n", "  -f, --follow               plain\n" },
		/* no options: head, the rest of a meaning, an option alone, nothing */
		{ "用法: tidegate scan [选项...] 线路，这一行足够长\n", NULL },
		{ "                             和校验\n", NULL },
		{ "      --a-very-long-option=文件文件\n", NULL },
		{ "\n", NULL }, { "", NULL },
	};
	char out[200];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *want = rows[i].want != NULL ? rows[i].want : rows[i].line;
		size_t n = help_line(rows[i].line, strlen(rows[i].line), out, sizeof(out));

		if (n != strlen(want) || memcmp(out, want, n) != 0)
			fprintf(stderr, "%.*s", (int)n, out);
		CHECK(n == strlen(want) && memcmp(out, want, n) == 0);
	}
}

static void
no_line_is_longer_than_its_room(void)
{
	const char *row = "  -c, --config=文件        配置\n";
	char out[200];

	CHECK(help_line(row, strlen(row), out, strlen(row) + 1) == strlen(row));
	CHECK(memcmp(out, row, strlen(row)) == 0);
	CHECK(help_line(row, strlen(row), out, 5) == 5);
}

static void
long_lines_end_in_time(void)
{
	static const struct { const char *line, *want; } rows[] = {
		{ "  -c, --config=文件        一二三四五六七八九十一二三四五六七八九十一二三四五六七,八九十\n",
		  "  -c, --config=文件          一二三四五六七八九十一二三四五六七八九十一二三四五\n"
		  "                             六七,八九十\n" },
		/* no line begins with what closes, nor ends with what opens */
		{ "一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十一二三四五六七八九，十\n",
		  "一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十一二三四五六七八\n"
		  "九，十\n" },
		{ "一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十一二三四五六七八（九）\n",
		  "一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十一二三四五六七八\n"
		  "（九）\n" },
		/* words and figures stay whole, and the blank between lines goes */
		{ "一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十一二三四五六七 within 12\n",
		  "一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十一二三四五六七\n"
		  "within 12\n" },
		{ "用法: tidegate scan [-j] [-c 文件] [--config=文件] [--identify] [--register=寄存器] [--json] 线路\n",
		  "用法: tidegate scan [-j] [-c 文件] [--config=文件] [--identify]\n"
		  "            [--register=寄存器] [--json] 线路\n" },
		{ "一行\n", "一行\n" }, { "\n", "\n" },
		{ "  -c, --config=文件        配置", "  -c, --config=文件          配置" },
	};
	char out[400];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t n = help_wrap(rows[i].line, strlen(rows[i].line), out, sizeof(out));

		if (n != strlen(rows[i].want) || memcmp(out, rows[i].want, n) != 0)
			fprintf(stderr, "%zu: %.*s|\n", i, (int)n, out);
		CHECK(n == strlen(rows[i].want) && memcmp(out, rows[i].want, n) == 0);
	}
	for (size_t room = 0; room < 60; room++)
		CHECK(help_wrap(rows[0].line, strlen(rows[0].line), out, room) <= room);
}

int
main(void)
{
	RUN(what_options_mean_stands_below_each_other);
	RUN(no_line_is_longer_than_its_room);
	RUN(long_lines_end_in_time);
	return 0;
}
