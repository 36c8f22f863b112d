#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "journal/crc32c.h"
#include "ledger.h"
#include "log.h"
#include "room.h"
#include "uplink/worker.h"

#define SAVE_AFTER	(50 * US_PER_S)	/* and ten at most between two turns */
#define STACK		(256 << 10)
#define STEP		(60 * 60 * MS_PER_S)	/* of a clock, and no drift */
#define HEAD_MAX	64
#define ROW_MAX		(NAME_MAX_BYTES + 10 * 21 + 1)
#define PACE_MAX	((3 + SPENDING_HOURS) * 21)
#define FILE_MAX	(16 << 20)
#define FILE_NAME	64

struct ledger {
	const struct disk	*disk;
	char			 file[FILE_NAME];
	unsigned		 billing_day;
	uint32_t		 day, month;
	uint32_t		 day_before, month_before;	/* that are in last_...; 0:
						 * not known */
	uint32_t		 believed;	/* day, before the clock was set by who
						 * may be wrong; 0: it was not */
	int64_t			 wall, mono;	/* of the last turn; 0: none yet */
	struct ledger_row	*rows;
	size_t			 n;
	int64_t			 save_at;	/* mono us; 0: nothing is new */
	uint32_t		 saved;		/* CRC of what was written last */
	struct worker		 writer;
	bool			 writing;	/* the thread, or nobody has joined it */
	/* the writer's while it runs */
	char			*text;
	size_t			 len, cap;
	int			 error;		/* of the last time */
};

uint32_t
ledger_day(const struct ledger *l)
{
	return l->day;
}

uint32_t
ledger_month(const struct ledger *l)
{
	return l->month;
}

void
ledger_bill(struct ledger *l, unsigned billing_day)
{
	l->billing_day = billing_day;
}

struct ledger_row *
ledger_row(struct ledger *l, const char *name)
{
	struct ledger_row **at = &l->rows;

	for (; *at != NULL; at = &(*at)->next)
		if (strcmp((*at)->name, name) == 0)
			return *at;
	*at = room_for(1, sizeof(**at));
	snprintf((*at)->name, sizeof((*at)->name), "%s", name);
	l->n++;
	return *at;
}

static void
plus(struct traffic *to, struct traffic t)
{
	to->rx += t.rx;
	to->tx += t.tx;
}

void
ledger_add(struct ledger_row *row, struct traffic t)
{
	plus(&row->day, t);
	plus(&row->month, t);
}

/* Three numbers and those of the hours, or nothing, as files of before have it. */
static bool
read_pace(struct ledger_row *r, const char *at)
{
	struct ledger_pace p;
	int n = 0;

	if (at[strspn(at, " ")] == '\0')
		return true;
	if (sscanf(at, "%" SCNd64 " %u %" SCNd64 "%n", &p.hour, &p.known, &p.age, &n) != 3 ||
	    p.known >= SPENDING_HOURS || p.hour < 0 || p.age < 0)
		return false;
	at += n;
	for (size_t i = 0; i < SPENDING_HOURS; i++, at += n)
		if (sscanf(at, "%" SCNu64 "%n", &p.bytes[i], &n) != 1)
			return false;
	if (r->pace == NULL)
		r->pace = room_for(1, sizeof(*r->pace));
	*r->pace = p;
	return true;
}

/* What a row of a plan has besides stands behind the rest. */
static bool
read_row(struct ledger *l, const char *line)
{
	struct ledger_row r = { .begun = 0 }, *row;
	int end = 0;
	int n = sscanf(line, "%63s %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64
	    " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu32 " %u%n", r.name, &r.day.rx, &r.day.tx,
	    &r.last_day.rx, &r.last_day.tx, &r.month.rx, &r.month.tx, &r.last_month.rx,
	    &r.last_month.tx, &r.begun, &r.step, &end);

	if (n != 9 && n != 11)
		return false;
	row = ledger_row(l, r.name);
	r.next = row->next;
	r.pace = row->pace;
	*row = r;
	return n == 9 || read_pace(row, line + end);
}

