#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../crypt_lib.h"
#include "../room.h"
#include "../text.h"
#include "tls.h"
#include "tls_lib.h"

/* Suites of TLS 1.3 with SHA-256 alone: a key of both ends is bound to it, and with
 * another one OpenSSL would pass over the identity and look at the next. */
#define SUITES	"TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_CCM_SHA256"
#define PSK_CIPHERS "ECDHE-PSK-CHACHA20-POLY1305:ECDHE-PSK-AES128-CBC-SHA256:" \
	"DHE-PSK-AES128-GCM-SHA256:PSK-AES256-GCM-SHA384:PSK-AES128-GCM-SHA256:" \
	"PSK-AES128-CCM:PSK-AES128-CCM8:PSK-AES256-CBC-SHA384:PSK-AES128-CBC-SHA256:" \
	"PSK-AES128-CBC-SHA"

struct tls_terms {
	SSL_CTX		*ctx;
	size_t		(*psk)(void *, const char *, uint8_t[TLS_PSK_MAX]);
	void		*owner;
};

struct tls {
	SSL		*ssl;
	size_t		(*psk)(void *, const char *, uint8_t[TLS_PSK_MAX]);
	void		*owner;
	bool		 asked;		/* for the key of the claim ... */
	bool		 known;		/* ... and there is one */
	bool		 by_key;
	bool		 shaken;
	char		 claim[TLS_ID_MAX + 1], identity[TLS_ID_MAX + 1];
};

static bool
printable(const char *text, size_t n)
{
	if (n == 0 || n > TLS_ID_MAX)
		return false;
	for (size_t i = 0; i < n; i++)
		if (text[i] <= 0x20 || text[i] >= 0x7f)
			return false;
	return true;
}

/* Whoever names nobody gets a key that nobody has, so that he cannot tell one who
 * is nobody from a wrong key (RFC 4279, 2).  The identity that was asked for first
 * is the one that is proven: a second one is refused. */
static unsigned int
ask_psk(SSL *conn, const char *identity, unsigned char *key, unsigned int most)
{
	struct tls *t = ssl.SSL_get_ex_data(conn, 0);
	uint8_t own[TLS_PSK_MAX];
	size_t n = 0;

	if (identity == NULL || !printable(identity, strlen(identity)) || most < TLS_PSK_MAX ||
	    (t->asked && strcmp(identity, t->claim) != 0))
		return 0;
	t->asked = true;
	strcpy(t->claim, identity);
	n = t->psk(t->owner, identity, own);
	t->known = n > 0;
	if (n == 0 && crypto.RAND_bytes(own, 32) == 1)
		n = 32;
	memcpy(key, own, n);
	explicit_bzero(own, sizeof(own));
	return (unsigned int)n;
}

static int
fail(struct tls_terms *t, const char *what, char *why, size_t n)
{
	unsigned long error = crypto.ERR_peek_last_error();
	const char *words = error != 0 ? crypto.ERR_reason_error_string(error) : NULL;

	snprintf(why, n, "%s: %s", what, words != NULL ? words : N_("not usable"));
	crypto.ERR_clear_error();
	tls_terms_free(t);
	return -1;
}

