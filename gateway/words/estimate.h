#ifndef GATEWAY_WORDS_ESTIMATE_H
#define GATEWAY_WORDS_ESTIMATE_H

#include "../../protocols/cost.h"
#include "../config/config.h"

/* What a configuration will put on the wire, reckoned before any of it does.  Bytes a
 * day, as a carrier bills them.  Alarms, commands, what is asked again and what was
 * missed are not known before, and not in it. */

/* Of whom, and at which time of the day. */
struct estimate_terms {
	const struct config	*config;
	double			 hour;		/* 0 to 24: devices that work no longer
						 * a day are idle */
	bool			 guarded;	/* only devices that a rule of class life
						 * watches */
};

enum estimate_kind { ESTIMATE_DEVICE, ESTIMATE_LINK, ESTIMATE_UPLINK };

struct estimate_row {
	enum estimate_kind	 kind;
	const char		*name;
	size_t			 tariff;	/* number from 1; 0: none */
	bool			 cellular;	/* it is billed, plan or not */
	double			 a_day;		/* bytes */
};

struct estimate {
	struct estimate_row	*rows;		/* the largest first */
	size_t			 n;
};

/* Of all that is billed by the byte; NULL in rows: no memory. */
struct estimate	 estimate_make(const struct config *, bool guarded, struct arena *);
/* Of one plan, 0: of none, and what is cellular alone where that is asked for. */
double		 estimate_sum(const struct estimate *, size_t tariff, bool cellular);
/* Bytes of one of its cycles. */
double		 estimate_cycle(const struct tariff_conf *, double a_day);

/* How often it is read at that time of the day, us; 0: never, or it is not among
 * those that are looked at. */
double	estimate_period(const struct estimate_terms *, const struct device *);

/* estimate_link.c: what is said with one device, and what keeps the line there. */
double	estimate_device(const struct estimate_terms *, const struct link_conf *,
	    const struct device *);
double	estimate_line(const struct estimate_terms *, const struct link_conf *);
/* False: nothing of it goes over a network. */
bool	estimate_is_billed(const struct link_conf *);

/* estimate_hj212.c: what an instrument tells that says something each period (us), and
 * what it is asked each day.  What is missing is asked for when it is, and not in it. */
double	estimate_hj212(const struct cost_way *, const struct link_conf *,
	    const struct device *, double period);

/* estimate_uplink.c */
double	estimate_uplink(const struct estimate_terms *, const struct uplink_conf *);

#endif
