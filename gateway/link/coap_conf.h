#ifndef GATEWAY_LINK_COAP_CONF_H
#define GATEWAY_LINK_COAP_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define COAP_HOST_MAX	253

/* Name under which the door tells what it fetched for a link of kind coap; no
 * receiver can be called so. */
#define COAP_FETCHED	"(fetched)"

/* "coap://10.0.0.5", "coaps://[fd00::5]:5684", "coaps://river.example.org" */
struct coap_uri {
	bool		secure;
	bool		named;		/* the host has to be looked up */
	char		host[COAP_HOST_MAX + 1];
	uint16_t	port;
};

/* False: it is none, or has more than scheme, host and port. */
bool	coap_uri(const char *text, struct coap_uri *);

#endif
