#ifndef GATEWAY_FIELD_UPKEEPS_H
#define GATEWAY_FIELD_UPKEEPS_H

#include <stdint.h>

#include "keeper.h"

/* Where somebody works, kept over a restart with its end; the rules know it,
 * here it is stored, and the devices are marked by it. */
struct field_role;

struct kept	*upkeeps_open(struct keeper *);		/* NULL: errno */
/* The rules and the devices take up what was stored. */
void		 upkeeps_restore(struct field_role *, int64_t now);
/* Of the field role: it began or ended somewhere. */
void		 upkeeps_changed(void *field);

#endif
