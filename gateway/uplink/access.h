#ifndef GATEWAY_UPLINK_ACCESS_H
#define GATEWAY_UPLINK_ACCESS_H

#include "uplink.h"

/* How a far end is reached and who we are there: what kinds have in common.  A
 * kind has the struct in its own, a row of type KEY_ROWS for its table, and
 * calls its check.  Absent texts are "" (or NULL, where no table filled it). */

/* A row of a table of kind: the rows of sub, for the struct at a member. */
#define ROWS(place, table) \
	{ .name = "", .type = KEY_ROWS, .offset = (place), .sub = (table) }

struct login_conf {
	const char	*user, *password;	/* the password as written */
};

struct tls_conf {
	const char	*ca, *cert, *key;	/* files, PEM */
};

struct proxy_conf {
	const char	*url, *user, *password;
};

/* NULL where nothing is said. */
static inline const char *
given(const char *text)
{
	return text != NULL && text[0] != '\0' ? text : NULL;
}

extern const struct key	login_keys[], tls_keys[], proxy_keys[];

/* -1: it was added to the faults what is wrong. */
int	login_check(const struct uplink_conf *, const struct login_conf *, struct errs *);
int	tls_check(const struct uplink_conf *, const struct tls_conf *, struct errs *);
int	proxy_check(const struct uplink_conf *, const struct proxy_conf *, struct errs *);

#endif
