#ifndef RULES_DWELL_H
#define RULES_DWELL_H

#include "../conf/arena.h"
#include "../devices/output.h"

/* How long an output must stay on and off at least: a compressor, a lamp, a fan
 * that is started too often does not live long. */

struct dwell {
	uint32_t		 series;
	const struct device	*device;
	const struct output	*output;
	int			 is;		/* -1: not known yet; 0 off, 1 on */
	int64_t			 since;		/* mono us; not known: the start */
};

struct dwells {
	struct dwell	*at;		/* sorted by series, once they are numbered */
	size_t		 n;
};

/* Why it may not be switched yet. */
struct dwelling {
	int	is;			/* -1 0 1 */
	int64_t	least;			/* us, that it stays so */
	int64_t	until;			/* mono us */
};

int	dwells_new(struct dwells *, const struct device *, size_t n, struct arena *);
void	dwells_start(struct dwells *, int64_t now);
void	dwells_take_over(struct dwells *, const struct dwells *was);
void	dwells_hear(struct dwells *, const struct reading *);
void	dwells_wrote(struct dwells *, const struct device *, const struct point *,
	    double figure, int64_t now);
/* True: this figure is too early there.  A figure of 0 is off. */
bool	dwells_look(const struct dwells *, const struct device *, const struct point *,
	    double figure, int64_t now, struct dwelling *);
/* In English, in buf. */
const char	*dwelling_words(const struct dwelling *, char *buf, size_t n);

#endif
