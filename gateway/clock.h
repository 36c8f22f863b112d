#ifndef GATEWAY_CLOCK_H
#define GATEWAY_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define US_PER_S	1000000LL
#define MS_PER_S	1000LL

/* The two clocks.  Everything internal runs on mono; wall is a label. */
struct clock {
	int64_t	(*mono)(void);		/* us of CLOCK_BOOTTIME */
	int64_t	(*wall)(void);		/* ms UTC */
	bool	(*trusted)(void);	/* adjtimex: synchronised; at most
					 * a second old, two where it is handed */
};

extern const struct clock system_clock;

/* Does the kernel say that wall is synchronised?  Now, and of itself. */
bool		clock_ask(void);
/* Its answer for processes that may not ask: into a file, each second (-1:
 * errno), and out of it.  What is older than some seconds counts for no. */
int		clock_hand_over(int fd);
bool		clock_handed(const char *path, int64_t now);

/* The random id of this run of the kernel, folded to 64 bits. */
uint64_t	clock_boot(void);
/* By how many ms wall ran away from mono since the last look; steps of more
 * than a second are worth a note.  keep is the caller's, zeroed at first. */
int64_t		clock_step(int64_t *keep, int64_t mono, int64_t wall);
/* UTC ms as text of n bytes, to the second; returns it. */
const char	*moment_text(int64_t ms, char *text, size_t n);

/* Days and hours of this process are those of the zone; "": the system's.  Before
 * there is a second thread. */
void		clock_zone(const char *zone);

#endif
