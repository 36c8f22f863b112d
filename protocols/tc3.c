#include <string.h>

#include "tc3.h"

static void
put(struct buf *to, const char *const *parts, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_putbytes(to, parts[i], strlen(parts[i]));
}

void
tc3_canonical(struct buf *to, const struct tc3_request *q)
{
	const char *const parts[] = { "POST\n/\n\ncontent-type:", q->type, "\nhost:", q->host,
	    "\n\n" TC3_SIGNED "\n", q->sum };

	put(to, parts, sizeof(parts) / sizeof(parts[0]));
}

/* What it is good for, as of the text and of the header: "2019-02-25/cvm/..." */
static void
put_scope(struct buf *to, const struct tc3_request *q)
{
	const char *const parts[] = { q->date, "/", q->service, "/" TC3_END };

	put(to, parts, sizeof(parts) / sizeof(parts[0]));
}

void
tc3_to_sign(struct buf *to, const struct tc3_request *q, const char *canonical_sum)
{
	const char *const parts[] = { TC3_ALGORITHM "\n", q->time, "\n" };

	put(to, parts, sizeof(parts) / sizeof(parts[0]));
	put_scope(to, q);
	buf_put8(to, '\n');
	put(to, &canonical_sum, 1);
}
