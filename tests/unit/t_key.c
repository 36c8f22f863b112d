#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "../../conf/key.h"
#include "../check.h"

struct item {
	struct place	 place;
	const char	*name;
	int64_t		 n;
};

struct all {
	const char		*string, *name, *secret, *spare;
	int64_t			 whole, span, size, free;
	double			 real;
	bool			 yes;
	int			 choice;
	struct strings		 strings;
	struct { int64_t a, b; }  group, left;
	struct items		 items;
	const struct node	*node;
};

#define AT(field)	offsetof(struct all, field)

static const char *const choices[] = { "none", "even", "odd", NULL };

static const struct key group_keys[] = {
	{ .name = "a", .type = KEY_INT, .offset = 0, .fallback = "7" },
	{ .name = "b", .type = KEY_INT, .offset = 8, .fallback = "-8" },
	{ .name = NULL }
};

static const struct key item_keys[] = {
	{ .name = "name", .type = KEY_NAME, .offset = offsetof(struct item, name) },
	{ .name = "n", .type = KEY_INT, .offset = offsetof(struct item, n), .fallback = "0x10" },
	{ .name = NULL }
};

static const struct key keys[] = {
	{ .name = "string", .type = KEY_STRING, .offset = AT(string), .fallback = "as it is" },
	{ .name = "spare", .type = KEY_STRING, .offset = AT(spare), .fallback = "" },
	{ .name = "name", .type = KEY_NAME, .offset = AT(name), .fallback = "a/b-c_9" },
	{ .name = "secret", .type = KEY_SECRET, .offset = AT(secret), .fallback = "" },
	{ .name = "whole", .type = KEY_INT, .offset = AT(whole), .fallback = "3", .min = -5,
	  .max = 5 },
	{ .name = "free", .type = KEY_INT, .offset = AT(free), .fallback = "0" },
	{ .name = "real", .type = KEY_REAL, .offset = AT(real), .fallback = "2.5", .min = 0,
	  .max = 1e9 },
	{ .name = "yes", .type = KEY_BOOL, .offset = AT(yes), .fallback = "true" },
	{ .name = "span", .type = KEY_SPAN, .offset = AT(span), .fallback = "5s", .min = 100e3,
	  .max = 86400e6 },
	{ .name = "size", .type = KEY_SIZE, .offset = AT(size), .fallback = "64KiB",
	  .min = 1024, .max = 1e9 },
	{ .name = "strings", .type = KEY_STRINGS, .offset = AT(strings), .fallback = "" },
	{ .name = "choice", .type = KEY_CHOICE, .offset = AT(choice), .fallback = "odd",
	  .names = choices },
	{ .name = "group", .type = KEY_GROUP, .offset = AT(group), .fallback = "{}",
	  .sub = group_keys },
	{ .name = "left", .type = KEY_GROUP, .offset = AT(left), .fallback = "",
	  .sub = group_keys },
	{ .name = "items", .type = KEY_ITEMS, .offset = AT(items), .fallback = "",
	  .sub = item_keys, .size = sizeof(struct item),
	  .line = offsetof(struct item, place) + 1 },
	{ .name = "node", .type = KEY_NODE, .offset = AT(node), .fallback = "" },
	{ .name = NULL }
};

static unsigned char memory[1 << 20] __attribute__((aligned(16)));
static struct err room[ERRS_MAX];
static struct arena arena;
static struct errs errs;
static struct tree *tree;

static struct tree *
parse(const char *text)
{
	tree_close(tree);
	memset(memory, 0, sizeof(memory));
	memset(room, 0, sizeof(room));
	arena = (struct arena){ .at = memory, .cap = sizeof(memory) };
	errs = (struct errs){ .at = room };
	tree = tree_parse(text, "t.conf", &arena, &errs);
	if (tree == NULL)
		fprintf(stderr, "%s: %s\n", text, room[0].text);
	CHECK(tree != NULL);
	return tree;
}

