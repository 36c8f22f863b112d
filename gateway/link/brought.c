#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../protocols/payload.h"
#include "../../devices/push.h"
#include "../clock.h"
#include "../hash.h"
#include "../log.h"
#include "../room.h"
#include "brought.h"
#include "repeats.h"

#define HEAD	16	/* bytes that CoAP puts in front of a short message */
#define AROUND	28	/* and IP and UDP in front of these */

/* The room of a link to which the door brings messages. */
struct brought {
	struct addressee	 addressee;
	struct link		*link;
	char			*receiver, *identity;	/* own: a conf may be another one
							 * later */
};

/* One loop, one message at a time: what it says is done with when it is answered. */
static struct arena
room_of_a_message(void)
{
	static unsigned char *room;

	if (room == NULL)
		room = room_for(1, PAYLOAD_ARENA);
	return (struct arena){ .at = room, .cap = PAYLOAD_ARENA };
}

/* The path is said by who begins: a link with a uri asks.  What a connection of HTTP took
 * the door tells when it is over. */
static void
count(struct link *link, const struct door_packet *p)
{
	size_t path = strlen(p->path);
	bool asks = link->conf->uri != NULL && link->conf->uri[0] != '\0';
	size_t rx = HEAD + p->n + (asks ? 0 : path), tx = HEAD + (asks ? path : 0);

	link->rx += rx;
	link->tx += tx;
	if (asks || p->end != 0)
		meter_add(&link->meter, rx + AROUND, tx + AROUND);
}

static void
cost(struct addressee *a, uint64_t rx, uint64_t tx)
{
	meter_add(&owner_of(a, struct brought, addressee)->link->meter, rx, tx);
}

static void
is_there(struct link *link, const struct door_packet *p, int64_t now)
{
	link->unproven = !p->proven;
	count(link, p);
	link_called(link, now);
	if (link->state == LINK_OPENING)
		link_is_up(link, now);
}

static enum door_code
refused(struct link *link, const char *text, enum door_code code, const char **why)
{
	static char words[DOOR_WHY_MAX + 1];	/* may repeat some of the message's own */

	*why = log_safe(text, words, sizeof(words));
	log_debug("%s: message refused: %s", link->conf->name, words);
	return code;
}

/* Of a server that is asked nobody else hears what is wrong with its answer. */
static enum door_code
unreadable(struct link *link, const struct door_packet *p, const struct payload *payload,
    enum door_code code, const char **why, int64_t now)
{
	char fault[PAYLOAD_WHY_MAX + 70];

	if (link->conf->uri != NULL && link->conf->uri[0] != '\0') {
		snprintf(fault, sizeof(fault), "%.60s: %s", p->path, payload->why);
		link_called(link, now);
		if (link->state != LINK_CLOSED)
			link_is_down(link, fault, now);
	}
	return refused(link, payload->why, code, why);
}

/* Bytes in which no point looks, or that end before any does. */
static enum door_code
no_point(struct link *link, const struct payload *payload, const char **why)
{
	const char *key = payload_says(payload, "");
	char text[DOOR_WHY_MAX + 1];

	snprintf(text, sizeof(text), "its profile has no point for %.60s, or its bytes are too few",
	    key != NULL ? key : "that");
	return refused(link, text, DOOR_NOWHERE, why);
}

/* By what it would be known if it came again; of a mark that is used again the print has
 * where it came from, too. */
static struct repeat
repeat_of(const struct door_packet *p, const struct payload *payload)
{
	struct repeat is = { .by = REPEAT_NEVER };
	uint64_t print = hash_name(hash_bytes(HASH_BEGIN, p->bytes, p->n), p->path);

	print = hash_bytes(print, &p->format, sizeof(p->format));
	if (payload_dated(payload, system_clock.wall() + PUSH_AHEAD, &is.time))
		is.by = REPEAT_TIMES;
	else if (p->same != 0)
		is.by = p->end != 0 ? REPEAT_EXCHANGE : REPEAT_REQUEST;
	else
		return is;
	if (is.by != REPEAT_TIMES)
		print = hash_bytes(print, &p->same, sizeof(p->same));
	if (is.by == REPEAT_EXCHANGE)
		print = (print & ~(uint64_t)UINT16_MAX) | p->end;
	is.print = print != 0 ? print : 1;
	return is;
}

