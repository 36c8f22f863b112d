#include <string.h>

#include "../../protocols/identity.h"
#include "../../protocols/pdu.h"
#include "../check.h"
#include "../sim/wire.h"

static struct ask
reading(uint8_t unit, uint8_t function, uint32_t number, uint16_t count)
{
	struct ask ask = { .function = function, .number = number, .count = count };

	ask.address[0] = unit;
	return ask;
}

/* Each limit of the standard, and one beyond. */
static void
valid_questions(void)
{
	static const struct {
		int function;
		unsigned number, count, written, payload;
		bool valid;
	} rows[] = {
		{ 1, 0, 2000, 0, 0, true }, { 1, 0, 2001, 0, 0, false },
		{ 2, 63536, 2000, 0, 0, true }, { 2, 63537, 2000, 0, 0, false },
		{ 2, 0, 0, 0, 0, false }, { 1, 0, 1, 0, 1, false },
		{ 3, 0, 1, 0, 0, true }, { 4, 0, 1, 0, 0, true }, { 3, 0, 125, 0, 0, true },
		{ 3, 65535, 1, 0, 0, true }, { 3, 65411, 125, 0, 0, true },
		{ 3, 0, 0, 0, 0, false }, { 3, 0, 126, 0, 0, false },
		{ 3, 65535, 2, 0, 0, false }, { 3, 65536, 1, 0, 0, false },
		{ 3, 0xffffffff, 1, 0, 0, false }, { 3, 0, 1, 0, 2, false },
		{ 5, 65535, 1, 0, 1, true }, { 5, 65536, 1, 0, 1, false },
		{ 5, 0, 2, 0, 1, false }, { 5, 0, 1, 0, 0, false }, { 5, 0, 1, 0, 2, false },
		{ 6, 65535, 1, 0, 2, true }, { 6, 0, 0, 0, 0, false }, { 6, 0, 1, 0, 1, false },
		{ 8, 0, 1, 0, 2, true }, { 8, 1, 1, 0, 2, false }, { 8, 4, 1, 0, 2, false },
		{ 8, 0, 1, 0, 4, false },
		{ 15, 0, 1968, 0, 246, true }, { 15, 0, 1969, 0, 247, false },
		{ 15, 0, 9, 0, 2, true }, { 15, 0, 9, 0, 1, false },
		{ 15, 65535, 1, 0, 1, true }, { 15, 65535, 2, 0, 1, false },
		{ 16, 0, 123, 0, 246, true }, { 16, 0, 124, 0, 248, false },
		{ 16, 65413, 123, 0, 246, true }, { 16, 65414, 123, 0, 246, false },
		{ 16, 0, 2, 0, 3, false }, { 16, 0, 0, 0, 0, false },
		{ 17, 0, 0, 0, 0, true }, { 17, 0, 1, 0, 0, false }, { 17, 1, 0, 0, 0, false },
		{ 22, 65535, 1, 0, 4, true }, { 22, 0, 1, 0, 2, false },
		{ 22, 0, 2, 0, 4, false },
		{ 23, 0, 125, 0, 242, true }, { 23, 0, 126, 0, 242, false },
		{ 23, 0, 125, 0, 244, false }, { 23, 0, 1, 0, 3, false },
		{ 23, 0, 1, 0, 0, false }, { 23, 0, 0, 0, 2, false },
		{ 23, 0, 1, 65415, 242, true }, { 23, 0, 1, 65416, 242, false },
		{ 23, 0, 1, 0xffffffff, 2, false }, { 23, 65535, 2, 0, 2, false },
		{ 43, 0, 1, 0, 0, true }, { 43, 255, 4, 0, 0, true },
		{ 43, 256, 1, 0, 0, false }, { 43, 0, 0, 0, 0, false },
		{ 43, 0, 5, 0, 0, false },
		{ 0, 0, 1, 0, 0, false }, { 7, 0, 0, 0, 0, false }, { 24, 0, 1, 0, 0, false },
		{ 131, 0, 1, 0, 0, false }, { 255, 0, 1, 0, 0, false },
	};
	static const uint8_t payload[256];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ask ask = reading(1, (uint8_t)rows[i].function, rows[i].number,
		    (uint16_t)rows[i].count);

		ask.write_number = rows[i].written;
		ask.payload = payload;
		ask.payload_len = rows[i].payload;
		CHECK(pdu_valid(&ask) == rows[i].valid);
	}
}

static size_t
unhex(const char *text, uint8_t *out)
{
	size_t n = 0;
	unsigned byte;

	for (; *text != '\0'; text += 2) {
		CHECK(sscanf(text, "%2x", &byte) == 1);
		out[n++] = (uint8_t)byte;
	}
	return n;
}