/* Head, a line for each row, and the CRC of all that. */
static bool
read_text(struct ledger *l, char *text, size_t len)
{
	char *last, *line, *rest = text;
	uint32_t crc;

	if (len == 0 || text[len - 1] != '\n')
		return false;
	text[len - 1] = '\0';
	last = strrchr(text, '\n');
	if (last == NULL || sscanf(last + 1, "crc %" SCNx32, &crc) != 1 ||
	    crc != crc32c(0, text, (size_t)(last + 1 - text)))
		return false;
	l->saved = crc;
	last[0] = '\0';
	line = strsep(&rest, "\n");
	if (sscanf(line, "traffic 1 %" SCNu32 " %" SCNu32, &l->day, &l->month) != 2)
		return false;
	while ((line = strsep(&rest, "\n")) != NULL)
		if (!read_row(l, line))
			return false;
	return true;
}

static void
forget(struct ledger *l)
{
	l->day = l->month = l->saved = 0;
	l->day_before = l->month_before = 0;
	for (struct ledger_row *r = l->rows; r != NULL; r = r->next) {
		r->day = r->month = r->last_day = r->last_month = (struct traffic){ 0 };
		r->begun = r->before = r->step = 0;
		if (r->pace != NULL)
			*r->pace = (struct ledger_pace){ 0 };
	}
}

static void
load(struct ledger *l)
{
	const struct disk *d = l->disk;
	int fd = d->open(d->ctx, l->file, O_RDONLY);
	off_t size;
	ssize_t n;
	char *text;

	if (fd < 0 && errno != ENOENT)
		log_warn("%s: %s: bytes are counted anew", l->file, strerrordesc_np(errno));
	if (fd < 0)
		return;
	size = d->size(d->ctx, fd);
	size = size < 0 || size > FILE_MAX ? 0 : size;
	text = room_for((size_t)size + 1, 1);
	n = d->pread(d->ctx, fd, text, (size_t)size, 0);
	d->close(d->ctx, fd);
	if (n < 0 || !read_text(l, text, (size_t)n)) {
		log_warn("%s: damaged: bytes are counted anew", l->file);
		forget(l);
	}
	free(text);
}

static bool
empty(const struct ledger_row *r)
{
	return (r->day.rx | r->day.tx | r->month.rx | r->month.tx | r->last_day.rx |
	    r->last_day.tx | r->last_month.rx | r->last_month.tx | r->begun | r->step) == 0;
}

static size_t
write_pace(const struct ledger_pace *p, char *to, size_t cap)
{
	int n = snprintf(to, cap, " %" PRId64 " %u %" PRId64, p->hour, p->known, p->age);

	for (size_t i = 0; i < SPENDING_HOURS; i++)
		n += snprintf(to + n, cap - (size_t)n, " %" PRIu64, p->bytes[i]);
	return (size_t)n;
}

static size_t
write_row(const struct ledger_row *r, char *to, size_t cap)
{
	int n = snprintf(to, cap, "%s %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64
	    " %" PRIu64 " %" PRIu64 " %" PRIu64, r->name, r->day.rx, r->day.tx, r->last_day.rx,
	    r->last_day.tx, r->month.rx, r->month.tx, r->last_month.rx, r->last_month.tx);

	if (r->begun != 0)
		n += snprintf(to + n, cap - (size_t)n, " %" PRIu32 " %u", r->begun, r->step);
	if (r->begun != 0 && r->pace != NULL && r->pace->hour != 0)
		n += (int)write_pace(r->pace, to + n, cap - (size_t)n);
	n += snprintf(to + n, cap - (size_t)n, "\n");
	return (size_t)n;
}

