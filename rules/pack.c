#include <stddef.h>
#include <string.h>

#include "../conf/languages.h"
#include "pack.h"

#define AT(field)	offsetof(struct pack, field)
#define STANDARD(field)	offsetof(struct pack_standard, field)
#define USE(field)	offsetof(struct pack_use, field)

LANGUAGES(struct pack);

static const struct key standard_keys[] = {
	{ .name = "name", .type = KEY_STRING, .offset = STANDARD(name),
	  .example = "\"DB11/1488-2018\"",
	  .help = "Its number and year." },
	{ .name = "constants", .type = KEY_NODE, .offset = STANDARD(constants),
	  .fallback = "", .example = "{ limit = { fume = 1.0; }; }",
	  .help = "The numbers that it sets." },
	{ .name = NULL }
};

const struct key pack_keys[] = {
	{ .name = "name", .type = KEY_NAME, .offset = AT(name), .example = "\"fume\"",
	  .help = "Its name, that of the file." },
	{ .name = "label", .type = KEY_GROUP, .offset = AT(zh), .fallback = "",
	  .sub = languages_keys, .example = "{ en = \"cooking fume\"; }",
	  .help = "What it is for." },
	{ .name = "period", .type = KEY_SPAN, .offset = AT(period), .fallback = "0s",
	  .min = 0, .max = 86400e6,
	  .help = "Devices that its rules of class life watch are asked this often at "
	  "least." },
	{ .name = "constants", .type = KEY_NODE, .offset = AT(constants), .fallback = "",
	  .example = "{ limit = { o2 = 19.5; }; }",
	  .help = "Numbers that hold whatever the standard." },
	{ .name = "standards", .type = KEY_ITEMS, .offset = AT(standards), .fallback = "",
	  .sub = standard_keys, .size = sizeof(struct pack_standard),
	  .line = STANDARD(place) + 1,
	  .example = "( { name = \"DB11/1488-2018\"; ... } )",
	  .help = "Standards that may be chosen." },
	{ .name = "derived", .type = KEY_ITEMS, .offset = AT(derived), .fallback = "",
	  .sub = derived_keys, .size = sizeof(struct derived_conf),
	  .line = offsetof(struct derived_conf, place) + 1,
	  .example = "( { name = \"fume_ref\"; ... } )",
	  .help = "Points that are reckoned from others, on devices that have all of those; of "
	  "several of one name the first that fits a device is that of it." },
	{ .name = "rules", .type = KEY_ITEMS, .offset = AT(rules), .fallback = "",
	  .sub = rule_keys, .size = sizeof(struct rule_conf),
	  .line = offsetof(struct rule_conf, place) + 1,
	  .example = "( { name = \"fume-over\"; ... } )",
	  .help = "Its rules; of several of one name the first that fits a device is that "
	  "of it." },
	{ .name = NULL }
};

const struct key pack_use_keys[] = {
	{ .name = "name", .type = KEY_NAME, .offset = USE(name), .example = "\"fume\"",
	  .help = "The pack: fume, gas, water, system, or one of your own." },
	{ .name = "standard", .type = KEY_STRING, .offset = USE(standard), .fallback = "",
	  .example = "\"DB11/1488-2018\"",
	  .help = "Whose limits hold; rules that it names no limit for are off." },
	{ .name = "on", .type = KEY_STRING, .offset = USE(on),
	  .example = "\"*/fume\"",
	  .help = "The devices that its rules watch, as far as these have the points." },
	{ .name = "off", .type = KEY_STRINGS, .offset = USE(off), .fallback = "",
	  .example = "(\"fume-near\")",
	  .help = "Rules and derived points of it that are left out." },
	{ .name = "constants", .type = KEY_NODE, .offset = USE(constants), .fallback = "",
	  .example = "{ limit = { fume = 0.8; }; }",
	  .help = "Numbers that go before those of the standard; those of a device go before "
	  "these." },
	{ .name = NULL }
};

struct pack *
pack_read(const struct tree *tree, struct arena *arena, struct errs *errs)
{
	struct pack *pack = arena_alloc(arena, sizeof(*pack));

	if (pack == NULL) {
		err_add(errs, node_file(tree_root(tree)), 0, "no memory left for the pack");
		return NULL;
	}
	return key_load(tree_root(tree), pack_keys, pack, arena, errs) == 0 ? pack : NULL;
}

