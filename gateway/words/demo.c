#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../conf/span.h"
#include "../clock.h"
#include "../command_line.h"
#include "../field/command.h"
#include "../log.h"
#include "../room.h"
#include "../run.h"
#include "../text.h"
#include "demo_caller.h"
#include "demo_site.h"
#include "demo_view.h"
#include "proof.h"
#include "screen.h"

#define FAULTS_MAX	16
#define SOCKET_DIR_MAX	99		/* a socket's path has 107 bytes at most */
#define STOP_LIMIT	(10 * US_PER_S)	/* the gateway's own is 5 s */
#define REFRESH		1000		/* ms, of the table */
#define REFRESH_PLAIN	10000		/* the same where it scrolls by */

enum { OPT_FOR = 256, OPT_PLAIN, OPT_DIR, OPT_KEEP, OPT_FAULT, OPT_MQTT, OPT_INFLUX };

struct demo {
	struct demo_site	*site;
	char			 dir[PATH_MAX - 64], store[PATH_MAX], out[PATH_MAX],
				 control[PATH_MAX], log[PATH_MAX];
	const char		*faults[FAULTS_MAX];
	size_t			 nfaults;
	const char		*given_dir;	/* NULL: a new one under TMPDIR */
	struct demo_beside	 beside;
	bool			 keep, plain;
	int64_t			 lasts;		/* us; 0: until somebody ends it */
	pid_t			 simulator, callers[DEMO_CALLERS], gateway;
	int			 gateway_status;
};

/* A person at the site switches the fan of the hood, which is read back; tries to
 * start one in gas, which is refused; acknowledges the gas, and resets it later. */
static const struct {
	int64_t		 at;		/* us from the start */
	const char	*words;
} orders[] = {
	{ 20 * US_PER_S, "write kitchen/relay.relay1 1 10s demo" },
	{ 32 * US_PER_S, "write gasshop/relay.relay2 1 10s demo" },
	{ 40 * US_PER_S, "ack lel-high gasshop/lel demo" },
	{ 45 * US_PER_S, "write kitchen/relay.relay1 0 10s demo" },
	{ 58 * US_PER_S, COMMAND_RESET_HERE " lel-high gasshop/lel demo" },
};

#define ORDERS	(sizeof(orders) / sizeof(orders[0]))

static volatile sig_atomic_t stopped;

static void
stop(int sig)
{
	(void)sig;
	stopped = 1;
}

static const struct argp_option options[] = {
	{ "for", OPT_FOR, N_("SPAN"), 0,
	    N_("end after this time, such as 75s; the exit status says whether all went well"), 0 },
	{ "plain", OPT_PLAIN, NULL, 0, N_("lines instead of a table that stands still"), 0 },
	{ "dir", OPT_DIR, N_("DIR"), 0, N_("put everything into this new folder and keep it"), 0 },
	{ "keep", OPT_KEEP, NULL, 0, N_("do not remove the data at the end"), 0 },
	{ "fault", OPT_FAULT, N_("DEVICE=FAULT"), 0,
	    N_("something goes wrong with an instrument, as of tidegate sim"), 0 },
	{ "mqtt", OPT_MQTT, N_("PORT"), 0, N_("send to a broker on this machine too"), 0 },
	{ "influx", OPT_INFLUX, N_("PORT"), 0,
	    N_("send to a database demo of an InfluxDB on this machine too"), 0 },
	{ 0 }
};

static error_t
option(int key, char *arg, struct argp_state *state)
{
	struct demo *demo = state->input;

	switch (key) {
	case OPT_FOR:
		if (span_parse(arg, &demo->lasts) != 0 || demo->lasts <= 0)
			argp_error(state, _("not a span of time: %s"), arg);
		return 0;
	case OPT_PLAIN:
		demo->plain = true;
		return 0;
	case OPT_DIR:
		demo->given_dir = arg;
		demo->keep = true;
		return 0;
	case OPT_KEEP:
		demo->keep = true;
		return 0;
	case OPT_FAULT:
		if (demo->nfaults == FAULTS_MAX)
			argp_error(state, _("too many: %s"), arg);
		demo->faults[demo->nfaults++] = arg;
		return 0;
	case OPT_MQTT:
	case OPT_INFLUX:
		if (!demo_beside_port(arg, key == OPT_MQTT ? &demo->beside.mqtt :
		    &demo->beside.influx))
			argp_error(state, _("not a port: %s"), arg);
		return 0;
	default:
		return option_none(key, state);
	}
}

