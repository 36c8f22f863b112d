#ifndef GATEWAY_WORDS_STORIES_H
#define GATEWAY_WORDS_STORIES_H

#include "../../rules/story.h"
#include "../config/config.h"

/* A file of stories, with the packs that it uses. */
struct stories {
	struct arena		 arena;
	struct tree		*tree, **trees;	/* of the packs */
	struct pack		**packs;	/* in the order of file.packs */
	struct story_file	 file;
};

/* NULL: see errs. */
struct stories	*stories_read(const char *path, struct errs *);
void		 stories_free(struct stories *);
size_t		 stories_count(const struct stories *);
const struct story *stories_at(const struct stories *, size_t i);
/* Do they bring the devices that they are told on? */
bool		 stories_have_site(const struct stories *);
/* Tells the i-th.  config: the site of those that bring none; else NULL.  Leaves
 * the zone of the process at that of the story.  -1: see errs. */
int		 stories_tell(struct stories *, size_t i, const struct config *,
		    struct errs *);

#endif
