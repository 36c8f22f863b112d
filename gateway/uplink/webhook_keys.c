#include <string.h>
#include <strings.h>

#include "../../conf/err.h"
#include "webhook_conf.h"

const char *const webhook_kinds[WEBHOOK_KINDS] = { "reading", "statistic", "alarm",
    "command", "record", "note", "gap" };

size_t
webhook_kind(const char *word)
{
	size_t i = 0;

	while (i < WEBHOOK_KINDS && strcmp(webhook_kinds[i], word) != 0)
		i++;
	return i;
}

static bool
given(const char *text)
{
	return text[0] != '\0';
}

/* What is wrong with a configuration, and where. */
struct checker {
	const struct uplink_conf	*u;
	const struct webhook_conf	*c;
	struct errs			*errs;
};

#define WRONG(k, ...)	err_add((k)->errs, (k)->u->place.file, (k)->u->place.line, __VA_ARGS__)

static int
check_url(const struct checker *k)
{
	const char *url = k->c->url;

	if ((strncmp(url, "http://", 7) == 0 && given(url + 7)) ||
	    (strncmp(url, "https://", 8) == 0 && given(url + 8)))
		return 0;
	return WRONG(k, ERR_("url: \"%s\" must begin with http:// or https://"), url);
}

static int
check_files(const struct checker *k)
{
	const struct webhook_conf *c = k->c;
	const char *const files[] = { c->ca, c->cert, c->key };
	int rc = 0;

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		if (given(files[i]) && files[i][0] != '/')
			rc = WRONG(k, ERR_("%s: \"%s\" must begin with /"), k->u->name, files[i]);
	if (given(c->cert) != given(c->key))
		rc = WRONG(k, ERR_("%s: cert and key go together"), k->u->name);
	if ((given(c->ca) || given(c->cert)) && strncmp(c->url, "http://", 7) == 0)
		rc = WRONG(k, ERR_("%s: certificates are of use with https:// only"), k->u->name);
	return rc;
}

static int
check_who(const struct checker *k)
{
	const struct webhook_conf *c = k->c;

	if (given(c->token) && given(c->user))
		return WRONG(k, ERR_("%s: either a user or a token, not both"), k->u->name);
	if (given(c->password) && !given(c->user))
		return WRONG(k, ERR_("%s: a password wants a user"), k->u->name);
	return 0;
}

static int
check_words(const struct checker *k, const char *name, const struct strings *words)
{
	int rc = 0;

	for (size_t i = 0; i < words->n; i++)
		if (webhook_kind(words->at[i]) == WEBHOOK_KINDS)
			rc = WRONG(k, ERR_("%s: %s: \"%s\" is none of reading, statistic, alarm, "
			    "command, record, note, gap"), k->u->name, name, words->at[i]);
	return rc;
}

/* Those that are written anyway; two of one name are read as nobody knows. */
static bool
is_ours(const char *header, size_t n)
{
	static const char *const ours[] = { "Authorization", "Content-Type", "Content-Length",
	    "Content-Encoding", "Transfer-Encoding", "Expect", "Host", "Connection",
	    "Idempotency-Key", "Tidegate-Signature" };

	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		if (strlen(ours[i]) == n && strncasecmp(header, ours[i], n) == 0)
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
	return n > 0 && strncmp(header + n, ": ", 2) == 0 && given(header + n + 2) &&
	    strcspn(header, " ") > n && strlen(header) < 1024;
}

static int
check_headers(const struct checker *k)
{
	const struct strings *headers = &k->c->headers;
	int rc = 0;

	for (size_t i = 0; i < headers->n; i++) {
		if (!is_header(headers->at[i]))
			rc = WRONG(k, ERR_("%s: headers: \"%s\" is none; write \"Name: value\""),
			    k->u->name, headers->at[i]);
		else if (is_ours(headers->at[i], strcspn(headers->at[i], ":")))
			rc = WRONG(k, ERR_("%s: headers: \"%s\" is written by other settings"),
			    k->u->name, headers->at[i]);
	}
	return rc;
}

