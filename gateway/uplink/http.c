#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "../../conf/err.h"
#include "../clock.h"
#include "cannot.h"
#include "curl_lib.h"
#include "http.h"

#define CONNECT_LIMIT	(10 * US_PER_S)
#define BODY_MAX	(64 << 10)	/* of an answer; the rest is not waited for */
#define lib		curl_lib
#define GZIP_WINDOW	(15 + 16)	/* + 16: with the head of gzip */

struct http {
	CURL			*curl;
	struct curl_slist	*headers;
	struct meter		*meter;
	struct http_reply	*reply;
	struct buf		*answer;
	char			 said[CURL_ERROR_SIZE];	/* by the library */
};

struct http *
http_new(struct meter *meter)
{
	struct http *h = calloc(1, sizeof(*h));

	if (h == NULL || !curl_lib_load() || (h->curl = lib.init()) == NULL) {
		free(h);
		return NULL;
	}
	h->meter = meter;
	return h;
}

void
http_free(struct http *h)
{
	if (h == NULL)
		return;
	lib.cleanup(h->curl);
	free(h);
}

/* Keeps the beginning; a body without end ends the transfer. */
static size_t
take_body(char *bytes, size_t one, size_t n, void *to)
{
	struct http *h = to;
	struct http_reply *reply = h->reply;
	size_t kept = reply->len < HTTP_WORDS - 1 ? HTTP_WORDS - 1 - reply->len : 0;

	n *= one;
	if (h->answer != NULL)
		buf_putbytes(h->answer, bytes, n);
	if (kept > n)
		kept = n;
	if (kept > 0)
		memcpy(reply->words + reply->len, bytes, kept);
	reply->len += n;
	return reply->len <= BODY_MAX ? n : 0;
}

