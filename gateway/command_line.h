#ifndef GATEWAY_COMMAND_LINE_H
#define GATEWAY_COMMAND_LINE_H

/* One word after "tidegate".  Each reads its own options with argp; argv[0]
 * is made "tidegate WORD" by the caller.  Returns the exit status. */
struct word {
	const char	*name;
	int		(*main)(int argc, char **argv);
	const char	*help;		/* one line, through gettext */
};

int	run_word(int argc, char **argv);
int	check_word(int argc, char **argv);
int	status_word(int argc, char **argv);
int	tail_word(int argc, char **argv);
int	trace_word(int argc, char **argv);
int	scan_word(int argc, char **argv);
int	poll_word(int argc, char **argv);
int	write_word(int argc, char **argv);
int	alarms_word(int argc, char **argv);
int	mark_word(int argc, char **argv);
int	forget_word(int argc, char **argv);
int	measure_word(int argc, char **argv);
int	demo_word(int argc, char **argv);
int	sim_word(int argc, char **argv);
int	profile_word(int argc, char **argv);
int	version_word(int argc, char **argv);

#endif
