#include <stdbool.h>
#include <string.h>

#include "grammar.h"
#include "literal.h"
#include "scan.h"
#include "utf8.h"

#define DEPTH_MAX	32	/* brackets within brackets */
#define NAMES_MAX	512	/* settings in the groups that are open at a time */
#define SHOWN_MAX	40	/* bytes of a word in a message */

struct bracket {
	char		 open;
	const char	*file;
	int		 line;
	size_t		 names;		/* where those of this group begin */
};

struct name {
	const char	*s;
	size_t		 n;
	const char	*file;
	int		 line;
};

struct scan {
	struct errs	*errs;
	enum wants	 wants;
	bool		 text;		/* the token before was a text in quotes */
	struct bracket	 open[DEPTH_MAX];
	size_t		 depth;
	struct name	 names[NAMES_MAX];
	size_t		 nnames;
	struct name	 word;		/* the last name that was met */
	char		*written;	/* the same, to be changed */
	size_t		 ndoubles;
};

struct scan *
scan_new(struct arena *arena, struct errs *errs)
{
	struct scan *s = arena_alloc(arena, sizeof(*s));

	if (s != NULL)
		s->errs = errs;
	return s;
}

/* A word of the text as it may stand in a message. */
static const char *
shown(char buf[SHOWN_MAX + 1], const char *s, size_t n)
{
	size_t len = n < SHOWN_MAX ? n : SHOWN_MAX;

	while (len > 0 && len < n && ((unsigned char)s[len] & 0xc0) == 0x80)
		len--;
	memcpy(buf, s, len);
	buf[len] = '\0';
	return buf;
}

static void
fault(struct scan *s, const struct scan_text *t, const char *fmt, const char *word, size_t n)
{
	char buf[SHOWN_MAX + 1];

	err_add(s->errs, t->file, t->line, fmt, shown(buf, word, n));
}

static bool
in_list(const struct scan *s)
{
	return s->depth > 0 && s->open[s->depth - 1].open != '{';
}

static enum scan_result
take(struct scan *s, struct scan_text *t, enum token token, size_t n)
{
	const char *why = grammar_refuses(s->wants, token);

	if (why != NULL) {
		fault(s, t, why, t->text + t->at, n);
		return SCAN_FAULT;
	}
	s->wants = grammar_after(s->wants, token);
	if (token == TOKEN_COMMA && !in_list(s))
		s->wants = WANTS_NAME;
	s->text = false;
	t->at += n;
	return SCAN_END;
}

