#include <stdlib.h>
#include <string.h>

#include "../../devices/push.h"
#include "../../gateway/field/inflow.h"
#include "../../gateway/field/poller.h"
#include "../../gateway/log.h"
#include "../../protocols/pushed.h"
#include "../check.h"
#include "instrument.h"
#include "store.h"

#define S	US_PER_S

/* The wire of the test: "unit key value [token]\n" a message, and "ok N" acknowledges
 * the N-th, or that token, when it is durable; "?" is a beat that is answered at
 * once. */
struct session {
	char		line[64];
	unsigned	ups;
	char		words[4][24];
	uint64_t	messages, stored;
	int64_t		asked;		/* mono us: what its clock says, or to set it */
	struct tally	tally;
};

static struct world {
	struct bus	*bus, *other, *owing;
	struct loop	*loop;
	struct inflow	 inflow;
	char		 sent[4000];
	bool		 send_fails;
	int64_t		 from, to;	/* of what was asked for */
	int64_t		 told;		/* UTC ms of what is told; 0: none */
	enum past	 past;		/* of point b */
	unsigned	 is;		/* bits of what sort it is */
	bool		 again;		/* and it was kept */
	int64_t		 said;		/* UTC ms by its clock; 0: it does not say */
	enum demand_setting	 setting;	/* of what it was asked */
	int64_t		 value;
} w;

static void
init(void *self, const struct line *line, int64_t now)
{
	struct session *s = self;

	(void)line;
	(void)now;
	s->ups++;
}

static void
take_line(struct session *s, struct out *out)
{
	char text[16];

	memset(s->words, 0, sizeof(s->words));
	if (s->line[0] == '?') {
		s->tally.beats++;
		buf_putbytes(&out->send, "!", 1);
		return;
	}
	CHECK(sscanf(s->line, "%23s %23s %23s %23s", s->words[0], s->words[1], s->words[2],
	    s->words[3]) >= 1);
	if (s->words[0][0] == '=') {		/* "= ms", or "=" refuses it */
		out->replies[out->nreplies++] = (struct reply){ .asked = s->asked,
		    .status = s->words[1][0] != '\0' ? REPLY_OK : REPLY_EXCEPTION,
		    .heard = test_mono, .clock = strtoll(s->words[1], NULL, 10),
		    .value = strtoll(s->words[1], NULL, 10) };
		return;
	}
	out->identity = s->words[0];
	out->wants_clock = strcmp(s->words[1], "time?") == 0;
	out->owed = ++s->messages;
	if (s->words[3][0] != '\0')
		out->owed = strtoul(s->words[3], NULL, 10);
	buf_putbytes(&out->receipt, text, (size_t)snprintf(text, sizeof(text), "ok%d ",
	    (int)out->owed));
	out->told = (uint8_t)w.is;
	out->again = w.again;
	out->sent = w.said;
	if (strcmp(s->words[1], "note") == 0)
		out->note = s->words[2];
	else if (s->words[1][0] != '\0')
		out->pushes[out->npushes++] = (struct push){ .key = s->words[1],
		    .kind = PUSH_TEXT, .text = s->words[2], .time = w.told };
}

static bool
request(void *self, const struct demand *is, const char *unit, int64_t now, struct out *out)
{
	static const char *const words[] = { [REQUEST_PROOF] = "proof? ",
	    [REQUEST_CLOCK] = "clock? ", [REQUEST_SET_CLOCK] = "set! ",
	    [REQUEST_HISTORY] = "history? ", [REQUEST_SETTING] = "how? ",
	    [REQUEST_SET] = "do! " };
	struct session *s = self;

	if (unit != NULL && strcmp(unit, s->words[0]) != 0)
		return false;
	CHECK(is->time == test_wall);
	s->asked = now;
	w.from = is->from;
	w.to = is->to;
	CHECK(is->kind != REQUEST_HISTORY || is->past == PAST_MINUTES || is->past == PAST_DAYS);
	w.setting = is->setting;
	w.value = is->value;
	buf_putbytes(&out->send, words[is->kind], strlen(words[is->kind]));
	return true;
}

static enum past
past(const char *key)
{
	return strcmp(key, "b") == 0 || strcmp(key, "c") == 0 ? w.past : PASTS;
}

static const char *
exception(uint8_t code)
{
	return code == 0 ? "refuses it" : "";
}

static void
hear(void *self, const uint8_t *bytes, size_t n, int64_t now, struct out *out)
{
	struct session *s = self;
	struct rest *r = &out->rest;
	const uint8_t *end;

	(void)now;
	memmove(r->at, r->at + r->from, r->n);
	memcpy(r->at + r->n, bytes, n);
	r->from = 0;
	r->n += (uint32_t)n;
	end = memchr(r->at, '\n', r->n);
	if (end == NULL)
		return;
	r->from = (uint32_t)(end + 1 - r->at);
	r->n -= r->from;
	CHECK(r->from < sizeof(s->line));
	memcpy(s->line, r->at, r->from);
	s->line[r->from - 1] = '\0';
	take_line(s, out);
	out->more = r->n > 0;
}

static void
tick(void *self, int64_t now, struct out *out)
{
	(void)self;
	(void)now;
	(void)out;
}

static void
stored(void *self, uint64_t owed)
{
	((struct session *)self)->stored = owed;
}

static const struct tally *
tally_of(const void *self)
{
	return &((const struct session *)self)->tally;
}

static const struct proto fake_proto = { .name = "fake", .size = sizeof(struct session),
    .address = pushed_address, .init = init, .hear = hear, .tick = tick, .tally = tally_of,
    .stored = stored, .request = request, .past = past, .ahead = 8 * 3600000, .exception = exception };

static int
open_line(struct link *link, int64_t now)
{
	link_is_up(link, now);
	return 0;
}

static void
close_line(struct link *link)
{
	(void)link;
}

static int
send_frame(struct link *link, const uint8_t *bytes, size_t n)
{
	if (w.send_fails)
		return link_fail(link, "broken pipe");
	strncat(w.sent, (const char *)bytes, n);
	return 0;
}

static const struct link_kind fake_kind = { .name = "fake", .proto = "push",
    .backoff_max = 10 * S, .open = open_line, .close = close_line, .send = send_frame };

static const char profile_text[] =
    "name = \"x\"; maker = \"m\"; model = \"x\"; family = \"fume\"; source = \"s\";\n"
    "confidence = \"A\"; proto = \"push\";\n"
    "points = ( { name = \"a\"; push = \"a\"; }, { name = \"b\"; push = \"b\"; },\n"
    "  { name = \"off\"; push = \"clock-offset\"; unit = \"s\"; },\n"
    "  { name = \"c\"; push = \"c\"; } );\n";

static struct test_store *s;
static struct pipeline p;
static struct device devices[2];
static struct link_conf conf = { .name = "line", .proto = "push" };
static const struct link_conf other_conf = { .name = "other", .proto = "push" };
static struct rule_conf *rule;		/* NULL: there is none */

static const struct profile *
the_profile(void)
{
	struct tree *tree = tree_parse(profile_text, "x.conf", instrument_arena(),
	    instrument_errs());
	const struct profile *it = profile_read(tree, instrument_arena(), instrument_errs());

	tree_close(tree);
	CHECK(it != NULL);
	return it;
}

