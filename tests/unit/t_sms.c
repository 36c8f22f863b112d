#include <string.h>

#include "../../protocols/gsm7.h"
#include "../../protocols/sms.h"
#include "../check.h"

static struct sms_plan plan;
static uint8_t room[SMS_PDU_MAX];
static struct buf pdu;
static size_t tpdu;

static int
submit(const char *to, const char *text, unsigned part)
{
	const struct sms_out m = { .to = to, .text = text, .centre = "", .reference = 0x5a,
	    .valid = 86400 };

	pdu = (struct buf){ .at = room, .cap = sizeof(room) };
	if (sms_plan(text, &plan) != 0)
		return -1;
	return sms_submit(&m, &plan, part, &pdu, &tpdu);
}

static bool
is(const char *hex)
{
	char text[2 * SMS_PDU_MAX + 1] = "";

	for (size_t i = 0; i < pdu.len; i++)
		sprintf(text + 2 * i, "%02X", pdu.at[i]);
	if (strcmp(text, hex) != 0)
		fprintf(stderr, "%s\n", text);
	return strcmp(text, hex) == 0;
}

static size_t
bytes_of(const char *hex, uint8_t *to)
{
	size_t n = 0;
	unsigned byte;

	for (; sscanf(hex + 2 * n, "%2x", &byte) == 1; n++)
		to[n] = (uint8_t)byte;
	return n;
}

static struct sms_in in;

static int
reads(const char *hex)
{
	uint8_t bytes[SMS_PDU_MAX];

	return sms_read(bytes, bytes_of(hex, bytes), &in);
}

static void
chinese_goes_as_ucs2(void)
{
	CHECK(submit("+8613800138000", "油烟超标", 0) == 0 && tpdu == 23);
	CHECK(is("0011000D91683108108300F00008A7086CB970DF8D856807"));
}

static void
latin_goes_in_septets(void)
{
	/* "hellohello" is the textbook's example of TS 23.038 */
	CHECK(submit("+46708251358", "hellohello", 0) == 0);
	CHECK(is("0011000B916407281553F80000A70AE8329BFD4697D9EC37"));
	CHECK(submit("10086", "{}", 0) == 0);	/* each is two septets */
	CHECK(plan.alphabet == SMS_GSM7 && pdu.at[pdu.len - 5] == 4);
}

static void
a_long_text_is_cut_between_characters(void)
{
	char text[1000] = "";

	for (int i = 0; i < 70; i++)
		strcat(text, "气");
	CHECK(sms_plan(text, &plan) == 0 && plan.parts == 1);
	strcat(text, "体");
	CHECK(sms_plan(text, &plan) == 0 && plan.parts == 2);
	CHECK(plan.at[1] == 67 * 3 && plan.at[2] == 71 * 3);
	memset(text, 'a', 160);
	strcpy(text + 160, "");
	CHECK(sms_plan(text, &plan) == 0 && plan.parts == 1 && plan.alphabet == SMS_GSM7);
	strcpy(text + 152, "{bbbbbbbbbbbbbb");	/* 152 + 2: not torn apart */
	CHECK(sms_plan(text, &plan) == 0 && plan.parts == 2 && plan.at[1] == 152);
	text[0] = '\0';
	for (int i = 0; i < 36; i++)
		strcat(text, "😀");	/* two of UTF-16 each */
	CHECK(sms_plan(text, &plan) == 0 && plan.parts == 2 && plan.at[1] == 33 * 4);
	memset(text, 'x', 999);
	CHECK(sms_plan(text, &plan) == 0 && plan.parts == 7);
}

static void
parts_carry_what_joins_them(void)
{
	char text[400] = "";

	for (int i = 0; i < 100; i++)
		strcat(text, "气");
	CHECK(submit("+8613800138000", text, 1) == 0);
	CHECK(pdu.at[1] == 0x51);		/* a header is there */
	CHECK(memcmp(pdu.at + 15, "\x48\x05\x00\x03\x5a\x02\x02", 7) == 0);
	CHECK(pdu.at[14] == 0xa7 && pdu.at[15] == 6 + 33 * 2);
	CHECK(pdu.len == 16 + 6 + 66);
}

static void
nonsense_is_refused(void)
{
	char text[2000];

	CHECK(submit("", "x", 0) != 0 && submit("+", "x", 0) != 0);
	CHECK(submit("12a", "x", 0) != 0 && submit("+86 138", "x", 0) != 0);
	CHECK(submit("123456789012345678901", "x", 0) != 0);
	CHECK(sms_plan("", &plan) != 0 && sms_plan("\xff", &plan) != 0);
	memset(text, 'x', sizeof(text));
	text[153 * 8] = '\0';
	CHECK(sms_plan(text, &plan) == 0 && plan.parts == 8);
	text[153 * 8] = 'x';
	text[153 * 8 + 1] = '\0';
	CHECK(sms_plan(text, &plan) != 0);
}

/* Table 9.2.3.12.1, read backwards. */
static int64_t
seconds_of(unsigned code)
{
	return code <= 143 ? (code + 1) * 300LL : code <= 167 ? 43200 + (code - 143) * 1800LL :
	    code <= 196 ? (code - 166) * 86400LL : (code - 192) * 7 * 86400LL;
}

