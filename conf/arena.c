#include <assert.h>
#include <string.h>

#include "arena.h"

#define GRAIN	16U

void *
arena_alloc(struct arena *a, size_t n)
{
	unsigned char *p = a->at + a->used;
	size_t had = a->high > a->used ? a->high - a->used : 0, whole;

	assert(a->used <= a->cap);
	if (n > a->cap - a->used)
		return NULL;
	whole = (n + GRAIN - 1) / GRAIN * GRAIN;
	/* the last piece may fill an arena whose size is no multiple of 16 */
	a->used = whole > a->cap - a->used ? a->cap : a->used + whole;
	if (a->used > a->high)
		a->high = a->used;
	return memset(p, 0, a->fresh && had < n ? had : n);
}

char *
arena_text(struct arena *a, const char *s, size_t n)
{
	char *p = n < a->cap ? arena_alloc(a, n + 1) : NULL;

	if (p != NULL)
		memcpy(p, s, n);
	return p;
}
