#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "field.h"
#include "log.h"

#define WORDS_MAX	4

/* The words of a command; who is the rest of the line after the others. */
struct words {
	char	*at[WORDS_MAX];
	char	*who;
};

/* One verb of the command language.  -1: why is filled. */
struct verb {
	const char	*name;
	size_t		 words;		/* between the verb and WHO */
	int		(*run)(struct field_role *, const struct words *, char *why, size_t n);
};

static int
step(struct field_role *f, const struct words *w, enum alarm_event event, char *why, size_t n)
{
	static const char *const said[] = {
		[STEP_NOTHING] = "it changes nothing",
		[STEP_UNKNOWN] = "no such alarm",
		[STEP_FORBIDDEN] = "class life is never masked",
	};
	enum step_result rc = rules_step(f->rules, w->at[0], w->at[1], event, 0, w->who,
	    f->pipeline.clock->wall());

	if (rc == STEP_DONE)
		return 0;
	snprintf(why, n, "%s", said[rc]);
	return -1;
}

static int
run_ack(struct field_role *f, const struct words *w, char *why, size_t n)
{
	return step(f, w, ALARM_EV_ACK, why, n);
}

static int
run_reset(struct field_role *f, const struct words *w, char *why, size_t n)
{
	return step(f, w, ALARM_EV_RESET, why, n);
}

static struct device *
device_find(struct field_role *f, const char *name)
{
	for (size_t i = 0; i < f->config->ndevices; i++)
		if (strcmp(f->config->devices[i].conf.name, name) == 0)
			return &f->config->devices[i];
	return NULL;
}

static void
record_mark(struct field_role *f, const struct words *w)
{
	char key[2 * NAME_MAX_BYTES];
	const struct entry e = { .kind = ENTRY_RECORD, .record = {
		.kind = strcmp(w->at[1], "calibration") == 0 ? "calibrate" : "maintenance",
		.key = key, .nfields = 3, .fields = {
			{ "device", w->at[0] }, { "state", w->at[2] }, { "who", w->who } } } };

	snprintf(key, sizeof(key), "%s/%" PRId64, w->at[0], f->pipeline.clock->wall());
	pipeline_append(&f->pipeline, &e, COMMIT_WAITED);
}

static int
run_mark(struct field_role *f, const struct words *w, char *why, size_t n)
{
	struct device *d = device_find(f, w->at[0]);
	uint8_t flag = mark_find(w->at[1]);
	bool on = strcmp(w->at[2], "on") == 0;

	if (d == NULL || flag == 0 || (!on && strcmp(w->at[2], "off") != 0)) {
		snprintf(why, n, "%s", d == NULL ? "no such device" :
		    flag == 0 ? "no such mark" : "neither on nor off");
		return -1;
	}
	if (((d->marks & flag) != 0) == on) {
		snprintf(why, n, "it changes nothing");
		return -1;
	}
	if (marks_set(f->marks, d, (uint8_t)(on ? d->marks | flag : d->marks & ~flag)) < 0) {
		snprintf(why, n, "marks cannot be stored: %s", strerror(errno));
		return -1;
	}
	record_mark(f, w);
	return 0;
}

static const struct verb verbs[] = {
	{ "ack",   2, run_ack },
	{ "reset", 2, run_reset },
	{ "mark",  3, run_mark },
};

#define VERBS	(sizeof(verbs) / sizeof(verbs[0]))

static const struct verb *
verb_find(const char *name)
{
	for (size_t i = 0; i < VERBS; i++)
		if (strcmp(verbs[i].name, name) == 0)
			return &verbs[i];
	return NULL;
}

/* Cuts the text in place. */
static int
run(struct field_role *f, char *text, char *why, size_t n)
{
	struct words w = { .who = NULL };
	char *save = text;
	const char *name = strsep(&save, " ");
	const struct verb *verb = verb_find(name);

	if (verb == NULL) {
		snprintf(why, n, "no such command");
		return -1;
	}
	for (size_t i = 0; i < verb->words; i++)
		if ((w.at[i] = strsep(&save, " ")) == NULL || w.at[i][0] == '\0')
			save = NULL;
	w.who = save;
	if (w.who == NULL || w.who[0] == '\0') {
		snprintf(why, n, "words are missing");
		return -1;
	}
	return verb->run(f, &w, why, n);
}

static uint64_t
append(struct field_role *f, uint64_t id, enum command_phase phase, const char *why)
{
	const struct entry e = { .kind = ENTRY_COMMAND, .command = { .id = id,
	    .phase = (uint8_t)phase, .source = "control", .why = why } };

	return pipeline_append(&f->pipeline, &e, COMMIT_WAITED);
}

static void
answer(struct command *c)
{
	if (c->client != NULL)
		control_answer(c->client, MESSAGE_ANSWER, c->refused ? MESSAGE_FAILED : 0,
		    c->id, c->why, strlen(c->why));
	c->client = NULL;
	c->asked = 0;
}

static void
refuse(struct control_client *client, uint32_t id, const char *why)
{
	control_answer(client, MESSAGE_ANSWER, MESSAGE_FAILED, id, why, strlen(why));
}

static struct command *
free_place(struct commands *all)
{
	for (size_t i = 0; i < COMMANDS_MAX; i++)
		if (all->at[i].asked == 0)
			return &all->at[i];
	return NULL;
}

void
command_ask(struct field_role *f, struct control_client *client, uint32_t id,
    const char *words)
{
	struct command *c = free_place(&f->commands);

	if (c == NULL || strlen(words) >= sizeof(c->words)) {
		refuse(client, id, c == NULL ? "too many commands at once" : "too long");
		return;
	}
	*c = (struct command){ .client = client, .id = id };
	log_safe(words, c->words, sizeof(c->words));
	c->asked = append(f, 0, COMMAND_ASKED, c->words);
	if (c->asked == 0)
		refuse(client, id, "the store takes nothing");
}

/* Asked is durable: do it, and let its end become durable. */
static void
carry_out(struct field_role *f, struct command *c)
{
	char text[COMMAND_BYTES];

	memcpy(text, c->words, sizeof(text));
	c->why[0] = '\0';
	c->refused = run(f, text, c->why, sizeof(c->why)) < 0;
	log_info("command: %s: %s", c->words, c->refused ? c->why : "done");
	c->ended = append(f, c->asked, c->refused ? COMMAND_REFUSED : COMMAND_DONE, c->why);
	if (c->ended == 0)
		answer(c);
}

void
command_stored(struct field_role *f, uint64_t seq)
{
	for (size_t i = 0; i < COMMANDS_MAX; i++) {
		struct command *c = &f->commands.at[i];

		if (c->asked != 0 && seq == (c->ended != 0 ? c->ended : c->asked))
			c->stored = true;
	}
}

void
command_go_on(struct field_role *f)
{
	for (size_t i = 0; i < COMMANDS_MAX; i++) {
		struct command *c = &f->commands.at[i];

		if (c->asked == 0 || !c->stored)
			continue;
		c->stored = false;
		if (c->ended == 0)
			carry_out(f, c);
		else
			answer(c);
	}
}

void
command_gone(struct field_role *f, const struct control_client *client)
{
	for (size_t i = 0; i < COMMANDS_MAX; i++)
		if (f->commands.at[i].client == client)
			f->commands.at[i].client = NULL;
}
