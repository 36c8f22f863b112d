#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../protocols/cloud.h"
#include "../../protocols/json.h"
#include "../clock.h"
#include "../hash.h"
#include "../link/listener.h"
#include "http_port.h"

#define TARGET_MOST	300
#define WRONG_PROOF	"its signature or token is another one"

struct http_visit;

/* What one device brought, on its way. */
struct parcel {
	struct delivery		 delivery;
	struct http_visit	*visit;
	char			 identity[DOOR_ID_MAX + 1];
	enum door_code		 code;
	char			 why[DOOR_WHY_MAX + 1];
};

/* One request until it is answered. */
struct http_visit {
	struct http_visit	*next, *prev;
	struct http_port	*port;
	struct MHD_Connection	*connection;
	uint8_t			*body;
	size_t			 n, cap;
	struct parcel		*parcels;
	size_t			 nparcels, waiting;
	bool			 heard;		/* to its end, and judged */
	bool			 suspended;
	unsigned		 status;	/* 0: not yet known */
	char			 mark[HTTP_MARK + 1];	/* "": it has none */
	uint64_t		 same;		/* digest of what marks it; 0: nothing does */
	char			*say;		/* the answer; own */
	char			 target[TARGET_MOST];
};

static struct http_visit *
begin(struct http_port *p, struct MHD_Connection *connection, const char *url)
{
	struct http_visit *v = calloc(1, sizeof(*v));

	if (v == NULL)
		return NULL;
	v->port = p;
	v->connection = connection;
	snprintf(v->target, sizeof(v->target), "%s", url);
	v->next = p->visits;
	if (p->visits != NULL)
		p->visits->prev = v;
	p->visits = v;
	return v;
}

/* What an answer says of a request that did not get as far as its messages. */
static const struct {
	unsigned	status;
	enum door_code	code;
} meanings[] = {
	{ 401, DOOR_UNPROVEN }, { 404, DOOR_NOWHERE }, { 405, DOOR_NOWHERE },
	{ 413, DOOR_UNSOUND }, { 414, DOOR_NOWHERE }, { 415, DOOR_FORMAT },
	{ 422, DOOR_UNSOUND }, { 503, DOOR_BUSY },
};

static void
say(struct http_visit *v, unsigned status, const char *text)
{
	for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++)
		if (meanings[i].status == status)
			fares_count(&v->port->fares, meanings[i].code, 0);
	v->status = status;
	free(v->say);
	v->say = strdup(text);
}

/* Grows in steps, as it comes; what it says of its length is not believed. */
static void
hear(struct http_visit *v, const char *bytes, size_t n)
{
	struct http_port *p = v->port;
	size_t cap = v->cap > 0 ? v->cap : 2048;
	uint8_t *more;

	if (v->status != 0)
		return;
	while (cap < v->n + n)
		cap *= 2;
	if (v->n + n > HTTP_BODY) {
		say(v, 413, "the body is longer than 65536 bytes\n");
		return;
	}
	if (cap != v->cap) {
		more = p->bodies + cap - v->cap <= HTTP_BODIES ? realloc(v->body, cap) : NULL;
		if (more == NULL) {
			say(v, 503, "too many requests at once\n");
			return;
		}
		p->bodies += cap - v->cap;
		v->body = more;
		v->cap = cap;
	}
	memcpy(v->body + v->n, bytes, n);
	v->n += n;
}

static const char *
header(struct http_visit *v, const char *name)
{
	const char *text = http.MHD_lookup_connection_value(v->connection, MHD_HEADER_KIND, name);

	return text != NULL ? text : "";
}

static const char *
argument(struct http_visit *v, const char *name)
{
	const char *text = http.MHD_lookup_connection_value(v->connection,
	    MHD_GET_ARGUMENT_KIND, name);

	return text != NULL ? text : "";
}

static const char *
who(struct http_visit *v, char buf[64])
{
	const union MHD_ConnectionInfo *info = http.MHD_get_connection_info(v->connection,
	    MHD_CONNECTION_INFO_CLIENT_ADDRESS);

	if (info == NULL || info->client_addr == NULL)
		return "";
	return address_write((const union address *)(const void *)info->client_addr, buf);
}

static bool
known_before(const struct http_visit *v)
{
	for (size_t i = 0; v->mark[0] != '\0' && i < HTTP_RECENT; i++)
		if (strcmp(v->port->recent[i], v->mark) == 0)
			return true;
	return false;
}

static void
remember(struct http_visit *v)
{
	if (v->mark[0] != '\0')
		strcpy(v->port->recent[v->port->nrecent++ % HTTP_RECENT], v->mark);
}

static bool
is_refused(const struct parcel *a)
{
	return a->code != DOOR_STORED && a->code != DOOR_NO_DATA;
}

