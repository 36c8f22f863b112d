#ifndef GATEWAY_TELL_REPLIES_H
#define GATEWAY_TELL_REPLIES_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/* Providers that hand out the replies of a number when they are asked: who may have
 * answered, when to ask next, and what was handed out before.  One for all lanes of
 * a way, for the same reply must not come by two of them. */

#define REPLIES_NUMBERS	64
#define REPLIES_SEEN	8
#define REPLIES_SOONEST	5000000		/* us between two questions */

struct replies_of {
	char		 number[24];		/* as the provider wants it; "": free */
	int64_t		 since;			/* UTC s: not from before */
	int64_t		 told, due;		/* mono us: of the last message; to ask */
	uint64_t	 seen[REPLIES_SEEN];	/* digests of those of the second since */
	size_t		 nseen;
};

struct replies {
	pthread_mutex_t		lock;		/* of what follows */
	struct replies_of	of[REPLIES_NUMBERS];
};

void	replies_begin(struct replies *);
/* A message with a code has gone to a number; it is asked for after us. */
void	replies_watch(struct replies *, const char *number, int64_t wall_s, int64_t now,
	    int64_t us);
/* Whom to ask for now.  False: nobody. */
bool	replies_due(struct replies *, int64_t now, struct replies_of *);
/* There was nothing new; it is asked again after us.  The longer nobody answers the
 * seldomer that is, and after a day not at all. */
void	replies_asked(struct replies *, const char *number, int64_t now, int64_t us);
/* False: it was handed out before. */
bool	replies_new(const struct replies_of *, int64_t time, const char *text);
/* It is handed out: nothing before it is any more. */
void	replies_taken(struct replies *, const char *number, int64_t time, const char *text);

#endif
