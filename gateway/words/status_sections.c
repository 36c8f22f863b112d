#include "../status.h"
#include "../text.h"

static const struct column gateway_columns[] = {
	{ "id", N_("gateway"), COLUMN_TEXT, 0 },
	{ "version", N_("version"), COLUMN_TEXT, 0 },
	{ "uptime_us", N_("uptime"), COLUMN_US, 0 },
	{ "boot", NULL, COLUMN_TEXT, 0 },
	{ "config", NULL, COLUMN_TEXT, 0 },
	{ "config_sha256", NULL, COLUMN_TEXT, 0 },
	{ "clock", N_("clock"), COLUMN_WORD, 0 },
	{ "clock_steps", NULL, COLUMN_COUNT, 0 },
	{ "readings", N_("readings"), COLUMN_COUNT, 0 },
	{ "alarms", N_("alarms"), COLUMN_COUNT, 0 },
	{ "polls_skipped", N_("skipped"), COLUMN_COUNT, 0 },
	{ "readings_lost", N_("lost"), COLUMN_COUNT, 0 },
	{ "alarms_waiting", NULL, COLUMN_COUNT, 0 },
	{ "alarms_lost", NULL, COLUMN_COUNT, 0 },
	{ "slow_turns", NULL, COLUMN_COUNT, 0 },
	{ "longest_turn_us", NULL, COLUMN_US, 0 },
	{ "clients", NULL, COLUMN_COUNT, 0 },
	{ "day", NULL, COLUMN_COUNT, 0 },
	{ "month", NULL, COLUMN_COUNT, 0 },
	{ "config_since", N_("configuration"), COLUMN_MOMENT, 2 },
	{ "config_loads", N_("loads"), COLUMN_COUNT, 1 },
	{ NULL, NULL, COLUMN_TEXT, 0 }
};

static const struct column store_columns[] = {
	{ "id", N_("store"), COLUMN_TEXT, 2 },
	{ "dir", N_("folder"), COLUMN_TEXT, 0 },
	{ "bytes", N_("used"), COLUMN_BYTES, 0 },
	{ "cap", N_("cap"), COLUMN_BYTES, 0 },
	{ "lasts_us", N_("lasts"), COLUMN_LEFT, 0 },
	{ "holds_us", NULL, COLUMN_LEFT, 0 },
	{ "bytes_per_s", NULL, COLUMN_RATE, 0 },
	{ "durable_telemetry", N_("durable"), COLUMN_COUNT, 0 },
	{ "durable_alarm", N_("of alarms"), COLUMN_COUNT, 3 },
	{ "appended", NULL, COLUMN_COUNT, 0 },
	{ "commits", N_("commits"), COLUMN_COUNT, 5 },
	{ "last_flush_us", N_("flush"), COLUMN_US, 1 },
	{ "flush_errors", N_("errors"), COLUMN_COUNT, 1 },
	{ "discarded_entries", N_("discarded"), COLUMN_COUNT, 0 },
	{ "damaged", N_("damaged"), COLUMN_COUNT, 2 },
	{ "set_aside", NULL, COLUMN_COUNT, 0 },
	{ "buffered", N_("buffered"), COLUMN_BYTES, 4 },
	{ "buffer_size", NULL, COLUMN_BYTES, 0 },
	{ "why", N_("why"), COLUMN_REASON, 0 },
	{ NULL, NULL, COLUMN_TEXT, 0 }
};

/* On the wire, as it is billed; the links and the uplinks have these. */
#define BILLED \
	{ "day_bytes", N_("today"), COLUMN_BYTES, 0 }, \
	{ "month_bytes", N_("month"), COLUMN_BYTES, 0 }, \
	{ "day_rx", NULL, COLUMN_BYTES, 0 }, { "day_tx", NULL, COLUMN_BYTES, 0 }, \
	{ "month_rx", NULL, COLUMN_BYTES, 0 }, { "month_tx", NULL, COLUMN_BYTES, 0 }, \
	{ "last_day_rx", NULL, COLUMN_BYTES, 0 }, { "last_day_tx", NULL, COLUMN_BYTES, 0 }, \
	{ "last_month_rx", NULL, COLUMN_BYTES, 0 }, { "last_month_tx", NULL, COLUMN_BYTES, 0 }

