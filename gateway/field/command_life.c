#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../../conf/span.h"
#include "../../protocols/word.h"
#include "field.h"

/* What came of it, in words; of a name that is not known the caller tells. */
static enum command_phase
end(struct command *c, enum step_result rc, int64_t most)
{
	char span[32];

	switch (rc) {
	case STEP_DONE:
		return COMMAND_DONE;
	case STEP_NOTHING:
		return command_says(c, COMMAND_REFUSED, "it changes nothing");
	case STEP_FORBIDDEN:
		return command_says(c, COMMAND_REFUSED, "class life is never masked");
	case STEP_TOO_LONG:
		return command_says(c, COMMAND_REFUSED, "it may last %s at the longest",
		    span_write(most, span, sizeof(span)));
	case STEP_UNKNOWN:
	case STEP_FULL:
		break;
	}
	return command_says(c, COMMAND_REFUSED, "too many of them at once");
}

static enum command_phase
end_alarm(struct field_role *f, struct command *c, const struct words *w, enum step_result rc,
    int64_t most)
{
	if (rc != STEP_UNKNOWN)
		return end(c, rc, most);
	if (strcmp(w->at[0], "*") == 0)
		return command_unknown(c, "no such device",
		    config_near_device(f->config, w->at[1]));
	return command_unknown_alarm(f, c, w->at[0], w->at[1]);
}

/* The words are a copy of their command, to be cut as one likes. */
static struct life_order
order(struct field_role *f, const struct words *w, size_t why)
{
	struct life_order o = { .rule = w->at[0], .device = w->at[1], .who = w->who, .why = "",
	    .now = f->pipeline.clock->mono(), .wall = f->pipeline.clock->wall() };

	if (why < WORDS_MAX) {
		word_get(w->at[why]);
		o.why = w->at[why];
	}
	return o;
}

enum command_phase
life_shelve(struct field_role *f, struct command *c, const struct words *w)
{
	struct life_order o = order(f, w, 3);

	if (span_parse(w->at[2], &o.span) != 0)
		return command_says(c, COMMAND_REFUSED, "%s is no span of time", w->at[2]);
	return end_alarm(f, c, w, rules_shelve(f->rules, &o), f->config->life.shelf_max);
}

enum command_phase
life_unshelve(struct field_role *f, struct command *c, const struct words *w)
{
	struct life_order o = order(f, w, WORDS_MAX);

	return end_alarm(f, c, w, rules_unshelve(f->rules, &o), 0);
}

enum command_phase
life_service(struct field_role *f, struct command *c, const struct words *w)
{
	struct life_order o = order(f, w, 3);
	bool out = strcmp(w->at[2], "out") == 0;

	if (!out && strcmp(w->at[2], "in") != 0)
		return command_says(c, COMMAND_REFUSED, "neither out nor in");
	return end_alarm(f, c, w, out ? rules_remove(f->rules, &o) : rules_return(f->rules, &o),
	    0);
}

enum command_phase
life_handle(struct field_role *f, struct command *c, const struct words *w)
{
	struct life_order o = order(f, w, 2);

	if (o.why[0] == '\0')
		return command_says(c, COMMAND_REFUSED, "it must be said what was done");
	return end_alarm(f, c, w, rules_handle(f->rules, &o), 0);
}

/* Whoever comes through an uplink is far away, whatever he says. */
static enum command_phase
maintain(struct field_role *f, struct command *c, const struct words *w)
{
	struct life_order o = order(f, w, 3);
	bool far = strchr(c->source, ':') != NULL;
	bool spot = strcmp(w->at[1], "spot") == 0, on = strcmp(w->at[1], "on") == 0;
	char room[NAME_MAX_BYTES];
	enum step_result rc;

	o.rule = NULL;
	o.device = w->at[0];
	o.local = spot && !far;
	if (!on && !spot && strcmp(w->at[1], "off") != 0)
		return command_says(c, COMMAND_REFUSED, "neither on nor off");
	if (span_parse(w->at[2], &o.span) != 0)
		return command_says(c, COMMAND_REFUSED, "%s is no span of time", w->at[2]);
	rc = on || spot ? rules_maintain(f->rules, &o) : rules_maintained(f->rules, &o);
	if (rc == STEP_DONE && (on || spot) && !o.local)
		return command_says(c, COMMAND_DONE, "done; alarms of class life stay in force");
	if (rc == STEP_UNKNOWN)
		return command_unknown(c, "no such site or device",
		    config_near_scope(f->config, w->at[0], room));
	return end(c, rc, life_maintenance(&f->config->life, o.local));
}

enum command_phase
life_maintain(struct field_role *f, struct command *c, const struct words *w)
{
	enum command_phase phase = maintain(f, c, w);

	c->upkept = phase == COMMAND_DONE ? f->upkept : 0;
	return c->upkept != 0 ? COMMAND_SENT : phase;
}

/* A restart would forget it: it ends now, and alarms are heard.  What ended stays
 * so, and it is said that a restart may think otherwise. */
static enum command_phase
unkept(struct field_role *f, struct command *c, const struct words *w)
{
	const char *why = strerrordesc_np(errno);
	struct life_order o = order(f, w, WORDS_MAX);

	o.rule = NULL;
	o.device = w->at[0];
	if (strcmp(w->at[1], "off") == 0)
		return command_says(c, COMMAND_FAILED,
		    "it ended, but that cannot be stored: %s; a restart would let it go on: "
		    "order its end again when the store has room", why);
	rules_maintained(f->rules, &o);
	return command_says(c, COMMAND_REFUSED, "maintenance cannot be stored: %s; nothing is "
	    "kept silent: order it again when the store has room", why);
}

void
life_go_on(struct field_role *f, struct command *c)
{
	enum kept_result result = kept_result(f->upkeeps, c->upkept);
	char text[COMMAND_BYTES];
	struct words w;

	if (result == KEPT_OWED)
		return;
	c->upkept = 0;
	if (command_words(c, text, &w))
		command_end(c, result == KEPT_GOOD ? COMMAND_DONE : unkept(f, c, &w));
}

bool
life_is(struct field_role *f, const char *rule, const char *device)
{
	struct alarm_change a;

	for (size_t i = 0; rules_standing(f->rules, i, &a); i++)
		if (strcmp(a.rule->name, rule) == 0 && strcmp(a.device->conf.name, device) == 0)
			return a.rule->class == CLASS_LIFE;
	return false;
}
