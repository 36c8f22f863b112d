#ifndef GATEWAY_JOURNAL_DICTIONARY_H
#define GATEWAY_JOURNAL_DICTIONARY_H

#include <stdbool.h>
#include <stddef.h>
#include "disk.h"
#include "series.h"

/* The series of a store, in two files of the same content ("series.a" and
 * "series.b"), each flushed before the other is touched, so that a write that
 * ends in garbage leaves one. */
struct dictionary;

struct dictionary *dictionary_new(void);
void		 dictionary_free(struct dictionary *);
/* Reads both files; absent ones are empty, and so are damaged ones and such as
 * the device does not give.  -1 and errno: not let in; EPROTO: of a later
 * version. */
int		 dictionary_load(struct dictionary *, const struct disk *);
/* Takes what somebody else added since: rows that are known stay as they are and
 * are not read again.  1: the files do not go with what is known, load anew;
 * -1: errno. */
int		 dictionary_more(struct dictionary *, const struct disk *);
/* Neither file is all there: names that were given away may be missing, and
 * what both have is kept as series.a.bad and series.b.bad by the next flush. */
bool		 dictionary_hurt(const struct dictionary *);
/* The device did not give one of the files, but may do so later. */
bool		 dictionary_unread(const struct dictionary *);
/* Records found bad (the other file had them, or nobody has). */
uint32_t	 dictionary_damaged(const struct dictionary *);
/* Makes and repairs the files. */
int		 dictionary_repair(struct dictionary *, const struct disk *);

uint64_t	 dictionary_store(const struct dictionary *);	/* 0: not known */
void		 dictionary_set_store(struct dictionary *, uint64_t store);
uint32_t	 dictionary_count(const struct dictionary *);	/* the highest number */
/* Numbers up to this one have been used: they are not given away again. */
void		 dictionary_reserve(struct dictionary *, uint32_t id);
const struct series *dictionary_at(const struct dictionary *, uint32_t id);
uint32_t	 dictionary_find(struct dictionary *, const struct series *);
/* Gives back the index by name, which the next who seeks makes again. */
void		 dictionary_sought(struct dictionary *);
/* 0: it is full.  In memory only, until the next flush. */
uint32_t	 dictionary_add(struct dictionary *, const struct series *);
/* Writes and syncs what is new up to this number; may run beside add. */
int		 dictionary_flush(struct dictionary *, const struct disk *, uint32_t upto);
/* Up to this one they are in a file, were it in one of the two. */
uint32_t	 dictionary_flushed(const struct dictionary *);

#endif
