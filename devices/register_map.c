#include <math.h>
#include <string.h>

#include "register_map.h"

#define ADDRESS_MISSING	2	/* exceptions of Modbus */
#define DEVICE_FAILURE	4

/* us since it was measured; INT64_MAX: there is none. */
static int64_t
age_of(const struct map_value *v, const struct map_now *now)
{
	int64_t wall = (now->wall - v->time) * 1000;
	int64_t mono = v->mono > 0 ? now->mono - v->mono : 0;

	if (v->seq == 0)
		return INT64_MAX;
	/* either clock may have been set, or be of another run: the older one counts */
	if (mono > wall)
		wall = mono;
	return (wall > 0 ? wall : 0) + (int64_t)v->held * 1000000;
}

/* What it is worth now, which age makes worse. */
static struct quality
quality_of(const struct map_slot *slot, const struct map_value *v, const struct map_now *now)
{
	struct quality q = v->quality;

	if (slot->own != OWN_NONE)
		return (struct quality){ Q_GOOD, 0 };
	if (v->seq == 0)
		return (struct quality){ Q_NO_DATA_YET, 0 };
	/* a result that is held may be old: the device said so, and how long */
	if (quality_severity(q) != SEVERITY_BAD &&
	    age_of(v, now) - (int64_t)v->held * 1000000 > slot->stale_after)
		q.code = Q_COMM_FAILURE;	/* for stale is only uncertain */
	return q;
}

static void
put(const struct map_slot *slot, const uint16_t *from, uint8_t *wire)
{
	for (size_t i = 0; i < slot->registers; i++) {
		wire[2 * i] = (uint8_t)(from[i] >> 8);
		wire[2 * i + 1] = (uint8_t)from[i];
	}
}

/* -1: no register can say it. */
static int
encode(const struct map_slot *slot, const struct value *value, uint8_t wire[MAP_WIRE])
{
	static const struct piece whole;
	struct value scaled = *value;
	double figure;

	if (!value_number(value, &figure) || isnan(figure))
		return -1;
	if (slot->raw == NULL) {
		wire[0] = 0;
		wire[1] = figure != 0;
		return 0;
	}
	/* one to one keeps integers whole that a double cannot */
	if (slot->scale != 1 || slot->offset != 0)
		scaled = (struct value){ .kind = VALUE_F64,
		    .d = (figure - slot->offset) / slot->scale };
	else if (value->kind == VALUE_BOOL)
		scaled = (struct value){ .kind = VALUE_U64, .u = value->b };
	return raw_encode(slot->raw, slot->order, &whole, &scaled, wire);
}

static struct value
own_value(const struct register_map *map, const struct map_value *values,
    const struct map_now *now, enum map_own own)
{
	struct value v = { .kind = VALUE_U64, .u = now->own[own] };

	if (own != OWN_BAD)
		return v;
	for (size_t i = 0; i < map->nslots; i++)
		v.u += quality_severity(quality_of(&map->slots[i], &values[i], now)) ==
		    SEVERITY_BAD;
	return v;
}

/* Counters come round rather than stand still. */
static void
wrap(const struct map_slot *slot, struct value *v)
{
	if (slot->registers < 4 && slot->raw != NULL && slot->raw->name[0] != 'f')
		v->u &= (1ULL << (16 * slot->registers - (slot->raw->name[0] == 's'))) - 1;
}

struct shown {
	struct quality	quality;
	bool		bad;
	uint8_t		wire[MAP_WIRE];
};

static void
show(const struct register_map *map, const struct map_value *values, const struct map_now *now,
    size_t i, struct shown *out)
{
	const struct map_slot *slot = &map->slots[i];
	struct value v = values[i].value;

	out->quality = quality_of(slot, &values[i], now);
	if (slot->own != OWN_NONE) {
		v = own_value(map, values, now, slot->own);
		wrap(slot, &v);
	}
	out->bad = quality_severity(out->quality) == SEVERITY_BAD;
	if (!out->bad && encode(slot, &v, out->wire) < 0) {
		out->quality.code = Q_OUT_OF_RANGE;
		out->bad = true;
	}
	if (out->bad)
		memcpy(out->wire, slot->bad, sizeof(out->wire));
}

