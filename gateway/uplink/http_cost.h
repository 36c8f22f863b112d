#ifndef GATEWAY_UPLINK_HTTP_COST_H
#define GATEWAY_UPLINK_HTTP_COST_H

#include "http_conf.h"

/* What it costs to post a body each so many seconds: its heads, an answer with so many
 * bytes of them, and the connection, which is kept for a while. */
double	http_cost(const struct http_conf *, double path, double body, double answer,
	    double every);

#endif
