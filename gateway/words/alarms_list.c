#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../conf/key.h"
#include "../../protocols/json.h"
#include "../../rules/class.h"
#include "../command_line.h"
#include "../lefts.h"
#include "../log.h"
#include "../order_line.h"
#include "../room.h"
#include "../run.h"
#include "../text.h"
#include "../uplink/alarm_facts.h"
#include "alarm_lane.h"

#define KEY_STORE	0x100
#define LINE_BYTES	8192

struct list {
	struct alarm_lane	 lane;
	const char		*only;
	bool			 json;
	struct lefts		 all;
	size_t			 shown;
};

static const struct argp_option options[] = {
	{ "rule", 'r', N_("PATTERN"), 0, N_("only of these rules, as \"lel-*\""), 0 },
	{ "device", 'd', N_("PATTERN"), 0, N_("only of these devices, as \"shop/*\""), 0 },
	{ "only", 'o', N_("WHICH"), 0,
	    N_("unacked, active, shelved, suppressed, out, maintenance, owed or chattering"), 0 },
	{ "json", 'j', NULL, 0, N_("one JSON object a line"), 0 },
	OPTION_CONFIG,
	OPTION_SOCKET,
	{ "store", KEY_STORE, N_("DIR"), 0, N_("folder of the store, instead of that of FILE"), 0 },
	{ 0 }
};

static bool
is_unacked(const struct alarm *a)
{
	return a->unacked && a->masks == 0;
}

static bool
is_active(const struct alarm *a)
{
	return a->active;
}

static bool
is_shelved(const struct alarm *a)
{
	return a->masks & ALARM_SHELVED;
}

static bool
is_suppressed(const struct alarm *a)
{
	return a->masks & ALARM_SUPPRESSED;
}

static bool
is_out(const struct alarm *a)
{
	return a->masks & (ALARM_REMOVED | ALARM_OUT_OF_SERVICE);
}

static bool
in_maintenance(const struct alarm *a)
{
	return a->masks & ALARM_MAINTENANCE;
}

static bool
is_owed(const struct alarm *a)
{
	return a->handle_by != 0;
}

static bool
chatters(const struct alarm *a)
{
	return a->chattering;
}

static const struct {
	const char	*name;
	bool		(*is)(const struct alarm *);
} kinds[] = {
	{ "unacked", is_unacked },	{ "active", is_active },
	{ "shelved", is_shelved },	{ "suppressed", is_suppressed },
	{ "out", is_out },		{ "maintenance", in_maintenance },
	{ "owed", is_owed },		{ "chattering", chatters },
};

#define KINDS	(sizeof(kinds) / sizeof(kinds[0]))

static void
check_kind(struct argp_state *state, const char *name)
{
	struct near near = near_to(name);

	for (size_t i = 0; i < KINDS; i++)
		if (strcmp(kinds[i].name, name) == 0)
			return;
		else
			near_try(&near, kinds[i].name);
	if (near.best != NULL)
		argp_error(state, _("no such kind of alarm: %s; did you mean %s?"), name,
		    near.best);
	else
		argp_error(state, _("no such kind of alarm: %s"), name);
}

static error_t
option(int key, char *arg, struct argp_state *state)
{
	struct list *l = state->input;

	switch (key) {
	case 'r':
		l->lane.rule = arg;
		return 0;
	case 'd':
		l->lane.device = arg;
		return 0;
	case 'o':
		check_kind(state, arg);
		l->only = arg;
		return 0;
	case 'j':
		l->json = true;
		return 0;
	case 'c':
		l->lane.config_path = arg;
		return 0;
	case 's':
		l->lane.control = arg;
		return 0;
	case KEY_STORE:
		l->lane.store = arg;
		return 0;
	default:
		return option_none(key, state);
	}
}

static void
take(void *arg, const struct entry *e)
{
	struct list *l = arg;

	if (e->kind == ENTRY_ALARM)
		lefts_take(&l->all, &e->alarm);
}

static int
take_stored(void *arg, const struct entry *e)
{
	take(arg, e);
	return 0;
}

static bool
wanted(const struct list *l, const struct left *left)
{
	if (alarm_closed(&left->entry.alarm) ||
	    !alarm_lane_wants(&l->lane, left->rule, left->device))
		return false;
	for (size_t i = 0; i < KINDS && l->only != NULL; i++)
		if (strcmp(kinds[i].name, l->only) == 0)
			return kinds[i].is(&left->entry.alarm);
	return true;
}

static void
put_words(struct json *j, const char *key, const char *text)
{
	if (text == NULL || text[0] == '\0')
		return;
	json_key(j, key);
	json_put_string(j, text);
}

/* What mask the last step was about says nothing of how it stands. */
static void
put_fact(struct json *j, const struct alarm_fact *f, const struct alarm_entry *a)
{
	bool stands = f->kind == FACT_BOOL || f->kind == FACT_MASKS || f->always;

	if (f->at != offsetof(struct alarm_entry, mask) && (stands || fact_is(f, a)))
		fact_json(f, a, j);
}

