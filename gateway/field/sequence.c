#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../log.h"
#include "../renewal.h"
#include "../room.h"
#include "../text.h"
#include "field.h"
#include "sequence.h"

#define SOON		(US_PER_S / 10)
#define RETRY		(10 * US_PER_S)	/* a start that failed; then twice as long,
				 * up to what a dark device is probed at */

static bool
starts(const struct sequence *s)
{
	return s->device->profile->start.n > 0;
}

/* One start and it measures until something happens to it. */
static bool
lasts(const struct sequence *s)
{
	return starts(s) && s->device->conf.measure == 0;
}

static bool
has_one(const struct device *d)
{
	return d->nblocks > 0 && d->profile->start.n + d->profile->stop.n > 0;
}

size_t
sequences_timers(const struct config *c)
{
	size_t n = 1;

	for (size_t i = 0; i < c->ndevices; i++)
		n += has_one(&c->devices[i]);
	return n;
}

/* The next run by itself. */
static void
arm(struct sequence *s, int64_t now)
{
	struct loop *loop = s->field->loop;

	if (s->running)
		return;
	if (s->stop_next)
		loop_arm(loop, &s->timer, now);
	else if (s->due == INT64_MAX || s->field->sequences.ending)
		loop_disarm(loop, &s->timer);
	else
		loop_arm(loop, &s->timer, s->due);
}

/* Asked like an order of a person: nothing of it is done before that is
 * durable. */
static void
begin(struct sequence *s, bool stop, int64_t now)
{
	struct command *c = &s->command;

	if (c->asked == 0) {
		*c = (struct command){ .field = s->field, .begun = now, .source = "schedule" };
		snprintf(c->words, sizeof(c->words), "measure %s %s schedule",
		    s->device->conf.name, stop ? "stop" : "start");
		if (!stop && s->grid == 0)
			s->grid = now;
		if ((c->asked = command_note(c, COMMAND_ASKED, COMMIT_WAITED)) != 0) {
			s->stop_next = false;
			return;
		}
	}
	loop_arm(s->field->loop, &s->timer, now + SOON);
}

static void
fire(struct timer *t, int64_t now)
{
	struct sequence *s = owner_of(t, struct sequence, timer);

	if (s->running)
		sequence_step(s, now);
	else if (s->stop_next || link_reachable(&s->bus->link))
		begin(s, s->stop_next, now);
}

static void
store(struct field_role *f)
{
	char text[SLOT_MAX];
	size_t at = 0;

	for (size_t i = 0; i < f->sequences.n && at < sizeof(text); i++)
		if (f->sequences.at[i]->state == SEQUENCE_STOPPED)
			at += (size_t)snprintf(text + at, sizeof(text) - at, "%s\n",
			    f->sequences.at[i]->device->conf.name);
	errno = ENOSPC;
	if (at >= sizeof(text) || kept_put(f->sequences.stopped, text, at) == 0)
		log_err("store: which devices are stopped cannot be kept: %s",
		    strerrordesc_np(errno));
}

static void
turn(struct sequence *s, enum sequence_state state)
{
	bool stopped = s->state == SEQUENCE_STOPPED || state == SEQUENCE_STOPPED;

	if (s->state == state)
		return;
	s->state = state;
	if (stopped)
		store(s->field);
}

int64_t
sequence_next(const struct sequence *s, int64_t mono)
{
	int64_t measure = s->device->conf.measure;

	if (measure == 0)
		return INT64_MAX;
	return s->grid + ((mono - s->grid) / measure + 1) * measure;
}

/* One that says no is not asked for another result before that is due. */
static int64_t
retry_at(const struct sequence *s, enum quality_code code, int64_t now)
{
	int64_t wait = RETRY, at, grid = sequence_next(s, now);

	if (code != Q_COMM_FAILURE && s->device->conf.measure > 0)
		return grid;
	for (unsigned i = 1; i < s->failures && wait < s->station->probe_max; i++)
		wait *= 2;
	at = now + (wait < s->station->probe_max ? wait : s->station->probe_max);
	return at < grid ? at : grid;
}

