#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../devices/calibration.h"
#include "../log.h"
#include "../room.h"
#include "calibrations.h"

#define AT_ONCE		64	/* records, so that they fit the buffer of the store */
#define TEXT		64	/* bytes of figures in words */

/* A point that is corrected and by what, as digests: names and figures of many
 * would fill more than a slot. */
struct row {
	uint64_t	point, content;		/* content 0: it is as delivered */
};

struct calibrations {
	struct kept		*file;
	const struct config	*config;
	struct row		*was, *now;
	size_t			 nwas, nnow;
	size_t			 device, point;	/* looked at so far */
	uint64_t		 seq;		/* of the last record; 0: none */
	bool			 known;		/* all of it is stored as known */
};

/* FNV-1a: it has to tell texts apart, not to withstand anybody. */
static uint64_t
digest(const char *text)
{
	uint64_t h = 0xcbf29ce484222325ULL;

	for (; *text != '\0'; text++)
		h = (h ^ (uint8_t)*text) * 0x100000001b3ULL;
	return h;
}

static size_t
count_points(const struct config *config)
{
	size_t n = 0;

	for (size_t i = 0; i < config->ndevices; i++)
		n += config->devices[i].profile->npoints;
	return n;
}

struct calibrations *
calibrations_open(struct keeper *keeper, const struct config *config)
{
	struct calibrations *c = room_for(1, sizeof(*c));
	const void *state;
	size_t n;

	c->config = config;
	c->now = room_for(count_points(config), sizeof(*c->now));
	c->file = keeper_file(keeper, "calibrations", "which calibrations are recorded",
	    sizeof(*c->was));
	if (c->file == NULL) {
		calibrations_close(c);
		return NULL;
	}
	state = kept_state(c->file, &n);
	c->nwas = n / sizeof(*c->was);
	c->was = room_for(c->nwas, sizeof(*c->was));
	memcpy(c->was, state, c->nwas * sizeof(*c->was));
	return c;
}

void
calibrations_close(struct calibrations *c)
{
	if (c == NULL)
		return;
	free(c->was);
	free(c->now);
	free(c);
}

static const struct row *
find(const struct calibrations *c, uint64_t point)
{
	for (size_t i = 0; i < c->nwas; i++)
		if (c->was[i].point == point)
			return &c->was[i];
	return NULL;
}

static uint64_t
digest_point(const struct device *d, size_t point)
{
	char name[2 * NAME_MAX_BYTES];

	snprintf(name, sizeof(name), "%s.%s", d->conf.name, d->profile->points[point].name);
	return digest(name);
}

static void
drop(struct calibrations *c, uint64_t point)
{
	for (size_t i = 0; i < c->nwas; i++)
		if (c->was[i].point == point) {
			c->was[i] = c->was[--c->nwas];
			return;
		}
}

/* What was looked at so far is as it is now, and the rest as it was. */
static void
settle(struct calibrations *c)
{
	struct row *all;

	if (c->known) {
		c->nwas = 0;
		c->seq = 0;
	}
	for (size_t i = 0; c->nwas > 0 && i < c->config->ndevices && i <= c->device; i++) {
		const struct device *d = &c->config->devices[i];

		for (size_t k = 0; k < d->profile->npoints; k++)
			if (i < c->device || k < c->point)
				drop(c, digest_point(d, k));
	}
	all = room_for(c->nwas + c->nnow, sizeof(*all));
	if (c->nwas > 0)
		memcpy(all, c->was, c->nwas * sizeof(*all));
	memcpy(all + c->nwas, c->now, c->nnow * sizeof(*all));
	free(c->was);
	c->was = all;
	c->nwas += c->nnow;
}

void
calibrations_renew(struct calibrations *c, const struct config *config)
{
	settle(c);
	free(c->now);
	c->config = config;
	c->now = room_for(count_points(config), sizeof(*c->now));
	c->nnow = 0;
	c->device = c->point = 0;
	c->known = false;
}

