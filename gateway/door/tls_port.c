#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../clock.h"
#include "../log.h"
#include "../room.h"
#include "../secret.h"
#include "../secret_key.h"
#include "tls_own.h"

#define AGAIN		(5 * US_PER_S)

struct tls_part {
	struct door	*door;
	struct roster	 ports;
};

static int
by_identity(const void *a, const void *b)
{
	return strcmp(((const struct tls_key *)a)->identity,
	    ((const struct tls_key *)b)->identity);
}

static size_t
key_of(void *arg, const char *identity, uint8_t key[TLS_PSK_MAX])
{
	const struct tls_port *p = arg;
	struct tls_key wanted;
	const struct tls_key *k;

	snprintf(wanted.identity, sizeof(wanted.identity), "%s", identity);
	k = p->nkeys == 0 ? NULL : bsearch(&wanted, p->keys, p->nkeys, sizeof(*k), by_identity);
	if (k != NULL)
		memcpy(key, k->bytes, k->n);
	return k != NULL ? k->n : 0;
}

static bool
load_key(const struct link_conf *link, struct tls_key *k)
{
	char why[SECRET_PATH_MAX * 2] = "its identity is too long";
	struct secret_key key;
	bool sound = strlen(link->identity) < sizeof(k->identity) &&
	    secret_key_load(&key_form_tls, link->psk, &key, why, sizeof(why)) == 0;

	if (!sound) {
		log_warn("%s: psk: %s: nobody is let in as %s", link->name, why,
		    link->identity);
		return false;
	}
	strcpy(k->identity, link->identity);
	memcpy(k->bytes, key.bytes, key.n);
	k->n = (uint8_t)key.n;
	secret_clear(&key, sizeof(key));
	return true;
}

static void
forget_keys(struct tls_port *p)
{
	if (p->keys != NULL)
		secret_clear(p->keys, p->nkeys * sizeof(*p->keys));
	free(p->keys);
	p->keys = NULL;
	p->nkeys = 0;
}

static bool
waits_at(const struct link_conf *link, const struct tls_port *p)
{
	return link->listener != NULL && strcmp(link->listener, p->conf.name) == 0;
}

static void
take_keys(struct tls_port *p, const struct config *config)
{
	forget_keys(p);
	p->links = 0;
	for (size_t i = 0; i < config->nlinks; i++)
		p->links += waits_at(&config->links[i], p);
	p->keys = room_for(p->links + 1, sizeof(*p->keys));
	for (size_t i = 0; p->conf.tls == LISTENER_PSK && i < config->nlinks; i++)
		if (waits_at(&config->links[i], p))
			p->nkeys += load_key(&config->links[i], &p->keys[p->nkeys]);
	qsort(p->keys, p->nkeys, sizeof(*p->keys), by_identity);
}

static void
say_why(struct tls_port *p, const char *why)
{
	if (strcmp(p->why, why) != 0 && why[0] != '\0')
		log_warn("listener %s: %s; it is tried again", p->conf.name, why);
	snprintf(p->why, sizeof(p->why), "%s", why);
}

/* What a file holds may be another one: who is in stays, by the terms that were. */
static void
make_terms(struct tls_port *p)
{
	bool by_cert = p->conf.tls == LISTENER_CERTIFICATE;
	const struct tls_words words = { .cert = by_cert ? p->conf.cert : NULL,
	    .key = by_cert ? p->conf.key : NULL,
	    .ca = by_cert && p->conf.ca[0] != '\0' ? p->conf.ca : NULL,
	    .psk = by_cert ? NULL : key_of, .owner = p };
	char why[DOOR_WHY_MAX + 1] = "";
	struct tls_terms *terms = tls_terms_new(&words, why, sizeof(why));

	if (terms != NULL) {
		tls_terms_free(p->terms);
		p->terms = terms;
	}
	say_why(p, why);
}

static void
open_port(struct timer *t, int64_t now)
{
	struct tls_port *p = owner_of(t, struct tls_port, retry);
	char why[DOOR_WHY_MAX + 1];
	int fd;

	if (p->terms == NULL)
		make_terms(p);
	if (p->terms == NULL) {
		loop_arm(p->door->loop, t, now + AGAIN);
		return;
	}
	fd = address_listen(p->conf.address, (uint16_t)p->conf.port, SOCK_STREAM, why,
	    sizeof(why));
	if (fd >= 0) {
		p->source.fd = fd;
		if (loop_add(p->door->loop, &p->source, EPOLLIN) == 0) {
			p->why[0] = '\0';
			log_info("listener %s: DTUs may call by TLS at port %lld", p->conf.name,
			    (long long)p->conf.port);
			return;
		}
		close(fd);
		p->source.fd = -1;
		snprintf(why, sizeof(why), "too many descriptors");
	}
	say_why(p, why);
	loop_arm(p->door->loop, t, now + AGAIN);
}

