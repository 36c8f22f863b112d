#include <string.h>

#include "../../devices/profile.h"
#include "../check.h"

#define S	INT64_C(1000000)
#define NOW	(1000 * S)

static unsigned char memory[1 << 20] __attribute__((aligned(16)));
static struct err room[ERRS_MAX];
static struct arena arena;
static struct errs errs;

static const uint8_t address[ADDRESS_MAX] = { 7 };

/* The watchdog stands in line 8. */
static const struct profile *
with(const char *watchdog)
{
	static const char head[] =
	    "name = \"x\"; maker = \"m\"; model = \"x\"; family = \"io\"; source = \"s\";\n"
	    "confidence = \"A\"; never = (99);\n"
	    "points = ( { name = \"k1\"; function = 1; register = 0; raw = \"bit\";\n"
	    "   write = { function = 5; min = 0; max = 1; }; },\n"
	    " { name = \"level\"; register = 10; raw = \"u16\";\n"
	    "   write = { function = 6; min = 0; max = 100; }; },\n"
	    " { name = \"in\"; register = 20; raw = \"u16\"; } );\n";
	static char text[2000];
	struct tree *tree;
	const struct profile *p;

	arena = (struct arena){ .at = memory, .cap = sizeof(memory) };
	errs = (struct errs){ .at = room };
	snprintf(text, sizeof(text), "%s%s", head, watchdog);
	tree = tree_parse(text, "x.conf", &arena, &errs);
	CHECK(tree != NULL);
	p = profile_read(tree, &arena, &errs);
	tree_close(tree);
	CHECK((p == NULL) == (errs.n > 0));
	return p;
}

static void
a_profile_without_one_has_none(void)
{
	const struct profile *p = with("");

	CHECK(p != NULL && p->watchdog.function == 0);
	CHECK(watchdog_failsafe(&p->watchdog, 0) == NULL);
}

static const char whole[] = "watchdog = { register = 100; function = 16; values = (1, 513);\n"
    " period = \"1s\"; timeout = \"4s\"; failsafe = (\n"
    " { point = \"k1\"; value = 1; },\n"
    " { point = \"level\"; value = 50; register = 110; number = 500; },\n"
    " { register = 3; function = 5; number = 1; } ); };";

static void
every_key_arrives(void)
{
	const struct profile *p = with(whole);
	const struct watchdog *w = &p->watchdog;
	const struct failsafe *s;

	CHECK(w->function == 16 && w->number == 100 && w->nvalues == 2 && w->values[1] == 513);
	CHECK(w->period == S && w->timeout == 4 * S && w->nfailsafe == 3);
	s = watchdog_failsafe(w, 0);
	CHECK(s != NULL && s->value == 1 && s->function == 0 && s->at.line == 10);
	s = watchdog_failsafe(w, 1);
	CHECK(s != NULL && s->value == 50 && s->function == 6 && s->number == 110 &&
	    s->word == 500);
	CHECK(w->failsafe[2].point == FAILSAFE_SETTING && w->failsafe[2].function == 5);
	CHECK(watchdog_failsafe(w, 2) == NULL);
}

