#ifndef TESTS_SAME_VALUE_H
#define TESTS_SAME_VALUE_H

#include <math.h>
#include <string.h>

#include "../devices/value.h"

/* The same kind and the same content; a NaN equals itself. */
static inline bool
same_value(const struct value *a, const struct value *b)
{
	if (a->kind != b->kind)
		return false;
	switch (a->kind) {
	case VALUE_NONE:
		return true;
	case VALUE_BOOL:
		return a->b == b->b;
	case VALUE_I64:
		return a->i == b->i;
	case VALUE_U64:
		return a->u == b->u;
	case VALUE_F32:
		return a->f == b->f || (isnan(a->f) && isnan(b->f));
	case VALUE_F64:
		return a->d == b->d || (isnan(a->d) && isnan(b->d));
	case VALUE_TEXT:
		return strcmp(a->text, b->text) == 0;
	}
	return false;
}

#endif
