#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../conf/span.h"
#include "token.h"

static const char *const signs[] = {	/* the longer ones first */
	">=", "<=", "==", "!=", ">", "<", "(", ")", ",", "+", "-", "*", "/"
};

static bool
is_figure(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool
in_name(char c)
{
	return is_letter(c) || is_figure(c) || c == '.' || c == '/' || c == '-';
}

static bool
in_group(char c)
{
	return in_name(c) || c == '*' || c == '?';
}

static bool
in_unit(char c)
{
	return is_letter(c) || is_figure(c) || c == '/' || c == '%';
}

static size_t
skip_blanks(const char *text, size_t at)
{
	while (text[at] == ' ' || text[at] == '\t' || text[at] == '\n' || text[at] == '\r')
		at++;
	return at;
}

static size_t
figures(const char *s)
{
	size_t n = 0;

	while (is_figure(s[n]))
		n++;
	return n;
}

/* Bytes of the number that begins at s; 0: none does. */
static size_t
number_len(const char *s)
{
	size_t whole = figures(s), n = whole, part = 0, power;

	if (s[n] == '.') {
		part = figures(s + n + 1);
		n += 1 + part;
	}
	if (whole + part == 0)
		return 0;
	if (s[n] != 'e' && s[n] != 'E')
		return n;
	power = n + 1 + (s[n + 1] == '+' || s[n + 1] == '-');
	return figures(s + power) > 0 ? power + figures(s + power) : n;
}

static void
keep(struct token *t, enum token_kind kind, const char *s, size_t len)
{
	t->kind = len < TOKEN_MAX ? kind : TOK_BAD;
	len = len < TOKEN_MAX ? len : TOKEN_MAX - 1;
	memcpy(t->word, s, len);
	t->word[len] = '\0';
	t->len = len;
}

static bool
read_number(struct token *t, const char *s)
{
	size_t n = number_len(s);

	if (n == 0 || in_name(s[n]))
		return false;
	keep(t, TOK_NUMBER, s, n);
	t->number = strtod(t->word, NULL);
	if (!isfinite(t->number))
		t->kind = TOK_BAD;
	return true;
}

static bool
read_word(struct token *t, const char *s, bool (*in)(char))
{
	bool letters = false;
	size_t n = 0;

	for (; in(s[n]); n++)
		letters |= is_letter(s[n]) || s[n] == '*' || s[n] == '?';
	if (n == 0 || *s == '-' || *s == '/')
		return false;
	keep(t, letters ? TOK_NAME : TOK_BAD, s, n);
	if (t->kind == TOK_NAME && is_figure(*s) && span_parse(t->word, &t->span) == 0)
		t->kind = TOK_SPAN;
	return true;
}

static bool
read_text(struct token *t, const char *s)
{
	const char *end;

	if (*s != '\'' && *s != '"')
		return false;
	end = strchr(s + 1, *s);
	if (end == NULL) {
		keep(t, TOK_BAD, s, strlen(s));
		return true;
	}
	keep(t, TOK_TEXT, s + 1, (size_t)(end - s) - 1);
	t->len = (size_t)(end - s) + 1;
	return true;
}

static bool
read_sign(struct token *t, const char *s)
{
	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
		size_t n = strlen(signs[i]);

		if (strncmp(s, signs[i], n) != 0)
			continue;
		keep(t, TOK_SIGN, s, n);
		return true;
	}
	return false;
}

/* One character, all of its bytes. */
static void
read_bad(struct token *t, const char *s)
{
	size_t n = 1;

	while (((unsigned char)s[n] & 0xc0) == 0x80 && n < 4)
		n++;
	keep(t, TOK_BAD, s, n);
}

static void
read_token(const char *text, size_t at, struct token *t, bool (*in)(char))
{
	const char *s;

	t->at = skip_blanks(text, at);
	s = text + t->at;
	if (*s == '\0')
		keep(t, TOK_END, "", 0);
	else if (!read_number(t, s) && !read_word(t, s, in) && !read_text(t, s) &&
	    !read_sign(t, s))
		read_bad(t, s);
}

void
token_read(const char *text, size_t at, struct token *t)
{
	read_token(text, at, t, in_name);
}

void
token_group(const char *text, size_t at, struct token *t)
{
	t->at = skip_blanks(text, at);
	if (!read_word(t, text + t->at, in_group))
		token_read(text, at, t);
}

bool
token_unit(const char *text, size_t at, struct token *t)
{
	const char *s;
	size_t n = 0;

	t->at = skip_blanks(text, at);
	s = text + t->at;
	while (in_unit(s[n]))
		n++;
	if (n == 0 || *s == '/')
		return false;
	keep(t, TOK_NAME, s, n);
	return t->kind == TOK_NAME;
}

bool
token_is(const struct token *t, const char *word)
{
	return (t->kind == TOK_SIGN || t->kind == TOK_NAME) && strcmp(t->word, word) == 0;
}
