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
#define RESERVED	16U	/* of the step that is kept */
#define OVER_FOR	US_A_HOUR	/* then it is told */

struct tariffs {
	const struct clock	*clock;
	struct ledger		*ledger;
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

void
tariffs_spend(struct tariffs *all, size_t tariff, struct traffic t)
{
	struct tariff_state *s;

	if (tariff == 0 || tariff > all->n || t.rx + t.tx == 0)
		return;
	s = &all->at[tariff - 1];
	ledger_add(s->row, t);
	spending_add(&s->spending, t.rx + t.tx, all->clock->mono());
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
	if (counted) {
		spending_seed(&s->spending, r->day.rx + r->day.tx, hours_of(all), before, now);
		s->thrift.changed = now > s->conf->settle ? now - s->conf->settle : 1;
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

static void
look(struct tariffs *all, struct tariff_state *s, uint32_t day, double hours)
{
	int64_t now = all->clock->mono();
	const struct thrift_terms terms = { .budget = tariff_budget(s->conf),
	    .steps = (unsigned)s->conf->nsteps, .settle = s->conf->settle };
	double left = days_left(s, day, hours), used = (double)tariff_used(s);
	double since = (double)(now - s->thrift.changed) / (double)US_A_HOUR;
	unsigned was = s->thrift.step;

	s->a_day = spending_a_day(&s->spending, since < HOURS && since >= 1 ? since : HOURS, now);
	s->expected = s->a_day < 0 ? -1 : used + s->a_day * left;
	look_at_reserve(all, s);
	look_at_forecast(all, s, now);
	thrift_step(&s->thrift, &terms, used, left, s->a_day,
	    spending_a_day(&s->spending, 1, now), now);
	if (s->thrift.step == was)
		return;
	keep_step(s);
	all->told(all->owner, s, TARIFF_STEP);
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
