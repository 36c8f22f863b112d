#include <errno.h>
#include <poll.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../../gateway/journal/slot.h"
#include "../../gateway/journal/tally.h"
#include "../../gateway/uplink/cursor.h"
#include "../../gateway/uplink/runner.h"
#include "../check.h"

#define MANY	20000
#define MS	1000LL
#define BOOT	77

/* A store in memory behind the names of the real reader and slot: entries 1..n
 * of which every lane has some, and some are gone. */
static struct {
	pthread_mutex_t	lock;
	_Atomic bool	absent;			/* there is no store yet */
	_Atomic bool	broken;			/* it cannot be read */
	_Atomic uint64_t id;
	_Atomic uint64_t n;			/* entries, all durable */
	enum lane	lane[MANY + 1];
	int64_t		mono[MANY + 1];		/* when stored */
	_Atomic bool	gone[MANY + 1], restated[MANY + 1];
	_Atomic uint64_t boot;
	uint8_t		slot[SLOT_MAX];
	size_t		slot_len;
	unsigned	saves;
} store = { .lock = PTHREAD_MUTEX_INITIALIZER };

struct reader {
	enum lane	lane;
	uint64_t	next;
};

struct reader *
reader_open(const struct disk *disk)
{
	(void)disk;
	errno = store.absent ? ENOENT : EIO;
	return store.absent || store.broken ? NULL : calloc(1, sizeof(struct reader));
}

struct reader *
reader_open_nameless(const struct disk *disk)
{
	(void)disk;
	return calloc(1, sizeof(struct reader));
}

void
reader_close(struct reader *r)
{
	free(r);
}

void
reader_seek(struct reader *r, enum lane lane, uint64_t seq)
{
	r->lane = lane;
	r->next = seq;
}

/* UTC ms at which the n-th entry was stored. */
static int64_t
stamp(uint64_t n)
{
	return 1790000000000 + (int64_t)n * 1000;
}

static enum read_result
read_one(struct reader *r, uint64_t limit, struct entry *e, struct gap *gap)
{
	uint64_t end = limit != 0 && limit < store.n ? limit : store.n, at = r->next, last = 0;

	if (store.broken) {
		errno = EIO;
		return READ_FAILED;
	}
	for (; at <= end && (store.lane[at] != r->lane || store.gone[at]); at++)
		if (store.lane[at] == r->lane)
			last = at;
	if (last != 0) {
		*gap = (struct gap){ .from = r->next, .to = last, .until = stamp(at) };
		r->next = last + 1;
		return READ_GAP;
	}
	if (at > end)
		return READ_END;
	*e = (struct entry){ .seq = at, .boot = store.boot, .stored_mono = store.mono[at],
	    .stored = stamp(at),
	    .kind = r->lane == LANE_ALARM ? ENTRY_ALARM : ENTRY_READING };
	e->flags = store.restated[at] ? ENTRY_SNAPSHOT : 0;
	if (r->lane == LANE_ALARM)
		e->alarm = (struct alarm_entry){ .series = 1 };
	else
		e->reading = (struct reading){ .series = 1 + (uint32_t)(at % 3) };
	r->next = at + 1;
	return READ_ENTRY;
}

enum read_result
reader_next(struct reader *r, uint64_t limit, struct entry *e, struct gap *gap)
{
	enum read_result result;

	pthread_mutex_lock(&store.lock);
	result = read_one(r, limit, e, gap);
	pthread_mutex_unlock(&store.lock);
	return result;
}

const struct series *
reader_series(struct reader *r, uint32_t id)
{
	static const struct series three[] = {
		{ .id = 1, .device = "kitchen", .point = "fume", .unit = "", .raw = "" },
		{ .id = 2, .device = "kitchen", .point = "power", .unit = "", .raw = "" },
		{ .id = 3, .device = "river", .point = "ph", .unit = "", .raw = "" },
	};

	(void)r;
	return id >= 1 && id <= 3 ? &three[id - 1] : NULL;
}

uint64_t
reader_store(struct reader *r)
{
	(void)r;
	return store.id;
}