static int
load(const char *text, struct all *all)
{
	memset(all, 0, sizeof(*all));
	return key_load(tree_root(parse(text)), keys, all, &arena, &errs);
}

static void
check_defaults(const struct all *all)
{
	CHECK(strcmp(all->string, "as it is") == 0 && strcmp(all->name, "a/b-c_9") == 0);
	CHECK(strcmp(all->spare, "") == 0 && strcmp(all->secret, "") == 0);
	CHECK(all->whole == 3 && all->free == 0 && all->real == 2.5 && all->yes);
	CHECK(all->span == 5000000 && all->size == 65536 && all->choice == 2);
	CHECK(all->strings.n == 0 && all->items.n == 0 && all->node == NULL);
	CHECK(all->group.a == 7 && all->group.b == -8);
	/* a group that may be absent, and is */
	CHECK(all->left.a == 0 && all->left.b == 0);
}

static void
what_is_not_written_has_its_fallback(void)
{
	struct all all;

	CHECK(load("", &all) == 0 && errs.n == 0);
	check_defaults(&all);
	memset(&all, 0, sizeof(all));
	CHECK(key_defaults(keys, &all, &arena, &errs) == 0);
	check_defaults(&all);
}

static void
what_is_written_arrives(void)
{
	const struct item *items;
	struct all all;

	CHECK(load("string = \"\"; spare = \"é\"; name = \"x\"; secret = \"@/etc/key\";\n"
	    "whole = -5; free = 9000000000L; real = 4; yes = false; span = \"1d\";\n"
	    "size = 2048; strings = (\"one\", \"two\"); choice = \"none\";\n"
	    "group = { b = 1; }; left = { }; node = (1, 2);\n"
	    "items = ( { name = \"p\"; n = 1; },\n { name = \"q\"; } );", &all) == 0);
	CHECK(errs.n == 0);
	CHECK(strcmp(all.string, "") == 0 && strcmp(all.spare, "é") == 0);
	CHECK(strcmp(all.name, "x") == 0 && strcmp(all.secret, "@/etc/key") == 0);
	CHECK(all.whole == -5 && all.free == 9000000000 && all.real == 4 && !all.yes);
	CHECK(all.span == 86400000000 && all.size == 2048 && all.choice == 0);
	CHECK(all.strings.n == 2 && strcmp(all.strings.at[1], "two") == 0);
	CHECK(all.group.a == 7 && all.group.b == 1 && all.left.a == 7);
	CHECK(all.node != NULL && node_len(all.node) == 2);
	items = all.items.at;
	CHECK(all.items.n == 2 && strcmp(items[0].name, "p") == 0 && items[0].n == 1);
	CHECK(items[1].n == 16 && items[0].place.line == 5 && items[1].place.line == 6);
	CHECK(strcmp(items[1].place.file, "t.conf") == 0);
	CHECK(load("secret = \"cred:token\"; strings = [\"a\"];", &all) == 0);
	CHECK(all.strings.n == 1);
}

