#ifndef DEVICES_REGISTER_MAP_SITE_H
#define DEVICES_REGISTER_MAP_SITE_H

#include "register_map.h"

/* What a map asks of units and of the site; inside devices/ only. */

/* "UNIT DEVICE".  -1: it is not. */
int	map_unit_read(const char *, int64_t *unit, char device[MAP_NAME]);
/* Each is that, once, and of a device that there is. */
int	map_units_check(const struct map_conf *, const struct map_site *, struct errs *);
/* Its own unit; 0: it has none. */
int64_t	map_unit_of(const struct map_conf *, const char *device);
/* Is there such a point; who may write it, and when is it stale? */
int	map_ask_site(const struct map_conf *, const struct map_site *, struct map_slot *,
	    struct errs *);

#endif
