#include <glob.h>
#include <math.h>
#include <string.h>

#include "../../devices/profile.h"
#include "../check.h"

static unsigned char memory[1 << 20] __attribute__((aligned(16)));
static struct err room[ERRS_MAX];

struct world {
	struct arena	 arena;
	struct errs	 errs;
};

static struct world
fresh(void)
{
	memset(memory, 0, sizeof(memory));
	return (struct world){ { .at = memory, .cap = sizeof(memory) }, { .at = room } };
}

static struct profile *
read_text(struct world *w, const char *text, const char *name)
{
	struct tree *tree = tree_parse(text, name, &w->arena, &w->errs);
	struct profile *p;

	if (tree == NULL)
		fprintf(stderr, "%d: %s\n", room[0].line, room[0].text);
	CHECK(tree != NULL);
	p = profile_read(tree, &w->arena, &w->errs);
	tree_close(tree);
	CHECK((p == NULL) == (w->errs.n > 0));
	return p;
}

/* Line 1 to 3 are the head, a point stands in line 4. */
#define HEAD	"name = \"x\"; maker = \"m\"; model = \"x\"; family = \"water\";\n" \
		"source = \"s\"; confidence = \"A\";\n"
#define PH	"{ name = \"ph\"; register = 0x2602; raw = \"f32\"; order = \"DCBA\"; " \
		"unit = \"pH\"; range = (0, 14); }"

static const char good[] =
    "name = \"good\"; maker = \"博取\"; model = \"PHG\"; family = \"gas\";\n"
    "source = \"manual p. 7\"; confidence = \"C\"; verify = true; unit = \"17\";\n"
    "serial = { speed = 4800; parity = \"even\"; stop_bits = 2; };\n"
    "max_registers = 60; gap = 4; never = (0x2E00, 11); identify = (43);\n"
    "blocks = ( { function = 4; register = 100; count = 10; } );\n"
    "points = (\n"
    "  { name = \"temp\"; label = { zh = \"水温\"; en = \"water\"; }; function = 4;\n"
    "    register = 103; raw = \"u16\"; scale = 0.1; offset = -50; decimals = 1;\n"
    "    unit = \"degC\"; range = (-40, 90.5); sentinels = (65535, 0x8000);\n"
    "    hj212 = \"w01010\"; sl651 = \"03\"; },\n"
    "  { name = \"count\"; register = 3; raw = \"u32\"; order = \"CDAB\"; }\n"
    ");\n"
    "vectors = (\n"
    "  { point = \"temp\"; hex = \"02 BC\"; value = 20; source = \"p. 9\"; },\n"
    "  { point = \"temp\"; hex = \"ffff\"; quality = \"sensor-failure\"; source = \"p. 9\"; }\n"
    ");\n";

static void
every_key_arrives(void)
{
	struct world w = fresh();
	const struct profile *p = read_text(&w, good, "/etc/tidegate/profiles/good.conf");
	const struct point *t;

	CHECK(p != NULL);
	CHECK(strcmp(p->name, "good") == 0 && strcmp(p->maker, "博取") == 0);
	CHECK(strcmp(p->model, "PHG") == 0 && strcmp(p->source, "manual p. 7") == 0);
	CHECK(strcmp(profile_family_name(p->family), "gas") == 0);
	CHECK(strcmp(p->proto, "modbus") == 0 && strcmp(p->unit, "17") == 0);
	CHECK(p->confidence == 'C' && p->verify);
	CHECK(p->serial.speed == 4800 && p->serial.parity == 1);
	CHECK(p->serial.data_bits == 8 && p->serial.stop_bits == 2);
	CHECK(p->max_registers == 60 && p->gap == 4 && p->identify == IDENTIFY_DEVICE);
	CHECK(p->nnever == 2 && p->never[0] == 0x2E00 && p->never[1] == 11);
	CHECK(p->nblocks == 1 && p->blocks[0].function == 4);
	CHECK(p->blocks[0].first == 100 && p->blocks[0].count == 10);
	CHECK(p->npoints == 2);
	t = profile_point(p, "temp");
	CHECK(t == &p->points[0] && profile_point(p, "tempo") == NULL);
	CHECK(strcmp(t->zh, "水温") == 0 && strcmp(t->en, "water") == 0);
	CHECK(t->function == 4 && t->number == 103 && t->at.line == 7);
	CHECK(t->raw == raw_find("u16") && t->order == order_find("AB"));
	CHECK(t->scale == 0.1 && t->offset == -50 && t->divisor == 10);
	CHECK(t->decimals == 1 && t->unit == unit_find("degC"));
	CHECK(t->ranged && t->min == -40 && t->max == 90.5);
	CHECK(t->nsentinels == 2 && t->sentinels[1] == 32768);
	CHECK(strcmp(t->hj212, "w01010") == 0 && strcmp(t->sl651, "03") == 0);
	CHECK(profile_never(p, 10, 12) && !profile_never(p, 12, 20));
}

