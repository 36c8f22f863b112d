#include <stdarg.h>
#include <string.h>

#include "../../protocols/modem.h"
#include "../check.h"

#define S	1000000LL

/* A modem of paper: what it answers to which beginning of a command, the first
 * row that fits; what is not named gets OK. */
struct row {
	const char	*command, *answer;	/* NULL: silence */
};

static const struct row healthy[] = {
	{ "AT+CPIN?", "\r\n+CPIN: READY\r\n\r\nOK\r\n" },
	{ "AT+CREG?", "\r\n+CREG: 0,1\r\n\r\nOK\r\n" },
	{ "AT+CSQ", "\r\n+CSQ: 20,99\r\n\r\nOK\r\n" },
	{ "AT+CMGS=", "\r\n> " },
	{ "00", "\r\n+CMGS: 17\r\n\r\nOK\r\n" },
	{ NULL, NULL }
};

static struct modem m;
static struct modem_conf conf;
static uint8_t room[4 * MODEM_WRITES];
static struct buf out;
static int64_t now;
static char said[8000];			/* all commands, one a line */
static struct modem_event e, queue[64];
static size_t nqueue;

static const struct row *
find(const struct row *more, const char *command)
{
	for (; more != NULL && more->command != NULL; more++)
		if (strncmp(command, more->command, strlen(more->command)) == 0)
			return more;
	return NULL;
}

static void
collect(void)
{
	while (nqueue < 64 && modem_event(&m, &queue[nqueue]))
		nqueue++;
}

static void
hear(const char *text)
{
	while (*text != '\0') {
		text += modem_hear(&m, (const uint8_t *)text, strlen(text), now, &out);
		collect();
	}
}

/* Answers what was written, until nothing more is. */
static void
talk(const struct row *more)
{
	while (out.len > 0) {
		char command[2 * MODEM_WRITES + 1], *c = command;
		const struct row *row;

		memcpy(command, room, out.len);
		command[out.len] = '\0';
		out.len = 0;
		while (*c == 0x1b)
			c++;
		c[strcspn(c, "\r\x1a")] = '\0';
		if (strlen(said) + strlen(c) + 2 < sizeof(said))
			strcat(strcat(said, c), "\n");
		row = find(more, c);
		if (row == NULL)
			row = find(healthy, c);
		if (*c == '\0' || (row != NULL && row->answer == NULL))
			continue;
		hear(row != NULL ? row->answer : "\r\nOK\r\n");
	}
}

static void
begin(const struct row *more)
{
	m = (struct modem){ .conf = NULL };
	conf = (struct modem_conf){ .pin = "1234", .centre = "", .reset = "AT+CFUN=1,1",
	    .reports = true, .patience = 60 * S };
	out = (struct buf){ .at = room, .cap = sizeof(room) };
	now = 1000 * S;
	nqueue = 0;
	said[0] = '\0';
	modem_begin(&m, &conf, false, now, &out);
	talk(more);
}

/* Time goes by until the moment, deadline after deadline. */
static void
pass(int64_t us, const struct row *more)
{
	int64_t until = now + us;

	while (modem_deadline(&m) <= until) {
		if (modem_deadline(&m) > now)
			now = modem_deadline(&m);
		modem_tick(&m, now, &out);
		talk(more);
	}
	now = until;
}

static bool
told(enum modem_event_kind kind)
{
	collect();
	while (nqueue > 0) {
		e = queue[0];
		memmove(queue, queue + 1, --nqueue * sizeof(queue[0]));
		if (e.kind == kind)
			return true;
	}
	return false;
}

static const struct sms_out message = { .to = "+8613800138000", .text = "油烟", .centre = "",
    .valid = 3600 };

static void
a_healthy_one_sends(void)
{
	begin(NULL);
	CHECK(told(MODEM_READY) && m.ready);
	CHECK(strstr(said, "AT+CMGF=0") != NULL && strstr(said, "AT+CPIN=") == NULL);
	CHECK(modem_send(&m, &message, now, &out) == 0);
	CHECK(modem_send(&m, &message, now, &out) != 0);	/* one at a time */
	talk(NULL);
	CHECK(told(MODEM_SENT) && e.nreferences == 1 && e.references[0] == 17);
}

static void
all_parts_go_one_by_one(void)
{
	char text[600] = "";
	struct sms_out lengthy = message;

	for (int i = 0; i < 150; i++)
		strcat(text, "气");
	lengthy.text = text;
	begin(NULL);
	CHECK(modem_send(&m, &lengthy, now, &out) == 0);
	talk(NULL);
	CHECK(told(MODEM_SENT) && e.nreferences == 3);
}

