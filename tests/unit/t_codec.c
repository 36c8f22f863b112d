#include <float.h>
#include <math.h>
#include <string.h>

#include "../../gateway/journal/codec.h"
#include "../../gateway/journal/codec_body.h"
#include "../../gateway/journal/crc32c.h"
#include "../../rules/amount.h"
#include "../check.h"
#include "../same_value.h"

#define ENTRIES	2000
#define SEED	block_seed(0x1234567890abcdefu)

static uint64_t state = 88172645463325252u;

static uint64_t
chance(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	return state ^= state << 17;
}

/* One block as a writer would fill it. */
struct page {
	uint8_t		 bytes[BLOCK];
	struct block_head head;
	struct codec	 codec;
	struct entry	 entries[ENTRIES];
	size_t		 n;
};

static struct page page;
static struct codec reader;

static void
start(uint64_t prev)
{
	memset(page.bytes, 0, sizeof(page.bytes));
	page.n = 0;
	page.head = (struct block_head){ .prev = prev, .last = prev, .boot = 77,
	    .mono = 5000000, .wall = 1790000000000, .trusted = true };
	codec_begin(&page.codec, &page.head);
}

static bool
put(const struct entry *e, uint64_t seq)
{
	uint8_t room[BLOCK + 64], *p = room;
	size_t n;

	if (seq != page.codec.seq + 1)
		p = codec_put_seq(&page.codec, p, seq);
	if (e->flags != 0)
		p = codec_put_flags(p, e->flags);
	if (e->print != 0)
		p = codec_put_print(p, e->print);
	p = codec_put_life(&page.codec, p, e);
	if (e->kind == ENTRY_READING)
		p = codec_put_reading(&page.codec, p, &e->reading);
	else
		p = codec_put_body(&page.codec, p, e);
	n = (size_t)(p - room);
	if (page.head.used + n > BLOCK_ROOM || page.n == ENTRIES)
		return false;
	memcpy(page.bytes + BLOCK_HEAD + page.head.used, room, n);
	page.head.used = (uint16_t)(page.head.used + n);
	page.head.last = seq;
	page.entries[page.n] = *e;
	page.entries[page.n++].seq = seq;
	return true;
}

static bool
same_reading(const struct reading *a, const struct reading *b)
{
	return a->series == b->series && a->time == b->time && a->due == b->due &&
	    a->mono == b->mono && a->quality.code == b->quality.code &&
	    a->quality.flags == b->quality.flags && a->age == b->age &&
	    same_value(&a->value, &b->value) &&
	    (a->value.kind != VALUE_F64 || memcmp(&a->value.d, &b->value.d, 8) == 0) &&
	    (a->value.kind != VALUE_F32 || memcmp(&a->value.f, &b->value.f, 4) == 0);
}

static bool
same_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* Decodes all and compares; every byte is used. */
static void
all_come_back(void)
{
	struct block_head head;
	struct entry e;
	size_t pos = 0, i = 0;
	enum codec_result result;

	block_seal(page.bytes, &page.head, SEED);
	CHECK(block_open(page.bytes, SEED, &head));
	CHECK(head.last == page.head.last && head.boot == 77 && head.trusted);
	codec_begin(&reader, &head);
	while ((result = codec_next(&reader, page.bytes + BLOCK_HEAD, head.used, &pos, &e)) ==
	    CODEC_ENTRY) {
		const struct entry *want = &page.entries[i++];

		CHECK(e.kind == want->kind && e.seq == want->seq && e.flags == want->flags);
		CHECK(e.print == want->print);
		CHECK(e.kind != ENTRY_READING || same_reading(&e.reading, &want->reading));
	}
	CHECK(result == CODEC_END && i == page.n && pos == head.used);
}

static struct entry
reading(uint32_t series, struct value v)
{
	return (struct entry){ .kind = ENTRY_READING, .reading = { .series = series,
	    .time = 1790000000123, .due = 5000000, .mono = 5004321, .value = v } };
}

