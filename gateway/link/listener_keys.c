#include <stdio.h>
#include <string.h>

#include "../../protocols/dtu_formats.h"
#include "../clock.h"
#include "listener_conf.h"
#include "resolve.h"

static const char *const seals[] = { "none", "psk", "certificate", NULL };
static const char *const transports[] = { "tcp", "udp", NULL };
#define NAME(name, ...)	name,
static const char *const formats[] = { DTU_FORMATS(NAME) NULL };

#define AT(field)	offsetof(struct listener_conf, field)

const struct key listener_keys[] = {
	{ .name = "name", .type = KEY_NAME, .offset = AT(name), .example = "\"dtu\"",
	  .help = "Name of the port; links refer to it." },
	{ .name = "transport", .type = KEY_CHOICE, .offset = AT(transport), .names = transports,
	  .fallback = "tcp", .help = "What the DTUs call by." },
	{ .name = "address", .type = KEY_STRING, .offset = AT(address), .fallback = "",
	  .example = "\"10.8.0.1\"",
	  .help = "Address of this machine to listen at, in digits; without it all of them." },
	{ .name = "port", .type = KEY_INT, .offset = AT(port), .min = 1, .max = 65535,
	  .example = "5001", .help = "Port at which they call." },
	{ .name = "format", .type = KEY_CHOICE, .offset = AT(format), .names = formats,
	  .example = "\"imei\"", .help = "What they say of themselves, by make." },
	{ .name = "register", .type = KEY_STRING, .offset = AT(reg), .fallback = "",
	  .example = "\"LOGIN:{id:11}\"",
	  .help = "Registration packet in words; without it the one of the format." },
	{ .name = "heartbeat", .type = KEY_STRINGS, .offset = AT(beats), .fallback = "",
	  .example = "( \"HB\", \"{FE}\" )",
	  .help = "Heartbeat packets in words, at most 4; without them those of the format." },
	{ .name = "register_reply", .type = KEY_STRING, .offset = AT(reg_reply), .fallback = "",
	  .example = "\"OK\"", .help = "What is answered to a registration, as text and {hex}." },
	{ .name = "heartbeat_reply", .type = KEY_STRING, .offset = AT(beat_reply),
	  .fallback = "", .example = "\"{FE}\"",
	  .help = "What is answered to a heartbeat, as text and {hex}." },
	{ .name = "every", .type = KEY_SPAN, .offset = AT(every), .fallback = "60s",
	  .max = 3600e6,
	  .help = "How often a DTU beats; silent for two of them it is lost. 0s: it never does." },
	{ .name = "within", .type = KEY_SPAN, .offset = AT(within), .fallback = "30s",
	  .min = 1e6, .max = 600e6,
	  .help = "How long a caller may take to say who it is." },
	{ .name = "callers", .type = KEY_INT, .offset = AT(callers), .fallback = "2000",
	  .min = 1, .max = 15000,
	  .help = "Callers that have not yet said who they are, at most; the oldest gives way." },
	{ .name = "per_address", .type = KEY_INT, .offset = AT(per_address), .fallback = "1000",
	  .min = 1, .max = 15000, .help = "The same of one address; its oldest gives way." },
	{ .name = "tls", .type = KEY_CHOICE, .offset = AT(tls), .names = seals,
	  .fallback = "none", .example = "\"psk\"",
	  .help = "TLS: by a key that each DTU shares with its link, or by a certificate." },
	{ .name = "cert", .type = KEY_STRING, .offset = AT(cert), .fallback = "", .file = true,
	  .example = "\"/etc/tidegate/dtu.pem\"",
	  .help = "File of the certificate (PEM) that is shown to DTUs, with those between it "
	    "and its authority." },
	{ .name = "key", .type = KEY_STRING, .offset = AT(key), .fallback = "", .file = true,
	  .example = "\"/etc/tidegate/dtu.key\"",
	  .help = "File of its private key (PEM), without a password." },
	{ .name = "ca", .type = KEY_STRING, .offset = AT(ca), .fallback = "", .file = true,
	  .example = "\"/etc/tidegate/dtu-ca.pem\"",
	  .help = "File of the authorities (PEM) that vouch for the DTUs: each must show a "
	    "certificate whose common name is its identity." },
	{ 0 }
};

bool
listener_proves(const struct listener_conf *c)
{
	return c->tls == LISTENER_PSK || (c->tls == LISTENER_CERTIFICATE && c->ca[0] != '\0');
}

static int
check_pattern(const struct listener_conf *c, const char *key, const char *text,
    struct dtu_pattern *p, struct errs *errs)
{
	char said[ERR_QUOTE];
	const char *why;
	size_t at;

	if (dtu_compile(text, p, &why, &at) == 0)
		return 0;
	snprintf(said, sizeof(said), "%s", err_word(errs, why));
	err_add(errs, c->place.file, c->place.line, "%s: %s %s", c->name, key, said);
	return err_quote(errs, text, at);
}

static int
check_reply(const struct listener_conf *c, const char *key, const char *text, struct errs *errs)
{
	struct dtu_pattern p;

	if (text[0] == '\0')
		return 0;
	if (check_pattern(c, key, text, &p, errs) < 0)
		return -1;
	return dtu_fixed(&p) && !dtu_names(&p) ? 0 : err_add(errs, c->place.file, c->place.line,
	    "%s: %s may have text and bytes in hex alone", c->name, key);
}

