#include <string.h>

#include "../conf/utf8.h"
#include "tell.h"

/* What stands in its place; NULL: itself. */
static const char *
harmless(uint32_t c)
{
	if (c == '\n' || c == '\t' || c == '\r')
		return " ";
	if (c == 0x3010)	/* 【 begins a signature, and 】 ends it */
		return "[";
	if (c == 0x3011)
		return "]";
	return utf8_hidden(c) ? "" : NULL;
}

char *
tell_safe(const char *from, char *to, size_t n)
{
	size_t left = strlen(from), at = 0;

	while (left > 0) {
		size_t len, put;
		uint32_t c = utf8_character(from, left, &len);
		const char *other = len > 0 ? harmless(c) : "?";
		const char *said = other != NULL ? other : from;

		put = other != NULL ? strlen(other) : len;
		if (at + put >= n)
			break;
		memcpy(to + at, said, put);
		at += put;
		len = len > 0 ? len : 1;
		from += len;
		left -= len;
	}
	to[at] = '\0';
	return to;
}

/* The alphabet of GSM 03.38; the second takes an escape before each. */
static const char basic[] = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
static const char extended[] = "^{}\\[~]|€";

static bool
has(const char *set, const char *s, size_t len)
{
	for (; *set != '\0'; set++)
		if (strncmp(set, s, len) == 0)
			return true;
	return false;
}

size_t
tell_units(const char *text, bool *gsm)
{
	size_t left = strlen(text), units = 0, septets = 0;

	*gsm = true;
	while (left > 0) {
		size_t len = utf8_len(text, left);

		len = len > 0 ? len : 1;
		units += len == 4 ? 2 : 1;
		septets += has(extended, text, len) ? 2 : 1;
		*gsm = *gsm && (has(basic, text, len) || has(extended, text, len));
		text += len;
		left -= len;
	}
	return *gsm ? septets : units;
}

unsigned
tell_parts(const char *text)
{
	bool gsm;
	size_t n = tell_units(text, &gsm), one = gsm ? 160 : 70, part = gsm ? 153 : 67;

	return n <= one ? 1 : (unsigned)((n + part - 1) / part);
}
