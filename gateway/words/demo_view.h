#ifndef GATEWAY_WORDS_DEMO_VIEW_H
#define GATEWAY_WORDS_DEMO_VIEW_H

#include <stdbool.h>

#include "live.h"

/* What a person sees of a running gateway: fed by the control socket, which
 * says how far the store is durable, and by the store itself. */
struct demo_view;

/* store: its folder; control: path of the socket.  Neither has to be there. */
struct demo_view *demo_view_open(const char *store, const char *control, bool plain);
/* Waits at most ms for news and shows them. */
void		 demo_view_turn(struct demo_view *, int ms);
/* The whole table, now; footer: lines below it; the last one stays on
 * the lowest screen. */
void		 demo_view_draw(struct demo_view *, const char *footer);
/* Orders something of the gateway; what it answers is shown below the table.
 * False: it cannot be reached yet. */
bool		 demo_view_order(struct demo_view *, const char *words);
const struct live *demo_view_live(const struct demo_view *);
void		 demo_view_close(struct demo_view *);

#endif
