#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "value.h"

/* Figures that always read back the same, and with which to begin. */
#define F32_FIGURES	9
#define F64_FIGURES	17
#define FEW_FIGURES	6

bool
value_number(const struct value *v, double *number)
{
	switch (v->kind) {
	case VALUE_BOOL:
		*number = v->b;
		return true;
	case VALUE_I64:
		*number = (double)v->i;
		return true;
	case VALUE_U64:
		*number = (double)v->u;
		return true;
	case VALUE_F32:
		*number = (double)v->f;
		return true;
	case VALUE_F64:
		*number = v->d;
		return true;
	case VALUE_NONE:
	case VALUE_TEXT:
		break;
	}
	return false;
}

static bool
reads_back(const struct value *v, const char *text)
{
	if (v->kind == VALUE_F32)
		return strtof(text, NULL) == v->f;
	return strtod(text, NULL) == v->d;
}

static void
shortest(const struct value *v, double number, char *buf, size_t n)
{
	int most = v->kind == VALUE_F32 ? F32_FIGURES : F64_FIGURES;

	for (int figures = FEW_FIGURES; figures <= most; figures++) {
		snprintf(buf, n, "%.*g", figures, number);
		if (reads_back(v, buf))
			return;
	}
}

/* A small negative number that rounds to nothing is not "-0.00". */
static void
drop_sign_of_zero(char *text)
{
	if (text[0] == '-' && text[strspn(text, "-0.")] == '\0')
		memmove(text, text + 1, strlen(text));
}

static void
put_real(const struct value *v, double number, int decimals, char *buf, size_t n)
{
	if (!isfinite(number)) {
		snprintf(buf, n, "%s", isnan(number) ? "nan" : number > 0 ? "inf" : "-inf");
		return;
	}
	/* the first figures of a number that does not fit are another number */
	if (decimals < 0 || snprintf(buf, n, "%.*f", decimals, number) >= (int)n)
		shortest(v, number, buf, n);
	drop_sign_of_zero(buf);
}

char *
value_text(const struct value *v, int decimals, char *buf, size_t n)
{
	assert(n > 0);
	buf[0] = '\0';
	switch (v->kind) {
	case VALUE_NONE:
		break;
	case VALUE_BOOL:
		snprintf(buf, n, "%s", v->b ? "true" : "false");
		break;
	case VALUE_I64:
		snprintf(buf, n, "%lld", (long long)v->i);
		break;
	case VALUE_U64:
		snprintf(buf, n, "%llu", (unsigned long long)v->u);
		break;
	case VALUE_F32:
		put_real(v, (double)v->f, decimals, buf, n);
		break;
	case VALUE_F64:
		put_real(v, v->d, decimals, buf, n);
		break;
	case VALUE_TEXT:
		snprintf(buf, n, "%s", v->text);
		break;
	}
	return buf;
}
