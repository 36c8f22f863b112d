#include <assert.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "number.h"

/* Figures after the point that are tried without printf; instruments seldom
 * have more than four. */
#define FAST_DECIMALS	9
/* A double holds every whole number up to here and a quarter of its steps. */
#define FAST_REAL	1e15
#define FAST_REAL32	1e9
/* So many hundredths of a float are told apart from their neighbours. */
#define SHORT_REAL32	4e6

static const double tens[FAST_DECIMALS + 1] = {
	1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9
};

static inline size_t
figures_of(uint64_t u)
{
	size_t n = 1;

	for (; u >= 10000; u /= 10000)
		n += 4;
	return n + (u >= 10) + (u >= 100) + (u >= 1000);
}

/* Written where it belongs, last figures first: what was written a moment ago
 * by twos is slow to be copied at once. */
size_t
number_uint(uint64_t u, char *text)
{
	static const char pairs[] =
	    "00010203040506070809101112131415161718192021222324252627282930313233"
	    "34353637383940414243444546474849505152535455565758596061626364656667"
	    "6869707172737475767778798081828384858687888990919293949596979899";
	size_t len = figures_of(u), at = len;

	for (; u >= 100; u /= 100)
		memcpy(text + (at -= 2), pairs + u % 100 * 2, 2);
	if (u >= 10)
		memcpy(text, pairs + u * 2, 2);
	else
		text[0] = (char)('0' + u);
	text[len] = '\0';
	return len;
}

size_t
number_int(int64_t i, char *text)
{
	if (i >= 0)
		return number_uint((uint64_t)i, text);
	text[0] = '-';
	return 1 + number_uint(-(uint64_t)i, text + 1);
}

/* whole / 10^decimals; zeros are put in before a short whole: 7, 2 is 0.07. */
static size_t
put_decimal(bool negative, uint64_t whole, size_t decimals, char *text)
{
	char all[NUMBER_TEXT];
	size_t n = number_uint(whole, all), len = 0;
	size_t before = n > decimals ? n - decimals : 0;

	if (negative)
		text[len++] = '-';
	if (before == 0)
		text[len++] = '0';
	memcpy(text + len, all, before);
	len += before;
	if (decimals > 0) {
		text[len++] = '.';
		for (size_t i = n; i < decimals; i++)
			text[len++] = '0';
		memcpy(text + len, all + before, n - before);
		len += n - before;
	}
	text[len] = '\0';
	return len;
}

/* A decimal that a double cannot tell from the middle between two floats may
 * fall to either side when it is read as a float. */
static bool
between_floats(double d)
{
	uint64_t bits;

	memcpy(&bits, &d, sizeof(bits));
	return (bits & 0x1fffffff) == 0x10000000;
}

/* Does whole / ten read back as d?  Both are exact, so that the quotient is
 * what a reader of the decimal text must come to. */
static bool
same(double whole, double ten, double d, bool single)
{
	double q = whole / ten;

	if (!single)
		return q == d;
	return (double)(float)q == d && !between_floats(q);
}

/* The nearest whole number of one that is neither negative nor above 2^51: what
 * is behind the point finds no room in the sum.  rint would be a call. */
static inline double
nearest(double d)
{
	const double two_52 = 4503599627370496.0;

	return (d + two_52) - two_52;
}

/* whole / 100 without the zeros at its end. */
static size_t
put_hundredths(bool negative, uint64_t whole, char *text)
{
	unsigned rest = (unsigned)(whole % 100);
	size_t len = 0;

	if (negative)
		text[len++] = '-';
	len += number_uint(whole / 100, text + len);
	if (rest != 0) {
		text[len++] = '.';
		text[len++] = (char)('0' + rest / 10);
		text[len] = (char)('0' + rest % 10);
		len += rest % 10 != 0;
	}
	text[len] = '\0';
	return len;
}

/* Most figures have two decimals or fewer, and one look tells: below these
 * bounds a number that is so many tenths, or whole, is ten times, or a hundred
 * times, as many hundredths. */
static size_t
fast(double d, bool single, char *text)
{
	double size = fabs(d), most = single ? FAST_REAL32 : FAST_REAL;
	bool short_one = size * 100 < (single ? SHORT_REAL32 : FAST_REAL);
	size_t i = 0;

	if (short_one) {
		double whole = nearest(size * 100);

		if (same(whole, 100, size, single))
			return put_hundredths(d < 0, (uint64_t)whole, text);
		i = 3;
	}
	for (; i <= FAST_DECIMALS && size * tens[i] < most; i++) {
		double whole = nearest(size * tens[i]);

		if (same(whole, tens[i], size, single))
			return put_decimal(d < 0, (uint64_t)whole, i, text);
	}
	return 0;
}

size_t
number_real(double d, char *text)
{
	size_t n = fast(d, false, text);

	assert(isfinite(d));
	for (int figures = 15; n == 0; figures++) {
		int len = snprintf(text, NUMBER_TEXT, "%.*g", figures, d);

		if (figures == 17 || strtod(text, NULL) == d)
			n = (size_t)len;
	}
	return n;
}

size_t
number_real32(float f, char *text)
{
	size_t n = fast((double)f, true, text);

	assert(isfinite(f));
	for (int figures = 6; n == 0; figures++) {
		int len = snprintf(text, NUMBER_TEXT, "%.*g", figures, (double)f);

		if (figures == 9 || strtof(text, NULL) == f)
			n = (size_t)len;
	}
	return n;
}
