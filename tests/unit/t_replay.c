#include <stdlib.h>
#include <string.h>

#include "../../gateway/words/episodes.h"
#include "../../rules/past.h"
#include "../check.h"

#define FROM	1000000
#define TO	2000000

/* "then 10 20" are steps of an alarm in s behind FROM. */
static void
tell(struct episodes *e, const char *rule, enum telling_of of, const int *steps, size_t n)
{
	for (size_t i = 0; i < n; i++)
		CHECK(episodes_step(e, of, rule, "d", i % 2 == 0, FROM + steps[i] * 1000L));
}

#define TELL(e, rule, of, ...) do { const int steps_[] = { __VA_ARGS__ }; \
	tell(e, rule, of, steps_, sizeof(steps_) / sizeof(steps_[0])); } while (0)

/* As "both 10-20/12-20 then 30-" and the like, in s. */
static const char *
reads(const struct episodes *e)
{
	static char text[400];
	size_t n, at = 0;
	struct compared *all = episodes_compare(e, FROM, TO, &n);

	text[0] = '\0';
	for (size_t i = 0; i < n; i++) {
		bool then = compared_has(&all[i], TOLD_THEN), now = compared_has(&all[i], TOLD_NOW);

		at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%s%s", i > 0 ? " " : "",
		    then && now ? "both" : then ? "then" : "now", all[i].moved ? "*" : "");
		for (int of = TOLD_THEN; of <= TOLD_NOW; of++) {
			const struct episode *is = &all[i].is[of];

			if (!compared_has(&all[i], (enum telling_of)of))
				continue;
			at += (size_t)snprintf(text + at, sizeof(text) - at, " %lld-",
			    (long long)(is->from - FROM) / 1000);
			if (is->to != EPISODE_OPEN)
				at += (size_t)snprintf(text + at, sizeof(text) - at, "%lld",
				    (long long)(is->to - FROM) / 1000);
		}
	}
	free(all);
	return text;
}

static bool
say(const struct episodes *e, const char *wanted)
{
	if (strcmp(reads(e), wanted) == 0)
		return true;
	fprintf(stderr, "wanted %s\ngot    %s\n", wanted, reads(e));
	return false;
}

static void
episodes_stand_side_by_side(void)
{
	struct episodes e;

	episodes_init(&e);
	TELL(&e, "a", TOLD_THEN, 10, 20, 50, 60, 100);
	TELL(&e, "a", TOLD_NOW, 10, 20, 55, 60, 80, 90, 100);
	TELL(&e, "b", TOLD_THEN, 70, 75);
	CHECK(say(&e, "both 10-20 10-20 both* 50-60 55-60 then 70-75 now 80-90 both 100- 100-"));
	CHECK(!episodes_step(&e, TOLD_THEN, "b", "d", false, FROM));
	episodes_free(&e);
	episodes_init(&e);	/* one long one then, several now */
	TELL(&e, "a", TOLD_THEN, 10, 100);
	TELL(&e, "a", TOLD_NOW, 20, 30, 40, 50);
	CHECK(say(&e, "both* 10-100 20-30 now 40-50"));
	episodes_free(&e);
}

/* What is before the range or behind it makes no difference. */
static void
a_range_hides_what_is_outside(void)
{
	struct episodes e;

	episodes_init(&e);
	TELL(&e, "a", TOLD_THEN, -50, -40, -30, 10, 900, 1200, 1300);
	TELL(&e, "a", TOLD_NOW, -20, 10, 900, 1100);
	CHECK(say(&e, "both -30-10 -20-10 both 900-1200 900-1100"));
	episodes_free(&e);
}

static void
many_alarms_are_kept_apart(void)
{
	struct episodes e;
	struct compared *all;
	char rule[16];
	size_t n;

	episodes_init(&e);
	for (int i = 0; i < 3000; i++) {
		snprintf(rule, sizeof(rule), "r%d", i);
		TELL(&e, rule, TOLD_THEN, i % 900, i % 900 + 1);
		if (i % 3 == 0)
			TELL(&e, rule, TOLD_NOW, i % 900, i % 900 + 1);
	}
	all = episodes_compare(&e, FROM, TO, &n);
	CHECK(e.n == 3000 && n == 3000);
	for (size_t i = 0; i < n; i++) {
		CHECK(i == 0 || all[i - 1].first <= all[i].first);
		CHECK(compared_has(&all[i], TOLD_NOW) == (atoi(all[i].alarm->rule + 1) % 3 == 0));
		CHECK(!all[i].moved);
	}
	free(all);
	episodes_free(&e);
}

/* Rows of a text, as they are read. */
struct rows {
	struct past_columns	columns;
	struct past_row		row;
	size_t			at, lines;
	const char		*text;
};

static enum past_kind
next(struct rows *r)
{
	static const struct past_flag flags[] = { { QF_HELD, "held" },
	    { QF_SIMULATED, "simulated" }, { 0, NULL } };
	struct past_field fields[PAST_FIELDS];
	size_t n = past_cut(r->text, strlen(r->text), &r->at, fields, &r->lines);

	CHECK(n > 0);
	past_read(&r->columns, fields, n, flags, &r->row);
	return r->row.kind;
}

