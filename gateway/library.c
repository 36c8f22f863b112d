#include <dlfcn.h>
#include <string.h>

#include "library.h"

bool
library_load(const char *library, const struct library_symbol *symbols, size_t n)
{
	void *at = dlopen(library, RTLD_NOW | RTLD_LOCAL), *symbol = at;

	for (size_t i = 0; symbol != NULL && i < n; i++) {
		symbol = dlsym(at, symbols[i].name);
		memcpy(symbols[i].to, &symbol, sizeof(symbol));
	}
	return symbol != NULL;
}
