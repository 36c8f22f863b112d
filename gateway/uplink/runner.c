#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../log.h"
#include "../room.h"
#include "batch.h"
#include "runner_own.h"

#define STACK		(256 << 10)
#define RETRY_MIN	US_PER_S
#define RETRY_MAX	(60 * US_PER_S)
#define RETRY_LONGEST	(3600 * US_PER_S)	/* whatever the far end asks for */
#define BEHIND		(10 * US_PER_S)
#define SAVE_AFTER	(5 * US_PER_S)
#define LOOK_AGAIN	US_PER_S		/* at a store that nobody writes */
#define STORE_AGAIN	(US_PER_S / 4)		/* at one that is not there yet */
#define LAST_BATCHES	4			/* of live data, before the end */
#define PRESENT_AGAIN	(2 * US_PER_S)		/* after nobody told it */
#define NEVER		UINT64_MAX

static int64_t
now(const struct runner *r)
{
	return r->is.clock->mono();
}

/* Half of us to all of it, so that many gateways do not come back at once. */
static int64_t
jitter(struct runner *r, int64_t us)
{
	r->chance = r->chance * 6364136223846793005U + 1442695040888963407U;
	return us / 2 + (int64_t)((r->chance >> 33) % (uint64_t)(us / 2 + 1));
}

static void
set_state(struct runner *r, enum runner_state state, const char *why)
{
	pthread_mutex_lock(&r->lock);
	r->status.state = state;
	r->status.failures += state == RUNNER_FAILING;
	snprintf(r->status.why, sizeof(r->status.why), "%s", why);
	if (r->far_open && r->is.kind->refused != NULL)
		r->status.refused = r->is.kind->refused(r->far);
	pthread_mutex_unlock(&r->lock);
}

static int
failed(struct runner *r, const char *why)
{
	char safe[2 * sizeof(r->status.why)];
	int64_t asked = 0, wait;

	if (r->far_open && r->is.kind->pause != NULL)
		asked = r->is.kind->pause(r->far);
	if (asked > RETRY_LONGEST)
		asked = RETRY_LONGEST;
	wait = jitter(r, r->backoff);
	r->retry_at = now(r) + (asked > wait ? asked : wait);
	r->backoff = r->backoff * 2 < r->is.retry_max ? r->backoff * 2 : r->is.retry_max;
	if (!r->told_failing || strcmp(why, r->status.why) != 0)
		log_warn("uplink %s: not delivered: %s", r->env.conf->name,
		    log_safe(why, safe, sizeof(safe)));
	r->told_failing = true;
	set_state(r, RUNNER_FAILING, why);
	return -1;
}

static void
well(struct runner *r)
{
	if (r->told_failing)
		log_info("uplink %s: delivers again", r->env.conf->name);
	r->told_failing = false;
	r->backoff = r->is.retry_min;
	set_state(r, r->cursor.nmissed > 0 ? RUNNER_BEHIND : RUNNER_OK, "");
}

static int
store_failed(struct runner *r)
{
	char why[160];

	snprintf(why, sizeof(why), "the store cannot be read: %s", strerrordesc_np(errno));
	for (int i = 0; i < STREAMS; i++)
		flow_close(&r->flows[i]);
	return failed(r, why);
}

static void
moved(struct runner *r)
{
	if (r->save_at == 0 && !r->is.kind->present)
		r->save_at = now(r) + SAVE_AFTER;
}

void
runner_save(struct runner *r)
{
	struct cursor c;

	pthread_mutex_lock(&r->lock);
	c = r->cursor;
	pthread_mutex_unlock(&r->lock);
	if (cursor_file_save(&r->file, &c) < 0) {
		if (!r->told_unsaved)
			log_warn("uplink %s: cursor not saved: %s", r->env.conf->name,
			    strerrordesc_np(errno));
		r->told_unsaved = true;
		moved(r);		/* again, though nothing moves it meanwhile */
		return;
	}
	r->told_unsaved = false;
}

