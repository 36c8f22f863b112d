#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "../../protocols/encode.h"
#include "../../protocols/json.h"
#include "../../protocols/sms_value.h"
#include "../crypt.h"
#include "../secret.h"
#include "provider.h"
#include "sms_template.h"

#define PLAIN_ROOM	8192		/* of a request before it is in base64 */
#define BODY_ROOM	12288
#define REPORTS		128		/* that are remembered for receipts */
#define REPLIES		32
#define SOONEST		(5 * US_PER_S)

/* SMS by China Mobile's cloud MAS.  What it hands out of reports and replies it
 * hands out once, for all of the account: so it has one lane, and what was not
 * asked for yet is kept. */
struct mas_conf {
	struct http_conf	 http;
	const char		*path, *template_path;
	const char		*ec_name, *account, *secret;	/* as written */
	const char		*sign, *serial;
	bool			 secret_sent, reports;
	int64_t			 replies;
	struct items		 templates;
};

struct report {
	char		group[48];
	char		status[24];
	int64_t		received;		/* UTC ms; 0: not told */
};

struct mas_way {
	struct provider		 provider;
	const struct mas_conf	*conf;
	struct report		 reports[REPORTS];
	size_t			 nreports;	/* ever; the ring keeps the last */
	struct way_reply	 replies[REPLIES];
	size_t			 nreplies;
	int64_t			 ask_at;	/* mono: for replies */
};

/* What is submitted answers, as far as it matters. */
static const struct provider_code codes[] = {
	{ "success", CODE_OK, "" },
	{ "IllegalMac", CODE_SETTLE, "wrong secret, ec_name or account" },
	{ "InvalidUsrOrPwd", CODE_SETTLE, "wrong account or secret" },
	{ "IllegalSignId", CODE_SETTLE, "no such sign, or not approved" },
	{ "NoSignId", CODE_SETTLE, "the account has no such sign" },
	{ "NotLoadedSign", CODE_SETTLE, "the account has no such sign" },
	{ "IllegalIpAddress", CODE_SETTLE, "not from this address of the network" },
	{ "NOT_WHITE_IP", CODE_SETTLE, "not from this address of the network" },
	{ "IllegalState", CODE_SETTLE, "the account is blocked" },
	{ "IllegalUseTemplate", CODE_NEVER, "no such template, or values that do not fit it" },
	{ "InvalidMessage", CODE_NEVER, "the request is not understood" },
	{ "IllegalMsgfmt", CODE_NEVER, "the request is not understood" },
	{ "InvalidMobile", CODE_NEVER, "no such number" },
	{ "TooManyMobiles", CODE_NEVER, "too many numbers" },
	{ "OverDailyMax", CODE_CAPPED, "the account's limit of a day" },
	{ "FlowOverLimit", CODE_CAPPED, "the account's limit" },
	{ "QueueOverLimit", CODE_SOON, "too many at once" },
	{ "RequestTooOften", CODE_SOON, "too many at once" },
	{ "SystemBusy", CODE_SOON, "not ready" },
	{ "RequestTimeout", CODE_UNKNOWN, "trouble of the provider" },
	{ "TransportError", CODE_UNKNOWN, "trouble of the provider" },
	{ "InternalError", CODE_UNKNOWN, "trouble of the provider" },
	{ NULL, CODE_OK, NULL }
};

static int
mas_open(void *self, const struct way_env *env, char *why, size_t n)
{
	struct mas_way *w = self;

	w->conf = env->conf->own;
	return provider_open(&w->provider, env, &w->conf->http, "", why, n);
}

static void
put_text(struct json *j, const char *name, const char *text)
{
	json_key(j, name);
	json_put_string(j, text);
}

/* The values of a template as the list in JSON that is a text in the request; one
 * without any has an empty one. */
static bool
write_values(const struct sms_template *t, const struct notice *m, char *text, size_t n)
{
	struct sms_variable values[SMS_VARIABLES];
	size_t count = sms_template_fill(t, m, SMS_VALUE_MOST, values);
	struct buf to = { .at = (uint8_t *)text, .cap = n - 1 };
	struct json j;

	json_begin(&j, &to);
	json_put_array(&j);
	if (count == 0)
		json_put_string(&j, "");
	for (size_t i = 0; i < count; i++)
		json_put_string(&j, values[i].value);
	json_close(&j);
	if (!json_end(&j))
		return false;
	text[to.len] = '\0';
	return true;
}

