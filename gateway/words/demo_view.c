#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../conf/utf8.h"
#include "../clock.h"
#include "../control.h"
#include "../field/messages.h"
#include "../journal/reader.h"
#include "../log.h"
#include "../reach.h"
#include "../reason.h"
#include "../room.h"
#include "../text.h"
#include "demo_view.h"
#include "screen.h"

#define EVENTS		5	/* lines of what happened last, below the table */
#define EVENT_BYTES	240
#define LINES_AN_EVENT	8	/* of the screen */
#define FOOTER_FROM	12	/* lines of a table that has all of the footer below it */

struct demo_view {
	const char	*store, *path;		/* the caller's */
	struct disk	*disk;			/* NULL: not there yet */
	struct reader	*readers[LANES];
	int		 control;		/* -1: not connected */
	bool		 plain;
	char		 order[200], said[200];	/* the last, and what came of it */
	char		 events[EVENTS][EVENT_BYTES];	/* the newest last */
	struct message	 message;
	struct live	 live;
};

static void
readers_open(struct demo_view *v)
{
	if (v->disk == NULL && access(v->store, X_OK) == 0)
		v->disk = disk_folder(v->store, false);
	for (int lane = 0; v->disk != NULL && lane < LANES; lane++) {
		if (v->readers[lane] != NULL)
			continue;
		if ((v->readers[lane] = reader_open(v->disk)) != NULL)
			reader_seek(v->readers[lane], (enum lane)lane, 1);
	}
}

struct demo_view *
demo_view_open(const char *store, const char *control, bool plain)
{
	struct demo_view *v = room_for(1, sizeof(*v));

	v->store = store;
	v->path = control;
	v->control = -1;
	v->plain = plain;
	live_init(&v->live);
	return v;
}

static const char *
field(const struct record *r, const char *name)
{
	for (size_t i = 0; i < r->nfields; i++)
		if (strcmp(r->fields[i].name, name) == 0)
			return r->fields[i].value;
	return "";
}

/* What somebody is told, as he reads it. */
static bool
message_line(const struct entry *e, FILE *to)
{
	const struct record *r = &e->record;
	char safe[600];

	if (e->kind != ENTRY_RECORD || strcmp(r->kind, MESSAGES_KIND) != 0 ||
	    strcmp(field(r, "phase"), "intent") != 0)
		return false;
	fprintf(to, "%s -> %s: %s\n", field(r, "way"), field(r, "contact"),
	    log_safe(field(r, "text"), safe, sizeof(safe)));
	return true;
}

/* How an order ended, and what people are told, stay in view for a while. */
static void
keep(struct demo_view *v, const struct entry *e)
{
	bool ended = e->kind == ENTRY_COMMAND && e->command.phase != COMMAND_ASKED &&
	    e->command.phase != COMMAND_SENT;
	char line[1000] = "";
	FILE *to = fmemopen(line, sizeof(line) - 1, "w");

	if (to == NULL)
		return;
	if (ended)
		live_line(&v->live, to, e);
	else
		message_line(e, to);
	fclose(to);
	line[strcspn(line, "\n")] = '\0';
	if (line[0] == '\0')
		return;
	memmove(v->events[0], v->events[1], sizeof(v->events) - sizeof(v->events[0]));
	snprintf(v->events[EVENTS - 1], EVENT_BYTES, "%.*s",
	    (int)utf8_span(line, EVENT_BYTES - 1), line);
}

/* Readings are for the table; what people are told comes line by line. */
static void
show(struct demo_view *v, const struct entry *e)
{
	bool told = e->kind != ENTRY_READING && e->kind != ENTRY_STATISTIC &&
	    !(e->flags & ENTRY_SNAPSHOT);

	if (!told)
		return;
	if (!v->plain) {
		keep(v, e);
		return;
	}
	if (!message_line(e, stdout))
		live_line(&v->live, stdout, e);
	fflush(stdout);
}

static void
take(struct demo_view *v, struct reader *r, const struct entry *e)
{
	const struct series *series = e->kind == ENTRY_READING ?
	    reader_series(r, e->reading.series) : NULL;

	if (series != NULL)
		live_series(&v->live, series);
	live_entry(&v->live, e);
	show(v, e);
}

static void
read_lane(struct demo_view *v, struct reader *r, uint64_t limit)
{
	enum read_result got;
	struct entry e;
	struct gap gap;

	if (r == NULL || limit == 0)
		return;
	while ((got = reader_next(r, limit, &e, &gap)) == READ_ENTRY || got == READ_GAP)
		if (got == READ_ENTRY)
			take(v, r, &e);
}

