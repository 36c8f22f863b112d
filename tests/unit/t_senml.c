#include <stdlib.h>
#include <string.h>

#include "../check.h"
#include "senml_text.h"

#define NOW	1764142800000	/* 2025-11-26 07:40:00 UTC */
#define OW	"urn:dev:ow:10e2073a01080063"
#define OW2	"urn:dev:ow:10e2073a0108006"

static unsigned char room[256 * 1024];
static struct arena arena;

/* In a piece of its own size, so that a sanitizer sees reads past the end. */
static const char *
read_as(bool cbor, const void *bytes, size_t n)
{
	uint8_t *exact = malloc(n + 1);
	struct senml s;
	int rc;

	memcpy(exact, bytes, n);
	arena = (struct arena){ .at = room, .cap = sizeof(room) };
	rc = (cbor ? senml_cbor : senml_json)(&s, exact, n, NOW, &arena);
	free(exact);
	CHECK((rc == 0) == (s.why[0] == '\0'));
	CHECK(rc == 0 || (s.first == NULL && s.n == 0));
	return senml_text(&s);
}

static int failed;

static void
same(const char *name, const char *got, const char *wanted)
{
	if (strcmp(got, wanted) == 0)
		return;
	fprintf(stderr, "%s:\n%s\nand not:\n%s\n", name, got, wanted);
	failed = 1;
}

struct vector {
	const char	*name, *in, *out;
};

