#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../conf/glob.h"
#include "register_map.h"
#include "register_map_site.h"

#define AT(field)	offsetof(struct map_row, field)
#define NUMBERS		65536

enum { TYPE_AUTO, TYPE_BIT };		/* of map_types; the others are raw types */

const char *const map_table_names[] = { "coil", "discrete", "input", "holding", NULL };
const char *const map_types[] = { "auto", "bit", "u16", "s16", "u32", "s32", "u64", "s64",
    "f32", "f64", NULL };

const char *const map_own_names[OWNS] = {
	[OWN_HEARTBEAT] = "@heartbeat", [OWN_UPTIME] = "@uptime", [OWN_TIME] = "@time",
	[OWN_BAD] = "@bad", [OWN_CLIENTS] = "@clients", [OWN_REQUESTS] = "@requests",
	[OWN_EXCEPTIONS] = "@exceptions", [OWN_CRC_ERRORS] = "@crc-errors",
};

const struct key map_row_keys[] = {
	{ .name = "point", .type = KEY_STRING, .offset = AT(point),
	  .help = "DEVICE.POINT; \"*.POINT\": of each device that has a unit of its own." },
	{ .name = "unit", .type = KEY_INT, .offset = AT(unit), .fallback = "0", .min = 0,
	  .max = 247, .help = "Unit id; 0: that of the device, or else of the server." },
	{ .name = "table", .type = KEY_CHOICE, .offset = AT(table), .fallback = "input",
	  .names = map_table_names, .help = "Which of the four tables it is in." },
	{ .name = "address", .type = KEY_INT, .offset = AT(address), .min = 0, .max = 65535,
	  .help = "Of its first register or bit, as on the wire, from 0." },
	{ .name = "type", .type = KEY_CHOICE, .offset = AT(type), .fallback = "auto",
	  .names = map_types, .help = "How it is laid out; auto: f32, or a bit." },
	{ .name = "order", .type = KEY_STRING, .offset = AT(order), .fallback = "",
	  .help = "Of the bytes, as in a profile; none: most significant first." },
	{ .name = "scale", .type = KEY_REAL, .offset = AT(scale), .fallback = "1.0",
	  .help = "Figure = register * scale + offset, as in a profile." },
	{ .name = "offset", .type = KEY_REAL, .offset = AT(offset), .fallback = "0.0",
	  .help = "See scale." },
	{ .name = "bad", .type = KEY_STRING, .offset = AT(bad), .fallback = "",
	  .help = "What a bad value reads as: \"nan\", a number, 0x..., \"exception\"." },
	{ .name = "quality", .type = KEY_INT, .offset = AT(quality), .fallback = "-1",
	  .min = -1, .max = 65535, .help = "Register of its quality: code and flags." },
	{ .name = "severity", .type = KEY_INT, .offset = AT(severity), .fallback = "-1",
	  .min = -1, .max = 65535, .help = "Register: 0 good, 1 uncertain, 2 bad." },
	{ .name = "age", .type = KEY_INT, .offset = AT(age), .fallback = "-1", .min = -1,
	  .max = 65535, .help = "Register of its age in seconds; 65535: that or more." },
	{ .name = NULL }
};

struct compiler {
	const struct map_conf	*conf;
	const struct map_site	*site;
	struct register_map	*map;
	struct arena		*arena;
	struct errs		*errs;
};

static int
wrong(const struct compiler *c, const struct map_row *row, const char *fmt, const char *what)
{
	return err_add(c->errs, row->place.file, row->place.line, fmt, row->point, what);
}

static bool
is_bits(int table)
{
	return table == MAP_COIL || table == MAP_DISCRETE;
}

/* Of all ones or the least number there is, which no sound value is near. */
static void
usual_bad(struct map_slot *s)
{
	const char *type = s->raw != NULL ? s->raw->name : "bit";
	static const struct piece whole;
	const struct value nan_value = { .kind = VALUE_F64, .d = NAN };

	s->nbad = 2 * s->registers;
	memset(s->bad, type[0] == 'u' ? 0xff : 0, sizeof(s->bad));
	if (type[0] == 'b')
		s->nbad = MAP_REFUSES;
	else if (type[0] == 'f')
		raw_encode(s->raw, s->order, &whole, &nan_value, s->bad);
	else if (type[0] == 's')
		raw_encode(s->raw, s->order, &whole, &(struct value){ .kind = VALUE_F64,
		    .d = -ldexp(1, 16 * s->registers - 1) }, s->bad);
}

/* Bits as they stand in registers of type, most significant first. */
static int
bad_bits(struct map_slot *s, const char *text)
{
	static const struct piece whole;
	static const char *const sizes[] = { "", "u16", "u32", "", "u64" };
	struct value v = { .kind = VALUE_U64 };
	char *end;

	errno = 0;
	v.u = strtoull(text, &end, 16);
	if (errno != 0 || *end != '\0' ||
	    (s->registers < 4 && v.u >> 16 * s->registers != 0))
		return -1;
	return raw_encode(raw_find(sizes[s->registers]), s->order, &whole, &v, s->bad);
}

