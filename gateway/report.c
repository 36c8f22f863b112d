#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "../devices/calibration.h"
#include "../rules/class.h"
#include "field.h"
#include "log.h"
#include "status.h"
#include "text.h"

/* One line while it is written; what does not fit is cut. */
struct row {
	char	text[STATUS_ROW_MAX];
	size_t	n;
};

static void
add(struct row *r, const char *bytes)
{
	size_t n = strlen(bytes), left = sizeof(r->text) - 2 - r->n;

	n = n < left ? n : left;
	memcpy(r->text + r->n, bytes, n);
	r->n += n;
}

static void
text(struct row *r, const char *s)
{
	char safe[600];

	add(r, "\t");
	add(r, log_safe(s, safe, sizeof(safe)));
}

static void
number(struct row *r, int64_t v)
{
	char digits[24];

	snprintf(digits, sizeof(digits), "\t%" PRId64, v);
	add(r, digits);
}

static void
count(struct row *r, uint64_t v)
{
	number(r, v > INT64_MAX ? INT64_MAX : (int64_t)v);
}

static void
hex(struct row *r, uint64_t v)
{
	char digits[24];

	snprintf(digits, sizeof(digits), "%016" PRIx64, v);
	text(r, digits);
}

static bool
gateway_row(struct field_role *f, size_t i, struct row *r)
{
	const struct pipeline *p = &f->pipeline;
	char since[48], at[32];
	int64_t longest;
	uint64_t slow = loop_slow(f->loop, &longest);

	if (i > 0)
		return false;
	text(r, f->config->gateway.id);
	text(r, VERSION);
	number(r, p->clock->mono() - f->started);
	hex(r, f->boot);
	text(r, f->run->config);
	text(r, f->config->sha256);
	text(r, p->trusted ? N_("trusted") : N_("untrusted"));
	count(r, f->clock_steps);
	count(r, p->readings);
	count(r, p->alarms);
	count(r, p->skipped);
	count(r, p->lost);
	count(r, p->nkept);
	count(r, p->alarms_lost);
	count(r, slow);
	number(r, longest);
	count(r, control_clients(f->control));
	count(r, ledger_day(f->ledger));
	count(r, ledger_month(f->ledger));
	snprintf(since, sizeof(since), "%.8s %s", f->config->sha256,
	    moment_text(f->loaded, at, sizeof(at)));
	text(r, since);
	count(r, f->loads);
	return true;
}

static void
real(struct row *r, double v)
{
	char digits[32];

	snprintf(digits, sizeof(digits), "\t%.2f", v);
	add(r, digits);
}

static int64_t
shorter(int64_t us, double other)
{
	return us == 0 || other < (double)us ? (int64_t)other : us;
}

/* At the rate of the last ten minutes: until what is unsent is discarded, and how
 * far back the store reaches. */
static void
room_left(struct field_role *f, struct row *r)
{
	const struct journal *j = f->journal;
	uint64_t filled = journal_filled(j), appended = journal_stats(j)->appended;
	double rate = rate_of(&f->filling, filled, f->pipeline.clock->mono());
	double holds = (double)journal_holds(j), owed = 0;
	int64_t lasts = 0, back = f->config->gateway.store.age;

	if (appended > 0)
		owed = (double)journal_needed(j) * (double)filled / (double)appended;
	if (rate > 0) {
		double us = (holds - owed) / rate * 1e6;

		lasts = us > 1 ? shorter(0, us) : 1;
		back = shorter(back, holds / rate * 1e6);
	}
	number(r, lasts);
	number(r, back);
	real(r, rate);
}

static void
billed(const struct ledger_row *b, struct row *r)
{
	static const struct ledger_row none;

	if (b == NULL)
		b = &none;
	count(r, b->day.rx + b->day.tx);
	count(r, b->month.rx + b->month.tx);
	count(r, b->day.rx);
	count(r, b->day.tx);
	count(r, b->month.rx);
	count(r, b->month.tx);
	count(r, b->last_day.rx);
	count(r, b->last_day.tx);
	count(r, b->last_month.rx);
	count(r, b->last_month.tx);
}

static bool
store_row(struct field_role *f, size_t i, struct row *r)
{
	const struct journal_stats *s = journal_stats(f->journal);

	if (i > 0)
		return false;
	hex(r, journal_store(f->journal));
	text(r, f->config->gateway.store.dir);
	number(r, s->bytes);
	number(r, f->config->gateway.store.cap);
	room_left(f, r);
	count(r, f->durable.seq[LANE_TELEMETRY]);
	count(r, f->durable.seq[LANE_ALARM]);
	count(r, s->appended);
	count(r, s->commits);
	number(r, s->last_flush_us);
	count(r, s->flush_errors);
	count(r, s->discarded_entries);
	count(r, s->damaged);
	count(r, s->set_aside);
	count(r, s->buffered);
	count(r, s->buffer_size);
	text(r, s->error != 0 ? strerrordesc_np(s->error) : "");
	return true;
}

