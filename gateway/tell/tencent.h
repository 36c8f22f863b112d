#ifndef GATEWAY_TELL_TENCENT_H
#define GATEWAY_TELL_TENCENT_H

#include "../../protocols/json.h"
#include "provider.h"
#include "sms_template.h"

/* Who we are at Tencent Cloud. */
struct tencent_conf {
	struct http_conf	 http;
	const char		*key_id, *secret;	/* the secret as written */
	const char		*region;
};

/* One of its interfaces. */
struct tencent_service {
	const char	*name, *version;
};

struct tencent {
	struct provider			 provider;
	const struct tencent_conf	*conf;
	const struct tencent_service	*service;
};

extern const struct key	tencent_keys[];

int	tencent_check(const struct way_conf *, const struct tencent_conf *, struct errs *);
/* SdkAppId of an application at the provider, SMS and calls each of their own. */
int	tencent_app_check(const struct way_conf *, const char *app, struct errs *);
/* Templates whose codes are numbers. */
int	tencent_templates_check(const struct way_conf *, const struct items *, struct errs *);
int	tencent_open(struct tencent *, const struct way_env *, const struct tencent_conf *,
	    const struct tencent_service *, char *why, size_t n);
/* Parts of a body: a text; the values of a template, each of most characters. */
void	tencent_put(struct json *, const char *name, const char *text);
void	tencent_put_values(struct json *, const struct sms_template *, const struct notice *,
	    size_t most);
/* Calls an action of the interface with a body in JSON.  NULL: result says what
 * came of it. */
struct json_t	*tencent_call(struct tencent *, const char *action, const struct buf *body,
		    struct way_result *);
/* What its answer says of the whole request: true: nothing against it. */
bool	tencent_judged(const struct tencent *, const struct json_t *answer,
	    struct way_result *);
/* What a code comes to, of a request or of one message in it. */
void	tencent_judge(const char *code, const char *said, struct way_result *);

#endif
