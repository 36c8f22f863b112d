#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../conf/span.h"
#include "../clock.h"
#include "../command_line.h"
#include "../log.h"
#include "../reason.h"
#include "../room.h"
#include "../run.h"
#include "../text.h"
#include "loan.h"
#include "survey.h"

#define EXIT_STOPPED	130	/* as a shell says of Ctrl-C */

enum { OPT_UNITS = 256, OPT_SPEEDS, OPT_PARITIES, OPT_REGISTER, OPT_FUNCTION, OPT_OFFLINE,
	OPT_FOR, OPT_TIMEOUT, OPT_IDENTIFY };

static const struct argp_option options[] = {
	{ "units", OPT_UNITS, N_("LIST"), 0, N_("addresses, as 1-32,100 (default 1-247)"), 0 },
	{ "speeds", OPT_SPEEDS, N_("LIST"), 0,
	    N_("bits a second, as 9600,4800 (default: that of the link)"), 0 },
	{ "parities", OPT_PARITIES, N_("LIST"), 0,
	    N_("none,even,odd (default: that of the link)"), 0 },
	{ "register", OPT_REGISTER, N_("NUMBER"), 0,
	    N_("the one register that is asked for: one whose reading does nothing (default 0)"),
	    0 },
	{ "function", OPT_FUNCTION, N_("CODE"), 0,
	    N_("3: holding register (default), 4: input register"), 0 },
	{ "timeout", OPT_TIMEOUT, N_("SPAN"), 0,
	    N_("how long a unit may think (default 250ms, on TCP that of the link)"), 0 },
	{ "identify", OPT_IDENTIFY, NULL, 0,
	    N_("ask who answers by functions 43 and 17: cheap instruments hang on them"), 0 },
	{ "offline", OPT_OFFLINE, NULL, 0,
	    N_("the running gateway stops polling this line meanwhile"), 0 },
	{ "for", OPT_FOR, N_("SPAN"), 0, N_("end after this time, such as 5min"), 0 },
	{ "json", 'j', NULL, 0, N_("one JSON object instead of tables"), 0 },
	OPTION_CONFIG,
	{ 0 }
};

/* Units are numbers, but those of meters digits, which may begin with 0. */
#define COLUMNS(number) {\
	{ "unit", N_("unit id"), number, false }, \
	{ "speed", N_("speed"), true, false }, \
	{ "parity", N_("parity"), false, true }, \
	{ "answer", N_("answer"), false, true }, \
	{ "value", N_("register"), false, false }, \
	{ "ms", N_("ms"), true, false }, \
	{ "identity", N_("identity"), false, false }, \
	{ 0 } \
}

static const struct grid_column columns[] = COLUMNS(true);
static const struct grid_column meter_columns[] = COLUMNS(false);

static long
number(const char *text, long least, long most, struct argp_state *state)
{
	char *end;
	long n = strtol(text, &end, 0);

	if (end == text || *end != '\0' || n < least || n > most)
		argp_error(state, _("not a number from %ld to %ld: %s"), least, most, text);
	return n;
}

static void
read_units(struct survey *s, char *list, struct argp_state *state)
{
	char *word;

	memset(s->units, 0, sizeof(s->units));
	while ((word = strsep(&list, ",")) != NULL) {
		char *to = strchr(word, '-');
		long first, last;

		if (to != NULL)
			*to++ = '\0';
		first = number(word, 1, SURVEY_UNITS - 1, state);
		last = to != NULL ? number(to, first, SURVEY_UNITS - 1, state) : first;
		for (long unit = first; unit <= last; unit++)
			s->units[unit] = true;
	}
}

static void
read_speeds(struct survey *s, char *list, struct argp_state *state)
{
	char *word;

	for (s->nspeeds = 0; (word = strsep(&list, ",")) != NULL; s->nspeeds++) {
		if (s->nspeeds == SURVEY_SPEEDS)
			argp_error(state, _("too many: %s"), word);
		s->speeds[s->nspeeds] = number(word, 110, 4000000, state);
	}
}

static void
read_parities(struct survey *s, char *list, struct argp_state *state)
{
	static const char *const names[] = { "none", "even", "odd" };
	char *word;

	for (s->nparities = 0; (word = strsep(&list, ",")) != NULL; s->nparities++) {
		int parity = 0;

		while (parity < SURVEY_PARITIES && strcmp(word, names[parity]) != 0)
			parity++;
		if (parity == SURVEY_PARITIES || s->nparities == SURVEY_PARITIES)
			argp_error(state, _("not a parity: %s"), word);
		s->parities[s->nparities] = parity;
	}
}

static void
read_span(const char *arg, int64_t *us, struct argp_state *state)
{
	if (span_parse(arg, us) != 0 || *us <= 0)
		argp_error(state, _("not a span of time: %s"), arg);
}

static error_t
option(int key, char *arg, struct argp_state *state)
{
	struct survey *s = state->input;

	switch (key) {
	case OPT_UNITS:
		read_units(s, arg, state);
		return 0;
	case OPT_SPEEDS:
		read_speeds(s, arg, state);
		return 0;
	case OPT_PARITIES:
		read_parities(s, arg, state);
		return 0;
	case OPT_REGISTER:
		s->number = (uint16_t)number(arg, 0, 65535, state);
		return 0;
	case OPT_FUNCTION:
		s->function = (uint8_t)number(arg, 3, 4, state);
		return 0;
	case OPT_TIMEOUT:
		read_span(arg, &s->timeout, state);
		return 0;
	case OPT_FOR:
		read_span(arg, &s->lasts, state);
		return 0;
	case OPT_IDENTIFY:
		s->identify = true;
		return 0;
	case OPT_OFFLINE:
		s->offline = true;
		return 0;
	case 'j':
		s->json = true;
		return 0;
	case 'c':
		s->config_file = arg;
		return 0;
	default:
		return option_one(key, arg, &s->link_name, state);
	}
}

