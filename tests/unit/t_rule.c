#include <math.h>
#include <string.h>

#include "../../conf/glob.h"
#include "../../rules/program.h"
#include "../../rules/watch.h"
#include "../check.h"

static unsigned char memory[1 << 18] __attribute__((aligned(16)));
static struct err room[ERRS_MAX];
static struct arena arena;
static struct errs errs;
static struct constants constants;

static void
fresh(void)
{
	memset(memory, 0, sizeof(memory));
	arena = (struct arena){ .at = memory, .cap = sizeof(memory) };
	errs = (struct errs){ .at = room };
}

/* Reads "constants" and one rule from a text, as gateway/ does. */
static int
read_rule(const char *text, struct rule_conf *rule)
{
	struct tree *tree;
	int rc;

	fresh();
	tree = tree_parse(text, "t.conf", &arena, &errs);
	CHECK(tree != NULL);
	rc = constants_read(node_get(tree_root(tree), "constants"), &constants, &arena, &errs);
	memset(rule, 0, sizeof(*rule));
	rule->place = (struct place){ "t.conf", 2 };
	rc |= key_load(node_get(tree_root(tree), "rule"), rule_keys, rule, &arena, &errs);
	if (rc == 0)
		rc = rule_compile(rule, &constants, &arena, &errs);
	tree_close(tree);
	return rc;
}

#define LIMITS	"constants = { limit = { fume = 2.5; do = 3; }; stoves = 4; };\n"

static int
read_when(const char *when, struct rule_conf *rule)
{
	char text[400];

	snprintf(text, sizeof(text), LIMITS "rule = { name = \"r\"; when = \"%s\"; };", when);
	return read_rule(text, rule);
}

static void
faults_of_conditions_are_told(void)
{
	static const struct {
		const char	*when, *says;
		int		 caret;
	} rows[] = {
		{ "", "a figure or a point is missing at the end", 0 },
		{ "> 3", "a figure or a point is missing before \">\"", 0 },
		{ "3", "a comparison is missing at the end", 1 },
		{ "fume + 1", "a comparison is missing at the end", 8 },
		{ "fume = 3", "\"=\" has no meaning here; write \"==\"", 5 },
		{ "a > 1 && b > 2", "\"&\" has no meaning here; write \"and\"", 6 },
		{ "!a", "\"!\" has no meaning here; write \"not\"", 0 },
		{ "a > 1 | b", "write \"or\"", 6 },
		{ "fume >", "a figure or a point is missing at the end", 6 },
		{ "fume > 1.2.3", "\"1.2.3\" is neither a number nor a name", 7 },
		{ "fume > 1e999", "\"1e999\" is neither a number nor a name", 7 },
		{ "fume > 3 and", "is missing at the end", 12 },
		{ "fume > 3 do < 2", "\"do\" is too much", 9 },
		{ "fume > 3) or do", "\")\" is too much", 8 },
		{ "(fume > 3", "a closing bracket is missing at the end", 9 },
		{ "1 < fume < 3", "two comparisons in one", 2 },
		{ "fume > (a > 2)", "a figure is wanted here", 10 },
		{ "fume > 2 and 3", "a condition is wanted here", 13 },
		{ "not 3", "a condition is wanted here", 4 },
		{ "-(a > 2) > 1", "a figure is wanted here", 4 },
		{ "fume > stele(a)", "no function \"stele\"; did you mean \"stale\"?", 7 },
		{ "frobnicate(a)", "there is no function \"frobnicate\"", 0 },
		{ "stale()", "\")\" does not fit here; write stale(POINT)", 6 },
		{ "stale(lel", "something is missing at the end; write stale(POINT)", 9 },
		{ "stale(lel, soon)", "\"soon\" does not fit here", 11 },
		{ "stale(lel, 0s)", "\"0s\" does not fit here", 11 },
		{ "stale(lel > 2)", "\">\" does not fit here", 10 },
		{ "abs(a, b) > 2", "\",\" does not fit here; write abs(X)", 5 },
		{ "min2(a) > 2", "\")\" does not fit here; write min2(X, Y)", 6 },
		{ "fume > 'x", "this text is never closed: 'x", 7 },
		{ "any() > 2", "a group of points is missing before \")\"", 4 },
		{ "油烟 > 2", "\"油\" has no meaning here", 0 },
		{ "fume > 2 油", "\"油\" has no meaning here", 9 },
	};
	struct rule_conf rule;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int rc = read_when(rows[i].when, &rule);

		if (rc != -1 || errs.n != 1 || strstr(room[0].text, rows[i].says) == NULL ||
		    room[0].caret != rows[i].caret)
			fprintf(stderr, "%s: %s (%d)\n", rows[i].when, room[0].text,
			    room[0].caret);
		CHECK(rc == -1 && errs.n == 1);
		CHECK(strstr(room[0].text, rows[i].says) != NULL);
		CHECK(strncmp(room[0].text, "r: when: ", 9) == 0);
		CHECK(strcmp(room[0].quote, rows[i].when) == 0);
		CHECK(room[0].caret == rows[i].caret);
		CHECK(strcmp(room[0].file, "t.conf") == 0 && room[0].line == 2);
	}
}

