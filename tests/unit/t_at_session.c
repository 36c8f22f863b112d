#include <stdio.h>
#include <string.h>

#include "../../protocols/at_facts.h"
#include "../../protocols/at_session.h"
#include "../check.h"

#define S	1000000LL

static uint64_t		session[400];
static uint8_t		frame[300];
static struct out	out;
static int64_t		now;
static char		said[300];	/* the last command; "": none */
static struct reply	last;
static uint8_t		data[300];
static unsigned		nreplies;

static struct out *
clear(void)
{
	out_clear(&out, frame, sizeof(frame));
	return &out;
}

static void
look(void)
{
	said[0] = '\0';
	if (out.send.len > 0) {
		memcpy(said, frame, out.send.len);
		said[out.send.len] = '\0';
		CHECK(said[out.send.len - 1] == '\r');
		said[out.send.len - 1] = '\0';
	}
	CHECK(out.nreplies <= 1);
	if (out.nreplies == 0)
		return;
	nreplies++;
	last = out.replies[0];
	if (last.len > 0)
		memcpy(data, last.data, last.len);
}

static void
begin_with(int64_t guard)
{
	const struct line line = { .timeout_min = 1000, .timeout_max = S, .max_late = 3 * S,
	    .guard = guard };

	now = S;
	memset(session, 0, sizeof(session));
	CHECK(at_modem.size <= sizeof(session));
	at_modem.init(session, &line, now);
	nreplies = 0;
}

static bool
ask(uint32_t number, uint16_t count)
{
	struct ask a = { .function = 4, .number = number, .count = count, .cookie = 7 };
	bool taken = at_modem.ask(session, &a, now, clear());

	look();
	return taken;
}

static void
hear(const char *text)
{
	now += 1000;
	at_modem.hear(session, (const uint8_t *)text, strlen(text), now, clear());
	look();
}

static void
tick(int64_t later)
{
	now += later;
	at_modem.tick(session, now, clear());
	look();
}

static void
set_up(void)
{
	CHECK(strcmp(said, "AT") == 0);
	hear("AT\r\r\nOK\r\n");
	CHECK(strcmp(said, "ATE0") == 0);
	hear("ATE0\r\r\nOK\r\n");
	CHECK(strcmp(said, "AT+CREG=2") == 0);
	hear("\r\nOK\r\n");
	CHECK(strcmp(said, "AT+CGREG=2") == 0);
	hear("\r\nOK\r\n");
	CHECK(strcmp(said, "AT+CEREG=2") == 0);
	hear("\r\nERROR\r\n");
	CHECK(strcmp(said, "AT+CMEE=1") == 0);
	hear("\r\nOK\r\n");
	CHECK(strcmp(said, "AT+CMEE?") == 0);
	hear("\r\n+CMEE: 1\r\n\r\nOK\r\n");
}

static void
ready(uint32_t number, uint16_t count)
{
	begin_with(0);
	CHECK(ask(number, count));
	set_up();
}

static int
reg(size_t i)
{
	return data[2 * i] << 8 | data[2 * i + 1];
}

static void
signal_is_read(void)
{
	ready(0, 6);
	CHECK(strcmp(said, "AT+CSQ") == 0);
	hear("\r\n+CSQ: 19,0\r\n\r\nOK\r\n");
	CHECK(strcmp(said, "AT+CESQ") == 0);
	hear("\r\n+CESQ: 99,99,40,20,18,56\r\n\r\nOK\r\n");
	CHECK(nreplies == 1 && last.status == REPLY_OK && last.cookie == 7 && last.len == 12);
	CHECK((int16_t)reg(0) == -75 && reg(1) == 0);
	CHECK((int16_t)reg(2) == -81 && (int16_t)reg(3) == -29);
	CHECK((int16_t)reg(4) == -22 && (int16_t)reg(5) == -85);
	CHECK(!last.after_barrier && out.deadline == INT64_MAX);
	/* the next time nothing is set up again, and nothing of before is left */
	CHECK(ask(0, 6));
	CHECK(strcmp(said, "AT+CSQ") == 0);
	hear("\r\n+CSQ: 99,99\r\n\r\nOK\r\n");
	hear("\r\nERROR\r\n");
	CHECK(nreplies == 2 && last.status == REPLY_OK);
	for (size_t i = 0; i < 6; i++)
		CHECK(reg(i) == (i == 1 ? 0xffff : 0x8000));
}

