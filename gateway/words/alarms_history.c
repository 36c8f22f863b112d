#include <argp.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../rules/class.h"
#include "../clock.h"
#include "../command_line.h"
#include "../export_time.h"
#include "../journal/reader.h"
#include "../log.h"
#include "../record_words.h"
#include "../room.h"
#include "../run.h"
#include "../text.h"
#include "../uplink/alarm_facts.h"
#include "../uplink/entry_json.h"
#include "../uplink/entry_words.h"
#include "alarm_lane.h"

#define KEY_STORE	0x100
#define KEY_FROM	0x101
#define KEY_TO		0x102
#define LINE_BYTES	65536

struct history {
	struct alarm_lane	 lane;
	const char		*from_text, *to_text;
	int64_t			 from, to;	/* UTC ms, from <= t < to */
	bool			 json, csv;
	uint8_t			*room;
	size_t			 n;
};

static const struct argp_option options[] = {
	{ "from", KEY_FROM, N_("TIME"), 0,
	    N_("not before: \"2026-11-25\", \"2026-11-25T08:00\", or a span: so long ago"), 0 },
	{ "to", KEY_TO, N_("TIME"), 0, N_("before this time"), 0 },
	{ "rule", 'r', N_("PATTERN"), 0, N_("only of these rules, as \"lel-*\""), 0 },
	{ "device", 'd', N_("PATTERN"), 0, N_("only of these devices, as \"shop/*\""), 0 },
	{ "json", 'j', NULL, 0, N_("one JSON object a line"), 0 },
	{ "csv", 'v', NULL, 0, N_("rows of CSV"), 0 },
	OPTION_CONFIG,
	{ "store", KEY_STORE, N_("DIR"), 0, N_("folder of the store, instead of that of FILE"), 0 },
	{ 0 }
};

static error_t
option(int key, char *arg, struct argp_state *state)
{
	struct history *h = state->input;

	switch (key) {
	case KEY_FROM:
		h->from_text = arg;
		return 0;
	case KEY_TO:
		h->to_text = arg;
		return 0;
	case 'r':
		h->lane.rule = arg;
		return 0;
	case 'd':
		h->lane.device = arg;
		return 0;
	case 'j':
		h->json = true;
		return 0;
	case 'v':
		h->csv = true;
		return 0;
	case 'c':
		h->lane.config_path = arg;
		return 0;
	case KEY_STORE:
		h->lane.store = arg;
		return 0;
	default:
		return option_none(key, state);
	}
}

static const char *
field_of(const struct record *r, const char *name)
{
	for (size_t i = 0; i < r->nfields; i++)
		if (strcmp(r->fields[i].name, name) == 0)
			return r->fields[i].value != NULL ? r->fields[i].value : "";
	return "";
}

/* Records of other trades are not about alarms. */
static bool
about_alarms(const struct record *r)
{
	static const char *const kinds[] = { "shelve", "service", "handling", "maintenance",
	    "area", "event" };

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(r->kind, kinds[i]) == 0)
			return true;
	return false;
}

static bool
wanted(const struct history *h, const struct entry *e)
{
	const struct record *r = &e->record;

	if (entry_time(e) < h->from || entry_time(e) >= h->to)
		return false;
	if (e->kind == ENTRY_ALARM)
		return !(e->flags & ENTRY_SNAPSHOT) &&
		    alarm_lane_wants(&h->lane, e->alarm.rule, e->alarm.device);
	if (e->kind != ENTRY_RECORD || !about_alarms(r))
		return false;
	return alarm_lane_wants(&h->lane, field_of(r, "rule"),
	    field_of(r, "device")[0] != '\0' ? field_of(r, "device") : field_of(r, "scope"));
}

static void
write_json(struct history *h, const struct entry *e)
{
	const struct uplink_env env = { .gateway = h->lane.config != NULL ?
	    h->lane.config->gateway.id : "", .reader = h->lane.reader,
	    .store = reader_store(h->lane.reader) };
	struct buf b = { .at = h->room, .cap = LINE_BYTES };

	if (entry_json(&b, e, STREAM_ALARM, &env))
		fwrite(h->room, 1, b.len, stdout);
}

static const char *
event_word(uint8_t event)
{
	return event < ALARM_EVENTS ? words_events[event] : "?";
}

static void
csv_text(const char *text, const char *end)
{
	putchar('"');
	for (; text != NULL && *text != '\0'; text++) {
		if (*text == '"')
			putchar('"');
		putchar(*text);
	}
	printf("\"%s", end);
}

