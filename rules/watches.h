#ifndef RULES_WATCHES_H
#define RULES_WATCHES_H

#include "area.h"
#include "drive.h"
#include "due.h"
#include "life.h"
#include "watch.h"

#define NAME_BYTES	64	/* of a rule, a device, a person: with the NUL */

/* The alarms of a configuration as rules/ keeps them; inside rules/ only. */

/* One rule on one device.  Its condition is true, false or, while its points are
 * bad or silent, not known: truth keeps what was known last, and only while
 * it is known can a delay run. */
struct watch {
	struct due		 due;		/* first: a due is its watch */
	const struct rule_conf	*rule;
	const struct device	*device;
	struct rule_program	 program;
	uint32_t		 first;		/* input that is told of: its first
						 * point; of a group the one heard last */
	struct alarm		 alarm;
	bool			 truth;		/* the condition, as known last */
	bool			 pending;	/* truth differs from the alarm ... */
	int64_t			 since;		/* ... since this moment, mono us */
	int64_t			 next;		/* time alone may change it then */
	int64_t			 expires;	/* its readings are too old then */
	int64_t			 results;	/* new ones in a row that say so */
	double			 limit, figure;	/* see struct alarm_change */
	int64_t			 lift_at;	/* the line is back: unmask then at the
						 * latest; 0: nothing to lift */
	int64_t			 time;		/* of the last reading, UTC ms */
	struct value		 value;
	struct quality		 quality;
	struct alarm_ground	 ground;
	size_t			 standing;	/* place among those not closed, from 1 */
	struct due		 life;		/* the first of the following moments, of
						 * mono us; 0: there is none */
	int64_t			 shelf_end, handle_end, remind_at, calm_at, record_at;
	struct said		*said;		/* of who shelved or removed it; NULL */
	uint32_t		 site;		/* of rules.sites */
	uint8_t			 entered;	/* place of its last coming, for chatter */
	bool			 own;		/* of the gateway itself: no reading, no
						 * point of a profile */
	bool			 risen;		/* its rule is more urgent than before */
	struct acting		 acting;
	struct deed		*deeds;		/* as many as its rule has actions */
};

/* An action of a rule bound to its output. */
struct deed {
	const struct action_conf	*conf;
	size_t				 switched;	/* of rules.switched */
	double				 figure;
	int64_t				 insist;	/* us; 0: tries are all */
	bool				 again;		/* after a start too */
};

/* An output that some rule switches. */
struct switched {
	struct drive		 drive;
	const struct device	*device;
	size_t			 point;
	size_t			 shown;		/* the point that tells of it */
	bool			 valve;		/* for gas */
	bool			 told;		/* that it does not obey */
	char			 name[NAME_BYTES];	/* DEVICE.POINT */
};

/* A watch that hangs on a series. */
struct dependant {
	uint32_t	 series;
	uint32_t	 input;		/* of its program */
	struct watch	*watch;
};

/* Who keeps an alarm silent, and what for. */
struct said {
	char	who[64], why[201];
	bool	used;
};

/* Where several alarms belong together: what stands before the last "/" of
 * the name of a device. */
struct site {
	const char	*name;		/* in that of a device, not ended by a NUL */
	size_t		 len;
	int64_t		 last;		/* announcement, mono us */
	int64_t		*told;		/* ring of the last life.flood + 1 of them */
	size_t		 at;
	bool		 flood;
};

#define OWN_MORE	96	/* alarms of the gateway itself beside those of areas */
#define UPKEEPS		20	/* at a time: one block stores them all */

/* An alarm of the gateway itself: its name, made when it is needed. */
struct own {
	struct watch	 watch;
	struct device	 device;
	char		 name[NAME_BYTES];	/* "": the place is free */
};

/* What works where, and until when. */
struct upkeep {
	char	scope[NAME_BYTES];	/* "": the place is free */
	char	who[NAME_BYTES];
	bool	local;			/* class life is masked too */
	bool	key;			/* begun by a key switch */
	int64_t	since, until;		/* UTC ms */
	int64_t	end;			/* mono us */
};

#define DUPLICATES	32	/* lines at a time */

/* A line that somebody else claims to be. */
struct duplicate {
	char	line[NAME_BYTES];	/* "": the place is free */
	int64_t	times;
	int64_t	until;			/* mono us */
};

/* A key switch bound to its point. */
struct turn {
	const struct maintenance_key	*key;
	const struct device		*device;
	size_t				 point;
	int				 is;	/* -1: not known yet; 0, 1 */
	int				 was;	/* what was acted on */
};

struct region;			/* see region.c */

