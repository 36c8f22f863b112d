#include <stdlib.h>
#include <string.h>

#include "../../protocols/payload.h"
#include "../check.h"
#include "senml_text.h"

#define NOW	1764142800000

static unsigned char room[PAYLOAD_ARENA];
static struct arena arena;
static struct payload payload;

static enum payload_verdict
read_bytes(int format, const char *path, const void *bytes, size_t n)
{
	uint8_t *exact = malloc(n + 1);
	enum payload_verdict v;

	memcpy(exact, bytes, n);
	arena = (struct arena){ .at = room, .cap = sizeof(room) };
	v = payload_read(&payload, format, path, exact, n, NOW, &arena);
	free(exact);
	CHECK((v == PAYLOAD_READ) == (payload.why[0] == '\0'));
	CHECK((v == PAYLOAD_READ) == (payload.first != NULL));
	return v;
}

static char *
put(char *to, const struct push *p)
{
	to += sprintf(to, "%s=", p->key);
	if (p->kind == PUSH_TEXT)
		to += sprintf(to, "'%s'", p->text);
	else if (p->kind == PUSH_NUMBER)
		to += sprintf(to, "%.10g", p->number);
	else if (p->kind == PUSH_BOOL)
		to += sprintf(to, "%s", p->number != 0 ? "on" : "off");
	else
		to += sprintf(to, "-");
	if (p->unit != NULL)
		to += sprintf(to, "(%s)", p->unit);
	if (p->mark != NULL)
		to += sprintf(to, "[%s]", p->mark);
	if (p->time != 0)
		to += sprintf(to, "@%lld", (long long)p->time);
	*to++ = ' ';
	*to = '\0';
	return to;
}

/* What a device with this unit and these keys, which are parted by blanks, hears. */
static const char *
pick(const char *unit, const char *keys)
{
	static char said[20000], words[500];
	const char *list[20];
	struct payload_want want = { .unit = unit, .keys = list };
	struct push pushes[200];
	char *to = said;
	size_t n;

	strcpy(words, keys);
	for (char *w = strtok(words, " "); w != NULL; w = strtok(NULL, " "))
		list[want.nkeys++] = w;
	said[0] = '\0';
	n = payload_pick(&payload, &want, pushes, 200);
	for (size_t i = 0; i < n; i++)
		to = put(to, &pushes[i]);
	return said;
}

