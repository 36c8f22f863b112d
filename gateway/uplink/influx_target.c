#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../secret.h"
#include "influx_target.h"

static char *
copy_of(const char *a, const char *b)
{
	size_t n = strlen(a) + strlen(b) + 1;
	char *copy = malloc(n);

	if (copy != NULL)
		snprintf(copy, n, "%s%s", a, b);
	return copy;
}

static void
forget(char **secret)
{
	if (*secret != NULL)
		secret_clear(*secret, strlen(*secret));
	free(*secret);
	*secret = NULL;
}

static bool
given(const char *text)
{
	return text != NULL && text[0] != '\0';
}

/* NULL: why is filled. */
static char *
read_secret(const char *written, const char *before, char *why, size_t n)
{
	char secret[SECRET_MAX + 1], path[SECRET_PATH_MAX];
	enum secret_fault fault = secret_read(written, secret, path);
	char *copy = NULL;

	if (fault != SECRET_OK)
		snprintf(why, n, secret_words(fault), path);
	else if ((copy = copy_of(before, secret)) == NULL)
		snprintf(why, n, "no memory");
	secret_clear(secret, sizeof(secret));
	return copy;
}

static int
read_into(char **secret, const char *written, const char *before, char *why, size_t n)
{
	if (*secret == NULL && given(written))
		*secret = read_secret(written, before, why, n);
	return *secret == NULL && given(written) ? -1 : 0;
}

/* The first and second version took "Token" alone, the third prefers the name
 * that everybody knows. */
static const char *
scheme_of(const struct influx_conf *c)
{
	if (c->token_scheme == SCHEME_AUTO)
		return c->api == INFLUX_V3 ? "Bearer " : "Token ";
	return c->token_scheme == SCHEME_BEARER ? "Bearer " : "Token ";
}

int
target_secrets(struct influx_target *t, char *why, size_t n)
{
	const struct influx_conf *c = t->conf;

	if (read_into(&t->authorization, c->token, scheme_of(c), why, n) < 0 ||
	    read_into(&t->password, c->password, "", why, n) < 0)
		return -1;
	return read_into(&t->proxy_password, c->proxy_password, "", why, n);
}

void
target_forget(struct influx_target *t)
{
	forget(&t->authorization);
	forget(&t->password);
	forget(&t->proxy_password);
}

/* How each version calls its address, its times in ms, and what is written to.
 * Of the third nothing is taken unless all of a request is sound, so that good
 * lines of a refused one are not written twice. */
static const struct {
	const char	*path, *fixed;
	struct { const char *name; size_t at; } words[2];
} apis[] = {
	[INFLUX_V1] = { "/write", "precision=ms", {
		{ "db", offsetof(struct influx_conf, database) },
		{ "rp", offsetof(struct influx_conf, retention_policy) } } },
	[INFLUX_V2] = { "/api/v2/write", "precision=ms", {
		{ "org", offsetof(struct influx_conf, org) },
		{ "bucket", offsetof(struct influx_conf, bucket) } } },
	[INFLUX_V3] = { "/api/v3/write_lp", "precision=millisecond&accept_partial=false", {
		{ "db", offsetof(struct influx_conf, database) } } },
};

/* "http://host:8086" means the address of the API; a path that is given stands,
 * and so does its query. */
static int
make_url(struct influx_target *t, char *why, size_t n)
{
	const struct influx_conf *c = t->conf;
	const char *path = strchr(strstr(c->url, "://") + 3, '/'), *value;
	bool bare = path == NULL || path[1] == '\0';
	char escaped[3 * 256 + 1];
	int len = snprintf(t->url, sizeof(t->url), "%.*s%s%c%s",
	    (int)(bare && path != NULL ? path - c->url : (int)strlen(c->url)), c->url,
	    bare ? apis[c->api].path : "", strchr(c->url, '?') == NULL ? '?' : '&',
	    apis[c->api].fixed);

	for (int i = 0; i < 2 && apis[c->api].words[i].name != NULL; i++) {
		memcpy(&value, (const char *)c + apis[c->api].words[i].at, sizeof(value));
		if (!given(value))
			continue;
		if (len >= (int)sizeof(t->url) || !http_escape(value, escaped, sizeof(escaped)))
			break;
		len += snprintf(t->url + len, sizeof(t->url) - (size_t)len, "&%s=%s",
		    apis[c->api].words[i].name, escaped);
	}
	if (len < (int)sizeof(t->url))
		return 0;
	snprintf(why, n, "url is too long");
	return -1;
}

int
target_open(struct influx_target *t, const struct influx_conf *c, char *why, size_t n)
{
	*t = (struct influx_target){ .conf = c };
	return make_url(t, why, n) == 0 ? target_secrets(t, why, n) : -1;
}

struct http_request
target_request(const struct influx_target *t)
{
	const struct influx_conf *c = t->conf;

	return (struct http_request){ .url = t->url, .type = "text/plain; charset=utf-8",
	    .authorization = t->authorization, .user = given(c->user) ? c->user : NULL,
	    .password = t->password, .ca = given(c->ca) ? c->ca : NULL,
	    .cert = given(c->cert) ? c->cert : NULL, .key = given(c->key) ? c->key : NULL,
	    .headers = (const char *const *)c->headers.at, .nheaders = c->headers.n,
	    .proxy = given(c->proxy) ? c->proxy : NULL,
	    .proxy_user = given(c->proxy_user) ? c->proxy_user : NULL,
	    .proxy_password = t->proxy_password, .gzip = (int)c->gzip, .timeout = c->timeout };
}
