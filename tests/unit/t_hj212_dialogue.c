#include <stdio.h>
#include <string.h>

#include "../../protocols/hj212_dialogue.h"
#include "../check.h"

/* What a host asks of a field machine, and what becomes of it. */

#define S	1000000LL
#define NOW	1469984337223LL		/* 2016-08-01 00:58:57.223 in China */
#define MN	"010000A8900016F000169DC0"
#define OF(qn, cn, flag, area) \
	"QN=" qn ";ST=91;CN=" cn ";PW=123456;MN=" MN ";Flag=" flag ";CP=&&" area "&&"

static struct push pushes[HJ212_PAIRS];
static uint8_t words[24 * 1024], sent[300], receipt[256], rest[16 * 1024];
static unsigned char session[1024] __attribute__((aligned(16)));
static struct out out;
static struct hj212_conf conf;
static enum hj212_check way;	/* of all packets here */

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
hear(const char *segment, int64_t now)
{
	uint8_t bytes[1200];
	struct buf b = { .at = bytes, .cap = sizeof(bytes) };

	hj212_wrap(&b, way, segment, strlen(segment));
	clear();
	hj212.hear(session, bytes, b.len, now, &out);
}

static void
begin(enum hj212_dialect dialect, const char *first)
{
	const struct line line = { .hj212 = &conf };

	conf = (struct hj212_conf){ .dialect = (uint8_t)dialect };
	CHECK(hj212.size <= sizeof(session));
	memset(session, 0, sizeof(session));
	out.rest = (struct rest){ .at = rest, .cap = sizeof(rest) };
	hj212.init(session, &line, 0);
	if (first != NULL)
		hear(first, 0);
}

static void
begin_plain(void)
{
	begin(HJ212_2017, "QN=20160801005800000;ST=31;CN=2011;PW=123456;MN=" MN
	    ";Flag=5;CP=&&a-Rtd=1&&");
}

static bool
ask(enum demand_kind kind, int64_t now)
{
	const struct demand is = { .kind = kind, .time = NOW, .cookie = 7 };

	clear();
	return hj212.request(session, &is, MN, now, &out);
}

/* The segment of the frame that is to be sent; "": there is none. */
static const char *
frame(void)
{
	static char text[300];
	struct hj212_frame f;

	if (out.send.len == 0)
		return "";
	CHECK(!out.send.bad && hj212_scan(sent, out.send.len, 300, way, &f) == HJ212_WHOLE);
	CHECK(f.len == out.send.len && hj212_sound(way, f.segment, f.n, f.sum));
	snprintf(text, sizeof(text), "%.*s", (int)f.n, (const char *)f.segment);
	return text;
}

static void
tick(int64_t now)
{
	clear();
	hj212.tick(session, now, &out);
}

static void
a_clock_is_read(void)
{
	begin_plain();
	CHECK(ask(REQUEST_CLOCK, 5 * S));
	CHECK(strcmp(frame(), "QN=20160801005857223;ST=31;CN=1011;PW=123456;MN=" MN
	    ";Flag=5;CP=&&&&") == 0);
	tick(5 * S);
	CHECK(out.deadline == 15 * S && out.nreplies == 0 && out.send.len == 0);
	hear(OF("20160801005857223", "9011", "4", "QnRtn=1"), 6 * S);
	CHECK(out.nreplies == 0 && out.owed == 0 && out.send.len == 0);
	hear("QN=20160801005857223;ST=31;CN=1011;PW=123456;MN=" MN
	    ";Flag=4;CP=&&SystemTime=20160801005910&&", 7 * S);
	CHECK(out.nreplies == 1 && out.npushes == 0 && out.replies[0].status == REPLY_OK);
	CHECK(out.replies[0].clock == NOW / 1000 * 1000 + 13000 + 500);
	CHECK(out.replies[0].asked == 5 * S && out.replies[0].heard == 7 * S);
	CHECK(out.replies[0].cookie == 7);
	hear(OF("20160801005857223", "9012", "4", "ExeRtn=1"), 8 * S);
	CHECK(out.nreplies == 0);
	tick(200 * S);
	CHECK(out.nreplies == 0 && out.send.len == 0 && out.deadline == INT64_MAX);
}

