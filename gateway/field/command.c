#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "../../rules/switched.h"
#include "../log.h"
#include "../reason.h"
#include "field.h"

/* Of one that the store did not take: no entry has it. */
#define UNSTORED	UINT64_MAX
#define TOO_OLD		(60 * US_PER_S)	/* the asker was told that nobody answers */

/* One verb of the command language. */
struct verb {
	const char	*name;
	size_t		 words;		/* between the verb and WHO */
	/* What it is about, for its ASKED entry; may be NULL. */
	void		(*about)(struct field_role *, struct command *, const struct words *);
	/* DONE or REFUSED, or SENT: command_end is called later. */
	enum command_phase (*run)(struct field_role *, struct command *, const struct words *);
};

enum command_phase
command_says(struct command *c, enum command_phase phase, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(c->why, sizeof(c->why), fmt, ap);
	va_end(ap);
	return phase;
}

enum command_phase
command_later(struct command *c, enum command_phase phase, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(c->why, sizeof(c->why), fmt, ap);
	va_end(ap);
	c->passing = true;
	return phase;
}

enum command_phase
command_unknown(struct command *c, const char *why, const char *near)
{
	char said[REASON_MAX];

	return command_says(c, COMMAND_REFUSED, "%s", reason_near(why, near, said));
}

/* One of the two names is right, then the other one was meant otherwise. */
enum command_phase
command_unknown_alarm(struct field_role *f, struct command *c, const char *rule, const char *device)
{
	struct near rules = near_to(rule), devices = near_to(device);
	const char *meant = config_near_device(f->config, device);
	char both[2 * NAME_MAX_BYTES] = "";
	struct alarm_change a;

	for (size_t i = 0; rules_alarm_at(f->rules, i, &a); i++) {
		if (strcmp(a.device->conf.name, device) == 0)
			near_try(&rules, a.rule->name);
		else if (strcmp(a.rule->name, rule) == 0)
			near_try(&devices, a.device->conf.name);
	}
	if (devices.best == NULL && meant != NULL && rules_have(f->rules, rule, meant))
		devices.best = meant;	/* it lacks its site */
	if (rules.best != NULL)
		snprintf(both, sizeof(both), "%s %s", rules.best, device);
	else if (devices.best != NULL)
		snprintf(both, sizeof(both), "%s %s", rule, devices.best);
	return command_unknown(c, "no such alarm", both[0] != '\0' ? both : NULL);
}

enum command_phase
command_unknown_device(struct field_role *f, struct command *c, const char *name)
{
	return command_unknown(c, "no such device", config_near_device(f->config, name));
}

static enum command_phase
step(struct field_role *f, struct command *c, const struct words *w, enum alarm_event event)
{
	static const char *const said[] = {
		[STEP_NOTHING] = "it changes nothing",
		[STEP_FORBIDDEN] = "class life is never masked",
	};
	enum step_result rc;

	rules_at(f->rules, f->pipeline.clock->mono());
	rc = rules_step(f->rules, w->at[0], w->at[1], event, 0, w->who,
	    f->pipeline.clock->wall());

	if (rc == STEP_UNKNOWN)
		return command_unknown_alarm(f, c, w->at[0], w->at[1]);
	return rc == STEP_DONE ? COMMAND_DONE : command_says(c, COMMAND_REFUSED, "%s", said[rc]);
}

static enum command_phase
run_ack(struct field_role *f, struct command *c, const struct words *w)
{
	if (trouble_ack(f, w->at[0], w->at[1], w->who))
		return COMMAND_DONE;
	return step(f, c, w, ALARM_EV_ACK);
}

/* A reset is for who stands before it: of class life it never comes from afar, be
 * that an uplink or a remote shell. */
static enum command_phase
run_reset(struct field_role *f, struct command *c, const struct words *w)
{
	if (life_is(f, w->at[0], w->at[1]))
		return command_says(c, COMMAND_REFUSED, "an alarm of class life is reset on the "
		    "spot, never from afar");
	return step(f, c, w, ALARM_EV_RESET);
}

