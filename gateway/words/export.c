#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "../../conf/glob.h"
#include "../clock.h"
#include "../command_line.h"
#include "../config/config.h"
#include "../export_time.h"
#include "../journal/merge.h"
#include "../reach.h"
#include "../room.h"
#include "../run.h"
#include "../text.h"
#include "export.h"

#define KEY_STORE	256
#define KEY_FROM	257
#define KEY_TO		258
#define KEY_FIRST	259
#define KEY_LAST	260
#define KEY_ZONE	261
#define KEY_BOM		262
#define KEY_FORCE	263
#define KEY_SELECT	264
#define KEY_KINDS	265
#define SOON		(5 * US_PER_S)	/* then, and again so often, it says how far */
#define LOOK		4096		/* entries from one look at the clock to the next */

const char *const export_kinds[EXPORT_KINDS] = { "reading", "statistic", "alarm", "command",
    "record", "note", "gap" };

static const struct export_format *const formats[] = { &export_csv, &export_line,
    &export_sqlite };

#define FORMATS	(sizeof(formats) / sizeof(formats[0]))

struct options {
	const char	*config, *store, *output, *select, *zone;
	const char	*from_text, *to_text;	/* read when the zone is known */
	const struct export_format *format;
	uint64_t	 first, last;		/* seq */
	int64_t		 from, to;		/* UTC ms, to is not part of it */
	unsigned	 kinds;			/* bits; 0: as usual */
	bool		 bom, force;
	struct durable	 durable;		/* zeros: as the store says */
};

/* One export. */
struct job {
	const struct options	*o;
	struct merge		*merge;
	struct uplink_env	 env;
	struct export_to	 to;
	void			*self;		/* of the format */
	char			 part[4096];	/* what is written until it is whole */
	bool			 alarm_lost;	/* steps of alarms are gone, just before */
	uint64_t		 written, damaged, last;
	int64_t			 at;		/* stored, of the newest entry */
	int64_t			 tell_at;
	char			 why[200];
};

/* Ctrl-C, or a terminal that is closed: half an export is taken away first. */
static volatile sig_atomic_t interrupted;

static void
interrupt(int sig)
{
	interrupted = sig;
}

static void
on_interrupt(void (*handler)(int))
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
	/* who asks twice waits for nothing */
	const struct sigaction sa = { .sa_handler = handler, .sa_flags = (int)SA_RESETHAND };
	struct sigaction was;

	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		if (sigaction(signals[i], NULL, &was) == 0 && was.sa_handler != SIG_IGN)
			sigaction(signals[i], &sa, NULL);
}

static const struct argp_option options[] = {
	{ "format", 'f', N_("FORMAT"), 0, N_("csv, line or sqlite (default csv)"), 0 },
	{ "output", 'o', N_("FILE"), 0, N_("file to make, instead of the standard output"), 0 },
	{ "force", KEY_FORCE, NULL, 0, N_("replace a file that is there"), 0 },
	{ "from", KEY_FROM, N_("TIME"), 0,
	  N_("the first moment, as \"2026-11-25 08:00\", or \"1d\": so long ago"), 0 },
	{ "to", KEY_TO, N_("TIME"), 0, N_("the moment behind the last"), 0 },
	{ "first", KEY_FIRST, N_("SEQ"), 0, N_("the first number"), 0 },
	{ "last", KEY_LAST, N_("SEQ"), 0, N_("the last number"), 0 },
	{ "kinds", KEY_KINDS, N_("KINDS"), 0,
	  N_("reading, statistic, alarm, command, record, note, gap, with commas"), 0 },
	{ "select", KEY_SELECT, N_("PATTERN"), 0,
	  N_("only these: a pattern over device.point"), 0 },
	{ "zone", KEY_ZONE, N_("ZONE"), 0, N_("of times, as Asia/Shanghai or +08:00"), 0 },
	{ "bom", KEY_BOM, NULL, 0, N_("mark a CSV file as UTF-8, for spreadsheets"), 0 },
	OPTION_CONFIG,
	{ "store", KEY_STORE, N_("DIR"), 0, N_("folder of the store, instead of that of FILE"), 0 },
	{ 0 }
};

