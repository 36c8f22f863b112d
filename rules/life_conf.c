#include <stddef.h>
#include <string.h>

#include "life.h"

#define AT(field)	offsetof(struct life_conf, field)
#define KEY_AT(field)	offsetof(struct maintenance_key, field)
#define DAY		86400e6
#define SILENT_MOST	(4 * INT64_C(3600000000))	/* us: of class life */

#define HANDLING(class)	AT(handling) + (class) * sizeof(int64_t)

static const struct key handling_keys[] = {
	{ .name = "process", .type = KEY_SPAN, .offset = HANDLING(CLASS_PROCESS) - AT(handling),
	  .fallback = "0s", .min = 0, .max = 400 * DAY, .help = "Of class process." },
	{ .name = "life", .type = KEY_SPAN, .offset = HANDLING(CLASS_LIFE) - AT(handling),
	  .fallback = "0s", .min = 0, .max = 400 * DAY, .help = "Of class life." },
	{ .name = "environment", .type = KEY_SPAN,
	  .offset = HANDLING(CLASS_ENVIRONMENT) - AT(handling), .fallback = "0s",
	  .min = 0, .max = 400 * DAY, .help = "Of class environment." },
	{ .name = "equipment", .type = KEY_SPAN,
	  .offset = HANDLING(CLASS_EQUIPMENT) - AT(handling), .fallback = "0s",
	  .min = 0, .max = 400 * DAY, .help = "Of class equipment." },
	{ .name = "system", .type = KEY_SPAN, .offset = HANDLING(CLASS_SYSTEM) - AT(handling),
	  .fallback = "0s", .min = 0, .max = 400 * DAY, .help = "Of class system." },
	{ .name = NULL }
};

static const char *const acts[] = {
	[KEY_MAINTAINS] = "maintenance", [KEY_RESETS] = "reset", NULL
};

const struct key switch_keys[] = {
	{ .name = "input", .type = KEY_STRING, .offset = KEY_AT(input),
	  .example = "\"kitchen/io.key\"",
	  .help = "The contact of the key switch: DEVICE.POINT." },
	{ .name = "on", .type = KEY_INT, .offset = KEY_AT(on), .fallback = "1",
	  .min = 0, .max = 1, .help = "What the contact reads while the key is turned." },
	{ .name = "scope", .type = KEY_STRING, .offset = KEY_AT(scope),
	  .example = "\"kitchen\"",
	  .help = "The site or the device that is worked on then, or reset." },
	{ .name = "does", .type = KEY_CHOICE, .offset = KEY_AT(does),
	  .fallback = "maintenance", .names = acts,
	  .help = "Whether maintenance lasts while it is turned, or each turn resets the "
	  "alarms of the scope that latch, also those of class life." },
	{ .name = NULL }
};

const struct key life_keys[] = {
	{ .name = "shelf_max", .type = KEY_SPAN, .offset = AT(shelf_max), .fallback = "8h",
	  .min = 60e6, .max = 30 * DAY, .help = "Longest time for which an alarm is shelved." },
	{ .name = "chatter", .type = KEY_INT, .offset = AT(chatter), .fallback = "3",
	  .min = 2, .max = 20,
	  .help = "Comings of one alarm within chatter_window that make it a chattering one." },
	{ .name = "chatter_window", .type = KEY_SPAN, .offset = AT(chatter_window),
	  .fallback = "1min", .min = 1e6, .max = DAY,
	  .help = "The time within which the comings of one alarm are counted." },
	{ .name = "chatter_calm", .type = KEY_SPAN, .offset = AT(chatter_calm),
	  .fallback = "10min", .min = 1e6, .max = DAY,
	  .help = "Time without a change after which it chatters no more." },
	{ .name = "flood", .type = KEY_INT, .offset = AT(flood), .fallback = "10",
	  .min = 2, .max = 1000,
	  .help = "More alarms than this within flood_window are a flood." },
	{ .name = "flood_end", .type = KEY_INT, .offset = AT(flood_end), .fallback = "5",
	  .min = 1, .max = 1000,
	  .help = "Fewer alarms than this within flood_window: the flood is over." },
	{ .name = "flood_window", .type = KEY_SPAN, .offset = AT(flood_window),
	  .fallback = "10min", .min = 1e6, .max = DAY,
	  .help = "The time within which the alarms of a site are counted." },
	{ .name = "burst", .type = KEY_SPAN, .offset = AT(burst), .fallback = "10s",
	  .min = 100e3, .max = DAY,
	  .help = "Quiet of a site after which its next alarm is marked as the first." },
	{ .name = "area_share", .type = KEY_REAL, .offset = AT(area_share), .fallback = "5",
	  .min = 0, .max = 100,
	  .help = "Percent of the links of a carrier or district: when more are lost, that is "
	  "one alarm of the area." },
	{ .name = "area_least", .type = KEY_INT, .offset = AT(area_least), .fallback = "5",
	  .min = 2, .max = 100000, .help = "Links that must be lost at the least for it." },
	{ .name = "area_window", .type = KEY_SPAN, .offset = AT(area_window),
	  .fallback = "5min", .min = 1e6, .max = DAY,
	  .help = "The time within which they must be lost." },
	{ .name = "maintenance", .type = KEY_SPAN, .offset = AT(maintenance),
	  .fallback = "4h", .min = 60e6, .max = 30 * DAY,
	  .help = "Longest maintenance; then it ends by itself, with an alarm.  One that "
	  "silences class life ends after four hours all the same." },
	{ .name = "remind", .type = KEY_SPAN, .offset = AT(remind), .fallback = "1d",
	  .min = 60e6, .max = 400 * DAY,
	  .help = "How often it is told that an alarm is still out of service by command." },
	{ .name = "handling", .type = KEY_GROUP, .offset = AT(handling), .fallback = "{}",
	  .sub = handling_keys, .example = "{ life = \"24h\"; }",
	  .help = "By class, how soon somebody must say what was done about an alarm; 0s: "
	  "nobody need.  A rule may ask by itself." },
	{ .name = "keys", .type = KEY_ITEMS, .offset = AT(keys), .fallback = "",
	  .sub = switch_keys, .size = sizeof(struct maintenance_key),
	  .line = KEY_AT(place) + 1,
	  .example = "( { input = \"kitchen/io.key\"; scope = \"kitchen\"; } )",
	  .help = "Key switches on the spot that begin and end maintenance, or reset." },
	{ .name = NULL }
};

const struct life_conf life_fallback = {
	.shelf_max = 8 * 3600000000LL,
	.chatter = 3, .chatter_window = 60000000LL, .chatter_calm = 600000000LL,
	.flood = 10, .flood_end = 5, .flood_window = 600000000LL,
	.burst = 10000000LL,
	.area_share = 5, .area_least = 5, .area_window = 300000000LL,
	.maintenance = 4 * 3600000000LL,
	.remind = 86400000000LL,
};

int
life_check(const struct life_conf *c, const struct place *at, struct errs *errs)
{
	if (c->flood_end <= c->flood)
		return 0;
	return err_add(errs, at->file, at->line,
	    "flood_end: %lld is more than flood; a flood would be over as it begins",
	    (long long)c->flood_end);
}

int64_t
life_maintenance(const struct life_conf *c, bool local)
{
	return local && c->maintenance > SILENT_MOST ? SILENT_MOST : c->maintenance;
}

bool
life_word(const char *word)
{
	size_t n = strlen(word);

	for (size_t i = 0; i < n; i++)
		if ((unsigned char)word[i] <= ' ' || word[i] == 0x7f)
			return false;
	return n <= 40;
}
