#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../clock.h"
#include "../hash.h"
#include "../log.h"
#include "../room.h"
#include "../secret.h"
#include "../text.h"
#include "coap_client.h"
#include "coap_recent.h"
#include "tls.h"

#define RETRANSMIT	2		/* after some 15 s nobody is there */
#define GIVE_UP		(90 * US_PER_S)	/* the library would have told by then */

static char *
copy(const char *text)
{
	return strcpy(room_for(strlen(text) + 1, 1), text);
}

static uint64_t
digest_text(uint64_t digest, const char *text)
{
	return hash_bytes(digest, text, strlen(text));
}

uint64_t
coap_client_digest(const struct link_conf *l)
{
	uint64_t d = digest_text(HASH_BEGIN, l->uri);

	d = hash_bytes(d, &l->digest, sizeof(l->digest));
	d = hash_bytes(d, &l->every, sizeof(l->every));
	d = hash_bytes(d, &l->observe, sizeof(l->observe));
	d = digest_text(digest_text(d, l->identity), l->psk);
	d = digest_text(digest_text(digest_text(d, l->certificate), l->key), l->ca);
	for (size_t i = 0; i < l->paths.n; i++)
		d = digest_text(d, l->paths.at[i]);
	return d;
}

static void
answered(struct delivery *d, enum door_code code, const char *why, int64_t now)
{
	(void)d;
	(void)now;
	if (code != DOOR_STORED)
		log_debug("door: an answer that was fetched is refused: %s",
		    why[0] != '\0' ? why : door_words(code));
}

static void
all_failed(struct coap_client *c, const char *why, int64_t now)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->fetches[i].wanted || c->fetches[i].asked != 0)
			coap_client_failed(c, &c->fetches[i], why, now);
}

static void
found(struct coap_far *far, const char *why, int64_t now)
{
	struct coap_client *c = owner_of(far, struct coap_client, far);

	if (why[0] != '\0')
		all_failed(c, why, now);
	else
		loop_arm(c->door->loop, c->timer, now);
}

/* Clients of one pace do not all ask at once. */
struct coap_client *
coap_client_new(struct door *door, coap_context_t *context, struct timer *timer,
    const struct link_conf *l, int64_t now)
{
	struct coap_client *c;
	char why[SECRET_PATH_MAX * 2];
	struct secret_key key = { .n = 0 };

	if (l->psk[0] != '\0' && secret_key_load(&key_form_coap, l->psk, &key, why,
	    sizeof(why)) < 0) {
		log_warn("%s: psk: %s: it is not asked", l->name, why);
		return NULL;
	}
	c = room_for(1, sizeof(*c));
	c->door = door;
	c->context = context;
	c->key = key;
	snprintf(c->name, sizeof(c->name), "%s", l->name);
	c->timer = timer;
	coap_uri(l->uri, &c->uri);
	coap_far_init(&c->far, door->loop, c->uri.host, c->uri.port, found);
	c->identity = copy(l->identity);
	c->certificate = copy(l->certificate);
	c->private_key = copy(l->key);
	c->ca = copy(l->ca);
	c->digest = coap_client_digest(l);
	c->every = l->every;
	c->observe = l->observe;
	c->n = l->paths.n;
	for (size_t i = 0; i < c->n; i++) {
		c->fetches[i].path = copy(l->paths.at[i]);
		c->fetches[i].delivery.answered = answered;
		c->fetches[i].due = now + (int64_t)((digest_text(HASH_BEGIN, l->name) + i * 7919) %
		    (uint64_t)c->every);
	}
	return c;
}

static void
end_session(struct coap_client *c)
{
	c->broken = false;
	if (c->session == NULL)
		return;
	coap_lib_leave(c->session);
	c->session = NULL;
	for (size_t i = 0; i < c->n; i++) {
		c->fetches[i].asked = 0;
		c->fetches[i].observed = false;
	}
}

void
coap_client_free(struct coap_client *c)
{
	end_session(c);
	coap_far_end(&c->far);
	for (size_t i = 0; i < c->n; i++) {
		field_line_forget(c->door->line, &c->fetches[i].delivery);
		free(c->fetches[i].path);
	}
	memset(&c->key, 0, sizeof(c->key));
	free(c->identity);
	free(c->certificate);
	free(c->private_key);
	free(c->ca);
	free(c->body);
	free(c);
}

/* One in digits need not be named in it; a name, be it that of identity, must be its:
 * the common one, or the alternative that the library found. */
static bool
is_named(const struct coap_client *c, const char *common, const char *other)
{
	if (c->identity[0] != '\0')
		return strcmp(common, c->identity) == 0 || strcmp(other, c->identity) == 0;
	return !c->uri.named || strcasecmp(common, c->uri.host) == 0 ||
	    strcasecmp(other, c->uri.host) == 0;
}

static int
certified(const char *name, const uint8_t *cert, size_t n, coap_session_t *session,
    unsigned depth, int validated, void *arg)
{
	struct coap_client *c = arg;
	char common[TLS_NAME_MAX + 1];

	(void)session;
	if (depth > 0 || !validated)
		return validated;
	tls_common_name(cert, n, common);
	if (!is_named(c, common, name != NULL ? name : ""))
		c->unproven = c->identity[0] != '\0' ?
		    N_("its certificate has another name than identity") :
		    N_("its certificate has another name than uri");
	return c->unproven == NULL;
}

