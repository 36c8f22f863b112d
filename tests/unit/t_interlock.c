#include <math.h>
#include <string.h>

#include "../../protocols/proto.h"
#include "../../rules/interlock.h"
#include "../check.h"

#define S	INT64_C(1000000)
#define NOW	(1000 * S)
#define PERIOD	(5 * S)
#define LASTS	(2 * PERIOD + 5 * S)

static unsigned char memory[4 << 20] __attribute__((aligned(16)));
static struct arena arena;
static struct err room[ERRS_MAX];
static struct errs errs;
static struct device devices[4];
static size_t ndevices;
static struct interlock *il;

static const char relays[] =
    "name = \"relays\"; maker = \"m\"; model = \"x\"; family = \"gas\"; source = \"s\";\n"
    "confidence = \"A\"; unit = \"1\";\n"
    "points = ( { name = \"valve\"; function = 1; register = 0; raw = \"bit\";\n"
    "   write = { function = 5; min = 0; max = 1; }; },\n"
    " { name = \"k2\"; function = 1; register = 1; raw = \"bit\";\n"
    "   write = { function = 5; min = 0; max = 1; }; },\n"
    " { name = \"state\"; register = 9; raw = \"u16\"; names = (\n"
    "   { number = 0; en = \"open\"; }, { number = 3; en = \"shut\"; } );\n"
    "   write = { function = 6; min = 0; max = 3; }; },\n"
    " { name = \"bits\"; register = 9; raw = \"bits\"; bits = (0, 2);\n"
    "   write = { function = 22; min = 0; max = 3; }; },\n"
    " { name = \"read\"; register = 20; raw = \"u16\"; } );";

static const char detector[] =
    "name = \"detector\"; maker = \"m\"; model = \"x\"; family = \"gas\"; source = \"s\";\n"
    "confidence = \"A\"; unit = \"1\";\n"
    "points = ( { name = \"lel\"; register = 0; raw = \"u16\"; unit = \"%LEL\";\n"
    "   range = (0, 100); },\n"
    " { name = \"lel2\"; register = 1; raw = \"u16\"; unit = \"%LEL\"; },\n"
    " { name = \"ppm\"; register = 2; raw = \"u16\"; unit = \"ppm\"; } );";

static int
address(const char *text, uint8_t out[ADDRESS_MAX], const char **why)
{
	*why = "";
	memset(out, 0, ADDRESS_MAX);
	out[0] = (uint8_t)atoi(text);
	return 0;
}

static const struct proto any_proto = { .name = "any", .address = address };

static void
begin(void)
{
	arena = (struct arena){ .at = memory, .cap = sizeof(memory) };
	errs = (struct errs){ .at = room };
	ndevices = 0;
}

/* One more device; -1: it was refused. */
static int
add(const char *name, const char *profile, const char *more)
{
	struct device *d = &devices[ndevices++];
	char text[600];
	struct tree *tree = tree_parse(profile, profile == relays ? "relays.conf" :
	    "detector.conf", &arena, &errs);
	const struct profile *p;
	int rc;

	CHECK(tree != NULL);
	p = profile_read(tree, &arena, &errs);
	tree_close(tree);
	if (p == NULL)
		fprintf(stderr, "%s\n", errs.at[0].text);
	CHECK(p != NULL);
	snprintf(text, sizeof(text), "name = \"%s\"; link = \"l\"; profile = \"x\"; "
	    "period = \"5s\"; %s", name, more);
	tree = tree_parse(text, "t.conf", &arena, &errs);
	CHECK(tree != NULL);
	*d = (struct device){ .profile = NULL };
	CHECK(key_load(tree_root(tree), device_keys, &d->conf, &arena, &errs) == 0);
	rc = device_bind(d, p, &any_proto, &arena, &errs);
	tree_close(tree);
	for (size_t i = 0; rc == 0 && i < p->npoints; i++)
		d->taps[i].series = (uint32_t)(100 * ndevices + i + 1);
	return rc;
}

static void
start(void)
{
	il = interlock_new(devices, ndevices, &arena);
	CHECK(il != NULL);
	interlock_start(il, 0);
}

static const struct point *
point(size_t device, const char *name)
{
	return profile_point(devices[device].profile, name);
}

static struct reading
reading(size_t device, const char *name, double figure, uint8_t code, int64_t mono)
{
	struct reading r = { .mono = mono, .quality.code = code, .series =
	    devices[device].taps[point(device, name) - devices[device].profile->points].series,
	    .value = { .kind = VALUE_F64, .d = figure } };

	if (isnan(figure))
		r.value.kind = VALUE_NONE;
	return r;
}