void
reader_range(struct reader *r, enum lane lane, uint64_t *first, uint64_t *last)
{
	(void)r;
	*first = *last = 0;
	pthread_mutex_lock(&store.lock);
	for (uint64_t i = 1; i <= store.n; i++) {
		if (store.lane[i] != lane || store.gone[i])
			continue;
		*first = *first == 0 ? i : *first;
		*last = i;
	}
	pthread_mutex_unlock(&store.lock);
}

uint64_t
tally(const struct disk *disk, enum lane lane, uint64_t from, uint64_t to)
{
	uint64_t n = 0;

	(void)disk;
	pthread_mutex_lock(&store.lock);
	for (uint64_t i = from; i <= to && i <= store.n; i++)
		n += store.lane[i] == lane && !store.gone[i];
	pthread_mutex_unlock(&store.lock);
	return n;
}

struct slot *
slot_open(const struct disk *disk, const char *name)
{
	(void)disk;
	CHECK(strcmp(name, "cursor-far.end") == 0);
	return (struct slot *)&store;
}

void
slot_close(struct slot *s)
{
	(void)s;
}

size_t
slot_read(const struct slot *s, void *bytes, size_t n)
{
	(void)s;
	CHECK(store.slot_len <= n);
	memcpy(bytes, store.slot, store.slot_len);
	return store.slot_len;
}

int
slot_write(struct slot *s, const void *bytes, size_t n)
{
	(void)s;
	pthread_mutex_lock(&store.lock);
	memcpy(store.slot, bytes, n);
	store.slot_len = n;
	store.saves++;
	pthread_mutex_unlock(&store.lock);
	return 0;
}

/* A far end that can be told how to behave and remembers what it took. */
static struct {
	pthread_mutex_t	lock;
	pthread_cond_t	go;
	bool		fails, hangs;
	bool		in_send;
	int64_t		pause;
	size_t		room;			/* entries of a batch; 0: any */
	uint64_t	huge;			/* seq of one that fits nowhere */
	unsigned	tries, idles, woken;
	bool		breaks;			/* the next time it idles */
	struct took {
		uint64_t	seq;
		enum stream	stream;
		int64_t		at;
		bool		gap;
	}		took[4 * MANY], batch[MANY];
	size_t		n, nbatch, largest;
	struct gap	gap;			/* the last one told */
	int64_t		failed_at, waited;	/* after a failure: the shortest */
} far = { .lock = PTHREAD_MUTEX_INITIALIZER, .go = PTHREAD_COND_INITIALIZER };

static int
far_open(void *self, const struct uplink_env *env, char *why, size_t n)
{
	(void)self, (void)why, (void)n;
	CHECK(env->store == store.id && strcmp(env->gateway, "gw") == 0);
	return 0;
}

static enum put_result
far_put(void *self, const struct entry *e, enum stream stream)
{
	(void)self;
	if ((far.room != 0 && far.nbatch == far.room) || e->seq == far.huge)
		return PUT_FULL;
	far.batch[far.nbatch++] = (struct took){ .seq = e->seq, .stream = stream };
	return PUT_TAKEN;
}

static enum put_result
far_gap(void *self, const struct gap *gap, enum stream stream)
{
	(void)self;
	far.gap = *gap;
	far.batch[far.nbatch++] = (struct took){ .seq = gap->to, .stream = stream, .gap = true };
	return PUT_TAKEN;
}

static int
far_send(void *self, char *why, size_t n)
{
	int64_t began = system_clock.mono();
	int result = 0;

	(void)self;
	pthread_mutex_lock(&far.lock);
	far.tries++;
	far.in_send = true;
	while (far.hangs)
		pthread_cond_wait(&far.go, &far.lock);
	far.in_send = false;
	if (far.failed_at != 0 && (far.waited == 0 || began - far.failed_at < far.waited))
		far.waited = began - far.failed_at;
	far.failed_at = far.fails ? system_clock.mono() : 0;
	if (far.fails) {
		snprintf(why, n, "no answer");
		result = -1;
	}
	for (size_t i = 0; result == 0 && i < far.nbatch; i++) {
		far.batch[i].at = system_clock.mono();
		CHECK(far.n < 4 * MANY);
		far.took[far.n++] = far.batch[i];
	}
	far.largest = far.nbatch > far.largest ? far.nbatch : far.largest;
	far.nbatch = 0;
	pthread_mutex_unlock(&far.lock);
	return result;
}

