#ifndef GATEWAY_COMMAND_ORDER_H
#define GATEWAY_COMMAND_ORDER_H

#include <stdbool.h>
#include <stddef.h>

#define ORDER_WORDS_MAX	4
#define OPTION_WHO	{ "who", 'w', N_("NAME"), 0, \
	N_("who orders it, for the journal (default: user)"), 0 }

/* A command of the running gateway, as a person gives it. */
struct command_order {
	const char	*name;		/* as it was called: "tidegate alarms ack" */
	const char	*verb;
	size_t		 wanted;	/* words after the verb */
	const char	*config, *socket, *who, *expires;
	const char	*words[ORDER_WORDS_MAX];
	size_t		 nwords;
	bool		 long_one;	/* it takes as long as an instrument does */
};

/* Gives it to the running gateway and says what came of it.  Returns the exit
 * status. */
int		 command_order(struct command_order *);
const char	*command_user(void);

#endif
