#include <string.h>

#include "../../gateway/door/coap_body.h"
#include "../../gateway/door/coap_recent.h"
#include "../../gateway/hash.h"
#include "../check.h"

static struct coap_bodies bodies;

static enum coap_body_state
add(uint64_t key, uint32_t num, bool more, const char *text, int64_t now, char *whole)
{
	struct coap_block block = { .num = num, .more = more, .szx = 0 };
	const uint8_t *body;
	size_t n;
	enum coap_body_state s = coap_body_add(&bodies, key, &block, (const uint8_t *)text,
	    strlen(text), now, &body, &n);

	if (s == COAP_BODY_WHOLE) {
		memcpy(whole, body, n);
		whole[n] = '\0';
	}
	return s;
}

static void
blocks_are_put_together(void)
{
	char whole[100];

	CHECK(add(1, 0, true, "0123456789abcdef", 1, whole) == COAP_BODY_MORE);
	CHECK(add(2, 0, true, "another one's   ", 1, whole) == COAP_BODY_MORE);
	CHECK(add(1, 1, true, "ghijklmnopqrstuv", 2, whole) == COAP_BODY_MORE);
	CHECK(add(1, 1, true, "ghijklmnopqrstuv", 2, whole) == COAP_BODY_MORE);	/* again */
	CHECK(add(1, 2, false, "wxyz", 3, whole) == COAP_BODY_WHOLE);
	CHECK(strcmp(whole, "0123456789abcdefghijklmnopqrstuvwxyz") == 0);
	CHECK(add(2, 1, false, "", 3, whole) == COAP_BODY_WHOLE);
	CHECK(strcmp(whole, "another one's   ") == 0);
	CHECK(add(3, 0, false, "all", 4, whole) == COAP_BODY_WHOLE && strcmp(whole, "all") == 0);
	coap_bodies_free(&bodies);
}

static void
gaps_and_short_blocks_begin_anew(void)
{
	char whole[100];

	CHECK(add(1, 1, false, "x", 1, whole) == COAP_BODY_GAP);
	CHECK(add(1, 0, true, "0123456789abcdef", 1, whole) == COAP_BODY_MORE);
	CHECK(add(1, 2, false, "x", 1, whole) == COAP_BODY_GAP);
	CHECK(add(1, 1, true, "short", 1, whole) == COAP_BODY_GAP);
	CHECK(add(1, 1, false, "x", 1 + COAP_BODY_TIME, whole) == COAP_BODY_GAP);
	coap_bodies_free(&bodies);
}

static void
what_is_kept_is_bounded(void)
{
	static char text[1025];
	struct coap_block block = { .more = true, .szx = 6 };
	const uint8_t *body;
	char whole[100];
	size_t n;

	memset(text, 'x', 1024);
	for (; block.num < 16; block.num++)
		CHECK(coap_body_add(&bodies, 5, &block, (uint8_t *)text, 1024, 1, &body, &n) ==
		    COAP_BODY_MORE);
	CHECK(coap_body_add(&bodies, 5, &block, (uint8_t *)text, 1024, 1, &body, &n) ==
	    COAP_BODY_LARGE);
	/* a 65th takes the place of the one that waits longest */
	for (uint64_t k = 1; k <= COAP_BODIES + 1; k++)
		CHECK(add(k, 0, true, "0123456789abcdef", (int64_t)k, whole) == COAP_BODY_MORE);
	CHECK(add(1, 1, false, "x", 70, whole) == COAP_BODY_GAP);
	CHECK(add(COAP_BODIES + 1, 1, false, "x", 70, whole) == COAP_BODY_WHOLE);
	coap_bodies_free(&bodies);
	CHECK(!coap_block(7, &block) && coap_block(0x1e, &block) && block.num == 1 && block.more &&
	    block.szx == 6 && coap_block_value(&block) == 0x1e);
}

static void
what_came_of_late_is_known(void)
{
	static struct coap_recent all[COAP_RECENT];
	struct coap_recent *one;

	CHECK(!coap_recent(all, 77, 1, &one));
	one->code = 68;
	CHECK(coap_recent(all, 77, 2, &one) && one->code == 68);
	CHECK(!coap_recent(all, 78, 2, &one) && one->code == 0);
	CHECK(coap_recent(all, 77, COAP_LIFETIME, &one));
	CHECK(!coap_recent(all, 77, COAP_LIFETIME + 1, &one) && one->code == 0);
	CHECK(hash_bytes(HASH_BEGIN, "ab", 2) != hash_bytes(HASH_BEGIN, "ba", 2));
}

int
main(void)
{
	RUN(blocks_are_put_together);
	RUN(gaps_and_short_blocks_begin_anew);
	RUN(what_is_kept_is_bounded);
	RUN(what_came_of_late_is_known);
	return 0;
}
