#include <stdio.h>
#include <string.h>
#include <time.h>

#include "../../protocols/tc3.h"
#include "../crypt.h"
#include "../secret.h"
#include "tencent.h"

#define TYPE		"application/json; charset=utf-8"

#define AT(field)	offsetof(struct tencent_conf, field)

const struct key tencent_keys[] = {
	{ .name = "key_id", .type = KEY_STRING, .offset = AT(key_id),
	  .example = "\"AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE\"",
	  .help = "SecretId of a user (CAM) that may do nothing else." },
	{ .name = "secret", .type = KEY_SECRET, .offset = AT(secret),
	  .example = "\"cred:tencent\"",
	  .help = "SecretKey: @/path of a file or cred:NAME of a credential. It is read anew "
	    "for each message." },
	{ .name = "region", .type = KEY_STRING, .offset = AT(region),
	  .fallback = "ap-guangzhou", .example = "\"ap-beijing\"",
	  .help = "Region of the interface." },
	ROWS(AT(http.tls), tls_keys),
	ROWS(AT(http.proxy), proxy_keys),
	{ .name = NULL }
};

/* What the interfaces answer, of SMS and of calls, as far as it matters. */
static const struct provider_code codes[] = {
	{ "Ok", CODE_OK, "" },
	{ "LimitExceeded.AppDailyLimit", CODE_CAPPED, "the account's limit of a day" },
	{ "LimitExceeded.DailyLimit", CODE_CAPPED, "the account's limit of a day, abroad" },
	{ "LimitExceeded.DeliveryFrequencyLimit", CODE_CAPPED, "too many to this number" },
	{ "LimitExceeded.PhoneNumberCountLimit", CODE_NEVER, "too many numbers" },
	{ "LimitExceeded.PhoneNumberSameContentDailyLimit", CODE_CAPPED,
	  "the same text too often to this number" },
	{ "LimitExceeded.PhoneNumber*", CODE_CAPPED, "too many to this number" },
	{ "LimitExceeded*", CODE_CAPPED, "a limit of the provider" },
	{ "FailedOperation.ContainSensitiveWord", CODE_NEVER, "a value has a forbidden word" },
	{ "FailedOperation.PhoneNumberInBlacklist", CODE_NEVER,
	  "the recipient has refused messages" },
	{ "FailedOperation.SignatureIncorrectOrUnapproved", CODE_NEVER,
	  "no such sign, or not approved" },
	{ "FailedOperation.MissingSignature*", CODE_NEVER, "no such sign, or not approved" },
	{ "FailedOperation.TemplateIncorrectOrUnapproved", CODE_NEVER,
	  "no such template, not approved, or values that do not fit it" },
	{ "FailedOperation.TemplateParamSetNotMatchApprovedTemplate", CODE_NEVER,
	  "the template has more or fewer variables" },
	{ "FailedOperation.TemplateUnapprovedOrNotExist", CODE_NEVER,
	  "no such template, or not approved" },
	{ "FailedOperation.MissingTemplate*", CODE_NEVER, "no such template, or not approved" },
	{ "FailedOperation.FailResolvePacket", CODE_NEVER, "the request is not understood" },
	{ "FailedOperation.JsonParseFail", CODE_NEVER, "the request is not understood" },
	{ "FailedOperation.ParametersOtherError", CODE_NEVER, "a parameter is wrong" },
	{ "FailedOperation.MarketingSendTimeConstraint", CODE_NEVER,
	  "the template is one of advertising" },
	{ "FailedOperation.InsufficientBalanceInSmsPackage", CODE_SETTLE,
	  "no messages are left in the package" },
	{ "FailedOperation.InsufficientBalanceInVoicePackage", CODE_SETTLE,
	  "no calls are left in the package" },
	{ "FailedOperation.PhonenumberUnappliedOrExpired", CODE_SETTLE,
	  "the account has no number to call from, or no more" },
	{ "FailedOperation.InvalidJsonParameters", CODE_NEVER, "the request is not understood" },
	{ "FailedOperation.InvalidParameters", CODE_NEVER, "a parameter is wrong" },
	{ "FailedOperation.AccessUpstreamTimeout", CODE_UNKNOWN, "trouble of the provider" },
	{ "FailedOperation.NotEnterpriseCertification", CODE_SETTLE,
	  "the account is not that of an enterprise" },
	{ "InvalidParameterValue.IncorrectPhoneNumber", CODE_NEVER, "no such number" },
	{ "InvalidParameterValue.CalledNumberVerifyFail", CODE_NEVER, "no such number" },
	{ "InvalidParameterValue.ContentLengthLimit", CODE_NEVER,
	  "the text, or a value, is too long" },
	{ "InvalidParameterValue.TemplateParameterLengthLimit", CODE_NEVER,
	  "a value is too long: value_max" },
	{ "InvalidParameterValue.TemplateParameterFormatError", CODE_NEVER,
	  "the template is one of codes: figures alone" },
	{ "InvalidParameterValue.ProhibitedUseUrlInTemplateParameter", CODE_NEVER,
	  "a value has an address of a page" },
	{ "InvalidParameterValue.SdkAppIdNotExist", CODE_SETTLE, "no such app" },
	{ "InvalidParameterValue.SdkAppidNotExist", CODE_SETTLE, "no such app" },
	{ "InvalidParameter.DirtyWordFound", CODE_NEVER, "a value has a forbidden word" },
	{ "InvalidParameter.AppidAndBizId", CODE_SETTLE, "app is another account's" },
	{ "InvalidParameter*", CODE_NEVER, "a parameter is wrong" },
	{ "MissingParameter*", CODE_NEVER, "a parameter is missing" },
	{ "UnknownParameter*", CODE_NEVER, "a parameter is unknown" },
	{ "UnauthorizedOperation.SerivceSuspendDueToArrears", CODE_SETTLE,
	  "the account has no money left" },
	{ "UnauthorizedOperation.SdkAppIdIsDisabled", CODE_SETTLE, "app is disabled" },
	{ "UnauthorizedOperation.SmsSdkAppIdVerifyFail", CODE_SETTLE,
	  "app is not one of this key_id" },
	{ "UnauthorizedOperation.RequestIpNotInWhitelist", CODE_SETTLE,
	  "not from this address of the network" },
	{ "UnauthorizedOperation.SdkAppidIsDisabled", CODE_SETTLE, "app may not call" },
	{ "UnauthorizedOperation.VoiceSdkAppidVerifyFail", CODE_SETTLE,
	  "app is another account's, or none of calls" },
	{ "UnauthorizedOperation.IndividualUserMarketingSmsPermissionDeny", CODE_NEVER,
	  "the template is one of advertising" },
	{ "UnauthorizedOperation*", CODE_SETTLE, "the key may not send: its CAM rights" },
	{ "UnsupportedOperation*", CODE_NEVER, "not to this country" },
	{ "UnsupportedRegion", CODE_SETTLE, "no such region" },
	{ "InternalError.RequestTimeException", CODE_SOON, "the clock of the gateway is wrong" },
	{ "InternalError.SigVerificationFail", CODE_SETTLE, "wrong secret" },
	{ "InternalError.SigFieldMissing", CODE_SETTLE, "wrong secret" },
	{ "InternalError.RestApiInterfaceNotExist", CODE_SETTLE, "no such interface" },
	{ "InternalError*", CODE_UNKNOWN, "trouble of the provider" },
	{ "AuthFailure.SignatureExpire", CODE_SOON, "the clock of the gateway is wrong" },
	{ "AuthFailure.SignatureFailure", CODE_SETTLE, "wrong secret" },
	{ "AuthFailure.SecretIdNotFound", CODE_SETTLE, "no such key_id" },
	{ "AuthFailure.InvalidSecretId", CODE_SETTLE, "no such key_id" },
	{ "AuthFailure*", CODE_SETTLE, "the key may not send: its CAM rights" },
	{ "IpInBlacklist", CODE_SETTLE, "not from this address of the network" },
	{ "IpNotInWhitelist", CODE_SETTLE, "not from this address of the network" },
	{ "RequestLimitExceeded*", CODE_SOON, "too many at once" },
	{ "ResourceInsufficient", CODE_SOON, "not ready" },
	{ "ResourceUnavailable", CODE_SOON, "not ready" },
	{ "ServiceUnavailable", CODE_SOON, "not ready" },
	{ NULL, CODE_OK, NULL }
};

