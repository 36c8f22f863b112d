/* b_poll [rate | lag | cpu | cpu50 | foot | start]: the built program against a far end of
 * our own on loopback, and against a bare blocking client in the same run. */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define FLOATS		50
#define CALLERS		64
#define TURNS		7
#define ASK		12		/* bytes of a question, Modbus TCP */

#define NEED(x) do { if (!(x)) { fprintf(stderr, "%s:%d: %s: %s\n", __FILE__, __LINE__, \
	#x, strerror(errno)); exit(1); } } while (0)

static const char *program = "build/tidegate";

static int64_t
now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static void
rest(int64_t us)
{
	const struct timespec ts = { .tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000 };

	nanosleep(&ts, NULL);
}

static int
by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double
median(double *v, int n)
{
	qsort(v, (size_t)n, sizeof(*v), by_size);
	return v[n / 2];
}

/* The far end: answers FC 3 with floats, delay us after the question. */

struct shared {
	_Atomic uint64_t	answers;
	_Atomic int64_t		first;		/* mono us of the first question */
};

struct far {
	pid_t		 pid;
	uint16_t	 port;
	struct shared	*shared;
};

struct caller {
	int	fd;
	int64_t	due;		/* 0: no answer is owed */
	uint8_t	ask[ASK];
	size_t	got;
};

static void
answer(struct caller *c, struct shared *shared)
{
	size_t n = (size_t)(c->ask[10] << 8 | c->ask[11]);
	uint8_t out[9 + 250];
	uint64_t k = atomic_fetch_add(&shared->answers, 1);

	memcpy(out, c->ask, 8);
	out[4] = (uint8_t)((3 + 2 * n) >> 8);
	out[5] = (uint8_t)(3 + 2 * n);
	out[8] = (uint8_t)(2 * n);
	for (size_t i = 0; i + 1 < n; i += 2) {
		float f = 20.0f + (float)i + (float)((k * 7 + i) % 200) / 10;
		uint32_t bits;

		memcpy(&bits, &f, 4);
		bits = htonl(bits);
		memcpy(out + 9 + 2 * i, &bits, 4);
	}
	c->due = 0;
	c->got = 0;
	NEED(send(c->fd, out, 9 + 2 * n, MSG_NOSIGNAL) > 0 || errno == EPIPE || errno == ECONNRESET);
}

static void
question(struct caller *c, struct shared *shared, int64_t delay)
{
	ssize_t n = recv(c->fd, c->ask + c->got, ASK - c->got, 0);
	int64_t none = 0;

	if (n <= 0) {
		if (n == 0 || errno != EAGAIN) {
			close(c->fd);
			c->fd = -1;
			c->due = 0;
		}
		return;
	}
	c->got += (size_t)n;
	if (c->got < ASK)
		return;
	atomic_compare_exchange_strong(&shared->first, &none, now_us());
	if (delay == 0)
		answer(c, shared);
	else
		c->due = now_us() + delay;
}

static void
take_caller(int listener, int ep, struct caller *callers)
{
	int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC), one = 1;
	struct caller *c = callers;

	while (c < callers + CALLERS && c->fd >= 0)
		c++;
	NEED(fd >= 0 && c < callers + CALLERS);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	*c = (struct caller){ .fd = fd };
	NEED(epoll_ctl(ep, EPOLL_CTL_ADD, fd, &(struct epoll_event){ .events = EPOLLIN,
	    .data.ptr = c }) == 0);
}

static _Noreturn void
serve(int listener, struct shared *shared, int64_t delay)
{
	static struct caller callers[CALLERS];
	struct epoll_event ev[CALLERS];
	int ep = epoll_create1(0);

	prctl(PR_SET_TIMERSLACK, 1);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (int i = 0; i < CALLERS; i++)
		callers[i].fd = -1;
	NEED(epoll_ctl(ep, EPOLL_CTL_ADD, listener, &(struct epoll_event){ .events = EPOLLIN }) == 0);
	for (;;) {
		int64_t next = INT64_MAX, now = now_us();
		struct timespec ts = { 0 };
		int n;

		for (int i = 0; i < CALLERS; i++) {
			if (callers[i].due != 0 && callers[i].due <= now)
				answer(&callers[i], shared);
			if (callers[i].due != 0 && callers[i].due < next)
				next = callers[i].due;
		}
		if (next != INT64_MAX)
			ts.tv_nsec = (next > now ? next - now : 0) * 1000;
		n = epoll_pwait2(ep, ev, CALLERS, next != INT64_MAX ? &ts : NULL, NULL);
		for (int i = 0; i < n; i++) {
			if (ev[i].data.ptr == NULL)
				take_caller(listener, ep, callers);
			else
				question(ev[i].data.ptr, shared, delay);
		}
	}
}

