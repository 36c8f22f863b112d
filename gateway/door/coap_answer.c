#include <stdio.h>
#include <string.h>

#include "../clock.h"
#include "../room.h"
#include "../text.h"
#include "coap_client.h"

#define MAX_AGE		60		/* s, where the server says none */
#define GRACE		(10 * US_PER_S)	/* a notification may be late so long */
#define REORDER		(128 * US_PER_S)	/* RFC 7641 section 3.4 */

/* Options in the order of their numbers: Observe 6, Uri-Path 11, Block2 23. */
static void
put_path(coap_pdu_t *pdu, const char *path)
{
	while (*path != '\0') {
		size_t n = strcspn(++path, "/");

		if (n > 0)
			coap_lib.add_option(pdu, COAP_OPTION_URI_PATH, n, (const uint8_t *)path);
		path += n;
	}
}

bool
coap_client_ask(struct coap_client *c, struct coap_fetch *f, uint32_t block, unsigned szx,
    int64_t now)
{
	coap_pdu_t *pdu = coap_lib.pdu_init(COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET,
	    coap_lib.new_message_id(c->session), coap_lib.session_max_pdu_size(c->session));
	const struct coap_block wanted = { .num = block, .szx = szx };
	uint8_t value[4], token[2];

	if (pdu == NULL)
		return false;
	if (block == 0)
		f->serial++;
	token[0] = (uint8_t)(f - c->fetches);
	token[1] = f->serial;
	coap_lib.add_token(pdu, sizeof(token), token);
	if (c->observe && block == 0)
		coap_lib.add_option(pdu, COAP_OPTION_OBSERVE, 0, value);
	put_path(pdu, f->path);
	if (block > 0)
		coap_lib.add_option(pdu, COAP_OPTION_BLOCK2, coap_lib.encode_var_safe(value,
		    sizeof(value), coap_block_value(&wanted)), value);
	f->block = block;
	f->asked = now;
	return coap_lib.send(c->session, pdu) != COAP_INVALID_MID;
}

static void
bring(struct coap_client *c, struct coap_fetch *f, const char *path, const uint8_t *bytes,
    size_t n, int64_t now)
{
	struct door_packet p = { .kind = DOOR_MESSAGE, .name = COAP_FETCHED, .peer = c->uri.host,
	    .identity = c->name, .proven = c->uri.secure, .path = path, .format = f->format,
	    .bytes = bytes, .n = n, .why = "" };

	if (strlen(p.peer) > DOOR_PEER_MAX)
		p.peer = "";
	field_line_forget(c->door->line, &f->delivery);
	field_line_send(c->door->line, &f->delivery, &p, now);
}

void
coap_client_failed(struct coap_client *c, struct coap_fetch *f, const char *why,
    int64_t now)
{
	char text[DOOR_WHY_MAX + 1];

	snprintf(text, sizeof(text), "%.60s: %s", f->path, why);
	f->asked = 0;
	f->wanted = false;
	f->n = 0;
	f->anew = f->observed = false;
	bring(c, f, "", (const uint8_t *)text, strlen(text), now);
}

static uint32_t
number(const coap_pdu_t *pdu, uint16_t option, uint32_t none)
{
	coap_opt_iterator_t i;
	coap_opt_t *o = coap_lib.check_option(pdu, option, &i);

	if (o == NULL)
		return none;
	return coap_lib.decode_var_bytes(coap_lib.opt_value(o), coap_lib.opt_length(o));
}

/* One that was overtaken by a newer one says nothing. */
static bool
is_newer(const struct coap_fetch *f, uint32_t v, int64_t now)
{
	if (!f->observed || now > f->noted + REORDER)
		return true;
	return (f->number < v && v - f->number < 1U << 23) ||
	    (f->number > v && f->number - v > 1U << 23);
}

/* False: an old one.  A newer one than that of which blocks are awaited takes its place. */
static bool
note_observe(struct coap_client *c, struct coap_fetch *f, const coap_pdu_t *pdu, int64_t now)
{
	uint32_t v = number(pdu, COAP_OPTION_OBSERVE, UINT32_MAX);
	uint32_t age = number(pdu, COAP_OPTION_MAXAGE, MAX_AGE);

	if (!c->observe || v == UINT32_MAX)
		return true;
	if (!is_newer(f, v, now))
		return false;
	f->observed = true;
	f->number = v;
	f->noted = now;
	f->block = 0;
	f->n = 0;
	f->told = now + (int64_t)(age < 86400 ? age : 86400) * US_PER_S + GRACE;
	return true;
}

static uint8_t *
body_of(struct coap_client *c, const struct coap_fetch *f)
{
	if (c->body == NULL)
		c->body = room_for(COAP_PATHS_MAX, DOOR_BYTES_MAX);
	return c->body + (size_t)(f - c->fetches) * DOOR_BYTES_MAX;
}

/* The tag of the version that this is a part of; false: another one than that of the
 * blocks before (RFC 7959, 2.4). */
static bool
same_version(struct coap_fetch *f, const coap_pdu_t *pdu, bool first)
{
	coap_opt_iterator_t i;
	coap_opt_t *o = coap_lib.check_option(pdu, COAP_OPTION_ETAG, &i);
	uint32_t n = o != NULL ? coap_lib.opt_length(o) : 0;
	const uint8_t *tag = o != NULL ? coap_lib.opt_value(o) : NULL;

	if (n > sizeof(f->etag))
		n = 0;
	if (!first)
		return n == f->netag && (n == 0 || memcmp(tag, f->etag, n) == 0);
	f->netag = (uint8_t)n;
	if (n > 0)
		memcpy(f->etag, tag, n);
	return true;
}