/* V1.1b3, 6: the examples, each as it is asked, shaped, answered, and read
 * again from its bytes. */
static void
examples_of_the_standard(void)
{
	static const struct {
		int function;
		unsigned number, count, written;
		const char *payload, *question, *answer, *data;
	} rows[] = {
		{ 1, 19, 19, 0, "", "0100130013", "0103cd6b05", "cd6b05" },
		{ 2, 196, 22, 0, "", "0200c40016", "0203acdb35", "acdb35" },
		{ 3, 107, 3, 0, "", "03006b0003", "0306022b00000064", "022b00000064" },
		{ 4, 8, 1, 0, "", "0400080001", "0402000a", "000a" },
		{ 5, 172, 1, 0, "01", "0500acff00", "0500acff00", "" },
		{ 5, 172, 1, 0, "00", "0500ac0000", "0500ac0000", "" },
		{ 6, 1, 1, 0, "0003", "0600010003", "0600010003", "" },
		{ 8, 0, 1, 0, "a537", "080000a537", "080000a537", "" },
		{ 15, 19, 10, 0, "cd01", "0f0013000a02cd01", "0f0013000a", "" },
		{ 16, 1, 2, 0, "000a0102", "100001000204000a0102", "1000010002", "" },
		{ 17, 0, 0, 0, "", "11", "1103424dff", "424dff" },
		{ 22, 4, 1, 0, "00f20025", "16000400f20025", "16000400f20025", "" },
		{ 23, 3, 6, 14, "00ff00ff00ff", "1700030006000e00030600ff00ff00ff",
		  "170c00fe0acd00010003000d00ff", "00fe0acd00010003000d00ff" },
		{ 43, 0, 1, 0, "", "2b0e0100", "2b0e01010000020002414201025831",
		  "010000020002414201025831" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t payload[32], wanted[64], answer[64], data[64], got[64];
		struct buf b = { .at = got, .cap = sizeof(got) };
		struct ask ask = reading(7, (uint8_t)rows[i].function, rows[i].number,
		    (uint16_t)rows[i].count), again;
		struct shape shape;
		size_t n, len;

		ask.write_number = rows[i].written;
		ask.payload_len = unhex(rows[i].payload, payload);
		ask.payload = payload;
		CHECK(pdu_valid(&ask));
		pdu_put(&b, &ask);
		n = unhex(rows[i].question, wanted);
		CHECK(!b.bad && b.len == n && memcmp(got, wanted, n) == 0);
		CHECK(pdu_asked_length(got, n) == n);
		CHECK(pdu_asked(got, n, &again) && again.function == ask.function);
		CHECK(again.number == ask.number && again.count == ask.count);
		CHECK(again.write_number == ask.write_number);
		CHECK(again.payload_len == ask.payload_len);
		for (size_t cut = 0; cut < n; cut++)
			CHECK(!pdu_asked(got, cut, &again));
		shape = pdu_shape(&ask);
		n = unhex(rows[i].answer, answer);
		CHECK(pdu_fit(&shape, 7, answer, n) == FIT_DATA && pdu_length(answer, n) == n);
		CHECK(pdu_fit(&shape, 8, answer, n) == FIT_NOT);
		for (size_t cut = 0; cut < n; cut++)
			CHECK(pdu_fit(&shape, 7, answer, cut) == FIT_NOT);
		answer[n] = 0;
		CHECK(pdu_fit(&shape, 7, answer, n + 1) == FIT_NOT);
		len = unhex(rows[i].data, data);
		CHECK(n - shape.data_at == len && memcmp(answer + shape.data_at, data, len) == 0);
		b.cap = b.len - 1;
		b.len = 0;
		pdu_put(&b, &ask);
		CHECK(b.bad);
	}
}

/* Of an echo every byte counts; a write's answer shows no more than place and
 * count. */
static void
an_echo_is_exact(void)
{
	static const struct { int function; unsigned count, payload, differ; } rows[] = {
		{ 5, 1, 1, 4 }, { 6, 1, 2, 4 }, { 8, 1, 2, 4 }, { 22, 1, 4, 6 },
		{ 15, 8, 1, 4 }, { 16, 1, 2, 4 },
	};
	static const uint8_t payload[4] = { 1, 2, 3, 4 };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ask ask = reading(1, (uint8_t)rows[i].function, 0,
		    (uint16_t)rows[i].count);
		uint8_t pdu[64];
		struct buf b = { .at = pdu, .cap = sizeof(pdu) };
		struct shape shape;

		ask.payload = payload;
		ask.payload_len = rows[i].payload;
		shape = pdu_shape(&ask);
		pdu_put(&b, &ask);
		CHECK(pdu_fit(&shape, 1, pdu, rows[i].differ + 1) == FIT_DATA);
		for (size_t at = 1; at <= rows[i].differ; at++) {
			pdu[at] ^= 0x10;
			CHECK(pdu_fit(&shape, 1, pdu, rows[i].differ + 1) == FIT_NOT);
			pdu[at] ^= 0x10;
		}
	}
}

