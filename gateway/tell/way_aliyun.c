#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aliyun.h"

#define PAGE		50	/* rows of a page of details, as many as there may be */
#define PAGES		4
#define SETTLES		(20 * MS_PER_S)	/* till what was taken is among the details */

struct sms_conf {
	struct aliyun_conf	 aliyun;
	const char		*sign;
};

struct sms_way {
	struct aliyun		 aliyun;
	const struct sms_conf	*conf;
};

/* What SendSms and QuerySendDetails answer, as far as it matters. */
static const struct provider_code codes[] = {
	{ "OK", CODE_OK, "" },
	{ "isv.BUSINESS_LIMIT_CONTROL", CODE_CAPPED, "too many to this number" },
	{ "isv.DAY_LIMIT_CONTROL", CODE_CAPPED, "the account's limit of a day" },
	{ "isv.MONTH_LIMIT_CONTROL", CODE_CAPPED, "the account's limit of a month" },
	{ "isv.DOMESTIC_NUMBER_NOT_SUPPORTED", CODE_NEVER, "template is for abroad" },
	{ "isv.MOBILE_NUMBER_ILLEGAL", CODE_NEVER, "no such number" },
	{ "isv.MOBILE_COUNT_OVER_LIMIT", CODE_NEVER, "too many numbers" },
	{ "isv.BLACK_KEY_CONTROL_LIMIT", CODE_NEVER, "a value has a forbidden word" },
	{ "isv.SMS_CONTENT_ILLEGAL", CODE_NEVER, "the text is forbidden" },
	{ "isv.SMS_CONTENT_MISMATCH_TEMPLATE_TYPE", CODE_NEVER, "text and template differ" },
	{ "isv.TEMPLATE_PARAMS_ILLEGAL", CODE_NEVER, "a value breaks the template's rules" },
	{ "isv.TEMPLATE_MISSING_PARAMETERS", CODE_NEVER, "the template has more variables" },
	{ "isv.PARAM_LENGTH_LIMIT", CODE_NEVER, "a value is too long" },
	{ "isv.PARAM_NOT_SUPPORT_URL", CODE_NEVER, "a value has an address of a page" },
	{ "isv.INVALID_PARAMETERS", CODE_NEVER, "a parameter is wrong" },
	{ "isv.INVALID_JSON_PARAM", CODE_NEVER, "a parameter is wrong" },
	{ "isv.SMS_TEMPLATE_ILLEGAL", CODE_NEVER, "no such template, or not approved" },
	{ "isv.TEMPLATE_STATE_ILLEGAL", CODE_NEVER, "the template is not approved" },
	{ "isv.SMS_SIGNATURE_ILLEGAL", CODE_NEVER, "no such sign, or not approved" },
	{ "isv.SMS_SIGN_ILLEGAL", CODE_NEVER, "the sign may not be used" },
	{ "isv.SIGN_STATE_ILLEGAL", CODE_NEVER, "the sign may not be used" },
	{ "isv.SIGN_NAME_ILLEGAL", CODE_NEVER, "the sign may not be used" },
	{ "isv.SMS_SIGNATURE_SCENE_ILLEGAL", CODE_NEVER, "sign and template do not fit" },
	{ "isv.EXTEND_CODE_ERROR", CODE_NEVER, "the extension code is another sign's" },
	{ "isv.AMOUNT_NOT_ENOUGH", CODE_SETTLE, "the account has no money left" },
	{ "isv.OUT_OF_SERVICE", CODE_SETTLE, "the account has no money left" },
	{ "isv.ACCOUNT_NOT_EXISTS", CODE_SETTLE, "no such account: key_id" },
	{ "isv.ACCOUNT_ABNORMAL", CODE_SETTLE, "the account is blocked" },
	{ "isv.PRODUCT_UN*", CODE_SETTLE, "the account has no SMS service" },
	{ "isv.DENY_IP_RANGE", CODE_SETTLE, "not from an address outside China" },
	{ "isv.SECURITY_FROZEN_ACCOUNT", CODE_SETTLE, "the account is frozen" },
	{ "isv.CUSTOMER_REFUSED", CODE_NEVER, "the recipient has refused messages" },
	{ "isp.RAM_PERMISSION_DENY", CODE_SETTLE, "the key may not send: its RAM rights" },
	{ "isp.GATEWAY_ERROR", CODE_UNKNOWN, "trouble of the provider" },
	{ "isp.SYSTEM_ERROR", CODE_UNKNOWN, "trouble of the provider" },
	{ "SignatureDoesNotMatch", CODE_SETTLE, "wrong secret" },
	{ "IncompleteSignature", CODE_SETTLE, "wrong secret" },
	{ "InvalidAccessKeyId.*", CODE_SETTLE, "no such key_id" },
	{ "Forbidden.*", CODE_SETTLE, "the key may not send: its RAM rights" },
	{ "NoPermission", CODE_SETTLE, "the key may not send: its RAM rights" },
	{ "InvalidTimeStamp.*", CODE_SOON, "the clock of the gateway is wrong" },
	{ "SignatureNonceUsed", CODE_SOON, "the request came twice" },
	{ "Throttling*", CODE_SOON, "too many at once" },
	{ "ServiceUnavailable", CODE_SOON, "not ready" },
	{ "InternalError", CODE_UNKNOWN, "trouble of the provider" },
	{ NULL, CODE_OK, NULL }
};