/* The one that begins most like it, for who left out the year; NULL: none does. */
static const char *
longest_same(const struct pack *pack, const char *word)
{
	const struct pack_standard *at = pack->standards.at;
	const char *best = NULL;
	size_t most = 2;

	for (size_t i = 0; i < pack->standards.n; i++) {
		size_t n = 0;

		while (word[n] != '\0' && word[n] == at[i].name[n])
			n++;
		if (n <= most)
			continue;
		most = n;
		best = at[i].name;
	}
	return best;
}

static int
unknown_standard(const struct pack *pack, const struct pack_use *use, struct arena *arena,
    struct errs *errs)
{
	const struct pack_standard *at = pack->standards.at;
	const char **names = arena_alloc(arena, (pack->standards.n + 1) * sizeof(*names));
	const char *near = NULL;

	for (size_t i = 0; names != NULL && i < pack->standards.n; i++)
		names[i] = at[i].name;
	if (names != NULL)
		near = near_name(use->standard, names, pack->standards.n);
	if (near == NULL)
		near = longest_same(pack, use->standard);
	return err_add(errs, use->place.file, use->place.line, near != NULL ?
	    ERR_("%s: the pack knows no standard \"%s\"; did you mean \"%s\"?") :
	    ERR_("%s: the pack knows no standard \"%s\""), use->name, use->standard, near);
}

static const struct pack_standard *
find_standard(const struct pack *pack, const char *name)
{
	const struct pack_standard *at = pack->standards.at;

	for (size_t i = 0; i < pack->standards.n; i++)
		if (strcmp(at[i].name, name) == 0)
			return &at[i];
	return NULL;
}

int
pack_constants(const struct pack *pack, const struct pack_use *use,
    const struct constants *configuration, struct constants *out, struct arena *arena,
    struct errs *errs)
{
	const struct pack_standard *standard = find_standard(pack, use->standard);
	struct constants parts[4] = { [3] = *configuration };
	struct constant *at;
	size_t n = 0;

	if (standard == NULL && use->standard[0] != '\0')
		return unknown_standard(pack, use, arena, errs);
	if (constants_read(use->constants, &parts[0], arena, errs) != 0 ||
	    constants_read(standard != NULL ? standard->constants : NULL, &parts[1], arena,
	    errs) != 0 || constants_read(pack->constants, &parts[2], arena, errs) != 0)
		return -1;
	for (size_t i = 0; i < 4; i++)
		n += parts[i].n;
	at = arena_alloc(arena, (n + 1) * sizeof(*at));
	if (at == NULL)
		return err_add(errs, use->place.file, use->place.line,
		    "constants: no memory left for them");
	*out = (struct constants){ at, n };
	for (size_t i = 0; i < 4; at += parts[i++].n)
		if (parts[i].n > 0)
			memcpy(at, parts[i].at, parts[i].n * sizeof(*at));
	return 0;
}

int
pack_check_off(const struct pack *pack, const struct pack_use *use, struct arena *arena,
    struct errs *errs)
{
	const struct rule_conf *rules = pack->rules.at;
	const struct derived_conf *derived = pack->derived.at;
	size_t n = pack->rules.n + pack->derived.n;
	const char **names = arena_alloc(arena, (n + 1) * sizeof(*names));
	int rc = 0;

	for (size_t i = 0; names != NULL && i < n; i++)
		names[i] = i < pack->rules.n ? rules[i].name :
		    derived[i - pack->rules.n].name;
	for (size_t i = 0; names != NULL && i < use->off.n; i++) {
		const char *near = near_name(use->off.at[i], names, n);

		if (near != NULL && strcmp(near, use->off.at[i]) == 0)
			continue;
		rc = err_add(errs, use->place.file, use->place.line, near != NULL ?
		    ERR_("%s: off: the pack has no rule or point \"%s\"; did you mean \"%s\"?") :
		    ERR_("%s: off: the pack has no rule or point \"%s\""), use->name,
		    use->off.at[i], near);
	}
	return rc;
}

bool
pack_is_off(const struct pack_use *use, const char *rule)
{
	for (size_t i = 0; i < use->off.n; i++)
		if (strcmp(use->off.at[i], rule) == 0)
			return true;
	return false;
}
