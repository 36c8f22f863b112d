#include <string.h>

#include "../../gateway/field/poller.h"
#include "../../gateway/log.h"
#include "../../protocols/pdu.h"
#include "../check.h"
#include "instrument.h"
#include "store.h"

#define S	US_PER_S
#define UNITS	16
#define TIMEOUT	(S / 2)
#define LATE	255	/* answers a question that was given up */

/* What the far end does; the clock is the test's. */
static struct world {
	struct loop	*loop;
	struct bus	*bus;
	bool		 reachable, send_fails;
	bool		 closes;	/* when nothing is out */
	bool		 cuts;		/* behind each answer, whatever is out */
	int64_t		 connects_in;	/* us */
	int64_t		 up_at;		/* opening until then; 0: not */
	bool		 silent[UNITS];
	uint8_t		 exception[UNITS];
	unsigned	 refuse_count;	/* questions for as many registers; 0: none */
	int64_t		 rtt;
	int64_t		 answer_at;	/* 0: nothing on its way */
	uint8_t		 answer[64];
	size_t		 answer_len;
	int64_t		 bar;		/* no question until then, or a late answer */
	unsigned	 asked[UNITS], opened;
	int64_t		 first_asked[UNITS];
} w;

/* The fake wire format: a question is its unit and count, an answer is 0 and
 * the registers, or an exception code. */
struct session {
	bool		 busy;
	struct ask	 ask;
	int64_t		 asked, wait;
	struct tally	 tally;
};

static void
init(void *self, const struct line *line, int64_t now)
{
	(void)line;
	(void)now;
	memset(self, 0, sizeof(struct session));
}

static bool
ask(void *self, const struct ask *a, int64_t now, struct out *out)
{
	struct session *s = self;

	if (s->busy)
		return false;
	if (now < w.bar) {
		out->barred = true;
		out->deadline = w.bar;
		return false;
	}
	s->busy = true;
	s->ask = *a;
	s->asked = now;
	s->wait = a->timeout > TIMEOUT ? a->timeout : TIMEOUT;
	buf_put8(&out->send, a->address[0]);
	buf_put8(&out->send, (uint8_t)a->count);
	out->deadline = now + s->wait;
	return true;
}

static struct reply *
reply(struct session *s, enum reply_status status, int64_t now, struct out *out)
{
	struct reply *r = &out->replies[out->nreplies++];

	*r = (struct reply){ .cookie = s->ask.cookie, .status = status, .asked = s->asked,
	    .heard = now };
	s->busy = false;
	return r;
}

static void
hear(void *self, const uint8_t *bytes, size_t n, int64_t now, struct out *out)
{
	struct session *s = self;
	struct reply *r;

	if (bytes[0] == LATE) {
		s->tally.late++;
		w.bar = 0;
	}
	if (!s->busy || bytes[0] == LATE)
		return;
	r = reply(s, bytes[0] != 0 ? REPLY_EXCEPTION : REPLY_OK, now, out);
	r->exception = bytes[0];
	r->data = bytes + 1;
	r->len = n - 1;
}

static void
tick(void *self, int64_t now, struct out *out)
{
	struct session *s = self;

	if (s->busy && now >= s->asked + s->wait)
		reply(s, REPLY_TIMEOUT, now, out);
	out->deadline = s->busy ? s->asked + s->wait : INT64_MAX;
}

static const struct tally *
tally_of(const void *self)
{
	const struct session *s = self;

	return &s->tally;
}

static const struct proto fake_proto = { .name = "fake", .size = sizeof(struct session),
    .valid = pdu_valid, .ids = true, .init = init, .ask = ask, .hear = hear, .tick = tick, .tally = tally_of };

static const struct proto nameless_proto = { .name = "fake", .size = sizeof(struct session),
    .valid = pdu_valid, .init = init, .ask = ask, .hear = hear, .tick = tick, .tally = tally_of };

static int
open_line(struct link *link, int64_t now)
{
	(void)now;
	w.opened++;
	if (!w.reachable)
		return link_fail(link, "connection refused");
	w.up_at = now + w.connects_in;
	return 0;
}

static void
close_line(struct link *link)
{
	(void)link;
	w.answer_at = w.up_at = 0;
}

static int
send_frame(struct link *link, const uint8_t *bytes, size_t n)
{
	uint8_t unit = bytes[0], count = bytes[1];

	CHECK(n == 2 && unit < UNITS);
	if (w.send_fails)
		return link_fail(link, "broken pipe");
	if (w.asked[unit]++ == 0)
		w.first_asked[unit] = test_mono;
	memset(w.answer, 0, sizeof(w.answer));
	w.answer_len = 1 + 2U * count;
	w.answer[0] = w.exception[unit];
	if (w.refuse_count != 0 && count == w.refuse_count)
		w.answer[0] = 2;
	if (!w.silent[unit])
		w.answer_at = test_mono + w.rtt;
	return 0;
}

static const struct link_kind fake_kind = { .name = "fake", .proto = "fake",
    .backoff_max = 10 * S, .open = open_line, .close = close_line, .send = send_frame };

static int64_t
sooner(int64_t a, int64_t b)
{
	return b != 0 && b < a ? b : a;
}

static void
fire(struct timer *t)
{
	if (t->place == 0 || t->at > test_mono)
		return;
	loop_disarm(w.loop, t);
	t->fire(t, test_mono);
}

/* The loop in small: whatever is due next happens next. */
static void
run_until(int64_t end)
{
	for (;;) {
		int64_t next = sooner(sooner(end + 1, w.answer_at), w.up_at);

		if (w.bus->wake.place != 0)
			next = sooner(next, w.bus->wake.at);
		if (w.bus->link.retry.place != 0)
			next = sooner(next, w.bus->link.retry.at);
		if (next > end)
			break;
		if (next > test_mono) {
			test_wall += (next - test_mono) / 1000;
			test_mono = next;
		}
		if (w.up_at != 0 && w.up_at <= test_mono) {
			w.up_at = 0;
			link_is_up(&w.bus->link, test_mono);
		} else if (w.answer_at != 0 && w.answer_at <= test_mono) {
			w.answer_at = 0;
			link_heard(&w.bus->link, w.answer, w.answer_len, test_mono);
			if (w.cuts || (w.closes && w.bus->busy == NULL &&
			    w.bus->errands.out == NULL))
				link_is_ended(&w.bus->link, "closed", test_mono);
		}
		fire(&w.bus->link.retry);
		fire(&w.bus->wake);
	}
	test_mono = end;
}

