#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "../../protocols/hj212.h"
#include "../log.h"
#include "demo_caller.h"

#define CHINA		(8 * 3600)	/* s */
#define BETWEEN		2		/* s between two uploads */
#define ANSWER_WITHIN	10		/* s; then it calls again */

static struct sockaddr_in
here(unsigned port)
{
	return (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons((uint16_t)port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
}

unsigned
demo_caller_port(int type)
{
	struct sockaddr_in at = here(0);
	socklen_t len = sizeof(at);
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
	unsigned port = 0;

	if (fd >= 0 && bind(fd, (struct sockaddr *)&at, sizeof(at)) == 0 &&
	    getsockname(fd, (struct sockaddr *)&at, &len) == 0)
		port = ntohs(at.sin_port);
	if (fd >= 0)
		close(fd);
	return port;
}

static int
call(unsigned port)
{
	const struct timeval limit = { .tv_sec = ANSWER_WITHIN };
	struct sockaddr_in at = here(port);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	if (connect(fd, (struct sockaddr *)&at, sizeof(at)) == 0)
		return fd;
	close(fd);
	return -1;
}

/* What it measures: a kitchen that is busy and less busy by turns. */
static size_t
packet(unsigned n, uint8_t *frame, size_t room)
{
	struct buf to = { .at = frame, .cap = room };
	time_t now = time(NULL) + CHINA;
	double busy = (double)(n % 10) / 10;
	char segment[600], when[20];
	struct tm tm;
	int len;

	gmtime_r(&now, &tm);
	strftime(when, sizeof(when), "%Y%m%d%H%M%S", &tm);
	len = snprintf(segment, sizeof(segment),
	    "QN=%s%03u;ST=31;CN=2011;PW=123456;MN=010000A8900016F000169DC0;Flag=5;CP=&&"
	    "DataTime=%s;a34041-Rtd=%.2f,a34041-Flag=N;a34000-Rtd=%.2f,a34000-Flag=N;"
	    "a24088-Rtd=%.2f,a24088-Flag=N;a01012-Rtd=%.1f,a01012-Flag=N;"
	    "a01014-Rtd=%.1f,a01014-Flag=N;SB1-RS=1;SB2-RS=1&&", when, n % 1000, when,
	    0.4 + busy, 1.1 + busy, 2.5 + busy, 38 + 9 * busy, 52 + 4 * busy);
	hj212_wrap(&to, HJ212_CHECK, segment, (size_t)len);
	return to.bad ? 0 : to.len;
}

/* False: no acknowledgement came. */
static bool
upload(int fd, const uint8_t *frame, size_t n)
{
	char answer[400];

	return send(fd, frame, n, MSG_NOSIGNAL) == (ssize_t)n &&
	    recv(fd, answer, sizeof(answer), 0) > 0;
}

void
demo_caller_run(unsigned port, const volatile sig_atomic_t *stopped)
{
	uint8_t frame[700];
	unsigned n = 0;
	int fd = -1;

	while (!*stopped) {
		if (fd < 0 && (fd = call(port)) < 0) {
			usleep(200 * 1000);
			continue;
		}
		if (upload(fd, frame, packet(n, frame, sizeof(frame)))) {
			n++;
			sleep(BETWEEN);
			continue;
		}
		log_debug("hj212: not acknowledged: calls again");
		close(fd);
		fd = -1;
	}
	if (fd >= 0)
		close(fd);
}
