#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../devices/judge.h"
#include "../../rules/fit.h"
#include "../../rules/pack.h"
#include "../../rules/watch.h"
#include "../check.h"

#define S	1000000LL
#define WALL	1700006400000LL		/* UTC ms at mono 0: a midnight */
#define DEVICES	16
#define POINTS	8

/* One site of everything, s; of kitchens, cylinders and boxes also poor ones, which
 * have not all. */
static const struct { const char *device, *point, *unit; } catalogue[] = {
	{ "s/fume", "fume", "mg/m3" }, { "s/fume", "pm", "mg/m3" },
	{ "s/fume", "nmhc", "mg/m3" }, { "s/fume", "duct_temp", "degC" },
	{ "s/fan", "on", NULL }, { "s/purifier", "on", NULL }, { "s/purifier", "current", "A" },
	{ "s/air", "temp", "degC" },
	{ "b/fume", "fume", "mg/m3" }, { "b/fume", "pm", "mg/m3" }, { "b/fume", "nmhc", "mg/m3" },
	{ "s/lel", "concentration", "%LEL" }, { "s/lel", "fault", NULL },
	{ "s/o2", "o2", "%VOL" },
	{ "s/cyl", "pressure", "MPa" }, { "s/cyl", "body_temp", "degC" },
	{ "s/cyl", "net_weight", "kg" }, { "s/cyl", "tilt", NULL }, { "s/cyl", "motion", NULL },
	{ "t/cyl", "tilt", NULL }, { "m/cyl", "motion", NULL },
	{ "s/w", "do", "mg/L" }, { "s/w", "nh4n", "mg/L" }, { "s/w", "ph", "pH" },
	{ "s/w", "turbidity", "NTU" }, { "s/w", "level", "m" }, { "s/w", "rain_total", "mm" },
	{ "s/w", "flow", "m3/h" },
	{ "s/box", "battery_voltage", "V" }, { "s/box", "mains", NULL }, { "s/box", "door", NULL },
	{ "s/box", "key", NULL },
	{ "k/box", "mains_lost", NULL }, { "k/box", "door", NULL },
};

/* Numbers that a user gives. */
#define GIVEN	"constants = { limit = { cylinder_pressure = 1.8; level_warn = 3.5; " \
	"level_guarantee = 4.5; level_step = 0.2; rain_step = 16; turbidity = 20; }; " \
	"fill = { mass = 14.9; }; baseline = { purifier = 2.0; night_flow = 1.5; }; };"

/* A word of a script is SECOND:DEVICE.POINT and =5 (reads 5 from now on), - (is
 * silent), ~5 (the mean of ten minutes), %70 (their valid share), #1/9 (the least and
 * the most of the day); SECOND: alone lets time pass.  What has a figure is read
 * each period.  It reads as the second and the state after each change. */
struct story {
	const char	*pack, *standard, *rule, *device;
	int		 period;	/* s */
	const char	*script, *reads;
};

struct figure {
	bool	speaks;
	double	number;
};

static const struct raw number_raw;
static struct point points[DEVICES][POINTS];
static struct profile profiles[DEVICES];
static struct tap taps[DEVICES][POINTS];
static struct memory memories[DEVICES][POINTS];
static struct device devices[DEVICES];
static size_t ndevices;
static struct figure figures[DEVICES][POINTS];

static unsigned char memory[4 << 20] __attribute__((aligned(16)));
static struct arena arena;
static struct err room[ERRS_MAX];
static struct errs errs = { .at = room };
static char told[1024];
static int faults;
static int64_t now;

static size_t
device_of(const char *name)
{
	size_t i = 0;

	while (i < ndevices && strcmp(devices[i].conf.name, name) != 0)
		i++;
	return i;
}