static void
what_is_not_said_has_its_default(void)
{
	struct world w = fresh();
	const struct profile *p = read_text(&w, HEAD "points = (\n"
	    "{ name = \"n\"; register = 0; raw = \"s16\"; } );\n", "x.conf");
	const struct point *n;

	CHECK(p != NULL);
	n = &p->points[0];
	CHECK(p->serial.speed == 0 && p->max_registers == 125 && p->gap == 0);
	CHECK(strcmp(p->unit, "1") == 0 && !p->verify && p->nnever == 0 && p->nblocks == 0);
	CHECK(n->function == 3 && n->scale == 1 && n->offset == 0 && n->decimals == -1);
	CHECK(n->unit == NULL && strcmp(point_unit_name(n), "") == 0 && !n->ranged);
	CHECK(n->zh[0] == '\0' && n->en[0] == '\0' && n->hj212[0] == '\0');
	CHECK(n->sl651[0] == '\0' && n->nsentinels == 0);
}

/* One fault each: the text of a profile, the line it is told for, and words
 * of the message. */
static const struct {
	const char	*text;
	int		 line;
	const char	*says;
} broken[] = {
#define POINT(s) HEAD "points = (\n" s ");\n"
	{ HEAD "identify = (43, 8); points = ( { name = \"a\"; register = 0; raw = \"u16\"; } );",
	  0, "x: identify names functions 17 and 43 only" },
	{ POINT("{ name = \"a\"; register = 0; raw = \"u17\"; }"), 4,
	  "a: raw \"u17\" is not known; did you mean \"u16\"?" },
	{ POINT("{ name = \"a\"; register = 0; raw = \"f32\"; }"), 4,
	  "a: say in which order its bytes come" },
	{ POINT("{ name = \"a\"; register = 0; raw = \"f32\"; order = \"ABDC\"; }"), 4,
	  "a: order \"ABDC\" is not known" },
	{ POINT("{ name = \"a\"; register = 0; raw = \"u16\"; order = \"CDAB\"; }"), 4,
	  "a: order \"CDAB\" does not fit raw \"u16\", which has 2 bytes" },
	{ POINT("{ name = \"a\"; register = 0; raw = \"f32\"; order = \"BA\"; }"), 4,
	  "a: order \"BA\" does not fit raw \"f32\", which has 4 bytes" },
	{ POINT("{ name = \"a\"; register = 0; raw = \"u16\"; unit = \"mg/m\"; }"), 4,
	  "a: unit \"mg/m\" is not known; did you mean \"mg/" },
	{ POINT("{ name = \"a\"; register = 0; raw = \"u16\"; unit = \"furlongs\"; }"), 4,
	  "a: unit \"furlongs\" is not known" },
	{ POINT("{ name = \"a\"; register = 0; raw = \"u16\"; scale = 0.0; }"), 4,
	  "a: scale 0" },
	{ POINT("{ name = \"a\"; register = 0; raw = \"u16\"; scale = 1e999; }"), 4, "scale" },
	{ POINT("{ name = \"a\"; register = 0; raw = \"u16\"; range = (5, 5); }"), 4,
	  "a: range is two numbers, the lesser first" },
	{ POINT("{ name = \"a\"; register = 0; raw = \"u16\"; range = (14, 0); }"), 4,
	  "a: range is two numbers" },
	{ POINT("{ name = \"a\"; register = 0; raw = \"u16\"; range = (1, 2, 3); }"), 4,
	  "a: range is two numbers" },
	{ POINT("{ name = \"a\"; register = 0; raw = \"u16\"; range = 14; }"), 4,
	  "a: range is two numbers" },
	{ POINT("{ name = \"a\"; register = 0; raw = \"u16\"; range = \"14\"; }"), 4,
	  "a: range is a list of numbers" },
	{ POINT("{ name = \"a\"; register = 0; raw = \"u16\"; range = (0, \"14\"); }"), 4,
	  "a: range holds something that is not a number" },
	{ POINT("{ name = \"a\"; register = 0; raw = \"s16\"; sentinels = (65535); }"), 4,
	  "a: sentinel 65535 can never come from raw \"s16\", which reads it as -1" },
	{ POINT("{ name = \"a\"; register = 0; raw = \"s8\"; sentinels = (0x80); }"), 4,
	  "a: sentinel 128 can never come from raw \"s8\", which reads it as -128" },
	{ POINT("{ name = \"a\"; register = 0; raw = \"s32\"; order = \"ABCD\"; "
	    "sentinels = (4294967295L); }"), 4,
	  "a: sentinel 4294967295 can never come from raw \"s32\", which reads it as -1" },
	{ POINT("{ name = \"a\"; register = 0; raw = \"Float\"; }"), 4,
	  "a: raw \"Float\" is not known; did you mean \"f32\"?" },
	{ POINT("{ name = \"a\"; register = 0; raw = \"uint64\"; }"), 4,
	  "a: raw \"uint64\" is not known; did you mean \"u64\"?" },
	{ POINT("{ name = \"a\"; register = 0; raw = \"u16\"; sentinels = (0.5); }"), 4,
	  "a: sentinel 0.5 can never come" },
	{ POINT("{ name = \"a\"; register = 0; raw = \"u16\"; decimals = 10; }"), 4, "decimals" },
	{ POINT("{ name = \"a\"; register = 0; raw = \"u16\"; function = 5; }"), 4, "function" },
	{ POINT("{ name = \"a\"; register = 0; raw = \"u64\"; }"), 4,
	  "order is one of \"ABCDEFGH\", \"GHEFCDAB\"" },
	{ POINT("{ name = \"a\"; register = 0; raw = \"u64\"; order = \"ABCD\"; }"), 4,
	  "a: order \"ABCD\" does not fit raw \"u64\", which has 8 bytes" },
	{ POINT("{ name = \"a\"; register = 0; raw = \"bit\"; }"), 4, "a: say which bit" },
	{ POINT("{ name = \"a\"; register = 0; raw = \"bit\"; bit = 16; }"), 4, "bit" },
	{ POINT("{ name = \"a\"; register = 0; raw = \"u16\"; bit = 3; }"), 4,
	  "a: bit goes with raw" },
	{ POINT("{ name = \"a\"; register = 0; raw = \"u16\"; invert = true; }"), 4,
	  "a: invert goes with raw" },
	{ POINT("{ name = \"a\"; register = 0; raw = \"bits\"; bits = (12, 5); }"), 4,
	  "a: bits is the first bit" },
	{ POINT("{ name = \"a\"; register = 0; raw = \"u16\"; bits = (0, 4); }"), 4,
	  "a: bits goes with raw" },
	{ POINT("{ name = \"a\"; register = 0; raw = \"string\"; }"), 4,
	  "a: say how many registers" },
	{ POINT("{ name = \"a\"; register = 0; raw = \"u16\"; length = 2; }"), 4,
	  "a: length goes with raw" },
	{ POINT("{ name = \"a\"; register = 0; raw = \"string\"; length = 16; "
	  "encoding = \"latin-1\"; }"), 4, "at most 15 registers" },
	{ POINT("{ name = \"a\"; register = 0; raw = \"string\"; length = 2; range = (0, 9); }"), 4,
	  "a: range goes with numbers, not with a text" },
	{ POINT("{ name = \"a\"; register = 0; raw = \"string\"; length = 2; scale = 0.1; }"), 4,
	  "a: scale goes with numbers, not with a text" },
	{ POINT("{ name = \"a\"; register = 0; raw = \"string\"; length = 2; offset = 1; }"), 4,
	  "a: offset goes with numbers, not with a text" },
	{ POINT("{ name = \"a\"; register = 0; raw = \"string\"; length = 2; decimals = 1; }"), 4,
	  "a: decimals goes with numbers, not with a text" },
	{ POINT("{ name = \"a\"; register = 0; raw = \"string\"; length = 2; unit = \"m\"; }"), 4,
	  "a: unit goes with numbers, not with a text" },
	{ POINT("{ name = \"a\"; register = 0; raw = \"string\"; length = 2; sound = (1, 2); }"), 4,
	  "a: sound goes with numbers, not with a text" },
	{ POINT("{ name = \"a\"; register = 0; raw = \"string\"; length = 2; max_step = 1; }"), 4,
	  "a: max_step goes with numbers, not with a text" },
	{ POINT("{ name = \"a\"; register = 0; raw = \"string\"; length = 2; max_rate = 1; }"), 4,
	  "a: max_rate goes with numbers, not with a text" },
	{ POINT("{ name = \"a\"; register = 0; raw = \"string\"; length = 2; hold = \"1h\"; }"), 4,
	  "a: hold goes with numbers, not with a text" },
	{ POINT("{ name = \"a\"; register = 0; raw = \"string\"; length = 2; "
	  "write = { function = 16; min = 0; max = 1; }; }"), 4,
	  "a: write: a coil is written by 5 or 15" },
	{ POINT("{ name = \"a\"; register = 0; raw = \"bits\"; bits = (1.5, 2); }"), 4,
	  "a: bits is the first bit" },
	{ POINT("{ name = \"a\"; function = 1; register = 0; raw = \"u16\"; }"), 4,
	  "a: functions 1 and 2 go with raw" },
	{ POINT("{ name = \"a\"; function = 2; register = 0; raw = \"bit\"; bit = 0; }"), 4,
	  "a: functions 1 and 2 read single bits" },
	{ POINT("{ name = \"a\"; register = 7; raw = \"bits\"; bits = (0, 5); },\n"
	  "{ name = \"b\"; register = 7; raw = \"bits\"; bits = (4, 5); }"), 5,
	  "b: lies on registers of a" },
	{ POINT("{ name = \"a\"; register = 7; raw = \"bit\"; bit = 5; },\n"
	  "{ name = \"b\"; register = 7; raw = \"bit\"; bit = 5; }"), 5,
	  "b: lies on registers of a" },
	{ POINT("{ name = \"a\"; register = 65536; raw = \"u16\"; }"), 4, "register" },
	{ POINT("{ name = \"a\"; register = 65535; raw = \"u32\"; order = \"ABCD\"; }"), 4,
	  "a: runs past register 65535" },
	{ POINT("{ name = \"PH\"; register = 0; raw = \"u16\"; }"), 4, "name" },
	{ POINT("{ register = 0; raw = \"u16\"; }"), 4, "name" },
	{ POINT("{ name = \"a\"; raw = \"u16\"; }"), 4, "register" },
	{ POINT("{ name = \"a\"; register = 0; raw = \"u16\"; decimal = 1; }"), 4, "decimals" },
	{ POINT("{ name = \"a\"; register = 0; raw = \"u16\"; hj212 = \"w 1\"; }"), 4,
	  "a: a code of HJ 212" },
	{ POINT("{ name = \"a\"; register = 0; raw = \"u16\"; sl651 = \"4c\"; }"), 4,
	  "a: an element of SL 651" },
	{ POINT("{ name = \"a\"; register = 0; raw = \"u16\"; sl651 = \"046\"; }"), 4,
	  "a: an element of SL 651" },
	{ POINT(PH ",\n{ name = \"ph\"; register = 9; raw = \"u16\"; }"), 5,
	  "ph: is in the list twice, first in line 4" },
	{ POINT(PH ",\n{ name = \"b\"; register = 0x2603; raw = \"u16\"; }"), 5,
	  "b: lies on registers of ph (0x2602)" },
	{ HEAD "points = ();\n", 0, "has 0 points" },
	{ HEAD "never = (0x2603);\npoints = (" PH ");\n", 4,
	  "ph: lies on a register that must never be touched" },
	{ HEAD "never = (65536);\npoints = (" PH ");\n", 0, "never names registers" },
	{ HEAD "never = (1.5);\npoints = (" PH ");\n", 0, "never names registers" },
	{ HEAD "max_registers = 1;\npoints = (" PH ");\n", 4, "more registers than max" },
	{ HEAD "blocks = ( { register = 0x2600; count = 3; } );\npoints = (" PH ");\n", 3,
	  "the block at 0x2600 holds only a part of ph" },
	{ HEAD "blocks = ( { register = 1; count = 3; } );\npoints = (" PH ");\n", 3,
	  "the block at 0x0001 holds no point" },
	{ HEAD "blocks = ( { register = 0x2602; count = 0; } );\npoints = (" PH ");\n", 3,
	  "count" },
	{ HEAD "max_registers = 3; blocks = ( { register = 0x2602; count = 4; } );\n"
	  "points = (" PH ");\n", 3, "the block at 0x2602 is larger than max_registers" },
	{ HEAD "never = (0x2605); blocks = ( { register = 0x2602; count = 4; } );\n"
	  "points = (" PH ");\n", 3, "the block at 0x2602 holds a register that must never" },
	{ HEAD "blocks = ( { register = 65530; count = 8; } );\n"
	  "points = ({ name = \"a\"; register = 65535; raw = \"u16\"; });\n", 3,
	  "runs past register 65535" },
#define VECTOR(s) HEAD "points = (" PH ");\nvectors = (\n" s ");\n"
	{ VECTOR("{ point = \"pg\"; hex = \"00\"; value = 1; source = \"s\"; }"), 5,
	  "vector: point \"pg\" is not known; did you mean \"ph\"?" },
	{ VECTOR("{ point = \"ph\"; hex = \"B81E2141\"; value = 10.08; source = \"s\"; }"), 5,
	  "vector of ph: B81E2141 decodes to 10.07, not to 10.08" },
	{ HEAD "points = ( { name = \"n\"; register = 0; raw = \"u32\"; order = \"ABCD\"; } );\n"
	  "vectors = (\n{ point = \"n\"; hex = \"FFFFFFFF\"; value = 4294967296L; source = \"s\"; }"
	  ");", 5, "vector of n: FFFFFFFF decodes to 4294967295, not to 4294967296" },
	{ VECTOR("{ point = \"ph\"; hex = \"B81E21\"; value = 10.07; source = \"s\"; }"), 5,
	  "vector of ph: hex is 4 bytes" },
	{ VECTOR("{ point = \"ph\"; hex = \"B81E21410\"; value = 10.07; source = \"s\"; }"), 5,
	  "vector of ph: hex is 4 bytes" },
	{ VECTOR("{ point = \"ph\"; hex = \"B81E214G\"; value = 10.07; source = \"s\"; }"), 5,
	  "vector of ph: hex is 4 bytes" },
	{ VECTOR("{ point = \"ph\"; hex = \"B81E2141\"; source = \"s\"; }"), 5,
	  "vector of ph: say the value that B81E2141 means" },
	{ VECTOR("{ point = \"ph\"; hex = \"B81E2141\"; value = \"10\"; source = \"s\"; }"), 5,
	  "vector of ph: say the value" },
	{ VECTOR("{ point = \"ph\"; hex = \"0000C07F\"; quality = \"good\"; source = \"s\"; }"), 5,
	  "vector of ph: 0000C07F is sensor-failure, not good" },
	{ VECTOR("{ point = \"ph\"; hex = \"0000C07F\"; quality = \"sensor-failure\"; value = 1; "
	  "source = \"s\"; }"), 5, "vector of ph: 0000C07F has no value" },
	{ VECTOR("{ point = \"ph\"; hex = \"B81E2141\"; quality = \"stale\"; value = 10.07; "
	  "source = \"s\"; }"), 5, "quality is \"good\", \"out-of-range\" or" },
	{ VECTOR("{ point = \"ph\"; hex = \"B81E2141\"; value = 10.07; }"), 5, "source" },
	{ POINT("{ name = \"sn\"; register = 0; raw = \"string\"; length = 2; }")
	  "vectors = ( { point = \"sn\"; hex = \"41423132\"; value = \"AB13\"; source = \"s\"; }"
	  ");", 5, "vector of sn: 41423132 decodes to \"AB12\", not to \"AB13\"" },
	{ POINT("{ name = \"sn\"; register = 0; raw = \"string\"; length = 2; }")
	  "vectors = ( { point = \"sn\"; hex = \"41423132\"; value = 12; source = \"s\"; }"
	  ");", 5, "vector of sn: say the value that 41423132 means, a text" },
	{ "name = \"y\"; maker = \"m\"; model = \"x\"; family = \"water\";\n"
	  "source = \"s\"; confidence = \"A\"; points = (" PH ");\n", 0,
	  "the file must be called y.conf" },
	{ "name = \"x\"; maker = \"m\"; model = \"x\"; family = \"water\";\n"
	  "source = \"\"; confidence = \"A\"; points = (" PH ");\n", 0, "say the source" },
	{ "name = \"x\"; maker = \"m\"; model = \"x\"; family = \"water\";\n"
	  "source = \"s\"; confidence = \"C\"; points = (" PH ");\n", 0,
	  "confidence C asks for verify = true" },
	{ "name = \"x\"; maker = \"m\"; model = \"x\"; family = \"watr\";\n"
	  "source = \"s\"; confidence = \"A\"; points = (" PH ");\n", 1, "water" },
};