static void
each_refusal_is_told(void)
{
	static const struct { const char *answer, *why; bool for_good; } rows[] = {
		{ "\r\n+CMS ERROR: 500\r\n", "unknown error", false },
		{ "\r\n+CMS ERROR: 28\r\n", "not identified", true },
		{ "\r\n+CMS ERROR: 38\r\n", "network out of order", false },
		{ "\r\n+CMS ERROR: 530\r\n", "of the maker", false },
		{ "\r\n+CMS ERROR: 77\r\n", "not of the standard", false },
		{ "\r\n+CMS ERROR: Network timeout\r\n", "in words", false },
		{ "\r\nERROR\r\n", "ERROR", false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row more[] = { { "00", rows[i].answer }, { NULL, NULL } };

		begin(NULL);
		CHECK(modem_send(&m, &message, now, &out) == 0);
		talk(more);
		CHECK(told(MODEM_FAILED) && e.for_good == rows[i].for_good);
		CHECK(strstr(e.why, rows[i].why) != NULL);
		CHECK(modem_send(&m, &message, now, &out) == 0);	/* the next may go */
		talk(NULL);
		CHECK(told(MODEM_SENT));
	}
}

static void
one_that_asks_for_no_pdu_did_not_take_it(void)
{
	static const struct row more[] = { { "AT+CMGS=", NULL }, { NULL, NULL } };

	begin(NULL);
	CHECK(modem_send(&m, &message, now, &out) == 0);
	talk(more);
	pass(9 * S, more);
	CHECK(!told(MODEM_FAILED));
	pass(2 * S, more);
	CHECK(told(MODEM_FAILED) && !e.for_good);
}

static void
silence_after_the_pdu_leaves_it_unknown(void)
{
	static const struct row more[] = { { "00", NULL }, { NULL, NULL } };

	begin(NULL);
	CHECK(modem_send(&m, &message, now, &out) == 0);
	talk(more);
	for (int i = 0; i < 59; i++) {		/* talk about other things is none */
		pass(S, more);
		hear("\r\n^RSSI: 17\r\n\r\nRING\r\n");
		CHECK(!told(MODEM_UNKNOWN));
	}
	pass(2 * S, more);
	CHECK(told(MODEM_UNKNOWN));
	CHECK(m.ready);			/* asked anew, it answered */
}

static void
one_that_says_nothing_is_dead(void)
{
	static const struct row mute[] = { { "", NULL }, { NULL, NULL } };

	begin(NULL);
	CHECK(told(MODEM_READY));
	pass(31 * S, mute);
	CHECK(!told(MODEM_DEAD));
	pass(60 * S, mute);
	CHECK(told(MODEM_DEAD) && modem_deadline(&m) == INT64_MAX);
	out.len = 0;
	modem_begin(&m, &conf, true, now, &out);
	talk(NULL);
	CHECK(strstr(said, "AT+CFUN=1,1\n") != NULL && told(MODEM_READY));
}

static void
a_pin_is_given_once(void)
{
	static const struct row locked[] = {
		{ "AT+CPIN?", "\r\n+CPIN: SIM PIN\r\n\r\nOK\r\n" },
		{ "AT+CPIN=", "\r\n+CME ERROR: 16\r\n" }, { NULL, NULL }
	};

	begin(locked);
	CHECK(told(MODEM_PIN_REFUSED) && strstr(said, "AT+CPIN=\"1234\"") != NULL);
	said[0] = '\0';
	pass(600 * S, locked);
	out.len = 0;
	modem_begin(&m, &conf, false, now, &out);
	talk(locked);
	pass(600 * S, locked);
	CHECK(strstr(said, "AT+CPIN=") == NULL);
	CHECK(told(MODEM_TROUBLE) && strstr(e.why, "not given twice") != NULL);
}

static void
what_the_card_wants_is_said(void)
{
	static const struct { const char *answer, *why; } rows[] = {
		{ "\r\n+CPIN: SIM PUK\r\n\r\nOK\r\n", "SIM PUK" },
		{ "\r\n+CME ERROR: 10\r\n", "no SIM" },
		{ "\r\n+CME ERROR: 13\r\n", "failure of the SIM" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row more[] = { { "AT+CPIN?", rows[i].answer }, { NULL, NULL } };

		begin(more);
		CHECK(told(MODEM_TROUBLE) && strstr(e.why, rows[i].why) != NULL);
		CHECK(!m.ready);
		pass(11 * S, NULL);		/* put right */
		CHECK(told(MODEM_READY));
	}
}

static void
it_waits_for_the_network(void)
{
	static const struct row away[] = {
		{ "AT+CREG?", "\r\n+CREG: 0,2\r\n\r\nOK\r\n" }, { NULL, NULL }
	};
	char text[64];

	begin(away);
	CHECK(told(MODEM_TROUBLE) && strstr(e.why, "not registered") != NULL);
	CHECK(modem_send(&m, &message, now, &out) == 0);
	talk(away);
	pass(20 * S, away);
	CHECK(!told(MODEM_SENT) && strstr(said, "AT+CMGS") == NULL);
	pass(11 * S, NULL);
	CHECK(told(MODEM_SENT));
	modem_show(&m, text, sizeof(text));
	CHECK(strcmp(text, "registered, -73 dBm") == 0);
	begin(away);
	CHECK(modem_send(&m, &message, now, &out) == 0);
	modem_give_up(&m, "not registered");
	CHECK(told(MODEM_FAILED));
}

#define REPLY	"0891683110402105F0040D91683108108300F00008621171615402230465365230"
#define REPORT	"0006110D91683108108300F0621171615402236211716154322300"

static void
what_comes_in_between_is_taken(void)
{
	static const struct row more[] = {
		{ "00", "\r\n+CDS: 26\r\n" REPORT "\r\n+CMTI: \"SM\",4\r\n\r\n+CMGS: 18\r\n"
		  "\r\nOK\r\n" },
		{ "AT+CMGR=4", "\r\n+CMGR: 0,,24\r\n+CMTI: \"SM\",5\r\n" REPLY "\r\n\r\nOK\r\n" },
		{ "AT+CMGR=5", "\r\n+CMGR: 0,,24\r\n" REPLY "\r\n\r\nOK\r\n" },
		{ NULL, NULL }
	};

	begin(NULL);
	CHECK(modem_send(&m, &message, now, &out) == 0);
	talk(more);
	CHECK(told(MODEM_RECEIVED) && e.in.kind == SMS_REPORT && e.in.reference == 17);
	CHECK(told(MODEM_SENT) && e.references[0] == 18);
	CHECK(told(MODEM_RECEIVED) && e.in.kind == SMS_DELIVER);
	CHECK(strcmp(e.in.text, "收到") == 0);
	CHECK(told(MODEM_RECEIVED));
	CHECK(strstr(said, "AT+CMGD=4") != NULL && strstr(said, "AT+CMGD=5") != NULL);
}

static void
what_was_stored_is_taken_at_the_start(void)
{
	static const struct row more[] = {
		{ "AT+CMGL=4", "\r\n+CMGL: 1,1,,24\r\n" REPLY "\r\n+CMGL: 2,3,,24\r\n" REPLY
		  "\r\n+CMGL: 9,0,\"a,b\",24\r\n" REPLY "\r\n\r\nOK\r\n" }, { NULL, NULL }
	};

	begin(more);
	CHECK(told(MODEM_RECEIVED) && told(MODEM_RECEIVED) && !told(MODEM_RECEIVED));
	CHECK(strstr(said, "AT+CMGD=1\n") != NULL && strstr(said, "AT+CMGD=9\n") != NULL);
	CHECK(strstr(said, "AT+CMGD=2\n") == NULL);		/* a draft */
}

static void
an_echo_hurts_nobody(void)
{
	begin(NULL);
	CHECK(told(MODEM_READY));
	CHECK(modem_send(&m, &message, now, &out) == 0);
	out.len = 0;
	hear("AT+CMGS=19\r\r\n");
	hear("> ");
	CHECK(out.len > 0);
	out.len = 0;
	hear("0011000D91683108108300F0\x1a\r\n+CMGS: 3\r\nOK\r\n");
	CHECK(told(MODEM_SENT) && e.references[0] == 3);
}

static void
a_line_lost_in_the_middle_is_told_as_it_is(void)
{
	begin(NULL);
	CHECK(modem_send(&m, &message, now, &out) == 0);
	modem_give_up(&m, "unplugged");
	CHECK(told(MODEM_FAILED));
	begin(NULL);
	CHECK(modem_send(&m, &message, now, &out) == 0);
	hear("> ");
	modem_give_up(&m, "unplugged");
	CHECK(told(MODEM_UNKNOWN) && strcmp(e.why, "unplugged") == 0);
}

static size_t
escapes(void)
{
	size_t n = 0;

	for (size_t i = 0; i < out.len; i++)
		n += room[i] == 0x1b;
	return n;
}

/* The prompt of a message that was given up is not for the next one, whose length
 * is another: the modem would refuse that for good. */
static void
a_prompt_that_comes_late_is_left(void)
{
	static const struct sms_out other = { .to = "+8613800138001", .text = "LEL high",
	    .centre = "", .valid = 3600 };

	begin(NULL);
	CHECK(modem_send(&m, &message, now, &out) == 0);
	out.len = 0;
	modem_give_up(&m, "not ready in time");
	CHECK(told(MODEM_FAILED));
	CHECK(modem_send(&m, &other, now, &out) == 0 && out.len == 0);
	hear("\r\n> ");
	CHECK(out.len == 1 && escapes() == 1);
	out.len = 0;
	hear("\r\nOK\r\n");
	CHECK(!told(MODEM_SENT));
	talk(NULL);
	CHECK(told(MODEM_SENT) && e.references[0] == 17);
	CHECK(strstr(said, "AT+CMGS=22\n0011000D91683108108300F1") != NULL);
}

/* Nor is its answer. */
static void
an_answer_that_comes_late_is_not_the_next_ones(void)
{
	begin(NULL);
	CHECK(modem_send(&m, &message, now, &out) == 0);
	out.len = 0;
	hear("\r\n> ");
	CHECK(out.len > 20);
	out.len = 0;
	modem_give_up(&m, "the gateway ends");
	CHECK(told(MODEM_UNKNOWN));
	CHECK(modem_send(&m, &message, now, &out) == 0 && out.len == 0);
	hear("\r\n+CMGS: 99\r\n\r\nOK\r\n");
	CHECK(!told(MODEM_SENT) && out.len > 0);
	talk(NULL);
	CHECK(told(MODEM_SENT) && e.nreferences == 1 && e.references[0] == 17);
}

static void
an_ok_of_something_else_sends_nothing(void)
{
	begin(NULL);
	CHECK(modem_send(&m, &message, now, &out) == 0);
	out.len = 0;
	hear("\r\nOK\r\n");
	CHECK(!told(MODEM_SENT));
	hear("\r\n> ");
	CHECK(out.len > 20);
	out.len = 0;
	hear("\r\nOK\r\n");
	CHECK(!told(MODEM_SENT));
	hear("\r\n+CMGS: 5\r\n\r\nOK\r\n");
	CHECK(told(MODEM_SENT) && e.references[0] == 5);
}

static void
events_wait_for_their_reader(void)
{
	static const char many[] = "\r\n+CDS: 26\r\n" REPORT;
	size_t reports = 0, n = 0;
	char text[sizeof(many) * 40] = "";

	for (int i = 0; i < 40; i++)
		strcat(text, many);
	strcat(text, "\r\n");
	begin(NULL);
	while (text[n] != '\0') {
		n += modem_hear(&m, (const uint8_t *)text + n, strlen(text + n), now, &out);
		while (modem_event(&m, &e))
			reports += e.kind == MODEM_RECEIVED;
	}
	CHECK(reports == 40);
}

static const struct row knowing[] = {
	{ "AT+CEREG?", "\r\n+CREG: 5\r\n\r\n+CEREG: 2,1,\"1A2C\",\"07A1B203\",7\r\n\r\nOK\r\n" },
	{ "AT+CCID", "\r\nERROR\r\n" },
	{ NULL, NULL }
};

static const char *
guest(const char *command, const struct row *more)
{
	CHECK(modem_guest(&m, command, now, &out) == 0);
	talk(more);
	return modem_guest_heard(&m);
}

static void
somebody_else_is_answered_in_between(void)
{
	const struct row slow[] = { { "AT+COPS?", NULL }, { NULL, NULL } };
	struct sms_out sms = { .to = "+8613800138000", .text = "gas", .centre = "" };
	const char *heard;

	begin(NULL);
	heard = guest("AT+CEREG?", knowing);
	CHECK(heard != NULL && strcmp(heard, "\r\n+CREG: 5\r\n\r\n+CEREG: 2,1,\"1A2C\","
	    "\"07A1B203\",7\r\n\r\nOK\r\n") == 0);
	CHECK(modem_guest_heard(&m) == NULL);
	heard = guest("AT+CCID", knowing);
	CHECK(heard != NULL && strcmp(heard, "\r\nERROR\r\n") == 0);
	/* one that waits for its answer keeps no message from being sent after it */
	CHECK(guest("AT+COPS?", slow) == NULL);
	CHECK(modem_guest(&m, "AT+CSQ", now, &out) < 0);
	nqueue = 0;
	CHECK(modem_send(&m, &sms, now, &out) == 0);
	talk(slow);
	CHECK(nqueue == 0);
	hear("\r\n+COPS: 0,0,\"CMCC\",7\r\n\r\nOK\r\n");
	CHECK(modem_guest_heard(&m) != NULL);
	talk(NULL);
	CHECK(nqueue == 1 && queue[0].kind == MODEM_SENT);
}

static void
a_message_goes_before_somebody_else(void)
{
	const struct row slow[] = { { "AT+CMGS=", NULL }, { NULL, NULL } };
	struct sms_out sms = { .to = "+8613800138000", .text = "gas", .centre = "" };

	begin(NULL);
	nqueue = 0;
	CHECK(modem_send(&m, &sms, now, &out) == 0);
	talk(slow);
	CHECK(modem_guest(&m, "AT+CSQ", now, &out) == 0);
	CHECK(out.len == 0 && modem_guest_heard(&m) == NULL);
	hear("\r\n> ");
	talk(NULL);
	CHECK(nqueue == 1 && queue[0].kind == MODEM_SENT);
	CHECK(modem_guest_heard(&m) != NULL);
}

/* CFUN may take PDU mode and all with it. */
static void
what_unsettles_is_set_up_behind(void)
{
	const char *behind;

	begin(NULL);
	CHECK(guest("AT+CFUN=1,1", NULL) != NULL);
	behind = strstr(said, "AT+CFUN=1,1\n");
	CHECK(behind != NULL && strstr(behind, "AT+CMGF=0\n") != NULL && m.ready);
	said[0] = '\0';
	CHECK(guest("AT+CGACT=1,1", NULL) != NULL);
	CHECK(strcmp(said, "AT+CGACT=1,1\n") == 0);
}

/* Its own looks at the network go on, however often somebody asks. */
static void
somebody_who_asks_without_end_stops_nothing(void)
{
	begin(NULL);
	said[0] = '\0';
	for (int i = 0; i < 100; i++) {
		CHECK(guest("AT+CSQ", NULL) != NULL);
		pass(S, NULL);
		said[strlen(said) > 6000 ? 0 : strlen(said)] = '\0';
	}
	CHECK(strstr(said, "AT+CREG?\n") != NULL);
}

static void
no_nonsense_is_asked_for_somebody(void)
{
	const struct row dumb[] = { { "AT", NULL }, { NULL, NULL } };
	char longest[MODEM_GUEST + 2];

	begin(NULL);
	CHECK(modem_guest(&m, "", now, &out) < 0);
	CHECK(modem_guest(&m, "+CSQ", now, &out) < 0);
	CHECK(modem_guest(&m, "AT+CSQ\rATD", now, &out) < 0);
	memset(longest, 'A', sizeof(longest));
	longest[1] = 'T';
	longest[MODEM_GUEST + 1] = '\0';
	CHECK(modem_guest(&m, longest, now, &out) < 0);
	CHECK(guest("AT+CSQ", dumb) == NULL);
	pass(300 * S, dumb);
	CHECK(modem_guest_heard(&m) == NULL);
	CHECK(modem_guest(&m, "AT+CSQ", now, &out) < 0);	/* it is dead */
}

int
main(void)
{
	RUN(a_healthy_one_sends);
	RUN(all_parts_go_one_by_one);
	RUN(each_refusal_is_told);
	RUN(one_that_asks_for_no_pdu_did_not_take_it);
	RUN(silence_after_the_pdu_leaves_it_unknown);
	RUN(one_that_says_nothing_is_dead);
	RUN(a_pin_is_given_once);
	RUN(what_the_card_wants_is_said);
	RUN(it_waits_for_the_network);
	RUN(what_comes_in_between_is_taken);
	RUN(what_was_stored_is_taken_at_the_start);
	RUN(an_echo_hurts_nobody);
	RUN(a_line_lost_in_the_middle_is_told_as_it_is);
	RUN(a_prompt_that_comes_late_is_left);
	RUN(an_answer_that_comes_late_is_not_the_next_ones);
	RUN(an_ok_of_something_else_sends_nothing);
	RUN(events_wait_for_their_reader);
	RUN(somebody_else_is_answered_in_between);
	RUN(a_message_goes_before_somebody_else);
	RUN(what_unsettles_is_set_up_behind);
	RUN(somebody_who_asks_without_end_stops_nothing);
	RUN(no_nonsense_is_asked_for_somebody);
	return 0;
}