/* {"stored": 2, "refused": [{"identity": "…", "why": "…"}]} */
static void
report(struct http_visit *v)
{
	static char room[32768];
	struct buf b = { .at = (uint8_t *)room, .cap = sizeof(room) - 2 };
	int64_t stored = 0;
	struct json j;

	for (size_t i = 0; i < v->nparcels; i++)
		stored += v->parcels[i].code == DOOR_STORED;
	json_begin(&j, &b);
	json_put_object(&j);
	json_key(&j, "stored");
	json_put_int(&j, stored);
	json_key(&j, "refused");
	json_put_array(&j);
	for (size_t i = 0; i < v->nparcels; i++) {
		const struct parcel *a = &v->parcels[i];

		if (!is_refused(a))
			continue;
		json_put_object(&j);
		json_key(&j, "identity");
		json_put_string(&j, a->identity);
		json_key(&j, "why");
		json_put_string(&j, a->why[0] != '\0' ? a->why : door_words(a->code));
		json_close(&j);
	}
	json_close(&j);
	json_close(&j);
	strcpy(room + (json_end(&j) ? b.len : 0), "\n");
	free(v->say);
	v->say = strdup(room);
}

/* A platform sends again what is not answered by 200, for ever and ever, or gives up
 * on all of it: what is refused for good is not asked for again. */
static void
settle(struct http_visit *v, int64_t now)
{
	bool refused = false, busy = false;

	for (size_t i = 0; i < v->nparcels; i++) {
		fares_count(&v->port->fares, v->parcels[i].code, now);
		busy |= v->parcels[i].code == DOOR_BUSY;
		refused |= is_refused(&v->parcels[i]);
	}
	v->status = busy ? 503 : refused && v->port->platform == RECEIVER_GENERIC ? 422 : 200;
	report(v);
	if (v->status == 200)
		remember(v);
}

static void
answered(struct delivery *d, enum door_code code, const char *why, int64_t now)
{
	struct parcel *a = owner_of(d, struct parcel, delivery);
	struct http_visit *v = a->visit;

	a->code = code;
	snprintf(a->why, sizeof(a->why), "%s", why);
	if (--v->waiting > 0)
		return;
	settle(v, now);
	if (v->suspended) {
		v->suspended = false;
		http.MHD_resume_connection(v->connection);
		http_stir(v->port);
	}
}

static bool
is_known(const struct http_port *p, const char *identity)
{
	return identity[0] != '\0' && p->nknown > 0 && bsearch(identity, p->known, p->nknown,
	    sizeof(p->known[0]), (int (*)(const void *, const void *))strcmp) != NULL;
}

static void
dispatch(struct http_visit *v, struct parcel *a, struct door_packet *p, int64_t now)
{
	char from[64];

	a->visit = v;
	a->delivery.answered = answered;
	a->delivery.known = true;
	a->code = DOOR_BUSY;
	snprintf(a->identity, sizeof(a->identity), "%s", p->identity);
	p->kind = DOOR_MESSAGE;
	p->name = v->port->name;
	p->peer = who(v, from);
	p->proven = true;
	if (v->same != 0)	/* each of its messages is another one */
		p->same = hash_bytes(v->same, &v->nparcels, sizeof(v->nparcels));
	if (!is_known(v->port, p->identity)) {
		a->code = DOOR_NOBODY;
		fares_stranger(&v->port->fares, v->port->door->line, v->port->name, p->peer,
		    p->identity, DOOR_NOBODY);
	} else if (p->n > DOOR_BYTES_MAX) {
		a->code = DOOR_UNSOUND;
		snprintf(a->why, sizeof(a->why), "longer than %d bytes", DOOR_BYTES_MAX);
	} else if (field_line_send(v->port->door->line, &a->delivery, p, now)) {
		v->waiting++;
	}
}

/* That by which it is known here, else the first that it has. */
static const char *
choose(const struct http_port *p, const struct cloud_message *m)
{
	const char *first = "?";

	for (size_t i = CLOUD_IDS; i > 0; i--) {
		if (is_known(p, m->ids[i - 1]))
			return m->ids[i - 1];
		if (m->ids[i - 1][0] != '\0')
			first = m->ids[i - 1];
	}
	return first;
}

/* A device that came or went, and what is told of it in vain. */
static void
note_empty(struct http_visit *v, struct parcel *a, const struct cloud_message *m)
{
	a->visit = v;
	a->code = m->why != NULL ? DOOR_UNSOUND : DOOR_NO_DATA;
	snprintf(a->identity, sizeof(a->identity), "%s", choose(v->port, m));
	snprintf(a->why, sizeof(a->why), "%s", m->why != NULL ? m->why : "");
}

