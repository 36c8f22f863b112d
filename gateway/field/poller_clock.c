#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../devices/push.h"
#include "../log.h"
#include "poller.h"

/* Clocks of instruments that tell by themselves: what they say of the time they say by
 * these.  They are asked only when they have just spoken, so that live data go first. */

#define DAILY	(24 * 3600 * US_PER_S)
#define HOURLY	(3600 * US_PER_S)	/* after a call, or when there was no answer */
#define VERIFY	(60 * US_PER_S)		/* what became of it when it was set */
#define NOTE_WAIT (US_PER_S / 5)	/* until it is looked at again whether it is durable */
#define POINT	"clock-offset"		/* key of the point that has it, s */

static bool
is_watched(const struct bus *bus)
{
	return bus->link.conf->clock != CLOCK_OFF && bus->proto->request != NULL;
}

void
bus_clocks_called(struct bus *bus, int64_t now)
{
	bus_request_over(bus);
	bus_settings_called(bus, now);
	for (size_t i = 0; i < bus->nstations; i++) {
		struct station_clock *c = bus->stations[i].clock;

		if (now - c->asked >= HOURLY)
			c->due = now;
	}
}

bool
bus_request(struct bus *bus, const struct demand *request, const char *unit, int64_t now)
{
	struct buf *frame = &bus->out.send;
	size_t n;

	frame->len = 0;
	if (bus->link.state != LINK_UP || bus->proto->request == NULL ||
	    !bus->proto->request(bus->session, request, unit, now, &bus->out))
		return false;
	n = frame->len;
	frame->len = 0;
	return link_send(&bus->link, frame->at, n, now) == 0;
}

static bool
send_request(struct bus *bus, enum demand_kind kind, const char *unit, int64_t now)
{
	const struct demand request = { .kind = kind, .time = bus->clock->wall() };

	return bus_request(bus, &request, unit, now);
}

/* That it is set stands in the journal before it is. */
static bool
is_noted(const struct bus *bus, const struct station_clock *c)
{
	return c->noted != 0 &&
	    journal_durable(bus->pipeline->journal).seq[LANE_TELEMETRY] >= c->noted;
}

void
bus_clock_ask(struct bus *bus, struct station *st, const char *unit, int64_t now)
{
	struct station_clock *c = st->clock;
	enum demand_kind kind = c->noted != 0 ? REQUEST_SET_CLOCK : REQUEST_CLOCK;

	if (!is_watched(bus) || bus->asked != NULL || !bus->pipeline->trusted ||
	    (kind == REQUEST_CLOCK ? now < c->due : !is_noted(bus, c)))
		return;
	if (!send_request(bus, kind, unit, now))
		return;
	bus->asked = st;
	bus->asked_for = kind;
	if (kind == REQUEST_SET_CLOCK) {
		c->noted = 0;
		c->set = now;
	} else {
		c->asked = now;
	}
	c->due = now + HOURLY;
}

void
bus_prove_told(struct link *link, int64_t now)
{
	struct bus *bus = link->owned_by;

	bus_clear(bus);
	send_request(bus, REQUEST_PROOF, NULL, now);
	bus_stir(bus);
}

/* May it be set?  Once a day by what was read, and once an hour when it asks. */
static bool
may_be_set(struct bus *bus, struct station *st, int64_t pause, int64_t now)
{
	struct station_clock *c = st->clock;

	if (bus->link.conf->clock != CLOCK_SET || c->noted != 0 ||
	    (c->set != 0 && now - c->set < pause))
		return false;
	if (link_obeys(&bus->link))
		return true;
	if (!c->refused)
		pipeline_warn(bus->pipeline, st->device->conf.name, "clock is not set: nothing "
		    "proves who is at the end of link %s", bus->link.conf->name);
	c->refused = true;
	return false;
}

static void
note_setting(struct bus *bus, struct station *st, const char *why)
{
	const char *who = st->device->conf.name;
	char text[120];
	const struct entry e = { .kind = ENTRY_NOTE, .note = { .who = who, .text = text } };

	snprintf(text, sizeof(text), "clock is set: %s", why);
	st->clock->noted = pipeline_append(bus->pipeline, &e, COMMIT_WAITED);
	if (st->clock->noted != 0)
		log_info("%s: %s", who, text);
}

