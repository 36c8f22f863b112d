#ifndef TESTS_UNIT_TELL_SITE_H
#define TESTS_UNIT_TELL_SITE_H

#include "../../rules/tell.h"

/* An engine of telling with a journal, ways and a clock of its own, for tests and
 * figures: alarms rise, time passes, what is sent is looked at. */

#define SEC	1000000LL
#define WALL0	1795593600000LL		/* 2026-11-25 08:00 UTC, a Wednesday: 16:00 there */

struct sent {
	size_t		 contact, way;
	enum notice_purpose purpose;
	enum alarm_class class;
	unsigned	 count, attempt;
	int64_t		 at;		/* us since the start */
	uint64_t	 of;
	bool		 ask_first;
	char		 id[TELL_ID], rule[TELL_NAME], device[TELL_NAME], code[TELL_CODE];
	char		 text[TELL_TEXT];
};

/* One thing in the journal. */
struct item {
	bool		 is_record;
	int64_t		 at;
	struct tell_event event;
	struct alarm	 alarm;
	struct tell_record record;
	char		 names[2][TELL_NAME], text[2][256], who[TELL_NAME];
};

struct outcome {
	int64_t		 at;
	struct tell_result result;
	char		 id[TELL_ID];
};

struct tell_site {
	struct tell	*tell;
	struct plan	*plan;
	struct tell_conf conf;
	struct errs	 errs;
	struct arena	 arena, memory;		/* of the conf; of the engine */
	int64_t		 now;			/* us since the start */
	uint64_t	 seq;
	size_t		 alarms;
	struct sent	*sent;
	size_t		 nsent, sent_cap;
	struct item	*journal;
	size_t		 njournal, journal_cap;
	struct outcome	*outcomes;
	size_t		 noutcomes, outcomes_cap;
	bool		 keeps_texts;
	/* What the way says, and when; NULL: accepted, 200 ms later. */
	enum tell_phase	(*answers)(struct tell_site *, const struct sent *, int64_t *delay);
	bool		 for_good, capped;	/* of a REFUSED */
	unsigned	 no_sends;		/* that cannot be begun */
	unsigned	 troubles, no_troubles;
	size_t		 trouble_way, trouble_contact;
	void		(*at_send)(struct tell_site *, const struct sent *);
};

/* From the settings contacts, groups, duty, notify, telling. */
struct tell_site *tell_site_new(const char *conf, size_t alarms);
/* Ways that are not the usual two, "sms" and "modem", before tell_site_new. */
void	tell_site_ways(const struct tell_way *, size_t n);
void	tell_site_free(struct tell_site *);
/* NULL where plan_build refuses: errs says why. */
struct plan *tell_site_plan(const char *conf, struct errs *, struct arena *);
/* A step of an alarm, given to the engine at once. */
void	tell_site_step(struct tell_site *, struct alarm *, const char *rule,
	    const char *device, enum alarm_event, enum alarm_class, enum priority,
	    const char *who);
/* As it stands, said without a change of it. */
void	tell_site_say(struct tell_site *, const struct alarm *, const char *rule,
	    const char *device, enum alarm_event, enum alarm_class, enum priority,
	    const char *who);
/* Until so many us have passed. */
void	tell_site_pass(struct tell_site *, int64_t us);
/* The engine dies; a new one reads the journal. */
void	tell_site_restart(struct tell_site *);
size_t	tell_site_to(const struct tell_site *, const char *contact);	/* messages */

#endif
