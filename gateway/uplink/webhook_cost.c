#include <string.h>

#include "../../devices/point.h"
#include "http_cost.h"
#include "webhook_conf.h"
#include "webhook_cost.h"

#define READING		241.0	/* bytes of JSON, without its names */
#define STATISTIC	380.0
#define FEWER		34.0	/* heads that others have, less that of its key */
#define SIGNED		103.0
#define CODED		24.0	/* Content-Encoding */
#define ANSWER		190.0
#define PACKED		0.07	/* what deflate leaves of many that are alike */
#define PACKED_ONE	0.8	/* and of the first */

static double
text_of(const struct cargo *c, const struct cargo_scan *s)
{
	double bytes = 0;

	for (size_t i = 0; i < s->n; i++)
		bytes += (s->statistic ? STATISTIC : READING) + (double)(strlen(c->gateway) +
		    strlen(s->values[i].device) + strlen(s->values[i].point->name) +
		    strlen(point_unit_name(s->values[i].point)));
	return bytes;
}

static bool
is_sent(const struct webhook_conf *c, const char *kind)
{
	for (size_t i = 0; i < c->kinds.n; i++)
		if (strcmp(c->kinds.at[i], kind) == 0)
			return true;
	return c->kinds.n == 0;
}

double
webhook_cost(const struct uplink_conf *u, const struct cargo *c)
{
	const struct webhook_conf *conf = u->own;
	double text = 0, values = 0, heads = (double)strlen(conf->http.url) - FEWER;

	for (size_t i = 0; i < c->n; i++) {
		const struct cargo_scan *s = &c->scans[i];

		if (!is_sent(conf, s->statistic ? "statistic" : "reading"))
			continue;
		text += s->a_batch * text_of(c, s);
		values += s->a_batch * (double)s->n;
	}
	if (values <= 0)
		return 0;
	if (conf->gzip > 0) {
		double one = text / values;

		text = one * PACKED_ONE + (text - one > 0 ? (text - one) * PACKED : 0);
		heads += CODED;
	}
	heads += conf->secret[0] != '\0' ? SIGNED : 0;
	return http_cost(&conf->http, heads, text, ANSWER, c->every);
}
