#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "err.h"
#include "literal.h"

static const char digits[] = "0123456789";
static const char hex_digits[] = "0123456789abcdefABCDEF";
static const char word[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_.";

static bool
is_hex(const char *s)
{
	return s[0] == '0' && (s[1] == 'x' || s[1] == 'X');
}

size_t
literal_span(const char *s)
{
	bool hex = is_hex(s);
	size_t n = strspn(s, "+-");

	for (;;) {
		n += strspn(s + n, word);
		/* the sign of an exponent goes on */
		if (hex || n < 2 || s[n] == '\0' || strchr("+-", s[n]) == NULL ||
		    strchr("eE", s[n - 1]) == NULL)
			return n;
		n++;
	}
}

/* The figure of n digits, UINT64_MAX if it is greater than any of ours. */
static uint64_t
magnitude(const char *s, size_t n, unsigned base)
{
	uint64_t figure = 0;

	for (size_t i = 0; i < n; i++) {
		const char *p = strchr(hex_digits, s[i]);
		unsigned digit = (unsigned)(p - hex_digits);

		digit = digit > 15 ? digit - 6 : digit;
		if (figure > (UINT64_MAX - digit) / base)
			return UINT64_MAX;
		figure = figure * base + digit;
	}
	return figure;
}

/* libconfig keeps 32 bits of an integer without L, and says nothing. */
static const char *
integer_refuses(uint64_t figure, bool negative, size_t ls)
{
	uint64_t narrow = (uint64_t)INT32_MAX + negative;
	uint64_t wide = (uint64_t)INT64_MAX + negative;

	if (figure > wide)
		return ERR_("%s is too large a number: it does not fit 64 bits");
	if (ls == 0 && figure > narrow)
		return ERR_("%s is beyond 2147483647: write an L behind it");
	return NULL;
}

/* [digits].[digits] or digits, and an exponent. */
static bool
is_real(const char *s, size_t n)
{
	size_t whole = strspn(s, digits), at = whole, part = 0;

	if (s[at] == '.') {
		part = strspn(s + at + 1, digits);
		at += 1 + part;
	}
	if (whole + part == 0)
		return false;
	if (at < n && (s[at] == 'e' || s[at] == 'E')) {
		at++;
		at += s[at] == '+' || s[at] == '-';
		part = strspn(s + at, digits);
		at += part;
		if (part == 0)
			return false;
	}
	return at == n;
}

const char *
literal_refuses(const char *s, size_t n)
{
	bool hex = is_hex(s), negative = s[0] == '-', sign = s[0] == '-' || s[0] == '+';
	const char *figures = s + (hex ? 2 : sign);
	size_t len = strspn(figures, hex ? hex_digits : digits);
	size_t ls = strspn(figures + len, "L");

	if (len > 0 && ls <= 2 && figures + len + ls == s + n)
		return integer_refuses(magnitude(figures, len, hex ? 16 : 10), negative, ls);
	if (!hex && is_real(s + sign, n - sign))
		return NULL;
	return s[0] >= '0' && s[0] <= '9' ? ERR_("%s is no number; a text must stand in quotes") :
	    ERR_("%s is no number");
}
