#ifndef GATEWAY_UPLINK_WORKER_H
#define GATEWAY_UPLINK_WORKER_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A thread whose end can be waited for as long as one likes. */
struct worker {
	pthread_t	thread;
	pthread_mutex_t	lock;
	pthread_cond_t	end;
	bool		ended;		/* under lock */
	void		(*run)(void *);
	void		*arg;
};

/* 0, or an error number. */
int	worker_start(struct worker *, size_t stack, void (*run)(void *), void *arg);
/* False: it runs on.  True: it has ended and is gone; told once. */
bool	worker_wait(struct worker *, int64_t us);

#endif
