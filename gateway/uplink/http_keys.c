#include <string.h>
#include <strings.h>

#include "../../conf/err.h"
#include "http_conf.h"

#define AT(field)	offsetof(struct http_conf, field)

const struct key http_keys[] = {
	ROWS(AT(login), login_keys),
	{ .name = "token", .type = KEY_SECRET, .offset = AT(token), .fallback = "",
	  .example = "\"cred:token\"",
	  .help = "Sent in place of a user, as \"Authorization: Bearer ...\" where nothing else "
	    "says otherwise; written like password." },
	ROWS(AT(tls), tls_keys),
	{ .name = "headers", .type = KEY_STRINGS, .offset = AT(headers), .fallback = "",
	  .example = "(\"X-Scope-OrgID: site-7\")",
	  .help = "Further header fields of each request, \"Name: value\"." },
	ROWS(AT(proxy), proxy_keys),
	{ .name = NULL }
};

const struct key http_timeout_keys[] = {
	{ .name = "timeout", .type = KEY_SPAN, .offset = AT(timeout), .fallback = "20s",
	  .min = 100e3, .max = 600e6, .help = "For one request, all of it." },
	{ .name = NULL }
};

#define WRONG(a, ...)	err_add((a)->errs, (a)->place.file, (a)->place.line, __VA_ARGS__)

static bool
begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

static int
check_url(const struct access *a, const struct http_conf *c)
{
	const char *host = begins(c->url, "http://") ? c->url + 7 :
	    begins(c->url, "https://") ? c->url + 8 : "";

	if (host[0] == '\0' || host[0] == '/')
		return WRONG(a, ERR_("url: \"%s\" must begin with http:// or https://"),
		    c->url);
	return 0;
}

static int
check_tls(const struct access *a, const struct http_conf *c)
{
	int rc = tls_check(a, &c->tls);

	if ((given(c->tls.ca) == NULL && given(c->tls.cert) == NULL) || !begins(c->url, "http://"))
		return rc;
	return WRONG(a, ERR_("%s: certificates are of use with https:// only"), a->name);
}

static int
check_token(const struct access *a, const struct http_conf *c)
{
	if (given(c->token) == NULL || given(c->login.user) == NULL)
		return 0;
	return WRONG(a, ERR_("%s: either a user or a token, not both"), a->name);
}

/* Those that are written anyway; two of one name are read as nobody knows. */
static const char *const always[] = { "Authorization", "Content-Type", "Content-Length",
    "Content-Encoding", "Transfer-Encoding", "Expect", "Host", "Connection", NULL };

static bool
is_among(const char *const *names, const char *header)
{
	size_t n = strcspn(header, ":");

	for (; names != NULL && *names != NULL; names++)
		if (strlen(*names) == n && strncasecmp(header, *names, n) == 0)
			return true;
	return false;
}

static bool
is_header(const char *header)
{
	size_t n = strcspn(header, ":");

	for (const char *at = header; *at != '\0'; at++)
		if ((unsigned char)*at < 0x20 || *at == 0x7f)
			return false;
	return n > 0 && strncmp(header + n, ": ", 2) == 0 && given(header + n + 2) != NULL &&
	    strcspn(header, " ") > n && strlen(header) < 1024;
}

static int
check_headers(const struct access *a, const struct http_conf *c, const char *const *ours)
{
	int rc = 0;

	for (size_t i = 0; i < c->headers.n; i++) {
		const char *header = c->headers.at[i];

		if (!is_header(header))
			rc = WRONG(a, ERR_("%s: headers: \"%s\" is none; write "
			    "\"Name: value\""), a->name, header);
		else if (is_among(always, header) || is_among(ours, header))
			rc = WRONG(a, ERR_("%s: headers: \"%s\" is written by other "
			    "settings"), a->name, header);
	}
	return rc;
}

int
http_check(const struct access *a, const struct http_conf *c, const char *const *ours)
{
	return check_url(a, c) | login_check(a, &c->login) | check_token(a, c) |
	    check_tls(a, c) | check_headers(a, c, ours) | proxy_check(a, &c->proxy);
}