static bool
link_row(struct field_role *f, size_t i, struct row *r)
{
	static const char *const states[] = {
		[LINK_CLOSED] = N_("down"), [LINK_OPENING] = N_("opening"),
		[LINK_UP] = N_("up"),
	};
	const struct bus *bus = i < f->nbuses ? f->buses[i] : NULL;
	const struct tally *t;

	if (bus == NULL)
		return false;
	t = bus->link.ups > 0 ? bus->proto->tally(bus->session) : &(struct tally){ 0 };
	text(r, bus->link.conf->name);
	text(r, bus->link.kind->name);
	text(r, bus->proto->name);
	text(r, bus->link.resting ? N_("idle") : states[bus->link.state]);
	count(r, bus->link.rx);
	count(r, bus->link.tx);
	billed(bus->bytes, r);
	count(r, bus->link.ups);
	count(r, bus->link.downs);
	count(r, t->late);
	count(r, t->foreign);
	count(r, t->garbled);
	count(r, t->barriers);
	text(r, link_reachable(&bus->link) ? "" : bus->link.why);
	return true;
}

/* Who is not in yet, and who was not let in, only the door knows. */
static void
add_door(const struct field_role *f, const char *name, struct listener_status *s)
{
	const struct door_state *d = letterbox_state(f->letterbox, name);

	if (d == NULL) {
		snprintf(s->why, sizeof(s->why), "%s", letterbox_connected(f->letterbox) ?
		    "not yet open" : "the door is not there");
		return;
	}
	s->callers += d->callers;
	s->accepted = d->accepted;
	s->refused += d->refused;
	s->late += d->late;
	snprintf(s->why, sizeof(s->why), "%s", d->why);
}

static bool
listener_row(struct field_role *f, size_t i, struct row *r)
{
	const struct listener_conf *l = i < f->config->nlisteners ? &f->config->listeners[i] : NULL;
	struct listener_status s;

	if (l == NULL || !listener_look(f->listeners, l->name, &s))
		return false;
	if (l->tls != LISTENER_PLAIN)
		add_door(f, l->name, &s);
	text(r, l->name);
	text(r, dtu_format_at((size_t)l->format)->name);
	text(r, l->tls != LISTENER_PLAIN ? "tls" : l->transport == TRANSPORT_TCP ? "tcp" :
	    "udp");
	count(r, (uint64_t)l->port);
	count(r, s.callers);
	count(r, s.accepted);
	count(r, s.claimed);
	count(r, s.refused);
	count(r, s.late);
	text(r, s.why);
	return true;
}

static bool
stranger_row(struct field_role *f, size_t i, struct row *r)
{
	const struct stranger *s = listeners_stranger(f->listeners, i);

	if (s == NULL)
		return false;
	text(r, s->said);
	text(r, s->address);
	count(r, s->times);
	number(r, system_clock.mono() - s->last);
	text(r, s->why);
	return true;
}

/* How many points read well, and the worst of them all. */
static size_t
good_points(const struct field_role *f, const struct device *d, struct quality *worst)
{
	size_t good = 0;

	*worst = (struct quality){ .code = Q_GOOD };
	for (size_t i = 0; i < d->profile->npoints; i++) {
		const struct latest_row *row = &f->latest.rows[d->taps[i].series - 1];
		struct quality q = row->seq != 0 ? row->quality :
		    (struct quality){ .code = Q_NO_DATA_YET };

		if (d->taps[i].block == BLOCK_NONE)
			continue;
		good += quality_severity(q) == SEVERITY_GOOD;
		*worst = quality_worse(*worst, q);
	}
	return good;
}

static size_t
points_in_service(const struct device *d)
{
	size_t n = 0;

	for (size_t i = 0; i < d->profile->npoints; i++)
		n += d->taps[i].block != BLOCK_NONE;
	return n;
}

static size_t
calibrated_points(const struct device *d)
{
	size_t n = 0;

	for (size_t i = 0; i < d->profile->npoints; i++)
		n += calibration_of(d, i) != NULL;
	return n;
}

