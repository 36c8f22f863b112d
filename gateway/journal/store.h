#ifndef GATEWAY_JOURNAL_STORE_H
#define GATEWAY_JOURNAL_STORE_H

#include <pthread.h>

#include "dictionary.h"
#include "lane.h"
#include "scan.h"

/* One segment file, oldest first in its table. */
struct segment_info {
	uint64_t	generation;
	struct segment_foot foot;	/* of the one being written: as of its start */
	uint64_t	prev;
};

/* The segment being written. */
struct segment_now {
	int		 fd;		/* -1: none */
	bool		 left;		/* a write or flush failed: no more here */
	struct segment_head head;
	uint32_t	 seed;
	uint32_t	 filled;	/* data blocks at their place and flushed */
	uint32_t	 commit;	/* of the last flush */
	bool		 proven;	/* something of it was flushed */
	uint32_t	 tail_count;	/* entries flushed in the tail only */
	struct segment_foot foot;	/* of what is filled */
};

/* The storing half of a lane: the helper's while a commit is in flight, the
 * loop's otherwise. */
struct lane_store {
	enum lane	 lane;
	struct segment_now now;
	struct segment_info *segments;
	size_t		 nsegments, capacity;
	size_t		 most;		/* files it may have */
	uint64_t	*spares;	/* numbers of the files that wait */
	size_t		 nspares;
	uint64_t	 next_spare;
	uint64_t	 generation;	/* the highest ever */
	uint64_t	 pending;	/* renamed, not yet begun; 0: none */
	uint64_t	 last;		/* seq flushed */
};

/* One commit of one lane, on its way to the helper and back. */
struct job {
	enum lane	 lane;
	bool		 begun;		/* else it has no part in this turn */
	uint64_t	 first, full;	/* blocks of the ring [first, full) */
	bool		 has_tail;
	struct ring_block tail_block;
	uint8_t		 tail[BLOCK];
	uint32_t	 series;	/* numbers given away so far */
	int64_t		 mono, wall;
	uint64_t	 pin[LANES];
	uint64_t	 keep;		/* segments with a higher seq say which alarms
					 * stand; UINT64_MAX: none does */
	/* the answer */
	uint64_t	 done;		/* blocks before this one are durable */
	bool		 tail_done;
	uint64_t	 durable;	/* seq */
	bool		 restart;	/* the segment was left */
	int		 error;		/* errno, 0: all is durable */
	uint64_t	 flush_errors, discarded;
	int64_t		 discarded_from, discarded_to;
};

/* The names of a turn.  Once it is known that new ones find no room, the ring
 * holds nothing that needs them, and what it holds is committed without. */
struct naming {
	bool		 wanted;	/* flush the dictionary ... */
	uint32_t	 upto;		/* ... up to here */
	bool		 apart;		/* were it in vain: commit all the same */
	uint32_t	 flushed;	/* the answer */
	int		 error;		/* errno */
};

enum job_state { JOB_NONE, JOB_READY, JOB_RUNNING, JOB_DONE };

struct journal {
	const struct disk *disk;
	struct journal_conf conf;
	struct dictionary *names;
	uint64_t	 seq;		/* the last one given away */
	uint64_t	 salts;		/* counts them */
	struct durable	 durable;
	struct journal_stats stats;
	struct lane_writer writers[LANES];
	struct lane_store stores[LANES];
	uint64_t	 pin[LANES];
	void		(*told)(void *, const struct entry *);
	void		*told_arg;
	struct job	 jobs[LANES];	/* of one turn of the helper, by lane */
	struct job	*job;		/* the one it is at */
	struct naming	 naming;	/* the helper's in flight, like the jobs */
	uint32_t	 named;		/* names up to this one are stored */
	unsigned	 unnamed;	/* turns in a row without new ones */
	int64_t		 names_at;	/* the next try of them; mono us */
	bool		 in_flight;	/* as the loop knows it */
	unsigned	 failures;	/* commits in a row */
	int64_t		 retry;		/* not before; mono us */
	/* the helper */
	pthread_mutex_t	 lock;		/* of state and stop */
	pthread_cond_t	 wake;
	enum job_state	 state;
	bool		 stop, threaded;
	pthread_t	 thread;
	int		 event;		/* eventfd, -1: none */
	struct codec	*codec;		/* to scan with, the store half's */
	struct scan	 scan;
};

/* recover.c */
/* Fills names and both stores from the folder.  -1: why says. */
int		 recover(struct journal *, int64_t wall, char *why, size_t n);

/* commit.c */
/* Readings first: one that raised an alarm is durable before the alarm. */
void		 commit_run(struct journal *);
/* At the end: makes both slots say the same, so that a reader, who trusts but
 * the older one when nobody writes, sees all there is.  A failure costs him
 * the last commit. */
void		 commit_vouch(struct journal *);

/* retention.c */
/* A file for the next segment, renamed to its name; oldest data goes where
 * there is no other.  -1 and errno. */
int		 retention_take(struct journal *, struct lane_store *);
/* Oldest first: what is beyond the cap, or too old and not needed. */
void		 retention_trim(struct journal *, struct lane_store *);
/* Makes files until the lane has all it may have. */
void		 retention_reserve(struct journal *, struct lane_store *);
void		 retention_add(struct lane_store *, const struct segment_info *);
void		 retention_drop(struct lane_store *, size_t i);
int64_t		 retention_bytes(const struct lane_store *);

#endif