/* Held results, others between them, and no age is left for a later one. */
static void
ages_come_back(void)
{
	static const uint32_t ages[] = { 0, 1, 0, 127, 128, 0, 7200, UINT32_MAX, 0, 0, 5 };
	uint64_t seq = 10;

	start(seq);
	for (uint32_t i = 0; i < sizeof(ages) / sizeof(ages[0]); i++) {
		struct entry e = reading(1 + i % 2, (struct value){ VALUE_I64, .i = 7 + i % 3 });

		e.reading.age = ages[i];
		e.reading.quality.flags = ages[i] > 0 ? QF_HELD : 0;
		CHECK(put(&e, ++seq));
	}
	all_come_back();
}

/* Of readings and of others, and none is left for the next one. */
static void
prints_come_back(void)
{
	static const uint64_t prints[] = { 0, 1, 0, UINT64_MAX, 0x8000000000000000u, 0, 77 };
	uint64_t seq = 10;

	start(seq);
	for (uint32_t i = 0; i < sizeof(prints) / sizeof(prints[0]); i++) {
		struct entry e = reading(1 + i % 2, (struct value){ VALUE_I64, .i = 7 });

		e.print = prints[i];
		CHECK(put(&e, ++seq));
		e = (struct entry){ .kind = ENTRY_NOTE, .print = prints[i] / 3,
		    .note = { .who = "link x", .text = "logs: door" } };
		CHECK(put(&e, ++seq));
	}
	all_come_back();
}

static void
values_come_back_bit_by_bit(void)
{
	const double numbers[] = { 0.0, -0.0, 1, -1, 0.1, 7.03, 1e300, -1e-300, DBL_MIN, DBL_MAX,
	    INFINITY, -INFINITY, NAN, 4e9, 123456789.123456789, 0.000001, 9.1e15, -9.1e15, 5e-324 };
	const int64_t integers[] = { 0, 1, -1, INT64_MIN, INT64_MAX, INT32_MIN, 63, 64, -64, -65 };
	uint64_t seq = 10;

	start(seq);
	for (uint32_t s = 1; s < 4; s++)
		for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
			struct entry f = reading(s, (struct value){ VALUE_F32, .f = (float)numbers[i] });
			struct entry d = reading(s, (struct value){ VALUE_F64, .d = numbers[i] });

			CHECK(put(&f, ++seq) && put(&d, ++seq));
		}
	all_come_back();
	start(seq);
	for (size_t i = 0; i < sizeof(integers) / sizeof(integers[0]); i++) {
		struct entry s = reading(1, (struct value){ VALUE_I64, .i = integers[i] });
		struct entry u = reading(2, (struct value){ VALUE_U64, .u = (uint64_t)integers[i] });
		struct entry b = reading(UINT32_MAX, (struct value){ VALUE_BOOL, .b = i % 2 });
		struct entry t = reading(4, (struct value){ VALUE_TEXT, .text = "溶氧 7.2" });
		struct entry none = reading(5, (struct value){ VALUE_NONE });

		none.reading.quality = (struct quality){ Q_COMM_FAILURE, QF_MAINTENANCE };
		memset(t.reading.value.text, 'x', i % 2 ? VALUE_TEXT_MAX - 1 : 0);
		CHECK(put(&s, ++seq) && put(&u, ++seq) && put(&b, ++seq));
		CHECK(put(&t, ++seq) && put(&none, ++seq));
	}
	all_come_back();
}

static void
stamps_come_back_at_their_ends(void)
{
	const int64_t ends[] = { 0, INT64_MIN, INT64_MAX, -1, 1790000000000, INT64_MIN + 1 };
	uint64_t seq = 0;

	start(seq);
	for (size_t i = 0; i < 6; i++)
		for (size_t k = 0; k < 6; k++) {
			struct entry e = reading(3, (struct value){ VALUE_F32, .f = 1.5f });

			e.reading.time = ends[i];
			e.reading.due = ends[k];
			e.reading.mono = ends[(i + k) % 6];
			CHECK(put(&e, ++seq));
		}
	all_come_back();
	start(UINT64_MAX - 10);
	struct entry last = reading(1, (struct value){ VALUE_I64, .i = 5 });
	CHECK(put(&last, UINT64_MAX - 9) && put(&last, UINT64_MAX));
	all_come_back();
}

