#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../clock.h"
#include "../log.h"
#include "modbus.h"

#define BATCH		2000
#define TELL_AGAIN	(60 * US_PER_S)
#define LONGEST		(60 * US_PER_S)

static int
compare_names(const void *a, const void *b, void *arg)
{
	const struct map_slot *slots = arg;
	const struct map_slot *x = &slots[*(const uint32_t *)a], *y = &slots[*(const uint32_t *)b];
	int order = strcmp(x->device, y->device);

	return order != 0 ? order : strcmp(x->point, y->point);
}

static int
modbus_open(void *self, const struct uplink_env *env, char *why, size_t n)
{
	struct modbus *m = self;
	const struct register_map *map;

	m->env = env;
	m->conf = modbus_conf_of(env->conf);
	map = &m->conf->map;
	m->listener = m->orders = m->line.fd = -1;
	m->since = system_clock.mono();
	for (size_t i = 0; i < MODBUS_CLIENTS; i++)
		m->clients[i].fd = -1;
	modbus_place_read(m->conf->listen, &m->place);
	if ((m->place.path[0] != '\0' ? modbus_line_open(m, m->since, why, n) :
	    modbus_listen(m, why, n)) < 0)
		return -1;
	m->values = calloc(map->nslots + 1, sizeof(*m->values));
	m->by_name = calloc(map->nslots + 1, sizeof(*m->by_name));
	if (m->values == NULL || m->by_name == NULL)
		abort();
	for (uint32_t i = 0; i < map->nslots; i++)
		m->by_name[i] = i;
	qsort_r(m->by_name, map->nslots, sizeof(*m->by_name), compare_names, map->slots);
	return 0;
}

static void
modbus_close(void *self)
{
	struct modbus *m = self;

	modbus_clients_close(m);
	modbus_line_close(m);
	modbus_write_close(m);
	free(m->values);
	free(m->by_name);
	free(m->places);
}

/* Where its slots begin in by_name, + 1; 0: it is not in the map. */
static uint32_t
place_of(const struct modbus *m, const struct series *s)
{
	const struct register_map *map = &m->conf->map;
	uint32_t from = 0, end = (uint32_t)map->nslots;

	while (from < end) {
		uint32_t mid = from + (end - from) / 2;
		const struct map_slot *slot = &map->slots[m->by_name[mid]];
		int order = strcmp(slot->device, s->device);

		if (order == 0)
			order = strcmp(slot->point, s->point);
		if (order < 0)
			from = mid + 1;
		else
			end = mid;
	}
	if (from == map->nslots || strcmp(map->slots[m->by_name[from]].device, s->device) != 0 ||
	    strcmp(map->slots[m->by_name[from]].point, s->point) != 0)
		return 0;
	return from + 1;
}

/* Takes in the series up to this one. */
static bool
learn(struct modbus *m, uint32_t series)
{
	uint32_t *more;

	if (series <= m->nplaces)
		return true;
	if (reader_series(m->env->reader, series) == NULL)
		return false;
	more = realloc(m->places, series * sizeof(*more));
	if (more == NULL)
		return false;
	m->places = more;
	for (; m->nplaces < series; m->nplaces++) {
		const struct series *s = reader_series(m->env->reader, m->nplaces + 1);

		m->places[m->nplaces] = s != NULL ? place_of(m, s) : 0;
	}
	return true;
}

/* Of one point the newest counts, whichever way it comes. */
static void
take(struct modbus *m, uint32_t slot, const struct entry *e)
{
	const struct reading *r = &e->reading;
	struct map_value *v = &m->values[slot];

	/* a store that lost its end to damage gives numbers anew */
	if (e->seq <= v->seq && r->time <= v->time)
		return;
	*v = (struct map_value){ .value = r->value, .quality = r->quality, .seq = e->seq,
	    .time = r->time, .mono = r->mono, .held = r->age };
	/* the clock of another run of the kernel says nothing */
	if (e->boot != 0 && e->boot != clock_boot())
		v->mono = 0;
}

static enum put_result
modbus_put(void *self, const struct entry *e, enum stream stream)
{
	struct modbus *m = self;
	const struct register_map *map = &m->conf->map;
	uint32_t at;

	(void)stream;
	if (e->kind != ENTRY_READING || e->reading.series == 0 || !learn(m, e->reading.series))
		return PUT_SKIPPED;
	at = m->places[e->reading.series - 1];
	if (at == 0)
		return PUT_SKIPPED;
	take(m, m->by_name[at - 1], e);
	for (; at < map->nslots && compare_names(&m->by_name[at - 1], &m->by_name[at],
	    map->slots) == 0; at++)
		take(m, m->by_name[at], e);
	return PUT_TAKEN;
}

/* What was put is shown already. */
static int
modbus_send(void *self, char *why, size_t n)
{
	(void)self;
	(void)why;
	(void)n;
	return 0;
}