static void
hear(size_t device, const char *name, double figure, uint8_t code, int64_t mono)
{
	const struct reading r = reading(device, name, figure, code, mono);

	interlock_hear(il, &r);
}

static enum interlock_result
judge(size_t device, const char *name, double figure)
{
	return interlock_judge(il, &devices[device], point(device, name), figure, NOW).result;
}

/* What a detector may say: heard at all, how, which figure, how long ago. */
struct says {
	bool	heard;
	uint8_t	code;
	double	figure;
	int64_t	ago;
};

/* Written down once more from the manual, not from the code. */
static bool
clear(const struct says *s)
{
	if (!s->heard || s->ago > LASTS || s->ago < 0)
		return false;
	if (s->code != Q_GOOD && s->code != Q_AFTER_BARRIER && s->code != Q_JUMP)
		return false;
	return !isnan(s->figure) && s->figure < 10;
}

static const double figures[] = { NAN, -5, 0, 9.99, 10, 25, 200 };
static const int64_t agos[] = { 0, LASTS, LASTS + 1, 3600 * S, -1 };

#define NFIGURES	(sizeof(figures) / sizeof(figures[0]))
#define NAGOS		(sizeof(agos) / sizeof(agos[0]))
#define NCODES		(Q_STATUS_UNKNOWN + 3)	/* two that nobody knows */
#define NSAYS		(NFIGURES * NAGOS * NCODES + 1)

static struct says
says_at(size_t i)
{
	if (i == NSAYS - 1)
		return (struct says){ .heard = false };
	return (struct says){ .heard = true, .figure = figures[i % NFIGURES],
	    .ago = agos[i / NFIGURES % NAGOS], .code = (uint8_t)(i / NFIGURES / NAGOS) };
}

/* As after a start, and then that. */
static void
say(size_t device, const char *name, const struct says *s)
{
	for (size_t i = 0; i < il->n; i++)
		il->at[i].heard = false;
	if (s->heard)
		hear(device, name, s->figure, s->code, NOW - s->ago);
}

/* Whoever asks: an output stays on and off for as long as is said. */
static void
minimum_times_hold(void)
{
	char words[160];
	struct interlock_verdict v;

	begin();
	CHECK(add("shop/relays", relays, "outputs = ( { point = \"k2\"; acts = \"fan\"; "
	    "min_on = \"60s\"; min_off = \"10s\"; } );") == 0);
	start();
	/* since the start at 0 it is not known what it was */
	CHECK(judge(0, "k2", 1) == INTERLOCK_FREE && judge(0, "k2", 0) == INTERLOCK_FREE);
	interlock_start(il, NOW - 5 * S);
	CHECK(judge(0, "k2", 1) == INTERLOCK_TOO_SOON);
	CHECK(judge(0, "k2", 0) == INTERLOCK_TOO_SOON);
	CHECK(judge(0, "valve", 1) == INTERLOCK_FREE);
	hear(0, "k2", 0, Q_GOOD, NOW - 3 * S);
	CHECK(judge(0, "k2", 0) == INTERLOCK_FREE);		/* it is so already */
	CHECK(judge(0, "k2", 1) == INTERLOCK_TOO_SOON);
	for (int64_t ago = 0; ago <= 70; ago++) {
		interlock_start(il, NOW - 500 * S);
		hear(0, "k2", 0, Q_GOOD, NOW - 400 * S);
		interlock_wrote(il, &devices[0], point(0, "k2"), 1, NOW - ago * S);
		hear(0, "k2", 1, Q_GOOD, NOW - ago * S + 1);
		hear(0, "k2", NAN, Q_COMM_FAILURE, NOW - 1);
		CHECK(judge(0, "k2", 0) == (ago < 60 ? INTERLOCK_TOO_SOON : INTERLOCK_FREE));
		CHECK(judge(0, "k2", 1) == INTERLOCK_FREE);
		hear(0, "k2", 0, Q_GOOD, NOW - ago * S + 2);	/* somebody by hand */
		CHECK(judge(0, "k2", 1) == (ago <= 10 ? INTERLOCK_TOO_SOON : INTERLOCK_FREE));
	}
	interlock_wrote(il, &devices[0], point(0, "k2"), 1, NOW);
	v = interlock_judge(il, &devices[0], point(0, "k2"), 0, NOW + 59 * S);
	CHECK(v.result == INTERLOCK_TOO_SOON && v.dwelling.until == NOW + 60 * S);
	CHECK(strcmp(interlock_words(&v, words, sizeof(words)),
	    "it was switched on less than 60s ago, its min_on") == 0);
}

