#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "stand.h"

int64_t
mono_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

int64_t
wall_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

void
bench_descriptors(void)
{
	struct rlimit files;

	NEED(getrlimit(RLIMIT_NOFILE, &files) == 0);
	files.rlim_cur = files.rlim_max;
	NEED(setrlimit(RLIMIT_NOFILE, &files) == 0);
}

uint16_t
bench_port(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	NEED(fd >= 0 && bind(fd, (struct sockaddr *)&at, sizeof(at)) == 0 &&
	    getsockname(fd, (struct sockaddr *)&at, &len) == 0);
	close(fd);
	return ntohs(at.sin_port);
}

bool
bench_figure(const char *what, double value, const char *unit, double wanted, bool most)
{
	bool good = most ? value <= wanted : value >= wanted;

	printf("%-64s %10.5g %-4s (%s %g)%s\n", what, value, unit, most ? "at most" : "at least",
	    wanted, good ? "" : "  MISSED");
	fflush(stdout);
	return good;
}

void
stand_make(struct stand *stand)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(stand->dir, sizeof(stand->dir), "%s/bench.XXXXXX", tmp != NULL ? tmp : "/tmp");
	NEED(mkdtemp(stand->dir) != NULL);
	stand->pid = 0;
}

FILE *
stand_file(const struct stand *stand, const char *name)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", stand->dir, name);
	f = fopen(path, "w");
	NEED(f != NULL);
	return f;
}

FILE *
stand_conf(const struct stand *stand)
{
	FILE *f = stand_file(stand, "site.conf");

	fprintf(f, "gateway = { id = \"bench\"; control = \"%s/control\"; profiles = ( \"%s\" );\n"
	    "store = { dir = \"%s/store\"; cap = \"512MB\"; }; };\n", stand->dir, stand->dir,
	    stand->dir);
	return f;
}

void
stand_start(struct stand *stand, const char *program)
{
	char conf[128], log[128], control[128];

	snprintf(control, sizeof(control), "%s/control", stand->dir);
	snprintf(conf, sizeof(conf), "%s/site.conf", stand->dir);
	snprintf(log, sizeof(log), "%s/log", stand->dir);
	stand->pid = fork();
	NEED(stand->pid >= 0);
	if (stand->pid > 0) {
		for (int i = 0; access(control, F_OK) < 0 && i < 3000; i++) {
			usleep(10000);
			if (waitpid(stand->pid, NULL, WNOHANG) != 0)
				fprintf(stderr, "the program ended at once, see %s\n", log);
			NEED(kill(stand->pid, 0) == 0);
		}
		return;
	}
	NEED(freopen(log, "w", stderr) != NULL);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	execl(program, program, "run", "-c", conf, (char *)NULL);
	_exit(127);
}

void
stand_stop(struct stand *stand)
{
	int status = 0;

	kill(stand->pid, SIGTERM);
	NEED(waitpid(stand->pid, &status, 0) == stand->pid);
	if (status != 0)
		fprintf(stderr, "the program ended with status 0x%x, see %s/log\n", status,
		    stand->dir);
	NEED(status == 0);
}

json_t *
stand_status(const struct stand *stand)
{
	char command[200];
	json_t *status;
	FILE *f;

	snprintf(command, sizeof(command), "build/tidegate status --json -s %s/control",
	    stand->dir);
	f = popen(command, "r");
	NEED(f != NULL);
	status = json_loadf(f, 0, NULL);
	NEED(pclose(f) == 0 && status != NULL);
	return status;
}

int64_t
stand_sum(const json_t *status, const char *section, const char *field)
{
	json_t *rows = json_object_get(status, section), *row;
	int64_t sum = 0;
	size_t i;

	NEED(json_array_size(rows) > 0);
	json_array_foreach(rows, i, row) {
		NEED(json_is_integer(json_object_get(row, field)));
		sum += json_integer_value(json_object_get(row, field));
	}
	return sum;
}

static double
kib_of(const char *path, const char *row)
{
	char line[200];
	double kib = 0;
	FILE *f = fopen(path, "r");

	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		if (strncmp(line, row, strlen(row)) == 0)
			kib = atof(line + strlen(row));
	if (f != NULL)
		fclose(f);
	return kib;
}

static void
add_usage(pid_t pid, struct usage *u)
{
	char path[64], text[600], *at;
	unsigned long user = 0, system = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	f = fopen(path, "r");
	if (f == NULL)
		return;
	if (fgets(text, sizeof(text), f) != NULL && (at = strrchr(text, ')')) != NULL &&
	    sscanf(at + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user,
	    &system) == 2)
		u->cpu += (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
	fclose(f);
	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	u->mib += (kib_of(path, "RssAnon:") + kib_of(path, "RssShmem:")) / 1024;
}

struct usage
stand_usage(const struct stand *stand)
{
	pid_t parent = stand->pid;
	struct usage u = { 0 };
	char path[64];
	int pid;
	FILE *f;

	add_usage(parent, &u);
	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", parent, parent);
	f = fopen(path, "r");
	NEED(f != NULL);
	while (fscanf(f, "%d", &pid) == 1)
		add_usage(pid, &u);
	fclose(f);
	return u;
}

void
stand_remove(const struct stand *stand)
{
	char command[100];

	snprintf(command, sizeof(command), "rm -rf '%s'", stand->dir);
	NEED(system(command) == 0);
}
