#include <stddef.h>

#include "action.h"

#define AT(field)	offsetof(struct action_conf, field)
#define TRY_LEAST	(INT64_C(1000000) / 2)	/* us: to write and read back once */
#define HELD_BACK	(ALARM_OUT_OF_SERVICE | ALARM_REMOVED | ALARM_MAINTENANCE)

static const char *const edges[] = {
	[ACTION_ENTER] = "enter", [ACTION_LEAVE] = "leave", NULL
};

const struct key action_keys[] = {
	{ .name = "output", .type = KEY_STRING, .offset = AT(output),
	  .example = "\"relay.relay1\"",
	  .help = "What is switched, as conditions name points: of a device of the same site, "
	  "else of one of that name." },
	{ .name = "value", .type = KEY_STRING, .offset = AT(value),
	  .example = "\"on\"",
	  .help = "What is written there: a figure, \"on\", \"off\" or the name of a state." },
	{ .name = "at", .type = KEY_CHOICE, .offset = AT(at), .fallback = "enter",
	  .names = edges,
	  .help = "When the alarm comes, or when it goes; one that latches goes with its reset." },
	{ .name = "within", .type = KEY_SPAN, .offset = AT(within), .fallback = "10s",
	  .min = 1e6, .max = 60e6,
	  .help = "By then it reads back as written, else the alarm sys.disobeyed is raised." },
	{ .name = "tries", .type = KEY_INT, .offset = AT(tries), .fallback = "3",
	  .min = 1, .max = 10,
	  .help = "So often it is written within that time, as long as it does not read back." },
	{ .name = "insist", .type = KEY_SPAN, .offset = AT(insist), .fallback = "1min",
	  .min = 10e6, .max = 3600e6,
	  .help = "Where all tries failed it is ordered again this often while the alarm "
	  "stands; only the close of a gas valve, and what is explosion_proof." },
	{ .name = "repeat", .type = KEY_BOOL, .offset = AT(repeat), .fallback = "false",
	  .help = "It is done again after a start of the gateway, if the alarm still stands; "
	  "the close of a gas valve always is." },
	{ .name = NULL }
};

int
action_check(const struct action_conf *a, const struct place *rule, const char *name,
    struct errs *errs)
{
	const struct place *at = a->place.file != NULL ? &a->place : rule;

	if (a->output == NULL || a->value == NULL)
		return -1;		/* it was told */
	if (a->within / a->tries < TRY_LEAST)
		return err_add(errs, at->file, at->line, "%s: do: %s: so many tries have no "
		    "time to be read back: half a second each within \"within\"", name,
		    a->output);
	if (a->repeat && a->at == ACTION_LEAVE)
		return err_add(errs, at->file, at->line, "%s: do: %s: repeat is for what is "
		    "done at \"enter\": what is over is not done again", name, a->output);
	return 0;
}

static bool
is_on(const struct alarm *a)
{
	return a->active || a->held;
}

bool
acting_stands(const struct acting *is, const struct alarm *a)
{
	return is->done && !is->unsure && is_on(a) && !(a->masks & HELD_BACK);
}

enum action_due
acting_step(struct acting *is, const struct alarm *a)
{
	if (is->unsure || (a->masks & HELD_BACK) || is_on(a) == is->done)
		return DUE_NOTHING;
	is->done = is_on(a);
	return is->done ? DUE_ENTER : DUE_LEAVE;
}

void
acting_restore(struct acting *is, const struct alarm *a)
{
	*is = (struct acting){ .done = is_on(a) && !(a->masks & HELD_BACK), .unsure = true };
}

enum action_due
acting_known(struct acting *is, const struct alarm *a)
{
	bool was = is->done;
	enum action_due due;

	if (!is->unsure)
		return DUE_NOTHING;
	is->unsure = false;
	due = acting_step(is, a);
	return due == DUE_NOTHING && was && a->active && !(a->masks & HELD_BACK) ? DUE_AGAIN :
	    due;
}
