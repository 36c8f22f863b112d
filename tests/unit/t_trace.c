#include <string.h>

#include "../../protocols/pdu.h"
#include "../../protocols/trace.h"
#include "../captures/dialogue.h"
#include "../check.h"
#include "../sim/wire.h"

static size_t
unhex(const char *text, uint8_t *out)
{
	size_t n = 0;
	unsigned byte;

	for (; *text != '\0'; text++) {
		if (*text == ' ')
			continue;
		CHECK(sscanf(text++, "%2x", &byte) == 1);
		out[n++] = (uint8_t)byte;
	}
	return n;
}

#define S TRACE_SENT
#define H TRACE_HEARD
#define R "modbus-rtu"
#define T "modbus-tcp"
#define E "dlt645"
#define W "cjt188"

/* Bytes, and the lines that are made of them, parted by " | "; "..." where more
 * bytes are waited for although no more are said to come. */
static const struct {
	const char *proto;
	enum trace_way way;
	const char *hex, *lines;
} rows[] = {
	{ E, S, "fefefefe 68aaaaaaaaaaaa681300df16", "> AAAAAAAAAAAA read address" },
	{ E, S, "fefefefe 68aaaaaaaaaaaa68110433333433ae16", "> AAAAAAAAAAAA read 00010000" },
	{ E, H, "fefe 687856341221206891083333343389674533f316",
	  "< 202112345678 read 00010000 data 56 34 12 00" },
	{ E, H, "6878563412212068b206343333393a341e16",
	  "< 202112345678 read on 06000001, more follows data 07 01" },
	{ E, H, "6878563412212068d101352c16",
	  "< 202112345678 read refused: no such data, data 02" },
	{ E, H, "68785634122120689c00c116", "< 202112345678 control 9C" },
	{ E, H, "00ff 687856341221206891083333343389674533f316",
	  "< no frame, 2 bytes 00 ff | < 202112345678 read 00010000 data 56 34 12 00" },
	{ E, H, "6878563412212068910833333433896745330016", "< no frame, 20 bytes 68 78 56 34 12 21 20 68 91 08 33 33 34 33 89 67 45 33 00 16" },
	{ E, H, "fefe 6878", "< no frame, 4 bytes fe fe 68 78" },
	{ W, H, "6810120000000000008303810A009B16",
	  "< 10:00000000000012 read address 0A81 number 0" },
	{ W, S, "fefefefe 681012000000000000040417a00599e716",
	  "> 10:00000000000012 write A017 number 5 data 99" },
	{ W, H, "681012000000000000c4030503005916",
	  "< 10:00000000000012 write refused: the meter refuses, data 03 00" },
	{ R, S, "010300000002c40b", "> unit 1 FC 3 read 0x0000 count 2" },
	{ R, H, "01030441200000efc5", "< unit 1 FC 3 4 bytes 41 20 00 00" },
	{ R, H, "018302c0f1", "< unit 1 FC 3 exception 2 illegal data address" },
	{ T, H, "0001 0000 0003 11 83 c8", "< id 1 unit 17 FC 3 exception 200 unknown exception" },
	{ T, S, "0001 0000 0006 11 01 0013 0013", "> id 1 unit 17 FC 1 read 0x0013 count 19" },
	{ T, H, "0001 0000 0006 11 01 03 cd6b05", "< id 1 unit 17 FC 1 3 bytes cd 6b 05" },
	{ T, S, "0102 0000 0006 11 05 00ac ff00", "> id 258 unit 17 FC 5 write 0x00ac on" },
	{ T, H, "0102 0000 0006 11 05 00ac 0000", "< id 258 unit 17 FC 5 write 0x00ac off" },
	{ T, S, "0001 0000 0006 11 06 0001 0003", "> id 1 unit 17 FC 6 write 0x0001: 00 03" },
	{ T, S, "0001 0000 0006 11 08 0000 a537", "> id 1 unit 17 FC 8 loopback a5 37" },
	{ T, H, "0001 0000 0006 11 08 0000 a537", "< id 1 unit 17 FC 8 loopback a5 37" },
	{ T, S, "0001 0000 0009 11 0f 0013 000a 02 cd01",
	  "> id 1 unit 17 FC 15 write 0x0013 count 10: cd 01" },
	{ T, H, "0001 0000 0006 11 0f 0013 000a", "< id 1 unit 17 FC 15 wrote 0x0013 count 10" },
	{ T, S, "0001 0000 000b 11 10 0001 0002 04 000a 0102",
	  "> id 1 unit 17 FC 16 write 0x0001 count 2: 00 0a 01 02" },
	{ T, H, "0001 0000 0006 11 10 0001 0002", "< id 1 unit 17 FC 16 wrote 0x0001 count 2" },
	{ T, S, "0001 0000 0002 11 11", "> id 1 unit 17 FC 17 report server id" },
	{ T, H, "0001 0000 0005 11 11 02 42ff", "< id 1 unit 17 FC 17 2 bytes 42 ff" },
	{ T, S, "0001 0000 0008 11 16 0004 00f2 0025",
	  "> id 1 unit 17 FC 22 mask 0x0004 and 00 f2 or 00 25" },
	{ T, S, "0001 0000 000d 11 17 0003 0006 000e 0001 02 00ff",
	  "> id 1 unit 17 FC 23 read 0x0003 count 6 write 0x000e count 1: 00 ff" },
	{ T, H, "0001 0000 0005 11 17 02 0001", "< id 1 unit 17 FC 23 2 bytes 00 01" },
	{ T, S, "0001 0000 0005 11 2b 0e 01 00",
	  "> id 1 unit 17 FC 43 identification level 1 from object 0" },
	{ T, H, "0001 0000 000d 11 2b 0e 02 82 ff 05 01 02 03 61221b",
	  "< id 1 unit 17 FC 43 identification, conformity 2, 2 \"a??\", more from 5" },
	{ T, H, "0001 0000 0008 11 2b 0e 02 00 00 00 00",
	  "< id 1 unit 17 FC 43 not as the standard has it: 0e 02 00 00 00 00" },
	{ T, H, "0001 0000 0004 11 41 0102", "< id 1 unit 17 FC 65 data 01 02" },
	{ T, S, "0001 0000 0004 11 41 0102", "> id 1 unit 17 FC 65 data 01 02" },
	{ T, H, "0001 0000 0005 11 03 04 0102", "< id 1 unit 17 FC 3 data 04 01 02" },
	{ T, H, "0001 0000 0005 11 03 02 0102 0002 0000 0005 11 03 02 0304",
	  "< id 1 unit 17 FC 3 2 bytes 01 02 | < id 2 unit 17 FC 3 2 bytes 03 04" },
	{ T, H, "ffff 0001 0000 0005 11 03 02 0102",
	  "< no frame, 2 bytes ff ff | < id 1 unit 17 FC 3 2 bytes 01 02" },
	{ T, H, "0001 0000 0005 11", "< no frame, 7 bytes 00 01 00 00 00 05 11" },
	{ R, H, "0103021234b533", "< unit 1 FC 3 2 bytes 12 34" },
	{ R, H, "0103021235b533", "< unit 1 FC 3 2 bytes 12 35, CRC wrong" },
	{ R, S, "010300000001850a", "> unit 1 FC 3 read 0x0000 count 1, CRC wrong" },
	{ R, H, "018302c1f1", "< unit 1 FC 3 exception 2 illegal data address, CRC wrong" },
	{ R, H, "00ff 0103021234b533 7f",
	  "< no frame, 2 bytes 00 ff | < unit 1 FC 3 2 bytes 12 34 | < no frame, 1 bytes 7f" },
	{ R, H, "0103021235b533 0103021234b533",
	  "< unit 1 FC 3 2 bytes 12 35, CRC wrong | < unit 1 FC 3 2 bytes 12 34" },
	{ R, H, "010300000001840a", "< unit 1 FC 3 a question: read 0x0000 count 1" },
	{ R, H, "01030212", "< no frame, 4 bytes 01 03 02 12" },
};

