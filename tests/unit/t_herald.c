#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "../../gateway/clock.h"
#include "../../gateway/herald.h"
#include "../../gateway/notify.h"
#include "../check.h"

/* A service manager: the socket that NOTIFY_SOCKET names. */

static int manager = -1;
static char dir[] = "/tmp/t_herald.XXXXXX";
static char path[64];

static void
listen_at(const char *name)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	size_t n = strlen(name);

	if (manager >= 0)
		close(manager);
	manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	memcpy(at.sun_path, name, n + 1);
	if (name[0] == '@')
		at.sun_path[0] = '\0';
	CHECK(bind(manager, (struct sockaddr *)&at,
	    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n + (name[0] != '@'))) == 0);
	setenv("NOTIFY_SOCKET", name, 1);
}

/* The next datagram, or "" when none lies there. */
static const char *
told(void)
{
	static char text[512];
	ssize_t n = recv(manager, text, sizeof(text) - 1, MSG_DONTWAIT);

	text[n > 0 ? n : 0] = '\0';
	return text;
}

static bool
told_is(const char *wanted)
{
	const char *text = told();

	if (strcmp(text, wanted) == 0)
		return true;
	fprintf(stderr, "told \"%s\", wanted \"%s\"\n", text, wanted);
	return false;
}

static void
a_socket_in_the_file_system_and_an_abstract_one(void)
{
	char abstract[64];

	listen_at(path);
	CHECK(notify_wanted());
	CHECK(notify_tell("READY=1\nSTATUS=x") == 0);
	CHECK(told_is("READY=1\nSTATUS=x"));
	unlink(path);
	CHECK(notify_tell("READY=1") == -1);

	snprintf(abstract, sizeof(abstract), "@t_herald-%d", (int)getpid());
	listen_at(abstract);
	CHECK(notify_tell("STOPPING=1") == 0);
	CHECK(told_is("STOPPING=1"));
}

static void
nobody_to_be_told_is_no_fault(void)
{
	char longer[200];

	unsetenv("NOTIFY_SOCKET");
	CHECK(!notify_wanted() && notify_tell("READY=1") == 0);
	setenv("NOTIFY_SOCKET", "relative", 1);
	CHECK(!notify_wanted());
	setenv("NOTIFY_SOCKET", "@", 1);
	CHECK(!notify_wanted());
	memset(longer, 'a', sizeof(longer) - 1);
	longer[0] = '/';
	longer[sizeof(longer) - 1] = '\0';
	setenv("NOTIFY_SOCKET", longer, 1);
	CHECK(!notify_wanted() && notify_tell("READY=1") == 0);
}

/* One that does not read fills its queue and is not waited for. */
static void
a_manager_that_does_not_read_is_not_waited_for(void)
{
	bool refused = false;

	listen_at(path);
	for (int i = 0; i < 100000 && !refused; i++)
		refused = notify_tell("STATUS=again") == -1;
	CHECK(refused);
	unlink(path);
}

static void
the_watchdog_is_that_of_this_process(void)
{
	char pid[16];

	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
	CHECK(notify_watchdog() == 0);
	setenv("WATCHDOG_USEC", "8000000", 1);
	CHECK(notify_watchdog() == 8000000);
	snprintf(pid, sizeof(pid), "%d", (int)getpid());
	setenv("WATCHDOG_PID", pid, 1);
	CHECK(notify_watchdog() == 8000000);
	setenv("WATCHDOG_PID", "1", 1);
	CHECK(notify_watchdog() == 0);
	unsetenv("WATCHDOG_PID");
}

#define LOOK	(2 * US_PER_S)	/* a quarter of the watchdog */

static void
begin(struct herald *h)
{
	listen_at(path);
	setenv("WATCHDOG_USEC", "8000000", 1);
	CHECK(herald_open(h, 0) == 0);
	herald_role(h, 0, true);
	herald_role(h, 1, true);
}

/* Both roles are at work from the first look on. */
static void
begin_ready(struct herald *h)
{
	begin(h);
	atomic_store(&h->pulses[0].state, PULSE_READY);
	atomic_store(&h->pulses[1].state, PULSE_READY);
	pulse_beat(&h->pulses[0]);
	pulse_beat(&h->pulses[1]);
	herald_look(h, 0);
	CHECK(told_is("READY=1"));
	CHECK(strncmp(told(), "STATUS=", 7) == 0);
	CHECK(told_is("WATCHDOG=1"));
	CHECK(told_is(""));
}

static void
end(struct herald *h)
{
	(void)h;
	unlink(path);
}

static void
it_is_ready_when_the_field_role_is(void)
{
	struct herald h;

	begin(&h);
	herald_look(&h, 0);
	CHECK(told_is("STATUS=starting: opens its store"));
	CHECK(told_is("WATCHDOG=1"));
	atomic_store(&h.pulses[1].state, PULSE_READY);
	herald_look(&h, 1);
	CHECK(told_is(""));
	h.pulses[0].links.good = h.pulses[0].links.all = 2;
	h.pulses[0].devices.good = 3;
	h.pulses[0].devices.all = 4;
	h.pulses[0].alarms = 1;
	h.pulses[1].uplinks.all = 1;
	atomic_store(&h.pulses[0].state, PULSE_READY);
	herald_look(&h, 2);
	CHECK(told_is("READY=1"));
	CHECK(told_is("STATUS=2 of 2 links up, 3 of 4 devices answer, 1 alarm stands, "
	    "0 of 1 uplinks ok"));
	herald_look(&h, 3);
	CHECK(told_is(""));
	end(&h);
}

