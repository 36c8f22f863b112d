#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "../clock.h"
#include "../log.h"
#include "../../rules/life.h"
#include "link.h"

#define BACKOFF_MIN	(1 * US_PER_S)
#define OPEN_LIMIT	(10 * US_PER_S)
#define PROVEN		(10 * US_PER_S)	/* up this long: it had worked */
/* Times of a cellular network, where none are set. */
#define CELLULAR_MIN	(3 * US_PER_S / 2)
#define CELLULAR_MAX	(4 * US_PER_S)
#define CELLULAR_LATE	(20 * US_PER_S)
#define CELLULAR_LATEST	(64 * US_PER_S)	/* where nothing but time parts an answer */
#define CELLULAR_KEEP	(240 * US_PER_S)	/* below the 5 min of their NAT */

/* Every kind of link: one line, and one file. */
#define LINK_KINDS(row)	row(tcp) row(serial) row(gpio) row(dial) \
	row(push) row(coap) row(modem)

#define DECLARE(kind)	extern const struct link_kind link_##kind;
#define POINT(kind)	&link_##kind,
#define NAME(kind)	#kind,

LINK_KINDS(DECLARE)

static const struct link_kind *const kinds[] = { LINK_KINDS(POINT) NULL };
static const char *const kind_names[] = { LINK_KINDS(NAME) NULL };
static const char *const networks[] = { "wire", "cellular", NULL };

const struct key link_keys[] = {
	{ .name = "name", .type = KEY_NAME, .offset = offsetof(struct link_conf, name),
	  .example = "\"rs485-1\"",
	  .help = "Name of the line; devices refer to it." },
	{ .name = "kind", .type = KEY_CHOICE, .offset = offsetof(struct link_conf, kind),
	  .names = kind_names,
	  .example = "\"serial\"",
	  .help = "What carries the bytes." },
	{ .name = "proto", .type = KEY_STRING, .offset = offsetof(struct link_conf, proto),
	  .fallback = "",
	  .example = "\"modbus-rtu\"",
	  .help = "Protocol spoken; by default the usual one of the kind." },
	{ .name = "network", .type = KEY_CHOICE, .offset = offsetof(struct link_conf, network),
	  .names = networks, .fallback = "wire",
	  .help = "What it goes over; cellular: longer times where none are set." },
	{ .name = "timeout_min", .type = KEY_SPAN,
	  .offset = offsetof(struct link_conf, timeout_min),
	  .fallback = "200ms", .min = 1e3, .max = 60e6,
	  .help = "Least time an answer is waited for, however fast the device is." },
	{ .name = "timeout_max", .type = KEY_SPAN,
	  .offset = offsetof(struct link_conf, timeout_max),
	  .fallback = "1s", .min = 1e3, .max = 120e6,
	  .help = "Longest time an answer is waited for; also the first, before any is known." },
	{ .name = "max_late", .type = KEY_SPAN, .offset = offsetof(struct link_conf, max_late),
	  .fallback = "3s", .min = 1e3, .max = 600e6,
	  .help = "No answer comes later than this after its question." },
	{ .name = "carrier", .type = KEY_STRING, .offset = offsetof(struct link_conf, carrier),
	  .fallback = "", .example = "\"CMCC\"",
	  .help = "Who carries it; when many links of one carrier are lost, that is one alarm." },
	{ .name = "district", .type = KEY_STRING, .offset = offsetof(struct link_conf, district),
	  .fallback = "", .example = "\"luhe\"",
	  .help = "Where it ends; when many links of one district are lost, that is one alarm." },
	{ .name = "plan", .type = KEY_STRING, .offset = offsetof(struct link_conf, plan),
	  .fallback = "", .example = "\"30MB/month\"",
	  .help = "Plan for its data: one of plans, or what was bought for it alone." },
	{ 0 }
};

const struct link_kind *
link_kind_at(size_t i)
{
	return i < sizeof(kinds) / sizeof(kinds[0]) ? kinds[i] : NULL;
}

const char *
link_words(const struct link_words *own, int error)
{
	const char *text = strerrordesc_np(error);

	for (; own != NULL && own->words != NULL; own++)
		if (own->error == error)
			return own->words;
	return text != NULL ? text : "unknown error";
}

/* A round trip of 600 ms, and a lost segment that comes 1.4 s later, are no
 * silence there.  What was set stays, and nothing contradicts it. */
void
link_settle(struct link_conf *conf, const struct node *group)
{
	bool min = node_get(group, "timeout_min") != NULL;
	bool max = node_get(group, "timeout_max") != NULL;

	if (node_get(group, "network") == NULL && link_kind_at((size_t)conf->kind)->cellular)
		conf->network = NETWORK_CELLULAR;
	if (conf->network != NETWORK_CELLULAR)
		return;
	if (!max && (!min || conf->timeout_min < CELLULAR_MAX))
		conf->timeout_max = CELLULAR_MAX;
	else if (!max)
		conf->timeout_max = conf->timeout_min;
	if (conf->keepalive > 0 && node_get(group, "keepalive") == NULL)
		conf->keepalive = CELLULAR_KEEP;
	if (!min)
		conf->timeout_min = conf->timeout_max < CELLULAR_MIN ? conf->timeout_max :
		    CELLULAR_MIN;
	if (node_get(group, "max_late") != NULL)
		return;
	conf->late_unsaid = true;
	conf->max_late = link_has_ids(conf) ? CELLULAR_LATE : CELLULAR_LATEST;
	if (conf->max_late < conf->timeout_max)
		conf->max_late = conf->timeout_max;
}

