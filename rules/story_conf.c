#include <stddef.h>

#include "../conf/languages.h"
#include "story.h"

#define GIVEN(field)	offsetof(struct story_given, field)
#define EXPECT(field)	offsetof(struct story_expect, field)
#define STORY(field)	offsetof(struct story, field)
#define DEVICE(field)	offsetof(struct story_device, field)
#define POINT(field)	offsetof(struct story_point, field)
#define FILE_(field)	offsetof(struct story_file, field)
#define LONGEST		(400 * 86400e6)

LANGUAGES(struct story_device);

static const char *const do_names[] = { "", "ack", "reset", "handle", NULL };
static const char *const link_names[] = { "", "down", "up", NULL };

#define FIGURE(n, f, what) \
	{ .name = n, .type = KEY_NODE, .offset = f, .fallback = "", .example = "2.1", \
	  .help = what }

static const struct key given_keys[] = {
	{ .name = "at", .type = KEY_SPAN, .offset = GIVEN(at), .min = 0, .max = LONGEST,
	  .example = "\"10min\"", .help = "When, since the beginning." },
	{ .name = "point", .type = KEY_STRING, .offset = GIVEN(point), .fallback = "",
	  .example = "\"kitchen/fume.fume\"", .help = "The point." },
	FIGURE("value", GIVEN(value), "What it reads from the next reading on."),
	FIGURE("to", GIVEN(to), "What it reads at the end of a ramp."),
	{ .name = "over", .type = KEY_SPAN, .offset = GIVEN(over), .fallback = "0s",
	  .min = 0, .max = LONGEST, .help = "How long the ramp takes." },
	{ .name = "quality", .type = KEY_STRING, .offset = GIVEN(quality), .fallback = "",
	  .example = "\"warming-up\"", .help = "The quality of its readings." },
	{ .name = "silent", .type = KEY_BOOL, .offset = GIVEN(silent), .fallback = "false",
	  .help = "Nothing comes from it any more." },
	{ .name = "device", .type = KEY_STRING, .offset = GIVEN(device), .fallback = "",
	  .example = "\"kitchen/fume\"", .help = "The device." },
	{ .name = "link", .type = KEY_CHOICE, .offset = GIVEN(link), .fallback = "",
	  .names = link_names, .help = "The line of the device goes down or up." },
	{ .name = "alarm", .type = KEY_STRING, .offset = GIVEN(alarm), .fallback = "",
	  .example = "\"fume-high\"", .help = "The rule of the alarm." },
	{ .name = "do", .type = KEY_CHOICE, .offset = GIVEN(act), .fallback = "",
	  .names = do_names, .help = "What somebody does about the alarm." },
	{ .name = "interval", .type = KEY_STRING, .offset = GIVEN(interval), .fallback = "",
	  .example = "\"minute\"",
	  .help = "An interval of the point is over: minute, hour or day." },
	FIGURE("mean", GIVEN(mean), "Its mean."),
	FIGURE("min", GIVEN(min), "Its least; else the mean."),
	FIGURE("max", GIVEN(max), "Its most; else the mean."),
	FIGURE("amount", GIVEN(amount), "Its amount."),
	{ .name = "valid", .type = KEY_REAL, .offset = GIVEN(valid), .fallback = "100",
	  .min = 0, .max = 100, .help = "Its valid share, in per cent." },
	{ .name = "length", .type = KEY_SPAN, .offset = GIVEN(length), .fallback = "10min",
	  .min = 60e6, .max = 1800e6, .help = "How long an interval of minutes is." },
	{ .name = NULL }
};

