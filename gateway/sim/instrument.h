#ifndef GATEWAY_SIM_INSTRUMENT_H
#define GATEWAY_SIM_INSTRUMENT_H

#include <stddef.h>

#include "../../devices/profile.h"
#include "regimen.h"
#include "script.h"
#include "written.h"

#define SCRIPT_MAX	8	/* faults, and episodes, of one instrument */
#define ANSWER_MAX	260	/* bytes of the largest frame, Modbus TCP */

/* One simulated instrument, built from the profile that the gateway reads it
 * with.  It keeps the manners of the real one: max_registers, never and blocks
 * of the profile are enforced, and registers that nobody declares refuse. */
struct instrument {
	uint8_t			 unit;		/* 1 to 247 */
	const char		*name;		/* for people */
	const struct profile	*profile;
	uint64_t		 seed;
	struct fault		 faults[SCRIPT_MAX];
	struct episode		 episodes[SCRIPT_MAX];
	size_t			 nfaults, nepisodes;
	struct written		 written;
	struct regimen		 regimen;
	uint64_t		 questions, refusals;
	uint64_t		 touched;	/* questions for registers that must
						 * never be touched */
};

void	instrument_init(struct instrument *, uint8_t unit, const char *name,
	    const struct profile *, uint64_t seed);
/* -1: no room, or no such point. */
int	instrument_fault(struct instrument *, const struct fault *);
int	instrument_episode(struct instrument *, const struct episode *);
/* The moment of which it shows the figures: not that of now when it is frozen or
 * rests. */
int64_t	instrument_moment(const struct instrument *, int64_t us);
/* What a point shows, us from the start; NaN: it is broken. */
double	instrument_figure(const struct instrument *, size_t point, int64_t us);
/* A fault of this kind that holds now; NULL: none. */
const struct fault *instrument_has(const struct instrument *, enum fault_kind, int64_t us);

enum framing { FRAMING_TCP, FRAMING_RTU, FRAMING_METER };

/* The instruments of one line, and the libmodbus server that judges questions
 * and frames answers for them. */
struct bench {
	struct instrument	*instruments;
	size_t			 n;
	enum framing		 framing;
	const struct proto	*meter;		/* of FRAMING_METER */
	void			*server;	/* modbus_t */
	int			 near, far;	/* socket pair: libmodbus has near */
	uint8_t			*bits;		/* one for each number: */
	uint16_t		*registers;	/* its map for writing */
};

/* Not owned: instruments.  -1: errno. */
int	bench_open(struct bench *, enum framing, struct instrument *, size_t n);
/* Other instruments: the framing of meters if the first is one. */
void	bench_furnish(struct bench *, struct instrument *, size_t n);
void	bench_close(struct bench *);
/* The answer to one whole frame, us from the start.  Returns its length; 0:
 * silence.  *late: us that it must be held back. */
size_t	bench_answer(struct bench *, const uint8_t *frame, size_t len, int64_t us,
	    uint8_t answer[ANSWER_MAX], int64_t *late);
/* True while the line is down by a fault of any instrument on it. */
bool	bench_refuses(const struct bench *, int64_t us);

#endif
