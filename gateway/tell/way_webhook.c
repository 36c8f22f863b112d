#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "../crypt.h"
#include "../secret.h"
#include "notice_json.h"
#include "provider.h"

#define BODY_ROOM	16384

/* Messages as JSON to an address of the contact's own, signed as the uplink of this
 * name signs: the same id is the same message. */
struct webhook_conf {
	struct http_conf	 http;
	const char		*secret;	/* as written */
};

struct webhook_way {
	struct provider			 provider;
	const struct webhook_conf	*conf;
};

static int
webhook_open(void *self, const struct way_env *env, char *why, size_t n)
{
	struct webhook_way *w = self;

	w->conf = env->conf->own;
	return provider_open(&w->provider, env, &w->conf->http, "Bearer ", why, n);
}

static int
sign(const struct webhook_way *w, const struct buf *body, char *line, size_t n,
    struct way_result *r)
{
	long long now = w->provider.env->clock->wall() / MS_PER_S;
	char secret[SECRET_MAX + 1], time[24], sum[65];
	const void *parts[] = { time, body->at };
	const size_t lens[] = { (size_t)snprintf(time, sizeof(time), "%lld.", now), body->len };
	const char *done;

	if (secret_load(w->conf->secret, secret, r->why, sizeof(r->why)) < 0)
		return -1;
	done = crypt_hmac_hex(secret, strlen(secret), parts, lens, 2, sum);
	secret_clear(secret, sizeof(secret));
	if (done == NULL) {
		snprintf(r->why, sizeof(r->why), "the request cannot be signed");
		return -1;
	}
	snprintf(line, n, "Tidegate-Signature: t=%lld,v1=%s", now, sum);
	return 0;
}

static const struct http_status statuses[] = {
	{ 410, 410, 0, false, "wants no more" },
	{ 0, 0, 0, false, NULL }
};

/* Whatever it says in 2xx, it has it; a page is that of a network to log in. */
static void
judge(struct webhook_way *w, bool answered, struct way_result *r)
{
	struct provider *p = &w->provider;
	int status = p->reply.status;

	if (answered && status / 100 == 2 && !p->far.page) {
		r->outcome = WAY_DELIVERED;
		return;
	}
	r->outcome = answered ? status >= 500 ? WAY_UNKNOWN : WAY_REFUSED :
	    p->reply.sent ? WAY_UNKNOWN : WAY_REFUSED;
	if (!answered) {
		snprintf(r->why, sizeof(r->why), "%s", p->trouble);
		return;
	}
	r->for_good = status == 410;
	http_far_refused(&p->far, statuses, &p->reply, r->why, sizeof(r->why));
	r->pause = p->far.pause;
}

static void
post(struct webhook_way *w, const struct notice *m, const struct buf *body,
    struct way_result *r)
{
	struct provider *p = &w->provider;
	struct http_request q = http_far_request(&p->far);
	const char *headers[66] = { NULL };
	char key[80], signature[128];
	size_t n = q.nheaders < 64 ? q.nheaders : 64;

	if (n > 0)
		memcpy(headers, q.headers, n * sizeof(*headers));
	snprintf(key, sizeof(key), "Idempotency-Key: %s", m->id);
	headers[n++] = key;
	if (given(w->conf->secret) != NULL) {
		if (sign(w, body, signature, sizeof(signature), r) < 0)
			return;
		headers[n++] = signature;
	}
	q.url = m->address[0] != '\0' ? m->address : w->conf->http.url;
	q.type = "application/json";
	q.headers = headers;
	q.nheaders = n;
	q.timeout = p->env->conf->timeout;
	q.body = body->at;
	q.len = body->len;
	judge(w, http_far_post(&p->far, &q, &p->reply, p->trouble, sizeof(p->trouble)) == 0, r);
}

static void
webhook_send(void *self, const struct notice *m, struct way_result *r)
{
	struct webhook_way *w = self;
	uint8_t room[BODY_ROOM];
	struct buf body = { .at = room, .cap = sizeof(room) };

	r->outcome = WAY_REFUSED;
	if (!notice_json(&body, m)) {
		r->for_good = true;
		snprintf(r->why, sizeof(r->why), "too long");
	} else if (m->address[0] == '\0' && given(w->conf->http.url) == NULL) {
		r->for_good = true;
		snprintf(r->why, sizeof(r->why), "neither the contact nor the way has a url");
	} else if (http_far_secrets(&w->provider.far, r->why, sizeof(r->why)) == 0) {
		post(w, m, &body, r);
	}
	if (r->outcome != WAY_DELIVERED)
		http_far_forget(&w->provider.far);
}

static void
webhook_close(void *self)
{
	struct webhook_way *w = self;

	provider_close(&w->provider);
}

static int
webhook_check(const struct way_conf *way, struct errs *errs)
{
	static const char *const ours[] = { "Idempotency-Key", "Tidegate-Signature", NULL };
	const struct access access = { way->name, way->place, errs };
	const struct webhook_conf *c = way->own;
	struct http_conf conf = c->http;

	if (given(conf.url) == NULL)	/* the contact's, which are looked at with it */
		conf.url = "https://contact";
	if (conf.headers.n <= 64)
		return http_check(&access, &conf, ours);
	return err_add(errs, way->place.file, way->place.line,
	    ERR_("%s: headers: more than %d"), way->name, 64);
}

#define AT(field)	offsetof(struct webhook_conf, field)

static const struct key webhook_keys[] = {
	{ .name = "url", .type = KEY_STRING, .offset = AT(http.url), .fallback = "",
	  .example = "\"https://office.example/alarms\"",
	  .help = "Where messages to contacts go that have no url of their own." },
	{ .name = "secret", .type = KEY_SECRET, .offset = AT(secret), .fallback = "",
	  .example = "\"cred:webhook\"",
	  .help = "Requests are signed with it (HMAC-SHA-256); written like password." },
	ROWS(AT(http), http_keys),
	{ .name = NULL }
};

const struct way_kind webhook_way = {
	.name = "webhook",
	.keys = webhook_keys,
	.conf_size = sizeof(struct webhook_conf),
	.check = webhook_check,
	.address = WAY_TO_URL,
	.form = WAY_FORM_LONG,
	.lanes = 4,
	.lanes_max = 16,
	.idempotent = true,
	.size = sizeof(struct webhook_way),
	.open = webhook_open,
	.send = webhook_send,
	.close = webhook_close,
};
