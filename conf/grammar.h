#ifndef CONF_GRAMMAR_H
#define CONF_GRAMMAR_H

/* What may stand after what in the syntax of libconfig 1.5.  Inside conf/. */

enum token { TOKEN_NAME, TOKEN_ASSIGN, TOKEN_VALUE, TOKEN_OPEN, TOKEN_CLOSE, TOKEN_COMMA,
	TOKEN_SEMICOLON, TOKEN_END, TOKENS };

enum wants {
	WANTS_NAME,		/* in a group, before a setting */
	WANTS_ASSIGN,		/* behind its name */
	WANTS_VALUE,		/* behind its = */
	WANTS_MORE,		/* behind its value: a terminator may be left out */
	WANTS_FIRST,		/* behind the opening bracket of a list */
	WANTS_NEXT,		/* behind a comma of a list */
	WANTS_COMMA,		/* behind an element of a list */
	WANTS
};

/* Why this may not stand there, a format with one %s for how the token is
 * written; NULL: it may. */
const char	*grammar_refuses(enum wants, enum token);
/* What is wanted behind it.  Brackets are the caller's: he knows which one
 * he is in after them. */
enum wants	 grammar_after(enum wants, enum token);

#endif
