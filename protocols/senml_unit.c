#include <string.h>

#include "../conf/unit.h"
#include "senml.h"

/* Those whose names are not ours, or mean something else there: "%" and "/" are a
 * share of 1.  All others are ours if there is one of that name. */
static const struct row {
	const char	*senml, *ours;
	double		 times;
} rows[] = {
	/* RFC 8428, section 12.1 */
	{ "Cel", "degC", 1 }, { "Ohm", "ohm", 1 }, { "l", "L", 1 }, { "l/s", "L/s", 1 },
	{ "rad", "deg", 57.29577951308232 }, { "J", "MJ", 1e-6 }, { "/", "%", 100 },
	{ "%", "%", 100 }, { "%EL", "%", 1 }, { "EL", "s", 1 }, { "lat", "deg", 1 },
	{ "lon", "deg", 1 }, { "1/s", "Hz", 1 }, { "1/min", "r/min", 1 },
	/* RFC 8798: primary and secondary */
	{ "kg/m3", "g/L", 1 }, { "vars", "kvarh", 1 / 3.6e6 }, { "varh", "kvarh", 1e-3 },
	{ "MHz", "kHz", 1e3 }, { "/100", "%", 1 }, { "/1000", "%", 0.1 },
	/* and what was registered later */
	{ "mg/l", "mg/L", 1 }, { "ug/l", "ug/L", 1 }, { "g/l", "g/L", 1 },
};

const char *
senml_unit(const char *name, double *times)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strcmp(rows[i].senml, name) == 0) {
			*times = rows[i].times;
			return rows[i].ours;
		}
	*times = 1;
	return unit_find(name) != NULL ? unit_find(name)->name : NULL;
}