static void
csv_fact(const struct alarm_fact *f, const struct alarm_entry *a)
{
	char words[FACT_WORDS];

	putchar(',');
	if (f->kind == FACT_TEXT)
		csv_text(fact_text(f, a, words), "");
	else if (f->kind == FACT_MASKS)
		fputs(fact_text(f, a, words), stdout);
	else if (f->kind != FACT_TIME || fact_is(f, a))
		printf("%" PRId64, fact_number(f, a));
}

static void
csv_head(void)
{
	fputs("time_ms,time,rule,device,event,state,priority,class,text", stdout);
	for (size_t i = 0; i < ALARM_FACTS; i++)
		printf(",%s", alarm_facts[i].name);
	putchar('\n');
}

static void
write_csv(const struct entry *e)
{
	const struct alarm_entry *a = &e->alarm;
	char at[32];

	if (e->kind != ENTRY_ALARM)
		return;
	printf("%" PRId64 ",%s,", a->time, alarm_time(a->time, at));
	csv_text(a->rule, ",");
	csv_text(a->device, ",");
	printf("%s,%s,%s,%s,", event_word(a->event), alarm_state_name(alarm_state(&a->alarm)),
	    priority_names[a->priority & 3], a->class < CLASSES ? class_names[a->class] : "");
	csv_text(a->text_en, "");
	for (size_t i = 0; i < ALARM_FACTS; i++)
		csv_fact(&alarm_facts[i], a);
	putchar('\n');
}

static void
write_step(const struct alarm_entry *a)
{
	const char *text = text_chinese() && a->text_zh != NULL && a->text_zh[0] != '\0' ?
	    a->text_zh : a->text_en;
	char at[32], safe[600];

	printf("%s  %s %-5s  %s  %s  %s  %s", alarm_time(a->time, at), _(event_word(a->event)),
	    alarm_state_name(alarm_state(&a->alarm)), _(priority_names[a->priority & 3]),
	    a->rule, a->device, log_safe(text != NULL ? text : "", safe, sizeof(safe)));
	if (a->who != NULL && a->who[0] != '\0')
		printf("  (%s%s%s)", a->who, a->why != NULL && a->why[0] != '\0' ? ": " : "",
		    log_safe(a->why != NULL ? a->why : "", safe, sizeof(safe)));
	putchar('\n');
}

static void
write_record(const struct entry *e)
{
	const struct record *r = &e->record;
	char at[32];

	printf("%s  %s %s", alarm_time(e->stored, at), _("record"), record_kind(r->kind));
	record_fields(r, stdout);
	putchar('\n');
}

static int
take(void *arg, const struct entry *e)
{
	struct history *h = arg;

	if (!wanted(h, e))
		return 0;
	h->n++;
	if (h->json)
		write_json(h, e);
	else if (h->csv)
		write_csv(e);
	else if (e->kind == ENTRY_ALARM)
		write_step(&e->alarm);
	else
		write_record(e);
	return ferror(stdout) ? 1 : 0;
}

static int
settle(struct history *h)
{
	int64_t now = system_clock.wall();
	const char *bad = NULL;

	h->from = INT64_MIN;
	h->to = INT64_MAX;
	if (h->from_text != NULL && !local_parse(h->from_text, now, &h->from))
		bad = h->from_text;
	if (h->to_text != NULL && !local_parse(h->to_text, now, &h->to))
		bad = h->to_text;
	if (bad == NULL && h->from >= h->to) {
		fprintf(stderr, _("%s: %s: --from must be before --to\n"), h->lane.name,
		    h->from_text != NULL ? h->from_text : h->to_text);
		return -1;
	}
	if (bad == NULL)
		return 0;
	fprintf(stderr, "%s: %s: %s\n", h->lane.name, bad,
	    _("not a time: 2026-11-25, 2026-11-25T08:00, or 1d, so long ago"));
	return -1;
}

int
alarms_history_word(int argc, char **argv)
{
	const struct argp argp = { .options = options, .parser = option,
	    .doc = N_("Writes each step in the life of alarms, and the records about them, "
	    "from the journal; needs no running gateway.") };
	struct history h = { .lane = { .name = argv[0], .config_path = CONFIG_FILE,
	    .control = "" } };
	int rc = -1;

	argp_parse(&argp, argc, argv, 0, NULL, &h);
	if (alarm_lane_open(&h.lane) != 0)
		return EXIT_FAILURE;
	h.room = room_for(LINE_BYTES, 1);
	if (h.csv)
		csv_head();
	if (settle(&h) == 0)
		rc = alarm_lane_read(&h.lane, take, &h);
	if (rc == 0 && h.n == 0 && !h.json && !h.csv)
		puts(_("nothing of that kind is stored"));
	free(h.room);
	alarm_lane_close(&h.lane);
	return rc == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
