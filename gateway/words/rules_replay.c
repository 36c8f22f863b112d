#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

#include "../clock.h"
#include "../command_line.h"
#include "../export_time.h"
#include "../run.h"
#include "../text.h"
#include "replay.h"

#define KEY_STORE	256
#define KEY_FROM	257
#define KEY_TO		258
#define KEY_DIFFERENCES	259

struct options {
	const char	*config, *store, *from, *to, *file;
	struct replay_show show;
};

static const struct argp_option options[] = {
	{ "from", KEY_FROM, N_("TIME"), 0,
	  N_("the first moment, as \"2026-11-25 08:00\", or \"1d\": so long ago"), 0 },
	{ "to", KEY_TO, N_("TIME"), 0, N_("the moment behind the last"), 0 },
	{ "rule", 'r', N_("PATTERN"), 0, N_("only of these rules, as \"lel-*\""), 0 },
	{ "device", 'd', N_("PATTERN"), 0, N_("only of these devices, as \"shop/*\""), 0 },
	{ "differences", KEY_DIFFERENCES, NULL, 0, N_("list only what is not the same"), 0 },
	{ "json", 'j', NULL, 0, N_("one JSON object"), 0 },
	OPTION_CONFIG,
	{ "store", KEY_STORE, N_("DIR"), 0, N_("folder of the store, instead of that of FILE"), 0 },
	{ 0 }
};

static const char **
word_of(struct options *o, int key)
{
	switch (key) {
	case KEY_FROM:
		return &o->from;
	case KEY_TO:
		return &o->to;
	case KEY_STORE:
		return &o->store;
	case 'c':
		return &o->config;
	case 'r':
		return &o->show.rule;
	case 'd':
		return &o->show.device;
	default:
		return NULL;
	}
}

static error_t
option(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;
	const char **word = word_of(o, key);

	if (word != NULL) {
		*word = arg;
		return 0;
	}
	switch (key) {
	case 'j':
		o->show.json = true;
		return 0;
	case KEY_DIFFERENCES:
		o->show.differences = true;
		return 0;
	case ARGP_KEY_ARG:
		if (o->file != NULL)
			argp_error(state, _("too many arguments"));
		o->file = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static int
not_a_time(const char *text)
{
	fprintf(stderr, _("tidegate rules replay: %s: %s\n"), text,
	    _("not a time: 2026-11-25, 2026-11-25T08:00, or 1d, so long ago"));
	return EX_USAGE;
}

static int
replay(const struct options *o, struct config *config, int64_t from, int64_t to,
    struct errs *errs)
{
	struct replay_show show = o->show;
	int64_t began = system_clock.mono();
	struct replay r;
	int rc = replay_open(&r, config, from, to, errs);

	if (rc != 0)
		config_errs_print(errs, stderr);
	else
		rc = o->file != NULL ? replay_csv(&r, o->file) :
		    replay_journal(&r, o->store != NULL ? o->store :
		    config->gateway.store.dir);
	show.took = system_clock.mono() - began;
	if (rc == 0)
		replay_write(&r, &show);
	replay_close(&r);
	return rc == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int
rules_replay_word(int argc, char **argv)
{
	const struct argp argp = { .options = options, .parser = option,
	    .args_doc = N_("[FILE]"),
	    .doc = N_("Puts the readings of the past through the rules of a configuration, as the "
	    "gateway would have, and shows the alarms beside those that there were.  FILE: rows "
	    "of tidegate export, instead of the journal.  Writes nothing.") };
	struct options o = { .config = NULL };
	int64_t from = INT64_MIN, to = INT64_MAX, now = system_clock.wall();
	struct errs *errs = config_errs();
	struct config *config;
	int status;

	argp_parse(&argp, argc, argv, 0, NULL, &o);
	config = config_look(o.config != NULL ? o.config : CONFIG_FILE, errs);
	if (config == NULL) {
		config_errs_print(errs, stderr);
		free(errs);
		return EXIT_FAILURE;
	}
	if (config->gateway.zone[0] != '\0')
		zone_set(config->gateway.zone);
	if (o.from != NULL && !local_parse(o.from, now, &from))
		status = not_a_time(o.from);
	else if (o.to != NULL && !local_parse(o.to, now, &to))
		status = not_a_time(o.to);
	else
		status = replay(&o, config, from, to, errs);
	config_free(config);
	free(errs);
	return status;
}
