#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../gateway/ledger.h"
#include "../../gateway/rate.h"
#include "../check.h"

#define DAY		86400000LL
#define NOON		1795608000000LL		/* 2026-11-25T12:00Z */

static char folder[] = "/tmp/t_ledger.XXXXXX";
static struct disk *disk;
static int64_t wall, mono;
static bool trusted;

static int64_t
mono_now(void)
{
	return mono;
}

static int64_t
wall_now(void)
{
	return wall;
}

static bool
is_trusted(void)
{
	return trusted;
}

static const struct clock clock_here = { mono_now, wall_now, is_trusted };

static struct ledger *
begin(int64_t at)
{
	char path[100];

	snprintf(path, sizeof(path), "%s/bytes", folder);
	unlink(path);
	wall = at;
	mono = US_PER_S;
	trusted = true;
	return ledger_open(disk, "bytes", 1);
}

static struct ledger *
again(struct ledger *l)
{
	ledger_close(l);
	return ledger_open(disk, "bytes", 1);
}

static bool
is(struct traffic t, uint64_t rx, uint64_t tx)
{
	return t.rx == rx && t.tx == tx;
}

static void
days_and_months_follow_each_other(void)
{
	struct ledger *l = begin(NOON);
	struct ledger_row *r = ledger_row(l, "line");

	ledger_turn(l, &clock_here);
	CHECK(ledger_day(l) == 20261125 && ledger_month(l) == 20261101);
	ledger_add(r, (struct traffic){ 10, 20 });
	wall += DAY;
	ledger_turn(l, &clock_here);
	CHECK(is(r->day, 0, 0) && is(r->last_day, 10, 20) && is(r->month, 10, 20));
	ledger_add(r, (struct traffic){ 1, 2 });
	wall += 6 * DAY;
	ledger_turn(l, &clock_here);
	CHECK(ledger_day(l) == 20261202 && ledger_month(l) == 20261201);
	CHECK(is(r->last_day, 1, 2) && is(r->last_month, 11, 22) && is(r->month, 0, 0));
	ledger_close(l);
}

static void
it_outlives_a_restart(void)
{
	struct ledger *l = begin(NOON);

	ledger_turn(l, &clock_here);
	ledger_add(ledger_row(l, "line"), (struct traffic){ 10, 1ULL << 63 });
	ledger_row(l, "never-used");
	ledger_add(ledger_row(l, "city"), (struct traffic){ 3, 4 });
	l = again(l);
	CHECK(ledger_day(l) == 20261125);
	CHECK(is(ledger_row(l, "line")->day, 10, 1ULL << 63));
	CHECK(is(ledger_row(l, "city")->month, 3, 4));
	wall += DAY;			/* it went by while it was off */
	ledger_turn(l, &clock_here);
	CHECK(is(ledger_row(l, "city")->last_day, 3, 4));
	ledger_close(l);
}

/* Its month is that of its own plan, with the step that it is at. */
static void
a_plan_has_cycles_of_its_own(void)
{
	const struct tariff month = { .bytes = 1, .months = 1, .day = 26, .month = 1 };
	const struct tariff three = { .bytes = 1, .months = 3, .day = 1, .month = 1 };
	struct ledger *l = begin(NOON);
	struct ledger_row *a = ledger_row(l, "a"), *b = ledger_row(l, "b");

	ledger_sell(l, a, &month);
	ledger_turn(l, &clock_here);
	ledger_sell(l, b, &three);
	CHECK(a->begun == 20261026 && b->begun == 20261001);
	ledger_add(a, (struct traffic){ 10, 20 });
	ledger_add(b, (struct traffic){ 1, 2 });
	a->step = 3;
	wall += DAY;			/* the 26th */
	ledger_turn(l, &clock_here);
	CHECK(is(a->month, 0, 0) && is(a->last_month, 10, 20) && a->begun == 20261126);
	CHECK(is(b->month, 1, 2) && b->begun == 20261001);
	ledger_add(a, (struct traffic){ 5, 5 });
	l = again(l);
	a = ledger_row(l, "a");
	b = ledger_row(l, "b");
	CHECK(a->begun == 20261126 && a->step == 3 && is(a->month, 5, 5));
	ledger_sell(l, a, &month);
	wall += 6 * DAY;		/* the month of all others ends, this one does not */
	ledger_turn(l, &clock_here);
	CHECK(is(a->month, 5, 5) && a->step == 3);
	wall += 40 * DAY;
	ledger_turn(l, &clock_here);
	CHECK(is(a->month, 0, 0) && is(a->last_month, 5, 5) && a->begun == 20261226);
	/* nobody had this plan for a while, which was over meanwhile */
	CHECK(b->begun == 20261001);
	ledger_sell(l, b, &three);
	CHECK(is(b->month, 0, 0) && b->begun == 20270101);
	ledger_close(l);
}

