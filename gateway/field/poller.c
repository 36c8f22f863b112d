#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../log.h"
#include "../room.h"
#include "poller.h"

#define OUTSIDE	UINT64_MAX	/* cookie of what no station asks */

static void	turn(struct bus *, int64_t now);

/* Labels count back from now, so that a step of the wall clock between the
 * answer and this line moves nothing. */
static struct moment
moment_of(const struct bus *bus, const struct station *st, int64_t heard, int64_t now)
{
	return (struct moment){
		.time = bus->clock->wall() - (now - heard) / 1000,
		.mono = heard,
		.due = st->due,
		.flags = (bus->pipeline->trusted ? 0 : QF_CLOCK_UNTRUSTED) |
		    (bus->link.unproven ? QF_LINK_UNPROVEN : 0),
	};
}

/* The points of one block, or those of it that end behind a register, have no value;
 * said once and then seldom. */
static void
tell_rest(struct bus *bus, struct station *st, size_t block, uint32_t from,
    enum quality_code code, int64_t now)
{
	struct moment at;

	if (!station_tell(st, block, from, code, now))
		return;
	at = moment_of(bus, st, now, now);
	pipeline_bad(bus->pipeline, st->device, block, from, code, &at);
}

static void
tell_all(struct bus *bus, struct station *st, enum quality_code code, int64_t now)
{
	for (size_t i = 0; i < st->device->nblocks; i++)
		tell_rest(bus, st, i, 0, code, now);
}

static void
tell_dark(struct bus *bus, struct station *st, int64_t now)
{
	tell_all(bus, st, Q_COMM_FAILURE, now);
}

static void
follow(struct bus *bus, struct station *st, enum station_event event, int64_t now)
{
	if (bus->follow != NULL)
		bus->follow(bus->follower, st, event, now);
}

static void
decode(struct bus *bus, struct station *st, const struct reply *reply, int64_t now)
{
	struct moment at = moment_of(bus, st, reply->heard, now);

	if (reply->after_barrier)
		at.code = Q_AFTER_BARRIER;
	if (slice_end(&st->slice) >= stretch_end(&st->device->blocks[st->block]))
		station_tell(st, st->block, 0, Q_GOOD, now);
	pipeline_block(bus->pipeline, st->device, st->block, &st->slice, reply->data,
	    reply->len, &at);
}

static void
tell_change(struct station *st, bool was_dark)
{
	if (station_dark(st) == was_dark)
		return;
	if (was_dark)
		log_info("%s: answers again", st->device->conf.name);
	else
		log_warn("%s: silent: no answer to %u polls in a row", st->device->conf.name,
		    st->failures);
}

static void
refused(struct bus *bus, struct station *st, const struct reply *reply, int64_t now)
{
	const struct stretch *b = &st->device->blocks[st->block];

	if (st->blocks[st->block].code != Q_REFUSED)
		log_warn("%s: refuses registers %u to %u: exception %u",
		    st->device->conf.name, b->first, b->first + b->count - 1U,
		    reply->exception);
	tell_rest(bus, st, st->block, st->slice.from, Q_REFUSED, now);
}

static void
no_answer(struct bus *bus, struct station *st, enum quality_code code, int64_t now)
{
	if (st->heard)
		tell_rest(bus, st, st->block, st->slice.from, code, now);
	else
		tell_dark(bus, st, now);
}

static void
next(struct bus *bus, struct station *st, int64_t now)
{
	bool dark = station_dark(st);

	station_next(st, now);
	tell_change(st, dark);
	bus_tell_mute(bus, st, now);
	if (station_dark(st) && !dark)
		follow(bus, st, STATION_LOST, now);
	else if (!st->running && st->heard)
		follow(bus, st, STATION_READ, now);
}

static void
answered(struct bus *bus, const struct reply *reply, int64_t now)
{
	struct station *st = bus->busy;
	enum quality_code code = Q_GOOD;
	struct stretch block;
	unsigned splits;

	if (reply->cookie == OUTSIDE && bus->errands.out != NULL) {
		bus_missed(bus, &bus->errands.out->ask, reply);
		errands_end(&bus->errands, bus->errands.out, reply);
		return;
	}
	if (st == NULL || reply->cookie != bus->number)
		return;
	bus->busy = NULL;
	block = st->device->blocks[st->block];
	splits = st->splits;
	switch (station_judge(st, reply, now, &code)) {
	case VERDICT_AGAIN:
		if (st->splits > splits && bus->splits != NULL)
			splits_learn(bus->splits, st->device, &block);
		return;
	case VERDICT_DECODE:
		decode(bus, st, reply, now);
		if (station_more(st))
			return;
		break;
	case VERDICT_BAD:
		if (reply->status == REPLY_EXCEPTION)
			refused(bus, st, reply, now);
		else
			no_answer(bus, st, code, now);
		break;
	}
	next(bus, st, now);
}