static int
sms_open(void *self, const struct way_env *env, char *why, size_t n)
{
	struct sms_way *w = self;

	w->conf = env->conf->own;
	return aliyun_open(&w->aliyun, env, &w->conf->aliyun, why, n);
}

static void
sms_send(void *self, const struct notice *m, struct way_result *r)
{
	struct sms_way *w = self;
	const struct sms_template *t = sms_template_of(&w->conf->aliyun.templates, m, r);
	char number[24], values[SMS_VARIABLES * SMS_VALUE_ROOM];
	struct acs3_param params[] = { { "PhoneNumbers", number },
	    { "SignName", w->conf->sign }, { "TemplateCode", t != NULL ? t->code : "" },
	    { "TemplateParam", t != NULL && t->variables.n > 0 ? values : NULL },
	    { "OutId", m->id } };
	struct json_t *answer;

	if (t == NULL || !provider_number(m, number, r))
		return;
	if (!aliyun_values(t, m, values, sizeof(values), r))
		return;
	answer = aliyun_call(&w->aliyun, "SendSms", params, 5, r);
	if (answer != NULL && aliyun_judged(&w->aliyun, codes, answer, r))
		json_find(answer, "BizId", r->provider, sizeof(r->provider));
	json_answer_end(answer);
}

static void
read_row(const struct json_t *answer, size_t i, struct way_result *r)
{
	char path[80], status[16], text[64];

	snprintf(path, sizeof(path), "SmsSendDetailDTOs.SmsSendDetailDTO.%zu.SendStatus", i);
	json_find(answer, path, status, sizeof(status));
	if (strcmp(status, "3") == 0) {
		r->outcome = WAY_DELIVERED;
		snprintf(path, sizeof(path),
		    "SmsSendDetailDTOs.SmsSendDetailDTO.%zu.ReceiveDate", i);
		json_find(answer, path, text, sizeof(text));
		r->read = provider_moment(text, "%Y-%m-%d %H:%M:%S");
		return;
	}
	r->outcome = strcmp(status, "1") == 0 ? WAY_ACCEPTED : strcmp(status, "2") == 0 ?
	    WAY_REFUSED : WAY_UNKNOWN;
	if (r->outcome == WAY_ACCEPTED)
		return;
	snprintf(path, sizeof(path), "SmsSendDetailDTOs.SmsSendDetailDTO.%zu.ErrCode", i);
	json_find(answer, path, text, sizeof(text));
	snprintf(r->why, sizeof(r->why), r->outcome == WAY_REFUSED ?
	    "it did not arrive: %.60s" : "the provider does not know: %.60s", text);
}

