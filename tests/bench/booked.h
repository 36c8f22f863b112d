#ifndef TESTS_BENCH_BOOKED_H
#define TESTS_BENCH_BOOKED_H

#include "far.h"
#include "stand.h"

/* Whether each reading in a file was booked to the question that it answers.  Each
 * value tells channel, unit, register and the ordinal of the question. */

#define BOOKED_CHANNELS	4096	/* at most */
#define BOOKED_UNITS	2	/* of a channel, from 1 */
#define BOOKED_BLOCKS	3	/* of a unit: two of one length, one shorter */
#define BOOKED_POINTS	5	/* of a unit */
#define BOOKED_KINDS	5	/* as enum far_kind has them */

/* What became of a question, as its instrument saw it. */
struct booked_event {
	int64_t	heard, gone;	/* wall us: the question; its answer */
	uint8_t	unit, block;
	uint8_t	seen;		/* readings of it: a bit a point of the block */
	bool	 late;		/* later than it is waited for: so it was meant */
	bool	 close;		/* read right before the same was asked again */
};

struct booked_result {
	uint64_t asked[BOOKED_KINDS], useful[BOOKED_KINDS], misbooked[BOOKED_KINDS];
	uint64_t doubted;	/* of those misbooked: marked as uncertain */
	uint64_t readings, not_told, late_sent;
	/* ms that a point on a line of RTU that calls had no reading: of those that share a
	 * block with another, and of the one that does not */
	int64_t	 longest, alone;
};

/* Nothing was asked yet.  An answer that went sooner than so many us after its
 * question is surely its own: no time-out is shorter. */
void	booked_begin(int64_t surely);
/* The question is noted, and its registers are filled. */
struct booked_event *booked_ask(const struct far_channel *, const struct far_ask *,
	    uint8_t *registers);
void	booked_sent(const struct far_channel *, uint32_t ordinal);
/* The profile "rig" of such a unit, and its devices c0-1 and up on these links. */
void	booked_configure(const struct stand *, const struct far *, const char *period, FILE *conf);
/* Every line of the file, and then what was asked. */
void	booked_judge(const struct stand *, const struct far *, const char *file,
	    struct booked_result *);
uint64_t booked_sum(const uint64_t *of_kinds);
void	booked_print(const struct booked_result *);

#endif
