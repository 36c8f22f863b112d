#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "../../conf/key.h"
#include "../text.h"
#include "subwords.h"

static int
usage(const struct subword *all, int column, const char *command, FILE *to, int status)
{
	fprintf(to, _("usage: %s COMMAND [OPTION...]\n\n"), command);
	for (const struct subword *w = all; w->name != NULL; w++) {
		const char *args = w->args[0] != '\0' ? _(w->args) : "";
		int pad = column - (int)strlen(w->name) - text_width(args);

		fprintf(to, "  %s %s%*s %s\n", w->name, args, pad > 0 ? pad : 0, "", _(w->help));
	}
	fprintf(to, _("\n%s COMMAND --help tells the options of a command.\n"), command);
	return status;
}

static bool
asks_help(const char *word)
{
	return strcmp(word, "--help") == 0 || strcmp(word, "-?") == 0 ||
	    strcmp(word, "-h") == 0 || strcmp(word, "--usage") == 0;
}

static void
unknown(const struct subword *all, const char *command, const char *name)
{
	struct near near = near_to(name);

	for (const struct subword *w = all; w->name != NULL; w++)
		near_try(&near, w->name);
	fprintf(stderr, near.best != NULL ? _("%s: no such command: %s; did you mean %s?\n") :
	    _("%s: no such command: %s\n"), command, name, near.best);
}

int
subwords(const struct subword *all, int column, int argc, char **argv)
{
	char name[64];

	if (argc < 2)
		return usage(all, column, argv[0], stderr, EX_USAGE);
	for (const struct subword *w = all; w->name != NULL; w++) {
		if (strcmp(argv[1], w->name) != 0)
			continue;
		snprintf(name, sizeof(name), "%s %s", argv[0], w->name);
		argv[1] = name;
		return w->main(argc - 1, argv + 1);
	}
	if (asks_help(argv[1]))
		return usage(all, column, argv[0], stdout, EXIT_SUCCESS);
	unknown(all, argv[0], argv[1]);
	return usage(all, column, argv[0], stderr, EX_USAGE);
}
