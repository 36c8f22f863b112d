#ifndef GATEWAY_TELL_ALIYUN_H
#define GATEWAY_TELL_ALIYUN_H

#include "../../protocols/acs3.h"
#include "provider.h"
#include "sms_template.h"

#define ALIYUN_VERSION	"2017-05-25"	/* of both interfaces, SMS and voice */

/* Settings that SMS and calls by Aliyun have in common. */
struct aliyun_conf {
	struct http_conf	 http;
	const char		*key_id, *secret;	/* the secret as written */
	struct items		 templates;
};

struct aliyun {
	struct provider			 provider;
	const struct aliyun_conf	*conf;
};

extern const struct key	aliyun_keys[];

int	aliyun_check(const struct way_conf *, const struct aliyun_conf *, struct errs *);
int	aliyun_open(struct aliyun *, const struct way_env *, const struct aliyun_conf *,
	    char *why, size_t n);
/* Calls an action.  NULL: result says what came of it. */
struct json_t	*aliyun_call(struct aliyun *, const char *action, struct acs3_param *,
		    size_t n, struct way_result *);
/* What its answer says, by the codes of the interface: was it accepted?  One
 * without a code says nothing, whatever its status is. */
bool	aliyun_judged(const struct aliyun *, const struct provider_code *,
	    const struct json_t *answer, struct way_result *);
/* Variables as the JSON that TemplateParam and TtsParam are.  False: they do not
 * fit, and the result says so. */
bool	aliyun_values(const struct sms_template *, const struct notice *, char *json,
	    size_t room, struct way_result *);

#endif
