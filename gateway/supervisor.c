#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "herald.h"
#include "log.h"
#include "run.h"

/* All from the moment of being told to stop, for all roles together. */
#define PATIENCE	(US_PER_S)		/* the next role waits no longer */
#define STOP_LIMIT	(9 * US_PER_S / 2)	/* who is still there is killed */
#define GONE_LIMIT	(5 * US_PER_S)		/* who cannot even die is left behind */
#define BACKOFF_MIN	(US_PER_S / 10)
#define CRASHED_MAX	(10 * US_PER_S)	/* meanwhile nobody reads a detector */
#define BACKOFF_MAX	(30 * US_PER_S)	/* where it waits for a disk */
#define BUSY_AGAIN	(US_PER_S)		/* at most: it may end at any moment */
#define BUSY_LIMIT	(10 * US_PER_S)		/* for another one to end */
#define RAN_WELL	(60 * US_PER_S)		/* a run that forgives the crashes before */
#define HANG_LIMIT	(30 * US_PER_S)		/* without a beat, of an optional one */
#define HANG_LOOK	(5 * US_PER_S)

struct role {
	const char	*name;
	int		(*main)(const struct run *);
	pid_t		 pid;		/* 0: not running */
	int64_t		 started;
	int64_t		 backoff;
	int64_t		 due;		/* start again then */
	bool		 optional;	/* it runs only where it is wanted, and the others
					 * go on whatever becomes of it */
	int64_t		 sent_away;	/* told to end, as nobody wants it; 0: not */
	unsigned	 beats;		/* as seen last */
	int64_t		 beat_at;	/* mono us: when they grew */
	bool		 stood;		/* it had all that it needs, once */
	bool		 told;		/* to stop */
	bool		 killed;	/* it did not stop in time */
};

struct supervisor {
	const struct run	*run;
	struct role		 roles[HERALD_ROLES];
	struct herald		 herald;
	struct accepted		 accepted;
	bool			 anew;		/* the field role reads the files when it
						 * starts again */
	bool			 passed;	/* a SIGHUP to it, at so many readings */
	unsigned		 readings;
	int64_t			 began;
	bool			 stopping;
	int64_t			 told;		/* when it was told to stop */
	int			 status;
};

#define ROLES	HERALD_ROLES

static void
become(const struct supervisor *s, const struct role *role, pid_t parent)
{
	struct run run = *s->run;
	sigset_t held;

	/* A role never outlives its supervisor: two writers would meet. */
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(EXIT_SUCCESS);
	prctl(PR_SET_NAME, role->name);
	/* Ctrl-C reaches all of the terminal's group at once, but the order of
	 * the end is the supervisor's. */
	signal(SIGINT, SIG_IGN);
	/* waits until the role looks, whatever comes first */
	sigemptyset(&held);
	sigaddset(&held, SIGHUP);
	sigprocmask(SIG_SETMASK, &held, NULL);
	run.pulse = &s->herald.pulses[role - s->roles];
	run.accepted = s->accepted;
	run.anew = s->anew;
	exit(role->main(&run));
}

static void
start(struct supervisor *s, struct role *role, int64_t now)
{
	pid_t parent = getpid(), pid;

	herald_role(&s->herald, (size_t)(role - s->roles), true);
	pid = fork();

	if (pid == 0)
		become(s, role, parent);
	if (pid < 0) {
		herald_role(&s->herald, (size_t)(role - s->roles), false);
		log_err("supervisor: fork: %s", strerrordesc_np(errno));
		role->due = now + BACKOFF_MAX;
		return;
	}
	role->pid = pid;
	role->started = role->beat_at = now;
	role->sent_away = 0;
	role->killed = false;
	if (role == &s->roles[0])
		s->anew = false;
}

static void
stop(struct supervisor *s, int status)
{
	if (s->stopping)
		return;
	s->stopping = true;
	s->told = system_clock.mono();
	s->status = status;
	herald_stopping(&s->herald);
}

static void
end_role(struct role *role, int64_t since)
{
	if (!role->told) {
		role->told = true;
		kill(role->pid, SIGTERM);
	} else if (!role->killed && since >= STOP_LIMIT) {
		role->killed = true;
		log_err("%s: does not stop, killed", role->name);
		kill(role->pid, SIGKILL);
	}
}

/* One after the other, in their order: what the field role stores last is
 * still sent on by the next, unless that takes too long. */
static void
end_roles(struct supervisor *s, int64_t since)
{
	for (size_t i = 0; i < ROLES; i++) {
		if (s->roles[i].pid == 0)
			continue;
		end_role(&s->roles[i], since);
		if (since < PATIENCE)
			return;
	}
}

