#ifndef PROTOCOLS_MODEM_H
#define PROTOCOLS_MODEM_H

#include "at.h"
#include "sms.h"

/* The dialogue with a modem that sends short messages (3GPP TS 27.005, PDU mode),
 * without a line of its own: what it wants to write goes into out, which has
 * room for MODEM_WRITES bytes.  Moments are mono us.
 *
 * Every answer has one deadline that nothing moves: a modem that talks about
 * other things all the time is a silent one.  A PIN is given once. */

#define MODEM_WRITES	400
#define MODEM_EVENTS	8
#define MODEM_INDEXES	32	/* stored messages that are dealt with at a time */
#define MODEM_GUEST	200	/* letters of a command of somebody else */
#define MODEM_HEARD	1000	/* bytes of its answer */

struct modem_conf {
	const char	*pin;		/* "": none is given */
	const char	*centre;	/* "": as the card has it */
	const char	*reset;		/* command for one that hangs; "": none */
	bool		 reports;	/* delivery reports are asked for */
	int64_t		 patience;	/* us for the network to take a message */
};

enum modem_event_kind {
	MODEM_READY,		/* may send */
	MODEM_TROUBLE,		/* cannot, and why; it goes on trying */
	MODEM_DEAD,		/* says nothing any more: open the line anew */
	MODEM_SENT,		/* the message that was given: references[] */
	MODEM_FAILED,		/* the same: nothing of it, or no more of it, went */
	MODEM_UNKNOWN,		/* the same: it may have gone or not */
	MODEM_PIN_REFUSED,	/* do not begin again with the same one */
	MODEM_RECEIVED,		/* in: a message or a report */
};

struct modem_event {
	enum modem_event_kind	kind;
	bool			for_good;	/* FAILED: so would be the same again */
	uint8_t			references[SMS_PARTS];
	uint8_t			nreferences;
	char			why[96];
	struct sms_in		in;
};

struct modem {
	const struct modem_conf	*conf;
	struct at_reader	 reader;
	size_t			 ask;		/* what was asked last */
	bool			 waiting;	/* for its end */
	int64_t			 deadline;	/* of it, else when to do something */
	unsigned		 silent;	/* answers that did not come, in a row */
	bool			 ready, troubled, dead;
	bool			 set_up;	/* all that comes before the network */
	bool			 tells_reports;
	bool			 pin_given;	/* and nobody said that it is right */
	char			 pin_state[24];
	bool			 home, packet;	/* registered, by CREG and CEREG */
	int			 signal;	/* of CSQ; 99: not known */
	int			 index;		/* of the message that comes next; -1: it
						 * is not stored */
	bool			 pdu_next;	/* the next line is one */
	int			 reads[MODEM_INDEXES], deletes[MODEM_INDEXES];
	size_t			 nreads, ndeletes;
	bool			 list;		/* there are more in the memory */
	struct sms_out		 out;		/* points to what the caller keeps */
	struct sms_plan		 plan;
	bool			 sending, handed;	/* a part is in the modem's hands */
	bool			 offered;	/* what it is asked to take is of this
						 * message, and not of one given up */
	bool			 referenced;	/* the network took that */
	bool			 escaped;	/* it was taken back at the prompt */
	uint8_t			 part;
	uint8_t			 references[SMS_PARTS];
	struct modem_event	 events[MODEM_EVENTS];
	size_t			 first, nevents;
	/* A command of somebody who asks the same modem about other things. */
	char			 guest[MODEM_GUEST + 1];	/* "": none waits or is out */
	bool			 answered;	/* heard is whole */
	char			 heard[MODEM_HEARD + 1];
	size_t			 nheard;
	int64_t			 check;		/* what the deadline was before it */
};

/* The line was opened; the first time all is zero.  reset: the modem hung the
 * last time. */
void	modem_begin(struct modem *, const struct modem_conf *, bool reset, int64_t now,
	    struct buf *out);
/* Takes what it said, as far as there is room for events: the bytes taken. */
size_t	modem_hear(struct modem *, const uint8_t *, size_t n, int64_t now, struct buf *out);
void	modem_tick(struct modem *, int64_t now, struct buf *out);
int64_t	modem_deadline(const struct modem *);
/* Gives it a message, which must stay where it is until it SENT, FAILED or is
 * UNKNOWN.  -1: it has one, or the text or number is none. */
int	modem_send(struct modem *, const struct sms_out *, int64_t now, struct buf *out);
/* The caller waits no longer, or the line is gone: UNKNOWN or FAILED comes at
 * once, where one was given. */
void	modem_give_up(struct modem *, const char *why);
/* Somebody else's command, between those of its own; the one before that was not
 * answered yet is forgotten.  -1: it is none, or the modem is dead. */
int	modem_guest(struct modem *, const char *command, int64_t now, struct buf *out);
/* The lines of its answer to the end, as they came; NULL: none is there (yet).  Told
 * once, and lives until the next call with this modem. */
const char *modem_guest_heard(struct modem *);
/* The oldest event; false: none. */
bool	modem_event(struct modem *, struct modem_event *);
/* "registered, -73 dBm". */
void	modem_show(const struct modem *, char *text, size_t n);

#endif
