#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "world.h"

#define S	1000000LL
#define LIMIT	80.0
#define BAND	2.0
#define DELAY	(90 * S)

/* Bus 0 to 4: TCP with three devices each; 5: RTU on a wire with two; 6, 7: RTU
 * behind a modem, where an answer may be two minutes late. */
static const struct {
	size_t		devices;
	bool		rtu, slow;
} plan[WORLD_BUSES] = {
	{ 3, false, false }, { 3, false, true }, { 3, false, false }, { 3, false, true },
	{ 3, false, false }, { 2, true, false }, { 2, true, true }, { 1, true, true }
};

static const struct line wire = {
	.silence = 3646, .guard = 50000, .timeout_min = 200000, .timeout_max = 3 * S,
	.max_late = 3 * S
}, modem = {
	.silence = 3646, .guard = 50000, .timeout_min = 1500000, .timeout_max = 10 * S,
	.max_late = 120 * S
};

int64_t
world_mono(const struct world *w)
{
	return w->now - w->boot_at;
}

int64_t
world_wall(const struct world *w)
{
	return 1790000000000 + w->now / 1000 + w->wall_off;
}

static void
device_make(struct world *w, size_t i, const struct profile *p, const struct proto *proto)
{
	struct device *d = &w->devices[i];
	char name[32], unit[8];

	snprintf(name, sizeof name, "site/device%02zu", i);
	snprintf(unit, sizeof unit, "%zu", i + 1);
	d->conf = (struct device_conf){
		.name = arena_text(&w->arena, name, strlen(name)), .link = "l", .station = "",
		.unit = arena_text(&w->arena, unit, strlen(unit)), .profile = "world",
		.zh = "", .en = "", .phase_text = "", .period = w->conf.period, .phase = -1,
		.enabled = true
	};
	if (device_bind(d, p, proto, &w->arena, &w->errs) != 0)
		fprintf(stderr, "%s\n", w->err_room[0].text);
	assert(w->errs.n == 0);
	w->stations[i] = (struct station){ .device = d, .who = i };
}

static void
rules_make(struct world *w)
{
	static const char *const whens[WORLD_RULES] = { "level > 80", "stale(level, 200s)" };
	static const char *const names[WORLD_RULES] = { "high", "stale" };
	static const struct constants none = { .n = 0 };

	for (size_t i = 0; i < WORLD_RULES; i++) {
		w->rule_confs[i] = (struct rule_conf){
			.name = names[i], .on = "*", .when = whens[i], .priority = PRIORITY_HIGH,
			.class = CLASS_PROCESS, .deadband = i == 0 ? BAND : 0,
			.on_delay = i == 0 ? DELAY : 0, .off_delay = i == 0 ? 60 * S : 0,
			.zh = "", .en = ""
		};
		if (rule_compile(&w->rule_confs[i], &none, &w->arena, &w->errs) != 0)
			fprintf(stderr, "%s\n", w->err_room[0].text);
		assert(w->errs.n == 0);
	}
}

void
site_make(struct world *w)
{
	const struct profile *p = instrument_profile(w->conf.calm, &w->arena, &w->errs);
	size_t n = 0;

	if (p == NULL)
		fprintf(stderr, "%d: %s\n", w->err_room[0].line, w->err_room[0].text);
	assert(p != NULL);
	for (size_t b = 0; b < WORLD_BUSES; b++) {
		struct world_bus *bus = &w->buses[b];

		bus->rtu = plan[b].rtu;
		bus->proto = proto_find(bus->rtu ? "modbus-rtu" : "modbus-tcp");
		bus->line = plan[b].slow && !w->conf.calm ? modem : wire;
		bus->session = arena_alloc(&w->arena, bus->proto->size);
		assert(bus->session != NULL);
		bus->stations = &w->stations[n];
		bus->nstations = plan[b].devices;
		bus->next_outage = w->conf.calm ? INT64_MAX :
		    (int64_t)chance_below(&w->chance, 3600) * S;
		for (size_t i = 0; i < plan[b].devices; i++, n++)
			device_make(w, n, p, bus->proto);
	}
	assert(n == WORLD_DEVICES);
	rules_make(w);
	w->arena_mark = w->arena.used;
}

/* Every step of an alarm becomes an entry, and is judged by what the rules
 * were told. */
