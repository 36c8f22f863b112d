#include <float.h>
#include <math.h>
#include <string.h>

#include "../../protocols/line.h"
#include "../check.h"
#include "line_parser.h"

static uint8_t room[4000];
static struct buf b;
static struct line_writer w;

static void
begin(const char *measurement)
{
	b = (struct buf){ .at = room, .cap = sizeof(room) };
	line_begin(&w, &b, measurement);
}

static struct parsed_line
parsed(void)
{
	struct parsed_line line;

	if (!line_parse((const char *)room, b.len, &line))
		fprintf(stderr, "not understood: %.*s", (int)b.len, (const char *)room);
	CHECK(line_parse((const char *)room, b.len, &line));
	return line;
}

static void
a_whole_line(void)
{
	static const char want[] = "tide\\,ga\\ te=,gate\\ way=sw\\,1,po\\=int=a\\=b\\x "
	    "value=10.07,n=-5i,u=9223372036854775807i,ok=true,no=false,t=\"a \\\"b\\\" \\\\ c,=\t油\" "
	    "1700000000123\n";

	begin("tide,ga te=");
	line_tag(&w, "gate way", "sw,1");
	line_tag(&w, "empty", "");
	line_tag(&w, "po=int", "a=b\\x");
	line_real32(&w, "value", 10.07f);
	line_int(&w, "n", -5);
	line_uint(&w, "u", INT64_MAX);
	line_bool(&w, "ok", true);
	line_bool(&w, "no", false);
	line_string(&w, "t", "a \"b\" \\ c,=\t油");
	CHECK(line_end(&w, 1700000000123) == LINE_WRITTEN);
	CHECK(b.len == strlen(want) && memcmp(room, want, b.len) == 0);
	CHECK(parsed().nfields == 6);
}

enum place { MEASUREMENT, TAG_KEY, TAG_VALUE, FIELD_KEY, STRING, PLACES };

/* Writes text in one place; what a strict reader gets there must be text. */
static enum line_result
write_in(enum place place, const char *text)
{
	begin(place == MEASUREMENT ? text : "m");
	line_tag(&w, place == TAG_KEY ? text : "k", place == TAG_VALUE ? text : "v");
	line_tag(&w, "z", "last");
	line_string(&w, place == FIELD_KEY ? text : "f", place == STRING ? text : "s");
	line_int(&w, "g", 1);
	return line_end(&w, 5);
}

static void
comes_back(enum place place, const char *text, const char *want)
{
	struct parsed_line line = parsed();
	const char *got[PLACES] = { line.measurement, line.tags[0].key, line.tags[0].value,
	    line.fields[0].key, line.fields[0].text };

	CHECK(line.ntags == 2 && line.nfields == 2 && line.time == 5);
	if (strcmp(got[place], want) != 0)
		fprintf(stderr, "place %d: %s came back as %s\n", (int)place, text, got[place]);
	CHECK(strcmp(got[place], want) == 0);
	CHECK(strcmp(line.tags[1].value, "last") == 0 && line.fields[1].integer == 1);
}

/* Is the refusal of this byte, alone or in this company, what was promised? */
static bool
must_refuse(enum place place, const char *text)
{
	bool control = false, utf8 = true, slash = false;

	for (const char *p = text; *p != '\0'; p++) {
		uint8_t c = (uint8_t)*p;

		control = control || c == 0x7f || (c < 0x20 && (place != STRING || c != '\t'));
		utf8 = utf8 && c < 0x80;	/* the test adds single bytes only */
		slash = slash || (c == '\\' && (p[1] == '\0' || strchr(", =\\", p[1]) != NULL));
	}
	if (place == STRING)
		return control;
	return control || !utf8 || slash || text[0] == '\0' ||
	    (place == MEASUREMENT && text[0] == '#');
}

static void
every_byte_in_every_place(void)
{
	static const char *const around[] = { "%c", "a%c", "%cb", "a%cb", "a%c,b", "a%c b",
	    "a%c=b", "a\\%cb", "a%c\\b", "\"%c\"", "a%c%c" };
	char text[20], want[60];
	unsigned written = 0, refused = 0;

	for (enum place place = 0; place < PLACES; place++)
		for (size_t i = 0; i < sizeof(around) / sizeof(around[0]); i++)
			for (int c = 1; c < 256; c++) {
				snprintf(text, sizeof(text), around[i], c, c);
				if (write_in(place, text) != LINE_WRITTEN) {
					CHECK(must_refuse(place, text));
					CHECK(b.len == 0 && !b.bad);
					refused++;
					continue;
				}
				CHECK(!must_refuse(place, text));
				written++;
				want[0] = '\0';
				for (const char *p = text; *p != '\0'; p++)
					snprintf(want + strlen(want), sizeof(want) - strlen(want),
					    (uint8_t)*p < 0x80 ? "%c" : "\xef\xbf\xbd", *p);
				comes_back(place, text, want);
			}
	CHECK(written > 3000 && refused > 3000);
}

