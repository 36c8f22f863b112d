#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "../clock.h"
#include "../room.h"
#include "direct.h"

#define TIMERS		8
#define OPEN_WAIT	(12 * US_PER_S)		/* beyond what a kind of link may take */

static void
signalled(struct source *source, uint32_t events, int64_t now)
{
	struct direct *d = owner_of(source, struct direct, signals);
	struct signalfd_siginfo info;

	(void)events;
	(void)now;
	while (read(source->fd, &info, sizeof(info)) == (ssize_t)sizeof(info))
		;
	d->stopped = true;
	loop_stop(d->loop);
}

static void
over(struct timer *t, int64_t now)
{
	(void)now;
	loop_stop(owner_of(t, struct direct, limit)->loop);
}

/* Data of a reply live only until the session is called again. */
static void
take(struct direct *d, int64_t now)
{
	if (d->out.send.len > 0)
		link_send(&d->link, d->frame, d->out.send.len, now);
	for (size_t i = 0; i < d->out.nreplies; i++) {
		const struct reply *r = &d->out.replies[i];

		if (!d->waiting || r->cookie != d->cookie)
			continue;
		d->waiting = false;
		d->reply = *r;
		d->reply.len = r->len < sizeof(d->data) ? r->len : sizeof(d->data);
		if (r->len > 0)
			memcpy(d->data, r->data, d->reply.len);
		d->reply.data = d->data;
		loop_stop(d->loop);
	}
	loop_arm(d->loop, &d->wake, d->out.deadline);
}

static void
woken(struct timer *t, int64_t now)
{
	struct direct *d = owner_of(t, struct direct, wake);

	if (d->link.state != LINK_UP)
		return;
	out_clear(&d->out, d->frame, sizeof(d->frame));
	d->proto->tick(d->session, now, &d->out);
	take(d, now);
}

static void
line_up(struct link *link, int64_t now)
{
	struct direct *d = link->owned_by;
	struct line line = link_line(link);

	d->proto->init(d->session, &line, now);
	loop_stop(d->loop);
}

static void
line_down(struct link *link, const char *why, int64_t now)
{
	struct direct *d = link->owned_by;

	(void)now;
	snprintf(d->why, sizeof(d->why), "%s", why);
	loop_stop(d->loop);
}

static void
line_heard(struct link *link, const uint8_t *bytes, size_t n, int64_t now)
{
	struct direct *d = link->owned_by;

	out_clear(&d->out, d->frame, sizeof(d->frame));
	d->proto->hear(d->session, bytes, n, now, &d->out);
	take(d, now);
}

static const struct link_owner owner = {
	.up = line_up,
	.down = line_down,
	.heard = line_heard,
};

static void
watch_signals(struct direct *d)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	d->signals.fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	d->signals.ready = signalled;
	loop_add(d->loop, &d->signals, EPOLLIN);
}

void
direct_init(struct direct *d, const struct link_conf *conf)
{
	*d = (struct direct){ .conf = *conf, .gateway = -1 };
	d->loop = loop_new(TIMERS);
	d->link.conf = &d->conf;
	d->link.kind = link_kind_at((size_t)conf->kind);
	d->link.owner = &owner;
	d->link.owned_by = d;
	d->proto = proto_find(conf->proto[0] != '\0' ? conf->proto : d->link.kind->proto);
	d->session = room_for(1, d->proto->size);
	d->wake.fire = woken;
	d->limit.fire = over;
	watch_signals(d);
}

static enum direct_result
run(struct direct *d)
{
	if (!d->stopped)
		loop_run(d->loop, system_clock.mono);
	loop_disarm(d->loop, &d->limit);
	return d->stopped ? DIRECT_STOPPED : DIRECT_DONE;
}

/* The session begins anew: what was asked at another speed is answered by
 * nobody. */
enum direct_result
direct_open(struct direct *d)
{
	int64_t now = system_clock.mono();

	if (d->gateway >= 0)
		return direct_far_open(d);
	memset(d->session, 0, d->proto->size);
	snprintf(d->why, sizeof(d->why), "no connection");
	link_start(&d->link, d->loop, now);
	loop_arm(d->loop, &d->limit, now + OPEN_WAIT);
	if (run(d) == DIRECT_STOPPED)
		return DIRECT_STOPPED;
	return d->link.state == LINK_UP ? DIRECT_DONE : DIRECT_FAILED;
}

void
direct_close(struct direct *d)
{
	loop_disarm(d->loop, &d->wake);
	if (d->gateway < 0)
		link_stop(&d->link);
	else
		d->link.state = LINK_CLOSED;
}

void
direct_free(struct direct *d)
{
	direct_close(d);
	loop_remove(d->loop, &d->signals);
	close(d->signals.fd);
	loop_free(d->loop);
	free(d->session);
	free(d->message);
}

/* Not now: guard time or barrier; the session says when. */
static bool
try(struct direct *d, const struct ask *ask, int64_t *again)
{
	int64_t now = system_clock.mono();
	bool taken;

	out_clear(&d->out, d->frame, sizeof(d->frame));
	taken = d->proto->ask(d->session, ask, now, &d->out);
	*again = d->out.deadline;
	if (taken) {
		d->waiting = true;
		take(d, now);
	}
	return taken;
}

enum direct_result
direct_ask(struct direct *d, const struct ask *question)
{
	struct ask ask = *question;
	int64_t again;

	if (d->gateway >= 0)
		return direct_far_ask(d, question);
	ask.cookie = ++d->cookie;
	while (d->link.state == LINK_UP && !try(d, &ask, &again)) {
		loop_arm(d->loop, &d->wake, again);
		loop_arm(d->loop, &d->limit, again);
		if (run(d) == DIRECT_STOPPED)
			return DIRECT_STOPPED;
	}
	while (d->link.state == LINK_UP && d->waiting)
		if (run(d) == DIRECT_STOPPED)
			return DIRECT_STOPPED;
	if (!d->waiting)
		return DIRECT_DONE;
	d->waiting = false;
	return DIRECT_FAILED;
}

enum direct_result
direct_pause(struct direct *d, int64_t span)
{
	int64_t until = system_clock.mono() + span;

	while (d->link.state == LINK_UP && system_clock.mono() < until) {
		loop_arm(d->loop, &d->limit, until);
		if (run(d) == DIRECT_STOPPED)
			return DIRECT_STOPPED;
	}
	return d->link.state == LINK_UP ? DIRECT_DONE : DIRECT_FAILED;
}

const struct tally *
direct_tally(const struct direct *d)
{
	return d->gateway >= 0 ? &d->tally : d->proto->tally(d->session);
}
