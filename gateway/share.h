#ifndef GATEWAY_SHARE_H
#define GATEWAY_SHARE_H

#include <stddef.h>

/* Where what is shipped beside the program lies: in the tree that it was built
 * in, or else where it was installed.  Each fills buf and returns it; NULL:
 * there is no such thing. */
const char	*share_demo(char *buf, size_t n);	/* demo.conf */
const char	*share_profiles(char *buf, size_t n);	/* the folder of profiles */
const char	*share_packs(char *buf, size_t n);	/* of rules */
const char	*share_locale(char *buf, size_t n);	/* the folder of translations */

#endif