/* True when it is not what was written last. */
static bool
write_text(struct ledger *l)
{
	size_t cap = 2 * HEAD_MAX + l->n * ROW_MAX, n;
	uint32_t crc;

	for (const struct ledger_row *r = l->rows; r != NULL; r = r->next)
		cap += r->pace != NULL ? PACE_MAX : 0;
	if (cap > l->cap) {
		free(l->text);
		l->text = room_for(l->cap = cap, 1);
	}
	n = (size_t)snprintf(l->text, cap, "traffic 1 %" PRIu32 " %" PRIu32 "\n", l->day,
	    l->month);
	for (const struct ledger_row *r = l->rows; r != NULL; r = r->next)
		n += empty(r) ? 0 : write_row(r, l->text + n, cap - n);
	crc = crc32c(0, l->text, n);
	l->len = n + (size_t)snprintf(l->text + n, cap - n, "crc %08" PRIx32 "\n", crc);
	if (crc == l->saved)
		return false;
	l->saved = crc;
	return true;
}

/* Beside it, then in its place: a cut leaves one or the other. */
static int
store(const struct ledger *l)
{
	const struct disk *d = l->disk;
	char name[FILE_NAME + 8];
	int fd, rc = -1, error;

	snprintf(name, sizeof(name), "%s.new", l->file);
	fd = d->open(d->ctx, name, O_WRONLY | O_CREAT | O_TRUNC);
	if (fd < 0)
		return -1;
	if (d->pwrite(d->ctx, fd, l->text, l->len, 0) == (ssize_t)l->len &&
	    d->sync(d->ctx, fd) == 0)
		rc = 0;
	error = errno;
	d->close(d->ctx, fd);
	errno = error;
	if (rc < 0 || d->rename(d->ctx, name, l->file) < 0)
		return -1;
	return d->sync_dir(d->ctx);
}

static void
save(void *arg)
{
	struct ledger *l = arg;
	int error = store(l) == 0 ? 0 : errno;

	if (error != 0 && l->error == 0)
		log_warn("%s: not saved: %s", l->file, strerrordesc_np(error));
	l->error = error;
}

/* True when nobody writes; what failed is to be written again. */
static bool
written(struct ledger *l, int64_t us)
{
	if (l->writing && !worker_wait(&l->writer, us))
		return false;
	if (l->writing && l->error != 0)
		l->saved = 0;
	l->writing = false;
	return true;
}

static void
save_aside(struct ledger *l, int64_t now)
{
	if (!written(l, 0) || now < l->save_at)
		return;
	l->save_at = now + SAVE_AFTER;
	if (!write_text(l))
		return;
	l->writing = worker_start(&l->writer, STACK, save, l) == 0;
	if (!l->writing)
		l->saved = 0;
}

static uint32_t
local_day(int64_t wall)
{
	time_t at = (time_t)(wall / MS_PER_S);
	struct tm tm;

	if (localtime_r(&at, &tm) == NULL)
		return 0;
	return (uint32_t)(tm.tm_year + 1900) * 10000 + (uint32_t)(tm.tm_mon + 1) * 100 +
	    (uint32_t)tm.tm_mday;
}

/* What becomes of a day or a cycle when the clock says that it is in another one. */
enum turn {
	TURN_NOT,		/* it is the same */
	TURN_NAMED,		/* it had the wrong date, or none */
	TURN_ENDED,
	TURN_BACK		/* to the one before, or again to the one left like that */
};

/* Begun, and the one before that: the days on which they began, 0: not known. */
static enum turn
turn_of(uint32_t begun, uint32_t before, uint32_t to, bool ends)
{
	if (to == begun)
		return TURN_NOT;
	if (to == before)
		return TURN_BACK;
	return ends && begun != 0 && to > begun ? TURN_ENDED : TURN_NAMED;
}

/* What was counted under a date ahead belongs to the one before, and stays in the
 * other, too: nobody knows which date was wrong, and too much is the lesser harm. */
static void
turn_bytes(enum turn turn, bool back, struct traffic *now, struct traffic *last)
{
	struct traffic was = *now;

	if (turn == TURN_ENDED)
		*now = (struct traffic){ 0 };
	if (turn == TURN_BACK)
		*now = *last;
	if (turn == TURN_BACK && back)
		plus(now, was);
	if (turn == TURN_ENDED || turn == TURN_BACK)
		*last = was;
}