static struct test_store *s;
static struct pipeline p;
static struct device *devices;
static size_t ndevices;
static const struct link_conf conf = { .name = "line", .proto = "modbus-tcp" };

static void
number(void)
{
	for (size_t i = 0; i < ndevices; i++)
		for (size_t k = 0; k < devices[i].profile->npoints; k++)
			devices[i].taps[k].series = store_series(s, devices[i].conf.name,
			    devices[i].profile->points[k].name);
}

static void
begin(size_t n, const char *period, const char *more, size_t buffer)
{
	memset(&w, 0, sizeof(w));
	w.rtt = 20000;
	w.reachable = true;
	devices = instruments(n, period, more);
	ndevices = n;
	s = store_open(buffer);
	number();
	pipeline_init(&p, s->journal, rules_new(NULL, 0, devices, n, instrument_arena(),
	    instrument_errs()), &test_clock, 8);
	rules_start(p.rules, test_mono);
	w.loop = loop_new(8);
	w.bus = bus_new(&conf, devices, n, &p, &test_clock);
	free(w.bus->session);
	w.bus->proto = &fake_proto;
	w.bus->session = calloc(1, fake_proto.size);
	w.bus->link.kind = &fake_kind;
	bus_start(w.bus, w.loop, test_mono);
}

static void
end(void)
{
	bus_stop(w.bus);
	bus_free(w.bus);
	loop_free(w.loop);
	pipeline_end(&p);
	store_close(s);
}

static size_t
count(uint32_t series, enum quality_code code)
{
	size_t n = 0;

	store_flush(s);
	for (size_t i = 0; i < s->n; i++)
		n += s->told[i].kind == ENTRY_READING && s->told[i].reading.series == series &&
		    s->told[i].reading.quality.code == code;
	return n;
}

/* What came of a question from outside. */
static struct answered {
	unsigned	 told, sent;
	struct reply	 reply;
	int64_t		 at;
} outside;

static void
took(void *owner, const struct reply *reply)
{
	struct answered *a = owner;

	a->told++;
	a->reply = *reply;
	a->at = test_mono;
}

static void
left(void *owner, int64_t now)
{
	struct answered *a = owner;

	a->sent++;
	a->at = now;
}

static struct ask question = { .address = { 9 }, .function = 3, .count = 2 };

static int
ask_outside(int64_t expires)
{
	memset(&outside, 0, sizeof(outside));
	return bus_errand(w.bus, &(struct errand){ .ask = question, .expires = expires,
	    .sent = left, .done = took, .owner = &outside });
}

static void
phases_are_spread_and_the_first_poll_is_at_once(void)
{
	int64_t t0 = test_mono;

	begin(3, "3s", "", 65536);
	run_until(t0 + 3 * S - 1);
	for (int i = 1; i <= 3; i++)
		CHECK(w.first_asked[i] == t0 + (i - 1) * S);
	for (int i = 0; i < 3; i++)
		CHECK(count(devices[i].taps[0].series, Q_GOOD) == 1);
	end();
}

static void
a_configured_phase_is_kept(void)
{
	int64_t t0 = test_mono;

	begin(2, "5s", "phase = \"1500ms\";", 65536);
	run_until(t0 + 2 * S);
	CHECK(w.first_asked[1] == t0 + 1500000);
	CHECK(w.first_asked[2] >= t0 + 1500000 && w.first_asked[2] < t0 + 1600000);
	end();
}

static void
nobody_is_called_silent_before_the_line_was_tried(void)
{
	int64_t t0 = test_mono;

	begin(1, "1s", "", 65536);
	w.connects_in = 300000;
	run_until(t0 + 350000);
	CHECK(w.first_asked[1] == t0 + 300000);
	CHECK(count(devices[0].taps[0].series, Q_GOOD) == 1);
	CHECK(count(devices[0].taps[0].series, Q_COMM_FAILURE) == 0);
	end();
}

/* What comes while the line is tried for the first time waits for it. */
static void
a_question_from_outside_waits_for_the_first_try(void)
{
	int64_t t0 = test_mono;

	begin(1, "60s", "phase = \"50s\";", 65536);
	w.connects_in = 2 * S;
	run_until(t0 + S);
	CHECK(ask_outside(t0 + 10 * S) == 0 && outside.told == 0);
	run_until(t0 + 2 * S + 500000);
	CHECK(w.first_asked[9] == t0 + 2 * S && outside.sent == 1);
	CHECK(outside.told == 1 && outside.reply.status == REPLY_OK);
	end();
	begin(1, "60s", "phase = \"50s\";", 65536);
	w.connects_in = 2 * S;
	t0 = test_mono;
	run_until(t0 + S / 2);
	CHECK(ask_outside(t0 + S) == 0);
	run_until(t0 + S + 1000);
	CHECK(outside.told == 1 && outside.reply.status == REPLY_LOST && outside.at == t0 + S);
	end();
	begin(1, "60s", "phase = \"50s\";", 65536);
	w.connects_in = 60 * S;
	t0 = test_mono;
	run_until(t0 + S);
	CHECK(ask_outside(t0 + 60 * S) == 0);
	run_until(t0 + SETTLE + 1000);			/* it had its time */
	CHECK(outside.told == 1 && outside.reply.asked == 0 && outside.at == t0 + SETTLE);
	CHECK(ask_outside(t0 + 60 * S) == -1);
	end();
}

