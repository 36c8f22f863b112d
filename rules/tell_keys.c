#include <stddef.h>

#include "class.h"
#include "tell_conf.h"

const char *const tell_languages[] = { "zh", "en", NULL };
static const char *const untils[] = {
	[UNTIL_ACKNOWLEDGED] = "acknowledged", [UNTIL_CLEARED] = "cleared", NULL
};

#define CONTACT(field)	offsetof(struct contact_conf, field)
#define GROUP(field)	offsetof(struct group_conf, field)
#define SHIFT(field)	offsetof(struct shift_conf, field)
#define DATE(field)	offsetof(struct date_conf, field)
#define DUTY(field)	offsetof(struct duty_conf, field)
#define STEP(field)	offsetof(struct step_conf, field)
#define NOTIFY(field)	offsetof(struct notify_conf, field)
#define TELLING(field)	offsetof(struct telling_conf, field)

const struct key contact_keys[] = {
	{ .name = "name", .type = KEY_NAME, .offset = CONTACT(name),
	  .example = "\"owner\"",
	  .help = "How groups, steps, the log and the journal call the contact." },
	{ .name = "person", .type = KEY_STRING, .offset = CONTACT(person), .fallback = "",
	  .example = "\"张三\"",
	  .help = "How people call the contact." },
	{ .name = "phone", .type = KEY_STRING, .offset = CONTACT(phone), .fallback = "",
	  .example = "\"+8613800138000\"",
	  .help = "Number for SMS and voice, with + and the code of the country." },
	{ .name = "email", .type = KEY_STRING, .offset = CONTACT(email), .fallback = "",
	  .example = "\"owner@example.com\"",
	  .help = "Address for e-mail." },
	{ .name = "url", .type = KEY_STRING, .offset = CONTACT(url), .fallback = "",
	  .example = "\"https://example.com/hook\"",
	  .help = "Address for ways that post to a server." },
	{ .name = "language", .type = KEY_CHOICE, .offset = CONTACT(language),
	  .fallback = "zh", .names = tell_languages,
	  .help = "Language of the messages." },
	{ .name = "ways", .type = KEY_STRINGS, .offset = CONTACT(ways), .fallback = "",
	  .example = "(\"sms\", \"modem\")",
	  .help = "Ways to the contact: the next is tried when one fails; none: all ways "
	  "that the contact has an address for, in their order." },
	{ .name = "quiet", .type = KEY_STRINGS, .offset = CONTACT(quiet), .fallback = "",
	  .example = "(\"22:00-07:00\", \"sat,sun\")",
	  .help = "Hours in which nothing is told but class life; the rest follows as one "
	  "message when they end." },
	{ .name = "reply", .type = KEY_BOOL, .offset = CONTACT(reply), .fallback = "false",
	  .help = "The contact may acknowledge an alarm by sending its code back." },
	{ .name = "per_minute", .type = KEY_INT, .offset = CONTACT(per_minute),
	  .fallback = "1", .min = 1, .max = 60,
	  .help = "Messages in one minute at most; class life does not count." },
	{ .name = "per_10min", .type = KEY_INT, .offset = CONTACT(per_10min),
	  .fallback = "5", .min = 1, .max = 600,
	  .help = "Messages in 10 minutes at most; class life does not count." },
	{ .name = "per_day", .type = KEY_INT, .offset = CONTACT(per_day),
	  .fallback = "20", .min = 1, .max = 1000,
	  .help = "Messages in 24 hours at most; class life does not count." },
	{ .name = NULL }
};

const struct key group_keys[] = {
	{ .name = "name", .type = KEY_NAME, .offset = GROUP(name),
	  .example = "\"kitchen-team\"",
	  .help = "How steps call the group." },
	{ .name = "members", .type = KEY_STRINGS, .offset = GROUP(members),
	  .example = "(\"owner\", \"chef\")",
	  .help = "Contacts." },
	{ .name = NULL }
};

static const struct key shift_keys[] = {
	{ .name = "hours", .type = KEY_STRING, .offset = SHIFT(hours),
	  .fallback = "00:00-24:00",
	  .example = "\"mon-fri 20:00-08:00\"",
	  .help = "When, in the time zone of the gateway; over midnight it belongs to the day "
	  "on which it begins." },
	{ .name = "who", .type = KEY_STRINGS, .offset = SHIFT(who),
	  .example = "(\"owner\")",
	  .help = "Contacts and groups that are on duty then." },
	{ .name = NULL }
};

static const struct key date_keys[] = {
	{ .name = "date", .type = KEY_STRING, .offset = DATE(date),
	  .example = "\"2026-10-01\"",
	  .help = "A day on which the shifts do not count." },
	{ .name = "until", .type = KEY_STRING, .offset = DATE(until), .fallback = "",
	  .example = "\"2026-10-07\"",
	  .help = "The last of several such days." },
	{ .name = "hours", .type = KEY_STRING, .offset = DATE(hours),
	  .fallback = "00:00-24:00",
	  .help = "When on these days." },
	{ .name = "who", .type = KEY_STRINGS, .offset = DATE(who),
	  .example = "(\"chef\")",
	  .help = "Contacts and groups that are on duty then." },
	{ .name = NULL }
};

const struct key duty_keys[] = {
	{ .name = "name", .type = KEY_NAME, .offset = DUTY(name),
	  .example = "\"night\"",
	  .help = "How steps call the calendar: \"duty:night\"." },
	{ .name = "shifts", .type = KEY_ITEMS, .offset = DUTY(shifts), .fallback = "",
	  .sub = shift_keys, .size = sizeof(struct shift_conf),
	  .line = SHIFT(place) + 1,
	  .example = "( { hours = \"mon-fri 08:00-20:00\"; who = (\"owner\"); } )",
	  .help = "Who is on duty in each week." },
	{ .name = "dates", .type = KEY_ITEMS, .offset = DUTY(dates), .fallback = "",
	  .sub = date_keys, .size = sizeof(struct date_conf), .line = DATE(place) + 1,
	  .example = "( { date = \"2026-10-01\"; who = (\"chef\"); } )",
	  .help = "Days that are otherwise." },
	{ .name = NULL }
};

