#include <string.h>

#include "../../devices/slices.h"
#include "../check.h"
#include "instrument.h"

/* All in one block of 8 registers but the last two, which the maker answers as a whole. */
static const char text[] =
    "name = \"s\"; maker = \"m\"; model = \"s\"; family = \"gas\"; source = \"s\";\n"
    "confidence = \"A\"; unit = \"7\"; gap = 1;\n"
    "blocks = ( { register = 20; count = 2; } );\n"
    "points = ( { name = \"a\"; register = 0; raw = \"u16\"; },\n"
    " { name = \"wide\"; register = 1; raw = \"u32\"; order = \"ABCD\"; },\n"
    " { name = \"b\"; register = 4; raw = \"u16\"; },\n"
    " { name = \"c\"; register = 7; raw = \"u16\"; },\n"
    " { name = \"d\"; register = 20; raw = \"u16\"; },\n"
    " { name = \"e\"; register = 21; raw = \"u16\"; },\n"
    " { name = \"x\"; function = 2; register = 0; raw = \"bit\"; },\n"
    " { name = \"y\"; function = 2; register = 1; raw = \"bit\"; },\n"
    " { name = \"z\"; function = 1; register = 0; raw = \"bit\"; },\n"
    " { name = \"t\"; function = 1; register = 1; raw = \"bit\"; },\n"
    " { name = \"u\"; function = 1; register = 3; raw = \"bit\"; },\n"
    " { name = \"v\"; function = 1; register = 5; raw = \"bit\"; },\n"
    " { name = \"w\"; function = 1; register = 7; raw = \"bit\"; },\n"
    " { name = \"k\"; function = 1; register = 8; raw = \"bit\"; } );\n"
    "status = ( { register = 5; raw = \"u16\"; means = \"sensor-failure\"; when = (1);\n"
    "  points = (\"a\"); } );\n";

static struct device d;

static void
begin(void)
{
	struct arena *arena = instrument_arena();
	struct errs *errs = instrument_errs();
	struct tree *tree = tree_parse(text, "s.conf", arena, errs);
	struct profile *p;

	CHECK(tree != NULL);
	p = profile_read(tree, arena, errs);
	if (p == NULL)
		printf("%s\n", errs->at[0].text);
	CHECK(p != NULL);
	tree_close(tree);
	tree = tree_parse("name = \"s/x\"; link = \"line\"; profile = \"s\"; period = \"5s\";",
	    "t.conf", arena, errs);
	memset(&d, 0, sizeof(d));
	CHECK(key_load(tree_root(tree), device_keys, &d.conf, arena, errs) == 0);
	CHECK(device_bind(&d, p, proto_find("modbus-rtu"), arena, errs) == 0);
	tree_close(tree);
	for (uint32_t i = 0; i < p->npoints; i++)
		d.taps[i].series = i;
}

static size_t
block_of(const char *point)
{
	return d.taps[profile_point(d.profile, point) - d.profile->points].block;
}

/* What is asked for: which lengths are barred, and which are but as a makeshift. */
struct asker {
	uint32_t	barred, makeshift;
	char		tried[200];
};

static bool
fits(void *owner, const struct slice *s, bool makeshift)
{
	struct asker *a = owner;
	size_t n = strlen(a->tried);

	snprintf(a->tried + n, sizeof(a->tried) - n, "%u+%u%s ", s->first, s->count,
	    makeshift ? "!" : "");
	return makeshift ? (a->makeshift >> s->count & 1) != 0 : (a->barred >> s->count & 1) == 0;
}

static const char *
find(size_t block, uint32_t from, uint32_t barred, uint32_t makeshift)
{
	static struct asker a;
	static char found[40];
	struct slice s;

	a = (struct asker){ .barred = barred, .makeshift = makeshift };
	if (!slices_find(&d, block, from, fits, &a, &s))
		return "none";
	CHECK(s.from == from);
	snprintf(found, sizeof(found), "%u+%u", s.first, s.count);
	return found;
}

#define LEN(n)	(1U << (n))

static void
long_slices_come_first_and_tear_no_point(void)
{
	size_t block = block_of("a");

	CHECK(slices_there(&d, block) && d.blocks[block].count == 8);
	CHECK(strcmp(find(block, 0, 0, 0), "0+8") == 0);
	CHECK(strcmp(find(block, 0, LEN(8), 0), "0+6") == 0);
	CHECK(strcmp(find(block, 0, LEN(8) | LEN(6), 0), "0+5") == 0);
	CHECK(strcmp(find(block, 0, LEN(8) | LEN(6) | LEN(5), 0), "0+3") == 0);
	/* 0+2 would be with half of "wide" */
	CHECK(strcmp(find(block, 0, LEN(8) | LEN(6) | LEN(5) | LEN(3), 0), "0+1") == 0);
}

