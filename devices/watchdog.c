#include <string.h>

#include "watchdog.h"

#define AGAIN_LEAST	100000	/* us */

const struct failsafe *
watchdog_failsafe(const struct watchdog *w, size_t point)
{
	for (size_t i = 0; i < w->nfailsafe; i++)
		if (w->failsafe[i].point == point)
			return &w->failsafe[i];
	return NULL;
}

void
feeding_begin(struct feeding *f, int64_t now)
{
	*f = (struct feeding){ .due = now, .begun = now };
}

/* The first setting from place i on; nfailsafe: there are no more. */
static size_t
setting(const struct watchdog *w, size_t i)
{
	while (i < w->nfailsafe && w->failsafe[i].function == 0)
		i++;
	return i;
}

void
feeding_line(struct feeding *f, const struct watchdog *w)
{
	f->set = setting(w, 0);
}

void
feeding_ask(const struct feeding *f, const struct watchdog *w, const uint8_t address[ADDRESS_MAX],
    uint8_t payload[FEED_BYTES], struct ask *ask)
{
	const struct failsafe *s = f->set < w->nfailsafe ? &w->failsafe[f->set] : NULL;
	uint16_t word = s != NULL ? s->word : w->values[f->turn];

	*ask = (struct ask){ .function = s != NULL ? s->function : w->function,
	    .number = s != NULL ? s->number : w->number, .count = 1, .payload = payload };
	memcpy(ask->address, address, ADDRESS_MAX);
	payload[0] = ask->function == 5 ? (uint8_t)(word != 0) : (uint8_t)(word >> 8);
	payload[1] = (uint8_t)word;
	ask->payload_len = ask->function == 5 ? 1 : 2;
}

bool
feeding_taken(struct feeding *f, const struct watchdog *w, int64_t asked, int64_t now)
{
	if (f->set < w->nfailsafe) {
		f->set = setting(w, f->set + 1);
		f->due = now;
		return false;
	}
	f->turn = (f->turn + 1) % w->nvalues;
	f->fed = asked;
	f->due = asked + w->period > now ? asked + w->period : now;
	return true;
}

void
feeding_failed(struct feeding *f, const struct watchdog *w, int64_t now)
{
	int64_t again = w->period / 4;

	f->due = now + (again > AGAIN_LEAST ? again : AGAIN_LEAST);
}

void
feeding_refused(struct feeding *f, const struct watchdog *w, int64_t now)
{
	f->due = now + w->period;
}

bool
feeding_lapsed(const struct feeding *f, const struct watchdog *w, int64_t now)
{
	return now - (f->fed != 0 ? f->fed : f->begun) >= w->timeout;
}
