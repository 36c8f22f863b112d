#include <math.h>
#include <string.h>

#include "../../conf/unit.h"
#include "../../conf/utf8.h"
#include "../check.h"

/* Of 1 in the first unit, how much it is in the second, from tables of the SI. */
static const struct {
	const char	*from, *to;
	double		 value, result;
} conversions[] = {
	{ "mg/m3", "ug/m3", 1, 1000 }, { "mg/L", "ug/L", 1, 1000 }, { "g/L", "mg/L", 2, 2000 },
	{ "%VOL", "ppm", 1, 10000 }, { "ppm", "ppb", 1, 1000 },
	{ "degF", "degC", 212, 100 }, { "degC", "degF", 37, 98.6 }, { "degC", "K", 0, 273.15 },
	{ "mS/cm", "uS/cm", 1, 1000 }, { "S/m", "mS/cm", 1, 10 },
	{ "m", "mm", 1, 1000 }, { "cm", "mm", 1, 10 }, { "km", "m", 1, 1000 },
	{ "m/s", "km/h", 1, 3.6 }, { "m3/h", "L/s", 3.6, 1 }, { "m3/s", "m3/h", 1, 3600 },
	{ "L/min", "L/h", 1, 60 }, { "mL/min", "L/min", 1, 0.001 }, { "m3/d", "m3/h", 24, 1 },
	{ "m3", "L", 1, 1000 }, { "L", "mL", 1, 1000 },
	{ "t", "kg", 1, 1000 }, { "kg", "g", 1, 1000 }, { "t/h", "kg/h", 1, 1000 },
	{ "V", "mV", 1, 1000 }, { "kV", "V", 1, 1000 }, { "A", "mA", 1, 1000 },
	{ "kW", "W", 1, 1000 }, { "MW", "kW", 1, 1000 }, { "kVA", "VA", 1, 1000 },
	{ "kWh", "Wh", 1, 1000 }, { "kWh", "MJ", 1, 3.6 }, { "GJ", "MJ", 1, 1000 },
	{ "kHz", "Hz", 1, 1000 }, { "bar", "kPa", 1, 100 }, { "MPa", "bar", 1, 10 },
	{ "mbar", "hPa", 1, 1 }, { "kPa", "Pa", 1, 1000 },
	{ "min", "s", 1, 60 }, { "h", "min", 1, 60 }, { "d", "h", 1, 24 }, { "s", "ms", 1, 1000 },
	{ "kohm", "ohm", 1, 1000 },
};

static void
units_of_one_dimension_convert(void)
{
	for (size_t i = 0; i < sizeof(conversions) / sizeof(conversions[0]); i++) {
		const struct unit *from = unit_find(conversions[i].from);
		const struct unit *to = unit_find(conversions[i].to);
		double got;

		CHECK(from != NULL && to != NULL && strcmp(from->dimension, to->dimension) == 0);
		got = (conversions[i].value * from->factor + from->offset - to->offset) / to->factor;
		if (fabs(got - conversions[i].result) > 1e-9 * fabs(conversions[i].result))
			fprintf(stderr, "%s to %s: %g\n", from->name, to->name, got);
		CHECK(fabs(got - conversions[i].result) <= 1e-9 * fabs(conversions[i].result));
	}
}

static bool
fits(const char *a, const char *b)
{
	return unit_fits(unit_find(a), unit_find(b));
}

/* A per cent says of what only by the unit that it is put in. */
static void
a_share_fits_what_is_one(void)
{
	CHECK(fits("K", "degC") && fits("%", "%") && fits("ppm", "%VOL"));
	CHECK(fits("%", "%LEL") && fits("%", "%RH") && fits("%", "%VOL") && fits("%", "ppm"));
	CHECK(!fits("%LEL", "%VOL") && !fits("%LEL", "%") && !fits("%RH", "%LEL"));
	CHECK(!fits("%", "mg/m3") && !fits("%", "degC") && !fits("degC", "%"));
}

static void
every_unit_is_there_once(void)
{
	size_t n = 0;

	for (; unit_at(n) != NULL; n++) {
		const struct unit *u = unit_at(n);
		size_t len = strlen(u->shown);

		CHECK(unit_find(u->name) == u);
		CHECK(u->factor > 0 && len > 0 && utf8_span(u->shown, len) == len);
		CHECK(strlen(u->name) < 16);
	}
	CHECK(n > 60 && unit_at(n + 100) == NULL);
	CHECK(unit_find("mg/m") == NULL && unit_find("") == NULL && unit_find("KG") == NULL);
	CHECK(strcmp(unit_find("degC")->shown, "℃") == 0);
	CHECK(strcmp(unit_find("mg/m3")->shown, "mg/m³") == 0);
}

/* The base of a dimension has factor 1, so that sums can be kept in it. */
static void
every_dimension_has_a_base(void)
{
	for (size_t i = 0; unit_at(i) != NULL; i++) {
		size_t k = 0;

		while (unit_at(k) != NULL && (strcmp(unit_at(k)->dimension,
		    unit_at(i)->dimension) != 0 || unit_at(k)->factor != 1 ||
		    unit_at(k)->offset != 0))
			k++;
		CHECK(unit_at(k) != NULL);
	}
}

int
main(void)
{
	RUN(units_of_one_dimension_convert);
	RUN(a_share_fits_what_is_one);
	RUN(every_unit_is_there_once);
	RUN(every_dimension_has_a_base);
	return 0;
}
