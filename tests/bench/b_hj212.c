/* b_hj212 [seconds]: 10,000 instruments that call and upload by HJ 212, each with a
 * line of its own: one packet of five values a minute from each, evenly, and the time
 * from the packet to its acknowledgement (9014), which is sent when it is stored; CPU
 * and memory.  Then four packets from each within 2 s, as after an outage.
 *
 * Who has no acknowledgement after 8 s would send again: it is counted as one that
 * does.  The far end is two threads on loopback. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "../../protocols/hj212.h"
#include "stand.h"

#define MACHINES	10000
#define PERIOD		60000000	/* us */
#define VALUES		5		/* of a packet */
#define AGAIN		8000000
#define BURST		(4 * MACHINES)
#define BURST_US	2000000
#define MOST		1000000		/* packets of a run */

static struct machine {
	int	fd;
	char	in[400];
	size_t	got;
} machines[MACHINES];

static int64_t *sent, *acked;		/* mono us, by the number of the packet */
static uint32_t nsent;
static _Atomic uint32_t nacked, wrong;
static atomic_bool over;
static int epoll_fd;
static uint16_t port;

static int
call(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), k = 0;

	NEED(fd >= 0);
	while (connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0) {
		NEED(errno == ECONNREFUSED && k++ < 600);	/* it begins to listen */
		usleep(100000);
	}
	NEED(fcntl(fd, F_SETFL, O_NONBLOCK) == 0);
	return fd;
}

/* The number of the packet is in QN, and comes back in the answer. */
static void
say(uint32_t i)
{
	char segment[600];
	uint8_t packet[700];
	struct buf b = { .at = packet, .cap = sizeof(packet) };
	uint32_t number = nsent++, turn = number % 9973;	/* no value as the one before */
	time_t there = time(NULL) + 8 * 3600;
	char at[16];
	struct tm day;
	int n;

	strftime(at, sizeof(at), "%Y%m%d%H%M%S", gmtime_r(&there, &day));
	n = snprintf(segment, sizeof(segment), "QN=20261126%09u;ST=31;CN=2011;PW=123456;"
	    "MN=%024u;Flag=5;CP=&&DataTime=%s;a34041-Rtd=%u.2,a34041-Flag=N;"
	    "a34000-Rtd=%u.25,a34000-Flag=N;a24088-Rtd=0.%u,a24088-Flag=N;a01012-Rtd=%u,"
	    "a01012-Flag=N;SB1-RS=%u&&", number, i, at, turn, turn, turn, turn, turn);
	NEED(nsent < MOST);
	hj212_wrap(&b, HJ212_CHECK, segment, (size_t)n);
	sent[number] = mono_us();
	NEED(!b.bad && send(machines[i].fd, packet, b.len, MSG_NOSIGNAL) == (ssize_t)b.len);
}

static void
answered(const char *text, int64_t now)
{
	uint32_t number;

	if (sscanf(text, "##%*4uQN=20261126%9u;", &number) != 1 || number >= MOST ||
	    strstr(text, ";CN=9014;") == NULL || acked[number] != 0) {
		atomic_fetch_add(&wrong, 1);
		return;
	}
	acked[number] = now;
	atomic_fetch_add(&nacked, 1);
}

static void
hear(struct machine *m, int64_t now)
{
	ssize_t n = recv(m->fd, m->in + m->got, sizeof(m->in) - 1 - m->got, 0);
	char *end, *at = m->in;

	if (n <= 0) {
		if (n == 0) {
			epoll_ctl(epoll_fd, EPOLL_CTL_DEL, m->fd, NULL);
			atomic_fetch_add(&wrong, 1);
		}
		return;
	}
	m->got += (size_t)n;
	m->in[m->got] = '\0';
	for (; (end = strstr(at, "\r\n")) != NULL; at = end + 2) {
		*end = '\0';
		answered(at, now);
	}
	m->got -= (size_t)(at - m->in);
	memmove(m->in, at, m->got);
}

static void *
far_end(void *arg)
{
	struct epoll_event e[256];

	(void)arg;
	while (!atomic_load(&over)) {
		int n = epoll_wait(epoll_fd, e, 256, 20);
		int64_t now = mono_us();

		for (int i = 0; i < n; i++)
			hear(&machines[e[i].data.u32], now);
	}
	return NULL;
}

static void
configure(const struct stand *stand)
{
	static const char *const keys[] = { "a34041-Rtd", "a34000-Rtd", "a24088-Rtd", "a01012-Rtd",
	    "SB1-RS" };
	FILE *f = stand_file(stand, "fume.conf");

	fprintf(f, "name = \"fume\"; maker = \"none\"; model = \"fume\"; family = \"fume\";\n"
	    "source = \"tests/bench\"; confidence = \"A\"; proto = \"hj212\";\npoints = (\n");
	for (int i = 0; i < VALUES; i++)
		fprintf(f, "%s{ name = \"p%d\"; push = \"%s\"; }", i > 0 ? ",\n" : "", i, keys[i]);
	fprintf(f, "\n);\n");
	fclose(f);
	f = stand_file(stand, "site.conf");
	fprintf(f, "gateway = { id = \"bench\"; control = \"%s/control\"; profiles = ( \"%s\" );\n"
	    "store = { dir = \"%s/store\"; cap = \"512MB\"; }; };\n", stand->dir, stand->dir,
	    stand->dir);
	fprintf(f, "listeners = ( { name = \"hj\"; port = %u; address = \"127.0.0.1\"; "
	    "format = \"hj212\"; every = \"5min\"; per_address = 15000; callers = 15000; } );\n"
	    "links = (\n", port);
	for (int i = 0; i < MACHINES; i++)
		fprintf(f, "%s{ name = \"l%d\"; kind = \"dial\"; listener = \"hj\"; "
		    "proto = \"hj212\"; identity = \"%024d\"; }", i > 0 ? ",\n" : "", i, i);
	fprintf(f, "\n);\ndevices = (\n");
	for (int i = 0; i < MACHINES; i++)
		fprintf(f, "%s{ name = \"d%d\"; link = \"l%d\"; profile = \"fume\"; "
		    "heartbeat = \"60s\"; }", i > 0 ? ",\n" : "", i, i);
	fprintf(f, "\n);\n");
	fclose(f);
}

