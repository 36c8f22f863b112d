#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "../journal/reader.h"
#include "../log.h"
#include "field.h"
#include "remember.h"

#define OPEN_MAX	64		/* commands that can be left open */
#define LOOK_BACK	(15 * 60 * MS_PER_S)	/* none is silent for that long */
#define STEP		4096		/* seq; the first step back */

/* A command that was asked and has no end yet. */
struct left {
	uint64_t	asked;		/* 0: free */
	uint32_t	series;
	bool		sent;
	struct value	value;
	char		source[SOURCE_BYTES];
};

struct lefts {
	struct left	at[OPEN_MAX];
	size_t		next;		/* where the next one goes: the oldest yields */
};

static struct left *
find(struct lefts *all, uint64_t asked)
{
	for (size_t i = 0; i < OPEN_MAX; i++)
		if (all->at[i].asked == asked)
			return &all->at[i];
	return NULL;
}

static void
keep(struct lefts *all, const struct command_entry *c, uint64_t asked, bool sent)
{
	struct left *l = &all->at[all->next];

	*l = (struct left){ .asked = asked, .series = c->series, .sent = sent,
	    .value = c->value };
	snprintf(l->source, sizeof(l->source), "%s",
	    c->source != NULL ? c->source : COMMAND_CONTROL);
	all->next = (all->next + 1) % OPEN_MAX;
}

static void
take(struct lefts *all, const struct entry *e)
{
	const struct command_entry *c = &e->command;
	struct left *l = c->phase == COMMAND_ASKED ? NULL : find(all, c->id);

	if (c->phase == COMMAND_ASKED) {
		keep(all, c, e->seq, false);
	} else if (l != NULL && c->phase == COMMAND_SENT) {
		l->sent = true;
	} else if (c->phase == COMMAND_SENT) {	/* a long run that was asked before */
		keep(all, c, c->id, true);
	} else if (l != NULL) {
		l->asked = 0;
	}
}

/* When the first entry from a seq on was stored; INT64_MIN: there is none. */
static int64_t
stored_at(struct reader *r, uint64_t seq, uint64_t limit)
{
	struct entry e;
	struct gap gap;

	reader_seek(r, LANE_TELEMETRY, seq);
	for (;;) {
		switch (reader_next(r, limit, &e, &gap)) {
		case READ_ENTRY:
			return e.stored;
		case READ_GAP:
			break;
		case READ_END:
		case READ_FAILED:
			return INT64_MIN;
		}
	}
}

/* A seq before everything that a command still open can have left. */
static uint64_t
begin_at(struct reader *r, uint64_t limit)
{
	uint64_t first, last, step = STEP;
	int64_t newest;

	reader_range(r, LANE_TELEMETRY, &first, &last);
	if (limit <= first)
		return first;
	newest = stored_at(r, limit, limit);
	for (; limit - first > step; step *= 2)
		if (stored_at(r, limit - step, limit) < newest - LOOK_BACK)
			return limit - step;
	return first;
}

static void
look_through(struct reader *r, uint64_t limit, struct lefts *all, struct remember *readings)
{
	enum read_result rc;
	struct entry e;
	struct gap gap;

	reader_seek(r, LANE_TELEMETRY, begin_at(r, limit));
	while ((rc = reader_next(r, limit, &e, &gap)) == READ_ENTRY || rc == READ_GAP)
		if (rc == READ_ENTRY && e.kind == ENTRY_COMMAND)
			take(all, &e);
		else if (rc == READ_ENTRY && e.kind == ENTRY_READING)
			remember_take(readings, &e);
	if (rc == READ_FAILED)
		log_err("store: commands before the start cannot be read: %s",
		    strerrordesc_np(errno));
}

static void
give_end(struct field_role *f, const struct left *l)
{
	const struct entry e = { .kind = ENTRY_COMMAND, .command = { .id = l->asked,
	    .series = l->series, .value = l->value, .source = l->source,
	    .phase = l->sent ? COMMAND_FAILED : COMMAND_EXPIRED,
	    .why = l->sent ? "the gateway stopped before it was read back; whether it took "
	    "effect is not known" : "the gateway stopped before it was finished; it is not "
	    "sent any more, unless it left just before" } };

	log_warn("command: %" PRIu64 ": %s", l->asked, e.command.why);
	pipeline_append(&f->pipeline, &e, COMMIT_WAITED);
}

void
command_restore(struct field_role *f)
{
	uint64_t limit = journal_durable(f->journal).seq[LANE_TELEMETRY];
	struct reader *r = reader_open(f->disk);
	struct lefts all = { .next = 0 };
	struct remember readings;

	if (r == NULL || limit == 0) {
		if (r != NULL)
			reader_close(r);
		return;
	}
	remember_open(&readings, f);
	look_through(r, limit, &all, &readings);
	remember_close(&readings);
	reader_close(r);
	for (size_t i = 0; i < OPEN_MAX; i++)
		if (all.at[i].asked != 0)
			give_end(f, &all.at[i]);
}
