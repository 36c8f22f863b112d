/* b_bus [serial | tcp] [seconds]: what is lost of a bus.  The built program on a
 * pty that gives back bytes at 9600 Bd, beside an ideal master on another one
 * like it; then on 200 TCP devices, of which every tenth is black-holed. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "../../protocols/crc.h"

#define SLAVES		10
#define REGISTERS	10
#define ANSWER		(5 + 2 * REGISTERS)
#define QUESTION	8
#define CHARACTER	1041667		/* ns: 10 bits at 9600 Bd */
#define SILENCE		(CHARACTER * 7 / 2)
#define TURNAROUND	5000000		/* ns */
#define NEAR		1500000		/* ns before the end of a silence: looked at closely */
#define WARM_UP		12
#define TCP_DEVICES	200
#define HOLES		20		/* of them */

#define NEED(x) do { if (!(x)) { fprintf(stderr, "%s:%d: %s: %s\n", __FILE__, __LINE__, \
	#x, strerror(errno)); exit(1); } } while (0)

static char	dir[64];

static int64_t
now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static void
sleep_until(int64_t ns)
{
	const struct timespec ts = { .tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000 };

	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL);
}

/* Ten slaves on a wire that carries one byte in its time. */
struct wire {
	int		 master;
	char		 path[64];
	int		 dead;			/* unit that says nothing; 0: none */
	pthread_t	 thread;
	_Atomic uint64_t answers, gaps, looked, unknown, broken;
	atomic_bool	 stop;
};

static void
wire_open(struct wire *w, int dead)
{
	struct termios tio;

	memset(w, 0, sizeof(*w));
	w->dead = dead;
	w->master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	NEED(w->master >= 0 && grantpt(w->master) == 0 && unlockpt(w->master) == 0);
	NEED(ptsname_r(w->master, w->path, sizeof(w->path)) == 0);
	NEED(tcgetattr(w->master, &tio) == 0);
	cfmakeraw(&tio);
	NEED(tcsetattr(w->master, TCSANOW, &tio) == 0);
	fcntl(w->master, F_SETFL, O_NONBLOCK);
}

/* Was the line asked before its silence was over?  Looked at from a moment
 * before on: what comes is stamped no later than that look. */
static void
watch_gap(struct wire *w, int64_t end, uint8_t *in, size_t *got)
{
	ssize_t n;
	int here;

	sleep_until(end + SILENCE - NEAR);
	if (now_ns() >= end + SILENCE) {
		/* we overslept: what is here now may have come too soon */
		w->unknown += ioctl(w->master, FIONREAD, &here) == 0 && here > 0;
		w->looked++;
		return;
	}
	w->looked++;
	while (now_ns() < end + SILENCE)
		if ((n = read(w->master, in, QUESTION)) > 0) {
			/* between the look at the clock and this one we may have lost
			 * the processor */
			if (now_ns() < end + SILENCE)
				w->gaps++;
			else
				w->unknown++;
			*got = (size_t)n;
			return;
		}
}

/* Returns when its last byte went: we may lose the processor behind the write, and
 * whoever hears it hears it no sooner than this. */
static int64_t
answer(struct wire *w, const uint8_t *in, int64_t heard)
{
	int64_t at = heard + QUESTION * (int64_t)CHARACTER + TURNAROUND;
	uint8_t out[ANSWER] = { in[0], in[1], 2 * REGISTERS };
	uint16_t crc;
	int64_t end = at;

	for (size_t i = 3; i < ANSWER - 2; i++)
		out[i] = (uint8_t)(i + w->answers);
	crc = crc16_modbus(out, ANSWER - 2);
	out[ANSWER - 2] = (uint8_t)crc;
	out[ANSWER - 1] = (uint8_t)(crc >> 8);
	for (size_t i = 0; i < ANSWER; i++) {
		at += CHARACTER;
		sleep_until(at);
		end = now_ns();
		NEED(write(w->master, &out[i], 1) == 1);
	}
	w->answers++;
	return end;
}

