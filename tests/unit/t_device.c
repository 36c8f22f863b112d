#include <string.h>

#include "../../devices/blocks.h"
#include "../check.h"

static unsigned char memory[1 << 20] __attribute__((aligned(16)));
static struct err room[ERRS_MAX];
static struct arena arena;
static struct errs errs;

/* An address of one byte, as Modbus has. */
static int
address(const char *text, uint8_t out[ADDRESS_MAX], const char **why)
{
	char *end;
	long unit = strtol(text, &end, 10);

	*why = "1 to 247 is allowed";
	if (end == text || *end != '\0' || unit < 1 || unit > 247)
		return -1;
	memset(out, 0, ADDRESS_MAX);
	out[0] = (uint8_t)unit;
	return 0;
}

static const struct proto proto = { .name = "test", .address = address };

static const char profile_text[] =
    "name = \"x\"; maker = \"m\"; model = \"x\"; family = \"water\"; source = \"s\";\n"
    "confidence = \"A\"; unit = \"9\"; loopback = true; gap = 2; max_registers = 10; never = (23);\n"
    "blocks = ( { register = 40; count = 6; } );\n"
    "points = (\n"
    " { name = \"ph\"; register = 2; raw = \"f32\"; order = \"DCBA\"; range = (0, 14); },\n"
    " { name = \"temp\"; register = 0; raw = \"s16\"; scale = 0.1; sentinels = (-999); },\n"
    " { name = \"far\"; register = 7; raw = \"u16\"; },\n"	/* behind a gap of 3 */
    " { name = \"near\"; register = 10; raw = \"u16\"; },\n"	/* gap of 2: joined */
    " { name = \"left\"; register = 22; raw = \"u16\"; },\n"
    " { name = \"right\"; register = 24; raw = \"u16\"; },\n"	/* never 23 between */
    " { name = \"in\"; register = 44; raw = \"u16\"; },\n"
    " { name = \"out\"; register = 46; raw = \"u16\"; },\n"	/* beside the block */
    " { name = \"input\"; function = 4; register = 1; raw = \"u16\"; }\n"
    ");\n";

static void
fresh(void)
{
	memset(memory, 0, sizeof(memory));
	arena = (struct arena){ .at = memory, .cap = sizeof(memory) };
	errs = (struct errs){ .at = room };
}

static const struct profile *
profile_of(const char *text)
{
	struct tree *tree = tree_parse(text, "x.conf", &arena, &errs);
	const struct profile *p = profile_read(tree, &arena, &errs);

	tree_close(tree);
	if (p == NULL)
		fprintf(stderr, "%d: %s\n", room[0].line, room[0].text);
	CHECK(p != NULL);
	return p;
}

static int
bind(struct device *d, const char *text)
{
	struct tree *tree = tree_parse(text, "t.conf", &arena, &errs);
	int rc;

	CHECK(tree != NULL);
	memset(d, 0, sizeof(*d));
	rc = key_load(tree_root(tree), device_keys, &d->conf, &arena, &errs);
	if (rc == 0)
		rc = device_bind(d, profile_of(profile_text), &proto, &arena, &errs);
	tree_close(tree);
	return rc;
}

#define DEVICE	"name = \"river/ph\"; link = \"l\"; profile = \"x\"; "

static struct device
bound(const char *more)
{
	char text[400];
	struct device d;

	fresh();
	snprintf(text, sizeof(text), "%s%s", DEVICE, more);
	if (bind(&d, text) != 0)
		fprintf(stderr, "%s\n", room[0].text);
	CHECK(errs.n == 0);
	for (size_t i = 0; i < d.profile->npoints; i++)
		d.taps[i].series = 100 + (uint32_t)i;
	return d;
}

