#include "../../gateway/words/survey.h"
#include "../check.h"

#define S	1000000LL

static struct link_conf link = { .name = "far", .timeout_max = 4 * S, .max_late = 20 * S };
static struct survey survey = { .link = &link, .speeds = { 0 }, .nspeeds = 1, .nparities = 1 };

static int64_t
takes(const char *proto, size_t nunits)
{
	link.proto = proto;
	survey.nunits = nunits;
	return survey_takes(&survey);
}

static void
units_are_asked_one_after_the_other(void)
{
	int64_t all = takes("modbus-rtu", 10);

	CHECK(all >= 40 * S && all < 41 * S);
}

/* The gateway lends the line for no longer than this and half of it again: what is asked
 * behind a DTU must fit, the endings of meters that answer all at once, too. */
static void
meters_behind_a_dtu_have_the_time_that_they_take(void)
{
	CHECK(takes("cjt188", 16) >= 8 * (20 + 4) * S);
	CHECK(takes("dlt645", 1) >= (20 + 101 * 4) * S);
	survey.nparities = 3;
	CHECK(takes("dlt645", 1) >= 3 * (20 + 101 * 4) * S);
	survey.nparities = 1;
}

int
main(void)
{
	RUN(units_are_asked_one_after_the_other);
	RUN(meters_behind_a_dtu_have_the_time_that_they_take);
	return 0;
}