/* The stack is not theirs to fill, nor the memory. */
static void
what_is_too_deep_or_too_long_is_refused(void)
{
	static const struct { const char *piece, *says; int most, many; } rows[] = {
		{ "(", "more than 32 brackets", 32, 900 },
		{ "not ", "more than 32 brackets", 32, 240 },
		{ "-", "more than 32 brackets", 32, 900 },
		{ "abs(", "more than 32 brackets", 32, 240 },
		{ "a + ", "longer than 1000 bytes", 240, 260 },
	};
	struct rule_conf rule;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		static char text[2000];

		text[0] = '\0';
		for (int k = 0; k < rows[i].many; k++)
			strcat(text, rows[i].piece);
		fresh();
		constants = (struct constants){ NULL, 0 };
		rule = (struct rule_conf){ .name = "r", .when = text, .place = { "t.conf", 2 } };
		CHECK(rule_compile(&rule, &constants, &arena, &errs) == -1 && errs.n == 1);
		if (strstr(room[0].text, rows[i].says) == NULL)
			fprintf(stderr, "%s: %s\n", rows[i].piece, room[0].text);
		CHECK(strstr(room[0].text, rows[i].says) != NULL);
	}
}

/* Of a long text the piece around the place is shown. */
static void
the_mark_stands_under_the_place(void)
{
	static char text[600];
	struct rule_conf rule;

	for (int i = 0; i < 40; i++)
		strcat(text, "fume > 2 or ");
	strcat(text, "fume = 3");
	fresh();
	constants = (struct constants){ NULL, 0 };
	rule = (struct rule_conf){ .name = "r", .when = text, .place = { "t.conf", 2 } };
	CHECK(rule_compile(&rule, &constants, &arena, &errs) == -1 && errs.n == 1);
	CHECK(strlen(room[0].quote) < ERR_QUOTE && room[0].quote[room[0].caret] == '=');
	CHECK(read_when("abs(fume) > 2 油", &rule) == -1 && room[0].caret == 14);
}

static void
a_stale_rule_has_no_deadband(void)
{
	struct rule_conf rule;

	CHECK(read_rule("rule = { name = \"r\"; when = \"stale(p)\"; deadband = 1; };",
	    &rule) == -1);
	CHECK(strstr(room[0].text, "no meaning") != NULL);
	CHECK(read_rule("rule = { name = \"r\"; when = \"p == 3\"; deadband = 1; };",
	    &rule) == -1);
	CHECK(read_rule("rule = { name = \"r\"; when = \"p > 3\"; clear = \"p < 2\"; "
	    "deadband = 1; };", &rule) == -1);
	CHECK(strstr(room[0].text, "keep one") != NULL);
	CHECK(read_rule("rule = { name = \"r\"; when = \"p > 3\"; clear = \"p <\"; };",
	    &rule) == -1);
	CHECK(strstr(room[0].text, "r: clear: ") != NULL);
}

static void
settings_arrive_with_their_defaults(void)
{
	struct rule_conf rule;

	CHECK(read_when("fume > 2", &rule) == 0);
	CHECK(strcmp(rule.on, "*") == 0 && rule.priority == PRIORITY_MEDIUM);
	CHECK(rule.class == CLASS_PROCESS && !rule.latching && rule.deadband == 0);
	CHECK(rule.on_delay == 0 && rule.off_delay == 0 && rule.max_age == 0);
	CHECK(read_rule("rule = { name = \"r\"; on = \"a/*\"; when = \"p > 1\"; "
	    "priority = \"urgent\"; class = \"life\"; latching = true; deadband = 1; "
	    "on_delay = \"2s\"; off_delay = \"3min\"; max_age = \"1h\"; "
	    "text = { zh = \"{value}\"; }; };", &rule) == 0);
	CHECK(rule.priority == PRIORITY_URGENT && rule.class == CLASS_LIFE && rule.latching);
	CHECK(rule.on_delay == 2000000 && rule.off_delay == 180000000);
	CHECK(rule.max_age == 3600000000 && strcmp(rule.zh, "{value}") == 0);
}

