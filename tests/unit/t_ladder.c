#include <string.h>

#include "../../rules/ladder.h"
#include "../check.h"

#define S	1000000LL
#define MIN	(60 * S)
#define HOUR	(60 * MIN)

static struct cure_step steps[] = {
	{ .action = CURE_RECONNECT, .wait = 2 * MIN, .within = 24 * HOUR },
	{ .action = CURE_REDIAL, .wait = 3 * MIN, .within = 24 * HOUR },
	{ .action = CURE_CFUN, .wait = 4 * MIN, .within = 24 * HOUR },
	{ .action = CURE_POWER, .wait = 5 * MIN, .within = 24 * HOUR },
	{ .action = CURE_REBOOT, .wait = 6 * MIN, .within = 24 * HOUR },
};
static const struct cure_conf conf = { .name = "4g", .dead = 10 * MIN, .again = HOUR,
    .steps = { .at = steps, .n = 5 } };

static struct ladder		ladder;
static struct ladder_now	now;
static const struct cure_step	*step;

static void
begin(void)
{
	memset(&ladder, 0, sizeof(ladder));
	ladder_renew(&ladder, &conf);
	now = (struct ladder_now){ .mono = HOUR, .wall = 1700000000000, .boot = 1,
	    .line = LINE_IDLE };
}

static void
pass(int64_t us)
{
	now.mono += us;
	now.wall += us / 1000;
}

static enum ladder_word
turn(void)
{
	return ladder_turn(&ladder, &now, &step);
}

static bool
takes(int action)
{
	return turn() == LADDER_TAKE && step->action == action && turn() == LADDER_QUIET;
}

static void
the_mildest_goes_first_and_each_has_its_time(void)
{
	begin();
	CHECK(turn() == LADDER_QUIET);
	now.line = LINE_DEAD;
	CHECK(turn() == LADDER_DEAD && ladder.since == now.mono);
	for (int action = 0; action < CURE_ACTIONS; action++) {
		CHECK(takes(action));
		pass(S);
		ladder_ended(&ladder, true, now.mono);
		CHECK(turn() == LADDER_QUIET);
		pass(steps[action].wait - 1);
		CHECK(turn() == LADDER_QUIET);
		pass(1);
	}
	CHECK(turn() == LADDER_RESTS && turn() == LADDER_QUIET);
	pass(HOUR - 1);
	CHECK(turn() == LADDER_QUIET);
	pass(1);
	CHECK(takes(CURE_RECONNECT));
}

static void
what_failed_is_not_waited_for(void)
{
	begin();
	now.line = LINE_DEAD;
	CHECK(turn() == LADDER_DEAD && takes(CURE_RECONNECT));
	ladder_ended(&ladder, false, now.mono);
	CHECK(takes(CURE_REDIAL));
	/* told twice it has ended once */
	ladder_ended(&ladder, false, now.mono);
	ladder_ended(&ladder, false, now.mono);
	CHECK(takes(CURE_CFUN));
}

static void
a_delivery_ends_it(void)
{
	begin();
	now.line = LINE_DEAD;
	CHECK(turn() == LADDER_DEAD && takes(CURE_RECONNECT));
	now.line = LINE_ALIVE;
	CHECK(turn() == LADDER_QUIET);		/* it is still under way */
	ladder_ended(&ladder, true, now.mono);
	CHECK(turn() == LADDER_CURED && ladder.last == CURE_RECONNECT);
	CHECK(turn() == LADDER_QUIET && ladder.state == LADDER_WELL);
	now.line = LINE_DEAD;
	pass(HOUR);
	CHECK(turn() == LADDER_DEAD && ladder.last == -1 && takes(CURE_RECONNECT));
}

/* Nothing owed, or no news: nothing is done, and nothing is forgotten. */
static void
who_knows_nothing_does_nothing(void)
{
	begin();
	now.line = LINE_DEAD;
	CHECK(turn() == LADDER_DEAD && takes(CURE_RECONNECT));
	ladder_ended(&ladder, true, now.mono);
	pass(HOUR);
	now.line = LINE_UNKNOWN;
	CHECK(turn() == LADDER_QUIET);
	now.line = LINE_IDLE;
	CHECK(turn() == LADDER_QUIET);
	now.line = LINE_DEAD;
	CHECK(takes(CURE_REDIAL));
}

