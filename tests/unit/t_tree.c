#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../conf/tree.h"
#include "../check.h"

static unsigned char memory[1 << 20] __attribute__((aligned(16)));
static struct err room[ERRS_MAX];
static struct arena arena;
static struct errs errs;
static char folder[] = "/tmp/t_tree.XXXXXX";

static void
fresh(void)
{
	memset(memory, 0, sizeof(memory));
	memset(room, 0, sizeof(room));
	arena = (struct arena){ .at = memory, .cap = sizeof(memory) };
	errs = (struct errs){ .at = room };
}

static struct tree *
parse(const char *text)
{
	fresh();
	return tree_parse(text, "t.conf", &arena, &errs);
}

static const struct node *
member(const struct tree *tree, const char *name)
{
	const struct node *node = node_get(tree_root(tree), name);

	CHECK(node != NULL);
	return node;
}

static void
every_kind_of_setting_is_read(void)
{
	struct tree *tree = parse("text = \"油烟 \\\"x\\\" \\\\ \\x41\\n\"; whole = -5;\n"
	    "hex = 0x2600; wide = 3000000000L; widest = 9223372036854775807L;\n"
	    "least = -2147483648; deep = -9223372036854775808L; real = 1.5e-3; ex = 2e3;\n"
	    "dot = .5; yes = TRUE; no = false; group = { a = 1; };\n"
	    "list = (1, \"two\", { three = 3; }, (4), [5, 6]); none = ();\n"
	    "colon : 1 # comment ü\n // another \"\n /* one = {\n */ after = 2,\n"
	    "long = \"one\" \"two\"\n");
	const struct node *list;

	CHECK(tree != NULL && errs.n == 0);
	CHECK(strcmp(node_string(member(tree, "text")), "油烟 \"x\" \\ A\n") == 0);
	CHECK(node_kind(member(tree, "text")) == NODE_STRING);
	CHECK(node_int(member(tree, "whole")) == -5 && node_real(member(tree, "whole")) == -5);
	CHECK(node_int(member(tree, "hex")) == 0x2600);
	CHECK(node_int(member(tree, "wide")) == 3000000000);
	CHECK(node_int(member(tree, "widest")) == INT64_MAX);
	CHECK(node_int(member(tree, "least")) == INT32_MIN);
	CHECK(node_int(member(tree, "deep")) == INT64_MIN);
	CHECK(node_kind(member(tree, "wide")) == NODE_INT);
	CHECK(node_kind(member(tree, "real")) == NODE_REAL);
	CHECK(node_real(member(tree, "real")) == 1.5e-3);
	CHECK(node_real(member(tree, "ex")) == 2000 && node_real(member(tree, "dot")) == .5);
	CHECK(node_kind(member(tree, "yes")) == NODE_BOOL && node_bool(member(tree, "yes")));
	CHECK(!node_bool(member(tree, "no")));
	CHECK(node_kind(member(tree, "group")) == NODE_GROUP);
	CHECK(node_line(member(tree, "group")) == 4);
	list = member(tree, "list");
	CHECK(node_kind(list) == NODE_LIST && node_len(list) == 5 && node_line(list) == 5);
	CHECK(strcmp(node_name(node_at(list, 0)), "") == 0);
	CHECK(strcmp(node_string(node_at(list, 1)), "two") == 0);
	CHECK(strcmp(node_string(node_at(list, 0)), "") == 0);
	CHECK(node_int(node_get(node_at(list, 2), "three")) == 3);
	CHECK(node_kind(node_at(list, 4)) == NODE_LIST && node_len(node_at(list, 4)) == 2);
	CHECK(node_len(member(tree, "none")) == 0);
	CHECK(node_int(member(tree, "colon")) == 1 && node_int(member(tree, "after")) == 2);
	CHECK(node_line(member(tree, "after")) == 9);
	CHECK(strcmp(node_string(member(tree, "long")), "onetwo") == 0);
	CHECK(strcmp(node_name(member(tree, "after")), "after") == 0);
	CHECK(strcmp(node_file(member(tree, "after")), "t.conf") == 0);
	CHECK(node_get(tree_root(tree), "nothing") == NULL);
	CHECK(node_line(tree_root(tree)) == 0);
	CHECK(strcmp(node_file(tree_root(tree)), "t.conf") == 0);
	tree_close(tree);
	tree_close(NULL);
}

/* One fault each, where it is told and in which words. */
struct row {
	const char	*text;
	int		 line;
	const char	*says;
};

