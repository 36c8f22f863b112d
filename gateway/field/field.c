#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "../log.h"
#include "field.h"

#define BOOK_EVERY	(10 * US_PER_S)
#define FLUSH_SLOW	(10 * US_PER_S)		/* then it is told */
#define FLUSH_LIMIT	(300 * US_PER_S)	/* then it is no flush any more */

/* The one moment at which the journal or the rules want to go on. */
void
field_worked(void *arg, int64_t now)
{
	struct field_role *f = arg;
	int64_t commit, delay, at;

	journal_tick(f->journal, now);
	commit = journal_deadline(f->journal);
	delay = pipeline_deadline(&f->pipeline);
	at = commit < delay ? commit : delay;
	if (f->work.place == 0 || f->work.at != at)
		loop_arm(f->loop, &f->work, at);
}

static void
work(struct timer *t, int64_t now)
{
	struct field_role *f = owner_of(t, struct field_role, work);

	pipeline_tick(&f->pipeline, now);
	action_go(f, now);
	field_worked(f, now);
}

/* Each discard is told by itself, for the next one has another range. */
static void
look_at_discards(struct field_role *f)
{
	const struct journal_stats *now = journal_stats(f->journal);
	uint64_t n = now->discarded_entries - f->seen.discarded_entries;
	char from[32], to[32];

	if (n == 0)
		return;
	f->seen.discarded_entries = now->discarded_entries;
	pipeline_warn(&f->pipeline, "store",
	    "%llu entries discarded unsent for want of space, of %s to %s; %llu in all",
	    (unsigned long long)n, moment_text(now->discarded_from, from, sizeof(from)),
	    moment_text(now->discarded_to, to, sizeof(to)),
	    (unsigned long long)now->discarded_entries);
}

/* Told within a reap of each entry that is durable now. */
static void
stored(void *arg, const struct entry *e)
{
	struct field_role *f = arg;

	if (e->kind == ENTRY_READING)
		latest_take(&f->latest, e);
	else if (e->kind == ENTRY_COMMAND)
		command_stored(f, e->seq);
}

/* Something that was taken went, for its names cannot be stored: who waits to be
 * told that he is stored hears nothing, or that he is not, and sends again. */
static void
look_at_forsaken(struct field_role *f)
{
	uint64_t n = journal_stats(f->journal)->forsaken;
	uint32_t series = journal_nameless(f->journal);

	if (n == f->seen.forsaken)
		return;
	f->seen.forsaken = n;
	bus_forsaken(f->owing, series);
	for (size_t i = 0; i < f->nbuses; i++)
		bus_forsaken_repeats(f->buses[i], series, f->durable.seq[LANE_TELEMETRY]);
	letterbox_forsaken(f->letterbox);
}

/* The helper finished: only now may anybody hear of what it wrote. */
static void
flushed(struct source *source, uint32_t events, int64_t now)
{
	struct field_role *f = owner_of(source, struct field_role, flushed);
	struct durable before = f->durable;

	(void)events;
	journal_reap(f->journal, now);
	look_at_forsaken(f);
	f->durable = journal_durable(f->journal);
	if (f->control != NULL && memcmp(&before, &f->durable, sizeof(before)) != 0)
		control_grew(f->control, f->durable.seq);
	calibrations_go_on(f->calibrations, &f->pipeline, f->durable.seq[LANE_TELEMETRY]);
	bus_stored(&f->owing, f->durable.seq[LANE_TELEMETRY], now);
	command_go_on(f);
	messages_go_on(f);
	if (before.seq[LANE_TELEMETRY] != f->durable.seq[LANE_TELEMETRY])
		inflow_grew(&f->inflow, now);
	letterbox_durable(f->letterbox, f->durable.seq[LANE_TELEMETRY], now);
	cures_go_on(f, now);
	look_at_discards(f);
	field_worked(f, now);
}

