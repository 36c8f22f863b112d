#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../conf/err.h"
#include "../secret.h"
#include "http_far.h"

static void
forget(char **secret)
{
	if (*secret != NULL)
		secret_clear(*secret, strlen(*secret));
	free(*secret);
	*secret = NULL;
}

static char *
joined(const char *a, const char *b)
{
	size_t n = strlen(a) + strlen(b) + 1;
	char *text = malloc(n);

	if (text != NULL)
		snprintf(text, n, "%s%s", a, b);
	return text;
}

static int
read_into(char **to, const char *written, const char *before, char *why, size_t n)
{
	char secret[SECRET_MAX + 1];
	int rc;

	if (*to != NULL || given(written) == NULL)
		return 0;
	rc = secret_load(written, secret, why, n);
	if (rc == 0 && (*to = joined(before, secret)) == NULL) {
		snprintf(why, n, "no memory");
		rc = -1;
	}
	secret_clear(secret, sizeof(secret));
	return rc;
}

int
http_far_secrets(struct http_far *f, char *why, size_t n)
{
	const struct http_conf *c = f->conf;

	if (read_into(&f->authorization, c->token, f->scheme, why, n) < 0 ||
	    read_into(&f->password, c->login.password, "", why, n) < 0)
		return -1;
	return read_into(&f->proxy_password, c->proxy.password, "", why, n);
}

void
http_far_forget(struct http_far *f)
{
	forget(&f->authorization);
	forget(&f->password);
	forget(&f->proxy_password);
}

int
http_far_open(struct http_far *f, const struct http_conf *c, const char *scheme,
    struct meter *meter, char *why, size_t n)
{
	*f = (struct http_far){ .conf = c, .scheme = scheme, .http = http_new(meter) };
	if (f->http == NULL)
		snprintf(why, n, "no memory, or no libcurl");
	else if (http_far_secrets(f, why, n) == 0)
		return 0;
	http_far_close(f);
	return -1;
}

void
http_far_close(struct http_far *f)
{
	http_free(f->http);
	f->http = NULL;
	http_far_forget(f);
}

struct http_request
http_far_request(const struct http_far *f)
{
	const struct http_conf *c = f->conf;

	return (struct http_request){ .url = c->url, .authorization = f->authorization,
	    .user = given(c->login.user), .password = f->password, .ca = given(c->tls.ca),
	    .cert = given(c->tls.cert), .key = given(c->tls.key),
	    .headers = (const char *const *)c->headers.at, .nheaders = c->headers.n,
	    .proxy = given(c->proxy.url), .proxy_user = given(c->proxy.user),
	    .proxy_password = f->proxy_password, .timeout = c->timeout };
}

int
http_far_post(struct http_far *f, const struct http_request *q, struct http_reply *reply,
    char *why, size_t n)
{
	f->said[0] = '\0';
	if (http_post(f->http, q, reply, why, n) < 0)
		return -1;
	f->page = reply->words[strspn(reply->words, " \t\r\n\xef\xbb\xbf")] == '<';
	reply->words[strcspn(reply->words, "\r\n")] = '\0';
	snprintf(f->said, sizeof(f->said), "%.*s", (int)sizeof(f->said) - 1, reply->words);
	return 0;
}

static const struct http_status statuses[] = {
	{ 200, 299, HTTP_SLOWLY, false,
	  ERR_("answers with a page, as a log-in page of a network does") },
	{ 300, 399, HTTP_SLOWLY, false, ERR_("sends us elsewhere: url must name the last place") },
	{ 401, 401, HTTP_SLOWLY, false, ERR_("does not know us: user, password or token") },
	{ 403, 403, HTTP_SLOWLY, true,  ERR_("does not let us write") },
	{ 404, 404, HTTP_SLOWLY, true,  ERR_("has no such path: url") },
	{ 405, 405, HTTP_SLOWLY, false, ERR_("takes no POST there: url") },
	{ 407, 407, HTTP_SLOWLY, false, ERR_("is behind a proxy that does not know us") },
	{ 408, 408, 0,           false, ERR_("waited too long for us") },
	{ 425, 425, 0,           false, ERR_("asks us to come again") },
	{ 429, 429, 0,           false, ERR_("asks us to slow down") },
	{ 503, 503, 0,           false, ERR_("is not ready") },
	{ 500, 599, 0,           false, ERR_("has trouble of its own") },
	{ 0,   999, HTTP_SLOWLY, true,  ERR_("refuses") },
};

static const struct http_status *
meaning(const struct http_status *own, int status)
{
	const struct http_status *s = own;

	while (s->to != 0 && (status < s->from || status > s->to))
		s++;
	if (s->to != 0)
		return s;
	for (s = statuses; status < s->from || status > s->to; )
		s++;
	return s;
}

void
http_far_refused(struct http_far *f, const struct http_status *own,
    const struct http_reply *reply, char *why, size_t n)
{
	const struct http_status *s = meaning(own, reply->status);

	f->pause = reply->retry_after > s->pause ? reply->retry_after : s->pause;
	if (s->body && !f->page && f->said[0] != '\0')
		snprintf(why, n, "it %s (%d): %s", s->words, reply->status, f->said);
	else
		snprintf(why, n, "it %s (%d)", s->words, reply->status);
}