static const struct row broken[] = {
	{ "\xef\xbb\xbf" "a = 1;", 1, "byte order mark" },
	{ "a = 1;\n油烟 = 2;", 2, "syntax error at 油: names, signs and figures are ASCII" },
	{ "a = 1;\n;", 2, "one ; too many" },
	{ "a = 1;\xef\xbc\x9b", 1, "syntax error at \xef\xbc\x9b: names" },
	{ "a = \"\xd3\xcd\xd1\xcc\";", 1, "not UTF-8: was the file saved as GBK?" },
	{ "a = \"12\x1b[2J\";", 1, "the text \"12...\" holds a control character" },
	{ "a = 1;\n\xd3\xcd = 1;", 2, "not UTF-8: was the file saved as GBK?" },
	{ "a = \"x;\nb = 2;", 1, "the quote before x; is not closed in its line" },
	{ "a = \"x", 1, "is not closed" },
	{ "a = \"x\\\"", 1, "is not closed" },
	{ "a = \"\\x00\";", 1, "\\x in a text: a backslash is written \\\\" },
	{ "a = \"C:\\temp\\d\";", 1, "\\d in a text" },
	{ "a = tcp;", 1, "tcp must stand in quotes" },
	{ "l = (\"a\",\n b);", 2, "b must stand in quotes" },
	{ "a 1;", 1, "\"=\" is missing after the name before it" },
	{ "a = ;", 1, "a value is missing after \"=\"" },
	{ "a =", 1, "at the end of the file: a value is missing" },
	{ "a", 1, "at the end of the file: \"=\" is missing" },
	{ "= 1;", 1, "a name is missing before =" },
	{ "a = = 1;", 1, "one = too many" },
	{ "\"a\" = 1;", 1, "\"a\": a name and \"=\" must stand before a value" },
	{ "a = 59,19;", 1, "19: a name and \"=\" must stand before a value; a figure has a point" },
	{ "l = { { a = 1; } };", 1, "{: a name and \"=\" must stand before it; elements of a list" },
	{ "l = (1, 2,\n);", 2, "at ): no comma after the last element" },
	{ "l = (,1);", 1, "an element of the list is missing" },
	{ "l = (1,,2);", 1, "one , too many" },
	{ "l = (\"a\" \"b\");", 1, "at \"b\": a comma is missing before it" },
	{ "l = ({ a = 1; }\n{ a = 2; });", 2, "at {: a comma is missing before it" },
	{ "l = ({ a = 1; };\n{ a = 2; });", 1, "at ;: a comma parts the elements" },
	{ "l = (name = 1);", 1, "name must stand in quotes" },
	{ "l = (1 = 2);", 1, "= in a list: settings stand in a group" },
	{ "g = {\n a = 1;\n", 1, "this { is never closed" },
	{ "g = (\n{ a = 1; );\n", 2, ") where the { of line 2 is still open" },
	{ "a = 1; }", 1, "} closes nothing" },
	{ "a = 1; /* b", 1, "a comment /* is never closed" },
	{ "a = 1; /", 1, "syntax error at /" },
	{ "a = 1 & 2;", 1, "syntax error at &" },
	{ "a = [1, \"x\"];", 1, "mismatched element type in array" },
	{ "@include more;", 1, "@include wants the name of a file" },
	{ "@include \"more", 1, "@include wants the name of a file" },
	{ "@include \"\"", 1, "@include wants the name of a file" },
	{ "@include \"conf.d/*.conf\"", 1, "no patterns here, name each file" },
	{ "a = 1; @include \"x\"", 1, "syntax error at @" },
	{ "@inclood \"x\"", 1, "syntax error at @" },
	{ "\n@include \"/nonexistent/x.conf\"", 2,
	  "@include \"/nonexistent/x.conf\": No such file or directory" },
	{ "@include \"/dev/zero\"", 1, "@include \"/dev/zero\": it is no file" },
};

