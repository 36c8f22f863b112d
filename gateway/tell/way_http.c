#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "../secret.h"
#include "form.h"
#include "provider.h"

#define URL_ROOM	4096
#define BODY_ROOM	16384

/* Any provider that takes a request by HTTP: what it looks like and what its answer
 * means is in the settings. */
struct template_conf {
	struct http_conf	 http;
	int			 method;
	const char		*type, *body;
	int			 escape;	/* enum form_escape */
	const char		*secret;	/* as written */
	const char		*success, *contains, *id, *code, *reason;
	struct strings		 never, capped;
	const char		*receipt_url, *delivered, *failed;
};

struct template_way {
	struct provider			 provider;
	const struct template_conf	*conf;
};

static const char *const methods[] = { "POST", "GET", "PUT", NULL };

static int
template_open(void *self, const struct way_env *env, char *why, size_t n)
{
	struct template_way *w = self;

	w->conf = env->conf->own;
	return provider_open(&w->provider, env, &w->conf->http, "Bearer ", why, n);
}

/* Does the answer have the value at the path, "PATH=VALUE"? */
static bool
holds(const struct json_t *answer, const char *condition, char *value, size_t n)
{
	size_t len = strcspn(condition, "=");
	char path[128];

	snprintf(path, sizeof(path), "%.*s", (int)len, condition);
	json_find(answer, path, value, n);
	return condition[len] == '=' && strcmp(value, condition + len + 1) == 0;
}

static bool
is_among(const struct strings *words, const char *word)
{
	for (size_t i = 0; i < words->n; i++)
		if (strcmp(words->at[i], word) == 0)
			return true;
	return false;
}

/* A provider that repeats what it was sent shows no secret through us, not the beginning
 * of one either that is cut off with the words. */
static void
hide(char *why, const char *secret)
{
	char head[9];

	snprintf(head, sizeof(head), "%.8s", secret);
	if (head[0] != '\0' && strstr(why, head) != NULL)
		strcpy(why, "it refuses, and repeats the secret as it does so");
}

static void
say_refused(const struct template_way *w, const struct json_t *answer, const char *value,
    struct way_result *r)
{
	char reason[100] = "", code[128];

	if (given(w->conf->reason) != NULL)
		json_find(answer, w->conf->reason, reason, sizeof(reason));
	if (given(w->conf->code) != NULL && answer != NULL) {
		json_find(answer, w->conf->code, code, sizeof(code));
		value = code;
	}
	r->outcome = WAY_REFUSED;
	r->for_good = is_among(&w->conf->never, value);
	r->capped = is_among(&w->conf->capped, value);
	r->pause = r->for_good || r->capped ? 0 : HTTP_SLOWLY;
	snprintf(r->why, sizeof(r->why), "it refuses: %.40s %.90s", value, reason);
	for (char *at = r->why; *at != '\0'; at++)
		if ((unsigned char)*at < 0x20 || *at == 0x7f)
			*at = ' ';
}

static void
judge(struct template_way *w, const struct json_t *answer, struct way_result *r)
{
	const struct template_conf *c = w->conf;
	struct provider *p = &w->provider;
	static const struct http_status none[] = { { 0, 0, 0, false, NULL } };
	bool good = p->reply.status / 100 == 2;
	char value[128] = "";

	r->outcome = WAY_ACCEPTED;
	if (given(c->success) != NULL && answer != NULL) {
		if (!holds(answer, c->success, value, sizeof(value)))
			say_refused(w, answer, value, r);
	} else if (!good) {
		http_far_refused(&p->far, none, &p->reply, r->why, sizeof(r->why));
		r->outcome = p->reply.status >= 500 ? WAY_UNKNOWN : WAY_REFUSED;
		r->pause = p->far.pause;
	} else if (given(c->success) != NULL) {
		provider_failed(p, r);
	} else if (given(c->contains) != NULL &&
	    memmem(p->answer.at, p->answer.len, c->contains, strlen(c->contains)) == NULL) {
		say_refused(w, NULL, p->far.said, r);
	} else if (p->far.page && given(c->contains) == NULL) {
		r->outcome = WAY_UNKNOWN;
		snprintf(r->why, sizeof(r->why), "it answers with a page, as a log-in page of "
		    "a network does");
	}
	if (r->outcome == WAY_ACCEPTED && given(c->id) != NULL)
		json_find(answer, c->id, r->provider, sizeof(r->provider));
}

/* Fills in and asks.  False: the result says why; else the answer, which may be
 * NULL as it is no JSON. */