/* What is submitted: to whom, and a text or a template with its values. */
struct submission {
	const char	*number;
	const char	*template;	/* NULL: text is the message itself */
	const char	*text;
};

static void
reckon_mac(const struct mas_way *w, const struct submission *s, const char *secret,
    char mac[33])
{
	const struct mas_conf *c = w->conf;
	const char *const words[] = { c->ec_name, c->account, secret,
	    s->template != NULL ? s->template : "", s->number, s->text, c->sign, c->serial };
	const void *parts[8];
	size_t lens[8];

	for (size_t i = 0; i < 8; i++) {
		parts[i] = words[i];
		lens[i] = strlen(words[i]);
	}
	crypt_md5_hex(parts, lens, 8, mac);
}

static void
write_submission(const struct mas_way *w, const struct submission *s, const char *secret,
    const char *mac, struct buf *to)
{
	const struct mas_conf *c = w->conf;
	struct json j;

	json_begin(&j, to);
	json_put_object(&j);
	put_text(&j, "ecName", c->ec_name);
	put_text(&j, "apId", c->account);
	if (c->secret_sent)
		put_text(&j, "secretKey", secret);
	if (s->template != NULL)
		put_text(&j, "templateId", s->template);
	put_text(&j, "mobiles", s->number);
	put_text(&j, s->template != NULL ? "params" : "content", s->text);
	put_text(&j, "sign", c->sign);
	put_text(&j, "addSerial", c->serial);
	put_text(&j, "mac", mac);
	json_close(&j);
	to->bad = !json_end(&j);
}

/* NULL: there was no answer in JSON. */
static struct json_t *
ask(struct mas_way *w, const char *path, const struct buf *plain)
{
	struct http_request q = http_far_request(&w->provider.far);
	uint8_t room[BODY_ROOM];
	struct buf body = { .at = room, .cap = sizeof(room) };
	char url[600];
	struct json_t *answer;

	encode_base64(&body, plain->at, plain->len);
	snprintf(url, sizeof(url), "%s%s", w->conf->http.url, path);
	q.url = url;
	q.type = "text/plain; charset=utf-8";
	q.body = room;
	q.len = body.len;
	answer = provider_ask(&w->provider, &q);
	secret_clear(room, sizeof(room));
	return answer;
}

static void
judge(const struct mas_way *w, const struct json_t *answer, struct way_result *r)
{
	char code[64];

	if (!json_find(answer, "rspcod", code, sizeof(code)) || code[0] == '\0') {
		r->outcome = WAY_UNKNOWN;
		snprintf(r->why, sizeof(r->why), "its answer (%d) has no code",
		    w->provider.reply.status);
		return;
	}
	provider_judge(codes, code, "", r);
	/* its documentation writes the name in both ways */
	if (r->outcome == WAY_ACCEPTED &&
	    !json_find(answer, "msgGroup", r->provider, sizeof(r->provider)))
		json_find(answer, "mgsGroup", r->provider, sizeof(r->provider));
}

static void
submit(struct mas_way *w, const struct submission *s, struct way_result *r)
{
	const char *path = s->template != NULL ? w->conf->template_path : w->conf->path;
	char secret[SECRET_MAX + 1], mac[33];
	uint8_t room[PLAIN_ROOM];
	struct buf plain = { .at = room, .cap = sizeof(room) };
	struct json_t *answer = NULL;

	r->outcome = WAY_REFUSED;
	if (secret_load(w->conf->secret, secret, r->why, sizeof(r->why)) < 0)
		return;
	reckon_mac(w, s, secret, mac);
	write_submission(w, s, secret, mac, &plain);
	secret_clear(secret, sizeof(secret));
	if (plain.len == 0) {
		r->for_good = true;
		snprintf(r->why, sizeof(r->why), "too long");
		return;
	}
	if (path[0] == '\0')
		path = strncmp(w->conf->http.url, "https://", 8) == 0 ? "/sms/submit" :
		    "/sms/norsubmit";
	answer = ask(w, path, &plain);
	secret_clear(room, sizeof(room));
	if (answer != NULL)
		judge(w, answer, r);
	else
		provider_failed(&w->provider, r);
	json_answer_end(answer);
}

