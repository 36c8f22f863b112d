#ifndef GATEWAY_UPLINK_MQTT_DATA_H
#define GATEWAY_UPLINK_MQTT_DATA_H

#include "../journal/series.h"
#include "mqtt_figure.h"

/* Readings that were made together: seq after seq, of one moment.  Scans of
 * the same series make a block. */
struct mqtt_scan {
	uint32_t	first, n;	/* rows, in their order */
	uint32_t	shape;		/* a digest of the series */
	uint32_t	next;		/* of its block: index + 1; 0: none */
	uint32_t	last;		/* of a block, in its first scan */
};

/* One message of one device. */
struct mqtt_data {
	const char		*gateway, *device, *stream;
	uint64_t		 store;
	struct mqtt_row		*rows;
	const char		*texts;
	struct mqtt_scan	*scans;		/* room for as many as rows */
};

/* Keeps a reading in a row; a text goes behind the others.  False: no room. */
bool	mqtt_row(struct mqtt_row *, const struct reading *, uint64_t seq, struct buf *texts);
/* The message of n rows, which order names.  False: it did not fit, and the
 * buffer is as before. */
bool	mqtt_data(struct buf *, const struct mqtt_data *, const uint32_t *order, size_t n);

/* A reading alone, as an object.  series NULL: the dictionary has lost it. */
bool	mqtt_point(struct buf *, const struct mqtt_data *, const struct mqtt_row *,
	    const struct series *);

#endif