/* Gas is said first, and no minimum time keeps it flowing. */
static void
gas_goes_before_minimum_times(void)
{
	begin();
	CHECK(add("shop/relays", relays, "outputs = ( { point = \"valve\"; "
	    "acts = \"gas_valve\"; closes = \"1\"; }, { point = \"k2\"; acts = \"fan\"; "
	    "min_on = \"60s\"; } );") == 0);
	CHECK(add("shop/gas", detector, "disable = (\"lel2\");") == 0);
	start();
	interlock_wrote(il, &devices[0], point(0, "k2"), 1, NOW - 5 * S);
	hear(1, "lel", 50, Q_GOOD, NOW);
	CHECK(judge(0, "k2", 0) == INTERLOCK_GAS);
	CHECK(judge(0, "valve", 1) == INTERLOCK_FREE);
	hear(1, "lel", 0, Q_GOOD, NOW);
	CHECK(judge(0, "k2", 0) == INTERLOCK_TOO_SOON);
}

static const char *const kinds[] = { "other", "gas_valve", "fan", "purifier", "horn",
    "light", "pump", "heater", "water_valve", "setting" };

/* All kinds of outputs, both figures, everything a detector may say, at the
 * site and at another: the four laws of the first page of the manual. */
static void
of_all_combinations_only_what_is_safe_passes(void)
{
	char more[200];
	size_t passed = 0, held = 0;

	for (size_t k = 0; k < 2 * sizeof(kinds) / sizeof(kinds[0]); k++) {
		const char *kind = kinds[k / 2];
		bool proof = k % 2 == 1, valve = strcmp(kind, "gas_valve") == 0;
		bool set = strcmp(kind, "setting") == 0;

		begin();
		snprintf(more, sizeof(more), "outputs = ( { point = \"valve\"; acts = \"%s\"; "
		    "explosion_proof = %s; %s } );", kind, proof ? "true" : "false",
		    valve ? "closes = \"1\";" : "");
		CHECK(add("shop/relays", relays, more) == 0);
		CHECK(add("shop/gas", detector, "disable = (\"lel2\");") == 0);
		CHECK(add("far/relays", relays, more) == 0);
		start();
		for (size_t i = 0; i < NSAYS; i++) {
			struct says s = says_at(i);

			say(1, "lel", &s);
			for (int figure = 0; figure < 2; figure++) {
				bool free = valve ? figure == 1 : set || proof || clear(&s);

				CHECK((judge(0, "valve", figure) == INTERLOCK_FREE) == free);
				/* no gas point there: only the valve is held */
				CHECK((judge(2, "valve", figure) == INTERLOCK_FREE) ==
				    (!valve || figure == 1));
				passed += free;
				held += !free;
			}
			/* what nobody declared is an output */
			CHECK((judge(0, "k2", 1) == INTERLOCK_FREE) == clear(&s));
			CHECK((interlock_run(il, &devices[0], NOW).result ==
			    INTERLOCK_FREE) == clear(&s));
			CHECK(interlock_run(il, &devices[1], NOW).result == INTERLOCK_FREE);
			CHECK(interlock_run(il, &devices[2], NOW).result == INTERLOCK_FREE);
		}
	}
	CHECK(passed > 1000 && held > 1000);
}

static void
every_detector_of_the_site_must_be_clear(void)
{
	begin();
	CHECK(add("shop/relays", relays, "") == 0);
	CHECK(add("shop/gas", detector, "") == 0);
	start();
	for (size_t i = 0; i < NSAYS; i++)
		for (size_t k = 0; k < NSAYS; k += 3) {
			struct says a = says_at(i), b = says_at(k);

			say(1, "lel", &a);
			if (b.heard)
				hear(1, "lel2", b.figure, b.code, NOW - b.ago);
			CHECK((judge(0, "k2", 1) == INTERLOCK_FREE) ==
			    (clear(&a) && clear(&b)));
		}
}

static void
a_held_result_is_as_old_as_it_is(void)
{
	struct reading r;

	begin();
	CHECK(add("shop/relays", relays, "") == 0);
	CHECK(add("shop/gas", detector, "disable = (\"lel2\");") == 0);
	start();
	r = reading(1, "lel", 0, Q_GOOD, NOW);
	r.age = LASTS / S;
	interlock_hear(il, &r);
	CHECK(judge(0, "k2", 1) == INTERLOCK_FREE);
	r.age++;
	interlock_hear(il, &r);
	CHECK(judge(0, "k2", 1) == INTERLOCK_SILENT);
}

