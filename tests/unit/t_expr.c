#include <math.h>
#include <string.h>

#include "../../rules/program.h"
#include "../check.h"

/* Conditions and figures, bound to a small site and looked at once. */

#define S	1000000LL

static unsigned char memory[1 << 18] __attribute__((aligned(16)));
static struct err room[ERRS_MAX];
static struct arena arena;
static struct errs errs;
static const struct constant numbers[] = { { .name = "limit.fume", .number = 2.5 },
    { .name = "half", .number = 0.5 }, { .name = "fan", .number = 7 } };
static const struct constants constants = { numbers, 3 };

enum { FUME, TEMP, FAN, DUST, TAG, POINTS };

static struct point points[POINTS] = {
	[FUME] = { .name = "fume" }, [TEMP] = { .name = "temp" }, [FAN] = { .name = "fan" },
	[DUST] = { .name = "dust" }, [TAG] = { .name = "tag" },
};
static struct profile head = { .name = "head", .points = points, .npoints = POINTS };
static struct profile scale = { .name = "scale", .points = points, .npoints = 2 };

enum { KITCHEN, PURIFIER, HALL, ALONE, DEVICES };

static struct tap taps[DEVICES][POINTS];
static struct device devices[DEVICES] = {
	[KITCHEN]  = { .conf = { .name = "shop/kitchen" }, .profile = &head },
	[PURIFIER] = { .conf = { .name = "shop/fan-1" }, .profile = &head },
	[HALL]     = { .conf = { .name = "hall/kitchen" }, .profile = &scale },
	[ALONE]    = { .conf = { .name = "alone" }, .profile = &head },
};
static struct census census;

static void
prepare(void)
{
	points[FUME].unit = unit_find("mg/m3");
	points[DUST].unit = unit_find("ug/m3");
	points[TEMP].unit = unit_find("degC");
	for (int i = 0; i < POINTS; i++)
		points[i].raw = raw_find(i == TAG ? "string" : "f64");
	for (uint32_t d = 0; d < DEVICES; d++) {
		devices[d].conf.period = 5 * S;
		devices[d].taps = taps[d];
		for (uint32_t i = 0; i < POINTS; i++)
			taps[d][i].series = 1 + d * POINTS + i;
	}
}

static enum bind_result
bind_on(int device, const char *text, bool life, double deadband, struct rule_program *p)
{
	static struct formula formula;
	static const struct place place = { "t.conf", 3 };
	const struct expr_source source = { .place = &place, .name = "r", .key = "when",
	    .text = text, .errs = &errs };
	struct rule_binding b = { .census = &census, .device = &devices[device],
	    .place = &place, .name = "r", .when = &formula, .guards = life,
	    .deadband = deadband, .tell_absent = true, .arena = &arena, .errs = &errs };

	memset(memory, 0, sizeof(memory));
	arena = (struct arena){ .at = memory, .cap = sizeof(memory) };
	errs = (struct errs){ .at = room };
	CHECK(census_take(&census, devices, DEVICES, &arena) == 0);
	if (formula_read(&source, &constants, &arena, &formula) != 0)
		return BIND_WRONG;
	return program_bind(&b, p);
}

static void
hear(struct rule_program *p, int device, int point, enum quality_code code, double figure)
{
	struct reading r = { .series = taps[device][point].series, .mono = 10 * S,
	    .value = { .kind = VALUE_F64, .d = figure }, .quality = { .code = (uint8_t)code } };

	for (size_t i = 0; i < p->ninputs; i++)
		if (p->inputs[i].series == r.series)
			CHECK(input_hear(&p->inputs[i], &r, 0));
}

/* Of the shop: fume 2, temp 30, fan 1, dust 1500; the fan's fume 4, its temp bad, its
 * fan 0; of the hall fume beyond its range at 9, and nothing of its temp. */
static void
hear_all(struct rule_program *p)
{
	program_start(p, 0);
	hear(p, KITCHEN, FUME, Q_GOOD, 2);
	hear(p, KITCHEN, TEMP, Q_AFTER_BARRIER, 30);
	hear(p, KITCHEN, FAN, Q_GOOD, 1);
	hear(p, KITCHEN, DUST, Q_GOOD, 1500);
	hear(p, PURIFIER, FUME, Q_GOOD, 4);
	hear(p, PURIFIER, TEMP, Q_COMM_FAILURE, 5);
	hear(p, PURIFIER, FAN, Q_GOOD, 0);
	hear(p, HALL, FUME, Q_OUT_OF_RANGE, 9);
}

static char
says(const char *text, bool life, double deadband, bool held)
{
	struct rule_look look = { .now = 11 * S, .next = INT64_MAX, .expires = INT64_MAX,
	    .limit = term_unknown() };
	struct rule_program p;

	if (bind_on(KITCHEN, text, life, deadband, &p) != BIND_FITS) {
		fprintf(stderr, "%s: %s\n", text, room[0].text);
		return '!';
	}
	hear_all(&p);
	return "ny?"[program_run(&p, false, held, &look)];
}