static void
bits_and_texts_are_points(void)
{
	struct world w = fresh();
	const struct profile *p = read_text(&w, HEAD "points = (\n"
	    "{ name = \"word\"; register = 5; raw = \"u16\"; },\n"
	    "{ name = \"low\"; register = 5; raw = \"bit\"; bit = 6; },\n"
	    "{ name = \"high\"; register = 5; raw = \"bit\"; bit = 7; invert = true; },\n"
	    "{ name = \"state\"; register = 5; raw = \"bits\"; bits = (0, 4); },\n"
	    "{ name = \"coil\"; function = 1; register = 5; raw = \"bit\"; invert = true; },\n"
	    "{ name = \"model\"; register = 6; raw = \"string\"; length = 3; } );\n"
	    "vectors = (\n"
	    "{ point = \"low\"; hex = \"0042\"; value = true; source = \"s\"; },\n"
	    "{ point = \"high\"; hex = \"0042\"; value = true; source = \"s\"; },\n"
	    "{ point = \"state\"; hex = \"0042\"; value = 2; source = \"s\"; },\n"
	    "{ point = \"coil\"; hex = \"01\"; value = false; source = \"s\"; },\n"
	    "{ point = \"model\"; hex = \"583920200000\"; value = \"X9\"; source = \"s\"; } );\n",
	    "x.conf");
	uint8_t wire[RAW_BYTES_MAX] = { 0x00, 0x42 };

	CHECK(p != NULL);
	CHECK(p->points[1].piece.first == 6 && p->points[1].piece.bits == 1);
	CHECK(p->points[2].invert && point_bytes(&p->points[4]) == 1);
	CHECK(point_end(&p->points[4]) == 6 && point_end(&p->points[5]) == 9);
	CHECK(profile_most(p, 1) == 2000 && profile_most(p, 3) == 125);
	CHECK(point_encode(&p->points[2], 0, wire) == 0 && wire[1] == 0xC2);
	CHECK(point_encode(&p->points[1], 0, wire) == 0 && wire[1] == 0x82);
	CHECK(point_encode(&p->points[1], 2, wire) == -1);
	CHECK(point_encode(&p->points[4], 0, wire) == 0 && wire[0] == 1);
	CHECK(point_encode(&p->points[4], 3, wire) == -1);
}

