/* b_dial [seconds [links]]: DTUs that call, each with one instrument of 4 blocks
 * asked every 60 s, over a network that takes 600 ms there and back and loses 2 % of
 * its segments, in bursts: what is lost comes 1.4 s later, or 4.2 s where its
 * repetition is lost too, which one in three is.
 *
 * 100, 1,000 and 10,000 of them, or so many alone: polls on time, CPU and memory a
 * link; 8,720 that call anew within 60 s; 10,000 rogues at 1,000 a second beside
 * 1,000 that are genuine.  Who was never asked is told as both ends see it.
 *
 * The far end is one thread on loopback; loss lies beneath TCP and only delays. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../protocols/crc.h"
#include "far.h"
#include "stand.h"

#define MOST		10000
#define BLOCKS		4
#define PERIOD		60000000	/* us */
#define RTT		600000
#define LOST		0.02
#define PENDING_MAX	40000
#define MISSING_TOLD	5

struct dtu {
	int		fd;
	uint8_t		in[8];
	size_t		got;
	int64_t		busy;		/* nothing arrives before it (mono us) */
	int64_t		called;		/* it registered */
	int64_t		first;		/* its first question came, off the grid */
	int64_t		grid;		/* its second cycle began */
	int64_t		cycle;		/* the first block was asked last */
	int64_t		closed;		/* by the gateway; 0: it was not */
	int		error;		/* it could not call */
	uint32_t	asked, cycles, on_time, whole;
	uint32_t	blocks;		/* of this cycle */
};

struct answer {
	int64_t		due;
	uint32_t	dtu;
	uint8_t		frame[7];
};

static struct dtu dtus[MOST];
static struct answer *pending;
static size_t npending, ndtus;
static int epoll_fd;
static uint16_t port;
static atomic_bool over;
static uint64_t draws = 5;

static int
call(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	NEED(fd >= 0);
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0) {
		int error = errno;

		close(fd);
		errno = error;
		return -1;
	}
	NEED(fcntl(fd, F_SETFL, O_NONBLOCK) == 0);
	return fd;
}

static void
dial(uint32_t i)
{
	struct epoll_event e = { .events = EPOLLIN, .data.u32 = i };
	char text[32];
	int n = snprintf(text, sizeof(text), "LOGIN:%08u", i);

	if (dtus[i].fd > 0)
		close(dtus[i].fd);
	dtus[i].fd = call();
	dtus[i].got = 0;
	dtus[i].busy = dtus[i].called = mono_us();
	dtus[i].first = dtus[i].grid = dtus[i].cycle = dtus[i].closed = 0;
	dtus[i].error = dtus[i].fd < 0 ? errno : 0;
	if (dtus[i].fd < 0)
		return;
	NEED(send(dtus[i].fd, text, (size_t)n, 0) == n);
	NEED(epoll_ctl(epoll_fd, EPOLL_CTL_ADD, dtus[i].fd, &e) == 0);
}

/* There and back, with what is lost and comes later; never before the one ahead. */
static int64_t
arrives(struct dtu *d, int64_t now)
{
	int64_t at = now + RTT;

	if (far_draw(&draws) < 2 * LOST)
		at += far_draw(&draws) < 1.0 / 3 ? 4200000 : 1400000;
	d->busy = at > d->busy ? at : d->busy;
	return d->busy;
}

static void
count(struct dtu *d, unsigned block, int64_t now)
{
	if (d->first == 0)
		d->first = now;
	d->asked++;
	if (block != 0 || now - d->cycle < PERIOD / 2) {	/* or asked again */
		d->blocks |= 1U << block;
		return;
	}
	if (d->cycle != 0 && d->grid == 0) {
		d->grid = now;
	} else if (d->grid != 0) {
		int64_t off = (now - d->grid) % PERIOD;

		d->cycles++;
		d->on_time += off < PERIOD / 10 || off > PERIOD - PERIOD / 10;
		d->whole += d->blocks == (1U << BLOCKS) - 1;
	}
	d->cycle = now;
	d->blocks = 1;
}

