#include <string.h>

#include "unit.h"

#define ROW(name, shown, dimension, factor)	{ name, shown, dimension, factor, 0 }

/* The base of each dimension is the unit with factor 1. */
static const struct unit units[] = {
	ROW("mg/m3", "mg/m³", "mass concentration", 1),
	ROW("ug/m3", "µg/m³", "mass concentration", 1e-3),
	ROW("g/m3", "g/m³", "mass concentration", 1e3),
	ROW("mg/L", "mg/L", "mass concentration", 1e3),
	ROW("ug/L", "µg/L", "mass concentration", 1),
	ROW("g/L", "g/L", "mass concentration", 1e6),
	ROW("%VOL", "%VOL", "volume fraction", 1),
	ROW("ppm", "ppm", "volume fraction", 1e-4),
	ROW("ppb", "ppb", "volume fraction", 1e-7),
	ROW("%LEL", "%LEL", "explosion limit", 1),	/* of which gas, nobody says */
	ROW("%", "%", "ratio", 1),
	ROW("%RH", "%RH", "relative humidity", 1),
	{ "degC", "℃", "temperature", 1, 0 },
	{ "K", "K", "temperature", 1, -273.15 },
	{ "degF", "℉", "temperature", 5.0 / 9, -160.0 / 9 },
	ROW("pH", "pH", "acidity", 1),
	ROW("NTU", "NTU", "turbidity", 1),
	ROW("uS/cm", "µS/cm", "conductivity", 1),
	ROW("mS/cm", "mS/cm", "conductivity", 1e3),
	ROW("S/m", "S/m", "conductivity", 1e4),
	ROW("m", "m", "length", 1),
	ROW("cm", "cm", "length", 1e-2),
	ROW("mm", "mm", "length", 1e-3),
	ROW("km", "km", "length", 1e3),
	ROW("m/s", "m/s", "speed", 1),
	ROW("km/h", "km/h", "speed", 1 / 3.6),
	ROW("mm/s", "mm/s", "speed", 1e-3),
	ROW("mm/h", "mm/h", "rainfall", 1),
	ROW("m3/h", "m³/h", "flow", 1),
	ROW("m3/s", "m³/s", "flow", 3600),
	ROW("m3/d", "m³/d", "flow", 1.0 / 24),
	ROW("L/s", "L/s", "flow", 3.6),
	ROW("L/min", "L/min", "flow", 0.06),
	ROW("L/h", "L/h", "flow", 1e-3),
	ROW("mL/min", "mL/min", "flow", 6e-5),
	ROW("m3", "m³", "volume", 1),
	ROW("L", "L", "volume", 1e-3),
	ROW("mL", "mL", "volume", 1e-6),
	ROW("kg", "kg", "mass", 1),
	ROW("g", "g", "mass", 1e-3),
	ROW("t", "t", "mass", 1e3),
	ROW("kg/h", "kg/h", "mass flow", 1),
	ROW("t/h", "t/h", "mass flow", 1e3),
	ROW("V", "V", "voltage", 1),
	ROW("mV", "mV", "voltage", 1e-3),
	ROW("kV", "kV", "voltage", 1e3),
	ROW("A", "A", "current", 1),
	ROW("mA", "mA", "current", 1e-3),
	ROW("kA", "kA", "current", 1e3),
	ROW("kW", "kW", "power", 1),
	ROW("W", "W", "power", 1e-3),
	ROW("MW", "MW", "power", 1e3),
	ROW("kvar", "kvar", "reactive power", 1),
	ROW("var", "var", "reactive power", 1e-3),
	ROW("kVA", "kVA", "apparent power", 1),
	ROW("VA", "VA", "apparent power", 1e-3),
	ROW("kWh", "kWh", "energy", 1),
	ROW("Wh", "Wh", "energy", 1e-3),
	ROW("MWh", "MWh", "energy", 1e3),
	ROW("MJ", "MJ", "energy", 1 / 3.6),
	ROW("GJ", "GJ", "energy", 1e3 / 3.6),
	ROW("kvarh", "kvarh", "reactive energy", 1),
	ROW("Hz", "Hz", "frequency", 1),
	ROW("kHz", "kHz", "frequency", 1e3),
	ROW("r/min", "r/min", "rotation", 1),
	ROW("Pa", "Pa", "pressure", 1),
	ROW("hPa", "hPa", "pressure", 1e2),
	ROW("kPa", "kPa", "pressure", 1e3),
	ROW("MPa", "MPa", "pressure", 1e6),
	ROW("bar", "bar", "pressure", 1e5),
	ROW("mbar", "mbar", "pressure", 1e2),
	ROW("s", "s", "time", 1),
	ROW("ms", "ms", "time", 1e-3),
	ROW("min", "min", "time", 60),
	ROW("h", "h", "time", 3600),
	ROW("d", "d", "time", 86400),
	ROW("ohm", "Ω", "resistance", 1),
	ROW("kohm", "kΩ", "resistance", 1e3),
	ROW("deg", "°", "angle", 1),
	ROW("lx", "lx", "illuminance", 1),
	ROW("W/m2", "W/m²", "irradiance", 1),
	ROW("dB", "dB", "level", 1),
	ROW("dBm", "dBm", "signal", 1),
	ROW("count", "count", "count", 1),
};

#define UNITS	(sizeof(units) / sizeof(units[0]))

const struct unit *
unit_find(const char *name)
{
	for (size_t i = 0; i < UNITS; i++)
		if (strcmp(units[i].name, name) == 0)
			return &units[i];
	return NULL;
}

const struct unit *
unit_at(size_t i)
{
	return i < UNITS ? &units[i] : NULL;
}

/* Their base is the per cent. */
static bool
is_share(const struct unit *u)
{
	static const char *const shares[] = { "ratio", "explosion limit", "relative humidity",
	    "volume fraction" };

	for (size_t i = 0; i < sizeof(shares) / sizeof(shares[0]); i++)
		if (strcmp(u->dimension, shares[i]) == 0)
			return true;
	return false;
}

bool
unit_fits(const struct unit *u, const struct unit *other)
{
	return strcmp(u->dimension, other->dimension) == 0 ||
	    (strcmp(u->dimension, "ratio") == 0 && is_share(other));
}
