#ifndef DEVICES_WATCHDOG_H
#define DEVICES_WATCHDOG_H

#include "../conf/key.h"
#include "../protocols/proto.h"

/* What an output falls into when its device is fed no more, or another setting
 * of its watchdog. */
struct failsafe {
	struct place	 at;
	size_t		 point;		/* of the profile; FAILSAFE_SETTING: none */
	double		 value;		/* that the point then has */
	uint8_t		 function;	/* 5 6 16; 0: the device does not let it be set */
	uint16_t	 number, word;	/* where, and what is written there */
};

#define FAILSAFE_SETTING	SIZE_MAX

/* A register that a device wants to be written again and again: when nobody
 * does for timeout, it puts its outputs into their fail-safe by itself. */
struct watchdog {
	uint8_t			 function;	/* 5 6 16; 0: it has none */
	uint16_t		 number;
	const uint16_t		*values;	/* written in turn */
	size_t			 nvalues;
	int64_t			 period, timeout;	/* us */
	const struct failsafe	*failsafe;	/* the settings in their order */
	size_t			 nfailsafe;
};

/* What is declared for a point of the profile; NULL: nothing is. */
const struct failsafe	*watchdog_failsafe(const struct watchdog *, size_t point);

/* How the feeding of one device stands.  First all settings are written, once
 * for each time that its line came up, and only then it is fed: what it would
 * fall into must be known before it can.  Moments are mono us. */
struct feeding {
	int64_t		due;		/* of the next write */
	int64_t		fed;		/* when the last that was taken was sent; 0: none
					 * was */
	int64_t		begun;		/* since then it is to be fed */
	size_t		set;		/* settings that were taken */
	size_t		turn;		/* of the values */
};

#define FEED_BYTES	2	/* of a payload */

void	feeding_begin(struct feeding *, int64_t now);
/* Its line came up: it may be another one, or have lost its settings. */
void	feeding_line(struct feeding *, const struct watchdog *);
/* The write that is to be sent next; the payload lives as long as the ask. */
void	feeding_ask(const struct feeding *, const struct watchdog *,
	    const uint8_t address[ADDRESS_MAX], uint8_t payload[FEED_BYTES], struct ask *);
/* It was taken; asked: when it was sent.  True: the device is fed by it. */
bool	feeding_taken(struct feeding *, const struct watchdog *, int64_t asked, int64_t now);
/* It was not, or was not sent: it is tried again sooner than a period. */
void	feeding_failed(struct feeding *, const struct watchdog *, int64_t now);
/* The device said no to it: once in a period is often enough. */
void	feeding_refused(struct feeding *, const struct watchdog *, int64_t now);
/* Nobody fed it for so long that it has to be in its fail-safe. */
bool	feeding_lapsed(const struct feeding *, const struct watchdog *, int64_t now);

#endif
