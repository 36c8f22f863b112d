#include <errno.h>
#include <gpiod.h>
#include <stdlib.h>

#include "../room.h"
#include "gpio_chip.h"

#define CONSUMER	"tidegate"

/* How we hold a line now. */
enum held { HELD_NOT, HELD_AS_IS, HELD_IN, HELD_OUT };

struct gpio_chip {
	struct gpiod_chip	*chip;
	int			 flags;		/* of inputs */
	int			 polarity;	/* of all */
	unsigned		 n;
	enum held		*held;		/* of each line */
};

static const int biases[] = {
	[GPIO_BIAS_AS_IS]	= 0,
	[GPIO_BIAS_OFF]		= GPIOD_LINE_REQUEST_FLAG_BIAS_DISABLE,
	[GPIO_BIAS_UP]		= GPIOD_LINE_REQUEST_FLAG_BIAS_PULL_UP,
	[GPIO_BIAS_DOWN]	= GPIOD_LINE_REQUEST_FLAG_BIAS_PULL_DOWN,
};

struct gpio_chip *
gpio_chip_open(const char *path, enum gpio_bias bias, bool active_low)
{
	struct gpiod_chip *chip = gpiod_chip_open(path);
	struct gpio_chip *c;

	if (chip == NULL)
		return NULL;
	c = room_for(1, sizeof(*c));
	c->chip = chip;
	c->polarity = active_low ? GPIOD_LINE_REQUEST_FLAG_ACTIVE_LOW : 0;
	c->flags = biases[bias] | c->polarity;
	c->n = gpiod_chip_num_lines(chip);
	c->held = room_for(c->n, sizeof(*c->held));
	return c;
}

void
gpio_chip_close(struct gpio_chip *c)
{
	gpiod_chip_close(c->chip);	/* releases its lines */
	free(c->held);
	free(c);
}

/* The line, let go if we hold it otherwise; *have: it is held as wanted. */
static struct gpiod_line *
take(struct gpio_chip *c, unsigned i, enum held as, bool *have)
{
	struct gpiod_line *line = i < c->n ? gpiod_chip_get_line(c->chip, i) : NULL;

	if (line == NULL) {
		errno = i < c->n ? errno : ENXIO;
		return NULL;
	}
	*have = c->held[i] == as || (as == HELD_AS_IS && c->held[i] == HELD_OUT);
	if (!*have && c->held[i] != HELD_NOT) {
		gpiod_line_release(line);
		c->held[i] = HELD_NOT;
	}
	return line;
}

int
gpio_chip_input(struct gpio_chip *c, unsigned i)
{
	bool have;
	struct gpiod_line *line = take(c, i, HELD_IN, &have);

	if (line == NULL)
		return -1;
	if (!have && gpiod_line_request_input_flags(line, CONSUMER, c->flags) != 0)
		return -1;
	c->held[i] = HELD_IN;
	return gpiod_line_get_value(line);
}

int
gpio_chip_output(struct gpio_chip *c, unsigned i)
{
	const struct gpiod_line_request_config as_is = { .consumer = CONSUMER,
	    .request_type = GPIOD_LINE_REQUEST_DIRECTION_AS_IS, .flags = c->polarity };
	bool have;
	struct gpiod_line *line = take(c, i, HELD_AS_IS, &have);

	if (line == NULL)
		return -1;
	if (!have) {
		if (gpiod_line_request(line, &as_is, 0) != 0)
			return -1;
		c->held[i] = HELD_AS_IS;
	}
	return gpiod_line_get_value(line);
}

int
gpio_chip_set(struct gpio_chip *c, unsigned i, bool on)
{
	bool have;
	struct gpiod_line *line = take(c, i, HELD_OUT, &have);

	if (line == NULL)
		return -1;
	if (have)
		return gpiod_line_set_value(line, on);
	if (gpiod_line_request_output_flags(line, CONSUMER, c->polarity, on) != 0)
		return -1;
	c->held[i] = HELD_OUT;
	return 0;
}
