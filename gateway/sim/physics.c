#include <math.h>
#include <string.h>

#include "../../conf/span.h"
#include "physics.h"

#define MINUTE		60000000LL
#define HOUR		(60 * MINUTE)
#define NOISE_STEP	250000LL	/* us: the noise is another one after that */

/* Quantities that one knows by name; the same name means the same thing in
 * every profile, but for status words.  They and other codes stand still. */
static const struct {
	const char	*name;
	struct wave	 wave;
} known[] = {
	{ "fume", { .base = 0.9, .swing = 0.3, .noise = 0.05, .period = 3 * MINUTE } },
	{ "pm", { .base = 1.4, .swing = 0.4, .noise = 0.05, .period = 3 * MINUTE } },
	{ "nmhc", { .base = 3.2, .swing = 0.6, .noise = 0.10, .period = 4 * MINUTE } },
	{ "duct_temp", { .base = 46, .swing = 6, .noise = 0.3, .period = 5 * MINUTE } },
	{ "duct_humidity", { .base = 58, .swing = 5, .noise = 0.5, .period = 7 * MINUTE } },
	{ "voltage", { .base = 230, .swing = 2.5, .noise = 0.4, .period = 2 * MINUTE } },
	{ "current", { .base = 4.8, .swing = 0.3, .noise = 0.02, .period = MINUTE } },
	{ "active_power", { .base = 1.1, .swing = 0.08, .noise = 0.005, .period = MINUTE } },
	{ "energy", { .base = 8123.4, .per_hour = 1.1 } },
	{ "concentration", { .base = 2.0, .swing = 0.8, .noise = 0.1, .period = 2 * MINUTE } },
	{ "midas.status", { .base = 1 } },		/* monitoring */
	{ "weigh-485.status", { .base = 0x0802 } },	/* at rest, two decimals */
	{ "status", { .base = 0 } },
	{ "fault", { .base = 0 } },
	{ "error", { .base = 0 } },
	{ "alarm", { .base = 0 } },
	{ "alarm_kind", { .base = 0 } },
	{ "mains", { .base = 1 } },
	{ "pipe", { .base = 0xAA } },			/* full */
	{ "valve_open", { .base = 1 } },
	{ "battery", { .base = 3.6 } },
	{ "_battery", { .base = 3.6 } },
	{ "_mode", { .base = 0 } },
	{ "rain_total", { .base = 412.5, .per_hour = 1.5 } },
	{ "sl651-smart.level", { .base = 2340, .swing = 50, .noise = 3, .period = 4 * MINUTE } },
	{ "unit_bits", { .base = 0x0801 } },
	{ "weight", { .base = 36.4, .per_hour = -0.6, .noise = 0.02 } },
	{ "net_weight", { .base = 21.4, .per_hour = -0.6, .noise = 0.02 } },
	{ "ph", { .base = 7.4, .swing = 0.2, .noise = 0.01, .period = 9 * MINUTE } },
	{ "do", { .base = 7.9, .swing = 0.6, .noise = 0.03, .period = 8 * MINUTE } },
	{ "do_sat", { .base = 88, .swing = 6, .noise = 0.4, .period = 8 * MINUTE } },
	{ "nh4n", { .base = 0.42, .swing = 0.1, .noise = 0.01, .period = 6 * MINUTE } },
	{ "level", { .base = 2.34, .swing = 0.05, .noise = 0.003, .period = 4 * MINUTE } },
	{ "temp", { .base = 18.5, .swing = 0.8, .noise = 0.05, .period = 10 * MINUTE } },
};