static void
a_detector_taken_away_leaves_the_site_unknown(void)
{
	begin();
	CHECK(add("shop/relays", relays, "") == 0);
	CHECK(add("shop/gas", detector, "enabled = false;") == 0);
	start();
	CHECK(judge(0, "k2", 1) == INTERLOCK_NOT_HEARD);
	hear(1, "lel", NAN, Q_OUT_OF_SERVICE, NOW);
	CHECK(judge(0, "k2", 1) == INTERLOCK_BAD || judge(0, "k2", 1) == INTERLOCK_NOT_HEARD);
}

static void
declared_points_have_a_limit_of_their_own(void)
{
	begin();
	CHECK(add("relays", relays, "") == 0);
	CHECK(add("gas", detector, "disable = (\"lel\", \"lel2\"); "
	    "gas = ( { point = \"ppm\"; limit = 500; } );") == 0);
	start();
	CHECK(judge(0, "k2", 0) == INTERLOCK_NOT_HEARD);
	hear(1, "ppm", 499, Q_GOOD, NOW);
	CHECK(judge(0, "k2", 0) == INTERLOCK_FREE);
	hear(1, "ppm", 500, Q_GOOD, NOW);
	CHECK(judge(0, "k2", 0) == INTERLOCK_GAS);
}

/* A reload neither forgets gas nor makes anything known. */
static void
a_reload_remembers_what_was_heard(void)
{
	struct interlock *was;

	begin();
	CHECK(add("shop/relays", relays, "") == 0);
	CHECK(add("shop/gas", detector, "") == 0);
	start();
	hear(1, "lel", 30, Q_GOOD, NOW);
	was = il;
	start();
	CHECK(judge(0, "k2", 0) == INTERLOCK_NOT_HEARD);
	interlock_take_over(il, was);
	CHECK(judge(0, "k2", 0) == INTERLOCK_GAS);
	hear(1, "lel", 0, Q_GOOD, NOW);
	CHECK(judge(0, "k2", 0) == INTERLOCK_NOT_HEARD);	/* lel2 was not */
}

static void
the_words_name_the_detector(void)
{
	struct interlock_verdict v;
	char why[160];

	begin();
	CHECK(add("shop/relays", relays, "") == 0);
	CHECK(add("shop/gas", detector, "disable = (\"lel2\");") == 0);
	start();
	v = interlock_judge(il, &devices[0], point(0, "k2"), 1, NOW);
	CHECK(strcmp(interlock_words(&v, why, sizeof(why)),
	    "gas is not known: shop/gas.lel was not heard yet") == 0);
	hear(1, "lel", 12.5, Q_GOOD, NOW);
	v = interlock_judge(il, &devices[0], point(0, "k2"), 1, NOW);
	CHECK(strstr(interlock_words(&v, why, sizeof(why)),
	    "shop/gas.lel tells of gas, 12.5: ") == why);
	hear(1, "lel", NAN, Q_COMM_FAILURE, NOW);
	v = interlock_judge(il, &devices[0], point(0, "k2"), 1, NOW);
	CHECK(strcmp(interlock_words(&v, why, sizeof(why)),
	    "gas is not known: shop/gas.lel says comm-failure") == 0);
	/* over its range is gas, below it nothing is known */
	hear(1, "lel", 110, Q_OUT_OF_RANGE, NOW);
	v = interlock_judge(il, &devices[0], point(0, "k2"), 1, NOW);
	CHECK(strstr(interlock_words(&v, why, sizeof(why)),
	    "shop/gas.lel tells of gas, 110: ") == why);
	hear(1, "lel", -5, Q_OUT_OF_RANGE, NOW);
	v = interlock_judge(il, &devices[0], point(0, "k2"), 1, NOW);
	CHECK(strcmp(interlock_words(&v, why, sizeof(why)),
	    "gas is not known: shop/gas.lel says out-of-range") == 0);
	hear(1, "lel", 0, Q_GOOD, NOW);
	v = interlock_judge(il, &devices[0], point(0, "k2"), 1, NOW);
	CHECK(interlock_words(&v, why, sizeof(why))[0] == '\0');
}