static void
nothing_that_two_servers_read_differently(void)
{
	for (enum place place = 0; place < STRING; place++) {
		CHECK(write_in(place, "ends in\\") == LINE_REFUSED);
		CHECK(write_in(place, "a\\,b") == LINE_REFUSED);
		CHECK(write_in(place, "a\\\\b") == LINE_REFUSED);
		CHECK(write_in(place, "two\nlines") == LINE_REFUSED);
		CHECK(write_in(place, "half \xe6\xb2") == LINE_REFUSED);
		CHECK(write_in(place, "a\\b") == LINE_WRITTEN);
		CHECK(write_in(place, "油烟") == LINE_WRITTEN);
		comes_back(place, "油烟", "油烟");
	}
	CHECK(write_in(STRING, "two\nlines") == LINE_REFUSED);
	CHECK(write_in(STRING, "ends in\\") == LINE_WRITTEN);
	CHECK(write_in(TAG_KEY, "time") == LINE_REFUSED);
	CHECK(write_in(FIELD_KEY, "time") == LINE_REFUSED);
	CHECK(write_in(TAG_VALUE, "time") == LINE_WRITTEN);
	CHECK(write_in(MEASUREMENT, "# no line") == LINE_REFUSED);
	CHECK(write_in(MEASUREMENT, "") == LINE_REFUSED);
	CHECK(write_in(TAG_KEY, "") == LINE_REFUSED);
	CHECK(write_in(FIELD_KEY, "") == LINE_REFUSED);
	CHECK(write_in(STRING, "") == LINE_WRITTEN);
	begin("m");
	line_tag(&w, "k", "v");
	CHECK(line_end(&w, 1) == LINE_REFUSED);		/* no field */
}

static void
numbers_come_back_the_same(void)
{
	static const double rows[] = { 0, -0.0, 7.3, -1e300, DBL_MIN, DBL_MAX, 5e-324, 1e22,
	    1.0 / 3, 123456789012345678.0 };
	static const double no[] = { NAN, INFINITY, -INFINITY };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		begin("m");
		line_real(&w, "v", rows[i]);
		CHECK(line_end(&w, INT64_MIN) == LINE_WRITTEN);
		CHECK(parsed().fields[0].kind == 'f' && parsed().fields[0].real == rows[i]);
		CHECK(parsed().time == INT64_MIN);
	}
	for (size_t i = 0; i < 3; i++) {
		begin("m");
		line_real(&w, "v", no[i]);
		CHECK(line_end(&w, 1) == LINE_REFUSED && b.len == 0);
		begin("m");
		line_real32(&w, "v", (float)no[i]);
		CHECK(line_end(&w, 1) == LINE_REFUSED && b.len == 0);
	}
	begin("m");
	line_int(&w, "v", INT64_MIN);
	CHECK(line_end(&w, 1) == LINE_WRITTEN && parsed().fields[0].integer == INT64_MIN);
	begin("m");
	line_uint(&w, "v", (uint64_t)INT64_MAX + 1);
	CHECK(line_end(&w, 1) == LINE_REFUSED);
	begin("m");
	line_bool(&w, "v", true);
	CHECK(line_end(&w, 1) == LINE_WRITTEN && parsed().fields[0].kind == 'b');
}

static void
line_that_does_not_fit_leaves_no_trace(void)
{
	size_t whole;

	CHECK(write_in(TAG_VALUE, "a b") == LINE_WRITTEN);
	whole = b.len;
	for (size_t cap = 0; cap < whole; cap++) {
		memcpy(room, "x\n", 2);
		b = (struct buf){ .at = room, .cap = 2 + cap, .len = 2 };
		line_begin(&w, &b, "m");
		line_tag(&w, "k", "a b");
		line_tag(&w, "z", "last");
		line_string(&w, "f", "s");
		line_int(&w, "g", 1);
		CHECK(line_end(&w, 5) == LINE_FULL);
		CHECK(b.len == 2 && !b.bad && memcmp(room, "x\n", 2) == 0);
	}
}

static void
line_is_gone_on_with_at_its_end(void)
{
	static const char head[] = "m,k=v", first[] = "m,k=v f=1 -5\n";
	static const char both[] = "m,k=v f=1,g=\"a b\",h=2i -5\n";

	for (size_t cap = sizeof(first) - 1; cap < sizeof(both) + 1; cap++) {
		bool fits = cap >= sizeof(both) - 1;
		const char *wanted = fits ? both : first;

		b = (struct buf){ .at = room, .cap = cap };
		line_again(&w, &b, head, sizeof(head) - 1);
		line_real(&w, "f", 1);
		CHECK(line_end(&w, -5) == LINE_WRITTEN);
		line_join(&w, &b, -5);
		line_string(&w, "g", "a b");
		line_int(&w, "h", 2);
		CHECK(line_end(&w, -5) == (fits ? LINE_WRITTEN : LINE_FULL));
		CHECK(b.len == strlen(wanted) && memcmp(room, wanted, b.len) == 0 && !b.bad);
	}
	line_join(&w, &b, -5);			/* what no line can say leaves it whole */
	line_string(&w, "i", "a\nb");
	CHECK(line_end(&w, -5) == LINE_REFUSED);
	CHECK(b.len == strlen(both) && memcmp(room, both, b.len) == 0 && !b.bad);
}

int
main(void)
{
	RUN(a_whole_line);
	RUN(every_byte_in_every_place);
	RUN(nothing_that_two_servers_read_differently);
	RUN(numbers_come_back_the_same);
	RUN(line_that_does_not_fit_leaves_no_trace);
	RUN(line_is_gone_on_with_at_its_end);
	return 0;
}
