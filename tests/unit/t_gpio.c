#include <string.h>

#include "../../protocols/gpio.h"
#include "../check.h"

static uint64_t		session[64];
static uint8_t		frame[64];
static struct out	out;
static const struct line line = { .timeout_min = 1000, .timeout_max = 1000000 };

static void
begin(void)
{
	memset(session, 0, sizeof(session));
	CHECK(gpio_lines.size <= sizeof(session));
	gpio_lines.init(session, &line, 0);
}

static struct out *
clear(void)
{
	out_clear(&out, frame, sizeof(frame));
	return &out;
}

static bool
ask(uint8_t function, uint32_t number, uint16_t count, uint8_t level, uint64_t cookie)
{
	struct ask a = { .function = function, .number = number, .count = count,
	    .payload = &level, .payload_len = 1, .cookie = cookie };

	return gpio_lines.ask(session, &a, 100, clear());
}

static void
hear(const void *bytes, size_t n, int64_t now)
{
	gpio_lines.hear(session, bytes, n, now, clear());
}

static void
inputs_are_read(void)
{
	begin();
	CHECK(ask(GPIO_INPUTS, 258, 10, 0, 7));
	CHECK(out.send.len == GPIO_QUESTION && memcmp(frame, "\2\1\2\0\12\0", 6) == 0);
	CHECK(out.deadline == 1000100);
	hear("\0\5\2", 3, 200);
	CHECK(out.nreplies == 1 && out.replies[0].status == REPLY_OK);
	CHECK(out.replies[0].cookie == 7 && out.replies[0].asked == 100);
	CHECK(out.replies[0].heard == 200 && out.replies[0].len == 2);
	CHECK(memcmp(out.replies[0].data, "\5\2", 2) == 0 && out.deadline == INT64_MAX);
}

static void
one_question_at_a_time(void)
{
	begin();
	CHECK(ask(GPIO_INPUTS, 0, 1, 0, 1));
	CHECK(!ask(GPIO_INPUTS, 0, 1, 0, 2));
	CHECK(out.send.len == 0 && out.deadline == 1000100);
	hear("\0\1", 2, 200);
	CHECK(ask(GPIO_INPUTS, 0, 1, 0, 2));
}

static void
an_output_is_set(void)
{
	begin();
	CHECK(ask(GPIO_SET, 22, 1, 1, 9));
	CHECK(memcmp(frame, "\5\0\26\0\1\1", 6) == 0);
	hear("\0", 1, 200);
	CHECK(out.nreplies == 1 && out.replies[0].status == REPLY_OK && out.replies[0].len == 0);
}

static void
a_refusal_says_why(void)
{
	begin();
	CHECK(ask(GPIO_OUTPUTS, 3, 1, 0, 9));
	hear("\2", 1, 200);
	CHECK(out.nreplies == 1 && out.replies[0].status == REPLY_EXCEPTION);
	CHECK(out.replies[0].exception == 2);
}

static void
what_fits_nothing_is_no_answer(void)
{
	begin();
	hear("\0\1", 2, 50);
	CHECK(out.nreplies == 0 && gpio_lines.tally(session)->foreign == 1);
	CHECK(ask(GPIO_INPUTS, 0, 9, 0, 1));
	hear("\0\1", 2, 200);		/* nine lines are two bytes */
	CHECK(out.nreplies == 0 && gpio_lines.tally(session)->garbled == 1);
	gpio_lines.tick(session, 1000099, clear());
	CHECK(out.nreplies == 0 && out.deadline == 1000100);
	gpio_lines.tick(session, 1000100, clear());
	CHECK(out.nreplies == 1 && out.replies[0].status == REPLY_TIMEOUT);
}

static void
the_box_has_one_unit(void)
{
	uint8_t address[ADDRESS_MAX];
	const char *why = NULL;

	CHECK(proto_find("gpio") == &gpio_lines);
	CHECK(gpio_lines.address("1", address, &why) == 0);
	CHECK(gpio_lines.address("2", address, &why) == -1 && strstr(why, "no unit") != NULL);
}

int
main(void)
{
	RUN(inputs_are_read);
	RUN(one_question_at_a_time);
	RUN(an_output_is_set);
	RUN(a_refusal_says_why);
	RUN(what_fits_nothing_is_no_answer);
	RUN(the_box_has_one_unit);
	return 0;
}