/* "+8613800138000" as the platform, which has the numbers of China alone, wants it. */
static bool
number_of(const struct notice *m, char number[24], struct way_result *r)
{
	if (!provider_number(m, number, r))
		return false;
	if (strncmp(m->address, "+861", 4) == 0 && strlen(number) == 11)
		return true;
	r->outcome = WAY_REFUSED;
	r->for_good = true;
	snprintf(r->why, sizeof(r->why), "it has no messages to %s, which is no mobile number of "
	    "China", m->address);
	return false;
}

static void
mas_send(void *self, const struct notice *m, struct way_result *r)
{
	struct mas_way *w = self;
	const struct sms_template *t = NULL;
	char number[24], text[SMS_VARIABLES * SMS_VALUE_ROOM];
	struct submission s = { .number = number, .text = text };

	if (!number_of(m, number, r))
		return;
	if (w->conf->templates.n > 0) {
		t = sms_template_of(&w->conf->templates, m, r);
		if (t == NULL)
			return;
		s.template = t->code;
	}
	if (t != NULL ? write_values(t, m, text, sizeof(text)) :
	    sms_value(m->text, SMS_TEXT_MOST, text, sizeof(text))) {
		submit(w, &s, r);
		return;
	}
	r->outcome = WAY_REFUSED;
	r->for_good = true;
	snprintf(r->why, sizeof(r->why), "too long");
}

/* What the platform holds for the account, and then holds no more. */
static struct json_t *
pull(struct mas_way *w, const char *path)
{
	char secret[SECRET_MAX + 1], why[160];
	uint8_t room[PLAIN_ROOM];
	struct buf plain = { .at = room, .cap = sizeof(room) };
	struct json_t *answer;
	struct json j;

	if (secret_load(w->conf->secret, secret, why, sizeof(why)) < 0)
		return NULL;
	json_begin(&j, &plain);
	json_put_object(&j);
	put_text(&j, "ecName", w->conf->ec_name);
	put_text(&j, "apId", w->conf->account);
	put_text(&j, "secretKey", secret);
	json_close(&j);
	secret_clear(secret, sizeof(secret));
	answer = json_end(&j) ? ask(w, path, &plain) : NULL;
	secret_clear(room, sizeof(room));
	return answer;
}

static bool
row_text(const struct json_t *answer, size_t i, const char *field, char *out, size_t n)
{
	char path[48];

	snprintf(path, sizeof(path), "%zu.%s", i, field);
	return json_find(answer, path, out, n);
}

static void
pull_reports(struct mas_way *w)
{
	struct json_t *answer = pull(w, "/sms/report");
	char group[48], text[32];

	for (size_t i = 0; answer != NULL && row_text(answer, i, "msgGroup", group,
	    sizeof(group)); i++) {
		struct report *r = &w->reports[w->nreports++ % REPORTS];

		*r = (struct report){ .received = 0 };
		memcpy(r->group, group, sizeof(group));
		row_text(answer, i, "reportStatus", r->status, sizeof(r->status));
		if (strcmp(r->status, "DELIVRD") != 0 &&
		    row_text(answer, i, "errorCode", text, sizeof(text)) && text[0] != '\0')
			snprintf(r->status, sizeof(r->status), "%.23s", text);
		if (row_text(answer, i, "receiveDate", text, sizeof(text)))
			r->received = provider_moment(text, "%Y%m%d%H%M%S");
	}
	json_answer_end(answer);
}

/* Of one long message there may be a report for each part: all must arrive. */
static void
mas_receipt(void *self, const struct notice *m, const char *group, struct way_result *r)
{
	struct mas_way *w = self;
	size_t n;

	(void)m;
	r->outcome = WAY_UNKNOWN;
	r->pause = 10 * US_PER_S;
	if (!w->conf->reports || group[0] == '\0') {
		snprintf(r->why, sizeof(r->why), w->conf->reports ?
		    "the platform gave the message no number" : "reports are not asked for");
		return;
	}
	pull_reports(w);
	n = w->nreports < REPORTS ? w->nreports : REPORTS;
	r->outcome = WAY_ACCEPTED;
	for (size_t i = 0; i < n; i++) {
		const struct report *report = &w->reports[i];

		if (strcmp(report->group, group) != 0)
			continue;
		if (strcmp(report->status, "DELIVRD") != 0) {
			r->outcome = WAY_REFUSED;
			snprintf(r->why, sizeof(r->why), "it did not arrive: %s", report->status);
			return;
		}
		r->outcome = WAY_DELIVERED;
		r->read = report->received;
	}
}

