#ifndef TESTS_SIM_WIRE_H
#define TESTS_SIM_WIRE_H

#include "../../protocols/proto.h"

/* A line with instruments on it in virtual time: it loses, delays, doubles,
 * splits and garbles.  Each answer carries values that tell its unit, register
 * and the ordinal of its question, so that a reply booked to another question
 * is seen. */

/* How often, of 1000. */
struct wire_rates {
	unsigned lost, late, twice, refused, garbled, split, noise;
	unsigned stray;			/* noise right before or behind an answer */
};

struct wire_world {
	const struct proto	*proto;
	struct line		 line;
	struct wire_rates	 rates;
	int64_t			 lateness;	/* us past the time-out, less than this */
	bool			 in_turn;	/* no answer of a unit overtakes another:
						 * each question permits a loopback */
	uint64_t		 late_wanted;	/* ends when so many were sent, */
	uint64_t		 wanted;	/* and so many were asked */
	uint64_t		 seed;
};

struct wire_result {
	struct tally	tally;
	uint64_t	late_sent;
	uint64_t	loopbacks;
	uint64_t	sound;		/* answers in time and undamaged */
	uint64_t	unheard;	/* of those: timed out all the same */
	uint64_t	misbooked;	/* replies with what answers another question */
	uint64_t	garbled;	/* answers damaged on the way */
	uint64_t	unseen;		/* of those: their CRC fitted by chance */
	uint64_t	doubted;	/* after_barrier was set */
	uint64_t	unanswered;	/* asks without a reply, replies without an ask */
	int64_t		took;		/* virtual us */
	uint64_t	hash;		/* of all that was said, and when */
};

void	wire_run(const struct wire_world *, struct wire_result *);

/* The answer of an honest instrument to a question as it went over the line;
 * refused: an exception of this code instead, 0: none.  Returns its length. */
size_t	wire_answer(bool rtu, const uint8_t *question, uint64_t ordinal, uint8_t refused,
	    uint8_t *answer);
uint16_t wire_value(uint8_t unit, uint32_t number, uint64_t ordinal);

#endif
