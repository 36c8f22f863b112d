#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "command_line.h"
#include "text.h"

static const struct sub {
	const char	*name;
	int		(*main)(int argc, char **argv);
	const char	*args, *help;
} subs[] = {
	{ "test", rules_test_word, N_("[FILE...]"),
	  N_("tells the rules stories and says whether they do as these want") },
	{ "replay", rules_replay_word, N_("[FILE]"),
	  N_("shows what alarms the rules would have raised in the past") },
};

#define SUBS	(sizeof(subs) / sizeof(subs[0]))

static int
usage(FILE *to, int status)
{
	fprintf(to, "%s\n\n", _("usage: tidegate rules COMMAND [OPTION...]"));
	for (size_t i = 0; i < SUBS; i++) {
		int pad = 18 - (int)strlen(subs[i].name) - text_width(_(subs[i].args));

		fprintf(to, "  %s %s%*s %s\n", subs[i].name, _(subs[i].args), pad > 0 ? pad : 0,
		    "", _(subs[i].help));
	}
	fprintf(to, "\n%s\n", _("tidegate rules COMMAND --help tells the options of a command."));
	return status;
}

static bool
asks_help(const char *word)
{
	return strcmp(word, "--help") == 0 || strcmp(word, "-?") == 0 ||
	    strcmp(word, "-h") == 0 || strcmp(word, "--usage") == 0;
}

int
rules_word(int argc, char **argv)
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
	if (asks_help(argv[1]))
		return usage(stdout, EXIT_SUCCESS);
	fprintf(stderr, _("tidegate rules: no such command: %s\n"), argv[1]);
	return usage(stderr, EX_USAGE);
}
