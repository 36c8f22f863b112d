#include <float.h>
#include <math.h>
#include <string.h>

#include "../../devices/value.h"
#include "../check.h"

#define F32(x)	{ .kind = VALUE_F32, .f = (x) }
#define F64(x)	{ .kind = VALUE_F64, .d = (x) }
#define I64(x)	{ .kind = VALUE_I64, .i = (x) }
#define U64(x)	{ .kind = VALUE_U64, .u = (x) }

static const struct {
	struct value	 v;
	int		 decimals;
	const char	*text;
} texts[] = {
	{ { .kind = VALUE_NONE },		2,	"" },
	{ { .kind = VALUE_BOOL, .b = true },	2,	"true" },
	{ { .kind = VALUE_BOOL },		-1,	"false" },
	{ { .kind = VALUE_TEXT, .text = "阀开" }, 1,	"阀开" },
	{ I64(INT64_MIN),			-1,	"-9223372036854775808" },
	{ I64(5),				2,	"5" },	/* never rounded nor padded */
	{ U64(UINT64_MAX),			0,	"18446744073709551615" },
	{ F32(10.07f),				-1,	"10.07" },
	{ F32(10.07f),				1,	"10.1" },
	{ F32(16777216.0f),			-1,	"16777216" },
	{ F32(0.1f),				3,	"0.100" },
	{ F64(0.1),				-1,	"0.1" },
	{ F64(1.0 / 3),				-1,	"0.3333333333333333" },
	{ F64(7.3),				0,	"7" },
	{ F64(2.675),				2,	"2.67" },	/* the double is below */
	{ F64(-0.004),				2,	"0.00" },	/* no "-0.00" */
	{ F64(-0.0),				-1,	"0" },
	{ F64(-0.05),				2,	"-0.05" },
	{ F64(NAN),				1,	"nan" },
	{ F32(-INFINITY),			1,	"-inf" },
};

static void
text_is_exact_and_never_minus_zero(void)
{
	char buf[400];

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		value_text(&texts[i].v, texts[i].decimals, buf, sizeof(buf));
		if (strcmp(buf, texts[i].text) != 0)
			fprintf(stderr, "row %zu: got \"%s\"\n", i, buf);
		CHECK(strcmp(buf, texts[i].text) == 0);
	}
}

static void
shortest_text_reads_back_the_same(void)
{
	static const struct value most = F64(DBL_MAX), least = F32(FLT_TRUE_MIN);
	unsigned seed = 7;
	char buf[64];

	CHECK(strtod(value_text(&most, -1, buf, sizeof(buf)), NULL) == DBL_MAX);
	CHECK(strtof(value_text(&least, -1, buf, sizeof(buf)), NULL) == FLT_TRUE_MIN);
	for (int i = 0; i < 20000; i++) {
		struct value f = F32(0), d = F64(0);

		seed = seed * 1664525U + 1013904223U;
		f.f = ldexpf((float)seed, (int)(seed % 200) - 100);
		d.d = ldexp((double)seed / 3, (int)(seed % 1800) - 900);
		CHECK(strtof(value_text(&f, -1, buf, sizeof(buf)), NULL) == f.f);
		CHECK(strtod(value_text(&d, -1, buf, sizeof(buf)), NULL) == d.d);
	}
}

static void
text_is_cut_to_its_room(void)
{
	struct value v = F64(123456.75), t = { .kind = VALUE_TEXT, .text = "open" };
	char buf[4];

	CHECK(strcmp(value_text(&v, 2, buf, sizeof(buf)), "123") == 0);
	CHECK(strcmp(value_text(&t, 2, buf, sizeof(buf)), "ope") == 0);
	CHECK(strcmp(value_text(&t, 2, buf, 1), "") == 0);
}

/* The first figures of a number that does not fit are another number. */
static void
a_figure_too_long_for_its_room_is_written_short(void)
{
	struct value huge = F64(-1.25e80), full = F64(1e15);
	char buf[VALUE_TEXT_MAX], few[16];

	CHECK(strcmp(value_text(&huge, 3, buf, sizeof(buf)), "-1.25e+80") == 0);
	CHECK(strcmp(value_text(&full, 3, few, sizeof(few)), "1e+15") == 0);
}

static void
number_of_every_kind(void)
{
	static const struct {
		struct value	v;
		bool		is;
		double		number;
	} rows[] = {
		{ { .kind = VALUE_NONE }, false, 0 },
		{ { .kind = VALUE_TEXT, .text = "5" }, false, 0 },
		{ { .kind = VALUE_BOOL, .b = true }, true, 1 },
		{ I64(-15889), true, -15889 },
		{ U64(4294967295u), true, 4294967295.0 },
		{ F32(0.5f), true, 0.5 },
		{ F64(7.3), true, 7.3 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		double number = -1;

		CHECK(value_number(&rows[i].v, &number) == rows[i].is);
		CHECK(number == (rows[i].is ? rows[i].number : -1));
	}
}

int
main(void)
{
	RUN(text_is_exact_and_never_minus_zero);
	RUN(shortest_text_reads_back_the_same);
	RUN(text_is_cut_to_its_room);
	RUN(a_figure_too_long_for_its_room_is_written_short);
	RUN(number_of_every_kind);
	return 0;
}
