#include <assert.h>
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "../../conf/key.h"
#include "../../conf/span.h"
#include "../../conf/utf8.h"

/* Any text is either refused with a fault that says where, or read into a
 * struct whose every member is within its bounds. */

#define ROOM	(1 << 21)

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);
const char *__lsan_default_suppressions(void);

/* libconfig 1.5 loses texts of a list that it refuses half-way. */
const char *
__lsan_default_suppressions(void)
{
	return "leak:libconfig.so";
}

struct item {
	struct place	 place;
	const char	*name;
	int64_t		 n;
};

struct all {
	const char	*s, *name, *secret;
	int64_t		 whole, span, size;
	double		 real;
	bool		 yes;
	int		 choice;
	struct strings	 strings;
	struct item	 group;
	struct items	 items;
};

static const char *const choices[] = { "none", "even", "odd", NULL };

static const struct key item_keys[] = {
	{ .name = "name", .type = KEY_NAME, .offset = offsetof(struct item, name) },
	{ .name = "n", .type = KEY_INT, .offset = offsetof(struct item, n), .fallback = "1" },
	{ .name = NULL }
};

#define AT(field)	offsetof(struct all, field)

static const struct key keys[] = {
	{ .name = "s", .type = KEY_STRING, .offset = AT(s), .fallback = "" },
	{ .name = "name", .type = KEY_NAME, .offset = AT(name), .fallback = "" },
	{ .name = "secret", .type = KEY_SECRET, .offset = AT(secret), .fallback = "" },
	{ .name = "whole", .type = KEY_INT, .offset = AT(whole), .fallback = "1", .min = -9,
	  .max = 5e9 },
	{ .name = "span", .type = KEY_SPAN, .offset = AT(span), .fallback = "5s", .min = 1,
	  .max = 86400e6 },
	{ .name = "size", .type = KEY_SIZE, .offset = AT(size), .fallback = "1MB", .min = 1,
	  .max = 1e12 },
	{ .name = "real", .type = KEY_REAL, .offset = AT(real), .fallback = "1" },
	{ .name = "yes", .type = KEY_BOOL, .offset = AT(yes), .fallback = "true" },
	{ .name = "choice", .type = KEY_CHOICE, .offset = AT(choice), .fallback = "odd",
	  .names = choices },
	{ .name = "strings", .type = KEY_STRINGS, .offset = AT(strings), .fallback = "" },
	{ .name = "group", .type = KEY_GROUP, .offset = AT(group), .fallback = "",
	  .sub = item_keys },
	{ .name = "items", .type = KEY_ITEMS, .offset = AT(items), .fallback = "",
	  .sub = item_keys, .size = sizeof(struct item),
	  .line = offsetof(struct item, place) + 1 },
	{ .name = NULL }
};

static void
check_text(const char *s)
{
	assert(utf8_span(s, strlen(s)) == strlen(s));
}

static void
check(const struct all *all, int lines)
{
	const struct item *items = all->items.at;
	char buf[32];
	int64_t back;

	check_text(all->s);
	assert(strlen(all->name) <= 63);
	assert(all->secret[0] == '\0' || all->secret[0] == '@' || all->secret[0] == 'c');
	assert(all->whole >= -9 && all->whole <= 5000000000);
	assert(all->span >= 1 && all->span <= 86400000000);
	assert(span_parse(span_write(all->span, buf, sizeof(buf)), &back) == 0);
	assert(back == all->span);
	assert(all->size >= 1 && all->size <= 1000000000000);
	assert(isfinite(all->real) && all->choice >= 0 && all->choice <= 2);
	for (size_t i = 0; i < all->strings.n; i++)
		check_text(all->strings.at[i]);
	for (size_t i = 0; i < all->items.n; i++) {
		assert(strlen(items[i].name) >= 1);
		assert(items[i].place.line >= 1 && items[i].place.line <= lines);
	}
}

static int
count_lines(const char *s)
{
	int lines = 1;

	for (; *s != '\0'; s++)
		lines += *s == '\n';
	return lines;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static unsigned char memory[ROOM] __attribute__((aligned(16)));
	static struct err room[ERRS_MAX];
	struct arena arena = { .at = memory, .cap = sizeof(memory) };
	struct errs errs = { .at = room };
	struct all all = { .whole = 0 };
	char *text = malloc(n + 1);
	struct tree *tree;
	bool sound;
	int rc = -1;

	memcpy(text, data, n);
	text[n] = '\0';
	tree = tree_parse(text, "x.conf", &arena, &errs);
	assert(tree != NULL || errs.n > 0);
	sound = errs.n == 0;
	if (tree != NULL)
		rc = key_load(tree_root(tree), keys, &all, &arena, &errs);
	sound = sound && rc == 0;
	assert(sound == (errs.n == 0));
	for (size_t i = 0; i < errs.n && i < ERRS_MAX; i++) {
		assert(room[i].line <= count_lines(text) || strcmp(room[i].file, "x.conf") != 0);
		check_text(room[i].text);
	}
	if (sound && tree_file(tree, 1) == NULL)
		check(&all, count_lines(text));
	tree_close(tree);
	free(text);
	return 0;
}
