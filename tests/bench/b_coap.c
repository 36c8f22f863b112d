/* b_coap [push | ask] [seconds]: CoAP over UDP on loopback.
 *
 * push: 6,000 instruments, each a link of its own, bring a record of SenML each second
 * that the one before it is answered in; the answer says that it is on the disk.
 * ask: 1,000 servers that are asked every 10 s.
 *
 * The far end is one thread. */
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "stand.h"

#define PUSHERS		6000
#define SERVERS		1000
#define PUSH_EVERY	1000000		/* us */
#define ASK_EVERY	10000000
#define AGAIN		3000000		/* what nobody acknowledged is sent again */
#define GIVE_UP		30000000
#define WAITS		1000000		/* answers whose delay is kept */

#define CON		0x40
#define ACK		0x60
#define CHANGED		0x44		/* 2.04 */
#define CONTENT		0x45		/* 2.05 */

struct pusher {
	int		fd;
	int64_t		due;
	int64_t		began;		/* 0: nothing waits */
	int64_t		sent;
	uint16_t	number;		/* token and message id of the last one */
	bool		acknowledged;
};

struct server {
	int64_t		first, last;	/* its port asked, mono us; 0: never */
	uint32_t	asked, on_time;
};

static struct pusher pushers[PUSHERS];
static struct server servers[65536];	/* by the port that asks */
static int64_t *waits;
static size_t nwaits;
static uint64_t stored, refused, resent, lost;
static atomic_bool over, counting;
static uint16_t port;
static int far_fd;

static int
bound(uint16_t *at_port)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(at);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	NEED(fd >= 0 && bind(fd, (struct sockaddr *)&at, sizeof(at)) == 0 &&
	    getsockname(fd, (struct sockaddr *)&at, &len) == 0);
	*at_port = ntohs(at.sin_port);
	return fd;
}

static void
send_push(struct pusher *p, int64_t now)
{
	static const char record[] = "[{\"n\":\"lel\",\"u\":\"/\",\"v\":0.02}]";
	uint8_t packet[80] = { CON | 2, 2, (uint8_t)(p->number >> 8), (uint8_t)p->number,
	    (uint8_t)(p->number >> 8), (uint8_t)p->number, 0xb6 };
	size_t n = 7;

	n += (size_t)snprintf((char *)packet + n, 8, "d%05zu", (size_t)(p - pushers));
	packet[n++] = 0x11;		/* Content-Format 110 */
	packet[n++] = 110;
	packet[n++] = 0xff;
	memcpy(packet + n, record, sizeof(record) - 1);
	n += sizeof(record) - 1;
	p->sent = now;
	send(p->fd, packet, n, 0);	/* one that fails is sent again */
}

static void
tend_push(struct pusher *p, int64_t now)
{
	if (p->began != 0 && now - p->began > GIVE_UP) {
		lost++;
		p->began = 0;
	} else if (p->began != 0 && !p->acknowledged && now - p->sent > AGAIN) {
		resent++;
		send_push(p, now);
	}
	if (now < p->due)
		return;
	p->due += ((now - p->due) / PUSH_EVERY + 1) * PUSH_EVERY;
	if (p->began != 0 || !atomic_load(&counting))
		return;
	p->number++;
	p->began = now;
	p->acknowledged = false;
	send_push(p, now);
}

static void
hear_answer(struct pusher *p, int64_t now)
{
	uint8_t in[200], ack[4] = { ACK };
	ssize_t n = recv(p->fd, in, sizeof(in), 0);

	if (n < 4)
		return;
	if ((in[0] & 0xf0) == CON) {
		memcpy(ack + 2, in + 2, 2);
		send(p->fd, ack, sizeof(ack), 0);
	}
	if (in[1] == 0) {
		p->acknowledged = true;
		return;
	}
	if (n < 6 || (in[0] & 15) != 2 || (in[4] << 8 | in[5]) != p->number || p->began == 0)
		return;
	*(in[1] == CHANGED ? &stored : &refused) += 1;
	if (in[1] == CHANGED && nwaits < WAITS)
		waits[nwaits++] = now - p->began;
	p->began = 0;
}

