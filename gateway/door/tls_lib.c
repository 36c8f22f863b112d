#include "tls_lib.h"

#include <dlfcn.h>
#include <string.h>

#define LIBRARY	"libssl.so.3"

struct tls_lib ssl;

static const struct { const char *name; void *to; } symbols[] = {
#define TLS_ROW(name) { #name, &ssl.name },
	TLS_FUNCTIONS(TLS_ROW)
#undef TLS_ROW
};

/* The door has one thread. */
bool
tls_lib_load(void)
{
	static bool loaded;
	void *at = loaded ? NULL : dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL), *symbol = at;

	if (loaded)
		return true;
	for (size_t i = 0; symbol != NULL && i < sizeof(symbols) / sizeof(symbols[0]); i++) {
		symbol = dlsym(at, symbols[i].name);
		memcpy(symbols[i].to, &symbol, sizeof(symbol));
	}
	return loaded = symbol != NULL;
}
