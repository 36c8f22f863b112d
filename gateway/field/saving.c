#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "../log.h"
#include "field.h"
#include "saving.h"

#define RESERVE_PERIOD	(3600 * US_PER_S)
#define PERCENT(part, whole)	(100.0 * (part) / (double)(whole))

/* In the unit that suits the size of the plan, for it stands beside. */
static const char *
amount(double bytes, const struct tariff_state *t, char room[24])
{
	double most = (double)t->conf->is.bytes;

	if (most < 1e6)
		snprintf(room, 24, "%.1f kB", bytes / 1e3);
	else if (most < 1e9)
		snprintf(room, 24, "%.1f MB", bytes / 1e6);
	else
		snprintf(room, 24, "%.2f GB", bytes / 1e9);
	return room;
}

/* In the lane that goes first: whoever pays hears of it. */
static void
record(struct field_role *f, const struct tariff_state *t, const char *event)
{
	char step[8], used[24], expected[24], a_day[24];
	const struct entry e = { .kind = ENTRY_RECORD, .record = { .kind = "plan",
	    .key = t->conf->name, .nfields = 7, .fields = {
		{ "event", event }, { "step", tariff_step_word(t) }, { "number", step },
		{ "used", used }, { "expected", expected }, { "a_day", a_day },
		{ "size", t->conf->size } } } };

	snprintf(step, sizeof(step), "%u", t->thrift.step);
	snprintf(used, sizeof(used), "%" PRIu64, tariff_used(t));
	snprintf(expected, sizeof(expected), "%.0f", t->expected > 0 ? t->expected : 0);
	snprintf(a_day, sizeof(a_day), "%.0f", t->a_day > 0 ? t->a_day : 0);
	if (pipeline_append(&f->pipeline, &e, COMMIT_ALARM) == 0)
		f->pipeline.lost++;
}

static void
tell_step(struct field_role *f, const struct tariff_state *t, const char *who)
{
	char expected[24], used[24];

	record(f, t, "step");
	pipeline_note(&f->pipeline, who, "step %u of %zu, %s: %s used, %s of %s expected",
	    t->thrift.step, t->conf->nsteps, tariff_step_word(t),
	    amount((double)tariff_used(t), t, used), amount(t->expected, t, expected),
	    t->conf->size);
}

static void
tell_reserve(struct field_role *f, const struct tariff_state *t, const char *who)
{
	char used[24];

	amount((double)tariff_used(t), t, used);
	record(f, t, t->reserved ? "reserve" : "renewed");
	if (t->reserved)
		pipeline_warn(&f->pipeline, who, "%s of %s used: the rest is for alarms", used,
		    t->conf->size);
	else
		pipeline_note(&f->pipeline, who, "%s of %s used: all goes again", used,
		    t->conf->size);
}

static void
tell_over(struct field_role *f, const struct tariff_state *t)
{
	char name[NAME_MAX_BYTES + 8], why[64];

	snprintf(name, sizeof(name), "plan/%s", t->conf->name);
	name[NAME_MAX_BYTES - 1] = '\0';
	snprintf(why, sizeof(why), "%.0f %%, %s", PERCENT(t->expected, t->conf->is.bytes),
	    t->conf->size);
	trouble_take(f, TROUBLE_QUOTA, name, t->over, why);
}

void
saving_told(void *arg, const struct tariff_state *t, enum tariff_event event)
{
	struct field_role *f = arg;
	char who[NAME_MAX_BYTES + 8];

	snprintf(who, sizeof(who), "plan %s", t->conf->name);
	switch (event) {
	case TARIFF_STEP:
		tell_step(f, t, who);
		break;
	case TARIFF_RESERVED:
		tell_reserve(f, t, who);
		break;
	case TARIFF_OVER:
		tell_over(f, t);
		break;
	}
}

static bool
is_idle(const struct field_role *f, const struct device *d)
{
	struct reading r;

	return d->idler != NULL && latest_reading(&f->latest,
	    d->idler->taps[d->idle_point].series - 1, &r) != 0 && device_rests(&r);
}