/* Whoever waits until something is kept goes on. */
static void
kept(struct source *source, uint32_t events, int64_t now)
{
	struct field_role *f = owner_of(source, struct field_role, kept);

	(void)events;
	keeper_reap(f->keeper);
	command_go_on(f);
	cures_go_on(f, now);
	field_worked(f, now);
}

static void
look_at_clock(struct field_role *f, int64_t now)
{
	const struct clock *clock = f->pipeline.clock;
	int64_t step = clock_step(&f->clock_kept, now, clock->wall());
	bool trusted = clock->trusted();

	if (step > MS_PER_S || step < -MS_PER_S) {
		f->clock_steps++;
		pipeline_note(&f->pipeline, "clock", "stepped by %+.3f s",
		    (double)step / (double)MS_PER_S);
		field_worked(f, now);	/* intervals end by the wall clock */
	}
	if (trusted == f->pipeline.trusted)
		return;
	f->pipeline.trusted = trusted;
	pipeline_note(&f->pipeline, "clock", "%s", trusted ?
	    "synchronised: times are trusted" : "not synchronised: times are not trusted");
}

/* A counter of the store that must be heard of when it grows. */
struct trouble {
	size_t		 offset;
	const char	*text;		/* with the count */
};

#define AT(field)	offsetof(struct journal_stats, field)

static const struct trouble troubles[] = {
	{ AT(flush_errors), "flush failed, %llu in all: written anew elsewhere" },
	{ AT(damaged), "%llu damaged blocks or records found" },
	{ AT(set_aside), "%llu segments set aside as .bad" },
	{ AT(skipped), "full: %llu entries not taken" },
};

/* That commits fail, and that they hold again. */
static void
look_at_error(struct field_role *f, int error)
{
	if (error == f->seen.error)
		return;
	if (error != 0)
		pipeline_warn(&f->pipeline, "store", "not stored: %s", strerrordesc_np(error));
	else
		pipeline_note(&f->pipeline, "store", "stored again");
}

/* On a full disk what was known before goes on. */
static void
look_at_names(struct field_role *f, const struct journal_stats *now)
{
	if (now->names_error == f->seen.names_error)
		return;
	if (now->names_error != 0)
		pipeline_warn(&f->pipeline, "store", "new points are not stored, for their "
		    "names cannot be: %s", strerrordesc_np(now->names_error));
	else
		pipeline_note(&f->pipeline, "store", "new points are stored: %llu entries of "
		    "theirs were not taken", (unsigned long long)now->unnamed);
}

static void
look_at_store(struct field_role *f)
{
	const struct journal_stats now = *journal_stats(f->journal);

	look_at_error(f, now.error);
	look_at_names(f, &now);
	for (size_t i = 0; i < sizeof(troubles) / sizeof(troubles[0]); i++) {
		uint64_t a, b;

		memcpy(&a, (const char *)&f->seen + troubles[i].offset, sizeof(a));
		memcpy(&b, (const char *)&now + troubles[i].offset, sizeof(b));
		if (b > a)
			pipeline_warn(&f->pipeline, "store", troubles[i].text,
			    (unsigned long long)b);
	}
	/* Of the notes themselves nothing is told, or a full store never rests. */
	f->seen = *journal_stats(f->journal);
}

/* Polls are passed over while the buffer is full, and afterwards it is known
 * how many. */
static void
look_at_room(struct field_role *f)
{
	const struct pipeline *p = &f->pipeline;
	bool full = !pipeline_ready(p);

	if (full != f->full) {
		f->full = full;
		if (full)
			pipeline_warn(&f->pipeline, "store", "full: polls that no rule needs "
			    "are passed over");
		else
			pipeline_note(&f->pipeline, "store", "takes readings again: %llu polls "
			    "were passed over, %llu readings not taken",
			    (unsigned long long)(p->skipped - f->skipped),
			    (unsigned long long)(p->lost - f->lost));
	}
	if (full)
		return;
	f->skipped = p->skipped;
	f->lost = p->lost;
}

