#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../protocols/hj212.h"
#include "../clock.h"
#include "../crypt.h"
#include "../log.h"
#include "../room.h"
#include "../secret.h"
#include "../secret_key.h"
#include "dial_conf.h"
#include "link.h"
#include "listener.h"

/* A DTU calls us and is from then on the line of its link. */

#define CALL_LIMIT	(3 * 60 * US_PER_S)	/* then it is told that it does not call */
#define PROOF		(5 * US_PER_S)	/* what the old line has to answer a poll */
#define IN_A_ROW	(10 * 60 * US_PER_S)	/* claims less apart follow each other */
#define PIECE		1500
/* What a line through the door costs is reckoned: a record of TLS, a segment and the
 * acknowledgement of every second one; and the handshake. */
#define AROUND_TLS	(29 + 40 + 20)
#define SHAKE_RX	900
#define SHAKE_TX	700
#define SHAKE_TX_CERT	3500

/* Who else claims to be this DTU, until the old line has answered or has not. */
struct claim {
	int		 fd;		/* < 0: datagrams */
	union address	 from;
	struct dtu	 dtu;
	struct dtu_word	 reply;
	int64_t		 since;		/* mono us */
	size_t		 n;		/* bytes behind, or within, its registration */
	uint8_t		 payload[];
};

struct dial {
	struct link	*link;
	struct awaited	 awaited;
	char		*id;		/* of it: a conf may be another one later */
	char		 token[DTU_ID_MAX + 1];
	struct hj212_conf hj212;
	struct dtu	 dtu;
	struct dtu_word	*room;		/* for as many heartbeats as it has; or NULL */
	struct noises	 noises;
	union address	 from;
	struct timer	 watch;		/* for silence, and the end of a claim */
	int64_t		 heard;		/* mono us */
	struct claim	*claim;		/* NULL: nobody else does */
	int64_t		 disproved;	/* mono us: the last one was */
	int64_t		 believed;	/* mono us: until then no other one is tried */
	unsigned	 in_a_row;	/* of claims that were disproved, before that one */
	uint64_t	 around;	/* bytes about each piece, where the socket does not
					 * know: the door has it */
};

static struct dial *
dial_of(struct link *link)
{
	return link->kind_data;
}

static void
give_up_claim(struct dial *d)
{
	if (d->claim == NULL)
		return;
	if (d->claim->fd >= 0)
		close(d->claim->fd);
	free(d->claim);
	d->claim = NULL;
}

static int64_t
silent_after(const struct dial *d)
{
	int64_t every = listener_conf(d->awaited.at)->every;

	return every > 0 ? every : LISTENER_SILENT;
}

/* What it said while nothing was read of it, nobody knows. */
static int64_t
last_heard(const struct dial *d)
{
	return d->link->went_on > d->heard ? d->link->went_on : d->heard;
}

/* One that called anew has closed the old line, or it never will: what it said there
 * before proves nothing. */
static bool
hung_up(const struct link *link)
{
	struct pollfd p = { .fd = link->source.fd, .events = POLLRDHUP };

	return p.fd >= 0 && poll(&p, 1, 0) > 0;
}

static void
arm_watch(struct dial *d)
{
	int64_t at = INT64_MAX;

	if (d->awaited.at == NULL)
		return;
	if (listener_conf(d->awaited.at)->every > 0)
		at = last_heard(d) + 2 * silent_after(d);
	if (d->claim != NULL && d->claim->since + PROOF < at)
		at = d->claim->since + PROOF;
	loop_arm(d->link->loop, &d->watch, at);
}

static int
send_raw(struct dial *d, const uint8_t *p, size_t n)
{
	ssize_t sent;

	if (d->link->source.fd < 0 && d->awaited.at == NULL)
		return link_fail(d->link, "nobody listens any more");
	if (d->link->source.fd < 0) {
		meter_add(&d->link->meter, 0, n + 28);
		return listener_send(d->awaited.at, &d->from, p, n) == 0 || errno == EAGAIN ? 0 :
		    link_fail(d->link, "%s", link_words(NULL, errno));
	}
	sent = send(d->link->source.fd, p, n, MSG_NOSIGNAL);
	if (sent == (ssize_t)n) {
		if (d->around > 0)
			meter_add(&d->link->meter, 0, n + d->around);
		return 0;
	}
	return link_fail(d->link, "%s", sent >= 0 || errno == EAGAIN ? "the DTU reads nothing" :
	    link_words(NULL, errno));
}

static bool
of_door(const struct dial *d)
{
	return listener_conf(d->awaited.at)->tls != LISTENER_PLAIN;
}

static void
answer(struct dial *d, const struct buf *reply)
{
	if (reply->len > 0)
		send_raw(d, reply->at, reply->len);
}