static void
each_fault_says_what_is_wanted(void)
{
	static const struct {
		const char *text, *says;
	} rows[] = {
		{ "strng = \"x\";", "no such setting \"strng\"; did you mean \"string\"?" },
		{ "quality = 1;", "no such setting \"quality\"" },
		{ "Whole = 1;", "no such setting \"Whole\"; did you mean \"whole\"?" },
		{ "string = 1;", "string: wants a text in quotes" },
		{ "name = 1;", "name: wants a name in quotes" },
		{ "name = \"\";", "name: \"\" is no name: 1 to 63 of a-z 0-9 _ / -" },
		{ "name = \"Kitchen\";", "name: \"Kitchen\" is no name" },
		{ "name = \"厨房\";", "name: \"厨房\" is no name" },
		{ "name = \"a.b\";", "name: \"a.b\" is no name" },
		{ "secret = \"hunter2\";", "secret: a secret does not stand here in clear" },
		{ "secret = \"cred:\";", "a secret does not stand here in clear" },
		{ "secret = \"cred:a/b\";", "a secret does not stand here in clear" },
		{ "secret = 5;", "secret: wants \"@/path\" or \"cred:name\", in quotes" },
		{ "whole = 6;", "whole: 6 is not between -5 and 5" },
		{ "whole = -6;", "whole: -6 is not between -5 and 5" },
		{ "whole = 1.5;", "whole: wants a whole number, without quotes" },
		{ "whole = \"1\";", "whole: wants a whole number, without quotes" },
		{ "real = -0.5;", "real: -0.5 is not between 0 and 1000000000" },
		{ "real = \"1\";", "real: wants a number, without quotes" },
		{ "real = 1e999;", "real: too large a number" },
		{ "yes = \"true\";", "yes: wants true or false, without quotes" },
		{ "yes = 1;", "yes: wants true or false, without quotes" },
		{ "span = 5;", "span: wants a span of time in quotes, such as \"5s\"" },
		{ "span = \"5\";", "span: \"5\" is no span of time such as \"50ms\", \"5s\"" },
		{ "span = \"5 s\";", "span: \"5 s\" is no span of time" },
		{ "span = \"99ms\";", "span: 99ms is not between 100ms and 1d" },
		{ "whole = 9223372036854775807L;",
		  "whole: 9223372036854775807 is not between -5 and 5" },
		{ "span = \"9223372036854775807us\";",
		  "span: 9223372036854775807us is not between 100ms and 1d" },
		{ "size = \"9223372036854775807\";",
		  "size: 9223372036854775807B is not between 1KiB and 1GB" },
		{ "span = \"25h\";", "span: 25h is not between 100ms and 1d" },
		{ "size = \"512 MB\";", "size: \"512 MB\" is no size such as \"64KiB\", \"512MB\"" },
		{ "size = \"1GiB\";", "size: 1GiB is not between 1KiB and 1GB" },
		{ "size = true;", "size: wants a size, such as \"512MB\"" },
		{ "strings = \"one\";", "strings: wants a list of texts: (\"one\", \"two\")" },
		{ "strings = (\"one\", 2);", "strings: holds something that is no text" },
		{ "choice = \"evn\";",
		  "choice: \"evn\" is none of none, even, odd; did you mean \"even\"?" },
		{ "choice = \"mark\";", "choice: \"mark\" is none of none, even, odd" },
		{ "choice = 1;", "choice: wants one of none, even, odd, in quotes" },
		{ "group = 1;", "group: wants a group of settings: { ... }" },
		{ "group = { c = 1; };", "no such setting \"c\"" },
		{ "items = { name = \"a\"; };", "items: wants a list of groups: ( { ... }" },
		{ "items = (1);", "items: wants groups of settings: ( { ... }, { ... } )" },
		{ "items = ({ n = 1; });", "\"name\" must be given" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct all all;
		char text[200];
		bool good;

		snprintf(text, sizeof(text), "\n%s", rows[i].text);
		CHECK(load(text, &all) == -1);
		good = errs.n == 1 && strncmp(room[0].text, rows[i].says, strlen(rows[i].says)) ==
		    0 && room[0].line == 2 && strcmp(room[0].file, "t.conf") == 0;
		if (!good && strstr(room[0].text, rows[i].says) != NULL)
			good = errs.n == 1 && room[0].line == 2;
		if (!good)
			fprintf(stderr, "row %zu: %zu: %d: %s\n", i, errs.n, room[0].line,
			    room[0].text);
		CHECK(good);
		/* a secret in clear is not spread any further */
		CHECK(strstr(room[0].text, "hunter2") == NULL);
	}
}

static void
a_name_has_63_bytes_at_most(void)
{
	struct all all;
	char text[100];

	snprintf(text, sizeof(text), "name = \"%063d\";", 0);
	CHECK(load(text, &all) == 0 && strlen(all.name) == 63);
	snprintf(text, sizeof(text), "name = \"%064d\";", 0);
	CHECK(load(text, &all) == -1 && errs.n == 1);
}

static void
all_faults_come_in_one_run(void)
{
	struct all all;

	CHECK(load("whole = 9;\nspan = 1;\nnobody = 1;\n"
	    "items = (\n{ name = \"P\"; n = \"x\"; },\n{ m = 1; } );", &all) == -1);
	CHECK(errs.n == 7);
	for (size_t i = 0, seen = 0; i < errs.n; i++) {
		CHECK((seen & 1UL << room[i].line) == 0 || room[i].line >= 5);
		seen |= 1UL << room[i].line;
	}
}

static void
two_tables_share_a_group(void)
{
	static const struct key common[] = {
		{ .name = "name", .type = KEY_NAME, .offset = 0 },
		{ .name = NULL }
	};
	const char *name = NULL;
	struct { int64_t a, b; } own = { 0, 0 };

	CHECK(key_load2(tree_root(parse("name = \"n\"; b = 2;")), common, &name, group_keys,
	    &own, &arena, &errs) == 0);
	CHECK(strcmp(name, "n") == 0 && own.a == 7 && own.b == 2);
	CHECK(key_load2(tree_root(parse("nam = \"n\"; c = 2;")), common, &name, group_keys,
	    &own, &arena, &errs) == -1);
	CHECK(errs.n == 3);	/* both are unknown, and the name is missing */
	CHECK(key_load2(tree_root(parse("name = \"n\";")), common, &name, NULL, NULL, &arena,
	    &errs) == 0);
}

/* They are settings of the tables that they stand in, one inside another. */
static void
rows_are_shared_by_tables(void)
{
	struct pair { int64_t a, b; };
	struct outer { int64_t own; struct { struct pair pair; const char *secret; } shared; };
	static const struct key shared[] = {
		{ .name = "", .type = KEY_ROWS, .offset = 0, .sub = group_keys },
		{ .name = "secret", .type = KEY_SECRET, .offset = sizeof(struct pair),
		  .fallback = "" },
		{ .name = NULL }
	};
	static const struct key outer[] = {
		{ .name = "own", .type = KEY_INT, .offset = 0, .fallback = "1" },
		{ .name = "", .type = KEY_ROWS, .offset = offsetof(struct outer, shared),
		  .sub = shared },
		{ .name = NULL }
	};
	struct outer x = { .own = 0 }, y = { .own = 0 };

	CHECK(key_load(tree_root(parse("b = 2; secret = \"@/s\"; own = 3;")), outer, &x, &arena,
	    &errs) == 0);
	CHECK(x.own == 3 && x.shared.pair.a == 7 && x.shared.pair.b == 2);
	CHECK(strcmp(x.shared.secret, "@/s") == 0);
	y = x;
	CHECK(key_same(outer, &x, &y));
	y.shared.pair.b = 4;
	CHECK(!key_same(outer, &x, &y));
	CHECK(key_load(tree_root(parse("secre = \"@/s\";")), outer, &x, &arena, &errs) == -1);
	CHECK(errs.n == 1 && strstr(room[0].text, "did you mean \"secret\"?") != NULL);
}

static void
a_full_arena_is_an_error_not_a_crash(void)
{
	struct tree *t = parse("string = \"some text\"; strings = (\"one\", \"two\");"
	    "items = ({ name = \"a\"; }, { name = \"b\"; });");
	int failed = 0;

	for (size_t cap = 0; cap < 4096; cap += 16) {
		struct arena small = { .at = memory + arena.used, .cap = cap };
		struct all all = { .whole = 0 };

		errs.n = 0;
		if (key_load(tree_root(t), keys, &all, &small, &errs) == 0) {
			CHECK(errs.n == 0 && failed > 5 && all.items.n == 2);
			return;
		}
		CHECK(errs.n > 0);
		failed++;
	}
	CHECK(!"4 KiB are not enough for a few settings");
}

/* What one setting differs by is seen, whatever its type; where it stands is
 * not looked at. */
static void
what_says_the_same_is_the_same(void)
{
	static const char *const others[] = { "", "string = \"other\";", "spare = \"x\";",
	    "name = \"b\";", "secret = \"@/b\";", "whole = 1;", "free = 5000000000L;",
	    "real = 2.75;", "yes = false;", "span = \"6s\";", "size = \"65KiB\";",
	    "strings = (\"one\", \"two\");", "strings = (\"one\");", "choice = \"even\";",
	    "group = { a = 8; };", "items = ( { name = \"a\"; } );",
	    "items = ( { name = \"a\"; n = 3; } );", "items = ( { name = \"b\"; } );" };
	const size_t n = sizeof(others) / sizeof(others[0]);

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < n; k++) {
			static unsigned char more[8192] __attribute__((aligned(16)));
			struct arena second = { .at = more, .cap = sizeof(more) };
			struct all a = { .whole = 0 }, b = { .whole = 0 };
			char moved[200];

			snprintf(moved, sizeof(moved), "\n\n%s", others[k]);
			memset(more, 0, sizeof(more));
			CHECK(key_load(tree_root(parse(moved)), keys, &b, &second, &errs) == 0);
			CHECK(key_load(tree_root(parse(others[i])), keys, &a, &arena,
			    &errs) == 0);
			CHECK(key_same(keys, &a, &b) == (i == k));
		}
}

