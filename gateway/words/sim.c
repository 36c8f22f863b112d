#include <argp.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "../../conf/span.h"
#include "../command_line.h"
#include "../config/config.h"
#include "../log.h"
#include "../room.h"
#include "../share.h"
#include "../sim/serve.h"
#include "../sim/shelf.h"
#include "../sim/site.h"
#include "../text.h"
#include "grid.h"

#define ARENA		(16UL << 20)	/* address space only, until it is touched */
#define FOLDERS_MAX	8

enum { OPT_TCP = 256, OPT_PTY, OPT_FOR, OPT_PERIOD, OPT_JSON, OPT_PROFILES, OPT_FAULT,
	OPT_EPISODE, OPT_SEED, OPT_SPEED, OPT_PARITY };

/* What the command line asks for. */
struct simulation {
	struct site	 site;
	struct serve	 serve;
	struct arena	 arena;
	struct errs	*errs;
	const char	*folders[FOLDERS_MAX];
	size_t		 nfolders;
	const char	*words[SITE_MAX], *faults[SITE_MAX], *episodes[SITE_MAX];
	size_t		 nwords, nfaults, nepisodes;
	long		 port;		/* -1: no TCP */
	const char	*pty;		/* NULL: none */
	int64_t		 lasts, period;	/* us; 0: for ever, never */
	int64_t		 speed;		/* of the pty; 0: any */
	int		 parity;	/* 0 none 1 even 2 odd; -1: any */
	uint64_t	 seed;
	bool		 json;
};

static volatile sig_atomic_t stopped;

static void
stop(int sig)
{
	(void)sig;
	stopped = 1;
}

static const struct argp_option options[] = {
	{ "tcp", OPT_TCP, N_("PORT"), 0,
	    N_("serve Modbus TCP on this port of 127.0.0.1; 0: any that is free (default)"), 0 },
	{ "pty", OPT_PTY, N_("PATH"), 0,
	    N_("serve Modbus RTU on a pseudo terminal and make PATH a link to it"), 0 },
	{ "for", OPT_FOR, N_("SPAN"), 0, N_("end after this time, such as 75s"), 0 },
	{ "period", OPT_PERIOD, N_("SPAN"), 0, N_("print all figures this often"), 0 },
	{ "profiles", OPT_PROFILES, N_("DIR"), 0, N_("look for profiles here first"), 0 },
	{ "fault", OPT_FAULT, N_("UNIT=FAULT"), 0,
	    N_("silent, exception:CODE, broken, frozen, late:SPAN, status:MEANS or refused; with "
	    "@FROM-UNTIL only for that time"), 0 },
	{ "episode", OPT_EPISODE, N_("UNIT.POINT=FIGURE"), 0,
	    N_("a point shows this figure; with @FROM-UNTIL only for that time"), 0 },
	{ "speed", OPT_SPEED, N_("BITS"), 0,
	    N_("who opens the pseudo terminal at another speed hears garbage"), 0 },
	{ "parity", OPT_PARITY, N_("PARITY"), 0,
	    N_("none, even or odd: the same for another parity"), 0 },
	{ "seed", OPT_SEED, N_("NUMBER"), 0, N_("another noise"), 0 },
	{ "json", OPT_JSON, NULL, 0, N_("print tables as JSON, one line each"), 0 },
	{ 0 }
};

static void
keep(const char **list, size_t *n, size_t max, const char *arg, struct argp_state *state)
{
	if (*n == max)
		argp_error(state, _("too many: %s"), arg);
	list[(*n)++] = arg;
}

static void
read_span(const char *arg, int64_t *us, struct argp_state *state)
{
	if (span_parse(arg, us) != 0 || *us <= 0)
		argp_error(state, _("not a span of time: %s"), arg);
}

static void
read_port(struct simulation *sim, const char *arg, struct argp_state *state)
{
	char *end;

	sim->port = strtol(arg, &end, 10);
	if (end == arg || *end != '\0' || sim->port < 0 || sim->port > 65535)
		argp_error(state, _("not a port: %s"), arg);
}

