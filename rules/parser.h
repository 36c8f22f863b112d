#ifndef RULES_PARSER_H
#define RULES_PARSER_H

#include "expr.h"
#include "token.h"

/* A text while it is taken apart; for parse*.c only.  All that read return NULL
 * after a fault, which is in errs then: the first of a text is told. */
struct parser {
	bool			 clocked;	/* see struct formula */
	const struct expr_source	*source;
	const struct constants		*constants;
	struct arena			*arena;
	struct token			 token;		/* that is next */
	int				 depth;		/* of enter() */
	int				 calls;		/* that are open */
	bool				 ordered;	/* see struct formula */
};

/* The fault stands at the token that is next. */
#define parser_fault(p, fmt, ...) \
	(expr_fault((p)->source, (p)->token.at, fmt, __VA_ARGS__), NULL)

void		 parser_next(struct parser *);
bool		 parser_take(struct parser *, const char *word);
/* Something else was to stand here; what is marked for translation. */
struct expr	*parser_missing(struct parser *, const char *what);
bool		 parser_comparison(struct parser *, enum comparison *);
/* A new piece of the text, that stands there. */
struct expr	*parser_new(struct parser *, enum expr_kind, size_t at, size_t len);

struct expr	*parse_or(struct parser *);	/* a whole condition or figure */
struct expr	*parse_sum(struct parser *);	/* a figure */
struct expr	*parse_name(struct parser *);
struct expr	*parse_call(struct parser *, const struct token *name);
bool		 parse_is_truth(struct parser *, const struct expr *);
bool		 parse_is_figure(struct parser *, const struct expr *);

#endif