static void
row(size_t i)
{
	const struct proto *proto = proto_find(rows[i].proto);
	uint8_t bytes[300];
	char line[TRACE_LINE], got[2000] = "";
	size_t n = unhex(rows[i].hex, bytes), at = 0, took;

	while (at < n) {
		took = trace_next(proto, rows[i].way, bytes + at, n - at, true, line);
		CHECK(took > 0 && took <= n - at);
		at += took;
		strcat(got, got[0] != '\0' ? " | " : "");
		strcat(got, line);
	}
	if (strcmp(rows[i].lines, got) != 0)
		fprintf(stderr, "%s\n got    %s\n wanted %s\n", rows[i].hex, got, rows[i].lines);
	CHECK(strcmp(rows[i].lines, got) == 0);
}

static void
frames_in_words(void)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		row(i);
}

/* A frame that is still coming in is waited for, byte by byte. */
static void
frames_in_pieces(void)
{
	uint8_t bytes[300];
	char line[TRACE_LINE];

	for (size_t i = 0; i < 2; i++) {
		const struct proto *proto = proto_at(i);
		size_t n = unhex(strcmp(proto->name, T) == 0 ? "0001 0000 0005 11 03 02 0102" :
		    "0103021234b533", bytes);

		for (size_t k = 0; k < n; k++)
			CHECK(trace_next(proto, H, bytes, k, false, line) == 0);
		CHECK(trace_next(proto, H, bytes, n, false, line) == n);
	}
}