static void
load_cursor(struct runner *r)
{
	struct cursor c;
	bool known = cursor_file_load(&r->file, &c);

	if (known && c.store != reader_store(r->env.reader)) {
		log_warn("uplink %s: its cursor is of another store: everything is sent",
		    r->env.conf->name);
		known = false;
	}
	if (!known) {
		cursor_file_begin(&c, r->env.reader);
		moved(r);
	}
	pthread_mutex_lock(&r->lock);
	r->cursor = c;
	pthread_mutex_unlock(&r->lock);
}

/* A kind of the present begins at the end of what is durable: what is before it
 * comes by a snapshot. */
static void
begin_now(struct runner *r)
{
	uint64_t first, last[LANES];

	for (int lane = 0; lane < LANES; lane++) {
		last[lane] = r->durable.seq[lane];
		if (last[lane] == 0)
			reader_range(r->env.reader, (enum lane)lane, &first, &last[lane]);
	}
	pthread_mutex_lock(&r->lock);
	r->cursor = (struct cursor){ .store = reader_store(r->env.reader),
	    .alarm = last[LANE_ALARM], .live = last[LANE_TELEMETRY] };
	pthread_mutex_unlock(&r->lock);
	r->present_at = now(r);
}

/* Opens what is closed: the store, the cursor, the far end. */
static int
make_ready(struct runner *r)
{
	struct flow *live = &r->flows[STREAM_LIVE], *alarm = &r->flows[STREAM_ALARM];
	char why[160];

	if (live->reader == NULL && flow_open(live, r->is.disk) < 0)
		return -1;
	if (alarm->reader == NULL && flow_open(alarm, r->is.disk) < 0)
		return -1;
	r->env.reader = live->reader;
	if (reader_store(live->reader) == 0) {	/* its number is about to be written */
		errno = ENOENT;
		return -1;
	}
	if (!r->is.kind->present &&
	    cursor_file_open(&r->file, r->is.disk, r->env.conf->name) < 0)
		return -1;
	if (r->cursor.store == 0 || r->cursor.store != reader_store(r->env.reader)) {
		if (r->is.kind->present)
			begin_now(r);
		else
			load_cursor(r);
	}
	r->env.store = r->cursor.store;
	if (r->far_open)
		return 0;
	why[0] = '\0';
	if (r->is.kind->open(r->far, &r->env, why, sizeof(why)) == 0) {
		r->far_open = true;
		well(r);
		return 0;
	}
	memset(r->far, 0, r->is.kind->size);
	return failed(r, why);
}

/* True when the uplink is ready to go. */
static bool
ready(struct runner *r)
{
	int64_t before = r->retry_at;

	if (now(r) < r->retry_at)
		return false;
	if (make_ready(r) == 0)
		return true;
	if (r->retry_at != before)
		return false;
	if (errno != ENOENT) {
		store_failed(r);
	} else {			/* the field role makes it */
		set_state(r, RUNNER_STARTING, "there is no store yet");
		r->retry_at = now(r) + STORE_AGAIN;
	}
	return false;
}

static struct batch
new_batch(struct runner *r, enum stream stream, int64_t since)
{
	struct flow *f = &r->flows[stream];

	return (struct batch){ .kind = r->is.kind, .far = r->far, .env = &r->env, .flow = f,
	    .stream = stream, .since = since, .limit = r->durable.seq[f->lane],
	    .most = stream == STREAM_LIVE ? runner_batch(r) : (size_t)r->env.conf->batch,
	    .thin = r->is.kind->present ? NULL : &r->thin };
}