static const struct column link_columns[] = {
	{ "name", N_("link"), COLUMN_TEXT, 0 },
	{ "kind", N_("kind"), COLUMN_TEXT, 2 },
	{ "proto", N_("protocol"), COLUMN_TEXT, 3 },
	{ "state", N_("state"), COLUMN_WORD, 0 },
	{ "rx", N_("received"), COLUMN_BYTES, 5 },
	{ "tx", N_("sent"), COLUMN_BYTES, 5 },
	BILLED,
	{ "ups", N_("ups"), COLUMN_COUNT, 0 },
	{ "downs", N_("downs"), COLUMN_COUNT, 0 },
	{ "late", N_("late"), COLUMN_COUNT, 0 },
	{ "foreign", NULL, COLUMN_COUNT, 0 },
	{ "garbled", N_("garbled"), COLUMN_COUNT, 1 },
	{ "barriers", NULL, COLUMN_COUNT, 0 },
	{ "why", N_("why"), COLUMN_REASON, 0 },
	{ NULL, NULL, COLUMN_TEXT, 0 }
};

static const struct column listener_columns[] = {
	{ "name", N_("listener"), COLUMN_TEXT, 0 },
	{ "format", N_("format"), COLUMN_TEXT, 0 },
	{ "transport", NULL, COLUMN_TEXT, 0 },
	{ "port", N_("port"), COLUMN_COUNT, 0 },
	{ "callers", N_("callers"), COLUMN_COUNT, 0 },
	{ "accepted", N_("accepted"), COLUMN_COUNT, 2 },
	{ "claimed", N_("known"), COLUMN_COUNT, 1 },
	{ "refused", N_("unknown"), COLUMN_COUNT, 1 },
	{ "late", N_("silent"), COLUMN_COUNT, 2 },
	{ "why", N_("why"), COLUMN_REASON, 0 },
	{ NULL, NULL, COLUMN_TEXT, 0 }
};

static const struct column receiver_columns[] = {
	{ "name", N_("receiver"), COLUMN_TEXT, 0 },
	{ "transport", N_("transport"), COLUMN_TEXT, 0 },
	{ "port", N_("port"), COLUMN_COUNT, 0 },
	{ "sessions", N_("sessions"), COLUMN_COUNT, 0 },
	{ "stored", N_("stored"), COLUMN_COUNT, 0 },
	{ "unknown", N_("unknown"), COLUMN_COUNT, 1 },
	{ "unproven", N_("unproven"), COLUMN_COUNT, 1 },
	{ "unreadable", N_("unreadable"), COLUMN_COUNT, 1 },
	{ "no_data", N_("no data"), COLUMN_COUNT, 3 },
	{ "not_now", N_("not now"), COLUMN_COUNT, 2 },
	{ "late", N_("silent"), COLUMN_COUNT, 2 },
	{ "last_us", N_("last"), COLUMN_LEFT, 0 },
	{ "why", N_("why"), COLUMN_REASON, 0 },
	{ NULL, NULL, COLUMN_TEXT, 0 }
};

static const struct column stranger_columns[] = {
	{ "said", N_("stranger"), COLUMN_TEXT, 0 },
	{ "listener", N_("listener"), COLUMN_TEXT, 0 },
	{ "address", N_("address"), COLUMN_TEXT, 0 },
	{ "times", N_("times"), COLUMN_COUNT, 0 },
	{ "ago_us", N_("ago"), COLUMN_US, 0 },
	{ "why", N_("why"), COLUMN_REASON, 0 },
	{ NULL, NULL, COLUMN_TEXT, 0 }
};

static const struct column device_columns[] = {
	{ "name", N_("device"), COLUMN_TEXT, 0 },
	{ "link", N_("link"), COLUMN_TEXT, 3 },
	{ "profile", NULL, COLUMN_TEXT, 0 },
	{ "state", N_("state"), COLUMN_WORD, 0 },
	{ "good", N_("good"), COLUMN_COUNT, 0 },
	{ "points", N_("points"), COLUMN_COUNT, 0 },
	{ "quality", N_("worst"), COLUMN_WORD, 0 },
	{ "marks", N_("marks"), COLUMN_WORDS, 1 },
	{ "watchdog", N_("watchdog"), COLUMN_WORD, 8 },
	{ "watchdog_fed_us", NULL, COLUMN_LEFT, 0 },
	{ "period_us", NULL, COLUMN_US, 0 },
	{ "polls", N_("polls"), COLUMN_COUNT, 5 },
	{ "answers", N_("answers"), COLUMN_COUNT, 6 },
	{ "timeouts", N_("timeouts"), COLUMN_COUNT, 2 },
	{ "retries", N_("retries"), COLUMN_COUNT, 4 },
	{ "refusals", N_("refused"), COLUMN_COUNT, 4 },
	{ "skipped", N_("skipped"), COLUMN_COUNT, 4 },
	{ "splits", N_("splits"), COLUMN_COUNT, 8 },
	{ "unmapped", N_("unmapped"), COLUMN_COUNT, 8 },
	{ "rtt_us", N_("rtt"), COLUMN_US, 0 },
	{ "lateness_us", NULL, COLUMN_US, 0 },
	{ "lateness_p50_us", N_("late p50"), COLUMN_US, 7 },
	{ "lateness_p99_us", N_("late p99"), COLUMN_US, 0 },
	{ "worst_lateness_us", N_("worst late"), COLUMN_US, 7 },
	{ "late", N_("late"), COLUMN_COUNT, 5 },
	{ "calibrated", NULL, COLUMN_COUNT, 0 },
	{ "clock", N_("clock"), COLUMN_WORD, 8 },
	{ "clock_offset_us", N_("off by"), COLUMN_US, 8 },
	{ "behind_us", N_("behind"), COLUMN_US, 7 },
	{ NULL, NULL, COLUMN_TEXT, 0 }
};

