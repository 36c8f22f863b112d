#ifndef DEVICES_BASIS_H
#define DEVICES_BASIS_H

#include <stdint.h>

/* What a figure that is reckoned rests on.  Written in stores: none is ever given
 * another number. */
enum basis {
	BASIS_NONE,		/* it is read, or nobody said */
	BASIS_MEASURED,
	BASIS_RATED,		/* of a fan its rating plate */
	BASIS_DECLARED		/* what the owner says */
};

/* "rated"; "" of none.  "unknown" of one that a later version wrote. */
const char	*basis_name(uint8_t basis);
/* As people of this language say it: "zh", "en". */
const char	*basis_word(uint8_t basis, const char *language);
/* -1: there is none of this name; "" is BASIS_NONE. */
int		 basis_find(const char *name);

#endif
