#include <string.h>

#include "../../conf/err.h"
#include "webhook_conf.h"

const char *const webhook_kinds[WEBHOOK_KINDS] = { "reading", "statistic", "alarm",
    "command", "record", "note", "gap" };

size_t
webhook_kind(const char *word)
{
	size_t i = 0;

	while (i < WEBHOOK_KINDS && strcmp(webhook_kinds[i], word) != 0)
		i++;
	return i;
}

/* What is wrong with a configuration, and where. */
struct checker {
	const struct uplink_conf	*u;
	const struct webhook_conf	*c;
	struct errs			*errs;
};

#define WRONG(k, ...)	err_add((k)->errs, (k)->u->place.file, (k)->u->place.line, __VA_ARGS__)

static int
check_words(const struct checker *k, const char *name, const struct strings *words)
{
	int rc = 0;

	for (size_t i = 0; i < words->n; i++)
		if (webhook_kind(words->at[i]) == WEBHOOK_KINDS)
			rc = WRONG(k, ERR_("%s: %s: \"%s\" is none of reading, statistic, alarm, "
			    "command, record, note, gap"), k->u->name, name, words->at[i]);
	return rc;
}

/* What is missed is sent so many at once, and would be cut anew. */
static int
check_rate(const struct checker *k)
{
	if (k->u->replay_rate == 0 || k->u->replay_rate >= k->u->batch)
		return 0;
	return WRONG(k, ERR_("%s: replay_rate must not be less than batch"), k->u->name);
}

int
webhook_check(const struct uplink_conf *u, struct errs *errs)
{
	static const char *const ours[] = { "Idempotency-Key", "Tidegate-Signature", NULL };
	const struct access access = { u->name, u->place, errs };
	const struct checker k = { .u = u, .c = u->own, .errs = errs };

	return http_check(&access, &k.c->http, ours) |
	    check_words(&k, "kinds", &k.c->kinds) | check_words(&k, "single", &k.c->single) |
	    check_rate(&k);
}

#define AT(field)	offsetof(struct webhook_conf, field)

static const char *const forms[] = { "array", "lines", NULL };

const struct key webhook_keys[] = {
	{ .name = "url", .type = KEY_STRING, .offset = AT(http.url),
	  .example = "\"https://office.example/in\"",
	  .help = "http://HOST/PATH or https://..., as it is." },
	{ .name = "secret", .type = KEY_SECRET, .offset = AT(secret), .fallback = "",
	  .example = "\"cred:webhook\"",
	  .help = "Requests are signed with it (HMAC-SHA-256); written like password." },
	ROWS(AT(http), http_keys),
	{ .name = "kinds", .type = KEY_STRINGS, .offset = AT(kinds), .fallback = "",
	  .help = "What is sent; else everything." },
	{ .name = "single", .type = KEY_STRINGS, .offset = AT(single), .fallback = "",
	  .help = "What of it is sent one a request, as an object." },
	{ .name = "form", .type = KEY_CHOICE, .offset = AT(form), .fallback = "array",
	  .names = forms, .help = "An array of objects, or an object a line." },
	{ .name = "gzip", .type = KEY_INT, .offset = AT(gzip), .fallback = "0", .min = 0,
	  .max = 9, .help = "Level that requests are packed with; 0: they are not." },
	ROWS(AT(http), http_timeout_keys),
	{ .name = NULL }
};