int
tencent_check(const struct way_conf *way, const struct tencent_conf *conf, struct errs *errs)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	    "0123456789";
	int rc = provider_check(way, &conf->http, errs);

	if (conf->key_id[0] == '\0' || conf->key_id[strspn(conf->key_id, letters)] != '\0')
		rc = err_add(errs, way->place.file, way->place.line,
		    ERR_("%s: key_id: \"%s\" is none"), way->name, conf->key_id);
	if (conf->region[0] == '\0' ||
	    conf->region[strspn(conf->region, "abcdefghijklmnopqrstuvwxyz0123456789-")] != '\0')
		rc = err_add(errs, way->place.file, way->place.line,
		    ERR_("%s: region: \"%s\" is none, such as ap-guangzhou"), way->name,
		    conf->region);
	return rc;
}

int
tencent_app_check(const struct way_conf *way, const char *app, struct errs *errs)
{
	if (app[0] != '\0' && app[strspn(app, "0123456789")] == '\0')
		return 0;
	return err_add(errs, way->place.file, way->place.line,
	    ERR_("%s: app: \"%s\" is no SdkAppId, such as 1400006666"), way->name, app);
}

int
tencent_templates_check(const struct way_conf *way, const struct items *templates,
    struct errs *errs)
{
	int rc = sms_templates_check(way, templates, true, errs);

