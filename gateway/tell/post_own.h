#ifndef GATEWAY_TELL_POST_OWN_H
#define GATEWAY_TELL_POST_OWN_H

#include "../uplink/worker.h"
#include "parcel.h"
#include "post.h"
#include "replies.h"

/* What a post is made of; for post*.c and lane.c only. */

#define LANES_MOST	16

struct way_run;

struct lane {
	struct way_run	*way;
	unsigned	 number;
	struct worker	 worker;
	void		*self;
	struct way_env	 env;		/* which the way holds on to */
	bool		 open;
	int64_t		 open_at;	/* mono: not before */
	int64_t		 backoff;
	char		 why[160];	/* it cannot be opened */
	bool		 started;
};

/* One way with its lanes.  Lives until the last of them has ended. */
struct way_run {
	struct way_run		*next;
	struct post		*post;
	const struct way_kind	*kind;
	struct way_conf		 conf;
	struct arena		 arena;		/* of the conf */
	struct meter		 meter;
	struct replies		 replies;	/* who may have answered */
	struct lane		 lanes[LANES_MOST];
	unsigned		 nlanes;
	int			 wake;		/* eventfd, for who idles */
	bool			 leaving;	/* not in the configuration any more */

	pthread_mutex_t		 lock;		/* of what follows */
	pthread_cond_t		 more;
	struct parcel		*first;		/* that wait, or are in hand */
	struct post_status	 status;
	bool			 ending;
};

struct found {
	struct found		*next;
	bool			 is_reply;
	struct post_result	 result;
	struct post_reply	 reply;
};

struct post {
	struct post_conf	 is;
	char			 gateway[64];
	int			 bell;		/* eventfd */
	struct way_run		*ways;

	pthread_mutex_t		 lock;		/* of what follows */
	struct found		*first, **last;
};

/* post.c.  Told by a lane, of a parcel or NULL. */
void	post_found(struct post *, const struct found *);
/* lane.c */
void	lane_run(void *);

#endif
