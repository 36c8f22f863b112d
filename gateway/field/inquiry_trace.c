#include <string.h>

#include "../reason.h"
#include "../sight.h"
#include "../text.h"
#include "field.h"

/* One that does not keep up is told how much it missed, and holds up nobody. */
static void
show(struct tracer *t, const struct sight *sight)
{
	uint8_t body[SIGHT_HEAD + SIGHT_BYTES];
	struct buf b = { .at = body, .cap = sizeof(body) };
	struct sight mine = *sight;

	mine.dropped = t->dropped;
	sight_put(&b, &mine);
	if (!control_offer(t->client, MESSAGE_ANSWER, t->id, body, b.len))
		t->dropped++;
}

static void
told(void *owner, const struct link *link, bool sent, const uint8_t *bytes, size_t n,
    int64_t now)
{
	struct inquiries *all = owner;
	struct sight sight = { .sent = sent, .at = now };

	for (size_t at = 0; at < n; at += sight.n) {
		sight.bytes = bytes + at;
		sight.n = n - at < SIGHT_BYTES ? n - at : SIGHT_BYTES;
		for (size_t i = 0; i < TRACERS_MAX; i++)
			if (all->tracers[i].client != NULL && all->tracers[i].link == link)
				show(&all->tracers[i], &sight);
	}
}

static bool
watched(const struct inquiries *all, const struct link *link)
{
	for (size_t i = 0; i < TRACERS_MAX; i++)
		if (all->tracers[i].client != NULL && all->tracers[i].link == link)
			return true;
	return false;
}

void
inquiry_trace(struct field_role *f, struct control_client *client, uint32_t id, char *words)
{
	struct inquiries *all = &f->inquiries;
	struct bus *bus = field_bus(f, words);
	struct link *link = bus != NULL ? &bus->link : NULL;
	struct tracer *t = NULL;
	char said[REASON_MAX];
	const char *why;

	for (size_t i = 0; i < TRACERS_MAX; i++)
		if (all->tracers[i].client == NULL)
			t = &all->tracers[i];
	if (link != NULL && t != NULL) {
		*t = (struct tracer){ .client = client, .id = id, .link = link };
		all->tap = (struct link_tap){ .told = told, .owner = all };
		link->tap = &all->tap;
		control_answer(client, MESSAGE_ANSWER, 0, id, "", 0);
		return;
	}
	why = link != NULL ? N_("too many look on already") :
	    reason_near(N_("no such link"), config_near_link(f->config, words), said);
	control_answer(client, MESSAGE_ANSWER, MESSAGE_FAILED, id, why, strlen(why));
}

void
inquiry_blind(struct field_role *f, const struct control_client *client)
{
	struct inquiries *all = &f->inquiries;

	for (size_t i = 0; i < TRACERS_MAX; i++)
		if (all->tracers[i].client == client)
			all->tracers[i].client = NULL;
	for (size_t i = 0; i < f->nbuses; i++)
		if (!watched(all, &f->buses[i]->link))
			f->buses[i]->link.tap = NULL;
}
