#include <stdio.h>
#include <string.h>

#include "../../gateway/words/measure.h"
#include "../../gateway/words/spot.h"
#include "../../protocols/word.h"
#include "../../rules/class.h"
#include "../check.h"

#define FROM	1790000000000LL
#define DAY	86400000LL
#define MIN	60000LL

static struct measure m;

static void
step(const char *rule, enum alarm_event event, enum alarm_mask mask, int64_t time,
    struct alarm alarm)
{
	struct entry e = { .kind = ENTRY_ALARM, .alarm = { .rule = rule, .device = "d",
	    .event = (uint8_t)event, .mask = (uint8_t)mask, .time = time, .alarm = alarm,
	    .priority = PRIORITY_HIGH, .class = CLASS_LIFE } };

	measure_take(&m, &e);
}

static void
raise(const char *rule, int64_t time)
{
	step(rule, ALARM_EV_ENTER, 0, time, (struct alarm){ .active = true, .unacked = true,
	    .count = 1, .since = time });
}

static void
settle(const char *rule, int64_t time)
{
	step(rule, ALARM_EV_ACK, 0, time, (struct alarm){ .active = true, .count = 1,
	    .since = time });
	step(rule, ALARM_EV_LEAVE, 0, time, (struct alarm){ .since = time });
}

static void
alarms_are_counted_in_their_time(void)
{
	const struct measured *top[TOP];

	measure_init(&m, FROM, FROM + 10 * DAY, 10, 5);
	raise("a", FROM - 1);			/* before it */
	settle("a", FROM + MIN);
	for (int i = 0; i < 11; i++) {
		raise("a", FROM + DAY + i);
		settle("a", FROM + DAY + i * MIN + 1);
	}
	raise("b", FROM + 2 * DAY);
	settle("b", FROM + 2 * DAY + MIN);
	raise("b", FROM + 10 * DAY);		/* behind it */
	CHECK(m.told == 12 && measure_peak(&m) == 11 && measure_over(&m) == 1);
	CHECK(m.priorities[PRIORITY_HIGH] == 12 && m.classes[CLASS_LIFE] == 12);
	CHECK(measure_top(&m, top) == 2 && strcmp(top[0]->rule, "a") == 0 && top[0]->told == 11);
	CHECK(m.nacks == 12 && measure_ack(&m, 0) == 1 && measure_ack(&m, 1) >= 9 * MIN);
	measure_free(&m);
}

/* A store restates what stands, perhaps before the step that raised it. */
static void
what_is_restated_is_counted_once(void)
{
	struct entry e = { .kind = ENTRY_ALARM, .flags = ENTRY_SNAPSHOT, .alarm = { .rule = "a",
	    .device = "d", .time = FROM, .alarm = { .active = true, .unacked = true,
	    .count = 1, .since = FROM } } };

	measure_init(&m, FROM, FROM + DAY, 10, 5);
	measure_take(&m, &e);
	CHECK(m.told == 0);
	raise("a", FROM);
	measure_take(&m, &e);
	CHECK(m.told == 1);
	measure_free(&m);
}

static void
masks_and_events_ask_nobody(void)
{
	measure_init(&m, FROM, FROM + 2 * DAY, 10, 5);
	step("a", ALARM_EV_MASK, ALARM_SHELVED, FROM, (struct alarm){ .masks = ALARM_SHELVED });
	step("a", ALARM_EV_ENTER, 0, FROM, (struct alarm){ .active = true, .untold = true,
	    .masks = ALARM_SHELVED });
	CHECK(m.told == 0 && m.shelved == 1);
	step("a", ALARM_EV_UNMASK, ALARM_SHELVED, FROM, (struct alarm){ .active = true,
	    .unacked = true, .count = 1, .since = FROM });
	CHECK(m.told == 1 && measure_stale(&m, m.first));
	step("n", ALARM_EV_ENTER, 0, FROM, (struct alarm){ .active = true, .event = true,
	    .count = 1 });
	CHECK(m.told == 1 && m.events == 1 && !measure_stale(&m, m.first));
	step("a", ALARM_EV_CHATTER, 0, FROM, (struct alarm){ .active = true, .count = 1,
	    .chattering = true });
	step("a", ALARM_EV_OVERDUE, 0, FROM, (struct alarm){ .active = true, .count = 1,
	    .overdue = true });
	CHECK(m.overdue == 1 && m.told == 1);
	measure_free(&m);
}