static void
each_fault_is_told_where_it_is(void)
{
	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
		struct world w = fresh();
		bool said;

		CHECK(read_text(&w, broken[i].text, "x.conf") == NULL);
		said = strstr(room[0].text, broken[i].says) != NULL &&
		    room[0].line == broken[i].line && strcmp(room[0].file, "x.conf") == 0;
		if (!said)
			fprintf(stderr, "row %zu: %s:%d: %s\n", i, room[0].file, room[0].line,
			    room[0].text);
		CHECK(said);
		CHECK(w.errs.n == 1);
	}
}

static void
all_faults_come_in_one_run(void)
{
	struct world w = fresh();

	CHECK(read_text(&w, HEAD "points = (\n"
	    "{ name = \"a\"; register = 0; raw = \"u16\"; unit = \"nope\"; range = (2, 1); },\n"
	    "{ name = \"b\"; register = 1; raw = \"q\"; } );\n", "x.conf") == NULL);
	CHECK(w.errs.n == 3);
	CHECK(room[0].line == 4 && room[1].line == 4 && room[2].line == 5);
}

static void
other_functions_may_share_a_register(void)
{
	struct world w = fresh();

	CHECK(read_text(&w, POINT("{ name = \"a\"; register = 0; raw = \"u16\"; },"
	    "{ name = \"b\"; function = 4; register = 0; raw = \"u16\"; }"), "x.conf") != NULL);
}

