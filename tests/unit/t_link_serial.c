#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "../../gateway/clock.h"
#include "../check.h"
#include "line.h"

static char	dir[] = "/tmp/tidegate-serial-XXXXXX";
static char	path[64];

/* A pseudo terminal whose far end we hold; path leads to the near one, so
 * that it may come back as another. */
static int
plug(void)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
	struct termios tio;

	CHECK(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0);
	CHECK(tcgetattr(master, &tio) == 0);
	cfmakeraw(&tio);
	CHECK(tcsetattr(master, TCSANOW, &tio) == 0);
	unlink(path);
	CHECK(symlink(ptsname(master), path) == 0);
	return master;
}

static struct link_conf
conf(void)
{
	return (struct link_conf){ .name = "rs485-1", .proto = "", .path = path, .speed = 9600,
	    .data_bits = 8, .parity = 0, .stop_bits = 1 };
}

static bool
heard_8(const struct rig *rig)
{
	return rig->nheard >= 8;
}

static ssize_t
take(int master, uint8_t *bytes, size_t n)
{
	size_t got = 0;

	for (int i = 0; i < 2000 && got < n; i++) {
		ssize_t k = read(master, bytes + got, n - got);

		if (k > 0)
			got += (size_t)k;
		else
			usleep(1000);
	}
	return (ssize_t)got;
}

static void
carries_every_byte_both_ways(void)
{
	struct rig rig = { .conf = conf() };
	uint8_t all[256], got[256];
	int master = plug();

	for (int i = 0; i < 256; i++)
		all[i] = (uint8_t)i;	/* also XON, XOFF, ^C, ^D, CR, NL and NUL */
	rig_start(&rig, "serial");
	CHECK(rig_until(&rig, is_up, 2000));
	CHECK(link_send(&rig.link, all, 256, system_clock.mono()) == 0);
	CHECK(take(master, got, 256) == 256 && memcmp(got, all, 256) == 0);
	for (size_t i = 0; i < 256; i += 8) {
		rig.nheard = 0;
		CHECK(write(master, all + i, 8) == 8);
		CHECK(rig_until(&rig, heard_8, 2000));
		CHECK(rig.nheard == 8 && memcmp(rig.heard, all + i, 8) == 0);
	}
	CHECK(rig.link.rx == 256 && rig.link.tx == 256 && rig.downs == 0);
	rig_stop(&rig);
	close(master);
}

static void
the_settings_are_read_back(void)
{
	struct rig rig = { .conf = conf() };
	struct termios tio;
	int master = plug();

	rig.conf.parity = 1;			/* 8E1: a pty keeps 8N1, that is a notice */
	rig_start(&rig, "serial");
	CHECK(rig_until(&rig, is_up, 2000));
	CHECK(tcgetattr(rig.link.source.fd, &tio) == 0);
	CHECK(cfgetospeed(&tio) == B9600 && cfgetispeed(&tio) == B9600);
	CHECK((tio.c_lflag & (ICANON | ECHO | ISIG)) == 0 && (tio.c_oflag & OPOST) == 0);
	CHECK((tio.c_cflag & (CLOCAL | CREAD)) == (CLOCAL | CREAD));
	CHECK(fcntl(rig.link.source.fd, F_GETFL) & O_NONBLOCK);
	CHECK(fcntl(rig.link.source.fd, F_GETFD) & FD_CLOEXEC);
	rig_stop(&rig);
	rig = (struct rig){ .conf = conf() };
	rig.conf.speed = 115200;
	rig.conf.stop_bits = 2;
	rig_start(&rig, "serial");
	CHECK(rig_until(&rig, is_up, 2000));
	CHECK(tcgetattr(rig.link.source.fd, &tio) == 0);
	CHECK(cfgetospeed(&tio) == B115200 && (tio.c_cflag & CSTOPB));
	rig_stop(&rig);
	close(master);
}

/* libmodbus would take 9600 for each of these without a word. */
static void
a_speed_that_no_line_has_is_refused(void)
{
	static const int64_t odd[] = { 12345, 31250, 250000, 9601 };
	struct err room[ERRS_MAX];
	int master = plug();

	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		struct rig rig = { .conf = conf() };
		struct errs errs = { .at = room };
		char figure[16];

		rig.conf.speed = odd[i];
		snprintf(figure, sizeof(figure), "%lld", (long long)odd[i]);
		rig_start(&rig, "serial");
		CHECK(rig_until(&rig, is_down, 2000));
		CHECK(strstr(rig.why, figure) != NULL && rig.ups == 0);
		CHECK(rig.link.kind->check(&rig.conf, &errs) == -1);
		CHECK(errs.n == 1 && strstr(room[0].text, figure) != NULL);
		rig_stop(&rig);
	}
	close(master);
}

