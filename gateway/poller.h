#ifndef GATEWAY_POLLER_H
#define GATEWAY_POLLER_H

#include "link/link.h"
#include "pipeline.h"
#include "station.h"

#define FRAME_MAX	300	/* a Modbus TCP frame is at most 260 bytes */

/* One line with its session and the devices on it; one question at a time. */
struct bus {
	struct link		 link;
	const struct proto	*proto;
	void			*session;	/* proto->size bytes */
	struct pipeline		*pipeline;
	const struct clock	*clock;
	struct timer		 wake;
	struct station		*stations;
	size_t			 nstations;
	struct station		*busy;		/* whose question is out */
	uint8_t			 frame[FRAME_MAX];
	struct out		 out;
	bool			 tried;		/* the link was up or down already */
	int64_t			 settled;	/* mono us: the first try had its time */
};

/* The bus of a configured link with those of the devices that are on it. */
struct bus	*bus_new(const struct link_conf *, struct device *devices, size_t n,
		    struct pipeline *, const struct clock *);
void		 bus_start(struct bus *, struct loop *, int64_t now);
void		 bus_stop(struct bus *);
void		 bus_free(struct bus *);

#endif