static void
constants_are_numbers(void)
{
	struct rule_conf rule;

	CHECK(read_rule("constants = { a = \"x\"; b = { c = true; }; };\n"
	    "rule = { name = \"r\"; when = \"p > 1\"; };", &rule) == -1);
	CHECK(errs.n == 2 && room[0].line == 1);
	CHECK(strstr(room[0].text, "a is neither a number nor a day such as \"2027-03-01\"") !=
	    NULL);
	CHECK(strstr(room[1].text, "b.c is no number") != NULL);
	CHECK(read_rule("constants = { a = 1e999; b = { c = -1e999; }; };\n"
	    "rule = { name = \"r\"; when = \"p > a\"; };", &rule) == -1);
	CHECK(errs.n == 2 && strstr(room[0].text, "a is too large a number") != NULL);
	CHECK(strstr(room[1].text, "b.c is too large a number") != NULL);
	CHECK(read_rule("constants = 3;\nrule = { name = \"r\"; when = \"p > 1\"; };",
	    &rule) == -1);
	CHECK(strstr(room[0].text, "constants is a group") != NULL);
}

static const struct {
	const char	*number, *says;
} wrong_tables[] = {
	{ "\"24:01\"", "a is neither a number nor a day" },
	{ "\"10:60\"", "nor a time such as \"10:30\"" },
	{ "\"1:30\"", "a is neither a number nor a day" },
	{ "\"2026-02-29\"", "a is neither a number nor a day" },
	{ "\"2026-13-01\"", "a is neither a number nor a day" },
	{ "\"2026-1-01\"", "a is neither a number nor a day" },
	{ "()", "a: the list is empty" },
	{ "( 3 )", "a: an entry is a group, such as { from = " },
	{ "( { value = 3; } )", "a: \"from\" is a day" },
	{ "( { from = \"yesterday\"; value = 3; } )", "a: \"from\" is a day" },
	{ "( { from = \"2026-01-01\"; value = \"x\"; } )", "a: \"value\" is a number" },
	{ "( { from = \"2026-01-01\"; value = 1; to = 3; } )", "nothing else" },
	{ "( { from = \"2026-01-02\"; value = 1; }, { from = \"2026-01-02\"; value = 2; } )",
	    "a: the days must follow each other, the oldest first" },
};

static void
constants_may_be_days_and_hold_by_the_day(void)
{
	struct rule_conf rule;
	char text[300];

	for (size_t i = 0; i < sizeof(wrong_tables) / sizeof(wrong_tables[0]); i++) {
		snprintf(text, sizeof(text), "constants = { a = %s; };\n"
		    "rule = { name = \"r\"; when = \"p > 1\"; };", wrong_tables[i].number);
		CHECK(read_rule(text, &rule) == -1 && errs.n == 1 && room[0].line == 1);
		CHECK(strstr(room[0].text, wrong_tables[i].says) != NULL);
	}
	CHECK(read_rule("constants = { a = \"1970-03-01\"; b = \"2028-02-29\"; };\n"
	    "rule = { name = \"r\"; when = \"p > a and p > b\"; };", &rule) == 0);
	CHECK(rule.condition.root->arg[0]->arg[1]->of->number == 59);
	CHECK(rule.condition.root->arg[1]->arg[1]->of->number == 21243);
	CHECK(read_rule("constants = { a = ( { from = \"2026-01-01\"; value = 1; }, "
	    "{ from = \"2026-05-01\"; value = 2; } ); };\n"
	    "rule = { name = \"r\"; when = \"p > a\"; };", &rule) == 0);
	CHECK(rule.condition.root->arg[1]->of->ndated == 2);
	CHECK(rule.condition.root->arg[1]->of->dated[1].number == 2);
}

