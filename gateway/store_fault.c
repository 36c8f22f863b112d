#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "journal/disk.h"
#include "log.h"
#include "run.h"
#include "store_fault.h"

#define AGAIN	"; tried again, half a minute apart at most"

/* What to do, and whether a further try is of no use before that is done. */
static const struct { int error; bool lasts; const char *cure; } cures[] = {
	{ EACCES, true, ": all of it must belong to the user of the gateway: chown -R" },
	{ EPERM, true, ": all of it must belong to the user of the gateway: chown -R" },
	{ EPROTO, true, ": start that version, or move the folder away to begin a new store" },
	{ ENOENT, true, ": it cannot be made there: mount its disk before the gateway "
	  "starts, or let store.dir be another folder" },
	{ ENOTDIR, true, ": store.dir must be a folder" },
	{ EEXIST, true, ": store.dir must be a folder" },
	{ EISDIR, true, ": this should be a file: move it away" },
	{ ELOOP, true, ": a link stands in the place of a folder or file: remove it" },
	{ ENAMETOOLONG, true, ": store.dir must be shorter" },
	{ EINVAL, true, ": this file system cannot hold a store: let store.dir be on another" },
	{ ENOSYS, true, ": this file system cannot hold a store: let store.dir be on another" },
	{ ENODEV, true, ": this file system cannot hold a store: let store.dir be on another" },
	{ EOPNOTSUPP, true, ": this file system cannot hold a store: let store.dir be on "
	  "another" },
	{ ENOSPC, false, ": free the disk" AGAIN },
	{ EDQUOT, false, ": its user has used up his share of the disk" AGAIN },
	{ EIO, false, ": the disk does not read it: replace the disk, or move the folder away "
	  "to begin a new store" AGAIN },
	{ EROFS, false, ": look at what the kernel says of the disk; where systemd keeps it "
	  "from the folder, say ReadWritePaths= in a drop-in" AGAIN },
	{ EWOULDBLOCK, false, ": end that one, or give this one a store.dir of its own; "
	  "waiting for it to end" },
};

#define NCURES	(sizeof(cures) / sizeof(cures[0]))

int
store_fault(struct pulse *p, const char *dir, const char *what, int error)
{
	size_t i = 0;
	char why[sizeof(p->why)];

	while (i < NCURES && cures[i].error != error)
		i++;
	snprintf(why, sizeof(why), "store: %s: %s", dir, what);
	if (strcmp(why, p->why) != 0)
		log_err("%s%s", why, i < NCURES ? cures[i].cure : AGAIN);
	memcpy(p->why, why, sizeof(why));
	if (error == EWOULDBLOCK)
		return EXIT_BUSY;
	return i < NCURES && cures[i].lasts ? EXIT_STORE : EXIT_AGAIN;
}

int
store_folder_fault(struct pulse *p, const char *dir, int error)
{
	pid_t holder = error == EWOULDBLOCK ? disk_holder(dir) : 0;
	char text[80];

	if (holder > 0)
		snprintf(text, sizeof(text), "another tidegate writes to it, process %ld",
		    (long)holder);
	else
		snprintf(text, sizeof(text), "%s", error == EWOULDBLOCK ?
		    "another tidegate writes to it" : strerrordesc_np(error));
	return store_fault(p, dir, text, error);
}

void
store_opened(struct pulse *p, const char *dir)
{
	if (p->why[0] != '\0')
		log_info("store: %s: open", dir);
	p->why[0] = '\0';
}
