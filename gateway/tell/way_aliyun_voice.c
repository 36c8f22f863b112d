#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aliyun.h"
#include "voice.h"

#define PRODUCT	"11000000300006"	/* notices, among the kinds of calls */
#define OUT_ID	15			/* bytes of an id of ours */

/* Calls that read a template aloud. */
struct call_conf {
	struct aliyun_conf	 aliyun;
	const char		*shown;
	struct voice_conf	 voice;
	int64_t			 volume, speed;
};

struct call_way {
	struct aliyun			 aliyun;
	const struct call_conf		*conf;
};

static const struct provider_code codes[] = {
	{ "OK", CODE_OK, "" },
	{ "isv.BUSINESS_LIMIT_CONTROL", CODE_CAPPED, "too many calls to this number" },
	{ "isv.DAY_LIMIT_CONTROL", CODE_CAPPED, "the account's limit of a day" },
	{ "isv.FLOW_LIMIT*", CODE_CAPPED, "too many calls to this number" },
	{ "isv.CALLED_NUMBER_*", CODE_NEVER, "no such number" },
	{ "isv.MOBILE_NUMBER_ILLEGAL", CODE_NEVER, "no such number" },
	{ "isv.INVALID_PARAMETERS", CODE_NEVER, "a parameter is wrong" },
	{ "isv.INVALID_JSON_PARAM", CODE_NEVER, "a parameter is wrong" },
	{ "isv.TTS_TEMPLATE_ILLEGAL", CODE_NEVER, "no such template, or not approved" },
	{ "isv.TEMPLATE_PARAMS_ILLEGAL", CODE_NEVER, "a value breaks the template's rules" },
	{ "isv.TEMPLATE_MISSING_PARAMETERS", CODE_NEVER, "the template has more variables" },
	{ "isv.BLACK_KEY_CONTROL_LIMIT", CODE_NEVER, "a value has a forbidden word" },
	{ "isv.DISPLAY_NUMBER_ILLEGAL", CODE_SETTLE, "shown is no number of the account" },
	{ "isv.AMOUNT_NOT_ENOUGH", CODE_SETTLE, "the account has no money left" },
	{ "isv.OUT_OF_SERVICE", CODE_SETTLE, "the account has no money left" },
	{ "isv.ACCOUNT_*", CODE_SETTLE, "the account is blocked or unknown" },
	{ "isv.PRODUCT_UN*", CODE_SETTLE, "the account has no voice service" },
	{ "isp.RAM_PERMISSION_DENY", CODE_SETTLE, "the key may not call: its RAM rights" },
	{ "isp.*", CODE_UNKNOWN, "trouble of the provider" },
	{ "SignatureDoesNotMatch", CODE_SETTLE, "wrong secret" },
	{ "IncompleteSignature", CODE_SETTLE, "wrong secret" },
	{ "InvalidAccessKeyId.*", CODE_SETTLE, "no such key_id" },
	{ "Forbidden.*", CODE_SETTLE, "the key may not call: its RAM rights" },
	{ "NoPermission", CODE_SETTLE, "the key may not call: its RAM rights" },
	{ "InvalidTimeStamp.*", CODE_SOON, "the clock of the gateway is wrong" },
	{ "SignatureNonceUsed", CODE_SOON, "the request came twice" },
	{ "Throttling*", CODE_SOON, "too many at once" },
	{ "ServiceUnavailable", CODE_SOON, "not ready" },
	{ "InternalError", CODE_UNKNOWN, "trouble of the provider" },
	{ NULL, CODE_OK, NULL }
};

static int
call_open(void *self, const struct way_env *env, char *why, size_t n)
{
	struct call_way *w = self;

	w->conf = env->conf->own;
	return aliyun_open(&w->aliyun, env, &w->conf->aliyun, why, n);
}

static unsigned
call_excepts(const struct way_conf *way)
{
	const struct call_conf *c = way->own;

	return voice_excepts(&c->voice);
}