static void
a_line_that_is_refused_is_said_once_and_recovers(void)
{
	int64_t t0 = test_mono;

	begin(2, "1s", "", 65536);
	w.reachable = false;
	run_until(t0 + 60 * S);
	CHECK(w.opened > 3);
	for (int i = 0; i < 2; i++)
		for (int k = 0; k < 4; k++)
			CHECK(count(devices[i].taps[k].series, Q_COMM_FAILURE) == 1);
	CHECK(w.bus->stations[0].skipped >= 58);
	w.reachable = true;
	run_until(t0 + 75 * S);
	CHECK(count(devices[1].taps[3].series, Q_GOOD) >= 1);
	CHECK(count(devices[1].taps[3].series, Q_COMM_FAILURE) == 1);
	end();
}

static void
a_dead_device_of_ten_leaves_the_bus_to_the_others(void)
{
	int64_t t0 = test_mono;
	uint64_t answers = 0;

	begin(10, "1s", "disable = (\"c\", \"d\");", 1 << 20);
	w.rtt = 40000;
	w.silent[4] = true;
	for (int i = 1; i <= 20; i++) {		/* in steps: the store must rest */
		run_until(t0 + i * 10 * S);
		store_flush(s);
		s->n = 0;
	}
	for (size_t i = 0; i < 10; i++)
		if (i != 3)
			answers += w.bus->stations[i].answers;
	CHECK(answers >= 9 * 200 * 9 / 10);
	CHECK(station_dark(&w.bus->stations[3]));
	CHECK(w.bus->stations[3].polls < 12);
	w.silent[4] = false;
	run_until(t0 + 270 * S);
	CHECK(!station_dark(&w.bus->stations[3]));
	CHECK(w.bus->stations[3].answers > 0);
	end();
}

static void
a_silent_device_has_one_bad_entry_and_then_one_in_ten_minutes(void)
{
	int64_t t0 = test_mono;

	begin(1, "5s", "", 65536);
	w.silent[1] = true;
	run_until(t0 + 1795 * S);
	for (int k = 0; k < 4; k++)
		CHECK(count(devices[0].taps[k].series, Q_COMM_FAILURE) == 3);
	CHECK(count(devices[0].taps[0].series, Q_GOOD) == 0);
	CHECK(w.bus->link.state == LINK_UP);	/* the line is not torn down for it */
	end();
}

/* The bar after a time-out is longer than the period; what it waits for comes. */
static void
a_late_answer_lets_the_second_try_go(void)
{
	static const uint8_t late = LATE;
	int64_t t0 = test_mono;

	begin(1, "5s", "", 65536);
	w.silent[1] = true;
	run_until(t0 + 10000);
	w.bar = t0 + 20 * S;
	w.silent[1] = false;
	run_until(t0 + 1200000);
	CHECK(w.asked[1] == 1 && w.bus->stations[0].timeouts == 1);
	CHECK(count(devices[0].taps[0].series, Q_COMM_FAILURE) == 0);
	link_heard(&w.bus->link, &late, 1, test_mono);
	run_until(t0 + 1300000);
	CHECK(count(devices[0].taps[3].series, Q_GOOD) == 1);
	CHECK(count(devices[0].taps[3].series, Q_COMM_FAILURE) == 0);
	CHECK(w.bus->stations[0].answers == 3 && w.bus->stations[0].skipped == 0);
	end();
}

static const struct link_conf slow = { .name = "line", .proto = "modbus-tcp",
    .timeout_max = S, .max_late = 20 * S };

/* An answer after more than the time-out: the second try of one alone on its line
 * waits for it, for two of the longest time-outs. */
static void
a_last_try_waits_while_nobody_wants_the_line(void)
{
	int64_t t0 = test_mono;

	begin(1, "5s", "disable = (\"c\", \"d\");", 65536);
	w.bus->link.conf = &slow;
	w.rtt = 1500000;
	run_until(t0 + 4 * S);
	CHECK(w.bus->stations[0].timeouts == 1 && w.asked[1] == 2);
	CHECK(count(devices[0].taps[0].series, Q_GOOD) == 1);
	w.silent[1] = true;
	run_until(t0 + 5 * S + 2 * TIMEOUT);
	CHECK(w.bus->stations[0].timeouts == 2);
	run_until(t0 + 5 * S + TIMEOUT + 2 * S - 1);
	CHECK(count(devices[0].taps[0].series, Q_COMM_FAILURE) == 0);
	run_until(t0 + 5 * S + TIMEOUT + 2 * S);
	CHECK(count(devices[0].taps[0].series, Q_COMM_FAILURE) == 1);
	end();
}

/* Without ids a second try would be barred to the end of the period: the first one
 * is waited for. */
static void
a_try_that_cannot_be_repeated_waits_too(void)
{
	struct proto plain = fake_proto;
	int64_t t0 = test_mono;

	begin(1, "5s", "disable = (\"c\", \"d\");", 65536);
	w.bus->link.conf = &slow;
	plain.ids = false;
	w.bus->proto = &plain;
	w.rtt = 1900000;
	run_until(t0 + 4 * S);
	CHECK(w.bus->stations[0].timeouts == 0 && w.asked[1] == 1);
	CHECK(count(devices[0].taps[0].series, Q_GOOD) == 1);
	end();
}

/* Another one is due, or a command waits: no longer than that. */
static void
a_last_try_keeps_nobody_waiting(void)
{
	int64_t t0 = test_mono;

	begin(2, "4s", "", 65536);			/* the second is due after 2 s */
	w.bus->link.conf = &slow;
	w.silent[1] = true;
	run_until(t0 + 2 * S);
	CHECK(w.bus->stations[0].timeouts == 2 && w.first_asked[2] == t0 + 2 * S);
	CHECK(w.bus->stations[1].worst_lateness == 0);
	end();
	begin(1, "5s", "", 65536);
	w.bus->link.conf = &slow;
	w.silent[1] = true;
	run_until((t0 = test_mono) + TIMEOUT / 2);
	CHECK(bus_errand(w.bus, &(struct errand){ .ask = question, .done = took,
	    .later = t0 + S, .owner = &outside }) == 0);
	run_until(t0 + S + 100000);
	CHECK(w.first_asked[9] == t0 + S);
	end();
}