/* The same, of what the rest can be read without. */
static const struct row odd[] = {
	{ "g = { a = 1;\n a = 2; };", 2, "a is given twice, first in line 1" },
	{ "a = 5s;", 1, "5s is no number; a text must stand in quotes" },
	{ "a = 10.0.0.1;", 1, "10.0.0.1 is no number; a text must stand in quotes" },
	{ "a = .;", 1, ". is no number" },
	{ "a = --5;", 1, "--5 is no number" },
	{ "a = 1l;", 1, "1l is no number" },
	{ "a = 1e;", 1, "1e is no number" },
	{ "a = -0x10;", 1, "-0x10 is no number" },
	{ "a = 3000000000;", 1, "3000000000 is beyond 2147483647: write an L behind it" },
	{ "\na = -2147483649;", 2, "-2147483649 is beyond" },
	{ "a = 0x80000000;", 1, "0x80000000 is beyond" },
	{ "a = 99999999999999999999L;", 1, "too large a number" },
	{ "a = 0xFFFFFFFFFFFFFFFFL;", 1, "too large a number" },
	{ "a = (1,\n 0xFFFFFFFF);", 2, "0xFFFFFFFF is beyond" },
	{ "a = 1;\n\na = 2;", 3, "a is given twice, first in line 1" },
};

static struct tree *
read_row(const struct row *row)
{
	struct tree *tree = parse(row->text);
	bool good = errs.n == 1 && strstr(room[0].text, row->says) != NULL &&
	    room[0].line == row->line && strcmp(room[0].file, "t.conf") == 0;

	if (!good)
		fprintf(stderr, "%s: %zu: %d: %s\n", row->text, errs.n, room[0].line,
		    room[0].text);
	CHECK(good);
	return tree;
}

static void
each_fault_is_told_where_it_is(void)
{
	size_t unread = 0;

	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
		CHECK(read_row(&broken[i]) == NULL);
		unread += room[0].unread;
	}
	CHECK(unread > 20);
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		struct tree *tree = read_row(&odd[i]);

		CHECK(tree != NULL && !room[0].unread);
		tree_close(tree);
	}
}

/* A word of the text that is no syntax error hides none behind it. */
static void
numbers_and_doubles_are_all_told(void)
{
	CHECK(parse("a = 3000000000;\nb = 1;\nb = 2;\nc = 0x80000000;\nd = ;\n") == NULL);
	CHECK(errs.n == 4);
	for (int i = 0; i < 2; i++)
		CHECK(room[i].line == 1 + 2 * i);
	CHECK(room[2].line == 4 && room[3].line == 5);
}

/* The first of two counts; nothing else is told of a line that is told. */
static void
what_was_told_hides_nothing_behind_it(void)
{
	struct tree *tree = parse("b = 1; b = 2; b = { b = 4; b = 5; };\n\nc = 0x80000000;\n"
	    "l = [1, 5s, 3]; after = 7;\na = 1; a = 2; a = 3;\n");

	CHECK(tree == NULL);		/* there is but one name of one letter */
	CHECK(room[0].line == 1 && room[errs.n - 1].line == 5);
	tree = parse("bb = 1; bb = 2; bb = { bb = 4; bb = 5; };\n\nc = 0x80000000;\n"
	    "l = [1, 5s, 3]; after = 7;\nbb = \"x\" \"y\";\n");
	CHECK(tree != NULL && errs.n == 4);
	CHECK(node_int(member(tree, "bb")) == 1 && node_int(member(tree, "after")) == 7);
	CHECK(node_len(member(tree, "l")) == 3 && node_int(member(tree, "c")) == 0);
	CHECK(node_line(member(tree, "after")) == 4);
	err_add(&errs, "t.conf", 3, "no figure");
	CHECK(errs.n == 4);
	err_add(&errs, "t.conf", 2, "another");
	err_add(&errs, "u.conf", 3, "another");
	CHECK(errs.n == 6);
	tree_close(tree);
}

static void
names_in_other_groups_are_not_twice(void)
{
	struct tree *tree = parse("a = 1; g = { a = 1; }; h = { a = 1; h = { a = 2; }; };\n"
	    "l = ({ a = 1; }, { a = 2; });");

	CHECK(tree != NULL && errs.n == 0);
	tree_close(tree);
}

static void
brackets_have_an_end(void)
{
	char text[300] = "a = ";

	for (int i = 0; i < 100; i++)
		strcat(text, "(");
	CHECK(parse(text) == NULL && errs.n == 1);
	CHECK(strstr(room[0].text, "more than 32 brackets") != NULL);
}

