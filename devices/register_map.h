#ifndef DEVICES_REGISTER_MAP_H
#define DEVICES_REGISTER_MAP_H

#include "../conf/key.h"
#include "raw.h"
#include "reading.h"

/* A map of registers in which others find our readings: a profile the other
 * way round.  Tables as the standard has them (V1.1b3, 4.3). */
enum map_table { MAP_COIL, MAP_DISCRETE, MAP_INPUT, MAP_HOLDING, MAP_TABLES };

/* What a cell says of its slot. */
enum map_shows { SHOWS_VALUE, SHOWS_QUALITY, SHOWS_SEVERITY, SHOWS_AGE };

/* What is no reading, but of the server itself: "@heartbeat" ... */
enum map_own {
	OWN_NONE,		/* a point */
	OWN_HEARTBEAT,		/* goes on by one each second */
	OWN_UPTIME,		/* s that it serves */
	OWN_TIME,		/* UTC s */
	OWN_BAD,		/* points of the map whose value is bad */
	OWN_CLIENTS, OWN_REQUESTS, OWN_EXCEPTIONS, OWN_CRC_ERRORS,
	OWNS
};

#define MAP_NAME	64	/* bytes of a device's or point's name, with NUL */
#define MAP_WIRE	8	/* bytes of a value, at most */
#define MAP_UNITS	248	/* 0 is everybody, 247 the last */
#define MAP_REFUSES	(-1)	/* slot.nbad: its range cannot be read */

/* One row as configured. */
struct map_row {
	struct place	 place;
	const char	*point;		/* "DEVICE.POINT", a pattern, or "@heartbeat" */
	int64_t		 unit;		/* 0: as the map says */
	int		 table;		/* enum map_table */
	int64_t		 address;
	int		 type;		/* index of map_types */
	const char	*order;		/* "": most significant first */
	double		 scale, offset;	/* figure = register * scale + offset */
	const char	*bad;		/* "": what suits the type */
	int64_t		 quality, severity, age;	/* addresses; -1: none */
};

extern const struct key	map_row_keys[];
extern const char *const map_table_names[];
extern const char *const map_types[];
extern const char *const map_own_names[OWNS];	/* of OWN_NONE: NULL */

struct map_conf {
	struct place	 place;		/* of the whole */
	const char	*name;		/* whose map, for messages */
	struct items	 rows;		/* of struct map_row */
	struct strings	 units;		/* "UNIT DEVICE" */
	int64_t		 unit;		/* of what no other is said of */
	struct strings	 writable;	/* patterns over "device.point" */
};

/* What is known of an installed point. */
struct map_point {
	int64_t	period;			/* us; 0: it is not polled */
	bool	listed;			/* its device lets it be written */
	bool	text;
	double	min, max;		/* that may be written */
};

enum map_found { MAP_FOUND, MAP_NO_DEVICE, MAP_NO_POINT };

/* The site that a map is of. */
struct map_site {
	const void	*of;
	enum map_found	(*point)(const void *of, const char *device, const char *point,
			    struct map_point *);
};

/* One value that is shown. */
struct map_slot {
	char		 device[MAP_NAME], point[MAP_NAME];	/* "": it is own */
	enum map_own	 own;
	uint8_t		 unit, table;
	uint16_t	 address;
	uint8_t		 registers;	/* or 1 bit */
	const struct raw *raw;		/* NULL: 0 or 1 */
	const struct order *order;
	double		 scale, offset;
	int		 nbad;		/* bytes of bad, or MAP_REFUSES */
	uint8_t		 bad[MAP_WIRE];	/* as it stands on the wire */
	bool		 writable;
	double		 min, max;	/* that may be written */
	int64_t		 stale_after;	/* us */
	struct place	 place;		/* of its row, while it is compiled */
};

struct map_cell {
	uint32_t	 slot;
	uint16_t	 address;
	uint8_t		 n;		/* registers, or 1 bit */
	uint8_t		 unit, table, shows;
};

/* Without pointers to what is not const: copied array by array. */
struct register_map {
	struct map_slot	*slots;
	size_t		 nslots;
	struct map_cell	*cells;		/* by unit, table, address; none overlap */
	size_t		 ncells;
};

/* The newest reading of a slot. */
struct map_value {
	struct value	value;
	struct quality	quality;
	uint64_t	seq;		/* 0: none yet */
	int64_t		time;		/* UTC ms */
	int64_t		mono;		/* us; 0: of another run of the kernel */
	uint32_t	held;		/* s: a held result was that old then */
};

struct map_now {
	int64_t		mono, wall;	/* us, UTC ms */
	uint64_t	own[OWNS];	/* but OWN_BAD */
};

/* site may be NULL: nothing is known of it.  -1: see errs. */
int	register_map_compile(const struct map_conf *, const struct map_site *,
	    struct register_map *, struct arena *, struct errs *);

bool		map_has_unit(const struct register_map *, uint8_t unit);
/* The cell that covers it, else the next one of its table; NULL: none. */
const struct map_cell *map_cell_at(const struct register_map *, uint8_t unit,
		    enum map_table, uint32_t address);

/* Fills count registers, or bits, each an element.  fill: addresses that the map
 * leaves out read 0.  0, or the Modbus exception: 2 an address that is not
 * there, 4 a bad value that refuses. */
uint8_t		register_map_read(const struct register_map *, const struct map_value *,
		    const struct map_now *, uint8_t unit, enum map_table, uint16_t first,
		    uint16_t count, bool fill, uint16_t *out);
/* The figure that these registers, or a bit, say; -1: they say none. */
int		map_figure(const struct map_slot *, const uint16_t *, double *);

#endif
