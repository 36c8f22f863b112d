#include <stdio.h>
#include <stdlib.h>

#include "../../devices/push.h"
#include "../log.h"
#include "../room.h"
#include "inflow.h"
#include "poller.h"

/* What an instrument could not tell while its line or the gateway was down is asked
 * for: the means of minutes, hours and days that are missing between those that came.  One
 * question at a time, when it has just spoken, and of few lines at once. */

#define PACE	(30 * US_PER_S)		/* between two questions to one unit */
#define HOURLY	(3600 * US_PER_S)	/* when there was no answer */
#define DAILY	(24 * HOURLY)		/* when it refused */
#define AT_ONCE	16			/* lines that are asked */
#define MINUTE	60000LL			/* ms */
#define HOUR	3600000LL
#define DAY	86400000LL

static const struct kind {
	const char	*name;
	int64_t		 period;	/* ms */
	int64_t		 most;		/* periods in one question */
	int64_t		 least;		/* ms: those are asked for however old */
	enum link_history wanted;
} kinds[PASTS] = {
	[PAST_HOURS] = { "hours", HOUR, 24, 0, HISTORY_HOUR },
	[PAST_MINUTES] = { "minutes", MINUTE, 60, 0, HISTORY_MINUTE },
	[PAST_DAYS] = { "days", DAY, 31, HISTORY_DAYS * DAY, HISTORY_DAY },
	[PAST_RUNS] = { "running hours of days", DAY, 31, HISTORY_DAYS * DAY, HISTORY_DAY },
};

/* PASTS: it is of none. */
static enum past
kind_of(const struct bus *bus, const char *key)
{
	enum past k = bus->proto->past != NULL ? bus->proto->past(key) : PASTS;
	int wanted = bus->link.conf->history;

	return k != PASTS && (wanted == HISTORY_ALL || wanted == (int)kinds[k].wanted) ? k : PASTS;
}

/* Periods are numbered from 1970 on by the clocks of the instruments. */
static int64_t
number_of(const struct bus *bus, enum past k, int64_t time)
{
	return (time + bus->proto->ahead) / kinds[k].period;
}

static int64_t
begin_of(const struct bus *bus, enum past k, int64_t number)
{
	return number * kinds[k].period - bus->proto->ahead;
}

bool
bus_history_tell(struct bus *bus, struct station *st, const char *key, int64_t time)
{
	enum past k = kind_of(bus, key);
	int64_t period;

	if (k == PASTS)
		return false;
	period = number_of(bus, k, time);
	if (time <= 0 || time != begin_of(bus, k, period) ||
	    time > bus->clock->wall() + PUSH_AHEAD)
		return false;
	if (st->history == NULL)
		st->history = room_for(1, sizeof(*st->history));
	if (gaps_told(&st->history->gaps[k], period))
		return false;
	gaps_tell(&st->history->gaps[k], period);
	return true;
}

static bool
fetches(const struct bus *bus, const struct station *st)
{
	return bus->asked == st && bus->asked_for == REQUEST_HISTORY;
}

/* Does it lie among those that are asked for? */
static bool
is_wanted(const struct bus *bus, const struct station_history *h, const struct push *push)
{
	int64_t number = number_of(bus, h->kind, push->time);

	return kind_of(bus, push->key) == h->kind &&
	    push->time == begin_of(bus, h->kind, number) &&
	    number >= h->span.from && number <= h->span.to;
}

/* Which values a message has (FNV-1a over their keys). */
static uint64_t
values_of(const struct push *pushes, size_t n)
{
	uint64_t h = 14695981039346656037U;

	for (size_t i = 0; i < n; i++)
		for (const char *c = pushes[i].key;; c++) {
			h = (h ^ (uint8_t)*c) * 1099511628211U;
			if (*c == '\0')
				break;
		}
	return h;
}

/* An instrument may tell of each factor by itself: only what has the values of the
 * answer that came first is told again. */
