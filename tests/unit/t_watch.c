#include <math.h>
#include <stdio.h>
#include <string.h>

#include "../../conf/glob.h"
#include "../../devices/judge.h"
#include "../../rules/watch.h"
#include "../check.h"

#define S	1000000LL
#define WALL	1700000000000LL	/* UTC ms at mono 0 */

/* A story is a line of "second token" pairs: =5 a good reading of 5, f5 one that
 * is a float of 32 bits, !5 a bad one, ?5 an uncertain one, w5 warming up, ^5 over range, o5 one that is an
 * hour old, D and U the link down and up, A acknowledge, R reset, . nothing.
 * Between them every deadline is kept.  What it reads as: the second and the
 * state after each change. */
struct story {
	const char	*when;
	double		 deadband;
	int		 on, off;	/* delays, s */
	enum alarm_class class;
	bool		 latching;
	const char	*script, *reads;
};

static unsigned char memory[1 << 16] __attribute__((aligned(16)));
static struct err room[ERRS_MAX];
static char told[1024];
static int64_t now;

static struct point point = { .name = "p", .decimals = 1 };
static struct profile profile = { .name = "x", .points = &point, .npoints = 1 };
static struct tap tap = { .series = 7 };
static struct memory remembered;
static struct device device = { .conf = { .name = "d", .zh = "", .en = "",
    .period = 5 * S, .enabled = true }, .profile = &profile, .taps = &tap,
    .memory = &remembered };

static void
changed(void *owner, const struct alarm_change *c)
{
	size_t n = strlen(told);

	CHECK(owner == &point && c->series == 7 && c->device == &device);
	snprintf(told + n, sizeof(told) - n, "%s%lld %s", n > 0 ? " " : "",
	    (long long)(now / S), alarm_state_name(alarm_state(c->alarm)));
}

static void
hear_float(struct rules *rules, const char *figure)
{
	struct reading r = { .series = 7, .time = WALL + now / 1000, .mono = now, .due = now,
	    .value = { .kind = VALUE_F32, .f = strtof(figure, NULL) } };

	rules_take(rules, &r, now, r.time);
}

static void
hear(struct rules *rules, enum quality_code code, const char *figure, int64_t age)
{
	struct reading r = { .series = 7, .time = WALL + now / 1000 - age, .mono = now,
	    .due = now, .quality = { .code = (uint8_t)code } };

	if (quality_severity(r.quality) != SEVERITY_BAD || code == Q_OUT_OF_RANGE)
		r.value = (struct value){ .kind = VALUE_F64, .d = strtod(figure, NULL) };
	rules_take(rules, &r, now, WALL + now / 1000);
}

static void
happen(struct rules *rules, const char *token)
{
	int64_t wall = WALL + now / 1000;

	switch (*token) {
	case '=': hear(rules, Q_GOOD, token + 1, 0); break;
	case 'f': hear_float(rules, token + 1); break;
	case '!': hear(rules, Q_COMM_FAILURE, token + 1, 0); break;
	case '?': hear(rules, Q_AFTER_BARRIER, token + 1, 0); break;
	case 'x': hear(rules, Q_SENSOR_FAILURE, token, 0); break;
	case 'w': hear(rules, Q_WARMING_UP, token + 1, 0); break;
	case '^': hear(rules, Q_OUT_OF_RANGE, token + 1, 0); break;
	case 'o': hear(rules, Q_GOOD, token + 1, 3600 * 1000); break;
	case 'D': rules_link(rules, &device, true, now, wall); break;
	case 'U': rules_link(rules, &device, false, now, wall); break;
	case 'A': rules_step(rules, "r", "d", ALARM_EV_ACK, 0, "me", wall); break;
	case 'R': rules_step(rules, "r", "d", ALARM_EV_RESET, 0, "me", wall); break;
	default: CHECK(*token == '.');
	}
}

static void
pass_until(struct rules *rules, int64_t then)
{
	int64_t at;

	while ((at = rules_deadline(rules)) <= then) {
		if (at > now)
			now = at;
		rules_tick(rules, now, WALL + now / 1000);
	}
	now = then;
}

static size_t
count(const struct rules *rules)
{
	struct alarm_change change;
	size_t n = 0;

	while (rules_alarm_at(rules, n, &change))
		n++;
	return n;
}

static struct rules *
begin(struct rule_conf *rule, const char *when)
{
	static struct constants none;
	static struct arena arena;
	struct errs errs = { .at = room };
	struct rules *rules;

	arena = (struct arena){ .at = memory, .cap = sizeof(memory) };
	rule->when = when;
	CHECK(rule_compile(rule, &none, &arena, &errs) == 0);
	rules = rules_new(rule, 1, &device, 1, &arena, &errs);
	CHECK(rules != NULL && errs.n == 0 && count(rules) == 1);
	now = 0;
	told[0] = '\0';
	rules_start(rules, now);
	rules_on_change(rules, changed, &point);
	return rules;
}

static void
play(struct rules *rules, const char *script)
{
	char copy[512], *at = copy, *word;

	snprintf(copy, sizeof(copy), "%s", script);
	while ((word = strsep(&at, " ")) != NULL) {
		char *end;
		long second = strtol(word, &end, 10);

		CHECK(*end != '\0' && at != copy);
		pass_until(rules, second * S);
		happen(rules, end);
	}
}

static struct rule_conf
rule_of(const struct story *s)
{
	return (struct rule_conf){ .name = "r", .on = "*", .class = (int)s->class,
	    .latching = s->latching, .deadband = s->deadband, .on_delay = s->on * S,
	    .off_delay = s->off * S, .zh = "", .en = "" };
}

static void
tell(const struct story *stories, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct rule_conf rule = rule_of(&stories[i]);

		play(begin(&rule, stories[i].when), stories[i].script);
		if (strcmp(told, stories[i].reads) != 0)
			fprintf(stderr, "%s: %s\n  got %s\n", stories[i].when,
			    stories[i].script, told);
		CHECK(strcmp(told, stories[i].reads) == 0);
	}
}

#define TELL(s)	tell(s, sizeof(s) / sizeof((s)[0]))

static void
limits_are_kept(void)
{
	static const struct story stories[] = {
		{ "p > 10", 0, 0, 0, 0, 0, "1=10 2=10.1 3=10", "2 UNACK 3 RTNUN" },
		{ "p >= 10", 0, 0, 0, 0, 0, "1=9.9 2=10 3=9.9", "2 UNACK 3 RTNUN" },
		{ "p < 3", 0, 0, 0, 0, 0, "1=3 2=2.9 3=3", "2 UNACK 3 RTNUN" },
		{ "p <= 3", 0, 0, 0, 0, 0, "1=3.1 2=3 3=3.1 4A", "2 UNACK 3 RTNUN 4 NORM" },
		/* the deadband lies on the normal side */
		{ "p > 10", 2, 0, 0, 0, 0, "1=9 2=10.5 3=8.1 4=8", "2 UNACK 4 RTNUN" },
		{ "p < 3", 1, 0, 0, 0, 0, "1=2 2=3.9 3=4", "1 UNACK 3 RTNUN" },
		{ "p >= 10", 2, 0, 0, 0, 0, "1=10 2=8 3=7.9", "1 UNACK 3 RTNUN" },
		/* one raise, one clear, however often it is read */
		{ "p > 10", 0, 0, 0, 0, 0, "1=11 2=12 3=13 4=1 5=1", "1 UNACK 4 RTNUN" },
		{ "p > 10", 0, 0, 0, 0, true, "1=11 2=1 3A 4R", "1 UNACK 2 LATUN 3 LATAK 4 NORM" },
	};

	TELL(stories);
}

