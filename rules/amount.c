#include <string.h>

#include "amount.h"

const char *const amount_names[] = { "auto", "none", "rate", "counter", NULL };

/* The base unit of each of these is one an hour. */
static const struct {
	const char	*dimension, *unit;
} rates[] = {
	{ "flow",		"m3" },
	{ "mass flow",		"kg" },
	{ "power",		"kWh" },
	{ "reactive power",	"kvarh" },
	{ "rainfall",		"mm" },
};

static bool
measures(const struct unit *unit, const char *dimension)
{
	return unit != NULL && strcmp(unit->dimension, dimension) == 0;
}

const char *
amount_of_rate(const struct unit *unit, double *an_hour)
{
	for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
		if (!measures(unit, rates[i].dimension))
			continue;
		*an_hour = unit->factor;
		return rates[i].unit;
	}
	return NULL;
}

/* mg/m3 of m3/h are mg an hour. */
bool
amount_of_load(const struct unit *concentration, const struct unit *flow, double *an_hour)
{
	if (!measures(concentration, "mass concentration") || !measures(flow, "flow"))
		return false;
	*an_hour = concentration->factor * flow->factor / 1e6;
	return true;
}

bool
amount_counts(const struct unit *unit)
{
	return measures(unit, "energy") || measures(unit, "reactive energy");
}

const char *
amount_unit(enum amount_kind kind, const char *unit)
{
	const char *of_rate = NULL;
	double an_hour;

	switch (kind) {
	case AMOUNT_RATE:
		of_rate = amount_of_rate(unit_find(unit), &an_hour);
		break;
	case AMOUNT_COUNTER:
		return unit;
	case AMOUNT_LOAD:
		return "kg";
	case AMOUNT_NONE:
		break;
	}
	return of_rate != NULL ? of_rate : "";
}
