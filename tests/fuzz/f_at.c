/* ci: 100000 */
#include <assert.h>
#include <string.h>

#include "../../protocols/at_facts.h"
#include "../../protocols/at_session.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

#define S	1000000LL

static uint64_t	session[400];
static uint8_t	frame[300];
static struct out out;

static struct out *
clear(void)
{
	out_clear(&out, frame, sizeof(frame));
	return &out;
}

/* A read gets what it asked for or nothing, once. */
static unsigned
replied(uint16_t count)
{
	assert(out.nreplies <= 1 && !out.send.bad);
	if (out.nreplies == 1 && out.replies[0].status == REPLY_OK)
		assert(out.replies[0].len == 2U * count && out.replies[0].data != NULL);
	return (unsigned)out.nreplies;
}

/* Two bytes say what is asked and how long nothing comes; the rest is heard, in
 * pieces that end with each 0. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const struct line line = { .max_late = 3 * S, .timeout_max = S };
	struct ask ask = { .function = 4, .count = 20, .cookie = 1 };
	unsigned replies = 0, asked = 0;
	int64_t now = S;
	size_t at = 2;

	if (n < 2)
		return 0;
	assert(at_modem.size <= sizeof(session));
	memset(session, 0, sizeof(session));
	at_modem.init(session, &line, now);
	while (at < n) {
		const uint8_t *end = memchr(data + at, 0, n - at);
		size_t len = end != NULL ? (size_t)(end - data) - at : n - at;

		ask.number = data[0] % (AT_REGISTERS - 20);
		if (asked == replies && at_modem.ask(session, &ask, now, clear())) {
			asked++;
			replies += replied(ask.count);
		}
		at_modem.hear(session, data + at, len, now, clear());
		replies += replied(ask.count);
		assert(replies <= asked);
		now += data[1] * 20000LL;
		at_modem.tick(session, now, clear());
		replies += replied(ask.count);
		at += len + 1;
	}
	now += 60 * S;
	at_modem.tick(session, now, clear());
	replies += replied(ask.count);
	assert(replies == asked);
	return 0;
}
