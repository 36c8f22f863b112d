#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

#include "../../gateway/clock.h"
#include "../check.h"

static void
mono_is_microseconds_since_boot(void)
{
	double up = 0;
	int64_t a = system_clock.mono(), b;
	FILE *f = fopen("/proc/uptime", "r");
	const struct timespec nap = { .tv_nsec = 20000000 };

	CHECK(f != NULL && fscanf(f, "%lf", &up) == 1);
	fclose(f);
	CHECK(llabs(a - (int64_t)(up * 1e6)) < US_PER_S);
	nanosleep(&nap, NULL);
	b = system_clock.mono();
	CHECK(b - a >= 20000 && b - a < 5 * US_PER_S);
}

static void
wall_is_milliseconds_utc(void)
{
	CHECK(llabs(system_clock.wall() - (int64_t)time(NULL) * MS_PER_S) < 2 * MS_PER_S);
}

static void
trust_is_what_the_kernel_says(void)
{
	struct timex tx = { .modes = 0 };
	int state = adjtimex(&tx);

	CHECK(state >= 0);
	CHECK(system_clock.trusted() == (state != TIME_ERROR && !(tx.status & STA_UNSYNC)));
}

static void
put(int fd, int64_t asked, bool answer)
{
	uint64_t state = (uint64_t)asked << 1 | answer;

	CHECK(pwrite(fd, &state, sizeof(state), 0) == sizeof(state));
}

/* A process that may not ask has it from one that may. */
static void
trust_is_handed_over_while_it_is_fresh(void)
{
	char path[] = "/tmp/t_clock.XXXXXX";
	int fd = mkstemp(path);
	int64_t now = system_clock.mono();

	CHECK(fd >= 0 && !clock_handed(path, now));		/* nothing in it yet */
	put(fd, now, true);
	CHECK(clock_handed(path, now) && clock_handed(path, now + 5 * US_PER_S));
	CHECK(!clock_handed(path, now + 11 * US_PER_S));	/* who said it is gone */
	CHECK(!clock_handed(path, now - 2 * US_PER_S));		/* of another boot */
	put(fd, now, false);
	CHECK(!clock_handed(path, now));
	CHECK(clock_hand_over(fd) == 0);
	CHECK(clock_handed(path, system_clock.mono()) == clock_ask());
	close(fd);
	CHECK(clock_hand_over(fd) == -1);
	unlink(path);
	CHECK(!clock_handed(path, now));
}

static void
who_is_told_where_does_not_ask(void)
{
	char path[] = "/tmp/t_clock.XXXXXX";
	const struct timespec second = { .tv_sec = 1, .tv_nsec = 100000000 };
	int fd = mkstemp(path);

	CHECK(setenv("TIDEGATE_CLOCK", path, 1) == 0);
	for (int answer = 1; answer >= 0; answer--) {
		nanosleep(&second, NULL);			/* what was known is old */
		put(fd, system_clock.mono(), answer);
		CHECK(system_clock.trusted() == answer);
	}
	unsetenv("TIDEGATE_CLOCK");
	close(fd);
	unlink(path);
}

static void
boot_is_the_folded_boot_id(void)
{
	char text[64] = "", *end;
	uint32_t a, b, c, d;
	uint64_t e;
	FILE *f = fopen("/proc/sys/kernel/random/boot_id", "r");

	CHECK(f != NULL && fscanf(f, "%63s", text) == 1);
	fclose(f);
	CHECK(strlen(text) == 36);
	a = (uint32_t)strtoul(text, &end, 16);
	b = (uint32_t)strtoul(end + 1, &end, 16);
	c = (uint32_t)strtoul(end + 1, &end, 16);
	d = (uint32_t)strtoul(end + 1, &end, 16);
	e = strtoull(end + 1, &end, 16);
	CHECK(*end == '\0');
	CHECK(clock_boot() == (((uint64_t)a << 32 | b << 16 | c) ^ ((uint64_t)d << 48 | e)));
	CHECK(clock_boot() == clock_boot());
}

static void
steps_are_told_once_and_exactly(void)
{
	static const struct { int64_t mono, wall, step; } look[] = {
		{ 1000000, 1700000001000, 0 },		/* the first look */
		{ 2000000, 1700000002000, 0 },
		{ 3000000, 1700086403000, 86400000 },	/* a day ahead */
		{ 4000000, 1700086404000, 0 },
		{ 5000000, 1700000005000, -86400000 },
		{ 6000000, 1700000006003, 3 },		/* being slewed */
		{ 7000000, 2147483648000, 447483640997 },	/* 2038 */
	};
	int64_t keep = 0;

	for (size_t i = 0; i < sizeof(look) / sizeof(look[0]); i++)
		CHECK(clock_step(&keep, look[i].mono, look[i].wall) == look[i].step);
}

/* Without a battery both clocks start at 0: the first true time is a step. */
static void
a_step_away_from_1970_is_seen(void)
{
	int64_t keep = 0, step;

	CHECK(clock_step(&keep, 5000000, 5000) == 0);
	CHECK(clock_step(&keep, 6000000, 6000) == 0);
	step = clock_step(&keep, 7000000, 1700000000000);
	CHECK(llabs(step - (1700000000000 - 7000)) <= 1);
}

int
main(void)
{
	RUN(mono_is_microseconds_since_boot);
	RUN(wall_is_milliseconds_utc);
	RUN(trust_is_what_the_kernel_says);
	RUN(trust_is_handed_over_while_it_is_fresh);
	RUN(who_is_told_where_does_not_ask);
	RUN(boot_is_the_folded_boot_id);
	RUN(steps_are_told_once_and_exactly);
	RUN(a_step_away_from_1970_is_seen);
	return 0;
}