static void
build_site(int period)
{
	ndevices = 0;
	memset(figures, 0, sizeof(figures));
	memset(profiles, 0, sizeof(profiles));
	for (size_t k = 0; k < sizeof(catalogue) / sizeof(catalogue[0]); k++) {
		size_t i = device_of(catalogue[k].device), p;

		CHECK(i < DEVICES);
		if (i == ndevices)
			devices[ndevices++] = (struct device){ .conf = { .zh = "", .en = "",
			    .name = catalogue[k].device, .period = period * S,
			    .enabled = true }, .profile = &profiles[i], .taps = taps[i],
			    .memory = memories[i] };
		p = profiles[i].npoints++;
		CHECK(p < POINTS);
		profiles[i].name = "x";
		profiles[i].points = points[i];
		points[i][p] = (struct point){ .name = catalogue[k].point, .raw = &number_raw,
		    .decimals = 2, .unit = catalogue[k].unit != NULL ?
		    unit_find(catalogue[k].unit) : NULL };
		CHECK(catalogue[k].unit == NULL || points[i][p].unit != NULL);
		taps[i][p] = (struct tap){ .series = (uint32_t)(1 + i * POINTS + p) };
	}
}

static void
print_errs(void)
{
	for (size_t i = 0; i < errs.n && i < ERRS_MAX; i++)
		fprintf(stderr, "%s:%d: %s\n", room[i].file, room[i].line, room[i].text);
}

/* All rules of a pack, compiled with the numbers of a standard. */
static struct pack *
read_pack(const char *name, const char *standard, struct pack_use *use)
{
	static const struct constants none = { NULL, 0 };
	char path[80], text[800];
	struct constants constants;
	struct tree *tree, *wanted;
	struct pack *pack;

	arena = (struct arena){ .at = memory, .cap = sizeof(memory) };
	errs.n = 0;
	snprintf(path, sizeof(path), "rules/packs/%s.conf", name);
	snprintf(text, sizeof(text), "name = \"%s\"; standard = \"%s\"; on = \"*\"; %s", name,
	    standard, GIVEN);
	tree = tree_read(path, &arena, &errs);
	wanted = tree_parse(text, "use", &arena, &errs);
	CHECK(tree != NULL && wanted != NULL);
	*use = (struct pack_use){ .name = NULL };
	CHECK(key_load(tree_root(wanted), pack_use_keys, use, &arena, &errs) == 0);
	pack = pack_read(tree, &arena, &errs);
	print_errs();
	CHECK(pack != NULL && strcmp(pack->name, name) == 0);
	CHECK(pack_constants(pack, use, &none, &constants, &arena, &errs) == 0);
	for (size_t i = 0; i < pack->rules.n; i++)
		rule_compile((struct rule_conf *)pack->rules.at + i, &constants, &arena, &errs);
	print_errs();
	CHECK(errs.n == 0);
	tree_close(wanted);
	tree_close(tree);
	return pack;
}

/* The first of that name that fits. */
static struct rule_conf *
find_rule(struct pack *pack, const char *name, const struct device *d,
    const struct census *census)
{
	struct rule_conf *rules = pack->rules.at;

	for (size_t i = 0; i < pack->rules.n; i++)
		if (strcmp(rules[i].name, name) == 0 &&
		    rule_fit(&rules[i], d, census, false, &errs) == BIND_FITS)
			return &rules[i];
	print_errs();
	return NULL;
}

static void
changed(void *owner, const struct alarm_change *c)
{
	size_t n = strlen(told);

	(void)owner;
	snprintf(told + n, sizeof(told) - n, "%s%lld %s", n > 0 ? " " : "",
	    (long long)(now / S), alarm_state_name(alarm_state(c->alarm)));
}

static void
speak(struct rules *rules)
{
	for (size_t i = 0; i < ndevices; i++)
		for (size_t p = 0; p < profiles[i].npoints; p++) {
			struct reading r = { .series = taps[i][p].series, .mono = now,
			    .due = now, .time = WALL + now / 1000,
			    .value = { .kind = VALUE_F64, .d = figures[i][p].number } };

			if (figures[i][p].speaks)
				rules_take(rules, &r, now, r.time);
		}
}

