#include <stddef.h>
#include <string.h>

#include "basis.h"

static const struct { const char *name, *zh; } bases[] = {
	[BASIS_NONE] = { "", "" },
	[BASIS_MEASURED] = { "measured", "实测" },
	[BASIS_RATED] = { "rated", "按额定" },
	[BASIS_DECLARED] = { "declared", "按申报" },
};

#define BASES	(sizeof(bases) / sizeof(bases[0]))

/* One that a later version wrote is not known to be none. */
const char *
basis_name(uint8_t basis)
{
	return basis < BASES ? bases[basis].name : "unknown";
}

const char *
basis_word(uint8_t basis, const char *language)
{
	return basis < BASES && language[0] == 'z' ? bases[basis].zh : basis_name(basis);
}

int
basis_find(const char *name)
{
	for (size_t i = 0; i < BASES; i++)
		if (strcmp(bases[i].name, name) == 0)
			return (int)i;
	return -1;
}
