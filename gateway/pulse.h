#ifndef GATEWAY_PULSE_H
#define GATEWAY_PULSE_H

#include <stdatomic.h>
#include <sys/types.h>

enum pulse_state { PULSE_ABSENT, PULSE_STARTING, PULSE_READY, PULSE_RELOADING };

/* What of how many is as it should be. */
struct pulse_count {
	_Atomic unsigned	good, all;
};

/* What a role lets its supervisor know, in memory that both see: no message that
 * anybody could be late with. */
struct pulse {
	pid_t			supervisor;
	_Atomic int		state;		/* enum pulse_state */
	_Atomic unsigned	beats;		/* grows while there is progress */
	struct pulse_count	links, devices, uplinks;
	_Atomic unsigned	alarms;		/* that stand */
	_Atomic unsigned	readings;	/* of the configuration that came to an end */
	/* Of the field role: its configuration wants the door role. */
	_Atomic int		door;
	/* Of the field role: what keeps its store from being opened, as told last; the
	 * supervisor reads it between two lives of the role. */
	char			why[320];
};

/* Of a role: it got on. */
void	pulse_beat(struct pulse *);
/* Of a role: it entered a state; the supervisor is woken to hear of it. */
void	pulse_enter(struct pulse *, enum pulse_state);

#endif
