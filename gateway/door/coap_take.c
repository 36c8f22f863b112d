#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../clock.h"
#include "../hash.h"
#include "coap_port.h"

#define RETRY_AFTER	10	/* s: the Max-Age of "not now" */

/* One request that waits until what it brought is durable. */
struct coap_exchange {
	struct delivery		 delivery;
	struct coap_port	*port;
	struct coap_exchange	*next, *prev;
	coap_session_t		*session;	/* referenced */
	struct coap_recent	*recent;	/* its own while its key is this: */
	uint64_t		 key;
	uint32_t		 block;		/* value of Block1 + 1; 0: none */
	size_t			 ntoken;
	uint8_t			 token[8];
	bool			 confirmable;
	char			 identity[DOOR_ID_MAX + 1];
};

struct request {
	struct coap_port	*port;
	coap_session_t		*session;
	const coap_pdu_t	*pdu;
	char			 peer[DOOR_PEER_MAX + 1];
	char			 identity[DOOR_ID_MAX + 1];
	char			 path[DOOR_PATH_MAX + 1];
	uint16_t		 format;
	uint32_t		 block;		/* value of Block1 + 1; 0: none */
	const uint8_t		*bytes;
	size_t			 n;
	struct coap_recent	*recent;
	int64_t			 now;
};

static const struct { uint8_t code; } codes[DOOR_CODES] = {
	[DOOR_STORED] = { COAP_RESPONSE_CODE(204) },
	[DOOR_NOBODY] = { COAP_RESPONSE_CODE(403) },
	[DOOR_UNPROVEN] = { COAP_RESPONSE_CODE(401) },
	[DOOR_NOWHERE] = { COAP_RESPONSE_CODE(404) },
	[DOOR_FORMAT] = { COAP_RESPONSE_CODE(415) },
	[DOOR_UNSOUND] = { COAP_RESPONSE_CODE(400) },
	[DOOR_BUSY] = { COAP_RESPONSE_CODE(503) },
	[DOOR_NO_DATA] = { COAP_RESPONSE_CODE(204) },
};

/* The options stand in the order of their numbers: Max-Age 14, Block1 27. */
static void
say(coap_pdu_t *pdu, uint8_t code, uint32_t block, const char *why)
{
	uint8_t value[4];

	coap_lib.pdu_set_code(pdu, code);
	if (code == COAP_RESPONSE_CODE(503))
		coap_lib.add_option(pdu, COAP_OPTION_MAXAGE,
		    coap_lib.encode_var_safe(value, sizeof(value), RETRY_AFTER), value);
	if (block > 0)
		coap_lib.add_option(pdu, COAP_OPTION_BLOCK1,
		    coap_lib.encode_var_safe(value, sizeof(value), block - 1), value);
	if (why[0] != '\0')
		coap_lib.add_data(pdu, strlen(why), (const uint8_t *)why);
}

static void
drop(struct coap_exchange *e)
{
	*(e->prev != NULL ? &e->prev->next : &e->port->waiting) = e->next;
	if (e->next != NULL)
		e->next->prev = e->prev;
	coap_lib.session_release(e->session);
	free(e);
}

void
coap_take_end(struct coap_port *p)
{
	while (p->waiting != NULL) {
		field_line_forget(p->door->line, &p->waiting->delivery);
		drop(p->waiting);
	}
}

/* Its acknowledgement went long ago, empty: this is an answer of its own. */
static void
answered(struct delivery *d, enum door_code code, const char *why, int64_t now)
{
	struct coap_exchange *e = owner_of(d, struct coap_exchange, delivery);
	struct coap_port *p = e->port;
	coap_pdu_t *pdu = coap_lib.pdu_init(e->confirmable ? COAP_MESSAGE_CON :
	    COAP_MESSAGE_NON, 0, coap_lib.new_message_id(e->session),
	    coap_lib.session_max_pdu_size(e->session));
	char peer[DOOR_PEER_MAX + 1];

	fares_count(&p->fares, code, now);
	if (code == DOOR_NOBODY) {
		coap_peer(e->session, peer);
		fares_stranger(&p->fares, p->door->line, p->name, peer, e->identity, code);
	}
	if (e->recent->key == e->key)	/* "not now" may be asked again as it is */
		e->recent->key = code == DOOR_BUSY ? 0 : e->key;
	if (e->recent->key == e->key) {
		e->recent->code = codes[code].code;
		e->recent->block = e->block;
	}
	if (pdu != NULL) {
		coap_lib.add_token(pdu, e->ntoken, e->token);
		say(pdu, codes[code].code, e->block, why[0] != '\0' || code == DOOR_STORED ? why :
		    door_words(code));
		coap_lib.send(e->session, pdu);
	}
	drop(e);
}