/* Without the end of a process: what the thread wrote within the minute. */
static void
it_is_written_within_a_minute(void)
{
	struct ledger *l = begin(NOON), *other;
	char path[100];
	struct stat st;

	snprintf(path, sizeof(path), "%s/bytes", folder);
	ledger_turn(l, &clock_here);
	for (int i = 0; i < 1000 && stat(path, &st) != 0; i++)
		usleep(10000);
	ledger_add(ledger_row(l, "line"), (struct traffic){ 10, 20 });
	for (int i = 0; i < 6; i++) {
		mono += 10 * US_PER_S;
		ledger_turn(l, &clock_here);
	}
	for (int i = 0; i < 1000; i++) {
		ledger_turn(l, &clock_here);	/* a slow disk may still have the first */
		other = ledger_open(disk, "bytes", 1);
		if (is(ledger_row(other, "line")->day, 10, 20))
			break;
		ledger_close(other);
		other = NULL;
		usleep(10000);
	}
	CHECK(other != NULL);
	ledger_close(other);
	ledger_close(l);
}

/* A box without a battery begins in 1970: no day is lost for that, and none ends.
 * A clock that was ahead and is put right does not either. */
static void
a_wrong_clock_begins_no_day(void)
{
	struct ledger *l = begin(NOON);
	struct ledger_row *r = ledger_row(l, "line");

	ledger_turn(l, &clock_here);
	ledger_add(r, (struct traffic){ 1, 1 });
	l = again(l);
	r = ledger_row(l, "line");
	trusted = false;
	wall = DAY;
	ledger_turn(l, &clock_here);
	CHECK(ledger_day(l) == 20261125 && is(r->day, 1, 1));
	trusted = true;
	wall = NOON - 2 * DAY;
	ledger_turn(l, &clock_here);
	CHECK(ledger_day(l) == 20261123 && is(r->day, 1, 1) && is(r->month, 1, 1));
	ledger_close(l);
}

/* Nobody vouches for it: who sets it wrongly, by years, and puts it right again
 * ends neither day nor month, and both go on to end at midnight. */
static void
a_step_that_nobody_vouches_for_ends_nothing(void)
{
	struct ledger *l = begin(NOON);
	struct ledger_row *r = ledger_row(l, "line");

	trusted = false;
	ledger_turn(l, &clock_here);
	ledger_add(r, (struct traffic){ 1, 2 });
	wall += 4000 * DAY;
	mono += US_PER_S;
	ledger_turn(l, &clock_here);
	CHECK(ledger_day(l) > 20370000 && is(r->day, 1, 2) && is(r->month, 1, 2));
	ledger_add(r, (struct traffic){ 10, 20 });
	wall -= 4000 * DAY;
	mono += US_PER_S;
	ledger_turn(l, &clock_here);
	CHECK(ledger_day(l) == 20261125 && ledger_month(l) == 20261101);
	CHECK(is(r->day, 11, 22) && is(r->month, 11, 22) && is(r->last_month, 0, 0));
	wall += DAY;
	mono += DAY * 1000;
	ledger_turn(l, &clock_here);
	CHECK(ledger_day(l) == 20261126 && is(r->last_day, 11, 22) && is(r->month, 11, 22));
	wall = DAY;
	mono += US_PER_S;
	ledger_turn(l, &clock_here);
	wall = NOON + 2 * DAY;
	mono += US_PER_S;
	trusted = true;
	ledger_turn(l, &clock_here);
	CHECK(ledger_day(l) == 20261127 && is(r->month, 11, 22) && is(r->last_month, 0, 0));
	ledger_close(l);
}