bool
link_has_ids(const struct link_conf *conf)
{
	const char *proto = conf->proto != NULL && conf->proto[0] != '\0' ? conf->proto :
	    link_kind_at((size_t)conf->kind)->proto;

	return strcmp(proto, "modbus-rtu") != 0;
}

int
link_check(const struct link_conf *conf, struct errs *errs)
{
	const struct link_kind *kind = link_kind_at((size_t)conf->kind);
	int bad = 0;

	if (!life_word(conf->carrier) || !life_word(conf->district))
		bad = err_add(errs, conf->place.file, conf->place.line,
		    "%s: carrier and district are words of at most 40 bytes, without blanks",
		    conf->name);
	if (conf->timeout_min > conf->timeout_max)
		bad = err_add(errs, conf->place.file, conf->place.line,
		    "%s: timeout_min is above timeout_max", conf->name);
	if (conf->max_late < conf->timeout_max)
		bad = err_add(errs, conf->place.file, conf->place.line,
		    "%s: max_late is below timeout_max", conf->name);
	if (kind->check != NULL && kind->check(conf, errs) < 0)
		bad = -1;
	return bad;
}

/* Lines that went down together do not come back in step: the last quarter of
 * the wait is drawn (splitmix64). */
static int64_t
jittered(const struct link *link, int64_t now)
{
	uint64_t x = (uint64_t)now ^ (uint64_t)(uintptr_t)link;

	x += 0x9e3779b97f4a7c15;
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
	x = (x ^ x >> 27) * 0x94d049bb133111eb;
	x ^= x >> 31;
	return link->backoff - (int64_t)(x % (uint64_t)(link->backoff / 4));
}

static void
enter(struct link *link, enum link_state state, int64_t now)
{
	link->state = state;
	link->since = now;
	link->waits = false;
}

/* The next try, later each time; one that had worked starts afresh. */
static void
try_later(struct link *link, bool worked, int64_t now)
{
	if (worked)
		link->backoff = BACKOFF_MIN;
	loop_arm(link->loop, &link->retry, now + jittered(link, now));
	link->backoff *= 2;
	if (link->backoff > link->kind->backoff_max)
		link->backoff = link->kind->backoff_max;
}

static void
tell_down(struct link *link, bool was_up, bool news, int64_t now)
{
	char safe[2 * sizeof(link->why)];

	if (was_up || !link->told_down) {
		link->told_down = true;
		link->owner->down(link, link->why, now);
		return;
	}
	log_safe(link->why, safe, sizeof(safe));
	if (news)
		log_info("%s: still down: %s", link->conf->name, safe);
	else
		log_debug("%s: tried again: %s", link->conf->name, safe);
}

void
link_is_down(struct link *link, const char *why, int64_t now)
{
	bool was_up = link->state == LINK_UP, news = strcmp(why, link->why) != 0;
	bool worked = was_up && (link->rx > link->rx_before || now - link->since > PROVEN);

	if (link->state == LINK_CLOSED)
		return;
	link->kind->close(link);
	enter(link, LINK_CLOSED, now);
	if (news)
		snprintf(link->why, sizeof(link->why), "%s", why);
	if (was_up || link->resting)
		link->downs++;
	link->resting = false;
	try_later(link, worked, now);
	tell_down(link, was_up, news, now);
}

/* One that closes before it was of any use is down like any other. */
void
link_is_ended(struct link *link, const char *why, int64_t now)
{
	if (link->state != LINK_UP || link->rx == link->rx_before ||
	    link->owner->rests == NULL || !link->owner->rests(link)) {
		link_is_down(link, why, now);
		return;
	}
	link->kind->close(link);
	enter(link, LINK_CLOSED, now);
	link->resting = true;
	link->backoff = BACKOFF_MIN;
	log_debug("%s: rests: %s", link->conf->name, why);
}

bool
link_obeys(const struct link *link)
{
	return !link->unproven || link->conf->control;
}

bool
link_reachable(const struct link *link)
{
	return link->state == LINK_UP || link->resting;
}

bool
link_awaited(const struct link *link)
{
	const char *late = link->kind->late;

	if (!link->kind->awaited || link->ups > 0)
		return false;
	return link->state == LINK_OPENING || (link->state == LINK_CLOSED && late != NULL &&
	    strcmp(link->why, late) == 0);
}

void
link_is_up(struct link *link, int64_t now)
{
	assert(link->state == LINK_OPENING);
	loop_disarm(link->loop, &link->retry);
	enter(link, LINK_UP, now);
	link->why[0] = '\0';
	link->told_down = false;
	link->rx_before = link->rx;
	if (!link->resting) {
		link->ups++;
		link->owner->up(link, now);
		return;
	}
	link->resting = false;
	link->owner->again(link, now);
}

