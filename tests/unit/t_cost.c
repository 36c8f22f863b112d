#include "../../protocols/cost.h"
#include "../check.h"

static const struct cost_way tcp = { .carrier = COST_TCP }, udp = { .carrier = COST_UDP },
	serial = { .carrier = COST_SERIAL },
	tls = { .carrier = COST_TCP, .secure = true };

/* A poll of two registers by RTU: four packets. */
static void
a_question_and_its_answer(void)
{
	CHECK(cost_told(&tcp, 8) + cost_told(&tcp, 9) == 8 + 9 + 4 * 52);
	CHECK(cost_told(&udp, 8) == 36 && cost_told(&serial, 8) == 8);
	CHECK(cost_told(&tls, 8) == 8 + 22 + 2 * 52);
}

/* One acknowledges two. */
static void
much_goes_in_several_packets(void)
{
	CHECK(cost_told(&tcp, 1388) == 1388 + 2 * 52);
	CHECK(cost_told(&tcp, 1389) == 1389 + 3 * 52);
	CHECK(cost_told(&tcp, 4 * 1388) == 4 * 1388 + 6 * 52);
	CHECK(cost_told_each(&tcp, 40, 4) == 40 + 6 * 52);
	CHECK(cost_told_each(&tcp, 10, 1) == cost_told(&tcp, 10));
	CHECK(cost_told_each(&udp, 20, 2) == 20 + 2 * 28);
}

/* At the n-th of them the line speaks by itself. */
static void
a_silent_line_is_probed(void)
{
	CHECK(cost_probes(10, 20) == 0 && cost_probes(20, 20) == 0);
	CHECK(cost_probes(21, 20) == 1 && cost_probes(60, 20) == 2);
	CHECK(cost_probes(60, 0) == 0);
	CHECK(cost_probe(&tcp) == 104 && cost_probe(&udp) == 0);
	CHECK(cost_session(&serial) == 0 && cost_session(&udp) == 0);
	CHECK(cost_session(&tls) > 4000 && cost_session(&tcp) < 400);
}

int
main(void)
{
	RUN(a_question_and_its_answer);
	RUN(much_goes_in_several_packets);
	RUN(a_silent_line_is_probed);
	return 0;
}
