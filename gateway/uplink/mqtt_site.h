#ifndef GATEWAY_UPLINK_MQTT_SITE_H
#define GATEWAY_UPLINK_MQTT_SITE_H

#include "../journal/reader.h"

enum mqtt_presence { PRESENCE_UNKNOWN, PRESENCE_OFFLINE, PRESENCE_ONLINE };

/* A device as the far end is told of it. */
struct mqtt_device {
	char		 name[NAME_MAX_BYTES];
	uint32_t	 series, last_series;	/* the lowest and the highest: id; 0: none */
	uint32_t	 nseries;
	uint32_t	 row, last_row, nrows;	/* of the batch: index + 1; 0: none */
	unsigned	 born;			/* the connection that has its birth */
	uint32_t	 born_series;		/* how many series that named */
	uint32_t	 in_service;		/* so many series, as far as it is known */
	uint32_t	 off;			/* of none that is: it was said so often */
	uint8_t		 presence, told;	/* enum mqtt_presence */
	unsigned	 told_in;		/* the connection that was told */
	int64_t		 since;			/* UTC ms: of the presence */
};

/* Every device and series that was met so far. */
struct mqtt_site {
	struct mqtt_device	*devices;
	uint32_t		 n, room;
	uint32_t		*places;	/* of devices by name: index + 1 */
	uint32_t		 nplaces;	/* a power of two */
	uint32_t		*members;	/* device of a series: index; by id - 1 */
	uint8_t			*in_service;	/* a bit for each of them, by id - 1 */
	uint32_t		 nseries, series_room;
};

void	mqtt_site_free(struct mqtt_site *);
/* The device of a series; NULL: the dictionary has lost it, or no memory.
 * Lives until the next call. */
struct mqtt_device *mqtt_site_of(struct mqtt_site *, struct reader *, uint32_t series);
/* What a reading of now says of its series.  All of a device are out of service
 * when it was switched off or went from the configuration. */
void	mqtt_site_present(struct mqtt_site *, struct mqtt_device *, const struct reading *);
/* The next series of the same device; 0: it has no more. */
uint32_t mqtt_site_next(const struct mqtt_site *, const struct mqtt_device *, uint32_t series);

#endif