/* 0.7 of an instrument that sends floats is 0.7, although the double nearest to
 * it is a little more. */
static void
a_float_is_compared_as_a_float(void)
{
	static const struct story stories[] = {
		{ "p >= 0.7", 0, 0, 0, CLASS_LIFE, 0, "1f0.7 2f0.69999", "1 UNACK 2 RTNUN" },
		{ "p > 0.3", 0, 0, 0, 0, 0, "1f0.3 2f0.30001 3f0.3", "2 UNACK 3 RTNUN" },
		{ "p < 0.7", 0, 0, 0, 0, 0, "1f0.7 2f0.69999", "2 UNACK" },
		{ "p <= 0.3", 0, 0, 0, 0, 0, "1f0.3", "1 UNACK" },
		{ "p > 0.3", 0.1, 0, 0, 0, 0, "1f0.31 2f0.21 3f0.2", "1 UNACK 3 RTNUN" },
	};

	TELL(stories);
}

static void
delays_hold_by_the_steady_clock(void)
{
	static const struct story stories[] = {
		{ "p > 10", 0, 10, 0, 0, 0, "5=11 10=11 14=11 16.", "15 UNACK" },
		{ "p > 10", 0, 10, 0, 0, 0, "5=11 10=9 14=11 19=11 25.", "24 UNACK" },
		{ "p > 10", 0, 0, 10, 0, 0, "5=11 10=9 15=9 21.", "5 UNACK 20 RTNUN" },
		{ "p > 10", 0, 0, 10, 0, 0, "5=11 10=9 15=11 19=9 24=9 28.", "5 UNACK" },
		/* a hold begins with the reading, not with the look at it */
		{ "p > 10", 0, 5, 0, 0, 0, "5=11 10=11", "10 UNACK" },
		/* within the deadband it is still true */
		{ "p > 10", 2, 10, 0, 0, 0, "5=11 10=9 15.", "15 UNACK" },
	};

	TELL(stories);
}

static void
a_gap_or_a_bad_reading_restarts_a_hold(void)
{
	static const struct story stories[] = {
		/* 13 s between readings of 5 s: more than one was missed */
		{ "p > 10", 0, 20, 0, 0, 0, "5=11 18=11 25=11 30=11 37=11 40.", "38 UNACK" },
		/* silence while it holds: no alarm by the passing of time alone */
		{ "p > 10", 0, 20, 0, 0, 0, "5=11 60.", "" },
		{ "p > 10", 0, 20, 0, 0, 0, "5=11 60=11 65=11 70=11 75=11 79=11 81.", "80 UNACK" },
		{ "p > 10", 0, 10, 0, 0, 0, "5=11 10! 12=11 17=11 21=11 23.", "22 UNACK" },
		/* and what the deadband would have kept begins no hold */
		{ "p > 10", 2, 10, 0, 0, 0, "5=11 10! 12=9 17=9 21=9 25=9 30.", "" },
		{ "p > 10", 2, 20, 0, 0, 0, "5=11 18=9 23=9 28=9 33=9 38=9 40.", "" },
		{ "p > 10", 2, 10, 0, 0, 0, "5=11 10=9 14=9 16.", "15 UNACK" },
		/* bad is not known: it neither raises nor clears */
		{ "p > 10", 0, 0, 0, 0, 0, "5=11 10! 15! 20=9", "5 UNACK 20 RTNUN" },
		{ "p < 10", 0, 0, 0, 0, 0, "5=11 10! 15!", "" },
		{ "p > 10", 0, 0, 10, 0, 0, "5=11 10=9 15! 17=9 22=9 26=9 28.", "5 UNACK 27 RTNUN" },
		/* uncertain counts, warming up does not */
		{ "p > 10", 0, 0, 0, 0, 0, "5w11 10?11", "10 UNACK" },
		{ "p > 10", 0, 0, 0, 0, 0, "5=11 10?9", "5 UNACK 10 RTNUN" },
		/* what may be of a minute ago ends no danger to life */
		{ "p > 10", 0, 0, 0, CLASS_LIFE, 0, "5?11 10?9 15?9 20=9", "5 UNACK 20 RTNUN" },
		{ "p > 10", 0, 0, 10, CLASS_LIFE, 0, "5=11 10=9 15?9 18=9 22=9 27=9 29.",
		  "5 UNACK 28 RTNUN" },
	};

	TELL(stories);
}

static void
gas_beyond_full_scale_is_gas(void)
{
	static const struct story stories[] = {
		{ "p > 10", 0, 0, 0, CLASS_LIFE, 0, "5^110 10^110 15=5", "5 UNACK 15 RTNUN" },
		{ "p > 10", 0, 0, 0, CLASS_PROCESS, 0, "5^110", "" },
		/* below zero scale it clears nothing */
		{ "p > 10", 0, 0, 0, CLASS_LIFE, 0, "5=11 10^-3 15!", "5 UNACK" },
	};

	TELL(stories);
}

/* Whatever class a rule has, and however it looks at it. */
static void
gas_beyond_full_scale_is_gas_in_every_class(void)
{
	static const struct story stories[] = {
		{ "p > 10", 0, 0, 0, CLASS_PROCESS, 0, "5^110 10^110 15=5", "5 UNACK 15 RTNUN" },
		{ "p > 10", 0, 0, 0, CLASS_ENVIRONMENT, 0, "5=11 10^-3 15!", "5 UNACK" },
		{ "p < 10", 0, 0, 0, CLASS_PROCESS, 0, "5^-3 10^110", "" },
		{ "any(d.p) > 10", 0, 0, 0, CLASS_PROCESS, 0, "5^110", "5 UNACK" },
		/* a window holds so much or more, until it has left */
		{ "mean(p, 30s) > 60", 0, 0, 0, CLASS_PROCESS, 0,
		  "5=0 10=0 15^110 20^110 25^110 30^110 35=0 40=0 45=0 50=0 55=0 60=0 65=0",
		  "25 UNACK 60 RTNUN" },
		{ "max(p, 30s) > 60", 0, 0, 0, CLASS_LIFE, 0, "5=0 10^110", "10 UNACK" },
		{ "min(p, 10s) < 60", 0, 0, 0, CLASS_PROCESS, 0, "5^0 10^0 15^0", "" },
		/* by how much it changed nobody knows, and it is no valid one */
		{ "delta(p, 10s) < 200", 0, 0, 0, CLASS_PROCESS, 0, "5^110 10^110 15^120", "" },
		{ "valid_share(p, 20s) < 50", 0, 0, 0, CLASS_PROCESS, 0,
		  "5^110 10^110 15^110 20^110 25^110", "25 UNACK" },
	};

	point.unit = unit_find("%LEL");
	TELL(stories);
	point.unit = NULL;
}

static void
old_readings_raise_and_clear_nothing(void)
{
	static const struct story stories[] = {
		{ "p > 10", 0, 0, 0, 0, 0, "5o11", "" },
		{ "p > 10", 0, 0, 0, 0, 0, "5=11 6o1 7=1", "5 UNACK 7 RTNUN" },
		{ "stale(p)", 0, 0, 0, 0, 0, "5=1 15o1 22.", "20 UNACK" },
	};

	TELL(stories);
}

