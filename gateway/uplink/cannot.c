#include <errno.h>
#include <string.h>

#include "../../conf/err.h"
#include "cannot.h"

static const struct { int error; const char *words; } roads[] = {
	{ ECONNREFUSED, ERR_("refused: nothing listens there") },
	{ ETIMEDOUT, ERR_("timed out: the far end does not answer") },
	{ EHOSTUNREACH, ERR_("no way to the far end") },
	{ ENETUNREACH, ERR_("no way to its network") },
	{ ENETDOWN, ERR_("the network is down") },
	{ EHOSTDOWN, ERR_("the far end is switched off") },
	{ ECONNRESET, ERR_("it hung up without an answer") },
	{ EPIPE, ERR_("it hung up without an answer") },
};

#define KEY_IS_ANOTHER	ERR_("it knows no such psk_identity, or its key is another than psk")
#define CERT_IS_NOTHING	ERR_("it does not take our certificate: cert, key")

/* With a key the broker answers to a false one with any of these, by version and by
 * which of the two is false. */
static const struct { const char *said; bool psk; const char *words; } alerts[] = {
	{ "psk identity", true, KEY_IS_ANOTHER },
	{ "illegal parameter", true, KEY_IS_ANOTHER },
	{ "decrypt error", true, KEY_IS_ANOTHER },
	{ "decryption failed", true, KEY_IS_ANOTHER },
	{ "bad record mac", true, KEY_IS_ANOTHER },
	{ "binder", true, KEY_IS_ANOTHER },
	{ "handshake failure", true, KEY_IS_ANOTHER },
	{ "internal error", true, KEY_IS_ANOTHER },
	{ "certificate verify failed", false, ERR_("its certificate is not by an authority of "
	  "ca, or not valid now") },
	{ "host name verification", false, ERR_("its certificate is for another name than that "
	  "by which it is called") },
	{ "certificate required", false, ERR_("it wants a certificate of ours: cert, key") },
	{ "unknown ca", false, ERR_("it does not trust the authority of our certificate: "
	  "cert") },
	{ "certificate expired", false, ERR_("our certificate has expired: cert") },
	{ "certificate revoked", false, ERR_("our certificate was revoked: cert") },
	{ "bad certificate", false, CERT_IS_NOTHING },
	{ "certificate unknown", false, CERT_IS_NOTHING },
	{ "unsupported certificate", false, CERT_IS_NOTHING },
	{ "wrong version number", false, ERR_("it speaks no TLS at this port") },
	{ "packet length too long", false, ERR_("it speaks no TLS at this port") },
	{ "protocol version", false, ERR_("it speaks another version of TLS") },
	{ "unsupported protocol", false, ERR_("it speaks another version of TLS") },
	{ "handshake failure", false, ERR_("it takes no TLS of ours: it may want a key, or a "
	  "certificate") },
	{ "unexpected eof", false, ERR_("it hung up during TLS: it may speak none at this "
	  "port") },
};

const char *
cannot_connect(int error)
{
	const char *words = strerrordesc_np(error);

	for (size_t i = 0; i < sizeof(roads) / sizeof(roads[0]); i++)
		if (roads[i].error == error)
			return roads[i].words;
	return words != NULL ? words : "";
}

const char *
cannot_tls(const char *said, bool psk)
{
	for (size_t i = 0; i < sizeof(alerts) / sizeof(alerts[0]); i++)
		if ((psk || !alerts[i].psk) && strstr(said, alerts[i].said) != NULL)
			return alerts[i].words;
	return NULL;
}

const char *
cannot_stay(const struct cannot_way *w)
{
	if (!w->tls)
		return ERR_("it hung up without an answer: mqtts:// where it wants TLS");
	if (w->psk)
		return ERR_("it hung up without an answer");
	/* Its alert often comes behind the end of its connection. */
	return w->cert ? ERR_("it hung up: it may not take our certificate (cert, key), or "
	    "no TLS") : ERR_("it hung up: it may want a certificate of ours (cert, key), or "
	    "no TLS");
}
