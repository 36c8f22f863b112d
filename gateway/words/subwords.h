#ifndef GATEWAY_WORDS_SUBWORDS_H
#define GATEWAY_WORDS_SUBWORDS_H

/* The words behind a command, as "alarms list"; a table that ends with no name. */
struct subword {
	const char	*name;
	int		(*main)(int argc, char **argv);
	const char	*args, *help;	/* N_(); args may be "" */
};

/* Calls the one that argv[1] names, which sees "tidegate alarms list" as its name;
 * else tells them all, and the one nearest to a mistyped one.  column: where the
 * help begins. */
int	subwords(const struct subword *, int column, int argc, char **argv);

#endif