static void
started(struct sequence *s, int64_t now)
{
	if (s->failures > 0)
		pipeline_note(&s->field->pipeline, s->device->conf.name, "started");
	if (s->grid == 0)
		s->grid = now;
	s->failures = 0;
	s->fresh = true;
	s->measured = now;
	device_hold(s->device, 0);
	turn(s, SEQUENCE_ON);
	sequence_keep(s->field);
	s->due = sequence_next(s, now);
	bus_wake(s->bus, s->station, now);
}

static void
not_started(struct sequence *s, enum quality_code code, int64_t now)
{
	if (s->failures++ == 0)
		pipeline_warn(&s->field->pipeline, s->device->conf.name, "not started: %s",
		    s->command.why);
	if (s->state == SEQUENCE_STOPPED)
		return;
	/* The last result stays what it is, and grows old. */
	if (lasts(s) || s->state == SEQUENCE_OFF) {
		turn(s, SEQUENCE_OFF);
		bus_sleep(s->bus, s->station, code, now);
	}
	s->due = retry_at(s, code, now);
}

static void
stopped(struct sequence *s, bool well, int64_t now)
{
	if (!well)
		pipeline_warn(&s->field->pipeline, s->device->conf.name, "not stopped: %s",
		    s->command.why);
	if (!s->ordered) {
		turn(s, SEQUENCE_RESTING);
	} else if (well) {
		turn(s, SEQUENCE_STOPPED);
		s->due = INT64_MAX;
		bus_sleep(s->bus, s->station, Q_OUT_OF_SERVICE, now);
	} else if (s->state == SEQUENCE_ON) {
		bus_wake(s->bus, s->station, now);
	}
}

void
sequence_ended(struct sequence *s, bool well, enum quality_code code, int64_t now)
{
	struct sequences *all = &s->field->sequences;

	if (s->stop)
		stopped(s, well, now);
	else if (well)
		started(s, now);
	else
		not_started(s, code, now);
	arm(s, now);
	if (!s->leaving || !s->stop || all->pending == 0 || --all->pending > 0)
		return;
	if (all->ending)
		loop_stop(s->field->loop);
	else
		reload_released(s->field, now);
}

/* Whether it still measures after that nobody knows. */
static void
lost(struct sequence *s, int64_t now)
{
	bool down = !link_reachable(&s->bus->link);

	if (s->running && down) {
		command_says(&s->command, COMMAND_FAILED, "the line went down");
		sequence_fail(s, Q_COMM_FAILURE, now);
	}
	if (s->state == SEQUENCE_STOPPED || !lasts(s))
		return;
	turn(s, SEQUENCE_OFF);
	bus_sleep(s->bus, s->station, Q_COMM_FAILURE, now);
	s->due = down ? INT64_MAX : now + RETRY;
	arm(s, now);
}

static void
came_up(struct sequence *s, int64_t now)
{
	if (s->state == SEQUENCE_STOPPED || !starts(s))
		return;
	if (lasts(s)) {
		turn(s, SEQUENCE_OFF);
		station_sleep(s->station);
	}
	if (s->state == SEQUENCE_OFF)
		s->due = now;
	arm(s, now);
}

/* A result was read: from now on it is shown again, or its instrument rests. */
static void
was_read(struct sequence *s, int64_t now)
{
	if (!s->fresh || s->device->conf.measure == 0)
		return;
	s->fresh = false;
	device_hold(s->device, s->measured);
	if (s->device->profile->stop.n == 0 || s->running)
		return;
	sequence_keep(s->field);
	s->stop_next = true;
	arm(s, now);
}

static void
follow(void *arg, struct station *st, enum station_event event, int64_t now)
{
	struct field_role *f = arg;
	struct sequence *s = f->sequences.of[st->device - f->config->devices];

	if (s == NULL)
		return;
	switch (event) {
	case STATION_UP:
		came_up(s, now);
		break;
	case STATION_LOST:
		lost(s, now);
		break;
	case STATION_READ:
		was_read(s, now);
		break;
	}
}

