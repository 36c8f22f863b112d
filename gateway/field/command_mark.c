#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "../text.h"
#include "field.h"

/* 0: the store has no room. */
static uint64_t
record(struct field_role *f, const struct words *w)
{
	char key[2 * NAME_MAX_BYTES];
	const struct entry e = { .kind = ENTRY_RECORD, .record = {
		.kind = strcmp(w->at[1], "calibration") == 0 ? "calibrate" : "maintenance",
		.key = key, .nfields = 3, .fields = {
			{ "device", w->at[0] }, { "state", w->at[2] }, { "who", w->who } } } };

	snprintf(key, sizeof(key), "%s/%" PRId64, w->at[0], f->pipeline.clock->wall());
	/* of the lane that every uplink sends first, at once */
	return pipeline_append(&f->pipeline, &e, COMMIT_ALARM);
}

static uint64_t
turn(struct field_role *f, struct device *d, uint8_t flag, bool on)
{
	return marks_set(f->marks, d, (uint8_t)(on ? d->marks | flag : d->marks & ~flag));
}

static enum command_phase
unstored(struct command *c)
{
	return command_says(c, COMMAND_REFUSED, "marks cannot be stored: %s; none is changed: "
	    "order it again when the store has room", strerrordesc_np(errno));
}

enum command_phase
mark_begin(struct field_role *f, struct command *c, const struct words *w)
{
	struct device *d = config_device(f->config, w->at[0]);
	uint8_t flag = mark_find(w->at[1]);
	bool on = strcmp(w->at[2], "on") == 0;

	if (d == NULL)
		return command_unknown_device(f, c, w->at[0]);
	if (flag == 0 || (!on && strcmp(w->at[2], "off") != 0))
		return command_says(c, COMMAND_REFUSED, "%s", flag == 0 ?
		    "no such mark: maintenance or calibration" : "neither on nor off");
	if (((d->marks & flag) != 0) == on)
		return command_says(c, COMMAND_REFUSED, "it changes nothing");
	c->mark = turn(f, d, flag, on);
	return c->mark != 0 ? COMMAND_SENT : unstored(c);
}

/* Without its record nobody would know who marked it: it is as before then. */
static enum command_phase
end(struct field_role *f, struct command *c, struct words *w, enum kept_result result)
{
	struct device *d = config_device(f->config, w->at[0]);
	enum command_phase phase;

	if (result == KEPT_FAILED)
		phase = unstored(c);
	else if (d == NULL)
		return command_says(c, COMMAND_FAILED, "%s",
		    N_("the configuration of its device changed"));
	else if (record(f, w) != 0)
		return COMMAND_DONE;
	else
		phase = command_later(c, COMMAND_REFUSED, "the store takes nothing");
	if (d != NULL)
		turn(f, d, mark_find(w->at[1]), strcmp(w->at[2], "on") != 0);
	return phase;
}

void
mark_go_on(struct field_role *f, struct command *c)
{
	enum kept_result result = marks_kept(f->marks, c->mark);
	char text[COMMAND_BYTES];
	struct words w;

	if (result == KEPT_OWED)
		return;
	c->mark = 0;
	if (command_words(c, text, &w))
		command_end(c, end(f, c, &w, result));
}
