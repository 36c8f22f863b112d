#ifndef DEVICES_PROFILE_H
#define DEVICES_PROFILE_H

#include "point.h"
#include "status.h"
#include "step.h"
#include "watchdog.h"

/* Registers that stand side by side. */
struct stretch {
	uint8_t		function;	/* 1 2 3 4; of 1 and 2 bits; METERS_READ */
	uint16_t	first, count;
	uint32_t	item;		/* of a meter: first is 0, count bytes */
};

/* Functions by which it says who it is; they hang some others. */
enum identify {
	IDENTIFY_REPORT	= 1,		/* 17, report server ID */
	IDENTIFY_DEVICE	= 2		/* 43/14, read device identification */
};

/* The register behind the last; may be 65536. */
static inline uint32_t
stretch_end(const struct stretch *s)
{
	return (uint32_t)s->first + s->count;
}

/* How its line is set when nobody changed it; speed 0: not said. */
struct serial_conf {
	int64_t	speed, data_bits, stop_bits;
	int	parity;			/* none even odd, as of a link */
};

/* A make and model of instrument, from one text file.  Lives in the arena. */
struct profile {
	struct place		 at;
	const char		*name, *maker, *model, *source;
	int			 family;	/* of profile_family_name */
	const char		*proto;		/* "modbus" */
	bool			 pushes;	/* tells by itself, is never asked */
	const uint16_t		*keys;		/* its points, in the order of what the
						 * wire calls them */
	size_t			 nkeys;
	char			 confidence;	/* A read in a source, B partly
						 * inferred, C not proven */
	bool			 verify;	/* a template: check it on site */
	bool			 loopback;	/* takes FC 8, which hangs some others */
	uint8_t			 identify;	/* of enum identify */
	struct serial_conf	 serial;
	const char		*unit;		/* its address as delivered */
	uint16_t		 max_registers;	/* in one question */
	uint16_t		 gap;		/* registers nobody asked for that
						 * a question may run over */
	const uint16_t		*never;		/* registers never to be touched */
	size_t			 nnever;
	const struct stretch	*blocks;	/* answered only as a whole */
	size_t			 nblocks;
	const struct point	*points;
	size_t			 npoints;
	const struct status	*statuses;
	size_t			 nstatuses;
	struct steps		 start, stop;	/* measuring; none: it always does */
	struct watchdog		 watchdog;
	const struct tree_file	**files;	/* that it was read from */
	size_t			 nfiles;
};

/* Checks everything that can be checked without the instrument, the vectors
 * too.  NULL: what is wrong is in errs.  The tree may be closed afterwards. */
struct profile		*profile_read(const struct tree *, struct arena *, struct errs *);
/* Were both read from the same text, wherever it stood? */
bool			 profile_same(const struct profile *, const struct profile *);
const struct point	*profile_point(const struct profile *, const char *name);
/* The name of one of its points that is nearest to a mistyped word; NULL: none
 * is near. */
const char		*profile_near(const struct profile *, const char *word);
const char		*profile_family_name(int);
/* Registers, or coils, of one question at most. */
uint16_t		 profile_most(const struct profile *, uint8_t function);
/* Does a question for these registers touch one that must not be? */
bool			 profile_never(const struct profile *, uint32_t first, uint32_t end);

#endif