/* The reserve is for alarms: what no rule watches raises none. */
static int64_t
pace_of_plain(const struct field_role *f, const struct device *d, const struct tariff_state *t)
{
	bool seldom = t != NULL && t->reserved && d->conf.heartbeat == 0 && d->conf.measure == 0 &&
	    d->conf.period < RESERVE_PERIOD && pipeline_skippable(&f->pipeline, d);

	return seldom ? RESERVE_PERIOD : d->conf.period;
}

/* What a rule of class life watches keeps its period, whatever is configured. */
static int64_t
pace_of(const struct field_role *f, const struct device *d, const struct tariff_state *t)
{
	const struct device_conf *c = &d->conf;
	bool by_plan = t != NULL && tariff_is_saving(t, SAVING_IDLE);
	bool all = t != NULL && (t->reserved || tariff_is_saving(t, SAVING_STATISTICS));

	if (c->idle_period == 0)
		return pace_of_plain(f, d, t);
	if (pipeline_guards(&f->pipeline, d))
		return c->period;
	if (all || ((!c->idle_by_plan || by_plan) && is_idle(f, d)))
		return c->idle_period;
	return c->period;
}

void
saving_second(struct field_role *f, int64_t now)
{
	for (size_t i = 0; i < f->nbuses; i++) {
		struct bus *bus = f->buses[i];
		const struct tariff_state *t = tariffs_at(f->tariffs, bus->link.conf->tariff);
		bool changed = false;

		for (size_t k = 0; k < bus->nstations; k++)
			if (t != NULL || bus->stations[k].device->conf.idle_period > 0)
				changed |= station_pace(&bus->stations[k],
				    pace_of(f, bus->stations[k].device, t), now);
		if (changed)
			bus_stir(bus);
	}
}

static const struct uplink_conf *
uplink_of(const struct field_role *f, const char *name, size_t n)
{
	for (size_t i = 0; i < f->config->nuplinks; i++)
		if (strlen(f->config->uplinks[i].name) == n &&
		    memcmp(f->config->uplinks[i].name, name, n) == 0)
			return &f->config->uplinks[i];
	return NULL;
}

static unsigned
flags_of(const struct tariff_state *t)
{
	return (tariff_is_saving(t, SAVING_BATCHES) ? SAVE_BATCHES : 0) |
	    (tariff_is_saving(t, SAVING_DEADBAND) ? SAVE_DEADBAND : 0) |
	    (tariff_is_saving(t, SAVING_STATISTICS) ? SAVE_STATISTICS : 0) |
	    (t->reserved ? SAVE_RESERVE : 0);
}

static void
answer(struct field_role *f, struct control_client *client, uint32_t id)
{
	char text[4096];
	size_t n = 0;

	for (size_t i = 0; i < f->config->nuplinks; i++) {
		const struct uplink_conf *u = &f->config->uplinks[i];
		const struct tariff_state *t = tariffs_at(f->tariffs, u->tariff);

		if (t != NULL && flags_of(t) != 0 && n + NAME_MAX_BYTES + 8 < sizeof(text))
			n += (size_t)snprintf(text + n, sizeof(text) - n, "%s\t%u\n", u->name,
			    flags_of(t));
	}
	control_answer(client, MESSAGE_ANSWER, 0, id, text, n);
}

int
saving_spent(struct field_role *f, struct control_client *client, const struct message *m)
{
	const char *at = (const char *)m->body, *end;

	for (; (end = strchr(at, '\n')) != NULL; at = end + 1) {
		size_t n = strcspn(at, "\t\n");
		const struct uplink_conf *u = uplink_of(f, at, n);
		struct traffic t;

		if (sscanf(at + n, "\t%" SCNu64 "\t%" SCNu64 "\n", &t.rx, &t.tx) != 2)
			return -1;
		if (u != NULL)
			tariffs_spend(f->tariffs, u->tariff, t);
	}
	answer(f, client, m->id);
	return 0;
}
