#include <stdio.h>
#include <string.h>

#include "../log.h"
#include "field.h"

#define RAIL_AGAIN	(5 * US_PER_S)	/* until it is on; longer each time, */
#define RAIL_TRIES	12		/* up to so many of these */
#define WRITE		"write "
#define WRITE_SPAN	"20s"

struct rail *
rail_of(struct field_role *f, const char *output)
{
	for (size_t i = 0; i < RAILS_MAX; i++)
		if (strcmp(f->cures.rails[i].output, output) == 0)
			return &f->cures.rails[i];
	return NULL;
}

static bool
write_to(struct field_role *f, const struct rail *r, int value)
{
	char words[COMMAND_BYTES];

	snprintf(words, sizeof(words), WRITE "%s %d " WRITE_SPAN " " CURE_SOURCE "%s",
	    r->output, value, r->cure);
	return command_of_cure(f, r->cure, words);
}

/* That it will have to be switched on is kept before it is switched off. */
bool
rail_cut(struct cure *c, int64_t now)
{
	struct field_role *f = c->field;
	const struct cure_step *s = c->step;
	struct rail *r = rail_of(f, s->output);

	if (r == NULL || r->asked || strcmp(r->cure, c->conf->name) != 0) {
		snprintf(c->why, sizeof(c->why), "%s is being switched already", s->output);
		return false;
	}
	r->cutting = true;
	r->asked = write_to(f, r, (int)s->off_value);
	r->cutting = r->asked;
	if (r->asked)
		r->at = now + s->off;
	else
		snprintf(c->why, sizeof(c->why), "no place for a command, or the store takes "
		    "nothing");
	return r->asked;
}

static struct cure *
cure_of(struct field_role *f, const char *name)
{
	for (size_t i = 0; i < f->cures.n; i++)
		if (strcmp(f->cures.at[i].conf->name, name) == 0)
			return &f->cures.at[i];
	return NULL;
}

/* The cure that waits for this supply; NULL: none does. */
static struct cure *
waiting_for(struct field_role *f, const struct rail *r)
{
	struct cure *c = cure_of(f, r->cure);

	return c != NULL && c->doing == CURE_ACTS && c->step->action == CURE_POWER &&
	    strcmp(c->step->output, r->output) == 0 ? c : NULL;
}

static void
is_on(struct field_role *f, struct rail *r, int64_t now)
{
	struct cure *c = waiting_for(f, r);

	*r = (struct rail){ .at = 0 };
	cures_keep(f);
	if (c != NULL)
		cures_done(c, c->well, now);
}

static void
was_cut(struct field_role *f, struct rail *r, const struct command *cmd, int64_t now)
{
	struct cure *c = waiting_for(f, r);

	r->cutting = false;
	if (c != NULL && cmd->phase != COMMAND_DONE) {
		c->well = false;
		snprintf(c->why, sizeof(c->why), "not switched off: %.120s", cmd->why);
	}
	if (cmd->phase == COMMAND_REFUSED || cmd->phase == COMMAND_EXPIRED)
		is_on(f, r, now);		/* nothing was sent */
	else if (cmd->phase == COMMAND_DONE && c != NULL)
		r->at = now + c->step->off;
	else					/* whether it took effect is not known */
		r->at = now;
}

/* A cure may have had another output before, which is to be switched on yet. */
static bool
is_of(const struct rail *r, const struct command *cmd)
{
	size_t n = strlen(r->output);

	return r->asked && strcmp(r->cure, cmd->source + strlen(CURE_SOURCE)) == 0 &&
	    strncmp(cmd->words, WRITE, strlen(WRITE)) == 0 &&
	    strncmp(cmd->words + strlen(WRITE), r->output, n) == 0 &&
	    cmd->words[strlen(WRITE) + n] == ' ';
}

/* NULL: it is of none. */
static struct rail *
rail_in(struct field_role *f, const struct command *cmd)
{
	for (size_t i = 0; i < RAILS_MAX; i++)
		if (is_of(&f->cures.rails[i], cmd))
			return &f->cures.rails[i];
	return NULL;
}

bool
rail_may(struct field_role *f, struct command *cmd)
{
	const struct rail *r = rail_in(f, cmd);

	if (r == NULL || !r->cutting || !cures_life(f))
		return true;
	command_says(cmd, COMMAND_REFUSED, "an alarm of class life is active");
	return false;
}

void
rail_ended(struct field_role *f, const struct command *cmd)
{
	int64_t now = f->pipeline.clock->mono();
	struct rail *r = rail_in(f, cmd);

	if (r == NULL)
		return;
	r->asked = false;
	if (r->cutting)
		was_cut(f, r, cmd, now);
	else if (cmd->phase == COMMAND_DONE)
		is_on(f, r, now);
	else
		r->at = now + RAIL_AGAIN * (r->tries < RAIL_TRIES ? ++r->tries : RAIL_TRIES);
}

/* When its time is over, or as soon as a life may hang on it. */
void
rails_tend(struct field_role *f, int64_t now)
{
	bool life = cures_life(f);

	for (size_t i = 0; i < RAILS_MAX; i++) {
		struct rail *r = &f->cures.rails[i];

		if (r->output[0] == '\0' || r->asked || (now < r->at && !life))
			continue;
		if (r->at == INT64_MAX)
			continue;		/* it is not off yet */
		if (life && now < r->at && r->at - now > RAIL_AGAIN)
			log_info("cure %s: %s: on early: an alarm of class life", r->cure,
			    r->output);
		r->at = now + RAIL_AGAIN;
		r->asked = write_to(f, r, r->on);
	}
}