static uint16_t
seconds(int64_t us)
{
	return (uint16_t)(us >= 65535LL * 1000000 ? 65535 : us / 1000000);
}

/* The registers of a cell; its slot's exception if it refuses. */
static uint8_t
cell_read(const struct register_map *map, const struct map_value *values,
    const struct map_now *now, const struct map_cell *cell, uint16_t out[MAP_WIRE / 2])
{
	const struct map_slot *slot = &map->slots[cell->slot];
	struct shown s;

	show(map, values, now, cell->slot, &s);
	switch ((enum map_shows)cell->shows) {
	case SHOWS_QUALITY:
		out[0] = (uint16_t)(s.quality.flags << 8 | s.quality.code);
		return 0;
	case SHOWS_SEVERITY:
		out[0] = (uint16_t)quality_severity(s.quality);
		return 0;
	case SHOWS_AGE:
		out[0] = seconds(age_of(&values[cell->slot], now));
		return 0;
	case SHOWS_VALUE:
		break;
	}
	if (s.bad && slot->nbad == MAP_REFUSES)
		return DEVICE_FAILURE;
	for (size_t i = 0; i < slot->registers; i++)
		out[i] = (uint16_t)(s.wire[2 * i] << 8 | s.wire[2 * i + 1]);
	return 0;
}

static uint64_t
rank(uint8_t unit, uint8_t table, uint32_t address)
{
	return (uint64_t)unit << 32 | (uint64_t)table << 24 | address;
}

const struct map_cell *
map_cell_at(const struct register_map *map, uint8_t unit, enum map_table table,
    uint32_t address)
{
	uint64_t wanted = rank(unit, (uint8_t)table, address);
	size_t from = 0, end = map->ncells;
	const struct map_cell *c;

	while (from < end) {
		size_t mid = from + (end - from) / 2;

		c = &map->cells[mid];
		if (rank(c->unit, c->table, c->address + c->n - 1U) < wanted)
			from = mid + 1;
		else
			end = mid;
	}
	c = &map->cells[from];
	return from < map->ncells && c->unit == unit && c->table == table ? c : NULL;
}

bool
map_has_unit(const struct register_map *map, uint8_t unit)
{
	for (enum map_table t = MAP_COIL; t < MAP_TABLES; t++)
		if (map_cell_at(map, unit, t, 0) != NULL)
			return true;
	return false;
}

uint8_t
register_map_read(const struct register_map *map, const struct map_value *values,
    const struct map_now *now, uint8_t unit, enum map_table table, uint16_t first,
    uint16_t count, bool fill, uint16_t *out)
{
	const struct map_cell *end = map->cells + map->ncells;
	const struct map_cell *c = map_cell_at(map, unit, table, first);
	uint16_t piece[MAP_WIRE / 2] = { 0 };
	uint8_t refused = 0;

	for (uint32_t at = first; at < (uint32_t)first + count; at++) {
		while (c != NULL && c < end && c->unit == unit && c->table == table &&
		    c->address + (uint32_t)c->n <= at)
			c++;
		if (c == NULL || c == end || c->unit != unit || c->table != table ||
		    c->address > at) {
			if (!fill)
				return ADDRESS_MISSING;
			out[at - first] = 0;
			continue;
		}
		if (at == first || at == c->address)
			refused |= cell_read(map, values, now, c, piece);
		out[at - first] = piece[at - c->address];
	}
	return refused;
}

int
map_figure(const struct map_slot *slot, const uint16_t *registers, double *figure)
{
	static const struct piece whole;
	uint8_t wire[MAP_WIRE];
	struct value v;

	if (slot->raw == NULL) {
		*figure = registers[0] != 0;
		return registers[0] <= 1 ? 0 : -1;
	}
	put(slot, registers, wire);
	raw_decode(slot->raw, slot->order, &whole, wire, &v);
	if (!value_number(&v, figure) || !isfinite(*figure))
		return -1;
	*figure = *figure * slot->scale + slot->offset;
	return 0;
}