/* By even steps, by others, by the one whose code they took, and back. */
static void
steps_of_due_come_back(void)
{
	const int64_t steps[] = { -1, 1, 0, -1, 7, 7, 0, 7, -1, 1500000, 0, 0, 1500000, -1, -1, 7,
	    INT64_MIN, INT64_MIN, -1, 0, INT64_MAX, INT64_MIN, 7 };
	struct entry e = reading(1, (struct value){ VALUE_NONE });
	uint64_t seq = 0;
	uint16_t before;

	start(0);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		e.reading.due = (int64_t)((uint64_t)e.reading.due + (uint64_t)steps[i]);
		e.reading.mono = (int64_t)((uint64_t)e.reading.due + 3);
		e.reading.series++;
		CHECK(put(&e, ++seq));
	}
	all_come_back();
	start(0);
	e = reading(1, (struct value){ VALUE_NONE });
	for (int i = 0; i < 10; i++) {
		e.reading.series++;
		e.reading.due += 5000000;
		e.reading.mono = e.reading.due + 7;
		e.reading.time = 1790000000000 + (e.reading.mono - 5000000) / 1000;
		before = page.head.used;
		CHECK(put(&e, ++seq - 23));
		CHECK(i < 2 || page.head.used == before + 4);	/* tag, step, 7, 0 */
	}
	all_come_back();
}

static struct value
any_value(void)
{
	struct value v = { .kind = (enum value_kind)(chance() % 7) };
	uint64_t bits = chance();

	switch (v.kind) {
	case VALUE_F32:
		if (chance() % 2)
			v.f = (float)(int)(bits % 20000) / 100;
		else
			memcpy(&v.f, &bits, 4);
		break;
	case VALUE_BOOL:
		v.b = bits & 1;
		break;
	case VALUE_F64:
		if (chance() % 2)
			v.d = (double)(int)(bits % 2000000) / 1000;
		else
			memcpy(&v.d, &bits, 8);
		break;
	case VALUE_TEXT:
		memset(v.text, 'a', bits % VALUE_TEXT_MAX);
		break;
	default:
		v.i = chance() % 2 ? (int64_t)bits : (int64_t)(bits % 300);
	}
	return v;
}

static void
any_readings_come_back(void)
{
	for (int round = 0; round < 400; round++) {
		uint64_t seq = chance() >> 20;
		struct entry e = reading(1, any_value());
		size_t cycle = 1 + chance() % 3000;

		start(seq);
		do {
			seq += chance() % 8 == 0 ? 1 + chance() % 1000 : 1;
			e.reading.series = chance() % 16 == 0 ? (uint32_t)chance() :
			    (uint32_t)(e.reading.series + 1) % (uint32_t)cycle;
			if (chance() % 8 == 0) {
				e.reading.due += (int64_t)(chance() % 60000000);
				e.reading.mono = e.reading.due + (int64_t)(chance() % 100000);
				e.reading.time = chance() % 64 ? 1790000000000 +
				    (int64_t)(chance() % 60000) : (int64_t)chance();
			}
			if (chance() % 32 == 0)
				e.reading.quality = (struct quality){ (uint8_t)chance(),
				    (uint8_t)chance() };
			e.reading.value = any_value();
			e.flags = chance() % 64 == 0 ? 1 : 0;
		} while (put(&e, seq));
		all_come_back();
	}
}

/* Each way in which a ground is told: what is nowhere, in the entry, aside. */
static struct alarm_ground
any_ground(const struct value *of_entry)
{
	struct alarm_ground b = { .known = (uint8_t)(chance() % 8), .series = 3,
	    .value = chance() % 2 ? *of_entry : any_value(), .limit = 2.5, .figure = -7 };

	if (chance() % 4 == 0)
		b.series = (uint32_t)chance();
	if (b.value.kind == VALUE_NONE)
		b.known &= GROUND_LIMIT | GROUND_FIGURE;
	if (chance() % 2)
		value_number(&b.value, &b.figure);
	return b;
}