/* It does not come: the cycle is over before the next is due, and a question from
 * outside waits as well. */
static void
a_bar_that_stays_costs_the_cycle(void)
{
	static const uint8_t late = LATE;
	int64_t t0 = test_mono;

	begin(1, "5s", "", 65536);
	w.silent[1] = true;
	run_until(t0 + 10000);
	w.bar = t0 + 60 * S;
	w.silent[1] = false;
	run_until(t0 + 4 * S);
	CHECK(ask_outside(0) == 0);
	run_until(t0 + 5 * S - 1);
	CHECK(count(devices[0].taps[3].series, Q_COMM_FAILURE) == 1 && w.asked[1] == 1);
	CHECK(w.bus->stations[0].skipped == 0);
	run_until(t0 + 11 * S);
	CHECK(w.asked[1] == 1 && w.asked[9] == 0);
	link_heard(&w.bus->link, &late, 1, test_mono);
	run_until(t0 + 12 * S);
	CHECK(outside.told == 1 && outside.reply.status == REPLY_OK);
	CHECK(count(devices[0].taps[3].series, Q_GOOD) == 1);
	end();
}

static void
a_line_lost_within_a_question_comes_back(void)
{
	int64_t t0 = test_mono;

	begin(1, "1s", "", 65536);
	w.rtt = 300000;
	run_until(t0 + 100000);
	CHECK(w.bus->busy != NULL);
	link_is_down(&w.bus->link, "reset by peer", test_mono);
	CHECK(w.bus->busy == NULL);
	run_until(t0 + 200000);
	CHECK(count(devices[0].taps[3].series, Q_COMM_FAILURE) == 1);
	run_until(t0 + 5 * S);
	CHECK(w.opened == 2);
	CHECK(count(devices[0].taps[3].series, Q_GOOD) >= 1);
	end();
}

static void
a_line_that_is_closed_between_polls_only_rests(void)
{
	int64_t t0 = test_mono;

	begin(2, "1s", "", 65536);
	w.closes = true;
	w.connects_in = 30000;
	run_until(t0 + 10 * S - S / 4);
	for (int i = 0; i < 2; i++) {
		CHECK(count(devices[i].taps[0].series, Q_GOOD) >= 9);
		CHECK(count(devices[i].taps[0].series, Q_COMM_FAILURE) == 0);
		CHECK(w.bus->stations[i].skipped == 0);
	}
	CHECK(w.bus->link.downs == 0 && w.opened > 15);
	CHECK(w.bus->link.resting && link_reachable(&w.bus->link));
	/* nothing is opened before somebody asks: the last poll was half a second ago */
	CHECK(w.bus->link.ups == 1 && w.opened <= 21);
	end();
}

static void
a_line_that_rests_and_cannot_be_opened_is_down(void)
{
	int64_t t0 = test_mono;

	begin(1, "1s", "", 65536);
	w.closes = true;
	run_until(t0 + S / 2);
	CHECK(w.bus->link.resting);
	w.reachable = false;
	run_until(t0 + 3 * S);
	CHECK(!w.bus->link.resting && !link_reachable(&w.bus->link));
	CHECK(w.bus->link.downs == 1);
	CHECK(count(devices[0].taps[0].series, Q_COMM_FAILURE) == 1);
	CHECK(strstr(w.bus->link.why, "refused") != NULL);
	w.reachable = true;
	w.closes = false;
	run_until(t0 + 10 * S);
	CHECK(w.bus->link.state == LINK_UP && !w.bus->link.resting);
	CHECK(count(devices[0].taps[0].series, Q_GOOD) >= 2);
	end();
}

/* It closes behind each answer, when the next question is out already. */
static void
a_question_that_meets_the_end_is_asked_again(void)
{
	int64_t t0 = test_mono;
	size_t blocks;

	begin(1, "1s", "", 65536);
	w.connects_in = 30000;
	w.cuts = true;
	blocks = devices[0].nblocks;
	CHECK(blocks > 1);
	run_until(t0 + 10 * S - S / 4);
	for (int k = 0; k < 4; k++) {
		CHECK(count(devices[0].taps[k].series, Q_GOOD) == 10);
		CHECK(count(devices[0].taps[k].series, Q_COMM_FAILURE) == 0);
	}
	CHECK(w.bus->link.downs == 0 && w.bus->stations[0].skipped == 0);
	CHECK(w.bus->stations[0].retries >= 9 * (blocks - 1));
	end();
}

/* Without an id the late answer to the first question would be one to the next; a
 * write may have been done; and one that hears nothing is not asked for ever. */
static void
what_may_not_be_asked_again_is_lost_with_its_line(void)
{
	int64_t t0 = test_mono;

	begin(1, "5s", "", 65536);
	w.bus->proto = &nameless_proto;
	w.rtt = 300000;
	run_until(t0 + S / 2);
	CHECK(w.bus->busy != NULL);
	link_is_ended(&w.bus->link, "closed", test_mono);
	CHECK(!link_reachable(&w.bus->link) && w.bus->link.downs == 1);
	end();
	begin(1, "5s", "", 65536);
	run_until((t0 = test_mono) + S);
	w.rtt = 300000;
	CHECK(ask_outside(0) == 0);
	run_until(t0 + S + 100000);
	CHECK(outside.sent == 1 && outside.told == 0);
	link_is_ended(&w.bus->link, "closed", test_mono);
	CHECK(outside.told == 1 && outside.reply.status == REPLY_LOST && w.bus->link.downs == 1);
	end();
	begin(1, "5s", "", 65536);
	w.rtt = 300000;
	run_until((t0 = test_mono) + 100000);
	CHECK(w.bus->busy != NULL);
	link_is_ended(&w.bus->link, "closed", test_mono);
	CHECK(w.bus->link.downs == 1 && w.opened == 1);	/* it never said anything */
	end();
}