static const struct export_format *
find_format(const char *name)
{
	for (size_t i = 0; i < FORMATS; i++)
		if (strcmp(formats[i]->name, name) == 0)
			return formats[i];
	return NULL;
}

/* Bits of words with commas between them; 0: one is none. */
static unsigned
kinds_parse(const char *text)
{
	unsigned bits = 0;

	for (;;) {
		size_t n = strcspn(text, ","), i = 0;

		while (i < EXPORT_KINDS && (strlen(export_kinds[i]) != n ||
		    strncmp(export_kinds[i], text, n) != 0))
			i++;
		if (i == EXPORT_KINDS)
			return 0;
		bits |= 1U << i;
		if (text[n] == '\0')
			return bits;
		text += n + 1;
	}
}

static void
read_seq(uint64_t *to, const char *arg, struct argp_state *state)
{
	char *end;

	errno = 0;
	*to = strtoull(arg, &end, 10);
	if (*arg < '0' || *arg > '9' || *end != '\0' || errno != 0)
		argp_error(state, _("not a number: %s"), arg);
}

/* Options that are a word and no more. */
static const char **
word_of(struct options *o, int key)
{
	switch (key) {
	case 'o':
		return &o->output;
	case 'c':
		return &o->config;
	case KEY_STORE:
		return &o->store;
	case KEY_SELECT:
		return &o->select;
	case KEY_ZONE:
		return &o->zone;
	case KEY_FROM:
		return &o->from_text;
	case KEY_TO:
		return &o->to_text;
	default:
		return NULL;
	}
}

static error_t
option(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;
	const char **word = word_of(o, key);

	if (word != NULL) {
		*word = arg;
		return 0;
	}
	switch (key) {
	case 'f':
		o->format = find_format(arg);
		if (o->format == NULL)
			argp_error(state, _("no such format: %s"), arg);
		return 0;
	case KEY_FIRST:
		read_seq(&o->first, arg, state);
		return 0;
	case KEY_LAST:
		read_seq(&o->last, arg, state);
		return 0;
	case KEY_KINDS:
		o->kinds = kinds_parse(arg);
		if (o->kinds == 0)
			argp_error(state, _("no such kinds: %s"), arg);
		return 0;
	case KEY_BOM:
		o->bom = true;
		return 0;
	case KEY_FORCE:
		o->force = true;
		return 0;
	default:
		return option_none(key, state);
	}
}

static int
wrong(const char *what, const char *why)
{
	fprintf(stderr, _("tidegate export: %s: %s\n"), what, why);
	return -1;
}

/* What the options say together.  -1: it was told. */
static int
settle(struct options *o, const char *zone)
{
	int64_t now = system_clock.wall();
	const char *bad = NULL;

	if (o->zone != NULL && !zone_set(o->zone))
		return wrong(o->zone, _("no such time zone"));
	if (o->zone == NULL && zone != NULL && zone[0] != '\0')
		zone_set(zone);
	if (o->from_text != NULL && !local_parse(o->from_text, now, &o->from))
		bad = o->from_text;
	else if (o->to_text != NULL && !local_parse(o->to_text, now, &o->to))
		bad = o->to_text;
	if (bad != NULL)
		return wrong(bad,
		    _("not a time: 2026-11-25, 2026-11-25T08:00, or 1d, so long ago"));
	if (o->from >= o->to)
		return wrong(o->from_text != NULL ? o->from_text : o->to_text,
		    _("--from must be before --to"));
	if (o->first > o->last)
		return wrong("--first", _("must not be behind --last"));
	if (o->kinds == 0)
		o->kinds = o->format->usual;
	if (o->kinds & ~o->format->kinds)
		return wrong(o->format->name, _("cannot say all of these kinds"));
	if (o->bom && o->format != &export_csv)
		return wrong(o->format->name, _("has no such mark: --bom"));
	if (o->format->own_file && o->output == NULL)
		return wrong(o->format->name, _("wants a file: --output"));
	return 0;
}

