#include <string.h>

#include "noise.h"

/* Are the first n bytes its own? */
static bool
is_it(const struct noise *s, const uint8_t *p, size_t n)
{
	if (s->any == NULL)
		return memcmp(p, s->at, n) == 0;
	for (size_t i = 0; i < n; i++)
		if (p[i] != s->at[i] && (s->any[i / 8] >> i % 8 & 1) == 0)
			return false;
	return true;
}

size_t
noise_here(const struct noises *s, const uint8_t *p, size_t n)
{
	size_t best = 0;

	for (size_t i = 0; s != NULL && i < s->n; i++)
		if (s->of[i].len > best && s->of[i].len <= n &&
		    is_it(&s->of[i], p, s->of[i].len))
			best = s->of[i].len;
	return best;
}

bool
noise_begun(const struct noises *s, const uint8_t *p, size_t n)
{
	for (size_t i = 0; s != NULL && i < s->n; i++)
		if (n > 0 && s->of[i].len > n && is_it(&s->of[i], p, n))
			return true;
	return false;
}

size_t
noise_within(const struct noises *s, const uint8_t *p, size_t n, size_t from, size_t *at)
{
	size_t len;

	for (*at = from > 0 ? from : 1; s != NULL && *at < n; ++*at)
		if ((len = noise_here(s, p + *at, n - *at)) > 0)
			return len;
	return 0;
}
