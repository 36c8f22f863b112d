#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../conf/span.h"
#include "../../devices/push.h"
#include "../log.h"
#include "inflow.h"

/* Lines where nothing is asked: what comes, comes by itself. */

#define PUSHES		1024	/* values of one message: 10 kB of HJ 212 hold no more */
#define WORDS		(24 * 1024)	/* bytes of their texts beside the message */
#define RECEIPT		256	/* bytes that acknowledge one message */
#define REST		(16 * 1024)	/* of a message not yet whole, and more */
#define TELL_AGAIN	(600 * US_PER_S)
#define DARK		2	/* failures, as of one that is asked */

static struct moment
moment_of(const struct bus *bus, int64_t now)
{
	return (struct moment){ .time = bus->clock->wall(), .mono = now, .due = now,
	    .flags = (bus->pipeline->trusted ? 0 : QF_CLOCK_UNTRUSTED) |
	    (bus->link.unproven ? QF_LINK_UNPROVEN : 0) };
}

/* It spoke, whatever it said. */
static void
heard(struct bus *bus, struct station *st, int64_t now)
{
	bool dark = station_dark(st);

	st->polls++;
	st->answers++;
	st->heard = true;
	st->failures = 0;
	st->due = now + device_silence(st->device);
	bus->link.answered = now;
	station_tell(st, 0, 0, Q_GOOD, now);
	if (!dark)
		return;
	log_info("%s: tells again", st->device->conf.name);
	pipeline_link(bus->pipeline, st->device, false, now);
	bus_tell_mute(bus, st, now);
}

/* Its heartbeat is over: said once, and then seldom. */
static void
silent(struct bus *bus, struct station *st, int64_t now)
{
	struct moment at = moment_of(bus, now);
	char span[32];

	st->heard = false;
	if (!station_dark(st)) {
		st->failures = DARK;
		st->timeouts++;
		log_warn("%s: silent: nothing for %s", st->device->conf.name,
		    span_write(device_silence(st->device), span, sizeof(span)));
		if (!link_reachable(&bus->link))
			pipeline_link(bus->pipeline, st->device, true, now);
		else
			bus_tell_mute(bus, st, now);
	}
	st->due = now + TELL_AGAIN;
	if (station_tell(st, 0, 0, Q_COMM_FAILURE, now))
		pipeline_bad(bus->pipeline, st->device, 0, 0, Q_COMM_FAILURE, &at);
}

static int64_t
look_at_stations(struct bus *bus, int64_t now)
{
	int64_t next = INT64_MAX;

	if (bus->waits)
		return INT64_MAX;	/* it says more than is heard now */
	for (size_t i = 0; i < bus->nstations; i++) {
		struct station *st = &bus->stations[i];

		if (st->due <= now && !st->asleep)
			silent(bus, st, now);
		if (st->due < next && !st->asleep)
			next = st->due;
	}
	return next;
}

static void
arm(struct bus *bus, int64_t next)
{
	if (bus->suspended && bus->resume_at < next)
		next = bus->resume_at;
	loop_arm(bus->link.loop, &bus->wake, next);
}

void
bus_clear(struct bus *bus)
{
	static uint8_t frame[FRAME_MAX];	/* one loop: it has gone when others want it */

	out_clear(&bus->out, frame, sizeof(frame));
}

/* One loop, one message at a time: all lines share the room for it. */
static uint8_t desk[REST];

static void
clear(struct bus *bus)
{
	static struct push room[PUSHES];
	static uint8_t words[WORDS], receipt[RECEIPT];

	bus_clear(bus);
	bus->out.pushes = room;
	bus->out.most = PUSHES;
	bus->out.words = (struct buf){ .at = words, .cap = sizeof(words) };
	bus->out.receipt = (struct buf){ .at = receipt, .cap = sizeof(receipt) };
}

static void
forget_rest(struct bus *bus)
{
	free(bus->rest);
	bus->rest = NULL;
	bus->out.rest.from = bus->out.rest.n = 0;
}

/* What the line has said of a message that is not yet whole, onto the desk ... */
static void
lay_rest(struct bus *bus)
{
	struct rest *r = &bus->out.rest;

	r->at = desk;
	r->cap = sizeof(desk);
	if (r->n > 0)
		memcpy(desk, bus->rest, r->n);
}