static int
choose_bad(const struct compiler *c, const struct map_row *row, struct map_slot *s)
{
	static const struct piece whole;
	struct value v = { .kind = VALUE_F64 };
	int rc = 0;
	char *end;

	usual_bad(s);
	if (row->bad[0] == '\0')
		return 0;
	s->nbad = 2 * s->registers;
	if (strcmp(row->bad, "exception") == 0) {
		s->nbad = MAP_REFUSES;
		return 0;
	}
	v.d = strtod(row->bad, &end);
	if (s->raw == NULL) {
		s->bad[0] = 0;
		s->bad[1] = v.d != 0;
		rc = *end != '\0' || (v.d != 0 && v.d != 1) ? -1 : 0;
	} else if (strncmp(row->bad, "0x", 2) == 0) {
		rc = bad_bits(s, row->bad);
	} else if (*end != '\0' || (isnan(v.d) && s->raw->name[0] != 'f')) {
		rc = -1;
	} else {
		rc = raw_encode(s->raw, s->order, &whole, &v, s->bad);
	}
	return rc == 0 ? 0 : wrong(c, row, "%s: bad: \"%s\" is nothing that its type can say; a "
	    "number, 0x..., \"nan\" of a float, or \"exception\"", row->bad);
}

static int
choose_order(const struct compiler *c, const struct map_row *row, struct map_slot *s)
{
	static const char *const first[] = { "", "AB", "ABCD", "", "ABCDEFGH" };

	s->order = NULL;
	if (s->raw == NULL && row->order[0] != '\0')
		return wrong(c, row, "%s: order: \"%s\" of a bit means nothing", row->order);
	if (s->raw == NULL)
		return 0;
	s->order = order_find(row->order[0] != '\0' ? row->order : first[s->registers]);
	if (s->order != NULL && raw_fits(s->raw, s->order))
		return 0;
	return wrong(c, row, "%s: order: \"%s\" does not fit its type; AB or BA for 16 bits, ABCD, "
	    "CDAB, BADC or DCBA for 32, ABCDEFGH and so on for 64", row->order);
}

static int
choose_type(const struct compiler *c, const struct map_row *row, struct map_slot *s)
{
	const char *type = map_types[row->type];

	s->registers = 1;
	s->raw = NULL;
	if (is_bits(row->table)) {
		if (row->type != TYPE_AUTO && row->type != TYPE_BIT)
			return wrong(c, row, "%s: type: a coil or discrete input is a bit, not %s",
			    type);
	} else if (row->type != TYPE_BIT) {
		s->raw = raw_find(row->type == TYPE_AUTO ? "f32" : type);
		s->registers = s->raw->registers;
	}
	if (row->scale == 0 || !isfinite(row->scale) || !isfinite(row->offset))
		return wrong(c, row, "%s: scale must not be 0", "");
	if (row->address + s->registers > NUMBERS)
		return wrong(c, row, "%s: its last register lies beyond 65535", "");
	s->scale = row->scale;
	s->offset = row->offset;
	return choose_order(c, row, s) != 0 || choose_bad(c, row, s) != 0 ? -1 : 0;
}

static void
add_cell(struct register_map *map, const struct map_slot *s, uint8_t table, int64_t address,
    uint8_t n, enum map_shows shows)
{
	if (address < 0)
		return;
	map->cells[map->ncells++] = (struct map_cell){ .slot = (uint32_t)map->nslots,
	    .address = (uint16_t)address, .n = n, .unit = s->unit, .table = table,
	    .shows = (uint8_t)shows };
}

/* A slot and its cells; the registers beside a bit are where others of its kind
 * are: read-only, or not. */
static void
add_slot(const struct compiler *c, const struct map_row *row, const struct map_slot *s)
{
	struct register_map *map = c->map;
	uint8_t beside = row->table == MAP_COIL || row->table == MAP_HOLDING ? MAP_HOLDING :
	    MAP_INPUT;

	add_cell(map, s, s->table, s->address, s->registers, SHOWS_VALUE);
	add_cell(map, s, beside, row->quality, 1, SHOWS_QUALITY);
	add_cell(map, s, beside, row->severity, 1, SHOWS_SEVERITY);
	add_cell(map, s, beside, row->age, 1, SHOWS_AGE);
	map->slots[map->nslots++] = *s;
}

static int
compile_own(const struct compiler *c, const struct map_row *row, struct map_slot *s)
{
	for (size_t i = 1; i < OWNS; i++)
		if (strcmp(map_own_names[i], row->point) == 0)
			s->own = (enum map_own)i;
	if (s->own == OWN_NONE)
		return wrong(c, row, "%s: there is none; @heartbeat, @uptime, @time, @bad, "
		    "@clients, @requests, @exceptions, @crc-errors", "");
	s->unit = (uint8_t)(row->unit > 0 ? row->unit : c->conf->unit);
	add_slot(c, row, s);
	return 0;
}

