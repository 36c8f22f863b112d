#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../../protocols/lwm2m.h"
#include "../check.h"
#include "senml_text.h"

static void
paths_are_numbers(void)
{
	static const struct { const char *in, *out; } rows[] = {
		{ "/3303/0/5700", "/3303/0/5700" }, { "3303/0/5700", "/3303/0/5700" },
		{ "/3303/0/5700/", "/3303/0/5700" }, { "/19/0/0", "/19/0/0" },
		{ "/3/0/7/1", "/3/0/7/1" }, { "/3303", "/3303" }, { "/65535/0/1", "/65535/0/1" },
		{ "/65536/0/1", NULL }, { "/3303//5700", NULL }, { "/3303/a", NULL },
		{ "", NULL }, { "/", NULL }, { "/1/2/3/4/5", NULL }, { "/-1", NULL },
		{ "/0000003303", NULL }, { "/03303/0/5700", "/3303/0/5700" }, { "//3303", NULL },
		{ "/99999999999999999999", NULL },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[LWM2M_PATH_TEXT];
		struct lwm2m_path path;

		CHECK(lwm2m_path(rows[i].in, &path) == (rows[i].out != NULL));
		CHECK(rows[i].out == NULL ||
		    strcmp(lwm2m_path_text(&path, text), rows[i].out) == 0);
	}
}

/* Every object of the reference, by its number and the name of the registry. */
static void
objects_are_known(void)
{
	static const uint16_t ids[] = { 19, 3300, 3303, 3304, 3306, 3316, 3320, 3322, 3323, 3325,
	    3342, 3424, 3425, 3426, 3427, 3428, 3435, 10266, 10272, 10313, 10374, 10375 };

	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		CHECK(lwm2m_object(ids[i]) != NULL && lwm2m_object(ids[i])->name[0] != '\0');
	CHECK(strcmp(lwm2m_object(3325)->name, "Concentration") == 0);
	CHECK(lwm2m_object(1) == NULL);
	for (size_t i = 1; lwm2m_object_at(i) != NULL; i++)
		CHECK(lwm2m_object_at(i)->id > lwm2m_object_at(i - 1)->id);
	CHECK(lwm2m_resource(3325, 5700)->type == LWM2M_FLOAT);
	CHECK(lwm2m_resource(3424, 9)->type == LWM2M_BOOLEAN);
	CHECK(strcmp(lwm2m_resource(3, 9)->unit, "%") == 0);
	CHECK(lwm2m_resource(3303, 9) == NULL);
}

/* "PATH HEX PATH HEX ...", and how it ended. */
static const char *
walk(const char *base, const char *hex)
{
	static char said[2000];
	struct lwm2m_reader r;
	struct lwm2m_path path;
	struct lwm2m_tlv tlv;
	uint8_t bytes[500], *exact;
	size_t n = bytes_of_hex(hex, bytes);
	char *to = said, text[LWM2M_PATH_TEXT];
	int got;

	exact = malloc(n + 1);
	memcpy(exact, bytes, n);
	said[0] = '\0';
	CHECK(lwm2m_path(base, &path) || base[0] == '\0');
	lwm2m_begin(&r, &path, exact, n);
	while ((got = lwm2m_next(&r, &tlv)) > 0) {
		to += sprintf(to, "%s ", lwm2m_path_text(&tlv.path, text));
		for (size_t i = 0; i < tlv.n; i++)
			to += sprintf(to, "%02x", tlv.bytes[i]);
		to += sprintf(to, " ");
	}
	sprintf(to, "%s", got < 0 ? "bad" : ".");
	free(exact);
	return said;
}