static void
what_cannot_be_is_told_by_its_line(void)
{
#define DOG(more)	"watchdog = { register = 100; values = (1); period = \"1s\"; " \
			"timeout = \"4s\"; " more " };"
#define SAFE(row)	DOG("failsafe = (\n { " row " } );")
	static const struct { const char *text; int line; const char *says; } cases[] = {
		{ "watchdog = { register = 100; period = \"1s\"; timeout = \"4s\"; };", 8,
		  "values" },
		{ "watchdog = { register = 100; values = (1); period = \"2s\"; "
		  "timeout = \"3s\"; };", 8, "shorter than two periods" },
		{ "watchdog = { register = 99; values = (1); period = \"1s\"; "
		  "timeout = \"4s\"; };", 8, "0x0063 is one of never" },
		{ "watchdog = { register = 10; values = (1); period = \"1s\"; "
		  "timeout = \"4s\"; };", 8, "0x000A is that of level" },
		{ "watchdog = { register = 0; function = 5; values = (1); period = \"1s\"; "
		  "timeout = \"4s\"; };", 8, "0x0000 is that of k1" },
		{ "watchdog = { register = 9; values = (-1); period = \"1s\"; "
		  "timeout = \"4s\"; };", 8, "whole number from 0 to 65535" },
		{ "watchdog = { register = 9; function = 5; values = (2); period = \"1s\"; "
		  "timeout = \"4s\"; };", 8, "written 0 or 1" },
		{ "watchdog = { register = 9; values = (); period = \"1s\"; "
		  "timeout = \"4s\"; };", 8, "values are 1 to 16 numbers" },
		{ DOG("function = 15;"), 8, "none of 5, 6 and 16" },
		{ SAFE("point = \"k2\"; value = 1;"), 9, "k1" },
		{ SAFE("point = \"in\"; value = 1;"), 9, "no value that can be written to in" },
		{ SAFE("point = \"k1\"; value = 2;"), 9, "2 is no value" },
		{ SAFE("point = \"k1\"; value = 1; register = 10;"), 9, "that of level" },
		{ SAFE("point = \"k1\"; value = 1; number = 3;"), 9, "number goes with register" },
		{ SAFE("register = 110;"), 9, "is a setting" },
		{ DOG("failsafe = ( { point = \"k1\"; value = 1; },\n"
		  " { point = \"k1\"; value = 0; } );"), 9, "k1 stands there twice" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		bool found = false;

		with(cases[i].text);
		for (size_t k = 0; k < errs.n; k++)
			found = found || (room[k].line == cases[i].line &&
			    strstr(room[k].text, cases[i].says) != NULL);
		if (!found)
			fprintf(stderr, "case %zu: %d: %s\n", i, room[0].line, room[0].text);
		CHECK(found);
	}
}

/* "FUNCTION NUMBER VALUE" of the write that is due. */
static const char *
next(const struct feeding *f, const struct watchdog *w)
{
	static char text[40];
	uint8_t payload[FEED_BYTES];
	struct ask ask;

	feeding_ask(f, w, address, payload, &ask);
	CHECK(ask.count == 1 && ask.address[0] == 7 && ask.payload == payload);
	CHECK(ask.payload_len == (ask.function == 5 ? 1 : 2));
	snprintf(text, sizeof(text), "%d %d %d", ask.function, (int)ask.number,
	    ask.function == 5 ? payload[0] : payload[0] << 8 | payload[1]);
	return text;
}

static void
settings_go_first_and_then_the_values_in_turn(void)
{
	const struct watchdog *w = &with(whole)->watchdog;
	struct feeding f;

	feeding_begin(&f, NOW);
	feeding_line(&f, w);
	CHECK(f.due == NOW && strcmp(next(&f, w), "6 110 500") == 0);
	CHECK(!feeding_taken(&f, w, NOW, NOW + S / 10) && f.due == NOW + S / 10);
	CHECK(strcmp(next(&f, w), "5 3 1") == 0);
	CHECK(!feeding_taken(&f, w, NOW + S / 10, NOW + S / 5) && f.fed == 0);
	CHECK(strcmp(next(&f, w), "16 100 1") == 0);
	CHECK(feeding_taken(&f, w, NOW + S / 5, NOW + S / 2));
	CHECK(f.due == NOW + S / 5 + S);	/* from when it was sent */
	CHECK(strcmp(next(&f, w), "16 100 513") == 0);
	CHECK(feeding_taken(&f, w, NOW + 2 * S, NOW + 5 * S) && f.due == NOW + 5 * S);
	CHECK(strcmp(next(&f, w), "16 100 1") == 0);
	feeding_line(&f, w);			/* the line came up once more */
	CHECK(strcmp(next(&f, w), "6 110 500") == 0);
}

static void
it_lapses_from_the_last_that_was_taken(void)
{
	const struct watchdog *w = &with(whole)->watchdog;
	struct feeding f;

	feeding_begin(&f, NOW);
	feeding_line(&f, w);
	feeding_failed(&f, w, NOW + S);
	CHECK(f.due == NOW + S + S / 4 && strcmp(next(&f, w), "6 110 500") == 0);
	feeding_refused(&f, w, NOW + 2 * S);
	CHECK(f.due == NOW + 3 * S);
	CHECK(!feeding_lapsed(&f, w, NOW + 4 * S - 1) && feeding_lapsed(&f, w, NOW + 4 * S));
	feeding_taken(&f, w, NOW + 4 * S, NOW + 4 * S);	/* a setting feeds nobody */
	feeding_taken(&f, w, NOW + 4 * S, NOW + 4 * S);
	CHECK(feeding_lapsed(&f, w, NOW + 5 * S));
	feeding_taken(&f, w, NOW + 5 * S, NOW + 5 * S);
	CHECK(!feeding_lapsed(&f, w, NOW + 9 * S - 1) && feeding_lapsed(&f, w, NOW + 9 * S));
}

int
main(void)
{
	RUN(a_profile_without_one_has_none);
	RUN(every_key_arrives);
	RUN(what_cannot_be_is_told_by_its_line);
	RUN(settings_go_first_and_then_the_values_in_turn);
	RUN(it_lapses_from_the_last_that_was_taken);
	return 0;
}