/* What changes each time faster than its blocks come is not to be had. */
static void
ask_anew(struct coap_client *c, struct coap_fetch *f, int64_t now)
{
	f->block = 0;
	f->n = 0;
	if (f->anew) {
		coap_client_failed(c, f, N_("it changes while its blocks are fetched"), now);
		return;
	}
	f->anew = true;
	if (!coap_client_ask(c, f, 0, 6, now))
		c->broken = true;
}

static void
take_block(struct coap_client *c, struct coap_fetch *f, const struct coap_block *b,
    const uint8_t *bytes, size_t n, int64_t now)
{
	uint8_t *body = body_of(c, f);

	if (b->num == 0)
		f->n = 0;
	if (b->num != f->block || ((size_t)b->num << (b->szx + 4)) != f->n) {
		coap_client_failed(c, f, N_("its blocks do not follow each other"), now);
	} else if (f->n + n > DOOR_BYTES_MAX) {
		coap_client_failed(c, f, N_("more than 16 KiB"), now);
	} else {
		memcpy(body + f->n, bytes, n);
		f->n += n;
		if (b->more && !coap_client_ask(c, f, b->num + 1, b->szx, now))
			c->broken = true;
		if (b->more)
			return;
		f->asked = 0;
		f->anew = false;
		bring(c, f, f->path, body, f->n, now);
	}
	f->block = 0;
	f->n = 0;
}

static void
take(struct coap_client *c, struct coap_fetch *f, const coap_pdu_t *pdu, int64_t now)
{
	uint32_t block2 = number(pdu, COAP_OPTION_BLOCK2, UINT32_MAX);
	struct coap_block block;
	const uint8_t *bytes;
	size_t n;

	if (!coap_lib.get_data(pdu, &n, &bytes))
		n = 0;
	if (f->block == 0)
		f->format = (uint16_t)number(pdu, COAP_OPTION_CONTENT_FORMAT, DOOR_FORMAT_NONE);
	if (block2 != UINT32_MAX && coap_block(block2, &block) && (block.more || block.num > 0)) {
		if (same_version(f, pdu, block.num == 0))
			take_block(c, f, &block, bytes, n, now);
		else
			ask_anew(c, f, now);
		return;
	}
	f->asked = 0;
	f->block = 0;
	f->n = 0;
	bring(c, f, f->path, bytes, n, now);
}

coap_response_t
coap_answer(coap_session_t *session, const coap_pdu_t *sent, const coap_pdu_t *pdu,
    const coap_mid_t mid)
{
	struct coap_client *c = coap_lib.session_get_app_data(session);
	coap_bin_const_t token = coap_lib.pdu_get_token(pdu);
	int64_t now = system_clock.mono();
	struct coap_fetch *f;
	int code = coap_lib.pdu_get_code(pdu);
	char why[40];

	(void)sent;
	(void)mid;
	if (c == NULL || token.length != 2 || token.s[0] >= c->n)
		return COAP_RESPONSE_FAIL;
	if (!c->heard)
		coap_far_works(&c->far);
	c->heard = true;
	f = &c->fetches[token.s[0]];
	if (token.s[1] != f->serial)
		return COAP_RESPONSE_FAIL;	/* of a registration before: it ends */
	if (code != COAP_RESPONSE_CODE_CONTENT && code != COAP_RESPONSE_CODE_VALID) {
		snprintf(why, sizeof(why), "it answers %d.%02d", code >> 5, code & 31);
		coap_client_failed(c, f, why, now);
	} else if (note_observe(c, f, pdu, now)) {
		take(c, f, pdu, now);
	}
	return COAP_RESPONSE_OK;
}

/* May come more than once for what was asked once. */
void
coap_answer_lost(coap_session_t *session, const coap_pdu_t *sent,
    const coap_nack_reason_t reason, const coap_mid_t mid)
{
	static const char *const words[] = {
		[COAP_NACK_TOO_MANY_RETRIES] = N_("no answer"),
		[COAP_NACK_NOT_DELIVERABLE] = N_("it cannot be reached"),
		[COAP_NACK_RST] = N_("it refuses to answer"),
		[COAP_NACK_TLS_FAILED] =
		    N_("DTLS: it does not prove who it is, or does not know us"),
		[COAP_NACK_ICMP_ISSUE] = N_("nobody listens there"),
	};
	struct coap_client *c = coap_lib.session_get_app_data(session);
	const char *why = (size_t)reason < sizeof(words) / sizeof(words[0]) ? words[reason] : NULL;
	int64_t now = system_clock.mono();

	(void)sent;
	(void)mid;
	if (c == NULL)
		return;
	if (reason == COAP_NACK_TLS_FAILED && c->unproven == NULL)
		c->unproven = coap_lib_unproven();
	if (reason == COAP_NACK_TLS_FAILED && c->unproven != NULL)
		why = c->unproven;
	if (why == NULL)
		why = N_("no answer");
	if (reason == COAP_NACK_TLS_FAILED)
		c->refused = why;
	if (reason != COAP_NACK_RST) {
		coap_client_lost(c, why, now);
		return;
	}
	for (size_t i = 0; i < c->n; i++)
		if (c->fetches[i].asked != 0)
			coap_client_failed(c, &c->fetches[i], why, now);
}
