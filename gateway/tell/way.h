#ifndef GATEWAY_TELL_WAY_H
#define GATEWAY_TELL_WAY_H

#include "../../conf/key.h"
#include "../../rules/notice.h"
#include "../clock.h"
#include "../journal/disk.h"
#include "../meter.h"

/* How people are told: by file, SMS, voice, e-mail ...; who is told what and when
 * is reckoned in rules/tell.h.  A way is one of a kind, with settings. */

/* Keys that every way has; those of its kind are in the struct own points to. */
struct way_conf {
	const char	*name;
	int		 kind;		/* index of way_kind_at */
	struct place	 place;
	int64_t		 timeout;	/* us: the longest that one message may take */
	int64_t		 cap;		/* messages to one recipient in 24 h; 0: any */
	int64_t		 reserve;	/* of them kept for class life */
	int64_t		 lanes;		/* messages at once; 0: as its kind does */
	void		*own;		/* conf_size bytes; NULL: none */
};

/* What of a contact it wants. */
enum way_address {
	WAY_TO_PHONE,		/* E.164: "+8613800138000" */
	WAY_TO_EMAIL,
	WAY_TO_URL,		/* the contact's own; may be "" where the way has one */
	WAY_TO_NAME		/* its phone, e-mail or URL, else its name */
};

/* How long a text it takes, and how. */
enum way_form {
	WAY_FORM_SHORT,		/* SMS: 70 characters of UCS-2, or parts of 67 */
	WAY_FORM_SPOKEN,	/* read aloud */
	WAY_FORM_LONG		/* any length, more than one line */
};

/* What a template of a provider may want filled in: "device", "point", "value",
 * "unit", "limit", "rule", "state", "class", "priority", "time", "code",
 * "gateway", "count", "text"; of values that may be hostile. */
struct notice_variable {
	const char	*name, *value;		/* UTF-8 without control characters */
};

/* One message to one recipient by one way.  Lives during the call. */
struct notice {
	const char	*id;		/* unique, the same when it is tried again;
					 * [0-9a-f-], 40 at most */
	const char	*contact;	/* name */
	const char	*address;	/* as its kind wants it */
	const char	*language;	/* "zh" or "en" */
	const char	*text;		/* UTF-8, filled in, cut to its form */
	const struct notice_variable *variables;
	size_t		 nvariables;
	enum notice_purpose purpose;
	int		 class;		/* enum alarm_class */
	int		 priority;	/* enum priority */
	const char	*rule, *device;	/* of the alarm; "" of a digest or test */
	const char	*code;		/* one-time code for a reply; "": none */
	int64_t		 created, expires;	/* UTC ms; not sent after that */
	int64_t		 tried;		/* UTC ms: end of the last try of which nobody
					 * knows whether it went; 0: none since the start */
};

enum way_outcome {
	WAY_ACCEPTED,		/* the provider has it */
	WAY_DELIVERED,		/* the recipient has it */
	WAY_REFUSED,		/* it will not go: why */
	WAY_UNKNOWN		/* it may or may not have gone: why */
};

struct way_result {
	enum way_outcome outcome;
	char		 provider[96];	/* its id there, for receipts; "": none */
	char		 why[160];	/* English; may hold what the provider said */
	bool		 for_good;	/* REFUSED: so would be the same again: no
					 * such number, no such template */
	bool		 capped;	/* REFUSED by the provider's own limits */
	int64_t		 pause;		/* us until the next try; 0: soon */
	int64_t		 read;		/* UTC ms of DELIVERED; 0: not known */
};

/* What a recipient wrote back. */
struct way_reply {
	char		 from[32];	/* E.164 where known */
	char		 text[200];	/* UTF-8 */
	int64_t		 time;		/* UTC ms; 0: now */
};

struct replies;

struct way_env {
	const struct way_conf	*conf;
	const char		*gateway;	/* id */
	const struct disk	*disk;		/* of the store, for files of its own */
	const struct clock	*clock;
	struct meter		*meter;		/* of its sockets; may be NULL */
	unsigned		 lane;		/* which of its lanes, from 0 */
	struct replies		*replies;	/* of all its lanes */
	const char		*control;	/* socket of control, beside which a
						 * way may have one; NULL: nowhere */
};

/* Each lane of a way is a blocking thread with a state of its own. */
struct way_kind {
	const char		*name;		/* "file", "aliyun", "modem" */
	const struct key	*keys;		/* of the struct that own points to */
	size_t			 conf_size;
	/* What no key alone can say of its settings.  NULL: nothing. */
	int	(*check)(const struct way_conf *, struct errs *);
	enum way_address	 address;
	enum way_form		 form;
	/* Classes of alarms that it is not for, a bit each.  NULL: it is for all. */
	unsigned (*excepts)(const struct way_conf *);
	/* Does idle bring what recipients write back?  NULL: it never does. */
	bool	(*hears)(const struct way_conf *);
	unsigned		 lanes;		/* messages at once, where the conf says 0 */
	unsigned		 lanes_max;	/* 1: a modem */
	/* Sending the same id twice gives one message: no receipt is asked for
	 * before it is tried again. */
	bool			 idempotent;
	size_t			 size;		/* of the state of a lane, zeroed */
	/* -1: why is filled; tried again later.  The env lives until close. */
	int	(*open)(void *self, const struct way_env *, char *why, size_t n);
	/* Within the conf's timeout.  result is zeroed. */
	void	(*send)(void *self, const struct notice *, struct way_result *);
	/* What came of one that was sent, provider as send gave it ("" where its
	 * outcome was not known): DELIVERED, ACCEPTED (on its way), REFUSED (it did
	 * not arrive, or never came to the provider), UNKNOWN (ask later).  NULL:
	 * there is no way to know. */
	void	(*receipt)(void *self, const struct notice *, const char *provider,
		    struct way_result *);
	/* For one with a line to keep, or that recipients may write to: called
	 * instead of waiting.  Returns when wake is readable, us have passed, or
	 * sooner; 1: reply is filled; -1: why is filled, it is opened anew.  NULL:
	 * nothing to do. */
	int	(*idle)(void *self, int wake, int64_t us, struct way_reply *, char *why,
		    size_t n);
	/* What status shows of it: "registered, -73 dBm".  NULL: nothing. */
	void	(*show)(const void *self, char *text, size_t n);
	void	(*close)(void *self);
};

const struct way_kind	*way_kind_at(size_t i);		/* NULL past the end */
extern const struct key	 way_keys[];			/* common to all kinds */
/* "" where there is none of that name. */
const char		*notice_variable(const struct notice *, const char *name);

#endif
