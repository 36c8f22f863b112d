#include <stdio.h>
#include <string.h>

#include "../secret.h"
#include "../secret_key.h"
#include "mqtt_broker.h"
#include "mqtt_far.h"
#include "mqtt_topic.h"

#define AT(field)	offsetof(struct mqtt_far_conf, field)

static const char *const versions[] = { "auto", "5", "3.1.1", NULL };

const struct key mqtt_far_keys[] = {
	{ .name = "brokers", .type = KEY_STRINGS, .offset = AT(brokers),
	  .example = "(\"mqtts://broker.example\")",
	  .help = "mqtt://HOST:1883 or mqtts://HOST:8883; the preferred one first." },
	{ .name = "version", .type = KEY_CHOICE, .offset = AT(version), .fallback = "auto",
	  .names = versions, .help = "Of MQTT; auto: 5, or 3.1.1 where that is refused." },
	{ .name = "client", .type = KEY_STRING, .offset = AT(client), .fallback = "",
	  .example = "\"sw-luhe-0017\"",
	  .help = "Client id; else made of the name of the gateway and its own." },
	ROWS(AT(login), login_keys),
	ROWS(AT(tls), tls_keys),
	{ .name = "psk_identity", .type = KEY_STRING, .offset = AT(psk_identity),
	  .fallback = "",
	  .example = "\"sw-luhe-0017\"",
	  .help = "Name of a key that is shared with the broker." },
	{ .name = "psk", .type = KEY_SECRET, .offset = AT(psk), .fallback = "",
	  .form = &key_form_mqtt, .example = "\"cred:psk\"",
	  .help = "That key." },
	{ .name = "keepalive", .type = KEY_SPAN, .offset = AT(keepalive), .fallback = "60s",
	  .min = 5e6, .max = 65535e6, .help = "A broker that is silent so long is asked." },
	{ .name = NULL }
};

static int
check_brokers(const struct access *a, const struct mqtt_far_conf *c)
{
	struct mqtt_broker b;
	bool tls = false;
	int rc = 0;

	for (size_t i = 0; i < c->brokers.n; i++) {
		if (!mqtt_broker_parse(&b, c->brokers.at[i]))
			rc = err_add(a->errs, a->place.file, a->place.line,
			    "%s: brokers: \"%s\" is none; write mqtt://HOST:1883 or "
			    "mqtts://HOST:8883", a->name, c->brokers.at[i]);
		tls = tls || b.tls;
	}
	if (c->brokers.n == 0)
		return err_add(a->errs, a->place.file, a->place.line,
		    "%s: brokers: none is given", a->name);
	if (rc != 0 || tls || (c->tls.ca[0] | c->tls.cert[0] | c->psk[0]) == 0)
		return rc;
	return err_add(a->errs, a->place.file, a->place.line,
	    "%s: certificates and keys are of use with mqtts:// only", a->name);
}

static int
check_secrets(const struct access *a, const struct mqtt_far_conf *c)
{
	int rc = login_check(a, &c->login) | tls_check(a, &c->tls);

	if ((c->psk[0] == '\0') != (c->psk_identity[0] == '\0'))
		rc = err_add(a->errs, a->place.file, a->place.line,
		    "%s: psk and psk_identity go together", a->name);
	if (c->psk[0] != '\0' && (c->tls.ca[0] | c->tls.cert[0]) != 0)
		rc = err_add(a->errs, a->place.file, a->place.line,
		    "%s: either a shared key or certificates, not both", a->name);
	return rc;
}

int
mqtt_far_check(const struct access *a, const struct mqtt_far_conf *c)
{
	return check_brokers(a, c) | check_secrets(a, c);
}

int
mqtt_topic_check(const struct access *a, const char *name, const char *template, unsigned may)
{
	static const char *const words[] = {
		[TOPIC_BRACE] = ERR_("%s: %s: \"%s\" has a brace without another; {{ is one "
		    "that stands for itself"),
		[TOPIC_UNKNOWN] = ERR_("%s: %s: \"%s\" names something in braces that a topic of "
		    "this kind does not have"),
		[TOPIC_WILD] = ERR_("%s: %s: \"%s\" has a +, a # or a control character, which no "
		    "topic may have"),
		[TOPIC_LONG] = ERR_("%s: %s: \"%s\" is too long"),
	};
	enum topic_fault fault = topic_check(template, may);

	if (fault == TOPIC_OK)
		return 0;
	return err_add(a->errs, a->place.file, a->place.line, words[fault], a->name, name,
	    template);
}

void
mqtt_far_client(const struct mqtt_far_conf *c, const char *gateway, const char *name, char *id,
    size_t n)
{
	if (c->client[0] != '\0') {
		snprintf(id, n, "%s", c->client);
		return;
	}
	snprintf(id, n, "%s-%s", gateway, name);
	for (; *id != '\0'; id++)
		if (*id == '/')
			*id = '-';
}

/* As libmosquitto wants it.  -1: why is filled. */
static int
load_key(const char *written, char hex[2 * SECRET_KEY_MAX + 1], char *why, size_t n)
{
	struct secret_key key = { .n = 0 };
	int rc = written[0] == '\0' ? 0 : secret_key_load(&key_form_mqtt, written, &key, why, n);

	hex[0] = '\0';
	for (size_t i = 0; rc == 0 && i < key.n; i++)
		snprintf(hex + 2 * i, 3, "%02x", key.bytes[i]);
	secret_clear(&key, sizeof(key));
	return rc;
}

/* One try, by one version of the protocol. */
static int
try_version(struct wire *wire, const struct mqtt_far_conf *c, struct wire_hello *h, bool *old,
    char *why, size_t n)
{
	char password[SECRET_MAX + 1], psk[2 * SECRET_KEY_MAX + 1];
	int rc = -1;

	h->password = password;
	h->psk = psk;
	if (secret_load(c->login.password, password, why, n) == 0 &&
	    load_key(c->psk, psk, why, n) == 0)
		rc = wire_connect(wire, h, old, why, n);
	h->password = h->psk = NULL;
	secret_clear(password, sizeof(password));
	secret_clear(psk, sizeof(psk));
	return rc;
}

int
mqtt_far_connect(struct wire *wire, const struct mqtt_far_conf *c, struct wire_hello *h,
    bool *old, char *why, size_t n)
{
	bool refused = false;
	int rc;

	h->user = c->login.user;
	h->ca = c->tls.ca;
	h->cert = c->tls.cert;
	h->key = c->tls.key;
	h->psk_identity = c->psk_identity;
	h->keepalive = c->keepalive;
	h->version_5 = c->version != MQTT_311 && !*old;
	rc = try_version(wire, c, h, &refused, why, n);
	if (rc == 0 || !refused || c->version != MQTT_AUTO)
		return rc;
	*old = true;
	h->version_5 = false;
	return try_version(wire, c, h, &refused, why, n);
}