/* The examples of RFC 8428 (sections 5.1.1 to 5.1.7), and of its drafts. */
static const struct vector examples[] = {
	{ "5.1.1 single data point", "[{\"n\":\"" OW "\",\"u\":\"Cel\",\"v\":23.1}]",
	  OW " Cel 23.100000000000001 0\n" },
	{ "5.1.2 multiple data points",
	  "[{\"bn\":\"" OW ":\",\"n\":\"voltage\",\"u\":\"V\",\"v\":120.1},"
	  "{\"n\":\"current\",\"u\":\"A\",\"v\":1.2}]",
	  OW ":voltage V 120.09999999999999 0\n" OW ":current A 1.2 0\n" },
	{ "5.1.2 a base time",
	  "[{\"bn\":\"" OW2 ":\",\"bt\":1.276020076001e+09,\"bu\":\"A\",\"bver\":5,"
	  "\"n\":\"voltage\",\"u\":\"V\",\"v\":120.1},"
	  "{\"n\":\"current\",\"t\":-5,\"v\":1.2},{\"n\":\"current\",\"t\":-4,\"v\":1.3},"
	  "{\"n\":\"current\",\"t\":-3,\"v\":1.4},{\"n\":\"current\",\"t\":-2,\"v\":1.5},"
	  "{\"n\":\"current\",\"t\":-1,\"v\":1.6},{\"n\":\"current\",\"v\":1.7}]",
	  OW2 ":voltage V 120.09999999999999 1276020076001\n"
	  OW2 ":current A 1.2 1276020071001\n" OW2 ":current A 1.3 1276020072001\n"
	  OW2 ":current A 1.3999999999999999 1276020073001\n"
	  OW2 ":current A 1.5 1276020074001\n"
	  OW2 ":current A 1.6000000000000001 1276020075001\n"
	  OW2 ":current A 1.7 1276020076001\n" },
	{ "5.1.3 multiple measurements of one",
	  "[{\"bn\":\"" OW "\",\"bt\":1.320067464e+09,\"bu\":\"%RH\",\"v\":21.2},"
	  "{\"t\":10,\"v\":21.3},{\"t\":20,\"v\":21.4},{\"t\":91,\"v\":21.5}]",
	  OW " %RH 21.199999999999999 1320067464000\n"
	  OW " %RH 21.300000000000001 1320067474000\n"
	  OW " %RH 21.399999999999999 1320067484000\n" OW " %RH 21.5 1320067555000\n" },
	{ "5.1.3 and of where it was",
	  "[{\"bn\":\"" OW "\",\"bt\":1.320067464e+09,\"bu\":\"%RH\",\"v\":20},"
	  "{\"u\":\"lon\",\"v\":24.30621},{\"u\":\"lat\",\"v\":60.07965},"
	  "{\"t\":60,\"v\":20.3},{\"u\":\"lon\",\"t\":60,\"v\":24.30622},"
	  "{\"u\":\"lat\",\"t\":60,\"v\":60.07965},{\"t\":120,\"v\":20.7},"
	  "{\"u\":\"lon\",\"t\":120,\"v\":24.30623},{\"u\":\"lat\",\"t\":120,\"v\":60.07966},"
	  "{\"u\":\"%EL\",\"t\":150,\"v\":98},{\"t\":180,\"v\":21.2},"
	  "{\"u\":\"lon\",\"t\":180,\"v\":24.30628},{\"u\":\"lat\",\"t\":180,\"v\":60.07967}]",
	  OW " %RH 20 1320067464000\n" OW " lon 24.30621 1320067464000\n"
	  OW " lat 60.079650000000001 1320067464000\n"
	  OW " %RH 20.300000000000001 1320067524000\n"
	  OW " lon 24.30622 1320067524000\n" OW " lat 60.079650000000001 1320067524000\n"
	  OW " %RH 20.699999999999999 1320067584000\n" OW " lon 24.306229999999999 1320067584000\n"
	  OW " lat 60.079659999999997 1320067584000\n" OW " %EL 98 1320067614000\n"
	  OW " %RH 21.199999999999999 1320067644000\n"
	  OW " lon 24.306280000000001 1320067644000\n"
	  OW " lat 60.07967 1320067644000\n" },
	{ "5.1.4 resolved data",
	  "[{\"n\":\"" OW "\",\"u\":\"%RH\",\"t\":1.320067464e+09,\"v\":20},"
	  "{\"n\":\"" OW "\",\"u\":\"lon\",\"t\":1.320067464e+09,\"v\":24.30621}]",
	  OW " %RH 20 1320067464000\n" OW " lon 24.30621 1320067464000\n" },
	{ "5.1.5 multiple data types",
	  "[{\"bn\":\"" OW ":\",\"n\":\"temp\",\"u\":\"Cel\",\"v\":23.1},"
	  "{\"n\":\"label\",\"vs\":\"Machine Room\"},{\"n\":\"open\",\"vb\":false},"
	  "{\"n\":\"nfv-reader\",\"vd\":\"aGkgCg\"}]",
	  OW ":temp Cel 23.100000000000001 0\n" OW ":label - \"Machine Room\" 0\n"
	  OW ":open - false 0\n" OW ":nfv-reader - h6869200a 0\n" },
	{ "5.1.6 collection of resources",
	  "[{\"bn\":\"2001:db8::2/\",\"bt\":1.320078429e+09,\"n\":\"temperature\",\"u\":\"Cel\","
	  "\"v\":25.2},{\"n\":\"humidity\",\"u\":\"%RH\",\"v\":30},"
	  "{\"bn\":\"2001:db8::1/\",\"n\":\"temperature\",\"u\":\"Cel\",\"v\":12.3},"
	  "{\"n\":\"humidity\",\"u\":\"%RH\",\"v\":67}]",
	  "2001:db8::2/temperature Cel 25.199999999999999 1320078429000\n"
	  "2001:db8::2/humidity %RH 30 1320078429000\n"
	  "2001:db8::1/temperature Cel 12.300000000000001 1320078429000\n"
	  "2001:db8::1/humidity %RH 67 1320078429000\n" },
	{ "5.1.7 setting an actuator",
	  "[{\"bn\":\"" OW ":\"},{\"n\":\"temp\",\"u\":\"Cel\",\"v\":23.1},"
	  "{\"n\":\"heat\",\"u\":\"/\",\"v\":1},{\"n\":\"fan\",\"u\":\"/\",\"v\":0}]",
	  OW ":temp Cel 23.100000000000001 0\n" OW ":heat / 1 0\n" OW ":fan / 0 0\n" },
	{ "lights, a base unit and names that differ",
	  "[{\"bt\":1.320078429e+09,\"bu\":\"/\",\"n\":\"2001:db8::3\",\"v\":0.5},"
	  "{\"n\":\"2001:db8::4\",\"v\":0.5},{\"n\":\"2001:db8::3\",\"t\":0.1,\"v\":0},"
	  "{\"n\":\"2001:db8::4\",\"t\":0.1,\"v\":0}]",
	  "2001:db8::3 / 0.5 1320078429000\n2001:db8::4 / 0.5 1320078429000\n"
	  "2001:db8::3 / 0 1320078429100\n2001:db8::4 / 0 1320078429100\n" },
	{ "a field of a later text",
	  "[{\"bn\":\"" OW ":\",\"bt\":1320078429,\"l\":\"[{\\\"href\\\":\\\"humidity\\\"}]\","
	  "\"n\":\"temperature\",\"u\":\"Cel\",\"v\":27.2}]",
	  OW ":temperature Cel 27.199999999999999 1320078429000\n" },
};