static coap_session_t *
by_certificate(struct coap_client *c, const coap_address_t *to)
{
	coap_dtls_pki_t pki = { .version = COAP_DTLS_PKI_SETUP_VERSION, .verify_peer_cert = 1,
	    .cert_chain_validation = 1, .cert_chain_verify_depth = 3,
	    .check_cert_revocation = 1, .allow_no_crl = 1, .allow_expired_crl = 1,
	    .validate_cn_call_back = certified, .cn_call_back_arg = c,
	    .client_sni = c->uri.named ? c->uri.host : NULL };

	pki.pki_key.key_type = COAP_PKI_KEY_PEM;
	pki.pki_key.key.pem.ca_file = c->ca;
	if (c->certificate[0] != '\0') {
		pki.pki_key.key.pem.public_cert = c->certificate;
		pki.pki_key.key.pem.private_key = c->private_key;
	}
	return coap_lib.new_client_session_pki(c->context, NULL, to, COAP_PROTO_DTLS, &pki);
}

static coap_session_t *
by_key(struct coap_client *c, const coap_address_t *to)
{
	coap_dtls_cpsk_t psk = { .version = COAP_DTLS_CPSK_SETUP_VERSION,
	    .client_sni = c->uri.named ? c->uri.host : NULL };

	psk.psk_info.identity = (coap_bin_const_t){ .s = (const uint8_t *)c->identity,
	    .length = strlen(c->identity) };
	psk.psk_info.key = (coap_bin_const_t){ .s = c->key.bytes, .length = c->key.n };
	return coap_lib.new_client_session_psk2(c->context, NULL, to, COAP_PROTO_DTLS, &psk);
}

static bool
open_session(struct coap_client *c, const union address *at)
{
	coap_address_t to;

	c->unproven = NULL;
	coap_lib_unproven();
	coap_lib.address_init(&to);
	to.size = address_length(at);
	memcpy(&to.addr, at, to.size);
	c->session = !c->uri.secure ?
	    coap_lib.new_client_session(c->context, NULL, &to, COAP_PROTO_UDP) :
	    c->key.n > 0 ? by_key(c, &to) : by_certificate(c, &to);
	if (c->session == NULL)
		return false;
	c->heard = false;
	coap_lib.session_set_app_data(c->session, c);
	coap_lib.session_set_max_retransmit(c->session, RETRANSMIT);
	return true;
}

/* False: not yet, for its name is being looked up, or in vain. */
static bool
begin_session(struct coap_client *c, int64_t now)
{
	const union address *at;

	if (c->far.left == 0) {
		c->refused = NULL;
		if (coap_far_begin(&c->far) < 0)
			all_failed(c, N_("the name cannot be looked up"), now);
	}
	while ((at = coap_far_next(&c->far)) != NULL)
		if (open_session(c, at))
			return true;
	if (!c->far.names.waiting)
		all_failed(c, N_("it cannot be reached"), now);
	return false;
}

void
coap_client_lost(struct coap_client *c, const char *why, int64_t now)
{
	c->broken = true;
	if (c->heard || c->far.left == 0) {
		/* that somebody else is there says more than that others are dead */
		all_failed(c, !c->heard && c->refused != NULL ? c->refused : why, now);
		return;
	}
	for (size_t i = 0; i < c->n; i++) {
		c->fetches[i].wanted |= c->fetches[i].asked != 0;
		c->fetches[i].asked = 0;
		c->fetches[i].n = 0;
	}
	loop_arm(c->door->loop, c->timer, now);
}

static bool
is_wanted(const struct coap_client *c)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->fetches[i].wanted)
			return true;
	return false;
}

static void
ask_wanted(struct coap_client *c, int64_t now)
{
	if (!is_wanted(c) || (c->session == NULL && !begin_session(c, now)))
		return;
	for (size_t i = 0; i < c->n && !c->broken; i++) {
		struct coap_fetch *f = &c->fetches[i];

		if (f->wanted && !coap_client_ask(c, f, 0, 6, now))
			coap_client_lost(c, N_("it cannot be reached"), now);
		f->wanted &= c->broken;
	}
}

/* The grid stays where it is, however late this one was. */
static void
next_due(struct coap_client *c, struct coap_fetch *f, int64_t now)
{
	int64_t missed = (now - f->due) / c->every;

	f->due += (missed + 1) * c->every;
}

static void
tend_one(struct coap_client *c, struct coap_fetch *f, int64_t now)
{
	if (f->due > now)
		return;
	next_due(c, f, now);
	if (f->asked != 0 && now - f->asked < GIVE_UP)
		return;			/* it is still asked */
	if (f->observed && now < f->told)
		return;			/* what it told last is still fresh */
	f->observed = false;
	f->wanted = true;
}

int64_t
coap_client_tend(struct coap_client *c, int64_t now)
{
	int64_t next = INT64_MAX;

	if (c->broken)
		end_session(c);
	for (size_t i = 0; i < c->n; i++) {
		tend_one(c, &c->fetches[i], now);
		next = c->fetches[i].due < next ? c->fetches[i].due : next;
	}
	ask_wanted(c, now);
	return c->broken && is_wanted(c) ? now : next;
}