/* All of it: texts, lists, what stands in groups, items and shared rows. */
static void
a_copy_outlives_what_it_was_made_of(void)
{
	struct outer { struct { struct all all; } far; };
	static const struct key inner_keys[] = {
		{ .name = "", .type = KEY_ROWS, .offset = 0, .sub = keys }, { .name = NULL }
	};
	static const struct key outer_keys[] = {
		{ .name = "", .type = KEY_ROWS, .offset = offsetof(struct outer, far),
		  .sub = inner_keys }, { .name = NULL }
	};
	static const char text[] = "string = \"s\"; secret = \"@/b\"; strings = (\"one\", "
	    "\"two\"); items = ( { name = \"a\"; n = 3; } );";
	static unsigned char first[8192] __attribute__((aligned(16))), second[8192]
	    __attribute__((aligned(16)));
	struct arena from = { .at = first, .cap = sizeof(first) };
	struct arena to = { .at = second, .cap = sizeof(second) };
	struct outer a = { .far.all.whole = 0 }, b = { .far.all.whole = 0 }, c;

	CHECK(key_load(tree_root(parse(text)), outer_keys, &a, &from, &errs) == 0);
	CHECK(key_copy(outer_keys, &c, &a, sizeof(a), &to) == 0);
	memset(first, 0, sizeof(first));
	memset(&a, 0, sizeof(a));
	CHECK(key_load(tree_root(parse(text)), outer_keys, &b, &arena, &errs) == 0);
	CHECK(strcmp(c.far.all.string, "s") == 0 && key_same(outer_keys, &b, &c));
}

int
main(void)
{
	RUN(what_is_not_written_has_its_fallback);
	RUN(what_is_written_arrives);
	RUN(each_fault_says_what_is_wanted);
	RUN(a_name_has_63_bytes_at_most);
	RUN(all_faults_come_in_one_run);
	RUN(two_tables_share_a_group);
	RUN(what_says_the_same_is_the_same);
	RUN(a_copy_outlives_what_it_was_made_of);
	RUN(rows_are_shared_by_tables);
	RUN(a_full_arena_is_an_error_not_a_crash);
	tree_close(tree);
	return 0;
}
