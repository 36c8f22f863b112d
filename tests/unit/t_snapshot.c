#include <string.h>

#include "../../gateway/field/latest.h"
#include "../../gateway/snapshot.h"
#include "../check.h"
#include "../same_value.h"

static uint8_t memory[4096];

static struct reading
reading(uint32_t series, struct value v)
{
	return (struct reading){ .series = series, .time = 1700000000123, .due = -5,
	    .mono = INT64_MAX, .value = v,
	    .age = 7200, .quality = { .code = Q_STALE, .flags = QF_MAINTENANCE } };
}

static void
readings_of_every_kind_come_back(void)
{
	struct value values[] = {
		{ .kind = VALUE_NONE }, { .kind = VALUE_BOOL, .b = true },
		{ .kind = VALUE_I64, .i = INT64_MIN }, { .kind = VALUE_U64, .u = UINT64_MAX },
		{ .kind = VALUE_F32, .f = -1.5e-30F }, { .kind = VALUE_F64, .d = 1e300 },
		{ .kind = VALUE_TEXT, .text = "阀门 open" },
	};
	const uint32_t n = sizeof(values) / sizeof(values[0]);
	struct buf b = { .at = memory, .cap = sizeof(memory) };
	struct entry e;

	for (uint32_t i = 0; i < n; i++) {
		const struct reading r = reading(i + 1, values[i]);

		snapshot_put_reading(&b, &r, 1000 + i);
	}
	CHECK(!b.bad);
	for (uint32_t i = 0; i < n; i++) {
		CHECK(snapshot_get(&b, &e));
		CHECK(e.kind == ENTRY_READING && e.seq == 1000 + i);
		CHECK(e.flags & ENTRY_SNAPSHOT);
		CHECK(e.reading.series == i + 1 && e.reading.time == 1700000000123);
		CHECK(e.reading.due == -5 && e.reading.mono == INT64_MAX);
		CHECK(e.reading.quality.code == Q_STALE);
		CHECK(e.reading.quality.flags == QF_MAINTENANCE);
		CHECK(e.reading.age == 7200);
		CHECK(same_value(&e.reading.value, &values[i]));
	}
	CHECK(!snapshot_get(&b, &e) && !b.bad);
}

static void
an_alarm_comes_back_with_its_texts(void)
{
	const struct alarm_entry a = {
		.rule = "lel-high", .device = "shop/lel", .series = 7,
		.alarm = { .active = true, .unacked = true, .latching = true, .held = false,
		    .untold = true, .masks = ALARM_SHELVED, .since = 5, .count = 3 },
		.priority = 3, .class = 1, .time = 99, .quality = { .code = 4, .flags = 1 },
		.value = { .kind = VALUE_F64, .d = 51.25 },
		.text_en = "gas", .text_zh = "可燃气", .who = "",
	};
	struct buf b = { .at = memory, .cap = sizeof(memory) };
	struct entry e;

	snapshot_put_alarm(&b, &a, 12);
	snapshot_put_alarm(&b, &a, 13);
	CHECK(snapshot_get(&b, &e));
	CHECK(e.kind == ENTRY_ALARM && e.seq == 12);
	CHECK(strcmp(e.alarm.rule, "lel-high") == 0 && strcmp(e.alarm.device, "shop/lel") == 0);
	CHECK(strcmp(e.alarm.text_en, "gas") == 0 && strcmp(e.alarm.text_zh, "可燃气") == 0);
	CHECK(e.alarm.alarm.active && e.alarm.alarm.unacked && e.alarm.alarm.latching);
	CHECK(!e.alarm.alarm.held && e.alarm.alarm.untold);
	CHECK(e.alarm.alarm.masks == ALARM_SHELVED && e.alarm.alarm.count == 3);
	CHECK(e.alarm.value.d == 51.25 && e.alarm.priority == 3 && e.alarm.class == 1);
	CHECK(snapshot_get(&b, &e) && e.seq == 13);
	CHECK(!snapshot_get(&b, &e) && !b.bad);
}