	for (size_t i = 0; i < templates->n; i++) {
		const struct sms_template *t = (const struct sms_template *)templates->at + i;

		if (t->code[strspn(t->code, "0123456789")] != '\0')
			rc = err_add(errs, t->place.file, t->place.line,
			    ERR_("%s: template %s: its code is a number"), way->name, t->code);
	}
	return rc;
}

void
tencent_put(struct json *j, const char *name, const char *text)
{
	json_key(j, name);
	json_put_string(j, text);
}

void
tencent_put_values(struct json *j, const struct sms_template *t, const struct notice *m,
    size_t most)
{
	struct sms_variable values[SMS_VARIABLES];
	size_t n = sms_template_fill(t, m, most, values);

	json_key(j, "TemplateParamSet");
	json_put_array(j);
	for (size_t i = 0; i < n; i++)
		json_put_string(j, values[i].value);
	json_close(j);
}

int
tencent_open(struct tencent *t, const struct way_env *env, const struct tencent_conf *conf,
    const struct tencent_service *service, char *why, size_t n)
{
	t->conf = conf;
	t->service = service;
	return provider_open(&t->provider, env, &conf->http, "", why, n);
}

/* The key of a day and a service: HMAC of one word after the other, each by the
 * sum of the one before. */
static bool
day_key(const char *secret, const struct tc3_request *q, uint8_t key[32])
{
	const char *const words[] = { q->date, q->service, TC3_END };
	char first[SECRET_MAX + 4];
	size_t n = (size_t)snprintf(first, sizeof(first), "TC3%s", secret);
	const void *by = first;
	uint8_t sum[32];
	bool ok = true;

	for (size_t i = 0; i < 3 && ok; i++) {
		ok = crypt_hmac(by, n, words[i], strlen(words[i]), sum);
		memcpy(key, sum, sizeof(sum));
		by = key;
		n = sizeof(sum);
	}
	secret_clear(first, sizeof(first));
	secret_clear(sum, sizeof(sum));
	return ok;
}

static bool
sign(const struct tencent *t, const struct tc3_request *q, char *line, size_t n,
    struct way_result *r)
{
	uint8_t room[1024], key[32];
	struct buf text = { .at = room, .cap = sizeof(room) };
	char secret[SECRET_MAX + 1], sum[65], signature[65];
	const void *part = room;
	bool ok;

