#include <string.h>

#include "receiver_conf.h"
#include "resolve.h"

static const char *const transports[] = { "coap", "coaps", "http", "https", NULL };
static const char *const platforms[] = { "generic", "ctwing", "onenet", NULL };

#define AT(field)	offsetof(struct receiver_conf, field)

const struct key receiver_keys[] = {
	{ .name = "name", .type = KEY_NAME, .offset = AT(name), .example = "\"coap\"",
	  .help = "Name of the port; links refer to it." },
	{ .name = "transport", .type = KEY_CHOICE, .offset = AT(transport), .names = transports,
	  .example = "\"coaps\"",
	  .help = "What they come by. By coaps (DTLS) each proves who it is; by http and https "
	    "whoever posts for all of them proves that he knows the secret." },
	{ .name = "address", .type = KEY_STRING, .offset = AT(address), .fallback = "",
	  .example = "\"10.8.0.1\"",
	  .help = "Address of this machine to listen at, in digits; without it all of them." },
	{ .name = "port", .type = KEY_INT, .offset = AT(port), .fallback = "0", .max = 65535,
	  .help = "Port at which they come; 0: 5683 for coap, 5684 for coaps, 8080 for http, "
	    "8443 for https." },
	{ .name = "certificate", .type = KEY_STRING, .offset = AT(certificate), .fallback = "",
	  .file = true, .example = "\"/etc/tidegate/coap.pem\"",
	  .help = "PEM file of the certificate that it shows (coaps, https); coaps without it "
	    "goes by PSK alone." },
	{ .name = "key", .type = KEY_STRING, .offset = AT(key), .fallback = "", .file = true,
	  .example = "\"/etc/tidegate/coap.key\"", .help = "PEM file of its private key." },
	{ .name = "ca", .type = KEY_STRING, .offset = AT(ca), .fallback = "", .file = true,
	  .example = "\"/etc/tidegate/field-ca.pem\"",
	  .help = "PEM file of who signs the certificates of those who come." },
	{ .name = "sessions", .type = KEY_INT, .offset = AT(sessions), .fallback = "4000",
	  .min = 1, .max = 20000,
	  .help = "Far ends remembered at most, 16 KiB each with DTLS; the longest silent gives "
	  "way." },
	{ .name = "platform", .type = KEY_CHOICE, .offset = AT(platform), .names = platforms,
	  .fallback = "generic", .example = "\"onenet\"",
	  .help = "Whose form what is posted has: that of a platform, or the generic one." },
	{ .name = "secret", .type = KEY_SECRET, .offset = AT(secret), .fallback = "",
	  .example = "\"@/etc/tidegate/onenet.token\"",
	  .help = "What signs each request (generic, onenet), or stands in its URL (ctwing)." },
	{ 0 }
};

static int
check_file(const struct receiver_conf *c, const char *key, const char *path, struct errs *errs)
{
	if (path[0] == '\0' || path[0] == '/')
		return 0;
	return err_add(errs, c->place.file, c->place.line, "%s: %s \"%s\" must begin with /",
	    c->name, key, path);
}

static int
check_files(const struct receiver_conf *c, struct errs *errs)
{
	bool needs = c->transport == RECEIVER_HTTPS;
	bool cert = c->certificate[0] != '\0', key = c->key[0] != '\0', ca = c->ca[0] != '\0';
	int rc = check_file(c, "certificate", c->certificate, errs) |
	    check_file(c, "key", c->key, errs) | check_file(c, "ca", c->ca, errs);

	if (receiver_posts(c) && (cert != needs || key != needs || ca))
		return err_add(errs, c->place.file, c->place.line, needs ?
		    ERR_("%s: https wants certificate and key, and no ca") :
		    ERR_("%s: certificate, key and ca are of no use with http"), c->name);
	if (receiver_posts(c))
		return rc;
	if ((cert || key || ca) && !receiver_proves(c))
		return err_add(errs, c->place.file, c->place.line,
		    "%s: certificate, key and ca go with transport \"coaps\"", c->name);
	if (cert != key || cert != ca)
		return err_add(errs, c->place.file, c->place.line,
		    "%s: certificate, key and ca go together", c->name);
	return rc;
}

int
receiver_check(const struct receiver_conf *c, struct errs *errs)
{
	union address at;
	int rc = check_files(c, errs);

	if (receiver_posts(c) && c->secret[0] == '\0')
		rc = err_add(errs, c->place.file, c->place.line,
		    "%s: without a secret anybody could post: give it one", c->name);
	if (!receiver_posts(c) && (c->secret[0] != '\0' || c->platform != RECEIVER_GENERIC))
		rc = err_add(errs, c->place.file, c->place.line,
		    "%s: platform and secret go with transport \"http\" and \"https\"", c->name);

	if (c->address[0] != '\0' && !resolve_numeric(c->address, receiver_port(c), &at))
		rc = err_add(errs, c->place.file, c->place.line,
		    "%s: address \"%s\" is none of this machine in digits", c->name, c->address);
	return rc;
}

uint16_t
receiver_port(const struct receiver_conf *c)
{
	static const uint16_t ports[] = { [RECEIVER_COAP] = 5683, [RECEIVER_COAPS] = 5684,
	    [RECEIVER_HTTP] = 8080, [RECEIVER_HTTPS] = 8443 };

	if (c->port != 0)
		return (uint16_t)c->port;
	return ports[c->transport];
}

bool
receiver_posts(const struct receiver_conf *c)
{
	return c->transport == RECEIVER_HTTP || c->transport == RECEIVER_HTTPS;
}

bool
receiver_proves(const struct receiver_conf *c)
{
	return c->transport != RECEIVER_COAP;
}

const char *
receiver_transport(const struct receiver_conf *c)
{
	return transports[c->transport];
}