static void
a_question_from_outside_wakes_a_line_that_rests(void)
{
	int64_t t0 = test_mono;

	begin(1, "10s", "", 65536);
	w.closes = true;
	run_until(t0 + S);
	CHECK(w.bus->link.resting && w.opened == 1);
	CHECK(ask_outside(INT64_MAX) == 0);
	run_until(t0 + 2 * S);
	CHECK(outside.told == 1 && outside.reply.status == REPLY_OK && w.opened == 2);
	CHECK(w.bus->link.resting && w.bus->link.downs == 0);
	end();
}

static void
a_send_that_fails_takes_the_line_down(void)
{
	int64_t t0 = test_mono;

	begin(1, "1s", "", 65536);
	w.send_fails = true;
	run_until(t0 + 500000);
	CHECK(w.bus->link.state == LINK_CLOSED && w.bus->busy == NULL);
	CHECK(count(devices[0].taps[0].series, Q_COMM_FAILURE) == 1);
	w.send_fails = false;
	run_until(t0 + 5 * S);
	CHECK(count(devices[0].taps[0].series, Q_GOOD) >= 1);
	end();
}

static void
a_refused_block_is_read_point_by_point(void)
{
	int64_t t0 = test_mono;

	begin(1, "1s", "", 65536);
	w.refuse_count = 2;
	run_until(t0 + 900000);
	for (int k = 0; k < 4; k++)
		CHECK(count(devices[0].taps[k].series, Q_GOOD) == 1);
	CHECK(w.bus->stations[0].splits == 1);
	CHECK(count(devices[0].taps[0].series, Q_REFUSED) == 0);
	end();
}

static void
what_was_split_is_known_after_a_restart_and_can_be_forgotten(void)
{
	struct keeper *keeper;
	struct splits *splits;
	int64_t t0 = test_mono;

	begin(1, "1s", "", 65536);
	keeper = keeper_open(s->disk);
	w.bus->splits = splits = splits_open(keeper, devices, 1, instrument_arena());
	w.refuse_count = 2;
	run_until(t0 + 900000);
	CHECK(w.bus->stations[0].refusals == 1 && splits_count(splits, devices) == 1);
	CHECK(devices[0].nblocks == 4);
	splits_close(splits);
	keeper_close(keeper);
	keeper = keeper_open(s->disk);

	devices = instruments(1, "1s", "");	/* as read anew */
	CHECK(devices[0].nblocks == 3);
	splits = splits_open(keeper, devices, 1, instrument_arena());
	CHECK(devices[0].nblocks == 4 && splits_count(splits, devices) == 1);
	w.bus->stations[0].device = devices;
	w.bus->splits = splits;
	number();
	run_until(t0 + 2900000);
	CHECK(w.bus->stations[0].refusals == 1);

	w.bus->stations[0].forget = true;
	w.refuse_count = 0;
	run_until(t0 + 3900000);
	CHECK(devices[0].nblocks == 3 && splits_count(splits, devices) == 0);
	CHECK(w.bus->stations[0].refusals == 1 && w.bus->stations[0].splits == 0);
	CHECK(w.bus->stations[0].answers == 4 + 4 + 4 + 3);
	splits_close(splits);
	keeper_close(keeper);
	keeper = keeper_open(s->disk);
	devices = instruments(1, "1s", "");
	splits = splits_open(keeper, devices, 1, instrument_arena());
	CHECK(devices[0].nblocks == 3 && splits_count(splits, devices) == 0);
	splits_close(splits);
	keeper_close(keeper);
	w.bus->splits = NULL;
	end();
}

static void
a_refusal_is_a_quality_and_no_silence(void)
{
	int64_t t0 = test_mono;

	begin(1, "1s", "", 65536);
	w.exception[1] = 4;
	run_until(t0 + 10 * S - 1);
	for (int k = 0; k < 4; k++)
		CHECK(count(devices[0].taps[k].series, Q_REFUSED) == 1);
	CHECK(!station_dark(&w.bus->stations[0]));
	end();
}

static void
a_full_store_skips_polls_and_counts_them(void)
{
	int64_t t0 = test_mono;
	unsigned asked;

	begin(1, "100ms", "", 16384);
	w.rtt = 1000;
	run_until(t0 + 600 * S);
	CHECK(p.skipped > 0 && p.lost == 0);
	CHECK(w.bus->stations[0].skipped > 0);
	asked = w.asked[1];
	run_until(test_mono + 5 * S);
	CHECK(w.asked[1] == asked);
	store_flush(s);
	run_until(test_mono + 1 * S);
	CHECK(w.asked[1] > asked);
	end();
}

static void
a_device_out_of_service_is_never_asked(void)
{
	int64_t t0 = test_mono;

	begin(1, "1s", "enabled = false;", 65536);
	run_until(t0 + 10 * S);
	CHECK(w.bus->nstations == 0 && w.asked[1] == 0);
	end();
}

static void
a_question_from_outside_goes_ahead_of_reads(void)
{
	int64_t t0 = test_mono;

	begin(3, "1s", "phase = \"100ms\";", 65536);
	w.rtt = 50000;
	run_until(t0 + 110000);
	CHECK(w.bus->busy == &w.bus->stations[0]);
	CHECK(ask_outside(INT64_MAX) == 0);
	CHECK(outside.told == 0 && outside.sent == 0);
	run_until(t0 + 199999);
	CHECK(w.first_asked[9] == t0 + 150000 && outside.sent == 1);
	run_until(t0 + 200000);
	CHECK(outside.told == 1 && outside.reply.status == REPLY_OK && outside.reply.len == 4);
	CHECK(outside.reply.asked != 0);
	run_until(t0 + 700000);
	CHECK(w.asked[1] == 3 && w.asked[2] == 3 && w.asked[3] == 3);
	end();
}