static void
the_examples_of_the_standard_are_resolved(void)
{
	for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++)
		same(examples[i].name, read_as(false, examples[i].in, strlen(examples[i].in)),
		    examples[i].out);
	CHECK(failed == 0);
}

static const struct vector jsons[] = {
	/* times */
	{ "a minute ago", "[{\"n\":\"a\",\"t\":-60,\"v\":1}]", "a - 1 1764142740000\n" },
	{ "the largest relative one", "[{\"n\":\"a\",\"t\":268435455,\"v\":1}]",
	  "a - 1 2032578255000\n" },
	{ "the least absolute one", "[{\"n\":\"a\",\"t\":268435456,\"v\":1}]",
	  "a - 1 268435456000\n" },
	{ "before 1970", "[{\"n\":\"a\",\"t\":-1e12,\"v\":1}]",
	  "refused: record 1: a time that is none" },
	{ "in the year 40000", "[{\"n\":\"a\",\"t\":1.2e12,\"v\":1}]",
	  "refused: record 1: a time that is none" },
	{ "milliseconds and not seconds", "[{\"n\":\"a\",\"t\":1764142800000,\"v\":1}]",
	  "refused: record 1: a time that is none" },
	/* numbers */
	{ "a total of 53 bits and more", "[{\"n\":\"a\",\"v\":9007199254740993}]",
	  "a - 9007199254740993 0\n" },
	{ "of more than 64", "[{\"n\":\"a\",\"v\":18446744073709551616}]",
	  "a - 1.8446744073709552e+19 0\n" },
	{ "none that a double has", "[{\"n\":\"a\",\"v\":1e400}]",
	  "refused: no JSON: real number overflow near '1e400', at byte 19" },
	{ "a base value", "[{\"bv\":20,\"n\":\"a\",\"v\":1},{\"v\":-1.5},{\"n\":\"b\"}]",
	  "a - 21 0\n- - 18.5 0\nb - 20 0\n" },
	{ "a base value that is no integer any more",
	  "[{\"bv\":9223372036854775807,\"n\":\"a\",\"v\":1}]", "a - 9.2233720368547758e+18 0\n" },
	{ "sums", "[{\"bs\":100,\"n\":\"a\",\"v\":3,\"s\":5},{\"n\":\"b\",\"s\":-1},"
	  "{\"n\":\"c\",\"vs\":\"x\"}]",
	  "a - 3 0 sum 105\nb - - 0 sum 99\nc - \"x\" 0 sum 100\n" },
	{ "until when the next will come", "[{\"n\":\"a\",\"v\":1,\"ut\":300}]",
	  "a - 1 0 within 300\n" },
	/* texts and data */
	{ "Chinese", "[{\"n\":\"a\",\"vs\":\"油烟\"}]", "a - \"油烟\" 0\n" },
	{ "an empty text", "[{\"n\":\"a\",\"vs\":\"\"}]", "a - \"\" 0\n" },
	{ "no bytes", "[{\"n\":\"a\",\"vd\":\"\"}]", "a - h 0\n" },
	{ "one byte", "[{\"n\":\"a\",\"vd\":\"_w\"}]", "a - hff 0\n" },
	{ "padded all the same", "[{\"n\":\"a\",\"vd\":\"_w==\"}]", "a - hff 0\n" },
	{ "of the other alphabet", "[{\"n\":\"a\",\"vd\":\"+w\"}]",
	  "refused: record 1: vd is no base64url" },
	{ "no group of it", "[{\"n\":\"a\",\"vd\":\"abcde\"}]",
	  "refused: record 1: vd is no base64url" },
	/* names */
	{ "a path of LwM2M", "[{\"bn\":\"/3303/0/\",\"n\":\"5700\",\"v\":1}]",
	  "/3303/0/5700 - 1 0\n" },
	{ "nobody", "[{\"v\":1}]", "- - 1 0\n" },
	{ "a blank", "[{\"n\":\"a b\",\"v\":1}]", "refused: record 1: a name is of letters, "
	  "digits and - : . / _, of which only / may be the first" },
	{ "a colon first", "[{\"n\":\":a\",\"v\":1}]", "refused: record 1: a name is of letters, "
	  "digits and - : . / _, of which only / may be the first" },
	/* what is not understood */
	{ "version 11", "[{\"bver\":11,\"n\":\"a\",\"v\":1}]",
	  "refused: record 1: bver 11: only versions up to 10 are read" },
	{ "version 10, and 9", "[{\"bver\":10,\"n\":\"a\",\"v\":1},{\"bver\":9,\"v\":1}]",
	  "refused: record 2: bver differs from that of a record before" },
	{ "half a version", "[{\"bver\":1.5,\"n\":\"a\",\"v\":1}]",
	  "refused: record 1: bver is no positive whole number" },
	{ "what must be understood", "[{\"n\":\"a\",\"v\":1,\"foo_\":2}]",
	  "refused: record 1: foo_ is to be understood, and is not" },
	{ "what need not", "[{\"n\":\"a\",\"v\":1,\"_foo\":{\"x\":[]}}]", "a - 1 0\n" },
	/* what is no pack */
	{ "two values", "[{\"n\":\"a\",\"v\":1,\"vb\":true}]",
	  "refused: record 1: it has 2 values" },
	{ "the second is bad, so all are", "[{\"n\":\"a\",\"v\":1},{\"n\":\"b\",\"v\":\"1\"}]",
	  "refused: record 2: v is no number" },
	{ "a text that is none", "[{\"n\":\"a\",\"vs\":1}]", "refused: record 1: vs is no string" },
	{ "a truth that is none", "[{\"n\":\"a\",\"vb\":1}]",
	  "refused: record 1: vb is neither true nor false" },
	{ "null", "[{\"n\":\"a\",\"v\":null}]", "refused: record 1: v is no number" },
	{ "a name twice", "[{\"n\":\"a\",\"v\":1,\"v\":2}]",
	  "refused: no JSON: duplicate object key near '\"v\"', at byte 19" },
	{ "no record", "[]", "refused: no record has a value" },
	{ "a base alone", "[{\"bn\":\"a\",\"bt\":5}]", "refused: no record has a value" },
	{ "an object", "{\"n\":\"a\",\"v\":1}", "refused: no array of records" },
	{ "a number among records", "[1]", "refused: record 1: it is no object" },
	{ "half of it", "[{\"n\":\"a\",\"v\":1}", "refused: no JSON: ']' expected near end of file"
	  ", at byte 16" },
	{ "more than one", "[{\"n\":\"a\",\"v\":1}]x",
	  "refused: no JSON: end of file expected near 'x', at byte 18" },
	{ "nothing", "", "refused: no JSON: '[' or '{' expected near end of file, at byte 0" },
};

