/* Lines of Modbus RTU that a rule of class life watches, in virtual time: one answer of
 * fifty comes 4 to 64 s after its question, and others overtake it.  The bus, its
 * stations and the wire are those of the program.  Each register tells its number and
 * the ordinal of the question, so that what is booked to another one is seen. */
#include <stdlib.h>
#include <string.h>

#include "../../gateway/field/poller.h"
#include "../../gateway/log.h"
#include "../../protocols/crc.h"
#include "../check.h"
#include "../unit/instrument.h"
#include "../unit/store.h"
#include "chance.h"

#define S		US_PER_S
#define FLYING		64
#define ASKED		4096		/* as far as an ordinal tells */
#define POINTS_MAX	8
#define BLIND		(20 * S)	/* the most that a life can wait, and */
#define SILENT		(100 * S)	/* past this it must have been said */
#define ONE_PERIOD	(10 * S)	/* what the poll before and after it take */

/* What a line has on it, and what is wrong there. */
struct life_site {
	const char	*name, *points;
	unsigned	 late, lost;		/* of 1000 */
	bool		 same;			/* what comes late may be told, with a mark */
	int64_t		 dead_every, dead_for;	/* nothing is answered; 0: always something */
	bool		 whole;			/* what is no whole block is refused */
	uint64_t	 polls;
	int64_t		 most_blind;
	bool		 wretched;		/* its figures are not those of a good line */
};

struct flying {
	int64_t	at;			/* 0: no such */
	size_t	n;
	uint8_t	bytes[64];
};

static struct far {
	const struct life_site *site;
	struct loop	*loop;
	struct bus	*bus;
	struct flying	 flying[FLYING];
	struct chance	 luck;
	uint64_t	 ordinal, late;
	int64_t		 asked[ASKED];	/* mono us, by ordinal */
} w;

/* What came of it. */
static struct found {
	uint64_t readings, wrong, old, marked_old, marked;
	int64_t	 heard[POINTS_MAX], blind[POINTS_MAX];
	int64_t	 bad[POINTS_MAX];	/* mono us: so it was said last */
	uint64_t silences;
} found;

static struct test_store *s;
static struct pipeline p;
static struct device device;

static int64_t
draw(int64_t from, int64_t to)
{
	return from + (int64_t)chance_below(&w.luck, (uint64_t)(to - from));
}

static void
fly(int64_t at, const uint8_t *bytes, size_t n)
{
	for (struct flying *f = w.flying; f < w.flying + FLYING; f++) {
		if (f->at != 0)
			continue;
		f->at = at;
		f->n = n;
		memcpy(f->bytes, bytes, n);
		return;
	}
	CHECK(!"room for one more answer");
}

/* Register and ordinal, 4 and 12 bits. */
static uint16_t
value(unsigned reg, uint64_t ordinal)
{
	return (uint16_t)(reg % 16 << 12 | ordinal % ASKED);
}

static size_t
answer(const uint8_t *question, uint8_t *bytes)
{
	unsigned first = question[2] << 8 | question[3], n = question[4] << 8 | question[5];
	struct buf b = { .at = bytes, .cap = 64 };

	CHECK(question[1] == 3 && n > 0 && n <= 20);
	buf_put8(&b, question[0]);
	if (w.site->whole && n != device.blocks[0].count) {
		buf_put8(&b, 0x83);
		buf_put8(&b, 2);
	} else {
		buf_put8(&b, 3);
		buf_put8(&b, (uint8_t)(2 * n));
		for (unsigned i = 0; i < n; i++)
			buf_putbe16(&b, value(first + i, w.ordinal));
	}
	buf_putle16(&b, crc16_modbus(b.at, b.len));
	return b.len;
}

static int
send_frame(struct link *link, const uint8_t *question, size_t n)
{
	uint8_t bytes[64];
	int64_t every = w.site->dead_every;
	bool dead = every > 0 && test_mono % every < w.site->dead_for;

	(void)link;
	CHECK(n == 8);
	w.asked[++w.ordinal % ASKED] = test_mono;
	n = answer(question, bytes);
	if (draw(0, 1000) < w.site->lost || dead)
		return 0;
	if (draw(0, 1000) < w.site->late) {
		w.late++;
		fly(test_mono + draw(4 * S, 64 * S), bytes, n);
	} else {
		fly(test_mono + draw(4 * S / 10, 9 * S / 10), bytes, n);
	}
	return 0;
}

static int
open_line(struct link *link, int64_t now)
{
	(void)link;
	(void)now;
	return 0;
}

static void
close_line(struct link *link)
{
	(void)link;
}