static void
far_close(void *self)
{
	(void)self;
}

/* A far end with a connection to keep: it waits by itself. */
static int
far_idle(void *self, int wake, int64_t us, char *why, size_t n)
{
	struct pollfd p = { .fd = wake, .events = POLLIN };
	int got;

	(void)self;
	CHECK(us > 0 && us <= 60 * US_PER_S);
	got = poll(&p, 1, (int)(us / 1000 + 1));
	pthread_mutex_lock(&far.lock);
	far.idles++;
	far.woken += got == 1;
	got = far.breaks ? -1 : 0;
	far.breaks = false;
	pthread_mutex_unlock(&far.lock);
	if (got < 0)
		snprintf(why, n, "the connection is lost");
	return got;
}

static int64_t
far_pause(const void *self)
{
	(void)self;
	return far.pause;
}

static const struct uplink far_uplink = { .name = "far", .size = 1, .open = far_open,
	.put = far_put, .gap = far_gap, .send = far_send, .close = far_close,
	.pause = far_pause };

static const struct uplink idle_uplink = { .name = "far", .size = 1, .open = far_open,
	.put = far_put, .gap = far_gap, .send = far_send, .close = far_close,
	.pause = far_pause, .idle = far_idle };
static const struct uplink *kind = &far_uplink;

static void
far_is(bool fails, bool hangs)
{
	pthread_mutex_lock(&far.lock);
	far.fails = fails;
	far.hangs = hangs;
	pthread_cond_broadcast(&far.go);
	pthread_mutex_unlock(&far.lock);
}

static struct feed feed;
static struct runner *runner;
static struct uplink_conf conf;
static int64_t behind;

static void
nap(int64_t us)
{
	const struct timespec t = { .tv_sec = us / US_PER_S, .tv_nsec = us % US_PER_S * 1000 };

	nanosleep(&t, NULL);
}

static void
tell(void)
{
	struct durable d = { .seq = { 0 } };

	for (uint64_t i = 1; i <= store.n; i++)
		d.seq[store.lane[i]] = i;
	feed_grew(&feed, &d);
}

static void
hang_up(void)
{
	const struct durable nobody = { .seq = { 0 } };

	feed_grew(&feed, &nobody);
}

static void
append(enum lane lane, unsigned n)
{
	pthread_mutex_lock(&store.lock);
	for (unsigned i = 0; i < n; i++) {
		CHECK(store.n < MANY);
		store.n++;
		store.lane[store.n] = lane;
		store.mono[store.n] = system_clock.mono();
		store.gone[store.n] = false;
	}
	pthread_mutex_unlock(&store.lock);
}

/* Where nobody tells what is durable, what is in the store is. */
static void
start_at(const struct durable *told)
{
	const struct runner_conf rc = { .conf = &conf, .kind = kind, .gateway = "gw",
	    .feed = &feed, .clock = &system_clock, .boot = BOOT, .retry_min = 5 * MS,
	    .retry_max = 20 * MS, .behind = behind };

	feed_init(&feed);
	feed_grew(&feed, told);
	runner = runner_start(&rc);
}

static void
start(void)
{
	start_at(&(struct durable){ .seq = { 0 } });
}

static void
stop(void)
{
	far_is(far.fails, false);
	feed_stop(&feed);
	CHECK(runner_wait(runner, 3 * US_PER_S));
	runner_free(runner);
	feed_free(&feed);
}

static void
fresh(void)
{
	behind = 40 * MS;
	store.id = 0x1234;
	store.boot = BOOT;
	store.n = store.slot_len = store.saves = 0;
	store.absent = store.broken = false;
	memset(store.gone, 0, sizeof(store.gone));
	memset(store.restated, 0, sizeof(store.restated));
	far.n = far.nbatch = far.largest = far.room = 0;
	far.tries = 0;
	far.huge = 0;
	far.failed_at = far.waited = 0;
	far.fails = far.hangs = false;
	far.pause = 0;
	conf = (struct uplink_conf){ .name = "far/end", .select = "*", .batch = 100,
	    .batch_bytes = 65536, .batch_age = 5 * MS, .replay_rate = 0 };
}