static void
json_means_what_it_says_or_nothing(void)
{
	for (size_t i = 0; i < sizeof(jsons) / sizeof(jsons[0]); i++)
		same(jsons[i].name, read_as(false, jsons[i].in, strlen(jsons[i].in)), jsons[i].out);
	CHECK(failed == 0);
}

static const struct vector cbors[] = {
	{ "the example of RFC 8428 (section 6)",
	  "87a721781b75726e3a6465763a6f773a313065323037336130313038303036"
	  "3a22fb41d303a15b00106223614120050067766f6c7461676501615602fb405e066666666666"
	  "a3006763757272656e74062402fb3ff3333333333333a3006763757272656e74062302fb3ff4cccccccccccd"
	  "a3006763757272656e74062202fb3ff6666666666666a3006763757272656e74062102f93e00"
	  "a3006763757272656e74062002fb3ff999999999999aa3006763757272656e74060002fb3ffb333333333333",
	  OW2 ":voltage V 120.09999999999999 1276020076001\n"
	  OW2 ":current A 1.2 1276020071001\n" OW2 ":current A 1.3 1276020072001\n"
	  OW2 ":current A 1.3999999999999999 1276020073001\n"
	  OW2 ":current A 1.5 1276020074001\n"
	  OW2 ":current A 1.6000000000000001 1276020075001\n"
	  OW2 ":current A 1.7 1276020076001\n" },
	{ "indefinite array and map", "9fbf00616102186497ffff",
	  "refused: record 1: a label is neither a number nor a text" },
	{ "and sound ones", "9fbf006161021864ffbf006162 02387fffff", "a - 100 0\nb - -128 0\n" },
	{ "tagged as CBOR", "d9d9f781a200616102 1903e8", "a - 1000 0\n" },
	{ "a decimal fraction", "81a200616102c48221196ab3", "a - 273.14999999999998 0\n" },
	{ "of another power", "81a200616102c4820303", "a - 3000 0\n" },
	{ "that is none", "81a200616102c48121", "refused: record 1: v is no decimal fraction" },
	{ "single precision", "81a200616102fa41bc0000", "a - 23.5 0\n" },
	{ "no number, which it may say", "81a200616102f97e00", "a - nan 0\n" },
	{ "but not of a time", "81a300616106f97e000201",
	  "refused: record 1: not a number, in another field than v" },
	{ "64 bits", "81a2006161021bffffffffffffffff", "a - 1.8446744073709552e+19 0\n" },
	{ "and negative", "81a2006161023b7fffffffffffffff", "a - -9223372036854775808 0\n" },
	{ "true, text and bytes", "83a200616104f5a20061620361 78a2006163 0842beef",
	  "a - true 0\nb - \"x\" 0\nc - hbeef 0\n" },
	{ "names instead of labels", "81a3616e01 00616102 05", "a - 5 0\n" },
	{ "what is not known", "81a400616102 05 0982a161780163616263 63666f6f c101", "a - 5 0\n" },
	{ "what must be", "81a300616102 05 64666f6f5f 01",
	  "refused: record 1: foo_ is to be understood, and is not" },
	{ "a value twice", "81a30061610205 0206", "refused: record 1: v stands twice" },
	{ "a name twice", "81a3006161006162 0206", "refused: record 1: n stands twice" },
	{ "a text in pieces", "81a2007f6161ff0201",
	  "refused: record 1: n is no text of definite length" },
	{ "pieces that nobody asks for", "81a300616102 01 0b7f616161 62ff", "a - 1 0\n" },
	{ "deep ones", "81a300616102010b818181818181818101",
	  "refused: record 1: too many things in each other" },
	{ "a text as bytes", "81a2004161 0201", "refused: record 1: n is no text of definite length" },
	{ "a map of very many", "81bb7fffffffffffffff", "refused: record 1: the CBOR ends too soon" },
	{ "more pairs than can be counted", "81a3006161 0201 0bbb8000000000000000",
	  "refused: record 1: the CBOR ends too soon" },
	{ "an array of very many", "9b7fffffffffffffff",
	  "refused: record 1: the CBOR ends too soon" },
	{ "passed over, very many", "81a1 0b 9b7fffffffffffffff",
	  "refused: record 1: the CBOR ends too soon" },
	{ "a text of very many", "81a1 00 7b7fffffffffffffff61",
	  "refused: record 1: the CBOR ends too soon" },
	{ "cut", "81a2006161", "refused: record 1: the CBOR ends too soon" },
	{ "a break", "81a2ff", "refused: record 1: a label is neither a number nor a text" },
	{ "a break for a value", "81a10bff", "refused: record 1: a break where nothing is open" },
	{ "what no CBOR is", "81a1001c", "refused: record 1: no CBOR" },
	{ "a map", "a10001", "refused: no array of records" },
	{ "one and a half", "81a200616102 05 00", "refused: something stands behind the pack" },
	{ "nothing", "", "refused: the CBOR ends too soon" },
	{ "no record", "80", "refused: no record has a value" },
};