struct rules {
	struct watch	 *at;		/* rule by rule */
	size_t		  n;
	struct watch	**by_name;	/* sorted by rule, then by device */
	struct dependant *by_series;	/* sorted once the series are numbered, those
					 * of a watch side by side */
	size_t		  ndependants;
	struct watch	**standing;	/* those that are not NORM */
	size_t		  nstanding;
	struct dues	  dues;
	const struct zone *zone;
	bool		  settled;	/* disabled points were masked */
	bool		  recalling;	/* see rules_recall */
	int64_t		  now, wall;	/* as they were said last */
	const char	 *why;		/* of the step in hand; NULL: as was said before */
	int64_t		  flood_at;	/* mono us: one may be over; INT64_MAX: none is */
	const struct life_conf *life;	/* NULL: nobody gave any; see rules_live */
	struct dues	  lives;
	int64_t		 *enters;	/* life.chatter of each watch, mono us */
	struct said	 *saids;
	size_t		  nsaids;
	struct site	 *sites;	/* the last one is the gateway as a whole */
	size_t		  nsites;
	struct own	 *own;
	size_t		  nown;
	struct areas	 *areas;	/* NULL: no link has a key */
	const struct device *devices;
	size_t		  ndevices;
	struct region	 *region;
	struct upkeep	  upkeeps[UPKEEPS];
	struct duplicate  duplicates[DUPLICATES];
	struct turn	 *turns;
	size_t		  nturns;
	bool		  turned;	/* a key is to be acted on */
	struct switched	 *switched;
	size_t		  nswitched;
	int64_t		  switch_at;	/* mono us: one of them is due */
	size_t		  disobeyed;	/* of them: told so */
	void		(*recorded)(void *, const struct rule_record *);
	void		(*maintained)(void *);
	void		(*changed)(void *, const struct alarm_change *);
	void		 *owner;
};

/* Those of a series: the first, and in *n how many follow side by side. */
struct dependant *watches_of(const struct rules *, uint32_t series, size_t *n);
struct watch	 *watch_find(const struct rules *, const char *rule, const char *device);
/* Its first point is disabled, or each of its group. */
bool		  watch_disabled(const struct watch *);
/* watch.c: is it one that misses data, true only while some point is silent? */
bool		  watch_of_silence(const struct watch *);
/* watch.c: due when it next has something to do by itself. */
void		  watch_arm(struct rules *, struct watch *);
/* life.c: one event in the life of an alarm; true when it changed a fact. */
bool		  watch_step(struct rules *, struct watch *, enum alarm_event,
		    enum alarm_mask, const char *who, int64_t time);
/* Its coming ("on"), going ("off") or staying ("still") as business records, as its
 * rule asks for. */
void		  watch_record(struct rules *, const struct watch *, const char *state,
		    int64_t time);
/* Its facts were set: among those that stand, or no more. */
void		  watch_list(struct rules *, struct watch *);
/* Shelves it, or moves the end of its shelving. */
bool		  watch_shelve(struct rules *, struct watch *, int64_t until,
		    const char *who, int64_t time);
/* The same without an event in its life: told all the same. */
void		  watch_tell(struct rules *, struct watch *, enum alarm_event,
		    const char *who, int64_t time);
/* Of rule and device names, also one of the gateway itself.  NULL: none. */
struct watch	 *watch_named(const struct rules *, const char *rule, const char *device);
/* What its rule says of its life. */
void		  watch_bind(const struct rules *, struct watch *);
/* Those of a device and series that this keeps silent are masked, or no more. */
void		  watch_mask_point(struct rules *, const struct device *, uint32_t series,
		    enum rule_suppress by, bool down, int64_t now, int64_t wall);
/* Masks that today's points and rules ask for, or forbid. */
void		  watch_settle(struct rules *, int64_t wall);
/* The line is back: a silent alarm that began behind the mask is unmasked once
 * its point speaks again or stays silent for good. */
void		  watch_lift(struct rules *, struct watch *, int64_t now, int64_t wall);
/* shelf.c: of the moments in its life the first is due. */
void		  life_arm(struct rules *, struct watch *);
void		  life_tick(struct rules *, int64_t now, int64_t wall);
int64_t		  life_deadline(const struct rules *);
/* After a start: the moments in its life, from its facts. */
void		  life_resume(struct rules *, struct watch *, int64_t wall);
void		  life_say(struct rules *, struct watch *, const char *who, const char *why);
void		  life_take_over(struct rules *, struct watch *, const struct watch *was);

/* burst.c: would an alarm of it now be the first of its site? */
bool		  burst_first(const struct rules *, const struct watch *);
/* It was announced. */
void		  burst_told(struct rules *, struct watch *, int64_t time);
/* It came, told or not. */
void		  burst_entered(struct rules *, struct watch *, int64_t time);
/* A flood goes on as before the start.  False: there is no such site. */
bool		  burst_restore(struct rules *, const char *site, bool flood);
/* That of its site goes on under other rules. */
void		  burst_take_over(struct rules *, struct watch *, const struct rules *was,
		    const struct watch *old);
