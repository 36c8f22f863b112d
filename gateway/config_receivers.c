#include <stdlib.h>
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

static bool
is_push(const struct link_conf *link)
{
	const struct link_kind *kind = link_kind_at((size_t)link->kind);

	return link->name != NULL && kind != NULL && strcmp(kind->name, "push") == 0 &&
	    link->receiver != NULL && link->identity != NULL && link->psk != NULL;
}

/* Who is not proven is refused, unless it was said that he need not be. */
static int
check_proof(const struct link_conf *link, const struct receiver_conf *r, struct errs *errs)
{
	bool psk = link->psk[0] != '\0';

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

static int
check_link(const struct config_reader *reader, const struct link_conf *link,
    const struct names *names)
{
	size_t i = names_find(names, link->receiver);
	const char *near;

	if (i != SIZE_MAX)
		return check_proof(link, &reader->config->receivers[i], reader->errs);
	near = names_near(names, link->receiver, reader->arena);
	return err_add(reader->errs, link->place.file, link->place.line, near != NULL ?
	    ERR_("%s: there is no receiver \"%s\"; did you mean \"%s\"?") :
	    ERR_("%s: there is no receiver \"%s\""), link->name, link->receiver, near);
}

static int
by_identity(const void *a, const void *b)
{
	const struct link_conf *x = *(const struct link_conf *const *)a;
	const struct link_conf *y = *(const struct link_conf *const *)b;
	int order = strcmp(x->receiver, y->receiver);

	if (order == 0)
		order = strcmp(x->identity, y->identity);
	return order != 0 ? order : x < y ? -1 : 1;
}

static int
check_identities(const struct config_reader *r, const struct link_conf **links, size_t n)
{
	int rc = 0;

	qsort(links, n, sizeof(*links), by_identity);
	for (size_t i = 1; i < n; i++)
		if (strcmp(links[i - 1]->receiver, links[i]->receiver) == 0 &&
		    strcmp(links[i - 1]->identity, links[i]->identity) == 0)
			rc = err_add(r->errs, links[i]->place.file, links[i]->place.line,
			    "%s: link %s (line %d) is identity \"%s\" already", links[i]->name,
			    links[i - 1]->name, links[i - 1]->place.line, links[i]->identity);
	return rc;
}

static int
check_links(struct config_reader *r, const struct names *names)
{
	struct config *c = r->config;
	const struct link_conf **links = arena_alloc(r->arena, (c->nlinks + 1) * sizeof(*links));
	size_t n = 0;
	int rc = 0;

	if (links == NULL)
		return config_no_memory(r);
	for (size_t i = 0; i < c->nlinks; i++)
		if (is_push(&c->links[i])) {
			links[n++] = &c->links[i];
			rc |= check_link(r, &c->links[i], names);
		}
	return rc | check_identities(r, links, n);
}

int
config_receivers(struct config_reader *r)
{
	struct config *c = r->config;
	struct names names;
	int rc = 0;

	c->receivers = r->receivers.at;
	c->nreceivers = r->receivers.n;
	for (size_t i = 0; i < c->nreceivers; i++) {
		struct receiver_conf *receiver = &c->receivers[i];

		if (receiver->name == NULL || receiver->ca == NULL)
			return -1;	/* it was told */
		rc |= receiver_check(receiver, r->errs) | check_ports(c, i, r->errs);
	}
	if (names_sort(&names, c->receivers, c->nreceivers, sizeof(c->receivers[0]),
	    offsetof(struct receiver_conf, name), offsetof(struct receiver_conf, place), r) < 0)
		return -1;
	return rc | names_unique(&names, "receivers", r) | check_links(r, &names);
}
