#include <string.h>

#include "../../gateway/uplink/thin.h"
#include "../check.h"

#define S	1000LL			/* ms */

static struct thin thin;
static int64_t at = 1700000000000LL;

/* Series 1 and 2 are of a kitchen, 3 of a detector; 9 has no name yet. */
static struct series names[] = { { .device = "" }, { .device = "k/fume" },
	{ .device = "k/fan" }, { .device = "shop/lel" } };

const struct series *
reader_series(struct reader *reader, uint32_t id)
{
	(void)reader;
	return id < sizeof(names) / sizeof(names[0]) ? &names[id] : NULL;
}

static const char *const guards[] = { "a/lel", "shop/lel", "z/lel" };

static void
begin(struct thin_terms terms)
{
	const struct thin_guards who = { (const char **)(uintptr_t)guards, 3 };

	thin_free(&thin);
	terms.deadband = 2;
	terms.deadband_age = 3600 * 1000000LL;
	thin_set(&thin, &terms, &who);
}

static bool
goes(const struct entry *e)
{
	return thin_takes(&thin, NULL, e, STREAM_LIVE);
}

static bool
reads(uint32_t series, double figure, int64_t after)
{
	const struct entry e = { .kind = ENTRY_READING, .reading = { .series = series,
	    .time = at += after, .value = { .kind = VALUE_F64, { .d = figure } } } };

	return goes(&e);
}

static void
without_a_step_all_goes(void)
{
	begin((struct thin_terms){ .batches = true });
	for (int i = 0; i < 100; i++)
		CHECK(reads(1, 5, S));
	CHECK(thin.spared == 0 && thin.n == 0);
}

static void
a_figure_that_hardly_changed_stays(void)
{
	begin((struct thin_terms){ .changes = true });
	CHECK(reads(1, 100, S));
	CHECK(!reads(1, 101.9, S) && !reads(1, 98.1, S));
	CHECK(reads(2, 100, S));		/* each series by itself */
	CHECK(reads(1, 102.1, S));
	CHECK(!reads(1, 104, S));		/* against what went, not what was */
	CHECK(reads(1, 99, S));
	CHECK(thin.spared == 3);
	CHECK(!reads(1, 99, 1800 * S));
	CHECK(reads(1, 99, 1800 * S));		/* an hour after it went */
	CHECK(reads(1, 0, S) && !reads(1, 0, S) && reads(1, 0.001, S));
}

static void
another_quality_goes_at_once(void)
{
	struct entry bad = { .kind = ENTRY_READING, .reading = { .series = 1,
	    .quality = { .code = Q_COMM_FAILURE } } };

	begin((struct thin_terms){ .changes = true });
	CHECK(reads(1, 5, S));
	bad.reading.time = at += S;
	CHECK(goes(&bad));
	bad.reading.time = at += S;
	CHECK(!goes(&bad));
	CHECK(reads(1, 5, S) && !reads(1, 5, S));
}

static void
words_and_contacts_go_when_they_are_others(void)
{
	struct entry e = { .kind = ENTRY_READING, .reading = { .series = 1,
	    .value = { .kind = VALUE_TEXT, { .text = "closed" } } } };

	begin((struct thin_terms){ .changes = true });
	e.reading.time = at += S;
	CHECK(goes(&e));
	e.reading.time = at += S;
	CHECK(!goes(&e));
	strcpy(e.reading.value.text, "opened");
	CHECK(goes(&e));
	e = (struct entry){ .kind = ENTRY_READING, .reading = { .series = 2,
	    .value = { .kind = VALUE_BOOL, { .b = true } } } };
	e.reading.time = at += S;
	CHECK(goes(&e));
	e.reading.time = at += S;
	CHECK(!goes(&e));
	e.reading.value.b = false;
	CHECK(goes(&e));
}

/* A batch was full, or did not arrive: what was put comes again. */
static void
what_was_not_sent_comes_again(void)
{
	begin((struct thin_terms){ .changes = true });
	CHECK(reads(1, 5, S) && reads(1, 5, 0));
	CHECK(!reads(1, 5, S));
	thin_forget(&thin, STREAM_LIVE);
	CHECK(reads(1, 5, S) && !reads(1, 5, S));
	thin_forget(&thin, STREAM_BACKFILL);
	CHECK(!reads(1, 5, S));
	thin_forget(&(struct thin){ .n = 0 }, STREAM_LIVE);
}

static void
streams_are_apart(void)
{
	struct entry e = { .kind = ENTRY_READING, .reading = { .series = 1,
	    .value = { .kind = VALUE_F64, { .d = 5 } } } };

	begin((struct thin_terms){ .changes = true });
	CHECK(reads(1, 5, S));
	e.reading.time = at - 3600 * S;
	CHECK(thin_takes(&thin, NULL, &e, STREAM_BACKFILL));
	e.reading.time += S;
	CHECK(!thin_takes(&thin, NULL, &e, STREAM_BACKFILL));
	CHECK(!reads(1, 5, S));
}

static void
only_statistics_go(void)
{
	const struct entry statistic = { .kind = ENTRY_STATISTIC, .statistic = { .series = 1 } };
	const struct entry note = { .kind = ENTRY_NOTE };
	const struct entry record = { .kind = ENTRY_RECORD };

	begin((struct thin_terms){ .statistics = true });
	CHECK(!reads(1, 5, S) && !reads(1, 500, S));
	CHECK(goes(&statistic) && goes(&note) && goes(&record));
	begin((struct thin_terms){ .reserve = true });
	CHECK(!reads(1, 5, S) && !goes(&statistic) && !goes(&note));
	CHECK(goes(&record));
}

/* Whatever is saved, a detector that a rule of class life hangs on is heard. */
static void
a_device_of_class_life_is_never_thinned(void)
{
	static const struct thin_terms all = { .batches = true, .changes = true,
	    .statistics = true, .reserve = true };
	const struct entry statistic = { .kind = ENTRY_STATISTIC, .statistic = { .series = 3 } };
	const struct entry alarm = { .kind = ENTRY_ALARM, .alarm = { .series = 1 } };

	begin(all);
	for (int i = 0; i < 100; i++)
		CHECK(reads(3, 0, S));
	CHECK(goes(&statistic) && thin.spared == 0);
	CHECK(!reads(1, 5, S));
	CHECK(thin_takes(&thin, NULL, &alarm, STREAM_ALARM));
	CHECK(reads(9, 5, S));		/* nobody knows whose it is */
	thin_set(&thin, &all, &(struct thin_guards){ .n = 0 });
	CHECK(!reads(3, 0, S));		/* its rule went */
	thin_set(&thin, &all, NULL);
	CHECK(!reads(3, 0, S));
	thin_free(&thin);
}

int
main(void)
{
	RUN(without_a_step_all_goes);
	RUN(a_figure_that_hardly_changed_stays);
	RUN(another_quality_goes_at_once);
	RUN(words_and_contacts_go_when_they_are_others);
	RUN(what_was_not_sent_comes_again);
	RUN(streams_are_apart);
	RUN(only_statistics_go);
	RUN(a_device_of_class_life_is_never_thinned);
	return 0;
}