static void
tell_gone(const struct supervisor *s, int64_t since)
{
	for (size_t i = 0; i < ROLES; i++)
		if (s->roles[i].pid != 0)
			log_err("%s: cannot be killed, left behind", s->roles[i].name);
	log_info("supervisor: ended within %lld ms", (long long)(since / 1000));
}

/* What keeps the store from being opened the role told, when it was new. */
static void
tell_end(const struct role *role, int how)
{
	int status = WIFEXITED(how) ? WEXITSTATUS(how) : 0;

	if (status == EXIT_STORE || status == EXIT_BUSY || status == EXIT_AGAIN)
		return;
	if (WIFSIGNALED(how))
		log_err("%s: killed by signal %d (%s)", role->name, WTERMSIG(how),
		    strsignal(WTERMSIG(how)));
	else
		log_err("%s: ended with status %d", role->name, status);
}

/* Nobody waits for what does not come by itself.  What ran before goes on
 * trying: a disk may come back, and a configuration that is being edited will
 * be whole again. */
static bool
hopeless(const struct supervisor *s, const struct role *role, int status, int64_t now)
{
	if (role->stood || role->optional)
		return false;
	return status == EXIT_CONFIG || status == EXIT_STORE ||
	    (status == EXIT_BUSY && now - s->began > BUSY_LIMIT);
}

/* At once after a crash, and ever later while it does not get far. */
static void
put_off(struct role *role, int status, int64_t now)
{
	int64_t most = status == EXIT_STORE || status == EXIT_AGAIN ? BACKOFF_MAX : CRASHED_MAX;

	if (now - role->started > RAN_WELL || role->backoff == 0)
		role->backoff = BACKOFF_MIN;
	if (status == EXIT_BUSY && role->backoff > BUSY_AGAIN)
		role->backoff = BUSY_AGAIN;
	role->due = now + role->backoff;
	role->backoff *= 2;
	if (role->backoff > most)
		role->backoff = most;
}

/* It died before it had read what the SIGHUP was about. */
static void
keep_unread(struct supervisor *s)
{
	if (s->passed && atomic_load(&s->herald.pulses[0].readings) == s->readings) {
		s->anew = true;
		log_info("supervisor: SIGHUP: the configuration is read at the next start");
	}
	s->passed = false;
}

static void
ended(struct supervisor *s, struct role *role, int how, int64_t now)
{
	int status = WIFEXITED(how) ? WEXITSTATUS(how) : 0;

	role->pid = 0;
	role->stood |= herald_stood(&s->herald, (size_t)(role - s->roles));
	herald_role(&s->herald, (size_t)(role - s->roles), false);
	if (s->stopping)
		return;
	if (role->sent_away > 0) {
		role->backoff = 0;
		role->due = now;
		return;
	}
	tell_end(role, how);
	if (role == &s->roles[0])
		keep_unread(s);
	if (hopeless(s, role, status, now)) {
		log_err("supervisor: given up: %s cannot start", role->name);
		stop(s, status == EXIT_BUSY ? EXIT_BUSY : EXIT_CONFIG);
		return;
	}
	put_off(role, status, now);
}

static void
reap(struct supervisor *s, int64_t now)
{
	pid_t pid;
	int how;

	while ((pid = waitpid(-1, &how, WNOHANG)) > 0)
		for (size_t i = 0; i < ROLES; i++)
			if (s->roles[i].pid == pid)
				ended(s, &s->roles[i], how, now);
}

static bool
any_alive(const struct supervisor *s)
{
	for (size_t i = 0; i < ROLES; i++)
		if (s->roles[i].pid > 0)
			return true;
	return false;
}

/* Only the field role knows the configuration. */
static bool
wanted(const struct supervisor *s, const struct role *role)
{
	return !role->optional || atomic_load(&s->herald.pulses[0].door) != 0;
}

static void
shoot(struct role *role, const char *why)
{
	if (role->killed)
		return;
	role->killed = true;
	log_err("%s: %s, killed", role->name, why);
	kill(role->pid, SIGKILL);
}

/* One without which there still is a service: it is sent away when nobody wants it,
 * and ended when it hangs, before the service manager would end them all. */
