#include <stdio.h>
#include <string.h>

#include "../../protocols/at_session.h"
#include "field.h"

#define AT_SPARE	(30 * US_PER_S)	/* for a line that is busy */
#define POWER_LIMIT	(120 * US_PER_S)	/* for a supply to be on again */

static void	tell_modem(struct cure *, int64_t now);

static void
reconnect(struct cure *c, int64_t now)
{
	const struct strings *uplinks = &c->conf->uplinks;
	char words[NAME_MAX_BYTES + 16];

	for (size_t i = 0; c->field->cures.forward != NULL && i < uplinks->n; i++) {
		int n = snprintf(words, sizeof(words), "reconnect %s", uplinks->at[i]);

		control_answer(c->field->cures.forward, MESSAGE_ERRAND, 0, 0, words, (size_t)n);
	}
	if (c->field->cures.forward == NULL)
		snprintf(c->why, sizeof(c->why), "the role that sends is not there");
	cures_done(c, c->field->cures.forward != NULL, now);
}

static void
modem_answered(void *owner, const struct reply *reply)
{
	struct cure *c = owner;
	const char *command = cure_command(c->step, c->command);
	int n = (int)(reply->len < 60 ? reply->len : 60);

	c->command++;
	/* one that begins anew takes its line with it */
	c->well = reply->status == REPLY_OK ||
	    (reply->status == REPLY_LOST && reply->asked != 0);
	if (reply->status == REPLY_EXCEPTION)
		snprintf(c->why, sizeof(c->why), "%.60s: %.*s", command, n,
		    reply->data != NULL ? (const char *)reply->data : "");
	else if (!c->well)
		snprintf(c->why, sizeof(c->why), "%.60s: %s", command,
		    reply->status == REPLY_TIMEOUT ? "no answer" : "the line is down");
	tell_modem(c, reply->heard);
}

/* One after the other, whatever became of those before: the last one brings it
 * back into the network. */
static void
tell_modem(struct cure *c, int64_t now)
{
	const char *command = cure_command(c->step, c->command);
	const struct device *d = config_device(c->field->config, c->conf->modem);
	struct bus *bus = d != NULL ? field_bus(c->field, d->conf.link) : NULL;
	struct errand e = { .expires = now + c->step->timeout + AT_SPARE,
	    .done = modem_answered, .owner = c };
	uint8_t room[AT_COMMAND_MAX + 2];

	if (command == NULL) {
		cures_done(c, c->well, now);
		return;
	}
	if (bus != NULL && at_command(command, c->step->timeout, room, &e.ask) == 0) {
		memcpy(e.ask.address, d->address, sizeof(e.ask.address));
		if (bus_errand(bus, &e) == 0)
			return;
	}
	snprintf(c->why, sizeof(c->why), "%.60s: the line of %.60s is down", command,
	    c->conf->modem);
	cures_done(c, false, now);
}

static void
bus_answered(struct bus_call *call, const char *why, int64_t now)
{
	struct cure *c = owner_of(call, struct cure, call);

	snprintf(c->why, sizeof(c->why), "%s", why);
	cures_done(c, why[0] == '\0', now);
}

static void
call_system(struct cure *c, int64_t now)
{
	struct loop *loop = c->field->loop;

	c->call.done = bus_answered;
	if ((c->step->action == CURE_REBOOT ? bus_call_reboot(&c->call, loop, now) :
	    bus_call_restart(&c->call, loop, c->step->unit, now)) == 0)
		return;
	snprintf(c->why, sizeof(c->why), "%s", c->call.why);
	cures_done(c, false, now);
}

/* Gas may have come while its entry became durable. */
static bool
is_held(struct cure *c, int64_t now)
{
	if (!cure_is_grave(c->step->action) || !cures_life(c->field))
		return false;
	snprintf(c->why, sizeof(c->why), "an alarm of class life is active");
	cures_done(c, false, now);
	return true;
}

void
cures_act(struct cure *c, int64_t now)
{
	c->doing = CURE_ACTS;
	c->acts_since = now;
	c->command = 0;
	c->well = true;
	if (is_held(c, now))
		return;
	switch (c->step->action) {
	case CURE_RECONNECT:
		reconnect(c, now);
		break;
	case CURE_REDIAL:
	case CURE_CFUN:
		if (c->step->unit[0] != '\0')
			call_system(c, now);
		else
			tell_modem(c, now);
		break;
	case CURE_POWER:
		if (!rail_cut(c, now))
			cures_done(c, false, now);
		break;
	case CURE_REBOOT:
		call_system(c, now);
		break;
	}
}

void
cures_tend(struct cure *c, int64_t now)
{
	if (c->doing != CURE_ACTS || c->step->action != CURE_POWER ||
	    now - c->acts_since < c->step->off + POWER_LIMIT)
		return;
	snprintf(c->why, sizeof(c->why), "%s is not on again: it goes on being tried",
	    c->step->output);
	cures_done(c, false, now);
}

void
cures_let_go(struct cure *c)
{
	bus_call_forget(&c->call);
	for (size_t i = 0; i < c->field->nbuses; i++)
		bus_forget(c->field->buses[i], c);
}
