#ifndef GATEWAY_WORDS_ALARM_LANE_H
#define GATEWAY_WORDS_ALARM_LANE_H

#include "../config/config.h"
#include "../journal/entry.h"

/* What the words of "tidegate alarms" have in common: the configuration, the
 * zone, and the lane of alarms and records of a store. */
struct alarm_lane {
	const char	*name;		/* "tidegate alarms list" */
	const char	*config_path, *store, *control;	/* as given; NULL */
	const char	*rule, *device;	/* patterns; NULL: all */
	struct reader	*reader;	/* while alarm_lane_read runs */
	struct config	*config;	/* NULL: --store and --socket are enough */
};

/* Reads the configuration as far as it is wanted, sets its zone and fills in
 * what was not given.  -1: it was told. */
int	alarm_lane_open(struct alarm_lane *);
void	alarm_lane_close(struct alarm_lane *);
/* Every entry of the lane that is durable, the oldest first; each may end it
 * with a value that is not 0, which is returned.  -1: it was told. */
int	alarm_lane_read(struct alarm_lane *, int (*each)(void *, const struct entry *),
	    void *arg);
/* Is it one that was asked for? */
bool	alarm_lane_wants(const struct alarm_lane *, const char *rule, const char *device);
/* "2026-11-25 17:59:43" in the zone of the gateway. */
const char *alarm_time(int64_t ms, char room[32]);

#endif