/* What has no series concerns everybody, as with an uplink. */
static bool
selected(const struct job *j, const struct entry *e)
{
	const struct options *o = j->o;
	char name[2 * NAME_MAX_BYTES];
	const struct series *s;

	if (!(o->kinds & EXPORT_KIND(e->kind)) || e->seq < o->first || e->seq > o->last)
		return false;
	if (entry_time(e) < o->from || entry_time(e) >= o->to)
		return false;
	if (strcmp(o->select, "*") == 0 || entry_series(e) == 0)
		return true;
	s = reader_series(j->env.reader, entry_series(e));
	if (s == NULL)
		return true;
	snprintf(name, sizeof(name), "%s.%s", s->device, s->point);
	return glob_match(o->select, name);
}

/* A restated alarm is news only where its own steps are gone. */
static int
take_entry(struct job *j, enum lane lane, const struct entry *e)
{
	bool restated = e->flags & ENTRY_SNAPSHOT;

	j->at = e->stored;
	if (restated && !j->alarm_lost)
		return 0;
	if (lane == LANE_ALARM && !restated)
		j->alarm_lost = false;
	if (!selected(j, e))
		return 0;
	j->written++;
	return j->o->format->entry(j->self, e, j->why, sizeof(j->why));
}

static int
take_gap(struct job *j, enum lane lane, const struct gap *gap)
{
	const struct options *o = j->o;

	if (lane == LANE_ALARM)
		j->alarm_lost = true;
	if (gap->to < o->first || gap->from > o->last || gap->since >= o->to ||
	    (gap->until != 0 && gap->until < o->from))
		return 0;
	j->damaged += gap->damaged;
	fprintf(stderr, gap->damaged ? _("entries %llu to %llu are damaged\n") :
	    _("entries %llu to %llu are no longer kept\n"), (unsigned long long)gap->from,
	    (unsigned long long)gap->to);
	if (!(o->kinds & EXPORT_GAP))
		return 0;
	j->written++;
	return o->format->gap(j->self, gap, j->why, sizeof(j->why));
}

/* Long runs say how far they are. */
static void
tell(struct job *j, int64_t now)
{
	char at[32];

	if (now < j->tell_at)
		return;
	local_write(j->at, at);
	at[19] = '\0';
	fprintf(stderr, _("tidegate export: %llu written, at %s\n"), (unsigned long long)j->written,
	    at);
	j->tell_at = now + SOON;
}

static int
failed(struct job *j, const char *what)
{
	return wrong(what, j->why);
}

/* All that is durable now and wanted. */
static int
walk(struct job *j)
{
	const struct entry *e;
	struct gap gap;
	enum lane lane;

	merge_seek(j->merge, j->o->first > 1 ? j->o->first : 0);
	for (unsigned n = 0;; n++) {
		enum read_result result = merge_next(j->merge, &j->o->durable, &lane, &e, &gap);
		int rc;

		if (interrupted != 0)
			return wrong(j->part, _("interrupted, and removed"));
		if (result == READ_END || (result == READ_ENTRY && e->seq > j->o->last))
			return 0;
		if (result == READ_FAILED) {
			snprintf(j->why, sizeof(j->why), "%s", text_error(errno));
			return failed(j, _("the store cannot be read"));
		}
		rc = result == READ_ENTRY ? take_entry(j, lane, e) : take_gap(j, lane, &gap);
		if (rc < 0)
			return failed(j, j->o->output != NULL ? j->o->output : "-");
		if (n % LOOK == 0)
			tell(j, system_clock.mono());
	}
}

static int
open_store(struct job *j, const char *dir, struct disk **disk)
{
	struct stat st;

	if (stat(dir, &st) == 0 && !S_ISDIR(st.st_mode))
		return wrong(dir, _("not a folder"));
	if (access(dir, R_OK | X_OK) < 0 || (*disk = disk_folder(dir, false)) == NULL ||
	    (j->merge = merge_open(*disk)) == NULL)
		return wrong(dir, text_error(errno));
	j->env.reader = merge_reader(j->merge);
	j->env.store = reader_store(j->env.reader);
	return j->env.store != 0 ? 0 : wrong(dir, _("no store here"));
}