static void
tend_optional(struct supervisor *s, struct role *role, int64_t now)
{
	unsigned beats = atomic_load(&s->herald.pulses[role - s->roles].beats);

	if (beats != role->beats) {
		role->beats = beats;
		role->beat_at = now;
	}
	if (!wanted(s, role) && role->sent_away == 0) {
		role->sent_away = now;
		kill(role->pid, SIGTERM);
	}
	if (role->sent_away > 0 && now - role->sent_away > STOP_LIMIT)
		shoot(role, "does not stop");
	else if (now - role->beat_at > HANG_LIMIT)
		shoot(role, "no progress");
}

/* Starts what is due, or ends what runs; false: that is done. */
static bool
look_after(struct supervisor *s, int64_t now)
{
	if (s->stopping && (!any_alive(s) || now - s->told >= GONE_LIMIT)) {
		tell_gone(s, now - s->told);
		return false;
	}
	if (s->stopping) {
		end_roles(s, now - s->told);
		return true;
	}
	for (size_t i = 0; i < ROLES; i++)
		if (s->roles[i].pid != 0 && s->roles[i].optional)
			tend_optional(s, &s->roles[i], now);
		else if (s->roles[i].pid == 0 && now >= s->roles[i].due &&
		    wanted(s, &s->roles[i]))
			start(s, &s->roles[i], now);
	herald_look(&s->herald, now);
	return true;
}

/* The field role reads the configuration anew, and tells the other one.  One
 * that is not there reads it when it starts, else what was accepted last. */
static void
pass_on(struct supervisor *s)
{
	s->anew = s->roles[0].pid == 0;
	if (!s->anew) {
		s->passed = true;
		s->readings = atomic_load(&s->herald.pulses[0].readings);
		kill(s->roles[0].pid, SIGHUP);
	} else {
		log_info("supervisor: SIGHUP: the configuration is read at the next start");
		s->roles[0].due = 0;	/* it may be what the role waits for */
	}
}

/* The next of the moments at which the end goes a step further. */
static int64_t
next_step(int64_t since)
{
	static const int64_t steps[] = { PATIENCE, STOP_LIMIT, GONE_LIMIT };

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		if (since < steps[i])
			return steps[i] - since;
	return 0;
}

/* How long nothing will have to be done; a long time when nothing is due. */
static struct timespec
time_left(const struct supervisor *s, int64_t now)
{
	int64_t left = s->stopping ? next_step(now - s->told) : 3600 * US_PER_S;

	for (size_t i = 0; i < ROLES && !s->stopping; i++)
		if (s->roles[i].pid != 0 && s->roles[i].optional && HANG_LOOK < left)
			left = HANG_LOOK;
		else if (s->roles[i].pid == 0 && wanted(s, &s->roles[i]) &&
		    s->roles[i].due - now < left)
			left = s->roles[i].due - now;
	if (!s->stopping && herald_wait(&s->herald, now) < left)
		left = herald_wait(&s->herald, now);
	if (left < 0)
		left = 0;
	return (struct timespec){ .tv_sec = left / US_PER_S,
	    .tv_nsec = left % US_PER_S * 1000 };
}

/* Kept for sigtimedwait; the roles unblock them. */
static void
hold_signals(sigset_t *mine)
{
	sigemptyset(mine);
	sigaddset(mine, SIGCHLD);
	sigaddset(mine, SIGTERM);
	sigaddset(mine, SIGINT);
	sigaddset(mine, SIGHUP);
	sigaddset(mine, SIGUSR1);	/* a role entered a state */
	sigprocmask(SIG_BLOCK, mine, NULL);
	signal(SIGPIPE, SIG_IGN);
}

/* A line is a descriptor, and 1024 of them are no limit for a site. */
static void
allow_files(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

int
supervise(const struct run *run)
{
	struct supervisor s = { .run = run, .roles = {
		{ .name = "tidegate-field", .main = field_main },
		{ .name = "tidegate-fwd", .main = forward_main },
		{ .name = "tidegate-door", .main = door_main, .optional = true },
	} };
	sigset_t mine;

	log_never_wait();
	allow_files();
	hold_signals(&mine);
	s.began = system_clock.mono();
	if (herald_open(&s.herald, s.began) < 0 || accepted_open(&s.accepted) < 0) {
		log_err("supervisor: memory: %s", strerrordesc_np(errno));
		return EXIT_FAILURE;
	}
	while (look_after(&s, system_clock.mono())) {
		struct timespec left = time_left(&s, system_clock.mono());
		int sig = sigtimedwait(&mine, NULL, &left);

		reap(&s, system_clock.mono());	/* whom to tell is known then */
		if (sig == SIGTERM || sig == SIGINT)
			stop(&s, EXIT_SUCCESS);
		else if (sig == SIGHUP)
			pass_on(&s);
	}
	return s.status;
}