static const struct link_kind far_kind = { .name = "far", .proto = "modbus-rtu",
    .backoff_max = 10 * S, .open = open_line, .close = close_line, .send = send_frame };

static struct flying *
first_to_land(void)
{
	struct flying *first = NULL;

	for (struct flying *f = w.flying; f < w.flying + FLYING; f++)
		if (f->at != 0 && (first == NULL || f->at < first->at))
			first = f;
	return first;
}

/* What happens next happens. */
static void
step(void)
{
	struct flying *f = first_to_land();
	int64_t wake = w.bus->wake.place != 0 ? w.bus->wake.at : INT64_MAX;
	int64_t next = f != NULL && f->at < wake ? f->at : wake;

	CHECK(next != INT64_MAX);
	if (next > test_mono) {
		test_wall += (next - test_mono) / 1000;
		test_mono = next;
	}
	if (f != NULL && f->at <= test_mono) {
		f->at = 0;
		link_heard(&w.bus->link, f->bytes, f->n, test_mono);
	} else {
		loop_disarm(w.loop, &w.bus->wake);
		w.bus->wake.fire(&w.bus->wake, test_mono);
	}
}

/* The question that was out then. */
static uint64_t
ordinal_at(int64_t mono)
{
	uint64_t i = w.ordinal;

	while (w.asked[i % ASKED] >= mono)
		i--;
	return i;
}

static void
judge(const struct reading *r)
{
	const struct profile *profile = device.profile;
	uint64_t out = ordinal_at(r->mono), said;
	size_t k = 0;

	while (k < profile->npoints && device.taps[k].series != r->series)
		k++;
	CHECK(k < profile->npoints && k < POINTS_MAX);
	if (r->value.kind == VALUE_NONE) {
		found.bad[k] = r->mono;
		return;
	}
	CHECK(r->quality.code == Q_GOOD || r->quality.code == Q_AFTER_BARRIER);
	said = r->value.u;
	found.readings++;
	found.marked += r->quality.code != Q_GOOD;
	if (found.heard[k] != 0 && r->mono - found.heard[k] > found.blind[k])
		found.blind[k] = r->mono - found.heard[k];
	if (w.site->dead_every > 0 && found.heard[k] != 0 &&
	    r->mono - found.heard[k] > SILENT) {
		CHECK(found.bad[k] > found.heard[k]);
		found.silences++;
	}
	found.heard[k] = r->mono;
	for (uint32_t reg = profile->points[k].end; reg-- > profile->points[k].first; said >>= 16) {
		if ((said >> 12 & 15) != reg % 16)
			found.wrong++;
		else if ((said & (ASKED - 1)) != out % ASKED && r->quality.code == Q_GOOD)
			found.old++;
		else if ((said & (ASKED - 1)) != out % ASKED)
			found.marked_old++;
	}
}

static void
judge_all(void)
{
	store_flush(s);
	for (size_t i = 0; i < s->n; i++)
		if (s->told[i].kind == ENTRY_READING)
			judge(&s->told[i].reading);
	s->n = 0;
}

static void
bind(const char *points)
{
	static const char text[] = "name = \"site/x\"; link = \"line\"; profile = \"x\"; "
	    "period = \"5s\";";
	struct arena *arena = instrument_arena();
	struct errs *errs = instrument_errs();
	char profile[1000];
	struct tree *tree;
	const struct profile *made;

	snprintf(profile, sizeof(profile), "name = \"x\"; maker = \"m\"; model = \"x\"; "
	    "family = \"gas\"; source = \"s\"; confidence = \"A\"; unit = \"7\";\n"
	    "points = ( %s );\n", points);
	tree = tree_parse(profile, "x.conf", arena, errs);
	CHECK(tree != NULL && (made = profile_read(tree, arena, errs)) != NULL);
	tree_close(tree);
	memset(&device, 0, sizeof(device));
	tree = tree_parse(text, "t.conf", arena, errs);
	CHECK(tree != NULL);
	CHECK(key_load(tree_root(tree), device_keys, &device.conf, arena, errs) == 0);
	CHECK(device_bind(&device, made, proto_find("modbus-rtu"), arena, errs) == 0);
	tree_close(tree);
	for (size_t k = 0; k < made->npoints; k++)
		device.taps[k].series = store_series(s, "site/x", made->points[k].name);
}

