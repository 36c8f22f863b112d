#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "replies.h"
#include "tencent.h"

#define BODY_ROOM	8192
#define ROWS_MOST	100		/* of an answer */
#define SLACK		300		/* s by which the provider's clock may differ */

/* SMS by Tencent Cloud. */
struct sms_conf {
	struct tencent_conf	 tencent;
	const char		*app, *sign;
	int64_t			 value_max, replies;
	struct items		 templates;
};

static const struct tencent_service service = { "sms", "2021-01-11" };

struct sms_way {
	struct tencent		 tencent;
	const struct sms_conf	*conf;
};

static int
sms_open(void *self, const struct way_env *env, char *why, size_t n)
{
	struct sms_way *w = self;

	w->conf = env->conf->own;
	return tencent_open(&w->tencent, env, &w->conf->tencent, &service, why, n);
}

static void
write_message(const struct sms_way *w, const struct notice *m, const struct sms_template *t,
    struct buf *body)
{
	struct json j;

	json_begin(&j, body);
	json_put_object(&j);
	json_key(&j, "PhoneNumberSet");
	json_put_array(&j);
	json_put_string(&j, m->address);
	json_close(&j);
	tencent_put(&j, "SmsSdkAppId", w->conf->app);
	tencent_put(&j, "SignName", w->conf->sign);
	tencent_put(&j, "TemplateId", t->code);
	tencent_put_values(&j, t, m, (size_t)w->conf->value_max);
	tencent_put(&j, "SessionContext", m->id);
	json_close(&j);
	body->bad = !json_end(&j);
}

static void
judge(struct sms_way *w, const struct json_t *answer, struct way_result *r)
{
	char code[96], said[128];

	if (!tencent_judged(&w->tencent, answer, r))
		return;
	if (!json_find(answer, "Response.SendStatusSet.0.Code", code, sizeof(code))) {
		r->outcome = WAY_UNKNOWN;
		snprintf(r->why, sizeof(r->why), "its answer (%d) has no code",
		    w->tencent.provider.reply.status);
		return;
	}
	json_find(answer, "Response.SendStatusSet.0.Message", said, sizeof(said));
	tencent_judge(code, said, r);
	if (r->outcome == WAY_ACCEPTED)
		json_find(answer, "Response.SendStatusSet.0.SerialNo", r->provider,
		    sizeof(r->provider));
}

static void
sms_send(void *self, const struct notice *m, struct way_result *r)
{
	struct sms_way *w = self;
	const struct way_env *env = w->tencent.provider.env;
	const struct sms_template *t = sms_template_of(&w->conf->templates, m, r);
	uint8_t room[BODY_ROOM];
	struct buf body = { .at = room, .cap = sizeof(room) };
	char number[24];
	struct json_t *answer;

	if (t == NULL || !provider_number(m, number, r))
		return;
	write_message(w, m, t, &body);
	answer = tencent_call(&w->tencent, "SendSms", &body, r);
	if (answer != NULL)
		judge(w, answer, r);
	json_answer_end(answer);
	if (r->outcome != WAY_REFUSED && m->code[0] != '\0' && w->conf->replies > 0)
		replies_watch(env->replies, m->address, env->clock->wall() / MS_PER_S,
		    env->clock->mono(), w->conf->replies);
}

/* What is asked of a number, of deliveries and of replies. */
static struct json_t *
pull(struct sms_way *w, const char *action, const char *number, int64_t since,
    struct way_result *r)
{
	uint8_t room[512];
	struct buf body = { .at = room, .cap = sizeof(room) };
	struct json_t *answer;
	struct json j;

	json_begin(&j, &body);
	json_put_object(&j);
	tencent_put(&j, "SmsSdkAppId", w->conf->app);
	tencent_put(&j, "PhoneNumber", number);
	json_key(&j, "BeginTime");
	json_put_int(&j, since);
	json_key(&j, "Offset");
	json_put_int(&j, 0);
	json_key(&j, "Limit");
	json_put_int(&j, ROWS_MOST);
	json_close(&j);
	body.bad = !json_end(&j);
	answer = tencent_call(&w->tencent, action, &body, r);
	if (answer != NULL && tencent_judged(&w->tencent, answer, r))
		return answer;
	json_answer_end(answer);
	return NULL;
}