static int
take_certificate(struct tls_terms *t, const struct tls_words *w, char *why, size_t n)
{
	if (ssl.SSL_CTX_use_certificate_chain_file(t->ctx, w->cert) != 1)
		return fail(t, w->cert, why, n);
	if (ssl.SSL_CTX_use_PrivateKey_file(t->ctx, w->key, SSL_FILETYPE_PEM) != 1 ||
	    ssl.SSL_CTX_check_private_key(t->ctx) != 1)
		return fail(t, w->key, why, n);
	if (w->ca == NULL)
		return 0;
	if (ssl.SSL_CTX_load_verify_locations(t->ctx, w->ca, NULL) != 1)
		return fail(t, w->ca, why, n);
	ssl.SSL_CTX_set_client_CA_list(t->ctx, ssl.SSL_load_client_CA_file(w->ca));
	ssl.SSL_CTX_set_verify(t->ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	return 0;
}

/* A private key with a password would ask for it at the terminal. */
static int
no_password(char *to, int n, int writes, void *arg)
{
	(void)to;
	(void)n;
	(void)writes;
	(void)arg;
	return 0;
}

struct tls_terms *
tls_terms_new(const struct tls_words *w, char *why, size_t n)
{
	struct tls_terms *t = room_for(1, sizeof(*t));

	if (!tls_lib_load()) {
		snprintf(why, n, N_("libssl.so.3 cannot be loaded"));
		free(t);
		return NULL;
	}
	crypto.ERR_clear_error();
	t->ctx = ssl.SSL_CTX_new(ssl.TLS_server_method());
	t->psk = w->psk;
	t->owner = w->owner;
	if (t->ctx == NULL ||
	    ssl.SSL_CTX_ctrl(t->ctx, SSL_CTRL_SET_MIN_PROTO_VERSION, TLS1_2_VERSION, NULL) != 1 ||
	    ssl.SSL_CTX_set_ciphersuites(t->ctx, SUITES) != 1) {
		fail(t, "OpenSSL", why, n);
		return NULL;
	}
	ssl.SSL_CTX_set_options(t->ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET |
	    SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
	ssl.SSL_CTX_set_num_tickets(t->ctx, 0);
	ssl.SSL_CTX_ctrl(t->ctx, SSL_CTRL_SET_SESS_CACHE_MODE, SSL_SESS_CACHE_OFF, NULL);
	ssl.SSL_CTX_ctrl(t->ctx, SSL_CTRL_MODE, SSL_MODE_RELEASE_BUFFERS |
	    SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER, NULL);
	ssl.SSL_CTX_ctrl(t->ctx, SSL_CTRL_SET_DH_AUTO, 1, NULL);
	ssl.SSL_CTX_set_default_passwd_cb(t->ctx, no_password);
	if (w->cert != NULL)
		return take_certificate(t, w, why, n) == 0 ? t : NULL;
	ssl.SSL_CTX_set_psk_server_callback(t->ctx, ask_psk);
	if (ssl.SSL_CTX_set_cipher_list(t->ctx, PSK_CIPHERS) == 1)
		return t;
	fail(t, "OpenSSL", why, n);
	return NULL;
}

void
tls_terms_free(struct tls_terms *t)
{
	if (t == NULL)
		return;
	ssl.SSL_CTX_free(t->ctx);
	free(t);
}

struct tls *
tls_new(const struct tls_terms *terms, int fd)
{
	struct tls *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return NULL;
	t->psk = terms->psk;
	t->owner = terms->owner;
	t->by_key = terms->psk != NULL;
	t->ssl = ssl.SSL_new(terms->ctx);
	if (t->ssl != NULL && ssl.SSL_set_ex_data(t->ssl, 0, t) == 1 &&
	    ssl.SSL_set_fd(t->ssl, fd) == 1) {
		ssl.SSL_set_accept_state(t->ssl);
		return t;
	}
	crypto.ERR_clear_error();
	tls_free(t);
	return NULL;
}

void
tls_free(struct tls *t)
{
	if (t == NULL)
		return;
	ssl.SSL_free(t->ssl);
	free(t);
}

static enum tls_state
state_of(struct tls *t, int rc)
{
	int error = ssl.SSL_get_error(t->ssl, rc);

	crypto.ERR_clear_error();
	switch (error) {
	case SSL_ERROR_NONE:
		return TLS_GOES_ON;
	case SSL_ERROR_WANT_READ:
		return TLS_WANTS_READ;
	case SSL_ERROR_WANT_WRITE:
		return TLS_WANTS_WRITE;
	case SSL_ERROR_ZERO_RETURN:
		return TLS_ENDED;
	default:
		return TLS_BROKEN;
	}
}

/* The common name of a certificate that its authority vouches for. */
static void
name_by_certificate(struct tls *t)
{
	X509 *cert = ssl.SSL_get0_peer_certificate(t->ssl);
	char name[TLS_ID_MAX + 2];
	int n = cert == NULL || ssl.SSL_get_verify_result(t->ssl) != X509_V_OK ||
	    (ssl.SSL_get_verify_mode(t->ssl) & SSL_VERIFY_PEER) == 0 ? -1 :
	    crypto.X509_NAME_get_text_by_NID(crypto.X509_get_subject_name(cert),
	    NID_commonName, name, sizeof(name));

	if (n > 0 && printable(name, (size_t)n) && strlen(name) == (size_t)n)
		strcpy(t->identity, name);
}

enum tls_state
tls_shake(struct tls *t)
{
	enum tls_state state = state_of(t, ssl.SSL_do_handshake(t->ssl));

	if (state != TLS_GOES_ON)
		return state;
	t->shaken = true;
	if (t->by_key && t->known)
		strcpy(t->identity, t->claim);
	else if (!t->by_key)
		name_by_certificate(t);
	/* a port that asks for a proof has one from everybody, or there is a fault */
	return t->by_key && t->identity[0] == '\0' ? TLS_BROKEN : TLS_GOES_ON;
}

enum tls_state
tls_read(struct tls *t, void *to, size_t n, size_t *got)
{
	int rc = ssl.SSL_read_ex(t->ssl, to, n, got);

	return rc == 1 ? TLS_GOES_ON : state_of(t, rc);
}

bool
tls_has_more(const struct tls *t)
{
	return ssl.SSL_pending(t->ssl) > 0;
}

enum tls_state
tls_write(struct tls *t, const void *from, size_t n, size_t *put)
{
	int rc = ssl.SSL_write_ex(t->ssl, from, n, put);

	return rc == 1 ? TLS_GOES_ON : state_of(t, rc);
}

void
tls_bye(struct tls *t)
{
	if (t->shaken)
		ssl.SSL_shutdown(t->ssl);
	crypto.ERR_clear_error();
}

const char *
tls_identity(const struct tls *t)
{
	return t->identity;
}

const char *
tls_claim(const struct tls *t)
{
	return t->claim;
}

bool
tls_wrong_key(const struct tls *t)
{
	return t->asked && t->known && !t->shaken;
}

void
tls_common_name(const uint8_t *der, size_t n, char name[TLS_NAME_MAX + 1])
{
	X509 *cert;
	int len;

	name[0] = '\0';
	if (!crypt_lib_load())
		return;
	cert = crypto.d2i_X509(NULL, &der, (long)n);
	if (cert == NULL) {
		crypto.ERR_clear_error();
		return;
	}
	len = crypto.X509_NAME_get_text_by_NID(crypto.X509_get_subject_name(cert),
	    NID_commonName, name, TLS_NAME_MAX + 1);
	for (int i = 0; i < len; i++)
		if ((unsigned char)name[i] < ' ' || name[i] == 0x7f)
			len = -1;		/* with a NUL it would be another one */
	if (len < 0)
		name[0] = '\0';
	crypto.X509_free(cert);
}
