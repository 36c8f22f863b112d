#ifndef DEVICES_READER_H
#define DEVICES_READER_H

#include "profile.h"

/* The parts of a profile while it is being read; inside devices/ only. */

/* A point as written, before its names are found. */
struct point_row {
	struct place		 at;
	const char		*name, *zh, *en;
	int64_t			 function, number, bit, length;
	int			 letters;
	bool			 invert;
	const struct node	*bits;
	const char		*raw, *order, *unit, *hj212, *sl651;
	double			 scale, offset;
	int64_t			 decimals;
	const struct node	*range, *sentinels;
};

/* Bytes on the wire, and what the maker or an independent decoder says that
 * they mean. */
struct vector_row {
	struct place		 at;
	const char		*point, *hex, *quality, *source;
	const struct node	*value;
};

struct block_row {
	struct place	at;
	int64_t		function, number, count;
};

extern const struct key	point_keys[], vector_keys[], block_keys[];

/* All return -1 when they added to errs what is wrong. */
int	point_bind(struct point *, const struct point_row *, struct arena *, struct errs *);
int	points_check(const struct profile *, struct errs *);
int	blocks_check(const struct profile *, const struct block_row *, struct errs *);
int	vector_check(const struct profile *, const struct vector_row *, struct errs *);

/* A list of numbers; who and what say of which, for messages. */
int	reader_numbers(const struct node *, const char *who, const char *what,
	    struct arena *, struct errs *, const double **, size_t *n);
/* The word is none of n names; says which one is near. */
int	reader_unknown(struct errs *, const struct place *, const char *who,
	    const char *what, const char *word, const char *const *names, size_t n);
int	reader_no_memory(struct errs *, const struct place *);

#endif
