#include <string.h>

#include "../../gateway/field/pipeline.h"
#include "../../gateway/log.h"
#include "../check.h"
#include "instrument.h"
#include "store.h"

static struct test_store *s;
static struct pipeline p;
static struct device *d;
static int works;

static void
worked(void *arg, int64_t now)
{
	(void)arg;
	(void)now;
	works++;
}

static struct rules *
rules_of(const char *text)
{
	struct arena *arena = instrument_arena();
	struct rule_conf *rule = arena_alloc(arena, sizeof(*rule));
	const struct constants none = { NULL, 0 };
	struct tree *tree = tree_parse(text, "r.conf", arena, instrument_errs());
	struct rules *rules;

	CHECK(tree != NULL);
	CHECK(key_load(tree_root(tree), rule_keys, rule, arena, instrument_errs()) == 0);
	CHECK(rule_compile(rule, &none, arena, instrument_errs()) == 0);
	tree_close(tree);
	rules = rules_new(rule, 1, d, 1, arena, instrument_errs());
	CHECK(rules != NULL);
	return rules;
}

static void
begin(const char *more, const char *rule, size_t buffer)
{
	d = instrument("site/x", "5s", more);
	s = store_open(buffer);
	for (size_t i = 0; i < d->profile->npoints; i++)
		d->taps[i].series = store_series(s, "site/x", d->profile->points[i].name);
	pipeline_init(&p, s->journal, rules_of(rule), &test_clock, d->profile->npoints);
	rules_start(p.rules, test_mono);
	pipeline_tick(&p, test_mono);
	p.worked = worked;
	works = 0;
}

static void
end(void)
{
	pipeline_end(&p);
	store_close(s);
}

static struct moment
moment(void)
{
	return (struct moment){ .time = test_wall, .due = test_mono - 300, .mono = test_mono };
}

static const struct slice whole = { 0, 2, 0 };

static void
block(uint16_t a, uint16_t b)
{
	const uint8_t data[4] = { (uint8_t)(a >> 8), (uint8_t)a, (uint8_t)(b >> 8), (uint8_t)b };
	const struct moment at = moment();

	pipeline_block(&p, d, 0, &whole, data, sizeof(data), &at);
}

#define HIGH	"name = \"a-high\"; on = \"*\"; when = \"a > 100\"; priority = \"high\"; " \
		"class = \"process\"; max_age = \"1h\";"

static void
an_answer_becomes_readings_in_the_journal(void)
{
	begin("", HIGH, 65536);
	block(7, 65000);
	CHECK(p.readings == 2 && works == 1);
	CHECK(s->n == 0);			/* nothing is durable yet */
	store_flush(s);
	CHECK(s->n == 2);
	CHECK(s->told[0].kind == ENTRY_READING && s->told[0].seq == 1);
	CHECK(s->told[0].reading.series == d->taps[0].series);
	CHECK(s->told[0].reading.time == test_wall);
	CHECK(s->told[0].reading.mono == test_mono);
	CHECK(s->told[0].reading.due == test_mono - 300);
	CHECK(s->told[0].reading.quality.code == Q_GOOD);
	CHECK(s->told[1].reading.series == d->taps[1].series);
	CHECK(s->told[1].clock_trusted);
	end();
}

static const struct entry *
the_alarm(void)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->told[i].kind == ENTRY_ALARM)
			return &s->told[i];
	return NULL;
}

static uint64_t
seq_of_reading(uint32_t series)
{
	uint64_t seq = 0;

	for (size_t i = 0; i < s->n; i++)
		if (s->told[i].kind == ENTRY_READING && s->told[i].reading.series == series)
			seq = s->told[i].seq;
	return seq;
}

static void
a_reading_stands_before_the_alarm_that_it_raises(void)
{
	const struct entry *e;

	begin("", HIGH, 65536);
	block(101, 1);
	CHECK(p.alarms == 1 && p.nkept == 0);
	/* Without any wait: the reading does not lag for the interval. */
	CHECK(journal_deadline(s->journal) <= test_mono);
	store_flush(s);
	e = the_alarm();
	CHECK(e != NULL);
	CHECK(strcmp(e->alarm.rule, "a-high") == 0);
	CHECK(strcmp(e->alarm.device, "site/x") == 0);
	CHECK(e->alarm.series == d->taps[0].series);
	CHECK(e->alarm.alarm.active && e->alarm.alarm.unacked);
	CHECK(e->alarm.event == ALARM_EV_ENTER && e->alarm.priority == PRIORITY_HIGH);
	CHECK(e->alarm.text_en[0] != '\0' && e->alarm.text_zh[0] != '\0');
	CHECK(seq_of_reading(d->taps[0].series) != 0);
	CHECK(seq_of_reading(d->taps[0].series) < e->seq);
	end();
}

