#include <math.h>
#include <string.h>

#include "../../rules/action.h"
#include "../../rules/drive.h"
#include "../check.h"

#define S	INT64_C(1000000)
#define NOW	(1000 * S)

/* All alarms by their facts and masks, all that their actions can be, and all that
 * can be done to them. */
#define ALARMS	(4 * (ALARM_MASKS + 1))

static struct alarm
alarm_at(unsigned i)
{
	return (struct alarm){ .active = i & 1, .held = i & 2, .masks = (uint8_t)(i >> 2) };
}

static bool
is_held_back(const struct alarm *a)
{
	return a->masks & (ALARM_OUT_OF_SERVICE | ALARM_REMOVED | ALARM_MAINTENANCE);
}

static void
each_action_follows_its_alarm(void)
{
	for (unsigned i = 0; i < ALARMS; i++)
		for (unsigned k = 0; k < 4; k++) {
			const struct alarm a = alarm_at(i);
			struct acting is = { .done = k & 1, .unsure = k & 2 }, was = is;
			bool on = a.active || a.held;
			enum action_due due = acting_step(&is, &a);

			CHECK(is.unsure == was.unsure);
			if (was.unsure || is_held_back(&a)) {
				CHECK(due == DUE_NOTHING && is.done == was.done);
				continue;
			}
			CHECK(is.done == on);
			CHECK(due == (on == was.done ? DUE_NOTHING : on ? DUE_ENTER : DUE_LEAVE));
		}
}

/* What was asked for before a start is done again only once it is seen that the
 * alarm is still there, and told apart from what was never done. */
static void
a_start_asks_for_nothing_by_itself(void)
{
	for (unsigned i = 0; i < ALARMS; i++)
		for (unsigned k = 0; k < ALARMS; k++) {
			const struct alarm before = alarm_at(i), a = alarm_at(k);
			bool done = (before.active || before.held) && !is_held_back(&before);
			bool on = a.active || a.held;
			struct acting is = { .done = false };
			enum action_due due;

			acting_restore(&is, &before);
			CHECK(acting_step(&is, &before) == DUE_NOTHING);
			CHECK(acting_step(&is, &a) == DUE_NOTHING);
			due = acting_known(&is, &a);
			CHECK(!is.unsure);
			if (is_held_back(&a))
				CHECK(due == DUE_NOTHING && is.done == done);
			else if (done && on)
				CHECK(due == (a.active ? DUE_AGAIN : DUE_NOTHING));
			else
				CHECK(due == (done ? DUE_LEAVE : on ? DUE_ENTER : DUE_NOTHING));
			CHECK(acting_known(&is, &a) == DUE_NOTHING);
		}
}

static unsigned
chance(uint64_t *seed, unsigned n)
{
	*seed = *seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
	return (unsigned)(*seed >> 33) % n;
}

/* Whatever becomes of an alarm: coming and going are done by turns. */
static void
coming_and_going_take_turns(void)
{
	uint64_t seed = 1;

	for (unsigned run = 0; run < 2000; run++) {
		struct alarm a = { .latching = run & 1, .event = run & 2 };
		struct acting is = { .done = false };
		bool entered = false;

		for (unsigned i = 0; i < 100; i++) {
			enum alarm_event ev = (enum alarm_event)chance(&seed, ALARM_EVENTS);
			enum action_due due;

			alarm_step(&a, ev, (enum alarm_mask)(1 << chance(&seed, 5)), i);
			due = acting_step(&is, &a);
			CHECK(due != DUE_AGAIN);
			if (due != DUE_NOTHING) {
				CHECK(entered == (due == DUE_LEAVE));
				entered = due == DUE_ENTER;
			}
		}
	}
}

/* What its coming asked for is insisted on as long as it was done and holds. */
static void
what_stands_is_insisted_on(void)
{
	for (unsigned i = 0; i < ALARMS; i++)
		for (unsigned k = 0; k < 4; k++) {
			const struct alarm a = alarm_at(i);
			const struct acting is = { .done = k & 1, .unsure = k & 2 };

			CHECK(acting_stands(&is, &a) == (k == 1 && (a.active || a.held) &&
			    !is_held_back(&a)));
		}
}

enum event { WANT_SAME, WANT_OTHER, GO, HOLD, OBEYED, REFUSED, FAILED, BUSY, SEE_SAME,
    SEE_OTHER, OVERRULE, TICK, INSIST, LET_BE, EVENTS };

#define FIGURE	1
#define OTHER	0

#define INSISTS	(60 * S)

static const struct wish same = { FIGURE, 10 * S, 3, INSISTS, "r", "d" };
static const struct wish other = { OTHER, 10 * S, 3, INSISTS, "r", "d" };