void
bus_clock_wanted(struct bus *bus, struct station *st, int64_t now)
{
	if (is_watched(bus) && bus->pipeline->trusted && may_be_set(bus, st, HOURLY, now))
		note_setting(bus, st, "it asks for it");
}

static char *
write_offset(int64_t ms, char text[48])
{
	snprintf(text, 48, "%lld.%lld s %s", llabs((long long)ms) / 1000,
	    llabs((long long)ms) / 100 % 10, ms < 0 ? "behind" : "ahead");
	return text;
}

/* An ordinary point, where its profile has one. */
static void
store_offset(struct bus *bus, struct station *st, int64_t now)
{
	const struct push push = { .key = POINT, .kind = PUSH_NUMBER, .unit = "s",
	    .number = (double)st->clock->offset / 1000 };
	const struct moment at = { .time = bus->clock->wall(), .mono = now, .due = now,
	    .flags = bus->link.unproven ? QF_LINK_UNPROVEN : 0 };

	if (device_hears(st->device, &push))
		pipeline_push(bus->pipeline, st->device, &push, 1, &at);
}

/* The moment that it looked at its clock lies between question and answer. */
static void
take_clock(struct bus *bus, struct station *st, const struct reply *r, int64_t now)
{
	struct station_clock *c = st->clock;
	int64_t then = bus->clock->wall() - (now - (r->asked + r->heard) / 2) / 1000;
	bool was = c->wrong;
	char text[48];

	c->offset = r->clock - then;
	c->known = true;
	c->failed = false;
	c->due = now + DAILY;
	c->wrong = llabs((long long)c->offset) > bus->link.conf->clock_bound / 1000;
	c->doubted &= c->wrong;
	store_offset(bus, st, now);
	write_offset(c->offset, text);
	if (c->wrong && !was)
		pipeline_warn(bus->pipeline, st->device->conf.name, "clock is %s", text);
	else if (was && !c->wrong)
		pipeline_note(bus->pipeline, st->device->conf.name, "clock is right again: %s",
		    text);
	if (c->wrong && may_be_set(bus, st, DAILY, now)) {
		char why[64];

		snprintf(why, sizeof(why), "it is %s", text);
		note_setting(bus, st, why);
	}
}

static void
take_failure(struct bus *bus, struct station *st, const struct reply *r, int64_t now)
{
	struct station_clock *c = st->clock;
	bool set = bus->asked_for == REQUEST_SET_CLOCK;
	const char *why = r->status == REPLY_TIMEOUT ? "no answer" :
	    bus->proto->exception(r->exception);

	c->due = now + (r->status == REPLY_TIMEOUT ? HOURLY : DAILY);
	if (set)
		pipeline_warn(bus->pipeline, st->device->conf.name, "clock was not set: %s", why);
	else if (!c->failed)
		pipeline_note(bus->pipeline, st->device->conf.name,
		    "does not tell what its clock says: %s", why);
	c->failed |= !set;
}

void
bus_clock_reply(struct bus *bus, const struct reply *r, int64_t now)
{
	struct station *st = bus->asked;

	bus_request_over(bus);
	if (st == NULL)
		return;
	if (bus->asked_for == REQUEST_HISTORY)
		bus_history_reply(bus, st, r, now);
	else if (bus->asked_for == REQUEST_SETTING || bus->asked_for == REQUEST_SET)
		bus_settings_reply(bus, st, r, now);
	else if (r->status != REPLY_OK)
		take_failure(bus, st, r, now);
	else if (bus->asked_for == REQUEST_CLOCK)
		take_clock(bus, st, r, now);
	else {
		pipeline_note(bus->pipeline, st->device->conf.name, "clock was set");
		st->clock->due = now + VERIFY;
	}
}

/* Nobody tells when the note is durable. */
int64_t
bus_clock_look(struct bus *bus, struct station *st, const char *unit, int64_t now)
{
	bus_clock_ask(bus, st, unit, now);
	return st->clock->noted != 0 && !is_noted(bus, st->clock) &&
	    bus->link.state == LINK_UP ? now + NOTE_WAIT : INT64_MAX;
}
