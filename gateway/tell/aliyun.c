#include <stdio.h>
#include <string.h>
#include <time.h>

#include "../../protocols/json.h"
#include "../crypt.h"
#include "../secret.h"
#include "aliyun.h"

#define QUERY_MAX	8192

#define AT(field)	offsetof(struct aliyun_conf, field)

const struct key aliyun_keys[] = {
	{ .name = "key_id", .type = KEY_STRING, .offset = AT(key_id),
	  .example = "\"LTAI5tExample\"",
	  .help = "AccessKey ID of a RAM user that may do nothing else." },
	{ .name = "secret", .type = KEY_SECRET, .offset = AT(secret),
	  .example = "\"cred:aliyun\"",
	  .help = "AccessKey secret: @/path of a file or cred:NAME of a credential. It is read "
	    "anew for each message." },
	{ .name = "templates", .type = KEY_ITEMS, .offset = AT(templates),
	  .sub = sms_template_keys, .size = sizeof(struct sms_template),
	  .line = offsetof(struct sms_template, place) + 1,
	  .example = "( { code = \"SMS_123456789\"; variables = (\"device\", \"value\"); } )",
	  .help = "Approved templates; the first that fits a message is used." },
	ROWS(AT(http.tls), tls_keys),
	ROWS(AT(http.proxy), proxy_keys),
	{ .name = NULL }
};

int
aliyun_check(const struct way_conf *way, const struct aliyun_conf *conf, struct errs *errs)
{
	int rc = provider_check(way, &conf->http, errs);

	if (conf->key_id[0] == '\0' ||
	    strspn(conf->key_id, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	    "0123456789.-_") != strlen(conf->key_id))
		rc = err_add(errs, way->place.file, way->place.line,
		    ERR_("%s: key_id: \"%s\" is none"), way->name, conf->key_id);
	return rc | sms_templates_check(way, &conf->templates, false, errs);
}

int
aliyun_open(struct aliyun *a, const struct way_env *env, const struct aliyun_conf *conf,
    char *why, size_t n)
{
	a->conf = conf;
	return provider_open(&a->provider, env, &conf->http, "", why, n);
}

/* A text to sign is a line with the algorithm and the sum of the request. */
static bool
sign(struct aliyun *a, const struct acs3_request *q, char *line, size_t n,
    struct way_result *r)
{
	uint8_t room[QUERY_MAX + 1024];
	struct buf canonical = { .at = room, .cap = sizeof(room) };
	char secret[SECRET_MAX + 1], sum[65], signature[65], text[128];
	const void *part = room;
	bool ok;

	if (secret_load(a->conf->secret, secret, r->why, sizeof(r->why)) < 0)
		return false;
	acs3_canonical(&canonical, q);
	ok = !canonical.bad;
	if (ok) {
		size_t len = (size_t)snprintf(text, sizeof(text), ACS3_ALGORITHM "\n%s",
		    crypt_sha256_hex(&part, &canonical.len, 1, sum));

		part = text;
		ok = crypt_hmac_hex(secret, strlen(secret), &part, &len, 1, signature) != NULL;
	}
	secret_clear(secret, sizeof(secret));
	if (ok)
		snprintf(line, n, ACS3_ALGORITHM " Credential=%s,SignedHeaders=" ACS3_SIGNED
		    ",Signature=%s", a->conf->key_id, signature);
	else
		snprintf(r->why, sizeof(r->why), "the request cannot be signed");
	return ok;
}

static void
write_date(int64_t ms, char date[32])
{
	time_t t = (time_t)(ms / MS_PER_S);
	struct tm tm;

	gmtime_r(&t, &tm);
	strftime(date, 32, "%Y-%m-%dT%H:%M:%SZ", &tm);
}

static struct json_t *
ask(struct aliyun *a, const struct acs3_request *q, const char *authorization,
    struct way_result *r)
{
	struct http_request request = http_far_request(&a->provider.far);
	char url[QUERY_MAX + 512], lines[5][128];
	const char *headers[] = { lines[0], lines[1], lines[2], lines[3], lines[4] };
	struct json_t *answer;

	snprintf(url, sizeof(url), "%s/?%s", a->conf->http.url, q->query);
	snprintf(lines[0], sizeof(lines[0]), "x-acs-action: %s", q->action);
	snprintf(lines[1], sizeof(lines[1]), "x-acs-version: %s", q->version);
	snprintf(lines[2], sizeof(lines[2]), "x-acs-date: %s", q->date);
	snprintf(lines[3], sizeof(lines[3]), "x-acs-signature-nonce: %s", q->nonce);
	snprintf(lines[4], sizeof(lines[4]), "x-acs-content-sha256: %s", q->sum);
	request.url = url;
	request.headers = headers;
	request.nheaders = 5;
	request.authorization = authorization;
	answer = provider_ask(&a->provider, &request);
	if (answer == NULL)
		provider_failed(&a->provider, r);
	return answer;
}

struct json_t *
aliyun_call(struct aliyun *a, const char *action, struct acs3_param *params, size_t n,
    struct way_result *r)
{
	static const char nothing[] = "";
	const void *empty = nothing;
	char host[256], date[32], nonce[33], sum[65], authorization[512];
	uint8_t room[QUERY_MAX];
	struct buf query = { .at = room, .cap = sizeof(room) };
	struct acs3_request q = { .host = host, .query = (char *)room, .action = action,
	    .version = ALIYUN_VERSION, .date = date, .nonce = nonce, .sum = sum };

	r->outcome = WAY_REFUSED;
	acs3_query(&query, params, n);
	buf_put8(&query, '\0');
	provider_host(a->conf->http.url, host, sizeof(host));
	write_date(a->provider.env->clock->wall(), date);
	provider_nonce(nonce);
	if (query.bad) {
		r->for_good = true;
		snprintf(r->why, sizeof(r->why), "too long");
		return NULL;
	}
	crypt_sha256_hex(&empty, &(size_t){ 0 }, 1, sum);
	if (!sign(a, &q, authorization, sizeof(authorization), r))
		return NULL;
	return ask(a, &q, authorization, r);
}

bool
aliyun_judged(const struct aliyun *a, const struct provider_code *codes,
    const struct json_t *answer, struct way_result *r)
{
	char code[64], said[128];

	if (!json_find(answer, "Code", code, sizeof(code)) || code[0] == '\0') {
		r->outcome = WAY_UNKNOWN;
		snprintf(r->why, sizeof(r->why), "its answer (%d) has no code",
		    a->provider.reply.status);
		return false;
	}
	json_find(answer, "Message", said, sizeof(said));
	provider_judge(codes, code, said, r);
	return r->outcome == WAY_ACCEPTED;
}

bool
aliyun_values(const struct sms_template *t, const struct notice *m, char *text, size_t room,
    struct way_result *r)
{
	struct sms_variable values[SMS_VARIABLES];
	size_t n = sms_template_fill(t, m, SMS_VALUE_MOST, values);
	struct buf to = { .at = (uint8_t *)text, .cap = room - 1 };
	struct json j;

	json_begin(&j, &to);
	json_put_object(&j);
	for (size_t i = 0; i < n; i++) {
		json_key(&j, values[i].name);
		json_put_string(&j, values[i].value);
	}
	json_close(&j);
	if (!json_end(&j)) {
		r->outcome = WAY_REFUSED;
		r->for_good = true;
		snprintf(r->why, sizeof(r->why), "too long");
		return false;
	}
	text[to.len] = '\0';
	return true;
}