/* Sends what the session wants sent and hands out its replies. */
static void
take(struct bus *bus, int64_t now)
{
	if (bus->out.send.len > 0 && bus->link.state == LINK_UP)
		link_send(&bus->link, bus->out.send.at, bus->out.send.len, now);
	for (size_t i = 0; i < bus->out.nreplies; i++) {
		const struct reply *r = &bus->out.replies[i];

		if (r->status == REPLY_OK || r->status == REPLY_EXCEPTION)
			bus->link.answered = now;
		answered(bus, r, now);
	}
}

/* The station that has waited longest; NULL: none wants the line yet, and
 * *until says when the first does. */
static struct station *
pick(struct bus *bus, int64_t now, int64_t *until)
{
	struct station *best = NULL;

	*until = INT64_MAX;
	for (size_t i = 0; i < bus->nstations; i++) {
		int64_t at = station_wants(&bus->stations[i]);

		if (at >= *until)
			continue;
		*until = at;
		best = &bus->stations[i];
	}
	return *until <= now ? best : NULL;
}

/* No line: what is due is passed over, and said. */
static void
pass_over(struct bus *bus, int64_t now)
{
	struct station *st;
	int64_t until;

	while ((st = pick(bus, now, &until)) != NULL) {
		tell_dark(bus, st, now);
		station_skip(st, now);
	}
	loop_arm(bus->link.loop, &bus->wake, until);
}

/* The store is full: only what alarms hang on is still asked. */
static void
spare_store(struct bus *bus, int64_t now)
{
	for (size_t i = 0; i < bus->nstations; i++) {
		struct station *st = &bus->stations[i];

		if (station_wants(st) > now || !pipeline_skippable(bus->pipeline, st->device))
			continue;
		pipeline_skipped(bus->pipeline);
		station_skip(st, now);
	}
}

/* A cycle that was begun with the old blocks begins anew. */
static void
forget_splits(struct bus *bus, struct station *st)
{
	st->forget = false;
	if (bus->splits == NULL || splits_forget(bus->splits, st->device) < 0)
		return;
	st->splits = 0;
	st->running = false;
	memset(st->blocks, 0, st->device->max_blocks * sizeof(*st->blocks));
}

/* It can go in no shape before then. */
static void
barred(struct bus *bus, struct station *st, int64_t until, int64_t now)
{
	size_t block = st->block;

	if (station_passes(st, until, now)) {
		tell_rest(bus, st, block, 0, Q_COMM_FAILURE, now);
	} else if (!station_barred(st, until, now)) {
		no_answer(bus, st, Q_COMM_FAILURE, now);
		next(bus, st, now);
	}
}

/* False: this question is barred and another one may go. */
static bool
ask_station(struct bus *bus, struct station *st, int64_t now)
{
	struct ask ask = { 0 };

	if (st->forget)
		forget_splits(bus, st);
	bus_clear(bus);
	station_ask(st, now, &ask);
	ask.cookie = bus->number + 1;
	if (bus_put(bus, st, &ask, now)) {
		station_asked(st, now);
		bus->busy = st;
		bus->number++;
		take(bus, now);
		return true;
	}
	if (!bus->out.barred)
		return true;
	barred(bus, st, bus->out.deadline, now);
	return false;
}

/* False: nothing from outside may go now; *until says when something may.  A
 * session that is not ready bars all others too. */
static bool
ask_outside(struct bus *bus, int64_t now, int64_t *until)
{
	struct errand *e;

	while ((e = bus_pick(bus, now, until)) != NULL) {
		if (e->may != NULL && !e->may(e->owner, now)) {
			errands_end(&bus->errands, e, &(struct reply){
			    .status = REPLY_LOST, .heard = now });
			continue;
		}
		bus_clear(bus);
		e->ask.cookie = OUTSIDE;
		if (bus->proto->ask(bus->session, &e->ask, now, &bus->out)) {
			bus->errands.out = e;
			if (e->sent != NULL)
				e->sent(e->owner, now);
			take(bus, now);
			return true;
		}
		if (!bus->out.barred)
			return true;
		e->later = bus->out.deadline;
		e->barred = true;
	}
	return false;
}

