/* ci: 100000 */
#include <assert.h>
#include <string.h>

#include "../../protocols/trace.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* All bytes are taken, at once or in pieces, and every line can be shown. */
static void
lines(const struct proto *proto, enum trace_way way, const uint8_t *data, size_t n)
{
	char line[TRACE_LINE];
	size_t at = 0, took, known = 1;

	while (at < n) {
		if (known > n - at)
			known = n - at;
		took = trace_next(proto, way, data + at, known, known == n - at, line);
		assert(took <= known && (took > 0 || known < n - at));
		for (const char *c = line; *c != '\0'; c++)
			assert(*c >= ' ' && *c < 0x7f);
		at += took;
		known = took > 0 ? 1 : known + 1;
	}
}

static void
captured(const struct proto *proto, const uint8_t *data, size_t n)
{
	static const struct line line = { .timeout_min = 1, .timeout_max = 2 };
	char text[CAPTURE_TEXT];
	struct capture c;
	size_t part;

	capture_begin(&c, proto, &line, 0, text);
	for (int64_t now = 0; n > 0; now++, data += part, n -= part) {
		part = 1 + *data % n;
		assert(capture_put(&c, *data & 0x80 && part < 261 ? TRACE_SENT : TRACE_HEARD,
		    data, part, now, text) < CAPTURE_TEXT);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	if (n < 2 || n > 700)
		return 0;
	lines(proto_at(data[0] & 1), data[0] & 2 ? TRACE_SENT : TRACE_HEARD, data + 1, n - 1);
	captured(proto_at(data[0] & 1), data + 1, n - 1);
	return 0;
}
