#ifndef PROTOCOLS_TRAFFIC_H
#define PROTOCOLS_TRAFFIC_H

#include <stdbool.h>
#include <stdint.h>

/* Bytes as a carrier bills them: of IP packets, with the heads of IP and TCP,
 * what was sent again, and acknowledgements. */
struct traffic {
	uint64_t	rx, tx;
};

/* What the kernel says of one TCP connection. */
struct tcp_counts {
	uint64_t	sent, received;		/* bytes of data; sent: again, too */
	uint64_t	segs_out, segs_in;	/* with SYN, and those without data */
	bool		established;		/* it is, or once was */
	bool		dialled;		/* from here; else nobody counted the
						 * SYNs */
	bool		stamps;			/* in each segment (RFC 7323) */
	uint64_t	disordered;		/* came before one that was lost: each was
						 * acknowledged selectively (RFC 2018) */
	bool		ipv6;
};

/* What the far end acknowledges selectively nobody counts; it is taken for none. */
struct traffic	traffic_tcp(const struct tcp_counts *);
/* What the orderly end of a connection adds, which nobody can ask for any more:
 * a FIN and its acknowledgement each way.  half: one of the two was counted. */
struct traffic	traffic_tcp_end(const struct tcp_counts *, bool half);
/* A moment's local day as yyyymmdd, and the day on which the month of the bill
 * that it belongs to began.  A month that has no such day is billed from the day
 * after its last, the first of the next. */
uint32_t	traffic_month(uint32_t day, unsigned billing_day);

#endif
