#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "room.h"
#include "tariffs.h"
#include "text.h"

#define US_A_HOUR	(3600 * US_PER_S)
#define HOURS		24.0
#define MINUTE		(60 * US_PER_S)
#define RESERVED	16U	/* of the step that is kept */
#define OVER_FOR	US_A_HOUR	/* then it is told */

struct tariffs {
	const struct clock	*clock;
	struct ledger		*ledger;
	int64_t			 phase;	/* us: mono and this begin hours as the wall
					 * clock does, at the start */
	struct tariff_state	*at;
	size_t			 n;
	void			(*told)(void *, const struct tariff_state *, enum tariff_event);
	void			*owner;
};

uint64_t
tariff_used(const struct tariff_state *t)
{
	return t->row->month.rx + t->row->month.tx;
}

bool
tariff_is_saving(const struct tariff_state *t, enum saving what)
{
	return tariff_saves(t->conf, t->thrift.step, what);
}

const char *
tariff_step_word(const struct tariff_state *t)
{
	if (t->reserved)
		return N_("reserve");
	return t->thrift.step == 0 ? N_("none") : saving_names[t->conf->steps[t->thrift.step - 1]];
}

/* A figure of the forecast; before there is one, nothing, which is not 0. */
static const char *
forecast(bool known, double figure, char room[24])
{
	snprintf(room, 24, known ? "%.0f" : "", figure);
	return room;
}

const char *
tariff_row(const struct tariff_state *t, char *row, size_t n)
{
	bool known = t->expected >= 0;
	double percent = 100 * t->expected / (double)t->conf->is.bytes;
	char expected[24], in[24], a_day[24];

	snprintf(row, n, "\t%s\t%s\t%" PRIu64 "\t%s\t%s\t%s\t%u\t%d\t%s\t%" PRIu32
	    "\t%" PRIu32 "\t%" PRIu64, t->conf->name, t->conf->size, tariff_used(t),
	    forecast(known, t->expected, expected), forecast(known, percent, in),
	    tariff_step_word(t), t->thrift.step, t->reserved, forecast(known, t->a_day, a_day),
	    t->row->begun, t->end, t->row->last_month.rx + t->row->last_month.tx);
	return row;
}

const struct tariff_state *
tariffs_at(const struct tariffs *all, size_t tariff)
{
	return all != NULL && tariff > 0 && tariff <= all->n ? &all->at[tariff - 1] : NULL;
}

/* Hours are those of the wall clock, to be found again by a restart. */
static int64_t
hours_now(const struct tariffs *all)
{
	return all->clock->mono() + all->phase;
}

static int64_t
wall_hour(const struct tariffs *all)
{
	return all->clock->wall() * 1000 / US_A_HOUR;
}

void
tariffs_spend(struct tariffs *all, size_t tariff, struct traffic t)
{
	struct tariff_state *s;

	if (tariff == 0 || tariff > all->n || t.rx + t.tx == 0)
		return;
	s = &all->at[tariff - 1];
	ledger_add(s->row, t);
	spending_add(&s->spending, t.rx + t.tx, hours_now(all));
}

/* Hours of the local day that are over. */
static double
hours_of(const struct tariffs *all)
{
	time_t at = (time_t)(all->clock->wall() / MS_PER_S);
	struct tm tm;

	if (localtime_r(&at, &tm) == NULL)
		return 0;
	return tm.tm_hour + (tm.tm_min + tm.tm_sec / 60.0) / 60;
}

/* Goes on where the last one was kept: a step has the age that it had, and the hours
 * since are ones in which nothing went.  False: they were too many, or the clock is
 * wrong. */
static bool
resume(const struct tariffs *all, struct tariff_state *s)
{
	const struct ledger_pace *p = s->row->pace;
	int64_t since = wall_hour(all) - p->hour;

	if (p->hour == 0 || since < 0 || since >= SPENDING_HOURS)
		return false;
	s->thrift.changed -= p->age * MINUTE + since * US_A_HOUR;
	if (p->known > 0)
		spending_resume(&s->spending, p->bytes, p->known, (unsigned)since,
		    hours_now(all));
	if (s->spending.whole >= (unsigned)HOURS)
		s->thrift.since = s->thrift.changed;
	return true;
}

/* What is not known waits for a day, in which a step shows what it does. */
static void
begin(const struct tariffs *all, struct tariff_state *s)
{
	int64_t now = all->clock->mono();
	const struct ledger_row *r = s->row;
	uint64_t before = r->last_day.rx + r->last_day.tx;
	bool counted = before > 0 && ledger_day(all->ledger) != 0;

	s->thrift = (struct thrift){ .step = r->step & ~RESERVED, .changed = now,
	    .since = now };
	s->reserved = (r->step & RESERVED) != 0 && s->conf->nsteps > 0;
	if (!resume(all, s) && counted) {
		spending_seed(&s->spending, r->day.rx + r->day.tx, hours_of(all), before,
		    hours_now(all));
		s->thrift.changed = now - s->conf->settle;
	}
	if (s->thrift.step > s->conf->nsteps)
		s->thrift.step = (unsigned)s->conf->nsteps;
	s->a_day = s->expected = -1;
}

