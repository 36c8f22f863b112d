#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "../../protocols/mail.h"
#include "../../rules/class.h"
#include "../secret.h"
#include "../uplink/access.h"
#include "../uplink/smtp.h"
#include "form.h"

#define MESSAGE_ROOM	32768
#define SUBJECT_MOST	200	/* bytes */
#define GREY		(5 * 60 * US_PER_S)	/* a server that wants us later */

/* Messages by e-mail, through a server that takes them. */
struct email_conf {
	const char		*url, *from, *name, *subject;
	int			 starttls;	/* enum smtp_tls */
	struct login_conf	 login;
	struct tls_conf		 tls;
	struct proxy_conf	 proxy;
};

struct email_way {
	const struct way_env	*env;
	const struct email_conf	*conf;
};

static const char *const tls_names[] = { "required", "tried", "none", NULL };

static int
email_open(void *self, const struct way_env *env, char *why, size_t n)
{
	struct email_way *w = self;

	(void)why;
	(void)n;
	w->env = env;
	w->conf = env->conf->own;
	return 0;
}

/* One line, cut between characters. */
static bool
write_subject(const struct email_way *w, const struct notice *m, char *subject, size_t n)
{
	const struct form_values v = { m, "", "" };
	struct buf to = { .at = (uint8_t *)subject, .cap = n - 1 };
	size_t len = SUBJECT_MOST;

	if (!form_fill(&to, w->conf->subject, &v, FORM_PLAIN))
		return false;
	subject[to.len] = '\0';
	subject[strcspn(subject, "\r\n")] = '\0';
	if (strlen(subject) > len) {
		while (len > 0 && ((uint8_t)subject[len] & 0xc0) == 0x80)
			len--;
		subject[len] = '\0';
	}
	return true;
}

static bool
write_message(const struct email_way *w, const struct notice *m, struct buf *to)
{
	char subject[4096];
	const struct mail mail = { .from = w->conf->from, .name = w->conf->name,
	    .to = m->address, .to_name = "", .subject = subject, .text = m->text, .id = m->id,
	    .date = w->env->clock->wall() / MS_PER_S,
	    .urgent = m->class == CLASS_LIFE || m->priority == PRIORITY_URGENT };

	return write_subject(w, m, subject, sizeof(subject)) && mail_message(to, &mail);
}

/* Whether a server took it is not known where all of it left and no code came. */
static void
judge(const struct smtp_reply *reply, struct way_result *r)
{
	bool refused = reply->status >= 400;

	r->outcome = reply->sent && !refused ? WAY_UNKNOWN : WAY_REFUSED;
	r->for_good = reply->status >= 550 && reply->status <= 554;
	if (refused && !r->for_good)
		r->pause = reply->status < 500 ? GREY : 60 * US_PER_S;
}

static int
read_secrets(const struct email_way *w, char password[SECRET_MAX + 1],
    char proxy[SECRET_MAX + 1], struct way_result *r)
{
	if (secret_load(w->conf->login.password, password, r->why, sizeof(r->why)) == 0 &&
	    secret_load(w->conf->proxy.password, proxy, r->why, sizeof(r->why)) == 0)
		return 0;
	secret_clear(password, SECRET_MAX + 1);
	return -1;
}

static void
post(const struct email_way *w, const struct notice *m, const struct buf *body,
    struct way_result *r)
{
	const struct email_conf *c = w->conf;
	char from[400], to[400], password[SECRET_MAX + 1], proxy[SECRET_MAX + 1];
	struct smtp_request q = { .url = c->url, .tls = (enum smtp_tls)c->starttls,
	    .user = given(c->login.user), .password = password, .ca = given(c->tls.ca),
	    .cert = given(c->tls.cert), .key = given(c->tls.key), .proxy = given(c->proxy.url),
	    .proxy_user = given(c->proxy.user), .proxy_password = proxy, .from = from,
	    .to = to, .timeout = w->env->conf->timeout, .body = body->at, .len = body->len };
	struct smtp_reply reply;

	if (read_secrets(w, password, proxy, r) < 0)
		return;
	snprintf(from, sizeof(from), "<%s>", c->from);
	snprintf(to, sizeof(to), "<%s>", m->address);
	if (smtp_send(w->env->meter, &q, &reply, r->why, sizeof(r->why)) == 0) {
		r->outcome = WAY_ACCEPTED;
		r->why[0] = '\0';
		snprintf(r->provider, sizeof(r->provider), "%s", m->id);
	} else {
		judge(&reply, r);
	}
	secret_clear(password, sizeof(password));
	secret_clear(proxy, sizeof(proxy));
}

