#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../command_line.h"
#include "../config/config.h"
#include "../control.h"
#include "../journal/merge.h"
#include "../reach.h"
#include "../room.h"
#include "../run.h"
#include "../text.h"
#include "../uplink/entry_json.h"
#include "live.h"

#define LINE_BYTES	65536	/* of one entry as JSON, at first */
#define LOOK_AGAIN	1000	/* ms; without a running gateway */
#define KEY_STORE	's'

struct options {
	const char	*config, *store;
	long		 n;
	bool		 json, follow;
};

struct tail {
	const struct options	*options;
	struct disk		*disk;
	struct merge		*merge;
	struct durable		 limit;		/* zeros: as the store says */
	const char		*gateway;
	const char		*control;		/* NULL: nobody is asked */
	int			 fd;			/* to the running gateway; -1 */
	struct message		*message;
	struct live		 live;
	struct buf		 line;
	char			 day[16];		/* of the line written last */
};

static const struct argp_option options[] = {
	{ "json", 'j', NULL, 0, N_("one JSON object a line"), 0 },
	{ "lines", 'n', N_("N"), 0, N_("begin with the last N entries (default 10)"), 0 },
	{ "follow", 'f', NULL, 0, N_("go on as entries arrive"), 0 },
	OPTION_CONFIG,
	{ "store", KEY_STORE, N_("DIR"), 0, N_("folder of the store, instead of that of FILE"), 0 },
	{ 0 }
};

static error_t
option(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;
	char *end;

	switch (key) {
	case 'j':
		o->json = true;
		return 0;
	case 'f':
		o->follow = true;
		return 0;
	case 'c':
		o->config = arg;
		return 0;
	case KEY_STORE:
		o->store = arg;
		return 0;
	case 'n':
		o->n = strtol(arg, &end, 10);
		if (*end != '\0' || end == arg || o->n < 0)
			argp_error(state, _("not a number of lines: %s"), arg);
		return 0;
	default:
		return option_none(key, state);
	}
}

static bool
known(const struct live *live, uint32_t id)
{
	return id <= live->nrows && live->rows[id - 1].series.id == id;
}

/* The lines have the time of day only. */
static void
write_day(struct tail *t, const struct entry *e)
{
	time_t at = (time_t)((e->kind == ENTRY_READING ? e->reading.time : e->stored) / 1000);
	char day[16];
	struct tm tm;

	if (localtime_r(&at, &tm) == NULL || strftime(day, sizeof(day), "%Y-%m-%d", &tm) == 0 ||
	    strcmp(day, t->day) == 0)
		return;
	snprintf(t->day, sizeof(t->day), "%s", day);
	printf("-- %s --\n", day);
}

static void
write_plain(struct tail *t, const struct entry *e)
{
	uint32_t id = e->kind == ENTRY_READING ? e->reading.series : 0;
	const struct series *s;

	if (id != 0 && !known(&t->live, id) &&
	    (s = reader_series(merge_reader(t->merge), id)) != NULL)
		live_series(&t->live, s);
	write_day(t, e);
	live_line(&t->live, stdout, e);
}

static struct uplink_env
env_of(struct tail *t)
{
	struct reader *r = merge_reader(t->merge);

	return (struct uplink_env){ .gateway = t->gateway, .reader = r, .store = reader_store(r) };
}

/* The buffer grows until the line fits. */
static void
write_json(struct tail *t, enum lane lane, const struct entry *e, const struct gap *gap)
{
	const struct uplink_env env = env_of(t);
	enum stream stream = lane == LANE_ALARM ? STREAM_ALARM : STREAM_LIVE;

	t->line.len = 0;
	while (!(e != NULL ? entry_json(&t->line, e, stream, &env) :
	    gap_json(&t->line, gap, stream, &env))) {
		free(t->line.at);
		t->line.cap *= 2;
		t->line.at = room_for(t->line.cap, 1);
	}
	fwrite(t->line.at, 1, t->line.len, stdout);
}

static void
write_gap(struct tail *t, enum lane lane, const struct gap *gap)
{
	if (t->options->json)
		write_json(t, lane, NULL, gap);
	else if (gap->damaged)
		printf(_("entries %llu to %llu are damaged\n"), (unsigned long long)gap->from,
		    (unsigned long long)gap->to);
	else
		printf(_("entries %llu to %llu are no longer kept\n"),
		    (unsigned long long)gap->from, (unsigned long long)gap->to);
}

