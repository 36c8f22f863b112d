#ifndef PROTOCOLS_NOISE_H
#define PROTOCOLS_NOISE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NOISES_MAX	6

/* Byte strings that the far end of a line may put before, between and into its
 * frames and that belong to none: the heartbeats of a DTU, its registration said
 * again.  What they point to is the owner's and lives as long as the line is up. */
struct noises {
	struct noise {
		const uint8_t	*at;
		size_t		 len;	/* 1 or more */
		const uint8_t	*any;	/* a bit a byte: it changes, and is not looked
					 * at; NULL: none does */
	}	of[NOISES_MAX];
	size_t	n;
};

/* Bytes of the longest one that begins at p and is whole within n; 0: none.
 * NULL: a line without any. */
size_t	noise_here(const struct noises *, const uint8_t *p, size_t n);
/* Does one begin here whose end has not come yet? */
bool	noise_begun(const struct noises *, const uint8_t *p, size_t n);
/* The next one that begins behind the first byte, at from or later; its length,
 * or 0 and none. */
size_t	noise_within(const struct noises *, const uint8_t *p, size_t n, size_t from,
	    size_t *at);

#endif
