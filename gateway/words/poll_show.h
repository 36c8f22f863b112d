#ifndef GATEWAY_WORDS_POLL_SHOW_H
#define GATEWAY_WORDS_POLL_SHOW_H

#include "asker.h"
#include "grid.h"

/* What "tidegate poll" was asked for. */
struct poll_options {
	const char	*config, *device;
	bool		 json, raw, orders;
	uint8_t		 function;	/* of orders: 3 or 4 */
	uint16_t	 first, count;	/* of orders */
};

/* What an instrument said, until it is written. */
struct poll_show {
	const struct poll_options	*options;
	const struct proto		*proto;
	struct grid			 grid;
	size_t				 answers;	/* that were no silence */
};

void	poll_show_init(struct poll_show *, const struct poll_options *, struct device *,
	    const struct proto *);
/* The points of a block, or its registers. */
void	poll_show_block(struct poll_show *, const struct device *, size_t block,
	    const struct reply *);
/* Registers that were read twice as all they may be; again is NULL when the
 * first reply is no answer. */
void	poll_show_orders(struct poll_show *, const struct device *,
	    const struct poll_options *, const struct reply *first, const struct reply *again);
/* Everything, to stdout. */
void	poll_show_write(const struct poll_show *, const struct device *, bool through_gateway);
void	poll_show_free(struct poll_show *);

#endif