static void
turn_dates(enum turn turn, uint32_t *begun, uint32_t *before, uint32_t to)
{
	if (turn == TURN_ENDED || turn == TURN_BACK)
		*before = *begun;
	*begun = to;
}

static void
turn_cycle(struct ledger_row *r, uint32_t day, bool ends)
{
	uint32_t to = tariff_begin(&r->tariff, day);
	enum turn turn = turn_of(r->begun, r->before, to, ends);

	turn_bytes(turn, to < r->begun, &r->month, &r->last_month);
	turn_dates(turn, &r->begun, &r->before, to);
}

void
ledger_sell(struct ledger *l, struct ledger_row *row, const struct tariff *t)
{
	bool slept = row->tariff.bytes == 0;

	row->tariff = *t;
	if (row->pace == NULL)
		row->pace = room_for(1, sizeof(*row->pace));
	if (l->day == 0)
		return;
	if (row->begun == 0)
		row->begun = tariff_begin(t, l->day);
	if (!slept || tariff_begin(t, l->day) <= row->begun)
		return;
	turn_cycle(row, l->day, true);	/* it was over while nobody looked after it */
}

/* ends: a day and a cycle that are over end, else they had the wrong date.  The
 * cycle of a plan that nobody has waits until somebody does. */
static void
go_to(struct ledger *l, uint32_t day, bool ends)
{
	uint32_t month = traffic_month(day, l->billing_day);
	enum turn of_day = turn_of(l->day, l->day_before, day, ends);
	enum turn of_month = turn_of(l->month, l->month_before, month, ends);

	for (struct ledger_row *r = l->rows; r != NULL; r = r->next) {
		turn_bytes(of_day, day < l->day, &r->day, &r->last_day);
		if (r->tariff.bytes > 0)
			turn_cycle(r, day, ends);
		else if (r->begun == 0)
			turn_bytes(of_month, month < l->month, &r->month, &r->last_month);
	}
	turn_dates(of_day, &l->day, &l->day_before, day);
	turn_dates(of_month, &l->month, &l->month_before, month);
}

/* Somebody set it since the last turn. */
static bool
stepped(struct ledger *l, const struct clock *clock)
{
	int64_t wall = clock->wall(), mono = clock->mono();
	int64_t by = wall - l->wall - (mono - l->mono) / 1000;
	bool first = l->mono == 0;

	l->wall = wall;
	l->mono = mono;
	return !first && (by > STEP || by < -STEP);
}

/* A clock that is set back ends no day.  Where nobody vouches for it a step ahead
 * ends none either, for the next one may lead back.  A box without a battery begins
 * in 1970, and stays in its last day until it is told. */
static void
turn_day(struct ledger *l, uint32_t day, bool set, bool trusted)
{
	if (trusted && l->believed != 0) {
		go_to(l, l->believed, false);
		l->believed = 0;
	}
	if (!trusted && set && l->believed == 0)
		l->believed = l->day;
	if (day > l->day && (trusted || !set))
		go_to(l, day, true);
	else if (trusted || set || day == l->day)
		go_to(l, day, false);
}

void
ledger_turn(struct ledger *l, const struct clock *clock)
{
	uint32_t day = local_day(clock->wall());
	bool set = stepped(l, clock);

	if (day != 0)
		turn_day(l, day, set, clock->trusted());
	save_aside(l, clock->mono());
}

struct ledger *
ledger_open(const struct disk *disk, const char *file, unsigned billing_day)
{
	struct ledger *l = room_for(1, sizeof(*l));

	l->disk = disk;
	l->billing_day = billing_day;
	snprintf(l->file, sizeof(l->file), "%s", file);
	load(l);
	return l;
}

void
ledger_close(struct ledger *l)
{
	struct ledger_row *next;

	if (l == NULL)
		return;
	while (!written(l, US_PER_S))
		;
	if (l->day != 0 && write_text(l))
		save(l);
	for (struct ledger_row *r = l->rows; r != NULL; r = next) {
		next = r->next;
		free(r->pace);
		free(r);
	}
	free(l->text);
	free(l);
}
