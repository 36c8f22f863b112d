#include "../../protocols/hj212.h"
#include "estimate.h"

#define US_A_DAY	86400e6
#define US_A_MINUTE	60e6
#define PACKET		130	/* without its factors: QN to DataTime */
#define FACTOR		32	/* "a34041-Rtd=1.96,a34041-Flag=N;" */
#define ANSWER		100	/* 9014 or 9013; a question */
#define SAID		20	/* of an answer to one: "SystemTime=20261126093000" */

/* How often means come that nobody says anything else of. */
static const double spans[PASTS] = {
	[PAST_HOURS] = 60 * US_A_MINUTE, [PAST_MINUTES] = 10 * US_A_MINUTE,
	[PAST_DAYS] = US_A_DAY, [PAST_RUNS] = US_A_DAY,
};

/* Which of its values come under one command; PASTS: of now. */
static double
factors_of(const struct device *d, enum past of)
{
	double n = 0;

	for (size_t i = 0; i < d->profile->npoints; i++) {
		const char *key = d->profile->points[i].push;

		n += key != NULL && d->taps[i].block != BLOCK_NONE && hj212_past(key) == of;
	}
	return n;
}

static double
message_of(const struct cost_way *way, const struct link_conf *l, double factors)
{
	return cost_told(way, PACKET + FACTOR * factors) +
	    (l->answer == HJ212_NEVER ? 0 : cost_told(way, ANSWER));
}

/* Means come as often as they are made, but not more often than it says anything. */
static double
means_of(const struct cost_way *way, const struct link_conf *l, const struct device *d,
    double period)
{
	double bytes = 0;

	for (enum past k = 0; k < PASTS; k++) {
		double n = factors_of(d, k), span = k == PAST_MINUTES &&
		    l->interval_minute > 0 ? (double)l->interval_minute : spans[k];

		if (n > 0)
			bytes += US_A_DAY / (span > period ? span : period) *
			    message_of(way, l, n);
	}
	return bytes;
}

/* It promises, says what it was asked for, and that this was all. */
static double
question_of(const struct cost_way *way)
{
	return cost_told(way, ANSWER) + 3 * cost_told(way, ANSWER + SAID);
}

double
estimate_hj212(const struct cost_way *way, const struct link_conf *l, const struct device *d,
    double period)
{
	double live = factors_of(d, PASTS);
	double questions = (l->clock != CLOCK_OFF) + (l->interval > 0) + (l->interval_minute > 0);
	double bytes = questions * question_of(way) + means_of(way, l, d, period);

	if (l->realtime == UPLOAD_OFF || (live == 0 && bytes > 0 && l->interval == 0))
		return bytes;
	return bytes + US_A_DAY / (l->interval > 0 ? (double)l->interval : period) *
	    message_of(way, l, live);
}
