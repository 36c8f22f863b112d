#ifndef GATEWAY_WORDS_PROGRESS_H
#define GATEWAY_WORDS_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How far a long command is, on stderr: a bar where that is a terminal. */
struct progress {
	size_t	 done, total;
	int64_t	 began;		/* mono us */
	int64_t	 shown;		/* mono us: the bar was drawn last */
	bool	 bar;
};

void	progress_begin(struct progress *, size_t total, int64_t now);
/* One step more; what says in a few words what is being done. */
void	progress_step(struct progress *, const char *what, int64_t now);
/* A line above the bar, as soon as something is known. */
void	progress_say(struct progress *, const char *line);
/* The bar goes away. */
void	progress_end(struct progress *);

#endif
