#include <stdio.h>
#include <string.h>

#include "../../protocols/encode.h"
#include "influx_target.h"

/* The first and second version took "Token" alone, the third prefers the name
 * that everybody knows. */
static const char *
scheme_of(const struct influx_conf *c)
{
	if (c->token_scheme == SCHEME_AUTO)
		return c->api == INFLUX_V3 ? "Bearer " : "Token ";
	return c->token_scheme == SCHEME_BEARER ? "Bearer " : "Token ";
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

static void
put(struct buf *to, const char *text)
{
	buf_putbytes(to, text, strlen(text));
}

/* "http://host:8086" means the address of the API; a path that is given stands,
 * and so does its query. */
static int
make_url(struct influx_target *t, const struct influx_conf *c, char *why, size_t n)
{
	const char *url = c->http.url, *path = strchr(strstr(url, "://") + 3, '/'), *value;
	bool bare = path == NULL || path[1] == '\0';
	struct buf to = { .at = (uint8_t *)t->url, .cap = sizeof(t->url) };

	buf_putbytes(&to, url, bare && path != NULL ? (size_t)(path - url) : strlen(url));
	if (bare)
		put(&to, apis[c->api].path);
	buf_put8(&to, strchr(url, '?') == NULL ? '?' : '&');
	put(&to, apis[c->api].fixed);
	for (int i = 0; i < 2 && apis[c->api].words[i].name != NULL; i++) {
		memcpy(&value, (const char *)c + apis[c->api].words[i].at, sizeof(value));
		if (given(value) == NULL)
			continue;
		buf_put8(&to, '&');
		put(&to, apis[c->api].words[i].name);
		buf_put8(&to, '=');
		encode_percent(&to, value, strlen(value));
	}
	buf_put8(&to, '\0');
	if (!to.bad)
		return 0;
	snprintf(why, n, "url is too long");
	return -1;
}

int
target_open(struct influx_target *t, const struct influx_conf *c, struct meter *meter,
    char *why, size_t n)
{
	if (make_url(t, c, why, n) < 0)
		return -1;
	return http_far_open(&t->far, &c->http, scheme_of(c), meter, why, n);
}

/* By device a level of 6 saves a seventh for next to no work; by point the text
 * is five times as long, and so is the work. */
int
influx_gzip(const struct influx_conf *c)
{
	if (c->gzip >= 0)
		return (int)c->gzip;
	return c->layout == LAYOUT_DEVICE ? 6 : 1;
}

struct http_request
target_request(const struct influx_target *t, const struct influx_conf *c)
{
	struct http_request q = http_far_request(&t->far);

	q.url = t->url;
	q.type = "text/plain; charset=utf-8";
	q.gzip = influx_gzip(c);
	return q;
}