/* What a thread may just be counting. */
static unsigned
counted(const unsigned *what)
{
	unsigned n;

	pthread_mutex_lock(&far.lock);
	n = *what;
	pthread_mutex_unlock(&far.lock);
	return n;
}

static size_t
taken(void)
{
	size_t n;

	pthread_mutex_lock(&far.lock);
	n = far.n;
	pthread_mutex_unlock(&far.lock);
	return n;
}

static void
wait_for(size_t n)
{
	for (int i = 0; i < 5000 && taken() < n; i++)
		nap(MS);
	if (taken() < n)
		fprintf(stderr, "took %zu of %zu\n", taken(), n);
	CHECK(taken() >= n);
}

/* It comes to that within five seconds, however busy the machine is. */
#define UNTIL(what) do { \
	for (int ms_ = 0; ms_ < 5000 && !(what); ms_++) \
		nap(MS); \
	CHECK(what); \
} while (0)

static void
wait_in_send(void)
{
	bool in = false;

	for (int i = 0; i < 5000 && !in; i++) {
		nap(MS);
		pthread_mutex_lock(&far.lock);
		in = far.in_send;
		pthread_mutex_unlock(&far.lock);
	}
	CHECK(in);
}

static struct runner_status
status(void)
{
	struct runner_status s;

	runner_status(runner, &s);
	return s;
}

/* Each entry at least once, or exactly once; ascending within each stream,
 * but for what is sent again after a restart. */
static void
all_were_taken(bool once)
{
	static unsigned times[MANY + 1];
	uint64_t last[STREAMS] = { 0 };

	memset(times, 0, sizeof(times));
	for (size_t i = 0; i < far.n; i++) {
		const struct took *t = &far.took[i];

		CHECK(t->seq >= 1 && t->seq <= store.n);
		times[t->seq]++;
		CHECK(!once || t->seq > last[t->stream]);
		CHECK((t->stream == STREAM_ALARM) == (store.lane[t->seq] == LANE_ALARM));
		last[t->stream] = t->seq;
	}
	for (uint64_t i = 1; i <= store.n; i++)
		CHECK(once ? times[i] == 1 : times[i] >= 1);
}

static void
everything_once_and_in_order(void)
{
	fresh();
	start();
	for (int i = 0; i < 50; i++) {
		append(LANE_TELEMETRY, 37);
		if (i % 5 == 0)
			append(LANE_ALARM, 1);
		tell();
		nap(MS);
	}
	wait_for(store.n);
	CHECK(status().state == RUNNER_OK && status().backlog == 0);
	CHECK(status().acked_telemetry == 1860 && status().acked_alarm == 1712);
	stop();
	CHECK(far.largest <= 100);
	all_were_taken(true);
	CHECK(store.saves > 0);		/* at stop */
}

/* What is in the store and was not flushed may be gone after a power cut: the
 * far end must not have it. */
static void
nothing_is_sent_before_it_is_durable(void)
{
	struct durable d = { .seq = { [LANE_TELEMETRY] = 20, [LANE_ALARM] = 22 } };

	fresh();
	append(LANE_TELEMETRY, 20);
	append(LANE_ALARM, 2);
	append(LANE_TELEMETRY, 20);
	append(LANE_ALARM, 2);
	start_at(&d);
	wait_for(22);
	nap(60 * MS);
	CHECK(taken() == 22);
	d.seq[LANE_ALARM] = 43;
	feed_grew(&feed, &d);
	wait_for(23);
	nap(60 * MS);
	CHECK(taken() == 23);
	pthread_mutex_lock(&far.lock);
	for (size_t i = 0; i < far.n; i++)
		CHECK(far.took[i].seq <= 22 || far.took[i].seq == 43);
	pthread_mutex_unlock(&far.lock);
	tell();
	wait_for(44);
	stop();
	all_were_taken(true);
}