static struct far
far_start(int64_t delay)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof(a);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct far far = { .shared = mmap(NULL, sizeof(*far.shared), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0) };

	NEED(bind(listener, (struct sockaddr *)&a, n) == 0 && listen(listener, CALLERS) == 0);
	NEED(getsockname(listener, (struct sockaddr *)&a, &n) == 0);
	far.port = ntohs(a.sin_port);
	far.pid = fork();
	NEED(far.pid >= 0);
	if (far.pid == 0)
		serve(listener, far.shared, delay);
	close(listener);
	return far;
}

static void
far_stop(struct far *far)
{
	kill(far->pid, SIGKILL);
	waitpid(far->pid, NULL, 0);
	munmap(far->shared, sizeof(*far->shared));
}

/* The bare client: a blocking loop that asks and decodes, and keeps nothing. */

struct measure {
	uint64_t	polls;
	double		seconds, cpu_us;	/* of a poll */
};

static double
own_cpu(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec * 1e6 + (double)ts.tv_nsec / 1e3;
}

static volatile float	decoded;	/* so that it is not left out */

static void
decode(const uint8_t *at, uint16_t floats)
{
	for (uint16_t i = 0; i < floats; i++, at += 4) {
		uint32_t bits;
		float f;

		memcpy(&bits, at, 4);
		bits = ntohl(bits);
		memcpy(&f, &bits, 4);
		decoded = f;
	}
}

static struct measure
bare(uint16_t port, int64_t us, uint16_t floats)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	uint8_t ask[ASK] = { 0, 0, 0, 0, 0, 6, 1, 3, 0, 0, 0, (uint8_t)(2 * floats) }, in[260];
	int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;
	struct measure m = { 0 };
	double cpu = own_cpu();
	int64_t start = now_us();

	NEED(connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	for (; now_us() - start < us; m.polls++) {
		ask[0] = (uint8_t)(m.polls >> 8);
		ask[1] = (uint8_t)m.polls;
		NEED(send(fd, ask, ASK, 0) == ASK);
		NEED(recv(fd, in, (size_t)(9 + 4 * floats), MSG_WAITALL) == 9 + 4 * floats);
		NEED(in[0] == ask[0] && in[1] == ask[1]);
		decode(in + 9, floats);
	}
	m.seconds = (double)(now_us() - start) / 1e6;
	m.cpu_us = (own_cpu() - cpu) / (double)m.polls;
	close(fd);
	return m;
}

/* The program on a site of so many links and devices. */

struct plan {
	int		links, devices;		/* devices a link */
	int		points;			/* of a device */
	uint16_t	floats;			/* of a question */
	const char	*period;
	bool		file;
};

static char	dir[256];

static FILE *
make(const char *name)
{
	char path[300];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	NEED(f != NULL);
	return f;
}

static void
write_profile(const struct plan *plan)
{
	FILE *f = make("bench.conf");

	fprintf(f, "name = \"bench\"; maker = \"none\"; model = \"bench\"; family = \"io\";\n"
	    "source = \"tests/bench\"; confidence = \"A\"; max_registers = %d;\npoints = (\n",
	    2 * plan->floats);
	for (int i = 0; i < plan->points; i++)
		fprintf(f, "%s{ name = \"p%d\"; label = { zh = \"p%d\"; en = \"p%d\"; };"
		    " register = %d; raw = \"f32\"; order = \"ABCD\"; decimals = 1; unit = \"V\"; }",
		    i > 0 ? ",\n" : "", i, i, i, 2 * i);
	fprintf(f, "\n);\n");
	fclose(f);
}

