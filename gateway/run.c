#include <argp.h>
#include <locale.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "command_line.h"
#include "log.h"
#include "run.h"
#include "text.h"

static const struct argp_option options[] = {
	OPTION_CONFIG,
	{ "debug", 'd', NULL, 0, N_("log every try to open a line"), 0 },
	{ 0 }
};

static error_t
option(int key, char *arg, struct argp_state *state)
{
	struct run *run = state->input;

	switch (key) {
	case 'c':
		run->config = arg;
		return 0;
	case 'd':
		run->debug = true;
		return 0;
	default:
		return option_none(key, state);
	}
}

int
run_word(int argc, char **argv)
{
	const struct argp argp = { .options = options, .parser = option,
	    .doc = N_("Runs the gateway in the foreground until SIGTERM.") };
	struct run run = { .config = CONFIG_FILE };

	argp_parse(&argp, argc, argv, 0, NULL, &run);
	/* The log is English, also in what libraries say. */
	setlocale(LC_MESSAGES, "C");
	/* Its files are for its user and group, whoever starts it. */
	umask(027);
	log_open(run.debug ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO);
	return supervise(&run);
}