static void
coils_are_packed_bits(void)
{
	static const char text[] =
	    "name = \"x\"; maker = \"m\"; model = \"x\"; family = \"io\"; source = \"s\";\n"
	    "confidence = \"A\"; max_registers = 2; points = (\n"
	    " { name = \"a\"; function = 2; register = 16; raw = \"bit\"; },\n"
	    " { name = \"b\"; function = 2; register = 17; raw = \"bit\"; invert = true; },\n"
	    " { name = \"c\"; function = 2; register = 18; raw = \"bit\"; },\n"
	    " { name = \"d\"; function = 1; register = 16; raw = \"bit\"; },\n"
	    " { name = \"e\"; function = 1; register = 17; raw = \"bit\"; },\n"
	    " { name = \"f\"; function = 1; register = 18; raw = \"bit\"; },\n"
	    " { name = \"g\"; function = 1; register = 19; raw = \"bit\"; } );\n";
	static const uint8_t three[] = { 0x05 }, none[1];
	static const struct reading base;
	struct reading r[9];
	struct device d = { .conf = { .name = "io", .unit = "", .phase_text = "",
	    .period = 1, .enabled = true } };

	fresh();
	CHECK(device_bind(&d, profile_of(text), &proto, &arena, &errs) == 0);
	CHECK(d.nblocks == 2);
	CHECK(d.blocks[0].function == 1 && d.blocks[0].first == 16 && d.blocks[0].count == 4);
	CHECK(d.blocks[1].function == 2 && d.blocks[1].first == 16 && d.blocks[1].count == 3);
	CHECK(device_decode(&d, 1, three, 1, &base, r, 9) == 3);
	CHECK(r[0].quality.code == Q_GOOD && r[0].value.kind == VALUE_BOOL && r[0].value.b);
	CHECK(r[1].value.b && r[2].value.b);	/* b is 0, turned round */
	CHECK(device_decode(&d, 1, none, 0, &base, r, 9) == 3);
	CHECK(r[0].quality.code == Q_COMM_FAILURE && r[0].value.kind == VALUE_NONE);
	CHECK(device_split(&d, 0) && d.nblocks == 5 && d.blocks[0].count == 1);
}

static void
settings_arrive_with_their_defaults(void)
{
	struct device d = bound("");

	CHECK(strcmp(d.conf.name, "river/ph") == 0 && strcmp(d.conf.link, "l") == 0);
	CHECK(d.conf.period == 5000000 && d.conf.phase == -1 && d.conf.enabled);
	CHECK(strcmp(d.conf.station, "") == 0 && strcmp(d.conf.zh, "") == 0);
	CHECK(d.address[0] == 9);	/* that of the profile */
	d = bound("unit = \"17\"; period = \"100ms\"; phase = \"99ms\"; station = \"s1\"; "
	    "label = { zh = \"河\"; };");
	CHECK(d.address[0] == 17 && d.conf.period == 100000 && d.conf.phase == 99000);
	CHECK(strcmp(d.conf.station, "s1") == 0 && strcmp(d.conf.zh, "河") == 0);
}

