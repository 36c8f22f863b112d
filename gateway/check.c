#include <argp.h>
#include <stdio.h>
#include <stdlib.h>

#include "command_line.h"
#include "config.h"
#include "run.h"
#include "text.h"

static error_t
option(int key, char *arg, struct argp_state *state)
{
	const char **file = state->input;

	switch (key) {
	case ARGP_KEY_ARG:
		if (state->arg_num > 0)
			argp_usage(state);
		*file = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

int
check_word(int argc, char **argv)
{
	const struct argp argp = { .parser = option, .args_doc = "[FILE]",
	    .doc = N_("Checks a configuration and prints every fault as FILE:LINE: TEXT.") };
	const char *file = CONFIG_FILE;
	struct errs *errs = config_errs();
	struct config *config;

	argp_parse(&argp, argc, argv, 0, NULL, &file);
	config = config_read(file, errs);
	config_errs_print(errs, stdout);
	if (config == NULL)
		return EXIT_FAILURE;
	printf("%s\n", _("configuration OK"));
	config_free(config);
	return EXIT_SUCCESS;
}