static void
asked(uint32_t i, int64_t now)
{
	struct dtu *d = &dtus[i];
	struct answer *a = &pending[npending++];
	uint16_t crc;

	NEED(npending < PENDING_MAX && d->in[1] == 3);
	count(d, d->in[2], now);
	*a = (struct answer){ .due = arrives(d, now), .dtu = i,
	    .frame = { d->in[0], 3, 2, d->in[2], (uint8_t)i } };
	crc = crc16_modbus(a->frame, 5);
	a->frame[5] = (uint8_t)crc;
	a->frame[6] = (uint8_t)(crc >> 8);
}

static void
hear(uint32_t i, int64_t now)
{
	struct dtu *d = &dtus[i];
	ssize_t n = recv(d->fd, d->in + d->got, sizeof(d->in) - d->got, 0);

	if (n <= 0) {
		if (n == 0 || errno != EAGAIN) {
			epoll_ctl(epoll_fd, EPOLL_CTL_DEL, d->fd, NULL);
			d->closed = now;
		}
		return;
	}
	d->got += (size_t)n;
	if (d->got < 8)
		return;
	d->got = 0;
	asked(i, now);
}

static void *
far_end(void *arg)
{
	struct epoll_event e[256];

	(void)arg;
	while (!atomic_load(&over)) {
		int n = epoll_wait(epoll_fd, e, 256, 2);
		int64_t now = mono_us();

		for (int i = 0; i < n; i++)
			hear(e[i].data.u32, now);
		for (size_t i = 0; i < npending; ) {
			if (pending[i].due > now) {
				i++;
				continue;
			}
			send(dtus[pending[i].dtu].fd, pending[i].frame, 7, MSG_NOSIGNAL);
			pending[i] = pending[--npending];
		}
	}
	return NULL;
}

static void
configure(const struct stand *stand, size_t n)
{
	FILE *f = stand_file(stand, "meter.conf");

	fprintf(f, "name = \"meter\"; maker = \"none\"; model = \"meter\"; family = \"io\";\n"
	    "source = \"tests/bench\"; confidence = \"A\";\npoints = (\n");
	for (int i = 0; i < BLOCKS; i++)
		fprintf(f, "%s{ name = \"p%d\"; register = %d; raw = \"u16\"; }",
		    i > 0 ? ",\n" : "", i, 256 * i);
	fprintf(f, "\n);\n");
	fclose(f);
	f = stand_conf(stand);
	fprintf(f, "listeners = ( { name = \"dtu\"; port = %u; address = \"127.0.0.1\"; "
	    "format = \"text\"; register = \"LOGIN:{id:8}\"; heartbeat = ( \"HB\" ); "
	    "every = \"120s\"; within = \"10s\"; } );\nlinks = (\n", port);
	for (size_t i = 0; i < n; i++)
		fprintf(f, "%s{ name = \"l%zu\"; kind = \"dial\"; listener = \"dtu\"; "
		    "identity = \"%08zu\"; }", i > 0 ? ",\n" : "", i, i);
	fprintf(f, "\n);\ndevices = (\n");
	for (size_t i = 0; i < n; i++)
		fprintf(f, "%s{ name = \"d%zu\"; link = \"l%zu\"; unit = \"1\"; profile = \"meter\"; "
		    "period = \"60s\"; }", i > 0 ? ",\n" : "", i, i);
	fprintf(f, "\n);\n");
	fclose(f);
}

struct site {
	struct stand	stand;
	pthread_t	thread;
};

/* Its control socket is open a moment before its ports are: the first to call would
 * be refused, and would be missing to the end. */
static void
until_it_listens(void)
{
	int fd = -1;

	for (int i = 0; i < 30000 && (fd = call()) < 0; i++)
		usleep(1000);
	NEED(fd >= 0);
	close(fd);
}

static void
begin(struct site *site, size_t n)
{
	memset(dtus, 0, sizeof(dtus));
	npending = 0;
	ndtus = n;
	atomic_store(&over, false);
	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	NEED(epoll_fd >= 0);
	stand_make(&site->stand);
	configure(&site->stand, n);
	stand_start(&site->stand, "build/tidegate");
	until_it_listens();
	NEED(pthread_create(&site->thread, NULL, far_end, NULL) == 0);
}

