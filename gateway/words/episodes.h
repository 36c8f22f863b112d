#ifndef GATEWAY_WORDS_EPISODES_H
#define GATEWAY_WORDS_EPISODES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EPISODE_OPEN	INT64_MAX	/* it is not over */

/* When the condition of an alarm was there, UTC ms. */
struct episode {
	int64_t	from, to;		/* to: or EPISODE_OPEN */
};

/* Two tellings of the same time: what was, and what would have been. */
enum telling_of { TOLD_THEN, TOLD_NOW, TELLINGS };

/* All episodes of one alarm. */
struct alarm_past {
	char		*rule, *device;
	struct episode	*at[TELLINGS];
	size_t		 n[TELLINGS], cap[TELLINGS];
};

struct episodes {
	struct alarm_past	*alarms;	/* in the order of their first step */
	size_t		 n, cap;
	uint32_t	*slots;		/* hash: index + 1; 0: free */
	size_t		 nslots;
};

void	episodes_init(struct episodes *);
void	episodes_free(struct episodes *);
/* The condition is there, or not; what is so already is passed over.  True: it was
 * a change. */
bool	episodes_step(struct episodes *, enum telling_of, const char *rule,
	    const char *device, bool active, int64_t time);

/* One line of the comparison; an episode that there is not has from EPISODE_OPEN. */
struct compared {
	const struct alarm_past	*alarm;
	struct episode		 is[TELLINGS];
	int64_t			 first;		/* the earlier beginning */
	bool			 moved;		/* both, but within the range one began
						 * or ended a good deal later */
};

/* Those that reach into from <= t < to, side by side where they overlap, in the
 * order of their beginning.  Free it.  */
struct compared	*episodes_compare(const struct episodes *, int64_t from, int64_t to,
		    size_t *n);
bool		 compared_has(const struct compared *, enum telling_of);

#endif