static void
life_holds_what_is_grave(void)
{
	begin();
	now.line = LINE_DEAD;
	now.life = true;
	CHECK(turn() == LADDER_DEAD);
	for (int action = 0; action < CURE_POWER; action++) {
		CHECK(takes(action));
		ladder_ended(&ladder, false, now.mono);
	}
	CHECK(turn() == LADDER_HELD && step->action == CURE_POWER);
	CHECK(turn() == LADDER_HELD && step->action == CURE_REBOOT);
	CHECK(turn() == LADDER_RESTS && turn() == LADDER_QUIET);
	/* nothing of it counts as taken */
	CHECK(ladder.past[CURE_POWER].n == 0 && ladder.past[CURE_REBOOT].n == 0);
}

static void
reboots(enum ladder_word word)
{
	const struct ladder_run kept[] = { ladder.past[CURE_REBOOT].runs[0] };
	bool any = ladder.past[CURE_REBOOT].n > 0;

	memset(&ladder, 0, sizeof(ladder));
	ladder_renew(&ladder, &conf);
	if (any)
		ladder_remember(&ladder, CURE_REBOOT, kept);
	now.line = LINE_DEAD;
	CHECK(turn() == LADDER_DEAD);
	for (int action = 0; action < CURE_REBOOT; action++) {
		CHECK(takes(action));
		ladder_ended(&ladder, false, now.mono);
	}
	CHECK(turn() == word && step->action == CURE_REBOOT);
}

/* Once a day by default, whatever the clock of the next boot says. */
static void
it_never_boots_round_and_round(void)
{
	begin();
	reboots(LADDER_TAKE);
	now.boot = 2;
	now.mono = MIN;
	now.wall += 60000;
	reboots(LADDER_SPENT);
	now.boot = 3;
	now.mono = MIN;
	now.wall = 1000;		/* no clock at all */
	reboots(LADDER_SPENT);
	now.boot = 4;
	now.wall = 1700000000000 + 86400000;
	reboots(LADDER_TAKE);
}

static void
more_than_is_kept_is_forgotten_from_the_oldest(void)
{
	struct ladder_run run = { .boot = 1 };

	begin();
	for (int i = 0; i < 3 * CURE_RUNS; i++) {
		run.mono = i;
		ladder_remember(&ladder, CURE_CFUN, &run);
	}
	CHECK(ladder.past[CURE_CFUN].n == CURE_RUNS);
	CHECK(ladder.past[CURE_CFUN].runs[CURE_RUNS - 1].mono == 3 * CURE_RUNS - 1);
	CHECK(ladder.past[CURE_CFUN].runs[0].mono == 2 * CURE_RUNS);
}

static void
an_uplink_is_dead_that_owes_and_delivers_nothing(void)
{
	struct far_watch w = { .known = false };
	int64_t t = HOUR;

	CHECK(far_state(&w, 10 * MIN, t) == LINE_UNKNOWN);
	far_hear(&w, 5, true, t);
	CHECK(far_state(&w, 10 * MIN, t) == LINE_IDLE);
	for (int i = 0; i < 599; i++)
		far_hear(&w, 5, true, t += S);
	CHECK(far_state(&w, 10 * MIN, t) == LINE_IDLE);
	far_hear(&w, 5, true, t += S);
	CHECK(far_state(&w, 10 * MIN, t) == LINE_DEAD);
	far_hear(&w, 6, true, t += S);
	CHECK(far_state(&w, 10 * MIN, t) == LINE_ALIVE);
	/* the counter begins anew with its role: that is no delivery */
	for (int i = 0; i < 600; i++)
		far_hear(&w, 0, true, t += S);
	CHECK(far_state(&w, 10 * MIN, t) == LINE_DEAD);
	/* what owes nothing tells nothing, and what it owes then is owed from now on */
	far_hear(&w, 0, false, t += S);
	CHECK(far_state(&w, 10 * MIN, t) == LINE_IDLE);
	for (int i = 0; i < 3600; i++)
		far_hear(&w, 0, false, t += S);
	far_hear(&w, 0, true, t += S);
	CHECK(far_state(&w, 10 * MIN, t) == LINE_IDLE);
	/* nobody speaks of it any more */
	CHECK(far_state(&w, 10 * MIN, t + MIN) == LINE_UNKNOWN);
	far_hear(&w, 0, true, t += HOUR);
	CHECK(far_state(&w, 10 * MIN, t) == LINE_IDLE);
}

