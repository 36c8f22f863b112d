#include <string.h>

#include "../../gateway/field/field.h"
#include "../../gateway/log.h"
#include "../check.h"
#include "faulty.h"
#include "instrument.h"
#include "store.h"

/* A supply that is switched off for an uplink is on again whatever happens, and is never
 * switched off while an alarm of class life is active. */

#define S	US_PER_S
#define OFF	"write box/rail.power 0 20s cure:4g"
#define ON	"write box/rail.power 1 20s cure:4g"
#define LIFE	"an alarm of class life is active"

static struct field_role f;
static struct config config;
static struct device devices[2];
static struct test_store *s;
static struct faulty *disk;
static struct far_watch watches[2];
static struct cure cures[2];
static struct cure_step steps[2];
static struct cure_conf confs[2];
static struct bus bus, *buses[] = { &bus };
static struct proto proto;
static const struct link_conf line = { .name = "line", .control = true };

static bool
any(const struct ask *ask)
{
	return ask->function == 6;
}

static int
address(const char *text, uint8_t out[ADDRESS_MAX], const char **why)
{
	(void)text;
	*why = "";
	memset(out, 0, ADDRESS_MAX);
	return 0;
}

static bool
never(void *session, const struct ask *ask, int64_t now, struct out *out)
{
	(void)session;
	(void)ask;
	(void)now;
	(void)out;
	return false;
}

static void
make_device(struct device *d, const char *name, const char *points, const char *more)
{
	char text[500];
	const struct profile *profile;
	struct tree *tree;

	snprintf(text, sizeof(text), "name = \"x\"; maker = \"m\"; model = \"x\"; "
	    "family = \"io\"; source = \"s\"; confidence = \"A\"; unit = \"1\"; points = ( %s );",
	    points);
	tree = tree_parse(text, "x.conf", instrument_arena(), instrument_errs());
	profile = profile_read(tree, instrument_arena(), instrument_errs());
	tree_close(tree);
	CHECK(profile != NULL);
	snprintf(text, sizeof(text), "name = \"%s\"; link = \"line\"; profile = \"x\"; %s", name,
	    more);
	tree = tree_parse(text, "t.conf", instrument_arena(), instrument_errs());
	*d = (struct device){ .profile = NULL };
	CHECK(key_load(tree_root(tree), device_keys, &d->conf, instrument_arena(),
	    instrument_errs()) == 0);
	CHECK(device_bind(d, profile, &proto, instrument_arena(), instrument_errs()) == 0);
	tree_close(tree);
	for (size_t i = 0; i < profile->npoints; i++)
		d->taps[i].series = store_series(s, name, profile->points[i].name);
}

static struct rule_conf *
make_rule(const char *class)
{
	const struct constants none = { NULL, 0 };
	struct arena *arena = instrument_arena();
	struct rule_conf *rule = arena_alloc(arena, sizeof(*rule));
	char text[200];
	struct tree *tree;

	snprintf(text, sizeof(text), "name = \"gas\"; on = \"shop/gas\"; when = \"level > 100\"; "
	    "priority = \"urgent\"; class = \"%s\";", class);
	tree = tree_parse(text, "r.conf", arena, instrument_errs());
	CHECK(key_load(tree_root(tree), rule_keys, rule, arena, instrument_errs()) == 0);
	CHECK(rule_compile(rule, &none, arena, instrument_errs()) == 0);
	tree_close(tree);
	return rule;
}

static void
make_cure(size_t i, const char *name, int action)
{
	static const char *uplinks[] = { "city" };

	steps[i] = (struct cure_step){ .action = action, .wait = S, .at_most = 48,
	    .within = 3600 * S, .unit = "", .output = "box/rail.power", .off = 10 * S };
	confs[i] = (struct cure_conf){ .name = name, .uplinks = { uplinks, 1 }, .dead = S,
	    .modem = "", .steps = { &steps[i], 1 }, .again = 3600 * S };
	watches[i] = (struct far_watch){ .known = false };
	cures[i] = (struct cure){ .field = &f, .conf = &confs[i], .watches = &watches[i] };
	ladder_renew(&cures[i].ladder, &confs[i]);
}