/* Asks the next question; until then the session may have to be woken for
 * itself. */
static void
ask_one(struct bus *bus, int64_t now)
{
	int64_t session = bus->out.deadline, outside = now, until = INT64_MAX;
	struct station *st;

	if (ask_outside(bus, now, &outside)) {
		if (bus->link.state == LINK_UP)
			loop_arm(bus->link.loop, &bus->wake, bus->out.deadline);
		return;
	}
	session = outside < session ? outside : session;
	if (bus->suspended)
		session = bus->resume_at < session ? bus->resume_at : session;
	while (!bus->suspended && (st = pick(bus, now, &until)) != NULL) {
		if (!ask_station(bus, st, now))
			continue;
		if (bus->link.state == LINK_UP)
			loop_arm(bus->link.loop, &bus->wake, bus->out.deadline);
		return;
	}
	loop_arm(bus->link.loop, &bus->wake, until < session ? until : session);
}

/* The first connection is given its time before anybody is called silent, and
 * before what is to be sent is given up. */
static bool
settling(struct bus *bus, int64_t now)
{
	int64_t until;

	if (!bus_hopeful(bus, now)) {
		errands_lose(&bus->errands, now);
		return false;
	}
	until = errands_expiry(&bus->errands);
	loop_arm(bus->link.loop, &bus->wake, until < bus->settled ? until : bus->settled);
	return true;
}

/* Opened again when there is something to ask; until then it costs nothing. */
static void
rest(struct bus *bus, int64_t now)
{
	int64_t poll = bus->resume_at, errand;
	bool due = errands_pick(&bus->errands, now, &errand) != NULL;

	if (!bus->suspended)
		due = pick(bus, now, &poll) != NULL || due;
	if (due)
		link_wake(&bus->link, now);
	else
		loop_arm(bus->link.loop, &bus->wake, poll < errand ? poll : errand);
}

static void
turn(struct bus *bus, int64_t now)
{
	errands_expire(&bus->errands, now);
	bus_tend_suspension(bus, now);
	if (bus->link.resting) {
		rest(bus, now);
		return;
	}
	if (bus->link.state != LINK_UP) {
		if (bus->suspended)
			loop_arm(bus->link.loop, &bus->wake, bus->resume_at);
		else if (!settling(bus, now))
			pass_over(bus, now);
		return;
	}
	bus_clear(bus);
	bus->proto->tick(bus->session, now, &bus->out);
	take(bus, now);
	if (bus->link.state != LINK_UP)
		return;
	if (bus->busy != NULL || bus->errands.out != NULL) {
		loop_arm(bus->link.loop, &bus->wake, bus->out.deadline);
		return;
	}
	if (!pipeline_ready(bus->pipeline))
		spare_store(bus, now);
	ask_one(bus, now);
}

static void
woken(struct timer *t, int64_t now)
{
	turn(owner_of(t, struct bus, wake), now);
}

const char *
bus_who(const struct bus *bus, char who[WHO_BYTES])
{
	snprintf(who, WHO_BYTES, "link %s", bus->link.conf->name);
	return who;
}

/* In the journal too: where no rule watches for stale points a dead line would
 * be told to nobody. */
static void
line_up(struct link *link, int64_t now)
{
	struct bus *bus = link->owned_by;
	struct line line = link_line(link);
	char who[WHO_BYTES];

	pipeline_note(bus->pipeline, bus_who(bus, who), "up");
	bus->tried = true;
	bus->busy = NULL;
	bus->proto->init(bus->session, &line, now);
	for (size_t i = 0; i < bus->nstations; i++) {
		station_revive(&bus->stations[i]);
		if (link->kind->calls)
			station_early(&bus->stations[i], now);
		pipeline_link(bus->pipeline, bus->stations[i].device, false, now);
		follow(bus, &bus->stations[i], STATION_UP, now);
	}
	turn(bus, now);
}

static void
line_down(struct link *link, const char *why, int64_t now)
{
	struct bus *bus = link->owned_by;
	char who[WHO_BYTES];

	pipeline_warn(bus->pipeline, bus_who(bus, who), "down: %s", why);
	bus->tried = true;
	bus->busy = NULL;
	errands_lose(&bus->errands, now);
	for (size_t i = 0; i < bus->nstations; i++) {
		struct station *st = &bus->stations[i];

		if (!st->asleep)
			tell_dark(bus, st, now);
		st->running = false;
		pipeline_link(bus->pipeline, st->device, true, now);
		follow(bus, st, STATION_LOST, now);
	}
	loop_arm(link->loop, &bus->wake, now);
}

