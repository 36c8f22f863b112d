#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../rules/class.h"
#include "../uplink/mqtt_far.h"
#include "../uplink/mqtt_topic.h"
#include "notice_json.h"
#include "way.h"

#define BODY_ROOM	16384
#define SLOWLY		(60 * US_PER_S)	/* where a person must do something */

#define WORDS	(TOPIC_GATEWAY | TOPIC_CONTACT | TOPIC_CLASS | TOPIC_DEVICE | TOPIC_RULE)

/* Messages as JSON to a broker; its PUBACK is the acceptance. */
struct mqtt_way_conf {
	struct mqtt_far_conf	 far;
	const char		*topic;
	bool			 retain;
};

struct mqtt_way {
	const struct way_env		*env;
	const struct mqtt_way_conf	*conf;
	struct wire			*wire;
	struct mqtt_broker		*brokers;
	bool				*old;		/* that speak no MQTT 5 */
	size_t				 at;		/* the one in use */
	uint32_t			 tag;		/* of the message in hand */
	bool				 acked;
	int				 reason;	/* why the broker does not take it */
};

static int64_t
now(const struct mqtt_way *w)
{
	return w->env->clock->mono();
}

static void
on_ack(void *arg, uint32_t tag, int reason)
{
	struct mqtt_way *w = arg;

	if (tag != w->tag)
		return;
	w->acked = true;
	w->reason = reason;
}

/* It subscribes to nothing. */
static void
on_message(void *arg, const struct wire_message *message)
{
	(void)arg;
	(void)message;
}

static const struct wire_owner owner = { on_ack, on_message };

/* The preferred one first. */
static int
connect_any(struct mqtt_way *w, char *why, size_t n)
{
	const struct mqtt_far_conf *c = &w->conf->far;
	char id[160], name[80], words[120];

	snprintf(name, sizeof(name), "way/%s", w->env->conf->name);
	mqtt_far_client(c, w->env->gateway, name, id, sizeof(id));
	why[0] = '\0';
	for (size_t i = 0; i < c->brokers.n; i++) {
		struct wire_hello h = { .broker = &w->brokers[i], .client = id,
		    .timeout = w->env->conf->timeout / (int64_t)c->brokers.n, .window = 1 };

		if (mqtt_far_connect(w->wire, c, &h, &w->old[i], words, sizeof(words)) == 0) {
			w->at = i;
			return 0;
		}
		if (why[0] == '\0')
			snprintf(why, n, "%.60s: %.90s", c->brokers.at[i], words);
	}
	return -1;
}

static void
mqtt_way_close(void *self)
{
	struct mqtt_way *w = self;

	if (w->wire != NULL)
		wire_close(w->wire, true);
	wire_free(w->wire);
	free(w->brokers);
	free(w->old);
	w->wire = NULL;
	w->brokers = NULL;
	w->old = NULL;
}

static int
mqtt_way_open(void *self, const struct way_env *env, char *why, size_t n)
{
	struct mqtt_way *w = self;
	size_t count;

	w->env = env;
	w->conf = env->conf->own;
	count = w->conf->far.brokers.n;
	w->brokers = calloc(count, sizeof(*w->brokers));
	w->old = calloc(count, sizeof(*w->old));
	w->wire = wire_new(&owner, w, env->meter);
	if (w->brokers == NULL || w->old == NULL || w->wire == NULL) {
		snprintf(why, n, "no memory, or no libmosquitto");
		mqtt_way_close(w);
		return -1;
	}
	for (size_t i = 0; i < count; i++)
		mqtt_broker_parse(&w->brokers[i], w->conf->far.brokers.at[i]);
	if (connect_any(w, why, n) == 0)
		return 0;
	mqtt_way_close(w);
	return -1;
}

static void
refuse(struct way_result *r, bool for_good, const char *why)
{
	r->outcome = WAY_REFUSED;
	r->for_good = for_good;
	snprintf(r->why, sizeof(r->why), "%s", why);
}

/* Until the broker acknowledges it. */
static void
wait_for_ack(struct mqtt_way *w, int64_t end, struct way_result *r)
{
	const char *url = w->conf->far.brokers.at[w->at];
	struct pollfd fd;
	char words[120] = "";

	while (!w->acked && now(w) < end)
		if (wire_turn(w->wire, &fd, 1, end - now(w), words, sizeof(words)) < 0)
			break;
	if (w->acked && w->reason == 0) {
		r->outcome = WAY_ACCEPTED;
		return;
	}
	if (w->acked) {
		refuse(r, false, "");
		r->pause = SLOWLY;
		snprintf(r->why, sizeof(r->why), "%.60s: it refuses a message: %s", url,
		    wire_reason(w->reason));
		return;
	}
	r->outcome = WAY_UNKNOWN;
	snprintf(r->why, sizeof(r->why), "%.60s: %.90s", url, words[0] != '\0' ? words :
	    "no acknowledgement in time");
	wire_close(w->wire, false);
}

