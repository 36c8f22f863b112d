#include <string.h>

#include "../../protocols/pdu.h"
#include "../check.h"

static struct ask
reading(uint8_t unit, uint8_t function, uint32_t number, uint16_t count)
{
	struct ask ask = { .function = function, .number = number, .count = count };

	ask.address[0] = unit;
	return ask;
}

static void
valid_questions(void)
{
	static const struct { int function; unsigned number, count; bool valid; } rows[] = {
		{ 3, 0, 1, true }, { 4, 0, 1, true }, { 3, 0, 125, true },
		{ 3, 65535, 1, true }, { 3, 65411, 125, true },
		{ 3, 0, 0, false }, { 3, 0, 126, false }, { 3, 65535, 2, false },
		{ 3, 65536, 1, false }, { 3, 0xffffffff, 1, false },
		{ 0, 0, 1, false }, { 6, 0, 1, false }, { 8, 0, 1, false },
		{ 16, 0, 1, false }, { 131, 0, 1, false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ask ask = reading(1, (uint8_t)rows[i].function, rows[i].number,
		    (uint16_t)rows[i].count);

		CHECK(pdu_valid(&ask) == rows[i].valid);
	}
}

/* V1.1b3, 6.3 and 6.4. */
static void
questions_of_the_standard(void)
{
	uint8_t bytes[8];
	struct buf b = { .at = bytes, .cap = sizeof(bytes) };
	struct ask three = reading(1, 3, 107, 3), four = reading(1, 4, 8, 1);

	pdu_put(&b, &three);
	CHECK(!b.bad && b.len == 5 && memcmp(bytes, "\x03\x00\x6b\x00\x03", 5) == 0);
	b.len = 0;
	pdu_put(&b, &four);
	CHECK(!b.bad && b.len == 5 && memcmp(bytes, "\x04\x00\x08\x00\x01", 5) == 0);
	b.cap = 9;
	pdu_put(&b, &four);
	CHECK(b.bad);
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

static void
lengths_from_answers(void)
{
	static const struct { const char *pdu; size_t n, length; } rows[] = {
		{ "", 0, 0 }, { "\x03", 1, 0 }, { "\x03\x04", 2, 6 },
		{ "\x03\xfb", 2, 253 }, { "\x03\xfc", 2, SIZE_MAX }, { "\x03\xff", 2, SIZE_MAX },
		{ "\x06", 1, 5 }, { "\x10", 1, 5 }, { "\x16", 1, 7 }, { "\x83", 1, 2 },
		{ "\xab", 1, 2 }, { "\x80", 1, SIZE_MAX }, { "\xff", 1, SIZE_MAX },
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
		CHECK(p->size > 0 && p->address && p->init && p->ask && p->hear &&
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
	RUN(questions_of_the_standard);
	RUN(fitting);
	RUN(shapes_differ);
	RUN(lengths_from_answers);
	RUN(names_of_exceptions);
	RUN(addresses);
	RUN(table_of_protocols);
	RUN(an_empty_out);
	return 0;
}