static const struct {
	const char	*name;
	int		 format;
	const char	*path, *in;	/* "x" in front: hex */
	const char	*unit, *keys, *out;
} rows[] = {
	/* plain text */
	{ "text", 0, "/3303/0/5700", "23.1\r\n", "", "", "/3303/0/5700='23.1' " },
	{ "of another way to write the path", 0, "3303/0/5700/", " 23.1", "", "",
	  "/3303/0/5700='23.1' " },
	{ "a path of its own", 0, "/kitchen/fume", "0.8", "", "", "/kitchen/fume='0.8' " },
	{ "text without a name, for who has a unit", 0, "/3303/0/5700", "45", "urn:dev:ow:10:",
	  "", "" },
	{ "bytes without a name, for who has a unit", 42, "/19/0/0", "x0100fa", "urn:dev:ow:10:",
	  "/19/0/0#1:u16", "" },
	{ "a path that begins with the unit", 0, "/kitchen/fume", "0.8", "/kitchen/", "",
	  "fume='0.8' " },
	{ "no format", 65535, "/kitchen/fume", "0.8", "", "", "/kitchen/fume='0.8' " },
	/* SenML */
	{ "SenML, a name behind the base", 110, "/", "[{\"bn\":\"urn:dev:ow:1:\",\"n\":\"temp\","
	  "\"u\":\"Cel\",\"v\":23.5},{\"n\":\"rh\",\"u\":\"%RH\",\"v\":40}]", "", "",
	  "temp=23.5(degC) rh=40(%RH) " },
	{ "a unit in front", 110, "/", "[{\"bn\":\"2001:db8::2/\",\"n\":\"t\",\"v\":1},"
	  "{\"bn\":\"2001:db8::1/\",\"n\":\"t\",\"v\":2}]", "2001:db8::1/", "", "t=2 " },
	{ "nobody's", 110, "/", "[{\"bn\":\"2001:db8::2/\",\"n\":\"t\",\"v\":1}]", "x:", "", "" },
	{ "names that are paths", 110, "/", "[{\"bn\":\"/3303/0/\",\"n\":\"5700\",\"v\":1}]", "",
	  "", "/3303/0/5700=1 " },
	{ "without a name", 110, "/kitchen", "[{\"v\":1,\"t\":-60}]", "", "",
	  "/kitchen=1@1764142740000 " },
	{ "a name that is the unit", 110, "/kitchen", "[{\"bn\":\"sn7\",\"v\":1}]", "sn7", "",
	  "/kitchen=1 " },
	{ "units of another measure", 110, "/", "[{\"n\":\"valve\",\"u\":\"/\",\"v\":0.5},"
	  "{\"n\":\"dose\",\"u\":\"Sv\",\"v\":2},{\"n\":\"x\",\"u\":\"/\",\"v\":1}]", "", "",
	  "valve=50(%) dose=2(Sv) x=100(%) " },
	{ "truth, text, a large total, a sum", 110, "/", "[{\"n\":\"a\",\"vb\":true},"
	  "{\"n\":\"b\",\"vs\":\"ok\"},{\"n\":\"c\",\"v\":9007199254740993},"
	  "{\"n\":\"d\",\"v\":1,\"s\":7}]", "", "",
	  "a=on b='ok' c='9007199254740993' d#sum=7 d=1 " },
	{ "CBOR", 112, "/", "x81a30064 74656d70 01 6343656c 02 f94de0", "", "", "temp=23.5(degC) " },
	{ "CBOR that says that it has none", 112, "/", "x81a2006161 02f97e00", "", "", "a=- " },
	{ "data", 110, "/", "[{\"n\":\"raw\",\"vd\":\"AQID6A\"}]", "", "raw#2:u16 raw raw#0:u8 x#0:u8",
	  "raw#2:u16=1000 raw#0:u8=1 " },
	/* LwM2M */
	{ "TLV with its unit, time and quality", 11542, "/3303/0",
	  "xe4 1644 41bc0000 e3 1645 43656c e4 158e 69252880", "", "",
	  "/3303/0/5700=23.5(degC)@1764042880000 /3303/0/5701='Cel'@1764042880000 "
	  "/3303/0/5518=1764042880 " },
	{ "rejected by itself", 11542, "/3303/0", "xe4 1644 41bc0000 e1 179a 01", "", "",
	  "/3303/0/5700=23.5[D] /3303/0/6042=1 " },
	{ "a resource with its unit", 11542, "/3424/0", "xc4 01 42f60000 c1 09 01", "", "",
	  "/3424/0/1=123(m3) /3424/0/9=on " },
	{ "one that nobody knows", 11542, "/9999/0", "xc4 01 42f60000 c2 02 0102", "",
	  "/9999/0/1#0:f32", "/9999/0/1#0:f32=123 " },
	/* bytes */
	{ "object 19", 42, "/19/0/0", "x01 0064 ff38 80000001 fe 41bc0000 0180", "",
	  "/19/0/0#1:u16 /19/0/0#3:i16 /19/0/0#5:u32 /19/0/0#9:i8 /19/0/0#10:f32 "
	  "/19/0/0#14:u16le /19/0/0#9:u8.0 /19/0/0#9:u8.1 /19/0/0#15:u16",
	  "/19/0/0#1:u16=100 /19/0/0#3:i16=-200 /19/0/0#5:u32=2147483649 /19/0/0#9:i8=-2 "
	  "/19/0/0#10:f32=23.5 /19/0/0#14:u16le=32769 /19/0/0#9:u8.0=off /19/0/0#9:u8.1=on " },
	{ "and without a format", 65535, "/19/0/0", "31", "", "/19/0/0#0:u16",
	  "/19/0/0#0:u16=13105 " },
	{ "bytes that are no text", 65535, "/x", "x0001", "", "/x#0:u16", "/x#0:u16=1 " },
};

static void
each_format_has_values_with_keys(void)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t bytes[500];
		size_t n = strlen(rows[i].in);
		const char *said;

		memcpy(bytes, rows[i].in, n);
		if (rows[i].in[0] == 'x')
			n = bytes_of_hex(rows[i].in + 1, bytes);
		if (read_bytes(rows[i].format, rows[i].path, bytes, n) != PAYLOAD_READ)
			fprintf(stderr, "%s: %s\n", rows[i].name, payload.why);
		said = pick(rows[i].unit, rows[i].keys);
		if (strcmp(said, rows[i].out) != 0)
			fprintf(stderr, "%s: said %s\n", rows[i].name, said);
		CHECK(strcmp(said, rows[i].out) == 0);
	}
}