static void
pull_replies(struct mas_way *w)
{
	struct json_t *answer = pull(w, "/sms/deliver");
	char mobile[24], text[32];

	for (size_t i = 0; answer != NULL && row_text(answer, i, "mobile", mobile,
	    sizeof(mobile)); i++) {
		struct way_reply *r = &w->replies[w->nreplies % REPLIES];

		if (w->nreplies == REPLIES) {	/* the oldest goes */
			memmove(w->replies, w->replies + 1, (REPLIES - 1) * sizeof(*r));
			r = &w->replies[--w->nreplies];
		}
		w->nreplies++;
		*r = (struct way_reply){ .time = 0 };
		snprintf(r->from, sizeof(r->from), strlen(mobile) == 11 ? "+86%s" : "+%s", mobile);
		row_text(answer, i, "smsContent", r->text, sizeof(r->text));
		if (row_text(answer, i, "sendTime", text, sizeof(text)))
			r->time = provider_moment(text, strchr(text, '-') != NULL ?
			    "%Y-%m-%d %H:%M:%S" : "%Y%m%d%H%M%S");
	}
	json_answer_end(answer);
}

static int
mas_idle(void *self, int wake, int64_t us, struct way_reply *reply, char *why, size_t n)
{
	struct mas_way *w = self;
	const struct clock *clock = w->provider.env->clock;
	struct pollfd fd = { .fd = wake, .events = POLLIN };

	(void)why;
	(void)n;
	if (w->nreplies == 0 && w->conf->replies > 0 && clock->mono() >= w->ask_at) {
		pull_replies(w);
		w->ask_at = clock->mono() + w->conf->replies;
	} else if (w->nreplies == 0) {
		poll(&fd, 1, (int)(us / 1000) + 1);
	}
	if (w->nreplies == 0)
		return 0;
	*reply = w->replies[0];
	memmove(w->replies, w->replies + 1, --w->nreplies * sizeof(w->replies[0]));
	return 1;
}

static void
mas_close(void *self)
{
	struct mas_way *w = self;

	provider_close(&w->provider);
}

#define WRONG(way, errs, ...) \
	err_add(errs, (way)->place.file, (way)->place.line, __VA_ARGS__)

/* Is it to nobody but the box itself? */
static bool
is_local(const char *url)
{
	static const char *const own[] = { "http://127.0.0.1", "http://[::1]",
	    "http://localhost" };

	for (size_t i = 0; i < 3; i++) {
		size_t n = strlen(own[i]);

		if (strncmp(url, own[i], n) == 0 && (url[n] == ':' || url[n] == '\0'))
			return true;
	}
	return false;
}

static int
check_account(const struct way_conf *way, const struct mas_conf *c, struct errs *errs)
{
	const struct { const char *name, *value; } words[] = { { "ec_name", c->ec_name },
	    { "account", c->account }, { "sign", c->sign } };
	int rc = 0;

	for (size_t i = 0; i < 3; i++)
		if (words[i].value[0] == '\0')
			rc = WRONG(way, errs, ERR_("%s: %s: is empty"), way->name, words[i].name);
	if (c->sign[strspn(c->sign, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	    "0123456789_-")] != '\0')
		rc = WRONG(way, errs, ERR_("%s: sign: \"%s\" is no code of a sign: the platform "
		    "shows it where signs are managed, such as DWItALe3A"), way->name, c->sign);
	if (c->serial[strspn(c->serial, "0123456789")] != '\0' || strlen(c->serial) > 20)
		rc = WRONG(way, errs, ERR_("%s: serial: \"%s\" is not up to 20 figures"),
		    way->name, c->serial);
	return rc;
}

