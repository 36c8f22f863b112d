#ifndef GATEWAY_TELL_TENCENT_H
#define GATEWAY_TELL_TENCENT_H

#include "provider.h"

/* Who we are at Tencent Cloud. */
struct tencent_conf {
	struct http_conf	 http;
	const char		*key_id, *secret;	/* the secret as written */
	const char		*region;
};

struct tencent {
	struct provider			 provider;
	const struct tencent_conf	*conf;
};

extern const struct key	tencent_keys[];

int	tencent_check(const struct way_conf *, const struct tencent_conf *, struct errs *);
int	tencent_open(struct tencent *, const struct way_env *, const struct tencent_conf *,
	    char *why, size_t n);
/* Calls an action of the SMS interface with a body in JSON.  NULL: result says what
 * came of it. */
struct json_t	*tencent_call(struct tencent *, const char *action, const struct buf *body,
		    struct way_result *);
/* What its answer says of the whole request: true: nothing against it. */
bool	tencent_judged(const struct tencent *, const struct json_t *answer,
	    struct way_result *);
/* What a code comes to, of a request or of one message in it. */
void	tencent_judge(const char *code, const char *said, struct way_result *);

#endif
