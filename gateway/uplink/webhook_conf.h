#ifndef GATEWAY_UPLINK_WEBHOOK_CONF_H
#define GATEWAY_UPLINK_WEBHOOK_CONF_H

#include "http_conf.h"
#include "uplink.h"

#define WEBHOOK_KINDS	7

enum webhook_form { FORM_ARRAY, FORM_LINES };

struct webhook_conf {
	struct http_conf http;
	const char	*secret;	/* as written */
	struct strings	 kinds;		/* that are sent; none: all */
	struct strings	 single;	/* that are sent one a request */
	int		 form;		/* enum webhook_form */
	int64_t		 gzip;		/* level; 0: none */
};

extern const struct key	 webhook_keys[];
/* reading, statistic, alarm, command, record, note, gap: as the kinds of entries
 * are numbered, from 0. */
extern const char *const webhook_kinds[WEBHOOK_KINDS];

/* Index of a word among them; WEBHOOK_KINDS: none. */
size_t	webhook_kind(const char *word);
/* What no key alone can say. */
int	webhook_check(const struct uplink_conf *, struct errs *);

#endif
