#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "../clock.h"
#include "../link/resolve.h"
#include "../log.h"
#include "../room.h"
#include "../secret.h"
#include "../text.h"
#include "coap_port.h"
#include "tls.h"

#define AGAIN		(5 * US_PER_S)
#define HANDSHAKES	200		/* at once; strangers get no further */
#define AT_ONCE		16		/* datagrams */
#define IDLE_PLAIN	300		/* s; a session of datagrams costs nothing to lose */
#define IDLE_DTLS	86400		/* and one of DTLS several round trips */

static char *
copy(const char *text)
{
	return strcpy(room_for(strlen(text) + 1, 1), text);
}

struct coap_port *
coap_port_new(struct door *door, const struct receiver_conf *conf)
{
	struct coap_port *p = room_for(1, sizeof(*p));

	p->door = door;
	snprintf(p->name, sizeof(p->name), "%s", conf->name);
	p->member.name = p->name;
	p->secure = receiver_proves(conf);
	p->address = copy(conf->address);
	p->certificate = copy(conf->certificate);
	p->key = copy(conf->key);
	p->ca = copy(conf->ca);
	p->port = receiver_port(conf);
	p->sessions = conf->sessions;
	p->recent = room_for(COAP_RECENT, sizeof(*p->recent));
	return p;
}

bool
coap_port_same(const struct coap_port *p, const struct receiver_conf *c)
{
	return p->secure == receiver_proves(c) && p->port == receiver_port(c) &&
	    p->sessions == c->sessions && strcmp(p->address, c->address) == 0 &&
	    strcmp(p->certificate, c->certificate) == 0 && strcmp(p->key, c->key) == 0 &&
	    strcmp(p->ca, c->ca) == 0;
}

static void
close_port(struct coap_port *p)
{
	if (p->context == NULL)
		return;
	coap_take_end(p);
	loop_remove(p->door->loop, &p->source);
	coap_lib.free_context(p->context);
	p->context = NULL;
	p->open = 0;
}

static void
drop_known(struct coap_known **at)
{
	struct coap_known *k = *at;

	*at = k->next;
	memset(&k->key, 0, sizeof(k->key));
	free(k);
}

void
coap_port_free(struct coap_port *p)
{
	close_port(p);
	while (p->known != NULL)
		drop_known(&p->known);
	coap_bodies_free(&p->bodies);
	free(p->address);
	free(p->certificate);
	free(p->key);
	free(p->ca);
	free(p->recent);
	free(p);
}

static struct coap_known *
find(const struct coap_port *p, const char *identity, size_t n)
{
	struct coap_known *k = p->known;

	while (k != NULL && (strlen(k->identity) != n || memcmp(k->identity, identity, n) != 0))
		k = k->next;
	return k;
}

bool
coap_port_knows(const struct coap_port *p, const char *identity)
{
	return find(p, identity, strlen(identity)) != NULL;
}

/* False: its key is another one now. */
static bool
expect(struct coap_port *p, const struct link_conf *link)
{
	struct coap_known *k = find(p, link->identity, strlen(link->identity));
	struct secret_key key = { .n = 0 };
	char why[SECRET_PATH_MAX * 2];

	if (link->psk[0] != '\0' && secret_key_load(&key_form_coap, link->psk, &key, why,
	    sizeof(why)) < 0) {
		log_warn("%s: psk: %s: nobody is taken", link->name, why);
		return k == NULL;
	}
	if (k != NULL) {
		k->seen = true;
		return k->key.n == key.n && memcmp(k->key.bytes, key.bytes, key.n) == 0;
	}
	k = room_for(1, sizeof(*k));
	snprintf(k->identity, sizeof(k->identity), "%s", link->identity);
	k->key = key;
	k->shown = (coap_bin_const_t){ .s = k->key.bytes, .length = key.n };
	k->seen = true;
	k->next = p->known;
	p->known = k;
	return true;
}

static bool
is_for(const struct coap_port *p, const struct link_conf *link)
{
	return strcmp(link_kind_at((size_t)link->kind)->name, "push") == 0 &&
	    strcmp(link->receiver, p->name) == 0;
}

/* Who comes no more, or with another key, has sessions that still stand. */
void
coap_port_expect(struct coap_port *p, const struct config *config)
{
	bool same = true;

	for (struct coap_known *k = p->known; k != NULL; k = k->next)
		k->seen = false;
	for (size_t i = 0; i < config->nlinks; i++)
		if (is_for(p, &config->links[i]))
			same &= expect(p, &config->links[i]);
	for (const struct coap_known *k = p->known; k != NULL; k = k->next)
		same &= k->seen;
	if (same)
		return;
	close_port(p);
	while (p->known != NULL)
		drop_known(&p->known);
	for (size_t i = 0; i < config->nlinks; i++)
		if (is_for(p, &config->links[i]))
			expect(p, &config->links[i]);
	p->again = 0;
}

