#ifndef GATEWAY_UPLINK_INFLUX_TARGET_H
#define GATEWAY_UPLINK_INFLUX_TARGET_H

#include "http_far.h"
#include "influx_conf.h"

/* Where lines are posted to, and as whom. */
struct influx_target {
	struct http_far	far;
	char		url[1024];
};

/* -1: why is filled. */
int	target_open(struct influx_target *, const struct influx_conf *, struct meter *,
	    char *why, size_t n);
/* All of a request but its body; it points into both. */
struct http_request target_request(const struct influx_target *, const struct influx_conf *);

/* The level that its requests are packed with; 0: they are not. */
int	influx_gzip(const struct influx_conf *);

#endif
