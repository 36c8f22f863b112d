#ifndef RULES_LIFE_H
#define RULES_LIFE_H

#include <stdbool.h>

#include "../conf/key.h"
#include "class.h"

/* How alarms live, besides what a rule says of its own; of the whole gateway. */
struct life_conf {
	int64_t		 shelf_max;	/* us: the longest shelving */
	int64_t		 chatter;	/* so often within the window: it chatters */
	int64_t		 chatter_window, chatter_calm;	/* us */
	int64_t		 flood;		/* more than so many alarms in the window */
	int64_t		 flood_end;	/* fewer: it is over */
	int64_t		 flood_window;	/* us */
	int64_t		 burst;		/* us of quiet before the first of a site */
	double		 area_share;	/* %: more of the links of one key value ... */
	int64_t		 area_least;	/* ... and at least so many lost ... */
	int64_t		 area_window;	/* ... within this, us */
	int64_t		 maintenance;	/* us: the longest; it ends by itself; see
					 * life_maintenance */
	int64_t		 remind;	/* us between reminders of what is out of service */
	int64_t		 handling[CLASSES];	/* us, by class; 0: nobody need */
	struct items	 keys;		/* of struct maintenance_key */
};

enum key_act { KEY_MAINTAINS, KEY_RESETS };

/* A switch on the spot that begins and ends maintenance, or resets what latches. */
struct maintenance_key {
	struct place	 place;
	const char	*input;		/* "DEVICE.POINT", a contact */
	int64_t		 on;		/* its value while turned, 0 or 1 */
	const char	*scope;		/* a site or a device */
	int		 does;		/* enum key_act */
};

/* A line whose loss may be that of many. */
struct area_link {
	const char	*name;
	const char	*carrier, *district;	/* "": none */
};

extern const struct key life_keys[];
extern const struct key switch_keys[];	/* of a struct maintenance_key */
extern const struct life_conf life_fallback;	/* what life_keys say by default */

/* What the rules want kept as a business fact; lives during the call. */
#define RECORD_FIELDS	12

struct rule_record {
	const char	*kind;
	char		 key[200];
	struct {
		const char	*name, *value;
	}		 fields[RECORD_FIELDS];
	size_t		 nfields;
};

#define FLOOD_RULE	"sys.flood"	/* of a site, or of */
#define FLOOD_ALL	"gateway"	/* all sites together */

/* Settings that contradict each other.  -1: see errs. */
int	life_check(const struct life_conf *, const struct place *, struct errs *);
/* us: the longest maintenance; of one begun on the spot, which class life is silent
 * by, never more than four hours. */
int64_t	life_maintenance(const struct life_conf *, bool local);
/* Is it the name of an alarm of the gateway itself? */
bool	own_reserved(const char *rule);
/* The word of a carrier or district: no blanks, at most 40 bytes. */
bool	life_word(const char *);

#endif