/* ... and away: a line that rests has none, and nearly all rest. */
static void
keep_rest(struct bus *bus)
{
	struct rest *r = &bus->out.rest;
	uint8_t *kept = r->n > 0 ? realloc(bus->rest, r->n) : NULL;

	if (kept == NULL) {
		forget_rest(bus);
		return;
	}
	bus->rest = memcpy(kept, desk + r->from, r->n);
	r->from = 0;
}

static void
flush(struct bus *bus, int64_t now)
{
	if (bus->out.send.len > 0 && bus->link.state == LINK_UP)
		link_send(&bus->link, bus->out.send.at, bus->out.send.len, now);
}

/* The unit's own station, or the one that takes all that has none. */
static struct station *
station_of(struct bus *bus, const char *unit)
{
	static const uint8_t any[ADDRESS_MAX];
	struct station *whole = NULL;
	uint8_t address[ADDRESS_MAX];
	const char *why;

	if (unit != NULL && bus->proto->address(unit, address, &why) < 0)
		return NULL;
	for (size_t i = 0; i < bus->nstations; i++) {
		struct station *st = &bus->stations[i];

		if (unit != NULL && memcmp(st->device->address, address, ADDRESS_MAX) == 0)
			return st;
		if (memcmp(st->device->address, any, ADDRESS_MAX) == 0 ||
		    (unit == NULL && bus->nstations == 1))
			whole = st;
	}
	return whole;
}

/* Said when it begins, and again only after it was well. */
static void
look_at_figure(struct station *st, const struct point *p, const struct push *push)
{
	const struct profile *profile = st->device->profile;
	uint64_t bit = (uint64_t)1 << (size_t)(p - profile->points) % 64;
	enum push_fault fault = push_fault(p, push);
	char key[100], what[100];

	if (fault == PUSH_FITS) {
		st->misfits &= ~bit;
		return;
	}
	if (st->misfits & bit)
		return;
	st->misfits |= bit;
	log_safe(push->key, key, sizeof(key));
	if (fault == PUSH_OTHER_UNIT)
		log_warn("%s: tells %s in \"%s\", which is no unit for point %s, in %s: no value",
		    st->device->conf.name, key, log_safe(push->unit, what, sizeof(what)),
		    p->name, p->unit->name);
	else if (push->kind == PUSH_TEXT)
		log_warn("%s: tells %s as \"%s\", which is no figure for point %s: no value",
		    st->device->conf.name, key, log_safe(push->text, what, sizeof(what)),
		    p->name);
	else
		log_warn("%s: tells %s as %g, which is no figure for point %s: no value",
		    st->device->conf.name, key, push->number, p->name);
}

/* What its profile has no point for is counted, and named once. */
static void
no_point(struct station *st, const char *key)
{
	char safe[200];

	if (st->unmapped++ == 0)
		log_info("%s: tells %s, for which profile %s has no point",
		    st->device->conf.name, log_safe(key, safe, sizeof(safe)),
		    st->device->profile->name);
}

void
bus_no_point(struct bus *bus, struct station *st, const char *key, int64_t now)
{
	heard(bus, st, now);
	no_point(st, key);
	bus_stir(bus);
}

static void
look_at_values(struct station *st, const struct push *pushes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct point *p = push_point(st->device->profile, pushes[i].key);

		if (p != NULL)
			look_at_figure(st, p, &pushes[i]);
		else
			no_point(st, pushes[i].key);
	}
}

bool
bus_push_last(struct bus *bus, const char *unit, const struct push *pushes, size_t n,
    uint64_t print, int64_t now, uint64_t *seq)
{
	struct station *st = station_of(bus, unit);
	struct moment at = moment_of(bus, now);
	uint64_t before = bus->pipeline->last;

	*seq = 0;
	if (st == NULL)
		return false;
	at.waited = true;
	at.print = print;
	at.told = st->clock->wrong || st->clock->doubted ? QF_CLOCK_UNTRUSTED : 0;
	at.newest = bus_behind(bus, st, pushes, n, now);
	heard(bus, st, now);
	look_at_values(st, pushes, n);
	if (!pipeline_push(bus->pipeline, st->device, pushes, n, &at))
		return false;
	bus_history_told(bus, st, pushes, n);
	if (bus->pipeline->last != before)
		*seq = bus->pipeline->last;
	bus_stir(bus);
	return true;
}