static void
begin_with(const char *class, int action)
{
	f = (struct field_role){ .config = &config, .buses = buses, .nbuses = 1 };
	s = store_open(65536);
	disk = faulty_new();
	proto = (struct proto){ .name = "x", .address = address, .valid = any, .ask = never };
	make_device(&devices[0], "box/rail", "{ name = \"power\"; register = 60; raw = \"u16\"; "
	    "write = { function = 6; min = 0; max = 1; step = 1; }; }",
	    "writable = (\"power\");");
	make_device(&devices[1], "shop/gas", "{ name = \"level\"; register = 0; "
	    "raw = \"u16\"; }", "");
	config = (struct config){ .devices = devices, .ndevices = 2,
	    .interlock = interlock_new(devices, 2, instrument_arena()) };
	interlock_start(config.interlock, test_mono);
	f.rules = rules_new(make_rule(class), 1, devices, 2, instrument_arena(),
	    instrument_errs());
	CHECK(f.rules != NULL);
	pipeline_init(&f.pipeline, s->journal, f.rules, &test_clock, 8);
	rules_start(f.rules, test_mono);
	f.loop = loop_new(8);
	f.journal = s->journal;
	f.keeper = keeper_open(&disk->disk);
	f.cures.kept = cures_open(f.keeper);
	CHECK(f.cures.kept != NULL);
	bus = (struct bus){ .proto = &proto, .clock = &test_clock,
	    .link = { .conf = &line, .state = LINK_UP, .loop = f.loop } };
	make_cure(0, "4g", action);
	make_cure(1, "5g", CURE_POWER);
	f.cures.at = cures;
	f.cures.n = 1;
}

static void
begin(void)
{
	begin_with("life", CURE_POWER);
}

static void
end(void)
{
	loop_disarm(f.loop, &bus.wake);
	errands_free(&bus.errands);
	loop_free(f.loop);
	keeper_close(f.keeper);
	faulty_free(disk);
	pipeline_end(&f.pipeline);
	store_close(s);
}

static void
gas(unsigned level)
{
	const uint8_t data[] = { (uint8_t)(level >> 8), (uint8_t)level };
	const struct moment at = { .time = test_wall, .mono = test_mono, .due = test_mono };
	const struct slice whole = slice_whole(&devices[1], 0);

	pipeline_block(&f.pipeline, &devices[1], 0, &whole, data, sizeof(data), &at);
}

/* What was appended is durable, and goes on. */
static void
make_durable(void)
{
	store_flush(s);
	f.durable = journal_durable(s->journal);
	for (size_t i = 0; i < COMMANDS_ALL; i++)
		f.commands.at[i].stored = f.commands.at[i].asked != 0 &&
		    f.commands.at[i].ended == 0;
	cures_go_on(&f, test_mono);
}

static void
wait_for(int seconds)
{
	test_mono += seconds * S;
	test_wall += seconds * 1000;
	cures_hear(&f, "city", 5, true);
	cures_second(&f, test_mono);
}

/* The uplink owes, delivers nothing, and the step is taken. */
static void
die(void)
{
	wait_for(0);
	wait_for(1);
}

/* NULL: there is none under way. */
static struct command *
asked(const char *words)
{
	for (size_t i = 0; i < COMMANDS_ALL; i++) {
		struct command *c = &f.commands.at[i];

		if (c->asked != 0 && c->ended == 0 && strcmp(c->words, words) == 0)
			return c;
	}
	return NULL;
}

static void
ends(const char *words, enum command_phase phase)
{
	struct command *c = asked(words);

	CHECK(c != NULL);
	c->phase = phase;
	cures_ended(&f, c);
	c->asked = 0;
}

static size_t
rails(void)
{
	size_t n = 0, kept;

	for (size_t i = 0; i < RAILS_MAX; i++)
		n += f.cures.rails[i].output[0] != '\0';
	kept_state(f.cures.kept, &kept);
	CHECK(n == 0 || kept > 0);
	return n;
}

static bool
was(const char *phase, const char *why)
{
	bool found = false;

	store_flush(s);
	for (size_t i = 0; i < s->n; i++) {
		const struct record *r = &s->told[i].record;

		if (s->told[i].kind == ENTRY_RECORD && strcmp(r->kind, CURE_RECORD) == 0)
			found |= strcmp(r->fields[2].value, phase) == 0 &&
			    strcmp(r->fields[3].value, why) == 0;
	}
	return found;
}

