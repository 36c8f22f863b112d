#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "../../gateway/tell/way.h"
#include "../check.h"

/* A modem on a pseudo terminal, in a thread: what it does is set by flags. */
static struct {
	int		 master;
	char		 path[64];
	pthread_t	 thread;
	atomic_bool	 stop, mute, dies_in_pdu, refuses, wants_pin;
	atomic_int	 resets, pins, sent;
	atomic_int	 say;		/* 1: a report for the last; 2: a reply */
} fake;

static char folder[] = "/tmp/t_way_modem.XXXXXX";

#define REPLY	"0891683110402105F0040D91683108108300F00008621171615402230465365230"

static void
put(const char *text)
{
	ssize_t n = write(fake.master, text, strlen(text));

	(void)n;
}

static void
answer(const char *line)
{
	static const struct { const char *command, *answer; } rows[] = {
		{ "AT+CREG?", "\r\n+CREG: 0,1\r\n\r\nOK\r\n" },
		{ "AT+CSQ", "\r\n+CSQ: 20,99\r\n\r\nOK\r\n" },
		{ "AT+CMGS=", "\r\n> " },
		{ "AT+CMGR=", "\r\n+CMGR: 0,,24\r\n" REPLY "\r\n\r\nOK\r\n" },
	};

	if (strncmp(line, "AT+CFUN=1,1", 11) == 0) {
		fake.resets++;
		fake.mute = false;
	}
	if (fake.mute)
		return;
	if (strncmp(line, "AT+CPIN?", 8) == 0) {
		put(fake.wants_pin ? "\r\n+CPIN: SIM PIN\r\n\r\nOK\r\n" :
		    "\r\n+CPIN: READY\r\n\r\nOK\r\n");
		return;
	}
	if (strncmp(line, "AT+CPIN=", 8) == 0) {
		fake.pins++;
		put("\r\n+CME ERROR: 16\r\n");
		return;
	}
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strncmp(line, rows[i].command, strlen(rows[i].command)) == 0) {
			put(rows[i].answer);
			return;
		}
	put("\r\nOK\r\n");
}

static void
take_pdu(void)
{
	char text[64];

	if (fake.refuses) {
		put("\r\n+CMS ERROR: 28\r\n");
		return;
	}
	fake.sent++;
	snprintf(text, sizeof(text), "\r\n+CMGS: %d\r\n\r\nOK\r\n", fake.sent);
	put(text);
}

static void
say_unasked(void)
{
	char text[160];

	if (fake.say == 1) {
		snprintf(text, sizeof(text), "\r\n+CDS: 26\r\n0006%02X0D91683108108300F0"
		    "621171615402236211716154322300\r\n", (unsigned)fake.sent);
		put(text);
	} else if (fake.say == 2) {
		put("\r\n+CMTI: \"SM\",3\r\n");
	}
	fake.say = 0;
}

static void *
live(void *arg)
{
	char line[1024];
	size_t n = 0;

	(void)arg;
	while (!fake.stop) {
		struct pollfd fds = { .fd = fake.master, .events = POLLIN };
		char c;

		say_unasked();
		if (poll(&fds, 1, 20) <= 0 || read(fake.master, &c, 1) != 1)
			continue;
		if (c == 0x1b)
			continue;
		if (fake.dies_in_pdu && n > 10 && strncmp(line, "AT", 2) != 0) {
			close(fake.master);
			fake.master = -1;
			return NULL;
		}
		if (c == '\r' || c == 0x1a) {
			line[n] = '\0';
			n = 0;
			if (c == '\r')
				answer(line);
			else
				take_pdu();
		} else if (n < sizeof(line) - 1) {
			line[n++] = c;
		}
	}
	return NULL;
}

static int slave;	/* held open, so that a line closed between is no end */