static int
make_dir(struct demo *demo)
{
	const char *tmp = getenv("TMPDIR");
	char path[sizeof(demo->dir)];

	if (demo->given_dir != NULL)
		snprintf(path, sizeof(path), "%s", demo->given_dir);
	else
		snprintf(path, sizeof(path), "%s/tidegate-demo-XXXXXX",
		    tmp != NULL && tmp[0] == '/' ? tmp : "/tmp");
	if ((demo->given_dir != NULL ? mkdir(path, 0700) : mkdtemp(path) == NULL ? -1 : 0) != 0 ||
	    realpath(path, demo->store) == NULL || strlen(demo->store) >= sizeof(demo->dir)) {
		fprintf(stderr, "tidegate demo: %s: %s\n", path, text_error(errno));
		return -1;
	}
	if (strlen(demo->store) > SOCKET_DIR_MAX) {
		fprintf(stderr, "tidegate demo: %s: %s\n", path, text_error(ENAMETOOLONG));
		rmdir(path);
		return -1;
	}
	strcpy(demo->dir, demo->store);
	snprintf(demo->store, sizeof(demo->store), "%s/store", demo->dir);
	snprintf(demo->out, sizeof(demo->out), "%s/out.jsonl", demo->dir);
	snprintf(demo->control, sizeof(demo->control), "%s/control", demo->dir);
	snprintf(demo->log, sizeof(demo->log), "%s/tidegate.log", demo->dir);
	return 0;
}

static int
unlink_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	remove(path);
	return 0;
}

/* A child in a process group of its own, so that Ctrl-C reaches this process
 * alone, which then ends them in order; none outlives it. */
