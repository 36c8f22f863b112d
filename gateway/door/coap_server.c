#include <stdlib.h>

#include "../room.h"
#include "coap_port.h"

/* The part of the door that keeps the receivers of CoAP. */

struct server {
	struct door	*door;
	struct roster	 ports;
};

static bool
server_wanted(const struct config *config)
{
	for (size_t i = 0; i < config->nreceivers; i++)
		if (!receiver_posts(&config->receivers[i]))
			return true;
	return false;
}

static void *
server_make(struct door *door)
{
	struct server *s = room_for(1, sizeof(*s));

	s->door = door;
	return s;
}

static struct coap_port *
port_of(const struct server *s, const char *name)
{
	struct member *m = roster_find(&s->ports, name);

	return m != NULL ? owner_of(m, struct coap_port, member) : NULL;
}

static void
free_leavers(struct server *s)
{
	struct member *m;

	while ((m = roster_leaver(&s->ports)) != NULL)
		coap_port_free(owner_of(m, struct coap_port, member));
}

static void
renew_port(struct server *s, const struct receiver_conf *conf, const struct config *config,
    int64_t now)
{
	struct coap_port *p = port_of(s, conf->name);

	if (p == NULL) {
		p = coap_port_new(s->door, conf);
		roster_add(&s->ports, &p->member);
	}
	coap_port_expect(p, config);
	coap_port_tend(p, now);
}

/* One that says something else now is ended, too, and made anew. */
static void
server_renew(void *arg, const struct config *config, int64_t now)
{
	struct server *s = arg;

	if (server_wanted(config) && !coap_lib_load())
		return;
	roster_begin(&s->ports);
	for (size_t i = 0; i < config->nreceivers; i++) {
		const struct receiver_conf *conf = &config->receivers[i];
		const struct coap_port *p = port_of(s, conf->name);

		if (p != NULL && !receiver_posts(conf) && coap_port_same(p, conf))
			roster_want(&s->ports, conf->name);
	}
	free_leavers(s);
	for (size_t i = 0; i < config->nreceivers; i++)
		if (!receiver_posts(&config->receivers[i]))
			renew_port(s, &config->receivers[i], config, now);
}

static void
server_tell(void *arg, int64_t now)
{
	struct server *s = arg;

	for (struct member *m = s->ports.first; m != NULL; m = m->next) {
		struct coap_port *p = owner_of(m, struct coap_port, member);

		coap_port_tend(p, now);
		fares_tell(&p->fares, s->door->line, p->name, p->why, p->open);
	}
}

static void
server_end(void *arg)
{
	struct server *s = arg;

	roster_begin(&s->ports);
	free_leavers(s);
	free(s);
}

const struct door_part coap_server = {
	.name = "coap-server",
	.wanted = server_wanted,
	.make = server_make,
	.renew = server_renew,
	.tell = server_tell,
	.end = server_end,
};