static int
mas_check(const struct way_conf *way, struct errs *errs)
{
	const struct mas_conf *c = way->own;
	int rc = provider_check(way, &c->http, errs) | check_account(way, c, errs);

	if (c->templates.n > 0)
		rc |= sms_templates_check(way, &c->templates, true, errs);
	if ((c->path[0] != '\0' && c->path[0] != '/') || c->template_path[0] != '/')
		rc = WRONG(way, errs, ERR_("%s: path: begins with /"), way->name);
	if (c->replies > 0 && c->replies < SOONEST)
		rc = WRONG(way, errs, ERR_("%s: replies: 5s at least, or 0s: never"), way->name);
	if ((c->secret_sent || c->reports || c->replies > 0) &&
	    strncmp(c->http.url, "https://", 8) != 0 && !is_local(c->http.url))
		rc = WRONG(way, errs, ERR_("%s: secret_sent, reports, replies: the secret is sent "
		    "with them, by https:// only"), way->name);
	return rc;
}

static bool
mas_hears(const struct way_conf *way)
{
	const struct mas_conf *c = way->own;

	return c->replies > 0;
}

#define AT(field)	offsetof(struct mas_conf, field)

static const struct key mas_keys[] = {
	{ .name = "url", .type = KEY_STRING, .offset = AT(http.url),
	  .example = "\"https://112.35.10.201:28888\"",
	  .help = "Server of the platform: https://HOST:PORT, nothing behind it." },
	{ .name = "ec_name", .type = KEY_STRING, .offset = AT(ec_name),
	  .example = "\"陆河燃气有限公司\"",
	  .help = "Name of the customer (集团客户名称), as the platform has it." },
	{ .name = "account", .type = KEY_STRING, .offset = AT(account),
	  .example = "\"gasapi\"",
	  .help = "User of the interface (apId)." },
	{ .name = "secret", .type = KEY_SECRET, .offset = AT(secret),
	  .example = "\"cred:mas\"",
	  .help = "Its password: @/path of a file or cred:NAME of a credential. It is read anew "
	    "for each message." },
	{ .name = "sign", .type = KEY_STRING, .offset = AT(sign), .example = "\"DWItALe3A\"",
	  .help = "Code of the signature, not its text." },
	{ .name = "serial", .type = KEY_STRING, .offset = AT(serial), .fallback = "",
	  .example = "\"01\"",
	  .help = "Figures behind the number that messages come from, where the account may." },
	{ .name = "templates", .type = KEY_ITEMS, .offset = AT(templates), .fallback = "",
	  .sub = sms_template_keys, .size = sizeof(struct sms_template),
	  .line = offsetof(struct sms_template, place) + 1,
	  .example = "( { code = \"9ec4b9678108\"; variables = (\"device\", \"value\"); } )",
	  .help = "Approved templates; none: messages go as they are." },
	{ .name = "path", .type = KEY_STRING, .offset = AT(path), .fallback = "",
	  .example = "\"/sms/norsubmit\"",
	  .help = "Where messages go; none: /sms/submit, by http:// /sms/norsubmit." },
	{ .name = "template_path", .type = KEY_STRING, .offset = AT(template_path),
	  .fallback = "/sms/tmpsubmit", .help = "Where those of templates go." },
	{ .name = "secret_sent", .type = KEY_BOOL, .offset = AT(secret_sent),
	  .fallback = "false",
	  .help = "Messages hold the secret, too, for platforms that want it." },
	{ .name = "reports", .type = KEY_BOOL, .offset = AT(reports), .fallback = "false",
	  .help = "Asks for delivery reports, which the platform hands out once." },
	{ .name = "replies", .type = KEY_SPAN, .offset = AT(replies), .fallback = "0s",
	  .min = 0, .max = 600e6,
	  .help = "How often it is asked for replies, which are handed out once; 0s: never." },
	ROWS(AT(http.tls), tls_keys),
	ROWS(AT(http.proxy), proxy_keys),
	{ .name = NULL }
};

const struct way_kind mas_way = {
	.name = "mas",
	.keys = mas_keys,
	.conf_size = sizeof(struct mas_conf),
	.check = mas_check,
	.hears = mas_hears,
	.address = WAY_TO_PHONE,
	.form = WAY_FORM_SHORT,
	.lanes = 1,
	.lanes_max = 1,
	.size = sizeof(struct mas_way),
	.open = mas_open,
	.send = mas_send,
	.receipt = mas_receipt,
	.idle = mas_idle,
	.close = mas_close,
};
