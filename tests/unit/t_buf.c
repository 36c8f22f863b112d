#include <string.h>

#include "../../protocols/buf.h"
#include "../check.h"

static void
taking(void)
{
	uint8_t bytes[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21 };
	struct buf b = { .at = bytes, .len = sizeof(bytes), .cap = sizeof(bytes) };

	CHECK(buf_u8(&b) == 1);
	CHECK(buf_be16(&b) == 0x0203);
	CHECK(buf_be32(&b) == 0x04050607);
	CHECK(buf_le16(&b) == 0x0908);
	CHECK(buf_le32(&b) == 0x0d0c0b0a);
	CHECK(buf_le64(&b) == 0x1514131211100f0e);
	CHECK(b.pos == b.len && !b.bad);
}

/* Past the end come zeros for ever, also where a shorter one would fit. */
static void
taking_past_the_end(void)
{
	uint8_t bytes[] = { 1, 2, 3 };
	struct buf b = { .at = bytes, .len = sizeof(bytes), .cap = sizeof(bytes) };

	CHECK(buf_be32(&b) == 0 && b.bad && b.pos == 0);
	CHECK(buf_u8(&b) == 0 && buf_be16(&b) == 0 && b.pos == 0);
	b.bad = false;
	CHECK(buf_bytes(&b, 3) == bytes && !b.bad);
	CHECK(buf_bytes(&b, 0) != NULL && !b.bad);
	CHECK(buf_bytes(&b, 1) == NULL && b.bad);
	b = (struct buf){ .at = bytes, .len = 3, .cap = 3, .pos = 1 };
	CHECK(buf_bytes(&b, SIZE_MAX) == NULL && b.bad && b.pos == 1);
}

static void
putting(void)
{
	static const uint8_t wanted[] = { 1, 2, 3, 4, 5, 6, 7, 9, 8, 13, 12, 11, 10,
	    21, 20, 19, 18, 17, 16, 15, 14, 'a', 'b' };
	uint8_t bytes[sizeof(wanted)];
	struct buf b = { .at = bytes, .cap = sizeof(bytes) };

	buf_put8(&b, 1);
	buf_putbe16(&b, 0x0203);
	buf_putbe32(&b, 0x04050607);
	buf_putle16(&b, 0x0809);
	buf_putle32(&b, 0x0a0b0c0d);
	buf_putle64(&b, 0x0e0f101112131415);
	buf_putbytes(&b, "ab", 2);
	buf_putbytes(&b, NULL, 0);
	CHECK(!b.bad && b.len == sizeof(wanted) && memcmp(bytes, wanted, b.len) == 0);
	buf_put8(&b, 1);
	CHECK(b.bad && b.len == sizeof(wanted));
}

/* Whole or not at all, and nothing after a put that did not fit. */
static void
putting_past_the_end(void)
{
	uint8_t bytes[8];
	struct buf b = { .at = bytes, .cap = 3 };

	memset(bytes, 0xee, sizeof(bytes));
	buf_putbe32(&b, 0x01020304);
	CHECK(b.bad && b.len == 0);
	buf_put8(&b, 1);
	CHECK(b.len == 0);
	b.bad = false;
	buf_putbytes(&b, "abcd", SIZE_MAX);
	CHECK(b.bad && b.len == 0);
	for (size_t i = 0; i < sizeof(bytes); i++)
		CHECK(bytes[i] == 0xee);
}

int
main(void)
{
	RUN(taking);
	RUN(taking_past_the_end);
	RUN(putting);
	RUN(putting_past_the_end);
	return 0;
}