static void
the_rest_may_take_in_what_was_read(void)
{
	size_t block = block_of("a");

	CHECK(strcmp(find(block, 6, LEN(8), 0), "1+7") == 0);
	CHECK(strcmp(find(block, 6, LEN(8) | LEN(7), 0), "4+4") == 0);
	CHECK(strcmp(find(block, 6, LEN(8) | LEN(7) | LEN(4), 0), "5+3") == 0);
	CHECK(strcmp(find(block, 6, LEN(8) | LEN(7) | LEN(4) | LEN(3), 0), "7+1") == 0);
}

/* A point is left out only where it can be asked for in no way at all. */
static void
a_makeshift_is_better_than_nothing(void)
{
	size_t block = block_of("a");
	uint32_t all = LEN(8) | LEN(6) | LEN(5) | LEN(3) | LEN(1);

	CHECK(strcmp(find(block, 0, all, LEN(8)), "0+8") == 0);
	CHECK(strcmp(find(block, 0, all, LEN(1)), "0+1") == 0);
	CHECK(strcmp(find(block, 0, all, 0), "1+7") == 0);
	CHECK(strcmp(find(block, 0, UINT32_MAX, 0), "none") == 0);
}

static void
what_cannot_be_cut_up_is_not(void)
{
	CHECK(!slices_there(&d, block_of("d")));
	CHECK(strcmp(find(block_of("d"), 0, 0, 0), "none") == 0);
	CHECK(!slices_there(&d, block_of("x")));	/* a byte is a byte */
	CHECK(slices_there(&d, block_of("z")) && d.blocks[block_of("z")].count == 9);
}

static void
only_what_is_whole_and_new_is_taken(void)
{
	static const uint8_t six[] = { 0, 10, 0, 1, 0, 2, 0, 3, 0, 14, 0, 1 }, one[] = { 0, 17 };
	struct reading base = { .mono = 1 }, r[9];
	size_t block = block_of("a");
	struct slice s = { 0, 6, 0 };

	CHECK(slices_decode(&d, block, &s, six, sizeof(six), &base, r, 9) == 3);
	CHECK(r[0].series == 0 && r[0].quality.code == Q_SENSOR_FAILURE);	/* the status */
	CHECK(r[1].series == 1 && r[1].value.u == 65538);
	CHECK(r[2].series == 2 && r[2].value.u == 14);
	s = (struct slice){ 7, 1, 6 };
	CHECK(slices_decode(&d, block, &s, one, sizeof(one), &base, r, 9) == 1);
	CHECK(r[0].series == 3 && r[0].value.u == 17);
	s = (struct slice){ 4, 4, 6 };			/* with what was read */
	CHECK(slices_decode(&d, block, &s, six, sizeof(six), &base, r, 9) == 1);
	CHECK(r[0].series == 3 && r[0].value.u == 3);
	base.quality.code = Q_COMM_FAILURE;
	CHECK(slices_bad(&d, block, 6, &base, r, 9) == 1 && r[0].series == 3);
	CHECK(slices_bad(&d, block, 0, &base, r, 9) == 4);
}

/* A status that no slice holds is not known any more; one that is still to come says
 * what it said. */
static void
a_status_lasts_until_it_is_left_out(void)
{
	static const uint8_t well[16] = { 0 };
	struct reading base = { .mono = 1 }, r[9];
	size_t block = block_of("a");
	struct slice s = { 0, 8, 0 };

	CHECK(slices_decode(&d, block, &s, well, 16, &base, r, 9) == 4);
	CHECK(r[0].quality.code == Q_GOOD);
	s = (struct slice){ 0, 1, 0 };
	CHECK(slices_decode(&d, block, &s, well, 2, &base, r, 9) == 1);
	CHECK(r[0].quality.code == Q_GOOD);
	s = (struct slice){ 7, 1, 1 };
	CHECK(slices_decode(&d, block, &s, well, 2, &base, r, 9) == 1);
	s = (struct slice){ 0, 1, 0 };
	CHECK(slices_decode(&d, block, &s, well, 2, &base, r, 9) == 1);
	CHECK(r[0].quality.code == Q_STATUS_UNKNOWN);
}

int
main(void)
{
	begin();
	RUN(long_slices_come_first_and_tear_no_point);
	RUN(the_rest_may_take_in_what_was_read);
	RUN(a_makeshift_is_better_than_nothing);
	RUN(what_cannot_be_cut_up_is_not);
	RUN(only_what_is_whole_and_new_is_taken);
	RUN(a_status_lasts_until_it_is_left_out);
	return 0;
}
