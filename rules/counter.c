#include "counter.h"

#define NOISE	0.01	/* a fall of less is no reset */

/* How far a counter that fell went on; below 0: it did not, it was corrected. */
static double
step_over(const struct statistic_conf *conf, double was, double figure)
{
	double wrapped = conf->wrap - was + figure;

	if (conf->wrap > 0 && wrapped >= 0 && wrapped < conf->wrap / 2)
		return wrapped;
	if (figure >= was * (1 - NOISE))
		return -1;
	return figure > 0 ? figure : 0;
}

bool
counter_step(const struct statistic_conf *conf, struct counter *c, int64_t time, double figure,
    double *step)
{
	bool known = c->is;

	if (known && time < c->time)
		return false;
	*step = known ? figure - c->figure : 0;
	if (*step < 0)
		*step = step_over(conf, c->figure, figure);
	if (*step >= 0)
		c->figure = figure;
	else
		*step = 0;
	c->is = true;
	c->time = time;
	return known;
}