static void
wrong_figures_are_no_figures(void)
{
	static const char *const wrong[] = {
		"+CSQ: 32,0", "+CSQ: 98", "+CSQ: -1,0", "+CSQ: ,", "+CSQ:", "+CSQ: abc",
		"+CSQ: 192,9", "+CSQ: 99999999999999999999,0",
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		char line[80];

		ready(0, 1);
		snprintf(line, sizeof(line), "\r\n%s\r\n\r\nOK\r\n", wrong[i]);
		hear(line);
		hear("\r\n+CESQ: 64,9,97,50,35,98\r\n\r\nOK\r\n");
		CHECK(nreplies == 1 && last.status == REPLY_OK && reg(0) == 0x8000);
	}
}

/* GSM of a modem that knows it from CESQ only. */
static void
the_other_signal_helps(void)
{
	ready(0, 1);
	hear("\r\n+CSQ: 99,99\r\n\r\nOK\r\n");
	hear("\r\n+CESQ: 40,99,255,255,255,255\r\n\r\nOK\r\n");
	CHECK((int16_t)reg(0) == -71);
}

static void
network(const char *cs, const char *ps, const char *eps, const char *cops)
{
	char line[200];
	const char *const lines[] = { cs, ps, eps, cops };

	ready(10, 9);
	for (size_t i = 0; i < 4; i++) {
		snprintf(line, sizeof(line), "\r\n%s\r\n\r\nOK\r\n", lines[i]);
		hear(strcmp(lines[i], "ERROR") == 0 ? "\r\nERROR\r\n" : line);
	}
	CHECK(nreplies == 1 && last.status == REPLY_OK);
}

static void
registration_is_read(void)
{
	network("+CREG: 2,1,\"1A2B\",\"00C3\",0", "+CGREG: 2,0",
	    "+CEREG: 2,5,\"1A2C\",\"07A1B203\",7", "+COPS: 0,0,\"CHINA MOBILE\",7");
	CHECK(reg(0) == 1 && reg(1) == 0 && reg(2) == 5 && reg(3) == 1 && reg(4) == 0);
	CHECK(reg(5) == 7 && reg(6) == 0x1a2c && reg(7) == 0x07a1 && reg(8) == 0xb203);
	network("+CREG: 0,3", "ERROR", "+CEREG: 0,10", "+COPS: 0");
	CHECK(reg(0) == 3 && reg(1) == 0xffff && reg(2) == 10 && reg(3) == 1 && reg(4) == 1);
	CHECK(reg(5) == 0xffff && reg(6) == 0xffff && reg(7) == 0xffff && reg(8) == 0xffff);
	network("+CREG: 0,2", "+CGREG: 0,4", "+CEREG: 0,8", "+COPS: 0,2,\"46000\",9");
	CHECK(reg(3) == 0 && reg(4) == 0 && reg(5) == 9);
	network("ERROR", "ERROR", "ERROR", "ERROR");
	CHECK(reg(3) == 0xffff && reg(4) == 0xffff);
	network("+CREG: 2,11", "+CGREG: 1,\"1A2B\",\"00C3\"", "+CEREG: 5,1A2B,00C3,7",
	    "+COPS: 0");
	CHECK(reg(0) == 0xffff && reg(1) == 0xffff && reg(2) == 0xffff);
}

