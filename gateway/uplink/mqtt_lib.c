#include "mqtt_lib.h"

#include <dlfcn.h>
#include <pthread.h>
#include <string.h>

#include "../log.h"

#define LIBRARY		"libmosquitto.so.1"
#define SYMBOL(name)	{ "mosquitto_" #name, &mqtt_lib.name },

struct mqtt_lib mqtt_lib;

static const struct { const char *name; void *to; } symbols[] = { MQTT_LIB_FUNCTIONS(SYMBOL) };

static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool loaded;

static void
load_library(void)
{
	void *at = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL), *symbol = at;

	for (size_t i = 0; symbol != NULL && i < sizeof(symbols) / sizeof(symbols[0]); i++) {
		symbol = dlsym(at, symbols[i].name);
		memcpy(symbols[i].to, &symbol, sizeof(symbol));
	}
	loaded = symbol != NULL && mqtt_lib.lib_init() == MOSQ_ERR_SUCCESS;
	if (!loaded)
		log_err("uplink: %s cannot be loaded", LIBRARY);
}

bool
mqtt_lib_load(void)
{
	pthread_once(&once, load_library);
	return loaded;
}
