#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "../../devices/calibration.h"
#include "../../rules/class.h"
#include "../status.h"
#include "../text.h"
#include "field.h"
#include "report_row.h"

static bool
gateway_row(struct field_role *f, size_t i, struct row *r)
{
	const struct pipeline *p = &f->pipeline;
	char since[48], at[32];
	int64_t longest;
	uint64_t slow = loop_slow(f->loop, &longest);

	if (i > 0)
		return false;
	row_text(r, f->config->gateway.id);
	row_text(r, VERSION);
	row_number(r, p->clock->mono() - f->started);
	row_hex(r, f->boot);
	row_text(r, f->run->config);
	row_text(r, f->config->sha256);
	row_text(r, p->trusted ? N_("trusted") : N_("untrusted"));
	row_count(r, f->clock_steps);
	row_count(r, p->readings);
	row_count(r, p->alarms);
	row_count(r, p->skipped);
	row_count(r, p->lost);
	row_count(r, p->nkept);
	row_count(r, p->alarms_lost);
	row_count(r, slow);
	row_number(r, longest);
	row_count(r, control_clients(f->control));
	row_count(r, ledger_day(f->ledger));
	row_count(r, ledger_month(f->ledger));
	snprintf(since, sizeof(since), "%.8s %s", f->config->sha256,
	    moment_text(f->loaded, at, sizeof(at)));
	row_text(r, since);
	row_count(r, f->loads);
	return true;
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
	row_number(r, lasts);
	row_number(r, back);
	row_real(r, rate);
}

static bool
store_row(struct field_role *f, size_t i, struct row *r)
{
	const struct journal_stats *s = journal_stats(f->journal);

	if (i > 0)
		return false;
	row_hex(r, journal_store(f->journal));
	row_text(r, f->config->gateway.store.dir);
	row_number(r, s->bytes);
	row_number(r, f->config->gateway.store.cap);
	room_left(f, r);
	row_count(r, f->durable.seq[LANE_TELEMETRY]);
	row_count(r, f->durable.seq[LANE_ALARM]);
	row_count(r, s->appended);
	row_count(r, s->commits);
	row_number(r, s->last_flush_us);
	row_count(r, s->flush_errors);
	row_count(r, s->discarded_entries);
	row_count(r, s->damaged);
	row_count(r, s->set_aside);
	row_count(r, s->buffered);
	row_count(r, s->buffer_size);
	row_text(r, s->error != 0 ? strerrordesc_np(s->error) :
	    s->names_error != 0 ? strerrordesc_np(s->names_error) : "");
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

static void
clock_columns(struct row *r, const struct station_clock *c)
{
	bool known = c != NULL && c->known;

	row_text(r, known ? c->wrong ? N_("wrong") : N_("right") :
	    c != NULL && c->failed ? N_("not-told") : "");
	if (known)
		row_number(r, c->offset * 1000);
	else
		row_text(r, "");
	if (c != NULL && c->old)
		row_number(r, c->behind * 1000);
	else
		row_text(r, "");
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
	row_text(r, d->conf.name);
	row_text(r, d->conf.link);
	row_text(r, d->profile->name);
	row_text(r, device_state(f, d, f->stations[i]));
	row_count(r, good_points(f, d, &worst));
	row_count(r, points_in_service(d));
	row_text(r, quality_name(worst));
	row_text(r, mark_names((uint8_t)(d->marks | (d->maintained ? QF_MAINTENANCE : 0)), marks,
	    sizeof(marks)));
	row_text(r, watchdog_state(f, d));
	row_number(r, watchdog_fed(f, d));
	row_number(r, st->period > 0 ? st->period : d->conf.period);
	row_count(r, st->polls);
	row_count(r, st->answers);
	row_count(r, st->timeouts);
	row_count(r, st->retries);
	row_count(r, st->refusals);
	row_count(r, st->skipped);
	row_count(r, st->splits);
	row_count(r, st->unmapped);
	row_number(r, st->rtt);
	row_number(r, st->lateness);
	row_number(r, station_lateness(st, 2));
	row_number(r, station_lateness(st, 100));
	row_number(r, st->worst_lateness);
	row_count(r, st->late);
	row_count(r, calibrated_points(d));
	clock_columns(r, st->clock);
	return true;
}

static bool
alarm_row(struct field_role *f, size_t i, struct row *r)
{
	struct alarm_entry a;

	if (!field_standing(f, i, &a))
		return false;
	row_text(r, a.rule);
	row_text(r, a.device);
	row_text(r, alarm_state_name(alarm_state(&a.alarm)));
	row_text(r, priority_names[a.priority]);
	row_text(r, class_names[a.class]);
	row_number(r, a.alarm.active);
	row_number(r, a.alarm.unacked);
	row_number(r, a.alarm.held);
	row_number(r, a.alarm.masks);
	row_number(r, a.alarm.since);
	row_number(r, a.alarm.count);
	row_text(r, a.text_en);
	row_text(r, a.text_zh);
	row_number(r, a.alarm.first);
	row_number(r, a.alarm.chattering);
	row_number(r, a.alarm.overdue);
	row_number(r, a.alarm.handle_by);
	row_number(r, a.alarm.until);
	row_number(r, a.alarm.removed);
	return true;
}

static bool
maintenance_row(struct field_role *f, size_t i, struct row *r)
{
	struct maintenance m;

	if (!rules_maintenance(f->rules, i, &m))
		return false;
	row_text(r, m.scope);
	row_text(r, m.key ? N_("by key") : m.local ? N_("on the spot") : N_("from afar"));
	row_number(r, m.left);
	row_text(r, m.who);
	row_number(r, m.since);
	row_number(r, m.until);
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
	row_add(r, "\t");
	row_add(r, line);
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
		row_add(r, line);
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
	row_count(r, statistics_points(f->statistics));
	row_count(r, statistics_open(f->statistics));
	row_count(r, c->finished);
	row_count(r, c->late);
	row_count(r, c->ahead);
	row_count(r, c->dropped);
	row_count(r, c->recomputed);
	return true;
}

static bool
cure_row(struct field_role *f, size_t i, struct row *r)
{
	struct cure_look look;

	if (!cures_look(f, i, &look))
		return false;
	row_text(r, look.name);
	row_text(r, look.line);
	row_text(r, look.state);
	row_text(r, look.step);
	row_number(r, look.dead);
	row_number(r, look.next);
	row_text(r, look.taken);
	row_text(r, look.why);
	return true;
}

static bool
plan_row(struct field_role *f, size_t i, struct row *r)
{
	const struct tariff_state *t = tariffs_at(f->tariffs, i + 1);
	char line[STATUS_ROW_MAX];

	if (t != NULL)
		row_add(r, tariff_row(t, line, sizeof(line)));
	return t != NULL;
}

static bool (*const makers[SECTIONS])(struct field_role *, size_t, struct row *) = {
	[SECTION_GATEWAY] = gateway_row,
	[SECTION_STORE] = store_row,
	[SECTION_LINKS] = report_link,
	[SECTION_LISTENERS] = report_listener,
	[SECTION_RECEIVERS] = report_receiver,
	[SECTION_STRANGERS] = report_stranger,
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
		row_add(&r, status_sections[section].name);
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
