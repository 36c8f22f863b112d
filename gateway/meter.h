#ifndef GATEWAY_METER_H
#define GATEWAY_METER_H

#include <pthread.h>

#include "../protocols/traffic.h"

#define METER_OPEN	20	/* connections at once; of more only the end is seen */

/* Counts what one link or uplink puts on the wire, at its sockets: below TLS, and
 * with all that the kernel sends by itself.  Any thread may look while another
 * opens and closes.  Zeroed it is ready, as a mutex of the C library is; NULL
 * counts nothing. */
struct meter {
	pthread_mutex_t	lock;
	struct meter_socket {
		int		fd;
		bool		dialled;
		uint64_t	segs_out, segs_in;	/* as seen last, not wrapped */
		struct traffic	booked;
	}		open[METER_OPEN];
	unsigned	n;
	struct traffic	total, taken;
};

/* A socket that is about to connect, or was accepted. */
void	meter_dial(struct meter *, int fd);
void	meter_accept(struct meter *, int fd);
/* To be called just before it is closed; also of one that was never told of. */
void	meter_close(struct meter *, int fd);
/* For what is no TCP. */
void	meter_add(struct meter *, uint64_t rx, uint64_t tx);
/* What has come and gone since the last time. */
struct traffic	meter_take(struct meter *);

#endif
