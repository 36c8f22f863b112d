#ifndef RULES_TELL_OWN_H
#define RULES_TELL_OWN_H

#include "due.h"
#include "tell.h"

/* The insides of struct tell, for rules/tell*.c only. */

#define CODES		24000	/* a letter of 24 and three digits */
#define MESSAGES_MOST	2048
#define LEVEL_LIFE	10	/* above all priorities */
#define NO_LEVEL	(-1)

#define MINUTE		(60 * 1000000LL)
#define DAY		(1440 * MINUTE)

struct tell_alarm;

/* What one contact knows of one alarm, and has yet to be told. */
struct note {
	struct note		*next;		/* of the alarm */
	struct note		*before, *behind;	/* that wait */
	struct tell_alarm	*alarm;
	size_t			 contact;
	const struct tell_step	*step;		/* that reached it last; whose ways */
	const struct policy	*policy;	/* that reached it first */
	bool			 wanted, life, late;
	enum notice_purpose	 want;
	int64_t			 since, not_before;	/* mono */
	uint64_t		 seq;		/* of the entry that made it wanted */
	unsigned		 rises;		/* as told */
	int			 level;		/* as told; NO_LEVEL: never */
	bool			 back;		/* told that it is over */
	bool			 over, acked;	/* since it was told: what comes is news */
	int64_t			 told_at;	/* mono */
};

/* A policy on its way through its steps for one alarm. */
struct track {
	struct track		*next;
	const struct policy	*policy;
	bool			 running;
	bool			 overdue;	/* until somebody says what was done */
	size_t			 step;		/* the next */
	unsigned		 repeats;
	int64_t			 from;		/* mono: the rise it counts from */
	int64_t			 at;		/* of the next; INT64_MAX: none */
};

struct tell_alarm {
	struct due		 due;		/* first: a due is its alarm */
	struct tell_alarm	*chain;		/* of its bucket, or unused */
	char			 rule[TELL_NAME], device[TELL_NAME], point[TELL_NAME];
	char			 unit[TELL_UNIT], value[TELL_VALUE];
	char			 en[256], zh[256], who[TELL_NAME];
	struct alarm		 is;
	enum alarm_class	 class;
	enum priority		 priority;
	uint64_t		 seq;		/* of the last rise */
	uint32_t		 life;		/* generation of the place */
	int64_t			 time, risen;	/* UTC ms: last step, last rise */
	unsigned		 rises;		/* since it is known */
	bool			 used;
	bool			 restated;	/* nothing else is known of it */
	int64_t			 back_at;	/* mono: it is over; 0: not waited for */
	char			 code[TELL_CODE];
	struct note		*notes;
	struct track		*tracks;
};

enum slot_state { SLOT_FREE, SLOT_OUT, SLOT_ACCEPTED, SLOT_WAITING };

/* A message under way. */
struct slot {
	enum slot_state		 state;
	struct tell_record	 is;
	char			 rule[TELL_NAME], device[TELL_NAME], point[TELL_NAME];
	char			 unit[TELL_UNIT], value[TELL_VALUE];
	char			 text[TELL_TEXT], whole[TELL_TEXT];	/* short; as long
						 * as it need be */
	char			 deaf[TELL_TEXT];	/* text for ways that hear no answer,
						 * if it is another */
	const char		*state_name;
	int64_t			 time;
	struct way_list		 ways;		/* of the step or the contact */
	size_t			 only;		/* of a test: the one way */
	unsigned		 out;		/* attempts that have not ended */
	uint32_t		 tried, barred;	/* ways: in this round, refused for good */
	int64_t			 at;		/* mono: patience ends, another try,
						 * it counts as delivered */
	int64_t			 expires;	/* mono */
	struct tell_alarm	*alarm;		/* NULL: none */
	uint32_t		 alarm_life;
	bool			 replayed;	/* out before the start */
	bool			 paid;		/* the budget was */
};

/* Moments of what went, newest first from head on. */
struct ring {
	int64_t	*at;
	size_t	 cap, n, head;
};

/* To one contact by one way. */
struct reach {
	struct ring	 all, other;	/* other: not of class life */
	int64_t		 capped_until;
};

struct queue {
	struct due	 due;		/* first */
	size_t		 contact;
	struct note	*first, *last;	/* that wait, but of class life */
	size_t		 n;
	int64_t		 soonest;	/* no not_before of them is earlier */
	struct ring	 sent;		/* but of class life */
	struct ring	 life;
	unsigned	 out;		/* messages under way, but of class life */
	size_t		 lumped;	/* alarms without a place, as a number */
	uint64_t	 lumped_seq;
	unsigned	 wrong;		/* codes sent back that were none */
	int64_t		 wrong_at;
	uint64_t	 accepted, failed, expired;
};

struct way_state {
	bool	failing;
	int64_t	try_at;			/* mono: one that fails is tried like any, but
					 * for class life */
	int64_t	not_before;		/* mono */
};