struct row {
	const char	*text;
	char		 says;		/* n y ? */
};

static void
all_say(const struct row *rows, size_t n, bool life)
{
	for (size_t i = 0; i < n; i++) {
		char said = says(rows[i].text, life, 0, false);

		if (said != rows[i].says)
			fprintf(stderr, "%s: %c\n", rows[i].text, said);
		CHECK(said == rows[i].says);
	}
}

#define SAY(rows, life)	all_say(rows, sizeof(rows) / sizeof(rows[0]), life)

static void
figures_are_reckoned_in_their_order(void)
{
	static const struct row rows[] = {
		{ "fume == 2", 'y' }, { "fume != 2", 'n' }, { "fume > 2", 'n' },
		{ "fume >= 2", 'y' }, { "2 <= fume", 'y' }, { "fume < limit.fume", 'y' },
		{ "fume + 1 * 2 == 4", 'y' }, { "(fume + 1) * 2 == 6", 'y' },
		{ "8 / fume / 2 == 2", 'y' }, { "8 - fume - 2 == 4", 'y' },
		{ "-fume == -2", 'y' }, { "- -fume == 2", 'y' }, { "fume == +2", 'y' },
		{ "fume * half == 1", 'y' }, { "abs(-fume) == 2", 'y' },
		{ "min2(fume, 1) == 1 and max2(fume, 1) == 2", 'y' },
		{ "fume == .2e1 and fume == 20e-1 and fume == 2.0", 'y' },
		{ "fume-high > 1", '!' }, { "fume/2 > 0", '!' }, { "fume /2 == 1", 'y' },
		/* a point goes before a constant of its name */
		{ "fan == 1", 'y' }, { "half == 0.5 and fan", 'y' },
	};

	SAY(rows, false);
}

static void
logic_has_three_values(void)
{
	/* tag is bound nowhere; the temp of the fan is bad */
	static const struct row rows[] = {
		{ "fan-1.temp > 0", '?' }, { "not fan-1.temp > 0", '?' },
		{ "fan-1.temp == fan-1.temp", '?' }, { "fan-1.temp * 0 == 0", '?' },
		{ "abs(fan-1.temp) >= 0", '?' }, { "fan-1.temp > 0 and fan", '?' },
		{ "fan-1.temp > 0 and not fan", 'n' }, { "fan-1.temp > 0 or fan", 'y' },
		{ "fan-1.temp > 0 or not fan", '?' }, { "not fan or fume > 1", 'y' },
		{ "not (fan and fume > 1)", 'n' }, { "fan and fume > 1 or fume > 9", 'y' },
		{ "fume > 9 and fume > 1 or fan", 'y' }, { "not not fan", 'y' },
		{ "fume / 0 > 0", '?' }, { "fume / (fan - 1) > 0", '?' },
		{ "fume * 1e308 * 1e308 > 0", '?' }, { "1 / (fan-1.temp + 1) > 0", '?' },
		/* one of the two is enough to know */
		{ "max2(fan-1.temp, 30) >= 30", 'y' }, { "min2(fan-1.temp, 30) > 30", 'n' },
		{ "max2(fan-1.temp, 30) > 30", '?' },
	};

	SAY(rows, false);
}

static void
names_are_looked_for_in_the_site_first(void)
{
	static const struct row rows[] = {
		{ "fan-1.fume == 4", 'y' }, { "shop/fan-1.fume == 4", 'y' },
		{ "kitchen.fume == 2", 'y' }, { "hall/kitchen.fume > 8 or fan", 'y' },
		{ "alone.fume > 1 or fan", 'y' },
		{ "any(site/*.fume) > 3", 'y' }, { "any(site/*.fume > 4)", 'n' },
		{ "all(site/*.fume) >= 2", 'y' }, { "all(site/*.fume) > 2", 'n' },
		{ "any(*.fume) > 4", '?' }, { "any(*/kitchen.fume) > 1", 'y' },
		{ "any(site/*.fan)", 'y' }, { "all(site/*.fan)", 'n' },
		{ "any(site/*.temp) > 29 and any(site/*.temp > 31) or not fan", '?' },
		{ "count_of(site/*.fan) == 1", 'y' }, { "count_of(site/*.fume > 1) == 2", 'y' },
		{ "count_of(site/*.temp > 20) >= 1", 'y' },
		{ "count_of(site/*.temp > 20) >= 2", '?' },
		{ "count_of(site/*.temp > 20) > 2", 'n' },
		{ "max_of(site/*.fume) == 4 and min_of(site/*.fume) == 2", 'y' },
		{ "max_of(site/*.temp) >= 30", 'y' }, { "max_of(site/*.temp) > 30", '?' },
		{ "mean_of(site/*.fume) == 3", 'y' }, { "mean_of(site/*.temp) == 30", 'y' },
	};

	SAY(rows, false);
}