static const struct key expect_keys[] = {
	{ .name = "alarm", .type = KEY_STRING, .offset = EXPECT(alarm), .fallback = "",
	  .example = "\"fume-high\"", .help = "The rule of an alarm or event." },
	{ .name = "device", .type = KEY_STRING, .offset = EXPECT(device), .fallback = "",
	  .example = "\"kitchen/fume\"", .help = "The device of it." },
	{ .name = "course", .type = KEY_STRINGS, .offset = EXPECT(course), .fallback = "",
	  .example = "(\"11min UNACK\", \"40min RTNUN\")",
	  .help = "All states that it enters, and when; it enters no other." },
	{ .name = "never", .type = KEY_BOOL, .offset = EXPECT(never), .fallback = "false",
	  .help = "It is never raised." },
	{ .name = "raised_by", .type = KEY_SPAN, .offset = EXPECT(raised_by), .fallback = "0s",
	  .min = 0, .max = LONGEST, .help = "It is raised then at the latest." },
	{ .name = "not_before", .type = KEY_SPAN, .offset = EXPECT(not_before),
	  .fallback = "0s", .min = 0, .max = LONGEST, .help = "It is not raised before." },
	{ .name = "cleared_by", .type = KEY_SPAN, .offset = EXPECT(cleared_by),
	  .fallback = "0s", .min = 0, .max = LONGEST,
	  .help = "It was raised, and its condition is gone then at the latest." },
	{ .name = "at", .type = KEY_SPAN, .offset = EXPECT(at), .fallback = "0s",
	  .min = 0, .max = LONGEST, .help = "When a state or figure is looked at." },
	{ .name = "state", .type = KEY_STRING, .offset = EXPECT(state), .fallback = "",
	  .example = "\"UNACK\"", .help = "The state of the alarm then." },
	{ .name = "is", .type = KEY_STRINGS, .offset = EXPECT(is), .fallback = "",
	  .example = "(\"overdue\")",
	  .help = "What the alarm is then: overdue, chattering, owed." },
	{ .name = "is_not", .type = KEY_STRINGS, .offset = EXPECT(is_not), .fallback = "",
	  .example = "(\"chattering\")", .help = "And what it is not." },
	{ .name = "point", .type = KEY_STRING, .offset = EXPECT(point), .fallback = "",
	  .example = "\"kitchen/fume.fume_ref\"",
	  .help = "A point, read or derived." },
	FIGURE("value", EXPECT(value), "What its newest reading is then."),
	{ .name = "quality", .type = KEY_STRING, .offset = EXPECT(quality), .fallback = "",
	  .example = "\"good\"", .help = "The quality of that reading." },
	{ .name = "interval", .type = KEY_STRING, .offset = EXPECT(interval), .fallback = "",
	  .example = "\"minute\"", .help = "Which statistic of it is looked at." },
	FIGURE("mean", EXPECT(mean), "What the newest one says."),
	FIGURE("min", EXPECT(min), "The same."),
	FIGURE("max", EXPECT(max), "The same."),
	FIGURE("amount", EXPECT(amount), "The same."),
	FIGURE("valid", EXPECT(valid), "Its valid share, in per cent."),
	{ .name = "mark", .type = KEY_STRING, .offset = EXPECT(mark), .fallback = "",
	  .example = "\"N\"", .help = "Its data mark." },
	{ .name = "within", .type = KEY_REAL, .offset = EXPECT(within), .fallback = "0.000001",
	  .min = 0, .max = 1e300, .help = "How far a figure may be off." },
	{ .name = NULL }
};

static const struct key story_keys[] = {
	{ .name = "name", .type = KEY_STRING, .offset = STORY(name),
	  .example = "\"a splash is no alarm\"", .help = "What it shows." },
	{ .name = "start", .type = KEY_STRING, .offset = STORY(start), .fallback = "",
	  .example = "\"2026-11-23 08:00\"",
	  .help = "When it begins, by the clock of the zone; else on a Monday at 00:00." },
	{ .name = "standard", .type = KEY_STRING, .offset = STORY(standard), .fallback = "",
	  .example = "\"DB11/1488-2018\"",
	  .help = "Whose limits hold in the packs, instead of what the file says." },
	{ .name = "period", .type = KEY_SPAN, .offset = STORY(period), .fallback = "0s",
	  .min = 0, .max = 86400e6, .help = "How often all devices are read; 0s: as each has "
	  "it." },
	{ .name = "lasts", .type = KEY_SPAN, .offset = STORY(lasts), .fallback = "0s",
	  .min = 0, .max = LONGEST, .help = "How long it goes on, at least to what is said "
	  "last; 0s: a little longer than that." },
	{ .name = "given", .type = KEY_ITEMS, .offset = STORY(given), .fallback = "",
	  .sub = given_keys, .size = sizeof(struct story_given), .line = GIVEN(place) + 1,
	  .example = "( { at = \"0s\"; point = \"kitchen/fume.fume\"; value = 0.4; } )",
	  .help = "What happens." },
	{ .name = "expect", .type = KEY_ITEMS, .offset = STORY(expect),
	  .sub = expect_keys, .size = sizeof(struct story_expect), .line = EXPECT(place) + 1,
	  .example = "( { alarm = \"fume-high\"; device = \"kitchen/fume\"; never = true; } )",
	  .help = "What must come of it." },
	{ .name = NULL }
};