static struct map_now
present(const struct modbus *m, int64_t now)
{
	struct map_now p = { .mono = now, .wall = system_clock.wall() };

	p.own[OWN_HEARTBEAT] = p.own[OWN_UPTIME] = (uint64_t)((now - m->since) / US_PER_S);
	p.own[OWN_TIME] = (uint64_t)(p.wall / 1000);
	p.own[OWN_CLIENTS] = modbus_clients_count(m);
	p.own[OWN_REQUESTS] = m->requests;
	p.own[OWN_EXCEPTIONS] = m->exceptions;
	p.own[OWN_CRC_ERRORS] = m->crc_errors;
	return p;
}

static enum map_table
table_of(const struct modbus_request *r)
{
	switch (r->function) {
	case 1:
		return MAP_COIL;
	case 2:
		return MAP_DISCRETE;
	case 4:
		return MAP_INPUT;
	default:
		return MAP_HOLDING;
	}
}

static uint8_t
read_range(struct modbus *m, struct answerer *a, const struct modbus_request *r, int64_t now)
{
	const struct map_now p = present(m, now);

	if (r->count == 0)
		return 0;
	return register_map_read(&m->conf->map, m->values, &p, r->unit, table_of(r), r->first,
	    r->count, m->conf->gaps == GAPS_ZERO, answerer_room(a));
}

void
modbus_end_write(struct modbus *m, struct modbus_asker *ask, struct answerer *a,
    uint8_t exception)
{
	struct modbus_request *r = &ask->request;

	ask->id = 0;
	if (exception == 0)
		exception = read_range(m, a, r, system_clock.mono());
	m->exceptions += exception != 0;
	ask->nout = exception != 0 ?
	    answerer_refuse(a, ask->frame, ask->len, exception, ask->out) :
	    answerer_reply(a, r, ask->frame, ask->len, ask->out);
	ask->sent = 0;
}

/* Of units that are not there; the standard has 0 and 255 mean the server itself
 * by TCP (Messaging guide V1.0b, 4.4.2). */
static bool
find_unit(const struct modbus *m, struct modbus_request *r)
{
	const struct register_map *map = &m->conf->map;

	if (map_has_unit(map, r->unit))
		return true;
	if (m->listener < 0 || !(r->unit == 0 || r->unit == 255 || m->conf->any_unit))
		return false;
	r->unit = (uint8_t)m->conf->unit;
	return map_has_unit(map, r->unit);
}

void
modbus_serve(struct modbus *m, struct answerer *a, struct modbus_asker *ask, int64_t now)
{
	struct modbus_request *r = &ask->request;
	uint8_t exception;

	m->requests++;
	ask->nout = ask->sent = 0;
	ask->id = ask->written = 0;
	if (!find_unit(m, r))
		exception = EXCEPTION_NO_PATH;
	else if (r->exception != 0)
		exception = r->exception;
	else if (r->write_count > 0)
		exception = modbus_write_begin(m, ask, now);
	else
		exception = 0;
	if (ask->id == 0)
		modbus_end_write(m, ask, a, exception);
}

void
modbus_tell(struct modbus *m, const char *who, const char *why, int64_t now)
{
	if (now < m->tell_at)
		return;
	m->tell_at = now + TELL_AGAIN;
	log_warn("uplink %s: %s: %s", m->env->conf->name, who, why);
}

static int64_t
tend(struct modbus *m, const struct pollfd *fds, size_t n, int64_t now)
{
	if (m->place.path[0] != '\0')
		return modbus_line_tend(m, fds, n, now);
	return modbus_clients_tend(m, fds, n, now);
}

static int
modbus_idle(void *self, int wake, int64_t us, char *why, size_t n)
{
	struct modbus *m = self;
	int64_t now = system_clock.mono(), until = now + us;
	int64_t next = m->line.why[0] != '\0' ? m->line.again_at : now;
	struct pollfd fds[MODBUS_POLLS];

	do {
		size_t k = m->listener >= 0 ? modbus_clients_poll(m, fds) :
		    modbus_line_poll(m, fds);
		int64_t left = (next < until ? next : until) - now;

		fds[k] = (struct pollfd){ .fd = m->orders, .events = POLLIN };
		fds[k + 1] = (struct pollfd){ .fd = wake, .events = POLLIN };
		poll(fds, k + 2, left > 0 ? (int)((left < LONGEST ? left : LONGEST) / 1000 + 1) :
		    0);
		now = system_clock.mono();
		if (m->orders >= 0 && fds[k].revents != 0)
			modbus_write_hear(m, now);
		next = tend(m, fds, k, now);
		if (fds[k + 1].revents != 0)
			break;
	} while (now < until && m->line.why[0] == '\0');
	if (m->line.why[0] == '\0')
		return 0;
	snprintf(why, n, "%s", m->line.why);
	return -1;
}

const struct uplink modbus_uplink = {
	.name = "modbus",
	.keys = modbus_keys,
	.conf_size = sizeof(struct modbus_conf),
	.check = modbus_check,
	.bind = modbus_bind,
	.keep = modbus_keep,
	.drop = modbus_drop,
	.same = modbus_same,
	.facts = modbus_facts,
	.adopt = modbus_adopt,
	.size = sizeof(struct modbus),
	.batch = BATCH,
	.commanded = true,
	.present = true,
	.open = modbus_open,
	.put = modbus_put,
	.send = modbus_send,
	.close = modbus_close,
	.idle = modbus_idle,
};