static const struct {
	const char *base, *hex, *out;
} tlvs[] = {
	/* a resource, and one asked for by its own path */
	{ "/3303/0", "e8 1644 08 4037800000000000", "/3303/0/5700 4037800000000000 ." },
	{ "/3303/0/5700", "e4 1644 41bc0000", "/3303/0/5700 41bc0000 ." },
	{ "/3303/0", "e4 1644 41bc0000 e3 1645 43656c", "/3303/0/5700 41bc0000 /3303/0/5701 43656c ." },
	/* example of the specification: device object, single instance (6.4.3.1) */
	{ "/3/0", "c8 00 14 4f70656e204d6f62696c6520416c6c69616e6365 "
	  "c8 01 16 4c69676874776569676874204d324d20436c69656e74 c8 02 09 333435303030313233 "
	  "c3 03 312e30 86 06 41 00 01 41 01 05 88 07 08 42 00 0ed8 42 01 1388 "
	  "87 08 41 00 7d 42 01 0384 c1 09 64 c1 0a 0f 83 0b 41 00 00 c4 0d 5182428f "
	  "c6 0e 2b30323a3030 c1 10 55",
	  "/3/0/0 4f70656e204d6f62696c6520416c6c69616e6365 "
	  "/3/0/1 4c69676874776569676874204d324d20436c69656e74 /3/0/2 333435303030313233 "
	  "/3/0/3 312e30 /3/0/6/0 01 /3/0/6/1 05 /3/0/7/0 0ed8 /3/0/7/1 1388 "
	  "/3/0/8/0 7d /3/0/8/1 0384 /3/0/9 64 /3/0/10 0f /3/0/11/0 00 /3/0/13 5182428f "
	  "/3/0/14 2b30323a3030 /3/0/16 55 ." },
	/* instances of an object */
	{ "/3325", "07 00 e4 1644 41200000 07 01 e4 1644 41a00000",
	  "/3325/0/5700 41200000 /3325/1/5700 41a00000 ." },
	{ "/3325", "e4 1644 41200000", "bad" },
	{ "/3325", "00 00", "." },
	/* one of many outside, an instance within one, a resource within many */
	{ "/3/0", "41 00 01", "bad" },
	{ "/3/0", "86 06 41 00 01 c1 01 05", "/3/0/6/0 01 bad" },
	{ "/3/0", "03 00 00 00 00", "bad" },
	/* lengths that do not fit */
	{ "/3/0", "c8 00 14 4f", "bad" },
	{ "/3/0", "c8", "bad" },
	{ "/3/0", "f8 00 00 ff ff ff", "bad" },
	{ "/3/0", "83 06 42 00 01", "bad" },
	{ "/3/0", "c0 05", "/3/0/5  ." },
	{ "/3/0", "", "." },
	{ "/3/0", "d0 05 0001 aa", "/3/0/5 aa ." },
	{ "/3/0", "d8 05 000001 aa", "/3/0/5 aa ." },
};

static void
tlvs_are_taken_apart(void)
{
	for (size_t i = 0; i < sizeof(tlvs) / sizeof(tlvs[0]); i++) {
		const char *said = walk(tlvs[i].base, tlvs[i].hex);

		if (strcmp(said, tlvs[i].out) != 0)
			fprintf(stderr, "%s: %s\nsaid %s\n", tlvs[i].base, tlvs[i].hex, said);
		CHECK(strcmp(said, tlvs[i].out) == 0);
	}
}

static void
numbers_have_the_size_of_their_type(void)
{
	static const struct { enum lwm2m_type type; const char *hex; double is; } rows[] = {
		{ LWM2M_FLOAT, "41bc0000", 23.5 }, { LWM2M_FLOAT, "4037800000000000", 23.5 },
		{ LWM2M_FLOAT, "41bc", NAN }, { LWM2M_INTEGER, "ff", -1 },
		{ LWM2M_INTEGER, "0384", 900 }, { LWM2M_INTEGER, "80000000", -2147483648.0 },
		{ LWM2M_INTEGER, "ffffffffffffff38", -200 }, { LWM2M_INTEGER, "010203", NAN },
		{ LWM2M_INTEGER, "", NAN }, { LWM2M_TIME, "5182428f", 1367491215 },
		{ LWM2M_BOOLEAN, "01", 1 }, { LWM2M_BOOLEAN, "00", 0 }, { LWM2M_BOOLEAN, "02", NAN },
		{ LWM2M_BOOLEAN, "0001", NAN }, { LWM2M_BOOLEAN, "", NAN },
		{ LWM2M_UNKNOWN, "01", NAN }, { LWM2M_TEXT, "31", NAN },
		{ LWM2M_OPAQUE, "00", NAN }, { LWM2M_INTEGER, "010203040506070809", NAN },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t bytes[16];
		size_t n = bytes_of_hex(rows[i].hex, bytes);
		double d;
		bool is = lwm2m_number(rows[i].type, bytes, n, &d);

		CHECK(is == !isnan(rows[i].is));
		CHECK(!is || d == rows[i].is);
	}
}

int
main(void)
{
	RUN(paths_are_numbers);
	RUN(objects_are_known);
	RUN(tlvs_are_taken_apart);
	RUN(numbers_have_the_size_of_their_type);
	return 0;
}
