#include <stdio.h>

#include "../../conf/span.h"
#include "../../rules/switched.h"
#include "field.h"

#define UNSTORED_WAIT	(2 * US_PER_S)	/* for the store to take the close of a valve */

/* It is the output that must rest, not the command. */
static bool
is_early(const struct field_role *f, const struct rule_order *o, int64_t now, int64_t *until)
{
	const struct interlock_verdict v = interlock_judge(f->config->interlock, o->device,
	    o->point, o->figure, now);

	*until = v.dwelling.until;
	return v.result == INTERLOCK_TOO_SOON;
}

static void
give(struct field_role *f, const struct rule_order *o, int64_t now)
{
	char words[COMMAND_BYTES], span[32];

	span_write(o->left - o->left % 1000, span, sizeof(span));
	snprintf(words, sizeof(words), "write %s.%s %.9g %s %s", o->device->conf.name,
	    o->point->name, o->figure, span, o->by);
	rules_ordered(f->rules, o->i, now);
	if (!command_of_rule(f, o->rule, words, o->share, o->valve))
		rules_order_end(f->rules, o->series, DRIVE_BUSY, now,
		    f->pipeline.clock->wall());
}

void
action_go(struct field_role *f, int64_t now)
{
	struct rule_order o;
	int64_t until;
	size_t i = 0;

	while (rules_order(f->rules, now, &i, &o))
		if (is_early(f, &o, now, &until))
			rules_order_hold(f->rules, o.i, until);
		else
			give(f, &o, now);
}

static enum drive_end
end_of(const struct command *c)
{
	switch (c->phase) {
	case COMMAND_DONE:
		return DRIVE_OBEYED;
	case COMMAND_REFUSED:
		return c->passing ? DRIVE_BUSY : DRIVE_REFUSED;
	case COMMAND_FAILED:
		return c->passing ? DRIVE_BUSY : DRIVE_FAILED;
	default:
		return DRIVE_FAILED;
	}
}

void
action_ended(struct field_role *f, const struct command *c)
{
	const struct clock *clock = f->pipeline.clock;

	if (c->cures)
		cures_ended(f, c);
	else if (c->ruled)
		rules_order_end(f->rules, c->series, end_of(c), clock->mono(), clock->wall());
	else if (c->series != 0 && c->write.point != NULL && c->phase == COMMAND_DONE)
		rules_overrule(f->rules, c->series, clock->wall());
}

void
action_second(struct field_role *f, int64_t now)
{
	for (size_t i = COMMANDS_MAX; i < COMMANDS_ALL; i++) {
		struct command *c = &f->commands.at[i];

		if (c->asked != 0 && c->urgent && !c->carried &&
		    now - c->begun >= UNSTORED_WAIT)
			command_hurry(c);
	}
}
