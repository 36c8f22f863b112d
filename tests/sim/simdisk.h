#ifndef TESTS_SIM_SIMDISK_H
#define TESTS_SIM_SIMDISK_H

#include "../../gateway/journal/disk.h"
#include "chance.h"

#define SIM_SECTOR	512
#define SIM_NAMES	256
#define SIM_FDS		64
#define SIM_NAME_MAX	64

/* What can be asked of the disk, and made to fail. */
enum sim_op {
	SIM_OPEN, SIM_READ, SIM_WRITE, SIM_SYNC, SIM_ALLOCATE, SIM_RENAME, SIM_UNLINK,
	SIM_SYNC_DIR, SIM_LIST, SIM_OPS
};

/* The nth (from 1) call of a kind fails; sticky: and all after it. */
struct sim_fault {
	enum sim_op	op;
	uint64_t	nth;		/* 0: none fails */
	bool		sticky;
	int		error;		/* errno; 0: a short count, of READ and WRITE */
};

/* A folder in memory that forgets like a real one: what is written is seen at
 * once and survives a power cut only by luck until it is synced, sector by
 * sector; names are made, moved and removed for good only by sync_dir. */
struct simdisk {
	struct disk		 disk;		/* what is handed to the store */
	struct sim_fault	 fault;
	uint64_t		 calls[SIM_OPS];
	bool			 sync_lies;	/* says yes and does nothing */
	bool			 read_only;	/* EROFS */
	int64_t			 room;		/* bytes until ENOSPC; -1: no end */
	struct chance		 chance;
	/* Told after everything that changes the disk: power may go now.  A
	 * call that fails half way is told of as well. */
	void			(*moment)(void *, struct simdisk *);
	void			*watcher;

	struct sim_node		*nodes;
	size_t			 nnodes;
	struct sim_name {
		char	name[SIM_NAME_MAX];
		int	node;			/* -1: a free place */
	}			 now[SIM_NAMES], safe[SIM_NAMES];
	struct sim_effect	*effects;	/* unsynced, oldest first */
	size_t			 neffects, effects_cap;
	struct sim_extent	*extents;	/* of unsynced writes, oldest first */
	size_t			 nextents, extents_cap;
	uint64_t		 writes;	/* numbered from 1 */
	struct {
		int	node, flags;
		bool	used;
	}			 fds[SIM_FDS];
};

struct simdisk	*simdisk_new(uint64_t seed);
void		 simdisk_free(struct simdisk *);

/* What is left of the unsynced at a power cut. */
struct cut {
	uint64_t	survivors;	/* bit i: the i-th effect; past 63: by chance */
	bool		by_chance;	/* all of them by chance instead */
	bool		loose_names;	/* changes of names survive in any subset,
					 * not only the first so many */
	size_t		garbage;	/* the n-th last write turned to garbage;
					 * 0: none */
};

/* The disk as it is found after the power comes back; the old one goes on. */
struct simdisk	*simdisk_cut(const struct simdisk *, const struct cut *, struct chance *);
size_t		 simdisk_unsynced(const struct simdisk *);	/* effects */
size_t		 simdisk_unsynced_writes(const struct simdisk *);

/* A disk with the files of a real folder, all of them safe. */
struct simdisk	*simdisk_import(const char *folder, uint64_t seed);
/* Behind the back of the store: both images at once. */
void		 simdisk_peek(const struct simdisk *, const char *name, off_t, void *, size_t);
void		 simdisk_poke(struct simdisk *, const char *name, off_t, const void *, size_t);
void		 simdisk_resize(struct simdisk *, const char *name, off_t);
off_t		 simdisk_size(const struct simdisk *, const char *name);	/* -1: no such */
const char	*simdisk_name(const struct simdisk *, size_t i);	/* NULL past the end */

#endif
