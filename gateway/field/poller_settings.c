#include <stdio.h>
#include <stdlib.h>

#include "../../devices/push.h"
#include "../log.h"
#include "../room.h"
#include "poller.h"

/* How one that tells by itself does it: how often it tells, and what.  It is asked how
 * that is, and told where it is not as its link has it.  Only when it has just spoken. */

#define DAILY	(24 * 3600 * US_PER_S)
#define HOURLY	(3600 * US_PER_S)	/* after a call, or when there was no answer */
#define VERIFY	(60 * US_PER_S)		/* what became of it */
#define NOTE_WAIT (US_PER_S / 5)	/* until it is looked at again whether it is durable */
#define MISSED	(5 * 60 * US_PER_S)	/* it speaks, and nothing of this came */

static const struct row {
	const char	*what, *unit;
	int64_t		 scale;		/* us; 0: it is on or off */
	size_t		 offset;	/* of struct link_conf */
	const char	*point;		/* key of the point that has it */
} rows[SETTINGS] = {
	[SETTING_INTERVAL] = { "real-time interval", "s", US_PER_S,
	    offsetof(struct link_conf, interval), "interval" },
	[SETTING_MINUTES] = { "interval of minute data", "min", 60 * US_PER_S,
	    offsetof(struct link_conf, interval_minute), "interval-minute" },
	[SETTING_DATA] = { "upload of real-time data", "", 0,
	    offsetof(struct link_conf, realtime), NULL },
	[SETTING_STATES] = { "upload of states", "", 0,
	    offsetof(struct link_conf, states), NULL },
};

/* As the wire has it; -1: it stays as it is. */
static int64_t
wanted(const struct link_conf *conf, enum demand_setting k)
{
	const char *at = (const char *)conf + rows[k].offset;
	int64_t span;

	if (rows[k].scale == 0)
		return *(const int *)at == UPLOAD_AS_IT_IS ? -1 : *(const int *)at == UPLOAD_ON;
	span = *(const int64_t *)at;
	return span > 0 ? span / rows[k].scale : -1;
}

static bool
any_wanted(const struct link_conf *conf)
{
	for (enum demand_setting k = 0; k < SETTINGS; k++)
		if (wanted(conf, k) >= 0)
			return true;
	return false;
}

static char *
write_value(enum demand_setting k, int64_t value, char text[32])
{
	if (rows[k].scale == 0)
		snprintf(text, 32, "%s", value != 0 ? "on" : "off");
	else
		snprintf(text, 32, "%lld %s", (long long)value, rows[k].unit);
	return text;
}

static bool
is_noted(const struct bus *bus, const struct station_setting *s)
{
	return s->noted != 0 &&
	    journal_durable(bus->pipeline->journal).seq[LANE_TELEMETRY] >= s->noted;
}

static bool
send_request(struct bus *bus, struct station *st, enum demand_setting k, const char *unit,
    int64_t now)
{
	struct station_setting *s = &st->settings[k];
	const struct demand is = { .kind = s->noted != 0 ? REQUEST_SET : REQUEST_SETTING,
	    .time = bus->clock->wall(), .setting = k, .value = wanted(bus->link.conf, k) };

	if (!bus_request(bus, &is, unit, now))
		return false;
	bus->asked = st;
	bus->asked_for = is.kind;
	bus->asked_setting = k;
	if (is.kind == REQUEST_SET) {
		s->noted = 0;
		s->set = now;
	} else {
		s->asked = now;
	}
	s->due = now + HOURLY;
	return true;
}

/* To set it is a command; by what was read once a day, else once an hour. */
static bool
may_be_set(struct bus *bus, struct station *st, enum demand_setting k, int64_t pause, int64_t now)
{
	struct station_setting *s = &st->settings[k];

	if (s->noted != 0 || (s->set != 0 && now - s->set < pause))
		return false;
	if (link_obeys(&bus->link))
		return true;
	if (!s->refused)
		pipeline_warn(bus->pipeline, st->device->conf.name, "%s is not set: nothing "
		    "proves who is at the end of link %s", rows[k].what, bus->link.conf->name);
	s->refused = true;
	return false;
}

/* That it is set stands in the journal before it is. */
static void
note_setting(struct bus *bus, struct station *st, enum demand_setting k, const char *why)
{
	char text[120], value[32];
	const struct entry e = { .kind = ENTRY_NOTE,
	    .note = { .who = st->device->conf.name, .text = text } };

	snprintf(text, sizeof(text), "%s is set to %s: %s", rows[k].what,
	    write_value(k, wanted(bus->link.conf, k), value), why);
	st->settings[k].noted = pipeline_append(bus->pipeline, &e, COMMIT_WAITED);
	if (st->settings[k].noted != 0)
		log_info("%s: %s", st->device->conf.name, text);
}

/* It speaks, and tells nothing of what it is to tell. */
static void
look_for(struct bus *bus, struct station *st, enum demand_setting k, int64_t now)
{
	struct station_setting *s = &st->settings[k];
	int64_t since = s->heard > s->asked ? s->heard : s->asked;
	int64_t wait = MISSED + device_silence(st->device);

	if (wanted(bus->link.conf, k) == 1 && s->asked != 0 &&
	    now - since >= wait + bus->link.conf->interval &&
	    may_be_set(bus, st, k, HOURLY, now))
		note_setting(bus, st, k, "none comes");
}