static const char *
path_of(const char *name)
{
	static char path[200];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static void
put(const char *name, const char *text, size_t n)
{
	FILE *f = fopen(path_of(name), "w");

	CHECK(f != NULL && fwrite(text, 1, n, f) == n && fclose(f) == 0);
}

#define PUT(name, text)	put(name, text, strlen(text))

static struct tree *
read_file(const char *name)
{
	fresh();
	return tree_read(path_of(name), &arena, &errs);
}

static bool
stands(const struct node *node, const char *name, int line)
{
	bool good = strcmp(node_file(node), path_of(name)) == 0 && node_line(node) == line;

	if (!good)
		fprintf(stderr, "%s stands in %s:%d\n", node_name(node), node_file(node),
		    node_line(node));
	return good;
}

/* Names are meant from the folder of the file that includes; what follows the
 * directive, and files without a last newline, keep their lines. */
static void
lines_are_right_in_included_files(void)
{
	struct tree *tree;
	const struct node *list;

	CHECK(mkdir(path_of("sub"), 0700) == 0);
	PUT("main.conf", "a = 1;\n  @include \"sub/one.conf\" b = 2;\nl = (\n"
	    "@include \"sub/list.conf\"\n);\nz = 3;\n@include \"empty.conf\"\ny = 4;\n");
	PUT("sub/one.conf", "\nc = 1;\n@include \"two.conf\"\n\nd = 2; # no newline");
	PUT("sub/two.conf", "\n\n\ne = 5;");
	PUT("sub/list.conf", "{ f = 1; },\n{ f = 2; }\n");
	PUT("empty.conf", "");
	tree = read_file("main.conf");
	if (errs.n > 0)
		fprintf(stderr, "%s:%d: %s\n", room[0].file, room[0].line, room[0].text);
	CHECK(tree != NULL);
	CHECK(stands(member(tree, "a"), "main.conf", 1));
	CHECK(stands(member(tree, "b"), "main.conf", 2));
	CHECK(stands(member(tree, "c"), "sub/one.conf", 2));
	CHECK(stands(member(tree, "d"), "sub/one.conf", 5));
	CHECK(stands(member(tree, "e"), "sub/two.conf", 4));
	list = member(tree, "l");
	CHECK(stands(list, "main.conf", 3) && node_len(list) == 2);
	CHECK(stands(node_at(list, 0), "sub/list.conf", 1));
	CHECK(stands(node_at(list, 1), "sub/list.conf", 2));
	CHECK(stands(member(tree, "z"), "main.conf", 6));
	CHECK(stands(member(tree, "y"), "main.conf", 8));
	CHECK(strcmp(tree_file(tree, 0)->path, path_of("main.conf")) == 0);
	CHECK(strcmp(tree_file(tree, 2)->path, path_of("sub/two.conf")) == 0);
	CHECK(tree_file(tree, 2)->len == 9 && tree_file(tree, 4) != NULL);
	CHECK(strcmp(tree_file(tree, 2)->text, "\n\n\ne = 5;") == 0);
	CHECK(tree_file(tree, 5) == NULL);
	tree_close(tree);
}

static void
faults_are_told_in_included_files(void)
{
	static const struct {
		const char *text, *file;
		int line;
		const char *says;
	} rows[] = {
		{ "x = 1;\ny = 3000000000;", "one.conf", 2, "is beyond" },
		{ "\n\nl = [1, \"x\"];", "one.conf", 3, "mismatched element type" },
		{ "b = 1;", "one.conf", 1, "b is given twice, first in line 1 of " },
		{ "@include \"main.conf\"", "one.conf", 1, "includes go round in a circle" },
		{ "@include \"sub/../one.conf\"", "one.conf", 1, "go round in a circle" },
		{ "g = {", "one.conf", 1, "this { is never closed" },
		{ "\xef\xbb\xbf", "one.conf", 1, "byte order mark" },
		{ "x = \"", "one.conf", 1, "is not closed" },
		{ "@include \".\"", "one.conf", 1, "it is no file" },
	};

	PUT("main.conf", "b = 2;\n@include \"one.conf\"\nc = 2;\n");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		bool good;

		PUT("one.conf", rows[i].text);
		tree_close(read_file("main.conf"));
		good = errs.n == 1 && strcmp(room[0].file, path_of(rows[i].file)) == 0 &&
		    room[0].line == rows[i].line && strstr(room[0].text, rows[i].says) != NULL;
		if (!good)
			fprintf(stderr, "row %zu: %s:%d: %s\n", i, room[0].file, room[0].line,
			    room[0].text);
		CHECK(good);
	}
}

/* Each file's first syntax error is told in one run, wherever it is included,
 * but for lists: whether a comma is wanted behind it cannot be known. */
