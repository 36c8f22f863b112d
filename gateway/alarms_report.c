#include <argp.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "../conf/span.h"
#include "../protocols/json.h"
#include "../rules/class.h"
#include "alarm_lane.h"
#include "clock.h"
#include "command_line.h"
#include "measure.h"
#include "room.h"
#include "run.h"
#include "text.h"

#define KEY_STORE	0x100
#define BYTES		(4 << 20)

struct report_conf {
	struct alarm_lane	 lane;
	const char		*month;
	const char		*format;
	bool			 ended;		/* the month */
};

static const struct argp_option options[] = {
	{ "format", 'f', N_("FORMAT"), 0, N_("text, csv or json (default text)"), 0 },
	{ "rule", 'r', N_("PATTERN"), 0, N_("only of these rules, as \"lel-*\""), 0 },
	{ "device", 'd', N_("PATTERN"), 0, N_("only of these devices, as \"shop/*\""), 0 },
	OPTION_CONFIG,
	{ "store", KEY_STORE, N_("DIR"), 0, N_("folder of the store, instead of that of FILE"), 0 },
	{ 0 }
};

static error_t
option(int key, char *arg, struct argp_state *state)
{
	struct report_conf *r = state->input;

	switch (key) {
	case 'f':
		if (strcmp(arg, "text") != 0 && strcmp(arg, "csv") != 0 &&
		    strcmp(arg, "json") != 0)
			argp_error(state, _("no such format: %s"), arg);
		r->format = arg;
		return 0;
	case 'r':
		r->lane.rule = arg;
		return 0;
	case 'd':
		r->lane.device = arg;
		return 0;
	case 'c':
		r->lane.config_path = arg;
		return 0;
	case KEY_STORE:
		r->lane.store = arg;
		return 0;
	case ARGP_KEY_ARG:
		if (r->month != NULL)
			argp_usage(state);
		r->month = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* "2026-11", or the one that runs; in the zone of the gateway. */
static int
month_of(struct report_conf *r, int64_t now, int64_t *from, int64_t *to)
{
	time_t t = (time_t)(now / 1000);
	int year, month, end = 0;
	struct tm tm;

	localtime_r(&t, &tm);
	if (r->month != NULL) {
		if (sscanf(r->month, "%4d-%2d%n", &year, &month, &end) != 2 ||
		    r->month[end] != '\0' || month < 1 || month > 12)
			return -1;
		tm.tm_year = year - 1900;
		tm.tm_mon = month - 1;
	}
	tm = (struct tm){ .tm_year = tm.tm_year, .tm_mon = tm.tm_mon, .tm_mday = 1,
	    .tm_isdst = -1 };
	*from = (int64_t)mktime(&tm) * 1000;
	tm = (struct tm){ .tm_year = tm.tm_year, .tm_mon = tm.tm_mon + 1, .tm_mday = 1,
	    .tm_isdst = -1 };
	*to = (int64_t)mktime(&tm) * 1000;
	r->ended = *to <= now;
	if (!r->ended)
		*to = now > *from ? now : *from + SLOT_MS;
	return 0;
}

/* One figure of the report: for people with its words, for others by its key. */
struct figure {
	const char	*key, *words;
	double		 value;
	int		 decimals;
	bool		 span;		/* ms */
};

#define FIGURES	20

static double
share(double part, double all)
{
	return all > 0 ? 100 * part / all : 0;
}

static size_t
figures(struct measure *m, struct figure f[FIGURES])
{
	double days = (double)(m->to - m->from) / 86400e3, tens = (double)m->ntens;
	const struct measured *top[TOP];
	size_t ntop = measure_top(m, top), n = 0;
	uint64_t often = 0, stale = 0, chatter = 0;

	for (size_t i = 0; i < ntop; i++)
		often += top[i]->told;
	for (const struct measured *a = m->first; a != NULL; a = a->next) {
		stale += measure_stale(m, a);
		chatter += a->chatters > 0;
	}
	f[n++] = (struct figure){ "alarms", N_("alarms"), (double)m->told, 0, false };
	f[n++] = (struct figure){ "alarms_per_day", N_("alarms a day"),
	    days > 0 ? (double)m->told / days : 0, 1, false };
	f[n++] = (struct figure){ "alarms_per_10_min", N_("alarms in ten minutes, on average"),
	    (double)m->told / tens, 3, false };
	f[n++] = (struct figure){ "peak_10_min", N_("alarms in ten minutes, at most"),
	    measure_peak(m), 0, false };
	f[n++] = (struct figure){ "flood_percent", N_("time in flood, %"),
	    share((double)measure_floods(m), tens), 2, false };
	f[n++] = (struct figure){ "top_ten_percent", N_("share of the ten most frequent, %"),
	    share((double)often, (double)m->told), 1, false };
	f[n++] = (struct figure){ "chattering", N_("chattering alarms"), (double)chatter, 0,
	    false };
	f[n++] = (struct figure){ "stale", N_("standing for over 24 h at the end"),
	    (double)stale, 0, false };
	f[n++] = (struct figure){ "acknowledged", N_("acknowledged"), (double)m->nacks, 0, false };
	f[n++] = (struct figure){ "ack_median_ms", N_("time to acknowledge, half of them"),
	    (double)measure_ack(m, 0.5), 0, true };
	f[n++] = (struct figure){ "ack_p90_ms", N_("time to acknowledge, nine of ten"),
	    (double)measure_ack(m, 0.9), 0, true };
	f[n++] = (struct figure){ "not_handled_in_time", N_("not handled in time"),
	    (double)m->overdue, 0, false };
	f[n++] = (struct figure){ "shelvings", N_("shelvings"), (double)m->shelved, 0, false };
	f[n++] = (struct figure){ "removals", N_("taken out of service"), (double)m->removed, 0,
	    false };
	f[n++] = (struct figure){ "events", N_("events"), (double)m->events, 0, false };
	return n;
}

/* Those that are in a state at the end of the time. */
static bool
is_shelved(const struct measure *m, const struct measured *a)
{
	(void)m;
	return a->alarm.masks & ALARM_SHELVED;
}

static bool
is_suppressed(const struct measure *m, const struct measured *a)
{
	(void)m;
	return a->alarm.masks & ALARM_SUPPRESSED;
}

static bool
is_out(const struct measure *m, const struct measured *a)
{
	(void)m;
	return a->alarm.masks & (ALARM_REMOVED | ALARM_OUT_OF_SERVICE);
}

static bool
is_maintained(const struct measure *m, const struct measured *a)
{
	(void)m;
	return a->alarm.masks & ALARM_MAINTENANCE;
}

static bool
is_chattering(const struct measure *m, const struct measured *a)
{
	(void)m;
	return a->chatters > 0;
}

static bool
is_owed(const struct measure *m, const struct measured *a)
{
	(void)m;
	return a->alarm.handle_by != 0;
}

static const struct {
	const char	*key, *words;
	bool		(*is)(const struct measure *, const struct measured *);
} lists[] = {
	{ "chattering_list", N_("chattering"), is_chattering },
	{ "stale_list", N_("standing for over 24 h"), measure_stale },
	{ "shelved_list", N_("shelved at the end"), is_shelved },
	{ "suppressed_list", N_("suppressed by design at the end"), is_suppressed },
	{ "out_of_service_list", N_("out of service at the end"), is_out },
	{ "maintenance_list", N_("in maintenance at the end"), is_maintained },
	{ "to_be_handled_list", N_("still to be handled at the end"), is_owed },
};

#define LISTS	(sizeof(lists) / sizeof(lists[0]))

static void
write_figure(const struct figure *f)
{
	char span[32];
	int pad = 40 - text_width(_(f->words));

	printf("%s%*s ", _(f->words), pad > 0 ? pad : 0, "");
	if (f->span)
		puts(f->value > 0 ? span_write((int64_t)(f->value / 1000) * 1000000, span,
		    sizeof(span)) : "-");
	else
		printf("%.*f\n", f->decimals, f->value);
}

static void
write_shares(const struct measure *m)
{
	for (size_t i = 0; i < 4; i++)
		printf("%s %s: %" PRIu64 " (%.1f %%)\n", _("priority"), _(priority_names[i]),
		    m->priorities[i], share((double)m->priorities[i], (double)m->told));
	for (size_t i = 0; i < CLASSES; i++)
		printf("%s %s: %" PRIu64 " (%.1f %%)\n", _("class"), _(class_names[i]),
		    m->classes[i], share((double)m->classes[i], (double)m->told));
}

static void
write_text(struct measure *m, bool ended)
{
	const struct measured *top[TOP];
	struct figure f[FIGURES];
	char from[32], to[32];
	size_t n = figures(m, f), ntop = measure_top(m, top);

	printf(_("Alarms from %s to %s%s\n\n"), alarm_time(m->from, from), alarm_time(m->to, to),
	    ended ? "" : _(" (the month goes on)"));
	for (size_t i = 0; i < n; i++)
		write_figure(&f[i]);
	putchar('\n');
	write_shares(m);
	printf("\n%s\n", _("the most frequent"));
	for (size_t i = 0; i < ntop; i++)
		printf("  %6u  %5.1f %%  %s %s\n", top[i]->told,
		    share(top[i]->told, (double)m->told), top[i]->rule, top[i]->device);
	for (size_t i = 0; i < LISTS; i++) {
		bool head = false;

		for (const struct measured *a = m->first; a != NULL; a = a->next) {
			if (!lists[i].is(m, a))
				continue;
			if (!head)
				printf("\n%s\n", _(lists[i].words));
			head = true;
			printf("  %s %s  %s\n", a->rule, a->device,
			    alarm_time(a->alarm.since, from));
		}
	}
}

static void
write_csv(struct measure *m)
{
	const struct measured *top[TOP];
	struct figure f[FIGURES];
	size_t n = figures(m, f), ntop = measure_top(m, top);

	puts("measure,rule,device,value");
	printf("from_ms,,,%" PRId64 "\nto_ms,,,%" PRId64 "\n", m->from, m->to);
	for (size_t i = 0; i < n; i++)
		printf("%s,,,%.*f\n", f[i].key, f[i].decimals, f[i].value);
	for (size_t i = 0; i < 4; i++)
		printf("priority_%s,,,%" PRIu64 "\n", priority_names[i], m->priorities[i]);
	for (size_t i = 0; i < CLASSES; i++)
		printf("class_%s,,,%" PRIu64 "\n", class_names[i], m->classes[i]);
	for (size_t i = 0; i < ntop; i++)
		printf("top_ten,%s,%s,%u\n", top[i]->rule, top[i]->device, top[i]->told);
	for (size_t i = 0; i < LISTS; i++)
		for (const struct measured *a = m->first; a != NULL; a = a->next)
			if (lists[i].is(m, a))
				printf("%s,%s,%s,%" PRId64 "\n", lists[i].key, a->rule,
				    a->device, a->alarm.since);
}

static void
put_alarm(struct json *j, const struct measured *a)
{
	json_put_object(j);
	json_key(j, "rule");
	json_put_string(j, a->rule);
	json_key(j, "device");
	json_put_string(j, a->device);
	json_key(j, "alarms");
	json_put_uint(j, a->told);
	json_key(j, "since");
	json_put_int(j, a->alarm.since);
	json_close(j);
}

static void
put_counts(struct json *j, const char *key, const char *const *names, const uint64_t *counts,
    size_t n)
{
	json_key(j, key);
	json_put_object(j);
	for (size_t i = 0; i < n; i++) {
		json_key(j, names[i]);
		json_put_uint(j, counts[i]);
	}
	json_close(j);
}

static void
put_lists(struct json *j, const struct measure *m)
{
	const struct measured *top[TOP];
	size_t ntop = measure_top(m, top);

	json_key(j, "top_ten");
	json_put_array(j);
	for (size_t i = 0; i < ntop; i++)
		put_alarm(j, top[i]);
	json_close(j);
	for (size_t i = 0; i < LISTS; i++) {
		json_key(j, lists[i].key);
		json_put_array(j);
		for (const struct measured *a = m->first; a != NULL; a = a->next)
			if (lists[i].is(m, a))
				put_alarm(j, a);
		json_close(j);
	}
}

static void
write_json(struct measure *m)
{
	struct buf b = { .at = room_for(BYTES, 1), .cap = BYTES };
	struct figure f[FIGURES];
	size_t n = figures(m, f);
	struct json j;

	json_begin(&j, &b);
	json_put_object(&j);
	json_key(&j, "from");
	json_put_int(&j, m->from);
	json_key(&j, "to");
	json_put_int(&j, m->to);
	for (size_t i = 0; i < n; i++) {
		json_key(&j, f[i].key);
		json_put_real(&j, f[i].value);
	}
	put_counts(&j, "priorities", priority_names, m->priorities, 4);
	put_counts(&j, "classes", class_names, m->classes, CLASSES);
	put_lists(&j, m);
	json_close(&j);
	if (json_end(&j))
		fwrite(b.at, 1, b.len, stdout);
	putchar('\n');
	free(b.at);
}

struct taking {
	const struct alarm_lane	*lane;
	struct measure		*measure;
};

static int
take(void *arg, const struct entry *e)
{
	struct taking *t = arg;

	if (e->kind == ENTRY_ALARM && alarm_lane_wants(t->lane, e->alarm.rule, e->alarm.device))
		measure_take(t->measure, e);
	return 0;
}

static int
report(struct report_conf *r, int64_t from, int64_t to)
{
	int64_t flood = r->lane.config != NULL ? r->lane.config->life.flood : life_fallback.flood;
	struct measure m;
	struct taking t = { &r->lane, &m };
	int rc;

	measure_init(&m, from, to, flood);
	rc = alarm_lane_read(&r->lane, take, &t);
	if (rc == 0 && strcmp(r->format, "csv") == 0)
		write_csv(&m);
	else if (rc == 0 && strcmp(r->format, "json") == 0)
		write_json(&m);
	else if (rc == 0)
		write_text(&m, r->ended);
	measure_free(&m);
	return rc == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int
alarms_report_word(int argc, char **argv)
{
	const struct argp argp = { .options = options, .parser = option,
	    .args_doc = N_("[MONTH]"),
	    .doc = N_("Reckons from the journal how good the alarms of a month were (as "
	    "\"2026-11\", default: the one that runs), by the measures of ISA-18.2 and IEC "
	    "62682.") };
	struct report_conf r = { .lane = { .name = argv[0], .config_path = CONFIG_FILE,
	    .control = "" }, .format = "text" };
	int64_t from, to;
	int status = EX_USAGE;

	argp_parse(&argp, argc, argv, 0, NULL, &r);
	if (alarm_lane_open(&r.lane) != 0)
		return EXIT_FAILURE;
	if (month_of(&r, system_clock.wall(), &from, &to) == 0)
		status = report(&r, from, to);
	else
		fprintf(stderr, _("%s: not a month, as 2026-11: %s\n"), argv[0], r.month);
	alarm_lane_close(&r.lane);
	return status;
}
