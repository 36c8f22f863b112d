#ifndef DEVICES_STEP_H
#define DEVICES_STEP_H

#include "../protocols/proto.h"

/* One question or command of a sequence that starts or stops measuring.  Some
 * instruments take a mere read for a command. */
struct step {
	uint8_t		 function;	/* 1 to 4 read; 5 6 15 16 write */
	uint16_t	 number, count;
	const uint8_t	*data;		/* of a write, as the payload of its ask */
	size_t		 len;
	int64_t		 wait;		/* us from its answer to the next step */
	/* A read that is repeated until its first register, or some bits of it,
	 * says one of these; n 0: it is sent once. */
	const double	*until, *fails;
	size_t		 nuntil, nfails;
	uint8_t		 low, bits;
	int64_t		 every, within;	/* us: between two, and for all of them */
};

/* What a whole sequence is. */
struct steps {
	const struct step	*at;
	size_t			 n;
};

/* The question of step i to an address; payload and cookie are set, the rest
 * belongs to the profile and lives as long.  False: there are no more steps. */
bool	step_ask(const struct steps *, size_t i, const uint8_t address[ADDRESS_MAX],
	    struct ask *);

/* What an answer to a step says about going on. */
enum step_says {
	STEP_SAYS_DONE,
	STEP_SAYS_WAIT,		/* not yet: ask once more */
	STEP_SAYS_FAILED	/* the instrument says that nothing comes of it */
};

/* number: what it showed, 0 where nothing is looked at. */
enum step_says	step_hear(const struct step *, const uint8_t *data, size_t len,
		    unsigned *number);

#endif
