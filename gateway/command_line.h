#ifndef GATEWAY_COMMAND_LINE_H
#define GATEWAY_COMMAND_LINE_H

#include <argp.h>
#include <stdbool.h>

/* One word after "tidegate".  Each reads its own options with argp; argv[0]
 * is made "tidegate WORD" by the caller.  Returns the exit status. */
struct word {
	const char	*name;
	int		(*main)(int argc, char **argv);
	const char	*help;		/* one line, through gettext */
};

/* Options of several words, the same in each: rows of their tables. */
#define OPTION_CONFIG	{ "config", 'c', N_("FILE"), 0, \
	N_("configuration (default /etc/tidegate/tidegate.conf)"), 0 }
#define OPTION_SOCKET	{ "socket", 's', N_("PATH"), 0, \
	N_("control socket, instead of that of FILE"), 0 }

/* Of a word that asks the running gateway; options and parser in one place. */
struct asking {
	const char	*config, *socket;	/* socket: instead of that of config */
	bool		 json;
};
error_t	option_asking(int key, char *arg, struct argp_state *);

/* What a parser does with a key that is none of its options: a word that takes
 * nothing else, and one that takes exactly one argument. */
error_t	option_none(int key, struct argp_state *);
error_t	option_one(int key, const char *arg, const char **one, struct argp_state *);

/* alarms.c: the words after "tidegate alarms". */
int	alarms_order_word(int argc, char **argv);
int	alarms_list_word(int argc, char **argv);
int	alarms_history_word(int argc, char **argv);
int	alarms_report_word(int argc, char **argv);

/* rules_word.c: the same after "tidegate rules". */
int	rules_test_word(int argc, char **argv);
int	rules_replay_word(int argc, char **argv);

int	run_word(int argc, char **argv);
int	manual_word(int argc, char **argv);
int	clock_word(int argc, char **argv);
int	reload_word(int argc, char **argv);
int	check_word(int argc, char **argv);
int	status_word(int argc, char **argv);
int	tail_word(int argc, char **argv);
int	export_word(int argc, char **argv);
int	trace_word(int argc, char **argv);
int	scan_word(int argc, char **argv);
int	poll_word(int argc, char **argv);
int	write_word(int argc, char **argv);
int	alarms_word(int argc, char **argv);
int	notify_word(int argc, char **argv);
int	maintenance_word(int argc, char **argv);
int	rules_word(int argc, char **argv);
int	mark_word(int argc, char **argv);
int	forget_word(int argc, char **argv);
int	measure_word(int argc, char **argv);
int	demo_word(int argc, char **argv);
int	sim_word(int argc, char **argv);
int	profile_word(int argc, char **argv);
int	modbus_map_word(int argc, char **argv);

#endif
