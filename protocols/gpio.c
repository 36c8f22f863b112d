#include <assert.h>
#include <string.h>

#include "../conf/err.h"
#include "gpio.h"
#include "pdu.h"

struct gpio {
	struct line	line;
	struct tally	tally;
	bool		waiting;
	uint64_t	cookie;
	size_t		wanted;		/* bytes behind the status */
	int64_t		asked, until;	/* mono us */
	uint8_t		answer[1 + GPIO_LINES_MAX / 8];
};

/* A link holds one set of lines, so that there is nobody to choose from. */
static int
gpio_address(const char *text, uint8_t out[ADDRESS_MAX], const char **why)
{
	*why = ERR_("the lines of the box have no unit but 1");
	memset(out, 0, ADDRESS_MAX);
	return strcmp(text, "1") == 0 ? 0 : -1;
}

static void
gpio_init(void *session, const struct line *line, int64_t now)
{
	struct gpio *s = session;

	(void)now;
	s->line = *line;
	s->waiting = false;
}

static bool
valid(const struct ask *ask)
{
	if (ask->function == GPIO_SET)
		return ask->count == 1 && ask->payload_len == 1 && ask->number <= UINT16_MAX;
	return (ask->function == GPIO_OUTPUTS || ask->function == GPIO_INPUTS) &&
	    ask->count >= 1 && ask->count <= GPIO_LINES_MAX &&
	    ask->number <= 65536U - ask->count;
}

static bool
gpio_ask(void *session, const struct ask *ask, int64_t now, struct out *out)
{
	struct gpio *s = session;

	assert(valid(ask));
	if (s->waiting) {
		out->deadline = s->until;
		return false;
	}
	buf_put8(&out->send, ask->function);
	buf_putbe16(&out->send, (uint16_t)ask->number);
	buf_putbe16(&out->send, ask->count);
	buf_put8(&out->send, ask->function == GPIO_SET ? ask->payload[0] & 1 : 0);
	assert(!out->send.bad);
	s->waiting = true;
	s->cookie = ask->cookie;
	s->wanted = ask->function == GPIO_SET ? 0 : (size_t)(ask->count + 7) / 8;
	s->asked = now;
	s->until = out->deadline = now + s->line.timeout_max;
	s->tally.asked++;
	return true;
}

static struct reply *
reply(struct gpio *s, enum reply_status status, int64_t now, struct out *out)
{
	struct reply *r = &out->replies[out->nreplies++];

	*r = (struct reply){ .cookie = s->cookie, .status = status, .asked = s->asked,
	    .heard = now };
	s->waiting = false;
	return r;
}

static void
gpio_hear(void *session, const uint8_t *bytes, size_t n, int64_t now, struct out *out)
{
	struct gpio *s = session;
	struct reply *r;

	if (n == 0 || !s->waiting) {
		s->tally.foreign += n > 0;
	} else if (bytes[0] != 0) {
		reply(s, REPLY_EXCEPTION, now, out)->exception = bytes[0];
		s->tally.exceptions++;
	} else if (n != 1 + s->wanted) {
		s->tally.garbled++;
	} else {
		memcpy(s->answer, bytes, n);
		r = reply(s, REPLY_OK, now, out);
		r->data = s->answer + 1;
		r->len = s->wanted;
		s->tally.answered++;
	}
	out->deadline = s->waiting ? s->until : INT64_MAX;
}

static void
gpio_tick(void *session, int64_t now, struct out *out)
{
	struct gpio *s = session;

	if (s->waiting && now >= s->until) {
		reply(s, REPLY_TIMEOUT, now, out);
		s->tally.timeouts++;
	}
	out->deadline = s->waiting ? s->until : INT64_MAX;
}

static const struct tally *
gpio_tally(const void *session)
{
	const struct gpio *s = session;

	return &s->tally;
}

const struct proto gpio_lines = {
	.name = "gpio",
	.size = sizeof(struct gpio),
	.address = gpio_address,
	.valid = valid,
	.init = gpio_init,
	.ask = gpio_ask,
	.hear = gpio_hear,
	.tick = gpio_tick,
	.tally = gpio_tally,
	.exception = pdu_exception,
};
