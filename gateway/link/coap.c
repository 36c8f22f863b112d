#include <stdlib.h>
#include <string.h>

#include "../clock.h"
#include "../secret_key.h"
#include "brought.h"
#include "coap_conf.h"
#include "resolve.h"

/* The door asks a CoAP server in the pace that its link says, or lets it tell what
 * changes; what comes of it is brought like any other message. */

#define PATHS_MAX	16

#define AT(field)	offsetof(struct link_conf, field)

static const struct key keys[] = {
	{ .name = "uri", .type = KEY_STRING, .offset = AT(uri),
	  .example = "\"coaps://10.0.0.5\"",
	  .help = "The server: coap or coaps, its address or name, port." },
	{ .name = "paths", .type = KEY_STRINGS, .offset = AT(paths),
	  .example = "( \"/3303/0/5700\", \"/3304/0/5700\" )",
	  .help = "What is asked for, at most 16." },
	{ .name = "every", .type = KEY_SPAN, .offset = AT(every), .fallback = "10s",
	  .min = 100e3, .max = 86400e6,
	  .help = "How often it is asked; one that is observed is asked only when it is "
	  "silent." },
	{ .name = "observe", .type = KEY_BOOL, .offset = AT(observe), .fallback = "false",
	  .help = "It is asked once to tell what changes (RFC 7641); asked anew when what it "
	  "told last is over its Max-Age." },
	{ .name = "identity", .type = KEY_STRING, .offset = AT(identity), .fallback = "",
	  .example = "\"tidegate\"", .help = "Who we are there (coaps with psk)." },
	{ .name = "psk", .type = KEY_SECRET, .offset = AT(psk), .fallback = "",
	  .form = &key_form_coap, .example = "\"@/etc/tidegate/river.psk\"",
	  .help = "Key that is shared with it." },
	{ .name = "certificate", .type = KEY_STRING, .offset = AT(certificate), .fallback = "",
	  .file = true, .example = "\"/etc/tidegate/gateway.pem\"",
	  .help = "PEM file of our certificate (coaps without psk)." },
	{ .name = "key", .type = KEY_STRING, .offset = AT(key), .fallback = "", .file = true,
	  .example = "\"/etc/tidegate/gateway.key\"", .help = "PEM file of its private key." },
	{ .name = "ca", .type = KEY_STRING, .offset = AT(ca), .fallback = "", .file = true,
	  .example = "\"/etc/tidegate/field-ca.pem\"",
	  .help = "PEM file of who signed the certificate of the server." },
	{ .name = "insecure", .type = KEY_BOOL, .offset = AT(insecure), .fallback = "false",
	  .help = "Answers are taken although nothing proves who gave them (coap)." },
	{ 0 }
};

static bool
port_of(const char *text, struct coap_uri *to)
{
	char *end;
	long port;

	if (text[0] == '\0' || strcmp(text, "/") == 0) {
		to->port = to->secure ? 5684 : 5683;
		return true;
	}
	if (text[0] != ':' || text[1] < '0' || text[1] > '9')
		return false;
	port = strtol(text + 1, &end, 10);
	to->port = (uint16_t)port;
	return (*end == '\0' || strcmp(end, "/") == 0) && port >= 1 && port <= 65535;
}

/* Labels of letters, digits, - and _, the last not of digits alone: 10.0.0.256 is a
 * mistyped address and no name. */
static bool
is_name(const char *host)
{
	static const char digits[] = "0123456789",
	    letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_";
	bool name = false;

	do {
		size_t n = strcspn(host, "."), all = 0, some = 0;

		for (size_t i = 0; i < n; i++) {
			some += strchr(letters, host[i]) != NULL;
			all += strchr(digits, host[i]) != NULL;
		}
		if (n == 0 || n > 63 || some + all != n || host[0] == '-')
			return false;
		name = some > 0;
		host += n;
		host += *host == '.';
	} while (*host != '\0');
	return name;
}

/* In brackets it is an address of IPv6, and in digits without them one of IPv4. */
static bool
host_of(bool brackets, struct coap_uri *to)
{
	union address at;

	to->named = !resolve_numeric(to->host, 0, &at);
	return to->named ? !brackets && is_name(to->host) :
	    brackets == (at.sa.sa_family == AF_INET6);
}