/* Before somebody of us takes the port that the door is to have. */
static void
await_door(void)
{
	char want[32], line[256];
	bool has = false;

	snprintf(want, sizeof(want), " %08X:%04X ", htonl(INADDR_LOOPBACK), port);
	for (int k = 0; k < 1500 && !has; k++) {
		FILE *f = fopen("/proc/net/udp", "re");

		NEED(f != NULL);
		while (!has && fgets(line, sizeof(line), f) != NULL)
			has = strstr(line, want) != NULL;
		fclose(f);
		usleep(has ? 0 : 20000);
	}
	NEED(has);
}

static void *
pushing(void *arg)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct epoll_event e[256];
	int poll = epoll_create1(EPOLL_CLOEXEC);
	int64_t now = mono_us();

	(void)arg;
	NEED(poll >= 0);
	for (uint32_t i = 0; i < PUSHERS; i++) {
		struct epoll_event want = { .events = EPOLLIN, .data.u32 = i };
		uint16_t own;

		pushers[i] = (struct pusher){ .fd = bound(&own),
		    .due = now + (int64_t)i * PUSH_EVERY / PUSHERS };
		NEED(connect(pushers[i].fd, (struct sockaddr *)&to, sizeof(to)) == 0);
		NEED(epoll_ctl(poll, EPOLL_CTL_ADD, pushers[i].fd, &want) == 0);
	}
	while (!atomic_load(&over)) {
		int n = epoll_wait(poll, e, 256, 2);

		now = mono_us();
		for (int i = 0; i < n; i++)
			hear_answer(&pushers[e[i].data.u32], now);
		for (size_t i = 0; i < PUSHERS; i++)
			tend_push(&pushers[i], now);
	}
	for (size_t i = 0; i < PUSHERS; i++)
		close(pushers[i].fd);
	close(poll);
	return NULL;
}

/* On its grid within a tenth of the period; what is sent again is not counted. */
static void
count(struct server *s, int64_t now)
{
	int64_t off = s->first == 0 ? 0 : (now - s->first) % ASK_EVERY;

	if (s->first == 0) {
		s->first = now;
	} else if (now - s->last > ASK_EVERY / 2) {
		s->asked++;
		s->on_time += off < ASK_EVERY / 10 || off > ASK_EVERY - ASK_EVERY / 10;
	} else {
		return;
	}
	s->last = now;
}

static void *
serving(void *arg)
{
	(void)arg;
	while (!atomic_load(&over)) {
		struct sockaddr_in from;
		socklen_t len = sizeof(from);
		uint8_t in[200], out[24] = { 0 };
		ssize_t n = recvfrom(far_fd, in, sizeof(in), 0, (struct sockaddr *)&from, &len);
		size_t tokens = in[0] & 15;

		if (n < 0)
			usleep(500);
		if (n < 4 || (in[0] & 0xf0) != CON || in[1] != 1 || tokens > 8)
			continue;
		if (atomic_load(&counting))
			count(&servers[ntohs(from.sin_port)], mono_us());
		out[0] = (uint8_t)(ACK | tokens);
		out[1] = CONTENT;
		memcpy(out + 2, in + 2, 2 + tokens);
		memcpy(out + 4 + tokens, "\xc0\xff" "23.5", 6);	/* Content-Format 0 */
		sendto(far_fd, out, 10 + tokens, 0, (struct sockaddr *)&from, len);
	}
	return NULL;
}

static void
configure(const struct stand *stand, bool push)
{
	size_t n = push ? PUSHERS : SERVERS;
	FILE *f = stand_file(stand, "air.conf");

	fprintf(f, "name = \"air\"; maker = \"none\"; model = \"air\"; family = \"gas\";\n"
	    "source = \"tests/bench\"; confidence = \"A\"; proto = \"push\";\n"
	    "points = ( { name = \"lel\"; push = \"lel\"; unit = \"%%LEL\"; },\n"
	    "{ name = \"temp\"; push = \"/3303/0/5700\"; unit = \"degC\"; } );\n");
	fclose(f);
	f = stand_conf(stand);
	if (push)
		fprintf(f, "receivers = ( { name = \"r\"; transport = \"coap\"; port = %u; "
		    "address = \"127.0.0.1\"; sessions = 20000; } );\n", port);
	fprintf(f, "links = (\n");
	for (size_t i = 0; i < n; i++) {
		fprintf(f, "%s{ name = \"l%zu\"; insecure = true; ", i > 0 ? ",\n" : "", i);
		if (push)
			fprintf(f, "kind = \"push\"; receiver = \"r\"; identity = \"d%05zu\"; }", i);
		else
			fprintf(f, "kind = \"coap\"; uri = \"coap://127.0.0.1:%u\"; "
			    "paths = ( \"/3303/0/5700\" ); every = \"10s\"; }", port);
	}
	fprintf(f, "\n);\ndevices = (\n");
	for (size_t i = 0; i < n; i++)
		fprintf(f, "%s{ name = \"d%zu\"; link = \"l%zu\"; profile = \"air\"; "
		    "heartbeat = \"60s\"; }", i > 0 ? ",\n" : "", i, i);
	fprintf(f, "\n);\n");
	fclose(f);
}