static void
what_is_off_is_on_again(void)
{
	begin();
	die();
	CHECK(cures[0].doing == CURE_RECORDED && rails() == 1 && asked(OFF) == NULL);
	wait_for(5);				/* it is not off yet */
	CHECK(asked(OFF) == NULL && asked(ON) == NULL);
	make_durable();
	CHECK(cures[0].doing == CURE_ACTS && asked(OFF) != NULL);
	ends(OFF, COMMAND_DONE);
	wait_for(9);
	CHECK(asked(ON) == NULL);
	wait_for(1);
	ends(ON, COMMAND_FAILED);		/* longer each time, and for ever */
	wait_for(4);
	CHECK(asked(ON) == NULL && cures[0].doing == CURE_ACTS);
	wait_for(1);
	ends(ON, COMMAND_DONE);
	CHECK(rails() == 0 && cures[0].doing == CURE_NOTHING);
	make_durable();
	CHECK(was("done", ""));
	end();
}

static void
what_was_not_sent_is_not_switched_on(void)
{
	static const enum command_phase phases[] = { COMMAND_REFUSED, COMMAND_EXPIRED };

	for (size_t i = 0; i < 2; i++) {
		begin();
		die();
		make_durable();
		ends(OFF, phases[i]);
		CHECK(rails() == 0 && cures[0].doing == CURE_NOTHING);
		wait_for(1);
		CHECK(asked(ON) == NULL);
		end();
	}
	begin();				/* whether it took effect is not known */
	die();
	make_durable();
	ends(OFF, COMMAND_FAILED);
	wait_for(0);
	CHECK(asked(ON) != NULL && rails() == 1);
	ends(ON, COMMAND_DONE);
	CHECK(cures[0].doing == CURE_NOTHING && !was("done", ""));
	end();
}

/* Gas, then the uplink dies. */
static void
nothing_is_switched_off_while_a_life_is_in_danger(void)
{
	static const int grave[] = { CURE_POWER, CURE_REBOOT };

	for (size_t i = 0; i < 2; i++) {
		begin_with("life", grave[i]);
		gas(200);
		CHECK(cures_life(&f));
		die();
		CHECK(cures[0].doing == CURE_NOTHING && rails() == 0);
		CHECK(was("held", LIFE) && !was("begun", ""));
		end();
		begin_with("process", grave[i]);	/* nobody's life */
		gas(200);
		die();
		CHECK(!cures_life(&f) && was("begun", ""));
		end();
	}
}

/* The uplink dies, then gas, before it is kept that the step is taken. */
static void
gas_before_it_is_kept_ends_it(void)
{
	static const int grave[] = { CURE_POWER, CURE_REBOOT };

	for (size_t i = 0; i < 2; i++) {
		begin_with("life", grave[i]);
		die();
		CHECK(cures[0].doing == CURE_RECORDED);
		gas(200);
		make_durable();
		CHECK(cures[0].doing == CURE_NOTHING && rails() == 0 && asked(OFF) == NULL);
		CHECK(cures[0].call.bus == NULL && was("failed", LIFE));
		end();
	}
}

static struct errand *
errand(void)
{
	for (size_t i = 0; i < bus.errands.n; i++)
		if (bus.errands.at[i].order != 0)
			return &bus.errands.at[i];
	return NULL;
}

/* ... and even when the command waits for the line. */
static void
gas_before_it_is_sent_ends_it(void)
{
	const struct reply lost = { .status = REPLY_LOST, .heard = test_mono };
	struct command *c;

	begin();
	die();
	make_durable();
	make_durable();
	command_go_on(&f);
	c = asked(OFF);
	CHECK(c != NULL && c->carried && errand() != NULL);
	CHECK(errand()->may(errand()->owner, test_mono));
	gas(200);
	CHECK(!errand()->may(errand()->owner, test_mono));
	errands_end(&bus.errands, errand(), &lost);
	CHECK(c->phase == COMMAND_REFUSED && strcmp(c->why, LIFE) == 0);
	CHECK(rails() == 0 && cures[0].doing == CURE_NOTHING);
	CHECK(was("failed", "not switched off: " LIFE));
	end();
}

/* Gas while it is off: it is on at once, and nothing forbids that. */
static void
gas_switches_on(void)
{
	begin();
	die();
	make_durable();
	ends(OFF, COMMAND_DONE);
	wait_for(1);
	CHECK(asked(ON) == NULL);
	gas(200);
	wait_for(1);
	CHECK(asked(ON) != NULL);
	make_durable();
	command_go_on(&f);
	CHECK(errand() != NULL && errand()->may(errand()->owner, test_mono));
	ends(ON, COMMAND_DONE);
	CHECK(rails() == 0);
	end();
	begin();			/* also where a step of the same cure waits for the store */
	die();
	f.cures.rails[1] = (struct rail){ .output = "box/rail.old", .cure = "4g", .on = 1,
	    .at = test_mono + 60 * S };
	gas(200);
	wait_for(1);
	CHECK(cures[0].doing == CURE_RECORDED && asked(OFF) == NULL && asked(ON) == NULL);
	CHECK(asked("write box/rail.old 1 20s cure:4g") != NULL);
	end();
}