/* n packets, evenly in so long, from one machine after the other; then until the last
 * is acknowledged, or a minute. */
static uint32_t
play(uint32_t n, int64_t span)
{
	uint32_t first = nsent;
	int64_t began = mono_us();

	for (uint32_t k = 0; k < n; k++) {
		int64_t at = began + span * k / n;

		while (mono_us() < at)
			usleep(1000);
		say(k % MACHINES);
	}
	for (int64_t until = mono_us() + 60000000; mono_us() < until &&
	    atomic_load(&nacked) < nsent; )
		usleep(20000);
	return first;
}

static int
by_size(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

struct delays { double median, p99, longest; uint32_t again, never; };

static struct delays
delays(uint32_t first)
{
	uint32_t n = nsent - first;
	int64_t *all = calloc(n, sizeof(*all));
	struct delays d = { 0 };

	NEED(all != NULL);
	for (uint32_t i = 0; i < n; i++) {
		bool never = acked[first + i] == 0;

		all[i] = never ? 60000000 : acked[first + i] - sent[first + i];
		d.never += never;
		d.again += all[i] > AGAIN;
	}
	qsort(all, n, sizeof(*all), by_size);
	d.median = (double)all[n / 2] / 1e6;
	d.p99 = (double)all[(size_t)(n * 0.99)] / 1e6;
	d.longest = (double)all[n - 1] / 1e6;
	free(all);
	return d;
}

static void
call_all(void)
{
	for (uint32_t i = 0; i < MACHINES; i++) {
		struct epoll_event e = { .events = EPOLLIN, .data.u32 = i };

		machines[i].fd = call();
		NEED(epoll_ctl(epoll_fd, EPOLL_CTL_ADD, machines[i].fd, &e) == 0);
		say(i);
		usleep(1000);
	}
	for (int k = 0; k < 6000 && atomic_load(&nacked) < nsent; k++)
		usleep(20000);
	printf("# %u of %u called and were acknowledged\n", atomic_load(&nacked), nsent);
	fflush(stdout);
	NEED(atomic_load(&nacked) == nsent);
}

static bool
steady(const struct stand *stand, unsigned seconds)
{
	uint32_t n = (uint32_t)((uint64_t)seconds * 1000000 * MACHINES / PERIOD);
	struct usage was = stand_usage(stand), is;
	int64_t began = mono_us();
	struct delays d = delays(play(n, (int64_t)seconds * 1000000));
	bool fine;

	is = stand_usage(stand);
	printf("# %u packets at %u a minute; median %.3f s, longest %.3f s\n", n, MACHINES,
	    d.median, d.longest);
	fine = bench_figure("packet to acknowledgement, p99", d.p99, "s", 1.5, true);
	fine &= bench_figure("packets without one after 8 s", d.again, "", 0, true);
	fine &= bench_figure("CPU of all roles, of one core",
	    100 * (is.cpu - was.cpu) * 1e6 / (double)(mono_us() - began), "%", 10, true);
	fine &= bench_figure("RssAnon + RssShmem of all roles", is.mib, "MiB", 95, true);
	return fine;
}

static bool
burst(const struct stand *stand)
{
	int64_t began = mono_us();
	uint32_t first = play(BURST, BURST_US);
	double spread = (double)(sent[nsent - 1] - began) / 1e6;
	struct delays d = delays(first);
	bool fine;

	printf("# %d packets sent in %.2f s; median %.3f s, p99 %.3f s; %.1f MiB\n", BURST, spread,
	    d.median, d.p99, stand_usage(stand).mib);
	fine = bench_figure("burst: packet to acknowledgement, longest", d.longest, "s", 8, true);
	fine &= bench_figure("burst: packets sent again", d.again, "", 0, true);
	fine &= bench_figure("burst: packets never acknowledged", d.never, "", 0, true);
	return fine;
}

int
main(int argc, char **argv)
{
	unsigned seconds = argc > 1 ? (unsigned)atoi(argv[1]) : 150;
	struct stand stand;
	pthread_t thread;
	json_t *status;
	bool fine;

	bench_descriptors();
	signal(SIGPIPE, SIG_IGN);
	sent = calloc(MOST, sizeof(*sent));
	acked = calloc(MOST, sizeof(*acked));
	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	NEED(seconds > 0 && sent != NULL && acked != NULL && epoll_fd >= 0);
	port = bench_port();
	stand_make(&stand);
	configure(&stand);
	stand_start(&stand, "build/tidegate");
	NEED(pthread_create(&thread, NULL, far_end, NULL) == 0);
	call_all();
	fine = steady(&stand, seconds);
	fine &= burst(&stand);
	status = stand_status(&stand);
	fine &= bench_figure("readings in the journal, flushed, of each packet that was acknowledged",
	    (double)json_integer_value(json_object_get(json_object_get(status, "store"),
	    "durable_telemetry")) / nsent, "", VALUES, false);
	json_decref(status);
	fine &= bench_figure("answers that were none, lines that were cut", atomic_load(&wrong), "", 0,
	    true);
	atomic_store(&over, true);
	pthread_join(thread, NULL);
	for (int i = 0; i < MACHINES; i++)
		close(machines[i].fd);
	stand_stop(&stand);
	stand_remove(&stand);
	return !fine;
}