static void
make_device(struct device *d, const struct profile *profile, const char *name,
    const char *line, const char *more)
{
	char text[200];
	struct tree *tree;

	snprintf(text, sizeof(text), "name = \"%s\"; link = \"%s\"; profile = \"x\"; %s", name,
	    line, more);
	tree = tree_parse(text, "t.conf", instrument_arena(), instrument_errs());
	*d = (struct device){ .profile = NULL };
	CHECK(key_load(tree_root(tree), device_keys, &d->conf, instrument_arena(),
	    instrument_errs()) == 0);
	CHECK(device_bind(d, profile, &fake_proto, instrument_arena(), instrument_errs()) == 0);
	tree_close(tree);
}

static void
fire(struct timer *t)
{
	if (t->place == 0 || t->at > test_mono)
		return;
	loop_disarm(w.loop, t);
	t->fire(t, test_mono);
}

static void
run_until(int64_t end)
{
	for (;;) {
		int64_t next = end + 1;

		if (w.bus->wake.place != 0 && w.bus->wake.at < next)
			next = w.bus->wake.at;
		if (w.bus->link.retry.place != 0 && w.bus->link.retry.at < next)
			next = w.bus->link.retry.at;
		if (next > end)
			break;
		if (next > test_mono) {
			test_wall += (next - test_mono) / 1000;
			test_mono = next;
		}
		fire(&w.bus->link.retry);
		fire(&w.bus->wake);
	}
	test_wall += (end - test_mono) / 1000;
	test_mono = end;
}

static struct bus *
make_bus(const struct link_conf *line, size_t n)
{
	struct bus *bus = bus_new(line, devices, n, &p, &test_clock);

	CHECK(bus->link.owner == &bus_listens);
	free(bus->session);
	bus->proto = &fake_proto;
	bus->session = calloc(1, fake_proto.size);
	bus->link.kind = &fake_kind;
	bus->owing = &w.owing;
	bus_start(bus, w.loop, test_mono);
	return bus;
}

static void
begin(size_t n, const char *first, const char *second, size_t buffer)
{
	const struct profile *profile = the_profile();

	memset(&w, 0, sizeof(w));
	w.past = PAST_MINUTES;
	make_device(&devices[0], profile, "one", "line", first);
	if (n > 1)
		make_device(&devices[1], profile, "two", strstr(second, "unit") != NULL ?
		    "line" : "other", second);
	s = store_open(buffer);
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < 4; k++)
			devices[i].taps[k].series = store_series(s, devices[i].conf.name,
			    profile->points[k].name);
	pipeline_init(&p, s->journal, rules_new(rule, rule != NULL, devices, n,
	    instrument_arena(), instrument_errs()), &test_clock, 8);
	rules_start(p.rules, test_mono);
	w.loop = loop_new(8);
	w.bus = make_bus(&conf, n);
	run_until(test_mono);
	CHECK(w.bus->link.state == LINK_UP);
}

static void
end(void)
{
	bus_stop(w.bus);
	bus_free(w.bus);
	if (w.other != NULL) {
		bus_stop(w.other);
		bus_free(w.other);
	}
	CHECK(w.owing == NULL && w.inflow.waiting == 0);
	inflow_end(&w.inflow);
	loop_free(w.loop);
	pipeline_end(&p);
	store_close(s);
	rule = NULL;
	conf.clock = CLOCK_OFF;
	conf.history = HISTORY_OFF;
	conf.interval = conf.interval_minute = 0;
	conf.realtime = conf.states = UPLOAD_AS_IT_IS;
}

