#include <argp.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../command_line.h"
#include "../config/config.h"
#include "../run.h"
#include "../text.h"
#include "../uplink/modbus_conf.h"
#include "grid.h"

#define CELL	160
#define COLUMNS	15

enum form { FORM_TABLE, FORM_JSON, FORM_CSV };

struct options {
	const char	*config;
	const char	*uplink;	/* NULL: all */
	enum form	 form;
};

static const struct argp_option options[] = {
	{ "json", 'j', NULL, 0, N_("an array of JSON objects"), 0 },
	{ "csv", 'C', NULL, 0, N_("CSV, for spreadsheets and editors of panels"), 0 },
	OPTION_CONFIG,
	{ 0 }
};

static const struct grid_column columns[] = {
	{ "uplink", N_("uplink"), false, false },
	{ "unit", N_("unit id"), true, false },
	{ "table", N_("table"), false, true },
	{ "address", N_("address"), true, false },
	{ "reference", N_("reference"), false, false },
	{ "registers", N_("count of registers"), true, false },
	{ "type", N_("type"), false, false },
	{ "order", N_("order"), false, false },
	{ "scale", N_("scale"), true, false },
	{ "offset", N_("offset"), true, false },
	{ "point", N_("point"), false, false },
	{ "shows", N_("shows"), false, true },
	{ "engineering_unit", N_("unit"), false, false },
	{ "bad", N_("bad"), false, true },
	{ "writable", N_("writable"), false, true },
	{ NULL, NULL, false, false }
};

/* Words of tables that stand elsewhere, for the catalogue. */
static const char *const shows[] = {
	[SHOWS_VALUE] = N_("value"), [SHOWS_QUALITY] = N_("quality"),
	[SHOWS_SEVERITY] = N_("severity"), [SHOWS_AGE] = N_("age"),
};
static const char *const tables[] = {
	[MAP_COIL] = N_("coil"), [MAP_DISCRETE] = N_("discrete"), [MAP_INPUT] = N_("input"),
	[MAP_HOLDING] = N_("holding"),
};

/* As panels count: 40001 is the first holding register; six figures where five
 * do not do. */
static void
put_reference(const struct map_cell *c, char *cell)
{
	static const char first[] = { '0', '1', '3', '4' };
	unsigned n = c->address + 1U;

	snprintf(cell, CELL, n < 10000 ? "%c%04u" : "%c%05u", first[c->table], n);
}

/* Programs read what is written, people what it means. */
static const char *
unit_of(const struct options *o, const struct config *c, const struct map_slot *s)
{
	for (size_t i = 0; i < c->ndevices; i++) {
		const struct device *d = &c->devices[i];
		const struct point *p = strcmp(d->conf.name, s->device) == 0 ?
		    profile_point(d->profile, s->point) : NULL;

		if (p != NULL)
			return o->form == FORM_TABLE ? point_unit_shown(p) :
			    point_unit_name(p);
	}
	return "";
}

static void
put_bad(const struct map_slot *s, char *cell)
{
	int n;

	if (s->own != OWN_NONE)
		snprintf(cell, CELL, "-");
	else if (s->nbad == MAP_REFUSES)
		snprintf(cell, CELL, "%s", N_("exception 4"));
	else if (s->raw == NULL)
		snprintf(cell, CELL, "%u", s->bad[1]);
	else
		for (n = snprintf(cell, CELL, "0x"); n < 2 + 2 * s->nbad; n += 2)
			snprintf(cell + n, CELL - (size_t)n, "%02X", s->bad[n / 2 - 1]);
}

static void
add_row(struct grid *grid, const struct options *o, const struct config *config,
    const struct uplink_conf *u, const struct map_cell *c)
{
	const struct map_slot *s = &modbus_conf_of(u)->map.slots[c->slot];
	bool value = c->shows == SHOWS_VALUE;
	char unit[CELL], address[CELL], reference[CELL], registers[CELL], scale[CELL];
	char offset[CELL], point[CELL], bad[CELL] = "";
	const char *type = !value ? "u16" : s->raw != NULL ? s->raw->name : "bit";
	const char *const texts[COLUMNS] = { u->name, unit, tables[c->table], address, reference,
	    registers, type, value && s->order != NULL ? s->order->name : "",
	    value ? scale : "1", value ? offset : "0", point, shows[c->shows],
	    c->shows == SHOWS_AGE ? "s" :
	    value && s->own == OWN_NONE ? unit_of(o, config, s) : "",
	    bad, value && s->writable ? N_("yes") : N_("no") };

	snprintf(unit, CELL, "%u", c->unit);
	snprintf(address, CELL, "%u", c->address);
	snprintf(registers, CELL, "%u", c->n);
	snprintf(scale, CELL, "%.15g", s->scale);
	snprintf(offset, CELL, "%.15g", s->offset);
	if (s->own != OWN_NONE)
		snprintf(point, CELL, "%s", map_own_names[s->own]);
	else
		snprintf(point, CELL, "%s.%s", s->device, s->point);
	put_reference(c, reference);
	if (value)
		put_bad(s, bad);
	grid_add(grid, texts);
}