static void
write_site(const struct plan *plan, uint16_t port)
{
	FILE *f = make("site.conf");

	fprintf(f, "gateway = { id = \"bench\"; control = \"%s/control\"; profiles = ( \"%s\" );\n"
	    "store = { dir = \"%s/store\"; cap = \"512MB\"; }; };\nlinks = (\n", dir, dir, dir);
	for (int i = 0; i < plan->links; i++)
		fprintf(f, "%s{ name = \"l%d\"; kind = \"tcp\"; host = \"127.0.0.1\"; port = %u; }",
		    i > 0 ? ",\n" : "", i, port);
	fprintf(f, "\n);\ndevices = (\n");
	for (int i = 0; i < plan->links * plan->devices; i++)
		fprintf(f, "%s{ name = \"d%d\"; link = \"l%d\"; unit = \"%d\"; profile = \"bench\";"
		    " period = \"%s\"; }", i > 0 ? ",\n" : "", i, i / plan->devices,
		    i % plan->devices + 1, plan->period);
	fprintf(f, "\n);\n");
	if (plan->file)
		fprintf(f, "uplinks = ( { name = \"local\"; kind = \"file\"; path = \"%s/out.jsonl\";"
		    " rotate = \"0\"; replay_rate = 0; } );\n", dir);
	fclose(f);
}

static void
clear(const char *path)
{
	DIR *d = opendir(path);
	struct dirent *e;

	while (d != NULL && (e = readdir(d)) != NULL) {
		char sub[600];

		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		snprintf(sub, sizeof(sub), "%s/%s", path, e->d_name);
		if (e->d_type == DT_DIR)
			clear(sub);
		remove(sub);
	}
	if (d != NULL)
		closedir(d);
}