static void
store_that_is_made_later(void)
{
	fresh();
	store.absent = true;
	start();
	nap(30 * MS);
	CHECK(status().state == RUNNER_STARTING);
	append(LANE_TELEMETRY, 10);
	store.absent = false;
	wait_for(10);			/* nobody tells: the reader finds the end */
	stop();
	all_were_taken(true);
}

static void
without_field_role_the_reader_finds_the_end(void)
{
	fresh();
	append(LANE_TELEMETRY, 5);
	start();
	wait_for(5);
	append(LANE_TELEMETRY, 5);
	append(LANE_ALARM, 5);
	wait_for(15);
	stop();
	all_were_taken(true);
}

static void
alarm_overtakes_all_that_waits(void)
{
	fresh();
	far_is(false, true);
	start();
	append(LANE_TELEMETRY, 2000);
	tell();
	wait_in_send();
	append(LANE_ALARM, 3);
	append(LANE_TELEMETRY, 10);
	tell();
	far_is(false, false);
	wait_for(store.n);
	stop();
	all_were_taken(true);
	for (size_t i = 100; i < 103; i++)	/* right behind the batch in hand */
		CHECK(far.took[i].stream == STREAM_ALARM);
}

static void
live_never_waits_behind_the_backlog(void)
{
	uint64_t missed;

	fresh();
	behind = 300 * MS;
	conf.replay_rate = 1000;
	far_is(true, false);
	start();
	for (int i = 0; i < 150; i++) {
		append(LANE_TELEMETRY, 10);
		tell();
		nap(4 * MS);
	}
	UNTIL(status().state == RUNNER_FAILING);
	CHECK(taken() == 0 && strcmp(status().why, "no answer") == 0);
	missed = store.n;
	far_is(false, false);
	for (int i = 0; i < 100; i++) {
		append(LANE_TELEMETRY, 2);
		tell();
		nap(MS);
	}
	CHECK(status().state == RUNNER_BEHIND);
	CHECK(status().acked_telemetry < missed);
	wait_for(store.n);
	UNTIL(status().state == RUNNER_OK && status().backlog == 0);
	stop();
	all_were_taken(true);
	for (size_t i = 0; i < far.n; i++) {
		const struct took *t = &far.took[i];

		if (t->seq <= missed + 50)
			continue;		/* while it came back */
		CHECK(t->stream == STREAM_LIVE);
		CHECK(t->at - store.mono[t->seq] < 250 * MS);
	}
}

static void
wait_for_failures(unsigned n)
{
	for (int i = 0; i < 10000 && status().failures < n; i++)
		nap(MS);
	CHECK(status().failures >= n);
}

static void
cursor_stays_until_the_far_end_has_it(void)
{
	fresh();
	append(LANE_TELEMETRY, 500);
	append(LANE_ALARM, 5);
	far_is(true, false);
	start();
	tell();
	UNTIL(status().backlog >= 505 && status().failures >= 3);
	CHECK(status().acked_telemetry == 0 && status().acked_alarm < 501);
	stop();
	CHECK(taken() == 0);
	far_is(false, false);
	start();
	tell();
	wait_for(505);
	stop();
	all_were_taken(true);
}

/* The cursor on disk is up to five seconds old when the power goes. */
static void
killed_uplink_sends_again_with_the_same_identity(void)
{
	uint8_t old[SLOT_MAX];
	size_t len;

	fresh();
	start();
	append(LANE_TELEMETRY, 300);
	tell();
	wait_for(300);
	stop();
	len = store.slot_len;
	memcpy(old, store.slot, len);
	start();
	append(LANE_TELEMETRY, 250);
	append(LANE_ALARM, 3);
	tell();
	wait_for(553);
	stop();
	memcpy(store.slot, old, len);
	store.slot_len = len;
	start();
	append(LANE_TELEMETRY, 50);
	tell();
	wait_for(553 + 253 + 50);
	stop();
	all_were_taken(false);
	CHECK(far.n == 553 + 253 + 50);		/* nothing older than the cursor */
}