static int
compile_point(const struct compiler *c, const struct map_row *row, struct map_slot *s,
    const char *device)
{
	int64_t unit = row->unit > 0 ? row->unit : map_unit_of(c->conf, device);

	snprintf(s->device, sizeof(s->device), "%s", device);
	s->unit = (uint8_t)(unit > 0 ? unit : c->conf->unit);
	if (map_ask_site(c->conf, c->site, s, c->errs) != 0)
		return -1;
	add_slot(c, row, s);
	return 0;
}

static int
compile_pattern(const struct compiler *c, const struct map_row *row, struct map_slot *s,
    const char *pattern)
{
	char device[MAP_NAME];
	int64_t unit;
	int rc = 0, hits = 0;

	for (size_t i = 0; i < c->conf->units.n; i++) {
		if (map_unit_read(c->conf->units.at[i], &unit, device) != 0 ||
		    !glob_match(pattern, device))
			continue;
		hits++;
		rc |= compile_point(c, row, s, device);
	}
	return hits > 0 ? rc : wrong(c, row, "%s: no device in units is called so", "");
}

static int
compile_row(const struct compiler *c, const struct map_row *row)
{
	struct map_slot s = { .table = (uint8_t)row->table, .address = (uint16_t)row->address,
	    .place = row->place, .stale_after = INT64_MAX };
	const char *dot = strrchr(row->point, '.');
	char device[MAP_NAME];

	if (choose_type(c, row, &s) != 0)
		return -1;
	if (row->point[0] == '@')
		return compile_own(c, row, &s);
	if (dot == NULL || dot == row->point || dot[1] == '\0' ||
	    (size_t)(dot - row->point) >= sizeof(device) || strlen(dot + 1) >= sizeof(s.point) ||
	    dot[1 + strcspn(dot + 1, "*?")] != '\0')
		return wrong(c, row, "%s is not a device and a point: DEVICE.POINT, or *.POINT",
		    "");
	snprintf(device, sizeof(device), "%.*s", (int)(dot - row->point), row->point);
	snprintf(s.point, sizeof(s.point), "%s", dot + 1);
	if (device[strcspn(device, "*?")] == '\0')
		return compile_point(c, row, &s, device);
	if (row->unit > 0)
		return wrong(c, row, "%s: many devices cannot stand in one unit", "");
	return compile_pattern(c, row, &s, device);
}

static int
by_place(const void *a, const void *b)
{
	const struct map_cell *x = a, *y = b;

	if (x->unit != y->unit)
		return x->unit - y->unit;
	if (x->table != y->table)
		return x->table - y->table;
	return x->address != y->address ? x->address - y->address :
	    (int)(x->slot > y->slot) - (int)(x->slot < y->slot);
}

/* Two that lie over each other: the later row is told. */
static int
overlap(const struct compiler *c, const struct map_cell *a, const struct map_cell *b)
{
	const struct place *x = &c->map->slots[a->slot].place;
	const struct place *y = &c->map->slots[b->slot].place;
	const struct place *later = x->line > y->line ? x : y;

	return err_add(c->errs, later->file, later->line,
	    "%s: two rows lie over each other: %s %u of unit %u, with line %d", c->conf->name,
	    map_table_names[b->table], b->address, b->unit, later == x ? y->line : x->line);
}

static int
find_overlaps(const struct compiler *c)
{
	const struct map_cell *cells = c->map->cells;
	int rc = 0;

	for (size_t i = 1; i < c->map->ncells; i++)
		if (cells[i - 1].unit == cells[i].unit && cells[i - 1].table == cells[i].table &&
		    cells[i - 1].address + cells[i - 1].n > cells[i].address)
			rc = overlap(c, &cells[i - 1], &cells[i]);
	return rc;
}

int
register_map_compile(const struct map_conf *conf, const struct map_site *site,
    struct register_map *map, struct arena *arena, struct errs *errs)
{
	struct compiler c = { .conf = conf, .site = site, .map = map, .arena = arena,
	    .errs = errs };
	const struct map_row *rows = conf->rows.at;
	size_t most = 0;
	int rc = map_units_check(conf, site, errs);

	*map = (struct register_map){ .nslots = 0 };
	for (size_t i = 0; i < conf->rows.n; i++)
		most += rows[i].point[strcspn(rows[i].point, "*?")] != '\0' ? conf->units.n : 1;
	map->slots = arena_alloc(arena, (most + 1) * sizeof(*map->slots));
	map->cells = arena_alloc(arena, (4 * most + 1) * sizeof(*map->cells));
	if (map->slots == NULL || map->cells == NULL)
		return err_add(errs, conf->place.file, conf->place.line,
		    "%s: there is no memory for its map", conf->name);
	for (size_t i = 0; i < conf->rows.n; i++)
		rc |= compile_row(&c, &rows[i]);
	qsort(map->cells, map->ncells, sizeof(*map->cells), by_place);
	return rc | (rc == 0 ? find_overlaps(&c) : 0);
}
