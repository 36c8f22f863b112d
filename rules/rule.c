#include <stddef.h>
#include <string.h>

#include "../conf/languages.h"
#include "rule.h"

#define AT(field)	offsetof(struct rule_conf, field)

LANGUAGES(struct rule_conf);

static const char *const kind_names[] = { "alarm", "event", NULL };
static const char *const suppress_names[] = { "auto", "link", "area", "none", NULL };

const struct key rule_keys[] = {
	{ .name = "name", .type = KEY_NAME, .offset = AT(name),
	  .example = "\"fume-high\"",
	  .help = "Its name; with that of a device it names an alarm." },
	{ .name = "on", .type = KEY_STRING, .offset = AT(on), .fallback = "*",
	  .help = "The devices that it watches, such as \"*/lel\": one alarm each." },
	{ .name = "when", .type = KEY_STRING, .offset = AT(when),
	  .example = "\"fume > 2\"",
	  .help = "What it watches for: \"fume > 2\", \"fan and not purifier.on\", "
	  "\"stale(concentration, 90s)\"." },
	{ .name = "clear", .type = KEY_STRING, .offset = AT(clear), .fallback = "",
	  .example = "\"fume < 1.8\"",
	  .help = "What clears it; else that the condition is not true, with the deadband." },
	{ .name = "priority", .type = KEY_CHOICE, .offset = AT(priority),
	  .fallback = "medium", .names = priority_names,
	  .help = "How fast somebody must answer." },
	{ .name = "class", .type = KEY_CHOICE, .offset = AT(class), .fallback = "process",
	  .names = class_names,
	  .help = "What it is about; life is never masked by a dead link." },
	{ .name = "kind", .type = KEY_CHOICE, .offset = AT(kind), .fallback = "alarm",
	  .names = kind_names,
	  .help = "An event is journalled and recorded, and nobody need acknowledge it." },
	{ .name = "suppress", .type = KEY_CHOICE, .offset = AT(suppress), .fallback = "auto",
	  .names = suppress_names,
	  .help = "What keeps it silent by design: its dead link; its area, when that is lost; "
	  "nothing.  auto: the link, if it misses data, and the area, if those come by "
	  "themselves." },
	{ .name = "handling", .type = KEY_SPAN, .offset = AT(handling), .fallback = "0s",
	  .min = 0, .max = 86400e6 * 400,
	  .help = "How soon somebody must say what was done; 0s: as its class asks." },
	{ .name = "record", .type = KEY_STRING, .offset = AT(record), .fallback = "",
	  .example = "\"extra-report\"",
	  .help = "Its coming and going is also a record of this kind, for far ends that want "
	  "one: an extra report, a work order." },
	{ .name = "record_every", .type = KEY_SPAN, .offset = AT(record_every), .fallback = "0s",
	  .min = 0, .max = 86400e6,
	  .help = "While it holds it is recorded again this often; 0s: only when it comes and "
	  "goes." },
	{ .name = "latching", .type = KEY_BOOL, .offset = AT(latching), .fallback = "false",
	  .help = "Stays after the condition is gone, until a local reset." },
	{ .name = "deadband", .type = KEY_REAL, .offset = AT(deadband), .fallback = "0",
	  .min = 0, .max = 1e300,
	  .help = "How far behind the limit the figure must be for the alarm to clear." },
	{ .name = "on_delay", .type = KEY_SPAN, .offset = AT(on_delay), .fallback = "0s",
	  .min = 0, .max = 86400e6, .help = "How long the condition holds before it is an alarm." },
	{ .name = "off_delay", .type = KEY_SPAN, .offset = AT(off_delay), .fallback = "0s",
	  .min = 0, .max = 86400e6, .help = "How long it must be gone before the alarm clears." },
	{ .name = "results", .type = KEY_INT, .offset = AT(results), .fallback = "1",
	  .min = 1, .max = 1000,
	  .help = "So many new results in a row must say so; one told again is not new." },
	{ .name = "max_age", .type = KEY_SPAN, .offset = AT(max_age), .fallback = "0s",
	  .min = 0, .max = 86400e6 * 400,
	  .help = "Readings older than this raise and clear nothing; 0s: two periods "
	  "of the device and 60 s." },
	{ .name = "notify", .type = KEY_STRINGS, .offset = AT(notify), .fallback = "",
	  .example = "(\"owner\", \"duty:night\")",
	  .help = "Contacts, groups and calendars that are told at once, besides those of the "
	  "policies in notify." },
	{ .name = "do", .type = KEY_ITEMS, .offset = AT(actions), .fallback = "",
	  .sub = action_keys, .size = sizeof(struct action_conf),
	  .line = offsetof(struct action_conf, place) + 1,
	  .example = "( { output = \"relay.relay1\"; value = \"on\"; } )",
	  .help = "What is switched on the spot when the alarm comes or goes." },
	{ .name = "text", .type = KEY_GROUP, .offset = AT(zh), .fallback = "",
	  .sub = languages_keys,
	  .example = "{ en = \"{device}: {value} {unit}\"; }",
	  .help = "What people are told, with {device} {point} {value} "
	  "{figure} {unit} {limit} {rule} {state} in it; else made from the condition." },
	{ .name = NULL }
};

