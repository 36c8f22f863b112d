#ifndef RULES_REHEARSAL_H
#define RULES_REHEARSAL_H

#include "course.h"

/* The rules at work in a time that is not now: in that of a story, or in the past
 * of a journal.  What is due by itself happens at its moment. */
struct rehearsal {
	struct course	 course;	/* made and started by the caller */
	int64_t		 now;		/* mono us, never going back */
	int64_t		 offset;	/* us: UTC less mono */
	/* An interval is over, and the rules have heard of it; NULL: nobody asks. */
	void		(*finished)(void *, const struct statistic *);
	void		*owner;
};

/* now: as the rules were started; wall: UTC ms of it. */
void	rehearsal_begin(struct rehearsal *, int64_t now, int64_t wall);
/* Time passes, and nothing is heard. */
void	rehearsal_until(struct rehearsal *, int64_t now);
/* At a moment, before which all else that was due happens; as course_hear. */
size_t	rehearsal_hear(struct rehearsal *, struct reading *, size_t n, int64_t now,
	    int64_t wall);
/* Nobody was there until this moment: the gateway was off. */
void	rehearsal_skip(struct rehearsal *, int64_t now, int64_t wall);
int64_t	rehearsal_wall(const struct rehearsal *);	/* UTC ms of its now */

#endif
