#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../rules/pack.h"
#include "../../rules/watch.h"
#include "../check.h"

/* The packs against the table of the rules of the trades and that of the limits of
 * the standards, row by row: tests/packs/rules.csv and limits.csv.  What a row asks for
 * and the packs do not have stands here, with the reason. */

#define FIELDS	12
#define PACKS	4

static unsigned char memory[8 << 20] __attribute__((aligned(16)));
static struct arena arena;
static struct err room[ERRS_MAX];
static struct errs errs = { .at = room };
static struct tree *trees[PACKS];
static struct pack *packs[PACKS];
static const char *const pack_names[PACKS] = { "fume", "gas", "water", "system" };

/* The rule of a row where its name does not say it, and what of the row is not there. */
static const struct {
	const char	*row, *rule, *more, *without;
} rows[] = {
	{ "gas.high", "gas-high", NULL, "outputs are a site's own: a rule of that name closes, "
	    "else who reads the record" },
	{ "gas.temp", "gas-temp", "gas-temp-life", NULL },
	{ "gas.expired", "gas-expired", NULL, "the refusal is a record for the scale" },
	{ "water.level_hi", "water-level-hi", "water-level-guarantee", NULL },
	{ "sys.batt", "sys-batt", "sys-batt-critical", "the stop is a record for who does it" },
	{ "sys.quota", NULL, NULL, "an alarm of the gateway itself" },
	{ "sys.area", NULL, NULL, "an alarm of the gateway itself" },
};

/* Of which constant of which pack a quantity is. */
static const struct {
	const char	*pack, *quantity, *constant;
} quantities[] = {
	{ "fume", "cooking_fume", "fume" }, { "fume", "pm", "pm" }, { "fume", "nmhc", "nmhc" },
	{ "fume", "odour", "odour" }, { "fume", "purifier_efficiency", "efficiency" },
	{ "fume", "eff_fume", "efficiency" },
	{ "gas", "alarm_1", "gas_low" }, { "gas", "alarm_2", "gas_high" },
	{ "gas", "alarm_low", "gas_low" }, { "gas", "alarm_high", "gas_high" },
	{ "gas", "alarm", "gas_low" }, { "gas", "o2", "o2_low" },
	{ "water", "ph", "ph_min" }, { "water", "do", "do" }, { "water", "codmn", "codmn" },
	{ "water", "cod", "cod" }, { "water", "nh3n", "nh3n" }, { "water", "tp", "tp" },
	{ "water", "tn", "tn" }, { "water", "bod5", "bod5" },
	{ "water", "turbidity", "turbidity" }, { "water", "free_chlorine", "chlorine_min" },
};

/* Rows of limits that are in no pack; an empty quantity: all of the standard. */
static const struct {
	const char	*standard, *quantity, *why;
} left_out[] = {
	{ "GB 18483-2001", "air_volume_per_stove", "stove.flow, of whatever standard" },
	{ "DB11/1488-2018 Beijing", "eff_pm", "instruments give the efficiency of fume" },
	{ "DB11/1488-2018 Beijing", "eff_nmhc", "instruments give the efficiency of fume" },
	{ "DB37/597-2006 Shandong", "", "which size has which limit is not sure" },
	{ "DB50/859-2018 Chongqing", "", "not confirmed" },
	{ "Guangdong/Shanwei 2021", "", "GB 18483-2001 applies" },
	{ "GB 15322.2-2019", "", "household detectors have one set point: their own" },
	{ "GB 50838-2015", "shut_off", "sources differ; the controller shuts off, not we" },
	{ "practice", "", "limit.gas_low and limit.gas_high where no standard is chosen" },
	{ "physical", "", "detectors give %LEL; nothing is converted" },
	{ "LPG cylinder", "", "a number of each cylinder: fill.mass, limit.cylinder_pressure" },
	{ "oxygen cylinder", "", "a number of each cylinder: cylinder.nominal" },
	{ "dissolved acetylene", "", "a number of each cylinder" },
	{ "TSG 23-2021", "", "days come from the record, never from an age" },
	{ "O2 in air", "", "numbers of the pack, whatever the standard" },
};

