#include <errno.h>
#include <fcntl.h>
#include <gpiod.h>
#include <linux/uhid.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "../../gateway/clock.h"
#include "../../gateway/link/gpio_chip.h"
#include "../../protocols/gpio.h"
#include "../check.h"
#include "line.h"

/* The link of kind gpio against a chip of the kernel: an MCP2221 (USB to I2C, four
 * lines) whose USB side this program is, through /dev/uhid, so that it says what is
 * at the pins and hears what is driven.  The kernel of Debian 12 (6.1, amd64) is
 * built without gpio-sim and gpio-mockup, but with this driver. */

#define VENDOR		0x04d8
#define PRODUCT		0x00dd
#define LABEL		"mcp2221_gpio"
#define PINS		4
#define REPORT		64
#define CHIPS_MAX	64
#define PATIENCE	60000		/* ms; the driver asks each pin at its start,
					 * and waits 4 s for answers nobody hears */
/* DS20005565, 3.1.11 and 3.1.12 */
#define SET_PINS	0x50
#define GET_PINS	0x51

/* A report of 64 bytes either way. */
static const uint8_t descriptor[] = {
	0x06, 0x00, 0xff, 0x09, 0x01, 0xa1, 0x01,
	0x15, 0x00, 0x26, 0xff, 0x00, 0x75, 0x08, 0x95, REPORT,
	0x09, 0x02, 0x81, 0x02,
	0x09, 0x03, 0x91, 0x02,
	0xc0,
};

static int		uhid = -1;
static pthread_t	usb;
static atomic_bool	ended;
static atomic_int	level[PINS];		/* at the pin */
static atomic_int	is_input[PINS];
static char		chip_path[64];

static void
tell(const struct uhid_event *e)
{
	CHECK(write(uhid, e, sizeof(*e)) == sizeof(*e) || errno == ENODEV || errno == EINVAL);
}

static void
set_pins(const uint8_t *asked)
{
	for (int i = 0; i < PINS; i++) {
		const uint8_t *pin = asked + 2 + 4 * i;

		if (pin[2])
			is_input[i] = pin[3];
		if (pin[0] && !is_input[i])
			level[i] = pin[1];
	}
}

static void
answer(const uint8_t *asked)
{
	struct uhid_event e = { .type = UHID_INPUT2, .u.input2.size = REPORT };
	uint8_t *said = e.u.input2.data;

	said[0] = asked[0];
	if (asked[0] == SET_PINS) {
		set_pins(asked);
		memcpy(said + 2, asked + 2, 4 * PINS);
	}
	/* Value and direction, says the data sheet; the driver of Linux 6.1.192 takes the
	 * second for the value.  Nobody here asks for the direction: both say the value. */
	for (int i = 0; asked[0] == GET_PINS && i < PINS; i++)
		said[2 + 2 * i] = said[3 + 2 * i] = (uint8_t)level[i];
	tell(&e);
}

static void *
be_usb(void *arg)
{
	struct pollfd fd = { .fd = uhid, .events = POLLIN };
	struct uhid_event e;

	(void)arg;
	while (!ended) {
		if (poll(&fd, 1, 50) != 1 || read(uhid, &e, sizeof(e)) <= 0)
			continue;
		if (e.type == UHID_OUTPUT)
			answer(e.u.output.data);
	}
	return NULL;
}

/* The chip with our label; false: there is none. */
static bool
find_chip(void)
{
	for (int i = 0; i < CHIPS_MAX; i++) {
		struct gpiod_chip *chip;
		bool ours;

		snprintf(chip_path, sizeof(chip_path), "/dev/gpiochip%d", i);
		if ((chip = gpiod_chip_open(chip_path)) == NULL)
			continue;
		ours = strcmp(gpiod_chip_label(chip), LABEL) == 0;
		gpiod_chip_close(chip);
		if (ours)
			return true;
	}
	return false;
}

static bool
plug(void)
{
	struct uhid_event e = { .type = UHID_CREATE2 };

	uhid = open("/dev/uhid", O_RDWR | O_CLOEXEC | O_NONBLOCK);
	if (uhid < 0)
		return false;
	snprintf((char *)e.u.create2.name, sizeof(e.u.create2.name), "four lines");
	memcpy(e.u.create2.rd_data, descriptor, sizeof(descriptor));
	e.u.create2.rd_size = sizeof(descriptor);
	e.u.create2.bus = 3;		/* USB */
	e.u.create2.vendor = VENDOR;
	e.u.create2.product = PRODUCT;
	for (int i = 0; i < PINS; i++)
		is_input[i] = 1;
	tell(&e);
	ended = false;
	CHECK(pthread_create(&usb, NULL, be_usb, NULL) == 0);
	for (int waited = 0; waited < PATIENCE; waited += 100) {
		if (find_chip())
			return true;
		usleep(100000);
	}
	return false;
}

