#ifndef RULES_INTERLOCK_H
#define RULES_INTERLOCK_H

#include "../conf/arena.h"
#include "../devices/output.h"
#include "dwell.h"

/* What no command may do, whoever gives it.  The certified controller trips the
 * valve by wire; this only makes sure that a gateway does not make it worse: a
 * spark of a relay or a motor in gas. */

/* What a point that tells of gas said last. */
struct detector {
	uint32_t		 series;
	const struct device	*device;
	const struct point	*point;
	double			 limit;
	int64_t			 lasts;		/* us that what it said is known */
	bool			 heard;		/* since the start */
	int64_t			 mono;		/* us: when it was read */
	double			 figure;	/* NAN: it has none */
	struct quality		 quality;
	bool			 low;		/* below its range */
};

/* Lives in the arena of its configuration. */
struct interlock {
	struct detector	*at;		/* sorted by series, once they are numbered */
	size_t		 n;
	struct dwells	 dwells;
};

enum interlock_result {
	INTERLOCK_FREE,
	INTERLOCK_OPENS,		/* it would open a gas valve */
	INTERLOCK_GAS,
	INTERLOCK_NOT_HEARD,		/* since the start: not known */
	INTERLOCK_SILENT,		/* too long */
	INTERLOCK_WARMING_UP,
	INTERLOCK_BAD,
	INTERLOCK_TOO_SOON		/* after it was switched; that passes */
};

struct interlock_verdict {
	enum interlock_result	 result;
	const struct detector	*because;	/* NULL: no detector is */
	struct dwelling		 dwelling;	/* of TOO_SOON */
};

/* The detectors of all devices.  NULL: no memory. */
struct interlock	*interlock_new(const struct device *, size_t n, struct arena *);
/* The series are numbered now (mono us). */
void	interlock_start(struct interlock *, int64_t now);
/* What those of the same series said to another one is remembered. */
void	interlock_take_over(struct interlock *, const struct interlock *was);
void	interlock_hear(struct interlock *, const struct reading *);
/* This figure is on its way to a point. */
void	interlock_wrote(struct interlock *, const struct device *, const struct point *,
	    double figure, int64_t now);
/* May this figure be written to a point now (mono us)? */
struct interlock_verdict interlock_judge(const struct interlock *, const struct device *,
	    const struct point *, double figure, int64_t now);
/* The same of the steps that start or stop an instrument. */
struct interlock_verdict interlock_run(const struct interlock *, const struct device *,
	    int64_t now);
/* What forbids it, in English; "": nothing. */
const char	*interlock_words(const struct interlock_verdict *, char *buf, size_t n);

#endif
