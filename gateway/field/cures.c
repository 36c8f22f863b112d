#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../log.h"
#include "../room.h"
#include "../text.h"
#include "field.h"

size_t
cures_timers(const struct config *c)
{
	return c->ncures;
}

static void
fill_now(const struct cure *c, struct ladder_now *n, int64_t now)
{
	*n = (struct ladder_now){ .mono = now, .wall = c->field->pipeline.clock->wall(),
	    .boot = c->field->boot, .line = c->line, .life = cures_life(c->field) };
}

/* Latched is active: nobody looked at the spot yet. */
bool
cures_life(const struct field_role *f)
{
	struct alarm_change a;

	for (size_t i = 0; rules_standing(f->rules, i, &a); i++)
		if (a.rule->class == CLASS_LIFE && (a.alarm->active || a.alarm->held))
			return true;
	return false;
}

/* An entry of the journal, and a line of the log.  Its seq; 0: the store takes
 * nothing. */
static uint64_t
record(struct cure *c, const char *step, const char *phase, const char *why)
{
	char key[NAME_MAX_BYTES + 48], safe[2 * sizeof(c->why)];
	const struct entry e = { .kind = ENTRY_RECORD, .record = { .kind = CURE_RECORD,
	    .key = key, .nfields = 4, .fields = { { "cure", c->conf->name },
	    { "step", step }, { "phase", phase }, { "why", why } } } };

	snprintf(key, sizeof(key), "%s/%" PRId64 "/%s", c->conf->name,
	    c->field->pipeline.clock->wall(), phase);
	log_info("cure %s: %s%s%s%s%s", c->conf->name, step, step[0] != '\0' ? ": " : "", phase,
	    why[0] != '\0' ? ": " : "", log_safe(why, safe, sizeof(safe)));
	return pipeline_append(&c->field->pipeline, &e, COMMIT_ALARM);
}

static void
tell_of(struct cure *c, enum ladder_word word, const struct ladder_now *n,
    const struct cure_step *s)
{
	char why[160] = "";

	switch (word) {
	case LADDER_DEAD:
		snprintf(why, sizeof(why), "nothing was delivered for %lld s",
		    (long long)(c->conf->dead / US_PER_S));
		record(c, "", "dead", why);
		break;
	case LADDER_HELD:
		record(c, cure_names[s->action], "held", "an alarm of class life is active");
		break;
	case LADDER_SPENT:
		snprintf(why, sizeof(why), "done %zu times of late, as often as it may be",
		    ladder_taken(&c->ladder, s, n));
		record(c, cure_names[s->action], "spent", why);
		break;
	case LADDER_RESTS:
		snprintf(why, sizeof(why), "all steps were tried; again in %lld s",
		    (long long)(c->conf->again / US_PER_S));
		record(c, "", "rests", why);
		break;
	case LADDER_CURED:
		snprintf(why, sizeof(why), "after %lld s",
		    (long long)((n->mono - c->ladder.since) / US_PER_S));
		record(c, c->ladder.last >= 0 ? cure_names[c->ladder.last] : "", "cured", why);
		c->why[0] = '\0';
		break;
	case LADDER_TAKE:
	case LADDER_QUIET:
		break;
	}
}

/* Of a supply that is switched off it is kept before that it is. */
static bool
note_rail(struct cure *c)
{
	struct rail *r;

	if (c->step->action != CURE_POWER || rail_of(c->field, c->step->output) != NULL)
		return true;
	r = rail_of(c->field, "");
	if (r == NULL)
		return false;
	*r = (struct rail){ .on = !c->step->off_value, .at = INT64_MAX };
	snprintf(r->output, sizeof(r->output), "%s", c->step->output);
	snprintf(r->cure, sizeof(r->cure), "%s", c->conf->name);
	return true;
}