static bool
ask(struct template_way *w, const char *url, const char *method, const struct form_values *v,
    struct json_t **answer, struct way_result *r)
{
	char where[URL_ROOM];
	uint8_t room[BODY_ROOM];
	struct buf to = { .at = (uint8_t *)where, .cap = sizeof(where) - 1 };
	struct buf body = { .at = room, .cap = sizeof(room) };
	struct http_request q = http_far_request(&w->provider.far);
	bool whole = form_fill(&to, url, v, FORM_AS_FORM);

	if (strcmp(method, "GET") != 0) {
		whole &= form_fill(&body, w->conf->body, v, (enum form_escape)w->conf->escape);
		q.type = w->conf->type;
	}
	if (!whole) {
		r->outcome = WAY_REFUSED;
		r->for_good = true;
		snprintf(r->why, sizeof(r->why), "too long");
		return false;
	}
	where[to.len] = '\0';
	q.url = where;
	q.method = method;
	q.body = room;
	q.len = body.len;
	*answer = provider_ask(&w->provider, &q);
	secret_clear(room, sizeof(room));
	secret_clear(where, sizeof(where));
	if (*answer != NULL || w->provider.reply.status != 0)
		return true;
	provider_failed(&w->provider, r);
	return false;
}

static void
template_send(void *self, const struct notice *m, struct way_result *r)
{
	struct template_way *w = self;
	char secret[SECRET_MAX + 1];
	struct form_values v = { m, "", secret };
	struct json_t *answer = NULL;

	r->outcome = WAY_REFUSED;
	if (secret_load(w->conf->secret, secret, r->why, sizeof(r->why)) < 0)
		return;
	if (ask(w, w->conf->http.url, methods[w->conf->method], &v, &answer, r))
		judge(w, answer, r);
	json_answer_end(answer);
	hide(r->why, secret);
	secret_clear(secret, sizeof(secret));
}

static void
read_receipt(struct template_way *w, const struct json_t *answer, bool known,
    struct way_result *r)
{
	char value[128];

	r->outcome = WAY_UNKNOWN;
	r->pause = 10 * US_PER_S;
	if (answer == NULL || w->provider.reply.status / 100 != 2)
		snprintf(r->why, sizeof(r->why), "no receipt (%d)", w->provider.reply.status);
	else if (holds(answer, w->conf->delivered, value, sizeof(value)))
		r->outcome = WAY_DELIVERED;
	else if (given(w->conf->failed) != NULL &&
	    holds(answer, w->conf->failed, value, sizeof(value)))
		r->outcome = WAY_REFUSED;
	else if (known)
		r->outcome = WAY_ACCEPTED;
	else
		snprintf(r->why, sizeof(r->why), "nothing is known of it there");
	if (r->outcome == WAY_REFUSED)
		snprintf(r->why, sizeof(r->why), "it did not arrive: %.60s", value);
}

static void
template_receipt(void *self, const struct notice *m, const char *provider,
    struct way_result *r)
{
	struct template_way *w = self;
	char secret[SECRET_MAX + 1];
	struct form_values v = { m, provider, secret };
	struct json_t *answer = NULL;

	r->outcome = WAY_UNKNOWN;
	if (given(w->conf->receipt_url) == NULL) {
		snprintf(r->why, sizeof(r->why), "there is no receipt_url to ask");
		return;
	}
	if (provider[0] == '\0' && strstr(w->conf->receipt_url, "{provider}") != NULL) {
		snprintf(r->why, sizeof(r->why), "the provider gave the message no id to ask by");
		return;
	}
	if (secret_load(w->conf->secret, secret, r->why, sizeof(r->why)) < 0)
		return;
	if (ask(w, w->conf->receipt_url, "GET", &v, &answer, r))
		read_receipt(w, answer, provider[0] != '\0', r);
	else
		*r = (struct way_result){ .outcome = WAY_UNKNOWN, .pause = 10 * US_PER_S };
	json_answer_end(answer);
	secret_clear(secret, sizeof(secret));
}

static void
template_close(void *self)
{
	struct template_way *w = self;

	provider_close(&w->provider);
}

#define WRONG(way, errs, ...) \
	err_add(errs, (way)->place.file, (way)->place.line, __VA_ARGS__)

static int
check_form(const struct way_conf *way, const char *key, const char *form, struct errs *errs)
{
	const char *at;

	if (form_check(form, &at) == 0)
		return 0;
	return WRONG(way, errs, ERR_("%s: %s: at \"%s\": braces hold a word such as {address}, "
	    "{text}, {value}; a brace itself is written twice"), way->name, key, at);
}

