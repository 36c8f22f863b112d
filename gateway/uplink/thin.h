#ifndef GATEWAY_UPLINK_THIN_H
#define GATEWAY_UPLINK_THIN_H

#include "uplink.h"

/* What an uplink leaves out to keep within a plan for data.  It stays in the
 * journal, and is not sent later.  Alarms, records and commands always go, and so do
 * the readings of a device that a rule of class life hangs on. */
struct thin_terms {
	bool		batches, changes, statistics, reserve;
	int64_t		batch_age;	/* us, at least, with batches */
	double		deadband;	/* % of what was sent last */
	int64_t		deadband_age;	/* us: then it is sent all the same */
};

/* Names of such devices, in order. */
struct thin_guards {
	const char	**at;
	size_t		  n;
};

/* What of a series was sent last, of a stream. */
struct thin_last {
	double		figure;
	int64_t		time;		/* UTC ms */
	uint8_t		code;		/* of its quality */
	uint8_t		known;
};

struct thin {
	struct thin_terms	 is;
	struct thin_guards	 guards;	/* with copies of the names */
	uint8_t			*guarded;	/* by series: 0 not known, 1 no, 2 yes */
	struct thin_last	*last[STREAMS];
	size_t			 n;
	uint64_t		 spared;	/* entries, since the start */
};

/* Other terms from now on; with guards, which are copied, NULL: the same. */
void	thin_set(struct thin *, const struct thin_terms *, const struct thin_guards *);
/* Is it to be sent?  One that is not is counted. */
bool	thin_takes(struct thin *, struct reader *, const struct entry *, enum stream);
/* What was put did not arrive. */
void	thin_forget(struct thin *, enum stream);
void	thin_free(struct thin *);

#endif