static void
begin(const struct life_site *site)
{
	static const struct link_conf conf = { .name = "line", .proto = "modbus-rtu",
	    .guard = S / 20, .timeout_min = 3 * S / 2, .timeout_max = 4 * S,
	    .max_late = 64 * S, .late_unsaid = true };

	memset(&w, 0, sizeof(w));
	memset(&found, 0, sizeof(found));
	w.luck.state = 5;
	w.site = site;
	s = store_open(4 << 20);
	bind(site->points);
	pipeline_init(&p, s->journal, rules_new(NULL, 0, &device, 1, instrument_arena(),
	    instrument_errs()), &test_clock, POINTS_MAX);
	rules_start(p.rules, test_mono);
	w.loop = loop_new(8);
	w.bus = bus_new(&conf, &device, 1, &p, &test_clock);
	w.bus->link.kind = &far_kind;
	bus_start(w.bus, w.loop, test_mono);
	w.bus->link.retry.fire(&w.bus->link.retry, test_mono);
	link_is_up(&w.bus->link, test_mono);
	station_probes(w.bus->stations, false, true);
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

static void
run(const struct life_site *site)
{
	const struct tally *t;
	int64_t began = test_mono, blind = 0, due;
	double useful;

	begin(site);
	while (w.ordinal < site->polls) {
		for (int i = 0; i < 6000; i++)
			step();
		judge_all();
	}
	t = w.bus->proto->tally(w.bus->session);
	due = (test_mono - began) / (5 * S) * (int64_t)device.profile->npoints;
	useful = (double)found.readings / (double)due;
	for (size_t k = 0; k < device.profile->npoints; k++) {
		CHECK(found.heard[k] != 0);
		blind = found.blind[k] > blind ? found.blind[k] : blind;
	}
	printf("%s: %llu asked, %llu answers late, %llu timed out, of the readings due %.4f came, "
	    "longest without one %.1f s; wrong %llu, old %llu, marked %llu, old and marked %llu\n",
	    site->name, (unsigned long long)t->asked, (unsigned long long)w.late,
	    (unsigned long long)t->timeouts, useful, (double)blind / 1e6,
	    (unsigned long long)found.wrong, (unsigned long long)found.old,
	    (unsigned long long)found.marked, (unsigned long long)found.marked_old);
	fflush(stdout);
	end();
	CHECK(found.wrong == 0 && found.old == 0);
	CHECK(found.marked == 0 || site->same);
	CHECK(blind <= site->most_blind);
	CHECK(useful >= 0.9 || site->wretched);
	CHECK(site->dead_every == 0 || found.silences > 100);
}

#define P(name, reg, raw) "{ name = \"" name "\"; register = " reg "; raw = \"" raw "\"; }"
#define WIDE(name, reg) "{ name = \"" name "\"; register = " reg "; raw = \"u32\"; " \
	"order = \"ABCD\"; }"

#define FIVE	P("state", "0", "u16") "," P("gas", "1", "u16") "," WIDE("total", "2") "," \
	P("fault", "4", "u16") "," P("heat", "5", "u16")

static const struct life_site sites[] = {
	{ "a detector of five points", .points = FIVE,
	  .late = 20, .polls = 60000, .most_blind = BLIND + ONE_PERIOD },
	{ "two points, answers lost too", .points = WIDE("gas", "0") "," P("state", "2", "u16"),
	  .late = 10, .lost = 10, .same = true, .polls = 30000, .most_blind = BLIND + ONE_PERIOD },
	{ "one register alone", .points = P("gas", "3", "u16"),
	  .late = 10, .lost = 5, .same = true, .polls = 30000, .most_blind = 3 * BLIND },
	{ "one that answers only as a whole", .points = FIVE,
	  .late = 10, .same = true, .whole = true, .polls = 30000, .most_blind = 6 * BLIND },
	{ "one that is dead for two minutes of an hour", .points = FIVE,
	  .late = 10, .same = true, .dead_every = 3600 * S, .dead_for = 120 * S, .polls = 30000,
	  .most_blind = 120 * S + 2 * BLIND },
	{ "one that is dead for two minutes of five, and loses the rest", .points = FIVE,
	  .late = 100, .lost = 100, .same = true, .dead_every = 300 * S, .dead_for = 120 * S,
	  .polls = 12000, .most_blind = 600 * S, .wretched = true },
	{ "two that cannot be told apart", .points = P("gas", "3", "u16") "," P("state", "9", "u16"),
	  .late = 10, .same = true, .polls = 30000, .most_blind = 300 * S },
};

int
main(void)
{
	log_open(LOG_LEVEL_ERR);
	for (size_t i = 0; i < sizeof(sites) / sizeof(sites[0]); i++)
		run(&sites[i]);
	printf("ok late answers on lines that life hangs on\n");
	return 0;
}