static double
cpu_of(void)
{
	struct rusage u;

	NEED(getrusage(RUSAGE_CHILDREN, &u) == 0);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
	    (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static int
longer(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static bool
tell_push(double seconds)
{
	qsort(waits, nwaits, sizeof(*waits), longer);
	printf("# %llu answered 2.04, %llu refused, %llu sent again, %llu never answered\n",
	    (unsigned long long)stored, (unsigned long long)refused,
	    (unsigned long long)resent, (unsigned long long)lost);
	if (nwaits > 0)
		printf("# until the answer: median %.0f ms, p99 %.0f ms\n",
		    (double)waits[nwaits / 2] / 1e3, (double)waits[nwaits * 99 / 100] / 1e3);
	return bench_figure("pushed and answered as stored, each second", (double)stored / seconds, "",
	    5000, false) && refused == 0 && lost == 0;
}

static bool
tell_ask(unsigned seconds)
{
	uint64_t asked = 0, on_time = 0, known = 0;
	double owed = (double)SERVERS * (seconds / 10 - 1);

	for (size_t i = 0; i < 65536; i++) {
		known += servers[i].first != 0;
		asked += servers[i].asked;
		on_time += servers[i].on_time;
	}
	printf("# %llu servers were asked, %llu times on their grid\n",
	    (unsigned long long)known, (unsigned long long)on_time);
	return bench_figure("1,000 servers asked every 10 s: on time, of those owed",
	    (double)on_time / (asked > owed ? (double)asked : owed), "", 0.999, false) &&
	    known == SERVERS;
}

static bool
measure(bool push, unsigned seconds)
{
	struct stand stand;
	pthread_t thread;
	double cpu = cpu_of();
	int64_t began, took;
	json_t *status;
	bool fine;

	atomic_store(&over, false);
	atomic_store(&counting, false);
	far_fd = bound(&port);
	if (push)
		close(far_fd);
	stand_make(&stand);
	configure(&stand, push);
	stand_start(&stand, "build/tidegate");
	if (push)
		await_door();
	NEED(pthread_create(&thread, NULL, push ? pushing : serving, NULL) == 0);
	sleep(push ? 5 : 25);		/* the door is up; a first round is over */
	atomic_store(&counting, true);
	began = mono_us();
	sleep(seconds);
	atomic_store(&counting, false);
	took = mono_us() - began;
	sleep(push ? 5 : 1);		/* the last answers */
	status = stand_status(&stand);
	printf("# %lld answers booked to devices, %lld flushes of the store\n",
	    (long long)stand_sum(status, "devices", "answers"),
	    (long long)json_integer_value(json_object_get(json_object_get(status, "store"),
	    "commits")));
	json_decref(status);
	atomic_store(&over, true);
	pthread_join(thread, NULL);
	stand_stop(&stand);
	fine = push ? tell_push((double)took / 1e6) : tell_ask(seconds);
	printf("# CPU of all roles, with start and end: %.1f s\n", cpu_of() - cpu);
	if (!push)
		close(far_fd);
	stand_remove(&stand);
	return fine;
}

int
main(int argc, char **argv)
{
	unsigned seconds = argc > 2 ? (unsigned)atoi(argv[2]) : 0;
	const char *only = argc > 1 ? argv[1] : "";
	bool fine = true;

	bench_descriptors();
	signal(SIGPIPE, SIG_IGN);
	waits = calloc(WAITS, sizeof(*waits));
	NEED(waits != NULL);
	if (strcmp(only, "ask") != 0)
		fine &= measure(true, seconds > 0 ? seconds : 20);
	if (strcmp(only, "push") != 0)
		fine &= measure(false, seconds > 0 ? seconds : 50);
	return !fine;
}