static enum command_phase
run_reset_here(struct field_role *f, struct command *c, const struct words *w)
{
	return strchr(c->source, ':') != NULL ? run_reset(f, c, w) :
	    step(f, c, w, ALARM_EV_RESET);
}

struct bus *
field_bus(const struct field_role *f, const char *link)
{
	for (size_t i = 0; i < f->nbuses; i++)
		if (strcmp(f->buses[i]->link.conf->name, link) == 0)
			return f->buses[i];
	return NULL;
}

/* Done before the device is asked the next time. */
static enum command_phase
run_forget(struct field_role *f, struct command *c, const struct words *w)
{
	struct device *d = config_device(f->config, w->at[0]);
	struct bus *bus = d != NULL ? field_bus(f, d->conf.link) : NULL;

	if (bus == NULL)
		return command_unknown_device(f, c, w->at[0]);
	if (strcmp(w->at[1], "splits") != 0)
		return command_says(c, COMMAND_REFUSED, "only splits can be forgotten");
	if (splits_count(f->splits, d) == 0)
		return command_says(c, COMMAND_REFUSED, "it changes nothing");
	for (size_t i = 0; i < bus->nstations; i++)
		if (bus->stations[i].device == d)
			bus->stations[i].forget = true;
	return COMMAND_DONE;
}

/* The forward role finds it in the journal. */
static enum command_phase
run_notify(struct field_role *f, struct command *c, const struct words *w)
{
	char key[2 * NAME_MAX_BYTES];
	const struct entry e = { .kind = ENTRY_RECORD, .record = { .kind = MESSAGES_KIND,
	    .key = key, .nfields = 3, .fields = { { "phase", "asked" },
	    { "contact", w->at[0] }, { "who", w->who } } } };

	if (plan_contact(f->config->plan, w->at[0]) == SIZE_MAX)
		return command_says(c, COMMAND_REFUSED, "no such contact");
	snprintf(key, sizeof(key), "test/%s/%" PRId64, w->at[0], f->pipeline.clock->wall());
	return pipeline_append(&f->pipeline, &e, COMMIT_ALARM) != 0 ? COMMAND_DONE :
	    command_says(c, COMMAND_FAILED, "the store takes nothing");
}

/* An uplink had a reason of its own; here it becomes an entry. */
static enum command_phase
run_deny(struct field_role *f, struct command *c, const struct words *w)
{
	(void)f;
	return command_says(c, COMMAND_REFUSED, "%s", w->who);
}