static void
another_boot_is_back_fill(void)
{
	fresh();
	append(LANE_TELEMETRY, 300);
	store.boot = BOOT + 1;
	start();
	tell();
	wait_for(300);
	stop();
	all_were_taken(true);
	for (size_t i = 0; i < far.n; i++)
		CHECK(far.took[i].stream == STREAM_BACKFILL);
}

static void
new_uplink_on_an_old_store_misses_nothing_that_is_there(void)
{
	fresh();
	append(LANE_TELEMETRY, 200);
	for (int i = 1; i <= 50; i++)
		store.gone[i] = true;
	start();
	tell();
	wait_for(150);
	CHECK(status().lost == 0);		/* they were never its own */
	stop();
	CHECK(far.n == 150 && far.took[0].seq == 51);
}

static void
gap_is_counted_and_told(void)
{
	size_t gaps = 0;

	fresh();
	start();
	append(LANE_TELEMETRY, 10);
	tell();
	wait_for(10);
	far_is(true, false);
	append(LANE_TELEMETRY, 100);
	tell();
	UNTIL(status().state == RUNNER_FAILING);
	for (int i = 11; i <= 60; i++)
		store.gone[i] = true;
	far_is(false, false);
	wait_for(10 + 50 + 1);
	UNTIL(status().lost == 50 && status().backlog == 0);
	stop();
	for (size_t i = 0; i < far.n; i++)
		gaps += far.took[i].gap;
	CHECK(gaps == 1 && far.n == 61);
	CHECK(far.gap.from == 11 && far.gap.to == 60);
	CHECK(far.gap.since == stamp(10) && far.gap.until == stamp(61));
}

/* The lanes share their numbers: what is gone of one is not lost of the other. */
static void
lost_is_counted_without_the_other_lane(void)
{
	fresh();
	append(LANE_TELEMETRY, 10);
	append(LANE_ALARM, 5);
	append(LANE_TELEMETRY, 10);
	append(LANE_ALARM, 2);
	append(LANE_TELEMETRY, 10);
	far_is(true, false);
	start();
	tell();
	UNTIL(status().state == RUNNER_FAILING);
	for (int i = 6; i <= 30; i++)
		store.gone[i] = store.lane[i] == LANE_TELEMETRY;
	far_is(false, false);
	wait_for(5 + 7 + 1 + 7);
	UNTIL(status().backlog == 0);
	CHECK(status().lost == 5 + 10 + 3);
	stop();
}

/* One that is larger than a batch may be: it stops nothing and is counted, once,
 * however often the batch it stands before is sent. */
static void
entry_too_large_is_left_out_and_counted(void)
{
	fresh();
	far.huge = 5;
	far_is(true, false);
	start();
	append(LANE_TELEMETRY, 10);
	tell();
	UNTIL(counted(&far.tries) > 2);
	CHECK(status().too_large == 0);
	far_is(false, false);
	wait_for(9);
	UNTIL(status().backlog == 0);
	CHECK(status().too_large == 1 && status().lost == 0);
	stop();
	for (size_t i = 0; i < far.n; i++)
		CHECK(far.took[i].seq != 5);
}

/* All behind the place is gone, and the program began anew: when it began to be
 * missing is known by the place alone. */
static void
gap_after_a_restart_has_its_beginning(void)
{
	fresh();
	start();
	append(LANE_TELEMETRY, 10);
	tell();
	wait_for(10);
	stop();
	append(LANE_TELEMETRY, 100);
	append(LANE_ALARM, 1);
	for (int i = 11; i <= 60; i++)
		store.gone[i] = true;
	store.boot = BOOT + 1;			/* all of it is back-fill */
	start();
	tell();
	wait_for(10 + 50 + 1 + 1);
	stop();
	CHECK(far.gap.from == 11 && far.gap.to == 60);
	CHECK(far.gap.since == stamp(10) && far.gap.until == stamp(61));
}

static void
hanging_far_end_is_left_behind_with_its_cursor(void)
{
	struct cursor c;

	fresh();
	start();
	append(LANE_TELEMETRY, 30);
	tell();
	wait_for(30);
	far_is(false, true);
	append(LANE_TELEMETRY, 30);
	tell();
	wait_in_send();
	feed_stop(&feed);
	CHECK(!runner_wait(runner, 100 * MS));
	runner_save(runner);
	CHECK(cursor_read(&c, store.slot, store.slot_len));
	CHECK(c.live == 30 && c.nmissed == 0);
	stop();
}

