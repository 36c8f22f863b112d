#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "../../conf/key.h"
#include "../../conf/span.h"
#include "../../protocols/word.h"
#include "../command_line.h"
#include "../command_order.h"
#include "../field/command.h"
#include "../run.h"
#include "../text.h"
#include "spot.h"

#define KEY_FOR	0x100

/* A command about one alarm, or about a place. */
static const struct form {
	const char	*verb;
	size_t		 words;		/* that stand behind it */
	const char	*args, *doc;
	bool		 why;		/* it takes --why ... */
	bool		 what;		/* ... or wants --what */
	bool		 span;		/* ... or takes --for */
} forms[] = {
	{ "ack", 2, N_("RULE DEVICE"), N_("Says that somebody has taken note of an alarm."),
	  false, false, false },
	{ "reset", 2, N_("RULE DEVICE"), N_("Lets go of an alarm that latches, once its "
	  "condition is gone.  One of class life is reset on the spot alone: by a key, or "
	  "here from a terminal of the box itself, never from afar."), false, false, false },
	{ "shelve", 3, N_("RULE DEVICE SPAN"), N_("Keeps an alarm silent for a time, as \"2h\"; "
	  "then it speaks again by itself.  Class life is never shelved."), true, false, false },
	{ "unshelve", 2, N_("RULE DEVICE"), N_("Ends the shelving of an alarm."),
	  false, false, false },
	{ "service", 3, N_("RULE|'*' DEVICE out|in"), N_("Takes an alarm, or with '*' each of "
	  "the device but those of class life, out of service and back.  While it is out it "
	  "is told again and again that it is."), true, false, false },
	{ "handle", 2, N_("RULE DEVICE"), N_("Says what was done about an alarm, for the "
	  "records.  Where its class or rule asks for that, it is not closed before."),
	  false, true, false },
};

#define FORMS	(sizeof(forms) / sizeof(forms[0]))

struct given {
	struct command_order	 order;
	const struct form	*form;
	const char		*why, *what, *span;
};

static const struct argp_option options[] = {
	OPTION_WHO, OPTION_CONFIG, OPTION_SOCKET, { 0 }
};

static const struct argp_option why_options[] = {
	{ "why", 'y', N_("TEXT"), 0, N_("what for, for the records"), 0 },
	OPTION_WHO, OPTION_CONFIG, OPTION_SOCKET, { 0 }
};

static const struct argp_option what_options[] = {
	{ "what", 'y', N_("TEXT"), 0, N_("what was done"), 0 },
	OPTION_WHO, OPTION_CONFIG, OPTION_SOCKET, { 0 }
};

static void
take_word(struct given *g, const char *arg, struct argp_state *state)
{
	struct command_order *o = &g->order;

	if (o->nwords == g->form->words || arg[0] == '\0' || strpbrk(arg, " \t\n") != NULL)
		argp_usage(state);
	o->words[o->nwords++] = arg;
}

