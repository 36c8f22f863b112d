#ifndef TESTS_UNIT_SENML_TEXT_H
#define TESTS_UNIT_SENML_TEXT_H

#include "../../protocols/senml.h"

/* A resolved pack in words, a record a line: "NAME UNIT VALUE TIME", with " sum S"
 * and " within S" where it says such; or "refused: WHY". */
const char *senml_text(const struct senml *);
size_t	bytes_of_hex(const char *hex, uint8_t *to);

#endif
