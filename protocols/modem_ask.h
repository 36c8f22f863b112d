#ifndef PROTOCOLS_MODEM_ASK_H
#define PROTOCOLS_MODEM_ASK_H

#include "modem.h"

/* What a modem is asked, inside protocols/ only.  A new question is a row. */

#define SIGNAL_UNKNOWN	99

/* In the order in which they are asked when a line was opened. */
enum {
	ASK_RESET, ASK_SYNC, ASK_ECHO, ASK_ERRORS, ASK_PIN_STATE, ASK_PIN, ASK_MODE,
	ASK_TELL, ASK_TELL_LESS, ASK_NETWORK, ASK_PACKET, ASK_SIGNAL,
	ASK_SETUP_LAST = ASK_SIGNAL,
	ASK_LIST, ASK_READ, ASK_DELETE, ASK_SEND, ASK_GUEST,
	ASKS
};

struct modem_ask {
	void	(*write)(const struct modem *, struct buf *);
	int64_t	 limit;			/* us */
	/* A line that is no end.  NULL: nothing is to be learnt. */
	void	(*info)(struct modem *, const char *line);
	/* False: nothing that comes after it makes sense; asked again later.
	 * NULL: goes on, whatever it was. */
	bool	(*end)(struct modem *, const struct at_result *);
};

extern const struct modem_ask modem_asks[ASKS];

/* How long that command may take, and may it change what the modem was set to? */
int64_t	modem_guest_limit(const char *command);
bool	modem_guest_unsettles(const char *command);
void	modem_guest_line(struct modem *, const char *line);
/* The one to be asked after m->ask, of those of the beginning. */
size_t	modem_next(const struct modem *);
bool	modem_registered(const struct modem *);
/* Is the line something that it says by itself? */
bool	modem_unasked(struct modem *, const char *line);
bool	modem_is_pdu(const char *line);
void	modem_take_pdu(struct modem *, const char *line);
void	modem_put_hex(struct buf *, const uint8_t *, size_t n);
void	modem_tell(struct modem *, const struct modem_event *);
void	modem_trouble(struct modem *, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));

#endif
