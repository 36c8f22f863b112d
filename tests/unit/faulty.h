#ifndef TESTS_UNIT_FAULTY_H
#define TESTS_UNIT_FAULTY_H

#include "../../gateway/journal/disk.h"

enum faulty_op {
	ON_OPEN, ON_READ, ON_WRITE, ON_SYNC, ON_ALLOCATE, ON_RENAME, ON_UNLINK, ON_SYNC_DIR,
	FAULTY_OPS
};

/* A temporary folder that refuses on demand.  Syncs are counted, not done. */
struct faulty {
	struct disk	 disk;
	struct disk	*under;
	char		 path[32];
	unsigned long	 calls[FAULTY_OPS];
	unsigned long	 bytes;			/* written */
	/* from the nth call (1: the next one) of a kind on, so many fail */
	enum faulty_op	 op;
	unsigned long	 nth, times;
	int		 error;
	bool		 full;			/* no file gets more room */
};

struct faulty	*faulty_new(void);
void		 faulty_free(struct faulty *);
void		 faulty_fail(struct faulty *, enum faulty_op, unsigned long nth,
		    unsigned long times, int error);
/* The file's bytes at a place, exchanged behind the store's back. */
void		 faulty_poke(struct faulty *, const char *name, long at, const void *, size_t);
void		 faulty_peek(struct faulty *, const char *name, long at, void *, size_t);

#endif
