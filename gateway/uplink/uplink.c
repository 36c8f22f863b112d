#include <stddef.h>

#include "uplink.h"

/* A new uplink is its file and one line here. */
#define KINDS(kind) \
	kind(file) \
	kind(influx) \
	kind(mqtt) \
	kind(webhook) \
	kind(modbus)

#define DECLARE(kind)	extern const struct uplink kind##_uplink;
#define ADDRESS(kind)	&kind##_uplink,
#define NAME(kind)	#kind,

KINDS(DECLARE)

static const struct uplink *const kinds[] = { KINDS(ADDRESS) };
static const char *const kind_names[] = { KINDS(NAME) NULL };

#define AT(field)	offsetof(struct uplink_conf, field)

const struct key uplink_keys[] = {
	{ .name = "name", .type = KEY_NAME, .offset = AT(name),
	  .example = "\"cloud\"",
	  .help = "How it is called in the log, in status and for its cursor." },
	{ .name = "kind", .type = KEY_CHOICE, .offset = AT(kind), .names = kind_names,
	  .example = "\"influx\"",
	  .help = "What stands at the far end." },
	{ .name = "select", .type = KEY_STRING, .offset = AT(select), .fallback = "*",
	  .help = "Which series it gets: a pattern over device.point." },
	{ .name = "batch", .type = KEY_INT, .offset = AT(batch), .fallback = "0",
	  .min = 0, .max = 16000,
	  .help = "Entries sent at once, at most; 0: what suits the kind." },
	{ .name = "batch_bytes", .type = KEY_SIZE, .offset = AT(batch_bytes),
	  .fallback = "512KiB", .min = 65536, .max = 8 << 20,
	  .help = "Bytes sent at once, at most." },
	{ .name = "batch_age", .type = KEY_SPAN, .offset = AT(batch_age), .fallback = "1s",
	  .min = 0, .max = 3600e6, .help = "How long a live entry may wait for others." },
	{ .name = "replay_rate", .type = KEY_INT, .offset = AT(replay_rate),
	  .fallback = "1000", .min = 0, .max = 1e6,
	  .help = "Entries a second that are sent late, after an outage; 0: no limit." },
	{ .name = "plan", .type = KEY_STRING, .offset = AT(plan), .fallback = "",
	  .example = "\"sim-1\"",
	  .help = "Plan for its data: one of plans, or what was bought for it alone." },
	{ .name = "writable", .type = KEY_STRINGS, .offset = AT(writable), .fallback = "",
	  .example = "(\"kitchen/*\")",
	  .help = "Points that its commands may set, if their device lists them too." },
	{ .name = "commands", .type = KEY_STRINGS, .offset = AT(commands), .fallback = "",
	  .example = "(\"ack\", \"mark\")",
	  .help = "What else may be ordered from there: \"ack\", \"reset\", \"mark\"." },
	{ .name = NULL }
};

const struct uplink *
uplink_kind_at(size_t i)
{
	return i < sizeof(kinds) / sizeof(kinds[0]) ? kinds[i] : NULL;
}
