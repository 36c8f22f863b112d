#include "curl_lib.h"

#include <stdio.h>
#include <string.h>

#include "../../conf/err.h"
#include "../clock.h"
#include "cannot.h"
#include "smtp.h"

#define lib	curl_lib

/* How much of the body has left. */
struct smtp {
	const struct smtp_request	*q;
	size_t				 at;
};

static size_t
give_body(char *to, size_t one, size_t n, void *ctx)
{
	struct smtp *s = ctx;
	size_t left = s->q->len - s->at;

	n *= one;
	if (n > left)
		n = left;
	memcpy(to, (const char *)s->q->body + s->at, n);
	s->at += n;
	return n;
}

/* What a server says besides its codes is of no use. */
static size_t
drop(char *bytes, size_t one, size_t n, void *ctx)
{
	(void)bytes;
	(void)ctx;
	return one * n;
}

static void
set_tls(CURL *c, const struct smtp_request *q)
{
	static const long how[] = { CURLUSESSL_ALL, CURLUSESSL_TRY, CURLUSESSL_NONE };

	lib.set(c, CURLOPT_USE_SSL, how[q->tls]);
	lib.set(c, CURLOPT_SSL_VERIFYPEER, 1L);
	lib.set(c, CURLOPT_SSL_VERIFYHOST, 2L);
	if (q->ca != NULL)
		lib.set(c, CURLOPT_CAINFO, q->ca);
	if (q->cert != NULL) {
		lib.set(c, CURLOPT_SSLCERT, q->cert);
		lib.set(c, CURLOPT_SSLKEY, q->key);
	}
}

static void
set_who(CURL *c, const struct smtp_request *q)
{
	if (q->user != NULL) {
		lib.set(c, CURLOPT_USERNAME, q->user);
		lib.set(c, CURLOPT_PASSWORD, q->password != NULL ? q->password : "");
	}
	lib.set(c, CURLOPT_PROXY, q->proxy != NULL ? q->proxy : "");
	lib.set(c, CURLOPT_NOPROXY, "");
	if (q->proxy != NULL && q->proxy_user != NULL) {
		lib.set(c, CURLOPT_PROXYUSERNAME, q->proxy_user);
		lib.set(c, CURLOPT_PROXYPASSWORD,
		    q->proxy_password != NULL ? q->proxy_password : "");
	}
}

static const char *
words_of(CURLcode code)
{
	static const struct { CURLcode code; const char *words; } known[] = {
		{ CURLE_COULDNT_RESOLVE_HOST,
		  ERR_("the name in url is not known, or no name server answers") },
		{ CURLE_COULDNT_RESOLVE_PROXY,
		  ERR_("the name of the proxy is not known, or no name server answers") },
		{ CURLE_LOGIN_DENIED, ERR_("it does not know us: user, password") },
		{ CURLE_USE_SSL_FAILED, ERR_("it speaks no TLS: starttls") },
		{ CURLE_SSL_CONNECT_ERROR, ERR_("no TLS: it speaks none, or refuses us") },
		{ CURLE_SEND_ERROR, ERR_("the connection broke") },
		{ CURLE_RECV_ERROR, ERR_("the connection broke") },
		{ CURLE_WEIRD_SERVER_REPLY, ERR_("its answer is no SMTP") },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (known[i].code == code)
			return known[i].words;
	return lib.words(code);
}

static void
say_why(CURL *c, CURLcode code, const struct smtp_request *q, int status, const char *said,
    char *why, size_t n)
{
	long error = 0;

	lib.info(c, CURLINFO_OS_ERRNO, &error);
	if (code == CURLE_PEER_FAILED_VERIFICATION && said[0] != '\0')
		snprintf(why, n, "%s", said);
	else if (code == CURLE_OPERATION_TIMEDOUT)
		snprintf(why, n, "no answer within %g s", (double)q->timeout / US_PER_S);
	else if (code == CURLE_COULDNT_CONNECT && error != 0)
		snprintf(why, n, "cannot connect: %s", cannot_connect((int)error));
	else if (status >= 400 && code != CURLE_LOGIN_DENIED)
		snprintf(why, n, "it refuses (%d)", status);
	else
		snprintf(why, n, "%s", words_of(code));
}

static int
perform(CURL *c, struct smtp *s, struct smtp_reply *reply, char *why, size_t n)
{
	char said[CURL_ERROR_SIZE] = "";
	CURLcode code;
	long status = 0;

	lib.set(c, CURLOPT_ERRORBUFFER, said);
	code = lib.perform(c);
	lib.info(c, CURLINFO_RESPONSE_CODE, &status);
	reply->status = (int)status;
	reply->sent = s->at == s->q->len;
	if (code == CURLE_OK)
		return 0;
	say_why(c, code, s->q, reply->status, said, why, n);
	return -1;
}

int
smtp_send(struct meter *meter, const struct smtp_request *q, struct smtp_reply *reply,
    char *why, size_t n)
{
	CURL *c = curl_lib_load() ? lib.init() : NULL;
	struct curl_slist *to = c != NULL ? lib.append(NULL, q->to) : NULL;
	struct smtp s = { .q = q };
	int rc = -1;

	*reply = (struct smtp_reply){ 0 };
	snprintf(why, n, "no memory, or no libcurl");
	if (to != NULL) {
		lib.set(c, CURLOPT_URL, q->url);
		lib.set(c, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
		lib.set(c, CURLOPT_NOSIGNAL, 1L);
		lib.set(c, CURLOPT_CONNECTTIMEOUT_MS, (long)(q->timeout / 1000));
		lib.set(c, CURLOPT_TIMEOUT_MS, (long)(q->timeout / 1000));
		/* it says QUIT to one that hangs, too */
		lib.set(c, CURLOPT_SERVER_RESPONSE_TIMEOUT,
		    (long)(q->timeout / US_PER_S) + 1);
		curl_lib_count(c, meter);
		set_tls(c, q);
		set_who(c, q);
		lib.set(c, CURLOPT_MAIL_FROM, q->from);
		lib.set(c, CURLOPT_MAIL_RCPT, to);
		lib.set(c, CURLOPT_UPLOAD, 1L);
		lib.set(c, CURLOPT_INFILESIZE_LARGE, (curl_off_t)q->len);
		lib.set(c, CURLOPT_READFUNCTION, give_body);
		lib.set(c, CURLOPT_READDATA, &s);
		lib.set(c, CURLOPT_WRITEFUNCTION, drop);
		rc = perform(c, &s, reply, why, n);
	}
	if (c != NULL) {
		lib.cleanup(c);
		lib.free_all(to);
	}
	return rc;
}
