#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../clock.h"
#include "../room.h"
#include "../text.h"
#include "../uplink/influx_line.h"
#include "export.h"

#define LINE_BYTES	65536

/* Line protocol as the uplink writes it when its names are not configured. */
struct export_lines {
	const struct export_to	*to;
	struct uplink_env	 env;
	struct uplink_conf	 conf;
	struct influx_conf	 own;
	struct influx_writer	 writer;
	struct buf		 line;
};

static int
lines_open(void *self, const struct export_to *to, char *why, size_t n)
{
	struct export_lines *l = self;

	(void)why;
	(void)n;
	l->to = to;
	l->own = (struct influx_conf){ .measurement = "tidegate", .field = "",
	    .measurements = { .reading = "{measurement}", .alarm = "{measurement}_alarm",
	    .statistic = "{measurement}_statistic", .gap = "{measurement}_gap" } };
	l->conf = (struct uplink_conf){ .name = "export", .own = &l->own };
	l->env = *to->env;
	l->env.conf = &l->conf;
	l->line.cap = LINE_BYTES;
	l->line.at = room_for(l->line.cap, 1);
	influx_writer_open(&l->writer, &l->env);
	return 0;
}

static int
written(struct export_lines *l, enum line_result result, char *why, size_t n)
{
	if (result == LINE_WRITTEN &&
	    fwrite(l->line.at, 1, l->line.len, l->to->file) == l->line.len)
		return 0;
	if (result == LINE_WRITTEN)
		snprintf(why, n, "%s", text_error(errno));
	else
		snprintf(why, n, "%s", _("a name cannot be written in line protocol"));
	return -1;
}

static int
lines_entry(void *self, const struct entry *e, char *why, size_t n)
{
	struct export_lines *l = self;
	struct influx_part part;

	l->line.len = 0;
	influx_writer_begin(&l->writer);
	return written(l, influx_line(&l->writer, &l->line, e, &part), why, n);
}

static int
lines_gap(void *self, const struct gap *gap, char *why, size_t n)
{
	struct export_lines *l = self;
	int64_t at = gap->until != 0 ? gap->until : system_clock.wall();
	struct influx_part part;

	l->line.len = 0;
	influx_writer_begin(&l->writer);
	return written(l, influx_gap_line(&l->writer, &l->line, gap, STREAM_BACKFILL, at, &part),
	    why, n);
}

static int
lines_close(void *self, bool whole, char *why, size_t n)
{
	struct export_lines *l = self;

	(void)whole;
	(void)why;
	(void)n;
	influx_writer_close(&l->writer);
	free(l->line.at);
	return 0;
}

#define LINES	(EXPORT_KIND(ENTRY_READING) | EXPORT_KIND(ENTRY_STATISTIC) | \
	EXPORT_KIND(ENTRY_ALARM) | EXPORT_GAP)

const struct export_format export_line = {
	.name = "line",
	.kinds = LINES,
	.usual = LINES,
	.size = sizeof(struct export_lines),
	.open = lines_open,
	.entry = lines_entry,
	.gap = lines_gap,
	.close = lines_close,
};