static void
unplug(void)
{
	const struct uhid_event e = { .type = UHID_DESTROY };

	if (uhid < 0)
		return;
	tell(&e);
	ended = true;
	pthread_join(usb, NULL);
	close(uhid);
	uhid = -1;
}

static struct rig rig;

static bool
heard_any(const struct rig *r)
{
	return r->nheard > 0;
}

static void
start(bool active_low)
{
	memset(&rig, 0, sizeof(rig));
	rig.conf = (struct link_conf){ .name = "box", .proto = "", .path = chip_path,
	    .active_low = active_low };
	rig_start(&rig, "gpio");
	CHECK(rig_until(&rig, is_up, PATIENCE));
}

static void
ask(const char question[GPIO_QUESTION], const char *wanted, size_t n)
{
	rig.nheard = 0;
	CHECK(link_send(&rig.link, (const uint8_t *)question, GPIO_QUESTION,
	    system_clock.mono()) == 0);
	CHECK(rig_until(&rig, heard_any, PATIENCE));
	if (rig.nheard != n || memcmp(rig.heard, wanted, n) != 0)
		fprintf(stderr, "heard %zu bytes: %02x %02x\n", rig.nheard, rig.heard[0],
		    rig.heard[1]);
	CHECK(rig.nheard == n && memcmp(rig.heard, wanted, n) == 0);
}

static void
inputs_are_read_and_followed(void)
{
	start(false);
	level[1] = 1;
	ask("\2\0\0\0\4\0", "\0\2", 2);
	level[1] = 0;
	level[3] = 1;
	ask("\2\0\0\0\4\0", "\0\10", 2);
	CHECK(is_input[0] && is_input[3]);
	rig_stop(&rig);
}

static void
outputs_are_driven_and_read_back(void)
{
	start(false);
	level[2] = 0;
	ask("\1\0\2\0\1\0", "\0\0", 2);
	CHECK(is_input[2]);		/* to be asked makes no output of it */
	ask("\5\0\2\0\1\1", "\0", 1);
	CHECK(!is_input[2] && level[2] == 1);
	ask("\1\0\2\0\1\0", "\0\1", 2);
	ask("\5\0\2\0\1\0", "\0", 1);
	CHECK(level[2] == 0);
	ask("\1\0\2\0\1\0", "\0\0", 2);
	ask("\2\0\2\0\1\0", "\0\0", 2);
	CHECK(is_input[2]);		/* read as an input it becomes one again */
	rig_stop(&rig);
}

static void
an_active_low_chip_is_turned_round(void)
{
	start(true);
	level[0] = 0;
	level[1] = 1;
	ask("\2\0\0\0\2\0", "\0\1", 2);
	ask("\5\0\3\0\1\1", "\0", 1);
	CHECK(!is_input[3] && level[3] == 0);
	ask("\1\0\3\0\1\0", "\0\1", 2);
	rig_stop(&rig);
}

static void
a_line_that_is_taken_or_not_there_is_refused(void)
{
	struct gpiod_chip *other = gpiod_chip_open(chip_path);
	struct gpiod_line *line;

	CHECK(other != NULL && (line = gpiod_chip_get_line(other, 0)) != NULL);
	CHECK(gpiod_line_request_input(line, "another program") == 0);
	start(false);
	ask("\2\0\0\0\1\0", "\4", 1);
	ask("\2\0\4\0\1\0", "\2", 1);
	gpiod_chip_close(other);
	ask("\2\0\0\0\1\0", "\0\0", 2);
	rig_stop(&rig);
}

static void
a_chip_that_is_unplugged_comes_back(void)
{
	start(false);
	ask("\2\0\1\0\1\0", "\0\1", 2);
	unplug();
	rig.nheard = 0;
	CHECK(link_send(&rig.link, (const uint8_t *)"\2\0\1\0\1\0", GPIO_QUESTION,
	    system_clock.mono()) == -1);
	CHECK(rig_until(&rig, is_down, PATIENCE));
	CHECK(strstr(rig.why, "/dev/gpiochip") != NULL);
	CHECK(plug());
	rig_hurry(&rig);
	CHECK(rig_until(&rig, is_up, PATIENCE));
	ask("\2\0\1\0\1\0", "\0\1", 2);
	rig_stop(&rig);
}

int
main(void)
{
	if (!plug()) {
		printf("skip gpio_kernel: %s\n", uhid < 0 ?
		    "/dev/uhid cannot be opened: as root, with the modules uhid and hid-mcp2221" :
		    "the kernel makes no chip of an MCP2221: it wants the module hid-mcp2221");
		unplug();
		return 0;
	}
	RUN(inputs_are_read_and_followed);
	RUN(outputs_are_driven_and_read_back);
	RUN(an_active_low_chip_is_turned_round);
	RUN(a_line_that_is_taken_or_not_there_is_refused);
	RUN(a_chip_that_is_unplugged_comes_back);
	unplug();
	return 0;
}