static char *
figures(const double *at, size_t n, char text[TEXT])
{
	if (n == 1)
		snprintf(text, TEXT, "%.9g", at[0]);
	else
		snprintf(text, TEXT, "%.9g, %.9g", at[0], at[1]);
	return text;
}

/* Who, when, before, after, with which standard; what it comes to. */
static uint64_t
record(struct calibrations *c, struct pipeline *p, const struct device *d, size_t point)
{
	const struct calibration *k = calibration_of(d, point);
	const char *name = d->profile->points[point].name;
	char key[3 * NAME_MAX_BYTES], before[TEXT], after[TEXT], gain[TEXT], offset[TEXT];
	struct entry e = { .kind = ENTRY_RECORD, .record = { .kind = "calibrate", .key = key,
	    .fields = { { "device", d->conf.name }, { "point", name },
	    { "state", k != NULL ? "in-force" : "withdrawn" } }, .nfields = 3 } };
	struct record *r = &e.record;

	/* Told twice after a crash it is the same record by its key. */
	snprintf(key, sizeof(key), "%s.%s/%s/%.12s", d->conf.name, name,
	    k != NULL ? k->time_text : "withdrawn", c->config->sha256);
	if (k != NULL) {
		double line[2];
		const struct record_field more[] = {
			{ "time", k->time_text }, { "who", k->who },
			{ "standard", k->standard },
			{ "before", figures(k->before, k->n, before) },
			{ "after", figures(k->after, k->n, after) },
			{ "gain", gain }, { "offset", offset },
		};

		calibration_line(k, &line[0], &line[1]);
		figures(&line[0], 1, gain);
		figures(&line[1], 1, offset);
		memcpy(&r->fields[r->nfields], more, sizeof(more));
		r->nfields += sizeof(more) / sizeof(more[0]);
	}
	return pipeline_append(p, &e, COMMIT_WAITED);
}

static void
tell(const struct device *d, size_t point)
{
	const struct calibration *k = calibration_of(d, point);
	const char *name = d->profile->points[point].name;
	char by[400], safe[500];

	if (k == NULL) {
		log_info("%s: calibration of %s withdrawn: as delivered", d->conf.name, name);
		return;
	}
	snprintf(by, sizeof(by), "%s by %s, %s", k->time_text, k->who, k->standard);
	log_info("%s: calibration of %s in force: %s", d->conf.name, name,
	    log_safe(by, safe, sizeof(safe)));
}

static uint64_t
content_of(const struct calibration *k)
{
	char before[TEXT], after[TEXT], text[1024];
	uint64_t h;

	if (k == NULL)
		return 0;
	snprintf(text, sizeof(text), "%s|%s|%s|%s|%s", k->time_text,
	    figures(k->before, k->n, before), figures(k->after, k->n, after), k->who,
	    k->standard);
	h = digest(text);
	return h != 0 ? h : 1;
}

/* False: the store has no place now. */
static bool
look_at(struct calibrations *c, struct pipeline *p, const struct device *d, size_t point,
    size_t *recorded)
{
	const struct row now = { digest_point(d, point), content_of(calibration_of(d, point)) };
	const struct row *was;

	was = find(c, now.point);
	if ((was != NULL ? was->content : 0) != now.content) {
		uint64_t seq = record(c, p, d, point);

		if (seq == 0)
			return false;
		c->seq = seq;
		tell(d, point);
		++*recorded;
	}
	if (now.content != 0)
		c->now[c->nnow++] = now;
	return true;
}

void
calibrations_go_on(struct calibrations *c, struct pipeline *p, uint64_t durable)
{
	size_t recorded = 0;

	if (c->known)
		return;
	for (; c->device < c->config->ndevices; c->device++, c->point = 0) {
		const struct device *d = &c->config->devices[c->device];

		for (; c->point < d->profile->npoints; c->point++)
			if (recorded == AT_ONCE || !look_at(c, p, d, c->point, &recorded))
				return;
	}
	if (c->seq > durable)
		return;
	c->known = true;
	if (c->seq != 0)
		kept_put(c->file, c->now, c->nnow * sizeof(*c->now));
}
