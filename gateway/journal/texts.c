#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../room.h"
#include "texts.h"

#define CHUNK		4000u	/* bytes; a longer text has one of its own */
#define BUCKETS_MIN	64u

struct texts_chunk {
	struct texts_chunk	*next;
	size_t			 used, size;
	char			 bytes[];
};

static size_t
hash(const char *s, size_t n)
{
	uint64_t h = 14695981039346656037u;

	while (n-- > 0)
		h = (h ^ (uint8_t)*s++) * 1099511628211u;
	return (size_t)(h ^ h >> 32);
}

/* Where it is, or would be. */
static const char **
place(const struct texts *t, const char *s, size_t n)
{
	size_t i = hash(s, n) & (t->nbuckets - 1);

	while (t->buckets[i] != NULL &&
	    (strncmp(t->buckets[i], s, n) != 0 || t->buckets[i][n] != '\0'))
		i = (i + 1) & (t->nbuckets - 1);
	return &t->buckets[i];
}

static void
grow(struct texts *t)
{
	const struct texts old = *t;

	t->nbuckets = old.nbuckets == 0 ? BUCKETS_MIN : 2 * old.nbuckets;
	t->buckets = room_for(t->nbuckets, sizeof(*t->buckets));
	for (size_t i = 0; i < old.nbuckets; i++)
		if (old.buckets[i] != NULL)
			*place(t, old.buckets[i], strlen(old.buckets[i])) = old.buckets[i];
	free(old.buckets);
}

static const char *
copy(struct texts *t, const char *s, size_t n)
{
	struct texts_chunk *c = t->chunks;
	size_t eights = (n + 8) / 8 * 8;
	char *to;

	if (c == NULL || c->size - c->used < eights) {
		size_t size = eights > CHUNK ? eights : CHUNK;

		c = room_for(1, sizeof(*c) + size);
		c->size = size;
		c->next = t->chunks;
		t->chunks = c;
	}
	to = memcpy(c->bytes + c->used, s, n);	/* the rest is zero */
	c->used += eights;
	return to;
}

const char *
texts_keep(struct texts *t, const char *s, size_t most)
{
	size_t n = strnlen(s, most);
	const char **at;

	if (2 * t->n >= t->nbuckets)
		grow(t);
	at = place(t, s, n);
	if (*at == NULL) {
		*at = copy(t, s, n);
		t->n++;
	}
	return *at;
}

void
texts_free(struct texts *t)
{
	while (t->chunks != NULL) {
		struct texts_chunk *c = t->chunks;

		t->chunks = c->next;
		free(c);
	}
	free(t->buckets);
	*t = (struct texts){ .chunks = NULL };
}
