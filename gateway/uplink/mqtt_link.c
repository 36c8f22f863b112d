#include <stdio.h>
#include <string.h>

#include "../clock.h"
#include "../log.h"
#include "mqtt.h"
#include "mqtt_text.h"

#define PROBE_LIMIT	(3 * US_PER_S)
#define LEAVE_LIMIT	US_PER_S
#define SLOWLY		(60 * US_PER_S)	/* where a person must do something */
#define WILL_MAX	700
#define LOOKS		4		/* in a keepalive */

static int64_t
now(void)
{
	return system_clock.mono();
}

static bool
takes_commands(const struct mqtt *f)
{
	const struct uplink_conf *c = f->env->conf;

	return c->writable.n + c->commands.n > 0 && f->env->orders != NULL;
}

/* One try; *v5 says by which version. */
static int
try_broker(struct mqtt *f, size_t i, bool *v5, char *why, size_t n)
{
	const struct mqtt_conf *c = f->conf;
	char online[TOPIC_MAX], command[TOPIC_MAX], id[160];
	uint8_t room[WILL_MAX];
	struct buf will = { .at = room, .cap = sizeof(room) };
	struct wire_hello h = { .broker = &f->brokers[i], .client = id, .timeout = c->timeout,
	    .session = c->session, .window = (size_t)c->window };
	int rc;

	mqtt_far_client(&c->far, f->env->gateway, f->env->conf->name, id, sizeof(id));
	f->since = system_clock.wall();
	if (c->topics.online[0] != '\0' && topic_write(online, c->topics.online, &f->words) &&
	    mqtt_online(&will, f->env->gateway, f->env->store, false, "lost", f->since)) {
		h.will_topic = online;
		h.will = room;
		h.nwill = will.len;
	}
	if (takes_commands(f) && topic_write(command, c->topics.command, &f->words))
		h.subscribe = command;
	rc = mqtt_far_connect(f->wire, &c->far, &h, &f->old[i], why, n);
	*v5 = h.version_5;
	return rc;
}

/* Retained, so that who comes later knows it too. */
static int
say_online(struct mqtt *f, bool online, const char *reason, char *why, size_t n)
{
	char topic[TOPIC_MAX];
	uint8_t room[WILL_MAX];
	struct buf b = { .at = room, .cap = sizeof(room) };
	struct wire_publication p = { .topic = topic, .payload = room, .retain = true,
	    .tag = MQTT_ASIDE };

	if (f->conf->topics.online[0] == '\0' ||
	    !topic_write(topic, f->conf->topics.online, &f->words) ||
	    !mqtt_online(&b, f->env->gateway, f->env->store, online, reason, f->since))
		return 0;
	p.len = b.len;
	return mqtt_link_publish(f, &p, why, n);
}

static int
connect_to(struct mqtt *f, size_t i, char *why, size_t n)
{
	const char *url = f->conf->far.brokers.at[i];
	char words[120];
	bool v5;

	if (try_broker(f, i, &v5, words, sizeof(words)) < 0) {
		snprintf(why, n, "%.60s: %.90s", url, words);
		return -1;
	}
	f->at = i;
	f->shun = SIZE_MAX;
	f->connection++;
	f->told_deaf = false;
	f->heard_at = now();
	f->home_at = i != 0 && f->conf->return_after > 0 ? now() + f->conf->return_after : 0;
	if (f->told != i + 1)
		log_info("uplink %s: connected to %s by MQTT %s", f->env->conf->name, url,
		    v5 ? "5" : "3.1.1");
	f->told = i + 1;
	return say_online(f, true, "", why, n);
}

/* The preferred one first; one that acknowledged nothing comes last. */
static int
connect_any(struct mqtt *f, char *why, size_t n)
{
	size_t shun = f->shun;
	char other[160];

	why[0] = '\0';
	for (int round = 0; round < 2; round++)
		for (size_t i = 0; i < f->conf->far.brokers.n; i++) {
			char *to = why[0] == '\0' ? why : other;

			if ((i == shun) != (round == 1))
				continue;
			if (connect_to(f, i, to, to == why ? n : sizeof(other)) == 0)
				return 0;
		}
	f->shun = SIZE_MAX;
	return -1;
}

static int
lose(struct mqtt *f)
{
	wire_close(f->wire, false);
	return -1;
}

static void
say_refusal(struct mqtt *f, char *why, size_t n)
{
	f->pause = SLOWLY;
	snprintf(why, n, "%.60s: it refuses a message: %s", f->conf->far.brokers.at[f->at],
	    wire_reason(f->refusal));
}

/* Brokers there are that refuse a message and then the connection. */
static int
lose_for(struct mqtt *f, const char *words, char *why, size_t n)
{
	if (f->refusal != 0)
		say_refusal(f, why, n);
	else
		snprintf(why, n, "%.60s: %.90s", f->conf->far.brokers.at[f->at], words);
	return lose(f);
}

static int
check_silence(struct mqtt *f, char *why, size_t n)
{
	if (wire_flying(f->wire) == 0) {
		f->heard_at = now();
		return 0;
	}
	if (now() < f->heard_at + f->conf->timeout)
		return 0;
	f->shun = f->at;
	snprintf(why, n, "%.60s: no acknowledgement within %lld s",
	    f->conf->far.brokers.at[f->at], (long long)(f->conf->timeout / US_PER_S));
	return lose(f);
}