static void
bad_blocks_and_disabled_points_are_said_without_a_value(void)
{
	const struct moment at = moment();

	begin("disable = (\"d\");", HIGH, 65536);
	pipeline_off(&p, d, &at);
	pipeline_bad(&p, d, 0, 0, Q_COMM_FAILURE, &at);
	store_flush(s);
	CHECK(s->n == 3);
	CHECK(s->told[0].reading.series == d->taps[3].series);
	CHECK(s->told[0].reading.quality.code == Q_OUT_OF_SERVICE);
	for (int i = 1; i < 3; i++) {
		CHECK(s->told[i].reading.quality.code == Q_COMM_FAILURE);
		CHECK(s->told[i].reading.value.kind == VALUE_NONE);
	}
	end();
}

static void
marks_and_an_untrusted_clock_go_with_the_reading(void)
{
	struct moment at = moment();
	const uint8_t data[4] = { 0, 1, 0, 2 };

	begin("", HIGH, 65536);
	p.trusted = false;
	at.flags = QF_CLOCK_UNTRUSTED;
	at.code = Q_AFTER_BARRIER;
	device_mark(d, QF_MAINTENANCE);
	pipeline_block(&p, d, 0, &whole, data, sizeof(data), &at);
	device_mark(d, 0);
	store_flush(s);
	CHECK(s->told[0].reading.quality.code == Q_AFTER_BARRIER);
	CHECK(s->told[0].reading.quality.flags == (QF_CLOCK_UNTRUSTED | QF_MAINTENANCE));
	CHECK(!s->told[0].clock_trusted);
	end();
}

static void
a_delay_raises_by_the_tick(void)
{
	begin("", HIGH " on_delay = \"3s\";", 65536);
	block(500, 1);
	CHECK(p.alarms == 0);
	CHECK(pipeline_deadline(&p) == test_mono + 3 * US_PER_S);
	test_mono += 3 * US_PER_S;
	test_wall += 3000;
	pipeline_tick(&p, test_mono);
	CHECK(p.alarms == 1);
	end();
}

static void
a_line_that_is_down_masks_its_stale_alarms(void)
{
	const struct entry *e;

	begin("", "name = \"lost\"; on = \"*\"; when = \"stale(a, 9s)\"; priority = \"low\"; "
	    "class = \"equipment\";", 65536);
	pipeline_link(&p, d, true, test_mono);
	test_mono += 30 * US_PER_S;
	pipeline_tick(&p, test_mono);
	store_flush(s);
	e = the_alarm();
	CHECK(e == NULL || (e->alarm.alarm.masks & ALARM_SUPPRESSED));
	pipeline_link(&p, d, false, test_mono);
	test_mono += 30 * US_PER_S;
	pipeline_tick(&p, test_mono);
	store_flush(s);
	CHECK(s->n > 0 && s->told[s->n - 1].kind == ENTRY_ALARM);
	CHECK(s->told[s->n - 1].alarm.alarm.active);
	CHECK(s->told[s->n - 1].alarm.alarm.masks == 0);
	end();
}

/* A store that takes nothing: polls are to be skipped, readings that come all
 * the same are counted, and no step of an alarm is lost or out of order. */
static void
a_full_store_is_said_and_alarms_wait(void)
{
	size_t asked = 0;
	bool last = false;

	begin("", HIGH, 16384);
	CHECK(pipeline_ready(&p));
	for (; pipeline_ready(&p) && asked < 100000; asked++)
		block((uint16_t)asked % 90, 2);
	CHECK(asked < 100000 && p.lost == 0);
	for (int i = 0; p.lost == 0 && i < 100000; i++)
		block(3, 4);
	CHECK(p.lost > 0);
	for (int i = 0; i < 300 && p.nkept == 0; i++)
		block(i % 2 == 0 ? 200 : 20, 4);
	CHECK(p.alarms_lost == 0);
	store_flush(s);
	pipeline_tick(&p, test_mono);
	store_flush(s);
	CHECK(p.nkept == 0 && pipeline_ready(&p));
	for (size_t i = 0; i < s->n; i++) {
		if (s->told[i].kind != ENTRY_ALARM || (s->told[i].flags & ENTRY_SNAPSHOT))
			continue;
		CHECK(s->told[i].alarm.alarm.active != last);
		last = s->told[i].alarm.alarm.active;
	}
	end();
}

static void
a_note_is_stored(void)
{
	begin("", HIGH, 65536);
	pipeline_note(&p, "clock", "stepped by %+d s", 3600);
	store_flush(s);
	CHECK(s->n == 1 && s->told[0].kind == ENTRY_NOTE);
	end();
}

int
main(void)
{
	log_open(LOG_LEVEL_ERR);
	RUN(an_answer_becomes_readings_in_the_journal);
	RUN(a_reading_stands_before_the_alarm_that_it_raises);
	RUN(bad_blocks_and_disabled_points_are_said_without_a_value);
	RUN(marks_and_an_untrusted_clock_go_with_the_reading);
	RUN(a_delay_raises_by_the_tick);
	RUN(a_line_that_is_down_masks_its_stale_alarms);
	RUN(a_full_store_is_said_and_alarms_wait);
	RUN(a_note_is_stored);
	return 0;
}