static void
wrong_settings_are_told(void)
{
	static const struct {
		const char *more, *says;
	} rows[] = {
		{ "unit = \"300\";", "river/ph: unit \"300\" is no address: 1 to 247 is allowed" },
		{ "phase = \"5s\";", "river/ph: phase \"5s\" is not a span of time within" },
		{ "phase = \"soon\";", "river/ph: phase \"soon\"" },
		{ "phase = \"-1s\";", "river/ph: phase \"-1s\"" },
		{ "disable = (\"temq\");", "no point \"temq\"; did you mean \"temp\"?" },
		{ "disable = (\"zzzzzzzzz\");", "its profile has no point \"zzzzzzzzz\"" },
		{ "period = \"99ms\";", "period" },
		{ "period = \"25h\";", "period" },
		{ "perod = \"5s\";", "period" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[400];
		struct device d;

		fresh();
		snprintf(text, sizeof(text), "%s%s", DEVICE, rows[i].more);
		CHECK(bind(&d, text) == -1);
		if (errs.n != 1 || strstr(room[0].text, rows[i].says) == NULL)
			fprintf(stderr, "row %zu: %zu: %s\n", i, errs.n, room[0].text);
		CHECK(errs.n == 1 && strstr(room[0].text, rows[i].says) != NULL);
	}
}

static const struct stretch *
block_of(const struct device *d, const char *name)
{
	size_t block = d->taps[profile_point(d->profile, name) - d->profile->points].block;

	return block == BLOCK_NONE ? NULL : &d->blocks[block];
}

static bool
is(const struct stretch *s, int function, int first, int count)
{
	return s != NULL && s->function == function && s->first == first && s->count == count;
}

static void
questions_keep_to_what_the_profile_allows(void)
{
	struct device d = bound("");

	CHECK(d.nblocks == 7);
	CHECK(is(block_of(&d, "temp"), 3, 0, 4));
	CHECK(block_of(&d, "ph") == block_of(&d, "temp"));
	CHECK(is(block_of(&d, "far"), 3, 7, 4));	/* 3 apart: not joined */
	CHECK(block_of(&d, "near") == block_of(&d, "far"));
	CHECK(is(block_of(&d, "left"), 3, 22, 1));	/* never over 23 */
	CHECK(is(block_of(&d, "right"), 3, 24, 1));
	CHECK(is(block_of(&d, "in"), 3, 40, 6));	/* as a whole */
	CHECK(is(block_of(&d, "out"), 3, 46, 1));
	CHECK(is(block_of(&d, "input"), 4, 1, 1));
}

static void
the_ask_names_unit_and_registers(void)
{
	struct device d = bound("");
	struct ask ask = { .cookie = 5 };

	device_ask(&d, 0, &ask);
	CHECK(ask.loopback);		/* as its profile says */
	CHECK(ask.address[0] == 9 && ask.function == 3 && ask.number == 0 && ask.count == 4);
	CHECK(ask.cookie == 5 && ask.payload == NULL);
}

static const struct reading base = {
	.time = 1700000000000, .due = 5, .mono = 7, .quality = { Q_GOOD, QF_LINK_UNPROVEN },
};

/* The first block: temp, one nobody asked for, ph. */
static const uint8_t answer[] = { 0x00, 0xD2, 0xAA, 0xAA, 0xB8, 0x1E, 0x21, 0x41 };

static void
an_answer_becomes_readings(void)
{
	struct device d = bound("");
	struct reading r[9];

	CHECK(device_decode(&d, 0, answer, sizeof(answer), &base, r, 9) == 2);
	CHECK(r[0].series == 100 && r[0].value.kind == VALUE_F32);
	CHECK(r[0].value.f == 10.07f && r[0].quality.code == Q_GOOD);
	CHECK(r[0].quality.flags == QF_LINK_UNPROVEN);
	CHECK(r[0].time == base.time && r[0].due == 5 && r[0].mono == 7);
	CHECK(r[1].series == 101 && r[1].value.kind == VALUE_F64 && r[1].value.d == 21.0);
	CHECK(device_decode(&d, 0, answer, sizeof(answer), &base, r, 1) == 1);
}

static void
nothing_is_invented(void)
{
	static const struct {
		uint8_t			wire[8];
		size_t			len;
		uint8_t			inherits;
		uint8_t			ph, temp;	/* codes */
		enum value_kind		ph_kind, temp_kind;
	} rows[] = {
		/* NaN, and the sentinel -999 before scale */
		{ { 0xFC, 0x19, 0, 0, 0, 0, 0xC0, 0x7F }, 8, Q_GOOD,
		  Q_SENSOR_FAILURE, Q_SENSOR_FAILURE, VALUE_NONE, VALUE_NONE },
		/* minus infinity */
		{ { 0, 0, 0, 0, 0, 0, 0x80, 0xFF }, 8, Q_GOOD,
		  Q_SENSOR_FAILURE, Q_GOOD, VALUE_NONE, VALUE_F64 },
		/* pH 15: the figure is kept, for mark T only */
		{ { 0, 0, 0, 0, 0, 0, 0x70, 0x41 }, 8, Q_GOOD,
		  Q_OUT_OF_RANGE, Q_GOOD, VALUE_F32, VALUE_F64 },
		/* a short answer has no figures for what is missing */
		{ { 0, 0, 0, 0, 0xB8, 0x1E, 0x21 }, 7, Q_GOOD,
		  Q_COMM_FAILURE, Q_GOOD, VALUE_NONE, VALUE_F64 },
		{ { 0 }, 0, Q_GOOD, Q_COMM_FAILURE, Q_COMM_FAILURE, VALUE_NONE, VALUE_NONE },
		/* what the answer inherits stays, the worse wins */
		{ { 0, 0, 0, 0, 0xB8, 0x1E, 0x21, 0x41 }, 8, Q_AFTER_BARRIER,
		  Q_AFTER_BARRIER, Q_AFTER_BARRIER, VALUE_F32, VALUE_F64 },
		{ { 0, 0, 0, 0, 0, 0, 0xC0, 0x7F }, 8, Q_AFTER_BARRIER,
		  Q_SENSOR_FAILURE, Q_AFTER_BARRIER, VALUE_NONE, VALUE_F64 },
		{ { 0, 0, 0, 0, 0, 0, 0x70, 0x41 }, 8, Q_OUT_OF_SERVICE,
		  Q_OUT_OF_SERVICE, Q_OUT_OF_SERVICE, VALUE_NONE, VALUE_NONE },
	};
	struct device d = bound("");
	struct reading r[2];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct reading from = base;

		from.quality.code = rows[i].inherits;
		from.value = (struct value){ .kind = VALUE_I64, .i = 42 };
		CHECK(device_decode(&d, 0, rows[i].wire, rows[i].len, &from, r, 2) == 2);
		CHECK(r[0].quality.code == rows[i].ph && r[0].value.kind == rows[i].ph_kind);
		CHECK(r[1].quality.code == rows[i].temp && r[1].value.kind == rows[i].temp_kind);
	}
}