/* Whatever the bytes are: all are taken, and every line can be shown. */
static void
any_bytes(void)
{
	uint32_t seed = 7;
	uint8_t bytes[600];
	char line[TRACE_LINE];

	for (int round = 0; round < 40000; round++) {
		const struct proto *proto = proto_at((size_t)round % 2);
		size_t n = 0, at = 0, took;

		for (size_t want = (seed >> 8) % 600; n < want; n++) {
			seed = seed * 1664525 + 1013904223;
			bytes[n] = (uint8_t)(seed >> (seed >> 30 ? 24 : 29));
		}
		while (at < n) {
			took = trace_next(proto, round % 4 < 2 ? H : S, bytes + at, n - at, true,
			    line);
			CHECK(took > 0 && took <= n - at && strlen(line) < TRACE_LINE - 1);
			for (const char *c = line; *c != '\0'; c++)
				CHECK(*c >= ' ' && *c < 0x7f);
			at += took;
		}
		seed += 99;
	}
}

struct talk {
	const struct proto *proto;
	void		*session;
	struct capture	 capture;
	struct out	 out;
	uint8_t		 frame[300];
	int64_t		 now;
	char		 text[200000];	/* the capture */
	size_t		 len;
};

static void
put(struct talk *t, enum trace_way way, const uint8_t *bytes, size_t n)
{
	t->len += capture_put(&t->capture, way, bytes, n, t->now, t->text + t->len);
	CHECK(t->len + CAPTURE_TEXT < sizeof(t->text));
}

static void
asks(struct talk *t, const struct ask *ask)
{
	out_clear(&t->out, t->frame, sizeof(t->frame));
	CHECK(pdu_valid(ask) && t->proto->ask(t->session, ask, t->now, &t->out));
	put(t, S, t->frame, t->out.send.len);
}

static void
hears(struct talk *t, const uint8_t *bytes, size_t n)
{
	uint8_t frame[300];

	out_clear(&t->out, frame, sizeof(frame));
	t->proto->hear(t->session, bytes, n, t->now, &t->out);
	put(t, H, bytes, n);
}

/* Every function once, in a session that has asked before; answers in two
 * pieces, cut at any place.  The replay has the same answers. */
static void
a_talk(const struct proto *proto)
{
	static const struct line line = {
		.silence = 1750, .guard = 5000, .timeout_min = 200000, .timeout_max = 1000000,
		.max_late = 3000000,
	};
	static const struct { uint8_t function; uint16_t count; uint8_t payload; } said[] = {
		{ 1, 19, 0 }, { 2, 8, 0 }, { 3, 125, 0 }, { 4, 1, 0 }, { 5, 1, 1 }, { 6, 1, 2 },
		{ 8, 1, 2 }, { 15, 9, 2 }, { 16, 123, 246 }, { 17, 0, 0 }, { 22, 1, 4 },
		{ 23, 3, 242 }, { 43, 2, 0 },
	};
	static struct talk t;
	static char got[100000];
	static const uint8_t payload[246] = { 1, 2, 3 };
	size_t answers = 0;
	char word[40];

	t = (struct talk){ .proto = proto, .now = 5 };
	t.session = calloc(1, proto->size);
	proto->init(t.session, &line, t.now);
	for (int round = 0; round < 9; round++) {
		if (round < 2)	/* of a life before the capture */
			t.len = capture_begin(&t.capture, proto, &line, t.now, t.text);
		for (size_t i = 0; i < sizeof(said) / sizeof(said[0]); i++) {
			struct ask ask = {
				.address = { 9 }, .function = said[i].function,
				.count = said[i].count, .payload = payload,
				.payload_len = said[i].payload,
			};
			uint8_t answer[300];
			size_t n, cut;

			t.now += 100000;
			asks(&t, &ask);
			n = wire_answer(strcmp(proto->name, R) == 0, t.frame, i, 0, answer);
			cut = 1 + (size_t)round % (n - 1);
			t.now += 15000;
			hears(&t, answer, cut);
			t.now += 1500;
			hears(&t, answer + cut, n - cut);
			CHECK(t.out.nreplies == 1 && t.out.replies[0].status == REPLY_OK);
			answers += round >= 1;
		}
	}
	CHECK(dialogue_play(t.text, got, sizeof(got)) == 0);
	for (size_t i = 1; i <= answers; i++) {
		snprintf(word, sizeof(word), "\n= %zu ok ", i);
		CHECK(strstr(got, word) != NULL);
	}
	CHECK(strstr(got, "busy") == NULL && strstr(got, "timeout\n") == NULL);
	free(t.session);
}

static void
a_capture_replays(void)
{
	a_talk(proto_find(T));
	a_talk(proto_find(R));
}

int
main(void)
{
	RUN(frames_in_words);
	RUN(frames_in_pieces);
	RUN(any_bytes);
	RUN(a_capture_replays);
	return 0;
}
