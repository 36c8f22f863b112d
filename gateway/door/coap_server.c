#include <stdlib.h>
#include <string.h>

#include "../room.h"
#include "coap_port.h"

/* The part of the door that keeps the receivers of CoAP. */

struct server {
	struct door		*door;
	struct coap_port	*ports;
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

static const struct receiver_conf *
conf_of(const struct config *config, const struct coap_port *p)
{
	for (size_t i = 0; i < config->nreceivers; i++)
		if (strcmp(config->receivers[i].name, p->name) == 0 &&
		    !receiver_posts(&config->receivers[i]))
			return &config->receivers[i];
	return NULL;
}

static struct coap_port *
port_of(const struct server *s, const char *name)
{
	struct coap_port *p = s->ports;

	while (p != NULL && strcmp(p->name, name) != 0)
		p = p->next;
	return p;
}

static void
end_others(struct server *s, const struct config *config)
{
	for (struct coap_port **at = &s->ports; *at != NULL; ) {
		const struct receiver_conf *conf = conf_of(config, *at);
		struct coap_port *p = *at;

		if (conf != NULL && coap_port_same(p, conf)) {
			at = &p->next;
			continue;
		}
		*at = p->next;
		coap_port_free(p);
	}
}

static void
server_renew(void *arg, const struct config *config, int64_t now)
{
	struct server *s = arg;

	if (server_wanted(config) && !coap_lib_load())
		return;
	end_others(s, config);
	for (size_t i = 0; i < config->nreceivers; i++) {
		struct coap_port *p = port_of(s, config->receivers[i].name);

		if (receiver_posts(&config->receivers[i]))
			continue;
		if (p == NULL) {
			p = coap_port_new(s->door, &config->receivers[i]);
			p->next = s->ports;
			s->ports = p;
		}
		coap_port_expect(p, config);
		coap_port_tend(p, now);
	}
}

static void
server_tell(void *arg, int64_t now)
{
	struct server *s = arg;

	for (struct coap_port *p = s->ports; p != NULL; p = p->next) {
		coap_port_tend(p, now);
		field_line_tell(s->door->line, &(struct door_packet){ .kind = DOOR_STATE,
		    .name = p->name, .why = p->why, .accepted = p->accepted,
		    .refused = p->refused });
	}
}

static void
server_end(void *arg)
{
	struct server *s = arg;

	while (s->ports != NULL) {
		struct coap_port *p = s->ports;

		s->ports = p->next;
		coap_port_free(p);
	}
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