static void
what_is_none_of_its_format_is_refused(void)
{
	static const struct { int format; const char *path, *in, *why; } bad[] = {
		{ 0, "/a", "", "it is empty" }, { 0, "/a", " \n", "it is empty" },
		{ 0, "/a", "1\x01", "it is no text" }, { 42, "/19/0/0", "", "it is empty" },
		{ 110, "/", "{}", "no array of records" },
		{ 112, "/", "[]", "the CBOR ends too soon" },
		{ 11542, "/x", "\xc1\x01\x01", "TLV at a path that is none of LwM2M" },
		{ 11542, "/3303", "\xc1\x01\x01", "it is no TLV" },
		{ 11542, "/3303/0", "", "it is empty" },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		CHECK(read_bytes(bad[i].format, bad[i].path, bad[i].in, strlen(bad[i].in)) ==
		    PAYLOAD_UNSOUND);
		if (strcmp(payload.why, bad[i].why) != 0)
			fprintf(stderr, "%s\n", payload.why);
		CHECK(strcmp(payload.why, bad[i].why) == 0);
	}
	CHECK(read_bytes(41, "/", "<a/>", 4) == PAYLOAD_UNREADABLE);
	CHECK(strcmp(payload.why, "content format 41 is not read") == 0);
}

static void
places_are_read_or_not(void)
{
	static const char *const good[] = { "0:u8", "4:u16", "65535:f64", "0:i24le", "2:u8.7",
	    "0:u64.63" };
	static const char *const bad[] = { "", "4", ":u8", "4:", "4:x8", "4:u7", "4:u0", "4:u72",
	    "4:f16", "4:u8.8", "4:i8.1", "65536:u8", "4:u8le2", "-1:u8", "4:u8.", "4:u8 ",
	    "sum", "99999999999999999999:u8" };
	struct payload_place p;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		CHECK(payload_place(good[i], &p));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK(!payload_place(bad[i], &p));
}

/* 16 KiB of it fit into the room, and no work is done again and again. */
static void
a_large_message_has_room(void)
{
	static char text[16384];
	static struct push pushes[4000];
	struct payload_want want = { .unit = "" };
	size_t n = 1;

	text[0] = '[';
	while (n + 9 < sizeof(text) - 1)
		n += (size_t)sprintf(text + n, "%s{\"v\":1}", n > 1 ? "," : "");
	text[n++] = ']';
	CHECK(read_bytes(110, "/a", text, n) == PAYLOAD_READ);
	CHECK(payload_pick(&payload, &want, pushes, 4000) > 1800);
	CHECK(payload_pick(&payload, &want, pushes, 5) == 5);
}

/* Two messages that say when all of it was are the same where their bytes are. */
static void
what_says_when_it_was_says_so_of_all(void)
{
	static const struct { int format; const char *path, *in; int64_t last; } all[] = {
		{ 110, "/", "[{\"n\":\"a\",\"v\":1,\"t\":1764142000}]", 1764142000000 },
		{ 110, "/", "[{\"bt\":1764142000,\"n\":\"a\",\"v\":1},{\"n\":\"b\",\"s\":2,\"t\":-5}]",
		  1764141995000 },
		{ 110, "/", "[{\"n\":\"a\",\"v\":1,\"t\":1764142000},{\"n\":\"b\",\"v\":1,\"bt\":0,\"t\":-1}]",
		  0 },
		{ 110, "/", "[{\"n\":\"a\",\"v\":1}]", 0 },
		{ 110, "/", "[{\"n\":\"a\",\"v\":1,\"t\":-60}]", 0 },
		{ 110, "/", "[{\"n\":\"a\",\"v\":1,\"t\":1764143401}]", 0 },	/* ahead */
		{ 110, "/", "[{\"n\":\"/3303/0/5700\",\"v\":1},{\"n\":\"/3303/0/5518\","
		  "\"v\":1764142000}]", 1764142000000 },
		{ 0, "/3303/0/5700", "23.1", 0 },
		{ 42, "/19/0/0", "23.1", 0 },
	};
	int64_t last;

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		CHECK(read_bytes(all[i].format, all[i].path, all[i].in, strlen(all[i].in)) ==
		    PAYLOAD_READ);
		CHECK(payload_dated(&payload, NOW + 600000, &last) == (all[i].last != 0));
		CHECK(all[i].last == 0 || last == all[i].last);
	}
}

int
main(void)
{
	RUN(each_format_has_values_with_keys);
	RUN(what_is_none_of_its_format_is_refused);
	RUN(places_are_read_or_not);
	RUN(a_large_message_has_room);
	RUN(what_says_when_it_was_says_so_of_all);
	return 0;
}
