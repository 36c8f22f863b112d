#include <string.h>

#include "noise.h"

size_t
noise_here(const struct noises *s, const uint8_t *p, size_t n)
{
	size_t best = 0;

	for (size_t i = 0; s != NULL && i < s->n; i++)
		if (s->of[i].len > best && s->of[i].len <= n &&
		    memcmp(p, s->of[i].at, s->of[i].len) == 0)
			best = s->of[i].len;
	return best;
}

bool
noise_begun(const struct noises *s, const uint8_t *p, size_t n)
{
	for (size_t i = 0; s != NULL && i < s->n; i++)
		if (n > 0 && s->of[i].len > n && memcmp(p, s->of[i].at, n) == 0)
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
