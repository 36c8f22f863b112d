#include <stdint.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* Preloaded before the built program: of what it flushes in a second only the first is
 * flushed.  The store is whole, and what was written last is not in it. */
#define FDS	1024

int	fdatasync(int);

int
fdatasync(int fd)
{
	static int64_t last[FDS];
	struct timespec t;
	int64_t now;

	clock_gettime(CLOCK_MONOTONIC, &t);
	now = t.tv_sec * 1000 + t.tv_nsec / 1000000;
	if (fd >= 0 && fd < FDS && last[fd] != 0 && now - last[fd] < 1000)
		return 0;
	if (fd >= 0 && fd < FDS)
		last[fd] = now;
	return (int)syscall(SYS_fdatasync, fd);
}
