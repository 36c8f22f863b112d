/* Preloaded before the built program: makes the NTH_N-th allocation of the role
 * NTH_ROLE fail, once.  Only what our own code asks for is counted: libconfig
 * dies of its own failed allocations, which no caller can prevent. */
#define _GNU_SOURCE
#include <errno.h>
#include <link.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

void	*__libc_malloc(size_t);
void	*__libc_calloc(size_t, size_t);
void	*__libc_realloc(void *, size_t);

static uintptr_t low, high;	/* the code of the program itself */
static long left;
static char role[16];

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
	const char *n = getenv("NTH_N"), *name = getenv("NTH_ROLE");

	left = n != NULL ? atol(n) : 0;
	strncpy(role, name != NULL ? name : "", sizeof(role) - 1);
	dl_iterate_phdr(program, NULL);
}

static int
fails(void *caller)
{
	static const char word[] = "nth: an allocation was made to fail\n";
	char name[16] = "";
	uintptr_t at = (uintptr_t)caller;

	if (left <= 0 || at < low || at >= high)
		return 0;
	prctl(PR_GET_NAME, name);
	if (strcmp(name, role) != 0 || --left > 0)
		return 0;
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