/* 1: found; 0: not on this page; -1: result says why; 2: it was the last page. */
static int
look(struct sms_way *w, const struct notice *m, const char *biz, const char *day,
    unsigned page, struct way_result *r)
{
	char number[24], current[12], path[80], text[96];
	struct acs3_param params[] = { { "PhoneNumber", number },
	    { "BizId", biz[0] != '\0' ? biz : NULL }, { "SendDate", day },
	    { "PageSize", "50" }, { "CurrentPage", current } };
	struct json_t *answer;
	size_t i = 0;
	int rc = 0;

	snprintf(current, sizeof(current), "%u", page);
	if (!provider_number(m, number, r))
		return -1;
	answer = aliyun_call(&w->aliyun, "QuerySendDetails", params, 5, r);
	if (answer == NULL || !aliyun_judged(&w->aliyun, codes, answer, r)) {
		json_answer_end(answer);
		return -1;
	}
	for (; i < PAGE && rc == 0; i++) {
		snprintf(path, sizeof(path), "SmsSendDetailDTOs.SmsSendDetailDTO.%zu.OutId", i);
		if (!json_find(answer, path, text, sizeof(text)))
			break;
		rc = strcmp(text, m->id) == 0;
	}
	if (rc == 1)
		read_row(answer, i - 1, r);
	json_answer_end(answer);
	return rc == 0 && i < PAGE ? 2 : rc;
}

static int
look_on(struct sms_way *w, const struct notice *m, const char *biz, int64_t day,
    struct way_result *r)
{
	char date[16];
	int rc = 0;

	provider_day(day, date);
	for (unsigned page = 1; page <= PAGES && rc == 0; page++)
		rc = look(w, m, biz, date, page, r);
	return rc == 2 ? 0 : rc;
}

/* It is known by its id of ours, for one that was not answered has no other. */
static void
sms_receipt(void *self, const struct notice *m, const char *biz, struct way_result *r)
{
	struct sms_way *w = self;
	int64_t now = w->aliyun.provider.env->clock->wall();
	int64_t since = m->tried > 0 ? m->tried : m->created;
	char day[16], today[16];
	int rc = look_on(w, m, biz, m->created, r);

	provider_day(m->created, day);
	provider_day(now, today);
	if (rc == 0 && strcmp(day, today) != 0)
		rc = look_on(w, m, biz, now, r);
	if (rc == 1)
		return;
	if (rc < 0) {			/* nothing is known of the message by that */
		r->outcome = WAY_UNKNOWN;
		r->for_good = r->capped = false;
		return;
	}
	r->outcome = biz[0] != '\0' || now - since < SETTLES ? WAY_UNKNOWN : WAY_REFUSED;
	r->pause = r->outcome == WAY_UNKNOWN ? 5 * US_PER_S : 0;
	snprintf(r->why, sizeof(r->why), r->outcome == WAY_UNKNOWN ?
	    "not yet among what the provider has sent" : "it never came to the provider");
}

static void
sms_close(void *self)
{
	struct sms_way *w = self;

	provider_close(&w->aliyun.provider);
}

static int
sms_check(const struct way_conf *way, struct errs *errs)
{
	const struct sms_conf *c = way->own;

	return aliyun_check(way, &c->aliyun, errs) | sms_sign_check(way, c->sign, errs);
}

#define AT(field)	offsetof(struct sms_conf, field)

static const struct key sms_keys[] = {
	{ .name = "url", .type = KEY_STRING, .offset = AT(aliyun.http.url),
	  .fallback = "https://dysmsapi.aliyuncs.com",
	  .help = "Server of the provider: https://HOST, nothing behind it." },
	{ .name = "sign", .type = KEY_STRING, .offset = AT(sign), .example = "\"汕尾燃气监测\"",
	  .help = "Signature of the messages, as it was filed, without its brackets." },
	ROWS(AT(aliyun), aliyun_keys),
	{ .name = NULL }
};

const struct way_kind aliyun_way = {
	.name = "aliyun",
	.keys = sms_keys,
	.conf_size = sizeof(struct sms_conf),
	.check = sms_check,
	.address = WAY_TO_PHONE,
	.form = WAY_FORM_SHORT,
	.lanes = 4,
	.lanes_max = 16,
	.size = sizeof(struct sms_way),
	.open = sms_open,
	.send = sms_send,
	.receipt = sms_receipt,
	.close = sms_close,
};
