#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../reason.h"
#include "../reply_text.h"
#include "../text.h"
#include "field.h"

#define LEND_MAX	3600	/* s */

void
inquiry_refuse(struct control_client *c, uint32_t id, const char *why)
{
	control_answer(c, MESSAGE_ANSWER, MESSAGE_FAILED, id, why, strlen(why));
}

const char *
inquiry_down(const struct bus *bus)
{
	return link_awaited(&bus->link) ?
	    N_("it has not called yet: a DTU is asked once it has called") :
	    N_("the line is down");
}

static void
answered(void *owner, const struct reply *reply)
{
	struct inquiry *q = owner;
	struct control_client *client = q->client;
	char text[600];

	q->client = NULL;
	if (reply->asked == 0) {
		inquiry_refuse(client, q->id, inquiry_down(q->bus));
		return;
	}
	reply_write(reply, text, sizeof(text));
	control_answer(client, MESSAGE_ANSWER, 0, q->id, text, strlen(text));
}

/* A number of at most most; -1: it is none. */
long
inquiry_number(char **words, long most)
{
	char *word = strsep(words, " "), *end;
	long n;

	if (word == NULL || word[0] == '\0')
		return -1;
	n = strtol(word, &end, 10);
	return *end == '\0' && n >= 0 && n <= most ? n : -1;
}

/* Reads only, and never a register that must not be touched.  NULL: fine. */
static const char *
look_at(const struct device *d, const struct ask *ask)
{
	if (d->nblocks > 0 && function_is_item(d->blocks[0].function))
		return function_is_item(ask->function) && ask->count <= METERS_BYTES_MAX ? NULL :
		    N_("a meter is read item by item");
	if (ask->function < 1 || ask->function > 4 || ask->count < 1 || ask->count > 2000)
		return N_("only registers and coils are read");
	if (ask->function > 2 && profile_never(d->profile, ask->number,
	    ask->number + ask->count))
		return N_("the profile says that one of these registers must never be touched");
	return NULL;
}

struct inquiry *
inquiry_place(struct field_role *f)
{
	for (size_t i = 0; i < INQUIRIES_MAX; i++)
		if (f->inquiries.asked[i].client == NULL)
			return &f->inquiries.asked[i];
	return NULL;
}

void
inquiry_ask(struct field_role *f, struct control_client *client, uint32_t id, char *words)
{
	const char *name = strsep(&words, " ");
	const struct device *d = config_device(f->config, name);
	long function = inquiry_number(&words, 255);
	long first = inquiry_number(&words, UINT32_MAX), count = inquiry_number(&words, 65535);
	struct ask ask = { .function = (uint8_t)function, .number = (uint32_t)first,
	    .count = (uint16_t)count };
	const char *why = function < 0 || first < 0 || count < 0 ?
	    N_("only registers and coils are read") : d != NULL ? look_at(d, &ask) : NULL;
	char said[REASON_MAX];
	struct inquiry *q = inquiry_place(f);

	if (why == NULL && d == NULL)
		why = reason_near(N_("no such device"), config_near_device(f->config, name),
		    said);
	if (why == NULL && q == NULL)
		why = N_("too many questions at once");
	if (why == NULL) {
		memcpy(ask.address, d->address, sizeof(ask.address));
		*q = (struct inquiry){ .client = client, .id = id,
		    .bus = field_bus(f, d->conf.link) };
		if (q->bus != NULL && bus_ask(q->bus, &ask, answered, q) == 0)
			return;
		q->client = NULL;
		why = q->bus != NULL && link_awaited(&q->bus->link) ? inquiry_down(q->bus) :
		    N_("the line is down or too many questions wait");
	}
	inquiry_refuse(client, id, why);
}

static void
let_go(struct timer *t, int64_t now)
{
	struct lent *l = owner_of(t, struct lent, close);

	(void)now;
	bus_release(l->bus);
	pipeline_note(&l->field->pipeline, l->bus->link.conf->name,
	    "lent to the command line: not polled meanwhile");
	control_answer(l->client, MESSAGE_ANSWER, 0, l->id, "lent", 4);
}

/* Told amidst the business of the bus: the line is closed a turn later. */
static void
quiet(void *owner, int64_t now)
{
	struct lent *l = owner;

	loop_arm(l->field->loop, &l->close, now);
}

void
inquiry_lend(struct field_role *f, struct control_client *client, uint32_t id, char *words)
{
	inquiry_take(f, client, id, words, let_go);
}

void
inquiry_take(struct field_role *f, struct control_client *client, uint32_t id, char *words,
    void (*fire)(struct timer *, int64_t now))
{
	const char *name = strsep(&words, " ");
	struct bus *bus = field_bus(f, name);
	long seconds = inquiry_number(&words, LEND_MAX);
	struct lent *l = NULL;
	char why[REASON_MAX] = "";

	for (size_t i = 0; i < LOANS_MAX; i++)
		if (f->inquiries.lent[i].client == NULL)
			l = &f->inquiries.lent[i];
	if (bus == NULL)
		reason_near(N_("no such link"), config_near_link(f->config, name), why);
	if (bus == NULL || seconds < 1 || l == NULL) {
		inquiry_refuse(client, id, bus == NULL ? why :
		    l == NULL ? N_("too many lines are lent") : N_("no such time"));
		return;
	}
	*l = (struct lent){ .client = client, .id = id, .field = f, .bus = bus,
	    .close = { .fire = fire } };
	if (bus_suspend(bus, seconds * US_PER_S, quiet, l, why, sizeof(why)) == 0)
		return;
	l->client = NULL;
	inquiry_refuse(client, id, why);
}

/* When its time was over the line came back by itself, and may be lent to
 * somebody else by now. */
static void
take_back(struct field_role *f, struct lent *l)
{
	l->client = NULL;
	loop_disarm(f->loop, &l->close);
	if (!bus_suspended_by(l->bus, l))
		return;
	bus_forget(l->bus, l);
	bus_resume(l->bus);
	pipeline_note(&f->pipeline, l->bus->link.conf->name, "given back by the command line");
}

/* Who waits for the line is refused; who has it keeps what the gateway has not
 * any more. */
void
inquiry_lost(struct field_role *f, const struct bus *bus)
{
	struct inquiries *all = &f->inquiries;

	for (size_t i = 0; i < LOANS_MAX; i++) {
		struct lent *l = &all->lent[i];
		struct control_client *client;
		bool waits;

		if (l->client == NULL || l->bus != bus)
			continue;
		client = l->client;
		waits = bus->quiet != NULL || l->close.place != 0;
		loop_disarm(f->loop, &l->close);
		l->client = NULL;
		if (waits)
			inquiry_refuse(client, l->id, N_("no such link"));
	}
	for (size_t i = 0; i < TRACERS_MAX; i++) {
		struct tracer *t = &all->tracers[i];

		struct control_client *client = t->client;

		if (client == NULL || t->link != &bus->link)
			continue;
		t->client = NULL;
		inquiry_refuse(client, t->id, N_("no such link"));
	}
}

void
inquiry_gone(struct field_role *f, const struct control_client *client)
{
	struct inquiries *all = &f->inquiries;

	for (size_t i = 0; i < INQUIRIES_MAX; i++)
		if (all->asked[i].client == client) {
			bus_forget(all->asked[i].bus, &all->asked[i]);
			all->asked[i].client = NULL;
		}
	for (size_t i = 0; i < LOANS_MAX; i++)
		if (all->lent[i].client == client)
			take_back(f, &all->lent[i]);
	inquiry_blind(f, client);
}
