#ifndef GATEWAY_WORDS_DEMO_COAP_H
#define GATEWAY_WORDS_DEMO_COAP_H

#include <signal.h>
#include <stddef.h>

/* A thermometer of the demonstration that sends what it measures by CoAP over DTLS, as
 * NB-IoT modules do.  A process of its own. */

#define DEMO_COAP_IDENTITY	"866123450000017"
#define DEMO_COAP_KEY		16		/* bytes */

struct demo_coap {
	unsigned	port;
	unsigned char	key[DEMO_COAP_KEY];
};

/* A free port, and a key that is written into the file for the gateway.  -1: errno. */
int	demo_coap_open(struct demo_coap *, const char *key_file);
/* Sends every two seconds, until it is told to stop. */
void	demo_coap_run(const struct demo_coap *, const volatile sig_atomic_t *stopped);

#endif
