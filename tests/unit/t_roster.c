#include <string.h>

#include "../../gateway/roster.h"
#include "../check.h"

/* The names of all who stand, the newest first. */
static const char *
standing(const struct roster *r)
{
	static char text[64];

	text[0] = '\0';
	for (const struct member *m = r->first; m != NULL; m = m->next)
		strncat(text, m->name, sizeof(text) - strlen(text) - 1);
	return text;
}

static void
who_is_wanted_stays_and_each_other_one_leaves_once(void)
{
	struct member members[4] = { { .name = "a" }, { .name = "b" }, { .name = "c" },
	    { .name = "d" } };
	struct roster r = { .first = NULL };
	char left[8] = "";

	CHECK(roster_leaver(&r) == NULL && roster_find(&r, "a") == NULL);
	for (size_t i = 0; i < 4; i++)
		roster_add(&r, &members[i]);
	CHECK(strcmp(standing(&r), "dcba") == 0 && r.n == 4);
	CHECK(roster_leaver(&r) == NULL);	/* a new one is wanted */
	CHECK(roster_find(&r, "c") == &members[2]);
	roster_begin(&r);
	roster_want(&r, "b");
	roster_want(&r, "d");
	roster_want(&r, "stranger");
	for (struct member *m; (m = roster_leaver(&r)) != NULL; )
		strcat(left, m->name);
	CHECK(strcmp(left, "ca") == 0);
	CHECK(strcmp(standing(&r), "db") == 0 && r.n == 2);
	CHECK(roster_find(&r, "c") == NULL);
	roster_begin(&r);
	while (roster_leaver(&r) != NULL)
		;
	CHECK(r.first == NULL && r.n == 0);
}

int
main(void)
{
	RUN(who_is_wanted_stays_and_each_other_one_leaves_once);
	return 0;
}