/* 0: the far end has from..to, as far as it went into one batch. */
static int
deliver(struct runner *r, struct batch *b, uint64_t from, uint64_t to)
{
	char why[160] = "";

	if (batch_fill(b, from, to) < 0)
		return store_failed(r);
	if (b->taken == 0)
		return 0;
	if (r->is.kind->send(r->far, why, sizeof(why)) == 0) {
		well(r);
		return 0;
	}
	flow_back(b->flow);
	thin_forget(&r->thin, b->stream);
	r->ended.seq[b->flow->lane] = NEVER;
	return failed(r, why);
}

/* The far end has it: nothing of it is ever sent again on purpose. */
static void
acknowledge(struct runner *r, const struct batch *b)
{
	if (b->done == 0)
		return;
	pthread_mutex_lock(&r->lock);
	if (b->stream == STREAM_ALARM) {
		r->cursor.alarm = b->done;
		r->cursor.alarm_time = b->since;
	} else if (b->stream == STREAM_LIVE) {
		r->cursor.live = b->done;
		r->cursor.live_time = b->since;
	} else {
		cursor_catch_up(&r->cursor, b->done, b->since);
	}
	r->status.lost += b->lost;
	r->status.too_large += b->too_large;
	r->status.delivered += b->taken;
	pthread_mutex_unlock(&r->lock);
	batch_tell(b);
	moved(r);
}

/* A stream of a lane gave all it had at this limit. */
static void
at_end(struct runner *r, enum lane lane)
{
	r->ended.seq[lane] = r->durable.seq[lane];
	r->look_at[lane] = now(r) + LOOK_AGAIN;
}

static bool
has_more(const struct runner *r, enum lane lane, int64_t at)
{
	if (r->durable.seq[lane] != r->ended.seq[lane])
		return true;
	return r->durable.seq[lane] == 0 && at >= r->look_at[lane];
}

static void
send_alarms(struct runner *r)
{
	struct batch b = new_batch(r, STREAM_ALARM, r->cursor.alarm_time);

	if (deliver(r, &b, r->cursor.alarm + 1, NEVER - 1) < 0)
		return;
	acknowledge(r, &b);
	if (b.ended)
		at_end(r, LANE_ALARM);
}

/* Is the oldest unsent entry so old that sending it now would make the new
 * ones wait? */
static bool
too_old(const struct runner *r, const struct entry *e)
{
	int64_t age = now(r) - e->stored_mono;

	return e->boot != r->is.boot || age > runner_batch_age(r) + r->is.behind;
}

/* Goes on at the end of the store; the rest is left for back-fill. */
static void
leave_behind(struct runner *r)
{
	uint64_t first, last = r->durable.seq[LANE_TELEMETRY], owed;

	if (last == 0)
		reader_range(r->env.reader, LANE_TELEMETRY, &first, &last);
	pthread_mutex_lock(&r->lock);
	owed = r->cursor.nmissed;
	cursor_miss(&r->cursor, last);
	if (r->status.state == RUNNER_OK)
		r->status.state = RUNNER_BEHIND;
	pthread_mutex_unlock(&r->lock);
	if (r->cursor.nmissed > owed)
		log_info("uplink %s: behind: what is new goes first, the rest follows",
		    r->env.conf->name);
	moved(r);
}

static void
send_live(struct runner *r)
{
	struct batch b = new_batch(r, STREAM_LIVE, r->cursor.live_time);
	struct flow *f = &r->flows[STREAM_LIVE];
	int64_t began = now(r);

	if (flow_peek(f, r->cursor.live + 1, r->durable.seq[LANE_TELEMETRY]) == READ_ENTRY &&
	    too_old(r, &f->entry))
		leave_behind(r);
	if (deliver(r, &b, r->cursor.live + 1, NEVER - 1) < 0) {
		pace_failed(&r->pace);
		return;
	}
	pace_sent(&r->pace, b.taken, now(r) - began);
	acknowledge(r, &b);
	if (!b.ended)
		return;
	at_end(r, LANE_TELEMETRY);
	r->live_since = 0;
}

