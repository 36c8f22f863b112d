#include "../../protocols/proto.h"
#include "../captures/dialogue.h"
#include "../check.h"

#define TCP "proto modbus-tcp;line timeout_min=200ms timeout_max=1s max_late=3s;"

/* What is said, and what comes of it: see tests/captures/dialogue.h. */
static const struct {
	const char *name, *text, *wanted;
} stories[] = {
	{ "a question and its answer", TCP
	  "ask 17 3 107 3;> 0001 0000 0006 11 03 006b 0003;+20ms;"
	  "< 0001 0000 0009 11 03 06 022b 0000 0064;tally",
	  "> 0001000000061103006b0003 | = 1 ok 022b00000064 20ms | tally asked 1 answered 1" },
	{ "function 4", TCP
	  "ask 1 4 8 1;< 0001 0000 0005 01 04 02 000a",
	  "> 000100000006010400080001 | = 1 ok 000a 0s" },
	{ "an answer byte by byte", TCP
	  "ask 1 3 0 1;< 00/01/00/00/00/05/01/03/02/12/34",
	  "> 000100000006010300000001 | = 1 ok 1234 0s" },
	{ "one question at a time", TCP
	  "ask 1 3 0 1;+100ms;ask 1 3 1 1",
	  "> 000100000006010300000001 | busy until +900ms" },
	{ "refused", TCP
	  "ask 1 3 0 1;< 0001 0000 0003 01 83 02;tally",
	  "> 000100000006010300000001 | = 1 exception 2 0s | tally asked 1 exceptions 1" },
	{ "an exception nobody has defined", TCP
	  "ask 1 3 0 1;< 0001 0000 0003 01 83 c8",
	  "> 000100000006010300000001 | = 1 exception 200 0s" },
	{ "heartbeats before, behind and alone", TCP "line noise=4842;"
	  "ask 1 3 0 1;< 4842 0001 0000 0005 01 03 02 1234 4842;< 48/42;tally",
	  "> 000100000006010300000001 | = 1 ok 1234 0s | "
	  "tally asked 1 answered 1 beats 3" },
	{ "what has one within is not believed: there is no check sum", TCP
	  "line noise=4842;ask 1 3 0 1;< 0001 0000 0005 01 03 02 4842 1234;+1s;"
	  "ask 1 3 0 1;< 0002 0000 0005 01 03 02 5678;tally",
	  "> 000100000006010300000001 | = 1 timeout | > 000200000006010300000001 | "
	  "= 2 ok 5678 0s | tally asked 2 answered 1 timeouts 1 garbled 1" },
	{ "an answer to the last one, late, is none to this", TCP
	  "ask 1 3 0 1;+1s;ask 1 3 0 1;+1ms;< 0001 0000 0005 01 03 02 aaaa;+1ms;"
	  "< 0002 0000 0005 01 03 02 bbbb;tally",
	  "> 000100000006010300000001 | = 1 timeout | > 000200000006010300000001 | "
	  "= 2 ok bbbb 2ms | tally asked 2 answered 1 timeouts 1 late 1" },
	{ "late and at once the right one", TCP
	  "ask 1 3 0 1;+1s;ask 1 3 0 1;"
	  "< 0001 0000 0005 01 03 02 aaaa 0002 0000 0005 01 03 02 bbbb",
	  "> 000100000006010300000001 | = 1 timeout | > 000200000006010300000001 | "
	  "= 2 ok bbbb 0s" },
	{ "late while nobody asks", TCP
	  "ask 1 3 0 1;+2s;< 0001 0000 0005 01 03 02 aaaa;tally;+1s;ask 1 3 0 1",
	  "> 000100000006010300000001 | = 1 timeout | "
	  "tally asked 1 timeouts 1 late 1 | > 000200000006010300000001" },
	{ "said twice", TCP
	  "ask 1 3 0 1;< 0001 0000 0005 01 03 02 aaaa 0001 0000 0005 01 03 02 aaaa;tally",
	  "> 000100000006010300000001 | = 1 ok aaaa 0s | "
	  "tally asked 1 answered 1 foreign 1" },
	{ "a late exception is not for this question", TCP
	  "ask 1 3 0 1;+1s;ask 1 3 0 1;< 0001 0000 0003 01 83 06;"
	  "< 0002 0000 0005 01 03 02 bbbb;tally",
	  "> 000100000006010300000001 | = 1 timeout | > 000200000006010300000001 | "
	  "= 2 ok bbbb 0s | tally asked 2 answered 1 timeouts 1 late 1" },
	{ "id right, all else wrong", TCP
	  "ask 1 3 0 1;"
	  "< 0001 0000 0005 02 03 02 aaaa;"	/* another unit */
	  "< 0001 0000 0005 01 04 02 aaaa;"	/* another function */
	  "< 0001 0000 0007 01 03 04 aaaa aaaa;"	/* more than asked */
	  "< 0001 0000 0005 01 03 04 aaaa;"	/* count and length at odds */
	  "< 0001 0000 0004 01 03 02 aa;"	/* cut short */
	  "< 0001 0000 0004 01 83 02 aa;"	/* an exception too long */
	  "< 0001 0000 0003 01 84 02;"		/* of another function */
	  "< 0001 0000 0005 01 03 02 1234;tally",
	  "> 000100000006010300000001 | = 1 ok 1234 0s | "
	  "tally asked 1 answered 1 foreign 7" },
	{ "an id nobody gave", TCP
	  "ask 1 3 0 1;< 7777 0000 0005 01 03 02 aaaa;< 0001 0000 0005 01 03 02 1234;tally",
	  "> 000100000006010300000001 | = 1 ok 1234 0s | "
	  "tally asked 1 answered 1 foreign 1" },
	{ "rubbish before an answer", TCP
	  "ask 1 3 0 1;< ffffffffff 0001 0000 0005 01 03 02 1234;tally",
	  "> 000100000006010300000001 | = 1 ok 1234 0s | "
	  "tally asked 1 answered 1 garbled 1" },
	{ "zeros look like headers", TCP
	  "ask 1 3 0 1;< 00000000000000/000000000000050000;"
	  "< 0001 0000 0005 01 03 02 1234;tally",
	  "> 000100000006010300000001 | = 1 ok 1234 0s | "
	  "tally asked 1 answered 1 garbled 1" },
	{ "another protocol, a length of nothing, a length of too much", TCP
	  "ask 1 3 0 1;< 0001 0001 0005 01 03 02 1234;< 0001 0000 0002 01 03;"
	  "< 0001 0000 00ff 01 03 02 1234;< 0001 0000 0105 01 03 02 1234;"
	  "< 0001 0000 0005 01 03 02 4321;tally",
	  "> 000100000006010300000001 | = 1 ok 4321 0s | "
	  "tally asked 1 answered 1 garbled 1" },
	{ "a late answer behind rubbish sets the borders right", TCP
	  "ask 1 3 0 1;+1s;ask 1 3 0 1;< ffffff 0001 0000 0005 01 03 02 aaaa;"
	  "< 0002 0000 0005 01 03 02 bbbb;tally",
	  "> 000100000006010300000001 | = 1 timeout | > 000200000006010300000001 | "
	  "= 2 ok bbbb 0s | tally asked 2 answered 1 timeouts 1 late 1 garbled 1" },
	{ "a frame that broke off hides nothing", TCP
	  "ask 1 3 0 1;< 7777 0000 00c8 01 03 c6 0102;+10ms;"
	  "< 0001 0000 0005 01 03 02 / 1234;tally",
	  "> 000100000006010300000001 | = 1 ok 1234 10ms | "
	  "tally asked 1 answered 1 garbled 1" },
	{ "an answer in the last moment", TCP
	  "ask 1 3 0 1;+999999us;< 0001 0000 0005 01 03 02 1234",
	  "> 000100000006010300000001 | = 1 ok 1234 999999us" },
	{ "the time-out follows the line", TCP
	  "ask 1 3 0 1;+100ms;< 0001 0000 0005 01 03 02 1234;ask 1 3 0 1;"
	  "+299ms;ask 1 3 1 1;+1ms;ask 1 3 0 1;+599ms;ask 1 3 0 1;+1ms",
	  "> 000100000006010300000001 | = 1 ok 1234 100ms | > 000200000006010300000001 | "
	  "busy until +1ms | = 2 timeout | > 000300000006010300000001 | "
	  "busy until +1ms | = 3 timeout" },
	{ "guard before the next question", TCP "line guard=50ms;"
	  "ask 1 3 0 1;< 0001 0000 0005 01 03 02 1234;+10ms;ask 1 3 0 1;+40ms;ask 1 3 0 1",
	  "> 000100000006010300000001 | = 1 ok 1234 0s | busy until +40ms | "
	  "> 000200000006010300000001" },
	{ "a line that never falls quiet is asked all the same", TCP "line guard=50ms;"
	  "< ff;ask 1 3 0 1;+40ms;< ff;ask 1 3 0 1;+940ms;< ff;ask 1 3 0 1;+20ms;"
	  "< ff;ask 1 3 0 1",
	  "busy until +50ms | busy until +50ms | busy until +50ms | "
	  "> 000100000006010300000001" },
	{ "ids go on when the link came up again", TCP
	  "ask 1 3 0 1;up;ask 1 3 0 1;< 0001 0000 0005 01 03 02 aaaa;"
	  "< 0002 0000 0005 01 03 02 bbbb;tally",
	  "> 000100000006010300000001 | > 000200000006010300000001 | = 2 ok bbbb 0s | "
	  "tally asked 2 answered 1 late 1" },
	{ "half a frame does not outlive its connection", TCP
	  "ask 1 3 0 1;< 0001 0000 0005 01;up;ask 1 3 0 1;< 0002 0000 0005 01 03 02 bbbb;tally",
	  "> 000100000006010300000001 | > 000200000006010300000001 | = 2 ok bbbb 0s | "
	  "tally asked 2 answered 1" },
};

