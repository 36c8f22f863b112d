#ifndef GATEWAY_TELL_PROVIDER_H
#define GATEWAY_TELL_PROVIDER_H

#include "../../protocols/json_find.h"
#include "../uplink/http_far.h"
#include "way.h"

#define PROVIDER_ANSWER	(64 << 10)	/* bytes of an answer that are read */

/* What the ways to providers have in common: a request, its answer in JSON, and
 * what the codes of the provider mean. */
struct provider {
	struct http_far		 far;
	const struct way_env	*env;
	struct buf		 answer;
	struct http_reply	 reply;
	char			 trouble[120];	/* why nothing was answered */
};

enum code_kind {
	CODE_OK,
	CODE_NEVER,	/* the message or the recipient is at fault: for good */
	CODE_CAPPED,	/* by the provider's own limits */
	CODE_SOON,	/* refused now, may go in a moment */
	CODE_SETTLE,	/* a person must settle something with the provider */
	CODE_UNKNOWN	/* it may or may not have gone */
};

struct provider_code {
	const char	*code;		/* with "*" at the end: all that begin so; NULL
					 * ends the table */
	enum code_kind	 kind;
	const char	*words;		/* what it means */
};

/* -1: why is filled. */
int	provider_open(struct provider *, const struct way_env *, const struct http_conf *,
	    const char *scheme, char *why, size_t n);
void	provider_close(struct provider *);
/* Asks within the way's timeout.  NULL: there was no answer in JSON; trouble and
 * reply say why, for provider_failed.  To be ended with json_answer_end. */
struct json_t	*provider_ask(struct provider *, struct http_request *);
/* What comes of a message whose request was not answered well. */
void	provider_failed(struct provider *, struct way_result *);
/* What a code and what is said with it come to. */
void	provider_judge(const struct provider_code *, const char *code, const char *said,
	    struct way_result *);
/* "+8613800138000" as 13800138000, others as digits with their country; false: it
 * is no number, and the result says so. */
bool	provider_number(const struct notice *, char number[24], struct way_result *);
/* The day in China of a moment, as 20261125. */
void	provider_day(int64_t ms, char day[16]);
/* A moment of China as UTC ms, by a form of strptime; 0: it is no such text. */
int64_t	provider_moment(const char *text, const char *form);
/* 32 hex digits that never come again. */
void	provider_nonce(char nonce[33]);
/* Host of an address "https://HOST[:PORT]", as it stands in the request. */
void	provider_host(const char *url, char *host, size_t n);
/* An address without anything behind the host, with the settings of TLS and
 * proxies. */
int	provider_check(const struct way_conf *, const struct http_conf *, struct errs *);

#endif
