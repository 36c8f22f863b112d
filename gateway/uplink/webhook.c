#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../conf/err.h"
#include "../clock.h"
#include "../crypt.h"
#include "../log.h"
#include "../secret.h"
#include "aside.h"
#include "entry_json.h"
#include "http_far.h"
#include "sent.h"
#include "webhook_conf.h"
#include "webhook_cost.h"

#define BATCH		500		/* entries; some 100 KiB of JSON */
#define GONE		(3600 * US_PER_S)	/* where nobody is at home any more */
#define CHANCES		8		/* entries refused in a row, each by itself */
#define KEY_BYTES	80		/* of an idempotency key */

/* A bit each, in the order of webhook_kinds. */
#define KIND_BIT(kind)	(1U << ((kind) - 1))
#define GAP_BIT		(1U << (WEBHOOK_KINDS - 1))

/* An entry of the batch: where it begins, what it is. */
struct piece {
	size_t		at;
	uint64_t	first, last;	/* seq; the same but for a gap */
};

struct webhook {
	const struct uplink_env	  *env;
	const struct webhook_conf *conf;
	struct http_far		   far;
	char			   secret[SECRET_MAX + 1];
	bool			   have_secrets;
	unsigned		   kinds, single;	/* bits */
	const char		 **headers;	/* ours behind the configured ones */
	struct aside		   aside;
	struct sent		  *sent;
	bool			   told_unnoted;
	/* the batch in hand */
	struct buf		   out;
	struct piece		  *pieces;
	size_t			   n;
	bool			   alone;	/* one entry and no other */
	enum stream		   stream;	/* of its first sending */
	uint64_t		   end;		/* it was cut there; 0: anywhere */
	/* while it is delivered */
	size_t			   taken, refused;	/* entries */
	unsigned		   chances;	/* to be refused with all there is */
	int			   status;
	char			  *why;
	size_t			   nwhy;
};

enum answer { ANSWER_TAKEN, ANSWER_REFUSED, ANSWER_FAILED };

static unsigned
bits_of(const struct strings *words)
{
	unsigned bits = 0;

	for (size_t i = 0; i < words->n; i++)
		bits |= 1U << webhook_kind(words->at[i]);
	return bits;
}

static void
forget_secrets(struct webhook *f)
{
	secret_clear(f->secret, sizeof(f->secret));
	http_far_forget(&f->far);
	f->have_secrets = false;
}

/* Again after each failure, for they may have been changed. */
static int
read_secrets(struct webhook *f, char *why, size_t n)
{
	if (f->have_secrets)
		return 0;
	if (secret_load(f->conf->secret, f->secret, why, n) < 0 ||
	    http_far_secrets(&f->far, why, n) < 0)
		return -1;
	f->have_secrets = true;
	return 0;
}

static void
webhook_close(void *self)
{
	struct webhook *f = self;

	forget_secrets(f);
	http_far_close(&f->far);
	free(f->out.at);
	free(f->pieces);
	free(f->headers);
	aside_close(&f->aside);
	sent_close(f->sent);
}

static int
make_room(struct webhook *f, char *why, size_t n)
{
	const struct uplink_conf *c = f->env->conf;

	f->out.cap = (size_t)c->batch_bytes;
	f->out.at = malloc(f->out.cap);
	f->pieces = calloc((size_t)c->batch + 1, sizeof(*f->pieces));
	f->headers = calloc(f->conf->http.headers.n + 2, sizeof(*f->headers));
	if (f->out.at != NULL && f->pieces != NULL && f->headers != NULL &&
	    aside_open(&f->aside, f->env->disk, c->name) == 0)
		return 0;
	snprintf(why, n, "no memory");
	return -1;
}

static int
webhook_open(void *self, const struct uplink_env *env, char *why, size_t n)
{
	struct webhook *f = self;

	f->env = env;
	f->conf = env->conf->own;
	f->kinds = f->conf->kinds.n > 0 ? bits_of(&f->conf->kinds) : (1U << WEBHOOK_KINDS) - 1;
	f->single = bits_of(&f->conf->single);
	if (make_room(f, why, n) == 0 &&
	    http_far_open(&f->far, &f->conf->http, "Bearer ", env->meter, why, n) == 0 &&
	    read_secrets(f, why, n) == 0) {
		f->sent = sent_open(env->disk, env->conf->name, env->store);
		if (f->sent != NULL)
			return 0;
		snprintf(why, n, "its file beside the store: %s",
		    strerrordesc_np(errno));
	}
	webhook_close(f);
	return -1;
}

/* With what was sent as a batch before, and no more: the same again has the same
 * key. */
static bool
begin_batch(struct webhook *f, uint64_t first, enum stream stream)
{
	const struct sent_batch *before = sent_find(f->sent, first);

	f->stream = before != NULL ? before->stream : stream;
	f->end = before != NULL ? before->last : 0;
	return true;
}

