#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../conf/span.h"
#include "rule.h"

#define WORD_MAX	96	/* a point, a constant, a number, a span */
#define NEAR_MAX	256	/* constants offered as near */

/* A rule's text while it is being read. */
struct text {
	const struct rule_conf		*rule;
	const struct constants		*constants;
	const char			*at;
	struct arena			*arena;
	struct errs			*errs;
};

static const struct {
	const char		*sign;
	enum condition_kind	 kind;
	bool			 or_equal;
} comparisons[] = {	/* the longer sign first */
	{ ">=", CONDITION_HIGH, true },
	{ "<=", CONDITION_LOW, true },
	{ ">", CONDITION_HIGH, false },
	{ "<", CONDITION_LOW, false },
};

#define NCOMPARISONS	(sizeof(comparisons) / sizeof(comparisons[0]))

static int
fault(struct text *t, const char *fmt, const char *word)
{
	return err_add(t->errs, t->rule->place.file, t->rule->place.line, fmt, t->rule->name,
	    t->rule->when, word);
}

static void
skip_blanks(struct text *t)
{
	while (*t->at == ' ' || *t->at == '\t')
		t->at++;
}

static bool
in_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
	    c == '_' || c == '/' || c == '-' || c == '.' || c == '+';
}

/* The next run of letters, figures and signs that names and numbers have. */
static size_t
read_word(struct text *t, char word[WORD_MAX])
{
	size_t n = 0;

	skip_blanks(t);
	while (in_word(t->at[n]) && n < WORD_MAX - 1)
		n++;
	memcpy(word, t->at, n);
	word[n] = '\0';
	t->at += n;
	skip_blanks(t);
	return n;
}

static bool
read_sign(struct text *t, const char *sign)
{
	size_t n = strlen(sign);

	skip_blanks(t);
	if (strncmp(t->at, sign, n) != 0)
		return false;
	t->at += n;
	return true;
}

static int
keep_point(struct text *t, const char *word, struct condition *c)
{
	c->point = arena_text(t->arena, word, strlen(word));
	if (c->point != NULL)
		return 0;
	return fault(t, "%s: when \"%s\": no memory left for \"%s\"", word);
}

static int
no_constant(struct text *t, const char *word)
{
	const char *names[NEAR_MAX], *near;
	size_t n = 0;

	for (; n < t->constants->n && n < NEAR_MAX; n++)
		names[n] = t->constants->at[n].name;
	near = near_name(word, names, n);
	return err_add(t->errs, t->rule->place.file, t->rule->place.line, near != NULL ?
	    ERR_("%s: when \"%s\": \"%s\" is neither a number nor a constant; "
	    "did you mean \"%s\"?") :
	    ERR_("%s: when \"%s\": \"%s\" is neither a number nor a constant"),
	    t->rule->name, t->rule->when, word, near);
}

static int
read_limit(struct text *t, struct condition *c)
{
	char word[WORD_MAX], *end;

	if (read_word(t, word) == 0)
		return fault(t, "%s: when \"%s\": a number or a constant is missing at \"%s\"",
		    t->at);
	if (word[strspn(word, "0123456789.eE+-")] == '\0') {
		c->limit = strtod(word, &end);
		if (end != word && *end == '\0' && isfinite(c->limit))
			return 0;
	}
	for (size_t i = 0; i < t->constants->n; i++)
		if (strcmp(t->constants->at[i].name, word) == 0) {
			c->limit = t->constants->at[i].number;
			return 0;
		}
	return no_constant(t, word);
}

/* stale(point) or stale(point, span); "stale" has been read. */
static int
read_stale(struct text *t, struct condition *c)
{
	char word[WORD_MAX];

	c->kind = CONDITION_STALE;
	if (!read_sign(t, "(") || read_word(t, word) == 0)
		return fault(t, "%s: when \"%s\": write stale(POINT) or stale(POINT, 90s), "
		    "not \"%s\"", t->at);
	if (keep_point(t, word, c) != 0)
		return -1;
	if (read_sign(t, ",") &&
	    (read_word(t, word) == 0 || span_parse(word, &c->age) != 0 || c->age <= 0))
		return fault(t, "%s: when \"%s\": \"%s\" is no span of time, such as 90s", word);
	if (!read_sign(t, ")"))
		return fault(t, "%s: when \"%s\": a ) is missing before \"%s\"", t->at);
	return 0;
}

static int
read_comparison(struct text *t, const char *point, struct condition *c)
{
	size_t i = 0;

	while (i < NCOMPARISONS && !read_sign(t, comparisons[i].sign))
		i++;
	if (i == NCOMPARISONS)
		return fault(t, "%s: when \"%s\": one of > >= < <= is missing at \"%s\"", t->at);
	c->kind = comparisons[i].kind;
	c->or_equal = comparisons[i].or_equal;
	if (keep_point(t, point, c) != 0)
		return -1;
	return read_limit(t, c);
}

int
rule_compile(struct rule_conf *rule, const struct constants *constants, struct arena *arena,
    struct errs *errs)
{
	struct text t = { rule, constants, rule->when, arena, errs };
	struct condition *c = &rule->condition;
	char word[WORD_MAX];
	int rc = rule_text_check(rule, errs);

	*c = (struct condition){ .kind = CONDITION_HIGH };
	if (read_word(&t, word) == 0)
		return fault(&t, "%s: when \"%s\": the name of a point is missing at \"%s\"",
		    t.at);
	if (strcmp(word, "stale") == 0 && *t.at == '(')
		rc |= read_stale(&t, c);
	else
		rc |= read_comparison(&t, word, c);
	skip_blanks(&t);
	if (rc == 0 && *t.at != '\0')
		return fault(&t, "%s: when \"%s\": one comparison is all a rule may hold; "
		    "\"%s\" is too much", t.at);
	if (rc == 0 && c->kind == CONDITION_STALE && rule->deadband != 0)
		return fault(&t, "%s: when \"%s\": a deadband has no meaning for stale%s", "()");
	return rc;
}