/* Everything that is durable. */
static int
drain(struct tail *t)
{
	const struct entry *e;
	struct gap gap;
	enum lane lane;

	for (;;) {
		switch (merge_next(t->merge, &t->limit, &lane, &e, &gap)) {
		case READ_ENTRY:
			if (t->options->json)
				write_json(t, lane, e, NULL);
			else
				write_plain(t, e);
			break;
		case READ_GAP:
			write_gap(t, lane, &gap);
			break;
		case READ_END:
			return fflush(stdout) == 0 ? 0 : -1;
		case READ_FAILED:
			fprintf(stderr, _("tidegate tail: the store cannot be read: %s\n"),
			    text_error(errno));
			return -1;
		}
	}
}

/* One seq runs over both lanes, so that the last N are behind one border.  What is
 * stored from now on would be more than N: only who follows sees it. */
static void
seek(struct tail *t)
{
	uint64_t last = 0, from;

	for (int i = 0; i < LANES; i++) {
		uint64_t newest = t->limit.seq[i];

		if (newest == 0)
			newest = merge_last(t->merge, (enum lane)i);
		last = newest > last ? newest : last;
		if (!t->options->follow)
			t->limit.seq[i] = newest;
	}
	from = last >= (uint64_t)t->options->n ? last - (uint64_t)t->options->n + 1 : 1;
	merge_seek(t->merge, from);
}

static void
take_grew(struct tail *t)
{
	reach_grew(t->message, &t->limit);
}

static void
unsubscribe(struct tail *t)
{
	if (t->fd >= 0)
		close(t->fd);
	t->fd = -1;
	t->limit = (struct durable){ .seq = { 0 } };
}

/* The running gateway says at once what is durable. */
static void
subscribe(struct tail *t)
{
	t->fd = t->control != NULL ? control_connect(t->control) : -1;
	if (t->fd < 0)
		return;
	if (control_send(t->fd, MESSAGE_QUERY, 0, NULL, 0) == 0 &&
	    control_receive(t->fd, t->message, LOOK_AGAIN) > 0)
		take_grew(t);
	else
		unsubscribe(t);
}

/* While the gateway runs it tells what is durable; else the store is looked at
 * again and again, and so is whether the gateway runs. */
static int
follow(struct tail *t)
{
	int rc;

	do {
		if (t->fd < 0)
			subscribe(t);
		if (t->fd < 0)
			usleep(LOOK_AGAIN * 1000);
		else if ((rc = control_receive(t->fd, t->message, LOOK_AGAIN)) > 0)
			take_grew(t);
		else if (rc < 0)
			unsubscribe(t);
	} while (drain(t) == 0);
	return -1;
}

static int
open_readers(struct tail *t, const char *dir)
{
	struct stat st;

	if (stat(dir, &st) == 0 && !S_ISDIR(st.st_mode)) {
		fprintf(stderr, _("tidegate tail: %s: not a folder\n"), dir);
		return -1;
	}
	if (access(dir, R_OK | X_OK) < 0 || (t->disk = disk_folder(dir, false)) == NULL) {
		fprintf(stderr, _("tidegate tail: %s: %s\n"), dir, text_error(errno));
		return -1;
	}
	t->merge = merge_open(t->disk);
	if (t->merge == NULL) {
		fprintf(stderr, _("tidegate tail: %s: no store: %s\n"), dir, text_error(errno));
		return -1;
	}
	if (reader_store(merge_reader(t->merge)) != 0 || t->options->follow)
		return 0;
	fprintf(stderr, _("tidegate tail: %s: no store here\n"), dir);
	return -1;
}

static int
show(const struct options *o, const char *dir, const char *gateway, const char *control)
{
	struct tail t = { .options = o, .gateway = gateway, .control = control, .fd = -1,
	    .line = { .cap = LINE_BYTES } };
	int rc = open_readers(&t, dir);

	live_init(&t.live);
	t.line.at = room_for(t.line.cap, 1);
	t.message = room_for(1, sizeof(*t.message));
	if (rc == 0) {
		subscribe(&t);
		seek(&t);
		rc = drain(&t);
	}
	if (rc == 0 && o->follow)
		rc = follow(&t);
	unsubscribe(&t);
	merge_close(t.merge);
	if (t.disk != NULL)
		disk_close(t.disk);
	live_free(&t.live);
	free(t.line.at);
	free(t.message);
	return rc == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int
tail_word(int argc, char **argv)
{
	const struct argp argp = { .options = options, .parser = option,
	    .doc = N_("Writes what entered the journal; needs no running gateway.") };
	struct options o = { .config = CONFIG_FILE, .n = 10 };
	struct config *config;
	int status;

	argp_parse(&argp, argc, argv, 0, NULL, &o);
	if (o.store != NULL)
		return show(&o, o.store, "", NULL);
	config = config_asked(o.config);
	if (config == NULL)
		return EXIT_FAILURE;
	clock_zone(config->gateway.zone);
	status = show(&o, config->gateway.store.dir, config->gateway.id,
	    config->gateway.control);
	config_free(config);
	return status;
}