/* An answer that was owed has come: who was barred for it asks again, and is
 * barred again where more is owed. */
static void
lift_bars(struct bus *bus)
{
	for (size_t i = 0; i < bus->nstations; i++)
		station_unbarred(&bus->stations[i]);
	errands_unbar(&bus->errands);
}

static void
line_heard(struct link *link, const uint8_t *bytes, size_t n, int64_t now)
{
	struct bus *bus = link->owned_by;
	const struct tally *tally = bus->proto->tally(bus->session);
	uint64_t freed = tally->late + tally->barriers, beats = tally->beats;

	bus_clear(bus);
	bus->proto->hear(bus->session, bytes, n, now, &bus->out);
	if (tally->late + tally->barriers != freed)
		lift_bars(bus);
	if (tally->beats != beats)
		link_beats(link, tally->beats - beats, now);
	take(bus, now);
	turn(bus, now);
}

static void
line_again(struct link *link, int64_t now)
{
	struct bus *bus = link->owned_by;
	struct line line = link_line(link);

	bus->proto->init(bus->session, &line, now);
	turn(bus, now);
}

/* Servers there are that close behind each answer, and meet the next question
 * with it.  A read may be asked again over a new connection, where answers tell
 * by their ids what they answer; of a write nobody knows whether it was done. */
static bool
line_rests(struct link *link)
{
	struct bus *bus = link->owned_by;
	struct station *st = bus->busy;

	if (bus->errands.out != NULL || (st != NULL &&
	    (!bus->proto->ids || !station_cut_off(st, bus->clock->mono()))))
		return false;
	bus->busy = NULL;
	bus_stir(bus);
	return true;
}

static const struct link_owner line_owner = {
	.up = line_up,
	.down = line_down,
	.heard = line_heard,
	.rests = line_rests,
	.again = line_again,
	.prove = bus_prove,
	.duplicate = bus_duplicate,
};

struct bus *
bus_new(const struct link_conf *conf, struct device *devices, size_t n,
    struct pipeline *pipeline, const struct clock *clock)
{
	struct bus *bus = room_for(1, sizeof(*bus));

	bus->link.conf = conf;
	bus->link.kind = link_kind_at((size_t)conf->kind);
	bus->link.owned_by = bus;
	bus->proto = proto_find(conf->proto[0] != '\0' ? conf->proto : bus->link.kind->proto);
	bus->session = room_for(1, bus->proto->size);
	bus->pipeline = pipeline;
	bus->clock = clock;
	bus->link.owner = bus->proto->ask != NULL ? &line_owner : &bus_listens;
	bus->wake.fire = bus->proto->ask != NULL ? woken : bus_look;
	if (bus->proto->stored == NULL && !bus->link.kind->calls)
		errands_make(&bus->errands);
	bus_take_stations(bus, devices, n);
	return bus;
}

void
bus_start(struct bus *bus, struct loop *loop, int64_t now)
{
	for (size_t i = 0; i < bus->nstations; i++) {
		bus_begin_station(bus, i, now);
		station_probes(&bus->stations[i], bus->nstations > 1,
		    pipeline_guards(bus->pipeline, bus->stations[i].device));
	}
	bus->settled = now + SETTLE;
	loop_arm(loop, &bus->wake, now);
	link_start(&bus->link, loop, now);
}

void
bus_stop(struct bus *bus)
{
	loop_disarm(bus->link.loop, &bus->wake);
	link_stop(&bus->link);
}

void
bus_stir(struct bus *bus)
{
	loop_arm(bus->link.loop, &bus->wake, bus->clock->mono());
}

void
bus_sleep(struct bus *bus, struct station *st, enum quality_code code, int64_t now)
{
	station_sleep(st);
	if (code != Q_GOOD)
		tell_all(bus, st, code, now);
}

void
bus_wake(struct bus *bus, struct station *st, int64_t now)
{
	if (bus->busy == st)
		bus->busy = NULL;	/* that answer is of before */
	station_wake(st, now);
	bus_stir(bus);
}

void
bus_free(struct bus *bus)
{
	for (size_t i = 0; i < bus->nstations; i++) {
		free(bus->stations[i].blocks);
		free(bus->stations[i].history);
		free(bus->stations[i].clock);
		free(bus->stations[i].settings);
	}
	free(bus->stations);
	bus_forget_told(bus);
	free(bus->repeats);
	errands_free(&bus->errands);
	free(bus->session);
	free(bus);
}
