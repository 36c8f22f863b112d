#include <string.h>

#include "parser.h"

void
parser_next(struct parser *p)
{
	token_read(p->source->text, p->token.at + p->token.len, &p->token);
}

bool
parser_take(struct parser *p, const char *word)
{
	if (!token_is(&p->token, word))
		return false;
	parser_next(p);
	return true;
}

struct expr *
parser_new(struct parser *p, enum expr_kind kind, size_t at, size_t len)
{
	struct expr *e = arena_alloc(p->arena, sizeof(*e));

	if (e == NULL)
		return parser_fault(p, "%s: %s: there is no memory left for \"%s\"",
		    p->token.word);
	e->kind = kind;
	e->at = (uint16_t)at;
	e->len = (uint16_t)len;
	return e;
}

/* Brackets within brackets: the stack is not theirs to fill. */
static bool
enter(struct parser *p)
{
	if (p->depth++ < EXPR_DEPTH_MAX)
		return true;
	(void)parser_fault(p, "%s: %s: more than %d brackets and signs within each other",
	    EXPR_DEPTH_MAX);
	return false;
}

/* Signs that other languages have. */
static const struct {
	char		 first;
	const char	*write;
} foreign[] = {
	{ '=', "==" }, { '&', "and" }, { '|', "or" }, { '!', "not" }
};

static struct expr *
bad_token(struct parser *p)
{
	const struct token *t = &p->token;

	for (size_t i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++)
		if (t->word[0] == foreign[i].first)
			return parser_fault(p, "%s: %s: \"%s\" has no meaning here; write \"%s\"",
			    t->word, foreign[i].write);
	if (t->word[0] == '\'' || t->word[0] == '"')
		return parser_fault(p, "%s: %s: this text is never closed: %s", t->word);
	if (t->word[0] >= '0' && t->word[0] <= '9')
		return parser_fault(p, "%s: %s: \"%s\" is neither a number nor a name", t->word);
	return parser_fault(p, "%s: %s: \"%s\" has no meaning here", t->word);
}

struct expr *
parser_missing(struct parser *p, const char *what)
{
	const char *word = err_word(p->source->errs, what);

	if (p->token.kind == TOK_BAD)
		return bad_token(p);
	if (p->token.kind == TOK_END)
		return parser_fault(p, "%s: %s: %s is missing at the end", word);
	return parser_fault(p, "%s: %s: %s is missing before \"%s\"", word, p->token.word);
}

/* A name may stand where a truth is wanted: a contact that is on, a constant that
 * says that a shop has a fan. */
bool
parse_is_truth(struct parser *p, const struct expr *e)
{
	if (e->truth || e->kind == EXPR_NAME)
		return true;
	expr_fault(p->source, e->at, "%s: %s: a condition is wanted here, such as %s",
	    "fume > 2");
	return false;
}

bool
parse_is_figure(struct parser *p, const struct expr *e)
{
	if (!e->truth)
		return true;
	expr_fault(p->source, e->at, "%s: %s: a figure is wanted here, not a condition, "
	    "such as %s", "fume");
	return false;
}

static struct expr *
read_number(struct parser *p)
{
	struct expr *e = parser_new(p, EXPR_NUMBER, p->token.at, p->token.len);
	struct token unit;

	if (e == NULL)
		return NULL;
	e->number = p->token.number;
	if (p->token.kind == TOK_SPAN) {
		e->number = (double)p->token.span / 1e6;
		e->unit = unit_find("s");
	} else if (token_unit(p->source->text, p->token.at + p->token.len, &unit) &&
	    (e->unit = unit_find(unit.word)) != NULL) {
		e->len = (uint16_t)(unit.at + unit.len - e->at);
		p->token = unit;
	}
	parser_next(p);
	return e;
}

struct expr *
parse_name(struct parser *p)
{
	const struct constant *constant = constants_find(p->constants, p->token.word);
	struct expr *e = parser_new(p, EXPR_NAME, p->token.at, p->token.len);

	if (e == NULL)
		return NULL;
	e->word = arena_text(p->arena, p->token.word, strlen(p->token.word));
	if (e->word == NULL)
		return parser_fault(p, "%s: %s: there is no memory left for \"%s\"",
		    p->token.word);
	e->of = constant;
	parser_next(p);
	return e;
}