static void
changed(void *ctx, const struct alarm_change *c)
{
	struct world *w = ctx;
	struct station *st = &w->stations[c->device - w->devices];
	struct entry e = { .kind = ENTRY_ALARM, .alarm = {
		.rule = c->rule->name, .device = c->device->conf.name, .series = c->series,
		.alarm = *c->alarm, .event = (uint8_t)c->event, .mask = (uint8_t)c->mask,
		.priority = (uint8_t)c->rule->priority, .class = (uint8_t)c->rule->class,
		.time = c->time, .value = c->value, .quality = c->quality,
		.text_en = "", .text_zh = "", .who = c->who
	} };

	w->result.raised += c->event == ALARM_EV_ENTER;
	w->result.cleared += c->event == ALARM_EV_LEAVE;
	if (c->rule == &w->rule_confs[0] && c->event == ALARM_EV_ENTER) {
		if (st->run < 0 || world_mono(w) - st->run < DELAY)
			w->result.phantom++;
		st->active = true;
	} else if (c->rule == &w->rule_confs[0] && c->event == ALARM_EV_LEAVE)
		st->active = false;
	store_append(w, &e, COMMIT_ALARM);
}

static void
restore(void *ctx, const struct entry *e)
{
	struct world *w = ctx;

	assert(e->kind == ENTRY_ALARM);
	if (rules_restore(w->rules, e->alarm.rule, e->alarm.device, &e->alarm.alarm) != 0)
		w->result.state_lost++;
}

static void
bus_boot(struct world *w, struct world_bus *bus)
{
	memset(bus->session, 0, bus->proto->size);
	bus->proto->init(bus->session, &bus->line, world_mono(w));
	bus->busy = NULL;
	bus->retry = bus->next = 0;
	for (size_t i = 0; i < bus->nstations; i++) {
		struct station *st = &bus->stations[i];
		int64_t phase = w->conf.period / WORLD_DEVICES * (int64_t)st->who;

		st->due = world_mono(w) - world_mono(w) % w->conf.period + phase;
		if (st->due < world_mono(w))
			st->due += w->conf.period;
		st->block = 0;
		st->run = -1;
		st->active = false;
	}
}

/* Sessions and rules begin anew; the alarms stand as the journal says. */
void
site_boot(struct world *w)
{
	struct alarm_change c;

	memset(w->arena.at + w->arena_mark, 0, w->arena.used - w->arena_mark);
	w->arena.used = w->arena_mark;
	w->rules = rules_new(w->rule_confs, WORLD_RULES, w->devices, WORLD_DEVICES, &w->arena,
	    &w->errs);
	assert(w->rules != NULL);
	for (size_t b = 0; b < WORLD_BUSES; b++)
		bus_boot(w, &w->buses[b]);
	rules_start(w->rules, world_mono(w));
	rules_on_change(w->rules, changed, w);
	if (journal_replay_alarms(w->journal, restore, w) != 0)
		w->result.state_lost++;
	for (size_t i = 0; rules_standing(w->rules, i, &c); i++)
		if (c.rule == &w->rule_confs[0])
			w->stations[c.device - w->devices].active = c.alarm->active;
}

/* The judge of the high rule, on what truly came.  A hold is a run of usable
 * readings beyond the limit with no longer silence than two missed answers. */
static void
judge_level(struct world *w, struct station *st, const struct reading *r)
{
	bool good = quality_severity(r->quality) != SEVERITY_BAD;
	double level = 0;

	if (!good || !value_number(&r->value, &level)) {
		st->run = -1;
		return;
	}
	if (level <= (st->run >= 0 ? LIMIT - BAND : LIMIT))
		st->run = -1;
	else if (st->run < 0 || r->mono - st->run_last > 3 * w->conf.period)
		st->run = r->mono;
	st->run_last = r->mono;
}

static void
judge_missed(struct world *w, struct station *st)
{
	int64_t slack = 2 * w->conf.period + 10 * S;

	if (st->run >= 0 && !st->active && st->run_last - st->run > DELAY + slack) {
		w->result.missed++;
		st->run = st->run_last;		/* told once */
	}
}

static void
judge_stamp(struct world *w, const struct world_bus *bus, const struct station *st, unsigned pair,
    const struct reading *r)
{
	double stamp;

	if (value_number(&r->value, &stamp) && !instrument_stamped((uint32_t)stamp,
	    (unsigned)st->who, pair, bus->asked, w->now))
		w->result.misbooked++;
}

