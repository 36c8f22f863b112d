#ifndef RULES_WATCH_H
#define RULES_WATCH_H

#include "../conf/zone.h"
#include "../devices/device.h"
#include "alarm.h"
#include "ground.h"
#include "life.h"
#include "program.h"
#include "rule.h"
#include "statistic.h"

#define BESIDE	3	/* alarms that a text names */

/* One step in the life of one alarm, as it must be journalled.  Lives during
 * the call. */
struct alarm_change {
	const struct rule_conf	*rule;
	const struct device	*device;
	const struct point	*point;		/* the first of the condition */
	uint32_t		 series;	/* of it */
	const struct alarm	*alarm;		/* after the step */
	enum alarm_event	 event;
	enum alarm_mask		 mask;		/* of MASK and UNMASK */
	int64_t			 time;		/* UTC ms of the reading, or of the
						 * moment when none caused it */
	struct value		 value;		/* of the last reading */
	struct quality		 quality;
	const char		*who;		/* of ACK, RESET, shelving; "" */
	const char		*why;		/* of a shelving or removal; "" */
	enum rule_shape		 shape;		/* of the condition, for its text; */
	double			 limit;		/* what its first comparison compared
						 * with, NaN: nothing; and */
	double			 figure;	/* what it compared: a mean; */
	int64_t			 silence;	/* us, of one that is STALE */
	struct alarm_ground	 ground;		/* told where value is none ... */
	const struct point	*then;		/* ... of this point; NULL: none */
	bool			 lost;		/* value is none, for so it was heard */
	const struct rule_conf	*beside[BESIDE];	/* while its cause is gone: what
						 * is still in alarm on its device, */
	size_t			 nbeside;	/* and how many these are, more too */
};

/* All alarms of a configuration: every rule on every device that it is on.
 * Reckons with mono only; wall is a label.  Lives in the arena. */
struct rules;

/* Finds the devices and points of each rule.  NULL: see errs; a rule that is
 * on no device is an error, and one that compares a text or calls stale what
 * is not read so soon. */
struct rules	*rules_new(const struct rule_conf *, size_t nrules, const struct device *,
		    size_t ndevices, struct arena *, struct errs *);
/* After the series of all taps are numbered, before anything else below. */
void		 rules_start(struct rules *, int64_t now);
void		 rules_on_change(struct rules *,
		    void (*changed)(void *, const struct alarm_change *), void *);
/* Nothing was heard until now, for the gateway was off: delays begin anew and
 * silence is counted from now; windows, what was learnt and the facts of alarms
 * stay. */
void		 rules_resume(struct rules *, int64_t now);
/* While it is on what is heard goes into windows and is learnt, and no alarm comes
 * or goes by it: who begins anew is told the past. */
void		 rules_recall(struct rules *, bool on);
/* How far back, us, a reading still counts for a window or for what is learnt; 0:
 * nothing is remembered. */
int64_t		 rules_reach(const struct rules *);
/* The longest delay, us. */
int64_t		 rules_delay(const struct rules *);
/* Days and hours of conditions; UTC until then.  The table stays the caller's. */
void		 rules_in_zone(struct rules *, const struct zone *);
/* now: mono us; wall: UTC ms. */
void		 rules_take(struct rules *, const struct reading *, int64_t now, int64_t wall);
/* An interval is over: the very figures that are journalled and uploaded. */
void		 rules_statistic(struct rules *, const struct statistic *, int64_t now,
		    int64_t wall);
/* Does any rule look at this series? */
bool		 rules_watch_series(const struct rules *, uint32_t series);
/* Does one of class life? */
bool		 rules_guard_series(const struct rules *, uint32_t series);
/* How old, us, a reading of it may be for all rules, or for those of class life;
 * INT64_MAX: none looks at it. */
int64_t		 rules_max_age(const struct rules *, uint32_t series, bool life);
/* A point that an alarm hangs on, by its condition or by what clears it. */
struct rule_point {
	const struct rule_conf	*rule;
	const struct device	*device;	/* of the point */
	const struct point	*point;
	size_t			 watch, input;	/* where to go on; 0 to begin */
};

/* The next of them, rule by rule; false: no more. */
bool		 rules_point(const struct rules *, struct rule_point *);
/* Delays that ran out, points gone stale. */
void		 rules_tick(struct rules *, int64_t now, int64_t wall);
int64_t		 rules_deadline(const struct rules *);	/* INT64_MAX: none */
/* The line of a device went down or up: masks its stale alarms, but never one
 * of class life. */
void		 rules_link(struct rules *, const struct device *, bool down, int64_t now,
		    int64_t wall);
/* Somebody else claimed to be the far end of a line, which answered itself: the
 * alarm sys.duplicate, until nobody did for an hour. */
void		 rules_duplicate(struct rules *, const char *line, int64_t now, int64_t wall);
/* Nobody answers on the line of a device although it is up, or somebody does
 * again.  It counts as lost for the alarm of its area. */
