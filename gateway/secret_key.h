#ifndef GATEWAY_SECRET_KEY_H
#define GATEWAY_SECRET_KEY_H

#include <stddef.h>
#include <stdint.h>

#include "../conf/key.h"

/* Secrets that are no text but bytes: everywhere written alike, as text as it
 * stands, or as 0x and hex digits. */

#define SECRET_KEY_MAX	64		/* bytes */

struct secret_key {
	uint8_t	bytes[SECRET_KEY_MAX];
	size_t	n;
};

extern const struct key_form key_form_tls, key_form_coap, key_form_mqtt, key_form_sm4;

/* How a secret was taken. */
enum secret_sort {
	SECRET_NO_KEY,			/* of another length, or 0x without hex */
	SECRET_TEXT, SECRET_HEX,
	SECRET_BARE_HEX,		/* hex without 0x, taken as such all the same */
	SECRET_LIKE_HEX			/* text that somebody may have meant for hex */
};

enum secret_sort secret_key_read(const struct key_form *, const char *secret,
			    struct secret_key *);
/* What is wanted: a format with two %u, least and most bytes. */
const char	*secret_key_words(const struct key_form *);
/* The key that a secret ("@/path", "cred:name") holds.  -1: why is filled. */
int		 secret_key_load(const struct key_form *, const char *written,
		    struct secret_key *, char *why, size_t n);

#endif