/* Edition 2005: an answer says in its area which question it is of. */
static void
answers_of_2005_name_the_question_within(void)
{
	static const char said[] = "ST=91;CN=%s;PW=123456;MN=" MN ";CP=&&QN=%s;%s&&";
	static const struct { const char *cn, *qn, *words; size_t replies; } rows[] = {
		{ "9011", "20160801005857223", "QnRtn=1", 0 },
		{ "1011", "20160801005857222", "SystemTime=20160801005810", 0 },	/* of another */
		{ "1011", "20160801005857223", "SystemTime=20160801005910", 1 },
		{ "9012", "20160801005857223", "ExeRtn=1", 0 },
	};
	char segment[200];

	begin(HJ212_2005, "ST=31;CN=2011;PW=123456;MN=" MN ";CP=&&DataTime=20160801005800;"
	    "a-Rtd=1&&");
	CHECK(ask(REQUEST_CLOCK, 5 * S));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(segment, sizeof(segment), said, rows[i].cn, rows[i].qn, rows[i].words);
		hear(segment, 6 * S);
		CHECK(out.nreplies == rows[i].replies && out.npushes == 0 && out.owed == 0);
		if (rows[i].replies > 0)
			CHECK(out.replies[0].clock == NOW / 1000 * 1000 + 13000 + 500);
		tick(16 * S);			/* it said that it does it: it has a minute */
		CHECK(out.send.len == 0 && out.nreplies == 0);
	}
}

/* A maker that checks in another way looks for it in questions, too. */
static void
questions_are_checked_as_the_machine_does(void)
{
	static const char first[] = "QN=20160801005800000;ST=31;CN=2011;PW=123456;MN=" MN
	    ";Flag=5;CP=&&a-Rtd=1&&";
	static const enum hj212_check ways[] = { HJ212_MODBUS_BE, HJ212_MODBUS_LE };

	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		const enum hj212_check said[] = { ways[i], HJ212_UNCHECKED, HJ212_LEARN };

		for (size_t k = 0; k < sizeof(said) / sizeof(said[0]); k++) {
			way = ways[i];
			begin(HJ212_2017, NULL);
			conf.check = (uint8_t)said[k];
			hj212.init(session, &(struct line){ .hj212 = &conf }, 0);
			for (int n = 0; n < (said[k] == HJ212_LEARN ? 3 : 1); n++)
				hear(first, 0);
			CHECK(ask(REQUEST_CLOCK, 0) && frame()[0] == 'Q');
			tick(10 * S);
			CHECK(frame()[0] == 'Q');
		}
	}
	way = HJ212_CHECK;
}

/* Each question is one of its own, so that a late answer is known for what it is. */
static void
who_says_nothing_is_asked_again(void)
{
	static const char *const questions[] = { "QN=20160801005857224;", "QN=20160801005857225;",
	    "QN=20160801005857226;" };

	begin_plain();
	CHECK(ask(REQUEST_CLOCK, 0));
	tick(10 * S - 1);
	CHECK(out.send.len == 0 && out.deadline == 10 * S);
	for (int i = 0; i < 3; i++) {
		tick((i + 1) * 10 * S);
		CHECK(strncmp(frame(), questions[i], 21) == 0 && out.nreplies == 0);
		CHECK(out.deadline == (i + 2) * 10 * S);
	}
	tick(40 * S);
	CHECK(out.send.len == 0 && out.nreplies == 1);
	CHECK(out.replies[0].status == REPLY_TIMEOUT);
	CHECK(ask(REQUEST_CLOCK, 50 * S));	/* anew: by numbers that are newer */
	CHECK(strncmp(frame(), "QN=20160801005857227;", 21) == 0);
	tick(60 * S);
	hear("QN=20160801005857227;ST=31;CN=1011;PW=123456;MN=" MN
	    ";Flag=4;CP=&&SystemTime=20160801005857&&", 61 * S);
	CHECK(out.nreplies == 1 && out.replies[0].asked == 50 * S);
}