static void
a_full_arena_is_an_error_not_a_crash(void)
{
	for (size_t cap = 0; cap < 16384; cap += 48) {
		struct world w = fresh();
		struct tree *tree = tree_parse(good, "good.conf", &w.arena, &w.errs);
		struct arena small;
		struct profile *p;

		CHECK(tree != NULL);
		small = (struct arena){ .at = w.arena.at + w.arena.used, .cap = cap };
		small.at += (16 - (uintptr_t)small.at % 16) % 16;
		p = profile_read(tree, &small, &w.errs);
		tree_close(tree);
		CHECK((p == NULL) == (w.errs.n > 0));
		if (p != NULL)
			return;
	}
	CHECK(!"16 KiB are not enough for a small profile");
}

/* The scale of a tenth divides, so that figures are those of the manual. */
static void
figures_are_those_of_the_manual(void)
{
	struct world w = fresh();
	const struct profile *p = read_text(&w, POINT(
	    "{ name = \"tenth\"; register = 0; raw = \"u16\"; scale = 0.1; },"
	    "{ name = \"odd\"; register = 1; raw = \"s16\"; scale = 2.5; offset = 1; },"
	    "{ name = \"f\"; register = 2; raw = \"f32\"; order = \"ABCD\"; range = (0, 0.3); "
	    "sentinels = (-9999.9); }"), "x.conf");
	static const uint8_t tenth[] = { 0, 73 }, odd[] = { 0xFF, 0xFE };
	static const uint8_t edge[] = { 0x3E, 0x99, 0x99, 0x9A };	/* 0.3f, above 0.3 */
	static const uint8_t over[] = { 0x3E, 0x99, 0x99, 0x9B };
	static const uint8_t broken_wire[] = { 0xC6, 0x1C, 0x3F, 0x9A };	/* -9999.9f */
	uint8_t wire[4];
	struct value v;

	CHECK(p != NULL);
	CHECK(point_decode(&p->points[0], tenth, &v) == Q_GOOD);
	CHECK(v.kind == VALUE_F64 && v.d == 7.3);
	CHECK(point_decode(&p->points[1], odd, &v) == Q_GOOD && v.d == -4);
	CHECK(point_decode(&p->points[2], edge, &v) == Q_GOOD && v.kind == VALUE_F32);
	CHECK(point_decode(&p->points[2], over, &v) == Q_OUT_OF_RANGE && v.kind == VALUE_F32);
	CHECK(point_decode(&p->points[2], broken_wire, &v) == Q_SENSOR_FAILURE);
	CHECK(v.kind == VALUE_NONE);
	CHECK(point_encode(&p->points[0], 7.3, wire) == 0 && memcmp(wire, tenth, 2) == 0);
	CHECK(point_encode(&p->points[1], -4, wire) == 0 && memcmp(wire, odd, 2) == 0);
	CHECK(point_encode(&p->points[0], -1, wire) == -1);
	CHECK(point_encode(&p->points[2], NAN, wire) == 0);
	CHECK(point_decode(&p->points[2], wire, &v) == Q_SENSOR_FAILURE);
}