static void
silence_is_an_alarm_of_its_own(void)
{
	static const struct story stories[] = {
		/* two periods and 5 s */
		{ "stale(p)", 0, 0, 0, 0, 0, "5=1 10=1 24. 26. 30=1", "25 UNACK 30 RTNUN" },
		{ "stale(p, 60s)", 0, 0, 0, 0, 0, "5=1 64. 66.", "65 UNACK" },
		/* never heard at all since the start */
		{ "stale(p)", 0, 0, 0, 0, 0, "100.", "15 UNACK" },
		/* a bad reading is no data */
		{ "stale(p)", 0, 0, 0, 0, 0, "5=1 10! 15! 22.", "20 UNACK" },
		/* one beyond its range is data */
		{ "stale(p)", 0, 0, 0, CLASS_LIFE, 0, "5=1 15^110 25^110 35^110 49. 51.", "50 UNACK" },
		{ "stale(p)", 0, 10, 0, 0, 0, "5=1 29. 31.", "30 UNACK" },
		{ "stale(p)", 0, 10, 0, 0, 0, "5=1 25=1 39.", "" },
		{ "stale(p)", 0, 0, 10, 0, 0, "30=1 35=1 41.", "15 UNACK 40 RTNUN" },
	};

	TELL(stories);
}

static void
a_dead_link_masks_only_its_stale_alarms(void)
{
	static const struct story stories[] = {
		{ "stale(p)", 0, 0, 0, 0, 0, "5=1 6D 40. 41U 42=1",
		    "6 DSUPR 20 DSUPR 42 DSUPR 42 NORM" },
		/* the line is back and the point stays silent: told then */
		{ "stale(p)", 0, 0, 0, 0, 0, "5=1 6D 40. 41U 60.", "6 DSUPR 20 DSUPR 56 UNACK" },
		/* it was told before: acknowledged stays acknowledged */
		{ "stale(p)", 0, 0, 0, 0, 0, "5=1 20. 21A 22D 23U",
		    "20 UNACK 21 ACKED 22 DSUPR 23 ACKED" },
		{ "stale(p)", 0, 0, 0, 0, 0, "5=1 6D 7U 8D 9U", "6 DSUPR 7 NORM 8 DSUPR 9 NORM" },
		{ "stale(p)", 0, 0, 0, CLASS_LIFE, 0, "5=1 6D 40.", "20 UNACK" },
		{ "p > 10", 0, 0, 0, 0, 0, "5=11 6D 7=12 8U", "5 UNACK" },
	};

	TELL(stories);
}

/* Its line is its own, and gone when it is: the alarm is all that people hear of it. */
static void
one_that_tells_by_itself_is_told_whatever_its_line_is(void)
{
	static const struct story stories[] = {
		{ "stale(p)", 0, 0, 0, 0, 0, "5=1 12D 40. 41U 42=1", "20 UNACK 42 RTNUN" },
		{ "stale(p)", 0, 0, 0, 0, 0, "5=1 6D 40. 41U 60.", "20 UNACK" },
		{ "stale(p)", 0, 0, 0, CLASS_LIFE, 0, "5=1 6D 40.", "20 UNACK" },
	};

	profile.pushes = true;
	TELL(stories);
	profile.pushes = false;
}

/* Half of the readings that a window should have make it known. */
static void
windows_are_full_before_they_speak(void)
{
	static const struct story stories[] = {
		{ "mean(p, 1min) > 10", 0, 0, 0, 0, 0,
		    "1=20 6=20 11=20 16=20 21=20 26=20 31=0 36=0 41=0 46=0 51=0 56=0 61=0",
		    "26 UNACK 56 RTNUN" },
		/* a box that has just begun: the first piece begins with what is read */
		{ "min(p, 30s) > 10", 0, 0, 0, 0, 0, "0=11 5=11 10=11 15=11", "10 UNACK" },
		{ "delta(p, 30s) > 10", 0, 0, 0, 0, 0, "0=11 5=11 10=11 15=11", "" },
		/* what was heard bounds the most, whatever was not */
		{ "max(p, 1min) > 10", 0, 0, 0, 0, 0, "1=11 6=1", "1 UNACK" },
		{ "min(p, 1min) > 10", 0, 0, 0, 0, 0, "1=11 6=11 11=11 16=11 21=11", "" },
		{ "min(p, 30s) > 10", 0, 0, 0, 0, 0, "1=11 6=11 11=11 16=1", "11 UNACK 16 RTNUN" },
		/* it leaves the window by itself */
		{ "max(p, 30s) > 10", 0, 0, 0, 0, 0,
		    "1=11 6=1 11=1 16=1 21=1 26=1 30. 40.", "1 UNACK 31 RTNUN" },
		{ "sum(p, 20s) > 10", 0, 0, 0, 0, 0, "1=5 6=5 11=5", "11 UNACK" },
		{ "count(p > 10, 1min) >= 2", 0, 0, 0, 0, 0, "1=5 2=11 3=12 4=5 5=11", "5 UNACK" },
		{ "count(p, 20s) >= 3", 0, 0, 0, 0, 0, "1=5 6=5 9! 11=5", "11 UNACK" },
		{ "delta(p, 30s) > 3", 0, 0, 0, 0, 0, "1=5 6=6 11=7 16=9", "16 UNACK" },
		{ "rate(p, 30s) > 1000", 0, 0, 0, 0, 0, "1=5 6=6 11=7 16=10", "16 UNACK" },
		{ "increase(p, 30s) == 7", 0, 0, 0, 0, 0, "1=5 6=8 11=2 16=4", "16 UNACK" },
		{ "percentile(p, 1min, 50) > 10", 0, 0, 0, 0, 0,
		    "1=1 6=90 11=90 16=1 21=1 26=18 31=20", "31 UNACK" },
		{ "mean(p > 10, 20s) > 0.5", 0, 0, 0, 0, 0, "1=11 6=11 11=1 16=1 21=1",
		    "6 UNACK 16 RTNUN" },
		/* bad readings are no figures, and silence makes it unknown */
		{ "mean(p, 20s) > 10", 0, 0, 0, 0, 0, "1=11 3=11 5! 7! 60=1", "3 UNACK" },
		{ "valid_share(p, 30s) < 75", 0, 0, 0, 0, 0,
		    "1=1 6=1 11=1 16! 21! 26! 31! 36=1", "31 UNACK" },
	};

	TELL(stories);
}

static void
figures_are_held_against_those_before(void)
{
	static const struct story stories[] = {
		{ "stuck(p, 20s)", 0, 0, 0, 0, 0, "1=5 6=5 11=5 16=5 21=5 26=6",
		    "21 UNACK 26 RTNUN" },
		{ "stuck(p, 20s, 0.5)", 0, 0, 0, 0, 0, "1=5 6=5.2 11=5.5 16=5.1 21=5 26=5.6",
		    "21 UNACK 26 RTNUN" },
		/* nobody knows what was in a gap */
		{ "stuck(p, 20s)", 0, 0, 0, 0, 0, "1=5 6=5 11! 16=5 21=5 26=5 31=5", "" },
		{ "stuck(p, 20s)", 0, 0, 0, 0, 0, "1=5 6=5 20=5 25=5 30=5 39=5 40=5", "40 UNACK" },
		{ "jump(p) > 5", 0, 0, 0, 0, 0, "1=5 6=11 11=11", "6 UNACK 11 RTNUN" },
		{ "jump(p) > 5", 0, 0, 0, 0, 0, "1=5 6! 11=11 16=5", "16 UNACK" },
	};

	TELL(stories);
}

