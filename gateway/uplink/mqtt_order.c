#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../clock.h"
#include "../log.h"
#include "mqtt_order.h"

#define EXPIRES		(10 * US_PER_S)		/* where nobody says it */
#define EXPIRES_MAX	(60 * US_PER_S)		/* that the field role takes */
#define EACH		(US_PER_S / 5)		/* five commands a second ... */
#define BURST		(20 * EACH)		/* ... and so many at once */
#define LINE_BYTES	420
#define FNV64_BASE	14695981039346656037U
#define FNV64_PRIME	1099511628211U

void
mqtt_orders_open(struct mqtt_orders *o, const struct uplink_env *env, const char *kind,
    bool lasting)
{
	*o = (struct mqtt_orders){ .env = env, .lasting = lasting, .fd = -1, .credit = BURST };
	snprintf(o->source, sizeof(o->source), "%s:%s", kind, env->conf->name);
}

static void
end(struct mqtt_pending *p, bool done, const char *text)
{
	p->ended = true;
	p->done = done;
	snprintf(p->text, sizeof(p->text), "%s", text);
}

/* Nobody will tell how those ended that were asked by it. */
static void
hang_up(struct mqtt_orders *o)
{
	if (o->fd >= 0)
		close(o->fd);
	o->fd = -1;
	for (size_t i = 0; i < ORDERS_MAX; i++)
		if (o->at[i].id != 0 && !o->at[i].ended)
			end(&o->at[i], false, "the gateway was restarted; whether it took effect "
			    "is not known");
}

void
mqtt_orders_close(struct mqtt_orders *o)
{
	if (o->fd >= 0)
		close(o->fd);
	o->fd = -1;
}

/* A far end gone mad must not fill the journal. */
static bool
too_many(struct mqtt_orders *o)
{
	int64_t now = system_clock.mono();

	o->credit += o->credit_at != 0 ? now - o->credit_at : 0;
	o->credit_at = now;
	if (o->credit > BURST)
		o->credit = BURST;
	if (o->credit >= EACH) {
		o->credit -= EACH;
		return false;
	}
	if (o->dropped++ % 1000 == 0)
		log_warn("uplink %s: too many commands: dropped without an answer",
		    o->env->conf->name);
	return true;
}

static struct mqtt_pending *
free_place(struct mqtt_orders *o)
{
	for (size_t i = 0; i < ORDERS_MAX; i++)
		if (o->at[i].id == 0)
			return &o->at[i];
	if (o->dropped++ % 1000 == 0)
		log_warn("uplink %s: too many commands at once: dropped without an answer",
		    o->env->conf->name);
	return NULL;
}

/* The same command delivered twice is done once. */
static bool
seen_before(struct mqtt_orders *o, const char *id)
{
	uint64_t h = FNV64_BASE;

	if (id[0] == '\0')
		return false;
	for (; *id != '\0'; id++)
		h = (h ^ (uint8_t)*id) * FNV64_PRIME;
	for (size_t i = 0; i < ORDERS_SEEN && i < o->nseen; i++)
		if (o->seen[i] == h)
			return true;
	o->seen[o->nseen++ % ORDERS_SEEN] = h;
	return false;
}

/* us that are left; at most 0: too late.  INT64_MAX: nobody said. */
static int64_t
time_left(const struct order *order, const struct wire_message *m)
{
	int64_t left = INT64_MAX;

	if (m->expires >= 0)
		left = m->expires * US_PER_S;
	if (order->expires > 0) {
		int64_t ms = order->expires - system_clock.wall();

		ms = ms > EXPIRES_MAX ? EXPIRES_MAX : ms;	/* far more than needed */
		left = ms * 1000 < left ? ms * 1000 : left;
	}
	return left;
}

/* NULL: it may go to the field role. */
static const char *
objection(struct mqtt_orders *o, const struct order *order, const struct wire_message *m,
    int64_t left)
{
	if (m->retained)
		return "a command that the broker keeps is never obeyed";
	if (left <= 0)
		return "it expired before it came";
	if (left == INT64_MAX && o->lasting)
		return "it must say when it expires, for the broker may have kept it";
	if (seen_before(o, order->id))
		return "a command of this id came before";
	return NULL;
}

static void
remember(struct mqtt_pending *p, const struct wire_message *m)
{
	const char *to = m->reply_to;

	p->reply_to[0] = '\0';
	if (to != NULL && strlen(to) < sizeof(p->reply_to) && strcmp(to, m->topic) != 0 &&
	    to[strcspn(to, "+#")] == '\0')
		strcpy(p->reply_to, to);
	if (m->ncorrelation > 0 && m->ncorrelation <= sizeof(p->correlation)) {
		memcpy(p->correlation, m->correlation, m->ncorrelation);
		p->ncorrelation = m->ncorrelation;
	}
}

static void
give(struct mqtt_orders *o, struct mqtt_pending *p, const char *words)
{
	const struct order_line *line = o->env->orders;

	if (o->fd < 0)
		o->fd = line->open(line);
	if (o->fd >= 0 && line->give(o->fd, p->id, words) == 0)
		return;
	end(p, false, "the gateway takes no commands at the moment");
	hang_up(o);
}

void
mqtt_orders_take(struct mqtt_orders *o, const struct wire_message *m)
{
	struct mqtt_pending *p = o->env->orders == NULL || too_many(o) ? NULL : free_place(o);
	char words[LINE_BYTES], why[120];
	const char *no = why;
	struct order order;
	int64_t left;

	if (p == NULL)
		return;
	*p = (struct mqtt_pending){ .id = ++o->next != 0 ? o->next : ++o->next };
	remember(p, m);
	if (order_parse(m->payload, m->len, &order, why, sizeof(why)) == 0) {
		left = time_left(&order, m);
		no = objection(o, &order, m, left);
	}
	strcpy(p->order, order.id);
	left = no != NULL ? 0 : left == INT64_MAX ? EXPIRES : left < EXPIRES_MAX ? left :
	    EXPIRES_MAX;
	if (no != NULL)
		snprintf(words, sizeof(words), "from %s deny %s%s%.100s", o->source, no,
		    order.words[0] != '\0' ? ": " : "", order.words);
	else if (order.spans)
		snprintf(words, sizeof(words), "from %s %s %lldms %s", o->source, order.words,
		    (long long)(left / 1000 > 0 ? left / 1000 : 1),
		    order.who[0] != '\0' ? order.who : o->source);
	else
		snprintf(words, sizeof(words), "from %s %s %s", o->source, order.words,
		    order.who[0] != '\0' ? order.who : o->source);
	give(o, p, words);
}

void
mqtt_orders_hear(struct mqtt_orders *o)
{
	struct order_answer a;
	int got = 0;

	while (o->fd >= 0 && (got = o->env->orders->hear(o->fd, &a)) > 0)
		for (size_t i = 0; i < ORDERS_MAX; i++)
			if (o->at[i].id == a.id && !o->at[i].ended)
				end(&o->at[i], a.done, a.text);
	if (got < 0)
		hang_up(o);
}

struct mqtt_pending *
mqtt_orders_ended(struct mqtt_orders *o)
{
	for (size_t i = 0; i < ORDERS_MAX; i++)
		if (o->at[i].id != 0 && o->at[i].ended)
			return &o->at[i];
	return NULL;
}
