#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "../../protocols/sms_value.h"
#include "sms_template.h"

#define AT(field)	offsetof(struct sms_template, field)

const struct key sms_template_keys[] = {
	{ .name = "code", .type = KEY_STRING, .offset = AT(code), .example = "\"SMS_123456789\"",
	  .help = "Id of the template at the provider." },
	{ .name = "purposes", .type = KEY_STRINGS, .offset = AT(purposes), .fallback = "",
	  .example = "(\"recovered\")",
	  .help = "What it is for: alarm, repeat, escalated, overdue, chattering, recovered, "
	    "acked, digest, test; none: everything." },
	{ .name = "language", .type = KEY_STRING, .offset = AT(language), .fallback = "",
	  .example = "\"zh\"", .help = "Of contacts with this language only." },
	{ .name = "variables", .type = KEY_STRINGS, .offset = AT(variables), .fallback = "",
	  .example = "(\"site=device\", \"value\")",
	  .help = "Its variables, in its order, as \"NAME=VALUE\", or VALUE alone where the "
	    "names are the same." },
	{ .name = "text", .type = KEY_STRING, .offset = AT(text), .fallback = "",
	  .example = "\"${site} ${value}\"",
	  .help = "Its text as it was filed, to be checked against the rules of the provider." },
	{ .name = NULL }
};

/* What a notice has values for, as way.h lists them. */
static const char *const values[] = { "device", "point", "value", "unit", "limit", "rule",
    "state", "class", "priority", "time", "code", "gateway", "count", "text", NULL };

/* What is looked at, and where its faults go. */
struct checker {
	const struct way_conf		*way;
	const struct sms_template	*t;
	struct errs			*errs;
	bool				 numbered;
};

#define WRONG(k, ...) \
	err_add((k)->errs, (k)->t->place.file, (k)->t->place.line, __VA_ARGS__)

static bool
is_value(const char *word)
{
	for (size_t i = 0; values[i] != NULL; i++)
		if (strcmp(values[i], word) == 0)
			return true;
	return false;
}

/* The variable's name and the value it gets. */
static bool
split(const char *pair, char name[32], const char **value)
{
	size_t n = strcspn(pair, "=");

	*value = pair[n] == '=' ? pair + n + 1 : pair;
	if (n == 0 || n >= 32)
		return false;
	memcpy(name, pair, n);
	name[n] = '\0';
	return name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "0123456789_")] == '\0';
}

static int
check_variables(const struct checker *k)
{
	const struct strings *v = &k->t->variables;
	char name[32], other[32];
	const char *value, *unused;
	int rc = 0;

	if (v->n > SMS_VARIABLES)
		return WRONG(k, ERR_("%s: template %s: more than %d variables"), k->way->name,
		    k->t->code, SMS_VARIABLES);
	for (size_t i = 0; i < v->n; i++) {
		if (!split(v->at[i], name, &value))
			rc = WRONG(k, ERR_("%s: template %s: \"%s\" is no variable; write "
			    "\"NAME=VALUE\""), k->way->name, k->t->code, v->at[i]);
		else if (!is_value(value))
			rc = WRONG(k, ERR_("%s: template %s: messages have no \"%s\"; they have "
			    "device, point, value, unit, limit, rule, state, class, priority, "
			    "time, code, gateway, count, text"), k->way->name, k->t->code, value);
		for (size_t j = 0; j < i && !k->numbered; j++)
			if (split(v->at[j], other, &unused) && strcmp(name, other) == 0)
				rc = WRONG(k, ERR_("%s: template %s: the variable %s is there "
				    "twice"), k->way->name, k->t->code, name);
	}
	return rc;
}

/* How often a variable stands in the text. */
static size_t
uses(const struct checker *k, size_t i)
{
	char name[32], mark[48];
	const char *value;
	size_t n = 0;

	if (!split(k->t->variables.at[i], name, &value))
		return 1;
	if (k->numbered)
		snprintf(mark, sizeof(mark), "{%zu}", i + 1);
	else
		snprintf(mark, sizeof(mark), "${%s}", name);
	for (const char *at = k->t->text; (at = strstr(at, mark)) != NULL; at++)
		n++;
	return n;
}

static size_t
characters(const char *text)
{
	size_t n = 0;

	for (; *text != '\0'; text++)
		n += ((uint8_t)*text & 0xc0) != 0x80;
	return n;
}

/* Is there a word besides the variables? */
static bool
says_something(const char *text)
{
	for (; *text != '\0'; text++)
		if (*text == '{')
			text += strcspn(text, "}") - (strchr(text, '}') == NULL);
		else if (strchr(" $,.:;-", *text) == NULL)
			return true;
	return false;
}

