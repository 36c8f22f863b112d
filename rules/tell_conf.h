#ifndef RULES_TELL_CONF_H
#define RULES_TELL_CONF_H

#include "../conf/key.h"

/* Who is told what, when and by which way, as configured. */

struct contact_conf {
	struct place	 place;
	const char	*name;
	const char	*person;	/* "" : name */
	const char	*phone, *email, *url;	/* "": none */
	int		 language;	/* of languages[] */
	struct strings	 ways;		/* in order */
	struct strings	 quiet;		/* hours */
	bool		 reply;		/* may acknowledge by answering */
	int64_t		 per_minute, per_10min, per_day;	/* messages but of life */
};

struct group_conf {
	struct place	 place;
	const char	*name;
	struct strings	 members;	/* contacts */
};

struct shift_conf {
	struct place	 place;
	const char	*hours;
	struct strings	 who;		/* contacts and groups */
};

struct date_conf {
	struct place	 place;
	const char	*date, *until;	/* until "": that day alone */
	const char	*hours;
	struct strings	 who;
};

struct duty_conf {
	struct place	 place;
	const char	*name;
	struct items	 shifts;	/* struct shift_conf */
	struct items	 dates;		/* struct date_conf: instead of the shifts */
};

struct step_conf {
	struct place	 place;
	int64_t		 after;		/* us since the alarm rose */
	struct strings	 to;		/* contacts, groups, "duty:CALENDAR" */
	struct strings	 by;		/* ways; none: those of the contact */
};

enum notify_until { UNTIL_ACKNOWLEDGED, UNTIL_CLEARED };

struct notify_conf {
	struct place	 place;
	const char	*name;
	struct strings	 classes;	/* none: all */
	int		 priority;	/* enum priority: at least this */
	struct strings	 rules, devices;	/* patterns; none: all */
	struct items	 steps;		/* struct step_conf */
	int64_t		 repeat;	/* us; 0: never */
	int64_t		 repeats;	/* at most; 0: any number */
	int		 until;		/* enum notify_until: steps and repeats go on */
	bool		 recovery;	/* tell that it is over */
	bool		 taken;		/* tell the others who acknowledged it */
	int64_t		 digest;	/* us: collect for so long; 0: at once */
	int64_t		 expires;	/* us */
};

struct telling_conf {
	int64_t		 flood;		/* us: those of a flood are collected */
	int64_t		 settle;	/* us: it is over only then */
	int64_t		 parts;		/* of an SMS, at most */
	int64_t		 patience;	/* us: of class life the next way is tried too */
	int64_t		 reply_expires;	/* us */
	bool		 area;		/* digests go by sites */
};

/* What the rules say themselves: told at once, to these. */
struct tell_rule {
	struct place	 place;
	const char	*name;
	struct strings	 notify;
};

enum tell_form { TELL_SHORT, TELL_SPOKEN, TELL_LONG };
enum tell_address { TELL_PHONE, TELL_EMAIL, TELL_URL, TELL_NAME };

/* What is to be known of a way here. */
struct tell_way {
	struct place	 place;
	const char	*name;
	enum tell_address address;
	enum tell_form	 form;
	int64_t		 cap, reserve;
	bool		 idempotent, receipts;
	bool		 hears;		/* a recipient may answer by it */
	unsigned	 excepts;	/* classes that it is not for, a bit each */
};

struct tell_conf {
	struct items	 contacts, groups, duty, notify;
	struct telling_conf telling;
	const struct tell_way	*ways;
	size_t			 nways;
	const struct tell_rule	*rules;		/* those with a notify */
	size_t			 nrules;
};

#define NOTIFY_GIVEN	2	/* of notify_keys, the first: without a default */

extern const struct key contact_keys[], group_keys[], duty_keys[], notify_keys[],
    telling_keys[];
extern const char *const tell_languages[];	/* "zh", "en" */

#endif