static void
tick_until(struct rules *rules, int64_t then)
{
	int64_t at;

	while ((at = rules_deadline(rules)) <= then) {
		if (at > now)
			now = at;
		rules_tick(rules, now, WALL + now / 1000);
	}
	now = then;
}

static void
pass_until(struct rules *rules, int64_t then, int64_t period)
{
	for (int64_t at = (now / period + 1) * period; at <= then; at += period) {
		tick_until(rules, at);
		speak(rules);
	}
	tick_until(rules, then);
}

static void
tell_statistic(struct rules *rules, uint32_t series, char kind, const char *figure)
{
	struct statistic s = { .series = series, .span = kind == '#' ? STATISTIC_DAY :
	    STATISTIC_MINUTE, .to = WALL + now / 1000, .valid = 1000 };
	char *end;

	s.from = s.to - (kind == '#' ? 86400000 : 600000);
	s.mean = s.min = s.max = strtod(figure, &end);
	if (kind == '%')
		s.valid = (uint16_t)(10 * s.mean);
	if (kind == '#')
		s.max = strtod(end + 1, NULL);
	rules_statistic(rules, &s, now, s.to);
}

static void
happen(struct rules *rules, char *what)
{
	size_t len = strcspn(what, "=-~%#"), i, p = 0;
	char kind = what[len], *dot;

	what[len] = '\0';
	dot = strchr(what, '.');
	CHECK(dot != NULL && kind != '\0');
	*dot = '\0';
	i = device_of(what);
	CHECK(i < ndevices);
	while (p < profiles[i].npoints && strcmp(points[i][p].name, dot + 1) != 0)
		p++;
	CHECK(p < profiles[i].npoints);
	if (kind == '=' || kind == '-')
		figures[i][p] = (struct figure){ kind == '=', strtod(what + len + 1, NULL) };
	else
		tell_statistic(rules, taps[i][p].series, kind, what + len + 1);
}

static void
play(struct rules *rules, const struct story *s)
{
	char copy[800], *at = copy, *word;

	snprintf(copy, sizeof(copy), "%s", s->script);
	while ((word = strsep(&at, " ")) != NULL) {
		char *end;
		int64_t second = strtol(word, &end, 10);

		CHECK(*end == ':');
		/* what is said at a second is read from the next period on */
		pass_until(rules, second * S, s->period * S);
		if (end[1] != '\0')
			happen(rules, end + 1);
	}
}

static void
tell(const struct story *s)
{
	struct census census = { .n = 0 };
	struct rule_conf *rule, one;
	struct pack_use use;
	struct pack *pack;
	struct rules *rules;

	build_site(s->period);
	pack = read_pack(s->pack, s->standard, &use);
	CHECK(census_take(&census, devices, ndevices, &arena) == 0);
	rule = find_rule(pack, s->rule, &devices[device_of(s->device)], &census);
	if (rule == NULL)
		fprintf(stderr, "%s is not on %s\n", s->rule, s->device);
	CHECK(rule != NULL);
	one = *rule;
	one.on = s->device;
	rules = rules_new(&one, 1, devices, ndevices, &arena, &errs);
	CHECK(rules != NULL && errs.n == 0);
	now = 0;
	told[0] = '\0';
	rules_start(rules, now);
	rules_on_change(rules, changed, NULL);
	play(rules, s);
	if (strcmp(told, s->reads) == 0)
		return;
	fprintf(stderr, "%s: %s\n  got %s\n", s->rule, s->script, told);
	faults++;
}

#define FUME	"fume", "GB 18483-2001"
#define BEIJING	"fume", "DB11/1488-2018"
#define GAS	"gas", "GB 15322.1-2019"
#define WATER	"water", "GB 3838-2002 III"
#define SYSTEM	"system", ""

