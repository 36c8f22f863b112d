#include <stdint.h>
#include <string.h>

#include "../conf/utf8.h"
#include "sms_value.h"

#define MOBILE	11	/* digits of a mobile number in China */

/* What providers refuse in a value or a template, and what is written instead. */
static const struct {
	uint32_t	 c;
	const char	*instead;
} odd[] = {
	{ 0x3010, "[" }, { 0x3011, "]" },		/* 【 】: of the signature */
	{ 0x00b2, "2" }, { 0x00b3, "3" }, { 0x00b9, "1" },
	{ 0x00b5, "u" }, { 0x03bc, "u" }, { 0x00b0, "" }, { 0x2103, "C" }, { 0x2109, "F" },
	{ 0x338e, "mg" }, { 0x338f, "kg" }, { 0x339d, "cm" }, { 0x33a1, "m2" },
	{ 0x33a5, "m3" }, { 0x33c4, "cc" },
	{ 0x2264, "<=" }, { 0x2265, ">=" }, { 0x2030, "/1000" },
	{ 0x0024, "S" }, { 0x005e, "" }, { 0x007e, "-" }, { 0x007c, "/" },
};

static const char *
instead_of(uint32_t c)
{
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++)
		if (odd[i].c == c)
			return odd[i].instead;
	if (c < 0x20 || c == 0x7f || (c >= 0x80 && c < 0xa0))
		return " ";
	return c > 0xffff || c == 0xfffd ? "?" : NULL;
}

static bool
digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Eleven digits and no more, as a mobile number has them. */
static bool
is_mobile(const char *s, const char *start)
{
	size_t n = strspn(s, "0123456789");

	return n == MOBILE && s[0] == '1' && s[1] >= '3' && (s == start || !digit(s[-1]));
}

static void
hide_mobiles(char *text)
{
	for (char *s = text; *s != '\0'; s++)
		if (is_mobile(s, text))
			memcpy(s + 3, "****", 4);
}

/* One character of the value, or what it is written as; *took bytes of it. */
static const char *
next(const char *s, size_t n, size_t *took, size_t *len)
{
	uint32_t c = utf8_character(s, n, took);
	const char *instead;

	if (*took == 0) {
		*took = *len = 1;
		return "?";
	}
	if (strncmp(s, "://", 3) == 0) {
		*took = 3;
		*len = 1;
		return " ";
	}
	instead = instead_of(c);
	*len = instead != NULL ? strlen(instead) : *took;
	return instead != NULL ? instead : s;
}

/* Characters in len bytes. */
static size_t
count(const char *s, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		n += ((uint8_t)s[i] & 0xc0) != 0x80;
	return n;
}

bool
sms_value(const char *value, size_t most, char *out, size_t room)
{
	size_t n = strlen(value), took, len, at = 0, characters = 0;
	bool whole = true;

	for (size_t i = 0; i < n && whole; i += took) {
		const char *s = next(value + i, n - i, &took, &len);

		characters += count(s, len);
		if (characters > most)
			break;
		whole = at + len + 2 <= room;
		if (whole) {
			memcpy(out + at, s, len);
			at += len;
		}
	}
	out[at] = '\0';
	hide_mobiles(out);
	if (out[strspn(out, " ")] == '\0')
		strcpy(out, "-");
	return whole;
}

const char *
sms_value_odd(const char *text)
{
	size_t n = strlen(text), took;

	for (size_t i = 0; i < n; i += took) {
		uint32_t c = utf8_character(text + i, n - i, &took);

		if (took == 0 || strncmp(text + i, "://", 3) == 0 || is_mobile(text + i, text))
			return text + i;
		/* of a template's own variables */
		if (c != '$' && instead_of(c) != NULL)
			return text + i;
	}
	return NULL;
}