/* As much as one second may carry, so that what is new never waits long. */
static void
send_missed(struct runner *r)
{
	struct range range = r->cursor.missed[0];
	struct batch b = new_batch(r, STREAM_BACKFILL, range.since);
	struct flow *f = &r->flows[STREAM_BACKFILL];
	int64_t rate = r->env.conf->replay_rate;

	if (f->reader == NULL && flow_open(f, r->is.disk) < 0) {
		store_failed(r);
		return;
	}
	if (rate > 0 && (size_t)rate < b.most)
		b.most = (size_t)rate;
	if (deliver(r, &b, range.from, range.to) < 0)
		return;
	if (b.ended)
		b.done = range.to;
	acknowledge(r, &b);
	if (rate > 0)
		r->backfill_at = now(r) + (int64_t)b.taken * US_PER_S / rate;
	if (r->cursor.nmissed > 0)
		return;
	flow_close(f);
	log_info("uplink %s: caught up", r->env.conf->name);
	well(r);
}

static bool
live_due(struct runner *r, int64_t at)
{
	uint64_t durable = r->durable.seq[LANE_TELEMETRY];

	if (!has_more(r, LANE_TELEMETRY, at))
		return false;
	if (r->live_since == 0)
		r->live_since = at;
	return r->is.kind->present || durable >= r->cursor.live + runner_batch(r) ||
	    at >= r->live_since + runner_batch_age(r);
}

/* Numbers that the store does not have: it lost its newest end to damage, and
 * will give them to other entries. */
static void
no_further_than_the_store(struct runner *r)
{
	bool cut;

	pthread_mutex_lock(&r->lock);
	cut = cursor_cut(&r->cursor, r->durable.seq[LANE_ALARM],
	    r->durable.seq[LANE_TELEMETRY]);
	pthread_mutex_unlock(&r->lock);
	if (!cut)
		return;
	log_warn("uplink %s: the store lost entries that were sent", r->env.conf->name);
	moved(r);
}

static void
put_present(void *arg, const struct entry *e)
{
	struct runner *r = arg;

	r->is.kind->put(r->far, e, STREAM_LIVE);
}

/* The field role may not be there yet; what it stored before comes with it. */
static void
ask_present(struct runner *r, int64_t at)
{
	const struct order_line *line = r->env.orders;
	char why[160] = "";

	if (r->present_at == 0 || at < r->present_at)
		return;
	r->present_at = 0;
	if (line == NULL)
		return;
	if (line->present(line, put_present, r) < 0)
		r->present_at = now(r) + PRESENT_AGAIN;
	else if (r->is.kind->send(r->far, why, sizeof(why)) < 0)
		failed(r, why);
}

static int64_t
earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* Does one thing, the most urgent; returns when there will be another. */
static int64_t
turn(struct runner *r)
{
	int64_t at, next;

	runner_take_thin(r);
	runner_take_facts(r);
	if (!ready(r))
		return r->retry_at;
	no_further_than_the_store(r);
	ask_present(r, now(r));
	at = now(r);
	if (has_more(r, LANE_ALARM, at)) {
		send_alarms(r);
		return at;
	}
	if (live_due(r, at)) {
		send_live(r);
		return at;
	}
	if (r->cursor.nmissed > 0 && at >= r->backfill_at) {
		send_missed(r);
		return at;
	}
	next = at + 60 * US_PER_S;
	if (r->present_at != 0)
		next = earlier(next, r->present_at);
	if (r->cursor.nmissed > 0)
		next = earlier(next, r->backfill_at);
	if (r->live_since != 0)
		next = earlier(next, r->live_since + runner_batch_age(r));
	/* a lane that has more is waited for above, not looked at again */
	for (int lane = 0; lane < LANES; lane++)
		if (r->durable.seq[lane] == 0 && r->ended.seq[lane] == 0)
			next = earlier(next, r->look_at[lane]);
	return next;
}