static void
conditions_hold_for_a_time(void)
{
	static const struct story stories[] = {
		{ "for(p > 10, 12s)", 0, 0, 0, 0, 0, "1=11 6=11 11=11 13. 14=5",
		    "13 UNACK 14 RTNUN" },
		{ "for(p > 10, 12s)", 0, 0, 0, 0, 0, "1=11 20=11 25=11 30=11 33.", "13 UNACK" },
		{ "for(p > 10, 14s)", 0, 0, 0, 0, 0, "1=11 20=11 25=11 30=11 35. 36=1",
		    "34 UNACK 36 RTNUN" },
		{ "for(p > 10, 12s)", 0, 0, 0, 0, 0, "1=11 6! 8=11 12=11 16=11 21=11", "20 UNACK" },
		{ "for(p > 10, 12s) and p < 20", 0, 5, 0, 0, 0, "1=11 6=11 11=11 16=11 19.",
		    "18 UNACK" },
		{ "since(p > 10) > 20s", 0, 0, 0, 0, 0, "1=11 5=1 10=1 15=1 20=1 24=1 25. 27. 28=11",
		    "26 UNACK 28 RTNUN" },
		/* never is at least since the start */
		{ "since(p > 10) > 20s", 0, 0, 0, 0, 0, "1=1 6=1 11=1 16=1 21=1 24.", "22 UNACK" },
		{ "age(p) > 20s", 0, 0, 0, 0, 0, "1=1 30=1", "22 UNACK 30 RTNUN" },
	};

	TELL(stories);
}

/* One that warms up answers; one that does so for too long is at fault. */
static void
an_instrument_that_warms_up_is_no_silence(void)
{
	static const struct story stories[] = {
		{ "stale(p)", 0, 0, 0, CLASS_LIFE, 0, "5=1 10w5 20w5 30w5 44. 46.", "45 UNACK" },
		{ "p >= 5", 0, 0, 0, CLASS_LIFE, 0, "5=1 10w9 15w9 20=6", "20 UNACK" },
		{ "for(warming(p), 20s)", 0, 0, 0, 0, 0, "5=1 10w9 15w9 25w9 30w9 35=1",
		    "30 UNACK 35 RTNUN" },
		{ "failed(p)", 0, 0, 0, 0, 0, "5=1 10x 15=1", "10 UNACK 15 RTNUN" },
		/* what is not heard says nothing */
		{ "failed(p)", 0, 0, 0, 0, 0, "5=1 10x 15! 20! 25=1", "10 UNACK 25 RTNUN" },
		{ "age(p) > 20", 0, 0, 0, 0, 0, "1w5 6w5 11w5 16w5 20. 22.", "21 UNACK" },
	};

	TELL(stories);
}

/* WALL is 22:13:20 of a Tuesday in UTC; midnight 6400 s later. */
static void
what_came_today_is_counted(void)
{
	static const struct story stories[] = {
		{ "count_today(p > 10) >= 2", 0, 0, 0, 0, 0, "1=11 6=1 11=11 16=1 6390. 6401.",
		    "11 UNACK 6400 RTNUN" },
		/* a gap is no coming, and what stands at midnight came yesterday */
		{ "count_today(p > 10) >= 2", 0, 0, 0, 0, 0, "1=11 60=11 65! 70=11", "" },
		{ "count_today(p > 10) >= 1", 0, 0, 0, 0, 0, "6395=11 6405=11 6409=11",
		    "6395 UNACK 6400 RTNUN" },
	};

	TELL(stories);
}

/* 19675 is 2023-11-14; the rule hangs on no reading at all. */
static void
a_day_comes_without_a_reading(void)
{
	static const struct story stories[] = {
		{ "date() > 19675", 0, 0, 0, 0, 0, "6390. 6401.", "6400 UNACK" },
		{ "date() > 19674", 0, 0, 0, 0, 0, "1.", "0 UNACK" },
		{ "date() > 19674 and p > 3", 0, 0, 0, 0, 0, "1=5", "1 UNACK" },
	};

	TELL(stories);
}

/* WALL is 22:13:20 of a Tuesday in UTC. */
static void
the_clock_on_the_wall_is_asked(void)
{
	static const struct story stories[] = {
		{ "between('22:14', '22:15') and p > 1", 0, 0, 0, 0, 0,
		    "1=5 35=5 39=5 60=5 95=5 101.", "40 UNACK 100 RTNUN" },
		{ "between('22:14', '06:00') and p > 1", 0, 0, 0, 0, 0, "1=5 35=5 41.", "40 UNACK" },
		{ "not between('06:00', '22:14') and p > 1", 0, 0, 0, 0, 0, "1=5 35=5 41.",
		    "40 UNACK" },
		{ "weekday('tue') and p > 1", 0, 0, 0, 0, 0, "1=5", "1 UNACK" },
		{ "weekday('mon,wed-sun') and p > 1", 0, 0, 0, 0, 0, "1=5", "" },
		{ "weekday('sat-tue') and p > 1", 0, 0, 0, 0, 0, "1=5", "1 UNACK" },
	};

	TELL(stories);
}

/* A shop that is open from ten to twelve, but on Sundays: what it usually does is known
 * after three days, and of Sundays after two weeks. */
static void
business_hours_are_learnt(void)
{
	struct rule_conf rule = rule_of(&(struct story){ .on = 0 });
	const struct zone utc = { .n = 0 };
	struct alarm_change c;
	struct rules *rules;

	device.conf.period = 300 * S;
	rules = begin(&rule, "open_hours(p == 1)");
	for (int step = 0; step < 29 * 24 * 12; step++) {
		int64_t wall;
		int minute, day;
		bool sunday;

		pass_until(rules, (int64_t)step * 300 * S + 1000);
		wall = WALL + now / 1000;
		minute = zone_minute(&utc, wall);
		sunday = zone_weekday(&utc, wall) == 6;
		hear(rules, Q_GOOD, minute >= 600 && minute < 720 && !sunday ? "1" : "0", 0);
		day = step / (24 * 12);
		CHECK(rules_alarm_at(rules, 0, &c));
		if (day < 3)
			CHECK(!c.alarm->active);
		else if (minute >= 606 && minute < 714 && !(sunday && day < 15))
			CHECK(c.alarm->active == !sunday);
		else if (minute >= 726 || minute < 594)
			CHECK(!c.alarm->active);
	}
	device.conf.period = 5 * S;
}

static void
hours_may_be_figures(void)
{
	static const struct { const char *when; double from, to; } cases[] = {
		{ "daytime(10.5, 13.5) and p >= 0", 10.5, 13.5 },
		{ "daytime(22, 2.25) and p >= 0", 22, 2.25 },
		{ "daytime(20, 24) and p >= 0", 20, 24 },
		{ "daytime(8 + 1 / 3, 9) and p >= 0", 8 + 1.0 / 3, 9 },
		{ "daytime(7, 7) and p >= 0", 7, 7 },
	};
	const struct zone utc = { .n = 0 };

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct rule_conf rule = rule_of(&(struct story){ .on = 0 });
		struct rules *rules = begin(&rule, cases[i].when);
		struct alarm_change c;

		for (int step = 0; step < 2 * 24 * 60; step++) {
			int minute, from = (int)lround(cases[i].from * 60),
			    to = (int)lround(cases[i].to * 60);

			pass_until(rules, (int64_t)step * 60 * S + 1000);
			minute = zone_minute(&utc, WALL + now / 1000);
			hear(rules, Q_GOOD, "0", 0);
			CHECK(rules_alarm_at(rules, 0, &c));
			CHECK(c.alarm->active == (from <= to ? minute >= from && minute < to :
			    minute >= from || minute < to));
		}
	}
}

