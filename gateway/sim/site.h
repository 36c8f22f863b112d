#ifndef GATEWAY_SIM_SITE_H
#define GATEWAY_SIM_SITE_H

#include <stdio.h>

#include "instrument.h"

#define SITE_MAX	64	/* instruments */

/* The instruments that one simulator stands for. */
struct site {
	struct instrument	at[SITE_MAX];
	size_t			n;
};

/* NULL: no instrument of this unit. */
struct instrument	*site_unit(struct site *, long unit);
/* "UNIT=FAULT" and "UNIT.POINT=FIGURE@SPAN", see script.h.  -1: not understood. */
int	site_fault(struct site *, const char *text);
int	site_episode(struct site *, const char *text);

/* Which registers stand for what; json: as one object on a line. */
void	site_write_map(const struct site *, FILE *, bool json);
/* What all points show, us from the start. */
void	site_write_figures(const struct site *, FILE *, bool json, int64_t us);
/* How often each was asked, one line an instrument. */
void	site_write_tally(const struct site *, FILE *, bool json);

#endif