/* A field of a row; false: there is none. */
static bool
row_text(const struct json_t *answer, const char *set, size_t i, const char *field, char *out,
    size_t n)
{
	char path[96];

	snprintf(path, sizeof(path), "Response.%s.%zu.%s", set, i, field);
	return json_find(answer, path, out, n);
}

/* Of one long message there is a row for each part: all of them must arrive. */
static void
read_row(const struct json_t *answer, size_t i, struct way_result *r)
{
	static const char set[] = "PullSmsSendStatusSet";
	char text[64];

	row_text(answer, set, i, "ReportStatus", text, sizeof(text));
	if (strcmp(text, "SUCCESS") == 0 && r->outcome != WAY_REFUSED) {
		r->outcome = WAY_DELIVERED;
		r->why[0] = '\0';
		row_text(answer, set, i, "UserReceiveTime", text, sizeof(text));
		r->read = strtoll(text, NULL, 10) * MS_PER_S;
	} else if (strcmp(text, "FAIL") == 0) {
		r->outcome = WAY_REFUSED;
		row_text(answer, set, i, "Description", text, sizeof(text));
		snprintf(r->why, sizeof(r->why), "it did not arrive: %.60s", text);
	}
}

/* It lists what the networks have reported alone; by our own id, for a message that
 * was not answered has no other.  So one that is not there may still be on its way. */
static void
sms_receipt(void *self, const struct notice *m, const char *serial, struct way_result *r)
{
	static const char set[] = "PullSmsSendStatusSet";
	struct sms_way *w = self;
	char id[96], number[96], first[8];
	struct json_t *answer = pull(w, "PullSmsSendStatusByPhoneNumber", m->address,
	    m->created / MS_PER_S - SLACK, r);

	if (answer == NULL) {		/* nothing is known of the message by that */
		r->outcome = WAY_UNKNOWN;
		r->for_good = r->capped = false;
		return;
	}
	r->outcome = serial[0] != '\0' ? WAY_ACCEPTED : WAY_UNKNOWN;
	r->pause = 5 * US_PER_S;
	if (r->outcome == WAY_UNKNOWN)
		snprintf(r->why, sizeof(r->why), "not yet among what the networks reported");
	for (size_t i = 0; i < ROWS_MOST && row_text(answer, set, i, "PhoneNumber", first,
	    sizeof(first)); i++) {
		row_text(answer, set, i, "SessionContext", id, sizeof(id));
		row_text(answer, set, i, "SerialNo", number, sizeof(number));
		if (strcmp(id, m->id) == 0 ||
		    (serial[0] != '\0' && strcmp(number, serial) == 0))
			read_row(answer, i, r);
	}
	json_answer_end(answer);
}

/* The earliest that was not handed out yet. */
static bool
next_reply(struct sms_way *w, const struct replies_of *of, struct way_reply *reply)
{
	static const char set[] = "PullSmsReplyStatusSet";
	struct way_result r = { .outcome = WAY_UNKNOWN };
	struct json_t *answer = pull(w, "PullSmsReplyStatusByPhoneNumber", of->number, of->since,
	    &r);
	char text[sizeof(reply->text)], at[24];
	int64_t first = INT64_MAX;

	for (size_t i = 0; answer != NULL && i < ROWS_MOST && row_text(answer, set, i,
	    "ReplyContent", text, sizeof(text)); i++) {
		int64_t time;

		row_text(answer, set, i, "ReplyTime", at, sizeof(at));
		time = strtoll(at, NULL, 10);
		if (time >= first || !replies_new(of, time, text))
			continue;
		first = time;
		memcpy(reply->text, text, sizeof(text));
	}
	json_answer_end(answer);
	if (first == INT64_MAX)
		return false;
	snprintf(reply->from, sizeof(reply->from), "%s", of->number);
	reply->time = first * MS_PER_S;
	return true;
}

