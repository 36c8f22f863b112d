#ifndef GATEWAY_FIELD_SEQUENCE_H
#define GATEWAY_FIELD_SEQUENCE_H

#include "command.h"
#include "keeper.h"

struct renewal;

enum sequence_state {
	SEQUENCE_OFF,		/* not started yet, or not known to measure */
	SEQUENCE_ON,		/* it measures, or shows what it measured */
	SEQUENCE_RESTING,	/* stopped until the next start is due */
	SEQUENCE_STOPPED	/* by a person, until a person starts it */
};

/* An instrument that measures when told to, and the run of its start or stop
 * that is under way.  While a step waits it holds nothing on the line. */
struct sequence {
	struct field_role	*field;
	struct bus		*bus;
	struct station		*station;
	struct device		*device;
	enum sequence_state	 state;
	struct timer		 timer;		/* the next step, or the next run */
	int64_t			 due;		/* mono us: of the next start by itself;
						 * INT64_MAX: none */
	int64_t			 grid;		/* the first start; 0: none yet */
	int64_t			 measured;	/* the last one that ended well */
	bool			 fresh;		/* and was not read since */
	bool			 stop_next;	/* a stop waits for its turn */
	bool			 leaving;	/* the end waits for that stop, or a reload
						 * that takes its device away */
	unsigned		 failures;	/* starts in a row */
	struct command		 command;	/* asked 0: no run is under way, and the
						 * end of the last is durable */
	bool			 running, stop;
	bool			 ordered;	/* by a person */
	bool			 locked;	/* the next step, by gas */
	size_t			 step;		/* past the last: its wait */
	int64_t			 begun;		/* mono us; and of the step: */
	int64_t			 deadline, told;
};

struct sequences {
	struct sequence	**at;		/* each in a place that stays */
	size_t		  n;
	struct sequence	**of;		/* of each device; NULL: it always measures */
	struct kept	 *stopped;	/* names of those that a person stopped */
	struct kept	 *past;		/* sequence_past.c: when the others measured */
	uint8_t		 *records;	/* room for that, of all */
	bool		  ending;
	size_t		  pending;	/* stops that the end or a reload waits for */
	struct timer	  limit;	/* of that */
};

/* How many timers they need. */
size_t		sequences_timers(const struct config *);
/* After the buses, before they start.  -1: errno. */
int		sequences_open(struct field_role *);
void		sequences_close(struct field_role *);
/* Before the devices are other ones: the runs of those that do not go on are
 * given up.  And when the buses have the new ones: the others go on, and new
 * ones begin. */
void		sequences_give_up(struct field_role *, const struct renewal *);
void		sequences_renew(struct field_role *, const struct renewal *);
/* The longest that is waited for an instrument to stop, us. */
#define SEQUENCES_LIMIT	((int64_t)2 * 1000000)

/* Before a reload takes devices away: stops what it started there.  How many are
 * waited for; reload_released is called when all have ended. */
size_t		sequences_release(struct field_role *, const struct renewal *, int64_t now);
/* The gateway is to end: stops what it started.  0: nothing is waited for; else
 * the loop is stopped when all has ended, within two seconds. */
size_t		sequences_end(struct field_role *, int64_t now);
/* A state of device i for status; NULL: that of its polls says it. */
const char	*sequence_word(const struct field_role *, size_t i);

/* sequence_run.c: one run, step by step. */
/* The verb "measure DEVICE start|stop". */
enum command_phase sequence_command(struct field_role *, struct command *,
		    const struct words *);
/* The next step of the run is due. */
void		sequence_step(struct sequence *, int64_t now);
/* Ends the run; why stands in the command. */
void		sequence_fail(struct sequence *, enum quality_code, int64_t now);

/* sequence.c: a run has ended; code says why a failed one did. */
void		sequence_ended(struct sequence *, bool well, enum quality_code, int64_t now);
/* The next moment of its schedule behind this one. */
int64_t		sequence_next(const struct sequence *, int64_t mono);

/* sequence_past.c.  The file, NULL: errno; and room for the records of so many. */
struct kept	*sequence_past(struct keeper *);
uint8_t		*sequence_room(size_t n);
/* Keeps when each of them measured. */
void		sequence_keep(struct field_role *);
/* True: it measured before the start, and is not to do so again until due. */
bool		sequence_recall(struct sequence *, int64_t now);

#endif
