#include <string.h>

#include "../../gateway/sight.h"
#include "../check.h"

static uint8_t	room[SIGHT_HEAD + SIGHT_BYTES + 8];

static struct buf
written(const struct sight *s)
{
	struct buf b = { .at = room, .cap = sizeof(room) };

	sight_put(&b, s);
	CHECK(!b.bad);
	return b;
}

static void
it_comes_as_it_was_seen(void)
{
	static const size_t sizes[] = { 0, 1, 8, SIGHT_BYTES };
	uint8_t bytes[SIGHT_BYTES];
	struct sight got;

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 31);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct sight s = { .sent = i % 2, .at = 0x123456789abcdef, .dropped = i,
		    .bytes = bytes, .n = sizes[i] };
		struct buf b = written(&s);

		CHECK(b.len == SIGHT_HEAD + s.n);
		CHECK(sight_get(&b, &got) == 0);
		CHECK(got.sent == s.sent && got.at == s.at && got.dropped == s.dropped);
		CHECK(got.n == s.n && memcmp(got.bytes, bytes, s.n) == 0);
	}
}

static void
what_is_short_long_or_neither_is_unsound(void)
{
	const uint8_t byte = 7;
	struct sight s = { .sent = true, .bytes = &byte, .n = 1 }, got;
	struct buf b;

	for (size_t n = 0; n < SIGHT_HEAD; n++) {
		b = written(&s);
		b.len = n;
		CHECK(sight_get(&b, &got) < 0);
	}
	b = written(&s);
	room[0] = 2;
	CHECK(sight_get(&b, &got) < 0);
	b = written(&s);
	b.len = sizeof(room);
	CHECK(sight_get(&b, &got) < 0);
}

int
main(void)
{
	RUN(it_comes_as_it_was_seen);
	RUN(what_is_short_long_or_neither_is_unsound);
	return 0;
}
