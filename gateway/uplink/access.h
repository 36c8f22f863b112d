#ifndef GATEWAY_UPLINK_ACCESS_H
#define GATEWAY_UPLINK_ACCESS_H

#include "../../conf/key.h"

/* How a far end is reached and who we are there: what kinds of uplinks, and of
 * other far ends, have in common.  A kind has the struct in its own, a row of type
 * KEY_ROWS for its table, and calls its check with its name and place.  Absent
 * texts are "" (or NULL, where no table filled them). */

/* A row of a table of kind: the rows of sub, for the struct at a member. */
#define ROWS(place, table) \
	{ .name = "", .type = KEY_ROWS, .offset = (place), .sub = (table) }

/* Whose settings are looked at. */
struct access {
	const char	*name;
	struct place	 place;
	struct errs	*errs;
};

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
int	login_check(const struct access *, const struct login_conf *);
int	tls_check(const struct access *, const struct tls_conf *);
int	proxy_check(const struct access *, const struct proxy_conf *);

#endif