/* What a device last did says nothing of it while its line is dead. */
static bool
line_dead(struct field_role *f, const struct device *d)
{
	const struct bus *bus = field_bus(f, d->conf.link);

	return bus != NULL && bus->tried && !link_reachable(&bus->link);
}

static const char *
device_state(struct field_role *f, const struct device *d, const struct station *st)
{
	if (st == NULL)
		return N_("out-of-service");
	if (d->profile->pushes)
		return station_dark(st) ? line_dead(f, d) ? N_("link-down") : N_("silent") :
		    st->answers == 0 ? N_("not-heard-yet") : N_("reports");
	if (line_dead(f, d))
		return N_("link-down");
	if (sequence_word(f, (size_t)(d - f->config->devices)) != NULL)
		return sequence_word(f, (size_t)(d - f->config->devices));
	if (st->polls == 0)
		return N_("not-asked-yet");
	if (st->answers == 0 && st->refusals == 0)
		return N_("never-answered");
	return station_dark(st) ? N_("silent") : N_("answers");
}

static size_t
answering(const struct bus *bus)
{
	size_t n = 0;

	for (size_t i = 0; i < bus->nstations && bus->link.state == LINK_UP; i++)
		n += bus->stations[i].answers > 0 && !station_dark(&bus->stations[i]);
	return n;
}

void
report_pulse(struct field_role *f)
{
	struct pulse *p = f->run->pulse;
	size_t up = 0, answer = 0, all = 0, alarms;
	struct alarm_entry a;

	for (size_t i = 0; i < f->nbuses; i++) {
		up += f->buses[i]->link.state == LINK_UP;
		answer += answering(f->buses[i]);
		all += f->buses[i]->nstations;
	}
	alarms = rules_stand(f->rules);
	for (size_t i = 0; trouble_at(f, i, &a); i++)
		alarms += !alarm_closed(&a.alarm);
	atomic_store(&p->links.good, (unsigned)up);
	atomic_store(&p->links.all, (unsigned)f->nbuses);
	atomic_store(&p->devices.good, (unsigned)answer);
	atomic_store(&p->devices.all, (unsigned)all);
	atomic_store(&p->alarms, (unsigned)alarms);
}

static bool
device_row(struct field_role *f, size_t i, struct row *r)
{
	static const struct station never;
	const struct device *d = &f->config->devices[i];
	const struct station *st;
	struct quality worst;
	char marks[64];

	if (i >= f->config->ndevices)
		return false;
	st = f->stations[i] != NULL ? f->stations[i] : &never;
	text(r, d->conf.name);
	text(r, d->conf.link);
	text(r, d->profile->name);
	text(r, device_state(f, d, f->stations[i]));
	count(r, good_points(f, d, &worst));
	count(r, points_in_service(d));
	text(r, quality_name(worst));
	text(r, mark_names((uint8_t)(d->marks | (d->maintained ? QF_MAINTENANCE : 0)), marks,
	    sizeof(marks)));
	text(r, watchdog_state(f, d));
	number(r, watchdog_fed(f, d));
	number(r, st->period > 0 ? st->period : d->conf.period);
	count(r, st->polls);
	count(r, st->answers);
	count(r, st->timeouts);
	count(r, st->retries);
	count(r, st->refusals);
	count(r, st->skipped);
	count(r, st->splits);
	number(r, st->rtt);
	number(r, st->lateness);
	number(r, station_lateness(st, 2));
	number(r, station_lateness(st, 100));
	number(r, st->worst_lateness);
	count(r, st->late);
	count(r, calibrated_points(d));
	return true;
}

static bool
alarm_row(struct field_role *f, size_t i, struct row *r)
{
	struct alarm_entry a;

	if (!field_standing(f, i, &a))
		return false;
	text(r, a.rule);
	text(r, a.device);
	text(r, alarm_state_name(alarm_state(&a.alarm)));
	text(r, priority_names[a.priority]);
	text(r, class_names[a.class]);
	number(r, a.alarm.active);
	number(r, a.alarm.unacked);
	number(r, a.alarm.held);
	number(r, a.alarm.masks);
	number(r, a.alarm.since);
	number(r, a.alarm.count);
	text(r, a.text_en);
	text(r, a.text_zh);
	number(r, a.alarm.first);
	number(r, a.alarm.chattering);
	number(r, a.alarm.overdue);
	number(r, a.alarm.handle_by);
	number(r, a.alarm.until);
	number(r, a.alarm.removed);
	return true;
}