static void
publish(struct mqtt_way *w, const struct wire_publication *p, int64_t end,
    struct way_result *r)
{
	size_t most = wire_payload_max(w->wire, p->topic);
	char words[120];

	if (most > 0 && p->len > most) {
		refuse(r, true, "longer than the broker takes");
		return;
	}
	w->acked = false;
	if (wire_publish(w->wire, p, words, sizeof(words)) == 0) {
		wait_for_ack(w, end, r);
		return;
	}
	refuse(r, false, words);
	wire_close(w->wire, false);
}

static void
mqtt_way_send(void *self, const struct notice *m, struct way_result *r)
{
	struct mqtt_way *w = self;
	const struct topic_words words = { .gateway = w->env->gateway, .contact = m->contact,
	    .class = class_names[m->class], .device = m->device, .rule = m->rule };
	int64_t end = now(w) + w->env->conf->timeout;
	char topic[TOPIC_MAX], why[160];
	uint8_t room[BODY_ROOM];
	struct buf body = { .at = room, .cap = sizeof(room) };
	struct wire_publication p = { .topic = topic, .payload = room,
	    .retain = w->conf->retain, .tag = ++w->tag };

	if (!topic_write(topic, w->conf->topic, &words) || !notice_json(&body, m)) {
		refuse(r, true, "too long");
		return;
	}
	p.len = body.len;
	if (!wire_up(w->wire) && connect_any(w, why, sizeof(why)) < 0) {
		refuse(r, false, why);
		return;
	}
	publish(w, &p, end, r);
	if (r->outcome == WAY_ACCEPTED)
		snprintf(r->provider, sizeof(r->provider), "%s", m->id);
}

/* Keeps the connection. */
static int
mqtt_way_idle(void *self, int wake, int64_t us, struct way_reply *reply, char *why, size_t n)
{
	struct mqtt_way *w = self;
	struct pollfd fds[2] = { { .fd = -1 }, { .fd = wake, .events = POLLIN } };
	char words[120] = "the connection is lost";

	(void)reply;
	if (wire_up(w->wire) && wire_turn(w->wire, fds, 2, us, words, sizeof(words)) == 0)
		return 0;
	snprintf(why, n, "%.60s: %.90s", w->conf->far.brokers.at[w->at], words);
	return -1;
}

static void
mqtt_way_show(const void *self, char *text, size_t n)
{
	const struct mqtt_way *w = self;

	snprintf(text, n, "connected to %.80s", w->conf->far.brokers.at[w->at]);
}

static int
mqtt_way_check(const struct way_conf *way, struct errs *errs)
{
	const struct access access = { way->name, way->place, errs };
	const struct mqtt_way_conf *c = way->own;
	int rc = mqtt_far_check(&access, &c->far);

	if (c->topic[0] == '\0')
		return err_add(errs, way->place.file, way->place.line,
		    ERR_("%s: topic: messages have no topic"), way->name);
	return rc | mqtt_topic_check(&access, "topic", c->topic, WORDS);
}

#define AT(field)	offsetof(struct mqtt_way_conf, field)

static const struct key mqtt_way_keys[] = {
	ROWS(AT(far), mqtt_far_keys),
	{ .name = "topic", .type = KEY_STRING, .offset = AT(topic),
	  .fallback = "tidegate/{gateway}/message/{contact}",
	  .help = "Where messages go: a template of gateway, contact, class, device, rule." },
	{ .name = "retain", .type = KEY_BOOL, .offset = AT(retain), .fallback = "false",
	  .help = "The broker keeps the last message of each topic." },
	{ .name = NULL }
};

const struct way_kind mqtt_way = {
	.name = "mqtt",
	.keys = mqtt_way_keys,
	.conf_size = sizeof(struct mqtt_way_conf),
	.check = mqtt_way_check,
	.address = WAY_TO_NAME,
	.form = WAY_FORM_LONG,
	.lanes = 1,
	.lanes_max = 1,
	/* the same id is the same message */
	.idempotent = true,
	.size = sizeof(struct mqtt_way),
	.open = mqtt_way_open,
	.send = mqtt_way_send,
	.idle = mqtt_way_idle,
	.show = mqtt_way_show,
	.close = mqtt_way_close,
};
