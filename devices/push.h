#ifndef DEVICES_PUSH_H
#define DEVICES_PUSH_H

#include "device.h"

/* Instruments that tell by themselves: what they say becomes readings of the
 * points of their profile, by the key that the wire has for each. */

/* Taken for the heartbeat of one that says none: its figures are stale to rules
 * after two, and nobody can rely on it for gas. */
#define PUSH_SILENCE	(3600 * 1000000LL)
/* Later than this ahead of our own clock is no time of a measurement, ms. */
#define PUSH_AHEAD	(600 * 1000LL)

/* The point that the wire calls so; NULL: it has none. */
const struct point	*push_point(const struct profile *, const char *key);
/* Why what was told is no figure of its point. */
enum push_fault {
	PUSH_FITS,
	PUSH_NO_FIGURE,		/* it is of another kind: a word, a bit that is 3 */
	PUSH_OTHER_UNIT		/* it cannot be said in the unit of the point */
};

/* What the instrument itself marks as bad, or says no value of, fits. */
enum push_fault	push_fault(const struct point *, const struct push *);
/* Has it a point for what was told? */
bool	device_hears(const struct device *, const struct push *);
/* The readings of n pushes, of which those without a point are passed over;
 * writes at most max and returns how many.  Each begins as a copy of base (its
 * time is that of the arrival), with the time that was told where one was, and
 * what its mark makes of the quality. */
size_t	device_push(const struct device *, const struct push *, size_t n,
	    const struct reading *base, struct reading *out, size_t max);
/* When nothing was heard for so long (us) it is dark. */
int64_t	device_silence(const struct device *);
/* Settles period and heartbeat of a device whose profile is known. */
int	push_pace(struct device *, struct errs *);

#endif