static void
one_that_delivers_is_enough(void)
{
	CHECK(line_both(LINE_DEAD, LINE_ALIVE) == LINE_ALIVE);
	CHECK(line_both(LINE_DEAD, LINE_IDLE) == LINE_DEAD);
	CHECK(line_both(LINE_UNKNOWN, LINE_DEAD) == LINE_DEAD);
	CHECK(line_both(LINE_UNKNOWN, LINE_IDLE) == LINE_IDLE);
}

static uint64_t chance;

static unsigned
draw(unsigned most)
{
	chance = chance * 6364136223846793005U + 1442695040888963407U;
	return (unsigned)(chance >> 33) % most;
}

/* What was taken in one history, to be judged. */
static struct {
	int	action;
	int64_t	at;
}		taken[20000];
static size_t	ntaken;

static void
judge_take(int64_t ended, bool well, int before)
{
	const struct cure_step *s = &steps[step->action];
	size_t n = 0;

	CHECK(now.line == LINE_DEAD);
	CHECK(!(now.life && cure_is_grave(step->action)));
	/* those before it first, and each of them had its time */
	if (before >= 0 && step->action > before && well)
		CHECK(now.mono >= ended + steps[before].wait);
	for (size_t i = 0; i < ntaken; i++)
		n += taken[i].action == step->action && now.mono - taken[i].at < s->within;
	CHECK(n < (size_t)cure_times(s));
	taken[ntaken].action = step->action;
	taken[ntaken++].at = now.mono;
}

/* Whatever happens when: what holds of every history. */
static void
history(uint64_t seed)
{
	int64_t ended = 0;
	bool well = true, under_way = false;
	int before = -1, doing = -1;
	enum ladder_word word;

	chance = seed;
	begin();
	ntaken = 0;
	for (int i = 0; i < 3000; i++) {
		unsigned words = 0;

		pass((int64_t)draw(5 * 60) * S);
		if (draw(10) == 0)
			now.line = (enum line_state)draw(4);
		else if (draw(3) == 0)
			now.line = LINE_DEAD;
		now.life = draw(3) == 0;
		if (under_way && draw(2) == 0) {
			well = draw(4) > 0;
			ladder_ended(&ladder, well, now.mono);
			under_way = false;
			ended = now.mono;
			before = doing;
		}
		while ((word = ladder_turn(&ladder, &now, &step)) != LADDER_QUIET) {
			CHECK(++words < 20 && !under_way);
			if (word == LADDER_HELD)
				CHECK(now.life && cure_is_grave(step->action));
			if (word == LADDER_CURED || word == LADDER_DEAD ||
			    word == LADDER_RESTS)
				before = -1;
			if (word != LADDER_TAKE)
				continue;
			judge_take(ended, well, before);
			doing = step->action;
			under_way = true;
		}
	}
	CHECK(ntaken > 10);
}

static void
no_history_breaks_the_bounds(void)
{
	for (uint64_t seed = 1; seed <= 400; seed++)
		history(seed * 7919);
}

static void
commands_have_usual_ones(void)
{
	static const char *const own[] = { "AT+QCFG" };
	struct cure_step s = { .action = CURE_CFUN };

	CHECK(strcmp(cure_command(&s, 0), "AT+CFUN=0") == 0);
	CHECK(strcmp(cure_command(&s, 1), "AT+CFUN=1") == 0);
	CHECK(cure_command(&s, 2) == NULL && cure_command(&s, 3) == NULL);
	s.commands = (struct strings){ .at = (const char **)(void *)own, .n = 1 };
	CHECK(strcmp(cure_command(&s, 0), "AT+QCFG") == 0 && cure_command(&s, 1) == NULL);
	CHECK(cure_times(&s) == 6);
	s.at_most = 2;
	CHECK(cure_times(&s) == 2);
}

int
main(void)
{
	RUN(the_mildest_goes_first_and_each_has_its_time);
	RUN(what_failed_is_not_waited_for);
	RUN(a_delivery_ends_it);
	RUN(who_knows_nothing_does_nothing);
	RUN(life_holds_what_is_grave);
	RUN(it_never_boots_round_and_round);
	RUN(more_than_is_kept_is_forgotten_from_the_oldest);
	RUN(an_uplink_is_dead_that_owes_and_delivers_nothing);
	RUN(one_that_delivers_is_enough);
	RUN(no_history_breaks_the_bounds);
	RUN(commands_have_usual_ones);
	return 0;
}
