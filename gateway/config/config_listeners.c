#include <stddef.h>
#include <string.h>

#include "../../protocols/hj212.h"
#include "../link/address.h"
#include "config_read.h"

static bool
same_port(const struct listener_conf *a, const struct listener_conf *b)
{
	return a->port == b->port && a->transport == b->transport &&
	    (a->address[0] == '\0' || b->address[0] == '\0' ||
	    strcmp(a->address, b->address) == 0);
}

static int
check_ports(const struct config *c, size_t i, struct errs *errs)
{
	const struct listener_conf *l = &c->listeners[i];

	for (size_t k = 0; k < i; k++)
		if (same_port(&c->listeners[k], l))
			return err_add(errs, l->place.file, l->place.line,
			    "%s: listener %s (line %d) has port %lld already", l->name,
			    c->listeners[k].name, c->listeners[k].place.line, (long long)l->port);
	return 0;
}

static bool
asks_token(const struct listener_conf *l)
{
	return strstr(l->reg, "{token:") != NULL ||
	    dtu_format_at((size_t)l->format)->framing == &dtu_hj212;	/* its PW */
}

/* A frame of Modbus TCP has no check sum: what a short heartbeat makes of it could
 * not be told from data. */
static int
check_beats(const struct link_conf *link, const struct listener_conf *l, struct errs *errs)
{
	struct dtu_conf dtu;

	if (strcmp(link->proto, "modbus-tcp") != 0 ||
	    dtu_format_at((size_t)l->format)->framing != &dtu_plain)
		return 0;
	listener_dtu(l, &dtu);
	for (size_t i = 0; i < dtu.nbeats; i++)
		if (dtu.beats[i].n > 0 && dtu.beats[i].n < 4)
			return err_add(errs, link->place.file, link->place.line,
			    "%s: Modbus TCP has no check sum, and a heartbeat of less than 4 bytes "
			    "within an answer could not be seen: give listener %s a longer one",
			    link->name, l->name);
	return 0;
}

/* Whoever has no key would never be let in, and a key for a port that asks for none
 * proves nothing. */
static int
check_psk(const struct link_conf *link, const struct listener_conf *l, struct errs *errs)
{
	bool key = link->psk != NULL && link->psk[0] != '\0';

	if (key && l->tls != LISTENER_PSK)
		return err_add(errs, link->place.file, link->place.line,
		    "%s: psk is of use where its listener says tls = \"psk\", and %s does not",
		    link->name, l->name);
	if (!key && l->tls == LISTENER_PSK)
		return err_add(errs, link->place.file, link->place.line,
		    "%s: listener %s lets in who has a key: give the link its psk", link->name,
		    l->name);
	return 0;
}

static bool
is_to_set(const struct link_conf *link)
{
	return link->interval > 0 || link->interval_minute > 0 ||
	    link->realtime != UPLOAD_AS_IT_IS || link->states != UPLOAD_AS_IT_IS;
}

/* RtdInterval is 30 to 3600 s, MinInterval one of those minutes that an hour has whole
 * (HJ 212-2017, table 4); 2005 knows no other one. */
static int
check_intervals(const struct link_conf *link, struct errs *errs)
{
	int64_t s = link->interval / US_PER_S, min = link->interval_minute / (60 * US_PER_S);

	if (is_to_set(link) && link->dialect == HJ212_SURFACE)
		return err_add(errs, link->place.file, link->place.line,
		    "%s: interval, interval_minute, realtime and states are not known of "
		    "dialect \"surface-water\"", link->name);
	if (link->interval > 0 && (s < 30 || s * US_PER_S != link->interval))
		return err_add(errs, link->place.file, link->place.line,
		    "%s: interval is 30 s to 1 h, in whole seconds", link->name);
	if (link->interval_minute > 0 && (link->dialect == HJ212_2005 || min == 0 ||
	    60 % min != 0 || min * 60 * US_PER_S != link->interval_minute))
		return err_add(errs, link->place.file, link->place.line,
		    "%s: interval_minute is 1, 2, 3, 4, 5, 6, 10, 12, 15, 20 or 30 min, and not of "
		    "dialect \"2005\"", link->name);
	return 0;
}

