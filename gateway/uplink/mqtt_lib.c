#include "mqtt_lib.h"

#include <pthread.h>

#include "../library.h"
#include "../log.h"

#define LIBRARY		"libmosquitto.so.1"
#define SYMBOL(name)	{ "mosquitto_" #name, &mqtt_lib.name },

struct mqtt_lib mqtt_lib;

static const struct library_symbol symbols[] = { MQTT_LIB_FUNCTIONS(SYMBOL) };

static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool loaded;

static void
load_library(void)
{
	loaded = library_load(LIBRARY, symbols, sizeof(symbols) / sizeof(symbols[0])) &&
	    mqtt_lib.lib_init() == MOSQ_ERR_SUCCESS;
	if (!loaded)
		log_err("uplink: %s cannot be loaded", LIBRARY);
}

bool
mqtt_lib_load(void)
{
	pthread_once(&once, load_library);
	return loaded;
}