static pid_t
child(struct demo *demo)
{
	pid_t parent = getpid(), pid = fork();
	int log;

	if (pid != 0)
		return pid;
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(EXIT_FAILURE);
	log = open(demo->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (log >= 0) {
		dup2(log, STDERR_FILENO);
		close(log);
	}
	log_open(LOG_LEVEL_INFO);
	return 0;
}

static void
upload_hj212(const struct demo_site *site)
{
	demo_caller_run(site->hj212, &stopped);
}

static void
send_coap(const struct demo_site *site)
{
	demo_coap_run(&site->coap, &stopped);
}

static const struct {
	const char	*name;		/* of its process */
	void		(*run)(const struct demo_site *);
} callers[DEMO_CALLERS] = {
	{ "tidegate-hj212", upload_hj212 },
	{ "tidegate-coap", send_coap },
};

/* False: errno. */
static bool
start_callers(struct demo *demo)
{
	for (size_t i = 0; i < DEMO_CALLERS; i++) {
		if ((demo->callers[i] = child(demo)) == 0) {
			prctl(PR_SET_NAME, callers[i].name);
			callers[i].run(demo->site);
			_exit(EXIT_SUCCESS);
		}
		if (demo->callers[i] < 0)
			return false;
	}
	return true;
}

static int
start(struct demo *demo)
{
	struct run run = { .config = demo->site->config_file };
	bool there;

	fflush(NULL);
	if ((demo->simulator = child(demo)) == 0) {
		prctl(PR_SET_NAME, "tidegate-sim");
		serve_run(&demo->site->serve, &system_clock, INT64_MAX, &stopped);
		_exit(EXIT_SUCCESS);
	}
	serve_leave(&demo->site->serve);
	there = demo->simulator > 0 && start_callers(demo);
	if (there && (demo->gateway = child(demo)) == 0) {
		signal(SIGINT, SIG_DFL);
		signal(SIGTERM, SIG_DFL);
		signal(SIGHUP, SIG_DFL);
		_exit(supervise(&run));
	}
	if (there && demo->gateway > 0)
		return 0;
	fprintf(stderr, "tidegate demo: fork: %s\n", text_error(errno));
	return -1;
}

/* True when the child has ended within the time. */
static bool
ended(pid_t pid, int *how, int64_t limit)
{
	int64_t deadline = system_clock.mono() + limit;

	while (waitpid(pid, how, WNOHANG) != pid) {
		if (system_clock.mono() >= deadline)
			return false;
		usleep(10000);
	}
	return true;
}

static void
end_instrument(pid_t *pid)
{
	int how;

	if (*pid > 0)
		kill(*pid, SIGTERM);
	if (*pid > 0 && !ended(*pid, &how, STOP_LIMIT)) {
		kill(*pid, SIGKILL);
		waitpid(*pid, &how, 0);
	}
	*pid = 0;
}

/* The gateway first: what it asks while it stops is still answered. */
static void
end_children(struct demo *demo)
{
	if (demo->gateway > 0) {
		kill(demo->gateway, SIGTERM);
		if (!ended(demo->gateway, &demo->gateway_status, STOP_LIMIT)) {
			kill(demo->gateway, SIGKILL);
			waitpid(demo->gateway, &demo->gateway_status, 0);
		}
	}
	demo->gateway = 0;
	end_instrument(&demo->simulator);
	for (size_t i = 0; i < DEMO_CALLERS; i++)
		end_instrument(&demo->callers[i]);
}

/* "1 alarm raised", "2 alarms raised". */
static const char *
raised_words(unsigned long long n, char room[80])
{
	snprintf(room, 80, n == 1 ? _("%llu alarm raised") : _("%llu alarms raised"), n);
	return room;
}

static const char *
told_words(unsigned long long n, char room[80])
{
	snprintf(room, 80, n == 1 ? _("%llu message") : _("%llu messages"), n);
	return room;
}

static const char *
done_words(unsigned long long n, char room[80])
{
	snprintf(room, 80, n == 1 ? _("%llu order read back") : _("%llu orders read back"), n);
	return room;
}

static void
draw(struct demo *demo, struct demo_view *view)
{
	const struct live *live = demo_view_live(view);
	char footer[PATH_MAX + 800] = "", raised[80];
	size_t at;

	if (!demo->plain)
		demo_beside_look(&demo->beside, footer, sizeof(footer) / 2);
	at = strlen(footer);
	snprintf(footer + at, sizeof(footer) - at, _("%llu readings, %s, %llu cleared; "
	    "data in %s; Ctrl-C ends"), (unsigned long long)live->readings,
	    raised_words(live->raised, raised), (unsigned long long)live->cleared, demo->dir);
	demo_view_draw(view, footer);
}

/* Where lines scroll by, once is enough. */
static void
tell_look(const struct demo *demo)
{
	char look[800];

	demo_beside_look(&demo->beside, look, sizeof(look));
	fputs(look, stdout);
	fflush(stdout);
}

/* Shows what goes on until the time is over, or somebody or something ended
 * it.  False: the gateway has ended by itself. */
static bool
watch(struct demo *demo)
{
	struct demo_view *view = demo_view_open(demo->store, demo->control, demo->plain);
	int64_t begun = system_clock.mono(), next = 0;
	int64_t end = demo->lasts > 0 ? begun + demo->lasts : INT64_MAX;
	size_t given = 0;
	bool alive = true;

	while (alive && !stopped && system_clock.mono() < end) {
		demo_view_turn(view, 100);
		if (given < ORDERS && system_clock.mono() >= begun + orders[given].at)
			given += demo_view_order(view, orders[given].words);
		if (system_clock.mono() >= next) {
			draw(demo, view);
			next = system_clock.mono() + 1000LL *
			    (demo->plain ? REFRESH_PLAIN : REFRESH);
		}
		alive = waitpid(demo->gateway, &demo->gateway_status, WNOHANG) == 0;
	}
	if (!alive)
		demo->gateway = 0;
	demo_view_close(view);
	return alive;
}

static int
fault(const char *text)
{
	printf(_("demo FAILED: %s\n"), text);
	return 1;
}

/* Who was told, who answered, and what was done on the spot. */
static int
judge_safety(const struct proof *p)
{
	const struct { uint64_t n; const char *missing; } rows[] = {
		{ p->told, _("nobody was told of an alarm") },
		{ p->escalated, _("nobody else was told of an alarm that nobody answered") },
		{ p->acked, _("no alarm was acknowledged") },
		{ p->closed, _("no rule closed the gas valve") },
		{ p->refused, _("the start of a fan in gas was not refused") },
	};
	int faults = 0;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].n == 0)
			faults += fault(rows[i].missing);
	return faults;
}