static void *
serve(void *arg)
{
	struct wire *w = arg;
	struct pollfd p = { .fd = w->master, .events = POLLIN };
	uint8_t in[QUESTION];
	size_t got = 0;
	int64_t heard = 0;

	prctl(PR_SET_TIMERSLACK, 1);
	/* Who oversleeps cannot tell when a line was asked; refused, we only tell
	 * less often. */
	pthread_setschedparam(pthread_self(), SCHED_FIFO, &(struct sched_param){
	    .sched_priority = 1 });
	while (!w->stop) {
		ssize_t n;

		if (got == 0 && poll(&p, 1, 100) <= 0)
			continue;
		if (p.revents & POLLHUP && !(p.revents & POLLIN)) {
			usleep(10000);		/* nobody has opened the other end yet */
			continue;
		}
		if (got == 0)
			heard = now_ns();
		n = read(w->master, in + got, QUESTION - got);
		got += n > 0 ? (size_t)n : 0;
		if (got < QUESTION)
			continue;
		got = 0;
		if (crc16_modbus(in, QUESTION) != 0 || in[1] != 3 || in[5] != REGISTERS)
			w->broken++;
		else if (in[0] != w->dead)
			watch_gap(w, answer(w, in, heard), in, &got);
	}
	return NULL;
}

static void
wire_start(struct wire *w)
{
	NEED(pthread_create(&w->thread, NULL, serve, w) == 0);
}

static void
wire_stop(struct wire *w)
{
	w->stop = true;
	pthread_join(w->thread, NULL);
	close(w->master);
}

/* The ideal master: does nothing else, and asks when the silence is over. */
static atomic_bool ideal_stop;

static void *
ideal(void *arg)
{
	const struct wire *w = arg;
	int fd = open(w->path, O_RDWR | O_NOCTTY | O_CLOEXEC);
	uint8_t ask[QUESTION] = { 1, 3, 0, 0, 0, REGISTERS }, in[ANSWER];

	NEED(fd >= 0);
	prctl(PR_SET_TIMERSLACK, 1);
	while (!ideal_stop) {
		uint16_t crc = crc16_modbus(ask, QUESTION - 2);
		int64_t end;

		ask[QUESTION - 2] = (uint8_t)crc;
		ask[QUESTION - 1] = (uint8_t)(crc >> 8);
		NEED(write(fd, ask, QUESTION) == QUESTION);
		for (size_t got = 0; got < ANSWER;) {
			ssize_t n = read(fd, in + got, ANSWER - got);

			NEED(n > 0);
			got += (size_t)n;
		}
		end = now_ns();
		NEED(crc16_modbus(in, ANSWER) == 0 && in[0] == ask[0]);
		ask[0] = ask[0] == SLAVES ? 1 : (uint8_t)(ask[0] + 1);
		sleep_until(end + SILENCE);
	}
	close(fd);
	return NULL;
}

static FILE *
make(const char *name)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	NEED(f != NULL);
	return f;
}

static void
write_profile(void)
{
	FILE *f = make("bench.conf");

	fprintf(f, "name = \"bench\"; maker = \"none\"; model = \"bench\"; family = \"io\";\n"
	    "source = \"tests/bench\"; confidence = \"A\";\npoints = (\n");
	for (int i = 0; i < REGISTERS; i++)
		fprintf(f, "%s{ name = \"p%d\"; register = %d; raw = \"u16\"; }",
		    i > 0 ? ",\n" : "", i, i);
	fprintf(f, "\n);\n");
	fclose(f);
}

static FILE *
begin_site(void)
{
	FILE *f = make("site.conf");

	fprintf(f, "gateway = { id = \"bench\"; control = \"%s/control\"; profiles = ( \"%s\" );\n"
	    "store = { dir = \"%s/store\"; cap = \"64MB\"; }; };\n", dir, dir, dir);
	return f;
}

static pid_t
start(void)
{
	char site[128], log[128];
	pid_t pid;

	snprintf(site, sizeof(site), "%s/site.conf", dir);
	snprintf(log, sizeof(log), "%s/log", dir);
	pid = fork();
	NEED(pid >= 0);
	if (pid == 0) {
		NEED(freopen(log, "w", stderr) != NULL);
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		execl("build/tidegate", "tidegate", "run", "-c", site, (char *)NULL);
		_exit(127);
	}
	return pid;
}

static void
stop(pid_t pid)
{
	int status = 0;

	kill(pid, SIGTERM);
	waitpid(pid, &status, 0);
	if (status != 0)
		fprintf(stderr, "the program ended with status 0x%x, see %s/log\n", status, dir);
	NEED(status == 0);
}