static struct expr *
read_brackets(struct parser *p)
{
	struct expr *e;

	parser_next(p);
	e = enter(p) ? parse_or(p) : NULL;
	p->depth--;
	if (e != NULL && !parser_take(p, ")"))
		return parser_missing(p, ERR_("a closing bracket"));
	return e;
}

static bool
is_word_of_ours(const struct token *t)
{
	return token_is(t, "and") || token_is(t, "or") || token_is(t, "not");
}

static struct expr *
read_named(struct parser *p)
{
	struct token name = p->token, after;
	struct expr *e;

	if (is_word_of_ours(&name))
		return parser_missing(p, ERR_("a figure or a point"));
	token_read(p->source->text, name.at + name.len, &after);
	if (!token_is(&after, "("))
		return parse_name(p);
	parser_next(p);
	e = enter(p) ? parse_call(p, &name) : NULL;
	p->depth--;
	return e;
}

static struct expr *
read_primary(struct parser *p)
{
	switch (p->token.kind) {
	case TOK_NUMBER:
	case TOK_SPAN:
		return read_number(p);
	case TOK_NAME:
		return read_named(p);
	case TOK_BAD:
		return bad_token(p);
	case TOK_SIGN:
		if (token_is(&p->token, "("))
			return read_brackets(p);
		break;
	case TOK_TEXT:
	case TOK_END:
		break;
	}
	return parser_missing(p, ERR_("a figure or a point"));
}

static struct expr *
read_unary(struct parser *p)
{
	struct expr *e, *inner;
	size_t at = p->token.at;

	if (parser_take(p, "+"))
		return read_primary(p);
	if (!parser_take(p, "-"))
		return read_primary(p);
	inner = enter(p) ? read_unary(p) : NULL;
	p->depth--;
	if (inner == NULL || !parse_is_figure(p, inner))
		return NULL;
	e = parser_new(p, EXPR_NEGATE, at, 1);
	if (e != NULL)
		e->arg[0] = inner;
	return e;
}

static struct expr *
join(struct parser *p, enum expr_kind kind, size_t at, struct expr *a, struct expr *b)
{
	bool figures = kind != EXPR_AND && kind != EXPR_OR;
	struct expr *e;

	if (b == NULL)
		return NULL;
	if (figures ? !parse_is_figure(p, a) || !parse_is_figure(p, b) :
	    !parse_is_truth(p, a) || !parse_is_truth(p, b))
		return NULL;
	e = parser_new(p, kind, at, 1);
	if (e == NULL)
		return NULL;
	e->arg[0] = a;
	e->arg[1] = b;
	e->truth = !figures || kind == EXPR_COMPARE;
	return e;
}

/* Operators of one rank, from the left. */
struct rank {
	struct { const char *sign; enum expr_kind kind; } operators[2];
	struct expr	*(*operand)(struct parser *);
};

static struct expr *
read_rank(struct parser *p, const struct rank *rank)
{
	struct expr *e = rank->operand(p);
	size_t i = 0;

	while (e != NULL && i < 2) {
		size_t at = p->token.at;

		if (rank->operators[i].sign == NULL || !parser_take(p, rank->operators[i].sign)) {
			i++;
			continue;
		}
		e = join(p, rank->operators[i].kind, at, e, rank->operand(p));
		i = 0;
	}
	return e;
}

static struct expr *
read_product(struct parser *p)
{
	static const struct rank rank = { { { "*", EXPR_MULTIPLY }, { "/", EXPR_DIVIDE } },
	    read_unary };

	return read_rank(p, &rank);
}

struct expr *
parse_sum(struct parser *p)
{
	static const struct rank rank = { { { "+", EXPR_ADD }, { "-", EXPR_SUBTRACT } },
	    read_product };

	return read_rank(p, &rank);
}

static const struct {
	const char	*sign;
	enum comparison	 how;
} comparisons[] = {
	{ ">", COMPARE_GT }, { ">=", COMPARE_GE }, { "<", COMPARE_LT }, { "<=", COMPARE_LE },
	{ "==", COMPARE_EQ }, { "!=", COMPARE_NE },
};

