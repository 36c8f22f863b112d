#include <argp.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "../../conf/span.h"
#include "../../protocols/json.h"
#include "../../rules/class.h"
#include "../clock.h"
#include "../command_line.h"
#include "../room.h"
#include "../run.h"
#include "../text.h"
#include "alarm_lane.h"
#include "measure.h"

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

/* One figure of the report: for people with its words and what the standards
 * recommend, for others by its key. */
struct figure {
	const char	*key, *words;
	const char	*aim;		/* "": nothing is */
	double		 value;
	int		 decimals;	/* SPAN: ms */
};

#define SPAN	-1
#define FIGURES	32

static double
share(double part, double all)
{
	return all > 0 ? 100 * part / all : 0;
}

static void
add(struct figure f[FIGURES], size_t *n, const char *key, const char *words, double value,
    int decimals, const char *aim)
{
	f[(*n)++] = (struct figure){ key, words, aim, value, decimals };
}

/* How many there were, and how they came together. */
static void
add_rates(struct figure f[FIGURES], size_t *n, const struct measure *m)
{
	double days = (double)(m->to - m->from) / DAY_MS, told = (double)m->told;
	double tens = (double)m->ntens;
	struct floods floods = measure_floods(m);

	add(f, n, "alarms", N_("alarms"), told, 0, "");
	add(f, n, "alarms_per_day", N_("alarms a day"), days > 0 ? told / days : 0, 1, "<= 150");
	add(f, n, "alarms_per_hour", N_("alarms an hour"), days > 0 ? told / days / 24 : 0, 2,
	    "<= 6");
	add(f, n, "alarms_per_10_min", N_("alarms in ten minutes, on average"), told / tens, 3,
	    "<= 1");
	add(f, n, "peak_10_min", N_("alarms in ten minutes, at most"), measure_peak(m), 0,
	    "<= 10");
	add(f, n, "hours_over_percent", N_("hours with more than 30 alarms, %"),
	    share((double)measure_hours_over(m), (double)measure_hours(m)), 2, "< 1");
	add(f, n, "tens_over_percent", N_("ten minutes with more than a flood begins with, %"),
	    share((double)measure_over(m), tens), 2, "< 1");
	add(f, n, "floods", N_("floods"), (double)floods.n, 0, "");
	add(f, n, "flood_percent", N_("time in flood, %"), share((double)floods.tens, tens), 2,
	    "< 1");
	add(f, n, "flood_longest_ms", N_("the longest flood"),
	    (double)floods.longest * SLOT_MS, SPAN, "");
}

/* Those that say nothing to anybody. */
static void
add_nuisance(struct figure f[FIGURES], size_t *n, const struct measure *m)
{
	const struct measured *top[TOP];
	size_t ntop = measure_top(m, top);
	uint64_t often = 0, stale = 0, stands = 0, chatter = 0;

	for (size_t i = 0; i < ntop; i++)
		often += top[i]->told;
	for (const struct measured *a = m->first; a != NULL; a = a->next) {
		stands += measure_stands(m, a);
		stale += measure_stale(m, a);
		chatter += a->chatters > 0;
	}
	add(f, n, "top_ten_percent", N_("share of the ten most frequent, %"),
	    share((double)often, (double)m->told), 1, "<= 5");
	add(f, n, "chattering", N_("chattering alarms"), (double)chatter, 0, "0");
	add(f, n, "fleeting", N_("fleeting alarms: gone within a minute"), (double)m->fleeting,
	    0, "0");
	add(f, n, "stale_peak", N_("standing for over 24 h, on the worst day"),
	    measure_stale_peak(m), 0, "< 5");
	add(f, n, "stale", N_("standing for over 24 h at the end"), (double)stale, 0, "< 5");
	add(f, n, "standing", N_("standing at the end"), (double)stands, 0, "");
}

/* What people did about them. */
static void
add_answers(struct figure f[FIGURES], size_t *n, struct measure *m)
{
	add(f, n, "acknowledged", N_("acknowledged"), (double)m->nacks, 0, "");
	add(f, n, "ack_median_ms", N_("time to acknowledge, half of them"),
	    (double)measure_ack(m, 0.5), SPAN, "");
	add(f, n, "ack_p90_ms", N_("time to acknowledge, nine of ten"),
	    (double)measure_ack(m, 0.9), SPAN, "");
	add(f, n, "not_handled_in_time", N_("not handled in time"), (double)m->overdue, 0, "0");
	add(f, n, "shelvings", N_("shelvings"), (double)m->shelved, 0, "");
	add(f, n, "removals", N_("taken out of service"), (double)m->removed, 0, "");
	add(f, n, "events", N_("events"), (double)m->events, 0, "");
}

static size_t
figures(struct measure *m, struct figure f[FIGURES])
{
	size_t n = 0;

	add_rates(f, &n, m);
	add_nuisance(f, &n, m);
	add_answers(f, &n, m);
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
	{ "standing_list", N_("standing at the end"), measure_stands },
	{ "shelved_list", N_("shelved at the end"), is_shelved },
	{ "suppressed_list", N_("suppressed by design at the end"), is_suppressed },
	{ "out_of_service_list", N_("out of service at the end"), is_out },
	{ "maintenance_list", N_("in maintenance at the end"), is_maintained },
	{ "to_be_handled_list", N_("still to be handled at the end"), is_owed },
};

#define LISTS	(sizeof(lists) / sizeof(lists[0]))

/* What stands does so since it came, acknowledged meanwhile or not. */
static int64_t
since(const struct measured *a)
{
	return a->came != 0 ? a->came : a->alarm.since;
}

static void
write_figure(const struct figure *f)
{
	int pad = 50 - text_width(_(f->words));
	char text[32];

	if (f->decimals != SPAN)
		snprintf(text, sizeof(text), "%.*f", f->decimals, f->value);
	else if (f->value > 0)
		span_write((int64_t)(f->value / 1000) * 1000000, text, sizeof(text));
	else
		strcpy(text, "-");
	printf("%s%*s %10s", _(f->words), pad > 0 ? pad : 0, "", text);
	if (f->aim[0] != '\0')
		printf("  (%s)", f->aim);
	putchar('\n');
}

/* Of four priorities ISA-18.2 wants so many percent to be of each. */
static void
write_shares(const struct measure *m)
{
	static const char *const aims[] = { "80", "15", "5", "< 1" };

	for (size_t i = 0; i < 4; i++)
		printf("%s %s: %" PRIu64 " (%.1f %%; %s)\n", _("priority"), _(priority_names[i]),
		    m->priorities[i], share((double)m->priorities[i], (double)m->told), aims[i]);
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

	printf(_("Alarms from %s to %s%s\n"), alarm_time(m->from, from), alarm_time(m->to, to),
	    ended ? "" : _(" (the month goes on)"));
	printf("%s\n\n", _("(in brackets: what ISA-18.2 recommends for one operator)"));
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
			    alarm_time(since(a), from));
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
		printf("%s,,,%.*f\n", f[i].key, f[i].decimals == SPAN ? 0 : f[i].decimals,
		    f[i].value);
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
				    a->device, since(a));
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
	json_put_int(j, since(a));
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
	const struct life_conf *life = r->lane.config != NULL ? &r->lane.config->life :
	    &life_fallback;
	struct measure m;
	struct taking t = { &r->lane, &m };
	int rc;

	measure_init(&m, from, to, life->flood, life->flood_end);
	rc = alarm_lane_read(&r->lane, take, &t);
	measure_end(&m);
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
