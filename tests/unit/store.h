#ifndef TESTS_STORE_H
#define TESTS_STORE_H

#include "../../gateway/clock.h"
#include "../../gateway/journal/journal.h"

#define STORE_ENTRIES	40000

/* A journal in a folder of its own that does its helper's part itself, and a
 * clock that stands still until it is set. */
struct test_store {
	char		 folder[64];
	struct disk	*disk;
	struct journal	*journal;
	/* What was told to be durable, in order; texts of alarms are copied. */
	struct entry	 told[STORE_ENTRIES];
	size_t		 n;
};

extern int64_t		  test_mono, test_wall;
extern bool		  test_trusted;
extern const struct clock test_clock;

struct test_store	*store_open(size_t buffer);
/* The same folder again, as after a restart. */
void			 store_reopen(struct test_store *, size_t buffer);
void			 store_close(struct test_store *);
/* Commits until nothing is left to be committed. */
void			 store_flush(struct test_store *);
uint32_t		 store_series(struct test_store *, const char *device,
			    const char *point);

#endif