static bool
happen(struct drive *d, enum event e, int64_t now)
{
	switch (e) {
	case WANT_SAME:		drive_want(d, &same, now);		break;
	case WANT_OTHER:	drive_want(d, &other, now);		break;
	case GO:		return drive_go(d, now);
	case HOLD:		drive_hold(d, now + 60 * S);		break;
	case OBEYED:		drive_end(d, DRIVE_OBEYED, now);	break;
	case REFUSED:		drive_end(d, DRIVE_REFUSED, now);	break;
	case FAILED:		drive_end(d, DRIVE_FAILED, now);	break;
	case BUSY:		drive_end(d, DRIVE_BUSY, now);		break;
	case SEE_SAME:		drive_see(d, FIGURE);			break;
	case SEE_OTHER:		drive_see(d, OTHER);			break;
	case OVERRULE:		drive_overrule(d);			break;
	case TICK:		drive_tick(d, now);			break;
	case INSIST:		drive_insist(d, &same, now);		break;
	case LET_BE:		drive_insist(d, NULL, now);		break;
	case EVENTS:						break;
	}
	return false;
}

static bool
is_under_way(const struct drive *d)
{
	return d->state == DRIVE_ORDERED || d->state == DRIVE_CHANGED;
}

static bool
is_idle(const struct drive *d)
{
	return d->state == DRIVE_RESTS || d->state == DRIVE_PAUSES;
}

/* Only these make it so that nobody has to be told any more. */
static bool
may_lift(const struct drive *was, enum event e)
{
	switch (e) {
	case OBEYED:
		return was->state == DRIVE_ORDERED;
	case SEE_SAME:
		return is_idle(was);
	case OVERRULE:
		return !is_under_way(was);
	default:
		return false;
	}
}

static void
check_one(const struct drive *was, enum event e)
{
	bool over = NOW >= was->deadline, due = NOW >= was->due;
	struct drive d = *was;
	bool went = happen(&d, e, NOW);

	CHECK(went == (e == GO && was->state == DRIVE_WAITS && due && !over));
	CHECK(d.tries >= 0 && d.tries <= same.tries + 1);
	CHECK(!went || (d.state == DRIVE_ORDERED && d.tries == was->tries - 1));
	/* a command under way stays so until it ends, and none begins but by go */
	if (is_under_way(was) && !(e >= OBEYED && e <= BUSY))
		CHECK(is_under_way(&d));
	if (!is_under_way(was))
		CHECK(is_under_way(&d) == went);
	/* who was disobeyed is told, and not told otherwise for nothing */
	if (was->disobeyed && !d.disobeyed)
		CHECK(may_lift(was, e));
	if (!was->disobeyed && d.disobeyed)
		CHECK((e == TICK && over && !is_idle(was)) ||
		    ((e == FAILED || e == BUSY) && was->state == DRIVE_ORDERED));
	/* at rest with something wanted that did not come: it obeyed, was forbidden,
	 * was overruled, or somebody is told */
	if (!is_idle(was) && is_idle(&d))
		CHECK(e == OBEYED || e == REFUSED || e == OVERRULE || d.disobeyed);
	/* what failed is ordered again later, if its wish says so, and nothing else is */
	if (d.state == DRIVE_PAUSES && was->state != DRIVE_PAUSES)
		CHECK(was->insist > 0 && d.disobeyed && d.due >= NOW + INSISTS);
	if (!is_idle(was) && d.state == DRIVE_RESTS && was->insist > 0)
		CHECK(e == OBEYED || e == REFUSED || e == OVERRULE);
	if (was->state == DRIVE_PAUSES && d.state != DRIVE_PAUSES)
		CHECK(e == WANT_SAME || e == WANT_OTHER || e == SEE_SAME || e == OVERRULE ||
		    (e == INSIST && due && d.tries == 1 && d.disobeyed == was->disobeyed));
	if (was->state == DRIVE_PAUSES && e == LET_BE)
		CHECK(d.state == DRIVE_PAUSES && d.due == (due ? NOW + INSISTS : was->due));
	/* a newer wish is never lost */
	if (e == WANT_OTHER && was->figure != OTHER)
		CHECK(d.state == (is_under_way(was) ? DRIVE_CHANGED : DRIVE_WAITS) &&
		    d.figure == OTHER && d.tries == other.tries);
	if (was->state == DRIVE_CHANGED && e >= OBEYED && e <= BUSY)
		CHECK(d.state == DRIVE_WAITS && d.figure == was->figure);
	/* what it waits for comes, or there is nothing to wait for */
	CHECK((drive_deadline(&d) == INT64_MAX) ==
	    (d.state == DRIVE_RESTS || (is_under_way(&d) && d.disobeyed)));
}

/* States, moments and events: every pair of them. */
static void
each_event_in_each_state(void)
{
	static const int64_t moments[] = { -S, 0, S };

	for (unsigned insists = 0; insists < 2; insists++)
	for (unsigned state = 0; state < DRIVE_STATES; state++)
	for (unsigned disobeyed = 0; disobeyed < 2; disobeyed++)
	for (int64_t tries = 0; tries <= same.tries; tries++)
	for (unsigned due = 0; due < 3; due++)
	for (unsigned deadline = 0; deadline < 3; deadline++)
	for (unsigned e = 0; e < EVENTS; e++) {
		const struct drive was = { .state = (enum drive_state)state,
		    .figure = FIGURE, .within = 10 * S, .share = 3 * S,
		    .insist = insists * INSISTS,
		    .disobeyed = disobeyed, .tries = tries, .due = NOW + moments[due],
		    .deadline = NOW + moments[deadline] };

		if ((state == DRIVE_WAITS && tries == 0) ||
		    (state == DRIVE_PAUSES && !insists))
			continue;	/* it never waits for nothing */
		check_one(&was, (enum event)e);
	}
}

