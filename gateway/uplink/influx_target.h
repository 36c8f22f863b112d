#ifndef GATEWAY_UPLINK_INFLUX_TARGET_H
#define GATEWAY_UPLINK_INFLUX_TARGET_H

#include "http.h"
#include "influx_conf.h"

/* Where lines are posted to, and as whom. */
struct influx_target {
	const struct influx_conf *conf;
	char			 url[1024];
	/* Secrets as they were read; NULL: none, or not yet. */
	char			*authorization, *password, *proxy_password;
};

/* -1: why is filled. */
int	target_open(struct influx_target *, const struct influx_conf *, char *why, size_t n);
/* Reads what was forgotten. */
int	target_secrets(struct influx_target *, char *why, size_t n);
/* After a refusal, for they may have been changed. */
void	target_forget(struct influx_target *);
/* All of a request but its body; it points into the target. */
struct http_request target_request(const struct influx_target *);

#endif
