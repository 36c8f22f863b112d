#ifndef GATEWAY_UPLINK_HTTP_FAR_H
#define GATEWAY_UPLINK_HTTP_FAR_H

#include "http.h"
#include "http_conf.h"

/* A far end that is posted to as its settings say: its connection, its secrets,
 * and what its answers mean. */
struct http_far {
	const struct http_conf	*conf;
	struct http		*http;
	const char		*scheme;	/* before the token: "Bearer " */
	/* Secrets as they were read; NULL: none, or not yet. */
	char			*authorization, *password, *proxy_password;
	/* Of its last answer: how it began, whether it was a page (as that of a
	 * network to log in), and the us to wait for it; 0: as usual. */
	char			 said[400];
	bool			 page;
	int64_t			 pause;
};

/* What a status means and how soon it may be different. */
struct http_status {
	int		 from, to;	/* from 0 to 0 ends a table */
	int64_t		 pause;		/* us */
	bool		 body;		/* its words help: they are shown */
	const char	*words;		/* "it %s" */
};

/* Where a person must do something. */
#define HTTP_SLOWLY	((int64_t)60 * 1000000)

/* -1: why is filled. */
int	http_far_open(struct http_far *, const struct http_conf *, const char *scheme,
	    struct meter *, char *why, size_t n);
void	http_far_close(struct http_far *);
/* Reads the secrets that were forgotten.  -1: why is filled. */
int	http_far_secrets(struct http_far *, char *why, size_t n);
/* After a failure, for they may have been changed. */
void	http_far_forget(struct http_far *);
/* All of a request but its type, its packing and its body; it points into the far
 * end and its settings. */
struct http_request http_far_request(const struct http_far *);
/* As http_post; the reply is cut to its first line, which is kept. */
int	http_far_post(struct http_far *, const struct http_request *, struct http_reply *,
	    char *why, size_t n);
/* Says why an answer is none: by the table of the kind, then by what each status
 * means to everybody.  Sets the pause. */
void	http_far_refused(struct http_far *, const struct http_status *own,
	    const struct http_reply *, char *why, size_t n);

#endif
