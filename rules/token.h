#ifndef RULES_TOKEN_H
#define RULES_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The words of the rule language. */

#define TOKEN_MAX	128	/* bytes of one, with the NUL */

enum token_kind {
	TOK_END,
	TOK_NUMBER,		/* 2, 0.25, 1e3 */
	TOK_SPAN,		/* 10min, 90s */
	TOK_NAME,		/* fume, limit.fume, kitchen1/fume.fume, and, mean */
	TOK_TEXT,		/* '06:00' or "06:00" */
	TOK_SIGN,		/* > >= == ( , + ... */
	TOK_BAD			/* nothing of it is meant */
};

struct token {
	enum token_kind	kind;
	size_t		at, len;		/* in the text, in bytes */
	char		word[TOKEN_MAX];	/* what it says; without the quotes */
	double		number;			/* NUMBER */
	int64_t		span;			/* SPAN: us */
};

/* The token that begins at or behind at.  A name may hold - and /, so that blanks
 * belong around a minus sign and a stroke of division. */
void	token_read(const char *text, size_t at, struct token *);
/* The same where a group of points may stand: * and ? are of the name. */
void	token_group(const char *text, size_t at, struct token *);
/* The same behind a number: the name of a unit, %LEL.  False: none stands there. */
bool	token_unit(const char *text, size_t at, struct token *);
bool	token_is(const struct token *, const char *word);	/* a sign or a name */

#endif
