#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../rules/past.h"
#include "../text.h"
#include "../uplink/entry_words.h"
#include "replay.h"

#define LOOK	4096		/* rows from one look at the clock to the next */
#define FLAGS	16

struct rows {
	struct replay		*replay;
	const char		*path, *text;
	size_t			 n, at, line;
	struct past_columns	 columns;
	struct past_flag	 flags[FLAGS];
	int64_t			 wall;		/* the latest time so far, UTC ms */
	int64_t			 alarm;		/* the same, of a step of an alarm */
	struct past_field	 fields[PAST_FIELDS];
	struct past_row		 row;
};

static int
failed(const char *path, const char *why)
{
	fprintf(stderr, _("tidegate rules replay: %s: %s\n"), path, why);
	return -1;
}

static int
wrong(const struct rows *r, size_t line, const char *why, const char *word)
{
	fprintf(stderr, "%s:%zu: ", r->path, line);
	fprintf(stderr, why, word);
	putc('\n', stderr);
	return -1;
}

/* A figure of single precision is compared as one. */
static void
take_precision(const struct point *p, struct value *v)
{
	if (v->kind == VALUE_F64 && strcmp(p->raw->name, "f32") == 0)
		*v = (struct value){ .kind = VALUE_F32, .f = (float)v->d };
}

static void
take_reading(struct rows *r)
{
	const struct past_row *row = &r->row;
	const struct replay_point *p = replay_find(r->replay, row->device, row->point);
	struct reading reading = { .time = row->time, .value = row->value,
	    .quality = row->quality, .age = row->age };

	/* when it came is not said, but no earlier than what stands before it */
	r->wall = row->time > r->wall ? row->time : r->wall;
	if (p != NULL && r->columns.at[PAST_UNIT] != PAST_NONE &&
	    strcmp(point_unit_name(p->point), row->unit) != 0) {
		r->replay->other_unit += r->wall >= r->replay->from;
		return;
	}
	if (p == NULL) {
		r->replay->strange += r->wall >= r->replay->from;
		return;
	}
	take_precision(p->point, &reading.value);
	replay_hear(r->replay, p, &reading, r->wall * 1000, r->wall);
}

static void
take(struct rows *r)
{
	const struct past_row *row = &r->row;

	switch (row->kind) {
	case PAST_READING:
		take_reading(r);
		break;
	case PAST_ALARM:
		replay_then(r->replay, row->rule, row->device, row->active, row->time);
		r->alarm = row->time > r->alarm ? row->time : r->alarm;
		break;
	case PAST_STARTED:
		r->wall = row->time > r->wall ? row->time : r->wall;
		replay_started(r->replay, r->wall * 1000, r->wall);
		break;
	case PAST_STOPPED:
		r->wall = row->time > r->wall ? row->time : r->wall;
		replay_pass(r->replay, r->wall * 1000, r->wall);
		break;
	case PAST_OTHER:
	case PAST_WRONG:
		break;
	}
}

static int
read_head(struct rows *r)
{
	size_t n = past_cut(r->text, r->n, &r->at, r->fields, &r->line);
	const char *missing = past_head(r->fields, n, &r->columns);

	if (missing != NULL)
		return wrong(r, 1, _("there is no column \"%s\": the first line names those of "
		    "tidegate export"), missing);
	r->replay->told_then = r->columns.at[PAST_EVENT] != PAST_NONE;
	for (size_t i = 0; words_flags[i].bit != 0 && i + 1 < FLAGS; i++)
		r->flags[i] = (struct past_flag){ words_flags[i].bit, words_flags[i].name };
	return 0;
}

static int
read_rows(struct rows *r)
{
	size_t n, line = r->line;

	if (read_head(r) != 0)
		return -1;
	for (unsigned i = 1; line = r->line, (n = past_cut(r->text, r->n, &r->at, r->fields,
	    &r->line)) > 0; i++) {
		past_read(&r->columns, r->fields, n, r->flags, &r->row);
		if (r->row.kind == PAST_WRONG)
			return wrong(r, line, "%s", _(r->row.why));
		if (r->row.kind != PAST_OTHER && r->row.time >= r->replay->to)
			continue;
		take(r);
		if (i % LOOK == 0)
			replay_progress(r->replay);
	}
	/* one that comes by itself stands behind the last reading */
	r->wall = r->alarm > r->wall ? r->alarm : r->wall;
	replay_pass(r->replay, r->wall * 1000, r->wall);
	return 0;
}

int
replay_csv(struct replay *replay, const char *path)
{
	struct rows r = { .replay = replay, .path = path, .line = 1 };
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), rc;
	struct stat st;
	void *text;

	if (fd < 0 || fstat(fd, &st) != 0) {
		rc = failed(path, text_error(errno));
	} else if (!S_ISREG(st.st_mode)) {
		rc = failed(path, _("it is no file"));
	} else if (st.st_size == 0) {
		rc = failed(path, _("it is empty"));
	} else if ((text = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd,
	    0)) == MAP_FAILED) {
		rc = failed(path, text_error(errno));
	} else {
		r.text = text;
		r.n = (size_t)st.st_size;
		rc = read_rows(&r);
		munmap(text, r.n);
	}
	if (fd >= 0)
		close(fd);
	return rc;
}
