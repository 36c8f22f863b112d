#include <curl/curl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "../clock.h"
#include "http.h"

#define CONNECT_LIMIT	(10 * US_PER_S)
#define BODY_MAX	(64 << 10)	/* of an answer; the rest is not waited for */
#define GZIP_WINDOW	(15 + 16)	/* + 16: with the head of gzip */

struct http {
	CURL			*curl;
	struct curl_slist	*headers;
};

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void
init_library(void)
{
	curl_global_init(CURL_GLOBAL_ALL);
}

struct http *
http_new(void)
{
	struct http *h = calloc(1, sizeof(*h));

	pthread_once(&once, init_library);
	if (h == NULL || (h->curl = curl_easy_init()) == NULL) {
		free(h);
		return NULL;
	}
	return h;
}

void
http_free(struct http *h)
{
	if (h == NULL)
		return;
	curl_easy_cleanup(h->curl);
	free(h);
}

bool
http_escape(const char *text, char *out, size_t room)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	    "0123456789-._~";
	size_t n = 0;

	for (; *text != '\0'; text++) {
		if (n + 4 > room)
			return false;
		if (strchr(plain, *text) != NULL)
			out[n++] = *text;
		else
			n += (size_t)snprintf(out + n, room - n, "%%%02X", (unsigned char)*text);
	}
	out[n] = '\0';
	return true;
}

/* Keeps the beginning; a body without end ends the transfer. */
static size_t
take_body(char *bytes, size_t one, size_t n, void *to)
{
	struct http_reply *reply = to;
	size_t kept = reply->len < HTTP_WORDS - 1 ? HTTP_WORDS - 1 - reply->len : 0;

	n *= one;
	if (kept > n)
		kept = n;
	if (kept > 0)
		memcpy(reply->words + reply->len, bytes, kept);
	reply->len += n;
	return reply->len <= BODY_MAX ? n : 0;
}

/* The body as gzip at level 1: a fifth of the bytes for a tenth of the time
 * that a better level takes.  NULL: no memory. */
static uint8_t *
packed(const void *body, size_t len, size_t *n)
{
	z_stream z = { .next_in = (Bytef *)(uintptr_t)body, .avail_in = (uInt)len };
	uint8_t *out = NULL;
	uLong most;

	if (deflateInit2(&z, 1, Z_DEFLATED, GZIP_WINDOW, 8, Z_DEFAULT_STRATEGY) != Z_OK)
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

static int
add_header(struct http *h, const char *name, const char *value)
{
	char line[5000];
	struct curl_slist *more;

	snprintf(line, sizeof(line), "%s: %s", name, value);
	more = curl_slist_append(h->headers, line);
	memset(line, 0, sizeof(line));
	if (more == NULL)
		return -1;
	h->headers = more;
	return 0;
}

static int
set_headers(struct http *h, const struct http_request *q, bool gzip)
{
	if (add_header(h, "Content-Type", q->type) < 0 || add_header(h, "Expect", "") < 0)
		return -1;
	if (gzip && add_header(h, "Content-Encoding", "gzip") < 0)
		return -1;
	if (q->authorization != NULL && add_header(h, "Authorization", q->authorization) < 0)
		return -1;
	curl_easy_setopt(h->curl, CURLOPT_HTTPHEADER, h->headers);
	return 0;
}

static void
set_options(struct http *h, const struct http_request *q, struct http_reply *reply)
{
	CURL *c = h->curl;
	int64_t connect = q->timeout < CONNECT_LIMIT ? q->timeout : CONNECT_LIMIT;

	/* the connection outlives a reset, the options do not */
	curl_easy_reset(c);
	curl_easy_setopt(c, CURLOPT_URL, q->url);
	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(c, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(c, CURLOPT_PROXY, "");
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, (long)(connect / 1000));
	curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)(q->timeout / 1000));
	curl_easy_setopt(c, CURLOPT_USERAGENT, "tidegate/" VERSION);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, reply);
	if (q->user == NULL)
		return;
	curl_easy_setopt(c, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
	curl_easy_setopt(c, CURLOPT_USERNAME, q->user);
	curl_easy_setopt(c, CURLOPT_PASSWORD, q->password != NULL ? q->password : "");
}

/* curl's own text names milliseconds, and so never reads the same twice. */
static void
say_why(CURL *c, CURLcode code, int64_t timeout, char *why, size_t n)
{
	long error = 0;

	curl_easy_getinfo(c, CURLINFO_OS_ERRNO, &error);
	if (code == CURLE_OPERATION_TIMEDOUT)
		snprintf(why, n, "no answer within %lld s", (long long)(timeout / US_PER_S));
	else if (error != 0 && code == CURLE_COULDNT_CONNECT)
		snprintf(why, n, "cannot connect: %s", strerrordesc_np((int)error));
	else
		snprintf(why, n, "%s", curl_easy_strerror(code));
}

static int
perform(struct http *h, const struct http_request *q, struct http_reply *reply, char *why,
    size_t n)
{
	CURLcode code = curl_easy_perform(h->curl);
	curl_off_t after = 0;
	long status = 0;

	curl_easy_getinfo(h->curl, CURLINFO_RESPONSE_CODE, &status);
	if (reply->len >= HTTP_WORDS)
		reply->len = HTTP_WORDS - 1;
	reply->words[reply->len] = '\0';
	/* cut by us: what it answered is known */
	if (code != CURLE_OK && !(code == CURLE_WRITE_ERROR && status >= 200)) {
		say_why(h->curl, code, q->timeout, why, n);
		return -1;
	}
	reply->status = (int)status;
	if (curl_easy_getinfo(h->curl, CURLINFO_RETRY_AFTER, &after) == CURLE_OK && after > 0)
		reply->retry_after = (after < 86400 ? after : 86400) * US_PER_S;
	return 0;
}

int
http_post(struct http *h, const struct http_request *q, struct http_reply *reply, char *why,
    size_t n)
{
	uint8_t *small = NULL;
	size_t len = q->len;
	int result;

	memset(reply, 0, sizeof(*reply));
	if (q->gzip)		/* without memory it goes as it is */
		small = packed(q->body, q->len, &len);
	set_options(h, q, reply);
	curl_easy_setopt(h->curl, CURLOPT_POST, 1L);
	curl_easy_setopt(h->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)len);
	curl_easy_setopt(h->curl, CURLOPT_POSTFIELDS, small != NULL ? small : q->body);
	if (set_headers(h, q, small != NULL) < 0) {
		snprintf(why, n, "no memory");
		result = -1;
	} else
		result = perform(h, q, reply, why, n);
	curl_easy_reset(h->curl);
	curl_slist_free_all(h->headers);
	h->headers = NULL;
	free(small);
	return result;
}
