#ifndef GATEWAY_TEXT_H
#define GATEWAY_TEXT_H

#include <libintl.h>

/* Text for people goes through gettext; the log stays English. */
#define _(s)	gettext(s)
#define N_(s)	(s)

#endif