/* The second of two names becomes one that nobody else has, of the same length. */
static void
rename_double(struct scan *s)
{
	static const char signs[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";
	size_t k = s->ndoubles++;

	s->written[0] = '*';
	for (size_t i = 1; i < s->word.n; i++, k /= sizeof(signs) - 1)
		s->written[i] = signs[k % (sizeof(signs) - 1)];
}

static void
check_twice(struct scan *s, const struct scan_text *t)
{
	size_t i = s->depth > 0 ? s->open[s->depth - 1].names : 0;
	char buf[SHOWN_MAX + 1];

	for (; i < s->nnames; i++) {
		const struct name *other = &s->names[i];

		if (other->n != s->word.n || memcmp(other->s, s->word.s, other->n) != 0)
			continue;
		err_add(s->errs, t->file, s->word.line,
		    other->file == t->file ? ERR_("%s is given twice, first in line %d") :
		    ERR_("%s is given twice, first in line %d of %s"),
		    shown(buf, s->word.s, s->word.n), other->line, other->file);
		err_last(s->errs);
		rename_double(s);
		return;
	}
	if (s->nnames < NAMES_MAX)
		s->names[s->nnames++] = s->word;
}

/* In any case of its letters. */
static bool
is_word(const char *s, size_t n, const char *word)
{
	size_t i = 0;

	while (i < n && word[i] != '\0' && (s[i] | 0x20) == word[i])
		i++;
	return i == n && word[i] == '\0';
}

static enum scan_result
take_name(struct scan *s, struct scan_text *t)
{
	static const char tail[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "0123456789-_*";
	const char *p = t->text + t->at;
	size_t n = strspn(p, tail);

	if ((s->wants == WANTS_VALUE || in_list(s)) &&
	    (is_word(p, n, "true") || is_word(p, n, "false")))
		return take(s, t, TOKEN_VALUE, n);
	s->word = (struct name){ p, n, t->file, t->line };
	s->written = t->text + t->at;
	return take(s, t, TOKEN_NAME, n);
}

static enum scan_result
take_number(struct scan *s, struct scan_text *t)
{
	char *p = t->text + t->at, buf[SHOWN_MAX + 1];
	size_t n = literal_span(p);
	const char *why = grammar_refuses(s->wants, TOKEN_VALUE) == NULL ?
	    literal_refuses(p, n) : NULL;

	if (why != NULL) {
		err_add(s->errs, t->file, t->line, why, shown(buf, p, n));
		err_last(s->errs);
		memset(p, ' ', n);
		*p = '0';
	}
	return take(s, t, TOKEN_VALUE, n);
}

/* Behind a backslash: how many bytes belong to it; 0: refused. */
static size_t
escape(const char *p)
{
	static const char plain[] = "nrtf\\\"", hex[] = "0123456789abcdefABCDEF";

	if (*p != '\0' && strchr(plain, *p) != NULL)
		return 1;
	/* \x80 and more would be half a character, \x00 would cut the text */
	if (*p == 'x' && p[1] >= '2' && p[1] <= '7' && p[2] != '\0' &&
	    strchr(hex, p[2]) != NULL)
		return 3;
	return 0;
}

/* From behind the opening quote to the closing one; 0: refused and told. */
static size_t
quoted_span(struct scan *s, const struct scan_text *t, const char *p, size_t n)
{
	size_t i = 0, len;

	while (i < n && p[i] != '"') {
		len = p[i] == '\\' ? escape(p + i + 1) + 1 : utf8_len(p + i, n - i);
		if (p[i] == '\n' || p[i] == '\r')
			break;
		if (p[i] == '\\' && len == 1) {
			fault(s, t, "%s in a text: a backslash is written \\\\", p + i, 2);
			return 0;
		}
		if (len == 0) {
			fault(s, t, "the text \"%s...\" is not UTF-8: was the file saved as GBK?",
			    p, i);
			return 0;
		}
		if ((unsigned char)p[i] < ' ' && p[i] != '\t') {
			fault(s, t, "the text \"%s...\" holds a control character", p, i);
			return 0;
		}
		i += len;
	}
	if (i < n && p[i] == '"')
		return i + 1;
	fault(s, t, "syntax error: the quote before %s is not closed in its line", p, i);
	return 0;
}

static enum scan_result
take_text(struct scan *s, struct scan_text *t)
{
	const char *p = t->text + t->at;
	size_t n = quoted_span(s, t, p + 1, t->len - t->at - 1);

	if (n == 0)
		return SCAN_FAULT;
	/* texts side by side are one, which in a list is a comma forgotten */
	if (s->text && s->wants == WANTS_MORE) {
		t->at += 1 + n;
		return SCAN_END;
	}
	if (take(s, t, TOKEN_VALUE, 1 + n) != SCAN_END)
		return SCAN_FAULT;
	s->text = true;
	return SCAN_END;
}

static enum scan_result
take_open(struct scan *s, struct scan_text *t)
{
	char c = t->text[t->at];

	if (take(s, t, TOKEN_OPEN, 1) != SCAN_END)
		return SCAN_FAULT;
	if (s->depth == DEPTH_MAX) {
		fault(s, t, "more than 32 brackets within each other", "", 0);
		return SCAN_FAULT;
	}
	s->open[s->depth++] = (struct bracket){ c, t->file, t->line, s->nnames };
	s->wants = c == '{' ? WANTS_NAME : WANTS_FIRST;
	return SCAN_END;
}

static enum scan_result
take_close(struct scan *s, struct scan_text *t)
{
	static const char pairs[] = "{}()[]";
	const char *c = t->text + t->at;
	const struct bracket *b;

	if (take(s, t, TOKEN_CLOSE, 1) != SCAN_END)
		return SCAN_FAULT;
	if (s->depth == 0) {
		fault(s, t, "syntax error: %s closes nothing", c, 1);
		return SCAN_FAULT;
	}
	b = &s->open[s->depth - 1];
	if (strchr(pairs, b->open)[1] != *c) {
		err_add(s->errs, t->file, t->line,
		    "syntax error: %c where the %c of line %d is still open", *c, b->open,
		    b->line);
		return SCAN_FAULT;
	}
	s->nnames = b->names;
	s->depth--;
	s->wants = in_list(s) ? WANTS_COMMA : WANTS_MORE;
	return SCAN_END;
}

static enum scan_result
take_assign(struct scan *s, struct scan_text *t)
{
	if (take(s, t, TOKEN_ASSIGN, 1) != SCAN_END)
		return SCAN_FAULT;
	check_twice(s, t);
	return SCAN_END;
}

static enum scan_result
take_comma(struct scan *s, struct scan_text *t)
{
	return take(s, t, t->text[t->at] == ',' ? TOKEN_COMMA : TOKEN_SEMICOLON, 1);
}

/* "# ..." and "// ..." to the end of the line, or between the two marks. */
static enum scan_result
skip_comment(struct scan *s, struct scan_text *t)
{
	const char *p = t->text + t->at, *end;

	if (p[0] == '#' || p[1] == '/') {
		t->at += strcspn(p, "\n");
		return SCAN_END;
	}
	end = p[1] == '*' ? strstr(p + 2, "*/") : NULL;
	if (end == NULL) {
		fault(s, t, p[1] == '*' ? ERR_("syntax error: a comment %s is never closed") :
		    ERR_("syntax error at %s"), p, p[1] == '*' ? 2 : 1);
		return SCAN_FAULT;
	}
	for (; p < end + 2; p++)
		t->line += *p == '\n';
	t->at = (size_t)(p - t->text);
	return SCAN_END;
}

static enum scan_result
refuse(struct scan *s, struct scan_text *t)
{
	const char *p = t->text + t->at;
	size_t n = utf8_len(p, t->len - t->at);

	if (n > 1)
		fault(s, t, "syntax error at %s: names, signs and figures are ASCII; "
		    "other text must stand in quotes", p, n);
	else
		fault(s, t, n == 0 ?
		    ERR_("syntax error: not UTF-8: was the file saved as GBK?") :
		    ERR_("syntax error at %s"), p, n);
	return SCAN_FAULT;
}

static enum scan_result
take_include(struct scan *s, struct scan_text *t, char path[SCAN_PATH_MAX])
{
	static const char directive[] = "@include";
	const char *p = t->text + t->at;
	size_t n = sizeof(directive) - 1, len;

	while (p > t->text && (p[-1] == ' ' || p[-1] == '\t'))
		p--;
	if ((p > t->text && p[-1] != '\n') || strncmp(t->text + t->at, directive, n) != 0)
		return refuse(s, t);
	p = t->text + t->at;
	n += strspn(p + n, " \t");
	len = strcspn(p + n + (p[n] != '\0'), "\"\r\n");
	if (p[n] != '"' || p[n + 1 + len] != '"' || len == 0 || len >= SCAN_PATH_MAX) {
		fault(s, t, "%s wants the name of a file: @include \"more.conf\"", p, 8);
		return SCAN_FAULT;
	}
	memcpy(path, p + n + 1, len);
	path[len] = '\0';
	if (strpbrk(path, "*?[") != NULL) {
		fault(s, t, "@include \"%s\": no patterns here, name each file", path, len);
		return SCAN_FAULT;
	}
	t->at += n + len + 2;
	return SCAN_INCLUDE;
}

/* By the character that a token begins with. */
static const struct token_row {
	const char		*first;
	enum scan_result	(*take)(struct scan *, struct scan_text *);
} token_rows[] = {
	{ "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ*", take_name },
	{ "0123456789+-.", take_number },
	{ "\"", take_text },
	{ "{([", take_open },
	{ "})]", take_close },
	{ "=:", take_assign },
	{ ",;", take_comma },
	{ "#/", skip_comment },
};

static enum scan_result
take_token(struct scan *s, struct scan_text *t)
{
	char c = t->text[t->at];

	for (size_t i = 0; c != '\0' && i < sizeof(token_rows) / sizeof(token_rows[0]); i++)
		if (strchr(token_rows[i].first, c) != NULL)
			return token_rows[i].take(s, t);
	return refuse(s, t);
}

/* Both would be taken for the text itself. */
static enum scan_result
check_bytes(struct scan *s, struct scan_text *t)
{
	const char *zero = memchr(t->text, '\0', t->len);

	if (t->len >= 3 && memcmp(t->text, "\xef\xbb\xbf", 3) == 0) {
		fault(s, t, "begins with a byte order mark: save it as UTF-8 without one", "", 0);
		return SCAN_FAULT;
	}
	if (zero == NULL)
		return SCAN_END;
	for (const char *p = t->text; p < zero; p++)
		t->line += *p == '\n';
	fault(s, t, "holds a byte 0: this is no text file", "", 0);
	return SCAN_FAULT;
}

static void
mark_cut(const struct scan *s, struct scan_text *t)
{
	bool in_one = s->depth == 1 && s->wants == WANTS_COMMA;

	if (!in_one && (s->depth > 0 || (s->wants != WANTS_NAME && s->wants != WANTS_MORE)))
		return;
	t->cut = t->at;
	t->cut_in_list = in_one;
	t->cut_names = s->nnames;
}

const char *
scan_cut(struct scan *s, const struct scan_text *t)
{
	s->depth = 0;
	s->nnames = t->cut_names;
	s->wants = WANTS_MORE;
	s->text = false;
	return !t->cut_in_list ? "\n" : s->open[0].open == '(' ? ")\n" : "]\n";
}

enum scan_result
scan_run(struct scan *s, struct scan_text *t, size_t *from, char path[SCAN_PATH_MAX])
{
	if (t->at == 0) {
		t->line = 1;
		if (check_bytes(s, t) != SCAN_END)
			return SCAN_FAULT;
	}
	mark_cut(s, t);
	while (t->at < t->len) {
		char c = t->text[t->at];
		enum scan_result rc = SCAN_END;

		*from = t->at;
		if (c == '@')
			return take_include(s, t, path);
		if (strchr(" \t\r\n\f", c) == NULL) {
			rc = take_token(s, t);
		} else {
			t->line += c == '\n';
			t->at++;
		}
		if (rc != SCAN_END)
			return rc;
		mark_cut(s, t);
	}
	return SCAN_END;
}

struct scan_place
scan_place(const struct scan *s)
{
	return (struct scan_place){ s->depth, s->nnames,
	    s->wants == WANTS_NAME || s->wants == WANTS_MORE };
}

bool
scan_return(struct scan *s, const struct scan_place *place)
{
	s->depth = place->depth;
	s->nnames = place->nnames;
	s->wants = WANTS_MORE;
	s->text = false;
	return place->sound;
}

int
scan_finish(struct scan *s, const struct scan_text *t, size_t depth)
{
	const char *why = grammar_refuses(s->wants, TOKEN_END);
	const struct bracket *b = s->depth > depth ? &s->open[s->depth - 1] : NULL;
	const char *end;

	if (b != NULL)
		return err_add(s->errs, b->file, b->line,
		    "syntax error: this %c is never closed", b->open);
	if (why == NULL)
		return 0;
	end = err_word(s->errs, ERR_("the end of the file"));
	fault(s, t, why, end, strlen(end));
	return -1;
}