static void
email_send(void *self, const struct notice *m, struct way_result *r)
{
	const struct email_way *w = self;
	uint8_t room[MESSAGE_ROOM];
	struct buf message = { .at = room, .cap = sizeof(room) };

	r->outcome = WAY_REFUSED;
	if (write_message(w, m, &message)) {
		post(w, m, &message, r);
		return;
	}
	r->for_good = true;
	snprintf(r->why, sizeof(r->why), mail_address(m->address) ? "too long" :
	    "the contact's email is no address");
}

static void
email_close(void *self)
{
	(void)self;
}

#define WRONG(way, errs, ...) \
	err_add(errs, (way)->place.file, (way)->place.line, __VA_ARGS__)

static int
check_url(const struct way_conf *way, const struct email_conf *c, struct errs *errs)
{
	const char *host = strncmp(c->url, "smtp://", 7) == 0 ? c->url + 7 :
	    strncmp(c->url, "smtps://", 8) == 0 ? c->url + 8 : "";

	if (host[0] != '\0' && strpbrk(host, "/@?# ") == NULL)
		return 0;
	return WRONG(way, errs, ERR_("%s: url: \"%s\" must be smtp://HOST:PORT or "
	    "smtps://HOST:PORT"), way->name, c->url);
}

static int
email_check(const struct way_conf *way, struct errs *errs)
{
	const struct access access = { way->name, way->place, errs };
	const struct email_conf *c = way->own;
	const char *at;
	int rc = check_url(way, c, errs);

	if (!mail_address(c->from))
		rc = WRONG(way, errs, ERR_("%s: from: \"%s\" is no address, such as "
		    "alarm@example.com"), way->name, c->from);
	if (form_check(c->subject, &at) < 0)
		rc = WRONG(way, errs, ERR_("%s: %s: at \"%s\": braces hold a word such as "
		    "{address}, {text}, {value}; a brace itself is written twice"), way->name,
		    "subject", at);
	if (c->starttls != SMTP_TLS_REQUIRED && given(c->login.user) != NULL &&
	    strncmp(c->url, "smtps://", 8) != 0)
		rc = WRONG(way, errs, ERR_("%s: a password is sent by TLS only: starttls = "
		    "\"required\", or smtps://"), way->name);
	return rc | login_check(&access, &c->login) | tls_check(&access, &c->tls) |
	    proxy_check(&access, &c->proxy);
}

#define AT(field)	offsetof(struct email_conf, field)

static const struct key email_keys[] = {
	{ .name = "url", .type = KEY_STRING, .offset = AT(url),
	  .example = "\"smtp://mail.example.com:587\"",
	  .help = "The server: smtp://HOST:PORT, or smtps:// with TLS from the start." },
	{ .name = "starttls", .type = KEY_CHOICE, .offset = AT(starttls),
	  .fallback = "required", .names = tls_names,
	  .help = "Whether there must be TLS by STARTTLS with smtp://." },
	{ .name = "from", .type = KEY_STRING, .offset = AT(from),
	  .example = "\"alarm@example.com\"", .help = "Address of the sender." },
	{ .name = "sender", .type = KEY_STRING, .offset = AT(name), .fallback = "",
	  .example = "\"油烟监测\"",
	  .help = "Name of the sender." },
	{ .name = "subject", .type = KEY_STRING, .offset = AT(subject), .fallback = "{text}",
	  .help = "Subject, with words in braces; its first line, cut at 200 bytes." },
	ROWS(AT(login), login_keys),
	ROWS(AT(tls), tls_keys),
	ROWS(AT(proxy), proxy_keys),
	{ .name = NULL }
};

const struct way_kind email_way = {
	.name = "email",
	.keys = email_keys,
	.conf_size = sizeof(struct email_conf),
	.check = email_check,
	.address = WAY_TO_EMAIL,
	.form = WAY_FORM_LONG,
	.lanes = 2,
	.lanes_max = 16,
	/* the same Message-ID; most mailboxes show it once */
	.idempotent = true,
	.size = sizeof(struct email_way),
	.open = email_open,
	.send = email_send,
	.close = email_close,
};