static void
take_readings(struct world *w, struct world_bus *bus, struct station *st, size_t n)
{
	int64_t mono = world_mono(w), wall = world_wall(w);

	for (size_t i = 0; i < n; i++) {
		struct reading *r = &w->room[i];
		struct entry e = { .kind = ENTRY_READING, .reading = *r };
		size_t tap = 0;

		while (st->device->taps[tap].series != r->series)
			tap++;
		w->result.readings++;
		w->result.bad += quality_severity(r->quality) == SEVERITY_BAD;
		store_append(w, &e, COMMIT_LAZY);
		if (tap == 1) {
			judge_level(w, st, r);
			rules_take(w->rules, r, mono, wall);
			judge_missed(w, st);
		} else if (quality_severity(r->quality) == SEVERITY_GOOD)
			judge_stamp(w, bus, st, tap == 2, r);
	}
}

static struct reading
base_reading(const struct world *w, const struct station *st, enum quality_code code)
{
	return (struct reading){
		.time = world_wall(w), .due = st->due, .mono = world_mono(w),
		.quality = { .code = (uint8_t)code, .flags = QF_SIMULATED }
	};
}

/* One question of a cycle is done, well or badly. */
static void
settle(struct world *w, struct world_bus *bus, const struct reply *r)
{
	struct station *st = bus->busy;
	struct device *d = st->device;
	enum quality_code code = r == NULL || r->status != REPLY_EXCEPTION ? Q_COMM_FAILURE :
	    Q_REFUSED;
	struct reading base;
	size_t n;

	bus->busy = NULL;
	if (r != NULL && r->status == REPLY_OK) {
		base = base_reading(w, st, r->after_barrier ? Q_AFTER_BARRIER : Q_GOOD);
		n = device_decode(d, st->block, r->data, r->len, &base, w->room, 8);
	} else {
		base = base_reading(w, st, code);
		n = device_bad(d, st->block, &base, w->room, 8);
	}
	take_readings(w, bus, st, n);
	if (++st->block < d->nblocks)
		return;
	st->block = 0;
	do
		st->due += w->conf.period;
	while (st->due + w->conf.period <= world_mono(w));
}

static void
fly(struct world *w, struct world_bus *bus, int64_t at, const uint8_t *bytes, size_t n)
{
	struct flight *f;

	if (bus->nflights == WORLD_FLIGHT)
		return;
	f = &bus->flights[bus->nflights++];
	*f = (struct flight){ .at = at, .order = w->orders++, .n = n };
	memcpy(f->bytes, bytes, n);
}

/* What the line and the instrument do with a question. */
static void
far_end(struct world *w, struct world_bus *bus, struct station *st)
{
	struct chance *c = &w->chance;
	uint8_t answer[64];
	bool modems = bus->line.max_late > 10 * S;
	int64_t back = 10000 + (int64_t)chance_below(c, 60000), asked = back / 2;
	size_t n, split;

	if (!w->conf.calm && modems)
		back += 400000 + (int64_t)chance_below(c, 600000);
	if (!w->conf.calm && chance_one_in(c, 100))	/* late, and some of them very */
		back += (int64_t)chance_below(c, modems ? 100 * S : 2500000);
	if (w->conf.calm || bus->down_until == 0) {
		n = instrument_answer((unsigned)st->who, bus->rtu, bus->out.send.at,
		    bus->out.send.len, w->now + asked,
		    !w->conf.calm && chance_one_in(c, 500) ? 6 : 0, answer);
	} else
		return;
	if (!w->conf.calm && (chance_one_in(c, 200) || w->now < st->dead_until))
		return;					/* lost, or dark */
	if (!w->conf.calm && chance_one_in(c, 5000))
		st->dead_until = w->now + (int64_t)chance_below(c, 1200) * S;
	if (!w->conf.calm && chance_one_in(c, 300))	/* a bit turns on the way */
		answer[bus->rtu ? chance_below(c, n) : chance_below(c, 6)] ^=
		    (uint8_t)(1 << chance_below(c, 8));
	w->result.late += back > 3 * S;
	split = w->conf.calm || n > 32 || chance_one_in(c, 3) ? n / 2 : n;
	fly(w, bus, w->now + back, answer, split);
	if (split < n)
		fly(w, bus, w->now + back + (int64_t)chance_below(c, 1200), answer + split,
		    n - split);
	if (!w->conf.calm && chance_one_in(c, 400))	/* and once again */
		fly(w, bus, w->now + back + 30000, answer, n <= 32 ? n : 32);
}