/* Every cut of a body, and every byte of it changed: an end, never more. */
static void
broken_bodies_end_cleanly(void)
{
	const struct alarm_entry a = { .rule = "r", .device = "d", .text_en = "e",
	    .text_zh = "z", .value = { .kind = VALUE_TEXT, .text = "v" }, .who = "" };
	const struct reading r = reading(1, (struct value){ .kind = VALUE_TEXT, .text = "x" });
	uint8_t whole[512];
	struct buf w = { .at = whole, .cap = sizeof(whole) };

	snapshot_put_reading(&w, &r, 1);
	snapshot_put_alarm(&w, &a, 2);
	CHECK(!w.bad);
	for (size_t cut = 0; cut < w.len; cut++) {
		uint8_t *copy = malloc(cut + 1);
		struct buf b = { .at = copy, .len = cut, .cap = cut };
		struct entry e;
		int n = 0;

		memcpy(copy, whole, cut);
		while (snapshot_get(&b, &e))
			n++;
		CHECK(n <= 1);
		free(copy);
	}
	for (size_t i = 0; i < w.len * 255; i++) {
		uint8_t *copy = malloc(w.len);
		struct buf b = { .at = copy, .len = w.len, .cap = w.len };
		struct entry e;

		memcpy(copy, whole, w.len);
		copy[i / 255] ^= (uint8_t)(i % 255 + 1);
		for (int n = 0; snapshot_get(&b, &e); n++)
			CHECK(n < (int)w.len);
		free(copy);
	}
}

static void
a_full_buffer_is_said(void)
{
	struct buf b = { .at = memory, .cap = 20 };
	const struct reading r = reading(1, (struct value){ .kind = VALUE_F64, .d = 1 });

	snapshot_put_reading(&b, &r, 1);
	CHECK(b.bad);
}

static void
the_latest_reading_of_a_series_stays(void)
{
	struct latest l = { 0 };
	struct reading got;
	struct entry e = { .kind = ENTRY_READING, .seq = 4,
	    .reading = reading(2, (struct value){ .kind = VALUE_I64, .i = 1 }) };

	latest_room(&l, 3);
	latest_take(&l, &e);
	e.seq = 9;
	e.reading.value.i = 2;
	latest_take(&l, &e);
	e.reading.series = 4;			/* nobody made room for it */
	latest_take(&l, &e);
	e.reading.series = 0;
	latest_take(&l, &e);
	latest_room(&l, 5);
	CHECK(latest_reading(&l, 1, &got) == 9 && got.series == 2 && got.value.i == 2);
	CHECK(got.time == e.reading.time && got.due == e.reading.due &&
	    got.mono == e.reading.mono && got.quality.code == e.reading.quality.code);
	for (size_t i = 0; i < 5; i++)
		CHECK(i == 1 || latest_reading(&l, i, &got) == 0);
	latest_free(&l);
}

/* A text, then none, then another; and figures of each kind. */
static void
the_latest_reading_keeps_its_value(void)
{
	static const struct value values[] = {
		{ .kind = VALUE_TEXT, .text = "wash" }, { .kind = VALUE_NONE },
		{ .kind = VALUE_TEXT, .text = "a text of sixty-three bytes, which is the "
		    "most that one may ha" },
	}, figures[] = {
		{ .kind = VALUE_U64, .u = UINT64_MAX }, { .kind = VALUE_F64, .d = -0.25 },
		{ .kind = VALUE_F32, .f = 1.5f }, { .kind = VALUE_BOOL, .b = true },
		{ .kind = VALUE_NONE }, { .kind = VALUE_I64, .i = INT64_MIN },
	};
	struct latest l = { 0 };
	struct entry e = { .kind = ENTRY_READING, .seq = 1 };
	struct reading got;

	latest_room(&l, 2);
	for (size_t i = 0; i < 3; i++) {
		e.reading = reading(1, values[i]);
		latest_take(&l, &e);
		CHECK(latest_reading(&l, 0, &got) == 1 && same_value(&got.value, &values[i]));
	}
	for (size_t i = 0; i < sizeof(figures) / sizeof(figures[0]); i++) {
		e.reading = reading(2, figures[i]);
		latest_take(&l, &e);
		CHECK(latest_reading(&l, 1, &got) == 1 && same_value(&got.value, &figures[i]));
	}
	latest_free(&l);
}

int
main(void)
{
	RUN(readings_of_every_kind_come_back);
	RUN(an_alarm_comes_back_with_its_texts);
	RUN(broken_bodies_end_cleanly);
	RUN(a_full_buffer_is_said);
	RUN(the_latest_reading_of_a_series_stays);
	RUN(the_latest_reading_keeps_its_value);
	return 0;
}
