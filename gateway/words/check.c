#include <argp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../conf/span.h"
#include "../command_line.h"
#include "../config/config.h"
#include "../room.h"
#include "../run.h"
#include "../text.h"
#include "advice.h"
#include "check_cost.h"
#include "grid.h"

#define RULE_COLUMNS	24	/* of a rule or point of a pack */
#define CELL		(NAME_MAX_BYTES + 64 + RULE_COLUMNS)

struct check {
	const char	*file;
	bool		 json, packs, bytes;
};

static const struct argp_option options[] = {
	{ "json", 'j', NULL, 0, N_("print faults as JSON, an object a line"), 0 },
	{ "bytes", 'b', NULL, 0,
	  N_("list what each device, line and uplink will put on the wire"), 0 },
	{ "packs", 'p', NULL, 0,
	  N_("list the rules of packs, what they watch and which are off"), 0 },
	OPTION_CONFIG,
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
	case 'c':			/* as the other words have it */
		check->file = arg;
		return 0;
	case 'b':
		check->bytes = true;
		return 0;
	case 'p':
		check->packs = true;
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
print_json(const char *file, int line, const char *severity, const char *text)
{
	printf("{\"file\":");
	grid_string(file, stdout);
	printf(",\"line\":%d,\"severity\":\"%s\",\"text\":", line, severity);
	grid_string(text, stdout);
	printf("}\n");
}

static void
print_errors(const struct check *check, const struct errs *errs)
{
	char more[40];

	if (!check->json) {
		config_errs_print(errs, stdout);
		return;
	}
	for (size_t i = 0; i < errs->n && i < ERRS_MAX; i++)
		print_json(errs->at[i].file, errs->at[i].line, "error", errs->at[i].text);
	for (size_t i = 0; i < errs->n && i < ERRS_MAX; i++)
		if (errs->at[i].unread)
			print_json(errs->at[i].file, errs->at[i].line, "note", CONFIG_UNREAD);
	if (errs->n <= ERRS_MAX)
		return;
	snprintf(more, sizeof(more), "and %zu more", errs->n - ERRS_MAX);
	print_json(check->file, 0, "error", more);
}

static void
print_warnings(const void *owner, const struct errs *errs)
{
	const struct check *check = owner;

	for (size_t i = 0; i < errs->n && i < ERRS_MAX; i++) {
		const struct err *e = &errs->at[i];

		if (check->json)
			print_json(e->file, e->line, "warning", e->text);
		else if (e->line > 0)
			printf(_("%s:%d: warning: %s\n"), e->file, e->line, e->text);
		else
			printf(_("%s: warning: %s\n"), e->file, e->text);
	}
	if (!check->json && errs->n > ERRS_MAX)
		printf(_("and %zu more\n"), errs->n - ERRS_MAX);
}

/* After an answer that did not come these are left alone until it cannot come
 * any more: no other barrier parts it from the next one. */
static bool
is_silenced(const struct link_conf *link, const struct device *d)
{
	return strcmp(d->conf.link, link->name) == 0 && !d->profile->loopback;
}

static void
print_note(const void *owner, const char *file, int line, const char *text)
{
	const struct check *check = owner;

	if (check->json)
		print_json(file, line, "note", text);
	else
		printf(_("note: %s\n"), text);
}

static void
print_cost(const struct check *check, const struct config *config, struct errs *errs)
{
	const struct check_cost k = { .json = check->json, .table = check->bytes,
	    .warn = print_warnings, .note = print_note, .owner = check };

	check_cost(&k, config, errs);
}

static void
print_silent(const struct check *check, const struct config *c, const struct link_conf *link)
{
	const char *format = N_("link %s: after a missing answer only a silence of %s makes "
	    "sure of these:%s");
	size_t n = 1, at = 0;
	char span[32], *names, *text;

	for (size_t i = 0; i < c->ndevices; i++)
		if (is_silenced(link, &c->devices[i]))
			n += strlen(c->devices[i].conf.name) + 1;
	if (n == 1)
		return;
	names = room_for(n, 1);
	for (size_t i = 0; i < c->ndevices; i++)
		if (is_silenced(link, &c->devices[i]))
			at += (size_t)snprintf(names + at, n - at, " %s",
			    c->devices[i].conf.name);
	span_write(link->max_late, span, sizeof(span));
	if (asprintf(&text, check->json ? format : _(format), link->name, span, names) >= 0) {
		print_note(check, link->place.file, link->place.line, text);
		free(text);
	}
	free(names);
}

static void
print_advice(const struct check *check, const struct config *config, struct errs *errs)
{
	errs->n = 0;
	advice_give(config, errs);
	advice_tell(config, errs);
	advice_dark(config, errs);
	advice_act(config, errs);
	advice_rights(config, errs);
	advice_twins(config, errs);
	print_warnings(check, errs);
	for (size_t i = 0; i < config->nlinks; i++)
		if (!link_has_ids(&config->links[i]))
			print_silent(check, config, &config->links[i]);
	print_cost(check, config, errs);
}

/* As wide as the column is. */
static const char *
rule_cell(const struct pack_told *t, char cell[CELL])
{
	const char *rule = text_chinese() ? t->zh : t->rule;
	int pad = RULE_COLUMNS - text_width(rule);

	snprintf(cell, CELL, "%s%*s", rule, pad > 0 ? pad : 0, "");
	return cell;
}

static void
print_pack_rule(const struct check *check, const struct pack_told *t)
{
	char *text, cell[CELL];

	if ((t->why != NULL ? asprintf(&text, "pack %s: %s: off: %s", t->pack, t->rule, t->why) :
	    asprintf(&text, "pack %s: %s: devices: %zu", t->pack, t->rule, t->devices)) < 0)
		return;
	if (check->json)
		print_json(check->file, 0, "note", text);
	else if (t->why != NULL)
		printf(_("  %s off: %s\n"), rule_cell(t, cell), t->why);
	else
		printf(_("  %s devices: %zu\n"), rule_cell(t, cell), t->devices);
	free(text);
}

static void
print_packs(const struct check *check, const struct config *c)
{
	const char *pack = NULL;

	for (size_t i = 0; i < c->npacks; i++) {
		const struct pack_told *t = &c->packs[i];

		if (t->pack != pack && !check->json)
			printf(_("pack %s %s\n"), t->pack, t->standard);
		pack = t->pack;
		print_pack_rule(check, t);
	}
}

int
check_word(int argc, char **argv)
{
	const struct argp argp = { .options = options, .parser = option, .args_doc = N_("[FILE]"),
	    .doc = N_("Checks a configuration and prints every fault as FILE:LINE: TEXT.") };
	struct check check = { .file = CONFIG_FILE };
	struct errs *errs = config_errs();
	struct config *config;

	argp_parse(&argp, argc, argv, 0, NULL, &check);
	if (check.json)
		errs->translate = NULL;		/* programs read English */
	config = config_read(check.file, errs);
	print_errors(&check, errs);
	if (config != NULL && !check.json)
		printf("%s\n", _("configuration OK"));
	if (config != NULL)
		print_advice(&check, config, errs);
	if (config != NULL && check.packs)
		print_packs(&check, config);
	free(errs);
	if (config == NULL)
		return EXIT_FAILURE;
	config_free(config);
	return EXIT_SUCCESS;
}
