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

struct near
near_to(const char *word)
{
	return (struct near){ .word = word, .limit = (strlen(word) + 1) / 3 };
}

void
near_try(struct near *near, const char *name)
{
	struct word mine, its;
	size_t d;

	if (word_set(&mine, near->word) != 0 || word_set(&its, name) != 0 || its.n == 0)
		return;
	/* it takes so many letters at least: most names end here */
	if ((mine.n > its.n ? mine.n - its.n : its.n - mine.n) > near->limit)
		return;
	d = distance(&mine, &its);
	/* all of a short name replaced is another name */
	if (d > near->limit || (d > 0 && d >= its.n) ||
	    (near->best != NULL && d == near->limit))
		return;
	near->best = name;
	near->limit = d;
}

const char *
near_name(const char *word, const char *const *names, size_t n)
{
	struct near near = near_to(word);

	for (size_t i = 0; i < n; i++)
		near_try(&near, names[i]);
	return near.best;
}
