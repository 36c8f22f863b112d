#include <assert.h>
#include <string.h>

#include "arena.h"

#define GRAIN	16U

void *
arena_alloc(struct arena *a, size_t n)
{
	unsigned char *p = a->at + a->used;
	size_t whole;

	assert(a->used <= a->cap);
	if (n > a->cap - a->used)
		return NULL;
	whole = (n + GRAIN - 1) / GRAIN * GRAIN;
	/* the last piece may fill an arena whose size is no multiple of 16 */
	a->used = whole > a->cap - a->used ? a->cap : a->used + whole;
	return memset(p, 0, n);
}

char *
arena_text(struct arena *a, const char *s, size_t n)
{
	char *p = n < a->cap ? arena_alloc(a, n + 1) : NULL;

	if (p != NULL)
		memcpy(p, s, n);
	return p;
}
