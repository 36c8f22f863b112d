#ifndef GATEWAY_TELL_MODEM_SHARE_H
#define GATEWAY_TELL_MODEM_SHARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A modem that sends messages is asked about other things, too: by the role that
 * measures, over a socket of packets beside that of control.  A packet is a number,
 * little-endian, and a command; back comes the number and the lines of its answer. */

#define SHARE_PACKET	1100

struct modem_share {
	int		listener;	/* -1: none */
	int		caller;		/* -1: nobody called */
	char		path[108];
};

/* Where the modem of that way is shared, given the socket of control; n bytes. */
void	modem_share_path(const char *control, const char *way, char *path, size_t n);
void	modem_share_open(struct modem_share *, const char *control, const char *way);
void	modem_share_close(struct modem_share *);
/* Takes who calls, and a command if one came; false: none did.  command has SHARE_PACKET
 * bytes. */
bool	modem_share_take(struct modem_share *, char *command, uint32_t *number);
void	modem_share_answer(struct modem_share *, uint32_t number, const char *lines);

#endif
