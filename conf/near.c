#include <string.h>

#include "key.h"

#define WORD_MAX	63

struct word {
	unsigned char	s[WORD_MAX];
	size_t		n;
};

/* Small letters: a wrong case is no distance. */
static int
word_set(struct word *w, const char *s)
{
	w->n = strlen(s);
	if (w->n > WORD_MAX)
		return -1;
	for (size_t i = 0; i < w->n; i++) {
		unsigned char c = (unsigned char)s[i];

		w->s[i] = c >= 'A' && c <= 'Z' ? (unsigned char)(c + ('a' - 'A')) : c;
	}
	return 0;
}

static size_t
least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Letters to insert, delete, replace or swap with a neighbour
 * (Damerau-Levenshtein, each stretch edited once). */
static size_t
distance(const struct word *a, const struct word *b)
{
	size_t row[3][WORD_MAX + 1];

	for (size_t j = 0; j <= b->n; j++)
		row[0][j] = j;
	for (size_t i = 1; i <= a->n; i++) {
		size_t *now = row[i % 3];
		const size_t *last = row[(i - 1) % 3], *before = row[(i + 1) % 3];

		now[0] = i;
		for (size_t j = 1; j <= b->n; j++) {
			now[j] = least(last[j], now[j - 1]) + 1;
			now[j] = least(now[j], last[j - 1] + (a->s[i - 1] != b->s[j - 1]));
			if (i > 1 && j > 1 && a->s[i - 1] == b->s[j - 2] &&
			    a->s[i - 2] == b->s[j - 1])
				now[j] = least(now[j], before[j - 2] + 1);
		}
	}
	return row[a->n % 3][b->n];
}

const char *
near_name(const char *word, const char *const *names, size_t n)
{
	const char *best = NULL;
	struct word mine, its;
	size_t limit, d;

	if (word_set(&mine, word) != 0)
		return NULL;
	limit = (mine.n + 1) / 3;
	for (size_t i = 0; i < n; i++) {
		/* all of a short name replaced is another name */
		if (word_set(&its, names[i]) != 0 || its.n == 0)
			continue;
		d = distance(&mine, &its);
		if (d > limit || (d > 0 && d >= its.n) || (best != NULL && d == limit))
			continue;
		best = names[i];
		limit = d;
		if (d == 0)
			break;
	}
	return best;
}