struct tell {
	struct tell_env		 env;
	const struct plan	*plan;
	const struct telling_conf *set;
	struct arena		*arena;
	bool			 live;
	bool			 full;		/* class life waits for a place */
	int64_t			 now, wall;
	uint64_t		 seq;		/* the last entry that went in */
	unsigned		 n;		/* messages made at it */
	struct tell_alarm	**buckets;
	size_t			 nbuckets, nalarms;
	struct tell_alarm	**places;	/* all that were ever made */
	size_t			 nplaces, hand;
	struct tell_alarm	*unused_alarms;
	struct note		*unused_notes;
	struct track		*unused_tracks;
	struct tell_alarm	**codes;
	struct dues		 dues;		/* of alarms */
	struct dues		 sends;		/* of queues */
	struct note		*life_first, *life_last;
	struct queue		*queues;	/* of each contact */
	struct reach		*reaches;	/* contact by contact, of each way */
	struct way_state	*ways;
	struct slot		**slots;
	size_t			 nslots, busy;
	int64_t			 slots_at;	/* the first of them that is due */
	uint64_t		 lumped, lost;
};

/* tell_pool.c */
struct tell_alarm *tell_find(const struct tell *, const char *rule, const char *device);
struct tell_alarm *tell_make(struct tell *, const char *rule, const char *device);
void		 tell_forget(struct tell *, struct tell_alarm *);
struct note	*tell_note(struct tell *, struct tell_alarm *, size_t contact);
struct track	*tell_track(struct tell *, struct tell_alarm *, const struct policy *);
struct slot	*tell_slot(struct tell *);
struct slot	*tell_slot_of(const struct tell *, const char *id);
void		 tell_code(struct tell *, struct tell_alarm *);
void		 tell_code_drop(struct tell *, struct tell_alarm *);
void		 tell_code_is(struct tell *, struct tell_alarm *, const char *code);

/* tell_queue.c */
void		 tell_want(struct tell *, struct note *, enum notice_purpose);
void		 tell_unwant(struct tell *, struct note *);
/* The note was told of in this manner. */
void		 tell_told(struct tell *, struct note *, enum notice_purpose);
/* All that waits for a contact up to that entry was. */
void		 tell_digested(struct tell *, struct queue *, uint64_t through);
/* Fills what every message has. */
void		 tell_begin(struct tell *, struct slot *, size_t contact,
		    enum notice_purpose, int64_t expires);
void		 tell_sends(struct tell *);
void		 tell_send_soon(struct tell *, struct queue *);
int		 tell_level(const struct tell_alarm *);

/* tell_ring.c */
void		 ring_put(struct ring *, int64_t at);
size_t		 ring_since(const struct ring *, int64_t from);	/* later than that */
/* The k-th newest, from 1; INT64_MIN: there are not so many. */
int64_t		 ring_nth(const struct ring *, size_t k);

/* tell_ways.c */
void		 tell_dispatch(struct tell *, struct slot *);
void		 tell_slots(struct tell *);
void		 tell_slots_live(struct tell *);
/* What was journalled of one before the start. */
void		 tell_slot_replay(struct tell *, const struct tell_record *,
		    struct tell_alarm *);
/* To a contact by each of its ways. */
void		 tell_test(struct tell *, size_t contact);

/* tell_steps.c: policies and their steps. */
void		 tell_hasten(struct tell *, struct tell_alarm *);
void		 tell_arm(struct tell *, struct tell_alarm *);
/* Its policies begin; those that run already go on. */
void		 tell_climb(struct tell *, struct tell_alarm *);
/* From the first step on, until it was handled. */
void		 tell_climb_overdue(struct tell *, struct tell_alarm *);
/* The first steps alone; of an event only those of who asked for it. */
void		 tell_once(struct tell *, struct tell_alarm *);
/* Of what is new to them: those who were reached already. */
void		 tell_again(struct tell *, struct tell_alarm *, enum notice_purpose);
/* It came again: those who were reached by a first step, and by later ones only
 * where the steps go on. */
void		 tell_back(struct tell *, struct tell_alarm *);
/* No more steps and repeats, but where its handling is overdue. */
void		 tell_halt(struct tell *, struct tell_alarm *);
/* Somebody said what was done: only an acknowledgement may be owed still. */
void		 tell_handled(struct tell *, struct tell_alarm *);

/* tell_life.c: what becomes of an alarm. */
bool		 tell_seen(const struct tell_alarm *);
/* Nothing of it stands, and nothing is waited for. */
bool		 tell_over(const struct tell_alarm *);
/* It has been gone for long enough. */
void		 tell_settled(struct tell *, struct tell_alarm *);
/* Its site, or all together, has more alarms than anybody can read. */
bool		 tell_flooded(const struct tell *, const struct tell_alarm *);

/* tell_text.c, tell_digest.c: into slot->text and whole. */
void		 tell_text_alarm(const struct tell *, struct slot *, const struct note *);
/* As much of head, body and tail as so many parts of an SMS hold; the body is cut. */
void		 tell_text_fit(const struct tell *, char text[TELL_TEXT], const char *head,
		    const char *body, const char *tail);
/* "14:03", of another day "11-24 14:03". */
const char	*tell_text_time(const struct tell *, int64_t wall, char *buf, size_t n);
bool		 tell_text_chinese(const struct tell *, size_t contact);
void		 tell_text_digest(const struct tell *, struct slot *, const struct queue *);
void		 tell_text_test(const struct tell *, struct slot *);

#endif
