#include <string.h>

#include "../../conf/err.h"
#include "access.h"

#define LOGIN(field)	offsetof(struct login_conf, field)
#define TLS(field)	offsetof(struct tls_conf, field)
#define PROXY(field)	offsetof(struct proxy_conf, field)

const struct key login_keys[] = {
	{ .name = "user", .type = KEY_STRING, .offset = LOGIN(user), .fallback = "",
	  .example = "\"tidegate\"", .help = "The name that the far end knows us by." },
	{ .name = "password", .type = KEY_SECRET, .offset = LOGIN(password), .fallback = "",
	  .example = "\"cred:uplink\"",
	  .help = "Of the user: @/path of a file or cred:NAME of a credential. It is read again "
	    "after each failure." },
	{ .name = NULL }
};

const struct key tls_keys[] = {
	{ .name = "ca", .type = KEY_STRING, .offset = TLS(ca), .fallback = "",
	  .file = true,
	  .example = "\"/etc/tidegate/ca.pem\"",
	  .help = "File of the authorities (PEM) that vouch for the far end by TLS, in place of "
	    "the system's. A self-signed certificate vouches for itself." },
	{ .name = "cert", .type = KEY_STRING, .offset = TLS(cert), .fallback = "",
	  .file = true,
	  .example = "\"/etc/tidegate/client.pem\"",
	  .help = "File of the client's certificate (PEM)." },
	{ .name = "key", .type = KEY_STRING, .offset = TLS(key), .fallback = "",
	  .file = true,
	  .example = "\"/etc/tidegate/client.key\"",
	  .help = "File of its private key (PEM), without a password." },
	{ .name = NULL }
};

const struct key proxy_keys[] = {
	{ .name = "proxy", .type = KEY_STRING, .offset = PROXY(url), .fallback = "",
	  .example = "\"http://proxy:3128\"",
	  .help = "http://HOST:3128, or https, socks5, socks5h; else none is used. The "
	    "environment has no say in it." },
	{ .name = "proxy_user", .type = KEY_STRING, .offset = PROXY(user), .fallback = "",
	  .example = "\"site\"", .help = "Whom the proxy knows." },
	{ .name = "proxy_password", .type = KEY_SECRET, .offset = PROXY(password),
	  .fallback = "", .example = "\"cred:proxy\"",
	  .help = "Of proxy_user; written like password." },
	{ .name = NULL }
};

#define WRONG(a, ...)	err_add((a)->errs, (a)->place.file, (a)->place.line, __VA_ARGS__)

int
login_check(const struct access *a, const struct login_conf *c)
{
	if (given(c->password) == NULL || given(c->user) != NULL)
		return 0;
	return WRONG(a, ERR_("%s: a password wants a user"), a->name);
}

int
tls_check(const struct access *a, const struct tls_conf *c)
{
	const char *const files[] = { c->ca, c->cert, c->key };
	int rc = 0;

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		if (given(files[i]) != NULL && files[i][0] != '/')
			rc = WRONG(a, ERR_("%s: \"%s\" must begin with /"), a->name,
			    files[i]);
	if ((given(c->cert) == NULL) != (given(c->key) == NULL))
		rc = WRONG(a, ERR_("%s: cert and key go together"), a->name);
	return rc;
}

int
proxy_check(const struct access *a, const struct proxy_conf *c)
{
	static const char *const kinds[] = { "http://", "https://", "socks5://", "socks5h://" };
	size_t i = 0;

	if (given(c->password) != NULL && given(c->user) == NULL)
		return WRONG(a, ERR_("%s: a password wants a user"), a->name);
	if (given(c->user) != NULL && given(c->url) == NULL)
		return WRONG(a, ERR_("%s: proxy_user is of use with a proxy only"), a->name);
	if (given(c->url) == NULL)
		return 0;
	while (i < 4 && strncmp(c->url, kinds[i], strlen(kinds[i])) != 0)
		i++;
	if (i < 4 && strpbrk(c->url, "@ ") == NULL)
		return 0;
	return WRONG(a, ERR_("%s: proxy: \"%s\" is none; write http://HOST:PORT, or https, "
	    "socks5, socks5h, and proxy_user for a user"), a->name, c->url);
}