bool
parser_comparison(struct parser *p, enum comparison *how)
{
	for (size_t i = 0; i < sizeof(comparisons) / sizeof(comparisons[0]); i++) {
		if (!token_is(&p->token, comparisons[i].sign))
			continue;
		*how = comparisons[i].how;
		p->ordered |= p->calls == 0 && *how <= COMPARE_LE;
		parser_next(p);
		return true;
	}
	return false;
}

static struct expr *
read_comparison(struct parser *p)
{
	struct expr *e = parse_sum(p);
	size_t at = p->token.at;
	enum comparison how;

	if (e == NULL || !parser_comparison(p, &how))
		return e;
	e = join(p, EXPR_COMPARE, at, e, parse_sum(p));
	if (e == NULL)
		return NULL;
	e->how = how;
	if (parser_comparison(p, &how)) {
		expr_fault(p->source, e->at, "%s: %s: two comparisons in one; write \"%s\"",
		    "a < b and b < c");
		return NULL;
	}
	return e;
}

static struct expr *
read_not(struct parser *p)
{
	size_t at = p->token.at;
	struct expr *e, *inner;

	if (!parser_take(p, "not"))
		return read_comparison(p);
	inner = enter(p) ? read_not(p) : NULL;
	p->depth--;
	if (inner == NULL || !parse_is_truth(p, inner))
		return NULL;
	e = parser_new(p, EXPR_NOT, at, 3);
	if (e == NULL)
		return NULL;
	e->arg[0] = inner;
	e->truth = true;
	return e;
}

static struct expr *
read_and(struct parser *p)
{
	static const struct rank rank = { { { "and", EXPR_AND } }, read_not };

	return read_rank(p, &rank);
}

struct expr *
parse_or(struct parser *p)
{
	static const struct rank rank = { { { "or", EXPR_OR } }, read_and };

	return read_rank(p, &rank);
}

/* Is it true only while some point is silent? */
static bool
waits(const struct expr *e)
{
	if (e->kind == EXPR_AND)
		return waits(e->arg[0]) || waits(e->arg[1]);
	if (e->kind == EXPR_OR)
		return waits(e->arg[0]) && waits(e->arg[1]);
	return e->kind == EXPR_CALL && e->fn->waits &&
	    (e->fn->args[0] != ARG_TRUTH || waits(e->arg[0]));
}

static int
too_much(struct parser *p)
{
	if (p->token.kind == TOK_BAD)
		bad_token(p);
	else
		(void)parser_fault(p, "%s: %s: \"%s\" is too much", p->token.word);
	return -1;
}

int
formula_read(const struct expr_source *source, const struct constants *constants,
    struct arena *arena, struct formula *f)
{
	struct parser p = { .source = source, .constants = constants, .arena = arena };

	*f = (struct formula){ .text = source->text };
	if (strlen(source->text) > EXPR_TEXT_MAX) {
		expr_fault(source, 0, "%s: %s: is longer than %d bytes; name parts of it in "
		    "derived points", EXPR_TEXT_MAX);
		return -1;
	}
	parser_next(&p);
	f->root = parse_or(&p);
	if (f->root == NULL)
		return -1;
	if (p.token.kind != TOK_END)
		return too_much(&p);
	f->ordered = p.ordered;
	f->waits = waits(f->root);
	f->clocked = p.clocked;
	return 0;
}

static bool
same(const struct expr *a, const struct expr *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	if (a->kind != b->kind || (a->of == NULL) != (b->of == NULL) ||
	    (a->of != NULL && !constant_same(a->of, b->of)) ||
	    memcmp(&a->number, &b->number, sizeof(a->number)) != 0)
		return false;
	for (size_t i = 0; i < RULE_ARGS; i++)
		if (!same(a->arg[i], b->arg[i]))
			return false;
	return true;
}

bool
formula_same(const struct formula *a, const struct formula *b)
{
	return strcmp(a->text, b->text) == 0 && same(a->root, b->root);
}
