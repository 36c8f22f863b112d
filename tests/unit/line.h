#ifndef TESTS_UNIT_LINE_H
#define TESTS_UNIT_LINE_H

#include <stdbool.h>
#include "../../gateway/link/link.h"

/* A link under test, and what its owner was told. */
struct rig {
	struct loop		*loop;		/* its own, unless given before the start */
	bool			 lent;
	struct link		 link;
	struct link_conf	 conf;
	struct timer		 limit;
	bool			 ran_out;
	int			 ups, downs;
	char			 why[200];
	uint8_t			 heard[70000];
	size_t			 nheard;
	bool			 (*enough)(const struct rig *);
};

void	rig_start(struct rig *, const char *kind);
/* Turns the loop until the condition holds; false: not within ms. */
bool	rig_until(struct rig *, bool (*enough)(const struct rig *), int64_t ms);
void	rig_stop(struct rig *);
/* Makes the next try come now instead of after the back-off. */
void	rig_hurry(struct rig *);

/* How often memory was taken since the first call. */
long	allocations(void);

bool	is_up(const struct rig *);
bool	is_down(const struct rig *);	/* and the owner knows */

#endif
