#include <stdio.h>
#include <string.h>

#include "../../protocols/meters.h"
#include "../reply_text.h"
#include "../text.h"
#include "field.h"

/* A line whose far end calls the gateway cannot be closed and opened by somebody else:
 * who wants to ask there does it through the gateway, which polls nobody meanwhile. */

static struct lent *
held_by(struct field_role *f, const struct control_client *client, const char *name)
{
	for (size_t i = 0; i < LOANS_MAX; i++) {
		struct lent *l = &f->inquiries.lent[i];

		if (l->client == client && l->held && bus_suspended_by(l->bus, l) &&
		    strcmp(l->bus->link.conf->name, name) == 0)
			return l;
	}
	return NULL;
}

/* "LATE GARBLED " of the line; its bytes. */
static int
write_tally(const struct bus *bus, char *text, size_t n)
{
	const struct tally *t = bus->proto->tally(bus->session);

	return snprintf(text, n, "%llu %llu ", (unsigned long long)t->late,
	    (unsigned long long)t->garbled);
}

static void
say_held(const struct lent *l, uint32_t id)
{
	char text[60];
	int n = write_tally(l->bus, text, sizeof(text));

	control_answer(l->client, MESSAGE_ANSWER, 0, id, text, (size_t)n);
}

static void
hold(struct timer *t, int64_t now)
{
	struct lent *l = owner_of(t, struct lent, close);

	(void)now;
	l->held = true;
	pipeline_note(&l->field->pipeline, l->bus->link.conf->name,
	    "held for the command line: not polled meanwhile");
	say_held(l, l->id);
}

/* Asked again by who holds it: is it still, or again, there? */
void
inquiry_hold(struct field_role *f, struct control_client *client, uint32_t id, char *words)
{
	char name[NAME_MAX_BYTES];
	const struct lent *l;
	struct bus *bus;

	snprintf(name, sizeof(name), "%.*s", (int)strcspn(words, " "), words);
	bus = field_bus(f, name);
	l = held_by(f, client, name);
	if (bus != NULL && bus->link.state != LINK_UP)
		inquiry_refuse(client, id, inquiry_down(bus));
	else if (l != NULL)
		say_held(l, id);
	else
		inquiry_take(f, client, id, words, hold);
}

static void
probed(void *owner, const struct reply *reply)
{
	struct inquiry *q = owner;
	struct control_client *client = q->client;
	char text[600];
	int n = write_tally(q->bus, text, sizeof(text));

	q->client = NULL;
	if (reply->asked == 0) {
		inquiry_refuse(client, q->id, inquiry_down(q->bus));
		return;
	}
	reply_write(reply, text + n, sizeof(text) - (size_t)n);
	control_answer(client, MESSAGE_ANSWER, 0, q->id, text, strlen(text));
}

/* False: no address in hex. */
static bool
read_address(const char *hex, uint8_t address[ADDRESS_MAX])
{
	unsigned byte;
	int n;

	memset(address, 0, ADDRESS_MAX);
	for (size_t i = 0; hex != NULL && i < ADDRESS_MAX && hex[2 * i] != '\0'; i++) {
		if (sscanf(hex + 2 * i, "%2x%n", &byte, &n) != 1 || n != 2)
			return false;
		address[i] = (uint8_t)byte;
	}
	return hex != NULL && hex[0] != '\0';
}

static bool
is_forbidden(const struct field_role *f, const struct bus *bus, const struct ask *ask)
{
	if (ask->function != 3 && ask->function != 4)
		return false;
	for (size_t i = 0; i < f->config->ndevices; i++) {
		const struct device *d = &f->config->devices[i];

		if (strcmp(d->conf.link, bus->link.conf->name) == 0 &&
		    profile_never(d->profile, ask->number, ask->number + ask->count))
			return true;
	}
	return false;
}

/* What a scan asks: one register, who it is, which address a meter has. */
static bool
is_probe(const struct ask *ask)
{
	return ((ask->function == 3 || ask->function == 4) && ask->count == 1) ||
	    ask->function == 17 || ask->function == 43 || ask->function == METERS_ADDRESS;
}

static const char *
probe(struct field_role *f, struct control_client *client, uint32_t id, struct bus *bus,
    const struct ask *ask)
{
	struct inquiry *q = inquiry_place(f);

	if (bus->link.state != LINK_UP)
		return inquiry_down(bus);
	if (!is_probe(ask))
		return N_("only registers and coils are read");
	if (is_forbidden(f, bus, ask))
		return N_("the profile says that one of these registers must never be touched");
	if (q == NULL)
		return N_("too many questions at once");
	*q = (struct inquiry){ .client = client, .id = id, .bus = bus };
	if (bus_ask(bus, ask, probed, q) == 0)
		return NULL;
	q->client = NULL;
	return N_("the line is down or too many questions wait");
}

void
inquiry_probe(struct field_role *f, struct control_client *client, uint32_t id, char *words)
{
	const char *name = strsep(&words, " "), *hex = strsep(&words, " "), *why;
	const struct lent *l = held_by(f, client, name);
	long function = inquiry_number(&words, 255);
	long first = inquiry_number(&words, UINT32_MAX), count = inquiry_number(&words, 65535);
	long wait = inquiry_number(&words, 3600 * US_PER_S);
	struct ask ask = { .function = (uint8_t)function, .number = (uint32_t)first,
	    .count = (uint16_t)count, .timeout = wait };

	if (l == NULL)
		why = N_("the line is polled again: its time was over");
	else if (function < 0 || first < 0 || count < 0 || wait < 0 ||
	    !read_address(hex, ask.address))
		why = N_("only registers and coils are read");
	else
		why = probe(f, client, id, l->bus, &ask);
	if (why != NULL)
		inquiry_refuse(client, id, why);
}