static void
what_is_no_line_is_refused_in_words(void)
{
	static const struct { const char *path, *words; } row[] = {
		{ "/dev/no-such-line", "no such device" },
		{ "/dev/null", "not a serial line" },
		{ "/proc/version", "" },
		{ "/tmp", "" },
		{ "", "no such device" },
	};

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct rig rig = { .conf = conf() };

		rig.conf.path = row[i].path;
		rig_start(&rig, "serial");
		CHECK(rig_until(&rig, is_down, 2000));
		CHECK(strstr(rig.why, row[i].words) != NULL && strlen(rig.why) > 4);
		rig_stop(&rig);
	}
}

/* A second one neither gets the line nor changes its settings. */
static void
a_line_in_use_is_left_alone(void)
{
	struct rig first = { .conf = conf() }, second = { .conf = conf() };
	struct termios tio;
	int master = plug();

	rig_start(&first, "serial");
	CHECK(rig_until(&first, is_up, 2000));
	second.conf.speed = 19200;
	rig_start(&second, "serial");
	CHECK(rig_until(&second, is_down, 2000));
	CHECK(strstr(second.why, "in use by another program") != NULL);
	CHECK(tcgetattr(first.link.source.fd, &tio) == 0 && cfgetospeed(&tio) == B9600);
	CHECK(link_send(&first.link, (const uint8_t *)"x", 1, 0) == 0);
	rig_stop(&first);
	rig_hurry(&second);			/* free now */
	CHECK(rig_until(&second, is_up, 2000));
	CHECK(tcgetattr(second.link.source.fd, &tio) == 0 && cfgetospeed(&tio) == B19200);
	rig_stop(&second);
	close(master);
}

static void
an_unplugged_line_comes_back(void)
{
	struct rig rig = { .conf = conf() };
	int master = plug();

	rig_start(&rig, "serial");
	CHECK(rig_until(&rig, is_up, 2000));
	CHECK(write(master, "12345678", 8) == 8);
	CHECK(rig_until(&rig, heard_8, 2000));
	close(master);
	CHECK(rig_until(&rig, is_down, 2000));
	CHECK(strstr(rig.why, "unplugged or hung up") != NULL);
	CHECK(rig.link.source.fd < 0 && rig.link.downs == 1);
	rig_hurry(&rig);			/* still away: not told again */
	rig_until(&rig, NULL, 20);
	CHECK(rig.downs == 1 && rig.link.state == LINK_CLOSED);
	CHECK(strstr(rig.link.why, "no such device") != NULL ||
	    strstr(rig.link.why, "gone") != NULL);
	master = plug();
	CHECK(rig_until(&rig, is_up, 5000));	/* by its own back-off */
	CHECK(rig.ups == 2 && rig.link.why[0] == '\0');
	CHECK(write(master, "12345678", 8) == 8);
	rig.nheard = 0;
	CHECK(rig_until(&rig, heard_8, 2000));
	rig_stop(&rig);
	close(master);
}

/* Back-off of a line is short: a plugged-in adapter should be back soon. */
static void
a_missing_line_is_tried_every_few_seconds(void)
{
	struct rig rig = { .conf = conf() };

	rig.conf.path = "/dev/no-such-line";
	rig_start(&rig, "serial");
	CHECK(rig_until(&rig, is_down, 2000));
	for (int i = 0; i < 10; i++) {
		rig_hurry(&rig);
		rig_until(&rig, NULL, 5);
	}
	CHECK(rig.link.retry.at - rig.link.since <= 5 * US_PER_S);
	CHECK(rig.link.retry.at - rig.link.since > 3 * US_PER_S);
	rig_stop(&rig);
}