static void
read_speed(struct simulation *sim, const char *arg, struct argp_state *state)
{
	char *end;

	sim->speed = strtol(arg, &end, 10);
	if (end == arg || *end != '\0' || sim->speed < 300 || sim->speed > 230400)
		argp_error(state, _("not a speed: %s"), arg);
}

static void
read_seed(struct simulation *sim, const char *arg, struct argp_state *state)
{
	char *end;

	sim->seed = strtoull(arg, &end, 0);
	if (end == arg || *end != '\0')
		argp_error(state, _("not a number: %s"), arg);
}

static void
read_parity(struct simulation *sim, const char *arg, struct argp_state *state)
{
	static const char *const names[] = { "none", "even", "odd" };

	for (int i = 0; i < 3; i++)
		if (strcmp(arg, names[i]) == 0)
			sim->parity = i;
	if (sim->parity < 0)
		argp_error(state, _("not a parity: %s"), arg);
}

static error_t
option(int key, char *arg, struct argp_state *state)
{
	struct simulation *sim = state->input;

	switch (key) {
	case OPT_TCP:
		read_port(sim, arg, state);
		return 0;
	case OPT_PTY:
		sim->pty = arg;
		return 0;
	case OPT_FOR:
		read_span(arg, &sim->lasts, state);
		return 0;
	case OPT_PERIOD:
		read_span(arg, &sim->period, state);
		return 0;
	case OPT_JSON:
		sim->json = true;
		return 0;
	case OPT_SPEED:
		read_speed(sim, arg, state);
		return 0;
	case OPT_PARITY:
		read_parity(sim, arg, state);
		return 0;
	case OPT_SEED:
		read_seed(sim, arg, state);
		return 0;
	case OPT_PROFILES:
		keep(sim->folders, &sim->nfolders, FOLDERS_MAX - 2, arg, state);
		return 0;
	case OPT_FAULT:
		keep(sim->faults, &sim->nfaults, SITE_MAX, arg, state);
		return 0;
	case OPT_EPISODE:
		keep(sim->episodes, &sim->nepisodes, SITE_MAX, arg, state);
		return 0;
	case ARGP_KEY_ARG:
		keep(sim->words, &sim->nwords, SITE_MAX, arg, state);
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_usage(state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static bool
can_be_simulated(const char *proto)
{
	return strcmp(proto, "modbus") == 0 || strcmp(proto, "dlt645") == 0 ||
	    strcmp(proto, "cjt188") == 0;
}

/* "[UNIT=]PROFILE"; without a unit the next that is free from 1 on. */
static int
add(struct simulation *sim, const char *word)
{
	const struct strings folders = { sim->folders, sim->nfolders };
	const char *name = strchr(word, '=');
	const struct profile *profile;
	long unit = 1;
	char *end;

	if (name != NULL)
		unit = strtol(word, &end, 10) * (end == name);
	else
		while (site_unit(&sim->site, unit) != NULL)
			unit++;
	name = name != NULL ? name + 1 : word;
	if (unit < 1 || unit > 247 || site_unit(&sim->site, unit) != NULL)
		return err_add(sim->errs, "", 0, "%s: a unit is 1 to 247, and one instrument's",
		    word);
	profile = shelf_take(name, &folders, &sim->arena, sim->errs);
	if (profile == NULL)
		return -1;
	if (!can_be_simulated(profile->proto))
		return err_add(sim->errs, "", 0, "%s: speaks %s; only Modbus and meters can be "
		    "simulated", word, profile->proto);
	if (sim->site.n > 0 && strcmp(sim->site.at[0].profile->proto, profile->proto) != 0)
		return err_add(sim->errs, "", 0, "%s: speaks %s, but %s before it %s: one line "
		    "has one protocol", word, profile->proto, sim->site.at[0].name,
		    sim->site.at[0].profile->proto);
	instrument_init(&sim->site.at[sim->site.n++], (uint8_t)unit, profile->name, profile,
	    sim->seed);
	return 0;
}

static int
furnish(struct simulation *sim)
{
	int rc = 0;

	for (size_t i = 0; i < sim->nwords; i++)
		rc |= add(sim, sim->words[i]);
	for (size_t i = 0; rc == 0 && i < sim->nfaults; i++)
		if (site_fault(&sim->site, sim->faults[i]) != 0)
			rc = err_add(sim->errs, "", 0, "not a fault: %s", sim->faults[i]);
	for (size_t i = 0; rc == 0 && i < sim->nepisodes; i++)
		if (site_episode(&sim->site, sim->episodes[i]) != 0)
			rc = err_add(sim->errs, "", 0, "not an episode: %s", sim->episodes[i]);
	return rc;
}

static void
tell_pty(const struct simulation *sim, const char *path)
{
	if (!sim->json) {
		printf(_("serving RTU on %s\n"), path);
		return;
	}
	printf("{\"pty\":");
	grid_string(path, stdout);
	printf("}\n");
}

static int
open_lines(struct simulation *sim)
{
	struct serve_line *line;

	if (sim->port < 0 && sim->pty == NULL)
		sim->port = 0;
	if (sim->port >= 0) {
		line = serve_tcp(&sim->serve, sim->site.at, sim->site.n, (uint16_t)sim->port);
		if (line == NULL)
			return err_add(sim->errs, "", 0, "port %ld: %s", sim->port,
			    text_error(errno));
		printf(sim->json ? "{\"tcp\":\"127.0.0.1:%d\"}\n" :
		    _("listening on 127.0.0.1:%d\n"), line->port);
	}
	if (sim->pty != NULL) {
		line = serve_pty(&sim->serve, sim->site.at, sim->site.n, sim->pty);
		if (line == NULL)
			return err_add(sim->errs, "", 0, "%s: %s", sim->pty,
			    text_error(errno));
		serve_format(line, sim->speed, sim->parity);
		tell_pty(sim, line->path);
	}
	return 0;
}

static void
serve(struct simulation *sim)
{
	int64_t start = system_clock.mono();
	int64_t end = sim->lasts > 0 ? start + sim->lasts : INT64_MAX;
	int64_t next = sim->period > 0 ? start : end;

	sim->serve.started = start;
	while (!stopped && system_clock.mono() < end) {
		if (sim->period > 0) {
			site_write_figures(&sim->site, stdout, sim->json, next - start);
			next = end - next > sim->period ? next + sim->period : end;
		}
		serve_run(&sim->serve, &system_clock, next, &stopped);
	}
	site_write_tally(&sim->site, stdout, sim->json);
}

int
sim_word(int argc, char **argv)
{
	const struct argp argp = { .options = options, .parser = option,
	    .args_doc = N_("[UNIT=]PROFILE..."),
	    .doc = N_("Serves simulated instruments built from device profiles until SIGTERM.") };
	struct simulation *sim = room_for(1, sizeof(*sim));
	char shipped[PATH_MAX];
	int rc;

	sim->port = sim->parity = -1;
	argp_parse(&argp, argc, argv, 0, NULL, sim);
	log_open(LOG_LEVEL_INFO);
	sim->arena = (struct arena){ .at = room_for(1, ARENA), .cap = ARENA };
	sim->errs = config_errs();
	sim->folders[sim->nfolders++] = "/etc/tidegate/profiles";
	if (share_profiles(shipped, sizeof(shipped)) != NULL)
		sim->folders[sim->nfolders++] = shipped;
	signal(SIGPIPE, SIG_IGN);
	signal(SIGTERM, stop);
	signal(SIGINT, stop);
	serve_init(&sim->serve);
	rc = furnish(sim) != 0 || open_lines(sim) != 0;
	if (rc == 0) {
		site_write_map(&sim->site, stdout, sim->json);
		serve(sim);
	}
	serve_close(&sim->serve);
	config_errs_print(sim->errs, stderr);
	free(sim->errs);
	free(sim->arena.at);
	free(sim);
	return rc == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
