#include <argp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../conf/span.h"
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

/* A wire format whose frames have no number of their own. */
static bool
has_ids(const struct link_conf *link)
{
	const char *proto = link->proto[0] != '\0' ? link->proto :
	    link_kind_at((size_t)link->kind)->proto;

	return strcmp(proto, "modbus-rtu") != 0;
}

/* After an answer that did not come these are left alone until it cannot come
 * any more: no other barrier parts it from the next one. */
static void
print_silent(const struct config *c, const struct link_conf *link)
{
	char span[32];
	size_t n = 0;

	for (size_t i = 0; i < c->ndevices; i++) {
		const struct device *d = &c->devices[i];

		if (strcmp(d->conf.link, link->name) != 0 || d->profile->loopback)
			continue;
		if (n++ == 0)
			printf(_("note: link %s: after a missing answer only a silence of %s makes "
			    "sure of these:"), link->name,
			    span_write(link->max_late, span, sizeof(span)));
		printf(" %s", d->conf.name);
	}
	if (n > 0)
		putchar('\n');
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
	for (size_t i = 0; !check.json && i < config->nlinks; i++)
		if (!has_ids(&config->links[i]))
			print_silent(config, &config->links[i]);
	config_free(config);
	return EXIT_SUCCESS;
}
