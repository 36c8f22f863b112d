#ifndef GATEWAY_DOOR_COAP_KEY_H
#define GATEWAY_DOOR_COAP_KEY_H

#include <stddef.h>
#include <stdint.h>

#define COAP_KEY_MAX	64

struct coap_key {
	uint8_t	bytes[COAP_KEY_MAX];
	size_t	n;
};

/* The key that a secret ("@/path", "cred:name") holds, as text or 0x and hex.  -1:
 * why is filled. */
int	coap_key_load(const char *written, struct coap_key *, char *why, size_t n);

#endif