/* What cannot be kept is done all the same, as long as it is mild. */
static void
take(struct cure *c, const struct cure_step *s, int64_t now)
{
	bool noted;

	c->step = s;
	c->why[0] = '\0';
	c->doing = CURE_RECORDED;
	noted = note_rail(c);
	c->seq = record(c, cure_names[s->action], "begun", "");
	c->kept = cures_keep(c->field);
	if (c->seq != 0 && c->kept != 0 && noted)
		return;
	if (!cure_is_grave(s->action)) {
		cures_act(c, now);
		return;
	}
	c->doing = CURE_ACTS;
	snprintf(c->why, sizeof(c->why), "it cannot be kept that it was done");
	cures_done(c, false, now);
}

/* It stays off by nobody: what was never cut needs no switching on. */
static void
drop_rail(struct cure *c)
{
	struct rail *r = c->step->action == CURE_POWER ? rail_of(c->field, c->step->output) :
	    NULL;

	if (r == NULL || r->at != INT64_MAX)
		return;
	*r = (struct rail){ .at = 0 };
	cures_keep(c->field);
}

void
cures_done(struct cure *c, bool well, int64_t now)
{
	if (c->doing == CURE_NOTHING)
		return;
	drop_rail(c);
	c->doing = CURE_NOTHING;
	record(c, cure_names[c->step->action], well ? "done" : "failed", c->why);
	ladder_ended(&c->ladder, well, now);
}

static void
turn(struct cure *c, int64_t now)
{
	const struct cure_step *s;
	enum ladder_word word;
	struct ladder_now n;

	c->line = LINE_UNKNOWN;
	for (size_t i = 0; i < c->conf->uplinks.n; i++)
		c->line = line_both(c->line, far_state(&c->watches[i], c->conf->dead, now));
	fill_now(c, &n, now);
	while (c->doing == CURE_NOTHING &&
	    (word = ladder_turn(&c->ladder, &n, &s)) != LADDER_QUIET) {
		if (word == LADDER_TAKE)
			take(c, s, now);
		else
			tell_of(c, word, &n, s);
	}
	cures_tend(c, now);
}

void
cures_second(struct field_role *f, int64_t now)
{
	for (size_t i = 0; i < f->cures.n; i++)
		turn(&f->cures.at[i], now);
	cures_go_on(f, now);
	rails_tend(f, now);
}

void
cures_go_on(struct field_role *f, int64_t now)
{
	for (size_t i = 0; i < f->cures.n; i++) {
		struct cure *c = &f->cures.at[i];

		if (c->doing != CURE_RECORDED || c->seq > f->durable.seq[LANE_ALARM] ||
		    kept_result(f->cures.kept, c->kept) == KEPT_OWED)
			continue;
		if (cure_is_grave(c->step->action) &&
		    kept_result(f->cures.kept, c->kept) == KEPT_FAILED) {
			snprintf(c->why, sizeof(c->why),
			    "it cannot be kept that it was done");
			cures_done(c, false, now);
			continue;
		}
		cures_act(c, now);
	}
}

void
cures_hear(struct field_role *f, const char *uplink, uint64_t delivered, bool owes)
{
	int64_t now = f->pipeline.clock->mono();

	for (size_t i = 0; i < f->cures.n; i++) {
		struct cure *c = &f->cures.at[i];

		for (size_t k = 0; k < c->conf->uplinks.n; k++)
			if (strcmp(c->conf->uplinks.at[k], uplink) == 0)
				far_hear(&c->watches[k], delivered, owes, now);
	}
}

void
cures_ended(struct field_role *f, const struct command *cmd)
{
	rail_ended(f, cmd);
}

/* What is off stays noted, and is switched on. */
static void
give_up(struct cure *c, int64_t now)
{
	struct rail *r;

	cures_let_go(c);
	if (c->doing == CURE_NOTHING)
		return;
	r = c->step->action == CURE_POWER ? rail_of(c->field, c->step->output) : NULL;
	if (r != NULL && r->at != INT64_MAX)
		r->at = now;
	snprintf(c->why, sizeof(c->why), "given up: the configuration changes, or the gateway "
	    "ends");
	cures_done(c, false, now);
}

