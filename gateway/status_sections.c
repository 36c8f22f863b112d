#include "status.h"
#include "text.h"

static const struct column gateway_columns[] = {
	{ "id", N_("gateway"), COLUMN_TEXT },
	{ "version", N_("version"), COLUMN_TEXT },
	{ "uptime_us", N_("uptime"), COLUMN_US },
	{ "boot", NULL, COLUMN_TEXT },
	{ "config", NULL, COLUMN_TEXT },
	{ "config_sha256", NULL, COLUMN_TEXT },
	{ "clock", N_("clock"), COLUMN_WORD },
	{ "clock_steps", NULL, COLUMN_COUNT },
	{ "readings", N_("readings"), COLUMN_COUNT },
	{ "alarms", N_("alarms"), COLUMN_COUNT },
	{ "polls_skipped", N_("skipped"), COLUMN_COUNT },
	{ "readings_lost", N_("lost"), COLUMN_COUNT },
	{ "alarms_waiting", NULL, COLUMN_COUNT },
	{ "alarms_lost", NULL, COLUMN_COUNT },
	{ "slow_turns", NULL, COLUMN_COUNT },
	{ "longest_turn_us", NULL, COLUMN_US },
	{ "clients", NULL, COLUMN_COUNT },
	{ "config_since", N_("configuration"), COLUMN_TEXT },
	{ "config_loads", N_("loads"), COLUMN_COUNT },
	{ NULL, NULL, COLUMN_TEXT }
};

static const struct column store_columns[] = {
	{ "id", N_("store"), COLUMN_TEXT },
	{ "dir", N_("folder"), COLUMN_TEXT },
	{ "bytes", N_("used"), COLUMN_BYTES },
	{ "cap", N_("cap"), COLUMN_BYTES },
	{ "durable_telemetry", N_("durable"), COLUMN_COUNT },
	{ "durable_alarm", N_("of alarms"), COLUMN_COUNT },
	{ "appended", NULL, COLUMN_COUNT },
	{ "commits", N_("commits"), COLUMN_COUNT },
	{ "last_flush_us", N_("flush"), COLUMN_US },
	{ "flush_errors", N_("errors"), COLUMN_COUNT },
	{ "discarded_entries", N_("discarded"), COLUMN_COUNT },
	{ "damaged", N_("damaged"), COLUMN_COUNT },
	{ "set_aside", NULL, COLUMN_COUNT },
	{ "buffered", N_("buffered"), COLUMN_BYTES },
	{ "buffer_size", NULL, COLUMN_BYTES },
	{ "why", N_("why"), COLUMN_REASON },
	{ NULL, NULL, COLUMN_TEXT }
};

static const struct column link_columns[] = {
	{ "name", N_("link"), COLUMN_TEXT },
	{ "kind", N_("kind"), COLUMN_TEXT },
	{ "proto", N_("protocol"), COLUMN_TEXT },
	{ "state", N_("state"), COLUMN_WORD },
	{ "rx", N_("received"), COLUMN_BYTES },
	{ "tx", N_("sent"), COLUMN_BYTES },
	{ "ups", N_("ups"), COLUMN_COUNT },
	{ "downs", N_("downs"), COLUMN_COUNT },
	{ "late", N_("late"), COLUMN_COUNT },
	{ "foreign", NULL, COLUMN_COUNT },
	{ "garbled", N_("garbled"), COLUMN_COUNT },
	{ "barriers", NULL, COLUMN_COUNT },
	{ "why", N_("why"), COLUMN_REASON },
	{ NULL, NULL, COLUMN_TEXT }
};

static const struct column device_columns[] = {
	{ "name", N_("device"), COLUMN_TEXT },
	{ "link", N_("link"), COLUMN_TEXT },
	{ "profile", NULL, COLUMN_TEXT },
	{ "state", N_("state"), COLUMN_WORD },
	{ "good", N_("good"), COLUMN_COUNT },
	{ "points", N_("points"), COLUMN_COUNT },
	{ "quality", N_("worst"), COLUMN_WORD },
	{ "marks", N_("marks"), COLUMN_WORDS },
	{ "period_us", NULL, COLUMN_US },
	{ "polls", N_("polls"), COLUMN_COUNT },
	{ "answers", N_("answers"), COLUMN_COUNT },
	{ "timeouts", N_("timeouts"), COLUMN_COUNT },
	{ "refusals", N_("refused"), COLUMN_COUNT },
	{ "skipped", N_("skipped"), COLUMN_COUNT },
	{ "splits", N_("splits"), COLUMN_COUNT },
	{ "rtt_us", N_("rtt"), COLUMN_US },
	{ "lateness_us", NULL, COLUMN_US },
	{ "lateness_p50_us", N_("late p50"), COLUMN_US },
	{ "lateness_p99_us", N_("late p99"), COLUMN_US },
	{ "worst_lateness_us", N_("worst late"), COLUMN_US },
	{ "late", N_("late"), COLUMN_COUNT },
	{ "calibrated", NULL, COLUMN_COUNT },
	{ NULL, NULL, COLUMN_TEXT }
};

static const struct column alarm_columns[] = {
	{ "rule", N_("rule"), COLUMN_TEXT },
	{ "device", N_("device"), COLUMN_TEXT },
	{ "state", N_("state"), COLUMN_WORD },
	{ "priority", N_("priority"), COLUMN_WORD },
	{ "class", N_("class"), COLUMN_WORD },
	{ "active", NULL, COLUMN_COUNT },
	{ "unacked", NULL, COLUMN_COUNT },
	{ "held", NULL, COLUMN_COUNT },
	{ "masks", NULL, COLUMN_COUNT },
	{ "since", NULL, COLUMN_COUNT },
	{ "count", N_("count"), COLUMN_COUNT },
	{ "text_en", NULL, COLUMN_TEXT },
	{ "text_zh", NULL, COLUMN_TEXT },
	{ NULL, NULL, COLUMN_TEXT }
};

/* These rows come from the forward role as they are. */
static const struct column uplink_columns[] = {
	{ "name", N_("uplink"), COLUMN_TEXT },
	{ "kind", N_("kind"), COLUMN_TEXT },
	{ "state", N_("state"), COLUMN_WORD },
	{ "acked_alarm", N_("alarms to"), COLUMN_COUNT },
	{ "acked_telemetry", N_("data to"), COLUMN_COUNT },
	{ "backlog", N_("backlog"), COLUMN_COUNT },
	{ "why", N_("why"), COLUMN_REASON },
	{ "lost", N_("lost"), COLUMN_COUNT },
	{ "refused", N_("refused"), COLUMN_COUNT },
	{ "too_large", N_("too large"), COLUMN_COUNT },
	{ NULL, NULL, COLUMN_TEXT }
};

const struct section status_sections[SECTIONS] = {
	[SECTION_GATEWAY] = { "gateway", N_("Gateway"), true, gateway_columns },
	[SECTION_STORE] = { "store", N_("Store"), true, store_columns },
	[SECTION_LINKS] = { "links", N_("Links"), false, link_columns },
	[SECTION_DEVICES] = { "devices", N_("Devices"), false, device_columns },
	[SECTION_ALARMS] = { "alarms", N_("Standing alarms"), false, alarm_columns },
	[SECTION_UPLINKS] = { "uplinks", N_("Uplinks"), false, uplink_columns },
};
