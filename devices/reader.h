#ifndef DEVICES_READER_H
#define DEVICES_READER_H

#include "profile.h"

/* The parts of a profile while it is being read; inside devices/ only. */

/* A part of a point as written. */
struct part_row {
	struct place		 at;
	int64_t			 number, bit, length;
	const char		*raw, *order;	/* raw NULL: there is none */
	const struct node	*bits;
	double			 scale;
};

/* How a point may be written, as written; function 0: it may not. */
struct write_row {
	int64_t			 function;
	double			 min, max, step;
};

/* A point as written, before its names are found. */
struct point_row {
	struct place		 at;
	const char		*name, *zh, *en;
	int64_t			 function, number, bit, length;
	int			 letters;
	bool			 invert;
	const struct node	*bits;
	const char		*raw, *order, *unit, *hj212, *sl651;
	const char		*push;		/* "": it is read; NULL the same */
	const char		*item;		/* "": in a register; NULL the same */
	double			 scale, offset;
	int64_t			 decimals;
	const struct node	*range, *sentinels, *sound;
	struct part_row		 decimals_from;
	struct items		 times, plus, choices;
	double			 max_step, max_rate;
	int64_t			 hold;
	struct write_row	 write;
};

/* Bytes on the wire, and what the maker or an independent decoder says that
 * they mean. */
struct vector_row {
	struct place		 at;
	const char		*point, *hex, *quality, *source;
	const struct node	*value;
};

/* A status register as written. */
struct status_row {
	struct place		 at;
	int64_t			 function, number, bit, max_age;
	const char		*raw, *order, *item;
	const struct node	*bits, *when;
	bool			 invert;
	double			 scale;
	int			 means;
	struct strings		 points;
};

/* A step of a start or stop as written. */
struct step_row {
	struct place		 at;
	int64_t			 function, number, count, wait, every, within;
	const char		*data;
	const struct node	*until, *fails, *bits;
};

/* What is written again and again, and what happens when it is not, as written. */
struct failsafe_row {
	struct place	 at;
	const char	*point;
	double		 value;
	int64_t		 number, function, word;	/* number, word -1: not said */
};

struct watchdog_row {
	int64_t			 number, function, period, timeout;
	const struct node	*values;	/* NULL: it has none */
	struct items		 failsafe;
};

struct block_row {
	struct place	at;
	int64_t		function, number, count;
};

extern const struct key	point_keys[], part_keys[], choice_keys[], write_keys[];
extern const struct key	vector_keys[], block_keys[], status_keys[], step_keys[],
				watchdog_keys[], failsafe_keys[],
				profile_keys[];	/* of the head: all others hang on it */

/* All return -1 when they added to errs what is wrong. */
int	point_bind(struct point *, const struct point_row *, struct arena *, struct errs *);
/* Of one that is told by the instrument: key and raw type. */
int	push_bind(struct point *, const struct point_row *, struct errs *);
/* Are the points all told or all read, as the protocol has it, and each by a key of
 * its own?  Sorts the keys. */
int	pushes_bind(struct profile *, struct arena *, struct errs *);
/* The rest of a point whose raw type, order and piece are known. */
int	parts_bind(struct point *, const struct point_row *, struct arena *, struct errs *);
int	choices_bind(struct point *, const struct point_row *, struct errs *);
int	limits_bind(struct point *, const struct point_row *, struct arena *, struct errs *);
/* After the points, whose names it uses. */
int	status_bind(struct status *, const struct status_row *, const struct profile *,
	    struct arena *, struct errs *);
int	steps_bind(struct steps *, const struct items *, const struct place *, struct arena *,
	    struct errs *);
/* The same; errors also where its writes would switch something. */
int	watchdog_bind(struct watchdog *, const struct watchdog_row *, const struct profile *,
	    struct arena *, struct errs *);
/* Exactly n bytes of hex digits, spaces between bytes allowed; -1: not so. */
int	reader_hex(const char *hex, uint8_t *bytes, size_t n);
/* Of points and statuses, then of blocks: do they stand where they can be asked
 * for, and not on each other? */
int	points_check(const struct profile *, struct errs *);
int	blocks_check(const struct profile *, const struct block_row *, struct errs *);
int	vector_check(const struct profile *, const struct vector_row *, struct errs *);

/* A list of numbers, or one number; who and what say of which, for messages. */
int	reader_numbers(const struct node *, const char *who, const char *what,
	    struct arena *, struct errs *, const double **, size_t *n);
/* Are they the first bit of a register, from 0, and how many of its 16? */
bool	reader_is_bits(const double *numbers, size_t n);
/* The word is none of n names; says which one is near. */
int	reader_unknown(struct errs *, const struct place *, const char *who,
	    const char *what, const char *word, const char *const *names, size_t n);
int	reader_unknown_near(struct errs *, const struct place *, const char *who,
	    const char *what, const char *word, const char *near);
int	reader_unknown_point(struct errs *, const struct place *, const char *who,
	    const struct profile *, const char *word);
int	reader_no_memory(struct errs *, const struct place *);

#endif