/* Against the same reckoned plainly: of the days before, the second highest mean. */
static void
a_good_state_is_learnt(void)
{
	static double means[200];
	struct rule_conf rule = rule_of(&(struct story){ .on = 0 });
	const struct zone utc = { .n = 0 };
	int64_t first = 0, day = 0, before = 0;
	double sum = 0, p, high, second;
	struct alarm_change c;
	uint32_t chance = 1, said = 0;
	struct rules *rules;
	char text[32];
	size_t n = 0, seen;

	device.conf.period = 300 * S;
	rules = begin(&rule, "p < 0.6 * learnt(p, p > 2)");
	for (int step = 0; step < 180 * 24 * 2; step++) {
		pass_until(rules, (int64_t)step * 1800 * S + 1000);
		day = zone_date(&utc, WALL + now / 1000);
		first = step == 0 ? day : first;
		if (step > 0 && day != before) {
			means[before - first] = n >= 10 ? (double)(float)(sum / (double)n) : 0;
			sum = 0;
			n = 0;
		}
		before = day;
		chance = chance * 1103515245 + 12345;
		/* a week in which it hardly runs, and one odd day */
		p = (day - first) % 30 > 23 ? 1 : (chance >> 16) % 1000 / 100.0 +
		    (day - first == 40 ? 90 : 0);
		snprintf(text, sizeof(text), "%.2f", p);
		hear(rules, Q_GOOD, text, 0);
		sum += p > 2 ? p : 0;
		n += p > 2;
		high = second = 0;
		seen = 0;
		for (int64_t d = day - 89 > first ? day - 89 : first; d < day; d++) {
			double mean = means[d - first];

			seen += mean > 0;
			second = mean > high ? high : mean > second ? mean : second;
			high = mean > high ? mean : high;
		}
		CHECK(rules_alarm_at(rules, 0, &c));
		if (seen >= 3 && fabs(p - 0.6 * second) > 1e-3)
			CHECK(c.alarm->active == (p < 0.6 * second));
		CHECK(seen >= 3 || !c.alarm->active);
		said += c.alarm->active;
	}
	CHECK(said > 100);
	device.conf.period = 5 * S;
}

/* The clock is set: within a minute, and with each reading, the day is that of
 * now; beyond 2038 as before. */
static void
the_clock_may_be_set(void)
{
	static const struct zone_change changes[] = { { 4000000000000LL, 3600000 } };
	static const struct zone zone = { changes, 1, 8 * 3600000 };
	struct rule_conf rule = rule_of(&(struct story){ .on = 0 });
	struct rules *rules = begin(&rule, "between('06:00', '07:00') and p > 1");
	struct reading r = { .series = 7, .value = { .kind = VALUE_F64, .d = 5 } };
	/* 06:13:20 at +8, then at +1 in 2096 */
	const int64_t walls[] = { WALL, WALL - 3600000, 4000000000000LL - 3 * 3600000,
	    3999999999999LL + 22 * 3600000 + 500000 };
	const bool in[] = { true, false, false, true };

	rules_in_zone(rules, &zone);
	for (size_t i = 0; i < sizeof(walls) / sizeof(walls[0]); i++) {
		struct alarm_change c;

		now += 5 * S;
		r.mono = now;
		r.time = walls[i];
		rules_take(rules, &r, now, walls[i]);
		CHECK(rules_alarm_at(rules, 0, &c) && c.alarm->active == in[i]);
		CHECK(rules_deadline(rules) <= now + 60 * S);
	}
}

static void
interval(struct rules *rules, enum statistic_span span, int64_t len, double mean)
{
	const struct statistic s = { .series = 7, .span = (uint8_t)span, .to = WALL + now / 1000,
	    .from = WALL + now / 1000 - len, .mean = mean, .min = mean - 1, .max = mean + 1,
	    .amount = 2 * mean, .valid = 995 };

	rules_statistic(rules, &s, now, s.to);
}