void
coap_peer(coap_session_t *session, char peer[DOOR_PEER_MAX + 1])
{
	const coap_address_t *from = coap_lib.session_get_addr_remote(session);
	char digits[INET6_ADDRSTRLEN] = "?";
	unsigned port = 0;

	if (from->addr.sa.sa_family == AF_INET) {
		inet_ntop(AF_INET, &from->addr.sin.sin_addr, digits, sizeof(digits));
		port = ntohs(from->addr.sin.sin_port);
	} else if (from->addr.sa.sa_family == AF_INET6) {
		inet_ntop(AF_INET6, &from->addr.sin6.sin6_addr, digits, sizeof(digits));
		port = ntohs(from->addr.sin6.sin6_port);
	}
	snprintf(peer, DOOR_PEER_MAX + 1, "%s port %u", digits, port);
}

/* Of a session whose far end is nobody: it ends, and was counted. */
static struct coap_known nobody;

static void
refuse(struct coap_port *p, coap_session_t *session, const char *identity, size_t n,
    enum door_code code)
{
	char peer[DOOR_PEER_MAX + 1], name[DOOR_ID_MAX + 1];

	fares_count(&p->fares, code, 0);
	coap_lib.session_set_app_data(session, &nobody);
	coap_peer(session, peer);
	snprintf(name, sizeof(name), "%.*s", (int)(n < DOOR_ID_MAX ? n : DOOR_ID_MAX), identity);
	fares_stranger(&p->fares, p->door->line, p->name, peer, name, code);
}

static const coap_bin_const_t *
key_of(coap_bin_const_t *identity, coap_session_t *session, void *arg)
{
	struct coap_port *p = arg;
	struct coap_known *k = find(p, (const char *)identity->s, identity->length);

	if (k == NULL || k->key.n == 0) {
		refuse(p, session, (const char *)identity->s, identity->length, k == NULL ?
		    DOOR_NOBODY : DOOR_UNPROVEN);
		return NULL;
	}
	coap_lib.session_set_app_data(session, k);
	return &k->shown;
}

/* The certificate of the far end (depth 0) was signed by our ca, or validated is 0. */
static int
certified(const char *name, const uint8_t *cert, size_t n, coap_session_t *session,
    unsigned depth, int validated, void *arg)
{
	struct coap_port *p = arg;
	char common[TLS_NAME_MAX + 1];
	struct coap_known *k;

	if (depth > 0)
		return validated;
	tls_common_name(cert, n, common);
	name = name != NULL ? name : "";
	k = validated ? find(p, common, strlen(common)) : NULL;
	if (validated && k == NULL)
		k = find(p, name, strlen(name));
	name = common[0] != '\0' ? common : name;
	if (k == NULL || k->key.n != 0) {
		refuse(p, session, name, strlen(name), validated && k == NULL ? DOOR_NOBODY :
		    DOOR_UNPROVEN);
		return 0;
	}
	coap_lib.session_set_app_data(session, k);
	return 1;
}

/* A handshake that came to nothing: of nobody, or with another key than that of its name,
 * which is found out when the far end gives up. */
static void
broken(struct coap_port *p, coap_session_t *session, const struct coap_known *k)
{
	if (coap_lib.session_get_state(session) == COAP_SESSION_STATE_ESTABLISHED || k == &nobody)
		return;
	if (k == NULL)
		refuse(p, session, "", 0, DOOR_NO_TLS);
	else
		refuse(p, session, k->identity, strlen(k->identity), DOOR_WRONG_KEY);
}

static int
event(coap_session_t *session, const coap_event_t what)
{
	struct coap_port *p = coap_lib.get_app_data(coap_lib.session_get_context(session));
	const struct coap_known *k = coap_lib.session_get_app_data(session);

	switch (what) {
	case COAP_EVENT_SERVER_SESSION_NEW:
		p->open++;
		break;
	case COAP_EVENT_SERVER_SESSION_DEL:
		p->open -= p->open > 0;
		p->fares.late += p->secure && k == NULL;
		break;
	case COAP_EVENT_DTLS_CLOSED:
	case COAP_EVENT_DTLS_ERROR:
		broken(p, session, k);
		break;
	default:
		break;
	}
	return 0;
}

static bool
set_psk(struct coap_port *p)
{
	static const uint8_t none[] = "tidegate";
	coap_dtls_spsk_t psk = { .version = COAP_DTLS_SPSK_SETUP_VERSION,
	    .validate_id_call_back = key_of, .id_call_back_arg = p };

	/* one that nobody has: each identity has its own */
	psk.psk_info.key = (coap_bin_const_t){ .s = none, .length = sizeof(none) - 1 };
	psk.psk_info.hint = (coap_bin_const_t){ .s = none, .length = sizeof(none) - 1 };
	return coap_lib.context_set_psk2(p->context, &psk) != 0;
}