/* A flood lasts until fewer than five come in ten minutes, not until ten do. */
static void
floods_begin_and_end_at_different_rates(void)
{
	static const unsigned char rates[] = { 10, 11, 7, 5, 4, 10, 0, 12, 40, 0 };
	struct floods f;

	measure_init(&m, FROM, FROM + 2 * 60 * MIN, 10, 5);
	for (size_t i = 0; i < sizeof(rates); i++)
		for (int k = 0; k < rates[i]; k++)
			raise("a", FROM + (int64_t)i * 10 * MIN + k);
	f = measure_floods(&m);
	CHECK(f.n == 2 && f.tens == 5 && f.longest == 3);
	CHECK(measure_over(&m) == 3 && measure_peak(&m) == 40);
	CHECK(measure_hours(&m) == 2 && measure_hours_over(&m) == 2);	/* 47 and 52 */
	measure_free(&m);
	measure_init(&m, FROM, FROM + 70 * MIN, 10, 5);
	CHECK(measure_hours(&m) == 2 && measure_hours_over(&m) == 0 && measure_floods(&m).n == 0);
	measure_free(&m);
}

/* Acknowledged or not, it stands; behind a mask it does not. */
static void
what_stands_too_long_is_stale_on_its_days(void)
{
	measure_init(&m, FROM, FROM + 10 * DAY, 10, 5);
	raise("before", FROM - 5 * DAY);
	step("before", ALARM_EV_ACK, 0, FROM + DAY, (struct alarm){ .active = true, .count = 1,
	    .since = FROM + DAY });
	step("before", ALARM_EV_LEAVE, 0, FROM + 2 * DAY + 1, (struct alarm){ .since = 1 });
	raise("a", FROM + DAY);
	step("a", ALARM_EV_ACK, 0, FROM + DAY + MIN, (struct alarm){ .active = true, .count = 1,
	    .since = FROM + DAY + MIN });
	raise("masked", FROM + DAY);
	step("masked", ALARM_EV_MASK, ALARM_SHELVED, FROM + DAY + MIN, (struct alarm){
	    .active = true, .masks = ALARM_SHELVED, .since = FROM + DAY + MIN });
	raise("short", FROM + 3 * DAY);
	settle("short", FROM + 3 * DAY + 59999);
	raise("minute", FROM + 4 * DAY);
	settle("minute", FROM + 4 * DAY + MIN);
	measure_end(&m);
	/* "before" on days 0 to 2, "a" from its second day on */
	CHECK(m.days[0] == 1 && m.days[1] == 1 && m.days[2] == 2 && m.days[3] == 1 &&
	    m.days[9] == 1);
	CHECK(measure_stale_peak(&m) == 2 && m.fleeting == 1);
	for (const struct measured *a = m.first; a != NULL; a = a->next) {
		CHECK(measure_stale(&m, a) == (strcmp(a->rule, "a") == 0));
		CHECK(measure_stands(&m, a) == (strcmp(a->rule, "a") == 0));
	}
	measure_free(&m);
}

static void
many_alarms_are_found_again(void)
{
	char rule[16];

	measure_init(&m, FROM, FROM + DAY, 10, 5);
	for (int round = 0; round < 2; round++)
		for (int i = 0; i < 3000; i++) {
			snprintf(rule, sizeof(rule), "r%d", i);
			raise(rule, FROM + i);
		}
	CHECK(m.n == 3000 && m.told == 6000);
	measure_free(&m);
}

static void
texts_are_one_word(void)
{
	static const char *const texts[] = { "", "-", "a b", "100 %", "清洗 探头", "a\tb\n", "%2D",
	    "plain" };
	char word[64];

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		CHECK(word_put(word, sizeof(word), texts[i]) == 0);
		CHECK(word[0] != '\0' && strpbrk(word, " \t\n") == NULL);
		word_get(word);
		CHECK(strcmp(word, texts[i]) == 0);
	}
	CHECK(word_put(word, 5, "abcde") == -1 && word_put(word, 4, "a b") == -1);
	strcpy(word, "a%zz%00%4");
	word_get(word);
	CHECK(strcmp(word, "a%zz%00%4") == 0);
}

static void
only_a_terminal_of_the_box_is_on_the_spot(void)
{
	CHECK(spot_terminal("/dev/tty1") && spot_terminal("/dev/ttyS0") &&
	    spot_terminal("/dev/console") && spot_terminal("/dev/hvc0") &&
	    spot_terminal("/dev/ttyUSB0"));
	CHECK(!spot_terminal("/dev/pts/0") && !spot_terminal("/dev/tty") &&
	    !spot_terminal(NULL) && !spot_terminal("/dev/null"));
}

int
main(void)
{
	RUN(alarms_are_counted_in_their_time);
	RUN(what_is_restated_is_counted_once);
	RUN(masks_and_events_ask_nobody);
	RUN(floods_begin_and_end_at_different_rates);
	RUN(what_stands_too_long_is_stale_on_its_days);
	RUN(many_alarms_are_found_again);
	RUN(texts_are_one_word);
	RUN(only_a_terminal_of_the_box_is_on_the_spot);
	return 0;
}
