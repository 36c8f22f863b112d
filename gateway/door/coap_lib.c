#include <dlfcn.h>
#include <string.h>

#include "../log.h"
#include "coap_lib.h"

#define LIBRARY	"libcoap-3-gnutls.so.3"

struct coap_lib coap_lib;

#define COAP_SYMBOL(name)	{ "coap_" #name, &coap_lib.name },
static const struct { const char *name; void *to; } symbols[] = {
	COAP_FUNCTIONS(COAP_SYMBOL)
};

/* Texts of it may hold what came from outside. */
static void
log_it(coap_log_t level, const char *text)
{
	char line[200], safe[400];
	size_t n = strcspn(text, "\n");

	n = n < sizeof(line) ? n : sizeof(line) - 1;
	memcpy(line, text, n);
	line[n] = '\0';
	log_debug("door: coap: %s", log_safe(line, safe, sizeof(safe)));
	(void)level;
}

/* One thread works here: the door's. */
bool
coap_lib_load(void)
{
	static bool tried, loaded;
	void *at, *symbol;

	if (tried)
		return loaded;
	tried = true;
	symbol = at = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
	for (size_t i = 0; symbol != NULL && i < sizeof(symbols) / sizeof(symbols[0]); i++) {
		symbol = dlsym(at, symbols[i].name);
		memcpy(symbols[i].to, &symbol, sizeof(symbol));
	}
	loaded = symbol != NULL;
	if (!loaded) {
		log_err("door: %s cannot be loaded: apt install libcoap3", LIBRARY);
		return false;
	}
	coap_lib.startup();
	coap_lib.set_log_handler(log_it);
	coap_lib.set_log_level(LOG_WARNING);
	coap_lib.dtls_set_log_level(LOG_WARNING);
	return true;
}