static void
a_status_is_told_when_it_changed(void)
{
	struct herald h;

	begin_ready(&h);
	pulse_beat(&h.pulses[0]);
	pulse_beat(&h.pulses[1]);
	herald_look(&h, LOOK);
	CHECK(told_is("WATCHDOG=1"));
	h.pulses[0].alarms = 2;
	pulse_beat(&h.pulses[0]);
	herald_look(&h, 2 * LOOK);
	CHECK(strstr(told(), "2 alarms stand") != NULL);
	CHECK(told_is("WATCHDOG=1"));
	end(&h);
}

/* Whoever asks why the service is not ready reads it, also one that was ready once. */
static void
a_store_that_does_not_open_is_told(void)
{
	struct herald h;

	begin_ready(&h);
	CHECK(herald_stood(&h, 0));
	snprintf(h.pulses[0].why, sizeof(h.pulses[0].why), "store: /x: No space left on device");
	herald_look(&h, LOOK);
	CHECK(strstr(told(), "waiting") == NULL);
	while (told()[0] != '\0')
		;
	herald_role(&h, 0, false);
	CHECK(!herald_stood(&h, 0));
	pulse_beat(&h.pulses[1]);
	herald_look(&h, 2 * LOOK);
	CHECK(told_is("STATUS=waiting: store: /x: No space left on device"));
	CHECK(told_is("WATCHDOG=1"));
	memset(h.pulses[0].why, 'a', sizeof(h.pulses[0].why) - 1);
	herald_look(&h, 3 * LOOK);
	CHECK(strlen(told()) > sizeof(h.pulses[0].why));
	end(&h);
}

/* Whether WATCHDOG=1 comes over some looks while only some roles beat. */
static unsigned
petted(struct herald *h, int looks, unsigned beating, int64_t *now)
{
	unsigned n = 0;

	for (int i = 0; i < looks; i++) {
		for (unsigned r = 0; r < HERALD_ROLES; r++)
			if (beating & 1U << r)
				pulse_beat(&h->pulses[r]);
		*now += LOOK;
		herald_look(h, *now);
		for (const char *text = told(); text[0] != '\0'; text = told())
			n += strcmp(text, "WATCHDOG=1") == 0;
	}
	return n;
}

static void
a_role_that_hangs_leaves_the_watchdog_alone(void)
{
	struct herald h;
	int64_t now = 0;

	for (unsigned beating = 0; beating < 3; beating++) {	/* 0: none, 1, 2: one */
		begin_ready(&h);
		CHECK(petted(&h, 5, 3, &now) == 5);
		CHECK(petted(&h, 20, beating, &now) == 1);	/* the first look may be too soon */
		CHECK(petted(&h, 3, 3, &now) == 3);		/* it goes on */
		end(&h);
	}
}

/* Opening a store takes its time, but not for ever. */
static void
a_role_that_starts_has_its_time(void)
{
	struct herald h;
	int64_t now = 0;

	begin_ready(&h);
	herald_role(&h, 0, false);
	CHECK(petted(&h, 10, 2, &now) == 10);	/* it is about to be started anew */
	herald_role(&h, 0, true);
	CHECK(petted(&h, 100, 2, &now) == 100);
	CHECK(petted(&h, 100, 2, &now) < 60);
	CHECK(petted(&h, 10, 2, &now) == 0);
	end(&h);
}

static void
a_reload_is_told_from_its_begin_to_its_end(void)
{
	struct herald h;

	begin_ready(&h);
	atomic_store(&h.pulses[0].state, PULSE_RELOADING);
	herald_look(&h, 1);
	CHECK(strncmp(told(), "RELOADING=1\nMONOTONIC_USEC=", 27) == 0);
	herald_look(&h, 2);
	CHECK(told_is(""));
	atomic_store(&h.pulses[0].state, PULSE_READY);
	herald_look(&h, 3);
	CHECK(told_is("READY=1"));
	herald_stopping(&h);
	CHECK(told_is("STOPPING=1\nSTATUS=ending"));
	end(&h);
}

static void
without_a_manager_it_never_wakes(void)
{
	struct herald h;

	unsetenv("NOTIFY_SOCKET");
	CHECK(herald_open(&h, 0) == 0);
	CHECK(herald_wait(&h, 0) == INT64_MAX);
	herald_look(&h, LOOK);
	CHECK(h.told == PULSE_ABSENT);
	begin_ready(&h);
	CHECK(herald_wait(&h, 0) == LOOK);
	CHECK(herald_wait(&h, 10 * LOOK) == 0);
	end(&h);
}

int
main(void)
{
	CHECK(mkdtemp(dir) != NULL);
	snprintf(path, sizeof(path), "%s/notify", dir);
	RUN(a_socket_in_the_file_system_and_an_abstract_one);
	RUN(nobody_to_be_told_is_no_fault);
	RUN(a_manager_that_does_not_read_is_not_waited_for);
	RUN(the_watchdog_is_that_of_this_process);
	RUN(it_is_ready_when_the_field_role_is);
	RUN(a_status_is_told_when_it_changed);
	RUN(a_store_that_does_not_open_is_told);
	RUN(a_role_that_hangs_leaves_the_watchdog_alone);
	RUN(a_role_that_starts_has_its_time);
	RUN(a_reload_is_told_from_its_begin_to_its_end);
	RUN(without_a_manager_it_never_wakes);
	rmdir(dir);
	return 0;
}