/* Nothing that is written to a folder that was removed is ever read again. */
static void
look_at_folder(struct field_role *f)
{
	const char *dir = f->config->gateway.store.dir;

	if (f->gone || !disk_taken_away(f->disk, dir))
		return;
	f->gone = true;
	log_err("store: %s: taken away with all %llu entries; begun anew", dir,
	    (unsigned long long)(f->durable.seq[LANE_TELEMETRY] > f->durable.seq[LANE_ALARM] ?
	    f->durable.seq[LANE_TELEMETRY] : f->durable.seq[LANE_ALARM]));
	loop_stop(f->loop);
}

/* Says when a flush begins to take long, and when it came back. */
static void
look_at_flush(struct field_role *f, int64_t now)
{
	const struct journal_stats *s = journal_stats(f->journal);
	uint64_t committed = s->commits + s->flush_errors;
	int64_t took = now - f->flush_seen;
	bool back = !journal_flushing(f->journal) || committed != f->committed;

	if (!back && took >= FLUSH_SLOW && !f->flush_slow)
		log_warn("store: a flush takes longer than %d s: the disk does not come back",
		    (int)(FLUSH_SLOW / US_PER_S));
	else if (back && f->flush_slow)
		log_info("store: the disk came back: a flush took %lld s",
		    (long long)(took / US_PER_S));
	f->flush_slow = !back && took >= FLUSH_SLOW;
	if (back)
		f->flush_seen = now;
	f->committed = committed;
}

/* Progress is a loop that turns, and commits that come back, were it with an
 * error: a full disk is nothing that a restart could mend.  Neither is one that
 * takes its time for a flush, as a card that clears blocks does: what is polled
 * meanwhile waits in memory, and would be lost. */
static void
beat(struct field_role *f, int64_t now)
{
	look_at_flush(f, now);
	if (now - f->flush_seen < FLUSH_LIMIT)
		pulse_beat(f->run->pulse);
	report_pulse(f);
}

static void
look_at_bytes(struct field_role *f, int64_t now)
{
	rate_note(&f->filling, journal_filled(f->journal), now);
	if (now < f->book_at)
		return;
	f->book_at = now + BOOK_EVERY;
	field_book(f);
	ledger_turn(f->ledger, f->pipeline.clock);
	tariffs_turn(f->tariffs);
}

static void
second(struct timer *t, int64_t now)
{
	struct field_role *f = owner_of(t, struct field_role, second);

	beat(f, now);
	look_at_folder(f);
	if (f->control == NULL && now >= f->control_at)
		field_open_control(f, now);
	look_at_clock(f, now);
	look_at_store(f);
	look_at_room(f);
	splits_flush(f->splits);
	keeper_tick(f->keeper, now);
	letterbox_look(f->letterbox, now);
	look_at_bytes(f, now);
	saving_second(f, now);
	action_second(f, now);
	cures_second(f, now);
	calibrations_go_on(f->calibrations, &f->pipeline, f->durable.seq[LANE_TELEMETRY]);
	loop_arm(f->loop, t, now + US_PER_S);
}

int
field_main(const struct run *run)
{
	struct field_role f = { .run = run };
	int status = field_start(&f);

	if (status != 0)
		return status;
	f.flushed.ready = flushed;
	f.work.fire = work;
	f.second.fire = second;
	f.flush_seen = f.started;
	journal_on_durable(f.journal, stored, &f);
	loop_add(f.loop, &f.flushed, EPOLLIN);
	f.kept.ready = kept;
	loop_add(f.loop, &f.kept, EPOLLIN);
	loop_arm(f.loop, &f.second, f.started + US_PER_S);
	field_worked(&f, f.started);
	report_pulse(&f);
	pulse_enter(run->pulse, PULSE_READY);
	loop_run(f.loop, system_clock.mono);
	field_stop(&f);
	return f.gone ? EXIT_FAILURE : 0;
}