static char *
text_of(const char *path)
{
	static char text[65536];
	FILE *f = fopen(path, "r");
	size_t n;

	CHECK(f != NULL);
	n = fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	text[n] = '\0';
	return text;
}

/* Cuts a line of a table, quoted fields too; how many there are. */
static size_t
cut(char *line, const char *fields[FIELDS])
{
	size_t n = 0;

	for (char *at = line; at != NULL && n < FIELDS; n++) {
		bool quoted = *at == '"';
		char *end = quoted ? strchr(at + 1, '"') : at + strcspn(at, ",");

		CHECK(end != NULL);
		fields[n] = at + quoted;
		at = quoted ? end + 1 : end;
		at = *at == ',' ? at + 1 : NULL;
		*end = '\0';
	}
	while (n < FIELDS)
		fields[n++] = "";
	return n;
}

static void
open_packs(void)
{
	char path[80];

	arena = (struct arena){ .at = memory, .cap = sizeof(memory) };
	for (size_t i = 0; i < PACKS; i++) {
		snprintf(path, sizeof(path), "rules/packs/%s.conf", pack_names[i]);
		trees[i] = tree_read(path, &arena, &errs);
		CHECK(trees[i] != NULL);
		packs[i] = pack_read(trees[i], &arena, &errs);
		CHECK(packs[i] != NULL);
	}
}

static const struct rule_conf *
find(const char *rule)
{
	for (size_t i = 0; i < PACKS; i++) {
		const struct rule_conf *at = packs[i]->rules.at;

		for (size_t k = 0; k < packs[i]->rules.n; k++)
			if (strcmp(at[k].name, rule) == 0)
				return &at[k];
	}
	fprintf(stderr, "no pack has %s\n", rule);
	return NULL;
}

/* All rules of that name, whatever points they are made for. */
static bool
kind_fits(const char *id, const struct rule_conf *rule, const char *kind)
{
	static const char *const kinds[] = { [RULE_ALARM] = "alarm", [RULE_EVENT] = "event" };
	size_t n = 0;

	for (size_t i = 0; i < PACKS; i++) {
		const struct rule_conf *at = packs[i]->rules.at;

		for (size_t k = 0; k < packs[i]->rules.n; k++) {
			if (strcmp(at[k].name, rule->name) != 0)
				continue;
			n++;
			if (strcmp(kinds[at[k].kind], kind) == 0)
				continue;
			fprintf(stderr, "%s: %s:%d is no %s\n", id, at[k].name,
			    at[k].place.line, kind);
			return false;
		}
	}
	return n > 0;
}

/* The class "life" of the table is a class here, the others are priorities. */
static void
agree(const char *id, const struct rule_conf *rule, const char *class, const char *kind)
{
	bool life = strcmp(class, "life") == 0;
	bool fits = life ? rule->class == CLASS_LIFE && rule->priority >= PRIORITY_HIGH :
	    strcmp(priority_names[rule->priority], class) == 0;

	if (!fits)
		fprintf(stderr, "%s: %s is not %s\n", id, rule->name, class);
	CHECK(fits);
	/* an event is never louder than an alarm that nobody need see at once */
	CHECK(strcmp(kind, "event") != 0 || rule->priority == PRIORITY_LOW);
	CHECK(kind_fits(id, rule, kind));
}

