#include <stdio.h>
#include <string.h>

#include "word.h"

static int
plain(unsigned char c)
{
	return c > ' ' && c != '%' && c != 0x7f;
}

int
word_put(char *to, size_t n, const char *text)
{
	const char *whole = text[0] == '\0' ? "-" : strcmp(text, "-") == 0 ? "%2D" : NULL;
	size_t at = 0;

	if (whole != NULL)
		return snprintf(to, n, "%s", whole) < (int)n ? 0 : -1;
	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;

		if (at + (plain(c) ? 1 : 3) >= n)
			return -1;
		if (plain(c))
			to[at++] = *text;
		else
			at += (size_t)snprintf(to + at, n - at, "%%%02X", c);
	}
	to[at] = '\0';
	return 0;
}

static int
digit(char c)
{
	static const char digits[] = "0123456789ABCDEF";
	const char *at = c != '\0' ? strchr(digits, c) : NULL;

	return at != NULL ? (int)(at - digits) : -1;
}

void
word_get(char *word)
{
	char *to = word;

	if (strcmp(word, "-") == 0) {
		word[0] = '\0';
		return;
	}
	for (; *word != '\0'; word++) {
		int high = *word == '%' ? digit(word[1]) : -1;
		int low = high >= 0 ? digit(word[2]) : -1;

		if (low >= 0 && high * 16 + low != 0) {
			*to++ = (char)(high * 16 + low);
			word += 2;
		} else {
			*to++ = *word;
		}
	}
	*to = '\0';
}