static void
a_dark_block_gives_one_bad_reading_a_point(void)
{
	struct device d = bound("");
	struct reading from = base, r[9];

	from.quality.code = Q_REFUSED;
	CHECK(device_bad(&d, 0, &from, r, 9) == 2);
	CHECK(r[0].series == 100 && r[1].series == 101);
	CHECK(r[0].quality.code == Q_REFUSED && r[0].value.kind == VALUE_NONE);
	CHECK(device_bad(&d, 0, &from, r, 1) == 1);
	CHECK(device_off(&d, &base, r, 9) == 0);
}

static void
disabled_points_are_out_of_service_and_not_asked(void)
{
	struct device d = bound("disable = (\"temp\", \"in\", \"input\");");
	struct reading r[9];

	CHECK(d.nblocks == 5);
	CHECK(is(block_of(&d, "ph"), 3, 2, 2) && block_of(&d, "temp") == NULL);
	CHECK(device_decode(&d, 0, answer + 4, 4, &base, r, 9) == 1);
	CHECK(r[0].series == 100 && r[0].value.f == 10.07f);
	CHECK(device_off(&d, &base, r, 9) == 3);
	CHECK(r[0].series == 101 && r[1].series == 106 && r[2].series == 108);
	CHECK(r[0].quality.code == Q_OUT_OF_SERVICE && r[0].value.kind == VALUE_NONE);
	CHECK(r[0].time == base.time && r[0].quality.flags == QF_LINK_UNPROVEN);
}

/* A point that is reckoned reads nothing in the periods between. */
static void
a_device_reads_something_in_every_period(void)
{
	static const char text[] =
	    "name = \"x\"; maker = \"m\"; model = \"x\"; family = \"io\"; source = \"s\";\n"
	    "confidence = \"A\"; points = (\n"
	    " { name = \"a\"; register = 1; raw = \"u16\"; },\n"
	    " { name = \"b\"; register = 2; raw = \"u16\"; } );\n";
	static const char *slow[] = { "a", "b" };
	struct device d = { .conf = { .name = "io", .unit = "1", .phase_text = "",
	    .period = 1, .every = 10, .enabled = true, .slow = { slow, 1 } } };
	struct point points[2];
	struct profile p;

	fresh();
	p = *profile_of(text);
	memcpy(points, p.points, sizeof(points));
	p.points = points;
	CHECK(device_bind(&d, &p, &proto, &arena, &errs) == 0);
	points[1].derived = true;
	CHECK(device_bind(&d, &p, &proto, &arena, &errs) < 0 && errs.n == 1);
	CHECK(strstr(room[0].text, "io: all its points are slow") != NULL);
	points[1].derived = false;
	d.conf.slow.n = 2;
	CHECK(device_bind(&d, &p, &proto, &arena, &errs) < 0 && errs.n == 2);
}

static void
a_disabled_device_asks_nothing(void)
{
	struct device d = bound("enabled = false;");
	struct reading r[9];

	CHECK(d.nblocks == 0);
	CHECK(device_off(&d, &base, r, 9) == 9);
}