/* One of before, with another output, is told apart. */
static void
each_supply_hears_of_itself(void)
{
	begin();
	die();
	make_durable();
	f.cures.rails[1] = (struct rail){ .output = "box/rail.old", .cure = "4g", .on = 1 };
	wait_for(0);
	ends("write box/rail.old 1 20s cure:4g", COMMAND_DONE);
	CHECK(rails() == 1 && rail_of(&f, "box/rail.power") != NULL);
	CHECK(cures[0].doing == CURE_ACTS && asked(OFF) != NULL);
	ends(OFF, COMMAND_DONE);
	CHECK(cures[0].doing == CURE_ACTS && rail_of(&f, "box/rail.power")->at == test_mono +
	    10 * S);
	end();
}

/* Two cures for one modem: the second one leaves the supply of the first alone. */
static void
another_ones_supply_is_left_alone(void)
{
	begin();
	f.cures.n = 2;
	die();
	make_durable();
	CHECK(asked(OFF) != NULL && asked("write box/rail.power 0 20s cure:5g") == NULL);
	CHECK(cures[1].doing == CURE_NOTHING);
	CHECK(was("failed", "box/rail.power is being switched already"));
	ends(OFF, COMMAND_DONE);
	CHECK(rails() == 1 && rail_of(&f, "box/rail.power")->at == test_mono + 10 * S);
	end();
	begin();				/* also one that is off by now */
	die();
	make_durable();
	ends(OFF, COMMAND_DONE);
	f.cures.n = 2;
	die();
	make_durable();
	CHECK(was("failed", "box/rail.power is being switched already"));
	CHECK(asked("write box/rail.power 0 20s cure:5g") == NULL && rails() == 1);
	CHECK(rail_of(&f, "box/rail.power")->at == test_mono + 9 * S);
	end();
}

/* What was off when the gateway ended is switched on. */
static void
a_restart_switches_on(void)
{
	begin();
	die();
	make_durable();
	ends(OFF, COMMAND_DONE);
	memset(f.cures.rails, 0, sizeof(f.cures.rails));
	f.cures.n = 0;
	memset(&f.commands, 0, sizeof(f.commands));
	cures_recall(&f);
	CHECK(rails() == 1);
	rails_tend(&f, test_mono);
	ends(ON, COMMAND_DONE);
	CHECK(rails() == 0);
	end();
}

static bool
is_gas(const void *owner, const struct device *d)
{
	(void)owner;
	return strcmp(d->conf.name, "shop/gas") == 0;
}

static void
a_supply_of_detectors_is_refused(void)
{
	static const char *feeds[] = { "box/rail", "shop/gas" };
	struct errs *errs = instrument_errs();

	begin();
	steps[0].feeds = (struct strings){ feeds, 2 };
	CHECK(cure_check(&confs[0], devices, 2, is_gas, NULL, errs) < 0 && errs->n == 1);
	CHECK(strstr(errs->at[0].text, "feeds shop/gas, which guards life") != NULL);
	errs->n = 0;
	steps[0].feeds.n = 1;
	CHECK(cure_check(&confs[0], devices, 2, is_gas, NULL, errs) == 0 && errs->n == 0);
	steps[0].feeds.n = 0;			/* nobody says what hangs on it */
	CHECK(cure_check(&confs[0], devices, 2, is_gas, NULL, errs) < 0);
	errs->n = 0;
	end();
}

int
main(void)
{
	log_open(LOG_LEVEL_ERR);
	RUN(what_is_off_is_on_again);
	RUN(what_was_not_sent_is_not_switched_on);
	RUN(nothing_is_switched_off_while_a_life_is_in_danger);
	RUN(gas_before_it_is_kept_ends_it);
	RUN(gas_before_it_is_sent_ends_it);
	RUN(gas_switches_on);
	RUN(each_supply_hears_of_itself);
	RUN(another_ones_supply_is_left_alone);
	RUN(a_restart_switches_on);
	RUN(a_supply_of_detectors_is_refused);
	return 0;
}