static void
tell_once(struct mqtt *f)
{
	uint64_t strays = wire_strays(f->wire);

	if (wire_subscribed(f->wire) < 0 && !f->told_deaf) {
		f->told_deaf = true;
		log_warn("uplink %s: the broker refuses the topic of commands",
		    f->env->conf->name);
	}
	if (strays == f->strays)
		return;
	if (f->strays == 0)
		log_warn("uplink %s: the broker acknowledges what was not sent: ignored",
		    f->env->conf->name);
	f->strays = strays;
}

/* Commands that ended are answered as far as the window lets them. */
static int
answer(struct mqtt *f, char *why, size_t n)
{
	char topic[TOPIC_MAX], words[120];
	uint8_t room[1024];
	struct mqtt_pending *p;

	while (!wire_full(f->wire) && (p = mqtt_orders_ended(&f->orders)) != NULL) {
		struct buf b = { .at = room, .cap = sizeof(room) };
		struct wire_publication m = { .topic = topic, .payload = room,
		    .tag = MQTT_ASIDE, .correlation = p->correlation,
		    .ncorrelation = p->ncorrelation };

		p->id = 0;
		if (p->reply_to[0] != '\0')
			m.topic = p->reply_to;
		else if (f->conf->topics.reply[0] == '\0' ||
		    !topic_write(topic, f->conf->topics.reply, &f->words))
			continue;
		if (!mqtt_reply(&b, f->env->gateway, p->order.id, p->done, p->text,
		    system_clock.wall()))
			continue;
		m.len = b.len;
		if (wire_publish(f->wire, &m, words, sizeof(words)) < 0)
			return lose_for(f, words, why, n);
	}
	return 0;
}

/* wake may be -1; *woken says whether it is readable. */
static int
turn(struct mqtt *f, int wake, int64_t us, bool *woken, char *why, size_t n)
{
	struct pollfd fds[3] = { { .fd = -1 }, { .events = POLLIN },
	    { .fd = wake, .events = POLLIN } };
	int64_t look = f->conf->far.keepalive / LOOKS, again = mqtt_orders_tend(&f->orders);
	char words[120];

	if (again < look)
		look = again;
	fds[1].fd = f->orders.fd;
	if (wire_turn(f->wire, fds, 3, us < look ? us : look, words, sizeof(words)) < 0)
		return lose_for(f, words, why, n);
	if (fds[1].revents != 0)
		mqtt_orders_hear(&f->orders);
	*woken = fds[2].revents != 0;
	tell_once(f);
	if (answer(f, why, n) < 0)
		return -1;
	return check_silence(f, why, n);
}

/* How long nothing has to be looked at while acknowledgements are owed. */
static int64_t
patience(const struct mqtt *f)
{
	int64_t left = f->heard_at + f->conf->timeout - now();

	return left > 0 ? left : 0;
}

int
mqtt_link_publish(struct mqtt *f, const struct wire_publication *p, char *why, size_t n)
{
	char words[120];
	bool woken;

	if (!wire_up(f->wire)) {
		snprintf(why, n, "the connection is lost");
		return -1;
	}
	while (wire_full(f->wire))
		if (turn(f, -1, patience(f), &woken, why, n) < 0)
			return -1;
	if (wire_flying(f->wire) == 0)
		f->heard_at = now();
	if (wire_publish(f->wire, p, words, sizeof(words)) == 0)
		return 0;
	return lose_for(f, words, why, n);
}

int
mqtt_link_drain(struct mqtt *f, char *why, size_t n)
{
	bool woken;

	while (wire_flying(f->wire) > 0)
		if (turn(f, -1, patience(f), &woken, why, n) < 0)
			return -1;
	if (f->refusal == 0)
		return 0;
	say_refusal(f, why, n);
	return -1;
}

void
mqtt_link_leave(struct mqtt *f, const char *reason)
{
	int64_t end = now() + LEAVE_LIMIT;
	char why[160];
	bool woken;

	if (!wire_up(f->wire))
		return;
	if (say_online(f, false, reason, why, sizeof(why)) == 0)
		while (wire_flying(f->wire) > 0 && now() < end)
			if (turn(f, -1, end - now(), &woken, why, sizeof(why)) < 0)
				break;
	wire_close(f->wire, true);
}

/* Back to the preferred broker, if somebody is there. */
static void
go_home(struct mqtt *f)
{
	if (f->home_at == 0 || now() < f->home_at || wire_flying(f->wire) > 0)
		return;
	f->home_at = now() + f->conf->return_after;
	if (!mqtt_broker_listens(&f->brokers[0], PROBE_LIMIT, f->env->meter))
		return;
	log_info("uplink %s: back to %s", f->env->conf->name, f->conf->far.brokers.at[0]);
	mqtt_link_leave(f, "moved");
}

int
mqtt_link_ready(struct mqtt *f, char *why, size_t n)
{
	if (wire_up(f->wire))
		go_home(f);
	return wire_up(f->wire) ? 0 : connect_any(f, why, n);
}

int
mqtt_link_tend(struct mqtt *f, int wake, int64_t us, char *why, size_t n)
{
	int64_t end = now() + us, left;
	bool woken = false;

	while (!woken && (left = end - now()) > 0) {
		if (mqtt_link_ready(f, why, n) < 0)
			return -1;
		if (wire_flying(f->wire) > 0 && patience(f) < left)
			left = patience(f);
		if (f->home_at != 0 && f->home_at - now() < left)
			left = f->home_at > now() ? f->home_at - now() : 0;
		if (turn(f, wake, left, &woken, why, n) < 0)
			return -1;
	}
	return 0;
}

size_t
mqtt_link_most(const struct mqtt *f, const char *topic)
{
	size_t most = wire_payload_max(f->wire, topic);

	return most > 0 && most < f->message.cap ? most : f->message.cap;
}
