#include <stdio.h>

#include "../text.h"
#include "report_row.h"

/* The rows of status that tell of links, listeners and who called there. */

static void
billed(const struct ledger_row *b, struct row *r)
{
	static const struct ledger_row none;

	if (b == NULL)
		b = &none;
	row_count(r, b->day.rx + b->day.tx);
	row_count(r, b->month.rx + b->month.tx);
	row_count(r, b->day.rx);
	row_count(r, b->day.tx);
	row_count(r, b->month.rx);
	row_count(r, b->month.tx);
	row_count(r, b->last_day.rx);
	row_count(r, b->last_day.tx);
	row_count(r, b->last_month.rx);
	row_count(r, b->last_month.tx);
}

/* Of who calls nothing is being opened: nobody has called yet, or does no more. */
static const char *
state_of(const struct link *link)
{
	static const char *const states[] = {
		[LINK_CLOSED] = N_("down"), [LINK_OPENING] = N_("opening"),
		[LINK_UP] = N_("up"),
	};

	if (link->resting)
		return N_("idle");
	if (link_awaited(link))
		return N_("awaited");
	return states[link->kind->awaited && link->state != LINK_UP ? LINK_CLOSED : link->state];
}

bool
report_link(struct field_role *f, size_t i, struct row *r)
{
	const struct bus *bus = i < f->nbuses ? f->buses[i] : NULL;
	const struct tally *t;

	if (bus == NULL)
		return false;
	t = bus->link.ups > 0 ? bus->proto->tally(bus->session) : &(struct tally){ 0 };
	row_text(r, bus->link.conf->name);
	row_text(r, bus->link.kind->name);
	row_text(r, bus->proto->name);
	row_text(r, state_of(&bus->link));
	row_count(r, bus->link.rx);
	row_count(r, bus->link.tx);
	billed(bus->bytes, r);
	row_count(r, bus->link.ups);
	row_count(r, bus->link.downs);
	row_count(r, t->late);
	row_count(r, t->foreign);
	row_count(r, t->garbled);
	row_count(r, t->barriers);
	row_text(r, link_reachable(&bus->link) ? "" : bus->link.why);
	return true;
}

static const char *
door_absent(const struct field_role *f)
{
	return letterbox_connected(f->letterbox) ? N_("not yet open") : N_("the door is not there");
}

/* Who is not in yet, and who was not let in, only the door knows. */
static void
add_door(const struct field_role *f, const char *name, struct listener_status *s)
{
	const struct door_state *d = letterbox_listener(f->letterbox, name);

	if (d == NULL) {
		snprintf(s->why, sizeof(s->why), "%s", door_absent(f));
		return;
	}
	s->callers += d->callers;
	s->accepted = d->accepted;
	s->refused += d->refused;
	s->late += d->late;
	snprintf(s->why, sizeof(s->why), "%s", d->why);
}

bool
report_listener(struct field_role *f, size_t i, struct row *r)
{
	const struct listener_conf *l = i < f->config->nlisteners ? &f->config->listeners[i] : NULL;
	struct listener_status s;

	if (l == NULL || !listener_look(f->listeners, l->name, &s))
		return false;
	if (l->tls != LISTENER_PLAIN)
		add_door(f, l->name, &s);
	row_text(r, l->name);
	row_text(r, dtu_format_at((size_t)l->format)->name);
	row_text(r, l->tls != LISTENER_PLAIN ? "tls" : l->transport == TRANSPORT_TCP ? "tcp" :
	    "udp");
	row_count(r, (uint64_t)l->port);
	row_count(r, s.callers);
	row_count(r, s.accepted);
	row_count(r, s.claimed);
	row_count(r, s.refused);
	row_count(r, s.late);
	row_text(r, s.why);
	return true;
}

/* What it was refused for: who brought it, what proves him, what it says. */
bool
report_receiver(struct field_role *f, size_t i, struct row *r)
{
	static const struct door_state none;
	const struct receiver_conf *c = &f->config->receivers[i];
	const struct door_state *d;
	const uint64_t *n;

	if (i >= f->config->nreceivers)
		return false;
	d = letterbox_receiver(f->letterbox, c->name);
	n = d != NULL ? d->counts : none.counts;
	row_text(r, c->name);
	row_text(r, receiver_transport(c));
	row_count(r, receiver_port(c));
	row_count(r, d != NULL ? d->callers : 0);
	row_count(r, n[DOOR_STORED]);
	row_count(r, n[DOOR_NOBODY]);
	row_count(r, n[DOOR_UNPROVEN] + n[DOOR_WRONG_KEY] + n[DOOR_NO_TLS]);
	row_count(r, n[DOOR_NOWHERE] + n[DOOR_FORMAT] + n[DOOR_UNSOUND]);
	row_count(r, n[DOOR_NO_DATA]);
	row_count(r, n[DOOR_BUSY]);
	row_count(r, d != NULL ? d->late : 0);
	row_number(r, d != NULL && d->last > 0 ? system_clock.mono() - d->last : 0);
	row_text(r, d != NULL ? d->why : door_absent(f));
	return true;
}

bool
report_stranger(struct field_role *f, size_t i, struct row *r)
{
	const struct stranger *s = listeners_stranger(f->listeners, i);

	if (s == NULL)
		return false;
	row_text(r, s->said);
	row_text(r, s->at);
	row_text(r, s->address);
	row_count(r, s->times);
	row_number(r, system_clock.mono() - s->last);
	row_text(r, s->why);
	return true;
}
