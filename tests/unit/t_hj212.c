#include <stdio.h>
#include <string.h>

#include "../../gateway/crypt.h"
#include "../../protocols/dtu.h"
#include "../../protocols/hj212.h"
#include "../check.h"

#define S	1000000LL
#define MN	"010000A8900016F000169DC0"
#define HEAD	"ST=31;CN=2011;PW=123456;MN=" MN ";Flag=5;CP=&&"

static struct push pushes[HJ212_PAIRS];
static uint8_t words[24 * 1024], sent[300], receipt[256], rest[16 * 1024];
static unsigned char session[1024] __attribute__((aligned(16)));
static struct out out;
static struct hj212_conf conf;

static void
clear(void)
{
	out_clear(&out, sent, sizeof(sent));
	out.pushes = pushes;
	out.most = HJ212_PAIRS;
	out.words = (struct buf){ .at = words, .cap = sizeof(words) };
	out.receipt = (struct buf){ .at = receipt, .cap = sizeof(receipt) };
}

static void
begin(struct hj212_conf c)
{
	const struct line line = { .hj212 = &conf };

	conf = c;
	CHECK(hj212.size <= sizeof(session));	/* ten thousand are to be cheap */
	memset(session, 0, hj212.size);
	out.rest = (struct rest){ .at = rest, .cap = sizeof(rest) };
	hj212.init(session, &line, 0);
}

static size_t
wrapped(const char *segment, uint8_t *to)
{
	struct buf b = { .at = to, .cap = 12000 };

	hj212_wrap(&b, HJ212_CHECK, segment, strlen(segment));
	CHECK(!b.bad);
	return b.len;
}

/* The text of the answer that is owed, once it is paid. */
static const char *
answer_to(const char *segment, int64_t now)
{
	static char text[300];
	uint8_t bytes[12000];
	size_t n = wrapped(segment, bytes);

	clear();
	hj212.hear(session, bytes, n, now, &out);
	CHECK((out.owed != 0) == (out.receipt.len > 0) && !out.receipt.bad);
	if (out.owed == 0)
		return "";
	hj212.stored(session, out.owed);
	memcpy(text, receipt, out.receipt.len);
	text[out.receipt.len] = '\0';
	return text;
}

static const struct push *
pushed(const char *key)
{
	for (size_t i = 0; i < out.npushes; i++)
		if (strcmp(pushes[i].key, key) == 0)
			return &pushes[i];
	return NULL;
}

/* Hears one segment; are there so many values? */
static size_t
heard(const char *segment)
{
	uint8_t bytes[12000];

	clear();
	hj212.hear(session, bytes, wrapped(segment, bytes), 0, &out);
	return out.npushes;
}