static bool
set_pki(struct coap_port *p)
{
	coap_dtls_pki_t pki = { .version = COAP_DTLS_PKI_SETUP_VERSION,
	    .verify_peer_cert = 1, .check_common_ca = 0, .allow_self_signed = 0,
	    .cert_chain_validation = 1, .cert_chain_verify_depth = 3,
	    .check_cert_revocation = 1, .allow_no_crl = 1, .allow_expired_crl = 1,
	    .validate_cn_call_back = certified, .cn_call_back_arg = p };

	if (p->ca[0] == '\0')
		return true;
	pki.pki_key.key_type = COAP_PKI_KEY_PEM;
	pki.pki_key.key.pem.ca_file = p->ca;
	pki.pki_key.key.pem.public_cert = p->certificate;
	pki.pki_key.key.pem.private_key = p->key;
	return coap_lib.context_set_pki(p->context, &pki) != 0;
}

static bool
set_resource(struct coap_port *p)
{
	coap_resource_t *r = coap_lib.resource_unknown_init2(coap_take, 0);

	if (r == NULL)
		return false;
	coap_lib.register_request_handler(r, COAP_REQUEST_POST, coap_take);
	coap_lib.add_resource(p->context, r);
	return true;
}

static bool
set_endpoint(struct coap_port *p)
{
	static const char *const all[] = { "::", "0.0.0.0" };
	union address at;

	for (int i = 0; i < 2; i++) {
		coap_address_t to;

		if (!resolve_numeric(p->address[0] != '\0' ? p->address : all[i], p->port, &at))
			continue;
		coap_lib.address_init(&to);
		to.size = address_length(&at);
		memcpy(&to.addr, &at, to.size);
		errno = 0;
		if (coap_lib.new_endpoint(p->context, &to, p->secure ? COAP_PROTO_DTLS :
		    COAP_PROTO_UDP) != NULL)
			return true;
		if (p->address[0] != '\0')
			break;
	}
	snprintf(p->why, sizeof(p->why), "port %u cannot be had: %s", p->port,
	    errno != 0 ? strerrordesc_np(errno) : N_("it is taken, or not ours"));
	return false;
}

/* The library reads one datagram for each event that it is told of, and then walks
 * through all sessions; it is told of some at once, for more may have come.  One that
 * did not come is none.  Its timer is the event without a socket: to read that twice
 * would wait. */
static void
ready(struct source *source, uint32_t events, int64_t now)
{
	struct coap_port *p = owner_of(source, struct coap_port, source);
	struct epoll_event e[AT_ONCE];
	int n = epoll_wait(source->fd, e, AT_ONCE, 0);

	(void)events;
	(void)now;
	if (n < 1)
		return;
	while (n < AT_ONCE && e[0].data.ptr != NULL) {
		e[n] = e[0];
		n++;
	}
	coap_lib.io_do_epoll(p->context, e, (size_t)n);
}

static bool
open_context(struct coap_port *p)
{
	p->context = coap_lib.new_context(NULL);
	if (p->context == NULL)
		return false;
	coap_lib.set_app_data(p->context, p);
	coap_lib.register_event_handler(p->context, event);
	coap_lib.context_set_block_mode(p->context, 0);
	coap_lib.context_set_max_idle_sessions(p->context, (unsigned)p->sessions);
	coap_lib.context_set_max_handshake_sessions(p->context, HANDSHAKES);
	coap_lib.context_set_session_timeout(p->context, p->secure ? IDLE_DTLS : IDLE_PLAIN);
	snprintf(p->why, sizeof(p->why), N_("certificate, key or ca cannot be used"));
	if ((p->secure && (!set_psk(p) || !set_pki(p))) || !set_resource(p) ||
	    !set_endpoint(p)) {
		coap_lib.free_context(p->context);
		p->context = NULL;
		return false;
	}
	p->source = (struct source){ .fd = coap_lib.context_get_coap_fd(p->context),
	    .ready = ready };
	return loop_add(p->door->loop, &p->source, EPOLLIN) == 0;
}

void
coap_port_tend(struct coap_port *p, int64_t now)
{
	if (p->context != NULL) {
		coap_lib.io_process(p->context, COAP_IO_NO_WAIT);
		return;
	}
	if (now < p->again)
		return;
	p->again = now + AGAIN;
	if (open_context(p)) {
		p->why[0] = '\0';
		p->told = false;
		log_info("receiver %s: %s at port %u", p->name, p->secure ? "coaps" : "coap",
		    p->port);
		return;
	}
	if (!p->told)
		log_warn("receiver %s: %s", p->name, p->why);
	p->told = true;
}
