#ifndef TESTS_BENCH_LATE_SITE_H
#define TESTS_BENCH_LATE_SITE_H

#include "booked.h"

/* DTUs that call, every second one with instruments of Modbus TCP, the others of
 * Modbus RTU, which has no ids; two instruments behind each.  Some of the answers
 * come late. */
struct late_site {
	const char	*program;
	size_t		 lines;
	const char	*period;
	const char	*settings;		/* of each link */
	bool		 life;			/* a rule of that class watches each point */
	double		 late;			/* so many of the answers */
	int64_t		 late_from, late_to;	/* us after the question */
	int64_t		 fastest, slowest;	/* those in time */
	uint64_t	 polls;			/* ends when so many were asked, */
	int64_t		 limit;			/* or after so many us */
};

struct late_result {
	struct booked_result booked;
	double		 took;		/* s */
	double		 of_due;	/* of the polls that were due: gave a reading */
	double		 of_readings;	/* of the readings that were due: came */
	int64_t		 late_seen, foreign, barriers;
	uint64_t	 closed;	/* lines, by the gateway */
};

void	late_site_run(const struct late_site *, struct late_result *);
void	late_site_print(const char *what, const struct late_result *);
/* The same with a program that keeps nothing apart: false, and it says so, where
 * that is not seen in both protocols. */
bool	late_site_notices(const struct late_site *);

#endif