bool
bus_push(struct bus *bus, const char *unit, const struct push *pushes, size_t n, int64_t now,
    uint64_t *seq)
{
	return bus_push_last(bus, unit, pushes, n, 0, now, seq);
}

/* It has just spoken, and has said all for now. */
static void
look_at_clock(struct bus *bus, int64_t now)
{
	struct station *st = station_of(bus, bus->out.identity);

	if (st != NULL && bus->out.wants_clock)
		bus_clock_wanted(bus, st, now);
	if (st == NULL || bus->out.more)
		return;
	bus_clock_ask(bus, st, bus->out.identity, now);
	bus_settings_told(bus, st, bus->out.told, now);
	bus_settings_ask(bus, st, bus->out.identity, now);
	bus_history_ask(bus, st, bus->out.identity, now);
}

/* What was asked for may come twice, where the question was heard twice. */
static bool
is_known(struct bus *bus)
{
	const struct out *out = &bus->out;
	struct station *st = station_of(bus, out->identity);

	return st != NULL && !out->part &&
	    bus_history_knows(bus, st, out->pushes, out->npushes);
}

static int64_t
look_at_clocks(struct bus *bus, int64_t now)
{
	int64_t next = INT64_MAX;

	for (size_t i = 0; i < bus->nstations; i++) {
		struct station *st = &bus->stations[i];
		const char *unit = st->device->address[0] != '\0' ?
		    (const char *)st->device->address : NULL;
		int64_t at = st->clock->noted != 0 ? bus_clock_look(bus, st, unit, now) :
		    INT64_MAX;

		next = at < next ? at : next;
		at = bus_settings_look(bus, st, unit, now);
		next = at < next ? at : next;
	}
	return next;
}

/* One message was heard.  One that is on its way to the disk already has its answer
 * when it is there. */
static void
take(struct bus *bus, int64_t now)
{
	const struct out *out = &bus->out;
	uint64_t seq, owed = out->owed;
	char who[WHO_BYTES];

	flush(bus, now);
	for (size_t i = 0; i < out->nreplies; i++)
		bus_clock_reply(bus, &out->replies[i], now);
	if (out->npushes == 0 && out->identity == NULL) {
		if (out->note != NULL)
			pipeline_warn(bus->pipeline, bus_who(bus, who), "%s", out->note);
		return;
	}
	if (owed != 0 && bus_owes(bus, owed)) {
		bus_push(bus, out->identity, NULL, 0, now, &seq);
		return;
	}
	if (station_of(bus, out->identity) != NULL)
		bus_stamps(bus, station_of(bus, out->identity), out, now);
	if (!bus_push_last(bus, out->identity, out->pushes, is_known(bus) ? 0 : out->npushes,
	    out->note == NULL ? owed : 0, now, &seq))
		return;
	if (out->note != NULL) {
		uint64_t before = bus->pipeline->last;

		pipeline_note_told(bus->pipeline, bus_who(bus, who), out->note, owed);
		seq = bus->pipeline->last != before ? bus->pipeline->last : seq;
	}
	if (owed != 0)
		bus_owe(bus, owed, &out->receipt, seq, now);
	look_at_clock(bus, now);
}

static bool
must_wait(const struct bus *bus, size_t n)
{
	return bus->inflow != NULL && (bus->waits || bus->nowed == OWED_MAX ||
	    !inflow_admits(bus->inflow, bus, bus->out.rest.n + n));
}

/* A message, and what waits behind it while there is room.  True: more does. */
static bool
take_all(struct bus *bus, size_t most, int64_t now)
{
	bool more;

	for (;;) {
		more = bus->out.more;
		take(bus, now);
		if (bus->link.state != LINK_UP) {
			forget_rest(bus);
			return false;
		}
		if (!more || --most == 0 || must_wait(bus, 0))
			break;
		clear(bus);
		bus->proto->hear(bus->session, (const uint8_t *)"", 0, now, &bus->out);
	}
	keep_rest(bus);
	return more;
}