static void
say(const char *text)
{
	link_heard(&w.bus->link, (const uint8_t *)text, strlen(text), test_mono);
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

static void
make_durable(void)
{
	store_flush(s);
	bus_stored(&w.owing, journal_durable(s->journal).seq[LANE_TELEMETRY], test_mono);
}

/* Until nobody waits, or nothing moves. */
static void
let_in(void)
{
	for (int i = 0; i < 100 && w.inflow.waiting > 0; i++) {
		make_durable();
		inflow_grew(&w.inflow, test_mono);
		fire(&w.inflow.turn);
	}
}

static void
what_is_told_is_kept_before_it_is_acknowledged(void)
{
	begin(1, "", "", 65536);
	say("x a 7.5\n");
	CHECK(w.sent[0] == '\0' && w.owing == w.bus && w.bus->nowed == 1);
	bus_stored(&w.owing, w.bus->owed[0].seq - 1, test_mono);
	CHECK(w.sent[0] == '\0');
	make_durable();
	CHECK(strcmp(w.sent, "ok1 ") == 0 && w.owing == NULL && w.bus->nowed == 0);
	CHECK(((struct session *)w.bus->session)->stored == 1);
	CHECK(count(devices[0].taps[0].series, Q_GOOD) == 1);
	CHECK(w.bus->stations[0].answers == 1 && w.bus->link.answered == test_mono);
	end();
}

static void
several_messages_of_one_piece_are_heard_one_by_one(void)
{
	begin(1, "", "", 65536);
	say("x a 1\nx b 2\n?\nx a 3\nx a");
	CHECK(strcmp(w.sent, "!") == 0 && w.bus->nowed == 3 && w.bus->rest != NULL);
	memset(w.bus->out.rest.at, 'z', 64);	/* another line has the room */
	say(" 4\n");
	CHECK(w.bus->rest == NULL);
	make_durable();
	CHECK(strcmp(w.sent, "!ok1 ok2 ok3 ok4 ") == 0);
	CHECK(count(devices[0].taps[0].series, Q_GOOD) == 3);
	CHECK(count(devices[0].taps[1].series, Q_GOOD) == 1);
	end();
}

static void
what_brings_nothing_to_store_is_acknowledged_at_once(void)
{
	begin(1, "", "", 65536);
	say("x\n");
	CHECK(strcmp(w.sent, "ok1 ") == 0 && w.owing == NULL);
	say("x nobody 1\n");
	CHECK(strcmp(w.sent, "ok1 ok2 ") == 0);
	CHECK(w.bus->stations[0].unmapped == 1 && w.bus->stations[0].answers == 2);
	say("x note restarted\n");
	CHECK(strcmp(w.sent, "ok1 ok2 ") == 0 && w.bus->nowed == 1);
	make_durable();
	CHECK(strcmp(w.sent, "ok1 ok2 ok3 ") == 0);
	end();
}

static void
each_unit_has_its_own(void)
{
	begin(2, "unit = \"u1\";", "unit = \"u2\";", 65536);
	say("u2 a 1\nu1 b 2\nu3 a 3\n");
	make_durable();
	CHECK(strcmp(w.sent, "ok1 ok2 ") == 0);	/* u3 is nobody's: not acknowledged */
	CHECK(count(devices[1].taps[0].series, Q_GOOD) == 1);
	CHECK(count(devices[0].taps[1].series, Q_GOOD) == 1);
	CHECK(count(devices[0].taps[0].series, Q_GOOD) == 0);
	end();
	begin(2, "", "unit = \"u2\";", 65536);
	say("u2 a 1\nu9 a 2\n");
	make_durable();
	CHECK(count(devices[1].taps[0].series, Q_GOOD) == 1);
	CHECK(count(devices[0].taps[0].series, Q_GOOD) == 1);
	end();
}

static void
silence_is_told_once_and_then_seldom(void)
{
	int64_t t0;

	begin(1, "heartbeat = \"60s\";", "", 65536);
	t0 = test_mono;
	run_until(t0 + 90 * S - 1);
	CHECK(!station_dark(&w.bus->stations[0]));
	CHECK(count(devices[0].taps[0].series, Q_COMM_FAILURE) == 0);
	run_until(t0 + 90 * S);
	CHECK(station_dark(&w.bus->stations[0]));
	CHECK(count(devices[0].taps[0].series, Q_COMM_FAILURE) == 1);
	CHECK(count(devices[0].taps[1].series, Q_COMM_FAILURE) == 1);
	run_until(t0 + 689 * S);
	CHECK(count(devices[0].taps[0].series, Q_COMM_FAILURE) == 1);
	run_until(t0 + 690 * S);
	CHECK(count(devices[0].taps[0].series, Q_COMM_FAILURE) == 2);
	say("x a 1\n");
	CHECK(!station_dark(&w.bus->stations[0]));
	t0 = test_mono;
	run_until(t0 + 89 * S);
	say("x\n");				/* a bare heartbeat counts too */
	run_until(t0 + 170 * S);
	CHECK(!station_dark(&w.bus->stations[0]));
	run_until(t0 + 180 * S);
	CHECK(station_dark(&w.bus->stations[0]));
	end();
}

static void
a_line_that_goes_is_no_silence(void)
{
	int64_t t0;

	begin(1, "heartbeat = \"60s\";", "", 65536);
	t0 = test_mono;
	say("x a 1\n");
	say("x a");
	CHECK(w.bus->nowed == 1 && w.bus->rest != NULL);
	link_is_down(&w.bus->link, "closed", test_mono);
	CHECK(w.bus->nowed == 1 && w.bus->rest == NULL);
	make_durable();
	CHECK(w.sent[0] == '\0' && w.owing == NULL);
	CHECK(((struct session *)w.bus->session)->stored == 1);
	run_until(t0 + 80 * S);
	CHECK(count(devices[0].taps[0].series, Q_COMM_FAILURE) == 0);
	run_until(t0 + 91 * S);
	CHECK(count(devices[0].taps[0].series, Q_COMM_FAILURE) == 1);
	end();
}

/* Who waits too long sends again, also while the disk takes its time. */
static void
what_comes_again_before_it_is_durable_is_kept_once(void)
{
	begin(1, "", "", 65536);
	say("x a 1 901\nx a 1 901\nx b 2 902\n");
	say("x a 1 901\n");
	CHECK(w.sent[0] == '\0' && w.bus->nowed == 2);
	CHECK(w.bus->stations[0].answers == 4);
	make_durable();
	CHECK(strcmp(w.sent, "ok901 ok902 ") == 0);
	CHECK(count(devices[0].taps[0].series, Q_GOOD) == 1);
	CHECK(count(devices[0].taps[1].series, Q_GOOD) == 1);
	end();
}

static void
what_comes_again_over_the_next_line_is_kept_once(void)
{
	begin(1, "", "", 65536);
	say("x a 1 901\n");
	link_is_down(&w.bus->link, "closed", test_mono);
	run_until(test_mono + 2 * S);
	CHECK(w.bus->link.state == LINK_UP && w.bus->nowed == 1);
	say("x a 1 901\n");
	CHECK(w.sent[0] == '\0');
	make_durable();
	CHECK(strcmp(w.sent, "ok901 ") == 0);
	CHECK(count(devices[0].taps[0].series, Q_GOOD) == 1);
	end();
}

static void
a_line_that_breaks_while_it_pays_is_down(void)
{
	begin(1, "", "", 65536);
	say("x a 1\nx a 2\nx a 3\n");
	w.send_fails = true;
	make_durable();
	CHECK(w.bus->link.state == LINK_CLOSED && w.owing == NULL && w.bus->nowed == 0);
	end();
}

static void
more_than_is_kept_in_mind_is_sent_again(void)
{
	begin(1, "", "", 1 << 20);
	for (int i = 0; i < OWED_MAX + 5; i++)
		say("x a 1\n");
	CHECK(w.bus->nowed == OWED_MAX);
	make_durable();
	CHECK(strstr(w.sent, "ok32 ") != NULL && strstr(w.sent, "ok33") == NULL);
	say("x a 1\n");
	make_durable();
	CHECK(strstr(w.sent, "ok38 ") != NULL);
	end();
	begin(1, "", "", 1 << 20);		/* where lines may wait it waits */
	inflow_begin(&w.inflow, w.loop, &p);
	w.bus->inflow = &w.inflow;
	for (int i = 0; i < OWED_MAX + 5; i++)
		say("x a 1\n");
	CHECK(w.bus->nowed == OWED_MAX && w.bus->waits);
	fire(&w.inflow.turn);
	CHECK(w.bus->nowed == OWED_MAX && w.inflow.turn.at > test_mono);
	let_in();
	make_durable();
	CHECK(strstr(w.sent, "ok32 ") != NULL && strstr(w.sent, "ok37 ") != NULL);
	end();
}

/* A store of four blocks, and another line beside. */
static void
begin_small(void)
{
	begin(2, "", "", 8192);
	w.other = make_bus(&other_conf, 2);
	fire(&w.other->link.retry);
	CHECK(w.other->link.state == LINK_UP && w.other->nstations == 1);
	inflow_begin(&w.inflow, w.loop, &p);
	w.bus->inflow = w.other->inflow = &w.inflow;
}

static void
say_on(struct bus *bus, const char *text)
{
	link_heard(&bus->link, (const uint8_t *)text, strlen(text), test_mono);
}

static size_t
prints(enum entry_kind kind, uint64_t print)
{
	size_t n = 0;

	store_flush(s);
	for (size_t i = 0; i < s->n; i++)
		n += s->told[i].kind == kind && s->told[i].print == print;
	return n;
}

/* What ends a message has its print, so that it is there when all of it is. */
static void
a_message_leaves_its_print_with_its_last_entry(void)
{
	const struct push told[] = {
		{ .key = "a", .kind = PUSH_NUMBER, .number = 1 },
		{ .key = "b", .kind = PUSH_NUMBER, .number = 2 },
		{ .key = "nothing", .kind = PUSH_NUMBER, .number = 3 },
	};
	struct moment at = { .time = test_wall, .mono = test_mono, .due = test_mono,
	    .print = 55 };

	begin(1, "", "", 65536);
	say("x a 1 91\nx note it-is-hot 92\n");
	CHECK(prints(ENTRY_READING, 91) == 1 && prints(ENTRY_NOTE, 92) == 1);
	CHECK(prints(ENTRY_READING, 92) == 0);
	CHECK(pipeline_push(&p, &devices[0], told, 3, &at) && prints(ENTRY_READING, 55) == 1);
	CHECK(s->told[s->n - 1].print == 55);
	CHECK(s->told[s->n - 1].reading.series == devices[0].taps[1].series);
	CHECK(pipeline_push(&p, &devices[0], told + 2, 1, &at));	/* nothing is kept */
	CHECK(prints(ENTRY_READING, 55) == 1);
	make_durable();
	end();
}

/* Of a message of which a part was lost no print says that it is whole. */
static void
a_part_of_a_message_has_no_print(void)
{
	const struct push told[] = {
		{ .key = "a", .kind = PUSH_NUMBER, .number = 1 },
		{ .key = "b", .kind = PUSH_NUMBER, .number = 2 },
	};
	struct moment at = { .time = test_wall, .mono = test_mono, .due = test_mono };

	begin(1, "", "", 8192);
	for (at.print = 100; p.lost == 0 && at.print < 10000; at.print++)
		pipeline_push(&p, &devices[0], told, 2, &at);
	CHECK(p.lost > 0);
	CHECK(prints(ENTRY_READING, at.print - 2) == 1 && prints(ENTRY_READING, at.print - 1) == 0);
	end();
}

/* Names that cannot be stored cost those their receipts who have such. */
static void
only_what_went_is_owed_no_more(void)
{
	begin_small();
	say("x a 1\n");
	say_on(w.other, "x a 1\n");
	CHECK(w.bus->nowed == 1 && w.other->nowed == 1);
	bus_forsaken(w.owing, UINT32_MAX);
	CHECK(w.bus->nowed == 1 && w.other->nowed == 1);
	bus_forsaken(w.owing, devices[1].taps[0].series);
	CHECK(w.bus->nowed == 1 && w.other->nowed == 0);
	make_durable();
	CHECK(strcmp(w.sent, "ok1 ") == 0);
	end();
}

static size_t
notes(const char *text)
{
	size_t n = 0;

	store_flush(s);
	for (size_t i = 0; i < s->n; i++)
		n += s->told[i].kind == ENTRY_NOTE && strstr(s->told[i].note.text, text) != NULL;
	return n;
}

static void
begin_clock(enum link_clock clock)
{
	conf.clock = clock;
	conf.clock_bound = 60 * S;
	begin(1, "unit = \"x\";", "", 65536);
	w.sent[0] = '\0';
	test_trusted = p.trusted = true;
}

/* It says so many ms more than our clock. */
static void
tell_clock(int64_t ahead)
{
	char text[40];

	snprintf(text, sizeof(text), "= %lld\n", (long long)(test_wall + ahead));
	say(text);
}

static const struct reading *
newest_of(size_t point)
{
	const struct reading *found = NULL;

	store_flush(s);
	for (size_t i = 0; i < s->n; i++)
		if (s->told[i].kind == ENTRY_READING &&
		    s->told[i].reading.series == devices[0].taps[point].series)
			found = &s->told[i].reading;
	CHECK(found != NULL);
	return found;
}

/* When it has spoken, once a day, and after a call no sooner than in an hour. */
static void
a_clock_is_asked_daily_and_after_a_call(void)
{
	const struct station_clock *c;

	begin_clock(CLOCK_WATCH);
	c = w.bus->stations[0].clock;
	say("x a 1\n");
	CHECK(strcmp(w.sent, "clock? ") == 0 && !c->known);
	say("x a 2\n");
	run_until(test_mono + 2 * S);
	CHECK(strcmp(w.sent, "clock? ") == 0);
	tell_clock(-30 * 1000 - 1000);		/* 31 s behind at 1 s before now */
	CHECK(c->known && c->offset == -30000 && !c->wrong);
	CHECK(newest_of(2)->value.d == -30 && newest_of(2)->quality.code == Q_GOOD);
	CHECK(notes("clock") == 0);
	run_until(test_mono + 23 * 3600 * S);
	say("x a 3\n");
	CHECK(strcmp(w.sent, "clock? ") == 0);
	run_until(test_mono + 3600 * S);
	say("x a 4\nx a 5\n");
	CHECK(strcmp(w.sent, "clock? clock? ") == 0);
	say("=\n=\n");
	CHECK(c->failed && notes("does not tell what its clock says: refuses it") == 1);
	run_until(test_mono + 60 * S);
	link_is_down(&w.bus->link, "closed", test_mono);
	run_until(test_mono + 20 * S);
	CHECK(w.bus->link.state == LINK_UP);
	say("x a 6\n");
	CHECK(strcmp(w.sent, "clock? clock? ") == 0);
	run_until(test_mono + 3600 * S);
	link_is_down(&w.bus->link, "closed", test_mono);
	run_until(test_mono + 20 * S);
	say("x a 7\n");
	CHECK(strcmp(w.sent, "clock? clock? clock? ") == 0);
	make_durable();
	end();
	begin_clock(CLOCK_WATCH);		/* what is not known here cannot be compared */
	test_trusted = p.trusted = false;
	say("x a 1\n");
	CHECK(w.sent[0] == '\0');
	test_trusted = true;
	make_durable();
	end();
	begin_clock(CLOCK_OFF);
	say("x a 1\n");
	CHECK(w.sent[0] == '\0');
	make_durable();
	end();
}

static void
what_a_wrong_clock_stamps_is_marked(void)
{
	begin_clock(CLOCK_WATCH);
	w.told = test_wall - 100000;
	say("x a 1\n");
	CHECK(newest_of(0)->quality.flags == 0);
	tell_clock(-61000);
	CHECK(notes("clock is 61.0 s behind") == 1);
	say("x a 2\n");
	CHECK(newest_of(0)->quality.flags == QF_CLOCK_UNTRUSTED && newest_of(0)->time == w.told);
	w.told = 0;				/* that of the arrival is ours */
	say("x a 3\n");
	CHECK(newest_of(0)->quality.flags == 0);
	run_until(test_mono + 24 * 3600 * S);
	say("x a 4\n");
	tell_clock(60000);
	CHECK(notes("clock is right again: 60.0 s ahead") == 1);
	w.told = test_wall - 100000;
	say("x a 5\n");
	CHECK(newest_of(0)->quality.flags == 0 && strstr(w.sent, "set!") == NULL);
	make_durable();
	end();
}

/* That it will be is in the journal before it is, and then it is looked at again. */
static void
a_clock_is_set_when_that_is_kept(void)
{
	struct station_clock *c;

	begin_clock(CLOCK_SET);
	c = w.bus->stations[0].clock;
	say("x a 1\n");
	tell_clock(3600 * 1000);
	CHECK(c->wrong && c->noted != 0);
	say("x a 2\n");
	run_until(test_mono + S);
	CHECK(strstr(w.sent, "set!") == NULL);
	store_flush(s);
	CHECK(notes("clock is set: it is 3600.0 s ahead") == 1);
	run_until(test_mono + S);
	CHECK(strcmp(w.sent, "clock? set! ") == 0 && c->noted == 0);
	say("= 1\n");
	CHECK(notes("clock was set") == 1);
	make_durable();
	w.sent[0] = '\0';
	say("x a 3\n");
	run_until(test_mono + 61 * S);
	say("x a 4\n");
	CHECK(strcmp(w.sent, "clock? ") == 0);
	tell_clock(3600 * 1000);		/* it did not: no second time today */
	CHECK(c->wrong && c->noted == 0 && notes("clock is set") == 1);
	run_until(test_mono + 3600 * S);
	say("x time?\n");			/* it asks for it */
	CHECK(notes("clock is set: it asks for it") == 1);
	run_until(test_mono + S);
	CHECK(strstr(w.sent, "set! ") != NULL);
	say("=\n");
	CHECK(notes("clock was not set: refuses it") == 1);
	say("x time?\n");
	CHECK(c->noted == 0);
	make_durable();
	end();
}

/* As any command: not where nothing proves who would take it. */
static void
a_clock_is_not_set_for_anybody(void)
{
	begin_clock(CLOCK_SET);
	w.bus->link.unproven = true;
	say("x a 1\n");
	tell_clock(3600 * 1000);
	say("x time?\nx time?\n");
	make_durable();
	run_until(test_mono + S);
	CHECK(w.bus->stations[0].clock->noted == 0 && strstr(w.sent, "set!") == NULL);
	CHECK(notes("clock is not set: nothing proves who is at the end of link line") == 1);
	CHECK(newest_of(2)->quality.flags == QF_LINK_UNPROVEN);
	conf.control = true;
	say("x time?\n");
	conf.control = false;
	CHECK(w.bus->stations[0].clock->noted != 0);
	w.bus->stations[0].clock->noted = 0;
	make_durable();
	end();
}

static void
tell_minute(int64_t minute)
{
	w.told = minute * 60000;
	say("x b 5\n");
	w.told = 0;
}

static size_t
minutes(void)
{
	return count(devices[0].taps[1].series, Q_GOOD);
}

static void
begin_history(enum link_history history)
{
	conf.history = history;
	conf.history_back = 24 * 3600 * S;
	begin(1, "unit = \"x\";", "", 65536);
	inflow_begin(&w.inflow, w.loop, &p);
	w.bus->inflow = &w.inflow;
	w.sent[0] = '\0';
}

/* Of ten minutes three are missing: they are asked for when it speaks, and stored once. */
static void
what_is_missing_is_asked_for(void)
{
	int64_t m;

	begin_history(HISTORY_MINUTE);
	m = test_wall / 60000 - 20;
	for (int64_t i = 0; i < 4; i++)
		tell_minute(m + i);
	CHECK(w.sent[0] == '\0');
	run_until(test_mono + 31 * S);
	tell_minute(m + 7);
	CHECK(strcmp(w.sent, "history? ") == 0);
	CHECK(w.from == (m + 4) * 60000 && w.to == (m + 6) * 60000 && w.inflow.fetching == 1);
	tell_minute(m + 4);
	tell_minute(m + 4);			/* the question was heard twice */
	tell_minute(m + 5);
	CHECK(minutes() == 7);
	say("= 1\n");				/* and it has no more */
	CHECK(notes("were missing: 2 values came") == 1 && w.inflow.fetching == 0);
	run_until(test_mono + 31 * S);
	say("x a 1\n");
	run_until(test_mono + 31 * S);
	tell_minute(m + 8);
	make_durable();
	CHECK(strstr(w.sent, "history? ok") != NULL && strstr(w.sent + 9, "history?") == NULL);
	end();
}

/* One that tells of each factor by itself: what is acknowledged is kept. */
static void
what_is_of_another_factor_is_no_repetition(void)
{
	int64_t m;

	begin_history(HISTORY_MINUTE);
	m = test_wall / 60000 - 20;
	for (int64_t i = 0; i < 4; i++)
		tell_minute(m + i);
	run_until(test_mono + 31 * S);
	tell_minute(m + 7);
	CHECK(strcmp(w.sent, "history? ") == 0);
	w.told = (m + 4) * 60000;
	say("x b 5\nx c 6\nx b 5\n");		/* of what was asked for */
	CHECK(minutes() == 6 && count(devices[0].taps[3].series, Q_GOOD) == 1);
	w.told = (m + 8) * 60000;
	say("x b 7\nx c 8\n");			/* of now, while it answers */
	CHECK(minutes() == 7 && count(devices[0].taps[3].series, Q_GOOD) == 2);
	w.told = (m + 8) * 60000 + 5000;	/* of no whole minute */
	say("x b 9\n");
	CHECK(minutes() == 8);
	w.told = 0;
	say("= 1\n");
	CHECK(notes("were missing: 1 values came") == 1);
	make_durable();
	end();
}

static void
what_it_does_not_give_is_asked_for_later(void)
{
	int64_t m;

	begin_history(HISTORY_ALL);
	m = test_wall / 60000 - 20;
	for (int64_t i = 0; i < 3; i++)
		tell_minute(m + i);
	run_until(test_mono + 31 * S);
	tell_minute(m + 9);
	CHECK(strcmp(w.sent, "history? ") == 0);
	link_is_down(&w.bus->link, "closed", test_mono);
	CHECK(w.inflow.fetching == 0 && w.bus->asked == NULL);
	run_until(test_mono + 31 * S);
	w.sent[0] = '\0';
	say("x a 1\n");
	CHECK(strcmp(w.sent, "history? ") == 0);
	say("=\n");
	CHECK(notes("were missing: refuses it") == 1);
	make_durable();
	w.sent[0] = '\0';
	run_until(test_mono + 23 * 3600 * S);
	say("x a 1\n");
	make_durable();
	CHECK(strstr(w.sent, "history?") == NULL);
	end();
	begin_history(HISTORY_HOUR);		/* no minutes */
	m = test_wall / 60000 - 20;
	for (int64_t i = 0; i < 3; i++)
		tell_minute(m + i);
	run_until(test_mono + 31 * S);
	tell_minute(m + 9);
	CHECK(w.sent[0] == '\0' && w.bus->stations[0].history == NULL);
	make_durable();
	end();
}

/* Days begin at midnight in China, and are asked for although they are old. */
static void
days_that_are_missing_are_asked_for(void)
{
	const int64_t zone = 8 * 3600000, day = 86400000;
	int64_t d;

	begin_history(HISTORY_DAY);
	w.past = PAST_DAYS;
	d = (test_wall + zone) / day - 7;
	for (int64_t i = 0; i < 6; i++) {
		if (i == 3 || i == 4)
			continue;
		w.told = (d + i) * day - zone;
		say("x b 5\n");
		run_until(test_mono + 31 * S);
	}
	w.told = 0;
	say("x a 1\n");
	CHECK(strcmp(w.sent, "history? ") == 0 && w.inflow.fetching == 1);
	CHECK(w.from == (d + 3) * day - zone && w.to == (d + 4) * day - zone);
	say("= 1\n");
	CHECK(notes("days from ") == 1 && bus_history_back(&conf) == HISTORY_DAYS * day);
	w.told = (d + 6) * day;			/* midnight of somewhere else */
	say("x b 5\n");
	CHECK(w.bus->stations[0].history->gaps[PAST_DAYS].newest == d + 5);
	make_durable();
	end();
}

static void
begin_setting(void)
{
	begin(1, "unit = \"x\";", "", 65536);
	w.sent[0] = '\0';
	w.bus->link.unproven = false;
}

/* It is asked how it has it, told where that is another one, and asked again. */
static void
an_interval_is_set_when_that_is_kept(void)
{
	struct station_setting *is;

	conf.interval = 60 * S;
	begin_setting();
	is = &w.bus->stations[0].settings[SETTING_INTERVAL];
	say("x a 1\n");
	CHECK(strcmp(w.sent, "how? ") == 0 && w.setting == SETTING_INTERVAL);
	say("= 30\n");
	CHECK(is->noted != 0 && is->value == 30);
	say("x a 2\n");
	run_until(test_mono + S);
	CHECK(strstr(w.sent, "do!") == NULL);
	store_flush(s);
	CHECK(notes("real-time interval is set to 60 s: it is 30 s") == 1);
	run_until(test_mono + S);
	CHECK(strstr(w.sent, "do! ") != NULL && w.value == 60 && is->noted == 0);
	say("= 0\n");
	CHECK(notes("real-time interval was set") == 1);
	make_durable();
	w.sent[0] = '\0';
	run_until(test_mono + 61 * S);
	say("x a 3\n");
	CHECK(strcmp(w.sent, "how? ") == 0);
	say("= 30\n");				/* it did not: no second time today */
	CHECK(is->noted == 0 && notes("real-time interval is still 30 s") == 1);
	run_until(test_mono + 25 * 3600 * S);
	say("x a 4\n");
	say("= 60\n");
	CHECK(is->noted == 0 && is->value == 60 && !is->differs);
	make_durable();
	w.sent[0] = '\0';
	run_until(test_mono + 25 * 3600 * S);
	say("x a 5\n");
	say("=\n");
	CHECK(notes("does not tell its real-time interval: refuses it") == 1 && is->noted == 0);
	make_durable();
	end();
}

/* As a clock: not where nothing proves who would take it. */
static void
an_interval_is_not_set_for_anybody(void)
{
	conf.interval_minute = 600 * S;
	begin_setting();
	w.bus->link.unproven = true;
	say("x a 1\n");
	CHECK(strcmp(w.sent, "how? ") == 0 && w.setting == SETTING_MINUTES);
	say("= 5\n");
	make_durable();
	run_until(test_mono + S);
	CHECK(w.bus->stations[0].settings[SETTING_MINUTES].noted == 0);
	CHECK(notes("interval of minute data is not set: nothing proves who is at the end of "
	    "link line") == 1 && strstr(w.sent, "do!") == NULL);
	end();
}

static void
what_is_not_to_come_is_stopped_and_what_is_is_begun(void)
{
	conf.realtime = UPLOAD_OFF;
	conf.states = UPLOAD_ON;
	begin_setting();
	w.is = 1 << SETTING_STATES;
	say("x a 1\n");
	CHECK(w.sent[0] == '\0');
	w.is = 1 << SETTING_DATA;
	say("x a 2\nx a 3\n");
	CHECK(notes("upload of real-time data is set to off: it comes") == 1);
	run_until(test_mono + S);
	CHECK(strstr(w.sent, "do! ") != NULL && w.setting == SETTING_DATA && w.value == 0);
	say("= 0\n");
	make_durable();
	w.sent[0] = '\0';
	w.is = 0;
	run_until(test_mono + 400 * S + device_silence(&devices[0]));
	say("x a 4\n");
	CHECK(notes("upload of states is set to on: none comes") == 1);
	run_until(test_mono + S);
	CHECK(strstr(w.sent, "do! ") != NULL && w.setting == SETTING_STATES && w.value == 1);
	say("=\n");
	CHECK(notes("upload of states was not set: refuses it") == 1);
	make_durable();
	end();
}

/* One message every so often (s), stamped so many ms before now. */
static void
tell_behind(int n, int64_t each, int64_t behind)
{
	static int figure;

	for (int i = 0; i < n; i++) {
		char text[40];

		w.told = behind < 0 ? w.told : test_wall - behind;
		w.said += w.said != 0;		/* some only count there */
		snprintf(text, sizeof(text), "x a %d\n", ++figure % 10);
		say(text);
		make_durable();
		run_until(test_mono + each * S);
	}
}

static unsigned
marked(void)
{
	return newest_of(0)->quality.flags & QF_CLOCK_UNTRUSTED;
}

static void
a_clock_that_stands_still_is_seen(void)
{
	begin_clock(CLOCK_WATCH);
	w.is = 1 << SETTING_DATA;
	tell_behind(3, 30, 777);
	tell_clock(0);
	w.sent[0] = '\0';
	run_until(test_mono + 3600 * S);
	tell_behind(1, 30, 777);
	tell_behind(5, 30, -1);
	CHECK(notes("clock stands still") == 0 && !marked());
	tell_behind(3, 30, -1);
	CHECK(notes("clock stands still: for 1") == 1 && marked());
	CHECK(strstr(w.sent, "clock? ") != NULL);	/* and is asked at once */
	tell_behind(1, 30, 777);
	tell_behind(1, 30, 777);
	CHECK(notes("clock is right again, by what it stamps") == 1 && !marked());
	make_durable();
	end();
	begin_clock(CLOCK_OFF);			/* the same figures: it has not measured again */
	w.is = 1 << SETTING_DATA;
	w.told = test_wall - 777;
	for (int i = 0; i < 100; i++) {
		say("x a 5\n");
		make_durable();
		run_until(test_mono + 30 * S);
	}
	w.told = test_wall / 3600000 * 3600000;	/* stamps of whole hours */
	tell_behind(110, 30, -1);
	CHECK(notes("clock stands still") == 0);
	make_durable();
	end();
}

static void
a_clock_that_was_set_back_is_seen(void)
{
	begin_clock(CLOCK_OFF);
	w.is = 1 << SETTING_DATA;
	w.said = test_wall;
	tell_behind(3, 30, 500);
	tell_behind(2, 30, 7200 * 1000);
	CHECK(notes("clock was set back") == 0 && !marked());
	tell_behind(3, 30, 7200 * 1000);
	CHECK(notes("clock was set back by 7199 s, by what it stamps") == 1 && marked());
	tell_behind(2, 30, 400);
	CHECK(notes("clock is right again") == 1 && !marked());
	make_durable();
	end();
	begin_clock(CLOCK_OFF);			/* one that was ahead, and is right now */
	w.is = 1 << SETTING_DATA;
	tell_behind(3, 30, -1);
	w.told = test_wall + 300000;
	tell_behind(1, 30, -1);
	tell_behind(6, 30, 500);
	CHECK(notes("and is right now") == 1 && !marked());
	make_durable();
	end();
}

/* What was kept comes late, and its clock is as good as ever. */
static void
what_is_sent_again_is_no_clock_set_back(void)
{
	for (int how = 0; how < 4; how++) {
		begin_clock(CLOCK_OFF);
		w.is = 1 << SETTING_DATA;
		tell_behind(3, 30, 500);
		for (int i = 0; i < 30; i++) {
			w.again = how == 0;	/* it says so */
			w.said = how == 1 ? test_wall : 0;	/* by a clock that goes on */
			w.told = test_wall - 7200 * 1000 + (how == 3 ? i * 30000 : 0);	/* faster */
			tell_behind(1, 30, -1);
			w.again = false;
			if (how == 2)		/* beside what is of now */
				tell_behind(1, 1, 500);
		}
		CHECK(notes("clock was set back") == 0 && !marked());
		make_durable();
		end();
	}
}

/* Two claim to be it: it is asked something at once. */
static void
who_tells_can_be_asked_in_a_duel(void)
{
	begin(1, "", "", 65536);
	w.sent[0] = '\0';
	CHECK(w.bus->link.owner->prove != NULL);
	w.bus->link.owner->prove(&w.bus->link, test_mono);
	CHECK(strcmp(w.sent, "proof? ") == 0 && w.bus->asked == NULL);
	link_is_down(&w.bus->link, "closed", test_mono);
	w.bus->link.owner->prove(&w.bus->link, test_mono);
	CHECK(strcmp(w.sent, "proof? ") == 0);
	end();
}

/* A full store takes it not, and says so by silence. */
static void
a_full_store_acknowledges_nothing(void)
{
	int i = 0;

	begin(1, "", "", 8192);
	while (p.lost == 0 && i++ < 10000)
		say("x a 1\n");
	CHECK(p.lost > 0);
	bus_owes_nothing(w.bus);
	w.sent[0] = '\0';
	say("x a 1\n");
	CHECK(w.bus->nowed == 0 && w.sent[0] == '\0');
	end();
}

static void
fill(void)
{
	while (pipeline_admits(&p, 0))
		pipeline_note(&p, "test", "%200s", "fills the store");
	CHECK(p.lost == 0);
}

static void
what_has_no_room_waits_in_the_line(void)
{
	begin_small();
	fill();
	say("x a 1\nx a 2\nx a");
	CHECK(w.bus->waits && w.bus->link.waits && w.bus->nowed == 0 && p.lost == 0);
	say(" 3\n");				/* a datagram is heard all the same */
	say_on(w.other, "x a 4\n");
	CHECK(w.inflow.waiting == 2);
	fire(&w.inflow.turn);
	CHECK(w.inflow.waiting == 2 && w.bus->stations[0].answers == 0);
	let_in();
	CHECK(!w.bus->waits && !w.bus->link.waits && !w.other->link.waits && p.lost == 0);
	make_durable();
	CHECK(count(devices[0].taps[0].series, Q_GOOD) == 3);
	CHECK(count(devices[1].taps[0].series, Q_GOOD) == 1);
	CHECK(w.bus->nowed == 0 && w.bus->rest == NULL);
	end();
}

static void
each_line_has_its_turn(void)
{
	begin_small();
	fill();
	say("x a 1\nx a 2\nx a 3\n");
	say_on(w.other, "x a 4\nx a 5\n");
	make_durable();
	inflow_grew(&w.inflow, test_mono);
	fire(&w.inflow.turn);			/* two lines: two messages */
	CHECK(w.bus->stations[0].answers == 1 && w.other->stations[0].answers == 1);
	fire(&w.inflow.turn);
	CHECK(w.bus->stations[0].answers == 2 && w.other->stations[0].answers == 2);
	CHECK(w.bus->waits && !w.other->waits);
	let_in();
	CHECK(w.bus->stations[0].answers == 3);
	make_durable();
	end();
}

static void
a_line_that_goes_waits_no_more(void)
{
	begin_small();
	fill();
	say("x a 1\n");
	say_on(w.other, "x a 4\n");
	link_is_down(&w.bus->link, "closed", test_mono);
	CHECK(!w.bus->waits && !w.bus->link.waits && w.inflow.waiting == 1);
	let_in();
	CHECK(w.bus->stations[0].answers == 0 && w.other->stations[0].answers == 1);
	run_until(test_mono + 2 * S);
	CHECK(w.bus->link.state == LINK_UP);
	fill();
	say("x a 1\n");
	bus_forget_told(w.bus);
	CHECK(w.inflow.waiting == 0);
	make_durable();
	end();
}

/* Nobody looked at it meanwhile: that it broke is seen when it is acknowledged. */
static void
a_line_that_breaks_when_it_is_heard_waits_no_more(void)
{
	begin_small();
	fill();
	say("x\n");
	say_on(w.other, "x a 4\n");
	CHECK(w.inflow.waiting == 2);
	w.send_fails = true;
	make_durable();
	inflow_grew(&w.inflow, test_mono);
	fire(&w.inflow.turn);
	CHECK(w.bus->link.state == LINK_CLOSED && w.inflow.waiting <= 1);
	w.send_fails = false;
	let_in();
	CHECK(w.inflow.waiting == 0 && w.other->stations[0].answers == 1);
	make_durable();
	end();
	begin_small();				/* the only one */
	fill();
	say("x\n");
	w.send_fails = true;
	let_in();
	CHECK(w.bus->link.state == LINK_CLOSED && w.inflow.waiting == 0);
	w.send_fails = false;
	run_until(test_mono + 2 * S);
	say("x a 1\n");
	CHECK(w.bus->link.state == LINK_UP && !w.bus->waits && w.bus->nowed == 1);
	make_durable();
	end();
}

static void
whoever_waits_is_not_silent(void)
{
	int64_t t0;

	begin_small();
	say("x a 1\n");
	t0 = test_mono;
	fill();
	say("x a 2\n");
	CHECK(w.bus->waits);
	run_until(t0 + 7201 * S);
	CHECK(!station_dark(&w.bus->stations[0]));
	let_in();
	CHECK(!w.bus->waits && !station_dark(&w.bus->stations[0]));
	run_until(test_mono + 7201 * S);
	CHECK(station_dark(&w.bus->stations[0]));
	make_durable();
	end();
}

static void
make_rule_on(const char *device, const char *class, const char *max_age)
{
	char text[200];
	struct arena *arena = instrument_arena();
	const struct constants none = { NULL, 0 };
	struct tree *tree;

	snprintf(text, sizeof(text), "name = \"r\"; on = \"%s\"; when = \"a > 100\"; "
	    "priority = \"high\"; class = \"%s\"; max_age = \"%s\";", device, class, max_age);
	tree = tree_parse(text, "r.conf", arena, instrument_errs());
	rule = arena_alloc(arena, sizeof(*rule));
	CHECK(key_load(tree_root(tree), rule_keys, rule, arena, instrument_errs()) == 0);
	CHECK(rule_compile(rule, &none, arena, instrument_errs()) == 0);
	tree_close(tree);
}

static void
make_rule(const char *class)
{
	make_rule_on("two", class, "1h");
}

/* So many seconds later it tells of so many seconds ago. */
static void
tell_late(int later, int ago, const char *what)
{
	run_until(test_mono + later * S);
	w.told = test_wall - ago * 1000;
	say(what);
}

/* No rule sees what it tells, and somebody must know. */
static void
a_slow_clock_is_told_of(void)
{
	make_rule_on("one", "process", "70s");
	begin(1, "unit = \"x\"; heartbeat = \"20min\";", "", 65536);
	tell_late(0, 300, "x a 150\n");
	CHECK(notes("behind") == 0 && !w.bus->stations[0].clock->old);
	for (int i = 0; i < 5; i++)
		tell_late(4, 300, "x a 150\n");
	CHECK(w.bus->stations[0].clock->old && w.bus->stations[0].clock->behind == 300000);
	say("x b 1\n");				/* nothing hangs on it */
	CHECK(w.bus->stations[0].clock->old);
	CHECK(notes("clock is 300 s behind that of the gateway") == 1);
	CHECK(notes("no rule sees its figures") == 1 && p.alarms == 0);
	CHECK(newest_of(0)->time == w.told);
	for (int i = 0; i < 5; i++)
		tell_late(600, 300, "x a 150\n");
	CHECK(notes("behind") == 1);
	tell_late(600, 300, "x a 150\n");
	CHECK(notes("behind") == 2 && w.bus->stations[0].clock->old);
	tell_late(4, 1, "x a 1\n");		/* it was set */
	CHECK(!w.bus->stations[0].clock->old);
	make_durable();
	end();
	make_rule_on("one", "process", "70s");
	begin(1, "unit = \"x\"; heartbeat = \"20min\";", "", 65536);
	for (int i = 0; i < 9; i++)		/* not so old that it mattered */
		tell_late(4, 69, "x a 1\nx b 1\n");
	tell_late(4, 69, "x a 150\n");
	CHECK(notes("behind") == 0 && p.alarms == 1 && !w.bus->stations[0].clock->old);
	CHECK(newest_of(0)->time == w.told);
	make_durable();
	end();
}

/* 60 %LEL that are told now by a clock that is slow are gas. */
static void
life_hears_one_whose_clock_is_slow(void)
{
	make_rule_on("one", "life", "70s");
	begin(1, "unit = \"x\"; heartbeat = \"60s\";", "", 65536);
	tell_late(0, 300, "x a 1\n");
	tell_late(4, 300, "x a 1\n");
	CHECK(newest_of(0)->time == w.told);
	tell_late(4, 301, "x a 150\n");
	CHECK(p.alarms == 1 && notes("class life watch is taken as of its arrival") == 1);
	CHECK(newest_of(0)->time == test_wall);
	CHECK(newest_of(0)->quality.flags == QF_CLOCK_UNTRUSTED);
	say("x b 1\n");				/* nothing hangs on it */
	CHECK(newest_of(1)->time == w.told);
	tell_late(4, 360, "x a 1\n");		/* of before: it clears nothing */
	CHECK(p.alarms == 1 && newest_of(0)->time == w.told);
	make_durable();
	end();
}

/* What was measured while the line was down is not of now, however it comes. */
static void
a_backlog_is_no_slow_clock(void)
{
	make_rule_on("one", "life", "70s");
	begin(1, "unit = \"x\"; heartbeat = \"60s\";", "", 65536);
	for (int i = 0; i < 5; i++)
		tell_late(4, 0, "x a 1\n");
	run_until(test_mono + 300 * S);
	for (int i = 0; i < 50; i++)		/* of each 4 s, at once */
		tell_late(0, 300 - 4 * i, "x a 150\n");
	for (int i = 0; i < 7; i++)		/* and one a second */
		tell_late(1, 100 - 3 * i, "x a 150\n");
	CHECK(p.alarms == 0 && notes("behind") == 0 && newest_of(0)->time == w.told);
	for (int i = 0; i < 9; i++) {		/* beside what is of now */
		tell_late(2, 0, "x a 1\n");
		tell_late(2, 300, "x a 150\n");
	}
	CHECK(p.alarms == 0 && notes("behind") == 0 && newest_of(0)->time == w.told);
	make_durable();
	end();
}

/* What alarms hang on goes first, and is judged also when the disk gets on no more. */
static void
what_rules_watch_goes_first(void)
{
	make_rule("process");
	begin_small();
	fill();
	say("x a 1\nx a 2\n");
	say_on(w.other, "x a 3\nx a 4\n");
	CHECK(w.other->waits && w.other->watched && !w.bus->watched);
	make_durable();
	inflow_grew(&w.inflow, test_mono);
	fire(&w.inflow.turn);
	CHECK(w.bus->stations[0].answers == 0 && w.other->stations[0].answers == 2);
	let_in();
	fill();
	say("x a 5\n");
	say_on(w.other, "x a 150\nx a 6\n");
	CHECK(p.alarms == 0 && w.inflow.waiting == 2);
	test_mono += 5 * S;
	fire(&w.inflow.turn);
	fire(&w.inflow.turn);
	CHECK(w.other->stations[0].answers == 4 && !w.other->waits && w.bus->waits);
	CHECK(p.alarms + p.nkept > 0 && w.inflow.told);
	let_in();
	CHECK(!w.bus->waits && !w.inflow.told);
	make_durable();
	end();
}

static void
what_life_hangs_on_never_waits(void)
{
	make_rule("life");
	begin_small();
	fill();
	say("x a 1\n");
	say_on(w.other, "x a 150\n");
	CHECK(w.bus->waits && !w.other->waits && w.other->stations[0].answers == 1);
	CHECK(p.alarms + p.nkept > 0);
	let_in();
	make_durable();
	end();
}

static void
nothing_is_asked_there(void)
{
	static const struct ask ask = { .function = 3, .count = 1 };

	begin(1, "", "", 65536);
	CHECK(bus_ask(w.bus, &ask, NULL, NULL) < 0);
	run_until(test_mono + 10000 * S);
	end();
}

int
main(void)
{
	log_open(LOG_LEVEL_ERR);
	RUN(what_is_told_is_kept_before_it_is_acknowledged);
	RUN(several_messages_of_one_piece_are_heard_one_by_one);
	RUN(what_brings_nothing_to_store_is_acknowledged_at_once);
	RUN(each_unit_has_its_own);
	RUN(silence_is_told_once_and_then_seldom);
	RUN(a_line_that_goes_is_no_silence);
	RUN(what_comes_again_before_it_is_durable_is_kept_once);
	RUN(what_comes_again_over_the_next_line_is_kept_once);
	RUN(a_line_that_breaks_while_it_pays_is_down);
	RUN(more_than_is_kept_in_mind_is_sent_again);
	RUN(a_message_leaves_its_print_with_its_last_entry);
	RUN(a_part_of_a_message_has_no_print);
	RUN(only_what_went_is_owed_no_more);
	RUN(a_clock_is_asked_daily_and_after_a_call);
	RUN(what_a_wrong_clock_stamps_is_marked);
	RUN(a_clock_is_set_when_that_is_kept);
	RUN(a_clock_is_not_set_for_anybody);
	RUN(what_is_missing_is_asked_for);
	RUN(what_is_of_another_factor_is_no_repetition);
	RUN(what_it_does_not_give_is_asked_for_later);
	RUN(days_that_are_missing_are_asked_for);
	RUN(an_interval_is_set_when_that_is_kept);
	RUN(an_interval_is_not_set_for_anybody);
	RUN(what_is_not_to_come_is_stopped_and_what_is_is_begun);
	RUN(a_clock_that_stands_still_is_seen);
	RUN(a_clock_that_was_set_back_is_seen);
	RUN(what_is_sent_again_is_no_clock_set_back);
	RUN(who_tells_can_be_asked_in_a_duel);
	RUN(a_full_store_acknowledges_nothing);
	RUN(what_has_no_room_waits_in_the_line);
	RUN(each_line_has_its_turn);
	RUN(a_line_that_goes_waits_no_more);
	RUN(a_line_that_breaks_when_it_is_heard_waits_no_more);
	RUN(whoever_waits_is_not_silent);
	RUN(what_rules_watch_goes_first);
	RUN(what_life_hangs_on_never_waits);
	RUN(nothing_is_asked_there);
	RUN(a_slow_clock_is_told_of);
	RUN(life_hears_one_whose_clock_is_slow);
	RUN(a_backlog_is_no_slow_clock);
	return 0;
}