static const struct key point_keys[] = {
	{ .name = "name", .type = KEY_NAME, .offset = POINT(name), .example = "\"fume\"",
	  .help = "Its name." },
	{ .name = "unit", .type = KEY_STRING, .offset = POINT(unit), .fallback = "",
	  .example = "\"mg/m3\"", .help = "Its unit, as in profiles." },
	{ .name = "decimals", .type = KEY_INT, .offset = POINT(decimals), .fallback = "2",
	  .min = -1, .max = 9, .help = "Figures behind the point." },
	{ .name = NULL }
};

static const struct key device_stand_in_keys[] = {
	{ .name = "name", .type = KEY_NAME, .offset = DEVICE(name),
	  .example = "\"kitchen/fume\"", .help = "Its name." },
	{ .name = "period", .type = KEY_SPAN, .offset = DEVICE(period), .fallback = "10s",
	  .min = 1e3, .max = 86400e6, .help = "How often it is read." },
	{ .name = "points", .type = KEY_ITEMS, .offset = DEVICE(points),
	  .sub = point_keys, .size = sizeof(struct story_point), .line = POINT(place) + 1,
	  .example = "( { name = \"fume\"; unit = \"mg/m3\"; } )", .help = "What it reads." },
	{ .name = "label", .type = KEY_GROUP, .offset = DEVICE(zh), .fallback = "",
	  .sub = languages_keys, .example = "{ zh = \"一号灶\"; en = \"hood 1\"; }",
	  .help = "What people call it." },
	{ .name = "constants", .type = KEY_NODE, .offset = DEVICE(constants), .fallback = "",
	  .example = "{ limit = { fume = 1.0; }; }", .help = "Numbers of its own." },
	{ .name = NULL }
};

const struct key story_file_keys[] = {
	{ .name = "zone", .type = KEY_STRING, .offset = FILE_(zone), .fallback = "UTC",
	  .help = "The zone of its days and hours." },
	{ .name = "folders", .type = KEY_STRINGS, .offset = FILE_(folders), .fallback = "",
	  .example = "(\"../packs\")", .help = "Folders of packs." },
	{ .name = "constants", .type = KEY_NODE, .offset = FILE_(constants), .fallback = "",
	  .example = "{ limit = { fume = 2.0; }; }", .help = "As in a configuration." },
	{ .name = "devices", .type = KEY_ITEMS, .offset = FILE_(devices), .fallback = "",
	  .sub = device_stand_in_keys, .size = sizeof(struct story_device),
	  .line = DEVICE(place) + 1, .example = "( { name = \"kitchen/fume\"; ... } )",
	  .help = "Stand-ins for instruments." },
	{ .name = "derived", .type = KEY_ITEMS, .offset = FILE_(derived), .fallback = "",
	  .sub = derived_keys, .size = sizeof(struct derived_conf),
	  .line = offsetof(struct derived_conf, place) + 1, .example = "( ... )",
	  .help = "As in a configuration." },
	{ .name = "rules", .type = KEY_ITEMS, .offset = FILE_(rules), .fallback = "",
	  .sub = rule_keys, .size = sizeof(struct rule_conf),
	  .line = offsetof(struct rule_conf, place) + 1, .example = "( ... )",
	  .help = "The same." },
	{ .name = "packs", .type = KEY_ITEMS, .offset = FILE_(packs), .fallback = "",
	  .sub = pack_use_keys, .size = sizeof(struct pack_use),
	  .line = offsetof(struct pack_use, place) + 1, .example = "( ... )",
	  .help = "The same." },
	{ .name = "statistics", .type = KEY_ITEMS, .offset = FILE_(statistics),
	  .fallback = "", .sub = statistic_keys, .size = sizeof(struct statistic_conf),
	  .line = offsetof(struct statistic_conf, place) + 1, .example = "( ... )",
	  .help = "The same." },
	{ .name = "alarms", .type = KEY_GROUP, .offset = FILE_(life), .fallback = "{}",
	  .sub = life_keys, .example = "{ shelf_max = \"4h\"; }", .help = "The same." },
	{ .name = "stories", .type = KEY_ITEMS, .offset = FILE_(stories),
	  .sub = story_keys, .size = sizeof(struct story), .line = STORY(place) + 1,
	  .example = "( { name = \"a splash is no alarm\"; ... } )", .help = "The stories." },
	{ .name = NULL }
};