static int
read_formula(const struct rule_conf *rule, const char *key, const char *text,
    const struct constants *constants, struct formula *f, struct arena *arena,
    struct errs *errs)
{
	const struct expr_source source = { .place = &rule->place, .name = rule->name,
	    .key = key, .text = text, .errs = errs };
	int rc = formula_read(&source, constants, arena, f);

	if (rc != 0 || f->root->truth || f->root->kind == EXPR_NAME)
		return rc;
	return expr_fault(&source, strlen(text), "%s: %s: a comparison is missing at the end, "
	    "such as %s", "> 2");
}

/* Kinds are names, which far ends may sort by. */
static int
check_record(const struct rule_conf *rule, struct errs *errs)
{
	const char *kind = rule->record != NULL ? rule->record : "";

	if (kind[strspn(kind, "abcdefghijklmnopqrstuvwxyz0123456789-")] != '\0' ||
	    strlen(kind) > RULE_RECORD_MAX)
		return err_add(errs, rule->place.file, rule->place.line,
		    "%s: record: \"%s\" is no kind: at most %d of a to z, 0 to 9 and -",
		    rule->name, kind, RULE_RECORD_MAX);
	if (rule->record_every == 0 || kind[0] != '\0')
		return 0;
	return err_add(errs, rule->place.file, rule->place.line,
	    "%s: record_every: say with \"record\" what is recorded", rule->name);
}

static int
check_actions(const struct rule_conf *rule, struct errs *errs)
{
	const struct action_conf *a = rule->actions.at;
	int rc = 0;

	for (size_t i = 0; i < rule->actions.n; i++)
		rc |= action_check(&a[i], &rule->place, rule->name, errs);
	return rc;
}

int
rule_compile(struct rule_conf *rule, const struct constants *constants, struct arena *arena,
    struct errs *errs)
{
	int rc = rule_text_check(rule, errs) | check_actions(rule, errs);
	bool cleared = rule->clear != NULL && rule->clear[0] != '\0';

	rule->clearing = (struct formula){ .text = "" };
	rc |= check_record(rule, errs);
	rc |= read_formula(rule, "when", rule->when, constants, &rule->condition, arena, errs);
	if (cleared)
		rc |= read_formula(rule, "clear", rule->clear, constants, &rule->clearing,
		    arena, errs);
	if (rc != 0 || rule->deadband == 0)
		return rc;
	if (cleared)
		return err_add(errs, rule->place.file, rule->place.line,
		    "%s: \"clear\" and \"deadband\" say the same in two ways: keep one",
		    rule->name);
	if (!rule->condition.ordered)
		return err_add(errs, rule->place.file, rule->place.line,
		    "%s: a deadband has no meaning without a comparison > >= < <= outside "
		    "functions", rule->name);
	return 0;
}

bool
rule_same(const struct rule_conf *a, const struct rule_conf *b)
{
	return key_same(rule_keys, a, b) && formula_same(&a->condition, &b->condition) &&
	    formula_same(&a->clearing, &b->clearing);
}