static int
check_proxy(const struct checker *k)
{
	static const char *const kinds[] = { "http://", "https://", "socks5://", "socks5h://" };
	const char *proxy = k->c->proxy;
	size_t i = 0;

	if (given(k->c->proxy_password) && !given(k->c->proxy_user))
		return WRONG(k, ERR_("%s: a password wants a user"), k->u->name);
	if (given(k->c->proxy_user) && !given(proxy))
		return WRONG(k, ERR_("%s: proxy_user is of use with a proxy only"), k->u->name);
	while (i < 4 && strncmp(proxy, kinds[i], strlen(kinds[i])) != 0)
		i++;
	if (!given(proxy) || (i < 4 && strpbrk(proxy, "@ ") == NULL))
		return 0;
	return WRONG(k, ERR_("%s: proxy: \"%s\" is none; write http://HOST:PORT, or https, socks5, "
	    "socks5h, and proxy_user for a user"), k->u->name, proxy);
}

/* What is missed is sent so many at once, and would be cut anew. */
static int
check_rate(const struct checker *k)
{
	if (k->u->replay_rate == 0 || k->u->replay_rate >= k->u->batch)
		return 0;
	return WRONG(k, ERR_("%s: replay_rate must not be less than batch"), k->u->name);
}

int
webhook_check(const struct uplink_conf *u, struct errs *errs)
{
	const struct checker k = { .u = u, .c = u->own, .errs = errs };

	return check_url(&k) | check_files(&k) | check_who(&k) | check_headers(&k) |
	    check_proxy(&k) |
	    check_words(&k, "kinds", &k.c->kinds) | check_words(&k, "single", &k.c->single) |
	    check_rate(&k);
}

#define AT(field)	offsetof(struct webhook_conf, field)

static const char *const forms[] = { "array", "lines", NULL };

const struct key webhook_keys[] = {
	{ .name = "url", .type = KEY_STRING, .offset = AT(url),
	  .help = "http://HOST/PATH or https://..., as it is." },
	{ .name = "secret", .type = KEY_SECRET, .offset = AT(secret), .fallback = "",
	  .help = "Requests are signed with it: @/path of a file or cred:NAME." },
	{ .name = "token", .type = KEY_SECRET, .offset = AT(token), .fallback = "",
	  .help = "Sent as \"Authorization: Bearer ...\"; written like secret." },
	{ .name = "user", .type = KEY_STRING, .offset = AT(user), .fallback = "",
	  .help = "Of basic authentication." },
	{ .name = "password", .type = KEY_SECRET, .offset = AT(password), .fallback = "",
	  .help = "Of the user; written like secret." },
	{ .name = "headers", .type = KEY_STRINGS, .offset = AT(headers), .fallback = "",
	  .help = "Further headers, \"Name: value\" each." },
	{ .name = "proxy", .type = KEY_STRING, .offset = AT(proxy), .fallback = "",
	  .help = "http://HOST:3128, or https, socks5, socks5h; else none is used." },
	{ .name = "proxy_user", .type = KEY_STRING, .offset = AT(proxy_user),
	  .fallback = "", .help = "Whom the proxy knows." },
	{ .name = "proxy_password", .type = KEY_SECRET, .offset = AT(proxy_password),
	  .fallback = "", .help = "Of proxy_user; written like secret." },
	{ .name = "kinds", .type = KEY_STRINGS, .offset = AT(kinds), .fallback = "",
	  .help = "What is sent; else everything." },
	{ .name = "single", .type = KEY_STRINGS, .offset = AT(single), .fallback = "",
	  .help = "What of it is sent one a request, as an object." },
	{ .name = "form", .type = KEY_CHOICE, .offset = AT(form), .fallback = "array",
	  .names = forms, .help = "An array of objects, or an object a line." },
	{ .name = "ca", .type = KEY_STRING, .offset = AT(ca), .fallback = "",
	  .help = "File of the authorities (PEM) that vouch for an https server." },
	{ .name = "cert", .type = KEY_STRING, .offset = AT(cert), .fallback = "",
	  .help = "File of the client's certificate (PEM)." },
	{ .name = "key", .type = KEY_STRING, .offset = AT(key), .fallback = "",
	  .help = "File of its private key (PEM), without a password." },
	{ .name = "gzip", .type = KEY_INT, .offset = AT(gzip), .fallback = "0", .min = 0,
	  .max = 9, .help = "Level that requests are packed with; 0: they are not." },
	{ .name = "timeout", .type = KEY_SPAN, .offset = AT(timeout), .fallback = "20s",
	  .min = 100e3, .max = 600e6, .help = "For one request, all of it." },
	{ .name = NULL }
};
