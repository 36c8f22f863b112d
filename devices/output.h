#ifndef DEVICES_OUTPUT_H
#define DEVICES_OUTPUT_H

#include "device.h"

/* What a point that can be written drives.  A relay does not know what is wired
 * to it, so that its device says it and not its profile. */
enum output_kind {
	OUTPUT_OTHER,			/* nobody said: held like all others */
	OUTPUT_GAS_VALVE,		/* closed by whom may write it, opened by none */
	OUTPUT_FAN,
	OUTPUT_PURIFIER,
	OUTPUT_HORN,
	OUTPUT_LIGHT,
	OUTPUT_PUMP,
	OUTPUT_HEATER,
	OUTPUT_WATER_VALVE,
	OUTPUT_SETTING			/* a figure inside an instrument; it switches
					 * nothing */
};

struct output {
	struct place	 place;
	const char	*name;		/* of its point */
	int		 acts;		/* enum output_kind */
	const char	*closes_text;	/* as a command would say it */
	bool		 explosion_proof;
	const char	*feedback;	/* name of the point that shows it; "": itself */
	int64_t		 travel;	/* us until it shows what was written */
	int64_t		 min_on, min_off;	/* us */
	size_t		 point;		/* of the profile */
	double		 closes;	/* the one figure that a gas valve takes */
	size_t		 shown;		/* point of the profile that shows it */
};

/* A point of which a figure from limit on is gas. */
struct gas_point {
	struct place	 place;
	const char	*name;
	double		 limit;		/* in the unit of the point */
	size_t		 point;
};

#define GAS_LIMIT	10.0		/* %LEL: from here on it is gas */

extern const struct key	output_keys[], gas_keys[];

/* Finds the points that they name.  -1: see errs. */
int	outputs_bind(struct device *, struct errs *);
/* NULL: nobody said what it drives. */
const struct output	*output_of(const struct device *, const struct point *);
/* From which figure on is it gas?  NAN: it is none that tells of gas. */
double	gas_limit(const struct device *, size_t point);

#endif