/* What is left over in the last byte of coils goes out as zero. */
static void
spare_bits(void)
{
	uint8_t bytes[16];
	struct buf b = { .at = bytes, .cap = sizeof(bytes) };
	struct ask ask = reading(1, 15, 0, 10);

	ask.payload = (const uint8_t *)"\xff\xff";
	ask.payload_len = 2;
	pdu_put(&b, &ask);
	CHECK(b.len == 8 && bytes[6] == 0xff && bytes[7] == 0x03);
	ask.function = 5;
	ask.count = 1;
	ask.payload = (const uint8_t *)"\xfe";	/* bit 0 alone is the coil */
	ask.payload_len = 1;
	b.len = 0;
	pdu_put(&b, &ask);
	CHECK(b.len == 5 && bytes[3] == 0 && bytes[4] == 0);
}

static void
no_questions(void)
{
	static const char *const rows[] = {
		"", "00", "07", "0100130000", "01001307d1", "03006b", "03006b000300",
		"0500acff01", "0500acfe00", "0500ac0100", "080001a537", "1101",
		"0f0013000a01cd01", "0f0013000a02cd", "0f0013000a01cd", "100001000204000a01",
		"100001000203000a01", "1700030006000e00020600ff00ff00ff", "2b0d0100",
		"2b0e0500", "83", "8302",
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t pdu[32];
		struct ask ask;

		CHECK(!pdu_asked(pdu, unhex(rows[i], pdu), &ask));
	}
}