static void
a_broken_file_hides_no_other(void)
{
	PUT("main.conf", "b = 2;\n@include \"one.conf\"\n@include \"gone.conf\"\ng = {\n"
	    "@include \"two.conf\"\n};\nb = 3;\nd = ;\n");
	PUT("one.conf", "g = ( {\n x = ;\n y = ;");
	PUT("two.conf", "x = 1;\nx = 2;\ny z");
	CHECK(read_file("main.conf") == NULL && errs.n == 6);
	CHECK(strcmp(room[0].file, path_of("one.conf")) == 0 && room[0].line == 2);
	CHECK(strcmp(room[1].file, path_of("main.conf")) == 0 && room[1].line == 3);
	CHECK(strcmp(room[2].file, path_of("two.conf")) == 0 && room[2].line == 2);
	CHECK(strcmp(room[3].file, path_of("two.conf")) == 0 && room[3].line == 3);
	CHECK(room[4].line == 7 && strstr(room[4].text, "b is given twice") != NULL);
	CHECK(room[5].line == 8 && strstr(room[5].text, "a value is missing") != NULL);
	PUT("main.conf", "l = (\n@include \"one.conf\"\n);\nd = ;\n");
	CHECK(read_file("main.conf") == NULL && errs.n == 1);
	CHECK(strcmp(room[0].file, path_of("one.conf")) == 0);
}