static void
every_row_is_a_rule(void)
{
	char *text = text_of("tests/packs/rules.csv"), *line = strsep(&text, "\n");
	size_t n = 0;

	CHECK(strncmp(line, "rule_id,family,name_zh", 22) == 0);
	while ((line = strsep(&text, "\n")) != NULL && line[0] != '\0') {
		const char *f[FIELDS];
		char name[64];
		size_t i = 0;

		cut(line, f);
		n++;
		snprintf(name, sizeof(name), "%s", f[0]);
		for (char *c = name; *c != '\0'; c++)
			*c = *c == '.' || *c == '_' ? '-' : *c;
		while (i < sizeof(rows) / sizeof(rows[0]) && strcmp(rows[i].row, f[0]) != 0)
			i++;
		if (i == sizeof(rows) / sizeof(rows[0])) {
			CHECK(find(name) != NULL);
			agree(f[0], find(name), f[6], f[7]);
		} else if (rows[i].rule == NULL) {
			CHECK(own_reserved(f[0]) && rows[i].without != NULL);
		} else {
			CHECK(find(rows[i].rule) != NULL);
			agree(f[0], find(rows[i].rule), f[6], f[7]);
			CHECK(rows[i].more == NULL || (find(rows[i].more) != NULL &&
			    kind_fits(f[0], find(rows[i].more), f[7])));
			CHECK(rows[i].more != NULL || rows[i].without != NULL);
		}
	}
	CHECK(n >= 36);
}

/* What far ends are to do or to send is a record. */
static void
what_others_do_is_a_record(void)
{
	static const struct { const char *rule, *record; int64_t every; } records[] = {
		{ "fume-pur-eff", "work-order", 0 }, { "fume-low", "data-quality", 0 },
		{ "fume-flat", "data-quality", 0 }, { "fume-jump", "data-quality", 0 },
		{ "fume-missing", "data-quality", 0 }, { "gas-high", "close-valve", 0 },
		{ "gas-wt-low", "reorder", 86400000000 }, { "gas-expired", "refuse-filling", 0 },
		{ "water-do-low", "extra-report", 0 }, { "water-nh3-high", "extra-report", 0 },
		{ "water-ph", "extra-report", 0 }, { "water-level-hi", "extra-report", 300000000 },
		{ "water-level-guarantee", "extra-report", 300000000 },
		{ "water-level-rate", "extra-report", 0 }, { "water-rain", "extra-report", 0 },
		{ "sys-batt-critical", "clean-stop", 0 },
	};

	for (size_t i = 0; i < sizeof(records) / sizeof(records[0]); i++) {
		const struct rule_conf *rule = find(records[i].rule);

		CHECK(rule != NULL && strcmp(rule->record, records[i].record) == 0);
		CHECK(rule->record_every == records[i].every);
	}
	CHECK(find("fume-offline")->suppress == SUPPRESS_AREA);
}

static bool
is_left_out(const char *const *f)
{
	for (size_t i = 0; i < sizeof(left_out) / sizeof(left_out[0]); i++)
		if (strcmp(left_out[i].standard, f[1]) == 0 && (left_out[i].quantity[0] == '\0' ||
		    strcmp(left_out[i].quantity, f[3]) == 0))
			return left_out[i].why != NULL;
	return false;
}

/* limit.NAME of a standard, or of the pack where it has none; NaN: neither. */
static double
limit(const struct pack *pack, const char *standard, const char *constant)
{
	const struct pack_standard *at = pack->standards.at;
	const struct node *node = NULL;

	for (size_t i = 0; i < pack->standards.n && node == NULL; i++)
		if (strcmp(at[i].name, standard) == 0)
			node = node_get(node_get(at[i].constants, "limit"), constant);
	return node != NULL ? node_real(node) : -1;
}

/* The number that a standard sets for its i-th class or size. */
static double
part(const char *value, size_t i)
{
	while (i-- > 0 && strchr(value, '/') != NULL)
		value = strchr(value, '/') + 1;
	return strtod(value, NULL);
}

static void
compare(const struct pack *pack, const char *const *f, const char *standard, const char *constant,
    double wanted)
{
	double is = limit(pack, standard, constant);

	if (is != wanted)
		fprintf(stderr, "%s: limit.%s is %g, not %g\n", standard, constant, is, wanted);
	CHECK(f[0][0] != '\0' && is == wanted);
}