static void
every_shipped_profile_is_sound(void)
{
	glob_t found;

	CHECK(glob("devices/profiles/*.conf", 0, NULL, &found) == 0);
	CHECK(found.gl_pathc >= 8);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		struct world w = fresh();
		struct tree *tree = tree_read(found.gl_pathv[i], &w.arena, &w.errs);
		const struct profile *p = NULL;

		if (tree != NULL)
			p = profile_read(tree, &w.arena, &w.errs);
		for (size_t k = 0; k < w.errs.n && k < ERRS_MAX; k++)
			fprintf(stderr, "%s:%d: %s\n", room[k].file, room[k].line, room[k].text);
		CHECK(p != NULL);
		for (size_t k = 0; k < p->npoints; k++)
			CHECK(p->points[k].zh[0] != '\0' && p->points[k].en[0] != '\0');
		tree_close(tree);
	}
	globfree(&found);
}

int
main(void)
{
	RUN(every_key_arrives);
	RUN(what_is_not_said_has_its_default);
	RUN(bits_and_texts_are_points);
	RUN(each_fault_is_told_where_it_is);
	RUN(all_faults_come_in_one_run);
	RUN(other_functions_may_share_a_register);
	RUN(a_full_arena_is_an_error_not_a_crash);
	RUN(figures_are_those_of_the_manual);
	RUN(every_shipped_profile_is_sound);
	return 0;
}
