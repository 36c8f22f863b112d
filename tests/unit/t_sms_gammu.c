#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "../../protocols/sms.h"
#include "../check.h"

/* gammu reads what we write, and we read what gammu writes. */

static FILE *to, *from;
static uint32_t seed = 1;

static unsigned
chance(unsigned n)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % n;
}

static void
begin(void)
{
	int in[2], out[2];

	CHECK(pipe(in) == 0 && pipe(out) == 0);
	if (fork() == 0) {
		dup2(in[0], 0);
		dup2(out[1], 1);
		close(in[1]);
		close(out[0]);
		execl("/usr/bin/python3", "python3", "tests/unit/gammu_judge.py", (char *)NULL);
		_exit(127);
	}
	close(in[0]);
	close(out[1]);
	to = fdopen(in[1], "w");
	from = fdopen(out[0], "r");
	CHECK(to != NULL && from != NULL);
}

static void
put_hex(const void *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		fprintf(to, "%02x", ((const uint8_t *)bytes)[i]);
}

static size_t
from_hex(const char *hex, uint8_t *bytes, size_t cap)
{
	size_t n = 0;
	unsigned byte;

	for (; n < cap && sscanf(hex + 2 * n, "%2x", &byte) == 1; n++)
		bytes[n] = (uint8_t)byte;
	return n;
}

static char *
ask(void)
{
	static char line[4096];

	fflush(to);
	CHECK(fgets(line, sizeof(line), from) != NULL);
	line[strcspn(line, "\n")] = '\0';
	return line;
}

static void
make_text(char *text, size_t characters, bool chinese)
{
	static const char *const latin[] = { "a", "Z", "5", " ", "@", "é", "ß", "{", "€", "\n" };
	static const char *const wide[] = { "油", "烟", "气", "瓶", "x", "9", "℃", "。" };

	text[0] = '\0';
	for (size_t i = 0; i < characters; i++)
		strcat(text, chinese ? wide[chance(8)] : latin[chance(10)]);
}

/* gammu counts a character of the extended alphabet twice, and puts what lies in
 * its memory behind the text for it. */
static bool
says(const uint8_t *said, size_t nsaid, const char *text, size_t n)
{
	bool extended = memchr(text, '{', n) != NULL || memmem(text, n, "€", 3) != NULL;

	return memcmp(said, text, n) == 0 && (nsaid == n || (nsaid > n && extended));
}

static void
submit_one(const char *text)
{
	struct sms_out m = { .to = "+8613912345678", .text = text, .centre = "",
	    .reference = 9, .valid = 86400 };
	struct sms_plan plan;

	CHECK(sms_plan(text, &plan) == 0);
	for (unsigned part = 0; part < plan.parts; part++) {
		uint8_t room[SMS_PDU_MAX], said[1200];
		struct buf b = { .at = room, .cap = sizeof(room) };
		char number[32], validity[16], hex[3000] = "";
		unsigned parts, which;
		size_t tpdu, n;

		CHECK(sms_submit(&m, &plan, part, &b, &tpdu) == 0 && tpdu + 1 == b.len);
		fputs("R ", to);
		put_hex(room, b.len);
		fputs("\n", to);
		CHECK(sscanf(ask(), "%31s %u %u %15s %2999s", number, &parts, &which, validity,
		    hex) == 5);
		CHECK(strcmp(number, m.to) == 0 && strcmp(validity, "1440M") == 0);
		CHECK(parts == plan.parts && which == part + 1);
		n = from_hex(hex, said, sizeof(said));
		CHECK(says(said, n, text + plan.at[part],
		    (size_t)(plan.at[part + 1] - plan.at[part])));
	}
}

static void
gammu_reads_what_we_write(void)
{
	char text[2000];

	for (int i = 0; i < 400; i++) {
		bool chinese = i % 2;

		make_text(text, 1 + chance(chinese ? 200 : 250), chinese);
		submit_one(text);
	}
}

static void
deliver_one(const char *text, struct sms_in *in)
{
	uint8_t pdu[SMS_PDU_MAX];

	fputs("W +8613912345678 ", to);
	put_hex(text, strlen(text));
	fputs("\n", to);
	CHECK(sms_read(pdu, from_hex(ask(), pdu, sizeof(pdu)), in) == 0);
}

static void
we_read_what_gammu_writes(void)
{
	static struct sms_in in;
	char text[1000];

	for (int i = 0; i < 400; i++) {
		bool chinese = i % 2;

		/* gammu writes the Latin of the default table alone here */
		make_text(text, 1 + chance(70), chinese);
		for (char *c = text; !chinese && *c != '\0'; c++)
			if (*c < ' ' || (*c & 0x80) || *c == '{')
				*c = 'k';
		deliver_one(text, &in);
		CHECK(in.kind == SMS_DELIVER && strcmp(in.text, text) == 0);
		CHECK(strcmp(in.from, "+8613912345678") == 0);
	}
}

int
main(void)
{
	if (system("/usr/bin/python3 -c 'import gammu' 2>/dev/null") != 0) {
		puts("skip t_sms_gammu: there is no python3-gammu");
		return 0;
	}
	begin();
	RUN(gammu_reads_what_we_write);
	RUN(we_read_what_gammu_writes);
	return 0;
}