static void
grew(struct demo_view *v)
{
	struct durable durable;

	readers_open(v);
	if (reach_grew(&v->message, &durable))
		for (int lane = LANES - 1; lane >= 0; lane--)
			read_lane(v, v->readers[lane], durable.seq[lane]);
}

static bool
connected(struct demo_view *v)
{
	if (v->control < 0 && (v->control = control_connect(v->path)) >= 0 &&
	    control_send(v->control, MESSAGE_QUERY, 1, "", 0) != 0) {
		close(v->control);
		v->control = -1;
	}
	return v->control >= 0;
}

bool
demo_view_order(struct demo_view *v, const char *words)
{
	if (!connected(v) || control_send(v->control, MESSAGE_COMMAND, 2, words,
	    strlen(words)) != 0)
		return false;
	snprintf(v->order, sizeof(v->order), "%s", words);
	snprintf(v->said, sizeof(v->said), "...");
	return true;
}

static void
answered(struct demo_view *v)
{
	char buf[REASON_MAX];

	snprintf(v->said, sizeof(v->said), "%s",
	    reason_text((const char *)v->message.body, buf));
}

void
demo_view_turn(struct demo_view *v, int ms)
{
	int64_t deadline = system_clock.mono() + ms * 1000LL;
	int64_t left;
	int got = 0;

	while ((left = deadline - system_clock.mono()) > 0) {
		if (!connected(v)) {
			usleep((useconds_t)(left < 50000 ? left : 50000));
			return;
		}
		got = control_receive(v->control, &v->message, (int)(left / 1000) + 1);
		if (got < 0 && errno == EINTR)
			return;
		if (got < 0) {
			close(v->control);
			v->control = -1;
		} else if (got > 0 && v->message.kind == MESSAGE_GREW)
			grew(v);
		else if (got > 0 && v->message.kind == MESSAGE_ANSWER)
			answered(v);
	}
}

/* Each line of it with what stood there before taken away. */
static void
write_footer(const struct demo_view *v, const char *footer)
{
	for (const char *end; (end = strchr(footer, '\n')) != NULL; footer = end + 1)
		printf("%.*s%s\n", (int)(end - footer), footer, v->plain ? "" : "\033[K");
	printf("%s%s", footer, v->plain ? "\n\n" : "\033[K");
}

/* A low screen is the table's. */
static const char *
footer_that_fits(struct demo_view *v, const char *footer)
{
	const char *last = strrchr(footer, '\n');
	unsigned below = v->order[0] != '\0' ? 2 : 1;

	for (const char *c = footer; *c != '\0'; c++)
		below += *c == '\n';
	if (v->live.lines == 0 || v->live.lines >= below + FOOTER_FROM) {
		v->live.lines -= v->live.lines != 0 ? below : 0;
		return footer;
	}
	if (v->live.lines > 2)
		v->live.lines -= v->order[0] != '\0' ? 2 : 1;
	return last != NULL ? last + 1 : footer;
}

/* As many as a screen of that height has room for; returns how many. */
static unsigned
events_that_fit(struct demo_view *v)
{
	unsigned n = v->live.lines / LINES_AN_EVENT, there = 0;

	while (there < EVENTS && v->events[EVENTS - 1 - there][0] != '\0')
		there++;
	n = n < there ? n : there;
	v->live.lines -= n;
	return n;
}

void
demo_view_draw(struct demo_view *v, const char *footer)
{
	unsigned events;

	v->live.lines = v->plain ? 0 : screen_lines();
	events = events_that_fit(v);
	footer = footer_that_fits(v, footer);
	live_write(&v->live, stdout, v->plain ? LIVE_PLAIN : LIVE_TABLE, system_clock.wall());
	for (unsigned i = EVENTS - events; i < EVENTS; i++)
		printf("%s\033[K\n", v->events[i]);
	if (!v->plain && v->order[0] != '\0')
		printf("tidegate %s: %s\033[K\n", v->order, v->said);
	write_footer(v, footer);
	fflush(stdout);
}

const struct live *
demo_view_live(const struct demo_view *v)
{
	return &v->live;
}

void
demo_view_close(struct demo_view *v)
{
	if (v->control >= 0)
		close(v->control);
	for (int lane = 0; lane < LANES; lane++)
		if (v->readers[lane] != NULL)
			reader_close(v->readers[lane]);
	if (v->disk != NULL)
		disk_close(v->disk);
	live_free(&v->live);
	free(v);
}