void
bus_settings_called(struct bus *bus, int64_t now)
{
	if (bus->proto->request == NULL || !any_wanted(bus->link.conf))
		return;
	for (size_t i = 0; i < bus->nstations; i++) {
		struct station *st = &bus->stations[i];

		if (st->settings == NULL)
			st->settings = room_for(SETTINGS, sizeof(*st->settings));
		for (enum demand_setting k = 0; k < SETTINGS; k++) {
			struct station_setting *s = &st->settings[k];

			if (rows[k].scale == 0 && s->asked == 0)
				s->asked = now;		/* it is listened to from now on */
			else if (rows[k].scale > 0 && now - s->asked >= HOURLY)
				s->due = now;
		}
	}
}

void
bus_settings_ask(struct bus *bus, struct station *st, const char *unit, int64_t now)
{
	for (enum demand_setting k = 0; k < SETTINGS && st->settings != NULL; k++) {
		struct station_setting *s = &st->settings[k];

		if (bus->asked != NULL)
			return;
		if (wanted(bus->link.conf, k) < 0)
			continue;
		if (rows[k].scale == 0 && s->noted == 0)
			look_for(bus, st, k, now);
		if (s->noted != 0 ? is_noted(bus, s) : rows[k].scale > 0 && now >= s->due)
			send_request(bus, st, k, unit, now);
	}
}

int64_t
bus_settings_look(struct bus *bus, struct station *st, const char *unit, int64_t now)
{
	bool waits = false;

	for (enum demand_setting k = 0; k < SETTINGS && st->settings != NULL; k++)
		waits |= st->settings[k].noted != 0;
	if (!waits)
		return INT64_MAX;
	bus_settings_ask(bus, st, unit, now);
	waits = false;
	for (enum demand_setting k = 0; k < SETTINGS; k++)
		waits |= st->settings[k].noted != 0 && !is_noted(bus, &st->settings[k]);
	return waits && bus->link.state == LINK_UP ? now + NOTE_WAIT : INT64_MAX;
}

void
bus_settings_told(struct bus *bus, struct station *st, unsigned told, int64_t now)
{
	for (enum demand_setting k = 0; k < SETTINGS && st->settings != NULL; k++) {
		if (!(told >> k & 1))
			continue;
		st->settings[k].heard = now;
		if (wanted(bus->link.conf, k) == 0 && may_be_set(bus, st, k, HOURLY, now))
			note_setting(bus, st, k, "it comes");
	}
}

/* An ordinary point, where its profile has one. */
static void
store(struct bus *bus, struct station *st, enum demand_setting k, int64_t now)
{
	const struct push push = { .key = rows[k].point, .kind = PUSH_NUMBER,
	    .unit = rows[k].unit, .number = (double)st->settings[k].value };
	const struct moment at = { .time = bus->clock->wall(), .mono = now, .due = now,
	    .flags = bus->link.unproven ? QF_LINK_UNPROVEN : 0 };

	if (device_hears(st->device, &push))
		pipeline_push(bus->pipeline, st->device, &push, 1, &at);
}

static void
take_value(struct bus *bus, struct station *st, enum demand_setting k, int64_t value, int64_t now)
{
	struct station_setting *s = &st->settings[k];
	char text[32], why[64];

	s->value = value;
	s->failed = false;
	s->due = now + DAILY;
	store(bus, st, k, now);
	write_value(k, value, text);
	if (value == wanted(bus->link.conf, k)) {
		s->differs = false;
		return;
	}
	if (s->set != 0 && !s->differs) {
		s->differs = true;
		pipeline_warn(bus->pipeline, st->device->conf.name, "%s is still %s", rows[k].what,
		    text);
	}
	snprintf(why, sizeof(why), "it is %s", text);
	if (may_be_set(bus, st, k, DAILY, now))
		note_setting(bus, st, k, why);
}

static void
take_failure(struct bus *bus, struct station *st, const struct reply *r, int64_t now)
{
	struct station_setting *s = &st->settings[bus->asked_setting];
	bool set = bus->asked_for == REQUEST_SET;
	const char *why = r->status == REPLY_TIMEOUT ? "no answer" :
	    bus->proto->exception(r->exception), *what = rows[bus->asked_setting].what;

	s->due = now + (r->status == REPLY_TIMEOUT ? HOURLY : DAILY);
	if (s->failed)
		return;
	s->failed = true;
	if (set)
		pipeline_warn(bus->pipeline, st->device->conf.name, "%s was not set: %s", what,
		    why);
	else
		pipeline_note(bus->pipeline, st->device->conf.name,
		    "does not tell its %s: %s", what, why);
}

void
bus_settings_reply(struct bus *bus, struct station *st, const struct reply *r, int64_t now)
{
	enum demand_setting k = bus->asked_setting;

	if (st->settings == NULL)
		return;
	if (r->status != REPLY_OK) {
		take_failure(bus, st, r, now);
	} else if (bus->asked_for == REQUEST_SETTING) {
		take_value(bus, st, k, r->value, now);
	} else {
		pipeline_note(bus->pipeline, st->device->conf.name, "%s was set", rows[k].what);
		st->settings[k].failed = false;
		st->settings[k].due = now + VERIFY;
	}
}