static const struct story stories[] = {
	{ FUME, "fume-pur-off", "s/fume", 10, "0:s/fan.on=1 0:s/purifier.on=0 0:s/air.temp=25 "
	    "0:s/fume.duct_temp=30 600:s/fume.duct_temp=40 1000:s/purifier.on=1 1200:",
	    "910 UNACK 1070 RTNUN" },
	{ FUME, "fume-over", "s/fume", 10, "0:s/fan.on=1 600:s/fume.fume~2.1 1200:s/fume.fume~1.9 "
	    "1800:s/fume.fume~1.8", "600 UNACK 1800 RTNUN" },
	{ FUME, "fume-over", "s/fume", 10, "0:s/fan.on=0 600:s/fume.fume~9 1190:", "" },
	{ FUME, "fume-over", "b/fume", 10, "600:b/fume.fume~2.0 1200:b/fume.fume~2.1 "
	    "1800:b/fume.fume~1.8", "1200 UNACK 1800 RTNUN" },
	{ BEIJING, "fume-over", "b/fume", 10, "600:b/fume.fume~1.1", "600 UNACK" },
	{ "fume", "DB31/844-2014", "fume-over", "b/fume", 10, "600:b/fume.fume~1.1", "600 UNACK" },
	{ "fume", "SZDB/Z 254-2017", "fume-over", "b/fume", 10, "600:b/fume.fume~1.1",
	    "600 UNACK" },
	{ BEIJING, "fume-pm-over", "s/fume", 10, "0:s/fan.on=1 600:s/fume.pm~5.1 "
	    "1200:s/fume.pm~4.6 1800:s/fume.pm~4.5", "600 UNACK 1800 RTNUN" },
	{ BEIJING, "fume-pm-over", "b/fume", 10, "600:b/fume.pm~5.1 1200:b/fume.pm~4.5",
	    "600 UNACK 1200 RTNUN" },
	{ BEIJING, "fume-nmhc-over", "s/fume", 10, "0:s/fan.on=1 600:s/fume.nmhc~10.1 "
	    "1200:s/fume.nmhc~9", "600 UNACK 1200 RTNUN" },
	{ "fume", "SZDB/Z 254-2017", "fume-nmhc-over", "b/fume", 10, "600:b/fume.nmhc~10 "
	    "1200:b/fume.nmhc~10.1", "1200 UNACK" },
	{ FUME, "fume-near", "s/fume", 10, "0:s/fan.on=1 600:s/fume.fume~1.7 1200:s/fume.fume~1.5 "
	    "1800:s/fume.fume~1.3", "600 UNACK 1800 RTNUN" },
	{ FUME, "fume-near", "b/fume", 10, "600:b/fume.fume~1.7 1200:b/fume.fume~1.3",
	    "600 UNACK 1200 RTNUN" },
	{ FUME, "fume-pur-eff", "s/fume", 60, "0:s/fume.fume=1 0:s/purifier.on=1 "
	    "0:s/purifier.current=2 600:s/purifier.current=1.1 5000:s/purifier.current=2 5100:",
	    "4260 UNACK 5040 RTNUN" },
	{ FUME, "fume-low", "s/fume", 60, "86400:s/fume.fume#0/0.02 86401:s/fume.duct_temp#20/45 "
	    "86500: 172800:s/fume.fume#0/0.5", "86461 UNACK 172800 RTNUN" },
	{ FUME, "fume-low", "s/fume", 60, "86400:s/fume.fume#0/0.02 86401:s/fume.duct_temp#20/25 "
	    "86500:", "" },
	{ FUME, "fume-flat", "s/fume", 60, "86400:s/fume.fume#0.3/0.3 86401:s/fume.duct_temp#20/45 "
	    "86500: 172800:s/fume.fume#0.1/0.5", "86461 UNACK 172800 RTNUN" },
	{ FUME, "fume-jump", "s/fume", 10, "0:s/fume.fume=0.15 3600:s/fume.fume=1.6 "
	    "3610:s/fume.fume=0.2 3630:", "3610 UNACK 3620 RTNUN" },
	/* a median near zero makes no jump */
	{ FUME, "fume-jump", "s/fume", 10, "0:s/fume.fume=0.05 3600:s/fume.fume=1.6 3630:", "" },
	{ FUME, "fume-missing", "s/fume", 10, "600:s/fume.fume%74 1200:s/fume.fume%75",
	    "600 UNACK 1200 RTNUN" },
	/* four days are learnt; then it falls silent at ten in the morning */
	{ FUME, "fume-offline", "s/fume", 300, "0:s/fume.fume=1 381600:s/fume.fume- "
	    "384000:s/fume.fume=1 384400:", "383400 UNACK 384300 RTNUN" },

	{ GAS, "gas-pre", "s/lel", 1, "0:s/lel.concentration=0 10:s/lel.concentration=10 "
	    "20:s/lel.concentration=8 30:s/lel.concentration=7.9 40:", "16 UNACK 31 RTNUN" },
	{ GAS, "gas-low", "s/lel", 1, "0:s/lel.concentration=19.9 10:s/lel.concentration=20 "
	    "20:s/lel.concentration=15 30:s/lel.concentration=14.9 40:", "13 UNACK 31 LATUN" },
	{ "gas", "GB/T 50493-2019", "gas-low", "s/lel", 1, "0:s/lel.concentration=24.9 "
	    "10:s/lel.concentration=25 20:", "13 UNACK" },
	{ GAS, "gas-high", "s/lel", 1, "0:s/lel.concentration=49 10:s/lel.concentration=50 "
	    "20:s/lel.concentration=0 30:", "12 UNACK 21 LATUN" },
	{ GAS, "gas-signal-lost", "s/lel", 5, "0:s/lel.concentration=0 60:s/lel.concentration- "
	    "100:s/lel.concentration=0 110:", "80 UNACK 105 RTNUN" },
	{ GAS, "gas-fault", "s/lel", 5, "0:s/lel.concentration=0 0:s/lel.fault=0 60:s/lel.fault=3 "
	    "120:s/lel.fault=0 130:", "95 UNACK 125 RTNUN" },
	{ GAS, "gas-o2low", "s/o2", 1, "0:s/o2.o2=20.9 10:s/o2.o2=19.4 20:s/o2.o2=20 30:s/o2.o2=20.1 "
	    "40:", "16 UNACK 31 RTNUN" },
	{ GAS, "gas-o2high", "s/o2", 1, "0:s/o2.o2=20.9 10:s/o2.o2=23.6 20:s/o2.o2=23 "
	    "30:s/o2.o2=22.9 40:", "16 UNACK 31 RTNUN" },
	{ GAS, "gas-press", "s/cyl", 5, "0:s/cyl.pressure=1.8 20:s/cyl.pressure=1.9 "
	    "60:s/cyl.pressure=1.7 70:", "35 UNACK 65 RTNUN" },
	{ GAS, "gas-temp", "s/cyl", 5, "0:s/cyl.body_temp=45 20:s/cyl.body_temp=46 "
	    "120:s/cyl.body_temp=40 130:s/cyl.body_temp=39 140:", "85 UNACK 135 RTNUN" },
	{ GAS, "gas-temp-life", "s/cyl", 5, "0:s/cyl.body_temp=55 20:s/cyl.body_temp=56 "
	    "120:s/cyl.body_temp=39 130:", "85 UNACK 125 RTNUN" },
	/* four days without a fan; then 0.4 kg go within an hour */
	{ GAS, "gas-leak-wt", "s/cyl", 300, "0:s/fan.on=0 0:s/cyl.net_weight=10 "
	    "381600:s/cyl.net_weight=9.9 383400:s/cyl.net_weight=9.6 400000:",
	    "383700 UNACK 390480 RTNUN" },
	{ GAS, "gas-wt-low", "s/cyl", 20, "0:s/cyl.net_weight=1.6 100:s/cyl.net_weight=1.4 "
	    "800:s/cyl.net_weight=2.2 900:s/cyl.net_weight=14 940:", "720 UNACK 920 RTNUN" },
	{ GAS, "gas-move", "s/cyl", 1, "0:s/cyl.tilt=0 0:s/cyl.motion=0 10:s/cyl.motion=1 "
	    "20:s/cyl.motion=0 30:", "14 UNACK 21 LATUN" },
	{ GAS, "gas-move", "t/cyl", 1, "0:t/cyl.tilt=0 10:t/cyl.tilt=1 20:", "14 UNACK" },
	{ GAS, "gas-move", "m/cyl", 1, "0:m/cyl.motion=0 10:m/cyl.motion=1 20:", "14 UNACK" },

	{ WATER, "water-do-low", "s/w", 60, "0:s/w.do=5 120:s/w.do=4.9 600:s/w.do=5.5 "
	    "900:s/w.do=5.6 1000:", "240 UNACK 960 RTNUN" },
	{ "water", "GB 3838-2002 V", "water-do-low", "s/w", 60, "0:s/w.do=2 120:s/w.do=1.9 "
	    "300:", "240 UNACK" },
	{ WATER, "water-nh3-high", "s/w", 60, "0:s/w.nh4n=1 120:s/w.nh4n=1.01 600:s/w.nh4n=1 "
	    "700:", "240 UNACK 660 RTNUN" },
	{ "water", "GB 5749-2022", "water-nh3-high", "s/w", 60, "0:s/w.nh4n=0.6 300:",
	    "120 UNACK" },
	{ WATER, "water-ph", "s/w", 60, "0:s/w.ph=7 120:s/w.ph=5.9 900:s/w.ph=6.1 "
	    "1200:s/w.ph=6.3 1300:", "780 UNACK 1260 RTNUN" },
	{ WATER, "water-ph", "s/w", 60, "0:s/w.ph=9 120:s/w.ph=9.1 900:s/w.ph=8.8 1000:",
	    "780 UNACK 960 RTNUN" },
	{ WATER, "water-level-hi", "s/w", 60, "0:s/w.level=3.5 120:s/w.level=3.6 "
	    "600:s/w.level=3.45 900:s/w.level=3.39 1000:", "480 UNACK 960 RTNUN" },
	{ WATER, "water-level-guarantee", "s/w", 60, "0:s/w.level=4.4 120:s/w.level=4.6 "
	    "600:s/w.level=4.3 700:", "480 UNACK 660 RTNUN" },
	{ WATER, "water-level-rate", "s/w", 60, "0:s/w.level=3 120:s/w.level=2.75 300:",
	    "180 UNACK 240 RTNUN" },
	{ WATER, "water-rain", "s/w", 60, "0:s/w.rain_total=100 3600:s/w.rain_total=110 "
	    "4200:s/w.rain_total=116 10000:", "4260 UNACK 7200 RTNUN" },
	{ WATER, "water-turb", "s/w", 60, "0:s/w.turbidity=20 120:s/w.turbidity=21 "
	    "900:s/w.turbidity=20 1000:", "780 UNACK 960 RTNUN" },
	{ WATER, "water-leak", "s/w", 60, "0:s/w.flow=1.6 50000:s/w.flow=1.4 110000:",
	    "12600 UNACK 99000 RTNUN" },

	{ SYSTEM, "sys-batt", "s/box", 30, "0:s/box.battery_voltage=11.8 "
	    "60:s/box.battery_voltage=11.7 600:s/box.battery_voltage=12.2 "
	    "900:s/box.battery_voltage=12.3 960:", "390 UNACK 930 RTNUN" },
	{ SYSTEM, "sys-batt-critical", "s/box", 30, "0:s/box.battery_voltage=11 "
	    "60:s/box.battery_voltage=10.9 600:s/box.battery_voltage=12.3 660:",
	    "390 UNACK 630 RTNUN" },
	{ SYSTEM, "sys-ac", "s/box", 300, "0:s/box.mains=1 381600:s/box.mains=0 "
	    "382200:s/box.mains=1 382600:", "381910 UNACK 382500 RTNUN" },
	{ SYSTEM, "sys-ac", "k/box", 300, "0:k/box.mains_lost=0 381600:k/box.mains_lost=1 "
	    "382200:k/box.mains_lost=0 382600:", "381910 UNACK 382500 RTNUN" },
	{ SYSTEM, "sys-door", "s/box", 5, "0:s/box.key=1 0:s/box.door=1 60:s/box.key=0 "
	    "120:s/box.door=0 130:", "70 UNACK 125 RTNUN" },
	{ SYSTEM, "sys-door", "k/box", 5, "0:k/box.door=0 60:k/box.door=1 120:k/box.door=0 130:",
	    "70 UNACK 125 RTNUN" },
};