static void
end(struct site *site)
{
	atomic_store(&over, true);
	pthread_join(site->thread, NULL);
	for (size_t i = 0; i < ndtus; i++)
		if (dtus[i].fd > 0)
			close(dtus[i].fd);
	close(epoll_fd);
	stand_stop(&site->stand);
	stand_remove(&site->stand);
}

static void
tell_row(const json_t *status, const char *section, const char *name)
{
	json_t *row;
	size_t i;

	json_array_foreach(json_object_get(status, section), i, row) {
		const char *of = json_string_value(json_object_get(row, "name"));

		if (of == NULL || strcmp(of, name) != 0)
			continue;
		printf("#   %s ", section);
		json_dumpf(row, stdout, JSON_COMPACT);
		printf("\n");
	}
}

/* Who was never asked, as both ends see it. */
static void
tell_missing(const struct site *site, size_t n)
{
	json_t *status = stand_status(&site->stand);
	int64_t now = mono_us();
	unsigned told = 0;
	char name[16];

	tell_row(status, "listeners", "dtu");
	for (size_t i = 0; i < n && told < MISSING_TOLD; i++) {
		const struct dtu *d = &dtus[i];

		if (d->first != 0)
			continue;
		printf("# DTU %zu: called %.1f s ago: %s", i, (double)(now - d->called) / 1e6,
		    d->error != 0 ? strerror(d->error) : "connected");
		if (d->closed != 0)
			printf(", closed by the gateway after %.1f s",
			    (double)(d->closed - d->called) / 1e6);
		printf(", %zu bytes of a question\n", d->got);
		snprintf(name, sizeof(name), "l%zu", i);
		tell_row(status, "links", name);
		snprintf(name, sizeof(name), "d%zu", i);
		tell_row(status, "devices", name);
		told++;
	}
	json_decref(status);
	fflush(stdout);
}

/* All of them call, spread over so long; the seconds until each was asked. */
static double
call_all(const struct site *site, size_t n, int64_t over_us, size_t *missing)
{
	int64_t began = mono_us(), last = 0;

	*missing = n;
	for (uint32_t i = 0; i < n; i++) {
		int64_t at = began + over_us * i / (int64_t)n;

		while (mono_us() < at)
			usleep(1000);
		dial(i);
	}
	for (int64_t until = mono_us() + 120000000; mono_us() < until; usleep(100000)) {
		*missing = 0;
		for (size_t i = 0; i < n; i++)
			*missing += dtus[i].first == 0;
		if (*missing == 0)
			break;
	}
	if (*missing > 0)
		tell_missing(site, n);
	for (size_t i = 0; i < n; i++)
		last = dtus[i].first > last ? dtus[i].first : last;
	return (double)(last - began) / 1e6;
}

static int64_t
by_wait(size_t n, double share)
{
	int64_t *waits = calloc(n, sizeof(*waits)), at;

	for (size_t i = 0; i < n; i++) {
		size_t k = i;
		int64_t wait = dtus[i].first - dtus[i].called;

		for (; k > 0 && waits[k - 1] > wait; k--)
			waits[k] = waits[k - 1];
		waits[k] = wait;
	}
	at = waits[(size_t)((double)(n - 1) * share)];
	free(waits);
	return at;
}

static bool
scale(size_t n, unsigned seconds, struct usage *a_link)
{
	struct site site;
	struct usage was, is;
	uint64_t cycles = 0, good = 0;
	size_t missing = 0;
	char what[100];
	bool fine = true;

	begin(&site, n);
	call_all(&site, n, n < 1000 ? 1000000 : (int64_t)n * 2000, &missing);
	printf("# %zu links: %zu were never asked\n", n, missing);
	was = stand_usage(&site.stand);
	sleep(seconds);
	is = stand_usage(&site.stand);
	for (size_t i = 0; i < n; i++) {
		cycles += dtus[i].cycles;
		good += dtus[i].on_time < dtus[i].whole ? dtus[i].on_time : dtus[i].whole;
	}
	snprintf(what, sizeof(what), "%zu links: cycles on time and whole (of %llu)", n,
	    (unsigned long long)cycles);
	fine &= bench_figure(what, cycles > 0 ? (double)good / (double)cycles : 0, "", 0.999, false);
	a_link->cpu = (is.cpu - was.cpu) / seconds;
	a_link->mib = is.mib;
	snprintf(what, sizeof(what), "%zu links: CPU of one core", n);
	fine &= bench_figure(what, a_link->cpu * 100, "%", 10, true);
	snprintf(what, sizeof(what), "%zu links: RssAnon + RssShmem of all roles", n);
	fine &= bench_figure(what, is.mib, "MiB", 95, true);
	end(&site);
	return fine && missing == 0;
}