static int
check_text(const struct checker *k)
{
	const char *text = k->t->text, *odd = sms_value_odd(text), *at;
	size_t marks = 0;
	int rc = 0;

	if (text[0] == '\0')
		return 0;
	if (odd != NULL)
		rc = WRONG(k, ERR_("%s: template %s: providers refuse brackets of a signature, "
		    "symbols (write mg/m3), addresses of pages, mobile numbers: \"%s\""),
		    k->way->name, k->t->code, odd);
	for (size_t i = 0; i < k->t->variables.n; i++)
		if (uses(k, i) != 1)
			rc = WRONG(k, ERR_("%s: template %s: the variable %s must be in its text "
			    "once"), k->way->name, k->t->code, k->t->variables.at[i]);
	for (at = strchr(text, '{'); at != NULL; at = strchr(at + 1, '{'))
		marks++;
	if (marks != k->t->variables.n)
		rc = WRONG(k, ERR_("%s: template %s: its text has %zu variables, variables %zu"),
		    k->way->name, k->t->code, marks, k->t->variables.n);
	if (strstr(text, k->numbered ? "}{" : "}${") != NULL)
		rc = WRONG(k, ERR_("%s: template %s: two variables side by side are refused"),
		    k->way->name, k->t->code);
	if (!says_something(text))
		rc = WRONG(k, ERR_("%s: template %s: a text of nothing but variables is "
		    "refused"), k->way->name, k->t->code);
	if (characters(text) > SMS_TEXT_MOST)
		rc = WRONG(k, ERR_("%s: template %s: its text has more than %d characters"),
		    k->way->name, k->t->code, SMS_TEXT_MOST);
	return rc;
}

static bool
is_purpose(const char *word)
{
	for (size_t i = 0; notice_purposes[i] != NULL; i++)
		if (strcmp(notice_purposes[i], word) == 0)
			return true;
	return false;
}

static int
check_template(const struct checker *k)
{
	const struct sms_template *t = k->t;
	int rc = 0;

	if (t->code[0] == '\0')
		rc = WRONG(k, ERR_("%s: a template wants its code"), k->way->name);
	for (size_t i = 0; i < t->purposes.n; i++)
		if (!is_purpose(t->purposes.at[i]))
			rc = WRONG(k, ERR_("%s: template %s: \"%s\" is none of alarm, repeat, "
			    "escalated, overdue, chattering, recovered, acked, digest, test"),
			    k->way->name, t->code, t->purposes.at[i]);
	if (t->language[0] != '\0' && strcmp(t->language, "zh") != 0 &&
	    strcmp(t->language, "en") != 0)
		rc = WRONG(k, ERR_("%s: template %s: language must be zh or en"), k->way->name,
		    t->code);
	return rc | check_variables(k) | check_text(k);
}

int
sms_templates_check(const struct way_conf *way, const struct items *templates, bool numbered,
    struct errs *errs)
{
	struct checker k = { .way = way, .errs = errs, .numbered = numbered };
	int rc = 0;

	if (templates->n == 0)
		return err_add(errs, way->place.file, way->place.line,
		    ERR_("%s: templates: at least one is needed"), way->name);
	for (size_t i = 0; i < templates->n; i++) {
		k.t = (const struct sms_template *)templates->at + i;
		rc |= check_template(&k);
	}
	return rc;
}

int
sms_sign_check(const struct way_conf *way, const char *sign, struct errs *errs)
{
	size_t n = characters(sign);

	if (strstr(sign, "【") != NULL || strstr(sign, "】") != NULL || n == 0)
		return err_add(errs, way->place.file, way->place.line,
		    ERR_("%s: sign: the name as it was filed, without its brackets"), way->name);
	if (n >= 2 && n <= 12)
		return 0;
	return err_add(errs, way->place.file, way->place.line,
	    ERR_("%s: sign: \"%s\" is not of 2 to 12 characters"), way->name, sign);
}

static bool
fits(const struct sms_template *t, const struct notice *m)
{
	bool purpose = t->purposes.n == 0;

	for (size_t i = 0; i < t->purposes.n; i++)
		purpose |= strcmp(t->purposes.at[i], notice_purposes[m->purpose]) == 0;
	return purpose && (t->language[0] == '\0' || strcmp(t->language, m->language) == 0);
}

const struct sms_template *
sms_template_of(const struct items *templates, const struct notice *m, struct way_result *r)
{
	const struct sms_template *t = templates->at;

	for (size_t i = 0; i < templates->n; i++)
		if (fits(&t[i], m))
			return &t[i];
	r->outcome = WAY_REFUSED;
	r->for_good = true;
	snprintf(r->why, sizeof(r->why), "no template for %s in %s",
	    notice_purposes[m->purpose], m->language);
	return NULL;
}

size_t
sms_template_fill(const struct sms_template *t, const struct notice *m, size_t most,
    struct sms_variable *to)
{
	size_t n = t->variables.n < SMS_VARIABLES ? t->variables.n : SMS_VARIABLES;
	const char *value;

	for (size_t i = 0; i < n; i++) {
		split(t->variables.at[i], to[i].name, &value);
		value = strcmp(value, "text") == 0 ? m->text : notice_variable(m, value);
		sms_value(value, most, to[i].value, sizeof(to[i].value));
	}
	return n;
}