static void
what_is_said_amid_is_no_answer(void)
{
	ready(10, 1);
	CHECK(strcmp(said, "AT+CREG?") == 0);
	hear("\r\n+CREG: 5\r\n\r\nRING\r\n\r\n+CMTI: \"SM\",3\r\n");
	hear("\r\n+CREG: 2,\"1A2B\",\"00C3\",7\r\n\r\n^RSSI: 20\r\n");
	hear("\r\n+CREG: 2,1\r\n\r\n+CREG: 3\r\n\r\nNO CARRIER\r\n\r\nOK\r\n");
	CHECK(strcmp(said, "AT+CGREG?") == 0);
	hear("\r\nERROR\r\n");
	hear("\r\nERROR\r\n");
	hear("\r\nERROR\r\n");
	CHECK(nreplies == 1 && reg(0) == 1);
}

static void
sim_with(const char *answer, int state)
{
	ready(21, 1);
	CHECK(strcmp(said, "AT+CPIN?") == 0);
	hear(answer);
	CHECK(nreplies == 1 && last.status == REPLY_OK && reg(0) == state);
}

static void
the_sim_has_a_state(void)
{
	sim_with("\r\n+CPIN: READY\r\n\r\nOK\r\n", AT_SIM_READY);
	sim_with("\r\n+CPIN: SIM PIN\r\n\r\nOK\r\n", AT_SIM_PIN);
	sim_with("\r\n+CPIN: SIM PUK\r\n\r\nOK\r\n", AT_SIM_PUK);
	sim_with("\r\n+CPIN: PH-NET PIN\r\n\r\nOK\r\n", AT_SIM_LOCKED);
	sim_with("\r\n+CME ERROR: 10\r\n", AT_SIM_ABSENT);
	sim_with("\r\n+CME ERROR: 13\r\n", AT_SIM_FAILED);
	sim_with("\r\n+CME ERROR: 14\r\n", AT_SIM_BUSY);
	sim_with("\r\n+CME ERROR: 100\r\n", 0xffff);
	sim_with("\r\nERROR\r\n", 0xffff);
	sim_with("\r\nOK\r\n", 0xffff);
}

static const char *
text(size_t at, size_t registers)
{
	static char t[80];

	memcpy(t, data + 2 * at, 2 * registers);
	t[2 * registers] = '\0';
	return t;
}

static void
the_operator_has_a_name_and_a_number(void)
{
	ready(30, 19);
	CHECK(strcmp(said, "AT+COPS=3,0") == 0);
	hear("\r\nOK\r\n");
	hear("\r\n+COPS: 0,0,\"中国移动\",7\r\n\r\nOK\r\n");
	CHECK(strcmp(said, "AT+COPS=3,2") == 0);
	hear("\r\nOK\r\n");
	hear("\r\n+COPS: 0,2,\"46000\",7\r\n\r\nOK\r\n");
	CHECK(nreplies == 1);
	CHECK(strcmp(text(0, 16), "中国移动") == 0);
	CHECK(strcmp(text(16, 3), "46000") == 0);
	/* one that stays with its format has no number, and no number for a name */
	ready(30, 19);
	hear("\r\nERROR\r\n");
	hear("\r\n+COPS: 0,2,\"46000\",7\r\n\r\nOK\r\n");
	hear("\r\nERROR\r\n");
	hear("\r\n+COPS: 0,0,\"CMCC\",7\r\n\r\nOK\r\n");
	CHECK(data[0] == AT_UNKNOWN_TEXT && data[32] == AT_UNKNOWN_TEXT);
}