static const struct verb verbs[] = {
	{ "ack",   2, NULL, run_ack },
	{ "reset", 2, NULL, run_reset },
	{ COMMAND_RESET_HERE, 2, NULL, run_reset_here },
	{ "shelve", 4, NULL, life_shelve },
	{ "unshelve", 2, NULL, life_unshelve },
	{ "service", 4, NULL, life_service },
	{ "handle", 3, NULL, life_handle },
	{ "maintain", 4, NULL, life_maintain },
	{ "mark",  3, NULL, mark_begin },
	{ "write", 3, write_name, write_begin },
	{ "forget", 2, NULL, run_forget },
	{ "measure", 2, NULL, sequence_command },
	{ "notify", 1, NULL, run_notify },
	{ COMMAND_DENY, 0, NULL, run_deny },
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

/* NULL: why says what is missing. */
static const struct verb *
cut(struct command *c, char text[COMMAND_BYTES], struct words *w)
{
	const struct verb *verb;
	char *save = text;

	memcpy(text, c->words, COMMAND_BYTES);
	*w = (struct words){ .who = NULL };
	verb = verb_find(strsep(&save, " "));
	if (verb == NULL) {
		command_says(c, COMMAND_REFUSED, "no such command");
		return NULL;
	}
	for (size_t i = 0; i < verb->words; i++)
		if ((w->at[i] = strsep(&save, " ")) == NULL || w->at[i][0] == '\0')
			save = NULL;
	w->who = save;
	if (w->who != NULL && w->who[0] != '\0')
		return verb;
	command_says(c, COMMAND_REFUSED, "words are missing");
	return NULL;
}

bool
command_words(struct command *c, char text[COMMAND_BYTES], struct words *w)
{
	return cut(c, text, w) != NULL;
}

uint64_t
command_note(struct command *c, enum command_phase phase, enum commit_class class)
{
	const struct entry e = { .kind = ENTRY_COMMAND, .command = { .id = c->asked,
	    .series = c->series, .phase = (uint8_t)phase, .value = c->value,
	    .source = c->source, .why = phase == COMMAND_ASKED ? c->words : c->why } };

	return c->asked == UNSTORED ? 0 : pipeline_append(&c->field->pipeline, &e, class);
}

static void
answer(struct command *c)
{
	uint16_t flags = c->phase != COMMAND_DONE ? MESSAGE_FAILED : 0;

	if (c->phase == COMMAND_EXPIRED || (flags != 0 && c->passing))
		flags |= MESSAGE_AGAIN;
	if (c->client != NULL)
		control_answer(c->client, MESSAGE_ANSWER, flags, c->id, c->why, strlen(c->why));
	c->client = NULL;
	c->asked = 0;
}

static void
refuse(struct control_client *client, uint32_t id, uint16_t flags, const char *why)
{
	control_answer(client, MESSAGE_ANSWER, MESSAGE_FAILED | flags, id, why, strlen(why));
}

static struct command *
free_place(struct commands *all, size_t from, size_t n)
{
	for (size_t i = from; i < from + n; i++)
		if (all->at[i].asked == 0)
			return &all->at[i];
	return NULL;
}

/* The words behind "from SOURCE ", if they begin so; NULL: too long. */
static const char *
take_source(struct command *c, const char *words)
{
	const char *end;

	strcpy(c->source, COMMAND_CONTROL);
	if (strncmp(words, "from ", 5) == 0 && (end = strchr(words + 5, ' ')) != NULL &&
	    memchr(words, ':', (size_t)(end - words)) != NULL) {
		if ((size_t)(end - words - 5) >= sizeof(c->source))
			return NULL;
		snprintf(c->source, sizeof(c->source), "%.*s", (int)(end - words - 5), words + 5);
		words = end + 1;
	}
	return strlen(words) < sizeof(c->words) ? words : NULL;
}

/* Its words become an entry.  False: the store takes none. */
static bool
take_up(struct command *c, const char *words)
{
	char text[COMMAND_BYTES];
	const struct verb *verb;
	struct words w;

	snprintf(c->words, sizeof(c->words), "%s", words);
	verb = cut(c, text, &w);
	if (verb != NULL && verb->about != NULL)
		verb->about(c->field, c, &w);
	c->asked = command_note(c, COMMAND_ASKED, COMMIT_WAITED);
	return c->asked != 0;
}

void
command_ask(struct field_role *f, struct control_client *client, uint32_t id,
    const char *words)
{
	struct command *c = free_place(&f->commands, 0, COMMANDS_MAX);

	if (c != NULL) {
		*c = (struct command){ .field = f, .client = client, .id = id,
		    .begun = f->pipeline.clock->mono() };
		words = take_source(c, words);
	}
	if (c == NULL || words == NULL) {
		refuse(client, id, c == NULL ? MESSAGE_AGAIN : 0,
		    c == NULL ? "too many commands at once" : "too long");
		return;
	}
	if (!take_up(c, words))
		refuse(client, id, MESSAGE_AGAIN, "the store takes nothing");
}

bool
command_of_rule(struct field_role *f, const char *rule, const char *words, int64_t share,
    bool urgent)
{
	struct command *c = free_place(&f->commands, COMMANDS_MAX, RULED_MAX);

	if (c == NULL)
		return false;
	*c = (struct command){ .field = f, .begun = f->pipeline.clock->mono(), .ruled = true,
	    .share = share, .urgent = urgent };
	snprintf(c->source, sizeof(c->source), "rule:%s", rule);
	if (take_up(c, words))
		return true;
	if (urgent) {
		c->asked = UNSTORED;
		command_hurry(c);
	}
	return urgent;
}

bool
command_of_cure(struct field_role *f, const char *cure, const char *words)
{
	struct command *c = free_place(&f->commands, COMMANDS_MAX, RULED_MAX);

	if (c == NULL)
		return false;
	*c = (struct command){ .field = f, .begun = f->pipeline.clock->mono(), .cures = true };
	snprintf(c->source, sizeof(c->source), CURE_SOURCE "%s", cure);
	return take_up(c, words);
}

void
command_end(struct command *c, enum command_phase phase)
{
	static const char *const words[] = {
		[COMMAND_REFUSED] = "refused", [COMMAND_DONE] = "done",
		[COMMAND_FAILED] = "failed", [COMMAND_EXPIRED] = "expired",
	};

	char said[2 * COMMAND_BYTES], why[2 * sizeof(c->why)];
	bool far = strchr(c->source, ':') != NULL;

	c->phase = phase;
	c->write.device = NULL;
	log_info("command: %s%s%s: %s%s%s", far ? c->source : "", far ? ": " : "",
	    log_safe(c->words, said, sizeof(said)), words[phase],
	    c->why[0] != '\0' ? ": " : "", log_safe(c->why, why, sizeof(why)));
	action_ended(c->field, c);
	c->ended = command_note(c, phase, COMMIT_WAITED);
	if (c->ended == 0)
		answer(c);
}

/* The store did not take it for so long that its client has given up: an alarm
 * would be masked by surprise.  What rules and cures want is wanted all the same. */
static bool
too_old(const struct command *c)
{
	return !c->ruled && !c->cures && c->field->pipeline.clock->mono() >= c->begun + TOO_OLD;
}

/* Asked is durable: do it, and let its end become durable. */
static void
carry_out(struct field_role *f, struct command *c)
{
	char text[COMMAND_BYTES];
	const struct verb *verb;
	struct words w;

	c->phase = COMMAND_REFUSED;
	c->passing = false;
	c->why[0] = '\0';
	verb = cut(c, text, &w);
	c->carried = true;
	if (verb != NULL && too_old(c))
		c->phase = command_says(c, COMMAND_EXPIRED, "too old before it was stored");
	else if (verb != NULL && command_may(f, c, verb->name, &w))
		c->phase = verb->run(f, c, &w);
	if (c->phase != COMMAND_SENT)
		command_end(c, c->phase);
}

void
command_hurry(struct command *c)
{
	char said[2 * COMMAND_BYTES];

	log_err("command: %s: %s: the store does not take it; it is carried out all the same",
	    c->source, log_safe(c->words, said, sizeof(said)));
	carry_out(c->field, c);
}

/* Those in hand, then the runs of instruments; NULL past the end. */
static struct command *
command_at(struct field_role *f, size_t i)
{
	if (i < COMMANDS_ALL)
		return &f->commands.at[i];
	i -= COMMANDS_ALL;
	return i < f->sequences.n ? &f->sequences.at[i]->command : NULL;
}

void
command_stored(struct field_role *f, uint64_t seq)
{
	struct command *c;

	for (size_t i = 0; (c = command_at(f, i)) != NULL; i++)
		if (c->asked != 0 && seq == (c->ended != 0 ? c->ended : c->asked)) {
			c->stored = true;
			c->kept = keeper_asked(f->keeper);
		}
}

void
command_go_on(struct field_role *f)
{
	struct command *c;

	for (size_t i = 0; (c = command_at(f, i)) != NULL; i++) {
		if (c->asked != 0 && c->mark != 0)
			mark_go_on(f, c);
		if (c->asked != 0 && c->upkept != 0)
			life_go_on(f, c);
		if (c->asked == 0 || !c->stored ||
		    (c->ended != 0 && keeper_owes(f->keeper, c->kept)))
			continue;
		c->stored = false;
		if (c->ended != 0)
			answer(c);
		else if (!c->carried)
			carry_out(f, c);
	}
}

void
command_shelter(struct field_role *f, struct command *c)
{
	struct command *place = free_place(&f->commands, 0, COMMANDS_MAX);

	if (c->asked == 0)
		return;
	if (place == NULL) {
		answer(c);
		return;
	}
	*place = *c;
	c->client = NULL;
	c->asked = 0;
}

void
command_gone(struct field_role *f, const struct control_client *client)
{
	struct command *c;

	for (size_t i = 0; (c = command_at(f, i)) != NULL; i++)
		if (c->client == client)
			c->client = NULL;
}
