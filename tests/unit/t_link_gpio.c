#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../../gateway/link/gpio_chip.h"
#include "../../protocols/gpio.h"
#include "../check.h"
#include "line.h"

/* A chip of ours stands where that of the kernel would: few machines on which
 * this is tested have one. */

#define LINES	8

struct gpio_chip {
	int	level[LINES];
	bool	is_output[LINES];
};

static struct gpio_chip	the_chip;
static int		opened, closed, open_error, line_error;
static enum gpio_bias	bias_seen;
static bool		low_seen;

struct gpio_chip *
gpio_chip_open(const char *path, enum gpio_bias bias, bool active_low)
{
	CHECK(strcmp(path, "/dev/gpiochip9") == 0);
	bias_seen = bias;
	low_seen = active_low;
	if (open_error != 0) {
		errno = open_error;
		return NULL;
	}
	opened++;
	return &the_chip;
}

void
gpio_chip_close(struct gpio_chip *c)
{
	CHECK(c == &the_chip);
	closed++;
}

static int
fail_at(unsigned i)
{
	errno = i >= LINES ? ENXIO : line_error;
	return errno != 0 ? -1 : 0;
}

int
gpio_chip_input(struct gpio_chip *c, unsigned i)
{
	return fail_at(i) != 0 ? -1 : c->level[i];
}

int
gpio_chip_output(struct gpio_chip *c, unsigned i)
{
	return gpio_chip_input(c, i);
}

int
gpio_chip_set(struct gpio_chip *c, unsigned i, bool on)
{
	if (fail_at(i) != 0)
		return -1;
	c->is_output[i] = true;
	c->level[i] = on;
	return 0;
}

static struct rig rig;

static bool
heard_any(const struct rig *r)
{
	return r->nheard > 0;
}

static void
start(void)
{
	memset(&rig, 0, sizeof(rig));
	memset(&the_chip, 0, sizeof(the_chip));
	opened = closed = open_error = line_error = 0;
	rig.conf = (struct link_conf){ .name = "box", .proto = "", .path = "/dev/gpiochip9",
	    .bias = GPIO_BIAS_UP, .active_low = true };
}

/* Asks, and gives what came back. */
static void
ask(const char question[GPIO_QUESTION], const char *wanted, size_t n)
{
	rig.nheard = 0;
	CHECK(link_send(&rig.link, (const uint8_t *)question, GPIO_QUESTION, 0) == 0);
	CHECK(rig.nheard == 0);		/* told by the loop, not from within */
	CHECK(rig_until(&rig, heard_any, 1000));
	CHECK(rig.nheard == n && memcmp(rig.heard, wanted, n) == 0);
}

static void
lines_are_read_and_set(void)
{
	start();
	rig_start(&rig, "gpio");
	CHECK(rig_until(&rig, is_up, 1000) && opened == 1);
	CHECK(bias_seen == GPIO_BIAS_UP && low_seen);
	the_chip.level[1] = the_chip.level[3] = 1;
	ask("\2\0\0\0\10\0", "\0\12", 2);
	ask("\5\0\2\0\1\1", "\0", 1);
	CHECK(the_chip.is_output[2] && the_chip.level[2] == 1);
	ask("\1\0\2\0\2\0", "\0\3", 2);
	ask("\5\0\2\0\1\0", "\0", 1);
	ask("\1\0\2\0\1\0", "\0\0", 2);
	rig_stop(&rig);
	CHECK(closed == 1);
}

static void
lines_that_fail_are_refused(void)
{
	start();
	rig_start(&rig, "gpio");
	CHECK(rig_until(&rig, is_up, 1000));
	ask("\2\0\10\0\1\0", "\2", 1);		/* no such line */
	ask("\2\0\7\0\2\0", "\2", 1);		/* the second of them */
	line_error = EBUSY;			/* another program holds it */
	ask("\2\0\0\0\1\0", "\4", 1);
	ask("\5\0\0\0\1\1", "\4", 1);
	line_error = 0;
	ask("\2\0\0\0\1\0", "\0\0", 2);
	CHECK(rig.downs == 0);
	rig_stop(&rig);
}

static void
a_chip_that_is_not_there_is_told_and_tried_again(void)
{
	start();
	open_error = ENOENT;
	rig_start(&rig, "gpio");
	CHECK(rig_until(&rig, is_down, 1000));
	CHECK(strstr(rig.why, "/dev/gpiochip9: No such file or directory") != NULL);
	open_error = 0;
	rig_hurry(&rig);
	CHECK(rig_until(&rig, is_up, 1000));
	rig_stop(&rig);
	CHECK(opened == 1 && closed == 1);
}

/* As when a chip on USB is unplugged: its lines do not come back by themselves. */
static void
a_chip_that_goes_is_opened_again(void)
{
	start();
	rig_start(&rig, "gpio");
	CHECK(rig_until(&rig, is_up, 1000));
	line_error = ENODEV;
	CHECK(link_send(&rig.link, (const uint8_t *)"\2\0\0\0\1\0", GPIO_QUESTION, 0) == -1);
	CHECK(rig_until(&rig, is_down, 1000) && closed == 1);
	CHECK(strstr(rig.why, "/dev/gpiochip9: No such device") != NULL);
	line_error = 0;
	rig_hurry(&rig);
	CHECK(rig_until(&rig, is_up, 1000) && opened == 2);
	ask("\2\0\0\0\1\0", "\0\0", 2);
	rig_stop(&rig);
}

int
main(void)
{
	RUN(lines_are_read_and_set);
	RUN(lines_that_fail_are_refused);
	RUN(a_chip_that_goes_is_opened_again);
	RUN(a_chip_that_is_not_there_is_told_and_tried_again);
	return 0;
}