void
link_heard(struct link *link, const uint8_t *bytes, size_t n, int64_t now)
{
	link->rx += n;
	if (!link->kind->metered)
		meter_add(&link->meter, n, 0);
	if (link->tap != NULL)
		link->tap->told(link->tap->owner, link, false, bytes, n, now);
	link->owner->heard(link, bytes, n, now);
}

int
link_fail(struct link *link, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(link->why, sizeof(link->why), fmt, ap);
	va_end(ap);
	return -1;
}

void
link_limit(struct link *link, int64_t until)
{
	assert(link->state == LINK_OPENING);
	loop_arm(link->loop, &link->retry, until);
}

static void
open_now(struct link *link, int64_t now)
{
	char before[sizeof(link->why)];
	bool news;

	memcpy(before, link->why, sizeof(before));
	enter(link, LINK_OPENING, now);
	loop_arm(link->loop, &link->retry, now + OPEN_LIMIT);
	if (link->kind->open(link, now) == 0)
		return;
	news = strcmp(before, link->why) != 0;
	enter(link, LINK_CLOSED, now);
	link->downs += link->resting;
	link->resting = false;
	try_later(link, false, now);
	tell_down(link, false, news, now);
}

static void
retry(struct timer *t, int64_t now)
{
	struct link *link = owner_of(t, struct link, retry);

	if (link->state == LINK_OPENING)
		link_is_down(link, link->kind->late != NULL ? link->kind->late :
		    "no connection within the time for one try", now);
	else
		open_now(link, now);
}

void
link_called(struct link *link, int64_t now)
{
	if (link->state == LINK_CLOSED)
		open_now(link, now);
}

void
link_hold(struct link *link)
{
	if (link->state != LINK_UP || link->waits)
		return;
	link->waits = true;
	if (link->source.fd >= 0)
		loop_remove(link->loop, &link->source);
}

void
link_go_on(struct link *link, int64_t now)
{
	if (!link->waits)
		return;
	link->waits = false;
	link->went_on = now;
	if (link->source.fd >= 0 && loop_add(link->loop, &link->source, EPOLLIN) < 0)
		link_is_down(link, "too many connections", now);
}

void
link_beats(struct link *link, uint64_t n, int64_t now)
{
	if (link->kind->beats != NULL && link->state == LINK_UP)
		link->kind->beats(link, n, now);
}

void
link_wake(struct link *link, int64_t now)
{
	if (link->resting && link->state == LINK_CLOSED)
		open_now(link, now);
}

/* The first try is made by the loop, so that the owner hears of it when all is
 * in place. */
void
link_start(struct link *link, struct loop *loop, int64_t now)
{
	link->loop = loop;
	link->source.fd = -1;
	link->retry.fire = retry;
	link->backoff = BACKOFF_MIN;
	link->told_down = link->resting = false;
	link->why[0] = '\0';
	enter(link, LINK_CLOSED, now);
	loop_arm(loop, &link->retry, now);
}

void
link_stop(struct link *link)
{
	if (link->loop == NULL)
		return;
	loop_disarm(link->loop, &link->retry);
	if (link->state != LINK_CLOSED)
		link->kind->close(link);
	link->state = LINK_CLOSED;
	link->resting = false;
	if (link->kind->forget != NULL)
		link->kind->forget(link);
	link->kind_data = NULL;
}

int
link_send(struct link *link, const uint8_t *bytes, size_t n, int64_t now)
{
	char why[sizeof(link->why)];

	if (link->state != LINK_UP)
		return -1;
	if (link->kind->send(link, bytes, n) == 0) {
		link->tx += n;
		if (!link->kind->metered)
			meter_add(&link->meter, 0, n);
		if (link->tap != NULL)
			link->tap->told(link->tap->owner, link, true, bytes, n, now);
		return 0;
	}
	memcpy(why, link->why, sizeof(why));
	link_is_down(link, why, now);
	return -1;
}

/* Modbus over Serial Line 1.02, 2.5.1.1: 3.5 characters between frames, and
 * 1.75 ms above 19200 baud.  A connection has no silence. */
static int64_t
silence(const struct link_conf *conf)
{
	int64_t bits = 1 + conf->data_bits + (conf->parity != 0) + conf->stop_bits;

	if (conf->speed <= 0)
		return 0;
	if (conf->speed > 19200)
		return 1750;
	return (bits * 7 * US_PER_S + 2 * conf->speed - 1) / (2 * conf->speed);
}

struct line
link_line(const struct link *link)
{
	const struct link_conf *conf = link->conf;

	return (struct line){
		.silence = silence(conf),
		.guard = conf->guard,
		.timeout_min = conf->timeout_min,
		.timeout_max = conf->timeout_max,
		.max_late = conf->max_late,
		.max_carried = conf->late_unsaid ? CELLULAR_LATE : 0,
		.echo = conf->echo,
		.noises = link->noises,
		.hj212 = link->hj212,
	};
}
