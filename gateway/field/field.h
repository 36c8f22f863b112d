#ifndef GATEWAY_FIELD_FIELD_H
#define GATEWAY_FIELD_FIELD_H

#include "action.h"
#include "calibrations.h"
#include "command.h"
#include "../config/config.h"
#include "../control.h"
#include "cures.h"
#include "inflow.h"
#include "inquiry.h"
#include "keeper.h"
#include "latest.h"
#include "../link/door_calls.h"
#include "../link/letterbox.h"
#include "../link/listener.h"
#include "../ledger.h"
#include "marks.h"
#include "messages.h"
#include "pipeline.h"
#include "poller.h"
#include "../rate.h"
#include "reload.h"
#include "../run.h"
#include "saving.h"
#include "sequence.h"
#include "trouble.h"
#include "upkeeps.h"
#include "watchdog.h"

/* Everything the field role owns; one loop, one thread. */
struct field_role {
	const struct run	*run;
	struct config		*config;
	struct disk		*disk;
	struct journal		*journal;
	struct rules		*rules;
	struct statistics	*statistics;
	struct zone		 zone;		/* of the gateway; from the start on */
	struct loop		*loop;
	struct control		*control;	/* NULL: it cannot be had; tried again */
	int64_t			 control_at;	/* when, mono us */
	struct pipeline		 pipeline;
	struct keeper		*keeper;	/* of the small states that follow */
	struct marks		*marks;
	struct kept		*upkeeps;	/* maintenance that goes on */
	uint64_t		 upkept;	/* its newest state; 0: as at the start */
	struct splits		*splits;
	struct calibrations	*calibrations;
	struct ledger		*ledger;	/* bytes on the wire of the links */
	struct tariffs		*tariffs;	/* and what was bought */
	int64_t			 book_at;	/* mono us: they are booked */
	struct rate		 filling;	/* bytes into the store */
	struct commands		 commands;
	struct sequences	 sequences;
	struct watchdogs	 watchdogs;
	struct inquiries	 inquiries;
	struct messages		 messages;
	struct troubles		 troubles;
	struct cures		 cures;
	struct listeners	*listeners;	/* where DTUs call */
	struct door_calls	*door_calls;	/* ... through the door */
	struct letterbox	*letterbox;	/* messages from there */
	struct bus		*owing;		/* first that owes acknowledgements */
	struct inflow		 inflow;	/* where what is told waits for room */
	struct bus		**buses;	/* in the order of config.links */
	size_t			 nbuses;
	const struct station	**stations;	/* of each device; NULL: never asked */
	struct latest		 latest;
	struct timer		 work;		/* a commit or a delay is due */
	struct timer		 second;	/* clock steps, counters */
	struct source		 flushed;	/* the helper finished */
	struct source		 kept;		/* the keeper wrote something */
	struct source		 signals;
	struct durable		 durable;	/* what GREW said last */
	struct journal_stats	 seen;		/* counters as last told of */
	bool			 gone;		/* the folder of the store */
	bool			 full;		/* the store took no readings; said so */
	uint64_t		 skipped, lost;	/* of the pipeline, when there was room */
	char			 standing_en[256], standing_zh[256];
	int64_t			 clock_kept;	/* of clock_step */
	uint64_t		 clock_steps;
	uint64_t		 committed;	/* commits that came back, at the last beat */
	int64_t			 flush_seen;	/* mono us: no flush was older then */
	bool			 flush_slow;	/* said so */
	int64_t			 started;	/* mono us */
	uint64_t		 boot;
	char			*uplinks;	/* rows of the forward role; NUL-ended */
	char			*told;		/* the same of contacts and ways */
	struct reload		 reload;
	int64_t			 loaded;	/* UTC ms: the configuration in force */
	uint64_t		 loads;		/* of one, since the start */
};

/* field_start.c: everything up to the first poll; an exit status, or 0. */
int	field_start(struct field_role *);
void	field_stop(struct field_role *);
/* Without the control socket all is measured and sent as with it. */
void	field_open_control(struct field_role *, int64_t now);
/* field_config.c: what a configuration asks of the role.  Its timers, and the
 * points of its largest device. */
size_t	field_timers(const struct config *);
size_t	field_most_points(const struct config *);
struct rules *field_rules(struct config *, struct errs *);
struct statistics *field_statistics(struct config *, struct errs *);
void	field_note_config(struct field_role *);
/* From now on every role that begins runs this configuration. */
void	field_accept(struct field_role *);
/* Numbers its series; an exit status, or 0. */
int	field_number(struct field_role *, struct config *, struct statistics *);
/* One entry for each point that is out of service, but of no device that had
 * its entry before (of each it is said; NULL: of none). */
void	field_tell_off(struct field_role *, const struct device *const *but, int64_t now);
/* One entry for each series that is of no device any more. */
void	field_tell_gone(struct field_role *, const struct config *was, int64_t now);
/* The buses of f->config; those of before that go on are among them, and the
 * others are given back.  NULL: there were none. */
void	field_make_buses(struct field_role *, const struct renewal *, int64_t now);
/* Stops those that do not go on. */
void	field_end_buses(struct field_role *, const struct renewal *, int64_t now);
void	field_pin_all(struct field_role *);
/* Books what has come and gone on the wires of all links. */
void	field_book(struct field_role *);
/* field_door.c: the field role's end of the door; after the listeners, before the
 * links. */
void	field_open_door(struct field_role *, int64_t now);
/* Whether a configuration wants it, for the supervisor. */
void	field_want_door(struct field_role *, int64_t now);
void	field_close_door(struct field_role *);
/* By the name of its link; NULL: there is none. */
struct bus	*field_bus(const struct field_role *, const char *link);
/* field.c: entries were appended, delays began: the work timer follows. */
void	field_worked(void *field, int64_t now);
/* report.c: how many links and devices are as they should be. */
void	report_pulse(struct field_role *);
/* field_talk.c: what clients of the control socket say. */
extern const struct control_owner field_control;
/* report.c: the answer to the QUERY "status". */
bool	report_status(void *field, uint64_t *at, struct buf *);
/* The standing alarm i as an entry; its texts live until the next call. */
bool	field_standing(void *field, size_t i, struct alarm_entry *);
/* The i-th of all alarms in an order that stays; of one that is NORM only its
 * facts. */
bool	field_alarm_at(void *field, size_t i, struct alarm_entry *);

#endif
