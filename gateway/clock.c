#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"

#define BOOT_ID		"/proc/sys/kernel/random/boot_id"
#define BOOT_ID_HANDED	"TIDEGATE_BOOT_ID"
#define STATE_HANDED	"TIDEGATE_CLOCK"
#define HANDED_LIMIT	(10 * US_PER_S)		/* then nobody says it any more */

/* BOOTTIME goes on while the machine sleeps: a delay of ten minutes is over
 * when ten minutes are over. */
static int64_t
boot_time(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return (int64_t)ts.tv_sec * US_PER_S + ts.tv_nsec / 1000;
}

static int64_t
wall_time(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * MS_PER_S + ts.tv_nsec / 1000000;
}

bool
clock_ask(void)
{
	struct timex tx = { .modes = 0 };
	int state = adjtimex(&tx);

	return state >= 0 && state != TIME_ERROR && (tx.status & STA_UNSYNC) == 0;
}

/* One number, that no reader finds half written: when it was asked, and in the
 * lowest bit the answer. */
int
clock_hand_over(int fd)
{
	uint64_t state = (uint64_t)boot_time() << 1 | clock_ask();

	return pwrite(fd, &state, sizeof(state), 0) == sizeof(state) ? 0 : -1;
}

bool
clock_handed(const char *path, int64_t now)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	uint64_t state = 0;
	ssize_t n;

	if (fd < 0)
		return false;
	n = pread(fd, &state, sizeof(state), 0);
	close(fd);
	/* asked before "now" was, or in between */
	return n == sizeof(state) && (state & 1) != 0 &&
	    (int64_t)(state >> 1) > now - HANDED_LIMIT && (int64_t)(state >> 1) < now + US_PER_S;
}

/* Who may not ask the kernel is told where somebody else says it. */
static bool
ask(int64_t now)
{
	const char *path = getenv(STATE_HANDED);

	return path != NULL ? clock_handed(path, now) : clock_ask();
}

/* Every answer is labelled with it and the call takes microseconds, so it is
 * made once a second. */
static bool
synchronised(void)
{
	static _Atomic int64_t asked = -US_PER_S;
	static _Atomic bool held;
	int64_t now = boot_time();

	if (now >= asked + US_PER_S) {
		held = ask(now);
		asked = now;
	}
	return held;
}

const struct clock system_clock = {
	.mono = boot_time,
	.wall = wall_time,
	.trusted = synchronised,
};

static uint64_t
fold(const char *text)
{
	uint64_t half[2] = { 0, 0 };
	size_t digits = 0;

	for (; *text != '\0' && digits < 32; text++) {
		if (!isxdigit((unsigned char)*text))
			continue;
		half[digits / 16] = half[digits / 16] << 4 |
		    (uint64_t)(*text <= '9' ? *text - '0' : (*text | 0x20) - 'a' + 10);
		digits++;
	}
	return half[0] ^ half[1];
}

static uint64_t
read_boot(void)
{
	char text[64] = "";
	int fd = open(BOOT_ID, O_RDONLY | O_CLOEXEC);
	uint64_t id = 0;

	if (fd >= 0) {
		if (read(fd, text, sizeof(text) - 1) > 0)
			id = fold(text);
		close(fd);
	}
	/* The unit hides all of /proc but processes, and hands it over. */
	if (id == 0 && getenv(BOOT_ID_HANDED) != NULL)
		id = fold(getenv(BOOT_ID_HANDED));
	/* Without it every start counts as a boot of its own: then moments of
	 * two starts are never compared, which is the safe side. */
	while (id == 0 && getrandom(&id, sizeof(id), 0) == (ssize_t)sizeof(id))
		;
	return id;
}

uint64_t
clock_boot(void)
{
	static uint64_t id;

	if (id == 0)
		id = read_boot();
	return id;
}

int64_t
clock_step(int64_t *keep, int64_t mono, int64_t wall)
{
	int64_t before = *keep, offset = wall - mono / 1000;

	/* A box without a battery starts in 1970, where both clocks agree: 0
	 * would then look like the first call. */
	if (offset == 0)
		offset = 1;
	*keep = offset;
	return before == 0 ? 0 : offset - before;
}

const char *
moment_text(int64_t ms, char *text, size_t n)
{
	time_t at = (time_t)(ms / MS_PER_S);
	struct tm tm;

	if (gmtime_r(&at, &tm) == NULL || strftime(text, n, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		snprintf(text, n, "%lld ms", (long long)ms);
	return text;
}

void
clock_zone(const char *zone)
{
	if (zone[0] != '\0')
		setenv("TZ", zone, 1);
	tzset();
}
