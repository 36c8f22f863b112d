#include <string.h>

#include "../../gateway/journal/merge.h"
#include "../check.h"
#include "store.h"

#define BUFFER	(256 << 10)

static struct test_store *store;
static uint32_t series;
static struct merge *merge;

static uint64_t
append_reading(int64_t value)
{
	struct entry e = { .kind = ENTRY_READING, .reading = { .series = series,
	    .time = test_wall, .value = { .kind = VALUE_I64, .i = value } } };

	return journal_append(store->journal, &e, COMMIT_LAZY, test_mono, test_wall, true);
}

static uint64_t
append_alarm(void)
{
	struct entry e = { .kind = ENTRY_ALARM, .alarm = { .rule = "high", .device = "a",
	    .series = series, .text_en = "high", .text_zh = "", .who = "",
	    .alarm = { .active = true, .unacked = true }, .time = test_wall } };

	return journal_append(store->journal, &e, COMMIT_LAZY, test_mono, test_wall, true);
}

/* Some of each, in a row that is not regular. */
static uint64_t
append(unsigned n)
{
	uint64_t last = 0;

	for (unsigned i = 0; i < n; i++)
		last = i % 7 == 3 || i % 11 == 0 ? append_alarm() : append_reading(i);
	CHECK(last != 0);
	store_flush(store);
	return last;
}

static void
begin(void)
{
	store = store_open(BUFFER);
	series = store_series(store, "a", "b");
	append(1);
	merge = merge_open(store->disk);
	CHECK(merge != NULL);
}

static void
end(void)
{
	merge_close(merge);
	store_close(store);
}

/* Each number once, in their order, each in its lane; the first not yet seen. */
static uint64_t
expect(uint64_t from)
{
	const struct durable limit = journal_durable(store->journal);
	const struct entry *e;
	struct gap gap;
	enum lane lane;
	enum read_result result;

	while ((result = merge_next(merge, &limit, &lane, &e, &gap)) == READ_ENTRY) {
		if (e->flags & ENTRY_SNAPSHOT)
			continue;
		CHECK(e->seq >= from);
		for (; from < e->seq; from++)
			for (size_t i = 0; i < store->n; i++)
				CHECK(store->told[i].seq != from ||
				    (store->told[i].flags & ENTRY_SNAPSHOT));
		CHECK((lane == LANE_ALARM) == (e->kind == ENTRY_ALARM));
		from = e->seq + 1;
	}
	CHECK(result == READ_END);
	return from;
}

static void
both_lanes_are_one_row(void)
{
	uint64_t last;

	begin();
	last = append(500);
	merge_seek(merge, 0);
	CHECK(expect(1) == last + 1);
	CHECK(strcmp(reader_series(merge_reader(merge), series)->device, "a") == 0);
	end();
}

/* At the end of both it is looked for more in both. */
static void
what_comes_later_follows(void)
{
	uint64_t last, next;

	begin();
	merge_seek(merge, 0);
	next = expect(1);
	for (int i = 0; i < 5; i++) {
		last = append(40);
		next = expect(next);
		CHECK(next == last + 1);
		last = append_reading(7);
		store_flush(store);
		next = expect(next);
		CHECK(next == last + 1);
		last = append_alarm();
		store_flush(store);
		next = expect(next);
		CHECK(next == last + 1);
	}
	end();
}

static void
it_begins_where_it_is_told(void)
{
	uint64_t last;

	begin();
	last = append(300);
	for (uint64_t from = 1; from <= last + 1; from += 37) {
		merge_seek(merge, from);
		CHECK(expect(from) == last + 1 || from > last);
	}
	end();
}

int
main(void)
{
	RUN(both_lanes_are_one_row);
	RUN(what_comes_later_follows);
	RUN(it_begins_where_it_is_told);
	return 0;
}
