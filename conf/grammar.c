#include <stddef.h>

#include "err.h"
#include "grammar.h"

#define NAMELESS	ERR_("%s: a name and \"=\" must stand before a value; a figure has a " \
			    "point and no comma")
#define UNLISTED	ERR_("%s: a name and \"=\" must stand before it; elements of a list " \
			    "stand in ( )")
#define NO_ASSIGN	ERR_("syntax error at %s: \"=\" is missing after the name before it")
#define NO_VALUE	ERR_("syntax error at %s: a value is missing after \"=\"")
#define NO_COMMA	ERR_("syntax error at %s: a comma is missing before it")
#define TOO_MANY	ERR_("syntax error: one %s too many")
#define NO_ELEMENT	ERR_("syntax error at %s: an element of the list is missing before it")
#define LIST_ASSIGN	ERR_("%s in a list: settings stand in a group { }")
#define QUOTES		ERR_("%s must stand in quotes")

static const char *const refusals[WANTS][TOKENS] = {
	[WANTS_NAME] = {
		[TOKEN_ASSIGN] = ERR_("syntax error: a name is missing before %s"),
		[TOKEN_VALUE] = NAMELESS, [TOKEN_OPEN] = UNLISTED,
		[TOKEN_COMMA] = TOO_MANY, [TOKEN_SEMICOLON] = TOO_MANY },
	[WANTS_ASSIGN] = {
		[TOKEN_NAME] = NO_ASSIGN, [TOKEN_VALUE] = NO_ASSIGN, [TOKEN_OPEN] = NO_ASSIGN,
		[TOKEN_CLOSE] = NO_ASSIGN, [TOKEN_COMMA] = NO_ASSIGN,
		[TOKEN_SEMICOLON] = NO_ASSIGN, [TOKEN_END] = NO_ASSIGN },
	[WANTS_VALUE] = {
		[TOKEN_NAME] = QUOTES, [TOKEN_ASSIGN] = TOO_MANY, [TOKEN_CLOSE] = NO_VALUE,
		[TOKEN_COMMA] = NO_VALUE, [TOKEN_SEMICOLON] = NO_VALUE,
		[TOKEN_END] = NO_VALUE },
	[WANTS_MORE] = {
		[TOKEN_ASSIGN] = ERR_("syntax error: a name is missing before %s"),
		[TOKEN_VALUE] = NAMELESS, [TOKEN_OPEN] = UNLISTED },
	[WANTS_FIRST] = {
		[TOKEN_NAME] = QUOTES, [TOKEN_ASSIGN] = LIST_ASSIGN,
		[TOKEN_COMMA] = NO_ELEMENT, [TOKEN_SEMICOLON] = NO_ELEMENT },
	[WANTS_NEXT] = {
		[TOKEN_NAME] = QUOTES, [TOKEN_ASSIGN] = LIST_ASSIGN,
		[TOKEN_CLOSE] = ERR_("syntax error at %s: no comma after the last element"),
		[TOKEN_COMMA] = TOO_MANY, [TOKEN_SEMICOLON] = NO_ELEMENT },
	[WANTS_COMMA] = {
		[TOKEN_NAME] = NO_COMMA, [TOKEN_ASSIGN] = LIST_ASSIGN,
		[TOKEN_VALUE] = NO_COMMA, [TOKEN_OPEN] = NO_COMMA,
		[TOKEN_SEMICOLON] =
		    ERR_("syntax error at %s: a comma parts the elements of a list") },
};

const char *
grammar_refuses(enum wants wants, enum token token)
{
	return refusals[wants][token];
}

enum wants
grammar_after(enum wants wants, enum token token)
{
	switch (token) {
	case TOKEN_NAME:
		return WANTS_ASSIGN;
	case TOKEN_ASSIGN:
		return WANTS_VALUE;
	case TOKEN_VALUE:
		return wants == WANTS_FIRST || wants == WANTS_NEXT ? WANTS_COMMA : WANTS_MORE;
	case TOKEN_COMMA:
		return wants == WANTS_COMMA ? WANTS_NEXT : WANTS_NAME;
	case TOKEN_SEMICOLON:
		return WANTS_NAME;
	default:
		return wants;
	}
}