static void
questions_without_answer_let_polls_between(void)
{
	int64_t t0 = test_mono;

	begin(1, "1s", "", 65536);
	run_until(t0 + S / 2);
	w.silent[9] = true;
	for (int i = 0; i < 5; i++)
		CHECK(ask_outside(INT64_MAX) == 0);
	while (outside.told < 5)
		run_until(test_mono + S);
	CHECK(w.asked[9] == 5 && test_mono > t0 + 3 * S);
	/* no poll that was due waited for one of them */
	CHECK(w.asked[1] == 3 * (1 + (test_mono - t0) / S));
	CHECK(w.bus->stations[0].worst_lateness == 0);
	end();
}

static unsigned ordered;

/* As an order that is read back, and tried again, for as long as it stands. */
static void
order_again(void *owner, const struct reply *reply)
{
	CHECK(reply->status != REPLY_LOST);
	ordered++;
	CHECK(bus_errand(w.bus, &(struct errand){ .ask = question, .done = order_again,
	    .owner = owner }) == 0);
}

/* Four detectors each second, and orders to a unit that is dead or is the fifth
 * device; each of its answers that does not come holds the line for a time-out. */
static void
detectors_keep_their_period_beside_a_dead_output(bool known)
{
	int64_t t0 = test_mono;
	uint64_t answers[4];

	begin(known ? 5 : 4, "1s", "disable = (\"c\", \"d\");", 1 << 20);
	w.rtt = 40000;
	run_until(t0 + 5 * S);
	w.silent[known ? 5 : 9] = true;
	ordered = 0;
	question.address[0] = known ? 5 : 9;
	order_again(&ordered, &(struct reply){ .status = REPLY_TIMEOUT });
	for (size_t i = 0; i < 4; i++) {
		answers[i] = w.bus->stations[i].answers;
		w.bus->stations[i].worst_lateness = 0;
	}
	for (int i = 1; i <= 12; i++) {		/* in steps: the store must rest */
		run_until(t0 + (5 + i * 10) * S);
		store_flush(s);
		s->n = 0;
	}
	for (size_t i = 0; i < 4; i++) {
		const struct station *st = &w.bus->stations[i];

		CHECK(st->answers - answers[i] >= 119 && st->skipped == 0);
		CHECK(st->worst_lateness <= TIMEOUT + 4 * w.rtt);
	}
	CHECK(ordered >= 120 * S / (5 * TIMEOUT) && ordered <= 120 * S / (3 * TIMEOUT));
	question.address[0] = 9;
	end();
}

static void
orders_to_a_dead_unit_cost_the_others_nothing(void)
{
	detectors_keep_their_period_beside_a_dead_output(false);
	detectors_keep_their_period_beside_a_dead_output(true);
}

/* ... and one that is well waits for nothing, whoever else is dead. */
static void
orders_to_a_unit_that_answers_go_at_once(void)
{
	int64_t t0 = test_mono;

	begin(4, "1s", "disable = (\"c\", \"d\");", 65536);
	w.rtt = 40000;
	w.silent[9] = true;
	run_until(t0 + 5 * S);
	order_again(&ordered, &(struct reply){ .status = REPLY_TIMEOUT });
	run_until(t0 + 15 * S);
	question.address[0] = 2;
	CHECK(ask_outside(INT64_MAX) == 0);
	question.address[0] = 9;
	t0 = test_mono;
	while (outside.told == 0)
		run_until(test_mono + S / 100);
	CHECK(outside.reply.status == REPLY_OK && test_mono - t0 <= TIMEOUT + 2 * w.rtt);
	question.address[0] = 2;		/* barred, while the other one is held */
	CHECK(ask_outside(INT64_MAX) == 0);
	question.address[0] = 9;
	w.bar = test_mono + 3 * S;
	run_until(w.bar - 1);
	CHECK(outside.told == 0);
	run_until(w.bar + TIMEOUT + 2 * w.rtt);
	CHECK(outside.told == 1 && outside.reply.status == REPLY_OK);
	/* one that comes back is as any other after its first answer */
	w.silent[9] = false;
	run_until(test_mono + 5 * S);
	ordered = 0;
	run_until(test_mono + S);
	CHECK(ordered >= 10);
	end();
}

static void
a_question_from_outside_is_told_of_its_end_once(void)
{
	int64_t t0 = test_mono;

	begin(1, "10s", "", 65536);
	run_until(t0 + S);
	w.silent[9] = true;
	CHECK(ask_outside(INT64_MAX) == 0);
	run_until(t0 + 4 * S);
	CHECK(outside.told == 1 && outside.reply.status == REPLY_TIMEOUT && w.asked[9] == 1);
	CHECK(ask_outside(INT64_MAX) == 0);
	run_until(t0 + 4 * S + 100000);
	link_is_down(&w.bus->link, "reset by peer", test_mono);
	CHECK(outside.told == 1 && outside.reply.status == REPLY_LOST && outside.reply.asked != 0);
	run_until(t0 + 8 * S);
	CHECK(outside.told == 1 && w.asked[9] == 2);
	CHECK(ask_outside(INT64_MAX) == 0);
	bus_forget(w.bus, &outside);
	run_until(t0 + 9 * S);
	CHECK(outside.told == 0 && w.asked[9] == 2);
	end();
}

static void
a_question_that_waited_too_long_is_never_sent(void)
{
	int64_t t0 = test_mono;

	begin(1, "10s", "", 65536);
	w.silent[1] = true;
	run_until(t0 + 10000);
	CHECK(w.bus->busy != NULL);
	CHECK(ask_outside(t0 + 100000) == 0);
	run_until(t0 + 2 * S);
	CHECK(w.asked[9] == 0 && outside.sent == 0 && outside.told == 1);
	CHECK(outside.reply.status == REPLY_LOST && outside.reply.asked == 0);
	end();
}