static const struct {
	const char	*unit;
	struct wave	 wave;
} measured[] = {
	{ "degC", { .base = 22, .swing = 2, .noise = 0.1, .period = 5 * MINUTE } },
	{ "%", { .base = 50, .swing = 10, .noise = 0.5, .period = 5 * MINUTE } },
	{ "%RH", { .base = 58, .swing = 5, .noise = 0.5, .period = 7 * MINUTE } },
	{ "%VOL", { .base = 20.8, .swing = 0.1, .noise = 0.02, .period = 5 * MINUTE } },
	{ "mg/m3", { .base = 1.4, .swing = 0.4, .noise = 0.05, .period = 3 * MINUTE } },
	{ "mg/L", { .base = 4, .swing = 0.6, .noise = 0.03, .period = 6 * MINUTE } },
	{ "ug/L", { .base = 3, .swing = 0.5, .noise = 0.05, .period = 6 * MINUTE } },
	{ "ppm", { .base = 12, .swing = 4, .noise = 0.5, .period = 3 * MINUTE } },
	{ "uS/cm", { .base = 540, .swing = 30, .noise = 2, .period = 8 * MINUTE } },
	{ "mS/cm", { .base = 0.54, .swing = 0.03, .noise = 0.002, .period = 8 * MINUTE } },
	{ "NTU", { .base = 11, .swing = 3, .noise = 0.3, .period = 6 * MINUTE } },
	{ "mV", { .base = 215, .swing = 20, .noise = 1, .period = 9 * MINUTE } },
	{ "m/s", { .base = 1.2, .swing = 0.3, .noise = 0.05, .period = 3 * MINUTE } },
	{ "m3/h", { .base = 36, .swing = 4, .noise = 0.3, .period = 5 * MINUTE } },
	{ "m3", { .base = 4711, .per_hour = 36 } },
	{ "kPa", { .base = 101.3, .swing = 0.2, .noise = 0.02, .period = 9 * MINUTE } },
	{ "Pa", { .base = 120, .swing = 15, .noise = 2, .period = 2 * MINUTE } },
	{ "%LEL", { .base = 2, .swing = 1, .noise = 0.1, .period = 5 * MINUTE } },
	{ "V", { .base = 230, .swing = 3, .noise = 0.5, .period = 2 * MINUTE } },
	{ "A", { .base = 5, .swing = 1, .noise = 0.05, .period = 2 * MINUTE } },
	{ "kW", { .base = 1, .swing = 0.1, .noise = 0.01, .period = 2 * MINUTE } },
	{ "kWh", { .base = 1000, .per_hour = 1 } },
	{ "m", { .base = 2, .swing = 0.1, .noise = 0.005, .period = 5 * MINUTE } },
	{ "kg", { .base = 20, .per_hour = -0.5, .noise = 0.01 } },
};

/* "POINT", "PROFILE.POINT", or "_END" of many points. */
static bool
names(const char *name, const char *profile, const char *point)
{
	size_t n = strlen(profile);

	if (strncmp(name, profile, n) == 0 && name[n] == '.')
		name += n + 1;
	if (name[0] == '_' && strlen(point) > strlen(name))
		point += strlen(point) - strlen(name);
	return strcmp(name, point) == 0;
}

struct wave
wave_of(const char *profile, const struct point *p)
{
	const char *unit = point_unit_name(p);
	double middle = p->ranged ? (p->min + p->max) / 2 : 1;

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (names(known[i].name, profile, p->name))
			return known[i].wave;
	if (p->nchoices > 0)
		return (struct wave){ .base = (double)p->choices[0].number };
	if (p->raw->needs & RAW_BIT)
		return (struct wave){ .base = 0 };
	for (size_t i = 0; i < sizeof(measured) / sizeof(measured[0]); i++)
		if (strcmp(measured[i].unit, unit) == 0)
			return measured[i].wave;
	return (struct wave){ .base = middle, .swing = middle / 20, .noise = middle / 200,
	    .period = 5 * MINUTE };
}

const char *
text_of(const char *profile, const struct point *p)
{
	return names("cnemc-water.flag", profile, p->name) ? "N" : "SIM";
}

/* Sebastiano Vigna's splitmix64 finaliser: every bit of the seed and of the
 * step reaches every bit of the noise. */
static uint64_t
mixed(uint64_t x)
{
	x += 0x9e3779b97f4a7c15U;
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9U;
	x = (x ^ x >> 27) * 0x94d049bb133111ebU;
	return x ^ x >> 31;
}

/* From 0 up to, but not, 1. */
static double
chance(uint64_t seed, uint64_t step)
{
	return (double)(mixed(seed ^ mixed(step)) >> 11) * 0x1p-53;
}

double
wave_at(const struct wave *w, const struct point *p, uint64_t seed, int64_t us)
{
	double figure = w->base + w->per_hour * (double)us / (double)HOUR;

	if (w->period > 0) {
		double turn = (double)us / (double)w->period + chance(seed, UINT64_MAX);

		figure += w->swing * sin(2 * M_PI * turn);
	}
	figure += w->noise * (2 * chance(seed, (uint64_t)(us / NOISE_STEP)) - 1);
	if (p->ranged)
		figure = fmin(fmax(figure, p->min), p->max);
	return figure;
}

int
span_of(const char *text, struct span *span)
{
	const char *dash = strchr(text, '-');
	char from[32];

	*span = (struct span){ 0, INT64_MAX };
	if (text[0] == '\0')
		return 0;
	if (dash == NULL || (size_t)(dash - text) >= sizeof(from))
		return -1;
	memcpy(from, text, (size_t)(dash - text));
	from[dash - text] = '\0';
	if (from[0] != '\0' && span_parse(from, &span->from) != 0)
		return -1;
	if (dash[1] != '\0' && span_parse(dash + 1, &span->until) != 0)
		return -1;
	return span->from < span->until ? 0 : -1;
}

bool
span_holds(const struct span *span, int64_t us)
{
	return us >= span->from && us < span->until;
}
