#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../gateway/clock.h"
#include "../../gateway/loop.h"
#include "../check.h"

#define MS	1000LL

static struct loop *loop;

/* A timer that notes when it came and may arm itself again. */
struct tick {
	struct timer	timer;
	int		times, stop_after;
	int64_t		period, worst_late;
	char		*trace;
	char		name;
};

static void
tick(struct timer *t, int64_t now)
{
	struct tick *k = owner_of(t, struct tick, timer);

	k->times++;
	if (now - t->at > k->worst_late)
		k->worst_late = now - t->at;
	CHECK(now >= t->at);
	if (k->trace != NULL)
		strncat(k->trace, &k->name, 1);
	if (k->period != 0 && k->times < k->stop_after)
		loop_arm(loop, t, t->at + k->period);
	else if (k->stop_after != 0)
		loop_stop(loop);
}

static void
fires_in_order_of_moments(void)
{
	char trace[32] = "";
	struct tick k[6] = { 0 };
	const int64_t after[6] = { 5, 1, 3, 3, 9, 2 };
	int64_t now = system_clock.mono();

	loop = loop_new(6);
	for (int i = 0; i < 6; i++) {
		k[i] = (struct tick){ .timer.fire = tick, .trace = trace, .name = (char)('a' + i) };
		loop_arm(loop, &k[i].timer, now + after[i] * MS);
	}
	k[4].stop_after = 1;
	loop_run(loop, system_clock.mono);
	CHECK(strcmp(trace, "bfcdae") == 0 || strcmp(trace, "bfdcae") == 0);
	loop_free(loop);
}

static void
a_timer_has_one_moment(void)
{
	char trace[32] = "";
	struct tick k[3] = { 0 };
	int64_t now = system_clock.mono();

	loop = loop_new(3);
	for (int i = 0; i < 3; i++)
		k[i] = (struct tick){ .timer.fire = tick, .trace = trace, .name = (char)('a' + i) };
	loop_arm(loop, &k[0].timer, now + 1 * MS);
	loop_arm(loop, &k[1].timer, now + 2 * MS);
	loop_arm(loop, &k[0].timer, now + 4 * MS);	/* later */
	loop_arm(loop, &k[2].timer, now + 3 * MS);
	loop_disarm(loop, &k[2].timer);
	loop_disarm(loop, &k[2].timer);			/* harmless */
	k[0].stop_after = 1;
	loop_run(loop, system_clock.mono);
	CHECK(strcmp(trace, "ba") == 0);
	CHECK(k[0].timer.place == 0 && k[2].times == 0);
	loop_free(loop);
}

/* The grid is the owner's: arming from the last moment drifts by nothing. */
static void
a_period_does_not_drift(void)
{
	struct tick k = { .timer.fire = tick, .period = 2 * MS, .stop_after = 100 };
	int64_t first = system_clock.mono() + 2 * MS, took;

	loop = loop_new(1);
	loop_arm(loop, &k.timer, first);
	loop_run(loop, system_clock.mono);
	took = system_clock.mono() - first;
	CHECK(k.times == 100 && k.timer.at == first + 99 * 2 * MS);
	CHECK(took >= 99 * 2 * MS);
	printf("# worst lateness %lld us\n", (long long)k.worst_late);
	loop_free(loop);
}

static int64_t	last_at;
static int	fired;

static void
in_order(struct timer *t, int64_t now)
{
	CHECK(t->at >= last_at && t->at <= now);
	last_at = t->at;
	if (++fired == 6667)
		loop_stop(loop);
}

static void
ten_thousand_timers(void)
{
	enum { N = 10000 };
	struct timer *t = calloc(N, sizeof(*t));
	int64_t now = system_clock.mono();

	loop = loop_new(N / 2);
	loop_room(loop, 1);
	srand(7);
	for (int i = 0; i < N; i++) {
		if (i == N / 2)
			loop_room(loop, N);
		t[i].fire = in_order;
		loop_arm(loop, &t[i], now + rand() % (200 * (int)MS));
	}
	for (int i = 0; i < N; i += 2)			/* moved */
		loop_arm(loop, &t[i], now + rand() % (200 * (int)MS));
	for (int i = 0; i < N; i += 3)			/* 3,334 taken out */
		loop_disarm(loop, &t[i]);
	CHECK(N - 3334 == 6666);
	t[0].fire = in_order;
	loop_arm(loop, &t[0], now + 250 * MS);
	loop_run(loop, system_clock.mono);
	CHECK(fired == 6667);
	for (int i = 0; i < N; i++)
		CHECK(t[i].place == 0);
	loop_free(loop);
	free(t);
}

/* Two ends of a socket pair in the loop; whoever hears first removes the other. */
struct ear {
	struct source	source;
	struct ear	*other;
	int		heard;
};

static void
remove_other(struct source *s, uint32_t events, int64_t now)
{
	struct ear *ear = owner_of(s, struct ear, source);
	char byte;

	(void)now;
	CHECK(events & EPOLLIN);
	CHECK(read(s->fd, &byte, 1) == 1);
	ear->heard++;
	loop_remove(loop, &ear->other->source);
}