static void
take_cloud(struct http_visit *v, int64_t now)
{
	static uint8_t room[CLOUD_ARENA] __attribute__((aligned(16)));
	struct arena arena = { .at = room, .cap = sizeof(room) };
	struct cloud c;
	char text[128];

	if (cloud_read(v->port->platform == RECEIVER_ONENET ? CLOUD_ONENET : CLOUD_CTWING,
	    (const char *)v->body, v->n, &c, &arena) < 0) {
		snprintf(text, sizeof(text), "%s\n", c.why);
		say(v, 422, text);
		return;
	}
	v->parcels = calloc(c.n + 1, sizeof(*v->parcels));
	for (size_t i = 0; v->parcels != NULL && i < c.n; i++) {
		struct door_packet p = { .path = "/", .format = DOOR_FORMAT_SENML_JSON,
		    .bytes = (const uint8_t *)c.at[i].pack, .n = c.at[i].len };

		if (c.at[i].values == 0) {
			note_empty(v, &v->parcels[v->nparcels++], &c.at[i]);
			continue;
		}
		p.identity = choose(v->port, &c.at[i]);
		dispatch(v, &v->parcels[v->nparcels++], &p, now);
	}
}

/* -1: it is none that is read. */
static int
format_of(const char *type)
{
	static const struct { const char *type; uint16_t format; } formats[] = {
		{ "application/senml+json", DOOR_FORMAT_SENML_JSON },
		{ "application/senml+cbor", DOOR_FORMAT_SENML_CBOR },
		{ "application/json", DOOR_FORMAT_JSON },
		{ "application/cbor", DOOR_FORMAT_CBOR },
		{ "application/octet-stream", DOOR_FORMAT_OCTETS },
		{ "text/plain", DOOR_FORMAT_TEXT },
		{ "application/vnd.oma.lwm2m+tlv", DOOR_FORMAT_TLV },
	};

	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		size_t n = strlen(formats[i].type);

		if (strncasecmp(type, formats[i].type, n) == 0 && strchr("; ", type[n]) != NULL)
			return formats[i].format;
	}
	return type[0] == '\0' ? DOOR_FORMAT_NONE : -1;
}

/* "/shop17/3303/0/5700": who, and what it is of. */
static void
take_generic(struct http_visit *v, int64_t now)
{
	const char *name = v->target + (v->target[0] == '/');
	size_t n = strcspn(name, "/");
	int format = format_of(header(v, "Content-Type"));
	char identity[DOOR_ID_MAX + 1];
	struct door_packet p = { .identity = identity, .path = name[n] != '\0' ? name + n : "/",
	    .format = (uint16_t)format, .bytes = v->body, .n = v->n };

	if (n == 0 || n > DOOR_ID_MAX || strlen(p.path) > DOOR_PATH_MAX || !door_text(name)) {
		say(v, 404, "post to /IDENTITY, or /IDENTITY/PATH\n");
		return;
	}
	if (format < 0) {
		say(v, 415, "nothing here reads that Content-Type\n");
		return;
	}
	memcpy(identity, name, n);
	identity[n] = '\0';
	v->parcels = calloc(1, sizeof(*v->parcels));
	if (v->parcels != NULL)
		dispatch(v, &v->parcels[v->nparcels++], &p, now);
}

/* What the sender says of it goes before its proof, which may be made anew each time. */
static void
mark_it(struct http_visit *v)
{
	const char *key = header(v, "Idempotency-Key");

	if (key[0] != '\0')
		v->same = hash_name(HASH_BEGIN, key);
	else if (v->mark[0] != '\0')
		v->same = hash_name(~HASH_BEGIN, v->mark);
}

static bool
proves(struct http_visit *v)
{
	static uint8_t room[HTTP_BODY + 256] __attribute__((aligned(16)));
	struct arena arena = { .at = room, .cap = sizeof(room) };
	const char *secret = v->port->secret, *token = argument(v, "token");
	struct cloud_seal s;

	if (v->port->platform == RECEIVER_GENERIC)
		return http_signed(header(v, "Tidegate-Signature"), secret, v->target, v->body,
		    v->n, system_clock.trusted() ? system_clock.wall() : 0, v->mark);
	if (v->port->platform == RECEIVER_CTWING) {
		token = token[0] != '\0' ? token : header(v, "token");
		return http_same(token, strlen(token), secret, strlen(secret));
	}
	if (!cloud_seal((const char *)v->body, v->n, &s, &arena) ||
	    !http_onenet(s.signature, s.nsignature, secret, s.nonce, s.nnonce, s.msg, s.nmsg))
		return false;
	snprintf(v->mark, sizeof(v->mark), "%.*s", (int)(s.nsignature < HTTP_MARK ?
	    s.nsignature : HTTP_MARK), s.signature);
	return true;
}

/* OneNET asks whether this is its receiver: who knows the token says msg back.  A plus
 * of base64 is read as a blank. */