static const struct column alarm_columns[] = {
	{ "rule", N_("rule"), COLUMN_TEXT, 0 },
	{ "device", N_("device"), COLUMN_TEXT, 0 },
	{ "state", N_("state"), COLUMN_WORD, 0 },
	{ "priority", N_("priority"), COLUMN_WORD, 0 },
	{ "class", N_("class"), COLUMN_WORD, 0 },
	{ "active", NULL, COLUMN_COUNT, 0 },
	{ "unacked", NULL, COLUMN_COUNT, 0 },
	{ "held", NULL, COLUMN_COUNT, 0 },
	{ "masks", NULL, COLUMN_COUNT, 0 },
	{ "since", NULL, COLUMN_COUNT, 0 },
	{ "count", N_("count"), COLUMN_COUNT, 0 },
	{ "text_en", NULL, COLUMN_TEXT, 0 },
	{ "text_zh", NULL, COLUMN_TEXT, 0 },
	{ "first", NULL, COLUMN_COUNT, 0 },
	{ "chattering", NULL, COLUMN_COUNT, 0 },
	{ "overdue", NULL, COLUMN_COUNT, 0 },
	{ "handle_by", NULL, COLUMN_COUNT, 0 },
	{ "until", NULL, COLUMN_COUNT, 0 },
	{ "removed", NULL, COLUMN_COUNT, 0 },
	{ NULL, NULL, COLUMN_TEXT, 0 }
};

static const struct column maintenance_columns[] = {
	{ "scope", N_("site or device"), COLUMN_TEXT, 0 },
	{ "by", N_("begun"), COLUMN_WORD, 0 },
	{ "left_us", N_("left"), COLUMN_US, 0 },
	{ "who", N_("who"), COLUMN_TEXT, 0 },
	{ "since", NULL, COLUMN_COUNT, 0 },
	{ "until", NULL, COLUMN_COUNT, 0 },
	{ NULL, NULL, COLUMN_TEXT, 0 }
};

static const struct column statistics_columns[] = {
	{ "points", N_("statistics of points"), COLUMN_COUNT, 0 },
	{ "open", N_("open"), COLUMN_COUNT, 0 },
	{ "finished", N_("finished"), COLUMN_COUNT, 0 },
	{ "late", N_("late"), COLUMN_COUNT, 0 },
	{ "ahead", N_("ahead"), COLUMN_COUNT, 0 },
	{ "dropped", N_("dropped"), COLUMN_COUNT, 0 },
	{ "recomputed", N_("recomputed"), COLUMN_COUNT, 0 },
	{ NULL, NULL, COLUMN_TEXT, 0 }
};

static const struct column plan_columns[] = {
	{ "name", N_("plan"), COLUMN_TEXT, 0 },
	{ "size", N_("bought"), COLUMN_TEXT, 0 },
	{ "used_bytes", N_("used"), COLUMN_BYTES, 0 },
	{ "expected_bytes", N_("expected"), COLUMN_BYTES, 0 },
	{ "expected_percent", N_("in %"), COLUMN_COUNT, 0 },
	{ "step", N_("saves by"), COLUMN_WORD, 0 },
	{ "step_number", NULL, COLUMN_COUNT, 0 },
	{ "reserved", NULL, COLUMN_COUNT, 0 },
	{ "day_bytes", N_("a day"), COLUMN_BYTES, 1 },
	{ "begun", N_("since"), COLUMN_COUNT, 2 },
	{ "ends", NULL, COLUMN_COUNT, 0 },
	{ "last_bytes", NULL, COLUMN_BYTES, 0 },
	{ NULL, NULL, COLUMN_TEXT, 0 }
};

