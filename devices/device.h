#ifndef DEVICES_DEVICE_H
#define DEVICES_DEVICE_H

#include "../conf/constants.h"
#include "../protocols/proto.h"
#include "profile.h"
#include "reading.h"

/* An installed instrument as configured. */
struct device_conf {
	struct place	 place;
	const char	*name;		/* "kitchen1/fume" */
	const char	*link;
	const char	*station;	/* behind a DTU or a broker; "": none */
	const char	*unit;		/* its address; "": the profile's */
	const char	*profile;
	struct strings	 writable;	/* points that commands may write */
	struct items	 outputs;	/* of struct output: what they drive */
	struct items	 gas;		/* of struct gas_point */
	const char	*zh, *en;	/* what people call it; "": its name */
	const char	*phase_text;	/* as written */
	int64_t		 period;	/* us; of one that tells by itself: its heartbeat,
					 * or what is taken for it */
	int64_t		 heartbeat;	/* us: it says something so often; 0: not said */
	int64_t		 phase;		/* us into the period; -1: not said */
	int64_t		 timeout;	/* us: its answers are waited for no shorter;
					 * 0: as the line learnt */
	int64_t		 retries;	/* of a question, within the period */
	struct strings	 slow;		/* points that are read only in one of */
	int64_t		 every;		/* so many periods */
	const char	*idle;		/* point that is 0 while it may be read
					 * seldom; "": none */
	int64_t		 idle_period;	/* us, then; 0: none */
	bool		 idle_by_plan;	/* only where a plan for data asks for it */
	bool		 enabled;	/* false: all points are out of service */
	bool		 stop_at_end;	/* of a measurement */
	int64_t		 works;		/* us a day that it is not idle, for who
					 * reckons what it will cost */
	int64_t		 measure;	/* us between two starts; 0: one is enough */
	struct strings	 disable;	/* points that are out of service */
	struct items	 calibration;	/* of struct calibration */
	const struct node *constants_node;	/* while it is read; then NULL */
	struct constants constants;	/* of its own, for rules */
};

#define BLOCK_NONE	UINT16_MAX
#define BLOCK_DERIVED	(UINT16_MAX - 1)	/* no block reads it: it is reckoned */

/* A point of the profile as this device has it. */
struct tap {
	uint32_t	series;		/* given by whoever numbers them; 0: none yet */
	uint32_t	every;		/* periods until it is read again; 0 is 1 */
	uint16_t	block;		/* that reads it; BLOCK_NONE: out of service */
};

/* Where the taps of a block stand, others between them; from the first on and
 * before the end. */
struct range {
	uint16_t	from, end;
};

struct memory;			/* see judge.h */
struct status_state;

/* Lives in the arena of its configuration.  The first field is conf, so that
 * a list of devices can be read by device_keys with the size of this. */
struct device {
	struct device_conf	 conf;
	const struct profile	*profile;
	uint8_t			 address[ADDRESS_MAX];
	struct stretch		*blocks;	/* what one cycle asks for */
	size_t			 nblocks;	/* 0: nothing is asked of it; grows
						 * by device_split */
	size_t			 max_blocks;
	struct range		*ranges;	/* one for each block */
	struct tap		*taps;		/* one for each point, same order */
	struct memory		*memory;	/* one for each point, and */
	struct status_state	*states;	/* one for each status of the profile:
						 * what it said before */
	int64_t			 measured;	/* mono us: what it shows is the result
						 * of then; 0: of now */
	const struct device	*idler;		/* whose point conf.idle is; NULL: none */
	size_t			 idle_point;	/* of it */
	uint8_t			 marks;		/* QF_MAINTENANCE ..., now */
	bool			 maintained;	/* its site or it itself is worked on */
};

extern const struct key	device_keys[];

/* Binds a read device to its profile and plans its blocks.  -1: see errs. */
int	device_bind(struct device *, const struct profile *, const struct proto *,
	    struct arena *, struct errs *);

/* Is it the same instrument, told in the same words, of the same profile? */
bool	device_same(const struct device *, const struct device *);
/* Is it asked the same, at the same moments?  What people call it, what they may
 * write and how its figures are corrected may differ. */
bool	device_alike(const struct device *, const struct device *);
/* Of two that are alike: is this point corrected the same? */
bool	device_point_same(const struct device *, const struct device *, size_t point);
/* Of one that is alike: all that it learnt and remembers, so that it goes on as if
 * nothing had been read anew. */
void	device_take_over(struct device *, const struct device *was);

/* The question for a block; payload and cookie stay the caller's. */
void	device_ask(const struct device *, size_t block, struct ask *);
/* In one of how many periods a block is to be asked: it is as fast as the fastest
 * of its points. */
unsigned device_every(const struct device *, size_t block);
/* How long a point is not read at most, us, while all is well.  One that rests
 * between two measurements is read after each. */
int64_t	device_period(const struct device *, const struct point *);
/* The same while it works: not as one that is idle. */
int64_t	device_pace(const struct device *, const struct point *);
/* Does this reading of the point that its conf.idle names say that there is nothing
 * to be measured?  Only what is known to be 0 does. */
bool	device_rests(const struct reading *);
/* A block that was refused with exception 2 or 3 falls into its single points,
 * the first in its place and the others at the end.  False: it cannot. */
bool	device_split(struct device *, size_t block);

/* All write at most max readings and return how many.  Each begins as a copy
 * of base: time, due, mono, and a quality that every point inherits (link
 * unproven, after a barrier, simulated). */

/* The readings of an answer of len bytes. */
size_t	device_decode(const struct device *, size_t block, const uint8_t *, size_t len,
	    const struct reading *base, struct reading *out, size_t max);
/* One reading without a value for each point of a block: base's quality,
 * which must be bad, says why. */
size_t	device_bad(const struct device *, size_t block, const struct reading *base,
	    struct reading *out, size_t max);
/* Out of service, for each point that is disabled. */
size_t	device_off(const struct device *, const struct reading *base,
	    struct reading *out, size_t max);

/* What a point said before this run, read at mono of the clock of now. */
void	device_remember(struct device *, size_t point, const struct reading *, int64_t mono);

/* Sets which of QF_MAINTENANCE, QF_CALIBRATION, QF_MANUAL hold from now on. */
void	device_mark(struct device *, uint8_t flags);
/* What it shows from now on is the result of a measurement that ended then
 * (mono us); 0: of the present. */
void	device_hold(struct device *, int64_t measured);

#endif