static void
cbor_means_what_it_says_or_nothing(void)
{
	uint8_t bytes[1000];

	for (size_t i = 0; i < sizeof(cbors) / sizeof(cbors[0]); i++) {
		size_t n = bytes_of_hex(cbors[i].in, bytes);

		same(cbors[i].name, read_as(true, bytes, n), cbors[i].out);
	}
	CHECK(failed == 0);
}

static void
a_pack_that_is_too_large_is_refused(void)
{
	const char *text = "[{\"n\":\"a\",\"v\":1},{\"n\":\"b\",\"v\":2}]";
	struct senml s;

	for (size_t cap = 0; cap < 400; cap += 16) {
		arena = (struct arena){ .at = room, .cap = cap };
		if (senml_json(&s, text, strlen(text), NOW, &arena) == 0)
			break;
		CHECK(strstr(s.why, "the pack is too large") != NULL);
	}
	CHECK(s.n == 2);
}

static void
units_are_ours(void)
{
	static const struct { const char *theirs, *ours; double times; } rows[] = {
		{ "Cel", "degC", 1 }, { "%RH", "%RH", 1 }, { "/", "%", 100 }, { "%", "%", 100 },
		{ "%EL", "%", 1 }, { "V", "V", 1 }, { "l/s", "L/s", 1 }, { "/100", "%", 1 },
		{ "kat", NULL, 1 }, { "Celsius", NULL, 1 }, { "pH", "pH", 1 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		double times;
		const char *ours = senml_unit(rows[i].theirs, &times);

		CHECK((ours == NULL) == (rows[i].ours == NULL));
		CHECK(ours == NULL || strcmp(ours, rows[i].ours) == 0);
		CHECK(times == rows[i].times);
	}
}

int
main(void)
{
	RUN(the_examples_of_the_standard_are_resolved);
	RUN(json_means_what_it_says_or_nothing);
	RUN(cbor_means_what_it_says_or_nothing);
	RUN(a_pack_that_is_too_large_is_refused);
	RUN(units_are_ours);
	return 0;
}