static void
what_it_refuses_is_told(void)
{
	static const struct { const char *cn, *area; uint8_t code; const char *words; } rows[] = {
		{ "9011", "QnRtn=2", 2, "refuses it" },
		{ "9011", "QnRtn=8", 8, "does not know the command" },
		{ "9011", "QnRtn=100", 100, "refuses it, and cannot say why" },
		{ "9011", "", HJ212_UNKNOWN, "says what is no answer" },
		{ "9011", "QnRtn=-1", HJ212_UNKNOWN, "says what is no answer" },
		{ "9011", "QnRtn=999", HJ212_UNKNOWN, "says what is no answer" },
		{ "9012", "ExeRtn=2", 102, "failed" },
		{ "9012", "ExeRtn=5", 105, "is busy" },
		{ "9012", "ExeRtn=100", HJ212_NO_DATA, "has no data" },
		{ "9012", "ExeRtn=1", HJ212_NO_TIME, "says no time" },
		{ "9012", "ExeRtn=0", HJ212_UNKNOWN, "says what is no answer" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char segment[200];

		begin_plain();
		CHECK(ask(REQUEST_CLOCK, 0));
		snprintf(segment, sizeof(segment), "QN=20160801005857223;ST=91;CN=%s;PW=123456;"
		    "MN=" MN ";Flag=4;CP=&&%s&&", rows[i].cn, rows[i].area);
		hear(segment, S);
		CHECK(out.nreplies == 1 && out.replies[0].status == REPLY_EXCEPTION);
		CHECK(out.replies[0].exception == rows[i].code);
		CHECK(strcmp(hj212.exception(out.replies[0].exception), rows[i].words) == 0);
		tick(100 * S);
		CHECK(out.send.len == 0 && out.nreplies == 0);
	}
	begin_plain();				/* a question that came damaged */
	CHECK(ask(REQUEST_CLOCK, 0));
	for (int i = 0; i < 3; i++) {
		char segment[200];

		snprintf(segment, sizeof(segment), OF("2016080100585722%d", "9011", "4", "QnRtn=9"),
		    3 + i);
		hear(segment, S);
		CHECK(out.nreplies == 0);
		tick(S);
		CHECK(out.send.len > 0);
	}
	hear(OF("20160801005857226", "9011", "4", "QnRtn=9"), S);
	CHECK(out.nreplies == 1 && out.replies[0].exception == 9);
}

/* Another machine's, another question's, or none at all. */
static void
what_answers_another_question_is_none(void)
{
	static const char *const rows[] = {
		OF("20160801005857222", "9011", "4", "QnRtn=2"),
		OF("20160801005857224", "9011", "4", "QnRtn=2"),
		OF("20160801005857", "9011", "4", "QnRtn=2"),
		OF("", "9011", "4", "QnRtn=2"),
		"QN=20160801005857223;ST=91;CN=9011;PW=123456;MN=other;Flag=4;CP=&&QnRtn=2&&",
		OF("20160801005857223", "9014", "4", ""),
		OF("20160801005857223", "1012", "4", "SystemTime=20160801005857"),
		OF("20160801005857223", "1011", "4", "SystemTime=2016"),
	};

	begin_plain();
	CHECK(ask(REQUEST_CLOCK, 0));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		hear(rows[i], S);
		CHECK(out.nreplies == 0);
	}
	tick(10 * S);
	CHECK(out.send.len > 0);
}

