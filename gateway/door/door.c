#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "../clock.h"
#include "../link/resolve.h"
#include "../log.h"
#include "../room.h"
#include "../run.h"
#include "door.h"

#define TIMERS		64
#define PARTS_MAX	8

struct door_role {
	struct door		 door;
	const struct run	*run;
	struct source		 signals;
	struct timer		 second;
	void			*parts[PARTS_MAX];	/* NULL: never wanted */
	char			*control;
	char			 sha256[65];
	bool			 greeted;	/* by the field role, on this line */
};

bool
door_wanted(const struct config *config)
{
	for (size_t i = 0; door_part_at(i) != NULL; i++)
		if (door_part_at(i)->wanted(config))
			return true;
	return false;
}

static void
tell(struct door_role *r, int64_t now)
{
	for (size_t i = 0; i < PARTS_MAX && door_part_at(i) != NULL; i++)
		if (r->parts[i] != NULL)
			door_part_at(i)->tell(r->parts[i], now);
}

static void
take_up(struct door_role *r, const struct config *config, int64_t now)
{
	memcpy(r->sha256, config->sha256, sizeof(r->sha256));
	for (size_t i = 0; i < PARTS_MAX && door_part_at(i) != NULL; i++) {
		const struct door_part *part = door_part_at(i);

		if (r->parts[i] == NULL && part->wanted(config))
			r->parts[i] = part->make(&r->door);
		if (r->parts[i] != NULL)
			part->renew(r->parts[i], config, now);
	}
}

/* NULL: it was told. */
static struct config *
read_config(const struct door_role *r)
{
	struct errs *errs = config_errs();
	struct config *config;

	errs->translate = NULL;		/* the log is English */
	config = accepted_read(&r->run->accepted, errs);
	if (config == NULL) {
		config_errs_print(errs, stderr);
		log_err("door: the configuration cannot be taken up");
	}
	free(errs);
	return config;
}

/* On a new line it is only said which one is in force.  After that one was taken
 * up, be it the same: what stands in a file that it names may be another. */
static void
renewed(void *arg, const char *digest, int64_t now)
{
	struct door_role *r = arg;
	bool same = !r->greeted && strcmp(digest, r->sha256) == 0;
	struct config *config = same ? NULL : read_config(r);

	r->greeted = true;
	if (config != NULL)
		take_up(r, config, now);
	config_free(config);
	if (!same)
		malloc_trim(0);
}

static void
connected(void *arg, int64_t now)
{
	struct door_role *r = arg;

	r->greeted = false;
	tell(r, now);
}

static const struct field_line_owner owner = { .renewed = renewed, .connected = connected };

static void
second(struct timer *t, int64_t now)
{
	struct door_role *r = owner_of(t, struct door_role, second);

	pulse_beat(r->run->pulse);
	if (field_line_up(r->door.line))
		tell(r, now);
	loop_arm(r->door.loop, t, now + US_PER_S);
}

static void
told_to_stop(struct source *source, uint32_t events, int64_t now)
{
	struct door_role *r = owner_of(source, struct door_role, signals);

	(void)events;
	(void)now;
	loop_stop(r->door.loop);
}

static int
take_signals(struct door_role *r)
{
	sigset_t mine;

	sigemptyset(&mine);
	sigaddset(&mine, SIGTERM);
	sigprocmask(SIG_BLOCK, &mine, NULL);
	signal(SIGPIPE, SIG_IGN);
	r->signals = (struct source){ .fd = signalfd(-1, &mine, SFD_CLOEXEC | SFD_NONBLOCK),
	    .ready = told_to_stop };
	return r->signals.fd;
}

/* Strangers make libraries work here: it starts no other program, leaves no image of
 * the keys in its memory, and gains nothing by what it may execute. */
static void
give_up_rights(void)
{
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
	setrlimit(RLIMIT_NPROC, &(struct rlimit){ 0, 0 });
}

/* False: told to stop. */
static bool
wait_for_config(const struct door_role *r)
{
	struct pollfd fds[2] = { { .fd = r->signals.fd, .events = POLLIN },
	    { .fd = r->run->accepted.told, .events = POLLIN } };

	while (fds[1].revents == 0 && fds[0].revents == 0)
		poll(fds, 2, -1);
	return fds[0].revents == 0;
}

static void
attend(struct door_role *r, struct config *config)
{
	int64_t now = system_clock.mono();

	r->door.loop = loop_new(TIMERS);
	r->door.line = field_line_new(r->control, r->door.loop, &owner, r, now);
	loop_add(r->door.loop, &r->signals, EPOLLIN);
	take_up(r, config, now);
	config_free(config);
	malloc_trim(0);
	r->second.fire = second;
	loop_arm(r->door.loop, &r->second, now);
	pulse_enter(r->run->pulse, PULSE_READY);
	loop_run(r->door.loop, system_clock.mono);
	for (size_t i = 0; i < PARTS_MAX && door_part_at(i) != NULL; i++)
		if (r->parts[i] != NULL)
			door_part_at(i)->end(r->parts[i]);
	field_line_free(r->door.line);
	loop_free(r->door.loop);
}

int
door_main(const struct run *run)
{
	struct door_role r = { .run = run };
	struct config *config;

	resolve_start();	/* no thread can be started later */
	give_up_rights();
	if (take_signals(&r) < 0) {
		log_err("door: signals: %s", strerrordesc_np(errno));
		return EXIT_FAILURE;
	}
	if (!wait_for_config(&r))
		return EXIT_SUCCESS;
	config = read_config(&r);
	if (config == NULL)
		return EXIT_FAILURE;
	r.control = room_for(strlen(config->gateway.control) + 1, 1);
	strcpy(r.control, config->gateway.control);
	attend(&r, config);
	free(r.control);
	return EXIT_SUCCESS;
}