static bool
belongs(struct webhook *f, unsigned bit, uint64_t first, enum stream stream)
{
	if (f->n == 0)
		return begin_batch(f, first, stream);
	return !f->alone && !(f->single & bit) && f->n < (size_t)f->env->conf->batch &&
	    (f->end == 0 || first <= f->end);
}

/* Behind a comma, which the first one has instead of its bracket. */
static enum put_result
put(struct webhook *f, unsigned bit, const struct entry *e, const struct gap *gap,
    enum stream stream)
{
	struct piece p = { .at = f->out.len, .first = e != NULL ? e->seq : gap->from,
	    .last = e != NULL ? e->seq : gap->to };

	if (!(f->kinds & bit))
		return PUT_SKIPPED;
	if (!belongs(f, bit, p.first, stream))
		return PUT_FULL;
	f->alone = f->n == 0 && (f->single & bit);
	if (f->conf->form == FORM_ARRAY && !f->alone)
		buf_put8(&f->out, f->n == 0 ? '[' : ',');
	if (f->out.bad || !(e != NULL ? entry_json(&f->out, e, f->stream, f->env) :
	    gap_json(&f->out, gap, f->stream, f->env))) {
		f->out.bad = false;
		f->out.len = p.at;
		return PUT_FULL;
	}
	f->pieces[f->n++] = p;
	return PUT_TAKEN;
}

static enum put_result
webhook_put(void *self, const struct entry *e, enum stream stream)
{
	return put(self, KIND_BIT(e->kind), e, NULL, stream);
}

static enum put_result
webhook_gap(void *self, const struct gap *gap, enum stream stream)
{
	return put(self, GAP_BIT, NULL, gap, stream);
}

static size_t
piece_end(const struct webhook *f, size_t i)
{
	return i < f->n ? f->pieces[i].at : f->out.len;
}

/* The same key, the same bytes: a part of the sum tells apart what has the same
 * numbers after other settings or a damage of the store. */
static void
make_key(const struct webhook *f, size_t from, size_t to, const void *body, size_t len,
    char key[KEY_BYTES])
{
	char sum[65];

	snprintf(key, KEY_BYTES, "Idempotency-Key: %016llx-%llu-%llu-%.8s",
	    (unsigned long long)f->env->store, (unsigned long long)f->pieces[from].first,
	    (unsigned long long)f->pieces[to - 1].last,
	    crypt_sha256_hex(&body, &len, 1, sum));
}

/* Of "TIME.BODY", so that an old request with a new time is none of ours. */
static int
sign(const struct webhook *f, const void *body, size_t len, char *line, size_t n)
{
	long long now = system_clock.wall() / MS_PER_S;
	char time[24], sum[65];
	const void *parts[] = { time, body };
	const size_t lens[] = { (size_t)snprintf(time, sizeof(time), "%lld.", now), len };

	if (crypt_hmac_hex(f->secret, strlen(f->secret), parts, lens, 2, sum) == NULL)
		return -1;
	snprintf(line, n, "Tidegate-Signature: t=%lld,v1=%s", now, sum);
	return 0;
}

static int
post_body(struct webhook *f, size_t from, size_t to, const void *body, size_t len,
    struct http_reply *reply)
{
	const struct webhook_conf *c = f->conf;
	char key[KEY_BYTES], signature[128];
	struct http_request q = http_far_request(&f->far);
	size_t n = q.nheaders;

	q.type = f->alone || c->form == FORM_ARRAY ? "application/json" : "application/x-ndjson";
	q.gzip = (int)c->gzip;
	q.body = body;
	q.len = len;
	if (n > 0)
		memcpy(f->headers, q.headers, n * sizeof(*f->headers));
	make_key(f, from, to, body, len, key);
	if (given(c->secret) != NULL && sign(f, body, len, signature, sizeof(signature)) < 0) {
		snprintf(f->why, f->nwhy, "libcrypto refuses to sign");
		return -1;
	}
	f->headers[n++] = key;
	if (given(c->secret) != NULL)
		f->headers[n++] = signature;
	q.headers = f->headers;
	q.nheaders = n;
	return http_far_post(&f->far, &q, reply, f->why, f->nwhy);
}

/* A part of the array becomes one, for so long. */
static int
post(struct webhook *f, size_t from, size_t to, struct http_reply *reply)
{
	size_t len = piece_end(f, to) - f->pieces[from].at;
	uint8_t *body = f->out.at + f->pieces[from].at, first = body[0];
	int rc;

	if (f->alone)
		return post_body(f, from, to, body, len - 1, reply);
	if (f->conf->form == FORM_LINES)
		return post_body(f, from, to, body, len, reply);
	body[0] = '[';
	body[len - 1] = ']';
	rc = post_body(f, from, to, body, len, reply);
	body[0] = first;
	body[len - 1] = '\n';
	return rc;
}

