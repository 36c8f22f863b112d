#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "tencent.h"
#include "voice.h"

#define BODY_ROOM	8192

/* Calls by Tencent Cloud that read a template aloud (VMS).  It tells nobody who asks what
 * came of a call: it posts that to an address on the Internet, which a gateway has not. */
struct call_conf {
	struct tencent_conf	 tencent;
	const char		*app;
	int64_t			 value_max;
	struct items		 templates;
	struct voice_conf	 voice;
};

static const struct tencent_service service = { "vms", "2020-09-02" };

struct call_way {
	struct tencent		 tencent;
	const struct call_conf	*conf;
};

static int
call_open(void *self, const struct way_env *env, char *why, size_t n)
{
	struct call_way *w = self;

	w->conf = env->conf->own;
	return tencent_open(&w->tencent, env, &w->conf->tencent, &service, why, n);
}

static void
write_call(const struct call_conf *c, const struct notice *m, const struct sms_template *t,
    struct buf *body)
{
	struct json j;

	json_begin(&j, body);
	json_put_object(&j);
	tencent_put(&j, "TemplateId", t->code);
	tencent_put(&j, "CalledNumber", m->address);
	tencent_put(&j, "VoiceSdkAppid", c->app);
	tencent_put_values(&j, t, m, (size_t)c->value_max);
	json_key(&j, "PlayTimes");
	json_put_int(&j, c->voice.times);
	tencent_put(&j, "SessionContext", m->id);
	json_close(&j);
	body->bad = !json_end(&j);
}

/* It calls mobile phones of the mainland alone. */
static bool
is_called(const struct notice *m, struct way_result *r)
{
	char number[24];

	if (!provider_number(m, number, r))
		return false;
	if (strncmp(m->address, "+86", 3) == 0)
		return true;
	r->outcome = WAY_REFUSED;
	r->for_good = true;
	snprintf(r->why, sizeof(r->why), "it calls numbers with +86 alone");
	return false;
}

static void
call_send(void *self, const struct notice *m, struct way_result *r)
{
	struct call_way *w = self;
	const struct call_conf *c = w->conf;
	const struct sms_template *t;
	uint8_t room[BODY_ROOM];
	struct buf body = { .at = room, .cap = sizeof(room) };
	struct json_t *answer;

	if (!voice_worth(&c->voice, m, r) || !is_called(m, r) ||
	    (t = sms_template_of(&c->templates, m, r)) == NULL)
		return;
	write_call(c, m, t, &body);
	answer = tencent_call(&w->tencent, "SendTtsVoice", &body, r);
	if (answer != NULL && tencent_judged(&w->tencent, answer, r)) {
		r->outcome = WAY_ACCEPTED;
		if (!json_find(answer, "Response.SendStatus.CallId", r->provider,
		    sizeof(r->provider))) {
			r->outcome = WAY_UNKNOWN;
			snprintf(r->why, sizeof(r->why), "its answer has no CallId");
		}
	}
	json_answer_end(answer);
}

static void
call_close(void *self)
{
	struct call_way *w = self;

	provider_close(&w->tencent.provider);
}

static int
call_check(const struct way_conf *way, struct errs *errs)
{
	const struct call_conf *c = way->own;

	return tencent_check(way, &c->tencent, errs) | tencent_app_check(way, c->app, errs) |
	    tencent_templates_check(way, &c->templates, errs) |
	    voice_check(way, &c->voice, errs);
}

static unsigned
call_excepts(const struct way_conf *way)
{
	const struct call_conf *c = way->own;

	return voice_excepts(&c->voice);
}

#define AT(field)	offsetof(struct call_conf, field)

static const struct key call_keys[] = {
	{ .name = "url", .type = KEY_STRING, .offset = AT(tencent.http.url),
	  .fallback = "https://vms.tencentcloudapi.com",
	  .help = "Server of the provider: https://HOST, nothing behind it." },
	{ .name = "app", .type = KEY_STRING, .offset = AT(app), .example = "\"1400006666\"",
	  .help = "VoiceSdkAppid of the application for calls at the provider." },
	{ .name = "templates", .type = KEY_ITEMS, .offset = AT(templates),
	  .sub = sms_template_keys, .size = sizeof(struct sms_template),
	  .line = offsetof(struct sms_template, place) + 1,
	  .example = "( { code = \"4356\"; variables = (\"device\", \"value\"); } )",
	  .help = "Approved templates; the first that fits a message is used." },
	{ .name = "value_max", .type = KEY_INT, .offset = AT(value_max), .fallback = "35",
	  .min = 4, .max = SMS_VALUE_MOST,
	  .help = "Characters of a value that the provider takes." },
	ROWS(AT(voice), voice_keys),
	ROWS(AT(tencent), tencent_keys),
	{ .name = NULL }
};

const struct way_kind tencent_voice_way = {
	.name = "tencent-voice",
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
	.close = call_close,
};