/* One wish and an output that answers as it likes: it is written tries times at
 * most, and at the end it obeyed or somebody is told. */
static void
follow(uint64_t *seed, bool busy)
{
	struct drive d = { .figure = NAN };
	int64_t now = NOW, end;
	unsigned went = 0;

	drive_want(&d, &same, now);
	end = now + same.within;
	while (!is_idle(&d)) {
		int64_t at = drive_deadline(&d);

		CHECK(at != INT64_MAX || is_under_way(&d));
		CHECK(now <= end + 20 * S);
		if (!is_under_way(&d) || chance(seed, 2) == 0) {
			now = at > now && at != INT64_MAX ? at : now;
			drive_tick(&d, now);
			went += drive_go(&d, now);
		} else {
			enum event e = chance(seed, 4) == 0 ? OBEYED : busy &&
			    chance(seed, 2) == 0 ? BUSY : FAILED;

			now += chance(seed, 3 * S);
			happen(&d, e, now);
			went -= e == BUSY;
			if (e == OBEYED) {
				CHECK(!d.disobeyed);
				break;
			}
			CHECK(!is_idle(&d) || d.disobeyed);
		}
		CHECK(went <= same.tries);
	}
	CHECK(is_idle(&d));
}

static void
tries_are_bounded(void)
{
	uint64_t seed = 7;

	for (unsigned i = 0; i < 20000; i++)
		follow(&seed, i & 1);
}

/* A valve that is stuck for a day: one order a minute, told once, until it obeys. */
static void
a_stuck_one_is_ordered_again_without_a_storm(void)
{
	struct drive d = { .figure = NAN };
	int64_t now = NOW, last = 0;
	unsigned went = 0;

	drive_want(&d, &same, now);
	for (int64_t end = now + 86400 * S; now < end; now = drive_deadline(&d)) {
		drive_tick(&d, now);
		if (drive_asks(&d, now))
			drive_insist(&d, &same, now);
		if (!drive_go(&d, now))
			continue;
		went++;
		CHECK(went <= same.tries || (d.disobeyed && now - last >= INSISTS));
		last = now;
		drive_end(&d, DRIVE_FAILED, now + S);
	}
	CHECK(went > 86400 / 65 && went <= 86400 / 60 + same.tries);
	CHECK(d.state == DRIVE_PAUSES && d.disobeyed);
	drive_insist(&d, NULL, now);			/* its alarm is gone */
	CHECK(d.state == DRIVE_PAUSES && d.disobeyed && drive_deadline(&d) == now + INSISTS);
	drive_want(&d, &same, now + S);			/* and comes anew */
	CHECK(drive_go(&d, now + S) && d.tries == same.tries - 1 && d.disobeyed);
	drive_end(&d, DRIVE_OBEYED, now + 2 * S);
	CHECK(d.state == DRIVE_RESTS && !d.disobeyed && drive_deadline(&d) == INT64_MAX);
}

static void
a_start_drives_nothing(void)
{
	struct drive d = { .figure = NAN };

	CHECK(!drive_go(&d, NOW));
	drive_tick(&d, NOW);
	drive_see(&d, NAN);
	CHECK(!d.disobeyed && d.state == DRIVE_RESTS && drive_deadline(&d) == INT64_MAX);
	for (unsigned how = 0; how < DRIVE_ENDS; how++) {
		drive_end(&d, (enum drive_end)how, NOW);
		CHECK(!d.disobeyed && d.state == DRIVE_RESTS);
	}
}

/* The time in which an output may not be switched is not held against it. */
static void
waiting_for_a_minimum_time_is_no_disobedience(void)
{
	struct drive d = { .figure = NAN };

	drive_want(&d, &same, NOW);
	drive_hold(&d, NOW + 60 * S);
	CHECK(!drive_go(&d, NOW + 30 * S));
	drive_tick(&d, NOW + 60 * S);
	CHECK(!d.disobeyed && drive_go(&d, NOW + 60 * S));
	drive_tick(&d, NOW + 70 * S);
	CHECK(d.disobeyed && d.state == DRIVE_ORDERED);
	drive_end(&d, DRIVE_OBEYED, NOW + 71 * S);		/* late, but it did */
	CHECK(!d.disobeyed && d.state == DRIVE_RESTS);
}

int
main(void)
{
	RUN(each_action_follows_its_alarm);
	RUN(a_start_asks_for_nothing_by_itself);
	RUN(coming_and_going_take_turns);
	RUN(what_stands_is_insisted_on);
	RUN(each_event_in_each_state);
	RUN(tries_are_bounded);
	RUN(a_stuck_one_is_ordered_again_without_a_storm);
	RUN(a_start_drives_nothing);
	RUN(waiting_for_a_minimum_time_is_no_disobedience);
	return 0;
}