/* NULL: no memory. */
static uint8_t *
packed(const void *body, size_t len, int level, size_t *n)
{
	z_stream z = { .next_in = (Bytef *)(uintptr_t)body, .avail_in = (uInt)len };
	uint8_t *out = NULL;
	uLong most;

	if (deflateInit2(&z, level, Z_DEFLATED, GZIP_WINDOW, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		return NULL;
	most = deflateBound(&z, (uLong)len);
	out = malloc(most);
	if (out != NULL) {
		z.next_out = out;
		z.avail_out = (uInt)most;
		if (deflate(&z, Z_FINISH) != Z_STREAM_END) {
			free(out);
			out = NULL;
		} else
			*n = z.total_out;
	}
	deflateEnd(&z);
	return out;
}

size_t
http_packed(const void *body, size_t len, int level)
{
	size_t n = len;

	free(packed(body, len, level, &n));
	return n;
}

static int
add_line(struct http *h, const char *line)
{
	struct curl_slist *more = lib.append(h->headers, line);

	if (more == NULL)
		return -1;
	h->headers = more;
	return 0;
}

static int
add_header(struct http *h, const char *name, const char *value)
{
	char line[5000];
	int rc;

	snprintf(line, sizeof(line), "%s: %s", name, value);
	rc = add_line(h, line);
	memset(line, 0, sizeof(line));
	return rc;
}

static int
set_headers(struct http *h, const struct http_request *q, bool gzip)
{
	if ((q->type != NULL ? add_header(h, "Content-Type", q->type) :
	    add_line(h, "Content-Type:")) < 0 || add_line(h, "Expect:") < 0 ||
	    add_line(h, "Accept:") < 0)
		return -1;
	for (size_t i = 0; i < q->nheaders; i++)
		if (add_line(h, q->headers[i]) < 0)
			return -1;
	if (gzip && add_header(h, "Content-Encoding", "gzip") < 0)
		return -1;
	if (q->authorization != NULL && add_header(h, "Authorization", q->authorization) < 0)
		return -1;
	lib.set(h->curl, CURLOPT_HTTPHEADER, h->headers);
	return 0;
}

/* The environment has no say in it, as it has with the library else. */
static void
set_proxy(CURL *c, const struct http_request *q)
{
	lib.set(c, CURLOPT_PROXY, q->proxy != NULL ? q->proxy : "");
	lib.set(c, CURLOPT_NOPROXY, "");
	if (q->proxy == NULL || q->proxy_user == NULL)
		return;
	lib.set(c, CURLOPT_PROXYAUTH, (long)CURLAUTH_BASIC);
	lib.set(c, CURLOPT_PROXYUSERNAME, q->proxy_user);
	lib.set(c, CURLOPT_PROXYPASSWORD, q->proxy_password != NULL ? q->proxy_password : "");
}

static void
set_certificates(CURL *c, const struct http_request *q)
{
	lib.set(c, CURLOPT_SSL_VERIFYPEER, 1L);
	lib.set(c, CURLOPT_SSL_VERIFYHOST, 2L);
	if (q->ca != NULL)
		lib.set(c, CURLOPT_CAINFO, q->ca);
	if (q->cert == NULL)
		return;
	lib.set(c, CURLOPT_SSLCERT, q->cert);
	lib.set(c, CURLOPT_SSLKEY, q->key);
}

static void
set_options(struct http *h, const struct http_request *q, struct http_reply *reply)
{
	CURL *c = h->curl;
	int64_t connect = q->timeout < CONNECT_LIMIT ? q->timeout : CONNECT_LIMIT;

	/* the connection outlives a reset, the options do not */
	lib.reset(c);
	lib.set(c, CURLOPT_URL, q->url);
	lib.set(c, CURLOPT_PROTOCOLS_STR, "http,https");
	lib.set(c, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	set_proxy(c, q);
	set_certificates(c, q);
	curl_lib_count(c, h->meter);
	lib.set(c, CURLOPT_NOSIGNAL, 1L);
	lib.set(c, CURLOPT_TCP_KEEPALIVE, 1L);
	lib.set(c, CURLOPT_CONNECTTIMEOUT_MS, (long)(connect / 1000));
	lib.set(c, CURLOPT_TIMEOUT_MS, (long)(q->timeout / 1000));
	lib.set(c, CURLOPT_USERAGENT, "tidegate/" VERSION);
	lib.set(c, CURLOPT_WRITEFUNCTION, take_body);
	h->reply = reply;
	h->answer = q->answer;
	lib.set(c, CURLOPT_WRITEDATA, h);
	h->said[0] = '\0';
	lib.set(c, CURLOPT_ERRORBUFFER, h->said);
	if (q->user == NULL)
		return;
	lib.set(c, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
	lib.set(c, CURLOPT_USERNAME, q->user);
	lib.set(c, CURLOPT_PASSWORD, q->password != NULL ? q->password : "");
}

/* What the library says of a certificate names the fault, of other troubles
 * milliseconds, so that it never reads the same twice. */
static bool
of_certificates(CURLcode code)
{
	return code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE ||
	    code == CURLE_SSL_CERTPROBLEM;
}

/* What the far end said as it ended TLS: "certificate required" comes after the
 * handshake, when the connection seems to be there.  NULL: nothing. */
static const char *
alert_of(const struct http *h, int *n)
{
	const char *at = strstr(h->said, " alert ");

	if (at == NULL)
		return NULL;
	at += strlen(" alert ");
	*n = (int)strcspn(at, ",(");
	return at;
}

/* The proxy answered in place of the far end; 0: it did not. */
static int
refused_by_proxy(const struct http *h)
{
	long status = 0;

	lib.info(h->curl, CURLINFO_HTTP_CONNECTCODE, &status);
	return status / 100 == 2 ? 0 : (int)status;
}

/* What happens, in words of ours, which are translated. */
static const char *
words_of(CURLcode code)
{
	static const struct { CURLcode code; const char *words; } known[] = {
		{ CURLE_COULDNT_RESOLVE_HOST,
		  ERR_("the name in url is not known, or no name server answers") },
		{ CURLE_COULDNT_RESOLVE_PROXY,
		  ERR_("the name of the proxy is not known, or no name server answers") },
		{ CURLE_GOT_NOTHING, ERR_("it hung up without an answer") },
		{ CURLE_PARTIAL_FILE, ERR_("its answer broke off") },
		{ CURLE_SEND_ERROR, ERR_("the connection broke") },
		{ CURLE_RECV_ERROR, ERR_("the connection broke") },
		{ CURLE_UNSUPPORTED_PROTOCOL, ERR_("its answer is no HTTP") },
		{ CURLE_WEIRD_SERVER_REPLY, ERR_("its answer is no HTTP") },
		{ CURLE_SSL_CONNECT_ERROR, ERR_("no TLS: it speaks none, or refuses us") },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (known[i].code == code)
			return known[i].words;
	return lib.words(code);
}

static void
say_why(const struct http *h, CURLcode code, int64_t timeout, char *why, size_t n)
{
	const char *alert;
	long error = 0;
	int len = 0;

	lib.info(h->curl, CURLINFO_OS_ERRNO, &error);
	alert = alert_of(h, &len);
	if (alert != NULL && cannot_tls(alert, false) != NULL)
		snprintf(why, n, "it refuses us by TLS: %s", cannot_tls(alert, false));
	else if (alert != NULL)
		snprintf(why, n, "it refuses us by TLS: %.*s", len, alert);
	else if (of_certificates(code) && h->said[0] != '\0')
		snprintf(why, n, "%s", h->said);
	else if (refused_by_proxy(h) != 0)
		snprintf(why, n, "the proxy refuses (%d)", refused_by_proxy(h));
	else if (code == CURLE_OPERATION_TIMEDOUT)
		snprintf(why, n, "no answer within %g s", (double)timeout / US_PER_S);
	else if (error != 0 && code == CURLE_COULDNT_CONNECT)
		snprintf(why, n, "cannot connect: %s", cannot_connect((int)error));
	else
		snprintf(why, n, "%s", words_of(code));
}

static int
perform(struct http *h, const struct http_request *q, struct http_reply *reply, char *why,
    size_t n)
{
	CURLcode code = lib.perform(h->curl);
	curl_off_t after = 0;
	long status = 0, sent = 0;

	lib.info(h->curl, CURLINFO_RESPONSE_CODE, &status);
	lib.info(h->curl, CURLINFO_REQUEST_SIZE, &sent);
	reply->sent = sent > 0;
	if (reply->len >= HTTP_WORDS)
		reply->len = HTTP_WORDS - 1;
	reply->words[reply->len] = '\0';
	/* cut by us: what it answered is known */
	if (code != CURLE_OK && !(code == CURLE_WRITE_ERROR && status >= 200)) {
		say_why(h, code, q->timeout, why, n);
		return -1;
	}
	reply->status = (int)status;
	if (lib.info(h->curl, CURLINFO_RETRY_AFTER, &after) == CURLE_OK && after > 0)
		reply->retry_after = (after < 86400 ? after : 86400) * US_PER_S;
	return 0;
}

static void
set_body(CURL *c, const char *method, const void *body, size_t len)
{
	if (method != NULL && strcmp(method, "GET") == 0) {
		lib.set(c, CURLOPT_HTTPGET, 1L);
		return;
	}
	lib.set(c, CURLOPT_POST, 1L);
	lib.set(c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)len);
	lib.set(c, CURLOPT_POSTFIELDS, body != NULL ? body : "");
	if (method != NULL)
		lib.set(c, CURLOPT_CUSTOMREQUEST, method);
}

int
http_post(struct http *h, const struct http_request *q, struct http_reply *reply, char *why,
    size_t n)
{
	uint8_t *small = NULL;
	size_t len = q->len;
	int result;

	memset(reply, 0, sizeof(*reply));
	if (q->gzip > 0)	/* without memory it goes as it is */
		small = packed(q->body, q->len, q->gzip, &len);
	set_options(h, q, reply);
	set_body(h->curl, q->method, small != NULL ? small : q->body, len);
	if (set_headers(h, q, small != NULL) < 0) {
		snprintf(why, n, "no memory");
		result = -1;
	} else
		result = perform(h, q, reply, why, n);
	lib.reset(h->curl);
	lib.free_all(h->headers);
	h->headers = NULL;
	free(small);
	return result;
}