static void
take_out(struct world *w, struct world_bus *bus)
{
	for (size_t i = 0; i < bus->out.nreplies; i++) {
		assert(bus->busy != NULL && bus->out.replies[i].cookie == bus->busy->who);
		settle(w, bus, &bus->out.replies[i]);
	}
	bus->retry = bus->out.deadline;
}

/* Asks whoever is due and may be asked; when none may, retry says when. */
static void
ask_next(struct world *w, struct world_bus *bus)
{
	int64_t now = world_mono(w), retry = INT64_MAX;

	for (size_t i = 0; i < bus->nstations; i++) {
		struct station *st = &bus->stations[(bus->turn + i) % bus->nstations];
		struct ask ask = { .cookie = st->who };

		if (st->due > now) {
			retry = st->due < retry ? st->due : retry;
			continue;
		}
		device_ask(st->device, st->block, &ask);
		memcpy(ask.address, st->device->address, ADDRESS_MAX);
		ask.cookie = st->who;
		out_clear(&bus->out, bus->frame, sizeof bus->frame);
		if (!bus->proto->ask(bus->session, &ask, now, &bus->out)) {
			retry = bus->out.deadline < retry ? bus->out.deadline : retry;
			continue;
		}
		bus->turn = (bus->turn + i + 1) % bus->nstations;
		bus->busy = st;
		bus->asked = w->now;
		w->result.polls++;
		bus->retry = bus->out.deadline;
		far_end(w, bus, st);
		return;
	}
	bus->retry = retry > now ? retry : now + 1000;
}

static void
bus_links(struct world *w, struct world_bus *bus)
{
	bool down = w->now >= bus->next_outage;

	if (down == (bus->down_until != 0) && (!down || w->now < bus->down_until))
		return;
	if (bus->down_until == 0) {
		w->result.outages++;
		bus->down_until = w->now + (int64_t)(5 + chance_below(&w->chance, 400)) * S;
		bus->nflights = 0;
		if (bus->busy != NULL)
			settle(w, bus, NULL);
	} else {
		bus->down_until = 0;
		bus->next_outage = w->now + (int64_t)(1 + chance_below(&w->chance, 14400)) * S;
		bus->proto->init(bus->session, &bus->line, world_mono(w));
		bus->retry = 0;
	}
	for (size_t i = 0; i < bus->nstations; i++)
		rules_link(w->rules, bus->stations[i].device, bus->down_until != 0, world_mono(w),
		    world_wall(w));
}

static struct flight *
first_flight(struct world_bus *bus)
{
	struct flight *best = NULL;

	for (size_t i = 0; i < bus->nflights; i++) {
		struct flight *f = &bus->flights[i];

		if (best == NULL || f->at < best->at || (f->at == best->at && f->order < best->order))
			best = f;
	}
	return best;
}

static void
look_ahead(const struct world *w, struct world_bus *bus)
{
	int64_t at = bus->down_until != 0 ? bus->down_until : bus->next_outage;

	if (bus->down_until == 0 && bus->retry != INT64_MAX && bus->retry + w->boot_at < at)
		at = bus->retry + w->boot_at;
	for (size_t i = 0; i < bus->nflights; i++)
		if (bus->flights[i].at < at)
			at = bus->flights[i].at;
	bus->next = at;
}

static void
bus_turn(struct world *w, struct world_bus *bus)
{
	struct flight *f;

	bus_links(w, bus);
	if (bus->down_until != 0)
		return;
	while ((f = first_flight(bus)) != NULL && f->at <= w->now) {
		struct flight got = *f;

		*f = bus->flights[--bus->nflights];
		out_clear(&bus->out, bus->frame, sizeof bus->frame);
		bus->proto->hear(bus->session, got.bytes, got.n, world_mono(w), &bus->out);
		take_out(w, bus);
	}
	if (bus->busy != NULL && bus->retry <= world_mono(w)) {
		out_clear(&bus->out, bus->frame, sizeof bus->frame);
		bus->proto->tick(bus->session, world_mono(w), &bus->out);
		take_out(w, bus);
	}
	if (bus->busy == NULL)
		ask_next(w, bus);
}

void
site_bus(struct world *w, struct world_bus *bus)
{
	bus_turn(w, bus);
	look_ahead(w, bus);
}