static void
more_questions_than_places_and_nonsense_are_refused(void)
{
	struct ask bad = question;

	begin(1, "10s", "", 65536);
	run_until(test_mono + S);
	for (int i = 0; i < ERRANDS_MAX; i++)
		CHECK(ask_outside(INT64_MAX) == 0);
	CHECK(ask_outside(INT64_MAX) < 0);
	run_until(test_mono + S);
	CHECK(outside.told == ERRANDS_MAX && w.asked[9] == ERRANDS_MAX);
	bad.count = 126;
	CHECK(bus_ask(w.bus, &bad, took, &outside) < 0);
	bad = (struct ask){ .address = { 9 }, .function = 6, .count = 1 };
	CHECK(bus_ask(w.bus, &bad, took, &outside) < 0);	/* without its payload */
	end();
}

static unsigned quiet_told;

static void
fell_quiet(void *owner, int64_t now)
{
	struct bus *bus = owner;

	CHECK(now == test_mono && bus->busy == NULL);
	quiet_told++;
}

static void
a_suspended_bus_answers_only_what_is_asked_of_it(void)
{
	int64_t t0 = test_mono;
	char why[100];

	begin(1, "1s", "", 65536);
	quiet_told = 0;
	run_until(t0 + 10000);
	CHECK(w.bus->busy != NULL);
	CHECK(bus_suspend(w.bus, 10 * S, fell_quiet, w.bus, why, sizeof(why)) == 0);
	CHECK(bus_suspend(w.bus, 10 * S, fell_quiet, w.bus, why, sizeof(why)) < 0);
	CHECK(strcmp(why, "the line is suspended already") == 0 && quiet_told == 0);
	run_until(t0 + 20000);
	CHECK(quiet_told == 1);
	run_until(t0 + 5 * S);
	CHECK(w.asked[1] == 1 && quiet_told == 1);
	CHECK(ask_outside(INT64_MAX) == 0);
	run_until(t0 + 5 * S + 100000);
	CHECK(outside.told == 1 && outside.reply.status == REPLY_OK && w.asked[1] == 1);
	bus_resume(w.bus);
	run_until(t0 + 5 * S + 200000);
	CHECK(w.asked[1] == 4 && w.bus->stations[0].skipped == 5);
	end();
}

static void
a_suspension_that_nobody_ends_ends(void)
{
	int64_t t0 = test_mono;
	char why[100];

	begin(1, "1s", "", 65536);
	quiet_told = 0;
	run_until(t0 + 500000);
	CHECK(bus_suspend(w.bus, 3 * S, fell_quiet, w.bus, why, sizeof(why)) == 0);
	CHECK(quiet_told == 0);
	run_until(t0 + 3 * S);
	CHECK(quiet_told == 1 && w.asked[1] == 3);
	bus_release(w.bus);
	CHECK(w.bus->link.state == LINK_CLOSED && ask_outside(INT64_MAX) < 0);
	run_until(t0 + 3 * S + 400000);
	CHECK(w.opened == 1 && count(devices[0].taps[0].series, Q_COMM_FAILURE) == 0);
	run_until(t0 + 6 * S);
	CHECK(w.opened == 2 && w.asked[1] >= 12 && !w.bus->suspended);
	CHECK(count(devices[0].taps[0].series, Q_COMM_FAILURE) == 0);
	end();
}

static void
a_bus_with_a_device_of_class_life_is_not_suspended(void)
{
	static const struct constants none;
	const char *text = "name = \"gas\"; on = \"site/x1\"; when = \"a > 20\"; "
	    "class = \"life\"; priority = \"high\";";
	struct rule_conf rule = { .name = NULL };
	struct arena *arena = instrument_arena();
	struct tree *tree = tree_parse(text, "r.conf", arena, instrument_errs());
	char why[100];

	CHECK(key_load(tree_root(tree), rule_keys, &rule, arena, instrument_errs()) == 0);
	CHECK(rule_compile(&rule, &none, arena, instrument_errs()) == 0);
	begin(2, "1s", "", 65536);
	p.rules = rules_new(&rule, 1, devices, 2, arena, instrument_errs());
	CHECK(p.rules != NULL);
	rules_start(p.rules, test_mono);
	CHECK(bus_suspend(w.bus, 3 * S, NULL, NULL, why, sizeof(why)) < 0);
	CHECK(strcmp(why, "a rule of class life watches site/x1") == 0);
	tree_close(tree);
	end();
}

/* The next configuration: n devices, of which those of this one go on as twins, but
 * without the one of unit gone. */
static void
renew(size_t n, const char *period, unsigned gone)
{
	struct device *before = devices;
	const struct device *twins[UNITS] = { NULL };
	size_t k = 0;

	devices = instruments(n, period, "");
	for (size_t i = 0; i < n; i++)
		if (i + 1 != gone)
			devices[k++] = devices[i];
	number();
	for (size_t i = 0; i < k; i++)
		for (size_t b = 0; b < ndevices; b++)
			if (device_same(&devices[i], &before[b])) {
				twins[i] = &before[b];
				device_take_over(&devices[i], &before[b]);
			}
	ndevices = k;
	pipeline_renew(&p, rules_new(NULL, 0, devices, k, instrument_arena(),
	    instrument_errs()), 8);
	rules_start(p.rules, test_mono);
	bus_renew(w.bus, &conf, devices, k, twins, test_mono);
}

/* A new device, and then one less: the grids of the others stay, and so does an
 * answer on its way. */
/* Another one claims to be at the far end: a dead unit, or one that is asked for no
 * more, says nothing of whether the old line is alive. */