static void
plug_in(void)
{
	struct termios t;

	fake.master = posix_openpt(O_RDWR | O_NOCTTY);
	CHECK(fake.master >= 0 && grantpt(fake.master) == 0 && unlockpt(fake.master) == 0);
	CHECK(ptsname_r(fake.master, fake.path, sizeof(fake.path)) == 0);
	slave = open(fake.path, O_RDWR | O_NOCTTY);
	CHECK(slave >= 0 && tcgetattr(slave, &t) == 0);
	cfmakeraw(&t);
	CHECK(tcsetattr(slave, TCSANOW, &t) == 0);
	fake.stop = fake.mute = fake.dies_in_pdu = fake.refuses = fake.wants_pin = false;
	fake.resets = fake.pins = fake.sent = fake.say = 0;
	CHECK(pthread_create(&fake.thread, NULL, live, NULL) == 0);
}

static void
unplug(void)
{
	fake.stop = true;
	pthread_join(fake.thread, NULL);
	close(slave);
	if (fake.master >= 0)
		close(fake.master);
}

/* The settings as a configuration file would give them. */
static const struct way_kind *kind;
static struct way_conf conf;
static struct way_env env;
static void *state;
static char why[160];

static void
set(const char *name, const void *value, size_t n)
{
	const struct key *k = kind->keys;

	while (strcmp(k->name, name) != 0)
		k++;
	memcpy((char *)conf.own + k->offset, value, n);
}

static void
set_text(const char *name, const char *text)
{
	set(name, &text, sizeof(text));
}

static int
open_way(const char *pin)
{
	const int64_t speed = 115200, limit = 20000000;
	const bool yes = true;

	free(state);
	free(conf.own);
	conf = (struct way_conf){ .name = "modem", .timeout = 20000000,
	    .own = calloc(1, kind->conf_size) };
	state = calloc(1, kind->size);
	CHECK(conf.own != NULL && state != NULL);
	set_text("path", fake.path);
	set_text("pin", pin);
	set_text("centre", "");
	set_text("reset", "AT+CFUN=1,1");
	set("speed", &speed, sizeof(speed));
	set("answer", &limit, sizeof(limit));
	set("reports", &yes, sizeof(yes));
	env.conf = &conf;
	return kind->open(state, &env, why, sizeof(why));
}

static struct notice
notice(const char *text)
{
	return (struct notice){ .id = "00c0ffee-17", .contact = "owner",
	    .address = "+8613800138000", .language = "zh", .text = text,
	    .expires = system_clock.wall() + 600000 };
}

static void
a_message_goes_and_is_reported(void)
{
	struct notice m = notice("可燃气 52 %LEL 高于设定值");
	struct way_result r = { .outcome = WAY_UNKNOWN }, late = r;
	char text[64];

	plug_in();
	CHECK(open_way("") == 0);
	kind->send(state, &m, &r);
	CHECK(r.outcome == WAY_ACCEPTED && strcmp(r.provider, "1") == 0);
	kind->receipt(state, &m, r.provider, &late);
	CHECK(late.outcome == WAY_ACCEPTED);
	fake.say = 1;
	for (int i = 0; i < 500 && late.outcome != WAY_DELIVERED; i++) {
		struct way_reply reply;

		CHECK(kind->idle(state, -1, 50000, &reply, why, sizeof(why)) == 0);
		late = (struct way_result){ .outcome = WAY_UNKNOWN };
		kind->receipt(state, &m, r.provider, &late);
	}
	CHECK(late.outcome == WAY_DELIVERED && late.read > 0);
	kind->show(state, text, sizeof(text));
	CHECK(strcmp(text, "registered, -73 dBm") == 0);
	kind->close(state);
	unplug();
}

static void
a_reply_is_handed_on(void)
{
	struct way_reply reply = { .time = 0 };
	int rc = 0;

	plug_in();
	CHECK(open_way("") == 0);
	fake.say = 2;
	for (int i = 0; i < 500 && rc == 0; i++)
		rc = kind->idle(state, -1, 50000, &reply, why, sizeof(why));
	CHECK(rc == 1 && strcmp(reply.text, "收到") == 0);
	CHECK(strcmp(reply.from, "+8613800138000") == 0);
	kind->close(state);
	unplug();
}

