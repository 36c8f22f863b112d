#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "../clock.h"
#include "../log.h"
#include "../room.h"
#include "coap_client.h"

/* The part of the door that asks CoAP servers. */

#define SESSIONS	500	/* in one context of the library: it has trouble with more */
#define SLEEP		(60 * US_PER_S)

struct context {
	struct context		*next;
	coap_context_t		*at;
	struct source		 source;
	size_t			 used;
	bool			 alone;		/* nobody else may use it */
};

struct asker {
	struct door		*door;
	struct timer		 timer;
	struct coap_client	*clients;
	struct context		*contexts;
};

static bool
is_coap(const struct link_conf *l)
{
	return strcmp(link_kind_at((size_t)l->kind)->name, "coap") == 0;
}

static bool
asker_wanted(const struct config *config)
{
	for (size_t i = 0; i < config->nlinks; i++)
		if (is_coap(&config->links[i]))
			return true;
	return false;
}

static void
tend(struct timer *t, int64_t now)
{
	struct asker *a = owner_of(t, struct asker, timer);
	int64_t next = now + SLEEP;

	for (struct coap_client *c = a->clients; c != NULL; c = c->next) {
		int64_t due = coap_client_tend(c, now);

		next = due < next ? due : next;
	}
	loop_arm(a->door->loop, t, next);
}

static void *
asker_make(struct door *door)
{
	struct asker *a = room_for(1, sizeof(*a));

	a->door = door;
	a->timer.fire = tend;
	return a;
}

static void
ready(struct source *source, uint32_t events, int64_t now)
{
	struct context *c = owner_of(source, struct context, source);

	(void)events;
	(void)now;
	coap_lib.io_process(c->at, COAP_IO_NO_WAIT);
}

/* NULL: there is no memory for it. */
static struct context *
new_context(struct asker *a)
{
	coap_context_t *at = coap_lib.new_context(NULL);
	struct context *c;

	if (at == NULL)
		return NULL;
	coap_lib.context_set_block_mode(at, 0);
	coap_lib.register_response_handler(at, coap_answer);
	coap_lib.register_nack_handler(at, coap_answer_lost);
	c = room_for(1, sizeof(*c));
	c->at = at;
	c->source = (struct source){ .fd = coap_lib.context_get_coap_fd(at), .ready = ready };
	loop_add(a->door->loop, &c->source, EPOLLIN);
	c->next = a->contexts;
	return a->contexts = c;
}

/* One with room.  What certificates have to be is a matter of a whole context to the
 * library, not of a session: each link with a ca has one of its own. */
static struct context *
context_for(struct asker *a, const struct link_conf *l)
{
	struct context *c = a->contexts;

	while (c != NULL && (c->alone || c->used >= SESSIONS))
		c = c->next;
	if (l->ca[0] == '\0' && c != NULL)
		return c;
	c = new_context(a);
	if (c != NULL)
		c->alone = l->ca[0] != '\0';
	return c;
}

static void
end_context(struct asker *a, struct context **at)
{
	struct context *c = *at;

	*at = c->next;
	loop_remove(a->door->loop, &c->source);
	coap_lib.free_context(c->at);
	free(c);
}

/* Of one that nobody has use for. */
static void
end_alone(struct asker *a)
{
	for (struct context **at = &a->contexts; *at != NULL; )
		if ((*at)->alone && (*at)->used == 0)
			end_context(a, at);
		else
			at = &(*at)->next;
}

static struct coap_client *
client_of(const struct asker *a, const struct link_conf *l)
{
	struct coap_client *c = a->clients;

	while (c != NULL && (strcmp(c->name, l->name) != 0 ||
	    c->digest != coap_client_digest(l)))
		c = c->next;
	return c;
}

static void
end_client(struct asker *a, struct coap_client **at)
{
	struct coap_client *c = *at;

	for (struct context *x = a->contexts; x != NULL; x = x->next)
		x->used -= x->at == c->context;
	*at = c->next;
	coap_client_free(c);
	end_alone(a);
}

static void
begin_client(struct asker *a, const struct link_conf *l, int64_t now)
{
	struct context *x = context_for(a, l);
	struct coap_client *c = x != NULL ? coap_client_new(a->door, x->at,
	    &a->timer, l, now) : NULL;

	if (c == NULL) {
		end_alone(a);
		return;
	}
	x->used++;
	c->seen = true;
	c->next = a->clients;
	a->clients = c;
}

static void
asker_renew(void *arg, const struct config *config, int64_t now)
{
	struct asker *a = arg;

	if (asker_wanted(config) && !coap_lib_load())
		return;
	for (struct coap_client *c = a->clients; c != NULL; c = c->next)
		c->seen = false;
	for (size_t i = 0; i < config->nlinks; i++) {
		struct coap_client *c = is_coap(&config->links[i]) ?
		    client_of(a, &config->links[i]) : NULL;

		if (c != NULL)
			c->seen = true;
		else if (is_coap(&config->links[i]))
			begin_client(a, &config->links[i], now);
	}
	for (struct coap_client **at = &a->clients; *at != NULL; ) {
		if ((*at)->seen)
			at = &(*at)->next;
		else
			end_client(a, at);
	}
	loop_arm(a->door->loop, &a->timer, now);
}

static void
asker_tell(void *arg, int64_t now)
{
	(void)arg;
	(void)now;
}

static void
asker_end(void *arg)
{
	struct asker *a = arg;

	while (a->clients != NULL)
		end_client(a, &a->clients);
	while (a->contexts != NULL)
		end_context(a, &a->contexts);
	loop_disarm(a->door->loop, &a->timer);
	free(a);
}

const struct door_part coap_asker = {
	.name = "coap-client",
	.wanted = asker_wanted,
	.make = asker_make,
	.renew = asker_renew,
	.tell = asker_tell,
	.end = asker_end,
};