static void
validity_is_never_longer(void)
{
	static const struct { int64_t s; uint8_t code; } rows[] = {
		{ 0, 0 }, { 300, 0 }, { 599, 0 }, { 600, 1 }, { 43200, 143 },
		{ 45000, 144 }, { 86400, 167 }, { 2 * 86400, 168 }, { 30 * 86400, 196 },
		{ 45000 - 1, 143 }, { 2 * 86400 - 1, 167 }, { 35 * 86400 - 1, 196 },
		{ 35 * 86400, 197 }, { 63 * 7 * 86400LL, 255 }, { 999999999, 255 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sms_out m = { .to = "10086", .text = "x", .centre = "",
		    .valid = rows[i].s };

		pdu = (struct buf){ .at = room, .cap = sizeof(room) };
		CHECK(sms_plan("x", &plan) == 0);
		CHECK(sms_submit(&m, &plan, 0, &pdu, &tpdu) == 0);
		CHECK(pdu.at[10] == rows[i].code);
	}
	for (int64_t s = 300; s < 70 * 7 * 86400LL; s += 299) {
		struct sms_out m = { .to = "10086", .text = "x", .centre = "", .valid = s };

		pdu = (struct buf){ .at = room, .cap = sizeof(room) };
		CHECK(sms_submit(&m, &plan, 0, &pdu, &tpdu) == 0);
		CHECK(seconds_of(pdu.at[10]) <= s);
	}
}

static void
a_message_is_read(void)
{
	/* the example of many manuals: from +27838890001, 1999-03-29 15:16:59 +2 */
	CHECK(reads("07917283010010F5040BC87238880900F10000993092516195800AE8329BFD4697D9EC37")
	    == 0);
	CHECK(in.kind == SMS_DELIVER && strcmp(in.text, "hellohello") == 0);
	CHECK(strcmp(in.from, "27838890001") == 0);	/* of a kind that is not told */
	CHECK(in.part == 1 && in.parts == 1);
	CHECK(reads("0891683110402105F0040D91683108108300F00008621171615402230465365230") == 0);
	CHECK(strcmp(in.from, "+8613800138000") == 0 && strcmp(in.text, "收到") == 0);
	/* 2026-11-17 16:45:20 +8 */
	CHECK(in.time == 1794905120000LL);
}

static void
a_report_is_read(void)
{
	CHECK(reads("0006070D91683108108300F0621171615402236211716154322300") == 0);
	CHECK(in.kind == SMS_REPORT && in.reference == 7 && in.status == 0);
	CHECK(strcmp(in.from, "+8613800138000") == 0 && in.done - in.time == 3000);
	CHECK(sms_fate(0x00) == SMS_ARRIVED && sms_fate(0x30) == SMS_TRYING);
	CHECK(sms_fate(0x46) == SMS_LOST && sms_fate(0x65) == SMS_LOST);
	CHECK(sms_fate(0xff) == SMS_LOST);
	CHECK(strcmp(sms_status_text(0x46), "validity expired") == 0);
	CHECK(strcmp(sms_status_text(0x5f), "not delivered") == 0);
}

static void
what_is_cut_off_is_refused(void)
{
	static const char whole[] =
	    "0891683110402105F0040D91683108108300F00008621171615402230465365230";
	uint8_t bytes[SMS_PDU_MAX];
	size_t n = bytes_of(whole, bytes);

	for (size_t i = 0; i < n; i++)
		CHECK(sms_read(bytes, i, &in) != 0);
	CHECK(sms_read(bytes, n, &in) == 0);
}

static void
every_septet_comes_back(void)
{
	uint8_t septets[2], packed[4];
	char text[16];
	size_t len, n, known = 0;

	for (uint32_t c = 1; c < 0x3000; c++) {
		char utf8[5] = "";

		utf8[c < 0x80 ? 1 : c < 0x800 ? 2 : 3] = '\0';
		if (c < 0x80) {
			utf8[0] = (char)c;
		} else if (c < 0x800) {
			utf8[0] = (char)(0xc0 | c >> 6);
			utf8[1] = (char)(0x80 | (c & 0x3f));
		} else {
			utf8[0] = (char)(0xe0 | c >> 12);
			utf8[1] = (char)(0x80 | (c >> 6 & 0x3f));
			utf8[2] = (char)(0x80 | (c & 0x3f));
		}
		n = gsm7_take(utf8, strlen(utf8), septets, &len);
		if (n == 0)
			continue;
		for (unsigned fill = 0; fill < 7; fill++) {
			memset(packed, 0, sizeof(packed));
			gsm7_pack(septets, n, fill, packed);
			CHECK(gsm7_text(packed, fill, n, text, sizeof(text)) == strlen(utf8));
			CHECK(strcmp(text, utf8) == 0);
		}
		known++;
	}
	CHECK(known == 127 + 10);
}

int
main(void)
{
	RUN(chinese_goes_as_ucs2);
	RUN(latin_goes_in_septets);
	RUN(a_long_text_is_cut_between_characters);
	RUN(parts_carry_what_joins_them);
	RUN(nonsense_is_refused);
	RUN(validity_is_never_longer);
	RUN(a_message_is_read);
	RUN(a_report_is_read);
	RUN(what_is_cut_off_is_refused);
	RUN(every_septet_comes_back);
	return 0;
}
