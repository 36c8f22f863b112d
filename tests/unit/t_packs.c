#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../devices/judge.h"
#include "../../gateway/words/stories.h"
#include "../../rules/fit.h"
#include "../../rules/pack.h"
#include "../check.h"

#define S	1000000LL
#define DEVICES	16
#define POINTS	8

/* One site of everything, s; of kitchens, cylinders and boxes also poor ones, which
 * have not all. */
static const struct { const char *device, *point, *unit; } catalogue[] = {
	{ "s/fume", "fume", "mg/m3" }, { "s/fume", "pm", "mg/m3" },
	{ "s/fume", "nmhc", "mg/m3" }, { "s/fume", "duct_temp", "degC" },
	{ "s/fan", "on", NULL }, { "s/purifier", "on", NULL }, { "s/purifier", "current", "A" },
	{ "s/air", "temp", "degC" },
	{ "b/fume", "fume", "mg/m3" }, { "b/fume", "pm", "mg/m3" }, { "b/fume", "nmhc", "mg/m3" },
	{ "s/lel", "concentration", "%LEL" }, { "s/lel", "fault", NULL },
	{ "s/o2", "o2", "%VOL" },
	{ "s/cyl", "pressure", "MPa" }, { "s/cyl", "body_temp", "degC" },
	{ "s/cyl", "net_weight", "kg" }, { "s/cyl", "tilt", NULL }, { "s/cyl", "motion", NULL },
	{ "t/cyl", "tilt", NULL }, { "m/cyl", "motion", NULL },
	{ "s/w", "do", "mg/L" }, { "s/w", "nh4n", "mg/L" }, { "s/w", "ph", "pH" },
	{ "s/w", "turbidity", "NTU" }, { "s/w", "level", "m" }, { "s/w", "rain_total", "mm" },
	{ "s/w", "flow", "m3/h" },
	{ "s/box", "battery_voltage", "V" }, { "s/box", "mains", NULL }, { "s/box", "door", NULL },
	{ "s/box", "key", NULL },
	{ "k/box", "mains_lost", NULL }, { "k/box", "door", NULL },
};

/* Numbers that a user gives. */
#define GIVEN	"constants = { limit = { cylinder_pressure = 1.8; level_warn = 3.5; " \
	"level_guarantee = 4.5; level_step = 0.2; rain_step = 16; turbidity = 20; }; " \
	"fill = { mass = 14.9; }; baseline = { purifier = 2.0; night_flow = 1.5; }; };"

static const struct raw number_raw;
static struct point points[DEVICES][POINTS];
static struct profile profiles[DEVICES];
static struct tap taps[DEVICES][POINTS];
static struct memory memories[DEVICES][POINTS];
static struct device devices[DEVICES];
static size_t ndevices;

static unsigned char memory[4 << 20] __attribute__((aligned(16)));
static struct arena arena;
static struct err room[ERRS_MAX];
static struct errs errs = { .at = room };

static size_t
device_of(const char *name)
{
	size_t i = 0;

	while (i < ndevices && strcmp(devices[i].conf.name, name) != 0)
		i++;
	return i;
}

static void
build_site(int period)
{
	ndevices = 0;
	memset(profiles, 0, sizeof(profiles));
	for (size_t k = 0; k < sizeof(catalogue) / sizeof(catalogue[0]); k++) {
		size_t i = device_of(catalogue[k].device), p;

		CHECK(i < DEVICES);
		if (i == ndevices)
			devices[ndevices++] = (struct device){ .conf = { .zh = "", .en = "",
			    .name = catalogue[k].device, .period = period * S,
			    .enabled = true }, .profile = &profiles[i], .taps = taps[i],
			    .memory = memories[i] };
		p = profiles[i].npoints++;
		CHECK(p < POINTS);
		profiles[i].name = "x";
		profiles[i].points = points[i];
		points[i][p] = (struct point){ .name = catalogue[k].point, .raw = &number_raw,
		    .decimals = 2, .unit = catalogue[k].unit != NULL ?
		    unit_find(catalogue[k].unit) : NULL };
		CHECK(catalogue[k].unit == NULL || points[i][p].unit != NULL);
		taps[i][p] = (struct tap){ .series = (uint32_t)(1 + i * POINTS + p) };
	}
}

static void
print_errs(void)
{
	for (size_t i = 0; i < errs.n && i < ERRS_MAX; i++)
		fprintf(stderr, "%s:%d: %s\n", room[i].file, room[i].line, room[i].text);
}

/* All rules of a pack, compiled with the numbers of a standard. */
static struct pack *
read_pack(const char *name, const char *standard, struct pack_use *use)
{
	static const struct constants none = { NULL, 0 };
	char path[80], text[800];
	struct constants constants;
	struct tree *tree, *wanted;
	struct pack *pack;

	arena = (struct arena){ .at = memory, .cap = sizeof(memory) };
	errs.n = 0;
	snprintf(path, sizeof(path), "rules/packs/%s.conf", name);
	snprintf(text, sizeof(text), "name = \"%s\"; standard = \"%s\"; on = \"*\"; %s", name,
	    standard, GIVEN);
	tree = tree_read(path, &arena, &errs);
	wanted = tree_parse(text, "use", &arena, &errs);
	CHECK(tree != NULL && wanted != NULL);
	*use = (struct pack_use){ .name = NULL };
	CHECK(key_load(tree_root(wanted), pack_use_keys, use, &arena, &errs) == 0);
	pack = pack_read(tree, &arena, &errs);
	print_errs();
	CHECK(pack != NULL && strcmp(pack->name, name) == 0);
	CHECK(pack_constants(pack, use, &none, &constants, &arena, &errs) == 0);
	for (size_t i = 0; i < pack->rules.n; i++)
		rule_compile((struct rule_conf *)pack->rules.at + i, &constants, &arena, &errs);
	print_errs();
	CHECK(errs.n == 0);
	tree_close(wanted);
	tree_close(tree);
	return pack;
}