static enum door_code
hand_over(struct link *link, const struct door_packet *p, const struct payload *payload,
    int64_t now, uint64_t *seq, const char **why)
{
	const struct repeat is = repeat_of(p, payload);

	switch (link->owner->brought(link, payload, &is, now, seq)) {
	case BROUGHT_TAKEN:
		return DOOR_STORED;
	case BROUGHT_NOBODY:
		*why = "no device there has such a unit";
		return DOOR_NOWHERE;
	case BROUGHT_NO_POINT:
		return no_point(link, payload, why);
	case BROUGHT_LOST:
		*why = "the store is full";
		break;
	}
	return DOOR_BUSY;
}

static enum door_code
said(struct addressee *a, const struct door_packet *p, int64_t now, uint64_t *seq,
    const char **why)
{
	struct link *link = owner_of(a, struct brought, addressee)->link;
	struct arena arena = room_of_a_message();
	struct payload payload;
	char fault[100];

	if (p->path[0] == '\0') {	/* what was to be fetched could not be */
		snprintf(fault, sizeof(fault), "%.*s", (int)p->n, (const char *)p->bytes);
		link_called(link, now);
		if (link->state != LINK_CLOSED)
			link_is_down(link, fault, now);
		return DOOR_STORED;
	}
	switch (payload_read(&payload, p->format, p->path, p->bytes, p->n,
	    system_clock.wall(), &arena)) {
	case PAYLOAD_UNREADABLE:
		return unreadable(link, p, &payload, DOOR_FORMAT, why, now);
	case PAYLOAD_UNSOUND:
		return unreadable(link, p, &payload, DOOR_UNSOUND, why, now);
	case PAYLOAD_READ:
		break;
	}
	is_there(link, p, now);
	if (link->state != LINK_UP || link->owner->brought == NULL)
		return DOOR_BUSY;
	return hand_over(link, p, &payload, now, seq, why);
}

static char *
copy(const char *text)
{
	char *to = room_for(strlen(text) + 1, 1);

	return strcpy(to, text);
}

static struct brought *
wait_for(struct link *link, const char *receiver, const char *identity)
{
	struct brought *b = room_for(1, sizeof(*b));

	b->link = link;
	b->receiver = copy(receiver);
	b->identity = copy(identity);
	b->addressee = (struct addressee){ .receiver = b->receiver, .identity = b->identity,
	    .unproven = link->conf->insecure, .said = said,
	    .cost = cost };
	letterbox_expect(link->letterbox, &b->addressee);
	return b;
}

int
brought_check(const struct link_conf *conf, struct errs *errs)
{
	if (conf->proto[0] == '\0' || strcmp(conf->proto, "push") == 0)
		return 0;
	return err_add(errs, conf->place.file, conf->place.line,
	    "%s: a link of this kind has no other proto than \"push\"", conf->name);
}

/* It only waits, also between two tries, and goes on waiting while it is closed. */
int
brought_open(struct link *link, const char *receiver, const char *identity, const char *alone)
{
	if (link->letterbox == NULL)
		return link_fail(link, "%s", alone);
	if (link->kind_data == NULL) {
		link->kind_data = wait_for(link, receiver, identity);
		link->unproven = link->conf->insecure;
	}
	link_limit(link, INT64_MAX);
	return 0;
}

void
brought_close(struct link *link)
{
	(void)link;
}

int
brought_send(struct link *link, const uint8_t *bytes, size_t n)
{
	(void)bytes;
	(void)n;
	return link_fail(link, "nothing can be sent there");
}

void
brought_forget(struct link *link)
{
	struct brought *b = link->kind_data;

	if (b == NULL)
		return;
	letterbox_leave(&b->addressee);
	free(b->receiver);
	free(b->identity);
	free(b);
}