/* What is different from others. */
static const struct http_status statuses[] = {
	{ 401, 401, HTTP_SLOWLY, false, ERR_("does not know us: secret, token or password") },
	{ 409, 409, 0,           false, ERR_("is still busy with the same request") },
	{ 410, 410, GONE,        false,
	  ERR_("wants no more, for good: stopped, tried once an hour") },
	{ 415, 415, HTTP_SLOWLY, true,  ERR_("does not take this form: form, gzip") },
	{ 0, 0, 0, false, NULL }
};

static enum answer
ask(struct webhook *f, size_t from, size_t to)
{
	struct http_reply reply;

	if (post(f, from, to, &reply) < 0)
		return ANSWER_FAILED;
	f->status = reply.status;
	if (reply.status / 100 == 2 && !f->far.page)
		return ANSWER_TAKEN;
	if (reply.status == 400 || reply.status == 413 || reply.status == 422)
		return ANSWER_REFUSED;
	http_far_refused(&f->far, statuses, &reply, f->why, f->nwhy);
	return ANSWER_FAILED;
}

/* One entry, refused by itself.  -1: everything seems to be. */
static int
refuse(struct webhook *f, size_t i)
{
	size_t skip = f->conf->form == FORM_ARRAY && !f->alone;
	size_t at = f->pieces[i].at + skip;
	char safe[2 * sizeof(f->far.said)], why[sizeof(safe) + 32];

	log_safe(f->far.said, safe, sizeof(safe));
	snprintf(why, sizeof(why), "refused (%d): %s", f->status, safe);
	aside_add(&f->aside, why, f->out.at + at, piece_end(f, i + 1) - at - 1);
	f->refused++;
	return f->taken == 0 && f->refused > f->chances ? -1 : 0;
}

/* Halves what is refused until the bad entries stand alone.  -1: it cannot be
 * delivered now. */
static int
deliver(struct webhook *f, size_t from, size_t to)
{
	size_t middle = from + (to - from) / 2;

	switch (ask(f, from, to)) {
	case ANSWER_TAKEN:
		f->taken += to - from;
		f->chances = CHANCES;
		return 0;
	case ANSWER_FAILED:
		return -1;
	case ANSWER_REFUSED:
		break;
	}
	if (to - from == 1)
		return refuse(f, from);
	if (deliver(f, from, middle) < 0)
		return -1;
	return deliver(f, middle, to);
}

/* Refusals are final where others are taken, of this batch or lately; else the
 * fault may be ours and nothing is given up. */
static int
settle(struct webhook *f)
{
	if (f->taken > 0 || f->refused <= f->chances) {
		if (f->taken == 0)
			f->chances -= (unsigned)f->refused;
		aside_keep(&f->aside);
		return 0;
	}
	f->far.pause = HTTP_SLOWLY;
	snprintf(f->why, f->nwhy, given(f->far.said) != NULL ? "it %s (%d): %s" : "it %s (%d)",
	    ERR_("refuses everything"), f->status, f->far.said);
	return -1;
}

/* The bounds first, for they must be known before the far end knows the batch. */
static void
note(struct webhook *f)
{
	const struct sent_batch b = { .first = f->pieces[0].first,
	    .last = f->pieces[f->n - 1].last, .stream = f->stream };

	if (sent_note(f->sent, &b) == 0) {
		f->told_unnoted = false;
		return;
	}
	if (!f->told_unnoted)
		log_warn("uplink %s: bounds of its requests are not kept: %s",
		    f->env->conf->name, strerrordesc_np(errno));
	f->told_unnoted = true;
}

static int
webhook_send(void *self, char *why, size_t n)
{
	struct webhook *f = self;
	int result = 0;

	f->taken = f->refused = 0;
	f->far.said[0] = '\0';
	f->far.pause = 0;
	f->why = why;
	f->nwhy = n;
	why[0] = '\0';
	if (f->n > 0)
		result = read_secrets(f, why, n);
	if (f->n > 0 && result == 0) {
		note(f);
		result = deliver(f, 0, f->n);
	}
	/* given up half-way because all was refused: said below */
	if (result == 0 || (f->refused > 0 && why[0] == '\0'))
		result = settle(f);
	if (result < 0) {
		forget_secrets(f);
		aside_forget(&f->aside);
	}
	f->out.len = f->n = 0;
	return result;
}

static int64_t
webhook_pause(const void *self)
{
	return ((const struct webhook *)self)->far.pause;
}

static uint64_t
webhook_refused(const void *self)
{
	return ((const struct webhook *)self)->aside.count;
}

const struct uplink webhook_uplink = {
	.name = "webhook",
	.keys = webhook_keys,
	.conf_size = sizeof(struct webhook_conf),
	.check = webhook_check,
	.size = sizeof(struct webhook),
	.batch = BATCH,
	.open = webhook_open,
	.put = webhook_put,
	.send = webhook_send,
	.close = webhook_close,
	.gap = webhook_gap,
	.pause = webhook_pause,
	.refused = webhook_refused,
	.cost = webhook_cost,
};
