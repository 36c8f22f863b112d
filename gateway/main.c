#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "../conf/key.h"
#include "command_line.h"
#include "text.h"
#include "words/help.h"

static int
version_word(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "--help") != 0) {
		fprintf(stderr, "%s\n", _("usage: tidegate version"));
		return EX_USAGE;
	}
	printf("tidegate %s\n", VERSION);
	return EXIT_SUCCESS;
}

static const struct word words[] = {
	{ "run",     run_word,     N_("run the gateway") },
	{ "reload",  reload_word,  N_("read the configuration anew while the gateway runs") },
	{ "check",   check_word,   N_("check a configuration and say everything that is wrong") },
	{ "status",  status_word,  N_("show links, devices, alarms, store and uplinks") },
	{ "tail",    tail_word,    N_("follow what enters the journal") },
	{ "export",  export_word,
	  N_("write a part of the journal as CSV, line protocol or SQLite") },
	{ "trace",   trace_word,   N_("show what goes over a line") },
	{ "scan",    scan_word,    N_("look for instruments on a line") },
	{ "poll",    poll_word,    N_("ask an instrument now and show what it says") },
	{ "write",   write_word,   N_("write a figure to a writable point and read it back") },
	{ "alarms",  alarms_word,
	  N_("list, acknowledge, shelve, reset, handle alarms; history and report") },
	{ "rules",   rules_word,
	  N_("tell the rules stories, and replay the past with changed ones") },
	{ "maintenance", maintenance_word,
	  N_("begin or end the work at a site or device") },
	{ "notify",  notify_word,  N_("test how people are told, and show who would be") },
	{ "mark",    mark_word,    N_("mark a device as under maintenance or calibration") },
	{ "forget",  forget_word,  N_("forget what was learnt about a device") },
	{ "measure", measure_word, N_("start or stop an instrument that measures when told to") },
	{ "demo",    demo_word,    N_("run a demonstration site with simulated instruments") },
	{ "sim",     sim_word,     N_("serve simulated instruments from profiles") },
	{ "profile", profile_word, N_("list, show, check and import profiles of instruments") },
	{ "modbus-map", modbus_map_word, N_("write out the registers that a Modbus server shows") },
	{ "version", version_word, N_("print the version") },
	{ "sms",     notify_word,  NULL },	/* as many call it: sms test CONTACT */
	{ "manual",  manual_word,  NULL },	/* for the build */
	{ "clock",   clock_word,   NULL },	/* for tidegate-clock.service */
};

#define WORDS	(sizeof(words) / sizeof(words[0]))

static int
usage(FILE *to, int status)
{
	fprintf(to, "%s\n\n", _("usage: tidegate COMMAND [OPTION...]"));
	for (size_t i = 0; i < WORDS; i++)
		if (words[i].help != NULL)
			fprintf(to, "  %-12s %s\n", words[i].name, _(words[i].help));
	fprintf(to, "\n%s\n", _("tidegate COMMAND --help tells the options of a command."));
	return status;
}

static int
call(const struct word *word, int argc, char **argv)
{
	char name[64];

	snprintf(name, sizeof(name), "tidegate %s", word->name);
	argv[0] = name;
	for (int i = 1; i < argc && text_chinese(); i++)
		if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-?") == 0) {
			help_open();
			break;
		}
	return word->main(argc, argv);
}

/* What was asked for and could not be written is a failure, even where argp
 * itself ends the program. */
static void
close_output(void)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return;
	fprintf(stderr, _("tidegate: the output cannot be written: %s\n"), text_error(errno));
	_exit(EXIT_FAILURE);
}

static const struct word *
find(const char *name)
{
	for (size_t i = 0; i < WORDS; i++)
		if (strcmp(name, words[i].name) == 0)
			return &words[i];
	return NULL;
}

static int
unknown(const char *name)
{
	struct near near = near_to(name);

	for (size_t i = 0; i < WORDS; i++)
		if (words[i].help != NULL)
			near_try(&near, words[i].name);
	fprintf(stderr, near.best != NULL ?
	    _("tidegate: no such command: %s; did you mean %s?\n") :
	    _("tidegate: no such command: %s\n"), name, near.best);
	return usage(stderr, EX_USAGE);
}

/* "help WORD" and "WORD -h" mean what argp knows as --help. */
static int
call_help(const struct word *word)
{
	char name[] = "", help[] = "--help", *argv[] = { name, help, NULL };

	return call(word, 2, argv);
}

int
main(int argc, char **argv)
{
	const struct word *word;

	/* One arena for all threads: they allocate little and seldom. */
	mallopt(M_ARENA_MAX, 1);
	text_open();
	atexit(close_output);
	if (argc < 2)
		return usage(stderr, EX_USAGE);
	if (argc > 2 && strcmp(argv[1], "help") == 0 && (word = find(argv[2])) != NULL)
		return call_help(word);
	if (argc > 2 && strcmp(argv[1], "help") == 0)
		return unknown(argv[2]);
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
	    strcmp(argv[1], "help") == 0)
		return usage(stdout, EXIT_SUCCESS);
	if (strcmp(argv[1], "--version") == 0)
		return version_word(1, argv);
	word = find(argv[1]);
	if (word != NULL && argc == 3 && strcmp(argv[2], "-h") == 0)
		return call_help(word);
	if (word != NULL)
		return call(word, argc - 1, argv + 1);
	return unknown(argv[1]);
}
