#include <errno.h>
#include <string.h>

#include "../../gateway/uplink/cannot.h"
#include "../check.h"

/* As OpenSSL 3 says them, in a line of libcurl or of libmosquitto. */
static const struct { const char *said; bool psk; const char *has; } tls[] = {
	{ "sslv3 alert illegal parameter", true, "psk_identity" },
	{ "tlsv1 alert unknown psk identity", true, "psk_identity" },
	{ "tlsv1 alert decrypt error", true, "psk_identity" },
	{ "sslv3 alert handshake failure", true, "psk_identity" },
	{ "sslv3 alert handshake failure", false, "it may want a key" },
	{ "certificate verify failed", false, "authority of ca" },
	{ "certificate verify failed", true, "authority of ca" },
	{ " host name verification failed.", false, "another name" },
	{ "tlsv13 alert certificate required, errno 0", false, "wants a certificate of ours" },
	{ "tlsv1 alert unknown ca", false, "authority of our certificate" },
	{ "sslv3 alert certificate expired", false, "our certificate has expired" },
	{ "sslv3 alert certificate revoked", false, "revoked" },
	{ "sslv3 alert bad certificate", false, "does not take our certificate" },
	{ "sslv3 alert certificate unknown", false, "does not take our certificate" },
	{ "wrong version number", false, "no TLS at this port" },
	{ "tlsv1 alert protocol version", false, "another version of TLS" },
	{ "unexpected eof while reading", false, "hung up during TLS" },
};

static void
what_tls_says_is_put_into_words(void)
{
	for (size_t i = 0; i < sizeof(tls) / sizeof(tls[0]); i++) {
		const char *words = cannot_tls(tls[i].said, tls[i].psk);

		if (words == NULL || strstr(words, tls[i].has) == NULL)
			fprintf(stderr, "\"%s\": %s\n", tls[i].said, words != NULL ? words : "-");
		CHECK(words != NULL && strstr(words, tls[i].has) != NULL);
	}
	/* without a key these are faults of another kind */
	CHECK(cannot_tls("sslv3 alert illegal parameter", false) == NULL);
	CHECK(cannot_tls("something new", true) == NULL && cannot_tls("", false) == NULL);
}

static void
so_is_what_the_network_says(void)
{
	CHECK(strcmp(cannot_connect(ECONNREFUSED), "refused: nothing listens there") == 0);
	CHECK(strstr(cannot_connect(ETIMEDOUT), "does not answer") != NULL);
	CHECK(strcmp(cannot_connect(EMFILE), strerrordesc_np(EMFILE)) == 0);
	CHECK(cannot_connect(99999)[0] == '\0');
}

static void
so_is_who_says_nothing(void)
{
	CHECK(strstr(cannot_stay(&(struct cannot_way){ .tls = false }), "mqtts://") != NULL);
	CHECK(strstr(cannot_stay(&(struct cannot_way){ .tls = true }), "want a cert") != NULL);
	CHECK(strstr(cannot_stay(&(struct cannot_way){ .tls = true, .cert = true }),
	    "not take our") != NULL);
	CHECK(strstr(cannot_stay(&(struct cannot_way){ .tls = true, .psk = true }),
	    "cert") == NULL);
}

int
main(void)
{
	RUN(what_tls_says_is_put_into_words);
	RUN(so_is_what_the_network_says);
	RUN(so_is_who_says_nothing);
	return 0;
}
