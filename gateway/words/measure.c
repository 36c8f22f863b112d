#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../room.h"
#include "measure.h"

#define FIRST_SIZE	256

void
measure_init(struct measure *m, int64_t from, int64_t to, int64_t flood, int64_t flood_end)
{
	*m = (struct measure){ .from = from, .to = to, .flood = flood,
	    .flood_end = flood_end, .size = FIRST_SIZE };
	m->slots = room_for(m->size, sizeof(m->slots[0]));
	m->ntens = (size_t)((to - from + SLOT_MS - 1) / SLOT_MS);
	m->tens = room_for(m->ntens + 1, sizeof(m->tens[0]));
	m->ndays = (size_t)((to - from + DAY_MS - 1) / DAY_MS);
	m->days = room_for(m->ndays + 1, sizeof(m->days[0]));
}

void
measure_free(struct measure *m)
{
	for (struct measured *a = m->first, *next; a != NULL; a = next) {
		next = a->next;
		free(a);
	}
	free(m->slots);
	free(m->tens);
	free(m->days);
	free(m->acks);
}

static uint64_t
hash(uint64_t h, const char *name)
{
	do
		h = (h ^ (unsigned char)*name) * 0x100000001b3;	/* FNV-1a, with the NUL */
	while (*name++ != '\0');
	return h;
}

static struct measured **
place(struct measure *m, const char *rule, const char *device)
{
	uint64_t h = hash(hash(0xcbf29ce484222325, rule), device);

	for (size_t i = (size_t)(h ^ h >> 32);; i++) {
		struct measured **slot = &m->slots[i & (m->size - 1)];

		if (*slot == NULL || (strcmp((*slot)->rule, rule) == 0 &&
		    strcmp((*slot)->device, device) == 0))
			return slot;
	}
}

static void
grow(struct measure *m)
{
	free(m->slots);
	m->size *= 2;
	m->slots = room_for(m->size, sizeof(m->slots[0]));
	for (struct measured *a = m->first; a != NULL; a = a->next)
		*place(m, a->rule, a->device) = a;
}

static struct measured *
find(struct measure *m, const struct alarm_entry *e)
{
	struct measured **slot = place(m, e->rule, e->device), *a = *slot;

	if (a != NULL)
		return a;
	a = *slot = room_for(1, sizeof(*a));
	snprintf(a->rule, sizeof(a->rule), "%s", e->rule);
	snprintf(a->device, sizeof(a->device), "%s", e->device);
	a->next = m->first;
	m->first = a;
	if (2 * ++m->n > m->size)
		grow(m);
	return a;
}

static void
add_ack(struct measure *m, int64_t ms)
{
	int64_t *more;

	if (m->nacks == m->cap) {
		m->cap = m->cap > 0 ? 2 * m->cap : 256;
		more = room_for(m->cap, sizeof(more[0]));
		if (m->nacks > 0)
			memcpy(more, m->acks, m->nacks * sizeof(more[0]));
		free(m->acks);
		m->acks = more;
	}
	m->acks[m->nacks++] = ms;
}

static void
told(struct measure *m, struct measured *a, const struct alarm_entry *e)
{
	m->told++;
	a->told++;
	m->tens[(e->time - m->from) / SLOT_MS]++;
	m->priorities[e->priority & 3]++;
	if (e->class < 5)
		m->classes[e->class]++;
	if (a->told_at == 0)
		a->told_at = e->time;
}

/* It may have been restated before the very step that raised it. */
static bool
is_told(const struct measured *a, const struct alarm_entry *e)
{
	if (e->event == ALARM_EV_ENTER)
		return e->alarm.masks == 0;
	return e->event == ALARM_EV_UNMASK && e->alarm.count > a->alarm.count;
}

static void
count(struct measure *m, struct measured *a, const struct alarm_entry *e)
{
	if (e->alarm.event) {
		m->events += e->event == ALARM_EV_ENTER && !e->alarm.masks;
		return;
	}
	if (is_told(a, e))
		told(m, a, e);
	if (e->event == ALARM_EV_ACK && a->told_at != 0) {
		add_ack(m, e->time > a->told_at ? e->time - a->told_at : 0);
		a->told_at = 0;
	}
	a->chatters += e->event == ALARM_EV_CHATTER;
	m->overdue += e->event == ALARM_EV_OVERDUE;
	m->shelved += e->event == ALARM_EV_MASK && (e->mask & ALARM_SHELVED);
	m->removed += e->event == ALARM_EV_MASK && (e->mask & ALARM_REMOVED);
}