static const char *
begin(struct rows *r, const char *text)
{
	struct past_field fields[PAST_FIELDS];
	size_t n;

	*r = (struct rows){ .text = text };
	n = past_cut(text, strlen(text), &r->at, fields, &r->lines);
	return past_head(fields, n, &r->columns);
}

static void
rows_of_an_export_are_read(void)
{
	struct rows r;

	CHECK(begin(&r, "\xef\xbb\xbfseq,kind,utc_ms,device,point,unit,value,quality,flags,age,rule,"
	    "event,who,text\r\n"
	    "1,reading,1790000000000,k/fume,fume,mg/m3,-1.5e2,good,held simulated,60,,,,\r\n"
	    "2,alarm,1790000000001,k/fume,fume,,2,good,,,high,enter,,\"a \"\"b\"\",\nc\"\r\n"
	    "3,alarm,1790000000002,k/fume,fume,,2,good,,,high,ack,,\r\n"
	    "4,note,1790000000003,,,,,,,,,,tidegate,started version=1\r\n"
	    "5,note,1790000000004,,,,,,,,,,tidegate,stopped\r\n"
	    "6,reading,1790000000005,k/fume,fume,,,comm-failure,,,,,,\r\n"
	    "7,reading,1790000000006,k/fume,on,,true,good,,,,,,\r\n"
	    "8,reading,1790000000007,k/fume,text,,\"x,y\",good,,,,,,") == NULL);
	CHECK(next(&r) == PAST_READING && strcmp(r.row.device, "k/fume") == 0);
	CHECK(strcmp(r.row.point, "fume") == 0 && strcmp(r.row.unit, "mg/m3") == 0);
	CHECK(r.row.time == 1790000000000 && r.row.age == 60);
	CHECK(r.row.value.kind == VALUE_F64 && r.row.value.d < -149 && r.row.value.d > -151);
	CHECK(r.row.quality.flags == (QF_HELD | QF_SIMULATED));
	CHECK(next(&r) == PAST_ALARM && r.row.active && strcmp(r.row.rule, "high") == 0);
	CHECK(r.lines == 4);		/* a line break stands in the text of the alarm */
	CHECK(next(&r) == PAST_OTHER && next(&r) == PAST_STARTED && next(&r) == PAST_STOPPED);
	CHECK(next(&r) == PAST_READING && r.row.value.kind == VALUE_NONE);
	CHECK(r.row.quality.code == Q_COMM_FAILURE && r.row.quality.flags == 0);
	CHECK(next(&r) == PAST_READING && r.row.value.d > 0);
	CHECK(next(&r) == PAST_READING && strcmp(r.row.value.text, "x,y") == 0);
	CHECK(r.at == strlen(r.text));
}

/* Columns may stand in any order, and others beside them. */
static void
columns_are_found_by_their_names(void)
{
	struct rows r;

	CHECK(begin(&r, "quality,x,value,point,utc_ms,device\ngood,9,5,p,7,d\n\nbad\n") == NULL);
	CHECK(next(&r) == PAST_READING && r.row.time == 7 && strcmp(r.row.device, "d") == 0);
	CHECK(next(&r) == PAST_OTHER);
	CHECK(next(&r) == PAST_WRONG);
	CHECK(strcmp(begin(&r, "utc_ms,point,value,quality\n"), "device") == 0);
	CHECK(strcmp(begin(&r, "\n"), "utc_ms") == 0);
}

static void
what_is_wrong_is_said(void)
{
	static const struct { const char *row, *why; } rows[] = {
		{ "x,d,p,1,good,,", "utc_ms is no moment" },
		{ "99999999999999999999,d,p,1,good,,", "utc_ms is no moment" },
		{ "999999999999999,d,p,1,good,,", "utc_ms is no moment" },
		{ "1,,p,1,good,,", "a reading of no point" },
		{ "1,d,p,1,fine,,", "a quality that there is not" },
		{ "1,d,p,1,good,heavy,", "a flag that there is not" },
		{ "1,d,p,1,good,,5000000000", "an age that is no number of seconds" },
		{ "1", "a reading of no point" },
	};
	char text[200];
	struct rows r;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(text, sizeof(text), "utc_ms,device,point,value,quality,flags,age\n%s",
		    rows[i].row);
		CHECK(begin(&r, text) == NULL && next(&r) == PAST_WRONG);
		CHECK(strcmp(r.row.why, rows[i].why) == 0);
	}
}

int
main(void)
{
	RUN(episodes_stand_side_by_side);
	RUN(a_range_hides_what_is_outside);
	RUN(many_alarms_are_kept_apart);
	RUN(rows_of_an_export_are_read);
	RUN(columns_are_found_by_their_names);
	RUN(what_is_wrong_is_said);
	return 0;
}