void
cures_give_up(struct field_role *f)
{
	for (size_t i = 0; i < f->cures.n; i++)
		give_up(&f->cures.at[i], f->pipeline.clock->mono());
}

static void
free_all(struct cures *all)
{
	for (size_t i = 0; i < all->n; i++)
		free(all->at[i].watches);
	free(all->at);
	all->at = NULL;
	all->n = 0;
}

/* A cure of before: how its uplinks fare is known. */
static void
take_over(struct cure *c, const struct cure *was)
{
	memcpy(c->ladder.past, was->ladder.past, sizeof(c->ladder.past));
	for (size_t i = 0; i < c->conf->uplinks.n; i++)
		for (size_t k = 0; k < was->conf->uplinks.n; k++)
			if (strcmp(c->conf->uplinks.at[i], was->conf->uplinks.at[k]) == 0)
				c->watches[i] = was->watches[k];
}

void
cures_renew(struct field_role *f, int64_t now)
{
	struct cures was = f->cures, *all = &f->cures;
	const struct config *conf = f->config;

	(void)now;
	all->n = conf->ncures;
	all->at = room_for(all->n + 1, sizeof(*all->at));
	for (size_t i = 0; i < all->n; i++) {
		struct cure *c = &all->at[i];

		c->field = f;
		c->conf = &conf->cures[i];
		c->watches = room_for(c->conf->uplinks.n + 1, sizeof(*c->watches));
		ladder_renew(&c->ladder, c->conf);
	}
	if (was.at == NULL)
		cures_recall(f);
	for (size_t i = 0; i < all->n; i++)
		for (size_t k = 0; k < was.n; k++)
			if (strcmp(all->at[i].conf->name, was.at[k].conf->name) == 0)
				take_over(&all->at[i], &was.at[k]);
	free_all(&was);
}

void
cures_close(struct field_role *f)
{
	cures_give_up(f);
	free_all(&f->cures);
}

static void
write_taken(const struct cure *c, const struct ladder_now *n, char *text, size_t size)
{
	const struct cure_step *steps = c->conf->steps.at;
	size_t at = 0;

	text[0] = '\0';
	for (size_t i = 0; i < c->conf->steps.n && at < size; i++)
		at += (size_t)snprintf(text + at, size - at, "%s%s %zu/%lld", i > 0 ? ", " : "",
		    cure_names[steps[i].action], ladder_taken(&c->ladder, &steps[i], n),
		    (long long)cure_times(&steps[i]));
}

bool
cures_look(const struct field_role *f, size_t i, struct cure_look *look)
{
	static const char *const lines[] = {
		[LINE_UNKNOWN] = N_("unknown"), [LINE_IDLE] = N_("idle"),
		[LINE_DEAD] = N_("dead"), [LINE_ALIVE] = N_("alive"),
	};
	static const char *const states[] = {
		[LADDER_WELL] = N_("ok"), [LADDER_NEXT] = N_("waiting"),
		[LADDER_UNDER_WAY] = N_("curing"), [LADDER_RESTING] = N_("resting"),
	};
	const struct cure *c = i < f->cures.n ? &f->cures.at[i] : NULL;
	int64_t now = f->pipeline.clock->mono();
	struct ladder_now n;
	bool well;

	if (c == NULL)
		return false;
	fill_now(c, &n, now);
	well = c->ladder.state == LADDER_WELL;
	*look = (struct cure_look){ .name = c->conf->name, .line = lines[c->line],
	    .state = states[c->ladder.state], .why = c->why,
	    .step = !well && c->ladder.last >= 0 ? cure_names[c->ladder.last] : "",
	    .dead = well ? 0 : now - c->ladder.since };
	if (!well && c->ladder.state != LADDER_UNDER_WAY && c->ladder.at > now)
		look->next = c->ladder.at - now;
	write_taken(c, &n, look->taken, sizeof(look->taken));
	return true;
}
