#ifndef GATEWAY_UPLINK_INFLUX_CONF_H
#define GATEWAY_UPLINK_INFLUX_CONF_H

#include "http_conf.h"
#include "uplink.h"

enum influx_api { INFLUX_V1, INFLUX_V2, INFLUX_V3 };
enum influx_scheme { SCHEME_AUTO, SCHEME_TOKEN, SCHEME_BEARER };
enum influx_layout { LAYOUT_POINT, LAYOUT_DEVICE };

/* Templates, see influx_map.h.  An empty one: such lines are not sent. */
struct influx_measurements {
	const char	*reading, *alarm, *statistic, *gap;
};

struct influx_conf {
	struct http_conf http;
	int		 api;		/* enum influx_api */
	const char	*database, *retention_policy;	/* v1; v3 has a database */
	const char	*org, *bucket;			/* v2 */
	int		 token_scheme;	/* enum influx_scheme */
	const char	*measurement;	/* a template, {measurement} in those below */
	struct influx_measurements measurements;
	struct strings	 tags;		/* "key=template"; none: as usual */
	int		 layout;	/* enum influx_layout */
	const char	*field;		/* a template; "": as the layout has it */
	int64_t		 gzip;		/* level; 0: none; -1: as its layout needs */
};

extern const struct key	influx_keys[];

static inline const struct influx_conf *
influx_conf_of(const struct uplink_conf *c)
{
	return c->own;
}

/* What no key alone can say. */
int	influx_check(const struct uplink_conf *, struct errs *);

#endif
