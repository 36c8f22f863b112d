#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../gateway/words/stories.h"
#include "../check.h"

/* A kitchen, two rules, a derived point and its means. */
#define SITE \
	"constants = { limit = { fume = 2.0; }; };\n" \
	"devices = ( { name = \"k/fume\"; period = \"10s\"; points = ( { name = \"fume\"; " \
	"unit = \"mg/m3\"; }, { name = \"flow\"; unit = \"m3/h\"; } ); } );\n" \
	"derived = ( { name = \"twice\"; on = \"k/fume\"; value = \"fume * 2\"; } );\n" \
	"statistics = ( { select = \"k/fume.fume\"; minute = \"10min\"; } );\n" \
	"rules = ( { name = \"high\"; when = \"fume > limit.fume\"; on_delay = \"1min\"; " \
	"off_delay = \"1min\"; latching = true; }, { name = \"lost\"; " \
	"when = \"stale(fume, 2min)\"; }, { name = \"door\"; kind = \"event\"; " \
	"when = \"flow > 5\"; } );\n"

static char said[4000];

/* How many of the stories hold; what is wrong is in said.  -1: they cannot be read. */
static int
tell(const char *text)
{
	char path[] = "/tmp/t_story.XXXXXX";
	int fd = mkstemp(path), held = 0;
	struct errs *errs = config_errs();
	struct stories *s;

	errs->translate = NULL;
	CHECK(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
	s = stories_read(path, errs);
	for (size_t i = 0; s != NULL && i < stories_count(s); i++)
		held += stories_tell(s, i, NULL, errs) == 0;
	said[0] = '\0';
	for (size_t i = 0; i < errs->n && i < ERRS_MAX; i++) {
		size_t n = strlen(said);

		CHECK(strcmp(errs->at[i].file, path) == 0);
		snprintf(said + n, sizeof(said) - n, "%d: %s\n", errs->at[i].line,
		    errs->at[i].text);
	}
	held = s != NULL ? held : -1;
	stories_free(s);
	free(errs);
	unlink(path);
	return held;
}

/* One story on the site above: its given and expect, which stand in lines 7 and 8. */
static int
story(const char *given, const char *expect)
{
	char text[4000];

	snprintf(text, sizeof(text), SITE "stories = ( { name = \"s\";\n given = (%s);\n "
	    "expect = (%s); } );\n", given, expect);
	return tell(text);
}

#define AT(at, more)	"{ at = \"" at "\"; point = \"k/fume.fume\"; " more " }"
#define HIGH(more)	"{ alarm = \"high\"; device = \"k/fume\"; " more " }"

static bool
says(const char *text)
{
	if (strcmp(said, text) == 0)
		return true;
	fprintf(stderr, "wanted %s\ngot    %s\n", text, said);
	return false;
}

static void
each_thing_that_can_be_expected_holds(void)
{
	const char *given = AT("0s", "value = 1;") ", " AT("10min", "value = 3;") ", "
	    AT("20min", "value = 1.0;") ", "
	    "{ at = \"40min\"; alarm = \"high\"; device = \"k/fume\"; do = \"ack\"; }, "
	    "{ at = \"41min\"; alarm = \"high\"; device = \"k/fume\"; do = \"reset\"; }";
	const char *expect =
	    HIGH("course = (\"670s UNACK\", \"1270s LATUN\", \"40min LATAK\", \"41min NORM\");")
	    ", " HIGH("raised_by = \"670s\"; not_before = \"670s\"; cleared_by = \"1270s\";") ", "
	    HIGH("at = \"11min\"; state = \"NORM\";") ", "
	    HIGH("at = \"12min\"; state = \"UNACK\";") ", "
	    "{ alarm = \"lost\"; device = \"k/fume\"; never = true; }, "
	    "{ point = \"k/fume.twice\"; at = \"15min\"; value = 6; quality = \"good\"; }, "
	    "{ point = \"k/fume.fume\"; at = \"21min\"; interval = \"minute\"; mean = 3; "
	    "min = 1; max = 3; valid = 100; within = 0.05; mark = \"N\"; }";

	CHECK(story(given, expect) == 1 && says(""));
}

static void
what_is_not_so_is_told_with_its_line_and_moment(void)
{
	const char *given = AT("0s", "value = 1;") ", " AT("10min", "value = 3;");

	CHECK(story(given, HIGH("course = (\"11min UNACK\");")) == 0);
	CHECK(says("8: s: high of k/fume: expected 11min UNACK; it was 670s UNACK\n"));
	CHECK(story(given, HIGH("course = (\"670s UNACK\", \"2h RTNUN\");")) == 0);
	CHECK(says("8: s: high of k/fume: expected 2h RTNUN; it was nothing more\n"));
	CHECK(story(given, HIGH("raised_by = \"650s\";")) == 0);
	CHECK(says("8: s: high of k/fume: expected raised by 650s; it was 670s\n"));
	CHECK(story(given, HIGH("never = true;") ", " HIGH("not_before = \"15min\";")) == 0);
	CHECK(says("8: s: high of k/fume: expected never within 980s; it was raised at 670s\n"
	    "8: s: high of k/fume: expected not before 15min; it was raised at 670s\n"));
	CHECK(story(given, HIGH("cleared_by = \"20min\";")) == 0);
	CHECK(says("8: s: high of k/fume: expected cleared by 20min; it was never\n"));
	CHECK(story(given, HIGH("at = \"20min\"; state = \"RTNUN\";")) == 0);
	CHECK(says("8: s: high of k/fume: expected 20min RTNUN; it was 20min UNACK\n"));
	CHECK(story(given, "{ point = \"k/fume.twice\"; at = \"5min\"; value = 2.5; }") == 0);
	CHECK(says("8: s: k/fume.twice: expected value 2.5 at 5min; it was 2\n"));
	CHECK(story(given, "{ point = \"k/fume.flow\"; at = \"5min\"; value = 2.5; }") == 0);
	CHECK(says("8: s: k/fume.flow: expected a reading at 5min; it was nothing\n"));
}

/* Quality, gaps, ramps, warm-up, lines, events, given statistics. */
static void
what_instruments_do_is_given(void)
{
	CHECK(story(AT("0s", "value = 0; to = 4; over = \"20min\";"),
	    HIGH("course = (\"670s UNACK\");")) == 1 && says(""));
	CHECK(story(AT("0s", "value = 9; quality = \"warming-up\";"),
	    HIGH("never = true; ") ", { alarm = \"lost\"; device = \"k/fume\"; never = true; "
	    "}") == 1);
	CHECK(story(AT("0s", "value = 1;") ", " AT("5min", "silent = true;") ", "
	    AT("10min", "value = 1;"), "{ alarm = \"lost\"; device = \"k/fume\"; "
	    "course = (\"7min UNACK\", \"610s RTNUN\"); }") == 1 && says(""));
	CHECK(story(AT("0s", "value = 1;") ", " AT("5min", "quality = \"comm-failure\";"),
	    "{ alarm = \"lost\"; device = \"k/fume\"; raised_by = \"7min\"; }, "
	    "{ point = \"k/fume.fume\"; at = \"6min\"; quality = \"comm-failure\"; }") == 1);
	CHECK(story(AT("0s", "value = 1;") ", { at = \"5min\"; device = \"k/fume\"; "
	    "link = \"down\"; }, " AT("5min", "silent = true;") ", "
	    "{ at = \"10min\"; device = \"k/fume\"; link = \"up\"; }", "{ alarm = \"lost\"; "
	    "device = \"k/fume\"; course = (\"5min DSUPR\", \"12min UNACK\"); }") == 1);
	CHECK(story("{ at = \"1min\"; point = \"k/fume.flow\"; value = 6; }",
	    "{ alarm = \"door\"; device = \"k/fume\"; raised_by = \"2min\"; }") == 1);
}

static void
a_story_that_makes_no_sense_is_refused(void)
{
	CHECK(story(AT("0s", "value = 1; silent = true;"), HIGH("never = true;")) == 0);
	CHECK(says("7: s: given: say one of value, quality, silent, interval, link and alarm\n"));
	CHECK(story("{ at = \"0s\"; point = \"k/fume.fum\"; value = 1; }",
	    "{ alarm = \"hihg\"; device = \"k/fume\"; never = true; }") == 0);
	CHECK(says("7: s: k/fume has no point \"fum\"; did you mean \"fume\"?\n"
	    "8: s: there is no rule \"hihg\"; did you mean \"high\"?\n"));
	CHECK(story("{ at = \"0s\"; point = \"k/fune.fume\"; value = 1; }",
	    HIGH("state = \"UNAK\";")) == 0);
	CHECK(says("7: s: there is no device \"k/fune\"; did you mean \"k/fume\"?\n"
	    "8: s: expect: there is no such state\n"));
	CHECK(story(AT("0s", "value = 1; to = 3;"), HIGH("")) == 0);
	CHECK(says("7: s: given: a ramp has value, to and over\n8: s: expect: say what becomes of "
	    "the alarm: course, never, raised_by, not_before, cleared_by, a state, is or is_not\n"));
	CHECK(story(AT("0s", "value = \"x\";"), HIGH("course = (\"later UNACK\");")) == 0);
	CHECK(says("7: s: given: a figure is no number\n"
	    "8: s: \"later UNACK\" is no moment and state, such as \"10min UNACK\"\n"));
	CHECK(story("", "{ alarm = \"high\"; never = true; }") == 0);
	CHECK(says("8: s: say which device the alarm \"high\" is of\n"));
	CHECK(tell("stories = ( { name = \"s\"; expect = (); } ); rules = ();\n") == -1);
	CHECK(says("1: rules: without devices the stories are told on a configuration, which "
	    "has its own\n"));
	CHECK(tell("zone = \"Asia/Nowhere\"; stories = ();\n") == -1);
	CHECK(strstr(said, "Asia/Nowhere") != NULL);
	CHECK(tell("stories = ( { name = \"s\"; expact = (); } );\n") == -1);
	CHECK(strstr(said, "1: ") == said && strstr(said, "expect") != NULL);
	CHECK(tell(SITE "packs = ( { name = \"none\"; on = \"*\"; } ); stories = ();\n") == -1);
	CHECK(says("6: packs: there is no pack \"none\"\n"));
}

/* A rule whose alarm asks for a handling, and one that comes three times a minute. */
#define CARED \
	"devices = ( { name = \"d\"; period = \"5s\"; points = ( { name = \"p\"; } ); } );\n" \
	"rules = ( { name = \"owes\"; when = \"p > 1\"; handling = \"1h\"; } );\n"
#define OWES(more)	"{ alarm = \"owes\"; device = \"d\"; " more " }"
#define SHOWS(at, value) "{ at = \"" at "\"; point = \"d.p\"; value = " value "; }"

static int
cared(const char *given, const char *expect)
{
	char text[4000];

	snprintf(text, sizeof(text), CARED "stories = ( { name = \"s\";\n given = (%s);\n "
	    "expect = (%s); } );\n", given, expect);
	return tell(text);
}

static void
handling_in_time_and_too_late_is_expected(void)
{
	const char *late = SHOWS("0s", "2") ", " SHOWS("10min", "0");
	const char *done = SHOWS("0s", "2") ", " SHOWS("10min", "0") ", "
	    OWES("at = \"50min\"; do = \"handle\";");

	CHECK(cared(late, OWES("at = \"1h\"; is = (\"owed\"); is_not = (\"overdue\");") ", "
	    OWES("at = \"61min\"; is = (\"owed\", \"overdue\");")) == 1 && says(""));
	CHECK(cared(done, OWES("at = \"45min\"; state = \"RTNUN\"; is = (\"owed\");") ", "
	    OWES("at = \"2h\"; is_not = (\"owed\", \"overdue\");")) == 1 && says(""));
	CHECK(cared(done, OWES("at = \"2h\"; is = (\"overdue\");")) == 0);
	CHECK(says("5: s: owes of d: expected overdue at 2h; it was not\n"));
	CHECK(cared(late, OWES("at = \"2h\"; state = \"NORM\"; is_not = (\"overdue\");")) == 0);
	CHECK(says("5: s: owes of d: expected 2h NORM; it was 2h RTNUN\n"
	    "5: s: owes of d: expected not overdue at 2h; it was\n"));
	CHECK(cared(late, OWES("at = \"2h\"; is = (\"late\");")) == 0);
	CHECK(says("5: s: expect: is and is_not take overdue, chattering and owed\n"));
}

static void
chatter_is_expected(void)
{
	const char *given = SHOWS("0s", "2") ", " SHOWS("10s", "0") ", " SHOWS("20s", "2") ", "
	    SHOWS("30s", "0") ", " SHOWS("40s", "2") ", " SHOWS("50s", "0");

	CHECK(cared(given, OWES("at = \"40s\"; is_not = (\"chattering\");") ", "
	    OWES("at = \"45s\"; is = (\"chattering\");") ", "
	    OWES("at = \"10min\"; is = (\"chattering\");") ", "
	    OWES("at = \"11min\"; is_not = (\"chattering\");")) == 1 && says(""));
	CHECK(cared(given, OWES("at = \"45s\"; is_not = (\"chattering\");")) == 0);
	CHECK(says("5: s: owes of d: expected not chattering at 45s; it was\n"));
}

/* A story begins when it says, by the clock of its zone. */
static void
a_story_has_a_clock(void)
{
	const char *night = "zone = \"Asia/Shanghai\";\n"
	    "devices = ( { name = \"d\"; points = ( { name = \"p\"; } ); } );\n"
	    "rules = ( { name = \"night\"; when = \"p > 0 and between('22:00', '06:00') and "
	    "weekday('sat')\"; } );\n"
	    "stories = ( { name = \"s\"; start = \"%s\";\n given = ( { at = \"0s\"; "
	    "point = \"d.p\"; value = 1; } );\n expect = ( { alarm = \"night\"; device = \"d\"; "
	    "%s } ); } );\n";
	char text[1000];

	snprintf(text, sizeof(text), night, "2026-11-28 21:59", "course = (\"1min UNACK\", "
	    "\"121min RTNUN\");");
	CHECK(tell(text) == 1 && says(""));
	snprintf(text, sizeof(text), night, "2026-11-27 12:00", "never = true;");
	CHECK(tell(text) == 1 && says(""));
	snprintf(text, sizeof(text), night, "2026-11-31", "never = true;");
	CHECK(tell(text) == 0 && strstr(said, "4: s: start: \"2026-11-31\"") == said);
}

int
main(void)
{
	RUN(each_thing_that_can_be_expected_holds);
	RUN(what_is_not_so_is_told_with_its_line_and_moment);
	RUN(what_instruments_do_is_given);
	RUN(a_story_that_makes_no_sense_is_refused);
	RUN(handling_in_time_and_too_late_is_expected);
	RUN(chatter_is_expected);
	RUN(a_story_has_a_clock);
	return 0;
}
