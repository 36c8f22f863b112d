#include <string.h>

#include "../conf/span.h"
#include "days.h"
#include "parser.h"
#include "statistic_conf.h"

static struct expr *
no_function(struct parser *p, const struct token *name)
{
	const char *near = rule_fn_near(name->word);

	expr_fault(p->source, name->at, near != NULL ?
	    ERR_("%s: %s: there is no function \"%s\"; did you mean \"%s\"?") :
	    ERR_("%s: %s: there is no function \"%s\""), name->word, near);
	return NULL;
}

/* How it is called, where it is called otherwise. */
static struct expr *
misused(struct parser *p, const struct rule_fn *fn)
{
	if (p->token.kind == TOK_END)
		return parser_fault(p, "%s: %s: something is missing at the end; write %s",
		    fn->usage);
	return parser_fault(p, "%s: %s: \"%s\" does not fit here; write %s", p->token.word,
	    fn->usage);
}

static bool
read_span(struct parser *p, struct rule_literal *l)
{
	if (p->token.kind != TOK_SPAN || p->token.span <= 0)
		return false;
	l->whole = p->token.span;
	parser_next(p);
	return true;
}

static bool
read_plain_number(struct parser *p, struct rule_literal *l)
{
	bool negative = parser_take(p, "-");

	if (p->token.kind != TOK_NUMBER)
		return false;
	l->number = negative ? -p->token.number : p->token.number;
	parser_next(p);
	return true;
}

static bool
read_text(struct parser *p, uint8_t kind, struct rule_literal *l)
{
	const char *at = p->token.word;
	int value;

	if (p->token.kind != TOK_TEXT)
		return false;
	value = kind == ARG_TIME ? days_minute(&at) : days_week(&at);
	if (value < 0 || *at != '\0')
		return false;
	l->whole = value;
	parser_next(p);
	return true;
}

static bool
read_literal(struct parser *p, uint8_t kind, struct rule_literal *l)
{
	switch (kind) {
	case ARG_WINDOW:
		l->clock = parser_take(p, "clock");
		return read_span(p, l);
	case ARG_SPAN:
		return read_span(p, l);
	case ARG_NUMBER:
		return read_plain_number(p, l);
	default:
		return read_text(p, kind, l);
	}
}

bool
rule_arg_is_literal(uint8_t kind)
{
	kind &= (uint8_t)~ARG_OPTIONAL;
	return kind >= ARG_SPAN && kind < ARG_KINDS;
}

static struct expr *
read_group(struct parser *p)
{
	struct expr *e;

	token_group(p->source->text, p->token.at, &p->token);
	if (p->token.kind != TOK_NAME)
		return parser_missing(p, ERR_("a group of points"));
	e = parse_name(p);
	if (e != NULL) {
		e->kind = EXPR_GROUP;
		e->of = NULL;
	}
	return e;
}

/* Within the brackets, "any(site/.lel > 20)", or behind them. */
static bool
read_limit(struct parser *p, struct expr *call)
{
	if (!parser_comparison(p, &call->how))
		return true;
	call->arg[1] = parse_sum(p);
	return call->arg[1] != NULL && parse_is_figure(p, call->arg[1]);
}

/* Numbers have bounds, and the clock has intervals. */
static bool
is_within(struct parser *p, const struct rule_fn *fn, uint8_t kind, const struct expr *e)
{
	const struct rule_literal *l = &e->literal;
	char asked[32], near[32];

	if (kind == ARG_NUMBER && fn->most > 0 && (l->number < 0 || l->number > fn->most)) {
		expr_fault(p->source, e->at, "%s: %s: \"%s\" wants a number from 0 to %g here",
		    fn->name, fn->most);
		return false;
	}
	if (kind != ARG_WINDOW || !l->clock)
		return true;
	p->clocked = true;
	if (statistic_nearest(l->whole) == l->whole)
		return true;
	expr_fault(p->source, e->at, "%s: %s: the clock has no intervals of %s; the nearest are of "
	    "%s", span_write(l->whole, asked, sizeof(asked)),
	    span_write(statistic_nearest(l->whole), near, sizeof(near)));
	return false;
}

static struct expr *
read_arg(struct parser *p, const struct rule_fn *fn, uint8_t kind)
{
	struct expr *e;

	if (rule_arg_is_literal(kind)) {
		e = parser_new(p, EXPR_LITERAL, p->token.at, p->token.len);
		if (e == NULL)
			return NULL;
		if (!read_literal(p, kind, &e->literal))
			return misused(p, fn);
		return is_within(p, fn, kind, e) ? e : NULL;
	}
	if (kind == ARG_GROUP)
		return read_group(p);
	if (kind == ARG_POINT)
		return p->token.kind == TOK_NAME ? parse_name(p) : misused(p, fn);
	e = parse_or(p);
	if (e == NULL || (kind == ARG_FIGURE && !parse_is_figure(p, e)) ||
	    (kind == ARG_TRUTH && !parse_is_truth(p, e)))
		return NULL;
	return e;
}

static bool
read_args(struct parser *p, struct expr *call)
{
	const struct rule_fn *fn = call->fn;

	for (size_t i = 0; i < RULE_ARGS && fn->args[i] != ARG_NONE; i++) {
		bool optional = fn->args[i] & ARG_OPTIONAL;
		uint8_t kind = fn->args[i] & (uint8_t)~ARG_OPTIONAL;

		if (optional && token_is(&p->token, ")"))
			break;
		if (i > 0 && !parser_take(p, ",")) {
			misused(p, fn);
			return false;
		}
		call->arg[i] = read_arg(p, fn, kind);
		if (call->arg[i] == NULL)
			return false;
		if (kind == ARG_GROUP && !read_limit(p, call))
			return false;
	}
	return true;
}

struct expr *
parse_call(struct parser *p, const struct token *name)
{
	const struct rule_fn *fn = rule_fn_find(name->word);
	struct expr *call;

	if (fn == NULL)
		return no_function(p, name);
	call = parser_new(p, EXPR_CALL, name->at, name->len);
	if (call == NULL)
		return NULL;
	call->fn = fn;
	call->truth = fn->truth;
	parser_next(p);			/* over the bracket */
	p->calls++;
	if (!read_args(p, call))
		return NULL;
	if (!parser_take(p, ")"))
		return misused(p, fn);
	if (fn->args[0] == ARG_GROUP && fn->truth && call->arg[1] == NULL &&
	    !read_limit(p, call))
		return NULL;
	p->calls--;
	return call;
}