static bool
serial(int dead, int seconds, double least)
{
	struct wire ours, theirs;
	pthread_t master;
	uint64_t a, b;
	double share;
	FILE *f;
	pid_t pid;

	wire_open(&ours, dead);
	wire_open(&theirs, 0);
	write_profile();
	f = begin_site();
	fprintf(f, "links = ( { name = \"bus\"; kind = \"serial\"; path = \"%s\"; guard = \"0ms\"; "
	    "} );\ndevices = (\n", ours.path);
	for (int i = 1; i <= SLAVES; i++)
		fprintf(f, "%s{ name = \"d%d\"; link = \"bus\"; unit = \"%d\"; profile = \"bench\"; "
		    "period = \"200ms\"; }", i > 1 ? ",\n" : "", i, i);
	fprintf(f, "\n);\n");
	fclose(f);
	wire_start(&ours);
	wire_start(&theirs);
	ideal_stop = false;
	NEED(pthread_create(&master, NULL, ideal, &theirs) == 0);
	pid = start();
	sleep(WARM_UP);
	a = ours.answers;
	b = theirs.answers;
	sleep((unsigned)seconds);
	a = ours.answers - a;
	b = theirs.answers - b;
	stop(pid);
	ideal_stop = true;
	pthread_join(master, NULL);
	wire_stop(&ours);
	wire_stop(&theirs);
	share = (double)a / (double)b;
	printf("RS-485 9600 8N1, 10 slaves x 10 registers%s: %.2f polls/s, the ideal master %.2f, "
	    "share %.4f (>= %.3f)\n", dead ? ", 1 dead" : "", (double)a / seconds,
	    (double)b / seconds, share, least);
	printf("  gap violations %llu (of the ideal master %llu), not told %llu of %llu, broken "
	    "questions %llu\n", (unsigned long long)ours.gaps, (unsigned long long)theirs.gaps,
	    (unsigned long long)ours.unknown, (unsigned long long)ours.looked,
	    (unsigned long long)ours.broken);
	fflush(stdout);
	return share >= least && ours.gaps == 0 && ours.broken == 0;
}

/* 200 devices, each a port of its own: those that live answer at once, of the
 * black holes half take no connection and half say nothing. */

struct far {
	int	listeners[TCP_DEVICES];
	uint16_t ports[TCP_DEVICES];
	pid_t	pid;
};

static bool
is_hole(int i)
{
	return i % (TCP_DEVICES / HOLES) == 3;
}

/* A full backlog drops every further SYN. */
static void
plug(uint16_t port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	for (int i = 0; i < 3; i++) {
		int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

		connect(fd, (struct sockaddr *)&a, sizeof(a));
	}
}

static _Noreturn void
answer_all(struct far *far)
{
	int ep = epoll_create1(0);
	struct epoll_event ev[64];

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (int i = 0; i < TCP_DEVICES; i++)
		if (!is_hole(i))
			NEED(epoll_ctl(ep, EPOLL_CTL_ADD, far->listeners[i], &(struct epoll_event){
			    .events = EPOLLIN, .data.u64 = (uint64_t)far->listeners[i] << 1 | 1 }) == 0);
	for (;;) {
		int n = epoll_wait(ep, ev, 64, -1);

		for (int i = 0; i < n; i++) {
			int fd = (int)(ev[i].data.u64 >> 1), one = 1;
			uint8_t b[12], out[9 + 2 * REGISTERS] = { 0 };

			if (ev[i].data.u64 & 1) {
				fd = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
				setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
				epoll_ctl(ep, EPOLL_CTL_ADD, fd, &(struct epoll_event){
				    .events = EPOLLIN, .data.u64 = (uint64_t)fd << 1 });
				continue;
			}
			if (recv(fd, b, 12, MSG_WAITALL) != 12) {
				close(fd);
				continue;
			}
			memcpy(out, b, 8);
			out[5] = 3 + 2 * REGISTERS;
			out[8] = 2 * REGISTERS;
			NEED(send(fd, out, sizeof(out), MSG_NOSIGNAL) > 0 || errno == EPIPE);
		}
	}
}