/* The mean that is judged is the one that is uploaded; readings say nothing. */
static void
statistics_are_judged_as_they_are_told(void)
{
	static const struct { const char *when; double deadband; int results; const char *reads; }
	rows[] = {
		{ "mean(p, clock 10min) > 10", 0, 1, "600 UNACK 1200 RTNUN 1800 UNACK" },
		{ "mean(p, clock 10min) > 10", 0, 2, "2400 UNACK" },
		{ "mean(p, clock 10min) > 10", 6, 1, "600 UNACK" },
		{ "max(p, clock 10min) > 13", 0, 1, "2400 UNACK" },
		{ "min(p, clock 10min) > 11", 0, 1, "2400 UNACK" },
		{ "increase(p, clock 10min) > 25", 0, 1, "2400 UNACK" },
		{ "valid_share(p, clock 10min) >= 99.5", 0, 1, "600 UNACK" },
		{ "mean(p, clock 1h) > 10", 0, 1, "2400 UNACK" },
		{ "mean(p, clock 1d) > 10", 0, 1, "" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct rule_conf rule = rule_of(&(struct story){ .deadband = rows[i].deadband });
		struct rules *rules;
		const double means[] = { 12, 5, 12, 13 };

		rule.results = rows[i].results;
		rules = begin(&rule, rows[i].when);
		for (int k = 0; k < 4; k++) {
			pass_until(rules, (k * 600 + 590) * S);
			hear(rules, Q_GOOD, "99", 0);
			pass_until(rules, (k + 1) * 600 * S);
			interval(rules, STATISTIC_MINUTE, 600000, means[k]);
		}
		interval(rules, STATISTIC_HOUR, 3600000, 11);
		if (strcmp(told, rows[i].reads) != 0)
			fprintf(stderr, "%s: %s\n", rows[i].when, told);
		CHECK(strcmp(told, rows[i].reads) == 0);
	}
}

static void
what_clears_may_be_another_condition(void)
{
	struct rule_conf rule = rule_of(&(struct story){ .off = 5 });
	struct rules *rules;

	rule.clear = "p < 5 and p != 3";
	rules = begin(&rule, "p > 10");
	play(rules, "1=11 5=7 9=3 13=4 17=4 21=4 22=11");
	CHECK(strcmp(told, "1 UNACK 18 RTNUN 22 UNACK") == 0);
}

/* It ends an alarm and carries no hold: what raises must hold all of on_delay, and what
 * clears all of off_delay. */
static void
what_clears_carries_no_hold(void)
{
	static const struct { const char *when, *script, *reads; int on, off; } rows[] = {
		{ "p > 10", "1=11 3=7 5=7 9=7 13=7 17=7", "", 10, 0 },
		{ "p > 10", "1=11 3=7 5=11 9=11 13=11 16.", "15 UNACK", 10, 0 },
		{ "p > 10", "1=11 3! 5=7 9=7 13=7 17=7", "", 10, 0 },
		{ "p > 10", "1=11 3=4 5=7 9=7 13=7 17=7", "1 UNACK", 0, 10 },
		{ "p > 10", "1=11 3=4 5=7 9=4 13=4 17=4 20.", "1 UNACK 19 RTNUN", 0, 10 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct rule_conf rule = rule_of(&(struct story){ .on = rows[i].on,
		    .off = rows[i].off });

		rule.clear = "p < 5";
		play(begin(&rule, rows[i].when), rows[i].script);
		if (strcmp(told, rows[i].reads) != 0)
			fprintf(stderr, "%s: got %s\n", rows[i].script, told);
		CHECK(strcmp(told, rows[i].reads) == 0);
	}
}

static void
several_results_in_a_row_raise(void)
{
	struct rule_conf rule = rule_of(&(struct story){ .on = 0 });
	struct rules *rules;
	struct reading r = { .series = 7, .value = { .kind = VALUE_F64, .d = 11 },
	    .quality = { .flags = QF_HELD } };

	rule.results = 3;
	rules = begin(&rule, "p > 10");
	play(rules, "1=11 2=11 3=9 4=11 5=11");
	r.mono = now = 6 * S;
	r.time = WALL + 6000;
	rules_take(rules, &r, now, r.time);	/* the result of before, told again */
	CHECK(told[0] == '\0');
	play(rules, "7=11 8=9 9=11");
	CHECK(strcmp(told, "7 UNACK 8 RTNUN") == 0);
}

static void
the_wall_clock_moves_nothing(void)
{
	struct rule_conf rule = rule_of(&(struct story){ .on = 10 });
	struct rules *rules = begin(&rule, "p > 10");
	struct reading r = { .series = 7, .value = { .kind = VALUE_F64, .d = 11 } };

	/* a year forward, a day back, between and within the readings */
	for (int second = 1; second <= 12; second++) {
		int64_t wall = WALL + (second % 2 != 0 ? 31536000000LL : -86400000LL);

		now = second * S;
		r.mono = now;
		r.time = wall;
		rules_take(rules, &r, now, wall);
		rules_tick(rules, now, -wall);
	}
	CHECK(strcmp(told, "11 UNACK") == 0);
}

static void
restored_alarms_go_on(void)
{
	static const struct {
		const char	*when, *script, *reads;
		struct alarm	 was;
	} rows[] = {
		{ "p > 10", "5=11 10=1", "10 RTNUN", { .active = true, .unacked = true } },
		{ "p > 10", "5=11 10=1", "10 NORM", { .active = true } },
		{ "p > 10", "5=1", "", { .unacked = true } },
		{ "stale(p)", "60. 61=1", "61 NORM", { .active = true } },
		{ "stale(p)", "1U 2=1", "2 DSUPR 2 NORM",
		    { .active = true, .untold = true, .masks = ALARM_SUPPRESSED } },
		/* the rule waited for data yesterday: its mask goes */
		{ "p > 10", "1.", "0 UNACK", { .active = true, .untold = true,
		    .masks = ALARM_SUPPRESSED } },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct rule_conf rule = rule_of(&(struct story){ .on = 0 });
		struct rules *rules = begin(&rule, rows[i].when);

		CHECK(rules_restore(rules, "r", "d", &rows[i].was) == 0);
		play(rules, rows[i].script);
		if (strcmp(told, rows[i].reads) != 0)
			fprintf(stderr, "row %zu: got %s\n", i, told);
		CHECK(strcmp(told, rows[i].reads) == 0);
	}
}

static void
unknown_alarms_are_said(void)
{
	struct rule_conf rule = rule_of(&(struct story){ .on = 0 });
	struct rules *rules = begin(&rule, "p > 10");
	struct alarm was = { .active = true };

	CHECK(rules_restore(rules, "q", "d", &was) == -1);
	CHECK(rules_restore(rules, "r", "e", &was) == -1);
	CHECK(rules_step(rules, "q", "d", ALARM_EV_ACK, 0, "me", 0) == STEP_UNKNOWN);
	CHECK(rules_step(rules, "r", "d", ALARM_EV_ACK, 0, "me", 0) == STEP_NOTHING);
	CHECK(rules_step(rules, "r", "d", ALARM_EV_MASK, ALARM_SHELVED, "me", 0) == STEP_DONE);
}

static void
life_is_never_shelved(void)
{
	struct rule_conf rule = rule_of(&(struct story){ .class = CLASS_LIFE });
	struct rules *rules = begin(&rule, "p > 10");
	struct alarm was = { .active = true, .masks = ALARM_SHELVED };

	CHECK(rules_step(rules, "r", "d", ALARM_EV_MASK, ALARM_SHELVED, "me", 0) ==
	    STEP_FORBIDDEN);
	CHECK(rules_restore(rules, "r", "d", &was) == 0);
	rules_tick(rules, 0, WALL);
	CHECK(strcmp(told, "0 ACKED") == 0);
}

static void
standing_alarms_are_listed(void)
{
	struct rule_conf rule = rule_of(&(struct story){ .latching = true });
	struct rules *rules = begin(&rule, "p > 10");
	struct alarm_change c;

	CHECK(!rules_standing(rules, 0, &c));
	play(rules, "5=11");
	CHECK(rules_standing(rules, 0, &c) && !rules_standing(rules, 1, &c));
	CHECK(c.alarm->active && c.value.d == 11 && strcmp(c.rule->name, "r") == 0);
	play(rules, "6=1 7A 8R");
	CHECK(!rules_standing(rules, 0, &c));
}

static void
disabled_points_are_out_of_service(void)
{
	struct rule_conf rule = rule_of(&(struct story){ .on = 0 });
	struct rules *rules;

	tap.block = BLOCK_NONE;
	rules = begin(&rule, "stale(p)");
	play(rules, "40.");
	tap.block = 0;
	CHECK(strcmp(told, "0 OOSRV 15 OOSRV") == 0);
}

/* Many watches, each due at its own moment: none is early, late or lost. */
static void
many_are_due_in_order(void)
{
	enum { N = 500 };
	static struct device many[N];
	static struct tap taps[N];
	static char names[N][8];
	static unsigned char more[1 << 20] __attribute__((aligned(16)));
	struct arena arena = { .at = more, .cap = sizeof(more) };
	struct errs errs = { .at = room };
	struct rule_conf rule = rule_of(&(struct story){ .on = 0 });
	struct constants none = { NULL, 0 };
	struct rules *rules;
	int64_t last = 0;
	struct alarm_change c;

	for (int i = 0; i < N; i++) {
		many[i] = device;
		snprintf(names[i], sizeof(names[i]), "d%d", i);
		many[i].conf.name = names[i];
		many[i].conf.period = (1 + (i * 7919) % 1000) * S;
		taps[i].series = (uint32_t)(1 + (i * 31) % N);
		many[i].taps = &taps[i];
	}
	rule.when = "stale(p)";
	CHECK(rule_compile(&rule, &none, &arena, &errs) == 0);
	rules = rules_new(&rule, 1, many, N, &arena, &errs);
	rules_start(rules, 0);
	rules_tick(rules, 0, WALL);
	for (int i = 0; i < N; i++) {
		int64_t at = rules_deadline(rules);

		if (at == INT64_MAX)
			break;
		CHECK(at >= last);
		last = at;
		rules_tick(rules, at, WALL + at / 1000);
	}
	CHECK(rules_deadline(rules) == INT64_MAX);
	for (size_t i = 0; i < N; i++) {
		CHECK(rules_standing(rules, i, &c));
		CHECK(c.time - WALL == (2 * c.device->conf.period + 5 * S) / 1000);
	}
	CHECK(!rules_standing(rules, N, &c));
}

/* A rule is on the devices that its pattern fits and on no other, by whatever
 * way they are found. */
static void
a_rule_is_on_what_its_pattern_fits(void)
{
	enum { N = 256 };
	static const char *const patterns[] = { "*", "?", "a*", "*a", "ab*", "b?b", "abba", "zz*",
	    "abbaa", "a*b", "??", "*a*", "ab?a", "bbbb", "a", "bbbb*", "", "*ab", "?bb*" };
	static unsigned char more[1 << 20] __attribute__((aligned(16)));
	static struct device many[N];
	static struct tap taps[N];
	static char names[N][12];
	struct rule_conf rule = rule_of(&(struct story){ .on = 0 });
	struct constants none = { NULL, 0 };

	for (int i = 0; i < N; i++) {	/* 1 to 8 of a and b, in no order */
		int k = (i * 37 + 11) % N + 1, at = 0;

		for (; k > 1; k /= 2)
			names[i][at++] = "ab"[k % 2];
		names[i][at] = '\0';
		many[i] = device;
		many[i].conf.name = names[i][0] != '\0' ? names[i] : "c";
		taps[i].series = (uint32_t)i + 1;
		many[i].taps = &taps[i];
	}
	for (size_t p = 0; p < sizeof(patterns) / sizeof(patterns[0]); p++) {
		struct arena arena = { .at = more, .cap = sizeof(more) };
		struct errs errs = { .at = room };
		struct rules *rules;
		size_t hits = 0;

		memset(more, 0, sizeof(more));
		rule.on = patterns[p];
		rule.when = "p > 1";
		CHECK(rule_compile(&rule, &none, &arena, &errs) == 0);
		rules = rules_new(&rule, 1, many, N, &arena, &errs);
		for (int i = 0; i < N; i++)
			hits += glob_match(rule.on, many[i].conf.name);
		CHECK((rules == NULL) == (hits == 0) && (errs.n == 0) == (hits > 0));
		if (rules == NULL)
			continue;
		CHECK(count(rules) == hits);
		rules_start(rules, 0);
		for (int i = 0; i < N; i++) {
			bool fits = glob_match(rule.on, many[i].conf.name);

			CHECK(rules_watch_series(rules, taps[i].series) == fits);
			CHECK((rules_step(rules, "r", many[i].conf.name, ALARM_EV_ACK, 0, "me",
			    WALL) == STEP_NOTHING) == fits);
		}
		CHECK(rules_step(rules, "q", "a", ALARM_EV_ACK, 0, "me", WALL) == STEP_UNKNOWN);
	}
}

/* The rules of the next configuration, beside those of now. */
static struct rules *
renew(const struct rules *was, struct rule_conf *rule, const char *when, bool same)
{
	static unsigned char more[2][1 << 16] __attribute__((aligned(16)));
	static struct constants none;
	static unsigned turn;
	const struct device *twin = same ? &device : NULL;
	struct arena arena = { .at = more[turn++ % 2], .cap = sizeof(more[0]) };
	struct errs errs = { .at = room };
	struct rules *rules;

	memset(arena.at, 0, arena.cap);
	rule->when = when;
	CHECK(rule_compile(rule, &none, &arena, &errs) == 0);
	rules = rules_new(rule, 1, &device, 1, &arena, &errs);
	CHECK(rules != NULL);
	rules_start(rules, now);
	rules_take_over(rules, was, &device, &twin);
	rules_on_change(rules, changed, &point);
	return rules;
}

/* At 5 s the configuration is read anew: what did not change goes on, and what
 * did keeps its facts and begins its delay anew. */
static void
rules_that_stay_go_on_and_changed_ones_keep_their_facts(void)
{
	static const struct { const char *before, *when, *after, *reads; double deadband; bool same; }
	rows[] = {
		{ "0=7 4=7", "p > 5", "8=7 12=7", "10 UNACK", 0, true },
		{ "0=7 4=7", "p > 6", "8=7 12=7 16=7 20=7", "18 UNACK", 0, true },
		{ "0=7 4=7", "p > 5", "8=7 12=7 16=7 20=7", "18 UNACK", 1, true },
		{ "0=7 4=7", "p > 5", "8=7 12=7 16=7 20=7", "18 UNACK", 0, false },
	};
	static const struct story story = { .on = 10 };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct rule_conf old = rule_of(&story), new = old;
		struct rules *rules = begin(&old, "p > 5");

		play(rules, rows[i].before);
		pass_until(rules, 5 * S);
		new.deadband = rows[i].deadband;
		rules = renew(rules, &new, rows[i].when, rows[i].same);
		play(rules, rows[i].after);
		if (strcmp(told, rows[i].reads) != 0)
			fprintf(stderr, "%zu: %s\n", i, told);
		CHECK(strcmp(told, rows[i].reads) == 0);
	}
}

static void
standing_alarms_go_over_into_the_next_rules(void)
{
	static const struct story story = { .latching = true };
	struct rule_conf old = rule_of(&story), new = old;
	struct rules *rules = begin(&old, "p > 5");
	struct alarm_change c;

	play(rules, "0=7 1A 2=1");
	CHECK(strcmp(told, "0 UNACK 1 ACKED 2 LATAK") == 0);
	rules = renew(rules, &new, "p > 6", true);
	CHECK(rules_standing(rules, 0, &c) && !rules_standing(rules, 1, &c));
	CHECK(alarm_state(c.alarm) == ALARM_LATAK && c.value.d == 1);
	CHECK(rules_have(rules, "r", "d") && !rules_have(rules, "r", "e"));
	play(rules, "3R 4=7");
	CHECK(strcmp(told, "0 UNACK 1 ACKED 2 LATAK 3 NORM 4 UNACK") == 0);
	new.class = CLASS_LIFE;
	rules = renew(rules, &new, "p > 5", true);
	play(rules, "5=1");
	CHECK(strcmp(told, "0 UNACK 1 ACKED 2 LATAK 3 NORM 4 UNACK 5 LATUN") == 0);
}

/* What was counted of a silence is not counted again. */
static void
silence_is_counted_over_a_new_configuration(void)
{
	static const struct story story = { .on = 0 };
	struct rule_conf old = rule_of(&story), new = old;
	struct rules *rules = begin(&old, "stale(p, 20s)");

	play(rules, "0=7 5=7");
	pass_until(rules, 15 * S);
	rules = renew(rules, &new, "stale(p, 20s)", true);
	pass_until(rules, 60 * S);
	CHECK(strcmp(told, "25 UNACK") == 0);
}

/* What stands now, in both languages with a blank between. */
static const char *
text_now(const struct rules *rules)
{
	static char both[600];
	struct alarm_change c;
	char zh[256];

	CHECK(rules_alarm_at(rules, 0, &c));
	rule_text(&c, "en", both, 256);
	snprintf(both + strlen(both), 300, "|%s", rule_text(&c, "zh", zh, sizeof(zh)));
	return both;
}

#define SAYS(rules, text) do { \
	if (strcmp(text_now(rules), text) != 0) \
		fprintf(stderr, "got %s\n", text_now(rules)); \
	CHECK(strcmp(text_now(rules), text) == 0); \
} while (0)