static bool
same_ground(const struct alarm_ground *a, const struct alarm_ground *b)
{
	return a->known == b->known && (!(a->known & GROUND_VALUE) ||
	    (a->series == b->series && same_value(&a->value, &b->value))) &&
	    (!(a->known & GROUND_LIMIT) || memcmp(&a->limit, &b->limit, 8) == 0) &&
	    (!(a->known & GROUND_FIGURE) || memcmp(&a->figure, &b->figure, 8) == 0);
}

static void
what_alarms_rest_on_comes_back(void)
{
	struct entry e;

	for (int round = 0; round < 40; round++) {
		size_t pos = 0;
		uint64_t seq = 10;

		start(seq);
		for (;;) {
			struct entry a = { .kind = ENTRY_ALARM, .alarm = { .rule = "r",
			    .device = "d", .series = 3, .alarm.active = true,
			    .value = any_value(), .why = chance() % 4 ? NULL : "w" } };

			a.alarm.ground = any_ground(&a.alarm.value);
			if (!put(&a, ++seq))
				break;
		}
		codec_begin(&reader, &page.head);
		CHECK(page.n > 30);
		for (size_t i = 0; i < page.n; i++) {
			CHECK(codec_next(&reader, page.bytes + BLOCK_HEAD, page.head.used, &pos,
			    &e) == CODEC_ENTRY);
			CHECK(same_ground(&e.alarm.ground, &page.entries[i].alarm.ground));
			CHECK(same_text(e.alarm.why, page.entries[i].alarm.why));
		}
	}
}

/* One that is over rests on nothing, and costs nothing more. */
static void
of_an_alarm_that_is_over_nothing_is_kept(void)
{
	struct entry a = { .kind = ENTRY_ALARM, .alarm = { .rule = "r", .device = "d",
	    .ground = { .known = GROUND_LIMIT, .limit = 2 } } };
	uint8_t room[BLOCK];

	start(10);
	CHECK(codec_put_life(&page.codec, room, &a) == room);
	a.alarm.alarm.active = true;
	CHECK(codec_put_life(&page.codec, room, &a) == room + 3 + 2 + 8);
}

/* Every set of facts, one after the other, so that none is left for the next;
 * and as an older program wrote them, without any. */
static void
further_facts_of_alarms_come_back(void)
{
	struct block_head head;
	struct entry e;
	size_t pos = 0;
	uint64_t seq = 10;

	start(seq);
	for (unsigned n = 0; n < 256; n++) {
		struct entry a = { .kind = ENTRY_ALARM, .alarm = { .rule = "r", .device = "d",
		    .alarm = { .event = n & 1, .first = n >> 1 & 1, .chattering = n >> 2 & 1,
		    .overdue = n >> 3 & 1, .handle_by = n & 16 ? INT64_MAX - n : 0,
		    .until = n & 32 ? 2500000000000 : 0, .removed = n & 64 ? -1 : 0 },
		    .why = n & 128 ? "清洗探头" : NULL } };

		if (!put(&a, ++seq))
			break;
	}
	block_seal(page.bytes, &page.head, SEED);
	CHECK(block_open(page.bytes, SEED, &head) && page.n > 40);
	codec_begin(&reader, &head);
	for (size_t i = 0; i < page.n; i++) {
		const struct alarm_entry *want = &page.entries[i].alarm;

		CHECK(codec_next(&reader, page.bytes + BLOCK_HEAD, head.used, &pos, &e) ==
		    CODEC_ENTRY);
		CHECK(e.alarm.alarm.event == want->alarm.event &&
		    e.alarm.alarm.first == want->alarm.first &&
		    e.alarm.alarm.chattering == want->alarm.chattering &&
		    e.alarm.alarm.overdue == want->alarm.overdue &&
		    e.alarm.alarm.handle_by == want->alarm.handle_by &&
		    e.alarm.alarm.until == want->alarm.until &&
		    e.alarm.alarm.removed == want->alarm.removed &&
		    same_text(e.alarm.why, want->why));
	}
}

