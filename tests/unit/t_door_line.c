#include <string.h>

#include "../../gateway/door_line.h"
#include "../check.h"

static uint8_t room[DOOR_PACKET_MAX];

static size_t
put(const struct door_packet *p)
{
	struct buf b = { .at = room, .cap = sizeof(room) };

	door_put(&b, p);
	return b.bad ? 0 : b.len;
}

static void
a_head_of_a_stream_goes_there_and_back(void)
{
	struct door_stream s = { .listener = "dtu", .peer = "10.8.0.17 port 40312",
	    .identity = "866123456789012" }, got;
	uint8_t head[DOOR_STREAM_HEAD];

	door_put_stream(&s, head);
	CHECK(door_get_stream(head, &got));
	CHECK(strcmp(got.listener, "dtu") == 0);
	CHECK(strcmp(got.peer, "10.8.0.17 port 40312") == 0);
	CHECK(strcmp(got.identity, "866123456789012") == 0);
	memset(s.identity, 'x', DOOR_ID_MAX);
	s.identity[DOOR_ID_MAX] = '\0';
	door_put_stream(&s, head);
	CHECK(door_get_stream(head, &got) && strlen(got.identity) == DOOR_ID_MAX);
}

static void
a_head_that_no_door_wrote_is_refused(void)
{
	const struct door_stream s = { .listener = "dtu", .peer = "10.8.0.17 port 1" };
	const struct door_stream nowhere = { .listener = "", .peer = "10.8.0.17 port 1" };
	uint8_t head[DOOR_STREAM_HEAD], other[DOOR_STREAM_HEAD];
	struct door_stream got;

	door_put_stream(&nowhere, head);
	CHECK(!door_get_stream(head, &got));
	door_put_stream(&s, head);
	memcpy(other, head, sizeof(head));
	other[0] ^= 1;
	CHECK(!door_get_stream(other, &got));
	memcpy(other, head, sizeof(head));
	memset(other + 8, 'x', DOOR_NAME_MAX + 1);	/* no NUL */
	CHECK(!door_get_stream(other, &got));
	memcpy(other, head, sizeof(head));
	other[9] = '\n';
	CHECK(!door_get_stream(other, &got));
}

static void
a_message_goes_there_and_back(void)
{
	static uint8_t bytes[DOOR_BYTES_MAX];
	const struct door_packet m = { .kind = DOOR_MESSAGE, .token = 0x1122334455667788U,
	    .name = "ctwing", .peer = "10.0.0.7 port 5683", .identity = "866123456789012",
	    .proven = true, .path = "/rd/a1", .format = DOOR_FORMAT_SENML_CBOR,
	    .same = 0x8877665544332211U, .end = 0xfedc, .bytes = bytes, .n = sizeof(bytes) };
	struct door_packet got;
	size_t n;

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 7);
	n = put(&m);
	CHECK(n > 0 && door_get(room, n, &got));
	CHECK(got.kind == DOOR_MESSAGE && got.token == m.token && got.proven);
	CHECK(strcmp(got.name, "ctwing") == 0 && strcmp(got.peer, m.peer) == 0);
	CHECK(strcmp(got.identity, m.identity) == 0 && strcmp(got.path, "/rd/a1") == 0);
	CHECK(got.format == DOOR_FORMAT_SENML_CBOR && got.n == sizeof(bytes));
	CHECK(memcmp(got.bytes, bytes, sizeof(bytes)) == 0);
	CHECK(got.same == m.same && got.end == m.end);
}

static void
a_cost_goes_there_and_back(void)
{
	const struct door_packet m = { .kind = DOOR_COST, .name = "ctwing", .identity = "8661",
	    .rx = 0x123456789a, .tx = 77 };
	struct door_packet got;
	size_t n = put(&m);

	CHECK(n > 0 && door_get(room, n, &got) && got.kind == DOOR_COST);
	CHECK(got.rx == m.rx && got.tx == 77 && strcmp(got.identity, "8661") == 0);
	CHECK(!door_get(room, n - 1, &got));
}

static void
an_empty_message_and_every_answer(void)
{
	struct door_packet p = { .kind = DOOR_MESSAGE, .name = "r", .format = DOOR_FORMAT_NONE };
	struct door_packet got;
	size_t n = put(&p);

	CHECK(n > 0 && door_get(room, n, &got) && got.n == 0 && got.identity[0] == '\0');
	for (enum door_code code = 0; code < DOOR_CODES; code++) {
		p = (struct door_packet){ .kind = DOOR_ANSWER, .token = code, .code = code,
		    .why = "no point is named so" };
		n = put(&p);
		CHECK(n > 0 && door_get(room, n, &got) && got.code == code &&
		    strcmp(got.why, p.why) == 0 && door_words(code)[0] != '\0');
	}
}

