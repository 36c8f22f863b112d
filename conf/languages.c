#include <stddef.h>

#include "languages.h"

const struct key languages_keys[] = {
	{ .name = "zh", .type = KEY_STRING, .offset = offsetof(struct languages, zh),
	  .fallback = "", .help = "In Chinese." },
	{ .name = "en", .type = KEY_STRING, .offset = offsetof(struct languages, en),
	  .fallback = "", .help = "In English." },
	{ .name = NULL }
};