/* Says each thing that is not as it should be; returns how many. */
static int
judge(const struct demo *demo, const struct proof *p)
{
	size_t devices, good = live_good_devices(&p->live, &devices);
	char text[400];
	int faults = judge_safety(p);

	if (p->live.raised == 0)
		faults += fault(_("no alarm was raised"));
	if (p->live.cleared == 0)
		faults += fault(_("no alarm was cleared"));
	if (devices != demo->site->n + DEMO_CALLERS || good != devices - DEMO_DEAD) {
		snprintf(text, sizeof(text), _("%zu of %zu devices are Good at the end"), good,
		    demo->site->n + DEMO_CALLERS - DEMO_DEAD);
		faults += fault(text);
	}
	if (p->bad > 0) {
		snprintf(text, sizeof(text), _("%llu readings were bad, the first: %s"),
		    (unsigned long long)p->bad, p->first_bad);
		faults += fault(text);
	}
	if (p->done == 0 || p->undone > 0) {
		snprintf(text, sizeof(text), _("%llu orders were done and read back, %llu were "
		    "not"), (unsigned long long)p->done, (unsigned long long)p->undone);
		faults += fault(text);
	}
	if (p->stored == 0 || p->gone > 0) {
		snprintf(text, sizeof(text), _("the store holds %llu entries and lost %llu"),
		    (unsigned long long)p->stored, (unsigned long long)p->gone);
		faults += fault(text);
	}
	if (p->missing > 0) {
		snprintf(text, sizeof(text), _("the file uplink lacks %llu stored entries, the "
		    "first is number %llu"), (unsigned long long)p->missing,
		    (unsigned long long)p->first_missing);
		faults += fault(text);
	}
	if (p->invented > 0) {
		snprintf(text, sizeof(text), _("the file uplink holds %llu entries that are not "
		    "stored"), (unsigned long long)p->invented);
		faults += fault(text);
	}
	return faults;
}

static int
prove(const struct demo *demo)
{
	struct proof *proof = room_for(1, sizeof(*proof));
	char why[PATH_MAX + 100], raised[80], told[80], done[80];
	int faults;

	if (proof_read(proof, demo->store, demo->out, demo_site_dead, why, sizeof(why)) != 0)
		faults = fault(why);
	else
		faults = judge(demo, proof);
	if (faults == 0)
		printf(_("demo OK: %zu devices Good beside %d dead, %s and %llu cleared, %s, "
		    "%s, %llu refused in gas, all %llu stored entries are in the file\n"),
		    demo->site->n + DEMO_CALLERS - DEMO_DEAD, DEMO_DEAD,
		    raised_words(proof->live.raised, raised),
		    (unsigned long long)proof->live.cleared, told_words(proof->told, told),
		    done_words(proof->done, done), (unsigned long long)proof->refused,
		    (unsigned long long)proof->stored);
	proof_free(proof);
	free(proof);
	return faults;
}

/* Returns the number of faults. */
static int
perform(struct demo *demo)
{
	int faults = 0;

	if (start(demo) != 0) {
		end_children(demo);
		return 1;
	}
	demo->plain = demo->plain || !screen_open();
	if (demo->plain)
		tell_look(demo);
	if (!watch(demo)) {
		screen_close();
		faults += fault(_("the gateway ended by itself, see tidegate.log"));
	}
	screen_close();
	end_children(demo);
	if (demo->lasts == 0)
		return faults;
	if (stopped)
		return faults + fault(_("it was interrupted"));
	if (WIFSIGNALED(demo->gateway_status) || WEXITSTATUS(demo->gateway_status) != 0)
		faults += fault(_("the gateway did not end well, see tidegate.log"));
	return faults + prove(demo);
}

static int
plant(struct demo *demo)
{
	for (size_t i = 0; i < demo->nfaults; i++)
		if (demo_site_fault(demo->site, demo->faults[i]) != 0) {
			fprintf(stderr, _("tidegate demo: not a fault: %s\n"), demo->faults[i]);
			return -1;
		}
	return 0;
}

/* In a folder of its own, which does not stay when nothing ran; returns the
 * number of faults. */
static int
run_site(struct demo *demo)
{
	bool ran;
	int faults = 1;

	if (make_dir(demo) != 0)
		return faults;
	ran = demo_site_open(demo->site, demo->dir, &demo->beside) == 0 && plant(demo) == 0;
	if (ran)
		faults = perform(demo);
	demo_site_close(demo->site);
	if (ran && (demo->keep || faults > 0))
		printf(_("the data is in %s\n"), demo->dir);
	else
		nftw(demo->dir, unlink_one, 16, FTW_DEPTH | FTW_PHYS);
	return faults;
}

int
demo_word(int argc, char **argv)
{
	const struct argp argp = { .options = options, .parser = option,
	    .doc = N_("Runs a restaurant, a gas shop and a river station as simulated "
	    "instruments, and a gateway that watches them.") };
	struct demo *demo = room_for(1, sizeof(*demo));
	int faults;

	argp_parse(&argp, argc, argv, 0, NULL, demo);
	signal(SIGINT, stop);
	signal(SIGTERM, stop);
	signal(SIGHUP, stop);
	signal(SIGPIPE, SIG_IGN);
	demo->site = room_for(1, sizeof(*demo->site));
	faults = run_site(demo);
	free(demo->site);
	free(demo);
	return faults == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