/* "class I/II" are standards of their own, and so are sizes of kitchens. */
static void
compare_all(const struct pack *pack, const char *const *f, const char *constant)
{
	static const char *const classes[] = { "I", "II", "III", "IV", "V" };
	static const char *const sizes[] = { "small", "medium", "large" };
	bool lake = strstr(f[2], "lake") != NULL, classed = strncmp(f[2], "class", 5) == 0;
	char name[80];

	for (size_t i = 0; classed && i < 5; i++) {
		snprintf(name, sizeof(name), "%s %s%s", f[1], classes[i], lake ? " lake" : "");
		compare(pack, f, name, constant, part(f[5], i));
	}
	for (size_t i = 0; !classed && i < 3; i++) {
		if (strncmp(f[2], "small/", 6) != 0 && strncmp(f[2], sizes[i], strlen(sizes[i])) != 0)
			continue;
		snprintf(name, sizeof(name), "%.*s %s", (int)strcspn(f[1], " ") > 2 ?
		    (int)strcspn(f[1], " ") : (int)strlen(f[1]), f[1], sizes[i]);
		compare(pack, f, name, constant, part(f[5], i));
		classed = true;
	}
	if (strstr(f[5], "plant") != NULL) {
		compare(pack, f, "GB 5749-2022 plant", constant, part(f[5], 0));
		compare(pack, f, "GB 5749-2022", constant, part(f[5], 1));
		classed = true;
	}
	if (classed)
		return;
	/* the place behind the number of a standard is for readers */
	for (size_t i = 0; i < pack->standards.n; i++) {
		const struct pack_standard *at = pack->standards.at;

		if (strncmp(f[1], at[i].name, strlen(at[i].name)) == 0) {
			compare(pack, f, at[i].name, constant, part(f[5], 0));
			return;
		}
	}
	fprintf(stderr, "no standard %s\n", f[1]);
	CHECK(false);
}

static void
every_limit_is_that_of_its_standard(void)
{
	char *text = text_of("tests/packs/limits.csv"), *line = strsep(&text, "\n");
	size_t n = 0, compared = 0;

	CHECK(strncmp(line, "domain,standard,scope,quantity", 30) == 0);
	while ((line = strsep(&text, "\n")) != NULL && line[0] != '\0') {
		const char *f[FIELDS];
		size_t i = 0, p = 0;

		cut(line, f);
		n++;
		if (is_left_out(f))
			continue;
		while (i < sizeof(quantities) / sizeof(quantities[0]) &&
		    (strcmp(quantities[i].pack, f[0]) != 0 ||
		    strcmp(quantities[i].quantity, f[3]) != 0))
			i++;
		if (i == sizeof(quantities) / sizeof(quantities[0]))
			fprintf(stderr, "%s: nothing judges %s\n", f[1], f[3]);
		CHECK(i < sizeof(quantities) / sizeof(quantities[0]));
		while (strcmp(pack_names[p], f[0]) != 0)
			p++;
		/* a set point that may be chosen within bounds */
		if (strcmp(f[4], "range") == 0 && strcmp(f[0], "gas") == 0) {
			double is = limit(packs[p], f[1], quantities[i].constant);

			CHECK(is >= strtod(f[5], NULL) && is <= strtod(strchr(f[5], '-') + 1, NULL));
		} else {
			compare_all(packs[p], f, quantities[i].constant);
		}
		compared++;
	}
	CHECK(n >= 50 && compared >= 30);
}

/* A limit in a pack that no row knows would be one that somebody made up. */
static void
what_the_table_does_not_name_is_off(void)
{
	CHECK(limit(packs[0], "GB 18483-2001", "pm") < 0);
	CHECK(limit(packs[0], "GB 18483-2001", "nmhc") < 0);
	CHECK(limit(packs[0], "DB31/844-2014", "pm") < 0);
	CHECK(limit(packs[0], "SZDB/Z 254-2017", "pm") < 0);
	CHECK(limit(packs[2], "GB 3838-2002 III", "tn") < 0);
	CHECK(limit(packs[2], "GB 5749-2022", "do") < 0);
}

int
main(void)
{
	open_packs();
	RUN(every_row_is_a_rule);
	RUN(what_others_do_is_a_record);
	RUN(every_limit_is_that_of_its_standard);
	RUN(what_the_table_does_not_name_is_off);
	for (size_t i = 0; i < PACKS; i++)
		tree_close(trees[i]);
	return 0;
}
