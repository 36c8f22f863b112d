#ifndef TESTS_SIM_LEDGER_H
#define TESTS_SIM_LEDGER_H

#include "../../gateway/journal/reader.h"
#include "scribe.h"
#include "simdisk.h"

#define LEDGER_ALARMS	64

/* What a store was given, and what of it it called safe. */
struct ledger {
	struct ledger_line {
		uint64_t	fold;		/* 0: this seq was given to nobody */
		uint64_t	read;		/* number of the look that read it last */
		struct alarm	alarm;		/* of an alarm entry: the facts after it */
		int8_t		alarm_index;	/* -1: not an alarm */
		uint8_t		lane;
		bool		acked;
	}		*lines;			/* by seq */
	size_t		 n, cap;
	uint64_t	 look;
	struct durable	 acked;
	uint64_t	 told_wrong;	/* told of as durable and other than given */
	/* Which alarm an entry is about, below LEDGER_ALARMS; -1: none. */
	int		(*alarm_index)(const struct alarm_entry *);
	/* Steps that the store refused: a restated alarm may know of them. */
	struct alarm	*refused;
	int8_t		*refused_index;
	size_t		 nrefused;
	bool		 recycles;	/* the cap may take the oldest of a lane */
	bool		 loud;		/* says what is wrong, for people */
};

/* How far a store is from its promise: all zero, or broken. */
struct verdict {
	uint64_t	refused;	/* the store did not open */
	uint64_t	lost;		/* acknowledged, and gone */
	uint64_t	invented;	/* read, and never given */
	uint64_t	changed;	/* read, and other than given */
	uint64_t	unnamed;	/* a reading whose series nobody knows */
	uint64_t	disorder;	/* a seq not above the one before */
	uint64_t	holes;		/* missing in the midst of what is there */
	uint64_t	reused;		/* a new entry with a seq already known */
	uint64_t	alarms;		/* replay gives other standing alarms */
	uint64_t	false_damage;	/* a power cut that is called damage */
	uint64_t	entries;	/* read and found right: not a fault */
	uint64_t	gaps;		/* told of as missing: a fault after a cut */
};

void	ledger_init(struct ledger *, int (*alarm_index)(const struct alarm_entry *));
void	ledger_free(struct ledger *);
struct ledger ledger_copy(const struct ledger *);
void	ledger_append(struct ledger *, uint64_t seq, const struct entry *);
/* The entry was not taken. */
void	ledger_refused(struct ledger *, const struct entry *);
/* For journal_on_durable: ctx is the ledger. */
void	ledger_told(void *ctx, const struct entry *);
/* Everything up to here is acknowledged. */
void	ledger_ack(struct ledger *, struct durable);
/* All that the last judgement read counts as acknowledged from now on. */
void	ledger_adopt(struct ledger *, struct durable);

/* Reads everything of an open store and compares.  limit: what the writer
 * calls durable; all 0: as a reader without one.  The series are those of the
 * scribe; NULL: any.  Adds to the verdict. */
void	ledger_read(struct ledger *, struct reader *, struct durable limit,
	    const struct scribe *, struct verdict *);
/* Is every acknowledged entry among those that the last ledger_read read, and
 * nothing missing but at the end?  Adds to the verdict. */
void	ledger_missing(struct ledger *, struct verdict *);
/* Do the alarms that journal_replay_alarms gives stand as they should? */
void	ledger_alarms(struct ledger *, struct journal *, struct verdict *);

/* The facts of each alarm after all that the last ledger_read read. */
void	ledger_facts(const struct ledger *, struct alarm facts[LEDGER_ALARMS]);

bool	verdict_clean(const struct verdict *);
void	verdict_add(struct verdict *, const struct verdict *);
void	verdict_print(const struct verdict *);

/* Which lane takes a kind of entry. */
enum lane ledger_lane(enum entry_kind);

#endif
