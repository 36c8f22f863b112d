#ifndef GATEWAY_TARIFFS_H
#define GATEWAY_TARIFFS_H

#include "config/config.h"
#include "ledger.h"

/* How the plans for data fare: what went, what is to be expected, how each saves. */

enum tariff_event {
	TARIFF_STEP,		/* one more, or one less */
	TARIFF_RESERVED,	/* only the reserve is left, or no more so */
	TARIFF_OVER		/* more than was bought is expected, or no more so */
};

struct tariff_state {
	const struct tariff_conf *conf;
	struct ledger_row	*row;
	struct spending		 spending;
	struct thrift		 thrift;
	bool			 reserved;	/* all but the reserve has gone */
	bool			 over;		/* for long enough to be told */
	bool			 compared;	/* since the start: over is known */
	int64_t			 over_since;	/* mono us; 0: it is not */
	double			 a_day;		/* bytes; below 0: not known yet */
	double			 expected;	/* bytes of the whole cycle; the same */
	uint32_t		 day, end;	/* the next cycle, as of that day */
};

/* How an uplink is to save, a bit each: the field role tells the forward role. */
enum saving_flag { SAVE_BATCHES = 1, SAVE_DEADBAND = 2, SAVE_STATISTICS = 4, SAVE_RESERVE = 8 };

struct tariffs;

struct tariffs	*tariffs_open(const struct disk *, const struct config *,
		    const struct clock *, void (*told)(void *, const struct tariff_state *,
		    enum tariff_event), void *owner);
/* Those of another configuration; one of the same name goes on. */
void		 tariffs_renew(struct tariffs *, const struct config *);
/* By its number from 1; 0 is none. */
void		 tariffs_spend(struct tariffs *, size_t tariff, struct traffic);
/* To be called every few seconds. */
void		 tariffs_turn(struct tariffs *);
void		 tariffs_close(struct tariffs *);
/* By its number from 1; NULL: there is none. */
const struct tariff_state *tariffs_at(const struct tariffs *, size_t tariff);
/* Does it save like this now? */
bool		 tariff_is_saving(const struct tariff_state *, enum saving);
/* The word of the last step that is taken, or "reserve"; "none". */
const char	*tariff_step_word(const struct tariff_state *);
/* Its row of status, each field behind a tab; returns it. */
const char	*tariff_row(const struct tariff_state *, char *row, size_t n);
/* Bytes of this cycle. */
uint64_t	 tariff_used(const struct tariff_state *);

#endif