static void
a_removed_source_hears_nothing_more(void)
{
	int pair[2];
	struct ear ear[2] = { { .source.ready = remove_other }, { .source.ready = remove_other } };
	struct tick end = { .timer.fire = tick, .stop_after = 1 };

	CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
	loop = loop_new(1);
	for (int i = 0; i < 2; i++) {
		ear[i].other = &ear[1 - i];
		ear[i].source.fd = pair[i];
		CHECK(loop_add(loop, &ear[i].source, EPOLLIN) == 0);
		CHECK(write(pair[1 - i], "x", 1) == 1);
	}
	loop_arm(loop, &end.timer, system_clock.mono() + 5 * MS);
	loop_run(loop, system_clock.mono);
	CHECK(ear[0].heard + ear[1].heard == 1);
	close(pair[0]);
	close(pair[1]);
	loop_free(loop);
}

/* A source put in the place of a removed one within the turn does not get the
 * event of the old one: it would read what is not there. */
static int quiet[2];

static void
replace_other(struct source *s, uint32_t events, int64_t now)
{
	struct ear *ear = owner_of(s, struct ear, source);
	char byte;

	(void)events;
	(void)now;
	CHECK(read(s->fd, &byte, 1) == 1);
	ear->heard++;
	loop_remove(loop, &ear->other->source);
	ear->other->source.fd = quiet[0];
	CHECK(loop_add(loop, &ear->other->source, EPOLLIN) == 0);
}

static void
a_replaced_source_hears_no_stale_event(void)
{
	int pair[2];
	struct ear ear[2] = { { .source.ready = replace_other },
	    { .source.ready = replace_other } };
	struct tick end = { .timer.fire = tick, .stop_after = 1 };

	CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
	CHECK(pipe(quiet) == 0);
	loop = loop_new(1);
	for (int i = 0; i < 2; i++) {
		ear[i].other = &ear[1 - i];
		ear[i].source.fd = pair[i];
		CHECK(loop_add(loop, &ear[i].source, EPOLLIN) == 0);
		CHECK(write(pair[1 - i], "x", 1) == 1);
	}
	loop_arm(loop, &end.timer, system_clock.mono() + 5 * MS);
	loop_run(loop, system_clock.mono);
	CHECK(ear[0].heard + ear[1].heard == 1);
	for (int i = 0; i < 2; i++) {
		close(pair[i]);
		close(quiet[i]);
	}
	loop_free(loop);
}

/* A timer that always wants now must not keep the sources from being heard. */
static void
again_at_once(struct timer *t, int64_t now)
{
	(void)now;
	loop_arm(loop, t, 0);
}

static void
stop_on_byte(struct source *s, uint32_t events, int64_t now)
{
	(void)s;
	(void)events;
	(void)now;
	loop_stop(loop);
}

static void
a_greedy_timer_starves_no_source(void)
{
	int ends[2];
	struct timer greedy = { .fire = again_at_once };
	struct source source = { .ready = stop_on_byte };

	CHECK(pipe(ends) == 0);
	loop = loop_new(1);
	source.fd = ends[0];
	CHECK(loop_add(loop, &source, EPOLLIN) == 0);
	loop_arm(loop, &greedy, 0);
	CHECK(write(ends[1], "x", 1) == 1);
	loop_run(loop, system_clock.mono);
	close(ends[0]);
	close(ends[1]);
	loop_free(loop);
}

static void
idle_away(struct timer *t, int64_t now)
{
	(void)t;
	while (system_clock.mono() < now + 120 * MS)
		;
	loop_stop(loop);
}

static void
a_slow_turn_is_counted(void)
{
	struct timer slow = { .fire = idle_away };
	int64_t longest = 0;

	loop = loop_new(1);
	CHECK(loop_slow(loop, &longest) == 0 && longest == 0);
	loop_arm(loop, &slow, 0);
	loop_run(loop, system_clock.mono);
	CHECK(loop_slow(loop, &longest) == 1);
	CHECK(longest >= 120 * MS && longest < 5000 * MS);
	loop_free(loop);
}

/* Linux before 5.11, played by a filter in a child. */
static void
an_old_kernel_will_do(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_epoll_pwait2, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = { .len = 4, .filter = code };
	int status = 0;
	pid_t pid = fork();

	CHECK(pid >= 0);
	if (pid == 0) {
		CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
		CHECK(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog) == 0);
		CHECK(epoll_pwait2(-1, NULL, 0, NULL, NULL) < 0 && errno == ENOSYS);
		a_period_does_not_drift();
		a_removed_source_hears_nothing_more();
		_exit(0);
	}
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
}

int
main(void)
{
	RUN(fires_in_order_of_moments);
	RUN(a_timer_has_one_moment);
	RUN(a_period_does_not_drift);
	RUN(ten_thousand_timers);
	RUN(a_removed_source_hears_nothing_more);
	RUN(a_replaced_source_hears_no_stale_event);
	RUN(a_greedy_timer_starves_no_source);
	RUN(a_slow_turn_is_counted);
	RUN(an_old_kernel_will_do);
	return 0;
}