static void
only_what_is_selected(void)
{
	fresh();
	conf.select = "kitchen.*";
	start();
	append(LANE_TELEMETRY, 300);		/* series 1, 2, 3 in turn */
	tell();
	wait_for(200);
	UNTIL(status().backlog == 0 && status().acked_telemetry == 300);
	conf.select = "nobody*";
	append(LANE_TELEMETRY, 30);
	tell();
	UNTIL(status().acked_telemetry == 330);
	CHECK(taken() == 200);
	stop();
}

static void
full_batch_is_sent_and_goes_on(void)
{
	fresh();
	far.room = 7;
	start();
	append(LANE_TELEMETRY, 300);
	append(LANE_ALARM, 20);
	tell();
	wait_for(320);
	stop();
	CHECK(far.largest == 7);
	all_were_taken(true);
}

static void
live_batches_grow_while_the_far_end_is_quick(void)
{
	fresh();
	behind = 600 * US_PER_S;
	conf.batch = 10;
	conf.batch_most = 80;
	start();
	append(LANE_TELEMETRY, 5000);
	tell();
	wait_for(5000);
	stop();
	CHECK(far.largest == 80);
	all_were_taken(true);
	fresh();
	conf.batch = 10;
	conf.batch_most = 80;
	append(LANE_TELEMETRY, 5000);
	store.boot = BOOT + 1;		/* what is sent late does not grow */
	start();
	tell();
	wait_for(5000);
	stop();
	CHECK(far.largest == 10);
}

static void
pause_of_the_far_end_is_kept(void)
{
	fresh();
	far.pause = 1000 * MS;
	far.fails = true;
	start();
	append(LANE_TELEMETRY, 3);
	tell();
	wait_for_failures(1);
	far_is(false, false);
	wait_for(3);
	stop();
	/* a loaded machine makes us late: then it was asked once more */
	CHECK(far.tries >= 2 && far.waited >= 150 * MS);
}

static void
replay_rate_is_kept(void)
{
	int64_t began, took;

	fresh();
	conf.replay_rate = 1000;
	append(LANE_TELEMETRY, 600);
	store.boot = BOOT + 1;
	began = system_clock.mono();
	start();
	tell();
	wait_for(600);
	took = system_clock.mono() - began;
	CHECK(took > 450 * MS && took < 2000 * MS);
	stop();
}

static void
unreadable_store_is_told_and_got_over(void)
{
	fresh();
	start();
	append(LANE_TELEMETRY, 10);
	tell();
	wait_for(10);
	store.broken = true;
	append(LANE_TELEMETRY, 10);
	tell();
	UNTIL(status().state == RUNNER_FAILING);
	CHECK(strstr(status().why, "cannot be read: Input/output error") != NULL);
	store.broken = false;
	wait_for(20);
	stop();
	all_were_taken(true);
}

static void
another_store_starts_from_its_beginning(void)
{
	fresh();
	start();
	append(LANE_TELEMETRY, 100);
	tell();
	wait_for(100);
	stop();
	store.id = 0x9999;
	store.n = 0;
	append(LANE_TELEMETRY, 20);
	start();
	tell();
	wait_for(120);
	stop();
	CHECK(far.took[100].seq == 1 && far.n == 120);
}

/* Damage took the newest commit: its numbers are given again. */
static void
numbers_given_again_are_sent(void)
{
	fresh();
	start();
	append(LANE_TELEMETRY, 100);
	tell();
	wait_for(100);
	stop();
	store.n = 90;
	start();
	tell();
	nap(20 * MS);
	append(LANE_TELEMETRY, 10);
	tell();
	wait_for(110);
	stop();
	CHECK(far.took[100].seq == 91 && far.n == 110);
}

