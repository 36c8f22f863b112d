#include <string.h>

#include "../../devices/quality.h"
#include "../check.h"

/* The numbers are on disk: this table is the promise that they stay. */
static const struct {
	uint8_t		 code, flags;
	const char	*name;
	enum severity	 severity;
	char		 mark;
} rows[] = {
	{ 0, 0, "good",			SEVERITY_GOOD,		'N' },
	{ 1, 0, "no-data-yet",		SEVERITY_BAD,		'B' },
	{ 2, 0, "comm-failure",		SEVERITY_BAD,		'B' },
	{ 3, 0, "sensor-failure",	SEVERITY_BAD,		'D' },
	{ 4, 0, "out-of-range",		SEVERITY_BAD,		'T' },
	{ 5, 0, "stale",		SEVERITY_UNCERTAIN,	'B' },
	{ 6, 0, "refused",		SEVERITY_BAD,		'D' },
	{ 7, 0, "warming-up",		SEVERITY_UNCERTAIN,	'F' },
	{ 8, 0, "out-of-service",	SEVERITY_BAD,		'F' },
	{ 9, 0, "after-barrier",	SEVERITY_UNCERTAIN,	'B' },
	{ 10, 0, "jump",		SEVERITY_UNCERTAIN,	'D' },
	{ 11, 0, "status-unknown",	SEVERITY_UNCERTAIN,	'B' },
	{ 12, 0, "unknown",		SEVERITY_BAD,		'D' },
	{ 255, 0, "unknown",		SEVERITY_BAD,		'D' },
	{ 0, QF_MAINTENANCE, "good",	SEVERITY_GOOD,		'M' },
	{ 0, QF_CALIBRATION, "good",	SEVERITY_GOOD,		'C' },
	{ 0, QF_MANUAL, "good",		SEVERITY_GOOD,		'S' },
	{ 2, QF_MAINTENANCE, "comm-failure", SEVERITY_BAD,	'M' },
	{ 0, QF_MAINTENANCE | QF_CALIBRATION, "good", SEVERITY_GOOD, 'C' },
	{ 4, QF_HELD | QF_SIMULATED | QF_CLOCK_UNTRUSTED | QF_LINK_UNPROVEN,
	  "out-of-range", SEVERITY_BAD, 'T' },
};

#define NROWS	(sizeof(rows) / sizeof(rows[0]))

static void
every_code_has_name_severity_and_mark(void)
{
	for (size_t i = 0; i < NROWS; i++) {
		struct quality q = { rows[i].code, rows[i].flags };

		CHECK(strcmp(quality_name(q), rows[i].name) == 0);
		CHECK(quality_severity(q) == rows[i].severity);
		CHECK(quality_hj212(q) == rows[i].mark);
	}
}

static void
names_find_their_codes(void)
{
	for (int i = 0; i <= Q_STATUS_UNKNOWN; i++)
		CHECK(quality_find(quality_name((struct quality){ (uint8_t)i, 0 })) == i);
	CHECK(quality_find("unknown") == -1);
	CHECK(quality_find("Good") == -1);
}

static void
worse_takes_severity_first_and_all_flags(void)
{
	struct quality good = { Q_GOOD, QF_SIMULATED };
	struct quality unsure = { Q_AFTER_BARRIER, QF_MANUAL };
	struct quality bad = { Q_OUT_OF_RANGE, 0 }, worst = { Q_COMM_FAILURE, QF_HELD };
	struct quality q;

	q = quality_worse(good, unsure);
	CHECK(q.code == Q_AFTER_BARRIER && q.flags == (QF_SIMULATED | QF_MANUAL));
	q = quality_worse(unsure, good);
	CHECK(q.code == Q_AFTER_BARRIER && q.flags == (QF_SIMULATED | QF_MANUAL));
	q = quality_worse(unsure, bad);
	CHECK(q.code == Q_OUT_OF_RANGE && q.flags == QF_MANUAL);
	CHECK(quality_worse(bad, worst).code == Q_OUT_OF_RANGE);	/* of equals the first */
	CHECK(quality_worse(worst, bad).code == Q_COMM_FAILURE);
	q = quality_worse((struct quality){ 99, 0 }, good);
	CHECK(q.code == 99);	/* unknown is bad */
}

int
main(void)
{
	RUN(every_code_has_name_severity_and_mark);
	RUN(names_find_their_codes);
	RUN(worse_takes_severity_first_and_all_flags);
	return 0;
}
