#ifndef GATEWAY_LEDGER_H
#define GATEWAY_LEDGER_H

#include "../protocols/spending.h"
#include "../protocols/tariff.h"
#include "../protocols/traffic.h"
#include "clock.h"
#include "journal/disk.h"
#include "journal/entry.h"

/* Bytes on the wire by name, for the local day and the month of the bill, kept
 * over restarts in a small file beside the journal.  It is written by a thread of
 * its own: less than a minute of it is lost in a crash. */
#define LEDGER_LINKS	"traffic.links"
#define LEDGER_UPLINKS	"traffic.uplinks"
#define LEDGER_PLANS	"traffic.plans"

struct ledger;

/* At what pace a plan is used, and saved: its owner's, kept with its row. */
struct ledger_pace {
	int64_t		hour;		/* the present one, since 1970; 0: none yet */
	unsigned	known;		/* hours before it */
	int64_t		age;		/* minutes of its step */
	uint64_t	bytes[SPENDING_HOURS];	/* the oldest hour first */
};

struct ledger_row {
	char			 name[NAME_MAX_BYTES];
	struct traffic		 day, month;
	struct traffic		 last_day, last_month;	/* before these */
	struct tariff		 tariff;	/* bytes 0: none, the month of all */
	uint32_t		 begun;		/* the cycle that is its month; 0: not yet */
	uint32_t		 before;	/* the one that is last_month; 0: not known */
	unsigned		 step;		/* its owner's, kept too */
	struct ledger_pace	*pace;		/* of a plan; else NULL */
	struct ledger_row	*next;
};

/* Reads what was kept; a file that cannot be read or makes no sense is told of and
 * begun anew.  The time zone is that of the process. */
struct ledger	*ledger_open(const struct disk *, const char *file, unsigned billing_day);
/* From now on, another one. */
void		 ledger_bill(struct ledger *, unsigned billing_day);
/* Made when there is none; lives as long as the ledger. */
struct ledger_row *ledger_row(struct ledger *, const char *name);
void		 ledger_add(struct ledger_row *, struct traffic);
/* Its month is a cycle of this plan from now on. */
void		 ledger_sell(struct ledger *, struct ledger_row *, const struct tariff *);
/* To be called every few seconds: begins days and months, and has what is new
 * written. */
void		 ledger_turn(struct ledger *, const struct clock *);
/* Local, yyyymmdd; 0: not yet known. */
uint32_t	 ledger_day(const struct ledger *);
uint32_t	 ledger_month(const struct ledger *);
/* Writes what is new; what the rows pointed to is gone. */
void		 ledger_close(struct ledger *);

#endif