static void
old_input_is_discarded(void)
{
	struct rig rig = { .conf = conf() };
	int master = plug(), keep = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	struct termios tio;

	/* somebody has it open and raw, and an answer of yesterday waits in it */
	CHECK(keep >= 0 && tcgetattr(keep, &tio) == 0);
	cfmakeraw(&tio);
	CHECK(tcsetattr(keep, TCSANOW, &tio) == 0);
	CHECK(write(master, "yesterday", 9) == 9);
	usleep(10000);
	rig_start(&rig, "serial");
	CHECK(rig_until(&rig, is_up, 2000));
	rig_until(&rig, NULL, 30);
	CHECK(rig.nheard == 0);
	CHECK(write(master, "today---", 8) == 8);
	CHECK(rig_until(&rig, heard_8, 2000));
	CHECK(memcmp(rig.heard, "today---", 8) == 0);
	rig_stop(&rig);
	close(keep);
	close(master);
}

/* A far end that takes nothing: neither send nor close may wait for it. */
static void
a_stuck_line_is_down_and_closes_at_once(void)
{
	static const uint8_t frame[256];
	struct rig rig = { .conf = conf() };
	int master = plug(), n = 0;
	int64_t began;

	rig_start(&rig, "serial");
	CHECK(rig_until(&rig, is_up, 2000));
	began = system_clock.mono();
	while (link_send(&rig.link, frame, sizeof(frame), began) == 0)
		CHECK(++n < 10000);
	CHECK(rig.downs == 1 && strstr(rig.why, "nothing leaves") != NULL);
	rig_stop(&rig);
	CHECK(system_clock.mono() - began < US_PER_S);
	close(master);
}

/* A pty has no transmitter to switch: the driver says no, and so do we. */
static void
rs485_that_the_driver_lacks_is_an_error(void)
{
	struct rig rig = { .conf = conf() };
	int master = plug();

	rig.conf.rs485 = true;
	rig_start(&rig, "serial");
	CHECK(rig_until(&rig, is_down, 2000));
	CHECK(strstr(rig.why, "RS-485") != NULL && rig.ups == 0);
	rig_stop(&rig);
	close(master);
}

static void
the_line_gets_its_settings_back(void)
{
	struct rig rig = { .conf = conf() };
	int master = plug(), keep = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	struct termios before, after;

	CHECK(keep >= 0 && tcgetattr(keep, &before) == 0);
	rig.conf.speed = 19200;
	rig_start(&rig, "serial");
	CHECK(rig_until(&rig, is_up, 2000));
	rig_stop(&rig);
	CHECK(tcgetattr(keep, &after) == 0);
	CHECK(cfgetospeed(&after) == cfgetospeed(&before) && after.c_lflag == before.c_lflag);
	CHECK(flock(keep, LOCK_EX | LOCK_NB) == 0);	/* and nobody holds it */
	close(keep);
	close(master);
}

static void
coming_and_going_takes_no_memory(void)
{
	struct rig rig = { .conf = conf() };
	long before = 0;

	rig_start(&rig, "serial");
	for (int i = 0; i < 5; i++) {
		int master = plug();

		if (i > 0)
			rig_hurry(&rig);
		if (i == 1)
			before = allocations();
		CHECK(rig_until(&rig, is_up, 2000));
		CHECK(link_send(&rig.link, (const uint8_t *)"question", 8, 0) == 0);
		rig.nheard = 0;
		CHECK(write(master, "answer..", 8) == 8);
		CHECK(rig_until(&rig, heard_8, 2000));
		close(master);
		rig.downs = 0;
		CHECK(rig_until(&rig, is_down, 2000));
	}
	CHECK(allocations() == before);
	rig_stop(&rig);
}

int
main(void)
{
	CHECK(mkdtemp(dir) != NULL);
	snprintf(path, sizeof(path), "%s/line", dir);
	RUN(carries_every_byte_both_ways);
	RUN(the_settings_are_read_back);
	RUN(a_speed_that_no_line_has_is_refused);
	RUN(what_is_no_line_is_refused_in_words);
	RUN(a_line_in_use_is_left_alone);
	RUN(an_unplugged_line_comes_back);
	RUN(a_missing_line_is_tried_every_few_seconds);
	RUN(old_input_is_discarded);
	RUN(a_stuck_line_is_down_and_closes_at_once);
	RUN(rs485_that_the_driver_lacks_is_an_error);
	RUN(the_line_gets_its_settings_back);
	RUN(coming_and_going_takes_no_memory);
	unlink(path);
	rmdir(dir);
	return 0;
}