/* It is this line now; a connection that cannot be had is closed. */
static void
take_line(struct dial *d, int fd, const union address *from, const struct dtu *dtu,
    const struct buf *payload, const struct buf *reply, int64_t now)
{
	struct link *link = d->link;
	char who[64];

	struct dtu before = d->dtu;

	d->from = *from;
	d->dtu = *dtu;
	dtu_resume(&d->dtu, &before);
	d->heard = now;
	link->source.fd = fd;
	if (fd >= 0) {
		listener_tune(fd, silent_after(d));
		d->around = of_door(d) ? AROUND_TLS : 0;
		meter_accept(&link->meter, fd);
		if (d->around > 0)
			meter_add(&link->meter, SHAKE_RX, listener_conf(d->awaited.at)->tls ==
			    LISTENER_PSK ? SHAKE_TX : SHAKE_TX_CERT);
		if (loop_add(link->loop, &link->source, EPOLLIN) < 0) {
			link_is_down(link, "too many connections", now);
			return;
		}
	} else {
		listener_bind(d->awaited.at, from, &d->awaited);
	}
	link->unproven = d->awaited.token[0] == '\0' && dtu->proven[0] == '\0';
	free(d->room);
	d->room = dtu->conf->nbeats > 0 ? room_for(dtu->conf->nbeats, sizeof(*d->room)) : NULL;
	dtu_noises(&d->dtu, &d->noises, d->room);
	link->noises = &d->noises;
	log_debug("%s: called from %s", link->conf->name, address_write(from, who));
	answer(d, reply);
	arm_watch(d);
	link_is_up(link, now);
	if (payload->len > 0 && link->state == LINK_UP)
		link_heard(link, payload->at, payload->len, now);
}

/* Up with another one: that one is asked, and has its time to answer; who claims
 * after a first one gains no time for it, and costs no question more. */
static void
contest(struct dial *d, int fd, const union address *from, const struct dtu *dtu,
    const struct dtu_out *out, int64_t now)
{
	bool first = d->claim == NULL;
	int64_t since = first ? now : d->claim->since;

	give_up_claim(d);
	d->claim = room_for(1, sizeof(*d->claim) + out->payload.len);
	*d->claim = (struct claim){ .fd = fd, .from = *from, .dtu = *dtu, .since = since,
	    .n = out->payload.len };
	memcpy(d->claim->payload, out->payload.at, out->payload.len);
	if (out->reply.len <= DTU_WORD_MAX) {
		d->claim->reply.n = (uint8_t)out->reply.len;
		memcpy(d->claim->reply.bytes, out->reply.at, out->reply.len);
	}
	arm_watch(d);
	if (first && d->link->owner->prove != NULL)
		d->link->owner->prove(d->link, now);
}

/* It has just answered: who tries on and on would use up its plan by questions. */
static bool
is_believed(const struct dial *d, int64_t now)
{
	return d->claim == NULL && now < d->believed && !hung_up(d->link);
}

static void
called(struct awaited *a, int fd, const union address *from, const struct dtu *dtu,
    const struct dtu_out *out, int64_t now)
{
	struct dial *d = owner_of(a, struct dial, awaited);
	struct link *link = d->link;

	if (link->state == LINK_UP && is_believed(d, now)) {
		link->duplicates++;
		if (fd >= 0)
			close(fd);
		return;
	}
	if (link->state == LINK_UP && now - last_heard(d) <= silent_after(d) * 3 / 2) {
		contest(d, fd, from, dtu, out, now);
		return;
	}
	if (link->state == LINK_UP)
		link_is_down(link, "silent, and it called anew", now);
	link_called(link, now);
	if (link->state == LINK_OPENING)
		take_line(d, fd, from, dtu, &out->payload, &out->reply, now);
	else if (fd >= 0)
		close(fd);
}

/* The old line is silent: the new one has it. */
static void
yield_to_claim(struct dial *d, int64_t now)
{
	struct claim *c = d->claim;
	struct buf said = { .at = c->payload, .len = c->n, .cap = c->n };
	struct buf reply = { .at = c->reply.bytes, .len = c->reply.n, .cap = c->reply.n };

	d->claim = NULL;
	if (d->link->state == LINK_UP)
		link_is_down(d->link, "it does not answer, and called anew", now);
	link_called(d->link, now);
	if (d->link->state == LINK_OPENING)
		take_line(d, c->fd, &c->from, &c->dtu, &said, &reply, now);
	else if (c->fd >= 0)
		close(c->fd);
	free(c);
}

static bool
is_disproved(const struct dial *d)
{
	return d->claim != NULL && d->link->answered > d->claim->since && !hung_up(d->link);
}

