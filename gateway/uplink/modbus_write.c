#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../clock.h"
#include "modbus.h"

#define EACH		(US_PER_S / 5)		/* five writes a second ... */
#define BURST		(20 * EACH)		/* ... and so many at once */
#define LINE_BYTES	420

static enum map_table
table_of(const struct modbus_request *r)
{
	return request_is_bits(r) ? MAP_COIL : MAP_HOLDING;
}

static bool
too_many(struct modbus *m, int64_t now)
{
	m->credit += m->credit_at != 0 ? now - m->credit_at : BURST;
	m->credit_at = now;
	if (m->credit > BURST)
		m->credit = BURST;
	if (m->credit < EACH)
		return true;
	m->credit -= EACH;
	return false;
}

static const struct map_slot *
slot_of(const struct modbus *m, const struct modbus_request *r, uint32_t i,
    const struct map_cell **cell)
{
	*cell = map_cell_at(&m->conf->map, r->unit, table_of(r), r->write_first + i);
	return *cell != NULL ? &m->conf->map.slots[(*cell)->slot] : NULL;
}

static int
figure_of(const struct modbus_request *r, const struct map_slot *slot, uint32_t i,
    double *figure)
{
	uint16_t registers[MAP_WIRE / 2];

	for (uint32_t k = 0; k < slot->registers; k++)
		registers[k] = request_value(r, i + k);
	return map_figure(slot, registers, figure);
}

/* May all of it be written?  Only whole points can, and all of them or none are
 * begun. */
static uint8_t
judge(const struct modbus *m, const struct modbus_request *r)
{
	const struct map_cell *cell;
	const struct map_slot *slot;
	uint8_t refused = 0;
	double figure;

	for (uint32_t i = 0; i < r->write_count; i += cell->n) {
		slot = slot_of(m, r, i, &cell);
		if (slot == NULL || cell->address != r->write_first + i ||
		    i + cell->n > r->write_count)
			return EXCEPTION_ADDRESS;
		if (cell->shows != SHOWS_VALUE || !slot->writable)
			refused = EXCEPTION_FUNCTION;
		else if (refused == 0 && (figure_of(r, slot, i, &figure) != 0 ||
		    figure < slot->min || figure > slot->max))
			refused = EXCEPTION_VALUE;
	}
	return refused;
}

/* What waits for its answer gets it no more. */
static void
end_all(struct modbus *m)
{
	if (m->line.ask.id != 0)
		modbus_end_write(m, &m->line.ask, m->line.answerer, EXCEPTION_FAILURE);
	for (size_t i = 0; i < MODBUS_CLIENTS; i++)
		if (m->clients[i].fd >= 0 && m->clients[i].ask.id != 0)
			modbus_end_write(m, &m->clients[i].ask, m->answerer, EXCEPTION_FAILURE);
}

void
modbus_write_close(struct modbus *m)
{
	if (m->orders >= 0)
		close(m->orders);
	m->orders = -1;
}

/* Its number; 0: nobody takes it. */
static uint32_t
give(struct modbus *m, const char *words)
{
	const struct order_line *line = m->env->orders;

	if (line == NULL)
		return 0;
	if (m->orders < 0)
		m->orders = line->open(line);
	m->next_id = m->next_id == UINT32_MAX ? 1 : m->next_id + 1;
	if (m->orders >= 0 && line->give(m->orders, m->next_id, words) == 0)
		return m->next_id;
	modbus_write_close(m);
	return 0;
}

static uint32_t
give_write(struct modbus *m, const struct modbus_asker *ask, const struct map_slot *slot,
    double figure)
{
	char words[LINE_BYTES];

	snprintf(words, sizeof(words), "from modbus:%s write %s.%s %.15g %lldms %s",
	    m->env->conf->name, slot->device, slot->point, figure,
	    (long long)(m->conf->write_wait / 1000), ask->name);
	return give(m, words);
}

/* Somebody tried what is not allowed: that is kept, too. */
static void
deny(struct modbus *m, const struct modbus_asker *ask, int64_t now)
{
	const struct modbus_request *r = &ask->request;
	char words[LINE_BYTES];

	if (too_many(m, now))
		return;
	snprintf(words, sizeof(words), "from modbus:%s deny %s may not write %s %u of unit %u",
	    m->env->conf->name, ask->name, map_table_names[table_of(r)], r->write_first,
	    r->unit);
	give(m, words);
}

/* The next of its points.  0: it is under way. */
static uint8_t
write_next(struct modbus *m, struct modbus_asker *ask, int64_t now)
{
	const struct modbus_request *r = &ask->request;
	const struct map_cell *cell;
	const struct map_slot *slot = slot_of(m, r, ask->written, &cell);
	double figure;

	if (figure_of(r, slot, ask->written, &figure) != 0)
		return EXCEPTION_VALUE;
	if (too_many(m, now))
		return EXCEPTION_BUSY;
	ask->id = give_write(m, ask, slot, figure);
	ask->written += cell->n;
	return ask->id != 0 ? 0 : EXCEPTION_BUSY;
}

uint8_t
modbus_write_begin(struct modbus *m, struct modbus_asker *ask, int64_t now)
{
	uint8_t refused = judge(m, &ask->request);

	if (refused == EXCEPTION_FUNCTION)
		deny(m, ask, now);
	if (refused != 0)
		return refused;
	ask->until = now + m->conf->write_wait;
	return write_next(m, ask, now);
}

void
modbus_write_all(struct modbus *m, const struct modbus_asker *ask, int64_t now)
{
	struct modbus_asker one = *ask;

	/* values point into the frame of ask, which stays */
	for (unsigned unit = 1; unit < MAP_UNITS; unit++) {
		one.request.unit = (uint8_t)unit;
		if (!map_has_unit(&m->conf->map, (uint8_t)unit) || judge(m, &one.request) != 0)
			continue;
		for (one.written = 0; one.written < one.request.write_count;)
			if (write_next(m, &one, now) != 0)
				break;
	}
}

static void
go_on(struct modbus *m, struct modbus_asker *ask, struct answerer *a,
    const struct order_answer *answer, int64_t now)
{
	uint8_t exception = 0;

	ask->id = 0;
	if (!answer->done)
		exception = answer->again ? EXCEPTION_BUSY : EXCEPTION_FAILURE;
	else if (ask->written < ask->request.write_count)
		exception = write_next(m, ask, now);
	if (ask->id == 0)
		modbus_end_write(m, ask, a, exception);
}

static void
tell(struct modbus *m, const struct order_answer *answer, int64_t now)
{
	if (m->line.ask.id != 0 && m->line.ask.id == answer->id)
		go_on(m, &m->line.ask, m->line.answerer, answer, now);
	for (size_t i = 0; i < MODBUS_CLIENTS; i++)
		if (m->clients[i].fd >= 0 && m->clients[i].ask.id != 0 &&
		    m->clients[i].ask.id == answer->id)
			go_on(m, &m->clients[i].ask, m->answerer, answer, now);
}

void
modbus_write_hear(struct modbus *m, int64_t now)
{
	struct order_answer a;
	int got = 0;

	while (m->orders >= 0 && (got = m->env->orders->hear(m->orders, &a)) > 0)
		tell(m, &a, now);
	if (got >= 0)
		return;
	modbus_write_close(m);
	end_all(m);
}

void
modbus_write_late(struct modbus *m, struct modbus_asker *ask, struct answerer *a)
{
	modbus_end_write(m, ask, a, EXCEPTION_ACKNOWLEDGE);
}
