#ifndef GATEWAY_WORDS_DEMO_BESIDE_H
#define GATEWAY_WORDS_DEMO_BESIDE_H

#include <stdbool.h>
#include <stddef.h>

/* A broker and a database on this machine that the demonstration sends to; who
 * runs it has started them. */
struct demo_beside {
	unsigned	mqtt, influx;	/* ports on 127.0.0.1; 0: none */
};

/* False: no port. */
bool	demo_beside_port(const char *text, unsigned *port);
/* Their uplinks for demo.conf, or "". */
void	demo_beside_uplinks(const struct demo_beside *, char *text, size_t n);
/* Lines for a person: how to look at what arrives, or what to install. */
void	demo_beside_look(const struct demo_beside *, char *text, size_t n);

#endif