static void
refused(const char *profile, const char *more, const char *words)
{
	begin();
	CHECK(add("shop/relays", profile, more) != 0);
	if (errs.n != 1 || strstr(errs.at[0].text, words) == NULL)
		fprintf(stderr, "%s: %s\n", words, errs.n > 0 ? errs.at[0].text : "nothing");
	CHECK(errs.n == 1 && strstr(errs.at[0].text, words) != NULL);
}

#define VALVE(rest)	"outputs = ( { point = \"valve\"; acts = \"gas_valve\"; " rest " } ); "

/* The name of the file of another profile than relays. */
#define DOG(failsafe) \
	"name = \"detector\"; maker = \"m\"; model = \"x\"; family = \"gas\";\n" \
	"source = \"s\"; confidence = \"A\"; unit = \"1\";\n" \
	"points = ( { name = \"valve\"; function = 1; register = 0; raw = \"bit\";\n" \
	"   write = { function = 5; min = 0; max = 1; }; } );\n" \
	"watchdog = { register = 9; values = (1); period = \"1s\"; timeout = \"3s\";\n" \
	"   failsafe = ( " failsafe " ); };"

static void
a_watchdog_never_opens_a_gas_valve(void)
{
	refused(DOG("{ point = \"valve\"; value = 0; }"), VALVE("closes = \"on\";"),
	    "would open a gas_valve");
	refused(DOG("{ point = \"valve\"; value = 1; }"), VALVE("closes = \"off\";"),
	    "would open a gas_valve");
	refused(DOG(""), VALVE("closes = \"on\";"), "does not say what a gas_valve falls into");
	CHECK(strcmp(errs.at[0].file, "t.conf") == 0 && errs.at[0].line == 1);
	begin();
	CHECK(add("shop/relays", DOG("{ point = \"valve\"; value = 1; }"),
	    VALVE("closes = \"on\";")) == 0);
	begin();
	CHECK(add("shop/relays", DOG(""), "outputs = ( { point = \"valve\"; "
	    "acts = \"fan\"; } );") == 0);
}

static void
what_is_declared_wrongly_is_refused(void)
{
	refused(relays, VALVE(""), "needs closes");
	refused(relays, VALVE("closes = \"shut\";"), "closes is no value");
	refused(relays, VALVE("closes = \"2\";"), "closes is no value");
	refused(relays, "outputs = ( { point = \"vlave\"; acts = \"fan\"; } );",
	    "did you mean \"valve\"");
	refused(relays, "outputs = ( { point = \"k2\"; acts = \"fan\"; closes = \"on\"; } );",
	    "for a gas_valve only");
	refused(relays, "outputs = ( { point = \"read\"; acts = \"fan\"; } );",
	    "does not say how read is written");
	refused(relays, "outputs = ( { point = \"k2\"; acts = \"fan\"; }, "
	    "{ point = \"k2\"; acts = \"horn\"; } );", "stands there twice");
	refused(relays, "outputs = ( { point = \"state\"; acts = \"gas_valve\"; "
	    "closes = \"shut\"; } ); writable = (\"bits\");", "bits cannot be writable");
	refused(detector, "gas = ( { point = \"lel\"; limit = 11; } );", "from 10 %LEL on");
	refused(detector, "gas = ( { point = \"pmp\"; limit = 1; } );", "did you mean \"ppm\"");
	refused(detector, "gas = ( { point = \"ppm\"; limit = 1; }, "
	    "{ point = \"ppm\"; limit = 2; } );", "stands there twice");
	begin();
	CHECK(add("shop/relays", relays, "outputs = ( { point = \"state\"; "
	    "acts = \"gas_valve\"; closes = \"shut\"; } );") == 0);
	start();
	CHECK(judge(0, "state", 3) == INTERLOCK_FREE);
	CHECK(judge(0, "state", 0) == INTERLOCK_OPENS);
}

int
main(void)
{
	RUN(of_all_combinations_only_what_is_safe_passes);
	RUN(every_detector_of_the_site_must_be_clear);
	RUN(a_held_result_is_as_old_as_it_is);
	RUN(a_detector_taken_away_leaves_the_site_unknown);
	RUN(declared_points_have_a_limit_of_their_own);
	RUN(a_reload_remembers_what_was_heard);
	RUN(the_words_name_the_detector);
	RUN(minimum_times_hold);
	RUN(gas_goes_before_minimum_times);
	RUN(what_is_declared_wrongly_is_refused);
	RUN(a_watchdog_never_opens_a_gas_valve);
	return 0;
}