bool
coap_uri(const char *text, struct coap_uri *to)
{
	bool brackets;
	size_t n;

	*to = (struct coap_uri){ .secure = strncmp(text, "coaps://", 8) == 0 };
	if (!to->secure && strncmp(text, "coap://", 7) != 0)
		return false;
	text += to->secure ? 8 : 7;
	brackets = text[0] == '[';
	text += brackets;
	n = strcspn(text, brackets ? "]" : ":/?#@ []");
	if (n == 0 || n > COAP_HOST_MAX || (brackets && text[n] != ']'))
		return false;
	memcpy(to->host, text, n);
	if (!host_of(brackets, to))
		return false;
	text += n + brackets;
	return port_of(text, to);
}

static int
wrong(const struct link_conf *conf, struct errs *errs, const char *fmt, const char *word)
{
	return err_add(errs, conf->place.file, conf->place.line, fmt, conf->name, word);
}

static int
check_paths(const struct link_conf *conf, struct errs *errs)
{
	int rc = 0;

	if (conf->paths.n == 0 || conf->paths.n > PATHS_MAX)
		rc = wrong(conf, errs, ERR_("%s: paths wants 1 to 16 paths"), "");
	for (size_t i = 0; i < conf->paths.n; i++) {
		const char *path = conf->paths.at[i];

		if (path[0] != '/' || strlen(path) > DOOR_PATH_MAX || strpbrk(path, " #") != NULL)
			rc = wrong(conf, errs, ERR_("%s: \"%s\" must begin with / and be a path"),
			    path);
	}
	return rc;
}

/* Who answers is proven by a key that both have, or by his certificate. */
static int
check_proof(const struct link_conf *conf, const struct coap_uri *uri, struct errs *errs)
{
	bool psk = conf->psk[0] != '\0', pki = conf->ca[0] != '\0';

	if (!uri->secure && (psk || pki || conf->certificate[0] != '\0'))
		return wrong(conf, errs,
		    ERR_("%s: psk, ca and certificate go with a uri of coaps://"), "");
	if (!uri->secure && !conf->insecure)
		return wrong(conf, errs, ERR_("%s: nothing proves who answers to coap://: take "
		    "coaps://, or say insecure = true"), "");
	if (uri->secure && conf->insecure)
		return wrong(conf, errs, ERR_("%s: coaps:// proves who answers: leave insecure "
		    "out"), "");
	if (uri->secure && psk == pki)
		return wrong(conf, errs, ERR_("%s: coaps:// wants either identity and psk, or "
		    "ca"), "");
	if (psk && conf->identity[0] == '\0')
		return wrong(conf, errs, ERR_("%s: psk wants an identity"), "");
	if ((conf->certificate[0] != '\0') != (conf->key[0] != '\0'))
		return wrong(conf, errs, ERR_("%s: certificate and key go together"), "");
	return 0;
}

static int
check_files(const struct link_conf *conf, struct errs *errs)
{
	const char *const files[] = { conf->certificate, conf->key, conf->ca };
	int rc = 0;

	for (size_t i = 0; i < 3; i++)
		if (files[i][0] != '\0' && files[i][0] != '/')
			rc = wrong(conf, errs, ERR_("%s: \"%s\" must begin with /"), files[i]);
	return rc;
}

static int
coap_check(const struct link_conf *conf, struct errs *errs)
{
	struct coap_uri uri;
	int rc = brought_check(conf, errs) | check_paths(conf, errs) | check_files(conf, errs);

	if (strlen(conf->name) > DOOR_ID_MAX)
		rc = wrong(conf, errs, ERR_("%s: a name of more than 63 bytes"), "");
	if (!coap_uri(conf->uri, &uri))
		return wrong(conf, errs, ERR_("%s: uri \"%s\" is not like coaps://10.0.0.5, "
		    "coap://[fd00::5]:5683 or coaps://river.example.org"), conf->uri);
	return rc | check_proof(conf, &uri, errs);
}

static int
coap_open(struct link *link, int64_t now)
{
	(void)now;
	return brought_open(link, COAP_FETCHED, link->conf->name,
	    "it is asked by a gateway that runs");
}

const struct link_kind link_coap = {
	.name = "coap",
	.proto = "push",
	.keys = keys,
	.backoff_max = US_PER_S,
	.metered = true,
	.calls = true,
	.check = coap_check,
	.open = coap_open,
	.close = brought_close,
	.send = brought_send,
	.forget = brought_forget,
};