static void
globs_match_whole_names(void)
{
	CHECK(glob_match("*", "") && glob_match("*", "a/b") && glob_match("a/b", "a/b"));
	CHECK(glob_match("*/lel", "shop/lel") && !glob_match("*/lel", "shop/lel2"));
	CHECK(glob_match("a?c", "abc") && !glob_match("a?c", "ac") && !glob_match("", "a"));
	CHECK(glob_match("*a*b*", "xxaxxbxx") && !glob_match("*a*b*", "xxbxxa"));
	CHECK(glob_match("k*/f*", "kitchen1/fume") && !glob_match("k*/f", "kitchen1/fume"));
	/* what would take a naive matcher hours */
	CHECK(!glob_match("*a*a*a*a*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"));
}

static struct point point = { .name = "fume", .zh = "油烟", .en = "", .decimals = 2 };
static struct profile profile = { .name = "x", .points = &point, .npoints = 1 };
static struct tap tap = { .series = 1 };
static struct device device = { .conf = { .name = "k/fume", .zh = "后厨", .en = "",
    .period = 5000000 }, .profile = &profile, .taps = &tap };

/* The condition bound to the device, as rules_new does. */
static struct alarm_change
change(struct rule_conf *rule)
{
	static struct alarm alarm = { .active = true, .unacked = true };
	static struct rule_program program;
	struct census census;
	struct rule_binding b = { .census = &census, .device = &device, .place = &rule->place,
	    .name = rule->name, .when = &rule->condition, .arena = &arena, .errs = &errs };
	struct rule_look look = { .next = INT64_MAX, .limit = term_unknown() };

	CHECK(census_take(&census, &device, 1, &arena) == 0);
	program = (struct rule_program){ .shape = SHAPE_OTHER };
	if (rule->condition.root != NULL) {
		CHECK(program_bind(&b, &program) == BIND_FITS);
		program_run(&program, false, false, &look);
	}
	return (struct alarm_change){ .rule = rule, .shape = program.shape,
	    .silence = program.silence, .limit = look.limit.low, .figure = 3.1,
	    .device = &device, .point = &point,
	    .alarm = &alarm, .value = { .kind = VALUE_F64, .d = 2.756 }, .who = "" };
}

static const char *
text_of(const char *more, const char *when, const char *language)
{
	static char buf[200];
	static struct rule_conf rule;
	struct alarm_change c;
	char text[400];

	snprintf(text, sizeof(text), LIMITS "rule = { name = \"r\"; when = \"%s\"; %s };", when,
	    more);
	CHECK(read_rule(text, &rule) == 0);
	c = change(&rule);
	return rule_text(&c, language, buf, sizeof(buf));
}

static void
people_are_told_in_their_language(void)
{
	point.unit = unit_find("mg/m3");
	CHECK(point.unit != NULL);
	CHECK(strcmp(text_of("", "fume > limit.fume", "en"),
	    "k/fume fume 2.76 mg/m³, above 2.5 mg/m³") == 0);
	CHECK(strcmp(text_of("", "fume > limit.fume", "zh"),
	    "后厨 油烟 2.76 mg/m³,高于设定值 2.5 mg/m³") == 0);
	CHECK(strcmp(text_of("", "fume < 3", "zh_CN"),
	    "后厨 油烟 2.76 mg/m³,低于设定值 3 mg/m³") == 0);
	CHECK(strcmp(text_of("", "stale(fume)", "en"), "k/fume fume: no data") == 0);
	CHECK(strcmp(text_of("", "2 < fume", "en"),
	    "k/fume fume 2.76 mg/m³, above 2 mg/m³") == 0);
	CHECK(strcmp(text_of("", "fume > 2 and fume < 5", "en"),
	    "k/fume: r: fume 2.76 mg/m³") == 0);
	CHECK(strcmp(text_of("text = { en = \"{value} {limit}\"; };",
	    "abs(fume) > limit.fume * 2", "en"), "2.76 5") == 0);
	point.unit = NULL;
	CHECK(strcmp(text_of("", "fume > limit.fume", "en"),
	    "k/fume fume 2.76, above 2.5") == 0);
	CHECK(strcmp(text_of("", "fume > limit.fume", "zh"),
	    "后厨 油烟 2.76,高于设定值 2.5") == 0);
	CHECK(strcmp(text_of("text = { en = \"{unit}{value}{unit} x\"; };", "fume > 1", "en"),
	    "2.76 x") == 0);
	CHECK(strcmp(text_of("text = { en = \"{limit}: {figure} now {value}\"; };",
	    "mean(fume, 10min) > 2 and fume > 1", "en"), "2: 3.10 now 2.76") == 0);
	CHECK(strcmp(text_of("text = { en = \"{rule} {state} after {limit}\"; };",
	    "stale(fume)", "en"), "r UNACK after 15s") == 0);
}

