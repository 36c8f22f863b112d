#include <pthread.h>

#include "crypt_lib.h"
#include "library.h"
#include "log.h"

#define LIBRARY	"libcrypto.so.3"

struct crypt_lib crypto;

static const struct library_symbol symbols[] = {
#define CRYPT_ROW(name) { #name, &crypto.name },
	CRYPT_FUNCTIONS(CRYPT_ROW)
#undef CRYPT_ROW
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool loaded;

static void
load_library(void)
{
	loaded = library_load(LIBRARY, symbols, sizeof(symbols) / sizeof(symbols[0]));
	if (!loaded)
		log_err("%s cannot be loaded: apt install libssl3", LIBRARY);
}

bool
crypt_lib_load(void)
{
	pthread_once(&once, load_library);
	return loaded;
}