static void
states_and_digests(void)
{
	const char *digest = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
	struct door_packet p = { .kind = DOOR_STATE, .name = "dtu", .why = "port 5001: in use",
	    .callers = 3, .accepted = 1ULL << 40, .refused = 2, .late = 1 }, got;
	size_t n = put(&p);

	CHECK(n > 0 && door_get(room, n, &got) && got.callers == 3 && got.late == 1);
	CHECK(got.accepted == 1ULL << 40 && got.refused == 2 && strcmp(got.why, p.why) == 0);
	p = (struct door_packet){ .kind = DOOR_REFUSED, .name = "dtu", .peer = "10.0.0.1 port 2",
	    .identity = "shop18", .code = DOOR_WRONG_KEY };
	n = put(&p);
	CHECK(n > 0 && door_get(room, n, &got) && got.code == DOOR_WRONG_KEY);
	CHECK(strcmp(got.identity, "shop18") == 0 && strcmp(got.peer, p.peer) == 0);
	n = put(&(struct door_packet){ .kind = DOOR_RENEWED, .name = digest });
	CHECK(n > 0 && door_get(room, n, &got) && strcmp(got.name, digest) == 0);
}

static void
how_a_receiver_fares_goes_there_and_back(void)
{
	struct door_packet p = { .kind = DOOR_RECEIVER, .name = "coap", .why = "port 5684: in use",
	    .callers = 7, .late = 3, .last = 1LL << 50 }, got;
	size_t n;

	for (size_t i = 0; i < DOOR_CODES; i++)
		p.counts[i] = (1ULL << 40) + i;
	n = put(&p);
	CHECK(n > 0 && door_get(room, n, &got) && got.callers == 7 && got.late == 3);
	CHECK(got.last == p.last && strcmp(got.why, p.why) == 0);
	CHECK(memcmp(got.counts, p.counts, sizeof(p.counts)) == 0);
	CHECK(!door_get(room, n - 1, &got));
}

/* The field role hangs up on who says it. */
static void
what_is_no_text_is_not_written(void)
{
	CHECK(door_text("shop 17 \xe5\xba\x97") && !door_text("a\nb") && !door_text("\x7f"));
	CHECK(put(&(struct door_packet){ .kind = DOOR_MESSAGE, .name = "r", .path = "/a\001" }) == 0);
	CHECK(put(&(struct door_packet){ .kind = DOOR_REFUSED, .name = "r", .identity = "\033" }) == 0);
}

static void
what_is_too_long_is_not_written(void)
{
	static uint8_t bytes[DOOR_BYTES_MAX + 1];
	static char text[DOOR_PATH_MAX + 2];
	struct door_packet p = { .kind = DOOR_MESSAGE, .name = "r", .bytes = bytes,
	    .n = sizeof(bytes) };

	CHECK(put(&p) == 0);
	p.n = 1;
	memset(text, 'x', DOOR_PATH_MAX + 1);
	p.path = text;
	CHECK(put(&p) == 0);
	p.path = "";
	p.identity = text;
	CHECK(put(&p) == 0);
	CHECK(put(&(struct door_packet){ .kind = 77, .name = "r" }) == 0);
	CHECK(put(&(struct door_packet){ .kind = DOOR_ANSWER, .code = DOOR_CODES }) == 0);
}

/* One whose packet is refused is hung up on: what would be is not written. */
static void
what_would_be_refused_is_not_written(void)
{
	struct door_packet p = { .kind = DOOR_MESSAGE, .name = "r", .identity = "a\nb" };

	CHECK(put(&p) == 0);
	p.identity = "ab";
	p.path = "/a\x01";
	CHECK(put(&p) == 0);
	p.path = "/\xe4\xb8\xad";
	CHECK(put(&p) > 0);
	CHECK(put(&(struct door_packet){ .kind = DOOR_ANSWER, .why = "label \x1b[2J" }) == 0);
}

static void
every_cut_and_every_wrong_byte_is_refused_or_read(void)
{
	const struct door_packet p = { .kind = DOOR_MESSAGE, .token = 5, .name = "ctwing",
	    .peer = "10.0.0.7 port 1", .identity = "imei", .proven = true, .path = "/a",
	    .format = 110, .bytes = (const uint8_t *)"[]", .n = 2 };
	uint8_t whole[512], again[512];
	struct door_packet got;
	size_t n = put(&p);

	memcpy(whole, room, n);
	for (size_t i = 0; i < n; i++)
		CHECK(!door_get(whole, i, &got));
	whole[n] = 0;
	CHECK(!door_get(whole, n + 1, &got));
	for (size_t i = 0; i < n; i++)
		for (unsigned flip = 1; flip < 256; flip++) {
			struct buf b = { .at = again, .cap = sizeof(again) };

			whole[i] ^= (uint8_t)flip;
			if (door_get(whole, n, &got)) {
				door_put(&b, &got);
				CHECK(!b.bad && b.len == n && memcmp(again, whole, n) == 0);
			}
			whole[i] ^= (uint8_t)flip;
		}
}

int
main(void)
{
	RUN(a_head_of_a_stream_goes_there_and_back);
	RUN(a_head_that_no_door_wrote_is_refused);
	RUN(a_message_goes_there_and_back);
	RUN(a_cost_goes_there_and_back);
	RUN(an_empty_message_and_every_answer);
	RUN(states_and_digests);
	RUN(how_a_receiver_fares_goes_there_and_back);
	RUN(what_is_no_text_is_not_written);
	RUN(what_is_too_long_is_not_written);
	RUN(what_would_be_refused_is_not_written);
	RUN(every_cut_and_every_wrong_byte_is_refused_or_read);
	return 0;
}