static pid_t
start(const struct plan *plan, const struct far *far)
{
	char site[300], log[300];
	pid_t pid;

	clear(dir);
	write_profile(plan);
	write_site(plan, far->port);
	snprintf(site, sizeof(site), "%s/site.conf", dir);
	snprintf(log, sizeof(log), "%s/log", dir);
	pid = fork();
	NEED(pid >= 0);
	if (pid == 0) {
		NEED(freopen(log, "w", stderr) != NULL);
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		execl(program, program, "run", "-c", site, (char *)NULL);
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

/* What the kernel says of its processes. */

static void
each_role(pid_t pid, void (*see)(pid_t, void *), void *sum)
{
	char path[64];
	FILE *f;
	int child;

	see(pid, sum);
	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", pid, pid);
	f = fopen(path, "r");
	NEED(f != NULL);
	while (fscanf(f, "%d", &child) == 1)
		see(child, sum);
	fclose(f);
}

/* User and system time of all threads, us; to the ns, unlike utime. */
static void
add_cpu(pid_t pid, void *sum)
{
	char path[300];
	DIR *d;
	struct dirent *e;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	d = opendir(path);
	while (d != NULL && (e = readdir(d)) != NULL) {
		unsigned long long ns = 0;
		FILE *f;

		snprintf(path, sizeof(path), "/proc/%d/task/%.20s/schedstat", pid, e->d_name);
		f = e->d_name[0] != '.' ? fopen(path, "r") : NULL;
		if (f == NULL)
			continue;
		if (fscanf(f, "%llu", &ns) == 1)
			*(double *)sum += (double)ns / 1e3;
		fclose(f);
	}
	if (d != NULL)
		closedir(d);
}

static long
kib(pid_t pid, const char *file, const char *field)
{
	char path[64], line[256];
	long value = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, file);
	f = fopen(path, "r");
	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		if (strncmp(line, field, strlen(field)) == 0)
			value = atol(line + strlen(field));
	if (f != NULL)
		fclose(f);
	return value;
}

struct memory {
	long	own, pss;	/* KiB */
};

static void
add_memory(pid_t pid, void *sum)
{
	struct memory *m = sum;
	long own = kib(pid, "status", "RssAnon:") + kib(pid, "status", "RssShmem:");
	long pss = kib(pid, "smaps_rollup", "Pss:");

	printf("#   process %d: RssAnon + RssShmem %ld KiB, PSS %ld KiB\n", pid, own, pss);
	m->own += own;
	m->pss += pss;
}

static struct measure
watch(pid_t pid, const struct far *far, int64_t us)
{
	double before = 0, after = 0;
	uint64_t answers = far->shared->answers;
	int64_t began = now_us();
	struct measure m;

	each_role(pid, add_cpu, &before);
	rest(us);
	each_role(pid, add_cpu, &after);
	m.polls = far->shared->answers - answers;
	m.seconds = (double)(now_us() - began) / 1e6;
	m.cpu_us = (after - before) / (double)(m.polls > 0 ? m.polls : 1);
	return m;
}

/* Lines that carry a value: no notes, and nothing of a far end that is silent. */
static size_t
readings_in_file(void)
{
	char path[300], *line = NULL;
	size_t lines = 0, room = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/out.jsonl", dir);
	f = fopen(path, "r");
	while (f != NULL && getline(&line, &room, f) > 0)
		lines += strstr(line, "\"value\":") != NULL;
	free(line);
	if (f != NULL)
		fclose(f);
	return lines;
}

/* The figures. */

static int	missed;

static void
figure(const char *what, double got, const char *unit, double limit, bool at_most)
{
	bool ok = at_most ? got <= limit : got >= limit;

	printf("%-6s %s: %.3g %s (%s %.3g)\n", ok ? "ok" : "MISSED", what, got, unit,
	    at_most ? "at most" : "at least", limit);
	fflush(stdout);
	missed += !ok;
}

/* 120 devices on one link want more than the far end gives: the line is never
 * idle but by our own doing. */
static void
rate(void)
{
	const struct plan plan = { 1, 120, FLOATS, FLOATS, "100ms", true };
	double ratio[TURNS], ours[TURNS], theirs[TURNS], kept[TURNS];

	for (int i = 0; i < TURNS; i++) {
		struct far far = far_start(1000);
		struct measure b = bare(far.port, 1000000, FLOATS), t, a;
		uint64_t asked = far.shared->answers;
		pid_t pid = start(&plan, &far);

		rest(1500000);
		t = watch(pid, &far, 2000000);
		kill(far.pid, SIGSTOP);		/* the last are stored and sent */
		rest(2500000);
		stop(pid);
		ours[i] = (double)t.polls / t.seconds;
		asked = far.shared->answers - asked;
		kill(far.pid, SIGCONT);
		a = bare(far.port, 1000000, FLOATS);
		theirs[i] = (double)(a.polls + b.polls) / (a.seconds + b.seconds);
		ratio[i] = ours[i] / theirs[i];
		kept[i] = (double)readings_in_file() / (double)(asked * FLOATS);
		far_stop(&far);
	}
	figure("answer after 1 ms, 50 floats in the file: polls/s to the bare loop's",
	    median(ratio, TURNS), "x", 0.95, false);
	printf("#   spread %.3f to %.3f; ours %.0f, bare %.0f polls/s\n", ratio[0],
	    ratio[TURNS - 1], median(ours, TURNS), median(theirs, TURNS));
	figure("of the floats that were answered, in the file after the end", median(kept, TURNS), "x",
	    0.99, false);
}

/* How long after its answer each reading stands in the file. */

#define LATEST_MS	20000
#define LAG_TURNS	3

struct lag {
	uint32_t	ms[LATEST_MS];		/* how many took so long */
	size_t		n;
	char		rest[4096];		/* of a line that is not whole yet */
	size_t		nrest;
};

static void
lag_of(struct lag *l, const char *line, size_t n, int64_t now)
{
	const char *at = memmem(line, n, "\"value\":", 8);
	int64_t ms;

	if (at == NULL || (at = memmem(line, n, "\"time\":", 7)) == NULL)
		return;
	ms = now - strtoll(at + 7, NULL, 10);
	l->ms[ms < 0 ? 0 : ms < LATEST_MS ? ms : LATEST_MS - 1]++;
	l->n++;
}

/* What was added to the file since; false: nothing. */
static bool
lag_read(struct lag *l, int fd)
{
	static char bytes[sizeof(l->rest) + 1048576];
	struct timespec ts;
	ssize_t n;
	char *at = bytes, *end;

	memcpy(bytes, l->rest, l->nrest);
	n = read(fd, bytes + l->nrest, sizeof(bytes) - l->nrest);
	if (n <= 0)
		return false;
	n += (ssize_t)l->nrest;
	clock_gettime(CLOCK_REALTIME, &ts);
	while ((end = memchr(at, '\n', (size_t)(bytes + n - at))) != NULL) {
		lag_of(l, at, (size_t)(end - at), ts.tv_sec * 1000 + ts.tv_nsec / 1000000);
		at = end + 1;
	}
	l->nrest = (size_t)(bytes + n - at);
	NEED(l->nrest <= sizeof(l->rest));
	memcpy(l->rest, at, l->nrest);
	return true;
}

static int
lag_at(const struct lag *l, double part)
{
	size_t sum = 0;
	int ms = 0;

	while (ms < LATEST_MS - 1 && (double)(sum += l->ms[ms]) < part * (double)l->n)
		ms++;
	return ms;
}

static void
lag(void)
{
	const struct plan plan = { 1, 120, FLOATS, FLOATS, "100ms", true };
	static struct lag l;
	double p99[LAG_TURNS], p50[LAG_TURNS], most[LAG_TURNS], kept[LAG_TURNS];
	char path[300];

	for (int i = 0; i < LAG_TURNS; i++) {
		struct far far = far_start(1000);
		pid_t pid = start(&plan, &far);
		int64_t began = now_us(), grew = began;
		int fd = -1;

		memset(&l, 0, sizeof(l));
		snprintf(path, sizeof(path), "%s/out.jsonl", dir);
		while (now_us() - began < 5000000 ||
		    (now_us() - grew < 3000000 && now_us() - began < 15000000)) {
			if (now_us() - began >= 5000000)
				kill(far.pid, SIGSTOP);
			if (fd < 0)
				fd = open(path, O_RDONLY | O_CLOEXEC);
			if (fd >= 0 && lag_read(&l, fd))
				grew = now_us();
			else
				rest(2000);
		}
		kept[i] = (double)l.n / (double)(far.shared->answers * FLOATS);
		p50[i] = lag_at(&l, 0.5);
		p99[i] = lag_at(&l, 0.99);
		most[i] = lag_at(&l, 1);
		close(fd);
		stop(pid);
		far_stop(&far);
	}
	figure("from its answer to its line in the file, p99 of all readings",
	    median(p99, LAG_TURNS), "ms", 2500, true);
	printf("#   p99 %.0f to %.0f, median %.0f, the longest %.0f ms\n", p99[0],
	    p99[LAG_TURNS - 1], median(p50, LAG_TURNS), (median(most, LAG_TURNS), most[LAG_TURNS - 1]));
	figure("of the floats that were answered, in the file", median(kept, LAG_TURNS), "x",
	    0.99, false);
}

static off_t
file_size(void)
{
	char path[300];
	struct stat st;

	snprintf(path, sizeof(path), "%s/out.jsonl", dir);
	return stat(path, &st) == 0 ? st.st_size : 0;
}

/* Until what was asked for is in the file: then it grows by a few lines about
 * the far end only, which is silent. */
static void
drain(bool file)
{
	off_t before = file_size();
	int64_t began = now_us();

	for (int calm = 0; calm < 4 && now_us() - began < 60000000;) {
		off_t size;

		rest(500000);
		size = file_size();
		calm = !file || size - before < 1 << 20 ? calm + 1 : 0;
		before = size;
	}
}

/* What a poll costs, all that follows from it included: the line wants more than
 * there is to be had, and the far end falls silent then until all that it
 * answered is stored and sent. */
static struct measure
saturate(pid_t pid, const struct far *far, bool file)
{
	double before = 0, after = 0;
	uint64_t answers = far->shared->answers;
	int64_t began = now_us();
	struct measure m;

	each_role(pid, add_cpu, &before);
	rest(1500000);
	kill(far->pid, SIGSTOP);
	m.polls = far->shared->answers - answers;
	m.seconds = (double)(now_us() - began) / 1e6;
	drain(file);
	each_role(pid, add_cpu, &after);
	kill(far->pid, SIGCONT);
	m.cpu_us = (after - before) / (double)(m.polls > 0 ? m.polls : 1);
	return m;
}

static void
cpu(const char *what, const struct plan *plan, bool held)
{
	struct far far = far_start(0);
	double ratio[TURNS], ours[TURNS], theirs[TURNS], kept[TURNS], load = 0;

	for (int i = 0; i < TURNS; i++) {
		struct measure b = bare(far.port, 1000000, plan->floats), t;
		uint64_t asked = far.shared->answers;
		pid_t pid = start(plan, &far);

		while (far.shared->answers == asked)
			rest(1000);
		rest(300000);
		t = saturate(pid, &far, plan->file);
		stop(pid);
		kept[i] = (double)readings_in_file() /
		    (double)((far.shared->answers - asked) * plan->floats);
		ours[i] = t.cpu_us;
		theirs[i] = b.cpu_us;
		ratio[i] = t.cpu_us / b.cpu_us;
		load += (double)t.polls / t.seconds / TURNS;
	}
	far_stop(&far);
	if (held)
		figure(what, median(ratio, TURNS), "x", 4, true);
	else
		printf("#      %s: %.3g x\n", what, median(ratio, TURNS));
	printf("#   spread %.2f to %.2f; ours %.1f us, bare %.1f us a poll; at %.0f polls/s; "
	    "in the file %.3f\n", ratio[0], ratio[TURNS - 1], median(ours, TURNS),
	    median(theirs, TURNS), load, median(kept, TURNS));
	/* what was not sent cost nothing: such a ratio would flatter */
	if (plan->file)
		figure("of the floats of that, in the file after the end", median(kept, TURNS), "x",
		    0.99, false);
}

static void
cpu_50(void)
{
	cpu("CPU a poll of 50 floats in the file, to the bare client's",
	    &(struct plan){ 1, 100, 1000, FLOATS, "100ms", true }, true);
}

/* One line that is never at rest, as that of the bare client: of 50 floats 20,000
 * polls a second are wanted, of 10 floats 50,000, of one 100,000.  Held are a poll of
 * 20 registers and the largest one there is; the others say what costs what. */
static void
cpu_all(void)
{
	cpu("CPU a poll of 10 floats in the file, to the bare client's",
	    &(struct plan){ 1, 50, 1000, 10, "100ms", true }, true);
	cpu("the same without an uplink",
	    &(struct plan){ 1, 50, 1000, 10, "100ms", false }, false);
	cpu("1 float, in the file",
	    &(struct plan){ 1, 10, 1000, 1, "100ms", true }, false);
	cpu("50 floats, without an uplink",
	    &(struct plan){ 1, 100, 1000, FLOATS, "100ms", false }, false);
	cpu_50();
}

static void
foot(void)
{
	const struct plan plan = { 4, 50, 4, 4, "5s", true };
	struct far far = far_start(0);
	struct memory m = { 0 };
	pid_t pid = start(&plan, &far);
	char copy[300], line[700];
	struct stat st;

	rest(8000000);
	NEED(far.shared->answers >= 200);
	each_role(pid, add_memory, &m);
	stop(pid);
	far_stop(&far);
	figure("200 devices: RssAnon + RssShmem of all roles", (double)m.own / 1024, "MiB", 6, true);
	figure("200 devices: PSS of all roles", (double)m.pss / 1024, "MiB", 20, true);
	snprintf(copy, sizeof(copy), "%s/stripped", dir);
	snprintf(line, sizeof(line), "strip -o %s %s", copy, program);
	NEED(system(line) == 0 && stat(copy, &st) == 0);
	figure("the program, stripped", (double)st.st_size / 1048576, "MiB", 1, true);
}

static void
first_poll(void)
{
	const struct plan plan = { 4, 50, 4, 4, "5s", true };
	double took[TURNS];

	for (int i = 0; i < TURNS; i++) {
		struct far far = far_start(0);
		pid_t pid;
		int64_t began;

		clear(dir);
		began = now_us();
		pid = start(&plan, &far);
		while (far.shared->first == 0 && now_us() - began < 10000000)
			rest(500);
		NEED(far.shared->first != 0);
		took[i] = (double)(far.shared->first - began) / 1e3;
		stop(pid);
		far_stop(&far);
	}
	figure("start to first poll, new store, 200 devices", median(took, TURNS), "ms", 200, true);
	printf("#   spread %.0f to %.0f ms\n", took[0], took[TURNS - 1]);
}

int
main(int argc, char **argv)
{
	static const struct { const char *name; void (*run)(void); } parts[] = {
		{ "rate", rate }, { "lag", lag }, { "cpu", cpu_all }, { "foot", foot },
		{ "start", first_poll },
	};

	char here[200];

	NEED(getcwd(here, sizeof(here)) != NULL);
	snprintf(dir, sizeof(dir), "%s/build/bench-%d", here, getpid());
	NEED(mkdir(dir, 0755) == 0);
	if (argc > 1 && strcmp(argv[1], "cpu50") == 0)
		cpu_50();
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (argc < 2 || strcmp(argv[1], parts[i].name) == 0)
			parts[i].run();
	clear(dir);
	rmdir(dir);
	return missed != 0;
}
