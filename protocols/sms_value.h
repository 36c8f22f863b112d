#ifndef PROTOCOLS_SMS_VALUE_H
#define PROTOCOLS_SMS_VALUE_H

#include <stdbool.h>
#include <stddef.h>

/* A value for a variable in a template of an SMS provider in China: of what they
 * refuse (and with it the whole message) nothing is left. Brackets of
 * signatures, symbols such as m² and ℃, characters outside the basic plane and
 * addresses of pages are written otherwise, mobile numbers lose their middle, an
 * empty value becomes "-", a longer one than most characters is cut.  False: out
 * is too small; it is cut there. */
bool	sms_value(const char *value, size_t most, char *out, size_t room);
/* Would sms_value write some of it otherwise? Where it begins; NULL: no. */
const char	*sms_value_odd(const char *text);

#endif