/* To set a clock, or how it tells, is a command: it goes where something proves who
 * calls, or by name. */
static int
check_clock(const struct link_conf *link, const struct listener_conf *l, struct errs *errs)
{
	if ((link->clock != CLOCK_OFF || link->history != HISTORY_OFF || is_to_set(link)) &&
	    link->answer == HJ212_NEVER)
		return err_add(errs, link->place.file, link->place.line,
		    "%s: answer = \"never\" says nothing to the instrument, and clock, history, "
		    "interval and the like ask it: give up one of them", link->name);
	if (is_to_set(link) && link->token[0] == '\0' && l->tls == LISTENER_PLAIN &&
	    !link->control)
		return err_add(errs, link->place.file, link->place.line,
		    "%s: interval, interval_minute, realtime and states are commands, and nothing "
		    "proves who calls: give the link a token, or allow it by control = true",
		    link->name);
	if (link->clock == CLOCK_SET && link->token[0] == '\0' && l->tls == LISTENER_PLAIN &&
	    !link->control)
		return err_add(errs, link->place.file, link->place.line,
		    "%s: clock = \"set\" is a command, and nothing proves who calls: give the link "
		    "a token, or allow it by control = true", link->name);
	return 0;
}

/* Another way to write it would never be met. */
static int
check_place(const struct link_conf *link, const struct listener_conf *l, struct errs *errs)
{
	char wanted[64] = "";
	union address at;

	if (!dtu_format_at((size_t)l->format)->by_address || l->tls != LISTENER_PLAIN)
		return 0;
	if (!address_placed(link->identity, &at))
		return err_add(errs, link->place.file, link->place.line,
		    "%s: listener %s knows its callers by address: identity wants the one it "
		    "calls from, as in \"10.8.0.17\" or, with its port, \"10.8.0.17:7001\"",
		    link->name, l->name);
	if ((at.sa.sa_family == AF_INET ? at.in.sin_port : at.in6.sin6_port) != 0)
		address_place(&at, wanted);
	else
		address_host(&at, wanted, sizeof(wanted));
	return strcmp(wanted, link->identity) == 0 ? 0 :
	    err_add(errs, link->place.file, link->place.line,
	    "%s: identity \"%s\": write it \"%s\"", link->name, link->identity, wanted);
}

static int
check_link(const struct config_reader *r, const struct link_conf *link, size_t i)
{
	const struct listener_conf *l = &r->config->listeners[i];

	if (link->token[0] != '\0' && !asks_token(l))
		return err_add(r->errs, link->place.file, link->place.line,
		    "%s: register of listener %s has no {token:8} that its token could be",
		    link->name, l->name);
	return check_psk(link, l, r->errs) | check_beats(link, l, r->errs) |
	    check_clock(link, l, r->errs) | check_intervals(link, r->errs) |
	    check_place(link, l, r->errs);
}

int
config_listeners(struct config_reader *r)
{
	struct config *c = r->config;
	struct config_waits waits = { .kind = "dial", .port = offsetof(struct link_conf, listener),
	    .no_port = ERR_("%s: there is no listener \"%s\""),
	    .no_port_but = ERR_("%s: there is no listener \"%s\"; did you mean \"%s\"?"),
	    .check = check_link };
	int rc = 0;

	c->listeners = r->listeners.at;
	c->nlisteners = r->listeners.n;
	for (size_t i = 0; i < c->nlisteners; i++) {
		struct listener_conf *l = &c->listeners[i];

		if (!key_whole(listener_keys, l) || l->port == 0)
			return -1;	/* it was told */
		rc |= listener_check(l, r->errs) | check_ports(c, i, r->errs);
	}
	if (names_sort(&waits.ports, c->listeners, c->nlisteners, sizeof(c->listeners[0]),
	    offsetof(struct listener_conf, name), offsetof(struct listener_conf, place), r) < 0)
		return -1;
	return rc | names_unique(&waits.ports, "listeners", r) | config_waits(r, &waits);
}