static uint32_t
number(const struct request *q, uint16_t option, uint32_t none)
{
	coap_opt_iterator_t i;
	coap_opt_t *o = coap_lib.check_option(q->pdu, option, &i);

	if (o == NULL)
		return none;
	return coap_lib.decode_var_bytes(coap_lib.opt_value(o), coap_lib.opt_length(o));
}

/* False: it does not fit, or has bytes that are none of a name. */
static bool
put_part(char *to, size_t room, size_t *n, const uint8_t *part, size_t len)
{
	if (*n + len + 1 >= room)
		return false;
	for (size_t i = 0; i < len; i++)
		if (part[i] <= ' ' || part[i] == 0x7f || part[i] == '/')
			return false;
	to[(*n)++] = '/';
	memcpy(to + *n, part, len);
	*n += len;
	to[*n] = '\0';
	return true;
}

/* Who nobody proved is who the first part of the path says. */
static bool
read_path(struct request *q)
{
	coap_opt_iterator_t i;
	coap_opt_filter_t all;
	coap_opt_t *o;
	size_t n = 0;
	bool named = q->port->secure;

	memset(&all, 0, sizeof(all));
	coap_lib.option_iterator_init(q->pdu, &i, COAP_OPT_ALL);
	while ((o = coap_lib.option_next(&i)) != NULL) {
		const uint8_t *part = coap_lib.opt_value(o);
		size_t len = coap_lib.opt_length(o), none = 0;
		char name[DOOR_ID_MAX + 2];

		if (i.number != COAP_OPTION_URI_PATH || len == 0)
			continue;
		if (named && !put_part(q->path, sizeof(q->path), &n, part, len))
			return false;
		if (!named && !put_part(name, sizeof(name), &none, part, len))
			return false;
		if (!named)
			strcpy(q->identity, name + 1);
		named = true;
	}
	if (n == 0)
		strcpy(q->path, "/");
	return true;
}

/* 0: it is sound so far. */
static uint8_t
read_request(struct request *q)
{
	const struct coap_known *k = coap_lib.session_get_app_data(q->session);

	q->now = system_clock.mono();
	coap_peer(q->session, q->peer);
	if (q->port->secure && (k == NULL || k->identity[0] == '\0'))
		return COAP_RESPONSE_CODE(401);
	if (k != NULL)
		strcpy(q->identity, k->identity);
	if (!read_path(q))
		return COAP_RESPONSE_CODE(404);
	q->format = (uint16_t)number(q, COAP_OPTION_CONTENT_FORMAT, DOOR_FORMAT_NONE);
	q->block = number(q, COAP_OPTION_BLOCK1, UINT32_MAX) + 1;
	if (!coap_lib.get_data(q->pdu, &q->n, &q->bytes))
		q->n = 0;
	return 0;
}

/* That of one exchange, which one that is sent again has too. */
static uint64_t
mark_of(const struct request *q)
{
	coap_bin_const_t token = coap_lib.pdu_get_token(q->pdu);
	int mid = coap_lib.pdu_get_mid(q->pdu);
	uint64_t mark = hash_bytes(HASH_BEGIN, &mid, sizeof(mid));

	return hash_bytes(mark, token.s, token.length);
}

static uint64_t
key_of(const struct request *q)
{
	uint64_t key = hash_bytes(mark_of(q), q->peer, strlen(q->peer));

	key = hash_bytes(key, q->identity, strlen(q->identity));
	key = hash_bytes(key, q->path, strlen(q->path));
	key = hash_bytes(key, &q->block, sizeof(q->block));
	key = hash_bytes(key, q->bytes, q->n);
	return key != 0 ? key : 1;
}

