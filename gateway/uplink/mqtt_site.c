#include <stdlib.h>
#include <string.h>

#include "mqtt_site.h"

#define FNV_BASE	2166136261U
#define FNV_PRIME	16777619U
#define PLACES_LEAST	64

void
mqtt_site_free(struct mqtt_site *s)
{
	free(s->devices);
	free(s->places);
	free(s->members);
	free(s->in_service);
	*s = (struct mqtt_site){ .n = 0 };
}

static uint32_t
digest(const char *name)
{
	uint32_t h = FNV_BASE;

	for (; *name != '\0'; name++)
		h = (h ^ (uint8_t)*name) * FNV_PRIME;
	return h;
}

/* Where a name is, or would be. */
static uint32_t *
place_of(const struct mqtt_site *s, const char *name)
{
	uint32_t at = digest(name) & (s->nplaces - 1);

	while (s->places[at] != 0 && strcmp(s->devices[s->places[at] - 1].name, name) != 0)
		at = (at + 1) & (s->nplaces - 1);
	return &s->places[at];
}

/* At most half of the places are taken. */
static bool
grow_places(struct mqtt_site *s)
{
	uint32_t n = s->nplaces > 0 ? 2 * s->nplaces : PLACES_LEAST, *fresh;

	if (2 * (s->n + 1) <= s->nplaces)
		return true;
	fresh = calloc(n, sizeof(*fresh));
	if (fresh == NULL)
		return false;
	free(s->places);
	s->places = fresh;
	s->nplaces = n;
	for (uint32_t i = 0; i < s->n; i++)
		*place_of(s, s->devices[i].name) = i + 1;
	return true;
}

static bool
grow_devices(struct mqtt_site *s)
{
	uint32_t room = s->room > 0 ? 2 * s->room : 16;
	struct mqtt_device *more;

	if (s->n < s->room)
		return true;
	more = realloc(s->devices, room * sizeof(*more));
	if (more == NULL)
		return false;
	s->devices = more;
	s->room = room;
	return true;
}

/* Its index; UINT32_MAX: no memory. */
static uint32_t
device_of(struct mqtt_site *s, const char *name)
{
	uint32_t *place;

	if (!grow_places(s) || !grow_devices(s))
		return UINT32_MAX;
	place = place_of(s, name);
	if (*place == 0) {
		struct mqtt_device *d = &s->devices[s->n];

		*d = (struct mqtt_device){ .series = 0 };
		memccpy(d->name, name, '\0', sizeof(d->name));
		d->name[sizeof(d->name) - 1] = '\0';
		*place = ++s->n;
	}
	return *place - 1;
}

static void
enter(struct mqtt_site *s, uint32_t device, uint32_t id)
{
	struct mqtt_device *d = &s->devices[device];

	if (d->series == 0)
		d->series = id;
	d->last_series = id;
	d->nseries++;
}

static bool
grow_members(struct mqtt_site *s, uint32_t series)
{
	uint32_t room = series > 2 * s->series_room ? series : 2 * s->series_room;
	size_t bits = s->series_room / 8 + 1;
	uint32_t *more;
	uint8_t *flags;

	if (series <= s->series_room)
		return true;
	more = realloc(s->members, room * sizeof(*more));
	if (more == NULL)
		return false;
	s->members = more;
	flags = realloc(s->in_service, room / 8 + 1);
	if (flags == NULL)
		return false;
	if (s->in_service == NULL)
		bits = 0;
	memset(flags + bits, 0, room / 8 + 1 - bits);
	s->in_service = flags;
	s->series_room = room;
	return true;
}

/* Takes in the series up to this one. */
static bool
learn(struct mqtt_site *s, struct reader *reader, uint32_t series)
{
	if (!grow_members(s, series))
		return false;
	while (s->nseries < series) {
		const struct series *is = reader_series(reader, s->nseries + 1);
		uint32_t device = is != NULL ? device_of(s, is->device) : UINT32_MAX;

		s->members[s->nseries++] = device;
		if (device != UINT32_MAX)
			enter(s, device, s->nseries);
	}
	return true;
}

struct mqtt_device *
mqtt_site_of(struct mqtt_site *s, struct reader *reader, uint32_t series)
{
	uint32_t device;

	if (series == 0)
		return NULL;
	/* asked first, so that no number without sense makes a table */
	if (series > s->nseries &&
	    (reader_series(reader, series) == NULL || !learn(s, reader, series)))
		return NULL;
	device = s->members[series - 1];
	return device != UINT32_MAX ? &s->devices[device] : NULL;
}

static void
tell(struct mqtt_device *d, enum mqtt_presence presence, int64_t time)
{
	if (presence != d->presence)
		d->since = time;
	d->presence = presence;
}

/* After a start nothing is known of the others: all of them must say it then. */
static void
switched_off(struct mqtt_device *d, int64_t time)
{
	if (d->in_service > 0)
		return;
	d->off++;
	if (d->presence != PRESENCE_UNKNOWN || d->off >= d->nseries)
		tell(d, PRESENCE_OFFLINE, time);
}

void
mqtt_site_present(struct mqtt_site *s, struct mqtt_device *d, const struct reading *r)
{
	uint8_t *bits = &s->in_service[(r->series - 1) / 8];
	const uint8_t bit = (uint8_t)(1U << ((r->series - 1) % 8));
	bool was = *bits & bit, is = r->quality.code != Q_OUT_OF_SERVICE;

	*bits = (uint8_t)(is ? *bits | bit : *bits & ~bit);
	d->in_service += is && !was;
	d->in_service -= was && !is;
	if (!is) {
		switched_off(d, r->time);
		return;
	}
	d->off = 0;
	if (r->quality.code == Q_NO_DATA_YET || r->quality.code == Q_STALE)
		return;
	tell(d, r->quality.code == Q_COMM_FAILURE ? PRESENCE_OFFLINE : PRESENCE_ONLINE, r->time);
}

/* A birth alone asks for it, and the series of a device stand together, unless
 * their unit changed: a chain of them would be four bytes a series. */
uint32_t
mqtt_site_next(const struct mqtt_site *s, const struct mqtt_device *d, uint32_t series)
{
	const uint32_t device = (uint32_t)(d - s->devices);

	while (series < d->last_series)
		if (s->members[series++] == device)
			return series;
	return 0;
}
