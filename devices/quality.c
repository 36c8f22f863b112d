#include <stddef.h>
#include <string.h>

#include "quality.h"

/* A value that came but is not proven is uncertain, as OPC has it (initial
 * value, last usable value, sensor not accurate); without one it is bad.
 *
 * Only what is good is N: a platform reckons with that as with a proven figure
 * (HJ 212-2017, table 8).  Of what did not come in time, or whose status did
 * not, the line is known to be at fault and not the instrument: B.  A jump came
 * whole and within the range, so that it is neither B nor T; D is the one mark
 * left for a figure that its instrument cannot have measured soundly, and the
 * next reading takes it back if the level stays. */
static const struct {
	const char	*name;
	enum severity	 severity;
	char		 hj212;
} codes[] = {
	[Q_GOOD]		= { "good",		SEVERITY_GOOD,		'N' },
	[Q_NO_DATA_YET]		= { "no-data-yet",	SEVERITY_BAD,		'B' },
	[Q_COMM_FAILURE]	= { "comm-failure",	SEVERITY_BAD,		'B' },
	[Q_SENSOR_FAILURE]	= { "sensor-failure",	SEVERITY_BAD,		'D' },
	[Q_OUT_OF_RANGE]	= { "out-of-range",	SEVERITY_BAD,		'T' },
	[Q_STALE]		= { "stale",		SEVERITY_UNCERTAIN,	'B' },
	[Q_REFUSED]		= { "refused",		SEVERITY_BAD,		'D' },
	[Q_WARMING_UP]		= { "warming-up",	SEVERITY_UNCERTAIN,	'F' },
	[Q_OUT_OF_SERVICE]	= { "out-of-service",	SEVERITY_BAD,		'F' },
	[Q_AFTER_BARRIER]	= { "after-barrier",	SEVERITY_UNCERTAIN,	'B' },
	[Q_JUMP]		= { "jump",		SEVERITY_UNCERTAIN,	'D' },
	[Q_STATUS_UNKNOWN]	= { "status-unknown",	SEVERITY_UNCERTAIN,	'B' },
};

#define NCODES	(sizeof(codes) / sizeof(codes[0]))

static const struct {
	uint8_t	flag;
	char	hj212;
} marks[] = {
	{ QF_CALIBRATION,	'C' },
	{ QF_MAINTENANCE,	'M' },
	{ QF_MANUAL,		'S' },
};

enum severity
quality_severity(struct quality q)
{
	return q.code < NCODES ? codes[q.code].severity : SEVERITY_BAD;
}

struct quality
quality_worse(struct quality a, struct quality b)
{
	struct quality worse = quality_severity(b) > quality_severity(a) ? b : a;

	worse.flags = a.flags | b.flags;
	return worse;
}

const char *
quality_name(struct quality q)
{
	return q.code < NCODES ? codes[q.code].name : "unknown";
}

char
quality_hj212(struct quality q)
{
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (q.flags & marks[i].flag)
			return marks[i].hj212;
	return q.code < NCODES ? codes[q.code].hj212 : 'D';
}

/* HJ 212-2017, table 8, and 2025, table 10; behind them what makes of air
 * stations send. */
static const struct {
	const char	*mark;
	struct quality	 means;
} meanings[] = {
	{ "", { Q_GOOD, 0 } },
	{ "N", { Q_GOOD, 0 } },
	{ "F", { Q_OUT_OF_SERVICE, 0 } },		/* it stands still */
	{ "M", { Q_GOOD, QF_MAINTENANCE } },
	{ "S", { Q_GOOD, QF_MANUAL } },
	{ "D", { Q_SENSOR_FAILURE, 0 } },
	{ "C", { Q_GOOD, QF_CALIBRATION } },
	{ "T", { Q_OUT_OF_RANGE, 0 } },
	{ "B", { Q_COMM_FAILURE, 0 } },		/* the logger had no answer */
	{ "Td", { Q_SENSOR_FAILURE, 0 } },		/* key parameters of the works */
	{ "P", { Q_OUT_OF_SERVICE, 0 } },		/* without mains */
	{ "H", { Q_OUT_OF_RANGE, 0 } },
	{ "L", { Q_OUT_OF_RANGE, 0 } },
};

struct quality
quality_of_mark(const char *mark)
{
	for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++)
		if (strcmp(meanings[i].mark, mark) == 0)
			return meanings[i].means;
	return (struct quality){ .code = Q_STATUS_UNKNOWN };
}

int
quality_find(const char *name)
{
	for (size_t i = 0; i < NCODES; i++)
		if (strcmp(codes[i].name, name) == 0)
			return (int)i;
	return -1;
}