void		 rules_mute(struct rules *, const struct device *, bool mute, int64_t now,
		    int64_t wall);

/* Before a restart: takes up an alarm where it stood.  -1: no such alarm. */
int		 rules_restore(struct rules *, const char *rule, const char *device,
		    const struct alarm *);
/* After rules_start, from the rules of the configuration before: the facts of
 * an alarm by its names; of a rule that is the same, on a device that is, the
 * delays that run and the silence that is counted too.  alike: of each of the
 * devices the one before that goes on, or NULL.  What points that are
 * disabled now make of it follows with the next tick. */
void		 rules_take_over(struct rules *, const struct rules *was,
		    const struct device *devices, const struct device *const *alike);
/* Is there an alarm of these names? */
bool		 rules_have(const struct rules *, const char *rule, const char *device);
/* The i-th alarm that is not NORM, as of when it entered its state; false past
 * the end. */
bool		 rules_standing(const struct rules *, size_t i, struct alarm_change *);

/* How many these are. */
size_t		 rules_stand(const struct rules *);
/* The i-th of all alarms, whatever its state, in an order that stays. */
bool		 rules_alarm_at(const struct rules *, size_t i, struct alarm_change *);

/* The settings of lifecycles, and the links that may be lost together.  Without
 * it there is no shelving, no maintenance and nothing is marked.  Before
 * rules_start; conf and links must stay.  -1: see errs. */
int		 rules_live(struct rules *, const struct life_conf *,
		    const struct area_link *, size_t nlinks, struct arena *, struct errs *);
/* Business facts: shelving, handling, maintenance, events, members of an area. */
void		 rules_on_record(struct rules *,
		    void (*recorded)(void *, const struct rule_record *));
/* Who is worked on has changed; told to the owner of on_change. */
void		 rules_on_maintenance(struct rules *, void (*maintained)(void *));

enum step_result { STEP_DONE, STEP_NOTHING, STEP_UNKNOWN, STEP_FORBIDDEN, STEP_TOO_LONG,
    STEP_FULL };

/* An acknowledgement, reset or mask from outside.  NOTHING: it changed no
 * fact.  FORBIDDEN: class life is never masked. */
enum step_result rules_step(struct rules *, const char *rule, const char *device,
		    enum alarm_event, enum alarm_mask, const char *who, int64_t wall);

/* A command about the life of an alarm; now: mono us. */
struct life_order {
	const char	*rule;		/* of REMOVE also "*": each of the device */
	const char	*device;
	const char	*who, *why;	/* why: what was done, of handling */
	int64_t		 span;		/* us, of one that ends; 0: the longest */
	bool		 local;		/* given on the spot */
	int64_t		 now, wall;
};

/* For a time, which ends by itself.  FORBIDDEN: class life is never shelved.
 * TOO_LONG: see life.shelf_max. */
enum step_result rules_shelve(struct rules *, const struct life_order *);
enum step_result rules_unshelve(struct rules *, const struct life_order *);
/* Out of service and back, by a person.  Those of class life stay in service:
 * FORBIDDEN when no other was asked for. */
enum step_result rules_remove(struct rules *, const struct life_order *);
enum step_result rules_return(struct rules *, const struct life_order *);
/* What was done about an alarm, as a record. */
enum step_result rules_handle(struct rules *, const struct life_order *);
/* Somebody works on the site or device that order.device names, or no more.
 * Class life is silent only when that was said on the spot. */
enum step_result rules_maintain(struct rules *, const struct life_order *);
enum step_result rules_maintained(struct rules *, const struct life_order *);

/* A maintenance that goes on. */
struct maintenance {
	const char	*scope, *who;
	bool		 local, key;
	int64_t		 since, until;	/* UTC ms */
	int64_t		 left;		/* us, as of the last tick */
};

/* The i-th of them, in any order; false past the end. */
bool		 rules_maintenance(const struct rules *, size_t i, struct maintenance *);
/* Before the first tick: one that went on before a restart. */
void		 rules_maintenance_restore(struct rules *, const struct maintenance *,
		    int64_t now, int64_t wall);
bool		 rules_in_maintenance(const struct rules *, const struct device *);
/* After rules_restore: the figures it rested on. */
void		 rules_restore_ground(struct rules *, const char *rule, const char *device,
		    const struct alarm_ground *);
/* Before the first tick: one was announced at that moment, UTC ms, whatever became of
 * it.  The burst of its site goes on. */
void		 rules_restore_coming(struct rules *, const char *rule, const char *device,
		    int64_t came, int64_t wall);
/* After rules_restore: what priority it had, and who keeps it silent. */
void		 rules_restored(struct rules *, const char *rule, const char *device,
		    int priority, const char *who, const char *why);

/* What a person is told: {device} {point} {value} {figure} {unit} {limit} {rule} {state}
 * in the rule's template of a language ("zh", else English).  Returns buf. */
char		*rule_text(const struct alarm_change *, const char *language, char *buf,
		    size_t n);

#endif