/* Beside the file, so that nobody takes half an export for one. */
static int
open_output(struct job *j)
{
	const struct options *o = j->o;
	int fd;

	j->to.file = stdout;
	if (o->output == NULL)
		return 0;
	if (!o->force && access(o->output, F_OK) == 0)
		return wrong(o->output, _("is there already: --force replaces it"));
	if (snprintf(j->part, sizeof(j->part), "%s.part", o->output) >= (int)sizeof(j->part))
		return wrong(o->output, text_error(ENAMETOOLONG));
	j->to.path = j->part;
	on_interrupt(interrupt);
	unlink(j->part);
	/* an export may tell more than the configuration would let others know */
	fd = open(j->part, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
	j->to.file = fd >= 0 ? fdopen(fd, "w") : NULL;
	return j->to.file != NULL ? 0 : wrong(j->part, text_error(errno));
}

/* On the disk under its own name, or not at all. */
static int
close_output(struct job *j, int rc)
{
	const struct options *o = j->o;

	if (j->to.file == NULL)
		return -1;
	if (rc == 0 && (fflush(j->to.file) != 0 || ferror(j->to.file)))
		rc = wrong(o->output != NULL ? o->output : "-", text_error(errno));
	if (o->output == NULL)
		return rc;
	if (rc == 0 && fsync(fileno(j->to.file)) < 0)
		rc = wrong(j->part, text_error(errno));
	fclose(j->to.file);
	if (rc == 0 && rename(j->part, o->output) < 0)
		rc = wrong(o->output, text_error(errno));
	if (rc < 0 && j->part[0] != '\0')
		unlink(j->part);
	return rc;
}

static int
write_all(struct job *j)
{
	const struct export_format *f = j->o->format;
	int rc;

	j->self = room_for(1, f->size);
	if (f->open(j->self, &j->to, j->why, sizeof(j->why)) < 0) {
		free(j->self);
		return failed(j, j->o->output != NULL ? j->o->output : "-");
	}
	rc = walk(j);
	if (f->close(j->self, rc == 0, j->why, sizeof(j->why)) < 0 && rc == 0)
		rc = failed(j, j->o->output);
	free(j->self);
	return rc;
}

static int
export(const struct options *o, const char *dir, const char *gateway)
{
	struct job j = { .o = o, .env = { .gateway = gateway },
	    .tell_at = system_clock.mono() + SOON };
	struct disk *disk = NULL;
	int rc = open_store(&j, dir, &disk);

	j.to = (struct export_to){ .env = &j.env, .kinds = o->kinds, .bom = o->bom };
	if (rc == 0 && (rc = open_output(&j)) == 0)
		rc = close_output(&j, write_all(&j));
	merge_close(j.merge);
	if (disk != NULL)
		disk_close(disk);
	if (interrupted != 0 && rc < 0) {
		on_interrupt(SIG_DFL);
		raise(interrupted);
	}
	if (rc < 0)
		return EXIT_FAILURE;
	if (j.damaged == 0)
		return EXIT_SUCCESS;
	fprintf(stderr, "%s\n", _("tidegate export: the store is damaged: the rest is whole"));
	return EX_DATAERR;
}

int
export_word(int argc, char **argv)
{
	const struct argp argp = { .options = options, .parser = option,
	    .doc = N_("Writes a part of the journal for other programs; needs no running "
	    "gateway.") };
	struct options o = { .format = &export_csv, .select = "*", .last = UINT64_MAX,
	    .from = INT64_MIN, .to = INT64_MAX };
	struct config *config;
	int status;

	argp_parse(&argp, argc, argv, 0, NULL, &o);
	if (o.store != NULL && o.config == NULL)
		return settle(&o, NULL) < 0 ? EX_USAGE : export(&o, o.store, "");
	config = config_asked(o.config != NULL ? o.config : CONFIG_FILE);
	if (config == NULL)
		return EXIT_FAILURE;
	if (o.store == NULL)
		o.durable = reach_durable(config->gateway.control);
	status = settle(&o, config->gateway.zone) < 0 ? EX_USAGE :
	    export(&o, o.store != NULL ? o.store : config->gateway.store.dir, config->gateway.id);
	config_free(config);
	return status;
}
