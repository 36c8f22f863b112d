#ifndef TESTS_SIM_WORLD_H
#define TESTS_SIM_WORLD_H

#include "../../protocols/proto.h"
#include "../../rules/watch.h"
#include "instrument.h"
#include "ledger.h"

#define WORLD_DEVICES	20
#define WORLD_BUSES	8
#define WORLD_FLIGHT	128	/* pieces of answers on their way, a bus */
#define WORLD_RULES	2

struct world_conf {
	uint64_t	seed;
	int64_t		length;		/* us of the world */
	int64_t		period;		/* us, of every device */
	bool		calm;		/* no fault at all, nothing kept book of */
	bool		sync_lies;
	int64_t		cut_every;	/* us, about; 0: power never fails */
};

/* What was found wrong, and how much went on. */
struct world_result {
	struct verdict	verdict;	/* of the store, over all restarts */
	uint64_t	misbooked;	/* a value that answers another question */
	uint64_t	phantom;	/* alarms that nothing raised */
	uint64_t	missed;		/* alarms that should have been raised */
	uint64_t	alternation;	/* raised twice, or cleared twice */
	uint64_t	state_lost;	/* standing otherwise after a restart */
	uint64_t	hash;		/* of everything that was durable */
	uint64_t	polls, readings, bad, late, cuts, outages, raised, cleared, skipped;
};

struct world_result	world_run(const struct world_conf *);
bool			world_clean(const struct world_result *);
void			world_print(const struct world_result *);

/* Inside the simulation. */

/* A piece of an answer on its way. */
struct flight {
	int64_t		at;
	uint64_t	order;		/* of equal moments, the first sent first */
	uint8_t		bytes[32];
	size_t		n;
};

struct station {
	struct device	*device;
	size_t		who;		/* its number */
	int64_t		due;		/* mono us: grid moment of the cycle */
	size_t		block;		/* asked next in this cycle */
	/* How the instrument behaves. */
	int64_t		dead_until;	/* world us */
	/* The judge of the high rule: when the run of readings beyond the limit
	 * began (mono us; -1: none), and the newest of them. */
	int64_t		run, run_last;
	bool		active;		/* by the steps that rules told of */
};

struct world_bus {
	const struct proto	*proto;
	void			*session;
	struct line		 line;
	bool			 rtu;
	struct station		*stations;
	size_t			 nstations, turn;	/* whose turn it is to be asked */
	struct station		*busy;
	int64_t			 asked;		/* world us */
	int64_t			 retry;		/* mono us: session or poll wants a look */
	int64_t			 down_until;	/* world us; 0: up */
	int64_t			 next_outage;	/* world us */
	int64_t			 next;		/* world us: the next thing happens */
	struct flight		 flights[WORLD_FLIGHT];
	size_t			 nflights;
	struct out		 out;
	uint8_t			 frame[300];
};

struct world {
	struct world_conf	 conf;
	struct world_result	 result;
	struct chance		 chance;
	int64_t			 now;		/* world us */
	int64_t			 boot_at;	/* world us of mono 0 */
	int64_t			 wall_off;	/* ms that wall is ahead of the world */
	int64_t			 next_cut, next_step;
	bool			 off;		/* the power fails in the next commit, */
	int64_t			 dark;		/* or now at the latest */
	struct simdisk		*disk, *after;	/* after: as the cut left it */
	struct journal		*journal;
	int64_t			 flushed;	/* world us: the flush is done; -1: none */
	struct ledger		 ledger;
	struct rules		*rules;
	struct rule_conf	 rule_confs[WORLD_RULES];
	struct device		 devices[WORLD_DEVICES];
	struct station		 stations[WORLD_DEVICES];
	struct world_bus	 buses[WORLD_BUSES];
	struct arena		 arena;
	size_t			 arena_mark;	/* what outlives a restart */
	struct errs		 errs;
	struct err		 err_room[ERRS_MAX];
	struct reading		 room[8];
	uint64_t		 orders;
};

int64_t	world_mono(const struct world *);
int64_t	world_wall(const struct world *);

/* The site: devices, lines, rules; world_site.c. */
void	site_make(struct world *);
void	site_boot(struct world *);		/* sessions and rules begin anew */
/* Everything of a line that is due now; bus.next is the next such moment. */
void	site_bus(struct world *, struct world_bus *);

/* The store: world_store.c. */
void	store_boot(struct world *);
void	store_append(struct world *, const struct entry *, enum commit_class);
void	store_turn(struct world *);
int64_t	store_next(const struct world *);
void	store_end(struct world *);
/* The power went: what is left of the disk becomes the disk. */
void	store_cut(struct world *);

#endif
