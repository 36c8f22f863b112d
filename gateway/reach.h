#ifndef GATEWAY_REACH_H
#define GATEWAY_REACH_H

#include <stdbool.h>
#include <stddef.h>

#include "journal/journal.h"

struct message;

#define REACH_MAX	400

/* Why the running gateway could not be asked, from errno, and what to do about
 * it, in the reader's language.  config: the file that named its socket; NULL:
 * somebody gave the socket. */
const char	*reach_advice(int error, const char *config, char buf[REACH_MAX]);
/* Says so on stderr with the socket and the words of the error; who is the
 * command, as "tidegate status".  Returns the exit status. */
int		 reach_failed(const char *who, const char *socket, const char *config);

/* What a GREW says; false: it is another message, or unsound. */
bool		 reach_grew(const struct message *, struct durable *);
/* What the gateway behind this socket says is durable now: a reader without it
 * stops short of the newest commit.  Zeros: it does not run, or will not say. */
struct durable	 reach_durable(const char *socket);

#endif
