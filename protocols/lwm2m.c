#include <stdio.h>

#include "lwm2m.h"

static const struct lwm2m_object objects[] = {
	{ 3, "Device" },
	{ 4, "Connectivity Monitoring" },
	{ 6, "Location" },
	{ 19, "BinaryAppDataContainer" },
	{ 3200, "Digital Input" },
	{ 3202, "Analog Input" },
	{ 3300, "Generic Sensor" },
	{ 3301, "Illuminance" },
	{ 3303, "Temperature" },
	{ 3304, "Humidity" },
	{ 3305, "Power Measurement" },
	{ 3306, "Actuation" },
	{ 3315, "Barometer" },
	{ 3316, "Voltage" },
	{ 3317, "Current" },
	{ 3318, "Frequency" },
	{ 3320, "Percentage" },
	{ 3322, "Load" },
	{ 3323, "Pressure" },
	{ 3325, "Concentration" },
	{ 3326, "Acidity" },
	{ 3327, "Conductivity" },
	{ 3328, "Power" },
	{ 3330, "Distance" },
	{ 3331, "Energy" },
	{ 3342, "On/Off switch" },
	{ 3424, "Water meter" },
	{ 3425, "Irrigation valve" },
	{ 3426, "Water quality sensor" },
	{ 3427, "Pressure monitoring sensor" },
	{ 3428, "Air quality" },
	{ 3435, "Filling level" },
	{ 10266, "Water Flow Readings" },
	{ 10272, "Water Meter Customer Leakage Alarm" },
	{ 10313, "Gas Readings" },
	{ 10374, "Modbus Connection" },
	{ 10375, "Modbus Register Cluster" },
};

#define TYPED(object, id, type, name)		{ object, id, LWM2M_##type, name, NULL }
#define IN(object, id, type, name, unit)	{ object, id, LWM2M_##type, name, unit }

/* Those of one object first, then those that many objects share. */
static const struct lwm2m_resource resources[] = {
	TYPED(3, 0, TEXT, "manufacturer"),
	TYPED(3, 1, TEXT, "model"),
	TYPED(3, 2, TEXT, "serial number"),
	TYPED(3, 3, TEXT, "firmware version"),
	TYPED(3, 6, INTEGER, "available power source"),
	IN(3, 7, INTEGER, "power source voltage", "mV"),
	IN(3, 8, INTEGER, "power source current", "mA"),
	IN(3, 9, INTEGER, "battery level", "%"),
	TYPED(3, 11, INTEGER, "error code"),
	TYPED(3, 13, TIME, "current time"),
	IN(4, 2, INTEGER, "radio signal strength", "dBm"),
	TYPED(4, 3, INTEGER, "link quality"),
	TYPED(6, 0, FLOAT, "latitude"),
	TYPED(6, 1, FLOAT, "longitude"),
	TYPED(6, 5, TIME, "timestamp"),
	TYPED(19, 0, OPAQUE, "data"),
	IN(3424, 1, FLOAT, "cumulated volume", "m3"),
	TYPED(3424, 4, INTEGER, "cumulated pulses"),
	TYPED(3424, 9, BOOLEAN, "leak detected"),
	TYPED(3424, 10, BOOLEAN, "leak suspected"),
	TYPED(3424, 11, BOOLEAN, "back flow"),
	TYPED(3424, 12, BOOLEAN, "blocked"),
	TYPED(3424, 13, BOOLEAN, "fraud"),
	IN(3428, 1, FLOAT, "PM10", "ug/m3"),
	IN(3428, 3, FLOAT, "PM2.5", "ug/m3"),
	TYPED(3428, 7, FLOAT, "CO"),
	TYPED(3428, 23, FLOAT, "VOC"),
	TYPED(0, 5500, BOOLEAN, "digital input state"),
	TYPED(0, 5501, INTEGER, "digital input counter"),
	TYPED(0, 5518, TIME, "timestamp"),
	TYPED(0, 5550, BOOLEAN, "digital output state"),
	TYPED(0, 5600, FLOAT, "analog input"),
	TYPED(0, 5601, FLOAT, "least measured"),
	TYPED(0, 5602, FLOAT, "most measured"),
	TYPED(0, 5603, FLOAT, "low end of the range"),
	TYPED(0, 5604, FLOAT, "high end of the range"),
	TYPED(0, 5650, FLOAT, "analog output"),
	TYPED(0, 5700, FLOAT, "value"),
	TYPED(0, 5701, TEXT, "unit"),
	TYPED(0, 5750, TEXT, "application type"),
	TYPED(0, 5751, TEXT, "sensor type"),
	IN(0, 5800, FLOAT, "active power", "W"),
	IN(0, 5805, FLOAT, "cumulated active power", "Wh"),
	IN(0, 5810, FLOAT, "reactive power", "var"),
	TYPED(0, 5820, FLOAT, "power factor"),
	TYPED(0, 5850, BOOLEAN, "on or off"),
	IN(0, 5851, INTEGER, "dimmer", "%"),
	IN(0, 5852, INTEGER, "on for", "s"),
	TYPED(0, 6042, INTEGER, "measurement quality"),
};

#define COUNT(table)	(sizeof(table) / sizeof((table)[0]))

const struct lwm2m_object *
lwm2m_object_at(size_t i)
{
	return i < COUNT(objects) ? &objects[i] : NULL;
}

const struct lwm2m_object *
lwm2m_object(uint16_t id)
{
	for (size_t i = 0; i < COUNT(objects); i++)
		if (objects[i].id == id)
			return &objects[i];
	return NULL;
}

const struct lwm2m_resource *
lwm2m_resource(uint16_t object, uint16_t id)
{
	for (size_t i = 0; i < COUNT(resources); i++)
		if (resources[i].id == id &&
		    (resources[i].object == object || resources[i].object == 0))
			return &resources[i];
	return NULL;
}

bool
lwm2m_path(const char *text, struct lwm2m_path *path)
{
	path->n = 0;
	text += *text == '/';
	while (path->n < LWM2M_DEPTH) {
		uint32_t id = 0;
		int digits = 0;

		for (; *text >= '0' && *text <= '9' && digits < 6; text++, digits++)
			id = id * 10 + (uint32_t)(*text - '0');
		if (digits == 0 || id > UINT16_MAX)
			return false;
		path->ids[path->n++] = (uint16_t)id;
		if (*text == '\0')
			return true;
		if (*text++ != '/')
			return false;
		if (*text == '\0')
			return true;
	}
	return false;
}

char *
lwm2m_path_text(const struct lwm2m_path *path, char text[LWM2M_PATH_TEXT])
{
	size_t n = 0;

	text[0] = '\0';
	for (size_t i = 0; i < path->n && i < LWM2M_DEPTH; i++)
		n += (size_t)snprintf(text + n, LWM2M_PATH_TEXT - n, "/%u", path->ids[i]);
	return text;
}
