#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../room.h"
#include "modbus_conf.h"

#define AT(field)	offsetof(struct modbus_conf, field)
#define RTU		"rtu://"
#define TCP		"tcp://"

static const char *const parities[] = { "none", "even", "odd", NULL };
static const char *const gaps[] = { "exception", "zero", NULL };

const struct key modbus_keys[] = {
	{ .name = "listen", .type = KEY_STRING, .offset = AT(listen),
	  .fallback = "tcp://127.0.0.1:502",
	  .help = "tcp://ADDRESS:PORT, or rtu:///dev/ttyS1: the slave of a serial line." },
	{ .name = "allow", .type = KEY_STRINGS, .offset = AT(allow), .fallback = "",
	  .help = "Addresses and networks that may connect; none: any." },
	{ .name = "clients", .type = KEY_INT, .offset = AT(clients), .fallback = "16",
	  .min = 1, .max = 16, .help = "Connections at a time." },
	{ .name = "idle", .type = KEY_SPAN, .offset = AT(idle), .fallback = "60s", .min = 1e6,
	  .max = 86400e6, .help = "A client that asks nothing so long is hung up." },
	{ .name = "speed", .type = KEY_INT, .offset = AT(speed), .fallback = "9600",
	  .min = 110, .max = 4000000, .help = "Bits a second, of a serial line." },
	{ .name = "parity", .type = KEY_CHOICE, .offset = AT(parity), .fallback = "none",
	  .names = parities, .help = "Parity bit, of a serial line." },
	{ .name = "stop_bits", .type = KEY_INT, .offset = AT(stop_bits), .fallback = "1",
	  .min = 1, .max = 2, .help = "Stop bits, of a serial line." },
	{ .name = "rs485", .type = KEY_BOOL, .offset = AT(rs485), .fallback = "false",
	  .help = "The driver has to switch the transmitter on and off." },
	{ .name = "echo", .type = KEY_BOOL, .offset = AT(echo), .fallback = "false",
	  .help = "The serial line gives back what we send." },
	{ .name = "unit", .type = KEY_INT, .offset = AT(unit), .fallback = "1", .min = 1,
	  .max = 247, .help = "Unit id of what has no other." },
	{ .name = "any_unit", .type = KEY_BOOL, .offset = AT(any_unit), .fallback = "false",
	  .help = "That unit answers for every id that is not there, by TCP." },
	{ .name = "units", .type = KEY_STRINGS, .offset = AT(units), .fallback = "",
	  .help = "Devices with a unit id of their own: \"2 kitchen/fume\"." },
	{ .name = "gaps", .type = KEY_CHOICE, .offset = AT(gaps), .fallback = "exception",
	  .names = gaps, .help = "What addresses between those of the map read as." },
	{ .name = "write_wait", .type = KEY_SPAN, .offset = AT(write_wait), .fallback = "2s",
	  .min = 1e5, .max = 60e6, .help = "A client waits so long for the end of its write." },
	{ .name = "map", .type = KEY_ITEMS, .offset = AT(rows), .sub = map_row_keys,
	  .size = sizeof(struct map_row), .line = offsetof(struct map_row, place) + 1,
	  .help = "The registers and bits, and what each of them shows." },
	{ .name = NULL }
};

static bool
copy(char *to, size_t room, const char *from, size_t n)
{
	if (n == 0 || n >= room)
		return false;
	memcpy(to, from, n);
	to[n] = '\0';
	return true;
}

/* An IPv6 address stands in brackets. */
bool
modbus_place_read(const char *listen, struct modbus_place *p)
{
	const char *at = listen + strlen(TCP), *colon = strrchr(listen, ':');
	size_t n;
	struct modbus_network net;

	*p = (struct modbus_place){ .path = "" };
	if (strncmp(listen, RTU, strlen(RTU)) == 0)
		return at[0] == '/' && copy(p->path, sizeof(p->path), at, strlen(at));
	if (strncmp(listen, TCP, strlen(TCP)) != 0 || colon < at)
		return false;
	n = (size_t)(colon - at);
	if (n > 2 && at[0] == '[' && at[n - 1] == ']') {
		at++;
		n -= 2;
	}
	return copy(p->host, sizeof(p->host), at, n) && modbus_network_read(p->host, &net) &&
	    net.bits == 128 && copy(p->port, sizeof(p->port), colon + 1, strlen(colon + 1)) &&
	    p->port[strspn(p->port, "0123456789")] == '\0' && atoi(p->port) >= 1 &&
	    atoi(p->port) <= 65535;
}