void		  burst_tick(struct rules *, int64_t now, int64_t wall);
int64_t		  burst_deadline(const struct rules *);
/* Sorts the alarms by site.  -1: no memory left. */
int		  burst_sites(struct rules *, struct arena *);

/* own.c: alarms of the gateway itself. */
enum own_kind {
	OWN_AREA, OWN_FLOOD, OWN_MAINTENANCE, OWN_DUPLICATE, OWN_VALVE, OWN_DISOBEYED, OWN_KINDS
};

const struct point *own_point(void);	/* of none */
/* All places are free, and may be looked at. */
void		  own_prepare(struct rules *);
/* One that stood before the start; NULL: there is no such alarm any more. */
struct watch	 *own_restore(struct rules *, const char *rule, const char *device,
		    bool active);
struct watch	 *own_find(const struct rules *, const char *rule, const char *device);
/* It comes or goes, with a figure for its text. */
void		  own_set(struct rules *, enum own_kind, const char *name, bool active,
		    int64_t figure, int64_t wall);
bool		  own_is(const struct rules *, enum own_kind, const char *name);
/* Its place is free once it is closed. */
void		  own_settle(struct rules *, struct watch *);
void		  own_take_over(struct rules *, const struct rules *was);

/* upkeep.c: is it worked on there?  Its alarms get what mask they must have. */
bool		  upkeep_masks(const struct rules *, const struct watch *);
/* Is it a site or device? */
bool		  upkeep_known(const struct rules *, const char *scope);
/* Binds the key switches to their points.  -1: see errs. */
int		  upkeep_keys(struct rules *, struct arena *, struct errs *);
/* A reading, perhaps of a key switch. */
void		  upkeep_take(struct rules *, const struct reading *);
void		  upkeep_tick(struct rules *, int64_t now, int64_t wall);
int64_t		  upkeep_deadline(const struct rules *);
/* An alarm of the gateway itself was acknowledged. */
void		  upkeep_acked(struct rules *, struct watch *, int64_t wall);
void		  upkeep_take_over(struct rules *, const struct rules *was);

/* duplicate.c: one that stood before the start; its end; into the next rules. */
bool		  duplicate_restore(struct rules *, const char *line, bool active);
void		  duplicate_tick(struct rules *, int64_t now, int64_t wall);
int64_t		  duplicate_deadline(const struct rules *);
void		  duplicate_take_over(struct rules *, const struct rules *was);

/* region.c: areas of links, and what is silent by them. */
int		  region_new(struct rules *, const struct area_link *, size_t n,
		    struct arena *);
/* The line of a device is lost, or no more so. */
void		  region_link(struct rules *, const struct device *, enum area_loss, bool lost,
		    int64_t now);
/* Is its line one of those that are lost together?  Is it known to be down? */
bool		  region_silences(const struct rules *, const struct device *);
bool		  region_down(const struct rules *, const struct device *);
/* After a start: what was silent by an area that is still lost stays so. */
bool		  region_keeps(struct rules *, const struct watch *);
/* An alarm of an area goes on as before the start.  False: there is no such
 * area any more. */
bool		  region_restore(struct rules *, const char *name, bool lost);
void		  region_tick(struct rules *, int64_t now, int64_t wall);
int64_t		  region_deadline(const struct rules *);
void		  region_take_over(struct rules *, const struct rules *was);

/* deed.c: binds the actions of all rules to outputs.  -1: see errs. */
int		  deeds_bind(struct rules *, const struct census *, struct arena *,
		    struct errs *);
/* A fact of its alarm may have changed; its condition is known. */
void		  deeds_step(struct rules *, struct watch *);
void		  deeds_known(struct rules *, struct watch *);
/* An alarm that still wants that output to be as it was wanted last. */
bool		  deeds_insist(const struct rules *, size_t switched, struct wish *);
/* switched.c: does what has to be done with an output of rules. */
void		  switched_want(struct rules *, size_t i, const struct wish *);
void		  switched_take(struct rules *, const struct reading *);
void		  switched_tick(struct rules *, int64_t now, int64_t wall);
/* After a start: one that did not obey, or did.  False: none is so named. */
bool		  switched_restore(struct rules *, const char *name, bool valve,
		    bool disobeyed);
void		  switched_take_over(struct rules *, const struct rules *was);

/* record.c */
void		  record_begin(struct rule_record *, const char *kind, const char *of,
		    const char *more, int64_t wall);
void		  record_add(struct rule_record *, const char *name, const char *value);
void		  record_tell(struct rules *, const struct rule_record *);
/* UTC ms as digits in room; returns it. */
char		 *record_time(int64_t, char room[24]);

/* How long, us, its point may be silent. */
int64_t		  watch_stale_age(const struct watch *);

#endif
