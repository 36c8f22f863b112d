#include <string.h>

#include "../../gateway/config/config.h"
#include "../check.h"

static const char *const names[] = {
	"pump", "kitchen/fume", "kitchen/nh3", "cellar/fume", "cellar/so2", "cellar/hcl",
};

#define NAMES	(sizeof(names) / sizeof(names[0]))

static struct device devices[NAMES];
static struct link_conf links[] = { { .name = "plc" }, { .name = "line" } };
static struct config site = { .devices = devices, .ndevices = NAMES, .links = links,
	.nlinks = 2 };

static void
what_is_there_is_found(void)
{
	CHECK(config_device(&site, "cellar/fume") == &devices[3]);
	CHECK(config_device(&site, "fume") == NULL && config_device(&site, "") == NULL);
	CHECK(config_link(&site, "line") == &links[1] && config_link(&site, "lin") == NULL);
}

static bool
near(const char *word, const char *want)
{
	const char *is = config_near_device(&site, word);

	if (is == NULL ? want != NULL : want == NULL || strcmp(is, want) != 0)
		fprintf(stderr, "%s: %s\n", word, is != NULL ? is : "none");
	return is == NULL ? want == NULL : want != NULL && strcmp(is, want) == 0;
}

static void
the_nearest_device_is_of_the_same_site_or_called_the_same(void)
{
	CHECK(near("pmup", "pump"));
	CHECK(near("kitchen/fmue", "kitchen/fume"));
	CHECK(near("cellar/fume2", "cellar/fume"));
	CHECK(near("celler/so2", "cellar/so2"));
	CHECK(near("so2", "cellar/so2"));
	CHECK(near("fume", "kitchen/fume"));		/* the first of two */
	CHECK(near("celar/fume", "cellar/fume"));
	CHECK(near("kitchn/fume", "kitchen/fume"));
}

static void
a_scope_is_a_site_or_a_device(void)
{
	const struct { const char *word, *want; } rows[] = {
		{ "kitchn", "kitchen" }, { "celler", "cellar" }, { "pmup", "pump" },
		{ "kitchen/fmue", "kitchen/fume" }, { "so2", "cellar/so2" },
		{ "harbour", NULL }, { "", NULL },
	};
	char room[NAME_MAX_BYTES];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *is = config_near_scope(&site, rows[i].word, room);

		CHECK(is == NULL ? rows[i].want == NULL :
		    rows[i].want != NULL && strcmp(is, rows[i].want) == 0);
	}
}

static void
what_only_shares_the_site_is_not_near(void)
{
	CHECK(near("kitchen/so2", NULL));
	CHECK(near("cellar/level", NULL));
	CHECK(near("attic/fume", NULL));
	CHECK(near("kitchen/", NULL));
	CHECK(near("/", NULL));
	CHECK(near("", NULL));
	CHECK(config_near_device(&(struct config){ .ndevices = 0 }, "pump") == NULL);
}

static void
the_nearest_link(void)
{
	CHECK(config_near_link(&site, "lien") == links[1].name);
	CHECK(config_near_link(&site, "bus") == NULL);
}

int
main(void)
{
	for (size_t i = 0; i < NAMES; i++)
		devices[i].conf.name = names[i];
	RUN(what_is_there_is_found);
	RUN(the_nearest_device_is_of_the_same_site_or_called_the_same);
	RUN(a_scope_is_a_site_or_a_device);
	RUN(what_only_shares_the_site_is_not_near);
	RUN(the_nearest_link);
	return 0;
}