/* The first of that name that fits. */
static struct rule_conf *
find_rule(struct pack *pack, const char *name, const struct device *d,
    const struct census *census)
{
	struct rule_conf *rules = pack->rules.at;

	for (size_t i = 0; i < pack->rules.n; i++)
		if (strcmp(rules[i].name, name) == 0 &&
		    rule_fit(&rules[i], d, census, false, &errs) == BIND_FITS)
			return &rules[i];
	print_errs();
	return NULL;
}

#define FUME	"fume", "GB 18483-2001"
#define BEIJING	"fume", "DB11/1488-2018"

/* Those of one pack; what is wrong with them was shown. */
static struct stories *
read_stories(const char *pack)
{
	char path[80];
	struct stories *s;

	snprintf(path, sizeof(path), "rules/stories/%s.conf", pack);
	errs.n = 0;
	s = stories_read(path, &errs);
	print_errs();
	CHECK(s != NULL && stories_have_site(s) && stories_count(s) > 0);
	return s;
}

/* A rule without a story is one that nobody has seen at work. */
static bool
has_story(const struct stories *s, const char *rule)
{
	for (size_t i = 0; i < stories_count(s); i++) {
		const struct story *story = stories_at(s, i);
		const struct story_expect *e = story->expect.at;

		for (size_t k = 0; k < story->expect.n; k++)
			if (strcmp(e[k].alarm, rule) == 0 && e[k].course.n > 0)
				return true;
	}
	return false;
}

static void
check_pack(const char *name)
{
	struct pack_use use;
	const struct pack *pack = read_pack(name, "", &use);
	const struct rule_conf *rules = pack->rules.at;
	struct stories *s = read_stories(name);

	for (size_t i = 0; i < pack->rules.n; i++) {
		if (!has_story(s, rules[i].name))
			fprintf(stderr, "%s has no story\n", rules[i].name);
		CHECK(has_story(s, rules[i].name));
		CHECK(rules[i].zh[0] != '\0' && rules[i].en[0] != '\0');
		CHECK(strstr(rules[i].zh, "超标") == NULL);
	}
	CHECK(!has_story(s, "fume-nobody-knows"));
	stories_free(s);
}

static void
tell_all(const char *name)
{
	struct stories *s = read_stories(name);
	int rc = 0;

	for (size_t i = 0; i < stories_count(s); i++) {
		errs.n = 0;
		rc |= stories_tell(s, i, NULL, &errs);
		print_errs();
	}
	CHECK(rc == 0);
	stories_free(s);
}

static void
each_pack(void (*check)(const char *name))
{
	glob_t found;

	CHECK(glob("rules/packs/*.conf", 0, NULL, &found) == 0 && found.gl_pathc >= 4);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		char name[64];

		snprintf(name, sizeof(name), "%s", strrchr(found.gl_pathv[i], '/') + 1);
		*strrchr(name, '.') = '\0';
		check(name);
	}
	globfree(&found);
}

static void
every_story_holds(void)
{
	each_pack(tell_all);
}

static void
every_rule_of_every_pack_has_a_story(void)
{
	each_pack(check_pack);
}

/* What the standard names no limit for is off. */
static void
a_limit_that_the_standard_has_not_is_no_limit(void)
{
	struct census census = { .n = 0 };
	struct pack_use use;
	struct pack *pack;
	const struct device *d;

	build_site(10);
	d = &devices[device_of("b/fume")];
	pack = read_pack(FUME, &use);
	CHECK(census_take(&census, devices, ndevices, &arena) == 0);
	CHECK(find_rule(pack, "fume-pm-over", d, &census) == NULL);
	CHECK(find_rule(pack, "fume-nmhc-over", d, &census) == NULL);
	CHECK(find_rule(pack, "fume-over", d, &census) != NULL);
	pack = read_pack("fume", "", &use);
	CHECK(census_take(&census, devices, ndevices, &arena) == 0);
	CHECK(find_rule(pack, "fume-over", d, &census) == NULL);
	CHECK(errs.n == 0);
}

static void
unknown_names_are_told_with_the_nearest(void)
{
	static const struct constants none = { NULL, 0 };
	const char *off[] = { "fume-over", "fume-naer" };
	struct constants constants;
	struct pack_use use;
	struct pack *pack = read_pack(BEIJING, &use);

	use.constants = NULL;
	use.standard = "DB11/1488-2019";
	use.off = (struct strings){ off, 2 };
	CHECK(pack_constants(pack, &use, &none, &constants, &arena, &errs) == -1);
	CHECK(errs.n == 1 && strstr(room[0].text, "did you mean \"DB11/1488-2018\"") != NULL);
	CHECK(pack_check_off(pack, &use, &arena, &errs) == -1 && errs.n == 2);
	CHECK(strstr(room[1].text, "did you mean \"fume-near\"") != NULL);
	CHECK(pack_is_off(&use, "fume-over") && !pack_is_off(&use, "fume-near"));
}

int
main(void)
{
	RUN(every_story_holds);
	RUN(every_rule_of_every_pack_has_a_story);
	RUN(a_limit_that_the_standard_has_not_is_no_limit);
	RUN(unknown_names_are_told_with_the_nearest);
	return 0;
}
