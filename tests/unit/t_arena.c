#include <stdint.h>
#include <string.h>

#include "../../conf/arena.h"
#include "../../conf/utf8.h"
#include "../check.h"

static unsigned char memory[200] __attribute__((aligned(16)));

static void
pieces_are_zeroed_aligned_and_apart(void)
{
	struct arena a = { .at = memory, .cap = sizeof(memory) };
	unsigned char *p, *q;

	memset(memory, 0xff, sizeof(memory));
	p = arena_alloc(&a, 5);
	q = arena_alloc(&a, 1);
	CHECK(p == memory && q == memory + 16 && (uintptr_t)q % 16 == 0);
	for (int i = 0; i < 5; i++)
		CHECK(p[i] == 0);
	CHECK(q[0] == 0 && a.used == 32);
}

static void
a_full_arena_gives_nothing(void)
{
	struct arena a = { .at = memory, .cap = sizeof(memory) };

	CHECK(arena_alloc(&a, 201) == NULL && a.used == 0);
	CHECK(arena_alloc(&a, SIZE_MAX) == NULL);
	CHECK(arena_alloc(&a, 190) != NULL);
	CHECK(a.used == 192 && arena_alloc(&a, 9) == NULL);
	CHECK(arena_alloc(&a, 8) != NULL && a.used == 200);
	CHECK(arena_alloc(&a, 1) == NULL && arena_alloc(&a, 0) != NULL);
}

/* Memory that the kernel gave is zero until somebody writes to it: it is not
 * written to before, but what was used once is cleaned. */
static void
fresh_memory_is_left_alone(void)
{
	struct arena a = { .at = memory, .cap = sizeof(memory), .fresh = true };
	unsigned char *p;

	memset(memory, 0, 64);
	memset(memory + 64, 0xff, sizeof(memory) - 64);	/* as if it were zero */
	p = memset(arena_alloc(&a, 48), 0xee, 48);
	a.used = 16;			/* given back but for the first piece */
	p = arena_alloc(&a, 128);
	for (int i = 0; i < 32; i++)
		CHECK(p[i] == 0);
	for (int i = 48; i < 128; i++)
		CHECK(p[i] == 0xff);
	CHECK(a.used == 144 && a.high == 144);
}

static void
texts_get_their_end(void)
{
	struct arena a = { .at = memory, .cap = 8 };

	CHECK(arena_text(&a, "1234567", SIZE_MAX) == NULL);
	CHECK(arena_text(&a, "12345678", 8) == NULL && a.used == 0);
	CHECK(strcmp(arena_text(&a, "1234567xx", 7), "1234567") == 0);
	CHECK(arena_text(&a, "", 0) == NULL);
}

/* The borders of RFC 3629, one code point on each side. */
static void
utf8_is_what_the_standard_says(void)
{
	static const struct {
		const char *s;
		size_t n, len;
	} rows[] = {
		{ "a", 1, 1 }, { "\x7f", 1, 1 }, { "\x80", 1, 0 }, { "\xbf", 1, 0 },
		{ "\xc1\xbf", 2, 0 },			/* overlong */
		{ "\xc2\x80", 2, 2 }, { "\xdf\xbf", 2, 2 }, { "\xc2", 1, 0 },
		{ "\xc2\x7f", 2, 0 }, { "\xc2\xc0", 2, 0 },
		{ "\xe0\x9f\xbf", 3, 0 }, { "\xe0\xa0\x80", 3, 3 }, { "\xe6\xb2\xb9", 3, 3 },
		{ "\xed\x9f\xbf", 3, 3 }, { "\xed\xa0\x80", 3, 0 },	/* surrogate */
		{ "\xee\x80\x80", 3, 3 }, { "\xef\xbf\xbf", 3, 3 }, { "\xe6\xb2", 2, 0 },
		{ "\xe6\xb2\x41", 3, 0 },
		{ "\xf0\x8f\xbf\xbf", 4, 0 }, { "\xf0\x90\x80\x80", 4, 4 },
		{ "\xf4\x8f\xbf\xbf", 4, 4 }, { "\xf4\x90\x80\x80", 4, 0 },
		{ "\xf5\x80\x80\x80", 4, 0 }, { "\xff", 1, 0 }, { "", 0, 0 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		CHECK(utf8_len(rows[i].s, rows[i].n) == rows[i].len);
	CHECK(utf8_span("油烟x", 7) == 7 && utf8_span("油\xd3x", 5) == 3);
	CHECK(utf8_span("油烟", 5) == 3 && utf8_span("", 0) == 0);
}

int
main(void)
{
	RUN(pieces_are_zeroed_aligned_and_apart);
	RUN(a_full_arena_gives_nothing);
	RUN(fresh_memory_is_left_alone);
	RUN(texts_get_their_end);
	RUN(utf8_is_what_the_standard_says);
	return 0;
}