static void
a_bad_number_holds_up_nobody(void)
{
	struct notice m = notice("x");
	struct way_result r = { .outcome = WAY_UNKNOWN };

	plug_in();
	CHECK(open_way("") == 0);
	m.address = "no number";
	kind->send(state, &m, &r);
	CHECK(r.outcome == WAY_REFUSED && r.for_good);
	fake.refuses = true;
	m.address = "+8613800138000";
	kind->send(state, &m, &r);
	CHECK(r.outcome == WAY_REFUSED && r.for_good && strstr(r.why, "28") != NULL);
	fake.refuses = false;
	r = (struct way_result){ .outcome = WAY_UNKNOWN };
	kind->send(state, &m, &r);
	CHECK(r.outcome == WAY_ACCEPTED);
	kind->close(state);
	unplug();
}

static void
one_that_dies_in_a_pdu_leaves_it_unknown(void)
{
	struct notice m = notice("x");
	struct way_result r = { .outcome = WAY_ACCEPTED };
	struct way_reply reply;

	plug_in();
	CHECK(open_way("") == 0);
	fake.dies_in_pdu = true;
	kind->send(state, &m, &r);
	CHECK(r.outcome == WAY_UNKNOWN && r.why[0] != '\0');
	CHECK(kind->idle(state, -1, 0, &reply, why, sizeof(why)) == -1);
	CHECK(strstr(why, fake.path) != NULL);
	kind->close(state);
	unplug();
	CHECK(open_way("") == -1 && strstr(why, "cannot open") != NULL);
}

static void
one_that_hangs_is_reset(void)
{
	struct notice m = notice("x");
	struct way_result r = { .outcome = WAY_UNKNOWN };

	plug_in();
	fake.mute = true;
	CHECK(open_way("") == 0);
	conf.timeout = 90000000;
	kind->send(state, &m, &r);
	CHECK(r.outcome == WAY_REFUSED && !r.for_good);
	r = (struct way_result){ .outcome = WAY_UNKNOWN };
	kind->send(state, &m, &r);
	CHECK(fake.resets == 1 && r.outcome == WAY_ACCEPTED);
	kind->close(state);
	unplug();
}

static void
a_refused_pin_is_never_given_again(void)
{
	char path[128];
	struct way_reply reply;
	FILE *f;

	snprintf(path, sizeof(path), "@%s/pin", folder);
	f = fopen(path + 1, "w");
	CHECK(f != NULL && fputs("4321\n", f) > 0 && fclose(f) == 0);
	CHECK(chmod(path + 1, 0600) == 0);
	plug_in();
	fake.wants_pin = true;
	for (int i = 0; i < 3; i++) {		/* three starts */
		CHECK(open_way(path) == 0);
		for (int k = 0; k < 40 && (i > 0 || fake.pins == 0 || k < 20); k++)
			kind->idle(state, -1, 20000, &reply, why, sizeof(why));
		kind->close(state);
	}
	CHECK(fake.pins == 1);
	unplug();
}

int
main(void)
{
	struct disk *disk;
	char command[80];

	for (size_t i = 0; (kind = way_kind_at(i)) != NULL; i++)
		if (strcmp(kind->name, "modem") == 0)
			break;
	CHECK(kind != NULL && mkdtemp(folder) != NULL);
	disk = disk_folder(folder, true);
	CHECK(disk != NULL);
	env = (struct way_env){ .gateway = "t", .disk = disk, .clock = &system_clock };
	RUN(a_message_goes_and_is_reported);
	RUN(a_reply_is_handed_on);
	RUN(a_bad_number_holds_up_nobody);
	RUN(one_that_dies_in_a_pdu_leaves_it_unknown);
	RUN(one_that_hangs_is_reset);
	RUN(a_refused_pin_is_never_given_again);
	free(state);
	free(conf.own);
	disk_close(disk);
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	return system(command);
}