/* One lane asks for all.  A number that answered is asked at once again, for there
 * may be more. */
static int
sms_idle(void *self, int wake, int64_t us, struct way_reply *reply, char *why, size_t n)
{
	struct sms_way *w = self;
	const struct way_env *env = w->tencent.provider.env;
	struct pollfd fd = { .fd = wake, .events = POLLIN };
	struct replies_of of;

	(void)why;
	(void)n;
	if (w->conf->replies == 0 || env->lane != 0 ||
	    !replies_due(env->replies, env->clock->mono(), &of)) {
		poll(&fd, 1, (int)(us / 1000) + 1);
		return 0;
	}
	if (next_reply(w, &of, reply)) {
		replies_taken(env->replies, of.number, reply->time / MS_PER_S, reply->text);
		return 1;
	}
	replies_asked(env->replies, of.number, env->clock->mono(), w->conf->replies);
	return 0;
}

static void
sms_close(void *self)
{
	struct sms_way *w = self;

	provider_close(&w->tencent.provider);
}

#define WRONG(way, errs, ...) \
	err_add(errs, (way)->place.file, (way)->place.line, __VA_ARGS__)

static int
sms_check(const struct way_conf *way, struct errs *errs)
{
	const struct sms_conf *c = way->own;
	int rc = tencent_check(way, &c->tencent, errs) | sms_sign_check(way, c->sign, errs) |
	    tencent_templates_check(way, &c->templates, errs) |
	    tencent_app_check(way, c->app, errs);

	if (c->replies > 0 && c->replies < REPLIES_SOONEST)
		rc = WRONG(way, errs, ERR_("%s: replies: 5s at least, or 0s: never"), way->name);
	return rc;
}

static bool
sms_hears(const struct way_conf *way)
{
	const struct sms_conf *c = way->own;

	return c->replies > 0;
}

#define AT(field)	offsetof(struct sms_conf, field)

static const struct key sms_keys[] = {
	{ .name = "url", .type = KEY_STRING, .offset = AT(tencent.http.url),
	  .fallback = "https://sms.tencentcloudapi.com",
	  .help = "Server of the provider: https://HOST, nothing behind it." },
	{ .name = "app", .type = KEY_STRING, .offset = AT(app), .example = "\"1400006666\"",
	  .help = "SdkAppId of the application at the provider." },
	{ .name = "sign", .type = KEY_STRING, .offset = AT(sign), .example = "\"汕尾燃气监测\"",
	  .help = "Signature of the messages, as it was filed, without its brackets." },
	{ .name = "templates", .type = KEY_ITEMS, .offset = AT(templates),
	  .sub = sms_template_keys, .size = sizeof(struct sms_template),
	  .line = offsetof(struct sms_template, place) + 1,
	  .example = "( { code = \"1110\"; variables = (\"device\", \"value\"); } )",
	  .help = "Approved templates; the first that fits a message is used." },
	{ .name = "value_max", .type = KEY_INT, .offset = AT(value_max), .fallback = "35",
	  .min = 4, .max = SMS_VALUE_MOST,
	  .help = "Characters of a value; 12 for accounts that are no enterprise's." },
	{ .name = "replies", .type = KEY_SPAN, .offset = AT(replies), .fallback = "0s",
	  .min = 0, .max = 600e6,
	  .help = "How soon it is asked for replies to a message with a code; 0s: never." },
	ROWS(AT(tencent), tencent_keys),
	{ .name = NULL }
};

const struct way_kind tencent_way = {
	.name = "tencent",
	.keys = sms_keys,
	.conf_size = sizeof(struct sms_conf),
	.check = sms_check,
	.hears = sms_hears,
	.address = WAY_TO_PHONE,
	.form = WAY_FORM_SHORT,
	.lanes = 4,
	.lanes_max = 16,
	.size = sizeof(struct sms_way),
	.open = sms_open,
	.send = sms_send,
	.receipt = sms_receipt,
	.idle = sms_idle,
	.close = sms_close,
};