static void
units_are_put_into_each_other(void)
{
	static const struct row rows[] = {
		{ "dust < fume", 'y' }, { "dust + 500 == fume", 'y' },
		{ "fume - dust == 0.5", 'y' }, { "fume > 1999 ug/m3 and fume < 2001 ug/m3", 'y' },
		{ "temp > 300 K and temp < 304 K", 'y' }, { "temp == 86 degF", 'y' },
		{ "fume / dust > 1.3 and fume / dust < 1.4", 'y' },
		{ "fume * temp / 30 == fume", 'y' }, { "min2(fume, dust) == 1.5", 'y' },
		{ "any(site/*.dust) > 1 mg/m3", 'y' }, { "age(fume) == 1", 'y' },
		{ "age(fume) < 2s and age(fume) > 1 ms", 'y' },
		{ "age(fan-1.temp) > 5", 'y' }, { "age(fan-1.temp) > 12", '?' },
	};

	SAY(rows, false);
}

/* Gas beyond full scale is gas: it raises, and clears nothing. */
static void
what_is_beyond_the_range_may_only_raise(void)
{
	static const struct row life[] = {
		{ "hall/kitchen.fume > 8", 'y' }, { "hall/kitchen.fume >= 9", 'y' },
		{ "hall/kitchen.fume > 9", '?' }, { "hall/kitchen.fume < 5", '?' },
		{ "not hall/kitchen.fume > 8", '?' }, { "not hall/kitchen.fume < 5", 'y' },
		{ "hall/kitchen.fume + fume > 10", 'y' }, { "hall/kitchen.fume * -1 > -8", '?' },
		{ "any(*/kitchen.fume) > 8", 'y' }, { "all(*/kitchen.fume) < 9", '?' },
		{ "count_of(*/kitchen.fume > 1) == 2", 'y' }, { "5 < hall/kitchen.fume", 'y' },
		{ "mean_of(*/kitchen.fume) > 5", 'y' }, { "mean_of(*/kitchen.fume) > 6", '?' },
		{ "mean_of(*/kitchen.fume) < 6", '?' },
	};
	static const struct row process[] = {
		{ "hall/kitchen.fume > 8", '?' }, { "not hall/kitchen.fume > 8", '?' },
	};

	SAY(life, true);
	SAY(process, false);
}

static void
the_deadband_lies_on_the_side_of_what_is_normal(void)
{
	static const struct {
		const char	*text;
		char		 fresh, held;	/* with a deadband of 1 */
	} rows[] = {
		{ "fume > 2.5", 'n', 'y' }, { "2.5 < fume", 'n', 'y' }, { "fume > 3.5", 'n', 'n' },
		{ "fume < 1.5", 'n', 'y' }, { "not fume > 1.5", 'n', 'y' },
		{ "not (fume < 2.5 and fan)", 'n', 'y' }, { "fume == 3", 'n', 'n' },
		{ "fume > 2.5 and fan == 1", 'n', 'y' }, { "abs(fume) > 3", 'n', 'n' },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		CHECK(says(rows[i].text, false, 1, false) == rows[i].fresh);
		CHECK(says(rows[i].text, false, 1, true) == rows[i].held);
	}
}

