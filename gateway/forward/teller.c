#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "../control.h"
#include "../log.h"
#include "../room.h"
#include "teller_own.h"

#define STACK		(1 << 20)
#define ENGINE_ROOM	(512UL << 20)	/* of address space */
#define ALARMS_MOST	40000		/* that are known at once */
#define DURABLE_WAIT	(10 * US_PER_S)	/* for the field role to say what is durable */
#define ROWS_EVERY	US_PER_S
#define STORE_AGAIN	US_PER_S
#define STOP_LIMIT	(3 * US_PER_S)

struct teller *
teller_new(const struct teller_conf *conf)
{
	struct teller *t = room_for(1, sizeof(*t));

	t->is = *conf;
	t->line = -1;
	t->last = &t->first;
	pthread_mutex_init(&t->lock, NULL);
	return t;
}

static int64_t
offset(int64_t wall)
{
	time_t s = (time_t)(wall / 1000);
	struct tm tm;

	return localtime_r(&s, &tm) != NULL ? tm.tm_gmtoff : 0;
}

static int
make_engine(struct teller *t)
{
	const struct tell_env env = { .plan = t->plan->plan, .gateway = t->is.gateway,
	    .store = t->store, .offset = offset, .alarms = ALARMS_MOST,
	    .sink = { .owner = t, .send = book_send, .record = book_record,
	    .trouble = book_trouble } };

	t->memory = (struct arena){ .cap = ENGINE_ROOM, .fresh = true };
	t->memory.at = mmap(NULL, ENGINE_ROOM, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (t->memory.at == MAP_FAILED)
		return -1;
	t->tell = tell_new(&env, &t->memory);
	return t->tell != NULL ? 0 : -1;
}

static void
take_results(struct teller *t)
{
	static const enum tell_phase phases[] = {
		[WAY_ACCEPTED] = TELL_ACCEPTED, [WAY_DELIVERED] = TELL_DELIVERED,
		[WAY_REFUSED] = TELL_REFUSED, [WAY_UNKNOWN] = TELL_UNKNOWN,
	};
	struct post_result r;

	while (post_result(t->post, &r)) {
		struct tell_record record = { .phase = phases[r.is.outcome], .rule = "",
		    .device = "", .text = "", .provider = r.is.provider, .why = r.is.why,
		    .contact = SIZE_MAX };
		struct tell_result result = { .id = r.id, .phase = record.phase,
		    .final = r.final, .for_good = r.is.for_good, .capped = r.is.capped,
		    .pause = r.is.pause, .provider = r.is.provider, .why = r.is.why };

		for (size_t i = 0; i < t->plan->nways; i++)
			if (strcmp(t->plan->ways[i].name, r.way) == 0)
				result.way = record.way = i;
		snprintf(record.id, sizeof(record.id), "%.*s", TELL_ID - 1, r.id);
		record.contact = tell_contact_of(t->tell, r.id);
		if (r.final || r.is.outcome != WAY_UNKNOWN)
			book_record(t, &record);
		tell_result(t->tell, &result, t->is.clock->mono(), t->is.clock->wall());
	}
}

static void
take_replies(struct teller *t)
{
	char rule[TELL_NAME], device[TELL_NAME], from[80], text[300];
	struct post_reply r;
	const char *why;
	size_t contact;

	while (post_reply(t->post, &r)) {
		bool taken = tell_reply(t->tell, r.is.from, r.is.text, t->is.clock->mono(), rule,
		    device, &contact, &why);

		log_safe(r.is.from, from, sizeof(from));
		log_safe(r.is.text, text, sizeof(text));
		if (taken)
			log_info("tell: way %s: %s acknowledges %s of %s", r.way, from, rule,
			    device);
		else
			log_warn("tell: way %s: \"%s\" of %s is not taken: %s", r.way, text,
			    from, why);
		if (taken)
			book_ack(t, rule, device, contact);
	}
}

/* Reads on; once all that is durable was read, it counts as what is now. */
static int
read_on(struct teller *t, int64_t now, int64_t wall)
{
	struct durable d;
	int rc;

	feed_look(t->is.feed, &d, &t->ended);
	/* the field role notes its start among the readings: alarms there may be none */
	if (!t->live && d.seq[LANE_ALARM] == 0 && d.seq[LANE_TELEMETRY] == 0 &&
	    now < t->live_at)
		return 0;
	rc = teller_read(t, now, wall);
	if (rc != 0 || t->live)
		return rc;
	t->live = true;
	tell_live(t->tell, now, wall);
	return 0;
}

static int64_t
next_turn(const struct teller *t, int64_t now)
{
	int64_t at = now + US_PER_S, more[] = { book_deadline(t), t->live ?
	    tell_deadline(t->tell) : now + US_PER_S / 10, t->rows_at };

	for (size_t i = 0; i < sizeof(more) / sizeof(more[0]); i++)
		if (more[i] < at)
			at = more[i];
	return at;
}

static void
wait(struct teller *t, int64_t us)
{
	struct pollfd fds[3] = { { .fd = t->bell.fd, .events = POLLIN },
	    { .fd = post_fd(t->post), .events = POLLIN }, { .fd = t->line, .events = POLLIN } };

	poll(fds, 3, us > 0 ? (int)(us / 1000 + 1) : 0);
	if (fds[0].revents != 0)
		bell_still(&t->bell);
}

static void
turn(struct teller *t)
{
	int64_t now = t->is.clock->mono(), wall = t->is.clock->wall();

	if (read_on(t, now, wall) != 0) {
		if (t->reader != NULL)		/* it may not even have been opened */
			reader_close(t->reader);
		t->reader = NULL;
		wait(t, STORE_AGAIN);
	}
	if (t->live) {
		take_results(t);
		take_replies(t);
		tell_run(t->tell, now, wall);
	}
	book_turn(t, now);
	if (now >= t->rows_at) {
		teller_tell_rows(t, now, wall);
		t->rows_at = now + ROWS_EVERY;
	}
}

static void
run(void *arg)
{
	struct teller *t = arg;
	struct durable d;

	while (feed_look(t->is.feed, &d, &t->ended)) {
		int64_t now;

		turn(t);
		now = t->is.clock->mono();
		wait(t, next_turn(t, now) - now);
	}
}

static uint64_t
store_of(const struct teller *t)
{
	struct reader *r = reader_open(t->is.disk);
	uint64_t store = r != NULL ? reader_store(r) : 0;

	if (r != NULL)
		reader_close(r);
	return store;
}

static void
begin(struct teller *t)
{
	const struct post_conf conf = { .gateway = t->is.gateway, .disk = t->is.disk,
	    .clock = t->is.clock, .control = t->is.control };
	int error = ENOMEM;

	if (t->post == NULL)
		t->post = post_new(&conf);
	t->store = store_of(t);
	t->live = t->ended = false;
	t->live_at = t->is.clock->mono() + DURABLE_WAIT;
	t->rows_at = 0;
	snprintf(t->run, sizeof(t->run), "%" PRIx64, (uint64_t)t->is.clock->wall() << 12 ^
	    (uint64_t)t->is.clock->mono());
	if (t->post == NULL || make_engine(t) != 0) {
		log_err("tell: no memory: nobody is told of alarms");
		return;
	}
	post_renew(t->post, t->plan->ways, t->plan->nways);
	feed_hang(t->is.feed, &t->bell);
	error = worker_start(&t->worker, STACK, run, t);
	t->runs = error == 0;
	if (t->runs)
		return;
	log_err("tell: no thread: %s: nobody is told of alarms", strerrordesc_np(error));
	feed_take(t->is.feed, &t->bell);
}

/* The engine goes; what its ways have in hand stays there. */
static bool
stop(struct teller *t, int64_t us)
{
	if (t->runs) {
		feed_end(t->is.feed, &t->ended);
		if (!worker_wait(&t->worker, us))
			return false;
		t->runs = false;
		feed_take(t->is.feed, &t->bell);
	}
	if (t->reader != NULL)
		reader_close(t->reader);
	t->reader = NULL;
	book_drop(t);
	if (t->tell != NULL)
		munmap(t->memory.at, t->memory.cap);
	t->tell = NULL;
	return true;
}

void
teller_renew(struct teller *t, const struct config *c)
{
	bool wanted = c->tell.contacts.n > 0 && c->nways > 0;

	if (t->plan != NULL && wanted && teller_plan_same(t->plan, c))
		return;
	if (!stop(t, STOP_LIMIT)) {
		log_err("tell: does not stop: the contacts stay as they are");
		return;
	}
	teller_plan_free(t->plan);
	t->plan = wanted ? teller_plan_new(c) : NULL;
	pthread_mutex_lock(&t->lock);
	t->nrows = 0;
	pthread_mutex_unlock(&t->lock);
	if (t->plan != NULL)
		begin(t);
	else if (t->post != NULL)
		post_renew(t->post, NULL, 0);
}

bool
teller_end(struct teller *t, int64_t us)
{
	int64_t end = t->is.clock->mono() + us, left;

	if (!stop(t, us))
		return false;
	left = end - t->is.clock->mono();
	if (t->post != NULL && !post_end(t->post, left > 0 ? left : 0))
		return false;
	teller_plan_free(t->plan);
	free(t);
	return true;
}