static void
disprove(struct dial *d, int64_t now)
{
	bool follows = d->disproved > 0 && now - d->disproved < IN_A_ROW;
	char who[64];

	address_write(&d->claim->from, who);
	d->link->duplicates++;
	d->in_a_row = follows ? d->in_a_row + (d->in_a_row < 4) : 0;
	d->disproved = now;
	d->believed = now + (PROOF << d->in_a_row);
	if (d->believed > now + silent_after(d))
		d->believed = now + silent_after(d);
	if (d->link->owner->duplicate != NULL)
		d->link->owner->duplicate(d->link, who, now);
	give_up_claim(d);
	arm_watch(d);
}

static void
watch(struct timer *t, int64_t now)
{
	struct dial *d = owner_of(t, struct dial, watch);
	struct link *link = d->link;

	if (is_disproved(d))
		disprove(d, now);
	else if (d->claim != NULL && (link->state != LINK_UP || now >= d->claim->since + PROOF))
		yield_to_claim(d, now);
	else if (link->state == LINK_UP && d->awaited.at != NULL &&
	    listener_conf(d->awaited.at)->every > 0 && !link->waits &&
	    now >= last_heard(d) + 2 * silent_after(d))
		link_is_down(link, "silent for two heartbeats", now);
	else if (link->state == LINK_UP && link->waits)
		loop_arm(link->loop, t, now + PROOF);
	else if (link->state == LINK_UP)
		arm_watch(d);
}

static void
drop(struct link *link)
{
	struct dial *d = dial_of(link);

	if (d->claim != NULL)		/* now it is that one's, from the loop */
		loop_arm(link->loop, &d->watch, 0);
	else
		loop_disarm(link->loop, &d->watch);
	link->noises = NULL;
	if (link->source.fd >= 0) {
		loop_remove(link->loop, &link->source);
		meter_close(&link->meter, link->source.fd);
		close(link->source.fd);
	} else if (d->awaited.at != NULL && d->heard > 0) {
		listener_bind(d->awaited.at, &d->from, NULL);
	}
	link->source.fd = -1;
	d->heard = d->believed = 0;
}

/* What a line that is up said. */
static void
take(struct dial *d, const uint8_t *p, size_t n, int64_t now)
{
	uint8_t payload[PIECE + 2 * DTU_WORD_MAX], reply[2 * PIECE + 2 * DTU_WORD_MAX];
	struct dtu_out out = { .payload = { .at = payload, .cap = sizeof(payload) },
	    .reply = { .at = reply, .cap = sizeof(reply) } };
	struct link *link = d->link;
	const char *why = "it says what is none of its format";
	const struct dtu_found before = d->dtu.is;

	if (dtu_hear(&d->dtu, p, n, &out))
		why = !out.registered || strcmp(before.id, d->dtu.is.id) == 0 ? NULL :
		    "it says that it is another one";
	if (why != NULL && link->source.fd < 0) {	/* from a source that was forged */
		d->dtu.is = before;
		return;
	}
	if (why != NULL) {
		link_is_down(link, why, now);
		return;
	}
	d->heard = now;
	answer(d, &out.reply);
	arm_watch(d);
	if (out.payload.len > 0)
		link_heard(link, payload, out.payload.len, now);
	if (is_disproved(d))
		disprove(d, now);
	if (out.left && link->state == LINK_UP)
		link_is_down(link, "it took its leave", now);
}

static void
ready(struct source *source, uint32_t events, int64_t now)
{
	struct link *link = owner_of(source, struct link, source);
	struct dial *d = dial_of(link);
	uint8_t bytes[PIECE];
	ssize_t n = recv(source->fd, bytes, sizeof(bytes), 0);

	(void)events;
	if (n > 0) {
		if (d->around > 0)
			meter_add(&link->meter, (uint64_t)n + d->around, 0);
		take(d, bytes, (size_t)n, now);
	} else if (n == 0)
		link_is_down(link, "closed by the DTU", now);
	else if (errno != EAGAIN && errno != EINTR)
		link_is_down(link, link_words(NULL, errno), now);
}

/* Each packet on its own: what one cut short does not spoil the next. */
static void
datagram(struct awaited *a, const uint8_t *p, size_t n, int64_t now)
{
	struct dial *d = owner_of(a, struct dial, awaited);

	d->dtu.part.n = 0;
	d->dtu.left = 0;
	d->dtu.state = 0;
	meter_add(&d->link->meter, n + 28, 0);
	take(d, p, n, now);
}

/* Nothing that comes from there is its own. */
static void
usurped(struct awaited *a, int64_t now)
{
	struct link *link = owner_of(a, struct dial, awaited)->link;

	if (link->state == LINK_UP)
		link_is_down(link, "its address is another DTU's now", now);
}

/* The port is another one now: it has to call there. */
static void
closed(struct awaited *a, int64_t now)
{
	struct dial *d = owner_of(a, struct dial, awaited);

	give_up_claim(d);
	if (d->link->state == LINK_UP)
		link_is_down(d->link, "its listener was closed", now);
}