/* Behind what it said before; all of it is heard later. */
static void
lay_by(struct bus *bus, const uint8_t *bytes, size_t n, int64_t now)
{
	struct rest *r = &bus->out.rest;
	uint8_t *more = n <= sizeof(desk) - r->n ? realloc(bus->rest, r->n + n) : NULL;

	if (more == NULL) {
		link_is_down(&bus->link, "it says more than can be kept", now);
		return;
	}
	memcpy(more + r->n, bytes, n);
	bus->rest = more;
	r->n += (uint32_t)n;
	inflow_wait(bus->inflow, bus, now);
}

static bool
listen_to(struct bus *bus, const uint8_t *bytes, size_t n, size_t most, int64_t now)
{
	uint64_t beats = bus->proto->tally(bus->session)->beats;
	bool more;

	clear(bus);
	lay_rest(bus);
	bus->proto->hear(bus->session, bytes, n, now, &bus->out);
	more = take_all(bus, most, now);
	beats = bus->proto->tally(bus->session)->beats - beats;
	if (beats > 0)
		link_beats(&bus->link, beats, now);
	return more;
}

static void
line_heard(struct link *link, const uint8_t *bytes, size_t n, int64_t now)
{
	struct bus *bus = link->owned_by;

	if (must_wait(bus, n)) {
		lay_by(bus, bytes, n, now);
		return;
	}
	if (listen_to(bus, bytes, n, SIZE_MAX, now))
		inflow_wait(bus->inflow, bus, now);
	bus_stir(bus);
}

bool
bus_hear_on(struct bus *bus, int64_t now)
{
	return listen_to(bus, (const uint8_t *)"", 0, 1, now);
}

void
bus_forget_told(struct bus *bus)
{
	bus_owes_nothing(bus);
	bus_request_over(bus);
	if (bus->waits)
		inflow_leave(bus->inflow, bus);
	free(bus->rest);
	bus->rest = NULL;
}

/* Whoever was not heard was not silent. */
void
bus_waited(struct bus *bus, int64_t now)
{
	for (size_t i = 0; i < bus->nstations; i++) {
		struct station *st = &bus->stations[i];

		if (!station_dark(st) && st->due <= bus->waits_since + device_silence(st->device))
			st->due += now - bus->waits_since;
	}
	link_go_on(&bus->link, now);
	bus_stir(bus);
}

void
bus_look(struct timer *t, int64_t now)
{
	struct bus *bus = owner_of(t, struct bus, wake);
	int64_t next, session = INT64_MAX, clock;

	bus_tend_suspension(bus, now);
	clear(bus);
	clock = look_at_clocks(bus, now);
	if (bus->link.state == LINK_UP && !bus->waits) {
		lay_rest(bus);
		bus->proto->tick(bus->session, now, &bus->out);
		session = bus->out.deadline;
		if (take_all(bus, SIZE_MAX, now))
			inflow_wait(bus->inflow, bus, now);
	}
	next = look_at_stations(bus, now);
	next = clock < next ? clock : next;
	arm(bus, session < next ? session : next);
}

/* Many call, say what they have to say and go: that the line is down says nothing
 * of them, only their silence does. */
static void
line_up(struct link *link, int64_t now)
{
	struct bus *bus = link->owned_by;
	struct line line = link_line(link);
	char who[WHO_BYTES];

	pipeline_note(bus->pipeline, bus_who(bus, who), "up");
	bus->tried = true;
	forget_rest(bus);
	bus->proto->init(bus->session, &line, now);
	bus_clocks_called(bus, now);
	bus_stir(bus);
}

static void
line_down(struct link *link, const char *why, int64_t now)
{
	struct bus *bus = link->owned_by;
	char who[WHO_BYTES];

	pipeline_note(bus->pipeline, bus_who(bus, who), "down: %s", why);
	bus->tried = true;
	bus_request_over(bus);
	if (bus->waits)
		inflow_leave(bus->inflow, bus);
	forget_rest(bus);
	loop_arm(link->loop, &bus->wake, now);
}

static void
line_again(struct link *link, int64_t now)
{
	line_up(link, now);
}

const struct link_owner bus_listens = {
	.up = line_up,
	.down = line_down,
	.heard = line_heard,
	.again = line_again,
	.brought = bus_brought,
	.prove = bus_prove_told,
	.duplicate = bus_duplicate,
};