static int
check_register(const struct listener_conf *c, const struct dtu_format *format,
    struct errs *errs)
{
	bool own = format->framing == &dtu_ddp || format->framing == &dtu_hj212 ||
	    format->by_address;
	struct dtu_pattern p;

	if (own && c->reg[0] != '\0')
		return err_add(errs, c->place.file, c->place.line,
		    "%s: format \"%s\" has no register of its own: leave it out", c->name,
		    format->name);
	if (own)
		return 0;
	if (c->reg[0] == '\0' && format->reg == NULL)
		return err_add(errs, c->place.file, c->place.line,
		    "%s: format \"%s\" wants register, such as \"LOGIN:{id:11}\"", c->name,
		    format->name);
	if (c->reg[0] == '\0')
		return 0;
	if (check_pattern(c, "register", c->reg, &p, errs) < 0)
		return -1;
	return dtu_names(&p) ? 0 : err_add(errs, c->place.file, c->place.line,
	    "%s: register names nobody: it wants {id}, {digits:15} or {hex:4}", c->name);
}

static int
check_beats(const struct listener_conf *c, const struct dtu_format *format, struct errs *errs)
{
	struct dtu_pattern p;
	int rc = 0;

	if (c->beats.n > DTU_BEATS_MAX)
		return err_add(errs, c->place.file, c->place.line,
		    "%s: at most %d kinds of heartbeat", c->name, DTU_BEATS_MAX);
	if (c->beats.n > 0 && format->framing != &dtu_plain)
		return err_add(errs, c->place.file, c->place.line,
		    "%s: format \"%s\" has heartbeats of its own: leave them out", c->name,
		    format->name);
	for (size_t i = 0; i < c->beats.n; i++) {
		if (check_pattern(c, "heartbeat", c->beats.at[i], &p, errs) < 0)
			rc = -1;
		else if (!dtu_fixed(&p))
			rc = err_add(errs, c->place.file, c->place.line,
			    "%s: heartbeat \"%s\": bytes that say nothing could not be told from "
			    "an answer", c->name, c->beats.at[i]);
	}
	return rc;
}

static int
check_files(const struct listener_conf *c, struct errs *errs)
{
	const struct { const char *key, *path; } files[] = { { "cert", c->cert },
	    { "key", c->key }, { "ca", c->ca } };
	int rc = 0;

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		if (files[i].path[0] == '\0')
			continue;
		if (c->tls != LISTENER_CERTIFICATE)
			rc = err_add(errs, c->place.file, c->place.line,
			    "%s: %s is of use with tls = \"certificate\" only", c->name,
			    files[i].key);
		else if (files[i].path[0] != '/')
			rc = err_add(errs, c->place.file, c->place.line,
			    "%s: \"%s\" must begin with /", c->name, files[i].path);
	}
	return rc;
}

static int
check_tls(const struct listener_conf *c, struct errs *errs)
{
	int rc = check_files(c, errs);

	if (c->tls != LISTENER_PLAIN && c->transport == TRANSPORT_UDP)
		rc = err_add(errs, c->place.file, c->place.line,
		    "%s: tls goes over transport \"tcp\" only", c->name);
	if (c->tls == LISTENER_CERTIFICATE && (c->cert[0] == '\0' || c->key[0] == '\0'))
		rc = err_add(errs, c->place.file, c->place.line,
		    "%s: tls = \"certificate\" wants cert and key", c->name);
	return rc;
}

int
listener_check(const struct listener_conf *c, struct errs *errs)
{
	const struct dtu_format *format = dtu_format_at((size_t)c->format);
	union address at;
	int rc = check_tls(c, errs) | check_register(c, format, errs) |
	    check_beats(c, format, errs) | check_reply(c, "register_reply", c->reg_reply, errs) |
	    check_reply(c, "heartbeat_reply", c->beat_reply, errs);

	if (c->address[0] != '\0' && !resolve_numeric(c->address, (uint16_t)c->port, &at))
		rc = err_add(errs, c->place.file, c->place.line,
		    "%s: address \"%s\" is none of this machine in digits", c->name, c->address);
	if (c->every > 0 && c->every < 1000000)
		rc = err_add(errs, c->place.file, c->place.line,
		    "%s: every is below 1s; 0s says that there are no heartbeats", c->name);
	return rc;
}

static void
compile_word(const char *text, struct dtu_word *to)
{
	const struct dtu_found nobody = { .id = "" };
	struct dtu_pattern p;
	const char *why;
	size_t at, n;

	if (text[0] != '\0' && dtu_compile(text, &p, &why, &at) == 0 &&
	    dtu_literal(&p, &nobody, to->bytes, &n))
		to->n = (uint8_t)n;
}

void
listener_dtu(const struct listener_conf *c, struct dtu_conf *to)
{
	const struct dtu_format *format = dtu_format_at((size_t)c->format);
	const char *reg = c->reg[0] != '\0' ? c->reg : format->reg, *why;
	size_t at;

	*to = (struct dtu_conf){ .format = format };
	if (reg != NULL)
		dtu_compile(reg, &to->reg, &why, &at);
	for (size_t i = 0; i < c->beats.n && to->nbeats < DTU_BEATS_MAX; i++)
		dtu_compile(c->beats.at[i], &to->beats[to->nbeats++], &why, &at);
	if (c->beats.n == 0 && format->beat != NULL)
		dtu_compile(format->beat, &to->beats[to->nbeats++], &why, &at);
	compile_word(c->reg_reply, &to->reg_reply);
	compile_word(c->beat_reply, &to->beat_reply);
}
