#ifndef GATEWAY_LOOP_H
#define GATEWAY_LOOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One epoll set and one heap of moments; it knows no business.  Owners embed
 * sources and timers.  Nothing called from here may block. */
struct loop;

struct source {
	int	fd;
	void	(*ready)(struct source *, uint32_t events, int64_t now);
};

struct timer {
	int64_t	at;			/* mono us */
	size_t	place;			/* in the heap, from 1; 0: not armed */
	void	(*fire)(struct timer *, int64_t now);
};

struct loop	*loop_new(size_t timers);	/* room for so many armed at once */
/* Room for so many at least, from now on. */
void		 loop_room(struct loop *, size_t timers);
void		 loop_free(struct loop *);
int		 loop_add(struct loop *, struct source *, uint32_t events);
int		 loop_change(struct loop *, struct source *, uint32_t events);
void		 loop_remove(struct loop *, struct source *);
/* Arms or moves; a timer has one moment. */
void		 loop_arm(struct loop *, struct timer *, int64_t at);
void		 loop_disarm(struct loop *, struct timer *);
/* Runs until loop_stop.  One turn has one now: all that happens in it is told
 * the same moment.  Timers fire in the order of their moments, after the
 * sources; one turn fires no more of them than were armed when it began. */
void		 loop_run(struct loop *, int64_t (*mono)(void));
void		 loop_stop(struct loop *);
/* Turns that took longer than 100 ms, and the longest of them, us. */
uint64_t	 loop_slow(const struct loop *, int64_t *longest);

#define owner_of(ptr, type, member) \
	((type *)(void *)((char *)(ptr) - offsetof(type, member)))

#endif