static struct tariff_state *
find(struct tariff_state *at, size_t n, const char *name, size_t guess)
{
	if (guess < n && strcmp(at[guess].row->name, name) == 0)
		return &at[guess];
	for (size_t i = 0; i < n; i++)
		if (strcmp(at[i].row->name, name) == 0)
			return &at[i];
	return NULL;
}

void
tariffs_renew(struct tariffs *all, const struct config *config)
{
	struct tariff_state *before = all->at;
	size_t n = all->n;

	all->at = room_for(config->ntariffs + 1, sizeof(*all->at));
	all->n = config->ntariffs;
	for (size_t i = 0; i < all->n; i++) {
		const struct tariff_conf *conf = &config->tariffs[i];
		struct tariff_state *s = &all->at[i], *was = find(before, n, conf->name, i);

		if (was != NULL)
			*s = *was;
		s->conf = conf;
		s->day = 0;
		if (was == NULL)
			s->row = ledger_row(all->ledger, conf->name);
		ledger_sell(all->ledger, s->row, &conf->is);
		if (was == NULL)
			begin(all, s);
		if (s->thrift.step > conf->nsteps)
			s->thrift.step = (unsigned)conf->nsteps;
	}
	free(before);
}

struct tariffs *
tariffs_open(const struct disk *disk, const struct config *config, const struct clock *clock,
    void (*told)(void *, const struct tariff_state *, enum tariff_event), void *owner)
{
	struct tariffs *all = room_for(1, sizeof(*all));

	all->clock = clock;
	all->told = told;
	all->owner = owner;
	all->phase = (clock->wall() * 1000 - clock->mono()) % US_A_HOUR;
	all->phase += all->phase < 0 ? US_A_HOUR : 0;
	all->ledger = ledger_open(disk, LEDGER_PLANS, 1);
	tariffs_renew(all, config);
	return all;
}

/* Days of the cycle that are left. */
static double
days_left(struct tariff_state *s, uint32_t day, double hours)
{
	if (s->day != day) {
		s->day = day;
		s->end = tariff_end(&s->conf->is, day);
	}
	return tariff_days(day, s->end) - hours / HOURS;
}

static void
keep_step(struct tariff_state *s)
{
	s->row->step = s->thrift.step | (s->reserved ? RESERVED : 0);
}

static void
look_at_reserve(struct tariffs *all, struct tariff_state *s)
{
	bool reserved = (double)tariff_used(s) >= tariff_budget(s->conf) && s->conf->nsteps > 0;

	if (reserved == s->reserved)
		return;
	s->reserved = reserved;
	keep_step(s);
	all->told(all->owner, s, TARIFF_RESERVED);
}

/* The night after a step tells nothing of the day after it. */
static void
look_at_forecast(struct tariffs *all, struct tariff_state *s, int64_t now)
{
	bool over = s->expected > (double)s->conf->is.bytes;

	int64_t over_for = s->conf->settle < OVER_FOR ? s->conf->settle : OVER_FOR;

	if (!over)
		s->over_since = 0;
	else if (s->over_since == 0)
		s->over_since = now;
	if (s->expected < 0 || (over && now - s->over_since < over_for) ||
	    (!over && thrift_settled(&s->thrift, now) < s->conf->settle) ||
	    (over == s->over && s->compared))
		return;
	s->compared = true;
	s->over = over;
	all->told(all->owner, s, TARIFF_OVER);
}

/* Not more often than anything went: what did not change is not written. */
static void
keep_pace(const struct tariffs *all, struct tariff_state *s)
{
	struct ledger_pace *p = s->row->pace, new = { .hour = wall_hour(all),
	    .age = (all->clock->mono() - s->thrift.changed) / MINUTE };

	new.known = spending_keep(&s->spending, new.bytes, hours_now(all));
	if (new.hour != p->hour || new.age < p->age ||
	    memcmp(new.bytes, p->bytes, sizeof(new.bytes)) != 0)
		*p = new;
}

static void
look(struct tariffs *all, struct tariff_state *s, uint32_t day, double hours)
{
	int64_t now = all->clock->mono(), at = hours_now(all);
	const struct thrift_terms terms = { .budget = tariff_budget(s->conf),
	    .steps = (unsigned)s->conf->nsteps, .settle = s->conf->settle };
	double left = days_left(s, day, hours), used = (double)tariff_used(s);
	double since = (double)(now - s->thrift.changed) / (double)US_A_HOUR;
	unsigned was = s->thrift.step;

	s->a_day = spending_a_day(&s->spending, since < HOURS && since >= 1 ? since : HOURS, at);
	s->expected = s->a_day < 0 ? -1 : used + s->a_day * left;
	look_at_reserve(all, s);
	look_at_forecast(all, s, now);
	thrift_step(&s->thrift, &terms, used, left, s->a_day,
	    spending_a_day(&s->spending, 1, at), now);
	if (s->thrift.step != was) {
		keep_step(s);
		all->told(all->owner, s, TARIFF_STEP);
	}
	keep_pace(all, s);
}

void
tariffs_turn(struct tariffs *all)
{
	double hours = hours_of(all);
	uint32_t day;

	ledger_turn(all->ledger, all->clock);
	day = ledger_day(all->ledger);
	for (size_t i = 0; i < all->n && day != 0; i++)
		look(all, &all->at[i], day, hours);
}

void
tariffs_close(struct tariffs *all)
{
	if (all == NULL)
		return;
	ledger_close(all->ledger);
	free(all->at);
	free(all);
}
