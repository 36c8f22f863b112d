#ifndef GATEWAY_TELL_FORM_H
#define GATEWAY_TELL_FORM_H

#include "../../protocols/buf.h"
#include "way.h"

/* Texts of a user's own with words in braces, "{value}", that a notice fills in;
 * "{{" and "}}" are braces. */

/* How what is filled in is written, so that it stays what it is. */
enum form_escape { FORM_AS_JSON, FORM_AS_FORM, FORM_AS_XML, FORM_PLAIN };

extern const char *const form_escapes[];	/* end with NULL */

struct form_values {
	const struct notice	*notice;
	const char		*provider;	/* its id there */
	const char		*secret;	/* "": none */
};

/* -1: at tells where it is no form, or has a word of no meaning. */
int	form_check(const char *form, const char **at);
/* False: no room. */
bool	form_fill(struct buf *, const char *form, const struct form_values *,
	    enum form_escape);

#endif
