#ifndef GATEWAY_UPLINK_CARGO_H
#define GATEWAY_UPLINK_CARGO_H

#include <stdbool.h>
#include <stddef.h>

struct point;
struct uplink_conf;
struct value;

/* What a batch will carry, for a kind to say what that costs before any is sent. */
struct cargo_value {
	const char		*device;
	const struct point	*point;
};

/* Entries of one moment: readings of a device, or statistics of many. */
struct cargo_scan {
	const struct cargo_value *values;
	size_t			  n;
	double			  a_batch;	/* how many of it are in a batch; below 1:
						 * it is not in each */
	size_t			  blocks;	/* questions that brought them, each a
						 * moment of its own */
	bool			  statistic;
};

struct cargo {
	const char		 *gateway;
	const struct cargo_scan	 *scans;
	size_t			  n;
	double			  every;	/* s from one batch to the next */
};

/* Entries of a batch. */
double	cargo_values(const struct cargo *);
/* The like of a figure that a point will have, the k-th of it: as long as such
 * figures are. */
struct value cargo_figure(const struct point *, size_t k);
/* How often a scan is written into a batch that stands for all. */
size_t	cargo_times(const struct cargo_scan *);

#endif