/* The figure by which it came stays while its point says nothing; that of the going,
 * when it went.  One that would already contradict it does not take its place. */
static void
a_figure_stays_while_its_point_says_nothing(void)
{
	static const struct story story = { .off = 4 };
	struct rule_conf rule = rule_of(&story);
	struct rules *rules = begin(&rule, "p > 2");

	play(rules, "1x");
	SAYS(rules, "d: r: p -|d:r:p -");
	play(rules, "2=1 3=3.4 4=3.5");
	SAYS(rules, "d p 3.5, above 2|d p 3.5,高于设定值 2");
	play(rules, "5x");
	SAYS(rules, "d p 3.5, above 2 (no value now)|d p 3.5,高于设定值 2(当前无数据)");
	play(rules, "6=1.5 7!");
	SAYS(rules, "d p 3.5, above 2 (no value now)|d p 3.5,高于设定值 2(当前无数据)");
	play(rules, "8=1.4 12=1.2");
	CHECK(strcmp(told, "3 UNACK 12 RTNUN") == 0);
	play(rules, "13x");
	SAYS(rules, "d p 1.2, back to normal, no longer above 2 (no value now)|"
	    "d p 1.2,恢复正常,不再高于设定值 2(当前无数据)");
}

/* What stands now, and what the journal gets of it, into new rules. */
static struct rules *
again(const struct rules *was, struct rule_conf *rule, const char *when)
{
	struct alarm_ground ground;
	struct alarm_change c;
	struct alarm alarm;
	struct rules *rules;

	CHECK(rules_alarm_at(was, 0, &c));
	ground = c.ground;
	alarm = *c.alarm;
	rules = begin(rule, when);
	CHECK(rules_restore(rules, "r", "d", &alarm) == 0);
	rules_restore_ground(rules, "r", "d", &ground);
	return rules;
}

