#include <string.h>

#include "../../devices/register_map.h"
#include "../check.h"

#define S	1000000LL
#define WALL	1700000000000LL

static unsigned char bytes[1 << 20];
static struct err faults[ERRS_MAX];
static struct errs errs;
static struct register_map map;
static struct map_value values[8];
static struct map_now now = { .mono = 1000 * S, .wall = WALL };

static enum map_found
find(const void *of, const char *device, const char *point, struct map_point *out)
{
	(void)of;
	if (strcmp(device, "a/one") != 0 && strcmp(device, "a/two") != 0)
		return MAP_NO_DEVICE;
	if (strcmp(point, "x") != 0 && strcmp(point, "text") != 0)
		return MAP_NO_POINT;
	*out = (struct map_point){ .period = S, .listed = true, .min = 0, .max = 100,
	    .text = point[0] == 't' };
	return MAP_FOUND;
}

static struct map_row
row(const char *point, int table, int64_t address, const char *type)
{
	struct map_row r = { .point = point, .table = table, .address = address, .order = "",
	    .scale = 1, .bad = "", .quality = -1, .severity = -1, .age = -1 };

	while (strcmp(map_types[r.type], type) != 0)
		r.type++;
	return r;
}

static int
compile(struct map_row *rows, size_t n)
{
	static const char *units[] = { "5 a/one", "6 a/two" }, *patterns[] = { "a/*" };
	const struct map_site site = { .point = find };
	const struct map_conf conf = { .name = "panel", .rows = { rows, n }, .unit = 1,
	    .units = { units, 2 }, .writable = { patterns, 1 } };
	struct arena arena = { .at = bytes, .cap = sizeof(bytes) };

	memset(bytes, 0, sizeof(bytes));
	memset(values, 0, sizeof(values));
	errs = (struct errs){ .at = faults };
	return register_map_compile(&conf, &site, &map, &arena, &errs);
}

static void
say(size_t slot, double figure, uint8_t code)
{
	values[slot] = (struct map_value){ .value = { .kind = VALUE_F64, .d = figure },
	    .quality = { code, 0 }, .seq = 1, .time = now.wall, .mono = now.mono };
}

static uint8_t
get(uint8_t unit, enum map_table table, uint16_t first, uint16_t n, uint16_t *out)
{
	return register_map_read(&map, values, &now, unit, table, first, n, false, out);
}

static void
values_stand_as_the_map_says(void)
{
	struct map_row rows[2] = { row("*.x", MAP_INPUT, 10, "s16"),
	    row("a/one.x", MAP_HOLDING, 0, "f32") };
	uint16_t out[4];

	rows[0].scale = 0.1;
	rows[0].quality = 11;
	rows[0].age = 12;
	rows[1].order = "CDAB";
	CHECK(compile(rows, 2) == 0 && map.nslots == 3);
	say(0, -23.4, Q_GOOD);
	say(1, 7000, Q_GOOD);
	say(2, 1.0, Q_JUMP);
	CHECK(get(5, MAP_INPUT, 10, 3, out) == 0);
	CHECK((int16_t)out[0] == -234 && out[1] == Q_GOOD && out[2] == 0);
	CHECK(get(6, MAP_INPUT, 10, 2, out) == 0);	/* 70000 does not fit */
	CHECK(out[0] == 0x8000 && out[1] == Q_OUT_OF_RANGE);
	CHECK(get(5, MAP_HOLDING, 0, 2, out) == 0 && out[0] == 0 && out[1] == 0x3f80);
	CHECK(get(5, MAP_HOLDING, 1, 2, out) == 2 && get(1, MAP_INPUT, 10, 1, out) == 2);
	CHECK(get(5, MAP_INPUT, 9, 2, out) == 2);
	CHECK(register_map_read(&map, values, &now, 5, MAP_INPUT, 9, 2, true, out) == 0);
	CHECK(out[0] == 0 && (int16_t)out[1] == -234);
}

static void
bad_and_stale_are_never_good(void)
{
	struct map_row rows[3] = { row("a/one.x", MAP_HOLDING, 0, "f32"),
	    row("a/one.x", MAP_COIL, 0, "bit"), row("a/one.x", MAP_INPUT, 0, "u32") };
	uint16_t out[2];

	rows[0].severity = 2;
	rows[2].bad = "0x12345678";
	CHECK(compile(rows, 3) == 0);
	CHECK(get(5, MAP_HOLDING, 0, 2, out) == 0 && out[0] == 0x7fc0 && out[1] == 0);
	CHECK(get(5, MAP_COIL, 0, 1, out) == 4);
	CHECK(get(5, MAP_INPUT, 0, 2, out) == 0 && out[0] == 0x1234 && out[1] == 0x5678);
	for (size_t i = 0; i < 3; i++)
		say(i, 1, Q_GOOD);
	CHECK(get(5, MAP_COIL, 0, 1, out) == 0 && out[0] == 1);
	now.mono += 62 * S;		/* two periods and a minute, not yet over */
	CHECK(get(5, MAP_COIL, 0, 1, out) == 0);
	now.mono += S;
	CHECK(get(5, MAP_COIL, 0, 1, out) == 4);
	CHECK(get(5, MAP_HOLDING, 2, 1, out) == 0 && out[0] == SEVERITY_BAD);
	now.mono -= 63 * S;		/* the wall clock alone says so */
	now.wall += 63000;
	CHECK(get(5, MAP_COIL, 0, 1, out) == 4);
	now.wall -= 63000;
}

static void
faults_of_a_map_are_told(void)
{
	static const struct {
		const char *point, *type;
		int table;
		const char *bad, *said;
	} wrong[] = {
		{ "b/one.x", "u16", MAP_INPUT, "", "no device" },
		{ "a/one.y", "u16", MAP_INPUT, "", "no point" },
		{ "a/one.text", "u16", MAP_INPUT, "", "is a text" },
		{ "@nothing", "u16", MAP_INPUT, "", "there is none" },
		{ "a/one.x", "u16", MAP_COIL, "", "is a bit" },
		{ "a/one.x", "u16", MAP_INPUT, "0x10000", "bad:" },
		{ "a/one.x", "u16", MAP_INPUT, "nan", "bad:" },
		{ "z*.x", "u16", MAP_INPUT, "", "no device in units" },
	};
	struct map_row two[2] = { row("a/one.x", MAP_INPUT, 0, "u32"),
	    row("a/one.x", MAP_INPUT, 1, "u16") };

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct map_row r = row(wrong[i].point, wrong[i].table, 0, wrong[i].type);

		r.bad = wrong[i].bad;
		CHECK(compile(&r, 1) == -1 && errs.n == 1);
		CHECK(strstr(faults[0].text, wrong[i].said) != NULL);
	}
	CHECK(compile(two, 2) == -1 && strstr(faults[0].text, "over each other") != NULL);
}

int
main(void)
{
	RUN(values_stand_as_the_map_says);
	RUN(bad_and_stale_are_never_good);
	RUN(faults_of_a_map_are_told);
	return 0;
}
