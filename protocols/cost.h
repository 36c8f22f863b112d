#ifndef PROTOCOLS_COST_H
#define PROTOCOLS_COST_H

#include <stdbool.h>

/* What a carrier will bill for what is said, before any of it is: whole IP packets
 * of both ways together, with acknowledgements, and TLS.  In bytes; a fraction of
 * one is one that comes now and then.  IPv4, with the time stamps of TCP. */

enum cost_carrier { COST_SERIAL, COST_UDP, COST_TCP };

struct cost_way {
	enum cost_carrier	carrier;
	bool			secure;		/* TLS, or DTLS */
};

/* So many bytes one way, and what acknowledges them. */
double	cost_told(const struct cost_way *, double bytes);
/* The same of as many messages, sent at once: each in a packet of its own, and two
 * of them acknowledged at a time. */
double	cost_told_each(const struct cost_way *, double bytes, double messages);
/* A connection that begins, and ends. */
double	cost_session(const struct cost_way *);
/* A line that says nothing is asked whether it is still there. */
double	cost_probe(const struct cost_way *);
/* How often that is in a time without a word, of both in the same unit; 0: never. */
double	cost_probes(double silence, double after);

#endif
