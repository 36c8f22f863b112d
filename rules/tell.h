#ifndef RULES_TELL_H
#define RULES_TELL_H

#include "alarm.h"
#include "notice.h"
#include "plan.h"

/* Who is told what, when and by which way: alarms go in as they are journalled,
 * messages come out.  What it decides and what came of it is journalled by whoever
 * drives it and goes in again after a restart, from which all it knows is made
 * anew.  Reckons with mono, us; wall, UTC ms, is a label and says whether hours
 * are quiet. */
struct tell;

#define TELL_ID		44
#define TELL_CODE	8
#define TELL_NAME	64
#define TELL_WHY	120
#define TELL_PROVIDER	96
#define TELL_TEXT	1024
#define TELL_VALUE	32
#define TELL_UNIT	24

/* One step of an alarm's life, as journalled. */
struct tell_event {
	uint64_t	 seq;
	const char	*rule, *device;
	const struct alarm *alarm;	/* after it */
	enum alarm_event event;
	enum alarm_class class;
	enum priority	 priority;
	int64_t		 time;		/* UTC ms */
	bool		 restated;	/* it happened before */
	const char	*text_en, *text_zh, *who;
	const char	*point, *unit, *value;	/* "": not known */
};

enum tell_phase {
	TELL_INTENT,		/* it is to go by a way */
	TELL_ACCEPTED, TELL_DELIVERED, TELL_REFUSED, TELL_UNKNOWN,
	TELL_EXPIRED,		/* it did not go in time */
	TELL_FAILED,		/* no way was left */
	TELL_ASKED,		/* a test is asked for */
	TELL_WITHDRAWN		/* what it says is no longer so */
};

extern const char *const tell_phases[];		/* end with NULL */

/* What is decided of a message, or what came of it.  Names that the plan does not
 * know are SIZE_MAX. */
struct tell_record {
	enum tell_phase	 phase;
	char		 id[TELL_ID];
	size_t		 contact, way;
	enum notice_purpose purpose;
	enum alarm_class class;
	enum priority	 priority;
	const char	*rule, *device;	/* "" of a digest or test */
	uint64_t	 of;		/* seq of the entry; of a digest, the last one */
	unsigned	 count;		/* alarms in it */
	unsigned	 attempt;	/* from 1 */
	char		 code[TELL_CODE];
	const char	*text, *provider, *why;
	int64_t		 created, expires;	/* UTC ms */
};

/* What a message says besides its text. */
struct tell_message {
	struct tell_record is;		/* INTENT */
	bool		 ask_first;	/* it may have gone before: ask for a receipt */
	const char	*point, *unit, *value, *state;
	int64_t		 time;		/* UTC ms of the alarm */
	size_t		 alarms;	/* in a digest */
};

/* What is to be done.  All of it lives during the call. */
struct tell_sink {
	void	*owner;
	/* Journal the intent, then hand it to the way; of class life also when it
	 * cannot be journalled.  False: not even that could be begun; it is asked
	 * for again. */
	bool	(*send)(void *, const struct tell_message *);
	/* Journal only. */
	void	(*record)(void *, const struct tell_record *);
	/* A way, or a contact by a way (else SIZE_MAX), fails, or does no more. */
	void	(*trouble)(void *, size_t way, size_t contact, bool on, const char *why);
};

struct tell_env {
	const struct plan *plan;
	const char	*gateway;	/* id */
	uint64_t	 store;
	/* Seconds east of UTC at a moment, UTC ms. */
	int64_t		(*offset)(int64_t wall);
	struct tell_sink sink;
	size_t		 alarms;	/* that may stand at once */
};

/* Takes memory from the arena as alarms come, up to the most.  NULL: there is not
 * enough to begin. */
struct tell	*tell_new(const struct tell_env *, struct arena *);

/* From the journal, in its order, each with the moment it was stored at.  Before
 * tell_live nothing is sent. */
void		 tell_alarm(struct tell *, const struct tell_event *, int64_t now,
		    int64_t wall);
void		 tell_record(struct tell *, const struct tell_record *, int64_t now,
		    int64_t wall);
/* Before tell_live: a way failed then, or did no more. */
void		 tell_way_was(struct tell *, size_t way, bool failing);
/* The journal is read: what is still owed is sent from now on. */
void		 tell_live(struct tell *, int64_t now, int64_t wall);
/* Steps, repeats and messages that are due. */
void		 tell_run(struct tell *, int64_t now, int64_t wall);
int64_t		 tell_deadline(const struct tell *);	/* INT64_MAX: none */

/* What came of a message by a way. */
struct tell_result {
	const char	*id;
	size_t		 way;
	enum tell_phase	 phase;		/* ACCEPTED to UNKNOWN */
	bool		 final;		/* UNKNOWN: nobody will know more */
	bool		 for_good;	/* REFUSED: not by this way, ever */
	bool		 capped;	/* REFUSED: too many to this recipient */
	int64_t		 pause;		/* us; the way is left alone */
	const char	*provider, *why;
};

void		 tell_result(struct tell *, const struct tell_result *, int64_t now,
		    int64_t wall);

/* The contact that a message under way is for; SIZE_MAX: there is none. */
size_t		 tell_contact_of(const struct tell *, const char *id);

/* Somebody wrote back.  True: rule and device (TELL_NAME bytes each) say which
 * alarm that contact takes; else why says why not. */
bool		 tell_reply(struct tell *, const char *from, const char *text, int64_t now,
		    char *rule, char *device, size_t *contact, const char **why);

struct tell_contact_status {
	size_t		 waiting;	/* alarms that it is not told of yet */
	unsigned	 day, life_day;	/* messages in 24 h */
	uint64_t	 accepted, failed, expired;
	bool		 quiet;
};

struct tell_status {
	size_t		 alarms, messages;	/* known, on their way */
	uint64_t	 lumped;		/* told only as a number: no room */
	uint64_t	 lost;			/* of class life: no room at all */
};

void		 tell_contact_status(struct tell *, size_t contact, int64_t now, int64_t wall,
		    struct tell_contact_status *);
void		 tell_status(const struct tell *, struct tell_status *);

/* Bytes to n of a text that come from anywhere: control characters, directions of
 * writing, and what carriers take for a signature become harmless.  Returns to. */
char		*tell_safe(const char *from, char *to, size_t n);
/* UTF-16 units of a text, and whether GSM-7 has all of it (then its septets). */
size_t		 tell_units(const char *text, bool *gsm);
/* How many SMS a text takes. */
unsigned	 tell_parts(const char *text);

#endif
