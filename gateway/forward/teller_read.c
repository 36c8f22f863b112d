#include <errno.h>
#include <string.h>

#include "../log.h"
#include "teller_own.h"

/* The moment an entry was stored at, as this run of the kernel counts. */
static int64_t
mono_of(const struct teller *t, const struct entry *e, int64_t now, int64_t wall)
{
	int64_t at = e->boot == t->is.boot ? e->stored_mono :
	    now - (wall - e->stored) * 1000;

	return at < now ? at : now;
}

static void
take_alarm(struct teller *t, const struct entry *e, int64_t at)
{
	const struct alarm_entry *a = &e->alarm;
	const struct series *s = a->series != 0 ? reader_series(t->reader, a->series) : NULL;
	char value[VALUE_TEXT_MAX];
	const struct tell_event event = { .seq = e->seq, .rule = a->rule, .device = a->device,
	    .alarm = &a->alarm, .event = (enum alarm_event)a->event,
	    .class = (enum alarm_class)a->class, .priority = (enum priority)a->priority,
	    .time = a->time, .restated = (e->flags & ENTRY_SNAPSHOT) != 0,
	    .text_en = a->text_en, .text_zh = a->text_zh, .who = a->who,
	    .point = s != NULL ? s->point : "", .unit = s != NULL ? s->unit : "",
	    .value = value_text(&a->value, s != NULL ? s->decimals : -1, value,
		sizeof(value)) };

	tell_alarm(t->tell, &event, at, e->stored);
}

/* That a way fails, of all contacts alike, goes on over a start. */
static void
take_trouble(struct teller *t, const struct record *r)
{
	const char *phase = teller_field(r, "phase"), *name = teller_field(r, "way");
	bool failing = strcmp(phase, "failing") == 0;

	if (strcmp(r->kind, "message") != 0 || strncmp(r->key, "way/", 4) != 0 ||
	    strcmp(r->key + 4, name) != 0 || (!failing && strcmp(phase, "well") != 0))
		return;
	for (size_t i = 0; i < t->plan->nways; i++)
		if (strcmp(t->plan->ways[i].name, name) == 0)
			tell_way_was(t->tell, i, failing);
}

static void
take_record(struct teller *t, const struct entry *e, int64_t at)
{
	struct tell_record r;
	bool mine = strcmp(teller_field(&e->record, "run"), t->run) == 0;

	take_trouble(t, &e->record);
	if (!teller_get(t->plan->plan, &e->record, &r))
		return;
	if (!t->live || r.phase == TELL_ASKED) {
		tell_record(t->tell, &r, at, e->stored);
		return;
	}
	if (mine || r.phase != TELL_INTENT)
		return;
	/* one that ended asked for it just before: its message never left */
	r.phase = TELL_UNKNOWN;
	r.why = "given up: another start had taken over";
	book_record(t, &r);
}

static void
take(struct teller *t, const struct entry *e, int64_t now, int64_t wall)
{
	int64_t at = mono_of(t, e, now, wall);

	if (e->kind == ENTRY_ALARM && e->alarm.rule != NULL && e->alarm.device != NULL)
		take_alarm(t, e, at);
	else if (e->kind == ENTRY_RECORD && e->record.kind != NULL && e->record.key != NULL)
		take_record(t, e, at);
}

static int
open_reader(struct teller *t)
{
	if (t->reader != NULL)
		return 0;
	t->reader = reader_open(t->is.disk);
	if (t->reader == NULL)
		return -1;
	reader_seek(t->reader, LANE_ALARM, 0);
	return 0;
}

int
teller_read(struct teller *t, int64_t now, int64_t wall)
{
	struct durable d;
	struct entry e;
	struct gap gap;
	enum read_result rc;

	feed_look(t->is.feed, &d, &t->ended);
	if (open_reader(t) != 0)
		return -1;
	while ((rc = reader_next(t->reader, d.seq[LANE_ALARM], &e, &gap)) == READ_ENTRY ||
	    rc == READ_GAP)
		if (rc == READ_ENTRY)
			take(t, &e, now, wall);
	if (rc == READ_END)
		return 0;
	log_warn("tell: the store cannot be read: %s", strerrordesc_np(errno));
	return -1;
}