static void
show_knowledge(struct http_visit *v)
{
	const char *msg = argument(v, "msg"), *nonce = argument(v, "nonce");
	char signature[64], *c = signature;

	snprintf(signature, sizeof(signature), "%s", argument(v, "signature"));
	for (; *c != '\0'; c++)
		*c = *c == ' ' ? '+' : *c;
	if (v->port->platform == RECEIVER_ONENET && http_onenet(signature, strlen(signature),
	    v->port->secret, nonce, strlen(nonce), msg, strlen(msg)))
		say(v, 200, msg);
	else
		say(v, 404, "there is nothing to read here\n");
}

static void
judge(struct http_visit *v, const char *method)
{
	int64_t now = system_clock.mono();

	v->heard = true;
	if (v->status != 0)
		return;
	if (strcmp(method, "GET") == 0) {
		show_knowledge(v);
		return;
	}
	if (strcmp(method, "POST") != 0 && strcmp(method, "PUT") != 0) {
		say(v, 405, "only POST and PUT are taken\n");
		return;
	}
	if (!proves(v)) {
		say(v, 401, WRONG_PROOF "\n");
		return;
	}
	if (known_before(v)) {
		say(v, 200, "{\"stored\":0,\"refused\":[]}\n");
		return;
	}
	mark_it(v);
	if (v->port->platform == RECEIVER_GENERIC)
		take_generic(v, now);
	else
		take_cloud(v, now);
	if (v->status == 0 && v->parcels == NULL)
		say(v, 503, "not now\n");
	else if (v->status == 0 && v->waiting == 0)
		settle(v, now);
}

static enum MHD_Result
respond(struct http_visit *v)
{
	const char *text = v->say != NULL ? v->say : "";
	struct MHD_Response *r = http.MHD_create_response_from_buffer(strlen(text),
	    (void *)(uintptr_t)text, MHD_RESPMEM_MUST_COPY);
	enum MHD_Result done;

	if (r == NULL)
		return MHD_NO;
	http.MHD_add_response_header(r, "Content-Type", text[0] == '{' ? "application/json" :
	    "text/plain; charset=utf-8");
	http.MHD_add_response_header(r, "Connection", "close");
	if (v->status == 503)
		http.MHD_add_response_header(r, "Retry-After", "5");
	done = http.MHD_queue_response(v->connection, v->status, r);
	http.MHD_destroy_response(r);
	return done;
}

/* Who pays for the connection, as far as he is known. */
static void
share_out(const struct http_visit *v)
{
	char (*who)[DOOR_ID_MAX + 1] = v->nparcels > 0 ? calloc(v->nparcels, sizeof(*who)) : NULL;

	for (size_t i = 0; who != NULL && i < v->nparcels; i++)
		strcpy(who[i], v->parcels[i].identity);
	if (who != NULL)
		http_brought(v->connection, who, v->nparcels);
}

enum MHD_Result
http_take(void *port, struct MHD_Connection *connection, const char *url, const char *method,
    const char *version, const char *body, size_t *n, void **visit)
{
	struct http_visit *v = *visit;

	(void)version;
	if (v == NULL) {
		*visit = v = begin(port, connection, url);
		if (v != NULL && strlen(url) >= sizeof(v->target))
			say(v, 414, "the path is too long\n");
		return v != NULL ? MHD_YES : MHD_NO;
	}
	if (*n > 0) {
		hear(v, body, *n);
		*n = 0;
		return MHD_YES;
	}
	if (!v->heard) {
		http_waits(connection);
		judge(v, method);
		share_out(v);
	}
	if (v->status != 0)
		return respond(v);
	v->suspended = true;
	http.MHD_suspend_connection(connection);
	return MHD_YES;
}

void
http_taken(void *port, struct MHD_Connection *connection, void **visit,
    enum MHD_RequestTerminationCode how)
{
	struct http_port *p = port;
	struct http_visit *v = *visit;

	(void)connection;
	(void)how;
	if (v == NULL)
		return;
	for (size_t i = 0; i < v->nparcels; i++)
		field_line_forget(p->door->line, &v->parcels[i].delivery);
	*(v->prev != NULL ? &v->prev->next : &p->visits) = v->next;
	if (v->next != NULL)
		v->next->prev = v->prev;
	p->bodies -= v->cap;
	free(v->body);
	free(v->parcels);
	free(v->say);
	free(v);
	*visit = NULL;
}

void
http_take_end(struct http_port *p)
{
	for (struct http_visit *v = p->visits; v != NULL; v = v->next) {
		if (!v->suspended)
			continue;
		for (size_t i = 0; i < v->nparcels; i++)
			field_line_forget(p->door->line, &v->parcels[i].delivery);
		say(v, 503, "the gateway ends\n");
		v->suspended = false;
		http.MHD_resume_connection(v->connection);
	}
}