/* A box that was off and comes back in the month after, by a clock that nobody
 * vouches for yet. */
static void
days_that_went_by_are_ended_at_the_start(void)
{
	struct ledger *l = begin(NOON);

	trusted = false;
	ledger_turn(l, &clock_here);
	ledger_add(ledger_row(l, "line"), (struct traffic){ 1, 2 });
	l = again(l);
	wall += 7 * DAY;
	mono = US_PER_S;		/* it was booted */
	ledger_turn(l, &clock_here);
	CHECK(ledger_day(l) == 20261202 && is(ledger_row(l, "line")->last_month, 1, 2));
	ledger_close(l);
}

/* A box whose battery failed wakes up years ahead, and is told after a while: what it
 * counted until then is of the month that it is in, and that of before comes back. */
static void
a_start_in_a_wrong_year_loses_no_month(void)
{
	const struct tariff bill = { .bytes = 1, .months = 1, .day = 26, .month = 1 };
	struct ledger *l = begin(NOON);
	struct ledger_row *r = ledger_row(l, "line"), *plan = ledger_row(l, "plan");

	ledger_sell(l, plan, &bill);
	ledger_turn(l, &clock_here);
	ledger_add(r, (struct traffic){ 10, 20 });
	ledger_add(plan, (struct traffic){ 10, 20 });
	l = again(l);
	r = ledger_row(l, "line");
	plan = ledger_row(l, "plan");
	ledger_sell(l, plan, &bill);
	trusted = false;
	wall = NOON + 4000 * DAY;
	mono = US_PER_S;
	ledger_turn(l, &clock_here);
	ledger_add(r, (struct traffic){ 1, 2 });
	ledger_add(plan, (struct traffic){ 1, 2 });
	trusted = true;
	wall = NOON + 60000;
	mono += 60 * US_PER_S;
	ledger_turn(l, &clock_here);
	CHECK(ledger_day(l) == 20261125 && ledger_month(l) == 20261101);
	CHECK(is(r->day, 11, 22) && is(r->month, 11, 22));
	CHECK(is(plan->month, 11, 22) && plan->begun == 20261026);
	wall += DAY;
	mono += DAY * 1000;
	ledger_turn(l, &clock_here);
	CHECK(is(r->last_day, 11, 22) && is(r->month, 11, 22) && is(plan->month, 0, 0));
	CHECK(is(plan->last_month, 11, 22) && plan->begun == 20261126);
	ledger_close(l);
}

/* A clock that is ahead by a second begins the month, is put right, and begins it
 * again. */
static void
a_month_that_begins_twice_ends_once(void)
{
	struct ledger *l = begin(NOON + 6 * DAY - DAY / 2);	/* 2026-12-01T00:00Z */
	struct ledger_row *r = ledger_row(l, "line");

	wall -= 2000;
	ledger_turn(l, &clock_here);
	ledger_add(r, (struct traffic){ 10, 20 });
	wall += 3000;
	ledger_turn(l, &clock_here);
	CHECK(ledger_month(l) == 20261201 && is(r->month, 0, 0));
	ledger_add(r, (struct traffic){ 1, 1 });
	wall -= 2000;
	ledger_turn(l, &clock_here);
	CHECK(ledger_month(l) == 20261101 && is(r->month, 11, 21) && is(r->day, 11, 21));
	wall += 2000;
	ledger_turn(l, &clock_here);
	CHECK(ledger_month(l) == 20261201 && is(r->last_month, 11, 21));
	CHECK(is(r->last_day, 11, 21) && r->month.rx <= 1);
	ledger_close(l);
}