static void
what_does_not_fit_is_refused(void)
{
	static const struct {
		const char		*text, *says;
		int			 caret;
		enum bind_result	 result;
	} rows[] = {
		{ "fume + temp > 2", "mg/m³ and ℃ do not go together", 5, BIND_WRONG },
		{ "fume > temp", "mg/m³ and ℃ do not go together", 5, BIND_WRONG },
		{ "fume > 2 %LEL", "mg/m³ and %LEL do not go together", 5, BIND_WRONG },
		{ "max2(fume, temp) > 2", "do not go together", 11, BIND_WRONG },
		{ "any(site/*.fume) > 2 K", "do not go together", 0, BIND_WRONG },
		{ "fan and fume", "\"fume\" is in mg/m³: compare it", 8, BIND_WRONG },
		{ "tag > 2", "point \"tag\" of shop/kitchen is a text", 0, BIND_WRONG },
		{ "any(site/*.*) > 2", "are not all in mg/m³", 4, BIND_WRONG },
		{ "any(fume) > 2", "\"fume\" is no group of points", 4, BIND_WRONG },
		{ "stale(half)", "\"half\" is a number", 6, BIND_WRONG },
		{ "stale(fume, 5s)", "stale after 5s, but shop/kitchen is read", 0, BIND_WRONG },
		{ "limit.fume > 2", "it hangs on no point", 0, BIND_WRONG },
		{ "fum > 2", "no device that it is on has a point \"fum\"; did you mean \"fume\"?",
		    0, BIND_ABSENT },
		{ "fan and fume -2 > fume-2", "write blanks around - and /", 18, BIND_ABSENT },
		{ "fan-2.fume > 2", "no device or constant \"fan-2\"; did you mean \"fan-1\"?", 0,
		    BIND_ABSENT },
		{ "fan-1.fune > 2", "no point \"fan-1.fune\"; did you mean \"fume\"?", 0,
		    BIND_ABSENT },
		{ "limit.fune > fume", "no device or constant \"limit\"", 0, BIND_ABSENT },
		{ "any(river/*.fume) > 2", "there is no point \"river/*.fume\"", 4, BIND_ABSENT },
	};
	struct rule_program p;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		enum bind_result result = bind_on(KITCHEN, rows[i].text, false, 0, &p);

		if (result != rows[i].result || errs.n != 1 ||
		    strstr(room[0].text, rows[i].says) == NULL || room[0].caret != rows[i].caret)
			fprintf(stderr, "%s: %zu: %s (%d)\n", rows[i].text, errs.n, room[0].text,
			    room[0].caret);
		CHECK(result == rows[i].result && errs.n == 1);
		CHECK(strstr(room[0].text, rows[i].says) != NULL);
		CHECK(room[0].caret == rows[i].caret && room[0].line == 3);
	}
	CHECK(bind_on(KITCHEN, "fume > 2 and temp > 3", false, 1, &p) == BIND_WRONG);
	CHECK(strstr(room[0].text, "the deadband cannot be in mg/m³ and in ℃") != NULL);
	CHECK(bind_on(ALONE, "any(site/*.fume) > 2", false, 0, &p) == BIND_FITS);
	CHECK(p.ninputs == DEVICES);
}

/* A device may say otherwise what a constant is. */
static void
devices_have_constants_of_their_own(void)
{
	static const struct constant own[] = { { .name = "half", .number = 0.25 },
	    { .name = "stoves", .number = 4 } };
	struct rule_program p;

	devices[KITCHEN].conf.constants = (struct constants){ own, 2 };
	CHECK(says("half == 0.25 and stoves == 4 and limit.fume == 2.5 and fan", false, 0,
	    false) == 'y');
	CHECK(bind_on(PURIFIER, "stoves > fan", false, 0, &p) == BIND_ABSENT);
	devices[KITCHEN].conf.constants.n = 0;
	CHECK(says("half == 0.5 and fan", false, 0, false) == 'y');
}

/* Silence makes unknown what was known. */
static void
readings_grow_old(void)
{
	struct rule_look look = { .now = 10 * S + 5 * S * 5 / 2, .next = INT64_MAX,
	    .expires = INT64_MAX, .limit = term_unknown() };
	struct rule_program p;

	CHECK(bind_on(KITCHEN, "fume > 1", false, 0, &p) == BIND_FITS);
	hear_all(&p);
	CHECK(program_run(&p, false, false, &look) == TRUTH_YES);
	CHECK(look.expires == look.now + 1 && look.limit.low == 1);
	look.now++;
	CHECK(program_run(&p, false, false, &look) == TRUTH_UNKNOWN);
}

static void
every_function_says_how_it_is_called(void)
{
	const struct rule_fn *fn;
	char start[40];

	for (size_t i = 0; (fn = rule_fn_at(i)) != NULL; i++) {
		snprintf(start, sizeof(start), "%s(", fn->name);
		CHECK(strncmp(fn->usage, start, strlen(start)) == 0 && fn->help[0] != '\0');
		CHECK(rule_fn_find(fn->name) == fn && fn->eval != NULL);
		for (size_t k = 0; k < RULE_ARGS && fn->args[k] != ARG_NONE; k++)
			CHECK((fn->args[k] & (ARG_OPTIONAL - 1)) < ARG_KINDS);
	}
}

/* Says of each line what it says: for t_conditions.py, which reckons it anew. */
static int
judge(void)
{
	char line[1024];

	while (fgets(line, sizeof(line), stdin) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		printf("%c\n", says(line, false, 0, false));
	}
	return 0;
}

int
main(int argc, char **argv)
{
	prepare();
	if (argc > 1 && strcmp(argv[1], "judge") == 0)
		return judge();
	RUN(figures_are_reckoned_in_their_order);
	RUN(logic_has_three_values);
	RUN(names_are_looked_for_in_the_site_first);
	RUN(units_are_put_into_each_other);
	RUN(what_is_beyond_the_range_may_only_raise);
	RUN(the_deadband_lies_on_the_side_of_what_is_normal);
	RUN(what_does_not_fit_is_refused);
	RUN(devices_have_constants_of_their_own);
	RUN(readings_grow_old);
	RUN(every_function_says_how_it_is_called);
	return 0;
}
