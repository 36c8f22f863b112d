#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../clock.h"
#include "../log.h"
#include "mqtt_order.h"

#define EXPIRES		(10 * US_PER_S)		/* where nobody says it */
#define EXPIRES_MAX	(60 * US_PER_S)		/* that the field role takes */
#define TRY_AGAIN	(US_PER_S / 4)		/* while nobody takes any */
#define EACH		(US_PER_S / 5)		/* five commands a second ... */
#define BURST		(ORDERS_BURST * EACH)	/* ... and so many at once */
#define LINE_BYTES	560
#define FNV64_BASE	14695981039346656037U
#define FNV64_PRIME	1099511628211U

void
mqtt_orders_open(struct mqtt_orders *o, const struct uplink_env *env, const char *kind,
    bool lasting)
{
	*o = (struct mqtt_orders){ .env = env, .lasting = lasting, .fd = -1,
	    .obeyed.us = BURST, .told.us = BURST };
	snprintf(o->source, sizeof(o->source), "%s:%s", kind, env->conf->name);
}

static void
end(struct mqtt_pending *p, bool done, const char *text)
{
	p->ended = true;
	p->waits = false;
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
		if (o->at[i].id != 0 && !o->at[i].ended && !o->at[i].waits)
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

static bool
spend(struct credit *c)
{
	int64_t now = system_clock.mono();

	c->us += c->at != 0 ? now - c->at : 0;
	c->at = now;
	if (c->us > BURST)
		c->us = BURST;
	if (c->us < EACH)
		return false;
	c->us -= EACH;
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

/* As the field role wants to read it. */
static void
say(const struct mqtt_orders *o, const struct mqtt_pending *p, char words[LINE_BYTES])
{
	const struct order *order = &p->order;
	const char *who = order->who[0] != '\0' ? order->who : o->source;
	int64_t left = (p->until - system_clock.mono()) / 1000;

	if (p->no[0] != '\0')
		snprintf(words, LINE_BYTES, "from %s deny %s%s%.100s", o->source, p->no,
		    order->words[0] != '\0' ? ": " : "", order->words);
	else if (order->spans)
		snprintf(words, LINE_BYTES, "from %s %s %lldms %s", o->source, order->words,
		    (long long)(left > 0 ? left : 1), who);
	else
		snprintf(words, LINE_BYTES, "from %s %s %s", o->source, order->words, who);
}

/* A broker may deliver what it kept before there is a field role to take it, as
 * after a start. */
static void
give(struct mqtt_orders *o, struct mqtt_pending *p)
{
	const struct order_line *line = o->env->orders;
	char words[LINE_BYTES];

	say(o, p, words);
	if (o->fd < 0)
		o->fd = line->open(line);
	p->waits = o->fd < 0 || line->give(o->fd, p->id, words) < 0;
	if (!p->waits)
		return;
	hang_up(o);
	o->again = system_clock.mono() + TRY_AGAIN;
}

/* The one that came first of those that wait; NULL: none does. */
static struct mqtt_pending *
first_waiting(struct mqtt_orders *o)
{
	struct mqtt_pending *first = NULL;

	for (size_t i = 0; i < ORDERS_MAX; i++) {
		struct mqtt_pending *p = &o->at[i];

		if (p->id != 0 && p->waits && (first == NULL || (int32_t)(p->id - first->id) < 0))
			first = p;
	}
	return first;
}

/* A far end gone mad must not fill the journal; a sane one that is merely quick
 * learns that it was not obeyed.  No more are told than would be obeyed. */
static bool
too_many(struct mqtt_orders *o, struct mqtt_pending *p, const struct wire_message *m)
{
	if (spend(&o->obeyed))
		return false;
	if (o->dropped++ % 1000 == 0)
		log_warn("uplink %s: too many commands: not obeyed", o->env->conf->name);
	if (!spend(&o->told)) {
		p->id = 0;
		return true;
	}
	order_parse(m->payload, m->len, &p->order, p->no, sizeof(p->no));
	end(p, false, "too many commands at a time: nothing was done; try again in a second");
	return true;
}

void
mqtt_orders_take(struct mqtt_orders *o, const struct wire_message *m)
{
	struct mqtt_pending *p;
	const char *no = NULL;
	int64_t left = EXPIRES;

	/* An empty one takes away what a broker keeps: it orders nothing. */
	if (o->env->orders == NULL || m->len == 0 || (p = free_place(o)) == NULL)
		return;
	*p = (struct mqtt_pending){ .id = ++o->next != 0 ? o->next : ++o->next };
	remember(p, m);
	if (too_many(o, p, m))
		return;
	if (order_parse(m->payload, m->len, &p->order, p->no, sizeof(p->no)) == 0) {
		left = time_left(&p->order, m);
		no = objection(o, &p->order, m, left);
		snprintf(p->no, sizeof(p->no), "%s", no != NULL ? no : "");
	}
	if (left == INT64_MAX || p->no[0] != '\0')
		left = EXPIRES;
	p->until = system_clock.mono() + (left < EXPIRES_MAX ? left : EXPIRES_MAX);
	p->waits = first_waiting(o) != NULL;	/* none overtakes another */
	if (!p->waits)
		give(o, p);
}

int64_t
mqtt_orders_tend(struct mqtt_orders *o)
{
	int64_t now = system_clock.mono(), next = INT64_MAX;
	struct mqtt_pending *p;

	for (size_t i = 0; i < ORDERS_MAX; i++)
		if (o->at[i].id != 0 && o->at[i].waits && now >= o->at[i].until) {
			end(&o->at[i], false, "it expired before the gateway could take it");
			next = 0;
		}
	while (now >= o->again && (p = first_waiting(o)) != NULL) {
		give(o, p);
		if (p->waits)
			break;			/* still nobody there */
	}
	if (next != 0 && first_waiting(o) != NULL)
		next = TRY_AGAIN;
	return next;
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
