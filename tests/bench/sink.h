#ifndef TESTS_BENCH_SINK_H
#define TESTS_BENCH_SINK_H

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

/* A database on loopback that says 204 to everything: one connection after
 * another, in a thread of its own. */
struct sink {
	/* What was posted, unpacked, NUL-ended, in the sink's thread. */
	void		(*take)(struct sink *, char *text, size_t n);
	_Atomic uint64_t  requests;
	_Atomic uint64_t  bytes;	/* as they came, heads and all */
	_Atomic uint64_t  bodies;	/* of these, without the heads */
	uint16_t	  port;
	int		  listener, stop[2];
	pthread_t	  thread;
};

void	sink_start(struct sink *);
void	sink_stop(struct sink *);

#endif
