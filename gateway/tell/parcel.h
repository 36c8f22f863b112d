#ifndef GATEWAY_TELL_PARCEL_H
#define GATEWAY_TELL_PARCEL_H

#include "way.h"

#define PARCEL_VARIABLES	20

/* A message with all it points to, on its way through a post. */
struct parcel {
	struct parcel		*next;
	struct notice		 is;
	struct notice_variable	 variables[PARCEL_VARIABLES];
	char			 provider[96];	/* of the try that was accepted */
	bool			 ask_first;
	bool			 asking;	/* accepted: a receipt is waited for */
	bool			 in_hand;
	unsigned		 tries, asked;
	int64_t			 at;		/* mono: not before */
	char			 room[];	/* the texts */
};

/* NULL: no memory. */
struct parcel	*parcel_new(const struct notice *);

#endif
