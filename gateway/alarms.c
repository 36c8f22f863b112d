#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "../conf/key.h"
#include "command_line.h"
#include "text.h"

static const struct sub {
	const char	*name;
	int		(*main)(int argc, char **argv);
	const char	*args, *help;
} subs[] = {
	{ "list", alarms_list_word, "", N_("the alarms that stand, or are kept silent") },
	{ "ack", alarms_order_word, N_("RULE DEVICE"),
	  N_("says that somebody has taken note of it") },
	{ "reset", alarms_order_word, N_("RULE DEVICE"),
	  N_("lets go of one that latches, once its condition is gone") },
	{ "shelve", alarms_order_word, N_("RULE DEVICE SPAN"),
	  N_("keeps it silent for a time, which ends by itself") },
	{ "unshelve", alarms_order_word, N_("RULE DEVICE"), N_("ends that") },
	{ "service", alarms_order_word, N_("RULE|'*' DEVICE out|in"),
	  N_("takes it out of service, or back") },
	{ "handle", alarms_order_word, N_("RULE DEVICE"), N_("says what was done about it") },
	{ "history", alarms_history_word, "", N_("what became of alarms, from the journal") },
	{ "report", alarms_report_word, N_("[MONTH]"),
	  N_("how good the alarms of a month were, by the measures of ISA-18.2") },
};

#define SUBS	(sizeof(subs) / sizeof(subs[0]))

static int
usage(FILE *to, int status)
{
	fprintf(to, "%s\n\n", _("usage: tidegate alarms COMMAND [OPTION...]"));
	for (size_t i = 0; i < SUBS; i++) {
		const char *args = subs[i].args[0] != '\0' ? _(subs[i].args) : "";
		int pad = 34 - (int)strlen(subs[i].name) - text_width(args);

		fprintf(to, "  %s %s%*s %s\n", subs[i].name, args, pad > 0 ? pad : 0, "",
		    _(subs[i].help));
	}
	fprintf(to, "\n%s\n",
	    _("tidegate alarms COMMAND --help tells the options of a command."));
	return status;
}

static bool
asks_help(const char *word)
{
	return strcmp(word, "--help") == 0 || strcmp(word, "-?") == 0 ||
	    strcmp(word, "-h") == 0;
}

static int
unknown(const char *name)
{
	struct near near = near_to(name);

	for (size_t i = 0; i < SUBS; i++)
		near_try(&near, subs[i].name);
	fprintf(stderr, near.best != NULL ?
	    _("tidegate alarms: no such command: %s; did you mean %s?\n") :
	    _("tidegate alarms: no such command: %s\n"), name, near.best);
	return usage(stderr, EX_USAGE);
}

int
alarms_word(int argc, char **argv)
{
	char name[64];

	if (argc < 2)
		return usage(stderr, EX_USAGE);
	for (size_t i = 0; i < SUBS; i++) {
		if (strcmp(argv[1], subs[i].name) != 0)
			continue;
		snprintf(name, sizeof(name), "%s %s", argv[0], subs[i].name);
		argv[1] = name;
		return subs[i].main(argc - 1, argv + 1);
	}
	if (asks_help(argv[1]) || strcmp(argv[1], "--usage") == 0)
		return usage(stdout, EXIT_SUCCESS);
	return unknown(argv[1]);
}
