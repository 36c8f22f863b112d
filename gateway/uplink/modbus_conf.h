#ifndef GATEWAY_UPLINK_MODBUS_CONF_H
#define GATEWAY_UPLINK_MODBUS_CONF_H

#include "../../devices/register_map.h"
#include "uplink.h"

enum modbus_gaps { GAPS_EXCEPTION, GAPS_ZERO };

struct modbus_conf {
	const char	*listen;	/* "tcp://127.0.0.1:502", "rtu:///dev/ttyS1" */
	struct strings	 allow;		/* networks; none: any */
	int64_t		 clients;
	int64_t		 idle;		/* us */
	int64_t		 speed, stop_bits;
	int		 parity;	/* 0 none, 1 even, 2 odd */
	bool		 rs485, echo;
	int64_t		 unit;
	bool		 any_unit;
	struct strings	 units;		/* "UNIT DEVICE" */
	int		 gaps;		/* enum modbus_gaps */
	int64_t		 write_wait;	/* us */
	struct items	 rows;		/* of struct map_row */
	struct register_map map;	/* made by bind */
};

extern const struct key	modbus_keys[];

static inline const struct modbus_conf *
modbus_conf_of(const struct uplink_conf *c)
{
	return c->own;
}

/* What listen says: a device file, or an address and a port. */
struct modbus_place {
	char	 path[108];		/* "": TCP */
	char	 host[64], port[6];
};

/* False: it is neither. */
bool	modbus_place_read(const char *listen, struct modbus_place *);

/* An address with so many bits of it that count. */
struct modbus_network {
	uint8_t		at[16];		/* IPv4 as ::ffff:a.b.c.d */
	unsigned	bits;
};

bool	modbus_network_read(const char *, struct modbus_network *);
bool	modbus_network_has(const struct modbus_network *, const uint8_t address[16]);

int	modbus_check(const struct uplink_conf *, struct errs *);
int	modbus_bind(const struct uplink_conf *, const struct uplink_site *, struct errs *);
void	modbus_keep(void *own);
void	modbus_drop(void *own);
bool	modbus_same(const void *own, const void *other);
void	*modbus_facts(const void *own);
void	modbus_adopt(void *own, void *facts);

#endif