static const struct key step_keys[] = {
	{ .name = "after", .type = KEY_SPAN, .offset = STEP(after), .fallback = "0s",
	  .min = 0, .max = 7 * 86400e6,
	  .help = "How long after the alarm rose, if nobody acknowledged it." },
	{ .name = "to", .type = KEY_STRINGS, .offset = STEP(to),
	  .example = "(\"owner\", \"duty:night\")",
	  .help = "Contacts, groups and calendars of duty (\"duty:NAME\")." },
	{ .name = "by", .type = KEY_STRINGS, .offset = STEP(by), .fallback = "",
	  .example = "(\"voice\")",
	  .help = "Ways that are tried, in order; none: those of the contact." },
	{ .name = NULL }
};

/* What must be given stands first: the rest has defaults. */
const struct key notify_keys[] = {
	{ .name = "name", .type = KEY_NAME, .offset = NOTIFY(name),
	  .example = "\"gas\"",
	  .help = "How the log calls it." },
	{ .name = "steps", .type = KEY_ITEMS, .offset = NOTIFY(steps),
	  .sub = step_keys, .size = sizeof(struct step_conf), .line = STEP(place) + 1,
	  .example = "( { to = (\"owner\"); }, { after = \"5min\"; to = (\"boss\"); } )",
	  .help = "Who is told, and who next as long as nobody acknowledges." },
	{ .name = "classes", .type = KEY_STRINGS, .offset = NOTIFY(classes), .fallback = "",
	  .example = "(\"life\")",
	  .help = "Of alarms of these classes: \"process\", \"life\", \"environment\", "
	  "\"equipment\", \"system\"; none: of all." },
	{ .name = "priority", .type = KEY_CHOICE, .offset = NOTIFY(priority),
	  .fallback = "low", .names = priority_names,
	  .help = "Of alarms of this priority and above; class life always." },
	{ .name = "rules", .type = KEY_STRINGS, .offset = NOTIFY(rules), .fallback = "",
	  .example = "(\"fume-*\")",
	  .help = "Of alarms of these rules: patterns; none: of all." },
	{ .name = "devices", .type = KEY_STRINGS, .offset = NOTIFY(devices), .fallback = "",
	  .example = "(\"kitchen/*\")",
	  .help = "Of alarms of these devices: patterns; none: of all." },
	{ .name = "repeat", .type = KEY_SPAN, .offset = NOTIFY(repeat), .fallback = "0s",
	  .min = 0, .max = 86400e6,
	  .help = "How often it is told again; 0s: never." },
	{ .name = "repeats", .type = KEY_INT, .offset = NOTIFY(repeats), .fallback = "3",
	  .min = 0, .max = 1000,
	  .help = "How many times at most; 0: any." },
	{ .name = "until", .type = KEY_CHOICE, .offset = NOTIFY(until),
	  .fallback = "acknowledged", .names = untils,
	  .help = "What ends further steps and repeats: that somebody acknowledges, or that "
	  "the cause is gone too." },
	{ .name = "recovery", .type = KEY_BOOL, .offset = NOTIFY(recovery),
	  .fallback = "true",
	  .help = "Who was told is told when it is over." },
	{ .name = "taken", .type = KEY_BOOL, .offset = NOTIFY(taken), .fallback = "false",
	  .help = "Who was told is told who acknowledged it." },
	{ .name = "digest", .type = KEY_SPAN, .offset = NOTIFY(digest), .fallback = "0s",
	  .min = 0, .max = 86400e6,
	  .help = "Collected for so long and told as one message; 0s: at once. Class life is "
	  "never collected." },
	{ .name = "expires", .type = KEY_SPAN, .offset = NOTIFY(expires),
	  .fallback = "30min", .min = 60e6, .max = 86400e6,
	  .help = "A message that did not leave within this time is not sent any more." },
	{ .name = NULL }
};

const struct key telling_keys[] = {
	{ .name = "flood", .type = KEY_SPAN, .offset = TELLING(flood),
	  .fallback = "5min", .min = 0, .max = 86400e6,
	  .help = "While there is a flood of alarms (sys.flood) those of its site are "
	  "collected for so long and told as one message; 0s: at once. Class life is never "
	  "collected." },
	{ .name = "settle", .type = KEY_SPAN, .offset = TELLING(settle),
	  .fallback = "30s", .min = 0, .max = 3600e6,
	  .help = "How long an alarm must be gone before people are told that it is over." },
	{ .name = "parts", .type = KEY_INT, .offset = TELLING(parts), .fallback = "2",
	  .min = 1, .max = 8,
	  .help = "Parts of a long SMS at most: 67 characters each, one alone has 70." },
	{ .name = "patience", .type = KEY_SPAN, .offset = TELLING(patience),
	  .fallback = "5s", .min = 1e6, .max = 60e6,
	  .help = "A message of class life that a way has not taken after this goes by the "
	  "next way too." },
	{ .name = "reply_expires", .type = KEY_SPAN, .offset = TELLING(reply_expires),
	  .fallback = "1h", .min = 60e6, .max = 86400e6,
	  .help = "How long the code of an alarm may be sent back." },
	{ .name = "area", .type = KEY_BOOL, .offset = TELLING(area), .fallback = "true",
	  .help = "One message about many alarms counts them by site, which is what stands "
	  "before the last / of a device." },
	{ .name = NULL }
};
