#include <stddef.h>
#include <string.h>

#include "config_read.h"

static int
check_ports(const struct config *c, size_t i, struct errs *errs)
{
	const struct receiver_conf *r = &c->receivers[i];

	for (size_t k = 0; k < i; k++) {
		const struct receiver_conf *o = &c->receivers[k];

		if (receiver_posts(o) == receiver_posts(r) &&
		    receiver_port(o) == receiver_port(r) && (o->address[0] == '\0' ||
		    r->address[0] == '\0' || strcmp(o->address, r->address) == 0))
			return err_add(errs, r->place.file, r->place.line,
			    "%s: receiver %s (line %d) has port %d already", r->name, o->name,
			    o->place.line, receiver_port(r));
	}
	return 0;
}

/* Who is not proven is refused, unless it was said that he need not be. */
static int
check_proof(const struct config_reader *reader, const struct link_conf *link, size_t i)
{
	const struct receiver_conf *r = &reader->config->receivers[i];
	struct errs *errs = reader->errs;
	bool psk = link->psk != NULL && link->psk[0] != '\0';

	if (link->psk == NULL)
		return -1;		/* it was told */
	if (!receiver_proves(r) && psk)
		return err_add(errs, link->place.file, link->place.line,
		    "%s: psk goes with a receiver of transport \"coaps\", and %s is none",
		    link->name, r->name);
	if (!receiver_proves(r) && !link->insecure)
		return err_add(errs, link->place.file, link->place.line,
		    "%s: nothing proves who brings a message to receiver %s: take one of transport "
		    "\"coaps\", or say insecure = true", link->name, r->name);
	if (receiver_proves(r) && link->insecure)
		return err_add(errs, link->place.file, link->place.line,
		    "%s: receiver %s asks for a proof: leave insecure out", link->name, r->name);
	if (receiver_posts(r) && psk)
		return err_add(errs, link->place.file, link->place.line,
		    "%s: receiver %s takes who knows its secret: leave psk out", link->name,
		    r->name);
	if (receiver_proves(r) && !receiver_posts(r) && !psk && r->ca[0] == '\0')
		return err_add(errs, link->place.file, link->place.line,
		    "%s: it needs a psk: receiver %s has no ca that could sign its certificate",
		    link->name, r->name);
	return 0;
}

int
config_receivers(struct config_reader *r)
{
	struct config *c = r->config;
	struct config_waits waits = { .kind = "push", .port = offsetof(struct link_conf, receiver),
	    .no_port = ERR_("%s: there is no receiver \"%s\""),
	    .no_port_but = ERR_("%s: there is no receiver \"%s\"; did you mean \"%s\"?"),
	    .check = check_proof };
	int rc = 0;

	c->receivers = r->receivers.at;
	c->nreceivers = r->receivers.n;
	for (size_t i = 0; i < c->nreceivers; i++) {
		struct receiver_conf *receiver = &c->receivers[i];

		if (!key_whole(receiver_keys, receiver))
			return -1;	/* it was told */
		rc |= receiver_check(receiver, r->errs) | check_ports(c, i, r->errs) |
		    config_secrets(r, node_at(node_get(r->root, "receivers"), i),
		    receiver_keys, receiver);
	}
	if (names_sort(&waits.ports, c->receivers, c->nreceivers, sizeof(c->receivers[0]),
	    offsetof(struct receiver_conf, name), offsetof(struct receiver_conf, place), r) < 0)
		return -1;
	return rc | names_unique(&waits.ports, "receivers", r) | config_waits(r, &waits);
}