static void
load_token(struct dial *d)
{
	const struct link_conf *conf = d->link->conf;
	char secret[SECRET_MAX + 1], why[SECRET_PATH_MAX * 2] = "longer than 40 bytes";

	if (secret_load(conf->token, secret, why, sizeof(why)) == 0 &&
	    strlen(secret) < sizeof(d->token))
		strcpy(d->token, secret);
	else
		log_warn("%s: token: %s: nobody is taken", conf->name, why);
	secret_clear(secret, sizeof(secret));
}

/* A key that cannot be had deciphers nothing, and what comes is refused. */
static void
load_hj212(struct dial *d)
{
	const struct link_conf *conf = d->link->conf;
	char why[SECRET_PATH_MAX * 2];
	struct secret_key key;

	d->hj212 = (struct hj212_conf){ .dialect = (uint8_t)conf->dialect,
	    .check = (uint8_t)conf->crc, .answer = (uint8_t)conf->answer,
	    .most = (uint16_t)conf->segment, .overtime = conf->timeout,
	    .tries = (uint8_t)(1 + conf->retries) };
	d->link->hj212 = &d->hj212;
	if (conf->cipher[0] == '\0')
		return;
	if (secret_key_load(&key_form_sm4, conf->cipher, &key, why, sizeof(why)) == 0) {
		memcpy(d->hj212.key, key.bytes, sizeof(d->hj212.key));
		d->hj212.decipher = crypt_sm4_decipher;
	} else {
		log_warn("%s: cipher: %s: nothing is deciphered", conf->name, why);
	}
	secret_clear(&key, sizeof(key));
}

static struct dial *
make(struct link *link)
{
	struct dial *d = room_for(1, sizeof(*d));

	d->link = link;
	d->id = room_for(strlen(link->conf->identity) + 1, 1);
	strcpy(d->id, link->conf->identity);
	if (link->conf->token[0] != '\0')
		load_token(d);
	load_hj212(d);
	d->awaited = (struct awaited){ .id = d->id, .token = d->token, .called = called,
	    .datagram = datagram, .usurped = usurped, .closed = closed };
	d->watch.fire = watch;
	link->source.ready = ready;
	link->unproven = link->conf->token[0] == '\0';
	return link->kind_data = d;
}

/* Only waits; a call that comes between two tries is taken too. */
static int
dial_open(struct link *link, int64_t now)
{
	struct dial *d = link->kind_data != NULL ? link->kind_data : make(link);

	if (link->listeners == NULL)
		return link_fail(link, "a DTU calls a gateway that runs");
	if (link->conf->token[0] != '\0' && d->token[0] == '\0')
		return link_fail(link, "its token cannot be read");
	if (d->awaited.at == NULL &&
	    listener_await(link->listeners, link->conf->listener, &d->awaited) < 0)
		return link_fail(link, "there is no listener %s", link->conf->listener);
	link_limit(link, now + CALL_LIMIT);
	return 0;
}

static int
dial_send(struct link *link, const uint8_t *bytes, size_t n)
{
	struct dial *d = dial_of(link);
	uint8_t frame[2 * PIECE];
	struct buf to = { .at = frame, .cap = sizeof(frame) };

	dtu_wrap(&d->dtu, bytes, n, &to);
	if (to.bad)
		return link_fail(link, "a frame too long for a DTU");
	return send_raw(d, to.at, to.len);
}

/* Heartbeats that its protocol found among the answers. */
static void
dial_beats(struct link *link, uint64_t n, int64_t now)
{
	struct dial *d = dial_of(link);
	const struct dtu_word *word = &d->dtu.conf->beat_reply;

	(void)now;
	for (; n > 0 && word->n > 0; n--)
		send_raw(d, word->bytes, word->n);
}

static void
dial_forget(struct link *link)
{
	struct dial *d = dial_of(link);

	if (d == NULL)
		return;
	give_up_claim(d);
	loop_disarm(link->loop, &d->watch);
	listener_leave(&d->awaited);
	secret_clear(d->token, sizeof(d->token));
	secret_clear(d->hj212.key, sizeof(d->hj212.key));
	link->hj212 = NULL;
	free(d->room);
	free(d->id);
	free(d);
}

const struct link_kind link_dial = {
	.name = "dial",
	.proto = "modbus-rtu",
	.keys = dial_keys,
	.backoff_max = US_PER_S,
	.metered = true,
	.calls = true,
	.awaited = true,
	.cellular = true,
	.late = "it has not called",
	.check = dial_check,
	.open = dial_open,
	.close = drop,
	.send = dial_send,
	.beats = dial_beats,
	.forget = dial_forget,
};