/* After a syntax error all that is whole before it can be looked at. */
static void
what_is_whole_before_a_syntax_error_is_kept(void)
{
	static const struct {
		const char	*text;
		int		 a, l;		/* -1: not there; elements of l */
	} rows[] = {
		{ "a = 1; l = (1, 2, 3; b = 1;", 1, 3 },
		{ "a = 1;\nl = ( { x = 1; },\n{ x = 2; },\n{ x = }\n);", 1, 2 },
		{ "a = 1; l = ( { x = 1; } { x = 2; } );", 1, 1 },
		{ "a = 1; g = { x = 1; y = }", 1, -1 }, { "a = 1; l = ( &", 1, -1 },
		{ "l = [1, 2, &", -1, 2 }, { "l = ( (1, 2), (3, 4 &", -1, 1 },
		{ "a = 1 l = (1, 2) ) b = 3;", 1, 2 }, { "a = ; l = (1);", -1, -1 },
		{ "a = 1; l = (1", 1, 1 }, { "a = 1; l = ( { x = 1; }, { x", 1, 1 },
		{ "l = (1);\na = \"\xb0\xa1\";", -1, 1 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct node *a, *l;
		struct tree *tree;

		PUT("one.conf", rows[i].text);
		PUT("main.conf", "b = 0;\n@include \"one.conf\"\nc = 3;\n");
		CHECK(read_file("main.conf") == NULL && errs.n == 1);
		fresh();
		tree = tree_read_part(path_of("main.conf"), &arena, &errs);
		CHECK(tree != NULL && !tree_whole(tree) && errs.n == 1);
		a = node_get(tree_root(tree), "a");
		l = node_get(tree_root(tree), "l");
		CHECK((a != NULL ? (int)node_int(a) : -1) == rows[i].a);
		CHECK((l != NULL ? (int)node_len(l) : -1) == rows[i].l);
		CHECK(l == NULL || node_line(l) == (rows[i].text[6] == '\n' ? 2 : 1));
		CHECK(node_line(member(tree, "c")) == 3 && node_line(member(tree, "b")) == 1);
		tree_close(tree);
	}
	/* nothing of a fault within brackets that another file is in */
	PUT("main.conf", "l = (\n@include \"one.conf\"\n);\n");
	fresh();
	CHECK(tree_read_part(path_of("main.conf"), &arena, &errs) == NULL);
	PUT("main.conf", "g = {\n@include \"two.conf\"\nx = };\n");
	PUT("two.conf", "y = 1;\n");
	fresh();
	CHECK(tree_read_part(path_of("main.conf"), &arena, &errs) == NULL && errs.n == 1);
}

/* What stands behind an include is told for the file that it is in. */
static void
lines_go_on_behind_an_include(void)
{
	PUT("main.conf", "b = 2;\n@include \"one.conf\"\nc = [1, \"x\"];\n");
	PUT("one.conf", "x = 1;\n\n\n\ny = 2;");
	CHECK(read_file("main.conf") == NULL && errs.n == 1);
	CHECK(strcmp(room[0].file, path_of("main.conf")) == 0 && room[0].line == 3);
}

static void
files_that_cannot_be_read_are_told(void)
{
	CHECK(read_file("absent.conf") == NULL && errs.n == 1 && room[0].line == 0);
	CHECK(strcmp(room[0].file, path_of("absent.conf")) == 0);
	CHECK(strstr(room[0].text, "cannot be read: No such file") != NULL);
	CHECK(read_file("sub") == NULL && strstr(room[0].text, "it is no file") != NULL);
	CHECK(mkfifo(path_of("fifo"), 0600) == 0);
	CHECK(read_file("fifo") == NULL && strstr(room[0].text, "it is no file") != NULL);
	put("zero.conf", "a = 1;\nb\0 = 2;", 13);
	CHECK(read_file("zero.conf") == NULL && errs.n == 1 && room[0].line == 2);
	CHECK(strstr(room[0].text, "a byte 0") != NULL);
}

static void
windows_line_ends_are_read(void)
{
	struct tree *tree;

	PUT("dos.conf", "a = 1;\r\n# x\r\nb = \"t\";\r\n");
	tree = read_file("dos.conf");
	CHECK(tree != NULL && node_line(member(tree, "b")) == 3);
	tree_close(tree);
}

/* Ten files may stand within each other, and a file may come twice. */
static void
includes_have_an_end(void)
{
	char name[20], text[60];
	struct tree *tree;

	for (int i = 0; i < 14; i++) {
		snprintf(name, sizeof(name), "n%d.conf", i);
		snprintf(text, sizeof(text), "@include \"n%d.conf\"\n", i + 1);
		PUT(name, i < 13 ? text : "a = 1;\n");
	}
	CHECK(read_file("n0.conf") == NULL && errs.n == 1);
	CHECK(strstr(room[0].text, "more than 10 files that include each other") != NULL);
	tree = read_file("n3.conf");
	CHECK(tree != NULL && node_int(member(tree, "a")) == 1);
	tree_close(tree);
	PUT("main.conf", "g = {\n@include \"one.conf\"\n};\nh = {\n@include \"one.conf\"\n};\n");
	PUT("one.conf", "x = 1;");
	tree = read_file("main.conf");
	CHECK(tree != NULL && errs.n == 0);
	tree_close(tree);
	/* doubled at each step, it would be a thousand files */
	for (int i = 0; i < 10; i++) {
		snprintf(name, sizeof(name), "n%d.conf", i);
		snprintf(text, sizeof(text), "@include \"n%d.conf\"\n@include \"n%d.conf\"\n",
		    i + 1, i + 1);
		PUT(name, i < 9 ? text : "");
	}
	CHECK(read_file("n0.conf") == NULL && errs.n == 1);
	CHECK(strstr(room[0].text, "more than 256 files") != NULL);
}

static void
a_full_arena_is_an_error_not_a_crash(void)
{
	static const char text[] = "a = 1;\n@include \"one.conf\"\nb = 2;\n";
	int failed = 0;

	PUT("main.conf", text);
	PUT("one.conf", "x = 1;");
	for (size_t cap = 0; cap < 1 << 16; cap += 256) {
		struct tree *tree;

		fresh();
		arena.cap = cap;
		tree = tree_read(path_of("main.conf"), &arena, &errs);
		CHECK((tree == NULL) == (errs.n > 0));
		if (tree == NULL) {
			failed++;
			continue;
		}
		tree_close(tree);
		CHECK(failed > 10);
		return;
	}
	CHECK(!"64 KiB are not enough for three settings");
}

int
main(void)
{
	char command[100];

	CHECK(mkdtemp(folder) != NULL);
	RUN(every_kind_of_setting_is_read);
	RUN(each_fault_is_told_where_it_is);
	RUN(numbers_and_doubles_are_all_told);
	RUN(what_was_told_hides_nothing_behind_it);
	RUN(names_in_other_groups_are_not_twice);
	RUN(brackets_have_an_end);
	RUN(lines_are_right_in_included_files);
	RUN(faults_are_told_in_included_files);
	RUN(a_broken_file_hides_no_other);
	RUN(what_is_whole_before_a_syntax_error_is_kept);
	RUN(lines_go_on_behind_an_include);
	RUN(files_that_cannot_be_read_are_told);
	RUN(windows_line_ends_are_read);
	RUN(includes_have_an_end);
	RUN(a_full_arena_is_an_error_not_a_crash);
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	return system(command) != 0;
}