static void
call_send(void *self, const struct notice *m, struct way_result *r)
{
	struct call_way *w = self;
	const struct call_conf *c = w->conf;
	const struct sms_template *t;
	size_t skip = strlen(m->id) > OUT_ID ? strlen(m->id) - OUT_ID : 0;
	char number[24], times[8], volume[8], speed[8], values[SMS_VARIABLES * SMS_VALUE_ROOM];
	struct acs3_param params[] = { { "CalledNumber", number },
	    { "CalledShowNumber", given(c->shown) }, { "TtsCode", NULL }, { "TtsParam", NULL },
	    { "PlayTimes", times }, { "Volume", volume }, { "Speed", speed },
	    { "OutId", m->id + skip } };
	struct json_t *answer;

	if (!voice_worth(&c->voice, m, r) || !provider_number(m, number, r) ||
	    (t = sms_template_of(&c->aliyun.templates, m, r)) == NULL)
		return;
	if (!aliyun_values(t, m, values, sizeof(values), r))
		return;
	params[2].value = t->code;
	params[3].value = t->variables.n > 0 ? values : NULL;
	snprintf(times, sizeof(times), "%d", (int)c->voice.times);
	snprintf(volume, sizeof(volume), "%d", (int)c->volume);
	snprintf(speed, sizeof(speed), "%d", (int)c->speed);
	answer = aliyun_call(&w->aliyun, "SingleCallByTts", params, 8, r);
	if (answer != NULL && aliyun_judged(&w->aliyun, codes, answer, r))
		json_find(answer, "CallId", r->provider, sizeof(r->provider));
	json_answer_end(answer);
}

/* Its details are text in the text. */
static void
read_call(const struct json_t *answer, struct way_result *r)
{
	char data[2048], length[16], end[32], state[64];
	struct json_t *call;

	json_find(answer, "Data", data, sizeof(data));
	call = json_answer(data, strlen(data));
	json_find(call, "duration", length, sizeof(length));
	json_find(call, "endDate", end, sizeof(end));
	if (!json_find(call, "stateDesc", state, sizeof(state)))
		json_find(call, "state", state, sizeof(state));
	json_answer_end(call);
	if (strtol(length, NULL, 10) > 0) {
		r->outcome = WAY_DELIVERED;
	} else if (end[0] != '\0' || state[0] != '\0') {
		r->outcome = WAY_REFUSED;
		snprintf(r->why, sizeof(r->why), "the call was not answered: %.60s", state);
	} else {
		r->outcome = WAY_UNKNOWN;
		r->pause = 30 * US_PER_S;
		snprintf(r->why, sizeof(r->why), "the provider knows nothing of the call yet");
	}
}

/* The provider has the details some minutes later; of a call without an id there
 * are none. */
static void
call_receipt(void *self, const struct notice *m, const char *call, struct way_result *r)
{
	struct call_way *w = self;
	char date[24];
	struct acs3_param params[] = { { "CallId", call }, { "ProdId", PRODUCT },
	    { "QueryDate", date } };
	struct json_t *answer = NULL;

	snprintf(date, sizeof(date), "%lld", (long long)m->created);
	if (call[0] == '\0')
		snprintf(r->why, sizeof(r->why), "the provider gave the call no id");
	else
		answer = aliyun_call(&w->aliyun, "QueryCallDetailByCallId", params, 3, r);
	if (answer != NULL && aliyun_judged(&w->aliyun, codes, answer, r))
		read_call(answer, r);
	else
		*r = (struct way_result){ .outcome = WAY_UNKNOWN, .pause = 30 * US_PER_S };
	json_answer_end(answer);
}

static void
call_close(void *self)
{
	struct call_way *w = self;

	provider_close(&w->aliyun.provider);
}

static int
call_check(const struct way_conf *way, struct errs *errs)
{
	const struct call_conf *c = way->own;

	return aliyun_check(way, &c->aliyun, errs) | voice_check(way, &c->voice, errs);
}

#define AT(field)	offsetof(struct call_conf, field)

static const struct key call_keys[] = {
	{ .name = "url", .type = KEY_STRING, .offset = AT(aliyun.http.url),
	  .fallback = "https://dyvmsapi.aliyuncs.com",
	  .help = "Server of the provider: https://HOST, nothing behind it." },
	{ .name = "shown", .type = KEY_STRING, .offset = AT(shown), .fallback = "",
	  .example = "\"02160000000\"",
	  .help = "Number of the account that the call comes from; none: one of the "
	    "provider's common ones." },
	{ .name = "volume", .type = KEY_INT, .offset = AT(volume), .fallback = "100", .min = 0,
	  .max = 100, .help = "How loud it is read." },
	{ .name = "speed", .type = KEY_INT, .offset = AT(speed), .fallback = "0", .min = -500,
	  .max = 500, .help = "How fast it is read; 0: as usual." },
	ROWS(AT(voice), voice_keys),
	ROWS(AT(aliyun), aliyun_keys),
	{ .name = NULL }
};

const struct way_kind aliyun_voice_way = {
	.name = "aliyun-voice",
	.keys = call_keys,
	.conf_size = sizeof(struct call_conf),
	.check = call_check,
	.address = WAY_TO_PHONE,
	.form = WAY_FORM_SPOKEN,
	.excepts = call_excepts,
	.lanes = 4,
	.lanes_max = 16,
	.size = sizeof(struct call_way),
	.open = call_open,
	.send = call_send,
	.receipt = call_receipt,
	.close = call_close,
};
