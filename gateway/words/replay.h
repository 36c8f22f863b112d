#ifndef GATEWAY_WORDS_REPLAY_H
#define GATEWAY_WORDS_REPLAY_H

#include "../../rules/rehearsal.h"
#include "../config/config.h"
#include "episodes.h"

/* A point of the configuration, by its name. */
struct replay_point {
	struct device		*device;
	const struct point	*point;
	uint32_t		 series;
};

/* The readings of the past on their way through the rules of today: through the
 * code of the field role, in the time in which they came. */
struct replay {
	struct config		*config;
	struct rehearsal	 time;
	struct zone		 zone;
	size_t			 mark;		/* in the arena, of statistics */
	struct episodes		 episodes;
	int64_t			 from, to;	/* UTC ms: what is shown */
	int64_t			 since;		/* UTC ms: fills windows */
	bool			 begun;
	bool			 told_then;	/* the source says what alarms there were */
	struct replay_point	*points;
	size_t			 npoints;
	uint32_t		*slots;		/* hash of their names: index + 1 */
	size_t			 nslots;
	struct reading		*room;		/* of one device and one moment */
	size_t			 nroom, n;
	const struct device	*device;
	int64_t			 mono, wall;	/* of these; then of the newest of all */
	uint64_t		 readings;	/* that the rules heard */
	uint64_t		 strange;	/* of points that are not configured */
	uint64_t		 other_unit;	/* in another unit than is configured */
	uint64_t		 restarts;
	uint64_t		 damaged;	/* gaps in the store */
	int64_t			 tell_at;	/* mono us: it says how far it is */
};

/* Makes all that judges.  -1: see errs. */
int	replay_open(struct replay *, struct config *, int64_t from, int64_t to, struct errs *);
void	replay_close(struct replay *);
/* NULL: there is no such point. */
const struct replay_point *replay_find(struct replay *, const char *device,
	    const char *point);
/* It came at a moment: mono us of the replay, UTC ms.  What is before the time
 * that is wanted is passed over, and so is what is reckoned anew from others. */
void	replay_hear(struct replay *, const struct replay_point *, const struct reading *,
	    int64_t mono, int64_t wall);
/* The gateway began then, having been off. */
void	replay_started(struct replay *, int64_t mono, int64_t wall);
/* It was there until then. */
void	replay_pass(struct replay *, int64_t mono, int64_t wall);
/* A step of an alarm as it was. */
void	replay_then(struct replay *, const char *rule, const char *device, bool active,
	    int64_t time);
/* Long runs say how far they are, on stderr. */
void	replay_progress(struct replay *);

/* The sources; -1: it was told on stderr. */
int	replay_journal(struct replay *, const char *dir);
int	replay_csv(struct replay *, const char *path);

/* What is shown of it. */
struct replay_show {
	const char	*rule, *device;	/* patterns; NULL: all */
	bool		 differences;	/* these alone */
	bool		 json;
	int64_t		 took;		/* us */
};

void	replay_write(const struct replay *, const struct replay_show *);

#endif
