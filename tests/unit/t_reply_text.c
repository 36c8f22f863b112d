#include <string.h>

#include "../../gateway/reply_text.h"
#include "../check.h"

static uint8_t	data[256];

static const struct reply *
there_and_back(const struct reply *r)
{
	static struct reply got;
	char text[600];

	reply_write(r, text, sizeof(text));
	CHECK(strlen(text) < sizeof(text) - 1);
	CHECK(reply_read(text, &got, data, sizeof(data)) == 0);
	CHECK(got.status == r->status && got.exception == r->exception);
	CHECK(got.after_barrier == r->after_barrier && got.len == r->len);
	CHECK(got.heard - got.asked == r->heard - r->asked);
	CHECK(memcmp(got.data, r->data, r->len) == 0);
	return &got;
}

static void
replies_come_as_they_were_sent(void)
{
	uint8_t most[250];

	for (size_t i = 0; i < sizeof(most); i++)
		most[i] = (uint8_t)(i * 7);
	there_and_back(&(struct reply){ .status = REPLY_OK, .data = most, .len = 250,
	    .asked = 5000000, .heard = 5012345 });
	there_and_back(&(struct reply){ .status = REPLY_OK, .data = most, .len = 2,
	    .after_barrier = true, .asked = 1, .heard = 2 });
	there_and_back(&(struct reply){ .status = REPLY_EXCEPTION, .exception = 11,
	    .data = most, .asked = 1, .heard = 700001 });
	there_and_back(&(struct reply){ .status = REPLY_TIMEOUT, .data = most });
	there_and_back(&(struct reply){ .status = REPLY_LOST, .data = most });
}

static void
nonsense_is_not_understood(void)
{
	static const char *const texts[] = { "", "ok", "ok 4", "ok 12", "ok 123 5", "ok zz 5",
	    "exception", "exception 2", "exception 300 5", "exception x 5", "time", "timeout ",
	    "OK 1234 5" };
	struct reply r;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		CHECK(reply_read(texts[i], &r, data, sizeof(data)) < 0);
}

static void
more_than_there_is_room_for(void)
{
	uint8_t small[4];
	struct reply r;

	CHECK(reply_read("ok 01020304 5", &r, small, sizeof(small)) == 0 && r.len == 4);
	CHECK(reply_read("ok 0102030405 5", &r, small, sizeof(small)) < 0);
}

int
main(void)
{
	RUN(replies_come_as_they_were_sent);
	RUN(nonsense_is_not_understood);
	RUN(more_than_there_is_room_for);
	return 0;
}