static error_t
option(int key, char *arg, struct argp_state *state)
{
	struct given *g = state->input;

	switch (key) {
	case 'c':
		g->order.config = arg;
		return 0;
	case 's':
		g->order.socket = arg;
		return 0;
	case 'w':
		g->order.who = arg;
		return 0;
	case 'y':
		g->why = arg;
		return 0;
	case KEY_FOR:
		g->span = arg;
		return 0;
	case ARGP_KEY_ARG:
		take_word(g, arg, state);
		return 0;
	case ARGP_KEY_END:
		if (g->order.nwords < g->form->words)
			argp_usage(state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* The span and the reason are the last words of the line. */
static int
add_reason(struct given *g, char room[COMMAND_BYTES])
{
	const char *why = g->why != NULL ? g->why : "";

	if (g->form->what && why[0] == '\0') {
		fprintf(stderr, _("%s: --what TEXT must say what was done\n"), g->order.name);
		return -1;
	}
	if (word_put(room, COMMAND_BYTES, why) != 0) {
		fprintf(stderr, _("%s: too long\n"), g->order.name);
		return -1;
	}
	g->order.words[g->order.nwords++] = room;
	return 0;
}

static int
check_span(const char *name, const char *text)
{
	int64_t us;

	if (span_parse(text, &us) == 0 && us > 0)
		return 0;
	fprintf(stderr, _("%s: not a span of time: %s\n"), name, text);
	return -1;
}

/* One of two words. */
static int
check_either(const char *name, const char *word, const char *one, const char *other)
{
	const char *const both[] = { one, other };
	const char *near = near_name(word, both, 2);

	if (strcmp(word, one) == 0 || strcmp(word, other) == 0)
		return 0;
	fprintf(stderr, near != NULL ? _("%s: %s: neither %s nor %s; did you mean %s?\n") :
	    _("%s: %s: neither %s nor %s\n"), name, word, one, other, near);
	return -1;
}

int
alarms_order_word(int argc, char **argv)
{
	struct given g = { .order = { .name = argv[0], .config = CONFIG_FILE, .expires = "" } };
	const char *verb = strrchr(argv[0], ' ') + 1;
	struct argp argp = { .options = options, .parser = option };
	char why[COMMAND_BYTES];

	for (size_t i = 0; i < FORMS; i++)
		if (strcmp(forms[i].verb, verb) == 0)
			g.form = &forms[i];
	g.order.verb = g.form->verb;
	argp.args_doc = g.form->args;
	argp.doc = g.form->doc;
	if (g.form->why)
		argp.options = why_options;
	if (g.form->what)
		argp.options = what_options;
	argp_parse(&argp, argc, argv, 0, NULL, &g);
	if (strcmp(verb, "reset") == 0 && spot_here())
		g.order.verb = COMMAND_RESET_HERE;
	if (strcmp(verb, "shelve") == 0 && check_span(argv[0], g.order.words[2]) != 0)
		return EX_USAGE;
	if (strcmp(verb, "service") == 0 &&
	    check_either(argv[0], g.order.words[2], "out", "in") != 0)
		return EX_USAGE;
	if ((g.form->why || g.form->what) && add_reason(&g, why) != 0)
		return EX_USAGE;
	g.order.wanted = g.order.nwords;
	return command_order(&g.order);
}

static const struct argp_option place_options[] = {
	{ "for", KEY_FOR, N_("SPAN"), 0, N_("how long (default: the longest that is allowed)"), 0 },
	{ "why", 'y', N_("TEXT"), 0, N_("what for, for the records"), 0 },
	OPTION_WHO, OPTION_CONFIG, OPTION_SOCKET, { 0 }
};

/* start SCOPE | stop SCOPE */
int
maintenance_word(int argc, char **argv)
{
	static const struct form place = { .words = 2 };
	const struct argp argp = { .options = place_options, .parser = option,
	    .args_doc = N_("start|stop SITE|DEVICE"),
	    .doc = N_("Begins or ends the work at a site or on a device: its alarms are silent "
	    "and its readings marked, until it is ended or its time is over.  Alarms of class "
	    "life are silent only when it begins on the spot: by a key switch, or here from a "
	    "terminal of the box itself, never from afar.") };
	struct given g = { .form = &place, .span = "0s", .order = { .name = argv[0],
	    .verb = "maintain", .config = CONFIG_FILE, .expires = "" } };
	struct command_order *o = &g.order;
	char why[COMMAND_BYTES];
	bool start;

	argp_parse(&argp, argc, argv, 0, NULL, &g);
	start = strcmp(o->words[0], "start") == 0;
	if (check_either(argv[0], o->words[0], "start", "stop") != 0)
		return EX_USAGE;
	if (strcmp(g.span, "0s") != 0 && check_span(argv[0], g.span) != 0)
		return EX_USAGE;
	o->words[0] = o->words[1];
	o->words[1] = !start ? "off" : spot_here() ? "spot" : "on";
	o->words[2] = g.span;
	o->nwords = 3;
	if (add_reason(&g, why) != 0)
		return EX_USAGE;
	o->wanted = o->nwords;
	return command_order(o);
}