static void
identification(void)
{
	static const struct { const char *data; bool sound; int n; bool more; } rows[] = {
		{ "010000020002414201025831", true, 2, false },
		{ "0100000100024142", true, 1, false },
		{ "83ff0302010141020142", true, 2, true },
		{ "01ff0201010141", true, 1, true },
		{ "01ff0101010141", false, 0, false },	/* from where it was */
		{ "01ff0100", false, 0, false },	/* more of nothing */
		{ "00000000", false, 0, false }, { "04000000", false, 0, false },
		{ "01010000", false, 0, false }, { "010000", false, 0, false },
		{ "", false, 0, false }, { "8100000100034142", false, 0, false },
		{ "81000001", false, 0, false }, { "81000000", true, 0, false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t data[64], number;
		size_t len = unhex(rows[i].data, data), n;
		struct identity id;

		CHECK((identity_read(data, len, &id) == 0) == rows[i].sound);
		CHECK(!rows[i].sound || (id.n == rows[i].n && id.more == rows[i].more));
		CHECK(!rows[i].sound || identity_object(data, len, id.n, &number, &n) == NULL);
	}
}

static void
an_object(void)
{
	static const uint8_t data[] = { 0x83, 0xff, 3, 2, 1, 1, 'A', 2, 1, 'B' };
	uint8_t number;
	size_t len = sizeof(data), n;
	struct identity id;
	const uint8_t *text = identity_object(data, len, 1, &number, &n);

	CHECK(text != NULL && number == 2 && n == 1 && *text == 'B');
	CHECK(identity_read(data, len, &id) == 0 && id.level == 3 && id.single && id.next == 3);
	CHECK(strcmp(identity_name(0), "VendorName") == 0);
	CHECK(strcmp(identity_name(6), "UserApplicationName") == 0);
	CHECK(identity_name(7) == NULL && identity_name(255) == NULL);
}

static void
fitting(void)
{
	static const struct {
		uint8_t unit;
		const char *pdu;
		size_t n;
		enum fit fit;
	} rows[] = {	/* to: unit 1, function 3, two registers */
		{ 1, "\x03\x04""abcd", 6, FIT_DATA },
		{ 2, "\x03\x04""abcd", 6, FIT_NOT },
		{ 1, "\x04\x04""abcd", 6, FIT_NOT },
		{ 1, "\x03\x03""abcd", 6, FIT_NOT },
		{ 1, "\x03\x04""abcde", 7, FIT_NOT },
		{ 1, "\x03\x04""abc", 5, FIT_NOT },
		{ 1, "\x03", 1, FIT_NOT },
		{ 1, "", 0, FIT_NOT },
		{ 1, "\x83\x02", 2, FIT_REFUSED },
		{ 1, "\x83\xff", 2, FIT_REFUSED },
		{ 1, "\x83", 1, FIT_NOT },
		{ 1, "\x83\x02\x00", 3, FIT_NOT },
		{ 1, "\x84\x02", 2, FIT_NOT },
		{ 2, "\x83\x02", 2, FIT_NOT },
	};
	struct ask ask = reading(1, 3, 0, 2);
	struct shape shape = pdu_shape(&ask);

	CHECK(shape.len == 6 && shape.data_at == 2);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		CHECK(pdu_fit(&shape, rows[i].unit, (const uint8_t *)rows[i].pdu,
		    rows[i].n) == rows[i].fit);
}

/* No answer fits two shapes that differ. */
static void
shapes_differ(void)
{
	struct ask a = reading(1, 3, 0, 2), b = a;
	struct shape one, two;

	b.number = 700;		/* nothing an answer shows */
	one = pdu_shape(&a);
	two = pdu_shape(&b);
	CHECK(shape_same(&one, &two));
	for (int what = 0; what < 3; what++) {
		b = a;
		b.address[0] = (uint8_t)(b.address[0] + (what == 0));
		b.function = (uint8_t)(b.function + (what == 1));
		b.count = (uint16_t)(b.count + (what == 2));
		two = pdu_shape(&b);
		CHECK(!shape_same(&one, &two));
	}
}

static uint32_t
random_below(uint32_t *seed, uint32_t n)
{
	*seed = *seed * 1664525 + 1013904223;
	return (*seed >> 8) % n;
}

/* Of few values, so that two are often nearly the same. */
static struct ask
any_question(uint32_t *seed)
{
	static const struct { uint8_t function, most, bits; } rows[] = {
		{ 1, 20, 0 }, { 2, 20, 0 }, { 3, 3, 0 }, { 4, 3, 0 }, { 5, 1, 1 }, { 6, 1, 16 },
		{ 8, 1, 16 }, { 15, 20, 1 }, { 16, 3, 16 }, { 17, 0, 0 }, { 22, 1, 32 },
		{ 23, 3, 16 }, { 43, 4, 0 },
	};
	static const uint8_t payloads[4][8] = { { 0 }, { 1 }, { 0, 1 }, { 0, 0, 1, 2, 3 } };
	uint32_t i = random_below(seed, sizeof(rows) / sizeof(rows[0]));
	struct ask ask = reading((uint8_t)(1 + random_below(seed, 2)), rows[i].function, 0, 0);

	if (rows[i].most > 0)
		ask.count = (uint16_t)(1 + random_below(seed, rows[i].most));
	if (ask.function != 8 && ask.function != 17)
		ask.number = random_below(seed, 2);
	ask.payload = payloads[random_below(seed, 4)];
	ask.payload_len = (ask.count * rows[i].bits + 7u) / 8;
	return ask;
}

/* The law that correlation rests on, over all functions. */
static void
no_answer_fits_two_shapes(void)
{
	uint32_t seed = 1;
	int same = 0;

	for (int round = 0; round < 200000; round++) {
		struct ask a = any_question(&seed), b = any_question(&seed);
		struct shape one = pdu_shape(&a), two = pdu_shape(&b);
		uint8_t asked[64], answer[300];
		struct buf q = { .at = asked, .cap = sizeof(asked) };
		size_t n;

		CHECK(pdu_valid(&a) && pdu_valid(&b));
		buf_put8(&q, a.address[0]);
		pdu_put(&q, &a);
		n = wire_answer(true, asked, (uint64_t)round, 0, answer) - 3;
		CHECK(pdu_fit(&one, a.address[0], answer + 1, n) == FIT_DATA);
		if (shape_same(&one, &two))
			same++;
		else
			CHECK(pdu_fit(&two, a.address[0], answer + 1, n) == FIT_NOT);
	}
	CHECK(same > 1000);
}

static void
lengths_from_answers(void)
{
	static const struct { const char *pdu; size_t n, length; } rows[] = {
		{ "", 0, 0 }, { "\x03", 1, 0 }, { "\x03\x04", 2, 6 },
		{ "\x03\xfb", 2, 253 }, { "\x03\xfc", 2, SIZE_MAX }, { "\x03\xff", 2, SIZE_MAX },
		{ "\x06", 1, 5 }, { "\x10", 1, 5 }, { "\x16", 1, 7 }, { "\x83", 1, 2 },
		{ "\xab", 1, 2 }, { "\x80", 1, SIZE_MAX }, { "\xff", 1, SIZE_MAX },
		{ "\x11", 1, 0 }, { "\x11\x00", 2, 2 }, { "\x11\xfb", 2, 253 },
		{ "\x2b", 1, 0 }, { "\x2b\x0d", 2, SIZE_MAX }, { "\x2b\x0e", 2, 0 },
		{ "\x2b\x0e\x01\x01\x00\x00\x00", 7, 7 },
		{ "\x2b\x0e\x01\x01\x00\x00\x01", 7, 0 },
		{ "\x2b\x0e\x01\x01\x00\x00\x01\x00", 8, 0 },
		{ "\x2b\x0e\x01\x01\x00\x00\x01\x00\x03", 9, 12 },
		{ "\x2b\x0e\x01\x01\x00\x00\x01\x00\xf4", 9, 253 },
		{ "\x2b\x0e\x01\x01\x00\x00\x01\x00\xf5", 9, SIZE_MAX },
		{ "\x2b\x0e\x01\x01\x00\x00\x02\x00\xf3", 9, SIZE_MAX },
		{ "\x00", 1, SIZE_MAX }, { "\x7f", 1, SIZE_MAX }, { "\x09", 1, SIZE_MAX },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		CHECK(pdu_length((const uint8_t *)rows[i].pdu, rows[i].n) == rows[i].length);
}

static void
names_of_exceptions(void)
{
	CHECK(strcmp(pdu_exception(1), "illegal function") == 0);
	CHECK(strcmp(pdu_exception(2), "illegal data address") == 0);
	CHECK(strcmp(pdu_exception(11), "gateway target device failed to respond") == 0);
	for (unsigned code = 0; code < 256; code++)
		CHECK((strcmp(pdu_exception((uint8_t)code), "unknown exception") == 0) ==
		    (code == 0 || code == 9 || code > 11));
}

static void
addresses(void)
{
	static const struct { const char *proto, *text; int unit; } rows[] = {
		{ "modbus-rtu", "1", 1 }, { "modbus-rtu", "247", 247 },
		{ "modbus-rtu", "007", 7 }, { "modbus-rtu", "0", -1 },
		{ "modbus-rtu", "248", -1 }, { "modbus-rtu", "", -1 },
		{ "modbus-rtu", "-1", -1 }, { "modbus-rtu", "1 ", -1 },
		{ "modbus-rtu", "0x1", -1 }, { "modbus-rtu", "0001", -1 },
		{ "modbus-tcp", "0", 0 }, { "modbus-tcp", "255", 255 },
		{ "modbus-tcp", "256", -1 }, { "modbus-tcp", "4294967297", -1 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t out[ADDRESS_MAX];
		const char *why = NULL;
		int rc;

		memset(out, 0xee, sizeof(out));
		rc = proto_find(rows[i].proto)->address(rows[i].text, out, &why);
		CHECK((rc == 0) == (rows[i].unit >= 0));
		CHECK(rc != 0 || (out[0] == rows[i].unit && out[1] == 0 &&
		    out[ADDRESS_MAX - 1] == 0));
		CHECK(rc == 0 || strstr(why, " to ") != NULL);
	}
}

static void
table_of_protocols(void)
{
	size_t n = 0;

	for (const struct proto *p; (p = proto_at(n)) != NULL; n++) {
		CHECK(proto_find(p->name) == p);
		CHECK(p->size > 0 && p->address && p->init && p->hear &&
		    p->tick && p->tally);
	}
	CHECK(n >= 2);
	CHECK(proto_find("modbus-tcp") != NULL && proto_find("modbus-rtu") != NULL);
	CHECK(proto_find("modbus") == NULL && proto_find("") == NULL);
}

static void
an_empty_out(void)
{
	struct out out;
	uint8_t frame[10];

	memset(&out, 0xee, sizeof(out));
	out_clear(&out, frame, sizeof(frame));
	CHECK(out.send.at == frame && out.send.len == 0 && out.send.cap == 10);
	CHECK(!out.send.bad && out.send.pos == 0);
	CHECK(out.nreplies == 0 && out.npushes == 0 && out.identity == NULL);
	CHECK(out.owed == 0 && out.deadline == INT64_MAX);
}

int
main(void)
{
	RUN(valid_questions);
	RUN(examples_of_the_standard);
	RUN(an_echo_is_exact);
	RUN(spare_bits);
	RUN(no_questions);
	RUN(identification);
	RUN(an_object);
	RUN(fitting);
	RUN(shapes_differ);
	RUN(no_answer_fits_two_shapes);
	RUN(lengths_from_answers);
	RUN(names_of_exceptions);
	RUN(addresses);
	RUN(table_of_protocols);
	RUN(an_empty_out);
	return 0;
}
