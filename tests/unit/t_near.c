#include <string.h>

#include "../../conf/key.h"
#include "../check.h"

static const char *const names[] = {
	"period", "phase", "profile", "disable", "unit", "u16", "u32", "s16", "f32", "a", ""
};

#define NAMES	(sizeof(names) / sizeof(names[0]))

static void
slips_of_the_hand_are_understood(void)
{
	static const char *const rows[][2] = {
		{ "period", "period" }, { "perod", "period" }, { "peroid", "period" },
		{ "periods", "period" }, { "PERIOD", "period" }, { "pharse", "phase" },
		{ "profil", "profile" }, { "prolife", "profile" }, { "unti", "unit" },
		{ "u17", "u16" }, { "f23", "f32" }, { "disabel", "disable" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *near = near_name(rows[i][0], names, NAMES);

		if (near == NULL || strcmp(near, rows[i][1]) != 0)
			fprintf(stderr, "%s: %s\n", rows[i][0], near != NULL ? near : "none");
		CHECK(near != NULL && strcmp(near, rows[i][1]) == 0);
	}
}

/* A guess that is no guess would send people the wrong way. */
static void
another_word_has_no_near_one(void)
{
	static const char *const rows[] = { "host", "temperature", "xyz", "b", "", "q",
	    "a-word-that-is-longer-than-any-name-may-be-and-that-goes-on-and-on-and-on" };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		CHECK(near_name(rows[i], names, NAMES) == NULL);
	CHECK(near_name("period", names, 0) == NULL);
}

static void
the_nearest_wins_and_of_equals_the_first(void)
{
	static const char *const near[] = { "abcdef", "abcdxf", "abcdxy" };

	CHECK(near_name("abcdxy", near, 3) == near[2]);
	CHECK(near_name("abcdxz", near, 3) == near[1]);
	CHECK(near_name("abcdzf", near, 3) == near[0]);
}

static void
names_may_come_one_by_one(void)
{
	struct near near = near_to("perod");

	near_try(&near, "phase");
	CHECK(near.best == NULL);
	near_try(&near, "periods");
	near_try(&near, "a-name-that-is-longer-than-any-may-be-and-that-goes-on-and-on-and-on");
	near_try(&near, "");
	near_try(&near, "period");
	near_try(&near, "peroid");
	CHECK(near.best != NULL && strcmp(near.best, "period") == 0 && near.limit == 1);
	near_try(&near, "perod");
	CHECK(strcmp(near.best, "perod") == 0 && near.limit == 0);
}

int
main(void)
{
	RUN(slips_of_the_hand_are_understood);
	RUN(another_word_has_no_near_one);
	RUN(the_nearest_wins_and_of_equals_the_first);
	RUN(names_may_come_one_by_one);
	return 0;
}
