#include <argp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "../protocols/json.h"
#include "command_line.h"
#include "config.h"
#include "run.h"
#include "text.h"

struct check {
	const char	*file;
	bool		 json;
};

static const struct argp_option options[] = {
	{ "json", 'j', NULL, 0, N_("print faults as JSON, an object a line"), 0 },
	{ 0 }
};

static error_t
option(int key, char *arg, struct argp_state *state)
{
	struct check *check = state->input;

	switch (key) {
	case 'j':
		check->json = true;
		return 0;
	case ARGP_KEY_ARG:
		if (state->arg_num > 0)
			argp_usage(state);
		check->file = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static void
print_json(const struct err *e)
{
	unsigned char room[4 * sizeof(*e)];
	struct buf buf = { .at = room, .cap = sizeof(room) };
	struct json json;

	json_begin(&json, &buf);
	json_put_object(&json);
	json_key(&json, "file");
	json_put_string(&json, e->file);
	json_key(&json, "line");
	json_put_int(&json, e->line);
	json_key(&json, "text");
	json_put_string(&json, e->text);
	json_close(&json);
	if (json_end(&json))
		printf("%.*s\n", (int)buf.len, (const char *)room);
}

static void
print(const struct check *check, const struct errs *errs)
{
	if (!check->json) {
		config_errs_print(errs, stdout);
		return;
	}
	for (size_t i = 0; i < errs->n && i < ERRS_MAX; i++)
		print_json(&errs->at[i]);
}

int
check_word(int argc, char **argv)
{
	const struct argp argp = { .options = options, .parser = option, .args_doc = "[FILE]",
	    .doc = N_("Checks a configuration and prints every fault as FILE:LINE: TEXT.") };
	struct check check = { .file = CONFIG_FILE };
	struct errs *errs = config_errs();
	struct config *config;

	argp_parse(&argp, argc, argv, 0, NULL, &check);
	config = config_read(check.file, errs);
	print(&check, errs);
	free(errs);
	if (config == NULL)
		return EXIT_FAILURE;
	if (!check.json)
		printf("%s\n", _("configuration OK"));
	config_free(config);
	return EXIT_SUCCESS;
}
