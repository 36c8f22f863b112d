#ifndef GATEWAY_TELL_SMS_TEMPLATE_H
#define GATEWAY_TELL_SMS_TEMPLATE_H

#include "way.h"

#define SMS_VARIABLES	20	/* of one template */
#define SMS_VALUE_MOST	35	/* characters of a value */
#define SMS_TEXT_MOST	500	/* characters of a text, with its values */
#define SMS_VALUE_ROOM	(SMS_VALUE_MOST * 4 + 8)

/* Templates that a provider has approved: which one a notice goes by, and which of
 * its values fill its variables. */
struct sms_template {
	const char	*code;			/* id at the provider */
	struct strings	 purposes;		/* none: all */
	const char	*language;		/* "": any */
	struct strings	 variables;		/* "NAME=VALUE" or "VALUE" */
	const char	*text;			/* as filed; "": not known */
	struct place	 place;
};

struct sms_variable {
	char	name[32];
	char	value[SMS_VALUE_ROOM];
};

extern const struct key	sms_template_keys[];

/* -1: it was added to the faults what is wrong.  numbered: the text has {1}, {2}
 * in the order of the variables, not ${name}. */
int	sms_templates_check(const struct way_conf *, const struct items *, bool numbered,
	    struct errs *);
/* A name as it was filed for what stands in 【】 before each message. */
int	sms_sign_check(const struct way_conf *, const char *sign, struct errs *);
/* The first that fits; NULL: none, and the result says so. */
const struct sms_template	*sms_template_of(const struct items *, const struct notice *,
				    struct way_result *);
/* Fills room for SMS_VARIABLES, each of most characters at most (SMS_VALUE_MOST);
 * how many there are. */
size_t	sms_template_fill(const struct sms_template *, const struct notice *, size_t most,
	    struct sms_variable *);

#endif
