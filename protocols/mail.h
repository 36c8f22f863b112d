#ifndef PROTOCOLS_MAIL_H
#define PROTOCOLS_MAIL_H

#include "buf.h"

/* A message of mail (RFC 5322, MIME) in UTF-8.  Whatever its texts hold, they stay
 * in their places: no text adds a line to the head. */
struct mail {
	const char	*from, *name;	/* address; who that is, "" */
	const char	*to, *to_name;
	const char	*subject, *text;
	const char	*id;		/* of letters, digits and "-" */
	int64_t		 date;		/* s UTC */
	bool		 urgent;
};

/* LOCAL@DOMAIN of plain characters. */
bool	mail_address(const char *);
/* False: no room, or an address is none. */
bool	mail_message(struct buf *, const struct mail *);

#endif