#define STORIES	(sizeof(stories) / sizeof(stories[0]))

static void
every_story_is_told(void)
{
	for (size_t i = 0; i < STORIES; i++)
		tell(&stories[i]);
	CHECK(faults == 0);
}

static bool
has_story(const char *pack, const char *rule)
{
	for (size_t i = 0; i < STORIES; i++)
		if (strcmp(stories[i].pack, pack) == 0 && strcmp(stories[i].rule, rule) == 0)
			return true;
	return false;
}

/* A rule without a story is one that nobody has seen at work. */
static void
every_rule_of_every_pack_has_a_story(void)
{
	glob_t found;

	CHECK(glob("rules/packs/*.conf", 0, NULL, &found) == 0 && found.gl_pathc >= 4);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		char name[64];
		struct pack_use use;
		const struct rule_conf *rules;
		const struct pack *pack;

		snprintf(name, sizeof(name), "%s", strrchr(found.gl_pathv[i], '/') + 1);
		*strrchr(name, '.') = '\0';
		pack = read_pack(name, "", &use);
		rules = pack->rules.at;
		for (size_t k = 0; k < pack->rules.n; k++) {
			if (!has_story(name, rules[k].name))
				fprintf(stderr, "%s has no story\n", rules[k].name);
			CHECK(has_story(name, rules[k].name));
			CHECK(rules[k].zh[0] != '\0' && rules[k].en[0] != '\0');
			CHECK(strstr(rules[k].zh, "超标") == NULL);
		}
	}
	globfree(&found);
}