/* What waits for its batch to fill goes out before the end, if all is well. */
static void
last_words(struct runner *r)
{
	if (!r->far_open || r->told_failing || !ready(r))
		return;
	send_alarms(r);
	for (int i = 0; i < LAST_BATCHES && !r->told_failing; i++)
		send_live(r);
}

/* Until there is more to send, or so long; the far end is tended meanwhile,
 * unless it is left alone after a failure. */
static void
pass(struct runner *r, int64_t us)
{
	const struct uplink *kind = r->is.kind;
	char why[160] = "";

	if (kind->idle == NULL || !r->far_open || r->bell.fd < 0 ||
	    (now(r) < r->retry_at && !kind->present)) {
		feed_wait(r->is.feed, &r->durable, us, &r->ending);
		return;
	}
	if (kind->idle(r->far, r->bell.fd, us, why, sizeof(why)) < 0)
		failed(r, why);
	else if (r->told_failing && now(r) >= r->retry_at)
		well(r);
	bell_still(&r->bell);
}

/* What it had in hand was acknowledged or goes again: nothing waits in a far end
 * between two turns. */
static void
begin_anew(struct runner *r)
{
	if (r->far_open)
		r->is.kind->close(r->far);
	memset(r->far, 0, r->is.kind->size);
	r->far_open = false;
	r->retry_at = 0;
	r->backoff = r->is.retry_min;
	log_info("uplink %s: begun anew", r->env.conf->name);
}

static void
run(void *arg)
{
	struct runner *r = arg;

	while (feed_look(r->is.feed, &r->durable, &r->ending)) {
		int64_t next, at;

		if (atomic_exchange(&r->anew, false))
			begin_anew(r);
		next = turn(r);
		at = now(r);

		if (r->save_at != 0 && at >= r->save_at) {
			r->save_at = 0;
			runner_save(r);
		}
		if (r->save_at != 0)
			next = earlier(next, r->save_at);
		if (next > at)
			pass(r, next - at);
	}
	last_words(r);
	if (r->save_at != 0)
		runner_save(r);
	if (r->far_open)
		r->is.kind->close(r->far);
	for (int i = 0; i < STREAMS; i++)
		flow_close(&r->flows[i]);
}

struct runner *
runner_start(const struct runner_conf *conf)
{
	struct runner *r = room_for(1, sizeof(*r));
	int error;

	assert(conf->conf->batch > 0);
	r->is = *conf;
	if (r->is.retry_min == 0)
		r->is.retry_min = RETRY_MIN;
	if (r->is.retry_max == 0)
		r->is.retry_max = RETRY_MAX;
	if (r->is.behind == 0)
		r->is.behind = BEHIND;
	r->env = (struct uplink_env){ .conf = conf->conf, .gateway = conf->gateway,
	    .disk = conf->disk, .orders = conf->orders, .meter = &r->meter };
	r->far = room_for(1, conf->kind->size);
	r->backoff = r->is.retry_min;
	pace_begin(&r->pace, (size_t)conf->conf->batch, (size_t)conf->conf->batch_most);
	r->ended = (struct durable){ .seq = { NEVER, NEVER } };
	r->flows[STREAM_ALARM].lane = LANE_ALARM;
	r->flows[STREAM_LIVE].lane = r->flows[STREAM_BACKFILL].lane = LANE_TELEMETRY;
	r->flows[STREAM_LIVE].named = true;	/* the dictionary of all of them */
	r->chance = (uint64_t)now(r) ^ (uint64_t)(uintptr_t)r;
	pthread_mutex_init(&r->lock, NULL);
	cursor_file_init(&r->file);
	if (conf->kind->idle != NULL)
		feed_hang(conf->feed, &r->bell);
	error = worker_start(&r->worker, STACK, run, r);
	if (error != 0) {
		log_err("uplink %s: no thread: %s", conf->conf->name, strerrordesc_np(error));
		exit(EXIT_FAILURE);
	}
	return r;
}
