#include <stddef.h>

#include "glob.h"

/* Goes back to the last star only: linear in practice, no recursion for a
 * hostile pattern to deepen. */
bool
glob_match(const char *pattern, const char *name)
{
	const char *star = NULL, *mark = name;

	while (*name != '\0') {
		if (*pattern == '*') {
			star = pattern++;
			mark = name;
		} else if (*pattern == '?' || *pattern == *name) {
			pattern++;
			name++;
		} else if (star != NULL) {
			pattern = star + 1;
			name = ++mark;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return *pattern == '\0';
}
