#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "../../protocols/pdu.h"
#include "field.h"
#include "sequence.h"

#define STEP_LIMIT	(20 * US_PER_S)	/* then the line has no place for it */
#define AGAIN		US_PER_S
#define TELL_AGAIN	(600 * US_PER_S)	/* within what command_restore looks at */
#define ACCEPTED	5		/* exceptions: it will be done; not now */
#define BUSY		6

static const struct steps *
steps_of(const struct sequence *s)
{
	return s->stop ? &s->device->profile->stop : &s->device->profile->start;
}

static const struct step *
step_of(const struct sequence *s)
{
	return &steps_of(s)->at[s->step];
}

static int64_t
now_of(const struct sequence *s)
{
	return s->field->pipeline.clock->mono();
}

static void
later(struct sequence *s, int64_t at)
{
	loop_arm(s->field->loop, &s->timer, at);
}

static void
enter(struct sequence *s, size_t step, int64_t at)
{
	const struct steps *all = steps_of(s);
	int64_t within;

	s->step = step;
	s->told = 0;
	within = step < all->n && all->at[step].nuntil > 0 ? all->at[step].within : STEP_LIMIT;
	s->deadline = at + within;
	later(s, at);
}

/* Its place among the others is not needed for so long. */
static void
move(struct command *from, struct command *to)
{
	*to = *from;
	from->client = NULL;
	from->asked = 0;
}

/* Its pump and its relays are outputs too. */
static bool
is_locked(struct field_role *f, struct command *c, const struct device *d, int64_t now)
{
	const struct interlock_verdict v = interlock_run(f->config->interlock, d, now);

	return interlock_words(&v, c->why, sizeof(c->why))[0] != '\0';
}

/* What the schedule began is tried again later, or given up at the end. */
static enum command_phase
hold_back(struct command *c, struct sequence *s, bool stop, int64_t now)
{
	if (c != &s->command)
		return COMMAND_REFUSED;
	s->stop = stop;
	s->ordered = false;
	command_end(c, COMMAND_REFUSED);
	sequence_ended(s, false, Q_OUT_OF_SERVICE, now);
	return COMMAND_SENT;
}

static enum command_phase
begin(struct field_role *f, struct command *c, struct sequence *s, bool stop)
{
	bool ordered = c != &s->command;
	int64_t now = f->pipeline.clock->mono();

	if (ordered && s->command.asked != 0)
		return command_later(c, COMMAND_REFUSED, "a start or stop of it is under way");
	if (ordered && !link_reachable(&s->bus->link))
		return command_later(c, COMMAND_REFUSED, "link %s is down",
		    s->device->conf.link);
	if (ordered && !link_obeys(&s->bus->link))
		return command_says(c, COMMAND_REFUSED, "nothing proves who is at the end of "
		    "link %s: give it a token or TLS, where its DTU can, or control = true",
		    s->device->conf.link);
	if (is_locked(f, c, s->device, now))
		return hold_back(c, s, stop, now);
	if (ordered)
		move(c, &s->command);
	s->running = true;
	s->stop = stop;
	s->ordered = ordered;
	s->begun = now;
	enter(s, 0, now);
	return COMMAND_SENT;
}

enum command_phase
sequence_command(struct field_role *f, struct command *c, const struct words *w)
{
	struct device *d = config_device(f->config, w->at[0]);
	bool stop = strcmp(w->at[1], "stop") == 0;
	struct sequence *s;

	if (d == NULL)
		return command_unknown(c, "no such device",
		    config_near_device(f->config, w->at[0]));
	if (!stop && strcmp(w->at[1], "start") != 0)
		return command_says(c, COMMAND_REFUSED, "neither start nor stop");
	if ((stop ? d->profile->stop.n : d->profile->start.n) == 0)
		return command_says(c, COMMAND_REFUSED, stop ? "its profile has no stop" :
		    "its profile has no start");
	s = f->sequences.of[d - f->config->devices];
	if (s == NULL)
		return command_says(c, COMMAND_REFUSED, "it is out of service");
	return begin(f, c, s, stop);
}

static void
finish(struct sequence *s, bool well, enum quality_code code, int64_t now)
{
	s->running = false;
	loop_disarm(s->field->loop, &s->timer);
	command_end(&s->command, well ? COMMAND_DONE : COMMAND_FAILED);
	sequence_ended(s, well, code, now);
}

void
sequence_fail(struct sequence *s, enum quality_code code, int64_t now)
{
	bus_forget(s->bus, s);
	finish(s, false, code, now);
}

/* "step 2 of 3: ..." is what everybody reads who looks for the reason. */
static void
fails(struct sequence *s, enum quality_code code, const char *what, unsigned number)
{
	char text[100];

	snprintf(text, sizeof(text), what, number);
	command_says(&s->command, COMMAND_FAILED, "step %zu of %zu: %s", s->step + 1,
	    steps_of(s)->n, text);
	finish(s, false, code, now_of(s));
}

