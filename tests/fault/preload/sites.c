/* Preloaded before the built program: while the file SITES_WHEN is there, the
 * first allocation of each place in our own code fails, once, in threads named
 * SITES_ROLE; so that each is met in turn in one run. */
#define _GNU_SOURCE
#include <errno.h>
#include <link.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#define PLACES	4096

void	*__libc_malloc(size_t);
void	*__libc_calloc(size_t, size_t);
void	*__libc_realloc(void *, size_t);

static uintptr_t low, high;	/* the code of the program itself */
static _Atomic uintptr_t met[PLACES];
static const char *when, *role;

static int
program(struct dl_phdr_info *info, size_t size, void *arg)
{
	(void)size;
	(void)arg;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *p = &info->dlpi_phdr[i];

		if (p->p_type != PT_LOAD || !(p->p_flags & PF_X))
			continue;
		low = info->dlpi_addr + p->p_vaddr;
		high = low + p->p_memsz;
	}
	return 1;		/* the first is the program, the rest libraries */
}

__attribute__((constructor)) static void
begin(void)
{
	when = getenv("SITES_WHEN");
	role = getenv("SITES_ROLE");
	dl_iterate_phdr(program, NULL);
}

static int
fails(void *caller)
{
	static const char word[] = "sites: an allocation was made to fail\n";
	uintptr_t at = (uintptr_t)caller, none = 0;
	char name[16] = "";

	if (when == NULL || role == NULL || at < low || at >= high)
		return 0;
	prctl(PR_GET_NAME, name);
	if (strcmp(name, role) != 0 || access(when, F_OK) != 0)
		return 0;
	for (size_t i = at % PLACES;; i = (i + 1) % PLACES) {
		none = 0;
		if (atomic_load(&met[i]) == at)
			return 0;
		if (atomic_compare_exchange_strong(&met[i], &none, at))
			break;
	}
	errno = ENOMEM;
	return write(STDERR_FILENO, word, sizeof(word) - 1) > 0;
}

void *
malloc(size_t n)
{
	return fails(__builtin_return_address(0)) ? NULL : __libc_malloc(n);
}

void *
calloc(size_t n, size_t size)
{
	return fails(__builtin_return_address(0)) ? NULL : __libc_calloc(n, size);
}

void *
realloc(void *p, size_t n)
{
	return fails(__builtin_return_address(0)) ? NULL : __libc_realloc(p, n);
}
