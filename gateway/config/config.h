#ifndef GATEWAY_CONFIG_CONFIG_H
#define GATEWAY_CONFIG_CONFIG_H

#include "../../conf/tree.h"
#include "../../devices/device.h"
#include "../../rules/cure.h"
#include "../../rules/interlock.h"
#include "../../rules/derived.h"
#include "../../rules/pack.h"
#include "../../rules/plan.h"
#include "../../rules/life.h"
#include "../../rules/rule.h"
#include "../../rules/statistic_conf.h"
#include "../link/link.h"
#include "../link/listener_conf.h"
#include "../link/receiver_conf.h"
#include "tariff_conf.h"
#include "../tell/way.h"
#include "../uplink/uplink.h"

struct store_conf {
	const char	*dir;
	int64_t		 cap;		/* bytes */
	int64_t		 age;		/* us; 0: by cap alone */
	int64_t		 commit;	/* us */
	int64_t		 buffer;	/* bytes */
};

struct gateway_conf {
	const char		*id;
	const char		*zone;
	int64_t			 billing_day;	/* of the month */
	const char		*control;	/* path of the control socket */
	struct strings		 profiles;	/* folders, the first hit wins */
	struct strings		 packs;		/* the like, of rules */
	struct store_conf	 store;
};

/* What became of a rule of a pack. */
struct pack_told {
	const char	*pack, *standard, *rule;
	const char	*zh;		/* the rule as Chinese readers see it */
	size_t		 devices;	/* that it watches */
	const char	*why;		/* it is off; NULL: on all the same */
	bool		 unmade;	/* ... because no statistics are made for it */
	struct place	 place;		/* of the use */
};

/* Keys of one setting of nothing but hex digits: taken as hex as ever, or as the text
 * that they may not be meant to be. */
struct bare_hex {
	struct bare_hex		*next;
	struct place		 place;		/* of the first */
	const char		*key;
	const struct key_form	*form;
	bool			 text;
	size_t			 n;
};

/* One generation of the configuration: every byte of it is in one arena. */
struct config {
	struct arena		 arena;
	char			 sha256[65];	/* of every file read, in order */
	struct gateway_conf	 gateway;
	struct listener_conf	*listeners;
	size_t			 nlisteners;
	struct receiver_conf	*receivers;
	size_t			 nreceivers;
	struct link_conf	*links;
	size_t			 nlinks;
	struct device		*devices;
	size_t			 ndevices;
	struct derived_conf	*derived;
	size_t			 nderived;
	struct derived		*reckoned;	/* on the devices; made with the rules */
	struct interlock	*interlock;
	struct rule_conf	*rules;		/* behind those of the file those of the
						 * packs, one for each device */
	size_t			 nrules;
	struct pack_told	*packs;
	size_t			 npacks;
	struct constants	 constants;
	struct strings		 stories;	/* files, for "rules test" */
	struct statistic_conf	*statistics;
	size_t			 nstatistics;
	struct life_conf	 life;		/* how alarms live */
	struct area_link	*areas;		/* of each link */
	struct tariff_conf	*tariffs;	/* behind those of the file those that a link
						 * or an uplink has of its own */
	size_t			 ntariffs;
	bool			*guarded;	/* of each device: a rule of class life hangs
						 * on it; NULL: on none */
	struct uplink_conf	*uplinks;
	size_t			 nuplinks;
	struct cure_conf	*cures;
	size_t			 ncures;
	struct way_conf		*ways;
	size_t			 nways;
	struct tell_conf	 tell;
	struct plan		*plan;		/* of it */
	struct bare_hex		*bare_hex;	/* of secrets that were looked for */
	const struct tree_file	**files;	/* that were read, in order */
	size_t			 nfiles;
};

extern const struct key config_keys[];	/* of the whole file */
extern const struct key gateway_keys[];
extern const struct key tell_keys[];	/* of struct tell_conf */

/* Reads and checks everything that can be checked without opening a line.
 * NULL when there is any error; free with config_free. */
struct config	*config_read(const char *path, struct errs *);
/* The same for who needs no password: secrets are not looked for. */
struct config	*config_look(const char *path, struct errs *);
/* As config_look, for a command: what is wrong is said on stderr. */
struct config	*config_told(const char *path);
/* For who asks a running gateway or its store: where the file has faults, which may
 * be mended at this moment, only the settings of group gateway hold, and errs says
 * the faults.  NULL: not even these are known. */
struct config	*config_site(const char *path, struct errs *);
/* The same for a command: that there are faults is said on stderr. */
struct config	*config_asked(const char *path);
/* As config_read, of files that were read before, the first of them the one with the
 * settings.  held: the settings that only a start takes up. */
struct config	*config_read_files(const struct tree_files *, const struct gateway_conf *held,
		    struct errs *);
/* Settings that only a start takes up are those of another; -1: no room. */
int		 config_hold(struct config *, const struct gateway_conf *, struct errs *);
/* Memory that costs nothing until it is touched; at NULL: there is none. */
struct arena	 config_arena(void);
void		 config_free(struct config *);
/* What is to be known of ways to make a plan: n of them, in the arena. */
const struct tell_way *config_tell_ways(const struct way_conf *, size_t n, struct arena *);

/* Of a whole configuration, by name; NULL: there is none. */
struct device	*config_device(const struct config *, const char *name);
struct link_conf *config_link(const struct config *, const char *name);
/* The name that a mistyped one was meant to be; NULL: none is near.  That of a
 * device may lack its site. */
const char	*config_near_device(const struct config *, const char *name);
const char	*config_near_link(const struct config *, const char *name);
/* Of sites and devices; the name may be in room. */
const char	*config_near_scope(const struct config *, const char *name,
		    char room[NAME_MAX_BYTES]);

/* An errs with room, that speaks the user's language; print to a stream. */
struct errs	*config_errs(void);
void		 config_errs_print(const struct errs *, void *stream);
/* What is noted behind all of them of a syntax error. */
#define CONFIG_UNREAD	N_("what this file means was not looked at to its end: " \
	"check it again when this is mended")

#endif