/* What a later version says behind the facts that are known is passed over. */
static void
facts_of_a_later_version_are_passed_over(void)
{
	static const uint8_t later[] = { OP_LIFE, 6, 0, 4, 0, 2, 3, 4, 5 };
	const struct entry a = { .kind = ENTRY_ALARM, .alarm = { .rule = "r", .device = "d" } };
	uint8_t room[BLOCK], *end;
	struct entry e;
	size_t pos = 0;

	start(10);
	memcpy(room, later, sizeof(later));
	end = codec_put_body(&page.codec, room + sizeof(later), &a);
	codec_begin(&reader, &page.head);
	CHECK(codec_next(&reader, room, (size_t)(end - room), &pos, &e) == CODEC_ENTRY);
	CHECK(e.alarm.alarm.chattering && !e.alarm.alarm.first && e.alarm.why == NULL);
	CHECK(e.alarm.ground.known == 0);
}

static const struct entry alarm_entry = {
	.kind = ENTRY_ALARM, .flags = ENTRY_SNAPSHOT, .alarm = {
		.rule = "lel-high", .device = "shop/gas", .series = 7,
		.alarm = { .active = true, .unacked = true, .held = true, .masks = ALARM_SHELVED,
		    .since = -5, .count = UINT32_MAX },
		.event = ALARM_EV_MASK, .mask = ALARM_SHELVED, .priority = 3, .class = 1,
		.time = INT64_MAX, .value = { VALUE_F32, .f = 25.5f },
		.quality = { Q_OUT_OF_RANGE, QF_HELD }, .text_en = "gas", .text_zh = "燃气",
		.who = NULL
	}
};

static void
next(size_t *pos, struct entry *e)
{
	CHECK(codec_next(&reader, page.bytes + BLOCK_HEAD, page.head.used, pos, e) == CODEC_ENTRY);
}

static void
every_kind_comes_back(void)
{
	const struct entry statistic = { .kind = ENTRY_STATISTIC, .statistic = { .series = 9,
	    .from = 1790000000000, .to = 1790000060000, .mean = 1.5, .min = NAN, .max = -0.0,
	    .amount = INFINITY, .amount_kind = AMOUNT_LOAD, .samples = 60, .valid = 1000,
	    .mark = 'N', .span = STATISTIC_DAY } };
	const struct entry command = { .kind = ENTRY_COMMAND, .command = { .id = UINT64_MAX,
	    .series = 3, .phase = COMMAND_REFUSED, .value = { VALUE_TEXT, .text = "on" },
	    .source = "cli", .why = "" } };
	const struct entry record = { .kind = ENTRY_RECORD, .record = { .kind = "fill",
	    .key = "bottle-1/2026", .nfields = 2,
	    .fields = { { "net", "14.50" }, { "who", NULL } } } };
	const struct entry note = { .kind = ENTRY_NOTE, .note = { "field", "started" } };
	struct entry e;
	size_t pos = 0;

	start(100);
	CHECK(put(&statistic, 101) && put(&alarm_entry, 105) && put(&command, 106));
	CHECK(put(&record, 107) && put(&note, 109));
	all_come_back();
	codec_begin(&reader, &page.head);
	next(&pos, &e);
	CHECK(e.statistic.from == 1790000000000 && e.statistic.to == 1790000060000);
	CHECK(isnan(e.statistic.min) && signbit(e.statistic.max) && isinf(e.statistic.amount));
	CHECK(e.statistic.samples == 60 && e.statistic.valid == 1000 && e.statistic.mark == 'N');
	CHECK(e.statistic.mean == 1.5 && e.statistic.span == STATISTIC_DAY);
	CHECK(e.statistic.amount_kind == AMOUNT_LOAD);
	next(&pos, &e);
	CHECK(same_text(e.alarm.rule, "lel-high") && same_text(e.alarm.text_zh, "燃气"));
	CHECK(e.alarm.who == NULL && e.alarm.time == INT64_MAX && e.alarm.alarm.since == -5);
	CHECK(e.alarm.alarm.active && e.alarm.alarm.unacked && e.alarm.alarm.held);
	CHECK(!e.alarm.alarm.latching && !e.alarm.alarm.untold && e.alarm.alarm.count == UINT32_MAX);
	CHECK(same_value(&e.alarm.value, &alarm_entry.alarm.value) && e.flags == ENTRY_SNAPSHOT);
	next(&pos, &e);
	CHECK(e.command.id == UINT64_MAX && same_text(e.command.why, ""));
	CHECK(e.flags == 0 && same_text(e.command.value.text, "on"));
	next(&pos, &e);
	CHECK(e.record.nfields == 2 && same_text(e.record.fields[0].value, "14.50"));
	CHECK(same_text(e.record.key, "bottle-1/2026") && e.record.fields[1].value == NULL);
	next(&pos, &e);
	CHECK(same_text(e.note.text, "started") && e.seq == 109 && e.stored == 1790000000000);
}