/* Names of those that were stopped before, one a line. */
static bool
is_listed(const char *text, const char *name)
{
	size_t n = strlen(name);

	for (const char *at = text; (at = strstr(at, name)) != NULL; at += n)
		if ((at == text || at[-1] == '\n') && at[n] == '\n')
			return true;
	return false;
}

/* It goes on with the schedule of before the restart: its last result is held, or
 * it rests. */
static void
resume(struct sequence *s)
{
	bool shows = s->device->profile->stop.n == 0;

	s->state = shows ? SEQUENCE_ON : SEQUENCE_RESTING;
	if (shows)
		device_hold(s->device, s->measured);
	else
		station_sleep(s->station);
}

/* Those of before, of which one may go on with a device. */
struct before {
	struct sequence		**at;
	size_t			 n;
	const struct renewal	*renewal;	/* NULL: there are none */
};

static void
take(struct field_role *f, struct bus *bus, struct station *st, const struct before *before,
    const char *stopped_names)
{
	struct sequence *s = room_for(1, sizeof(*s));
	int64_t now = f->pipeline.clock->mono();

	*s = (struct sequence){ .field = f, .bus = bus, .station = st, .device = st->device,
	    .due = INT64_MAX, .timer = { .fire = fire } };
	f->sequences.at[f->sequences.n++] = s;
	f->sequences.of[st->device - f->config->devices] = s;
	st->due = now;
	if (is_listed(stopped_names, st->device->conf.name)) {
		s->state = SEQUENCE_STOPPED;
		bus_sleep(bus, st, Q_OUT_OF_SERVICE, now);
	} else if (before->renewal == NULL && starts(s) && sequence_recall(s, now)) {
		resume(s);
	} else if (starts(s)) {
		station_sleep(st);
	} else {
		s->state = SEQUENCE_ON;
	}
}

/* True: the sequence of before goes on with this station. */
static bool
goes_on(struct field_role *f, struct before *before, struct station *st)
{
	const struct renewal *r = before->renewal;
	size_t place = (size_t)(st->device - f->config->devices);
	const struct device *twin = r != NULL ? r->twins[place] : NULL;

	for (size_t i = 0; i < before->n && twin != NULL; i++) {
		struct sequence *s = before->at[i];

		if (s == NULL || s->device != twin || !renewal_goes_on(r, twin))
			continue;
		s->device = st->device;
		s->station = st;
		f->sequences.at[f->sequences.n++] = s;
		f->sequences.of[place] = s;
		before->at[i] = NULL;
		return true;
	}
	return false;
}

static void
take_all(struct field_role *f, struct bus *bus, struct before *before, const char *stopped_names)
{
	int64_t now = f->pipeline.clock->mono();

	bus->follow = follow;
	bus->follower = f;
	for (size_t i = 0; i < bus->nstations; i++) {
		struct station *st = &bus->stations[i];

		if (!has_one(st->device) || goes_on(f, before, st))
			continue;
		take(f, bus, st, before, stopped_names);
		if (link_reachable(&bus->link))
			follow(f, st, STATION_UP, now);
	}
}

static void
fill(struct field_role *f, struct before *before)
{
	struct sequences *all = &f->sequences;
	char text[SLOT_MAX + 1];

	kept_text(all->stopped, text);
	all->at = room_for(sequences_timers(f->config), sizeof(struct sequence *));
	all->of = room_for(f->config->ndevices + 1, sizeof(struct sequence *));
	free(all->records);
	all->records = sequence_room(sequences_timers(f->config));
	all->n = 0;
	for (size_t i = 0; i < f->nbuses; i++)
		take_all(f, f->buses[i], before, text);
}

int
sequences_open(struct field_role *f)
{
	f->sequences.stopped = keeper_file(f->keeper, "stopped", "which devices are stopped", 0);
	f->sequences.past = sequence_past(f->keeper);
	if (f->sequences.stopped == NULL || f->sequences.past == NULL)
		return -1;
	fill(f, &(struct before){ .n = 0 });
	return 0;
}