static void
csv_cell(const char *text)
{
	if (text[strcspn(text, "\",\n\r")] == '\0') {
		fputs(text, stdout);
		return;
	}
	putchar('"');
	for (; *text != '\0'; text++) {
		if (*text == '"')
			putchar('"');
		putchar(*text);
	}
	putchar('"');
}

/* RFC 4180, with the names of JSON above: other programs read it. */
static void
write_csv(const struct grid *grid)
{
	for (size_t i = 0; i < COLUMNS; i++)
		printf("%s%s", columns[i].key, i + 1 < COLUMNS ? "," : "\r\n");
	for (size_t i = 0; i < grid->nrows * COLUMNS; i++) {
		csv_cell(grid->cells[i] != NULL ? grid->cells[i] : "");
		fputs((i + 1) % COLUMNS != 0 ? "," : "\r\n", stdout);
	}
}

static bool
is_map(const struct uplink_conf *u)
{
	return uplink_kind_at((size_t)u->kind)->bind == modbus_bind;
}

static int
none(const struct options *o, const struct config *config)
{
	struct near near = near_to(o->uplink != NULL ? o->uplink : "");

	for (size_t i = 0; i < config->nuplinks; i++)
		if (is_map(&config->uplinks[i]))
			near_try(&near, config->uplinks[i].name);
	if (o->uplink == NULL)
		fprintf(stderr, _("tidegate modbus-map: %s has no uplink of kind modbus\n"),
		    o->config);
	else if (near.best == NULL)
		fprintf(stderr,
		    _("tidegate modbus-map: %s: no uplink of kind modbus is called so\n"),
		    o->uplink);
	else
		fprintf(stderr, _("tidegate modbus-map: %s: no uplink of kind modbus is called "
		    "so; did you mean %s?\n"), o->uplink, near.best);
	return EXIT_FAILURE;
}

static int
show(const struct options *o, const struct config *config)
{
	struct grid grid;
	size_t maps = 0;

	grid_init(&grid, columns);
	for (size_t i = 0; i < config->nuplinks; i++) {
		const struct uplink_conf *u = &config->uplinks[i];

		if (!is_map(u) || (o->uplink != NULL && strcmp(o->uplink, u->name) != 0))
			continue;
		maps++;
		for (size_t k = 0; k < modbus_conf_of(u)->map.ncells; k++)
			add_row(&grid, o, config, u, &modbus_conf_of(u)->map.cells[k]);
	}
	if (maps > 0 && o->form == FORM_JSON) {
		grid_json(&grid, stdout);
		putchar('\n');
	} else if (maps > 0 && o->form == FORM_CSV) {
		write_csv(&grid);
	} else if (maps > 0) {
		grid_write(&grid, stdout);
	}
	grid_free(&grid);
	if (maps > 0)
		return EXIT_SUCCESS;
	return none(o, config);
}

static error_t
option(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case 'j':
		o->form = FORM_JSON;
		return 0;
	case 'C':
		o->form = FORM_CSV;
		return 0;
	case 'c':
		o->config = arg;
		return 0;
	case ARGP_KEY_ARG:
		if (state->arg_num > 0)
			argp_usage(state);
		o->uplink = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

int
modbus_map_word(int argc, char **argv)
{
	const struct argp argp = { .options = options, .parser = option,
	    .args_doc = N_("[UPLINK]"),
	    .doc = N_("Writes out which register or bit of a Modbus server shows what: for the "
	    "one who programs the panel or SCADA that asks it.") };
	struct options o = { .config = CONFIG_FILE };
	struct config *config;
	int status;

	argp_parse(&argp, argc, argv, 0, NULL, &o);
	config = config_told(o.config);
	if (config == NULL)
		return EXIT_FAILURE;
	status = show(&o, config);
	config_free(config);
	return status;
}
