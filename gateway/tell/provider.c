#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "provider.h"

#define SLOWLY	(60 * US_PER_S)		/* where a person must do something */
#define CHINA	(8 * 3600)		/* s east of UTC */

int
provider_open(struct provider *p, const struct way_env *env, const struct http_conf *conf,
    const char *scheme, char *why, size_t n)
{
	p->env = env;
	p->answer = (struct buf){ .at = malloc(PROVIDER_ANSWER), .cap = PROVIDER_ANSWER };
	if (p->answer.at == NULL) {
		snprintf(why, n, "no memory");
		return -1;
	}
	if (http_far_open(&p->far, conf, scheme, env->meter, why, n) == 0)
		return 0;
	free(p->answer.at);
	return -1;
}

void
provider_close(struct provider *p)
{
	http_far_close(&p->far);
	free(p->answer.at);
	p->answer.at = NULL;
}

struct json_t *
provider_ask(struct provider *p, struct http_request *q)
{
	struct json_t *answer;

	p->answer.len = 0;
	p->answer.bad = false;
	p->trouble[0] = '\0';
	memset(&p->reply, 0, sizeof(p->reply));
	q->timeout = p->env->conf->timeout;
	q->answer = &p->answer;
	if (http_far_secrets(&p->far, p->trouble, sizeof(p->trouble)) < 0)
		return NULL;
	if (http_far_post(&p->far, q, &p->reply, p->trouble, sizeof(p->trouble)) < 0) {
		http_far_forget(&p->far);	/* it may have been changed */
		return NULL;
	}
	answer = p->answer.bad ? NULL : json_answer(p->answer.at, p->answer.len);
	if (answer == NULL)
		snprintf(p->trouble, sizeof(p->trouble), "its answer (%d) is none of the "
		    "provider's: %s", p->reply.status, p->answer.bad ? "too long" :
		    p->far.page ? "a page" : "no JSON");
	return answer;
}

/* A 4xx without words of the provider was refused on the way to it. */
void
provider_failed(struct provider *p, struct way_result *r)
{
	bool refused = !p->reply.sent || (p->reply.status >= 300 && p->reply.status < 500);

	r->outcome = refused ? WAY_REFUSED : WAY_UNKNOWN;
	r->pause = p->reply.retry_after;
	if (refused && p->reply.status != 0 && r->pause < SLOWLY)
		r->pause = SLOWLY;
	snprintf(r->why, sizeof(r->why), "%s", p->trouble);
}

static const struct provider_code *
meaning(const struct provider_code *codes, const char *code)
{
	for (; codes->code != NULL; codes++) {
		size_t n = strlen(codes->code);

		if (codes->code[n - 1] == '*' ? strncmp(codes->code, code, n - 1) == 0 :
		    strcmp(codes->code, code) == 0)
			return codes;
	}
	return NULL;
}

/* Control characters of a provider would break up a line of the log. */
static void
plain(char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			*text = ' ';
}

void
provider_judge(const struct provider_code *codes, const char *code, const char *said,
    struct way_result *r)
{
	const struct provider_code *c = meaning(codes, code);
	enum code_kind kind = c != NULL ? c->kind : CODE_SETTLE;

	if (kind == CODE_OK) {
		r->outcome = WAY_ACCEPTED;
		return;
	}
	r->outcome = kind == CODE_UNKNOWN ? WAY_UNKNOWN : WAY_REFUSED;
	r->for_good = kind == CODE_NEVER;
	r->capped = kind == CODE_CAPPED;
	r->pause = kind == CODE_SETTLE ? SLOWLY : 0;
	snprintf(r->why, sizeof(r->why), "%.60s: %.60s", code, c != NULL ? c->words : said);
	plain(r->why);
}

bool
provider_number(const struct notice *m, char number[24], struct way_result *r)
{
	const char *digits = m->address[0] == '+' ? m->address + 1 : "";
	size_t n = strlen(digits);

	if (n >= 6 && n <= 15 && digits[strspn(digits, "0123456789")] == '\0') {
		snprintf(number, 24, "%s", n == 13 && strncmp(digits, "86", 2) == 0 ?
		    digits + 2 : digits);
		return true;
	}
	r->outcome = WAY_REFUSED;
	r->for_good = true;
	snprintf(r->why, sizeof(r->why), "the contact's phone is no number as +8613800138000");
	return false;
}

void
provider_day(int64_t ms, char day[16])
{
	time_t t = (time_t)(ms / MS_PER_S + CHINA);
	struct tm tm;

	gmtime_r(&t, &tm);
	strftime(day, 16, "%Y%m%d", &tm);
}

int64_t
provider_moment(const char *text, const char *form)
{
	struct tm tm = { .tm_year = 0 };

	return strptime(text, form, &tm) != NULL ? (timegm(&tm) - CHINA) * MS_PER_S : 0;
}

void
provider_nonce(char nonce[33])
{
	static const char hex[] = "0123456789abcdef";
	unsigned char bytes[16] = { 0 };
	int64_t now = system_clock.mono();

	if (getrandom(bytes, sizeof(bytes), GRND_NONBLOCK) != (ssize_t)sizeof(bytes))
		memcpy(bytes, &now, sizeof(now));
	for (size_t i = 0; i < 16; i++) {
		nonce[2 * i] = hex[bytes[i] >> 4];
		nonce[2 * i + 1] = hex[bytes[i] & 15];
	}
	nonce[32] = '\0';
}

void
provider_host(const char *url, char *host, size_t n)
{
	const char *at = strstr(url, "://");

	snprintf(host, n, "%s", at != NULL ? at + 3 : url);
	host[strcspn(host, "/?#")] = '\0';
}

int
provider_check(const struct way_conf *way, const struct http_conf *conf, struct errs *errs)
{
	const struct access access = { way->name, way->place, errs };
	const char *at = strstr(conf->url, "://");
	int rc = http_check(&access, conf, NULL);

	if (at != NULL && strpbrk(at + 3, "/?#@ ") == NULL)
		return rc;
	return err_add(errs, way->place.file, way->place.line,
	    ERR_("%s: url: \"%s\" must end with the name of the server"), way->name, conf->url);
}