static void
checks_of_the_standard(void)
{
	static const struct { const char *text; size_t n; uint16_t crc; } rows[] = {
		{ "", 0, 0xFFFF }, { "\0", 1, 0x4040 }, { "\xFF", 1, 0x0000 },
		{ "\0\0", 2, 0xF001 }, { "1", 1, 0x9481 }, { "A", 1, 0x7080 },
		{ "##", 2, 0xB381 }, { "123456789", 9, 0x2F80 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		CHECK(hj212_crc((const uint8_t *)rows[i].text, rows[i].n) == rows[i].crc);
}

static void
times_are_those_of_china(void)
{
	static const struct { const char *text; int64_t ms; } rows[] = {
		{ "20160801085857", 1470013137000 }, { "20160801085857123", 1470013137123 },
		{ "201608010858", 1470013080000 }, { "2016080108", 1470009600000 },
		{ "20160229000000", 1456675200000 }, { "20170229000000", -1 },
		{ "20161301000000", -1 }, { "20160801240000", -1 }, { "20160801086000", -1 },
		{ "2016080108585", -1 }, { "", -1 }, { "2016080108585x", -1 },
		{ "19691231235959", -1 }, { "20160001000000", -1 }, { "20160100000000", -1 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		CHECK(hj212_time(rows[i].text) == rows[i].ms);
}

static void
values_come_with_time_mark_and_key(void)
{
	begin((struct hj212_conf){ .dialect = HJ212_2017 });
	CHECK(heard(HEAD "DataTime=20160801085857;a34041-Rtd=1.25,a34041-Flag=N;"
	    "w01018-SampleTime=20160801070000,w01018-Rtd=2.2,w01018-Flag=D,w01018-EFlag=A01;"
	    "a01012-Rtd=35.1&&") == 4);
	CHECK(strcmp(out.identity, MN) == 0 && out.owed != 0);
	CHECK(strcmp(pushed("a34041-Rtd")->text, "1.25") == 0);
	CHECK(strcmp(pushed("a34041-Rtd")->mark, "N") == 0);
	CHECK(pushed("a34041-Rtd")->time == 1470013137000);
	CHECK(pushed("w01018-Rtd")->time == hj212_time("20160801070000"));
	CHECK(strcmp(pushed("w01018-Rtd")->mark, "D") == 0);
	CHECK(strcmp(pushed("w01018-EFlag")->text, "A01") == 0);
	CHECK(pushed("a01012-Rtd")->mark == NULL);
	CHECK(pushed("DataTime") == NULL && pushed("a34041-Flag") == NULL);
}

static void
spans_of_time_are_other_points(void)
{
	begin((struct hj212_conf){ .dialect = HJ212_2017 });
	CHECK(heard("QN=20160801085000001;ST=32;CN=2061;PW=123456;MN=" MN ";Flag=4;CP=&&"
	    "DataTime=20160801080000;w00000-Cou=63.0,w00000-Avg=17.5,w00000-Flag=N&&") == 2);
	CHECK(pushed("2061/w00000-Cou") != NULL && pushed("2061/w00000-Avg") != NULL);
	CHECK(strcmp(pushed("2061/w00000-Avg")->mark, "N") == 0 && out.owed == 0);
	CHECK(heard("ST=32;CN=2021;PW=1;MN=x;Flag=4;CP=&&SB1-RS=1;SB2-RS=0&&") == 2);
	CHECK(pushed("SB1-RS") != NULL && pushed("SB1-RS")->time == 0);
}

/* What makes, and the text of the standard, write otherwise. */
static void
loose_grammar_is_understood(void)
{
	begin((struct hj212_conf){ .dialect = HJ212_2005 });
	CHECK(heard("QN=20160801085857534,ST=32;CN=2011;PW=123456;MN=a;Flag=5CP=&&"
	    "a-Rtd=1&&") == 1);
	CHECK(heard("ST=32;CN=2011;PW=123456;MN=a;CP=&& DataTime=20160801085857; "
	    "i13005-Info =40 , x-Rtd= 7 ;; ,&&") == 2);
	CHECK(strcmp(pushed("i13005-Info")->text, "40") == 0);
	CHECK(strcmp(pushed("x-Rtd")->text, "7") == 0);
	CHECK(heard("ST=32;CN=2011;PW=1;MN=a;CP=&&a-Flag=T,a-Rtd=1;b-Rtd=2,Flag=D;c-Rtd=3&&") == 3);
	CHECK(strcmp(pushed("a-Rtd")->mark, "T") == 0);
	CHECK(strcmp(pushed("b-Rtd")->mark, "D") == 0 && pushed("c-Rtd")->mark == NULL);
	CHECK(heard("ST=32;CN=3020;PW=1;MN=a;CP=&&DataTime=20160801085857;"
	    "i11001-Info=//门开; a=1, b=2//;y-Rtd=5&&") == 2);
	CHECK(strcmp(pushed("i11001-Info")->text, "门开; a=1, b=2") == 0);
	CHECK(strcmp(out.note, "a logs: 门开; a=1, b=2") == 0);
	CHECK(heard("ST=32;CN=2081;PW=1;MN=a;CP=&&DataTime=20160801085857;"
	    "RestartTime=20160801085800&&") == 0);
	CHECK(strcmp(out.note, "a started at 20160801085800") == 0);
	CHECK(heard("ST=21;CN=3020;PW=1;MN=a;Flag=4;CP=&&i=1001-Info&&") == 1);
	CHECK(out.note == NULL);
}

static void
refused_are(const char *segment)
{
	uint64_t garbled = hj212.tally(session)->garbled;

	CHECK(heard(segment) == 0 && out.identity == NULL && out.owed == 0);
	CHECK(hj212.tally(session)->garbled > garbled);
}

static void
what_is_no_grammar_is_refused(void)
{
	begin((struct hj212_conf){ .dialect = HJ212_2017 });
	refused_are("ST=32;CN=2011;PW=1;MN=a;CP=&&a-Rtd=\x01&&");
	refused_are("ST=32;CN=2011;PW=1;MN=a;CP=&&a-Rtd=\xC3&&");
	refused_are("ST=32;CN=2011;PW=1;MN=a;CP=&&a-Rtd=1");
	refused_are("ST=32;CN=2011;PW=1;MN=a;a-Rtd=1&&");
	refused_are("ST=32;CN=201;PW=1;MN=a;CP=&&a-Rtd=1&&");
	refused_are("ST=32;PW=1;MN=a;CP=&&a-Rtd=1&&");
	refused_are("ST=32;CN=2011;PW=1;MN=0123456789012345678901234567890123;CP=&&a-Rtd=1&&");
	refused_are("ST=32;CN=2011;PW=1;MN=a;CP=&&4va4S7K9JkR0&&");	/* enciphered? */
	refused_are("ST=32;CN=2011;PW=1;MN=a;CP=&&4va4S7K9JkR04va4S7K9Jg==&&");
	refused_are("ST=32;CN=2011;PW=1;MN=a;CP=&&4va4S7K9JkR04va4S7K9JkR04va4S7K9JkR0g78=&&");
	refused_are("ST=32;CN=2011;PW=1;MN=a;CP=&&no pair; of anything&&");
	refused_are("ST=32;CN=2011;PW=1;MN=a;CP=&&a-Rtd=;b-Rtd= , =5&&");
	refused_are("QN=2016080108585722300000;CN=2011;PW=1;MN=a;CP=&&&&");
}

static void
answers_say_what_was_asked(void)
{
	begin((struct hj212_conf){ .dialect = HJ212_2017 });
	CHECK(strcmp(answer_to("QN=20160801085857223;ST=32;CN=2011;PW=123456;MN=" MN
	    ";Flag=5;CP=&&a-Rtd=1&&", 0), "##0087QN=20160801085857223;ST=91;CN=9014;PW=123456;MN="
	    MN ";Flag=4;CP=&&&&3240\r\n") == 0);
	CHECK(strstr(answer_to("QN=20240601085857223;ST=32;CN=2011;PW=123456;MN=" MN
	    ";Flag=9;CP=&&a-Rtd=1&&", 0), "Flag=8;CP=&&&&21C0\r\n") != NULL);
	CHECK(strstr(answer_to("QN=1;ST=32;CN=1013;PW=1;MN=a;Flag=5;CP=&&&&", 0),
	    "CN=9013;") != NULL);
	CHECK(strstr(answer_to("ST=91;CN=9015;PW=1;MN=a;Flag=9;CP=&&&&", 0), "CN=9013;") != NULL);
	CHECK(strncmp(answer_to("ST=32;CN=2011;PW=1;MN=a;CP=&&a-Rtd=1&&", 0), "##", 2) == 0);
	CHECK(strstr(answer_to("ST=32;CN=2011;PW=1;MN=a;CP=&&a-Rtd=2&&", 0),
	    "ST=91;CN=9014;PW=1;MN=a;Flag=4;CP=&&&&") != NULL);	/* no QN: none is said */
}

static void
answers_nobody_asked_for_are_not_sent(void)
{
	begin((struct hj212_conf){ .dialect = HJ212_2017 });
	CHECK(strcmp(answer_to("QN=1;ST=32;CN=2011;PW=1;MN=a;Flag=4;CP=&&a-Rtd=1&&", 0), "") == 0);
	CHECK(strcmp(answer_to("QN=1;ST=91;CN=9014;PW=1;MN=a;Flag=5;CP=&&&&", 0), "") == 0);
	CHECK(strcmp(answer_to("QN=1;ST=91;CN=9011;PW=1;MN=a;Flag=5;CP=&&QnRtn=1&&", 0), "") == 0);
	CHECK(strcmp(answer_to("QN=1;ST=32;CN=1062;PW=1;MN=a;Flag=5;CP=&&&&", 0), "") == 0);
	CHECK(strcmp(answer_to("QN=1;ST=32;CN=1014;PW=1;MN=a;Flag=5;CP=&&&&", 0), "") == 0);
	begin((struct hj212_conf){ .dialect = HJ212_2025 });
	CHECK(strstr(answer_to("QN=1;ST=32;CN=1014;PW=1;MN=a;Flag=9;CP=&&&&", 0),
	    "CN=9013") != NULL);
	begin((struct hj212_conf){ .dialect = HJ212_SURFACE });
	CHECK(strcmp(answer_to("QN=1;ST=21;CN=1014;PW=1;MN=a;Flag=9;CP=&&&&", 0), "") == 0);
	CHECK(strstr(answer_to("ST=21;CN=2061;PW=1;MN=a;CP=&&a-Avg=1&&", 0), "Flag=8") != NULL);
	begin((struct hj212_conf){ .dialect = HJ212_2017, .answer = HJ212_NEVER });
	CHECK(strcmp(answer_to("QN=1;ST=32;CN=2011;PW=1;MN=a;Flag=5;CP=&&a-Rtd=1&&", 0), "") == 0);
	begin((struct hj212_conf){ .dialect = HJ212_2017, .answer = HJ212_ALWAYS });
	CHECK(strcmp(answer_to("QN=1;ST=32;CN=2011;PW=1;MN=a;Flag=4;CP=&&a-Rtd=1&&", 0), "") != 0);
}

/* A resend is acknowledged again and stored once, over a new line too. */
static void
what_came_before_is_only_acknowledged(void)
{
	static const char segment[] = "QN=20160801085857223;" HEAD "a-Rtd=1&&";
	const struct line line = { .hj212 = &conf };

	begin((struct hj212_conf){ .dialect = HJ212_2017 });
	CHECK(heard(segment) == 1);		/* never stored: the same is news */
	CHECK(answer_to(segment, 0)[0] == '#');
	CHECK(heard(segment) == 0 && out.identity != NULL && out.owed != 0);
	hj212.init(session, &line, 0);
	CHECK(heard(segment) == 0 && out.owed != 0);
	CHECK(answer_to(segment, 0)[0] == '#');
	CHECK(heard("QN=20160801085857224;" HEAD "a-Rtd=1&&") == 1);
}

/* By one who had the line before: it is no receipt that went out. */
static void
what_was_stored_before_a_start_is_known(void)
{
	static const char segment[] = "QN=20160801085857223;" HEAD "a-Rtd=1&&";
	uint64_t print;

	begin((struct hj212_conf){ .dialect = HJ212_2017 });
	CHECK(heard(segment) == 1);
	print = out.owed;
	begin((struct hj212_conf){ .dialect = HJ212_2017 });
	CHECK(heard(segment) == 1 && out.owed == print);
	begin((struct hj212_conf){ .dialect = HJ212_2017 });
	hj212.knew(session, print);
	hj212.knew(session, print);
	CHECK(hj212.tally(session)->asked == 0);
	CHECK(heard(segment) == 0 && out.owed == print && out.receipt.len > 0);
}

/* It may say of itself that it is one, and a machine may always say the same QN. */
static void
what_comes_again_is_known_by_what_it_says(void)
{
	static const char is[] = "QN=1;ST=31;CN=2011;PW=1;MN=a;Flag=9;CP=&&%s&&";
	static const struct { const char *segment; bool known; } rows[] = {
		{ "QN=1;ST=31;CN=2011;PW=1;MN=a;Flag=9;CP=&&DataTime=20260101000000;a-Rtd=1&&", true },
		{ "QN=1;ST=31;CN=2011;PW=1;MN=a;Flag=9;RF=1;CP=&&DataTime=20260101000000;a-Rtd=1&&",
		  true },
		{ "QN=1;ST=31;CN=2011;PW=1;MN=a;Flag=9;CP=&&DataTime=20260101000100;a-Rtd=1&&", false },
		{ "QN=2;ST=31;CN=2011;PW=1;MN=a;Flag=9;CP=&&DataTime=20260101000000;a-Rtd=1&&", false },
		{ "QN=1;ST=31;CN=2061;PW=1;MN=a;Flag=9;CP=&&DataTime=20260101000000;a-Rtd=1&&", false },
		{ "QN=1;ST=31;CN=2011;PW=1;MN=b;Flag=9;CP=&&DataTime=20260101000000;a-Rtd=1&&", false },
		{ "QN=1;ST=31;CN=2011;PW=1;MN=a;Flag=11;PNUM=2;PNO=2;CP=&&"
		  "DataTime=20260101000000;a-Rtd=1&&", false },
	};
	char segment[200];

	begin((struct hj212_conf){ .dialect = HJ212_2025 });
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(segment, sizeof(segment), is, "DataTime=20260101000000;a-Rtd=1");
		CHECK(answer_to(segment, 0)[0] == '#');
		CHECK((heard(rows[i].segment) == 0) == rows[i].known);
	}
	snprintf(segment, sizeof(segment), "%s", "ST=31;CN=2011;PW=1;MN=a;CP=&&a-Rtd=1&&");
	CHECK(answer_to(segment, 0)[0] == '#');	/* nothing tells it from one that is new */
	CHECK(heard(segment) == 1);
}

/* Acknowledged in any order, and long after others came. */
static void
what_is_stored_late_is_known_then(void)
{
	uint64_t first;
	char segment[200];

	begin((struct hj212_conf){ .dialect = HJ212_2017 });
	heard("QN=1;" HEAD "a-Rtd=1&&");
	first = out.owed;
	for (int i = 0; i < 32; i++) {
		snprintf(segment, sizeof(segment), "QN=%d;" HEAD "a-Rtd=%d&&", i + 2, i);
		CHECK(heard(segment) == 1 && out.owed != first);
	}
	hj212.stored(session, out.owed);
	CHECK(heard(segment) == 0 && heard("QN=1;" HEAD "a-Rtd=1&&") == 1);
	hj212.stored(session, first);
	CHECK(heard("QN=1;" HEAD "a-Rtd=1&&") == 0 && out.owed == first);
}

/* A packet that is checked in that way; is it taken?  Then it is answered so. */
static bool
hears_checked(enum hj212_check way, int value)
{
	uint8_t bytes[200];
	struct buf b = { .at = bytes, .cap = sizeof(bytes) };
	struct hj212_frame f;
	char text[100];
	int n = snprintf(text, sizeof(text), "QN=20160801085857223;ST=31;CN=2011;PW=1;MN=a;Flag=5;"
	    "CP=&&a-Rtd=%d&&", value);

	hj212_wrap(&b, way, text, (size_t)n);
	clear();
	hj212.hear(session, bytes, b.len, 0, &out);
	if (out.identity == NULL)
		return false;
	CHECK(hj212_scan(receipt, out.receipt.len, 300, way, &f) == HJ212_WHOLE);
	CHECK(hj212_sound(way, f.segment, f.n, f.sum) && f.len == out.receipt.len);
	return true;
}

/* What a maker took for the check it expects in answers. */
static void
answers_are_checked_as_the_machine_does(void)
{
	static const enum hj212_check ways[] = { HJ212_CHECK, HJ212_MODBUS_BE, HJ212_MODBUS_LE };

	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		begin((struct hj212_conf){ .dialect = HJ212_2017, .check = (uint8_t)ways[i] });
		CHECK(hears_checked(ways[i], 1) && !hears_checked(ways[(i + 1) % 3], 2));
		begin((struct hj212_conf){ .dialect = HJ212_2017, .check = HJ212_LEARN });
		CHECK(hears_checked(ways[i], 1) == (i == 0) && hears_checked(ways[i], 2) == (i == 0));
		CHECK(hears_checked(ways[i], 3));
		begin((struct hj212_conf){ .dialect = HJ212_2017, .check = HJ212_UNCHECKED });
		CHECK(hears_checked(ways[i], 1) && hears_checked(ways[(i + 1) % 3], 2));
	}
}

static void
checks_of_makers_are_learnt(void)
{
	static const char segment[] = "ST=31;CN=2011;PW=1;MN=a;CP=&&a-Rtd=%d&&";
	static const char *const tails[] = { "0000\r\n", "XXXX\r\n", "\xFF\x01  \r\n",
	    "####\r\n", "&&&&\r\n" };
	uint64_t taken;

	begin((struct hj212_conf){ .dialect = HJ212_2005, .check = HJ212_LEARN });
	for (int i = 0; i < 5; i++) {
		char text[100], packet[140];
		uint8_t bytes[12000];
		size_t n;

		snprintf(text, sizeof(text), segment, i);
		n = wrapped(text, bytes);
		for (unsigned sum = 0; sum < 65536; sum++)
			if (hj212_sound(HJ212_MODBUS_LE, (uint8_t *)text, strlen(text),
			    (uint16_t)sum)) {
				snprintf(packet, sizeof(packet), "%.*s%04X\r\n", (int)n - 6,
				    (char *)bytes, sum);
				break;
			}
		clear();
		hj212.hear(session, (uint8_t *)packet, n, 0, &out);
		CHECK((out.identity != NULL) == (i >= 2));
	}
	hj212.init(session, &(struct line){ .hj212 = &conf }, 0);
	CHECK(hears_checked(HJ212_MODBUS_LE, 7));	/* it calls anew, and is known */
	taken = hj212.tally(session)->answered;
	CHECK(taken == 4 && heard("ST=31;CN=2011;PW=1;MN=a;CP=&&a-Rtd=9&&") == 0);
	CHECK(!hears_checked(HJ212_CHECK, 10));	/* and where its maker mends it, too */
	CHECK(hears_checked(HJ212_CHECK, 11) && !hears_checked(HJ212_MODBUS_LE, 12));
	begin((struct hj212_conf){ .dialect = HJ212_2005, .check = HJ212_UNCHECKED });
	for (size_t i = 0; i < sizeof(tails) / sizeof(tails[0]); i++) {
		char packet[60];

		snprintf(packet, sizeof(packet), "##0038ST=31;CN=2011;PW=1;MN=a;CP=&&a-Rtd=%zu&&%s",
		    i, tails[i]);
		clear();
		hj212.hear(session, (const uint8_t *)packet, strlen(packet), 0, &out);
		CHECK(out.npushes == 1 && out.pushes[0].text[0] == (char)('0' + i));
	}
	CHECK(hj212.tally(session)->garbled == 0);
	/* where it is looked at it has hex digits */
	begin((struct hj212_conf){ .dialect = HJ212_2005 });
	clear();
	hj212.hear(session, (const uint8_t *)"##0038ST=31;CN=2011;PW=1;MN=a;CP=&&a-Rtd=9&&XXXX\r\n",
	    50, 0, &out);
	CHECK(out.npushes == 0 && hj212.tally(session)->garbled > 0);
}

/* The next one may be a minute away, and it wants its answer within seconds. */
static void
one_without_its_tail_is_taken(void)
{
	static const struct { const char *end; int64_t wait; } rows[] = {
		{ "\r\n", 0 }, { "", 1 * S }, { "\n", 1 * S }, { "\r", 1 * S },
		{ "\n\n", 0 }, { "\n##", 0 }, { "\0", 1 * S },
	};
	uint8_t bytes[300];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t n = wrapped("QN=20160801085857223;" HEAD "a-Rtd=1&&", bytes) - 2;
		size_t end = strlen(rows[i].end) + (i == 6);

		memcpy(bytes + n, rows[i].end, end);
		begin((struct hj212_conf){ .dialect = HJ212_2017 });
		clear();
		hj212.hear(session, bytes, n + end, 0, &out);
		if (rows[i].wait > 0) {
			CHECK(out.npushes == 0);
			hj212.tick(session, rows[i].wait - 1, &out);
			CHECK(out.npushes == 0 && out.deadline == rows[i].wait);
			hj212.tick(session, rows[i].wait, &out);
		}
		CHECK(out.npushes == 1 && out.owed != 0);
		if (i != 5) {		/* what is late of it is of no packet, and no noise */
			clear();
			n = wrapped("QN=20160801085857224;" HEAD "a-Rtd=2&&", bytes + 2);
			memcpy(bytes, "\r\n", 2);
			hj212.hear(session, bytes, n + 2, 2 * S, &out);
			CHECK(out.npushes == 1 && out.pushes[0].text[0] == '2');
		}
		CHECK(hj212.tally(session)->garbled == 0);
	}
}

/* Of several machines behind one, or minutes beside hours. */
static void
messages_in_packets_may_come_side_by_side(void)
{
	static const char part[] = "QN=%d;ST=32;CN=%d;PW=1;MN=%c;Flag=7;PNUM=2;PNO=%d;CP=&&"
	    "DataTime=20160801080000;w%d-Avg=1&&";
	static const struct { int cn; char mn; } rows[] = {
		{ 2061, 'a' }, { 2061, 'b' }, { 2051, 'a' }, { 2051, 'b' },
	};
	char segment[200];

	begin((struct hj212_conf){ .dialect = HJ212_2017 });
	for (int i = 0; i < 8; i++) {
		snprintf(segment, sizeof(segment), part, i, rows[i % 4].cn, rows[i % 4].mn,
		    1 + i / 4, i);
		if (i == 6)
			continue;		/* the second one of minutes of a */
		CHECK(heard(segment) == 1 && out.note == NULL);
	}
	clear();
	hj212.tick(session, 60 * S, &out);
	CHECK(strcmp(out.note, "of 2 packets of one message of CN 2051 only 1 came") == 0);
	clear();
	hj212.tick(session, 200 * S, &out);
	CHECK(out.note == NULL && out.deadline == INT64_MAX);
	/* more of them than are remembered: the oldest is told of, and none is twice */
	for (int i = 0; i < 5; i++) {
		snprintf(segment, sizeof(segment), part, 10 + i, 2061, 'c' + i, 1, i);
		CHECK(heard(segment) == 1 && (out.note != NULL) == (i == 4));
	}
	for (int i = 0; i < 4; i++) {
		clear();
		hj212.tick(session, 300 * S, &out);
		CHECK(out.note != NULL && (out.deadline <= 300 * S) == (i < 3));
	}
	CHECK(out.deadline == INT64_MAX);
}

static void
several_packets_of_one_message_are_counted(void)
{
	static const char part[] = "QN=%d;ST=32;CN=2061;PW=1;MN=a;Flag=7;PNUM=3;PNO=%d;CP=&&"
	    "DataTime=20160801080000;w%d-Avg=1&&";
	char segment[200];

	begin((struct hj212_conf){ .dialect = HJ212_2017 });
	for (int i = 1; i <= 3; i++) {
		snprintf(segment, sizeof(segment), part, i, i, i);
		CHECK(heard(segment) == 1 && out.owed != 0);
	}
	clear();
	hj212.tick(session, 61 * S, &out);
	CHECK(out.note == NULL);
	snprintf(segment, sizeof(segment), part, 10, 1, 1);
	heard(segment);
	clear();
	hj212.tick(session, 59 * S, &out);
	CHECK(out.note == NULL && out.deadline == 60 * S);
	hj212.tick(session, 60 * S, &out);
	CHECK(strcmp(out.note, "of 3 packets of one message of CN 2061 only 1 came") == 0);
	clear();
	hj212.tick(session, 200 * S, &out);
	CHECK(out.note == NULL && out.deadline == INT64_MAX);
}

/* A damaged length waits for what never comes, and swallows nothing behind it. */
static void
a_packet_that_does_not_end_is_given_up(void)
{
	static const char bad[] = "##1100ST=31;CN=2011;PW=1;MN=a;CP=&&a-Rtd=9&&0000\r\n";
	uint8_t bytes[12000];
	size_t n = strlen(bad);
	int64_t now = 0;

	begin((struct hj212_conf){ .dialect = HJ212_2017 });
	memcpy(bytes, bad, n);
	n += wrapped("QN=1;" HEAD "a-Rtd=1&&", bytes + n);
	clear();
	hj212.hear(session, bytes, n, 0, &out);
	CHECK(out.npushes == 0);
	clear();
	hj212.tick(session, 10 * S - 1, &out);
	CHECK(out.npushes == 0 && out.deadline == 10 * S);
	for (int i = 0; i < 5 && out.npushes == 0; i++) {
		now += 10 * S;
		clear();
		hj212.tick(session, now, &out);
	}
	CHECK(out.npushes == 1 && hj212.tally(session)->garbled > 0);
	/* a length beyond what is taken waits not at all */
	clear();
	memcpy(bytes, "##1300", 6);
	hj212.hear(session, bytes, n, now, &out);
	CHECK(out.npushes == 1);
}

static void
enciphered_is_deciphered_before_the_check(void)
{
	uint8_t bytes[12000];
	size_t n = wrapped("QN=1;ST=31;CN=2051;PW=1;MN=a;Flag=9;CP=&&"
	    "DataTime=20240520210600;a01011-Avg=1.35,a01011-Flag=N&&", bytes);

	begin((struct hj212_conf){ .dialect = HJ212_2025, .decipher = crypt_sm4_decipher,
	    .key = "0000000000000000" });
	CHECK(heard("QN=2;ST=31;CN=2051;PW=1;MN=a;Flag=9;CP=&&a01011-Avg=1.35&&") == 1);
	clear();
	for (size_t i = 60; i < 70; i++)
		bytes[i] ^= 0xA5;
	hj212.hear(session, bytes, n, 0, &out);
	CHECK(out.npushes == 0 && out.identity == NULL);
	CHECK(!crypt_sm4_decipher(conf.key, bytes, 15));
}

/* What is enciphered otherwise than the standard has it may be printable, and its check
 * made over that: it is no clear text. */
static void
a_cipher_in_letters_is_no_clear_text(void)
{
	static const char *const areas[] = {
		"4va4S7K9JkR04va4S7K9JkR0", "4va4S7K9JkR04va4S7K9Jg==",
		"4va4S7K9JkR04va4S7K9JkR04va4S7K9JkR0g78=", "4va4=S7K9JkR0;4va4S7K9Jg=9",
		"E43E159ACFAB242CB53155FB8B9281A1", "{0xE4,0x3E,0x15,0x9A}", "a b-c=9", "-c=9",
		"abc-=9", "abc-d1=9",
	};
	char segment[300];

	begin((struct hj212_conf){ .dialect = HJ212_2025, .decipher = crypt_sm4_decipher,
	    .key = "0000000000000000" });
	for (size_t i = 0; i < sizeof(areas) / sizeof(areas[0]); i++) {
		snprintf(segment, sizeof(segment), "QN=%zu;ST=31;CN=2011;PW=1;MN=a;Flag=9;"
		    "CP=&&%s&&", i, areas[i]);
		refused_are(segment);
	}
	/* in clear as ever: notifications, and data of who does not encipher yet */
	CHECK(heard("QN=21;ST=31;CN=9021;PW=1;MN=a;Flag=9;CP=&&&&") == 0 && out.owed != 0);
	CHECK(heard("QN=22;ST=31;CN=1013;PW=1;MN=a;Flag=9;CP=&&PolId=w01018&&") == 0 &&
	    out.owed != 0);
	CHECK(heard("QN=23;ST=31;CN=2011;PW=1;MN=a;Flag=9;CP=&&temp=1;SB1-RS=1&&") == 2 &&
	    out.owed != 0);
}

static const struct dtu_format *
format(void)
{
	size_t i = 0;

	while (strcmp(dtu_format_at(i)->name, "hj212") != 0)
		i++;
	return dtu_format_at(i);
}

static void
the_first_packet_says_who_calls(void)
{
	static const struct { const char *said; bool sound; const char *id, *token; } rows[] = {
		{ "##0050QN=1;ST=31;CN=2011;PW=123456;MN=abc;Flag=5;CP=&&", true, "abc", "123456" },
		{ "\r\n\r\n##0050ST=31;CN=2011;PW=1;MN=abc;", true, "abc", "1" },
		{ "##0050MN=abc;PW=1;CP=&&", true, "abc", "1" },
		{ "##0050MN=abc,CN=2011;CP=&&", true, "abc", "" },
		{ "##0050ST=31;MN=abc", true, "", "" },		/* its end may come */
		{ "##", true, "", "" }, { "#", true, "", "" },
		{ "##005x", false, "", "" }, { "LOGIN", false, "", "" },
		{ "##0050ST=31;CP=&&MN=abc;&&", true, "", "" },	/* within the area is none */
		{ "##0050ST=31;MN=;CP=&&&&", false, "", "" },
		{ "##0050ST=31;MN=0123456789012345678901234567890123456789x;", false, "", "" },
	};
	const struct dtu_conf c = { .format = format() };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (int cut = 0; cut < 2; cut++) {
			uint8_t payload[400], reply[10];
			struct dtu_out o = { .payload = { .at = payload, .cap = sizeof(payload) },
			    .reply = { .at = reply, .cap = sizeof(reply) } };
			size_t n = strlen(rows[i].said), half = cut ? n / 2 : n;
			const uint8_t *p = (const uint8_t *)rows[i].said;
			struct dtu d;
			bool sound;

			dtu_init(&d, &c);
			sound = dtu_hear(&d, p, half, &o) &&
			    (half == n || dtu_hear(&d, p + half, n - half, &o));
			CHECK(sound == rows[i].sound);
			CHECK(!sound || (strcmp(d.is.id, rows[i].id) == 0 &&
			    (d.is.id[0] == '\0' || strcmp(d.is.token, rows[i].token) == 0)));
			CHECK(!sound || d.is.id[0] == '\0' || (o.registered && o.payload.len > 0 &&
			    payload[0] == '#'));
		}
}

static void
sm4_of_the_standard(void)
{
	static const uint8_t key[16] = { 0x01, 0x23, 0x45, 0x67, 0x89, 0xAB, 0xCD, 0xEF, 0xFE,
	    0xDC, 0xBA, 0x98, 0x76, 0x54, 0x32, 0x10 };
	uint8_t block[16] = { 0x68, 0x1E, 0xDF, 0x34, 0xD2, 0x06, 0x96, 0x5E, 0x86, 0xB3, 0xE9,
	    0x4F, 0x53, 0x6E, 0x42, 0x46 };

	CHECK(crypt_sm4_decipher(key, block, 16) && memcmp(block, key, 16) == 0);
}

int
main(void)
{
	RUN(checks_of_the_standard);
	RUN(times_are_those_of_china);
	RUN(values_come_with_time_mark_and_key);
	RUN(spans_of_time_are_other_points);
	RUN(loose_grammar_is_understood);
	RUN(what_is_no_grammar_is_refused);
	RUN(answers_say_what_was_asked);
	RUN(answers_nobody_asked_for_are_not_sent);
	RUN(what_came_before_is_only_acknowledged);
	RUN(what_was_stored_before_a_start_is_known);
	RUN(what_comes_again_is_known_by_what_it_says);
	RUN(what_is_stored_late_is_known_then);
	RUN(answers_are_checked_as_the_machine_does);
	RUN(checks_of_makers_are_learnt);
	RUN(one_without_its_tail_is_taken);
	RUN(several_packets_of_one_message_are_counted);
	RUN(messages_in_packets_may_come_side_by_side);
	RUN(a_packet_that_does_not_end_is_given_up);
	RUN(enciphered_is_deciphered_before_the_check);
	RUN(a_cipher_in_letters_is_no_clear_text);
	RUN(the_first_packet_says_who_calls);
	RUN(sm4_of_the_standard);
	return 0;
}