bool
modbus_network_read(const char *text, struct modbus_network *net)
{
	static const uint8_t mapped[12] = { [10] = 0xff, 0xff };
	const char *slash = strchr(text, '/');
	char address[64];
	unsigned long bits;
	bool four;

	if (!copy(address, sizeof(address), text,
	    slash != NULL ? (size_t)(slash - text) : strlen(text)))
		return false;
	memcpy(net->at, mapped, sizeof(mapped));
	four = inet_pton(AF_INET, address, net->at + 12) == 1;
	if (!four && inet_pton(AF_INET6, address, net->at) != 1)
		return false;
	net->bits = 128;
	if (slash == NULL)
		return true;
	if (slash[1] == '\0' || strlen(slash + 1) > 3 ||
	    slash[1 + strspn(slash + 1, "0123456789")] != '\0')
		return false;
	bits = strtoul(slash + 1, NULL, 10);
	net->bits = (unsigned)bits + (four ? 96 : 0);
	return net->bits <= 128;
}

bool
modbus_network_has(const struct modbus_network *net, const uint8_t address[16])
{
	unsigned whole = net->bits / 8, rest = net->bits % 8;

	if (memcmp(net->at, address, whole) != 0)
		return false;
	return rest == 0 || ((net->at[whole] ^ address[whole]) >> (8 - rest)) == 0;
}

int
modbus_check(const struct uplink_conf *u, struct errs *errs)
{
	const struct modbus_conf *c = modbus_conf_of(u);
	struct modbus_network net;
	struct modbus_place place;
	int rc = 0;

	if (!modbus_place_read(c->listen, &place))
		rc = err_add(errs, u->place.file, u->place.line, "%s: listen: \"%s\" is neither "
		    "tcp://ADDRESS:PORT, of numbers, nor rtu:///dev/...", u->name, c->listen);
	for (size_t i = 0; i < c->allow.n; i++)
		if (!modbus_network_read(c->allow.at[i], &net))
			rc = err_add(errs, u->place.file, u->place.line, "%s: allow: \"%s\" is no "
			    "address and no network: \"192.168.1.0/24\"", u->name, c->allow.at[i]);
	if (u->commands.n > 0)
		rc = err_add(errs, u->place.file, u->place.line,
		    "%s: commands: by Modbus there are writes only; see writable", u->name);
	if (c->rows.n == 0)
		rc = err_add(errs, u->place.file, u->place.line,
		    "%s: map: nothing is in it, so that nothing could be asked", u->name);
	return rc;
}

int
modbus_bind(const struct uplink_conf *u, const struct uplink_site *site, struct errs *errs)
{
	struct modbus_conf *c = u->own;
	const struct map_conf map = { .place = u->place, .name = u->name, .rows = c->rows,
	    .units = c->units, .unit = c->unit, .writable = u->writable };

	return register_map_compile(&map, site->points, &c->map, site->arena, errs);
}

static void *
copy_of(const void *at, size_t n, size_t size)
{
	void *own = room_for(n + 1, size);

	return n > 0 ? memcpy(own, at, n * size) : own;
}

void
modbus_keep(void *own)
{
	struct register_map *map = &((struct modbus_conf *)own)->map;

	map->slots = copy_of(map->slots, map->nslots, sizeof(*map->slots));
	map->cells = copy_of(map->cells, map->ncells, sizeof(*map->cells));
}

void
modbus_drop(void *own)
{
	struct register_map *map = &((struct modbus_conf *)own)->map;

	free(map->slots);
	free(map->cells);
}

/* A pattern of the map finds other points when the site has others, and then who
 * asks has to know. */
bool
modbus_same(const void *own, const void *other)
{
	const struct register_map *a = &((const struct modbus_conf *)own)->map;
	const struct register_map *b = &((const struct modbus_conf *)other)->map;

	if (a->nslots != b->nslots)
		return false;
	for (size_t i = 0; i < a->nslots; i++) {
		const struct map_slot *x = &a->slots[i], *y = &b->slots[i];

		if (strcmp(x->device, y->device) != 0 || strcmp(x->point, y->point) != 0 ||
		    x->unit != y->unit || x->address != y->address)
			return false;
	}
	return true;
}

/* Of a slot: its shape is the map's. */
struct fact {
	bool	writable;
	double	min, max;
	int64_t	stale_after;
};

void *
modbus_facts(const void *own)
{
	const struct register_map *map = &((const struct modbus_conf *)own)->map;
	struct fact *facts = room_for(map->nslots + 1, sizeof(*facts));

	for (size_t i = 0; i < map->nslots; i++) {
		const struct map_slot *s = &map->slots[i];

		facts[i] = (struct fact){ .writable = s->writable, .min = s->min,
		    .max = s->max, .stale_after = s->stale_after };
	}
	return facts;
}

void
modbus_adopt(void *own, void *facts)
{
	struct register_map *map = &((struct modbus_conf *)own)->map;
	const struct fact *f = facts;

	for (size_t i = 0; i < map->nslots; i++) {
		struct map_slot *s = &map->slots[i];

		s->writable = f[i].writable;
		s->min = f[i].min;
		s->max = f[i].max;
		s->stale_after = f[i].stale_after;
	}
	free(facts);
}
