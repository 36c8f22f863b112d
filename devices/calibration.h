#ifndef DEVICES_CALIBRATION_H
#define DEVICES_CALIBRATION_H

#include "device.h"

/* A correction that somebody found with standards: the figure that stood in
 * each before, and the one that stands there after.  One standard shifts, two
 * turn.  It goes on top of the scale of the profile, never on another one, and
 * of several for a point the latest holds. */
struct calibration {
	struct place		 place;
	const char		*point, *time_text, *who, *standard;
	const struct node	*before_list, *after_list;	/* while it is read */
	int64_t			 time;		/* UTC ms */
	double			 before[2], after[2];	/* of n standards */
	size_t			 n;
};

extern const struct key	calibration_keys[];

/* Reads what device_keys left as text and corrects the points it names. */
int	calibrations_bind(struct device *, struct arena *, struct errs *);
/* The one in force for a point; NULL: it is as delivered. */
const struct calibration	*calibration_of(const struct device *, size_t point);
/* What it does to a figure: figure * gain + offset. */
void	calibration_line(const struct calibration *, double *gain, double *offset);

/* UTC ms of "2026-11-25T10:20+08:00" or "2026-11-25T02:20:30Z"; -1: it is no
 * moment, or its zone is not said. */
int	moment_parse(const char *, int64_t *ms);

#endif
