#include <stdlib.h>

#include "../room.h"
#include "conflicts.h"

#define PLACES	4096

static uint32_t
place(uint32_t what)
{
	return (uint32_t)(what * 2654435761U) >> 20;
}

/* NULL: it is not remembered. */
static struct conflict *
find(const struct conflicts *c, uint32_t what)
{
	struct conflict *one;

	if (c->at == NULL || what == 0)
		return NULL;
	one = &c->at[place(what)];
	return one->what == what ? one : NULL;
}

void
conflicts_free(struct conflicts *c)
{
	free(c->at);
	c->at = NULL;
}

void
conflicts_add(struct conflicts *c, uint32_t what, int64_t now)
{
	if (what == 0)
		return;
	if (c->at == NULL)
		c->at = room_for(PLACES, sizeof(*c->at));
	c->at[place(what)] = (struct conflict){ what, now + CONFLICT_AGAIN };
}

enum conflict_look
conflicts_look(struct conflicts *c, uint32_t what, int64_t now)
{
	struct conflict *one = find(c, what);

	if (one == NULL)
		return CONFLICT_NONE;
	if (now < one->again)
		return CONFLICT_HOLDS;
	one->again = now + CONFLICT_AGAIN;
	return CONFLICT_TRY;
}

void
conflicts_settle(struct conflicts *c, uint32_t what)
{
	struct conflict *one = find(c, what);

	if (one != NULL)
		one->what = 0;
}

void
conflicts_retry(struct conflicts *c, uint32_t what)
{
	struct conflict *one = find(c, what);

	if (one != NULL)
		one->again = 0;
}
