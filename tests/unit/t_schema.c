#include <math.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../devices/basis.h"
#include "../../gateway/uplink/entry_json.h"
#include "../../gateway/uplink/mqtt_data.h"
#include "../../gateway/uplink/mqtt_text.h"
#include "../../rules/amount.h"
#include "../../rules/class.h"
#include "../check.h"

/* What is written of every fact that there can be, held against docs/schema by a
 * judge that knows neither. */

const struct series *
reader_series(struct reader *reader, uint32_t id)
{
	static const struct series all[] = {
		{ .id = 1, .device = "kitchen/fume", .point = "fume", .unit = "mg/m³", .raw = "f32",
		  .decimals = 2, .basis = BASIS_DECLARED },
		{ .id = 2, .device = "kitchen/fume", .point = "fan", .unit = "", .raw = "bit",
		  .decimals = -1 },
		{ .id = 3, .device = "kitchen/fume", .point = "ref", .unit = "", .raw = "f64",
		  .basis = BASIS_RATED },
		{ .id = 4, .device = "kitchen/fume", .point = "link", .unit = "%", .raw = "f64",
		  .basis = BASIS_MEASURED },
	};

	(void)reader;
	return id >= 1 && id <= 4 ? &all[id - 1] : NULL;
}

static const struct uplink_env env = { .gateway = "gw-1", .store = 0xfedcba9876543210 };
static const struct value values[] = {
	{ .kind = VALUE_NONE }, { .kind = VALUE_BOOL, .b = true },
	{ .kind = VALUE_I64, .i = INT64_MIN }, { .kind = VALUE_U64, .u = UINT64_MAX },
	{ .kind = VALUE_F32, .f = 3.4f }, { .kind = VALUE_F64, .d = -1e300 },
	{ .kind = VALUE_TEXT, .text = "a \"b\" 油烟" },
};
#define VALUES	(sizeof(values) / sizeof(values[0]))

static uint8_t room[16384];
static struct buf out = { .at = room, .cap = sizeof(room) };
static FILE *to;
static pid_t judge;

static void
begin(void)
{
	int in[2];

	CHECK(pipe(in) == 0);
	judge = fork();
	if (judge == 0) {
		dup2(in[0], 0);
		close(in[1]);
		execl("/usr/bin/python3", "python3", "tests/unit/schema_judge.py", (char *)NULL);
		_exit(127);
	}
	close(in[0]);
	to = fdopen(in[1], "w");
	CHECK(judge > 0 && to != NULL);
}

static void
end(void)
{
	int status;

	fclose(to);
	CHECK(waitpid(judge, &status, 0) == judge && status == 0);
}

static void
tell(const char *schema, bool written)
{
	CHECK(written);
	while (out.len > 0 && out.at[out.len - 1] == '\n')
		out.len--;
	fprintf(to, "%s %.*s\n", schema, (int)out.len, (const char *)out.at);
	out.len = 0;
}

static void
say(struct entry e)
{
	static uint64_t seq;

	e.seq = ++seq;
	e.stored = 1795634991949;
	for (enum stream s = 0; s < STREAMS; s++) {
		e.clock_trusted = s != STREAM_LIVE;
		tell("entry", entry_json(&out, &e, s, &env));
	}
}

static struct alarm_entry
alarm_of(unsigned i)
{
	return (struct alarm_entry){ .rule = "fume-high", .device = "kitchen/fume",
	    .series = i / 3 % 6, .time = 1795634991949, .priority = (uint8_t)(i % 4),
	    .class = (uint8_t)(i % CLASSES), .value = values[i % VALUES],
	    .quality = { .code = (uint8_t)(i % (Q_STATUS_UNKNOWN + 1)), .flags = 127 },
	    .text_en = i % 2 == 0 ? "too high" : "", .text_zh = "超限",
	    .who = i % 2 == 0 ? "ann" : "", .why = i % 3 == 0 ? NULL : "the hood is cleaned" };
}

/* Each event with nothing of the rest, and with all of it.  One judge hears of all
 * kinds of entries: it is begun here and ended with the last kind. */
static void
alarms_have_every_fact(void)
{
	begin();
	for (unsigned i = 0; i < ALARM_EVENTS * 12; i++) {
		struct alarm_entry a = alarm_of(i);
		bool all = i / ALARM_EVENTS % 2 != 0;

		a.event = (uint8_t)(i % ALARM_EVENTS);
		a.mask = all ? ALARM_MASKS : 0;
		a.alarm.since = a.time;
		if (all)
			a.alarm = (struct alarm){ true, true, true, true, true, true, true,
			    true, true, ALARM_MASKS, UINT32_MAX, a.time, 1000, a.time,
			    a.time, a.time };
		say((struct entry){ .kind = ENTRY_ALARM, .alarm = a,
		    .flags = i == 0 ? ENTRY_SNAPSHOT : 0 });
	}
	for (unsigned masks = 0; masks <= ALARM_MASKS; masks++) {
		struct alarm_entry a = alarm_of(0);

		a.alarm = (struct alarm){ .active = true, .unacked = true,
		    .masks = (uint8_t)masks };
		say((struct entry){ .kind = ENTRY_ALARM, .alarm = a });
	}
}

