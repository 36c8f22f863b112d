#include <argp.h>
#include <ctype.h>
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "../../conf/span.h"
#include "../command_line.h"
#include "../command_order.h"
#include "../config/config.h"
#include "../control.h"
#include "../field/command.h"
#include "../reach.h"
#include "../reason.h"
#include "../room.h"
#include "../run.h"
#include "../text.h"

#define EXPIRES	"10s"
#define BEYOND	60000	/* ms; a line that lost answers is slow to say so */

static const struct argp_option write_options[] = {
	OPTION_WHO,
	{ "expires", 'e', N_("SPAN"), 0,
	    N_("not sent when older than this (default 10s, at most 60s)"), 0 },
	OPTION_CONFIG,
	OPTION_SOCKET,
	{ 0 }
};

static const struct argp_option order_options[] = {
	OPTION_WHO, OPTION_CONFIG, OPTION_SOCKET, { 0 }
};

static void
take_word(struct command_order *o, const char *arg, struct argp_state *state)
{
	if (o->nwords == o->wanted || arg[0] == '\0' || strpbrk(arg, " \t\n") != NULL)
		argp_usage(state);
	o->words[o->nwords++] = arg;
}

static error_t
option(int key, char *arg, struct argp_state *state)
{
	struct command_order *o = state->input;
	int64_t us;

	switch (key) {
	case 'c':
		o->config = arg;
		return 0;
	case 's':
		o->socket = arg;
		return 0;
	case 'w':
		o->who = arg;
		return 0;
	case 'e':
		if (span_parse(arg, &us) != 0 || us <= 0)
			argp_error(state, _("not a span of time: %s"), arg);
		o->expires = arg;
		return 0;
	case ARGP_KEY_ARG:
		take_word(o, arg, state);
		return 0;
	case ARGP_KEY_END:
		if (o->nwords < o->wanted)
			argp_usage(state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* A negative figure is no option: it goes behind "--". */
static char **
move_figure(int argc, char **argv)
{
	char **moved = room_for((size_t)argc + 2, sizeof(char *));
	char *figure = NULL;
	int n = 0;

	for (int i = 0; i < argc; i++)
		if (figure == NULL && argv[i][0] == '-' &&
		    (isdigit((unsigned char)argv[i][1]) || argv[i][1] == '.'))
			figure = argv[i];
		else
			moved[n++] = argv[i];
	if (figure != NULL) {
		moved[n++] = (char *)(uintptr_t)"--";
		moved[n] = figure;
	}
	return moved;
}

const char *
command_user(void)
{
	const char *sudo = getenv("SUDO_USER");
	const struct passwd *pw = getpwuid(getuid());

	if (sudo != NULL && sudo[0] != '\0')
		return sudo;
	return pw != NULL ? pw->pw_name : "nobody";
}

static int
failed(const struct command_order *o, const char *path)
{
	return reach_failed(o->name, path, o->socket == NULL ? o->config : NULL);
}

static int
hear(const struct command_order *o, int fd, const char *path)
{
	struct message *m = room_for(1, sizeof(*m));
	char said[REASON_MAX];
	int64_t us = 0;
	int rc, status = EXIT_SUCCESS;

	span_parse(o->expires, &us);
	do
		rc = control_receive(fd, m, o->long_one ? -1 : (int)(us / 1000) + BEYOND);
	while (rc > 0 && m->kind != MESSAGE_ANSWER);
	if (rc <= 0) {
		if (rc == 0)
			errno = ETIMEDOUT;
		status = failed(o, path);
	} else if (m->flags & MESSAGE_FAILED) {
		fprintf(stderr, _("%s: %s: %s\n"), o->name, o->words[0],
		    reason_text((const char *)m->body, said));
		status = EXIT_FAILURE;
	} else {
		printf("%s: %s\n", o->words[0], m->len > 0 ?
		    reason_text((const char *)m->body, said) : _("done"));
	}
	free(m);
	return status;
}

/* -1: too long. */
static int
put_words(const struct command_order *o, char words[COMMAND_BYTES])
{
	int all = snprintf(words, COMMAND_BYTES, "%s", o->verb);

	for (size_t i = 0; i < o->nwords && all < COMMAND_BYTES; i++)
		all += snprintf(words + all, (size_t)(COMMAND_BYTES - all), " %s", o->words[i]);
	if (all < COMMAND_BYTES && o->expires[0] != '\0')
		all += snprintf(words + all, (size_t)(COMMAND_BYTES - all), " %s", o->expires);
	if (all < COMMAND_BYTES)
		all += snprintf(words + all, (size_t)(COMMAND_BYTES - all), " %s",
		    o->who != NULL ? o->who : command_user());
	return all < COMMAND_BYTES ? all : -1;
}

static int
give(const struct command_order *o, const char *path)
{
	char words[COMMAND_BYTES];
	int fd, status, n;

	n = put_words(o, words);
	if (n < 0) {
		fprintf(stderr, _("%s: too long\n"), o->name);
		return EXIT_FAILURE;
	}
	fd = control_connect(path);
	if (fd < 0)
		return failed(o, path);
	status = control_send(fd, MESSAGE_COMMAND, 1, words, (size_t)n) == 0 ?
	    hear(o, fd, path) : failed(o, path);
	close(fd);
	return status;
}

int
command_order(struct command_order *o)
{
	struct config *config;
	int status;

	if (o->socket != NULL)
		return give(o, o->socket);
	config = config_asked(o->config);
	if (config == NULL)
		return EXIT_FAILURE;
	status = give(o, config->gateway.control);
	config_free(config);
	return status;
}

int
write_word(int argc, char **argv)
{
	const struct argp argp = { .options = write_options, .parser = option,
	    .args_doc = N_("DEVICE.POINT VALUE"),
	    .doc = N_("Writes a figure to a point that its device lists as writable, reads it "
	    "back and prints it.") };
	struct command_order o = { .name = argv[0], .verb = "write", .wanted = 2,
	    .config = CONFIG_FILE, .expires = EXPIRES };
	char **moved = move_figure(argc, argv);
	int status;

	for (argc = 0; moved[argc] != NULL; argc++)
		continue;
	argp_parse(&argp, argc, moved, 0, NULL, &o);
	status = command_order(&o);
	free(moved);
	return status;
}

static int
simple_order(const char *verb, size_t words, const struct argp *argp, int argc, char **argv)
{
	struct command_order o = { .name = argv[0], .verb = verb, .wanted = words,
	    .config = CONFIG_FILE, .expires = "" };

	argp_parse(argp, argc, argv, 0, NULL, &o);
	return command_order(&o);
}

int
mark_word(int argc, char **argv)
{
	const struct argp argp = { .options = order_options, .parser = option,
	    .args_doc = N_("DEVICE maintenance|calibration on|off"),
	    .doc = N_("Marks the readings of a device while somebody works on it.  The mark "
	    "goes with each reading, survives a restart and is a record in the journal.") };

	return simple_order("mark", 3, &argp, argc, argv);
}

int
forget_word(int argc, char **argv)
{
	const struct argp argp = { .options = order_options, .parser = option,
	    .args_doc = N_("DEVICE splits"),
	    .doc = N_("Forgets which registers of a device were found to be readable only one "
	    "by one: they are asked together again.") };

	return simple_order("forget", 2, &argp, argc, argv);
}

int
measure_word(int argc, char **argv)
{
	const struct argp argp = { .options = order_options, .parser = option,
	    .args_doc = N_("DEVICE start|stop"),
	    .doc = N_("Starts or stops an instrument that measures when told to, by the steps "
	    "of its profile, and waits until that is done.  One that was stopped rests, over "
	    "a restart too, until it is started.") };
	struct command_order o = { .name = argv[0], .verb = "measure", .wanted = 2,
	    .config = CONFIG_FILE, .expires = "", .long_one = true };

	argp_parse(&argp, argc, argv, 0, NULL, &o);
	return command_order(&o);
}