static void
a_figure_outlives_a_restart(void)
{
	struct rule_conf rule = rule_of(&(struct story){ .on = 0 });
	struct rules *rules = begin(&rule, "p > 2");

	play(rules, "1=3.4");
	rules = again(rules, &rule, "p > 2");
	/* nothing was heard, and so nothing bad */
	SAYS(rules, "d p 3.4, above 2|d p 3.4,高于设定值 2");
	play(rules, "1x");
	SAYS(rules, "d p 3.4, above 2 (no value now)|d p 3.4,高于设定值 2(当前无数据)");
	rules = again(rules, &rule, "p > 2");
	play(rules, "1A");
	SAYS(rules, "d p 3.4, above 2|d p 3.4,高于设定值 2");
	/* a limit of today takes the place of that of yesterday, once it is known */
	rules = again(rules, &rule, "p > 3");
	play(rules, "1=3.3");
	SAYS(rules, "d p 3.3, above 3|d p 3.3,高于设定值 3");
	rule.en = rule.zh = "mean {figure}, now {value}, above {limit}";
	rules = begin(&rule, "mean(p, 10s) > 2");
	play(rules, "0=3 5=4 10=5 12x");
	SAYS(rules, "mean 4.5, now 5.0, above 2 (no value now)|"
	    "mean 4.5, now 5.0, above 2(当前无数据)");
	rules = again(rules, &rule, "mean(p, 10s) > 2");
	SAYS(rules, "mean 4.5, now 5.0, above 2|mean 4.5, now 5.0, above 2");
	/* a figure of another series is none of this point */
	tap.series = 8;
	rules = again(rules, &rule, "mean(p, 10s) > 2");
	tap.series = 7;
	SAYS(rules, "mean 4.5, now -, above 2|mean 4.5, now -, above 2");
}

static void
a_figure_goes_over_into_the_next_rules(void)
{
	static const struct story story = { .off = 60 };
	struct rule_conf old = rule_of(&story), new = old;
	struct rules *rules = begin(&old, "p > 2");

	play(rules, "1=3.4 2x");
	rules = renew(rules, &new, "p > 2", true);
	SAYS(rules, "d p 3.4, above 2 (no value now)|d p 3.4,高于设定值 2(当前无数据)");
	new.class = CLASS_LIFE;
	rules = renew(rules, &new, "p > 3", true);
	SAYS(rules, "d: r: p 3.4 (no value now)|d:r:p 3.4(当前无数据)");
	play(rules, "3.");
	SAYS(rules, "d p 3.4, above 3 (no value now)|d p 3.4,高于设定值 3(当前无数据)");
}

/* Gas that falls below the higher limit alone is not gone. */
static void
what_goes_is_no_good_news_while_others_stand(void)
{
	static const struct story story = { .off = 10 };
	struct rule_conf both[2] = { rule_of(&story), rule_of(&story) };
	static struct constants none;
	static struct arena arena;
	struct errs errs = { .at = room };
	struct rules *rules;

	arena = (struct arena){ .at = memory, .cap = sizeof(memory) };
	both[0].when = "p > 50";
	both[1].when = "p > 25";
	both[1].name = "low";
	for (size_t i = 0; i < 2; i++)
		CHECK(rule_compile(&both[i], &none, &arena, &errs) == 0);
	rules = rules_new(both, 2, &device, 1, &arena, &errs);
	CHECK(rules != NULL && errs.n == 0);
	now = 0;
	rules_start(rules, now);
	play(rules, "1=60 5=60 10=30 15=30 20=30 25=30");
	SAYS(rules, "d p 30.0, no longer above 50; still in alarm: low|"
	    "d p 30.0,不再高于设定值 50;仍在报警:low");
	/* its cause is gone, although its delay still runs */
	play(rules, "30=2");
	SAYS(rules, "d p 2.0, back to normal, no longer above 50|"
	    "d p 2.0,恢复正常,不再高于设定值 50");
}

int
main(void)
{
	point.raw = raw_find("f64");
	RUN(limits_are_kept);
	RUN(a_float_is_compared_as_a_float);
	RUN(delays_hold_by_the_steady_clock);
	RUN(a_gap_or_a_bad_reading_restarts_a_hold);
	RUN(gas_beyond_full_scale_is_gas);
	RUN(gas_beyond_full_scale_is_gas_in_every_class);
	RUN(old_readings_raise_and_clear_nothing);
	RUN(silence_is_an_alarm_of_its_own);
	RUN(a_dead_link_masks_only_its_stale_alarms);
	RUN(one_that_tells_by_itself_is_told_whatever_its_line_is);
	RUN(windows_are_full_before_they_speak);
	RUN(figures_are_held_against_those_before);
	RUN(conditions_hold_for_a_time);
	RUN(the_clock_on_the_wall_is_asked);
	RUN(an_instrument_that_warms_up_is_no_silence);
	RUN(what_came_today_is_counted);
	RUN(a_day_comes_without_a_reading);
	RUN(business_hours_are_learnt);
	RUN(hours_may_be_figures);
	RUN(a_good_state_is_learnt);
	RUN(the_clock_may_be_set);
	RUN(statistics_are_judged_as_they_are_told);
	RUN(what_clears_may_be_another_condition);
	RUN(what_clears_carries_no_hold);
	RUN(several_results_in_a_row_raise);
	RUN(the_wall_clock_moves_nothing);
	RUN(restored_alarms_go_on);
	RUN(unknown_alarms_are_said);
	RUN(life_is_never_shelved);
	RUN(standing_alarms_are_listed);
	RUN(disabled_points_are_out_of_service);
	RUN(many_are_due_in_order);
	RUN(rules_that_stay_go_on_and_changed_ones_keep_their_facts);
	RUN(standing_alarms_go_over_into_the_next_rules);
	RUN(silence_is_counted_over_a_new_configuration);
	RUN(a_rule_is_on_what_its_pattern_fits);
	RUN(a_figure_stays_while_its_point_says_nothing);
	RUN(a_figure_outlives_a_restart);
	RUN(a_figure_goes_over_into_the_next_rules);
	RUN(what_goes_is_no_good_news_while_others_stand);
	return 0;
}
