#ifndef GATEWAY_FIELD_LATEST_H
#define GATEWAY_FIELD_LATEST_H

#include "../journal/entry.h"

/* A reading in half the room: texts are few, and have room of their own. */
struct latest_row {
	uint64_t	 seq;		/* 0: none yet */
	int64_t		 time, due, mono;
	union {
		uint64_t	 bits;	/* of the value */
		char		*text;	/* VALUE_TEXT_MAX; kept once it was needed */
	};
	uint32_t	 age;
	struct quality	 quality;
	uint8_t		 kind;		/* enum value_kind */
	bool		 has_text;	/* text, not bits */
};

/* The last durable reading of every series, by series number. */
struct latest {
	struct latest_row	*rows;
	size_t			 n;
};

/* Room for series 1..n; grows, never shrinks. */
void	latest_room(struct latest *, size_t n);
void	latest_free(struct latest *);
void	latest_take(struct latest *, const struct entry *);
/* Of series i + 1; its number in the journal, 0: none yet, and nothing is filled. */
uint64_t latest_reading(const struct latest *, size_t i, struct reading *);

#endif