/* The time that it is set to is that of the moment, also when it is said again. */
static void
a_clock_is_set(void)
{
	begin_plain();
	CHECK(ask(REQUEST_SET_CLOCK, 0));
	CHECK(strcmp(frame(), "QN=20160801005857223;ST=31;CN=1012;PW=123456;MN=" MN
	    ";Flag=5;CP=&&SystemTime=20160801005857&&") == 0);
	tick(10 * S);
	CHECK(strcmp(frame(), "QN=20160801005857224;ST=31;CN=1012;PW=123456;MN=" MN
	    ";Flag=5;CP=&&SystemTime=20160801005907&&") == 0);
	hear(OF("20160801005857224", "9011", "4", "QnRtn=1"), 11 * S);
	hear(OF("20160801005857224", "9012", "4", "ExeRtn=1"), 12 * S);
	CHECK(out.nreplies == 1 && out.replies[0].status == REPLY_OK);
	begin_plain();
	CHECK(ask(REQUEST_SET_CLOCK, 0));
	hear(OF("20160801005857223", "9011", "4", "QnRtn=1"), S);
	tick(30 * S);				/* it does it, and is not asked again */
	CHECK(out.send.len == 0 && out.nreplies == 0 && out.deadline == 61 * S);
	tick(61 * S);
	CHECK(out.nreplies == 1 && out.replies[0].status == REPLY_TIMEOUT);
}

/* Each of its packets has a QN of its own, and the question has always the same. */
static void
history_is_fetched(void)
{
	const struct demand is = { .kind = REQUEST_HISTORY, .time = NOW, .past = PAST_HOURS,
	    .from = 1469980800000, .to = 1469988000000 };
	static const char question[] = "QN=20160801005857223;ST=31;CN=2061;PW=123456;MN=" MN
	    ";Flag=5;CP=&&BeginTime=20160801000000;EndTime=20160801020000&&";

	begin_plain();
	clear();
	CHECK(hj212.request(session, &is, MN, 0, &out) && strcmp(frame(), question) == 0);
	tick(10 * S);
	CHECK(strcmp(frame(), question) == 0);
	hear(OF("20160801005857223", "9011", "4", "QnRtn=1"), 11 * S);
	hear("QN=20160801010000000;ST=31;CN=2061;PW=123456;MN=" MN
	    ";Flag=5;CP=&&DataTime=20160801000000;a-Avg=1&&", 50 * S);
	CHECK(out.nreplies == 0 && out.npushes == 1 && out.owed != 0 && !out.part);
	CHECK(hj212.past(pushes[0].key) == PAST_HOURS && pushes[0].time == 1469980800000);
	tick(109 * S);
	CHECK(out.nreplies == 0 && out.deadline == 110 * S);
	hear("QN=20160801010000001;ST=31;CN=2061;PW=123456;MN=" MN
	    ";Flag=7;PNUM=2;PNO=1;CP=&&DataTime=20160801010000;a-Avg=1&&", 109 * S);
	CHECK(out.part);
	hear(OF("20160801005857223", "9012", "4", "ExeRtn=1"), 110 * S);
	CHECK(out.nreplies == 1 && out.replies[0].status == REPLY_OK);
	clear();
	CHECK(hj212.request(session, &is, MN, 200 * S, &out));
	hear(OF("20160801005857227", "9012", "4", "ExeRtn=100"), 201 * S);
	CHECK(out.nreplies == 1 && out.replies[0].status == REPLY_EXCEPTION);
	CHECK(out.replies[0].none && out.replies[0].exception == HJ212_NO_DATA);
	clear();				/* it sends, and says no result */
	CHECK(hj212.request(session, &is, MN, 300 * S, &out));
	hear("QN=20160801010000002;ST=31;CN=2061;PW=123456;MN=" MN
	    ";Flag=5;CP=&&DataTime=20160801000000;a-Avg=1&&", 301 * S);
	tick(361 * S);
	CHECK(out.nreplies == 1 && out.replies[0].status == REPLY_TIMEOUT && out.send.len == 0);
	CHECK(hj212.past("2051/a-Avg") == PAST_MINUTES && hj212.past("2031/a-Avg") == PAST_DAYS);
	CHECK(hj212.past("2041/SB1-RT") == PAST_RUNS && hj212.past("2062/a-Avg") == PASTS);
	CHECK(hj212.past("2051") == PASTS && hj212.past("a-Rtd") == PASTS && hj212.past("") == PASTS);
}

