#include "tls_lib.h"

#include "../crypt_lib.h"
#include "../library.h"

#define LIBRARY	"libssl.so.3"

struct tls_lib ssl;

static const struct library_symbol symbols[] = {
#define TLS_ROW(name) { #name, &ssl.name },
	TLS_FUNCTIONS(TLS_ROW)
#undef TLS_ROW
};

/* The door has one thread. */
bool
tls_lib_load(void)
{
	static bool loaded;

	loaded = loaded || (crypt_lib_load() &&
	    library_load(LIBRARY, symbols, sizeof(symbols) / sizeof(symbols[0])));
	return loaded;
}