static int
failed(const struct survey *s, const char *why)
{
	fprintf(stderr, _("%s: %s: %s\n"), "tidegate scan", s->link_name, why);
	return EXIT_FAILURE;
}

static bool
can_be_scanned(const struct link_conf *link)
{
	const char *proto = link->proto[0] != '\0' ? link->proto :
	    link_kind_at((size_t)link->kind)->proto;

	return strncmp(proto, "modbus", 6) == 0 || survey_of_meters(link);
}

/* What was not said is as the link has it. */
static int
complete(struct survey *s)
{
	char why[REASON_MAX], said[REASON_MAX];

	s->link = config_link(s->config, s->link_name);
	if (s->link == NULL)
		return failed(s, reason_text(reason_near(N_("no such link"),
		    config_near_link(s->config, s->link_name), why), said));
	if (!can_be_scanned(s->link))
		return failed(s, _("only lines that speak Modbus or have meters are scanned"));
	if (s->link->speed <= 0 && s->nspeeds + s->nparities > 0)
		return failed(s, _("only a serial line has a speed and a parity"));
	if (s->nspeeds == 0)
		s->speeds[s->nspeeds++] = s->link->speed;
	if (s->nparities == 0)
		s->parities[s->nparities++] = s->link->parity;
	for (int unit = 0; unit < SURVEY_UNITS; unit++)
		s->nunits += s->units[unit];
	if (survey_of_meters(s->link))
		s->nunits = survey_meter_questions(s->link);
	return 0;
}

static void
announce(const struct survey *s)
{
	int64_t takes = survey_takes(s) / US_PER_S + 1;

	if (survey_of_meters(s->link)) {
		fprintf(stderr, _("%s: asks for meters by any address, in %zu settings of the "
		    "line\n"), s->link_name, s->nspeeds * s->nparities);
		return;
	}
	fprintf(stderr, _("%s: asks %zu units for register %u by function %u, in %zu settings of "
	    "the line; %lld:%02lld at most if nobody answers\n"), s->link_name, s->nunits,
	    s->number, s->function, s->nspeeds * s->nparities, (long long)(takes / 60),
	    (long long)(takes % 60));
}

static void
write_result(const struct survey *s)
{
	if (s->json) {
		printf("{\"link\":");
		grid_string(s->link_name, stdout);
		printf(",\"register\":%u,\"function\":%u,\"asked\":%zu,\"of\":%zu,\"late\":%llu,"
		    "\"found\":", s->number, s->function, s->progress.done, s->progress.total,
		    (unsigned long long)s->late);
		grid_json(&s->found, stdout);
		printf("}\n");
		return;
	}
	if (s->found.nrows > 0)
		grid_write(&s->found, stdout);
	else if (s->progress.done > 0)
		printf("%s\n", _("nobody answered"));
	if (s->late > 0)
		printf(_("%llu answers came too late: try a longer --timeout\n"),
		    (unsigned long long)s->late);
	if (s->ended)
		printf(_("ended after %zu of %zu questions\n"), s->progress.done,
		    s->progress.total);
}

static int
survey(struct survey *s)
{
	struct loan loan;
	int rc;

	if (survey_forbidden(s, s->why, sizeof(s->why)) != NULL ||
	    loan_take(&loan, s->config, s->link, s->offline, survey_takes(s), s->why,
	    sizeof(s->why)) < 0)
		return failed(s, s->why);
	if (loan.most > 0 && (s->lasts == 0 || s->lasts > loan.most))
		s->lasts = loan.most;
	announce(s);
	grid_init(&s->found, survey_of_meters(s->link) ? meter_columns : columns);
	direct_init(&s->direct, s->link);
	if (loan.fd >= 0 && link_kind_at((size_t)s->link->kind)->calls)
		direct_through(&s->direct, loan.fd);
	rc = survey_run(s);
	direct_free(&s->direct);
	loan_return(&loan);
	if (rc < 0)
		failed(s, s->why);
	write_result(s);
	grid_free(&s->found);
	if (s->direct.stopped)
		return EXIT_STOPPED;
	return rc == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int
scan_word(int argc, char **argv)
{
	const struct argp argp = { .options = options, .parser = option, .args_doc = N_("LINK"),
	    .doc = N_("Looks for instruments on a line: asks every unit at every speed and parity "
	    "for one register.  Nothing is written to any of them; Ctrl-C ends at once.") };
	struct survey *s = room_for(1, sizeof(*s));
	struct config *config;
	struct errs *errs;
	int status = EXIT_FAILURE;

	s->config_file = CONFIG_FILE;
	s->function = 3;
	memset(s->units + 1, true, SURVEY_UNITS - 1);
	argp_parse(&argp, argc, argv, 0, NULL, s);
	log_open(LOG_LEVEL_ERR);
	errs = config_errs();
	s->config = config = config_read(s->config_file, errs);
	if (config == NULL)
		config_errs_print(errs, stderr);
	else if (complete(s) == 0)
		status = survey(s);
	free(errs);
	if (config != NULL)
		config_free(config);
	free(s);
	return status;
}
