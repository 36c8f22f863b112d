/* Preloaded before the built program: counts what each process takes from the
 * heap and gives back, in a file of COUNT_DIR that is named by its pid. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

void	*__libc_malloc(size_t);
void	*__libc_calloc(size_t, size_t);
void	*__libc_realloc(void *, size_t);
void	*__libc_memalign(size_t, size_t);
void	 __libc_free(void *);

/* What the file holds; the last callers, for whoever wonders. */
struct page {
	_Atomic uint64_t taken, given;
	uint64_t	 callers[6];
};

static struct page *page, nowhere;
static pid_t mine;

static struct page *
counts(void)
{
	const char *dir = getenv("COUNT_DIR");
	pid_t pid = getpid();
	char path[300];
	void *at;
	int fd;

	if (mine == pid)
		return page;
	mine = pid;
	page = &nowhere;
	if (dir == NULL)
		return page;
	snprintf(path, sizeof(path), "%s/%d", dir, (int)pid);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 || ftruncate(fd, sizeof(*page)) != 0)
		return page;
	at = mmap(NULL, sizeof(*page), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (at != MAP_FAILED)
		page = at;
	return page;
}

static void
took(void *caller)
{
	struct page *p = counts();

	p->callers[p->taken++ % 6] = (uintptr_t)caller;
}

void *
malloc(size_t n)
{
	took(__builtin_return_address(0));
	return __libc_malloc(n);
}

void *
calloc(size_t n, size_t size)
{
	took(__builtin_return_address(0));
	return __libc_calloc(n, size);
}

void *
realloc(void *p, size_t n)
{
	took(__builtin_return_address(0));
	counts()->given += p != NULL;
	return __libc_realloc(p, n);
}

void *
aligned_alloc(size_t align, size_t n)
{
	took(__builtin_return_address(0));
	return __libc_memalign(align, n);
}

int
posix_memalign(void **p, size_t align, size_t n)
{
	took(__builtin_return_address(0));
	*p = __libc_memalign(align, n);
	return *p != NULL ? 0 : ENOMEM;
}

void
free(void *p)
{
	if (p != NULL)
		counts()->given++;
	__libc_free(p);
}