static int
check_conditions(const struct way_conf *way, const struct template_conf *c, struct errs *errs)
{
	const char *const conditions[] = { c->success, c->delivered, c->failed };
	int rc = 0;

	for (size_t i = 0; i < 3; i++)
		if (given(conditions[i]) != NULL && strchr(conditions[i] + 1, '=') == NULL)
			rc = WRONG(way, errs, ERR_("%s: \"%s\": write \"PATH=VALUE\", such as "
			    "\"data.code=0\""), way->name, conditions[i]);
	if ((given(c->receipt_url) == NULL) != (given(c->delivered) == NULL))
		rc = WRONG(way, errs, ERR_("%s: receipt_url and delivered go together"),
		    way->name);
	return rc;
}

static int
template_check(const struct way_conf *way, struct errs *errs)
{
	const struct access access = { way->name, way->place, errs };
	const struct template_conf *c = way->own;

	return http_check(&access, &c->http, NULL) | check_form(way, "url", c->http.url, errs) |
	    check_form(way, "body", c->body, errs) |
	    check_form(way, "receipt_url", c->receipt_url, errs) |
	    check_conditions(way, c, errs);
}

#define AT(field)	offsetof(struct template_conf, field)

static const struct key template_keys[] = {
	{ .name = "url", .type = KEY_STRING, .offset = AT(http.url),
	  .example = "\"https://sms.example/send?to={number}\"",
	  .help = "http://HOST/PATH or https://..., with words in braces." },
	{ .name = "method", .type = KEY_CHOICE, .offset = AT(method), .fallback = "POST",
	  .names = methods, .help = "Of the request." },
	{ .name = "type", .type = KEY_STRING, .offset = AT(type),
	  .fallback = "application/json", .help = "Content-Type of the body." },
	{ .name = "body", .type = KEY_STRING, .offset = AT(body), .fallback = "",
	  .example = "\"{{\\\"to\\\":\\\"{number}\\\",\\\"text\\\":\\\"{text}\\\"}}\"",
	  .help = "The body, with words in braces; a brace itself is written twice." },
	{ .name = "escape", .type = KEY_CHOICE, .offset = AT(escape), .fallback = "json",
	  .names = form_escapes, .help = "How what is filled in is written in the body." },
	{ .name = "secret", .type = KEY_SECRET, .offset = AT(secret), .fallback = "",
	  .example = "\"cred:sms\"",
	  .help = "What {secret} stands for; written like password." },
	{ .name = "success", .type = KEY_STRING, .offset = AT(success), .fallback = "",
	  .example = "\"data.code=0\"",
	  .help = "What the JSON of the answer must hold, \"PATH=VALUE\"; none: status 2xx." },
	{ .name = "contains", .type = KEY_STRING, .offset = AT(contains), .fallback = "",
	  .example = "\"result=0\"",
	  .help = "What an answer that is no JSON must hold." },
	{ .name = "id", .type = KEY_STRING, .offset = AT(id), .fallback = "",
	  .example = "\"data.id\"", .help = "Where the provider's id is in its answer." },
	{ .name = "code", .type = KEY_STRING, .offset = AT(code), .fallback = "",
	  .example = "\"code\"",
	  .help = "Where its code is when it refuses; none: at the path of success." },
	{ .name = "reason", .type = KEY_STRING, .offset = AT(reason), .fallback = "",
	  .example = "\"message\"", .help = "Where it says why it refuses." },
	{ .name = "never", .type = KEY_STRINGS, .offset = AT(never), .fallback = "",
	  .example = "(\"1003\")",
	  .help = "Codes after which it is not tried again." },
	{ .name = "capped", .type = KEY_STRINGS, .offset = AT(capped), .fallback = "",
	  .example = "(\"1009\")",
	  .help = "Codes that mean a limit of the provider." },
	{ .name = "receipt_url", .type = KEY_STRING, .offset = AT(receipt_url), .fallback = "",
	  .example = "\"https://sms.example/state?id={provider}\"",
	  .help = "Asked by GET what came of a message." },
	{ .name = "delivered", .type = KEY_STRING, .offset = AT(delivered), .fallback = "",
	  .example = "\"state=DELIVRD\"", .help = "What its answer holds when it arrived." },
	{ .name = "failed", .type = KEY_STRING, .offset = AT(failed), .fallback = "",
	  .example = "\"state=UNDELIV\"", .help = "What its answer holds when it did not." },
	ROWS(AT(http), http_keys),
	{ .name = NULL }
};

const struct way_kind http_way = {
	.name = "http",
	.keys = template_keys,
	.conf_size = sizeof(struct template_conf),
	.check = template_check,
	.address = WAY_TO_NAME,
	.form = WAY_FORM_SHORT,
	.lanes = 4,
	.lanes_max = 16,
	.size = sizeof(struct template_way),
	.open = template_open,
	.send = template_send,
	.receipt = template_receipt,
	.close = template_close,
};
