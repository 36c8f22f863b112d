#include "http_lib.h"

#include <dlfcn.h>
#include <string.h>

#define LIBRARY	"libmicrohttpd.so.12"

struct http_lib http;

static const struct { const char *name; void *to; } symbols[] = {
#define HTTP_ROW(name) { #name, &http.name },
	HTTP_FUNCTIONS(HTTP_ROW)
#undef HTTP_ROW
};

/* The door has one thread. */
bool
http_lib_load(void)
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