static void
give_up(struct sequence *s, bool stays, int64_t now)
{
	struct command *c = &s->command;
	bool measures = s->state == SEQUENCE_ON || s->running;

	if (c->asked != 0 && c->ended == 0)
		command_says(c, COMMAND_FAILED, "%s",
		    N_("the configuration of its device changed"));
	if (s->running)
		sequence_fail(s, Q_NO_DATA_YET, now);
	else if (c->asked != 0 && c->ended == 0)
		command_end(c, COMMAND_REFUSED);
	if (measures && !stays && starts(s) && s->device->profile->stop.n > 0 &&
	    s->device->conf.stop_at_end)
		pipeline_warn(&s->field->pipeline, s->device->conf.name,
		    "not stopped: it went from the configuration");
}

void
sequences_give_up(struct field_role *f, const struct renewal *r)
{
	int64_t now = f->pipeline.clock->mono();

	for (size_t i = 0; i < f->sequences.n; i++) {
		struct sequence *s = f->sequences.at[i];

		if (renewal_goes_on(r, s->device))
			continue;
		give_up(s, renewal_has(r, s->device), now);
		loop_disarm(f->loop, &s->timer);
		command_shelter(f, &s->command);
	}
}

void
sequences_renew(struct field_role *f, const struct renewal *r)
{
	struct before before = { .at = f->sequences.at, .n = f->sequences.n, .renewal = r };

	free(f->sequences.of);
	fill(f, &before);
	for (size_t i = 0; i < before.n; i++)
		free(before.at[i]);
	free(before.at);
}

void
sequences_close(struct field_role *f)
{
	for (size_t i = 0; i < f->sequences.n; i++)
		free(f->sequences.at[i]);
	free(f->sequences.at);
	free(f->sequences.of);
	free(f->sequences.records);
}

static void
too_long(struct timer *t, int64_t now)
{
	struct field_role *f = owner_of(t, struct field_role, sequences.limit);

	(void)now;
	log_warn("tidegate: ends although %zu instruments were not stopped",
	    f->sequences.pending);
	loop_stop(f->loop);
}

/* True when there is something to stop. */
static bool
wind_up(struct sequence *s, const char *why, int64_t now)
{
	bool measures = s->state == SEQUENCE_ON || s->running;

	if (s->running && !s->stop) {
		command_says(&s->command, COMMAND_FAILED, "%s", why);
		sequence_fail(s, Q_NO_DATA_YET, now);
	}
	s->due = INT64_MAX;
	s->leaving = true;
	if (s->running)
		return true;		/* its stop */
	s->stop_next = measures && starts(s) && s->device->profile->stop.n > 0 &&
	    s->device->conf.stop_at_end && link_reachable(&s->bus->link);
	arm(s, now);
	return s->stop_next;
}

size_t
sequences_release(struct field_role *f, const struct renewal *r, int64_t now)
{
	struct sequences *all = &f->sequences;
	size_t n = 0;

	for (size_t i = 0; i < all->n; i++)
		if (!renewal_has(r, all->at[i]->device))
			n += wind_up(all->at[i], N_("the configuration of its device changed"),
			    now);
	all->pending = n;
	return n;
}

size_t
sequences_end(struct field_role *f, int64_t now)
{
	struct sequences *all = &f->sequences;
	size_t n = 0;

	if (all->ending)
		return all->pending;
	all->ending = true;
	for (size_t i = 0; i < all->n; i++)
		n += wind_up(all->at[i], N_("the gateway ends"), now);
	all->pending = n;
	all->limit.fire = too_long;
	if (n > 0)
		loop_arm(f->loop, &all->limit, now + SEQUENCES_LIMIT);
	return n;
}

const char *
sequence_word(const struct field_role *f, size_t i)
{
	const struct sequence *s = f->sequences.of[i];

	if (s == NULL)
		return NULL;
	switch (s->state) {
	case SEQUENCE_OFF:
		return s->failures > 0 ? N_("not-started") : N_("starting");
	case SEQUENCE_RESTING:
		return s->running && !s->stop ? N_("starting") : N_("resting");
	case SEQUENCE_STOPPED:
		return N_("stopped");
	case SEQUENCE_ON:
		break;
	}
	return NULL;
}
