#ifndef GATEWAY_JOURNAL_DISK_H
#define GATEWAY_JOURNAL_DISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* The few things the store asks of a folder, so that tests can put a disk
 * under it that loses, tears and refuses.  All return -1 and errno on failure. */
struct disk {
	void	*ctx;
	int	(*open)(void *ctx, const char *name, int flags);	/* as open(2), 0640 */
	void	(*close)(void *ctx, int fd);
	ssize_t	(*pread)(void *ctx, int fd, void *, size_t, off_t);
	ssize_t	(*pwrite)(void *ctx, int fd, const void *, size_t, off_t);
	int	(*sync)(void *ctx, int fd);				/* fdatasync */
	int	(*allocate)(void *ctx, int fd, off_t size);	/* zeros, synced */
	/* Room for what the file will have up to there; its size stays. */
	int	(*reserve)(void *ctx, int fd, off_t upto);
	off_t	(*size)(void *ctx, int fd);
	int	(*rename)(void *ctx, const char *from, const char *to);
	int	(*unlink)(void *ctx, const char *name);
	int	(*sync_dir)(void *ctx);
	/* Calls each for every name in the folder. */
	int	(*list)(void *ctx, void (*each)(void *, const char *name), void *);
};

/* A real folder.  NULL: errno.  locked: this is the one writer (flock), and the
 * folder is made with 0750 when absent, and those on the way to it; readers
 * take no lock. */
struct disk	*disk_folder(const char *path, bool locked);
void		 disk_close(struct disk *);
/* The one writer of a real folder leaves word of whom to end, for him who asks in
 * vain; what cannot be left is not missed. */
void		 disk_sign(const struct disk *, pid_t);
/* Who left word there last and lives; 0: nobody. */
pid_t		 disk_holder(const char *path);
/* Was the folder at path, which is open here, removed or another one put in its
 * place?  What is written from now on would be lost. */
bool		 disk_taken_away(const struct disk *, const char *path);

#endif