/* It stood until then: on each day that found it stale it counts. */
static void
stood(struct measure *m, const struct measured *a, int64_t until)
{
	int64_t stale = a->came + STALE_MS > m->from ? a->came + STALE_MS - m->from : 0;

	for (int64_t d = stale / DAY_MS; d < (int64_t)m->ndays &&
	    m->from + d * DAY_MS < until && a->came + STALE_MS < until; d++)
		m->days[d]++;
}

/* What is acknowledged stands all the same. */
static void
stand(struct measure *m, struct measured *a, const struct entry *entry)
{
	const struct alarm_entry *e = &entry->alarm;
	bool restated = entry->flags & ENTRY_SNAPSHOT;
	bool stands = e->alarm.active && !e->alarm.event && e->alarm.masks == 0;

	if (stands && a->came == 0) {
		a->came = restated ? e->alarm.since : e->time;
	} else if (!stands && a->came != 0) {
		stood(m, a, e->time);
		m->fleeting += !restated && e->event == ALARM_EV_LEAVE && e->time >= m->from &&
		    e->time - a->came < FLEETING_MS;
		a->came = 0;
	}
}

/* What stood before the time, or is restated, is known, and not counted. */
void
measure_take(struct measure *m, const struct entry *entry)
{
	const struct alarm_entry *e = &entry->alarm;
	struct measured *a;

	if (entry->kind != ENTRY_ALARM || e->time >= m->to)
		return;
	a = find(m, e);
	if (!(entry->flags & ENTRY_SNAPSHOT) && e->time >= m->from)
		count(m, a, e);
	stand(m, a, entry);
	if (!e->alarm.unacked)
		a->told_at = 0;
	a->alarm = e->alarm;
	a->priority = e->priority;
	a->class = e->class;
}

uint32_t
measure_peak(const struct measure *m)
{
	uint32_t most = 0;

	for (size_t i = 0; i < m->ntens; i++)
		if (m->tens[i] > most)
			most = m->tens[i];
	return most;
}

size_t
measure_over(const struct measure *m)
{
	size_t n = 0;

	for (size_t i = 0; i < m->ntens; i++)
		n += m->tens[i] > m->flood;
	return n;
}

size_t
measure_hours(const struct measure *m)
{
	return (m->ntens + HOUR_SLOTS - 1) / HOUR_SLOTS;
}

size_t
measure_hours_over(const struct measure *m)
{
	size_t n = 0;

	for (size_t i = 0; i < m->ntens; i += HOUR_SLOTS) {
		uint64_t told = 0;

		for (size_t k = i; k < i + HOUR_SLOTS && k < m->ntens; k++)
			told += m->tens[k];
		n += told > HOUR_MOST;
	}
	return n;
}

struct floods
measure_floods(const struct measure *m)
{
	struct floods f = { 0, 0, 0 };
	size_t length = 0;

	for (size_t i = 0; i < m->ntens; i++) {
		if (length == 0 && m->tens[i] > m->flood)
			f.n++;
		else if (length == 0 || m->tens[i] < m->flood_end) {
			length = 0;
			continue;
		}
		f.tens++;
		f.longest = ++length > f.longest ? length : f.longest;
	}
	return f;
}

static int
by_length(const void *a, const void *b)
{
	int64_t p = *(const int64_t *)a, q = *(const int64_t *)b;

	return p < q ? -1 : p > q;
}

int64_t
measure_ack(struct measure *m, double p)
{
	size_t i;

	if (m->nacks == 0)
		return 0;
	qsort(m->acks, m->nacks, sizeof(m->acks[0]), by_length);
	i = (size_t)(p * (double)m->nacks);
	return m->acks[i < m->nacks ? i : m->nacks - 1];
}

size_t
measure_top(const struct measure *m, const struct measured *top[TOP])
{
	size_t n = 0;

	for (const struct measured *a = m->first; a != NULL; a = a->next) {
		size_t i = n < TOP ? n : TOP;

		if (a->told == 0)
			continue;
		for (; i > 0 && top[i - 1]->told < a->told; i--)
			if (i < TOP)
				top[i] = top[i - 1];
		if (i < TOP) {
			top[i] = a;
			n += n < TOP;
		}
	}
	return n;
}

bool
measure_stands(const struct measure *m, const struct measured *a)
{
	(void)m;
	return a->came != 0;
}

bool
measure_stale(const struct measure *m, const struct measured *a)
{
	return a->came != 0 && m->to - a->came > STALE_MS;
}

void
measure_end(struct measure *m)
{
	for (const struct measured *a = m->first; a != NULL; a = a->next)
		if (a->came != 0)
			stood(m, a, m->to);
}

uint32_t
measure_stale_peak(const struct measure *m)
{
	uint32_t most = 0;

	for (size_t i = 0; i < m->ndays; i++)
		if (m->days[i] > most)
			most = m->days[i];
	return most;
}