/* The longest of everything still fits, and is cut between characters. */
static void
long_texts_are_cut_whole(void)
{
	static char big[9000];
	struct entry e = { .kind = ENTRY_RECORD, .record = { .kind = big, .key = big,
	    .nfields = FIELDS_MAX } };
	size_t pos = 0, n;

	for (size_t i = 0; i + 3 < sizeof(big); i += 3)
		memcpy(big + i, "气", 4);
	for (size_t i = 0; i < FIELDS_MAX; i++)
		e.record.fields[i] = (struct record_field){ big, big };
	start(0);
	CHECK(put(&e, 1));
	all_come_back();
	codec_begin(&reader, &page.head);
	next(&pos, &e);
	n = strlen(e.record.fields[FIELDS_MAX - 1].value);
	CHECK(n == 159 && strcmp(e.record.fields[15].value + n - 3, "气") == 0);
	e = (struct entry){ .kind = ENTRY_NOTE, .note = { big, big } };
	start(0);
	CHECK(put(&e, 1));
	e = alarm_entry;
	e.alarm.text_en = e.alarm.text_zh = e.alarm.rule = e.alarm.device = e.alarm.who = big;
	start(0);
	CHECK(put(&e, 1));
	all_come_back();
}

static void
groups_keep_the_moment(void)
{
	struct entry e = reading(1, (struct value){ VALUE_BOOL, .b = true });
	uint8_t *at = page.bytes + BLOCK_HEAD, *p = at;
	size_t pos = 0;

	start(0);
	e.reading.time = INT64_MIN;
	p = codec_put_reading(&page.codec, p, &e.reading);
	p = codec_put_group(&page.codec, p, INT64_MAX, INT64_MIN, false);
	p = codec_put_reading(&page.codec, p, &e.reading);
	p = codec_put_group(&page.codec, p, INT64_MIN, 1790000000000, true);
	p = codec_put_reading(&page.codec, p, &e.reading);
	page.head.used = (uint16_t)(p - at);
	codec_begin(&reader, &page.head);
	next(&pos, &e);
	CHECK(e.stored_mono == 5000000 && e.stored == 1790000000000 && e.clock_trusted);
	next(&pos, &e);
	CHECK(e.stored_mono == INT64_MAX && e.stored == INT64_MIN && !e.clock_trusted);
	next(&pos, &e);
	CHECK(e.stored_mono == INT64_MIN && e.stored == 1790000000000 && e.clock_trusted);
}

static void
nothing_is_stored_before_it_is_made(void)
{
	struct entry e = reading(1, (struct value){ VALUE_BOOL, .b = true });
	uint8_t *at = page.bytes + BLOCK_HEAD, *p = at;
	size_t pos = 0;

	start(0);
	e.reading.time = 1790000000900;
	p = codec_put_group(&page.codec, p, 5000000, 1790000000000, true);
	p = codec_put_reading(&page.codec, p, &e.reading);
	page.head.used = (uint16_t)(p - at);
	codec_begin(&reader, &page.head);
	next(&pos, &e);
	CHECK(e.stored == 1790000000900 && e.stored_mono == 5000000);
}

static void
typical_block(void)
{
	uint64_t seq = 1000;

	start(seq);
	for (uint32_t i = 0;; i++) {
		struct entry e = reading(1 + i % 50, (struct value){ VALUE_F32,
		    .f = (float)(200 + (int)(i / 50 * 7 + i) % 13) / 10 });

		e.reading.due += i / 10 * 3000000;
		e.reading.mono = e.reading.due + 4000 + i / 10 * 37 % 3000;
		e.reading.time += i / 10 * 3000;
		if (!put(&e, ++seq))
			break;
	}
}