	if (secret_load(t->conf->secret, secret, r->why, sizeof(r->why)) < 0)
		return false;
	tc3_canonical(&text, q);
	ok = !text.bad;
	crypt_sha256_hex(&part, &text.len, 1, sum);
	text.len = 0;
	tc3_to_sign(&text, q, sum);
	ok = ok && !text.bad && day_key(secret, q, key) &&
	    crypt_hmac_hex(key, sizeof(key), &part, &text.len, 1, signature) != NULL;
	secret_clear(secret, sizeof(secret));
	secret_clear(key, sizeof(key));
	if (ok)
		snprintf(line, n, TC3_ALGORITHM " Credential=%s/%s/%s/" TC3_END
		    ", SignedHeaders=" TC3_SIGNED ", Signature=%s", t->conf->key_id, q->date,
		    q->service, signature);
	else
		snprintf(r->why, sizeof(r->why), "the request cannot be signed");
	return ok;
}

static struct json_t *
ask(struct tencent *t, const char *action, const char *time, const char *authorization,
    const struct buf *body, struct way_result *r)
{
	struct http_request q = http_far_request(&t->provider.far);
	char lines[4][128];
	const char *headers[] = { lines[0], lines[1], lines[2], lines[3] };
	struct json_t *answer;

	snprintf(lines[0], sizeof(lines[0]), "X-TC-Action: %s", action);
	snprintf(lines[1], sizeof(lines[1]), "X-TC-Version: %s", t->service->version);
	snprintf(lines[2], sizeof(lines[2]), "X-TC-Timestamp: %s", time);
	snprintf(lines[3], sizeof(lines[3]), "X-TC-Region: %.100s", t->conf->region);
	q.url = t->conf->http.url;
	q.type = TYPE;
	q.headers = headers;
	q.nheaders = 4;
	q.authorization = authorization;
	q.body = body->at;
	q.len = body->len;
	answer = provider_ask(&t->provider, &q);
	if (answer == NULL)
		provider_failed(&t->provider, r);
	return answer;
}

struct json_t *
tencent_call(struct tencent *t, const char *action, const struct buf *body,
    struct way_result *r)
{
	char host[256], date[16], now[24], sum[65], authorization[512];
	struct tc3_request q = { .host = host, .type = TYPE, .service = t->service->name,
	    .date = date, .time = now, .sum = sum };
	time_t s = (time_t)(t->provider.env->clock->wall() / MS_PER_S);
	const void *part = body->at;
	struct tm tm;

	r->outcome = WAY_REFUSED;
	gmtime_r(&s, &tm);
	strftime(date, sizeof(date), "%Y-%m-%d", &tm);
	snprintf(now, sizeof(now), "%lld", (long long)s);
	provider_host(t->conf->http.url, host, sizeof(host));
	if (body->bad) {
		r->for_good = true;
		snprintf(r->why, sizeof(r->why), "too long");
		return NULL;
	}
	crypt_sha256_hex(&part, &body->len, 1, sum);
	if (!sign(t, &q, authorization, sizeof(authorization), r))
		return NULL;
	return ask(t, action, now, authorization, body, r);
}

void
tencent_judge(const char *code, const char *said, struct way_result *r)
{
	provider_judge(codes, code, said, r);
}

bool
tencent_judged(const struct tencent *t, const struct json_t *answer, struct way_result *r)
{
	char code[96], said[128];

	if (json_find(answer, "Response.Error.Code", code, sizeof(code))) {
		json_find(answer, "Response.Error.Message", said, sizeof(said));
		tencent_judge(code, said, r);
	} else if (json_find(answer, "Response.RequestId", code, sizeof(code))) {
		return true;
	}
	if (r->why[0] != '\0')
		return false;
	r->outcome = WAY_UNKNOWN;
	snprintf(r->why, sizeof(r->why), "its answer (%d) is none of the provider's",
	    t->provider.reply.status);
	return false;
}