static void
far_start(struct far *far)
{
	for (int i = 0; i < TCP_DEVICES; i++) {
		struct sockaddr_in a = { .sin_family = AF_INET,
		    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
		socklen_t n = sizeof(a);
		bool full = is_hole(i) && i % 20 == 3;

		far->listeners[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		NEED(bind(far->listeners[i], (struct sockaddr *)&a, n) == 0);
		NEED(listen(far->listeners[i], full ? 0 : 16) == 0);
		NEED(getsockname(far->listeners[i], (struct sockaddr *)&a, &n) == 0);
		far->ports[i] = ntohs(a.sin_port);
		if (full)
			plug(far->ports[i]);
	}
	far->pid = fork();
	NEED(far->pid >= 0);
	if (far->pid == 0)
		answer_all(far);
}

/* Sums of a field of the devices that live, from status. */
static uint64_t
sum(const char *json, const char *field)
{
	char key[32], name[32];
	uint64_t total = 0;

	snprintf(key, sizeof(key), "\"%s\":", field);
	for (int i = 0; i < TCP_DEVICES; i++) {
		const char *at;

		if (is_hole(i))
			continue;
		snprintf(name, sizeof(name), "\"name\":\"d%d\"", i);
		NEED((at = strstr(json, name)) != NULL && (at = strstr(at, key)) != NULL);
		total += strtoull(at + strlen(key), NULL, 10);
	}
	return total;
}

static char *
status(void)
{
	static char json[1 << 20];
	char command[200];
	size_t n;
	FILE *f;

	snprintf(command, sizeof(command), "build/tidegate status --json -c %s/site.conf", dir);
	f = popen(command, "r");
	NEED(f != NULL);
	n = fread(json, 1, sizeof(json) - 1, f);
	json[n] = '\0';
	NEED(pclose(f) == 0);
	return json;
}

static bool
tcp(int seconds)
{
	static struct far far;
	uint64_t polls, late, skipped;
	double share;
	char *json;
	pid_t pid;
	FILE *f;

	far_start(&far);
	write_profile();
	f = begin_site();
	fprintf(f, "links = (\n");
	for (int i = 0; i < TCP_DEVICES; i++)
		fprintf(f, "%s{ name = \"l%d\"; kind = \"tcp\"; host = \"127.0.0.1\"; port = %u; }",
		    i > 0 ? ",\n" : "", i, far.ports[i]);
	fprintf(f, "\n);\ndevices = (\n");
	for (int i = 0; i < TCP_DEVICES; i++)
		fprintf(f, "%s{ name = \"d%d\"; link = \"l%d\"; unit = \"1\"; profile = \"bench\"; "
		    "period = \"1s\"; }", i > 0 ? ",\n" : "", i, i);
	fprintf(f, "\n);\n");
	fclose(f);
	pid = start();
	sleep((unsigned)seconds);
	json = status();
	polls = sum(json, "polls");
	late = sum(json, "late");
	skipped = sum(json, "skipped");
	stop(pid);
	kill(far.pid, SIGKILL);
	waitpid(far.pid, NULL, 0);
	for (int i = 0; i < TCP_DEVICES; i++)
		close(far.listeners[i]);
	share = 1 - (double)(late + skipped) / (double)(polls + skipped);
	printf("TCP, 200 devices at 1 s, 20 of them black holes: %llu polls of the others, %llu late, "
	    "%llu passed over: on time %.5f (>= 0.995)\n", (unsigned long long)polls,
	    (unsigned long long)late, (unsigned long long)skipped, share);
	return share >= 0.995 && polls + skipped >= (uint64_t)(180 * (seconds - 2));
}

int
main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	int seconds = argc > 2 ? atoi(argv[2]) : 30;
	bool good = true;
	char rm[100];

	strcpy(dir, "/tmp/b_bus.XXXXXX");
	NEED(mkdtemp(dir) != NULL);
	snprintf(rm, sizeof(rm), "rm -rf %s/*", dir);
	if (what[0] == '\0' || strcmp(what, "serial") == 0) {
		good &= serial(0, seconds, 0.985);
		NEED(system(rm) == 0);
		good &= serial(SLAVES / 2, seconds, 0.87);
		NEED(system(rm) == 0);
	}
	if (what[0] == '\0' || strcmp(what, "tcp") == 0)
		good &= tcp(seconds);
	snprintf(rm, sizeof(rm), "rm -rf %s", dir);
	NEED(system(rm) == 0);
	if (!good)
		printf("b_bus: below its targets\n");
	return good ? 0 : 1;
}