static void
days_are_fetched_by_their_own_command(void)
{
	const struct demand days = { .kind = REQUEST_HISTORY, .time = NOW, .past = PAST_DAYS,
	    .from = 1469894400000, .to = 1469980800000 };
	struct demand runs = days;

	begin_plain();
	clear();
	CHECK(hj212.request(session, &days, MN, 0, &out));
	CHECK(strstr(frame(), "CN=2031;") != NULL && strstr(frame(),
	    "BeginTime=20160731000000;EndTime=20160801000000&&") != NULL);
	runs.past = PAST_RUNS;
	begin_plain();
	clear();
	CHECK(hj212.request(session, &runs, MN, 0, &out) && strstr(frame(), "CN=2041;") != NULL);
}

static bool
demand(enum demand_kind kind, enum demand_setting setting, int64_t value)
{
	const struct demand is = { .kind = kind, .time = NOW, .setting = setting, .value = value };

	begin_plain();
	clear();
	return hj212.request(session, &is, MN, 0, &out);
}

static void
how_it_tells_is_asked_and_set(void)
{
	static const struct {
		enum demand_kind kind;
		enum demand_setting setting;
		int64_t value;
		const char *asked;
	} rows[] = {
		{ REQUEST_SETTING, SETTING_INTERVAL, 60, "CN=1061;PW=123456;MN=" MN ";Flag=5;CP=&&&&" },
		{ REQUEST_SET, SETTING_INTERVAL, 60,
		    "CN=1062;PW=123456;MN=" MN ";Flag=5;CP=&&RtdInterval=60&&" },
		{ REQUEST_SETTING, SETTING_MINUTES, 5, "CN=1063;PW=123456;MN=" MN ";Flag=5;CP=&&&&" },
		{ REQUEST_SET, SETTING_MINUTES, 5,
		    "CN=1064;PW=123456;MN=" MN ";Flag=5;CP=&&MinInterval=5&&" },
		{ REQUEST_SET, SETTING_DATA, 1, "CN=2011;PW=123456;MN=" MN ";Flag=5;CP=&&&&" },
		{ REQUEST_SET, SETTING_DATA, 0, "CN=2012;PW=123456;MN=" MN ";Flag=5;CP=&&&&" },
		{ REQUEST_SET, SETTING_STATES, 1, "CN=2021;PW=123456;MN=" MN ";Flag=5;CP=&&&&" },
		{ REQUEST_SET, SETTING_STATES, 0, "CN=2022;PW=123456;MN=" MN ";Flag=5;CP=&&&&" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		CHECK(demand(rows[i].kind, rows[i].setting, rows[i].value));
		CHECK(strstr(frame(), rows[i].asked) != NULL);
	}
	CHECK(demand(REQUEST_SETTING, SETTING_INTERVAL, 60));
	hear(OF("20160801005857223", "9011", "4", "QnRtn=1"), S);
	hear(OF("20160801005857223", "1061", "4", "RtdInterval=x"), S);
	CHECK(out.nreplies == 0 && out.npushes == 0);
	hear(OF("20160801005857223", "1061", "4", "RtdInterval=30"), S);
	CHECK(out.nreplies == 1 && out.replies[0].status == REPLY_OK && out.npushes == 0);
	CHECK(out.replies[0].value == 30);
	CHECK(demand(REQUEST_SETTING, SETTING_MINUTES, 60));
	hear(OF("20160801005857223", "9012", "4", "ExeRtn=1"), S);
	CHECK(out.nreplies == 1 && out.replies[0].exception == HJ212_NO_VALUE);
	CHECK(demand(REQUEST_SET, SETTING_DATA, 0));	/* a notification, or a request */
	hear(OF("20160801005857223", "9013", "4", ""), S);
	CHECK(out.nreplies == 1 && out.replies[0].status == REPLY_OK);
	CHECK(demand(REQUEST_SET, SETTING_DATA, 0));
	hear(OF("20160801005857223", "9012", "4", "ExeRtn=1"), S);
	CHECK(out.nreplies == 1 && out.replies[0].status == REPLY_OK);
	CHECK(demand(REQUEST_SET, SETTING_DATA, 1));
	hear(OF("20160801005857223", "9013", "4", ""), S);
	CHECK(out.nreplies == 0);
}

static void
how_often_and_how_long_is_a_setting(void)
{
	begin_plain();
	conf.overtime = 30 * S;
	conf.tries = 6;				/* NB-IoT, by the table of 2025 */
	hj212.init(session, &(struct line){ .hj212 = &conf }, 0);
	hear("QN=20160801005800000;ST=31;CN=2011;PW=123456;MN=" MN ";Flag=5;CP=&&a-Rtd=1&&", 0);
	CHECK(ask(REQUEST_CLOCK, 0));
	for (int i = 1; i < 6; i++) {
		tick(i * 30 * S - 1);
		CHECK(out.send.len == 0 && out.nreplies == 0);
		tick(i * 30 * S);
		CHECK(frame()[0] == 'Q' && out.deadline == (i + 1) * 30 * S);
	}
	hear(OF("20160801005857228", "1011", "4", "SystemTime=20160801005910"), 151 * S);
	CHECK(out.nreplies == 1 && out.replies[0].asked == 150 * S);
	CHECK(ask(REQUEST_CLOCK, 200 * S));
	CHECK(strncmp(frame(), "QN=20160801005857229;", 21) == 0);
	conf.tries = 1;
	conf.overtime = 99 * S;
	hj212.init(session, &(struct line){ .hj212 = &conf }, 0);
	hear("QN=20160801005800000;ST=31;CN=2011;PW=123456;MN=" MN ";Flag=5;CP=&&a-Rtd=1&&", 0);
	CHECK(ask(REQUEST_CLOCK, 0));
	tick(99 * S);
	CHECK(out.send.len == 0 && out.nreplies == 1 && out.replies[0].status == REPLY_TIMEOUT);
}

static bool
ask_for_hours(int64_t now)
{
	const struct demand is = { .kind = REQUEST_HISTORY, .time = NOW, .past = PAST_HOURS,
	    .from = 1469980800000, .to = 1469988000000 };

	clear();
	return hj212.request(session, &is, MN, now, &out);
}

/* It goes on telling of what is of now, under the same command, and knows nothing of
 * the question. */
static void
what_it_tells_of_now_is_no_answer(void)
{
	static const char now_is[] = "QN=20160801030000000;ST=31;CN=2061;PW=123456;MN=" MN
	    ";Flag=5;CP=&&DataTime=20160801030000;a-Avg=1&&";

	begin_plain();
	CHECK(ask_for_hours(0));
	hear(now_is, 5 * S);
	CHECK(out.npushes == 1 && out.nreplies == 0);
	for (int i = 1; i <= HJ212_RESENDS; i++) {
		tick(i * 10 * S);
		CHECK(out.send.len > 0 && out.nreplies == 0);
	}
	hear(now_is, 35 * S);
	tick(40 * S);
	CHECK(out.nreplies == 1 && out.replies[0].status == REPLY_TIMEOUT);
	begin_plain();
	CHECK(ask_for_hours(0));
	hear(OF("20160801005857223", "9011", "4", "QnRtn=1"), S);
	hear(now_is, 60 * S);
	tick(61 * S);
	CHECK(out.nreplies == 1 && out.replies[0].status == REPLY_TIMEOUT);
}

/* It was asked twice, does it, and what it says of the second time changes nothing. */
static void
what_it_does_already_it_does(void)
{
	static const char *const says[] = { "QnRtn=9", "QnRtn=2", "QnRtn=100", "" };

	for (size_t i = 0; i < sizeof(says) / sizeof(says[0]); i++) {
		char segment[200];

		begin_plain();
		CHECK(ask_for_hours(0));
		tick(10 * S);
		CHECK(out.send.len > 0);
		hear(OF("20160801005857223", "9011", "4", "QnRtn=1"), 11 * S);
		snprintf(segment, sizeof(segment), OF("20160801005857223", "9011", "4", "%s"),
		    says[i]);
		hear(segment, 12 * S);
		CHECK(out.nreplies == 0);
		tick(12 * S);
		CHECK(out.nreplies == 0 && out.send.len == 0);
		hear(OF("20160801005857223", "9012", "4", "ExeRtn=1"), 13 * S);
		CHECK(out.nreplies == 1 && out.replies[0].status == REPLY_OK);
	}
}

/* What was asked beside a question has a number that no later question has. */
static void
the_number_of_a_proof_is_its_own(void)
{
	char proof[22];

	begin_plain();
	CHECK(ask(REQUEST_CLOCK, 0) && ask(REQUEST_PROOF, S));
	snprintf(proof, sizeof(proof), "%.21s", frame());
	hear(OF("20160801005857223", "9011", "4", "QnRtn=2"), S);
	CHECK(out.nreplies == 1 && ask(REQUEST_SET_CLOCK, 2 * S));
	CHECK(strncmp(frame(), proof, 21) != 0);
	hear(OF("20160801005857227", "9012", "4", "ExeRtn=1"), 3 * S);
	CHECK(out.nreplies == 0);
}

static void
dialects_have_their_own_commands(void)
{
	static const struct {
		enum hj212_dialect dialect;
		enum demand_kind kind;
		const char *flag, *cn, *asked;
	} rows[] = {
		{ HJ212_2005, REQUEST_CLOCK, "", "CN=1011;", "Flag=1;" },
		{ HJ212_2017, REQUEST_CLOCK, "", "CN=1011;", "Flag=5;" },
		{ HJ212_2025, REQUEST_SET_CLOCK, "Flag=8;", "CN=1012;", "Flag=9;" },
		{ HJ212_2025, REQUEST_PROOF, "Flag=11;", "CN=1011;", "Flag=9;" },
		{ HJ212_SURFACE, REQUEST_CLOCK, "", "CN=1014;", "Flag=9;" },
		{ HJ212_SURFACE, REQUEST_SET_CLOCK, "Flag=9;", "CN=1015;", "Flag=9;" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char first[200];

		snprintf(first, sizeof(first), "ST=21;CN=2011;PW=1;MN=" MN ";%sCP=&&a-Rtd=1&&",
		    rows[i].flag);
		begin(rows[i].dialect, first);
		CHECK(ask(rows[i].kind, 0));
		CHECK(strstr(frame(), rows[i].cn) != NULL && strstr(frame(), rows[i].asked) != NULL);
		CHECK(strstr(frame(), "ST=21;") != NULL && strstr(frame(), "PW=1;") != NULL);
	}
}

static void
one_at_a_time_and_only_who_spoke(void)
{
	const struct demand is = { .kind = REQUEST_CLOCK, .time = NOW };

	begin(HJ212_2017, NULL);
	CHECK(!ask(REQUEST_CLOCK, 0) && !ask(REQUEST_PROOF, 0));	/* nobody has */
	begin_plain();
	CHECK(!hj212.request(session, &is, "other", 0, &out));
	CHECK(ask(REQUEST_CLOCK, 0) && !ask(REQUEST_CLOCK, 0) && !ask(REQUEST_SET_CLOCK, 0));
	CHECK(ask(REQUEST_PROOF, S));		/* goes beside it, and has no reply */
	CHECK(strncmp(frame(), "QN=20160801005857227;", 21) == 0);
	hear(OF("20160801005857227", "9011", "4", "QnRtn=2"), S);
	CHECK(out.nreplies == 0 && out.identity != NULL);
	tick(10 * S);
	CHECK(strncmp(frame(), "QN=20160801005857224;", 21) == 0);
	hj212.init(session, &(struct line){ .hj212 = &conf }, 0);
	tick(20 * S);				/* the line came up anew */
	CHECK(out.send.len == 0 && out.nreplies == 0 && !ask(REQUEST_CLOCK, 0));
	begin_plain();
	CHECK(ask(REQUEST_PROOF, 0));
	tick(10 * S);
	CHECK(out.send.len == 0 && out.nreplies == 0 && ask(REQUEST_CLOCK, 10 * S));
	begin_plain();
	conf.answer = HJ212_NEVER;
	hj212.init(session, &(struct line){ .hj212 = &conf }, 0);
	hear("ST=31;CN=2011;PW=123456;MN=" MN ";CP=&&a-Rtd=1&&", 0);
	CHECK(!ask(REQUEST_CLOCK, 0) && !ask(REQUEST_PROOF, 0));
}

static void
it_asks_for_the_time_itself(void)
{
	static const char asks[] = "QN=20160801005800000;ST=31;CN=1013;PW=123456;MN=" MN
	    ";Flag=5;CP=&&PolId=w01018&&";

	begin(HJ212_2017, asks);
	CHECK(out.wants_clock && out.owed != 0);
	hear("QN=20160801005800001;ST=31;CN=2011;PW=123456;MN=" MN ";Flag=5;CP=&&a-Rtd=1&&", 0);
	CHECK(!out.wants_clock);
	begin(HJ212_2005, asks);		/* means nothing there */
	CHECK(!out.wants_clock);
}

static void
times_are_written_as_they_are_read(void)
{
	static const int64_t rows[] = { 0, 1, 951753599999, 951782400000, 1470013137123,
	    1709164800000, 1735689599999, 4102444800000, 253402271999999 };
	char text[HJ212_TIME_ROOM];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		hj212_time_write(rows[i], text);
		CHECK(strlen(text) == 17 && hj212_time(text) == rows[i]);
	}
	for (int64_t day = 0; day < 60 * 366; day++) {
		hj212_time_write(day * 86400000, text);
		CHECK(hj212_time(text) == day * 86400000);
	}
	hj212_time_write(INT64_MAX / 2, text);	/* a clock that is out of its mind */
	CHECK(strlen(text) == 17);
	hj212_time_write(-1000000000000000, text);
	CHECK(strlen(text) == 17);
}

int
main(void)
{
	RUN(a_clock_is_read);
	RUN(answers_of_2005_name_the_question_within);
	RUN(questions_are_checked_as_the_machine_does);
	RUN(who_says_nothing_is_asked_again);
	RUN(what_it_refuses_is_told);
	RUN(what_answers_another_question_is_none);
	RUN(a_clock_is_set);
	RUN(history_is_fetched);
	RUN(what_it_tells_of_now_is_no_answer);
	RUN(what_it_does_already_it_does);
	RUN(the_number_of_a_proof_is_its_own);
	RUN(days_are_fetched_by_their_own_command);
	RUN(how_it_tells_is_asked_and_set);
	RUN(how_often_and_how_long_is_a_setting);
	RUN(dialects_have_their_own_commands);
	RUN(one_at_a_time_and_only_who_spoke);
	RUN(it_asks_for_the_time_itself);
	RUN(times_are_written_as_they_are_read);
	return 0;
}
