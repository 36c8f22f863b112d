/* bare PORT DEVICES POINTS STRIDE SECONDS FILE: what reading, printing and flushing
 * cost without a gateway.  Blocking Modbus TCP, each device once a second, floats at
 * every STRIDE registers; each value is a line of printf, all are flushed once a
 * second.  Prints values and seconds of processor time. */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MOST	124	/* registers of a question: whole floats */

struct bare {
	int		 fds[1000];
	unsigned	 devices, points, stride;
	unsigned long	 values;
	FILE		*out;
};

static void
fail(const char *what)
{
	perror(what);
	exit(1);
}

static int
dial(int port)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;

	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0)
		fail("connect");
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return fd;
}

/* One question and its answer: data of count registers. */
static void
ask(int fd, unsigned first, unsigned count, uint8_t *data)
{
	uint8_t q[12] = { 0, 1, 0, 0, 0, 6, 1, 3, (uint8_t)(first >> 8), (uint8_t)first,
	    (uint8_t)(count >> 8), (uint8_t)count };
	uint8_t a[300];
	size_t have = 0, want = 9 + 2 * count;
	ssize_t n;

	if (send(fd, q, sizeof(q), 0) != sizeof(q))
		fail("send");
	for (; have < want; have += (size_t)n)
		if ((n = recv(fd, a + have, want - have, 0)) <= 0)
			fail("recv");
	memcpy(data, a + 9, 2 * count);
}

static void
print(struct bare *b, unsigned device, unsigned point, const uint8_t *at, long long ms)
{
	uint32_t bits = (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 |
	    at[3];
	float f;

	memcpy(&f, &bits, sizeof(f));
	fprintf(b->out, "plant/%u p%u %lld %.1f\n", device, point, ms, (double)f);
	b->values++;
}

static void
read_device(struct bare *b, unsigned device)
{
	unsigned at_once = b->stride == 2 ? MOST / 2 : 1;
	uint8_t data[2 * MOST];
	struct timespec now;

	for (unsigned p = 0; p < b->points; p += at_once) {
		unsigned n = b->points - p < at_once ? b->points - p : at_once;

		ask(b->fds[device], p * b->stride, 2 * n, data);
		clock_gettime(CLOCK_REALTIME, &now);
		for (unsigned i = 0; i < n; i++)
			print(b, device, p + i, data + 4 * i,
			    now.tv_sec * 1000LL + now.tv_nsec / 1000000);
	}
}

static double
cpu(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
	    (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

int
main(int argc, char *argv[])
{
	static struct bare b;
	struct timespec next;
	double before = 0;

	if (argc != 7 || (b.devices = (unsigned)atoi(argv[2])) > 1000)
		return 2;
	b.points = (unsigned)atoi(argv[3]);
	b.stride = (unsigned)atoi(argv[4]);
	b.out = fopen(argv[6], "w");
	if (b.out == NULL)
		fail(argv[6]);
	for (unsigned i = 0; i < b.devices; i++)
		b.fds[i] = dial(atoi(argv[1]));
	clock_gettime(CLOCK_MONOTONIC, &next);
	for (int s = -1; s < atoi(argv[5]); s++, next.tv_sec++) {
		if (s == 0) {			/* the first second is the start */
			b.values = 0;
			before = cpu();
		}
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
		for (unsigned i = 0; i < b.devices; i++)
			read_device(&b, i);
		fflush(b.out);
		fdatasync(fileno(b.out));
	}
	printf("%lu %.6f\n", b.values, cpu() - before);
	return 0;
}