static void
what_waits_for_its_batch_goes_out_at_the_end(void)
{
	fresh();
	conf.batch_age = 60 * US_PER_S;
	start();
	append(LANE_TELEMETRY, 250);
	tell();
	wait_for(200);
	nap(20 * MS);
	CHECK(taken() == 200);
	append(LANE_ALARM, 1);		/* nobody tells of it any more */
	append(LANE_TELEMETRY, 10);
	hang_up();
	stop();
	all_were_taken(true);
	CHECK(far.n == 261);
}

static int64_t
own_cpu(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (int64_t)ts.tv_sec * US_PER_S + ts.tv_nsec / 1000;
}

/* Nobody tells how far the store is durable, and a batch waits to be full. */
static void
waiting_costs_nothing(void)
{
	int64_t before;

	fresh();
	conf.batch_age = 60 * US_PER_S;
	start();
	append(LANE_TELEMETRY, 10);
	nap(20 * MS);
	before = own_cpu();
	nap(200 * MS);
	CHECK(own_cpu() - before < 10 * MS);
	stop();
}

static void
restated_alarm_is_sent_only_behind_a_gap(void)
{
	fresh();
	start();
	append(LANE_ALARM, 10);
	for (int i = 4; i <= 6; i++)
		store.restated[i] = true;
	tell();
	wait_for(7);
	far_is(true, false);
	append(LANE_ALARM, 10);
	for (int i = 11; i <= 14; i++)
		store.gone[i] = true;
	for (int i = 15; i <= 16; i++)
		store.restated[i] = true;
	store.restated[19] = true;
	tell();
	nap(20 * MS);
	far_is(false, false);
	wait_for(7 + 1 + 2 + 3);
	nap(20 * MS);
	CHECK(taken() == 13 && status().acked_alarm == 20);
	stop();
}

/* It is called instead of waiting, rung for what is new and for the end, and
 * what it fails with counts as a failure of the uplink. */
static void
far_end_with_a_connection_is_tended(void)
{
	fresh();
	kind = &idle_uplink;
	far.idles = far.woken = 0;
	append(LANE_TELEMETRY, 10);
	start();
	tell();
	wait_for(10);
	UNTIL(counted(&far.idles) > 0);
	append(LANE_ALARM, 1);
	tell();
	wait_for(11);
	CHECK(counted(&far.woken) > 0);
	pthread_mutex_lock(&far.lock);
	far.breaks = true;
	pthread_mutex_unlock(&far.lock);
	append(LANE_TELEMETRY, 1);
	tell();
	UNTIL(status().failures > 0);
	UNTIL(status().state == RUNNER_OK && status().why[0] == '\0');
	wait_for(12);
	stop();
	kind = &far_uplink;
}

int
main(void)
{
	RUN(everything_once_and_in_order);
	RUN(nothing_is_sent_before_it_is_durable);
	RUN(store_that_is_made_later);
	RUN(without_field_role_the_reader_finds_the_end);
	RUN(alarm_overtakes_all_that_waits);
	RUN(live_never_waits_behind_the_backlog);
	RUN(cursor_stays_until_the_far_end_has_it);
	RUN(killed_uplink_sends_again_with_the_same_identity);
	RUN(another_boot_is_back_fill);
	RUN(new_uplink_on_an_old_store_misses_nothing_that_is_there);
	RUN(gap_is_counted_and_told);
	RUN(lost_is_counted_without_the_other_lane);
	RUN(entry_too_large_is_left_out_and_counted);
	RUN(gap_after_a_restart_has_its_beginning);
	RUN(hanging_far_end_is_left_behind_with_its_cursor);
	RUN(only_what_is_selected);
	RUN(full_batch_is_sent_and_goes_on);
	RUN(live_batches_grow_while_the_far_end_is_quick);
	RUN(pause_of_the_far_end_is_kept);
	RUN(replay_rate_is_kept);
	RUN(unreadable_store_is_told_and_got_over);
	RUN(another_store_starts_from_its_beginning);
	RUN(numbers_given_again_are_sent);
	RUN(what_waits_for_its_batch_goes_out_at_the_end);
	RUN(waiting_costs_nothing);
	RUN(far_end_with_a_connection_is_tended);
	RUN(restated_alarm_is_sent_only_behind_a_gap);
	return 0;
}