static void
the_card_is_asked_as_the_modem_knows_it(void)
{
	ready(50, 10);
	CHECK(strcmp(said, "AT+CCID") == 0);
	hear("\r\nERROR\r\n");
	CHECK(strcmp(said, "AT+QCCID") == 0);
	hear("\r\n+QCCID: 8986001742123456789F\r\n\r\nOK\r\n");
	CHECK(nreplies == 1);
	CHECK(strcmp(text(0, 10), "8986001742123456789") == 0);
	CHECK(ask(50, 10));
	CHECK(strcmp(said, "AT+QCCID") == 0);
	hear("\r\nRDY\r\n\r\n\"89860017421234567890\"\r\n\r\nOK\r\n");
	CHECK(nreplies == 2);
	CHECK(strcmp(text(0, 10), "89860017421234567890") == 0);
	/* another modem: the others are asked again, the next time */
	CHECK(ask(50, 10));
	hear("\r\nERROR\r\n");
	CHECK(strcmp(said, "AT+ICCID") == 0);
	hear("\r\n+CME ERROR: 10\r\n");
	CHECK(strcmp(said, "AT+CICCID") == 0);
	hear("\r\nERROR\r\n");
	hear("\r\nERROR\r\n");
	CHECK(nreplies == 3 && data[0] == AT_UNKNOWN_TEXT);
	CHECK(ask(50, 10));
	CHECK(strcmp(said, "AT+CCID") == 0);
}

static void
silence_is_a_time_out_and_a_late_answer_nobodys(void)
{
	const struct tally *t;

	ready(0, 1);
	hear("\r\n+CSQ: 1");		/* half an answer */
	tick(4 * S);
	CHECK(nreplies == 0);
	tick(2 * S);
	CHECK(nreplies == 1 && last.status == REPLY_TIMEOUT);
	CHECK(!ask(21, 1) && out.deadline == now + 3 * S);
	hear("9,0\r\n\r\nOK\r\n");
	CHECK(nreplies == 1 && said[0] == '\0');
	t = at_modem.tally(session);
	CHECK(t->late == 1 && t->timeouts == 1 && t->barriers == 1);
	tick(3 * S);
	CHECK(ask(21, 1));
	set_up();
	CHECK(strcmp(said, "AT+CPIN?") == 0);
	hear("\r\n+CPIN: READY\r\n\r\nOK\r\n");
	CHECK(nreplies == 2 && last.status == REPLY_OK && last.after_barrier && reg(0) == 1);
	CHECK(ask(21, 1));
	hear("\r\n+CPIN: READY\r\n\r\nOK\r\n");
	CHECK(nreplies == 3 && !last.after_barrier);
}

/* An OK of before the line was opened shifts all that follows by one. */
static void
a_dialogue_out_of_step_is_found(void)
{
	begin_with(0);
	CHECK(ask(70, 8));
	hear("\r\nOK\r\n\r\nOK\r\n");
	for (int i = 0; i < 4; i++)
		hear("\r\nOK\r\n");
	CHECK(strcmp(said, "AT+CMEE?") == 0);
	hear("\r\nOK\r\n");			/* that of AT+CMEE=1 */
	CHECK(nreplies == 1 && last.status == REPLY_TIMEOUT);
	hear("\r\n+CMEE: 1\r\n\r\nOK\r\n");
	CHECK(said[0] == '\0' && nreplies == 1);
}

/* Behind an OK alone nothing is believed that does not say what it answers. */
static void
digits_of_another_question_are_not_taken(void)
{
	ready(60, 18);
	CHECK(strcmp(said, "AT+CIMI") == 0);
	hear("\r\nOK\r\n");
	CHECK(nreplies == 1 && last.status == REPLY_OK);
	CHECK(data[0] == AT_UNKNOWN_TEXT && data[20] == AT_UNKNOWN_TEXT);
	CHECK(ask(60, 8));
	CHECK(strcmp(said, "AT") == 0);
}

static void
it_pauses_between_commands(void)
{
	begin_with(50000);
	CHECK(ask(0, 1));
	CHECK(strcmp(said, "AT") == 0);
	hear("\r\nOK\r\n");
	CHECK(said[0] == '\0' && out.deadline == now + 50000);
	tick(49000);
	CHECK(said[0] == '\0');
	tick(1000);
	CHECK(strcmp(said, "ATE0") == 0);
}

