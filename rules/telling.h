#ifndef RULES_TELLING_H
#define RULES_TELLING_H

#include "story.h"

/* A story while it is told; for story*.c only. */

/* What a point shows from a moment on. */
struct shown {
	bool		speaks;
	double		from, to;	/* NaN: no figure */
	int64_t		begin, over;	/* us; the ramp between them */
	struct quality	quality;
};

/* An alarm entered a state, or its condition came or went behind a mask. */
struct told_step {
	int64_t		 at;		/* us since the beginning */
	const char	*rule, *device;
	enum alarm_state state;
	bool		 active, entered;
	uint8_t		 facts;		/* 1 << enum story_fact */
};

#define STORY_STEPS	4096

/* What an alarm is beside its state. */
enum story_fact { STORY_OVERDUE, STORY_CHATTERING, STORY_OWED, STORY_FACTS };

struct telling {
	const struct story	*story;
	const struct story_stage *stage;
	struct rehearsal	 time;
	uint32_t		 nseries;
	struct shown		*shown;		/* by series */
	struct reading		*newest;	/* the same; series 0: none yet */
	struct statistic	*finished;	/* by series and span; to 0: none */
	struct device		**speaking;	/* those that something is said of */
	int64_t			*due;		/* of each, its next reading */
	size_t			 nspeaking;
	struct reading		*room;
	struct told_step	*steps;
	size_t			 nsteps;	/* may exceed STORY_STEPS */
	struct errs		*errs;
};

/* story_find.c: what is named in a story; NULL or -1: it was told in errs. */
struct device	*story_device(const struct telling *, const struct place *, const char *name);
/* Its series; 0: there is no such point. */
uint32_t	 story_series(const struct telling *, const struct place *,
		    const char *device_point, struct device **);
int		 story_alarm(const struct telling *, const struct place *, const char *rule,
		    const char *device);
int		 story_span(const struct telling *, const struct place *, const char *word);
int		 story_state(const char *word, size_t n);	/* -1: it is none */
int		 story_fact(const char *word);	/* enum story_fact; -1 */
/* "10min UNACK"; -1: see errs. */
int		 story_step(const struct telling *, const struct place *, const char *text,
		    int64_t *at, int *state);
/* As people write it: 15min and not 900s; returns room. */
const char	*story_moment(int64_t us, char *room, size_t n);
/* A figure that may be left out: NaN. */
double		 story_figure(const struct node *);
bool		 story_is_figure(const struct node *);

/* story_expect.c: what must be so at the end, and at the moment of expect->at; -1: it
 * is not, see errs. */
int		 story_check(const struct telling *, const struct story_expect *);
int		 story_look(const struct telling *, const struct story_expect *);
/* Is it looked at in its moment? */
bool		 story_is_moment(const struct story_expect *);
/* Can it be understood?  -1: see errs. */
int		 story_expect_check(const struct telling *, const struct story_expect *);
/* Until when there is something to be seen, us. */
int64_t		 story_until(const struct story_expect *);

#endif
