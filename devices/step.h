#ifndef DEVICES_STEP_H
#define DEVICES_STEP_H

#include "../protocols/proto.h"

/* One question or command of a sequence that starts or stops measuring.  Some
 * instruments take a mere read for a command. */
struct step {
	uint8_t		 function;	/* 3 4 read; 5 6 15 16 write */
	uint16_t	 number, count;
	const uint8_t	*data;		/* of a write, as the payload of its ask */
	size_t		 len;
	int64_t		 wait;		/* us from its answer to the next step */
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

#endif