/* Taken out of the configuration for a while: the month of all others ends, and a
 * year does not. */
static void
a_plan_that_nobody_has_ends_with_no_other(void)
{
	const struct tariff year = { .bytes = 1, .months = 12, .day = 1, .month = 11 };
	struct ledger *l = begin(NOON);
	struct ledger_row *r = ledger_row(l, "pool");

	ledger_sell(l, r, &year);
	ledger_turn(l, &clock_here);
	ledger_add(r, (struct traffic){ 10, 20 });
	l = again(l);
	wall += 10 * DAY;
	mono += 10 * DAY * 1000;
	ledger_turn(l, &clock_here);
	r = ledger_row(l, "pool");
	ledger_sell(l, r, &year);
	CHECK(is(r->month, 10, 20) && r->begun == 20261101);
	ledger_close(l);
}

static void
spoil(const char *bytes, off_t at)
{
	char path[100];
	int fd;

	snprintf(path, sizeof(path), "%s/bytes", folder);
	fd = open(path, O_WRONLY);
	CHECK(fd >= 0 && pwrite(fd, bytes, strlen(bytes), at) == (ssize_t)strlen(bytes));
	close(fd);
}

static void
a_damaged_file_is_begun_anew(void)
{
	struct ledger *l = begin(NOON);

	ledger_turn(l, &clock_here);
	ledger_add(ledger_row(l, "line"), (struct traffic){ 10, 20 });
	ledger_close(l);
	spoil("9", 27);
	l = ledger_open(disk, "bytes", 1);
	CHECK(ledger_day(l) == 0 && is(ledger_row(l, "line")->month, 0, 0));
	ledger_turn(l, &clock_here);
	ledger_add(ledger_row(l, "line"), (struct traffic){ 1, 2 });
	l = again(l);
	CHECK(is(ledger_row(l, "line")->month, 1, 2));
	ledger_close(l);
}

static void
a_rate_is_of_the_last_while(void)
{
	struct rate r = { .every = 4 * US_PER_S };
	int64_t now = 0;
	uint64_t n = 1000;

	rate_note(&r, n, now);
	CHECK(rate_of(&r, n, US_PER_S) <= 0);
	for (; now < 300 * US_PER_S; now += US_PER_S)
		rate_note(&r, n += 5, now);
	CHECK(rate_of(&r, n, now) > 4.7 && rate_of(&r, n, now) < 5.1);
	now += 60 * US_PER_S;		/* nothing more came */
	rate_note(&r, n, now);
	for (int i = 0; i < 16; i++)
		rate_note(&r, n, now += 4 * US_PER_S);
	CHECK(rate_of(&r, n, now) <= 0);
	rate_note(&r, 3, now += US_PER_S);	/* began anew */
	CHECK(rate_of(&r, 13, now + 5 * US_PER_S) > 1.9);
}

int
main(void)
{
	setenv("TZ", "UTC", 1);
	CHECK(mkdtemp(folder) != NULL);
	disk = disk_folder(folder, false);
	CHECK(disk != NULL);
	RUN(days_and_months_follow_each_other);
	RUN(it_outlives_a_restart);
	RUN(a_plan_has_cycles_of_its_own);
	RUN(it_is_written_within_a_minute);
	RUN(a_wrong_clock_begins_no_day);
	RUN(a_step_that_nobody_vouches_for_ends_nothing);
	RUN(days_that_went_by_are_ended_at_the_start);
	RUN(a_start_in_a_wrong_year_loses_no_month);
	RUN(a_month_that_begins_twice_ends_once);
	RUN(a_plan_that_nobody_has_ends_with_no_other);
	RUN(a_damaged_file_is_begun_anew);
	RUN(a_rate_is_of_the_last_while);
	disk->unlink(disk->ctx, "bytes");
	disk_close(disk);
	rmdir(folder);
	return 0;
}
