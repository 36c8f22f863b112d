#ifndef GATEWAY_SECRET_H
#define GATEWAY_SECRET_H

#include <stddef.h>

#define SECRET_MAX	4096		/* bytes of one */
#define SECRET_PATH_MAX	512

enum secret_fault {
	SECRET_OK,
	SECRET_UNKNOWN,			/* neither "@/path" nor "cred:name" */
	SECRET_NO_CREDENTIALS,		/* $CREDENTIALS_DIRECTORY is not set */
	SECRET_ABSENT, SECRET_DENIED, SECRET_UNREADABLE,
	SECRET_NO_FILE,			/* a folder, a device */
	SECRET_OPEN,			/* others than its owner may read or write it */
	SECRET_EMPTY, SECRET_LONG, SECRET_BINARY
};

/* What stands in the file "@/path" or the systemd credential "cred:name",
 * without the end of its line.  secret is cleared on any fault; path says
 * which file was meant, for the message.  Clear secret with secret_clear as
 * soon as it is no longer needed. */
enum secret_fault	 secret_read(const char *written, char secret[SECRET_MAX + 1],
			    char path[SECRET_PATH_MAX]);
/* The like, with why in words; one that is absent (NULL, "") is "".  0, -1. */
int			 secret_load(const char *written, char secret[SECRET_MAX + 1],
			    char *why, size_t n);
/* What is wrong and what to do, a format with one %s for the path. */
const char		*secret_words(enum secret_fault);
void			 secret_clear(void *, size_t);

#endif
