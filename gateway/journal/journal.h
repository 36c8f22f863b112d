#ifndef GATEWAY_JOURNAL_JOURNAL_H
#define GATEWAY_JOURNAL_JOURNAL_H

#include "disk.h"
#include "entry.h"
#include "series.h"

/* The writing end, owned by the field role.  Entries are encoded at once into
 * the open group of their lane; a helper (a thread, or the caller itself in
 * tests) lays groups out in segments, writes and flushes them. */
struct journal;

enum lane { LANE_TELEMETRY, LANE_ALARM, LANES };

/* When an entry must be durable. */
enum commit_class {
	COMMIT_LAZY,		/* within the commit interval, or at 64 KiB */
	COMMIT_WAITED,		/* somebody waits: as soon as the running flush ends */
	COMMIT_ALARM		/* the same; what waits too is flushed just before it, so that
				 * the reading that raised an alarm is never missing */
};

struct journal_conf {
	int64_t		 commit;	/* us: the longest a lazy entry waits */
	int64_t		 cap;		/* bytes on disk, both lanes */
	int64_t		 age;		/* us; older segments go; 0: by cap alone */
	size_t		 buffer;	/* bytes of one of the two buffers */
	uint64_t	 boot;		/* names this run of the kernel */
};

/* What is durable: no reader passes it. */
struct durable {
	uint64_t	seq[LANES];	/* the last one flushed, 0: none */
};

struct journal_stats {
	uint64_t	 appended, commits, flush_errors, skipped;
	uint64_t	 discarded_entries;	/* unsent, for want of space */
	uint64_t	 damaged;		/* blocks or records found bad at start */
	uint64_t	 set_aside;		/* segments renamed to .bad */
	size_t		 buffered, buffer_size;
	size_t		 room;		/* bytes that telemetry may still fill */
	size_t		 most_room;	/* the same when all is durable */
	uint64_t	 unnamed;	/* entries not taken: the name of their
					 * series cannot be stored */
	uint64_t	 forsaken;		/* of them those that had a seq */
	int64_t		 bytes;			/* on disk */
	int64_t		 last_flush_us;		/* how long the last one took */
	/* UTC ms of the entries that the last commit which discarded any gave up */
	int64_t		 discarded_from, discarded_to;
	int		 errors[LANES];	/* errno of the last commit, 0: it held */
	int		 error;		/* of them the first, 0: all is well */
	int		 names_error;	/* new names cannot be stored; errno */
};

/* Opens or makes the store and recovers it.  NULL: why is filled (n bytes).
 * Told of every durable entry, in order per lane, from journal_reap. */
struct journal	*journal_open(const struct disk *, const struct journal_conf *, int64_t mono,
		    int64_t wall, char *why, size_t n);
void		 journal_on_durable(struct journal *,
		    void (*told)(void *, const struct entry *), void *);
/* Asked for all alarms when a new alarm segment begins: fills the i-th, false
 * past the end.  One that is NORM is left out.  The order must stay, for many
 * of them are written in several commits and others change meanwhile. */
void		 journal_on_snapshot(struct journal *,
		    bool (*standing)(void *, size_t i, struct alarm_entry *), void *);
/* Their order is another one from now on: a snapshot that is not whole begins
 * anew. */
void		 journal_reordered(struct journal *);
/* Calls back for every alarm entry from the last whole snapshot on, and all
 * entries of the alarm lane after it: how standing alarms survive a restart.
 * Before the first append.  -1: errno. */
int		 journal_replay_alarms(struct journal *,
		    void (*each)(void *, const struct entry *), void *);
/* Calls back for every entry of the telemetry lane that was stored at a moment
 * (UTC ms) or later, and for some before.  Before the helper starts.  -1: errno. */
int		 journal_replay(struct journal *, int64_t since,
		    void (*each)(void *, const struct entry *), void *);
/* The same of the last ones, about so many at most. */
int		 journal_replay_last(struct journal *, int64_t since, uint64_t most,
		    void (*each)(void *, const struct entry *), void *);
/* About so many that stand before those of journal_replay. */
int		 journal_replay_before(struct journal *, int64_t since, uint64_t most,
		    void (*each)(void *, const struct entry *), void *);
/* When the newest entry of that lane was stored, UTC ms; 0: there is none. */
int64_t		 journal_newest(struct journal *);
/* Syncs what is buffered and closes. */
void		 journal_close(struct journal *, int64_t mono, int64_t wall, bool trusted);

/* The number of a series, entered (and made durable before its first use in the
 * telemetry lane; steps of alarms name what they are of, and wait for nothing)
 * when new.  A change of unit, raw type, decimals or basis makes a new one. */
uint32_t	 journal_series(struct journal *, const struct series *);
/* Entries of series from this one on are not taken now, for their names cannot be
 * stored; UINT32_MAX: of all. */
uint32_t	 journal_nameless(const struct journal *);
/* No more will be asked for soon: 5 bytes a series that only asking needs. */
void		 journal_series_done(struct journal *);

/* Encodes one entry; returns its seq, or 0 when the buffer is full or the name of
 * its series cannot be stored (both counted).
 * The moment is what the group is stamped with. */
uint64_t	 journal_append(struct journal *, const struct entry *, enum commit_class,
		    int64_t mono, int64_t wall, bool trusted);
/* Starts a commit when one is due and none is in flight. */
void		 journal_tick(struct journal *, int64_t mono);
int64_t		 journal_deadline(const struct journal *);	/* mono us, for tick */
/* The helper's part: writes and flushes the buffer handed over.  Called by the
 * helper thread, or by tests in its stead.  False: nothing to do. */
bool		 journal_work(struct journal *);
/* Takes back what the helper finished: moves durable, tells on_durable. */
void		 journal_reap(struct journal *, int64_t mono);
/* Starts the helper thread; the descriptor becomes readable when there is
 * something to reap. */
int		 journal_thread(struct journal *);

struct durable	 journal_durable(const struct journal *);
const struct journal_stats *journal_stats(const struct journal *);
/* A commit was handed over and has not come back. */
bool		 journal_flushing(const struct journal *);
/* Bytes of telemetry since the start, as they fill segments, and how many of them
 * the store holds at most. */
uint64_t	 journal_filled(const struct journal *);
int64_t		 journal_holds(const struct journal *);
/* Entries that an uplink still needs, at most. */
uint64_t	 journal_needed(const struct journal *);
uint64_t	 journal_store(const struct journal *);	/* the store id */
/* What an uplink still needs is kept until the cap (lowest seq of a lane).  At
 * first all is needed; UINT64_MAX: nothing is. */
void		 journal_pin(struct journal *, enum lane, uint64_t seq);

#endif