static void
write_json(const struct left *left)
{
	uint8_t room[LINE_BYTES];
	struct buf b = { .at = room, .cap = sizeof(room) };
	struct alarm_entry a = left->entry;
	struct json j;

	a.who = left->who;
	a.why = left->why;
	json_begin(&j, &b);
	json_put_object(&j);
	put_words(&j, "rule", left->rule);
	put_words(&j, "device", left->device);
	put_words(&j, "state", alarm_state_name(alarm_state(&a.alarm)));
	put_words(&j, "priority", priority_names[a.priority & 3]);
	put_words(&j, "class", a.class < CLASSES ? class_names[a.class] : "");
	for (size_t i = 0; i < ALARM_FACTS; i++)
		put_fact(&j, &alarm_facts[i], &a);
	put_words(&j, "text_en", left->en);
	put_words(&j, "text_zh", left->zh);
	json_close(&j);
	if (json_end(&j))
		fwrite(room, 1, b.len, stdout);
	putchar('\n');
}

/* Behind the text: what else there is to know. */
static void
write_notes(const struct left *left)
{
	const struct alarm *a = &left->entry.alarm;
	char at[32], safe[300];

	if (a->first)
		printf("  [%s]", _("first"));
	if (a->chattering)
		printf("  [%s]", _("chattering"));
	if (a->until != 0)
		printf(_("  [shelved until %s]"), alarm_time(a->until, at));
	if (a->removed != 0)
		printf(_("  [out of service since %s]"), alarm_time(a->removed, at));
	if (a->masks & ALARM_MAINTENANCE)
		printf("  [%s]", _("maintenance"));
	if (a->handle_by != 0)
		printf(a->overdue ? _("  [not handled in time, by %s]") :
		    _("  [to be handled by %s]"), alarm_time(a->handle_by, at));
	if (left->why != NULL && (left->who[0] != '\0' || left->why[0] != '\0'))
		printf("  (%s%s%s)", left->who, left->why[0] != '\0' ? ": " : "",
		    log_safe(left->why, safe, sizeof(safe)));
}

static void
write_row(const struct left *left)
{
	const struct alarm_entry *a = &left->entry;
	const char *text = text_chinese() && left->zh[0] != '\0' ? left->zh : left->en;
	char at[32], safe[600];

	printf("%s  %-5s  %s  %s  %s  x%u  %s", alarm_time(a->alarm.since, at),
	    alarm_state_name(alarm_state(&a->alarm)), _(priority_names[a->priority & 3]),
	    left->rule, left->device, a->alarm.count, log_safe(text, safe, sizeof(safe)));
	write_notes(left);
	putchar('\n');
}

/* The most urgent first, then the oldest. */
static int
by_need(const void *a, const void *b)
{
	const struct left *p = *(struct left *const *)a, *q = *(struct left *const *)b;

	if (p->entry.priority != q->entry.priority)
		return p->entry.priority > q->entry.priority ? -1 : 1;
	return p->entry.alarm.since < q->entry.alarm.since ? -1 :
	    p->entry.alarm.since > q->entry.alarm.since;
}

static void
write_all(struct list *l)
{
	const struct left **rows = room_for(l->all.n + 1, sizeof(rows[0]));

	for (const struct left *left = l->all.first; left != NULL; left = left->next)
		if (wanted(l, left))
			rows[l->shown++] = left;
	qsort(rows, l->shown, sizeof(rows[0]), by_need);
	for (size_t i = 0; i < l->shown; i++) {
		if (l->json)
			write_json(rows[i]);
		else
			write_row(rows[i]);
	}
	if (l->shown == 0 && !l->json)
		puts(_("no such alarm stands"));
	free(rows);
}

/* From the running gateway, or else from what it stored. */
static int
collect(struct list *l)
{
	struct order_line line = order_line(l->lane.control);

	if (line.present(&line, take, l) == 0)
		return 0;
	lefts_free(&l->all);
	lefts_init(&l->all);
	l->all.texts = true;
	fprintf(stderr, _("%s: the gateway does not run: as it was stored\n"), l->lane.name);
	return alarm_lane_read(&l->lane, take_stored, l);
}

int
alarms_list_word(int argc, char **argv)
{
	const struct argp argp = { .options = options, .parser = option,
	    .doc = N_("Lists the alarms that stand, are kept silent or are still to be "
	    "handled: of the running gateway, or from its journal when it does not run.") };
	struct list l = { .lane = { .name = argv[0], .config_path = CONFIG_FILE } };
	int rc;

	argp_parse(&argp, argc, argv, 0, NULL, &l);
	if (alarm_lane_open(&l.lane) != 0)
		return EXIT_FAILURE;
	lefts_init(&l.all);
	l.all.texts = true;
	rc = collect(&l);
	if (rc == 0)
		write_all(&l);
	lefts_free(&l.all);
	alarm_lane_close(&l.lane);
	return rc == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