/* Asks and returns the id it went out with. */
static unsigned
ask_once(void *session, int64_t now, struct out *out, uint8_t frame[300])
{
	struct ask ask = { .address = { 1 }, .function = 3, .count = 1 };

	out_clear(out, frame, 300);
	CHECK(proto_find("modbus-tcp")->ask(session, &ask, now, out));
	CHECK(out->send.len == 12);
	return (unsigned)(frame[0] << 8 | frame[1]);
}

static void
hear_answer(void *session, unsigned id, int64_t now, struct out *out, uint8_t frame[300])
{
	uint8_t answer[] = { (uint8_t)(id >> 8), (uint8_t)id, 0, 0, 0, 5, 1, 3, 2, 0, 7 };

	out_clear(out, frame, 300);
	proto_find("modbus-tcp")->hear(session, answer, sizeof(answer), now, out);
}

/* All 65,536 go round, but for those that an older question still holds. */
static void
no_id_twice_while_it_may_be_answered(void)
{
	static const struct line line = {
		.timeout_min = 1000, .timeout_max = 1000, .max_late = 1000000000,
	};
	const struct proto *tcp = proto_find("modbus-tcp");
	void *session = calloc(1, tcp->size);
	uint8_t frame[300];
	struct out out;
	unsigned held, id, last = 0;
	int64_t now = 1;

	tcp->init(session, &line, now);
	held = ask_once(session, now, &out, frame);
	out_clear(&out, frame, sizeof(frame));
	tcp->tick(session, now += 1000, &out);
	CHECK(out.nreplies == 1 && out.replies[0].status == REPLY_TIMEOUT);
	for (int i = 0; i < 140000; i++) {
		id = ask_once(session, now, &out, frame);
		CHECK(id != held && id != last);
		last = id;
		hear_answer(session, id, ++now, &out, frame);
		CHECK(out.nreplies == 1 && out.replies[0].status == REPLY_OK);
	}
	hear_answer(session, held, now, &out, frame);
	CHECK(out.nreplies == 0 && tcp->tally(session)->late == 1);
	for (int i = 0; i < 65536 && id != held; i++) {
		id = ask_once(session, now, &out, frame);
		hear_answer(session, id, ++now, &out, frame);
	}
	CHECK(id == held);
	free(session);
}

int
main(void)
{
	RUN(no_id_twice_while_it_may_be_answered);
	for (size_t i = 0; i < sizeof(stories) / sizeof(stories[0]); i++)
		dialogue_check(stories[i].name, stories[i].text, stories[i].wanted);
	return 0;
}
