#include <assert.h>
#include <string.h>

#include "../../devices/import.h"
#include "../../devices/profile.h"

/* A table becomes a text that libconfig and the reader of profiles stand, or
 * its faults are told. */

#define ROOM	(4 << 20)
#define TEXT	(1 << 20)

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);
const char *__lsan_default_suppressions(void);

/* libconfig 1.5 loses its buffer when a text ends inside a string. */
const char *
__lsan_default_suppressions(void)
{
	return "leak:libconfig.so";
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const struct import head = { .name = "x", .maker = "m", .model = "x",
	    .family = "io", .source = "s" };
	static unsigned char memory[ROOM] __attribute__((aligned(16)));
	static uint8_t bytes[TEXT];
	static struct err room[ERRS_MAX];
	static struct imported rows;
	struct arena arena = { .at = memory, .cap = sizeof(memory) };
	struct errs errs = { .at = room };
	struct buf text = { .at = bytes, .cap = sizeof(bytes) - 1 };
	const struct profile *p = NULL;
	struct tree *tree;
	int rc;

	rc = import_table((const char *)data, n, "t.csv", &head, &text, &rows, &errs);
	assert((rc == 0) == (errs.n == 0));
	if (rc != 0)
		return 0;
	bytes[text.len] = '\0';
	tree = tree_parse((const char *)bytes, "x.conf", &arena, &errs);
	if (tree != NULL)
		p = profile_read(tree, &arena, &errs);
	assert((p == NULL) == (errs.n > 0) && (p == NULL || p->npoints == rows.n));
	tree_close(tree);
	return 0;
}