static void
a_decimal_reading_takes_three_bytes(void)
{
	typical_block();
	all_come_back();
	CHECK(page.head.used < 3 * page.n);
}

/* No flip of one bit, and nothing cut off, passes as a sound block. */
static void
every_flipped_bit_is_found(void)
{
	struct block_head head;

	typical_block();
	block_seal(page.bytes, &page.head, SEED);
	for (size_t bit = 0; bit < BLOCK * 8; bit++) {
		page.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
		CHECK(!block_open(page.bytes, SEED, &head));
		page.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	CHECK(block_open(page.bytes, SEED, &head));
	CHECK(!block_open(page.bytes, SEED ^ 1, &head));
	for (size_t n = BLOCK - 1; n > BLOCK_HEAD + page.head.used; n--)
		CHECK(page.bytes[n] == 0);
	for (size_t n = BLOCK_HEAD + page.head.used; n-- > 0;) {
		if (page.bytes[n] == 0)
			continue;
		page.bytes[n] = 0;
		CHECK(!block_open(page.bytes, SEED, &head));
	}
}

/* What no CRC protects is still read within its bounds, and ends. */
static void
any_bytes_are_read_safely(void)
{
	struct entry e;

	for (int round = 0; round < 20000; round++) {
		size_t n = chance() % BLOCK_ROOM % (round % 2 ? 64 : BLOCK_ROOM), pos = 0, before;
		uint8_t *bytes = malloc(n + 1);

		if (round % 3 == 0)
			typical_block();
		for (size_t i = 0; i < n; i++)
			bytes[i] = round % 3 == 0 && chance() % 50 ? page.bytes[BLOCK_HEAD + i] :
			    (uint8_t)chance();
		codec_begin(&reader, &(struct block_head){ .prev = 1 });
		do {
			before = pos;
		} while (codec_next(&reader, bytes, n, &pos, &e) == CODEC_ENTRY && pos > before &&
		    pos <= n);
		CHECK(pos <= n);
		free(bytes);
	}
}

static void
crc_is_that_of_rfc_3720(void)
{
	uint8_t bytes[9000], zeros[32] = { 0 };

	CHECK(crc32c(0, "123456789", 9) == 0xe3069283u);
	CHECK(crc32c(0, zeros, 32) == 0x8a9136aau);
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)chance();
	for (size_t n = 0; n < 300; n++)
		CHECK(crc32c(7, bytes + n % 9, n) == crc32c_table(7, bytes + n % 9, n));
	for (size_t n = 4050; n < 4100; n++)
		CHECK(crc32c(7, bytes + n % 9, n) == crc32c_table(7, bytes + n % 9, n));
	CHECK(crc32c(0, bytes, sizeof(bytes)) == crc32c_table(0, bytes, sizeof(bytes)));
	CHECK(crc32c(crc32c(0, bytes, 1000), bytes + 1000, 3096) == crc32c(0, bytes, 4096));
}

int
main(void)
{
	RUN(crc_is_that_of_rfc_3720);
	RUN(ages_come_back);
	RUN(prints_come_back);
	RUN(values_come_back_bit_by_bit);
	RUN(stamps_come_back_at_their_ends);
	RUN(steps_of_due_come_back);
	RUN(any_readings_come_back);
	RUN(every_kind_comes_back);
	RUN(long_texts_are_cut_whole);
	RUN(groups_keep_the_moment);
	RUN(nothing_is_stored_before_it_is_made);
	RUN(a_decimal_reading_takes_three_bytes);
	RUN(every_flipped_bit_is_found);
	RUN(further_facts_of_alarms_come_back);
	RUN(what_alarms_rest_on_comes_back);
	RUN(of_an_alarm_that_is_over_nothing_is_kept);
	RUN(facts_of_a_later_version_are_passed_over);
	RUN(any_bytes_are_read_safely);
	return 0;
}
