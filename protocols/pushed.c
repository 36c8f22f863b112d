#include <string.h>

#include "../conf/err.h"
#include "pushed.h"

struct session {
	struct tally	tally;
};

int
pushed_address(const char *text, uint8_t out[ADDRESS_MAX], const char **why)
{
	size_t n = strlen(text);

	*why = ERR_("at most 31 characters, none of them a blank");
	memset(out, 0, ADDRESS_MAX);
	if (n >= ADDRESS_MAX)
		return -1;
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)text[i] <= ' ' || text[i] == 0x7F)
			return -1;
	memcpy(out, text, n);
	return 0;
}

static void
pushed_init(void *session, const struct line *line, int64_t now)
{
	(void)session;
	(void)line;
	(void)now;
}

static void
pushed_hear(void *session, const uint8_t *bytes, size_t n, int64_t now, struct out *out)
{
	struct session *s = session;

	(void)bytes;
	(void)now;
	(void)out;
	s->tally.garbled += n > 0;
}

static void
pushed_tick(void *session, int64_t now, struct out *out)
{
	(void)session;
	(void)now;
	(void)out;
}

static const struct tally *
pushed_tally(const void *session)
{
	const struct session *s = session;

	return &s->tally;
}

const struct proto pushed = {
	.name = "push",
	.size = sizeof(struct session),
	.address = pushed_address,
	.init = pushed_init,
	.hear = pushed_hear,
	.tick = pushed_tick,
	.tally = pushed_tally,
};
