#include <stddef.h>

#include "languages.h"

const struct key languages_keys[] = {
	{ .name = "zh", .type = KEY_STRING, .offset = offsetof(struct languages, zh),
	  .fallback = "",
	  .example = "\"一号灶\"",
	  .help = "In Chinese." },
	{ .name = "en", .type = KEY_STRING, .offset = offsetof(struct languages, en),
	  .fallback = "",
	  .example = "\"hood 1\"",
	  .help = "In English." },
	{ .name = NULL }
};
