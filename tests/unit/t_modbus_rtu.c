#include "../captures/dialogue.h"
#include "../check.h"

#define RTU "proto modbus-rtu;line timeout_min=200ms timeout_max=1s max_late=3s;"
#define ASK1 "ask 1 3 0 1"		/* its answers: */
#define A1234 "0103021234b533"
#define AAAAA "010302aaaa469b"
#define ABBBB "010302bbbb8ac7"
#define REFUSED "018302c0f1"
#define ASK2 "ask 1 3 0 2"		/* another length */
#define A2 "0103041111222237b3"
#define SENT1 "> 010300000001840a"
#define SENT2 "> 010300000002c40b"

/* What is said, and what comes of it: see tests/captures/dialogue.h. */
static const struct {
	const char *name, *text, *wanted;
} stories[] = {
	{ "a question and its answer", RTU ASK1 ";+20ms;< " A1234 ";tally",
	  SENT1 " | = 1 ok 1234 20ms | tally asked 1 answered 1" },
	{ "byte by byte", RTU ASK1 ";< 01/03/02/12/34/b5/33", SENT1 " | = 1 ok 1234 0s" },
	{ "refused", RTU ASK1 ";+5ms;< " REFUSED ";tally",
	  SENT1 " | = 1 exception 2 5ms | tally asked 1 exceptions 1" },
	{ "one question at a time", RTU ASK1 ";+100ms;" ASK2, SENT1 " | busy until +900ms" },
	{ "time-out", RTU ASK1 ";+1s;tally", SENT1 " | = 1 timeout | tally asked 1 timeouts 1" },

	/* the wire */
	{ "noise before, between and behind", RTU
	  ASK1 ";< 00ff;< 7f 00 01 " A1234 " 00 00;tally",
	  SENT1 " | = 1 ok 1234 0s | tally asked 1 answered 1 garbled 2" },
	{ "noise that looks like the head of a long frame", RTU
	  ASK1 ";< 01 03 fa;< " A1234 ";tally",
	  SENT1 " | = 1 ok 1234 0s | tally asked 1 answered 1 garbled 1" },
	{ "one bit wrong", RTU ASK1 ";< 0103021235b533;+1s;tally",
	  SENT1 " | = 1 timeout | tally asked 1 timeouts 1 garbled 1" },
	{ "one bit wrong, then sound", RTU ASK1 ";< 0103021235b533 " A1234 ";tally",
	  SENT1 " | = 1 ok 1234 0s | tally asked 1 answered 1 garbled 1" },
	{ "what answers nothing asked", RTU ASK1
	  ";< 0203021234f133"		/* another unit */
	  ";< 0104021234b447"		/* another function */
	  ";< " A2			/* another length */
	  ";< 018302c0f1 / " A1234 ";tally",
	  SENT1 " | = 1 exception 2 0s | tally asked 1 exceptions 1 foreign 4" },
	{ "said twice", RTU ASK1 ";< " A1234 A1234 ";tally",
	  SENT1 " | = 1 ok 1234 0s | tally asked 1 answered 1 foreign 1" },
	{ "another master asks", RTU
	  ASK1 ";< 0203000000018439 0203021234f133 " A1234 ";tally",
	  SENT1 " | = 1 ok 1234 0s | tally asked 1 answered 1 foreign 2" },
	{ "bytes from before the question are discarded", RTU
	  "< 01030212;" ASK1 ";< 34b533;+1s;tally",
	  SENT1 " | = 1 timeout | tally asked 1 timeouts 1 garbled 2" },
	{ "silence and guard before a question", RTU "line silence=4ms guard=50ms;"
	  ASK1 ";< " A1234 ";+49ms;" ASK1 ";+1ms;" ASK1,
	  SENT1 " | = 1 ok 1234 0s | busy until +1ms | " SENT1 },
	{ "the silence where the guard is shorter", RTU "line silence=4ms;"
	  ASK1 ";< " A1234 ";+1ms;" ASK1 ";+3ms;" ASK1,
	  SENT1 " | = 1 ok 1234 0s | busy until +3ms | " SENT1 },
	{ "a long answer is waited for as long as it takes", RTU	/* 263 characters of 1 ms */
	  "line silence=3500us;" ASK1 ";+20ms;< " A1234 ";+4ms;" ASK1 ";+20ms;< " A1234
	  ";+4ms;ask 1 3 0 125;+460ms;" ASK1,
	  SENT1 " | = 1 ok 1234 20ms | " SENT1 " | = 2 ok 1234 20ms | > 01030000007d85eb | "
	  "busy until +3ms" },

	/* a DTU that beats, and says its registration again (HB, FE) */
	{ "heartbeats before, behind and alone", RTU "line noise=4842;" ASK1 ";< 4842 " A1234
	  "4842;< 4842;" ASK1 ";< 48;< 42;< " A1234 ";tally",
	  SENT1 " | = 1 ok 1234 0s | " SENT1 " | = 2 ok 1234 0s | "
	  "tally asked 2 answered 2 beats 4" },
	{ "a heartbeat within an answer", RTU "line noise=4842;" ASK1 ";< 010302 4842 1234b533;"
	  ASK1 ";< 01 4842 03021234b533;" ASK1 ";< 0103021234b5 4842 33;tally",
	  SENT1 " | = 1 ok 1234 0s | " SENT1 " | = 2 ok 1234 0s | " SENT1
	  " | = 3 ok 1234 0s | tally asked 3 answered 3 beats 3" },
	{ "the same in pieces", RTU "line noise=4842;" ASK1 ";< 0103/02/48/42/1234b5/33;"
	  ASK1 ";< 01/48/42/03/02/12/34/b5/33;tally",
	  SENT1 " | = 1 ok 1234 0s | " SENT1 " | = 2 ok 1234 0s | "
	  "tally asked 2 answered 2 beats 2" },
	{ "one byte that the data have too", RTU "line noise=fe;"
	  ASK2 ";< 01030412fefe34df0c;" ASK2 ";< 01030412fefefe34df0c;"
	  ASK2 ";< fe01030412fefe34df0cfe;tally",
	  SENT2 " | = 1 ok 12fefe34 0s | " SENT2 " | = 2 ok 12fefe34 0s | " SENT2
	  " | = 3 ok 12fefe34 0s | tally asked 3 answered 3 beats 3" },
	{ "within a refusal and a write", RTU "line noise=4842;" ASK1 ";< 0183 4842 02c0f1;"
	  "ask 1 6 5 1 payload=0007;< 0106 0005 4842 0007 d809;tally",
	  SENT1 " | = 1 exception 2 0s | > 010600050007d809 | = 2 ok  0s | "
	  "tally asked 2 answered 1 exceptions 1 beats 2" },
	{ "a damaged answer is not mended by it", RTU "line noise=4842;"
	  ASK1 ";< 010302 4842 1235b533;+1s;tally",
	  SENT1 " | = 1 timeout | tally asked 1 timeouts 1 garbled 1" },
	{ "our own echo", RTU "line echo=1;"
	  ASK1 ";< 01030000;< 0001840a 0103;< 021234b533;tally",
	  SENT1 " | = 1 ok 1234 0s | tally asked 1 answered 1" },
	{ "an echo that was damaged", RTU "line echo=1;"
	  ASK1 ";< 0103000000018f0a;< " A1234 ";tally",
	  SENT1 " | = 1 ok 1234 0s | tally asked 1 answered 1 garbled 1" },
	{ "no echo although one was promised", RTU "line echo=1;"
	  ASK1 ";< 01/03/021234b533;tally",
	  SENT1 " | = 1 ok 1234 0s | tally asked 1 answered 1" },
	{ "an echo although none was promised", RTU
	  ASK1 ";< 010300000001840a " A1234 ";tally",
	  SENT1 " | = 1 ok 1234 0s | tally asked 1 answered 1 foreign 1" },

	/* the barriers */
	{ "the same is not asked on a dirty channel", RTU
	  ASK1 ";+1s;+10ms;" ASK1 ";+2989ms;" ASK1,
	  SENT1 " | = 1 timeout | busy until +2990ms | busy until +1ms" },
	{ "silence leaves a doubt, once", RTU
	  ASK1 ";+4s;" ASK1 ";+1ms;< " A1234 ";" ASK1 ";< " A1234 ";tally",
	  SENT1 " | = 1 timeout | " SENT1 " | = 2 ok 1234 1ms after barrier | "
	  SENT1 " | = 3 ok 1234 0s | tally asked 3 answered 2 timeouts 1 barriers 1" },
	{ "a refusal after silence is doubted too", RTU
	  ASK1 ";+4s;" ASK1 ";< " REFUSED,
	  SENT1 " | = 1 timeout | " SENT1 " | = 2 exception 2 0s after barrier" },
	{ "silence again and again", RTU
	  ASK1 ";+4s;" ASK1 ";+4s;" ASK1 ";< " A1234 ";tally",
	  SENT1 " | = 1 timeout | " SENT1 " | = 2 timeout | " SENT1
	  " | = 3 ok 1234 0s after barrier | tally asked 3 answered 1 timeouts 2 barriers 2" },
	{ "a late answer makes the channel clean", RTU
	  ASK1 ";+1500ms;< " AAAAA ";" ASK1 ";+1ms;< " ABBBB ";tally",
	  SENT1 " | = 1 timeout | " SENT1 " | = 2 ok bbbb 1ms | "
	  "tally asked 2 answered 1 timeouts 1 late 1" },
	{ "another length is a barrier", RTU
	  ASK1 ";+1s;" ASK2 ";< " AAAAA ";+1ms;< " A2 ";tally",
	  SENT1 " | = 1 timeout | " SENT2 " | = 2 ok 11112222 1ms | "
	  "tally asked 2 answered 1 timeouts 1 late 1 barriers 1" },
	{ "another length does not clean the first", RTU
	  ASK1 ";+1s;" ASK2 ";< " A2 ";" ASK1,
	  SENT1 " | = 1 timeout | " SENT2 " | = 2 ok 11112222 0s | busy until +3s" },
	{ "two lengths given up, both barred", RTU
	  ASK1 ";+1s;" ASK2 ";+1s;" ASK2 ";" ASK1 ";< " A2 ";" ASK1 ";" ASK2,
	  SENT1 " | = 1 timeout | " SENT2 " | = 2 timeout | busy until +3s | "
	  "busy until +2s | busy until +2s | " SENT2 },
	{ "an exception may be for either", RTU	/* so it is taken for neither */
	  ASK1 ";+1s;" ASK2 ";< " REFUSED ";" ASK1 ";< " A2 ";" ASK1 ";tally",
	  SENT1 " | = 1 timeout | " SENT2 " | busy until +1s | = 2 ok 11112222 0s | "
	  "busy until +3s | tally asked 2 answered 1 timeouts 1 late 1 barriers 1" },
	{ "a late exception of one question alone", RTU
	  ASK1 ";+1s;< " REFUSED ";" ASK1 ";< " A1234 ";tally",
	  SENT1 " | = 1 timeout | " SENT1 " | = 2 ok 1234 0s | "
	  "tally asked 2 answered 1 timeouts 1 late 1" },
	{ "a late exception of one of two", RTU
	  ASK1 ";+1s;" ASK2 ";+1s;< " REFUSED ";" ASK1 ";" ASK2 ";tally",
	  SENT1 " | = 1 timeout | " SENT2 " | = 2 timeout | busy until +2s | "
	  "busy until +3s | tally asked 2 timeouts 2 late 1 barriers 1" },
	{ "other unit, other function", RTU
	  ASK1 ";+1s;ask 2 3 0 1;< " AAAAA " 0203021234f133;ask 1 4 0 1;< 0104021234b447",
	  SENT1 " | = 1 timeout | > 0203000000018439 | = 2 ok 1234 0s | "
	  "> 01040000000131ca | = 3 ok 1234 0s" },
	{ "other registers of the same length are no barrier", RTU
	  ASK1 ";+1s;ask 1 3 7 1", SENT1 " | = 1 timeout | busy until +3s" },
	{ "late answers teach how long to be silent", RTU
	  ASK1 ";+2900ms;< " AAAAA ";" ASK1 ";+1s;" ASK1,
	  SENT1 " | = 1 timeout | " SENT1 " | = 2 timeout | busy until +6291456us" },
	{ "a link that came up again stays dirty", RTU
	  ASK1 ";up;" ASK1 ";" ASK2 ";< " AAAAA " " A2 ";" ASK1 ";tally",
	  SENT1 " | busy until +3s | " SENT2 " | = 2 ok 11112222 0s | " SENT1
	  " | tally asked 3 answered 1 late 1 barriers 1" },
	{ "a noisy line is asked all the same", RTU "line silence=4ms;"
	  "< ff;" ASK1 ";+3ms;< ff;+998ms;< ff;" ASK1 ";tally",
	  "busy until +4ms | " SENT1 " | tally asked 1 garbled 1" },
};

int
main(void)
{
	for (size_t i = 0; i < sizeof(stories) / sizeof(stories[0]); i++)
		dialogue_check(stories[i].name, stories[i].text, stories[i].wanted);
	return 0;
}