/* These rows come from the forward role as they are. */
static const struct column uplink_columns[] = {
	{ "name", N_("uplink"), COLUMN_TEXT, 0 },
	{ "kind", N_("kind"), COLUMN_TEXT, 2 },
	{ "state", N_("state"), COLUMN_WORD, 0 },
	{ "acked_alarm", N_("alarms to"), COLUMN_COUNT, 5 },
	{ "acked_telemetry", N_("data to"), COLUMN_COUNT, 1 },
	{ "backlog", N_("backlog"), COLUMN_COUNT, 0 },
	{ "oldest_us", N_("oldest"), COLUMN_US, 0 },
	{ "rate", N_("per s"), COLUMN_RATE, 0 },
	{ "delivered", NULL, COLUMN_COUNT, 0 },
	{ "failures", N_("retries"), COLUMN_COUNT, 3 },
	BILLED,
	{ "lost", N_("lost"), COLUMN_COUNT, 1 },
	{ "refused", N_("refused"), COLUMN_COUNT, 4 },
	{ "too_large", N_("too large"), COLUMN_COUNT, 4 },
	{ "spared", N_("spared"), COLUMN_COUNT, 6 },
	{ "why", N_("why"), COLUMN_REASON, 0 },
	{ NULL, NULL, COLUMN_TEXT, 0 }
};

/* So do these. */
static const struct column contact_columns[] = {
	{ "name", N_("contact"), COLUMN_TEXT, 0 },
	{ "state", N_("state"), COLUMN_WORD, 0 },
	{ "waiting", N_("waiting"), COLUMN_COUNT, 0 },
	{ "day", N_("in 24 h"), COLUMN_COUNT, 0 },
	{ "life_day", N_("of life"), COLUMN_COUNT, 0 },
	{ "accepted", N_("told"), COLUMN_COUNT, 1 },
	{ "failed", N_("failed"), COLUMN_COUNT, 1 },
	{ "expired", N_("expired"), COLUMN_COUNT, 2 },
	{ NULL, NULL, COLUMN_TEXT, 0 }
};

static const struct column way_columns[] = {
	{ "name", N_("way"), COLUMN_TEXT, 0 },
	{ "kind", N_("kind"), COLUMN_TEXT, 2 },
	{ "state", N_("state"), COLUMN_WORD, 0 },
	{ "waiting", N_("waiting"), COLUMN_COUNT, 0 },
	{ "sent", N_("sent"), COLUMN_COUNT, 0 },
	{ "failed", N_("failed"), COLUMN_COUNT, 0 },
	{ "show", NULL, COLUMN_TEXT, 0 },
	{ "why", N_("why"), COLUMN_REASON, 0 },
	{ NULL, NULL, COLUMN_TEXT, 0 }
};

static const struct column cure_columns[] = {
	{ "name", N_("cure"), COLUMN_TEXT, 0 },
	{ "line", N_("line"), COLUMN_WORD, 0 },
	{ "state", N_("state"), COLUMN_WORD, 0 },
	{ "step", N_("step"), COLUMN_WORD, 0 },
	{ "dead_us", N_("dead for"), COLUMN_LEFT, 0 },
	{ "next_us", N_("next in"), COLUMN_LEFT, 1 },
	{ "taken", N_("taken"), COLUMN_TEXT, 0 },
	{ "why", N_("why"), COLUMN_REASON, 0 },
	{ NULL, NULL, COLUMN_TEXT, 0 }
};

const struct section status_sections[SECTIONS] = {
	[SECTION_GATEWAY] = { "gateway", N_("Gateway"), true, gateway_columns },
	[SECTION_STORE] = { "store", N_("Store"), true, store_columns },
	[SECTION_LINKS] = { "links", N_("Links"), false, link_columns },
	[SECTION_LISTENERS] = { "listeners", N_("Listeners"), false, listener_columns },
	[SECTION_RECEIVERS] = { "receivers", N_("Receivers"), false, receiver_columns },
	[SECTION_STRANGERS] = { "strangers", N_("Unknown callers"), false, stranger_columns },
	[SECTION_DEVICES] = { "devices", N_("Devices"), false, device_columns },
	[SECTION_ALARMS] = { "alarms", N_("Standing alarms"), false, alarm_columns },
	[SECTION_MAINTENANCE] = { "maintenance", N_("Maintenance"), false,
	    maintenance_columns },
	[SECTION_STATISTICS] = { "statistics", N_("Statistics"), true, statistics_columns },
	[SECTION_PLANS] = { "plans", N_("Plans for data"), false, plan_columns },
	[SECTION_UPLINKS] = { "uplinks", N_("Uplinks"), false, uplink_columns },
	[SECTION_CURES] = { "cures", N_("Cures"), false, cure_columns },
	[SECTION_CONTACTS] = { "contacts", N_("Contacts"), false, contact_columns },
	[SECTION_WAYS] = { "ways", N_("Ways"), false, way_columns },
};