bool
bus_history_knows(struct bus *bus, struct station *st, const struct push *pushes, size_t n)
{
	const struct station_history *h = st->history;

	if (!fetches(bus, st) || n == 0 || h->came == 0 || values_of(pushes, n) != h->values)
		return false;
	for (size_t i = 0; i < n; i++)
		if (!is_wanted(bus, h, &pushes[i]) || !gaps_told(&h->gaps[h->kind],
		    number_of(bus, h->kind, pushes[i].time)))
			return false;
	return true;
}

void
bus_history_told(struct bus *bus, struct station *st, const struct push *pushes, size_t n)
{
	for (size_t i = 0; i < n && bus->link.conf->history != HISTORY_OFF; i++) {
		if (!device_hears(st->device, &pushes[i]) ||
		    !bus_history_tell(bus, st, pushes[i].key, pushes[i].time) ||
		    !fetches(bus, st) || !is_wanted(bus, st->history, &pushes[i]))
			continue;
		if (st->history->came++ == 0)
			st->history->values = values_of(pushes, n);
	}
}

int64_t
bus_history_back(const struct link_conf *conf)
{
	int64_t back = conf->history_back / 1000;

	for (enum past k = 0; k < PASTS; k++)
		if ((conf->history == HISTORY_ALL || conf->history == (int)kinds[k].wanted) &&
		    kinds[k].least > back)
			back = kinds[k].least;
	return back;
}

/* The next that is missing, hours before minutes. */
static bool
find(struct bus *bus, struct station_history *h)
{
	int64_t back = bus->link.conf->history_back / 1000, now = bus->clock->wall();

	for (h->kind = 0; h->kind < PASTS; h->kind++) {
		const struct kind *k = &kinds[h->kind];

		if (gaps_oldest(&h->gaps[h->kind],
		    number_of(bus, h->kind, now - (back > k->least ? back : k->least)),
		    k->most, &h->span))
			return true;
	}
	return false;
}

void
bus_history_ask(struct bus *bus, struct station *st, const char *unit, int64_t now)
{
	struct station_history *h = st->history;
	struct demand is = { .kind = REQUEST_HISTORY, .time = bus->clock->wall() };

	if (h == NULL || bus->link.conf->history == HISTORY_OFF || bus->asked != NULL ||
	    now < h->due || bus->waits || !pipeline_ready(bus->pipeline) ||
	    (bus->inflow != NULL && (bus->inflow->waiting > 0 ||
	    bus->inflow->fetching >= AT_ONCE)))
		return;
	h->due = now + PACE;
	if (!find(bus, h))
		return;
	is.past = h->kind;
	is.from = begin_of(bus, h->kind, h->span.from);
	is.to = begin_of(bus, h->kind, h->span.to);
	h->came = 0;
	if (!bus_request(bus, &is, unit, now))
		return;
	bus->asked = st;
	bus->asked_for = REQUEST_HISTORY;
	if (bus->inflow != NULL)
		bus->inflow->fetching++;
}

void
bus_request_over(struct bus *bus)
{
	if (bus->asked != NULL && bus->asked_for == REQUEST_HISTORY && bus->inflow != NULL)
		bus->inflow->fetching--;
	bus->asked = NULL;
}

static void
tell(struct bus *bus, const struct station *st, const char *how)
{
	const struct station_history *h = st->history;
	char from[32], to[32];

	moment_text(begin_of(bus, h->kind, h->span.from), from, sizeof(from));
	moment_text(begin_of(bus, h->kind, h->span.to), to, sizeof(to));
	pipeline_note(bus->pipeline, st->device->conf.name, "%s from %s to %s were missing: %s",
	    kinds[h->kind].name, from, to, how);
}

void
bus_history_reply(struct bus *bus, struct station *st, const struct reply *r, int64_t now)
{
	struct station_history *h = st->history;
	char how[80];

	if (r->status == REPLY_OK || (r->status == REPLY_EXCEPTION && r->none)) {
		/* what did not come is not there */
		gaps_close(&h->gaps[h->kind], &h->span);
		snprintf(how, sizeof(how), "%llu values came", (unsigned long long)h->came);
		tell(bus, st, how);
		return;
	}
	h->due = now + (r->status == REPLY_EXCEPTION ? DAILY : HOURLY);
	tell(bus, st, r->status == REPLY_EXCEPTION ? bus->proto->exception(r->exception) :
	    "no answer");
}