/* 0: the body is whole. */
static uint8_t
read_body(struct request *q)
{
	struct coap_block block;
	uint64_t key = hash_bytes(HASH_BEGIN, q->peer, strlen(q->peer));

	if (q->block == 0)
		return 0;
	if (!coap_block(q->block - 1, &block))
		return COAP_RESPONSE_CODE(400);
	key = hash_bytes(key, q->identity, strlen(q->identity));
	key = hash_bytes(key, q->path, strlen(q->path)) | 1;
	switch (coap_body_add(&q->port->bodies, key, &block, q->bytes, q->n, q->now, &q->bytes,
	    &q->n)) {
	case COAP_BODY_MORE:
		return COAP_RESPONSE_CODE(231);
	case COAP_BODY_GAP:
		return COAP_RESPONSE_CODE(408);
	case COAP_BODY_LARGE:
		return COAP_RESPONSE_CODE(413);
	case COAP_BODY_WHOLE:
		break;
	}
	return 0;
}

/* Never 0, which would say that its mark is not used again. */
static uint16_t
end_of(const struct request *q)
{
	uint64_t end = hash_bytes(HASH_BEGIN, q->peer, strlen(q->peer));

	return (uint16_t)(end >> 32) | 1;
}

/* False: the field role cannot take it now. */
static bool
hand_on(struct request *q, uint64_t key)
{
	coap_bin_const_t token = coap_lib.pdu_get_token(q->pdu);
	struct coap_exchange *e = calloc(1, sizeof(*e));
	struct door_packet p = { .kind = DOOR_MESSAGE, .name = q->port->name, .peer = q->peer,
	    .identity = q->identity, .proven = q->port->secure, .path = q->path,
	    .format = q->format, .same = mark_of(q), .end = end_of(q),
	    .bytes = q->bytes, .n = q->n, .why = "" };

	if (e == NULL)
		return false;
	*e = (struct coap_exchange){ .delivery = { .answered = answered }, .port = q->port,
	    .recent = q->recent, .key = key, .block = q->block, .ntoken = token.length,
	    .confirmable = coap_lib.pdu_get_type(q->pdu) == COAP_MESSAGE_CON };
	memcpy(e->token, token.s, token.length);
	strcpy(e->identity, q->identity);
	e->delivery.known = coap_port_knows(q->port, q->identity);
	if (!field_line_send(q->port->door->line, &e->delivery, &p, q->now)) {
		free(e);
		return false;
	}
	e->session = coap_lib.session_reference(q->session);
	e->next = q->port->waiting;
	if (e->next != NULL)
		e->next->prev = e;
	q->port->waiting = e;
	return true;
}

static void
settle(struct request *q, coap_pdu_t *response, uint8_t code)
{
	if (code >= COAP_RESPONSE_CODE(400))
		fares_count(&q->port->fares, DOOR_UNSOUND, q->now);
	q->recent->code = code;
	q->recent->block = q->block;
	say(response, code, q->block, "");
}

void
coap_take(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *pdu,
    const coap_string_t *query, coap_pdu_t *response)
{
	struct request q = { .session = session, .pdu = pdu,
	    .port = coap_lib.get_app_data(coap_lib.session_get_context(session)) };
	uint8_t code = read_request(&q);
	uint64_t key;

	(void)resource;
	(void)query;
	if (code != 0) {
		fares_count(&q.port->fares, code == COAP_RESPONSE_CODE(401) ? DOOR_UNPROVEN :
		    DOOR_NOWHERE, q.now);
		say(response, code, 0, "");
		return;
	}
	key = key_of(&q);
	if (coap_recent(q.port->recent, key, q.now, &q.recent)) {
		if (q.recent->code != 0)
			say(response, q.recent->code, q.recent->block, "");
		return;			/* else it is acknowledged once more, empty */
	}
	code = read_body(&q);
	if (code == 0 && q.n > DOOR_BYTES_MAX)
		code = COAP_RESPONSE_CODE(413);
	if (code != 0) {
		settle(&q, response, code);
	} else if (!hand_on(&q, key)) {
		q.recent->key = 0;
		fares_count(&q.port->fares, DOOR_BUSY, q.now);
		say(response, codes[DOOR_BUSY].code, q.block, "the gateway cannot take it now");
	}
}