static void
what_went_back_reads_otherwise(void)
{
	struct alarm gone = { .unacked = true };
	struct rule_conf rule;
	struct alarm_change c;
	char buf[200];

	point.unit = unit_find("mg/m3");
	CHECK(read_rule("rule = { name = \"r\"; when = \"fume > 2\"; };", &rule) == 0);
	c = change(&rule);
	c.alarm = &gone;
	c.event = ALARM_EV_LEAVE;
	c.value.d = 1.17;
	CHECK(strcmp(rule_text(&c, "en", buf, sizeof(buf)),
	    "k/fume fume 1.17 mg/m³, back to normal, no longer above 2 mg/m³") == 0);
	CHECK(strstr(rule_text(&c, "zh", buf, sizeof(buf)), "恢复正常") != NULL);
	c.event = ALARM_EV_ACK;
	CHECK(strstr(rule_text(&c, "en", buf, sizeof(buf)), "back to normal") != NULL);
	/* nor must a mask say that it is there still */
	c.event = ALARM_EV_MASK;
	CHECK(strstr(rule_text(&c, "en", buf, sizeof(buf)), "no longer above 2") != NULL);
	gone.unacked = false;
	CHECK(strcmp(rule_text(&c, "en", buf, sizeof(buf)), "k/fume: r: fume 1.17 mg/m³") == 0);
	c.event = ALARM_EV_UNMASK;
	CHECK(strcmp(rule_text(&c, "zh", buf, sizeof(buf)), "后厨:r:油烟 1.17 mg/m³") == 0);
	c.event = ALARM_EV_ACK;
	CHECK(strstr(rule_text(&c, "en", buf, sizeof(buf)), "no longer above 2") != NULL);
	c.event = ALARM_EV_UNMASK;
	gone.active = true;
	CHECK(strcmp(rule_text(&c, "en", buf, sizeof(buf)),
	    "k/fume fume 1.17 mg/m³, above 2 mg/m³") == 0);
	gone = (struct alarm){ .unacked = true };
	CHECK(read_rule("rule = { name = \"r\"; when = \"stale(fume)\"; };", &rule) == 0);
	c = change(&rule);
	c.alarm = &gone;
	c.event = ALARM_EV_LEAVE;
	CHECK(strcmp(rule_text(&c, "en", buf, sizeof(buf)), "k/fume fume: data again") == 0);
	c.event = ALARM_EV_UNMASK;
	gone.unacked = false;
	CHECK(strcmp(rule_text(&c, "en", buf, sizeof(buf)), "k/fume: r: fume 2.76 mg/m³") == 0);
	c.event = ALARM_EV_LEAVE;
	CHECK(read_rule("rule = { name = \"r\"; when = \"fume > 2\"; "
	    "text = { en = \"smoke!\"; zh = \"烟!\"; }; };", &rule) == 0);
	c.shape = SHAPE_OTHER;
	CHECK(strcmp(rule_text(&c, "en", buf, sizeof(buf)), "back to normal: smoke!") == 0);
	c.event = ALARM_EV_MASK;
	CHECK(strstr(rule_text(&c, "en", buf, sizeof(buf)), "smoke") == NULL);
	c.event = ALARM_EV_LEAVE;
	CHECK(strncmp(rule_text(&c, "zh", buf, sizeof(buf)), "恢复正常", 12) == 0);
	CHECK(read_rule("rule = { name = \"r\"; when = \"fume > 2\"; text = { "
	    "zh = \"{point} {value},高于设定值 {limit}\"; }; };", &rule) == 0);
	c = change(&rule);
	c.alarm = &gone;
	c.event = ALARM_EV_LEAVE;
	c.value.d = 1.17;
	CHECK(strcmp(rule_text(&c, "zh", buf, sizeof(buf)),
	    "后厨 油烟 1.17 mg/m³,恢复正常,不再高于设定值 2 mg/m³") == 0);
	point.unit = NULL;
}