static bool
command(const char *words, int64_t timeout)
{
	uint8_t room[AT_COMMAND_MAX + 2];
	struct ask a;
	bool taken;

	CHECK(at_command(words, timeout, room, &a) == 0);
	a.cookie = 9;
	taken = at_modem.ask(session, &a, now, clear());
	look();
	return taken;
}

static void
a_command_is_given_as_it_stands(void)
{
	begin_with(0);
	CHECK(command("AT+CGACT=0,1", 90 * S));
	set_up();
	CHECK(strcmp(said, "AT+CGACT=0,1") == 0);
	CHECK(out.deadline == now + 90 * S);
	hear("\r\n+CGEV: ME PDN DEACT 1\r\n\r\nOK\r\n");
	CHECK(nreplies == 1 && last.status == REPLY_OK && last.cookie == 9);
	CHECK(last.len == 2 && memcmp(data, "OK", 2) == 0);
	/* it may have forgotten what it was set to */
	CHECK(command("AT+CFUN=1", 0));
	set_up();
	CHECK(strcmp(said, "AT+CFUN=1") == 0);
	CHECK(out.deadline == now + 60 * S);
	hear("\r\n+CME ERROR: 30\r\n");
	CHECK(nreplies == 2 && last.status == REPLY_EXCEPTION && last.exception == AT_REFUSED);
	CHECK(last.len == 14 && memcmp(data, "+CME ERROR: 30", 14) == 0);
	CHECK(command("AT+CFUN=1", S));
	set_up();
	tick(2 * S);
	CHECK(nreplies == 3 && last.status == REPLY_TIMEOUT);
}

static void
only_what_may_be_asked_is_asked(void)
{
	uint8_t room[AT_COMMAND_MAX + 2];
	char longest[AT_COMMAND_MAX + 2];
	struct ask a = { .function = 6, .number = 0, .count = 1, .payload = room,
	    .payload_len = 2 };

	CHECK(at_command("ATD*99#\rAT", 0, room, &a) < 0);
	CHECK(at_command("+CFUN=1", 0, room, &a) < 0);
	CHECK(at_command("", 0, room, &a) < 0);
	memset(longest, 'X', sizeof(longest));
	longest[0] = 'A';
	longest[1] = 'T';
	longest[sizeof(longest) - 1] = '\0';
	CHECK(at_command(longest, 0, room, &a) < 0);
	longest[sizeof(longest) - 2] = '\0';
	CHECK(at_command(longest, 0, room, &a) == 0);
	begin_with(0);
	CHECK(ask(AT_REGISTERS - 1, 2));
	CHECK(nreplies == 1 && last.status == REPLY_EXCEPTION && last.exception == 2);
	CHECK(ask(AT_REGISTERS - 1, 1) && nreplies == 1);
	CHECK(!ask(0, 1));
	CHECK(proto_find("at") == &at_modem);
}

/* What is between the groups is read over without a question. */
static void
nothing_is_asked_for_nothing(void)
{
	ready(7, 1);
	CHECK(nreplies == 1 && last.status == REPLY_OK);
}

int
main(void)
{
	RUN(signal_is_read);
	RUN(wrong_figures_are_no_figures);
	RUN(the_other_signal_helps);
	RUN(registration_is_read);
	RUN(what_is_said_amid_is_no_answer);
	RUN(the_sim_has_a_state);
	RUN(the_operator_has_a_name_and_a_number);
	RUN(the_card_is_asked_as_the_modem_knows_it);
	RUN(silence_is_a_time_out_and_a_late_answer_nobodys);
	RUN(a_dialogue_out_of_step_is_found);
	RUN(digits_of_another_question_are_not_taken);
	RUN(it_pauses_between_commands);
	RUN(a_command_is_given_as_it_stands);
	RUN(only_what_may_be_asked_is_asked);
	RUN(nothing_is_asked_for_nothing);
	return 0;
}