static void
shut(struct tls_port *p)
{
	loop_disarm(p->door->loop, &p->retry);
	if (p->source.fd >= 0) {
		loop_remove(p->door->loop, &p->source);
		close(p->source.fd);
	}
	p->source.fd = -1;
}

static void
free_texts(struct listener_conf *c)
{
	free((void *)(uintptr_t)c->name);
	free((void *)(uintptr_t)c->address);
	free((void *)(uintptr_t)c->cert);
	free((void *)(uintptr_t)c->key);
	free((void *)(uintptr_t)c->ca);
}

static char *
copy(const char *text)
{
	char *to = room_for(strlen(text) + 1, 1);

	return strcpy(to, text);
}

/* Of what it needs; the configuration goes. */
static void
take_conf(struct tls_port *p, const struct listener_conf *c)
{
	free_texts(&p->conf);
	p->conf = (struct listener_conf){ .name = copy(c->name), .address = copy(c->address),
	    .cert = copy(c->cert), .key = copy(c->key), .ca = copy(c->ca),
	    .transport = c->transport, .port = c->port, .every = c->every,
	    .within = c->within, .callers = c->callers, .per_address = c->per_address,
	    .tls = c->tls };
	p->member.name = p->conf.name;
}

static void
forget(struct tls_port *p)
{
	shut(p);
	tls_port_drop_all(p);
	tls_terms_free(p->terms);
	forget_keys(p);
	free_texts(&p->conf);
	free(p);
}

static void
forget_leavers(struct tls_part *part)
{
	struct member *m;

	while ((m = roster_leaver(&part->ports)) != NULL)
		forget(owner_of(m, struct tls_port, member));
}

static struct tls_port *
new_port(struct tls_part *part, const struct listener_conf *c)
{
	struct tls_port *p = room_for(1, sizeof(*p));

	*p = (struct tls_port){ .door = part->door,
	    .source = { .fd = -1, .ready = tls_port_ready }, .retry = { .fire = open_port },
	    .cut = { .fire = tls_port_cut } };
	take_conf(p, c);
	roster_add(&part->ports, &p->member);
	loop_room(part->door->loop, 64 + 2 * part->ports.n);
	return p;
}

/* By other means nobody who is in could come in again: he is hung up on. */
static void
change_port(struct tls_port *p, const struct listener_conf *c)
{
	bool moved = p->conf.port != c->port || strcmp(p->conf.address, c->address) != 0;
	bool other = p->conf.tls != c->tls;

	take_conf(p, c);
	if (other) {
		tls_port_drop_all(p);
		tls_terms_free(p->terms);
		p->terms = NULL;
	}
	if (moved)
		shut(p);
}

static void
renew_port(struct tls_part *part, const struct listener_conf *c, const struct config *config,
    int64_t now)
{
	struct member *m = roster_find(&part->ports, c->name);
	struct tls_port *p = m != NULL ? owner_of(m, struct tls_port, member) :
	    new_port(part, c);

	if (m != NULL)
		change_port(p, c);
	take_keys(p, config);
	if (p->terms != NULL)
		make_terms(p);
	if (p->source.fd < 0)
		open_port(&p->retry, now);
}

static bool
wanted(const struct config *config)
{
	for (size_t i = 0; i < config->nlisteners; i++)
		if (config->listeners[i].tls != LISTENER_PLAIN)
			return true;
	return false;
}

static void *
make(struct door *door)
{
	struct tls_part *part = room_for(1, sizeof(*part));

	part->door = door;
	return part;
}

static void
renew(void *arg, const struct config *config, int64_t now)
{
	struct tls_part *part = arg;

	roster_begin(&part->ports);
	for (size_t i = 0; i < config->nlisteners; i++)
		if (config->listeners[i].tls != LISTENER_PLAIN)
			roster_want(&part->ports, config->listeners[i].name);
	forget_leavers(part);
	for (size_t i = 0; i < config->nlisteners; i++)
		if (config->listeners[i].tls != LISTENER_PLAIN)
			renew_port(part, &config->listeners[i], config, now);
}

static void
tell(void *arg, int64_t now)
{
	struct tls_part *part = arg;

	(void)now;
	for (struct member *m = part->ports.first; m != NULL; m = m->next) {
		struct tls_port *p = owner_of(m, struct tls_port, member);

		p->told = 0;
		field_line_tell(part->door->line, &(struct door_packet){ .kind = DOOR_STATE,
		    .name = p->conf.name, .why = p->why, .callers = (uint32_t)p->shaking.n,
		    .accepted = p->accepted, .refused = p->refused, .late = p->late });
	}
}

static void
end(void *arg)
{
	struct tls_part *part = arg;

	roster_begin(&part->ports);
	forget_leavers(part);
	free(part);
}

const struct door_part door_tls = {
	.name = "tls",
	.wanted = wanted,
	.make = make,
	.renew = renew,
	.tell = tell,
	.end = end,
};