/* Since a start it was not reckoned. */
static void
a_limit_that_is_not_known_is_not_told(void)
{
	struct alarm gone = { .unacked = true };
	struct rule_conf rule;
	struct alarm_change c;
	char buf[200];

	point.unit = unit_find("mg/m3");
	CHECK(read_rule("rule = { name = \"r\"; when = \"fume > 2\"; };", &rule) == 0);
	c = change(&rule);
	c.limit = NAN;
	CHECK(strcmp(rule_text(&c, "en", buf, sizeof(buf)), "k/fume: r: fume 2.76 mg/m³") == 0);
	c.alarm = &gone;
	CHECK(strcmp(rule_text(&c, "en", buf, sizeof(buf)),
	    "k/fume: back to normal: r: fume 2.76 mg/m³") == 0);
	point.unit = NULL;
}

static void
wrong_blanks_are_told(void)
{
	struct rule_conf rule;

	CHECK(read_rule("rule = { name = \"r\"; when = \"p > 1\"; "
	    "text = { en = \"{vale}\"; zh = \"{device} {\"; }; };", &rule) == -1);
	CHECK(errs.n == 2 && strstr(room[1].text, "{vale}") != NULL);
	CHECK(strstr(room[1].text, "did you mean {value}?") != NULL);
}

static void
a_long_text_is_cut_between_characters(void)
{
	struct rule_conf rule = { .name = "r", .zh = "油烟油烟", .en = "" };
	struct alarm_change c = change(&rule);
	char buf[9];

	for (size_t n = 1; n <= sizeof(buf); n++) {
		rule_text(&c, "zh", buf, n);
		CHECK(strlen(buf) == (n - 1) / 3 * 3);
	}
}

/* Neither a text of ours nor one that was configured says that all is well. */
static void
what_went_while_others_stand_reads_otherwise(void)
{
	static const struct rule_conf others[] = { { .name = "a" }, { .name = "b" },
	    { .name = "c" } };
	struct alarm gone = { .unacked = true };
	struct rule_conf rule;
	struct alarm_change c;
	char buf[200];

	CHECK(read_rule("rule = { name = \"r\"; when = \"fume < 2\"; "
	    "text = { en = \"smoke!\"; zh = \"烟!\"; }; };", &rule) == 0);
	c = change(&rule);
	c.alarm = &gone;
	c.event = ALARM_EV_LEAVE;
	for (size_t i = 0; i < 3; i++)
		c.beside[i] = &others[i];
	c.nbeside = 2;
	c.shape = SHAPE_LOW;
	CHECK(strcmp(rule_text(&c, "en", buf, sizeof(buf)),
	    "k/fume fume 2.76, no longer below 2; still in alarm: a, b") == 0);
	c.nbeside = 4;
	c.shape = SHAPE_OTHER;
	CHECK(strcmp(rule_text(&c, "en", buf, sizeof(buf)),
	    "over: smoke!; still in alarm: a, b, c, ...") == 0);
	CHECK(strcmp(rule_text(&c, "zh", buf, sizeof(buf)),
	    "已解除:烟!;仍在报警:a、b、c 等") == 0);
	rule.en = NULL;
	c.nbeside = 1;
	CHECK(strcmp(rule_text(&c, "en", buf, sizeof(buf)),
	    "k/fume: over: r: fume 2.76; still in alarm: a") == 0);
	gone.active = true;
	CHECK(strstr(rule_text(&c, "en", buf, sizeof(buf)), "still in alarm") == NULL);
}

int
main(void)
{
	point.raw = raw_find("f32");
	RUN(faults_of_conditions_are_told);
	RUN(what_is_too_deep_or_too_long_is_refused);
	RUN(the_mark_stands_under_the_place);
	RUN(a_stale_rule_has_no_deadband);
	RUN(settings_arrive_with_their_defaults);
	RUN(constants_are_numbers);
	RUN(constants_may_be_days_and_hold_by_the_day);
	RUN(globs_match_whole_names);
	RUN(people_are_told_in_their_language);
	RUN(what_went_back_reads_otherwise);
	RUN(what_went_while_others_stand_reads_otherwise);
	RUN(a_limit_that_is_not_known_is_not_told);
	RUN(wrong_blanks_are_told);
	RUN(a_long_text_is_cut_between_characters);
	return 0;
}