static void
go_on(struct sequence *s, int64_t now)
{
	int64_t wait = s->leaving ? 0 : step_of(s)->wait;

	enter(s, s->step + 1, now + wait);
}

/* Once more, as long as the step may take. */
static void
again(struct sequence *s, enum quality_code code, const char *what, unsigned number)
{
	const struct step *step = step_of(s);
	int64_t at = now_of(s) + (step->nuntil > 0 ? step->every : AGAIN);

	if (at > s->deadline)
		fails(s, code, what, number);
	else
		later(s, at);
}

static void
answered(struct sequence *s, const struct reply *reply)
{
	unsigned number;

	switch (step_hear(step_of(s), reply->data, reply->len, &number)) {
	case STEP_SAYS_DONE:
		go_on(s, now_of(s));
		break;
	case STEP_SAYS_WAIT:
		again(s, Q_SENSOR_FAILURE, "not ready in time, it says %u", number);
		break;
	case STEP_SAYS_FAILED:
		fails(s, Q_SENSOR_FAILURE, "it says %u, that it failed", number);
		break;
	}
}

/* Gas came amidst: what it was to switch next stays as it is. */
static void
refused(struct sequence *s)
{
	int64_t now = now_of(s);

	s->locked = s->running = false;
	loop_disarm(s->field->loop, &s->timer);
	command_end(&s->command, COMMAND_REFUSED);
	sequence_ended(s, false, Q_OUT_OF_SERVICE, now);
}

/* What is sent once is never repeated, for it may have been obeyed; but busy
 * says that it was not. */
static void
heard(void *arg, const struct reply *reply)
{
	struct sequence *s = arg;
	bool repeated = step_of(s)->nuntil > 0;

	switch (reply->status) {
	case REPLY_OK:
		answered(s, reply);
		break;
	case REPLY_EXCEPTION:
		if (reply->exception == ACCEPTED && !repeated)
			go_on(s, now_of(s));
		else if (reply->exception == ACCEPTED || reply->exception == BUSY)
			again(s, Q_REFUSED, "the device refuses: exception %u",
			    reply->exception);
		else
			fails(s, Q_REFUSED, "the device refuses: exception %u",
			    reply->exception);
		break;
	case REPLY_TIMEOUT:
		if (repeated)
			again(s, Q_COMM_FAILURE, "no answer", 0);
		else
			fails(s, Q_COMM_FAILURE, "no answer", 0);
		break;
	case REPLY_LOST:
		if (s->locked) {
			refused(s);
			break;
		}
		fails(s, Q_COMM_FAILURE, "the line went down, or had no place", 0);
		break;
	}
}

/* Gas may have come since it began.  To ask whether it is done switches nothing. */
static bool
may_go(void *arg, int64_t now)
{
	struct sequence *s = arg;
	const struct step *step = step_of(s);

	s->locked = (step->nuntil == 0 || step->function > 4) &&
	    is_locked(s->field, &s->command, s->device, now);
	return !s->locked;
}

/* Each step is an entry, and one that goes on for long is said again. */
static void
sent(void *arg, int64_t now)
{
	struct sequence *s = arg;
	const struct step *step = step_of(s);

	if (s->stop)
		station_sleep(s->station);
	if (s->told != 0 && now - s->told < TELL_AGAIN)
		return;
	s->told = now;
	command_says(&s->command, COMMAND_SENT, "step %zu of %zu: function %u, register 0x%04X",
	    s->step + 1, steps_of(s)->n, step->function, step->number);
	command_note(&s->command, COMMAND_SENT, COMMIT_WAITED);
	s->command.why[0] = '\0';
}

static void
ask(struct sequence *s, int64_t now)
{
	struct errand e = { .expires = now + STEP_LIMIT, .may = may_go, .sent = sent,
	    .done = heard, .owner = s };

	step_ask(steps_of(s), s->step, s->device->address, &e.ask);
	e.ask.timeout = s->device->conf.timeout;
	e.ask.loopback = s->device->profile->loopback;
	if (!link_reachable(&s->bus->link))
		fails(s, Q_COMM_FAILURE, "the line is down", 0);
	else if (s->bus->suspended || bus_errand(s->bus, &e) < 0)
		again(s, Q_COMM_FAILURE, "the line has no place", 0);
}

void
sequence_step(struct sequence *s, int64_t now)
{
	if (s->step < steps_of(s)->n) {
		ask(s, now);
		return;
	}
	command_says(&s->command, COMMAND_DONE, "%.1f s", (double)(now - s->begun) / US_PER_S);
	finish(s, true, Q_GOOD, now);
}