static void
statistics_have_every_figure(void)
{
	static const char marks[] = { 'N', 'F', 'M', 'S', 'D', 'C', 'T', 'B', '\0' };

	for (unsigned i = 0; i < 72; i++) {
		struct statistic s = { .series = 1 + i / 3 % 5, .span = (uint8_t)(i % STATISTIC_SPANS),
		    .from = 1795634400000, .to = 1795635000000, .mean = 3.4, .min = -1, .max = 1e9,
		    .amount = 0.5, .amount_kind = (uint8_t)(i % (AMOUNT_LOAD + 1)),
		    .samples = i, .valid = (uint16_t)(i * 1000 / 71),
		    .mark = marks[i % sizeof(marks)] };

		if (i % 5 == 0)
			s.mean = s.min = s.max = s.amount = (double)NAN;
		say((struct entry){ .kind = ENTRY_STATISTIC, .statistic = s });
	}
}

static void
the_rest_of_the_entries(void)
{
	struct entry e = { .kind = ENTRY_RECORD, .record = { .kind = "fill", .key = "" } };

	for (unsigned i = 0; i <= COMMAND_EXPIRED; i++)
		for (unsigned k = 0; k < VALUES; k++)
			say((struct entry){ .kind = ENTRY_COMMAND, .command = { .id = k,
			    .series = k % 6, .phase = (uint8_t)i, .value = values[k],
			    .source = k % 2 == 0 ? "mqtt:city" : "",
			    .why = k % 2 == 0 ? "" : "it is no figure" } });
	say(e);
	e.record.nfields = FIELDS_MAX;
	for (size_t i = 0; i < FIELDS_MAX; i++)
		e.record.fields[i] = (struct record_field){ &"abcdefghijklmnop"[i], "净重" };
	say(e);
	say((struct entry){ .kind = ENTRY_NOTE, .note = { .who = "clock", .text = "\x01 step" } });
	for (unsigned i = 0; i < 4; i++)
		tell("entry", gap_json(&out, &(struct gap){ .from = 1, .to = 9, .damaged = i & 1,
		    .since = i & 2, .until = i & 2 }, STREAM_LIVE + i % 2, &env));
	tell("entry", gap_json(&out, &(struct gap){ .from = 1, .to = 9 }, STREAM_ALARM, &env));
	end();
}

static void
readings_in_both_forms(void)
{
	static const char *const streams[] = { "alarm", "live", "backfill" };
	struct mqtt_row rows[VALUES * 12];
	struct mqtt_scan scans[VALUES * 12];
	uint32_t order[VALUES * 12];
	uint8_t text_room[4096];
	struct buf texts = { .at = text_room, .cap = sizeof(text_room) };
	struct mqtt_data d = { .gateway = "gw-1", .device = "kitchen/fume", .store = env.store,
	    .rows = rows, .scans = scans };

	begin();
	for (uint32_t i = 0; i < VALUES * 12; i++) {
		const struct reading r = { .series = 1 + i % VALUES, .time = 5000 + (int64_t)(i / VALUES) * 1000,
		    .value = values[i % VALUES], .age = i % 2 * 600, .quality = {
		    .code = (uint8_t)(i / VALUES % 12), .flags = (uint8_t)(i % 2 * 8) } };

		CHECK(mqtt_row(&rows[i], &r, i + 1, &texts));
		order[i] = i;
	}
	d.texts = (const char *)texts.at;
	for (uint32_t i = 0; i < VALUES * 12; i++) {
		d.stream = streams[i % 3];
		tell("point", mqtt_point(&out, &d, &rows[i], reader_series(NULL, i % 6)));
	}
	for (unsigned i = 0; i < 3; i++) {
		d.stream = streams[i];
		tell("data", mqtt_data(&out, &d, order, i == 0 ? 1 : VALUES * 12));
	}
	for (uint32_t i = 0; i < 60; i++)	/* figures that are scaled */
		CHECK(mqtt_row(&rows[i], &(struct reading){ .series = 1, .time = 5000 + i,
		    .value = { .kind = VALUE_F32, .f = 7.12f } }, i + 1, &texts));
	tell("data", mqtt_data(&out, &d, order, 60));
	end();
}

static void
what_is_said_of_gateway_and_devices(void)
{
	static const char *const whys[] = { "lost", "stopped", "moved" };
	struct mqtt_site site = { .n = 0 };
	uint32_t next;

	begin();
	tell("online", mqtt_online(&out, env.gateway, env.store, true, "", 5000));
	for (unsigned i = 0; i < 3; i++)
		tell("online", mqtt_online(&out, env.gateway, env.store, false, whys[i], 5000));
	for (unsigned i = 0; i < 2; i++) {
		struct mqtt_device *d = mqtt_site_of(&site, NULL, 4);

		CHECK(d != NULL);
		next = d->series;
		out.cap = i == 0 ? 230 : sizeof(room);	/* in two parts, and in one */
		tell("birth", mqtt_birth(&out, env.gateway, env.store, &site, d, NULL, &next, 1));
		CHECK((next != 0) == (i == 0));
		out.cap = sizeof(room);
		d->presence = i == 0 ? PRESENCE_ONLINE : PRESENCE_OFFLINE;
		tell("device", mqtt_presence(&out, env.gateway, d));
		tell("reply", mqtt_reply(&out, env.gateway, i == 0 ? "a17" : "", i == 0, "1", 5000));
	}
	mqtt_site_free(&site);
	end();
}

int
main(void)
{
	RUN(alarms_have_every_fact);
	RUN(statistics_have_every_figure);
	RUN(the_rest_of_the_entries);
	RUN(readings_in_both_forms);
	RUN(what_is_said_of_gateway_and_devices);
	return 0;
}