static void
marks_go_with_every_reading_until_taken_off(void)
{
	struct device d = bound("");
	struct reading r[2], from = base;

	device_mark(&d, QF_MAINTENANCE | QF_SIMULATED);	/* the latter is no mark */
	device_decode(&d, 0, answer, sizeof(answer), &base, r, 2);
	CHECK(r[0].quality.flags == (QF_LINK_UNPROVEN | QF_MAINTENANCE));
	CHECK(r[0].value.f == 10.07f && quality_hj212(r[0].quality) == 'M');
	from.quality.code = Q_COMM_FAILURE;
	device_bad(&d, 0, &from, r, 2);
	CHECK(quality_hj212(r[1].quality) == 'M');
	device_mark(&d, QF_CALIBRATION);
	device_decode(&d, 0, answer, sizeof(answer), &base, r, 2);
	CHECK(quality_hj212(r[0].quality) == 'C');
	device_mark(&d, 0);
	device_decode(&d, 0, answer, sizeof(answer), &base, r, 2);
	CHECK(quality_hj212(r[0].quality) == 'N');
}

static void
a_refused_merge_falls_into_its_points(void)
{
	struct device d = bound("");
	struct reading r[9];
	size_t whole = (size_t)(block_of(&d, "in") - d.blocks);

	CHECK(device_split(&d, 0));
	CHECK(d.nblocks == 8 && d.nblocks <= d.max_blocks);
	CHECK(is(&d.blocks[0], 3, 2, 2) && block_of(&d, "ph") == &d.blocks[0]);
	CHECK(is(&d.blocks[7], 3, 0, 1) && block_of(&d, "temp") == &d.blocks[7]);
	CHECK(device_decode(&d, 0, answer + 4, 4, &base, r, 9) == 1 && r[0].series == 100);
	CHECK(device_decode(&d, 7, answer, 2, &base, r, 9) == 1 && r[0].series == 101);
	CHECK(!device_split(&d, 0));		/* one point alone */
	CHECK(!device_split(&d, whole));	/* answered as a whole only */
	CHECK(device_split(&d, (size_t)(block_of(&d, "far") - d.blocks)));
	CHECK(d.nblocks == d.max_blocks);
}

/* What was split may be forgotten, again and again: it takes no memory. */
static void
planned_anew_it_takes_no_memory(void)
{
	struct device d = bound("");
	size_t used = arena.used, blocks = d.nblocks;

	for (int i = 0; i < 100000; i++) {
		CHECK(device_split(&d, 0) && d.nblocks > blocks);
		CHECK(blocks_plan(&d, &arena) == 0 && d.nblocks == blocks);
	}
	CHECK(arena.used == used);
}

/* Each answer gives the points of its own question, wherever they stand in
 * the profile, and so after one is split. */
static void
points_of_two_blocks_may_be_woven(void)
{
	struct device d = bound("");
	const uint8_t bytes[] = { 0, 1, 0, 2, 0, 3 };
	struct reading r[6];

	d.profile = profile_of("name = \"x\"; maker = \"m\"; model = \"x\"; family = \"water\";\n"
	    "source = \"s\"; confidence = \"A\"; unit = \"1\"; max_registers = 10;\n"
	    "points = ( { name = \"a\"; register = 2; raw = \"u16\"; },\n"
	    "{ name = \"b\"; register = 21; raw = \"u16\"; },\n"
	    "{ name = \"c\"; register = 0; raw = \"u16\"; },\n"
	    "{ name = \"d\"; register = 20; raw = \"u16\"; },\n"
	    "{ name = \"e\"; register = 1; raw = \"u16\"; } );\n");
	CHECK(device_bind(&d, d.profile, &proto, &arena, &errs) == 0 && d.nblocks == 2);
	for (uint32_t i = 0; i < 5; i++)
		d.taps[i].series = i + 1;
	CHECK(device_decode(&d, 0, bytes, 6, &base, r, 6) == 3);
	CHECK(r[0].series == 1 && r[1].series == 3 && r[2].series == 5);
	CHECK(r[0].value.u == 3 && r[1].value.u == 1 && r[2].value.u == 2);
	CHECK(device_decode(&d, 1, bytes, 4, &base, r, 6) == 2);
	CHECK(r[0].series == 2 && r[0].value.u == 2 && r[1].series == 4 && r[1].value.u == 1);
	CHECK(device_split(&d, 0) && d.nblocks == 4);
	for (size_t i = 0; i < 5; i++) {
		size_t block = d.taps[i].block;

		CHECK(device_decode(&d, block, bytes, 4, &base, r, 6) == (block == 1 ? 2 : 1));
		CHECK(block == 1 || r[0].series == i + 1);
	}
}

