#include "../captures/dialogue.h"
#include "../check.h"

#define RTU "proto modbus-rtu;line timeout_min=200ms timeout_max=1s max_late=3s;"
#define LOOP "ask 1 3 0 1 loopback=1"

/* How a line without ids is made sure of again: by a loopback, in an echo, at
 * the start, for answers of any length.  See tests/captures/dialogue.h. */
static const struct {
	const char *name, *text, *wanted;
} stories[] = {
	{ "a loopback leaves no doubt", RTU
	  LOOP ";+1s;" LOOP ";+1us;+30ms;< 010800005e30d87f;"
	  LOOP ";< 010302bbbb8ac7;tally",
	  "> 010300000001840a | = 1 timeout | busy until +1us | > 010800005e30d87f | "
	  "> 010300000001840a | = 2 ok bbbb 0s | tally asked 2 answered 1 timeouts 1 barriers 1" },
	{ "what is late comes before the loopback", RTU
	  LOOP ";+1s;" LOOP ";+1us;+30ms;< 010302aaaa469b;+1ms;"
	  "< 010800005e30d87f;" LOOP ";< 010302bbbb8ac7;tally",
	  "> 010300000001840a | = 1 timeout | busy until +1us | > 010800005e30d87f | "
	  "> 010300000001840a | = 2 ok bbbb 0s | "
	  "tally asked 2 answered 1 timeouts 1 late 1 barriers 1" },
	{ "a late answer frees the line while the loopback is out", RTU
	  LOOP ";+1s;" LOOP ";+1us;< 010302aaaa469b;"
	  LOOP ";< 010800005e30d87f;" LOOP ";tally",
	  "> 010300000001840a | = 1 timeout | busy until +1us | > 010800005e30d87f | "
	  "busy until +1s | > 010300000001840a | tally asked 2 timeouts 1 late 1 barriers 1" },
	{ "a refused loopback is an answer too", RTU
	  LOOP ";+1s;" LOOP ";+1us;< 01880187c0;"
	  LOOP ";< 010302bbbb8ac7;tally",
	  "> 010300000001840a | = 1 timeout | busy until +1us | > 010800005e30d87f | "
	  "> 010300000001840a | = 2 ok bbbb 0s | tally asked 2 answered 1 timeouts 1 barriers 1" },
	{ "a loopback with another nonce is none", RTU
	  LOOP ";+1s;" LOOP ";+1us;< 0108000011112c57;"
	  LOOP ";tally",
	  "> 010300000001840a | = 1 timeout | busy until +1us | > 010800005e30d87f | "
	  "busy until +1s | tally asked 1 timeouts 1 foreign 1" },
	{ "after a dead loopback the silence has to do, and one only", RTU
	  LOOP ";+1s;" LOOP ";+1us;+1s;" LOOP ";"
	  "+1us;+1s;" LOOP ";+1s;" LOOP ";< 0103021234b533;tally",
	  "> 010300000001840a | = 1 timeout | busy until +1us | > 010800005e30d87f | "
	  "busy until +1999999us | busy until +999998us | > 010300000001840a | "
	  "= 2 ok 1234 0s after barrier | tally asked 2 answered 1 timeouts 1 barriers 1" },
	{ "a late loopback proves what it would have in time", RTU
	  LOOP ";+1s;" LOOP ";+1us;+1s;" LOOP ";"
	  "+500ms;< 010800005e30d87f;" LOOP ";< 0103021234b533;tally",
	  "> 010300000001840a | = 1 timeout | busy until +1us | > 010800005e30d87f | "
	  "busy until +1999999us | > 010300000001840a | = 2 ok 1234 0s | "
	  "tally asked 2 answered 1 timeouts 1 late 1 barriers 1" },
	{ "a refusal of one of two loopbacks proves nothing", RTU
	  LOOP ";+1s;" LOOP ";+1us;+1s;ask 1 8 0 1 payload=1111;"
	  "< 01880187c0;" LOOP ";tally",
	  "> 010300000001840a | = 1 timeout | busy until +1us | > 010800005e30d87f | "
	  "> 0108000011112c57 | busy until +1s | tally asked 2 timeouts 1 late 1 barriers 1" },
	{ "a loopback cleans its own unit alone", RTU
	  LOOP ";+1s;ask 2 3 0 1;+1s;" LOOP ";+1us;"
	  "< 010800005e30d87f;" LOOP ";< 0103021234b533;ask 2 3 0 1;tally",
	  "> 010300000001840a | = 1 timeout | > 0203000000018439 | = 2 timeout | "
	  "busy until +1us | > 010800005e30d87f | > 010300000001840a | = 3 ok 1234 0s | "
	  "busy until +2999999us | tally asked 3 answered 1 timeouts 2 barriers 3" },
	{ "no loopback where the unit is not known to take it", RTU
	  "ask 1 3 0 1;+1s;ask 1 3 0 1;+1us;tally",
	  "> 010300000001840a | = 1 timeout | busy until +3s | tally asked 1 timeouts 1" },
	{ "no loopback where the silence has passed", RTU
	  LOOP ";+4s;" LOOP ";< 0103021234b533",
	  "> 010300000001840a | = 1 timeout | > 010300000001840a | = 2 ok 1234 0s after barrier" },
	{ "another shape is better than a loopback", RTU
	  LOOP ";+1s;ask 1 3 0 2 loopback=1;< 0103041111222237b3;"
	  LOOP ";+1us;< 010800005e30d87f;" LOOP,
	  "> 010300000001840a | = 1 timeout | > 010300000002c40b | = 2 ok 11112222 0s | "
	  "busy until +1us | > 010800005e30d87f | > 010300000001840a" },
	{ "a loopback waits for the guard", RTU
	  "line guard=50ms;" LOOP ";+1s;" LOOP ";< ff;+1us;+49ms;"
	  LOOP ";+1ms;" LOOP ";+1us",
	  "> 010300000001840a | = 1 timeout | busy until +1us | busy until +999us | "
	  "> 010800005e30d87f | busy until +999999us" },
	{ "a loopback in an echo", RTU
	  "line echo=1;" LOOP ";+1s;" LOOP ";+1us;"
	  "< 010800005e30d87f;" LOOP ";< 010800005e30d87f;" LOOP,
	  "> 010300000001840a | = 1 timeout | busy until +1us | > 010800005e30d87f | "
	  "busy until +1s | > 010300000001840a" },
	{ "a loopback in an echo behind noise", RTU
	  "line echo=1;" LOOP ";< 010300000001840a;+1s;" LOOP ";"
	  "+1us;< ff 010800005e30d87f;" LOOP ";< 010800005e30d87f;"
	  LOOP,
	  "> 010300000001840a | = 1 timeout | busy until +1us | > 010800005e30d87f | "
	  "busy until +1s | > 010300000001840a" },
	{ "an undeclared echo is learnt from a read", RTU
	  LOOP ";< 010300000001840a;+1s;" LOOP ";+1us;"
	  "< 010800005e30d87f;" LOOP ";< 010800005e30d87f;" LOOP ";"
	  "< 010300000001840a 0103021234b533;tally",
	  "> 010300000001840a | = 1 timeout | busy until +1us | > 010800005e30d87f | "
	  "busy until +1s | > 010300000001840a | = 2 ok 1234 0s | "
	  "tally asked 2 answered 1 timeouts 1 foreign 1 barriers 1" },
	{ "and forgotten when it stays away", RTU
	  "ask 1 3 0 1;< 010300000001840a 0103021234b533;ask 1 3 0 1;< 0103021234b533;"
	  "ask 1 6 0 1 payload=0007;< 010600000007c808",
	  "> 010300000001840a | = 1 ok 1234 0s | > 010300000001840a | = 2 ok 1234 0s | "
	  "> 010600000007c808 | = 3 ok  0s" },
	{ "a write does not answer itself in an echo", RTU
	  "line echo=1;ask 1 6 0 1 payload=0007;< 010600000007c808;+10ms;< 010600000007c808",
	  "> 010600000007c808 | = 1 ok  10ms" },
	{ "another start has another nonce", RTU
	  "line seed=1;" LOOP ";+1s;" LOOP ";+1us",
	  "> 010300000001840a | = 1 timeout | busy until +1us | > 01080000dd7a38b8" },
	{ "a link that came up again forgets the loopback it meant to send", RTU
	  LOOP ";+1s;" LOOP ";up;+1us;" LOOP ";"
	  "+1us;up;< 010800005e30d87f;" LOOP ";+1us",
	  "> 010300000001840a | = 1 timeout | busy until +1us | busy until +1us | "
	  "> 010800005e30d87f | > 010300000001840a" },
	{ "who is there is asked when nothing else can come", RTU
	  "ask 1 3 0 1;+1s;ask 1 17 0 0;ask 1 43 0 1;+3s;ask 1 17 0 0;< 01110241ffcd2c",
	  "> 010300000001840a | = 1 timeout | busy until +3s | busy until +3s | > 0111c02c | "
	  "= 2 ok 41ff 0s" },
	{ "who is there, in pieces", RTU
	  "ask 1 43 0 1;< 012b0e0101/000001/0002414296ed;tally",
	  "> 012b0e01007077 | = 1 ok 0100000100024142 0s | tally asked 1 answered 1" },
	{ "who is there, behind noise", RTU
	  "ask 1 17 0 0;< 0110ff 01110241ffcd2c;tally",
	  "> 0111c02c | = 1 ok 41ff 0s | tally asked 1 answered 1 garbled 1" },
	{ "a second master writes", RTU
	  "ask 1 3 0 1;"
	  "< 02100001000204000a01029d74 021000010002103b 020f0013000a02cd01663b "
	  "0216000400f2002527fb 021700030006000e00030600ff00ff00ffb661 0103021234b533;"
	  "tally",
	  "> 010300000001840a | = 1 ok 1234 0s | tally asked 1 answered 1 foreign 5" },
	{ "a doubt where bytes come before the first question", RTU
	  "< ff;ask 1 3 0 1;< 0103021234b533;+2999ms;ask 1 3 0 1;< 0103021234b533;+1ms;"
	  "ask 1 3 0 1;< 0103021234b533",
	  "> 010300000001840a | = 1 ok 1234 0s after barrier | > 010300000001840a | "
	  "= 2 ok 1234 0s after barrier | > 010300000001840a | = 3 ok 1234 0s" },
	{ "and none on a line that kept quiet", RTU
	  "ask 1 3 0 1;< 0103021234b533",
	  "> 010300000001840a | = 1 ok 1234 0s" },
	{ "a write has its answer", RTU
	  "ask 1 16 1 2 payload=000a0102;+9ms;< 0110000100021008;ask 1 16 1 2 payload=000a0102;"
	  "< 011000010003d1c8;+1s;tally",
	  "> 01100001000204000a01029230 | = 1 ok  9ms | > 01100001000204000a01029230 | "
	  "= 2 timeout | tally asked 2 answered 1 timeouts 1 foreign 1" },
};

int
main(void)
{
	for (size_t i = 0; i < sizeof(stories) / sizeof(stories[0]); i++)
		dialogue_check(stories[i].name, stories[i].text, stories[i].wanted);
	return 0;
}
