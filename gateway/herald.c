#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "herald.h"
#include "log.h"
#include "notify.h"

#define LOOKS		4	/* for one span of the watchdog */
#define STILL_MOST	2	/* looks without a beat: the watchdog is left alone */
#define EVERY		(5 * US_PER_S)	/* where nobody watches: for the status */
#define START_LIMIT	(300 * US_PER_S)	/* to read a large, damaged store */

static const char *const names[HERALD_MEANT] = { "tidegate-field", "tidegate-fwd" };

int
herald_open(struct herald *h, int64_t now)
{
	*h = (struct herald){ .wanted = notify_wanted(), .due = now };
	h->pulses = mmap(NULL, HERALD_ROLES * sizeof(struct pulse), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (h->pulses == MAP_FAILED)
		return -1;
	for (size_t i = 0; i < HERALD_ROLES; i++)
		h->pulses[i].supervisor = getpid();
	h->watchdog = h->wanted ? notify_watchdog() : 0;
	h->every = h->watchdog > 0 ? h->watchdog / LOOKS : EVERY;
	return 0;
}

void
herald_role(struct herald *h, size_t role, bool alive)
{
	atomic_store(&h->pulses[role].state, alive ? PULSE_STARTING : PULSE_ABSENT);
	h->seen[role].still = 0;
	h->seen[role].said = false;
}

bool
herald_stood(const struct herald *h, size_t role)
{
	return atomic_load(&h->pulses[role].state) >= PULSE_READY;
}

/* Whoever is being started anew is in the hands of the supervisor; whoever opens
 * its store may take long. */
static bool
gets_on(struct herald *h, size_t role)
{
	int state = atomic_load(&h->pulses[role].state);
	int64_t still = h->seen[role].still * h->every;
	bool well = state == PULSE_ABSENT || (state == PULSE_STARTING ?
	    still < START_LIMIT : h->seen[role].still < STILL_MOST);

	if (!well && !h->seen[role].said)
		log_err("%s: no progress for %" PRId64 " s", names[role],
		    (int64_t)(still / US_PER_S));
	else if (well && h->seen[role].said)
		log_info("%s: goes on", names[role]);
	h->seen[role].said = !well;
	return well;
}

static void
count_beats(struct herald *h)
{
	for (size_t i = 0; i < HERALD_MEANT; i++) {
		unsigned beats = atomic_load(&h->pulses[i].beats);

		h->seen[i].still = beats != h->seen[i].beats ? 0 : h->seen[i].still + 1;
		h->seen[i].beats = beats;
	}
}

static void
write_status(const struct herald *h, char *text, size_t n)
{
	struct pulse *field = &h->pulses[0], *forward = &h->pulses[1];
	int state = atomic_load(&field->state);

	/* the role writes it only while it lives */
	if (state == PULSE_ABSENT && field->why[0] != '\0')
		snprintf(text, n, "STATUS=waiting: %s", field->why);
	else if (state < PULSE_READY)
		snprintf(text, n, "STATUS=starting: opens its store");
	else
		snprintf(text, n, "STATUS=%u of %u links up, %u of %u devices answer, "
		    "%u %s, %u of %u uplinks ok",
		    field->links.good, field->links.all, field->devices.good,
		    field->devices.all, field->alarms,
		    field->alarms == 1 ? "alarm stands" : "alarms stand",
		    forward->uplinks.good, forward->uplinks.all);
}

static void
tell_status(struct herald *h)
{
	char text[sizeof(h->status)];

	write_status(h, text, sizeof(text));
	if (strcmp(text, h->status) != 0 && notify_tell(text) == 0)
		strcpy(h->status, text);
}

/* A field role that is started anew after a crash makes the service no less
 * ready. */
static void
tell_state(struct herald *h)
{
	int state = atomic_load(&h->pulses[0].state);
	struct timespec now;
	char text[64];

	if (state < PULSE_READY || state == h->told)
		return;
	clock_gettime(CLOCK_MONOTONIC, &now);	/* the clock that the manager compares */
	snprintf(text, sizeof(text), "RELOADING=1\nMONOTONIC_USEC=%lld",
	    (long long)now.tv_sec * US_PER_S + now.tv_nsec / 1000);
	if (notify_tell(state == PULSE_READY ? "READY=1" : text) == 0)
		h->told = state;
	tell_status(h);
}

void
herald_look(struct herald *h, int64_t now)
{
	bool well = true;

	if (!h->wanted)
		return;
	tell_state(h);
	if (now < h->due)
		return;
	h->due = now + h->every;
	count_beats(h);
	tell_status(h);
	for (size_t i = 0; i < HERALD_MEANT; i++)
		well &= gets_on(h, i);
	if (well && h->watchdog > 0)
		notify_tell("WATCHDOG=1");
}

int64_t
herald_wait(const struct herald *h, int64_t now)
{
	if (!h->wanted)
		return INT64_MAX;
	return h->due > now ? h->due - now : 0;
}

void
herald_stopping(struct herald *h)
{
	if (h->wanted)
		notify_tell("STOPPING=1\nSTATUS=ending");
}