/* The program begins anew, and all lose their line. */
static bool
redial(size_t n)
{
	struct site site;
	size_t missing = 0;
	double took;
	json_t *status;
	bool fine;

	begin(&site, n);
	took = call_all(&site, n, 60000000, &missing);
	fine = bench_figure("8,720 DTUs call within 60 s: all registered and asked after", took, "s", 120,
	    true);
	fine &= bench_figure("of them never asked", (double)missing, "", 0, true);
	fine &= bench_figure("registration to the first question, median", (double)by_wait(n, 0.5) / 1e6,
	    "s", 3 - RTT / 1e6, true);
	status = stand_status(&site.stand);
	fine &= bench_figure("refused", (double)stand_sum(status, "listeners", "refused"), "", 0, true);
	json_decref(status);
	end(&site);
	return fine;
}

/* Connections that say nothing, or nonsense, and are kept open as long as they are
 * let; beside lines that are polled. */
static bool
rogues(size_t n, unsigned seconds)
{
	struct site site;
	struct usage was, is;
	size_t missing = 0;
	uint64_t cycles = 0, good = 0;
	int fds[4000] = { 0 };
	int64_t began, at;
	bool fine;

	begin(&site, n);
	call_all(&site, n, 20000000, &missing);
	was = stand_usage(&site.stand);
	is = was;
	began = mono_us();
	for (unsigned i = 0; i < 10000; i++) {
		while (mono_us() < began + (int64_t)i * 1000)
			usleep(200);
		if (fds[i % 4000] > 0)
			close(fds[i % 4000]);
		fds[i % 4000] = call();
		if (i % 2 == 0 && fds[i % 4000] > 0)
			send(fds[i % 4000], "GET / HTTP/1.0\r\n\r\n", 18, MSG_NOSIGNAL);
		if (i % 500 == 0) {
			struct usage now = stand_usage(&site.stand);

			is = now.mib > is.mib ? now : is;
		}
	}
	at = mono_us();
	sleep(seconds);
	for (size_t i = 0; i < n; i++) {
		cycles += dtus[i].cycles;
		good += dtus[i].on_time < dtus[i].whole ? dtus[i].on_time : dtus[i].whole;
	}
	for (size_t i = 0; i < 4000; i++)
		if (fds[i] > 0)
			close(fds[i]);
	printf("# 10,000 rogues in %.1f s\n", (double)(at - began) / 1e6);
	fine = bench_figure("rogues: cycles of the genuine on time and whole",
	    cycles > 0 ? (double)good / (double)cycles : 0, "", 0.99, false);
	fine &= bench_figure("rogues: memory that they took", is.mib - was.mib, "MiB", 20, true);
	end(&site);
	return fine && missing == 0;
}

int
main(int argc, char **argv)
{
	unsigned seconds = argc > 1 ? (unsigned)atoi(argv[1]) : 250;
	static const size_t sizes[] = { 100, 1000, 10000 };
	struct usage links[3];
	bool fine = true;

	bench_descriptors();
	signal(SIGPIPE, SIG_IGN);
	pending = calloc(PENDING_MAX, sizeof(*pending));
	NEED(pending != NULL);
	port = bench_port();
	if (argc > 2)
		return !scale((size_t)atoi(argv[2]), seconds, &links[0]);
	for (int i = 0; i < 3; i++)
		fine &= scale(sizes[i], seconds, &links[i]);
	fine &= bench_figure("CPU a link, 10,000 to 1,000", links[2].cpu / 10 / links[1].cpu, "", 1.2,
	    true);
	fine &= bench_figure("memory a link more, 10,000 to 1,000",
	    (links[2].mib - links[1].mib) / 9000 / ((links[1].mib - links[0].mib) / 900), "", 1.2,
	    true);
	fine &= redial(8720);
	fine &= rogues(1000, 190);
	return !fine;
}