static bool
maintenance_row(struct field_role *f, size_t i, struct row *r)
{
	struct maintenance m;

	if (!rules_maintenance(f->rules, i, &m))
		return false;
	text(r, m.scope);
	text(r, m.key ? N_("by key") : m.local ? N_("on the spot") : N_("from afar"));
	number(r, m.left);
	text(r, m.who);
	number(r, m.since);
	number(r, m.until);
	return true;
}

static bool
uplink_row(struct field_role *f, size_t i, struct row *r)
{
	const char *at = f->uplinks, *end;
	char line[STATUS_ROW_MAX];
	size_t n;

	for (; i > 0 && (at = strchr(at, '\n')) != NULL; i--)
		at++;
	if (at == NULL || (end = strchr(at, '\n')) == NULL)
		return false;
	n = (size_t)(end - at) < sizeof(line) - 1 ? (size_t)(end - at) : sizeof(line) - 1;
	memcpy(line, at, n);
	line[n] = '\0';
	add(r, "\t");
	add(r, line);
	return true;
}

/* The i-th of the rows that begin with the name of their section. */
static bool
told_row(struct field_role *f, const char *section, size_t i, struct row *r)
{
	const char *at = f->told, *end;
	size_t n = strlen(section);
	char line[STATUS_ROW_MAX];

	for (; (end = strchr(at, '\n')) != NULL; at = end + 1) {
		if (strncmp(at, section, n) != 0 || at[n] != '\t' || i-- > 0)
			continue;
		at += n;
		n = (size_t)(end - at) < sizeof(line) - 1 ? (size_t)(end - at) :
		    sizeof(line) - 1;
		memcpy(line, at, n);
		line[n] = '\0';
		add(r, line);
		return true;
	}
	return false;
}

static bool
contact_row(struct field_role *f, size_t i, struct row *r)
{
	return told_row(f, "contacts", i, r);
}

static bool
way_row(struct field_role *f, size_t i, struct row *r)
{
	return told_row(f, "ways", i, r);
}

static bool
statistics_row(struct field_role *f, size_t i, struct row *r)
{
	const struct statistics_counts *c = statistics_counts(f->statistics);

	if (i > 0 || statistics_points(f->statistics) == 0)
		return false;
	count(r, statistics_points(f->statistics));
	count(r, statistics_open(f->statistics));
	count(r, c->finished);
	count(r, c->late);
	count(r, c->ahead);
	count(r, c->dropped);
	count(r, c->recomputed);
	return true;
}

static bool
cure_row(struct field_role *f, size_t i, struct row *r)
{
	struct cure_look look;

	if (!cures_look(f, i, &look))
		return false;
	text(r, look.name);
	text(r, look.line);
	text(r, look.state);
	text(r, look.step);
	number(r, look.dead);
	number(r, look.next);
	text(r, look.taken);
	text(r, look.why);
	return true;
}

static bool
plan_row(struct field_role *f, size_t i, struct row *r)
{
	const struct tariff_state *t = tariffs_at(f->tariffs, i + 1);
	char line[STATUS_ROW_MAX];

	if (t != NULL)
		add(r, tariff_row(t, line, sizeof(line)));
	return t != NULL;
}

static bool (*const makers[SECTIONS])(struct field_role *, size_t, struct row *) = {
	[SECTION_GATEWAY] = gateway_row,
	[SECTION_STORE] = store_row,
	[SECTION_LINKS] = link_row,
	[SECTION_LISTENERS] = listener_row,
	[SECTION_STRANGERS] = stranger_row,
	[SECTION_DEVICES] = device_row,
	[SECTION_ALARMS] = alarm_row,
	[SECTION_MAINTENANCE] = maintenance_row,
	[SECTION_STATISTICS] = statistics_row,
	[SECTION_UPLINKS] = uplink_row,
	[SECTION_CURES] = cure_row,
	[SECTION_CONTACTS] = contact_row,
	[SECTION_WAYS] = way_row,
	[SECTION_PLANS] = plan_row,
};

/* *at: the section above, the row of it below. */
bool
report_status(void *arg, uint64_t *at, struct buf *b)
{
	struct row r;

	if (*at == 0)
		field_book(arg);
	while (*at >> 32 < SECTIONS) {
		size_t section = (size_t)(*at >> 32);

		r.n = 0;
		add(&r, status_sections[section].name);
		if (!makers[section](arg, (size_t)(*at & UINT32_MAX), &r)) {
			*at = (uint64_t)(section + 1) << 32;
			continue;
		}
		r.text[r.n++] = '\n';
		if (b->cap - b->len < r.n)
			return true;
		buf_putbytes(b, r.text, r.n);
		++*at;
	}
	return false;
}
