#ifndef RULES_AREA_H
#define RULES_AREA_H

#include <stdbool.h>
#include <stdint.h>

#include "../conf/arena.h"
#include "life.h"

#define AREA_KEYS	2	/* of a link: carrier, district */
#define AREA_NONE	UINT32_MAX

/* A link in one of its areas. */
struct area_place {
	uint32_t	area;		/* AREA_NONE: it has no such key */
	uint32_t	before, after;	/* in the list of those lost lately; AREA_NONE */
	bool		recent;		/* in that list */
	bool		member;		/* of the area that is lost */
};

/* Why a link counts as lost; a bit each. */
enum area_loss {
	AREA_DOWN = 1,		/* its line is down */
	AREA_MUTE = 2		/* the line is up, and nobody on it answers */
};

struct area_member {
	const struct area_link	*conf;
	int64_t			 lost;	/* mono us; INT64_MAX: it is not */
	uint8_t			 why;	/* enum area_loss; 0: it is not */
	struct area_place	 at[AREA_KEYS];
};

/* The links that have one carrier or one district in common. */
struct area {
	char		name[64];	/* "carrier=CMCC" */
	uint32_t	links;		/* in all */
	uint32_t	recent;		/* lost within the window, and not back */
	uint32_t	first, last;	/* of them, in the order of loss */
	uint32_t	members;	/* lost, since it is lost as a whole */
	bool		down;
	int64_t		hold;		/* restored: not over before; mono us */
};

enum area_event { AREA_BEGAN, AREA_JOINED, AREA_LEFT, AREA_ENDED };

/* Who is lost together.  Knows links and moments, and no alarm. */
struct areas {
	struct area_member	*links;		/* in the order of their names */
	size_t			 nlinks;
	struct area		*at;
	size_t			 n;
	const struct life_conf	*conf;
	/* JOINED and LEFT say which link; of BEGAN and ENDED it is AREA_NONE. */
	void			(*told)(void *, enum area_event, size_t area, uint32_t link,
				    int64_t now);
	void			*owner;
};

/* NULL: no memory left, or no link has a key (then *none is set). */
struct areas	*areas_new(const struct life_conf *, const struct area_link *, size_t n,
		    struct arena *, bool *none);
uint32_t	 areas_link(const struct areas *, const char *name);	/* AREA_NONE */
size_t		 areas_find(const struct areas *, const char *name);	/* SIZE_MAX */
/* A line went down or mute, or did so no more; what is so already changes
 * nothing. */
void		 areas_lost(struct areas *, uint32_t link, enum area_loss, int64_t now);
void		 areas_back(struct areas *, uint32_t link, enum area_loss, int64_t now);
/* Is it a member of any area that is lost? */
bool		 areas_silent(const struct areas *, uint32_t link);
/* It was lost before a restart: not over until its links had time to come. */
void		 areas_restore(struct areas *, size_t area, int64_t now);
void		 areas_tick(struct areas *, int64_t now);
int64_t		 areas_deadline(const struct areas *);
/* From those of the configuration before; nothing is told. */
void		 areas_take_over(struct areas *, const struct areas *was, int64_t now);

#endif
