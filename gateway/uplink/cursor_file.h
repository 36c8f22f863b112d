#ifndef GATEWAY_UPLINK_CURSOR_FILE_H
#define GATEWAY_UPLINK_CURSOR_FILE_H

#include <pthread.h>

#include "../journal/reader.h"
#include "../journal/slot.h"
#include "cursor.h"

/* Where a cursor outlives its thread: cursor-NAME in the folder of the store. */
struct cursor_file {
	struct slot	*slot;		/* NULL: not open */
	pthread_mutex_t	 lock;		/* saving may take as long as the disk */
};

void	cursor_file_init(struct cursor_file *);
void	cursor_file_free(struct cursor_file *);
int	cursor_file_open(struct cursor_file *, const struct disk *, const char *uplink);
/* False: nothing that makes sense is there. */
bool	cursor_file_load(struct cursor_file *, struct cursor *);
/* That of a new uplink begins with the oldest that is there; that older entries
 * are gone is no loss of its. */
void	cursor_file_begin(struct cursor *, struct reader *);
int	cursor_file_save(struct cursor_file *, const struct cursor *);	/* -1: errno */

#endif
