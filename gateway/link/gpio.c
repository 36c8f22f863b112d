#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "../../protocols/gpio.h"
#include "../clock.h"
#include "../room.h"
#include "gpio_chip.h"
#include "link.h"

#define NO_SUCH_LINE	2	/* exceptions of Modbus */
#define LINE_FAILED	4

struct gpio {
	struct gpio_chip	*chip;
	uint8_t			 answer[1 + GPIO_LINES_MAX / 8];
	size_t			 len;
};

static const char *const biases[] = {
	[GPIO_BIAS_AS_IS]	= "as-is",
	[GPIO_BIAS_OFF]		= "off",
	[GPIO_BIAS_UP]		= "pull-up",
	[GPIO_BIAS_DOWN]	= "pull-down",
	NULL
};

static const struct key keys[] = {
	{ .name = "chip", .type = KEY_STRING, .offset = offsetof(struct link_conf, path),
	  .example = "\"/dev/gpiochip0\"",
	  .help = "Device file of the chip, such as /dev/gpiochip0." },
	{ .name = "bias", .type = KEY_CHOICE, .offset = offsetof(struct link_conf, bias),
	  .fallback = "as-is", .names = biases,
	  .help = "Resistor at the inputs, where the chip has one." },
	{ .name = "active_low", .type = KEY_BOOL,
	  .offset = offsetof(struct link_conf, active_low), .fallback = "false",
	  .help = "A line is on at its low level, as with a contact to ground." },
	{ 0 }
};

static void	ready(struct source *, uint32_t events, int64_t now);

/* The chip is there already; the loop tells it, as it tells of any link. */
static int
open_chip(struct link *link, int64_t now)
{
	struct gpio *g = link->kind_data;

	(void)now;
	if (g == NULL)
		g = link->kind_data = room_for(1, sizeof(*g));
	g->chip = gpio_chip_open(link->conf->path, (enum gpio_bias)link->conf->bias,
	    link->conf->active_low);
	if (g->chip == NULL)
		return link_fail(link, "%s: %s", link->conf->path, strerrordesc_np(errno));
	link->source.ready = ready;
	link->source.fd = eventfd(1, EFD_NONBLOCK | EFD_CLOEXEC);
	if (link->source.fd < 0 || loop_add(link->loop, &link->source, EPOLLIN) != 0) {
		link_fail(link, "eventfd: %s", strerrordesc_np(errno));
		gpio_chip_close(g->chip);
		if (link->source.fd >= 0)
			close(link->source.fd);
		return -1;
	}
	g->len = 0;
	return 0;
}

static void
close_chip(struct link *link)
{
	struct gpio *g = link->kind_data;

	loop_remove(link->loop, &link->source);
	close(link->source.fd);
	link->source.fd = -1;
	gpio_chip_close(g->chip);
}

static void
ready(struct source *source, uint32_t events, int64_t now)
{
	struct link *link = owner_of(source, struct link, source);
	struct gpio *g = link->kind_data;
	uint64_t rang;

	(void)events;
	if (read(source->fd, &rang, sizeof(rang)) != (ssize_t)sizeof(rang))
		return;
	if (link->state == LINK_OPENING) {
		link_is_up(link, now);
		return;
	}
	if (g->len > 0)
		link_heard(link, g->answer, g->len, now);
}

static uint8_t
exception_of(int error)
{
	return error == ENXIO || error == EINVAL ? NO_SUCH_LINE : LINE_FAILED;
}

/* Fills the answer with the lines from first on.  -1: errno. */
static int
read_lines(struct gpio *g, int (*read_line)(struct gpio_chip *, unsigned), unsigned first,
    unsigned count)
{
	memset(g->answer, 0, sizeof(g->answer));
	g->len = 1 + (count + 7U) / 8;
	for (unsigned i = 0; i < count; i++) {
		int on = read_line(g->chip, first + i);

		if (on < 0)
			return -1;
		g->answer[1 + i / 8] |= (uint8_t)((on != 0) << i % 8);
	}
	return 0;
}

static int
set_line(struct gpio *g, unsigned line, bool on)
{
	g->answer[0] = 0;
	g->len = 1;
	return gpio_chip_set(g->chip, line, on);
}

/* The answer is there at once, but is told by the loop: the session that asks
 * is not entered again from within. */
static int
send_question(struct link *link, const uint8_t *p, size_t n)
{
	struct gpio *g = link->kind_data;
	const uint64_t ring = 1;
	unsigned first, count;
	int rc;

	if (n != GPIO_QUESTION)
		return link_fail(link, "a question of %zu bytes is none for a chip", n);
	first = (unsigned)(p[1] << 8 | p[2]);
	count = (unsigned)(p[3] << 8 | p[4]);
	rc = p[0] == GPIO_SET ? set_line(g, first, p[5] != 0) :
	    read_lines(g, p[0] == GPIO_INPUTS ? gpio_chip_input : gpio_chip_output, first, count);
	/* A chip that was unplugged comes back as another one: open it anew. */
	if (rc != 0 && errno == ENODEV)
		return link_fail(link, "%s: %s", link->conf->path, strerrordesc_np(errno));
	if (rc != 0) {
		g->answer[0] = exception_of(errno);
		g->len = 1;
	}
	if (write(link->source.fd, &ring, sizeof(ring)) != (ssize_t)sizeof(ring))
		return link_fail(link, "eventfd: %s", strerrordesc_np(errno));
	return 0;
}

static void
forget(struct link *link)
{
	free(link->kind_data);
	link->kind_data = NULL;
}

const struct link_kind link_gpio = {
	.name = "gpio",
	.proto = "gpio",
	.keys = keys,
	.backoff_max = 60 * US_PER_S,
	.metered = true,	/* there is no wire */
	.open = open_chip,
	.close = close_chip,
	.send = send_question,
	.forget = forget,
};
