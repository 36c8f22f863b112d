#ifndef GATEWAY_CONFIG_TARIFF_CONF_H
#define GATEWAY_CONFIG_TARIFF_CONF_H

#include "../../conf/key.h"
#include "../../protocols/spending.h"
#include "../../protocols/tariff.h"

/* What is left out to keep within a plan, in the order in which a plan names it. */
enum saving {
	SAVING_BATCHES,		/* longer batches of what is new */
	SAVING_IDLE,		/* longer periods of devices that do not work */
	SAVING_DEADBAND,	/* figures that hardly changed stay here */
	SAVING_STATISTICS,	/* readings stay here; devices at their longest period */
	SAVINGS
};

_Static_assert(SAVINGS <= THRIFT_STEPS, "a step of each");

/* A plan for data: of one link or uplink, or a pool of several. */
struct tariff_conf {
	const char	*name;
	struct place	 place;
	const char	*size;			/* "30MB/month" */
	int64_t		 billing_day;		/* 0: that of the gateway */
	int64_t		 billing_month;
	struct strings	 step_names;		/* none: all, as above */
	int64_t		 reserve;		/* %, for alarms */
	int64_t		 settle;		/* us until a step shows what it does */
	int64_t		 batch_age;		/* us */
	double		 deadband;		/* % of what was sent last */
	int64_t		 deadband_age;		/* us: then it is sent all the same */
	struct tariff	 is;			/* of size and the bill */
	uint8_t		 steps[SAVINGS];	/* enum saving */
	size_t		 nsteps;
};

extern const struct key tariff_keys[];
extern const char *const saving_names[];	/* ends with NULL */

/* Bytes for all but alarms. */
double	tariff_budget(const struct tariff_conf *);
/* Is it among the first so many steps? */
bool	tariff_saves(const struct tariff_conf *, unsigned step, enum saving);

#endif