/* It goes on where the other one was: blocks that fell apart, series, marks. */
static void
the_same_device_takes_over_what_was_learnt(void)
{
	struct device was, is, other;

	fresh();
	CHECK(bind(&was, DEVICE) == 0 && bind(&is, DEVICE) == 0);
	CHECK(bind(&other, DEVICE "period = \"6s\";") == 0);
	CHECK(device_same(&was, &is) && !device_same(&was, &other));
	CHECK(device_split(&was, 0));
	was.taps[3].series = 33;
	device_mark(&was, QF_MAINTENANCE);
	device_hold(&was, 4711);
	CHECK(is.nblocks < was.nblocks);
	device_take_over(&is, &was);
	CHECK(is.nblocks == was.nblocks && is.max_blocks == was.max_blocks);
	CHECK(memcmp(is.blocks, was.blocks, is.nblocks * sizeof(is.blocks[0])) == 0);
	CHECK(is.blocks != was.blocks && is.taps != was.taps && is.profile != was.profile);
	CHECK(is.taps[3].series == 33 && is.marks == QF_MAINTENANCE && is.measured == 4711);
	for (size_t i = 0; i < is.profile->npoints; i++)
		CHECK(is.taps[i].block == was.taps[i].block);
}

/* What it is called and may be told is no reason to begin anew; what is asked of
 * it, and when, is. */
static void
a_device_is_alike_as_long_as_it_is_asked_the_same(void)
{
	static const struct { const char *more; bool alike; } rows[] = {
		{ "label = { en = \"the pH\"; };", true }, { "stop_at_end = false;", true },
		{ "writable = (\"temp\");", true }, { "period = \"6s\";", false },
		{ "unit = \"10\";", false }, { "disable = (\"far\");", false },
		{ "retries = 0;", false }, { "slow = (\"far\");", false },
		{ "phase = \"1s\";", false }, { "timeout = \"1s\";", false },
	};
	struct device a, b;
	char text[200];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		fresh();
		snprintf(text, sizeof(text), "%s%s", DEVICE, rows[i].more);
		CHECK(bind(&a, DEVICE) == 0 && bind(&b, text) == 0);
		CHECK(!device_same(&a, &b) && device_alike(&a, &b) == rows[i].alike);
	}
}

static void
a_calibration_of_other_figures_is_another_device(void)
{
	static const char *const texts[] = {
		DEVICE,
		DEVICE "calibration = ( { point = \"temp\"; time = \"2026-11-25T10:20+08:00\"; "
		"who = \"me\"; standard = \"ice\"; before = 0.5; after = 0.0; } );",
		DEVICE "calibration = ( { point = \"temp\"; time = \"2026-11-25T10:20+08:00\"; "
		"who = \"me\"; standard = \"ice\"; before = 0.6; after = 0.0; } );",
	};
	struct device a, b;

	for (size_t i = 0; i < 3; i++)
		for (size_t k = 0; k < 3; k++) {
			fresh();
			CHECK(bind(&a, texts[i]) == 0 && bind(&b, texts[k]) == 0);
			CHECK(device_same(&a, &b) == (i == k) && device_alike(&a, &b));
			CHECK(device_point_same(&a, &b, 1) == (i == k));
			CHECK(device_point_same(&a, &b, 0));
		}
}

int
main(void)
{
	RUN(coils_are_packed_bits);
	RUN(settings_arrive_with_their_defaults);
	RUN(wrong_settings_are_told);
	RUN(questions_keep_to_what_the_profile_allows);
	RUN(the_ask_names_unit_and_registers);
	RUN(an_answer_becomes_readings);
	RUN(nothing_is_invented);
	RUN(a_dark_block_gives_one_bad_reading_a_point);
	RUN(disabled_points_are_out_of_service_and_not_asked);
	RUN(a_device_reads_something_in_every_period);
	RUN(a_disabled_device_asks_nothing);
	RUN(marks_go_with_every_reading_until_taken_off);
	RUN(a_refused_merge_falls_into_its_points);
	RUN(planned_anew_it_takes_no_memory);
	RUN(points_of_two_blocks_may_be_woven);
	RUN(the_same_device_takes_over_what_was_learnt);
	RUN(a_device_is_alike_as_long_as_it_is_asked_the_same);
	RUN(a_calibration_of_other_figures_is_another_device);
	return 0;
}