/* What the standard names no limit for is off. */
static void
a_limit_that_the_standard_has_not_is_no_limit(void)
{
	struct census census = { .n = 0 };
	struct pack_use use;
	struct pack *pack;
	const struct device *d;

	build_site(10);
	d = &devices[device_of("b/fume")];
	pack = read_pack(FUME, &use);
	CHECK(census_take(&census, devices, ndevices, &arena) == 0);
	CHECK(find_rule(pack, "fume-pm-over", d, &census) == NULL);
	CHECK(find_rule(pack, "fume-nmhc-over", d, &census) == NULL);
	CHECK(find_rule(pack, "fume-over", d, &census) != NULL);
	pack = read_pack("fume", "", &use);
	CHECK(census_take(&census, devices, ndevices, &arena) == 0);
	CHECK(find_rule(pack, "fume-over", d, &census) == NULL);
	CHECK(errs.n == 0);
}

static void
unknown_names_are_told_with_the_nearest(void)
{
	static const struct constants none = { NULL, 0 };
	const char *off[] = { "fume-over", "fume-naer" };
	struct constants constants;
	struct pack_use use;
	struct pack *pack = read_pack(BEIJING, &use);

	use.constants = NULL;
	use.standard = "DB11/1488-2019";
	use.off = (struct strings){ off, 2 };
	CHECK(pack_constants(pack, &use, &none, &constants, &arena, &errs) == -1);
	CHECK(errs.n == 1 && strstr(room[0].text, "did you mean \"DB11/1488-2018\"") != NULL);
	CHECK(pack_check_off(pack, &use, &arena, &errs) == -1 && errs.n == 2);
	CHECK(strstr(room[1].text, "did you mean \"fume-near\"") != NULL);
	CHECK(pack_is_off(&use, "fume-over") && !pack_is_off(&use, "fume-near"));
}

int
main(void)
{
	RUN(every_story_is_told);
	RUN(every_rule_of_every_pack_has_a_story);
	RUN(a_limit_that_the_standard_has_not_is_no_limit);
	RUN(unknown_names_are_told_with_the_nearest);
	return 0;
}