static void
who_has_to_prove_itself_is_asked_where_it_answers(void)
{
	unsigned asleep, alive;
	int64_t at;

	begin(4, "10min", "", 65536);
	w.silent[1] = true;
	run_until(test_mono + 1900 * S);
	bus_sleep(w.bus, &w.bus->stations[1], Q_OUT_OF_SERVICE, test_mono);
	asleep = w.asked[2];
	alive = w.asked[3];
	at = test_mono;
	bus_prove(&w.bus->link, test_mono);
	run_until(test_mono + 2 * S);
	CHECK(w.bus->link.answered > at);
	CHECK(w.asked[2] == asleep && w.asked[3] == alive + 3);
	run_until(test_mono + 600 * S);
	CHECK(w.asked[2] == asleep && w.asked[3] == alive + 6);

	/* all of them dark: one is asked all the same, before its probe is due */
	w.silent[3] = w.silent[4] = true;
	run_until(test_mono + 3700 * S);
	w.silent[3] = false;
	w.silent[4] = false;
	at = test_mono;
	bus_prove(&w.bus->link, test_mono);
	run_until(test_mono + 2 * S);
	CHECK(w.bus->link.answered > at);
	end();
}

static void
a_new_configuration_moves_no_schedule(void)
{
	int64_t t0 = test_mono;

	begin(2, "1s", "", 65536);
	run_until(t0 + 10 * S + 10000);		/* the first is being asked */
	CHECK(w.bus->busy == &w.bus->stations[0] && w.asked[1] == 31);
	renew(3, "1s", 0);
	CHECK(w.bus->nstations == 3 && w.bus->busy == &w.bus->stations[0]);
	run_until(t0 + 20 * S + 10000);
	CHECK(w.opened == 1);
	CHECK(w.bus->stations[0].due == t0 + 20 * S && w.bus->stations[1].skipped == 0);
	CHECK(w.bus->stations[0].polls == w.bus->stations[0].answers + 1);
	CHECK(w.bus->stations[0].skipped == 0 && w.bus->stations[0].worst_lateness < 100000);
	CHECK(w.bus->stations[1].due % S == (t0 + S / 2) % S);
	CHECK(count(devices[2].taps[0].series, Q_GOOD) >= 9);
	renew(3, "1s", 1);
	CHECK(w.bus->nstations == 2 && w.bus->busy == NULL);
	run_until(t0 + 30 * S);
	CHECK(w.bus->stations[0].polls == w.bus->stations[0].answers);
	CHECK(w.bus->stations[0].timeouts == 0 && w.bus->stations[0].skipped == 0);
	CHECK(count(devices[0].taps[0].series, Q_GOOD) == 30);
	end();
}

/* What a device refused as a whole it is not asked again as a whole; one that
 * changed is, and its question out is nobody's. */
static void
a_device_that_changed_begins_anew(void)
{
	int64_t t0 = test_mono;
	unsigned polls;

	begin(2, "1s", "", 65536);
	w.refuse_count = 2;
	run_until(t0 + 5 * S + 10000);
	CHECK(w.bus->stations[0].splits == 1 && w.bus->busy == &w.bus->stations[0]);
	renew(2, "1s", 0);
	CHECK(w.bus->stations[0].splits == 1 && devices[0].nblocks == 4);
	w.refuse_count = 0;
	renew(2, "2s", 0);
	CHECK(w.bus->busy == NULL && devices[0].nblocks == 3);
	CHECK(w.bus->stations[0].splits == 0 && w.bus->stations[0].polls == 0);
	polls = w.asked[1];
	run_until(t0 + 16 * S);
	CHECK(w.bus->stations[0].answers == w.bus->stations[0].polls);
	CHECK(w.asked[1] - polls >= 15 && w.asked[1] - polls <= 18);
	end();
}

int
main(void)
{
	log_open(LOG_LEVEL_ERR);
	RUN(phases_are_spread_and_the_first_poll_is_at_once);
	RUN(a_configured_phase_is_kept);
	RUN(nobody_is_called_silent_before_the_line_was_tried);
	RUN(a_question_from_outside_waits_for_the_first_try);
	RUN(a_line_that_is_refused_is_said_once_and_recovers);
	RUN(a_dead_device_of_ten_leaves_the_bus_to_the_others);
	RUN(a_silent_device_has_one_bad_entry_and_then_one_in_ten_minutes);
	RUN(a_late_answer_lets_the_second_try_go);
	RUN(a_last_try_waits_while_nobody_wants_the_line);
	RUN(a_try_that_cannot_be_repeated_waits_too);
	RUN(a_last_try_keeps_nobody_waiting);
	RUN(a_bar_that_stays_costs_the_cycle);
	RUN(a_line_lost_within_a_question_comes_back);
	RUN(a_line_that_is_closed_between_polls_only_rests);
	RUN(a_line_that_rests_and_cannot_be_opened_is_down);
	RUN(a_question_that_meets_the_end_is_asked_again);
	RUN(what_may_not_be_asked_again_is_lost_with_its_line);
	RUN(a_question_from_outside_wakes_a_line_that_rests);
	RUN(a_send_that_fails_takes_the_line_down);
	RUN(a_refused_block_is_read_point_by_point);
	RUN(what_was_split_is_known_after_a_restart_and_can_be_forgotten);
	RUN(a_refusal_is_a_quality_and_no_silence);
	RUN(a_full_store_skips_polls_and_counts_them);
	RUN(a_device_out_of_service_is_never_asked);
	RUN(a_question_from_outside_goes_ahead_of_reads);
	RUN(questions_without_answer_let_polls_between);
	RUN(orders_to_a_dead_unit_cost_the_others_nothing);
	RUN(orders_to_a_unit_that_answers_go_at_once);
	RUN(a_question_from_outside_is_told_of_its_end_once);
	RUN(a_question_that_waited_too_long_is_never_sent);
	RUN(more_questions_than_places_and_nonsense_are_refused);
	RUN(a_suspended_bus_answers_only_what_is_asked_of_it);
	RUN(a_suspension_that_nobody_ends_ends);
	RUN(a_bus_with_a_device_of_class_life_is_not_suspended);
	RUN(who_has_to_prove_itself_is_asked_where_it_answers);
	RUN(a_new_configuration_moves_no_schedule);
	RUN(a_device_that_changed_begins_anew);
	return 0;
}
